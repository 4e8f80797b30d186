//! What people and invites are called.

use diesel::prelude::*;

use super::schema::{invites, users};
use super::{Conn, StoreError, on};
use crate::domain::audit::{About, InviteName, PersonName, Target};
use crate::domain::code::InviteCode;
use crate::domain::id::UserId;
use crate::domain::user::Username;

/// Display name and username.
pub(super) type NameRow = (Option<String>, String);
/// Code, its reading, and label.
pub(super) type InviteNameRow = (String, String, Option<String>);

pub(super) fn person((name, username): NameRow) -> PersonName {
    PersonName { name: name.unwrap_or_else(|| username.clone()), username: Username::stored(username) }
}

pub(super) fn invite((code, reading, label): InviteNameRow) -> InviteName {
    InviteName { masked: InviteCode::stored(code, reading).masked(), label }
}

/// One thing with its name. Whose data was erased has none; a deleted invite has.
pub fn of(conn: &mut Conn, target: Target) -> Result<About, StoreError> {
    Ok(match target {
        Target::None | Target::Session(_) => About::Nothing,
        Target::User(id) => {
            let name: Option<NameRow> = on!(conn, c => users::table
                .find(id.key())
                .filter(users::purged_at.is_null())
                .select((users::display_name, users::username))
                .first(c)
                .optional())?;
            About::User(id, name.map(person))
        }
        Target::Invite(id) => {
            let name: Option<InviteNameRow> = on!(conn, c => invites::table
                .find(id.key())
                .select((invites::code, invites::code_reading, invites::label))
                .first(c)
                .optional())?;
            About::Invite(id, name.map(invite))
        }
    })
}

/// Whose username it is.
pub fn holder(conn: &mut Conn, username: &Username) -> Result<Option<UserId>, StoreError> {
    let key: Option<String> = on!(conn, c => users::table
        .filter(users::username.eq(username.as_str()))
        .filter(users::purged_at.is_null())
        .select(users::id)
        .first(c)
        .optional())?;
    key.map(|key| UserId::from_key(&key)).transpose().map_err(|_| StoreError::Corrupt("users.id".to_owned()))
}
