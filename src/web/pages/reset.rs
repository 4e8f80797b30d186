//! `/reset`: choosing a new password with a one-time link.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::app::App;
use crate::domain::field::Errors;
use crate::ops::{OpError, reset};
use crate::web::chrome::Chrome;
use crate::web::form::Form;
use crate::web::limits::Limits;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::who::Guest;

#[derive(Debug, Template)]
#[template(path = "reset/page.html")]
struct ResetPage {
    chrome: Chrome,
    key: String,
    errors: Errors,
    password_min: u32,
}

/// The form as it was sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentPassword {
    key: String,
    password: String,
}

/// The form. Opening it neither looks the link up nor uses it.
///
/// # Errors
/// [`Problem`] when the database does not answer.
pub async fn show(app: web::Data<App>, guest: Guest) -> Result<HttpResponse, Problem> {
    page(&app, &guest, StatusCode::OK, String::new(), Errors::default())
}

/// Sets the password.
///
/// # Errors
/// [`Problem::TooMany`] after too many tries.
pub async fn submit(
    app: web::Data<App>,
    limits: web::Data<Limits>,
    guest: Guest,
    form: Form<SentPassword>,
) -> Result<HttpResponse, Problem> {
    let SentPassword { key, password } = form.0;
    limits.sign_in.charge(guest.visit.origin.address)?;
    match reset::choose(&app, guest.visit.origin, &guest.settings, &key, &password).await {
        Ok(()) => {
            guest.visit.jar.flash("Your password is changed. Sign in with it.", None)?;
            Ok(reply::see_other("/sign-in"))
        }
        Err(OpError::Invalid(errors)) => page(&app, &guest, StatusCode::UNPROCESSABLE_ENTITY, key, errors),
        Err(other) => Err(other.into()),
    }
}

fn page(
    app: &App,
    guest: &Guest,
    status: StatusCode,
    key: String,
    errors: Errors,
) -> Result<HttpResponse, Problem> {
    let (chrome, password_min) = (guest.chrome(app)?, guest.settings.password_min);
    reply::html(status, &ResetPage { chrome, key, errors, password_min })
}
