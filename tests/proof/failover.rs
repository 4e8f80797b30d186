//! F21: nginx stands before two replicas, of which one and then the other goes away while people come in; then the plug of
//! the primary is pulled, and its standby takes its place.

use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::block_in_place;
use tokio::time::sleep;

use crate::Outcome;
use crate::checker::Checker;
use crate::clock::now;
use crate::cluster::Cluster;
use crate::gateway::{Gateway, settings};
use crate::ground::Ground;
use crate::newcomers::Reply;
use crate::place::{Engine, Place};
use crate::restarts::{CODE, Comers, LONGEST_ABSENCE, absence, judge};
use crate::scene::Scene;
use crate::table::Finding;

/// Takes the figure.
pub async fn measure(ground: Arc<Ground>) -> Outcome<Finding> {
    let mut finding = Finding::default();
    let (rounds, mut all) = (ground.times(5, 1), Round::default());
    for _ in 0..rounds {
        fail_over(&ground, &mut all, &mut finding).await?;
    }
    let Round { people, lost, again, without_replica, without_primary } = all;
    for (longest, what) in [(without_replica, "a replica went away"), (without_primary, "a promotion")] {
        finding.must(longest < LONGEST_ABSENCE, || format!("nobody came in for {longest:?} after {what}"));
    }
    finding.measured = format!(
        "{rounds} times: {lost} of {people} lost, {again} asked again after a replica had gone, people in within {:.2} s of that, \
         and within {:.2} s of a promotion",
        without_replica.as_secs_f64(),
        without_primary.as_secs_f64()
    );
    finding.faults.truncate(5);
    Ok(finding)
}

#[derive(Default)]
struct Round {
    people: usize,
    lost: usize,
    /// How often nobody knew what had become of a form.
    again: usize,
    without_replica: Duration,
    without_primary: Duration,
}

async fn fail_over(ground: &Arc<Ground>, all: &mut Round, finding: &mut Finding) -> Outcome<()> {
    let primary = Cluster::start(&ground.tools)?;
    let place = Place::new(&Engine::Postgres(primary.url.clone()))?;
    let standby = block_in_place(|| primary.standby())?;
    let both = both(&place, &primary, &standby)?;
    let mut afterwards = standby.url.clone();
    afterwards.set_path(both.path());
    let mut environment = settings("DOORLIST_TRUSTED_PROXIES")?;
    environment.push(("DATABASE_URL", both.as_str()));
    let scene = Scene::with(ground, place, ground.replicas(), &environment).await?;
    scene.code(&scene.owner, CODE, None, "member").await?;
    let replicas = [0, 1].map(|number| scene.address(number));
    let gateway = block_in_place(|| Gateway::start(&ground.nginx, replicas))?;
    let door = [gateway.address];

    let comers = Comers::begin(ground, &door, "walker");
    all.without_replica = all.without_replica.max(lose_replicas(ground, &scene, &door).await?);
    let heard = comers.end().await?;
    all.people += heard.len();
    let replies = heard.iter().flat_map(|(_, replies)| replies);
    all.again += replies.filter(|reply| matches!(reply, Reply::Lost(_))).count();
    all.lost += judge(&mut scene.look()?, ("walker", true), &heard, finding)?.0;

    let comers = Comers::begin(ground, &door, "client");
    sleep(ground.dice.between(Duration::from_millis(500), Duration::from_millis(2_000))).await;
    block_in_place(|| primary.down("immediate"))?;
    sleep(ground.dice.between(Duration::ZERO, Duration::from_millis(500))).await;
    block_in_place(|| standby.promote())?;
    // At the door, and then at each replica: neither waits for the other.
    let doors = [&door[..], &replicas].concat();
    all.without_primary = all.without_primary.max(absence(ground, &doors, "promotion").await?);
    let heard = comers.end().await?;
    all.people += heard.len();
    let mut look = Checker::at(afterwards.as_str())?;
    all.lost += judge(&mut look, ("client", false), &heard, finding)?.0;
    addresses_are_peoples_own(&mut look, finding)
}

/// Both servers are named, as the document names them; whichever takes writes is used.
fn both(place: &Place, primary: &Cluster, standby: &Cluster) -> Outcome<url::Url> {
    let documented = settings("target_session_attrs")?;
    let (_, documented) = documented.first().ok_or("no address of two servers")?;
    let documented = url::Url::parse(documented)?;
    let mut both = url::Url::parse(&place.url())?;
    let ports = [primary, standby].map(|server| server.url.port().unwrap_or_default().to_string());
    both.query_pairs_mut()
        .extend_pairs(documented.query_pairs().filter(|(name, _)| name != "host"))
        .append_pair("host", "127.0.0.1,127.0.0.1")
        .append_pair("port", &ports.join(","));
    Ok(both)
}

/// One replica is told to stop, and the other is killed when nginx sends people to the first again. Answers with how long
/// nobody got in.
async fn lose_replicas(ground: &Ground, scene: &Scene, door: &[SocketAddr]) -> Outcome<Duration> {
    let mut longest = Duration::ZERO;
    for number in [0, 1] {
        sleep(ground.dice.between(Duration::from_millis(200), Duration::from_millis(800))).await;
        if number == 0 {
            block_in_place(|| scene.take(number).map(drop))?;
        } else {
            scene.kill(number)?;
        }
        longest = longest.max(absence(ground, door, &format!("replica{number}")).await?);
        sleep(ground.dice.between(Duration::from_millis(300), Duration::from_millis(800))).await;
        scene.start(number).await?;
        used_again(scene, number).await?;
    }
    Ok(longest)
}

/// Waits until a replica that was away has answered somebody who came through nginx.
async fn used_again(scene: &Scene, number: usize) -> Outcome<()> {
    let log = scene.launches.get(number).ok_or("no such replica")?.log();
    let answered = || -> Outcome<usize> { Ok(fs::read_to_string(&log)?.matches("route=\"/join\"").count()) };
    let (before, back) = (answered()?, now());
    while answered()? == before {
        if back.elapsed() > LONGEST_ABSENCE {
            return Err("nginx does not find a replica that is back".into());
        }
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// Each came from an address of their own, and the program knows it: none is that of nginx.
fn addresses_are_peoples_own(look: &mut Checker, finding: &mut Finding) -> Outcome<()> {
    let came = "users WHERE attempt IS NOT NULL";
    let people = look.count(came)?;
    for rows in [
        "audit WHERE action = 'account.registered'".to_owned(),
        format!("sessions WHERE user_id IN (SELECT id FROM {came})"),
    ] {
        let addresses = look.count(&format!("(SELECT DISTINCT address FROM {rows}) AS addresses"))?;
        let others = look.count(&format!("{rows} AND address NOT LIKE '127.1.%'"))?;
        finding.must(addresses >= people && others == 0, || {
            format!("{addresses} addresses of {people} people, {others} of them not theirs: {rows}")
        });
    }
    Ok(())
}
