//! `doorlist serve`

use std::io::IsTerminal;
use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;

use super::{Failure, assemble, cores, setup_link};
use crate::config::Config;
use crate::store::migrate::IfMissing;
use crate::sys::key;
use crate::{telemetry, web};

/// Serves the panel until it is told to stop, then finishes what runs.
pub(super) async fn serve(config: Config) -> Result<ExitCode, Failure> {
    telemetry::start(&config, std::io::stderr, std::io::stderr().is_terminal())?;
    // Taken before anything is made, so that a second start by mistake leaves no trace.
    let listener = listen(config.listen)?;
    let metrics_listener = config.metrics_listen.map(listen).transpose()?;
    let (app, created) = assemble(config, IfMissing::Create)?;
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
    let metrics = web::metrics::shared(&app);
    let side = metrics_listener.map(|listener| web::serve_metrics(metrics.clone(), listener)).transpose()?;
    let server = web::serve(&app, key, metrics, listener, cores())?;
    tracing::info!(address = %app.config.listen, database = %app.store.address(), "serving");
    let side_handle = side.as_ref().map(actix_web::dev::Server::handle);
    if let Some(side) = side {
        actix_web::rt::spawn(side);
    }
    server.await?;
    if let Some(handle) = side_handle {
        handle.stop(true).await;
    }
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).map_err(|error| format!("cannot listen on {address}: {error}").into())
}
