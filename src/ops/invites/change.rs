//! Editing, extending, pausing and deleting.

use super::create::{NO_END, grantable};
use super::{about, difference, granting};
use crate::app::App;
use crate::domain::access::{Grantable, ManageInvites, Permit, Role};
use crate::domain::audit::{Action, Events, Origin};
use crate::domain::expiry::Expiry;
use crate::domain::field::{Errors, Rejected};
use crate::domain::id::InviteId;
use crate::domain::invite::{Invite, Label, UseLimit};
use crate::domain::time::Timestamp;
use crate::domain::user::Account;
use crate::ops::{OpError, act};
use crate::store::{self, Tx};

/// The form of an edit as it was filled in.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    /// What staff call it.
    pub label: String,
    /// How many can join, or nothing.
    pub max_uses: String,
    /// What they become; nothing where it cannot be changed.
    pub role: String,
    /// The end, exactly, or nothing.
    pub exact: String,
    /// Whether whoever joined is removed when it ends.
    pub delete_users: bool,
}

/// Reads an invite under the write, lets it be changed by whoever may, and says what it was and is.
async fn change<F>(
    app: &App,
    permit: Permit<ManageInvites>,
    origin: Origin,
    id: InviteId,
    to: F,
) -> Result<Invite, OpError>
where
    F: FnOnce(&mut Tx<'_>, &Account, &Invite, Timestamp) -> Result<(Invite, Events), OpError>
        + Send
        + 'static,
{
    act(app, permit, origin, move |tx, account, now| {
        let old = store::invites::for_change(tx, id)?.ok_or(OpError::NotFound)?;
        granting(account.actor(), &old)?;
        let (new, event) = to(tx, account, &old, now)?;
        granting(account.actor(), &new)?;
        if !store::invites::update(tx, &new, now)? {
            return Err(OpError::Invalid(too_late(&old, &new)));
        }
        Ok((new, event))
    })
    .await
}

/// Somebody joined in between.
fn too_late(old: &Invite, new: &Invite) -> Errors {
    if old.role == new.role {
        Errors::one("max_uses", "More people joined meanwhile. Enter a higher number.")
    } else {
        Errors::one("role", "Somebody joined meanwhile, so the role cannot be changed any more.")
    }
}

/// What an invite is to become. What is not named stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Amendment {
    /// What staff call it.
    pub label: Option<Option<Label>>,
    /// How many can join.
    pub limit: Option<UseLimit>,
    /// What they become.
    pub role: Option<Role>,
    /// Its end.
    pub expiry: Option<Expiry>,
    /// Whether whoever joined is removed when it ends.
    pub delete_users: Option<bool>,
    /// Whether it is stopped for a while.
    pub paused: Option<bool>,
}

/// Changes label, limit and end, and the role while nobody has joined.
///
/// # Errors
/// [`OpError::Invalid`] for a form to fill in again.
pub async fn edit(
    app: &App,
    permit: Permit<ManageInvites>,
    origin: Origin,
    id: InviteId,
    form: Edit,
) -> Result<Invite, OpError> {
    change(app, permit, origin, id, move |tx, account, old, now| {
        let mut errors = Errors::default();
        let label = errors.check("label", Label::parse(&form.label));
        let limit = errors.check("max_uses", UseLimit::parse(&form.max_uses));
        let role = match form.role.as_str() {
            "" => Some(old.role),
            chosen => errors.check("role", grantable(chosen, account.actor())).map(Grantable::role),
        };
        let expiry = errors.check("exact", end(&form.exact, old, now));
        let delete_users = Some(form.delete_users);
        let amendment = Amendment { label, limit, role, expiry, delete_users, paused: None };
        let new = amended(tx, account, old, amendment, errors, now)?;
        let event = difference(Action::InviteEdited, old, &new);
        Ok((new, event.into()))
    })
    .await
}

/// Changes what is named, and leaves alone what is so already.
///
/// # Errors
/// [`OpError::Invalid`] for what cannot be so, [`OpError::Unchanged`] when all of it is so already.
pub async fn amend(
    app: &App,
    permit: Permit<ManageInvites>,
    origin: Origin,
    id: InviteId,
    amendment: Amendment,
) -> Result<Invite, OpError> {
    change(app, permit, origin, id, move |tx, account, old, now| {
        let mut errors = Errors::default();
        if let Some(role) = amendment.role {
            errors.check("role", grantable(role.key(), account.actor()));
        }
        let new = amended(tx, account, old, amendment, errors, now)?;
        let pauses = if new.paused { Action::InvitePaused } else { Action::InviteResumed };
        let edited =
            Some(difference(Action::InviteEdited, old, &new)).filter(|event| !event.changes.is_empty());
        let paused = Some(about(pauses, old)).filter(|_| new.paused != old.paused);
        let events = Events::of(edited.into_iter().chain(paused).collect());
        Ok((new, events.ok_or(OpError::Unchanged)?))
    })
    .await
}

/// An invite with an amendment, if all that was read of it can be.
fn amended(
    tx: &mut Tx<'_>,
    account: &Account,
    old: &Invite,
    wanted: Amendment,
    mut errors: Errors,
    now: Timestamp,
) -> Result<Invite, OpError> {
    if let Some(limit) = wanted.limit {
        errors.check("max_uses", above(limit, old.uses));
    }
    let role = wanted.role.unwrap_or(old.role);
    if role != old.role && old.uses > 0 {
        errors.add("role", "The role can be changed only while nobody has joined.");
    }
    let expiry = wanted.expiry.unwrap_or(old.expiry);
    let delete_users = wanted.delete_users.unwrap_or(old.delete_users_on_expiry);
    if delete_users && expiry == Expiry::Never {
        errors.add("delete_users", NO_END);
    }
    if !errors.is_empty() {
        return Err(OpError::Invalid(errors));
    }
    let label = wanted.label.map(|label| label.map(|label| label.as_str().to_owned()));
    let new = Invite {
        label: label.unwrap_or_else(|| old.label.clone()),
        limit: wanted.limit.unwrap_or(old.limit),
        role,
        delete_users_on_expiry: delete_users,
        paused: wanted.paused.unwrap_or(old.paused),
        ..old.clone()
    };
    let new = ending(new, expiry, now);
    may_take_along(tx, account, old, &new)?;
    Ok(new)
}

