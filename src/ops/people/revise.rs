//! Several changes of one person at once: all of them, or none.

use super::change::{hold, let_in, put_into_role, put_out};
use super::{MemberCodes, manage};
use crate::app::App;
use crate::domain::access::{ManagePeople, Permit, Role};
use crate::domain::audit::{Action, Events, Origin};
use crate::domain::id::UserId;
use crate::domain::review::{Note, Review};
use crate::ops::{OpError, review};

/// What somebody is to become. What is not named stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Revision {
    /// Their role.
    pub role: Option<Role>,
    /// Whether they may sign in, and why not.
    pub standing: Option<Standing>,
    /// Whether they stay when their code ends.
    pub kept: Option<bool>,
    /// How the look at them stands; without a note the present one stays.
    pub review: Option<(Review, Option<Option<Note>>)>,
}

/// Whether somebody may sign in.
#[derive(Debug, Clone)]
pub enum Standing {
    /// They may.
    Active,
    /// They may not, for a reason that they are told.
    Suspended(Option<Note>),
}

/// Changes somebody whom the actor manages. What is so already is left alone.
///
/// # Errors
/// [`OpError::Unchanged`] when all of it is so already, and else what the single changes refuse.
pub async fn revise(
    app: &App,
    permit: Permit<ManagePeople>,
    origin: Origin,
    id: UserId,
    revision: Revision,
) -> Result<(), OpError> {
    let reviewer = permit.actor().id();
    manage(app, permit, origin, (action(&revision), id), move |tx, actor, person, now| {
        let mut events = Vec::new();
        let done = |events: &mut Vec<_>, result: Result<Events, OpError>| match result {
            Ok(some) => {
                events.extend(some.iter().cloned());
                Ok(())
            }
            Err(OpError::Unchanged) => Ok(()),
            Err(error) => Err(error),
        };
        if let Some(role) = revision.role {
            let changed = put_into_role(tx, (actor, person), role, MemberCodes::GoOn, now);
            done(&mut events, changed.map(|(_, events)| events))?;
        }
        if let Some(standing) = revision.standing {
            let changed = match standing {
                Standing::Active => let_in(tx, person),
                Standing::Suspended(reason) => put_out(tx, person, reason.as_ref(), MemberCodes::GoOn, now),
            };
            done(&mut events, changed.map(|(_, events)| events))?;
        }
        if let Some(kept) = revision.kept {
            done(&mut events, hold(tx, person, kept).map(|(_, events)| events))?;
        }
        if let Some((state, note)) = revision.review {
            let judged = review::judge(tx, (actor, person), state, note, (reviewer, now));
            done(&mut events, judged.map(|(_, event)| event.into()))?;
        }
        Ok(((), Events::of(events).ok_or(OpError::Unchanged)?))
    })
    .await
}

/// What a refusal is noted as.
fn action(revision: &Revision) -> Action {
    match revision {
        Revision { role: Some(_), .. } => Action::RoleChanged,
        Revision { standing: Some(Standing::Active), .. } => Action::UserUnsuspended,
        Revision { standing: Some(Standing::Suspended(_)), .. } => Action::UserSuspended,
        Revision { review: Some((state, _)), .. } => review::action(*state),
        Revision { kept: Some(false), .. } => Action::UserUnkept,
        Revision { kept: Some(true) | None, .. } => Action::UserKept,
    }
}
