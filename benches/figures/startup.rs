//! From the start of the process to its first answers.

use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;

use crate::Outcome;
use crate::http::{Connection, get};
use crate::place::Place;
use crate::program::Program;

/// One start.
#[derive(Debug, Clone, Copy)]
pub struct Startup {
    /// Until `/healthz` answered with 200.
    pub health: Duration,
    /// Until a page did.
    pub page: Duration,
}

/// Starts the program, times its first answers and leaves it running.
pub async fn start(binary: &Path, place: &Place, first_page: &str) -> Outcome<(Program, Startup)> {
    let program = Program::start(binary, place)?;
    let mut connection = Connection::open(program.address, Ipv4Addr::LOCALHOST).await?;
    let mut until = async |path: &str| -> Outcome<Duration> {
        let answer = connection.ask(&get(program.address, path, "")).await?;
        match answer.status {
            200 => Ok(program.started.elapsed()),
            status => Err(format!("the first {path} was answered with {status}").into()),
        }
    };
    let startup = Startup { health: until("/healthz").await?, page: until(first_page).await? };
    Ok((program, startup))
}
