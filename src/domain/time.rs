//! Time as the rest of the program sees it: UTC, whole milliseconds; and whether a clock can be believed.

use std::time::Duration as Elapsed;

use chrono::{DateTime, Duration, SubsecRound, Utc};

/// A point in time that both databases keep without loss.
pub type Timestamp = DateTime<Utc>;

/// Cuts off what PostgreSQL (microseconds) and SQLite (nanoseconds) would keep differently.
#[must_use]
pub fn truncated(at: DateTime<Utc>) -> Timestamp {
    at.trunc_subsecs(3)
}

/// A clock that is off by more than this is not believed.
pub const TOLERANCE: Duration = Duration::minutes(5);

/// The wall clock together with a clock that never jumps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// What the wall clock showed.
    pub wall: Timestamp,
    /// What the other one showed.
    pub steady: Elapsed,
}

impl Reading {
    /// How far the wall clock jumped since an earlier reading, if it did.
    #[must_use]
    pub fn jump_since(self, earlier: Self) -> Option<Duration> {
        let passed = Duration::from_std(self.steady.saturating_sub(earlier.steady)).unwrap_or(Duration::MAX);
        let jump = (self.wall - earlier.wall).checked_sub(&passed)?;
        (jump.abs() > TOLERANCE).then_some(jump)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_clock_that_leaves_the_steady_one_has_jumped() {
        let start = Reading { wall: DateTime::UNIX_EPOCH, steady: Elapsed::from_secs(100) };
        let after = |wall: i64, steady: u64| Reading {
            wall: DateTime::UNIX_EPOCH + Duration::seconds(wall),
            steady: Elapsed::from_secs(100 + steady),
        };
        for (wall, steady, jump) in [
            (1_800, 1_800, None),
            (2_100, 1_800, None),
            (2_101, 1_800, Some(301)),
            (1_500, 1_800, None),
            (1_499, 1_800, Some(-301)),
            (315_360_000, 1_800, Some(315_358_200)),
            (-10, 600, Some(-610)),
        ] {
            assert_eq!(after(wall, steady).jump_since(start), jump.map(Duration::seconds), "{wall} {steady}");
        }
    }
}
