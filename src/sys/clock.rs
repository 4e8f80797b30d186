//! The time.

use std::fmt;
use std::time::{Duration, Instant};

use crate::domain::time::{Timestamp, truncated};

/// Where the program learns what time it is.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The wall clock, in whole milliseconds.
    fn now(&self) -> Timestamp;

    /// Time since some fixed moment; it never goes back.
    fn monotonic(&self) -> Duration;
}

/// The machine's own clock.
#[derive(Debug)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// The one clock of a process.
    #[expect(clippy::new_without_default, reason = "a clock is made once, on purpose")]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine for the time")]
    #[must_use]
    pub fn new() -> Self {
        Self { started: Instant::now() }
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the machine for the time")]
    fn now(&self) -> Timestamp {
        truncated(chrono::Utc::now())
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }
}
