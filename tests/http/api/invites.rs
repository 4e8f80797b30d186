//! Invites over the API.

use doorlist::domain::access::Role;
use doorlist::domain::token::Scopes;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Program, invite, joined, owner, program, server};
use crate::database::{Kind, both};

both![
    an_invite_is_made_read_changed_and_deleted,
    an_end_is_written_in_many_ways_and_never_misread,
    a_number_of_uses_is_a_whole_number_or_nothing,
    an_invite_is_found_by_any_spelling_of_its_code_and_deleted_by_none,
    a_batch_is_all_or_none,
    a_list_is_read_to_its_end,
    only_what_is_sent_changes_and_all_of_it_or_nothing,
    who_joined_is_listed,
    codes_are_masked_for_who_may_not_hand_them_out,
    what_is_not_known_is_refused,
    a_code_of_ones_own_reads_like_no_other,
];

async fn an_invite_is_made_read_changed_and_deleted(kind: Kind) {
    let server = server(kind);
    let program = owner(&server).await;
    let made = invite(&program, json!({"label": "Spring meeting", "max_uses": 10, "expires_at": "7d"})).await;
    assert_eq!(
        (&made["status"], &made["uses"], &made["max_uses"]),
        (&json!("active"), &json!(0), &json!(10))
    );
    assert_eq!(made["created_by"]["username"], "the.owner");
    assert_eq!(made["permissions"], 1, "a member");
    let (code, link) = (made["code"].as_str().unwrap(), made["link"].as_str().unwrap());
    assert_eq!(link, format!("http://{}/join#{code}", server.address));

    let path = format!("/invites/{}", made["id"].as_str().unwrap());
    assert_eq!(program.get(&path).await.good(), made);
    assert_eq!(program.post(&format!("{path}/pause"), json!({})).await.good()["status"], "paused");
    // Once more is as good.
    assert_eq!(program.post(&format!("{path}/pause"), json!({})).await.good()["paused"], true);
    assert_eq!(program.post(&format!("{path}/resume"), json!({})).await.good()["status"], "active");
    let extended = program.post(&format!("{path}/extend"), json!({"days": 7})).await.good();
    assert!(extended["expires_at"].as_str() > made["expires_at"].as_str());
    assert_eq!(program.delete(&path).await.good()["id"], made["id"]);
    assert_eq!(program.get(&path).await.refusal(), (404, "not_found"));
    assert_eq!(program.delete(&path).await.refusal(), (404, "not_found"));
    assert_eq!(program.post(&format!("{path}/restore"), json!({})).await.good()["status"], "active");
    let done: Vec<_> = server.audit("invite.deleted").await;
    assert_eq!((done.len(), done[0].actor_kind.as_str()), (1, "token"));
    assert!(done[0].token_id.is_some() && done[0].actor_role.as_deref() == Some("owner"));
}

async fn an_end_is_written_in_many_ways_and_never_misread(kind: Kind) {
    let server = server(kind);
    let program = owner(&server).await;
    let end =
        async |value: Value| invite(&program, json!({ "expires_at": value })).await["expires_at"].clone();
    assert_eq!((end(json!("never")).await, end(Value::Null).await), (Value::Null, Value::Null));
    assert_eq!(invite(&program, json!({})).await["expires_at"], Value::Null);
    let now = server.app.clock.now();
    for (length, minutes) in [("30m", 30), ("1h", 60), ("7d", 7 * 24 * 60), ("2w", 14 * 24 * 60)] {
        let expected =
            (now + chrono::Duration::minutes(minutes)).to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        assert_eq!(end(json!(length)).await, json!(expected), "{length}");
    }
    assert_eq!(end(json!("2026-12-31T23:59:59Z")).await, "2026-12-31T23:59:59.000Z");
    assert_eq!(end(json!("2026-12-31T23:59:59+02:00")).await, "2026-12-31T21:59:59.000Z");
    let made = server.count("invites");
    for wrong in [
        json!("tomorrow"),
        json!(""),
        json!(7),
        json!("-1d"),
        json!("2020-01-01T00:00:00Z"),
        json!("999999999d"),
        json!("0m"),
        json!("1.5h"),
        json!("7"),
        json!("d"),
        json!("2026-12-31"),
        json!("Never"),
        json!(true),
        json!([]),
    ] {
        let reply = program.post("/invites", json!({ "expires_at": wrong })).await;
        assert_eq!(reply.fields(), ["expires_at"], "{wrong}");
    }
    assert_eq!(server.count("invites"), made, "nothing was made");
}

