//! Joining from a sign-up page of one's own.

use doorlist::domain::access::Role;
use serde_json::{Value, json};

use super::{Program, invite, joined, owner, server};
use crate::codes::REFUSED;
use crate::database::{Kind, both};
use crate::support::{PASSWORD, SERVER_NAME, Server};

both![
    a_code_says_what_it_is_good_for_and_lets_in_once,
    every_code_that_cannot_be_used_gets_the_same_answer,
    fields_are_refused_without_a_look_at_the_code,
    a_repeat_makes_one_account,
    nobody_registers_where_it_is_closed,
    too_many_wrong_codes_shut_an_address_out,
];

fn wanted(code: &Value, username: &str) -> Value {
    json!({"code": code, "username": username, "password": PASSWORD})
}

async fn a_code_says_what_it_is_good_for_and_lets_in_once(kind: Kind) {
    let server = server(kind);
    server.database.execute(&format!("UPDATE settings SET server_name = '{SERVER_NAME}'"));
    let code = invite(
        &owner(&server).await,
        json!({"max_uses": 1, "role": "support", "expires_at": "7d", "delete_users_on_expiry": true}),
    )
    .await;
    let stranger = Program::without_token(&server);
    for spelling in
        [code["code"].clone(), code["link"].clone(), json!(code["code"].as_str().unwrap().to_lowercase())]
    {
        let told = stranger.post("/registrations/check", json!({ "code": spelling })).await.good();
        assert_eq!((&told["role"], &told["temporary"]), (&json!("support"), &json!(true)));
        assert_eq!((&told["inviter"], &told["server"]), (&json!("the.owner"), &json!(SERVER_NAME)));
        assert_eq!(told["expires_at"], code["expires_at"]);
    }
    assert_eq!(server.count("invites WHERE uses > 0"), 0, "looking uses nothing up");
    let account = joined(&server, code["code"].as_str().unwrap(), "sofie.d").await;
    assert_eq!(
        (&account["username"], &account["role"], &account["display_name"]),
        (&json!("sofie.d"), &json!("support"), &Value::Null)
    );
    assert_eq!(server.count("sessions"), 0, "a program is not a browser");
    assert_eq!(
        stranger.post("/registrations", wanted(&code["code"], "luca.m")).await.refusal(),
        (422, "code_refused")
    );
    assert_eq!((server.count("invite_uses"), server.count("invites WHERE uses = 1")), (1, 1));
    assert_eq!(server.browser().sign_in("sofie.d", PASSWORD).await.status, 303);
}

