//! `/join`: who gets in, as what, and what keeps an account from being made.

use doorlist::domain::access::Role;
use doorlist::domain::invite::{GRANTED, UseLimit};

use crate::codes::{check, code, join_form, uses};
use crate::database::{Kind, both};
use crate::support::{PASSWORD, Server};

both![
    whoever_brings_a_good_code_is_let_in_and_signed_in,
    every_spelling_of_a_code_and_its_link_lets_in,
    the_code_decides_what_they_become,
    looking_uses_nothing,
    a_refused_account_burns_no_use,
    what_cannot_be_written_whole_lets_nobody_in,
    while_registration_is_closed_no_code_is_looked_at,
    while_registration_is_open_a_code_is_optional,
    whoever_is_signed_in_loses_nothing,
    a_look_with_htmx_renews_only_its_part,
    an_instance_can_ask_for_an_address_and_longer_passwords,
];

async fn whoever_brings_a_good_code_is_let_in_and_signed_in(kind: Kind) {
    let server = Server::start(kind);
    let inviter =
        server.account("mara", Role::Manager, |m| m.display_name = Some("Mara Weld".to_owned())).await;
    let id = code(&server, "HARBOUR-42", |invite| invite.created_by = Some(inviter)).await;
    let browser = server.browser();
    let looked = check(&browser, "harbour-42").await;
    assert_eq!(looked.status, 200);
    assert_eq!(looked.one("#code-status"), "Valid. Mara Weld invites you to join Doorlist as Member.");

    let form = join_form(&browser, "HARBOUR-42", "theo.v").await;
    let form = form.fill("name", "Theo Vale").fill("email", "Theo@Harbour.Example");
    assert_eq!(browser.submit(form).await.redirect(), "/");
    let home = browser.get("/").await;
    assert_eq!(
        (home.status, home.all("#toasts .toast p")),
        (200, vec!["Account created. You are signed in.".to_owned()])
    );
    assert_eq!(server.browser().sign_in("theo.v", PASSWORD).await.redirect(), "/");

    let rows = server.audit("account.registered").await;
    assert_eq!(
        (rows.len(), rows[0].actor_kind.as_str(), rows[0].actor_role.as_deref()),
        (1, "person", Some("member"))
    );
    assert_eq!((rows[0].target_kind.as_deref(), rows[0].target_id.clone()), (Some("invite"), Some(id.key())));
    let used = server.database.values("SELECT invite_id || ' ' || user_id AS value FROM invite_uses");
    assert_eq!(used, [format!("{} {}", id.key(), rows[0].actor_id.as_deref().unwrap())]);
    assert_eq!(uses(&server, "HARBOUR-42"), "1");
}

async fn every_spelling_of_a_code_and_its_link_lets_in(kind: Kind) {
    let server = Server::start(kind);
    code(&server, "K7QM-2XHD-0RT1", |_| {}).await;
    let link = format!("http://{}/join#K7QM-2XHD-0RT1", server.address);
    let spellings =
        ["K7QM-2XHD-0RT1", "k7qm2xhd0rt1", " K7QM 2XHD 0RT1 ", "k7qm–2xhd–ortl", "K7QM2XHDORTI", &link];
    for (number, spelling) in spellings.into_iter().enumerate() {
        let browser = server.browser();
        let form = join_form(&browser, spelling, &format!("person.{number}")).await;
        assert_eq!(browser.submit(form).await.redirect(), "/", "{spelling}");
    }
    assert_eq!(uses(&server, "K7QM-2XHD-0RT1"), "6");
}

async fn the_code_decides_what_they_become(kind: Kind) {
    let server = Server::start(kind);
    for role in GRANTED {
        let (text, name) = (format!("FOR-{}", role.key()), format!("new.{}", role.key()));
        code(&server, &text, |invite| invite.role = role).await;
        let browser = server.browser();
        let form = join_form(&browser, &text, &name).await;
        assert_eq!(
            browser.submit(form.clone().add("role", "owner")).await.status,
            422,
            "nobody asks for a role"
        );
        assert_eq!(browser.submit(form).await.redirect(), "/");
        let query = format!("SELECT role AS value FROM users WHERE username = '{name}'");
        assert_eq!(server.database.values(&query), [role.key()]);
        assert_eq!(browser.get("/admin").await.status, if role == Role::Member { 403 } else { 200 });
    }
}

