//! The log: what its rows say, how it is narrowed down, and as a file. Who may see which rows is in `audit_rights`.

use doorlist::domain::access::Role;
use doorlist::domain::audit::{Action, Doer, Event, Origin, Target};
use doorlist::domain::id::{AuditId, UserId};
use doorlist::store::{self, StoreError};

use crate::codes::{code, join_form};
use crate::database::{Kind, both};
use crate::support::{Answer, Browser, PASSWORD, Server};

both![
    a_row_tells_who_did_what_to_whom_from_where,
    every_action_has_its_sentence,
    filters_narrow_the_page_and_the_file_alike,
    a_name_that_nobody_has_finds_nothing,
    a_long_log_has_pages_and_one_file,
    codes_stay_masked_and_cells_are_no_formulas,
    whoever_was_erased_has_no_name_any_more,
];

pub async fn staff(server: &Server, role: Role) -> Browser {
    server.signed_in(&format!("the.{}", role.key()), role).await.with("sec-fetch-site", "same-origin")
}

/// Adds rows as if they had just happened, the first one first.
pub async fn append(server: &Server, rows: Vec<(Doer, Event)>, origin: Origin) {
    for (doer, event) in rows {
        server.advance(1);
        let (now, random) = (server.app.clock.now(), server.app.entropy.bytes());
        let added: Result<(), StoreError> = server
            .app
            .store
            .write(move |tx| store::audit::append(tx, AuditId::new(now, random), now, doer, origin, &event))
            .await;
        added.unwrap();
    }
}

pub fn told(page: &Answer) -> Vec<String> {
    page.all("#log .log__text")
}

/// The lines of the file, without its head.
fn lines(file: &Answer) -> Vec<String> {
    assert_eq!((file.status, file.header("content-type")), (200, "text/csv; charset=utf-8"));
    let text = file.text();
    assert!(text.starts_with("time,actor,actor_username,actor_token,actor_role,action,"), "{text}");
    text.trim_end().split("\r\n").skip(1).map(str::to_owned).collect()
}

async fn a_row_tells_who_did_what_to_whom_from_where(kind: Kind) {
    let server = Server::start(kind);
    let sofie =
        server.account("sofie.d", Role::Member, |a| a.display_name = Some("Sofie Dahl".to_owned())).await;
    let mara =
        server.account("mara.l", Role::Owner, |a| a.display_name = Some("Mara Lindqvist".to_owned())).await;
    let event =
        Event::new(Action::RoleChanged, Target::User(sofie)).with("role", Some("member"), Some("manager"));
    let origin = Origin { address: Some("2001:db8:4f::12".parse().unwrap()), ..Origin::default() };
    append(&server, vec![(Doer::Person(mara, Role::Owner), event)], origin).await;
    let owner = staff(&server, Role::Owner).await;
    let page = owner.get("/admin/audit?action=user.role_changed").await;
    assert_eq!(told(&page), ["Mara Lindqvist changed the role of Sofie Dahl from Member to Manager"]);
    assert_eq!(page.one(".log__ip"), "2001:db8:4f::12");
    assert_eq!(page.one(".log__time"), "09:00");
    assert_eq!(page.one(".log__day"), "Today, 20 November");
    let facts = page.one("#log .facts");
    assert_eq!(
        facts,
        "RoleMember → ManagerTimeFri 20 Nov 2026, 09:00 UTCBy@mara.l, OwnerAboutSofie Dahl (@sofie.d)"
    );
    assert_eq!(
        page.attributes("#log .facts a", "href"),
        [format!("/admin/users/{mara}"), format!("/admin/users/{sofie}")]
    );
    server.advance(86_400);
    let page = owner_again(&server).await.get("/admin/audit?action=user.role_changed").await;
    assert_eq!(page.one(".log__day"), "Yesterday, 20 November");
    // What comes from a real request names it, and the person's own page leads here.
    let page = owner_again(&server).await.get("/admin/audit?action=session.signed_in").await;
    assert!(page.all("#log .facts code").iter().all(|request| request.starts_with("req_")));
    let own = owner_again(&server).await.get(&format!("/admin/users/{sofie}")).await;
    assert!(own.attributes("a", "href").contains(&format!("/admin/audit?target={sofie}")));
    let about = owner_again(&server).await.get(&format!("/admin/audit?target={sofie}")).await;
    assert!(about.text().contains("About <a href"));
    assert_eq!(told(&about).len(), 1);
}

async fn owner_again(server: &Server) -> Browser {
    let browser = server.browser();
    assert_eq!(browser.sign_in("the.owner", PASSWORD).await.status, 303);
    browser
}

