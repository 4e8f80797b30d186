//! Looking after codes: extending, pausing, deleting, editing, one by one and many at once.

use chrono::Duration;
use doorlist::domain::access::Role;
use doorlist::domain::expiry::Expiry;
use doorlist::domain::invite::UseLimit;

use crate::codes::{code, listed};
use crate::database::{Kind, both};
use crate::support::{Answer, Browser, Server};

both![
    an_end_is_put_off_from_itself_or_from_now,
    without_script_every_change_leads_back_and_can_be_undone,
    with_htmx_only_what_changed_comes_back,
    what_was_joined_with_bounds_an_edit,
    what_is_paused_already_is_not_paused_again,
    many_codes_are_changed_at_once,
    each_of_many_extensions_is_judged_by_its_own_end,
    wrong_days_for_many_codes_change_none_and_say_why,
];

/// The end of the only code, as the database has it.
fn end(server: &Server) -> String {
    let ends = server.database.values("SELECT CAST(expires_at AS TEXT) AS value FROM invites");
    ends.concat().replace('T', " ").chars().take(19).collect()
}

async fn extended(browser: &Browser, id: &str, days: &str) -> Answer {
    let dialog = browser.get(&format!("/admin/invites/{id}/extend")).await;
    browser.submit(dialog.form(&format!("/admin/invites/{id}/extend")).fill("days", days)).await
}

async fn an_end_is_put_off_from_itself_or_from_now(kind: Kind) {
    let day = Duration::days(1);
    for (present, days, expected) in [
        (Some(day), "7", "2026-11-28 09:00:00"),
        (Some(-day), "7", "2026-11-27 09:00:00"),
        (None, "1", "2026-11-21 09:00:00"),
    ] {
        let server = Server::start(kind);
        let now = server.app.clock.now();
        let present = present.map_or(Expiry::Never, |by| Expiry::At(now + by));
        let id = code(&server, "HARBOUR-42", |invite| invite.expiry = present).await;
        let browser = server.signed_in("mara", Role::Manager).await;
        let before = end(&server);
        for wrong in ["0", "-1", "1.5", "", "3651", "soon"] {
            let answer = extended(&browser, &id.to_string(), wrong).await;
            assert_eq!(answer.status, 422, "{wrong}");
            assert_eq!(answer.error_of("days"), "Enter a number from 1 to 3650.");
        }
        assert_eq!(end(&server), before, "nothing changed");
        assert_eq!(extended(&browser, &id.to_string(), days).await.redirect(), "/admin/invites?status=all");
        assert_eq!(end(&server), expected);
        let active = browser.get("/admin/invites").await;
        assert_eq!(listed(&active), ["HARBOUR-42"], "it is open again");
        assert_eq!(active.all("#toasts .toast p").len(), 1);
        let far = extended(&browser, &id.to_string(), "3650").await;
        assert_eq!(far.error_of("days"), "Choose a time within the next 10 years.");
        assert_eq!(server.audit("invite.extended").await.len(), 1);
    }
}

/// Submits the one form to an address that stands on a page.
async fn press(browser: &Browser, page: &str, action: &str) -> Answer {
    browser.submit(browser.get(page).await.form(action)).await
}

