//! More of everything than a page holds.

use doorlist::domain::access::Role;
use doorlist::domain::id::{InviteId, UserId};
use doorlist::domain::user::{Account, Status, Username};
use doorlist::store::{self, StoreError};
use doorlist::sys::passwords::StoredHash;

use crate::blank;
use crate::codes::code;
use crate::database::{Kind, both};
use crate::support::Server;

both![
    everybody_who_joined_is_found_page_by_page,
    a_history_that_is_longer_than_a_page_says_where_the_rest_is,
    tabs_count_up_to_a_thousand,
];

/// Lets that many people join with a code, one each second, and answers with their names, the latest first.
async fn let_join(server: &Server, invite: InviteId, count: usize) -> Vec<String> {
    let mut people = Vec::new();
    for number in 0..count {
        let now = server.app.clock.now();
        people.push(Account {
            id: UserId::new(now, server.app.entropy.bytes()),
            username: Username::parse(&format!("person.{number}")).unwrap(),
            display_name: None,
            email: None,
            role: Role::Member,
            status: Status::Active,
            status_reason: None,
            created_at: now,
        });
        server.advance(1);
    }
    let names = people.iter().rev().map(|person| format!("@{}", person.username)).collect();
    let joined: Result<(), StoreError> = server
        .app
        .store
        .write(move |tx| {
            people.iter().try_for_each(|person| {
                store::users::insert(tx, person, &StoredHash("none".to_owned()))?;
                store::invites::record_use(tx, invite, person.id, person.created_at)
            })
        })
        .await;
    joined.unwrap();
    names
}

async fn everybody_who_joined_is_found_page_by_page(kind: Kind) {
    let server = Server::start(kind);
    let id = code(&server, "HARBOUR-42", |invite| invite.uses = 120).await;
    let names = let_join(&server, id, 120).await;
    let browser = server.signed_in("mara", Role::Support).await;
    let mut seen = Vec::new();
    let mut next = Some(format!("/admin/invites/{id}"));
    while let Some(address) = next {
        let page = browser.get(&address).await;
        let people = page.all("#people .person__meta");
        assert_eq!(people.len(), 50.min(120 - seen.len()), "{address}");
        let first = page.attributes("#people a[rel=first]", "href");
        assert_eq!(first.len(), usize::from(!seen.is_empty()), "{address}: the way back");
        seen.extend(people);
        next = page.attributes("#people a[rel=next]", "href").pop();
    }
    assert_eq!(seen, names);
}

async fn a_history_that_is_longer_than_a_page_says_where_the_rest_is(kind: Kind) {
    let server = Server::start(kind);
    let id = code(&server, "HARBOUR-42", |_| {}).await;
    let here = format!("/admin/invites/{id}");
    let browser = server.signed_in("mara", Role::Manager).await.with("sec-fetch-site", "same-origin");
    for number in 1..=51 {
        let verb = if number % 2 == 0 { "resume" } else { "pause" };
        assert_eq!(browser.post(&format!("{here}/{verb}"), &[]).await.status, 303);
        if number >= 50 {
            let page = browser.get(&here).await;
            assert_eq!(page.all("#history li").len(), 50);
            let rest = page.all("#history > p");
            let said = "These are the latest 50 changes. The audit log has them all.";
            assert_eq!(rest, vec![said; number - 50]);
        }
    }
    let whole = browser.get(&format!("/admin/audit?target={id}")).await;
    assert_eq!(
        (whole.status, whole.attributes("a[rel=next]", "href").len()),
        (200, 1),
        "it has a second page"
    );
}

async fn tabs_count_up_to_a_thousand(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.signed_in("mara", Role::Support).await;
    for (more, shown) in [(999, "999"), (1, "1,000"), (1, "1,000+"), (500, "1,000+")] {
        let (now, entropy) = (server.app.clock.now(), server.app.entropy.clone());
        let made: Result<bool, StoreError> = server
            .app
            .store
            .write(move |tx| {
                let mut all = true;
                for _ in 0..more {
                    let id = InviteId::new(now, entropy.bytes());
                    all &= store::invites::insert(tx, &blank::invite(id, &id.key(), now))?;
                }
                Ok(all)
            })
            .await;
        assert!(made.unwrap());
        let counts = browser.get("/admin/invites").await.all(".tab .count");
        assert_eq!(counts, [shown, "0", "0", "0", shown]);
    }
}
