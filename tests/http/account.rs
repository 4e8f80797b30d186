//! `/account`: what people change about themselves, but for the password.

use doorlist::domain::access::Role;

use crate::database::{Kind, both};
use crate::support::{Answer, Browser, PASSWORD, Server};

both![
    a_changed_profile_is_shown_and_its_old_and_new_values_are_kept,
    nothing_typed_means_no_name_and_no_address,
    a_fault_stands_beside_its_field_and_nothing_changes,
    an_address_belongs_to_one_person_whatever_its_case,
    htmx_gets_the_part_that_changed_and_a_browser_a_redirect,
    own_sessions_are_listed_the_latest_used_first,
    one_session_is_ended_from_another,
    somebody_elses_session_is_not_found,
    all_other_sessions_end_at_once,
    the_switch_of_the_shortcuts_is_a_cookie,
    the_theme_is_a_cookie_for_whoever_uses_the_browser,
];

async fn change_profile(browser: &Browser, name: &str, email: &str) -> Answer {
    let form = browser.get("/account").await.form("/account/profile");
    browser.submit(form.fill("name", name).fill("email", email)).await
}

async fn a_changed_profile_is_shown_and_its_old_and_new_values_are_kept(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.signed_in("mara", Role::Member).await;
    let first = change_profile(&browser, "  Mara   Lindqvist ", "mara@harbour.example").await;
    assert_eq!(first.redirect(), "/account#profile");
    let page = browser.get("/account").await;
    assert_eq!(page.all("#toasts .toast p"), ["Saved"]);
    let form = page.form("/account/profile");
    assert_eq!((form.value("name"), form.value("email")), ("Mara Lindqvist", "mara@harbour.example"));
    assert_eq!(browser.get("/account").await.all("#toasts .toast").len(), 0, "said once");
    assert_eq!(browser.get("/").await.one("h1"), "Welcome, Mara Lindqvist");
    change_profile(&browser, "Mara Lindqvist", "m@harbour.example").await;

    let mut changes: Vec<_> =
        server.audit("account.profile_changed").await.into_iter().map(|row| row.changes.unwrap()).collect();
    changes.sort();
    assert_eq!(
        changes,
        [
            r#"{"display_name":[null,"Mara Lindqvist"],"email":[null,"mara@harbour.example"]}"#,
            r#"{"email":["mara@harbour.example","m@harbour.example"]}"#,
        ]
    );
}

async fn nothing_typed_means_no_name_and_no_address(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.signed_in("mara", Role::Member).await;
    change_profile(&browser, "Mara", "mara@harbour.example").await;
    assert_eq!(change_profile(&browser, "  ", " ").await.redirect(), "/account#profile");
    let absent =
        "users WHERE username = 'mara' AND display_name IS NULL AND email IS NULL AND email_folded IS NULL";
    assert_eq!(server.count(absent), 1);
}

async fn a_fault_stands_beside_its_field_and_nothing_changes(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.signed_in("mara", Role::Member).await;
    change_profile(&browser, "Mara", "mara@harbour.example").await;
    let long = "é".repeat(65);
    for (name, email, field, message) in [
        (long.as_str(), "m@harbour.example", "name", "Use 64 characters or fewer."),
        ("a\u{202e}b", "m@harbour.example", "name", "Use letters, digits, spaces and common signs only."),
        ("<b>M</b>", "mara", "email", "Enter an email address like name@example.org."),
    ] {
        let answer = change_profile(&browser, name, email).await;
        assert_eq!((answer.status, answer.error_of(field).as_str()), (422, message));
        let form = answer.form("/account/profile");
        assert_eq!((form.value("name"), form.value("email")), (name, email), "what was typed is kept");
        assert!(answer.one("title").starts_with("Error: "));
        assert!(answer.all("#profile b").is_empty(), "no markup comes through");
    }
    let both_wrong = change_profile(&browser, &long, "mara").await;
    assert_eq!(both_wrong.one(".error-summary h2"), "Check 2 fields");
    assert_eq!(server.count("users WHERE display_name = 'Mara' AND email = 'mara@harbour.example'"), 1);
    assert_eq!(server.audit("account.profile_changed").await.len(), 1);
}

