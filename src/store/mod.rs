//! Floor 1: the only room that says "diesel". One set of queries for two databases.
//!
//! Reading functions take `&mut Conn`, changing ones `&mut Tx`. A [`Tx`] is made only by [`Store::write`], so a
//! change outside a transaction does not compile.

pub mod at;
pub mod audit;
pub mod audit_lists;
pub mod backup;

mod counted;
pub mod delegation;
pub mod departures;
mod error;
pub mod invite_lists;
pub mod invites;
pub mod jobs;
mod kept;
mod left;
pub mod links;
pub mod migrate;
pub mod names;
mod newest;
pub mod overview;
pub mod people;
mod pool;
mod remembered;
pub mod repeats;
pub mod review;
pub mod rows;
pub mod schema;
pub mod search;
pub mod sessions;
pub mod settings;
pub mod standing;
mod state;
pub mod throttles;
pub mod tokens;
mod trusted;
mod up_to;
pub mod users;
mod walk;
mod word;

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use diesel::SqliteConnection;
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::r2d2::{ConnectionManager, PooledConnection};
use tokio::sync::Semaphore;

use crate::domain::database::DatabaseAddress;

use self::left::Left;
use self::pool::{Pools, in_turn};
use self::trusted::TrustedConnection;
pub use error::{StoreError, UniqueKey};
pub use remembered::{InvitesPage, LogPage, Memory, Moment, PeoplePage};
pub use state::State;

/// A connection to one of the two databases.
pub enum Conn {
    /// The embedded one.
    Sqlite(PooledConnection<ConnectionManager<SqliteConnection>>),
    /// The one that replicas share.
    Postgres(TrustedConnection),
}

/// Writes a query once and runs it on whichever database the connection leads to.
macro_rules! on {
    ($conn:expr, $c:ident => $query:expr) => {
        match $conn {
            $crate::store::Conn::Sqlite(pooled) => {
                let $c = &mut **pooled;
                $query
            }
            $crate::store::Conn::Postgres(pooled) => {
                let $c = &mut **pooled;
                $query
            }
        }
    };
}
pub(crate) use on;

/// A transaction that can write.
pub struct Tx<'a>(&'a mut Conn);

impl Deref for Tx<'_> {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        self.0
    }
}

impl DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut Conn {
        self.0
    }
}

/// What a transaction may have to keep others from doing at the same time.
#[derive(Debug, Clone, Copy)]
pub enum Lock {
    /// Anything that changes what somebody may do, or whether they may sign in: above all, how many owners there are.
    /// One lock for all of it: such changes are seldom, and whoever counts owners must not count while one is leaving.
    /// It is taken before any row, so that two who change each other wait here and not for each other's rows.
    People,
}

impl Tx<'_> {
    /// Takes a lock until the end of the transaction. On SQLite there is nothing to take: it has one writer.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when another holds it for too long.
    pub fn lock(&mut self, lock: Lock) -> Result<(), StoreError> {
        let number = match lock {
            Lock::People => 1,
        };
        match self.0 {
            Conn::Sqlite(_) => Ok(()),
            Conn::Postgres(c) => {
                Ok(c.batch_execute(&format!("SELECT pg_advisory_xact_lock(7700, {number})"))?)
            }
        }
    }
}

impl Conn {
    /// Reads several times from one state of the database.
    ///
    /// # Errors
    /// Whatever the closure says.
    pub fn snapshot<T, E: From<StoreError>>(
        &mut self,
        body: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        self.transaction(Begin::Snapshot, body)
    }

