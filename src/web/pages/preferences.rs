//! What a browser likes: light or dark, single keys or not.

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use crate::app::App;
use crate::web::chrome::{Preferences, Theme};
use crate::web::form::Form;
use crate::web::next;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::who::Guest;

/// The choice of a theme.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThemeForm {
    theme: String,
    #[serde(default)]
    back: String,
}

/// Changes the theme.
///
/// # Errors
/// [`Problem::Unprocessable`] for a theme that does not exist.
pub async fn theme(
    app: web::Data<App>,
    guest: Guest,
    form: Form<ThemeForm>,
) -> Result<HttpResponse, Problem> {
    let theme = Theme::parse(&form.0.theme).ok_or(Problem::Unprocessable)?;
    let preferences = Preferences { theme, ..guest.visit.preferences };
    let answer = if guest.visit.hx {
        HttpResponse::NoContent().finish()
    } else {
        reply::see_other(next::or_home(&form.0.back))
    };
    keep(&app, preferences, answer)
}

/// Adds the cookies of the preferences to an answer.
///
/// # Errors
/// [`Problem::Internal`] when a cookie cannot be written.
pub fn keep(app: &App, preferences: Preferences, mut answer: HttpResponse) -> Result<HttpResponse, Problem> {
    for cookie in preferences.cookies(app.config.public_url.is_https()) {
        answer.add_cookie(&cookie).map_err(|error| Problem::Internal(error.to_string()))?;
    }
    Ok(answer)
}
