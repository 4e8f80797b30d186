//! How long it took, over all and in the course of time. Every time is kept, so that what is said of them is exact.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use crate::load::asking::Reply;
use crate::load::loops::Span;
use crate::load::requests::Kind;
use crate::samples::{millis, quantile};

/// Enough of them for a line, and each long enough for a percentile.
const WINDOWS: f64 = 12.0;
const SHORTEST_WINDOW: f64 = 2.0;
const LONGEST_WINDOW: f64 = 10.0;

/// How often is asked.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// So many times a second.
    Rate(f64),
    /// By so many clients, each as soon as it was answered.
    Clients(u16),
}

#[derive(Debug, Clone, Copy)]
struct Taken {
    /// Seconds after the beginning at which it was due.
    at: f64,
    millis: f64,
    good: bool,
}

/// What became of the requests of one kind.
#[derive(Debug, Default)]
pub struct Tally {
    taken: Vec<Taken>,
    answers: BTreeMap<String, usize>,
    late: Vec<f64>,
}

/// Of the requests that were answered with what they asked for: milliseconds from when they were due.
#[derive(Debug, Serialize)]
pub struct Times {
    /// So many were.
    pub good: usize,
    /// Half of them took no longer.
    pub p50: f64,
    /// All but one of a hundred.
    pub p99: f64,
    /// All but one of a thousand.
    pub p999: f64,
    /// The slowest.
    pub most: f64,
}

impl Times {
    fn of<'a>(taken: impl Iterator<Item = &'a Taken>) -> Self {
        let millis: Vec<f64> = taken.filter(|one| one.good).map(|one| one.millis).collect();
        let at = |share| quantile(&millis, share);
        Self { good: millis.len(), p50: at(0.5), p99: at(0.99), p999: at(0.999), most: at(1.0) }
    }
}

/// A part of the whole time, by when requests were due.
#[derive(Debug, Serialize)]
pub struct Window {
    /// When it began, in seconds.
    pub at: f64,
    /// How long they took in it.
    #[serde(flatten)]
    pub times: Times,
    /// How many were answered with something else, or not at all.
    pub otherwise: usize,
}

/// One kind, over the whole time.
#[derive(Debug, Serialize)]
pub struct Measured {
    /// Which.
    pub kind: Kind,
    /// How often it was asked for.
    pub pace: Pace,
    /// With what it was answered, and how often.
    pub answers: BTreeMap<String, usize>,
    /// How long it took.
    #[serde(flatten)]
    pub times: Times,
    /// How many were answered with something else, or not at all.
    pub otherwise: usize,
    /// Of these times, what is not the program's: how late the driver was, in milliseconds. A closed loop is never late.
    pub late: Option<Late>,
    /// In the course of time.
    pub windows: Vec<Window>,
}

/// How late requests were sent.
#[derive(Debug, Serialize)]
pub struct Late {
    /// Half of them no later.
    pub p50: f64,
    /// All but one of a hundred.
    pub p99: f64,
}

impl Tally {
    /// Counts a request, unless it was due before it counts.
    pub fn add(&mut self, span: Span, due: Instant, took: Duration, reply: Reply) {
        let counts = due.checked_duration_since(span.from);
        if let Some(at) = counts.filter(|_| due < span.until) {
            self.taken.push(Taken { at: at.as_secs_f64(), millis: millis(took), good: reply.good });
            *self.answers.entry(reply.answer).or_default() += 1;
        }
    }

    /// Notes how late it was sent.
    pub fn add_late(&mut self, span: Span, due: Instant, late: Duration) {
        if due >= span.from {
            self.late.push(millis(late));
        }
    }

    /// Takes over what another has counted.
    pub fn join(&mut self, other: Self) {
        self.taken.extend(other.taken);
        for (answer, count) in other.answers {
            *self.answers.entry(answer).or_default() += count;
        }
    }

    /// What it all comes to.
    pub fn measured(self, kind: Kind, pace: Pace, span: Span) -> Measured {
        let Self { mut taken, answers, late } = self;
        taken.sort_by(|one, other| one.at.total_cmp(&other.at));
        let length = window_of(span);
        let windows =
            (0_u32..).map(|number| f64::from(number) * length).take_while(|at| *at < span.seconds());
        let window = |at: f64| {
            let before = |end: f64| taken.partition_point(|one| one.at < end);
            let within = taken.get(before(at)..before(at + length)).unwrap_or_default();
            Window { at, times: Times::of(within.iter()), otherwise: otherwise(within) }
        };
        Measured {
            kind,
            pace,
            answers,
            times: Times::of(taken.iter()),
            otherwise: otherwise(&taken),
            late: (!late.is_empty()).then(|| Late { p50: quantile(&late, 0.5), p99: quantile(&late, 0.99) }),
            windows: windows.map(window).collect(),
        }
    }
}

fn otherwise(taken: &[Taken]) -> usize {
    taken.iter().filter(|one| !one.good).count()
}

/// How many seconds the parts of a span have.
pub fn window_of(span: Span) -> f64 {
    (span.seconds() / WINDOWS).floor().clamp(SHORTEST_WINDOW, LONGEST_WINDOW)
}
