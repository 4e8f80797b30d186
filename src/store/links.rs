//! One-time links.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::rows::LinkRow;
use super::schema::links;
use super::{Conn, StoreError, Tx, on};
use crate::domain::id::UserId;
use crate::domain::secret::TokenHash;
use crate::domain::time::Timestamp;

const SETUP: &str = "setup";
const RESET: &str = "reset";

/// Keeps a new set-up link.
pub fn add_setup(
    tx: &mut Tx<'_>,
    token: &TokenHash,
    now: Timestamp,
    expires: Timestamp,
) -> Result<(), StoreError> {
    add(tx, (SETUP, None), token, now, expires)
}

/// Keeps a new link with which somebody can choose a password, and ends those they had.
pub fn add_reset(
    tx: &mut Tx<'_>,
    person: UserId,
    token: &TokenHash,
    now: Timestamp,
    expires: Timestamp,
) -> Result<(), StoreError> {
    drop_reset(tx, person)?;
    add(tx, (RESET, Some(person)), token, now, expires)
}

/// Keeps a new link; those that have run out go.
fn add(
    tx: &mut Tx<'_>,
    (purpose, person): (&str, Option<UserId>),
    token: &TokenHash,
    now: Timestamp,
    expires: Timestamp,
) -> Result<(), StoreError> {
    let spent = links::table.filter(links::expires_at.le(now.naive_utc()));
    on!(&mut **tx, c => diesel::delete(spent).execute(c))?;
    let row = LinkRow {
        token_hash: token.as_str().to_owned(),
        purpose: purpose.to_owned(),
        created_at: now.into(),
        expires_at: expires.into(),
        user_id: person.map(|person| person.key()),
    };
    on!(&mut **tx, c => diesel::insert_into(links::table).values(&row).execute(c))?;
    Ok(())
}

/// Whether a set-up link is still good.
pub fn setup_is_good(conn: &mut Conn, token: &TokenHash, now: Timestamp) -> Result<bool, StoreError> {
    let link = links::table
        .find(token.as_str())
        .filter(links::purpose.eq(SETUP))
        .filter(links::expires_at.gt(now.naive_utc()));
    Ok(on!(conn, c => diesel::select(exists(link)).get_result(c))?)
}

/// Drops some that have run out. Says how many.
pub fn drop_spent(tx: &mut Tx<'_>, now: Timestamp, limit: i64) -> Result<usize, StoreError> {
    let spent: Vec<String> = on!(&mut **tx, c => links::table
        .filter(links::expires_at.le(now.naive_utc()))
        .limit(limit)
        .select(links::token_hash)
        .load(c))?;
    Ok(on!(&mut **tx, c => diesel::delete(links::table.filter(links::token_hash.eq_any(&spent))).execute(c))?)
}

/// Ends every set-up link.
pub fn drop_setup(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    on!(&mut **tx, c => diesel::delete(links::table.filter(links::purpose.eq(SETUP))).execute(c))?;
    Ok(())
}

/// Whose password a link lets choose, while it is good.
pub fn reset_of(conn: &mut Conn, token: &TokenHash, now: Timestamp) -> Result<Option<UserId>, StoreError> {
    let key: Option<Option<String>> = on!(conn, c => links::table
        .find(token.as_str())
        .filter(links::purpose.eq(RESET))
        .filter(links::expires_at.gt(now.naive_utc()))
        .select(links::user_id)
        .first(c)
        .optional())?;
    let corrupt = || StoreError::Corrupt("links.user_id".to_owned());
    key.map(|key| UserId::from_key(&key.ok_or_else(corrupt)?).map_err(|_| corrupt())).transpose()
}

/// Uses a link up. Says whether it was still there.
pub fn take_reset(tx: &mut Tx<'_>, token: &TokenHash) -> Result<bool, StoreError> {
    let link = links::table.find(token.as_str()).filter(links::purpose.eq(RESET));
    Ok(on!(&mut **tx, c => diesel::delete(link).execute(c))? == 1)
}

/// Ends every link with which somebody could choose a password.
pub fn drop_reset(tx: &mut Tx<'_>, person: UserId) -> Result<(), StoreError> {
    let theirs = links::table.filter(links::user_id.eq(person.key())).filter(links::purpose.eq(RESET));
    on!(&mut **tx, c => diesel::delete(theirs).execute(c))?;
    Ok(())
}
