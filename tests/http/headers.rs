//! What stands at the head of every answer, and what the cookies say of themselves.

use doorlist::domain::access::Role;
use reqwest::Method;

use crate::database::{Kind, both};
use crate::support::{Answer, PASSWORD, Server};

both![
    every_kind_of_answer_has_the_headers,
    only_https_is_promised_to_stay_https,
    over_https_the_cookies_are_bound_to_the_host_and_to_tls,
    on_this_machine_the_cookie_is_plain,
    a_page_is_kept_nowhere_and_differs_by_who_asks,
    each_answer_has_a_number_of_its_own,
    no_answer_tells_a_version_to_strangers,
];

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
                      connect-src 'self'; form-action 'self'; manifest-src 'self'; object-src 'none'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// One answer of each kind that the server gives.
async fn all_kinds(server: &Server) -> Vec<(u16, Answer)> {
    let member = server.signed_in("mara", Role::Member).await;
    let owner = server.signed_in("olga", Role::Owner).await;
    let own = member.with("sec-fetch-site", "same-origin");
    let crowd = server.browser();
    for _ in 0..10 {
        crowd.sign_in("nemo", "x").await;
    }
    let style = owner.get("/").await.attributes("link[rel=stylesheet]", "href").remove(0);
    let mut answers = vec![
        (200, owner.get("/admin").await),
        (200, server.browser().get("/sign-in").await),
        (200, owner.get("/healthz").await),
        (200, owner.get("/readyz").await),
        (200, owner.get(&style).await),
        (200, owner.send(owner.request(Method::HEAD, "/account")).await),
        (204, own.htmx().post("/preferences/theme", &[("theme", "dark")]).await),
        (303, server.browser().get("/").await),
        (400, own.send_form("/account/profile", "name=%FF&email=").await),
        (401, server.browser().htmx().get("/").await),
        (403, member.get("/admin").await),
        (403, member.htmx().get("/admin").await),
        (403, member.post("/account/profile", &[]).await),
        (404, owner.get("/nowhere").await),
        (404, owner.get("/static/0/nowhere.css").await),
        (405, own.send(own.request(Method::PUT, "/account")).await),
        (405, own.send(own.request(Method::PUT, "/healthz")).await),
        (413, own.send_form("/account/profile", "x".repeat(20_000)).await),
        (415, own.send(own.request(Method::POST, "/account/profile").body("{}")).await),
        (422, own.post("/account/profile", &[]).await),
        (429, crowd.sign_in("nemo", "x").await),
    ];
    let slots: Vec<_> = std::iter::from_fn(|| server.app.passwords.slot().ok()).collect();
    answers.push((503, server.browser().sign_in("mara", PASSWORD).await));
    drop(slots);
    server.database.execute("UPDATE users SET password_hash = 'none'");
    answers.push((500, server.browser().sign_in("mara", PASSWORD).await));
    server.database.execute("DELETE FROM __diesel_schema_migrations");
    answers.push((503, owner.get("/readyz").await));
    answers
}

async fn every_kind_of_answer_has_the_headers(kind: Kind) {
    let server = Server::start(kind);
    for (status, answer) in all_kinds(&server).await {
        assert_eq!(answer.status, status, "{}", answer.text());
        for (name, value) in [
            ("content-security-policy", POLICY),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("strict-transport-security", ""),
            ("server", ""),
        ] {
            assert_eq!(answer.header(name), value, "{status} {name}");
            assert!(answer.headers.get_all(name).iter().count() <= 1, "{status} {name}");
        }
        let policy = answer.header("permissions-policy");
        assert!(
            policy.contains("clipboard-write=(self)") && policy.matches("(self)").count() == 1,
            "{policy}"
        );
        assert!(answer.header("x-request-id").starts_with("req_"), "{status}");
        let cached = answer.header("cache-control");
        assert!(cached == "no-store" || cached == "public, max-age=31536000, immutable", "{status} {cached}");
        if !answer.bytes.is_empty() {
            assert!(answer.header("content-type").ends_with("charset=utf-8"), "{status}");
        }
    }
}

