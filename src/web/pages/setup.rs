//! `/setup`: the first start.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::app::App;
use crate::domain::field::Errors;
use crate::ops::OpError;
use crate::ops::setup::{self, Form as Wanted};
use crate::web::chrome::Chrome;
use crate::web::form::Form;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::who::Guest;

#[derive(Debug, Template)]
#[template(path = "setup/page.html")]
struct SetupPage {
    chrome: Chrome,
    server: String,
    key: String,
    name: String,
    username: String,
    email: String,
    errors: Errors,
    password_min: u32,
}

/// The form as it was sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupForm {
    server: String,
    key: String,
    name: String,
    username: String,
    email: String,
    password: String,
}

/// The form, until there is an owner.
///
/// # Errors
/// [`Problem::NotFound`] once there is one.
pub async fn show(app: web::Data<App>, guest: Guest) -> Result<HttpResponse, Problem> {
    if !setup::is_open(&app).await? {
        return Err(Problem::NotFound);
    }
    page(&app, &guest, StatusCode::OK, Wanted::default(), Errors::default())
}

/// Makes the owner and signs them in.
///
/// # Errors
/// [`Problem::NotFound`] once there is one.
pub async fn submit(
    app: web::Data<App>,
    guest: Guest,
    form: Form<SetupForm>,
) -> Result<HttpResponse, Problem> {
    let SetupForm { server, key, name, username, email, password } = form.0;
    let wanted = Wanted { server, key, name, username, email, password };
    match setup::set_up(&app, guest.visit.origin, guest.visit.agent.clone(), wanted.clone()).await {
        Ok((token, owner)) => {
            guest.visit.jar.sign_in(&token, &*app.entropy)?;
            guest.visit.jar.remember(owner)?;
            guest.visit.jar.flash("Your server is set up. You are signed in.", None)?;
            Ok(reply::see_other("/admin"))
        }
        Err(OpError::Invalid(errors)) => page(&app, &guest, StatusCode::UNPROCESSABLE_ENTITY, wanted, errors),
        Err(other) => Err(other.into()),
    }
}

fn page(
    app: &App,
    guest: &Guest,
    status: StatusCode,
    wanted: Wanted,
    errors: Errors,
) -> Result<HttpResponse, Problem> {
    let Wanted { server, key, name, username, email, password: _ } = wanted;
    let (chrome, password_min) = (guest.chrome(app)?, guest.settings.password_min);
    reply::html(status, &SetupPage { chrome, server, key, name, username, email, errors, password_min })
}
