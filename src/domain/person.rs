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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::user::{Status, Username};

    fn seen(after_joining: Option<Duration>) -> Person {
        let created_at = Timestamp::UNIX_EPOCH;
        let account = Account {
            id: UserId::NOBODY,
            username: Username::parse("ana.s").unwrap(),
            display_name: None,
            email: None,
            role: Role::Member,
            status: Status::Active,
            status_reason: None,
            created_at,
        };
        Person {
            account,
            last_seen_at: after_joining.map(|after| created_at + after),
            joined_from: None,
            review: None,
            kept: false,
            role_changed_at: None,
            suspended_at: None,
            removed: None,
        }
    }

    #[test]
    fn who_left_within_the_hour_and_stays_away_five_days_is_noticed() {
        let after = |days, hours| Timestamp::UNIX_EPOCH + Duration::days(days) + Duration::hours(hours);
        let gone = |person: Person, now| person.days_without_return(now);
        assert_eq!(gone(seen(None), after(5, 0)), Some(5));
        assert_eq!(gone(seen(None), after(4, 23)), None);
        assert_eq!(gone(seen(Some(Duration::hours(1))), after(9, 2)), Some(9));
        assert_eq!(gone(seen(Some(Duration::hours(1))), after(5, 0)), None, "not five days yet");
        assert_eq!(
            gone(seen(Some(Duration::hours(2))), after(60, 0)),
            None,
            "who used it may come back late"
        );
    }
}
