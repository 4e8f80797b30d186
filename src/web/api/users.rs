//! `/api/v1/users`

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::access::{Caller, ChangeUsers, ReadUsers, ReviewUsers};
use super::asked::{FROM_AN_ANSWER, given, limit, one_of, search};
use super::sent::{Body, Nothing, Optional, Search};
use super::wire::{Page, ResetLink, UserOut};
use super::{earlier, once, unless_so};
use crate::app::App;
use crate::domain::access::{ManagePeople, Permit};
use crate::domain::field::Errors;
use crate::domain::id::UserId;
use crate::domain::review::{Note, Review};
use crate::domain::user::Status;
use crate::ops::people::{self as ops, Came, Filter, MemberCodes, Revision, Standing};
use crate::ops::{OpError, reset, review};
use crate::web::problem::Problem;

/// What a list of people is narrowed down to.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UsersQuery {
    /// Only these. Without it, everybody who was not removed.
    #[param(pattern = "^(active|suspended|removed)$")]
    status: Option<String>,
    /// Only those with this role.
    #[param(pattern = "^(member|support|manager|admin|owner)$")]
    role: Option<String>,
    /// Only those whose review has come that far.
    #[param(pattern = "^(waiting|flagged|approved)$")]
    review: Option<String>,
    /// Only those who joined with this invite, or with `none`.
    #[param(pattern = "^(inv_[0-9a-hjkmnp-tv-z]{26}|none)$")]
    invite: Option<String>,
    /// Three characters or more anywhere in a username, name or e-mail address; fewer at its beginning.
    #[param(max_length = 200)]
    q: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 100, value_type = Option<u32>)]
    limit: Option<String>,
    /// The `next_cursor` of the answer before.
    #[param(pattern = "^usr_[0-9a-hjkmnp-tv-z]{26}$")]
    cursor: Option<String>,
}

fn came(text: &str) -> Option<Came> {
    if text == "none" { Some(Came::Uninvited) } else { text.parse().ok().map(Came::With) }
}

impl UsersQuery {
    fn read(&self) -> Result<(Filter, Option<UserId>, usize), OpError> {
        let mut errors = Errors::default();
        let status = |key: &str| key.parse::<Status>().ok();
        let status = one_of(self.status.as_deref(), status, "Send active, suspended or removed.");
        let status = errors.check("status", status);
        let role = |key: &str| key.parse().ok();
        let role = one_of(self.role.as_deref(), role, "Send member, support, manager, admin or owner.");
        let role = errors.check("role", role);
        let review = one_of(self.review.as_deref(), Review::parse, "Send waiting, flagged or approved.");
        let review = errors.check("review", review);
        let came = errors.check("invite", one_of(self.invite.as_deref(), came, FROM_AN_ANSWER));
        let search = errors.check("q", search(self.q.as_deref()));
        let limit = errors.check("limit", limit(self.limit.as_deref()));
        let cursor = |text: &str| text.parse().ok();
        let before = errors.check("cursor", one_of(self.cursor.as_deref(), cursor, FROM_AN_ANSWER));
        match (status, role, review, came, search, limit, before) {
            (Some(status), Some(role), Some(review), Some(came), Some(search), Some(limit), Some(before)) => {
                let removed = status == Some(Status::Removed);
                Ok((Filter { removed, role, status, review, came, search }, before, limit))
            }
            _ => Err(OpError::Invalid(errors)),
        }
    }
}

/// List people
///
/// The latest to join first.
///
/// # Errors
/// [`Problem::Invalid`] for a query that is not understood.
#[utoipa::path(get, path = "/users", tag = "Users", operation_id = "list_users", params(UsersQuery),
    responses((status = 200, description = "People", body = Page<UserOut>)), security(("token" = ["users:read"])))]
