//! Looks into the database by itself, read-only: its statements are its own and share nothing with the program's. It goes
//! through the drivers that the tests are built with anyway, so that neither `sqlite3` nor `psql` has to be there.

use std::collections::{BTreeMap, BTreeSet};

use diesel::connection::SimpleConnection;
use diesel::sql_types::{Nullable, Text};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use doorlist::domain::database::DatabaseAddress;

use crate::Outcome;
use crate::place::Place;

/// What must never be found, whatever happened to the program or to its database.
const NEVER: [(&str, &str); 9] = [
    (
        "codes whose count is not what is recorded",
        "invites WHERE uses <> (SELECT count(*) FROM invite_uses WHERE invite_id = invites.id)",
    ),
    ("codes used more often than they may be", "invites WHERE uses > max_uses"),
    (
        "accounts without a record of their code",
        // While everybody may register, some bring none; then the log has the account itself.
        "users WHERE attempt IS NOT NULL AND id NOT IN (SELECT user_id FROM invite_uses) AND id NOT IN \
         (SELECT actor_id FROM audit WHERE action = 'account.registered' AND target_kind = 'user')",
    ),
    (
        "uses that their account does not know of",
        "invite_uses JOIN users ON users.id = user_id WHERE came_with <> invite_id",
    ),
    ("uses without an account", "invite_uses WHERE user_id NOT IN (SELECT id FROM users)"),
    (
        "accounts that the log does not know of",
        "users WHERE attempt IS NOT NULL AND id NOT IN (SELECT actor_id FROM audit WHERE action = 'account.registered')",
    ),
    (
        "accounts that registered twice",
        "(SELECT actor_id FROM audit WHERE action = 'account.registered' GROUP BY actor_id HAVING count(*) > 1) AS twice",
    ),
    ("sessions of nobody", "sessions WHERE user_id NOT IN (SELECT id FROM users)"),
    (
        "servers without an owner",
        "(SELECT 1 AS one WHERE NOT EXISTS \
         (SELECT 1 FROM users WHERE role = 'owner' AND status = 'active')) AS nobody",
    ),
];

/// A view of the database that nothing is changed through.
pub struct Checker(Link);

enum Link {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

#[derive(QueryableByName)]
struct Value {
    #[diesel(sql_type = Nullable<Text>)]
    value: Option<String>,
}

impl Checker {
    /// Opens the database of a place.
    pub fn open(place: &Place) -> Outcome<Self> {
        Self::at(&place.url())
    }

    /// Opens a database by its address.
    pub fn at(url: &str) -> Outcome<Self> {
        Ok(Self(match DatabaseAddress::parse(url)? {
            DatabaseAddress::Sqlite(path) => {
                let mut c = SqliteConnection::establish(&format!("file:{}?mode=ro", path.display()))?;
                c.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA query_only = ON")?;
                Link::Sqlite(c)
            }
            DatabaseAddress::Postgres(url) => {
                let mut c = PgConnection::establish(url.reveal())?;
                c.batch_execute("SET default_transaction_read_only = on")?;
                Link::Postgres(c)
            }
        }))
    }

    /// The column `value` of a query, which has to be a text.
    pub fn values(&mut self, sql: &str) -> Outcome<Vec<String>> {
        let rows: Vec<Value> = match &mut self.0 {
            Link::Sqlite(c) => sql_query(sql).load(c)?,
            Link::Postgres(c) => sql_query(sql).load(c)?,
        };
        Ok(rows.into_iter().map(|row| row.value.unwrap_or_default()).collect())
    }

    /// How many rows there are of something.
    pub fn count(&mut self, of: &str) -> Outcome<usize> {
        let counted = self.values(&format!("SELECT CAST(count(*) AS TEXT) AS value FROM {of}"))?;
        Ok(counted.concat().parse()?)
    }

    /// The id of a code, as the database keeps it.
    pub fn invite(&mut self, code: &str) -> Outcome<String> {
        Ok(self.values(&format!("SELECT id AS value FROM invites WHERE code = '{code}'"))?.concat())
    }

    /// The id of a person, as the database keeps it.
    pub fn person(&mut self, name: &str) -> Outcome<String> {
        Ok(self.values(&format!("SELECT id AS value FROM users WHERE username = '{name}'"))?.concat())
    }

