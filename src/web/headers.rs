//! The headers on every answer.

use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};

use super::limits::Allowance;
use crate::app::App;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
                      connect-src 'self'; form-action 'self'; manifest-src 'self'; object-src 'none'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// `no-referrer` would make browsers send `Origin: null`, and with it weaken the check of where forms come from.
const ALWAYS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
    (header::CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
    (
        header::PERMISSIONS_POLICY,
        "accelerometer=(), autoplay=(), camera=(), clipboard-read=(), clipboard-write=(self), \
         display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), \
         payment=(), serial=(), usb=()",
    ),
];
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const TWO_YEARS: &str = "max-age=63072000; includeSubDomains";

/// Adds them.
///
/// # Errors
/// Whatever comes from further in, with the headers added to its answer.
pub async fn add(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let https = request.app_data::<web::Data<App>>().is_some_and(|app| app.config.public_url.is_https());
    match next.call(request).await {
        Ok(mut response) => {
            let allowance = response.request().extensions().get::<Allowance>().copied();
            insert(response.headers_mut(), https);
            if let Some(allowance) = allowance {
                tell(response.headers_mut(), allowance);
            }
            Ok(response)
        }
        Err(error) => {
            let mut response = error.error_response();
            insert(response.headers_mut(), https);
            Err(InternalError::from_response(error, response).into())
        }
    }
}

/// Tells a program how many requests it has left.
fn tell(headers: &mut HeaderMap, Allowance { most, left, reset, window }: Allowance) {
    let seconds = |time: Duration| time.as_millis().div_ceil(1_000);
    let (window, reset) = (seconds(window), seconds(reset));
    for (name, text) in [
        (RATE_LIMIT_POLICY, format!("\"token\";q={most};w={window}")),
        (RATE_LIMIT, format!("\"token\";r={left};t={reset}")),
    ] {
        // Numbers are always fit for a header.
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(name, value);
        }
    }
}

fn insert(headers: &mut HeaderMap, https: bool) {
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(TWO_YEARS));
    }
    // Only what says otherwise of itself, as static files do, may be kept anywhere.
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::VARY, HeaderValue::from_static("HX-Request, Cookie"));
    }
}
