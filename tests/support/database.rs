//! A database for one test, and the macro that runs each test on both kinds.

use std::path::PathBuf;
use std::sync::Mutex;

use diesel::connection::SimpleConnection;
use diesel::sql_types::{Nullable, Text};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use doorlist::domain::database::DatabaseAddress;
use tempfile::TempDir;

/// Makes two tests out of each function: one on SQLite, one on PostgreSQL. A function that is not listed is dead
/// code, and does not compile.
macro_rules! both {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            #[tokio::test]
            async fn sqlite() {
                super::$name($crate::database::Kind::Sqlite).await;
            }

            #[tokio::test]
            async fn postgres() {
                super::$name($crate::database::Kind::Postgres).await;
            }
        }
    )*};
}
pub(crate) use both;

/// One of the two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

/// A database of its own, and a folder beside it. Both go with it.
pub struct Database {
    connection: Mutex<Option<Connected>>,
    folder: TempDir,
    pub kind: Kind,
}

enum Connected {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

#[derive(QueryableByName)]
struct Value {
    #[diesel(sql_type = Nullable<Text>)]
    value: Option<String>,
}

impl Database {
    pub fn new(kind: Kind) -> Self {
        let folder = tempfile::Builder::new().prefix("doorlist_").rand_bytes(12).tempdir().unwrap();
        let database = Self { connection: Mutex::default(), folder, kind };
        if kind == Kind::Postgres {
            admin(&format!("CREATE DATABASE \"{}\" TEMPLATE template0", database.name()));
        }
        database
    }

    /// Where a file of this test may lie.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The value of `DATABASE_URL`.
    pub fn url(&self) -> String {
        match self.kind {
            Kind::Sqlite => format!("sqlite:{}", self.path("doorlist.db").display()),
            Kind::Postgres => postgres_url(&self.name()),
        }
    }

    pub fn address(&self) -> DatabaseAddress {
        DatabaseAddress::parse(&self.url()).unwrap()
    }

    /// Runs statements, beside whatever the program does.
    pub fn execute(&self, sql: &str) {
        self.connected(|connection| match connection {
            Connected::Sqlite(c) => c.batch_execute(sql).unwrap(),
            Connected::Postgres(c) => c.batch_execute(sql).unwrap(),
        });
    }

    /// The column `value` of a query; every row is one text, and NULL is the word.
    pub fn values(&self, sql: &str) -> Vec<String> {
        let rows: Vec<Value> = self.connected(|connection| match connection {
            Connected::Sqlite(c) => sql_query(sql).load(c).unwrap(),
            Connected::Postgres(c) => sql_query(sql).load(c).unwrap(),
        });
        rows.into_iter().map(|row| row.value.unwrap_or_else(|| "NULL".to_owned())).collect()
    }

    /// The one number that a query counts as `value`.
    pub fn count(&self, rest: &str) -> usize {
        let values = self.values(&format!("SELECT CAST(count(*) AS TEXT) AS value FROM {rest}"));
        values.concat().parse().unwrap()
    }

    /// Those that hold something of their own: SQLite's index for searching is made of tables too.
    pub fn tables(&self) -> Vec<String> {
        self.values(match self.kind {
            Kind::Sqlite => {
                "SELECT name AS value FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'search\\_%' ESCAPE '\\' \
                 ORDER BY name"
            }
            Kind::Postgres => {
                "SELECT tablename::text AS value FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
            }
        })
    }

    pub fn columns(&self, table: &str) -> Vec<String> {
        self.values(&match self.kind {
            Kind::Sqlite => format!("SELECT name AS value FROM pragma_table_xinfo('{table}') ORDER BY cid"),
            Kind::Postgres => format!(
                "SELECT column_name::text AS value FROM information_schema.columns WHERE table_name = '{table}' \
                 AND table_schema = 'public' ORDER BY ordinal_position"
            ),
        })
    }

    /// Every row of every table, as text.
    pub fn dump(&self) -> String {
        let rows = |table: &String| {
            let shown = |column: String| format!("coalesce(CAST(\"{column}\" AS TEXT), 'NULL')");
            let columns: Vec<_> = self.columns(table).into_iter().map(shown).collect();
            self.values(&format!("SELECT {} AS value FROM {table} ORDER BY 1", columns.join(" || ' | ' || ")))
        };
        self.tables().iter().map(|table| format!("{table}\n{}\n", rows(table).join("\n"))).collect()
    }

    fn name(&self) -> String {
        self.folder.path().file_name().unwrap().to_string_lossy().into_owned()
    }

    fn connected<T>(&self, work: impl FnOnce(&mut Connected) -> T) -> T {
        let mut connection = self.connection.lock().unwrap();
        work(connection.get_or_insert_with(|| self.connect()))
    }

    fn connect(&self) -> Connected {
        match self.kind {
            Kind::Sqlite => {
                let path = self.path("doorlist.db");
                let mut connection = SqliteConnection::establish(&path.to_string_lossy()).unwrap();
                connection.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
                Connected::Sqlite(connection)
            }
            Kind::Postgres => Connected::Postgres(PgConnection::establish(&self.url()).unwrap()),
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // Pools that are still open must not keep it alive.
        if self.kind == Kind::Postgres {
            admin(&format!("DROP DATABASE \"{}\" WITH (FORCE)", self.name()));
        }
    }
}

fn admin(sql: &str) {
    PgConnection::establish(&postgres_url("postgres")).unwrap().batch_execute(sql).unwrap();
}

fn postgres_url(database: &str) -> String {
    let mut url = url::Url::parse(&server()).unwrap();
    url.set_path(database);
    url.to_string()
}

#[expect(clippy::disallowed_methods, reason = "the one place where the tests learn where PostgreSQL is")]
fn server() -> String {
    std::env::var("DOORLIST_TEST_POSTGRES").expect("PostgreSQL is needed: run tests/run")
}
