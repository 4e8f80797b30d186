//! What people and invites are called, for the rows of a page at once.

use std::collections::HashMap;

use diesel::prelude::*;

use super::schema::{invites, tokens, users};
use super::{Conn, StoreError, on};
use crate::domain::audit::{About, InviteName, PersonName, Target};
use crate::domain::code::InviteCode;
use crate::domain::id::UserId;
use crate::domain::user::Username;

/// The names of these people, by their keys. Whose data was erased has none.
pub(super) fn of_people(conn: &mut Conn, keys: &[String]) -> Result<HashMap<String, PersonName>, StoreError> {
    let rows: Vec<(String, Option<String>, String)> = on!(conn, c => users::table
        .filter(users::id.eq_any(keys))
        .filter(users::purged_at.is_null())
        .select((users::id, users::display_name, users::username))
        .load(c))?;
    let named = |(key, name, username): (String, Option<String>, String)| {
        let name = name.unwrap_or_else(|| username.clone());
        (key, PersonName { name, username: Username::stored(username) })
    };
    Ok(rows.into_iter().map(named).collect())
}

/// What these invites are called, by their keys, also if they were deleted.
pub(super) fn of_invites(
    conn: &mut Conn,
    keys: &[String],
) -> Result<HashMap<String, InviteName>, StoreError> {
    let rows: Vec<(String, String, String, Option<String>)> = on!(conn, c => invites::table
        .filter(invites::id.eq_any(keys))
        .select((invites::id, invites::code, invites::code_reading, invites::label))
        .load(c))?;
    let named = |(key, code, reading, label)| {
        (key, InviteName { masked: InviteCode::stored(code, reading).masked(), label })
    };
    Ok(rows.into_iter().map(named).collect())
}

/// What the owners of these tokens call them, by their keys.
pub(super) fn of_tokens(conn: &mut Conn, keys: &[String]) -> Result<HashMap<String, String>, StoreError> {
    let rows: Vec<(String, String)> = on!(conn, c => tokens::table
        .filter(tokens::id.eq_any(keys))
        .select((tokens::id, tokens::name))
        .load(c))?;
    Ok(rows.into_iter().collect())
}

/// One thing with its name.
pub fn of(conn: &mut Conn, target: Target) -> Result<About, StoreError> {
    Ok(match target {
        Target::None | Target::Session(_) => About::Nothing,
        Target::User(id) => About::User(id, of_people(conn, &[id.key()])?.into_values().next()),
        Target::Invite(id) => About::Invite(id, of_invites(conn, &[id.key()])?.into_values().next()),
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
