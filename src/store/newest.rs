//! The newest people of several streams.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Bool, Text};

use super::up_to::UpTo;

/// Whether somebody is one of the newest that these streams of ids bring together. As many as one of them brings at the most
/// are all that a page can show: of no others more than the id is read.
#[derive(Debug, Clone)]
pub(super) struct AmongNewest<Q> {
    pub(super) streams: Vec<UpTo<Q>>,
    /// For PostgreSQL, which looks up each member of an array: a set it may as well hold against all people, from the newest on.
    pub(super) in_array: bool,
}

impl<Q> Expression for AmongNewest<Q>
where
    Q: Query<SqlType = Text>,
{
    type SqlType = Bool;
}

impl<Q, G> ValidGrouping<G> for AmongNewest<Q> {
    type IsAggregate = is_aggregate::Never;
}

impl<Q, S> AppearsOnTable<S> for AmongNewest<Q> where Self: Expression {}
impl<Q, S> SelectableExpression<S> for AmongNewest<Q> where Self: Expression {}

/// Its text is the key that it is kept by.
impl<Q> QueryId for AmongNewest<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q, DB> QueryFragment<DB> for AmongNewest<Q>
where
    DB: Backend,
    UpTo<Q>: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let (begin, end) = if self.in_array { ("= ANY (ARRAY(", "))") } else { ("IN (", ")") };
        out.push_sql(&format!("users.id {begin}SELECT id FROM ("));
        for (place, stream) in self.streams.iter().enumerate() {
            // SQLite takes no LIMIT before UNION.
            out.push_sql(if place == 0 { "SELECT id FROM (" } else { " UNION ALL SELECT id FROM (" });
            stream.walk_ast(out.reborrow())?;
            out.push_sql(") AS stream");
        }
        let rows = self.streams.iter().map(UpTo::rows).max().unwrap_or_default();
        out.push_sql(&format!(") AS streams ORDER BY id DESC LIMIT {rows}{end}"));
        Ok(())
    }
}
