//! The list of people and the page of one of them.

use doorlist::domain::access::Role;
use doorlist::domain::id::UserId;
use doorlist::domain::user::Status;

use crate::codes::{code, join_form};
use crate::database::{Kind, both};
use crate::support::{Answer, Browser, PASSWORD, Server};

both![
    the_list_says_who_is_here_and_how_they_came,
    filters_and_search_live_in_the_address,
    a_long_list_has_pages_that_neither_lose_nor_repeat_anybody,
    those_who_were_removed_have_a_tab_of_their_own,
    an_empty_list_says_why,
    with_htmx_only_the_list_comes_back,
    the_page_of_a_person_says_all_that_staff_know,
    those_whom_somebody_invited_stand_on_their_page,
    a_code_on_it_is_in_clear_only_for_who_may_hand_it_out,
    history_is_shown_up_to_ones_own_rank,
    what_does_not_exist_is_not_found,
];

async fn joined(server: &Server, text: &str, username: &str) -> Browser {
    let browser = server.browser();
    assert_eq!(browser.submit(join_form(&browser, text, username).await).await.status, 303);
    browser
}

fn names(answer: &Answer) -> Vec<String> {
    answer
        .all("#users tbody .person__meta")
        .into_iter()
        .map(|meta| meta.trim_start_matches('@').split(' ').next().unwrap().to_owned())
        .collect()
}

async fn staff(server: &Server, role: Role) -> Browser {
    server.signed_in("olga", role).await
}

async fn the_list_says_who_is_here_and_how_they_came(kind: Kind) {
    let server = Server::start(kind);
    let owner = staff(&server, Role::Owner).await;
    let priya = server
        .account("priya", Role::Admin, |account| account.display_name = Some("Priya Nair".to_owned()))
        .await;
    server.advance(60);
    code(&server, "HARBOUR-42", |invite| {
        invite.label = Some("Open day".to_owned());
        invite.created_by = Some(priya);
    })
    .await;
    joined(&server, "HARBOUR-42", "luca").await;
    server.advance(7_200);
    owner.sign_in("olga", PASSWORD).await;
    let list = owner.get("/admin/users").await;
    assert_eq!(names(&list), ["luca", "priya", "olga", "founder"], "the latest to join first");
    let headings = list.all("#users th");
    assert_eq!(
        headings,
        ["Selection", "User", "Role", "Status", "Invited with", "Joined", "Last seen", "Actions"]
    );
    let row = list.all("#users tbody tr:first-child td");
    assert_eq!(
        &row[2..7],
        ["Member", "Active", "HARBOUR-42Open day · Priya Nair", "20 Nov 2026", "2 hours ago"]
    );
    assert_eq!(list.all("#users tbody tr:last-child td")[4..7], ["Not invited", "1 Jan 2026", "Never"]);
    assert_eq!(list.all(".tab"), ["Users 4", "Removed 0"]);
    assert_eq!(list.all(".page-head__actions a"), ["Invite Code Management"]);
    server.database.execute("UPDATE invites SET deleted_at = created_at");
    let list = owner.get("/admin/users").await;
    assert!(list.all("#users tbody td a.code").is_empty(), "no link leads to a page that is gone");
}

async fn filters_and_search_live_in_the_address(kind: Kind) {
    let server = Server::start(kind);
    let owner = staff(&server, Role::Owner).await;
    server.person("sofie", Role::Support).await;
    server.account("luca", Role::Member, |account| account.status = Status::Suspended).await;
    let id = code(&server, "HARBOUR-42", |invite| invite.label = Some("Open day".to_owned())).await;
    joined(&server, "HARBOUR-42", "noah").await;
    for (query, expected) in [
        ("role=support", &["sofie"][..]),
        ("role=owner&invite=none", &["olga", "founder"]),
        ("status=suspended", &["luca"]),
        ("review=waiting", &["noah"]),
        ("review=flagged", &[]),
        (&format!("invite={id}"), &["noah"]),
        ("q=so", &["sofie"]),
        ("q=%20SOFIE%20&role=member", &[]),
        ("role=king&status=gone&review=x&before=y&invite=z", &["noah", "luca", "sofie", "olga", "founder"]),
    ] {
        let page = owner.get(&format!("/admin/users?{query}")).await;
        let mut found = names(&page);
        found.sort();
        let mut wanted = expected.to_vec();
        wanted.sort_unstable();
        assert_eq!(
            (page.status, found),
            (200, wanted.iter().map(|name| (*name).to_owned()).collect()),
            "{query}"
        );
    }
    let page = owner.get(&format!("/admin/users?invite={id}&role=member")).await;
    assert_eq!(page.all("#user-invite option[selected]"), ["Open day"], "the invite is named");
    assert_eq!(page.all("#user-role option[selected]"), ["Member"]);
    let tabs = page.attributes(".tab", "href");
    assert!(tabs[1].contains("role=member") && tabs[1].contains("status=removed"), "{tabs:?}");
}

