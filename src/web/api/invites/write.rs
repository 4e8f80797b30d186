//! Making and changing invites.

use std::borrow::Cow;

use actix_web::{HttpResponse, web};

use super::asked::{Extension, InviteChange, NewInvite};
use super::id;
use crate::app::App;
use crate::domain::id::InviteId;
use crate::ops::OpError;
use crate::ops::invites::{self as ops, Name, Seen};
use crate::web::api::access::{Caller, ChangeInvites, MakeInvites};
use crate::web::api::sent::{Body, Nothing};
use crate::web::api::wire::{InviteOut, Items};
use crate::web::api::{earlier, once, unless_so};
use crate::web::limits::Limits;
use crate::web::problem::Problem;

/// Create invites
///
/// One, or with a `count` of 2 and more a batch of them: all or none. At most one request a second for each token.
///
/// # Errors
/// [`Problem::Invalid`] for fields to fill in differently.
#[utoipa::path(post, path = "/invites", tag = "Invites", operation_id = "create_invites",
    request_body = NewInvite,
    responses((status = 201, description = "The invite; for a batch its invites as `items`", body = Made)),
    security(("token" = ["invites:write"])))]
pub async fn create(
    app: web::Data<App>,
    limits: web::Data<Limits>,
    caller: Caller<MakeInvites>,
    body: Body<NewInvite>,
) -> Result<HttpResponse, Problem> {
    limits.api_creations.charge(caller.caller.token.id).1?;
    let origin = body.origin(&caller);
    let seen = match earlier(&app, origin).await? {
        Some(keys) => left(&app, &caller, &keys).await?,
        None => {
            let wanted = body.value.read(caller.actor(), app.clock.now())?;
            let length = caller.caller.settings.code_length;
            let made = ops::make(&app, caller.permit, origin, wanted, length).await?;
            made.into_iter().map(|invite| Seen::by_maker(&caller.caller.account, invite)).collect()
        }
    };
    let mut items: Vec<_> = seen.iter().map(|seen| InviteOut::new(&app, seen)).collect();
    let made = if body.value.is_batch() {
        Made::Batch(Items { items })
    } else {
        Made::One(items.pop().map(Box::new))
    };
    Ok(HttpResponse::Created().json(made))
}

/// What is left of what a request made that is repeated now, as it is by now.
///
/// # Errors
/// [`Problem::AlreadyDone`] when all of it was deleted since.
async fn left(
    app: &App,
    caller: &Caller<MakeInvites>,
    keys: &[String],
) -> Result<Vec<Seen<'static>>, Problem> {
    let mut left = Vec::with_capacity(keys.len());
    for id in keys.iter().filter_map(|key| InviteId::from_key(key).ok()) {
        match ops::one(app, caller.permit, Name::Id(id)).await {
            Err(OpError::NotFound) => {}
            found => left.push(found?),
        }
    }
    if left.is_empty() { Err(Problem::AlreadyDone) } else { Ok(left) }
}

/// What was made.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum Made {
    /// A single invite.
    #[schema(value_type = InviteOut)]
    One(Option<Box<InviteOut>>),
    /// A batch.
    Batch(Items<InviteOut>),
}

/// The invite as it is now.
async fn now(app: &App, caller: &Caller<ChangeInvites>, id: InviteId) -> Result<HttpResponse, Problem> {
    let seen = ops::one(app, caller.permit, Name::Id(id)).await?;
    Ok(HttpResponse::Ok().json(InviteOut::new(app, &seen)))
}

/// Change an invite
///
/// Only what is sent changes: all of it, or nothing.
///
/// # Errors
/// [`Problem::Invalid`] for fields to fill in differently.
#[utoipa::path(patch, path = "/invites/{id}", tag = "Invites", operation_id = "change_invite",
    params(("id" = String, Path, description = "Its id", min_length = 1, max_length = 64)),
    request_body = InviteChange,
    responses((status = 200, description = "The invite", body = InviteOut)), security(("token" = ["invites:write"])))]
pub async fn amend(
    app: web::Data<App>,
    caller: Caller<ChangeInvites>,
    named: web::Path<String>,
    body: Body<InviteChange>,
) -> Result<HttpResponse, Problem> {
    let id = id(&named)?;
    let amendment = body.value.read(caller.actor(), app.clock.now())?;
    unless_so(ops::amend(&app, caller.permit, caller.origin, id, amendment).await)?;
    now(&app, &caller, id).await
}

