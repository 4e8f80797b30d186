//! Invites: adding, changing and using them. Lists are in `invite_lists`.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::at::At;
use super::kept::Kept;
use super::people::person;
use super::rows::{AccountRow, InviteRow, PersonRow, UseRow};
use super::schema::{invite_uses, invites, users};
use super::search::folded;
use super::users::account;
use super::{Conn, StoreError, Tx, on};
use crate::domain::access::{Actor, Role};
use crate::domain::code::{CodeReading, InviteCode};
use crate::domain::expiry::Expiry;
use crate::domain::id::{BatchId, InviteId, UserId};
use crate::domain::invite::{Invite, UseLimit};
use crate::domain::person::Person;
use crate::domain::time::Timestamp;
use crate::domain::user::{Account, Status as Standing};

/// Reads a row into the types that the rest of the program trusts.
pub(super) fn invite(row: InviteRow) -> Result<Invite, StoreError> {
    let corrupt = |column: &str| StoreError::Corrupt(format!("invites.{column}"));
    let count = |number: i32| u32::try_from(number).map_err(|_| corrupt("uses"));
    let user = |key: String| UserId::from_key(&key).map_err(|_| corrupt("created_by"));
    let batch = |key: String| BatchId::from_key(&key).map_err(|_| corrupt("batch_id"));
    Ok(Invite {
        id: InviteId::from_key(&row.id).map_err(|_| corrupt("id"))?,
        code: InviteCode::stored(row.code, row.code_reading),
        label: row.label,
        role: row.role.parse().map_err(|_| corrupt("role"))?,
        limit: UseLimit::stored(row.max_uses.map(count).transpose()?),
        uses: count(row.uses)?,
        expiry: row.expires_at.map_or(Expiry::Never, |at| Expiry::At(at.and_utc())),
        delete_users_on_expiry: row.delete_users_on_expiry,
        paused: row.paused,
        batch: row.batch_id.map(batch).transpose()?,
        created_by: row.created_by.map(user).transpose()?,
        created_at: row.created_at.and_utc(),
        updated_at: row.updated_at.and_utc(),
        last_used_at: row.last_used_at.map(|at| at.and_utc()),
        users_removed_at: row.users_removed_at.map(|at| at.and_utc()),
    })
}

