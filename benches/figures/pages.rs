//! How fast pages are, each asked again and again on connections that stay open.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::Outcome;
use crate::clock::now;
use crate::http::{Connection, get};
use crate::program::Program;

const CONNECTIONS: u8 = 16;

/// One round of one page.
#[derive(Debug)]
pub struct Round {
    /// Answers a second.
    pub rate: f64,
    /// How long each took.
    pub times: Vec<Duration>,
    /// Microseconds of the server's processor time for each answer.
    pub processor_micros: f64,
}

/// Asks for a page on all connections at once, for that long.
pub async fn round(program: &Program, path: &str, cookie: &str, lasting: Duration) -> Outcome<Round> {
    repeat(program, get(program.address, path, cookie), lasting).await
}

/// Sends the same request on all connections at once, for that long.
pub async fn repeat(program: &Program, request: Vec<u8>, lasting: Duration) -> Outcome<Round> {
    in_turn(program, vec![request], lasting).await
}

/// Sends some requests in turn, on all connections at once, for that long.
pub async fn in_turn(program: &Program, requests: Vec<Vec<u8>>, lasting: Duration) -> Outcome<Round> {
    let requests = Arc::new((requests, AtomicUsize::new(0)));
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        connections.push(Connection::open(program.address, Ipv4Addr::LOCALHOST).await?);
    }
    let (started, busy) = (now(), program.processor_time()?);
    let mut asking = JoinSet::new();
    for connection in connections {
        asking.spawn(ask_until(connection, Arc::clone(&requests), started + lasting));
    }
    let mut times = Vec::new();
    while let Some(done) = asking.join_next().await {
        times.extend(done??);
    }
    let answers = times.len() as f64;
    let processor_micros = (program.processor_time()? - busy) * 1e6 / answers;
    Ok(Round { rate: answers / started.elapsed().as_secs_f64(), times, processor_micros })
}

async fn ask_until(
    mut connection: Connection,
    requests: Arc<(Vec<Vec<u8>>, AtomicUsize)>,
    end: Instant,
) -> Outcome<Vec<Duration>> {
    let mut times = Vec::new();
    let (requests, turn) = &*requests;
    loop {
        let number = turn.fetch_add(1, Ordering::Relaxed) % requests.len();
        let request = requests.get(number).ok_or("nothing to ask for")?;
        let asked = now();
        if asked >= end {
            return Ok(times);
        }
        match connection.ask(request).await?.status {
            200 | 201 => times.push(asked.elapsed()),
            status => return Err(format!("a request was answered with {status}").into()),
        }
    }
}
