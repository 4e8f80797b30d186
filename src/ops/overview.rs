//! What the first page of the panel shows.

use std::sync::Arc;

use chrono::{Duration, NaiveDate};

use super::{CAP, OpError};
use crate::app::App;
use crate::domain::access::{EnterPanel, Permit};
use crate::domain::audit::{Entry, Sight};
use crate::domain::time::Timestamp;
use crate::ops::invites::Seen;
use crate::store::invite_lists::Listed;
use crate::store::overview::{self, Figures, Glance};
use crate::store::{Moment, State, audit_lists};

const RECENT: i64 = 8;
const DAYS: i64 = 30;
/// So many joins of a day are counted.
const MOST_JOINS: i64 = 10_000;
const DAY: Duration = Duration::days(1);
const NEAR: Duration = Duration::days(3);
/// So many of the codes whose end is near are named.
pub const MOST_ENDING: i64 = 5;

/// The figures and the latest of the log.
#[derive(Debug)]
pub struct Overview {
    /// How everything stands.
    pub figures: Figures,
    /// How many joined on each of the last days, from midnight to midnight.
    pub joins: Vec<(NaiveDate, i64)>,
    /// Codes whose end is near, the nearest first, and how many people go with each, up to 1,001.
    pub ending: Vec<(Seen<'static>, i64)>,
    /// What happened last, as far as the person may see it.
    pub recent: Vec<Entry>,
}

/// Reads the overview, as far as it was not read a moment ago in this state of the database. Each part stands by itself, so
/// that they need not be of the same moment.
///
/// # Errors
/// [`OpError::Busy`] when the database does not answer.
pub async fn overview(
    app: &App,
    permit: Permit<EnterPanel>,
    state: Option<State>,
) -> Result<Overview, OpError> {
    let (actor, moment) = (permit.actor(), Moment { state, now: app.clock.now() });
    let days = last_days(moment.now);
    let glance = match app.store.memory.glance.get(&Sight::of(actor), &moment) {
        Some(glance) => glance,
        None => read(app, Sight::of(actor), moment, days.clone()).await?,
    };
    let seen = |invite| Seen::by(actor, Listed { invite, creator: None });
    Ok(Overview {
        figures: glance.figures.clone(),
        joins: days.into_iter().zip(glance.joins.iter().copied()).collect(),
        ending: glance.ending.iter().map(|(invite, going)| (seen(invite.clone()), *going)).collect(),
        recent: glance.recent.clone(),
    })
}

async fn read(app: &App, sight: Sight, moment: Moment, days: Vec<NaiveDate>) -> Result<Arc<Glance>, OpError> {
    let store = app.store.clone();
    app.store
        .read(move |conn| {
            let now = moment.now;
            let glance = Glance {
                joins: store.joins_per_day(conn, &days, now, MOST_JOINS)?,
                ending: overview::ending(conn, (now, now + NEAR), MOST_ENDING, CAP)?,
                figures: overview::figures(conn, now - DAY, CAP)?,
                recent: audit_lists::latest(conn, sight, RECENT)?,
            };
            Ok(store.memory.glance.put(sight, moment, glance))
        })
        .await
}

/// The last 30 days, today last.
fn last_days(now: Timestamp) -> Vec<NaiveDate> {
    (0..DAYS).rev().map(|ago| (now - Duration::days(ago)).date_naive()).collect()
}
