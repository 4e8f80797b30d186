//! API tokens in the panel: made, shown once, listed, revoked.

use doorlist::domain::access::Role;
use doorlist::domain::token::{ApiToken, Scopes};
use doorlist::ops::tokens;

use crate::database::{Kind, both};
use crate::support::{Answer, Browser, Server};
use crate::user_changes::said;

both![
    a_token_is_shown_once_and_kept_as_its_hash,
    with_htmx_only_what_changed_comes_back,
    a_form_that_cannot_be_taken_comes_back_as_it_was,
    nobody_has_more_than_fifty_that_work,
    one_that_ended_says_so,
    a_revoked_token_opens_nothing_from_then_on,
    a_long_list_is_read_page_by_page,
];

async fn staff(server: &Server, username: &str, role: Role) -> Browser {
    server.signed_in(username, role).await.with("sec-fetch-site", "same-origin")
}

/// Makes a token through its form, and says which.
pub async fn make(browser: &Browser, name: &str, scopes: &[&str]) -> ApiToken {
    let form = browser.get("/admin/tokens/new").await.form("/admin/tokens").fill("name", name);
    let made = browser.submit(scopes.iter().fold(form, |form, scope| form.add("scopes", scope))).await;
    assert_eq!(made.status, 200, "{}", made.text());
    shown(&made)
}

fn shown(answer: &Answer) -> ApiToken {
    let text = answer.one("#dialog .secret code");
    assert_eq!(answer.attributes("#dialog [data-copy]", "data-copy"), [text.as_str()]);
    ApiToken::parse(&text).unwrap()
}

/// The names in the list.
pub fn listed(answer: &Answer) -> Vec<String> {
    answer.all("#tokens tbody .person__name")
}

/// The question about the token of that name, as its row leads to it.
pub async fn question(browser: &Browser, name: &str) -> String {
    let page = browser.get("/admin/tokens").await;
    let rows = listed(&page).into_iter().zip(page.attributes("#tokens .cell-actions a", "href"));
    rows.into_iter().find(|(listed, _)| listed == name).unwrap().1
}

async fn a_token_is_shown_once_and_kept_as_its_hash(kind: Kind) {
    let server = Server::start(kind);
    let manager = staff(&server, "mika", Role::Manager).await;
    let empty = manager.get("/admin/tokens").await;
    assert_eq!((empty.status, empty.one(".empty h2").as_str()), (200, "No tokens yet"));
    assert_eq!(empty.all(".sidenav [aria-current=page]"), ["API tokens"]);
    assert_eq!(empty.attributes(".page-head__lede a", "href"), ["/api/docs"]);

    let form = manager.get("/admin/tokens/new").await;
    assert_eq!((form.status, form.all("#tokens").len()), (200, 1), "the form is a page of its own");
    assert_eq!(form.attributes("[name=scopes]", "value"), Scopes::all().keys());
    let form = form.form("/admin/tokens");
    assert_eq!(form.value("days"), "90");
    let form =
        form.fill("name", " Kiosk  sign-up ").add("scopes", "invites:read").add("scopes", "users:write");
    let made = manager.submit(form).await;
    assert_eq!((made.status, made.header("cache-control")), (200, "no-store"));
    assert_eq!(made.one("#dialog-title"), "Copy the token for “Kiosk sign-up” now");
    let token = shown(&made);
    assert_eq!(made.text().matches(token.reveal()).count(), 2, "to read and to copy");

    let page = manager.get("/admin/tokens").await;
    assert_eq!(listed(&page), ["Kiosk sign-up"]);
    assert_eq!(page.one("#tokens tbody .mono"), token.hint());
    assert_eq!(page.all("#tokens tbody .badge"), ["invites:read", "users:write"]);
    assert_eq!(page.one("#tokens [data-label='Expires']"), "in 3 months");
    assert_eq!(page.one("#tokens [data-label='Last used']"), "Never used");
    assert!(page.all("#tokens [data-label=Owner]").is_empty(), "whose else should it be");
    for place in [page.text(), server.database.dump(), format!("{:?}", manager.cookies())] {
        assert!(!place.contains(token.reveal()), "{place}");
    }
    assert!(server.database.dump().contains(token.hash().as_str()));

    let caller = tokens::present(&server.app, &token).await.unwrap().unwrap();
    assert_eq!(caller.token.scopes, Scopes::INVITES_READ | Scopes::USERS_WRITE);
    let rows = server.audit("token.created").await;
    let changes = rows[0].changes.as_deref().unwrap();
    assert!(rows.len() == 1 && changes.contains("Kiosk sign-up"), "{changes}");
    let used = manager.get("/admin/tokens").await;
    assert_eq!(used.one("#tokens [data-label='Last used']"), "1 minute ago");
}

