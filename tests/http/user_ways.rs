//! The ways to change people: many at once, a part of a page, the same once more.

use doorlist::domain::access::Role;

use crate::database::{Kind, both};
use crate::support::{Form, Server};
use crate::user_changes::{said, staff};

both![
    many_are_changed_at_once_and_removing_them_asks_for_their_number,
    with_htmx_only_what_changed_comes_back,
    what_is_so_already_is_not_done_again,
];

async fn many_are_changed_at_once_and_removing_them_asks_for_their_number(kind: Kind) {
    let server = Server::start(kind);
    let manager = staff(&server, Role::Manager).await;
    let mut ids = Vec::new();
    for name in ["ada", "bob", "cid"] {
        ids.push(server.person(name, Role::Member).await.to_string());
    }
    ids.push(server.person("dora", Role::Admin).await.to_string());
    let with = |fields: &[(&'static str, &'static str)]| {
        let mut form = Form { action: "/admin/users/bulk".to_owned(), fields: Vec::new() };
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
