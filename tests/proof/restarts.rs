//! F6: the database's plug is pulled, again and again, while people come in at two replicas.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::task::block_in_place;
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
pub const CLIENTS: usize = 12;
/// The pool is back when somebody new is in, at each replica.
pub const LONGEST_ABSENCE: Duration = Duration::from_secs(5);

/// What somebody heard, each time they asked with their one form.
pub type Heard = (Newcomer, Vec<Reply>);

/// Takes the figure, on a server of its own.
pub async fn measure(ground: Arc<Ground>) -> Outcome<Finding> {
    let cluster = Cluster::start(&ground.tools)?;
    let place = Place::new(&Engine::Postgres(cluster.url.clone()))?;
    let scene = Arc::new(Scene::with(&ground, place, ground.replicas(), &[]).await?);
    scene.code(&scene.owner, CODE, None, "member").await?;
    let over = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            tokio::spawn(come_in(Arc::clone(&ground), Arc::clone(&scene), client, Arc::clone(&over)))
        })
        .collect();
    let mut finding = Finding::default();
    let (rounds, mut longest) = (ground.times(20, 3), Duration::ZERO);
    for round in 0..rounds {
        sleep(ground.dice.between(Duration::from_millis(300), Duration::from_millis(1_500))).await;
        block_in_place(|| cluster.down("immediate"))?;
        sleep(ground.dice.between(Duration::ZERO, Duration::from_millis(500))).await;
        block_in_place(|| cluster.up())?;
        longest = longest.max(absence(&ground, &scene, round).await?);
    }
    over.store(true, Ordering::Relaxed);
    let mut heard = Vec::new();
    for client in join_all(clients).await {
        heard.extend(client?);
    }
    finding.must(longest < LONGEST_ABSENCE, || format!("nobody came in for {longest:?} after a restart"));
    let (lost, double, busy) = judge(&mut scene.look()?, &heard, &mut finding)?;
    finding.measured = format!(
        "{rounds} restarts: {lost} of {} lost, {double} double, {busy} answers of 503, back within {:.2} s",
        heard.len(),
        longest.as_secs_f64()
    );
    finding.faults.truncate(5);
    Ok(finding)
}

/// How long it takes until somebody new is in at each replica.
pub async fn absence(ground: &Ground, scene: &Scene, round: usize) -> Outcome<Duration> {
    let up = now();
    for replica in 0..scene.launches.len() {
        let first = Newcomer::new(ground, format!("first{replica}after{round:02}"), CODE);
        while first.knock(ground, scene.address(replica)).await != Reply::Joined {
            if up.elapsed() > LONGEST_ABSENCE * 4 {
                return Err("nobody gets in any more".into());
            }
            sleep(Duration::from_millis(5)).await;
        }
    }
    Ok(up.elapsed())
}

/// One after the other; each asks at one replica and then at the next until they are in.
pub async fn come_in(
    ground: Arc<Ground>,
    scene: Arc<Scene>,
    client: usize,
    over: Arc<AtomicBool>,
) -> Vec<Heard> {
    let mut heard = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let newcomer = Newcomer::new(&ground, format!("client{client:02}x{:05}", heard.len()), CODE);
        let mut replies = Vec::new();
        while replies.last() != Some(&Reply::Joined) && replies.len() < 500 {
            replies.push(newcomer.knock(&ground, scene.address(client + replies.len())).await);
            if replies.last() != Some(&Reply::Joined) {
                sleep(Duration::from_millis(50)).await;
            }
        }
        heard.push((newcomer, replies));
    }
    heard
}

/// Everybody is in, once, and nobody heard anything but that or that they should come again. Answers with how many were
/// lost, how many accounts are too many, and how often the answer was 503.
pub fn judge(look: &mut Checker, heard: &[Heard], finding: &mut Finding) -> Outcome<(usize, usize, usize)> {
    finding.faults.extend(look.faults()?);
    let there = look.usernames()?;
    let (mut lost, mut busy) = (0, 0);
    for (newcomer, replies) in heard {
        let joined = replies.last() == Some(&Reply::Joined);
        lost += usize::from(joined && !there.contains(&newcomer.name));
        finding.must(joined && there.contains(&newcomer.name), || format!("{} is not in", newcomer.name));
        busy += replies.iter().filter(|reply| **reply == Reply::Busy).count();
        let other = replies.iter().find(|reply| !matches!(reply, Reply::Joined | Reply::Busy));
        finding.must(other.is_none(), || format!("{}: {other:?}", newcomer.name));
    }
    let accounts = look.count("users WHERE username LIKE 'client%'")?;
    finding.must(accounts == heard.len(), || format!("{accounts} accounts of {} people", heard.len()));
    Ok((lost, accounts.saturating_sub(heard.len()), busy))
}