fn bounded(number: u32) -> i32 {
    // Limits stop at a million, and uses at their limit; an unlimited code stops at two thousand million.
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// Adds an invite, unless another code reads the same. Says whether it did.
pub fn insert(tx: &mut Tx<'_>, invite: &Invite) -> Result<bool, StoreError> {
    let row = InviteRow {
        id: invite.id.key(),
        code: invite.code.reveal().to_owned(),
        code_reading: invite.code.reading().as_str().to_owned(),
        label: invite.label.clone(),
        label_folded: invite.label.as_deref().map(folded).unwrap_or_default(),
        role: invite.role.key().to_owned(),
        max_uses: invite.limit.most().map(bounded),
        uses: bounded(invite.uses),
        expires_at: invite.expiry.at().map(At::from),
        lapsed: false,
        delete_users_on_expiry: invite.delete_users_on_expiry,
        paused: invite.paused,
        deleted_at: None,
        batch_id: invite.batch.map(|batch| batch.key()),
        created_by: invite.created_by.map(|user| user.key()),
        created_at: invite.created_at.into(),
        updated_at: invite.updated_at.into(),
        last_used_at: None,
        users_removed_at: None,
    };
    let added = on!(&mut **tx, c => diesel::insert_into(invites::table)
        .values(&row)
        .on_conflict(invites::code_reading)
        .do_nothing()
        .execute(c))?;
    Ok(added == 1)
}

/// The invite of an id, unless it was deleted.
pub fn by_id(conn: &mut Conn, id: InviteId) -> Result<Option<Invite>, StoreError> {
    let row: Option<InviteRow> = on!(conn, c => invites::table
        .find(id.key())
        .filter(invites::deleted_at.is_null())
        .select(InviteRow::as_select())
        .first(c)
        .optional())?;
    row.map(invite).transpose()
}

/// The same for whoever is about to change it: on PostgreSQL nobody else changes it until the end of the transaction.
/// Registrations only refer to the row and go on.
pub fn for_change(tx: &mut Tx<'_>, id: InviteId) -> Result<Option<Invite>, StoreError> {
    let Conn::Postgres(c) = &mut **tx else { return by_id(tx, id) };
    let row: Option<InviteRow> = invites::table
        .find(id.key())
        .filter(invites::deleted_at.is_null())
        .select(InviteRow::as_select())
        .for_no_key_update()
        .first(&mut **c)
        .optional()?;
    row.map(invite).transpose()
}

/// The invite of a deletion that can be undone.
pub fn deleted(conn: &mut Conn, id: InviteId) -> Result<Option<Invite>, StoreError> {
    let row: Option<InviteRow> = on!(conn, c => invites::table
        .find(id.key())
        .filter(invites::deleted_at.is_not_null())
        .select(InviteRow::as_select())
        .first(c)
        .optional())?;
    row.map(invite).transpose()
}

/// The invite that a code reads as, unless it was deleted, and the account of whoever made it.
pub fn with_creator(
    conn: &mut Conn,
    reading: &CodeReading,
) -> Result<Option<(Invite, Option<Account>)>, StoreError> {
    let row: Option<(InviteRow, Option<AccountRow>)> = on!(conn, c => invites::table
        .left_join(users::table)
        .filter(invites::code_reading.eq(reading.as_str()))
        .filter(invites::deleted_at.is_null())
        .select((InviteRow::as_select(), Option::<AccountRow>::as_select()))
        .first(c)
        .optional())?;
    row.map(|(row, creator)| Ok((invite(row)?, creator.map(account).transpose()?))).transpose()
}

/// Writes what can be edited of an invite. The role only counts while nobody has joined, and the limit never falls
/// below those who have: both are guarded here, and the answer says whether they held.
pub fn update(tx: &mut Tx<'_>, invite: &Invite, now: Timestamp) -> Result<bool, StoreError> {
    let most = invite.limit.most().map(bounded);
    let row = invites::table
        .find(invite.id.key())
        .filter(invites::deleted_at.is_null())
        .filter(invites::role.eq(invite.role.key()).or(invites::uses.eq(0)))
        .filter(invites::uses.le(most.unwrap_or(i32::MAX)));
    let changes = (
        invites::label.eq(&invite.label),
        invites::label_folded.eq(invite.label.as_deref().map(folded).unwrap_or_default()),
        invites::role.eq(invite.role.key()),
        invites::max_uses.eq(most),
        invites::expires_at.eq(invite.expiry.at().map(|at| at.naive_utc())),
        invites::lapsed.eq(invite.expiry.is_over(now)),
        invites::delete_users_on_expiry.eq(invite.delete_users_on_expiry),
        invites::paused.eq(invite.paused),
        invites::users_removed_at.eq(invite.users_removed_at.map(|at| at.naive_utc())),
        invites::updated_at.eq(now.naive_utc()),
    );
    Ok(on!(&mut **tx, c => diesel::update(row).set(changes).execute(c))? == 1)
}

/// Deletes an invite, or takes that back. Says whether there was one to do it to.
pub fn set_deleted(tx: &mut Tx<'_>, id: InviteId, deleted: bool, now: Timestamp) -> Result<bool, StoreError> {
    let at = deleted.then_some(now.naive_utc());
    let changes = (invites::deleted_at.eq(at), invites::updated_at.eq(now.naive_utc()));
    let changed = if deleted {
        let row = invites::table.find(id.key()).filter(invites::deleted_at.is_null());
        on!(&mut **tx, c => diesel::update(row).set(changes).execute(c))?
    } else {
        let row = invites::table.find(id.key()).filter(invites::deleted_at.is_not_null());
        on!(&mut **tx, c => diesel::update(row).set(changes).execute(c))?
    };
    Ok(changed == 1)
}

/// Counts one more use, if the invite is usable at this very moment. The guard stands in the write: this is the twin
/// of [`crate::domain::invite::Status::of`], together with what may have happened to the invite and its creator since
/// it was read.
pub fn take_use(tx: &mut Tx<'_>, invite: &Invite, now: Timestamp) -> Result<bool, StoreError> {
    let now = now.naive_utc();
    let may_grant: Vec<_> = Role::ALL
        .into_iter()
        .filter(|role| Actor::new(UserId::NOBODY, *role).grantable(invite.role).is_some())
        .map(Role::key)
        .collect();
    let granter = users::table
        .filter(users::id.nullable().eq(invites::created_by))
        .filter(users::status.eq(Standing::Active.key()))
        .filter(users::role.eq_any(may_grant));
    let usable = invites::table
        .find(invite.id.key())
        .filter(invites::deleted_at.is_null())
        .filter(invites::role.eq(invite.role.key()))
        .filter(invites::expires_at.is_null().or(invites::expires_at.gt(now)))
        .filter(invites::max_uses.is_null().or(invites::uses.nullable().lt(invites::max_uses)))
        .filter(not(invites::paused))
        .filter(invites::created_by.is_null().or(invites::role.eq(Role::Member.key())).or(exists(granter)));
    let one_more = (invites::uses.eq(invites::uses + 1), invites::last_used_at.eq(now));
    let taken = diesel::update(usable).set(one_more).returning(invites::id);
    let taken: Option<String> = on!(&mut **tx, c => Kept(taken).get_result(c).optional())?;
    Ok(taken.is_some())
}

/// Records who came in through which code.
pub fn record_use(tx: &mut Tx<'_>, invite: InviteId, user: UserId, now: Timestamp) -> Result<(), StoreError> {
    let row = UseRow { user_id: user.key(), invite_id: invite.key(), used_at: now.into() };
    on!(&mut **tx, c => diesel::insert_into(invite_uses::table).values(&row).execute(c))?;
    Ok(())
}

/// Marks those whose end has come. Says how many.
pub fn mark_lapsed(tx: &mut Tx<'_>, now: Timestamp) -> Result<usize, StoreError> {
    let due = invites::table
        .filter(invites::deleted_at.is_null())
        .filter(not(invites::lapsed))
        .filter(invites::expires_at.le(now.naive_utc()));
    Ok(on!(&mut **tx, c => diesel::update(due).set(invites::lapsed.eq(true)).execute(c))?)
}

/// Somebody who joined with a code, also if they are gone by now.
#[derive(Debug, Clone)]
pub struct Joined {
    /// Who.
    pub person: Person,
    /// When they joined.
    pub at: Timestamp,
}

/// Those who joined with a code, the latest first, after a cursor.
pub fn joined(
    conn: &mut Conn,
    invite: InviteId,
    before: Option<UserId>,
    limit: i64,
) -> Result<Vec<Joined>, StoreError> {
    let before = before.unwrap_or(UserId::LAST).key();
    let rows: Vec<(PersonRow, At)> = on!(conn, c => invite_uses::table
        .inner_join(users::table)
        .filter(invite_uses::invite_id.eq(invite.key()))
        .filter(invite_uses::user_id.lt(before))
        .order(invite_uses::user_id.desc())
        .limit(limit)
        .select((PersonRow::as_select(), invite_uses::used_at))
        .load(c))?;
    rows.into_iter().map(|(row, at)| Ok(Joined { person: person(row)?, at: at.and_utc() })).collect()
}
