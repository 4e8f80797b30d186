//! The house rules of `docs/ARCHITECTURE.md`, read off the sources: which room imports which, where the outside world
//! is touched, how long files and functions grow, and what migrations and pages must not say.
//!
//! Sources are read as tokens, so that comments and strings cannot be mistaken for code and macros hide nothing.
#![cfg(test)]
#![expect(clippy::string_slice, reason = "every position was found in the text that it cuts")]

use std::{fmt, fs, path::Path};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Each room, and the rooms below it that it may import. A room that is not listed has no floor, and fails.
const FLOORS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("sys", &["domain"]),
    ("config", &["domain", "sys"]),
    ("telemetry", &["config", "domain"]),
    ("store", &["domain", "sys"]),
    ("app", &["config", "store", "sys"]),
    ("ops", &["app", "config", "domain", "store", "sys"]),
    ("jobs", &["app", "config", "domain", "ops", "sys", "telemetry"]),
    ("web", &["app", "config", "domain", "ops", "sys", "telemetry"]),
    // `serve` is a command, and starts the server and the jobs.
    ("cli", &["app", "config", "domain", "jobs", "ops", "sys", "telemetry", "web"]),
    ("main", &["cli", "config", "telemetry"]),
    ("lib", &[]),
];

/// What only one room may touch. One name is a crate (`*` ends a prefix), several are found anywhere in a path.
const OUTSIDE: &[(&[&str], &str)] = &[
    (&["diesel"], "store"),
    (&["diesel_migrations"], "store"),
    (&["libsqlite3_sys"], "store"),
    (&["pq_sys"], "store"),
    (&["actix_*"], "web"),
    (&["askama"], "web"),
    (&["askama_web"], "web"),
    (&["argon2"], "sys"),
    (&["rand"], "sys"),
    (&["Utc", "now"], "sys"),
    (&["Local", "now"], "sys"),
    (&["SystemTime", "now"], "sys"),
    (&["Instant", "now"], "sys"),
    (&["std", "env"], "main"),
];

/// A little above the 300 and 40 lines that the house rules name: near is near enough.
const FILE_LINES: usize = 330;
const FUNCTION_LINES: usize = 60;

struct Exception {
    file: &'static str,
    what: &'static str,
    #[expect(dead_code, reason = "it is there for the reader")]
    reason: &'static str,
}

const EXCEPTIONS: &[Exception] = &[
    Exception {
        file: "tests/architecture.rs",
        what: "is longer than 330 lines",
        reason: "one place for every rule that is held, and half of it shows that the checks can fail",
    },
    Exception {
        file: "src/main.rs",
        what: "touches `actix_*`",
        reason: "the program starts inside of the runtime that the server needs",
    },
];

#[derive(Debug)]
struct Fault {
    file: String,
    line: usize,
    what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)
    }
}

impl Fault {
    fn is_excepted_by(&self, exception: &Exception) -> bool {
        self.file == exception.file && self.what == exception.what
    }
}

/// Notes the faults of one file.
struct Inspector<'a> {
    file: &'a str,
    faults: Vec<Fault>,
}

impl<'a> Inspector<'a> {
    fn new(file: &'a str) -> Self {
        Self { file, faults: Vec::new() }
    }

    fn fault(&mut self, line: usize, what: impl Into<String>) {
        self.faults.push(Fault { file: self.file.into(), line, what: what.into() });
    }
}

/// `a::b::c` and the line it starts on. A use tree gives one path for each leaf, a field access `[".", field]`.
struct PathAt {
    segments: Vec<String>,
    line: usize,
}

fn is_punct(token: Option<&TokenTree>, character: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == character)
}

fn is_ident(token: Option<&TokenTree>, names: &[&str]) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if names.iter().any(|name| ident == name))
}

fn collect_paths(stream: TokenStream, prefix: &[String], paths: &mut Vec<PathAt>) {
    let tokens: Vec<TokenTree> = stream.into_iter().collect();
    let in_use_tree = !prefix.is_empty();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token {
            TokenTree::Ident(name) if in_use_tree && name == "as" => at += 2,
            TokenTree::Ident(_) => at = collect_path(&tokens, at, prefix, paths),
            TokenTree::Punct(star) if in_use_tree && star.as_char() == '*' => {
                at = collect_path(&tokens, at, prefix, paths);
            }
            TokenTree::Group(group) => {
                collect_paths(group.stream(), &[], paths);
                at += 1;
            }
            _ => at += 1,
        }
    }
}

