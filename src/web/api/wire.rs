//! The shapes of answers. Nothing else of the program is ever serialised for a program.

use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::domain::access::{Permissions, Role};
use crate::domain::audit::{About, Entry, Who};
use crate::domain::invite::{Invite, Maker};
use crate::domain::time::Timestamp;
use crate::domain::user::Account;
use crate::ops::invites::Seen as SeenInvite;
use crate::ops::people::Seen as SeenUser;

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

/// Several at once.
#[derive(Debug, Serialize, ToSchema)]
pub struct Items<T> {
    /// In the order in which they were made.
    pub items: Vec<T>,
}

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
    pub fn new(app: &App, seen: &SeenInvite) -> Self {
        let invite: &Invite = &seen.invite;
        let code = seen.grantable.then(|| invite.code.reveal().to_owned());
        Self {
            id: invite.id.to_string(),
            link: code.as_ref().map(|code| format!("{}/join#{code}", app.config.public_url.origin())),
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
            created_by: seen.creator.as_ref().map(CreatorOut::from),
        }
    }
}

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

impl From<&SeenUser> for UserOut {
    fn from(seen: &SeenUser) -> Self {
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
                created_by: way.invite.creator.as_ref().map(CreatorOut::from),
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
        let change = |change: &crate::domain::audit::Changed| ChangeOut {
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
