//! The cleanup: who goes with a code, who stays, once each, whatever happens to whoever does it.

use chrono::TimeDelta;
use doorlist::domain::access::Role;
use doorlist::domain::expiry::Expiry;
use doorlist::ops::maintenance::{Cleanup, Outcome, Summary};

use crate::codes::code;
use crate::database::{Kind, both};
use crate::support::{PASSWORD, Server};

both![
    whoever_came_with_an_ended_code_goes_with_it,
    nobody_goes_before_the_end_or_from_a_code_that_is_gone,
    a_thousand_go_once_each_though_the_runner_is_cut_off_twenty_times,
    a_clock_that_jumps_removes_nobody,
    a_long_absence_removes_nobody,
    after_the_grace_nothing_is_left_of_somebody,
    ended_codes_stay_or_go_as_the_instance_says,
    what_is_dead_is_dropped,
];

const MINUTE: u64 = 60;
const DAY: u64 = 86_400;

/// A code that takes its people along in an hour.
async fn fading(server: &Server, text: &str) -> String {
    let end = server.app.clock.now() + TimeDelta::hours(1);
    let id = code(server, text, |invite| {
        invite.expiry = Expiry::At(end);
        invite.delete_users_on_expiry = true;
    });
    id.await.key()
}

/// Says of people that they joined with a code.
fn joined(server: &Server, invite: &str, people: &str) {
    server.database.execute(&format!(
        "INSERT INTO invite_uses (user_id, invite_id, used_at) SELECT id, '{invite}', created_at FROM users WHERE {people}; \
         UPDATE users SET review = 'waiting' WHERE {people}; \
         UPDATE invites SET uses = (SELECT count(*) FROM invite_uses WHERE invite_id = invites.id)"
    ));
}

fn status(server: &Server, username: &str) -> String {
    server
        .database
        .values(&format!("SELECT status AS value FROM users WHERE username = '{username}'"))
        .concat()
}

async fn done(server: &Server) -> Summary {
    match Cleanup::new(server.app.clone()).run().await.unwrap() {
        Outcome::Done(summary) => summary,
        other => panic!("{other:?}"),
    }
}

