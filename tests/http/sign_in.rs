//! `/sign-in`: who gets in, and what the others are told.

use std::time::Duration;

use doorlist::domain::access::Role;
use doorlist::domain::password::PlainPassword;
use doorlist::domain::user::Status;
use doorlist::sys::clock::{Clock, SystemClock};
use doorlist::sys::passwords::{Cost, Passwords, StoredHash};

use crate::database::{Kind, both};
use crate::support::{Answer, PASSWORD, Server};

const WRONG: &str = "another-lantern-42-moss";
const REFUSED: &str = "Username or password is wrong.";

both![
    a_username_and_an_email_address_in_any_case_lead_in,
    a_wrong_password_and_an_unknown_name_get_the_same_answer,
    what_no_account_can_have_is_refused_as_what_no_account_has,
    a_suspended_person_learns_why_and_only_with_the_right_password,
    a_removed_person_is_refused_like_an_unknown_one,
    a_hash_of_lower_cost_is_renewed,
    a_hash_that_cannot_be_read_is_a_fault_of_ours_and_not_a_way_in,
    a_full_queue_turns_people_away_and_charges_nobody,
    somebody_signed_in_is_sent_on_from_the_form,
    the_form_leads_on_to_pages_of_ours_only,
    somebody_signed_out_is_sent_to_the_form_and_back,
    a_query_that_cannot_be_read_is_a_bad_request,
    no_refusal_comes_sooner_than_all_of_them,
];

/// What a page says once everything that differs between any two requests is taken out.
fn bare(answer: &Answer, login: &str) -> (u16, String) {
    let token = answer.attributes("[name=csrf]", "value").concat();
    (answer.status, answer.text().replace(&token, "TOKEN").replace(&format!("value=\"{login}\""), "LOGIN"))
}

async fn a_username_and_an_email_address_in_any_case_lead_in(kind: Kind) {
    let server = Server::start(kind);
    server
        .account("mara", Role::Member, |account| account.email = Some("Mara@Harbour.Example".to_owned()))
        .await;
    for login in ["mara", "MARA", " Mara ", "mara@harbour.example", "MARA@HARBOUR.EXAMPLE"] {
        let browser = server.browser();
        assert_eq!(browser.sign_in(login, PASSWORD).await.redirect(), "/", "{login}");
        assert_eq!(browser.get("/").await.one("h1"), "Welcome, mara");
    }
    let rows = server.audit("session.signed_in").await;
    assert_eq!(rows.len(), 5);
    assert_eq!((rows[0].actor_kind.as_str(), rows[0].actor_role.as_deref()), ("person", Some("member")));
    assert_eq!(rows[0].target_kind.as_deref(), Some("session"));
}

async fn a_wrong_password_and_an_unknown_name_get_the_same_answer(kind: Kind) {
    let server = Server::start(kind);
    let mara = server.person("mara", Role::Member).await;
    let known = server.browser().sign_in("mara", WRONG).await;
    let unknown = server.browser().sign_in("nemo", WRONG).await;
    assert_eq!(bare(&known, "mara"), bare(&unknown, "nemo"));
    assert_eq!((known.status, known.one(".error-summary h2").as_str()), (422, REFUSED));
    let form = known.form("/sign-in");
    assert_eq!((form.value("login"), form.value("password")), ("mara", ""));
    assert!(!known.text().contains(WRONG), "the password came back");
    assert_eq!(names(&known), names(&unknown), "the same headers");

    let rows = server.audit("session.sign_in_failed").await;
    let mut targets: Vec<_> = rows.iter().map(|row| row.target_id.clone()).collect();
    targets.sort();
    assert_eq!(targets, [None, Some(mara.key())]);
    assert!(rows.iter().all(|row| row.actor_kind == "nobody" && row.changes.is_none()));
    assert_eq!(server.count("sessions"), 0);
}

fn names(answer: &Answer) -> Vec<String> {
    let mut names: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
    names.sort_unstable();
    names
}