async fn a_long_list_has_pages_that_neither_lose_nor_repeat_anybody(kind: Kind) {
    let server = Server::start(kind);
    let owner = staff(&server, Role::Support).await;
    for number in 0..120 {
        server.person(&format!("person-{number:03}"), Role::Member).await;
    }
    let (mut all, mut href, mut sizes) =
        (Vec::new(), Some("/admin/users?role=member".to_owned()), Vec::new());
    while let Some(address) = href {
        let page = owner.get(&address).await;
        let found = names(&page);
        sizes.push(found.len());
        all.extend(found);
        href = page.attributes("a[rel=next]", "href").pop();
    }
    assert_eq!(sizes, [50, 50, 20]);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 120);
    assert_eq!(owner.get("/admin/users").await.all(".tab"), ["Users 122", "Removed 0"]);
    server.database.execute("UPDATE settings SET removal_grace_days = 7");
}

async fn those_who_were_removed_have_a_tab_of_their_own(kind: Kind) {
    let server = Server::start(kind);
    let owner = staff(&server, Role::Owner).await;
    server.account("luca", Role::Member, |account| account.status = Status::Removed).await;
    let list = owner.get("/admin/users").await;
    assert_eq!(
        (names(&list), list.all(".tab")),
        (vec!["olga".to_owned(), "founder".to_owned()], vec!["Users 2".to_owned(), "Removed 1".to_owned()])
    );
    let gone = owner.get("/admin/users?status=removed").await;
    assert_eq!(names(&gone), ["luca"]);
    assert_eq!(
        gone.all("#users th"),
        ["User", "Role", "Status", "Invited with", "Removed", "Erased", "Actions"]
    );
    assert_eq!(gone.all("#users td form button"), ["Restore luca"]);
    assert!(gone.all("#bulk").is_empty() && gone.all("#user-status").is_empty());
    server.database.execute("UPDATE settings SET removal_grace_days = 0");
    let gone = owner.get("/admin/users?status=removed").await;
    assert_eq!(gone.all("[data-label=Erased]"), ["At the next cleanup"]);
}

async fn an_empty_list_says_why(kind: Kind) {
    let server = Server::start(kind);
    let owner = staff(&server, Role::Owner).await;
    for (query, heading) in [
        ("q=zephyr", "No users match “zephyr”"),
        ("status=suspended", "No users match these filters"),
        ("status=removed", "Nobody was removed"),
        ("status=removed&q=zephyr", "No removed users match “zephyr”"),
        ("before=usr_00000000000000000000000000", "Nobody is on this page"),
    ] {
        let page = owner.get(&format!("/admin/users?{query}")).await;
        assert_eq!((page.status, page.one(".empty h2").as_str()), (200, heading), "{query}");
    }
}

async fn with_htmx_only_the_list_comes_back(kind: Kind) {
    let server = Server::start(kind);
    let owner = staff(&server, Role::Owner).await;
    let part = owner.htmx().get("/admin/users?q=ol").await;
    assert!(part.text().trim_start().starts_with("<div id=\"users\"") && !part.text().contains("<html"));
    assert_eq!(names(&part), ["olga"]);
}

async fn the_page_of_a_person_says_all_that_staff_know(kind: Kind) {
    let server = Server::start(kind);
    let support = staff(&server, Role::Support).await;
    let priya = server.person("priya", Role::Admin).await;
    code(&server, "HARBOUR-42", |invite| {
        invite.label = Some("Open day".to_owned());
        invite.created_by = Some(priya);
    })
    .await;
    let luca = joined(&server, "HARBOUR-42", "luca").await;
    let list = support.get("/admin/users?q=luca").await;
    let here = list.attributes("#users .person__name", "href").concat();
    let page = support.get(&here).await;
    assert_eq!((page.status, page.one("h1").as_str()), (200, "luca"));
    let facts = page.one("#account .facts");
    for fact in [
        "EmailNone",
        "RoleMember",
        "JoinedFri 20 Nov 2026, 09:00 UTC",
        &format!("Joined from{}", luca.address()),
    ] {
        assert!(facts.contains(fact), "{fact}: {facts}");
    }
    let origin = page.one("#origin .facts");
    for fact in ["CodeHAR•-••••-•", "LabelOpen day", "Made bypriya", "Auto-deleteOff"] {
        assert!(origin.contains(fact), "{fact}: {origin}");
    }
    assert_eq!(page.all("#sessions .rows li").len(), 1);
    assert_eq!(page.all("#history li").len(), 1);
    assert!(page.one("#history li").starts_with("luca joined"));
    assert_eq!(page.one("#review .badge"), "Waiting");
    assert_eq!(page.attributes("#review form", "action"), [format!("{here}/review")]);
    assert_eq!(page.attributes("#review button", "value"), ["approved", "flagged"]);
    assert!(page.all("#sessions form").is_empty(), "support ends nobody's sessions");

    server.database.execute("UPDATE users SET role = 'manager' WHERE username = 'olga'");
    let page = support.get(&here).await;
    let ended = support.submit(page.form(&format!("{here}/end-sessions"))).await;
    let page = support.get(ended.redirect()).await;
    assert_eq!(page.all("#toasts .toast p"), ["1 session ended"]);
    assert_eq!((page.all("#sessions .rows li").len(), luca.get("/").await.status), (0, 303));
    let latest = page.all("#history li")[0].clone();
    assert!(latest.starts_with("olga ended the sessions of luca"), "{latest}");
    let founder = support.get("/admin/users/usr_00000000000000000000000000").await;
    assert_eq!((founder.status, founder.one("#origin p").as_str()), (200, "Not invited."));
    assert!(founder.all("#review").is_empty());
}