async fn whoever_came_with_an_ended_code_goes_with_it(kind: Kind) {
    let server = Server::start(kind);
    let invite = fading(&server, "FADING-01").await;
    for name in ["theo", "ines", "kept.one", "promoted", "sleepy"] {
        server.person(name, Role::Member).await;
    }
    server.person("risen", Role::Owner).await;
    server.person("stranger", Role::Member).await;
    joined(&server, &invite, "username NOT IN ('founder', 'stranger')");
    server.database.execute(
        "UPDATE users SET kept = TRUE WHERE username = 'kept.one'; \
         UPDATE users SET role_changed_at = created_at WHERE username = 'promoted'; \
         UPDATE users SET status = 'suspended', suspended_at = created_at WHERE username = 'sleepy'",
    );
    let theo = server.browser();
    assert_eq!(theo.sign_in("theo", PASSWORD).await.status, 303);
    server.advance(60 * MINUTE);

    assert_eq!(done(&server).await, Summary { removed: 3, ..Summary::default() });
    for (name, expected) in [
        ("theo", "removed"),
        ("ines", "removed"),
        ("sleepy", "removed"),
        ("kept.one", "active"),
        ("promoted", "active"),
        ("risen", "active"),
        ("stranger", "active"),
    ] {
        assert_eq!(status(&server, name), expected, "{name}");
    }
    assert_eq!(theo.get("/").await.redirect(), "/sign-in", "whoever is gone is signed out");
    assert_eq!(server.count("sessions"), 0);
    let rows = server.audit("user.removed").await;
    assert_eq!(rows.len(), 3);
    for row in rows {
        assert_eq!((row.actor_kind.as_str(), row.actor_id), ("job", None));
        assert_eq!(row.changes.as_deref(), Some(r#"{"code":[null,"FA••-••••"]}"#));
    }
    assert_eq!(server.audit("invite.users_removed").await.len(), 1);
    assert_eq!(done(&server).await, Summary::default(), "there is nothing left to do");
}

async fn nobody_goes_before_the_end_or_from_a_code_that_is_gone(kind: Kind) {
    let server = Server::start(kind);
    let (one, other) = (fading(&server, "FADING-01").await, fading(&server, "FADING-02").await);
    server.person("theo", Role::Member).await;
    server.person("ines", Role::Member).await;
    joined(&server, &one, "username = 'theo'");
    joined(&server, &other, "username = 'ines'");
    server.database.execute(&format!("UPDATE invites SET deleted_at = created_at WHERE id = '{other}'"));
    server.advance(60 * MINUTE - 1);
    assert_eq!(done(&server).await.removed, 0);
    server.advance(1);
    assert_eq!(done(&server).await.removed, 1);
    assert_eq!([status(&server, "theo"), status(&server, "ines")], ["removed", "active"]);
}

async fn a_thousand_go_once_each_though_the_runner_is_cut_off_twenty_times(kind: Kind) {
    const PEOPLE: usize = 1_000;
    let server = Server::start(kind);
    let invite = fading(&server, "FADING-01").await;
    let values = (0..PEOPLE + 3).map(|n| {
        format!("('{n:026}', 'guest{n}', 'guest{n}', 'none', 'member', 'active', '2026-01-01 00:00:00')")
    });
    let insert =
        "INSERT INTO users (id, username, username_skeleton, password_hash, role, status, created_at) VALUES";
    server.database.execute("DELETE FROM users");
    server.database.execute(&format!("{insert} {}", values.collect::<Vec<_>>().join(", ")));
    joined(&server, &invite, "TRUE");
    server.database.execute(&format!(
        "UPDATE users SET kept = TRUE WHERE username = 'guest{PEOPLE}'; \
         UPDATE users SET role_changed_at = created_at WHERE username = 'guest{}'; \
         UPDATE users SET role = 'owner' WHERE username = 'guest{}'",
        PEOPLE + 1,
        PEOPLE + 2
    ));
    let replicas = [server.replica(), server.replica(), server.replica()];
    // Only a server that shares its database has another clock to compare its own with.
    let off = (kind == Kind::Postgres).then(|| server.replica_off_by(TimeDelta::hours(1)));
    if let Some(off) = &off {
        let outcome = Cleanup::new(off.app.clone()).run().await.unwrap();
        assert_eq!(outcome, Outcome::ClockIsOff(TimeDelta::hours(1)));
        assert_eq!(server.count("users WHERE status = 'removed'"), 0, "nobody goes early");
    }
    server.advance(60 * MINUTE);

    for cut in 0..20 {
        let goal = (cut + 1) * PEOPLE / 25;
        let running = Cleanup::new(replicas[cut % 3].app.clone());
        let clock = server.clock.clone();
        let task = tokio::spawn(async move {
            // The step during which the one before was cut off may have been written, and its lease made longer.
            while running.run().await.unwrap() == Outcome::Elsewhere {
                clock.advance(std::time::Duration::from_secs(2 * MINUTE));
            }
        });
        while server.count("users WHERE status = 'removed'") < goal {
            assert!(!task.is_finished(), "it ended at {}", server.count("users WHERE status = 'removed'"));
            tokio::task::yield_now().await;
        }
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled(), "it was cut off in the middle");
        let others = Cleanup::new(replicas[(cut + 1) % 3].app.clone()).run().await.unwrap();
        assert_eq!(others, Outcome::Elsewhere, "the others wait for the lease");
    }
    // The last of them may still be writing its last step.
    server.advance(10 * MINUTE);
    let last = done(&replicas[0]).await.removed;
    assert!((1..PEOPLE / 4).contains(&last), "{last}");
    assert_eq!(server.count("users WHERE status = 'removed'"), PEOPLE);
    assert_eq!(server.count("users WHERE status = 'active'"), 3, "the owner, the kept and the promoted one");
    let rows = "(SELECT DISTINCT target_id FROM audit WHERE action = 'user.removed') AS gone";
    assert_eq!((server.audit("user.removed").await.len(), server.count(rows)), (PEOPLE, PEOPLE));
}

async fn a_clock_that_jumps_removes_nobody(kind: Kind) {
    let server = Server::start(kind);
    let invite = fading(&server, "FADING-01").await;
    server.person("theo", Role::Member).await;
    server.person("ines", Role::Member).await;
    joined(&server, &invite, "username = 'theo'");
    server
        .database
        .execute("UPDATE users SET status = 'removed', removed_at = created_at WHERE username = 'ines'");
    let cleanup = Cleanup::new(server.app.clone());
    assert_eq!(cleanup.run().await.unwrap(), Outcome::Done(Summary::default()));

    server.clock.jump(TimeDelta::days(3_650));
    for _ in 0..2 {
        assert_eq!(cleanup.run().await.unwrap(), Outcome::Stopped);
    }
    assert_eq!(
        (status(&server, "theo"), server.count("users WHERE purged_at IS NOT NULL")),
        ("active".to_owned(), 0)
    );
    let rows = server.audit("job.stopped").await;
    assert_eq!(rows.len(), 1);
    let said = r#"{"reason":[null,"The clock jumped ahead by 3650 days."]}"#;
    assert_eq!((rows[0].actor_kind.as_str(), rows[0].changes.as_deref()), ("job", Some(said)));
    assert_eq!(Cleanup::new(server.replica().app.clone()).run().await.unwrap(), Outcome::Stopped);
}

async fn a_long_absence_removes_nobody(kind: Kind) {
    let server = Server::start(kind);
    let invite = fading(&server, "FADING-01").await;
    server.person("theo", Role::Member).await;
    joined(&server, &invite, "username = 'theo'");
    done(&server).await;
    server.advance(7 * DAY + 1);
    let after = Cleanup::new(server.replica().app.clone());
    assert_eq!(after.run().await.unwrap(), Outcome::Stopped);
    assert_eq!(status(&server, "theo"), "active");
}

async fn after_the_grace_nothing_is_left_of_somebody(kind: Kind) {
    let server = Server::start(kind);
    let invite = fading(&server, "FADING-01").await;
    let theo = server.browser();
    let form = crate::codes::join_form(&theo, "FADING-01", "theo.unforgettable").await;
    let form = form.fill("email", "theo@unforgettable.example").fill("name", "Theo Unforgettable");
    assert_eq!(theo.submit(form).await.status, 303);
    let account = theo.get("/account").await;
    let renamed = account.form("/account/profile").fill("name", "Unforgettable Theo");
    assert_eq!(theo.submit(renamed).await.status, 303);
    let (id, hash) = (
        "SELECT id AS value FROM users WHERE username = 'theo.unforgettable'",
        "SELECT password_hash AS value FROM users WHERE username = 'theo.unforgettable'",
    );
    let (id, hash) = (server.database.values(id).concat(), server.database.values(hash).concat());
    let address = server
        .database
        .values("SELECT joined_from AS value FROM users WHERE joined_from IS NOT NULL")
        .concat();
    let cleanup = Cleanup::new(server.app.clone());
    server.advance(60 * MINUTE);
    assert_eq!(cleanup.run().await.unwrap(), Outcome::Done(Summary { removed: 1, ..Summary::default() }));
    server.advance(7 * DAY - 1);
    assert_eq!(cleanup.run().await.unwrap(), Outcome::Done(Summary::default()), "the grace is not over");
    server.advance(1);
    assert_eq!(cleanup.run().await.unwrap(), Outcome::Done(Summary { purged: 1, ..Summary::default() }));

    let everything = server.database.dump();
    for known in ["nforgettable", hash.as_str(), address.as_str()] {
        assert!(!everything.contains(known), "{known} is still there: {everything}");
    }
    assert!(everything.contains(&id), "that somebody joined stays");
    assert_eq!(server.count(&format!("invite_uses WHERE invite_id = '{invite}'")), 1);
    assert_eq!(server.database.values("SELECT CAST(uses AS TEXT) AS value FROM invites").concat(), "1");
    assert_eq!(server.audit("user.purged").await.len(), 1);
    code(&server, "HARBOUR-42", |_| {}).await;
    let again = server.browser();
    let form = crate::codes::join_form(&again, "HARBOUR-42", "theo.unforgettable").await;
    assert_eq!(again.submit(form).await.status, 303, "the name is free again");
}

async fn ended_codes_stay_or_go_as_the_instance_says(kind: Kind) {
    let server = Server::start(kind);
    let end = server.app.clock.now() + TimeDelta::hours(1);
    code(&server, "FADING-01", |invite| invite.expiry = Expiry::At(end)).await;
    code(&server, "LASTING-1", |_| {}).await;
    let cleanup = Cleanup::new(server.app.clone());
    server.advance(60 * MINUTE);
    assert_eq!(cleanup.run().await.unwrap(), Outcome::Done(Summary::default()), "the default is to keep");
    server.database.execute("UPDATE settings SET expired_codes_days = 1");
    server.advance(DAY - 1);
    assert_eq!(cleanup.run().await.unwrap(), Outcome::Done(Summary::default()));
    server.advance(1);
    assert_eq!(cleanup.run().await.unwrap(), Outcome::Done(Summary { codes: 1, ..Summary::default() }));
    let code = server.database.values("SELECT code AS value FROM invites WHERE deleted_at IS NOT NULL");
    assert_eq!(code, ["FADING-01"], "its record stays as the origin of accounts");
    assert_eq!(server.audit("invite.deleted").await.len(), 1);
}

async fn what_is_dead_is_dropped(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.signed_in("theo", Role::Member).await;
    let cleanup = Cleanup::new(server.app.clone());
    server.advance(7 * DAY - 1);
    assert_eq!(cleanup.run().await.unwrap(), Outcome::Done(Summary::default()));
    assert_eq!(browser.get("/").await.status, 200);
    server.advance(7 * DAY);
    assert_eq!(cleanup.run().await.unwrap(), Outcome::Done(Summary { dropped: 1, ..Summary::default() }));
    assert_eq!(server.count("sessions"), 0);
}
