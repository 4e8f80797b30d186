//! How often somebody may try to sign in: for each account, and for each address.

use doorlist::domain::access::Role;
use doorlist::domain::id::UserId;

use crate::database::{Kind, both};
use crate::support::{Answer, PASSWORD, Server};

const WRONG: &str = "another-lantern-42-moss";

both![
    an_account_is_spaced_from_the_fifth_failure_up_to_five_minutes,
    an_unknown_name_is_spaced_in_the_same_way,
    an_account_has_one_count_for_its_name_and_its_address,
    a_success_clears_the_count_and_a_quiet_hour_forgets_it,
    strangers_do_not_lock_out_a_browser_that_signed_in_before,
    a_known_browser_is_spaced_on_its_own_count,
    replicas_share_the_count_of_an_account,
    an_address_has_ten_tries_and_then_one_in_thirty_seconds,
    the_limit_of_an_address_is_a_setting,
    a_refused_try_is_a_toast_for_htmx,
    only_a_trusted_proxy_is_believed_about_the_address,
    behind_a_trusted_proxy_each_client_has_a_limit_and_nobody_else_can_choose_theirs,
];

/// A try from an address of its own, so that only the account counts.
async fn try_from_anywhere(server: &Server, login: &str) -> Answer {
    server.browser().sign_in(login, WRONG).await
}

fn refused_for(answer: &Answer, seconds: u64) {
    assert_eq!(answer.status, 429, "{}", answer.text());
    assert_eq!(answer.header("retry-after"), seconds.to_string());
    let unit = if seconds == 1 { "second" } else { "seconds" };
    assert_eq!(answer.one(".gate__lede"), format!("Too many tries. Wait {seconds} {unit}, then try again."));
    assert_eq!(answer.one(".fault__request code"), answer.header("x-request-id"));
}

async fn spacing(server: &Server, login: &str) {
    for _ in 0..5 {
        assert_eq!(try_from_anywhere(server, login).await.status, 422);
    }
    for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
        refused_for(&try_from_anywhere(server, login).await, seconds);
        server.advance(seconds - 1);
        refused_for(&try_from_anywhere(server, login).await, 1);
        server.advance(1);
        assert_eq!(try_from_anywhere(server, login).await.status, 422, "after {seconds}");
    }
}

async fn an_account_is_spaced_from_the_fifth_failure_up_to_five_minutes(kind: Kind) {
    let server = Server::start(kind);
    server.person("mara", Role::Member).await;
    spacing(&server, "mara").await;
    let right = server.browser().sign_in("mara", PASSWORD).await;
    refused_for(&right, 300);
    server.advance(300);
    assert_eq!(server.browser().sign_in("mara", PASSWORD).await.status, 303);
}

async fn an_unknown_name_is_spaced_in_the_same_way(kind: Kind) {
    let server = Server::start(kind);
    spacing(&server, "nemo").await;
    refused_for(&try_from_anywhere(&server, " NEMO ").await, 300);
}

async fn an_account_has_one_count_for_its_name_and_its_address(kind: Kind) {
    let server = Server::start(kind);
    server
        .account("mara", Role::Member, |account| account.email = Some("mara@harbour.example".to_owned()))
        .await;
    for login in ["mara", "Mara", "mara@harbour.example", "MARA@harbour.example", " mara "] {
        assert_eq!(try_from_anywhere(&server, login).await.status, 422, "{login}");
    }
    refused_for(&try_from_anywhere(&server, "mara").await, 1);
}

async fn a_success_clears_the_count_and_a_quiet_hour_forgets_it(kind: Kind) {
    let server = Server::start(kind);
    server.person("mara", Role::Member).await;
    for _ in 0..3 {
        for _ in 0..4 {
            assert_eq!(try_from_anywhere(&server, "mara").await.status, 422);
        }
        assert_eq!(server.browser().sign_in("mara", PASSWORD).await.status, 303);
        assert_eq!(server.count("sign_in_throttles"), 0);
    }
    for _ in 0..2 {
        for _ in 0..5 {
            assert_eq!(try_from_anywhere(&server, "mara").await.status, 422);
        }
        refused_for(&try_from_anywhere(&server, "mara").await, 1);
        server.advance(3600);
    }
}

/// Five failures: the sixth try has to wait.
async fn shut(server: &Server, login: &str) {
    for _ in 0..5 {
        assert_eq!(try_from_anywhere(server, login).await.status, 422);
    }
    refused_for(&try_from_anywhere(server, login).await, 1);
}

async fn strangers_do_not_lock_out_a_browser_that_signed_in_before(kind: Kind) {
    let server = Server::start(kind);
    server.person("noor", Role::Member).await;
    let mara = server.signed_in("mara", Role::Member).await;
    mara.submit(mara.get("/").await.form("/sign-out")).await;
    shut(&server, "mara").await;
    assert_eq!(mara.sign_in("mara", PASSWORD).await.status, 303);
    refused_for(&try_from_anywhere(&server, "mara").await, 1);

    shut(&server, "noor").await;
    mara.submit(mara.get("/").await.form("/sign-out")).await;
    let other = mara.sign_in("noor", PASSWORD).await;
    refused_for(&other, 1);
}

