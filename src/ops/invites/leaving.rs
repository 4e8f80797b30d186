//! Who goes with an invite when it ends, and bringing back those who went.

use crate::app::App;
use crate::domain::access::{ManagePeople, Permit, SeePeople};
use crate::domain::audit::Origin;
use crate::domain::id::{InviteId, UserId};
use crate::ops::{CAP, OpError, people};
use crate::store::{StoreError, departures};

/// Looked up at once.
const PORTION: i64 = 200;

/// How many go with an invite, and how many went and can still come back; each up to 1,001.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Leaving {
    /// They go when it ends.
    pub to_go: i64,
    /// They went when it ended.
    pub gone: i64,
}

/// Who goes with an invite, and who went.
///
/// # Errors
/// [`OpError::Busy`] when the database does not answer.
pub async fn leaving(app: &App, _: Permit<SeePeople>, id: InviteId) -> Result<Leaving, OpError> {
    let read = app.store.snapshot(move |conn| {
        let (to_go, gone) = (departures::count(conn, id, CAP)?, departures::count_taken(conn, id, CAP)?);
        Ok::<_, StoreError>(Leaving { to_go, gone })
    });
    Ok(read.await?)
}

/// Brings back everybody whom an ended invite took along and whom this person may bring back, and says how many came and
/// how many did not. Each is judged and written on their own.
///
/// # Errors
/// [`OpError`] when the database does not answer; whoever was brought back until then is.
pub async fn bring_back(
    app: &App,
    permit: Permit<ManagePeople>,
    origin: Origin,
    id: InviteId,
) -> Result<(usize, usize), OpError> {
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
