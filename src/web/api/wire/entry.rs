//! Rows of the audit log.

use serde::Serialize;
use utoipa::ToSchema;

use super::time;
use crate::domain::access::Role;
use crate::domain::audit::{About, Changed, Entry, Who};

/// Whose doing something was.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActorOut {
    /// What kind of doer.
    #[schema(pattern = "^(person|token|command_line|job|nobody)$", example = "person")]
    kind: &'static str,
    /// The person, or whose token it was.
    id: Option<String>,
    /// Their username; null once their data was erased.
    username: Option<String>,
    /// The role they had.
    role: Option<&'static str>,
    /// What the token was called; null once it is gone.
    token_name: Option<String>,
}

/// What something was done to.
#[derive(Debug, Serialize, ToSchema)]
pub struct TargetOut {
    /// What kind of thing.
    #[schema(pattern = "^(user|invite)$", example = "invite")]
    kind: &'static str,
    /// Which.
    id: String,
    /// What it is called now: a display name, or a masked code. Null once it was erased.
    name: Option<String>,
}

/// One field, before and after.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangeOut {
    /// The name of the field.
    #[schema(example = "max_uses")]
    field: String,
    /// Its old value.
    old: Option<String>,
    /// Its new value.
    new: Option<String>,
}

/// One row of the audit log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEntry)]
pub struct EntryOut {
    /// Its id.
    #[schema(example = "aud_01kq3v8zj2m4xw9c7n5t6r8a1b")]
    id: String,
    /// When.
    #[schema(format = DateTime, example = "2026-11-20T10:24:00.000Z")]
    at: String,
    /// Whose doing it was.
    actor: ActorOut,
    /// The stable name of what was done.
    #[schema(example = "invite.extended")]
    action: String,
    /// To what.
    target: Option<TargetOut>,
    /// Old and new values.
    changes: Vec<ChangeOut>,
    /// From where.
    #[schema(example = "192.0.2.1")]
    address: Option<String>,
    /// The number of the request.
    request_id: Option<String>,
}

impl From<&Entry> for EntryOut {
    fn from(entry: &Entry) -> Self {
        let nobody = |kind| ActorOut { kind, id: None, username: None, role: None, token_name: None };
        let actor = match &entry.who {
            Who::Person(id, name) | Who::Token(id, name, _) => ActorOut {
                kind: if matches!(entry.who, Who::Token(..)) { "token" } else { "person" },
                id: Some(id.to_string()),
                username: name.as_ref().map(|name| name.username.to_string()),
                role: entry.role.map(Role::key),
                token_name: match &entry.who {
                    Who::Token(_, _, name) => name.clone(),
                    Who::Person(..) | Who::CommandLine | Who::Job | Who::Nobody => None,
                },
            },
            Who::CommandLine => nobody("command_line"),
            Who::Job => nobody("job"),
            Who::Nobody => nobody("nobody"),
        };
        let target = match &entry.about {
            About::Nothing => None,
            About::User(id, name) => {
                let name = name.as_ref().map(|name| name.name.clone());
                Some(TargetOut { kind: "user", id: id.to_string(), name })
            }
            About::Invite(id, name) => {
                let name = name.as_ref().map(|name| name.masked.clone());
                Some(TargetOut { kind: "invite", id: id.to_string(), name })
            }
        };
        let change = |change: &Changed| ChangeOut {
            field: change.field.clone(),
            old: change.old.clone(),
            new: change.new.clone(),
        };
        Self {
            id: entry.id.to_string(),
            at: time(entry.at),
            actor,
            action: entry.action.clone(),
            target,
            changes: entry.changes.iter().map(change).collect(),
            address: entry.address.clone(),
            request_id: entry.request.map(|id| id.to_string()),
        }
    }
}