/// Extend an invite
///
/// # Errors
/// [`Problem::Invalid`] for an end more than ten years away.
#[utoipa::path(post, path = "/invites/{id}/extend", tag = "Invites", operation_id = "extend_invite",
    params(("id" = String, Path, description = "Its id", min_length = 1, max_length = 64)),
    request_body = Extension,
    responses((status = 200, description = "The invite", body = InviteOut)), security(("token" = ["invites:write"])))]
pub async fn extend(
    app: web::Data<App>,
    caller: Caller<ChangeInvites>,
    named: web::Path<String>,
    body: Body<Extension>,
) -> Result<HttpResponse, Problem> {
    let id = id(&named)?;
    let origin = body.origin(&caller);
    let days = body.value.days.to_string();
    once(&app, origin, ops::extend(&app, caller.permit, origin, id, days)).await?;
    now(&app, &caller, id).await
}

/// Pause an invite
///
/// # Errors
/// [`Problem::NotFound`] when there is none, or no more.
#[utoipa::path(post, path = "/invites/{id}/pause", tag = "Invites", operation_id = "pause_invite",
    params(("id" = String, Path, description = "Its id", min_length = 1, max_length = 64)),
    responses((status = 200, description = "The invite", body = InviteOut)), security(("token" = ["invites:write"])))]
pub async fn pause(
    app: web::Data<App>,
    caller: Caller<ChangeInvites>,
    named: web::Path<String>,
    body: Body<Nothing>,
) -> Result<HttpResponse, Problem> {
    set_paused(&app, &caller, id(&named)?, &body, true).await
}

/// Resume an invite
///
/// # Errors
/// [`Problem::NotFound`] when there is none, or no more.
#[utoipa::path(post, path = "/invites/{id}/resume", tag = "Invites", operation_id = "resume_invite",
    params(("id" = String, Path, description = "Its id", min_length = 1, max_length = 64)),
    responses((status = 200, description = "The invite", body = InviteOut)), security(("token" = ["invites:write"])))]
pub async fn resume(
    app: web::Data<App>,
    caller: Caller<ChangeInvites>,
    named: web::Path<String>,
    body: Body<Nothing>,
) -> Result<HttpResponse, Problem> {
    set_paused(&app, &caller, id(&named)?, &body, false).await
}

async fn set_paused(
    app: &App,
    caller: &Caller<ChangeInvites>,
    id: InviteId,
    body: &Body<Nothing>,
    paused: bool,
) -> Result<HttpResponse, Problem> {
    let origin = body.origin(caller);
    once(app, origin, ops::set_paused(app, caller.permit, origin, id, paused)).await?;
    now(app, caller, id).await
}

/// Delete an invite
///
/// It stops at once. The accounts made with it stay, and so does the record of them.
///
/// # Errors
/// [`Problem::NotFound`] when there is none, or no more; a code names none here.
#[utoipa::path(delete, path = "/invites/{id}", tag = "Invites", operation_id = "delete_invite",
    params(("id" = String, Path, description = "Its id", min_length = 1, max_length = 64)),
    responses((status = 200, description = "The deleted invite", body = InviteOut)),
    security(("token" = ["invites:write"])))]
pub async fn delete(
    app: web::Data<App>,
    caller: Caller<ChangeInvites>,
    named: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = id(&named)?;
    let before = ops::one(&app, caller.permit, Name::Id(id)).await?;
    let invite = ops::delete(&app, caller.permit, caller.origin, id).await?;
    Ok(HttpResponse::Ok().json(InviteOut::new(&app, &Seen { invite: Cow::Owned(invite), ..before })))
}

/// Take the deletion of an invite back
///
/// # Errors
/// [`Problem::NotFound`] when there is none to take back.
#[utoipa::path(post, path = "/invites/{id}/restore", tag = "Invites", operation_id = "restore_invite",
    params(("id" = String, Path, description = "Its id", min_length = 1, max_length = 64)),
    responses((status = 200, description = "The invite", body = InviteOut)), security(("token" = ["invites:write"])))]
pub async fn restore(
    app: web::Data<App>,
    caller: Caller<ChangeInvites>,
    named: web::Path<String>,
    body: Body<Nothing>,
) -> Result<HttpResponse, Problem> {
    let id = id(&named)?;
    let origin = body.origin(&caller);
    once(&app, origin, ops::restore(&app, caller.permit, origin, id)).await?;
    now(&app, &caller, id).await
}
