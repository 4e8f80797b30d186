//! Whose tokens somebody sees and ends, and what becomes of the tokens of who may no longer have any.

use doorlist::domain::access::Role;
use doorlist::ops::tokens;

use crate::database::{Kind, both};
use crate::support::{Browser, Server};
use crate::tokens::{listed, make, question};
use crate::user_changes::through;

both![
    one_sees_and_ends_ones_own_and_those_of_lower_rank,
    whoever_may_no_longer_have_tokens_loses_the_page_and_their_power,
];

async fn staff(server: &Server, username: &str, role: Role) -> Browser {
    server.signed_in(username, role).await.with("sec-fetch-site", "same-origin")
}

async fn one_sees_and_ends_ones_own_and_those_of_lower_rank(kind: Kind) {
    let server = Server::start(kind);
    let mut people = Vec::new();
    for (username, role) in [
        ("mika", Role::Manager),
        ("nora", Role::Manager),
        ("ada", Role::Admin),
        ("bert", Role::Admin),
        ("olga", Role::Owner),
        ("oskar", Role::Owner),
    ] {
        let browser = staff(&server, username, role).await;
        server.advance(1);
        make(&browser, username, &["users:read"]).await;
        people.push((username, browser));
    }
    let oskar = people.last().unwrap().1.clone();
    let mut paths = Vec::new();
    for (username, _) in &people {
        paths.push((*username, question(&oskar, username).await));
    }
    for (who, browser) in &people {
        let expected: &[&str] = match *who {
            "mika" => &["mika"],
            "nora" => &["nora"],
            "ada" => &["ada", "nora", "mika"],
            "bert" => &["bert", "nora", "mika"],
            _ => &["oskar", "olga", "bert", "ada", "nora", "mika"],
        };
        let page = browser.get("/admin/tokens").await;
        assert_eq!(listed(&page), expected, "{who} sees");
        let owners = page.all("#tokens [data-label=Owner]");
        let shows_owners = !["mika", "nora"].contains(who);
        assert_eq!(owners, if shows_owners { expected } else { &[] }, "{who} is told whose");
        for (whose, path) in &paths {
            let status = if expected.contains(whose) { 200 } else { 404 };
            assert_eq!(browser.get(path).await.status, status, "{who} asks about the token of {whose}");
            if status == 404 {
                assert_eq!(browser.post(path, &[]).await.status, 404, "{who} ends the token of {whose}");
            }
        }
    }
    assert_eq!((server.count("tokens"), server.audit("token.revoked").await.len()), (6, 0));

    // Each is ended by somebody who may: the last owner ends those of the owners, an admin that of a manager.
    let by = |who: &str| people.iter().find(|(name, _)| *name == who).unwrap().1.clone();
    for (who, whose) in [("mika", "mika"), ("ada", "nora"), ("olga", "oskar"), ("oskar", "ada")] {
        let path = &paths.iter().find(|(name, _)| *name == whose).unwrap().1;
        assert_eq!(by(who).post(path, &[]).await.redirect(), "/admin/tokens", "{who} ends that of {whose}");
    }
    assert_eq!(listed(&oskar.get("/admin/tokens").await), ["olga", "bert"]);
}

async fn whoever_may_no_longer_have_tokens_loses_the_page_and_their_power(kind: Kind) {
    let server = Server::start(kind);
    let owner = staff(&server, "olga", Role::Owner).await;
    let id = server.person("mika", Role::Manager).await;
    let manager = server.browser().with("sec-fetch-site", "same-origin");
    manager.sign_in("mika", crate::support::PASSWORD).await;
    let token = make(&manager, "Bot", &["users:write", "users:read"]).await;
    let may = async || {
        let caller = tokens::present(&server.app, &token).await.unwrap();
        caller.map(|caller| caller.actor().permissions().bits())
    };
    let before = may().await.unwrap();
    through(&owner, id, "role", &[("role", "support")]).await;
    manager.sign_in("mika", crate::support::PASSWORD).await;
    assert_eq!(manager.get("/admin/tokens").await.status, 403);
    let home = manager.get("/admin").await;
    assert!(home.all(".sidenav__link").iter().all(|link| link != "API tokens"));
    assert!(may().await.is_none_or(|after| after < before), "less, or nothing at all");
    through(&owner, id, "suspend", &[("reason", "")]).await;
    assert_eq!(may().await, None);
}
