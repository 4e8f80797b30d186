//! `/join`: the codes that let nobody in, and how little is told of them.

use std::collections::BTreeSet;
use std::time::Duration as Elapsed;

use chrono::Duration;
use doorlist::domain::access::Role;
use doorlist::domain::expiry::Expiry;
use doorlist::domain::invite::UseLimit;
use doorlist::sys::clock::{Clock, SystemClock};

use crate::codes::{REFUSED, check, code, join_form, uses};
use crate::database::{Kind, both};
use crate::support::{Answer, Server};

both![
    faults_of_the_form_are_told_without_looking_at_the_code,
    who_has_no_usable_code_learns_no_names,
    every_code_that_cannot_be_used_gets_the_same_answer,
    a_code_for_members_goes_on_without_whoever_made_it,
    the_moment_of_the_end_is_over,
    ten_wrong_codes_shut_an_address_out_for_a_minute_each,
    no_refusal_comes_sooner_than_all_of_them,
];

async fn faults_of_the_form_are_told_without_looking_at_the_code(kind: Kind) {
    let server = Server::start(kind);
    code(&server, "HARBOUR-42", |_| {}).await;
    let browser = server.browser();
    let form = join_form(&browser, "HARBOUR-42", "x").await;
    for text in ["HARBOUR-42", "NOPE-NOPE", "?"] {
        let answer = browser.submit(form.clone().fill("code", text)).await;
        assert_eq!(answer.status, 422, "{text}");
        assert!(answer.error_of("username").starts_with("Use 3 to 32"), "{text}");
        assert_eq!(answer.one("#code-status"), "", "{text}: not a word on the code");
    }
    assert_eq!(server.audit("registration.refused").await.len(), 0);
}

async fn who_has_no_usable_code_learns_no_names(kind: Kind) {
    let server = Server::start(kind);
    server.account("mara", Role::Member, |mara| mara.email = Some("mara@harbour.example".to_owned())).await;
    code(&server, "HARBOUR-42", |_| {}).await;
    let browser = server.browser();
    let taken = join_form(&browser, "HARBOUR-42", "mara").await.fill("email", "mara@harbour.example");
    let answer = browser.submit(taken.fill("code", "NOPE-NOPE")).await;
    assert_eq!((answer.status, answer.one("#code-status").as_str()), (422, REFUSED));
    assert!(!answer.text().contains("is taken") && !answer.text().contains("account with this email"));
    assert_eq!(server.audit("registration.refused").await.len(), 1);
}

/// An answer without what differs from one to the next.
fn masked(answer: &Answer, code: &str) -> String {
    let own = ["[name=csrf]", "[name=attempt]"].map(|selector| answer.attributes(selector, "value"));
    let own = own.concat().into_iter().chain([code.to_owned(), answer.header("x-request-id").to_owned()]);
    own.filter(|text| !text.is_empty()).fold(answer.text(), |text, own| text.replace(&own, "…"))
}

/// The headers of an answer without what differs from one to the next. Their order is any, for every answer.
fn told(answer: &Answer) -> BTreeSet<(String, String)> {
    let own = ["date", "set-cookie", "x-request-id"];
    let headers = answer.headers.iter().filter(|(name, _)| !own.contains(&name.as_str()));
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    headers.collect::<BTreeSet<_>>()
}

async fn every_code_that_cannot_be_used_gets_the_same_answer(kind: Kind) {
    let server = Server::start(kind);
    let gone = server.person("gone", Role::Admin).await;
    let fallen = server.person("fallen", Role::Admin).await;
    let now = server.app.clock.now();
    code(&server, "SPARE-CODE", |_| {}).await;
    code(&server, "EXPIRED-1", |invite| invite.expiry = Expiry::At(now)).await;
    code(&server, "USED-UP-1", |invite| {
        invite.limit = UseLimit::stored(Some(1));
        invite.uses = 1;
    })
    .await;
    code(&server, "PAUSED-01", |invite| invite.paused = true).await;
    code(&server, "DELETED-1", |_| {}).await;
    code(&server, "SUSPENDED", |invite| (invite.created_by, invite.role) = (Some(gone), Role::Support)).await;
    code(&server, "DEMOTED-1", |invite| {
        invite.created_by = Some(fallen);
        invite.role = Role::Manager;
    })
    .await;
    server.database.execute("UPDATE invites SET deleted_at = created_at WHERE code = 'DELETED-1'");
    server.database.execute("UPDATE users SET status = 'suspended' WHERE username = 'gone'");
    server.database.execute("UPDATE users SET role = 'manager' WHERE username = 'fallen'");

    let mut answers = Vec::new();
    let all = [
        "UNKNOWN-1",
        "NO CODE?!",
        "EXPIRED-1",
        "USED-UP-1",
        "PAUSED-01",
        "DELETED-1",
        "SUSPENDED",
        "DEMOTED-1",
    ];
    for text in all {
        let looked = check(&server.browser(), text).await;
        let browser = server.browser();
        let form = join_form(&browser, "SPARE-CODE", "theo").await;
        let brought = browser.submit(form.fill("code", text)).await;
        for answer in [&looked, &brought] {
            assert_eq!((answer.status, answer.one("#code-status").as_str()), (422, REFUSED), "{text}");
        }
        answers.push([&looked, &brought].map(|answer| (masked(answer, text), told(answer))));
    }
    for (text, answer) in all.iter().zip(&answers) {
        assert_eq!(answer, &answers[0], "{text}");
    }
    assert_eq!((server.count("invite_uses"), server.count("users WHERE username = 'theo'")), (0, 0));
    assert_eq!(server.audit("registration.refused").await.len(), 2 * all.len());
}