async fn a_known_browser_is_spaced_on_its_own_count(kind: Kind) {
    let server = Server::start(kind);
    let mara = server.signed_in("mara", Role::Member).await;
    mara.submit(mara.get("/").await.form("/sign-out")).await;
    for _ in 0..5 {
        assert_eq!(mara.sign_in("mara", WRONG).await.status, 422);
    }
    refused_for(&mara.sign_in("mara", PASSWORD).await, 1);
    assert_eq!(server.browser().sign_in("mara", PASSWORD).await.status, 303, "elsewhere it is open");
    server.advance(1);
    assert_eq!(mara.sign_in("mara", PASSWORD).await.status, 303);
}

async fn replicas_share_the_count_of_an_account(kind: Kind) {
    let server = Server::start(kind);
    let replica = server.replica();
    server.person("mara", Role::Member).await;
    for at in [&server, &replica, &server, &replica, &server] {
        assert_eq!(try_from_anywhere(at, "mara").await.status, 422);
    }
    refused_for(&try_from_anywhere(&replica, "mara").await, 1);
}

async fn an_address_has_ten_tries_and_then_one_in_thirty_seconds(kind: Kind) {
    let server = Server::start(kind);
    server.person("mara", Role::Member).await;
    let one = server.browser_at("127.0.0.7");
    for number in 0..10 {
        assert_eq!(one.sign_in(&format!("nemo{number}"), WRONG).await.status, 422);
    }
    refused_for(&one.sign_in("mara", PASSWORD).await, 30);
    assert_eq!(server.count("audit"), 10, "a try that was turned away is not made");
    assert_eq!(server.browser_at("127.0.0.8").sign_in("mara", PASSWORD).await.status, 303);
    server.advance(29);
    refused_for(&one.sign_in("mara", PASSWORD).await, 1);
    server.advance(1);
    assert_eq!(one.sign_in("mara", WRONG).await.status, 422);
    refused_for(&one.sign_in("mara", PASSWORD).await, 30);
}

async fn the_limit_of_an_address_is_a_setting(kind: Kind) {
    let server = Server::with(kind, &[("DOORLIST_LIMIT_SIGN_IN", "2/5s")]);
    let one = server.browser();
    for _ in 0..2 {
        assert_eq!(one.sign_in("nemo", WRONG).await.status, 422);
    }
    refused_for(&one.sign_in("nemo", WRONG).await, 5);
}

async fn a_refused_try_is_a_toast_for_htmx(kind: Kind) {
    let server = Server::with(kind, &[("DOORLIST_LIMIT_SIGN_IN", "1/30s")]);
    let browser = server.browser();
    browser.sign_in("nemo", WRONG).await;
    let answer =
        browser.htmx().submit(browser.get("/sign-in").await.form("/sign-in").fill("login", "nemo")).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, "30"));
    assert_eq!((answer.header("hx-retarget"), answer.header("hx-reswap")), ("#toasts", "beforeend"));
    assert!(!answer.text().contains("<html"), "a fragment, not a page");
    assert_eq!(answer.one(".toast code"), answer.header("x-request-id"));
    assert!(answer.one(".toast p").starts_with("Too many tries. Wait 30 seconds, then try again."));
}

async fn only_a_trusted_proxy_is_believed_about_the_address(kind: Kind) {
    let server = Server::with(kind, &[("DOORLIST_TRUSTED_PROXIES", "127.0.0.9, 10.0.0.0/8")]);
    let mara: UserId = server.person("mara", Role::Member).await;
    for (peer, lines, expected) in [
        ("127.0.0.9", &["203.0.113.4"][..], "203.0.113.4"),
        ("127.0.0.9", &["198.51.100.1, 203.0.113.5", "10.1.2.3"], "203.0.113.5"),
        ("127.0.0.9", &["198.51.100.1, nonsense, 10.1.2.3"], "10.1.2.3"),
        ("127.0.0.9", &[], "127.0.0.9"),
        ("127.0.0.10", &["203.0.113.6"], "127.0.0.10"),
    ] {
        let browser =
            lines.iter().fold(server.browser_at(peer), |browser, line| browser.with("x-forwarded-for", line));
        assert_eq!(browser.sign_in("mara", PASSWORD).await.status, 303);
        let signed_in = server.audit("session.signed_in").await;
        assert!(signed_in.iter().any(|row| row.address.as_deref() == Some(expected)), "{peer} {lines:?}");
        assert!(signed_in.iter().all(|row| row.actor_id == Some(mara.key())));
        let listed = browser.get("/").await.all(".rows .cell-sub");
        assert!(listed.iter().any(|line| line.starts_with(&format!("{expected} ·"))), "{listed:?}");
    }
}

async fn behind_a_trusted_proxy_each_client_has_a_limit_and_nobody_else_can_choose_theirs(kind: Kind) {
    let server =
        Server::with(kind, &[("DOORLIST_TRUSTED_PROXIES", "127.0.0.9"), ("DOORLIST_LIMIT_SIGN_IN", "1/30s")]);
    for (peer, forwarded, status) in [
        ("127.0.0.9", "203.0.113.4", 422),
        ("127.0.0.9", "203.0.113.4", 429),
        ("127.0.0.9", "203.0.113.5", 422),
        ("127.0.0.9", "203.0.113.6, 203.0.113.5", 429),
        ("127.0.0.10", "203.0.113.7", 422),
        ("127.0.0.10", "203.0.113.8", 429),
    ] {
        let browser = server.browser_at(peer).with("x-forwarded-for", forwarded);
        let answer = browser.sign_in("nemo", WRONG).await;
        server.database.execute("DELETE FROM sign_in_throttles");
        assert_eq!(answer.status, status, "{forwarded} through {peer}");
    }
}
