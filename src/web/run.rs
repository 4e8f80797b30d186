//! The server as a process: from the listeners to the signal that ends it.

use std::io;
use std::net::TcpListener;

use actix_web::dev::Server;
use actix_web::{App as Actix, HttpServer, web};
use tokio::signal::unix::{SignalKind, signal};

use super::{metrics, serve};
use crate::app::App;
use crate::sys::key::SecretKey;

/// Serves the panel, and the figures where they are asked for, until the process is told to stop and what runs is done.
///
/// # Errors
/// When a listener cannot be used.
pub async fn run(
    app: &App,
    key: SecretKey,
    listener: TcpListener,
    metrics_listener: Option<TcpListener>,
    workers: usize,
) -> io::Result<()> {
    // Before anybody is told that it serves: from then on it is stopped by asking.
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let metrics = metrics::shared(app);
    let side = metrics_listener.map(|listener| serve_metrics(metrics.clone(), listener)).transpose()?;
    let server = serve(app, key, metrics, listener, workers)?;
    let handles: Vec<_> = side.iter().chain([&server]).map(Server::handle).collect();
    side.map(actix_web::rt::spawn);
    tracing::info!(address = %app.config.listen, database = %app.config.database, "serving");
    actix_web::rt::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("told to stop; finishing what runs");
        for handle in handles.into_iter().rev() {
            handle.stop(true).await;
        }
    });
    server.await
}

fn serve_metrics(metrics: web::Data<metrics::Metrics>, listener: TcpListener) -> io::Result<Server> {
    let server = HttpServer::new(move || {
        Actix::new().app_data(metrics.clone()).route("/metrics", web::get().to(metrics::serve))
    });
    Ok(server.workers(1).disable_signals().shutdown_timeout(1).listen(listener)?.run())
}
