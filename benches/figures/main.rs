//! Measures the release build of the program from outside and writes the figures down. `benches/run` builds both and
//! starts this; it judges nothing and never fails over a figure.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the figures are for the terminal")]

mod api;
mod clock;
mod crowd;
mod hashing;
mod http;
mod installed;
mod lists;
mod load;
mod machine;
mod newcomers;
mod pages;
mod people;
mod place;
mod program;
mod report;
mod samples;
mod span;
mod startup;
mod storm;
mod suite;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use crate::crowd::Size;
use crate::machine::Machine;
use crate::place::Engine;
use crate::report::{Column, Report};

/// What went wrong, in a sentence for whoever started the driver.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A run that takes longer hangs; one of lists has millions of rows to write first.
const LONGEST_RUN: Duration = Duration::from_secs(900);
const LONGEST_OF_LISTS: Duration = Duration::from_secs(3_600);

/// Measures the program from outside.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Rounds of everything that is done in rounds.
    #[arg(long, value_name = "NUMBER", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=5))]
    rounds: u32,
    /// Measure these only, which a run does not measure otherwise.
    #[arg(long, value_name = "WHAT")]
    only: Option<Only>,
    /// People, and as many invites, for lists.
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000_000, value_parser = clap::value_parser!(i64).range(100..))]
    rows: i64,
    /// Rows of the audit log, for lists.
    #[arg(long, value_name = "NUMBER", default_value_t = 5_000_000, value_parser = clap::value_parser!(i64).range(100..))]
    audit: i64,
    #[command(subcommand)]
    mode: Option<Mode>,
}

/// What every mode is told.
#[derive(Debug, clap::Args)]
struct Common {
    /// The program to measure.
    #[arg(long, value_name = "FILE", default_value = "target/release/doorlist", global = true)]
    program: PathBuf,
    /// A PostgreSQL server to measure on as well, by a user who may create databases.
    #[arg(long, value_name = "URL", global = true)]
    postgres: Option<url::Url>,
    /// Where to write everything that was measured as JSON.
    #[arg(long, value_name = "FILE", global = true)]
    json: Option<PathBuf>,
    /// The compiler that built the program, to write down.
    #[arg(long, value_name = "TEXT", default_value = "unknown compiler", global = true)]
    rust: String,
    /// The state of the project, to write down.
    #[arg(long, value_name = "TEXT", default_value = "unknown commit", global = true)]
    commit: String,
    /// What `cargo bench` adds.
    #[arg(long, hide = true, global = true)]
    bench: bool,
}

/// What is not a table of figures.
#[derive(Debug, clap::Subcommand)]
enum Mode {
    /// Ask for everything at once, for a long time.
    Load(load::Arguments),
}

/// What is measured by itself.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Only {
    /// Lists and details with very many rows.
    Lists,
}

/// How many threads can really run at once.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let longest = match (&arguments.mode, arguments.only) {
        (Some(Mode::Load(load)), _) => load.longest(),
        (None, Some(Only::Lists)) => LONGEST_OF_LISTS,
        (None, None) => LONGEST_RUN,
    };
    match stoppable(longest, measure(arguments)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("benches/run: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whatever ends the run early, everything it started ends with it: it is dropped here.
async fn stoppable(longest: Duration, run: impl Future<Output = Outcome<()>>) -> Outcome<()> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        done = tokio::time::timeout(longest, run) => done.map_err(|_| "the run took too long")?,
        _ = interrupt.recv() => Err("interrupted".into()),
        _ = terminate.recv() => Err("told to stop".into()),
    }
}

async fn measure(arguments: Arguments) -> Outcome<()> {
    let Arguments { mut common, rounds, only, rows, audit, mode } = arguments;
    let program = common.program.canonicalize();
    common.program = program.map_err(|error| format!("{}: {error}", common.program.display()))?;
    if let Some(Mode::Load(load)) = mode {
        return load::measure(&load, common).await;
    }
    let Common { program, postgres, json, rust, commit, bench: _ } = common;
    let machine = Machine::here()?;
    let mut columns = Vec::new();
    for engine in std::iter::once(Engine::Sqlite).chain(postgres.map(Engine::Postgres)) {
        eprintln!("measuring on {}", engine.name());
        let figures = match only {
            Some(Only::Lists) => lists::measure(&program, &engine, Size { rows, audit }).await?,
            None => suite::measure(&program, &engine, rounds).await?,
        };
        columns.push(Column { database: engine.name(), figures });
    }
    let report = Report { machine, rust, commit, rounds, columns };
    print!("{report}");
    if let Some(file) = json {
        std::fs::write(file, serde_json::to_string_pretty(&report)? + "\n")?;
    }
    Ok(())
}
