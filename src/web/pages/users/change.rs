//! Role, suspension, sessions, reset links, and staying beyond the end of a code.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::dialogs::{self, Dialog, SuspendDialog, parse, seeing};
use super::list::{HERE, Query, tabs};
use super::rows::{UserRow, address};
use crate::app::App;
use crate::domain::access::{ManagePeople, Role};
use crate::domain::id::UserId;
use crate::ops::people::{self as ops, Changed, MemberCodes};
use crate::ops::{OpError, reset};
use crate::web::chrome::Chrome;
use crate::web::form::{Form, Nothing};
use crate::web::pages::invites::list::Tab;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::view::{Toast, Undo};
use crate::web::who::Signed;

const UNDO_SECONDS: u32 = 8;

/// A row that changed, with the counts of the tabs.
#[derive(Debug, Template)]
#[template(path = "users/_row.html")]
struct ChangedRow {
    chrome: Chrome,
    row: UserRow<'static>,
    tabs: Vec<Tab>,
}

/// A row that is gone.
#[derive(Debug, Template)]
#[template(path = "users/_gone.html")]
struct GoneRow {
    chrome: Chrome,
    id: String,
    tabs: Vec<Tab>,
}

/// What becomes of a row in the list.
#[derive(Clone, Copy)]
pub(super) enum Row {
    Stays,
    Goes,
}

/// Shows what a change made of somebody: the row in the list for htmx, their own page elsewhere.
pub(super) async fn changed(
    app: &App,
    me: &Signed<ManagePeople>,
    id: UserId,
    row: Row,
    said: &str,
    undo: Option<Undo>,
) -> Result<HttpResponse, Problem> {
    let own_page = format!("/admin/users/{id}");
    if !me.visit.hx {
        me.visit.jar.flash(said, undo.as_ref())?;
        return Ok(reply::see_other(&own_page));
    }
    if let Some(from) = me.visit.from.as_deref().filter(|from| from.split('?').next() != Some(HERE)) {
        // There is no such row on any other page: it is shown anew.
        me.visit.jar.flash(said, undo.as_ref())?;
        return Ok(reply::hx_redirect(if from.starts_with(&own_page) { &own_page } else { from }));
    }
    let (seen, counts) = ops::row(app, seeing(me)?, id).await?;
    let tabs = tabs(counts, &Query::default());
    let mut chrome = me.chrome(app)?;
    chrome.toasts.push(Toast::done(said).with_undo(undo));
    match row {
        Row::Goes => reply::html(StatusCode::OK, &GoneRow { chrome, id: id.to_string(), tabs }),
        Row::Stays => {
            let (actor, grace) = (me.present.account.actor(), me.present.settings.removal_grace_days);
            let row = UserRow::new(seen, actor, grace, app.clock.now());
            reply::html(StatusCode::OK, &ChangedRow { chrome, row, tabs })
        }
    }
}

/// Whoever did it to themselves is signed out.
pub(super) fn signed_out<P>(me: &Signed<P>) -> HttpResponse {
    me.visit.jar.sign_out();
    if me.visit.hx { reply::hx_redirect("/sign-in") } else { reply::see_other("/sign-in") }
}

pub(super) fn undo(id: UserId, verb: &str, value: Option<(&str, &str)>) -> Option<Undo> {
    let value = value.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Some(Undo { action: address(id, verb), value, label: "Undo".to_owned(), seconds: UNDO_SECONDS })
}

/// What else a change brought about, said after it.
pub(super) fn and_codes(said: String, changed: &Changed) -> String {
    match changed.codes {
        0 => said,
        1 => format!("{said}. 1 code of theirs paused"),
        codes => format!("{said}. {codes} codes of theirs paused"),
    }
}

/// The choice that goes with a change by which somebody can hand out less.
pub(super) fn member_codes(sent: &str) -> MemberCodes {
    if sent == "pause" { MemberCodes::Pause } else { MemberCodes::GoOn }
}

/// The role as it was chosen.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentRole {
    #[serde(default)]
    role: String,
    #[serde(default)]
    member_codes: String,
}

/// Changes the role.
///
/// # Errors
/// [`Problem`] when nothing was changed.
pub async fn role(
    app: web::Data<App>,
    me: Signed<ManagePeople>,
    id: web::Path<String>,
    form: Form<SentRole>,
) -> Result<HttpResponse, Problem> {
    let (id, SentRole { role, member_codes: codes }) = (parse(&id)?, form.0);
    let label = role.parse().map_or("", Role::label);
    let said = format!("Role changed to {label}");
    match ops::change_role(&app, me.permit, me.visit.origin, id, &role, member_codes(&codes)).await {
        Ok(_) if id == me.present.account.id => Ok(signed_out(&me)),
        Ok(done) => {
            let undo = undo(id, "role", Some(("role", done.before.account.role.key())));
            changed(&app, &me, id, Row::Stays, &and_codes(said, &done), undo).await
        }
        Err(OpError::Unchanged) => changed(&app, &me, id, Row::Stays, &said, None).await,
        Err(OpError::Invalid(errors)) => {
            let (_, whom) = dialogs::whom(&app, &me, id).await?;
            let dialog = dialogs::role_dialog(&me, whom, role.parse().ok(), errors);
            dialogs::answer(&app, &me, StatusCode::UNPROCESSABLE_ENTITY, dialog).await
        }
        Err(other) => Err(other.into()),
    }
}

