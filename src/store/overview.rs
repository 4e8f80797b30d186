//! What the first page of the panel shows, in few trips to the database.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{Duration, NaiveDate, NaiveDateTime};
use diesel::dsl::{case_when, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::audit_lists::by_strangers;
use super::counted::{Counted, EachCounted, First, ROW, in_order};
use super::invite_lists::on_tab;
use super::invites::invite;
use super::jobs::{CLEANUP, Job, job};
use super::kept::Kept;
use super::people::{Filter, number_of};
use super::rows::{InviteRow, JobRow};
use super::schema::{invites, jobs, users};
use super::up_to::UpTo;
use super::word::Word;
use super::{Conn, Store, StoreError, departures, on};
use crate::domain::audit::{Action, Entry};
use crate::domain::invite::{Invite, Status};
use crate::domain::review::Review;
use crate::domain::time::Timestamp;
use crate::domain::user::Status as Standing;

/// How everything stands.
#[derive(Debug, Clone)]
pub struct Figures {
    /// People who are here.
    pub users: i64,
    /// Codes that people can join with.
    pub active_codes: i64,
    /// When the one who waits for review for longest joined.
    pub oldest_waiting: Option<Timestamp>,
    /// Whether the alarm about wrong codes was raised.
    pub alarm: bool,
    /// How the cleanup stands.
    pub cleanup: Job,
}

/// How everything stands, and whether there was an alarm since a moment. People and codes are counted up to a cap.
pub fn figures(conn: &mut Conn, since: Timestamp, cap: i64) -> Result<Figures, StoreError> {
    let alarms = by_strangers(conn, Action::WrongCodeAlarm, since, 1);
    let waiting = users::table
        .filter(users::purged_at.is_null())
        .filter(users::status.eq(Word(Standing::Active.key())))
        .filter(users::review.eq(Word(Review::Waiting.key()).nullable()))
        .order(users::id)
        .select(users::created_at);
    let (row, here, active_codes, alarms, oldest): (JobRow, i64, i64, i64, Option<NaiveDateTime>) = on!(conn, c =>
        jobs::table
            .find(CLEANUP)
            .select((
                JobRow::as_select(),
                number_of!(&Filter::default(), cap),
                on_tab!(Status::Active, cap),
                alarms,
                First(waiting),
            ))
            .first(c))?;
    Ok(Figures {
        users: cap.min(here),
        active_codes,
        oldest_waiting: oldest.map(|at| at.and_utc()),
        alarm: alarms > 0,
        cleanup: job(row),
    })
}

/// Active invites that end before a moment, the next to end first, and how many people go with each, counted up to a cap.
pub fn ending(
    conn: &mut Conn,
    (now, until): (Timestamp, Timestamp),
    limit: i64,
    cap: i64,
) -> Result<Vec<(Invite, i64)>, StoreError> {
    let rows: Vec<(InviteRow, i64)> = on!(conn, c => {
        let going = departures::going().filter(users::came_with.eq(invites::id)).limit(cap);
        let ends = invites::table
            .filter(invites::deleted_at.is_null())
            .filter(diesel::dsl::not(invites::lapsed))
            .filter(invites::standing.eq(Status::Active.key()))
            .filter(invites::expires_at.gt(now.naive_utc()))
            .filter(invites::expires_at.le(until.naive_utc()))
            .order(invites::expires_at)
            .limit(limit)
            .select((
                InviteRow::as_select(),
                case_when(invites::delete_users_on_expiry, Counted(vec![going])).otherwise(0_i64),
            ));
        Kept(ends).load(c)
    })?;
    rows.into_iter().map(|(row, going)| Ok((invite(row)?, going))).collect()
}

/// How many joined on days that are over. Nobody can join on them any more, and nobody who did is ever deleted: this process
/// counts each of them once.
#[derive(Debug, Default)]
pub(super) struct PastJoins(Mutex<BTreeMap<NaiveDate, i64>>);

impl PastJoins {
    /// For so long after its end a day may still grow: a replica's clock is behind, and what it writes takes a while.
    const UNSETTLED: Duration = Duration::hours(1);

    fn known(&self) -> MutexGuard<'_, BTreeMap<NaiveDate, i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All of it.
#[derive(Debug)]
pub struct Glance {
    /// How everything stands.
    pub figures: Figures,
    /// How many joined on each day.
    pub joins: Vec<i64>,
    /// Active invites whose end is near, and how many people go with each.
    pub ending: Vec<(Invite, i64)>,
    /// What happened last, as far as somebody may see it.
    pub recent: Vec<Entry>,
}

impl Store {
    /// How many joined on each of these days (UTC), each counted up to a cap.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when the database does not answer.
    pub fn joins_per_day(
        &self,
        conn: &mut Conn,
        days: &[NaiveDate],
        now: Timestamp,
        cap: i64,
    ) -> Result<Vec<i64>, StoreError> {
        let mut joins = self.memory.past_joins.known().clone();
        let unknown: Vec<_> = days.iter().copied().filter(|day| !joins.contains_key(day)).collect();
        joins.extend(unknown.iter().copied().zip(count_joins(conn, &unknown, cap)?));
        let settled = (now - PastJoins::UNSETTLED).date_naive();
        let of_interest = |day: &NaiveDate| *day < settled && days.contains(day);
        let mut known = self.memory.past_joins.known();
        known.extend(joins.iter().filter(|(day, _)| of_interest(day)));
        known.retain(|day, _| of_interest(day));
        Ok(days.iter().filter_map(|day| joins.get(day).copied()).collect())
    }
}

/// The days stand in the text: PostgreSQL would plan anew for each page what it is asked about days that it cannot see.
fn count_joins(conn: &mut Conn, days: &[NaiveDate], cap: i64) -> Result<Vec<i64>, StoreError> {
    if days.is_empty() {
        return Ok(Vec::new());
    }
    let found = on!(conn, c => {
        let counts = days.iter().map(|day| {
            let next = day.succ_opt().unwrap_or(NaiveDate::MAX);
            let within = format!("created_at >= '{day} 00:00:00' AND created_at < '{next} 00:00:00'");
            let joined = users::table.filter(sql::<Bool>(&within)).order(users::created_at).select(ROW);
            Counted(vec![UpTo::new(joined, cap, false)])
        });
        Kept(EachCounted(counts.collect())).load(c)
    })?;
    Ok(in_order(found))
}
