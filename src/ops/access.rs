//! Refusals that leave a trace.

use super::{OpError, record};
use crate::app::App;
use crate::domain::access::Actor;
use crate::domain::audit::{Action, Doer, Event, Origin, Target};

/// Notes that somebody was refused a page or a change.
///
/// # Errors
/// [`OpError`] when it could not be written.
pub async fn refused(app: &App, actor: Actor, origin: Origin, route: &str) -> Result<(), OpError> {
    let event = Event::new(Action::PermissionRefused, Target::None).with("route", None, Some(route));
    record(app, origin, move |_, _| Ok(((), Doer::Person(actor.id(), actor.role()), event))).await
}
