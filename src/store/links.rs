//! One-time links.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::rows::LinkRow;
use super::schema::links;
use super::{Conn, StoreError, Tx, on};
use crate::domain::secret::TokenHash;
use crate::domain::time::Timestamp;

const SETUP: &str = "setup";

/// Keeps a new set-up link; those that have run out go.
pub fn add_setup(
    tx: &mut Tx<'_>,
    token: &TokenHash,
    now: Timestamp,
    expires: Timestamp,
) -> Result<(), StoreError> {
    let spent = links::table.filter(links::expires_at.le(now.naive_utc()));
    on!(&mut **tx, c => diesel::delete(spent).execute(c))?;
    let row = LinkRow {
        token_hash: token.as_str().to_owned(),
        purpose: SETUP.to_owned(),
        created_at: now.naive_utc(),
        expires_at: expires.naive_utc(),
        user_id: None,
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
