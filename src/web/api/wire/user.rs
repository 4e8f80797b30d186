//! People.

use serde::Serialize;
use utoipa::ToSchema;

use super::invite::CreatorOut;
use super::{flags, time};
use crate::domain::user::Account;
use crate::ops::people::Seen;

/// The way somebody came in.
#[derive(Debug, Serialize, ToSchema)]
pub struct OriginOut {
    /// The invite.
    #[schema(example = "inv_01kq3v8zj2m4xw9c7n5t6r8a1b")]
    id: String,
    /// Its code as everybody may see it.
    #[schema(example = "K7QM-••••-••••")]
    code_masked: String,
    /// What staff call it.
    label: Option<String>,
    /// Whether it was deleted since.
    deleted: bool,
    /// Who made it; null for the command line.
    created_by: Option<CreatorOut>,
}

/// Somebody.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub struct UserOut {
    /// Their id.
    #[schema(example = "usr_01kq3v8zj2m4xw9c7n5t6r8a1b")]
    id: String,
    /// The name they sign in with.
    #[schema(example = "sofie")]
    username: String,
    /// The name they are shown with.
    #[schema(example = "Sofie Dahl")]
    display_name: Option<String>,
    /// Their e-mail address.
    #[schema(example = "sofie@harbour.example")]
    email: Option<String>,
    /// Their role.
    #[schema(pattern = "^(member|support|manager|admin|owner)$", example = "member")]
    role: &'static str,
    /// What that role may do: one bit for each permission.
    #[schema(example = 1)]
    permissions: u32,
    /// Whether they may sign in: only when active.
    #[schema(pattern = "^(active|suspended|removed)$", example = "active")]
    status: &'static str,
    /// Why they were suspended, as they are told.
    status_reason: Option<String>,
    /// How far the look at them has come; null for who joined without a code.
    #[schema(pattern = "^(waiting|flagged|approved)$", example = "waiting")]
    review: Option<&'static str>,
    /// What was noted at it.
    review_note: Option<String>,
    /// Whether they stay when their code ends.
    keep: bool,
    /// The way they came in; null for who joined without a code.
    invited_with: Option<OriginOut>,
    /// When they joined.
    #[schema(format = DateTime, example = "2026-11-20T10:24:00.000Z")]
    created_at: String,
    /// When they were last here.
    #[schema(format = DateTime)]
    last_seen_at: Option<String>,
    /// When they were removed; until they are erased they can be restored.
    #[schema(format = DateTime)]
    removed_at: Option<String>,
}

impl From<&Seen<'_>> for UserOut {
    fn from(seen: &Seen<'_>) -> Self {
        let (person, account) = (&seen.person, &seen.person.account);
        Self {
            id: account.id.to_string(),
            username: account.username.to_string(),
            display_name: account.display_name.clone(),
            email: account.email.clone(),
            role: account.role.key(),
            permissions: flags(account.role),
            status: account.status.key(),
            status_reason: account.status_reason.clone(),
            review: person.review.as_ref().map(|review| review.state.key()),
            review_note: person.review.as_ref().and_then(|review| review.note.clone()),
            keep: person.kept,
            invited_with: seen.way.as_ref().map(|way| OriginOut {
                id: way.invite.invite.id.to_string(),
                code_masked: way.invite.invite.code.masked(),
                label: way.invite.invite.label.clone(),
                deleted: way.deleted,
                created_by: way.invite.creator.as_deref().map(CreatorOut::from),
            }),
            created_at: time(account.created_at),
            last_seen_at: person.last_seen_at.map(time),
            removed_at: person.removed.as_ref().map(|removal| time(removal.at)),
        }
    }
}

/// The account of somebody, as they know it themselves.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Account)]
pub struct AccountOut {
    /// Their id.
    #[schema(example = "usr_01kq3v8zj2m4xw9c7n5t6r8a1b")]
    id: String,
    /// The name they sign in with.
    #[schema(example = "sofie")]
    username: String,
    /// The name they are shown with.
    #[schema(example = "Sofie Dahl")]
    display_name: Option<String>,
    /// Their e-mail address.
    #[schema(example = "sofie@harbour.example")]
    email: Option<String>,
    /// Their role.
    #[schema(pattern = "^(member|support|manager|admin|owner)$", example = "member")]
    role: &'static str,
    /// What that role may do: one bit for each permission.
    #[schema(example = 1)]
    permissions: u32,
    /// When they joined.
    #[schema(format = DateTime, example = "2026-11-20T10:24:00.000Z")]
    created_at: String,
}

impl From<&Account> for AccountOut {
    fn from(account: &Account) -> Self {
        Self {
            id: account.id.to_string(),
            username: account.username.to_string(),
            display_name: account.display_name.clone(),
            email: account.email.clone(),
            role: account.role.key(),
            permissions: flags(account.role),
            created_at: time(account.created_at),
        }
    }
}
