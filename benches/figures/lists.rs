//! Lists and details with a million rows beside the same with a hundred, each page asked of both in turn.

use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;

use doorlist::domain::id::{AuditId, InviteId, UserId};
use doorlist::domain::time::Timestamp;

use crate::clock::now;
use crate::crowd::{self, Known, Size};
use crate::http::{Connection, get, get_as_program};
use crate::people;
use crate::place::{Engine, Place};
use crate::program::Program;
use crate::report::{Figure, Target};
use crate::samples::{all_millis, median};
use crate::span::Span;
use crate::{Outcome, api, pages};

/// What is held against it.
const FEW: Size = Size { rows: 100, audit: 100 };
const WARM_UP: usize = 5;
const TIMES: usize = 60;
/// The lists as they open.
const LISTS: [(&str, &str); 3] =
    [("Codes", "/admin/invites"), ("People", "/admin/users"), ("Log", "/admin/audit")];
const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(1);

/// A program with so many rows, and one connection to it.
struct Side {
    program: Program,
    known: Known,
    cookie: String,
    token: String,
    connection: Connection,
    // Gone last: its database is the program's.
    _place: Place,
}

impl Side {
    async fn new(binary: &Path, engine: &Engine, size: Size) -> Outcome<Self> {
        let place = Place::new(engine)?;
        let program = Program::start(binary, &place)?;
        people::set_up(&program, &place).await?;
        program.stop()?;
        let token = api::token(&place).await?;
        let known = crowd::fill(&place, size)?;
        let program = Program::start(binary, &place)?;
        let cookie = people::owner(&program).await?;
        let connection = Connection::open(program.address, Ipv4Addr::LOCALHOST).await?;
        Ok(Self { program, known, cookie, token, connection, _place: place })
    }

    /// How long it takes until a page is read and here.
    async fn time(&mut self, path: &str, others: &[String]) -> Outcome<Duration> {
        for other in others {
            self.ask(other).await?;
        }
        self.ask(path).await
    }

    async fn ask(&mut self, path: &str) -> Outcome<Duration> {
        let request = if path.starts_with("/api/") {
            get_as_program(self.program.address, path, &self.token)
        } else {
            get(self.program.address, path, &self.cookie)
        };
        let asked = now();
        match self.connection.ask(&request).await?.status {
            200 => Ok(asked.elapsed()),
            status => Err(format!("{path} was answered with {status}").into()),
        }
    }
}

/// The page of a list that begins before a moment.
fn page_before(list: &str, at: Timestamp) -> String {
    let id = match list {
        "/admin/invites" => InviteId::new(at, [0; 10]).to_string(),
        "/admin/users" => UserId::new(at, [0; 10]).to_string(),
        _ => AuditId::new(at, [0; 10]).to_string(),
    };
    format!("{list}?before={id}")
}

/// When the rows of a list were written.
fn span(known: &Known, list: &str) -> Span {
    if list == "/admin/audit" { known.logged } else { known.came }
}

/// Some empty pages of the list that a page belongs to, if it belongs to one: the program remembers the latest few pages, and
/// this one is to be read.
fn others(known: &Known, path: &str) -> Vec<String> {
    let is_of = |list: &&str| path.split('?').next() == Some(list);
    let list = LISTS.into_iter().map(|(_, list)| list).find(is_of);
    list.map(|list| span(known, list).before().map(|at| page_before(list, at)).collect()).unwrap_or_default()
}

/// What is asked for.
#[derive(Clone)]
struct Page {
    name: &'static str,
    /// With many rows, where it is full unless it is a search for nothing.
    path: String,
    /// With a hundred. Too few of them match a filter to fill a page: it is held against the full page of them all, and a
    /// search against one that finds about as many.
    beside: &'static str,
}

fn questions(known: &Known) -> Vec<Page> {
    let mut pages = [code_pages(known), people_pages(known), log_pages(known)].concat();
    let others = [
        ("Listing codes by the API", "/api/v1/invites"),
        ("Listing people by the API", "/api/v1/users"),
        ("The overview", "/admin"),
    ];
    pages.extend(others.map(|(name, path)| Page { name, path: path.to_owned(), beside: path }));
    pages
}

/// Searches that find a page of a hundred.
const FOUND_CODES: &str = "/admin/invites?status=all&q=table";
const FOUND_PEOPLE: &str = "/admin/users?q=example";

fn code_pages(Known { open_house, creator, middle, .. }: &Known) -> Vec<Page> {
    let codes = |name, query: String| {
        let path = format!("/admin/invites?{query}");
        let list = "/admin/invites?status=all";
        Page { name, beside: if path.contains("q=") { FOUND_CODES } else { list }, path }
    };
    let plain = |name, query: &str| codes(name, query.to_owned());
    vec![
        plain("Codes: active", "status=active"),
        plain("Codes: paused", "status=paused"),
        plain("Codes: expired", "status=expired"),
        plain("Codes: used up", "status=used_up"),
        plain("Codes: all", "status=all"),
        codes("Codes: all, from the middle", format!("status=all&before={middle}")),
        plain("Codes: of one role", "status=all&role=admin"),
        codes("Codes: of one creator", format!("status=all&by={creator}")),
        codes("Codes: paused, of one role and creator", format!("status=paused&role=support&by={creator}")),
        plain("Codes: beginning with one symbol", "status=all&q=7"),
        plain("Codes: beginning with three symbols", "status=all&q=7QM"),
        plain("Codes: beginning so, of one tab and role", "status=paused&role=member&q=7Q"),
        plain("Codes: a word of many labels", "status=all&q=evening"),
        plain("Codes: a part of few labels", "status=all&q=ble+976"),
        Page {
            name: "A code that one in twenty came with",
            path: format!("/admin/invites/{open_house}"),
            beside: "/admin/invites?status=all",
        },
    ]
}

