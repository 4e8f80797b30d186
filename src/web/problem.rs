//! The only type that becomes an HTTP error.

use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use chrono::Duration;

use crate::domain::field::Errors;
use crate::domain::token::Scopes;
use crate::ops::OpError;
use crate::ops::registration::REFUSED;

/// A request that gets no page of its own.
#[derive(Debug, Clone)]
pub enum Problem {
    /// The request itself is broken; the text says how.
    BadRequest(&'static str),
    /// The form's token is not good any more.
    StaleForm,
    /// The form comes from elsewhere than this address.
    ForeignForm(String),
    /// The person may not do this.
    Forbidden,
    /// Nothing there, or nothing for this person.
    NotFound,
    /// The address does not take this method.
    MethodNotAllowed,
    /// The request took too long to arrive.
    Timeout,
    /// The body is too large.
    TooLarge,
    /// The body is not a form.
    NotAForm,
    /// Parts of the form are missing.
    Unprocessable,
    /// Fields have to be filled in differently.
    Invalid(Errors),
    /// The token is not for this.
    MissingScope(Scopes),
    /// The one answer to every code that cannot be used.
    CodeRefused,
    /// Nobody can register.
    RegistrationClosed,
    /// The same request is being done at this moment.
    Repeated,
    /// The key was given to another request.
    KeyReused,
    /// It was done before, and what it answered cannot be shown again.
    AlreadyDone,
    /// Too many tries; wait that long.
    TooMany(Duration),
    /// Sign in first.
    SignedOut,
    /// Too much to do, or the database does not answer. The text is for the log.
    Busy(String),
    /// A mistake of ours. The text is for the log.
    Internal(String),
}

/// What a person is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// The heading.
    pub title: &'static str,
    /// What to do about it.
    pub text: String,
}

impl Problem {
    /// Whole seconds to wait, at least one.
    fn seconds(wait: Duration) -> i64 {
        let millis = wait.num_milliseconds().max(1);
        (millis + 999) / 1_000
    }

    /// How long to wait before the next try, in seconds.
    #[must_use]
    pub fn retry_after(&self) -> Option<i64> {
        match self {
            Self::TooMany(wait) => Some(Self::seconds(*wait)),
            Self::Busy(_) | Self::Repeated => Some(1),
            _ => None,
        }
    }

    /// What a person is told.
    #[must_use]
    pub fn words(&self) -> Words {
        let (title, text) = match self {
            Self::BadRequest(what) => ("That did not work", (*what).to_owned()),
            Self::StaleForm => ("Send it again", "This form was open too long. Send it again.".to_owned()),
            Self::ForeignForm(own) => (
                "Send it again",
                format!("Forms are taken only from {own}. Open the panel there, then send it again."),
            ),
            Self::Forbidden => ("You do not have access", "Your role does not open this. Ask an admin if you need it.".to_owned()),
            Self::NotFound => (
                "Page not found",
                "Nothing lives at this address. It may have been deleted, or the link may be incomplete.".to_owned(),
            ),
            Self::MethodNotAllowed => ("That did not work", "This address does not take that kind of request.".to_owned()),
            Self::Timeout => ("That took too long", "The request did not arrive in time. Try again.".to_owned()),
            Self::TooLarge => ("Too much at once", "What you sent is larger than any form here. Send less.".to_owned()),
            Self::NotAForm => ("That did not work", "Only forms can be sent to this address.".to_owned()),
            Self::Unprocessable => ("That did not work", "Parts of the form are missing. Go back and send it again.".to_owned()),
            Self::Invalid(_) => ("That did not work", "Some fields are not filled in as they have to be.".to_owned()),
            Self::MissingScope(scope) => {
                ("You do not have access", format!("The token needs the scope {}.", scope.keys().join(" ")))
            }
            Self::CodeRefused => ("That did not work", REFUSED.to_owned()),
            Self::RegistrationClosed => ("Registration is closed", "Registration is closed on this server.".to_owned()),
            Self::KeyReused => {
                ("That did not work", "This Idempotency-Key was given to another request. Take a new one.".to_owned())
            }
            Self::AlreadyDone => {
                ("That did not work", "This was done before, and what it answered is gone. Take a new Idempotency-Key.".to_owned())
            }
            Self::Repeated => ("Sent twice", "The same request is being worked on. Wait a moment, then look.".to_owned()),
            Self::TooMany(wait) => {
                let n = Self::seconds(*wait);
                let unit = if n == 1 { "second" } else { "seconds" };
                ("Too many tries", format!("Too many tries. Wait {n} {unit}, then try again."))
            }
            Self::SignedOut => ("Sign in first", "Sign in to continue.".to_owned()),
            Self::Busy(_) => (
                "Too busy right now",
                "Your last change was not saved. Wait a moment, then try again.".to_owned(),
            ),
            Self::Internal(_) => (
                "Something failed on our side",
                "Your last change was not saved. Try again; if it keeps failing, send the request number to support."
                    .to_owned(),
            ),
        };
        Words { title, text }
    }

    /// The problem behind a bare status that the framework answered with.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            status if status.is_client_error() => Self::BadRequest("The request could not be read."),
            status => Self::Internal(format!("the framework answered {status}")),
        }
    }
}

impl From<OpError> for Problem {
    fn from(error: OpError) -> Self {
        match error {
            // Pages show refused forms themselves; one that does not has sent what no form of ours sends.
            // That something is so already they take for success, as whoever pressed a button twice does.
            OpError::Invalid(errors) => Self::Invalid(errors),
            OpError::Unchanged => Self::Unprocessable,
            OpError::Repeated => Self::Repeated,
            OpError::NotPermitted => Self::Forbidden,
            OpError::SignedOut => Self::SignedOut,
            OpError::NotFound => Self::NotFound,
            OpError::Wait(wait) => Self::TooMany(wait),
            OpError::Busy(why) => Self::Busy(why),
            OpError::Failed(why) => Self::Internal(why),
        }
    }
}

impl From<askama::Error> for Problem {
    fn from(error: askama::Error) -> Self {
        Self::Internal(error.to_string())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy(why) | Self::Internal(why) => f.write_str(why),
            other => f.write_str(&other.words().text),
        }
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::StaleForm
            | Self::ForeignForm(_)
            | Self::Forbidden
            | Self::MissingScope(_)
            | Self::RegistrationClosed => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Timeout => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotAForm => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Unprocessable | Self::Invalid(_) | Self::CodeRefused | Self::KeyReused => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::Repeated | Self::AlreadyDone => StatusCode::CONFLICT,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The bare answer; `web::reply` fills it with a page or a fragment once it knows who asked.
    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = HttpResponse::new(self.status_code());
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
