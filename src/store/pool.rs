//! Connections: how many, how they are prepared, how one opens them, and how one waits for one.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use diesel::SqliteConnection;
use diesel::connection::SimpleConnection;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, ManageConnection, Pool};
use tokio::sync::Semaphore;

use super::state::{State, Watch};
use super::trusted::{Trusted, TrustedConnection, TrustedManager};
use super::{Conn, StoreError};
use crate::domain::database::DatabaseAddress;

/// The longest anybody waits for a connection.
const POOL_WAIT: Duration = Duration::from_secs(2);
const SQLITE_READERS: u32 = 4;
/// Writers wait for the disk, readers do not: each have their own, so that neither stand behind the other.
const POSTGRES_READERS: u32 = 10;
const POSTGRES_WRITERS: u32 = 6;

type SqlitePool = Pool<ConnectionManager<SqliteConnection>>;
type PostgresPool = Pool<TrustedManager>;

#[derive(Clone)]
pub(super) enum Pools {
    /// One writer, since many starve each other, and some readers beside it.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
        watch: Arc<Watch>,
    },
    Postgres(PostgresPool),
}

impl Pools {
    /// Opens the pools of an address.
    pub(super) fn open(address: &DatabaseAddress) -> Self {
        match address {
            DatabaseAddress::Sqlite(path) => {
                let uri = sqlite_uri(path);
                let pool = |size| pool(ConnectionManager::new(&uri), size, false);
                let watch = Arc::new(Watch::of(&uri));
                Self::Sqlite { writer: pool(1), readers: pool(SQLITE_READERS), watch }
            }
            // A restarted server leaves dead connections behind: they are asked before they are used.
            DatabaseAddress::Postgres(url) => Self::Postgres(pool(
                TrustedManager::new(url.reveal()),
                POSTGRES_READERS + POSTGRES_WRITERS,
                true,
            )),
        }
    }

    /// How many may read at once, and how many may write.
    pub(super) const fn sizes(&self) -> (usize, usize) {
        match self {
            Self::Sqlite { .. } => (SQLITE_READERS as usize, 1),
            Self::Postgres(_) => (POSTGRES_READERS as usize, POSTGRES_WRITERS as usize),
        }
    }

    /// The state that SQLite's file is in. PostgreSQL tells its own with what is read of it.
    pub(super) fn state(&self) -> Result<Option<State>, StoreError> {
        match self {
            Self::Sqlite { watch, .. } => watch.state().map(Some),
            Self::Postgres(_) => Ok(None),
        }
    }

    pub(super) fn reader(&self) -> Result<Conn, StoreError> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Conn::Sqlite(readers.get()?),
            Self::Postgres(pool) => Conn::Postgres(TrustedConnection(pool.get()?)),
        })
    }

    pub(super) fn writer(&self) -> Result<Conn, StoreError> {
        Ok(match self {
            Self::Sqlite { writer, .. } => Conn::Sqlite(writer.get()?),
            Self::Postgres(pool) => Conn::Postgres(TrustedConnection(pool.get()?)),
        })
    }
}

/// The file as SQLite is to open it: only if it is there, so that a deleted database is an error and not an empty one.
pub(super) fn sqlite_uri(path: &Path) -> String {
    use percent_encoding::{AsciiSet, CONTROLS, percent_encode};
    const SPECIAL: &AsciiSet = &CONTROLS.add(b'%').add(b'?').add(b'#').add(b' ');
    format!("file:{}?mode=rw", percent_encode(path.as_os_str().as_encoded_bytes(), SPECIAL))
}

fn pool<M>(manager: M, size: u32, test: bool) -> Pool<M>
where
    M: ManageConnection<Error = diesel::r2d2::Error>,
    Prepare: CustomizeConnection<M::Connection, M::Error>,
{
    Pool::builder()
        .max_size(size)
        .min_idle(Some(1))
        .test_on_check_out(test)
        .connection_timeout(POOL_WAIT)
        .connection_customizer(Box::new(Prepare))
        .error_handler(Box::new(LogPoolErrors))
        .build_unchecked(manager)
}

