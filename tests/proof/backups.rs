//! F14: backups are made while people come in, and restored elsewhere, into either kind of database.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::task::block_in_place;
use tokio::time::sleep;

use crate::Outcome;
use crate::checker::{Checker, Hand};
use crate::ground::Ground;
use crate::guests::Guests;
use crate::newcomers::{Newcomer, Reply};
use crate::place::{Engine, Place};
use crate::program::Launch;
use crate::scene::Scene;
use crate::table::Finding;

const CLIENTS: usize = 8;
/// So many are there already that writing a backup takes its time.
const PEOPLE: usize = 10_000;

/// Names, in the order in which nobody forgets any.
type Names = Arc<Mutex<BTreeSet<String>>>;

/// Takes the figure.
pub async fn measure(ground: Arc<Ground>) -> Outcome<Finding> {
    let scene = Arc::new(Scene::open(&ground).await?);
    scene.code(&scene.owner, "BACKED-UP", None, "member").await?;
    let guests = Guests { names: "guest5x", ids: 5, people: PEOPLE, exempt: 0, code: "BACKED-UP" };
    Hand::open(&scene.place)?.put(&guests.statements())?;
    let (over, answered, sent) = (Arc::new(AtomicBool::new(false)), Names::default(), Names::default());
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let names = (Arc::clone(&answered), Arc::clone(&sent));
            tokio::spawn(come_in(Arc::clone(&ground), Arc::clone(&scene), client, names, Arc::clone(&over)))
        })
        .collect();
    let mut finding = Finding::default();
    let (rounds, mut whole, mut most) = (ground.times(10, 3), 0, 0);
    for round in 0..rounds {
        sleep(ground.dice.between(Duration::from_millis(200), Duration::from_millis(800))).await;
        let before = all(&answered);
        let file = scene.place.folder().join(format!("backup-{round}.gz"));
        let file = file.to_string_lossy();
        let launch = scene.launches.first().ok_or("nobody serves")?;
        block_in_place(|| launch.run(&["backup", &file]))?;
        let at_most = all(&sent);
        // Every other one crosses over to the other kind of database, where there is one.
        let engine = if round % 2 == 0 { ground.engine.clone() } else { Engine::Sqlite };
        let elsewhere = Place::new(&engine)?;
        let restored = Launch::new(&ground.program, elsewhere.folder(), &elsewhere.url(), "restored")?;
        let faults = match block_in_place(|| restored.run(&["restore", &file])) {
            Ok(()) => judge(&elsewhere, &before, &at_most)?,
            Err(error) => vec![error.to_string()],
        };
        whole += usize::from(faults.is_empty());
        finding.faults.extend(faults.into_iter().map(|fault| format!("backup {round}: {fault}")));
        most = guests.people + before.len();
    }
    over.store(true, Ordering::Relaxed);
    for client in join_all(clients).await {
        finding.faults.extend(client?);
    }
    finding.measured = format!("{whole} of {rounds} whole, up to {most} accounts");
    finding.faults.truncate(5);
    Ok(finding)
}

fn all(names: &Names) -> BTreeSet<String> {
    names.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn add(names: &Names, name: String) {
    names.lock().unwrap_or_else(PoisonError::into_inner).insert(name);
}

/// Somebody new each time. Answers with what went wrong.
async fn come_in(
    ground: Arc<Ground>,
    scene: Arc<Scene>,
    client: usize,
    (answered, sent): (Names, Names),
    over: Arc<AtomicBool>,
) -> Vec<String> {
    let mut faults = Vec::new();
    let mut number = 0;
    while !over.load(Ordering::Relaxed) {
        number += 1;
        let newcomer = Newcomer::new(&ground, format!("client{client:02}x{number:05}"), "BACKED-UP");
        add(&sent, newcomer.name.clone());
        match newcomer.until_known(&ground, scene.address(client)).await {
            Reply::Joined => add(&answered, newcomer.name),
            other => faults.push(format!("{}: {other:?}", newcomer.name)),
        }
    }
    faults
}

/// Everybody is there who was in before the backup began, nobody who had not even asked, and nobody by half.
fn judge(place: &Place, before: &BTreeSet<String>, at_most: &BTreeSet<String>) -> Outcome<Vec<String>> {
    let mut look = Checker::open(place)?;
    let mut faults = look.faults()?;
    let mut there = look.usernames()?;
    there.retain(|name| name.starts_with("client"));
    let (lost, invented) = (before.difference(&there).count(), there.difference(at_most).count());
    if lost + invented > 0 {
        faults.push(format!("{lost} are missing, {invented} were never there"));
    }
    let clients = "users WHERE username LIKE 'client%'";
    let half = [
        format!("{clients} AND id NOT IN (SELECT user_id FROM invite_uses)"),
        format!("{clients} AND id NOT IN (SELECT actor_id FROM audit WHERE action = 'account.registered')"),
        "audit WHERE action = 'account.registered' AND actor_id NOT IN (SELECT id FROM users)".to_owned(),
    ];
    for half in half {
        match look.count(&half)? {
            0 => {}
            found => faults.push(format!("{found} {half}")),
        }
    }
    Ok(faults)
}
