//! People as templates show them.

use chrono::Duration;

use crate::domain::access::{Actor, Role};
use crate::domain::id::UserId;
use crate::domain::person::Person;
use crate::domain::time::Timestamp;
use crate::domain::user::Status;
use crate::ops::people::{Seen, Way};
use crate::web::escaped::Escaped;
use crate::web::view::{Moment, initials};

/// Somebody in a list, as its viewer may see them.
#[derive(Debug, Clone)]
pub struct UserRow {
    pub id: Escaped,
    pub name: String,
    pub username: String,
    pub initials: String,
    pub email: Option<String>,
    pub role: &'static str,
    /// Whether the role's badge is outlined.
    pub raised: bool,
    /// For the look.
    pub status: &'static str,
    pub status_label: &'static str,
    pub way: Option<WayIn>,
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
pub struct WayIn {
    /// In clear or masked.
    pub code: String,
    pub label: Option<String>,
    pub creator: Option<String>,
    /// Its page, while there is one.
    pub href: Option<String>,
    /// All who came in with it.
    pub others: String,
    /// Whether they go when it ends.
    pub takes_people: bool,
}

/// A removal that can be taken back.
#[derive(Debug, Clone)]
pub struct Gone {
    pub at: Moment,
    /// Until when; the next cleanup where there is no grace.
    pub until: Option<Moment>,
}

impl UserRow {
    /// Somebody as the viewer sees them now.
    #[must_use]
    pub fn new(seen: &Seen, viewer: Actor, grace_days: u32, now: Timestamp) -> Self {
        let Person { account, .. } = &seen.person;
        Self {
            id: Escaped::new(&account.id.to_string()),
            name: account.name().to_owned(),
            username: account.username.to_string(),
            initials: initials(account.name()),
            email: account.email.clone(),
            role: account.role.label(),
            raised: account.role >= Role::Manager,
            status: class(account.status),
            status_label: label(account.status),
            way: seen.way.as_ref().map(way_in),
            joined: Moment::new(account.created_at, now),
            seen: seen.person.last_seen_at.map(|at| Moment::new(at, now)),
            gone: seen.person.removed.map(|removal| Gone {
                at: Moment::new(removal.at, now),
                until: purge(removal.at, grace_days).map(|at| Moment::new(at, now)),
            }),
            may_manage: viewer.role().manages(account.role),
            is_me: viewer.id() == account.id,
        }
    }
}

fn way_in(way: &Way) -> WayIn {
    let invite = &way.invite.invite;
    WayIn {
        code: way.invite.code(),
        label: invite.label.clone(),
        creator: way.invite.creator.as_ref().map(|maker| maker.name().to_owned()),
        href: (!way.deleted).then(|| format!("/admin/invites/{}", invite.id)),
        others: format!("/admin/users?invite={}", invite.id),
        takes_people: invite.delete_users_on_expiry,
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
