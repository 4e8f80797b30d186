//! `doorlist demo`: what is to be seen in it, and that nothing is left of it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};

use diesel::prelude::*;
use reqwest::Client;
use reqwest::redirect::Policy;
use rustix::process::{Pid, Signal, kill_process};
use scraper::{Html, Selector};

use crate::doorlist;

/// A demo that is ended when its test ends, however it ends.
struct Demo {
    child: Child,
    printed: BufReader<ChildStdout>,
    origin: String,
    greeting: Vec<String>,
}

impl Demo {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let temporary = folder.to_str().unwrap();
        // Whatever else is said of a server does not concern the demo.
        let variables = [
            ("DOORLIST_LISTEN", free.as_str()),
            ("TMPDIR", temporary),
            ("DATABASE_URL", "postgres://nobody@127.0.0.1:9/nothing"),
            ("REGISTRATION_MODE", "closed"),
        ];
        let mut command = doorlist(folder, &[&["demo"], arguments].concat(), &variables);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        while !log.next().expect("it ended before it served").unwrap().contains("serving") {}
        // The rest of the log goes nowhere, but it must not fill its pipe.
        std::thread::spawn(move || log.for_each(drop));
        let mut printed = BufReader::new(child.stdout.take().unwrap());
        let mut greeting = Vec::new();
        while greeting
            .last()
            .is_none_or(|line: &String| !line.starts_with("All of it") && !line.starts_with("It stays"))
        {
            let mut line = String::new();
            assert!(printed.read_line(&mut line).unwrap() > 0, "it says how it ends: {greeting:?}");
            greeting.push(line.trim_end().to_owned());
        }
        Self { child, printed, origin: format!("http://{free}"), greeting }
    }

    /// What it says after a heading.
    fn after(&self, heading: &str) -> &[String] {
        let at = self.greeting.iter().position(|line| line == heading).unwrap();
        &self.greeting[at + 1..]
    }

    fn stop(mut self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        assert!(self.child.wait().unwrap().success());
        assert_eq!(self.printed.read_line(&mut String::new()).unwrap(), 0, "it says no more");
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It is an error only if it has ended already, as after `stop`.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Somebody who is signed in.
struct Visitor {
    client: Client,
    origin: String,
}

impl Visitor {
    async fn enter(origin: &str, login: &str, password: &str) -> Self {
        let client =
            Client::builder().no_proxy().cookie_store(true).redirect(Policy::none()).build().unwrap();
        let visitor = Self { client, origin: origin.to_owned() };
        let (_, page) = visitor.get("/sign-in").await;
        let csrf = attribute(&page, "form[action='/sign-in'] [name=csrf]", "value").concat();
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("csrf", csrf.as_str()), ("login", login), ("password", password)])
            .finish();
        let request = visitor.client.post(format!("{origin}/sign-in")).body(form);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        assert_eq!(request.send().await.unwrap().status(), 303, "{login} signs in");
        visitor
    }

    async fn get(&self, path: &str) -> (u16, String) {
        let answer = self.client.get(format!("{}{path}", self.origin)).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
}

fn attribute(page: &str, selector: &str, name: &str) -> Vec<String> {
    let page = Html::parse_document(page);
    let selector = Selector::parse(selector).unwrap();
    page.select(&selector).map(|element| element.attr(name).unwrap_or_default().to_owned()).collect()
}

fn texts(page: &str, selector: &str) -> Vec<String> {
    let page = Html::parse_document(page);
    let text = |element: scraper::ElementRef<'_>| {
        element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    page.select(&Selector::parse(selector).unwrap()).map(text).collect()
}

