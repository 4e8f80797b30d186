//! The document against the program that serves it.

use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Reply, document};

/// The path of the document that an address belongs to.
pub fn documented(path: &str) -> Option<&'static str> {
    let fits = |template: &str| {
        let (mut asked, mut known) = (path.split('/'), template.split('/'));
        loop {
            match (asked.next(), known.next()) {
                (None, None) => return true,
                (Some(one), Some(other)) if one == other || other.starts_with('{') => {}
                _ => return false,
            }
        }
    };
    let paths = document()["paths"].as_object().unwrap();
    // A fixed path stands before one with a name in it.
    let mut found: Vec<&'static String> = paths.keys().filter(|template| fits(template)).collect();
    found.sort_by_key(|template| template.contains('{'));
    found.first().map(|template| template.as_str())
}

/// A schema of the document, fit to be asked by itself.
fn validator(schema: &Value) -> Validator {
    let mut whole = schema.clone();
    whole["components"] = document()["components"].clone();
    jsonschema::draft202012::options().should_validate_formats(true).build(&whole).unwrap()
}

/// Holds an answer against the document: its status, its type and its body.
#[track_caller]
pub fn hold(method: &Method, path: &str, reply: &Reply) {
    let Some(template) = documented(path) else {
        assert_eq!(reply.refusal(), (404, "not_found"), "{method} {path} is not documented");
        return;
    };
    let operation = &document()["paths"][template][method.as_str().to_lowercase()];
    if operation.is_null() {
        assert_eq!(reply.refusal(), (405, "method_not_allowed"), "{method} {path} is not documented");
        return;
    }
    let described = &operation["responses"][reply.status.to_string()];
    assert!(!described.is_null(), "{method} {path}: {} is not documented: {}", reply.status, reply.json);
    let kind = reply.header("content-type").to_owned();
    let content = &described["content"][kind.as_str()];
    assert!(!content.is_null(), "{method} {path}: {} as {kind} is not documented", reply.status);
    let validator = validator(&content["schema"]);
    let wrong: Vec<String> = validator
        .iter_errors(&reply.json)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{method} {path} {}: {wrong:#?} in {}", reply.status, reply.json);
}

#[test]
fn every_route_is_documented_and_every_documented_one_is_a_route() {
    let mut routes: Vec<String> = doorlist::web::api::endpoints()
        .iter()
        .map(|route| format!("{} {}", route.method, route.path.strip_prefix("/api/v1").unwrap()))
        .collect();
    let paths = document()["paths"].as_object().unwrap();
    let mut described: Vec<String> = paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().unwrap().keys().map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    routes.sort();
    described.sort();
    assert_eq!(routes, described);
}

#[test]
fn the_document_describes_itself_well() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let here = format!("{method} {path}");
            assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{here}");
            assert!(operation["operationId"].is_string(), "{here}");
            let is_public = path.starts_with("/registrations") || path == "/openapi.json";
            assert_eq!(operation["security"].is_null(), is_public, "{here}");
        }
    }
    let shapes = document["components"]["schemas"].as_object().unwrap();
    for (name, shape) in shapes {
        for (field, value) in shape["properties"].as_object().into_iter().flatten() {
            let says = value["description"].is_string() || value.to_string().contains("$ref");
            assert!(says, "{name}.{field} is not described");
        }
        // An example that does not fit its own shape misleads.
        if let Some(example) = shape.get("example") {
            let schema = json!({ "$ref": format!("#/components/schemas/{name}") });
            assert!(validator(&schema).is_valid(example), "{name}: {example}");
        }
    }
}