/// Reads the path that starts at `start`, and answers with the position behind it.
fn collect_path(tokens: &[TokenTree], start: usize, prefix: &[String], paths: &mut Vec<PathAt>) -> usize {
    let line = tokens[start].span().start().line;
    let before = start.checked_sub(1).and_then(|before| tokens.get(before));
    let mut segments = prefix.to_vec();
    let mut at = start;
    loop {
        match tokens.get(at) {
            Some(TokenTree::Ident(name)) => segments.push(name.to_string()),
            Some(TokenTree::Punct(star)) if star.as_char() == '*' => segments.push("*".into()),
            Some(TokenTree::Group(tree)) if tree.delimiter() == Delimiter::Brace => {
                collect_paths(tree.stream(), &segments, paths);
                return at + 1;
            }
            _ => break,
        }
        at += 1;
        if !(is_punct(tokens.get(at), ':') && is_punct(tokens.get(at + 1), ':')) {
            break;
        }
        at += 2;
    }
    let is_call = matches!(tokens.get(at), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis);
    if is_punct(before, '.') && !is_call {
        segments.insert(0, ".".into());
    }
    // A lone name is a variable, unless it is imported.
    if segments.len() > 1 || is_ident(before, &["use", "crate"]) {
        paths.push(PathAt { segments, line });
    }
    at
}

/// `src/web/pages/join.rs` stands in the room `web`, `src/app.rs` in `app`.
fn room_of(file: &str) -> &str {
    let inside = file.trim_start_matches("src/");
    inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs")
}

/// The room that a path leads into, as seen from a file.
fn target<'a>(file: &str, segments: &[&'a str]) -> Option<&'a str> {
    let is_room = |name: &str| FLOORS.iter().any(|(room, _)| *room == name);
    let room = room_of(file);
    let stands_at_the_root = file == format!("src/{room}.rs") || file == format!("src/{room}/mod.rs");
    match *segments {
        ["crate" | "doorlist", name, ..] => Some(name),
        ["super", name, ..] if stands_at_the_root && is_room(name) => Some(name),
        [name, _, ..] if room == "lib" && is_room(name) => Some(name),
        _ => None,
    }
}

fn touches(segments: &[&str], outside: &[&str]) -> bool {
    match outside {
        [name] => match name.strip_suffix('*') {
            Some(prefix) => segments[0].starts_with(prefix),
            None => segments[0] == *name,
        },
        names => segments.windows(names.len()).any(|window| window == names),
    }
}

fn check_paths(inspector: &mut Inspector<'_>, stream: TokenStream) {
    let file = inspector.file;
    let room = room_of(file);
    let Some((_, below)) = FLOORS.iter().find(|(name, _)| *name == room) else {
        return inspector.fault(1, format!("`{room}` has no floor"));
    };
    let mut paths = Vec::new();
    collect_paths(stream, &[], &mut paths);
    for PathAt { segments, line } in &paths {
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        if let Some(name) = target(file, &segments)
            && name != room
            && !below.contains(&name)
        {
            inspector.fault(*line, format!("imports `{name}`"));
        }
        if segments.starts_with(&["super", "super"]) {
            inspector.fault(*line, "climbs by `super::super`, where `crate::` says where to");
        }
        if segments == [".", "store"] && !below.contains(&"store") && room != "store" {
            inspector.fault(*line, "reaches through to `.store`");
        }
        for (outside, owner) in OUTSIDE {
            if room != *owner && touches(&segments, outside) {
                inspector.fault(*line, format!("touches `{}`", outside.join("::")));
            }
        }
    }
}

fn check_functions(inspector: &mut Inspector<'_>, stream: TokenStream) {
    let tokens: Vec<TokenTree> = stream.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        if let TokenTree::Group(group) = token {
            check_functions(inspector, group.stream());
        }
        let (TokenTree::Ident(keyword), Some(TokenTree::Ident(name))) = (token, tokens.get(at + 1)) else {
            continue;
        };
        if keyword != "fn" {
            continue;
        }
        let mut signature = tokens[at..].iter().take_while(|token| !is_punct(Some(token), ';'));
        let body = signature.find_map(|token| match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group),
            _ => None,
        });
        let first = keyword.span().start().line;
        if body.is_some_and(|body| body.span_close().end().line - first >= FUNCTION_LINES) {
            inspector.fault(first, format!("`fn {name}` is longer than {FUNCTION_LINES} lines"));
        }
    }
}

