//! Changes: whole or not at all, one after the other, and in nobody's way.

use std::sync::mpsc::{Receiver, Sender, channel};

use diesel::{QueryableByName, RunQueryDsl, sql_query};
use doorlist::domain::audit::{Action, Doer, Event, Origin, Target};
use doorlist::domain::id::AuditId;
use doorlist::domain::secret::Token;
use doorlist::store::{self, Conn, Lock, Store, StoreError, Tx, UniqueKey};
use doorlist::sys::passwords::StoredHash;
use futures_util::future::join_all;

use crate::database::{Database, Kind, both};
use crate::people::{account, insert, noon, open};

both![
    a_change_and_its_audit_row_stand_together,
    a_refused_change_leaves_neither_itself_nor_its_row,
    a_panic_leaves_nothing_and_the_connection_works_on,
    what_has_to_be_unique_is_and_the_key_is_named,
    a_password_changes_only_from_the_one_that_was_checked,
    nothing_goes_on_after_an_error_in_a_transaction,
    reading_goes_on_while_somebody_writes,
    a_snapshot_shows_one_state,
    fifty_writers_at_once_lose_nothing,
    the_lock_lets_one_in_at_a_time,
    whoever_finds_no_connection_in_time_is_told_so,
    only_a_light_write_does_not_wait_for_the_disk,
];

fn audited(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    let event = Event::new(Action::SetUp, Target::None).with("a", None, Some("b"));
    store::audit::append(tx, AuditId::new(noon(), [1; 10]), noon(), Doer::Nobody, Origin::default(), &event)
}

fn inserted(tx: &mut Tx<'_>, number: u8) -> Result<(), StoreError> {
    store::users::insert(tx, &account(number), &StoredHash("a hash".to_owned()))
}

fn counts(database: &Database) -> (usize, usize) {
    (database.count("users"), database.count("audit"))
}

async fn a_change_and_its_audit_row_stand_together(kind: Kind) {
    let database = Database::new(kind);
    let store = open(&database);
    let written: Result<(), StoreError> = store
        .write(|tx| {
            inserted(tx, 1)?;
            audited(tx)
        })
        .await;
    assert!(written.is_ok());
    assert_eq!(counts(&database), (1, 1));
}

async fn a_refused_change_leaves_neither_itself_nor_its_row(kind: Kind) {
    let database = Database::new(kind);
    let store = open(&database);
    let refused: Result<(), StoreError> = store
        .write(|tx| {
            inserted(tx, 1)?;
            audited(tx)?;
            Err(StoreError::Busy)
        })
        .await;
    assert!(matches!(refused, Err(StoreError::Busy)));
    assert_eq!(counts(&database), (0, 0));
    let twice: Result<(), StoreError> = store
        .write(|tx| {
            inserted(tx, 1)?;
            audited(tx)?;
            audited(tx)
        })
        .await;
    assert!(matches!(twice, Err(StoreError::Taken(UniqueKey::Other))), "{twice:?}");
    assert_eq!(counts(&database), (0, 0), "a row that cannot be written takes the change with it");
}

async fn a_panic_leaves_nothing_and_the_connection_works_on(kind: Kind) {
    let database = Database::new(kind);
    let store = open(&database);
    // More often than there are connections.
    for _ in 0..20 {
        let crashed: Result<(), StoreError> = store
            .write(|tx| {
                inserted(tx, 1)?;
                panic!("on purpose")
            })
            .await;
        assert!(matches!(crashed, Err(StoreError::Crashed)), "{crashed:?}");
        let crashed: Result<(), StoreError> = store.read(|_| panic!("on purpose")).await;
        assert!(matches!(crashed, Err(StoreError::Crashed)), "{crashed:?}");
    }
    assert_eq!(counts(&database), (0, 0));
    insert(&store, account(1)).await.unwrap();
    assert_eq!(counts(&database), (1, 0));
}

