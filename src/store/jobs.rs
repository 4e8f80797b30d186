//! Who runs a job, and what came of it. With several replicas exactly one runs it at a time.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::at::At;
use super::rows::JobRow;
use super::schema::jobs;
use super::{Conn, StoreError, Tx, on};
use crate::domain::time::Timestamp;

/// The one job that there is.
pub const CLEANUP: &str = "cleanup";

/// How a job stands.
#[derive(Debug, Clone, Default)]
pub struct Job {
    /// When a run last began.
    pub started_at: Option<Timestamp>,
    /// When one last came to its end.
    pub finished_at: Option<Timestamp>,
    /// What that one did, as it was written.
    pub summary: Option<String>,
    /// Why that one failed.
    pub failure: Option<String>,
    /// Since when it waits for an owner, and why.
    pub stopped: Option<(Timestamp, String)>,
}

/// How the cleanup stands.
pub fn get(conn: &mut Conn) -> Result<Job, StoreError> {
    Ok(job(on!(conn, c => jobs::table.find(CLEANUP).select(JobRow::as_select()).first(c))?))
}

pub(super) fn job(row: JobRow) -> Job {
    let at = |time: Option<At>| time.map(|at| at.and_utc());
    Job {
        started_at: at(row.started_at),
        finished_at: at(row.finished_at),
        summary: row.summary,
        failure: row.failure,
        stopped: at(row.stopped_at).zip(row.stopped_because),
    }
}

/// Begins a run, unless somebody else is at it or the job waits for an owner. Says whether it did.
pub fn begin(tx: &mut Tx<'_>, holder: &str, now: Timestamp, until: Timestamp) -> Result<bool, StoreError> {
    let now = now.naive_utc();
    let free = jobs::table
        .find(CLEANUP)
        .filter(jobs::stopped_at.is_null())
        .filter(jobs::lease_until.is_null().or(jobs::lease_until.le(now)));
    let ours = (jobs::holder.eq(holder), jobs::lease_until.eq(until.naive_utc()), jobs::started_at.eq(now));
    Ok(on!(&mut **tx, c => diesel::update(free).set(ours).execute(c))? == 1)
}

/// Goes on with a run. Says whether it is still ours: whoever was slow may find that another has taken over. Every step of
/// a run begins with this, so that two at once never both write.
pub fn go_on(tx: &mut Tx<'_>, holder: &str, until: Timestamp) -> Result<bool, StoreError> {
    let ours = jobs::table.find(CLEANUP).filter(jobs::holder.eq(holder)).filter(jobs::stopped_at.is_null());
    let longer = jobs::lease_until.eq(until.naive_utc());
    Ok(on!(&mut **tx, c => diesel::update(ours).set(longer).execute(c))? == 1)
}

/// Ends a run of ours.
pub fn finish(
    tx: &mut Tx<'_>,
    holder: &str,
    now: Timestamp,
    summary: &str,
    failure: Option<&str>,
) -> Result<(), StoreError> {
    let ours = jobs::table.find(CLEANUP).filter(jobs::holder.eq(holder));
    let done = (
        jobs::holder.eq(None::<String>),
        jobs::lease_until.eq(None::<NaiveDateTime>),
        jobs::finished_at.eq(now.naive_utc()),
        jobs::summary.eq(summary),
        jobs::failure.eq(failure),
    );
    on!(&mut **tx, c => diesel::update(ours).set(done).execute(c))?;
    Ok(())
}

/// Stops the job until an owner lets it go on. Says whether it was not stopped before.
pub fn stop(tx: &mut Tx<'_>, now: Timestamp, because: &str) -> Result<bool, StoreError> {
    let going = jobs::table.find(CLEANUP).filter(jobs::stopped_at.is_null());
    let stopped = (jobs::stopped_at.eq(now.naive_utc()), jobs::stopped_because.eq(because));
    Ok(on!(&mut **tx, c => diesel::update(going).set(stopped).execute(c))? == 1)
}

/// Lets a stopped job go on; from now on the clock is believed again. Says whether it was stopped.
pub fn resume(tx: &mut Tx<'_>, now: Timestamp) -> Result<bool, StoreError> {
    let stopped = jobs::table.find(CLEANUP).filter(jobs::stopped_at.is_not_null());
    let going = (
        jobs::stopped_at.eq(None::<NaiveDateTime>),
        jobs::stopped_because.eq(None::<String>),
        jobs::finished_at.eq(now.naive_utc()),
        jobs::holder.eq(None::<String>),
        jobs::lease_until.eq(None::<NaiveDateTime>),
    );
    Ok(on!(&mut **tx, c => diesel::update(stopped).set(going).execute(c))? == 1)
}

#[derive(QueryableByName)]
struct Told {
    #[diesel(sql_type = diesel::sql_types::Timestamp)]
    now: NaiveDateTime,
}

/// What the clock of a database server shows; an embedded one has none of its own.
pub fn clock(conn: &mut Conn) -> Result<Option<Timestamp>, StoreError> {
    let Conn::Postgres(c) = conn else { return Ok(None) };
    let told: Told =
        diesel::sql_query("SELECT clock_timestamp() AT TIME ZONE 'UTC' AS now").get_result(&mut **c)?;
    Ok(Some(told.now.and_utc()))
}
