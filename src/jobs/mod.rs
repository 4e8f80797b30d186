//! Floor 3, for the clock: what runs by itself.

use tokio::task::JoinHandle;

use crate::app::App;
use crate::ops::OpError;
use crate::ops::maintenance::{Cleanup, Outcome};

/// Runs the cleanup now and then again after every interval, until what is returned is aborted. Nothing runs when the
/// interval is zero.
#[must_use]
pub fn start(app: &App) -> Option<JoinHandle<()>> {
    let interval = app.config.cleanup_interval?;
    let cleanup = Cleanup::new(app.clone());
    Some(tokio::spawn(async move {
        loop {
            report(&cleanup.run().await);
            tokio::time::sleep(interval).await;
        }
    }))
}

fn report(outcome: &Result<Outcome, OpError>) {
    match outcome {
        Ok(Outcome::Done(done)) => tracing::info!(
            removed = done.removed,
            purged = done.purged,
            codes = done.codes,
            dropped = done.dropped,
            "cleanup done"
        ),
        Ok(Outcome::Elsewhere) => tracing::debug!("another replica does the cleanup"),
        Ok(Outcome::Stopped) => tracing::warn!("the cleanup is stopped; an owner can resume it in Settings"),
        Ok(Outcome::ClockIsOff(by)) => tracing::error!(
            seconds = by.num_seconds(),
            "no cleanup here: this machine's clock and the database's do not agree"
        ),
        Err(error) => tracing::error!(%error, "the cleanup failed; it tries again after its interval"),
    }
}
