//! The time.

use std::fmt;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use crate::domain::time::{Reading, Timestamp, truncated};

/// Where the program learns what time it is.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The wall clock, in whole milliseconds.
    fn now(&self) -> Timestamp;

    /// Time since some fixed moment; it never goes back, and goes on while the machine sleeps.
    fn monotonic(&self) -> Duration;

    /// How far this clock is ahead of a database's.
    fn ahead_of(&self, database: Timestamp) -> chrono::Duration {
        self.now() - database
    }

    /// Both clocks at once.
    fn reading(&self) -> Reading {
        Reading { wall: self.now(), steady: self.monotonic() }
    }
}

/// The machine's own clock.
#[derive(Debug)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine for the time")]
    fn now(&self) -> Timestamp {
        truncated(chrono::Utc::now())
    }

    fn monotonic(&self) -> Duration {
        #[cfg(target_os = "linux")]
        const STEADY: ClockId = ClockId::Boottime;
        #[cfg(not(target_os = "linux"))]
        const STEADY: ClockId = ClockId::Monotonic;
        let since = clock_gettime(STEADY);
        let part = |number: i64| u64::try_from(number).unwrap_or(0);
        Duration::from_secs(part(since.tv_sec)) + Duration::from_nanos(part(since.tv_nsec))
    }
}
