//! F13: the program is told to stop while everybody wants something of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::time::sleep;

use crate::Outcome;
use crate::client::Sent;
use crate::clock::now;
use crate::ground::Ground;
use crate::newcomers::Newcomer;
use crate::scene::Scene;
use crate::table::Finding;

const CLIENTS: usize = 24;
/// Some are slow: the server has the head of their request when it is told to stop, and gets the form after that.
const SLOW: usize = 6;
const SLOWNESS: Duration = Duration::from_millis(300);
const LONGEST: Duration = Duration::from_secs(10);

/// Somebody's request.
struct Asked {
    name: String,
    /// When the server had begun with it, if it ever did.
    begun: Option<Instant>,
    /// What came back.
    reply: Result<u16, String>,
}

/// Takes the figure.
pub async fn measure(ground: Arc<Ground>) -> Outcome<Finding> {
    let mut finding = Finding::default();
    let (mut in_flight, mut cut, mut too_late, mut slowest) = (0, 0, 0, Duration::ZERO);
    let scene = Arc::new(Scene::open(&ground).await?);
    scene.code(&scene.owner, "STOPPING-1", None, "member").await?;
    for round in 0..ground.times(20, 3) {
        let (asked, told_at, took) = stop(&ground, &scene, round, &mut finding).await?;
        slowest = slowest.max(took);
        let there = scene.look()?.usernames()?;
        for Asked { name, begun, reply } in asked {
            let answered = reply == Ok(303);
            finding.must(there.contains(&name) == answered, || {
                format!("{name}: {reply:?}, and what is there differs")
            });
            if begun.is_some_and(|begun| begun < told_at) {
                in_flight += 1;
                cut += usize::from(reply.is_err());
                finding.must(reply.is_ok(), || format!("{name} was cut: {reply:?}"));
            } else {
                too_late += usize::from(reply.is_err());
            }
        }
        finding.must(took < LONGEST, || format!("round {round}: it took {took:?} to stop"));
        scene.start(0).await?;
    }
    finding.must(in_flight > 0, || "nothing was in flight".to_owned());
    finding.measured = format!(
        "{cut} of {in_flight} cut, {too_late} came too late; stopped within {:.1} s",
        slowest.as_secs_f64()
    );
    finding.faults.truncate(5);
    Ok(finding)
}

/// People come in until the first replica is gone. Answers with what they asked, when it was told to stop, and how long
/// that took.
async fn stop(
    ground: &Arc<Ground>,
    scene: &Arc<Scene>,
    round: usize,
    finding: &mut Finding,
) -> Outcome<(Vec<Asked>, Instant, Duration)> {
    let over = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let slowness = if client < SLOW { SLOWNESS } else { Duration::ZERO };
            let name = format!("round{round:02}x{client:02}x");
            tokio::spawn(come_in(Arc::clone(ground), Arc::clone(scene), name, slowness, Arc::clone(&over)))
        })
        .collect();
    sleep(ground.dice.between(Duration::from_millis(200), Duration::from_millis(900))).await;
    let mut program = scene.take(0)?;
    let told_at = now();
    program.tell()?;
    let status = loop {
        if let Some(status) = program.ended()? {
            break status;
        }
        sleep(Duration::from_millis(1)).await;
    };
    let took = told_at.elapsed();
    over.store(true, Ordering::Relaxed);
    finding.must(status.success(), || format!("round {round}: it ended with {status}"));
    let mut asked = Vec::new();
    for client in join_all(clients).await {
        asked.extend(client?);
    }
    Ok((asked, told_at, took))
}

/// Somebody new each time, until nobody listens any more.
async fn come_in(
    ground: Arc<Ground>,
    scene: Arc<Scene>,
    name: String,
    slowness: Duration,
    over: Arc<AtomicBool>,
) -> Vec<Asked> {
    let mut asked = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let newcomer = Newcomer::new(&ground, format!("{name}{:04}", asked.len()), "STOPPING-1");
        let announced = Sent::announce(scene.address(0), ground.addresses.next(), newcomer.form()).await;
        let begun = announced.is_ok().then(now);
        let answer = match announced {
            Ok(announced) => {
                sleep(slowness).await;
                announced.answer().await
            }
            Err(error) => Err(error),
        };
        let reply = answer.map(|answer| answer.status).map_err(|error| error.to_string());
        asked.push(Asked { name: newcomer.name, begun, reply });
        if begun.is_none() {
            break;
        }
    }
    asked
}
