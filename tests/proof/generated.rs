//! F10: requests that are made up, from the program's own list of routes and from the forms on its own pages, as nobody and
//! as everybody who can be somebody.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use doorlist::domain::access::Role;
use futures_util::future::join_all;

use crate::checker::Hand;
use crate::client::{Answer, Sent, ask, get, post};
use crate::crowd::{accounts, memory};
use crate::grammar::{Grammar, Made, Speaker};
use crate::ground::{Dice, Ground};
use crate::newcomers::Newcomer;
use crate::offers::{LINK, Offers};
use crate::place::Place;
use crate::scene::{OWNER, PASSWORD, Scene};
use crate::table::Finding;
use crate::tally::{Tally, is_sign_in};
use crate::{Outcome, cores};

/// They ask at the same time.
const ASKERS: usize = 4;
/// More people and codes than one page of a list shows.
const PEOPLE: usize = 64;
const CODES: [&str; 4] = ["OPEN-CODE-1", "OPEN-CODE-2", "OPEN-CODE-3", "OPEN-CODE-4"];
/// After so many requests of one asker everything stands open again that settings and buttons may have closed.
const REOPENED_AFTER: usize = 40;
/// One page in so many is read for what it offers.
const READ_ONE_IN: u64 = 12;
/// Memory after half of the requests, when caches and pools are full, and at the end: so much more may it be. A request that leaves something behind
/// leaves it thousands of times.
const MOST_GROWTH_MIB: f64 = 12.0;
/// Of all answers, so many have to be pages, or a form's own refusals: requests that are turned away at the door show
/// nothing.
const LEAST_THROUGH: f64 = 0.4;

/// What everybody who asks shares.
struct Field {
    ground: Arc<Ground>,
    scene: Scene,
    offers: Mutex<Offers>,
    logins: Vec<String>,
    /// The hash of everybody's password, whatever becomes of anybody's.
    hash: String,
    origin: String,
    tally: Mutex<Tally>,
}

/// Takes the figure.
pub async fn measure(ground: Arc<Ground>) -> Outcome<Finding> {
    let scene = Scene::with(&ground, Place::new(&ground.engine)?, 1, &[]).await?;
    accounts(&scene, PEOPLE)?;
    for (code, role) in CODES.into_iter().zip(["member", "support", "manager", "admin"]) {
        scene.code(&scene.owner, code, None, role).await?;
    }
    for guest in ["walter", "wilma"] {
        Newcomer::new(&ground, guest.to_owned(), CODES[0]).until_known(&ground, scene.address(0)).await;
    }
    let batch = [("label", "Batch"), ("code", ""), ("max_uses", "3"), ("role", "member"), ("count", "60")];
    scene.press(0, &scene.owner, "/admin/invites", &batch).await?;
    let origin = format!("http://{}", scene.address(0));
    let logins = (0..PEOPLE / 2).map(|guest| format!("guest{guest:02}")).chain([OWNER.to_owned()]).collect();
    let hash = format!("SELECT password_hash AS value FROM users WHERE username = '{OWNER}'");
    let hash = scene.look()?.values(&hash)?.concat();
    let (offers, tally) = (Mutex::new(Offers::new()?), Mutex::default());
    let field = Arc::new(Field { ground, scene, offers, logins, hash, origin, tally });
    field.look_around().await?;

    let requests = field.ground.times(30_000, 3_000);
    field.ask_all(requests / 2).await?;
    let before = field.at_work().await?;
    field.ask_all(requests / 2).await?;
    let after = field.at_work().await?;
    field.judge(before, after)
}

impl Field {
    /// Reads every page that needs nothing but an owner or nobody, and whatever these lead to.
    async fn look_around(&self) -> Outcome<()> {
        for _ in 0..2 {
            let pages: Vec<String> = self.with(|offers| {
                let reading = (0..offers.routes().len()).filter(|route| is_get(offers, *route));
                let known = reading.flat_map(|route| {
                    offers.of(route).map(|offer| offer.path.clone()).take(3).collect::<Vec<_>>()
                });
                let plain =
                    offers.routes().iter().filter(|(method, path)| method == "GET" && !path.contains('{'));
                known
                    .chain(plain.map(|(_, path)| (*path).to_owned()))
                    .collect::<BTreeSet<_>>()
                    .into_iter()
                    .collect()
            });
            for page in pages {
                for cookie in ["", self.scene.owner.as_str()] {
                    let answer = ask(self.scene.address(0), Ipv4Addr::LOCALHOST, &get(&page, cookie)).await?;
                    self.with(|offers| offers.read(&answer.body));
                }
            }
            // The form to register is shown to who has a code.
            let form = post("/join/check", "", &[("code", CODES[0])]);
            let answer = ask(self.scene.address(0), Ipv4Addr::LOCALHOST, &form).await?;
            self.with(|offers| offers.read(&answer.body));
        }
        Ok(())
    }

