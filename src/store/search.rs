//! Finding people and labels by a few characters, newest first, at a cost that does not grow with the tables.
//!
//! Three characters or more are looked for anywhere in a name, through an index of every three in a row: on SQLite a
//! table of FTS5 that triggers keep in step, on PostgreSQL an inverted index. Fewer are looked for at the beginning.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::kept::Kept;
use super::schema::{invites, users};
use super::{Conn, StoreError, on};

/// The most matches that a search inside texts looks at, and one more, which shows whether there are more.
pub const MOST: usize = 200;
const ONE_MORE: i64 = 201;
/// The same for a search by the beginning. Those come in the order of the alphabet, where the hundredth is no better
/// than the fiftieth: who wants to see another one types another character.
const MOST_BEGINNINGS: usize = 50;
const ONE_MORE_BEGINNING: i64 = 51;
/// PostgreSQL's index has no order, and would have to fetch every match to say which are the newest. So many of the newest
/// tell how common it is,
const SAMPLE: i64 = 1_000;
/// and what more of them have than this is looked for among the newest: of a million, the index would take longer.
const RARE: usize = 8;
/// Among so many at the most, where each thousand is expected to have a few.
const NEWEST: i64 = 50_000;
/// From here on a search goes through the index.
const INDEXED: usize = 3;
/// No text that begins with some characters comes after those characters with this behind them.
const LAST: char = char::MAX;

/// What a search found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The keys of what matches.
    pub(super) ids: Vec<String>,
    /// Whether there are more than a search looks at.
    pub(super) cut: bool,
}

impl Found {
    /// Adds the matches inside texts, of which one more was asked for than are looked at.
    fn add(&mut self, ids: Vec<String>) {
        self.add_up_to(MOST, ids);
    }

    /// Adds the matches of one search by the beginning, in the same way.
    pub(super) fn add_beginnings(&mut self, ids: Vec<String>) {
        self.add_up_to(MOST_BEGINNINGS, ids);
    }

    /// Keeps the newest before a cursor. For where nothing else narrows them down: all others would be looked up for nothing.
    pub(super) fn keep_newest(&mut self, before: Option<&str>, rows: i64) {
        self.ids.retain(|id| before.is_none_or(|before| id.as_str() < before));
        self.ids.sort_unstable_by(|one, other| other.cmp(one));
        self.ids.dedup();
        self.ids.truncate(usize::try_from(rows).unwrap_or_default());
    }

    fn add_up_to(&mut self, most: usize, ids: Vec<String>) {
        self.cut |= ids.len() > most;
        self.ids.extend(ids.into_iter().take(most));
    }
}

/// A kind of text, and the index of it.
struct Texts {
    /// Where it stands.
    table: &'static str,
    column: &'static str,
    /// What is true of the rows that are indexed.
    listed: &'static str,
    /// What goes through the index; on SQLite, what the rows of the index are called by.
    index: &'static str,
    owner: &'static str,
}

const PEOPLE: Texts =
    Texts { table: "users", column: "sought", listed: "TRUE", index: "search_people", owner: "user_id" };

const LABELS: Texts = Texts {
    table: "invites",
    column: "label_folded",
    listed: "deleted_at IS NULL",
    index: "search_labels",
    owner: "invite_id",
};

#[derive(QueryableByName)]
struct Match {
    #[diesel(sql_type = Text)]
    id: String,
}

/// A text as searches compare it.
#[must_use]
pub fn folded(text: &str) -> String {
    text.trim().to_lowercase()
}

