//! F1 and F2: more people than places, all at once; and codes that are taken back while people come in by them.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::sleep;

use crate::Outcome;
use crate::ground::Ground;
use crate::newcomers::{Newcomer, Reply, tally};
use crate::scene::{Scene, invite_page, person_page};
use crate::table::Finding;

/// More than there are places.
const TOO_MANY: usize = 100;

/// Takes the figure.
pub async fn measure(ground: Arc<Ground>) -> Outcome<Finding> {
    let scene = Arc::new(Scene::open(&ground).await?);
    let mut finding = Finding::default();
    let mut said = Vec::new();
    for places in [1, 7, ground.times(500, 60)] {
        let joined = contest(&ground, &scene, places, &mut finding).await?;
        said.push(format!("{joined} of {places}"));
    }
    let mut taken_back = 0;
    for round in 0..ground.times(5, 1) {
        for change in CHANGES {
            taken_back += usize::from(interfere(&ground, &scene, round, change, &mut finding).await?);
        }
    }
    finding.faults.extend(scene.look()?.faults()?);
    finding.measured = format!("{}; {taken_back} changes held", said.join(", "));
    Ok(finding)
}

/// Everybody sends the same code at once, half of them to each replica where there are two.
async fn contest(
    ground: &Arc<Ground>,
    scene: &Arc<Scene>,
    places: usize,
    finding: &mut Finding,
) -> Outcome<usize> {
    let code = format!("CONTEST-{places:03}");
    let invite = scene.code(&scene.owner, &code, Some(places), "member").await?;
    let crowd = crowd(ground, &format!("racer{places:03}x"), &code, places + TOO_MANY);
    let replies = at_once(ground, scene, crowd).await;
    let (joined, refused, others) = tally(&replies);
    let mut look = scene.look()?;
    let accounts = look.count(&format!("users WHERE username LIKE 'racer{places:03}x%'"))?;
    let recorded = look.count(&format!("invite_uses WHERE invite_id = '{invite}'"))?;
    let uses = look.uses(&invite)?;
    finding.must([joined, accounts, recorded, uses] == [places; 4], || {
        format!("{places} places: {joined} answers, {accounts} accounts, {recorded} recorded, {uses} counted")
    });
    finding.must(refused == TOO_MANY && others.is_empty(), || {
        format!("{places} places: {refused} refused of {TOO_MANY}, and {others:?}")
    });
    Ok(joined)
}

fn crowd(ground: &Ground, name: &str, code: &str, count: usize) -> Vec<Newcomer> {
    (0..count).map(|number| Newcomer::new(ground, format!("{name}{number:03}"), code)).collect()
}

async fn at_once(ground: &Arc<Ground>, scene: &Arc<Scene>, crowd: Vec<Newcomer>) -> Vec<Reply> {
    let knocking = crowd.into_iter().enumerate().map(|(number, newcomer)| {
        let (ground, server) = (Arc::clone(ground), scene.address(number));
        tokio::spawn(async move { newcomer.until_known(&ground, server).await })
    });
    let heard = join_all(knocking).await;
    heard.into_iter().map(|reply| reply.unwrap_or_else(|error| Reply::Wrong(error.to_string()))).collect()
}

#[derive(Debug, Clone, Copy)]
enum Change {
    Pause,
    Extend,
    Delete,
    Demote,
}

const CHANGES: [Change; 4] = [Change::Pause, Change::Extend, Change::Delete, Change::Demote];

impl Change {
    /// What the log calls that after which nobody may come in any more.
    const fn forbidding(self) -> Option<&'static str> {
        match self {
            Self::Pause => Some("invite.paused"),
            Self::Extend => None,
            Self::Delete => Some("invite.deleted"),
            Self::Demote => Some("user.role_changed"),
        }
    }
}

/// People come in while a code, or whoever made it, is changed. Says whether nobody came in afterwards.
async fn interfere(
    ground: &Arc<Ground>,
    scene: &Arc<Scene>,
    round: usize,
    change: Change,
    finding: &mut Finding,
) -> Outcome<bool> {
    let name = format!("{change:?}").to_lowercase();
    let (maker, maker_id) = maker(ground, scene, &format!("{name}maker{round:02}")).await?;
    let code = format!("{}-{round:03}", name.to_uppercase());
    let invite = scene.code(&maker, &code, None, "support").await?;
    let crowd = crowd(ground, &format!("{name}{round:02}x"), &code, ground.times(150, 60));
    let knocking = tokio::spawn({
        let (ground, scene) = (Arc::clone(ground), Arc::clone(scene));
        async move { at_once(&ground, &scene, crowd).await }
    });
    sleep(ground.dice.between(Duration::from_millis(50), Duration::from_millis(500))).await;

    let (path, fields): (String, &[(&str, &str)]) = match change {
        Change::Pause => (invite_page(&invite, "pause"), &[]),
        Change::Extend => (invite_page(&invite, "extend"), &[("days", "7")]),
        Change::Delete => (invite_page(&invite, "delete"), &[]),
        Change::Demote => (person_page(&maker_id, "role"), &[("role", "member")]),
    };
    let status = scene.press(1, &scene.owner, &path, fields).await?.status;
    finding.must(status == 303, || format!("{change:?} was answered with {status}"));
    // Who knocks from here on is late, and the answer says so.
    let late = Newcomer::new(ground, format!("{name}{round:02}late"), &code);
    let late = late.until_known(ground, scene.address(round)).await;
    let (_, _, others) = tally(&knocking.await?);
    finding.must(others.is_empty(), || format!("{change:?}: {others:?}"));
    let Some(forbidding) = change.forbidding() else {
        finding.must(late == Reply::Joined, || format!("{change:?}: then {late:?}"));
        return Ok(true);
    };
    let mut look = scene.look()?;
    let afterwards = look.count(&format!(
        "audit one, audit other WHERE one.action = 'account.registered' AND one.target_id = '{invite}' \
         AND other.action = '{forbidding}' AND other.target_id IN ('{invite}', '{maker_id}') AND {}",
        look.later()
    ))?;
    finding.must(afterwards == 0, || format!("{change:?}: {afterwards} came in after its commit"));
    finding.must(late == Reply::Refused, || format!("{change:?}: whoever came after its answer: {late:?}"));
    Ok(afterwards == 0 && late == Reply::Refused)
}

/// A manager who came in by a code: their cookie and their id.
async fn maker(ground: &Ground, scene: &Scene, name: &str) -> Outcome<(String, String)> {
    let code = format!("MAKER-{}", name.to_uppercase());
    scene.code(&scene.owner, &code, Some(1), "manager").await?;
    let reply = Newcomer::new(ground, name.to_owned(), &code).until_known(ground, scene.address(0)).await;
    if reply != Reply::Joined {
        return Err(format!("the maker of a code: {reply:?}").into());
    }
    Ok((scene.sign_in(ground, name).await?, scene.look()?.person(name)?))
}
