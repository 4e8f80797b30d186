//! Looking after people: what each change does, and what it takes along.

use doorlist::domain::access::Role;
use doorlist::domain::id::UserId;
use doorlist::domain::user::Status;

use crate::codes::{code, join_form};
use crate::database::{Kind, both};
use crate::support::{Answer, Browser, PASSWORD, Server};

both![
    another_role_takes_effect_at_once_and_can_be_undone,
    a_suspended_person_is_out_and_learns_why_at_sign_in,
    who_is_removed_is_gone_and_comes_back_as_they_were,
    who_is_purged_is_nobody_any_more,
    the_last_owner_stays_whatever_is_tried,
    codes_stop_with_the_right_to_hand_them_out,
    codes_for_members_stop_only_if_asked,
    questions_name_the_codes_that_stop,
    many_are_changed_at_once_and_removing_them_asks_for_their_number,
    with_htmx_only_what_changed_comes_back,
    who_is_kept_is_said_to_be,
    what_is_so_already_is_not_done_again,
];

/// The one column or expression of one person.
fn of(server: &Server, id: UserId, what: &str) -> String {
    let what = format!("coalesce(CAST({what} AS TEXT), 'NULL')");
    server.database.values(&format!("SELECT {what} AS value FROM users WHERE id = '{}'", id.key())).concat()
}

async fn staff(server: &Server, role: Role) -> Browser {
    server.signed_in("olga", role).await.with("sec-fetch-site", "same-origin")
}

/// Opens a dialog, fills it in and sends it.
async fn through(browser: &Browser, id: UserId, verb: &str, fields: &[(&str, &str)]) -> Answer {
    let path = format!("/admin/users/{id}/{verb}");
    let mut form = browser.get(&path).await.form(&path);
    for (name, value) in fields {
        form.fields.retain(|(field, _)| field != name);
        form = form.add(name, value);
    }
    browser.submit(form).await
}

fn said(answer: &Answer) -> String {
    answer.one("#toasts .toast p")
}

