//! Lists of invites: newest first, by keyset, through an index for every tab and filter.

use std::sync::Arc;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

use super::counted::First;
use super::invites::invite;
use super::kept::Kept;
use super::rows::{InviteRow, MakerRow};
use super::schema::{invites, users};
use super::search::{self, Found};
use super::up_to::UpTo;
use super::word::Word;
use super::{Conn, StoreError, on};
use crate::domain::access::Role;
use crate::domain::code::reading_prefix;
use crate::domain::id::{BatchId, InviteId, UserId};
use crate::domain::invite::{Invite, Maker, Status};
use crate::domain::time::Timestamp;

/// What a list is narrowed down to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// One tab, or all.
    pub status: Option<Status>,
    /// One role.
    pub role: Option<Role>,
    /// One creator.
    pub creator: Option<UserId>,
    /// One batch.
    pub batch: Option<BatchId>,
    /// Characters of a label (one or two: its beginning), the beginning of a code, or a whole code.
    pub search: Option<String>,
    /// The roles whose codes may be found by their beginning. A code of any other is found only by who has all of it,
    /// or searching would reveal it symbol by symbol.
    pub revealed: Vec<Role>,
}

impl Filter {
    /// Whether it asks for one key of very many.
    fn is_keyed(&self) -> bool {
        self.creator.is_some() || self.batch.is_some()
    }

    /// Whether all that a search finds is shown.
    fn is_only_a_search(&self) -> bool {
        self.status.is_none() && self.role.is_none() && !self.is_keyed()
    }
}

/// An invite and what its creator is called.
#[derive(Debug, Clone)]
pub struct Listed {
    /// It.
    pub invite: Invite,
    /// Who made it, if it was not the command line.
    pub creator: Option<Maker>,
}

/// What one page shows of a filter.
#[derive(Debug)]
pub struct Page {
    /// Its rows.
    pub rows: Vec<Listed>,
    /// Whether the search found more than it looks at: other matches are on no page.
    pub cut: bool,
}

/// The invites of a filter older than a cursor, newest first.
pub fn page(
    conn: &mut Conn,
    filter: &Filter,
    before: Option<InviteId>,
    now: Timestamp,
    limit: i64,
) -> Result<Page, StoreError> {
    let mut found =
        filter.search.as_deref().map(|typed| candidates(conn, typed, &filter.revealed)).transpose()?;
    if let Some(found) = &mut found
        && filter.is_only_a_search()
    {
        found.keep_newest(before.map(|before| before.key()).as_deref(), limit);
    }
    let rows: Vec<(InviteRow, Option<MakerRow>)> = on!(conn, c => {
        let mut query = invites::table
            .left_join(users::table)
            .filter(invites::deleted_at.is_null())
            .order(invites::id.desc())
            .select((InviteRow::as_select(), Option::<MakerRow>::as_select()))
            .into_boxed();
        if let Some(status) = filter.status {
            query = query.filter(invites::standing.eq(Word(status.key())));
            if status != Status::Expired {
                // What ended since the last sweep is not here any more.
                query = query.filter(invites::expires_at.is_null().or(invites::expires_at.gt(now.naive_utc())));
            }
        }
        if let Some(role) = filter.role {
            query = query.filter(invites::role.eq(Word(role.key())));
        }
        if let Some(creator) = filter.creator {
            query = query.filter(invites::created_by.eq(creator.key()));
        }
        if let Some(batch) = filter.batch {
            query = query.filter(invites::batch_id.eq(batch.key()));
        }
        if let Some(found) = &found {
            query = query.filter(invites::id.eq_any(&found.ids));
        }
        if let Some(before) = before {
            query = query.filter(invites::id.lt(before.key()));
        }
        let keyed = before.is_some() || found.is_some() || filter.is_keyed();
        UpTo::at_least(query, limit, keyed).load(c)
    })?;
    let listed = |(row, creator): (_, Option<MakerRow>)| {
        Ok(Listed { invite: invite(row)?, creator: creator.map(MakerRow::read).transpose()? })
    };
    Ok(Page {
        rows: rows
            .into_iter()
            .take(usize::try_from(limit).unwrap_or_default())
            .map(listed)
            .collect::<Result<_, StoreError>>()?,
        cut: found.is_some_and(|found| found.cut),
    })
}

/// Invites with what was typed in their label or at the beginning of their code.
fn candidates(conn: &mut Conn, typed: &str, revealed: &[Role]) -> Result<Found, StoreError> {
    let mut found = search::labels(conn, typed)?;
    if let Some(prefix) = reading_prefix(typed) {
        found.add_beginnings(on!(conn, c => invites::table
            .filter(invites::deleted_at.is_null())
            .filter(invites::code_reading.eq(&prefix))
            .select(invites::id)
            .load(c))?);
        for role in revealed {
            found.add_beginnings(search::codes(conn, role.key(), &prefix)?);
        }
    }
    Ok(found)
}

