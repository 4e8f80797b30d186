//! The ceiling of each role: which codes somebody may make, see and change.

use doorlist::domain::access::Role;
use doorlist::domain::invite::GRANTED;

use crate::codes::{code, listed, new_form, with_role};
use crate::database::{Kind, both};
use crate::support::{Browser, PASSWORD, Server};

both![
    nobody_makes_a_code_for_more_than_they_may_hand_out,
    nobody_changes_a_code_for_more_than_they_may_hand_out,
    nobody_restores_a_code_for_more_than_they_may_hand_out,
    nobody_raises_a_code_above_what_they_may_hand_out,
    many_at_once_are_judged_one_by_one,
    a_code_is_in_clear_only_for_who_may_hand_it_out,
    a_search_does_not_tell_a_code_symbol_by_symbol,
    neither_the_log_nor_the_history_holds_a_code,
    a_lost_role_ends_the_right_at_once,
];

/// Whether somebody of a role may hand out another, as the product says; on purpose not asked of the program.
fn may_hand_out(actor: Role, role: Role) -> bool {
    match actor {
        Role::Member | Role::Support => false,
        Role::Manager => matches!(role, Role::Member | Role::Support),
        Role::Admin | Role::Owner => role != Role::Owner,
    }
}

/// A code that says what it grants, only behind its mask.
fn text_of(role: Role) -> String {
    format!("SAME-FOR-{}", role.key().to_uppercase())
}

/// A server with one code for each role that can be granted, and their ids.
async fn with_codes(kind: Kind) -> (Server, Vec<(Role, String)>) {
    let server = Server::start(kind);
    let mut ids = Vec::new();
    for role in GRANTED {
        let id = code(&server, &text_of(role), |invite| invite.role = role).await;
        ids.push((role, id.to_string()));
    }
    (server, ids)
}

const STAFF: [Role; 4] = [Role::Support, Role::Manager, Role::Admin, Role::Owner];

async fn staff(server: &Server, role: Role) -> Browser {
    server.signed_in(&format!("the.{}", role.key()), role).await.with("sec-fetch-site", "same-origin")
}

async fn nobody_makes_a_code_for_more_than_they_may_hand_out(kind: Kind) {
    let server = Server::start(kind);
    for actor in STAFF {
        let browser = staff(&server, actor).await;
        for role in Role::ALL {
            for count in ["1", "2"] {
                let fields =
                    [("label", "x"), ("code", ""), ("max_uses", "1"), ("role", role.key()), ("count", count)];
                let before = server.count("invites");
                let answer = browser.post("/admin/invites", &fields).await;
                let made = server.count("invites") - before;
                let case = format!("{actor:?} {role:?} {count}");
                if may_hand_out(actor, role) {
                    assert_eq!((answer.status, made.to_string().as_str()), (303, count), "{case}");
                } else {
                    let refusal = if actor == Role::Support { 403 } else { 422 };
                    assert_eq!((answer.status, made), (refusal, 0), "{case}");
                }
            }
        }
        if actor != Role::Support {
            let page = browser.get("/admin/invites/new").await;
            let offered = page.attributes("input[name=role]", "value");
            let granted: Vec<_> = GRANTED.into_iter().filter(|role| may_hand_out(actor, *role)).collect();
            assert_eq!(offered, granted.iter().map(|role| role.key()).collect::<Vec<_>>(), "{actor:?}");
        }
    }
}

async fn nobody_changes_a_code_for_more_than_they_may_hand_out(kind: Kind) {
    let (server, ids) = with_codes(kind).await;
    for actor in STAFF {
        let browser = staff(&server, actor).await;
        for (role, id) in &ids {
            let may = may_hand_out(actor, *role);
            let here = format!("/admin/invites/{id}");
            let edit = [("label", actor.key()), ("max_uses", ""), ("exact", "")];
            let before = server.database.dump();
            for (verb, fields) in [
                ("", &edit[..]),
                ("/extend", &[("days", "7")][..]),
                ("/pause", &[]),
                ("/resume", &[]),
                ("/delete", &[]),
                ("/restore", &[]),
            ] {
                let answer = browser.post(&format!("{here}{verb}"), fields).await;
                // Deleting is not tried on what is not theirs, so there is nothing to take back.
                let refusal = if verb == "/restore" && actor != Role::Support { 404 } else { 403 };
                assert_eq!(answer.status, if may { 303 } else { refusal }, "{actor:?} {role:?} {verb}");
            }
            let row = |dump: &str| dump.lines().filter(|l| l.contains(&text_of(*role))).collect::<String>();
            assert_eq!(row(&before) != row(&server.database.dump()), may, "{actor:?} {role:?}");
            for dialog in ["share", "extend", "delete"] {
                let answer = browser.get(&format!("{here}/{dialog}")).await;
                assert_eq!(answer.status, if may { 200 } else { 403 }, "{actor:?} {role:?} {dialog}");
            }
            let detail = browser.get(&here).await;
            assert_eq!(
                (detail.status, detail.all("#edit").len()),
                (200, usize::from(may)),
                "{actor:?} {role:?}"
            );
        }
    }
}

