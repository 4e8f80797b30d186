//! Invites.

use serde::Serialize;
use utoipa::ToSchema;

use super::{flags, time};
use crate::app::App;
use crate::domain::invite::{Invite, Maker};
use crate::ops::invites::Seen;

/// Who made an invite.
#[derive(Debug, Serialize, ToSchema)]
pub struct CreatorOut {
    /// Their id.
    #[schema(example = "usr_01kq3v8zj2m4xw9c7n5t6r8a1b")]
    id: String,
    /// Their username.
    #[schema(example = "mara")]
    username: String,
    /// Their display name.
    #[schema(example = "Mara Lindqvist")]
    display_name: Option<String>,
    /// The role they have now.
    #[schema(example = "owner")]
    role: &'static str,
}

impl From<&Maker> for CreatorOut {
    fn from(maker: &Maker) -> Self {
        Self {
            id: maker.id.to_string(),
            username: maker.username.clone(),
            display_name: maker.display_name.clone(),
            role: maker.role.key(),
        }
    }
}

/// An invite: the record behind a code.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Invite)]
pub struct InviteOut {
    /// Its id.
    #[schema(example = "inv_01kq3v8zj2m4xw9c7n5t6r8a1b")]
    id: String,
    /// The code; null where the owner of the token may not hand out its role.
    #[schema(example = "K7QM-2XHD-9RTB")]
    code: Option<String>,
    /// The code as everybody may see it.
    #[schema(example = "K7QM-••••-••••")]
    code_masked: String,
    /// The address with which somebody joins; null where the code is.
    #[schema(example = "https://door.example.org/join#K7QM-2XHD-9RTB")]
    link: Option<String>,
    /// What staff call it.
    #[schema(example = "Spring meeting")]
    label: Option<String>,
    /// Whether somebody can join with it now: only with an active one.
    #[schema(pattern = "^(active|paused|expired|used_up)$", example = "active")]
    status: &'static str,
    /// Whether it is stopped for a while.
    paused: bool,
    /// What whoever joins becomes.
    #[schema(pattern = "^(member|support|manager|admin)$", example = "member")]
    role: &'static str,
    /// What that role may do: one bit for each permission.
    #[schema(example = 1)]
    permissions: u32,
    /// How many joined with it.
    #[schema(minimum = 0, example = 3)]
    uses: u32,
    /// How many can join; null for no limit.
    #[schema(minimum = 1, example = 10)]
    max_uses: Option<u32>,
    /// When it ends; null for never.
    #[schema(format = DateTime, example = "2026-12-31T23:59:59.000Z")]
    expires_at: Option<String>,
    /// Whether whoever joined is removed when it ends.
    delete_users_on_expiry: bool,
    /// What it was made together with.
    #[schema(example = "bat_01kq3v8zj2m4xw9c7n5t6r8a1b")]
    batch_id: Option<String>,
    /// When somebody last joined with it.
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
    /// When it was made.
    #[schema(format = DateTime, example = "2026-11-20T10:24:00.000Z")]
    created_at: String,
    /// When it was last changed.
    #[schema(format = DateTime, example = "2026-11-20T10:24:00.000Z")]
    updated_at: String,
    /// Who made it; null for the command line.
    created_by: Option<CreatorOut>,
}

impl InviteOut {
    /// An invite as somebody may see it.
    #[must_use]
    pub fn new(app: &App, seen: &Seen) -> Self {
        let invite: &Invite = &seen.invite;
        let code = seen.grantable.then(|| invite.code.reveal().to_owned());
        Self {
            id: invite.id.to_string(),
            link: code.as_ref().map(|code| app.config.public_url.join_link(code)),
            code,
            code_masked: invite.code.masked(),
            label: invite.label.clone(),
            status: invite.status(app.clock.now()).key(),
            paused: invite.paused,
            role: invite.role.key(),
            permissions: flags(invite.role),
            uses: invite.uses,
            max_uses: invite.limit.most(),
            expires_at: invite.expiry.at().map(time),
            delete_users_on_expiry: invite.delete_users_on_expiry,
            batch_id: invite.batch.map(|batch| batch.to_string()),
            last_used_at: invite.last_used_at.map(time),
            created_at: time(invite.created_at),
            updated_at: time(invite.updated_at),
            created_by: seen.creator.as_deref().map(CreatorOut::from),
        }
    }
}

/// What whoever holds a good code is told before they register.
#[derive(Debug, Serialize, ToSchema)]
pub struct Welcome {
    /// Who invites them; null for the command line.
    #[schema(example = "Mara Lindqvist")]
    pub inviter: Option<String>,
    /// To which server.
    #[schema(example = "Harbour")]
    pub server: String,
    /// As which role.
    #[schema(pattern = "^(member|support|manager|admin)$", example = "member")]
    pub role: &'static str,
    /// Until when the code can be used; null for always.
    #[schema(format = DateTime)]
    pub expires_at: Option<String>,
    /// Whether their account ends with it.
    pub temporary: bool,
}

impl Welcome {
    /// What a code says.
    #[must_use]
    pub fn new(found: crate::ops::registration::Welcome, server: String) -> Self {
        Self {
            inviter: found.inviter,
            server,
            role: found.role.key(),
            expires_at: found.expiry.at().map(time),
            temporary: found.temporary,
        }
    }
}
