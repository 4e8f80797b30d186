//! Refusals for programs: RFC 9457.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::id::RequestId;
use crate::web::problem::Problem;

/// The media type of a refusal.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Why a request was refused.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem, example = json!({
    "type": "/api/docs#invalid", "title": "Invalid fields", "status": 422, "code": "invalid",
    "detail": "Some fields are not filled in as they have to be.",
    "request_id": "req_01kq3v8zj2m4xw9c7n5t6r8a1b",
    "errors": {"max_uses": "Enter 1 or more, or leave empty for unlimited."}
}))]
pub struct Refusal {
    /// Where it is explained.
    #[serde(rename = "type")]
    kind: String,
    /// What it is, in a few words.
    title: String,
    /// The status of the answer.
    status: u16,
    /// What to do about it.
    detail: String,
    /// The stable name, for programs.
    code: &'static str,
    /// The number of the request, also in the log of the server.
    request_id: String,
    /// What is wrong with each field.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<BTreeMap<String, String>>,
}

impl Refusal {
    /// A problem in the words for programs.
    #[must_use]
    pub fn new(problem: &Problem, status: u16, request: RequestId) -> Self {
        let (code, title) = code(problem);
        let errors = match problem {
            Problem::Invalid(errors) => {
                Some(errors.list().iter().map(|(field, text)| (name(field), text.clone())).collect())
            }
            _ => None,
        };
        Self {
            kind: format!("/api/docs#{code}"),
            title: title.to_owned(),
            status,
            detail: detail(problem),
            code,
            request_id: request.to_string(),
            errors,
        }
    }
}

/// Fields of forms that programs know by another name.
fn name(field: &str) -> String {
    match field {
        "exact" => "expires_at",
        "delete_users" => "delete_users_on_expiry",
        "note" => "review_note",
        "person" => "id",
        other => other,
    }
    .to_owned()
}

fn detail(problem: &Problem) -> String {
    match problem {
        Problem::SignedOut => "Send a token that is still good: Authorization: Bearer dl_…".to_owned(),
        Problem::Forbidden => "The owner of this token may not do that.".to_owned(),
        Problem::NotFound => "There is no such thing, or not for the owner of this token.".to_owned(),
        Problem::MethodNotAllowed => "This address takes other methods; Allow names them.".to_owned(),
        Problem::NotAForm => "Send JSON: Content-Type: application/json".to_owned(),
        Problem::TooLarge => "The body is larger than 32 KiB.".to_owned(),
        Problem::Busy(_) => "Nothing was changed. Try again after Retry-After.".to_owned(),
        Problem::Internal(_) => {
            "Nothing was changed. The log of the server says more under this request_id.".to_owned()
        }
        other => other.words().text,
    }
}

/// The stable name of a problem, and what it is in a few words.
#[must_use]
pub const fn code(problem: &Problem) -> (&'static str, &'static str) {
    match problem {
        Problem::BadRequest(_) => ("bad_request", "Unreadable request"),
        Problem::StaleForm | Problem::ForeignForm(_) | Problem::Forbidden => ("forbidden", "Not permitted"),
        Problem::MissingScope(_) => ("missing_scope", "Missing scope"),
        Problem::NotFound => ("not_found", "Not found"),
        Problem::MethodNotAllowed => ("method_not_allowed", "Method not allowed"),
        Problem::Timeout => ("timeout", "Too slow"),
        Problem::TooLarge => ("too_large", "Too large"),
        Problem::NotAForm => ("unsupported_media_type", "Not JSON"),
        Problem::Unprocessable | Problem::Invalid(_) => ("invalid", "Invalid fields"),
        Problem::CodeRefused => ("code_refused", "Code refused"),
        Problem::RegistrationClosed => ("registration_closed", "Registration closed"),
        Problem::Repeated => ("in_progress", "In progress"),
        Problem::KeyReused => ("idempotency_key_reused", "Key of another request"),
        Problem::AlreadyDone => ("already_done", "Already done"),
        Problem::TooMany(_) => ("too_many_requests", "Too many requests"),
        Problem::SignedOut => ("unauthenticated", "No good token"),
        Problem::Busy(_) => ("busy", "Busy"),
        Problem::Internal(_) => ("internal", "Failed"),
    }
}
