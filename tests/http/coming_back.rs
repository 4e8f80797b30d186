//! People whom an ended code took along: brought back by an extension or from the code's page, or gone for good.

use doorlist::domain::access::Role;
use doorlist::domain::id::InviteId;

use crate::auto_delete::{DAY, cleaned, fading, here, join, sorted};
use crate::codes::uses;
use crate::database::{Kind, both};
use crate::support::{Browser, PASSWORD, Server};

both![
    an_extension_brings_them_back_as_they_were,
    an_extension_that_is_not_asked_to_leaves_them_gone,
    the_page_of_the_code_brings_back_whom_one_may_bring_back,
    of_who_was_erased_no_name_is_shown,
    nobody_comes_back_with_a_code_that_is_gone,
];

/// Two people who joined with a code, and went with it.
async fn emptied(server: &Server) -> (InviteId, Browser) {
    let id = fading(server, "FADING-01").await;
    join(server, "FADING-01", &["theo", "ines"]).await;
    server.advance(7 * DAY);
    assert_eq!(cleaned(server).await, 2);
    let manager = server.signed_in("mara", Role::Manager).await;
    (id, manager)
}

async fn an_extension_brings_them_back_as_they_were(kind: Kind) {
    let server = Server::start(kind);
    let (id, manager) = emptied(&server).await;
    server.database.execute("UPDATE users SET role = 'support' WHERE username = 'theo'");
    let list = manager.get("/admin/invites?status=expired").await;
    assert_eq!(list.all("#invites .marker"), ["Users deleted"]);
    let address = format!("/admin/invites/{id}/extend");
    assert_eq!(list.attributes("[data-extend]", "href"), [address.as_str()], "the + stands there");
    assert_eq!(server.browser().sign_in("theo", PASSWORD).await.status, 422);

    let dialog = manager.get(&address).await;
    assert!(dialog.one("label.check").starts_with("Restore the 2 people who were removed"));
    let wrong = manager.submit(dialog.form(&address).add("restore", "on").fill("days", "0")).await;
    assert_eq!((wrong.status, wrong.form(&address).value("restore")), (422, "on"), "what was chosen is kept");
    assert_eq!(here(&server), ["mara manager"], "nobody comes back to a code that has ended");
    let done = manager.submit(wrong.form(&address).fill("days", "7")).await;
    let list = manager.get(done.redirect()).await;
    assert_eq!(list.all("#toasts .toast p"), ["Extended to 4 December 2026. 2 people restored"]);
    assert_eq!(list.all("#invites .marker"), ["Auto-delete"]);
    assert_eq!(here(&server), ["ines member", "mara manager", "theo support"]);
    for name in ["theo", "ines"] {
        assert_eq!(server.browser().sign_in(name, PASSWORD).await.redirect(), "/", "{name}");
    }
    assert_eq!((server.audit("user.restored").await.len(), uses(&server, "FADING-01").as_str()), (2, "2"));
    assert_eq!(cleaned(&server).await, 0, "they stay until the new end");
    server.advance(7 * DAY);
    assert_eq!(cleaned(&server).await, 2);
}

async fn an_extension_that_is_not_asked_to_leaves_them_gone(kind: Kind) {
    let server = Server::start(kind);
    let (id, manager) = emptied(&server).await;
    let address = format!("/admin/invites/{id}/extend");
    let done = manager.submit(manager.get(&address).await.form(&address)).await;
    assert_eq!(manager.get(done.redirect()).await.all("#toasts .toast p"), ["Extended to 4 December 2026"]);
    assert_eq!(here(&server), ["mara manager"]);
    let page = manager.get(&format!("/admin/invites/{id}")).await;
    assert!(page.one("#gone p").starts_with("2 people went"), "they can still be restored");
    assert!(page.one("#going p").starts_with("Auto-delete is on."), "and others can come");
}

async fn the_page_of_the_code_brings_back_whom_one_may_bring_back(kind: Kind) {
    let server = Server::start(kind);
    let (id, manager) = emptied(&server).await;
    server.database.execute("UPDATE users SET role = 'admin' WHERE username = 'theo'");
    let page_of = format!("/admin/invites/{id}");
    let action = format!("{page_of}/bring-back");
    let support = server.signed_in("sam", Role::Support).await;
    let seen = support.get(&page_of).await;
    let said = "2 people went when the code expired. Their accounts can be restored until 4 December 2026, with \
                password and role.";
    assert_eq!(seen.one("#gone p"), said);
    assert!(seen.all("#gone form").is_empty());
    let ours = support.with("sec-fetch-site", "same-origin");
    assert_eq!(ours.post(&action, &[]).await.status, 403);
    assert_eq!(here(&server).len(), 2);

    let form = manager.get(&page_of).await.form(&action);
    assert_eq!(manager.submit(form.clone()).await.redirect(), page_of);
    let page = manager.get(&page_of).await;
    assert_eq!(page.all("#toasts .toast p"), ["1 person restored, 1 could not be"]);
    assert_eq!(here(&server), ["ines member", "mara manager", "sam support"]);
    assert!(page.one("#gone p").starts_with("1 person went when the code expired. The account can be"));
    assert_eq!(cleaned(&server).await, 0, "the end that has passed takes nobody twice");
    let owner = server.signed_in("olga", Role::Owner).await;
    assert_eq!(owner.submit(owner.get(&page_of).await.form(&action)).await.status, 303);
    let page = owner.get(&page_of).await;
    assert_eq!(
        (page.all("#toasts .toast p").concat().as_str(), page.all("#gone").len()),
        ("1 person restored", 0)
    );
    let again = manager.submit(form).await;
    let said = manager.get(again.redirect()).await.all("#toasts .toast p");
    assert_eq!(said, ["Nobody was left to restore"]);
}

async fn of_who_was_erased_no_name_is_shown(kind: Kind) {
    let server = Server::start(kind);
    let (id, manager) = emptied(&server).await;
    let address = format!("/admin/invites/{id}");
    let before = manager.get(&address).await;
    assert_eq!(sorted(before.all("#people .person__meta")), ["@ines · removed", "@theo · removed"]);
    assert!(before.all("#people tbody form, #people tbody a[href$=remove]").is_empty());
    server.advance(7 * DAY);
    assert_eq!(cleaned(&server).await, 0);
    assert_eq!(manager.sign_in("mara", PASSWORD).await.status, 303, "the session is over by now");
    let page = manager.get(&address).await;
    assert_eq!(page.all("#people td.cell-primary"), ["Erased user", "Erased user"]);
    assert!(page.all("#people tbody a").is_empty() && !page.text().contains('~'), "{}", page.text());
    assert!(page.all("#gone").is_empty(), "nobody can come back");
    assert_eq!(uses(&server, "FADING-01"), "2", "that they joined stays");
}

async fn nobody_comes_back_with_a_code_that_is_gone(kind: Kind) {
    let server = Server::start(kind);
    let (id, manager) = emptied(&server).await;
    let form =
        manager.get(&format!("/admin/invites/{id}")).await.form(&format!("/admin/invites/{id}/bring-back"));
    server.database.execute("UPDATE invites SET deleted_at = created_at");
    assert_eq!(manager.submit(form).await.status, 404);
    assert_eq!(here(&server), ["mara manager"]);
}