async fn an_address_belongs_to_one_person_whatever_its_case(kind: Kind) {
    let server = Server::start(kind);
    server
        .account("noor", Role::Member, |account| account.email = Some("Noor@Harbour.Example".to_owned()))
        .await;
    let browser = server.signed_in("mara", Role::Member).await;
    let answer = change_profile(&browser, "Mara", "noor@HARBOUR.example").await;
    assert_eq!(answer.status, 422);
    assert_eq!(answer.error_of("email"), "An account with this email exists. Use another.");
    assert_eq!(server.count("users WHERE display_name = 'Mara'"), 0, "the name did not change alone");
    assert_eq!(server.audit("account.profile_changed").await.len(), 0);
    assert_eq!(change_profile(&browser, "Mara", "mara@harbour.example").await.status, 303);
    assert_eq!(change_profile(&browser, "Mara", "MARA@harbour.example").await.status, 303, "one's own");
}

async fn htmx_gets_the_part_that_changed_and_a_browser_a_redirect(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.signed_in("mara", Role::Member).await;
    server.browser().sign_in("mara", PASSWORD).await;
    let page = browser.get("/account").await;
    assert!(page.header("vary").contains("HX-Request") && page.header("vary").contains("Cookie"));
    for (action, field, part) in [
        ("/account/profile", Some(("name", "Mara")), "profile"),
        ("/account/password", None, "password"),
        ("/account/preferences", None, "preferences"),
        ("/account/sessions/others", None, "sessions"),
    ] {
        let form = page.form(action);
        let form = field.into_iter().fold(form, |form, (name, value)| form.fill(name, value));
        let answer = browser.htmx().submit(form.clone()).await;
        let whole = browser.submit(form).await;
        let text = answer.text();
        assert!(!text.contains("<html") && !text.contains("<body"), "{action}: a part only");
        assert_eq!(answer.all(&format!("#{part}")).len(), 1, "{action}");
        assert!(answer.one("title").contains("Account settings"));
        assert!(answer.header("vary").contains("HX-Request"));
        if part == "password" {
            assert_eq!((answer.status, whole.status), (422, 422));
            assert!(whole.text().contains("<html"));
            continue;
        }
        assert_eq!((answer.status, whole.redirect()), (200, format!("/account#{part}").as_str()));
        assert_eq!(answer.all("[hx-swap-oob] .toast").len(), 1, "{action}");
        assert!(!answer.attributes("[name=csrf]", "value").concat().is_empty() || part == "sessions");
    }
    let faulty = browser.htmx().submit(page.form("/account/profile").fill("email", "mara")).await;
    assert_eq!((faulty.status, faulty.form("/account/profile").value("email")), (422, "mara"));
    assert!(!faulty.text().contains("<html"));
}

/// The ids in the list of sessions that can be ended.
fn endings(page: &Answer) -> Vec<String> {
    let actions = page.attributes("form[method=post]", "action");
    actions.into_iter().filter(|action| action.ends_with("/end")).collect()
}

async fn own_sessions_are_listed_the_latest_used_first(kind: Kind) {
    let server = Server::start(kind);
    let agents = [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "Safari on iOS"),
        ("<script>alert(1)</script>", "Unknown browser"),
    ];
    server.person("mara", Role::Member).await;
    server.signed_in("noor", Role::Member).await;
    let mut last = None;
    for (agent, _) in agents {
        server.advance(120);
        let browser = server.browser().with("user-agent", agent);
        assert_eq!(browser.sign_in("mara", PASSWORD).await.status, 303);
        last = Some(browser);
    }
    let browser = last.unwrap();
    let page = browser.get("/account").await;
    let rows = page.all("#sessions .rows__main");
    assert_eq!(rows.len(), 3, "nobody else's: {rows:?}");
    for (row, (_, name)) in rows.iter().zip(agents.iter().rev()) {
        assert!(row.starts_with(name), "{rows:?}");
    }
    assert!(
        rows[0].contains("This browser") && rows[0].contains(&format!("{} · active now", browser.address()))
    );
    assert!(rows[1].ends_with("2 minutes ago"), "{rows:?}");
    assert_eq!(endings(&page).len(), 2, "the one in use has no button");
    assert_eq!(
        browser.get("/").await.all(".rows .cell-sub").len(),
        5,
        "three sessions, two things to finish"
    );
}

