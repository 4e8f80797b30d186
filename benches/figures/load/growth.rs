//! Memory and handles of the program, once a second, and whether they grow.

use std::time::Duration;

use serde::Serialize;
use tokio::time::{MissedTickBehavior, interval_at};

use crate::Outcome;
use crate::load::loops::Span;
use crate::program::Program;
use crate::samples::median;

const EVERY: Duration = Duration::from_secs(1);
/// Under these it is flat. Between the middles of the two fifths of half an hour lie 18 minutes and 140,000 requests:
/// two MiB are 15 bytes for each of them.
const FLAT_MIB: f64 = 2.0;
const FLAT_HANDLES: f64 = 4.0;
/// In less than ten minutes caches and counts of tries still fill.
const SHORTEST_VERDICT: f64 = 600.0;

/// The program at one moment.
#[derive(Debug, Serialize)]
pub struct Sample {
    /// Seconds after the beginning.
    pub at: f64,
    /// `VmRSS`.
    pub memory_mib: f64,
    /// Open files and connections.
    pub handles: usize,
}

/// How much more there is of something at the end than in the beginning.
#[derive(Debug, Serialize)]
pub struct Growth {
    /// The median of the second fifth of the time. The first fifth is for warming up.
    pub early: f64,
    /// The median of the last fifth.
    pub late: f64,
    /// What the one is more than the other.
    pub grown: f64,
    /// Whether that is less than what counts as flat. After a short time nobody can say.
    pub flat: Option<bool>,
    /// What counts as flat.
    pub flat_below: f64,
}

impl Growth {
    /// In a few words.
    pub fn in_words(&self, unit: &str) -> String {
        let Self { early, late, grown, flat, .. } = self;
        let verdict = match flat {
            Some(true) => ": flat",
            Some(false) => ": it grows",
            None => "",
        };
        format!("{early:.1} → {late:.1} {unit} ({grown:+.1}){verdict}")
    }
}

/// Samples until the end.
pub async fn watch(program: &Program, span: Span) -> Outcome<Vec<Sample>> {
    let mut ticks = interval_at(span.from, EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut samples = Vec::new();
    loop {
        let due = ticks.tick().await;
        if due > span.until {
            return Ok(samples);
        }
        let (memory_mib, _) = program.memory()?;
        let at = span.from.elapsed().as_secs_f64();
        samples.push(Sample { at, memory_mib, handles: program.handles()? });
    }
}

/// Of the memory, in MiB.
pub fn of_memory(samples: &[Sample], span: Span) -> Growth {
    growth(samples, span, FLAT_MIB, |sample| sample.memory_mib)
}

/// Of the handles.
pub fn of_handles(samples: &[Sample], span: Span) -> Growth {
    growth(samples, span, FLAT_HANDLES, |sample| sample.handles as f64)
}

fn growth(samples: &[Sample], span: Span, flat_below: f64, value: impl Fn(&Sample) -> f64) -> Growth {
    let fifth = |number: f64| {
        let part = span.seconds() / 5.0;
        let within =
            samples.iter().filter(|sample| (number * part..(number + 1.0) * part).contains(&sample.at));
        median(&within.map(&value).collect::<Vec<_>>())
    };
    let (early, late) = (fifth(1.0), fifth(4.0));
    let grown = late - early;
    let flat = (span.seconds() >= SHORTEST_VERDICT).then_some(grown < flat_below);
    Growth { early, late, grown, flat, flat_below }
}