async fn only_https_is_promised_to_stay_https(kind: Kind) {
    let server = Server::with(kind, &[("DOORLIST_PUBLIC_URL", "https://door.example")]);
    for (status, answer) in all_kinds(&server).await {
        let promise = answer.header("strict-transport-security");
        assert_eq!(promise, "max-age=63072000; includeSubDomains", "{status}");
    }
}

fn cookie<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let mut lines = answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
    let line = lines.find(|line| line.starts_with(&format!("{name}="))).unwrap();
    line.split_once("; ").unwrap().1
}

async fn over_https_the_cookies_are_bound_to_the_host_and_to_tls(kind: Kind) {
    let server = Server::with(kind, &[("DOORLIST_PUBLIC_URL", "https://door.example")]);
    server.person("mara", Role::Member).await;
    let browser = server.browser();
    let expected = "HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=2592000";
    assert_eq!(cookie(&browser.get("/sign-in").await, "__Host-doorlist"), expected);
    assert_eq!(cookie(&browser.sign_in("mara", PASSWORD).await, "__Host-doorlist"), expected);
    let form = browser.get("/").await.form("/preferences/theme").add("theme", "dark");
    let theme = browser.submit(form).await;
    let expected = "HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=31536000";
    assert_eq!(cookie(&theme, "__Host-doorlist-theme"), expected);
    assert_eq!(browser.get("/").await.attributes("html", "data-theme").concat(), "dark");
    let plain = server.browser();
    plain.set_cookie("doorlist", &browser.cookies()["__Host-doorlist"]);
    assert_eq!(plain.get("/").await.redirect(), "/sign-in", "the bare name is not looked at");
}

async fn on_this_machine_the_cookie_is_plain(kind: Kind) {
    let server = Server::start(kind);
    server.person("mara", Role::Member).await;
    let answer = server.browser().sign_in("mara", PASSWORD).await;
    assert_eq!(cookie(&answer, "doorlist"), "HttpOnly; SameSite=Lax; Path=/; Max-Age=2592000");
    assert_eq!(answer.headers.get_all("set-cookie").iter().count(), 1);
}

async fn a_page_is_kept_nowhere_and_differs_by_who_asks(kind: Kind) {
    let server = Server::start(kind);
    let owner = server.signed_in("olga", Role::Owner).await;
    for path in ["/", "/account", "/admin", "/sign-in", "/nowhere", "/healthz"] {
        let answer = owner.get(path).await;
        assert_eq!(
            (answer.header("cache-control"), answer.header("vary")),
            ("no-store", "HX-Request, Cookie"),
            "{path}"
        );
    }
}

async fn each_answer_has_a_number_of_its_own(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.browser().with("x-request-id", "req_mine");
    let numbers = [browser.get("/nowhere").await, browser.get("/nowhere").await];
    let numbers = numbers.map(|answer| answer.header("x-request-id").to_owned());
    assert_ne!(numbers[0], numbers[1]);
    for number in numbers {
        assert!(number.parse::<doorlist::domain::id::RequestId>().is_ok(), "{number}");
    }
    server.person("mara", Role::Member).await;
    let signed_in = browser.sign_in("mara", PASSWORD).await;
    let row = server.audit("session.signed_in").await.remove(0);
    let number: doorlist::domain::id::RequestId = signed_in.header("x-request-id").parse().unwrap();
    assert_eq!(row.request_id, Some(number.key()), "the log of changes leads to the log of requests");
}

async fn no_answer_tells_a_version_to_strangers(kind: Kind) {
    let server = Server::start(kind);
    let version = concat!("Doorlist ", env!("CARGO_PKG_VERSION"));
    let stranger = server.browser();
    for path in ["/sign-in", "/nowhere", "/healthz", "/readyz"] {
        let answer = stranger.get(path).await;
        let heads: Vec<_> = answer.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
        for text in [answer.text(), heads.join("\n")] {
            assert!(!text.contains(version) && !text.to_lowercase().contains("actix"), "{path}: {text}");
        }
    }
    let member = server.signed_in("mara", Role::Member).await;
    for path in ["/", "/account"] {
        assert!(!member.get(path).await.text().contains(version), "{path}");
    }
    assert!(server.signed_in("sue", Role::Support).await.get("/admin").await.text().contains(version));
}
