//! Walks through one index of the log, from the newest row on.

use std::ops::Range;

use diesel::backend::Backend;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::Text;

/// The way through an index, the greatest key first.
#[derive(Debug, Clone)]
pub(super) struct Way {
    /// The key, as the index has it.
    pub(super) key: String,
    /// The condition that the index is partial by.
    pub(super) within: &'static str,
    /// An action, where few rows are left to look at.
    pub(super) only: Option<&'static str>,
    /// So many rows at most.
    pub(super) limit: i64,
}

/// An end of a walk: a key, or the column of another table that has it.
enum End<'a> {
    Key(&'a str),
    Column(&'static str),
}

impl Way {
    fn walk_ast<'b, DB>(&'b self, mut out: AstPass<'_, 'b, DB>, ends: Range<End<'b>>) -> QueryResult<()>
    where
        DB: Backend,
        str: ToSql<Text, DB>,
    {
        let Self { key, within, only, limit } = self;
        let mut compare = |text: String, end| {
            out.push_sql(&text);
            match end {
                End::Key(key) => out.push_bind_param::<Text, str>(key),
                End::Column(name) => {
                    out.push_sql(name);
                    Ok(())
                }
            }
        };
        compare(format!("SELECT id FROM audit WHERE {key} < "), ends.end)?;
        compare(format!(" AND {key} >= "), ends.start)?;
        out.push_sql(within);
        if let Some(action) = only {
            out.push_sql(" AND action = ");
            out.push_bind_param::<Text, str>(action)?;
        }
        // In the text, as `up_to` says: else PostgreSQL plans each walk anew, which takes longer than to go it.
        out.push_sql(&format!(" ORDER BY {key} DESC LIMIT {limit}"));
        Ok(())
    }
}

/// The ids of rows between two keys.
#[derive(Debug, Clone)]
pub(super) struct Walk {
    pub(super) way: Way,
    pub(super) keys: Range<String>,
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
{
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.way.walk_ast(out, End::Key(&self.keys.start)..End::Key(&self.keys.end))
    }
}

/// The same of several parts of the index. For PostgreSQL it is one statement: each would be a trip to the server, and be
/// planned anew, since a part that is known to have few rows looks cheaper than one with any number.
#[derive(Debug, Clone)]
pub(super) struct Walks {
    pub(super) way: Way,
    pub(super) parts: Vec<Range<String>>,
}

impl Walks {
    /// One by one.
    pub(super) fn apart(self) -> impl Iterator<Item = Walk> {
        let Self { way, parts } = self;
        parts.into_iter().map(move |keys| Walk { way: way.clone(), keys })
    }
}

impl Query for Walks {
    type SqlType = Text;
}

impl<C> RunQueryDsl<C> for Walks {}

/// Likewise.
impl QueryId for Walks {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Pg> for Walks {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT walk.id FROM (VALUES ");
        for (place, keys) in self.parts.iter().enumerate() {
            out.push_sql(if place == 0 { "(" } else { ", (" });
            out.push_bind_param::<Text, _>(&keys.start)?;
            out.push_sql(", ");
            out.push_bind_param::<Text, _>(&keys.end)?;
            out.push_sql(")");
        }
        out.push_sql(") AS part (first, below) CROSS JOIN LATERAL (");
        self.way.walk_ast(out.reborrow(), End::Column("part.first")..End::Column("part.below"))?;
        out.push_sql(") AS walk");
        Ok(())
    }
}
