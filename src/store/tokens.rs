//! What programs sign in with.

use diesel::prelude::*;

use super::at::At;
use super::rows::{AccountRow, SettingsRow, TokenRow};
use super::schema::{settings as settings_table, tokens, users};
use super::users::account;
use super::{Conn, StoreError, Tx, on, settings};
use crate::domain::access::Role;
use crate::domain::id::{TokenId, UserId};
use crate::domain::secret::TokenHash;
use crate::domain::session::TOUCH_EVERY;
use crate::domain::settings::Settings;
use crate::domain::time::Timestamp;
use crate::domain::token::{Scopes, TokenRecord};
use crate::domain::user::{Account, Status};

fn record(row: TokenRow) -> Result<TokenRecord, StoreError> {
    let corrupt = |column: &str| StoreError::Corrupt(format!("tokens.{column}"));
    let bits = u32::try_from(row.scopes).ok().and_then(Scopes::from_bits);
    Ok(TokenRecord {
        id: TokenId::from_key(&row.id).map_err(|_| corrupt("id"))?,
        owner: UserId::from_key(&row.user_id).map_err(|_| corrupt("user_id"))?,
        name: row.name,
        hint: row.hint,
        scopes: bits.ok_or_else(|| corrupt("scopes"))?,
        created_at: row.created_at.and_utc(),
        expires_at: row.expires_at.and_utc(),
        last_used_at: row.last_used_at.map(|at| at.and_utc()),
    })
}

/// The token of a hash with its owner and the settings, in one read. One past its end, or of somebody who may not sign in,
/// is none.
pub fn find(
    conn: &mut Conn,
    token: &TokenHash,
    now: Timestamp,
) -> Result<Option<(TokenRecord, Account, Settings)>, StoreError> {
    let row: Option<(TokenRow, AccountRow, SettingsRow)> = on!(conn, c => tokens::table
        .inner_join(users::table)
        .inner_join(settings_table::table.on(settings_table::id.eq(1)))
        .filter(tokens::token_hash.eq(token.as_str()))
        .filter(tokens::expires_at.gt(now.naive_utc()))
        .filter(users::status.eq(Status::Active.key()))
        .select((TokenRow::as_select(), AccountRow::as_select(), SettingsRow::as_select()))
        .first(c)
        .optional())?;
    row.map(|(row, user, instance)| Ok((record(row)?, account(user)?, settings::read(instance)))).transpose()
}

/// Whether a token can still be used. On PostgreSQL nobody ends it until the end of the transaction.
pub fn is_good(tx: &mut Tx<'_>, id: TokenId, now: Timestamp) -> Result<bool, StoreError> {
    let row = tokens::table.find(id.key()).filter(tokens::expires_at.gt(now.naive_utc())).select(tokens::id);
    let found: Option<String> = match &mut **tx {
        Conn::Sqlite(c) => row.first(&mut **c).optional()?,
        Conn::Postgres(c) => row.for_key_share().first(&mut **c).optional()?,
    };
    Ok(found.is_some())
}

/// Keeps a new token.
pub fn insert(tx: &mut Tx<'_>, token: &TokenRecord, hash: &TokenHash) -> Result<(), StoreError> {
    let row = TokenRow {
        id: token.id.key(),
        user_id: token.owner.key(),
        name: token.name.clone(),
        token_hash: hash.as_str().to_owned(),
        hint: token.hint.clone(),
        scopes: i32::try_from(token.scopes.bits()).map_err(|error| StoreError::Query(error.to_string()))?,
        created_at: token.created_at.into(),
        expires_at: token.expires_at.into(),
        last_used_at: token.last_used_at.map(At::from),
    };
    on!(&mut **tx, c => diesel::insert_into(tokens::table).values(&row).execute(c))?;
    Ok(())
}

/// How many tokens of a person can be used.
pub fn count(conn: &mut Conn, owner: UserId, now: Timestamp) -> Result<i64, StoreError> {
    let live =
        tokens::table.filter(tokens::user_id.eq(owner.key())).filter(tokens::expires_at.gt(now.naive_utc()));
    Ok(on!(conn, c => live.count().get_result(c))?)
}

/// One token with its owner.
pub fn by_id(conn: &mut Conn, id: TokenId) -> Result<Option<(TokenRecord, Account)>, StoreError> {
    let row: Option<(TokenRow, AccountRow)> = on!(conn, c => tokens::table
        .find(id.key())
        .inner_join(users::table)
        .select((TokenRow::as_select(), AccountRow::as_select()))
        .first(c)
        .optional())?;
    row.map(|(row, user)| Ok((record(row)?, account(user)?))).transpose()
}

/// A person's own tokens and those of people of some roles, before a cursor, the newest first, also those past their end.
pub fn page(
    conn: &mut Conn,
    own: UserId,
    of_roles: &[Role],
    before: Option<TokenId>,
    limit: i64,
) -> Result<Vec<(TokenRecord, Account)>, StoreError> {
    let roles: Vec<&str> = of_roles.iter().map(|role| role.key()).collect();
    let rows: Vec<(TokenRow, AccountRow)> = on!(conn, c => tokens::table
        .inner_join(users::table)
        .filter(tokens::id.lt(before.unwrap_or(TokenId::LAST).key()))
        .filter(tokens::user_id.eq(own.key()).or(users::role.eq_any(&roles)))
        .order(tokens::id.desc())
        .limit(limit)
        .select((TokenRow::as_select(), AccountRow::as_select()))
        .load(c))?;
    rows.into_iter().map(|(row, user)| Ok((record(row)?, account(user)?))).collect()
}

/// Notes that a token was just used, at most once a minute.
pub fn touch(tx: &mut Tx<'_>, id: TokenId, now: Timestamp) -> Result<(), StoreError> {
    let stale = tokens::last_used_at.is_null().or(tokens::last_used_at.le((now - TOUCH_EVERY).naive_utc()));
    let row = tokens::table.filter(tokens::id.eq(id.key())).filter(stale);
    let used = tokens::last_used_at.eq(now.naive_utc());
    on!(&mut **tx, c => diesel::update(row).set(used).execute(c))?;
    Ok(())
}

/// Ends a token. Says whether there was one.
pub fn end(tx: &mut Tx<'_>, id: TokenId) -> Result<bool, StoreError> {
    Ok(on!(&mut **tx, c => diesel::delete(tokens::table.find(id.key())).execute(c))? == 1)
}

/// Ends every token of a person.
pub fn end_all(tx: &mut Tx<'_>, owner: UserId) -> Result<usize, StoreError> {
    let rows = tokens::table.filter(tokens::user_id.eq(owner.key()));
    Ok(on!(&mut **tx, c => diesel::delete(rows).execute(c))?)
}

/// Drops some that ended before a moment. Says how many.
pub fn drop_ended(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<usize, StoreError> {
    let ended: Vec<String> = on!(&mut **tx, c => tokens::table
        .filter(tokens::expires_at.le(before.naive_utc()))
        .limit(limit)
        .select(tokens::id)
        .load(c))?;
    Ok(on!(&mut **tx, c => diesel::delete(tokens::table.filter(tokens::id.eq_any(&ended))).execute(c))?)
}