async fn nobody_restores_a_code_for_more_than_they_may_hand_out(kind: Kind) {
    let (server, ids) = with_codes(kind).await;
    for actor in STAFF {
        server.database.execute("UPDATE invites SET deleted_at = created_at");
        let browser = staff(&server, actor).await;
        for (role, id) in &ids {
            let may = may_hand_out(actor, *role);
            let told = server.audit("invite.restored").await.len();
            let answer = browser.post(&format!("/admin/invites/{id}/restore"), &[]).await;
            assert_eq!(answer.status, if may { 303 } else { 403 }, "{actor:?} {role:?}");
            let back = server.count(&format!("invites WHERE deleted_at IS NULL AND role = '{}'", role.key()));
            assert_eq!(back, usize::from(may), "{actor:?} {role:?}");
            let told = server.audit("invite.restored").await.len() - told;
            assert_eq!(told, usize::from(may), "{actor:?} {role:?}");
            assert!(!answer.text().to_uppercase().contains(&text_of(*role)), "{actor:?} {role:?}");
        }
    }
}

async fn nobody_raises_a_code_above_what_they_may_hand_out(kind: Kind) {
    let (server, ids) = with_codes(kind).await;
    let member = &ids[0].1;
    for actor in [Role::Manager, Role::Admin, Role::Owner] {
        let browser = staff(&server, actor).await;
        for role in Role::ALL {
            server.database.execute(&format!(
                "UPDATE invites SET role = 'member' WHERE code = '{}'",
                text_of(Role::Member)
            ));
            let fields = [("label", ""), ("max_uses", ""), ("role", role.key()), ("exact", "")];
            let answer = browser.post(&format!("/admin/invites/{member}"), &fields).await;
            let query = format!("SELECT role AS value FROM invites WHERE code = '{}'", text_of(Role::Member));
            let (status, expected) =
                if may_hand_out(actor, role) { (303, role) } else { (422, Role::Member) };
            assert_eq!(answer.status, status, "{actor:?} {role:?}");
            assert_eq!(server.database.values(&query), [expected.key()], "{actor:?} {role:?}");
            if status == 422 {
                assert!(
                    answer.one("#role-error").starts_with("You can hand out roles up to"),
                    "{actor:?} {role:?}"
                );
            }
        }
    }
}

async fn many_at_once_are_judged_one_by_one(kind: Kind) {
    let (server, ids) = with_codes(kind).await;
    for actor in STAFF {
        server.database.execute("UPDATE invites SET paused = (1 = 0), expires_at = NULL");
        let browser = staff(&server, actor).await;
        for action in ["pause", "extend", "delete"] {
            let mut fields: Vec<_> = ids.iter().map(|(_, id)| ("invite", id.as_str())).collect();
            fields.extend([("action", action), ("days", "7")]);
            let answer = browser.post("/admin/invites/bulk", &fields).await;
            assert_eq!(answer.status, if actor == Role::Support { 403 } else { 303 }, "{actor:?} {action}");
            let column = match action {
                "pause" => "paused",
                "extend" => "expires_at IS NOT NULL",
                _ => "deleted_at IS NOT NULL",
            };
            let changed = server
                .database
                .values(&format!("SELECT role AS value FROM invites WHERE {column} ORDER BY id"));
            let expected: Vec<_> =
                GRANTED.into_iter().filter(|role| may_hand_out(actor, *role)).map(Role::key).collect();
            let mut sorted = changed.clone();
            sorted.sort();
            let mut wanted: Vec<_> = expected.iter().map(|key| (*key).to_owned()).collect();
            wanted.sort();
            assert_eq!(sorted, wanted, "{actor:?} {action}");
        }
        server.database.execute("UPDATE invites SET deleted_at = NULL");
    }
}

