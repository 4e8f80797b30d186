//! All measurements on one kind of database, in one run.

use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use crate::hashing::Bare;
use crate::http::{Connection, get};
use crate::pages::{self, Round};
use crate::people;
use crate::place::{Engine, Place};
use crate::program::Program;
use crate::report::{Figure, Target};
use crate::samples::{all_millis, median, millis, quantile};
use crate::storm::{self, Addresses, Beside, CLIENTS, Knock, Storm};
use crate::{Outcome, api, hashing, newcomers, startup};

const STARTS: u32 = 9;
/// Long enough for the pools to be filled and the allocator to be at rest.
const SETTLE: Duration = Duration::from_secs(1);
const VISITS: u32 = 100;
const PAGE_ROUND: Duration = Duration::from_secs(1);
const HASH_ROUND: Duration = Duration::from_secs(3);
const STORM_ROUND: Duration = Duration::from_secs(8);
const HASHING: &str = "… of all cores, in the threads that hash";
const PAGES: [&str; 3] = ["/", "/account", "/admin"];

/// Measures the program on a kind of database.
pub async fn measure(binary: &Path, engine: &Engine, rounds: u32) -> Outcome<Vec<Figure>> {
    let mut figures = first_starts(binary, engine).await?;
    let size = std::fs::metadata(binary)?.len() as f64 / 1e6;
    figures.push(Figure::new("binary", "The program's file", "MB", &[size]).target(Target::Below(20.0)));

    let place = Place::new(engine)?;
    let program = Program::start(binary, &place)?;
    people::set_up(&program, &place).await?;
    program.stop()?;
    figures.extend(later_starts(binary, &place).await?);

    let program = Program::start(binary, &place)?;
    figures.extend(idle(&program).await?);
    let cookie = people::owner(&program).await?;
    figures.extend(compare_pages(&program, &cookie, rounds).await?);
    program.stop()?;
    figures.extend(api::measure(binary, &place, rounds).await?);

    // Another process, so that its memory is that of signing in only.
    people::add(&place, CLIENTS).await?;
    let program = Program::start(binary, &place)?;
    figures.extend(sign_ins(&program, rounds).await?);
    program.stop()?;

    newcomers::invite(&place).await?;
    let program = Program::start(binary, &place)?;
    figures.extend(registrations(&program, rounds).await?);
    program.stop()?;
    Ok(figures)
}

async fn first_starts(binary: &Path, engine: &Engine) -> Outcome<Vec<Figure>> {
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let place = Place::new(engine)?;
        let (program, start) = startup::start(binary, &place, "/setup").await?;
        program.stop()?;
        starts.push(start);
    }
    Ok(started("new", "First start", &starts, Target::Below(300.0)))
}

async fn later_starts(binary: &Path, place: &Place) -> Outcome<Vec<Figure>> {
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let (program, start) = startup::start(binary, place, "/sign-in").await?;
        program.stop()?;
        starts.push(start);
    }
    Ok(started("existing", "Later start", &starts, Target::Below(50.0)))
}

fn started(id: &str, name: &str, starts: &[startup::Startup], target: Target) -> Vec<Figure> {
    let health: Vec<f64> = starts.iter().map(|start| millis(start.health)).collect();
    let page: Vec<f64> = starts.iter().map(|start| millis(start.page)).collect();
    vec![
        Figure::new(&format!("start.{id}.healthz"), &format!("{name}, to `/healthz`"), "ms", &health)
            .target(target),
        Figure::new(&format!("start.{id}.page"), &format!("{name}, to the first page"), "ms", &page)
            .target(target),
    ]
}

async fn idle(program: &Program) -> Outcome<Vec<Figure>> {
    sleep(SETTLE).await;
    let (fresh, _) = program.memory()?;
    let mut connection = Connection::open(program.address, Ipv4Addr::LOCALHOST).await?;
    for _ in 0..VISITS {
        connection.ask(&get(program.address, "/sign-in", "")).await?;
    }
    sleep(SETTLE).await;
    let (used, _) = program.memory()?;
    Ok(vec![
        Figure::new("memory.start", "Memory after the start", "MiB", &[fresh]).target(Target::Below(20.0)),
        Figure::new("memory.pages", "Memory after 100 pages", "MiB", &[used]).target(Target::Below(20.0)),
    ])
}

