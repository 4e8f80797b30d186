//! F15: a database of an older version is brought up to date, by a program that is killed in the middle of it.

use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::migration::{MigrationSource, MigrationVersion};
use diesel::{Connection, PgConnection, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use doorlist::domain::database::DatabaseAddress;
use tokio::time::sleep;

use crate::Outcome;
use crate::checker::{Checker, Hand};
use crate::client::{ask, get};
use crate::clock::now;
use crate::ground::Ground;
use crate::guests::Guests;
use crate::place::Place;
use crate::program::{Launch, Program};
use crate::scene::{Scene, serving};
use crate::table::Finding;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
/// Taking this one back, and all after it, takes nobody's data along.
const FIRST: &str = "0009";
/// One code in so many people.
const EACH: usize = 10;
/// A PostgreSQL whose client was killed goes on with what it was told last, and the next one waits for that.
const LONGEST_MIGRATION: Duration = Duration::from_secs(600);
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// Takes the figure.
pub async fn measure(ground: Arc<Ground>) -> Outcome<Finding> {
    let scene = Scene::open(&ground).await?;
    let people = ground.times(100_000, 5_000);
    fill(&scene, people).await?;
    let (launch, place) = (scene.launches.first().ok_or("nobody serves")?.clone(), scene.into_place());
    let before = Contents::of(&place)?;
    let taken_back = take_back(&place)?;
    let mut finding = Finding::default();
    match complete(&ground, &launch, &place).await {
        Ok((program, killed, took)) => {
            drop(program);
            finding.must(killed > 0, || "it was never killed in the middle".to_owned());
            finding.measured = format!(
                "{taken_back} migrations, {people} people, killed {killed} times in the middle, then {:.1} s",
                took.as_secs_f64()
            );
        }
        Err(error) => {
            finding.measured = "it does not start any more".to_owned();
            finding.faults.push(error.to_string());
            return Ok(finding);
        }
    }
    let after = Contents::of(&place)?;
    finding.must(before.schema == after.schema, || "the schema is another".to_owned());
    finding.must(before.rows == after.rows, || "the rows are others".to_owned());
    finding.faults.extend(Checker::open(&place)?.faults()?);
    Ok(finding)
}

/// Starts the program and kills it again, until one start is let come to its end. Answers with how often there was
/// something left to do, and how long the last start took.
async fn complete(ground: &Ground, launch: &Launch, place: &Place) -> Outcome<(Program, usize, Duration)> {
    let longest = Duration::from_millis(if ground.short { 100 } else { 1_500 });
    let mut in_the_middle = 0;
    for _ in 0..ground.times(10, 4) {
        if pending(place)? == 0 {
            take_back(place)?;
        }
        let program = launch.start()?;
        begun(place).await?;
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

/// People, and a code for every few of them; one brought them all.
async fn fill(scene: &Scene, people: usize) -> Outcome<()> {
    scene.code(&scene.owner, "MIGRATED-1", None, "member").await?;
    let guests = Guests { names: "guest6x", ids: 6, people, exempt: 0, code: "MIGRATED-1" };
    let codes = (0..people / EACH).map(|number| {
        format!(
            "('{number:026}', 'MANY-{number:06}', 'MANY{number:06}', 'Table {number}', 'table {number}', 'member', 3, 0, \
             FALSE, FALSE, FALSE, '2026-01-01 00:00:00', '2026-01-01 00:00:00')"
        )
    });
    let codes = codes.collect::<Vec<_>>().join(", ");
    Hand::open(&scene.place)?.put(&format!(
        "{}; INSERT INTO invites (id, code, code_reading, label, label_folded, role, max_uses, uses, lapsed, \
         delete_users_on_expiry, paused, created_at, updated_at) VALUES {codes}",
        guests.statements()
    ))
}

/// What must be the same afterwards.
struct Contents {
    schema: Vec<String>,
    rows: Vec<String>,
}

impl Contents {
    fn of(place: &Place) -> Outcome<Self> {
        let mut look = Checker::open(place)?;
        let schema = look.schema()?;
        let mut rows = Vec::new();
        for each in [
            "SELECT id || username || role || status || came_with || name_folded || CAST(created_at AS TEXT) AS value \
             FROM users ORDER BY id",
            "SELECT id || code || label_folded || standing || CAST(uses AS TEXT) AS value FROM invites ORDER BY id",
            "SELECT user_id || invite_id AS value FROM invite_uses ORDER BY user_id",
            "SELECT id || action || coalesce(target_id, '') AS value FROM audit WHERE actor_kind <> 'job' ORDER BY id",
        ] {
            rows.extend(look.values(each)?);
        }
        Ok(Self { schema, rows })
    }
}

/// Takes back the last migrations, as somebody would who goes back to the version before. Answers with how many.
fn take_back(place: &Place) -> Outcome<usize> {
    match DatabaseAddress::parse(&place.url())? {
        DatabaseAddress::Sqlite(path) => {
            revert(&mut SqliteConnection::establish(&path.to_string_lossy())?, || SQLITE)
        }
        DatabaseAddress::Postgres(url) => revert(&mut PgConnection::establish(url.reveal())?, || POSTGRES),
    }
}

fn revert<C>(connection: &mut C, migrations: fn() -> EmbeddedMigrations) -> Outcome<usize>
where
    C: Connection + MigrationHarness<C::Backend>,
    EmbeddedMigrations: MigrationSource<C::Backend>,
{
    let mut taken_back = 0;
    let first = MigrationVersion::from(FIRST);
    while connection.applied_migrations()?.iter().any(|version| *version >= first) {
        connection.revert_last_migration(migrations())?;
        taken_back += 1;
    }
    Ok(taken_back)
}

/// Waits until the program is at it, or has done it already.
async fn begun(place: &Place) -> Outcome<()> {
    let started = now();
    while !is_locked(place)? && pending(place)? > 0 {
        if started.elapsed() > LONGEST_WAIT {
            return Err("the program does not begin with its migrations".into());
        }
        sleep(Duration::from_millis(1)).await;
    }
    Ok(())
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
            Ok(SqliteConnection::establish(&path.to_string_lossy())?.pending_migrations(SQLITE)?.len())
        }
        DatabaseAddress::Postgres(url) => {
            Ok(PgConnection::establish(url.reveal())?.pending_migrations(POSTGRES)?.len())
        }
    }
}
