//! The page of one invite.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::dialogs::seeing;
use super::generate::{RoleChoice, role_choices};
use super::people::{Outlook, PersonRow};
use super::rows::InviteRow;
use crate::app::App;
use crate::domain::access::{ManageInvites, SeePeople};
use crate::domain::audit::Entry;
use crate::domain::field::Errors;
use crate::domain::id::{InviteId, UserId};
use crate::domain::invite::{Invite, in_words};
use crate::domain::time::Timestamp;
use crate::ops::OpError;
use crate::ops::invites::{self, Detail, Edit};
use crate::web::chrome::Chrome;
use crate::web::form::Form;
use crate::web::moment::Moment;
use crate::web::problem::Problem;
use crate::web::qr::Qr;
use crate::web::reply;
use crate::web::sentence::{Change, Sentence, Told};
use crate::web::who::Signed;

#[derive(Debug)]
struct EditForm {
    label: String,
    max_uses: String,
    exact: String,
    delete_users: bool,
    errors: Errors,
}

#[derive(Debug, Template)]
#[template(path = "invites/detail.html")]
struct InvitePage {
    chrome: Chrome,
    row: InviteRow<'static>,
    words: String,
    batch: Option<String>,
    qr: Option<Qr>,
    edit: Option<EditForm>,
    roles: Vec<RoleChoice>,
    outlook: Outlook,
    people: Vec<PersonRow>,
    first_people: Option<String>,
    more_people: Option<String>,
    history: Vec<Entry>,
    older: bool,
    now: Timestamp,
}

impl InvitePage {
    fn history(&self) -> impl Iterator<Item = Told<'_>> {
        self.history.iter().map(|entry| told(entry, self.now))
    }

    /// When the latest of it happened.
    fn latest(&self) -> Option<Moment> {
        self.history.first().map(|entry| Moment::new(entry.at, self.now))
    }
}

/// Where the people begin.
#[derive(Deserialize)]
pub struct Query {
    #[serde(default)]
    before: String,
}

/// Shows it.
///
/// # Errors
/// [`Problem::NotFound`] when there is no such invite.
pub async fn show(
    app: web::Data<App>,
    me: Signed<SeePeople>,
    id: web::Path<String>,
    query: web::Query<Query>,
) -> Result<HttpResponse, Problem> {
    let id: InviteId = id.parse().map_err(|_| Problem::NotFound)?;
    let page = page(&app, &me, me.chrome(&app)?, id, query.before.parse().ok(), None).await?;
    reply::html(StatusCode::OK, &page)
}

async fn page<P>(
    app: &App,
    me: &Signed<P>,
    chrome: Chrome,
    id: InviteId,
    before: Option<UserId>,
    refused: Option<(Edit, Errors)>,
) -> Result<InvitePage, Problem> {
    let permit = seeing(me)?;
    let Detail { seen, people, more, leaving, history, older } =
        invites::show(app, permit, id, before).await?;
    let (now, viewer, grace) = (app.clock.now(), permit.actor(), me.present.settings.removal_grace_days);
    let row = InviteRow::new(seen, chrome.viewer.as_ref(), &app.config.public_url, now);
    let invite = row.invite();
    let role = refused.as_ref().map_or(invite.role.key(), |(edit, _)| edit.role.as_str()).to_owned();
    Ok(InvitePage {
        words: in_words(invite.limit, invite.role, invite.expiry, invite.delete_users_on_expiry),
        batch: invite.batch.map(|batch| format!("/admin/invites?batch={batch}")),
        qr: row.link.as_deref().and_then(Qr::of),
        edit: row.may_manage.then(|| edit_form(invite, refused)),
        roles: role_choices(viewer, &role),
        outlook: Outlook::new(invite, leaving, viewer, grace, now),
        people: people.iter().map(|joined| PersonRow::new(joined, invite, viewer, now)).collect(),
        first_people: before.map(|_| format!("/admin/invites/{}", row.id)),
        more_people: more.map(|id| format!("/admin/invites/{}?before={id}", row.id)),
        history,
        older,
        now,
        row,
        chrome,
    })
}

fn edit_form(invite: &Invite, refused: Option<(Edit, Errors)>) -> EditForm {
    match refused {
        Some((Edit { label, max_uses, exact, delete_users, .. }, errors)) => {
            EditForm { label, max_uses, exact, delete_users, errors }
        }
        None => EditForm {
            label: invite.label.clone().unwrap_or_default(),
            max_uses: invite.limit.most().map(|most| most.to_string()).unwrap_or_default(),
            exact: invite.expiry.at().map(|at| at.format("%Y-%m-%dT%H:%M").to_string()).unwrap_or_default(),
            delete_users: invite.delete_users_on_expiry,
            errors: Errors::default(),
        },
    }
}

fn told(entry: &Entry, now: Timestamp) -> Told<'_> {
    // The masked code and the name of who joined stand in the log for who reads it elsewhere.
    let changes = entry.changes.iter().filter(|change| !matches!(change.field.as_str(), "code" | "username"));
    let changes = changes.map(Change::of).collect();
    Told::new(Sentence::on_its_page(entry), changes, Moment::new(entry.at, now))
}

/// The edit as it was sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentEdit {
    label: String,
    max_uses: String,
    #[serde(default)]
    role: String,
    exact: String,
    #[serde(default)]
    delete_users: Option<String>,
}

/// Changes label, limit, role, end, and whether people go with it.
///
/// # Errors
/// [`Problem`] when nothing was changed.
pub async fn edit(
    app: web::Data<App>,
    me: Signed<ManageInvites>,
    id: web::Path<String>,
    form: Form<SentEdit>,
) -> Result<HttpResponse, Problem> {
    let id: InviteId = id.parse().map_err(|_| Problem::NotFound)?;
    let SentEdit { label, max_uses, role, exact, delete_users } = form.0;
    let edit = Edit { label, max_uses, role, exact, delete_users: delete_users.is_some() };
    match invites::edit(&app, me.permit, me.visit.origin, id, edit.clone()).await {
        Ok(_) => {
            me.visit.jar.flash("Saved", None)?;
            Ok(reply::see_other(&format!("/admin/invites/{id}")))
        }
        Err(OpError::Invalid(errors)) => {
            let chrome = Chrome { path: format!("/admin/invites/{id}"), ..me.chrome(&app)? };
            let page = page(&app, &me, chrome, id, None, Some((edit, errors))).await?;
            reply::html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(other) => Err(other.into()),
    }
}
