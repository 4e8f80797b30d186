//! Codes that take their people along, on the pages: switched on, said beforehand, put off and cancelled.

use chrono::Duration;
use doorlist::domain::access::Role;
use doorlist::domain::expiry::Expiry;
use doorlist::domain::id::{InviteId, UserId};
use doorlist::ops::maintenance::{Cleanup, Outcome};

use crate::codes::{check, code, join_form, new_form, with_role};
use crate::database::{Kind, both};
use crate::support::{Answer, Browser, Form, PASSWORD, Server};

both![
    the_switch_needs_an_end_and_says_so_beside_itself,
    a_code_that_takes_people_along_says_so_wherever_it_is_shown,
    whoever_brings_such_a_code_is_told_before_anything_is_typed,
    nobody_switches_it_on_or_sooner_for_people_they_may_not_remove,
    extending_in_time_keeps_everybody,
    whoever_is_kept_or_was_promoted_stays,
    deleting_the_code_cancels_it_and_taking_that_back_does_not,
    the_form_begins_as_the_instance_says,
];

pub const DAY: u64 = 86_400;
const NO_END: &str = "Set an expiration date first.";
const BEYOND: &str = "Somebody joined with this code whom you may not remove.";

/// A code that takes its people along in a week.
pub async fn fading(server: &Server, text: &str) -> InviteId {
    let end = server.app.clock.now() + Duration::days(7);
    code(server, text, |invite| {
        invite.expiry = Expiry::At(end);
        invite.delete_users_on_expiry = true;
    })
    .await
}

/// Lets people join with a code, as people do.
pub async fn join(server: &Server, code: &str, names: &[&str]) {
    for name in names {
        let browser = server.browser();
        let form = join_form(&browser, code, name).await;
        assert_eq!(browser.submit(form).await.redirect(), "/", "{name}");
    }
}

/// Runs the cleanup, and says how many went.
pub async fn cleaned(server: &Server) -> usize {
    match Cleanup::new(server.app.clone()).run().await.unwrap() {
        Outcome::Done(summary) => summary.removed,
        other => panic!("{other:?}"),
    }
}

/// Those who are here, with their roles.
pub fn here(server: &Server) -> Vec<String> {
    server.database.values(
        "SELECT username || ' ' || role AS value FROM users WHERE status = 'active' AND role <> 'owner' ORDER BY username",
    )
}

/// Whoever joins at the same moment stands in any order.
pub fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts
}

/// The form of an edit, as the page shows it.
fn edit_form(page: &Answer, id: InviteId) -> Form {
    page.form(&format!("/admin/invites/{id}"))
}

async fn the_switch_needs_an_end_and_says_so_beside_itself(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.signed_in("mara", Role::Manager).await;
    let form = new_form(&browser).await;
    assert!(form.fields.iter().all(|(name, _)| name != "delete_users"), "it is off at first");
    let form = form.fill("label", "Trial").add("delete_users", "on");
    let refused = browser.submit(form.clone()).await;
    assert_eq!((refused.status, refused.error_of("delete_users").as_str()), (422, NO_END));
    assert_eq!(refused.attributes(".error-summary a", "href"), ["#delete_users"]);
    let kept = refused.form("/admin/invites");
    assert_eq!((kept.value("delete_users"), kept.value("label")), ("on", "Trial"));
    let preview = previewed(&browser, form.clone()).await;
    assert_eq!(preview.all(".field__error"), [NO_END]);
    assert_eq!(server.count("invites"), 0);
    assert_eq!(browser.submit(form.add("expires", "set")).await.status, 303);

    let id = fading(&server, "FADING-01").await;
    let edit = with_role(edit_form(&browser.get(&format!("/admin/invites/{id}")).await, id), "member");
    assert_eq!(edit.value("delete_users"), "on");
    let refused = browser.submit(edit.clone().fill("exact", "")).await;
    assert_eq!((refused.status, refused.error_of("delete_users").as_str()), (422, NO_END));
    let off = edit.fill("exact", "").without("delete_users");
    assert_eq!(browser.submit(off).await.redirect(), format!("/admin/invites/{id}"));
    assert_eq!(server.count("invites WHERE delete_users_on_expiry"), 1, "only the first one still does");
}

