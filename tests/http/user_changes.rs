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
    who_is_kept_is_said_to_be,
];

/// The one column or expression of one person.
fn of(server: &Server, id: UserId, what: &str) -> String {
    let what = format!("coalesce(CAST({what} AS TEXT), 'NULL')");
    server.database.values(&format!("SELECT {what} AS value FROM users WHERE id = '{}'", id.key())).concat()
}

pub async fn staff(server: &Server, role: Role) -> Browser {
    server.signed_in("olga", role).await.with("sec-fetch-site", "same-origin")
}

/// Opens a dialog, fills it in and sends it.
pub async fn through(browser: &Browser, id: UserId, verb: &str, fields: &[(&str, &str)]) -> Answer {
    let path = format!("/admin/users/{id}/{verb}");
    let mut form = browser.get(&path).await.form(&path);
    for (name, value) in fields {
        form.fields.retain(|(field, _)| field != name);
        form = form.add(name, value);
    }
    browser.submit(form).await
}

pub fn said(answer: &Answer) -> String {
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
    assert_eq!(page.attributes("#toasts form", "action"), [undo.as_str()]);
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