/// People with these characters in their username, name or e-mail address.
pub(super) fn people(conn: &mut Conn, typed: &str) -> Result<Found, StoreError> {
    let sought = folded(typed);
    let mut found = Found::default();
    if sought.chars().count() >= INDEXED {
        found.add(containing(conn, &PEOPLE, &sought)?);
        return Ok(found);
    }
    let last = format!("{sought}{LAST}");
    let listed = users::table.filter(users::purged_at.is_null()).select(users::id).limit(ONE_MORE_BEGINNING);
    found.add_beginnings(on!(conn, c => listed
        .filter(users::username.between(&sought, &last))
        .order(users::username)
        .load(c))?);
    found.add_beginnings(on!(conn, c => listed
        .filter(users::name_folded.between(&sought, &last))
        .order((users::name_folded, users::id))
        .load(c))?);
    found.add_beginnings(on!(conn, c => listed
        .filter(users::email_folded.between(&sought, &last))
        .order(users::email_folded)
        .load(c))?);
    Ok(found)
}

/// Invites with these characters in their label.
pub(super) fn labels(conn: &mut Conn, typed: &str) -> Result<Found, StoreError> {
    let sought = folded(typed);
    let mut found = Found::default();
    if sought.chars().count() >= INDEXED {
        found.add(containing(conn, &LABELS, &sought)?);
        return Ok(found);
    }
    found.add_beginnings(on!(conn, c => invites::table
        .filter(invites::deleted_at.is_null())
        .filter(invites::label_folded.between(&sought, format!("{sought}{LAST}")))
        .order((invites::label_folded, invites::id))
        .limit(ONE_MORE_BEGINNING)
        .select(invites::id)
        .load(c))?);
    Ok(found)
}

/// The codes of one role that begin with these symbols.
pub(super) fn codes(conn: &mut Conn, role: &str, prefix: &str) -> Result<Vec<String>, StoreError> {
    Ok(on!(conn, c => invites::table
        .filter(invites::deleted_at.is_null())
        .filter(invites::role.eq(role))
        .filter(invites::code_reading.between(prefix, format!("{prefix}{LAST}")))
        .order(invites::code_reading)
        .limit(ONE_MORE_BEGINNING)
        .select(invites::id)
        .load(c))?)
}

/// The newest texts with these characters in them.
fn containing(conn: &mut Conn, texts: &Texts, sought: &str) -> Result<Vec<String>, StoreError> {
    let Texts { table, column, listed, index, owner } = texts;
    let found: Vec<Match> = match conn {
        Conn::Sqlite(c) => {
            let query = format!(
                "SELECT {owner} AS id FROM {index} JOIN {index}_numbers ON number = {index}.rowid \
                 WHERE {index} MATCH $1 ORDER BY {index}.rowid DESC LIMIT {ONE_MORE}"
            );
            let phrase = format!("\"{}\"", sought.replace('"', "\"\""));
            diesel::sql_query(query).bind::<Text, _>(phrase).load(&mut **c)?
        }
        Conn::Postgres(c) => {
            let mut newest = |of: i64| -> QueryResult<Vec<Match>> {
                let query = format!(
                    "SELECT id FROM (SELECT id, {column} FROM {table} WHERE {listed} ORDER BY id DESC LIMIT $2) AS newest \
                     WHERE strpos({column}, $1) > 0 ORDER BY id DESC LIMIT {ONE_MORE}"
                );
                let query = diesel::sql_query(query).bind::<Text, _>(sought).bind::<BigInt, _>(of);
                Kept(query).load(&mut **c)
            };
            let mut found = newest(SAMPLE)?;
            if (RARE + 1..=MOST).contains(&found.len()) {
                found = newest(NEWEST)?;
            }
            if found.len() > MOST {
                found
            } else {
                // OFFSET 0 keeps the two apart: the index first, the order of what it found afterwards.
                let all = format!(
                    "SELECT id FROM (SELECT id FROM {table} WHERE {listed} AND strpos({column}, $1) > 0 \
                     AND search_trigrams({column}) @> search_trigrams($1) OFFSET 0) AS found \
                     ORDER BY id DESC LIMIT {ONE_MORE}"
                );
                Kept(diesel::sql_query(all).bind::<Text, _>(sought)).load(&mut **c)?
            }
        }
    };
    Ok(found.into_iter().map(|found| found.id).collect())
}