async fn previewed(browser: &Browser, mut form: Form) -> Answer {
    form.action = "/admin/invites/preview".to_owned();
    browser.htmx().submit(form).await
}

async fn a_code_that_takes_people_along_says_so_wherever_it_is_shown(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.signed_in("mara", Role::Manager).await;
    let blank = browser.get("/admin/invites/new").await;
    assert!(blank.one(".if-delete p").contains("erased with their data 7 days later"), "{}", blank.text());
    let form = new_form(&browser).await.fill("code", "FADING-01").add("expires", "set").fill("days", "14");
    let form = form.add("delete_users", "on");
    let preview = previewed(&browser, form.clone()).await;
    assert_eq!(preview.one("#leaves-on"), "on 4 December 2026");
    let shown = browser.get(browser.submit(form).await.redirect()).await;
    let words = "Anyone with the code can join as Member until 4 December 2026, 09:00 UTC; their accounts are then deleted.";
    assert_eq!(shown.one(".dialog__lede"), words);
    assert_eq!(shown.all("#invites .marker"), ["Auto-delete"]);
    let again = browser.get(&shown.attributes(".dialog__foot-start", "href")[0]).await;
    assert_eq!(again.form("/admin/invites").value("delete_users"), "on", "another like this");
    let file = browser.get("/admin/invites.csv").await.text();
    let column: Vec<_> = file.lines().map(|line| line.rsplit(',').next().unwrap()).collect();
    assert_eq!(column, ["delete_users_on_expiry", "true"]);

    let id = server.database.values("SELECT id AS value FROM invites").concat();
    let here = format!("/admin/invites/{}", InviteId::from_key(&id).unwrap());
    let nobody = browser.get(&here).await.one("#going p");
    assert_eq!(
        nobody,
        "Auto-delete is on. Whoever joins is removed on 4 December 2026, and erased 7 days later."
    );
    join(&server, "FADING-01", &["theo"]).await;
    assert!(browser.get(&here).await.one("#going p").starts_with("1 person goes on 4 December 2026."));
    join(&server, "FADING-01", &["ines"]).await;
    let (reads, _) = server.app.store.accesses();
    let page = browser.get(&here).await;
    assert_eq!(server.app.store.accesses().0 - reads, 2, "the page costs what every page costs");
    assert!(
        page.one("#going p").starts_with("2 people go on 4 December 2026. The data is erased 7 days later.")
    );
    assert_eq!(page.attributes("#going a", "href"), [format!("{here}/extend")]);
    assert_eq!(sorted(page.all("#people tbody .person__name")), ["ines", "theo"]);
    assert_eq!(page.all("#people tbody .status"), ["Waiting", "Waiting"]);
    let support = server.signed_in("sam", Role::Support).await.get(&here).await;
    assert!(support.one("#going p").starts_with("2 people go"), "staff who change nothing see it too");
    assert!(support.all("#going a, #people form").is_empty());
}

async fn whoever_brings_such_a_code_is_told_before_anything_is_typed(kind: Kind) {
    let server = Server::start(kind);
    fading(&server, "FADING-01").await;
    let end = server.app.clock.now() + Duration::days(7);
    code(&server, "LASTING-1", |invite| invite.expiry = Expiry::At(end)).await;
    let told = "This is temporary access. Your account ends on 27 November 2026, unless staff extend it.";
    let plain = check(&server.browser(), "FADING-01").await;
    assert_eq!((plain.status, plain.one("#temporary").as_str()), (200, told));
    assert_eq!(plain.all("#join input[name=username]").len(), 1);
    for target in ["join", "code-status"] {
        let browser = server.browser().htmx().with("sec-fetch-site", "same-origin").with("hx-target", target);
        let part = browser.post("/join/check", &[("code", "FADING-01")]).await;
        assert_eq!((part.status, part.one("#code-status #temporary").as_str()), (200, told), "{target}");
        let other = browser.post("/join/check", &[("code", "LASTING-1")]).await;
        assert!(other.one("#code-status").contains("27 Nov 2026") && other.all("#temporary").is_empty());
    }
}

