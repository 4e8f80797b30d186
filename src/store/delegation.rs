//! What somebody handed out: the codes they made, and who came in with them.

use diesel::dsl::not;
use diesel::prelude::*;

use super::counted::Counted;
use super::invites::invite;
use super::kept::{Kept, padded};
use super::people::person;
use super::rows::{InviteRow, MakerRow, PersonRow};
use super::schema::{invites, users};
use super::{Conn, StoreError, Tx, on};
use crate::domain::access::Role;
use crate::domain::id::{InviteId, UserId};
use crate::domain::invite::{Invite, Maker};
use crate::domain::person::Person;
use crate::domain::time::Timestamp;

/// Stops the codes of somebody that go on and hand out one of these roles, and says which.
pub fn pause(
    tx: &mut Tx<'_>,
    creator: UserId,
    roles: &[Role],
    now: Timestamp,
) -> Result<Vec<Invite>, StoreError> {
    let keys: Vec<_> = roles.iter().map(|role| role.key()).collect();
    let going = invites::table
        .filter(invites::created_by.eq(creator.key()))
        .filter(invites::deleted_at.is_null())
        .filter(not(invites::paused))
        .filter(invites::role.eq_any(keys));
    let paused = (invites::paused.eq(true), invites::updated_at.eq(now.naive_utc()));
    let rows: Vec<InviteRow> = on!(&mut **tx, c => diesel::update(going)
        .set(paused)
        .returning(InviteRow::as_returning())
        .get_results(c))?;
    rows.into_iter().map(invite).collect()
}

/// How many codes of somebody go on and hand out one of these roles, counted up to a cap.
pub fn count_going(conn: &mut Conn, creator: UserId, roles: &[Role], cap: i64) -> Result<i64, StoreError> {
    let keys: Vec<_> = roles.iter().map(|role| role.key()).collect();
    let some = invites::table
        .filter(invites::created_by.eq(creator.key()))
        .filter(invites::deleted_at.is_null())
        .filter(not(invites::paused))
        .filter(invites::role.eq_any(keys))
        .select(invites::id)
        .limit(cap);
    Ok(on!(conn, c => diesel::select(Counted(vec![some])).get_result(c))?)
}

/// Those who came in with any code that somebody made, the latest first, after a cursor.
pub fn invited_by(
    conn: &mut Conn,
    creator: UserId,
    before: Option<UserId>,
    limit: i64,
) -> Result<Vec<Person>, StoreError> {
    let before = before.unwrap_or(UserId::LAST).key();
    let rows: Vec<PersonRow> = on!(conn, c => users::table
        .filter(users::inviter.eq(creator.key()))
        .filter(users::purged_at.is_null())
        .filter(users::id.lt(before))
        .order(users::id.desc())
        .limit(limit)
        .select(PersonRow::as_select())
        .load(c))?;
    rows.into_iter().map(person).collect()
}

/// An invite that people came with.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Which.
    pub invite: Invite,
    /// Who made it, if it was not the command line.
    pub creator: Option<Maker>,
    /// Whether it was deleted.
    pub deleted: bool,
}

/// These invites, who made them, and which of them are gone.
pub fn origins(conn: &mut Conn, of: &[InviteId]) -> Result<Vec<Origin>, StoreError> {
    type Row = (InviteRow, Option<MakerRow>, bool);
    let keys = padded(of.iter().map(InviteId::key));
    let rows: Vec<Row> = on!(conn, c => {
        let origins = invites::table
            .left_join(users::table)
            .filter(invites::id.eq_any(&keys))
            .select((
                InviteRow::as_select(),
                Option::<MakerRow>::as_select(),
                invites::deleted_at.is_not_null(),
            ));
        Kept(origins).load(c)
    })?;
    rows.into_iter()
        .map(|(row, creator, deleted)| {
            Ok(Origin { invite: invite(row)?, creator: creator.map(MakerRow::read).transpose()?, deleted })
        })
        .collect()
}
