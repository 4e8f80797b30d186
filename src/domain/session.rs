//! How long somebody stays signed in.

use chrono::Duration;

use super::access::{Permissions, Role};
use super::id::SessionId;
use super::time::Timestamp;

/// One signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id, for ending it.
    pub id: SessionId,
    /// The browser in a few words.
    pub agent: String,
    /// The address it was last seen at.
    pub address: String,
    /// When it signed in.
    pub created_at: Timestamp,
    /// When it was last seen, to the minute.
    pub last_seen_at: Timestamp,
}

/// More sessions than this and the one unused for longest ends.
pub const MOST_SESSIONS: i64 = 10;

/// `last_seen` is written at most this often, so that reading pages does not become writing.
pub const TOUCH_EVERY: Duration = Duration::minutes(1);

/// The longest that any session can live; the cookie is kept as long.
pub const LONGEST: Duration = Duration::days(30);

/// The two ends of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    /// Time without a request.
    pub idle: Duration,
    /// Time since the sign-in.
    pub absolute: Duration,
}

impl Lifetime {
    /// Staff sign in again sooner than members.
    #[must_use]
    pub fn of(role: Role) -> Self {
        if role.permissions().contains(Permissions::ENTER_PANEL) {
            Self { idle: Duration::minutes(60), absolute: Duration::hours(12) }
        } else {
            Self { idle: Duration::days(7), absolute: LONGEST }
        }
    }

    /// Whether a session with these times still counts.
    #[must_use]
    pub fn holds(self, created_at: Timestamp, last_seen_at: Timestamp, now: Timestamp) -> bool {
        now - last_seen_at < self.idle && now - created_at < self.absolute
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    #[test]
    fn a_session_ends_at_its_idle_and_at_its_absolute_limit() {
        let start = DateTime::UNIX_EPOCH;
        let ms = Duration::milliseconds(1);
        for (role, idle, absolute) in [
            (Role::Member, Duration::days(7), Duration::days(30)),
            (Role::Support, Duration::minutes(60), Duration::hours(12)),
            (Role::Owner, Duration::minutes(60), Duration::hours(12)),
        ] {
            let life = Lifetime::of(role);
            assert!(life.holds(start, start, start + idle - ms), "{role:?}");
            assert!(!life.holds(start, start, start + idle), "{role:?}");
            assert!(life.holds(start, start + absolute - ms, start + absolute - ms), "{role:?}");
            assert!(!life.holds(start, start + absolute, start + absolute), "{role:?}");
        }
    }
}