async fn one_session_is_ended_from_another(kind: Kind) {
    let server = Server::start(kind);
    let here = server.signed_in("mara", Role::Member).await;
    let there = server.browser();
    there.sign_in("mara", PASSWORD).await;
    let page = here.get("/account").await;
    let [action] = endings(&page).try_into().unwrap();
    let form = page.form(&action);
    assert_eq!(here.submit(form.clone()).await.redirect(), "/account#sessions");
    assert_eq!(there.get("/account").await.status, 303);
    assert_eq!(here.get("/account").await.all("#sessions .rows__main").len(), 1);
    assert_eq!(here.submit(form).await.status, 404, "it has ended already");
    let rows = server.audit("session.ended").await;
    assert_eq!((rows.len(), rows[0].target_kind.as_deref()), (1, Some("session")));
}

async fn somebody_elses_session_is_not_found(kind: Kind) {
    let server = Server::start(kind);
    let noor = server.signed_in("noor", Role::Member).await;
    server.browser().sign_in("noor", PASSWORD).await;
    let owner = server.signed_in("mara", Role::Owner).await.with("sec-fetch-site", "same-origin");
    let [theirs] = endings(&noor.get("/account").await).try_into().unwrap();
    let answer = owner.post(&theirs, &[]).await;
    assert_eq!((answer.status, answer.one("h1").as_str()), (404, "Page not found"));
    assert_eq!(server.count("sessions"), 3);
    assert_eq!(server.audit("session.ended").await.len(), 0);
}

async fn all_other_sessions_end_at_once(kind: Kind) {
    let server = Server::start(kind);
    let noor = server.signed_in("noor", Role::Member).await;
    let here = server.signed_in("mara", Role::Member).await;
    for _ in 0..3 {
        server.browser().sign_in("mara", PASSWORD).await;
    }
    let form = here.get("/account").await.form("/account/sessions/others");
    assert_eq!(here.submit(form).await.redirect(), "/account#sessions");
    assert_eq!(server.count("sessions"), 2);
    assert_eq!((here.get("/").await.status, noor.get("/").await.status), (200, 200));
    let rows = server.audit("session.others_ended").await;
    assert_eq!(rows[0].changes.as_deref(), Some(r#"{"sessions":[null,"3"]}"#));
    let page = here.get("/account").await;
    assert!(!page.text().contains("/account/sessions/others"), "there is nothing left to end");
}

async fn the_switch_of_the_shortcuts_is_a_cookie(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.signed_in("mara", Role::Member).await;
    let form = browser.get("/account").await.form("/account/preferences");
    assert_eq!(form.value("shortcuts"), "on");
    browser.submit(form.without("shortcuts")).await;
    assert_eq!(browser.cookies()["doorlist-shortcuts"], "off");
    let page = browser.get("/account").await;
    assert_eq!(page.attributes("html", "data-shortcuts"), ["off"]);
    browser.submit(page.form("/account/preferences").add("shortcuts", "on")).await;
    assert_eq!(browser.get("/account").await.attributes("html", "data-shortcuts"), [""]);
}

async fn the_theme_is_a_cookie_for_whoever_uses_the_browser(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.signed_in("mara", Role::Support).await;
    let theme = |page: &Answer| page.attributes("html", "data-theme").concat();
    let page = browser.get("/admin").await;
    assert_eq!(theme(&page), "");
    let form = page.form("/preferences/theme").add("theme", "dark");
    assert_eq!(form.value("back"), "/admin");
    let answer = browser.submit(form.clone()).await;
    assert_eq!(answer.redirect(), "/admin");
    assert!(answer.header("set-cookie").ends_with("HttpOnly; SameSite=Lax; Path=/; Max-Age=31536000"));
    assert_eq!(theme(&browser.get("/admin").await), "dark");
    assert_eq!(browser.submit(form.clone().fill("back", "//evil.example")).await.redirect(), "/");
    let swapped = browser.htmx().submit(form.without("theme").add("theme", "light")).await;
    assert_eq!((swapped.status, swapped.text().as_str()), (204, ""));
    browser.submit(browser.get("/").await.form("/sign-out")).await;
    assert_eq!(theme(&browser.get("/sign-in").await), "light");
    assert_eq!(theme(&browser.get("/nowhere").await), "light", "on problem pages too");
    assert_eq!(theme(&server.browser().get("/sign-in").await), "");
}