/// Rounds take turns, so that whatever else the machine does falls on all of them.
async fn compare_pages(program: &Program, cookie: &str, rounds: u32) -> Outcome<Vec<Figure>> {
    let mut bare = Vec::new();
    let mut signed_in: Vec<Vec<Round>> = PAGES.iter().map(|_| Vec::new()).collect();
    pages::round(program, "/account", cookie, PAGE_ROUND).await?;
    for _ in 0..rounds {
        bare.push(pages::round(program, "/healthz", "", PAGE_ROUND).await?);
        for (path, done) in PAGES.iter().zip(&mut signed_in) {
            done.push(pages::round(program, path, cookie, PAGE_ROUND).await?);
        }
    }
    let mut figures = page_figures("/healthz", &bare);
    for (path, done) in PAGES.iter().zip(&signed_in) {
        let shares: Vec<f64> =
            done.iter().zip(&bare).map(|(page, bare)| page.rate * 100.0 / bare.rate).collect();
        let name = format!("`{path}`, of the rate of `/healthz`");
        figures.push(
            Figure::new(&format!("pages.{path}.share"), &name, "%", &shares).target(Target::AtLeast(5.0)),
        );
        figures.extend(page_figures(path, done));
    }
    Ok(figures)
}

fn page_figures(path: &str, rounds: &[Round]) -> Vec<Figure> {
    let figure = |id: &str, name: &str, unit, value: &dyn Fn(&Round) -> f64| {
        let values: Vec<f64> = rounds.iter().map(value).collect();
        Figure::new(&format!("pages.{path}.{id}"), &format!("`{path}`, {name}"), unit, &values)
    };
    vec![
        figure("rate", "answers", "/s", &|round| round.rate),
        figure("p50", "p50", "ms", &|round| median(&all_millis(&round.times))),
        figure("p99", "p99", "ms", &|round| quantile(&all_millis(&round.times), 0.99)),
        figure("processor", "processor time of the server", "µs", &|round| round.processor_micros),
    ]
}

/// Rounds of everybody coming in, and what the bare hash allows.
struct Storms {
    bare: Vec<Bare>,
    rounds: Vec<Storm>,
    /// The rate of each round in percent of the bare one.
    shares: Vec<f64>,
}

impl Storms {
    /// Bare hashing before and after each round; each round is held against the mean of its neighbours.
    async fn gather(
        program: &Program,
        knock: &Knock,
        addresses: &Arc<Addresses>,
        beside: Beside,
        rounds: u32,
    ) -> Outcome<Self> {
        let cookie = people::owner(program).await?;
        let mut bare = vec![hashing::bare(HASH_ROUND)?];
        let mut done = Vec::new();
        for _ in 0..rounds {
            done.push(storm::storm(program, &cookie, knock, addresses, (STORM_ROUND, beside)).await?);
            bare.push(hashing::bare(HASH_ROUND)?);
        }
        let rates: Vec<f64> = bare.iter().map(|bare| bare.rate).collect();
        let shares = shares(&done, &rates);
        Ok(Self { bare, rounds: done, shares })
    }

    fn figure(&self, id: &str, name: &str, unit: &'static str, value: impl Fn(&Storm) -> f64) -> Figure {
        let values: Vec<f64> = self.rounds.iter().map(value).collect();
        Figure::new(id, name, unit, &values)
    }
}

fn shares(storms: &[Storm], bare: &[f64]) -> Vec<f64> {
    let neighbours = bare.iter().zip(bare.iter().skip(1)).map(|(before, after)| (before + after) / 2.0);
    storms.iter().zip(neighbours).map(|(storm, bare)| storm.rate * 100.0 / bare).collect()
}

