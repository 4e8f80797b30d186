//! A clock that is set by hand, and random bytes that are the same in every run.

use std::sync::Mutex;
use std::time::Duration;

use chrono::{TimeZone, Utc};
use doorlist::domain::time::Timestamp;
use doorlist::sys::clock::Clock;
use doorlist::sys::entropy::Entropy;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// It stands still until a test moves it.
#[derive(Debug)]
pub struct HandClock(Mutex<Duration>);

impl HandClock {
    pub const fn new() -> Self {
        Self(Mutex::new(Duration::ZERO))
    }

    pub fn advance(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap() + self.monotonic()
    }

    fn monotonic(&self) -> Duration {
        *self.0.lock().unwrap()
    }
}

/// Random enough that nothing collides. Each replica has a seed of its own.
#[derive(Debug)]
pub struct SeededEntropy(Mutex<StdRng>);

impl SeededEntropy {
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        self.0.lock().unwrap().fill_bytes(buffer);
    }
}
