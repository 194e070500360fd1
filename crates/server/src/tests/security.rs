//! What an attacker would try.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use census::access::Role;
use serde_json::{Value, json};

use super::world::{PASSWORD, Person, World};
use crate::sign_in::csrf_of;

fn sign_in(world: &World, name: &str, password: &str, cookie: &str) -> super::world::Reply {
    let body = json!({ "name": name, "password": password }).to_string();
    let request = Request::builder().method("POST").uri("/api/sign-in").header("content-type", "application/json");
    let request = if cookie.is_empty() { request } else { request.header("cookie", cookie) };
    world.send(request.body(Body::from(body)).expect("a request"))
}

fn token_of(cookie: &str) -> String {
    cookie.split(';').next().and_then(|pair| pair.split_once('=')).map(|(_, v)| v.to_owned()).unwrap_or_default()
}

/// The code of an authenticator for a secret, so many steps from now.
fn code(secret: &str, steps: i64) -> String {
    let totp = totp_rs::Builder::new()
        .with_secret(totp_rs::Secret::try_from_base32(secret).expect("base 32"))
        .with_account_name("wupu")
        .with_issuer(Some("wupu"))
        .build()
        .expect("an authenticator");
    let now = jiff::Timestamp::now().as_second() + steps * 30;
    totp.generate(now as u64).to_string()
}

