//! The tables: the same on both databases, as the program believes them to be, and one step at a time both ways.

use std::collections::BTreeMap;

use diesel::migration::{Migration, MigrationSource};
use diesel::{Connection, PgConnection, SqliteConnection};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use doorlist::domain::database::DatabaseAddress;

use crate::database::{Database, Kind, both};
use crate::people::open;

both![the_tables_are_what_the_program_believes, every_step_goes_up_down_and_up];

const SCHEMA: &str = include_str!("../../src/store/schema.rs");
const STEPS: &str = "__diesel_schema_migrations";

/// Column by column: `users.email` → `Nullable<Text>`, in the words of the program's schema.
type Columns = BTreeMap<String, String>;

fn believed() -> Columns {
    let mut table = "";
    let mut columns = Columns::new();
    for line in SCHEMA.lines() {
        if let Some((name, _)) = line.trim().split_once(" (").filter(|_| line.ends_with(") {")) {
            table = name;
            continue;
        }
        let column = line.trim().trim_end_matches(',').split_once(" -> ").filter(|_| !line.contains('('));
        if let Some((column, kind)) = column {
            columns.insert(format!("{table}.{column}"), kind.to_owned());
        }
    }
    columns
}

/// What the database says of its columns.
fn present(database: &Database) -> Columns {
    let mut columns = Columns::new();
    for table in database.tables().into_iter().filter(|table| table != STEPS) {
        let kinds = database.values(&match database.kind {
            Kind::Sqlite => format!(
                "SELECT type || CASE WHEN \"notnull\" = 1 THEN '' ELSE ' NULL' END AS value \
                 FROM pragma_table_xinfo('{table}') ORDER BY cid"
            ),
            Kind::Postgres => format!(
                "SELECT data_type || CASE WHEN is_nullable = 'NO' THEN '' ELSE ' NULL' END AS value \
                 FROM information_schema.columns WHERE table_name = '{table}' ORDER BY ordinal_position"
            ),
        });
        for (column, kind) in database.columns(&table).into_iter().zip(kinds) {
            columns.insert(format!("{table}.{column}"), kind);
        }
    }
    columns
}

/// How each database writes a type of the program's schema.
fn written(kind: Kind, believed: &str) -> String {
    let bare = believed.trim_start_matches("Nullable<").trim_end_matches('>');
    let name = match (bare, kind) {
        ("Text" | "Timestamp", Kind::Sqlite) => "TEXT",
        ("Int4" | "Bool", Kind::Sqlite) => "INTEGER",
        ("Bool", Kind::Postgres) => "boolean",
        ("Text", Kind::Postgres) => "text",
        ("Timestamp", Kind::Postgres) => "timestamp without time zone",
        ("Int4", Kind::Postgres) => "integer",
        (other, kind) => panic!("say here how {kind:?} writes {other}"),
    };
    if bare == believed { name.to_owned() } else { format!("{name} NULL") }
}

async fn the_tables_are_what_the_program_believes(kind: Kind) {
    let database = Database::new(kind);
    drop(open(&database));
    let expected: Columns =
        believed().into_iter().map(|(column, believed)| (column, written(kind, &believed))).collect();
    assert!(expected.len() > 30);
    assert_eq!(present(&database), expected);
}

