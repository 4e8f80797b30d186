//! People as templates show them.

use std::borrow::Cow;

use chrono::Duration;

use crate::domain::access::{Actor, Role};
use crate::domain::id::UserId;
use crate::domain::person::Person;
use crate::domain::time::Timestamp;
use crate::domain::user::Status;
use crate::ops::invites::Seen as SeenInvite;
use crate::ops::people::{Seen, Way};
use crate::web::escaped::Escaped;
use crate::web::moment::Moment;
use crate::web::view::initials;

/// Somebody in a list, as its viewer may see them.
#[derive(Debug, Clone)]
pub struct UserRow<'a> {
    person: Cow<'a, Person>,
    pub id: Escaped<'static>,
    pub initials: String,
    pub role: &'static str,
    /// Whether the role's badge is outlined.
    pub raised: bool,
    /// For the look.
    pub status: &'static str,
    pub status_label: &'static str,
    pub way: Option<WayIn<'a>>,
    pub joined: Moment,
    pub seen: Option<Moment>,
    pub gone: Option<Gone>,
    /// Whether the viewer may change them.
    pub may_manage: bool,
    /// Whether they are the viewer.
    pub is_me: bool,
}

/// The code that somebody came in with.
#[derive(Debug, Clone)]
pub struct WayIn<'a> {
    pub invite: SeenInvite<'a>,
    pub id: Escaped<'static>,
    /// Whether it was deleted since.
    pub deleted: bool,
}

/// A removal that can be taken back.
#[derive(Debug, Clone)]
pub struct Gone {
    pub at: Moment,
    /// Until when; the next cleanup where there is no grace.
    pub until: Option<Moment>,
}

impl<'a> UserRow<'a> {
    /// Somebody as the viewer sees them now.
    #[must_use]
    pub fn new(seen: Seen<'a>, viewer: Actor, grace_days: u32, now: Timestamp) -> Self {
        let Seen { person, way } = seen;
        let Person { account, last_seen_at, removed, .. } = &*person;
        Self {
            id: Escaped::new(account.id.to_string()),
            initials: initials(account.name()),
            role: account.role.label(),
            raised: account.role >= Role::Manager,
            status: class(account.status),
            status_label: label(account.status),
            way: way.map(WayIn::new),
            joined: Moment::new(account.created_at, now),
            seen: last_seen_at.map(|at| Moment::new(at, now)),
            gone: removed.map(|removal| Gone {
                at: Moment::new(removal.at, now),
                until: purge(removal.at, grace_days).map(|at| Moment::new(at, now)),
            }),
            may_manage: viewer.role().manages(account.role),
            is_me: viewer.id() == account.id,
            person,
        }
    }

    /// Display name, or username.
    #[must_use]
    pub fn name(&self) -> &str {
        self.person.account.name()
    }

    /// The name they sign in with.
    #[must_use]
    pub fn username(&self) -> &str {
        self.person.account.username.as_str()
    }

    /// Their e-mail address.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.person.account.email.as_deref()
    }
}

impl<'a> WayIn<'a> {
    fn new(Way { invite, deleted }: Way<'a>) -> Self {
        Self { id: Escaped::new(invite.invite.id.to_string()), invite, deleted }
    }
}

/// When somebody's data is erased; nothing where that is at the next cleanup.
pub(super) fn purge(removed: Timestamp, grace_days: u32) -> Option<Timestamp> {
    (grace_days > 0).then(|| removed + Duration::days(i64::from(grace_days)))
}

const fn class(status: Status) -> &'static str {
    match status {
        Status::Active => "active",
        Status::Suspended => "suspended",
        // As an ended code: there, but out of use.
        Status::Removed => "expired",
    }
}

/// The name of a status on the screen.
pub(super) const fn label(status: Status) -> &'static str {
    match status {
        Status::Active => "Active",
        Status::Suspended => "Suspended",
        Status::Removed => "Removed",
    }
}

/// The addresses of somebody.
pub(super) fn address(id: UserId, verb: &str) -> String {
    format!("/admin/users/{id}/{verb}")
}
