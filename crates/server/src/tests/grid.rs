//! The grid of rights: every call of the API × every role × own and foreign ground, as the server answers it.
//!
//! `tests/permissions.txt` is what stands; a call that is not in it, or answers otherwise, fails the test.
//! `WUPU_WRITE_PAGES=1` writes it anew, to be read line by line before it is kept.

use axum::http::Method;
use census::access::Role;
use serde_json::Value;

use super::world::{HERE, Person, THERE, World};

/// What an answer says about rights.
fn letter(status: u16, code: &str) -> char {
    match (status, code) {
        (401, "unauthenticated") => '0',
        (403, _) => '-',
        (404, _) => 'h',
        (428, _) => 'r',
        // Whatever is wrong with an empty request is told to those who may make it.
        (200..=299 | 304 | 400 | 401 | 409 | 413 | 415 | 422, _) => 'y',
        _ => '!',
    }
}

/// A path with its parameters replaced by what lies on this ground.
fn placed(path: &str, own: bool) -> String {
    let (unit, area) = if own { ("unit-here", HERE) } else { ("unit-there", THERE) };
    let id = if path.starts_with("/api/units/") { unit } else { "nothing-of-this-name" };
    path.replace("{id}", id).replace("{form}", "G101-1").replace("{area}", area)
}

/// Query and body that name an area where the call takes one.
fn asked(operation: &Value, own: bool) -> String {
    let area = if own { HERE } else { THERE };
    let takes = |name: &str| {
        operation["parameters"]
            .as_array()
            .is_some_and(|all| all.iter().any(|p| p["name"] == name && p["in"] == "query"))
    };
    let mut query = String::new();
    if takes("area") {
        query = format!("?area={area}");
    }
    for (name, value) in [("name", "x.csv"), ("seq", "1"), ("row", "0"), ("column", "0"), ("form", "G101-1")] {
        if takes(name) {
            query += &format!("{}{name}={value}", if query.is_empty() { '?' } else { '&' });
        }
    }
    query
}

/// A body that is read without complaint: made from its schema, naming an area of the ground where it takes one.
fn body(document: &Value, operation: &Value, own: bool) -> String {
    let content = &operation["requestBody"]["content"];
    if !content["application/octet-stream"].is_null() {
        return "%PDF-1.7".to_owned();
    }
    sample(document, &content["application/json"]["schema"], "", own).to_string()
}

fn sample(document: &Value, schema: &Value, name: &str, own: bool) -> Value {
    if let Some(target) = schema["$ref"].as_str().and_then(|r| r.rsplit('/').next()) {
        return sample(document, &document["components"]["schemas"][target], name, own);
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or_default();
    match (name, kind) {
        ("area", _) => Value::from(if own { HERE } else { THERE }),
        ("units", "array") => serde_json::json!([if own { "unit-here" } else { "unit-there" }]),
        ("place", _) => Value::from("flat/05"),
        ("event", _) => serde_json::json!({ "event": "return", "why": "some reason" }),
        (_, "object") => {
            let required: Vec<&str> =
                schema["required"].as_array().map(|r| r.iter().filter_map(Value::as_str).collect()).unwrap_or_default();
            let properties = schema["properties"].as_object().cloned().unwrap_or_default();
            let wanted = properties.iter().filter(|(name, _)| required.contains(&name.as_str()) || *name == "area");
            wanted.map(|(name, schema)| (name.clone(), sample(document, schema, name, own))).collect()
        }
        (_, "string") => match schema["enum"][0].as_str() {
            Some(first) => Value::from(first),
            None => Value::from("sample-text-0000001"),
        },
        (_, "integer" | "number") => Value::from(0),
        (_, "boolean") => Value::from(false),
        (_, "array") => Value::Array(Vec::new()),
        // Documents of the census.
        _ => serde_json::json!({}),
    }
}

fn ask(world: &World, who: Option<&Person>, document: &Value, path: &str, method: &str, own: bool) -> char {
    let operation = &document["paths"][path][method];
    let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
    let query = asked(operation, own);
    let body = if method == Method::GET { String::new() } else { body(document, operation, own) };
    let reply = world.call(who, &method, &format!("{}{query}", placed(path, own)), &body);
    letter(reply.status.as_u16(), &reply.code())
}

#[test]
fn every_call_answers_every_role_as_the_grid_says() {
    let world = World::new("grid");
    let document: Value = serde_json::from_str(&crate::openapi()).expect("json");
    let mut text = String::from(
        "# Every call × role. Two letters: on own ground, on foreign ground.\n\
         # y allowed · r allowed with a reason · h does not exist for this person · - forbidden · 0 sign in first\n\
         # Written by `WUPU_WRITE_PAGES=1 cargo test -p server grid`; read each changed line before keeping it.\n",
    );
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let verb = operation["x-verb"].as_str().expect("every call says its verb");
            // Nobody is signed in: only the open doors answer.
            let nobody = ask(&world, None, &document, path, method, true);
            assert_eq!(nobody == '0', verb != crate::OPEN, "{method} {path} without signing in: {nobody}");
            if verb == crate::OPEN {
                text += &format!("{method} {path} [{verb}]\n");
                continue;
            }
            let mut line = format!("{method} {path} [{verb}]");
            for role in Role::ALL {
                // A session of its own for each: some calls end it.
                let who = world.person(role.name(), *role);
                let own = ask(&world, Some(&who), &document, path, method, true);
                let who = world.person(role.name(), *role);
                let foreign = ask(&world, Some(&who), &document, path, method, false);
                assert!(own != '!' && foreign != '!', "{method} {path} as {}: the server failed", role.name());
                line += &format!(" {}={own}{foreign}", role.name());
            }
            text += &line;
            text.push('\n');
        }
    }
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/permissions.txt");
    if std::env::var_os("WUPU_WRITE_PAGES").is_some() {
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(&file, &text).expect("the folder can be written");
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    let differ: Vec<&str> = text.lines().filter(|line| !kept.lines().any(|k| k == *line)).collect();
    let gone: Vec<&str> = kept.lines().filter(|line| !text.lines().any(|t| t == *line)).collect();
    assert!(
        differ.is_empty() && gone.is_empty(),
        "the server answers otherwise:\n{}\nnot any more:\n{}",
        differ.join("\n"),
        gone.join("\n")
    );
}
