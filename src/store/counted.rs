//! Counting up to a cap, in the database: the cost of a figure must not grow with its table.

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Integer};

/// The number of rows of a query that carries its own limit.
#[derive(Debug, Clone, Copy, QueryId)]
pub(super) struct Counted<Q>(pub(super) Q);

impl<Q: Query> Query for Counted<Q> {
    type SqlType = BigInt;
}

impl<Q, C> RunQueryDsl<C> for Counted<Q> {}

impl<Q, DB> QueryFragment<DB> for Counted<Q>
where
    DB: Backend,
    Q: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("SELECT count(*) FROM (");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(") AS counted");
        Ok(())
    }
}

/// The same for several queries in one statement, each behind its place: all of a page's figures are one trip to the
/// database.
#[derive(Debug, Clone)]
pub(super) struct EachCounted<Q>(pub(super) Vec<Q>);

impl<Q> QueryId for EachCounted<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for EachCounted<Q> {
    type SqlType = (Integer, BigInt);
}

impl<Q, C> RunQueryDsl<C> for EachCounted<Q> {}

impl<Q, DB> QueryFragment<DB> for EachCounted<Q>
where
    DB: Backend,
    Q: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        for (place, query) in self.0.iter().enumerate() {
            if place > 0 {
                out.push_sql(" UNION ALL ");
            }
            out.push_sql(&format!("SELECT {place}, count(*) FROM ("));
            query.walk_ast(out.reborrow())?;
            out.push_sql(") AS counted");
        }
        Ok(())
    }
}

/// What [`EachCounted`] found, in the order of its queries.
pub(super) fn in_order(mut found: Vec<(i32, i64)>) -> Vec<i64> {
    found.sort_unstable_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, count)| count).collect()
}
