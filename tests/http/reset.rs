//! `/reset`: a new password by a one-time link.

use doorlist::domain::access::Role;
use doorlist::domain::id::UserId;
use futures_util::future::join_all;

use crate::database::{Kind, both};
use crate::support::{Answer, Browser, PASSWORD, Server, statuses};

both![
    a_link_is_shown_once_and_lets_its_person_choose_a_password,
    the_page_neither_looks_a_link_up_nor_uses_it,
    one_answer_to_every_link_that_does_not_work,
    a_link_lives_thirty_minutes_and_a_new_one_ends_it,
    a_link_ends_with_what_it_was_made_for,
    faults_of_the_password_leave_the_link_as_it_is,
    a_link_used_ten_times_at_once_works_once,
    tries_are_limited_for_each_address,
    a_link_is_kept_as_its_hash_only,
    choosing_a_password_ends_the_wait_after_wrong_ones,
];

const NEW: &str = "lighthouse-copper-19-tide";
const WORTHLESS: &str = "This link does not work any more. Ask for a new one.";

struct Case {
    server: Server,
    staff: Browser,
    luca: Browser,
    id: UserId,
}

impl Case {
    async fn new(kind: Kind) -> Self {
        let server = Server::start(kind);
        let staff = server.signed_in("olga", Role::Owner).await.with("sec-fetch-site", "same-origin");
        let id = server.person("luca", Role::Member).await;
        let luca = server.browser();
        luca.sign_in("luca", PASSWORD).await;
        Self { server, staff, luca, id }
    }

    async fn post(&self, verb: &str, fields: &[(&str, &str)]) -> u16 {
        self.staff.post(&format!("/admin/users/{}/{verb}", self.id), fields).await.status
    }

    async fn link(&self) -> String {
        let answer = self.staff.post(&format!("/admin/users/{}/reset-link", self.id), &[]).await;
        answer.one(".secret code")
    }
}

async fn choose(browser: &Browser, key: &str, password: &str) -> Answer {
    let page = browser.get("/reset").await;
    browser.submit(page.form("/reset").fill("key", key).fill("password", password)).await
}

async fn a_link_is_shown_once_and_lets_its_person_choose_a_password(kind: Kind) {
    let case = Case::new(kind).await;
    let page = case.staff.get(&format!("/admin/users/{}", case.id)).await;
    let made = case.staff.submit(page.form(&format!("/admin/users/{}/reset-link", case.id))).await;
    assert_eq!((made.status, made.one("#dialog-title").as_str()), (200, "Reset link created"));
    let link = made.one(".secret code");
    assert!(link.starts_with(&format!("http://{}/reset#", case.server.address)), "{link}");
    assert_eq!(made.attributes(".secret [data-copy]", "data-copy"), [link.as_str()]);
    let again = case.staff.get(&format!("/admin/users/{}", case.id)).await;
    assert!(!again.text().contains(link.split('#').next_back().unwrap()), "only once");

    let stranger = case.server.browser();
    let done = choose(&stranger, &link, NEW).await;
    let sign_in = stranger.get(done.redirect()).await;
    assert_eq!(sign_in.all("#toasts .toast p"), ["Your password is changed. Sign in with it."]);
    assert_eq!(case.luca.get("/").await.redirect(), "/sign-in", "signed out everywhere");
    assert_eq!(stranger.sign_in("luca", PASSWORD).await.status, 422);
    assert_eq!(stranger.sign_in("luca", NEW).await.redirect(), "/");
    assert_eq!(case.server.count("links"), 0);
    let rows = case.server.audit("account.password_reset").await;
    assert_eq!((rows.len(), rows[0].actor_kind.as_str()), (1, "nobody"));
    assert_eq!(rows[0].target_id, Some(case.id.key()));
    assert_eq!(case.server.audit("user.reset_link_made").await.len(), 1);
}

async fn the_page_neither_looks_a_link_up_nor_uses_it(kind: Kind) {
    let case = Case::new(kind).await;
    let link = case.link().await;
    let stranger = case.server.browser();
    for _ in 0..3 {
        let page = stranger.get("/reset").await;
        assert_eq!((page.status, page.one("h1").as_str()), (200, "Choose a new password"));
        assert_eq!(page.attributes("[data-from-hash]", "name"), ["key"]);
    }
    let token = link.split('#').next_back().unwrap();
    assert_eq!(
        choose(&stranger, token, NEW).await.redirect(),
        "/sign-in",
        "the token alone may be pasted, too"
    );
}

async fn one_answer_to_every_link_that_does_not_work(kind: Kind) {
    let case = Case::new(kind).await;
    let used = case.link().await;
    choose(&case.server.browser(), &used, NEW).await;
    let unknown = "ab".repeat(32);
    let setup = doorlist::domain::secret::Token::new([9; 32]);
    case.server.database.execute(&format!(
        "INSERT INTO links (token_hash, purpose, created_at, expires_at) \
         VALUES ('{}', 'setup', '2026-11-20 09:00:00', '2026-11-21 09:00:00')",
        setup.hash().as_str()
    ));
    for key in [used.as_str(), &unknown, "", "x", &format!("{unknown}0"), setup.reveal()] {
        let answer = choose(&case.server.browser(), key, NEW).await;
        assert_eq!((answer.status, answer.error_of("key").as_str()), (422, WORTHLESS), "{key}");
        assert_eq!(answer.form("/reset").value("key"), key, "what was typed is kept");
        assert_eq!(answer.form("/reset").value("password"), "", "but for the password");
    }
    assert_eq!(case.server.audit("account.password_reset").await.len(), 1);
    assert_eq!(case.server.count("links"), 1, "the set-up link is untouched");
}