async fn every_action_has_its_sentence(kind: Kind) {
    let server = Server::start(kind);
    let invite = code(&server, "K7QM-2XHD-9RTB", |invite| invite.label = Some("Autumn".to_owned())).await;
    let luca =
        server.account("luca.m", Role::Member, |a| a.display_name = Some("Luca Moretti".to_owned())).await;
    let mut rows = Vec::new();
    for action in Action::ALL {
        for target in [Target::None, Target::User(luca), Target::Invite(invite)] {
            rows.push((Doer::Job, Event::new(*action, target)));
        }
    }
    let count = rows.len();
    append(&server, rows, Origin::default()).await;
    server.database.execute("UPDATE audit SET action = 'from.tomorrow' WHERE action = 'job.stopped'");
    let owner = staff(&server, Role::Owner).await;
    let (mut all, mut address) = (Vec::new(), "/admin/audit?actor=System".to_owned());
    loop {
        let page = owner.get(&address).await;
        all.extend(told(&page));
        match page.attributes("a[rel=next]", "href").first() {
            Some(next) => next.clone_into(&mut address),
            None => break,
        }
    }
    assert_eq!(all.len(), count);
    let unknown = "System did something that this version has no words for";
    assert_eq!(all.iter().filter(|line| *line == unknown).count(), 3);
    for expected in [
        "System paused K7QM-••••-•••• (Autumn)",
        "System paused a code",
        "System suspended Luca Moretti",
        "System was refused at sign-in as Luca Moretti",
        "System joined with K7QM-••••-•••• (Autumn)",
        "System joined",
        "System kept Luca Moretti beyond the end of their code",
    ] {
        assert!(all.iter().any(|line| line == expected), "{expected} in {all:?}");
    }
    assert!(all.iter().all(|line| !line.contains('{') && line.len() > "System ".len()));
}

async fn filters_narrow_the_page_and_the_file_alike(kind: Kind) {
    let server = Server::start(kind);
    let invite = code(&server, "K7QM-2XHD-9RTB", |_| {}).await;
    let luca = server.person("luca.m", Role::Manager).await;
    let by_luca = Doer::Person(luca, Role::Manager);
    append(
        &server,
        vec![(by_luca, Event::new(Action::InvitePaused, Target::Invite(invite)))],
        Origin::default(),
    )
    .await;
    server.advance(86_400);
    append(
        &server,
        vec![
            (by_luca, Event::new(Action::InviteResumed, Target::Invite(invite))),
            (Doer::CommandLine, Event::new(Action::InvitePaused, Target::Invite(invite))),
            (by_luca, Event::new(Action::ProfileChanged, Target::User(luca))),
        ],
        Origin::default(),
    )
    .await;
    let owner = staff(&server, Role::Owner).await;
    let mine = "actor=@luca.m";
    for (query, expected) in [
        (mine.to_owned(), 3),
        ("actor=luca.m&action=invite.paused".to_owned(), 1),
        (format!("actor={luca}&target={invite}"), 2),
        (format!("actor={luca}&target={invite}&action=invite.resumed"), 1),
        (format!("target={invite}"), 3),
        (format!("target={invite}&action=invite.paused"), 2),
        (format!("target={invite}&actor=Command+line"), 1),
        (format!("target={invite}&to=2026-11-20"), 1),
        (format!("target={invite}&from=2026-11-21&to=2026-11-21"), 2),
        (format!("target={invite}&from=2026-11-22"), 0),
        (format!("{mine}&from=nonsense&target=nothing&action=none"), 3),
    ] {
        let page = owner.get(&format!("/admin/audit?{query}")).await;
        assert_eq!((page.status, told(&page).len()), (200, expected), "{query}");
        let file = owner.get(&format!("/admin/audit.csv?{query}")).await;
        assert_eq!(lines(&file).len(), expected, "{query}");
        let fragment = owner.htmx().get(&format!("/admin/audit?{query}")).await;
        assert!(fragment.text().starts_with("<div id=\"log\""), "{}", fragment.text());
        assert_eq!(told(&fragment).len(), expected, "{query}");
    }
    let page = owner.get("/admin/audit?actor=@luca.m&action=invite.paused&to=2026-11-20").await;
    assert_eq!(page.attributes("#audit-actor", "value"), ["@luca.m"]);
    assert_eq!(page.attributes("#audit-action option[selected]", "value"), ["invite.paused"]);
    assert_eq!(page.attributes("#audit-to", "value"), ["2026-11-20"]);
    let csv = page.attributes("a[download]", "href").concat();
    assert_eq!(csv, "/admin/audit.csv?action=invite.paused&actor=%40luca.m&to=2026-11-20");
    assert_eq!(page.attributes("#audit-action option", "value").len(), Action::ALL.len() + 1);
}

async fn a_name_that_nobody_has_finds_nothing(kind: Kind) {
    let server = Server::start(kind);
    let owner = staff(&server, Role::Owner).await;
    for actor in ["@nemo.x", "no name at all", "%25", "usr_x"] {
        let page = owner.get(&format!("/admin/audit?actor={}", actor.replace(' ', "+"))).await;
        let typed = actor.replace("%25", "%");
        assert_eq!(
            (page.status, page.one("#log h2")),
            (200, format!("Nobody is called “{typed}”")),
            "{actor}"
        );
        assert!(
            lines(&owner.get(&format!("/admin/audit.csv?actor={}", actor.replace(' ', "+"))).await)
                .is_empty()
        );
    }
    let none = owner.get(&format!("/admin/audit?actor={}", UserId::NOBODY)).await;
    assert_eq!(none.one("#log h2"), "No entries match these filters");
}

