//! `/account`: what people change about themselves.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::preferences;
use crate::app::App;
use crate::domain::access::OwnAccount;
use crate::domain::field::Errors;
use crate::domain::id::SessionId;
use crate::ops::account::NewPassword;
use crate::ops::{self, OpError};
use crate::web::chrome::{Chrome, Preferences};
use crate::web::form::{Form, Nothing};
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::view::{SessionRow, Toast};
use crate::web::who::Signed;

/// Display name and e-mail address.
#[derive(Debug, Default)]
struct ProfileForm {
    name: String,
    email: String,
    errors: Errors,
}

/// Present and new password; neither is ever shown again.
#[derive(Debug, Default)]
struct PasswordForm {
    errors: Errors,
}

#[derive(Debug, Template)]
#[template(path = "account/page.html", blocks = ["profile", "password", "sessions", "preferences"])]
struct AccountPage {
    chrome: Chrome,
    profile: ProfileForm,
    password: PasswordForm,
    password_min: u32,
    sessions: Vec<SessionRow>,
}

/// The part of the page that a form swaps.
#[derive(Clone, Copy)]
enum Part {
    Profile,
    Password,
    Sessions,
    Preferences,
}

impl Part {
    const fn anchor(self) -> &'static str {
        match self {
            Self::Profile => "/account#profile",
            Self::Password => "/account#password",
            Self::Sessions => "/account#sessions",
            Self::Preferences => "/account#preferences",
        }
    }
}

impl AccountPage {
    async fn new(app: &App, me: &Signed<OwnAccount>) -> Result<Self, Problem> {
        let sessions = ops::sessions::own(app, me.permit).await?;
        let (account, settings) = (&me.present.account, &me.present.settings);
        // Each form has an address of its own; the page behind all of them is this one.
        let chrome = Chrome { path: "/account".to_owned(), ..me.chrome(app)? };
        Ok(Self {
            chrome,
            profile: ProfileForm {
                name: account.display_name.clone().unwrap_or_default(),
                email: account.email.clone().unwrap_or_default(),
                errors: Errors::default(),
            },
            password: PasswordForm::default(),
            password_min: settings.password_min,
            sessions: SessionRow::list(sessions, me.present.session.id, app.clock.now()),
        })
    }

    fn reply(&self, status: StatusCode, part: Part) -> Result<HttpResponse, Problem> {
        if !self.chrome.fragment {
            return reply::html(status, self);
        }
        match part {
            Part::Profile => reply::html(status, &self.as_profile()),
            Part::Password => reply::html(status, &self.as_password()),
            Part::Sessions => reply::html(status, &self.as_sessions()),
            Part::Preferences => reply::html(status, &self.as_preferences()),
        }
    }
}

/// Shows it.
///
/// # Errors
/// [`Problem`] when the database does not answer.
pub async fn show(app: web::Data<App>, me: Signed<OwnAccount>) -> Result<HttpResponse, Problem> {
    reply::html(StatusCode::OK, &AccountPage::new(&app, &me).await?)
}

/// Says that something was done: beside the renewed part for htmx, on the next page for a browser.
async fn done(app: &App, me: &Signed<OwnAccount>, part: Part, text: &str) -> Result<HttpResponse, Problem> {
    if !me.visit.hx {
        me.visit.jar.flash(text, None)?;
        return Ok(reply::see_other(part.anchor()));
    }
    let mut page = AccountPage::new(app, me).await?;
    page.chrome.toasts.push(Toast::done(text));
    page.reply(StatusCode::OK, part)
}

/// The profile as it was sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentProfile {
    name: String,
    email: String,
}

/// Changes display name and e-mail address.
///
/// # Errors
/// [`Problem`] when nothing was changed.
pub async fn profile(
    app: web::Data<App>,
    mut me: Signed<OwnAccount>,
    form: Form<SentProfile>,
) -> Result<HttpResponse, Problem> {
    let SentProfile { name, email } = form.0;
    match ops::account::change_profile(&app, me.permit, me.visit.origin, &name, &email).await {
        Ok(account) => {
            me.present.account = account;
            done(&app, &me, Part::Profile, "Saved").await
        }
        Err(OpError::Invalid(errors)) => {
            let mut page = AccountPage::new(&app, &me).await?;
            page.profile = ProfileForm { name, email, errors };
            page.reply(StatusCode::UNPROCESSABLE_ENTITY, Part::Profile)
        }
        Err(other) => Err(other.into()),
    }
}

/// The passwords as they were sent. Password managers add the username.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentPassword {
    current: String,
    new: String,
    #[serde(default, rename = "username")]
    _username: String,
}

/// Changes the password.
///
/// # Errors
/// [`Problem`] when nothing was changed.
pub async fn password(
    app: web::Data<App>,
    me: Signed<OwnAccount>,
    form: Form<SentPassword>,
) -> Result<HttpResponse, Problem> {
    let settings = &me.present.settings;
    let wanted = NewPassword {
        current: form.0.current,
        new: form.0.new,
        server_name: settings.server_name.clone(),
        least: settings.password_min,
    };
    let session = me.present.session.id;
    match ops::account::change_password(&app, me.permit, me.visit.origin, session, wanted).await {
        Ok(token) => {
            me.visit.jar.sign_in(&token, &*app.entropy)?;
            done(&app, &me, Part::Password, "Password changed. You are signed out everywhere else.").await
        }
        Err(OpError::Invalid(errors)) => {
            let mut page = AccountPage::new(&app, &me).await?;
            page.password = PasswordForm { errors };
            page.reply(StatusCode::UNPROCESSABLE_ENTITY, Part::Password)
        }
        Err(other) => Err(other.into()),
    }
}

/// Ends one of the other sessions.
///
/// # Errors
/// [`Problem::NotFound`] for a session that is not theirs.
pub async fn end_session(
    app: web::Data<App>,
    me: Signed<OwnAccount>,
    id: web::Path<String>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Problem> {
    let id: SessionId = id.parse().map_err(|_| Problem::NotFound)?;
    ops::sessions::end(&app, me.permit, me.visit.origin, id).await?;
    done(&app, &me, Part::Sessions, "Signed out there").await
}

/// Ends all of the other sessions.
///
/// # Errors
/// [`Problem`] when nothing was changed.
pub async fn end_other_sessions(
    app: web::Data<App>,
    me: Signed<OwnAccount>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Problem> {
    ops::sessions::end_others(&app, me.permit, me.visit.origin, me.present.session.id).await?;
    done(&app, &me, Part::Sessions, "Signed out everywhere else").await
}

/// The preferences as they were sent: a switch that is off is not sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentPreferences {
    #[serde(default)]
    shortcuts: Option<String>,
}

/// Changes what this browser likes.
///
/// # Errors
/// [`Problem`] when the database does not answer.
pub async fn preferences(
    app: web::Data<App>,
    mut me: Signed<OwnAccount>,
    form: Form<SentPreferences>,
) -> Result<HttpResponse, Problem> {
    let chosen = Preferences { shortcuts: form.0.shortcuts.is_some(), ..me.visit.preferences };
    me.visit.preferences = chosen;
    let answer = done(&app, &me, Part::Preferences, "Saved").await?;
    preferences::keep(&app, chosen, answer)
}
