//! Whether the program can do its work.

use super::OpError;
use crate::app::App;
use crate::store::migrate::{self, Schema};

/// How busy the program is.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Reads from the database since the start.
    pub reads: u64,
    /// Transactions that may write since the start.
    pub writes: u64,
    /// Passwords being hashed or waiting for it.
    pub passwords: usize,
}

/// How busy the program is.
#[must_use]
pub fn load(app: &App) -> Load {
    let (reads, writes) = app.store.accesses();
    Load { reads, writes, passwords: app.passwords.waiting() }
}

/// Whether the database answers and has the schema that this program needs.
///
/// # Errors
/// [`OpError`] with the reason.
pub async fn is_ready(app: &App) -> Result<(), OpError> {
    match app.store.read(migrate::schema).await? {
        Schema::Current => Ok(()),
        other => Err(OpError::Failed(format!("the schema is not what this version needs: {other:?}"))),
    }
}
