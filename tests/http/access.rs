//! Who may do what: every route of the program times everybody who may come.

use doorlist::domain::access::Role;
use doorlist::web::routes;
use reqwest::Method;

use crate::database::{Kind, both};
use crate::support::{Answer, Browser, PASSWORD, Server};

both![
    every_route_answers_everybody_as_the_table_says,
    a_refused_permission_leaves_a_row_and_names_the_route,
    htmx_is_sent_to_sign_in_and_told_of_refusals_by_toast,
    whoever_may_read_a_page_may_ask_for_its_headers_only,
    another_method_is_refused_with_those_that_are_allowed,
    an_address_that_is_none_is_not_found,
];

struct Row {
    method: Method,
    path: &'static str,
    fields: &'static [(&'static str, &'static str)],
    /// Status and, for a redirect, where to.
    signed_out: &'static str,
    /// Member, Support, Manager, Admin, Owner.
    roles: [&'static str; 5],
}

macro_rules! table {
    ($($method:ident $path:literal $fields:expr => $out:literal, $roles:expr;)*) => {
        vec![$(Row { method: Method::$method, path: $path, fields: &$fields, signed_out: $out, roles: $roles },)*]
    };
}

const NEW: [(&str, &str); 4] = [("label", ""), ("code", ""), ("max_uses", ""), ("count", "0")];
const EDIT: [(&str, &str); 3] = [("label", ""), ("max_uses", ""), ("exact", "")];
const GENERAL: [(&str, &str); 2] = [("server_name", ""), ("support_address", "")];
const CODES: [(&str, &str); 4] = [
    ("code_length", "5"),
    ("default_role", "member"),
    ("default_max_uses", ""),
    ("default_expires_days", ""),
];
const RETENTION: [(&str, &str); 3] =
    [("removal_grace_days", "91"), ("expired_codes_days", ""), ("audit_days", "")];
const TOKEN: [(&str, &str); 2] = [("name", ""), ("days", "0")];
const JOIN: [(&str, &str); 5] =
    [("username", "d"), ("name", ""), ("email", ""), ("password", "e"), ("attempt", "f")];
const SETUP: [(&str, &str); 6] =
    [("server", "a"), ("key", "b"), ("name", "c"), ("username", "d"), ("email", ""), ("password", "e")];

fn table() -> Vec<Row> {
    [own_pages(), panel_pages(), people_pages(), invite_pages(), token_pages()]
        .into_iter()
        .flatten()
        .collect()
}

fn own_pages() -> Vec<Row> {
    table! {
        GET "/" [] => "303 /sign-in", ["200"; 5];
        GET "/setup" [] => "404", ["404"; 5];
        POST "/setup" SETUP => "404", ["404"; 5];
        GET "/sign-in" [] => "200", ["303 /"; 5];
        POST "/sign-in" [("login", "nemo"), ("password", "x")] => "422", ["422"; 5];
        POST "/sign-out" [] => "303 /sign-in", ["303 /sign-in"; 5];
        GET "/account" [] => "303 /sign-in?next=%2Faccount", ["200"; 5];
        POST "/account/profile" [("name", "A"), ("email", "")] => "303 /sign-in", ["303 /account#profile"; 5];
        POST "/account/password" [("current", "x"), ("new", "x")] => "303 /sign-in", ["422"; 5];
        POST "/account/sessions/others" [] => "303 /sign-in", ["303 /account#sessions"; 5];
        POST "/account/sessions/{id}/end" [] => "303 /sign-in", ["404"; 5];
        POST "/account/preferences" [] => "303 /sign-in", ["303 /account#preferences"; 5];
        POST "/preferences/theme" [("theme", "dark")] => "303 /", ["303 /"; 5];
        GET "/join" [] => "200", ["200"; 5];
        POST "/join" JOIN => "422", ["200"; 5];
        POST "/join/check" [("code", "NOPE-NOPE")] => "422", ["200"; 5];
        GET "/api/docs" [] => "200", ["200"; 5];
        GET "/reset" [] => "200", ["200"; 5];
        POST "/reset" [("key", "x"), ("password", "x")] => "422", ["422"; 5];
    }
}

fn panel_pages() -> Vec<Row> {
    table! {
        GET "/admin" [] => "303 /sign-in?next=%2Fadmin", ["403", "200", "200", "200", "200"];
        GET "/admin/audit.csv" [] => "303 /sign-in?next=%2Fadmin%2Faudit.csv", ["403", "200", "200", "200", "200"];
        GET "/admin/audit" [] => "303 /sign-in?next=%2Fadmin%2Faudit", ["403", "200", "200", "200", "200"];
        GET "/admin/settings" [] => "303 /sign-in?next=%2Fadmin%2Fsettings", ["403", "403", "403", "200", "200"];
        POST "/admin/settings/general" GENERAL => "303 /sign-in", ["403", "403", "403", "422", "422"];
        POST "/admin/settings/registration" [("password_min", "7")] => "303 /sign-in", ["403", "403", "403", "422", "422"];
        POST "/admin/settings/codes" CODES => "303 /sign-in", ["403", "403", "403", "422", "422"];
        POST "/admin/settings/retention" RETENTION => "303 /sign-in", ["403", "403", "403", "422", "422"];
        POST "/admin/settings/resume" [] => "303 /sign-in", ["403", "403", "403", "403", "404"];
    }
}

fn people_pages() -> Vec<Row> {
    table! {
        GET "/admin/users" [] => "303 /sign-in?next=%2Fadmin%2Fusers", ["403", "200", "200", "200", "200"];
        POST "/admin/users/bulk" [("action", "suspend")] => "303 /sign-in", ["403", "403", "303 /admin/users", "303 /admin/users", "303 /admin/users"];
        GET "/admin/users/{id}" [] => "303 /sign-in?next=%2Fadmin%2Fusers%2Fses_0000000000000000000000aaaa", ["403", "404", "404", "404", "404"];
        GET "/admin/users/{id}/role" [] => "303 /sign-in?next=%2Fadmin%2Fusers%2Fses_0000000000000000000000aaaa%2Frole", ["403", "403", "404", "404", "404"];
        POST "/admin/users/{id}/role" [("role", "member")] => "303 /sign-in", ["403", "403", "404", "404", "404"];
        GET "/admin/users/{id}/suspend" [] => "303 /sign-in?next=%2Fadmin%2Fusers%2Fses_0000000000000000000000aaaa%2Fsuspend", ["403", "403", "404", "404", "404"];
        POST "/admin/users/{id}/suspend" [("reason", "")] => "303 /sign-in", ["403", "403", "404", "404", "404"];
        POST "/admin/users/{id}/unsuspend" [] => "303 /sign-in", ["403", "403", "404", "404", "404"];
        POST "/admin/users/{id}/end-sessions" [] => "303 /sign-in", ["403", "403", "404", "404", "404"];
        POST "/admin/users/{id}/reset-link" [] => "303 /sign-in", ["403", "403", "404", "404", "404"];
        POST "/admin/users/{id}/keep" [] => "303 /sign-in", ["403", "403", "404", "404", "404"];
        POST "/admin/users/{id}/unkeep" [] => "303 /sign-in", ["403", "403", "404", "404", "404"];
        GET "/admin/users/{id}/remove" [] => "303 /sign-in?next=%2Fadmin%2Fusers%2Fses_0000000000000000000000aaaa%2Fremove", ["403", "403", "404", "404", "404"];
        POST "/admin/users/{id}/remove" [] => "303 /sign-in", ["403", "403", "404", "404", "404"];
        POST "/admin/users/{id}/restore" [] => "303 /sign-in", ["403", "403", "404", "404", "404"];
        GET "/admin/review" [] => "303 /sign-in?next=%2Fadmin%2Freview", ["403", "200", "200", "200", "200"];
        POST "/admin/review/approve" [("back", "")] => "303 /sign-in", ["403", "303 /admin/review", "303 /admin/review", "303 /admin/review", "303 /admin/review"];
        POST "/admin/users/{id}/review" [("state", "approved")] => "303 /sign-in", ["403", "404", "404", "404", "404"];
    }
}

fn invite_pages() -> Vec<Row> {
    table! {
        GET "/admin/invites.csv" [] => "303 /sign-in?next=%2Fadmin%2Finvites.csv", ["403", "200", "200", "200", "200"];
        GET "/admin/invites" [] => "303 /sign-in?next=%2Fadmin%2Finvites", ["403", "200", "200", "200", "200"];
        POST "/admin/invites" NEW => "303 /sign-in", ["403", "403", "422", "422", "422"];
        GET "/admin/invites/new" [] => "303 /sign-in?next=%2Fadmin%2Finvites%2Fnew", ["403", "403", "200", "200", "200"];
        POST "/admin/invites/preview" NEW => "303 /sign-in", ["403", "403", "200", "200", "200"];
        GET "/admin/invites/created" [] => "303 /sign-in?next=%2Fadmin%2Finvites%2Fcreated", ["403", "403", "404", "404", "404"];
        POST "/admin/invites/bulk" [("action", "pause")] => "303 /sign-in", ["403", "403", "303 /admin/invites", "303 /admin/invites", "303 /admin/invites"];
        GET "/admin/invites/{id}" [] => "303 /sign-in?next=%2Fadmin%2Finvites%2Fses_0000000000000000000000aaaa", ["403", "404", "404", "404", "404"];
        POST "/admin/invites/{id}" EDIT => "303 /sign-in", ["403", "403", "404", "404", "404"];
        GET "/admin/invites/{id}/share" [] => "303 /sign-in?next=%2Fadmin%2Finvites%2Fses_0000000000000000000000aaaa%2Fshare", ["403", "404", "404", "404", "404"];
        GET "/admin/invites/{id}/extend" [] => "303 /sign-in?next=%2Fadmin%2Finvites%2Fses_0000000000000000000000aaaa%2Fextend", ["403", "403", "404", "404", "404"];
        POST "/admin/invites/{id}/extend" [("days", "7")] => "303 /sign-in", ["403", "403", "404", "404", "404"];
        GET "/admin/invites/{id}/delete" [] => "303 /sign-in?next=%2Fadmin%2Finvites%2Fses_0000000000000000000000aaaa%2Fdelete", ["403", "403", "404", "404", "404"];
        POST "/admin/invites/{id}/delete" [] => "303 /sign-in", ["403", "403", "404", "404", "404"];
        POST "/admin/invites/{id}/pause" [] => "303 /sign-in", ["403", "403", "404", "404", "404"];
        POST "/admin/invites/{id}/resume" [] => "303 /sign-in", ["403", "403", "404", "404", "404"];
        POST "/admin/invites/{id}/restore" [] => "303 /sign-in", ["403", "403", "404", "404", "404"];
        POST "/admin/invites/{id}/bring-back" [] => "303 /sign-in", ["403", "403", "404", "404", "404"];
    }
}

fn token_pages() -> Vec<Row> {
    table! {
        GET "/admin/tokens" [] => "303 /sign-in?next=%2Fadmin%2Ftokens", ["403", "403", "200", "200", "200"];
        POST "/admin/tokens" TOKEN => "303 /sign-in", ["403", "403", "422", "422", "422"];
        GET "/admin/tokens/new" [] => "303 /sign-in?next=%2Fadmin%2Ftokens%2Fnew", ["403", "403", "200", "200", "200"];
        GET "/admin/tokens/{id}/revoke" [] => "303 /sign-in?next=%2Fadmin%2Ftokens%2Fses_0000000000000000000000aaaa%2Frevoke", ["403", "403", "404", "404", "404"];
        POST "/admin/tokens/{id}/revoke" [] => "303 /sign-in", ["403", "403", "404", "404", "404"];
    }
}

impl Row {
    /// The address, with somebody else's session where there is an id.
    fn address(&self) -> String {
        self.path.replace("{id}", "ses_0000000000000000000000aaaa")
    }

