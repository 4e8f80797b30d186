//! What has to be done without anybody asking: people go with their codes, what is over is dropped.
//!
//! Each removal is one transaction with its audit row. A run may be cut off between any two of them; the next one goes
//! on from there, wherever it runs.

mod housekeeping;
mod people;

use std::sync::{Mutex, PoisonError};

use chrono::Duration;

use super::{OpError, record};
use crate::app::App;
use crate::domain::access::{ChangeSettings, Permit, Role};
use crate::domain::audit::{Action, Doer, Event, Events, Origin, Target};
use crate::domain::secret::hex;
use crate::domain::settings::Settings;
use crate::domain::time::{Reading, TOLERANCE, Timestamp};
use crate::store::jobs;
pub use crate::store::jobs::Job;
use crate::store::{self, Conn, StoreError, Tx};

/// A replica that was killed in a run keeps the others from it for this long.
const LEASE: Duration = Duration::minutes(2);
/// The first run of a process cannot know how long it was away. Past this it asks.
const LONGEST_AWAY: Duration = Duration::days(7);
/// Work is looked up in portions of this size, so that memory stays flat.
const PORTION: i64 = 200;

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Summary {
    /// People who went with their code.
    pub removed: usize,
    /// People whose data was erased.
    pub purged: usize,
    /// Ended codes that were deleted.
    pub codes: usize,
    /// Sessions, links and audit rows that were dropped.
    pub dropped: usize,
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It did what there was to do.
    Done(Summary),
    /// Another replica is at it.
    Elsewhere,
    /// It waits for an owner.
    Stopped,
    /// This machine's clock is so far from the database's that nothing was done here.
    ClockIsOff(Duration),
}

/// Why a run did not come to its end.
enum Halt {
    /// Another replica took it over.
    TakenOver,
    Failed(OpError),
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<OpError> for Halt {
    fn from(error: OpError) -> Self {
        Self::Failed(error)
    }
}

/// The cleanup of one process.
#[derive(Debug)]
pub struct Cleanup {
    app: App,
    holder: String,
    last: Mutex<Option<Reading>>,
}

/// One run of it.
struct Run<'a> {
    app: &'a App,
    holder: &'a str,
    /// What is over by then is over. Never later than what the database's clock says.
    end: Timestamp,
    settings: Settings,
}

impl Cleanup {
    /// The cleanup of a process.
    #[must_use]
    pub fn new(app: App) -> Self {
        let holder = hex(&app.entropy.bytes::<16>());
        Self { app, holder, last: Mutex::default() }
    }

    /// Does what there is to do, unless somebody else is at it or the clock cannot be believed.
    ///
    /// # Errors
    /// [`OpError`] when the database does not answer; what was done until then stays done.
    pub async fn run(&self) -> Result<Outcome, OpError> {
        let reading = self.app.clock.reading();
        let (job, database, settings) = self.app.store.read(look).await?;
        let ahead = database.map_or(Duration::zero(), |told| self.app.clock.ahead_of(told));
        if ahead.abs() > TOLERANCE {
            return Ok(Outcome::ClockIsOff(ahead));
        }
        let before = self.last.lock().unwrap_or_else(PoisonError::into_inner).replace(reading);
        if job.stopped.is_some() {
            return Ok(Outcome::Stopped);
        }
        if let Some(because) = disbelief(reading, before, job.finished_at) {
            stop(&self.app, because).await?;
            return Ok(Outcome::Stopped);
        }
        if !self.begin().await? {
            return Ok(Outcome::Elsewhere);
        }
        let end = reading.wall - ahead.max(Duration::zero());
        let run = Run { app: &self.app, holder: &self.holder, end, settings };
        let mut summary = Summary::default();
        match run.all(&mut summary).await {
            Ok(()) => {
                self.finish(summary, None).await?;
                Ok(Outcome::Done(summary))
            }
            Err(Halt::TakenOver) => Ok(Outcome::Elsewhere),
            Err(Halt::Failed(error)) => {
                self.finish(summary, Some(error.to_string())).await?;
                Err(error)
            }
        }
    }

    async fn begin(&self) -> Result<bool, OpError> {
        let (clock, holder) = (self.app.clock.clone(), self.holder.clone());
        let begun = self.app.store.write(move |tx| {
            let now = clock.now();
            jobs::begin(tx, &holder, now, now + LEASE)
        });
        Ok(begun.await?)
    }

