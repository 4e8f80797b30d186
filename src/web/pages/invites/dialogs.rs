//! The dialogs of the list: each is a part of a page for htmx, and the page with the open dialog without.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::change::SentExtension;
use super::generate::NewDialog;
use super::list::{self, Query};
use super::made::CreatedDialog;
use super::people::People;
use super::rows::InviteRow;
use crate::app::App;
use crate::domain::access::{ManageInvites, ManagePeople, Permission, Permit, SeePeople};
use crate::domain::expiry::Expiry;
use crate::domain::field::Errors;
use crate::domain::id::InviteId;
use crate::ops::invites::{self, Detail};
use crate::web::chrome::Chrome;
use crate::web::moment::Moment;
use crate::web::problem::Problem;
use crate::web::qr::Qr;
use crate::web::reply;
use crate::web::view::Viewer;
use crate::web::who::Signed;

/// What stands before the list.
#[derive(Debug)]
pub enum Dialog {
    None,
    New(Box<NewDialog>),
    Created(Box<CreatedDialog>),
    Extend(Box<ExtendDialog>),
    Delete(Box<DeleteDialog>),
    Share(Box<ShareDialog>),
}

/// *Extend expiration.*
#[derive(Debug)]
pub struct ExtendDialog {
    pub(super) row: InviteRow<'static>,
    pub(super) days: String,
    pub(super) errors: Errors,
    pub(super) from: Option<Moment>,
    pub(super) preview: Option<Moment>,
    /// Those who go, and keep their accounts until the new end.
    pub(super) to_go: People,
    /// Those who went and whom this person may bring back.
    pub(super) gone: People,
    pub(super) restore: bool,
}

/// *Delete this code?*
#[derive(Debug)]
pub struct DeleteDialog {
    pub(super) row: InviteRow<'static>,
    pub(super) people: People,
    pub(super) to_go: People,
}

/// *Share this code.*
#[derive(Debug)]
pub struct ShareDialog {
    pub(super) row: InviteRow<'static>,
    pub(super) qr: Option<Qr>,
}

/// A dialog alone.
#[derive(Debug, Template)]
#[template(path = "invites/dialog.html")]
struct DialogPart {
    chrome: Chrome,
    dialog: Dialog,
}

/// Answers with a dialog: alone for htmx, before its list without.
pub(super) async fn answer<P: Permission>(
    app: &App,
    me: &Signed<P>,
    status: StatusCode,
    dialog: Dialog,
) -> Result<HttpResponse, Problem> {
    let chrome = Chrome { path: "/admin/invites".to_owned(), ..me.chrome(app)? };
    if chrome.fragment {
        return reply::html(status, &DialogPart { chrome, dialog });
    }
    let permit = seeing(me)?;
    reply::html(status, &list::page(app, chrome, permit, None, &Query::default(), dialog).await?)
}

/// Whoever may change invites may see them.
pub(super) fn seeing<P>(me: &Signed<P>) -> Result<Permit<SeePeople>, Problem> {
    me.present.account.actor().permit().ok_or(Problem::Forbidden)
}

/// The row of an invite for a dialog about it.
pub(super) async fn row<P>(
    app: &App,
    me: &Signed<P>,
    id: &str,
) -> Result<(Detail, InviteRow<'static>), Problem> {
    let id: InviteId = id.parse().map_err(|_| Problem::NotFound)?;
    let detail = invites::show(app, seeing(me)?, id, None).await?;
    let viewer = Viewer::of(&me.present.account);
    let row = InviteRow::new(detail.seen.clone(), Some(&viewer), &app.config.public_url, app.clock.now());
    Ok((detail, row))
}

/// The dialog of an invite that this person may change.
async fn managed(
    app: &App,
    me: &Signed<ManageInvites>,
    id: &str,
) -> Result<(Detail, InviteRow<'static>), Problem> {
    let (detail, row) = row(app, me, id).await?;
    if detail.seen.grantable { Ok((detail, row)) } else { Err(Problem::Forbidden) }
}

/// *Extend expiration.*
///
/// # Errors
/// [`Problem::NotFound`] when there is no such invite.
pub async fn extend(
    app: web::Data<App>,
    me: Signed<ManageInvites>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let (detail, row) = managed(&app, &me, &id).await?;
    let form = SentExtension { days: "7".to_owned(), restore: None };
    let dialog = extend_dialog(&app, &me, (&detail, row), form, Errors::default());
    answer(&app, &me, StatusCode::OK, Dialog::Extend(Box::new(dialog))).await
}

pub(super) fn extend_dialog(
    app: &App,
    me: &Signed<ManageInvites>,
    (detail, row): (&Detail, InviteRow<'static>),
    form: SentExtension,
    errors: Errors,
) -> ExtendDialog {
    let now = app.clock.now();
    let expiry = detail.seen.invite.expiry;
    let moment = |at| Moment::new(at, now);
    let may_restore = me.present.account.actor().permit::<ManagePeople>().is_some();
    ExtendDialog {
        from: expiry.at().filter(|at| *at > now).map(moment),
        preview: expiry.extended(&form.days, now).ok().and_then(Expiry::at).map(moment),
        to_go: People::counted(detail.leaving.to_go),
        gone: People::counted(if may_restore { detail.leaving.gone } else { 0 }),
        restore: form.restore.is_some(),
        row,
        days: form.days,
        errors,
    }
}

/// *Delete this code?*
///
/// # Errors
/// [`Problem::NotFound`] when there is no such invite.
pub async fn delete(
    app: web::Data<App>,
    me: Signed<ManageInvites>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let (detail, row) = managed(&app, &me, &id).await?;
    let people = invites::people(&app, seeing(&me)?, detail.seen.invite.id).await?;
    let (people, to_go) = (People::counted(people), People::counted(detail.leaving.to_go));
    let dialog = DeleteDialog { row, people, to_go };
    answer(&app, &me, StatusCode::OK, Dialog::Delete(Box::new(dialog))).await
}

/// *Share this code.*
///
/// # Errors
/// [`Problem::Forbidden`] for who may not see the code.
pub async fn share(
    app: web::Data<App>,
    me: Signed<SeePeople>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let (_, row) = row(&app, &me, &id).await?;
    let link = row.link.as_deref().ok_or(Problem::Forbidden)?;
    let dialog = Dialog::Share(Box::new(ShareDialog { qr: Qr::of(link), row }));
    answer(&app, &me, StatusCode::OK, dialog).await
}