async fn a_code_is_in_clear_only_for_who_may_hand_it_out(kind: Kind) {
    let (server, ids) = with_codes(kind).await;
    for actor in STAFF {
        let browser = staff(&server, actor).await;
        for (role, id) in &ids {
            let may = may_hand_out(actor, *role);
            let (text, joined) = (text_of(*role), text_of(*role).replace('-', ""));
            for path in [
                "/admin",
                "/admin/invites?status=all",
                "/admin/invites.csv?status=all",
                "/admin/users",
                &format!("/admin/invites/{id}"),
                &format!("/admin/invites?status=all&role={}", role.key()),
            ] {
                let page = browser.get(path).await;
                let shown = page.text().to_uppercase();
                let case = format!("{actor:?} {role:?} {path}");
                assert_eq!(page.status, 200, "{case}");
                assert!(may || !(shown.contains(&text) || shown.contains(&joined)), "{case}");
                if path.contains("/invites") {
                    assert_eq!(shown.contains(&text), may, "{case}");
                }
            }
        }
        let codes = listed(&browser.get("/admin/invites?status=all").await);
        assert_eq!(
            codes.iter().filter(|code| code.starts_with("SAME-••••")).count(),
            GRANTED.into_iter().filter(|role| !may_hand_out(actor, *role)).count(),
            "{codes:?}"
        );
    }
}

async fn a_search_does_not_tell_a_code_symbol_by_symbol(kind: Kind) {
    let (server, _) = with_codes(kind).await;
    for actor in STAFF {
        let browser = staff(&server, actor).await;
        for role in GRANTED {
            let text = text_of(role);
            for length in 1..=text.len() {
                let typed: String = text.chars().take(length).collect();
                let query = format!("q={typed}&role={}&status=all", role.key());
                let found = may_hand_out(actor, role) || length == text.len();
                for path in ["/admin/invites", "/admin/invites.csv"] {
                    let page = browser.get(&format!("{path}?{query}")).await;
                    let rows = if path.ends_with("csv") {
                        page.text().lines().count() - 1
                    } else {
                        listed(&page).len()
                    };
                    assert_eq!(rows, usize::from(found), "{actor:?} {path} {query}");
                }
            }
        }
    }
}

async fn neither_the_log_nor_the_history_holds_a_code(kind: Kind) {
    let server = Server::start(kind);
    let admin = server.signed_in("mara", Role::Admin).await;
    let form = with_role(new_form(&admin).await.fill("code", "QUARTZ-PEBBLE-42"), "admin");
    let shown = admin.get(admin.submit(form).await.redirect()).await;
    assert_eq!(shown.one(".slip .code--xl"), "QUARTZ-PEBBLE-42");
    let id = server.database.values("SELECT id AS value FROM invites").concat().to_lowercase();
    let here = format!("/admin/invites/inv_{id}");
    let ours = admin.with("sec-fetch-site", "same-origin");
    for (verb, fields) in
        [("pause", &[][..]), ("resume", &[]), ("extend", &[("days", "7")]), ("delete", &[]), ("restore", &[])]
    {
        assert_eq!(ours.post(&format!("{here}/{verb}"), fields).await.status, 303, "{verb}");
    }
    let log = server.database.values("SELECT coalesce(changes, '') AS value FROM audit").join("\n");
    assert!(log.contains("QUAR-••••-••••-••") && !log.contains("QUARTZ"), "{log}");
    let support = server.browser();
    support.sign_in("mara", PASSWORD).await;
    server.database.execute("UPDATE users SET role = 'support' WHERE username = 'mara'");
    let page = support.get(&here).await;
    // What those above them did is not theirs to see.
    assert_eq!((page.status, page.all("#history li").len()), (200, 0));
    assert!(!page.text().contains("QUARTZ"));
}

async fn a_lost_role_ends_the_right_at_once(kind: Kind) {
    let (server, ids) = with_codes(kind).await;
    let browser = staff(&server, Role::Admin).await;
    let admins = format!("/admin/invites/{}", ids[3].1);
    assert_eq!(browser.get(&format!("{admins}/share")).await.status, 200);
    server.database.execute("UPDATE users SET role = 'manager' WHERE username = 'the.admin'");
    for (method, path) in [("GET", "share"), ("GET", "extend"), ("POST", "pause"), ("POST", "delete")] {
        let path = format!("{admins}/{path}");
        let answer = if method == "GET" { browser.get(&path).await } else { browser.post(&path, &[]).await };
        assert_eq!(answer.status, 403, "{method} {path}");
    }
    assert_eq!(server.count("invites WHERE paused OR deleted_at IS NOT NULL"), 0);
}