async fn those_whom_somebody_invited_stand_on_their_page(kind: Kind) {
    let server = Server::start(kind);
    let owner = staff(&server, Role::Owner).await;
    let priya = server.person("priya", Role::Admin).await;
    let one = code(&server, "FIRST-CODE", |invite| invite.created_by = Some(priya)).await;
    code(&server, "SECOND-CODE", |invite| invite.created_by = Some(priya)).await;
    code(&server, "ANOTHERS-CODE", |_| {}).await;
    joined(&server, "ANOTHERS-CODE", "stranger").await;
    joined(&server, "SECOND-CODE", "guest-last").await;
    for number in 0..24 {
        let id = server.person(&format!("guest-{number:02}"), Role::Member).await;
        server.database.execute(&format!(
            "INSERT INTO invite_uses (user_id, invite_id, used_at) VALUES ('{}', '{}', '2026-11-20 09:00:00')",
            id.key(),
            one.key()
        ));
    }
    server.database.execute("UPDATE invites SET deleted_at = created_at WHERE code = 'FIRST-CODE'");
    let page = owner.get(&format!("/admin/users/{priya}")).await;
    let first = page.all("#invited .person__name");
    assert_eq!(first.len(), 20);
    let more = page.attributes("#invited .pager a", "href").concat();
    let rest = owner.get(more.split('#').next().unwrap()).await;
    let rest_names = rest.all("#invited .person__name");
    assert_eq!((rest_names.len(), rest.all("#invited .pager a").len()), (5, 0));
    let mut all: Vec<_> = first.into_iter().chain(rest_names).collect();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 25);
    assert!(!all.contains(&"stranger".to_owned()));
}

async fn a_code_on_it_is_in_clear_only_for_who_may_hand_it_out(kind: Kind) {
    let server = Server::start(kind);
    code(&server, "QUARTZ-PEBBLE-42", |invite| invite.role = Role::Admin).await;
    joined(&server, "QUARTZ-PEBBLE-42", "luca").await;
    for (role, may) in
        [(Role::Support, false), (Role::Manager, false), (Role::Admin, true), (Role::Owner, true)]
    {
        let browser = server.signed_in(&format!("the.{}", role.key()), role).await;
        let list = browser.get("/admin/users?q=luca").await;
        let here = list.attributes("#users .person__name", "href").concat();
        for path in ["/admin/users?q=luca".to_owned(), here] {
            let text = browser.get(&path).await.text();
            assert_eq!(text.contains("QUARTZ-PEBBLE-42"), may, "{role:?} {path}");
            assert!(may || text.contains("QUAR-••••-••••-••"), "{role:?} {path}");
        }
    }
}

async fn history_is_shown_up_to_ones_own_rank(kind: Kind) {
    let server = Server::start(kind);
    let id = server.person("luca", Role::Member).await;
    for role in [Role::Manager, Role::Admin, Role::Owner] {
        let browser = server.signed_in(&format!("the.{}", role.key()), role).await;
        browser
            .with("sec-fetch-site", "same-origin")
            .post(&format!("/admin/users/{id}/end-sessions"), &[])
            .await;
    }
    for (role, seen) in [(Role::Support, 0), (Role::Manager, 1), (Role::Admin, 3), (Role::Owner, 3)] {
        let browser = server.signed_in(&format!("viewer.{}", role.key()), role).await;
        let page = browser.get(&format!("/admin/users/{id}")).await;
        assert_eq!(page.all("#history li").len(), seen, "{role:?}");
    }
}

async fn what_does_not_exist_is_not_found(kind: Kind) {
    let server = Server::start(kind);
    let owner = staff(&server, Role::Owner).await.with("sec-fetch-site", "same-origin");
    let nobody = UserId::LAST;
    for id in [nobody.to_string(), "usr_x".to_owned(), "inv_1".to_owned(), nobody.to_string().to_uppercase()]
    {
        assert_eq!(owner.get(&format!("/admin/users/{id}")).await.status, 404, "{id}");
        assert_eq!(owner.get(&format!("/admin/users/{id}/remove")).await.status, 404, "{id}");
        assert_eq!(owner.post(&format!("/admin/users/{id}/remove"), &[]).await.status, 404, "{id}");
    }
}
