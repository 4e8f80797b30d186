//! A database for one test alone.

use std::path::Path;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection};

use crate::environment;

/// The databases that Doorlist speaks with.
#[derive(Clone, Copy)]
pub enum Kind {
    Sqlite,
    Postgres,
}

/// Goes away with the test.
pub enum Database {
    Sqlite { file: String },
    Postgres { admin: String, name: String },
}

impl Database {
    pub fn new(kind: Kind, folder: &Path) -> Self {
        match kind {
            Kind::Sqlite => Self::Sqlite { file: folder.join("doorlist.db").display().to_string() },
            Kind::Postgres => {
                static MADE: AtomicU32 = AtomicU32::new(0);
                let count = MADE.fetch_add(1, Ordering::Relaxed);
                let name = format!("doorlist_browser_{}_{count}", process::id());
                let admin = environment::given("DOORLIST_TEST_POSTGRES");
                on_postgres(&admin, &format!("CREATE DATABASE {name}"));
                Self::Postgres { admin, name }
            }
        }
    }

    /// As `DATABASE_URL` wants it.
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite { file } => format!("sqlite:{file}"),
            Self::Postgres { admin, name } => {
                let mut url = url::Url::parse(admin).expect("DOORLIST_TEST_POSTGRES is an address");
                url.set_path(name);
                url.into()
            }
        }
    }

    /// Reaches past the server, to break what a test wants to see broken.
    pub fn execute(&self, statement: &str) {
        match self {
            Self::Sqlite { file } => {
                let mut connection = SqliteConnection::establish(file).expect("the SQLite file opens");
                let done = diesel::sql_query(statement).execute(&mut connection);
                done.unwrap_or_else(|error| panic!("{statement}: {error}"));
            }
            Self::Postgres { .. } => on_postgres(&self.url(), statement),
        }
    }
}

fn on_postgres(url: &str, statement: &str) {
    let mut connection = PgConnection::establish(url).expect("PostgreSQL answers");
    let done = diesel::sql_query(statement).execute(&mut connection);
    done.unwrap_or_else(|error| panic!("{statement}: {error}"));
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Self::Postgres { admin, name } = self
            && let Ok(mut connection) = PgConnection::establish(admin)
            && let Err(error) =
                diesel::sql_query(format!("DROP DATABASE {name} WITH (FORCE)")).execute(&mut connection)
        {
            eprintln!("the database {name} stays behind: {error}");
        }
    }
}
