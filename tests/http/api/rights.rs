//! The role table through tokens: each scope alone, each role, each endpoint.

use doorlist::domain::access::Role;
use doorlist::domain::token::Scopes;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Program, document, invite, owner, program, put_into_role, server};
use crate::database::{Kind, both};

both![
    each_scope_opens_its_own_endpoints_for_who_may,
    a_token_of_a_demoted_owner_loses_the_power_on_the_next_call,
    nobody_grants_or_manages_above_their_rank,
    cookies_do_not_open_the_api,
    tokens_do_not_open_pages,
];

/// One endpoint, the scope it needs, and the least role that may use it.
struct Row {
    method: Method,
    path: &'static str,
    body: Option<Value>,
    scope: Option<Scopes>,
    least: Role,
}

/// On purpose written down once more, and not asked of the program.
fn table() -> Vec<Row> {
    use Role::{Manager, Support};
    let row = |method, path, body, scope, least| Row { method, path, body, scope: Some(scope), least };
    let read = |path, scope| row(Method::GET, path, None, scope, Support);
    let post = |path, scope, least| row(Method::POST, path, Some(json!({})), scope, least);
    let (invites, users) = (Scopes::INVITES_WRITE, Scopes::USERS_WRITE);
    vec![
        read("/invites", Scopes::INVITES_READ),
        read("/invites/{invite}", Scopes::INVITES_READ),
        read("/invites/{invite}/users", Scopes::INVITES_READ),
        post("/invites", invites, Manager),
        row(Method::PATCH, "/invites/{invite}", Some(json!({"label": "y"})), invites, Manager),
        row(Method::POST, "/invites/{invite}/extend", Some(json!({"days": 1})), invites, Manager),
        post("/invites/{invite}/pause", invites, Manager),
        post("/invites/{invite}/resume", invites, Manager),
        row(Method::DELETE, "/invites/{invite}", None, invites, Manager),
        post("/invites/{invite}/restore", invites, Manager),
        read("/users", Scopes::USERS_READ),
        read("/users/{user}", Scopes::USERS_READ),
        row(Method::PATCH, "/users/{user}", Some(json!({"review": "approved"})), users, Support),
        row(Method::PATCH, "/users/{user}", Some(json!({"status": "suspended"})), users, Manager),
        row(Method::PATCH, "/users/{user}", Some(json!({"status": "active"})), users, Manager),
        row(Method::POST, "/users/{user}/reset-link", Some(json!({})), users, Manager),
        row(Method::DELETE, "/users/{user}", None, users, Manager),
        post("/users/{user}/restore", users, Manager),
        read("/audit", Scopes::AUDIT_READ),
        Row { method: Method::GET, path: "/me", body: None, scope: None, least: Role::Member },
    ]
}

async fn each_scope_opens_its_own_endpoints_for_who_may(kind: Kind) {
    let server = server(kind);
    let owner = owner(&server).await;
    let code = invite(&owner, json!({})).await;
    let user = super::joined(&server, code["code"].as_str().unwrap(), "sofie.d").await;
    let concrete = |path: &str| {
        path.replace("{invite}", code["id"].as_str().unwrap()).replace("{user}", user["id"].as_str().unwrap())
    };
    for role in Role::ALL {
        for (scope, key, _) in Scopes::ALL {
            let name = format!("a{}.{}", role.key(), key.replace(':', "-"));
            let program = program(&server, &name, role, scope).await;
            for row in table() {
                let reply = program.send(row.method.clone(), &concrete(row.path), row.body.clone()).await;
                let expected = match row.scope {
                    Some(needed) if needed != scope => "missing_scope",
                    _ if role < row.least => "forbidden",
                    _ => "",
                };
                let told = reply.json["code"].as_str().filter(|_| reply.status >= 400).unwrap_or_default();
                assert_eq!(told, expected, "{role:?} with {key}: {} {} {}", row.method, row.path, reply.json);
            }
        }
        let stranger = Program::without_token(&server);
        for row in table() {
            let reply = stranger.send(row.method.clone(), &concrete(row.path), row.body).await;
            assert_eq!(reply.refusal(), (401, "unauthenticated"), "{} {}", row.method, row.path);
            assert_eq!(reply.header("www-authenticate"), "Bearer");
        }
    }
    let held: Vec<String> = table()
        .iter()
        .map(|row| {
            format!("{} {}", row.method, row.path.replace("{invite}", "{id}").replace("{user}", "{id}"))
        })
        .collect();
    for (path, item) in document()["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let here = format!("{} {path}", method.to_uppercase());
            assert!(operation["security"].is_null() || held.contains(&here), "{here} is not in the table");
        }
    }
}