async fn nobody_switches_it_on_or_sooner_for_people_they_may_not_remove(kind: Kind) {
    let server = Server::start(kind);
    let end = server.app.clock.now() + Duration::days(7);
    let id = code(&server, "HARBOUR-42", |invite| invite.expiry = Expiry::At(end)).await;
    join(&server, "HARBOUR-42", &["theo", "olivia"]).await;
    server.database.execute("UPDATE users SET role = 'admin' WHERE username = 'olivia'");
    let here = format!("/admin/invites/{id}");
    let manager = server.signed_in("mara", Role::Manager).await;
    let edit = edit_form(&manager.get(&here).await, id);
    let on = edit.clone().add("delete_users", "on").fill("label", "Trial");
    let refused = manager.submit(on.clone()).await;
    assert_eq!((refused.status, refused.error_of("delete_users").as_str()), (422, BEYOND));
    assert_eq!(edit_form(&refused, id).value("label"), "Trial");
    let owner = server.signed_in("olga", Role::Owner).await;
    let form = edit_form(&owner.get(&here).await, id).add("delete_users", "on");
    assert_eq!(owner.submit(form).await.status, 303, "an owner may remove both");

    let sooner = edit_form(&manager.get(&here).await, id);
    assert_eq!(sooner.value("delete_users"), "on");
    let refused = manager.submit(sooner.clone().fill("exact", "2026-11-21T09:00")).await;
    assert_eq!((refused.status, refused.error_of("delete_users").as_str()), (422, BEYOND));
    assert_eq!(manager.submit(sooner.fill("label", "Named")).await.status, 303, "all else may be changed");
    let dialog = manager.get(&format!("{here}/extend")).await.form(&format!("{here}/extend"));
    assert_eq!(manager.submit(dialog).await.status, 303, "and the end put off");
    server.database.execute("UPDATE users SET role = 'member' WHERE username = 'olivia'");
    let sooner = edit_form(&manager.get(&here).await, id).fill("exact", "2026-11-21T09:00");
    assert_eq!(manager.submit(sooner).await.status, 303, "nobody is beyond any more");
}

async fn extending_in_time_keeps_everybody(kind: Kind) {
    let server = Server::start(kind);
    let id = fading(&server, "FADING-01").await;
    join(&server, "FADING-01", &["theo", "ines"]).await;
    let address = format!("/admin/invites/{id}/extend");
    server.advance(7 * DAY - 1);
    let manager = server.signed_in("mara", Role::Manager).await;
    let dialog = manager.get(&address).await;
    assert_eq!(
        dialog.one("#dialog .callout"),
        "Auto-delete is on. The 2 people who joined keep their accounts until the new date."
    );
    assert!(dialog.all("#dialog [name=restore]").is_empty(), "nobody has gone");
    assert_eq!(manager.submit(dialog.form(&address).fill("days", "1")).await.status, 303);
    server.advance(1);
    assert_eq!((cleaned(&server).await, here(&server).len()), (0, 3));
    server.advance(DAY);
    assert_eq!(manager.sign_in("mara", PASSWORD).await.status, 303);
    let page = manager.get(&format!("/admin/invites/{id}")).await;
    assert!(page.one("#going p").starts_with("2 people go at the next cleanup."), "{}", page.one("#going p"));
    assert_eq!((cleaned(&server).await, here(&server)), (2, vec!["mara manager".to_owned()]));
}

