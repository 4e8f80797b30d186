//! People and the log over the API.

use doorlist::domain::access::Role;
use doorlist::domain::token::Scopes;
use serde_json::{Value, json};

use super::{Program, invite, joined, owner, program, server};
use crate::database::{Kind, both};
use crate::support::{PASSWORD, Server};

both![
    people_are_listed_and_found,
    several_changes_are_one,
    a_change_that_cannot_be_leaves_all_as_it_was,
    support_reviews_and_nothing_else,
    somebody_is_removed_and_restored,
    a_reset_link_is_shown_once,
    the_last_owner_stays,
    the_log_says_which_token_it_was,
    the_token_says_who_calls,
];

/// Somebody who joined with a code.
async fn newcomer(server: &Server, program: &Program) -> String {
    let made = invite(program, json!({"label": "Film night"})).await;
    let account = joined(server, made["code"].as_str().unwrap(), "sofie.d").await;
    assert!(account["role"] == "member" && account["email"].is_null());
    account["id"].as_str().unwrap().to_owned()
}

async fn people_are_listed_and_found(kind: Kind) {
    let server = server(kind);
    let program = owner(&server).await;
    let id = newcomer(&server, &program).await;
    let names = async |query: &str| -> Vec<String> {
        let page = program.get(&format!("/users?{query}")).await.good();
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|user| user["username"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names("q=ofie").await, ["sofie.d"]);
    assert_eq!(names("review=waiting").await, ["sofie.d"]);
    assert_eq!((names("status=suspended").await, names("role=admin").await), (vec![], vec![]));
    assert!(!names("invite=none").await.contains(&"sofie.d".to_owned()));
    let user = program.get(&format!("/users/{id}")).await.good();
    assert_eq!(
        (&user["status"], &user["keep"], &user["invited_with"]["label"]),
        (&json!("active"), &json!(false), &json!("Film night"))
    );
    for wrong in ["status=gone", "role=boss", "review=x", "invite=x", "limit=0", "cursor=inv_x"] {
        assert_eq!(
            program.get(&format!("/users?{wrong}")).await.fields(),
            [wrong.split('=').next().unwrap()]
        );
    }
    assert_eq!(program.get("/users/usr_00000000000000000000000001").await.refusal(), (404, "not_found"));
    assert_eq!(
        program.get("/users?invite=inv_00000000000000000000000000").await.refusal(),
        (404, "not_found")
    );
}

async fn several_changes_are_one(kind: Kind) {
    let server = server(kind);
    let program = owner(&server).await;
    let path = format!("/users/{}", newcomer(&server, &program).await);
    let change = json!({
        "role": "support", "status": "suspended", "reason": "Shared a code.", "keep": true, "review": "flagged",
        "review_note": "Ask who this is."
    });
    let user = program.patch(&path, change.clone()).await.good();
    for (field, expected) in [
        ("role", "support"),
        ("status", "suspended"),
        ("status_reason", "Shared a code."),
        ("review", "flagged"),
        ("review_note", "Ask who this is."),
    ] {
        assert_eq!(user[field], expected, "{field}");
    }
    assert_eq!(user["keep"], true);
    for action in ["user.role_changed", "user.suspended", "user.kept", "review.flagged"] {
        assert_eq!(server.count(&format!("audit WHERE action = '{action}'")), 1, "{action}");
    }
    let rows = server.count("audit");
    assert_eq!(program.patch(&path, change).await.good(), user, "it is so already");
    assert_eq!(program.patch(&path, json!({})).await.good(), user);
    assert_eq!(server.count("audit"), rows);
    let user = program
        .patch(&path, json!({"status": "active", "review": "approved", "review_note": null}))
        .await
        .good();
    assert_eq!(
        (&user["status"], &user["status_reason"], &user["review_note"]),
        (&json!("active"), &Value::Null, &Value::Null)
    );
}

async fn a_change_that_cannot_be_leaves_all_as_it_was(kind: Kind) {
    let server = server(kind);
    let owner = owner(&server).await;
    let path = format!("/users/{}", newcomer(&server, &owner).await);
    let before = owner.get(&path).await.good();
    let manager = program(&server, "the.manager", Role::Manager, Scopes::all()).await;
    // The suspension would be fine by itself.
    let refused = manager.patch(&path, json!({"status": "suspended", "role": "admin"})).await;
    assert_eq!(refused.refusal(), (403, "forbidden"));
    assert_eq!(owner.get(&path).await.good(), before);
    for (body, field) in [
        (json!({"role": "boss"}), "role"),
        (json!({"status": "removed"}), "status"),
        (json!({"reason": "x"}), "reason"),
        (json!({"status": "active", "reason": "x"}), "reason"),
        (json!({"review_note": "x"}), "review_note"),
        (json!({"review": "x"}), "review"),
        (json!({"status": "suspended", "reason": "é".repeat(501)}), "reason"),
        (json!({"keep": null, "name": "x"}), "name"),
    ] {
        assert_eq!(owner.patch(&path, body.clone()).await.fields(), [field], "{body}");
    }
    assert_eq!(owner.get(&path).await.good(), before);
}

async fn support_reviews_and_nothing_else(kind: Kind) {
    let server = server(kind);
    let owner = owner(&server).await;
    let path = format!("/users/{}", newcomer(&server, &owner).await);
    let support = program(&server, "the.support", Role::Support, Scopes::all()).await;
    assert_eq!(support.patch(&path, json!({"review": "approved"})).await.good()["review"], "approved");
    for body in [json!({"keep": true}), json!({"review": "flagged", "status": "suspended"})] {
        assert_eq!(support.patch(&path, body).await.refusal(), (403, "forbidden"));
    }
    assert_eq!(support.delete(&path).await.refusal(), (403, "forbidden"));
    assert_eq!(owner.get(&path).await.good()["review"], "approved");
}

async fn somebody_is_removed_and_restored(kind: Kind) {
    let server = server(kind);
    let program = owner(&server).await;
    let path = format!("/users/{}", newcomer(&server, &program).await);
    let browser = server.browser();
    assert_eq!(browser.sign_in("sofie.d", PASSWORD).await.status, 303);
    let removed = program.delete(&path).await.good();
    assert!(removed["status"] == "removed" && removed["removed_at"].is_string());
    assert_eq!(browser.get("/").await.status, 303, "signed out");
    assert_eq!(program.delete(&path).await.good(), removed, "once more is as good");
    assert_eq!(program.patch(&path, json!({"keep": true})).await.refusal(), (404, "not_found"));
    assert_eq!(program.get("/users?status=removed").await.good()["items"].as_array().unwrap().len(), 1);
    let back = program.post(&format!("{path}/restore"), json!({})).await.good();
    assert_eq!((&back["status"], &back["removed_at"]), (&json!("active"), &Value::Null));
    assert_eq!(server.browser().sign_in("sofie.d", PASSWORD).await.status, 303);
}

async fn a_reset_link_is_shown_once(kind: Kind) {
    let server = server(kind);
    let program = owner(&server).await;
    let path = format!("/users/{}/reset-link", newcomer(&server, &program).await);
    let keyed = program.with("idempotency-key", "reset-1");
    let made = keyed.post(&path, json!({})).await;
    assert_eq!(made.status, 201);
    let link = made.text("link").to_owned();
    assert!(link.starts_with(&format!("http://{}/reset#", server.address)), "{link}");
    assert_eq!(keyed.post(&path, json!({})).await.refusal(), (409, "already_done"));
    assert_eq!(server.count("links"), 1);
    let browser = server.browser();
    let form = browser.get("/reset").await.form("/reset").fill("key", link.split('#').nth(1).unwrap());
    browser.submit(form.fill("password", "a wholly new phrase 99")).await;
    assert_eq!(server.browser().sign_in("sofie.d", "a wholly new phrase 99").await.status, 303);
}

async fn the_last_owner_stays(kind: Kind) {
    let server = server(kind);
    let program = owner(&server).await;
    // The founder of the tests' database is not active; the owner of the token is the only one.
    server
        .database
        .execute("UPDATE users SET status = 'suspended' WHERE role = 'owner' AND username <> 'the.owner'");
    let me = program.get("/me").await.good();
    let path = format!("/users/{}", me["user"]["id"].as_str().unwrap());
    assert_eq!(program.patch(&path, json!({"role": "member"})).await.fields(), ["role"]);
    assert_eq!(program.patch(&path, json!({"status": "suspended"})).await.fields(), ["reason"]);
    assert_eq!(program.delete(&path).await.fields(), ["id"]);
    assert_eq!(program.get("/me").await.good(), me);
}

async fn the_log_says_which_token_it_was(kind: Kind) {
    let server = server(kind);
    let program = owner(&server).await;
    let made = invite(&program, json!({"label": "Film night"})).await;
    let id = made["id"].as_str().unwrap();
    let log = program.get(&format!("/audit?target={id}")).await.good();
    let row = &log["items"][0];
    assert_eq!((&row["action"], &row["actor"]["kind"]), (&json!("invite.created"), &json!("token")));
    assert_eq!(
        (&row["actor"]["username"], &row["actor"]["token_name"]),
        (&json!("the.owner"), &json!("Kiosk sign-up"))
    );
    assert!(!log.to_string().contains(made["code"].as_str().unwrap()), "codes are masked");
    let page = program.get("/audit?limit=1&action=token.created").await.good();
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
    for wrong in ["action=none", "actor=mara", "target=x", "from=today", "until=1", "limit=0", "cursor=x"] {
        assert_eq!(
            program.get(&format!("/audit?{wrong}")).await.fields(),
            [wrong.split('=').next().unwrap()]
        );
    }
    let browser = server.signed_in("the.admin", Role::Admin).await;
    let shown = browser.get(&format!("/admin/audit?target={id}")).await;
    assert!(shown.text().contains("by the token “Kiosk sign-up”"), "{}", shown.text());
}

async fn the_token_says_who_calls(kind: Kind) {
    let server = server(kind);
    let program =
        program(&server, "the.manager", Role::Manager, Scopes::INVITES_READ | Scopes::AUDIT_READ).await;
    let me = program.get("/me").await.good();
    assert_eq!((&me["role"], &me["user"]["username"]), (&json!("manager"), &json!("the.manager")));
    assert_eq!(me["scopes"], json!(["invites:read", "audit:read"]));
    // Seeing people and the rows of one's own rank, and nothing else that a manager may do.
    assert_eq!(me["permissions"], (1 << 2) | (1 << 7));
}
