//! Who goes with an invite when it ends, and bringing back those who went.

use crate::app::App;
use crate::domain::access::{ManagePeople, Permit};
use crate::domain::audit::Origin;
use crate::domain::id::{InviteId, UserId};
use crate::domain::invite::Invite;
use crate::domain::time::Timestamp;
use crate::ops::{CAP, OpError, people};
use crate::store::{self, Conn, StoreError, departures};

/// Looked up at once.
const PORTION: i64 = 200;

/// Who goes with an invite, and who went and can still come back; each counted up to 1,001.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Leaving {
    /// They go when it ends.
    pub to_go: i64,
    /// They went when it ended.
    pub gone: i64,
    /// When the first of those went.
    pub since: Option<Timestamp>,
}

/// Who goes with an invite, if it takes people along, and who went.
pub(super) fn leaving(conn: &mut Conn, invite: &Invite) -> Result<Leaving, StoreError> {
    let id = invite.id;
    let waits = invite.delete_users_on_expiry && invite.users_removed_at.is_none();
    Ok(Leaving {
        to_go: if waits { departures::count(conn, id, CAP)? } else { 0 },
        gone: departures::count_taken(conn, id, CAP)?,
        since: departures::first_taken(conn, id)?,
    })
}

/// Brings back everybody whom an ended invite took along and whom this person may bring back, and says how many came and
/// how many did not. Each is judged and written on their own.
///
/// # Errors
/// [`OpError::NotFound`] when there is no such invite, or no more; [`OpError::Busy`] when the database does not answer:
/// whoever was brought back until then is.
pub async fn bring_back(
    app: &App,
    permit: Permit<ManagePeople>,
    origin: Origin,
    id: InviteId,
) -> Result<(usize, usize), OpError> {
    let found: Option<Invite> = app.store.read(move |conn| store::invites::by_id(conn, id)).await?;
    found.ok_or(OpError::NotFound)?;
    let (mut back, mut left) = (0, Vec::new());
    loop {
        let stay = left.len();
        let wanted = PORTION + i64::try_from(stay).unwrap_or(i64::MAX - PORTION);
        let gone: Vec<UserId> = app.store.read(move |conn| departures::taken(conn, id, wanted)).await?;
        let next: Vec<_> = gone.into_iter().filter(|person| !left.contains(person)).collect();
        if next.is_empty() {
            return Ok((back, stay));
        }
        for person in next {
            match people::restore(app, permit, origin, person).await {
                Ok(_) => back += 1,
                Err(OpError::NotPermitted | OpError::NotFound | OpError::Unchanged) => left.push(person),
                Err(other) => return Err(other),
            }
        }
    }
}
