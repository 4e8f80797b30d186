//! The two ways to ask: when it is time, and when the last one was answered.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::Outcome;
use crate::load::asking::{Asker, Reply};
use crate::load::requests::Kind;
use crate::load::tally::{Pace, Tally};

/// From when to when it counts, and since when it is asked.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    begin: Instant,
    /// The first moment that counts.
    pub from: Instant,
    /// The first that does not any more.
    pub until: Instant,
}

impl Span {
    /// One that begins with a warm-up.
    pub fn starting_now(warm_up: Duration, lasting: Duration) -> Self {
        let begin = Instant::now();
        Self { begin, from: begin + warm_up, until: begin + warm_up + lasting }
    }

    /// How long it is without the warm-up.
    pub fn seconds(self) -> f64 {
        (self.until - self.from).as_secs_f64()
    }
}

type Tallies = Vec<(Kind, Pace, Tally)>;

/// Each kind at its own rate.
pub async fn open(askers: &[(Arc<Asker>, f64)], span: Span) -> Outcome<Tallies> {
    let mut kinds = Vec::new();
    for ((asker, rate), place) in askers.iter().zip(0_u32..) {
        // Rates have multiples in common; nobody begins at the same moment.
        let apart = Duration::from_secs_f64(0.25 / rate) * place;
        kinds.push((asker.kind, *rate, tokio::spawn(at_times(Arc::clone(asker), *rate, apart, span))));
    }
    let mut tallies = Vec::new();
    for (kind, rate, tally) in kinds {
        tallies.push((kind, Pace::Rate(rate), tally.await??));
    }
    Ok(tallies)
}

struct Done {
    due: Instant,
    late: Duration,
    took: Duration,
    reply: Reply,
}

/// Somebody who is answered late does not ask less often.
async fn at_times(asker: Arc<Asker>, rate: f64, apart: Duration, span: Span) -> Outcome<Tally> {
    let mut tally = Tally::default();
    let mut asking = JoinSet::new();
    for number in 0_u32.. {
        let due = span.begin + apart + Duration::from_secs_f64(f64::from(number) / rate);
        if due >= span.until {
            break;
        }
        sleep_until(due).await;
        let asker = Arc::clone(&asker);
        asking.spawn(async move {
            let late = due.elapsed();
            let reply = asker.ask().await;
            Done { due, late, took: due.elapsed(), reply }
        });
        while let Some(done) = asking.try_join_next() {
            count(&mut tally, span, done?);
        }
    }
    while let Some(done) = asking.join_next().await {
        count(&mut tally, span, done?);
    }
    Ok(tally)
}

fn count(tally: &mut Tally, span: Span, done: Done) {
    let Done { due, late, took, reply } = done;
    tally.add(span, due, took, reply);
    tally.add_late(span, due, late);
}

/// So many of each kind, each as fast as it is answered.
pub async fn closed(askers: &[(Arc<Asker>, f64)], clients: u16, span: Span) -> Outcome<Tallies> {
    let mut kinds = Vec::new();
    for (asker, _) in askers {
        let mut asking = JoinSet::new();
        for _ in 0..clients {
            asking.spawn(one_after_the_other(Arc::clone(asker), span));
        }
        kinds.push((asker.kind, asking));
    }
    let mut tallies = Vec::new();
    for (kind, mut asking) in kinds {
        let mut tally = Tally::default();
        while let Some(done) = asking.join_next().await {
            tally.join(done?);
        }
        tallies.push((kind, Pace::Clients(clients), tally));
    }
    Ok(tallies)
}

async fn one_after_the_other(asker: Arc<Asker>, span: Span) -> Tally {
    let mut tally = Tally::default();
    loop {
        let asked = Instant::now();
        if asked >= span.until {
            return tally;
        }
        let reply = asker.ask().await;
        let wait = reply.wait;
        tally.add(span, asked, asked.elapsed(), reply);
        if let Some(wait) = wait {
            sleep_until(span.until.min(Instant::now() + wait)).await;
        }
    }
}
