//! The command line from outside, on both databases: what it does, what it prints, and how it ends.
#![cfg(test)]

#[path = "../support/database.rs"]
mod database;

mod demo;
mod invites;
mod usage;
mod users;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use doorlist::store::migrate::{self, IfMissing};
use serde_json::Value;

use database::{Database, Kind};

/// A database without anybody in it, and a terminal beside it.
struct Terminal {
    database: Database,
}

/// How a command ended, and what it said.
struct Ended {
    code: Option<i32>,
    printed: String,
    said: String,
}

impl Ended {
    /// What was printed for programs.
    fn json(&self) -> Value {
        assert_eq!(self.code, Some(0), "{}", self.said);
        serde_json::from_str(&self.printed).unwrap_or_else(|error| panic!("{error}: {}", self.printed))
    }

    /// The rows of a table, without its headings: each as its words.
    fn rows(&self) -> Vec<Vec<&str>> {
        assert_eq!(self.code, Some(0), "{}", self.said);
        self.printed.lines().skip(1).map(|line| line.split_whitespace().collect()).collect()
    }
}

/// The program in a folder, with nothing in its environment but what a test puts there.
fn doorlist(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_doorlist"));
    command.args(arguments).current_dir(folder).env_clear().envs(variables.iter().copied());
    command.stdin(Stdio::null());
    command
}

fn ended(output: Output) -> Ended {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code(), printed: text(output.stdout), said: text(output.stderr) }
}

impl Terminal {
    fn new(kind: Kind) -> Self {
        let database = Database::new(kind);
        migrate::open(&database.address(), IfMissing::Create).unwrap();
        Self { database }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let url = self.database.url();
        doorlist(&self.database.path(""), arguments, &[("DATABASE_URL", &url)])
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        ended(self.command(arguments).output().unwrap())
    }

    /// Runs what has to end well, and says what it printed.
    fn prints(&self, arguments: &[&str]) -> String {
        let done = self.run(arguments);
        assert_eq!(done.code, Some(0), "{arguments:?}: {}", done.said);
        done.printed
    }

    /// Runs what has to be refused, and says why it was. Nothing has changed then.
    fn refuses(&self, code: i32, arguments: &[&str]) -> String {
        let before = self.database.dump();
        let done = self.run(arguments);
        assert_eq!((done.code, done.printed.as_str()), (Some(code), ""), "{arguments:?}: {}", done.said);
        assert_eq!(self.database.dump(), before, "{arguments:?}");
        done.said
    }

    /// Who did what, in the order of the log.
    fn log(&self) -> Vec<String> {
        self.database.values("SELECT actor_kind || ' ' || action AS value FROM audit ORDER BY id")
    }
}
