//! The overview: what there is, and what needs somebody.

use chrono::TimeDelta;
use doorlist::domain::access::Role;
use doorlist::domain::expiry::Expiry;
use doorlist::ops::maintenance::{Cleanup, Outcome};

use crate::codes::{check, code, join_form};
use crate::database::{Kind, both};
use crate::support::{Answer, Browser, Server};

both![
    the_figures_are_those_of_the_tables,
    codes_about_to_take_people_along_say_whom_and_offer_more_time,
    a_stopped_cleanup_is_said_to_all_staff,
    six_hundred_wrong_codes_in_a_minute_raise_one_alarm,
    nothing_to_do_is_said_too,
];

fn figures(page: &Answer) -> Vec<String> {
    page.all(".figure")
}

fn attention(page: &Answer) -> Vec<String> {
    page.all("section[aria-labelledby=attention] li")
}

async fn joined(server: &Server, code: &str, name: &str) -> Browser {
    let browser = server.browser();
    assert_eq!(browser.submit(join_form(&browser, code, name).await).await.status, 303);
    browser
}

async fn the_figures_are_those_of_the_tables(kind: Kind) {
    let server = Server::start(kind);
    let end = server.app.clock.now() + TimeDelta::days(2);
    code(&server, "HARBOUR-42", |_| {}).await;
    code(&server, "ENDING-42", |invite| invite.expiry = Expiry::At(end)).await;
    code(&server, "PAUSED-42", |invite| invite.paused = true).await;
    joined(&server, "HARBOUR-42", "theo").await;
    server.advance(3_600);
    joined(&server, "HARBOUR-42", "ines").await;
    let page = server.signed_in("mara", Role::Support).await.get("/admin").await;
    assert_eq!(
        figures(&page),
        [
            "Users43 joined in the last 7 days",
            "Active invite codes21 expires within 3 days",
            "Joined, last 30 days33 today",
            "Waiting for review2Oldest: 1 hour ago",
        ]
    );
    assert!(
        attention(&page)
            .contains(&"2 people wait for reviewThe first of them joined 1 hour agoReview".to_owned())
    );
}

async fn codes_about_to_take_people_along_say_whom_and_offer_more_time(kind: Kind) {
    let server = Server::start(kind);
    let end = server.app.clock.now() + TimeDelta::days(3);
    let id = code(&server, "FADING-42", |invite| {
        (invite.expiry, invite.delete_users_on_expiry, invite.role) = (Expiry::At(end), true, Role::Support);
    });
    let id = id.await;
    joined(&server, "FADING-42", "theo").await;
    joined(&server, "FADING-42", "ines").await;
    server.database.execute("UPDATE users SET kept = TRUE, review = 'approved' WHERE username = 'ines'");
    server.database.execute("UPDATE users SET review = 'approved' WHERE username = 'theo'");
    let manager = server.signed_in("mara", Role::Manager).await.get("/admin").await;
    assert_eq!(attention(&manager), ["FADING-42Expires in 3 days and removes 1 userExtend FADING-42"]);
    let extend = format!("/admin/invites/{id}/extend");
    assert_eq!(manager.attributes("section[aria-labelledby=attention] a", "href"), [extend]);
    let support = server.signed_in("grace", Role::Support).await.get("/admin").await;
    let masked = &attention(&support)[0];
    assert!(
        !masked.contains("ING-42") && !masked.contains("Extend") && masked.contains("removes 1 user"),
        "{masked}"
    );
    server.advance(1);
    server.database.execute("UPDATE invites SET expires_at = '2026-12-24 09:00:00'");
    let page = server.signed_in("otto", Role::Manager).await.get("/admin").await;
    assert_eq!(attention(&page), Vec::<String>::new(), "that is far away");
}

async fn a_stopped_cleanup_is_said_to_all_staff(kind: Kind) {
    let server = Server::start(kind);
    let cleanup = Cleanup::new(server.app.clone());
    cleanup.run().await.unwrap();
    server.clock.jump(TimeDelta::hours(-3));
    assert_eq!(cleanup.run().await.unwrap(), Outcome::Stopped);
    let told = "The cleanup is stoppedThe clock jumped back by 3 hours. Nobody is removed or erased until an owner lets it go on.";
    let support = server.signed_in("grace", Role::Support).await.get("/admin").await;
    assert_eq!(attention(&support), [told]);
    let admin = server.signed_in("mara", Role::Admin).await.get("/admin").await;
    assert_eq!(attention(&admin), [format!("{told}Settings")]);
}

async fn six_hundred_wrong_codes_in_a_minute_raise_one_alarm(kind: Kind) {
    let server = Server::start(kind);
    let support = server.signed_in("grace", Role::Support).await;
    let now = server.app.clock.now();
    let id = |n: u32, at| {
        doorlist::domain::id::AuditId::new(
            at,
            [n.to_be_bytes()[2], n.to_be_bytes()[3], 0, 0, 0, 0, 0, 0, 0, 0],
        )
        .key()
    };
    let refused = |numbers: std::ops::Range<u32>, at: doorlist::domain::time::Timestamp| {
        let rows = numbers.map(|n| {
            format!("('{}', '{}', 'nobody', 'registration.refused')", id(n, at), at.format("%F %T"))
        });
        let rows = rows.collect::<Vec<_>>().join(", ");
        server.database.execute(&format!("INSERT INTO audit (id, at, actor_kind, action) VALUES {rows}"));
    };
    refused(0..598, now);
    // Long ago is not now.
    refused(600..1_000, now - TimeDelta::seconds(61));
    check(&server.browser(), "WRONG-CODE").await;
    assert_eq!(server.audit("registration.alarm").await.len(), 0, "599 in a minute");
    check(&server.browser(), "WRONG-CODE").await;
    check(&server.browser(), "WRONG-CODE").await;
    check(&server.browser(), "WRONG-CODE").await;
    assert_eq!(server.audit("registration.alarm").await.len(), 1, "and not one for each that follows");
    let told = attention(&support.get("/admin").await);
    assert!(told[0].starts_with("Somebody tries very many codes"), "{told:?}");
    server.advance(86_401);
    let later = server.signed_in("otto", Role::Support).await.get("/admin").await;
    assert_eq!(attention(&later), Vec::<String>::new());
}

async fn nothing_to_do_is_said_too(kind: Kind) {
    let server = Server::start(kind);
    let page = server.signed_in("grace", Role::Support).await.get("/admin").await;
    assert_eq!(page.one("section[aria-labelledby=attention] p"), "Nothing needs attention.");
    let idle = Server::with(kind, &[("DOORLIST_CLEANUP_INTERVAL", "0")]);
    let page = idle.signed_in("grace", Role::Support).await.get("/admin").await;
    assert!(attention(&page)[0].starts_with("The cleanup is turned off"));
}
