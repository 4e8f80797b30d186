//! `/api/v1/registrations`: joining from a sign-up page of one's own. It needs no token: the code is what lets somebody in.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;

use super::sent::{Body, Optional, Repeatable};
use super::wire::{AccountOut, Welcome};
use crate::app::App;
use crate::domain::secret::Token;
use crate::domain::settings::RegistrationMode;
use crate::ops::registration::{self as ops, Form, Outcome};
use crate::ops::{OpError, sessions};
use crate::web::limits::Limits;
use crate::web::observe::Seen;
use crate::web::problem::Problem;

/// A code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "K7QM-2XHD-9RTB"}))]
pub struct CodeSent {
    /// In any spelling, or the link that it came in.
    #[schema(max_length = 500)]
    code: String,
}

impl Optional for CodeSent {}

/// Look at a code
///
/// Uses nothing up. Every code that cannot be used gets the same refusal, whatever the reason.
///
/// # Errors
/// [`Problem::CodeRefused`] for a code that cannot be used.
#[utoipa::path(post, path = "/registrations/check", tag = "Registration", operation_id = "check_code",
    request_body = CodeSent,
    responses((status = 200, description = "What the code is good for", body = Welcome)))]
pub async fn check(
    app: web::Data<App>,
    limits: web::Data<Limits>,
    request: actix_web::HttpRequest,
    body: Body<CodeSent>,
) -> Result<HttpResponse, Problem> {
    let settings = sessions::settings(&app).await?;
    if settings.registration == RegistrationMode::Closed {
        return Err(Problem::RegistrationClosed);
    }
    let origin = Seen::of(&request).origin;
    limits.wrong_codes.open(origin.address)?;
    let Some(found) = ops::look_at(&app, origin, &body.value.code).await? else {
        limits.wrong_codes.count(origin.address);
        return Err(Problem::CodeRefused);
    };
    Ok(HttpResponse::Ok().json(Welcome::new(found, settings.server_name)))
}

/// Somebody new.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "code": "K7QM-2XHD-9RTB", "username": "sofie", "password": "nine blue boats at dawn", "email": "sofie@harbour.example"
}))]
pub struct NewAccount {
    /// Their code; optional where everybody may register.
    #[serde(default)]
    #[schema(max_length = 500)]
    code: Option<String>,
    /// 3 to 32 lower-case letters, digits, dots, dashes or underscores.
    #[schema(pattern = "^[0-9A-Za-z][0-9A-Za-z._-]{1,30}[0-9A-Za-z]$")]
    username: String,
    /// Optional unless the server asks for it.
    #[serde(default)]
    #[schema(max_length = 254)]
    email: Option<String>,
    /// 12 characters or more, unless the server asks for another number.
    #[schema(min_length = 8, max_length = 128)]
    password: String,
    /// The name they are shown with.
    #[serde(default)]
    #[schema(max_length = 64)]
    display_name: Option<String>,
}

impl Optional for NewAccount {}

/// Register
///
/// The account, the use of the code and the record of both are one. A repeat with the same Idempotency-Key and password
/// makes one account.
///
/// # Errors
/// [`Problem::CodeRefused`] for a code that cannot be used, [`Problem::Invalid`] for fields to fill in differently.
#[utoipa::path(post, path = "/registrations", tag = "Registration", operation_id = "register",
    request_body = NewAccount,
    responses((status = 201, description = "The account", body = AccountOut)))]
pub async fn create(
    app: web::Data<App>,
    limits: web::Data<Limits>,
    request: actix_web::HttpRequest,
    body: Body<NewAccount>,
) -> Result<HttpResponse, Problem> {
    let origin = Seen::of(&request).origin;
    let settings = sessions::settings(&app).await?;
    limits.wrong_codes.open(origin.address)?;
    limits.registrations.charge(origin.address)?;
    let attempt = body.repeatable.map_or_else(|| Token::new(app.entropy.bytes()), Repeatable::attempt);
    let NewAccount { code, username, email, password, display_name } = body.value;
    let form = Form {
        code: code.unwrap_or_default(),
        username,
        email: email.unwrap_or_default(),
        name: display_name.unwrap_or_default(),
        password,
        attempt: attempt.reveal().to_owned(),
    };
    match ops::register(&app, origin, &settings, None, form).await {
        Err(OpError::Invalid(errors)) => Err(Problem::Invalid(errors.renamed("name", "display_name"))),
        Err(error) => Err(error.into()),
        Ok(Outcome::Joined { id, .. }) => {
            let account = ops::account(&app, id).await?;
            Ok(HttpResponse::Created().json(AccountOut::from(&account)))
        }
        Ok(Outcome::Refused) => {
            limits.wrong_codes.count(origin.address);
            Err(Problem::CodeRefused)
        }
        Ok(Outcome::Closed) => Err(Problem::RegistrationClosed),
    }
}
