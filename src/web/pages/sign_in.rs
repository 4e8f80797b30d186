//! `/sign-in` and `/sign-out`.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::app::App;
use crate::domain::access::OwnAccount;
use crate::domain::password::PlainPassword;
use crate::ops;
use crate::ops::sign_in::{Attempt, Outcome};
use crate::web::chrome::Chrome;
use crate::web::form::{Form, Nothing};
use crate::web::limits::Limits;
use crate::web::next;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::who::{Guest, Signed};

/// Why a sign-in was refused.
#[derive(Debug)]
pub struct Refusal {
    title: String,
    text: String,
}

#[derive(Debug, Template)]
#[template(path = "sign_in/page.html")]
struct SignInPage {
    chrome: Chrome,
    login: String,
    next: String,
    refusal: Option<Refusal>,
    again: bool,
}

/// Where to go afterwards.
#[derive(Deserialize)]
pub struct Query {
    #[serde(default)]
    next: String,
}

/// The form.
///
/// # Errors
/// [`Problem`] when the database does not answer.
pub async fn show(
    app: web::Data<App>,
    guest: Guest,
    query: web::Query<Query>,
) -> Result<HttpResponse, Problem> {
    let next = next::or_home(&query.next);
    if guest.present.is_some() {
        return Ok(reply::see_other(next));
    }
    if ops::setup::is_open(&app).await? {
        // Nobody can sign in yet. The page says where its key is.
        return Ok(reply::see_other("/setup"));
    }
    let page = SignInPage {
        chrome: guest.chrome(&app)?,
        login: String::new(),
        next: next.to_owned(),
        refusal: None,
        // A token without a session behind it: they were signed in, and are no more.
        again: guest.visit.jar.token().is_some(),
    };
    reply::html(StatusCode::OK, &page)
}

/// The form as it was sent.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInForm {
    login: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// Signs in.
///
/// # Errors
/// [`Problem::TooMany`] after too many tries.
pub async fn submit(
    app: web::Data<App>,
    limits: web::Data<Limits>,
    guest: Guest,
    form: Form<SignInForm>,
) -> Result<HttpResponse, Problem> {
    let SignInForm { login, password, next } = form.0;
    limits.sign_in.charge(guest.visit.origin.address)?;
    // What no account can have is refused as what no account has.
    let outcome = match PlainPassword::typed(&password) {
        Ok(password) if !login.trim().is_empty() => {
            let browser = guest.visit.jar.browser(guest.visit.agent.clone());
            let attempt = Attempt { login: login.clone(), password, browser };
            ops::sign_in::sign_in(&app, guest.visit.origin, attempt).await?
        }
        _ => Outcome::Refused,
    };
    let refusal = match outcome {
        Outcome::Welcome { token, account } => {
            guest.visit.jar.sign_in(&token, &*app.entropy)?;
            guest.visit.jar.remember(account.id)?;
            return Ok(reply::see_other(next::or_home(&next)));
        }
        Outcome::Refused => Refusal {
            title: "Username or password is wrong.".to_owned(),
            text: "Check both, then try again.".to_owned(),
        },
        Outcome::Suspended(reason) => {
            let reason = reason.map(|reason| format!("{reason} ")).unwrap_or_default();
            Refusal { title: "Your account is suspended.".to_owned(), text: format!("{reason}Ask support.") }
        }
    };
    let next = next::or_home(&next).to_owned();
    let page = SignInPage { chrome: guest.chrome(&app)?, login, next, refusal: Some(refusal), again: false };
    reply::html(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// Signs out. Whatever the browser kept of the panel goes too.
///
/// # Errors
/// [`Problem::Busy`] when it could not be written and other replicas may serve the session, which then goes on.
pub async fn sign_out(
    app: web::Data<App>,
    me: Signed<OwnAccount>,
    _: Form<Nothing>,
) -> Result<HttpResponse, Problem> {
    ops::sessions::sign_out(&app, me.permit, me.visit.origin, me.present.session.id).await?;
    me.visit.jar.sign_out();
    let mut answer = reply::see_other("/sign-in");
    let clear = actix_web::http::header::HeaderValue::from_static("\"cache\", \"storage\"");
    answer.headers_mut().insert(actix_web::http::header::HeaderName::from_static("clear-site-data"), clear);
    Ok(answer)
}
