//! Invite Code Management: making codes, finding them again, and looking after them.

use chrono::Duration;
use doorlist::domain::access::Role;
use doorlist::domain::expiry::Expiry;
use doorlist::domain::invite::UseLimit;

use crate::codes::{code, listed, new_form, with_role};
use crate::database::{Kind, both};
use crate::support::{PASSWORD, Server};

both![
    a_new_code_is_shown_with_its_link_and_stands_first_in_the_list,
    each_fault_stands_beside_its_field_and_nothing_is_made,
    a_batch_is_made_whole_or_not_at_all,
    what_the_form_would_make_is_said_while_it_is_filled_in,
    another_like_it_begins_with_the_same_settings,
    each_tab_holds_and_counts_its_own,
    codes_and_labels_are_found_by_how_they_begin,
    a_list_of_pages_has_no_gap_and_no_double_while_codes_are_made,
    the_file_holds_the_list_and_no_formula,
];

async fn a_new_code_is_shown_with_its_link_and_stands_first_in_the_list(kind: Kind) {
    let server = Server::start(kind);
    code(&server, "OLDER-CODE", |_| {}).await;
    server.advance(1);
    let browser = server.signed_in("mara", Role::Manager).await;
    let form = new_form(&browser).await.fill("label", " Autumn  cohort ").fill("max_uses", "2");
    let form = with_role(form, "support").add("expires", "set").fill("days", "7");
    let made = browser.submit(form).await;
    let shown = browser.get(made.redirect()).await;
    let text = shown.one(".slip .code--xl");
    assert_eq!((text.len(), text.split('-').count()), (14, 3), "{text}");
    assert_eq!(shown.one(".secret code"), format!("http://{}/join#{text}", server.address));
    assert_eq!(
        shown.one(".dialog__lede"),
        "Up to 2 people can join as Support until 27 November 2026, 09:00 UTC."
    );
    assert_eq!(listed(&shown), [text.as_str(), "OLDER-CODE"], "newest first");

    let row = "SELECT coalesce(label, '') || ' ' || role || ' ' || CAST(max_uses AS TEXT) AS value FROM invites \
               WHERE label IS NOT NULL";
    assert_eq!(server.database.values(row), ["Autumn cohort support 2"]);
    assert_eq!(browser.get(made.redirect()).await.status, 200);
    assert_eq!(server.count("invites"), 2, "looking again makes nothing anew");
    let audit = server.audit("invite.created").await;
    assert_eq!((audit.len(), audit[0].actor_role.as_deref()), (1, Some("manager")));
    assert!(!audit[0].changes.as_deref().unwrap().contains(&text), "the log holds no code in clear");
}

const LIMIT: &str = "Enter 1 or more, or leave empty for unlimited.";
const DAYS: &str = "Enter a number from 1 to 3650.";
const COUNT: &str = "Enter 1 to 100.";
const TAKEN: &str = "This code reads like an existing one. Choose another.";
const CODE: &str = "Use 6 to 32 letters, digits and hyphens.";

