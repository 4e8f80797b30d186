//! `/admin/settings`: one form for each part, and how the cleanup stands.

mod cleanup;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use self::cleanup::CleanupPanel;
use crate::app::App;
use crate::domain::access::ChangeSettings;
use crate::domain::field::Errors;
use crate::domain::invite::GRANTED;
use crate::domain::settings::{RegistrationMode, Settings};
use crate::ops::OpError;
use crate::ops::maintenance;
use crate::ops::settings::{self, Part};
use crate::web::chrome::Chrome;
use crate::web::form::{Form, Nothing};
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::view::Toast;
use crate::web::who::Signed;

/// What the forms show.
#[derive(Debug, Default)]
struct Shown {
    server_name: String,
    support_address: String,
    mode: &'static str,
    email_required: bool,
    password_min: String,
    code_length: String,
    default_role: String,
    default_max_uses: String,
    default_expires_days: String,
    removal_grace_days: String,
    expired_codes_days: String,
    audit_days: String,
}

impl Shown {
    fn of(settings: &Settings) -> Self {
        let number = |value: Option<u32>| value.map(|value| value.to_string()).unwrap_or_default();
        Self {
            server_name: settings.server_name.clone(),
            support_address: settings.support_address.clone().unwrap_or_default(),
            mode: settings.registration.key(),
            email_required: settings.email_required,
            password_min: settings.password_min.to_string(),
            code_length: settings.code_length.to_string(),
            default_role: settings.defaults.role.key().to_owned(),
            default_max_uses: number(settings.defaults.limit.most()),
            default_expires_days: number(settings.defaults.expires_days),
            removal_grace_days: settings.removal_grace_days.to_string(),
            expired_codes_days: number(settings.expired_codes_days),
            audit_days: number(settings.audit_days),
        }
    }

    /// The same with one part as it was sent.
    fn with(mut self, part: Part) -> Self {
        match part {
            Part::General { server_name, support_address } => {
                (self.server_name, self.support_address) = (server_name, support_address);
            }
            Part::Registration { mode, email_required, password_min } => {
                let mode = mode.as_deref().and_then(RegistrationMode::parse);
                self.mode = mode.map_or(self.mode, RegistrationMode::key);
                (self.email_required, self.password_min) = (email_required, password_min);
            }
            Part::Codes { code_length, default_role, default_max_uses, default_expires_days } => {
                (self.code_length, self.default_role) = (code_length, default_role);
                (self.default_max_uses, self.default_expires_days) = (default_max_uses, default_expires_days);
            }
            Part::Retention { removal_grace_days, expired_codes_days, audit_days } => {
                (self.removal_grace_days, self.expired_codes_days) = (removal_grace_days, expired_codes_days);
                self.audit_days = audit_days;
            }
        }
        self
    }
}

#[derive(Debug, Template)]
#[template(
    path = "settings/page.html",
    blocks = ["general", "registration", "codes", "retention"]
)]
struct SettingsPage {
    chrome: Chrome,
    shown: Shown,
    errors: Errors,
    roles: Vec<(&'static str, &'static str)>,
    public_url: String,
    locked: bool,
    cleanup: CleanupPanel,
}

/// One of the forms.
#[derive(Clone, Copy)]
enum Section {
    General,
    Registration,
    Codes,
    Retention,
}

impl Section {
    const fn of(part: &Part) -> Self {
        match part {
            Part::General { .. } => Self::General,
            Part::Registration { .. } => Self::Registration,
            Part::Codes { .. } => Self::Codes,
            Part::Retention { .. } => Self::Retention,
        }
    }

    const fn anchor(self) -> &'static str {
        match self {
            Self::General => "/admin/settings#general",
            Self::Registration => "/admin/settings#registration",
            Self::Codes => "/admin/settings#codes",
            Self::Retention => "/admin/settings#retention",
        }
    }
}

impl SettingsPage {
    async fn new(app: &App, me: &Signed<ChangeSettings>) -> Result<Self, Problem> {
        let job = maintenance::state(app, me.permit).await?;
        Ok(Self {
            // Each form has an address of its own; the page behind all of them is this one.
            chrome: Chrome { path: "/admin/settings".to_owned(), ..me.chrome(app)? },
            shown: Shown::of(&me.present.settings),
            errors: Errors::default(),
            roles: GRANTED.into_iter().map(|role| (role.key(), role.label())).collect(),
            public_url: app.config.public_url.origin().to_owned(),
            locked: app.config.registration.is_some(),
            cleanup: CleanupPanel::new(app, job, me.present.account.role, app.clock.now()),
        })
    }

