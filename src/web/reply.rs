//! Answers: a page, a part of one, a redirect, or a problem in whichever shape was asked for.

use std::fmt;
use std::panic::AssertUnwindSafe;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, ResponseError};
use askama::Template;
use futures_util::FutureExt;

use super::api;
use super::api::problem::{self, Refusal};
use super::chrome::{Chrome, Preferences};
use super::observe::Seen;
use super::pages::problems::{ProblemPage, ProblemToast};
use super::payload::{Answer, Held};
use super::problem::Problem;
use super::who::{current_page, is_htmx, preferences};
use crate::domain::id::RequestId;
use crate::domain::settings::{Settings, SupportAddress};

const HX_REDIRECT: HeaderName = HeaderName::from_static("hx-redirect");
const HX_RETARGET: HeaderName = HeaderName::from_static("hx-retarget");
const HX_RESWAP: HeaderName = HeaderName::from_static("hx-reswap");

/// A page, or the part of it that htmx swaps.
///
/// # Errors
/// [`Problem::Internal`] when the template fails.
pub fn html(status: StatusCode, template: &impl Template) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::build(status).insert_header(header::ContentType::html()).body(rendered(template)?))
}

/// A template knows what it says itself, not how many rows it is given: a list would be moved to more room again and again.
fn rendered(template: &impl Template) -> Result<String, askama::Error> {
    const ROOM: usize = 192 * 1024;
    let mut page = String::with_capacity(ROOM);
    template.render_into(&mut page)?;
    Ok(page)
}

/// Two parts of a page in one answer.
///
/// # Errors
/// [`Problem::Internal`] when a template fails.
pub fn html_parts(
    status: StatusCode,
    one: &impl Template,
    other: &impl Template,
) -> Result<HttpResponse, Problem> {
    let body = one.render()? + &other.render()?;
    Ok(HttpResponse::build(status).insert_header(header::ContentType::html()).body(body))
}

/// Answers a form that was sent: the browser asks for another page.
#[must_use]
pub fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, path)).finish()
}

/// Sends a browser that asked by htmx to another page.
#[must_use]
pub fn hx_redirect(path: &str) -> HttpResponse {
    HttpResponse::NoContent().insert_header((HX_REDIRECT, path)).finish()
}

/// What is known of a request when its answer turns out to be a problem.
#[derive(Debug, Clone)]
struct Asked {
    seen: Seen,
    /// Whether a program asks, which is told in JSON.
    api: bool,
    htmx: bool,
    preferences: Preferences,
    /// Where to come back to after signing in.
    back: Option<String>,
}

impl Asked {
    fn of(request: &ServiceRequest) -> Self {
        let htmx = is_htmx(request.request());
        let own_path = || request.uri().path_and_query().map(|path| path.as_str().to_owned());
        let back = match *request.method() {
            _ if htmx => current_page(request.request()),
            Method::GET | Method::HEAD => own_path(),
            _ => None,
        };
        let api = request.path().starts_with(api::ROOT);
        let seen = Seen::of(request.request());
        Self { seen, api, htmx, preferences: preferences(request.request()), back }
    }
}

/// A problem of a request that never got an answer of its own: a panic, a timeout, a refusal before routing.
#[derive(Debug)]
struct Unanswered {
    problem: Problem,
    asked: Asked,
    body: Held,
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(f)
    }
}

impl ResponseError for Unanswered {
    fn status_code(&self) -> StatusCode {
        self.problem.status_code()
    }
    fn error_response(&self) -> HttpResponse {
        answer(&self.problem, &self.asked, None).map_body(|_, body| Answer::holding(body, self.body.clone()))
    }
}

