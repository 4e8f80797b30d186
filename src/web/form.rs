//! What comes in by POST: bounded, readable, and from a page of ours, before any handler sees it.

use actix_session::SessionExt;
use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, web};
use futures_util::future::{Ready, ready};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use super::csrf::{self, Source};
use super::problem::Problem;
use super::session::Jar;
use crate::app::App;

const MOST_BYTES: usize = 16 * 1024;
const MOST_FIELDS: usize = 64;
/// The field that every form carries beside its own.
const TOKEN_FIELD: &str = "csrf";

/// A body that passed the guard, without the token.
struct Guarded(String);

/// Stands before every page. Requests that only read pass if their address can be read; all others have to be a form of
/// ours as well.
pub async fn guard(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut asked_for = form_urlencoded::parse(request.query_string().as_bytes());
    if asked_for.any(|(name, value)| is_unreadable(&name) || is_unreadable(&value)) {
        let problem = Problem::BadRequest("The address holds characters that cannot be read.");
        return Ok(request.error_response(problem).map_into_boxed_body());
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        match examine(&mut request).await {
            Ok(guarded) => {
                request.extensions_mut().insert(guarded);
            }
            Err(problem) => return Ok(request.error_response(problem).map_into_boxed_body()),
        }
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

async fn examine(request: &mut ServiceRequest) -> Result<Guarded, Problem> {
    let app = request.app_data::<web::Data<App>>().cloned();
    let app = app.ok_or_else(|| Problem::Internal("the application is not set up".to_owned()))?;
    // Whoever is refused by the headers gets nothing read.
    let own = app.config.public_url.origin();
    let source = csrf::source(request.headers(), own);
    if source == Source::Foreign {
        return Err(Problem::ForeignForm(own.to_owned()));
    }
    let pairs = read(request).await?;
    if source == Source::Unknown {
        let token = pairs.iter().find(|(name, _)| name == TOKEN_FIELD).map(|(_, value)| value.as_str());
        let secret = Jar::new(request.get_session()).present_form_secret();
        let good = secret.zip(token).is_some_and(|(secret, token)| csrf::is_good(&secret, token));
        if !good {
            return Err(Problem::StaleForm);
        }
    }
    let fields = pairs.iter().filter(|(name, _)| name != TOKEN_FIELD);
    Ok(Guarded(form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()))
}

async fn read(request: &mut ServiceRequest) -> Result<Vec<(String, String)>, Problem> {
    let announced =
        request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > MOST_BYTES) {
        return Err(Problem::TooLarge);
    }
    let body = body(request).await?;
    let is_form = request.headers().get(CONTENT_TYPE).is_some_and(|value| {
        let kind = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default();
        kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
    });
    if !is_form && !body.is_empty() {
        return Err(Problem::NotAForm);
    }
    let pairs: Vec<(String, String)> =
        form_urlencoded::parse(&body).into_owned().take(MOST_FIELDS + 1).collect();
    if pairs.len() > MOST_FIELDS {
        return Err(Problem::TooLarge);
    }
    if pairs.iter().any(|(name, value)| is_unreadable(name) || is_unreadable(value)) {
        return Err(Problem::BadRequest("The form holds characters that cannot be read."));
    }
    Ok(pairs)
}

/// Bytes that are not UTF-8 were replaced while parsing: left in, two different passwords would become one. Some databases
/// keep no NUL, and fail where somebody looks for one.
fn is_unreadable(text: &str) -> bool {
    text.chars().any(|c| c == '\u{fffd}' || (c.is_control() && !matches!(c, '\t' | '\n' | '\r')))
}

async fn body(request: &mut ServiceRequest) -> Result<web::Bytes, Problem> {
    let payload =
        request.extract::<web::Payload>().await.map_err(|error| Problem::Internal(error.to_string()))?;
    match payload.to_bytes_limited(MOST_BYTES).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(Problem::BadRequest("The request could not be read.")),
        Err(_) => Err(Problem::TooLarge),
    }
}

/// The fields of a form. Unknown and missing ones are refused.
pub struct Form<T>(pub T);

/// A form with nothing to fill in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

impl<T: DeserializeOwned> FromRequest for Form<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let extensions = request.extensions();
        // Without the guard there is no body: a route outside of it cannot take a form by mistake.
        let parsed = extensions.get::<Guarded>().map(|Guarded(body)| serde_html_form::from_str(body));
        ready(match parsed {
            Some(Ok(fields)) => Ok(Self(fields)),
            Some(Err(_)) => Err(Problem::Unprocessable),
            None => Err(Problem::Internal("a form was read outside of the guard".to_owned())),
        })
    }
}