    /// How often a code was used: as it counts itself.
    pub fn uses(&mut self, invite: &str) -> Outcome<usize> {
        let uses = format!("SELECT CAST(uses AS TEXT) AS value FROM invites WHERE id = '{invite}'");
        Ok(self.values(&uses)?.concat().parse()?)
    }

    /// Tables with their columns, and indexes, each in one line.
    pub fn schema(&mut self) -> Outcome<Vec<String>> {
        self.values(match self.0 {
            Link::Sqlite(_) => {
                "SELECT tables.name || ' ' || columns.name || ' ' || columns.type AS value \
                 FROM sqlite_schema AS tables JOIN pragma_table_xinfo(tables.name) AS columns \
                 WHERE tables.type IN ('table', 'view') UNION ALL \
                 SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema WHERE type <> 'table' ORDER BY 1"
            }
            Link::Postgres(_) => {
                "SELECT table_name || ' ' || column_name || ' ' || data_type || ' ' || is_nullable AS value \
                 FROM information_schema.columns WHERE table_schema = 'public' UNION ALL \
                 SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
            }
        })
    }

    /// Every table of people's with its columns; what indexes keep beside them and what a job notes are not among them.
    pub fn columns(&mut self) -> Outcome<BTreeMap<String, Vec<String>>> {
        let all = self.values(match self.0 {
            Link::Sqlite(_) => {
                "SELECT tables.name || ' ' || columns.name AS value FROM sqlite_schema AS tables \
                 JOIN pragma_table_xinfo(tables.name) AS columns WHERE tables.type = 'table' ORDER BY columns.cid"
            }
            Link::Postgres(_) => {
                "SELECT table_name || ' ' || column_name AS value FROM information_schema.columns \
                 WHERE table_schema = 'public' ORDER BY ordinal_position"
            }
        })?;
        let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (table, column) in all.iter().filter_map(|line| line.split_once(' ')) {
            if table != "jobs"
                && !["__diesel", "search_", "sqlite_"].iter().any(|other| table.starts_with(other))
            {
                tables.entry(table.to_owned()).or_default().push(column.to_owned());
            }
        }
        Ok(tables)
    }

    /// Everybody's name.
    pub fn usernames(&mut self) -> Outcome<BTreeSet<String>> {
        Ok(self.values("SELECT username AS value FROM users")?.into_iter().collect())
    }

    /// In what order two rows of the log were committed, as SQL about rows called `one` and `other`: that `one` came
    /// later. SQLite has one writer, and numbers rows as they come; PostgreSQL keeps the times of commits.
    pub const fn later(&self) -> &'static str {
        match self.0 {
            Link::Sqlite(_) => "one.rowid > other.rowid",
            Link::Postgres(_) => "pg_xact_commit_timestamp(one.xmin) > pg_xact_commit_timestamp(other.xmin)",
        }
    }

    /// Everything that must never be and is.
    pub fn faults(&mut self) -> Outcome<Vec<String>> {
        let mut faults = Vec::new();
        for (what, from) in NEVER {
            match self.count(from)? {
                0 => {}
                found => faults.push(format!("{found} {what}")),
            }
        }
        if let Link::Sqlite(_) = self.0 {
            let broken = self.values("SELECT quick_check AS value FROM pragma_quick_check")?;
            if broken != ["ok"] {
                faults.push(format!("the file is broken: {}", broken.join("; ")));
            }
        }
        Ok(faults)
    }
}

/// Puts into a database what a figure begins with.
pub struct Hand(Link);

impl Hand {
    /// Opens a database for writing.
    pub fn open(place: &Place) -> Outcome<Self> {
        Ok(Self(match DatabaseAddress::parse(&place.url())? {
            DatabaseAddress::Sqlite(path) => {
                let mut c = SqliteConnection::establish(&path.to_string_lossy())?;
                c.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA synchronous = NORMAL")?;
                Link::Sqlite(c)
            }
            DatabaseAddress::Postgres(url) => Link::Postgres(PgConnection::establish(url.reveal())?),
        }))
    }

    /// Runs statements, as one transaction.
    pub fn put(&mut self, sql: &str) -> Outcome<()> {
        match &mut self.0 {
            // Waits for its turn beside a program that writes, instead of finding half-way that it was not its turn.
            Link::Sqlite(c) => Ok(c.batch_execute(&format!("BEGIN IMMEDIATE; {sql}; COMMIT"))?),
            Link::Postgres(c) => Ok(c.batch_execute(&format!("BEGIN; {sql}; COMMIT"))?),
        }
    }
}