/// The reason of a suspension.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentReason {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    member_codes: String,
}

/// Keeps somebody from signing in.
///
/// # Errors
/// [`Problem`] when nothing was changed.
pub async fn suspend(
    app: web::Data<App>,
    me: Signed<ManagePeople>,
    id: web::Path<String>,
    form: Form<SentReason>,
) -> Result<HttpResponse, Problem> {
    let (id, SentReason { reason, member_codes: codes }) = (parse(&id)?, form.0);
    let done = ops::suspend(&app, me.permit, me.visit.origin, id, &reason, member_codes(&codes)).await;
    match done {
        Ok(_) if id == me.present.account.id => Ok(signed_out(&me)),
        Ok(done) => {
            let said = and_codes(format!("{} suspended", done.before.account.name()), &done);
            changed(&app, &me, id, Row::Stays, &said, undo(id, "unsuspend", None)).await
        }
        Err(OpError::Unchanged) => changed(&app, &me, id, Row::Stays, "Suspended", None).await,
        Err(OpError::Invalid(errors)) => {
            let (_, whom) = dialogs::whom(&app, &me, id).await?;
            let dialog = Dialog::Suspend(Box::new(SuspendDialog { whom, reason, errors }));
            dialogs::answer(&app, &me, StatusCode::UNPROCESSABLE_ENTITY, dialog).await
        }
        Err(other) => Err(other.into()),
    }
}

/// Lets somebody sign in again. Undoing that suspends them for the reason they were.
///
/// # Errors
/// [`Problem`] when nothing was changed.
pub async fn unsuspend(
    app: web::Data<App>,
    me: Signed<ManagePeople>,
    id: web::Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Problem> {
    let id = parse(&id)?;
    let undo = match ops::unsuspend(&app, me.permit, me.visit.origin, id).await {
        Ok(done) => {
            let reason = done.before.account.status_reason.unwrap_or_default();
            undo(id, "suspend", Some(("reason", &reason)))
        }
        Err(OpError::Unchanged) => None,
        Err(other) => return Err(other.into()),
    };
    changed(&app, &me, id, Row::Stays, "Access restored", undo).await
}

/// Signs somebody out everywhere.
///
/// # Errors
/// [`Problem`] when nothing was changed.
pub async fn end_sessions(
    app: web::Data<App>,
    me: Signed<ManagePeople>,
    id: web::Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Problem> {
    let id = parse(&id)?;
    let done = ops::end_sessions(&app, me.permit, me.visit.origin, id).await?;
    if id == me.present.account.id {
        return Ok(signed_out(&me));
    }
    let said = match done.sessions {
        1 => "1 session ended".to_owned(),
        sessions => format!("{sessions} sessions ended"),
    };
    changed(&app, &me, id, Row::Stays, &said, None).await
}

/// Makes a link to choose a new password, and shows it once.
///
/// # Errors
/// [`Problem`] when none was made.
pub async fn reset_link(
    app: web::Data<App>,
    me: Signed<ManagePeople>,
    id: web::Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Problem> {
    let (person, token) = reset::make_link(&app, me.permit, me.visit.origin, parse(&id)?).await?;
    let dialog = dialogs::link_dialog(&app, me.present.account.id, &person, &token);
    dialogs::answer(&app, &me, StatusCode::OK, dialog).await
}

/// Lets somebody stay when the code they came with ends.
///
/// # Errors
/// [`Problem`] when nothing was changed.
pub async fn keep(
    app: web::Data<App>,
    me: Signed<ManagePeople>,
    id: web::Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Problem> {
    set_kept(&app, &me, parse(&id)?, true).await
}

/// Lets somebody go when the code they came with ends.
///
/// # Errors
/// [`Problem`] when nothing was changed.
pub async fn unkeep(
    app: web::Data<App>,
    me: Signed<ManagePeople>,
    id: web::Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Problem> {
    set_kept(&app, &me, parse(&id)?, false).await
}

async fn set_kept(
    app: &App,
    me: &Signed<ManagePeople>,
    id: UserId,
    kept: bool,
) -> Result<HttpResponse, Problem> {
    let (said, back) = if kept { ("Kept", "unkeep") } else { ("Not kept any more", "keep") };
    let undo = match ops::keep(app, me.permit, me.visit.origin, id, kept).await {
        Ok(_) => undo(id, back, None),
        Err(OpError::Unchanged) => None,
        Err(other) => return Err(other.into()),
    };
    changed(app, me, id, Row::Stays, said, undo).await
}
