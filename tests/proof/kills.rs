//! F3: the program is killed at any moment while people come in.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::sleep;

use crate::Outcome;
use crate::ground::Ground;
use crate::newcomers::{Newcomer, Reply};
use crate::scene::Scene;
use crate::table::Finding;

const CLIENTS: usize = 12;
/// So few that some codes are used up and some are not.
const PLACES: usize = 20;

/// What somebody heard.
pub type Heard = (Newcomer, Reply);

/// Takes the figure.
pub async fn measure(ground: Arc<Ground>) -> Outcome<Finding> {
    let scene = Arc::new(Scene::open(&ground).await?);
    let mut finding = Finding::default();
    let (rounds, mut whole, mut joined, mut unsure) = (ground.times(200, 15), 0, 0, 0);
    for round in 0..rounds {
        let code = format!("KILLED-{round:03}");
        scene.code(&scene.owner, &code, Some(PLACES), "member").await?;
        let heard = until_killed(&ground, &scene, round, &code).await?;
        let before = finding.faults.len();
        let (came, lost) = judge(&ground, &scene, round, heard, &mut finding).await?;
        joined += came;
        unsure += lost;
        whole += usize::from(finding.faults.len() == before);
    }
    finding.measured =
        format!("{whole} of {rounds}: {joined} accounts; {unsure} without an answer asked again");
    Ok(finding)
}

/// People come in until the program is gone: one replica, or all of them.
async fn until_killed(
    ground: &Arc<Ground>,
    scene: &Arc<Scene>,
    round: usize,
    code: &str,
) -> Outcome<Vec<Heard>> {
    let over = Arc::new(AtomicBool::new(false));
    let clients = (0..CLIENTS).map(|client| {
        let name = format!("killed{round:03}x{client:02}x");
        tokio::spawn(client_of(
            Arc::clone(ground),
            Arc::clone(scene),
            client,
            name,
            code.to_owned(),
            Arc::clone(&over),
        ))
    });
    let clients: Vec<_> = clients.collect();
    sleep(ground.dice.between(Duration::from_millis(1), Duration::from_millis(400))).await;
    let all = scene.launches.len();
    let killed = if round % 3 == 2 { 0..all } else { round % all..round % all + 1 };
    killed.clone().try_for_each(|number| scene.kill(number))?;
    over.store(true, Ordering::Relaxed);
    let heard = join_all(clients).await.into_iter().collect::<Result<Vec<_>, _>>()?;
    for number in killed {
        scene.start(number).await?;
    }
    Ok(heard.into_iter().flatten().collect())
}

/// Somebody new comes as soon as the one before knows.
async fn client_of(
    ground: Arc<Ground>,
    scene: Arc<Scene>,
    client: usize,
    name: String,
    code: String,
    over: Arc<AtomicBool>,
) -> Vec<Heard> {
    let mut heard = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let number = heard.len();
        let newcomer = Newcomer::new(&ground, format!("{name}{number:03}"), &code);
        let reply = newcomer.knock(&ground, scene.address(client + number)).await;
        let is_last = !matches!(reply, Reply::Joined);
        heard.push((newcomer, reply));
        if is_last {
            break;
        }
    }
    heard
}

/// Holds what people heard against what is there. Whoever heard nothing asks again with the same form, and then knows.
/// Answers with how many came in, and how many had heard nothing.
async fn judge(
    ground: &Ground,
    scene: &Scene,
    round: usize,
    heard: Vec<Heard>,
    finding: &mut Finding,
) -> Outcome<(usize, usize)> {
    let mut look = scene.look()?;
    finding.faults.extend(look.faults()?.into_iter().map(|fault| format!("round {round}: {fault}")));
    let there = look.usernames()?;
    let (mut joined, mut lost) = (0, 0);
    for (newcomer, reply) in heard {
        let is_there = there.contains(&newcomer.name);
        let last = match reply {
            Reply::Lost(_) | Reply::Busy => {
                lost += 1;
                newcomer.until_known(ground, scene.address(round)).await
            }
            Reply::Joined => {
                finding.must(is_there, || {
                    format!("round {round}: {} was answered and is not there", newcomer.name)
                });
                Reply::Joined
            }
            Reply::Refused => {
                finding
                    .must(!is_there, || format!("round {round}: {} was refused and is there", newcomer.name));
                Reply::Refused
            }
            Reply::Wrong(_) => reply,
        };
        finding.must(
            matches!(last, Reply::Joined | Reply::Refused) && (!is_there || last == Reply::Joined),
            || format!("round {round}: {}: {last:?}", newcomer.name),
        );
        joined += usize::from(last == Reply::Joined);
    }
    // Anew: SQLite's search keeps what it read of its index for as long as a connection lasts, and takes what others
    // wrote since for a fault when it is asked to check.
    let mut look = scene.look()?;
    let accounts = look.count(&format!("users WHERE username LIKE 'killed{round:03}x%'"))?;
    finding.must(accounts == joined, || format!("round {round}: {accounts} accounts, {joined} answers"));
    finding.faults.extend(look.faults()?.into_iter().map(|fault| format!("round {round}, then: {fault}")));
    Ok((joined, lost))
}
