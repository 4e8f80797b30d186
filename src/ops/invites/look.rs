//! Lists and details. Who may not hand out a role never gets its codes in clear from here.

use std::sync::Arc;

use super::leaving::{Leaving, leaving};
use super::seen::Seen;
use crate::app::App;
use crate::domain::access::{Actor, Permit, Role, SeePeople};
use crate::domain::audit::{Entry, Sight, Target};
use crate::domain::code::CodeReading;
use crate::domain::id::{InviteId, UserId};
use crate::domain::invite::{Invite, Maker, Status};
use crate::ops::{CAP, OpError, beyond, cut};
use crate::store::invite_lists::{self, Creators, Filter, Listed, Tabs};
use crate::store::invites::{self, Joined};
use crate::store::{self, Conn, InvitesPage, Memory, Moment, State, StoreError};

/// Rows of a page.
pub const PAGE: usize = 50;
/// Rows of an export.
const MOST_EXPORTED: usize = 100_000;
/// People in the filter.
const CREATORS: i64 = 100;

/// How many there are with each status, and all together; each up to 1,001.
pub type Counts = Vec<(Option<Status>, i64)>;

/// One page of a list, as one person may see it.
#[derive(Debug)]
pub struct List {
    page: Arc<InvitesPage>,
    actor: Actor,
}

impl List {
    /// Its rows, newest first.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Seen<'_>> {
        self.page.rows.iter().map(|row| Seen::of(self.actor, &row.invite, row.creator.as_ref()))
    }

    /// Where the next page begins, if there is one.
    #[must_use]
    pub fn next(&self) -> Option<InviteId> {
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
        counts(&self.page.tabs)
    }

    /// Who made invites.
    #[must_use]
    pub fn creators(&self) -> &Creators {
        &self.page.creators
    }
}

/// A page of the list. Who was found in some state of the database is shown what was read in that a moment ago; without one,
/// all of it is read.
///
/// # Errors
/// [`OpError::Busy`] when the database does not answer.
pub async fn list(
    app: &App,
    permit: Permit<SeePeople>,
    state: Option<State>,
    mut filter: Filter,
    before: Option<InviteId>,
) -> Result<List, OpError> {
    let (actor, now, memory) = (permit.actor(), app.clock.now(), app.store.memory.clone());
    filter.revealed = revealed(actor);
    let (moment, key) = (Moment { state, now }, (filter, before));
    let known = memory.invites.get(&key, &moment).filter(|page| !page.tabs.are_due(now));
    let page = match known {
        Some(page) => page,
        None => swept(app, moment, move |conn, moment| read_page(conn, &memory, moment, &key)).await?,
    };
    Ok(List { page, actor })
}

/// A page, and whether the end of some codes has come unmarked.
fn read_page(
    conn: &mut Conn,
    memory: &Memory,
    moment: &Moment,
    key: &(Filter, Option<InviteId>),
) -> Result<(Arc<InvitesPage>, bool), StoreError> {
    let (filter, before) = key;
    let tabs = *memory.invite_tabs.or_read(moment, || invite_lists::tabs(conn, CAP))?;
    let invite_lists::Page { mut rows, cut: was_cut } =
        invite_lists::page(conn, filter, *before, moment.now, beyond(PAGE))?;
    let next = cut(&mut rows, PAGE, |listed| listed.invite.id);
    let creators = memory.creators.or_read(moment, || invite_lists::creators(conn, CREATORS))?;
    let page = InvitesPage { rows, next, cut: was_cut, tabs, creators: Arc::clone(&creators) };
    Ok((memory.invites.put(key.clone(), moment.clone(), page), tabs.are_due(moment.now)))
}

/// The roles whose codes this person may see.
fn revealed(actor: Actor) -> Vec<Role> {
    Role::ALL.into_iter().filter(|role| actor.grantable(*role).is_some()).collect()
}

/// Reads a list, which first finds out whether the end of some codes has come since anybody looked. Then they are marked and it
/// is read again, so that every tab is right to the moment; that is seldom.
async fn swept<T, F>(app: &App, moment: Moment, look: F) -> Result<T, OpError>
where
    T: Send + 'static,
    F: Fn(&mut Conn, &Moment) -> Result<(T, bool), StoreError> + Clone + Send + 'static,
{
    let (again, now) = (look.clone(), moment.now);
    let (found, due) = app.store.read(move |conn| look(conn, &moment)).await?;
    if !due {
        return Ok(found);
    }
    let marked: Result<usize, StoreError> = app.store.write(move |tx| invites::mark_lapsed(tx, now)).await;
    if let Err(error) = marked {
        // The list leaves ended ones out by itself; only their own tab has to wait.
        tracing::warn!(%error, "ended invites could not be marked");
        return Ok(found);
    }
    let (found, _) = app.store.read(move |conn| again(conn, &Moment::anew(now))).await?;
    Ok(found)
}

/// How many there are on each tab, for when a row changed.
///
/// # Errors
/// [`OpError::Busy`] when the database does not answer.
pub async fn tab_counts(app: &App, _: Permit<SeePeople>) -> Result<Counts, OpError> {
    swept(app, Moment::anew(app.clock.now()), move |conn, moment| {
        let tabs = invite_lists::tabs(conn, CAP)?;
        Ok((counts(&tabs), tabs.are_due(moment.now)))
    })
    .await
}

