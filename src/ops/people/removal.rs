//! Taking people away, and bringing them back while their data is still there.

use super::{Changed, MemberCodes, event, keep_an_owner, manage, withdraw};
use crate::app::App;
use crate::domain::access::{ManagePeople, Permit};
use crate::domain::audit::{Action, Event, Origin};
use crate::domain::id::{InviteId, UserId};
use crate::domain::person::Person;
use crate::domain::time::Timestamp;
use crate::domain::user::Status;
use crate::ops::OpError;
use crate::store::{self, Tx};

/// Takes somebody away: at once for everybody, and for good once the grace is over.
///
/// # Errors
/// [`OpError::Invalid`] when the last owner would be gone, [`OpError::Unchanged`] when they are gone already.
pub async fn remove(
    app: &App,
    permit: Permit<ManagePeople>,
    origin: Origin,
    id: UserId,
    codes: MemberCodes,
) -> Result<Changed, OpError> {
    manage(app, permit, origin, (Action::UserRemoved, id), move |tx, _, person, now| {
        keep_an_owner(tx, person, "person")?;
        let (changed, event, paused) = take_away(tx, person, codes, None, now)?;
        Ok((changed, event.followed_by(paused)))
    })
    .await
}

/// The writes of a removal, by staff or with the ended code that the person came with.
pub(in crate::ops) fn take_away(
    tx: &mut Tx<'_>,
    person: &Person,
    codes: MemberCodes,
    with: Option<InviteId>,
    now: Timestamp,
) -> Result<(Changed, Event, Vec<Event>), OpError> {
    let status = person.account.status;
    if status == Status::Removed {
        return Err(OpError::Unchanged);
    }
    store::standing::remove(tx, person.account.id, with, now)?;
    let (changed, paused) = withdraw(tx, person, None, codes, now)?;
    let event =
        event(Action::UserRemoved, person).with("status", Some(status.key()), Some(Status::Removed.key()));
    Ok((changed, event, paused))
}

/// Brings somebody back as they were: who was suspended still is.
///
/// # Errors
/// [`OpError::NotFound`] once their data is erased, [`OpError::Unchanged`] when they are here.
pub async fn restore(
    app: &App,
    permit: Permit<ManagePeople>,
    origin: Origin,
    id: UserId,
) -> Result<Changed, OpError> {
    manage(app, permit, origin, (Action::UserRestored, id), move |tx, _, person, _| {
        if person.account.status != Status::Removed {
            return Err(OpError::Unchanged);
        }
        let status = if person.suspended_at.is_some() { Status::Suspended } else { Status::Active };
        store::standing::restore(tx, id, status)?;
        let event = event(Action::UserRestored, person).with(
            "status",
            Some(Status::Removed.key()),
            Some(status.key()),
        );
        Ok((Changed { before: person.clone(), sessions: 0, codes: 0 }, event.into()))
    })
    .await
}