async fn without_script_every_change_leads_back_and_can_be_undone(kind: Kind) {
    let server = Server::start(kind);
    let id = code(&server, "HARBOUR-42", |_| {}).await.to_string();
    let here = format!("/admin/invites/{id}");
    let browser = server.signed_in("mara", Role::Manager).await;
    let back = press(&browser, &here, &format!("{here}/pause")).await;
    let list = browser.get(back.redirect()).await;
    assert_eq!(list.all("#toasts .toast p"), ["HARBOUR-42 paused"]);
    assert_eq!(list.attributes("#toasts form", "action"), [format!("{here}/resume")], "it can be undone");
    assert_eq!(server.count("invites WHERE paused"), 1);
    let back = press(&browser, &here, &format!("{here}/resume")).await;
    let list = browser.get(back.redirect()).await;
    assert_eq!(list.attributes("#toasts form", "action"), [format!("{here}/pause")]);
    assert_eq!(server.count("invites WHERE paused"), 0);

    let question = browser.get(&format!("{here}/delete")).await;
    assert!(question.one("#dialog-text").starts_with("HARBOUR-42 stops working at once."));
    let gone = browser.submit(question.form(&format!("{here}/delete"))).await;
    let list = browser.get(gone.redirect()).await;
    assert_eq!((listed(&list).len(), list.all("#toasts .toast p")), (0, vec!["Code deleted".to_owned()]));
    for path in [here.clone(), format!("{here}/extend"), format!("{here}/delete"), format!("{here}/share")] {
        assert_eq!(browser.get(&path).await.status, 404, "{path}");
    }
    assert_eq!(browser.submit(question.form(&format!("{here}/delete"))).await.status, 404, "only once");
    let undo = list.form(&format!("{here}/restore"));
    let restored = browser.submit(undo.clone()).await;
    assert_eq!(listed(&browser.get(restored.redirect()).await), ["HARBOUR-42"]);
    assert_eq!(browser.submit(undo).await.status, 404, "only once");
    for action in ["invite.paused", "invite.resumed", "invite.deleted", "invite.restored"] {
        assert_eq!(server.audit(action).await.len(), 1, "{action}");
    }
}

async fn with_htmx_only_what_changed_comes_back(kind: Kind) {
    let server = Server::start(kind);
    let id = code(&server, "HARBOUR-42", |_| {}).await.to_string();
    let here = format!("/admin/invites/{id}");
    let browser = server.signed_in("mara", Role::Manager).await.htmx().with("sec-fetch-site", "same-origin");
    for path in ["/admin/invites/new".to_owned(), format!("{here}/extend"), format!("{here}/share")] {
        let dialog = browser.get(&path).await;
        assert_eq!((dialog.status, dialog.all("dialog").len()), (200, 1), "{path}");
        assert!(!dialog.text().contains("<html") && !dialog.text().contains("<table"), "{path}");
    }
    let list = browser.get("/admin/invites?status=all").await;
    assert!(list.text().trim_start().starts_with("<div id=\"invites\"") && !list.text().contains("<html"));

    let wrong = browser.post(&format!("{here}/extend"), &[("days", "0")]).await;
    assert_eq!((wrong.status, wrong.all("dialog").len()), (422, 1));
    assert_eq!(wrong.error_of("days"), "Enter a number from 1 to 3650.");
    for (verb, fields, status) in
        [("extend", vec![("days", "7")], "active"), ("pause", vec![], "paused"), ("resume", vec![], "active")]
    {
        let row = browser.post(&format!("{here}/{verb}"), &fields).await;
        let text = row.text();
        assert_eq!(row.status, 200, "{verb}");
        assert!(
            text.contains(&format!("<tr role=\"row\" id=\"{id}\"")) && !text.contains("<html"),
            "{verb}: {text}"
        );
        assert!(
            text.contains(&format!("data-live=\"{status}\"")) && text.contains("tab-count-1"),
            "{verb}: {text}"
        );
        assert!(text.contains("beforeend:#toasts"), "{verb}: {text}");
    }
    let gone = browser.post(&format!("{here}/delete"), &[]).await.text();
    assert!(
        gone.contains(&format!("id=\"{id}\" hx-swap-oob=\"delete\"")) && gone.contains("/restore"),
        "{gone}"
    );
    let back = browser.post(&format!("{here}/restore"), &[]).await;
    assert_eq!(back.header("hx-redirect"), "/admin/invites");

    let fields = [("label", ""), ("code", ""), ("max_uses", "0"), ("role", "member"), ("count", "1")];
    let refused = browser.post("/admin/invites", &fields).await;
    assert_eq!((refused.status, refused.all("dialog").len()), (422, 1));
    let fields = fields.map(|(name, value)| if name == "max_uses" { (name, "1") } else { (name, value) });
    let made = browser.post("/admin/invites", &fields).await;
    assert_eq!((made.status, made.all("#dialog-title").concat().as_str()), (200, "Code generated"));
    assert_eq!(listed(&made).first(), made.all(".slip .code--xl").first(), "the list with it comes along");
}

