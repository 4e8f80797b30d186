//! What staff know of somebody and decided about them.

use chrono::Duration;

use super::access::Role;
use super::id::{InviteId, UserId};
use super::review::Review;
use super::time::Timestamp;
use super::user::Account;

/// Somebody, with what staff know of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their account.
    pub account: Account,
    /// When they last used it, to the minute.
    pub last_seen_at: Option<Timestamp>,
    /// The address that they joined from.
    pub joined_from: Option<String>,
    /// How far the look at them has come; none for who did not join with a code.
    pub review: Option<Reviewed>,
    /// Whether they stay when the code they came with ends.
    pub kept: bool,
    /// When staff changed their role after they joined.
    pub role_changed_at: Option<Timestamp>,
    /// Since when they may not sign in.
    pub suspended_at: Option<Timestamp>,
    /// Their removal, if they were removed.
    pub removed: Option<Removal>,
}

/// The look at somebody who joined with a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewed {
    /// How far it has come.
    pub state: Review,
    /// Why they should be looked at again.
    pub note: Option<String>,
    /// Who looked.
    pub by: Option<UserId>,
    /// When.
    pub at: Option<Timestamp>,
}

/// How somebody went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removal {
    /// When.
    pub at: Timestamp,
    /// The ended code that took them along; none if staff removed them.
    pub with: Option<InviteId>,
    /// When their data was erased; until then they can come back.
    pub purged_at: Option<Timestamp>,
}

impl Person {
    /// Whether their data is still there. Of those who are purged only the fact is left that somebody joined.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.removed.is_none_or(|removed| removed.purged_at.is_none())
    }

    /// For how many days they have not been seen, if that is five or more and they left within an hour of joining.
    #[must_use]
    pub fn days_without_return(&self, now: Timestamp) -> Option<i64> {
        let joined = self.account.created_at;
        let seen = self.last_seen_at.unwrap_or(joined);
        let days = (now - seen).num_days();
        (days >= 5 && seen - joined <= Duration::hours(1)).then_some(days)
    }

    /// Whether the end of the code that they came with leaves them here.
    #[must_use]
    pub fn is_exempt(&self) -> bool {
        self.kept || self.role_changed_at.is_some() || self.account.role == Role::Owner
    }
}