async fn every_code_that_cannot_be_used_gets_the_same_answer(kind: Kind) {
    let server = server(kind);
    let program = owner(&server).await;
    let make = async |about: Value| invite(&program, about).await;
    let (expired, used, paused, deleted) = (
        make(json!({"expires_at": "1m"})).await,
        make(json!({"max_uses": 1})).await,
        make(json!({})).await,
        make(json!({})).await,
    );
    joined(&server, used["code"].as_str().unwrap(), "sofie.d").await;
    program
        .patch(&format!("/invites/{}", paused["id"].as_str().unwrap()), json!({"paused": true}))
        .await
        .good();
    program.delete(&format!("/invites/{}", deleted["id"].as_str().unwrap())).await.good();
    server.advance(60);
    let mut answers = Vec::new();
    for code in
        [&expired["code"], &used["code"], &paused["code"], &deleted["code"], &json!("NOPE-NOPE"), &json!("?")]
    {
        for path in ["/registrations", "/registrations/check"] {
            let body = if path.ends_with("check") { json!({ "code": code }) } else { wanted(code, "luca.m") };
            let reply = Program::without_token(&server).post(path, body).await;
            assert_eq!((reply.refusal(), reply.text("detail")), ((422, "code_refused"), REFUSED));
            let mut answer = reply.json.clone();
            answer["request_id"] = Value::Null;
            answers.push(answer.to_string());
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:#?}");
    assert_eq!(server.count("users WHERE username = 'luca.m'"), 0);
}

async fn fields_are_refused_without_a_look_at_the_code(kind: Kind) {
    let server = server(kind);
    let code = invite(&owner(&server).await, json!({"max_uses": 1})).await;
    let stranger = Program::without_token(&server);
    for code in [&code["code"], &json!("NOPE-NOPE")] {
        let reply = stranger
            .post("/registrations", json!({"code": code, "username": "a", "password": "short"}))
            .await;
        assert_eq!(reply.fields(), ["password", "username"]);
        let body = json!({"code": code, "username": "sofie.d", "password": PASSWORD, "email": "x", "display_name": "a\u{202e}b"});
        assert_eq!(stranger.post("/registrations", body).await.fields(), ["display_name", "email"]);
    }
    server.person("sofie.d", Role::Member).await;
    assert_eq!(
        stranger.post("/registrations", wanted(&code["code"], "sofie.d")).await.fields(),
        ["username"]
    );
    assert_eq!(
        stranger.post("/registrations", wanted(&json!("NOPE-NOPE"), "sofie.d")).await.refusal(),
        (422, "code_refused")
    );
    assert_eq!(stranger.post("/registrations", json!({"username": "x"})).await.refusal().0, 422);
    assert_eq!(server.count("invites WHERE uses > 0"), 0, "no use was burnt");
}

async fn a_repeat_makes_one_account(kind: Kind) {
    let server = server(kind);
    let code = invite(&owner(&server).await, json!({})).await;
    let keyed = Program::without_token(&server).with("idempotency-key", "signup-page-4711");
    let first = keyed.post("/registrations", wanted(&code["code"], "sofie.d")).await;
    let again = keyed.post("/registrations", wanted(&code["code"], "sofie.d")).await;
    assert_eq!((first.status, again.status, &first.json), (201, 201, &again.json));
    assert_eq!((server.count("invite_uses"), server.count("invites WHERE uses = 1")), (1, 1));
    // Without the password the key is worth nothing.
    let body = json!({"code": code["code"], "username": "sofie.d", "password": "another good phrase 42"});
    assert_eq!(keyed.post("/registrations", body).await.fields(), ["username"]);
}

async fn nobody_registers_where_it_is_closed(kind: Kind) {
    let server = Server::with(kind, &[("REGISTRATION_MODE", "closed")]);
    let code = invite(&owner(&server).await, json!({})).await;
    let stranger = Program::without_token(&server);
    assert_eq!(
        stranger.post("/registrations/check", json!({"code": code["code"]})).await.refusal(),
        (403, "registration_closed")
    );
    assert_eq!(
        stranger.post("/registrations", wanted(&code["code"], "sofie.d")).await.refusal(),
        (403, "registration_closed")
    );
    let open = Server::with(kind, &[("REGISTRATION_MODE", "open")]);
    let reply = Program::without_token(&open)
        .post("/registrations", json!({"username": "sofie.d", "password": PASSWORD}))
        .await;
    assert_eq!((reply.status, &reply.json["role"]), (201, &json!("member")));
}

async fn too_many_wrong_codes_shut_an_address_out(kind: Kind) {
    let server = server(kind);
    let good = invite(&owner(&server).await, json!({})).await;
    let stranger = Program::without_token(&server);
    for _ in 0..10 {
        assert_eq!(stranger.post("/registrations/check", json!({"code": "NOPE-NOPE"})).await.status, 422);
    }
    for body in [json!({"code": "NOPE-NOPE"}), json!({"code": good["code"]})] {
        let refused = stranger.post("/registrations/check", body).await;
        assert_eq!((refused.refusal(), refused.header("retry-after")), ((429, "too_many_requests"), "60"));
    }
    let elsewhere = Program::without_token(&server);
    assert_eq!(elsewhere.post("/registrations/check", json!({"code": good["code"]})).await.status, 200);
}
