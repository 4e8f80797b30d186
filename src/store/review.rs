//! The look at the people who joined with a code.

use std::collections::HashMap;

use diesel::prelude::*;

use super::kept::{Kept, padded};
use super::schema::users;
use super::{Conn, StoreError, Tx, on};
use crate::domain::id::UserId;
use crate::domain::review::Review;
use crate::domain::time::Timestamp;
use crate::domain::user::Username;

/// Writes down how far the look at somebody has come, who looked, and what they noted.
pub fn set(
    tx: &mut Tx<'_>,
    id: UserId,
    state: Review,
    note: Option<&str>,
    (by, at): (UserId, Timestamp),
) -> Result<(), StoreError> {
    let row = users::table.find(id.key());
    let looked = (
        users::review.eq(state.key()),
        users::review_note.eq(note),
        users::reviewed_by.eq(by.key()),
        users::reviewed_at.eq(at.naive_utc()),
    );
    on!(&mut **tx, c => diesel::update(row).set(looked).execute(c))?;
    Ok(())
}

/// For each of these people the latest other person who joined from the same address, if there is one: a probe of the
/// index for each, in one statement.
pub fn neighbours(conn: &mut Conn, of: &[UserId]) -> Result<HashMap<String, Username>, StoreError> {
    let (one, other) = diesel::alias!(users as one, users as other);
    let keys = padded(of.iter().map(UserId::key));
    let found: Vec<(String, Option<String>)> = on!(conn, c => Kept(one
        .filter(one.field(users::id).eq_any(&keys))
        .select((
            one.field(users::id),
            other
                .filter(other.field(users::joined_from).eq(one.field(users::joined_from)))
                .filter(other.field(users::id).ne(one.field(users::id)))
                .filter(other.field(users::purged_at).is_null())
                .order(other.field(users::id).desc())
                .select(other.field(users::username))
                .single_value(),
        )))
        .load(c))?;
    let named = |(key, name): (String, Option<String>)| name.map(|name| (key, Username::stored(name)));
    Ok(found.into_iter().filter_map(named).collect())
}