async fn what_was_joined_with_bounds_an_edit(kind: Kind) {
    let server = Server::start(kind);
    let id = code(&server, "HARBOUR-42", |invite| {
        invite.uses = 3;
        invite.limit = UseLimit::stored(Some(5));
    })
    .await;
    let fresh = code(&server, "HARBOUR-43", |_| {}).await;
    let browser = server.signed_in("mara", Role::Admin).await;
    let ours = browser.with("sec-fetch-site", "same-origin");
    let edit = |id: String, most, role, exact| {
        let ours = ours.clone();
        async move {
            let fields = [("label", "New name"), ("max_uses", most), ("role", role), ("exact", exact)];
            ours.post(&format!("/admin/invites/{id}"), &fields).await
        }
    };
    for (most, role, exact, field, message) in [
        ("2", "", "", "max_uses", "3 people already joined. Enter 3 or more."),
        ("0", "", "", "max_uses", "Enter 1 or more, or leave empty for unlimited."),
        ("5", "", "2020-01-01T00:00", "exact", "Choose a time in the future."),
    ] {
        let answer = edit(id.to_string(), most, role, exact).await;
        assert_eq!((answer.status, answer.one(&format!("#{field}-error")).as_str()), (422, message));
        assert_eq!(
            answer.form(&format!("/admin/invites/{id}")).value("label"),
            "New name",
            "what was typed is kept"
        );
    }
    let role = edit(id.to_string(), "5", "support", "").await;
    assert_eq!(role.status, 422, "the role stays once somebody has joined");
    assert!(role.text().contains("The role can be changed only while nobody has joined."));
    assert_eq!(server.audit("invite.edited").await.len(), 0);
    assert_eq!(edit(id.to_string(), "3", "", "").await.redirect(), format!("/admin/invites/{id}"));
    assert_eq!(edit(fresh.to_string(), "", "support", "2026-12-24T18:00").await.status, 303);
    let rows = "SELECT label || ' ' || role || ' ' || standing AS value FROM invites ORDER BY code";
    assert_eq!(server.database.values(rows), ["New name member used_up", "New name support active"]);
    let history = browser.get(&format!("/admin/invites/{fresh}")).await.all("#history li");
    assert!(history[0].contains("Role: Member → Support"), "{history:?}");
}

async fn what_is_paused_already_is_not_paused_again(kind: Kind) {
    let server = Server::start(kind);
    let id = code(&server, "HARBOUR-42", |_| {}).await.to_string();
    let browser = server.signed_in("mara", Role::Manager).await.with("sec-fetch-site", "same-origin");
    for (verb, action, paused) in [
        ("resume", "invite.resumed", 0),
        ("pause", "invite.paused", 1),
        ("pause", "invite.paused", 1),
        ("resume", "invite.resumed", 0),
        ("resume", "invite.resumed", 0),
    ] {
        let row = "SELECT CAST(updated_at AS TEXT) || ' ' || paused AS value FROM invites";
        let (before, was) = (server.database.values(row), server.count("invites WHERE paused"));
        let told = server.audit(action).await.len();
        server.advance(1);
        let answer = browser.post(&format!("/admin/invites/{id}/{verb}"), &[]).await;
        assert_eq!(answer.redirect(), "/admin/invites?status=all", "{verb}");
        assert_eq!(server.count("invites WHERE paused"), paused, "{verb}");
        let changed = usize::from(was != paused);
        assert_eq!(server.audit(action).await.len(), told + changed, "{verb}");
        assert_eq!(server.database.values(row) != before, changed == 1, "{verb}");
        let many = [("invite", id.as_str()), ("action", verb)];
        browser.post("/admin/invites/bulk", &many).await.redirect();
        assert_eq!(server.audit(action).await.len(), told + changed, "{verb}, as one of many");
    }
    assert_eq!(
        (server.audit("invite.paused").await.len(), server.audit("invite.resumed").await.len()),
        (1, 1)
    );
}

