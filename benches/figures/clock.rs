//! Time, as the driver measures it.

use std::time::{Duration, Instant};

/// This moment.
#[expect(clippy::disallowed_methods, reason = "a measurement needs the machine's own clock")]
pub fn now() -> Instant {
    Instant::now()
}

/// Waits on this thread.
#[expect(clippy::disallowed_methods, reason = "nobody shares this thread with the driver")]
pub fn pause(wait: Duration) {
    std::thread::sleep(wait);
}
