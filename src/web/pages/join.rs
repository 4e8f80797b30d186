//! `/join`: the way in.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::app::App;
use crate::domain::field::Errors;
use crate::domain::secret::Token;
use crate::domain::settings::RegistrationMode;
use crate::ops::OpError;
use crate::ops::registration::{self, Form as Wanted, Outcome};
use crate::web::chrome::Chrome;
use crate::web::form::Form;
use crate::web::limits::Limits;
use crate::web::moment::Moment;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::who::Guest;

/// What whoever holds a usable code is told.
#[derive(Debug)]
struct Welcome {
    inviter: Option<String>,
    role: &'static str,
    until: Option<Moment>,
    /// Whether the account ends then as well.
    temporary: bool,
}

/// How far somebody has come.
#[derive(Debug)]
enum JoinState {
    Ask,
    Refused,
    Good(Welcome),
    Closed,
    SignedInAs(String),
}

#[derive(Debug, Default)]
struct JoinForm {
    username: String,
    email: String,
    name: String,
    errors: Errors,
}

#[derive(Debug, Template)]
#[template(path = "join/page.html", blocks = ["form", "status"])]
struct JoinPage {
    chrome: Chrome,
    state: JoinState,
    /// Whether the fields of the account are asked for, or the code only.
    full: bool,
    code: String,
    form: JoinForm,
    attempt: String,
    password_min: u32,
    email_required: bool,
    open: bool,
}

impl JoinPage {
    fn new(app: &App, guest: &Guest, state: JoinState, code: String) -> Result<Self, Problem> {
        let open = guest.settings.registration == RegistrationMode::Open;
        Ok(Self {
            chrome: Chrome { path: "/join".to_owned(), ..guest.chrome(app)? },
            full: open || matches!(state, JoinState::Good(_)),
            state,
            code,
            form: JoinForm::default(),
            attempt: Token::new(app.entropy.bytes()).reveal().to_owned(),
            password_min: guest.settings.password_min,
            email_required: guest.settings.email_required,
            open,
        })
    }
}

/// What keeps somebody from the form: they are in already, or nobody gets in.
fn barred(guest: &Guest) -> Option<JoinState> {
    match &guest.present {
        Some(present) => Some(JoinState::SignedInAs(format!("@{}", present.account.username))),
        None if guest.settings.registration == RegistrationMode::Closed => Some(JoinState::Closed),
        None => None,
    }
}

/// Asks for the code. Nothing is looked up and nothing is used.
///
/// # Errors
/// [`Problem`] when the database does not answer.
pub async fn show(app: web::Data<App>, guest: Guest) -> Result<HttpResponse, Problem> {
    let state = barred(&guest).unwrap_or(JoinState::Ask);
    reply::html(StatusCode::OK, &JoinPage::new(&app, &guest, state, String::new())?)
}

/// A code.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentCode {
    code: String,
}

/// Looks at a code.
///
/// # Errors
/// [`Problem::TooMany`] after too many wrong ones.
pub async fn check(
    app: web::Data<App>,
    limits: web::Data<Limits>,
    guest: Guest,
    request: HttpRequest,
    form: Form<SentCode>,
) -> Result<HttpResponse, Problem> {
    let code = form.0.code;
    if let Some(state) = barred(&guest) {
        return reply::html(StatusCode::OK, &JoinPage::new(&app, &guest, state, String::new())?);
    }
    if code.trim().is_empty() {
        let page = JoinPage::new(&app, &guest, JoinState::Ask, String::new())?;
        return part(&request, StatusCode::OK, &page);
    }
    let welcome = look(&app, &limits, &guest, &code).await?;
    let status = if welcome.is_some() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let state = welcome.map_or(JoinState::Refused, JoinState::Good);
    part(&request, status, &JoinPage::new(&app, &guest, state, code)?)
}

/// The part that the form on the page swaps: itself, or, where the account is asked for already, the word on the code.
fn part(request: &HttpRequest, status: StatusCode, page: &JoinPage) -> Result<HttpResponse, Problem> {
    let target = request.headers().get("hx-target").and_then(|value| value.to_str().ok());
    match target {
        Some("code-status") => reply::html(status, &page.as_status()),
        Some("join") => reply::html(status, &page.as_form()),
        _ => reply::html(status, page),
    }
}

async fn look(app: &App, limits: &Limits, guest: &Guest, code: &str) -> Result<Option<Welcome>, Problem> {
    let address = guest.visit.origin.address;
    limits.wrong_codes.open(address)?;
    let Some(found) = registration::look_at(app, guest.visit.origin, code).await? else {
        limits.wrong_codes.count(address);
        return Ok(None);
    };
    Ok(Some(Welcome {
        inviter: found.inviter,
        role: found.role.label(),
        until: found.expiry.at().map(|at| Moment::new(at, app.clock.now())),
        temporary: found.temporary,
    }))
}

/// The form as it was sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentJoin {
    #[serde(default)]
    code: String,
    username: String,
    name: String,
    email: String,
    password: String,
    attempt: String,
}

/// Registers.
///
/// # Errors
/// [`Problem::TooMany`] after too many wrong codes or too many registrations.
pub async fn submit(
    app: web::Data<App>,
    limits: web::Data<Limits>,
    guest: Guest,
    form: Form<SentJoin>,
) -> Result<HttpResponse, Problem> {
    if let Some(state) = barred(&guest) {
        return reply::html(StatusCode::OK, &JoinPage::new(&app, &guest, state, String::new())?);
    }
    let address = guest.visit.origin.address;
    limits.wrong_codes.open(address)?;
    limits.registrations.charge(address)?;
    let SentJoin { code, username, name, email, password, attempt } = form.0;
    let wanted = Wanted { code, username, email, name, password, attempt };
    let browser = Some(guest.visit.jar.browser(guest.visit.agent.clone()));
    match registration::register(&app, guest.visit.origin, &guest.settings, browser, wanted.clone()).await {
        Ok(Outcome::Joined { token, id }) => {
            if let Some(token) = token {
                guest.visit.jar.sign_in(&token, &*app.entropy)?;
            }
            guest.visit.jar.remember(id)?;
            guest.visit.jar.flash("Account created. You are signed in.", None)?;
            Ok(reply::see_other("/"))
        }
        Ok(Outcome::Refused) => {
            limits.wrong_codes.count(address);
            let page = JoinPage::new(&app, &guest, JoinState::Refused, wanted.code)?;
            reply::html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Ok(Outcome::Closed) => {
            let page = JoinPage::new(&app, &guest, JoinState::Closed, String::new())?;
            reply::html(StatusCode::OK, &page)
        }
        Err(OpError::Invalid(errors)) => refused(&app, &guest, wanted, errors),
        Err(other) => Err(other.into()),
    }
}

/// The same form again, with what is wrong beside the fields. The code has its word at the next look.
fn refused(app: &App, guest: &Guest, wanted: Wanted, errors: Errors) -> Result<HttpResponse, Problem> {
    let page = JoinPage::new(app, guest, JoinState::Ask, wanted.code)?;
    let form = JoinForm { username: wanted.username, email: wanted.email, name: wanted.name, errors };
    reply::html(
        StatusCode::UNPROCESSABLE_ENTITY,
        &JoinPage { full: true, form, attempt: wanted.attempt, ..page },
    )
}