#[test]
fn both_databases_have_the_same_columns_indexes_and_rules() {
    let [sqlite, postgres] = [Kind::Sqlite, Kind::Postgres].map(Database::new);
    drop((open(&sqlite), open(&postgres)));
    assert_eq!(sqlite.tables(), postgres.tables());
    for table in sqlite.tables() {
        assert_eq!(sqlite.columns(&table), postgres.columns(&table), "{table}: and in the same order");
    }
    let of_sqlite = sqlite
        .values("SELECT name AS value FROM sqlite_schema WHERE type = 'index' AND sql <> '' ORDER BY 1");
    let of_postgres = postgres.values(
        "SELECT indexname::text AS value FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT LIKE '%\\_pkey' \
         AND indexname NOT LIKE '%\\_key' AND indexname NOT LIKE 'search\\_%' ORDER BY 1",
    );
    assert_eq!(of_sqlite, of_postgres);
    // What searches go through is an index on PostgreSQL, and on SQLite tables of FTS5 with all that these need.
    let of_sqlite =
        sqlite.values("SELECT name AS value FROM sqlite_schema WHERE sql LIKE '%USING fts5%' ORDER BY 1");
    let of_postgres = postgres.values(
        "SELECT indexname::text AS value FROM pg_indexes WHERE indexname LIKE 'search\\_%' ORDER BY 1",
    );
    assert_eq!((of_sqlite.len(), &of_sqlite), (2, &of_postgres));
    for (word, kind) in [("CHECK", "c"), ("UNIQUE", "u"), ("PRIMARY KEY", "p"), ("REFERENCES", "f")] {
        let tables = sqlite.values("SELECT sql AS value FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_\\_%' ESCAPE '\\' \
             AND name NOT LIKE 'search\\_%' ESCAPE '\\'");
        let count = tables.concat().matches(word).count();
        let same = format!(
            "pg_constraint WHERE contype = '{kind}' AND connamespace = 'public'::regnamespace AND conrelid <> '{STEPS}'::regclass"
        );
        assert_eq!(count, postgres.count(&same), "{word}");
    }
}

/// Everything that makes up the schema, as text.
fn schema(database: &Database) -> Vec<String> {
    database.values(match database.kind {
        Kind::Sqlite => "SELECT type || ' ' || name || ' ' || coalesce(sql, '') AS value FROM sqlite_schema ORDER BY 1",
        Kind::Postgres => {
            "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || coalesce(column_default, '') \
             AS value FROM information_schema.columns WHERE table_schema = 'public' UNION ALL \
             SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' UNION ALL \
             SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint \
             WHERE connamespace = 'public'::regnamespace ORDER BY 1"
        }
    })
}

async fn every_step_goes_up_down_and_up(kind: Kind) {
    let database = Database::new(kind);
    match database.address() {
        DatabaseAddress::Sqlite(path) => {
            let mut connection = SqliteConnection::establish(&path.to_string_lossy()).unwrap();
            up_down_up(&mut connection, &database, "migrations/sqlite");
        }
        DatabaseAddress::Postgres(url) => {
            let mut connection = PgConnection::establish(url.reveal()).unwrap();
            up_down_up(&mut connection, &database, "migrations/postgres");
        }
    }
    let walked = (schema(&database), database.dump());
    let straight = Database::new(kind);
    drop(open(&straight));
    assert_eq!(walked.0, schema(&straight), "the program's own way leads to the same");
    let without_times =
        |dump: &str| dump.lines().filter(|line| !line.starts_with("00")).collect::<Vec<_>>().join("\n");
    assert_eq!(without_times(&walked.1), without_times(&straight.dump()));
}

fn up_down_up<C, DB>(connection: &mut C, database: &Database, folder: &str)
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
    FileBasedMigrations: MigrationSource<DB>,
{
    let source = FileBasedMigrations::from_path(folder).unwrap();
    let mut steps: Vec<Box<dyn Migration<DB>>> = source.migrations().unwrap();
    steps.sort_by_key(|step| step.name().version().to_string());
    assert!(steps.len() >= 6);
    connection.applied_migrations().unwrap();
    let mut before = Vec::new();
    for step in &steps {
        before.push(schema(database));
        connection.run_migration(step).unwrap();
    }
    let whole = schema(database);
    for (step, before) in steps.iter().zip(&before).rev() {
        connection.revert_migration(step).unwrap();
        assert_eq!(&schema(database), before, "{} leaves nothing", step.name());
        connection.run_migration(step).unwrap();
        connection.revert_migration(step).unwrap();
    }
    connection.run_pending_migrations(source).unwrap();
    assert_eq!(schema(database), whole);
}
