//! Refusals that leave a trace.

use super::{OpError, record};
use crate::app::App;
use crate::domain::access::Actor;
use crate::domain::audit::{Action, Doer, Event, Origin, Target};
use crate::domain::id::UserId;

/// Notes that somebody was refused a page or a change.
///
/// # Errors
/// [`OpError`] when it could not be written.
pub async fn refused(app: &App, actor: Actor, origin: Origin, route: &str) -> Result<(), OpError> {
    note(
        app,
        actor,
        origin,
        Event::new(Action::PermissionRefused, Target::None).with("route", None, Some(route)),
    )
    .await
}

/// Notes that somebody was refused a change of somebody else.
///
/// # Errors
/// [`OpError`] when it could not be written.
pub(super) async fn refused_on(
    app: &App,
    actor: Actor,
    origin: Origin,
    action: Action,
    person: UserId,
) -> Result<(), OpError> {
    let event = Event::new(Action::PermissionRefused, Target::User(person));
    note(app, actor, origin, event.with("action", None, Some(action.key()))).await
}

async fn note(app: &App, actor: Actor, origin: Origin, event: Event) -> Result<(), OpError> {
    // What is refused is not done, and may be asked for again with the same key.
    let origin = Origin { once: None, ..origin };
    record(app, origin, move |_, _| Ok(((), Doer::of(actor), event))).await
}
