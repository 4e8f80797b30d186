//! What a load came to, and how it is written down.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::load::Loop;
use crate::load::growth::{Growth, Sample};
use crate::load::tally::{Late, Measured, Pace};
use crate::machine::Machine;
use crate::report::shown;

/// One loop on one kind of database.
#[derive(Debug, Serialize)]
pub struct Run {
    /// Which.
    pub database: &'static str,
    /// Whether requests were due at fixed times.
    #[serde(rename = "loop")]
    pub which: Loop,
    /// How long it lasted.
    pub seconds: f64,
    /// How long each window is.
    pub window_seconds: f64,
    /// What became of the requests.
    pub kinds: Vec<Measured>,
    /// How the memory went, in MiB.
    pub memory: Growth,
    /// How the open files and connections went.
    pub handles: Growth,
    /// Both, once a second.
    pub samples: Vec<Sample>,
    /// The memory before anybody asked.
    pub memory_at_rest_mib: f64,
    /// The most there ever was.
    pub memory_peak_mib: f64,
    /// Of all cores, what the program had.
    pub processor_percent: f64,
    /// And what the driver had.
    pub driver_processor_percent: f64,
}

/// All of them.
#[derive(Debug, Serialize)]
pub struct Report {
    /// On what.
    pub machine: Machine,
    /// The compiler that built the program.
    pub rust: String,
    /// Which state of the project.
    pub commit: String,
    /// In the order in which they were done.
    pub runs: Vec<Run>,
}

impl Loop {
    /// What the table calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open loop",
            Self::Closed => "closed loop",
        }
    }
}

/// So long, for people.
pub fn duration(seconds: f64) -> String {
    if seconds < 120.0 { format!("{seconds} seconds") } else { format!("{} minutes", seconds / 60.0) }
}

impl Measured {
    /// How often it was asked for, in words.
    pub fn pace_in_words(&self) -> String {
        match self.pace {
            Pace::Rate(rate) => format!("{rate} a second"),
            Pace::Clients(clients) => format!("{clients} clients"),
        }
    }
}

fn in_words(answers: &BTreeMap<String, usize>) -> String {
    answers.iter().map(|(answer, count)| format!("{count} × {answer}")).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Run {
    /// As Markdown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "**{}, {}, {}**\n", self.database, self.which.name(), duration(self.seconds))?;
        writeln!(f, "| | Asked | Answered | A second | p50 | p99 | p99.9 | Most |")?;
        writeln!(f, "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |")?;
        for measured in &self.kinds {
            let Measured { kind, times, answers, .. } = measured;
            let pace = measured.pace_in_words();
            write!(
                f,
                "| {} | {pace} | {} | {:.1} ",
                kind.name(),
                in_words(answers),
                self.a_second(times.good)
            )?;
            for time in [times.p50, times.p99, times.p999, times.most] {
                write!(f, "| {} ", shown(time, "ms"))?;
            }
            writeln!(f, "|")?;
        }
        let Self { memory_at_rest_mib: rest, memory_peak_mib: peak, .. } = self;
        let memory = self.memory.in_words("MiB");
        writeln!(f, "\n- Memory: {memory}. Before the load {rest:.1} MiB, at the most {peak:.1} MiB")?;
        writeln!(f, "- Files and connections: {}", self.handles.in_words("open"))?;
        let Self { processor_percent: program, driver_processor_percent: driver, .. } = self;
        writeln!(f, "- Of all processor time: the program {program:.0} %, the driver {driver:.0} %")?;
        let late: Vec<&Late> = self.kinds.iter().filter_map(|kind| kind.late.as_ref()).collect();
        if !late.is_empty() {
            let most =
                |of: fn(&Late) -> f64| shown(late.iter().map(|late| of(late)).fold(0.0, f64::max), "ms");
            let (p50, p99) = (most(|late| late.p50), most(|late| late.p99));
            writeln!(f, "- Of these times, the driver's own delay: p50 {p50}, p99 {p99} at the most")?;
        }
        writeln!(f)
    }
}

impl Run {
    fn a_second(&self, count: usize) -> f64 {
        count as f64 / self.seconds
    }
}

impl fmt::Display for Report {
    /// As Markdown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { machine, rust, commit, runs } = self;
        writeln!(f, "{}\n{rust}, {commit}\n", machine.line())?;
        runs.iter().try_for_each(|run| write!(f, "{run}"))
    }
}
