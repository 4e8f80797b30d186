//! F21: the primary's plug is pulled while people come in at two replicas, and its standby takes its place.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::task::block_in_place;
use tokio::time::sleep;

use crate::Outcome;
use crate::checker::Checker;
use crate::cluster::Cluster;
use crate::ground::Ground;
use crate::place::{Engine, Place};
use crate::restarts::{CLIENTS, CODE, LONGEST_ABSENCE, absence, come_in, judge};
use crate::scene::Scene;
use crate::table::Finding;

/// Takes the figure.
pub async fn measure(ground: Arc<Ground>) -> Outcome<Finding> {
    let mut finding = Finding::default();
    let (rounds, mut people, mut lost, mut longest) = (ground.times(5, 1), 0, 0, Duration::ZERO);
    for _ in 0..rounds {
        let round = fail_over(&ground, &mut finding).await?;
        people += round.people;
        lost += round.lost;
        longest = longest.max(round.absence);
    }
    finding.must(longest < LONGEST_ABSENCE, || format!("nobody came in for {longest:?} after a promotion"));
    finding.measured =
        format!("{rounds} times: {lost} of {people} lost, back within {:.2} s", longest.as_secs_f64());
    finding.faults.truncate(5);
    Ok(finding)
}

struct Round {
    people: usize,
    lost: usize,
    absence: Duration,
}

async fn fail_over(ground: &Arc<Ground>, finding: &mut Finding) -> Outcome<Round> {
    let primary = Cluster::start(&ground.tools)?;
    let place = Place::new(&Engine::Postgres(primary.url.clone()))?;
    let standby = block_in_place(|| primary.standby())?;
    // Both are named; whichever takes writes is used.
    let mut both = url::Url::parse(&place.url())?;
    let ports = [&primary, &standby].map(|server| server.url.port().unwrap_or_default().to_string());
    both.query_pairs_mut()
        .append_pair("host", "127.0.0.1,127.0.0.1")
        .append_pair("port", &ports.join(","))
        .append_pair("target_session_attrs", "read-write")
        .append_pair("connect_timeout", "2");
    let mut afterwards = standby.url.clone();
    afterwards.set_path(both.path());
    let scene = Scene::with(ground, place, ground.replicas(), &[("DATABASE_URL", both.as_str())]).await?;
    let scene = Arc::new(scene);
    scene.code(&scene.owner, CODE, None, "member").await?;
    let over = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            tokio::spawn(come_in(Arc::clone(ground), Arc::clone(&scene), client, Arc::clone(&over)))
        })
        .collect();
    sleep(ground.dice.between(Duration::from_millis(500), Duration::from_millis(2_000))).await;
    block_in_place(|| primary.down("immediate"))?;
    sleep(ground.dice.between(Duration::ZERO, Duration::from_millis(500))).await;
    block_in_place(|| standby.promote())?;
    let absence = absence(ground, &scene, 0).await?;
    over.store(true, Ordering::Relaxed);
    let mut heard = Vec::new();
    for client in join_all(clients).await {
        heard.extend(client?);
    }
    let (lost, _, _) = judge(&mut Checker::at(afterwards.as_str())?, &heard, finding)?;
    Ok(Round { people: heard.len(), lost, absence })
}