async fn looking_uses_nothing(kind: Kind) {
    let server = Server::start(kind);
    code(&server, "HARBOUR-42", |invite| invite.limit = UseLimit::stored(Some(1))).await;
    let before = server.database.dump();
    for _ in 0..3 {
        assert_eq!(server.browser().get("/join").await.status, 200);
        assert_eq!(check(&server.browser(), "HARBOUR-42").await.status, 200);
    }
    assert_eq!(server.database.dump(), before);
}

async fn a_refused_account_burns_no_use(kind: Kind) {
    let server = Server::start(kind);
    server.account("mara", Role::Member, |mara| mara.email = Some("mara@harbour.example".to_owned())).await;
    code(&server, "HARBOUR-42", |invite| invite.limit = UseLimit::stored(Some(1))).await;
    let browser = server.browser();
    let good = join_form(&browser, "HARBOUR-42", "theo").await;
    for (field, wrong, message) in [
        ("username", "mara", "That username is taken. Choose another."),
        ("username", "rn", "Use 3 to 32 lowercase letters, digits, dots, dashes or underscores."),
        ("email", "MARA@harbour.example", "An account with this email exists. Sign in instead."),
        ("email", "theo", "Enter an email address like name@example.org."),
        ("password", "kV9#qLx2!wz", "Use at least 12 characters."),
        ("password", "iloveyou1234", "This password is easy to guess. Use a few unrelated words instead."),
    ] {
        let answer = browser.submit(good.clone().fill(field, wrong)).await;
        assert_eq!((answer.status, answer.error_of(field).as_str()), (422, message), "{field} {wrong}");
        let again = answer.form("/join");
        assert_eq!((again.value("code"), again.value("password")), ("HARBOUR-42", ""));
        assert_eq!(again.value("attempt"), good.value("attempt"), "it is the same form still");
    }
    assert_eq!((uses(&server, "HARBOUR-42").as_str(), server.count("invite_uses")), ("0", 0));
    assert_eq!((server.count("users"), server.audit("account.registered").await.len()), (2, 0));
    assert_eq!(browser.submit(good).await.redirect(), "/", "the place is still free");
}

async fn what_cannot_be_written_whole_lets_nobody_in(kind: Kind) {
    for table in ["audit", "invite_uses", "sessions"] {
        let server = Server::start(kind);
        code(&server, "HARBOUR-42", |_| {}).await;
        let browser = server.browser();
        let form = join_form(&browser, "HARBOUR-42", "theo").await;
        server.database.execute(&format!("ALTER TABLE {table} RENAME TO away"));
        assert_eq!(browser.submit(form.clone()).await.status, 500, "{table}");
        server.database.execute(&format!("ALTER TABLE away RENAME TO {table}"));
        let left = server.count("users WHERE username = 'theo'") + server.count("sessions");
        assert_eq!((left, server.audit("account.registered").await.len()), (0, 0), "{table}");
        assert_eq!((uses(&server, "HARBOUR-42").as_str(), server.count("invite_uses")), ("0", 0), "{table}");
        assert_eq!(browser.submit(form).await.redirect(), "/", "{table}");
    }
}

async fn while_registration_is_closed_no_code_is_looked_at(kind: Kind) {
    let server = Server::start(kind);
    code(&server, "HARBOUR-42", |_| {}).await;
    let browser = server.browser();
    let page = browser.get("/join").await;
    let form = join_form(&browser, "HARBOUR-42", "theo").await;
    server.database.execute("UPDATE settings SET registration_mode = 'closed'");
    let looked = browser.submit(page.form("/join/check").fill("code", "HARBOUR-42")).await;
    for answer in [looked, browser.submit(form).await, browser.get("/join").await] {
        assert_eq!((answer.status, answer.one("h1").as_str()), (200, "Registration is closed"));
        assert!(!answer.text().contains("HARBOUR-42"));
    }
    assert_eq!((server.count("users"), uses(&server, "HARBOUR-42").as_str()), (1, "0"));
}