pub async fn list(
    app: web::Data<App>,
    caller: Caller<ReadUsers>,
    query: Search<UsersQuery>,
) -> Result<HttpResponse, Problem> {
    let (filter, before, limit) = query.0.read()?;
    let part = ops::part(&app, caller.permit, filter, before, limit).await?;
    Ok(HttpResponse::Ok().json(Page::new(part.rows.iter().map(UserOut::from), part.next)))
}

fn id(text: &str) -> Result<UserId, Problem> {
    text.parse().map_err(|_| Problem::NotFound)
}

async fn now<P>(app: &App, permit: Permit<P>, id: UserId) -> Result<HttpResponse, Problem> {
    let seen = ops::seen(app, permit, id).await?;
    Ok(HttpResponse::Ok().json(UserOut::from(&seen)))
}

/// Get somebody
///
/// # Errors
/// [`Problem::NotFound`] when there is nobody, or no more.
#[utoipa::path(get, path = "/users/{id}", tag = "Users", operation_id = "get_user",
    params(("id" = String, Path, description = "Their id", min_length = 1, max_length = 64)),
    responses((status = 200, description = "The user", body = UserOut)), security(("token" = ["users:read"])))]
pub async fn get(
    app: web::Data<App>,
    caller: Caller<ReadUsers>,
    named: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    now(&app, caller.permit, id(&named)?).await
}

/// What is to change of somebody. What is left out stays as it is.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"status": "suspended", "reason": "Shared a code in public.", "review": "flagged"}))]
pub struct UserChange {
    /// Their role.
    #[serde(default)]
    #[schema(pattern = "^(member|support|manager|admin|owner)$")]
    role: Option<String>,
    /// Whether they may sign in.
    #[serde(default)]
    #[schema(pattern = "^(active|suspended)$")]
    status: Option<String>,
    /// Why they are suspended, as they are told. Only with `status`.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: Option<String>,
    /// How the look at them stands.
    #[serde(default)]
    #[schema(pattern = "^(waiting|flagged|approved)$")]
    review: Option<String>,
    /// What is noted at it; null for nothing. Only with `review`.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 500)]
    review_note: Option<Option<String>>,
    /// Whether they stay when their code ends.
    #[serde(default)]
    keep: Option<bool>,
}

impl Optional for UserChange {}

impl UserChange {
    fn read(&self) -> Result<Revision, OpError> {
        let mut errors = Errors::default();
        let role = |key: &str| key.parse().ok();
        let role = one_of(self.role.as_deref(), role, "Send member, support, manager, admin or owner.");
        let role = errors.check("role", role);
        let reason =
            errors.check("reason", Note::parse(self.reason.as_deref().unwrap_or_default())).flatten();
        let standing = match self.status.as_deref() {
            Some("active") => Some(Standing::Active),
            Some("suspended") => Some(Standing::Suspended(reason)),
            Some(_) => {
                errors.add("status", "Send active or suspended.");
                None
            }
            None => None,
        };
        if self.reason.is_some() && !matches!(standing, Some(Standing::Suspended(_))) {
            errors.add("reason", "Send it with a status of suspended.");
        }
        let note = self.review_note.as_ref().map(|note| Note::parse(note.as_deref().unwrap_or_default()));
        let note = errors.check("review_note", note.transpose()).flatten();
        let review = one_of(self.review.as_deref(), Review::parse, "Send waiting, flagged or approved.");
        let review = errors.check("review", review).flatten();
        if self.review_note.is_some() && self.review.is_none() {
            errors.add("review_note", "Send it with a review.");
        }
        match role {
            Some(role) if errors.is_empty() => {
                Ok(Revision { role, standing, kept: self.keep, review: review.map(|review| (review, note)) })
            }
            _ => Err(OpError::Invalid(errors)),
        }
    }
}

/// Change somebody
///
/// Only what is sent changes: all of it, or nothing. Support may review; the rest needs the right to look after them.
///
/// # Errors
/// [`Problem::Forbidden`] when the owner of the token may not do that to them.
#[utoipa::path(patch, path = "/users/{id}", tag = "Users", operation_id = "change_user",
    params(("id" = String, Path, description = "Their id", min_length = 1, max_length = 64)),
    request_body = UserChange,
    responses((status = 200, description = "The user", body = UserOut)), security(("token" = ["users:write"])))]
