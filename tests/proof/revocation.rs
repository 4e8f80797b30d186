//! F16: who was shut out is not served any more, at whichever replica they ask.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::time::sleep;

use crate::Outcome;
use crate::client::{ask, get};
use crate::clock::now;
use crate::ground::Ground;
use crate::newcomers::{Newcomer, Reply};
use crate::scene::{Scene, person_page};
use crate::table::Finding;

/// Browsers that hold the same session.
const BROWSERS: usize = 6;
/// They go on asking for so long.
const AFTERWARDS: Duration = Duration::from_millis(60);

#[derive(Debug, Clone, Copy)]
enum Shut {
    SignOut,
    Suspend,
    Demote,
    Remove,
    EndSessions,
}

const WAYS: [Shut; 5] = [Shut::SignOut, Shut::Suspend, Shut::Demote, Shut::Remove, Shut::EndSessions];

/// When somebody asked, and what they were answered with.
type Asked = (Instant, u16);

/// Takes the figure.
pub async fn measure(ground: Arc<Ground>) -> Outcome<Finding> {
    let scene = Arc::new(Scene::open(&ground).await?);
    scene.code(&scene.owner, "SHORT-STAY", None, "support").await?;
    let mut finding = Finding::default();
    let (mut served, mut before, mut after) = (0, 0, 0);
    for round in 0..ground.times(100, 3) {
        for way in WAYS {
            let name = format!("guest{round:03}{}", format!("{way:?}").to_lowercase());
            let (asked, shut_at) = shut_out(&ground, &scene, &name, way).await?;
            let (late, early): (Vec<_>, Vec<_>) = asked.into_iter().partition(|(at, _)| *at > shut_at);
            let in_vain = |asked: &[Asked]| asked.iter().filter(|(_, status)| *status != 303).count();
            served += in_vain(&late);
            finding.must(in_vain(&late) == 0, || {
                format!("{name}: {} of {} were not sent to sign in", in_vain(&late), late.len())
            });
            before += early.iter().filter(|(_, status)| *status == 200).count();
            after += late.len();
        }
    }
    finding.must(before > 0 && after > 0, || "nobody asked in time".to_owned());
    finding.measured = format!("{served} of {after} served; {before} before");
    finding.faults.truncate(5);
    Ok(finding)
}

/// Somebody asks for a page of the panel again and again until well after they were shut out. Answers with all that they
/// asked, and when the one who shut them out was told that it is done.
async fn shut_out(
    ground: &Arc<Ground>,
    scene: &Arc<Scene>,
    name: &str,
    way: Shut,
) -> Outcome<(Vec<Asked>, Instant)> {
    let newcomer = Newcomer::new(ground, name.to_owned(), "SHORT-STAY");
    let reply = newcomer.until_known(ground, scene.address(0)).await;
    if reply != Reply::Joined {
        return Err(format!("{name}: {reply:?}").into());
    }
    let cookie = scene.sign_in(ground, name).await?;
    let id = scene.look()?.person(name)?;
    let over = Arc::new(AtomicBool::new(false));
    let browsers = (0..BROWSERS).map(|browser| {
        let (ground, scene, over) = (Arc::clone(ground), Arc::clone(scene), Arc::clone(&over));
        tokio::spawn(browse(ground, scene, browser, cookie.clone(), over))
    });
    let browsers: Vec<_> = browsers.collect();
    sleep(ground.dice.between(Duration::from_millis(5), Duration::from_millis(40))).await;

    let press = |cookie, path: String, fields| async move { scene.press(1, cookie, &path, fields).await };
    let answer = match way {
        Shut::SignOut => press(&cookie, "/sign-out".to_owned(), &[]).await,
        Shut::Suspend => press(&scene.owner, person_page(&id, "suspend"), &[]).await,
        Shut::Demote => press(&scene.owner, person_page(&id, "role"), &[("role", "member")]).await,
        Shut::Remove => press(&scene.owner, person_page(&id, "remove"), &[]).await,
        Shut::EndSessions => press(&scene.owner, person_page(&id, "end-sessions"), &[]).await,
    }?;
    let shut_at = now();
    sleep(AFTERWARDS).await;
    over.store(true, Ordering::Relaxed);
    if answer.status != 303 {
        return Err(format!("{way:?} was answered with {}", answer.status).into());
    }
    let mut asked = Vec::new();
    for browser in join_all(browsers).await {
        asked.extend(browser??);
    }
    Ok((asked, shut_at))
}

async fn browse(
    ground: Arc<Ground>,
    scene: Arc<Scene>,
    browser: usize,
    cookie: String,
    over: Arc<AtomicBool>,
) -> Outcome<Vec<Asked>> {
    let (request, from) = (get("/admin", &cookie), ground.addresses.next());
    let mut asked = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let at = now();
        asked.push((at, ask(scene.address(browser), from, &request).await?.status));
    }
    Ok(asked)
}