fn check_rust(file: &str, source: &str) -> Vec<Fault> {
    let mut inspector = Inspector::new(file);
    let stream: TokenStream = source.parse().unwrap_or_else(|error| panic!("{file}: {error}"));
    if source.lines().count() > FILE_LINES {
        inspector.fault(FILE_LINES, format!("is longer than {FILE_LINES} lines"));
    }
    check_functions(&mut inspector, stream.clone());
    if file.starts_with("src/") {
        check_paths(&mut inspector, stream);
    }
    inspector.faults
}

/// The text without what stands between the marks, with every line where it was.
fn without(text: &str, open: &str, close: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(open) {
        let (inside, behind) = after.split_once(close).unwrap_or((after, ""));
        kept.push_str(before);
        kept.push(' ');
        kept.extend(inside.chars().filter(|character| *character == '\n'));
        rest = behind;
    }
    kept + rest
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// Position, name and value of everything that looks like an attribute of HTML.
fn attributes(text: &str) -> impl Iterator<Item = (usize, String, &str)> {
    text.match_indices('=').filter_map(|(at, _)| {
        let is_part = |character: char| character.is_ascii_alphanumeric() || "-_:.@".contains(character);
        let before = text[..at].trim_end_matches(is_part);
        let starts_here =
            before.ends_with(|character: char| character.is_whitespace() || "\"'`".contains(character));
        let value = text[at + 1..].split(['"', '\'']).nth(1).unwrap_or_default();
        starts_here.then(|| (before.len(), text[before.len()..at].to_ascii_lowercase(), value))
    })
}

/// What the Content-Security-Policy would block, and what would put code where nobody looks for it.
fn check_page(file: &str, source: &str) -> Vec<Fault> {
    let mut inspector = Inspector::new(file);
    if file.ends_with(".js") {
        check_markup(&mut inspector, source);
        check_words(
            &mut inspector,
            source,
            &["eval(", "new Function(", "document.write(", "setAttribute(\"style\""],
        );
    } else {
        let without_comments = without(source, "{#", "#}");
        let without_blocks = without(&without_comments, "{%", "%}");
        check_markup(&mut inspector, &without(&without_blocks, "{{", "}}"));
    }
    check_words(&mut inspector, source, &["<style", "hx-on", "javascript:"]);
    inspector.faults
}

fn check_markup(inspector: &mut Inspector<'_>, text: &str) {
    for (at, name, value) in attributes(text) {
        let event = name.strip_prefix("on").unwrap_or_default();
        let what = match name.as_str() {
            "style" => "has an inline style",
            "hx-vals" | "hx-headers" if value.trim_start().starts_with("js:") => "has a js: value",
            "hx-vars" => "has a js: value",
            "hx-trigger" if value.contains('[') => "has a trigger filter",
            _ if !event.is_empty() && event.chars().all(char::is_alphabetic) => "has an inline event handler",
            _ => continue,
        };
        inspector.fault(line_of(text, at), what);
    }
    for (at, _) in text.match_indices("<script") {
        let tag = text[at..].split('>').next().unwrap_or_default();
        if !tag.contains(" src=") {
            inspector.fault(line_of(text, at), "has an inline script");
        }
    }
}

fn check_words(inspector: &mut Inspector<'_>, source: &str, words: &[&str]) {
    for word in words {
        for (at, _) in source.match_indices(word) {
            let ends_a_longer_word =
                word.starts_with(char::is_alphabetic) && source[..at].ends_with(char::is_alphanumeric);
            if !ends_a_longer_word {
                inspector.fault(line_of(source, at), format!("says `{word}`"));
            }
        }
    }
}

/// Accounts are removed and purged by the program, which notes it in the audit log; the database must not do it alone.
fn check_migration(file: &str, source: &str) -> Vec<Fault> {
    let mut inspector = Inspector::new(file);
    let code =
        source.lines().map(|line| line.split("--").next().unwrap_or(line)).collect::<Vec<_>>().join(" ");
    let plain = code.to_lowercase().replace('"', "").replace('(', " (");
    for statement in plain.split(';') {
        let statement = statement.split_whitespace().collect::<Vec<_>>().join(" ");
        let tables = ["create table users ", "create table if not exists users ", "alter table users "];
        let is_about_users = tables.iter().any(|start| statement.starts_with(start));
        let cascades = statement.split("references ").skip(1).any(|clause| {
            (is_about_users || clause.starts_with("users ")) && clause.contains("on delete cascade")
        });
        if cascades {
            inspector.fault(1, "cascades towards `users`");
        }
    }
    inspector.faults
}

/// Every file below a folder of the project that ends so, as its path inside the project and its text.
fn sources(folder: &str, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)) else {
        return found;
    };
    for entry in entries {
        let entry = entry.expect("the folder can be read");
        let name = format!("{folder}/{}", entry.file_name().to_str().expect("names are UTF-8"));
        if entry.path().is_dir() {
            found.extend(sources(&name, ending));
        } else if name.ends_with(ending) {
            found.push((name, fs::read_to_string(entry.path()).expect("sources are UTF-8")));
        }
    }
    found.sort();
    found
}

