//! Everything at once for as long as it is told to: people who register and sign in, pages of the panel, programs. First
//! each at its own fixed rate, then each as fast as it is answered, while the program's memory and handles are watched.

mod asking;
mod growth;
mod loops;
mod plot;
mod requests;
mod results;
mod tally;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::load::asking::Asker;
use crate::load::loops::Span;
use crate::load::requests::Kind;
use crate::load::results::{Report, Run};
use crate::machine::Machine;
use crate::place::{Engine, Place};
use crate::program::{Program, processor_time};
use crate::storm::Addresses;
use crate::{Common, Outcome, api, cores, crowd, newcomers, people};

/// What is there before anybody asks: lists that are longer than a page.
const CROWD: crowd::Size = crowd::Size { rows: 10_000, audit: 20_000 };
/// Not counted: connections are made and buffers are filled.
const WARM_UP: Duration = Duration::from_secs(3);
/// How long filling a database and stopping a program may take beside the loops.
const LONGEST_PREPARATION: Duration = Duration::from_secs(300);
/// A token may create once a second. Taking turns, so many are never refused at any rate that two cores reach.
const TOKENS_OF_A_CLOSED_LOOP: usize = 4_096;

/// Asks for everything at once.
#[derive(Debug, Args)]
pub struct Arguments {
    /// How many minutes each loop lasts.
    #[arg(long, value_name = "NUMBER", default_value = "0.5", value_parser = minutes)]
    minutes: Duration,
    /// Requests of a kind a second in the open loop; 0 leaves it out. Once for each kind.
    #[arg(long = "rate", value_name = "KIND=NUMBER", value_parser = rate)]
    rates: Vec<(Kind, f64)>,
    /// Clients of each kind in the closed loop.
    #[arg(long, value_name = "NUMBER", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    clients: u16,
    /// This loop only.
    #[arg(long = "loop", value_name = "WHICH")]
    only_loop: Option<Loop>,
    /// This kind of database only.
    #[arg(long, value_name = "DATABASE")]
    only: Option<Database>,
    /// A folder for a picture of each loop.
    #[arg(long, value_name = "FOLDER")]
    plots: Option<PathBuf>,
}

/// When the next request is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Loop {
    /// At a fixed time, whatever happened to those before it.
    Open,
    /// As soon as the one before it was answered.
    Closed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Database {
    Sqlite,
    Postgres,
}

fn minutes(text: &str) -> Result<Duration, String> {
    let minutes = text.parse().ok().filter(|minutes| (0.2..=600.0).contains(minutes));
    minutes
        .map(|minutes: f64| Duration::from_secs_f64((minutes * 60.0).round()))
        .ok_or("from 0.2 to 600".into())
}

fn rate(text: &str) -> Result<(Kind, f64), String> {
    let (kind, number) = text.split_once('=').ok_or("a kind and a number, like lists=60")?;
    let number = number.parse().ok().filter(|rate| (0.0..=10_000.0).contains(rate));
    Ok((Kind::from_str(kind, false)?, number.ok_or("from 0 to 10000 a second")?))
}

impl Arguments {
    /// What is asked for, unless it was said otherwise; the last word counts.
    fn rates(&self) -> Vec<(Kind, f64)> {
        let wanted = |kind| self.rates.iter().rev().find(|(named, _)| *named == kind).map(|(_, rate)| *rate);
        let all = Kind::ALL.into_iter().map(|kind| (kind, wanted(kind).unwrap_or(kind.usual_rate())));
        all.filter(|(_, rate)| *rate > 0.0).collect()
    }

    fn loops(&self) -> impl Iterator<Item = Loop> {
        [Loop::Open, Loop::Closed]
            .into_iter()
            .filter(|which| self.only_loop.is_none_or(|only| only == *which))
    }

    fn engines(&self, postgres: Option<url::Url>) -> Outcome<Vec<Engine>> {
        let sqlite = (self.only != Some(Database::Postgres)).then_some(Engine::Sqlite);
        let postgres = postgres.filter(|_| self.only != Some(Database::Sqlite)).map(Engine::Postgres);
        let engines: Vec<_> = sqlite.into_iter().chain(postgres).collect();
        if engines.is_empty() { Err("--only postgres needs --postgres".into()) } else { Ok(engines) }
    }

    /// After this it hangs.
    pub fn longest(&self) -> Duration {
        (self.minutes + LONGEST_PREPARATION) * 4
    }
}

