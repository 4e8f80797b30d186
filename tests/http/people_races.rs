//! Many change each other at the same time: there is always an owner, nobody comes in by what was taken back, and who
//! was shut out stays out.

use doorlist::app::App;
use doorlist::domain::access::{Actor, ManagePeople, Permit, Role};
use doorlist::domain::audit::Origin;
use doorlist::domain::id::UserId;
use doorlist::ops::OpError;
use doorlist::ops::people::{self, MemberCodes};
use futures_util::future::{join, join_all};
use futures_util::stream::{FuturesUnordered, StreamExt};

use crate::codes::{code, join_form, uses};
use crate::database::{Kind, both};
use crate::support::{Answer, Browser, Form, PASSWORD, Server, statuses};

both![
    of_two_owners_who_leave_at_once_one_stays,
    of_eight_owners_who_leave_at_once_one_stays,
    nobody_joins_by_a_code_after_its_creator_fell,
    nobody_is_served_after_the_answer_that_shut_them_out,
];

/// Pairs on each database: a thousand on both.
const PAIRS: usize = 500;

/// A way for an owner to be one no more.
#[derive(Debug, Clone, Copy)]
enum Leave {
    Demoted,
    Suspended,
    Removed,
}

const LEAVES: [Leave; 3] = [Leave::Demoted, Leave::Suspended, Leave::Removed];

async fn leave(app: &App, actor: UserId, person: UserId, how: Leave) -> Result<(), OpError> {
    let permit: Permit<ManagePeople> = Actor::new(actor, Role::Owner).permit().unwrap();
    let (origin, codes) = (Origin::default(), MemberCodes::GoOn);
    let changed = match how {
        Leave::Demoted => people::change_role(app, permit, origin, person, "admin", codes).await,
        Leave::Suspended => people::suspend(app, permit, origin, person, "", codes).await,
        Leave::Removed => people::remove(app, permit, origin, person, codes).await,
    };
    changed.map(|_| ())
}

/// Whoever comes second finds that they are nobody any more, that the other is, or that they are the last.
fn is_refusal(result: &Result<(), OpError>) -> bool {
    match result {
        Err(OpError::Invalid(errors)) => errors.list()[0].1 == people::LAST_OWNER,
        Err(OpError::SignedOut | OpError::NotPermitted | OpError::NotFound | OpError::Unchanged) => true,
        _ => false,
    }
}

/// To see these tests fail, take the lock out of `act_on_people` in `src/ops/mod.rs`: two who leave at once on PostgreSQL
/// then each count the other.
async fn of_two_owners_who_leave_at_once_one_stays(kind: Kind) {
    let server = Server::start(kind);
    let replica = server.replica();
    server.database.execute("UPDATE users SET role = 'member'");
    let (ada, bob) = (server.person("ada", Role::Owner).await, server.person("bob", Role::Owner).await);
    let mut left = 0;
    for number in 0..PAIRS {
        let (first, second) = (LEAVES[number % 3], LEAVES[number / 3 % 3]);
        // Each the other, each themselves, or both the same one.
        let (by_ada, by_bob) = [(bob, ada), (ada, bob), (ada, ada)][number / 9 % 3];
        let (one, other) =
            join(leave(&server.app, ada, by_ada, first), leave(&replica.app, bob, by_bob, second)).await;
        let case = format!("{number}: {first:?} {second:?}: {one:?} {other:?}");
        let owners = server.count("users WHERE role = 'owner' AND status = 'active'");
        assert!(owners >= 1, "{case}");
        let done = [&one, &other].into_iter().filter(|result| result.is_ok()).count();
        assert!(
            done >= 1 && [one, other].iter().all(|result| result.is_ok() || is_refusal(result)),
            "{case}"
        );
        left += usize::from(owners == 1);
        server.database.execute(
            "UPDATE users SET role = 'owner', status = 'active', suspended_at = NULL, removed_at = NULL \
             WHERE username IN ('ada', 'bob')",
        );
    }
    assert_eq!(left, PAIRS, "one of them left each time");
}

async fn of_eight_owners_who_leave_at_once_one_stays(kind: Kind) {
    let server = Server::start(kind);
    let replica = server.replica();
    server.database.execute("UPDATE users SET role = 'member'");
    for round in 0..10 {
        let mut owners = Vec::new();
        for number in 0..8 {
            owners.push(server.person(&format!("owner-{round}-{number}"), Role::Owner).await);
        }
        let going = owners.iter().enumerate().map(|(number, id)| {
            let app = if number % 2 == 0 { &server.app } else { &replica.app };
            leave(app, *id, *id, LEAVES[(number + round) % 3])
        });
        let results = join_all(going).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 7, "{results:?}");
        assert!(results.iter().all(|result| result.is_ok() || is_refusal(result)), "{results:?}");
        assert_eq!(server.count("users WHERE role = 'owner' AND status = 'active'"), 1);
        server.database.execute("UPDATE users SET role = 'member', status = 'active'");
    }
}

