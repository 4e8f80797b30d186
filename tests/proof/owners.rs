//! F20: two owners take each other's rights, or their own, or both those of one, at the same moment.

use std::sync::Arc;

use futures_util::future::join;

use crate::Outcome;
use crate::checker::Hand;
use crate::ground::Ground;
use crate::newcomers::{Newcomer, Reply};
use crate::scene::{OWNER, Scene, person_page};
use crate::table::Finding;

const OTHER: &str = "ada.lovelace";
const OWNERS: &str = "users WHERE role = 'owner' AND status = 'active'";
/// A way for an owner to be one no more: the verb of the page, and its field.
const WAYS: [(&str, &[(&str, &str)]); 3] =
    [("role", &[("role", "admin")]), ("suspend", &[]), ("remove", &[])];

/// Takes the figure.
pub async fn measure(ground: Arc<Ground>) -> Outcome<Finding> {
    let scene = Scene::open(&ground).await?;
    scene.code(&scene.owner, "LOVELACE-1", Some(1), "admin").await?;
    let other = Newcomer::new(&ground, OTHER.to_owned(), "LOVELACE-1");
    let reply = other.until_known(&ground, scene.address(0)).await;
    if reply != Reply::Joined {
        return Err(format!("the other owner: {reply:?}").into());
    }
    let mut hand = Hand::open(&scene.place)?;
    hand.put(&format!("UPDATE users SET role = 'owner' WHERE username = '{OTHER}'"))?;
    let cookies = [scene.owner.clone(), scene.sign_in(&ground, OTHER).await?];
    let mut look = scene.look()?;
    let ids = [look.person(OWNER)?, look.person(OTHER)?];
    hand.put("CREATE TEMPORARY TABLE kept AS SELECT * FROM sessions")?;

    let mut finding = Finding::default();
    let (pairs, mut without) = (ground.times(10_000, 300), 0);
    for pair in 0..pairs {
        let statuses = at_once(&ground, &scene, &cookies, &ids).await?;
        let owners = look.count(OWNERS)?;
        without += usize::from(owners == 0);
        finding.must(owners == 1, || format!("pair {pair}: {owners} owners are left, answers {statuses:?}"));
        let expected = |status: &u16| matches!(status, 200 | 303 | 403 | 404 | 422);
        finding.must(statuses.iter().all(expected), || format!("pair {pair}: answers of {statuses:?}"));
        hand.put(
            "DELETE FROM sessions; INSERT INTO sessions SELECT * FROM kept; UPDATE users SET role = 'owner', \
             status = 'active', status_reason = NULL, suspended_at = NULL, removed_at = NULL",
        )?;
    }
    finding.measured = format!("{without} of {pairs} without an owner");
    finding.faults.truncate(5);
    Ok(finding)
}

/// Both press at once, each at another replica where there are two.
async fn at_once(
    ground: &Ground,
    scene: &Scene,
    cookies: &[String; 2],
    ids: &[String; 2],
) -> Outcome<[u16; 2]> {
    let [one, other] = cookies;
    let way =
        || WAYS.get(usize::try_from(ground.dice.below(3)).unwrap_or_default()).copied().unwrap_or(WAYS[0]);
    // Each the other, each themselves, or both the same one.
    let [first, second] = ids;
    let [by_one, by_other] = match ground.dice.below(4) {
        0 => [first, second],
        1 => [first, first],
        _ => [second, first],
    };
    let ((verb, fields), (other_verb, other_fields)) = (way(), way());
    let (path, other_path) = (person_page(by_one, verb), person_page(by_other, other_verb));
    let both =
        join(scene.press(0, one, &path, fields), scene.press(1, other, &other_path, other_fields)).await;
    Ok([both.0?.status, both.1?.status])
}
