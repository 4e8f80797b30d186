//! Invites as templates show them.

use chrono::Duration;

use crate::config::PublicUrl;
use crate::domain::access::{Permissions, Role};
use crate::domain::id::InviteId;
use crate::domain::invite::{Invite, Status};
use crate::domain::time::Timestamp;
use crate::ops::invites::Seen;
use crate::web::escaped::Escaped;
use crate::web::moment::Moment;
use crate::web::view::Viewer;

/// An end this near is pointed out.
const SOON: Duration = Duration::days(3);

/// An invite in a list, as its viewer may see it.
#[derive(Debug, Clone)]
pub struct InviteRow<'a> {
    seen: Seen<'a>,
    /// Its id.
    pub id: Escaped<'static>,
    /// The link, where the code is in clear.
    pub link: Option<String>,
    /// For the look.
    pub status: &'static str,
    /// In words.
    pub status_label: &'static str,
    /// What it grants.
    pub role: &'static str,
    /// Whether that role's badge is outlined.
    pub raised: bool,
    /// How many joined.
    pub uses: u32,
    /// How many can.
    pub most: Option<u32>,
    /// The one as a part of the other.
    pub percent: u32,
    /// Its end.
    pub expires: Option<Moment>,
    /// Whether that is near.
    pub soon: bool,
    /// Whether that has come.
    pub over: bool,
    /// What that does to the people who joined.
    pub marker: Option<&'static str>,
    /// When it was made.
    pub created: Moment,
    /// Whether the viewer may change it.
    pub may_manage: bool,
    /// Whether it was made just now.
    pub is_new: bool,
}

impl<'a> InviteRow<'a> {
    /// An invite as somebody sees it now.
    #[must_use]
    pub fn new(seen: Seen<'a>, viewer: Option<&Viewer>, url: &PublicUrl, now: Timestamp) -> Self {
        let invite = &*seen.invite;
        let status = invite.status(now);
        let most = invite.limit.most();
        let manages = viewer.is_some_and(|viewer| viewer.permissions.contains(Permissions::MANAGE_INVITES));
        Self {
            id: Escaped::new(invite.id.to_string()),
            link: seen.grantable.then(|| url.join_link(invite.code.reveal())),
            status: class(status),
            status_label: status.label(),
            role: invite.role.label(),
            raised: invite.role >= Role::Manager,
            uses: invite.uses,
            most,
            percent: most.map_or(0, |most| percent(invite.uses, most)),
            expires: invite.expiry.at().map(|at| Moment::new(at, now)),
            soon: invite.expiry.at().is_some_and(|at| at > now && at - now <= SOON),
            over: status == Status::Expired,
            marker: marker(invite),
            created: Moment::new(invite.created_at, now),
            may_manage: seen.grantable && manages,
            is_new: false,
            seen,
        }
    }

    /// The invite.
    #[must_use]
    pub fn invite(&self) -> &Invite {
        &self.seen.invite
    }

    /// The code, in clear or masked.
    #[must_use]
    pub fn code(&self) -> Escaped<'_> {
        Escaped::new(self.seen.code())
    }

    /// What staff call it.
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        self.seen.label()
    }

    /// By whom it was made.
    #[must_use]
    pub fn creator(&self) -> Option<&str> {
        self.seen.maker()
    }
}

fn percent(uses: u32, most: u32) -> u32 {
    u32::try_from(u64::from(uses) * 100 / u64::from(most.max(1))).unwrap_or(100)
}

const fn marker(invite: &Invite) -> Option<&'static str> {
    match (invite.users_removed_at, invite.delete_users_on_expiry) {
        (Some(_), _) => Some("Users deleted"),
        (None, true) => Some("Auto-delete"),
        (None, false) => None,
    }
}

const fn class(status: Status) -> &'static str {
    match status {
        Status::Active => "active",
        Status::Paused => "paused",
        Status::Expired => "expired",
        Status::UsedUp => "used-up",
    }
}

/// The addresses of an invite.
pub(super) fn address(id: InviteId, verb: &str) -> String {
    format!("/admin/invites/{id}/{verb}")
}
