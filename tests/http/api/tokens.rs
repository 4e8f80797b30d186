//! Good tokens and bad ones.

use doorlist::domain::access::{Actor, OwnTokens, Role};
use doorlist::domain::audit::Origin;
use doorlist::domain::token::Scopes;
use doorlist::ops::tokens;
use serde_json::json;

use super::{Program, owner, server, token_of};
use crate::database::{Kind, both};

both![
    only_a_whole_and_living_token_opens_anything,
    a_revoked_token_opens_nothing_from_then_on,
    the_last_use_is_noted,
    no_token_and_no_code_is_kept_in_clear,
];

async fn only_a_whole_and_living_token_opens_anything(kind: Kind) {
    let server = server(kind);
    let id = server.person("the.manager", Role::Manager).await;
    let (_, token) = token_of(&server, id, Role::Manager, Scopes::all()).await;
    let asks = async |header: &str| {
        Program::without_token(&server).with("authorization", header).get("/me").await.status
    };
    assert_eq!((asks(&format!("Bearer {token}")).await, asks(&format!("bearer {token}")).await), (200, 200));
    let other = format!("dl_{}", "0".repeat(49));
    for wrong in [
        "",
        "Bearer",
        "Bearer ",
        &token,
        &format!("Basic {token}"),
        &format!("Bearer {token}x"),
        &format!("Bearer {other}"),
    ] {
        assert_eq!(asks(wrong).await, 401, "{wrong}");
    }
    let twice = Program::with_token(&server, &token).with("authorization", &format!("Bearer {token}"));
    assert_eq!(twice.get("/me").await.status, 401, "two tokens are none");
    let program = Program::with_token(&server, &token);
    server.advance(90 * 86_400 - 1);
    assert_eq!(program.get("/me").await.status, 200);
    server.advance(1);
    assert_eq!(program.get("/me").await.refusal(), (401, "unauthenticated"), "it has ended");
}

async fn a_revoked_token_opens_nothing_from_then_on(kind: Kind) {
    let server = server(kind);
    let replica = server.replica();
    let id = server.person("the.manager", Role::Manager).await;
    let (token_id, token) = token_of(&server, id, Role::Manager, Scopes::all()).await;
    let (here, there) = (Program::with_token(&server, &token), Program::with_token(&replica, &token));
    assert_eq!((here.get("/me").await.status, there.get("/me").await.status), (200, 200));
    let permit = Actor::new(id, Role::Manager).permit::<OwnTokens>().unwrap();
    tokens::revoke(&server.app, permit, Origin::default(), token_id).await.unwrap();
    for program in [here, there] {
        assert_eq!(program.get("/me").await.status, 401);
        assert_eq!(program.post("/invites", json!({})).await.status, 401);
    }
    assert_eq!(server.count("invites"), 0);
}

async fn the_last_use_is_noted(kind: Kind) {
    let server = server(kind);
    let program = owner(&server).await;
    assert_eq!(server.count("tokens WHERE last_used_at IS NOT NULL"), 0);
    program.get("/me").await.good();
    assert_eq!(server.count("tokens WHERE last_used_at IS NOT NULL"), 1);
}

async fn no_token_and_no_code_is_kept_in_clear(kind: Kind) {
    let server = server(kind);
    let id = server.person("the.owner", Role::Owner).await;
    let (_, token) = token_of(&server, id, Role::Owner, Scopes::all()).await;
    let program = Program::with_token(&server, &token).with("idempotency-key", "kiosk-0001");
    let made = program.post("/invites", json!({})).await.good();
    let secret = token.strip_prefix("dl_").unwrap();
    for column in ["token_hash", "hint", "name"] {
        let values = server.database.values(&format!("SELECT {column} AS value FROM tokens")).concat();
        assert!(!values.contains(secret), "{column}");
    }
    let kept =
        server.database.values("SELECT key_hash || request_hash || targets AS value FROM repeats").concat();
    assert!(!kept.contains(made["code"].as_str().unwrap()) && !kept.contains("kiosk-0001"), "{kept}");
}
