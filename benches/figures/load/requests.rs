//! What is asked for: four kinds of requests, each different every time.

use std::net::SocketAddr;
use std::sync::Arc;

use clap::ValueEnum;
use serde::Serialize;

use crate::http::{get, get_as_program, post_as_program};
use crate::storm::Knock;
use crate::{newcomers, people};

/// Accounts that are signed in to, one after the other.
pub const ACCOUNTS: usize = 512;
const INVITES: &str = "/api/v1/invites";
const NEW: &str = r#"{"label":"Spring meeting","max_uses":10,"expires_at":"7d"}"#;

/// Who asks, and for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Somebody new, with a code without a limit.
    Registrations,
    /// Somebody who was there before, in a new browser.
    SignIns,
    /// The owner, who looks at codes, people and the log.
    Lists,
    /// Programs, which list invites and create them.
    Api,
}

impl Kind {
    /// In the order of the table.
    pub const ALL: [Self; 4] = [Self::Registrations, Self::SignIns, Self::Lists, Self::Api];

    /// What the table calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Registrations => "Registrations",
            Self::SignIns => "Sign-ins",
            Self::Lists => "List pages",
            Self::Api => "API requests",
        }
    }

    /// So many a second: two cores hash about a hundred passwords in that time, and here they hash thirty.
    pub const fn usual_rate(self) -> f64 {
        match self {
            Self::Registrations => 10.0,
            Self::SignIns => 20.0,
            Self::Lists => 60.0,
            Self::Api => 40.0,
        }
    }

    /// Whether each request comes from a browser and an address of its own.
    pub const fn is_somebody_else_each_time(self) -> bool {
        matches!(self, Self::Registrations | Self::SignIns)
    }
}

/// The requests of a kind, by their number.
pub fn of(kind: Kind, server: SocketAddr, cookie: &str, tokens: &[String]) -> Knock {
    match kind {
        Kind::Registrations => newcomers::registering(server),
        Kind::SignIns => {
            let sign_in = people::signing_in(server);
            Arc::new(move |number| sign_in(number % ACCOUNTS))
        }
        Kind::Lists => {
            let [codes, people, log] =
                ["/admin/invites", "/admin/users", "/admin/audit"].map(|path| get(server, path, cookie));
            Arc::new(move |number| match number % 3 {
                0 => codes.clone(),
                1 => people.clone(),
                _ => log.clone(),
            })
        }
        Kind::Api => {
            let tokens = tokens.to_vec();
            Arc::new(move |number| {
                let token = tokens.get(number / 2 % tokens.len()).map_or("", String::as_str);
                match number % 2 {
                    0 => get_as_program(server, INVITES, token),
                    _ => post_as_program(server, INVITES, token, NEW),
                }
            })
        }
    }
}
