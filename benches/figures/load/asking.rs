//! One request, and what became of it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::timeout;

use crate::http::{Answer, Connection, Idle};
use crate::load::requests::Kind;
use crate::storm::{Addresses, Knock};

/// The program answers within ten seconds, if only to say that it cannot.
const LONGEST_ANSWER: Duration = Duration::from_secs(30);

/// Whoever asks for one kind of thing.
pub struct Asker {
    /// Which.
    pub kind: Kind,
    server: SocketAddr,
    knock: Knock,
    asked: AtomicUsize,
    addresses: Arc<Addresses>,
    idle: Idle,
}

/// What became of a request.
#[derive(Debug)]
pub struct Reply {
    /// The status, or why there is none.
    pub answer: String,
    /// Whether it is what was asked for.
    pub good: bool,
    /// How long to wait before another try.
    pub wait: Option<Duration>,
}

impl Asker {
    /// Nobody has asked yet.
    pub fn new(kind: Kind, server: SocketAddr, knock: Knock, addresses: Arc<Addresses>) -> Self {
        Self { kind, server, knock, asked: AtomicUsize::new(0), addresses, idle: Idle::default() }
    }

    /// Asks for the next thing. Whatever happens is an answer: a load test goes on.
    pub async fn ask(&self) -> Reply {
        let request = (self.knock)(self.asked.fetch_add(1, Ordering::Relaxed));
        match timeout(LONGEST_ANSWER, self.exchange(&request)).await {
            Ok(Ok(answer)) => self.reply(&answer),
            Ok(Err(error)) => none(error.kind().to_string()),
            Err(_) => none(format!("nothing within {LONGEST_ANSWER:?}")),
        }
    }

    async fn exchange(&self, request: &[u8]) -> io::Result<Answer> {
        if self.kind.is_somebody_else_each_time() {
            return Connection::open(self.server, self.addresses.next()).await?.ask(request).await;
        }
        let mut connection = match self.idle.take() {
            Some(connection) => connection,
            None => Connection::open(self.server, Ipv4Addr::LOCALHOST).await?,
        };
        let answer = connection.ask(request).await?;
        self.idle.put_back(connection);
        Ok(answer)
    }

    fn reply(&self, answer: &Answer) -> Reply {
        let good = match self.kind {
            Kind::Registrations | Kind::SignIns => answer.status == 303 && answer.cookie.is_some(),
            Kind::Lists => answer.status == 200,
            Kind::Api => matches!(answer.status, 200 | 201),
        };
        let wait = answer.retry_after.map(Duration::from_secs);
        Reply { answer: answer.status.to_string(), good, wait }
    }
}

fn none(answer: String) -> Reply {
    Reply { answer, good: false, wait: None }
}
