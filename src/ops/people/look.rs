//! Lists and details of people. Who may not hand out a role never gets the code that somebody came with in clear.

use std::sync::Arc;

use super::seen::{Seen, origins, with_ways};
use super::{MemberCodes, lost};
use crate::app::App;
use crate::domain::access::{Actor, Permit, Role, SeePeople};
use crate::domain::audit::{Entry, Sight};
use crate::domain::id::UserId;
use crate::domain::person::Person;
use crate::domain::session::Session;
use crate::ops::invites::Seen as SeenInvite;
use crate::ops::{CAP, OpError, beyond, cut};
use crate::store::people::{self, Filter, Listed};
use crate::store::{self, Conn, Moment, PeoplePage, State, StoreError};

/// Rows of a page.
pub const PAGE: usize = 50;
/// People of a page of those whom somebody invited.
const INVITED: usize = 20;
/// Rows of a history.
const HISTORY: i64 = 30;

/// How many there are on each tab, up to 1,001.
#[derive(Debug, Clone, Copy)]
pub struct Counts {
    /// Who is here.
    pub here: i64,
    /// Who was removed and can come back.
    pub removed: i64,
}

/// One page of the list, as one person may see it.
#[derive(Debug)]
pub struct List {
    page: Arc<PeoplePage>,
    actor: Actor,
}

impl List {
    /// Its rows, the latest to join first.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Seen<'_>> {
        self.page.rows.iter().map(|row| Seen::of(self.actor, row, &self.page.origins))
    }

    /// Where the next page begins, if there is one.
    #[must_use]
    pub fn next(&self) -> Option<UserId> {
        self.page.next
    }

    /// Whether more matches what was typed than is looked at.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.page.cut
    }

    /// How many there are on each tab.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.page.tabs.into()
    }

    /// The invite that the list is narrowed down to.
    #[must_use]
    pub fn narrowed(&self) -> Option<SeenInvite<'_>> {
        self.page.narrowed.as_ref().map(|invite| SeenInvite::of(self.actor, invite, None))
    }
}

/// A page of the people of a filter. Who was found in some state of the database is shown what was read in that a moment ago;
/// without one, all of it is read.
///
/// # Errors
/// [`OpError::Busy`] when the database does not answer.
pub async fn list(
    app: &App,
    permit: Permit<SeePeople>,
    state: Option<State>,
    filter: Filter,
    before: Option<UserId>,
) -> Result<List, OpError> {
    let (actor, moment, key) = (permit.actor(), Moment { state, now: app.clock.now() }, (filter, before));
    let page = match app.store.memory.people.get(&key, &moment) {
        Some(page) => page,
        None => read_page(app, moment, key).await?,
    };
    Ok(List { page, actor })
}

async fn read_page(
    app: &App,
    moment: Moment,
    key: (Filter, Option<UserId>),
) -> Result<Arc<PeoplePage>, OpError> {
    let memory = app.store.memory.clone();
    app.store
        .read(move |conn| {
            let (filter, before) = &key;
            let people::Page { mut rows, cut: was_cut } = people::page(conn, filter, *before, beyond(PAGE))?;
            let next = cut(&mut rows, PAGE, |listed| listed.person.account.id);
            let narrowed = match filter.came {
                Some(people::Came::With(id)) => store::invites::by_id(conn, id)?,
                _ => None,
            };
            let tabs = memory.people_tabs.or_read(&moment, || people::count_by_tab(conn, CAP))?;
            let origins = origins(conn, &rows)?;
            let page = PeoplePage { rows, next, cut: was_cut, origins, tabs: *tabs, narrowed };
            Ok(memory.people.put(key, moment, page))
        })
        .await
}

/// So many people of a filter, and where the next begin.
#[derive(Debug)]
pub struct Part {
    /// The latest to join first.
    pub rows: Vec<Seen<'static>>,
    /// Where the next part begins, if there is one.
    pub next: Option<UserId>,
}

/// A part of the people of a filter, for programs.
///
/// # Errors
/// [`OpError::NotFound`] when the invite that they are to have joined with is none.
pub async fn part(
    app: &App,
    permit: Permit<SeePeople>,
    filter: Filter,
    before: Option<UserId>,
    limit: usize,
) -> Result<Part, OpError> {
    let actor = permit.actor();
    app.store
        .snapshot(move |conn| {
            if let Some(people::Came::With(id)) = filter.came {
                store::invites::by_id(conn, id)?.ok_or(OpError::NotFound)?;
            }
            let mut found = people::page(conn, &filter, before, beyond(limit))?.rows;
            let next = cut(&mut found, limit, |listed| listed.person.account.id);
            Ok(Part { rows: with_ways(conn, actor, found)?, next })
        })
        .await
}

impl From<[i64; 2]> for Counts {
    fn from([here, removed]: [i64; 2]) -> Self {
        Self { here, removed }
    }
}