    fn reply(&self, status: StatusCode, section: Section) -> Result<HttpResponse, Problem> {
        if !self.chrome.fragment {
            return reply::html(status, self);
        }
        match section {
            Section::General => reply::html(status, &self.as_general()),
            Section::Registration => reply::html(status, &self.as_registration()),
            Section::Codes => reply::html(status, &self.as_codes()),
            Section::Retention => reply::html(status, &self.as_retention()),
        }
    }
}

/// Shows it.
///
/// # Errors
/// [`Problem`] when the database does not answer.
pub async fn show(app: web::Data<App>, me: Signed<ChangeSettings>) -> Result<HttpResponse, Problem> {
    reply::html(StatusCode::OK, &SettingsPage::new(&app, &me).await?)
}

async fn change(app: &App, me: &Signed<ChangeSettings>, part: Part) -> Result<HttpResponse, Problem> {
    let section = Section::of(&part);
    match settings::change(app, me.permit, me.visit.origin, part.clone()).await {
        Ok(_) if !me.visit.hx => {
            me.visit.jar.flash("Saved", None)?;
            Ok(reply::see_other(section.anchor()))
        }
        Ok(saved) => {
            let mut page = SettingsPage::new(app, me).await?;
            page.chrome.server.clone_from(&saved.server_name);
            page.chrome.toasts.push(Toast::done("Saved"));
            page.shown = Shown { mode: page.shown.mode, ..Shown::of(&saved) };
            if !page.locked {
                page.shown.mode = saved.registration.key();
            }
            page.reply(StatusCode::OK, section)
        }
        Err(OpError::Invalid(errors)) => {
            let mut page = SettingsPage::new(app, me).await?;
            page.shown = page.shown.with(part);
            page.errors = errors;
            page.reply(StatusCode::UNPROCESSABLE_ENTITY, section)
        }
        Err(other) => Err(other.into()),
    }
}

/// Name and help, as they were sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentGeneral {
    server_name: String,
    support_address: String,
}

/// Changes them.
///
/// # Errors
/// [`Problem`] when nothing was changed.
pub async fn general(
    app: web::Data<App>,
    me: Signed<ChangeSettings>,
    form: Form<SentGeneral>,
) -> Result<HttpResponse, Problem> {
    let SentGeneral { server_name, support_address } = form.0;
    change(&app, &me, Part::General { server_name, support_address }).await
}

/// Who gets in, as it was sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentRegistration {
    mode: Option<String>,
    email_required: Option<String>,
    password_min: String,
}

/// Changes it.
///
/// # Errors
/// [`Problem`] when nothing was changed.
pub async fn registration(
    app: web::Data<App>,
    me: Signed<ChangeSettings>,
    form: Form<SentRegistration>,
) -> Result<HttpResponse, Problem> {
    let SentRegistration { mode, email_required, password_min } = form.0;
    change(&app, &me, Part::Registration { mode, email_required: email_required.is_some(), password_min })
        .await
}

/// What new codes begin with, as it was sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentCodes {
    code_length: String,
    default_role: String,
    default_max_uses: String,
    default_expires_days: String,
}

/// Changes it.
///
/// # Errors
/// [`Problem`] when nothing was changed.
pub async fn codes(
    app: web::Data<App>,
    me: Signed<ChangeSettings>,
    form: Form<SentCodes>,
) -> Result<HttpResponse, Problem> {
    let SentCodes { code_length, default_role, default_max_uses, default_expires_days } = form.0;
    change(&app, &me, Part::Codes { code_length, default_role, default_max_uses, default_expires_days }).await
}

/// How long things are kept, as it was sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentRetention {
    removal_grace_days: String,
    expired_codes_days: String,
    audit_days: String,
}

/// Changes it.
///
/// # Errors
/// [`Problem`] when nothing was changed.
pub async fn retention(
    app: web::Data<App>,
    me: Signed<ChangeSettings>,
    form: Form<SentRetention>,
) -> Result<HttpResponse, Problem> {
    let SentRetention { removal_grace_days, expired_codes_days, audit_days } = form.0;
    change(&app, &me, Part::Retention { removal_grace_days, expired_codes_days, audit_days }).await
}

/// Lets a stopped cleanup go on.
///
/// # Errors
/// [`Problem`] when it is not stopped, or the person is no owner.
pub async fn resume(
    app: web::Data<App>,
    me: Signed<ChangeSettings>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Problem> {
    maintenance::resume(&app, me.permit, me.visit.origin).await?;
    me.visit.jar.flash("The cleanup goes on", None)?;
    Ok(reply::see_other("/admin/settings#cleanup"))
}
