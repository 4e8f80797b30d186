//! Which state the database is in.

use std::sync::{Mutex, PoisonError};

use diesel::expression::{AppearsOnTable, ValidGrouping, is_aggregate};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::r2d2::{ConnectionManager, CustomizeConnection, ManageConnection};
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::sqlite::Sqlite;

use super::StoreError;
use super::kept::Kept;
use super::pool::Prepare;

/// A state of the database. While it is this one, every row is what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// How often this process began to watch the file, and what the present watch has counted.
    Sqlite(u64, i64),
    /// Which transactions are seen, and since when the server runs: one that lost some counts them again.
    Postgres(String),
}

/// What tells one state of PostgreSQL from another, as a part of a statement. SQLite's is not read but watched.
#[derive(Debug, Clone, Copy, QueryId)]
pub(super) struct ReadState;

impl Expression for ReadState {
    type SqlType = Nullable<Text>;
}

impl<G> ValidGrouping<G> for ReadState {
    type IsAggregate = is_aggregate::Never;
}

impl<S> AppearsOnTable<S> for ReadState {}
impl<S> SelectableExpression<S> for ReadState {}

impl QueryFragment<Sqlite> for ReadState {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("NULL");
        Ok(())
    }
}

impl QueryFragment<Pg> for ReadState {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("pg_current_snapshot()::text || ' ' || pg_postmaster_start_time()::text");
        Ok(())
    }
}

/// A connection to SQLite's file that never changes anything. So it notices every change: those of this process, and those of
/// the command line.
#[derive(Debug)]
pub(super) struct Watch {
    manager: ConnectionManager<SqliteConnection>,
    watching: Mutex<Watching>,
}

#[derive(Default)]
struct Watching {
    /// How many connections there have been. Each counts for itself.
    opened: u64,
    connection: Option<SqliteConnection>,
}

impl std::fmt::Debug for Watching {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Watching").field(&self.opened).finish()
    }
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = BigInt)]
    data_version: i64,
}

impl Watch {
    pub(super) fn of(uri: &str) -> Self {
        Self { manager: ConnectionManager::new(uri), watching: Mutex::default() }
    }

    /// The state that the file is in now.
    pub(super) fn state(&self) -> Result<State, StoreError> {
        let mut watching = self.watching.lock().unwrap_or_else(PoisonError::into_inner);
        let mut connection = match watching.connection.take() {
            Some(connection) => connection,
            None => {
                watching.opened += 1;
                self.open().map_err(|error| StoreError::Unavailable(error.to_string()))?
            }
        };
        // One that failed is not put back.
        let Version { data_version } =
            Kept(diesel::sql_query("PRAGMA data_version")).get_result(&mut connection)?;
        watching.connection = Some(connection);
        Ok(State::Sqlite(watching.opened, data_version))
    }

    fn open(&self) -> Result<SqliteConnection, diesel::r2d2::Error> {
        let mut connection = self.manager.connect()?;
        Prepare.on_acquire(&mut connection)?;
        Ok(connection)
    }
}
