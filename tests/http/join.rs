//! `/join`: who gets in, who does not, and what each is told.

use chrono::Duration;
use doorlist::domain::access::Role;
use doorlist::domain::expiry::Expiry;
use doorlist::domain::invite::{GRANTED, UseLimit};

use crate::codes::{REFUSED, check, code, join_form, uses};
use crate::database::{Kind, both};
use crate::support::{Answer, PASSWORD, Server};

both![
    whoever_brings_a_good_code_is_let_in_and_signed_in,
    every_spelling_of_a_code_and_its_link_lets_in,
    the_code_decides_what_they_become,
    looking_uses_nothing,
    a_refused_account_burns_no_use,
    faults_of_the_form_are_told_without_looking_at_the_code,
    who_has_no_usable_code_learns_no_names,
    every_code_that_cannot_be_used_gets_the_same_answer,
    a_code_for_members_goes_on_without_whoever_made_it,
    the_moment_of_the_end_is_over,
    what_cannot_be_written_whole_lets_nobody_in,
    ten_wrong_codes_shut_an_address_out_for_a_minute_each,
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

/// The headers of an answer without what differs from one to the next.
fn told(answer: &Answer) -> Vec<(String, String)> {
    let own = ["date", "set-cookie", "x-request-id"];
    let headers = answer.headers.iter().filter(|(name, _)| !own.contains(&name.as_str()));
    headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect()
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
