//! A walk through one index of the log, from the newest row on.
//!
//! A range over the columns of an index and its order leave a planner no choice. With a condition for each column
//! PostgreSQL may instead read the whole log backwards for what it takes to be common, and find nothing of it.

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Text};

/// The ids of rows whose columns have these values, below one id and not below another.
#[derive(Debug, Clone)]
pub(super) struct Walk {
    /// The columns of an index before the id.
    pub(super) prefix: Vec<(&'static str, String)>,
    /// The condition that the index is partial by.
    pub(super) within: &'static str,
    /// A column that the index does not hold, where few rows are left.
    pub(super) only: Option<(&'static str, String)>,
    pub(super) below: String,
    pub(super) from: String,
    pub(super) limit: i64,
}

impl Query for Walk {
    type SqlType = Text;
}

impl<C> RunQueryDsl<C> for Walk {}

/// Its text depends on its columns, so it is kept prepared by its text.
impl QueryId for Walk {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Walk {
    fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.prefix.iter().map(|(column, _)| *column).chain(["id"])
    }

    fn bound<'b, DB>(&'b self, sign: &str, id: &'b String, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        DB: Backend,
        String: ToSql<Text, DB>,
    {
        let columns: Vec<_> = self.columns().collect();
        out.push_sql(&format!("({}) {sign} (", columns.join(", ")));
        for (_, value) in &self.prefix {
            out.push_bind_param::<Text, _>(value)?;
            out.push_sql(", ");
        }
        out.push_bind_param::<Text, _>(id)?;
        out.push_sql(")");
        Ok(())
    }
}

impl<DB> QueryFragment<DB> for Walk
where
    DB: Backend,
    String: ToSql<Text, DB>,
    i64: ToSql<BigInt, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("SELECT id FROM audit WHERE ");
        self.bound("<", &self.below, &mut out)?;
        out.push_sql(" AND ");
        self.bound(">=", &self.from, &mut out)?;
        out.push_sql(self.within);
        if let Some((column, value)) = &self.only {
            out.push_sql(&format!(" AND {column} = "));
            out.push_bind_param::<Text, _>(value)?;
        }
        let order: Vec<_> = self.columns().map(|column| format!("{column} DESC")).collect();
        out.push_sql(&format!(" ORDER BY {} LIMIT ", order.join(", ")));
        out.push_bind_param::<BigInt, _>(&self.limit)
    }
}
