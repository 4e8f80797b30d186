//! How long somebody stays signed in, and what ends it.

use std::time::Duration;

use doorlist::domain::access::Role;
use doorlist::ops::maintenance::{Cleanup, Outcome, Summary};

use crate::database::{Kind, both};
use crate::support::{Browser, PASSWORD, Server};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
const MILLISECOND: Duration = Duration::from_millis(1);

both![
    a_session_ends_after_its_idle_time,
    a_session_in_use_ends_at_its_absolute_limit,
    the_time_of_last_use_is_written_once_a_minute,
    the_eleventh_session_ends_the_one_unused_for_longest,
    signing_in_again_ends_the_old_session_of_the_browser,
    a_cookie_from_before_the_sign_in_is_worth_nothing,
    signing_out_ends_the_session_for_whoever_copied_the_cookie,
    signing_out_holds_on_a_full_disk_where_nobody_else_serves,
    signing_out_elsewhere_is_told_on_the_form,
    a_suspension_a_removal_and_a_demotion_hold_on_the_next_request,
    a_session_holds_on_every_replica_until_it_ends_on_one,
];

async fn is_signed_in(browser: &Browser) -> bool {
    let answer = browser.get("/").await;
    if answer.status == 200 { true } else { answer.redirect() != "/sign-in" }
}

async fn a_session_ends_after_its_idle_time(kind: Kind) {
    for (role, idle) in [(Role::Member, 7 * DAY), (Role::Support, HOUR), (Role::Owner, HOUR)] {
        let server = Server::start(kind);
        let browser = server.signed_in("mara", role).await;
        server.advance(idle);
        assert!(!is_signed_in(&browser).await, "{role:?}");
        let server = Server::start(kind);
        let browser = server.signed_in("mara", role).await;
        server.clock.advance(Duration::from_secs(idle) - MILLISECOND);
        assert!(is_signed_in(&browser).await, "{role:?}");
        server.clock.advance(Duration::from_secs(idle) - MILLISECOND);
        assert!(is_signed_in(&browser).await, "{role:?}: its use renewed it");
    }
}

async fn a_session_in_use_ends_at_its_absolute_limit(kind: Kind) {
    for (role, step, steps) in [(Role::Member, 3 * DAY, 10), (Role::Admin, HOUR / 2, 24)] {
        let server = Server::start(kind);
        let browser = server.signed_in("mara", role).await;
        for _ in 1..steps {
            server.advance(step);
            assert!(is_signed_in(&browser).await, "{role:?}");
        }
        server.clock.advance(Duration::from_secs(step) - MILLISECOND);
        assert!(is_signed_in(&browser).await, "{role:?}");
        server.clock.advance(MILLISECOND);
        assert!(!is_signed_in(&browser).await, "{role:?}");
    }
}

async fn the_time_of_last_use_is_written_once_a_minute(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.signed_in("mara", Role::Member).await;
    let seen = || server.database.values("SELECT CAST(last_seen_at AS TEXT) AS value FROM sessions").concat();
    let first = seen();
    server.advance(MINUTE - 1);
    assert!(is_signed_in(&browser).await);
    assert_eq!(seen(), first);
    server.advance(1);
    assert!(is_signed_in(&browser).await);
    let second = seen();
    assert_ne!(second, first);
    assert!(is_signed_in(&browser).await);
    assert_eq!(seen(), second);
}

async fn the_eleventh_session_ends_the_one_unused_for_longest(kind: Kind) {
    let server = Server::start(kind);
    let oldest = server.signed_in("mara", Role::Member).await;
    let mut others = Vec::new();
    for _ in 0..9 {
        server.advance(MINUTE);
        let browser = server.browser();
        assert_eq!(browser.sign_in("mara", PASSWORD).await.status, 303);
        others.push(browser);
    }
    server.advance(MINUTE);
    assert!(is_signed_in(&oldest).await, "ten at once");
    server.advance(MINUTE);
    let eleventh = server.browser();
    assert_eq!(eleventh.sign_in("mara", PASSWORD).await.status, 303);
    assert_eq!(server.count("sessions"), 10);
    let unused = others.remove(0);
    assert!(!is_signed_in(&unused).await);
    for browser in others.iter().chain([&oldest, &eleventh]) {
        assert!(is_signed_in(browser).await);
    }
}

/// Posts the sign-in form of a browser that is signed in already, as an open tab would.
async fn sign_in_again(browser: &Browser, stale_form: crate::support::Form, login: &str) {
    let answer = browser.submit(stale_form.fill("login", login).fill("password", PASSWORD)).await;
    assert_eq!(answer.status, 303);
}

async fn signing_in_again_ends_the_old_session_of_the_browser(kind: Kind) {
    let server = Server::start(kind);
    server.person("mara", Role::Member).await;
    server.person("noor", Role::Member).await;
    let browser = server.browser();
    assert_eq!(browser.sign_in("mara", PASSWORD).await.status, 303);
    let stolen = browser.stolen();
    let token = browser.get("/").await.form("/sign-out").value("csrf").to_owned();
    let fields = [("login", "noor"), ("password", PASSWORD), ("csrf", token.as_str())];
    assert_eq!(browser.post("/sign-in", &fields).await.status, 303);
    assert_eq!(browser.get("/").await.one("h1"), "Welcome, noor");
    assert!(!is_signed_in(&stolen).await, "the session before it ended");
    assert_eq!(server.count("sessions"), 1);
}

