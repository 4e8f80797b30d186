//! What pages show beside their rows: new to whoever changed something, and a second old at most to everybody else.

use chrono::TimeDelta;
use doorlist::domain::expiry::Expiry;
use doorlist::domain::time::Timestamp;
use doorlist::store::{Store, StoreError};

use crate::database::{Database, Kind, both};
use crate::explain::{Choice, plans};
use crate::invite_lists::{add, invite};
use crate::people::{account, insert, noon, open};

both![a_change_shows_at_once_and_that_of_another_process_in_a_second, an_end_is_noticed_when_it_comes];

const CAP: i64 = 9;

/// How many codes are active, and how many people are here.
async fn counts(store: &Store, now: Timestamp) -> [i64; 2] {
    let asked = store.clone();
    let counts: Result<_, StoreError> = store
        .read(move |conn| {
            let codes = asked.invite_tabs(conn, now, CAP)?.counts[0].1;
            let [here, _] = asked.people_tabs(conn, now, CAP)?;
            Ok([codes, here])
        })
        .await;
    counts.unwrap()
}

/// How many statements that takes.
async fn statements(store: &Store, now: Timestamp) -> usize {
    let asked = store.clone();
    let counts = plans(store, Choice::Free, move |conn| {
        asked.invite_tabs(conn, now, CAP)?;
        asked.people_tabs(conn, now, CAP)
    });
    counts.await.len()
}

async fn a_change_shows_at_once_and_that_of_another_process_in_a_second(kind: Kind) {
    let database = Database::new(kind);
    let (store, other) = (open(&database), open(&database));
    assert_eq!(counts(&store, noon()).await, [0, 0]);
    assert_eq!(statements(&store, noon()).await, 0, "it is remembered");
    add(&store, &[invite(1, |_| {})]).await;
    assert_eq!(statements(&store, noon()).await, 2);
    insert(&store, account(1)).await.unwrap();
    assert_eq!(counts(&store, noon()).await, [1, 1]);

    add(&other, &[invite(2, |_| {})]).await;
    insert(&other, account(2)).await.unwrap();
    assert_eq!(counts(&other, noon()).await, [2, 2]);
    assert_eq!(counts(&store, noon() + TimeDelta::milliseconds(999)).await, [1, 1]);
    assert_eq!(counts(&store, noon() + TimeDelta::milliseconds(1_000)).await, [2, 2]);
}

async fn an_end_is_noticed_when_it_comes(kind: Kind) {
    let database = Database::new(kind);
    let store = open(&database);
    let end = noon() + TimeDelta::milliseconds(500);
    add(&store, &[invite(1, |invite| invite.expiry = Expiry::At(end))]).await;
    for (millis, due) in [(0, false), (499, false), (500, true)] {
        let (now, asked) = (noon() + TimeDelta::milliseconds(millis), store.clone());
        let tabs: Result<_, StoreError> = store.read(move |conn| asked.invite_tabs(conn, now, CAP)).await;
        assert_eq!(tabs.unwrap().are_due(now), due, "{millis} ms");
    }
}
