//! Role, suspension, sessions, and staying beyond the end of a code.

use super::{Changed, MemberCodes, event, here, keep_an_owner, manage, withdraw};
use crate::app::App;
use crate::domain::access::{Actor, ManagePeople, Permit, Role};
use crate::domain::audit::{Action, Events, Origin};
use crate::domain::field::Errors;
use crate::domain::id::UserId;
use crate::domain::person::Person;
use crate::domain::review::Note;
use crate::domain::time::Timestamp;
use crate::domain::user::Status;
use crate::ops::OpError;
use crate::store::{self, Tx};

/// Gives somebody another role. They sign in again with it.
///
/// # Errors
/// [`OpError::Invalid`] when the last owner would be gone, [`OpError::Unchanged`] when they have the role already.
pub async fn change_role(
    app: &App,
    permit: Permit<ManagePeople>,
    origin: Origin,
    id: UserId,
    role: &str,
    codes: MemberCodes,
) -> Result<Changed, OpError> {
    let chosen = role.parse::<Role>();
    let role = chosen.map_err(|_| OpError::Invalid(Errors::one("role", "Choose a role.")))?;
    manage(app, permit, origin, (Action::RoleChanged, id), move |tx, actor, person, now| {
        put_into_role(tx, (actor, person), role, codes, now)
    })
    .await
}

/// The writes of a change of role.
pub(super) fn put_into_role(
    tx: &mut Tx<'_>,
    (actor, person): (Actor, &Person),
    role: Role,
    codes: MemberCodes,
    now: Timestamp,
) -> Result<(Changed, Events), OpError> {
    here(person)?;
    let old = person.account.role;
    let new = actor.assignable(role).ok_or(OpError::NotPermitted)?;
    if old == role {
        return Err(OpError::Unchanged);
    }
    if old == Role::Owner {
        keep_an_owner(tx, person, "role")?;
    }
    store::standing::set_role(tx, person.account.id, new, now)?;
    let (changed, paused) = withdraw(tx, person, Some(role), codes, now)?;
    let event = event(Action::RoleChanged, person).with("role", Some(old.key()), Some(role.key()));
    Ok((changed, event.followed_by(paused)))
}

/// Keeps somebody from signing in, and says why. Who is suspended already gets the new reason.
///
/// # Errors
/// [`OpError::Invalid`] for a form to fill in again, or when the last owner would be gone.
pub async fn suspend(
    app: &App,
    permit: Permit<ManagePeople>,
    origin: Origin,
    id: UserId,
    reason: &str,
    codes: MemberCodes,
) -> Result<Changed, OpError> {
    let read = Note::parse(reason);
    let reason = read.map_err(|refusal| OpError::Invalid(Errors::one("reason", refusal.to_string())))?;
    manage(app, permit, origin, (Action::UserSuspended, id), move |tx, _, person, now| {
        put_out(tx, person, reason.as_ref(), codes, now)
    })
    .await
}

/// The writes of a suspension.
pub(super) fn put_out(
    tx: &mut Tx<'_>,
    person: &Person,
    reason: Option<&Note>,
    codes: MemberCodes,
    now: Timestamp,
) -> Result<(Changed, Events), OpError> {
    here(person)?;
    keep_an_owner(tx, person, "reason")?;
    let (old, new) = (person.account.status_reason.as_deref(), reason.map(Note::as_str));
    let is_so = person.account.status == Status::Suspended && old == new && codes == MemberCodes::GoOn;
    if is_so {
        return Err(OpError::Unchanged);
    }
    store::standing::suspend(tx, person.account.id, reason, person.suspended_at.unwrap_or(now))?;
    let (changed, paused) = withdraw(tx, person, None, codes, now)?;
    let event = event(Action::UserSuspended, person)
        .with("status", Some(person.account.status.key()), Some(Status::Suspended.key()))
        .with("reason", old, new);
    Ok((changed, event.followed_by(paused)))
}

/// Lets somebody sign in again. Codes that were paused stay so until somebody resumes them.
///
/// # Errors
/// [`OpError::Unchanged`] when they may sign in already.
pub async fn unsuspend(
    app: &App,
    permit: Permit<ManagePeople>,
    origin: Origin,
    id: UserId,
) -> Result<Changed, OpError> {
    manage(app, permit, origin, (Action::UserUnsuspended, id), move |tx, _, person, _| let_in(tx, person))
        .await
}

/// The writes of the end of a suspension.
pub(super) fn let_in(tx: &mut Tx<'_>, person: &Person) -> Result<(Changed, Events), OpError> {
    here(person)?;
    if person.account.status == Status::Active {
        return Err(OpError::Unchanged);
    }
    store::standing::unsuspend(tx, person.account.id)?;
    let event = event(Action::UserUnsuspended, person)
        .with("status", Some(Status::Suspended.key()), Some(Status::Active.key()))
        .with("reason", person.account.status_reason.as_deref(), None);
    Ok((unmoved(person), event.into()))
}

/// Somebody who was changed without losing anything.
fn unmoved(person: &Person) -> Changed {
    Changed { before: person.clone(), sessions: 0, codes: 0 }
}

/// Signs somebody out everywhere.
///
/// # Errors
/// [`OpError`] when nothing was changed.
pub async fn end_sessions(
    app: &App,
    permit: Permit<ManagePeople>,
    origin: Origin,
    id: UserId,
) -> Result<Changed, OpError> {
    manage(app, permit, origin, (Action::SessionsEnded, id), move |tx, _, person, _| {
        here(person)?;
        let sessions = store::sessions::end_all(tx, id)?;
        let event = event(Action::SessionsEnded, person).with("sessions", None, Some(&sessions.to_string()));
        Ok((Changed { before: person.clone(), sessions, codes: 0 }, event.into()))
    })
    .await
}

/// Says whether somebody stays when the code they came with ends.
///
/// # Errors
/// [`OpError::Unchanged`] when it is so already.
pub async fn keep(
    app: &App,
    permit: Permit<ManagePeople>,
    origin: Origin,
    id: UserId,
    kept: bool,
) -> Result<Changed, OpError> {
    let action = if kept { Action::UserKept } else { Action::UserUnkept };
    manage(app, permit, origin, (action, id), move |tx, _, person, _| hold(tx, person, kept)).await
}

/// The writes of keeping somebody.
pub(super) fn hold(tx: &mut Tx<'_>, person: &Person, kept: bool) -> Result<(Changed, Events), OpError> {
    here(person)?;
    if person.kept == kept {
        return Err(OpError::Unchanged);
    }
    store::standing::set_kept(tx, person.account.id, kept)?;
    let action = if kept { Action::UserKept } else { Action::UserUnkept };
    Ok((unmoved(person), event(action, person).into()))
}
