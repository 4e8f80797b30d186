//! Failed sign-ins, counted by several replicas at once.

use chrono::Duration;
use doorlist::domain::time::Timestamp;
use doorlist::store::throttles::{charge, clear};
use doorlist::store::{Store, StoreError};
use futures_util::future::join_all;

use crate::database::{Database, Kind, both};
use crate::people::{noon, open};

both![
    of_fifty_tries_at_once_five_pass_and_none_is_lost,
    a_shut_bucket_lets_one_of_many_through_when_it_opens,
    forgetting_what_is_old_gets_in_nobodys_way,
    a_cleared_bucket_begins_anew,
];

async fn try_at(store: &Store, bucket: &str, now: Timestamp) -> Result<Option<Duration>, StoreError> {
    let bucket = bucket.to_owned();
    store.write(move |tx| charge(tx, &bucket, now)).await
}

async fn many(stores: [&Store; 2], tries: usize, now: Timestamp) -> Vec<Option<Duration>> {
    let tries = (0..tries).map(|number| try_at(stores[number % 2], "account a", now));
    join_all(tries).await.into_iter().map(Result::unwrap).collect()
}

fn failures(database: &Database) -> String {
    database.values("SELECT CAST(failures AS TEXT) AS value FROM sign_in_throttles").join(" ")
}

async fn of_fifty_tries_at_once_five_pass_and_none_is_lost(kind: Kind) {
    let database = Database::new(kind);
    let (one, other) = (open(&database), open(&database));
    let answers = many([&one, &other], 50, noon()).await;
    let passed = answers.iter().filter(|answer| answer.is_none()).count();
    assert_eq!((passed, failures(&database).as_str()), (5, "5"));
    assert!(answers.into_iter().flatten().all(|wait| wait == Duration::seconds(1)));
}

async fn a_shut_bucket_lets_one_of_many_through_when_it_opens(kind: Kind) {
    let database = Database::new(kind);
    let (one, other) = (open(&database), open(&database));
    many([&one, &other], 5, noon()).await;
    let mut now = noon();
    for seconds in [1, 2, 4, 8] {
        now += Duration::seconds(seconds);
        let passed = many([&one, &other], 12, now).await.iter().filter(|answer| answer.is_none()).count();
        assert_eq!(passed, 1, "after {seconds}");
    }
    assert_eq!(failures(&database), "9");
}

async fn forgetting_what_is_old_gets_in_nobodys_way(kind: Kind) {
    let database = Database::new(kind);
    let (one, other) = (open(&database), open(&database));
    for number in 0..20 {
        try_at(&one, &format!("account {number}"), noon()).await.unwrap();
    }
    let later = noon() + Duration::hours(1);
    let names: Vec<_> = (0..40).map(|number| format!("account {}", 39 - number)).collect();
    let tries =
        names.iter().enumerate().map(|(n, name)| try_at(if n % 2 == 0 { &one } else { &other }, name, later));
    for answer in join_all(tries).await {
        assert_eq!(answer.unwrap(), None);
    }
    assert_eq!(database.count("sign_in_throttles WHERE failures = 1"), 40);
}

async fn a_cleared_bucket_begins_anew(kind: Kind) {
    let database = Database::new(kind);
    let store = open(&database);
    for _ in 0..3 {
        for _ in 0..5 {
            assert_eq!(try_at(&store, "account a", noon()).await.unwrap(), None);
        }
        assert_eq!(try_at(&store, "account a", noon()).await.unwrap(), Some(Duration::seconds(1)));
        assert_eq!(try_at(&store, "account b", noon()).await.unwrap(), None);
        let cleared: Result<(), StoreError> = store
            .write(|tx| {
                clear(tx, "account a")?;
                clear(tx, "account b")
            })
            .await;
        cleared.unwrap();
        assert_eq!(database.count("sign_in_throttles"), 0);
    }
}