/// Gives every problem its page or fragment, and turns a panic into one.
///
/// # Errors
/// A problem that comes from before any handler, with its page.
pub async fn problems(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let (asked, body) = (Asked::of(&request), Held::of(&mut request));
    // What a panic leaves behind is a transaction that rolls back and a connection that the pool drops.
    let problem = match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(Ok(response)) => {
            return Ok(shaped(response, &asked).map_body(|_, answer| Answer::holding(answer, body)));
        }
        Ok(Err(error)) => {
            problem_of(&error).unwrap_or_else(|| Problem::of_status(error.as_response_error().status_code()))
        }
        Err(_) => Problem::Internal("a handler panicked".to_owned()),
    };
    Err(Unanswered { problem, asked, body }.into())
}

fn problem_of(error: &Error) -> Option<Problem> {
    error.as_error::<Problem>().cloned()
}

fn shaped(response: ServiceResponse<impl MessageBody + 'static>, asked: &Asked) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let error = response.response().error();
    let is_bare = matches!(response.response().body().size(), BodySize::None | BodySize::Sized(0));
    let problem = match error.and_then(problem_of) {
        Some(problem) => problem,
        None if (status.is_client_error() || status.is_server_error()) && (is_bare || error.is_some()) => {
            Problem::of_status(status)
        }
        None => return response.map_into_boxed_body(),
    };
    let settings = response.request().extensions().get::<Settings>().cloned();
    let mut page = answer(&problem, asked, settings.as_ref());
    for cookie in response.headers().get_all(header::SET_COOKIE) {
        page.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    if let Some(allowed) = response.headers().get(header::ALLOW) {
        page.headers_mut().insert(header::ALLOW, allowed.clone());
    }
    response.into_response(page)
}

fn answer(problem: &Problem, asked: &Asked, settings: Option<&Settings>) -> HttpResponse {
    let request = asked.seen.request;
    match problem {
        Problem::Internal(why) => tracing::error!(%request, why, "a request failed"),
        Problem::Busy(why) => tracing::warn!(%request, why, "a request was turned away"),
        _ => {}
    }
    if asked.api {
        return for_programs(problem, request);
    }
    let mut chrome = Chrome::bare(asked.preferences);
    if let Some(settings) = settings {
        chrome.server.clone_from(&settings.server_name);
        chrome.support = settings.support_address.as_deref().map(SupportAddress::href);
    }
    let mut response = problem.error_response();
    let body = match problem {
        Problem::SignedOut => return to_sign_in(asked, response),
        _ if asked.htmx => {
            let headers = response.headers_mut();
            headers.insert(HX_RETARGET, HeaderValue::from_static("#toasts"));
            headers.insert(HX_RESWAP, HeaderValue::from_static("beforeend"));
            ProblemToast { chrome, text: problem.words().text, request_id: request.to_string() }.render()
        }
        _ => ProblemPage::new(chrome, problem, request).render(),
    };
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, html);
    match body {
        Ok(body) => response.set_body(BoxBody::new(body)),
        Err(error) => {
            tracing::error!(%request, %error, "a problem page failed");
            response
        }
    }
}

fn for_programs(problem: &Problem, request: RequestId) -> HttpResponse {
    let mut response = problem.error_response();
    let refusal = Refusal::new(problem, response.status().as_u16(), request);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(problem::MEDIA_TYPE));
    if matches!(problem, Problem::SignedOut) {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    match serde_json::to_vec(&refusal) {
        Ok(body) => response.set_body(BoxBody::new(body)),
        Err(error) => {
            tracing::error!(%request, %error, "a refusal could not be written");
            response
        }
    }
}

/// Sends somebody to sign in, and back afterwards. htmx follows no redirect to a whole page, so it is told to go.
fn to_sign_in(asked: &Asked, unauthorized: HttpResponse) -> HttpResponse {
    let target = match asked.back.as_deref() {
        Some(back) if back != "/" => {
            let next =
                url::form_urlencoded::Serializer::new(String::new()).append_pair("next", back).finish();
            format!("/sign-in?{next}")
        }
        _ => "/sign-in".to_owned(),
    };
    if !asked.htmx {
        return see_other(&target);
    }
    let mut response = unauthorized;
    if let Ok(target) = HeaderValue::try_from(target) {
        response.headers_mut().insert(HX_REDIRECT, target);
    }
    response
}
