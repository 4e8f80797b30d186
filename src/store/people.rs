//! People with what staff know of them, and lists of them: newest first, by keyset.

use diesel::prelude::*;

use super::at::At;
use super::counted::{EachCounted, in_order};
use super::newest::AmongNewest;
use super::rows::PersonRow;
use super::schema::users;
use super::search;
use super::up_to::UpTo;
use super::users::account;
use super::{Conn, StoreError, on};
use crate::domain::access::Role;
use crate::domain::id::{InviteId, UserId};
use crate::domain::person::{Person, Removal, Reviewed};
use crate::domain::review::Review;
use crate::domain::user::Status;

/// What a list is narrowed down to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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

impl Filter {
    /// Whether it asks for one of very many codes.
    pub(super) fn is_keyed(&self) -> bool {
        matches!(self.came, Some(Came::With(_)))
    }
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
    pub with: Option<InviteId>,
}

/// A person, and what `came_with` says.
type Row = (PersonRow, String);

fn listed((row, with): Row) -> Result<Listed, StoreError> {
    let with = Some(with).filter(|key| !key.is_empty()).map(|key| InviteId::from_key(&key)).transpose();
    let with = with.map_err(|_| StoreError::Corrupt("users.came_with".to_owned()))?;
    Ok(Listed { person: person(row)?, with })
}

/// Reads a row into the types that the rest of the program trusts.
pub(super) fn person(row: PersonRow) -> Result<Person, StoreError> {
    let corrupt = |column: &str| StoreError::Corrupt(format!("users.{column}"));
    let at = |time: Option<At>| time.map(|at| at.and_utc());
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
        account: account(row.account)?,
    })
}

/// Somebody, also if they were removed.
pub fn by_id(conn: &mut Conn, id: UserId) -> Result<Option<Listed>, StoreError> {
    let row: Option<Row> = on!(conn, c => users::table
        .find(id.key())
        .select((PersonRow::as_select(), users::came_with))
        .first(c)
        .optional())?;
    row.map(listed).transpose()
}

/// What one page shows of a filter.
#[derive(Debug)]
pub struct Page {
    /// Its rows.
    pub rows: Vec<Listed>,
    /// Whether the search found more than it looks at: older matches are on no page.
    pub cut: bool,
}

/// The people of a filter who joined before a cursor, the latest first.
pub fn page(
    conn: &mut Conn,
    filter: &Filter,
    before: Option<UserId>,
    limit: i64,
) -> Result<Page, StoreError> {
    let found = filter.search.as_deref().map(|typed| search::people(conn, typed)).transpose()?;
    let keyed = before.is_some() || found.is_some() || filter.is_keyed();
    let in_array = matches!(conn, Conn::Postgres(_));
    let mut rows: Vec<Row> = on!(conn, c => {
        // One stream through one index for each standing, so that the indexes know what is listed.
        let streams = standings(filter).into_iter().map(|standing| {
            let mut query = narrowed!(users::table.select(users::id).order(users::id.desc()), filter, standing);
            if let Some(before) = before {
                query = query.filter(users::id.lt(before.key()));
            }
            if let Some(found) = &found {
                query = query.filter(users::id.eq_any(&found.ids));
            }
            UpTo::at_least(query, limit, keyed)
        });
        users::table
            .filter(AmongNewest { streams: streams.collect(), in_array })
            .select((PersonRow::as_select(), users::came_with))
            .load(c)
    })?;
    rows.sort_unstable_by(|(one, _), (other, _)| other.account.id.cmp(&one.account.id));
    rows.truncate(usize::try_from(limit).unwrap_or_default());
    Ok(Page {
        rows: rows.into_iter().map(listed).collect::<Result<_, StoreError>>()?,
        cut: found.is_some_and(|found| found.cut),
    })
}

/// The standings that a list shows.
pub(super) fn standings(filter: &Filter) -> Vec<Status> {
    match (filter.removed, filter.status) {
        (true, _) => vec![Status::Removed],
        (false, Some(status)) => vec![status],
        (false, None) => vec![Status::Active, Status::Suspended],
    }
}

/// A query narrowed down to those of a filter with one standing.
macro_rules! narrowed {
    ($query:expr, $filter:expr, $standing:expr) => {{
        let mut query = $query
            .filter(users::purged_at.is_null())
            .filter(users::status.eq($crate::store::word::Word($standing.key())))
            .into_boxed();
        if let Some(role) = $filter.role {
            query = query.filter(users::role.eq($crate::store::word::Word(role.key())));
        }
        if let Some(review) = $filter.review {
            query = query.filter(users::review.eq($crate::store::word::Word(review.key()).nullable()));
        }
        match $filter.came {
            Some($crate::store::people::Came::With(id)) => {
                query = query.filter(users::came_with.eq(id.key()))
            }
            Some($crate::store::people::Came::Uninvited) => query = query.filter(users::came_with.eq("")),
            None => {}
        }
        query
    }};
}

/// Those who are here and those who were removed and not purged yet, each counted up to a cap.
pub fn count_by_tab(conn: &mut Conn, cap: i64) -> Result<[i64; 2], StoreError> {
    counted(conn, &[false, true].map(|removed| Filter { removed, ..Filter::default() }), cap)
}

/// Those whose look has come that far, each state counted up to a cap.
pub fn count_in_review<const N: usize>(
    conn: &mut Conn,
    states: [Review; N],
    cap: i64,
) -> Result<[i64; N], StoreError> {
    counted(conn, &states.map(|state| Filter { review: Some(state), ..Filter::default() }), cap)
}

/// Those who came with an invite and are here, counted up to a cap.
pub fn count_with(conn: &mut Conn, invite: InviteId, cap: i64) -> Result<i64, StoreError> {
    counted(conn, &[Filter { came: Some(Came::With(invite)), ..Filter::default() }], cap).map(|[here]| here)
}

/// How many people a filter shows, as a part of a statement: each standing is counted up to the cap.
macro_rules! number_of {
    ($filter:expr, $cap:expr) => {{
        let (filter, cap): (&$crate::store::people::Filter, i64) = ($filter, $cap);
        let streams = $crate::store::people::standings(filter).into_iter().map(|standing| {
            // In some order, so that it goes through the index of the filter.
            let some = users::table.select($crate::store::counted::ROW).order(users::id);
            let some = $crate::store::people::narrowed!(some, filter, standing);
            $crate::store::up_to::UpTo::new(some, cap, filter.is_keyed())
        });
        $crate::store::counted::Counted(streams.collect())
    }};
}
pub(super) use {narrowed, number_of};

fn counted<const N: usize>(conn: &mut Conn, filters: &[Filter; N], cap: i64) -> Result<[i64; N], StoreError> {
    let found = on!(conn, c => {
        EachCounted(filters.iter().map(|filter| number_of!(filter, cap)).collect()).load(c)
    })?;
    let mut counts = [0; N];
    for (count, found) in counts.iter_mut().zip(in_order(found)) {
        *count = cap.min(found);
    }
    Ok(counts)
}