fn rust_faults() -> Vec<Fault> {
    let folders = ["src", "tests", "benches"];
    folders
        .iter()
        .flat_map(|folder| sources(folder, ".rs"))
        .flat_map(|(file, text)| check_rust(&file, &text))
        .collect()
}

fn assert_none(faults: &[Fault]) {
    let lines: Vec<String> = faults.iter().map(Fault::to_string).collect();
    assert!(lines.is_empty(), "\n{}\n", lines.join("\n"));
}

fn whats(faults: &[Fault]) -> Vec<&str> {
    faults.iter().map(|fault| fault.what.as_str()).collect()
}

#[test]
fn sources_keep_to_their_floor_and_stay_short() {
    assert!(!sources("src", ".rs").is_empty());
    let mut faults = rust_faults();
    faults.retain(|fault| !EXCEPTIONS.iter().any(|exception| fault.is_excepted_by(exception)));
    assert_none(&faults);
}

#[test]
fn every_exception_is_needed() {
    let faults = rust_faults();
    for exception in EXCEPTIONS {
        let needed = faults.iter().any(|fault| fault.is_excepted_by(exception));
        assert!(needed, "{} no longer {}", exception.file, exception.what);
    }
}

#[test]
fn migrations_never_cascade_towards_users() {
    let migrations = sources("migrations", ".sql");
    assert!(!migrations.is_empty());
    let faults: Vec<Fault> = migrations.iter().flat_map(|(file, text)| check_migration(file, text)).collect();
    assert_none(&faults);
}

#[test]
fn pages_carry_no_inline_code() {
    let pages = [sources("templates", ""), sources("static/js", ".js")];
    assert!(pages.iter().all(|pages| !pages.is_empty()));
    let faults: Vec<Fault> = pages.iter().flatten().flat_map(|(file, text)| check_page(file, text)).collect();
    assert_none(&faults);
}

#[test]
fn what_is_measured_is_started_as_it_is_installed() {
    let read = |file: &str| {
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("the file can be read")
    };
    for file in ["benches/figures/program.rs", "tests/proof/program.rs"] {
        assert!(read(file).contains("(AS_INSTALLED)"), "{file} starts the program otherwise");
    }
    for file in ["Dockerfile", "docs/OPERATIONS.md", "benches/figures/installed.rs"] {
        // As one line, however the formatter breaks it.
        let text = read(file).split_whitespace().collect::<Vec<_>>().join(" ").replace("( ", "(");
        for (name, value) in [
            ("MALLOC_ARENA_MAX", "2"),
            (
                "GLIBC_TUNABLES",
                "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=16777216:glibc.malloc.trim_threshold=2097152",
            ),
        ] {
            let (set, handed_over) = (format!("{name}={value}"), format!("(\"{name}\", \"{value}\""));
            assert!(text.contains(&set) || text.contains(&handed_over), "{file} has no {set}");
        }
    }
}