fn people_pages(Known { open_house, person, .. }: &Known) -> Vec<Page> {
    let people = |name, query: &str| {
        let path = format!("/admin/users?{query}");
        Page { name, beside: if path.contains("q=") { FOUND_PEOPLE } else { "/admin/users" }, path }
    };
    vec![
        people("People", ""),
        people("People: suspended", "status=suspended"),
        people("People: removed", "status=removed"),
        people("People: of one role", "role=support"),
        people("People: flagged", "review=flagged"),
        people("People: approved, of one role", "review=approved&role=support"),
        people("People: with one code", &format!("invite={open_house}")),
        people("People: with one code, suspended", &format!("invite={open_house}&status=suspended")),
        people("People: with one code, of one role", &format!("invite={open_house}&role=manager")),
        people("People: without a code", "invite=none"),
        people("People: without a code, suspended", "invite=none&status=suspended"),
        people("People: from the middle", &format!("before={person}")),
        people("People: beginning with two letters", "q=so"),
        people("People: a part of many names", "q=indq"),
        people("People: a part of few addresses", "q=1863%40h"),
        people("People: a part of none", "q=zzzzz"),
        Page {
            name: "Somebody in the middle",
            path: format!("/admin/users/{person}"),
            beside: "/admin/invites?status=all",
        },
    ]
}

fn log_pages(Known { creator, middle, person, entry, day, .. }: &Known) -> Vec<Page> {
    let log = |name, query: String| {
        let path = format!("/admin/audit?{query}");
        Page { name, path, beside: "/admin/audit" }
    };
    vec![
        log("Log", String::new()),
        log("Log: from the middle", format!("before={entry}")),
        log("Log: one day in the middle", format!("from={day}&to={day}")),
        log("Log: of one kind", "action=invite.extended".to_owned()),
        log("Log: of one kind that never happened", "action=user.purged".to_owned()),
        log("Log: of one kind, until the middle", format!("action=session.sign_in_failed&to={day}")),
        log("Log: by one person", format!("actor={creator}")),
        log("Log: of one kind, by one person", format!("actor={creator}&action=invite.created")),
        log("Log: by nobody", "actor=nobody".to_owned()),
        log("Log: by the cleanup, which did nothing", "actor=system".to_owned()),
        log("Log: about one person", format!("target={person}")),
        log("Log: about one code, of one kind", format!("target={middle}&action=invite.created")),
        log("Log: about one code, by one person", format!("target={middle}&actor={creator}")),
    ]
}

/// How fast whole pages of lists with many rows are, beside `/healthz`: the first page again and again, which is read as often
/// as the program has to, and another page each time, which is always read.
async fn shares(many: &Side) -> Outcome<Vec<Figure>> {
    let mut figures = Vec::new();
    for (name, path) in LISTS {
        let first = vec![get(many.program.address, path, &many.cookie)];
        let request = |at| get(many.program.address, &page_before(path, at), &many.cookie);
        let others = span(&many.known, path).some().map(request);
        for (id, kind, requests) in [
            ("share", "of the rate of `/healthz`", first),
            ("share.others", "another page each time", others.collect()),
        ] {
            let mut shares = Vec::new();
            for _ in 0..ROUNDS {
                let bare = pages::round(&many.program, "/healthz", "", ROUND).await?.rate;
                let rate = pages::in_turn(&many.program, requests.clone(), ROUND).await?.rate;
                shares.push(rate * 100.0 / bare);
            }
            let figure = Figure::new(&format!("lists.{path}.{id}"), &format!("{name}, {kind}"), "%", &shares);
            figures.push(figure.target(Target::AtLeast(5.0)));
        }
    }
    Ok(figures)
}

/// Measures every page with few rows and with many.
pub async fn measure(binary: &Path, engine: &Engine, size: Size) -> Outcome<Vec<Figure>> {
    let filling = now();
    let mut many = Side::new(binary, engine, size).await?;
    let filled = filling.elapsed().as_secs_f64();
    let mut few = Side::new(binary, engine, FEW).await?;
    let mut figures = vec![Figure::new("lists.filled", "Filling the database", "s", &[filled])];
    for Page { name, path, beside } in questions(&many.known) {
        let mut times = (Vec::new(), Vec::new());
        let (others, others_of_few) = (others(&many.known, &path), others(&few.known, beside));
        for round in 0..WARM_UP + TIMES {
            let (one, other) = (many.time(&path, &others).await?, few.time(beside, &others_of_few).await?);
            if round >= WARM_UP {
                times.0.push(one);
                times.1.push(other);
            }
        }
        let (with_many, with_few) = (median(&all_millis(&times.0)), median(&all_millis(&times.1)));
        let id = format!("lists.{}", name.to_lowercase().replace([':', ',', ' '], "_"));
        figures.push(Figure::new(&id, name, "ms", &[with_many]).target(Target::Below(30.0)));
        let times =
            Figure::new(&format!("{id}.times"), "… times that of 100 rows", "×", &[with_many / with_few]);
        figures.push(times.target(Target::Below(2.0)));
    }
    figures.extend(shares(&many).await?);
    let (_, peak) = many.program.memory()?;
    figures.push(Figure::new("lists.memory", "Most memory", "MiB", &[peak]).target(Target::Below(60.0)));
    many.program.stop()?;
    few.program.stop()?;
    Ok(figures)
}