#[test]
fn foreign_units_do_not_exist_whatever_the_call() {
    let world = World::new("foreign");
    let who = world.person("county", Role::County);
    for (method, path) in
        [(Method::GET, "/api/units/unit-there/sheets/G101-1"), (Method::GET, "/api/units/unit-there/files")]
    {
        let foreign = world.call(Some(&who), &method, path, "");
        let nothing = world.call(Some(&who), &method, &path.replace("unit-there", "no-such-unit"), "");
        assert_eq!(foreign.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(foreign.body, nothing.body, "{path}: the answers tell a foreign unit from none");
    }
    let listed = world.call(Some(&who), &Method::GET, "/api/units", "").json();
    assert_eq!(listed["rows"].as_array().map(Vec::len), Some(1));
    let asked = world.call(Some(&who), &Method::GET, "/api/units?area=410183000000", "");
    assert_eq!(asked.status, StatusCode::NOT_FOUND);
    let respondent = world.person("respondent", Role::Respondent);
    let own = world.call(Some(&respondent), &Method::GET, "/api/units", "").json();
    assert_eq!(own["rows"][0]["id"], "unit-here");
}

#[test]
fn nobody_raises_their_own_rights() {
    let world = World::new("escalation");
    let county = world.person("county", Role::County);
    let body = json!({ "name": "mine", "person": "x", "role": "state", "area": "000000000000" }).to_string();
    assert_eq!(world.call(Some(&county), &Method::POST, "/api/accounts", &body).status, StatusCode::FORBIDDEN);
    // The security administrator cannot change the account they sit on.
    let admin = world.person("secadmin", Role::SecurityAdmin);
    let own = json!({ "name": "secadmin", "person": "x", "role": "state", "area": "000000000000" }).to_string();
    let reply = world.call(Some(&admin), &Method::PUT, "/api/accounts/login-secadmin", &own);
    assert_eq!(
        (reply.status, reply.json()["refusal"]["refusal"].clone()),
        (StatusCode::UNPROCESSABLE_ENTITY, json!("own-account"))
    );
    // Unknown fields are no way in.
    let sly = json!({ "name": "sly1", "person": "x", "role": "county", "area": "410182000000", "must_change": false })
        .to_string();
    assert_eq!(world.call(Some(&admin), &Method::POST, "/api/accounts", &sly).status, StatusCode::BAD_REQUEST);
    // A third party is never bound to do and check the same area.
    let both = json!({ "name": "third", "person": "x", "role": "third_party", "area": "410182000000", "tasks": [
        { "contract": "甲", "area": "410182000000", "work": "enter" }, { "contract": "乙", "area": "410100000000", "work": "audit" } ] });
    let reply = world.call(Some(&admin), &Method::POST, "/api/accounts", &both.to_string());
    assert_eq!(reply.json()["refusal"]["refusal"], "does-and-checks", "{}", String::from_utf8_lossy(&reply.body));
}

#[test]
fn a_token_known_before_signing_in_is_worth_nothing() {
    let world = World::new("fixation");
    world.grant(&world.login("respondent", Role::Respondent));
    let reply = sign_in(&world, "respondent", PASSWORD, "wupu=token-of-the-attacker");
    assert_eq!(reply.status, StatusCode::OK, "{}", String::from_utf8_lossy(&reply.body));
    assert!(reply.cookie.contains("HttpOnly") && reply.cookie.contains("SameSite=Strict"), "{}", reply.cookie);
    let token = token_of(&reply.cookie);
    assert_ne!(token, "token-of-the-attacker");
    let attacker = Person { id: String::new(), token: "token-of-the-attacker".into() };
    assert_eq!(world.call(Some(&attacker), &Method::GET, "/api/me", "").status, StatusCode::UNAUTHORIZED);
    // After signing out the token is dead.
    let person = Person { id: String::new(), token };
    assert_eq!(world.call(Some(&person), &Method::GET, "/api/me", "").status, StatusCode::OK);
    assert_eq!(world.call(Some(&person), &Method::POST, "/api/sign-out", "{}").status, StatusCode::OK);
    assert_eq!(world.call(Some(&person), &Method::GET, "/api/me", "").status, StatusCode::UNAUTHORIZED);
}

#[test]
fn a_page_of_another_origin_cannot_call() {
    let world = World::new("csrf");
    let who = world.person("respondent", Role::Respondent);
    let path = "/api/me/second-factor";
    let cookie = format!("wupu={}", who.token);
    let token = csrf_of(&who.token);
    let send = |headers: &[(&str, &str)]| {
        let mut request =
            Request::builder().method("POST").uri(path).header("cookie", &cookie).header("host", "office");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        world.send(request.body(Body::from("{}")).expect("a request"))
    };
    for headers in [
        &[][..],
        &[("x-csrf", "guessed")],
        &[("x-csrf", token.as_str()), ("origin", "https://elsewhere")],
        &[("x-csrf", token.as_str()), ("origin", "null")],
        &[("x-csrf", token.as_str()), ("sec-fetch-site", "cross-site")],
        &[("x-csrf", token.as_str()), ("sec-fetch-site", "same-site")],
    ] {
        let reply = send(headers);
        assert_eq!((reply.status, reply.code().as_str()), (StatusCode::FORBIDDEN, "foreign_origin"), "{headers:?}");
    }
    let good = send(&[("x-csrf", token.as_str()), ("origin", "https://office"), ("sec-fetch-site", "same-origin")]);
    assert_eq!(good.status, StatusCode::OK);
}

#[test]
fn passwords_are_not_guessed() {
    let world = World::new("guessing");
    world.grant(&world.login("respondent", Role::Respondent));
    for _ in 0..5 {
        assert_eq!(sign_in(&world, "respondent", "wrong", "").code(), "wrong_credentials");
    }
    // Even the right one is refused while the account is locked.
    assert_eq!(sign_in(&world, "respondent", PASSWORD, "").code(), "locked");
    // A name nobody has answers the same as a wrong password.
    assert_eq!(sign_in(&world, "nobody", "wrong", "").code(), "wrong_credentials");
    let log = world.read(|read| {
        Ok(read.search_audit(&store::AuditSearch { what: "sign-in", ..Default::default() }, i64::MAX, 100)?)
    });
    assert!(log.iter().filter(|row| row.detail.contains("wrong-password")).count() == 5);
    assert!(log.iter().any(|row| row.detail.contains("unknown-name")));
    assert!(
        log.iter().all(|row| !row.detail.contains("wrong\"") && !row.detail.contains(PASSWORD)),
        "a password is in the log"
    );
}

#[test]
fn too_many_calls_are_refused() {
    let world = World::with("flood", |settings| {
        settings.sign_in_calls = 10;
        settings.session_calls = 20;
    });
    let codes: Vec<String> = (0..12).map(|_| sign_in(&world, "nobody", "x", "").code()).collect();
    assert_eq!(codes.last().map(String::as_str), Some("too_many"));
    let who = world.person("county", Role::County);
    let last = (0..25).map(|_| world.call(Some(&who), &Method::GET, "/api/me", "").status).last();
    assert_eq!(last, Some(StatusCode::TOO_MANY_REQUESTS));
}

#[test]
fn staff_show_a_second_factor_and_its_codes_work_once() {
    let world = World::new("second");
    world.grant(&world.login("county", Role::County));
    let reply = sign_in(&world, "county", PASSWORD, "");
    assert_eq!(reply.json()["next"], "enrol");
    let person = Person { id: String::new(), token: token_of(&reply.cookie) };
    // Nothing else before.
    assert_eq!(world.call(Some(&person), &Method::GET, "/api/units", "").code(), "enrolment_required");
    let begun = world.call(Some(&person), &Method::POST, "/api/me/second-factor", "{}").json();
    let secret = begun["secret"].as_str().expect("a secret").to_owned();
    let now = code(&secret, 0);
    let confirm = |code: &str| {
        world.call(Some(&person), &Method::POST, "/api/me/second-factor/confirm", &json!({ "code": code }).to_string())
    };
    assert_eq!(confirm("000000").status, StatusCode::UNAUTHORIZED);
    let done = confirm(&now);
    assert_eq!(done.json()["next"], "done", "{}", String::from_utf8_lossy(&done.body));
    // The session before the second factor is gone, the new one works.
    assert_eq!(world.call(Some(&person), &Method::GET, "/api/me", "").status, StatusCode::UNAUTHORIZED);
    let fresh = Person { id: String::new(), token: token_of(&done.cookie) };
    assert_eq!(world.call(Some(&fresh), &Method::GET, "/api/units", "").status, StatusCode::OK);
    // The next time the code is asked for; the one that was used is worth nothing.
    let reply = sign_in(&world, "county", PASSWORD, "");
    assert_eq!(reply.json()["next"], "second_factor");
    let person = Person { id: String::new(), token: token_of(&reply.cookie) };
    assert_eq!(world.call(Some(&person), &Method::GET, "/api/units", "").code(), "second_factor_required");
    let show = |code: &str| {
        world.call(Some(&person), &Method::POST, "/api/sign-in/second", &json!({ "code": code }).to_string())
    };
    assert_eq!(show(&now).status, StatusCode::UNAUTHORIZED, "a code worked twice");
    assert_eq!(show(&code(&secret, 1)).json()["next"], "done");
}

#[test]
fn second_factors_are_not_guessed() {
    let world = World::new("codes");
    world.grant(&world.login("county", Role::County));
    let person = Person { id: String::new(), token: token_of(&sign_in(&world, "county", PASSWORD, "").cookie) };
    let begun = world.call(Some(&person), &Method::POST, "/api/me/second-factor", "{}").json();
    let secret = begun["secret"].as_str().expect("a secret").to_owned();
    let confirm = json!({ "code": code(&secret, 0) }).to_string();
    world.call(Some(&person), &Method::POST, "/api/me/second-factor/confirm", &confirm);
    let person = Person { id: String::new(), token: token_of(&sign_in(&world, "county", PASSWORD, "").cookie) };
    let mut codes = Vec::new();
    for guess in 0..6 {
        let body = json!({ "code": format!("{guess:06}") }).to_string();
        codes.push(world.call(Some(&person), &Method::POST, "/api/sign-in/second", &body).code());
    }
    assert_eq!(codes[..5], ["wrong_credentials"; 5]);
    assert_eq!(codes[5], "locked");
    // Neither the right code nor the password helps now.
    let right = json!({ "code": code(&secret, 1) }).to_string();
    assert_eq!(world.call(Some(&person), &Method::POST, "/api/sign-in/second", &right).code(), "locked");
    assert_eq!(sign_in(&world, "county", PASSWORD, "").code(), "locked");
}

#[test]
fn words_of_the_database_stay_words() {
    let world = World::new("sql");
    let who = world.person("county", Role::County);
    for text in
        ["' OR 1=1 --", "\"; DROP TABLE unit; --", "%", "_", "!%", "$1", "荥阳' UNION SELECT secrets FROM login --"]
    {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("text", text).finish();
        let reply = world.call(Some(&who), &Method::GET, &format!("/api/units?{query}"), "");
        assert_eq!(reply.status, StatusCode::OK, "{text}");
        assert_eq!(reply.json()["rows"].as_array().map(Vec::len), Some(0), "{text}");
    }
    let reply = world.call(Some(&who), &Method::GET, "/api/units?text=%E8%8D%A5%E9%98%B3", "");
    assert_eq!(reply.json()["rows"].as_array().map(Vec::len), Some(1));
}

fn sheet(id: &str, value: &str) -> String {
    json!({ "id": id, "base": null, "values": { "flat": { "05": value } } }).to_string()
}

#[test]
fn a_call_sent_again_changes_nothing() {
    let world = World::new("replay");
    let who = world.person("respondent", Role::Respondent);
    let path = "/api/units/unit-here/sheets/G101-1";
    let body = sheet("revision-0000-0001", "荥阳一厂");
    let first = world.call(Some(&who), &Method::POST, path, &body);
    assert_eq!(first.json()["changed"], true, "{}", String::from_utf8_lossy(&first.body));
    let events = world.read(|read| Ok(read.newest_event()?));
    let again = world.call(Some(&who), &Method::POST, path, &body);
    assert_eq!((again.status, again.json()["changed"].clone()), (StatusCode::OK, Value::Bool(false)));
    assert_eq!(world.read(|read| Ok(read.newest_event()?)), events, "a call sent again left a trace of its own");
    // The same id with other figures is no new version but a contradiction.
    let other = world.call(Some(&who), &Method::POST, path, &sheet("revision-0000-0001", "别的"));
    assert_eq!(other.status, StatusCode::CONFLICT);
    // A second first version names the one that stands, with its figures.
    let moved = world.call(Some(&who), &Method::POST, path, &sheet("revision-0000-0002", "别的"));
    assert_eq!(moved.status, StatusCode::CONFLICT);
    assert_eq!(moved.json()["theirs"]["flat"]["05"], "荥阳一厂");
}

#[test]
fn scripts_in_every_text_come_back_as_text() {
    let world = World::new("script");
    let who = world.person("respondent", Role::Respondent);
    let evil = "<script>alert(1)</script><img src=x onerror=alert(1)>";
    let path = "/api/units/unit-here/sheets/G101-1";
    assert_eq!(world.call(Some(&who), &Method::POST, path, &sheet("revision-0000-0003", evil)).status, StatusCode::OK);
    let shown = world.call(Some(&who), &Method::GET, path, "");
    assert_eq!(shown.json()["values"]["flat"]["05"], evil, "what is typed is kept as typed");
    let header = |name: &str| shown.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    assert!(header("content-type").starts_with("application/json"));
    assert_eq!(header("x-content-type-options"), "nosniff");
    let policy = header("content-security-policy");
    let scripts = policy.split(';').find(|p| p.trim().starts_with("script-src")).unwrap_or_default();
    assert!(!scripts.contains("unsafe-inline") && !scripts.contains("http"), "{policy}");
    let page = world.call(None, &Method::GET, "/units/%3Cscript%3Ealert(1)%3C/script%3E", "");
    assert!(!String::from_utf8_lossy(&page.body).contains("alert(1)"));
}

#[test]
fn files_are_taken_by_what_they_are() {
    let world = World::new("files");
    let who = world.person("respondent", Role::Respondent);
    let path = "/api/units/unit-here/files?name=..%2F..%2F..%2Fetc%2Fpasswd";
    let html = world.call(Some(&who), &Method::POST, path, "<html><script>alert(1)</script>");
    assert_eq!(html.json()["refusal"]["refusal"], "kind-of-file");
    let pdf = world.call(Some(&who), &Method::POST, path, "%PDF-1.7 a paper");
    assert_eq!(pdf.json()["name"], "passwd", "{}", String::from_utf8_lossy(&pdf.body));
    let id = pdf.json()["id"].as_str().expect("an id").to_owned();
    let back = world.call(Some(&who), &Method::GET, &format!("/api/files/{id}"), "");
    assert_eq!(back.body, b"%PDF-1.7 a paper");
    assert!(back.headers["content-disposition"].to_str().expect("text").starts_with("attachment"));
    let foreign = world.person("there", Role::Respondent);
    let mut other = world.login("there", Role::Respondent);
    other.unit = "unit-there".into();
    let foreign_there = world.person_of(&other);
    drop(foreign);
    assert_eq!(
        world.call(Some(&foreign_there), &Method::GET, &format!("/api/files/{id}"), "").status,
        StatusCode::NOT_FOUND
    );
}

#[test]
fn a_body_without_end_is_cut_off() {
    let world = World::with("large", |settings| settings.body = 1000);
    let who = world.person("respondent", Role::Respondent);
    let body = sheet("revision-0000-0004", &"长".repeat(2000));
    let reply = world.call(Some(&who), &Method::POST, "/api/units/unit-here/sheets/G101-1", &body);
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "too_large"));
}

#[test]
fn an_upper_office_gives_a_reason_and_the_log_keeps_it() {
    let world = World::new("reason");
    let who = world.person("province", Role::Province);
    let path = "/api/units/unit-here/sheets/G101-1";
    assert_eq!(world.call(Some(&who), &Method::GET, path, "").code(), "reason_required");
    let reason = percent_encoding::utf8_percent_encode("抽查任务三号", percent_encoding::NON_ALPHANUMERIC).to_string();
    let shown = world.call_with(Some(&who), &Method::GET, path, "", &[("x-reason", &reason)]);
    assert_eq!(shown.status, StatusCode::OK, "{}", String::from_utf8_lossy(&shown.body));
    let log = world.read(|read| {
        Ok(read.search_audit(&store::AuditSearch { what: "access", ..Default::default() }, i64::MAX, 10)?)
    });
    assert_eq!((log.len(), log[0].about.as_str()), (1, "unit-here"));
    assert!(log[0].detail.contains("抽查任务三号"));
    assert_eq!(log[0].who, who.id);
}
