//! How often a program may ask, and asking twice for one thing.

use std::collections::BTreeSet;

use doorlist::domain::access::Role;
use doorlist::domain::token::Scopes;
use doorlist::ops::maintenance::Cleanup;
use futures_util::future::join_all;
use serde_json::json;

use super::{Program, invite, owner, program, server};
use crate::database::{Kind, both};
use crate::support::Server;

both![
    one_creation_a_second_for_each_token,
    so_many_requests_a_minute_for_each_token,
    a_repeat_with_its_key_is_done_once,
    a_key_belongs_to_one_request_of_one_token,
    repeats_at_the_same_moment_make_one,
    keys_are_forgotten_after_a_day,
];

async fn one_creation_a_second_for_each_token(kind: Kind) {
    let server = Server::start(kind);
    let one = owner(&server).await;
    let other = program(&server, "the.admin", Role::Admin, Scopes::all()).await;
    assert_eq!(one.post("/invites", json!({})).await.status, 201);
    let refused = one.post("/invites", json!({})).await;
    assert_eq!((refused.refusal(), refused.header("retry-after")), ((429, "too_many_requests"), "1"));
    assert_eq!(other.post("/invites", json!({})).await.status, 201, "another token");
    assert_eq!(one.get("/invites").await.status, 200, "reading is another thing");
    server.advance(1);
    assert_eq!(one.post("/invites", json!({})).await.status, 201);
    assert_eq!(server.count("invites"), 3);
}

async fn so_many_requests_a_minute_for_each_token(kind: Kind) {
    let server = Server::with(kind, &[("DOORLIST_LIMIT_API", "3")]);
    let program = owner(&server).await;
    for left in ["2", "1", "0"] {
        let reply = program.get("/me").await;
        assert_eq!((reply.status, reply.header("ratelimit-policy")), (200, "\"token\";q=3;w=60"));
        assert!(
            reply.header("ratelimit").starts_with(&format!("\"token\";r={left};t=")),
            "{}",
            reply.header("ratelimit")
        );
    }
    let refused = program.get("/me").await;
    assert_eq!((refused.refusal(), refused.header("retry-after")), ((429, "too_many_requests"), "20"));
    assert_eq!(refused.header("ratelimit"), "\"token\";r=0;t=20");
    server.advance(20);
    assert_eq!(program.get("/me").await.status, 200);
}

async fn a_repeat_with_its_key_is_done_once(kind: Kind) {
    let server = server(kind);
    let program = owner(&server).await;
    let keyed = program.with("idempotency-key", "batch-7");
    let first = keyed.post("/invites", json!({"count": 3, "max_uses": 1})).await.good();
    let again = keyed.post("/invites", json!({"count": 3, "max_uses": 1})).await;
    assert_eq!((again.status, &again.json), (201, &first));
    assert_eq!(server.count("invites"), 3);
    // What was deleted since is neither shown nor made again.
    let deleted = async |made: &serde_json::Value| {
        let path = format!("/invites/{}", made["id"].as_str().unwrap());
        program.delete(&path).await.good();
        keyed.post("/invites", json!({"count": 3, "max_uses": 1})).await
    };
    let [one, two, three] = [0, 1, 2].map(|at| &first["items"][at]);
    assert_eq!(deleted(one).await.good()["items"], json!([two, three]));
    assert_eq!(deleted(two).await.good()["items"], json!([three]));
    assert_eq!(deleted(three).await.refusal(), (409, "already_done"));
    assert_eq!(server.count("invites"), 3);
    let made = invite(&program, json!({"expires_at": "7d"})).await;
    let path = format!("/invites/{}/extend", made["id"].as_str().unwrap());
    let keyed = program.with("idempotency-key", "extend-1");
    let extended = keyed.post(&path, json!({"days": 7})).await.good();
    assert_eq!(keyed.post(&path, json!({"days": 7})).await.good(), extended);
    assert_eq!(server.count("audit WHERE action = 'invite.extended'"), 1);
    // What was refused was not done, and may be asked for again.
    let keyed = program.with("idempotency-key", "refused");
    assert_eq!(keyed.post("/invites", json!({"max_uses": 0})).await.status, 422);
    assert_eq!(keyed.post("/invites", json!({"max_uses": 1})).await.status, 201);
}

async fn a_key_belongs_to_one_request_of_one_token(kind: Kind) {
    let server = server(kind);
    let one = owner(&server).await;
    let other = program(&server, "the.admin", Role::Admin, Scopes::all()).await;
    let keyed = one.with("idempotency-key", "k1");
    keyed.post("/invites", json!({})).await.good();
    for (path, body) in [("/invites", json!({"label": "x"})), ("/invites", json!({"count": 1}))] {
        assert_eq!(keyed.post(path, body).await.refusal(), (422, "idempotency_key_reused"));
    }
    assert_eq!(other.with("idempotency-key", "k1").post("/invites", json!({})).await.status, 201);
    assert_eq!(server.count("invites"), 2);
    for wrong in ["a b", &"k".repeat(256)] {
        let reply = one.with("idempotency-key", wrong).post("/invites", json!({})).await;
        assert_eq!(reply.fields(), ["Idempotency-Key"], "{wrong}");
    }
    assert_eq!(server.count("invites"), 2);
}

async fn repeats_at_the_same_moment_make_one(kind: Kind) {
    let server = server(kind);
    let program = owner(&server).await.with("idempotency-key", "all-at-once");
    let replies =
        join_all((0..20).map(|_| async { program.post("/invites", json!({"label": "Once"})).await })).await;
    let mut ids = BTreeSet::new();
    for reply in replies {
        match reply.status {
            201 => ids.insert(reply.text("id").to_owned()),
            409 => reply.refusal() == (409, "in_progress"),
            503 => true,
            _ => panic!("{} {}", reply.status, reply.json),
        };
    }
    assert_eq!((ids.len(), server.count("invites")), (1, 1));
    assert_eq!(program.post("/invites", json!({"label": "Once"})).await.good()["id"], *ids.first().unwrap());
}

async fn keys_are_forgotten_after_a_day(kind: Kind) {
    let server = server(kind);
    let program = owner(&server).await.with("idempotency-key", "k1");
    program.post("/invites", json!({})).await.good();
    let clean = async || Cleanup::new(server.app.clone()).run().await;
    server.advance(86_399);
    clean().await.unwrap();
    assert_eq!(server.count("repeats"), 1);
    server.advance(2);
    clean().await.unwrap();
    assert_eq!(server.count("repeats"), 0);
    let unused: &Program = &program;
    unused.post("/invites", json!({})).await.good();
    assert_eq!(server.count("invites"), 2);
}