fn counts(tabs: &Tabs) -> Counts {
    // Each invite is on one tab, so that nobody need count them all.
    let all = tabs.counts.iter().map(|(_, count)| count).sum::<i64>().min(CAP);
    tabs.counts.iter().map(|(status, count)| (Some(*status), *count)).chain([(None, all)]).collect()
}

/// Everything of a filter, for an export: all parts of one state of the database.
///
/// # Errors
/// [`OpError::Busy`] when the database does not answer.
pub async fn export(
    app: &App,
    permit: Permit<SeePeople>,
    mut filter: Filter,
) -> Result<Vec<Seen<'static>>, OpError> {
    let (actor, now) = (permit.actor(), app.clock.now());
    filter.revealed = revealed(actor);
    swept(app, Moment::anew(now), move |conn, _| {
        let due = invite_lists::any_due(conn, now)?;
        let all = conn.snapshot(|conn| {
            let mut all: Vec<Seen<'static>> = Vec::new();
            while all.len() < MOST_EXPORTED {
                let before = all.last().map(|seen| seen.invite.id);
                let chunk = invite_lists::page(conn, &filter, before, now, 1_000)?.rows;
                if chunk.is_empty() {
                    break;
                }
                all.extend(chunk.into_iter().map(|listed| Seen::by(actor, listed)));
            }
            Ok::<_, StoreError>(all)
        })?;
        Ok((all, due))
    })
    .await
}

/// An invite with the people who joined and its history.
#[derive(Debug)]
pub struct Detail {
    /// It.
    pub seen: Seen<'static>,
    /// Those who joined, the latest first.
    pub people: Vec<Joined>,
    /// Where the next of them begin, if there are more.
    pub more: Option<UserId>,
    /// Who goes with it, and who went.
    pub leaving: Leaving,
    /// What happened to it, newest first: as much as a page shows.
    pub history: Vec<Entry>,
    /// Whether more happened before.
    pub older: bool,
}

/// An invite with all that belongs to it.
///
/// # Errors
/// [`OpError::NotFound`] when there is none, or no more.
pub async fn show(
    app: &App,
    permit: Permit<SeePeople>,
    id: InviteId,
    people_before: Option<UserId>,
) -> Result<Detail, OpError> {
    let actor = permit.actor();
    app.store
        .snapshot(move |conn| {
            let invite = invites::by_id(conn, id)?.ok_or(OpError::NotFound)?;
            let creator = maker(conn, &invite)?;
            let mut people = invites::joined(conn, id, people_before, beyond(PAGE))?;
            let mut history =
                store::audit_lists::about(conn, Sight::of(actor), Target::Invite(id), beyond(PAGE))?;
            let older = cut(&mut history, PAGE, |_| ()).is_some();
            Ok(Detail {
                more: cut(&mut people, PAGE, |joined| joined.person.account.id),
                people,
                leaving: leaving(conn, &invite)?,
                history,
                older,
                seen: Seen::by(actor, Listed { invite, creator }),
            })
        })
        .await
}

fn maker(conn: &mut Conn, invite: &Invite) -> Result<Option<Maker>, StoreError> {
    let Some(creator) = invite.created_by else { return Ok(None) };
    Ok(store::users::by_id(conn, creator)?.map(|found| Maker::from(&found.account)))
}

/// So many invites of a filter, and where the next begin.
#[derive(Debug)]
pub struct Part {
    /// The newest first.
    pub rows: Vec<Seen<'static>>,
    /// Where the next part begins, if there is one.
    pub next: Option<InviteId>,
}

/// A part of the invites of a filter, for programs.
///
/// # Errors
/// [`OpError::Busy`] when the database does not answer.
pub async fn part(
    app: &App,
    permit: Permit<SeePeople>,
    mut filter: Filter,
    before: Option<InviteId>,
    limit: usize,
) -> Result<Part, OpError> {
    let (actor, now) = (permit.actor(), app.clock.now());
    filter.revealed = revealed(actor);
    swept(app, Moment::anew(now), move |conn, _| {
        let due = invite_lists::any_due(conn, now)?;
        let mut found = invite_lists::page(conn, &filter, before, now, beyond(limit))?.rows;
        let next = cut(&mut found, limit, |listed| listed.invite.id);
        let rows = found.into_iter().map(|listed| Seen::by(actor, listed)).collect();
        Ok((Part { rows, next }, due))
    })
    .await
}

/// By what a program asks for one invite.
#[derive(Debug, Clone)]
pub enum Name {
    /// Its id.
    Id(InviteId),
    /// Its code, in any spelling.
    Code(CodeReading),
}

/// One invite.
///
/// # Errors
/// [`OpError::NotFound`] when there is none, or no more.
pub async fn one<P>(app: &App, permit: Permit<P>, name: Name) -> Result<Seen<'static>, OpError> {
    let actor = permit.actor();
    app.store
        .snapshot(move |conn| {
            let found = match name {
                Name::Id(id) => invites::by_id(conn, id)?,
                Name::Code(reading) => invites::with_creator(conn, &reading)?.map(|(invite, _)| invite),
            };
            let invite = found.ok_or(OpError::NotFound)?;
            Ok(Seen::by(actor, Listed { creator: maker(conn, &invite)?, invite }))
        })
        .await
}

/// How many people joined with an invite and are still here, up to 1,001.
///
/// # Errors
/// [`OpError::Busy`] when the database does not answer.
pub async fn people(app: &App, _: Permit<SeePeople>, id: InviteId) -> Result<i64, OpError> {
    Ok(app.store.read(move |conn| store::people::count_with(conn, id, CAP)).await?)
}
