//! Who is here.

use super::OpError;
use crate::app::App;
use crate::domain::access::{Actor, Permit, SeePeople};
use crate::domain::id::UserId;
use crate::domain::user::Account;
use crate::store::people::{self, Filter, Listed};

/// Rows of a page.
pub const PAGE: usize = 50;
/// One row more than a page shows whether there is another page.
const ONE_MORE: i64 = 51;

/// Somebody, as one person may see them.
#[derive(Debug)]
pub struct Person {
    /// Who.
    pub account: Account,
    /// The invite they came with: its id, and its label or as much of its code as the person may see.
    pub invite: Option<(String, String)>,
}

/// One page of the list.
#[derive(Debug)]
pub struct List {
    /// Its rows, the latest to join first.
    pub rows: Vec<Person>,
    /// Where the next page begins, if there is one.
    pub next: Option<UserId>,
}

/// A page of the people who are here, all of them or those whose name or address begins with what was typed.
///
/// # Errors
/// [`OpError::Busy`] when the database does not answer.
pub async fn list(
    app: &App,
    permit: Permit<SeePeople>,
    search: Option<String>,
    before: Option<UserId>,
) -> Result<List, OpError> {
    let actor = permit.actor();
    app.store
        .snapshot(move |conn| {
            let filter = Filter { search, ..Filter::default() };
            let mut found = people::page(conn, &filter, before, ONE_MORE)?;
            let more = found.len() > PAGE;
            found.truncate(PAGE);
            let next = found.last().filter(|_| more).map(|listed| listed.person.account.id);
            Ok(List { rows: found.into_iter().map(|listed| person(actor, listed)).collect(), next })
        })
        .await
}

fn person(actor: Actor, listed: Listed) -> Person {
    let invite = listed.invite.map(|invite| {
        let code = if actor.grantable(invite.role).is_some() {
            invite.code.reveal().to_owned()
        } else {
            invite.code.masked()
        };
        (invite.id.to_string(), invite.label.unwrap_or(code))
    });
    Person { account: listed.person.account, invite }
}
