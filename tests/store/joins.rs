//! How many joined on each day: days that are over are counted once.

use chrono::{Days, TimeDelta};
use doorlist::domain::time::Timestamp;
use doorlist::store::{Store, StoreError};

use crate::database::{Database, Kind, both};
use crate::explain::{Choice, plans};
use crate::people::{account, insert, noon, open};

both![a_day_that_is_over_is_counted_once, somebody_who_joins_today_is_counted_at_once];

/// The joins of yesterday and today.
async fn joins(store: &Store, now: Timestamp) -> Vec<i64> {
    let (today, asked) = (now.date_naive(), store.clone());
    let joins: Result<_, StoreError> =
        store.read(move |conn| asked.joins_per_day(conn, &[today - Days::new(1), today], now, 10)).await;
    joins.unwrap()
}

/// The days that the database is asked about for that.
async fn asked_for(store: &Store, now: Timestamp) -> Vec<String> {
    let (today, asked) = (now.date_naive(), store.clone());
    let days = [today - Days::new(1), today];
    let statements = plans(store, Choice::Free, move |conn| asked.joins_per_day(conn, &days, now, 10)).await;
    let begins = |day: &String| statements.iter().any(|(_, text)| text.contains(&format!(">= '{day} ")));
    days.map(|day| day.to_string()).into_iter().filter(begins).collect()
}

async fn a_day_that_is_over_is_counted_once(kind: Kind) {
    let database = Database::new(kind);
    let store = open(&database);
    assert_eq!(asked_for(&store, noon()).await, ["2026-11-19", "2026-11-20"]);
    assert_eq!(asked_for(&store, noon()).await, ["2026-11-20"]);
    // Shortly after its end somebody may still be written down who joined before it.
    let midnight = noon() + TimeDelta::hours(12);
    assert_eq!(asked_for(&store, midnight + TimeDelta::minutes(59)).await, ["2026-11-20", "2026-11-21"]);
    assert_eq!(asked_for(&store, midnight + TimeDelta::minutes(60)).await, ["2026-11-20", "2026-11-21"]);
    assert_eq!(asked_for(&store, midnight + TimeDelta::minutes(61)).await, ["2026-11-21"]);
}

async fn somebody_who_joins_today_is_counted_at_once(kind: Kind) {
    let database = Database::new(kind);
    let store = open(&database);
    let mut yesterday = account(1);
    yesterday.created_at = noon() - TimeDelta::days(1);
    insert(&store, yesterday).await.unwrap();
    assert_eq!(joins(&store, noon()).await, [1, 0]);
    insert(&store, account(2)).await.unwrap();
    assert_eq!(joins(&store, noon()).await, [1, 1]);
    assert_eq!(joins(&store, noon() + TimeDelta::days(1)).await, [1, 0]);
}
