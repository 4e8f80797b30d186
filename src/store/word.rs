//! Words of the program's own in the text of a query.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::Text;

/// A word that a column can hold, one of few that the program itself knows. It stands in the text, and nothing is bound: a
/// plan that is kept is then made for this word, of which there may be very few rows, and goes through the index of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word(pub(super) &'static str);

impl Expression for Word {
    type SqlType = Text;
}

impl<G> ValidGrouping<G> for Word {
    type IsAggregate = is_aggregate::Never;
}

impl<S> AppearsOnTable<S> for Word {}
impl<S> SelectableExpression<S> for Word {}

/// What its query is kept by has to hold the word.
impl QueryId for Word {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<DB: Backend> QueryFragment<DB> for Word {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("'");
        out.push_sql(self.0);
        out.push_sql("'");
        Ok(())
    }
}