    async fn ask(&self, browser: &Browser) -> Answer {
        let browser = browser.with("sec-fetch-site", "same-origin");
        if self.method == Method::POST {
            browser.post(&self.address(), self.fields).await
        } else {
            browser.send(browser.request(self.method.clone(), &self.address())).await
        }
    }
}

fn told(answer: &Answer) -> String {
    format!("{} {}", answer.status, answer.header("location")).trim_end().to_owned()
}

async fn every_route_answers_everybody_as_the_table_says(kind: Kind) {
    let table = table();
    let listed: Vec<_> = table.iter().map(|row| (row.method.to_string(), row.path)).collect();
    let present: Vec<_> = routes().iter().map(|route| (route.method.to_string(), route.path)).collect();
    assert_eq!(present, listed, "every route has its row, in the order of the program");

    let server = Server::with(kind, &[("DOORLIST_LIMIT_SIGN_IN", "1000/1s")]);
    for role in Role::ALL {
        server.person(&format!("the.{}", role.key()), role).await;
    }
    for row in &table {
        let out = row.ask(&server.browser()).await;
        assert_eq!(told(&out), row.signed_out, "{} {} signed out", row.method, row.path);
        for (role, expected) in Role::ALL.into_iter().zip(row.roles) {
            let browser = server.browser();
            assert_eq!(browser.sign_in(&format!("the.{}", role.key()), PASSWORD).await.status, 303);
            let answer = row.ask(&browser).await;
            // The failures on purpose would slow the others down, and one too many sessions would end another.
            server.database.execute("DELETE FROM sign_in_throttles; DELETE FROM sessions");
            assert_eq!(told(&answer), expected, "{} {} as {role:?}", row.method, row.path);
        }
    }
}

async fn a_refused_permission_leaves_a_row_and_names_the_route(kind: Kind) {
    let server = Server::start(kind);
    let member = server.signed_in("mara", Role::Member).await;
    let answer = member.get("/admin?q=secret-of-mine").await;
    assert_eq!((answer.status, answer.one("h1").as_str()), (403, "You do not have access"));
    assert_eq!(answer.attributes(".btn-row a", "href"), ["/", "/account"]);
    let rows = server.audit("access.refused").await;
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].actor_kind.as_str(), rows[0].actor_role.as_deref()), ("person", Some("member")));
    assert_eq!(rows[0].changes.as_deref(), Some(r#"{"route":[null,"/admin"]}"#));
    let home = member.get("/").await;
    assert!(
        home.attributes("a", "href").iter().all(|href| !href.starts_with("/admin")),
        "nothing leads there"
    );
}

async fn htmx_is_sent_to_sign_in_and_told_of_refusals_by_toast(kind: Kind) {
    let server = Server::start(kind);
    let out = server.browser().htmx().get("/admin").await;
    assert_eq!((out.status, out.header("hx-redirect"), out.text().as_str()), (401, "/sign-in", ""));
    let refused = server.signed_in("mara", Role::Member).await.htmx().get("/admin").await;
    assert_eq!((refused.status, refused.header("hx-retarget")), (403, "#toasts"));
    assert_eq!(refused.one(".toast code"), refused.header("x-request-id"));
    assert!(!refused.text().contains("<html"));
}

async fn whoever_may_read_a_page_may_ask_for_its_headers_only(kind: Kind) {
    let server = Server::start(kind);
    let owner = server.signed_in("mara", Role::Owner).await;
    for path in ["/", "/account", "/admin", "/healthz", "/readyz"] {
        let whole = owner.get(path).await;
        let head = owner.send(owner.request(Method::HEAD, path)).await;
        assert_eq!((head.status, whole.status), (200, 200), "{path}");
        assert_eq!(head.header("content-type"), whole.header("content-type"), "{path}");
        assert!(head.bytes.is_empty() && !whole.bytes.is_empty(), "{path}");
    }
    let out = server.browser();
    assert_eq!(out.send(out.request(Method::HEAD, "/nowhere")).await.status, 404);
    assert_eq!(out.send(out.request(Method::HEAD, "/admin")).await.redirect(), "/sign-in?next=%2Fadmin");
}

async fn another_method_is_refused_with_those_that_are_allowed(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.signed_in("mara", Role::Owner).await.with("sec-fetch-site", "same-origin");
    for (path, allowed) in [
        ("/", "GET, HEAD"),
        ("/sign-in", "GET, HEAD, POST"),
        ("/sign-out", "POST"),
        ("/account/sessions/ses_x/end", "POST"),
        ("/preferences/theme", "POST"),
        ("/healthz", "GET, HEAD"),
    ] {
        for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"] {
            let answer = browser.send(browser.request(method.parse().unwrap(), path)).await;
            assert_eq!(answer.status, 405, "{method} {path}");
            let mut methods: Vec<_> = answer.header("allow").split(", ").collect();
            methods.sort_unstable();
            assert_eq!(methods.join(", "), allowed, "{method} {path}");
            assert_eq!(answer.one("h1"), "That did not work");
        }
    }
    let read = browser.get("/sign-out").await;
    assert_eq!((read.status, read.header("allow")), (405, "POST"));
    assert_eq!(server.count("sessions"), 1, "reading signs nobody out");
}

async fn an_address_that_is_none_is_not_found(kind: Kind) {
    let server = Server::start(kind);
    let owner = server.signed_in("mara", Role::Owner).await;
    for path in [
        "/nowhere",
        "/admin/",
        "/admin/nowhere",
        "/account/sessions",
        "//",
        "/index.html",
        "/.git/config",
        "/sign-in/%00",
        "/%ff",
        "/ADMIN",
    ] {
        for browser in [&owner, &server.browser()] {
            let answer = browser.get(path).await;
            assert_eq!((answer.status, answer.one("h1").as_str()), (404, "Page not found"), "{path}");
            assert_eq!(answer.one(".fault__request code"), answer.header("x-request-id"));
        }
    }
    for id in ["", "x", "ses_", "SES_0000000000000000000000AAAA", "%ff", "%00", "..%2f..", "ses_é"] {
        let browser = owner.with("sec-fetch-site", "same-origin");
        let answer = browser.post(&format!("/account/sessions/{id}/end"), &[]).await;
        assert_eq!(answer.status, 404, "{id}");
    }
}
