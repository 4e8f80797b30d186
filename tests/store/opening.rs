//! Opening a database: the first time, many at once, and when it is not what it should be.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Barrier;

use doorlist::domain::database::DatabaseAddress;
use doorlist::store::migrate::{self, IfMissing, OpenError, Schema};

use crate::database::{Database, Kind, both};
use crate::people::{account, insert, open};

both![
    eight_at_once_bring_one_database_into_being,
    whoever_comes_second_waits_for_the_lock,
    opening_again_changes_nothing,
    a_newer_schema_is_refused_and_left_alone,
    a_step_that_fails_leaves_nothing_and_is_taken_up_again,
    the_distance_to_the_schema_is_told,
    a_wrong_address_is_told_without_its_password,
];

async fn eight_at_once_bring_one_database_into_being(kind: Kind) {
    let database = Database::new(kind);
    let barrier = Barrier::new(8);
    let created: usize = std::thread::scope(|scope| {
        let opening = || {
            barrier.wait();
            migrate::open(&database.address(), IfMissing::Create).unwrap().created
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(opening)).collect();
        threads.into_iter().filter_map(|thread| thread.join().unwrap()).count()
    });
    assert!(created <= 8 && (created > 0) == (kind == Kind::Sqlite), "{created}");
    assert_eq!(database.count("settings"), 1);
    let steps = std::fs::read_dir("migrations/sqlite").unwrap().count();
    assert_eq!(database.count("__diesel_schema_migrations"), steps);
}

/// Holds the lock under which the program migrates, until what is returned goes.
fn lock(database: &Database) -> Option<fs::File> {
    if database.kind == Kind::Postgres {
        database.execute("SELECT pg_advisory_lock(7700000001)");
        return None;
    }
    let file = fs::File::create(database.path("doorlist.lock")).unwrap();
    file.lock().unwrap();
    Some(file)
}

async fn whoever_comes_second_waits_for_the_lock(kind: Kind) {
    let database = Database::new(kind);
    let first = lock(&database);
    std::thread::scope(|scope| {
        let second = scope.spawn(|| migrate::open(&database.address(), IfMissing::Create).is_ok());
        // Long enough for the second to come to its end if nothing stopped it.
        for _ in 0..4 {
            drop(open(&Database::new(kind)));
        }
        assert!(!second.is_finished());
        assert_eq!(database.tables(), [""; 0], "nothing is made before the lock is held");
        match &first {
            Some(file) => file.unlock().unwrap(),
            None => database.execute("SELECT pg_advisory_unlock(7700000001)"),
        }
        assert!(second.join().unwrap());
    });
    assert_eq!(database.count("settings"), 1);
}

async fn opening_again_changes_nothing(kind: Kind) {
    let database = Database::new(kind);
    insert(&open(&database), account(1)).await.unwrap();
    let before = database.dump();
    let again = migrate::open(&database.address(), IfMissing::Refuse).unwrap();
    assert_eq!(again.created, None);
    assert_eq!(database.dump(), before);
    assert_eq!(database.count("users"), 1);
}

const STRANGE: &str =
    "INSERT INTO __diesel_schema_migrations (version, run_on) VALUES ('9999', '2026-01-01 00:00:00')";

async fn a_newer_schema_is_refused_and_left_alone(kind: Kind) {
    let database = Database::new(kind);
    insert(&open(&database), account(1)).await.unwrap();
    database.execute(STRANGE);
    let before = database.dump();
    for missing in [IfMissing::Create, IfMissing::Refuse] {
        let error = migrate::open(&database.address(), missing).unwrap_err();
        let OpenError::Newer { found, known } = &error else { panic!("{error:?}") };
        assert_eq!((found.as_str(), known), ("9999", &migrate::known_schema()));
        assert!(error.to_string().contains("restore a backup made before the upgrade"), "{error}");
    }
    assert_eq!(database.dump(), before);
}

