//! The outermost layer: every request gets an id, a line in the log and a place in the figures.

use std::net::IpAddr;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, web};
use tracing::Instrument;

use super::client;
use super::metrics::Metrics;
use super::problem::Problem;
use crate::app::App;
use crate::domain::audit::Origin;
use crate::domain::id::RequestId;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the outermost layer saw of a request.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    /// Its number.
    pub request: RequestId,
    /// For the audit log.
    pub origin: Origin,
}

impl Seen {
    /// What was seen of this request. One that did not pass the outermost layer has no number.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Self {
        request.extensions().get::<Self>().copied().unwrap_or(Self {
            request: RequestId::new(chrono::DateTime::UNIX_EPOCH, [0; 10]),
            origin: Origin::default(),
        })
    }
}

/// Watches a request from its arrival to its answer.
///
/// # Errors
/// Whatever comes from further in.
pub async fn watch(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let (Some(app), Some(metrics)) =
        (request.app_data::<web::Data<App>>().cloned(), request.app_data::<web::Data<Metrics>>().cloned())
    else {
        return Err(Problem::Internal("the application is not set up".to_owned()).into());
    };
    let started = app.clock.monotonic();
    let id = RequestId::new(app.clock.now(), app.entropy.bytes());
    let address =
        client::address(request.request().peer_addr(), request.headers(), &app.config.trusted_proxies);
    let origin = Origin { address, request: Some(id), once: None };
    request.extensions_mut().insert(Seen { request: id, origin });
    let method = request.method().clone();
    let span = tracing::info_span!("request", id = %id);

    let mut answer = next.call(request).instrument(span.clone()).await.map_err(|error| {
        let response = error.error_response();
        InternalError::from_response(error, numbered(response, id)).into()
    });
    let (status, route) = match &mut answer {
        Ok(response) => {
            number(response.headers_mut(), id);
            // The pattern, never the path: a path may hold what somebody typed.
            (response.status(), response.request().match_pattern())
        }
        Err(error) => (Error::as_response_error(error).status_code(), None),
    };
    let took = app.clock.monotonic().saturating_sub(started);
    let route = route.unwrap_or_else(|| "none".to_owned());
    metrics.observe(method.as_str(), &route, status.as_u16(), took);
    span.in_scope(|| log(method.as_str(), &route, status.as_u16(), took, address));
    answer
}

fn numbered(mut response: HttpResponse, id: RequestId) -> HttpResponse {
    number(response.headers_mut(), id);
    response
}

fn number(headers: &mut HeaderMap, id: RequestId) {
    if let Ok(value) = HeaderValue::try_from(id.to_string()) {
        headers.insert(REQUEST_ID, value);
    }
}

fn log(method: &str, route: &str, status: u16, took: Duration, address: Option<IpAddr>) {
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    let address = address.map(tracing::field::display);
    if route.starts_with("/static") || route.ends_with('z') {
        tracing::debug!(method, route, status, micros, address, "answered");
    } else {
        tracing::info!(method, route, status, micros, address, "answered");
    }
}
