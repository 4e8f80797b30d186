//! Time as the rest of the program sees it: UTC, whole milliseconds.

use chrono::{DateTime, SubsecRound, Utc};

/// A point in time that both databases keep without loss.
pub type Timestamp = DateTime<Utc>;

/// Cuts off what PostgreSQL (microseconds) and SQLite (nanoseconds) would keep differently.
#[must_use]
pub fn truncated(at: DateTime<Utc>) -> Timestamp {
    at.trunc_subsecs(3)
}