#[tokio::test]
async fn everybody_who_is_named_signs_in_and_sees_what_they_may() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(folder.path(), &[]);
    assert!(demo.greeting[0].contains(&demo.origin), "{:?}", demo.greeting);
    let password = demo.after("Sign in with the password")[0].trim().to_owned();
    let people: Vec<(&str, &str)> = demo.after("as one of")[..5]
        .iter()
        .map(|line| line.trim().split_once(' ').unwrap())
        .map(|(username, role)| (username, role.trim()))
        .collect();
    assert_eq!(
        people.iter().map(|(_, role)| *role).collect::<Vec<_>>(),
        ["Owner", "Admin", "Manager", "Support", "Member"]
    );
    for (username, role) in &people {
        let visitor = Visitor::enter(&demo.origin, username, &password).await;
        let (status, home) = visitor.get("/").await;
        assert_eq!(status, 200, "{username}");
        assert!(home.contains(role), "{username} is {role}");
        let (_, panel) = visitor.get("/admin").await;
        let links = attribute(&panel, ".sidenav__link", "href");
        assert_eq!(links.is_empty(), *role == "Member", "{username}: {links:?}");
        for link in &links {
            assert_eq!(visitor.get(link).await.0, 200, "{username} at {link}");
        }
    }
    let owner = Visitor::enter(&demo.origin, people[0].0, &password).await;
    shows_every_state(&owner).await;
    demo.stop();
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left of it");
}

async fn shows_every_state(owner: &Visitor) {
    let (_, codes) = owner.get("/admin/invites?status=all").await;
    let tabs = texts(&codes, ".tabs .count");
    assert_eq!(tabs.last().unwrap(), "25");
    assert!(tabs.iter().all(|count| count != "0"), "there are codes in every state: {tabs:?}");
    let (_, people) = owner.get("/admin/users").await;
    let tabs: Vec<u32> = texts(&people, ".tabs .count").iter().map(|count| count.parse().unwrap()).collect();
    assert!(tabs.iter().sum::<u32>() == 60 && tabs.iter().all(|count| *count > 0), "{tabs:?}");
    for narrowed in [
        "status=suspended",
        "role=admin",
        "role=manager",
        "role=support",
        "review=waiting",
        "review=flagged",
        "review=approved",
    ] {
        let (_, list) = owner.get(&format!("/admin/users?{narrowed}")).await;
        assert!(!texts(&list, "#users tbody tr").is_empty(), "{narrowed}");
    }
    let (_, overview) = owner.get("/admin").await;
    assert!(overview.contains("Autumn residency"), "the code that takes people along is pointed out");
    let (_, log) = owner.get("/admin/audit").await;
    assert_eq!(texts(&log, ".log__entry").len(), 50, "there is more than a page of history");
    assert!(!texts(&log, "[rel=next]").is_empty());
    let (_, tokens) = owner.get("/admin/tokens").await;
    assert_eq!(texts(&tokens, "#tokens tbody tr").len(), 2);
}

#[tokio::test]
async fn one_that_is_kept_is_there_the_next_time() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("kept");
    let arguments = ["--keep", kept.to_str().unwrap()];
    let database = kept.join("demo.db");
    let values = |sql: &str| -> i64 {
        let mut connection = SqliteConnection::establish(database.to_str().unwrap()).unwrap();
        diesel::select(diesel::dsl::sql::<diesel::sql_types::BigInt>(sql))
            .get_result(&mut connection)
            .unwrap()
    };
    Demo::start(folder.path(), &arguments).stop();
    let of_the_demo = values("(SELECT count(*) FROM users)");
    assert_eq!(of_the_demo, 60);
    let newest =
        "(SELECT CAST(max(julianday(at)) * 86400 AS INTEGER) FROM audit WHERE actor_kind = 'person')";
    let last = values(newest);
    Demo::start(folder.path(), &arguments).stop();
    assert_eq!(
        (values("(SELECT count(*) FROM users)"), values(newest)),
        (60, last),
        "nothing was played again"
    );

    // One that was left half full is made anew.
    std::fs::write(kept.join("demo.unfinished"), "").unwrap();
    let mut connection = SqliteConnection::establish(database.to_str().unwrap()).unwrap();
    diesel::sql_query("DELETE FROM audit").execute(&mut connection).unwrap();
    drop(connection);
    Demo::start(folder.path(), &arguments).stop();
    assert!(values("(SELECT count(*) FROM audit)") > 100);
    assert!(!kept.join("demo.unfinished").exists());
}