    /// Runs a change as one transaction: `BEGIN IMMEDIATE` on SQLite, so that it never fails half-way for want of the
    /// write lock, and READ COMMITTED on PostgreSQL.
    fn transaction<T, E: From<StoreError>>(
        &mut self,
        begin: Begin,
        body: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let started = match self {
            Self::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(&mut **c, begin.sqlite()),
            Self::Postgres(c) => AnsiTransactionManager::begin_transaction_sql(&mut **c, begin.postgres()),
        };
        started.map_err(StoreError::from)?;
        match body(self) {
            Ok(value) => {
                on!(self, c => AnsiTransactionManager::commit_transaction(c)).map_err(StoreError::from)?;
                Ok(value)
            }
            Err(refusal) => {
                if let Err(error) = on!(self, c => AnsiTransactionManager::rollback_transaction(c)) {
                    // The pool drops a connection whose transaction did not end; the refusal stays the answer.
                    tracing::warn!(%error, "a transaction could not be rolled back");
                }
                Err(refusal)
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Begin {
    Write,
    LightWrite,
    Snapshot,
}

impl Begin {
    /// Each write says itself whether its commit waits for the disk, so that none inherits it from the one before.
    const fn sqlite(self) -> &'static str {
        match self {
            Self::Write => "PRAGMA synchronous = FULL; BEGIN IMMEDIATE",
            Self::LightWrite => "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE",
            Self::Snapshot => "BEGIN",
        }
    }

    const fn postgres(self) -> &'static str {
        match self {
            Self::Write => "BEGIN ISOLATION LEVEL READ COMMITTED",
            Self::LightWrite => "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL synchronous_commit = off",
            Self::Snapshot => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }
}

/// The database. Cheap to clone.
///
/// Every access passes a fair queue as long as its pool, so that nobody starves and a thread is only ever busy with
/// somebody who has a connection.
#[derive(Clone)]
pub struct Store {
    address: Arc<DatabaseAddress>,
    pools: Pools,
    read_queue: Arc<Semaphore>,
    write_queue: Arc<Semaphore>,
    reads: Arc<AtomicU64>,
    writes: Arc<AtomicU64>,
    left: Arc<Left>,
    /// What was read a moment ago.
    pub memory: Arc<Memory>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Store").field(&self.address).finish()
    }
}

impl Store {
    /// Connects to a database that is there. Creating and migrating it is the business of [`migrate`], and
    /// whether it answers shows at the first access.
    #[must_use]
    pub fn connect(address: &DatabaseAddress) -> Self {
        let pools = Pools::open(address);
        let (readers, writers) = pools.sizes();
        let (read_queue, write_queue) =
            (Arc::new(Semaphore::new(readers)), Arc::new(Semaphore::new(writers)));
        let (address, reads, writes) = (Arc::new(address.clone()), Arc::default(), Arc::default());
        let (left, memory) = (Arc::default(), Arc::default());
        Self { address, pools, read_queue, write_queue, reads, writes, left, memory }
    }

    /// Where the database is.
    #[must_use]
    pub fn address(&self) -> &DatabaseAddress {
        &self.address
    }

    /// Accesses since the start: reads and writes.
    #[must_use]
    pub fn accesses(&self) -> (u64, u64) {
        (self.reads.load(Ordering::Relaxed), self.writes.load(Ordering::Relaxed))
    }

    /// Reads.
    ///
    /// # Errors
    /// Whatever the closure says, or [`StoreError::Busy`] when no connection gets free in time.
    pub async fn read<T, E, F>(&self, body: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let pools = self.pools.clone();
        in_turn(&self.read_queue, move || body(&mut pools.reader()?)).await
    }

    /// The state that the database is in, where that is known without reading any of it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the file cannot be read.
    pub fn state(&self) -> Result<Option<State>, StoreError> {
        self.pools.state()
    }

    /// Reads several times from one state of the database.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub async fn snapshot<T, E, F>(&self, body: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    {
        self.read(move |conn| conn.snapshot(body)).await
    }

    /// Changes something: all that the closure does, or, when it refuses, nothing.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub async fn write<T, E, F>(&self, body: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        self.written(Begin::Write, body).await
    }

    /// The same for what may be forgotten when the power fails: counts and times that nobody was told of. It does not
    /// wait for the disk.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub async fn write_lightly<T, E, F>(&self, body: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        self.written(Begin::LightWrite, body).await
    }

    async fn written<T, E, F>(&self, begin: Begin, body: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        self.writes.fetch_add(1, Ordering::Relaxed);
        let pools = self.pools.clone();
        in_turn(&self.write_queue, move || pools.writer()?.transaction(begin, |conn| body(&mut Tx(conn))))
            .await
    }
}
