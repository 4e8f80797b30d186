//! A walk through one index of the log, from the newest row on.

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::Text;

/// The ids of rows between two keys of an index, the greatest key first.
#[derive(Debug, Clone)]
pub(super) struct Walk {
    /// The key, as the index has it.
    pub(super) key: String,
    /// The condition that the index is partial by.
    pub(super) within: &'static str,
    /// An action, where few rows are left to look at.
    pub(super) only: Option<&'static str>,
    /// Below this key.
    pub(super) below: String,
    /// Not below this one.
    pub(super) from: String,
    /// So many at most.
    pub(super) limit: i64,
}

impl Query for Walk {
    type SqlType = Text;
}

impl<C> RunQueryDsl<C> for Walk {}

/// Its text depends on the index, so it is kept prepared by its text.
impl QueryId for Walk {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<DB> QueryFragment<DB> for Walk
where
    DB: Backend,
    str: ToSql<Text, DB>,
    String: ToSql<Text, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(&format!("SELECT id FROM audit WHERE {} < ", self.key));
        out.push_bind_param::<Text, _>(&self.below)?;
        out.push_sql(&format!(" AND {} >= ", self.key));
        out.push_bind_param::<Text, _>(&self.from)?;
        out.push_sql(self.within);
        if let Some(action) = self.only {
            out.push_sql(" AND action = ");
            out.push_bind_param::<Text, _>(action)?;
        }
        // In the text, as `up_to` says: else PostgreSQL plans each walk anew, which takes longer than to go it.
        out.push_sql(&format!(" ORDER BY {} DESC LIMIT {}", self.key, self.limit));
        Ok(())
    }
}