async fn a_number_of_uses_is_a_whole_number_or_nothing(kind: Kind) {
    let server = server(kind);
    let program = owner(&server).await;
    for (body, expected) in [
        (json!({"max_uses": null}), Value::Null),
        (json!({}), Value::Null),
        (json!({"max_uses": 1}), json!(1)),
        (json!({"max_uses": 1_000_000}), json!(1_000_000)),
    ] {
        assert_eq!(invite(&program, body).await["max_uses"], expected);
    }
    let made = server.count("invites");
    for wrong in [json!(0), json!(-1), json!(1.5), json!("1"), json!(1_000_000_000_000_i64), json!(1_000_001)]
    {
        let reply = program.post("/invites", json!({ "max_uses": wrong })).await;
        assert_eq!(reply.fields(), ["max_uses"], "{wrong}");
    }
    assert_eq!(server.count("invites"), made, "nothing was made");
}

async fn an_invite_is_found_by_any_spelling_of_its_code_and_deleted_by_none(kind: Kind) {
    let server = server(kind);
    let program = owner(&server).await;
    let made = invite(&program, json!({"code": "K7QM-20HD-91TB"})).await;
    for spelling in ["K7QM-20HD-91TB", "k7qm20hd91tb", "K7QM-2OHD-9ITB", "K7QM%202OHD%209LTB"] {
        assert_eq!(program.get(&format!("/invites/{spelling}")).await.good()["id"], made["id"], "{spelling}");
        for (method, path, body) in [
            (Method::DELETE, format!("/invites/{spelling}"), None),
            (Method::PATCH, format!("/invites/{spelling}"), Some(json!({"label": "x"}))),
            (Method::POST, format!("/invites/{spelling}/pause"), Some(json!({}))),
            (Method::GET, format!("/invites/{spelling}/users"), None),
        ] {
            let refused = program.send(method.clone(), &path, body).await;
            assert_eq!(refused.refusal(), (404, "not_found"), "{method} {path}");
        }
    }
    assert_eq!(program.get("/invites/K7QM-20HD").await.status, 404, "a part of it names nothing");
    assert_eq!(server.count("invites WHERE deleted_at IS NULL AND NOT paused AND label IS NULL"), 1);
}

async fn a_batch_is_all_or_none(kind: Kind) {
    let server = server(kind);
    let program = owner(&server).await;
    let batch = program.post("/invites", json!({"count": 100, "max_uses": 1, "label": "Doors"})).await.good();
    let items = batch["items"].as_array().unwrap();
    assert_eq!(items.len(), 100);
    assert!(items.iter().all(|item| item["batch_id"] == items[0]["batch_id"] && item["max_uses"] == 1));
    assert!(invite(&program, json!({"count": 1})).await["id"].is_string(), "one is no batch");
    let made = server.count("invites");
    for wrong in [json!({"count": 0}), json!({"count": 101}), json!({"count": 2, "code": "SUMMER-26"})] {
        assert_eq!(program.post("/invites", wrong.clone()).await.fields(), ["count"], "{wrong}");
    }
    assert_eq!(server.count("invites"), made);
}