async fn a_long_log_has_pages_and_one_file(kind: Kind) {
    let server = Server::start(kind);
    let rows = (0..2_100).map(|i| format!("('01JZ{i:022}', '2026-11-19 09:00:00', 'job', 'user.removed')"));
    let rows: Vec<_> = rows.collect();
    server
        .database
        .execute(&format!("INSERT INTO audit (id, at, actor_kind, action) VALUES {}", rows.join(", ")));
    let owner = staff(&server, Role::Owner).await;
    let here = "/admin/audit?action=user.removed";
    let first = owner.get(here).await;
    assert_eq!(
        (told(&first).len(), first.one(".pager p")),
        (50, "50 entries, and more on the next page".to_owned())
    );
    let next = first.attributes("a[rel=next]", "href").concat();
    let second = owner.get(&next).await;
    assert_eq!(told(&second).len(), 50);
    assert_eq!(second.all(".pager a")[1], "First page");
    let file = lines(&owner.get("/admin/audit.csv?action=user.removed").await);
    assert_eq!(file.len(), 2_100, "in several parts, with one head");
    let mut whole = file.clone();
    whole.dedup();
    assert!(
        file.iter().all(|line| line.contains(",user.removed,")) && whole.len() == 1,
        "they differ in nothing shown"
    );
    let head = owner.send(owner.request(reqwest::Method::HEAD, "/admin/audit.csv")).await;
    assert_eq!((head.status, head.bytes.len()), (200, 0));
}

async fn codes_stay_masked_and_cells_are_no_formulas(kind: Kind) {
    let server = Server::start(kind);
    let invite = code(&server, "SECRET-CODE-HERE", |invite| {
        invite.label = Some("=1+1".to_owned());
        invite.role = Role::Admin;
    })
    .await;
    let owner = staff(&server, Role::Owner).await;
    let browser = server.browser();
    let form = join_form(&browser, "SECRET-CODE-HERE", "elif.d").await;
    assert_eq!(browser.submit(form).await.status, 303);
    for verb in ["pause", "resume", "delete"] {
        assert_eq!(owner.post(&format!("/admin/invites/{invite}/{verb}"), &[]).await.status, 303);
    }
    append(
        &server,
        vec![(
            Doer::CommandLine,
            Event::new(Action::SettingsChanged, Target::None).with("=server", None, Some("=2+2")),
        )],
        Origin::default(),
    )
    .await;
    for way in
        ["/admin/audit".to_owned(), "/admin/audit.csv".to_owned(), format!("/admin/audit?target={invite}")]
    {
        let text = owner.get(&way).await.text();
        assert!(!text.contains("SECRET-CODE") && text.contains("SECR"), "{way}: {text}");
    }
    let file = owner.get("/admin/audit.csv?action=settings.changed").await;
    assert!(lines(&file)[0].contains(",'=server:"), "{:?}", lines(&file));
    let page = owner.get("/admin/audit?action=account.registered").await;
    assert!(told(&page)[0].starts_with("elif.d joined with SECR"), "{:?}", told(&page));
}

async fn whoever_was_erased_has_no_name_any_more(kind: Kind) {
    let server = Server::start(kind);
    let owner = staff(&server, Role::Owner).await;
    let luca =
        server.account("luca.m", Role::Member, |a| a.display_name = Some("Luca Moretti".to_owned())).await;
    let browser = server.browser();
    assert_eq!(browser.sign_in("luca.m", PASSWORD).await.status, 303);
    let profile = browser.get("/account").await.form("/account/profile");
    assert_eq!(browser.submit(profile.fill("name", "Luca the Second")).await.status, 303);
    let erased: Result<(), StoreError> =
        server.app.store.write(move |tx| store::audit::erase_person(tx, luca)).await;
    erased.unwrap();
    server.database.execute(
        "UPDATE users SET status = 'removed', removed_at = '2026-11-20 09:00:00', purged_at = '2026-11-20 09:00:00' \
         WHERE username = 'luca.m'",
    );
    let page = owner.get(&format!("/admin/audit?actor={luca}")).await;
    assert_eq!(
        told(&page),
        ["Somebody who was erased changed their profile", "Somebody who was erased signed in"]
    );
    assert_eq!(page.all(".log__ip"), ["–", "–"]);
    for way in [format!("/admin/audit?actor={luca}"), "/admin/audit.csv".to_owned()] {
        let text = owner.get(&way).await.text();
        assert!(!text.contains("Luca") && !text.contains("luca.m"), "{way}: {text}");
        assert!(!text.contains(&browser.address().to_string()), "{way}");
    }
}
