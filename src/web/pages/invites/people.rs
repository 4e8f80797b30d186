//! Who joined with an invite, and who goes with it.

use chrono::Duration;

use crate::domain::access::{Actor, ManagePeople};
use crate::domain::invite::Invite;
use crate::domain::person::Person;
use crate::domain::review::Review;
use crate::domain::time::Timestamp;
use crate::domain::user::Status;
use crate::ops::invites::{Joined, Leaving};
use crate::web::moment::Moment;
use crate::web::view::{capped, initials};

/// A number of people, as it is told.
#[derive(Debug)]
pub(super) struct People {
    pub(super) any: bool,
    pub(super) one: bool,
    pub(super) text: String,
}

impl People {
    pub(super) fn counted(count: i64) -> Self {
        let text = if count == 1 { "1 person".to_owned() } else { format!("{} people", capped(count)) };
        Self { any: count > 0, one: count == 1, text }
    }
}

/// Somebody who joined.
#[derive(Debug)]
pub(super) struct PersonRow {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) username: String,
    pub(super) initials: String,
    pub(super) role: &'static str,
    /// For the look, and in words.
    pub(super) review: Option<(&'static str, &'static str)>,
    pub(super) joined: Moment,
    pub(super) removed: bool,
    /// Whether nothing is left of them but that they joined.
    pub(super) erased: bool,
    /// Why they stay when the others go.
    pub(super) stays: Option<&'static str>,
    /// What can be changed about that: the end of an address, and in words.
    pub(super) keep: Option<(&'static str, &'static str)>,
    pub(super) may_manage: bool,
}

impl PersonRow {
    /// Somebody as a viewer sees them on the page of the invite that they came with.
    pub(super) fn new(joined: &Joined, invite: &Invite, viewer: Actor, now: Timestamp) -> Self {
        let Joined { person, at } = joined;
        let account = &person.account;
        let removed = account.status == Status::Removed;
        let may_manage = !removed && viewer.role().manages(account.role);
        let leaves = invite.delete_users_on_expiry && !removed;
        Self {
            id: account.id.to_string(),
            name: account.name().to_owned(),
            username: account.username.to_string(),
            initials: initials(account.name()),
            role: account.role.label(),
            review: person.review.as_ref().map(|review| look(review.state)),
            joined: Moment::new(*at, now),
            removed,
            erased: !person.is_known(),
            stays: if leaves { stays(person) } else { None },
            keep: if leaves && may_manage { keep(person) } else { None },
            may_manage,
        }
    }
}

const fn look(review: Review) -> (&'static str, &'static str) {
    match review {
        Review::Waiting => ("waiting", review.label()),
        Review::Flagged => ("suspended", review.label()),
        Review::Approved => ("active", review.label()),
    }
}

fn stays(person: &Person) -> Option<&'static str> {
    match person {
        Person { kept: true, .. } => Some("Kept"),
        Person { role_changed_at: Some(_), .. } => Some("Role changed"),
        _ if person.is_exempt() => Some("Stays"),
        _ => None,
    }
}

/// Whom staff keep they can let go again. Whoever stays for another reason needs no keeping.
fn keep(person: &Person) -> Option<(&'static str, &'static str)> {
    match (person.kept, person.is_exempt()) {
        (true, _) => Some(("unkeep", "Stop keeping")),
        (false, false) => Some(("keep", "Keep after expiration")),
        (false, true) => None,
    }
}

/// Who goes when the invite ends.
#[derive(Debug)]
pub(super) struct Going {
    pub(super) people: People,
    pub(super) at: Moment,
    /// Whether that has come, and only the cleanup has not.
    pub(super) over: bool,
}

/// Who went when it ended, and can come back.
#[derive(Debug)]
pub(super) struct Gone {
    pub(super) people: People,
    /// Until when; the next cleanup where there is no grace.
    pub(super) until: Option<Moment>,
    pub(super) may_restore: bool,
}

/// What auto-delete does to the people who joined.
#[derive(Debug)]
pub(super) struct Outlook {
    /// It changes when this does.
    pub(super) mark: String,
    pub(super) grace_days: u32,
    pub(super) going: Option<Going>,
    pub(super) gone: Option<Gone>,
}

impl Outlook {
    pub(super) fn new(
        invite: &Invite,
        leaving: Leaving,
        viewer: Actor,
        grace_days: u32,
        now: Timestamp,
    ) -> Self {
        let Leaving { to_go, gone, since } = leaving;
        let waits = invite.delete_users_on_expiry && invite.users_removed_at.is_none();
        let end = invite.expiry.at().filter(|_| waits);
        let until = since.filter(|_| grace_days > 0).map(|at| at + Duration::days(grace_days.into()));
        Self {
            mark: format!("{} {to_go} {gone}", end.map(|at| at.to_rfc3339()).unwrap_or_default()),
            grace_days,
            going: end.map(|at| Going {
                people: People::counted(to_go),
                at: Moment::new(at, now),
                over: at <= now,
            }),
            gone: (gone > 0).then(|| Gone {
                people: People::counted(gone),
                until: until.map(|at| Moment::new(at, now)),
                may_restore: viewer.permit::<ManagePeople>().is_some(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_counted_in_words() {
        for (count, expected) in
            [(0, "0 people"), (1, "1 person"), (14, "14 people"), (1_001, "1,000+ people")]
        {
            assert_eq!(People::counted(count).text, expected);
        }
    }
}
