//! Proves from outside what the program promises: it drives the release build over the loopback network, kills it, fills
//! its disk and pulls the plug of its database, and then looks into the database by itself. `tests/proof/run` builds both
//! and starts this. It ends with 1 when a figure misses its target, and with 2 when one could not be taken.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the table is for the terminal")]

mod backups;
mod canaries;
mod checker;
mod cleanup;
mod client;
#[path = "../../benches/figures/clock.rs"]
mod clock;
mod cluster;
mod contest;
mod crowd;
mod durability;
mod earlier;
mod failover;
mod faketime;
mod figures;
mod full_disk;
mod gateway;
mod generated;
mod grammar;
mod ground;
mod guests;
mod headers;
#[path = "../../benches/figures/installed.rs"]
mod installed;
mod kills;
#[path = "../../benches/figures/machine.rs"]
mod machine;
mod migrations;
mod newcomers;
mod offers;
mod owners;
#[path = "../../benches/figures/place.rs"]
mod place;
mod program;
mod restarts;
mod revocation;
#[path = "../../benches/figures/samples.rs"]
mod samples;
mod scene;
mod slowness;
mod stopping;
mod strange;
mod table;
mod tally;
mod timing;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use crate::client::Addresses;
use crate::cluster::Cluster;
use crate::figures::{FIGURES, Figure};
use crate::ground::{Dice, Ground};
use crate::machine::Machine;
use crate::place::Engine;
use crate::table::{Cell, Row, Table};

/// What went wrong, in a sentence for whoever started the harness.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A figure that takes longer hangs.
const LONGEST_FIGURE: Duration = Duration::from_secs(3_600);

/// Proves the program's promises from outside.
#[derive(Debug, Parser)]
struct Arguments {
    /// The figures to take, as F1; all of them where none is named.
    figures: Vec<String>,
    /// The program under proof.
    #[arg(long, value_name = "FILE", default_value = "target/release/doorlist")]
    program: PathBuf,
    /// The folder of PostgreSQL's tools (initdb, pg_ctl).
    #[arg(long, value_name = "FOLDER")]
    postgres: PathBuf,
    /// The library that lets a program see another time.
    #[arg(long, value_name = "FILE")]
    faketime: PathBuf,
    /// The proxy.
    #[arg(long, value_name = "FILE")]
    nginx: PathBuf,
    /// Fewer rounds of everything: a minute or two in all.
    #[arg(long)]
    short: bool,
    /// Only on this kind of database.
    #[arg(long, value_name = "KIND")]
    only: Option<Kind>,
    /// Where chance begins.
    #[arg(long, value_name = "NUMBER", default_value_t = 20_261_120)]
    seed: u64,
    /// The compiler that built the program, to write down.
    #[arg(long, value_name = "TEXT", default_value = "unknown compiler")]
    rust: String,
    /// The state of the project, to write down.
    #[arg(long, value_name = "TEXT", default_value = "unknown commit")]
    commit: String,
    /// What `cargo bench` adds.
    #[arg(long, hide = true)]
    bench: bool,
}

/// A kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    Sqlite,
    Postgres,
}

/// How many threads can really run at once.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get)
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match stoppable(prove(arguments)).await {
        Ok(Table(rows)) => {
            let cells = || rows.iter().flat_map(|row| &row.cells);
            let missed = u8::from(cells().any(Cell::is_missed));
            ExitCode::from(if cells().any(Cell::is_failed) { 2 } else { missed })
        }
        Err(error) => {
            eprintln!("tests/proof/run: {error}");
            ExitCode::from(2)
        }
    }
}

/// Whatever ends the run early, everything it started ends with it: it is dropped here.
async fn stoppable(run: impl Future<Output = Outcome<Table>>) -> Outcome<Table> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        done = run => done,
        _ = interrupt.recv() => Err("interrupted".into()),
        _ = terminate.recv() => Err("told to stop".into()),
    }
}

async fn prove(arguments: Arguments) -> Outcome<Table> {
    let program = &arguments.program;
    let program = program.canonicalize().map_err(|error| format!("{}: {error}", program.display()))?;
    let wanted = wanted(&arguments.figures, arguments.short)?;
    println!("- Machine: {}", Machine::here()?.line());
    println!("- Build: {}, {}", arguments.rust, arguments.commit);
    println!("- Seed: {}{}", arguments.seed, if arguments.short { ", the short form" } else { "" });
    let cluster = Cluster::start(&arguments.postgres)?;
    let ground = |engine| {
        Arc::new(Ground {
            program: program.clone(),
            engine,
            tools: arguments.postgres.clone(),
            faketime: arguments.faketime.clone(),
            nginx: arguments.nginx.clone(),
            short: arguments.short,
            dice: Dice::new(arguments.seed),
            addresses: Addresses::default(),
        })
    };
    let mut rows = Vec::new();
    for figure in wanted {
        let mut cells = [Cell::Empty, Cell::Empty];
        let kinds = [(Kind::Sqlite, Engine::Sqlite), (Kind::Postgres, Engine::Postgres(cluster.url.clone()))];
        for (cell, (kind, engine)) in cells.iter_mut().zip(kinds) {
            if figure.takes(&engine) && arguments.only.is_none_or(|only| only == kind) {
                *cell = take(figure, ground(engine)).await;
            }
        }
        rows.push(Row { id: figure.id, what: figure.what, target: figure.target, cells });
    }
    let table = Table(rows);
    print!("\n{table}");
    Ok(table)
}

fn wanted(names: &[String], short: bool) -> Outcome<Vec<&'static Figure>> {
    if let Some(unknown) = names.iter().find(|name| !FIGURES.iter().any(|figure| figure.is(name))) {
        return Err(format!("{unknown} is no figure of this harness").into());
    }
    let asked = |figure: &&Figure| match names {
        [] => !(short && figure.is_timed),
        names => names.iter().any(|name| figure.is(name)),
    };
    Ok(FIGURES.iter().filter(asked).collect())
}

/// Takes a figure, and says at once what is wrong with it.
async fn take(figure: &Figure, ground: Arc<Ground>) -> Cell {
    let on = ground.engine.name();
    eprintln!("{} on {on}: {}", figure.id, figure.what);
    let taken = tokio::time::timeout(LONGEST_FIGURE, figure.take(ground)).await;
    match taken.unwrap_or_else(|_| Err("it took too long".into())) {
        Ok(finding) => {
            finding.faults.iter().for_each(|fault| eprintln!("{} on {on}: MISSED: {fault}", figure.id));
            Cell::Taken(finding)
        }
        Err(error) => {
            eprintln!("{} on {on}: could not be taken: {error}", figure.id);
            Cell::Failed
        }
    }
}
