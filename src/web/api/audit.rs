//! `/api/v1/audit`

use actix_web::{HttpResponse, web};
use chrono::DateTime;
use serde::Deserialize;
use utoipa::IntoParams;

use super::access::{Caller, ReadAudit};
use super::asked::{FROM_AN_ANSWER, limit, one_of};
use super::sent::Search;
use super::wire::{EntryOut, Page};
use crate::app::App;
use crate::domain::audit::{Action, By, Target};
use crate::domain::field::Errors;
use crate::domain::id::AuditId;
use crate::ops::OpError;
use crate::ops::audit::{self as ops, Asked, AskedBy};
use crate::web::problem::Problem;

/// What the log is narrowed down to.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Only this action, by its stable name.
    #[param(example = "invite.created", pattern = "^[a-z_]+\\.[a-z_]+$")]
    action: Option<String>,
    /// Only what this user did, or `command_line`, `job` or `nobody`.
    #[param(pattern = "^(usr_[0-9a-hjkmnp-tv-z]{26}|command_line|job|nobody)$")]
    actor: Option<String>,
    /// Only what was done to this user or invite.
    #[param(pattern = "^(usr|inv)_[0-9a-hjkmnp-tv-z]{26}$")]
    target: Option<String>,
    /// Not before this time.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Before this time.
    #[param(format = DateTime)]
    until: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 100, value_type = Option<u32>)]
    limit: Option<String>,
    /// The `next_cursor` of the answer before.
    #[param(pattern = "^aud_[0-9a-hjkmnp-tv-z]{26}$")]
    cursor: Option<String>,
}

fn actor(text: &str) -> Option<AskedBy> {
    let by = match text {
        "command_line" => By::CommandLine,
        "job" => By::Job,
        "nobody" => By::Nobody,
        id => By::Person(id.parse().ok()?),
    };
    Some(AskedBy::Known(by))
}

fn target(text: &str) -> Option<Target> {
    let user = text.parse().map(Target::User);
    user.or_else(|_| text.parse().map(Target::Invite)).ok()
}

impl AuditQuery {
    fn read(&self) -> Result<(Asked, Option<AuditId>, usize), OpError> {
        const TIME: &str = "Send a time like 2026-12-31T23:59:59Z.";
        let mut errors = Errors::default();
        let time = |text: &str| DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc());
        let action = one_of(self.action.as_deref(), Action::parse, "There is no such action.");
        let action = errors.check("action", action);
        let by = errors.check("actor", one_of(self.actor.as_deref(), actor, FROM_AN_ANSWER));
        let target = errors.check("target", one_of(self.target.as_deref(), target, FROM_AN_ANSWER));
        let from = errors.check("from", one_of(self.from.as_deref(), time, TIME));
        let until = errors.check("until", one_of(self.until.as_deref(), time, TIME));
        let limit = errors.check("limit", limit(self.limit.as_deref()));
        let cursor = |text: &str| text.parse().ok();
        let before = errors.check("cursor", one_of(self.cursor.as_deref(), cursor, FROM_AN_ANSWER));
        match (action, by, target, from, until, limit, before) {
            (Some(action), Some(by), Some(target), Some(from), Some(until), Some(limit), Some(before)) => {
                Ok((Asked { action, by, target, from, until }, before, limit))
            }
            _ => Err(OpError::Invalid(errors)),
        }
    }
}

/// Read the audit log
///
/// The newest first, as far as the owner of the token may see it.
///
/// # Errors
/// [`Problem::Invalid`] for a query that is not understood.
#[utoipa::path(get, path = "/audit", tag = "Audit log", operation_id = "list_audit", params(AuditQuery),
    responses((status = 200, description = "Rows of the log", body = Page<EntryOut>)), security(("token" = ["audit:read"])))]
pub async fn list(
    app: web::Data<App>,
    caller: Caller<ReadAudit>,
    query: Search<AuditQuery>,
) -> Result<HttpResponse, Problem> {
    let (asked, before, limit) = query.0.read()?;
    let rows = u16::try_from(limit).unwrap_or(u16::MAX);
    let log = ops::log(&app, caller.permit, asked, before, rows).await?;
    Ok(HttpResponse::Ok().json(Page::new(log.rows.iter().map(EntryOut::from), log.next)))
}
