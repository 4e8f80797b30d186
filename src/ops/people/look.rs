//! Lists and details of people. Who may not hand out a role never gets the code that somebody came with in clear.

use super::{MemberCodes, lost};
use crate::app::App;
use crate::domain::access::{Actor, Permit, Role, SeePeople};
use crate::domain::audit::{Entry, Sight};
use crate::domain::id::UserId;
use crate::domain::invite::Invite;
use crate::domain::person::Person;
use crate::domain::session::Session;
use crate::ops::invites::Seen as SeenInvite;
use crate::ops::{CAP, OpError};
use crate::store::invite_lists::Listed as ListedInvite;
use crate::store::people::{self, Filter, Listed};
use crate::store::{self, Conn, StoreError};

/// Rows of a page.
pub const PAGE: usize = 50;
/// One row more than a page shows whether there is another page.
const ONE_MORE: i64 = 51;
/// People of a page of those whom somebody invited.
const INVITED: usize = 20;
const ONE_MORE_INVITED: i64 = 21;
/// Rows of a history.
const HISTORY: i64 = 30;

/// Somebody, as one person may see them.
#[derive(Debug)]
pub struct Seen {
    /// Who.
    pub person: Person,
    /// The way they came in, if it was a code.
    pub way: Option<Way>,
}

/// The code that somebody came in with.
#[derive(Debug)]
pub struct Way {
    /// Its invite, as the viewer may see it.
    pub invite: SeenInvite,
    /// Whether it was deleted since.
    pub deleted: bool,
}

/// Adds to each of them what their way in is called, with one look for all.
pub(in crate::ops) fn with_ways(
    conn: &mut Conn,
    actor: Actor,
    found: Vec<(Person, Option<Invite>)>,
) -> Result<Vec<Seen>, StoreError> {
    let ids: Vec<_> =
        found.iter().filter_map(|(_, invite)| invite.as_ref().map(|invite| invite.id)).collect();
    let origins = store::delegation::origins(conn, &ids)?;
    let way = |invite: Invite| {
        let origin = origins.iter().find(|origin| origin.invite == invite.id);
        Way {
            deleted: origin.is_none_or(|origin| origin.deleted),
            invite: SeenInvite::by(
                actor,
                ListedInvite { invite, creator: origin.and_then(|origin| origin.creator.clone()) },
            ),
        }
    };
    Ok(found.into_iter().map(|(person, invite)| Seen { person, way: invite.map(way) }).collect())
}

/// How many there are on each tab, up to 1,001.
#[derive(Debug, Clone, Copy)]
pub struct Counts {
    /// Who is here.
    pub here: i64,
    /// Who was removed and can come back.
    pub removed: i64,
}

/// One page of the list.
#[derive(Debug)]
pub struct List {
    /// Its rows, the latest to join first.
    pub rows: Vec<Seen>,
    /// Where the next page begins, if there is one.
    pub next: Option<UserId>,
    /// Whether more matches what was typed than is looked at.
    pub cut: bool,
    /// How many there are on each tab.
    pub counts: Counts,
    /// The invite that the list is narrowed down to.
    pub narrowed: Option<SeenInvite>,
}

/// A page of the people of a filter.
///
/// # Errors
/// [`OpError::Busy`] when the database does not answer.
pub async fn list(
    app: &App,
    permit: Permit<SeePeople>,
    filter: Filter,
    before: Option<UserId>,
) -> Result<List, OpError> {
    let actor = permit.actor();
    app.store
        .snapshot(move |conn| {
            let people::Page { rows: mut found, cut } = people::page(conn, &filter, before, ONE_MORE)?;
            let more = found.len() > PAGE;
            found.truncate(PAGE);
            let next = found.last().filter(|_| more).map(|listed| listed.person.account.id);
            let narrowed = match filter.came {
                Some(people::Came::With(id)) => store::invites::by_id(conn, id)?,
                _ => None,
            };
            let found = found.into_iter().map(|Listed { person, invite }| (person, invite)).collect();
            Ok(List {
                rows: with_ways(conn, actor, found)?,
                next,
                cut,
                counts: counts(conn)?,
                narrowed: narrowed
                    .map(|invite| SeenInvite::by(actor, ListedInvite { invite, creator: None })),
            })
        })
        .await
}

/// So many people of a filter, and where the next begin.
#[derive(Debug)]
pub struct Part {
    /// The latest to join first.
    pub rows: Vec<Seen>,
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
            let one_more = i64::try_from(limit).map_or(i64::MAX, |limit| limit + 1);
            let mut found = people::page(conn, &filter, before, one_more)?.rows;
            let more = found.len() > limit;
            found.truncate(limit);
            let next = found.last().filter(|_| more).map(|listed| listed.person.account.id);
            let found = found.into_iter().map(|Listed { person, invite }| (person, invite)).collect();
            Ok(Part { rows: with_ways(conn, actor, found)?, next })
        })
        .await
}

fn counts(conn: &mut Conn) -> Result<Counts, StoreError> {
    Ok(Counts { here: people::count(conn, false, CAP)?, removed: people::count(conn, true, CAP)? })
}

/// Somebody's row, and the counts of the tabs, for when they changed.
///
/// # Errors
/// [`OpError::NotFound`] when there is nobody, or no more.
pub async fn row(app: &App, permit: Permit<SeePeople>, id: UserId) -> Result<(Seen, Counts), OpError> {
    let actor = permit.actor();
    app.store.snapshot(move |conn| Ok((one(conn, actor, id)?, counts(conn)?))).await
}

/// Somebody, also while they can still come back, for programs.
///
/// # Errors
/// [`OpError::NotFound`] when there is nobody, or no more.
pub async fn seen<P>(app: &App, permit: Permit<P>, id: UserId) -> Result<Seen, OpError> {
    let actor = permit.actor();
    app.store.snapshot(move |conn| one(conn, actor, id)).await
}

/// Somebody, also while they can still come back.
pub(in crate::ops) fn one(conn: &mut Conn, actor: Actor, id: UserId) -> Result<Seen, OpError> {
    let person = people::by_id(conn, id)?.filter(Person::is_known).ok_or(OpError::NotFound)?;
    let invite = store::delegation::came_with(conn, id)?;
    with_ways(conn, actor, vec![(person, invite)])?.pop().ok_or(OpError::NotFound)
}

/// Somebody by their id, their username or their e-mail address, also while they can still come back.
///
/// # Errors
/// [`OpError::NotFound`] when there is nobody, or no more.
pub async fn find(app: &App, permit: Permit<SeePeople>, called: &str) -> Result<Seen, OpError> {
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
    pub seen: Seen,
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
            let mut invited = store::delegation::invited_by(conn, id, invited_before, ONE_MORE_INVITED)?;
            let more = invited.len() > INVITED;
            invited.truncate(INVITED);
            Ok(Detail {
                seen,
                reviewer,
                sessions: store::sessions::of_user(conn, id)?,
                more: invited.last().filter(|_| more).map(|person| person.account.id),
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
            let person = people::by_id(conn, id)?.filter(Person::is_known).ok_or(OpError::NotFound)?;
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
                found.extend(people::by_id(conn, id)?.filter(Person::is_known));
            }
            Ok(found)
        })
        .await
}