/// What is wrong in a field, and what stands beside it then.
const FAULTS: &[(&str, &str, &str)] = &[
    ("max_uses", "0", LIMIT),
    ("max_uses", "-1", LIMIT),
    ("max_uses", "1.5", LIMIT),
    ("max_uses", "1000001", LIMIT),
    ("max_uses", "99999999999999999999", LIMIT),
    ("max_uses", "many", LIMIT),
    ("days", "0", DAYS),
    ("days", "-1", DAYS),
    ("days", "1.5", DAYS),
    ("days", "3651", DAYS),
    ("days", "99999999999999999999", DAYS),
    ("days", "soon", DAYS),
    ("days", "", DAYS),
    ("exact", "2026-11-20T09:00", "Choose a time in the future."),
    ("exact", "2020-01-01T00:00", "Choose a time in the future."),
    ("exact", "2037-01-01T00:00", "Choose a time within the next 10 years."),
    ("exact", "soon", "Enter a date and a time."),
    ("exact", "2026-02-30T12:00", "Enter a date and a time."),
    ("role", "king", "Choose a role."),
    ("role", "", "Choose a role."),
    ("role", "owner", "You can hand out roles up to Admin."),
    ("count", "0", COUNT),
    ("count", "-1", COUNT),
    ("count", "1.5", COUNT),
    ("count", "", COUNT),
    ("count", "101", COUNT),
    ("code", "short", CODE),
    ("code", "-sh-ort-", CODE),
    ("code", "not a code", CODE),
    ("code", "K7QM-2XHD-ÄÖÜ", CODE),
    ("code", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", CODE),
    ("code", "f0oli1-io", TAKEN),
    ("code", "foo-lil-10", TAKEN),
    ("code", "GONECODE", TAKEN),
];

async fn each_fault_stands_beside_its_field_and_nothing_is_made(kind: Kind) {
    let server = Server::start(kind);
    code(&server, "FOO-LIL-10", |_| {}).await;
    code(&server, "GONE-CODE", |_| {}).await;
    server.database.execute("UPDATE invites SET deleted_at = created_at WHERE code = 'GONE-CODE'");
    let browser = server.signed_in("mara", Role::Admin).await;
    let good = new_form(&browser).await.add("expires", "set").fill("label", "Autumn");
    let long = "é".repeat(101);
    let faults = FAULTS.iter().copied().chain([("label", long.as_str(), "Use 100 characters or fewer.")]);
    for (field, wrong, message) in faults {
        let answer = browser.submit(good.clone().fill(field, wrong)).await;
        assert_eq!(
            (answer.status, answer.one(&format!("#{field}-error")).as_str()),
            (422, message),
            "{field} {wrong}"
        );
        assert_eq!(answer.attributes(".error-summary a", "href"), [format!("#{field}")], "{field} {wrong}");
        let kept = answer.form("/admin/invites");
        for other in ["label", "max_uses", "days", "exact", "count", "code"] {
            let expected = if other == field { wrong } else { good.value(other) };
            assert_eq!(kept.value(other), expected, "{other} beside {field} {wrong}");
        }
    }
    let two = browser.submit(good.clone().fill("code", "SUMMER-26").fill("count", "2")).await;
    assert_eq!(two.one("#count-error"), "A code of your own can be made once only. Enter 1.");
    assert_eq!((server.count("invites"), server.audit("invite.created").await.len()), (2, 0));
    assert_eq!(browser.submit(good.fill("code", "SUMMER-26")).await.status, 303);
}

async fn a_batch_is_made_whole_or_not_at_all(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.signed_in("mara", Role::Manager).await;
    let form = new_form(&browser).await.fill("count", "100").fill("label", "Fair");
    server.database.execute("ALTER TABLE audit RENAME TO away");
    assert_eq!(browser.submit(form.clone()).await.status, 500);
    server.database.execute("ALTER TABLE away RENAME TO audit");
    assert_eq!(server.count("invites"), 0, "none without its audit row");

    let made = browser.submit(form).await;
    let shown = browser.get(made.redirect()).await;
    let codes = shown.all(".code-list .code");
    assert_eq!(
        (codes.len(), server.count("invites"), shown.one("#dialog-title").as_str()),
        (100, 100, "100 codes generated")
    );
    assert_eq!(server.count("(SELECT DISTINCT batch_id FROM invites WHERE label = 'Fair') AS batches"), 1);
    assert_eq!(server.audit("invite.created").await.len(), 100);
    let file = browser.get(&shown.attributes("a[download]", "href")[0]).await.text();
    assert!(codes.iter().all(|code| file.contains(code.as_str())));
}

async fn what_the_form_would_make_is_said_while_it_is_filled_in(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.signed_in("mara", Role::Manager).await;
    let mut form = new_form(&browser).await.fill("max_uses", "3").add("expires", "set");
    form.action = "/admin/invites/preview".to_owned();
    let said = browser.htmx().submit(form.clone()).await;
    assert_eq!(said.status, 200);
    assert_eq!(said.all("p"), ["Up to 3 people can join as Member until 27 November 2026, 09:00 UTC."]);
    let wrong = browser.htmx().submit(form.fill("max_uses", "0")).await;
    assert_eq!(wrong.all(".field__error"), ["Enter 1 or more, or leave empty for unlimited."]);
    assert_eq!(server.count("invites"), 0);
}

async fn another_like_it_begins_with_the_same_settings(kind: Kind) {
    let server = Server::start(kind);
    let now = server.app.clock.now();
    // The end is reckoned when the form arrives, a moment before the code is made.
    let a_week = now + Duration::days(7) - Duration::milliseconds(3);
    let id = code(&server, "HARBOUR-42", |invite| {
        (invite.label, invite.role) = (Some("Crew".to_owned()), Role::Support);
        (invite.limit, invite.expiry) = (UseLimit::stored(Some(3)), Expiry::At(a_week));
    })
    .await;
    let browser = server.signed_in("mara", Role::Manager).await;
    server.advance(60);
    let page = browser.get(&format!("/admin/invites/new?like={id}")).await;
    let form = page.form("/admin/invites");
    for (field, value) in [
        ("label", "Crew"),
        ("max_uses", "3"),
        ("days", "7"),
        ("expires", "set"),
        ("code", ""),
        ("count", "1"),
    ] {
        assert_eq!(form.value(field), value, "{field}");
    }
    assert_eq!(page.attributes("input[name=role][checked]", "value"), ["support"]);
}

async fn each_tab_holds_and_counts_its_own(kind: Kind) {
    let server = Server::start(kind);
    let end = server.app.clock.now() + Duration::seconds(60);
    code(&server, "ACTIVE-11", |_| {}).await;
    code(&server, "PAUSED-11", |invite| invite.paused = true).await;
    code(&server, "ENDING-11", |invite| invite.expiry = Expiry::At(end)).await;
    code(&server, "USED-UP-1", |invite| {
        invite.limit = UseLimit::stored(Some(2));
        invite.uses = 2;
    })
    .await;
    code(&server, "DELETED-1", |_| {}).await;
    server.database.execute("UPDATE invites SET deleted_at = created_at WHERE code = 'DELETED-1'");
    let browser = server.signed_in("mara", Role::Admin).await;
    let before = browser.get("/admin/invites").await;
    assert_eq!(before.all(".tab .count"), ["2", "1", "0", "1", "4"]);
    assert_eq!(listed(&before).len(), 2);

    server.advance(60);
    for (status, codes) in [
        ("", vec!["ACTIVE-11"]),
        ("?status=active", vec!["ACTIVE-11"]),
        ("?status=paused", vec!["PAUSED-11"]),
        ("?status=expired", vec!["ENDING-11"]),
        ("?status=used_up", vec!["USED-UP-1"]),
    ] {
        let page = browser.get(&format!("/admin/invites{status}")).await;
        assert_eq!(
            (listed(&page), page.all(".tab .count").join(" ")),
            (owned(&codes), "1 1 1 1 4".to_owned()),
            "{status}"
        );
    }
    assert_eq!(listed(&browser.get("/admin/invites?status=all").await).len(), 4);
}

fn owned(codes: &[&str]) -> Vec<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}

