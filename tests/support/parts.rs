//! A clock that is set by hand, and random bytes that are the same in every run.

use std::sync::Mutex;
use std::time::Duration;

use chrono::{TimeDelta, TimeZone, Utc};
use doorlist::domain::time::Timestamp;
use doorlist::sys::clock::Clock;
use doorlist::sys::entropy::Entropy;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// It stands still until a test moves it.
#[derive(Debug)]
pub struct HandClock {
    passed: Mutex<Duration>,
    jumped: Mutex<TimeDelta>,
    ahead: Mutex<TimeDelta>,
}

impl HandClock {
    pub const fn new() -> Self {
        let (jumped, ahead) = (Mutex::new(TimeDelta::zero()), Mutex::new(TimeDelta::zero()));
        Self { passed: Mutex::new(Duration::ZERO), jumped, ahead }
    }

    pub fn advance(&self, by: Duration) {
        *self.passed.lock().unwrap() += by;
    }

    /// Moves the hands while no time passes.
    pub fn jump(&self, by: TimeDelta) {
        *self.jumped.lock().unwrap() += by;
    }

    /// Another clock of the same time whose hands are off by that much, also from a database's.
    pub fn off_by(&self, by: TimeDelta) -> Self {
        let copy = Self::new();
        copy.advance(self.monotonic());
        copy.jump(*self.jumped.lock().unwrap() + by);
        *copy.ahead.lock().unwrap() = by;
        copy
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        let start = Utc.with_ymd_and_hms(2026, 11, 20, 9, 0, 0).unwrap();
        start + self.monotonic() + *self.jumped.lock().unwrap()
    }

    fn monotonic(&self) -> Duration {
        *self.passed.lock().unwrap()
    }

    /// Databases have a time of their own, which is not that of the test.
    fn ahead_of(&self, _: Timestamp) -> TimeDelta {
        *self.ahead.lock().unwrap()
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
