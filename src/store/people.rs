//! People with what staff know of them, and lists of them: newest first, by keyset.

use diesel::prelude::*;

use super::counted::Counted;
use super::invites::invite;
use super::rows::{InviteRow, UserRow};
use super::schema::{invite_uses, invites, users};
use super::users::account;
use super::{Conn, StoreError, on};
use crate::domain::access::Role;
use crate::domain::id::{InviteId, UserId};
use crate::domain::invite::Invite;
use crate::domain::person::{Person, Removal, Reviewed};
use crate::domain::review::Review;
use crate::domain::user::{Status, fold_email};

/// What a list is narrowed down to.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Those who were removed and not purged yet, instead of those who are here.
    pub removed: bool,
    /// One role.
    pub role: Option<Role>,
    /// One of the states that somebody who is here can have.
    pub status: Option<Status>,
    /// How far the look at them has come.
    pub review: Option<Review>,
    /// The way they came in.
    pub came: Option<Came>,
    /// What was typed to find them.
    pub search: Option<String>,
}

/// The way somebody came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// With this invite.
    With(InviteId),
    /// Without any.
    Uninvited,
}

/// Somebody and the invite they came with.
#[derive(Debug)]
pub struct Listed {
    /// Who.
    pub person: Person,
    /// With which invite, also if that was deleted.
    pub invite: Option<Invite>,
}

/// Reads a row into the types that the rest of the program trusts.
pub(super) fn person(row: UserRow) -> Result<Person, StoreError> {
    let corrupt = |column: &str| StoreError::Corrupt(format!("users.{column}"));
    let at = |time: Option<chrono::NaiveDateTime>| time.map(|at| at.and_utc());
    let review = row.review.as_deref().map(|key| Review::parse(key).ok_or(corrupt("review"))).transpose()?;
    let by = row.reviewed_by.as_deref().map(UserId::from_key).transpose();
    let by = by.map_err(|_| corrupt("reviewed_by"))?;
    let with = row.removed_with.as_deref().map(InviteId::from_key).transpose();
    let with = with.map_err(|_| corrupt("removed_with"))?;
    Ok(Person {
        last_seen_at: at(row.last_seen_at),
        joined_from: row.joined_from.clone(),
        review: review.map(|state| Reviewed {
            state,
            note: row.review_note.clone(),
            by,
            at: at(row.reviewed_at),
        }),
        kept: row.kept,
        role_changed_at: at(row.role_changed_at),
        suspended_at: at(row.suspended_at),
        removed: at(row.removed_at).map(|removed| Removal {
            at: removed,
            with,
            purged_at: at(row.purged_at),
        }),
        account: account(row)?,
    })
}

/// Somebody, also if they were removed.
pub fn by_id(conn: &mut Conn, id: UserId) -> Result<Option<Person>, StoreError> {
    let row: Option<UserRow> =
        on!(conn, c => users::table.find(id.key()).select(UserRow::as_select()).first(c).optional())?;
    row.map(person).transpose()
}

/// The people of a filter who joined before a cursor, the latest first.
pub fn page(
    conn: &mut Conn,
    filter: &Filter,
    before: Option<UserId>,
    limit: i64,
) -> Result<Vec<Listed>, StoreError> {
    let rows: Vec<(UserRow, Option<InviteRow>)> = on!(conn, c => {
        let mut query = users::table
            .left_join(invite_uses::table.inner_join(invites::table))
            .filter(users::id.lt(before.unwrap_or(UserId::LAST).key()))
            .order(users::id.desc())
            .limit(limit)
            .select((UserRow::as_select(), Option::<InviteRow>::as_select()))
            .into_boxed();
        query = if filter.removed {
            query.filter(users::status.eq(Status::Removed.key())).filter(users::purged_at.is_null())
        } else {
            query.filter(users::status.ne(Status::Removed.key()))
        };
        if let Some(role) = filter.role {
            query = query.filter(users::role.eq(role.key()));
        }
        if let Some(status) = filter.status {
            query = query.filter(users::status.eq(status.key()));
        }
        if let Some(review) = filter.review {
            query = query.filter(users::review.eq(review.key()));
        }
        match filter.came {
            Some(Came::With(id)) => query = query.filter(invite_uses::invite_id.eq(id.key())),
            Some(Came::Uninvited) => query = query.filter(invite_uses::invite_id.is_null()),
            None => {}
        }
        if let Some(search) = &filter.search {
            let first = fold_email(search);
            let last = format!("{first}{}", char::MAX);
            let username = users::username.ge(first.clone()).and(users::username.lt(last.clone()));
            let email = users::email_folded.ge(first).and(users::email_folded.lt(last));
            query = query.filter(username.nullable().or(email));
        }
        query.load(c)
    })?;
    rows.into_iter()
        .map(|(user, came)| Ok(Listed { person: person(user)?, invite: came.map(invite).transpose()? }))
        .collect()
}

/// Those who are here, or those who were removed and not purged yet, counted up to a cap.
pub fn count(conn: &mut Conn, removed: bool, cap: i64) -> Result<i64, StoreError> {
    Ok(if removed {
        let some = users::table
            .filter(users::status.eq(Status::Removed.key()))
            .filter(users::purged_at.is_null())
            .select(users::id)
            .limit(cap);
        on!(conn, c => Counted(some).get_result(c))?
    } else {
        let some = users::table.filter(users::status.ne(Status::Removed.key())).select(users::id).limit(cap);
        on!(conn, c => Counted(some).get_result(c))?
    })
}

/// Those whose look has come that far, counted up to a cap.
pub fn count_in_review(conn: &mut Conn, state: Review, cap: i64) -> Result<i64, StoreError> {
    let some = users::table
        .filter(users::status.ne(Status::Removed.key()))
        .filter(users::review.eq(state.key()))
        .select(users::id)
        .limit(cap);
    Ok(on!(conn, c => Counted(some).get_result(c))?)
}