async fn a_list_is_read_to_its_end(kind: Kind) {
    let server = server(kind);
    let program = owner(&server).await;
    program.post("/invites", json!({"count": 23, "label": "Band practice", "role": "support"})).await.good();
    program.post("/invites", json!({"count": 5, "label": "Neighbours"})).await.good();
    let mut seen = Vec::new();
    let mut path = "/invites?limit=10&q=practice".to_owned();
    loop {
        let page = program.get(&path).await.good();
        seen.extend(
            page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/invites?limit=10&q=practice&cursor={cursor}");
    }
    assert_eq!(seen.len(), 23);
    assert!(seen.is_sorted_by(|one, next| one > next), "newest first, none twice");
    let items = async |query: &str| {
        program.get(&format!("/invites?{query}")).await.good()["items"].as_array().unwrap().len()
    };
    assert_eq!(
        (items("role=support&limit=100").await, items("role=member").await, items("status=paused").await),
        (23, 5, 0)
    );
    assert_eq!((items("status=active&limit=1").await, items("q=zzz").await), (1, 0));
    // A cursor of something else, or made up, is refused and not guessed at.
    for wrong in [
        "limit=0",
        "limit=101",
        "limit=x",
        "limit=%2B5",
        "status=gone",
        "role=owner",
        "cursor=1",
        "created_by=mara",
    ] {
        assert_eq!(
            program.get(&format!("/invites?{wrong}")).await.fields(),
            [wrong.split('=').next().unwrap()]
        );
    }
    for unknown in ["page=2", "limit=1&limit=2", "q=%ff", "q=%00"] {
        assert_eq!(program.get(&format!("/invites?{unknown}")).await.fields(), ["query"], "{unknown}");
    }
}

async fn only_what_is_sent_changes_and_all_of_it_or_nothing(kind: Kind) {
    let server = server(kind);
    let program = owner(&server).await;
    let made = invite(&program, json!({"label": "Spring", "max_uses": 5, "expires_at": "7d"})).await;
    let path = format!("/invites/{}", made["id"].as_str().unwrap());
    let changed = program.patch(&path, json!({"label": null, "paused": true})).await.good();
    assert_eq!(
        (&changed["label"], &changed["paused"], &changed["max_uses"]),
        (&Value::Null, &json!(true), &json!(5))
    );
    assert_eq!(changed["expires_at"], made["expires_at"]);
    let changed =
        program.patch(&path, json!({"max_uses": null, "expires_at": null, "role": "manager"})).await.good();
    assert_eq!(
        (&changed["max_uses"], &changed["expires_at"], &changed["role"]),
        (&Value::Null, &Value::Null, &json!("manager"))
    );
    assert_eq!(program.patch(&path, json!({})).await.good(), changed, "nothing was sent, nothing changes");
    let rows = server.count("audit WHERE action = 'invite.edited'");
    let refused = program.patch(&path, json!({"label": "x", "delete_users_on_expiry": true})).await;
    assert_eq!(refused.fields(), ["delete_users_on_expiry"]);
    assert_eq!(program.patch(&path, json!({"label": "x", "role": "owner"})).await.fields(), ["role"]);
    assert_eq!(program.get(&path).await.good(), changed);
    assert_eq!(server.count("audit WHERE action = 'invite.edited'"), rows);

    program.patch(&path, json!({"paused": false, "role": "member"})).await.good();
    joined(&server, made["code"].as_str().unwrap(), "sofie.d").await;
    assert_eq!(
        program.patch(&path, json!({"role": "support"})).await.fields(),
        ["role"],
        "somebody has joined"
    );
    joined(&server, made["code"].as_str().unwrap(), "luca.m").await;
    assert_eq!(program.patch(&path, json!({"max_uses": 1})).await.fields(), ["max_uses"], "two have joined");
}

async fn who_joined_is_listed(kind: Kind) {
    let server = server(kind);
    let program = owner(&server).await;
    let made = invite(&program, json!({"role": "support", "label": "Staff"})).await;
    for name in ["sofie.d", "luca.m", "amir.h"] {
        server.advance(1);
        joined(&server, made["code"].as_str().unwrap(), name).await;
    }
    let path = format!("/invites/{}/users", made["id"].as_str().unwrap());
    let first = program.get(&format!("{path}?limit=2")).await.good();
    let names = |page: &Value| -> Vec<String> {
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|user| user["username"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&first), ["amir.h", "luca.m"]);
    assert_eq!(first["items"][0]["invited_with"]["id"], made["id"]);
    assert_eq!(
        (&first["items"][0]["review"], &first["items"][0]["role"]),
        (&json!("waiting"), &json!("support"))
    );
    let rest = program.get(&format!("{path}?cursor={}", first["next_cursor"].as_str().unwrap())).await.good();
    assert_eq!((names(&rest), &rest["next_cursor"]), (vec!["sofie.d".to_owned()], &Value::Null));
    assert_eq!(program.get("/invites/inv_00000000000000000000000000/users").await.status, 404);
}

async fn codes_are_masked_for_who_may_not_hand_them_out(kind: Kind) {
    let server = server(kind);
    let owner = owner(&server).await;
    for role in ["member", "support", "manager", "admin"] {
        invite(&owner, json!({"role": role, "code": format!("FOR-{role}-26")})).await;
    }
    for (role, seen) in [(Role::Support, 0), (Role::Manager, 2), (Role::Admin, 4), (Role::Owner, 4)] {
        let name = format!("the.{}.too", role.key());
        let program = program(&server, &name, role, Scopes::INVITES_READ).await;
        let page = program.get("/invites").await.good();
        let items = page["items"].as_array().unwrap();
        let clear = items.iter().filter(|item| item["code"].is_string()).count();
        assert_eq!((items.len(), clear), (4, seen), "{role:?}");
        assert!(items.iter().all(|item| item["code"].is_null() == item["link"].is_null()));
        for item in items.iter().filter(|item| item["code"].is_null()) {
            let text = item.to_string();
            assert!(
                !text
                    .to_uppercase()
                    .contains(&format!("FOR-{}", item["role"].as_str().unwrap().to_uppercase())),
                "{text}"
            );
        }
        // Symbol by symbol nothing is told either.
        let hits = program.get("/invites?q=FOR-ADM").await.good()["items"].as_array().unwrap().len();
        assert_eq!(hits, usize::from(seen == 4), "{role:?}");
    }
}

async fn what_is_not_known_is_refused(kind: Kind) {
    let server = server(kind);
    let program = owner(&server).await;
    assert_eq!(program.post("/invites", json!({"lable": "x"})).await.fields(), ["lable"]);
    assert_eq!(program.post("/invites", json!({"paused": "no"})).await.fields(), ["paused"]);
    assert_eq!(program.post("/invites", json!([])).await.fields(), ["body"]);
    let send = async |kind: &'static str, body: Vec<u8>| {
        program.send_text(Method::POST, "/invites", kind, body).await.refusal().0
    };
    assert_eq!(send("application/json", b"{".to_vec()).await, 400);
    assert_eq!(send("application/json", b"{\"label\": \"\xff\"}".to_vec()).await, 400);
    assert_eq!(send("application/json", b"{} {}".to_vec()).await, 400);
    assert_eq!(send("application/json; charset=latin1", b"{}".to_vec()).await, 415);
    assert_eq!(send("application/x-www-form-urlencoded", b"label=x".to_vec()).await, 415);
    assert_eq!(send("application/json", vec![b' '; 33 * 1024]).await, 413);
    let label = |text: &str| json!({ "label": text });
    for wrong in ["\u{0}", "a\u{202e}b", &"é".repeat(101)] {
        assert_eq!(program.post("/invites", label(wrong)).await.fields(), ["label"], "{wrong:?}");
    }
    assert_eq!(program.get("/nothing").await.refusal(), (404, "not_found"));
    assert_eq!(program.get("/invites/%00").await.status, 404);
    let refused = program.send(Method::PUT, "/invites", Some(json!({}))).await;
    assert_eq!(
        (refused.refusal(), refused.header("allow")),
        ((405, "method_not_allowed"), "GET, HEAD, POST")
    );
    assert_eq!(server.count("invites"), 0);
}

async fn a_code_of_ones_own_reads_like_no_other(kind: Kind) {
    let server = server(kind);
    let program = owner(&server).await;
    invite(&program, json!({"code": "SUMMER-IO26"})).await;
    for like in ["summer-1026", "SUMMERLO26"] {
        assert_eq!(program.post("/invites", json!({ "code": like })).await.fields(), ["code"], "{like}");
    }
    let unused: Program = program;
    assert_eq!(unused.post("/invites", json!({"code": "x"})).await.fields(), ["code"]);
    assert_eq!(server.count("invites"), 1);
}
