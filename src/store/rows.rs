//! Rows as the tables hold them. Timestamps are UTC here, with no zone written beside them.
//!
//! What is inserted names every column, `None` as NULL: so the statement is the same each time, and its plan is kept.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::StoreError;
use super::at::At;

use super::schema::{
    audit, invite_uses, invites, jobs, links, repeats, sessions, settings, sign_in_throttles, tokens, users,
};
use crate::domain::id::UserId;
use crate::domain::invite::Maker;

/// An account without what proves it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct AccountRow {
    pub id: String,
    pub username: String,
    pub display_name: Option<String>,
    pub email: Option<String>,
    pub role: String,
    pub status: String,
    pub status_reason: Option<String>,
    pub created_at: At,
}

/// An account and what proves it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct CredentialsRow {
    #[diesel(embed)]
    pub account: AccountRow,
    pub password_hash: String,
}

/// A person as staff know them.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct PersonRow {
    #[diesel(embed)]
    pub account: AccountRow,
    pub last_seen_at: Option<At>,
    pub joined_from: Option<String>,
    pub review: Option<String>,
    pub review_note: Option<String>,
    pub reviewed_by: Option<String>,
    pub reviewed_at: Option<At>,
    pub kept: bool,
    pub role_changed_at: Option<At>,
    pub suspended_at: Option<At>,
    pub removed_at: Option<At>,
    pub removed_with: Option<String>,
    pub purged_at: Option<At>,
}

/// All of a person, but for what the database derives itself.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Serialize, Deserialize)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
#[serde(deny_unknown_fields)]
pub struct UserRow {
    pub id: String,
    pub username: String,
    pub username_skeleton: String,
    pub display_name: Option<String>,
    pub email: Option<String>,
    pub email_folded: Option<String>,
    pub password_hash: String,
    pub role: String,
    pub status: String,
    pub status_reason: Option<String>,
    pub created_at: At,
    pub attempt: Option<String>,
    pub last_seen_at: Option<At>,
    pub joined_from: Option<String>,
    pub review: Option<String>,
    pub review_note: Option<String>,
    pub reviewed_by: Option<String>,
    pub reviewed_at: Option<At>,
    pub kept: bool,
    pub role_changed_at: Option<At>,
    pub suspended_at: Option<At>,
    pub removed_at: Option<At>,
    pub removed_with: Option<String>,
    pub purged_at: Option<At>,
    pub name_folded: String,
}

/// What is said of somebody who made an invite.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct MakerRow {
    pub id: String,
    pub username: String,
    pub display_name: Option<String>,
    pub role: String,
}

impl MakerRow {
    /// Reads a row into the types that the rest of the program trusts.
    pub fn read(self) -> Result<Maker, StoreError> {
        let corrupt = |column: &str| StoreError::Corrupt(format!("users.{column}"));
        Ok(Maker {
            id: UserId::from_key(&self.id).map_err(|_| corrupt("id"))?,
            username: self.username,
            display_name: self.display_name,
            role: self.role.parse().map_err(|_| corrupt("role"))?,
        })
    }
}

/// A signed-in browser.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions, treat_none_as_default_value = false)]
pub struct SessionRow {
    pub id: String,
    pub token_hash: String,
    pub user_id: String,
    pub agent: String,
    pub address: String,
    pub created_at: At,
    pub last_seen_at: At,
}

/// The settings: one row.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Serialize, Deserialize)]
#[diesel(table_name = settings, treat_none_as_null = true)]
#[serde(deny_unknown_fields)]
pub struct SettingsRow {
    pub id: i32,
    pub server_name: String,
    pub password_min: i32,
    pub registration_mode: String,
    pub code_length: i32,
    pub email_required: bool,
    pub default_role: String,
    pub default_max_uses: Option<i32>,
    pub default_expires_days: Option<i32>,
    pub removal_grace_days: i32,
    pub expired_codes_days: Option<i32>,
    pub audit_days: Option<i32>,
    pub support_address: Option<String>,
}

/// A line of the audit log.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Serialize, Deserialize)]
#[diesel(table_name = audit, treat_none_as_default_value = false)]
#[serde(deny_unknown_fields)]
pub struct AuditRow {
    pub id: String,
    pub at: At,
    pub actor_kind: String,
    pub actor_id: Option<String>,
    pub actor_role: Option<String>,
    pub action: String,
    pub target_kind: Option<String>,
    pub target_id: Option<String>,
    pub changes: Option<String>,
    pub address: Option<String>,
    pub request_id: Option<String>,
    pub token_id: Option<String>,
}

/// What a program signs in with.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Serialize, Deserialize)]
#[diesel(table_name = tokens, treat_none_as_default_value = false)]
#[serde(deny_unknown_fields)]
pub struct TokenRow {
    pub id: String,
    pub user_id: String,
    pub name: String,
    pub token_hash: String,
    pub hint: String,
    pub scopes: i32,
    pub created_at: At,
    pub expires_at: At,
    pub last_used_at: Option<At>,
}

/// A request that must not be done twice.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = repeats, treat_none_as_default_value = false)]
pub struct RepeatRow {
    pub token_id: String,
    pub key_hash: String,
    pub request_hash: String,
    pub created_at: At,
    pub targets: String,
}

/// A one-time link.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = links, treat_none_as_default_value = false)]
pub struct LinkRow {
    pub token_hash: String,
    pub purpose: String,
    pub created_at: At,
    pub expires_at: At,
    pub user_id: Option<String>,
}

/// Failed sign-ins in a row.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = sign_in_throttles, treat_none_as_default_value = false)]
pub struct ThrottleRow {
    pub bucket: String,
    pub failures: i32,
    pub open_at: At,
    pub charged_at: At,
}

/// The record behind a code, but for what the database derives itself.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Serialize, Deserialize)]
#[diesel(table_name = invites, treat_none_as_default_value = false)]
#[serde(deny_unknown_fields)]
pub struct InviteRow {
    pub id: String,
    pub code: String,
    pub code_reading: String,
    pub label: Option<String>,
    pub label_folded: String,
    pub role: String,
    pub max_uses: Option<i32>,
    pub uses: i32,
    pub expires_at: Option<At>,
    pub lapsed: bool,
    pub delete_users_on_expiry: bool,
    pub paused: bool,
    pub deleted_at: Option<At>,
    pub batch_id: Option<String>,
    pub created_by: Option<String>,
    pub created_at: At,
    pub updated_at: At,
    pub last_used_at: Option<At>,
    pub users_removed_at: Option<At>,
}

/// One use of a code.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Serialize, Deserialize)]
#[diesel(table_name = invite_uses, treat_none_as_default_value = false)]
#[serde(deny_unknown_fields)]
pub struct UseRow {
    pub user_id: String,
    pub invite_id: String,
    pub used_at: At,
}

/// A job, who runs it, and what came of it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = jobs)]
pub struct JobRow {
    pub name: String,
    pub holder: Option<String>,
    pub lease_until: Option<At>,
    pub started_at: Option<At>,
    pub finished_at: Option<At>,
    pub summary: Option<String>,
    pub failure: Option<String>,
    pub stopped_at: Option<At>,
    pub stopped_because: Option<String>,
}
