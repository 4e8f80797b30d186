//! Bringing a database into being and up to date, under a lock, so that replicas may start together.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::{Connection, PgConnection, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::pool::sqlite_uri;
use super::{Conn, Store, StoreError};
use crate::domain::database::DatabaseAddress;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
type MigrationFailure = Box<dyn std::error::Error + Send + Sync>;

/// Any number will do, as long as no other program on the same database takes it.
const MIGRATION_LOCK: i64 = 7_700_000_001;

/// What to do when there is no SQLite file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfMissing {
    /// Make one: the first start.
    Create,
    /// Say so: everything but the first start.
    Refuse,
}

/// A database that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no such file.
    #[error("there is no database at {0}. Check DATABASE_URL, or start the server once to make it")]
    Missing(PathBuf),
    /// The file or its folder cannot be made or read.
    #[error("cannot use the database file {path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Nothing answers at the address, or what answers is no database of ours.
    #[error("cannot open the database: {0}")]
    Connect(String),
    /// It was written by a later version of this program.
    #[error(
        "the database has schema {found}, and this version of Doorlist knows only up to {known}. Start the newer \
         version again, or restore a backup made before the upgrade"
    )]
    Newer {
        /// The latest step that the database has seen.
        found: String,
        /// The latest step that this program knows.
        known: String,
    },
    /// A step failed; it was rolled back.
    #[error("cannot bring the database up to date: {0}")]
    Migration(String),
}

/// How a database stands to this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schema {
    /// As this program needs it.
    Current,
    /// Steps are missing.
    Behind(usize),
    /// It has steps that this program does not know.
    Newer(String),
}

/// A database that is open and up to date.
#[derive(Debug)]
pub struct Opened {
    /// It.
    pub store: Store,
    /// The file, if it was made just now.
    pub created: Option<PathBuf>,
}

/// Opens a database and brings it up to date.
///
/// # Errors
/// [`OpenError`] in a sentence for whoever started the program.
pub fn open(address: &DatabaseAddress, missing: IfMissing) -> Result<Opened, OpenError> {
    let created = match address {
        DatabaseAddress::Sqlite(path) => {
            let created = ensure_file(path, missing)?;
            let lock_path = path.with_extension("lock");
            let lock =
                private_file(&lock_path).map_err(|source| OpenError::File { path: lock_path, source })?;
            lock.lock().map_err(|source| OpenError::File { path: path.clone(), source })?;
            let mut c = SqliteConnection::establish(&sqlite_uri(path)).map_err(connect_error)?;
            c.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL;")
                .map_err(connect_error)?;
            run(&mut c, SQLITE)?;
            created.then(|| path.clone())
        }
        DatabaseAddress::Postgres(url) => {
            let mut c = PgConnection::establish(url.reveal()).map_err(connect_error)?;
            // Held by this connection and gone with it.
            c.batch_execute(&format!("SELECT pg_advisory_lock({MIGRATION_LOCK})")).map_err(connect_error)?;
            run(&mut c, POSTGRES)?;
            None
        }
    };
    Ok(Opened { store: Store::connect(address), created })
}

/// Opens a database as it is, without changing anything about it.
///
/// # Errors
/// [`OpenError`] when it is not there or does not answer.
pub fn look(address: &DatabaseAddress) -> Result<Store, OpenError> {
    match address {
        DatabaseAddress::Sqlite(path) => {
            ensure_file(path, IfMissing::Refuse)?;
        }
        DatabaseAddress::Postgres(url) => {
            PgConnection::establish(url.reveal()).map_err(connect_error)?;
        }
    }
    Ok(Store::connect(address))
}

/// How the database stands to this program.
///
/// # Errors
/// [`StoreError`] when it does not answer.
pub fn schema(conn: &mut Conn) -> Result<Schema, StoreError> {
    match conn {
        Conn::Sqlite(c) => compare(&mut **c, &SQLITE),
        Conn::Postgres(c) => compare(&mut **c, &POSTGRES),
    }
    .map_err(|error| StoreError::Unavailable(error.to_string()))
}

fn run<C, DB>(c: &mut C, steps: EmbeddedMigrations) -> Result<(), OpenError>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
    EmbeddedMigrations: MigrationSource<DB>,
{
    match compare(c, &steps).map_err(|error| OpenError::Connect(error.to_string()))? {
        Schema::Current => Ok(()),
        Schema::Newer(found) => Err(OpenError::Newer { found, known: known_schema() }),
        Schema::Behind(_) => match c.run_pending_migrations(steps) {
            Ok(_) => Ok(()),
            Err(error) => Err(OpenError::Migration(error.to_string())),
        },
    }
}

fn compare<C, DB>(c: &mut C, steps: &EmbeddedMigrations) -> Result<Schema, MigrationFailure>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let known = versions::<DB>(steps)?;
    let mut applied: Vec<String> = c.applied_migrations()?.iter().map(MigrationVersion::to_string).collect();
    applied.sort_unstable();
    if let Some(stranger) = applied.iter().rev().find(|version| !known.contains(version)) {
        return Ok(Schema::Newer(stranger.clone()));
    }
    Ok(match known.len() - applied.len() {
        0 => Schema::Current,
        missing => Schema::Behind(missing),
    })
}

fn versions<DB: diesel::backend::Backend>(steps: &EmbeddedMigrations) -> Result<Vec<String>, MigrationFailure>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    let steps: Vec<Box<dyn Migration<DB>>> = steps.migrations()?;
    let mut versions: Vec<_> = steps.iter().map(|step| step.name().version().to_string()).collect();
    versions.sort_unstable();
    Ok(versions)
}

/// The latest step that this program knows; both databases have the same.
#[must_use]
pub fn known_schema() -> String {
    versions::<diesel::sqlite::Sqlite>(&SQLITE).ok().and_then(|mut all| all.pop()).unwrap_or_default()
}

/// Makes the file, for its owner only, if it is not there. Says whether it did.
fn ensure_file(path: &Path, missing: IfMissing) -> Result<bool, OpenError> {
    let file_error = |source| OpenError::File { path: path.to_owned(), source };
    if path.try_exists().map_err(file_error)? {
        return Ok(false);
    }
    if missing == IfMissing::Refuse {
        return Err(OpenError::Missing(path.to_owned()));
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(file_error)?;
    }
    private_file(path).map_err(file_error)?;
    Ok(true)
}

/// Opens a file that nobody but its owner may read, making it if need be.
fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

fn connect_error(error: impl std::error::Error) -> OpenError {
    OpenError::Connect(error.to_string().trim().to_owned())
}