async fn another_role_takes_effect_at_once_and_can_be_undone(kind: Kind) {
    let server = Server::start(kind);
    let owner = staff(&server, Role::Owner).await;
    let sofie = server.signed_in("sofie", Role::Member).await;
    let page = owner.get("/admin/users?q=sofie").await;
    let id: UserId = page.attributes("tr[data-row]", "id").concat().parse().unwrap();

    let answer = through(&owner, id, "role", &[("role", "manager")]).await;
    let page = owner.get(answer.redirect()).await;
    assert_eq!(said(&page), "Role changed to Manager");
    assert_eq!(page.attributes("#toasts form", "action"), [format!("/admin/users/{id}/role")]);
    assert_eq!(page.attributes("#toasts button[name=role]", "value"), ["member"]);
    assert_eq!(sofie.get("/account").await.redirect(), "/sign-in?next=%2Faccount", "they sign in again");
    sofie.sign_in("sofie", PASSWORD).await;
    assert_eq!(sofie.get("/admin").await.status, 200);
    assert_ne!(of(&server, id, "role_changed_at"), "NULL");

    let undo = page.form(&format!("/admin/users/{id}/role"));
    server.advance(1);
    assert_eq!(owner.submit(undo.add("role", "member")).await.status, 303);
    assert_eq!((of(&server, id, "role").as_str(), server.count("sessions")), ("member", 1));
    let rows: Vec<_> =
        server.audit("user.role_changed").await.into_iter().map(|row| row.changes.unwrap()).collect();
    assert_eq!(rows, [r#"{"role":["member","manager"]}"#, r#"{"role":["manager","member"]}"#]);

    for (wrong, message) in [("king", "Choose a role."), ("", "Choose a role.")] {
        let answer = owner.post(&format!("/admin/users/{id}/role"), &[("role", wrong)]).await;
        assert_eq!((answer.status, answer.one("#role-error")), (422, message.to_owned()));
    }
    let same = owner.post(&format!("/admin/users/{id}/role"), &[("role", "member")]).await;
    assert_eq!(same.status, 303, "what they are already is no change");
    assert_eq!(server.audit("user.role_changed").await.len(), 2);
}

async fn a_suspended_person_is_out_and_learns_why_at_sign_in(kind: Kind) {
    let server = Server::start(kind);
    let manager = staff(&server, Role::Manager).await;
    let luca = server.signed_in("luca", Role::Member).await;
    let id = the_id(&manager, "luca").await;
    let long = "x".repeat(501);
    let refused = through(&manager, id, "suspend", &[("reason", &long)]).await;
    assert_eq!((refused.status, refused.error_of("reason").as_str()), (422, "Use 500 characters or fewer."));
    assert_eq!(
        refused.form(&format!("/admin/users/{id}/suspend")).value("reason"),
        long,
        "what was typed is kept"
    );
    assert_eq!(luca.get("/").await.status, 200);

    let answer = through(&manager, id, "suspend", &[("reason", "Two accounts.")]).await;
    let page = manager.get(answer.redirect()).await;
    assert_eq!(said(&page), "luca suspended");
    assert!(page.one("#suspended").ends_with("Shown at sign-in: Two accounts."));
    assert_eq!(luca.get("/").await.redirect(), "/sign-in");
    let out = luca.sign_in("luca", PASSWORD).await;
    assert_eq!((out.status, out.one(".error-summary p").as_str()), (422, "Two accounts. Ask support."));
    assert_eq!(of(&server, id, "suspended_at").chars().take(10).collect::<String>(), "2026-11-20");

    let undo = format!("/admin/users/{id}/unsuspend");
    assert_eq!(page.attributes("#toasts form", "action"), [undo.clone()]);
    let back = manager.get(manager.post(&undo, &[]).await.redirect()).await;
    assert_eq!(said(&back), "Access restored");
    assert_eq!(
        back.attributes("#toasts button[name=reason]", "value"),
        ["Two accounts."],
        "the way back knows why"
    );
    assert_eq!(luca.sign_in("luca", PASSWORD).await.redirect(), "/");
    let rows = server.audit("user.suspended").await;
    assert_eq!(rows.len(), 1);
    let changes = rows[0].changes.clone().unwrap();
    for change in [r#""reason":[null,"Two accounts."]"#, r#""status":["active","suspended"]"#] {
        assert!(changes.contains(change), "{changes}");
    }
    assert_eq!(server.audit("user.unsuspended").await.len(), 1);
}

async fn the_id(browser: &Browser, username: &str) -> UserId {
    let list = browser.get(&format!("/admin/users?q={username}")).await;
    list.attributes("tr[data-row]", "id").concat().parse().unwrap()
}

async fn who_is_removed_is_gone_and_comes_back_as_they_were(kind: Kind) {
    let server = Server::start(kind);
    let admin = staff(&server, Role::Admin).await;
    for (username, status) in [("luca", Status::Active), ("noah", Status::Suspended)] {
        let id = server
            .account(username, Role::Support, |account| {
                account.status = status;
                account.status_reason = (status == Status::Suspended).then(|| "For now.".to_owned());
            })
            .await;
        let browser = server.browser();
        browser.sign_in(username, PASSWORD).await;
        let question = admin.get(&format!("/admin/users/{id}/remove")).await;
        assert!(question.one("#dialog-text").contains("can be restored until 27 Nov 2026"));
        let removed = admin.submit(question.form(&format!("/admin/users/{id}/remove"))).await;
        let page = admin.get(removed.redirect()).await;
        assert_eq!(said(&page), format!("{username} removed"));
        assert!(page.one("#removed").contains("erased on 27 Nov 2026"));
        assert_eq!(browser.get("/").await.redirect(), "/sign-in");
        let refused = browser.sign_in(username, PASSWORD).await;
        assert_eq!(
            refused.one(".error-summary h2"),
            "Username or password is wrong.",
            "nobody learns that they were"
        );
        assert!(admin.get("/admin/users").await.all(&format!("[id=\"{id}\"]")).is_empty());
        let gone = admin.get("/admin/users?status=removed").await;
        assert_eq!(gone.all(&format!("[id=\"{id}\"] [data-label=Erased]")), ["27 Nov 2026"]);
        for verb in ["role", "suspend", "remove"] {
            assert_eq!(admin.get(&format!("/admin/users/{id}/{verb}")).await.status, 404, "{verb}");
        }
        for verb in ["suspend", "unsuspend", "end-sessions", "reset-link", "keep", "unkeep"] {
            assert_eq!(admin.post(&format!("/admin/users/{id}/{verb}"), &[]).await.status, 404, "{verb}");
        }
        code(&server, &format!("FOR-{username}"), |_| {}).await;
        let held = join_form(&server.browser(), &format!("FOR-{username}"), username).await;
        let taken = server.browser().with("sec-fetch-site", "same-origin").submit(held).await;
        assert_eq!(taken.error_of("username"), "That username is taken. Choose another.", "the name is held");

        let form = gone.form(&format!("/admin/users/{id}/restore"));
        assert_eq!(admin.submit(form).await.redirect(), format!("/admin/users/{id}"));
        assert_eq!(
            (of(&server, id, "role").as_str(), of(&server, id, "status").as_str()),
            ("support", status.key())
        );
        let again = browser.sign_in(username, PASSWORD).await;
        match status {
            Status::Active => assert_eq!(again.redirect(), "/"),
            _ => assert_eq!(again.one(".error-summary p"), "For now. Ask support."),
        }
    }
    assert_eq!((server.audit("user.removed").await.len(), server.audit("user.restored").await.len()), (2, 2));
    server.database.execute("UPDATE settings SET removal_grace_days = 0");
    let id = the_id(&admin, "luca").await;
    let question = admin.get(&format!("/admin/users/{id}/remove")).await;
    assert!(question.one("#dialog-text").contains("is erased at the next cleanup"));
}

async fn who_is_purged_is_nobody_any_more(kind: Kind) {
    let server = Server::start(kind);
    let owner = staff(&server, Role::Owner).await;
    let id = server.account("luca", Role::Member, |account| account.status = Status::Removed).await;
    server.database.execute(&format!("UPDATE users SET purged_at = removed_at WHERE id = '{}'", id.key()));
    assert_eq!(owner.get(&format!("/admin/users/{id}")).await.status, 404);
    assert!(owner.get("/admin/users?status=removed").await.all("tr[data-row]").is_empty());
    for (verb, fields) in [("restore", &[][..]), ("remove", &[]), ("role", &[("role", "admin")])] {
        assert_eq!(owner.post(&format!("/admin/users/{id}/{verb}"), fields).await.status, 404, "{verb}");
    }
}

async fn the_last_owner_stays_whatever_is_tried(kind: Kind) {
    let server = Server::start(kind);
    let owner = staff(&server, Role::Owner).await;
    let me = the_id(&owner, "olga").await;
    for other in ["suspended", "removed"] {
        server.database.execute(&format!("UPDATE users SET status = '{other}' WHERE username = 'founder'"));
        for (verb, fields, place) in [
            ("role", &[("role", "admin")][..], "#role-error"),
            ("suspend", &[], "#reason-error"),
            ("remove", &[], ".callout--danger p"),
        ] {
            let before = (of(&server, me, "role"), of(&server, me, "status"), server.count("audit"));
            for browser in [&owner, &owner.htmx()] {
                let answer = browser.post(&format!("/admin/users/{me}/{verb}"), fields).await;
                assert_eq!(answer.status, 422, "{verb}");
                assert_eq!(
                    answer.one(&format!("dialog {place}")),
                    "There must always be an active owner.",
                    "{verb}"
                );
            }
            assert_eq!(
                before,
                (of(&server, me, "role"), of(&server, me, "status"), server.count("audit")),
                "{verb}"
            );
        }
    }
    server.database.execute("UPDATE users SET status = 'active' WHERE username = 'founder'");
    assert_eq!(owner.post(&format!("/admin/users/{me}/remove"), &[]).await.redirect(), "/sign-in");
}

/// One code for each role, of somebody's making.
async fn codes_of(server: &Server, creator: UserId) {
    for role in [Role::Member, Role::Support, Role::Manager, Role::Admin] {
        code(server, &format!("GIVES-{}", role.key()), |invite| {
            invite.role = role;
            invite.created_by = Some(creator);
        })
        .await;
    }
}

async fn codes_stop_with_the_right_to_hand_them_out(kind: Kind) {
    for (verb, fields, paused) in [
        ("role", &[("role", "owner")][..], &[][..]),
        ("role", &[("role", "manager")], &["admin", "manager"]),
        ("role", &[("role", "support")], &["admin", "manager", "support"]),
        ("role", &[("role", "member")], &["admin", "manager", "support"]),
        ("suspend", &[], &["admin", "manager", "support"]),
        ("remove", &[], &["admin", "manager", "support"]),
    ] {
        let server = Server::start(kind);
        let owner = staff(&server, Role::Owner).await;
        let id = server.person("priya", Role::Admin).await;
        codes_of(&server, id).await;
        let other = server.person("jonas", Role::Admin).await;
        code(&server, "OF-SOMEBODY-ELSE", |invite| {
            invite.role = Role::Admin;
            invite.created_by = Some(other);
        })
        .await;
        code(&server, "DELETED-ONE", |invite| {
            invite.role = Role::Admin;
            invite.created_by = Some(id);
        })
        .await;
        server.database.execute("UPDATE invites SET deleted_at = created_at WHERE code = 'DELETED-ONE'");
        let answer = through(&owner, id, verb, fields).await;
        let now = server.database.values("SELECT role AS value FROM invites WHERE paused ORDER BY role");
        assert_eq!(now, paused, "{verb} {fields:?}");
        let rows = server.audit("invite.paused").await;
        assert_eq!(rows.len(), paused.len(), "{verb}: one row each");
        for row in rows {
            let changes = row.changes.unwrap();
            assert!(
                changes.contains("GIVE") && changes.contains("••••") && !changes.contains("GIVES-"),
                "{changes}"
            );
            assert_eq!(row.actor_role.as_deref(), Some("owner"));
        }
        let told = said(&owner.get(answer.redirect()).await);
        let count = paused.len();
        assert_eq!(told.contains(&format!("{count} codes of theirs paused")), count > 0, "{told}");
    }
}

async fn codes_for_members_stop_only_if_asked(kind: Kind) {
    for (verb, fields) in [("suspend", &[][..]), ("remove", &[]), ("role", &[("role", "member")])] {
        for asked in [false, true] {
            let server = Server::start(kind);
            let owner = staff(&server, Role::Owner).await;
            let id = server.person("priya", Role::Manager).await;
            code(&server, "FOR-MEMBERS", |invite| invite.created_by = Some(id)).await;
            let form = join_form(&server.browser(), "FOR-MEMBERS", "newcomer").await;
            let mut fields = fields.to_vec();
            if asked {
                fields.push(("member_codes", "pause"));
            }
            through(&owner, id, verb, &fields).await;
            let joined = server.browser().with("sec-fetch-site", "same-origin").submit(form).await;
            assert_eq!(joined.status, if asked { 422 } else { 303 }, "{verb} {asked}");
            assert_eq!(server.count("invites WHERE paused"), usize::from(asked));
        }
    }
}

async fn questions_name_the_codes_that_stop(kind: Kind) {
    let server = Server::start(kind);
    let owner = staff(&server, Role::Owner).await;
    let id = server.person("priya", Role::Admin).await;
    for verb in ["role", "suspend", "remove"] {
        let question = owner.get(&format!("/admin/users/{id}/{verb}")).await;
        assert!(question.all("dialog .callout").is_empty(), "{verb}: nothing to say of no codes");
    }
    codes_of(&server, id).await;
    code(&server, "ONE-MORE", |invite| invite.created_by = Some(id)).await;
    for verb in ["role", "suspend", "remove"] {
        let question = owner.get(&format!("/admin/users/{id}/{verb}")).await;
        let told = question.one("dialog .callout");
        assert!(told.contains("3 codes of theirs hand out more than Member."), "{verb}: {told}");
        assert!(told.contains("Pause their 2 Member codes too"), "{verb}: {told}");
    }
}

async fn many_are_changed_at_once_and_removing_them_asks_for_their_number(kind: Kind) {
    let server = Server::start(kind);
    let manager = staff(&server, Role::Manager).await;
    let mut ids = Vec::new();
    for name in ["ada", "bob", "cid"] {
        ids.push(server.person(name, Role::Member).await.to_string());
    }
    ids.push(server.person("dora", Role::Admin).await.to_string());
    let with = |fields: &[(&'static str, &'static str)]| {
        let mut form = crate::support::Form { action: "/admin/users/bulk".to_owned(), fields: Vec::new() };
        for id in &ids {
            form = form.add("user", id);
        }
        fields.iter().fold(form, |form, (name, value)| form.add(name, value))
    };
    for (fields, words) in [
        (&[("action", "role"), ("role", "")][..], "Choose a role first"),
        (&[("action", "role"), ("role", "support")], "3 users changed to Support, 1 user left as before"),
        (&[("action", "suspend"), ("role", "")], "3 users suspended, 1 user left as before"),
    ] {
        let list = manager.get(manager.submit(with(fields)).await.redirect()).await;
        assert_eq!(said(&list), words);
    }
    assert_eq!(server.count("users WHERE role = 'support' AND status = 'suspended'"), 3);

    let remove = [("action", "remove"), ("role", "")];
    let page = manager.submit(with(&remove)).await;
    assert_eq!((page.status, page.all("#users").len(), page.all("dialog[open]").len()), (200, 1, 1));
    let asked = manager.htmx().submit(with(&remove)).await;
    assert_eq!((asked.status, asked.one("#dialog-title").as_str()), (200, "Remove 4 users?"));
    assert_eq!(server.count("users WHERE status = 'removed'"), 0);
    for wrong in ["3", "", "four"] {
        let form = asked.form("/admin/users/bulk").fill("confirm", wrong);
        let refused = manager.htmx().submit(form).await;
        assert_eq!(
            (refused.status, refused.error_of("confirm").as_str()),
            (422, "Type 4 to confirm."),
            "{wrong}"
        );
    }
    assert_eq!(server.count("users WHERE status = 'removed'"), 0);
    let done = manager.submit(asked.form("/admin/users/bulk").fill("confirm", "4")).await;
    assert_eq!(said(&manager.get(done.redirect()).await), "3 users removed, 1 user left as before");
    assert_eq!(server.count("users WHERE status = 'removed'"), 3);
    assert_eq!(manager.submit(with(&[("action", "explode")])).await.status, 422);
    assert_eq!(
        manager.post("/admin/users/bulk", &[("user", "usr_x"), ("action", "suspend")]).await.status,
        404
    );
}

async fn with_htmx_only_what_changed_comes_back(kind: Kind) {
    let server = Server::start(kind);
    let id = server.person("luca", Role::Member).await;
    let here = format!("/admin/users/{id}");
    let owner = staff(&server, Role::Owner).await.htmx();
    for verb in ["role", "suspend", "remove"] {
        let dialog = owner.get(&format!("{here}/{verb}")).await;
        assert_eq!((dialog.status, dialog.all("dialog").len()), (200, 1), "{verb}");
        assert!(!dialog.text().contains("<html") && !dialog.text().contains("<table"), "{verb}");
    }
    for (verb, fields) in
        [("role", &[("role", "support")][..]), ("suspend", &[]), ("unsuspend", &[]), ("end-sessions", &[])]
    {
        let text = owner.post(&format!("{here}/{verb}"), fields).await.text();
        assert!(
            text.contains(&format!("<tr role=\"row\" id=\"{id}\"")) && !text.contains("<html"),
            "{verb}: {text}"
        );
        assert!(text.contains("tab-count-2") && text.contains("beforeend:#toasts"), "{verb}: {text}");
    }
    let elsewhere = owner.with("hx-current-url", &format!("http://x{here}"));
    assert_eq!(elsewhere.post(&format!("{here}/suspend"), &[]).await.header("hx-redirect"), here);
    let other = owner.with("hx-current-url", "http://x/admin/invites/inv_1?before=2");
    assert_eq!(
        other.post(&format!("{here}/keep"), &[]).await.header("hx-redirect"),
        "/admin/invites/inv_1?before=2"
    );
    let link = owner.post(&format!("{here}/unsuspend"), &[]).await.status;
    assert_eq!(link, 200);
    let dialog = owner.post(&format!("{here}/reset-link"), &[]).await;
    assert_eq!((dialog.status, dialog.one("#dialog-title").as_str()), (200, "Reset link created"));
    let gone = owner.post(&format!("{here}/remove"), &[]).await.text();
    assert!(
        gone.contains(&format!("id=\"{id}\" hx-swap-oob=\"delete\"")) && gone.contains("/restore"),
        "{gone}"
    );
    let back = owner.post(&format!("{here}/restore"), &[]).await.text();
    assert!(back.contains("hx-swap-oob=\"delete\""), "it leaves the tab of those who were removed: {back}");
    let many = [("user", id.to_string()), ("action", "suspend".to_owned())];
    let many: Vec<_> = many.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(owner.post("/admin/users/bulk", &many).await.header("hx-redirect"), "/admin/users");
}

async fn who_is_kept_is_said_to_be(kind: Kind) {
    let server = Server::start(kind);
    let manager = staff(&server, Role::Manager).await;
    for (text, takes) in [("TAKES-PEOPLE", true), ("LEAVES-PEOPLE", false)] {
        let name = text.to_lowercase().replace("-people", "");
        code(&server, text, |invite| {
            invite.delete_users_on_expiry = takes;
            invite.expiry =
                doorlist::domain::expiry::Expiry::At(server.app.clock.now() + chrono::Duration::days(3));
        })
        .await;
        let newcomer = server.browser();
        newcomer.submit(join_form(&newcomer, text, &name).await).await;
        let id = the_id(&manager, &name).await;
        let here = format!("/admin/users/{id}");
        let page = manager.get(&here).await;
        let keep = format!("form[action=\"{here}/keep\"]");
        assert_eq!(page.all(&keep).len(), usize::from(takes), "{text}");
        if !takes {
            continue;
        }
        assert!(page.one("#origin").contains("Is removed when the code expires."));
        let kept = manager.submit(page.form(&format!("{here}/keep"))).await;
        let page = manager.get(kept.redirect()).await;
        assert_eq!(said(&page), "Kept");
        assert_eq!(server.count("users WHERE kept"), 1);
        assert!(page.one("#origin").contains("Kept: stays when the code expires."));
        let undone = manager.get(manager.post(&format!("{here}/unkeep"), &[]).await.redirect()).await;
        assert_eq!(undone.all(&keep).len(), 2, "on the page and in the toast");
        manager.post(&format!("{here}/role"), &[("role", "support")]).await;
        assert!(manager.get(&here).await.one("#origin").contains("the role was changed after joining"));
    }
    assert_eq!((server.audit("user.kept").await.len(), server.audit("user.unkept").await.len()), (1, 1));
}

async fn what_is_so_already_is_not_done_again(kind: Kind) {
    let server = Server::start(kind);
    let id = server.person("luca", Role::Member).await;
    let owner = staff(&server, Role::Owner).await;
    for verb in ["suspend", "unsuspend", "keep", "unkeep", "remove", "restore"] {
        let path = format!("/admin/users/{id}/{verb}");
        assert_eq!(owner.post(&path, &[]).await.status, 303, "{verb}");
        let before = server.database.dump();
        assert_eq!(owner.post(&path, &[]).await.redirect(), format!("/admin/users/{id}"), "{verb} twice");
        assert_eq!(owner.htmx().post(&path, &[]).await.status, 200, "{verb} a third time");
        assert_eq!(server.database.dump(), before, "{verb}");
    }
}
