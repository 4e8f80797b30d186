//! `doorlist serve`

use std::io::IsTerminal;
use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;

use super::{Failure, setup_link};
use crate::app::{App, IfMissing};
use crate::config::Config;
use crate::sys::key::{self, SecretKey};
use crate::sys::listener;
use crate::{jobs, telemetry, web};

/// Serves the panel until it is told to stop, then finishes what runs.
pub(super) async fn serve(config: Config) -> Result<ExitCode, Failure> {
    start_log(&config)?;
    // Taken before anything is made, so that a second start by mistake leaves no trace.
    let listener = listen(config.listen)?;
    let metrics_listener = config.metrics_listen.map(listen).transpose()?;
    let cores = cores();
    let (app, created) = App::assemble(config, IfMissing::Create, cores)?;
    let key = key::load(&app.config.secret_key, &*app.entropy)?;
    if let Some(path) = created {
        println!("Made a new database at {}", path.display());
    }
    println!("Doorlist is at {}", app.config.public_url.origin());
    if let Some(link) = setup_link::link(&app).await? {
        println!("Become the owner with this link. It works once, within 24 hours:\n  {link}");
    }
    if app.config.public_url.is_exposed() {
        tracing::warn!("DOORLIST_INSECURE_HTTP is set: passwords cross the network in clear");
    }
    until_told_to_stop(&app, key, listener, metrics_listener, cores).await
}

/// The log goes where it does not mix with what commands answer.
pub(super) fn start_log(config: &Config) -> Result<(), Failure> {
    telemetry::start(config, std::io::stderr, std::io::stderr().is_terminal())
}

pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get)
}

/// Serves, with the jobs that run by themselves.
pub(super) async fn until_told_to_stop(
    app: &App,
    key: SecretKey,
    listener: TcpListener,
    metrics_listener: Option<TcpListener>,
    workers: usize,
) -> Result<ExitCode, Failure> {
    let jobs = jobs::start(app);
    let served = web::run(app, key, listener, metrics_listener, workers).await;
    // A step that is being written is one transaction: it ends or leaves nothing.
    jobs.inspect(tokio::task::JoinHandle::abort);
    served?;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

pub(super) fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    listener::listen(address).map_err(|error| format!("cannot listen on {address}: {error}").into())
}
