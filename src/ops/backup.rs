//! Backups and the way back.

use std::path::PathBuf;

use super::record;
use crate::app::App;
use crate::domain::audit::{Action, Doer, Event, Origin, Target};
use crate::store::backup::{self, BackupError};

/// Writes a backup while the program goes on. Says how many rows.
///
/// # Errors
/// [`BackupError`] in a sentence for whoever asked.
pub async fn backup(app: &App, path: PathBuf) -> Result<u64, BackupError> {
    let now = app.clock.now();
    app.store.snapshot(move |conn| backup::write(conn, &path, now)).await
}

/// Reads a backup into a database without accounts: all of it, or nothing. Says how many rows.
///
/// # Errors
/// [`BackupError`] in a sentence for whoever asked.
pub async fn restore(app: &App, path: PathBuf) -> Result<u64, BackupError> {
    record(app, Origin::default(), move |tx, _| {
        let rows = backup::read(tx, &path)?;
        let event = Event::new(Action::Restored, Target::None).with("rows", None, Some(&rows.to_string()));
        Ok((rows, Doer::CommandLine, event))
    })
    .await
}