async fn codes_and_labels_are_found_by_how_they_begin(kind: Kind) {
    let server = Server::start(kind);
    let mara = server.person("mara", Role::Admin).await;
    code(&server, "K7QM-2XHD", |invite| invite.label = Some("Autumn Fair".to_owned())).await;
    code(&server, "K7QM-9RTB", |invite| {
        invite.role = Role::Support;
        invite.created_by = Some(mara);
    })
    .await;
    code(&server, "OTHER-CODE", |invite| invite.label = Some("k7 tent".to_owned())).await;
    let browser = server.browser();
    browser.sign_in("mara", PASSWORD).await;
    for (query, codes) in [
        ("q=k7qm", vec!["K7QM-2XHD", "K7QM-9RTB"]),
        ("q=K7QM+2x", vec!["K7QM-2XHD"]),
        ("q=k7", vec!["K7QM-2XHD", "K7QM-9RTB", "OTHER-CODE"]),
        ("q=autumn+f", vec!["K7QM-2XHD"]),
        ("q=http%3A%2F%2Fx%2Fjoin%23K7QM-9RTB", vec!["K7QM-9RTB"]),
        ("q=%25", vec![]),
        ("q=zebra", vec![]),
        ("role=support", vec!["K7QM-9RTB"]),
        (&format!("by={mara}"), vec!["K7QM-9RTB"]),
        (&format!("by={mara}&role=member"), vec![]),
    ] {
        let mut found = listed(&browser.get(&format!("/admin/invites?status=all&{query}")).await);
        found.sort();
        assert_eq!(found, owned(&codes), "{query}");
    }
}

async fn a_list_of_pages_has_no_gap_and_no_double_while_codes_are_made(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.signed_in("mara", Role::Admin).await;
    let mut expected = Vec::new();
    for number in 0..120 {
        let text = format!("NUMBER-{number}");
        code(&server, &text, |_| {}).await;
        server.advance(1);
        expected.insert(0, text);
    }
    let mut seen = Vec::new();
    let mut next = Some("/admin/invites".to_owned());
    while let Some(address) = next {
        let page = browser.get(&address).await;
        let codes = listed(&page);
        assert!((1..=50).contains(&codes.len()), "{}", codes.len());
        seen.extend(codes);
        code(&server, &format!("BETWEEN-{}", seen.len()), |_| {}).await;
        server.advance(1);
        next = page.attributes("a[rel=next]", "href").pop();
    }
    assert_eq!(seen, expected);
}

async fn the_file_holds_the_list_and_no_formula(kind: Kind) {
    let server = Server::start(kind);
    let label = "=HYPERLINK(\"http://x\"), \"a\"";
    code(&server, "HARBOUR-42", |invite| invite.label = Some(label.to_owned())).await;
    code(&server, "PAUSED-11", |invite| invite.paused = true).await;
    let browser = server.signed_in("mara", Role::Manager).await;
    let file = browser.get("/admin/invites.csv").await;
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert!(file.header("content-disposition").starts_with("attachment"));
    let lines: Vec<_> = file.text().split("\r\n").map(str::to_owned).collect();
    let link = format!("http://{}/join#HARBOUR-42", server.address);
    let row = format!(
        "HARBOUR-42,{link},\"'=HYPERLINK(\"\"http://x\"\"), \"\"a\"\"\",active,member,0,,,2026-11-20T09:00:00Z,,false"
    );
    assert_eq!(lines[1..], [row, String::new()]);
    let all = browser.get("/admin/invites.csv?status=all").await.text();
    assert_eq!(all.lines().count(), 3);
}
