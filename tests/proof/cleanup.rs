//! F7: people go with their codes, each once, while whoever does it is killed again and again, others try to help, and
//! one of them has a clock that is an hour ahead.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use doorlist::sys::clock::{Clock as _, SystemClock};
use tokio::time::sleep;

use crate::Outcome;
use crate::checker::{Checker, Hand};
use crate::clock::now;
use crate::cluster::Cluster;
use crate::faketime::Clock;
use crate::ground::Ground;
use crate::guests::Guests;
use crate::place::{Engine, Place};
use crate::program::{Launch, Program};
use crate::scene::Scene;
use crate::table::Finding;

/// Whoever is killed keeps the others waiting for two minutes, by the clock that all of them see.
const PAST_THE_LEASE: i64 = 130;
const HOUR: i64 = 3_600;
const MINUTE: i64 = 60;
const LONGEST_WAIT: Duration = Duration::from_secs(60);
const REMOVED: &str = "users WHERE status = 'removed'";

/// What the figure is taken with.
struct Cast {
    place: Place,
    /// Gone before the database server that they ask.
    replicas: Vec<Launch>,
    /// Whose clock is an hour ahead; only a server that is shared has one to compare it with.
    off: Option<(Launch, Clock)>,
    clock: Clock,
    _server: Option<Cluster>,
}

/// How many people came with each code, when it ends, and that people stay who are exempt.
struct Code {
    name: &'static str,
    people: usize,
    /// Seconds from the beginning.
    ends: i64,
}

const EXEMPT: usize = 3;

/// Takes the figure.
pub async fn measure(ground: Arc<Ground>) -> Outcome<Finding> {
    let mut cast = prepare(&ground).await?;
    let kills = ground.times(20, 4);
    let all = i64::try_from(kills)? * PAST_THE_LEASE;
    let codes = [
        Code { name: "FADING-NOW", people: ground.times(4_000, 1_200), ends: -MINUTE },
        Code { name: "FADING-SOON", people: 100, ends: all / 2 },
        // By the clock that is ahead, its end comes on the way.
        Code { name: "FADING-LATER", people: 100, ends: all + HOUR - MINUTE },
    ];
    fill(&cast.place, &codes)?;
    let mut finding = Finding::default();
    let mut look = Checker::open(&cast.place)?;
    for kill in 0..kills {
        let removed = interrupt(&ground, &mut cast, &mut look, kill).await?;
        let first = codes.first().map_or(0, |code| code.people);
        finding.must(removed < first, || format!("kill {kill}: everybody was gone already"));
    }
    let _last = start(&cast.replicas, 0)?;
    until(&mut look, "jobs WHERE holder IS NULL AND finished_at IS NOT NULL", 1).await?;

    judge(&mut look, &codes, &mut finding)?;
    if let Some((off, _)) = &cast.off {
        let said = fs::read_to_string(off.log())?.matches("no cleanup here").count();
        finding.must(said == kills, || format!("{said} of {kills} times the clock was found to be off"));
    }
    let (expected, early) = (look.count(REMOVED)?, finding.faults.len());
    finding.measured = format!("{expected} removed once each after {kills} kills, {early} faults");
    Ok(finding)
}

/// A database with an owner that nobody serves yet, and who will.
async fn prepare(ground: &Ground) -> Outcome<Cast> {
    let clock = Clock::ahead_by(ground, 0)?;
    let server =
        if ground.is_sqlite() { None } else { Some(Cluster::with(&ground.tools, &clock.environment())?) };
    let engine = server.as_ref().map_or(Engine::Sqlite, |server| Engine::Postgres(server.url.clone()));
    let scene = Scene::with(ground, Place::new(&engine)?, 1, &[("DOORLIST_CLEANUP_INTERVAL", "0")]).await?;
    for (name, ends) in [("FADING-NOW", "now"), ("FADING-SOON", "soon"), ("FADING-LATER", "later")] {
        scene.code(&scene.owner, name, None, "member").await.map_err(|error| format!("{ends}: {error}"))?;
    }
    let place = scene.into_place();
    // Once at the start of each, and not again by itself.
    let replica = |name: &str, clock: &Clock| -> Outcome<Launch> {
        let launch = Launch::new(&ground.program, place.folder(), &place.url(), name)?;
        let launch = launch.with("DOORLIST_CLEANUP_INTERVAL", "1h");
        Ok(clock.environment().iter().fold(launch, |launch, (name, value)| launch.with(name, value)))
    };
    let names = if ground.is_sqlite() { &["one"][..] } else { &["one", "two", "three"] };
    let replicas = names.iter().map(|name| replica(name, &clock)).collect::<Outcome<Vec<_>>>()?;
    let off = if ground.is_sqlite() {
        None
    } else {
        let ahead = Clock::ahead_by(ground, HOUR)?;
        Some((replica("off", &ahead)?, ahead))
    };
    Ok(Cast { place, replicas, off, clock, _server: server })
}