    fn with<T>(&self, with: impl FnOnce(&mut Offers) -> T) -> T {
        with(&mut self.offers.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note<T>(&self, note: impl FnOnce(&mut Tally) -> T) -> T {
        note(&mut self.tally.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn ask_all(self: &Arc<Self>, requests: usize) -> Outcome<()> {
        let askers = (0..ASKERS).map(|number| {
            let (field, dice) = (Arc::clone(self), self.ground.dice.split());
            tokio::spawn(async move {
                Asker { field, dice, cast: Vec::new() }.ask(number, requests / ASKERS).await
            })
        });
        for asker in join_all(askers).await {
            asker??;
        }
        Ok(())
    }

    /// MiB, at a moment when every thread that hashes has the memory for it.
    async fn at_work(&self) -> Outcome<f64> {
        self.reopen()?;
        let form = [("login", "guest63"), ("password", PASSWORD), ("next", "")];
        let form = post("/sign-in", "", &form);
        let signing =
            (0..4 * cores()).map(|_| ask(self.scene.address(0), self.ground.addresses.next(), &form));
        for answer in join_all(signing).await {
            answer?;
        }
        Ok(memory(self.scene.id(0)?)?.0)
    }

    fn judge(&self, before: f64, after: f64) -> Outcome<Finding> {
        let mut finding = Finding::default();
        finding.faults.extend(self.scene.look()?.faults()?);
        let log = fs::read_to_string(self.scene.launches.first().ok_or("nobody serves")?.log())?;
        let panics = log.matches("panicked at").count();
        let first = log
            .lines()
            .skip_while(|line| !line.contains("panicked at"))
            .take(2)
            .collect::<Vec<_>>()
            .join(" ");
        finding.must(panics == 0, || format!("{panics} panics: {first}"));
        let mut tally = self.note(std::mem::take);
        finding.must(after - before < MOST_GROWTH_MIB, || format!("{before:.0} MiB, and later {after:.0}"));
        let through = tally.through as f64 / tally.asked.max(1) as f64;
        finding.must(through > LEAST_THROUGH, || format!("only {:.0} % got in", through * 100.0));
        finding.must(tally.busy * 100 <= tally.asked, || format!("{} answers of 503", tally.busy));
        let (errors, routes) = (tally.faults.len(), self.with(|offers| offers.routes().len()));
        finding.measured = format!(
            "{} requests, {errors} of them without an answer or with one of 500, {panics} panics; {:.0} % got in, {} of {routes} \
             routes did something; {} answers of 503, {} cut by the client; {before:.0} MiB, then {after:.0}",
            tally.asked,
            through * 100.0,
            tally.reached.len(),
            tally.busy,
            tally.cut,
        );
        finding.faults.append(&mut tally.faults);
        finding.faults.truncate(8);
        Ok(finding)
    }
}

fn is_get(offers: &Offers, route: usize) -> bool {
    offers.routes().get(route).is_some_and(|(method, _)| method == "GET")
}

/// Somebody who asks, now as one person and now as another.
struct Asker {
    field: Arc<Field>,
    dice: Dice,
    /// One of each role, and nobody. Who cannot go on is replaced.
    cast: Vec<(Option<Role>, Speaker)>,
}

impl Asker {
    async fn ask(mut self, number: usize, requests: usize) -> Outcome<()> {
        for role in Role::ALL.into_iter().map(Some).chain([None, Some(Role::Admin), Some(Role::Owner)]) {
            let speaker = self.appear(role).await?;
            self.cast.push((role, speaker));
        }
        let routes = self.field.with(|offers| offers.routes().len());
        for turn in 0..requests {
            if turn % REOPENED_AFTER == 0 {
                self.field.reopen()?;
            }
            // Every route in turn; each asker begins elsewhere.
            self.once((turn + number * routes / ASKERS) % routes).await?;
        }
        Ok(())
    }

    async fn once(&mut self, route: usize) -> Outcome<()> {
        let at = self.dice.index(self.cast.len());
        let Some((role, speaker)) = self.cast.get(at) else { return Ok(()) };
        let role = *role;
        let made = {
            let field = &self.field;
            let offers = &field.offers.lock().unwrap_or_else(PoisonError::into_inner);
            let (dice, codes, logins, origin) =
                (&self.dice, &CODES[..], &field.logins[..], field.origin.as_str());
            Grammar { dice, offers, codes, logins, origin }.request(route, speaker)
        };
        // Nobody's limit is in the way, but now and then one is met.
        let from =
            if self.dice.once_in(50) { Ipv4Addr::LOCALHOST } else { self.field.ground.addresses.next() };
        let answer = send(self.field.scene.address(0), from, &made).await;
        self.field.note(|tally| tally.count(route, &made, &answer));
        let Ok(answer) = answer else { return Ok(()) };
        if let Some(to) = answer.header("location") {
            self.field.with(|offers| offers.lead(to));
        }
        if self.dice.once_in(READ_ONE_IN) || answer.body.contains(LINK) {
            self.field.with(|offers| offers.read(&answer.body));
        }
        let is_out = answer.status == 401 || is_sign_in(&answer);
        if made.own_cookie && is_out && role.is_some() {
            let speaker = self.appear(role).await?;
            if let Some(place) = self.cast.get_mut(at) {
                place.1 = speaker;
            }
        }
        Ok(())
    }

    /// Somebody of a role whom nobody has signed out, demoted, suspended or removed yet.
    async fn appear(&self, role: Option<Role>) -> Outcome<Speaker> {
        let scene = &self.field.scene;
        let Some(role) = role else {
            let answer = ask(scene.address(0), Ipv4Addr::LOCALHOST, &get("/sign-in", "")).await?;
            let cookie = answer.cookie().unwrap_or_default();
            return Ok(Speaker { cookie, token: token(&answer.body) });
        };
        let number = self.field.note(|tally| {
            tally.people += 1;
            tally.people
        });
        let (id, name, role) = (1_000 + number, format!("asker{number:05}"), role.key());
        let hash = &self.field.hash;
        Hand::open(&scene.place)?.put(&format!(
            "INSERT INTO users (id, username, username_skeleton, password_hash, role, status, created_at) \
             VALUES ('{id:026}', '{name}', '{name}', '{hash}', '{role}', 'active', '2026-11-01 00:00:00')"
        ))?;
        let cookie = scene.sign_in(&self.field.ground, &name).await?;
        if self.dice.once_in(4) {
            // A session that can be ended from the page of the other.
            scene.sign_in(&self.field.ground, &name).await?;
        }
        let answer = ask(scene.address(0), Ipv4Addr::LOCALHOST, &get("/account", &cookie)).await?;
        self.field.with(|offers| offers.read(&answer.body));
        Ok(Speaker { cookie: answer.cookie().unwrap_or(cookie), token: token(&answer.body) })
    }
}

impl Field {
    /// Takes back what would make all that follows meaningless.
    fn reopen(&self) -> Outcome<()> {
        Hand::open(&self.scene.place)?.put(
            "UPDATE settings SET registration_mode = 'invite_only', email_required = FALSE, password_min = 12; \
             UPDATE invites SET deleted_at = NULL, paused = FALSE, max_uses = NULL, delete_users_on_expiry = FALSE, \
                 expires_at = NULL, lapsed = FALSE WHERE code LIKE 'OPEN-CODE-%'; \
             DELETE FROM sign_in_throttles",
        )
    }
}

async fn send(server: std::net::SocketAddr, from: Ipv4Addr, made: &Made) -> io::Result<Answer> {
    let mut sent = Sent::send(server, from, &made.bytes).await?;
    if !made.whole {
        sent.end().await?;
    }
    sent.answer().await
}

/// What the forms on a page carry.
fn token(page: &str) -> String {
    let after = page.split_once("name=\"csrf\" value=\"").map_or("", |(_, after)| after);
    after.split('"').next().unwrap_or_default().to_owned()
}
