//! The dialogs about people: each is a part of a page for htmx, and the list with the open dialog without.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::list::{self, HERE, Query, assignable};
use super::rows::purge;
use crate::app::App;
use crate::domain::access::{ManagePeople, Permission, Permit, Role, SeePeople};
use crate::domain::field::Errors;
use crate::domain::id::UserId;
use crate::domain::person::Person;
use crate::domain::secret::Token;
use crate::domain::user::Status;
use crate::ops;
use crate::ops::people::{self, Handed};
use crate::web::chrome::Chrome;
use crate::web::moment::Moment;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::view::{capped, initials};
use crate::web::who::Signed;

/// Where it does not matter what somebody handed out.
const NOTHING: Handed = Handed { above: 0, members: 0 };

/// What stands before the list.
#[derive(Debug)]
pub enum Dialog {
    None,
    Role(Box<RoleDialog>),
    Suspend(Box<SuspendDialog>),
    Remove(Box<RemoveDialog>),
    RemoveMany(Box<RemoveManyDialog>),
    Link(Box<LinkDialog>),
}

/// Whom a dialog is about.
#[derive(Debug, Clone)]
pub struct Whom {
    pub id: String,
    pub name: String,
    pub username: String,
    pub initials: String,
    pub role: Role,
    pub is_me: bool,
    /// Codes of theirs that stop with the change.
    pub above: Option<String>,
    /// Codes of theirs that go on.
    pub members: Option<String>,
}

/// *Change role.*
#[derive(Debug)]
pub struct RoleDialog {
    pub whom: Whom,
    pub roles: Vec<Role>,
    pub chosen: Option<Role>,
    pub errors: Errors,
}

/// *Suspend?*
#[derive(Debug)]
pub struct SuspendDialog {
    pub whom: Whom,
    pub reason: String,
    pub errors: Errors,
}

/// *Remove?*
#[derive(Debug)]
pub struct RemoveDialog {
    pub whom: Whom,
    /// Until when it can be taken back; the next cleanup where there is no grace.
    pub until: Option<Moment>,
    pub may_suspend: bool,
    pub refused: Option<String>,
}

/// The same for many.
#[derive(Debug)]
pub struct RemoveManyDialog {
    pub people: Vec<Whom>,
    pub until: Option<Moment>,
    pub errors: Errors,
}

/// A link to choose a new password, shown once.
#[derive(Debug)]
pub struct LinkDialog {
    pub whom: Whom,
    pub link: String,
}

/// A dialog alone.
#[derive(Debug, Template)]
#[template(path = "users/dialog.html")]
struct DialogPart {
    chrome: Chrome,
    dialog: Dialog,
}

/// Answers with a dialog: alone for htmx, before the list without.
pub(super) async fn answer<P: Permission>(
    app: &App,
    me: &Signed<P>,
    status: StatusCode,
    dialog: Dialog,
) -> Result<HttpResponse, Problem> {
    let chrome = Chrome { path: HERE.to_owned(), ..me.chrome(app)? };
    if chrome.fragment {
        return reply::html(status, &DialogPart { chrome, dialog });
    }
    reply::html(status, &list::page(app, me, chrome, None, &Query::default(), dialog).await?)
}

/// Whoever may change people may see them.
pub(super) fn seeing<P>(me: &Signed<P>) -> Result<Permit<SeePeople>, Problem> {
    me.present.account.actor().permit().ok_or(Problem::Forbidden)
}

/// Reads an id of an address.
pub(super) fn parse(id: &str) -> Result<UserId, Problem> {
    id.parse().map_err(|_| Problem::NotFound)
}

/// Somebody and what they handed out.
pub(super) async fn whom<P>(app: &App, me: &Signed<P>, id: UserId) -> Result<(Person, Whom), Problem> {
    let (person, handed) = people::handed(app, seeing(me)?, id).await?;
    let whom = describe(&person, me.present.account.id, handed);
    Ok((person, whom))
}

