//! What programs ask for of invites, and how it is read.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::domain::access::{Actor, Grantable, Role};
use crate::domain::code::InviteCode;
use crate::domain::expiry::Expiry;
use crate::domain::field::{Errors, Rejected};
use crate::domain::id::{InviteId, UserId};
use crate::domain::invite::{GRANTED, Label, Status, UseLimit};
use crate::domain::time::Timestamp;
use crate::ops::OpError;
use crate::ops::invites::{Amendment, Filter, NO_END, ONLY_ONE, Wanted, grantable};
use crate::web::api::asked::{FROM_AN_ANSWER, given, limit, one_of, search};
use crate::web::api::sent::Optional;

/// What a list of invites is narrowed down to.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Only these.
    #[param(pattern = "^(active|paused|expired|used_up)$")]
    status: Option<String>,
    /// Only those that grant this role.
    #[param(pattern = "^(member|support|manager|admin)$")]
    role: Option<String>,
    /// Only those that this user made.
    #[param(pattern = "^usr_[0-9a-hjkmnp-tv-z]{26}$")]
    created_by: Option<String>,
    /// Three characters or more anywhere in a label, fewer at its beginning; or the beginning of a code.
    #[param(max_length = 200)]
    q: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 100, value_type = Option<u32>)]
    limit: Option<String>,
    /// The `next_cursor` of the answer before.
    #[param(pattern = "^inv_[0-9a-hjkmnp-tv-z]{26}$")]
    cursor: Option<String>,
}

impl ListQuery {
    /// The filter, where it begins, and how many.
    pub fn read(&self) -> Result<(Filter, Option<InviteId>, usize), OpError> {
        let mut errors = Errors::default();
        let status = |key: &str| Status::ALL.into_iter().find(|status| status.key() == key);
        let role = |key: &str| key.parse().ok().filter(|role| GRANTED.contains(role));
        let status = one_of(self.status.as_deref(), status, "Send active, paused, expired or used_up.");
        let status = errors.check("status", status);
        let role = one_of(self.role.as_deref(), role, "Send member, support, manager or admin.");
        let role = errors.check("role", role);
        let creator = |text: &str| text.parse::<UserId>().ok();
        let creator = errors.check("created_by", one_of(self.created_by.as_deref(), creator, FROM_AN_ANSWER));
        let limit = errors.check("limit", limit(self.limit.as_deref()));
        let cursor = |text: &str| text.parse().ok();
        let before = errors.check("cursor", one_of(self.cursor.as_deref(), cursor, FROM_AN_ANSWER));
        let search = errors.check("q", search(self.q.as_deref()));
        match (status, role, creator, limit, before, search) {
            (Some(status), Some(role), Some(creator), Some(limit), Some(before), Some(search)) => {
                Ok((Filter { status, role, creator, search, ..Filter::default() }, before, limit))
            }
            _ => Err(OpError::Invalid(errors)),
        }
    }
}

/// A new invite.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewInvite, example = json!({"label": "Spring meeting", "max_uses": 10, "role": "member", "expires_at": "7d"}))]
pub struct NewInvite {
    /// What staff call it.
    #[serde(default)]
    #[schema(max_length = 100)]
    label: Option<String>,
    /// A code of one's own: 6 to 32 letters, digits and hyphens. Left out, one is drawn.
    #[serde(default)]
    #[schema(pattern = "^[0-9A-Za-z-]{6,32}$")]
    code: Option<String>,
    /// How many can join. Null or left out: no limit.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1_000_000)]
    max_uses: Option<u32>,
    /// What they become: no more than the owner of the token may hand out. Left out: member.
    #[serde(default)]
    #[schema(pattern = "^(member|support|manager|admin)$")]
    role: Option<String>,
    /// When it ends: "never" or null, a time like "2026-12-31T23:59:59Z", or a duration from now like "30m", "1h", "7d" or
    /// "2w"; at most ten years. Left out: never.
    #[serde(default)]
    #[schema(pattern = "^(never|[0-9]+[mhdw]|[0-9]{4}-[0-9]{2}-[0-9]{2}T.+)$")]
    expires_at: Option<String>,
    /// Whether whoever joins is removed when it ends. Only with an end.
    #[serde(default)]
    delete_users_on_expiry: Option<bool>,
    /// How many codes, all with the same settings: 2 and more make a batch.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100)]
    count: Option<u32>,
}

