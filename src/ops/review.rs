//! Looking at the people who joined with a code. It blocks nobody.

use super::access::refused_on;
use super::people::{self, Seen};
use super::{CAP, OpError, act_on_people, beyond, cut};
use crate::app::App;
use crate::domain::access::{Actor, Permit, ReviewPeople};
use crate::domain::audit::{Action, Event, Origin};
use crate::domain::field::Errors;
use crate::domain::id::UserId;
use crate::domain::person::Person;
use crate::domain::review::{Note, Review};
use crate::domain::time::Timestamp;
use crate::domain::user::Username;
use crate::store::people::{self as lists, Filter};
use crate::store::{self, Conn, StoreError, Tx};

/// Rows of a page.
pub const PAGE: usize = 50;

/// Somebody to be looked at.
#[derive(Debug)]
pub struct Newcomer {
    /// Who, and the code they came with.
    pub seen: Seen<'static>,
    /// Somebody else who joined from the same address, the latest.
    pub neighbour: Option<Username>,
}

/// How many there are in each state, up to 1,001.
pub type Counts = [(Review, i64); 3];

/// A page of the queue.
#[derive(Debug)]
pub struct Queue {
    /// Its rows, the latest to join first.
    pub rows: Vec<Newcomer>,
    /// Where the next page begins, if there is one.
    pub next: Option<UserId>,
    /// How many there are on each tab.
    pub counts: Counts,
}

/// Those whose look has come that far.
///
/// # Errors
/// [`OpError::Busy`] when the database does not answer.
pub async fn queue(
    app: &App,
    permit: Permit<ReviewPeople>,
    state: Review,
    before: Option<UserId>,
) -> Result<Queue, OpError> {
    let actor = permit.actor();
    app.store
        .snapshot(move |conn| {
            let filter = Filter { review: Some(state), ..Filter::default() };
            let mut found = lists::page(conn, &filter, before, beyond(PAGE))?.rows;
            let next = cut(&mut found, PAGE, |listed| listed.person.account.id);
            let seen = people::with_ways(conn, actor, found)?;
            Ok(Queue { rows: newcomers(conn, seen)?, next, counts: counts(conn)? })
        })
        .await
}

/// One of them, and how many there are on each tab, for when that changed.
///
/// # Errors
/// [`OpError::NotFound`] when there is nobody, or they did not join with a code.
pub async fn one(app: &App, permit: Permit<ReviewPeople>, id: UserId) -> Result<(Newcomer, Counts), OpError> {
    let actor = permit.actor();
    app.store
        .snapshot(move |conn| {
            let seen = people::one(conn, actor, id)?;
            let found = newcomers(conn, vec![seen])?.pop();
            let found = found.filter(|newcomer| newcomer.seen.person.review.is_some());
            Ok((found.ok_or(OpError::NotFound)?, counts(conn)?))
        })
        .await
}

fn newcomers(conn: &mut Conn, seen: Vec<Seen<'static>>) -> Result<Vec<Newcomer>, StoreError> {
    let ids: Vec<_> = seen.iter().map(|seen| seen.person.account.id).collect();
    let neighbours = store::review::neighbours(conn, &ids)?;
    let with = |seen: Seen<'static>| {
        let neighbour = neighbours.get(&seen.person.account.id.key()).cloned();
        Newcomer { seen, neighbour }
    };
    Ok(seen.into_iter().map(with).collect())
}

fn counts(conn: &mut Conn) -> Result<Counts, StoreError> {
    let [first, second, third] = Review::ALL;
    let [one, two, three] = lists::count_in_review(conn, Review::ALL, CAP)?;
    Ok([(first, one), (second, two), (third, three)])
}

/// How the look at somebody stood.
#[derive(Debug, Clone)]
pub struct Stood {
    /// What they are called.
    pub name: String,
    /// How far it had come.
    pub state: Review,
    /// What was noted.
    pub note: Option<String>,
}

/// Approves somebody, flags them, or has them wait again. Without a note the present one stays. Says how it stood before.
///
/// # Errors
/// [`OpError::Invalid`] for a note to shorten, [`OpError::NotPermitted`] for a look at oneself, [`OpError::NotFound`]
/// when there is nobody to look at, [`OpError::Unchanged`] when somebody was faster.
pub async fn decide(
    app: &App,
    permit: Permit<ReviewPeople>,
    origin: Origin,
    id: UserId,
    (state, note): (Review, Option<String>),
) -> Result<Stood, OpError> {
    let note = note.map(|typed| Note::parse(&typed)).transpose();
    let note = note.map_err(|refusal| OpError::Invalid(Errors::one("note", refusal.to_string())))?;
    let result = act_on_people(app, permit, origin, move |tx, account, now| {
        let person = store::standing::for_change(tx, id)?.ok_or(OpError::NotFound)?;
        judge(tx, (account.actor(), &person), state, note, (account.id, now))
    });
    let result = result.await;
    if matches!(result, Err(OpError::NotPermitted)) {
        refused_on(app, permit.actor(), origin, action(state), id).await?;
    }
    result
}

/// The writes of a judgement.
pub(super) fn judge(
    tx: &mut Tx<'_>,
    (actor, person): (Actor, &Person),
    state: Review,
    note: Option<Option<Note>>,
    (by, now): (UserId, Timestamp),
) -> Result<(Stood, Event), OpError> {
    people::here(person)?;
    let id = person.account.id;
    let old = person.review.clone().ok_or(OpError::NotFound)?;
    if !may_look(actor, id) {
        return Err(OpError::NotPermitted);
    }
    let note = match note {
        Some(note) => note.map(|note| note.as_str().to_owned()),
        None => old.note.clone(),
    };
    if old.state == state && old.note == note {
        return Err(OpError::Unchanged);
    }
    store::review::set(tx, id, state, note.as_deref(), (by, now))?;
    let event = people::event(action(state), person)
        .with("review", Some(old.state.key()), Some(state.key()))
        .with("note", old.note.as_deref(), note.as_deref());
    Ok((Stood { name: person.account.name().to_owned(), state: old.state, note: old.note }, event))
}

/// Whether somebody may judge a person: everybody but themselves.
#[must_use]
pub fn may_look(actor: Actor, person: UserId) -> bool {
    actor.id() != person
}

pub(super) const fn action(state: Review) -> Action {
    match state {
        Review::Approved => Action::ReviewApproved,
        Review::Flagged => Action::ReviewFlagged,
        Review::Waiting => Action::ReviewReopened,
    }
}
