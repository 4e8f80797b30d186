//! The people who joined with a code, and what staff make of them.

use doorlist::domain::access::Role;
use doorlist::domain::id::UserId;

use crate::codes::{code, join_form};
use crate::database::{Kind, both};
use crate::support::{Answer, Browser, PASSWORD, Server};

both![
    whoever_joins_with_a_code_waits_until_somebody_has_looked,
    a_row_turns_into_what_was_done_and_back,
    a_decision_leads_back_to_where_it_was_made,
    a_note_is_kept_shown_and_bounded,
    signals_name_who_shares_an_address_and_who_never_came_back,
    every_staff_role_may_look_at_everybody_but_themselves,
    nobody_reviews_who_did_not_join_with_a_code_or_is_gone,
    many_are_approved_at_once,
    a_long_queue_has_pages_and_a_short_number,
];

const CODE: &str = "K7QM-2XHD-9RTB";

/// Somebody who joined with the code of these tests, and their browser.
async fn join(server: &Server, username: &str, browser: &Browser) -> String {
    server.advance(1);
    let form = join_form(browser, CODE, username).await;
    assert_eq!(browser.submit(form).await.status, 303);
    id_of(server, username)
}

fn id_of(server: &Server, username: &str) -> String {
    let key = server.database.values(&format!("SELECT id AS value FROM users WHERE username = '{username}'"));
    UserId::from_key(&key.concat()).unwrap().to_string()
}

/// A server whose code brought these people in.
async fn with_people(kind: Kind, names: &[&str]) -> Server {
    let server = Server::start(kind);
    code(&server, CODE, |invite| invite.label = Some("Autumn cohort".to_owned())).await;
    for name in names {
        join(&server, name, &server.browser()).await;
    }
    server
}

async fn staff(server: &Server, role: Role) -> Browser {
    server.signed_in(&format!("the.{}", role.key()), role).await.with("sec-fetch-site", "same-origin")
}

fn names(page: &Answer) -> Vec<String> {
    page.all("#review tbody .person__name")
}

fn review_of(server: &Server, username: &str) -> String {
    let columns = "coalesce(review, '-') || ' ' || coalesce(review_note, '-')";
    server
        .database
        .values(&format!("SELECT {columns} AS value FROM users WHERE username = '{username}'"))
        .concat()
}

async fn whoever_joins_with_a_code_waits_until_somebody_has_looked(kind: Kind) {
    let server = with_people(kind, &["elif.d"]).await;
    let support = staff(&server, Role::Support).await;
    let page = support.get("/admin/review").await;
    assert_eq!(names(&page), ["elif.d"]);
    assert_eq!(page.all(".tab .count"), ["1", "0", "0"]);
    assert_eq!(page.one("#nav-waiting"), "1 waiting");
    assert_eq!(page.one("#review tbody td:nth-child(3)"), "K7QM-••••-••••Autumn cohort · command line");
    assert_eq!(page.one("#review tbody td:nth-child(5)"), "None");
    let id = id_of(&server, "elif.d");
    let forms = page.attributes("#review tbody form", "action");
    assert_eq!(forms, vec![format!("/admin/users/{id}/review"); 2], "to approve, and to flag with a note");
    let keys = page.all("#review tbody [data-approve], #review tbody [data-flag]");
    assert_eq!(keys, ["Approve elif.d", ""], "both are within reach of a key");
}

