//! F15: a database of an older version is brought up to date, by a program that is killed in the middle of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDateTime;
use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::{Connection, PgConnection, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use doorlist::domain::database::DatabaseAddress;
use doorlist::sys::clock::{Clock, SystemClock};
use tokio::time::sleep;

use crate::Outcome;
use crate::checker::Checker;
use crate::client::{ask, get};
use crate::clock::now;
use crate::earlier;
use crate::ground::Ground;
use crate::place::Place;
use crate::program::{Launch, Program};
use crate::scene::{Scene, serving};
use crate::table::Finding;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
/// Taking everything back, taking back what came after the last rows of an earlier version, and taking back what keeps
/// all that the program writes today.
const ALL: &str = "0000";
const SINCE: &str = "0008";
const KEEPING: &str = "0009";
/// A PostgreSQL whose client was killed goes on with what it was told last, and the next one waits for that.
const LONGEST_MIGRATION: Duration = Duration::from_secs(600);
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// Takes the figure.
pub async fn measure(ground: Arc<Ground>) -> Outcome<Finding> {
    let scene = Scene::with(&ground, Place::new(&ground.engine)?, 1, &[]).await?;
    let people = ground.times(100_000, 5_000);
    let (launch, place) = (scene.launches.first().ok_or("nobody serves")?.clone(), scene.into_place());
    let (fresh, mut finding) = (Checker::open(&place)?.schema()?, Finding::default());
    let all = empty(&place, &mut finding)?;
    migrate(&place, &Plan::Fill(people, SystemClock.now().naive_utc()))?;
    let early = Contents::of(&place)?;
    let (killed, took) = match complete(&ground, &launch, &place).await {
        Ok((program, killed, took)) => {
            drop(program);
            (killed, took)
        }
        Err(error) => {
            finding.measured = "it does not start any more".to_owned();
            finding.faults.push(error.to_string());
            return Ok(finding);
        }
    };
    finding.must(killed > 0, || "it was never killed in the middle".to_owned());
    finding.faults.extend(early.changed(&place)?);
    finding.must(Checker::open(&place)?.schema()? == fresh, || "the schema is another".to_owned());
    finding.faults.extend(Checker::open(&place)?.faults()?);

    // Down and up once more, now with all that this version writes; and then all the way.
    let today = Contents::of(&place)?;
    migrate(&place, &Plan::TakeBack(KEEPING))?;
    started(&launch).await?;
    finding.faults.extend(today.changed(&place)?);
    empty(&place, &mut finding)?;
    started(&launch).await?;
    finding
        .must(Checker::open(&place)?.schema()? == fresh, || "built anew, the schema is another".to_owned());
    finding.measured = format!(
        "{all} migrations, {people} people of an earlier version, killed {killed} times in the middle, then {:.1} s",
        took.as_secs_f64()
    );
    Ok(finding)
}

/// Takes everything back; nothing is left then. Answers with how many migrations there are.
fn empty(place: &Place, finding: &mut Finding) -> Outcome<usize> {
    let all = migrate(place, &Plan::TakeBack(ALL))?;
    let left = Checker::open(place)?.schema()?;
    let left = left.into_iter().find(|line| !line.contains("__diesel_schema_migrations"));
    finding.must(left.is_none(), || format!("without any migration there is {left:?}"));
    Ok(all)
}

/// Starts the program, waits until it serves, and stops it.
async fn started(launch: &Launch) -> Outcome<()> {
    let program = launch.start()?;
    serving(launch.address, LONGEST_MIGRATION).await?;
    drop(program);
    Ok(())
}

/// Starts the program and kills it again, until one start is let come to its end. Answers with how often there was
/// something left to do, and how long the last start took.
async fn complete(ground: &Ground, launch: &Launch, place: &Place) -> Outcome<(Program, usize, Duration)> {
    let longest = Duration::from_millis(if ground.short { 100 } else { 1_500 });
    let mut in_the_middle = 0;
    for round in 0..ground.times(10, 6) {
        if pending(place)? == 0 {
            migrate(place, &Plan::TakeBack(SINCE))?;
        }
        // Every other time in the middle of the second of them, which takes longer than the first.
        let left = pending(place)?.saturating_sub(round % 2);
        let mut program = launch.start()?;
        begun(&mut program, place, left).await?;
        sleep(ground.dice.between(Duration::ZERO, longest)).await;
        program.kill()?;
        in_the_middle += usize::from(pending(place)? > 0);
    }
    let begun = now();
    let program = launch.start()?;
    serving(launch.address, LONGEST_MIGRATION).await?;
    let took = begun.elapsed();
    match ask(launch.address, ground.addresses.next(), &get("/readyz", "")).await?.status {
        200 => Ok((program, in_the_middle, took)),
        status => Err(format!("/readyz was answered with {status}").into()),
    }
}

/// What must be the same afterwards: of each table the columns that there are, and what is in them.
struct Contents(BTreeMap<String, (String, Vec<String>)>);

impl Contents {
    fn of(place: &Place) -> Outcome<Self> {
        let mut look = Checker::open(place)?;
        let mut tables = BTreeMap::new();
        for (table, columns) in look.columns()? {
            let texts = columns.iter().map(|column| format!("coalesce(CAST(\"{column}\" AS TEXT), '~')"));
            let each =
                format!("SELECT {} AS value FROM {table}", texts.collect::<Vec<_>>().join(" || ' | ' || "));
            let rows = look.values(&each)?;
            tables.insert(table, (each, rows));
        }
        Ok(Self(tables))
    }

    /// What is not there any more, as it was. The program adds to its log, and to that alone.
    fn changed(&self, place: &Place) -> Outcome<Vec<String>> {
        let (mut look, mut faults) = (Checker::open(place)?, Vec::new());
        for (table, (each, before)) in &self.0 {
            let after = look.values(each)?;
            let there: BTreeSet<&String> = after.iter().collect();
            let gone: Vec<&String> = before.iter().filter(|row| !there.contains(row)).collect();
            if let Some(first) = gone.first() {
                faults.push(format!("{table}: {} rows are others, as {first:.120}", gone.len()));
            }
            if table != "audit" && after.len() != before.len() {
                faults.push(format!("{table}: {} rows, and later {}", before.len(), after.len()));
            }
        }
        Ok(faults)
    }
}

/// What is done with the migrations, without the program.
enum Plan {
    /// Take back this one and all after it, as somebody would who goes back to the version before.
    TakeBack(&'static str),
    /// Do those of an earlier version, and write after each what people wrote: so many of them, at this moment.
    Fill(usize, NaiveDateTime),
}

/// Answers with how many migrations were done or taken back.
fn migrate(place: &Place, plan: &Plan) -> Outcome<usize> {
    match DatabaseAddress::parse(&place.url())? {
        DatabaseAddress::Sqlite(path) => {
            carry_out(&mut SqliteConnection::establish(&path.to_string_lossy())?, || SQLITE, plan)
        }
        DatabaseAddress::Postgres(url) => {
            carry_out(&mut PgConnection::establish(url.reveal())?, || POSTGRES, plan)
        }
    }
}

fn carry_out<C>(connection: &mut C, migrations: fn() -> EmbeddedMigrations, plan: &Plan) -> Outcome<usize>
where
    C: Connection + MigrationHarness<C::Backend>,
    EmbeddedMigrations: MigrationSource<C::Backend>,
{
    let mut many = 0;
    match *plan {
        Plan::TakeBack(first) => {
            let first = MigrationVersion::from(first);
            while connection.applied_migrations()?.iter().any(|version| *version >= first) {
                connection.revert_last_migration(migrations())?;
                many += 1;
            }
        }
        Plan::Fill(people, at) => {
            let mut steps: Vec<Box<dyn Migration<C::Backend>>> = migrations().migrations()?;
            steps.sort_by_key(|step| step.name().version().to_string());
            for step in steps {
                let version = step.name().version().to_string();
                if *version > *earlier::LAST {
                    break;
                }
                connection.run_migration(&*step)?;
                connection
                    .batch_execute(&format!("BEGIN; {}; COMMIT", earlier::rows(&version, people, at)))?;
                many += 1;
            }
        }
    }
    Ok(many)
}

/// Waits until the program is at the first of so many, or has done it already.
async fn begun(program: &mut Program, place: &Place, left: usize) -> Outcome<()> {
    let started = now();
    loop {
        let pending = pending(place)?;
        if pending < left.max(1) || (pending == left && is_locked(place)?) {
            return Ok(());
        }
        if started.elapsed() > LONGEST_WAIT || program.ended()?.is_some() {
            return Err("the program does not go on with its migrations".into());
        }
        sleep(Duration::from_millis(1)).await;
    }
}

/// Whether somebody changes tables at this moment.
fn is_locked(place: &Place) -> Outcome<bool> {
    match DatabaseAddress::parse(&place.url())? {
        DatabaseAddress::Sqlite(path) => {
            let mut c = SqliteConnection::establish(&path.to_string_lossy())?;
            Ok(c.batch_execute("BEGIN IMMEDIATE; ROLLBACK").is_err())
        }
        DatabaseAddress::Postgres(_) => {
            let locks = "pg_locks JOIN pg_database ON pg_database.oid = database AND datname = current_database() \
                 WHERE mode = 'AccessExclusiveLock' AND granted";
            Ok(Checker::open(place)?.count(locks)? > 0)
        }
    }
}

/// How many migrations a killed program has left to do.
fn pending(place: &Place) -> Outcome<usize> {
    match DatabaseAddress::parse(&place.url())? {
        DatabaseAddress::Sqlite(path) => {
            let mut c = SqliteConnection::establish(&path.to_string_lossy())?;
            // The program has the file to itself for a moment when it opens it.
            c.batch_execute("PRAGMA busy_timeout = 5000")?;
            Ok(c.pending_migrations(SQLITE)?.len())
        }
        DatabaseAddress::Postgres(url) => {
            Ok(PgConnection::establish(url.reveal())?.pending_migrations(POSTGRES)?.len())
        }
    }
}