    async fn finish(&self, summary: Summary, failure: Option<String>) -> Result<(), OpError> {
        let (clock, holder) = (self.app.clock.clone(), self.holder.clone());
        let text = serde_json::to_string(&summary).map_err(|error| OpError::Failed(error.to_string()))?;
        let finished: Result<(), StoreError> = self
            .app
            .store
            .write(move |tx| jobs::finish(tx, &holder, clock.now(), &text, failure.as_deref()))
            .await;
        Ok(finished?)
    }
}

fn look(conn: &mut Conn) -> Result<(Job, Option<Timestamp>, Settings), StoreError> {
    Ok((jobs::get(conn)?, jobs::clock(conn)?, store::settings::get(conn)?))
}

/// Why the wall clock cannot be believed, if it cannot.
fn disbelief(now: Reading, before: Option<Reading>, finished_at: Option<Timestamp>) -> Option<String> {
    let away = match before {
        Some(before) => now.jump_since(before),
        None => finished_at
            .map(|finished| now.wall - finished)
            .filter(|away| *away > LONGEST_AWAY || *away < -TOLERANCE),
    }?;
    let (amount, unit) = match away.abs() {
        away if away >= Duration::days(2) => (away.num_days(), "days"),
        away if away >= Duration::hours(2) => (away.num_hours(), "hours"),
        away => (away.num_minutes(), "minutes"),
    };
    let way = if away < Duration::zero() { "back" } else { "ahead" };
    Some(match before {
        Some(_) => format!("The clock jumped {way} by {amount} {unit}."),
        None => format!("The clock is {amount} {unit} {way} of the last run, before the server was started."),
    })
}

async fn stop(app: &App, because: String) -> Result<(), OpError> {
    record(app, Origin::default(), move |tx, now| {
        jobs::stop(tx, now, &because)?;
        let event = Event::new(Action::JobStopped, Target::None).with("reason", None, Some(&because));
        Ok::<_, OpError>(((), Doer::Job, event))
    })
    .await
}

impl Run<'_> {
    async fn all(&self, summary: &mut Summary) -> Result<(), Halt> {
        self.lapse().await?;
        self.remove(summary).await?;
        self.purge(summary).await?;
        self.drop_codes(summary).await?;
        self.drop_leftovers(summary).await
    }

    /// One step: one transaction with its audit row, for as long as the run is ours. A step that finds nothing to do
    /// any more says [`None`] and leaves no row.
    async fn step<F>(&self, change: F) -> Result<bool, Halt>
    where
        F: FnOnce(&mut Tx<'_>, Timestamp) -> Result<Option<Events>, OpError> + Send + 'static,
    {
        let holder = self.holder.to_owned();
        let done = record(self.app, Origin::default(), move |tx, now| {
            if !jobs::go_on(tx, &holder, now + LEASE)? {
                return Err(Step::Halted(Halt::TakenOver));
            }
            let events = change(tx, now).map_err(|error| Step::Halted(Halt::Failed(error)))?;
            Ok(((), Doer::Job, events.ok_or(Step::Nothing)?))
        });
        match done.await {
            Ok(()) => Ok(true),
            Err(Step::Nothing) => Ok(false),
            Err(Step::Halted(halt)) => Err(halt),
        }
    }
}

/// Why a step wrote nothing.
enum Step {
    Nothing,
    Halted(Halt),
}

impl From<StoreError> for Step {
    fn from(error: StoreError) -> Self {
        Self::Halted(error.into())
    }
}

/// How the cleanup stands.
///
/// # Errors
/// [`OpError::Busy`] when the database does not answer.
pub async fn state(app: &App, _: Permit<ChangeSettings>) -> Result<Job, OpError> {
    Ok(app.store.read(jobs::get).await?)
}

/// Lets a stopped cleanup go on. That is for an owner: it may remove and erase people.
///
/// # Errors
/// [`OpError::NotPermitted`] for everybody else, [`OpError::NotFound`] when it is not stopped.
pub async fn resume(app: &App, permit: Permit<ChangeSettings>, origin: Origin) -> Result<(), OpError> {
    super::act(app, permit, origin, |tx, account, now| {
        if account.role != Role::Owner {
            return Err(OpError::NotPermitted);
        }
        if !jobs::resume(tx, now)? {
            return Err(OpError::NotFound);
        }
        Ok(((), Event::new(Action::JobResumed, Target::None)))
    })
    .await
}

#[cfg(test)]
mod tests;
