//! `/api/docs`: the description of the API for people, drawn from the same document that programs read.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use askama::Template;
use serde_json::Value;

use super::document::document;
use crate::app::App;
use crate::web::chrome::Chrome;
use crate::web::problem::Problem;
use crate::web::reply;
use crate::web::who::Guest;

/// A parameter of an operation, or a field of a shape.
#[derive(Debug)]
struct Field {
    name: String,
    kind: String,
    required: bool,
    text: String,
}

#[derive(Debug)]
struct Outcome {
    status: String,
    text: String,
    shape: Option<String>,
}

#[derive(Debug)]
struct Operation {
    id: String,
    method: String,
    path: String,
    title: String,
    text: String,
    scope: String,
    parameters: Vec<Field>,
    sends: Option<String>,
    outcomes: Vec<Outcome>,
}

#[derive(Debug)]
struct Group {
    name: String,
    text: String,
    operations: Vec<Operation>,
}

#[derive(Debug)]
struct Shape {
    name: String,
    text: String,
    fields: Vec<Field>,
    example: Option<String>,
}

#[derive(Debug, Template)]
#[template(path = "api/docs.html")]
struct Reference {
    chrome: Chrome,
    origin: String,
    groups: Vec<Group>,
    shapes: Vec<Shape>,
}

/// Shows it, to anybody.
///
/// # Errors
/// [`Problem`] when the database does not answer.
pub async fn show(app: web::Data<App>, guest: Guest) -> Result<HttpResponse, Problem> {
    let document = serde_json::to_value(document()).map_err(|error| Problem::Internal(error.to_string()))?;
    let chrome = match &guest.present {
        Some(present) => Chrome::new(&app, &guest.visit, &guest.settings, Some(&present.account))?,
        None => guest.chrome(&app)?,
    };
    let origin = app.config.public_url.origin().to_owned();
    reply::html(
        StatusCode::OK,
        &Reference { chrome, origin, groups: groups(&document), shapes: shapes(&document) },
    )
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn pairs<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value.get(key).and_then(Value::as_object).into_iter().flatten()
}

fn groups(document: &Value) -> Vec<Group> {
    let operations: Vec<(String, Operation)> = pairs(document, "paths")
        .flat_map(|(path, item)| {
            item.as_object().into_iter().flatten().map(move |(method, operation)| {
                let tag = list(operation, "tags").next().and_then(Value::as_str).unwrap_or_default();
                (tag.to_owned(), read_operation(path, method, operation))
            })
        })
        .collect();
    let mut operations = operations;
    list(document, "tags")
        .map(|tag| {
            let name = text(tag, "name");
            let (here, others) = std::mem::take(&mut operations).into_iter().partition(|(of, _)| *of == name);
            operations = others;
            let here: Vec<(String, Operation)> = here;
            let operations = here.into_iter().map(|(_, operation)| operation).collect();
            Group { text: text(tag, "description"), operations, name }
        })
        .collect()
}

fn read_operation(path: &str, method: &str, operation: &Value) -> Operation {
    let scopes = list(operation, "security").flat_map(|need| list(need, "token")).filter_map(Value::as_str);
    let scopes = scopes.collect::<Vec<_>>().join(", ");
    let needs_token = list(operation, "security").next().is_some();
    Operation {
        id: text(operation, "operationId"),
        method: method.to_ascii_uppercase(),
        path: format!("{}{path}", super::ROOT),
        title: text(operation, "summary"),
        text: text(operation, "description"),
        scope: match (needs_token, scopes.is_empty()) {
            (false, _) => "No token".to_owned(),
            (true, true) => "Any token".to_owned(),
            (true, false) => scopes,
        },
        parameters: list(operation, "parameters").map(parameter).collect(),
        sends: operation.pointer("/requestBody/content/application~1json/schema").and_then(shape_of),
        outcomes: pairs(operation, "responses").map(outcome).collect(),
    }
}

fn parameter(value: &Value) -> Field {
    let schema = value.get("schema").unwrap_or(&Value::Null);
    let place = match text(value, "in").as_str() {
        "header" => ", a header",
        "path" => ", in the address",
        _ => "",
    };
    let own = text(value, "description");
    Field {
        name: text(value, "name"),
        kind: format!("{}{place}", kind(schema)),
        required: value.get("required").and_then(Value::as_bool).unwrap_or(false),
        text: if own.is_empty() { text(schema, "description") } else { own },
    }
}

fn outcome((status, value): (&String, &Value)) -> Outcome {
    let content = pairs(value, "content").next();
    let shape = content.and_then(|(_, content)| shape_of(content.get("schema")?));
    Outcome { status: status.clone(), text: text(value, "description"), shape }
}

/// The name of the shape that a schema refers to.
fn shape_of(schema: &Value) -> Option<String> {
    let reference = schema.get("$ref")?.as_str()?;
    reference.rsplit('/').next().map(str::to_owned)
}

/// What a value looks like, in a few words.
fn kind(schema: &Value) -> String {
    if let Some(shape) = shape_of(schema) {
        return shape;
    }
    let several = |key| list(schema, key).map(kind).collect::<Vec<_>>().join(" or ");
    let named = match schema.get("type") {
        Some(Value::String(name)) if name == "array" => {
            format!("list of {}", schema.get("items").map(kind).unwrap_or_default())
        }
        Some(Value::String(name)) => name.clone(),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => [several("oneOf"), several("anyOf")].concat(),
    };
    let choices = text(schema, "pattern");
    let is_choice = |c: char| c.is_ascii_lowercase() || matches!(c, '_' | '|');
    match choices.strip_prefix("^(").and_then(|rest| rest.strip_suffix(")$")) {
        Some(choices) if choices.chars().all(is_choice) => choices.replace('|', ", "),
        _ => named,
    }
}

fn shapes(document: &Value) -> Vec<Shape> {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    schemas
        .into_iter()
        .flatten()
        .filter(|(_, schema)| schema.get("properties").is_some())
        .map(|(name, schema)| {
            let required: Vec<&str> = list(schema, "required").filter_map(Value::as_str).collect();
            let field = |(name, value): (&String, &Value)| Field {
                name: name.clone(),
                kind: kind(value),
                required: required.contains(&name.as_str()),
                text: text(value, "description"),
            };
            Shape {
                name: name.clone(),
                text: text(schema, "description"),
                fields: pairs(schema, "properties").map(field).collect(),
                example: schema.get("example").and_then(|example| serde_json::to_string_pretty(example).ok()),
            }
        })
        .collect()
}
