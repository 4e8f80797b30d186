//! `/account`: a new password.

use doorlist::domain::access::Role;
use futures_util::future::join_all;

use crate::database::{Kind, both};
use crate::support::{Answer, Browser, PASSWORD, Server, statuses};

const NEW: &str = "seven-otters-read-maps";
const NOTE: &str = "Password changed. You are signed out everywhere else.";

both![
    a_new_password_ends_the_other_sessions_and_renews_this_one,
    a_wrong_present_password_is_told_beside_its_field_and_noted,
    wrong_present_passwords_are_spaced_like_failed_sign_ins,
    a_new_password_has_to_keep_the_rules,
    neither_password_ever_comes_back,
    of_two_changes_at_once_one_wins,
    a_full_queue_changes_nothing,
    htmx_is_given_a_form_that_works,
];

async fn change(browser: &Browser, current: &str, new: &str) -> Answer {
    let form = browser.get("/account").await.form("/account/password");
    browser.submit(form.fill("current", current).fill("new", new)).await
}

async fn a_new_password_ends_the_other_sessions_and_renews_this_one(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.signed_in("mara", Role::Member).await;
    let elsewhere = server.browser();
    elsewhere.sign_in("mara", PASSWORD).await;
    let noor = server.signed_in("noor", Role::Member).await;
    let stolen = browser.stolen();
    assert_eq!(change(&browser, PASSWORD, NEW).await.redirect(), "/account#password");
    assert_eq!(browser.get("/account").await.all("#toasts .toast p"), [NOTE]);
    for ended in [&elsewhere, &stolen] {
        assert_eq!(ended.get("/account").await.status, 303);
    }
    assert_eq!(noor.get("/account").await.status, 200);
    assert_eq!(server.browser().sign_in("mara", PASSWORD).await.status, 422);
    assert_eq!(server.browser().sign_in("mara", NEW).await.status, 303);
    let rows = server.audit("account.password_changed").await;
    assert_eq!((rows.len(), rows[0].changes.as_deref()), (1, None));
    assert_eq!(rows[0].actor_id, rows[0].target_id);
}

async fn a_wrong_present_password_is_told_beside_its_field_and_noted(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.signed_in("mara", Role::Member).await;
    let answer = change(&browser, NEW, NEW).await;
    assert_eq!(
        (answer.status, answer.error_of("current").as_str()),
        (422, "This is not your present password.")
    );
    assert_eq!(server.audit("account.password_change_failed").await.len(), 1);
    assert_eq!(server.audit("account.password_changed").await.len(), 0);
    assert_eq!(browser.get("/account").await.status, 200);
    assert_eq!(server.browser().sign_in("mara", PASSWORD).await.status, 303);
}

async fn wrong_present_passwords_are_spaced_like_failed_sign_ins(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.signed_in("mara", Role::Member).await;
    for _ in 0..5 {
        assert_eq!(change(&browser, NEW, NEW).await.status, 422);
    }
    for seconds in ["1", "1"] {
        let answer = change(&browser, PASSWORD, NEW).await;
        assert_eq!((answer.status, answer.header("retry-after")), (429, seconds));
    }
    assert_eq!(server.browser().sign_in("mara", PASSWORD).await.status, 303, "signing in has its own count");
    server.advance(1);
    assert_eq!(change(&browser, PASSWORD, NEW).await.status, 303);
    assert_eq!(server.count("sign_in_throttles"), 0, "a success clears the count");
}

async fn a_new_password_has_to_keep_the_rules(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.signed_in("mara", Role::Member).await;
    for (new, message) in [
        ("kV9#qLx2!wz", "Use at least 12 characters."),
        ("iloveyou1234", "This password is easy to guess. Use a few unrelated words instead."),
        ("mara-mara-mara-1", "Do not build the password from your name, email or the server's name."),
        ("Doorlist-Mara-1", "Do not build the password from your name, email or the server's name."),
    ] {
        let answer = change(&browser, PASSWORD, new).await;
        assert_eq!((answer.status, answer.error_of("new").as_str()), (422, message), "{new}");
    }
    let answer = change(&browser, "", "").await;
    assert_eq!(answer.error_of("current"), "Enter your password.");
    assert_eq!(answer.error_of("new"), "Use at least 12 characters.");
    server.database.execute("UPDATE settings SET password_min = 30");
    assert_eq!(change(&browser, PASSWORD, NEW).await.error_of("new"), "Use at least 30 characters.");
    assert!(browser.get("/account").await.one("#new-hint").starts_with("At least 30 characters."));
    assert_eq!(server.audit("account.password_changed").await.len(), 0);
    assert_eq!(server.count("sign_in_throttles"), 0, "what cannot be right is not counted as a try");
}

async fn neither_password_ever_comes_back(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.signed_in("mara", Role::Member).await;
    for (current, new) in [("not-the-present-one-7", NEW), (PASSWORD, "too-short-7"), (PASSWORD, NEW)] {
        for answer in [change(&browser.htmx(), current, new).await, browser.get("/account").await] {
            let text = answer.text();
            assert!(!text.contains(current) && !text.contains(new), "{text}");
        }
    }
}

async fn of_two_changes_at_once_one_wins(kind: Kind) {
    for _ in 0..4 {
        let server = Server::start(kind);
        let browsers = [server.signed_in("mara", Role::Member).await, server.browser()];
        browsers[1].sign_in("mara", PASSWORD).await;
        let new = ["seven-otters-read-maps", "eleven-herons-sell-tea"];
        let mut filled = Vec::new();
        for (browser, new) in browsers.iter().zip(new) {
            let form = browser.get("/account").await.form("/account/password");
            filled.push((browser, form.fill("current", PASSWORD).fill("new", new)));
        }
        let answers = join_all(filled.into_iter().map(|(browser, form)| browser.submit(form))).await;
        let won = answers.iter().filter(|answer| answer.header("location") == "/account#password").count();
        // The other one is signed out, or, when it comes later, gave a password that is not the present one any more.
        let lost =
            answers.iter().filter(|answer| answer.status == 422 || answer.header("location") == "/sign-in");
        assert_eq!((won, lost.count()), (1, 1), "{:?}", statuses(&answers));
        let mut works = Vec::new();
        for password in [PASSWORD, new[0], new[1]] {
            works.push(server.browser().sign_in("mara", password).await.status == 303);
        }
        assert_eq!(works.iter().filter(|works| **works).count(), 1, "{works:?}");
        assert_eq!(server.audit("account.password_changed").await.len(), 1);
    }
}

async fn a_full_queue_changes_nothing(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.signed_in("mara", Role::Member).await;
    let slots: Vec<_> = std::iter::from_fn(|| server.app.passwords.slot().ok()).collect();
    let answer = change(&browser, PASSWORD, NEW).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "1"));
    drop(slots);
    assert_eq!(server.count("sign_in_throttles"), 0);
    assert_eq!(server.browser().sign_in("mara", PASSWORD).await.status, 303);
}

async fn htmx_is_given_a_form_that_works(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.signed_in("mara", Role::Member).await;
    let answer = change(&browser.htmx(), PASSWORD, NEW).await;
    assert_eq!((answer.status, answer.all("[hx-swap-oob] .toast p")), (200, vec![NOTE.to_owned()]));
    // The secret behind the forms changed with the session, so the new form has to come with the answer.
    let form = answer.form("/account/password").fill("current", NEW).fill("new", PASSWORD);
    assert_eq!(browser.htmx().submit(form).await.status, 200);
}
