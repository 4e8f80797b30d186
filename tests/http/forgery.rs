//! Forms from elsewhere: who is believed to be a page of ours.

use doorlist::domain::access::Role;

use crate::database::{Kind, both};
use crate::support::{Browser, PASSWORD, Server};

both![
    a_change_needs_a_page_of_ours,
    the_token_of_another_browser_or_another_page_is_no_good,
    every_form_on_every_page_carries_a_token,
    a_form_from_elsewhere_signs_nobody_in,
    nothing_changes_by_reading,
    behind_https_the_public_address_is_the_origin,
];

/// Headers, the token (good, none, or another), and whether the change is to happen.
type Case<'a> = (&'a [(&'static str, &'a str)], Token, bool);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Good,
    None,
    Bad,
}

async fn change_name(browser: &Browser, headers: &[(&'static str, &str)], token: Token, name: &str) -> u16 {
    let form = browser.get("/account").await.form("/account/profile").fill("name", name);
    let form = match token {
        Token::Good => form,
        Token::None => form.without("csrf"),
        Token::Bad => {
            let bad = "0".repeat(form.value("csrf").len());
            form.fill("csrf", &bad)
        }
    };
    let sender = headers.iter().fold(browser.clone(), |browser, (name, value)| browser.with(name, value));
    sender.submit(form).await.status
}

async fn hold(server: &Server, cases: &[Case<'_>]) {
    let browser = server.signed_in("mara", Role::Member).await;
    for (number, (headers, token, expected)) in cases.iter().enumerate() {
        let name = format!("Name {number}");
        let status = change_name(&browser, headers, *token, &name).await;
        let changed = server.count(&format!("users WHERE display_name = '{name}'")) == 1;
        assert_eq!(
            (status, changed),
            (if *expected { 303 } else { 403 }, *expected),
            "{headers:?} {token:?}"
        );
    }
    let expected = cases.iter().filter(|(_, _, expected)| *expected).count();
    assert_eq!(server.audit("account.profile_changed").await.len(), expected);
}

async fn a_change_needs_a_page_of_ours(kind: Kind) {
    let server = Server::start(kind);
    let own = format!("http://{}", server.address);
    let other_port = format!("http://127.0.0.1:{}", server.address.port() ^ 1);
    let longer = format!("{own}.evil.example");
    let (site, origin) = ("sec-fetch-site", "origin");
    hold(
        &server,
        &[
            (&[], Token::Good, true),
            (&[], Token::None, false),
            (&[], Token::Bad, false),
            (&[(site, "same-origin")], Token::None, true),
            (&[(site, "same-site")], Token::Good, false),
            (&[(site, "cross-site")], Token::Good, false),
            (&[(site, "none")], Token::Good, false),
            (&[(site, "")], Token::Good, false),
            (&[(site, "cross-site"), (origin, &own)], Token::Good, false),
            (&[(site, "same-origin"), (site, "cross-site")], Token::None, false),
            (&[(origin, &own)], Token::None, true),
            (&[(origin, "https://evil.example")], Token::Good, false),
            (&[(origin, &other_port)], Token::Good, false),
            (&[(origin, &longer)], Token::Good, false),
            (&[(origin, "")], Token::Good, false),
            (&[(origin, &own), (origin, "https://evil.example")], Token::None, false),
            (&[(origin, "null")], Token::Good, true),
            (&[(origin, "null")], Token::None, false),
            (&[(origin, "null")], Token::Bad, false),
        ],
    )
    .await;
}

async fn behind_https_the_public_address_is_the_origin(kind: Kind) {
    let server = Server::with(kind, &[("DOORLIST_PUBLIC_URL", "https://Door.Example/")]);
    let local = format!("http://{}", server.address);
    hold(
        &server,
        &[
            (&[("origin", "https://door.example")], Token::None, true),
            (&[("origin", "http://door.example")], Token::Good, false),
            (&[("origin", "https://door.example:8443")], Token::Good, false),
            (&[("origin", &local)], Token::Good, false),
        ],
    )
    .await;
}

async fn the_token_of_another_browser_or_another_page_is_no_good(kind: Kind) {
    let server = Server::start(kind);
    let mara = server.signed_in("mara", Role::Member).await;
    let noor = server.signed_in("noor", Role::Member).await;
    let theirs = noor.get("/account").await.form("/account/profile").value("csrf").to_owned();
    let form = mara.get("/account").await.form("/account/profile").fill("name", "Changed");
    let own = form.value("csrf").to_owned();
    for bad in [&theirs, "", "é", &own.to_uppercase().replace(char::is_numeric, "0"), &format!("{own}00")] {
        let answer = mara.submit(form.clone().fill("csrf", bad)).await;
        assert_eq!((answer.status, answer.one("h1").as_str()), (403, "Send it again"), "{bad}");
    }
    let twice = form.clone().fill("csrf", "bad").add("csrf", &own);
    assert_eq!(mara.submit(twice).await.status, 403, "the first one counts");
    assert_eq!(server.count("users WHERE display_name IS NOT NULL"), 0);
    assert_eq!(mara.submit(form.clone()).await.status, 303);
    assert_eq!(mara.submit(form).await.status, 303, "a form may be sent twice");
    let first = mara.get("/account").await.form("/account/profile").value("csrf").to_owned();
    assert_ne!(first, own, "each page has a token of its own");
}

async fn every_form_on_every_page_carries_a_token(kind: Kind) {
    let server = Server::fresh(kind, &[]);
    let guest = server.browser();
    let mut pages = vec![guest.get("/setup").await];
    let owner = server.owner().await;
    pages.push(guest.get("/sign-in").await);
    for path in ["/", "/account", "/admin"] {
        pages.push(owner.get(path).await);
    }
    for page in pages {
        assert_eq!(page.status, 200);
        let forms = page.attributes("form[method=post]", "action");
        assert!(!forms.is_empty());
        assert_eq!(
            page.all("form[method=post] input[name=csrf][type=hidden]").len(),
            forms.len(),
            "{forms:?}"
        );
        assert_eq!(page.all("form:not([method=post]):not([method=dialog])").len(), 0);
    }
}

async fn a_form_from_elsewhere_signs_nobody_in(kind: Kind) {
    let server = Server::start(kind);
    server.person("mara", Role::Member).await;
    let browser = server.browser();
    let fields = [("login", "mara"), ("password", PASSWORD)];
    assert_eq!(browser.post("/sign-in", &fields).await.status, 403, "a browser that never saw the form");
    let foreign = browser.with("origin", "https://evil.example");
    assert_eq!(foreign.post("/sign-in", &fields).await.status, 403);
    assert_eq!((server.count("sessions"), server.count("audit")), (0, 0));
}

async fn nothing_changes_by_reading(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.signed_in("mara", Role::Owner).await;
    let before = server.database.dump();
    for path in
        ["/", "/account", "/admin", "/sign-in", "/setup", "/sign-out", "/account/profile?name=Changed"]
    {
        browser.get(path).await;
    }
    assert_eq!(server.database.dump(), before);
    assert!(before.contains("session.signed_in"), "there is something to change");
}