impl Optional for NewInvite {}

impl NewInvite {
    /// Whether several are wanted.
    pub fn is_batch(&self) -> bool {
        self.count.is_some_and(|count| count > 1)
    }

    /// What is to be made.
    pub fn read(&self, actor: Actor, now: Timestamp) -> Result<Wanted, OpError> {
        let mut errors = Errors::default();
        let label = errors.check("label", Label::parse(self.label.as_deref().unwrap_or_default()));
        let code = errors.check("code", self.code.as_deref().map(InviteCode::custom).transpose());
        let limit = errors.check("max_uses", uses(self.max_uses));
        let role = self.role.as_deref().unwrap_or(Role::Member.key());
        let role = errors.check("role", grantable(role, actor));
        let expiry = Expiry::from_api(self.expires_at.as_deref().unwrap_or("never"), now);
        let expiry = errors.check("expires_at", expiry);
        let delete_users = self.delete_users_on_expiry.unwrap_or(false);
        if delete_users && expiry == Some(Expiry::Never) {
            errors.add("delete_users_on_expiry", NO_END);
        }
        let count = usize::try_from(self.count.unwrap_or(1)).unwrap_or(usize::MAX);
        if !(1..=100).contains(&count) {
            errors.add("count", "Send a number from 1 to 100.");
        }
        if self.is_batch() && self.code.is_some() {
            errors.add("count", ONLY_ONE);
        }
        match (label, code, limit, role, expiry, errors.is_empty()) {
            (Some(label), Some(code), Some(limit), Some(role), Some(expiry), true) => {
                Ok(Wanted { label, code, limit, role, expiry, delete_users, count })
            }
            _ => Err(OpError::Invalid(errors)),
        }
    }
}

fn uses(most: Option<u32>) -> Result<UseLimit, Rejected> {
    match most {
        None => Ok(UseLimit::UNLIMITED),
        Some(most) => UseLimit::parse(&most.to_string()),
    }
}

/// What is to change of an invite. What is left out stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = InviteChange, example = json!({"label": "Spring meeting", "max_uses": 20, "expires_at": "2w", "paused": false}))]
pub struct InviteChange {
    /// What staff call it; null for nothing.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 100)]
    label: Option<Option<String>>,
    /// How many can join, not fewer than did; null for no limit.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<u32>, minimum = 1, maximum = 1_000_000)]
    max_uses: Option<Option<u32>>,
    /// When it ends, written as for a new one; null for never.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, pattern = "^(never|[0-9]+[mhdw]|[0-9]{4}-[0-9]{2}-[0-9]{2}T.+)$")]
    expires_at: Option<Option<String>>,
    /// Whether whoever joined is removed when it ends.
    #[serde(default)]
    delete_users_on_expiry: Option<bool>,
    /// What whoever joins becomes; only while nobody has joined.
    #[serde(default)]
    #[schema(pattern = "^(member|support|manager|admin)$")]
    role: Option<String>,
    /// Whether it is stopped for a while.
    #[serde(default)]
    paused: Option<bool>,
}

impl Optional for InviteChange {}

impl InviteChange {
    /// What is to change.
    pub fn read(&self, actor: Actor, now: Timestamp) -> Result<Amendment, OpError> {
        let mut errors = Errors::default();
        let label = self.label.as_ref().map(|label| Label::parse(label.as_deref().unwrap_or_default()));
        let label = errors.check("label", label.transpose());
        let limit = errors.check("max_uses", self.max_uses.map(uses).transpose());
        let expiry =
            self.expires_at.as_ref().map(|end| Expiry::from_api(end.as_deref().unwrap_or("never"), now));
        let expiry = errors.check("expires_at", expiry.transpose());
        let role = self.role.as_deref().map(|role| grantable(role, actor).map(Grantable::role)).transpose();
        let role = errors.check("role", role);
        match (label, limit, expiry, role) {
            (Some(label), Some(limit), Some(expiry), Some(role)) => Ok(Amendment {
                label,
                limit,
                role,
                expiry,
                delete_users: self.delete_users_on_expiry,
                paused: self.paused,
            }),
            _ => Err(OpError::Invalid(errors)),
        }
    }
}

/// By how much an end is put off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"days": 7}))]
pub struct Extension {
    /// From the present end; from now where there is none, or it has passed.
    #[schema(minimum = 1, maximum = 3650)]
    pub days: u32,
}

impl Optional for Extension {}