/// Everybody's code gets its end; three of each code's people are exempt, each in another way.
fn fill(place: &Place, codes: &[Code]) -> Outcome<()> {
    let mut hand = Hand::open(place)?;
    let begin = SystemClock.now();
    for (number, Code { name, people, ends }) in codes.iter().enumerate() {
        let names = format!("guest{number}x");
        let guests = Guests { names: &names, ids: number, people: *people, exempt: EXEMPT, code: name };
        let end = (begin + TimeDelta::seconds(*ends)).format("%F %T");
        hand.put(&format!(
            "{}; UPDATE invites SET expires_at = '{end}', delete_users_on_expiry = TRUE WHERE code = '{name}'",
            guests.statements()
        ))?;
    }
    Ok(())
}

fn start(replicas: &[Launch], number: usize) -> Outcome<Program> {
    replicas.get(number % replicas.len()).ok_or("no replica")?.start()
}

/// One begins; the others come in its middle, and so does the one whose clock is off; then the first is killed, and all
/// others are as well. Answers with how many are removed by then.
async fn interrupt(ground: &Ground, cast: &mut Cast, look: &mut Checker, kill: usize) -> Outcome<usize> {
    let before = look.count(REMOVED)?;
    let leader = start(&cast.replicas, kill)?;
    until(look, REMOVED, before + 1).await?;
    let mut others = (1..cast.replicas.len())
        .map(|number| start(&cast.replicas, kill + number))
        .collect::<Outcome<Vec<_>>>()?;
    if let Some((off, ahead)) = &mut cast.off {
        others.push(off.start()?);
        until_said(off, "no cleanup here", kill + 1).await?;
        ahead.advance(PAST_THE_LEASE)?;
    }
    sleep(ground.dice.between(Duration::ZERO, Duration::from_millis(60))).await;
    leader.kill()?;
    let removed = look.count(REMOVED)?;
    others.into_iter().try_for_each(Program::kill)?;
    cast.clock.advance(PAST_THE_LEASE)?;
    Ok(removed)
}

async fn until(look: &mut Checker, of: &str, at_least: usize) -> Outcome<()> {
    let begun = now();
    while look.count(of)? < at_least {
        if begun.elapsed() > LONGEST_WAIT {
            return Err(format!("there are still no {at_least} {of}").into());
        }
        sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}

async fn until_said(launch: &Launch, words: &str, times: usize) -> Outcome<()> {
    let begun = now();
    while fs::read_to_string(launch.log())?.matches(words).count() < times {
        if begun.elapsed() > LONGEST_WAIT {
            return Err(format!("the log does not say {words:?} {times} times").into());
        }
        sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}

/// Whoever had to go is gone, with one row each; nobody else is.
fn judge(look: &mut Checker, codes: &[Code], finding: &mut Finding) -> Outcome<()> {
    finding.faults.extend(look.faults()?);
    let mut expected = 0;
    for (number, code) in codes.iter().enumerate() {
        let gone = look.count(&format!("{REMOVED} AND username LIKE 'guest{number}x%'"))?;
        let goes = if code.name == "FADING-LATER" { 0 } else { code.people };
        finding.must(gone == goes, || format!("{}: {gone} went, not {goes}", code.name));
        expected += goes;
    }
    let exempt =
        look.count(&format!("{REMOVED} AND (kept OR role = 'owner' OR role_changed_at IS NOT NULL)"))?;
    finding.must(exempt == 0, || format!("{exempt} went who were exempt"));
    let early = look.count(
        "users JOIN invites ON invites.id = removed_with WHERE removed_at < expires_at OR removed_at IS NULL",
    )?;
    finding.must(early == 0, || format!("{early} went before the end of their code"));
    let rows = look.count("audit WHERE action = 'user.removed'")?;
    let told = look.count("(SELECT DISTINCT target_id FROM audit WHERE action = 'user.removed') AS told")?;
    finding.must(rows == expected && told == expected, || {
        format!("{rows} rows of the log tell of {told} people, {expected} went")
    });
    Ok(())
}