async fn while_registration_is_open_a_code_is_optional(kind: Kind) {
    let server = Server::start(kind);
    code(&server, "STAFF-CODE", |invite| invite.role = Role::Support).await;
    server.database.execute("UPDATE settings SET registration_mode = 'open'");
    for (number, (text, expected)) in
        [("", "member"), ("STAFF-CODE", "support"), ("NOPE-NOPE", "")].into_iter().enumerate()
    {
        let (browser, name) = (server.browser(), format!("person.{number}"));
        let form = browser.get("/join").await.form("/join").fill("code", text);
        let answer = browser.submit(form.fill("username", &name).fill("password", PASSWORD)).await;
        assert_eq!(answer.status, if expected.is_empty() { 422 } else { 303 }, "{text}");
        let query = format!("SELECT role AS value FROM users WHERE username = '{name}'");
        assert_eq!(server.database.values(&query).concat(), expected, "{text}");
    }
    assert_eq!(server.count("invite_uses"), 1);
}

async fn whoever_is_signed_in_loses_nothing(kind: Kind) {
    let server = Server::start(kind);
    code(&server, "HARBOUR-42", |_| {}).await;
    let browser = server.signed_in("mara", Role::Member).await;
    let form = join_form(&server.browser(), "HARBOUR-42", "theo").await;
    let ours = browser.with("sec-fetch-site", "same-origin");
    let looked = ours.post("/join/check", &[("code", "HARBOUR-42")]).await;
    for answer in [looked, ours.submit(form).await, ours.get("/join").await] {
        assert_eq!((answer.status, answer.one("h1").as_str()), (200, "You are already a member"));
        assert!(answer.one(".gate__lede").contains("@mara"));
    }
    assert_eq!((uses(&server, "HARBOUR-42").as_str(), server.count("users")), ("0", 2));
    assert_eq!(browser.get("/account").await.status, 200, "still signed in");
}

async fn a_look_with_htmx_renews_only_its_part(kind: Kind) {
    let server = Server::start(kind);
    code(&server, "HARBOUR-42", |_| {}).await;
    let browser = server.browser().htmx().with("sec-fetch-site", "same-origin");
    for (text, status) in [("HARBOUR-42", 200), ("NOPE-NOPE", 422)] {
        let form = browser.with("hx-target", "join").post("/join/check", &[("code", text)]).await;
        let word = browser.with("hx-target", "code-status").post("/join/check", &[("code", text)]).await;
        assert_eq!((form.status, word.status), (status, status), "{text}");
        assert!(!form.text().contains("<html") && form.all("form#join").len() == 1, "{text}");
        assert!(word.text().trim_start().starts_with("<div") && word.all("form").is_empty(), "{text}");
    }
}

async fn an_instance_can_ask_for_an_address_and_longer_passwords(kind: Kind) {
    let server = Server::start(kind);
    code(&server, "HARBOUR-42", |_| {}).await;
    let browser = server.browser();
    let page = check(&browser, "HARBOUR-42").await;
    assert_eq!((page.one("[for=email]").as_str(), page.all("#email[required]").len()), ("Email optional", 0));
    server.database.execute("UPDATE settings SET email_required = TRUE, password_min = 30");
    let page = check(&browser, "HARBOUR-42").await;
    assert_eq!((page.one("[for=email]").as_str(), page.all("#email[required]").len()), ("Email", 1));
    assert_eq!(page.one("#password-hint"), "At least 30 characters. A few words work well.");
    assert_eq!(page.attributes("#password", "minlength"), ["30"]);
    let form = page.form("/join").fill("username", "theo").fill("password", PASSWORD);
    let refused = browser.submit(form.clone()).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.error_of("email"), "Enter an email address like name@example.org.");
    assert_eq!(refused.error_of("password"), "Use at least 30 characters.");
    assert_eq!((server.count("users"), uses(&server, "HARBOUR-42").as_str()), (1, "0"));
    let form =
        form.fill("email", "theo@harbour.example").fill("password", "quarry lantern forty-two wet moss");
    assert_eq!(browser.submit(form).await.redirect(), "/");
}
