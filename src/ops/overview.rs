//! What the first page of the panel shows.

use chrono::Duration;

use super::OpError;
use crate::app::App;
use crate::domain::access::{EnterPanel, Permissions, Permit, Role};
use crate::domain::audit::{Action, Entry};
use crate::domain::session::Lifetime;
use crate::store;

/// Counting stops here: no figure may cost more when the tables grow.
pub const CAP: i64 = 1_001;
const RECENT: i64 = 8;

/// The figures and the latest of the log.
#[derive(Debug)]
pub struct Overview {
    /// Active accounts.
    pub users: i64,
    /// Those who are more than members.
    pub staff: i64,
    /// Sessions used within the idle time of staff.
    pub signed_in: i64,
    /// Refused sign-ins of the last 24 hours.
    pub refused: i64,
    /// What happened last, as far as the person may see it.
    pub recent: Vec<Entry>,
}

/// Reads the overview from one state of the database.
///
/// # Errors
/// [`OpError::Busy`] when the database does not answer.
pub async fn overview(app: &App, permit: Permit<EnterPanel>) -> Result<Overview, OpError> {
    let now = app.clock.now();
    let actor = permit.actor();
    app.store
        .snapshot(move |conn| {
            let whole = actor.permissions().contains(Permissions::SEE_WHOLE_AUDIT);
            let seen: Vec<Role> = Role::ALL.into_iter().filter(|role| *role <= actor.role()).collect();
            Ok(Overview {
                users: store::users::count_active(conn, None, CAP)?,
                staff: store::users::count_active(conn, Some(Role::Member), CAP)?,
                signed_in: store::sessions::count_seen_since(
                    conn,
                    now - Lifetime::of(Role::Owner).idle,
                    CAP,
                )?,
                refused: store::audit::count_since(
                    conn,
                    Action::SignInFailed,
                    now - Duration::hours(24),
                    CAP,
                )?,
                recent: store::audit::latest(conn, (!whole).then_some(seen.as_slice()), RECENT)?,
            })
        })
        .await
}