async fn what_has_to_be_unique_is_and_the_key_is_named(kind: Kind) {
    let database = Database::new(kind);
    let store = open(&database);
    let mut first = account(1);
    first.email = Some("Mara@Harbour.Example".to_owned());
    insert(&store, first.clone()).await.unwrap();
    for (alter, key) in [
        (
            (|other| other.username = account(1).username) as fn(&mut doorlist::domain::user::Account),
            UniqueKey::Username,
        ),
        (
            |other| other.username = doorlist::domain::user::Username::parse("pers0n.l.x").unwrap(),
            UniqueKey::Username,
        ),
        (|other| other.email = Some("mara@harbour.EXAMPLE".to_owned()), UniqueKey::Email),
        (|other| other.id = account(1).id, UniqueKey::Other),
    ] {
        let mut other = account(2);
        alter(&mut other);
        let refused = insert(&store, other).await;
        assert!(matches!(refused, Err(StoreError::Taken(taken)) if taken == key), "{key:?}: {refused:?}");
    }
    insert(&store, account(2)).await.unwrap();
    insert(&store, account(3)).await.unwrap();
    assert_eq!(database.count("users WHERE email IS NULL"), 2, "none is not a value");
}

async fn a_password_changes_only_from_the_one_that_was_checked(kind: Kind) {
    let database = Database::new(kind);
    let store = open(&database);
    insert(&store, account(1)).await.unwrap();
    for (present, changed) in [("another hash", false), ("a hash", true), ("a hash", false)] {
        let [present, new] = [present, "a new hash"].map(|hash| StoredHash(hash.to_owned()));
        let answer: Result<bool, StoreError> =
            store.write(move |tx| store::users::set_password(tx, account(1).id, &present, &new)).await;
        assert_eq!(answer.unwrap(), changed);
    }
    assert_eq!(database.count("users WHERE password_hash = 'a new hash'"), 1);
}

async fn nothing_goes_on_after_an_error_in_a_transaction(kind: Kind) {
    let database = Database::new(kind);
    let store = open(&database);
    insert(&store, account(1)).await.unwrap();
    let swallowed: Result<(), StoreError> = store
        .write(|tx| {
            let _ = inserted(tx, 1);
            inserted(tx, 2)
        })
        .await;
    // SQLite goes on and PostgreSQL does not: which is why no code of ours may try.
    assert_eq!(swallowed.is_ok(), kind == Kind::Sqlite, "{swallowed:?}");
    assert_eq!(database.count("users"), if kind == Kind::Sqlite { 2 } else { 1 });
    insert(&store, account(3)).await.unwrap();
}

/// A transaction that stays open until it is told to go on.
struct Held {
    go_on: Sender<()>,
    done: tokio::task::JoinHandle<Result<(), StoreError>>,
}

async fn hold(
    store: &Store,
    change: impl FnOnce(&mut Tx<'_>) -> Result<(), StoreError> + Send + 'static,
) -> Result<Held, StoreError> {
    let (go_on, told): (_, Receiver<()>) = channel();
    let (inside, is_inside) = tokio::sync::oneshot::channel();
    let store = store.clone();
    let work = move |tx: &mut Tx<'_>| {
        change(tx)?;
        inside.send(()).unwrap();
        told.recv().map_err(|_| StoreError::Busy)
    };
    let done = tokio::spawn(async move { store.write(work).await });
    match is_inside.await {
        Ok(()) => Ok(Held { go_on, done }),
        Err(_) => Err(done.await.unwrap().unwrap_err()),
    }
}

impl Held {
    async fn finish(self) {
        self.go_on.send(()).unwrap();
        self.done.await.unwrap().unwrap();
    }
}

async fn reading_goes_on_while_somebody_writes(kind: Kind) {
    let database = Database::new(kind);
    let store = open(&database);
    let held = hold(&store, |tx| inserted(tx, 1)).await.unwrap();
    for _ in 0..20 {
        let found = store.read(|conn| store::users::by_id(conn, account(1).id)).await.unwrap();
        assert!(found.is_none(), "what is not committed is not seen");
    }
    held.finish().await;
    let found = store.read(|conn| store::users::by_id(conn, account(1).id)).await.unwrap();
    assert!(found.is_some());
}

