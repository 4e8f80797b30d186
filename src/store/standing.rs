//! What somebody may do and whether they may sign in: the columns of an account that others change.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::people::{by_id, person};
use super::rows::PersonRow;
use super::schema::users;
use super::{Conn, StoreError, Tx, on};
use crate::domain::access::{Assignable, Role};
use crate::domain::id::{InviteId, UserId};
use crate::domain::person::Person;
use crate::domain::review::Note;
use crate::domain::time::Timestamp;
use crate::domain::user::Status;

/// Somebody who is about to be changed: on PostgreSQL nobody else changes them until the end of the transaction.
pub fn for_change(tx: &mut Tx<'_>, id: UserId) -> Result<Option<Person>, StoreError> {
    let Conn::Postgres(c) = &mut **tx else { return Ok(by_id(tx, id)?.map(|listed| listed.person)) };
    let row = users::table.find(id.key()).select(PersonRow::as_select());
    row.for_no_key_update().first(&mut **c).optional()?.map(person).transpose()
}

/// Whether another owner is active. It counts only under [`super::Lock::People`].
pub fn another_owner(tx: &mut Tx<'_>, but: UserId) -> Result<bool, StoreError> {
    let owners = users::table
        .filter(users::role.eq(Role::Owner.key()))
        .filter(users::status.eq(Status::Active.key()))
        .filter(users::id.ne(but.key()));
    Ok(on!(&mut **tx, c => diesel::select(exists(owners)).get_result(c))?)
}

macro_rules! set {
    ($tx:expr, $id:expr, $changes:expr) => {{
        let (row, changes) = (users::table.find($id.key()), $changes);
        on!(&mut **$tx, c => diesel::update(row).set(changes).execute(c))?;
        Ok(())
    }};
}

/// Gives somebody another role.
pub fn set_role(tx: &mut Tx<'_>, id: UserId, role: Assignable, now: Timestamp) -> Result<(), StoreError> {
    let changed = Some(now.naive_utc());
    set!(tx, id, (users::role.eq(role.role().key()), users::role_changed_at.eq(changed)))
}

/// Keeps somebody from signing in. Who is suspended already stays so since then, with the new reason.
pub fn suspend(
    tx: &mut Tx<'_>,
    id: UserId,
    reason: Option<&Note>,
    since: Timestamp,
) -> Result<(), StoreError> {
    let suspended = (
        users::status.eq(Status::Suspended.key()),
        users::status_reason.eq(reason.map(Note::as_str)),
        users::suspended_at.eq(Some(since.naive_utc())),
    );
    set!(tx, id, suspended)
}

/// Lets somebody sign in again.
pub fn unsuspend(tx: &mut Tx<'_>, id: UserId) -> Result<(), StoreError> {
    let active = (
        users::status.eq(Status::Active.key()),
        users::status_reason.eq(None::<String>),
        users::suspended_at.eq(None::<chrono::NaiveDateTime>),
    );
    set!(tx, id, active)
}

/// Takes somebody away, and notes the ended code that took them along. All else stays, for the way back.
pub fn remove(tx: &mut Tx<'_>, id: UserId, with: Option<InviteId>, now: Timestamp) -> Result<(), StoreError> {
    let removed = (
        users::status.eq(Status::Removed.key()),
        users::removed_at.eq(Some(now.naive_utc())),
        users::removed_with.eq(with.map(|invite| invite.key())),
    );
    set!(tx, id, removed)
}

/// Brings somebody back to the status they had.
pub fn restore(tx: &mut Tx<'_>, id: UserId, status: Status) -> Result<(), StoreError> {
    let back = (
        users::status.eq(status.key()),
        users::removed_at.eq(None::<chrono::NaiveDateTime>),
        users::removed_with.eq(None::<String>),
    );
    set!(tx, id, back)
}

/// Says whether somebody stays when the code they came with ends.
pub fn set_kept(tx: &mut Tx<'_>, id: UserId, kept: bool) -> Result<(), StoreError> {
    set!(tx, id, users::kept.eq(kept))
}
