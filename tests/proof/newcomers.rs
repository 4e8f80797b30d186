//! People with a code, each with a filled form of their own.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use doorlist::domain::secret::Token;
use tokio::time::sleep;

use crate::client::{Answer, ask, post};
use crate::ground::Ground;
use crate::scene::PASSWORD;

/// The one refusal.
const REFUSED: &str = "Invalid, expired, or fully used invite code.";
/// Whoever is turned away from a full queue this often gives up; the figure then says so.
const TRIES: usize = 120;

/// Somebody, and the form that they will send, also when they have to send it again.
#[derive(Debug, Clone)]
pub struct Newcomer {
    /// Their name.
    pub name: String,
    form: Vec<u8>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// They are in.
    Joined,
    /// The one refusal.
    Refused,
    /// Too much to do; come again.
    Busy,
    /// No answer, or not the whole of one.
    Lost(String),
    /// Anything else.
    Wrong(String),
}

impl Newcomer {
    /// Somebody new.
    pub fn new(ground: &Ground, name: String, code: &str) -> Self {
        let attempt = Token::new(ground.dice.bytes());
        let fields = [
            ("code", code),
            ("username", &name),
            ("name", ""),
            ("email", ""),
            ("password", PASSWORD),
            ("attempt", attempt.reveal()),
        ];
        let form = post("/join", "", &fields);
        Self { name, form }
    }

    /// What they send.
    pub fn form(&self) -> &[u8] {
        &self.form
    }

    /// Sends the form once, from an address that nobody had before.
    pub async fn knock(&self, ground: &Ground, server: SocketAddr) -> Reply {
        judge(ask(server, ground.addresses.next(), &self.form).await)
    }

    /// Sends the form until it is answered with yes or no.
    pub async fn until_known(&self, ground: &Ground, server: SocketAddr) -> Reply {
        for _ in 0..TRIES {
            match self.knock(ground, server).await {
                Reply::Busy => sleep(Duration::from_millis(500 + ground.dice.below(500))).await,
                known => return known,
            }
        }
        Reply::Wrong("never anything but 503".to_owned())
    }
}

fn judge(heard: io::Result<Answer>) -> Reply {
    let answer = match heard {
        Ok(answer) => answer,
        Err(error) => return Reply::Lost(error.to_string()),
    };
    match answer.status {
        303 if answer.header("location") == Some("/") && answer.cookie().is_some() => Reply::Joined,
        422 if answer.body.contains(REFUSED) => Reply::Refused,
        // A proxy's own words: it does not know either what became of the form.
        status @ (502 | 504) => Reply::Lost(format!("an answer of {status}")),
        503 if answer.header("retry-after").is_some() => Reply::Busy,
        status => Reply::Wrong(format!("an answer of {status}")),
    }
}

/// How often each came.
pub fn tally(replies: &[Reply]) -> (usize, usize, Vec<String>) {
    let count = |wanted: &Reply| replies.iter().filter(|reply| *reply == wanted).count();
    let mut others: Vec<String> = replies
        .iter()
        .filter_map(|reply| match reply {
            Reply::Joined | Reply::Refused => None,
            Reply::Busy => Some("an answer of 503".to_owned()),
            Reply::Lost(how) | Reply::Wrong(how) => Some(how.clone()),
        })
        .collect();
    others.sort();
    others.dedup();
    (count(&Reply::Joined), count(&Reply::Refused), others)
}