async fn a_snapshot_shows_one_state(kind: Kind) {
    let database = Database::new(kind);
    let store = open(&database);
    let (changed, has_changed) = channel::<()>();
    let (looked, has_looked) = tokio::sync::oneshot::channel();
    let reader = store.clone();
    let snapshot = tokio::spawn(async move {
        let twice = move |conn: &mut Conn| -> Result<_, StoreError> {
            let before = store::users::by_id(conn, account(1).id)?.is_some();
            looked.send(()).unwrap();
            has_changed.recv().map_err(|_| StoreError::Busy)?;
            Ok((before, store::users::by_id(conn, account(1).id)?.is_some()))
        };
        reader.snapshot(twice).await
    });
    has_looked.await.unwrap();
    insert(&store, account(1)).await.unwrap();
    changed.send(()).unwrap();
    assert_eq!(snapshot.await.unwrap().unwrap(), (false, false));
}

async fn fifty_writers_at_once_lose_nothing(kind: Kind) {
    let database = Database::new(kind);
    let (one, other) = (open(&database), open(&database));
    let writes = (0..50).map(|number| insert(if number % 2 == 0 { &one } else { &other }, account(number)));
    let written = join_all(writes).await;
    assert!(written.iter().all(Result::is_ok), "{written:?}");
    assert_eq!(database.count("users"), 50);
}

async fn the_lock_lets_one_in_at_a_time(kind: Kind) {
    let database = Database::new(kind);
    let (one, other) = (open(&database), open(&database));
    let only_if_none = |number: u8| {
        move |tx: &mut Tx<'_>| -> Result<bool, StoreError> {
            tx.lock(Lock::People)?;
            let first = store::users::is_empty(tx)?;
            if first {
                inserted(tx, number)?;
            }
            Ok(first)
        }
    };
    let tries = (0..16).map(|number| if number % 2 == 0 { &one } else { &other }.write(only_if_none(number)));
    let first = join_all(tries).await.into_iter().filter(|first| *first.as_ref().unwrap()).count();
    assert_eq!((first, database.count("users")), (1, 1));
}

async fn whoever_finds_no_connection_in_time_is_told_so(kind: Kind) {
    let database = Database::new(kind);
    let store = open(&database);
    let mut all = Vec::new();
    let refused = loop {
        match hold(&store, |_| Ok(())).await {
            Ok(held) => all.push(held),
            Err(refused) => break refused,
        }
    };
    assert!(matches!(refused, StoreError::Busy), "{refused:?}");
    assert_eq!(all.len() == 1, kind == Kind::Sqlite, "SQLite has one writer");
    for held in all {
        held.finish().await;
    }
    insert(&store, account(1)).await.unwrap();
    let none = Token::new([1; 32]).hash();
    assert!(
        store.read(move |conn| store::sessions::find(conn, None, &none, noon())).await.unwrap().is_none()
    );
}

/// How commits on this connection wait for the disk, in the words of the database.
fn durability(tx: &mut Tx<'_>) -> Result<String, StoreError> {
    let row: Durability = match &mut **tx {
        Conn::Sqlite(c) => sql_query("SELECT CAST(synchronous AS TEXT) AS value FROM pragma_synchronous")
            .get_result(&mut **c)?,
        Conn::Postgres(c) => {
            let own = "CASE source WHEN 'session' THEN 'session' ELSE 'server' END";
            sql_query(format!("SELECT {own} AS value FROM pg_settings WHERE name = 'synchronous_commit'"))
                .get_result(&mut **c)?
        }
    };
    Ok(row.value)
}

#[derive(QueryableByName)]
struct Durability {
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}

async fn only_a_light_write_does_not_wait_for_the_disk(kind: Kind) {
    let database = Database::new(kind);
    let store = open(&database);
    // SQLite's FULL, and PostgreSQL's own setting; its NORMAL, and one of this connection alone.
    let (durable, light) = if kind == Kind::Sqlite { ("2", "1") } else { ("server", "session") };
    for _ in 0..3 {
        assert_eq!(store.write(durability).await.unwrap(), durable);
        assert_eq!(store.write_lightly(durability).await.unwrap(), light);
        assert_eq!(store.write(durability).await.unwrap(), durable);
        let refused: Result<(), _> = store.write_lightly(|_| Err(StoreError::Busy)).await;
        assert!(refused.is_err());
        let crashed: Result<(), StoreError> = store.write_lightly(|_| panic!("on purpose")).await;
        assert!(matches!(crashed, Err(StoreError::Crashed)));
    }
    assert_eq!(store.write(durability).await.unwrap(), durable);
}
