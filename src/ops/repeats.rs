//! Requests that must not be done twice: whoever repeats one gets what came of the first.

use chrono::Duration;

use super::OpError;
use crate::app::App;
use crate::domain::audit::Once;
use crate::store;
pub use crate::store::repeats::Done;

/// So long a key is remembered.
pub const REMEMBERED: Duration = Duration::hours(24);

/// What was done for the key of this request before.
///
/// # Errors
/// [`OpError::Busy`] when the database does not answer.
pub async fn earlier(app: &App, once: Once) -> Result<Option<Done>, OpError> {
    Ok(app.store.read(move |conn| store::repeats::find(conn, once)).await?)
}
