//! The list of figures.

use std::pin::Pin;
use std::sync::Arc;

use crate::ground::Ground;
use crate::place::Engine;
use crate::table::Finding;
use crate::{
    Outcome, backups, canaries, cleanup, contest, crowd, durability, failover, full_disk, generated, kills,
    migrations, owners, restarts, revocation, slowness, stopping, timing,
};

type Taking = Pin<Box<dyn Future<Output = Outcome<Finding>> + Send>>;

/// One figure.
pub struct Figure {
    /// Its name, as `F1`.
    pub id: &'static str,
    /// What it is about.
    pub what: &'static str,
    /// What it has to be.
    pub target: &'static str,
    on: On,
    /// Judged by the clock. On a machine that does other things as well that says little, and the short form leaves it
    /// out unless it is asked for.
    pub is_timed: bool,
    take: fn(Arc<Ground>) -> Taking,
}

/// What a figure says something about.
enum On {
    Both,
    Postgres,
}

impl Figure {
    /// Whether this is its name.
    pub fn is(&self, name: &str) -> bool {
        self.id.split(", ").any(|id| id.eq_ignore_ascii_case(name))
    }

    /// Whether it says anything about this kind of database.
    pub const fn takes(&self, engine: &Engine) -> bool {
        match self.on {
            On::Both => true,
            On::Postgres => matches!(engine, Engine::Postgres(_)),
        }
    }

    /// Takes it.
    pub fn take(&self, ground: Arc<Ground>) -> Taking {
        (self.take)(ground)
    }
}

macro_rules! figure {
    ($id:literal on $on:ident: $what:literal => $target:literal, $room:ident) => {
        figure!(false, $id, $on, $what, $target, $room)
    };
    ($id:literal timed on $on:ident: $what:literal => $target:literal, $room:ident) => {
        figure!(true, $id, $on, $what, $target, $room)
    };
    ($timed:literal, $id:literal, $on:ident, $what:literal, $target:literal, $room:ident) => {
        Figure {
            id: $id,
            what: $what,
            target: $target,
            on: On::$on,
            is_timed: $timed,
            take: |ground| Box::pin($room::measure(ground)),
        }
    };
}

/// All of them.
pub const FIGURES: &[Figure] = &[
    figure!("F1, F2" on Both:
        "more people than places, all at once (PostgreSQL: at two replicas); codes paused, extended, deleted and their \
         makers demoted meanwhile"
        => "N accounts = N uses, the one refusal for all others, nobody after the commit that forbids it", contest),
    figure!("F3" on Both:
        "`kill -9` at random moments while people come in (PostgreSQL: of one of two replicas, or of both)"
        => "every time: uses = recorded uses = accounts, and every answered one is there", kills),
    figure!("F4" on Both:
        "what the kernel is asked for while people come in one after the other (strace)"
        => "every answer leaves after the fsync of its change", durability),
    figure!("F5" on Both:
        "a full disk (a file system in memory; PostgreSQL: under its tables)"
        => "503 with the form kept, no half account, reading and signing out go on, recovers without a restart", full_disk),
    figure!("F6" on Postgres:
        "PostgreSQL stopped with `-m immediate` while people come in"
        => "0 lost, 0 double, 503 rather than 500, people get in again within 5 s", restarts),
    figure!("F7" on Both:
        "the cleanup, its runner killed again and again (PostgreSQL: three replicas, and a fourth whose clock is an hour \
         ahead)"
        => "everybody once with one row of the log, nobody early, nobody exempt", cleanup),
    figure!("F8" timed on Both:
        "the time of a refusal: unknown, expired, used up, paused and deleted codes; unknown names and wrong passwords"
        => "no difference beyond the noise of the run, which finds 50 µs that are added", timing),
    figure!("F10" on Both:
        "generated requests: every route, as nobody and in every role, with odd fields, cookies, headers, paths and framing"
        => "0 answers of 500, 0 panics, 0 whole requests without an answer, memory flat, every invariant holds", generated),
    figure!("F11" timed on Both:
        "2,000 slow headers, 2,000 slow bodies and 500 silent connections for a minute"
        => "p99 of other people's pages < 500 ms, handles back to where they were", slowness),
    figure!("F12" timed on Both:
        "64 clients signing in for half a minute"
        => "memory < at rest + 19 MiB for each core + 50 MiB, p99 of `/healthz` < 100 ms", crowd),
    figure!("F13" on Both:
        "SIGTERM while people come in, some with half of their form sent"
        => "no request that the server had begun with is cut, stopped within 10 s", stopping),
    figure!("F14" on Both:
        "backups while people come in, restored elsewhere (PostgreSQL: every other one into SQLite)"
        => "every invariant holds, nothing answered before is missing", backups),
    figure!("F15" on Both:
        "every migration taken back to nothing and done again; a database of an earlier version brought up to date by a program \
         that is killed in the middle, and down and up again"
        => "the next start completes them: same schema, same rows", migrations),
    figure!("F16" on Both:
        "signed out, suspended, demoted, removed, sessions ended (PostgreSQL: at one of two replicas)"
        => "0 requests served after the answer", revocation),
    figure!("F17" on Both:
        "passwords, codes, tokens and cookies that are like no others, through every route"
        => "0 in logs, exports and metrics; passwords, tokens and cookies 0 in the database's files", canaries),
    figure!("F20" on Both:
        "pairs of demote, suspend and remove among the only two owners, at the same time"
        => "never without an owner", owners),
    figure!("F21" on Postgres:
        "behind nginx, while people come in: one replica stopped, then the other killed; then the primary stopped with \
         `-m immediate`, and its synchronous standby promoted"
        => "0 lost, 0 double, 503 rather than 500, people get in again within 5 s, nobody restarts anything", failover),
];
