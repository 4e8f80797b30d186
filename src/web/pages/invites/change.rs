//! Extending, pausing, deleting, and taking a deletion back.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::dialogs::{self, Dialog, seeing};
use super::list::{self, Tab};
use super::rows::{InviteRow, address};
use crate::app::App;
use crate::domain::access::{ManageInvites, ManagePeople, Permit};
use crate::domain::audit::Origin;
use crate::domain::id::InviteId;
use crate::domain::invite::Invite;
use crate::ops::OpError;
use crate::ops::invites as ops;
use crate::web::chrome::Chrome;
use crate::web::form::{Form, Nothing};
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::view::{Toast, Undo};
use crate::web::who::Signed;

const UNDO_SECONDS: u32 = 8;
const UNDO_DELETE_SECONDS: u32 = 10;

/// A row that changed, with the counts of the tabs.
#[derive(Debug, Template)]
#[template(path = "invites/_row.html")]
struct ChangedRow {
    chrome: Chrome,
    row: InviteRow<'static>,
    tabs: Vec<Tab>,
}

/// A row that is gone.
#[derive(Debug, Template)]
#[template(path = "invites/_gone.html")]
struct GoneRow {
    chrome: Chrome,
    id: String,
    tabs: Vec<Tab>,
}

/// Shows what a change made of an invite: the renewed row for htmx, the list without.
async fn changed(
    app: &App,
    me: &Signed<ManageInvites>,
    invite: &Invite,
    said: &str,
    undo: Option<Undo>,
) -> Result<HttpResponse, Problem> {
    if !me.visit.hx {
        me.visit.jar.flash(said, undo.as_ref())?;
        return Ok(reply::see_other("/admin/invites?status=all"));
    }
    let own_page = format!("/admin/invites/{}", invite.id);
    if me.visit.from.as_deref().is_some_and(|from| from.starts_with(&own_page)) {
        // There is no row on the invite's own page: it is shown anew.
        me.visit.jar.flash(said, undo.as_ref())?;
        return Ok(reply::hx_redirect(&own_page));
    }
    let (_, row) = dialogs::row(app, me, &invite.id.to_string()).await?;
    let tabs = list::tabs_now(app, seeing(me)?).await?;
    let mut chrome = me.chrome(app)?;
    chrome.toasts.push(Toast::done(said).with_undo(undo));
    reply::html(StatusCode::OK, &ChangedRow { chrome, row, tabs })
}

fn undo(id: InviteId, verb: &str, seconds: u32) -> Undo {
    Undo { action: address(id, verb), value: None, label: "Undo".to_owned(), seconds }
}

fn parse(id: &str) -> Result<InviteId, Problem> {
    id.parse().map_err(|_| Problem::NotFound)
}

/// How many days more, and whether those come back who went with the old end.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentExtension {
    pub(super) days: String,
    #[serde(default)]
    pub(super) restore: Option<String>,
}

/// *Extend Expiration.* Whoever comes back finds a code that has not ended.
///
/// # Errors
/// [`Problem`] when nothing was changed.
pub async fn extend(
    app: web::Data<App>,
    me: Signed<ManageInvites>,
    id: web::Path<String>,
    form: Form<SentExtension>,
) -> Result<HttpResponse, Problem> {
    let form = form.0;
    let restoring = match form.restore {
        Some(_) => Some(me.present.account.actor().permit().ok_or(Problem::Forbidden)?),
        None => None,
    };
    match ops::extend(&app, me.permit, me.visit.origin, parse(&id)?, form.days.clone()).await {
        Ok(invite) => {
            let until = invite.expiry.at().map(|at| at.format("%-d %B %Y").to_string()).unwrap_or_default();
            let mut said = format!("Extended to {until}");
            if let Some(permit) = restoring {
                said = format!("{said}. {}", bringing_back(&app, permit, me.visit.origin, invite.id).await?);
            }
            changed(&app, &me, &invite, &said, None).await
        }
        Err(OpError::Invalid(errors)) => {
            let (detail, row) = dialogs::row(&app, &me, &id).await?;
            let dialog = dialogs::extend_dialog(&app, &me, (&detail, row), form, errors);
            dialogs::answer(&app, &me, StatusCode::UNPROCESSABLE_ENTITY, Dialog::Extend(Box::new(dialog)))
                .await
        }
        Err(other) => Err(other.into()),
    }
}

