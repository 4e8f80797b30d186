//! What was read a moment ago is shown again only while it is still so: to whoever changed something, through whichever
//! replica, and whoever else did.

use std::time::Duration;

use chrono::TimeDelta;
use doorlist::domain::access::Role;
use doorlist::domain::expiry::Expiry;

use crate::codes::{code, new_form};
use crate::database::{Kind, both};
use crate::support::{Browser, Server};

both![
    a_page_is_read_once_while_nothing_changes,
    a_change_shows_at_once_whoever_made_it,
    everybody_sees_what_their_role_may_see,
    an_end_is_noticed_when_it_comes,
    what_somebody_just_made_is_on_their_page,
];

const PAGES: [&str; 4] = ["/admin", "/admin/users", "/admin/invites", "/admin/audit"];
const CODES: &str = "/admin/invites";
/// The codes and their number on the tab that is open.
const SHOWN: [&str; 2] = ["#invites tbody .code", "#invites [aria-current] .count"];

/// How often the database is asked for a page, at the least: PostgreSQL tells whether anything has changed on the whole server,
/// where other tests have databases too.
async fn fewest_reads(server: &Server, browser: &Browser, path: &str) -> u64 {
    let mut fewest = u64::MAX;
    for _ in 0..200 {
        fewest = fewest.min(reads(server, browser, path).await);
        if fewest == 1 {
            break;
        }
    }
    fewest
}

/// How often the database is asked for a page.
async fn reads(server: &Server, browser: &Browser, path: &str) -> u64 {
    let (before, _) = server.app.store.accesses();
    assert_eq!(browser.get(path).await.status, 200, "{path}");
    server.app.store.accesses().0 - before
}

async fn a_page_is_read_once_while_nothing_changes(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.signed_in("mara", Role::Owner).await;
    for path in PAGES {
        assert_eq!(reads(&server, &browser, path).await, 2, "{path}");
        assert_eq!(fewest_reads(&server, &browser, path).await, 1, "{path}: who is there is asked each time");
    }
    for path in PAGES {
        assert_eq!(fewest_reads(&server, &browser, path).await, 1, "{path}: others were asked for meanwhile");
    }
    assert_eq!(reads(&server, &browser, "/admin/users?role=member").await, 2, "it is another page");
    code(&server, "HARBOUR-42", |_| {}).await;
    for path in PAGES {
        assert_eq!(reads(&server, &browser, path).await, 2, "{path}: something has changed");
    }
    server.advance(1);
    for path in PAGES {
        assert_eq!(reads(&server, &browser, path).await, 2, "{path}: a moment is over");
    }
}

async fn a_change_shows_at_once_whoever_made_it(kind: Kind) {
    let server = Server::start(kind);
    let replica = server.replica();
    let here = server.signed_in("mara", Role::Owner).await;
    let there = here.at(replica.address);
    let id = code(&server, "HARBOUR-42", |_| {}).await;
    for browser in [&here, &there] {
        let list = browser.get(CODES).await;
        assert_eq!(SHOWN.map(|part| list.all(part)), [["HARBOUR-42"], ["1"]]);
    }
    let page = there.get(&format!("{CODES}/{id}")).await;
    there.submit(page.form(&format!("{CODES}/{id}/pause"))).await.redirect();
    for browser in [&here, &there] {
        let list = browser.get(CODES).await;
        assert_eq!(SHOWN.map(|part| list.all(part).concat()), ["", "0"]);
    }
    // As the command line does, which is another process.
    server.database.execute("UPDATE invites SET paused = (1 = 0) WHERE code = 'HARBOUR-42'");
    for browser in [&here, &there] {
        let list = browser.get(CODES).await;
        assert_eq!(SHOWN.map(|part| list.all(part)), [["HARBOUR-42"], ["1"]]);
    }
    for name in ["ada", "bob", "cleo"] {
        server.person(name, Role::Member).await;
        for browser in [&there, &here] {
            let people = browser.get("/admin/users").await.all("#users .person__meta");
            assert!(people.contains(&format!("@{name}")), "{people:?}");
        }
    }
}

async fn everybody_sees_what_their_role_may_see(kind: Kind) {
    let server = Server::start(kind);
    code(&server, "HARBOUR-42", |invite| invite.role = Role::Admin).await;
    let (admin, manager) =
        (server.signed_in("ada", Role::Admin).await, server.signed_in("mara", Role::Manager).await);
    let shown = async |browser: &Browser| browser.get(CODES).await.all(SHOWN[0]);
    for _ in 0..2 {
        assert_eq!(shown(&admin).await, ["HARBOUR-42"]);
        assert_eq!(shown(&manager).await, ["HAR•-••••-•"]);
    }
    server.database.execute("UPDATE users SET role = 'manager' WHERE username = 'ada'");
    assert_eq!(shown(&admin).await, ["HAR•-••••-•"]);
}

async fn an_end_is_noticed_when_it_comes(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.signed_in("mara", Role::Owner).await;
    let end = server.app.clock.now() + TimeDelta::milliseconds(500);
    code(&server, "HARBOUR-42", |invite| invite.expiry = Expiry::At(end)).await;
    for (millis, shown) in
        [(0, ["HARBOUR-42", "1"]), (499, ["HARBOUR-42", "1"]), (1, ["", "0"]), (0, ["", "0"])]
    {
        server.clock.advance(Duration::from_millis(millis));
        let list = browser.get(CODES).await;
        assert_eq!(SHOWN.map(|part| list.all(part).concat()), shown, "{millis} ms later");
    }
}

async fn what_somebody_just_made_is_on_their_page(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.signed_in("mara", Role::Owner).await;
    for made in 1..=2 {
        let page = browser.htmx().submit(new_form(&browser).await).await;
        assert_eq!(page.all(SHOWN[0]).len(), made, "{}", page.text());
    }
}
