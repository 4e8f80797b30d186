//! Statements that are asked so often that their plans are kept.

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};

/// A statement whose text never varies. Diesel takes every UPDATE, every upsert and all written SQL for one of very many
/// and has the database plan it anew each time, which costs more than to carry it out; this is kept like any other. It has to
/// return something and to be loaded: diesel does not ask this type what it `execute`s.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept<Q>(pub(super) Q);

/// These keys, the last of them again and again up to a usual number: SQLite has a place for each in its text, and few
/// texts are kept instead of one for each number of rows.
pub(super) fn padded<K: Clone>(keys: impl IntoIterator<Item = K>) -> Vec<K> {
    /// One, the latest few, a page of the panel, the longest of the API.
    const USUAL: [usize; 4] = [1, 8, 51, 101];
    /// An export goes on by so many.
    const STEP: usize = 1_000;
    let mut keys: Vec<K> = keys.into_iter().collect();
    let usual = USUAL.into_iter().find(|usual| *usual >= keys.len());
    if let Some(last) = keys.last().cloned() {
        keys.resize(usual.unwrap_or_else(|| keys.len().next_multiple_of(STEP)), last);
    }
    keys
}

/// Its text is the key that it is kept by.
impl<Q> QueryId for Kept<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for Kept<Q> {
    type SqlType = Q::SqlType;
}

impl<Q, C> RunQueryDsl<C> for Kept<Q> {}

impl<Q, DB> QueryFragment<DB> for Kept<Q>
where
    DB: Backend,
    Q: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use diesel::connection::InstrumentationEvent;
    use diesel::{Connection, SqliteConnection};

    use super::*;
    use crate::store::schema::jobs;

    #[test]
    fn keys_are_repeated_up_to_few_numbers_of_them() {
        assert_eq!(padded([0; 0]), [0; 0]);
        assert_eq!(padded([7, 8, 9]), [7, 8, 9, 9, 9, 9, 9, 9]);
        for (keys, kept) in [(1, 1), (2, 8), (9, 51), (51, 51), (52, 101), (102, 1_000), (1_001, 2_000)] {
            assert_eq!(padded(0..keys).len(), kept, "{keys}");
        }
    }

    #[test]
    fn an_update_is_prepared_once() {
        let mut conn = SqliteConnection::establish(":memory:").unwrap();
        diesel::sql_query("CREATE TABLE jobs (name TEXT PRIMARY KEY, holder TEXT)")
            .execute(&mut conn)
            .unwrap();
        diesel::sql_query("INSERT INTO jobs (name) VALUES ('cleanup')").execute(&mut conn).unwrap();
        let kept = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&kept);
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if matches!(event, InstrumentationEvent::CacheQuery { .. }) {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        });
        for holder in ["one", "another"] {
            let taken = diesel::update(jobs::table.find("cleanup")).set(jobs::holder.eq(holder));
            let names: Vec<String> = Kept(taken.returning(jobs::name)).load(&mut conn).unwrap();
            assert_eq!((names.as_slice(), kept.load(Ordering::Relaxed)), (&["cleanup".to_owned()][..], 1));
        }
    }
}