/// Brings back whoever went, and says with whom that worked. The extension stands, whatever comes of it.
async fn bringing_back(
    app: &App,
    permit: Permit<ManagePeople>,
    origin: Origin,
    id: InviteId,
) -> Result<String, Problem> {
    match ops::bring_back(app, permit, origin, id).await {
        Ok(came) => Ok(came_back(came)),
        Err(OpError::Busy(why)) => {
            tracing::warn!(why, "not everybody could be brought back");
            Ok("Not everybody could be brought back. Try again on the page of the code".to_owned())
        }
        Err(other) => Err(other.into()),
    }
}

fn came_back((back, left): (usize, usize)) -> String {
    let people = |count: usize| if count == 1 { "1 person".to_owned() } else { format!("{count} people") };
    match (back, left) {
        (0, 0) => "Nobody was left to restore".to_owned(),
        (back, 0) => format!("{} restored", people(back)),
        (back, left) => format!("{} restored, {left} could not be", people(back)),
    }
}

/// Brings back everybody who went with an invite.
///
/// # Errors
/// [`Problem::NotFound`] when there is no such invite.
pub async fn bring_back(
    app: web::Data<App>,
    me: Signed<ManagePeople>,
    id: web::Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Problem> {
    let id = parse(&id)?;
    let came = ops::bring_back(&app, me.permit, me.visit.origin, id).await?;
    me.visit.jar.flash(&came_back(came), None)?;
    let own_page = format!("/admin/invites/{id}");
    Ok(if me.visit.hx { reply::hx_redirect(&own_page) } else { reply::see_other(&own_page) })
}

/// Stops an invite for a while.
///
/// # Errors
/// [`Problem`] when nothing was changed.
pub async fn pause(
    app: web::Data<App>,
    me: Signed<ManageInvites>,
    id: web::Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Problem> {
    let invite = ops::set_paused(&app, me.permit, me.visit.origin, parse(&id)?, true).await?;
    let said = format!("{} paused", invite.code.reveal());
    changed(&app, &me, &invite, &said, Some(undo(invite.id, "resume", UNDO_SECONDS))).await
}

/// Lets an invite go on.
///
/// # Errors
/// [`Problem`] when nothing was changed.
pub async fn resume(
    app: web::Data<App>,
    me: Signed<ManageInvites>,
    id: web::Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Problem> {
    let invite = ops::set_paused(&app, me.permit, me.visit.origin, parse(&id)?, false).await?;
    let said = format!("{} resumed", invite.code.reveal());
    changed(&app, &me, &invite, &said, Some(undo(invite.id, "pause", UNDO_SECONDS))).await
}

/// Deletes an invite.
///
/// # Errors
/// [`Problem`] when nothing was changed.
pub async fn delete(
    app: web::Data<App>,
    me: Signed<ManageInvites>,
    id: web::Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Problem> {
    let invite = ops::delete(&app, me.permit, me.visit.origin, parse(&id)?).await?;
    let undo = undo(invite.id, "restore", UNDO_DELETE_SECONDS);
    if !me.visit.hx {
        me.visit.jar.flash("Code deleted", Some(&undo))?;
        return Ok(reply::see_other("/admin/invites"));
    }
    let tabs = list::tabs_now(&app, seeing(&me)?).await?;
    let mut chrome = me.chrome(&app)?;
    chrome.toasts.push(Toast::done("Code deleted").with_undo(Some(undo)));
    reply::html(StatusCode::OK, &GoneRow { chrome, id: invite.id.to_string(), tabs })
}

/// Takes a deletion back. The row has no place in the list that stands there, so the list is loaded anew.
///
/// # Errors
/// [`Problem`] when nothing was changed.
pub async fn restore(
    app: web::Data<App>,
    me: Signed<ManageInvites>,
    id: web::Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Problem> {
    ops::restore(&app, me.permit, me.visit.origin, parse(&id)?).await?;
    list::anew(&me, "Code is back")
}
