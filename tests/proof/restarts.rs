//! F6: the database's plug is pulled, again and again, while people come in at two replicas.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::task::{JoinHandle, block_in_place};
use tokio::time::sleep;

use crate::Outcome;
use crate::checker::Checker;
use crate::clock::now;
use crate::cluster::Cluster;
use crate::ground::Ground;
use crate::newcomers::{Newcomer, Reply};
use crate::place::{Engine, Place};
use crate::scene::Scene;
use crate::table::Finding;

/// What everybody brings.
pub const CODE: &str = "RESTARTS-1";
/// So many come in at the same time.
const CLIENTS: usize = 12;
/// The pool is back when somebody new is in, at each replica.
pub const LONGEST_ABSENCE: Duration = Duration::from_secs(5);

/// What somebody heard, each time they asked with their one form.
pub type Heard = (Newcomer, Vec<Reply>);

/// Takes the figure, on a server of its own.
pub async fn measure(ground: Arc<Ground>) -> Outcome<Finding> {
    let cluster = Cluster::start(&ground.tools)?;
    let place = Place::new(&Engine::Postgres(cluster.url.clone()))?;
    let scene = Scene::with(&ground, place, ground.replicas(), &[]).await?;
    scene.code(&scene.owner, CODE, None, "member").await?;
    let doors: Vec<SocketAddr> = (0..ground.replicas()).map(|replica| scene.address(replica)).collect();
    let comers = Comers::begin(&ground, &doors, "client");
    let mut finding = Finding::default();
    let (rounds, mut longest) = (ground.times(20, 3), Duration::ZERO);
    for round in 0..rounds {
        sleep(ground.dice.between(Duration::from_millis(300), Duration::from_millis(1_500))).await;
        block_in_place(|| cluster.down("immediate"))?;
        sleep(ground.dice.between(Duration::ZERO, Duration::from_millis(500))).await;
        block_in_place(|| cluster.up())?;
        longest = longest.max(absence(&ground, &doors, &format!("{round:02}")).await?);
    }
    let heard = comers.end().await?;
    finding.must(longest < LONGEST_ABSENCE, || format!("nobody came in for {longest:?} after a restart"));
    let (lost, double, busy) = judge(&mut scene.look()?, ("client", false), &heard, &mut finding)?;
    finding.measured = format!(
        "{rounds} restarts: {lost} of {} lost, {double} double, {busy} answers of 503, back within {:.2} s",
        heard.len(),
        longest.as_secs_f64()
    );
    finding.faults.truncate(5);
    Ok(finding)
}

/// How long it takes until somebody new is in at each door.
pub async fn absence(ground: &Ground, doors: &[SocketAddr], after: &str) -> Outcome<Duration> {
    let up = now();
    for (number, door) in doors.iter().enumerate() {
        let first = Newcomer::new(ground, format!("first{number}after{after}"), CODE);
        while first.knock(ground, *door).await != Reply::Joined {
            if up.elapsed() > LONGEST_ABSENCE * 4 {
                return Err("nobody gets in any more".into());
            }
            sleep(Duration::from_millis(5)).await;
        }
    }
    Ok(up.elapsed())
}

/// People who come in, until they are told that it is over.
pub struct Comers {
    over: Arc<AtomicBool>,
    clients: Vec<JoinHandle<Vec<Heard>>>,
}

impl Comers {
    /// Some at a time, whose names begin with a word. Each asks at one door and then at the next until they are in.
    pub fn begin(ground: &Arc<Ground>, doors: &[SocketAddr], names: &'static str) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let client = |client| {
            let (ground, over, doors) = (Arc::clone(ground), Arc::clone(&over), doors.to_vec());
            tokio::spawn(async move {
                come_in(&ground, &doors, &format!("{names}{client:02}x"), client, &over).await
            })
        };
        Self { clients: (0..CLIENTS).map(client).collect(), over }
    }

    /// Whoever is at the door still gets in.
    pub async fn end(self) -> Outcome<Vec<Heard>> {
        self.over.store(true, Ordering::Relaxed);
        let mut heard = Vec::new();
        for client in join_all(self.clients).await {
            heard.extend(client?);
        }
        Ok(heard)
    }
}

async fn come_in(
    ground: &Ground,
    doors: &[SocketAddr],
    names: &str,
    client: usize,
    over: &AtomicBool,
) -> Vec<Heard> {
    let mut heard = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let newcomer = Newcomer::new(ground, format!("{names}{:05}", heard.len()), CODE);
        let mut replies = Vec::new();
        for door in doors.iter().cycle().skip(client % doors.len()).take(500) {
            replies.push(newcomer.knock(ground, *door).await);
            if replies.last() == Some(&Reply::Joined) {
                break;
            }
            sleep(Duration::from_millis(50)).await;
        }
        heard.push((newcomer, replies));
    }
    heard
}

/// Everybody is in, once, and nobody heard anything but that or that they should come again; or, where that may be, no
/// answer. Answers with how many were lost, how many accounts are too many, and how often the answer was 503.
pub fn judge(
    look: &mut Checker,
    (names, may_hear_nothing): (&str, bool),
    heard: &[Heard],
    finding: &mut Finding,
) -> Outcome<(usize, usize, usize)> {
    finding.faults.extend(look.faults()?);
    let there = look.usernames()?;
    let (mut lost, mut busy) = (0, 0);
    let fine = |reply: &&Reply| match reply {
        Reply::Joined | Reply::Busy => true,
        Reply::Lost(_) => may_hear_nothing,
        Reply::Refused | Reply::Wrong(_) => false,
    };
    for (newcomer, replies) in heard {
        let joined = replies.last() == Some(&Reply::Joined);
        lost += usize::from(joined && !there.contains(&newcomer.name));
        finding.must(joined && there.contains(&newcomer.name), || format!("{} is not in", newcomer.name));
        busy += replies.iter().filter(|reply| **reply == Reply::Busy).count();
        let other = replies.iter().find(|reply| !fine(reply));
        finding.must(other.is_none(), || format!("{}: {other:?}", newcomer.name));
    }
    let accounts = look.count(&format!("users WHERE username LIKE '{names}%'"))?;
    finding.must(accounts == heard.len(), || format!("{accounts} accounts of {} people", heard.len()));
    Ok((lost, accounts.saturating_sub(heard.len()), busy))
}