async fn a_code_for_members_goes_on_without_whoever_made_it(kind: Kind) {
    let server = Server::start(kind);
    let mara = server.person("mara", Role::Admin).await;
    code(&server, "FOR-MEMBER", |invite| invite.created_by = Some(mara)).await;
    code(&server, "FOR-SUPPORT", |invite| (invite.created_by, invite.role) = (Some(mara), Role::Support))
        .await;
    let lost = [
        ("active", "manager", 303),
        ("active", "support", 422),
        ("active", "member", 422),
        ("suspended", "admin", 422),
        ("removed", "admin", 422),
    ];
    for (number, (status, role, supports)) in lost.into_iter().enumerate() {
        server.database.execute(&format!(
            "UPDATE users SET status = '{status}', role = '{role}' WHERE username = 'mara'"
        ));
        for (text, expected) in [("FOR-MEMBER", 303), ("FOR-SUPPORT", supports)] {
            let browser = server.browser();
            let form = join_form(&browser, "FOR-MEMBER", &format!("{}.{number}", text.to_lowercase())).await;
            let looked = check(&server.browser(), text).await;
            assert_eq!(looked.status, if expected == 303 { 200 } else { 422 }, "{status} {role} {text}");
            assert_eq!(
                browser.submit(form.fill("code", text)).await.status,
                expected,
                "{status} {role} {text}"
            );
        }
    }
    assert_eq!((uses(&server, "FOR-MEMBER").as_str(), uses(&server, "FOR-SUPPORT").as_str()), ("5", "1"));
}

async fn the_moment_of_the_end_is_over(kind: Kind) {
    for (seconds, looked, joined) in [(59, 200, 303), (60, 422, 422), (61, 422, 422)] {
        let server = Server::start(kind);
        let end = server.app.clock.now() + Duration::seconds(60);
        code(&server, "HARBOUR-42", |invite| invite.expiry = Expiry::At(end)).await;
        let browser = server.browser();
        let form = join_form(&browser, "HARBOUR-42", "theo").await;
        server.advance(seconds);
        assert_eq!(check(&server.browser(), "HARBOUR-42").await.status, looked, "{seconds}");
        assert_eq!(browser.submit(form).await.status, joined, "{seconds}");
        assert_eq!(server.count("invite_uses"), usize::from(joined == 303), "{seconds}");
    }
}

async fn ten_wrong_codes_shut_an_address_out_for_a_minute_each(kind: Kind) {
    let server = Server::start(kind);
    code(&server, "HARBOUR-42", |_| {}).await;
    let browser = server.browser();
    let form = join_form(&browser, "HARBOUR-42", "theo").await;
    for number in 0..10 {
        assert_eq!(check(&browser, &format!("WRONG-{number}")).await.status, 422);
    }
    for text in ["WRONG-10", "HARBOUR-42"] {
        let shut = check(&browser, text).await;
        assert_eq!((shut.status, shut.header("retry-after")), (429, "60"), "{text}");
        assert_eq!(browser.submit(form.clone().fill("code", text)).await.status, 429, "{text}");
    }
    assert_eq!(check(&server.browser(), "HARBOUR-42").await.status, 200, "another address");
    server.advance(60);
    assert_eq!(check(&browser, "WRONG-11").await.status, 422, "one more");
    assert_eq!(check(&browser, "HARBOUR-42").await.status, 429);
    server.advance(60);
    assert_eq!(browser.submit(form).await.redirect(), "/");
}

/// What was found, if anything, must not show in the time: `tests/proof` looks closer.
async fn no_refusal_comes_sooner_than_all_of_them(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.browser();
    code(&server, "HARBOUR-42", |_| {}).await;
    let form = join_form(&browser, "HARBOUR-42", "mara").await;
    let begun = SystemClock.monotonic();
    assert_eq!(check(&browser, "NOPE-NOPE").await.status, 422);
    assert!(SystemClock.monotonic() - begun >= Elapsed::from_millis(10));
    let begun = SystemClock.monotonic();
    assert_eq!(browser.submit(form.fill("code", "NOPE-NOPE")).await.status, 422);
    assert!(SystemClock.monotonic() - begun >= Elapsed::from_millis(10));
}