async fn a_row_turns_into_what_was_done_and_back(kind: Kind) {
    let server = with_people(kind, &["elif.d"]).await;
    let support = staff(&server, Role::Support).await;
    let id = id_of(&server, "elif.d");
    let here = format!("/admin/users/{id}/review");
    let approved = support.htmx().post(&here, &[("state", "approved"), ("back", "waiting")]).await;
    assert_eq!((approved.status, review_of(&server, "elif.d").as_str()), (200, "approved -"));
    assert!(approved.text().starts_with("<tr role=\"row\" id=\"usr_"), "{}", approved.text());
    assert!(approved.text().contains("elif.d approved"));
    for part in [
        "id=\"tab-count-1\" data-live=\"0\"",
        "id=\"tab-count-3\" data-live=\"1\"",
        "id=\"nav-waiting\" hidden",
    ] {
        assert!(approved.text().contains(part), "{part} in {}", approved.text());
    }
    // What its form holds; a row alone is no document.
    let undo = [("state", "waiting"), ("note", ""), ("undo", "on"), ("back", "waiting")];
    for (name, value) in &undo[1..] {
        assert!(approved.text().contains(&format!("name=\"{name}\" value=\"{value}\"")), "{name}");
    }
    assert!(approved.text().contains("name=\"state\" value=\"waiting\" data-refocus"));
    let back = support.htmx().post(&here, &undo).await;
    assert_eq!((back.status, review_of(&server, "elif.d").as_str()), (200, "waiting -"));
    assert!(back.text().contains("data-approve") && back.text().contains("id=\"nav-waiting\" hx-swap-oob"));
    let again = support.htmx().post(&here, &undo).await;
    assert_eq!(again.status, 200);
    let rows: Vec<_> =
        server.audit("review.reopened").await.into_iter().map(|row| row.changes.unwrap()).collect();
    assert_eq!(rows, [r#"{"review":["approved","waiting"]}"#], "the same again is no change");
}

async fn a_decision_leads_back_to_where_it_was_made(kind: Kind) {
    let server = with_people(kind, &["elif.d"]).await;
    let manager = staff(&server, Role::Manager).await;
    let id = id_of(&server, "elif.d");
    let (here, own) = (format!("/admin/users/{id}/review"), format!("/admin/users/{id}"));
    let from_queue = manager.post(&here, &[("state", "flagged"), ("note", ""), ("back", "waiting")]).await;
    assert_eq!(from_queue.redirect(), "/admin/review");
    let page = manager.get("/admin/review?state=flagged").await;
    assert_eq!(
        (names(&page), page.one("#toasts p")),
        (vec!["elif.d".to_owned()], "elif.d flagged".to_owned())
    );
    let from_own_page = manager.post(&here, &[("state", "approved"), ("note", "Called")]).await;
    assert_eq!(from_own_page.redirect(), own);
    assert_eq!(review_of(&server, "elif.d"), "approved Called");
    let by_htmx = manager.htmx().post(&here, &[("state", "waiting")]).await;
    assert_eq!((by_htmx.status, by_htmx.header("hx-redirect")), (204, own.as_str()));
    assert_eq!(review_of(&server, "elif.d"), "waiting Called", "the note stays with whoever looks next");
    let page = manager.get(&own).await;
    assert_eq!(page.one("#review .badge"), "Waiting");
}

async fn a_note_is_kept_shown_and_bounded(kind: Kind) {
    let server = with_people(kind, &["luca.m"]).await;
    let support = staff(&server, Role::Support).await;
    let here = format!("/admin/users/{}/review", id_of(&server, "luca.m"));
    let most = "é".repeat(500);
    let flagged = support.post(&here, &[("state", "flagged"), ("note", &most), ("back", "waiting")]).await;
    assert_eq!(flagged.status, 303);
    let page = support.get("/admin/review?state=flagged").await;
    assert_eq!(page.one("#review tbody td:nth-child(5)"), most);
    let before = server.database.dump();
    for browser in [support.clone(), support.htmx()] {
        let long = "é".repeat(501);
        let refused =
            browser.post(&here, &[("state", "flagged"), ("note", &long), ("back", "flagged")]).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text().contains("Use 500 characters or fewer."));
        assert!(refused.text().contains(&long), "what was typed stays");
        assert!(refused.text().contains("aria-invalid=\"true\""));
        assert_eq!(refused.text().contains("<html"), !refused.text().starts_with("<tr"));
    }
    assert_eq!(server.database.dump(), before);
    for state in ["", "gone", "Approved"] {
        assert_eq!(
            support.post(&here, &[("state", state), ("back", "waiting")]).await.status,
            422,
            "{state}"
        );
    }
    assert_eq!(server.database.dump(), before);
}

async fn signals_name_who_shares_an_address_and_who_never_came_back(kind: Kind) {
    let server = with_people(kind, &["ana.s"]).await;
    let shared = server.browser();
    join(&server, "luca.m", &shared).await;
    join(&server, "noah.b", &server.browser_at(&shared.address().to_string())).await;
    let support = staff(&server, Role::Support).await;
    let signals = |page: &Answer| page.all("#review tbody td:nth-child(5)");
    let page = support.get("/admin/review").await;
    assert_eq!(names(&page), ["noah.b", "luca.m", "ana.s"]);
    assert_eq!(signals(&page), ["Same address as @luca.m", "Same address as @noah.b", "None"]);
    // One comes back within the five days, the others do not.
    server.advance(2 * 86_400);
    assert_eq!(server.browser().sign_in("luca.m", PASSWORD).await.status, 303);
    server.advance(4 * 86_400);
    let support = staff_again(&server).await;
    let page = support.get("/admin/review").await;
    assert_eq!(
        signals(&page),
        ["Same address as @luca.mNo sign-in for 6 days", "Same address as @noah.b", "No sign-in for 6 days"]
    );
}

async fn staff_again(server: &Server) -> Browser {
    let browser = server.browser();
    assert_eq!(browser.sign_in("the.support", PASSWORD).await.status, 303);
    browser
}

async fn every_staff_role_may_look_at_everybody_but_themselves(kind: Kind) {
    let server = Server::start(kind);
    let mut ids = Vec::new();
    for role in Role::ALL {
        let name = format!("new.{}", role.key());
        ids.push((role, server.person(&name, role).await));
        let brought = format!("UPDATE users SET review = 'waiting' WHERE username = '{name}'");
        server.database.execute(&brought);
    }
    for actor in Role::ALL {
        let browser = server.browser();
        assert_eq!(browser.sign_in(&format!("new.{}", actor.key()), PASSWORD).await.status, 303);
        for (role, id) in &ids {
            let before = review_of(&server, &format!("new.{}", role.key()));
            let here = format!("/admin/users/{id}/review");
            let state = if before.starts_with("approved") { "flagged" } else { "approved" };
            let answer = browser.with("sec-fetch-site", "same-origin").post(&here, &[("state", state)]).await;
            let may = actor != Role::Member && actor != *role;
            assert_eq!(answer.status, if may { 303 } else { 403 }, "{actor:?} on {role:?}");
            assert_eq!(
                review_of(&server, &format!("new.{}", role.key())) != before,
                may,
                "{actor:?} on {role:?}"
            );
        }
        if actor != Role::Member {
            let own = ids.iter().find(|(role, _)| *role == actor).unwrap().1;
            let page = ["waiting", "flagged", "approved"].map(|state| format!("/admin/review?state={state}"));
            for address in page {
                let page = browser.get(&address).await;
                assert!(
                    !page.text().contains(&format!("/admin/users/{own}/review")),
                    "{actor:?} is not offered it"
                );
            }
        }
    }
    assert_eq!(server.audit("access.refused").await.len(), 5 + 4, "every refusal leaves a row");
}

async fn nobody_reviews_who_did_not_join_with_a_code_or_is_gone(kind: Kind) {
    let server = with_people(kind, &["gone.g"]).await;
    let owner = staff(&server, Role::Owner).await;
    let uninvited = server.person("uninvited", Role::Member).await;
    let gone = id_of(&server, "gone.g");
    server.database.execute(
        "UPDATE users SET status = 'removed', removed_at = '2026-11-20 09:00:00' WHERE username = 'gone.g'",
    );
    let before = server.database.dump();
    for id in [uninvited.to_string(), gone, "usr_00000000000000000000000001".to_owned(), "x".to_owned()] {
        let answer = owner.post(&format!("/admin/users/{id}/review"), &[("state", "approved")]).await;
        assert_eq!(answer.status, 404, "{id}");
    }
    assert_eq!(server.database.dump(), before);
    let page = owner.get("/admin/review").await;
    assert_eq!(
        (page.one("#review h2"), page.all("#nav-waiting[hidden]").len()),
        ("Nobody waits for review.".to_owned(), 1)
    );
}

async fn many_are_approved_at_once(kind: Kind) {
    let server = with_people(kind, &["one.p", "two.p", "three.p"]).await;
    let support = staff(&server, Role::Support).await;
    let page = support.get("/admin/review").await;
    let ids = page.attributes("#review tbody .row-check", "value");
    assert_eq!(ids.len(), 3);
    let own = format!("/admin/users/{}/review", ids[0]);
    assert_eq!(support.post(&own, &[("state", "approved")]).await.status, 303);
    let fields: Vec<_> = ids.iter().map(|id| ("user", id.as_str())).chain([("back", "waiting")]).collect();
    let answer = support.post("/admin/review/approve", &fields).await;
    assert_eq!(answer.redirect(), "/admin/review");
    let page = support.get("/admin/review?state=approved").await;
    assert_eq!(page.one("#toasts p"), "2 people approved, 1 person left as before");
    assert_eq!(names(&page).len(), 3);
    assert_eq!(server.audit("review.approved").await.len(), 3);
    assert!(page.attributes("#review tbody .row-check", "value").is_empty(), "nothing is left to approve");
}

async fn a_long_queue_has_pages_and_a_short_number(kind: Kind) {
    let server = with_people(kind, &[]).await;
    for number in 0..103 {
        server.person(&format!("p{number}.x"), Role::Member).await;
    }
    server.database.execute("UPDATE users SET review = 'waiting' WHERE username LIKE 'p%.x'");
    let support = staff(&server, Role::Support).await;
    let (mut seen, mut address) = (Vec::new(), "/admin/review".to_owned());
    loop {
        let page = support.get(&address).await;
        assert_eq!(
            (page.one("#nav-waiting"), page.all(".tab .count")[0].as_str()),
            ("99+ waiting".to_owned(), "103")
        );
        seen.extend(names(&page));
        match page.attributes("a[rel=next]", "href").first() {
            Some(next) => next.clone_into(&mut address),
            None => break,
        }
    }
    assert_eq!(seen.len(), 103);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 103, "nobody twice");
}