pub async fn revise(
    app: web::Data<App>,
    caller: Caller<ReviewUsers>,
    named: web::Path<String>,
    body: Body<UserChange>,
) -> Result<HttpResponse, Problem> {
    let (id, revision) = (id(&named)?, body.value.read()?);
    match revision {
        Revision { role: None, standing: None, kept: None, review: None } => {}
        Revision { role: None, standing: None, kept: None, review: Some((state, note)) } => {
            let note = note.map(|note| note.map(|note| note.as_str().to_owned()).unwrap_or_default());
            unless_so(review::decide(&app, caller.permit, caller.origin, id, (state, note)).await)?;
        }
        revision => {
            let permit = caller.actor().permit::<ManagePeople>().ok_or(Problem::Forbidden)?;
            unless_so(ops::revise(&app, permit, caller.origin, id, revision).await)?;
        }
    }
    now(&app, caller.permit, id).await
}

/// Remove somebody
///
/// At once for everybody, and for good once the grace is over; until then they can be restored.
///
/// # Errors
/// [`Problem::Forbidden`] when the owner of the token may not do that to them.
#[utoipa::path(delete, path = "/users/{id}", tag = "Users", operation_id = "remove_user",
    params(("id" = String, Path, description = "Their id", min_length = 1, max_length = 64)),
    responses((status = 200, description = "The removed user", body = UserOut)), security(("token" = ["users:write"])))]
pub async fn remove(
    app: web::Data<App>,
    caller: Caller<ChangeUsers>,
    named: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = id(&named)?;
    unless_so(ops::remove(&app, caller.permit, caller.origin, id, MemberCodes::GoOn).await)?;
    now(&app, caller.permit, id).await
}

/// Restore somebody
///
/// As they were: who was suspended still is.
///
/// # Errors
/// [`Problem::NotFound`] once their data is erased.
#[utoipa::path(post, path = "/users/{id}/restore", tag = "Users", operation_id = "restore_user",
    params(("id" = String, Path, description = "Their id", min_length = 1, max_length = 64)),
    responses((status = 200, description = "The user", body = UserOut)), security(("token" = ["users:write"])))]
pub async fn restore(
    app: web::Data<App>,
    caller: Caller<ChangeUsers>,
    named: web::Path<String>,
    body: Body<Nothing>,
) -> Result<HttpResponse, Problem> {
    let id = id(&named)?;
    let origin = body.origin(&caller);
    once(&app, origin, ops::restore(&app, caller.permit, origin, id)).await?;
    now(&app, caller.permit, id).await
}

/// Make a reset link
///
/// Whoever opens it chooses a new password for that person, once, within 30 minutes. It is shown once.
///
/// # Errors
/// [`Problem::AlreadyDone`] for a repeat: the link of the first is not kept.
#[utoipa::path(post, path = "/users/{id}/reset-link", tag = "Users", operation_id = "make_reset_link",
    params(("id" = String, Path, description = "Their id", min_length = 1, max_length = 64)),
    responses((status = 201, description = "The link", body = ResetLink)), security(("token" = ["users:write"])))]
pub async fn reset_link(
    app: web::Data<App>,
    caller: Caller<ChangeUsers>,
    named: web::Path<String>,
    body: Body<Nothing>,
) -> Result<HttpResponse, Problem> {
    let id = id(&named)?;
    let origin = body.origin(&caller);
    if earlier(&app, origin).await?.is_some() {
        return Err(Problem::AlreadyDone);
    }
    let (_, key) = reset::make_link(&app, caller.permit, origin, id).await?;
    let link = app.config.public_url.reset_link(&key);
    Ok(HttpResponse::Created().json(ResetLink::new(link, app.clock.now() + reset::LINK_LIVES)))
}
