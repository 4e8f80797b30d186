//! The description of the API, made from the code that serves it, for programs and for people.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi as Document, PathItem, Ref, ResponseBuilder};
use utoipa::{Modify, OpenApi};

use super::problem::{MEDIA_TYPE, Refusal};
use super::{audit, invites, me, registrations, users};
use crate::web::problem::Problem;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Doorlist API",
        version = "1.0.0",
        description = "What the panel does, for programs: the same rules, and the same rows in the audit log.",
        license(name = "MIT", identifier = "MIT")
    ),
    servers((url = "/api/v1")),
    tags(
        (name = "Invites", description = "Codes with limits and end dates"),
        (name = "Users", description = "The people who are here, and how they came in"),
        (name = "Audit log", description = "What was done, when and by whom"),
        (name = "Token", description = "The token that a program brings"),
        (name = "Registration", description = "Joining from a sign-up page of your own; needs no token")
    ),
    paths(
        invites::read::list, invites::write::create, invites::read::get, invites::write::amend, invites::write::delete,
        invites::write::extend, invites::write::pause, invites::write::resume, invites::write::restore,
        invites::read::users, users::list, users::get, users::revise, users::remove, users::restore,
        users::reset_link, audit::list, me::get, registrations::check, registrations::create, serve
    ),
    components(schemas(Refusal)),
    modifiers(&Common)
)]
struct Api;

/// The whole description.
#[must_use]
pub fn document() -> &'static Document {
    static DOCUMENT: LazyLock<Document> = LazyLock::new(Api::openapi);
    &DOCUMENT
}

/// What holds for every operation: how a token is brought, and which refusals there can be.
struct Common;

impl Modify for Common {
    fn modify(&self, document: &mut Document) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("A token from API tokens in the panel: dl_…"))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(bearer));
        for (path, item) in &mut document.paths.paths {
            let PathItem { get, post, patch, delete, .. } = item;
            for (operation, sends) in [(get, false), (post, true), (patch, true), (delete, false)] {
                if let Some(operation) = operation {
                    refusals(operation, path, sends);
                }
            }
            if let Some(post) = &mut item.post {
                idempotent(post);
            }
        }
    }
}

fn refusals(operation: &mut Operation, path: &str, sends: bool) {
    // A list of people can be narrowed down to an invite that is none.
    let names_something = path.contains('{') || path == "/users";
    let public = operation.security.is_none();
    let registers = path.starts_with("/registrations");
    let all = [
        ("400", "The request cannot be read", sends),
        ("401", "No good token", !public),
        ("403", "The token is not for this, or its owner may not do it", !public),
        ("403", "Registration is closed", registers),
        ("404", "There is no such thing, or not for the owner of the token", names_something),
        ("408", "The request did not arrive in time", sends),
        (
            "409",
            "The same request is being worked on, or was done and its answer is not kept",
            sends && !registers,
        ),
        ("413", "The body is too large", sends),
        ("415", "The body is not JSON", sends),
        ("422", "Fields to fill in differently", !public || registers),
        ("429", "Too many requests; Retry-After says when to try again", !public || registers),
        ("503", "Too busy; Retry-After says when to try again", true),
    ];
    for (status, description, _) in all.into_iter().filter(|(.., applies)| *applies) {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let response = ResponseBuilder::new().description(description).content(MEDIA_TYPE, content).build();
        operation.responses.responses.insert(status.to_owned(), response.into());
    }
}

fn idempotent(operation: &mut Operation) {
    let key = ObjectBuilder::new()
        .schema_type(SchemaType::Type(Type::String))
        .pattern(Some("^[!-~]{1,255}$"))
        .description(Some("For a day, a repeat of the same request with the same key is done once"))
        .build();
    let header = ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(utoipa::openapi::Required::False)
        .schema(Some(key));
    operation.parameters.get_or_insert_default().push(header.build().into());
}

/// This document
///
/// # Errors
/// [`Problem::Internal`] when it cannot be written.
#[utoipa::path(get, path = "/openapi.json", tag = "Token", operation_id = "get_document",
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json", body = Object)))]
pub async fn serve() -> Result<HttpResponse, Problem> {
    let text = document().to_json().map_err(|error| Problem::Internal(error.to_string()))?;
    Ok(HttpResponse::Ok().content_type("application/json").body(text))
}