/// Somebody's row, and the counts of the tabs, for when they changed.
///
/// # Errors
/// [`OpError::NotFound`] when there is nobody, or no more.
pub async fn row(
    app: &App,
    permit: Permit<SeePeople>,
    id: UserId,
) -> Result<(Seen<'static>, Counts), OpError> {
    let actor = permit.actor();
    app.store.snapshot(move |conn| Ok((one(conn, actor, id)?, people::count_by_tab(conn, CAP)?.into()))).await
}

/// Somebody, also while they can still come back, for programs.
///
/// # Errors
/// [`OpError::NotFound`] when there is nobody, or no more.
pub async fn seen<P>(app: &App, permit: Permit<P>, id: UserId) -> Result<Seen<'static>, OpError> {
    let actor = permit.actor();
    app.store.snapshot(move |conn| one(conn, actor, id)).await
}

/// Somebody, also while they can still come back.
pub(in crate::ops) fn one(conn: &mut Conn, actor: Actor, id: UserId) -> Result<Seen<'static>, OpError> {
    let listed = known(conn, id)?.ok_or(OpError::NotFound)?;
    with_ways(conn, actor, vec![listed])?.pop().ok_or(OpError::NotFound)
}

fn known(conn: &mut Conn, id: UserId) -> Result<Option<Listed>, StoreError> {
    Ok(people::by_id(conn, id)?.filter(|listed| listed.person.is_known()))
}

/// Somebody by their id, their username or their e-mail address, also while they can still come back.
///
/// # Errors
/// [`OpError::NotFound`] when there is nobody, or no more.
pub async fn find(app: &App, permit: Permit<SeePeople>, called: &str) -> Result<Seen<'static>, OpError> {
    let (actor, called) = (permit.actor(), called.to_owned());
    app.store
        .snapshot(move |conn| {
            let id = match called.parse::<UserId>() {
                Ok(id) => id,
                Err(_) => store::users::by_login(conn, &called)?.ok_or(OpError::NotFound)?.account.id,
            };
            one(conn, actor, id)
        })
        .await
}

/// What somebody handed out that goes on.
#[derive(Debug, Clone, Copy)]
pub struct Handed {
    /// Codes for more than members, up to 1,001.
    pub above: i64,
    /// Codes for members, up to 1,001.
    pub members: i64,
}

/// Somebody with all that belongs to them.
#[derive(Debug)]
pub struct Detail {
    /// Who.
    pub seen: Seen<'static>,
    /// Who looked at them last.
    pub reviewer: Option<String>,
    /// Where they are signed in.
    pub sessions: Vec<Session>,
    /// Those who came with a code that they made, the latest first.
    pub invited: Vec<Person>,
    /// Where the next of them begin, if there are more.
    pub more: Option<UserId>,
    /// What they did and what was done to them, newest first, as far as the viewer may see it.
    pub history: Vec<Entry>,
}

/// Somebody with all that belongs to them, also while they can still come back.
///
/// # Errors
/// [`OpError::NotFound`] when there is nobody, or no more.
pub async fn show(
    app: &App,
    permit: Permit<SeePeople>,
    id: UserId,
    invited_before: Option<UserId>,
) -> Result<Detail, OpError> {
    let actor = permit.actor();
    app.store
        .snapshot(move |conn| {
            let seen = one(conn, actor, id)?;
            let reviewer = match seen.person.review.as_ref().and_then(|review| review.by) {
                Some(by) => store::users::by_id(conn, by)?.map(|found| found.account.name().to_owned()),
                None => None,
            };
            let mut invited = store::delegation::invited_by(conn, id, invited_before, beyond(INVITED))?;
            Ok(Detail {
                seen,
                reviewer,
                sessions: store::sessions::of_user(conn, id)?,
                more: cut(&mut invited, INVITED, |person| person.account.id),
                invited,
                history: store::audit_lists::concerning(conn, Sight::of(actor), id, HISTORY)?,
            })
        })
        .await
}

/// Somebody and the codes of theirs that go on, for a question about them.
///
/// # Errors
/// [`OpError::NotFound`] when there is nobody, or no more.
pub async fn handed(app: &App, _: Permit<SeePeople>, id: UserId) -> Result<(Person, Handed), OpError> {
    app.store
        .snapshot(move |conn| {
            let Listed { person, .. } = known(conn, id)?.ok_or(OpError::NotFound)?;
            let above = lost(None, MemberCodes::GoOn);
            let handed = Handed {
                above: store::delegation::count_going(conn, id, &above, CAP)?,
                members: store::delegation::count_going(conn, id, &[Role::Member], CAP)?,
            };
            Ok((person, handed))
        })
        .await
}

/// Those of some ids who are there, for a question about all of them.
///
/// # Errors
/// [`OpError::Busy`] when the database does not answer.
pub async fn some(app: &App, _: Permit<SeePeople>, ids: Vec<UserId>) -> Result<Vec<Person>, OpError> {
    app.store
        .snapshot(move |conn| {
            let mut found = Vec::with_capacity(ids.len());
            for id in ids {
                found.extend(known(conn, id)?.map(|listed| listed.person));
            }
            Ok(found)
        })
        .await
}
