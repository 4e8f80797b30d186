//! Whether the program can do its work.

use super::OpError;
use crate::app::App;
use crate::store::migrate::{self, Schema};

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