async fn with_htmx_only_what_changed_comes_back(kind: Kind) {
    let server = Server::start(kind);
    let owner = staff(&server, "olga", Role::Owner).await.htmx();
    let list = owner.get("/admin/tokens").await;
    assert!(list.text().contains("id=\"tokens\"") && !list.text().contains("<html"));
    let form = owner.get("/admin/tokens/new").await;
    assert!(!form.text().contains("<html") && form.all("#tokens").is_empty());
    let form = form.form("/admin/tokens").fill("name", "Bot").add("scopes", "audit:read");
    let refused = owner.submit(form.clone().fill("days", "366")).await;
    assert_eq!((refused.status, refused.error_of("days").as_str()), (422, "Enter a number from 1 to 365."));
    assert!(!refused.text().contains("<html") && refused.all("#tokens").is_empty());
    let made = owner.submit(form).await;
    assert_eq!(made.attributes("#tokens", "hx-swap-oob"), ["true"]);
    assert_eq!(made.all("#tokens tr.is-new .person__name"), ["Bot"]);
    assert!(!made.text().contains("<html"));
    shown(&made);

    let path = question(&owner, "Bot").await;
    let asked = owner.get(&path).await;
    assert!(!asked.text().contains("<html") && asked.all("#tokens").is_empty());
    let gone = owner.submit(asked.form(&path)).await;
    assert_eq!((gone.status, gone.attributes("#tokens", "hx-swap-oob")), (200, vec!["true".to_owned()]));
    assert!(gone.all("dialog").is_empty() && !gone.text().contains("<html"), "{}", gone.text());
    assert_eq!(gone.one("#tokens .empty h2"), "No tokens yet");
    assert_eq!(gone.one("[hx-swap-oob='beforeend:#toasts'] .toast p"), "Bot revoked");
}

async fn a_form_that_cannot_be_taken_comes_back_as_it_was(kind: Kind) {
    let server = Server::start(kind);
    let manager = staff(&server, "mika", Role::Manager).await;
    let form = manager.get("/admin/tokens/new").await.form("/admin/tokens");
    let refused = manager.submit(form.clone().fill("days", "0")).await;
    assert_eq!((refused.status, refused.one(".error-summary__title").as_str()), (422, "Check 3 fields"));
    assert_eq!(refused.attributes(".error-summary a", "href"), ["#name", "#scopes", "#days"]);
    assert_eq!(refused.one("#name-error"), "Say what uses it.");
    assert_eq!(refused.one("#scopes-error"), "Choose what the token is for.");
    assert_eq!(refused.error_of("days"), "Enter a number from 1 to 365.");
    let half = form.fill("name", "Bot \u{202e}").add("scopes", "users:read").fill("days", "30");
    let refused = manager.submit(half.clone()).await;
    assert_eq!(refused.error_of("name"), "Use letters, digits, spaces and common signs only.");
    let kept = refused.form("/admin/tokens");
    assert_eq!((kept.value("scopes"), kept.value("days")), ("users:read", "30"));
    for (name, value) in [("scopes", "users:everything"), ("role", "owner"), ("name", "twice")] {
        let refused = manager.submit(half.clone().fill("name", "Bot").add(name, value)).await;
        assert_eq!(refused.status, 422, "{name}");
    }
    assert_eq!(server.count("tokens"), 0);
}

async fn nobody_has_more_than_fifty_that_work(kind: Kind) {
    let server = Server::start(kind);
    let manager = staff(&server, "mika", Role::Manager).await;
    for _ in 0..50 {
        make(&manager, "Bot", &["users:read"]).await;
    }
    let form = manager.get("/admin/tokens/new").await.form("/admin/tokens").add("scopes", "users:read");
    let form = form.fill("name", "One more");
    let refused = manager.submit(form.clone()).await;
    assert_eq!(
        (refused.status, refused.error_of("name").as_str()),
        (422, "You have 50 tokens. Revoke one first.")
    );
    assert_eq!(server.count("tokens"), 50);
    make(&staff(&server, "olga", Role::Owner).await, "Bot", &["users:read"]).await;

    let path = question(&manager, "Bot").await;
    assert_eq!(manager.post(&path, &[]).await.redirect(), "/admin/tokens");
    assert_eq!(manager.submit(form).await.status, 200);
    assert_eq!(server.count("tokens"), 51);
}