/// To see this test fail, take the filter on the granter out of `take_use` in `src/store/invites.rs` and the pausing out
/// of `withdraw` in `src/ops/people.rs`; each alone keeps everybody out.
async fn nobody_joins_by_a_code_after_its_creator_fell(kind: Kind) {
    for (verb, fields) in [("role", &[("role", "support")][..]), ("suspend", &[]), ("remove", &[])] {
        let server = Server::start(kind);
        let replica = server.replica();
        let priya = server.person("priya", Role::Admin).await;
        code(&server, "MANAGERS-42", |invite| {
            invite.role = Role::Manager;
            invite.created_by = Some(priya);
        })
        .await;
        let mut filled: Vec<(Browser, Form)> = Vec::new();
        for number in 0..50 {
            let browser = server.browser();
            let browser = if number % 2 == 0 { browser } else { browser.at(replica.address) };
            let name = format!("racer-{number}");
            let form = join_form(&browser, "MANAGERS-42", &name).await;
            filled.push((browser, form));
        }
        let owner = server.signed_in("olga", Role::Owner).await.with("sec-fetch-site", "same-origin");
        let mut racing: FuturesUnordered<_> =
            filled.iter().map(|(browser, form)| browser.submit(form.clone())).collect();
        let mut answers: Vec<Answer> = Vec::new();
        while answers.len() < 5 {
            answers.extend(racing.next().await);
        }
        let fall = async {
            let path = format!("/admin/users/{priya}/{verb}");
            let mut answer = owner.post(&path, fields).await;
            // Behind so many a slow machine may turn the change away; whoever wanted it asks again.
            while answer.status == 503 {
                answer = owner.post(&path, fields).await;
            }
            (answer.status, server.count("invite_uses"))
        };
        let (rest, (status, joined_by_then)) = join(racing.collect::<Vec<_>>(), fall).await;
        answers.extend(rest);
        assert_eq!(status, 303, "{verb}");
        assert_eq!(server.count("invite_uses"), joined_by_then, "{verb}: nobody after the answer");
        let joined = answers.iter().filter(|answer| answer.status == 303).count();
        assert!(answers.iter().all(|answer| matches!(answer.status, 303 | 422 | 503)), "{verb}");
        assert_eq!((joined, uses(&server, "MANAGERS-42")), (joined_by_then, joined.to_string()), "{verb}");
        assert_eq!(server.count("users WHERE username LIKE 'racer-%'"), joined, "{verb}");
        assert_eq!(server.count("invites WHERE paused"), 1, "{verb}");
    }
}

/// Everything that ends the sessions of somebody, and who sends it.
#[derive(Debug, Clone, Copy)]
enum Shut {
    Staff(&'static str, &'static [(&'static str, &'static str)]),
    OwnPassword,
    Link,
}

const SHUTS: [Shut; 6] = [
    Shut::Staff("suspend", &[]),
    Shut::Staff("remove", &[]),
    Shut::Staff("role", &[("role", "manager")]),
    Shut::Staff("end-sessions", &[]),
    Shut::OwnPassword,
    Shut::Link,
];

/// What sends it, made ready before the race.
async fn shutter(server: &Server, owner: &Browser, id: UserId, shut: Shut) -> (Browser, Form) {
    const NEW: &str = "lighthouse-copper-19-tide";
    match shut {
        Shut::Staff(verb, fields) => {
            let fields =
                fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            (owner.clone(), Form { action: format!("/admin/users/{id}/{verb}"), fields })
        }
        Shut::OwnPassword => {
            let elsewhere = server.browser();
            elsewhere.sign_in("luca", PASSWORD).await;
            let form = elsewhere.get("/account").await.form("/account/password");
            (elsewhere, form.fill("current", PASSWORD).fill("new", NEW))
        }
        Shut::Link => {
            let made = owner.post(&format!("/admin/users/{id}/reset-link"), &[]).await;
            let stranger = server.browser();
            let form = stranger.get("/reset").await.form("/reset");
            (stranger, form.fill("key", &made.one(".secret code")).fill("password", NEW))
        }
    }
}

/// Reads and writes in turn, on one replica and the other.
async fn hundred(browsers: [&Browser; 2]) -> Vec<Answer> {
    join_all((0..100).map(|number| async move {
        let browser = browsers[number / 2 % 2];
        if number % 2 == 0 {
            browser.get("/admin/users").await
        } else {
            browser.post("/account/profile", &[("name", "Luca"), ("email", "")]).await
        }
    }))
    .await
}

/// To see this test fail, take `end_all` out of `withdraw` in `src/ops/people.rs`.
async fn nobody_is_served_after_the_answer_that_shut_them_out(kind: Kind) {
    for shut in SHUTS {
        let server = Server::start(kind);
        let replica = server.replica();
        let owner = server.signed_in("olga", Role::Owner).await.with("sec-fetch-site", "same-origin");
        let id = server.person("luca", Role::Support).await;
        let luca = server.browser();
        luca.sign_in("luca", PASSWORD).await;
        let luca = luca.with("sec-fetch-site", "same-origin");
        let over_there = luca.at(replica.address);
        let (sender, form) = shutter(&server, &owner, id, shut).await;
        let here = luca.stolen();
        let shutting = async {
            assert!([200, 303].contains(&sender.submit(form).await.status), "{shut:?}");
            hundred([&here, &over_there.stolen()]).await
        };
        // Those who are on their way meanwhile may be served or not; a slow machine turns some away, and serves none.
        let (meanwhile, after) = join(hundred([&luca, &over_there]), shutting).await;
        let told = statuses(&meanwhile);
        assert!(told.iter().all(|status| matches!(status, 200 | 303 | 503)), "{shut:?}: {told:?}");
        let (out, busy): (Vec<_>, Vec<_>) = after.iter().partition(|answer| answer.status != 503);
        assert!(out.len() > busy.len(), "{shut:?}: {:?}", statuses(&after));
        for answer in out {
            assert!(answer.redirect().starts_with("/sign-in"), "{shut:?}: {}", answer.header("location"));
        }
    }
}