async fn what_no_account_can_have_is_refused_as_what_no_account_has(kind: Kind) {
    let server = Server::start(kind);
    server.person("mara", Role::Member).await;
    let (long_name, long_password) = ("m".repeat(300), "p".repeat(513));
    for (login, password) in [
        ("", PASSWORD),
        ("  ", PASSWORD),
        ("mara", ""),
        ("mara", &long_password),
        (&long_name, PASSWORD),
        ("@", "x"),
    ] {
        let answer = server.browser().sign_in(login, password).await;
        assert_eq!((answer.status, answer.one(".error-summary h2").as_str()), (422, REFUSED), "{login}");
    }
}

async fn a_suspended_person_learns_why_and_only_with_the_right_password(kind: Kind) {
    let server = Server::start(kind);
    let reason = "Somebody else <b>reads</b> your mail.";
    server
        .account("sue", Role::Manager, |account| {
            account.status = Status::Suspended;
            account.status_reason = Some(reason.to_owned());
        })
        .await;
    let wrong = server.browser().sign_in("sue", WRONG).await;
    assert_eq!(bare(&wrong, "sue"), bare(&server.browser().sign_in("nemo", WRONG).await, "nemo"));
    let right = server.browser().sign_in("sue", PASSWORD).await;
    assert_eq!(right.status, 422);
    assert_eq!(right.one(".error-summary h2"), "Your account is suspended.");
    assert_eq!(right.one(".error-summary p"), format!("{reason} Ask support."));
    assert_eq!(server.count("sessions"), 0);
    let rows = server.audit("session.sign_in_failed").await;
    let said: Vec<_> = rows.iter().filter_map(|row| row.changes.as_deref()).collect();
    assert_eq!(said, [r#"{"status":[null,"suspended"]}"#]);
}

async fn a_removed_person_is_refused_like_an_unknown_one(kind: Kind) {
    let server = Server::start(kind);
    server.account("remy", Role::Owner, |account| account.status = Status::Removed).await;
    let unknown = bare(&server.browser().sign_in("nemo", PASSWORD).await, "nemo");
    for password in [PASSWORD, WRONG] {
        assert_eq!(bare(&server.browser().sign_in("remy", password).await, "remy"), unknown);
    }
    assert_eq!(server.count("sessions"), 0);
}

async fn a_hash_of_lower_cost_is_renewed(kind: Kind) {
    let server = Server::start(kind);
    server.person("mara", Role::Member).await;
    let cheaper = Passwords::start(Cost { memory_kib: 8, passes: 1 }, 1, &server.app.entropy).unwrap();
    let StoredHash(stale) =
        cheaper.slot().unwrap().hash(PlainPassword::typed(PASSWORD).unwrap()).await.unwrap();
    server.database.execute(&format!("UPDATE users SET password_hash = '{stale}' WHERE username = 'mara'"));
    assert_eq!(server.browser().sign_in("mara", WRONG).await.status, 422);
    let stored = || {
        server.database.values("SELECT password_hash AS value FROM users WHERE username = 'mara'").concat()
    };
    assert_eq!(stored(), stale);
    assert_eq!(server.browser().sign_in("mara", PASSWORD).await.status, 303);
    let renewed = stored();
    assert!(renewed.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{renewed}");
    assert_eq!(server.browser().sign_in("mara", PASSWORD).await.status, 303);
    assert_eq!(stored(), renewed, "a hash of today's cost stays");
}

async fn a_hash_that_cannot_be_read_is_a_fault_of_ours_and_not_a_way_in(kind: Kind) {
    let server = Server::start(kind);
    server.person("mara", Role::Member).await;
    server
        .database
        .execute("UPDATE users SET password_hash = 'quarry-lantern-42-moss' WHERE username = 'mara'");
    let answer = server.browser().sign_in("mara", PASSWORD).await;
    assert_eq!((answer.status, answer.one("h1").as_str()), (500, "Something failed on our side"));
    assert!(!answer.text().contains("stored password hash"), "what failed is for the log alone");
    assert_eq!(server.count("sessions"), 0);
}

async fn a_full_queue_turns_people_away_and_charges_nobody(kind: Kind) {
    let server = Server::start(kind);
    server.person("mara", Role::Member).await;
    let slots: Vec<_> = std::iter::from_fn(|| server.app.passwords.slot().ok()).collect();
    let browser = server.browser();
    for _ in 0..6 {
        let answer = browser.sign_in("mara", WRONG).await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, "1"));
        assert_eq!(answer.one("h1"), "Too busy right now");
    }
    assert_eq!(server.count("sign_in_throttles"), 0);
    assert_eq!(server.count("audit"), 0);
    drop(slots);
    assert_eq!(server.browser().sign_in("mara", PASSWORD).await.status, 303);
}

async fn somebody_signed_in_is_sent_on_from_the_form(kind: Kind) {
    let server = Server::start(kind);
    let mara = server.signed_in("mara", Role::Support).await;
    assert_eq!(mara.get("/sign-in").await.redirect(), "/");
    assert_eq!(mara.get("/sign-in?next=/admin").await.redirect(), "/admin");
    assert_eq!(mara.get("/sign-in?next=//evil.example").await.redirect(), "/");
}

async fn the_form_leads_on_to_pages_of_ours_only(kind: Kind) {
    let server = Server::start(kind);
    server.person("mara", Role::Support).await;
    for (next, expected) in [
        ("/admin", "/admin"),
        ("/account?a=b", "/account?a=b"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("/sign-out", "/"),
        ("/nowhere", "/"),
        ("/admin\r\nSet-Cookie: a=b", "/"),
        ("javascript:alert(1)", "/"),
    ] {
        let browser = server.browser();
        let form = browser.get("/sign-in").await.form("/sign-in");
        let form = form.without("next").add("next", next).fill("login", "mara").fill("password", PASSWORD);
        assert_eq!(browser.submit(form).await.redirect(), expected, "{next}");
    }
}

async fn somebody_signed_out_is_sent_to_the_form_and_back(kind: Kind) {
    let server = Server::start(kind);
    server.person("mara", Role::Support).await;
    let browser = server.browser();
    let sent = browser.get("/admin?tab=all&q=a%20b").await;
    assert_eq!(sent.redirect(), "/sign-in?next=%2Fadmin%3Ftab%3Dall%26q%3Da%2520b");
    let form = browser.get(sent.redirect()).await.form("/sign-in");
    assert_eq!(form.value("next"), "/admin?tab=all&q=a%20b");
    let refused = browser.submit(form.fill("login", "mara").fill("password", WRONG)).await;
    let form = refused.form("/sign-in").fill("password", PASSWORD);
    assert_eq!(browser.submit(form).await.redirect(), "/admin?tab=all&q=a%20b", "kept over a refusal");
    assert_eq!(server.browser().get("/").await.redirect(), "/sign-in");
    let sent = server
        .browser()
        .htmx()
        .with("hx-current-url", "http://door.example/account?a=b")
        .get("/account")
        .await;
    assert_eq!((sent.status, sent.header("hx-redirect")), (401, "/sign-in?next=%2Faccount%3Fa%3Db"));
}

async fn a_query_that_cannot_be_read_is_a_bad_request(kind: Kind) {
    let server = Server::start(kind);
    for query in ["next=a&next=b", "next=/admin&next=/account"] {
        let answer = server.browser().get(&format!("/sign-in?{query}")).await;
        assert_eq!((answer.status, answer.one("h1").as_str()), (400, "That did not work"), "{query}");
    }
}

/// Whether there is such an account must not show in the time: `tests/proof` looks closer.
async fn no_refusal_comes_sooner_than_all_of_them(kind: Kind) {
    let server = Server::start(kind);
    server.person("mara", Role::Member).await;
    for login in ["mara", "nemo"] {
        let begun = SystemClock.monotonic();
        assert_eq!(server.browser().sign_in(login, WRONG).await.status, 422, "{login}");
        assert!(SystemClock.monotonic() - begun >= Duration::from_millis(100), "{login}");
    }
}
