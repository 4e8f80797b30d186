//! The shapes of answers. Nothing else of the program is ever serialised for a program.

mod entry;
mod invite;
mod user;

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::access::{Permissions, Role};
use crate::domain::time::Timestamp;
pub use entry::EntryOut;
pub use invite::{InviteOut, Welcome};
pub use user::{AccountOut, UserOut};

/// A time as programs read it: RFC 3339, UTC, to the millisecond.
fn time(at: Timestamp) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// What a role may do, as a number.
fn flags(role: Role) -> u32 {
    role.permissions().bits()
}

/// So many, and where the next begin.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The newest first.
    pub items: Vec<T>,
    /// Send it as `cursor` for what comes next. Null at the end.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// What is behind a cursor is asked for with it as it is.
    pub fn new(items: impl IntoIterator<Item = T>, next: Option<impl ToString>) -> Self {
        let next_cursor = next.map(|id| id.to_string());
        Self { items: items.into_iter().collect(), next_cursor }
    }
}

/// Several at once.
#[derive(Debug, Serialize, ToSchema)]
pub struct Items<T> {
    /// In the order in which they were made.
    pub items: Vec<T>,
}

/// A token, its owner and what it may do at this moment.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// The owner of the token.
    pub user: AccountOut,
    /// The owner's role.
    #[schema(pattern = "^(member|support|manager|admin|owner)$", example = "manager")]
    pub role: &'static str,
    /// What the token may do: the permissions of the role, cut down to the scopes. One bit for each.
    #[schema(example = 4)]
    pub permissions: u32,
    /// What the token is for.
    #[schema(example = json!(["invites:read"]))]
    pub scopes: Vec<&'static str>,
    /// What its owner calls it.
    #[schema(example = "Kiosk sign-up")]
    pub token_name: String,
    /// When it ends.
    #[schema(format = DateTime, example = "2027-02-18T10:24:00.000Z")]
    pub token_expires_at: String,
}

impl Me {
    /// What a token may do, from the rights of its caller.
    #[must_use]
    pub fn new(caller: &crate::ops::tokens::Caller, permissions: Permissions) -> Self {
        Self {
            user: AccountOut::from(&caller.account),
            role: caller.account.role.key(),
            permissions: permissions.bits(),
            scopes: caller.token.scopes.keys(),
            token_name: caller.token.name.clone(),
            token_expires_at: time(caller.token.expires_at),
        }
    }
}

/// A link that is shown once.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResetLink {
    /// Whoever opens it chooses a new password for that person.
    #[schema(example = "https://door.example.org/reset#5f0c…")]
    pub link: String,
    /// Until when it works, once.
    #[schema(format = DateTime, example = "2026-11-20T10:54:00.000Z")]
    pub expires_at: String,
}

impl ResetLink {
    /// A link that works until then.
    #[must_use]
    pub fn new(link: String, until: Timestamp) -> Self {
        Self { link, expires_at: time(until) }
    }
}
