//! Counting up to a cap, in the database: the cost of a figure must not grow with its table.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Integer, IntoNullable, SingleValue};

use super::word::Word;

/// What is selected of a row that is only counted: no column, which would have to be read.
pub(super) const ROW: Word = Word("row");

/// How many rows some queries have together, each of which carries its own limit. It stands wherever a number can, so that
/// a figure needs no trip to the database of its own.
#[derive(Debug, Clone)]
pub(super) struct Counted<Q>(pub(super) Vec<Q>);

impl<Q> Expression for Counted<Q> {
    type SqlType = BigInt;
}

impl<Q, G> ValidGrouping<G> for Counted<Q> {
    type IsAggregate = is_aggregate::Never;
}

impl<Q, S> AppearsOnTable<S> for Counted<Q> {}
impl<Q, S> SelectableExpression<S> for Counted<Q> {}

impl<Q> QueryId for Counted<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q, DB> QueryFragment<DB> for Counted<Q>
where
    DB: Backend,
    Q: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        for (place, query) in self.0.iter().enumerate() {
            out.push_sql(if place == 0 { "(" } else { " + " });
            out.push_sql("(SELECT count(*) FROM (");
            query.walk_ast(out.reborrow())?;
            out.push_sql(") AS counted)");
        }
        out.push_sql(if self.0.is_empty() { "0" } else { ")" });
        Ok(())
    }
}

/// The first value that a query has, if it has any: likewise. The number of rows is in the text, as [`super::up_to`] says.
#[derive(Debug, Clone, Copy)]
pub(super) struct First<Q>(pub(super) Q);

impl<Q> Expression for First<Q>
where
    Q: Query,
    Q::SqlType: IntoNullable<Nullable: SingleValue>,
{
    type SqlType = <Q::SqlType as IntoNullable>::Nullable;
}

impl<Q, G> ValidGrouping<G> for First<Q> {
    type IsAggregate = is_aggregate::Never;
}

impl<Q, S> AppearsOnTable<S> for First<Q> where Self: Expression {}
impl<Q, S> SelectableExpression<S> for First<Q> where Self: Expression {}

impl<Q> QueryId for First<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q, DB> QueryFragment<DB> for First<Q>
where
    DB: Backend,
    Q: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("(");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(" LIMIT 1)");
        Ok(())
    }
}

/// Several counts in one statement, each behind its place.
#[derive(Debug, Clone)]
pub(super) struct EachCounted<Q>(pub(super) Vec<Counted<Q>>);

impl<Q> QueryId for EachCounted<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q> Query for EachCounted<Q> {
    type SqlType = (Integer, BigInt);
}

impl<Q, C> RunQueryDsl<C> for EachCounted<Q> {}

impl<Q, DB> QueryFragment<DB> for EachCounted<Q>
where
    DB: Backend,
    Q: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        for (place, count) in self.0.iter().enumerate() {
            if place > 0 {
                out.push_sql(" UNION ALL ");
            }
            out.push_sql(&format!("SELECT {place}, "));
            count.walk_ast(out.reborrow())?;
        }
        Ok(())
    }
}

/// What [`EachCounted`] found, in the order of its counts.
pub(super) fn in_order(mut found: Vec<(i32, i64)>) -> Vec<i64> {
    found.sort_unstable_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, count)| count).collect()
}