/// Waits its turn, then does blocking work off the asynchronous threads.
pub(super) async fn in_turn<T, E, F>(queue: &Arc<Semaphore>, work: F) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
    F: FnOnce() -> Result<T, E> + Send + 'static,
{
    let turn = tokio::time::timeout(POOL_WAIT, Arc::clone(queue).acquire_owned())
        .await
        .map_err(|_| StoreError::Busy)?
        .map_err(|_| StoreError::Busy)?;
    let done = tokio::task::spawn_blocking(move || {
        let result = work();
        drop(turn);
        result
    });
    done.await.map_err(|_| StoreError::Crashed)?
}

#[derive(Debug)]
struct LogPoolErrors;

impl<E: std::error::Error> diesel::r2d2::HandleError<E> for LogPoolErrors {
    fn handle_error(&self, error: E) {
        tracing::error!(%error, "no connection to the database");
    }
}

/// What every new connection is told before its first use.
#[derive(Debug)]
pub(super) struct Prepare;

impl CustomizeConnection<SqliteConnection, diesel::r2d2::Error> for Prepare {
    fn on_acquire(&self, c: &mut SqliteConnection) -> Result<(), diesel::r2d2::Error> {
        // busy_timeout first: the pragmas after it may themselves have to wait.
        c.batch_execute(
            "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
             PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;",
        )
        .map_err(diesel::r2d2::Error::QueryError)
    }
}

impl CustomizeConnection<Trusted, diesel::r2d2::Error> for Prepare {
    fn on_acquire(&self, c: &mut Trusted) -> Result<(), diesel::r2d2::Error> {
        c.batch_execute(
            // Every query here reads few rows through an index, from memory or a disk that does not turn: plans are
            // made for that, and no machine code for them.
            "SET TIME ZONE 'UTC'; SET random_page_cost = 1.1; SET jit = off; SET statement_timeout = '5s'; \
             SET lock_timeout = '2s'; SET idle_in_transaction_session_timeout = '10s'; SET application_name = 'doorlist';",
        )
        .map_err(diesel::r2d2::Error::QueryError)
    }
}

#[cfg(test)]
mod tests {
    use diesel::connection::SimpleConnection;
    use diesel::prelude::*;
    use diesel::sql_types::Text;

    #[derive(QueryableByName)]
    struct Said {
        #[diesel(sql_type = Text)]
        value: String,
    }

    #[test]
    fn sqlite_is_compiled_so_that_it_keeps_its_plans_and_takes_few_locks() {
        let mut c = diesel::SqliteConnection::establish(":memory:").unwrap();
        let options: Vec<Said> =
            diesel::sql_query("SELECT compile_options AS value FROM pragma_compile_options")
                .load(&mut c)
                .unwrap();
        for expected in ["ENABLE_QPSG", "THREADSAFE=2", "STMTJRNL_SPILL=131071"] {
            assert!(
                options.iter().any(|option| option.value == expected),
                "without {expected}: .cargo/config.toml was not read"
            );
        }
    }

    #[test]
    fn what_a_large_statement_did_is_taken_back() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("test.db");
        let mut c = diesel::SqliteConnection::establish(file.to_str().unwrap()).unwrap();
        c.batch_execute(
            "PRAGMA journal_mode = WAL; CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT CHECK (v <> 'refused')); \
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) \
             INSERT INTO t SELECT i, printf('%01000d', i) FROM n; \
             BEGIN IMMEDIATE; UPDATE t SET v = 'in the same transaction' WHERE id = 1;",
        )
        .unwrap();
        // Two megabytes are changed before the last row is refused: more than is kept in memory.
        let update = "UPDATE t SET v = CASE id WHEN 2000 THEN 'refused' ELSE printf('%01000d', -id) END";
        let refused = c.batch_execute(update).unwrap_err().to_string();
        assert!(refused.contains("CHECK constraint failed"), "{refused}");
        c.batch_execute("COMMIT").unwrap();
        let whole = "SELECT group_concat(v, ',') AS value FROM t WHERE v LIKE '-%' OR v LIKE 'in%'";
        let rows: Vec<Said> = diesel::sql_query(whole).load(&mut c).unwrap();
        assert_eq!(rows[0].value, "in the same transaction");
    }
}