async fn one_that_ended_says_so(kind: Kind) {
    let server = Server::start(kind);
    let manager = staff(&server, "mika", Role::Manager).await;
    let form = manager.get("/admin/tokens/new").await.form("/admin/tokens").add("scopes", "users:read");
    let token = shown(&manager.submit(form.fill("name", "Trial").fill("days", "1")).await);
    let page = manager.get("/admin/tokens").await;
    assert_eq!(page.all("#tokens .soon"), ["in 24 hours"]);
    assert!(tokens::present(&server.app, &token).await.unwrap().is_some());
    server.advance(24 * 60 * 60);
    assert!(tokens::present(&server.app, &token).await.unwrap().is_none());
    manager.sign_in("mika", crate::support::PASSWORD).await;
    let page = manager.get("/admin/tokens").await;
    assert_eq!((listed(&page), page.all("#tokens .soon").len()), (vec!["Trial".to_owned()], 0));
    assert_eq!(page.one("#tokens [data-label='Expires']"), "Ended 1 minute ago");
    let asked = manager.get(&question(&manager, "Trial").await).await;
    assert!(asked.one("#dialog-text").contains("has ended already"), "{}", asked.one("#dialog-text"));
}

async fn a_revoked_token_opens_nothing_from_then_on(kind: Kind) {
    let server = Server::start(kind);
    let manager = staff(&server, "mika", Role::Manager).await;
    let gone = make(&manager, "Old bot", &["users:read"]).await;
    let stays = make(&manager, "New bot", &["users:read"]).await;
    let path = question(&manager, "Old bot").await;
    let asked = manager.get(&path).await;
    assert_eq!((asked.status, asked.one("#dialog-title").as_str()), (200, "Revoke this token?"));
    assert_eq!(asked.one("#dialog-text"), "Old bot stops working at once, and for good. It was never used.");
    let page = manager.get(manager.submit(asked.form(&path)).await.redirect()).await;
    assert_eq!((said(&page).as_str(), listed(&page)), ("Old bot revoked", vec!["New bot".to_owned()]));
    assert!(tokens::present(&server.app, &gone).await.unwrap().is_none());
    assert!(tokens::present(&server.app, &stays).await.unwrap().is_some());
    let rows = server.audit("token.revoked").await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].changes.as_deref(), Some(r#"{"token":["Old bot",null]}"#));
    for path in [path.as_str(), "/admin/tokens/usr_x/revoke"] {
        assert_eq!(
            (manager.get(path).await.status, manager.post(path, &[]).await.status),
            (404, 404),
            "{path}"
        );
    }
    assert_eq!(server.audit("token.revoked").await.len(), 1);
}

async fn a_long_list_is_read_page_by_page(kind: Kind) {
    let server = Server::start(kind);
    let owner = staff(&server, "olga", Role::Owner).await;
    let manager = staff(&server, "mika", Role::Manager).await;
    for (browser, whose, many) in [(&owner, "Olga", 40), (&manager, "Mika", 12)] {
        for number in 1..=many {
            server.advance(1);
            make(browser, &format!("{whose} {number}"), &["users:read"]).await;
        }
    }
    let first = owner.get("/admin/tokens").await;
    assert_eq!((listed(&first).len(), listed(&first)[0].as_str()), (50, "Mika 12"));
    assert!(first.one(".pager p").contains("50 tokens, and more on the next page"));
    let next = first.attributes(".pager [rel=next]", "href").concat();
    let second = owner.get(&next).await;
    assert_eq!(listed(&second), ["Olga 2", "Olga 1"]);
    assert_eq!(second.attributes(".pager a", "href"), ["/admin/tokens"]);
    assert_eq!(listed(&owner.get("/admin/tokens?before=nonsense").await).len(), 50);

    // Whoever revokes on the second page stays there.
    let here = owner.htmx().with("hx-current-url", &format!("http://{}{next}", server.address));
    let path = second.attributes("#tokens .cell-actions a", "href").swap_remove(0);
    assert_eq!(listed(&here.post(&path, &[]).await), ["Olga 1"]);
}