async fn whoever_is_kept_or_was_promoted_stays(kind: Kind) {
    let server = Server::start(kind);
    let id = fading(&server, "FADING-01").await;
    join(&server, "FADING-01", &["theo", "ines", "paul"]).await;
    server.database.execute("UPDATE users SET role_changed_at = created_at WHERE username = 'paul'");
    let manager = server.signed_in("mara", Role::Manager).await;
    let address = format!("/admin/invites/{id}");
    let verbs = |page: &Answer| {
        let actions = page.attributes("#people tbody form", "action");
        sorted(actions.iter().map(|action| action.rsplit('/').next().unwrap().to_owned()).collect())
    };
    let page = manager.get(&address).await;
    assert_eq!(page.all("#people tbody .badge"), ["Role changed"]);
    assert_eq!(verbs(&page), ["keep", "keep"], "who stays anyway needs no keeping");
    let ines = server.database.values("SELECT id AS value FROM users WHERE username = 'ines'").concat();
    let keep = format!("/admin/users/{}/keep", UserId::from_key(&ines).unwrap());
    assert_eq!(page.attributes(&format!("form[action='{keep}']"), "hx-post"), [keep.as_str()]);
    let from_here = manager.htmx().with("hx-current-url", &format!("http://{}{address}", server.address));
    let kept = from_here.submit(page.form(&keep)).await;
    assert_eq!(kept.header("hx-redirect"), address, "one stays on the page");
    let page = manager.get(&address).await;
    assert_eq!(sorted(page.all("#people tbody .badge")), ["Kept", "Role changed"]);
    assert_eq!(verbs(&page), ["keep", "unkeep"]);
    assert!(page.one("#going p").starts_with("1 person goes"));

    server.advance(7 * DAY);
    assert_eq!(cleaned(&server).await, 1);
    assert_eq!(here(&server), ["ines member", "mara manager", "paul member"]);
    assert_eq!(manager.sign_in("mara", PASSWORD).await.status, 303);
    let page = manager.get(&address).await;
    assert_eq!(sorted(page.all("#people .person__meta")), ["@ines", "@paul", "@theo · removed"]);
}

async fn deleting_the_code_cancels_it_and_taking_that_back_does_not(kind: Kind) {
    let server = Server::start(kind);
    let (gone, back) = (fading(&server, "FADING-01").await, fading(&server, "FADING-02").await);
    join(&server, "FADING-01", &["theo", "ines"]).await;
    join(&server, "FADING-02", &["noor"]).await;
    let manager = server.signed_in("mara", Role::Manager).await;
    for (id, who) in [(gone, "the 2 people who would be removed"), (back, "the person who would be removed")]
    {
        let address = format!("/admin/invites/{id}/delete");
        let question = manager.get(&address).await;
        let stays = if id == gone { "stay" } else { "stays" };
        let said =
            format!("Auto-delete is on. Deleting the code cancels it: {who} on 27 November 2026 {stays}.");
        assert_eq!(question.one("#dialog-cancels"), said);
        let list = manager.get(manager.submit(question.form(&address)).await.redirect()).await;
        if id == back {
            let undo = list.form(&format!("/admin/invites/{id}/restore"));
            assert_eq!(manager.submit(undo).await.status, 303);
        }
    }
    server.advance(7 * DAY);
    assert_eq!(cleaned(&server).await, 1);
    assert_eq!(here(&server), ["ines member", "mara manager", "theo member"]);
    assert_eq!(manager.sign_in("mara", PASSWORD).await.status, 303);
    let question = manager.get(&format!("/admin/invites/{back}/delete")).await;
    assert!(question.all("#dialog-cancels").is_empty(), "nothing waits any more");
}

async fn the_form_begins_as_the_instance_says(kind: Kind) {
    let server = Server::start(kind);
    let set = "UPDATE settings SET default_role = 'admin', default_max_uses = 5, default_expires_days = 30, \
               removal_grace_days = 0";
    server.database.execute(set);
    for (name, role, expected) in [("ada", Role::Admin, "admin"), ("mara", Role::Manager, "member")] {
        let page = server.signed_in(name, role).await.get("/admin/invites/new").await;
        assert_eq!(page.attributes("input[name=role][checked]", "value"), [expected], "{name}");
        let form = page.form("/admin/invites");
        assert_eq!((form.value("max_uses"), form.value("days"), form.value("expires")), ("5", "30", "set"));
        assert!(page.one("#words").starts_with("Up to 5 people can join"), "{}", page.one("#words"));
        assert!(page.one(".if-delete").contains("erased with their data at once"));
    }
}