async fn a_step_that_fails_leaves_nothing_and_is_taken_up_again(kind: Kind) {
    let database = Database::new(kind);
    if kind == Kind::Sqlite {
        fs::write(database.path("doorlist.db"), "").unwrap();
    }
    // The third step makes this table and puts a row into it.
    database.execute("CREATE TABLE settings (id INTEGER)");
    let error = migrate::open(&database.address(), IfMissing::Refuse).unwrap_err();
    assert!(matches!(&error, OpenError::Migration(why) if why.contains("settings")), "{error}");
    assert!(database.tables().contains(&"sessions".to_owned()), "the steps before it stand");
    assert!(!database.tables().contains(&"audit".to_owned()), "the steps after it do not");
    assert_eq!(database.count("settings"), 0);
    database.execute("DROP TABLE settings");
    insert(&open(&database), account(1)).await.unwrap();
    assert_eq!(database.count("settings"), 1);
}

async fn the_distance_to_the_schema_is_told(kind: Kind) {
    let database = Database::new(kind);
    let store = open(&database);
    assert_eq!(store.read(migrate::schema).await.unwrap(), Schema::Current);
    database.execute("DELETE FROM __diesel_schema_migrations WHERE version IN ('0005', '0006')");
    assert_eq!(store.read(migrate::schema).await.unwrap(), Schema::Behind(2));
    database.execute(STRANGE);
    assert_eq!(store.read(migrate::schema).await.unwrap(), Schema::Newer("9999".to_owned()));
}

async fn a_wrong_address_is_told_without_its_password(kind: Kind) {
    let database = Database::new(kind);
    fs::create_dir(database.path("folder")).unwrap();
    let (address, expected) = match kind {
        Kind::Sqlite => (format!("sqlite:{}", database.path("folder").display()), "cannot "),
        Kind::Postgres => {
            ("postgres://doorlist:hunter2@127.0.0.1:1/doorlist".to_owned(), "cannot open the database")
        }
    };
    let error = migrate::open(&DatabaseAddress::parse(&address).unwrap(), IfMissing::Create).unwrap_err();
    assert!(error.to_string().starts_with(expected), "{error}");
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
}

fn sqlite(path: &Path) -> DatabaseAddress {
    DatabaseAddress::parse(&format!("sqlite:{}", path.display())).unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_missing_file_is_made_at_the_first_start_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data/deep/doorlist.db");
    let error = migrate::open(&sqlite(&path), IfMissing::Refuse).unwrap_err();
    assert!(matches!(&error, OpenError::Missing(missing) if missing == &path), "{error}");
    assert!(error.to_string().contains("Check DATABASE_URL"), "{error}");
    assert!(!folder.path().join("data").exists(), "nothing is left behind");
    let opened = migrate::open(&sqlite(&path), IfMissing::Create).unwrap();
    assert_eq!(opened.created.as_deref(), Some(path.as_path()));
}

#[test]
fn the_file_and_what_lies_beside_it_are_for_their_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data/doorlist.db");
    let store = migrate::open(&sqlite(&path), IfMissing::Create).unwrap().store;
    assert_eq!(mode(&folder.path().join("data")), 0o700);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(insert(&store, account(1))).unwrap();
    let files: Vec<_> =
        fs::read_dir(path.parent().unwrap()).unwrap().map(|file| file.unwrap().path()).collect();
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn a_folder_that_was_there_keeps_its_mode() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    migrate::open(&sqlite(&folder.path().join("doorlist.db")), IfMissing::Create).unwrap();
    assert_eq!(mode(folder.path()), 0o755);
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("letter.txt");
    let letter = "Dear Olga, ".repeat(500);
    fs::write(&path, &letter).unwrap();
    for missing in [IfMissing::Create, IfMissing::Refuse] {
        let error = migrate::open(&sqlite(&path), missing).unwrap_err();
        assert!(matches!(error, OpenError::Connect(_)), "{error:?}");
        assert!(error.to_string().contains("not a database"), "{error}");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), letter);
}

#[test]
fn a_file_name_with_signs_in_it_is_that_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a #%20 b&mode=ro.db");
    migrate::open(&sqlite(&path), IfMissing::Create).unwrap();
    assert!(fs::metadata(&path).unwrap().len() > 0);
    assert!(!folder.path().join("a ").exists());
}
