//! Looking at invites.

use actix_web::{HttpResponse, web};

use super::asked::ListQuery;
use super::{id, name};
use crate::app::App;
use crate::domain::field::Errors;
use crate::domain::id::UserId;
use crate::ops::OpError;
use crate::ops::invites as ops;
use crate::ops::people::{self, Came, Filter};
use crate::web::api::access::{Caller, ReadInvites};
use crate::web::api::asked::{FROM_AN_ANSWER, limit, one_of};
use crate::web::api::sent::Search;
use crate::web::api::wire::{InviteOut, Page, UserOut};
use crate::web::problem::Problem;

/// List invites
///
/// The newest first, without those that were deleted.
///
/// # Errors
/// [`Problem`] for a query that is not understood.
#[utoipa::path(get, path = "/invites", tag = "Invites", operation_id = "list_invites", params(ListQuery),
    responses((status = 200, description = "Invites", body = Page<InviteOut>)), security(("token" = ["invites:read"])))]
pub async fn list(
    app: web::Data<App>,
    caller: Caller<ReadInvites>,
    query: Search<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let (filter, before, limit) = query.0.read()?;
    let part = ops::part(&app, caller.permit, filter, before, limit).await?;
    Ok(HttpResponse::Ok().json(Page::new(part.rows.iter().map(|seen| InviteOut::new(&app, seen)), part.next)))
}

/// Get an invite
///
/// By its id, or by its code in any spelling.
///
/// # Errors
/// [`Problem::NotFound`] when there is none, or no more.
#[utoipa::path(get, path = "/invites/{id}", tag = "Invites", operation_id = "get_invite",
    params(("id" = String, Path, description = "Its id, or its code", min_length = 1, max_length = 64)),
    responses((status = 200, description = "The invite", body = InviteOut)), security(("token" = ["invites:read"])))]
pub async fn get(
    app: web::Data<App>,
    caller: Caller<ReadInvites>,
    named: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let seen = ops::one(&app, caller.permit, name(&named)?).await?;
    Ok(HttpResponse::Ok().json(InviteOut::new(&app, &seen)))
}

/// How much of a list, and from where on.
#[derive(Debug, Default, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PeopleQuery {
    /// How many at most.
    #[param(minimum = 1, maximum = 100, value_type = Option<u32>)]
    limit: Option<String>,
    /// The `next_cursor` of the answer before.
    #[param(pattern = "^usr_[0-9a-hjkmnp-tv-z]{26}$")]
    cursor: Option<String>,
}

/// List who joined with an invite
///
/// The latest first; those who were removed are left out.
///
/// # Errors
/// [`Problem::NotFound`] when there is none, or no more.
#[utoipa::path(get, path = "/invites/{id}/users", tag = "Invites", operation_id = "list_invite_users",
    params(("id" = String, Path, description = "Its id", min_length = 1, max_length = 64), PeopleQuery),
    responses((status = 200, description = "People", body = Page<UserOut>)), security(("token" = ["invites:read"])))]
pub async fn users(
    app: web::Data<App>,
    caller: Caller<ReadInvites>,
    invite: web::Path<String>,
    query: Search<PeopleQuery>,
) -> Result<HttpResponse, Problem> {
    let mut errors = Errors::default();
    let limit = errors.check("limit", limit(query.0.limit.as_deref()));
    let cursor = |text: &str| text.parse::<UserId>().ok();
    let before = errors.check("cursor", one_of(query.0.cursor.as_deref(), cursor, FROM_AN_ANSWER));
    let (Some(limit), Some(before)) = (limit, before) else { return Err(OpError::Invalid(errors).into()) };
    let filter = Filter { came: Some(Came::With(id(&invite)?)), ..Filter::default() };
    let part = people::part(&app, caller.permit, filter, before, limit).await?;
    Ok(HttpResponse::Ok().json(Page::new(part.rows.iter().map(UserOut::from), part.next)))
}
