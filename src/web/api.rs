//! The API for programs: the same operations as the pages, in JSON. Every endpoint stands in [`endpoints`], with its handler; what
//! it needs stands in the handler's first parameter.

pub mod access;
pub mod asked;
pub mod audit;
pub mod document;
pub mod invites;
pub mod me;
pub mod problem;
pub mod reference;
pub mod registrations;
pub mod sent;
pub mod users;
pub mod wire;

use actix_web::web;

use super::{Route, add, route};
use crate::app::App;
use crate::domain::audit::Origin;
use crate::ops::{self, OpError};
use crate::web::problem::Problem;

/// Where all of it lives.
pub const ROOT: &str = "/api/v1";

/// Every endpoint of the API.
#[must_use]
pub fn endpoints() -> Vec<Route> {
    vec![
        route!(GET "/api/v1/invites" => invites::read::list),
        route!(POST "/api/v1/invites" => invites::write::create),
        route!(GET "/api/v1/invites/{id}" => invites::read::get),
        route!(PATCH "/api/v1/invites/{id}" => invites::write::amend),
        route!(DELETE "/api/v1/invites/{id}" => invites::write::delete),
        route!(POST "/api/v1/invites/{id}/extend" => invites::write::extend),
        route!(POST "/api/v1/invites/{id}/pause" => invites::write::pause),
        route!(POST "/api/v1/invites/{id}/resume" => invites::write::resume),
        route!(POST "/api/v1/invites/{id}/restore" => invites::write::restore),
        route!(GET "/api/v1/invites/{id}/users" => invites::read::users),
        route!(GET "/api/v1/users" => users::list),
        route!(GET "/api/v1/users/{id}" => users::get),
        route!(PATCH "/api/v1/users/{id}" => users::revise),
        route!(DELETE "/api/v1/users/{id}" => users::remove),
        route!(POST "/api/v1/users/{id}/restore" => users::restore),
        route!(POST "/api/v1/users/{id}/reset-link" => users::reset_link),
        route!(GET "/api/v1/audit" => audit::list),
        route!(GET "/api/v1/me" => me::get),
        route!(POST "/api/v1/registrations/check" => registrations::check),
        route!(POST "/api/v1/registrations" => registrations::create),
        route!(GET "/api/v1/openapi.json" => document::serve),
    ]
}

/// What was done for a request before, if it has a key that was given before: the keys of the rows that it changed.
///
/// # Errors
/// [`Problem::KeyReused`] when the key was given to another request.
async fn earlier(app: &App, origin: Origin) -> Result<Option<Vec<String>>, Problem> {
    let Some(once) = origin.once else { return Ok(None) };
    match ops::repeats::earlier(app, once).await? {
        None => Ok(None),
        Some(done) if done.is_same => Ok(Some(done.targets)),
        Some(_) => Err(Problem::KeyReused),
    }
}

/// Does something unless it was done before for the same key. What is so already is as good as done.
///
/// # Errors
/// [`Problem::KeyReused`] when the key was given to another request, and what the work refuses.
async fn once<T>(
    app: &App,
    origin: Origin,
    work: impl Future<Output = Result<T, OpError>>,
) -> Result<(), Problem> {
    if earlier(app, origin).await?.is_none() {
        unless_so(work.await)?;
    }
    Ok(())
}

/// That something is so already is as good as having made it so.
fn unless_so<T>(done: Result<T, OpError>) -> Result<(), OpError> {
    match done {
        Ok(_) | Err(OpError::Unchanged) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Adds them. Neither cookies nor forms reach them.
pub fn configure(config: &mut web::ServiceConfig) {
    let nowhere = || async { Err::<&str, _>(Problem::NotFound) };
    let scope = web::scope(ROOT).configure(|scope| add(scope, &endpoints(), ROOT));
    config.service(scope.default_service(web::to(nowhere)));
}