#[test]
fn the_rust_check_can_fail() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("src/web/join.rs", "use crate::store::users;", &["imports `store`"]),
        (
            "src/web/join.rs",
            "use crate::{ops, store::{self as s, users}};",
            &["imports `store`", "imports `store`"],
        ),
        ("src/web/join.rs", "fn f() { info!(\"{}\", crate::store::NAME) }", &["imports `store`"]),
        ("src/web/mod.rs", "use super::store;", &["imports `store`"]),
        (
            "src/web/pages/join.rs",
            "use super::super::session;",
            &["climbs by `super::super`, where `crate::` says where to"],
        ),
        ("src/web/join.rs", "fn f(app: &App) { app.store.read() }", &["reaches through to `.store`"]),
        ("src/domain/user.rs", "use crate::*;", &["imports `*`"]),
        ("src/ops/users.rs", "use crate::web;", &["imports `web`"]),
        ("src/main.rs", "use doorlist::store::Store;", &["imports `store`"]),
        ("src/lib.rs", "pub mod store; pub use store::Store;", &["imports `store`"]),
        ("src/attic/old.rs", "", &["`attic` has no floor"]),
        ("src/ops/users.rs", "use diesel::prelude::*;", &["touches `diesel`"]),
        ("src/ops/users.rs", "#[derive(diesel::Queryable)] struct Row;", &["touches `diesel`"]),
        ("src/jobs/mod.rs", "#[actix_web::main] async fn f() {}", &["touches `actix_*`"]),
        ("src/store/users.rs", "use rand as dice;", &["touches `rand`"]),
        ("src/ops/users.rs", "fn f() { chrono::Utc::now(); }", &["touches `Utc::now`"]),
        ("src/config.rs", "use std::{env, fs};", &["touches `std::env`"]),
    ];
    for (file, source, expected) in cases {
        assert_eq!(whats(&check_rust(file, source)), *expected, "{source}");
    }
    let long = format!("const fn f() {{{}}}", "\n".repeat(FUNCTION_LINES));
    assert_eq!(whats(&check_rust("tests/x.rs", &long)), ["`fn f` is longer than 60 lines"]);
    assert_eq!(whats(&check_rust("tests/x.rs", &"\n".repeat(FILE_LINES + 1))), ["is longer than 330 lines"]);
}

#[test]
fn the_rust_check_lets_good_code_pass() {
    let good = "//! Not crate::store, and no diesel::x.
        use crate::{domain::user::User, ops, web::session as s};
        use super::reply;
        pub(crate) fn f(rand: u8) -> String { flag.store(true, Relaxed); let x = crate::ops::f::<T>(rand * 2); \"diesel::x\".into() }
        #[cfg(test)] mod tests { use super::*; }";
    assert_none(&check_rust("src/web/join.rs", good));
    assert_none(&check_rust(
        "src/store/users.rs",
        "use diesel::prelude::*; use crate::{domain, sys::clock};",
    ));
    assert_none(&check_rust("src/main.rs", "fn main() { std::env::vars(); doorlist::cli::run() }"));
}

#[test]
fn the_page_and_migration_checks_can_fail() {
    for bad in [
        "<p style=\"color: red\">",
        "<style>p { }</style>",
        "<script>alert(1)</script>",
        "<button onclick='f()'>",
        "<button hx-on:click=\"f()\">",
        "{% call button(extra=\"hx-on::load=f()\") %}",
        "<a href=\"javascript:f()\">",
        "<div hx-vals='js:{a: f()}'>",
        "<div hx-trigger=\"click[ctrlKey]\">",
    ] {
        assert!(!check_page("templates/x.html", bad).is_empty(), "{bad} passed");
    }
    for bad in [
        "cell.innerHTML = `<b style=\"color: red\">`;",
        "const x = [eval(y)];",
        "b.setAttribute(\"style\", x);",
    ] {
        assert!(!check_page("static/js/x.js", bad).is_empty(), "{bad} passed");
    }
    let good = "<script src=\"/a.js\" defer></script>{# style=\"\" #}{% call x(one=1) %}<a class=\"{{ on=1 }}\" href=\"/?on=1\">";
    assert_none(&check_page("templates/x.html", good));
    assert_none(&check_page(
        "static/js/x.js",
        "button.addEventListener(\"click\", () => { const style = retrieval(x); });",
    ));

    for bad in [
        "CREATE TABLE sessions (user_id TEXT REFERENCES users(id) ON UPDATE CASCADE\n  ON DELETE CASCADE);",
        "create table users (inviter text references \"users\" (id) on delete cascade);",
        "ALTER TABLE users ADD COLUMN invite TEXT REFERENCES invites (id) ON DELETE CASCADE;",
    ] {
        assert_eq!(whats(&check_migration("x.sql", bad)), ["cascades towards `users`"], "{bad}");
    }
    let good = "-- references users (id) on delete cascade
        CREATE TABLE a (user_id TEXT REFERENCES users (id), b_id TEXT REFERENCES b (id) ON DELETE CASCADE);";
    assert_none(&check_migration("x.sql", good));
}
