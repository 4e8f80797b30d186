//! Requests that must not be done twice.

use diesel::prelude::*;

use super::rows::RepeatRow;
use super::schema::repeats;
use super::{Conn, StoreError, Tx, on};
use crate::domain::audit::Once;
use crate::domain::secret::hex;
use crate::domain::time::Timestamp;

/// What was done for a key that was given before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// Whether it was the same request.
    pub is_same: bool,
    /// What it changed: the keys of rows, in their order.
    pub targets: Vec<String>,
}

/// Notes what a request changed, in the transaction of the change. Says whether it is the first with its key.
pub fn note(tx: &mut Tx<'_>, once: Once, targets: &[String], now: Timestamp) -> Result<bool, StoreError> {
    let row = RepeatRow {
        token_id: once.token.key(),
        key_hash: hex(&once.key),
        request_hash: hex(&once.request),
        created_at: now.into(),
        targets: targets.join(" "),
    };
    let added = on!(&mut **tx, c => diesel::insert_into(repeats::table)
        .values(&row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(added == 1)
}

/// What was done for the key of a request.
pub fn find(conn: &mut Conn, once: Once) -> Result<Option<Done>, StoreError> {
    let row: Option<RepeatRow> = on!(conn, c => repeats::table
        .find((once.token.key(), hex(&once.key)))
        .select(RepeatRow::as_select())
        .first(c)
        .optional())?;
    Ok(row.map(|row| Done {
        is_same: row.request_hash == hex(&once.request),
        targets: row.targets.split_whitespace().map(str::to_owned).collect(),
    }))
}

/// Drops some from before a moment. Says how many.
pub fn drop_older(tx: &mut Tx<'_>, before: Timestamp, limit: i64) -> Result<usize, StoreError> {
    let old: Vec<(String, String)> = on!(&mut **tx, c => repeats::table
        .filter(repeats::created_at.le(before.naive_utc()))
        .limit(limit)
        .select((repeats::token_id, repeats::key_hash))
        .load(c))?;
    let mut dropped = 0;
    for (token, key) in old {
        dropped += on!(&mut **tx, c => diesel::delete(repeats::table.find((token, key))).execute(c))?;
    }
    Ok(dropped)
}
