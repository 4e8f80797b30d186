//! Connections to PostgreSQL whose other end goes away.

use std::sync::{Arc, Barrier};
use std::time::Duration;

use doorlist::store::{Store, StoreError, users};
use futures_util::future::join_all;

use crate::database::{Database, Kind};
use crate::people::open;

/// Asks on ten connections, none of which is given back before all have answered.
async fn answers(store: &Store) -> Vec<Result<bool, StoreError>> {
    let together = Arc::new(Barrier::new(10));
    let asking = (0..10).map(|_| {
        let together = Arc::clone(&together);
        store.read(move |conn| {
            let answer = users::is_empty(conn);
            together.wait();
            answer
        })
    });
    join_all(asking).await
}

async fn all_answer(store: &Store) -> bool {
    answers(store).await.into_iter().all(|answer| answer.unwrap())
}

/// Ends every connection but the one that says so, as a server does that stops.
fn end_all_others(database: &Database) {
    database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
}

#[actix_web::test]
async fn nobody_notices_that_connections_went_while_nothing_was_asked() {
    let database = Database::new(Kind::Postgres);
    let store = open(&database);
    assert!(all_answer(&store).await);
    end_all_others(&database);
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert!(all_answer(&store).await);
}

/// A connection that was used a moment ago is not asked; the first that fails has all others asked.
#[actix_web::test]
async fn one_failure_is_enough_to_ask_all_others() {
    let database = Database::new(Kind::Postgres);
    let store = open(&database);
    assert!(all_answer(&store).await);
    end_all_others(&database);
    let first = answers(&store).await;
    assert!(first.iter().all(|one| matches!(one, Ok(true) | Err(StoreError::Unavailable(_)))), "{first:?}");
    assert!(all_answer(&store).await);
}
