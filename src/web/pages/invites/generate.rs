//! *Generate New Code*: the form, and the sentence that says what it means.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::Duration;
use serde::Deserialize;

use super::dialogs::{Dialog, answer, seeing};
use super::list::{self, Query};
use super::made::{self, created};
use crate::app::App;
use crate::domain::access::{Actor, CreateInvites, Role};
use crate::domain::field::Errors;
use crate::domain::id::InviteId;
use crate::domain::invite::{GRANTED, Invite, UseLimit};
use crate::domain::settings::InviteDefaults;
use crate::domain::time::Timestamp;
use crate::ops::OpError;
use crate::ops::invites::{self, NewForm, Preview};
use crate::web::chrome::Chrome;
use crate::web::form::Form;
use crate::web::moment::Moment;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::who::Signed;

/// What stands in the field of the days until somebody wants an end.
const USUAL_DAYS: u32 = 7;

/// *Generate New Code.*
#[derive(Debug)]
pub struct NewDialog {
    pub(super) form: ShownForm,
    pub(super) roles: Vec<RoleChoice>,
    pub(super) words: String,
    pub(super) expires_on: Option<Moment>,
    pub(super) grace_days: u32,
}

/// The form as it is shown.
#[derive(Debug)]
pub(super) struct ShownForm {
    pub(super) label: String,
    pub(super) code: String,
    pub(super) max_uses: String,
    pub(super) expires: bool,
    pub(super) days: String,
    pub(super) exact: String,
    pub(super) delete_users: bool,
    pub(super) count: String,
    pub(super) errors: Errors,
}

/// A role that can be chosen.
#[derive(Debug)]
pub struct RoleChoice {
    pub key: &'static str,
    pub label: &'static str,
    pub note: &'static str,
    pub chosen: bool,
    pub elevated: bool,
}

/// The sentence above the button.
#[derive(Debug, Template)]
#[template(path = "invites/words.html")]
struct Words {
    chrome: Chrome,
    words: String,
    errors: Errors,
    expires_on: Option<Moment>,
}

pub(super) fn role_choices(actor: Actor, chosen: &str) -> Vec<RoleChoice> {
    let note = |role| match role {
        Role::Member => "Uses the server. No access to the Admin Panel.",
        Role::Support => "Sees users and invite codes, reviews people who joined. Cannot change codes.",
        Role::Manager => "Generates codes for members and manages the people who join.",
        Role::Admin | Role::Owner => "Everything except removing the owner.",
    };
    GRANTED
        .into_iter()
        .filter(|role| actor.grantable(*role).is_some())
        .map(|role| RoleChoice {
            key: role.key(),
            label: role.label(),
            note: note(role),
            chosen: role.key() == chosen,
            elevated: role >= Role::Manager,
        })
        .collect()
}

fn new_dialog(app: &App, me: &Signed<CreateInvites>, form: NewForm, errors: Option<Errors>) -> NewDialog {
    let permit = me.permit;
    let preview = invites::preview(app, permit, &form);
    let (words, expires_on) = described(app, preview.as_ref().ok());
    NewDialog {
        roles: role_choices(permit.actor(), &form.role),
        words,
        expires_on,
        grace_days: me.present.settings.removal_grace_days,
        form: ShownForm {
            label: form.label,
            code: form.code,
            max_uses: form.max_uses,
            expires: form.expires,
            days: form.days,
            exact: form.exact,
            delete_users: form.delete_users,
            count: form.count,
            errors: errors.unwrap_or_default(),
        },
    }
}

fn described(app: &App, preview: Option<&Preview>) -> (String, Option<Moment>) {
    let Some(preview) = preview else { return (String::new(), None) };
    (preview.words.clone(), preview.expiry.at().map(|at| Moment::new(at, app.clock.now())))
}

/// The form as the instance wants it to begin.
fn blank(actor: Actor, defaults: &InviteDefaults) -> NewForm {
    NewForm {
        max_uses: typed(defaults.limit),
        role: offered(actor, defaults.role),
        expires: defaults.expires_days.is_some(),
        days: defaults.expires_days.unwrap_or(USUAL_DAYS).to_string(),
        count: "1".to_owned(),
        ..NewForm::default()
    }
}

