//! Floor 2: one verb for each function. Every change is one transaction with its audit row.

pub mod access;
pub mod account;
pub mod audit;
pub mod backup;
pub mod doctor;
pub mod health;
pub mod invites;
pub mod maintenance;
pub mod overview;
pub mod people;
pub mod registration;
pub mod repeats;
pub mod reset;
pub mod review;
pub mod sessions;
pub mod settings;
pub mod setup;
pub mod sign_in;
pub mod tokens;

use std::time::Duration as Elapsed;

use chrono::Duration;

use crate::app::App;
use crate::domain::access::{Permission, Permit, Through};
use crate::domain::audit::{Doer, Event, Events, Origin};
use crate::domain::field::Errors;
use crate::domain::id::AuditId;
use crate::domain::settings::Settings;
use crate::domain::time::Timestamp;
use crate::domain::user::{Account, Status};
pub use crate::store::State;
use crate::store::users::Credentials;
use crate::store::{self, Lock, StoreError, Tx, UniqueKey};
use crate::sys::passwords::HashError;

/// Counting stops here: no figure may cost more when the tables grow.
pub const CAP: i64 = 1_001;

/// Why an operation did nothing.
#[derive(Debug, thiserror::Error)]
pub enum OpError {
    /// A form has to be filled in differently.
    #[error("the form was refused")]
    Invalid(Errors),
    /// The person may not do this, at this moment.
    #[error("not permitted")]
    NotPermitted,
    /// The person is not signed in any more.
    #[error("signed out")]
    SignedOut,
    /// There is no such thing, or not for this person.
    #[error("not found")]
    NotFound,
    /// It is so already; nothing was done.
    #[error("unchanged")]
    Unchanged,
    /// The same request was made at the same moment, and was faster.
    #[error("repeated")]
    Repeated,
    /// Too many tries.
    #[error("too many tries")]
    Wait(Duration),
    /// Too much to do at this moment; nothing was changed.
    #[error("busy: {0}")]
    Busy(String),
    /// Something is broken.
    #[error("{0}")]
    Failed(String),
}

impl From<StoreError> for OpError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy | StoreError::Unavailable(_) => Self::Busy(error.to_string()),
            StoreError::Taken(UniqueKey::Repeat) => Self::Repeated,
            StoreError::Taken(_) | StoreError::Corrupt(_) | StoreError::Crashed | StoreError::Query(_) => {
                Self::Failed(error.to_string())
            }
        }
    }
}

impl From<HashError> for OpError {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Busy => Self::Busy(error.to_string()),
            HashError::Unusable | HashError::NoThreads => Self::Failed(error.to_string()),
        }
    }
}

/// Waits for a moment of the steady clock, so that how long something took does not tell what it found.
pub(crate) async fn no_sooner_than(app: &App, moment: Elapsed) {
    tokio::time::sleep(moment.saturating_sub(app.clock.monotonic())).await;
}

/// Runs a change as one transaction and appends the rows that the change has to return beside its value.
pub(crate) async fn record<T, E, R, F>(app: &App, origin: Origin, change: F) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
    R: Into<Events>,
    F: FnOnce(&mut Tx<'_>, Timestamp) -> Result<(T, Doer, R), E> + Send + 'static,
{
    let (clock, entropy) = (app.clock.clone(), app.entropy.clone());
    app.store
        .write(move |tx| {
            // The time of a change is the time at which it got its turn to write.
            let now = clock.now();
            let (value, doer, events) = change(tx, now)?;
            let events = events.into();
            if let Some(once) = origin.once {
                let targets: Vec<_> = events.iter().filter_map(Event::target_key).collect();
                if !store::repeats::note(tx, once, &targets, now)? {
                    return Err(StoreError::Taken(UniqueKey::Repeat).into());
                }
            }
            for event in events.iter() {
                let id = AuditId::new(now, entropy.bytes());
                store::audit::append(tx, id, now, doer, origin, event)?;
            }
            Ok(value)
        })
        .await
}

/// Runs a change for a person, with the rights that they have when it is written, not when they asked.
pub(crate) async fn act<P, T, R, F>(
    app: &App,
    permit: Permit<P>,
    origin: Origin,
    change: F,
) -> Result<T, OpError>
where
    P: Permission,
    T: Send + 'static,
    R: Into<Events>,
    F: FnOnce(&mut Tx<'_>, &Account, Timestamp) -> Result<(T, R), OpError> + Send + 'static,
{
    record(app, origin, move |tx, now| as_present(tx, permit, now, change)).await
}

/// The same for a change of somebody else: what they may do, or whether they may sign in.
pub(crate) async fn act_on_people<P, T, R, F>(
    app: &App,
    permit: Permit<P>,
    origin: Origin,
    change: F,
) -> Result<T, OpError>
where
    P: Permission,
    T: Send + 'static,
    R: Into<Events>,
    F: FnOnce(&mut Tx<'_>, &Account, Timestamp) -> Result<(T, R), OpError> + Send + 'static,
{
    record(app, origin, move |tx, now| {
        tx.lock(Lock::People)?;
        as_present(tx, permit, now, change)
    })
    .await
}

fn as_present<P, T, R, F>(
    tx: &mut Tx<'_>,
    permit: Permit<P>,
    now: Timestamp,
    change: F,
) -> Result<(T, Doer, R), OpError>
where
    P: Permission,
    F: FnOnce(&mut Tx<'_>, &Account, Timestamp) -> Result<(T, R), OpError>,
{
    let way = permit.actor().way();
    let account = match way {
        Through::CommandLine => Account::of_the_command_line(now),
        Through::Session | Through::Token(..) => {
            present(store::users::for_change(tx, permit.actor().id())?)?.account
        }
    };
    if let Through::Token(id, _) = way
        && !store::tokens::is_good(tx, id, now)?
    {
        return Err(OpError::SignedOut);
    }
    let actor = account.actor().through(way);
    if actor.permit::<P>().is_none() {
        return Err(OpError::NotPermitted);
    }
    let (value, events) = change(tx, &account, now)?;
    Ok((value, Doer::of(actor), events))
}

/// So many rows are asked for: one more than a page has shows whether there is another page.
fn beyond(page: usize) -> i64 {
    i64::try_from(page).map_or(i64::MAX, |page| page.saturating_add(1))
}

/// Takes that one off again. Says where the next page begins, if it was there.
fn cut<T, K>(rows: &mut Vec<T>, page: usize, key: impl FnOnce(&T) -> K) -> Option<K> {
    let more = rows.len() > page;
    rows.truncate(page);
    rows.last().filter(|_| more).map(key)
}

/// What the environment says wins over what the database keeps.
fn as_fixed(app: &App, settings: Settings) -> Settings {
    Settings { registration: app.config.registration.unwrap_or(settings.registration), ..settings }
}

/// The account, if it may still sign in.
fn present(found: Option<Credentials>) -> Result<Credentials, OpError> {
    found.filter(|found| found.account.status == Status::Active).ok_or(OpError::SignedOut)
}