/// Runs the loops one after the other, each with a database and a process of its own, and writes down what came of it.
pub async fn measure(arguments: &Arguments, common: Common) -> Outcome<()> {
    let Common { program, postgres, json, rust, commit, bench: _ } = common;
    let engines = arguments.engines(postgres)?;
    if arguments.rates().is_empty() {
        return Err("nothing is asked for".into());
    }
    let mut report = Report { machine: Machine::here()?, rust, commit, runs: Vec::new() };
    for engine in &engines {
        for which in arguments.loops() {
            let seconds = arguments.minutes.as_secs();
            eprintln!("asking on {}, {} for {seconds} seconds", engine.name(), which.name());
            let run = run(&program, engine, which, arguments).await?;
            if let Some(folder) = &arguments.plots {
                plot::write(folder, engine, &run, &report)?;
            }
            report.runs.push(run);
        }
    }
    print!("{report}");
    if let Some(file) = json {
        std::fs::write(file, serde_json::to_string_pretty(&report)? + "\n")?;
    }
    Ok(())
}

/// A program with lists to read, and who asks it.
struct Ground {
    program: Program,
    askers: Vec<(Arc<Asker>, f64)>,
    // Gone last: its database is the program's.
    _place: Place,
}

impl Ground {
    async fn prepare(binary: &Path, engine: &Engine, which: Loop, rates: &[(Kind, f64)]) -> Outcome<Self> {
        let place = Place::new(engine)?;
        let program = Program::start(binary, &place)?;
        people::set_up(&program, &place).await?;
        program.stop()?;
        crowd::fill(&place, CROWD)?;
        newcomers::invite(&place).await?;
        people::add(&place, requests::ACCOUNTS).await?;
        let tokens = api::tokens(&place, tokens(which, rates)).await?;
        let program = Program::start(binary, &place)?;
        let cookie = people::owner(&program).await?;
        let addresses = Arc::new(Addresses::default());
        let asker = |(kind, rate): &(Kind, f64)| {
            let knock = requests::of(*kind, program.address, &cookie, &tokens);
            (Arc::new(Asker::new(*kind, program.address, knock, Arc::clone(&addresses))), *rate)
        };
        let askers = rates.iter().map(asker).collect();
        Ok(Self { program, askers, _place: place })
    }
}

/// Every other request of a program creates: with a token for each request a second, each creates every two seconds, twice
/// as seldom as it may.
fn tokens(which: Loop, rates: &[(Kind, f64)]) -> usize {
    let rate = rates.iter().find(|(kind, _)| *kind == Kind::Api).map_or(0.0, |(_, rate)| *rate);
    match which {
        Loop::Open => (1_u16..).find(|tokens| f64::from(*tokens) >= rate).map_or(1, usize::from),
        Loop::Closed => TOKENS_OF_A_CLOSED_LOOP,
    }
}

async fn run(binary: &Path, engine: &Engine, which: Loop, arguments: &Arguments) -> Outcome<Run> {
    let ground = Ground::prepare(binary, engine, which, &arguments.rates()).await?;
    let Ground { program, askers, .. } = &ground;
    let (at_rest, _) = program.memory()?;
    let span = Span::starting_now(WARM_UP, arguments.minutes);
    let watched = async {
        tokio::time::sleep_until(span.from).await;
        let before = (program.processor_time()?, processor_time("self")?);
        let samples = growth::watch(program, span).await?;
        let after = (program.processor_time()?, processor_time("self")?);
        Outcome::Ok((samples, after.0 - before.0, after.1 - before.1))
    };
    let asked = async {
        match which {
            Loop::Open => loops::open(askers, span).await,
            Loop::Closed => loops::closed(askers, arguments.clients, span).await,
        }
    };
    let (tallies, (samples, program_seconds, driver_seconds)) = tokio::try_join!(asked, watched)?;
    let (_, peak) = program.memory()?;
    let kinds = tallies.into_iter().map(|(kind, pace, tally)| tally.measured(kind, pace, span)).collect();
    let share = |seconds: f64| seconds * 100.0 / span.seconds() / cores() as f64;
    let run = Run {
        database: engine.name(),
        which,
        seconds: span.seconds(),
        window_seconds: tally::window_of(span),
        kinds,
        memory: growth::of_memory(&samples, span),
        handles: growth::of_handles(&samples, span),
        samples,
        memory_at_rest_mib: at_rest,
        memory_peak_mib: peak,
        processor_percent: share(program_seconds),
        driver_processor_percent: share(driver_seconds),
    };
    ground.program.stop()?;
    Ok(run)
}