fn above(limit: UseLimit, uses: u32) -> Result<UseLimit, Rejected> {
    match limit.most() {
        Some(most) if most < uses => {
            Err(Rejected(format!("{uses} people already joined. Enter {uses} or more.").into()))
        }
        _ => Ok(limit),
    }
}

/// The end as typed. One that was not touched stays as it is, also if it has passed.
fn end(typed: &str, old: &Invite, now: Timestamp) -> Result<Expiry, Rejected> {
    let present = old.expiry.at().map(|at| at.format("%Y-%m-%dT%H:%M").to_string());
    match typed.trim() {
        "" => Ok(Expiry::Never),
        typed if present.as_deref() == Some(typed) => Ok(old.expiry),
        typed => Expiry::exact(typed, now),
    }
}

/// The same invite with another end. One that lies ahead takes along once more whoever is there then.
fn ending(invite: Invite, expiry: Expiry, now: Timestamp) -> Invite {
    let users_removed_at = invite.users_removed_at.filter(|_| expiry.is_over(now));
    Invite { expiry, users_removed_at, ..invite }
}

/// Whoever makes a code take people along, or take them sooner, has to have the right to remove each of them.
fn may_take_along(tx: &mut Tx<'_>, account: &Account, old: &Invite, new: &Invite) -> Result<(), OpError> {
    let sooner = match (old.expiry.at(), new.expiry.at()) {
        (Some(old), Some(new)) => new < old,
        (None, Some(_)) => true,
        (_, None) => false,
    };
    let removes_more = new.delete_users_on_expiry && (!old.delete_users_on_expiry || sooner);
    let managed: Vec<Role> = Role::ALL.into_iter().filter(|role| account.role.manages(*role)).collect();
    if removes_more && store::departures::any_beyond(tx, new.id, &managed)? {
        let beyond = "Somebody joined with this code whom you may not remove.";
        return Err(OpError::Invalid(Errors::one("delete_users", beyond)));
    }
    Ok(())
}

/// Puts the end off by some days.
///
/// # Errors
/// [`OpError::Invalid`] for a form to fill in again.
pub async fn extend(
    app: &App,
    permit: Permit<ManageInvites>,
    origin: Origin,
    id: InviteId,
    days: String,
) -> Result<Invite, OpError> {
    change(app, permit, origin, id, move |_, _, old, now| {
        let expiry = old.expiry.extended(&days, now);
        let expiry = expiry.map_err(|refusal| OpError::Invalid(Errors::one("days", refusal.to_string())))?;
        let new = ending(old.clone(), expiry, now);
        let event = difference(Action::InviteExtended, old, &new);
        Ok((new, event.into()))
    })
    .await
}

/// Stops an invite for a while, or lets it go on. One that is that way already is left alone, without a word in the log.
///
/// # Errors
/// [`OpError`] when nothing was changed.
pub async fn set_paused(
    app: &App,
    permit: Permit<ManageInvites>,
    origin: Origin,
    id: InviteId,
    paused: bool,
) -> Result<Invite, OpError> {
    let done = change(app, permit, origin, id, move |_, _, old, _| {
        if old.paused == paused {
            return Err(OpError::Unchanged);
        }
        let action = if paused { Action::InvitePaused } else { Action::InviteResumed };
        Ok((Invite { paused, ..old.clone() }, about(action, old).into()))
    });
    match done.await {
        Err(OpError::Unchanged) => {
            let found: Option<Invite> = app.store.read(move |conn| store::invites::by_id(conn, id)).await?;
            found.ok_or(OpError::NotFound)
        }
        done => done,
    }
}

/// Deletes an invite: it stops at once and leaves the list. The accounts made with it stay.
///
/// # Errors
/// [`OpError::NotFound`] when there is none, or no more.
pub async fn delete(
    app: &App,
    permit: Permit<ManageInvites>,
    origin: Origin,
    id: InviteId,
) -> Result<Invite, OpError> {
    set_deleted(app, permit, origin, id, true).await
}

/// Takes a deletion back.
///
/// # Errors
/// [`OpError::NotFound`] when there is none to take back.
pub async fn restore(
    app: &App,
    permit: Permit<ManageInvites>,
    origin: Origin,
    id: InviteId,
) -> Result<Invite, OpError> {
    set_deleted(app, permit, origin, id, false).await
}

async fn set_deleted(
    app: &App,
    permit: Permit<ManageInvites>,
    origin: Origin,
    id: InviteId,
    deleted: bool,
) -> Result<Invite, OpError> {
    act(app, permit, origin, move |tx, account, now| {
        let (found, action) = if deleted {
            (store::invites::for_change(tx, id)?, Action::InviteDeleted)
        } else {
            (store::invites::deleted(tx, id)?, Action::InviteRestored)
        };
        let invite = found.ok_or(OpError::NotFound)?;
        granting(account.actor(), &invite)?;
        if !store::invites::set_deleted(tx, id, deleted, now)? {
            return Err(OpError::NotFound);
        }
        let event = about(action, &invite);
        Ok((invite, event))
    })
    .await
}
