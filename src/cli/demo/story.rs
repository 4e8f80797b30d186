//! The months before the demo, played through the operations in the order of time.

use chrono::Duration;

use super::cast::{CODES, Code, DEEDS, Deed, OWNER, TAKING_ALONG, WRONG_CODE, What};
use super::stage::Stage;
use crate::cli::Failure;
use crate::domain::access::Role;
use crate::domain::time::Timestamp;

/// One scene.
enum Scene {
    Make(&'static Code),
    Join { code: &'static Code, username: &'static str, name: &'static str },
    Visit(&'static str),
    Approve { username: &'static str, by: &'static str },
    Deed(&'static Deed),
    WrongPassword(&'static str),
    WrongCode,
    Cleanup,
}

/// Who joined less than so many days ago still waits for somebody to look.
const LOOKED_AT_AFTER: i64 = 9;

/// Plays all of it, up to a minute before the end.
pub(super) async fn play(stage: &mut Stage, end: Timestamp) -> Result<(), Failure> {
    stage.set(end - Duration::days(OWNER.2));
    stage.found().await?;
    let mut scenes = scenes();
    // The earliest is the one that is farthest from the end.
    scenes.sort_by_key(|(before_end, _)| -*before_end);
    for (before_end, scene) in scenes {
        stage.set(end - before_end);
        match scene {
            Scene::Make(code) => stage.make(code, TAKING_ALONG.contains(&code.label)).await,
            Scene::Join { code, username, name } => stage.join(code, username, name).await,
            Scene::Visit(username) => stage.visit(username).await,
            Scene::Approve { username, by } => stage.approve(username, by).await,
            Scene::Deed(deed) => stage.act(deed.by, &deed.what).await,
            Scene::WrongPassword(username) => stage.mistype(username).await,
            Scene::WrongCode => stage.try_code(WRONG_CODE).await,
            Scene::Cleanup => stage.clean_up().await,
        }?;
    }
    Ok(())
}

/// Everything that happened, and how long before the end.
fn scenes() -> Vec<(Duration, Scene)> {
    let mut scenes = Vec::new();
    let mut add = |ago: i64, minutes: i64, scene| {
        scenes.push((Duration::days(ago) + Duration::minutes(minutes), scene));
    };
    // A code is made in the morning, people come over the day, and staff look after them in the evening.
    let mut number: i64 = 0;
    for code in &CODES {
        add(code.made, 11 * 60 - number % 7, Scene::Make(code));
        for (username, name, ago) in code.guests {
            number += 1;
            add(*ago, 60 + number * 47 % 540, Scene::Join { code, username, name });
            if code.role == Role::Member && *ago >= LOOKED_AT_AFTER && !is_flagged(username) {
                let by = match number % 3 {
                    // There was no support from the first day on.
                    _ if *ago > 96 => "noor",
                    0 => "jun",
                    1 => "elif",
                    _ => "noor",
                };
                add(ago - 1, 40 + number % 13, Scene::Approve { username, by });
            }
            // Two of three come back, most of them lately.
            if number % 3 != 0 && *ago > 3 {
                add(number * 5 % (*ago).min(23), 5 + number * 11 % 50, Scene::Visit(username));
            }
        }
    }
    for (ago, minutes) in [(140, 30), (60, 30), (7, 20), (1, 25), (0, 30)] {
        add(ago, minutes, Scene::Visit(OWNER.0));
    }
    for deed in &DEEDS {
        add(deed.ago, 20, Scene::Deed(deed));
    }
    for (ago, username) in [(70, "greta"), (12, "luca"), (2, "mara")] {
        add(ago, 50, Scene::WrongPassword(username));
    }
    for (ago, minutes) in [(44, 35), (44, 33), (3, 90)] {
        add(ago, minutes, Scene::WrongCode);
    }
    for ago in [60, 30, 14, 7, 4] {
        add(ago, 0, Scene::Cleanup);
    }
    add(0, 1, Scene::Cleanup);
    scenes
}

fn is_flagged(username: &str) -> bool {
    DEEDS.iter().any(|deed| matches!(deed.what, What::Flag(whom, _) if whom == username))
}
