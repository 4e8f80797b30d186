//! F17: secrets that are like no others go through every route, and are then looked for where they must not be.

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use crate::Outcome;
use crate::client::{Answer, ask, get, post};
use crate::cluster::Cluster;
use crate::ground::Ground;
use crate::newcomers::{Newcomer, Reply};
use crate::place::{Engine, Place};
use crate::program::free_address;
use crate::scene::{OWNER, PASSWORD, Scene, person_page};
use crate::table::Finding;

/// Routes that would sign the owner out, or end the figure otherwise.
const LEFT_OUT: [&str; 3] = ["/sign-out", "/account/sessions/others", "/account/sessions/{id}/end"];
const CODE: &str = "CANARY-CODE-77";
const GUEST: &str = "canary.guest";

/// What went through the program and is nobody's business.
#[derive(Default)]
struct Secrets {
    /// Passwords, tokens and cookies: nowhere.
    never: Vec<String>,
    /// Codes and whatever was typed into an address: not in logs and figures.
    unlogged: Vec<String>,
}

/// Takes the figure.
pub async fn measure(ground: Arc<Ground>) -> Outcome<Finding> {
    let server = if ground.is_sqlite() { None } else { Some(Cluster::start(&ground.tools)?) };
    let engine = server.as_ref().map_or(Engine::Sqlite, |server| Engine::Postgres(server.url.clone()));
    let metrics = free_address()?;
    let listen = [("DOORLIST_METRICS_LISTEN", metrics.to_string())];
    let listen = listen.each_ref().map(|(name, value)| (*name, value.as_str()));
    let scene = Scene::with(&ground, Place::new(&engine)?, 1, &listen).await?;
    let mut secrets = Secrets::default();
    secrets.never.extend([PASSWORD.to_owned(), value_of(&scene.owner)]);
    come_and_go(&ground, &scene, &mut secrets).await?;
    through_every_route(&ground, &scene, &mut secrets).await?;

    let owner = |path| get(path, &scene.owner);
    let figures = ask(metrics, Ipv4Addr::LOCALHOST, &get("/metrics", "")).await?.body;
    let history = ask(scene.address(0), Ipv4Addr::LOCALHOST, &owner("/admin/audit.csv")).await?.body;
    let codes = ask(scene.address(0), Ipv4Addr::LOCALHOST, &owner("/admin/invites.csv")).await?.body;
    let log = fs::read_to_string(scene.launches.first().ok_or("nobody serves")?.log())?;
    let database = match &server {
        Some(server) => everything(&server.folder().join("data"), &|_| true)?,
        None => everything(scene.place.folder(), &|name| name.starts_with("doorlist.db"))?,
    };
    let mut finding = Finding::default();
    let shown = [
        ("the log", &log),
        ("the figures", &figures),
        ("the exported log", &history),
        ("the exported codes", &codes),
    ];
    for (place, text) in shown {
        finding.faults.extend(found(&secrets.never, text, place));
    }
    for (place, text) in [("the log", &log), ("the figures", &figures), ("the exported log", &history)] {
        finding.faults.extend(found(&secrets.unlogged, text, place));
    }
    finding.faults.extend(found(&secrets.never, &database, "the database's files"));
    // What has to be there is found: the search looks in the right places.
    for (place, text, known) in [
        ("the log", &log, "/admin/users/{id}"),
        ("the figures", &figures, "/admin/users/{id}"),
        ("the exported log", &history, "Mara"),
        ("the exported codes", &codes, CODE),
        ("the database's files", &database, GUEST),
    ] {
        finding.must(!found(&[known.to_owned()], text, place).is_empty(), || {
            format!("{place}: {known} is not there")
        });
    }
    let (sought, mib) = (secrets.never.len() + secrets.unlogged.len(), database.len().div_ceil(1 << 20));
    finding.measured = format!("{} of {sought} found, database of {mib} MiB", finding.faults.len());
    finding.faults.truncate(8);
    Ok(finding)
}

/// The part of a cookie that is a secret.
fn value_of(cookie: &str) -> String {
    cookie.split_once('=').map_or(cookie, |(_, value)| value).to_owned()
}