fn describe(person: &Person, me: UserId, handed: Handed) -> Whom {
    let account = &person.account;
    let some = |count: i64| (count > 0).then(|| capped(count));
    Whom {
        id: account.id.to_string(),
        name: account.name().to_owned(),
        username: account.username.to_string(),
        initials: initials(account.name()),
        role: account.role,
        is_me: account.id == me,
        above: some(handed.above),
        members: some(handed.members),
    }
}

/// The question about somebody whom the viewer may change and who is here. Asking without the right leaves a trace, as
/// the change itself would.
async fn managed(
    app: &App,
    me: &Signed<ManagePeople>,
    id: &str,
    route: &str,
) -> Result<(Person, Whom), Problem> {
    let (person, whom) = whom(app, me, parse(id)?).await?;
    let actor = me.present.account.actor();
    if !actor.role().manages(person.account.role) {
        ops::access::refused(app, actor, me.visit.origin, route).await?;
        return Err(Problem::Forbidden);
    }
    if person.account.status == Status::Removed { Err(Problem::NotFound) } else { Ok((person, whom)) }
}

/// *Change role.*
///
/// # Errors
/// [`Problem::NotFound`] when there is nobody.
pub async fn role(
    app: web::Data<App>,
    me: Signed<ManagePeople>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let (person, whom) = managed(&app, &me, &id, "/admin/users/{id}/role").await?;
    let dialog = role_dialog(&me, whom, Some(person.account.role), Errors::default());
    answer(&app, &me, StatusCode::OK, dialog).await
}

pub(super) fn role_dialog<P>(me: &Signed<P>, whom: Whom, chosen: Option<Role>, errors: Errors) -> Dialog {
    Dialog::Role(Box::new(RoleDialog { roles: assignable(me), whom, chosen, errors }))
}

/// *Suspend?*
///
/// # Errors
/// [`Problem::NotFound`] when there is nobody.
pub async fn suspend(
    app: web::Data<App>,
    me: Signed<ManagePeople>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let (person, whom) = managed(&app, &me, &id, "/admin/users/{id}/suspend").await?;
    let reason = person.account.status_reason.unwrap_or_default();
    let dialog = Dialog::Suspend(Box::new(SuspendDialog { whom, reason, errors: Errors::default() }));
    answer(&app, &me, StatusCode::OK, dialog).await
}

/// *Remove?*
///
/// # Errors
/// [`Problem::NotFound`] when there is nobody.
pub async fn remove(
    app: web::Data<App>,
    me: Signed<ManagePeople>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let (person, whom) = managed(&app, &me, &id, "/admin/users/{id}/remove").await?;
    let dialog = remove_dialog(&app, &me, &person, whom, None);
    answer(&app, &me, StatusCode::OK, dialog).await
}

pub(super) fn remove_dialog<P>(
    app: &App,
    me: &Signed<P>,
    person: &Person,
    whom: Whom,
    refused: Option<String>,
) -> Dialog {
    let may_suspend = person.account.status == Status::Active && !whom.is_me;
    Dialog::Remove(Box::new(RemoveDialog { whom, until: until(app, me), may_suspend, refused }))
}

/// Until when a removal of now can be taken back.
pub(super) fn until<P>(app: &App, me: &Signed<P>) -> Option<Moment> {
    let now = app.clock.now();
    purge(now, me.present.settings.removal_grace_days).map(|at| Moment::new(at, now))
}

pub(super) fn link_dialog(app: &App, me: UserId, person: &Person, token: &Token) -> Dialog {
    let whom = describe(person, me, NOTHING);
    let link = app.config.public_url.reset_link(token);
    Dialog::Link(Box::new(LinkDialog { whom, link }))
}

/// Those whom a removal of many is about.
pub(super) async fn many<P>(
    app: &App,
    me: &Signed<P>,
    ids: &[UserId],
    errors: Errors,
) -> Result<Dialog, Problem> {
    let people = people::some(app, seeing(me)?, ids.to_vec()).await?;
    let people = people.iter().map(|person| describe(person, me.present.account.id, NOTHING)).collect();
    Ok(Dialog::RemoveMany(Box::new(RemoveManyDialog { people, until: until(app, me), errors })))
}
