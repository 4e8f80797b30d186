//! Secrets that are looked for where they must not be: in the log, in the database, in the figures.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, OnceLock};

use doorlist::domain::access::Role;
use doorlist::domain::audit::Origin;
use doorlist::domain::password::PlainPassword;
use doorlist::ops::sign_in::{Attempt, Browser as Agent, Outcome, sign_in};
use doorlist::telemetry;

use crate::database::{Kind, both};
use crate::support::{Browser, PASSWORD, Server};
use crate::tokens::make;

both![
    what_people_type_is_neither_logged_nor_kept_in_clear,
    a_session_token_is_kept_as_its_hash_only,
    an_api_token_is_kept_as_its_hash_only,
    the_log_holds_each_request_by_its_number_and_its_route,
];

/// Everything that this process logs, at its most talkative.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// The log of the process goes to one place; whoever comes first says where.
fn log(server: &Server) -> Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    let start = || {
        let log = Log::default();
        let writer = log.clone();
        telemetry::start(&server.app.config, move || writer.clone(), false).unwrap();
        log
    };
    LOG.get_or_init(start).clone()
}

const TALKATIVE: [(&str, &str); 2] = [("DOORLIST_LOG", "trace"), ("DOORLIST_LOG_FORMAT", "json")];

/// Sends every form there is with secrets in it, and says what must be found nowhere.
async fn tell_secrets(server: &Server, browser: &Browser) -> Vec<String> {
    let mut secrets: Vec<String> = Vec::new();
    let mut secret = |name: &str| {
        let text = format!("{name} otter {} maps", server.address.port());
        secrets.push(text.clone());
        text
    };
    let (first, wrong, second, lost) = (secret("first"), secret("wrong"), secret("second"), secret("lost"));
    let (login, query) = (secret("login"), format!("/sign-in?next=/q{}", secret("query").replace(' ', "-")));
    let key = server.setup_key().await;
    let form = server.setup_form(browser, &key).await;
    browser.submit(form.clone().fill("password", &wrong).fill("key", "another")).await;
    assert_eq!(browser.submit(form.fill("password", &first)).await.redirect(), "/admin");
    let account = browser.get("/account").await.form("/account/password");
    browser.submit(account.clone().fill("current", &wrong).fill("new", &lost)).await;
    browser.submit(account.clone().fill("current", &first).fill("new", "short")).await;
    let before = browser.cookies()["doorlist"].clone();
    assert_eq!(browser.submit(account.fill("current", &first).fill("new", &second)).await.status, 303);
    let stranger = server.browser();
    stranger.get(&query).await;
    stranger.sign_in(&login, &wrong).await;
    stranger.sign_in("olga", &second).await;
    stranger.send_form("/sign-in", format!("login=a&password={}&csrf=x", lost.replace(' ', "+"))).await;
    let page = browser.get("/account").await;
    secrets.push(query.split("=/").last().unwrap().to_owned());
    secrets.extend([
        key,
        before,
        browser.cookies()["doorlist"].clone(),
        stranger.cookies()["doorlist"].clone(),
    ]);
    secrets.push(page.form("/sign-out").value("csrf").to_owned());
    browser.submit(page.form("/sign-out")).await;
    secrets.extend(secrets.clone().iter().map(|secret| secret.replace(' ', "+")));
    secrets
}

async fn what_people_type_is_neither_logged_nor_kept_in_clear(kind: Kind) {
    let server = Server::fresh(kind, &TALKATIVE);
    let log = log(&server);
    let secrets = tell_secrets(&server, &server.browser()).await;
    let number = server.browser().get("/nowhere").await.header("x-request-id").to_owned();
    let places =
        [("the log", log.text()), ("the database", server.database.dump()), ("its files", files(&server))];
    assert!(places[0].1.contains(&number), "the log is kept");
    assert!(places[1].1.contains("$argon2id$"), "the passwords are kept as hashes");
    for (place, text) in places {
        for secret in &secrets {
            assert!(!text.contains(secret), "{place} holds {secret}");
        }
    }
}

/// All files beside the database, as text: the database itself on SQLite, and what it has not yet folded in.
fn files(server: &Server) -> String {
    let folder = server.database.path("");
    let files = std::fs::read_dir(folder).unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap());
    files.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect()
}

async fn a_session_token_is_kept_as_its_hash_only(kind: Kind) {
    let server = Server::with(kind, &TALKATIVE);
    let log = log(&server);
    server.person("mara", Role::Member).await;
    let password = PlainPassword::typed(PASSWORD).unwrap();
    let attempt = Attempt { login: "mara".to_owned(), password, browser: Agent::default() };
    let outcome = sign_in(&server.app, Origin::default(), attempt).await.unwrap();
    let Outcome::Welcome { token, .. } = outcome else { panic!("refused") };
    let kept = server.database.dump();
    assert!(kept.contains(token.hash().as_str()));
    for text in [kept, files(&server), log.text(), format!("{token:?}")] {
        assert!(!text.contains(token.reveal()));
    }
}

async fn an_api_token_is_kept_as_its_hash_only(kind: Kind) {
    let server = Server::with(kind, &TALKATIVE);
    let log = log(&server);
    let owner = server.signed_in("olga", Role::Owner).await.with("sec-fetch-site", "same-origin");
    let token = make(&owner, "Canary", &["users:read"]).await;
    owner.get("/admin/tokens").await;
    assert!(server.database.dump().contains(token.hash().as_str()));
    let cookies = format!("{:?}", owner.cookies());
    for text in [server.database.dump(), files(&server), log.text(), cookies, format!("{token:?}")] {
        assert!(!text.contains(token.reveal()));
    }
}

async fn the_log_holds_each_request_by_its_number_and_its_route(kind: Kind) {
    let server = Server::with(kind, &TALKATIVE);
    let log = log(&server);
    let answer = server.browser().with("user-agent", "canary-agent").get("/account/typed/by-hand").await;
    let number = answer.header("x-request-id");
    let text = log.text();
    let lines: Vec<_> = text.lines().filter(|line| line.contains(number)).collect();
    assert!(lines.iter().any(|line| line.contains("404") && line.contains("GET")), "{lines:?}");
    assert!(!text.contains("by-hand") && !text.contains("canary-agent"));
}
