//! The description of the API, made from the routes: the text in the repository, the client of the pages.

use axum::http::Method;
use schemars::Schema;
use serde_json::{Map, Value, json};

use crate::route::{Door, Route, Routes};

/// The OpenAPI document.
pub fn document(mut routes: Routes) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for route in &routes.all {
        let at = paths.entry(route.path).or_insert_with(|| json!({}));
        at[method(&route.method)] = operation(route);
    }
    let schemas = Value::Object(routes.generator.take_definitions(true));
    json!({
        "openapi": "3.1.0",
        "info": { "title": "wupu", "version": env!("CARGO_PKG_VERSION"), "description": "Errors are {code, …} with a code of a closed list; see docs/api.md." },
        "paths": paths,
        "components": { "schemas": schemas },
    })
}

/// `x-verb` of a route that anybody may call.
pub const OPEN: &str = "open";

fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "get",
        Method::POST => "post",
        Method::PUT => "put",
        Method::DELETE => "delete",
        _ => "patch",
    }
}

fn operation(route: &Route) -> Value {
    let verb = match &route.door {
        Door::Open(_) => OPEN,
        Door::Verb(verb, _) => verb.name(),
    };
    let mut operation = json!({
        "operationId": operation_id(route),
        "summary": route.summary,
        "x-verb": verb,
        "parameters": parameters(route),
        "responses": { "200": answer(route), "default": { "description": "an error: {code, …}" } },
    });
    if let Some(body) = &route.shape.body {
        let media = if route.upload { "application/octet-stream" } else { "application/json" };
        operation["requestBody"] = json!({ "required": true, "content": { media: { "schema": body } } });
    }
    operation
}

fn answer(route: &Route) -> Value {
    match (&route.shape.answer, route.shape.media) {
        (_, Some(media)) => json!({ "description": "done", "content": { media: { "schema": { "type": "string" } } } }),
        (Some(schema), None) => {
            json!({ "description": "done", "content": { "application/json": { "schema": schema } } })
        }
        (None, None) => json!({ "description": "done" }),
    }
}

fn parameters(route: &Route) -> Vec<Value> {
    let Some(schema) = &route.shape.parameters else { return Vec::new() };
    let value = Schema::as_value(schema);
    let required: Vec<&str> =
        value["required"].as_array().map(|all| all.iter().filter_map(Value::as_str).collect()).unwrap_or_default();
    let Some(properties) = value["properties"].as_object() else { return Vec::new() };
    properties
        .iter()
        .map(|(name, schema)| {
            let in_path = route.path.contains(&format!("{{{name}}}"));
            json!({
                "name": name,
                "in": if in_path { "path" } else { "query" },
                "required": in_path || required.contains(&name.as_str()),
                "schema": schema,
            })
        })
        .collect()
}

/// `get_units_id`: stable, made from the path.
fn operation_id(route: &Route) -> String {
    let mut id = method(&route.method).to_owned();
    for part in route.path.trim_start_matches("/api").split('/').filter(|part| !part.is_empty()) {
        id.push('_');
        id += &part.trim_matches(|c| c == '{' || c == '}').replace('-', "_");
    }
    id
}