async fn a_cookie_from_before_the_sign_in_is_worth_nothing(kind: Kind) {
    let server = Server::start(kind);
    server.person("mara", Role::Member).await;
    let browser = server.browser();
    let form = browser.get("/sign-in").await.form("/sign-in");
    let planted = browser.stolen();
    sign_in_again(&browser, form.clone(), "mara").await;
    assert!(is_signed_in(&browser).await);
    assert!(!is_signed_in(&planted).await);
    // The secret behind the forms is another one, too.
    let old_token = form.value("csrf").to_owned();
    assert_eq!(browser.post("/sign-out", &[("csrf", &old_token)]).await.status, 403);
    assert!(is_signed_in(&browser).await);
}

async fn signing_out_ends_the_session_for_whoever_copied_the_cookie(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.signed_in("mara", Role::Member).await;
    let form = browser.get("/").await.form("/sign-out");
    let stolen = browser.stolen();
    let answer = browser.submit(form.clone()).await;
    assert_eq!(answer.redirect(), "/sign-in");
    assert_eq!(answer.header("clear-site-data"), r#""cache", "storage""#);
    for copy in [&browser, &stolen] {
        assert!(!is_signed_in(copy).await);
    }
    assert_eq!(stolen.submit(form).await.redirect(), "/sign-in");
    assert_eq!(server.count("sessions"), 0);
    let rows = server.audit("session.signed_out").await;
    assert_eq!((rows.len(), rows[0].target_kind.as_deref()), (1, Some("session")));
}

/// Both databases are made to say what they say when there is no room. Replicas know nothing of each other, so there a
/// session goes on that cannot be ended for all of them.
async fn signing_out_holds_on_a_full_disk_where_nobody_else_serves(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.signed_in("mara", Role::Member).await;
    let form = browser.get("/").await.form("/sign-out");
    let stolen = browser.stolen();
    server.database.execute(match kind {
        Kind::Sqlite => {
            "CREATE TRIGGER full_disk BEFORE DELETE ON sessions BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END"
        }
        Kind::Postgres => {
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE 'could not extend file: No space left on device'; END $$; \
             CREATE TRIGGER full_disk BEFORE DELETE ON sessions EXECUTE FUNCTION full_disk()"
        }
    });
    let answer = browser.submit(form).await;
    if kind == Kind::Postgres {
        assert_eq!(answer.status, 503);
        assert!(is_signed_in(&stolen).await);
        return;
    }
    assert_eq!(answer.redirect(), "/sign-in");
    assert!(!is_signed_in(&stolen).await, "whoever copied the cookie is signed out");
    let cleanup = Cleanup::new(server.app.clone());
    assert!(cleanup.run().await.is_err(), "there is no room yet");
    assert!(!is_signed_in(&stolen).await);

    server.database.execute("DROP TRIGGER full_disk");
    assert_eq!(cleanup.run().await.unwrap(), Outcome::Done(Summary::default()));
    assert_eq!((server.count("sessions"), server.audit("session.signed_out").await.len()), (0, 1));
    cleanup.run().await.unwrap();
    assert_eq!(server.audit("session.signed_out").await.len(), 1, "it is written once");
}

async fn signing_out_elsewhere_is_told_on_the_form(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.signed_in("mara", Role::Member).await;
    server.database.execute("DELETE FROM sessions");
    assert!(browser.get("/sign-in").await.text().contains("Sign in again to continue."));
    assert!(!server.browser().get("/sign-in").await.text().contains("Sign in again"));
}

async fn a_suspension_a_removal_and_a_demotion_hold_on_the_next_request(kind: Kind) {
    let server = Server::start(kind);
    for (name, change, home, panel) in [
        ("sue", "status = 'suspended'", 303, 303),
        ("remy", "status = 'removed'", 303, 303),
        ("dora", "role = 'member'", 200, 403),
    ] {
        let browser = server.signed_in(name, Role::Admin).await;
        assert_eq!(browser.get("/admin").await.status, 200);
        let form = browser.get("/account").await.form("/account/profile");
        server.database.execute(&format!("UPDATE users SET {change} WHERE username = '{name}'"));
        assert_eq!(
            (browser.get("/").await.status, browser.get("/admin").await.status),
            (home, panel),
            "{change}"
        );
        let changed = browser.submit(form.fill("name", "After")).await;
        let expected = if home == 200 { "/account#profile" } else { "/sign-in" };
        assert_eq!(changed.redirect(), expected, "{change}");
    }
    assert_eq!(server.count("users WHERE display_name = 'After'"), 1);
}

async fn a_session_holds_on_every_replica_until_it_ends_on_one(kind: Kind) {
    let server = Server::start(kind);
    let replica = server.replica();
    let browser = server.signed_in("mara", Role::Member).await;
    let there = browser.at(replica.address);
    assert!(is_signed_in(&there).await);
    let page = there.get("/").await;
    assert_eq!(browser.submit(page.form("/sign-out")).await.redirect(), "/sign-in");
    assert!(!is_signed_in(&there).await);
}
