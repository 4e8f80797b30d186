//! People who go: with the code that they came with, and for good when their grace is over.

use diesel::dsl::{auto_type, exists, not};
use diesel::prelude::*;

use super::counted::Counted;
use super::invites::invite;
use super::rows::InviteRow;
use super::schema::{invites, users};
use super::{Conn, StoreError, Tx, on};
use crate::domain::access::Role;
use crate::domain::id::{InviteId, UserId};
use crate::domain::invite::Invite;
use crate::domain::time::Timestamp;

/// Those who are here, as the index of a code's people has them.
const HERE: [&str; 2] = ["active", "suspended"];

/// Who goes with a code: whoever is still here as they came, and whom nobody keeps. The twin of
/// [`crate::domain::person::Person::is_exempt`].
#[auto_type]
fn leaving() -> _ {
    let (removed, owner): (&'static str, &'static str) = ("removed", "owner");
    users::status
        .ne(removed)
        .and(users::role.ne(owner))
        .and(not(users::kept))
        .and(users::role_changed_at.is_null())
}

/// Those who go with some code.
#[auto_type(no_type_alias)]
pub(super) fn going() -> _ {
    let here: [&'static str; 2] = HERE;
    users::table
        .filter(users::purged_at.is_null())
        .filter(users::status.eq_any(here))
        .filter(leaving())
        .select(users::id)
}

/// Codes that have ended and whose people have not gone yet, the earliest first.
pub fn ended(conn: &mut Conn, now: Timestamp, limit: i64) -> Result<Vec<Invite>, StoreError> {
    let rows: Vec<InviteRow> = on!(conn, c => invites::table
        .filter(invites::delete_users_on_expiry)
        .filter(invites::deleted_at.is_null())
        .filter(invites::users_removed_at.is_null())
        .filter(invites::expires_at.le(now.naive_utc()))
        .order(invites::expires_at)
        .limit(limit)
        .select(InviteRow::as_select())
        .load(c))?;
    rows.into_iter().map(invite).collect()
}

/// Some of those who go with a code.
pub fn of_invite(conn: &mut Conn, id: InviteId, limit: i64) -> Result<Vec<UserId>, StoreError> {
    let keys: Vec<String> =
        on!(conn, c => going().filter(users::came_with.eq(id.key())).limit(limit).load(c))?;
    keys.iter().map(|key| user(key)).collect()
}

fn user(key: &str) -> Result<UserId, StoreError> {
    UserId::from_key(key).map_err(|_| StoreError::Corrupt("users.id".to_owned()))
}

/// How many go with a code, counted up to a cap.
pub fn count(conn: &mut Conn, id: InviteId, cap: i64) -> Result<i64, StoreError> {
    let some = going().filter(users::came_with.eq(id.key())).limit(cap);
    Ok(on!(conn, c => diesel::select(Counted(vec![some])).get_result(c))?)
}

/// Whether somebody goes with a code whom a person with these rights over roles could not remove.
pub fn any_beyond(conn: &mut Conn, id: InviteId, managed: &[Role]) -> Result<bool, StoreError> {
    let managed: Vec<_> = managed.iter().map(|role| role.key()).collect();
    let beyond = going().filter(users::came_with.eq(id.key())).filter(not(users::role.eq_any(managed)));
    Ok(on!(conn, c => diesel::select(exists(beyond)).get_result(c))?)
}

/// Removes somebody with the code that they came with, if at this very moment that has ended and takes them along.
pub fn take_along(
    tx: &mut Tx<'_>,
    person: UserId,
    with: InviteId,
    end: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let over = invites::table
        .filter(invites::id.eq(with.key()))
        .filter(invites::delete_users_on_expiry)
        .filter(invites::deleted_at.is_null())
        .filter(invites::expires_at.le(end.naive_utc()));
    let row = users::table.filter(users::id.eq(person.key())).filter(leaving()).filter(exists(over));
    let gone = (
        users::status.eq("removed"),
        users::removed_at.eq(now.naive_utc()),
        users::removed_with.eq(with.key()),
    );
    Ok(on!(&mut **tx, c => diesel::update(row).set(gone).execute(c))? == 1)
}

/// Notes that the people of an ended code have gone. Says whether it had ended.
pub fn mark_emptied(
    tx: &mut Tx<'_>,
    id: InviteId,
    end: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let row = invites::table
        .find(id.key())
        .filter(invites::deleted_at.is_null())
        .filter(invites::expires_at.le(end.naive_utc()));
    let done = invites::users_removed_at.eq(now.naive_utc());
    Ok(on!(&mut **tx, c => diesel::update(row).set(done).execute(c))? == 1)
}

/// Those whom a code took along and who can still come back, counted up to a cap.
pub fn count_taken(conn: &mut Conn, id: InviteId, cap: i64) -> Result<i64, StoreError> {
    let some = users::table
        .filter(users::removed_with.eq(id.key()))
        .filter(users::purged_at.is_null())
        .select(users::id)
        .limit(cap);
    Ok(on!(conn, c => diesel::select(Counted(vec![some])).get_result(c))?)
}

/// When the first of them went.
pub fn first_taken(conn: &mut Conn, id: InviteId) -> Result<Option<Timestamp>, StoreError> {
    let at: Option<Option<chrono::NaiveDateTime>> = on!(conn, c => users::table
        .filter(users::removed_with.eq(id.key()))
        .filter(users::purged_at.is_null())
        .order(users::removed_at)
        .select(users::removed_at)
        .first(c)
        .optional())?;
    Ok(at.flatten().map(|at| at.and_utc()))
}

/// Some of them.
pub fn taken(conn: &mut Conn, id: InviteId, limit: i64) -> Result<Vec<UserId>, StoreError> {
    let keys: Vec<String> = on!(conn, c => users::table
        .filter(users::removed_with.eq(id.key()))
        .filter(users::purged_at.is_null())
        .limit(limit)
        .select(users::id)
        .load(c))?;
    keys.iter().map(|key| user(key)).collect()
}

/// Those whose grace is over.
pub fn past_grace(conn: &mut Conn, cutoff: Timestamp, limit: i64) -> Result<Vec<UserId>, StoreError> {
    let keys: Vec<String> = on!(conn, c => users::table
        .filter(users::removed_at.le(cutoff.naive_utc()))
        .filter(users::purged_at.is_null())
        .order(users::removed_at)
        .limit(limit)
        .select(users::id)
        .load(c))?;
    keys.iter().map(|key| user(key)).collect()
}

/// Erases what is known of somebody whose grace is over. That they joined stays; their name is free again.
pub fn purge(tx: &mut Tx<'_>, person: UserId, cutoff: Timestamp, now: Timestamp) -> Result<bool, StoreError> {
    let row = users::table
        .find(person.key())
        .filter(users::removed_at.le(cutoff.naive_utc()))
        .filter(users::purged_at.is_null());
    // No username begins like this, so that nobody can take it.
    let nobody = format!("~{}", person.key().to_lowercase());
    let nothing = None::<String>;
    let never = None::<chrono::NaiveDateTime>;
    let erased = (
        (users::username.eq(&nobody), users::username_skeleton.eq(&nobody), users::password_hash.eq("")),
        (users::display_name.eq(&nothing), users::name_folded.eq("")),
        (users::email.eq(&nothing), users::email_folded.eq(&nothing)),
        (users::status_reason.eq(&nothing), users::attempt.eq(&nothing), users::joined_from.eq(&nothing)),
        (users::review_note.eq(&nothing), users::last_seen_at.eq(never)),
        users::purged_at.eq(now.naive_utc()),
    );
    Ok(on!(&mut **tx, c => diesel::update(row).set(erased).execute(c))? == 1)
}

/// Codes that ended before a moment and take nobody along any more, the earliest first.
pub fn stale_codes(conn: &mut Conn, cutoff: Timestamp, limit: i64) -> Result<Vec<Invite>, StoreError> {
    let rows: Vec<InviteRow> = on!(conn, c => invites::table
        .filter(invites::deleted_at.is_null())
        .filter(invites::lapsed)
        .filter(invites::expires_at.le(cutoff.naive_utc()))
        .filter(not(invites::delete_users_on_expiry).or(invites::users_removed_at.is_not_null()))
        .order(invites::expires_at)
        .limit(limit)
        .select(InviteRow::as_select())
        .load(c))?;
    rows.into_iter().map(invite).collect()
}