async fn sign_ins(program: &Program, rounds: u32) -> Outcome<Vec<Figure>> {
    let (knock, addresses) = (people::signing_in(program.address), Arc::default());
    let storms = Storms::gather(program, &knock, &addresses, Beside::Pages, rounds).await?;
    let ((_, peak), huge) = (program.memory()?, program.huge_pages()?);
    let bare_rates: Vec<f64> = storms.bare.iter().map(|bare| bare.rate).collect();
    let bare_millis: Vec<f64> = storms.bare.iter().map(|bare| bare.processor_millis).collect();
    let figure = |id: &str, name: &str, unit, value: &dyn Fn(&Storm) -> f64| {
        storms.figure(&format!("sign_in.{id}"), name, unit, value)
    };
    let below = Target::Below(50.0);
    Ok(vec![
        Figure::new("sign_in.bare", "argon2id alone, a thread for each core", "/s", &bare_rates),
        figure("rate", "64 clients signing in: completed", "/s", &|storm| storm.rate),
        figure("cores", HASHING, "%", &Storm::share_of_hashing),
        Figure::new("sign_in.share", "… of the rate of argon2id alone", "%", &storms.shares)
            .target(Target::AtLeast(90.0)),
        Figure::new("sign_in.peak", "… peak memory", "MiB", &[peak]).target(Target::Below(80.0)),
        Figure::new("sign_in.huge", "… memory in huge pages", "MiB", &[huge]),
        figure("pages.p99", "… p99 of signed-in pages meanwhile", "ms", &|s| p99(&s.pages)).target(below),
        figure("healthz.p99", "… p99 of `/healthz` meanwhile", "ms", &|s| p99(&s.health)).target(below),
        figure("pages.p50", "… p50 of signed-in pages meanwhile", "ms", &|s| median(&all_millis(&s.pages))),
        figure("late.p99", "… of these p99, the driver's own delay", "ms", &|s| p99(&s.late)),
        figure("p50", "… p50 of a sign-in", "ms", &|s| median(&all_millis(&s.entries))),
        figure("p99", "… p99 of a sign-in", "ms", &|s| p99(&s.entries)),
        figure("busy", "… 503 with Retry-After", "/s", &|storm| storm.busy_rate),
        Figure::new("sign_in.bare_processor", "Processor time of one argon2id alone", "ms", &bare_millis),
        figure("server", "… of the server for one sign-in", "ms", &|storm| storm.server_millis),
        figure("hashing", "… of its threads that hash", "ms", &|storm| storm.hash_millis),
        figure("driver", "… of the driver for one sign-in", "ms", &|storm| storm.driver_millis),
    ])
}

async fn registrations(program: &Program, rounds: u32) -> Outcome<Vec<Figure>> {
    let (knock, addresses) = (newcomers::registering(program.address), Arc::default());
    let alone = Storms::gather(program, &knock, &addresses, Beside::Nothing, rounds).await?;
    let beside = Storms::gather(program, &knock, &addresses, Beside::Pages, rounds).await?;
    let figure = |id: &str, name: &str, unit, value: &dyn Fn(&Storm) -> f64| {
        alone.figure(&format!("join.{id}"), name, unit, value)
    };
    Ok(vec![
        figure("rate", "64 clients registering: completed", "/s", &|storm| storm.rate),
        figure("cores", HASHING, "%", &Storm::share_of_hashing),
        Figure::new("join.share", "… of the rate of argon2id alone", "%", &alone.shares)
            .target(Target::AtLeast(90.0)),
        figure("p50", "… p50 of a registration", "ms", &|s| median(&all_millis(&s.entries))),
        figure("p99", "… p99 of a registration", "ms", &|s| p99(&s.entries)),
        figure("server", "… processor time of the server for one", "ms", &|storm| storm.server_millis),
        figure("hashing", "… of its threads that hash", "ms", &|storm| storm.hash_millis),
        Figure::new(
            "join.beside.share",
            "… with 100 requests a second beside, of argon2id alone",
            "%",
            &beside.shares,
        ),
        beside
            .figure("join.pages.p99", "… p99 of signed-in pages then", "ms", |s| p99(&s.pages))
            .target(Target::Below(50.0)),
    ])
}

fn p99(times: &[Duration]) -> f64 {
    quantile(&all_millis(times), 0.99)
}