async fn a_token_of_a_demoted_owner_loses_the_power_on_the_next_call(kind: Kind) {
    let server = server(kind);
    let program = owner(&server).await;
    let admin = invite(&program, json!({"role": "admin"})).await;
    let path = format!("/invites/{}", admin["id"].as_str().unwrap());
    for (role, creates, sees) in
        [(Role::Manager, 201, false), (Role::Support, 403, false), (Role::Admin, 201, true)]
    {
        put_into_role(&server, "the.owner", role);
        assert_eq!(program.post("/invites", json!({})).await.status, creates, "{role:?}");
        assert_eq!(program.get(&path).await.good()["code"].is_string(), sees, "{role:?}");
    }
    put_into_role(&server, "the.owner", Role::Member);
    assert_eq!(program.get("/invites").await.refusal(), (403, "forbidden"));
    assert_eq!(program.get("/me").await.good()["permissions"], 0);
    server.database.execute("UPDATE users SET status = 'suspended' WHERE username = 'the.owner'");
    assert_eq!(program.get("/me").await.refusal(), (401, "unauthenticated"));
}

async fn nobody_grants_or_manages_above_their_rank(kind: Kind) {
    let server = server(kind);
    for (actor, highest) in
        [(Role::Manager, Role::Support), (Role::Admin, Role::Admin), (Role::Owner, Role::Admin)]
    {
        let program = program(&server, &format!("the.{}", actor.key()), actor, Scopes::all()).await;
        for role in Role::ALL {
            let reply = program.post("/invites", json!({"role": role.key(), "count": 2})).await;
            assert_eq!(reply.status, if role <= highest { 201 } else { 422 }, "{actor:?} grants {role:?}");
            let target = server.person(&format!("a.{}.for.{}", role.key(), actor.key()), role).await;
            let suspended = program.patch(&format!("/users/{target}"), json!({"status": "suspended"})).await;
            assert_eq!(
                suspended.status,
                if actor.manages(role) { 200 } else { 403 },
                "{actor:?} suspends {role:?}"
            );
        }
    }
}

async fn cookies_do_not_open_the_api(kind: Kind) {
    let server = server(kind);
    let browser = server.signed_in("the.admin", Role::Admin).await.with("sec-fetch-site", "same-origin");
    let program = Program { browser };
    for path in ["/invites", "/users", "/audit", "/me"] {
        assert_eq!(program.get(path).await.refusal(), (401, "unauthenticated"), "{path}");
    }
    assert_eq!(program.post("/invites", json!({})).await.refusal(), (401, "unauthenticated"));
    assert_eq!(server.count("invites"), 0);
}

async fn tokens_do_not_open_pages(kind: Kind) {
    let server = server(kind);
    let program = owner(&server).await;
    for path in ["/", "/account", "/admin", "/admin/invites", "/admin/users", "/admin/invites.csv"] {
        let answer = program.browser.get(path).await;
        assert_eq!(answer.status, 303, "{path}");
        assert!(answer.redirect().starts_with("/sign-in"), "{path}");
    }
    for path in ["/healthz", "/static/x/y"] {
        assert_ne!(program.browser.get(path).await.status, 401, "{path}");
    }
}