/// The form that would make another such code.
fn like(actor: Actor, invite: Invite) -> NewForm {
    // Its end was reckoned a moment before it was made: seven days are a little less than seven days.
    let days = |at: Timestamp| (at - invite.created_at + Duration::hours(12)).num_days().max(1);
    let lasts = invite.expiry.at().map(days);
    NewForm {
        label: invite.label.unwrap_or_default(),
        max_uses: typed(invite.limit),
        role: offered(actor, invite.role),
        expires: lasts.is_some(),
        days: lasts.unwrap_or(USUAL_DAYS.into()).to_string(),
        delete_users: invite.delete_users_on_expiry,
        count: "1".to_owned(),
        ..NewForm::default()
    }
}

fn typed(limit: UseLimit) -> String {
    limit.most().map(|most| most.to_string()).unwrap_or_default()
}

/// A role that this person may hand out: the wanted one, or else the one that everybody may who makes codes.
fn offered(actor: Actor, wanted: Role) -> String {
    let role = if actor.grantable(wanted).is_some() { wanted } else { Role::Member };
    role.key().to_owned()
}

/// Which code a new one is to be like.
#[derive(Deserialize)]
pub struct Like {
    #[serde(default)]
    like: String,
}

/// The form as it begins, or one filled in like another code's.
///
/// # Errors
/// [`Problem`] when the database does not answer.
pub async fn new(
    app: web::Data<App>,
    me: Signed<CreateInvites>,
    query: web::Query<Like>,
) -> Result<HttpResponse, Problem> {
    let form = match query.like.parse::<InviteId>() {
        Ok(id) => like(
            me.permit.actor(),
            invites::show(&app, seeing(&me)?, id, None).await?.seen.invite.into_owned(),
        ),
        Err(_) => blank(me.permit.actor(), &me.present.settings.defaults),
    };
    let dialog = Dialog::New(Box::new(new_dialog(&app, &me, form, None)));
    answer(&app, &me, StatusCode::OK, dialog).await
}

/// The form as it was sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentNew {
    label: String,
    code: String,
    max_uses: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    expires: Option<String>,
    #[serde(default)]
    days: String,
    #[serde(default)]
    exact: String,
    #[serde(default)]
    delete_users: Option<String>,
    count: String,
}

impl From<SentNew> for NewForm {
    fn from(sent: SentNew) -> Self {
        let SentNew { label, code, max_uses, role, expires, days, exact, delete_users, count } = sent;
        let (expires, delete_users) = (expires.is_some(), delete_users.is_some());
        Self { label, code, max_uses, role, expires, days, exact, delete_users, count }
    }
}

/// Says what the form would make, while it is filled in.
///
/// # Errors
/// [`Problem`] when the template fails.
pub async fn preview(
    app: web::Data<App>,
    me: Signed<CreateInvites>,
    form: Form<SentNew>,
) -> Result<HttpResponse, Problem> {
    let chrome = me.chrome(&app)?;
    let part = match invites::preview(&app, me.permit, &form.0.into()) {
        Ok(preview) => {
            let (words, expires_on) = described(&app, Some(&preview));
            Words { chrome, words, errors: Errors::default(), expires_on }
        }
        Err(OpError::Invalid(errors)) => Words { chrome, words: String::new(), errors, expires_on: None },
        Err(other) => return Err(other.into()),
    };
    reply::html(StatusCode::OK, &part)
}

/// *Generate Code.*
///
/// # Errors
/// [`Problem`] when nothing was made.
pub async fn create(
    app: web::Data<App>,
    me: Signed<CreateInvites>,
    form: Form<SentNew>,
) -> Result<HttpResponse, Problem> {
    let form: NewForm = form.0.into();
    let length = me.present.settings.code_length;
    let made = match invites::create(&app, me.permit, me.visit.origin, &form, length).await {
        Ok(made) => made,
        Err(OpError::Invalid(errors)) => {
            let dialog = Dialog::New(Box::new(new_dialog(&app, &me, form, Some(errors))));
            return answer(&app, &me, StatusCode::UNPROCESSABLE_ENTITY, dialog).await;
        }
        Err(other) => return Err(other.into()),
    };
    let Some(first) = made.first() else { return Err(Problem::NotFound) };
    if !me.visit.hx {
        // The dialog is a page of its own; reloading it makes nothing anew.
        return Ok(reply::see_other(&made::address(first)));
    }
    let chrome = me.chrome(&app)?;
    let words = invites::preview(&app, me.permit, &form).map(|preview| preview.words).unwrap_or_default();
    let dialog = Dialog::Created(Box::new(created(&app, &made, words)));
    let mut page = list::page(&app, chrome, seeing(&me)?, None, &Query::default(), dialog).await?;
    page.new = made.iter().map(|invite| invite.id).collect();
    reply::html_parts(StatusCode::OK, &page.as_dialog(), &page.as_list())
}
