//! `/setup`: the first start.

use futures_util::future::join_all;

use crate::database::{Kind, both};
use crate::support::{Answer, Browser, Form, PASSWORD, SERVER_NAME, Server, statuses};

both![
    the_form_makes_the_owner_and_signs_them_in,
    the_whole_link_may_be_pasted_as_the_key,
    a_key_works_in_its_last_millisecond_and_not_after_24_hours,
    a_key_of_another_make_is_refused_beside_its_field,
    every_key_that_was_printed_works_until_one_was_used,
    each_fault_stands_beside_its_field_and_the_rest_is_kept,
    a_password_out_of_own_words_is_refused,
    there_is_nothing_to_set_up_twice,
    before_that_signing_in_leads_to_it,
    no_key_is_made_once_there_is_an_owner,
    two_set_ups_at_once_make_one_owner,
    sixteen_set_ups_on_two_replicas_make_one_owner,
];

async fn the_form_makes_the_owner_and_signs_them_in(kind: Kind) {
    let server = Server::fresh(kind, &[]);
    let owner = server.owner().await;
    let overview = owner.get("/admin").await;
    assert_eq!(overview.status, 200);
    assert_eq!(overview.all(".sidebar .brand__name"), [SERVER_NAME]);
    assert_eq!(overview.all("#toasts .toast p"), ["Your server is set up. You are signed in."]);
    let account = owner.get("/account").await;
    let profile = account.form("/account/profile");
    assert_eq!((profile.value("name"), profile.value("email")), ("Olga Owner", "Olga@Harbour.Example"));

    let rows = server.audit("instance.set_up").await;
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].actor_kind.as_str(), rows[0].actor_role.as_deref()), ("person", Some("owner")));
    assert_eq!(rows[0].changes.as_deref(), Some(r#"{"server_name":["Doorlist","Harbour Makers"]}"#));
    assert_eq!(rows[0].address, Some(owner.address().to_string()));
    assert_eq!(rows[0].target_id, rows[0].actor_id);
    assert_eq!(server.count("links"), 0, "no link outlives the set-up");
}

async fn the_whole_link_may_be_pasted_as_the_key(kind: Kind) {
    let server = Server::fresh(kind, &[]);
    let browser = server.browser();
    let link = format!(" http://{}/setup#{} ", server.address, server.setup_key().await);
    let answer = browser.submit(server.setup_form(&browser, &link).await).await;
    assert_eq!(answer.redirect(), "/admin");
}

async fn a_key_works_in_its_last_millisecond_and_not_after_24_hours(kind: Kind) {
    for (millis, status) in [(24 * 3_600_000, 422), (24 * 3_600_000 - 1, 303)] {
        let server = Server::fresh(kind, &[]);
        let browser = server.browser();
        let key = server.setup_key().await;
        server.clock.advance(std::time::Duration::from_millis(millis));
        let answer = browser.submit(server.setup_form(&browser, &key).await).await;
        assert_eq!(answer.status, status, "{millis}");
    }
}

async fn a_key_of_another_make_is_refused_beside_its_field(kind: Kind) {
    let server = Server::fresh(kind, &[]);
    let browser = server.browser();
    let good = server.setup_key().await;
    for key in ["", "0", &"0".repeat(64), &good.to_uppercase(), &format!("{good}0"), &format!("{good}#"), "é"]
    {
        let answer = browser.submit(server.setup_form(&browser, key).await).await;
        assert_eq!(answer.status, 422, "{key}");
        assert_eq!(answer.error_of("key"), "That key does not match. Look for it in the server log.");
    }
    assert_eq!(server.count("users"), 0);
}

async fn every_key_that_was_printed_works_until_one_was_used(kind: Kind) {
    let server = Server::fresh(kind, &[]);
    let browser = server.browser();
    let first = server.setup_key().await;
    server.setup_key().await;
    assert_eq!(server.audit("instance.setup_link_made").await.len(), 2);
    assert_eq!(browser.submit(server.setup_form(&browser, &first).await).await.redirect(), "/admin");
}

async fn each_fault_stands_beside_its_field_and_the_rest_is_kept(kind: Kind) {
    let server = Server::fresh(kind, &[]);
    let browser = server.browser();
    let good = server.setup_form(&browser, &server.setup_key().await).await;
    let sixty_five = "é".repeat(65);
    for (field, wrong, message) in [
        ("server", "  ", "Enter a name for the server."),
        ("server", &sixty_five, "Use 60 characters or fewer."),
        ("name", &sixty_five, "Use 64 characters or fewer."),
        ("name", "Ol\u{202e}ga", "Use letters, digits, spaces and common signs only."),
        ("username", "ol", "Use 3 to 32 lowercase letters, digits, dots, dashes or underscores."),
        ("username", "admin", "This name is reserved. Choose another."),
        ("email", "olga", "Enter an email address like name@example.org."),
        ("password", "kV9#qLx2!wz", "Use at least 12 characters."),
        ("password", "iloveyou1234", "This password is easy to guess. Use a few unrelated words instead."),
    ] {
        let answer = browser.submit(good.clone().fill(field, wrong)).await;
        assert_eq!(answer.status, 422, "{field} {wrong}");
        assert_eq!(answer.error_of(field), message);
        assert_eq!(answer.all(".error-summary a"), [message]);
        assert_eq!(answer.attributes(".error-summary a", "href"), [format!("#{field}")]);
        assert_eq!(answer.all("[aria-invalid]").len(), 1, "{field}: only one field is wrong");
        assert!(answer.one("title").starts_with("Error: "));
        kept(&answer.form("/setup"), &good, field, wrong);
        assert!(!answer.text().contains(good.value("password")), "{field}: the password came back");
    }
    assert_eq!(server.count("users"), 0);
    assert_eq!(browser.submit(good).await.redirect(), "/admin", "the key is not used up by faults");
}

/// All that was typed stands in the form again, but for the password.
fn kept(shown: &Form, sent: &Form, wrong_field: &str, wrong: &str) {
    for field in ["server", "key", "name", "username", "email"] {
        let expected = if field == wrong_field { wrong } else { sent.value(field) };
        assert_eq!(shown.value(field), expected, "{field}");
    }
    assert_eq!(shown.value("password"), "");
}

async fn a_password_out_of_own_words_is_refused(kind: Kind) {
    let server = Server::fresh(kind, &[]);
    let browser = server.browser();
    let form = server.setup_form(&browser, &server.setup_key().await).await;
    for made_of in ["HarbourMakers2026!", "olga@harbour.example", "olga-olga-olga-1"] {
        let answer = browser.submit(form.clone().fill("password", made_of)).await;
        assert_eq!(answer.status, 422, "{made_of}");
        assert!(answer.error_of("password").contains("your name"), "{made_of}");
    }
}

async fn there_is_nothing_to_set_up_twice(kind: Kind) {
    let server = Server::fresh(kind, &[]);
    let late = server.browser();
    let form = server.setup_form(&late, &server.setup_key().await).await;
    let owner = server.owner().await;
    for browser in [&late, &owner, &server.browser()] {
        assert_eq!(browser.get("/setup").await.status, 404);
    }
    assert_eq!(late.submit(form.clone()).await.status, 404, "a good key");
    assert_eq!(late.submit(form.fill("key", "wrong")).await.status, 404, "a wrong key");
    assert_eq!(server.count("users"), 1);
    assert_eq!(server.audit("instance.set_up").await.len(), 1);
}

async fn before_that_signing_in_leads_to_it(kind: Kind) {
    let server = Server::fresh(kind, &[]);
    let browser = server.browser();
    assert_eq!(browser.get("/").await.redirect(), "/sign-in");
    assert_eq!(browser.get("/sign-in").await.redirect(), "/setup");
    assert_eq!(browser.get("/setup").await.status, 200);
}

async fn no_key_is_made_once_there_is_an_owner(kind: Kind) {
    let server = Server::fresh(kind, &[]);
    server.owner().await;
    assert!(doorlist::ops::setup::make_key(&server.app).await.unwrap().is_none());
    assert_eq!(server.count("links"), 0);
}

async fn two_set_ups_at_once_make_one_owner(kind: Kind) {
    for _ in 0..4 {
        let server = Server::fresh(kind, &[]);
        race(&server, &[&server], 2).await;
    }
}

async fn sixteen_set_ups_on_two_replicas_make_one_owner(kind: Kind) {
    let server = Server::fresh(kind, &[]);
    let replica = server.replica();
    race(&server, &[&server, &replica], 16).await;
}

/// So many people fill the form in, each under a name of their own, and send it at the same time.
async fn race(server: &Server, replicas: &[&Server], people: usize) {
    let key = server.setup_key().await;
    let mut filled: Vec<(Browser, Form)> = Vec::new();
    for number in 0..people {
        let replica = replicas[number % replicas.len()];
        let browser = server.browser().at(replica.address);
        let form = replica.setup_form(&browser, &key).await;
        let (name, email) = (format!("person{number}x"), format!("p{number}@harbour.example"));
        filled.push((browser, form.fill("username", &name).fill("email", &email)));
    }
    let answers: Vec<Answer> =
        join_all(filled.iter().map(|(browser, form)| browser.submit(form.clone()))).await;

    let codes = statuses(&answers);
    assert_eq!(codes.iter().filter(|code| **code == 303).count(), 1, "{codes:?}");
    // Whoever comes after the owner finds no page, or a key that is not good any more.
    assert!(codes.iter().all(|code| [303, 404, 422].contains(code)), "{codes:?}");
    assert_eq!(server.count("users WHERE role = 'owner'"), 1);
    assert_eq!(server.count("users"), 1);
    assert_eq!(server.count("sessions"), 1);
    assert_eq!(server.audit("instance.set_up").await.len(), 1);
    for ((browser, form), code) in filled.iter().zip(codes) {
        let (seen, let_in) = if code == 303 { (200, 303) } else { (303, 422) };
        assert_eq!(browser.get("/admin").await.status, seen);
        assert_eq!(server.browser().sign_in(form.value("username"), PASSWORD).await.status, let_in);
    }
}
