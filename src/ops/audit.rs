//! The log, as far as one person may see it.

use std::sync::Arc;

use super::{OpError, beyond, cut};
use crate::app::App;
use crate::domain::access::{Permit, SeeAudit};
use crate::domain::audit::{About, Action, By, Entry, Filter, Sight, Target};
use crate::domain::id::AuditId;
use crate::domain::time::Timestamp;
use crate::domain::user::Username;
use crate::store::{Conn, LogPage, Moment, State, StoreError, audit_lists, names};

/// Rows of a page.
const PAGE: u16 = 50;

/// What the log is asked for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// One action.
    pub action: Option<Action>,
    /// One doer.
    pub by: Option<AskedBy>,
    /// What it was done to.
    pub target: Option<Target>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
}

impl Asked {
    /// The rows by a known doer.
    const fn filter(&self, by: Option<By>) -> Filter {
        let Self { action, target, from, until, .. } = *self;
        Filter { action, by, target, from, until }
    }
}

/// Whose doing is asked for.
#[derive(Debug, Clone)]
pub enum AskedBy {
    /// Somebody who is known.
    Known(By),
    /// Whoever has this name.
    Named(Username),
    /// A name that nobody can have.
    NoName,
}

/// A page of the log.
#[derive(Debug, Default)]
pub struct Log {
    /// Its rows, newest first.
    pub rows: Arc<Vec<Entry>>,
    /// Where the next page begins, if there is one.
    pub next: Option<AuditId>,
    /// What it is narrowed down to, with its name.
    pub about: Option<About>,
    /// Whether nobody has the name that was asked for.
    pub nobody_of_that_name: bool,
}

/// A page. Who was found in some state of the database is shown what was read in that a moment ago, unless a name has to be
/// looked up; without one, all of it is read.
///
/// # Errors
/// [`OpError::Busy`] when the database does not answer.
pub async fn page(
    app: &App,
    permit: Permit<SeeAudit>,
    state: Option<State>,
    asked: Asked,
    before: Option<AuditId>,
) -> Result<Log, OpError> {
    let (sight, memory) = (Sight::of(permit.actor()), app.store.memory.clone());
    let moment = Moment { state, now: app.clock.now() };
    let filter = match asked.by {
        _ if asked.target.is_some() => None,
        Some(AskedBy::Named(_) | AskedBy::NoName) => None,
        Some(AskedBy::Known(by)) => Some(asked.filter(Some(by))),
        None => Some(asked.filter(None)),
    };
    let Some(filter) = filter else { return log(app, permit, asked, before, PAGE).await };
    let key = (sight, filter, before);
    let page = match memory.log.get(&key, &moment) {
        Some(page) => page,
        None => {
            let Log { rows, next, .. } = log(app, permit, asked, before, PAGE).await?;
            memory.log.put(key, moment, LogPage { rows, next })
        }
    };
    Ok(Log { rows: Arc::clone(&page.rows), next: page.next, ..Log::default() })
}

/// Rows before a cursor, so many at most.
///
/// # Errors
/// [`OpError::Busy`] when the database does not answer.
pub async fn log(
    app: &App,
    permit: Permit<SeeAudit>,
    asked: Asked,
    before: Option<AuditId>,
    rows: u16,
) -> Result<Log, OpError> {
    let sight = Sight::of(permit.actor());
    app.store
        .read(move |conn| {
            let about = asked.target.map(|target| names::of(conn, target)).transpose()?;
            let Some(filter) = filter(conn, &asked)? else {
                return Ok(Log { about, nobody_of_that_name: true, ..Log::default() });
            };
            let rows = usize::from(rows);
            let mut found = audit_lists::page(conn, sight, &filter, before, beyond(rows))?;
            let next = cut(&mut found, rows, |entry| entry.id);
            Ok(Log { rows: Arc::new(found), next, about, nobody_of_that_name: false })
        })
        .await
}

/// What is asked for, with the person behind a name; nothing where there is none.
fn filter(conn: &mut Conn, asked: &Asked) -> Result<Option<Filter>, StoreError> {
    let by = match &asked.by {
        None => None,
        Some(AskedBy::Known(by)) => Some(*by),
        Some(AskedBy::NoName) => return Ok(None),
        Some(AskedBy::Named(username)) => match names::holder(conn, username)? {
            Some(id) => Some(By::Person(id)),
            None => return Ok(None),
        },
    };
    Ok(Some(asked.filter(by)))
}
