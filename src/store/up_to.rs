//! Queries for so many rows at most.

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::BigInt;

/// A query, and how many rows of it are wanted.
///
/// PostgreSQL keeps a plan where that looks no dearer than one for the values at hand. A bound number never does: a plan for
/// any number is one for a tenth of the table, and to plan anew takes longer than many a page. So the number stands in the
/// text, unless the query asks for one key of very many, or goes on below one: some have a handful of rows and some have most
/// of the table, and a plan has to know which.
#[derive(Debug, Clone, Copy)]
pub(super) struct UpTo<Q> {
    query: Q,
    rows: i64,
    keyed: bool,
}

/// What is read at once for the latest few, for a page of the panel, and for the longest one of the API.
const USUAL: [i64; 3] = [8, 51, 101];

/// At least so many: programs ask for any number up to a hundred, and each text is kept.
pub(super) fn usual(rows: i64) -> i64 {
    USUAL.into_iter().find(|usual| *usual >= rows).unwrap_or(rows)
}

impl<Q> UpTo<Q> {
    pub(super) const fn new(query: Q, rows: i64, keyed: bool) -> Self {
        Self { query, rows, keyed }
    }

    /// A [`usual`] number of rows.
    pub(super) fn at_least(query: Q, rows: i64, keyed: bool) -> Self {
        Self::new(query, usual(rows), keyed)
    }

    pub(super) const fn rows(&self) -> i64 {
        self.rows
    }
}

/// Its text is the key that it is kept by.
impl<Q> QueryId for UpTo<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for UpTo<Q> {
    type SqlType = Q::SqlType;
}

impl<Q, C> RunQueryDsl<C> for UpTo<Q> {}

impl<Q, DB> QueryFragment<DB> for UpTo<Q>
where
    DB: Backend,
    Q: QueryFragment<DB>,
    i64: ToSql<BigInt, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.query.walk_ast(out.reborrow())?;
        out.push_sql(" LIMIT ");
        if self.keyed {
            return out.push_bind_param::<BigInt, _>(&self.rows);
        }
        out.push_sql(&self.rows.to_string());
        Ok(())
    }
}