async fn a_link_lives_thirty_minutes_and_a_new_one_ends_it(kind: Kind) {
    for (millis, status) in [(30 * 60_000 - 1, 303), (30 * 60_000, 422)] {
        let case = Case::new(kind).await;
        let link = case.link().await;
        case.server.clock.advance(std::time::Duration::from_millis(millis));
        assert_eq!(choose(&case.server.browser(), &link, NEW).await.status, status, "{millis}");
    }
    let case = Case::new(kind).await;
    let (first, second) = (case.link().await, case.link().await);
    assert_eq!(choose(&case.server.browser(), &first, NEW).await.error_of("key"), WORTHLESS);
    assert_eq!(choose(&case.server.browser(), &second, NEW).await.status, 303);
}

/// Whoever made a link for a member must not open an admin's account with it.
async fn a_link_ends_with_what_it_was_made_for(kind: Kind) {
    for (verb, fields, back) in [
        ("role", &[("role", "admin")][..], "keep"),
        ("suspend", &[], "unsuspend"),
        ("remove", &[], "restore"),
    ] {
        let case = Case::new(kind).await;
        let link = case.link().await;
        assert_eq!(case.post(verb, fields).await, 303);
        assert_eq!(choose(&case.server.browser(), &link, NEW).await.error_of("key"), WORTHLESS, "{verb}");
        assert_eq!(case.post(back, &[]).await, 303);
        assert_eq!(
            choose(&case.server.browser(), &link, NEW).await.error_of("key"),
            WORTHLESS,
            "{verb}, {back}"
        );
    }
    for status in ["suspended", "removed"] {
        let case = Case::new(kind).await;
        let link = case.link().await;
        case.server
            .database
            .execute(&format!("UPDATE users SET status = '{status}' WHERE username = 'luca'"));
        assert_eq!(choose(&case.server.browser(), &link, NEW).await.error_of("key"), WORTHLESS, "{status}");
        assert_eq!(case.post("reset-link", &[]).await, 404, "{status}");
    }
    let case = Case::new(kind).await;
    let link = case.link().await;
    let form =
        case.luca.get("/account").await.form("/account/password").fill("current", PASSWORD).fill("new", NEW);
    assert_eq!(case.luca.submit(form).await.status, 303);
    assert_eq!(
        choose(&case.server.browser(), &link, "another-lantern-7-reef").await.error_of("key"),
        WORTHLESS
    );
}

async fn faults_of_the_password_leave_the_link_as_it_is(kind: Kind) {
    let case = Case::new(kind).await;
    case.server
        .database
        .execute("UPDATE users SET email = 'x@y.z', email_folded = 'x@y.z' WHERE username = 'luca'");
    let link = case.link().await;
    let browser = case.server.browser();
    for wrong in ["short", "passwordpassword", "lucalucaluca1"] {
        let answer = choose(&browser, &link, wrong).await;
        assert_eq!(answer.status, 422, "{wrong}");
        assert!(!answer.error_of("password").is_empty() && answer.all("#key-error").is_empty(), "{wrong}");
    }
    assert_eq!(case.luca.get("/").await.status, 200, "nothing happened");
    assert_eq!(choose(&browser, &link, NEW).await.status, 303);
}

async fn a_link_used_ten_times_at_once_works_once(kind: Kind) {
    let case = Case::new(kind).await;
    let replica = case.server.replica();
    let link = case.link().await;
    let mut forms = Vec::new();
    for number in 0..10 {
        let browser = case.server.browser();
        let browser = if number % 2 == 0 { browser } else { browser.at(replica.address) };
        let form = browser.get("/reset").await.form("/reset").fill("key", &link);
        forms.push((browser, form.fill("password", &format!("{NEW}-{number}"))));
    }
    let answers = join_all(forms.iter().map(|(browser, form)| browser.submit(form.clone()))).await;
    let good: Vec<_> = answers.iter().filter(|answer| answer.status == 303).collect();
    assert_eq!(good.len(), 1, "{:?}", statuses(&answers));
    for answer in answers.iter().filter(|answer| answer.status != 303) {
        assert_eq!((answer.status, answer.error_of("key").as_str()), (422, WORTHLESS));
    }
    assert_eq!(case.server.audit("account.password_reset").await.len(), 1);
}

async fn tries_are_limited_for_each_address(kind: Kind) {
    let case = Case::new(kind).await;
    let browser = case.server.browser();
    let form = browser.get("/reset").await.form("/reset").fill("key", "x").fill("password", "y");
    for _ in 0..10 {
        assert_eq!(browser.submit(form.clone()).await.status, 422);
    }
    let refused = browser.submit(form.clone()).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "30"));
    assert_eq!(case.server.browser().get("/reset").await.status, 200);
}

async fn a_link_is_kept_as_its_hash_only(kind: Kind) {
    let case = Case::new(kind).await;
    let link = case.link().await;
    let token = link.split('#').next_back().unwrap();
    let kept = case.server.database.dump();
    assert_eq!(token.len(), 64);
    assert!(!kept.contains(token));
    let hash = doorlist::domain::secret::Token::parse(token).unwrap().hash();
    assert!(kept.contains(hash.as_str()));
}

async fn choosing_a_password_ends_the_wait_after_wrong_ones(kind: Kind) {
    let case = Case::new(kind).await;
    let stranger = case.server.browser();
    for _ in 0..6 {
        stranger.sign_in("luca", "wrong").await;
    }
    assert_eq!(stranger.sign_in("luca", PASSWORD).await.status, 429);
    let link = case.link().await;
    choose(&case.server.browser(), &link, NEW).await;
    assert_eq!(case.server.browser().sign_in("luca", NEW).await.redirect(), "/");
}