/// How many invites are on a tab, as a part of a statement, counted up to a cap.
macro_rules! on_tab {
    ($tab:expr, $cap:expr) => {{
        let (tab, cap): ($crate::domain::invite::Status, i64) = ($tab, $cap);
        // In some order, so that it goes through the index of the tab.
        let listed = invites::table
            .filter(invites::deleted_at.is_null())
            .filter(invites::standing.eq($crate::store::word::Word(tab.key())))
            .order(invites::id)
            .select($crate::store::counted::ROW);
        $crate::store::counted::Counted(vec![$crate::store::up_to::UpTo::new(listed, cap, false)])
    }};
}
pub(super) use on_tab;

/// How the tabs stand.
#[derive(Debug, Clone, Copy)]
pub struct Tabs {
    /// How many invites are on each, counted up to a cap.
    pub counts: [(Status, i64); 4],
    /// The nearest end that is not marked yet.
    nearest_end: Option<Timestamp>,
}

impl Tabs {
    /// Whether the end of some has come without being marked yet.
    #[must_use]
    pub fn are_due(&self, now: Timestamp) -> bool {
        self.nearest_end.is_some_and(|end| end <= now)
    }
}

/// The nearest end that is not marked yet, as a part of a statement. No more is looked at, so that it is found through the
/// index of ends: asked for any end that has passed, PostgreSQL reads the table, where it expects many.
macro_rules! nearest_end {
    () => {{
        let ends = invites::table
            .filter(invites::deleted_at.is_null())
            .filter(diesel::dsl::not(invites::lapsed))
            .filter(invites::expires_at.is_not_null())
            .order(invites::expires_at)
            .select(invites::expires_at);
        First(ends)
    }};
}

/// Whether the end of some has come without being marked yet.
pub fn any_due(conn: &mut Conn, now: Timestamp) -> Result<bool, StoreError> {
    let nearest: Option<NaiveDateTime> = on!(conn, c => diesel::select(nearest_end!()).get_result(c))?;
    Ok(nearest.is_some_and(|end| end <= now.naive_utc()))
}

/// People who made invites, and what they are called.
pub type Creators = Arc<[(UserId, String)]>;

/// How the tabs stand.
pub fn tabs(conn: &mut Conn, cap: i64) -> Result<Tabs, StoreError> {
    let [first, second, third, fourth] = Status::ALL;
    let (nearest, one, two, three, four): (Option<NaiveDateTime>, i64, i64, i64, i64) = on!(conn, c => {
        diesel::select((
            nearest_end!(),
            on_tab!(first, cap),
            on_tab!(second, cap),
            on_tab!(third, cap),
            on_tab!(fourth, cap),
        ))
        .get_result(c)
    })?;
    Ok(Tabs {
        counts: [(first, one), (second, two), (third, three), (fourth, four)],
        nearest_end: nearest.map(|end| end.and_utc()),
    })
}

/// People who made invites, for the filter, by username. Of very many only those who were here first.
pub fn creators(conn: &mut Conn, limit: i64) -> Result<Creators, StoreError> {
    // From each to the next through the index: a list of all invites or of all people would be far longer.
    const QUERY: &str = "WITH RECURSIVE creators (id) AS (\
                         SELECT min(created_by) FROM invites WHERE deleted_at IS NULL UNION ALL \
                         SELECT (SELECT min(created_by) FROM invites WHERE deleted_at IS NULL AND created_by > creators.id) \
                         FROM creators WHERE creators.id IS NOT NULL) \
                         SELECT users.id, username, display_name FROM \
                         (SELECT id FROM creators LIMIT $1) AS first JOIN users ON users.id = first.id";
    let mut rows: Vec<CreatorRow> =
        on!(conn, c => Kept(diesel::sql_query(QUERY).bind::<BigInt, _>(limit)).load(c))?;
    rows.sort_by(|one, other| one.username.cmp(&other.username));
    rows.into_iter()
        .map(|row| {
            let id = UserId::from_key(&row.id).map_err(|_| StoreError::Corrupt("users.id".to_owned()))?;
            Ok((id, row.display_name.unwrap_or(row.username)))
        })
        .collect()
}

#[derive(QueryableByName)]
struct CreatorRow {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    username: String,
    #[diesel(sql_type = Nullable<Text>)]
    display_name: Option<String>,
}