async fn many_codes_are_changed_at_once(kind: Kind) {
    let server = Server::start(kind);
    let mut ids = Vec::new();
    for number in 0..3 {
        ids.push(code(&server, &format!("NUMBER-{number}"), |_| {}).await.to_string());
    }
    let above = code(&server, "FOR-ADMINS", |invite| invite.role = Role::Admin).await.to_string();
    let browser = server.signed_in("mara", Role::Manager).await;
    for (action, days, said, rest) in [
        ("pause", "7", "3 codes paused, 1 code left as before", "paused"),
        ("resume", "7", "3 codes resumed, 1 code left as before", "NOT paused AND role = 'member'"),
        ("extend", "7", "3 codes extended, 1 code left as before", "expires_at IS NOT NULL"),
        ("delete", "7", "3 codes deleted, 1 code left as before", "deleted_at IS NOT NULL"),
    ] {
        let mut form = browser.get("/admin/invites").await.form("/admin/invites/bulk");
        form.fields.retain(|(name, _)| name == "csrf");
        let form = ids.iter().chain([&above]).fold(form, |form, id| form.add("invite", id));
        let back = browser.submit(form.add("action", action).add("days", days)).await;
        let list = browser.get(back.redirect()).await;
        assert_eq!(list.all("#toasts .toast p"), [said]);
        assert_eq!(server.count(&format!("invites WHERE {rest}")), 3, "{action}");
    }
    let ours = browser.with("sec-fetch-site", "same-origin");
    server.database.execute("UPDATE invites SET deleted_at = NULL");
    let half = [("invite", ids[0].as_str()), ("invite", "inv_x"), ("action", "delete")];
    assert_eq!(ours.post("/admin/invites/bulk", &half).await.status, 404);
    assert_eq!(server.count("invites WHERE deleted_at IS NOT NULL"), 0, "one that is none stops all");
    for fields in
        [[("invite", ids[0].as_str()), ("action", "explode")], [("invite", "inv_x"), ("action", "pause")]]
    {
        assert!([404, 422].contains(&ours.post("/admin/invites/bulk", &fields).await.status));
    }
}

async fn wrong_days_for_many_codes_change_none_and_say_why(kind: Kind) {
    let server = Server::start(kind);
    let id = code(&server, "HARBOUR-42", |_| {}).await.to_string();
    let browser = server.signed_in("mara", Role::Manager).await.with("sec-fetch-site", "same-origin");
    for days in ["0", "3651", "1.5", ""] {
        let fields = [("invite", id.as_str()), ("action", "extend"), ("days", days)];
        let back = browser.post("/admin/invites/bulk", &fields).await;
        let said = browser.get(back.redirect()).await.one("#toasts .toast p");
        assert!(said.contains("Enter a number from 1 to 3650."), "{days}: {said}");
    }
    assert_eq!(server.count("invites WHERE expires_at IS NULL"), 1);
    assert_eq!(server.audit("invite.extended").await.len(), 0);
}

async fn each_of_many_extensions_is_judged_by_its_own_end(kind: Kind) {
    let server = Server::start(kind);
    let now = server.app.clock.now();
    let mut ids = Vec::new();
    for (text, days) in [("SOON-OVER", 1), ("FAR-AWAY-1", 3_645), ("LAST-DAY", 3_643)] {
        let end = Expiry::At(now + Duration::days(days));
        ids.push(code(&server, text, |invite| invite.expiry = end).await.to_string());
    }
    let browser = server.signed_in("mara", Role::Manager).await.with("sec-fetch-site", "same-origin");
    let mut fields: Vec<_> = ids.iter().map(|id| ("invite", id.as_str())).collect();
    fields.extend([("action", "extend"), ("days", "7")]);
    let back = browser.post("/admin/invites/bulk", &fields).await;
    assert_eq!(
        browser.get(back.redirect()).await.all("#toasts .toast p"),
        ["2 codes extended, 1 code left as before. Choose a time within the next 10 years."]
    );
    let ends = "SELECT CAST(expires_at AS TEXT) AS value FROM invites ORDER BY code";
    let days: Vec<_> =
        server.database.values(ends).iter().map(|end| end.chars().take(10).collect::<String>()).collect();
    assert_eq!(days, ["2036-11-12", "2036-11-17", "2026-11-28"]);
    assert_eq!(server.audit("invite.extended").await.len(), 2);
}