/// Somebody comes in, changes their password, mistypes it, and gets a link to choose another.
async fn come_and_go(ground: &Ground, scene: &Scene, secrets: &mut Secrets) -> Outcome<()> {
    scene.code(&scene.owner, CODE, Some(5), "member").await?;
    secrets.unlogged.push(CODE.to_owned());
    let reply = Newcomer::new(ground, GUEST.to_owned(), CODE).until_known(ground, scene.address(0)).await;
    if reply != Reply::Joined {
        return Err(format!("the guest: {reply:?}").into());
    }
    let cookie = scene.sign_in(ground, GUEST).await?;
    secrets.never.push(value_of(&cookie));
    let id = scene.look()?.person(GUEST)?;
    let [changed, wrong] = ["changed", "wrong"].map(|what| canary(ground, what));
    let fields = [("current", PASSWORD), ("new", changed.as_str()), ("username", GUEST)];
    expect(&scene.press(0, &cookie, "/account/password", &fields).await?, &[200, 303])?;
    let fields = [("login", GUEST), ("password", wrong.as_str()), ("next", "")];
    expect(&ask(scene.address(0), ground.addresses.next(), &post("/sign-in", "", &fields)).await?, &[422])?;
    let linked = scene.press(0, &scene.owner, &person_page(&id, "reset-link"), &[]).await?;
    expect(&linked, &[200])?;
    let token = linked.body.split_once("/reset#").ok_or("no link is shown")?.1;
    let token: String = token.chars().take_while(char::is_ascii_alphanumeric).collect();
    secrets.never.extend([changed, wrong, token]);
    let printed = scene.launches.first().ok_or("nobody serves")?.printed()?;
    let key = printed.lines().find_map(|line| line.split_once("/setup#")).ok_or("no set-up link")?.1;
    secrets.never.push(key.trim().to_owned());
    Ok(())
}

fn expect(answer: &Answer, statuses: &[u16]) -> Outcome<()> {
    if statuses.contains(&answer.status) {
        return Ok(());
    }
    Err(format!("an answer of {}, not of {statuses:?}", answer.status).into())
}

/// A word that is like no other.
fn canary(ground: &Ground, what: &str) -> String {
    format!("canary-{what}-{:032x}", u128::from_le_bytes(ground.dice.bytes()))
}

/// Each route is asked with a word in its address, in its query and in every secret field there is.
async fn through_every_route(ground: &Ground, scene: &Scene, secrets: &mut Secrets) -> Outcome<()> {
    for route in doorlist::web::routes() {
        if LEFT_OUT.contains(&route.path) {
            continue;
        }
        let [typed, password] = ["typed", "password"].map(|what| canary(ground, what));
        let path = format!("{}?q={typed}&next=/{typed}", route.path.replace("{id}", &typed));
        let request = if route.method == "GET" {
            get(&path, &scene.owner)
        } else {
            let fields = ["password", "new", "current", "key", "token"].map(|name| (name, password.as_str()));
            post(&path, &scene.owner, &[&fields[..], &[("code", &typed), ("login", OWNER)]].concat())
        };
        let answer = ask(scene.address(0), ground.addresses.next(), &request).await?;
        if answer.status >= 500 {
            return Err(format!("{}: an answer of {}", route.path, answer.status).into());
        }
        secrets.never.push(password);
        secrets.unlogged.push(typed);
        secrets.never.extend(answer.cookie().map(|cookie| value_of(&cookie)));
    }
    Ok(())
}

/// All that the files of a folder hold, and of the folders in it. What is looked for is ASCII and stays as it is.
fn everything(folder: &Path, wanted: &dyn Fn(&str) -> bool) -> Outcome<String> {
    let mut text = String::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            text += &everything(&entry.path(), wanted)?;
        } else if kind.is_file() && wanted(&entry.file_name().to_string_lossy()) {
            // A running server takes files away as it likes.
            text += &String::from_utf8_lossy(&fs::read(entry.path()).unwrap_or_default());
        }
    }
    Ok(text)
}

fn found(secrets: &[String], text: &str, place: &str) -> Vec<String> {
    let finder = |secret: &&String| !secret.is_empty() && text.contains(secret.as_str());
    secrets.iter().filter(finder).map(|secret| format!("{place}: {secret:.24}… is there")).collect()
}
