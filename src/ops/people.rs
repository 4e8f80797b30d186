//! Who is here, and looking after them.

mod change;
mod create;
mod look;
mod removal;
mod revise;
mod seen;

pub use crate::store::people::{Came, Filter};
pub use change::{change_role, end_sessions, keep, suspend, unsuspend};
pub use create::{Newcomer, create};
pub(super) use look::one;
pub use look::{Counts, Detail, Handed, List, PAGE, Part, find, handed, list, part, row, seen, show, some};
pub use removal::{remove, restore};
pub use revise::{Revision, Standing, revise};
pub(super) use seen::with_ways;
pub use seen::{Seen, Way};

use super::access::refused_on;
use super::invites::about;
use super::{OpError, act_on_people};
use crate::app::App;
use crate::domain::access::{Actor, ManagePeople, Permit, Role};
use crate::domain::audit::{Action, Event, Events, Origin, Target};
use crate::domain::field::Errors;
use crate::domain::id::UserId;
use crate::domain::invite::GRANTED;
use crate::domain::person::Person;
use crate::domain::time::Timestamp;
use crate::domain::user::Status;
use crate::store::{self, Tx};

/// Why the last owner stays.
pub const LAST_OWNER: &str = "There must always be an active owner.";

/// What becomes of the codes for members that somebody made, when they go or fall in rank. Their other codes stop by
/// themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberCodes {
    /// They go on.
    GoOn,
    /// They stop too.
    Pause,
}

/// Somebody who was changed.
#[derive(Debug, Clone)]
pub struct Changed {
    /// As they were before.
    pub before: Person,
    /// How many of their sessions ended.
    pub sessions: usize,
    /// How many of their codes stopped.
    pub codes: usize,
}

/// Changes somebody whom the actor manages at the moment of writing. Being refused leaves a trace.
pub(super) async fn manage<T, F>(
    app: &App,
    permit: Permit<ManagePeople>,
    origin: Origin,
    (action, id): (Action, UserId),
    change: F,
) -> Result<T, OpError>
where
    T: Send + 'static,
    F: FnOnce(&mut Tx<'_>, Actor, &Person, Timestamp) -> Result<(T, Events), OpError> + Send + 'static,
{
    let result = act_on_people(app, permit, origin, move |tx, account, now| {
        let person = store::standing::for_change(tx, id)?.filter(Person::is_known);
        let person = person.ok_or(OpError::NotFound)?;
        if !account.role.manages(person.account.role) {
            return Err(OpError::NotPermitted);
        }
        change(tx, account.actor(), &person, now)
    });
    let result = result.await;
    if matches!(result, Err(OpError::NotPermitted)) {
        refused_on(app, permit.actor(), origin, action, id).await?;
    }
    result
}

/// An event about somebody.
pub(super) fn event(action: Action, person: &Person) -> Event {
    Event::new(action, Target::User(person.account.id))
}

/// Somebody who was not removed.
pub(super) fn here(person: &Person) -> Result<(), OpError> {
    if person.account.status == Status::Removed { Err(OpError::NotFound) } else { Ok(()) }
}

/// Refuses to lose the last active owner. The lock on people is held, so that nobody else leaves meanwhile.
fn keep_an_owner(tx: &mut Tx<'_>, person: &Person, field: &'static str) -> Result<(), OpError> {
    let Person { account, .. } = person;
    let counts = account.role == Role::Owner && account.status == Status::Active;
    if counts && !store::standing::another_owner(tx, account.id)? {
        return Err(OpError::Invalid(Errors::one(field, LAST_OWNER)));
    }
    Ok(())
}

/// Takes back what somebody can no longer answer for, now that they hold this role or none at all: their sessions, their
/// reset links, and the codes that hand out more than they may. Answers with an event for each code.
pub(super) fn withdraw(
    tx: &mut Tx<'_>,
    person: &Person,
    left: Option<Role>,
    codes: MemberCodes,
    now: Timestamp,
) -> Result<(Changed, Vec<Event>), OpError> {
    let id = person.account.id;
    let paused = store::delegation::pause(tx, id, &lost(left, codes), now)?;
    // A link made for who they were must not open what they have become.
    store::links::drop_reset(tx, id)?;
    let sessions = store::sessions::end_all(tx, id)?;
    let events = paused.iter().map(|invite| about(Action::InvitePaused, invite)).collect();
    Ok((Changed { before: person.clone(), sessions, codes: paused.len() }, events))
}

/// The roles that nobody may hand out any more in their name.
fn lost(left: Option<Role>, codes: MemberCodes) -> Vec<Role> {
    let may = |role| left.is_some_and(|left| Actor::new(UserId::NOBODY, left).grantable(role).is_some());
    let is_lost = |role: &Role| if *role == Role::Member { codes == MemberCodes::Pause } else { !may(*role) };
    GRANTED.into_iter().filter(is_lost).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_above_what_is_left_are_lost_and_those_for_members_only_if_asked() {
        use Role::{Admin, Manager, Member, Owner, Support};
        for (left, expected) in [
            (None, vec![Support, Manager, Admin]),
            (Some(Member), vec![Support, Manager, Admin]),
            (Some(Support), vec![Support, Manager, Admin]),
            (Some(Manager), vec![Manager, Admin]),
            (Some(Admin), vec![]),
            (Some(Owner), vec![]),
        ] {
            assert_eq!(lost(left, MemberCodes::GoOn), expected, "{left:?}");
            let all: Vec<_> = std::iter::once(Member).chain(expected).collect();
            assert_eq!(lost(left, MemberCodes::Pause), all, "{left:?}");
        }
    }
}
