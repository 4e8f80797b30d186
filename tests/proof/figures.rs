//! The list of figures.

use std::pin::Pin;
use std::sync::Arc;

use crate::ground::Ground;
use crate::place::Engine;
use crate::table::Finding;
use crate::{Outcome, cleanup, contest, kills, owners, restarts, revocation, stopping};

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
        Figure {
            id: $id,
            what: $what,
            target: $target,
            on: On::$on,
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
    figure!("F6" on Postgres:
        "PostgreSQL stopped with `-m immediate` while people come in"
        => "0 lost, 0 double, 503 rather than 500, people get in again within 5 s", restarts),
    figure!("F7" on Both:
        "the cleanup, its runner killed again and again (PostgreSQL: three replicas, and a fourth whose clock is an hour \
         ahead)"
        => "everybody once with one row of the log, nobody early, nobody exempt", cleanup),
    figure!("F13" on Both:
        "SIGTERM while people come in, some with half of their form sent"
        => "no request that the server had begun with is cut, stopped within 10 s", stopping),
    figure!("F16" on Both:
        "signed out, suspended, demoted, removed, sessions ended (PostgreSQL: at one of two replicas)"
        => "0 requests served after the answer", revocation),
    figure!("F20" on Both:
        "pairs of demote, suspend and remove among the only two owners, at the same time"
        => "never without an owner", owners),
];
