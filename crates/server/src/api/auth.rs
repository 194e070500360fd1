//! Signing in and out, one's own password, second factor and sessions.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use census::access::{Verb, may_ever};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Login, LoginState, Secrets, Session, What};

use crate::api::Page;
use crate::app::App;
use crate::call::Call;
use crate::fault::Fault;
use crate::route::{Asked, Done, Nothing, Routes, body};
use crate::sign_in::{
    Code, Open, begin_second, check_rules, check_second, cookie, csrf_of, gone_cookie, hash_password, hash_token,
    verify_password,
};

/// Wrong passwords or codes in a row before the account is closed for a while.
const FAILURES: u32 = 5;
const LOCKED_MINUTES: i64 = 15;
/// Earlier passwords that may not be used again.
const REMEMBERED: usize = 5;

pub fn add(routes: &mut Routes) {
    routes
        .open::<SignIn, SignedIn, _>((Method::POST, "/api/sign-in"), "sign in with name and password", sign_in)
        .raw::<Nothing, Code, SignedIn, _>(
            (Method::POST, "/api/sign-in/second"),
            Verb::OwnAccount,
            "show the second factor",
            second,
        )
        .raw::<Nothing, Nothing, Done, _>((Method::POST, "/api/sign-out"), Verb::OwnAccount, "sign out", sign_out)
        .read("/api/me", Verb::OwnAccount, "who is signed in, and what they may do", me)
        .raw::<Nothing, NewPassword, SignedIn, _>(
            (Method::POST, "/api/me/password"),
            Verb::OwnAccount,
            "change one's own password",
            change_password,
        )
        .write(
            (Method::POST, "/api/me/second-factor"),
            (Verb::OwnAccount, What::SignIn),
            "begin with a second factor: gives the secret once",
            |call, writing, _: Nothing, _: Nothing| {
                let (login, mut secrets) = own(call, &mut writing.read())?;
                if !secrets.second.is_empty() && call.who.must != "enrol" {
                    return Err(Fault::refused("second-factor-exists", json!({})));
                }
                let (secret, uri, sealed) = begin_second(&call.app, &login.name)?;
                secrets.second_begun = sealed;
                writing.secrets(&login.id, &secrets)?;
                Ok(Enrolment { secret, uri })
            },
        )
        .raw::<Nothing, Code, SignedIn, _>(
            (Method::POST, "/api/me/second-factor/confirm"),
            Verb::OwnAccount,
            "confirm the second factor with a code",
            confirm_second,
        )
        .read("/api/me/sessions", Verb::OwnAccount, "one's open sessions", sessions)
        .write(
            (Method::DELETE, "/api/me/sessions/{id}"),
            (Verb::OwnAccount, What::SignIn),
            "end one of one's sessions",
            |call, writing, at: SessionPath, _: Nothing| {
                if !writing.end_session(call.person(), &at.id)? {
                    return Err(Fault::NotFound);
                }
                call.app.sessions.forget(&at.id);
                Ok(Done {})
            },
        );
}

/// Name and password.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct SignIn {
    pub name: String,
    pub password: String,
}

/// What comes next.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SignedIn {
    /// `done`, `second_factor`, `change_password`, `enrol`.
    pub next: String,
    /// For the header `x-csrf` of calls that change something.
    pub csrf: String,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct NewPassword {
    old: String,
    new: String,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Enrolment {
    /// Base 32, for typing in.
    secret: String,
    /// `otpauth://…`, for a QR code drawn by the page.
    uri: String,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct SessionPath {
    id: String,
}

/// The order of what must be done.
fn next_of(app: &App, login: &Login, secrets: &Secrets, second_shown: bool) -> &'static str {
    let needed = app.second_factor(login.role);
    if needed && !secrets.second.is_empty() && !second_shown {
        "second_factor"
    } else if login.must_change {
        "change_password"
    } else if needed && secrets.second.is_empty() {
        "enrol"
    } else {
        "done"
    }
}

async fn sign_in(app: Arc<App>, asked: Asked, from: IpAddr) -> Result<Response, Fault> {
    let given: SignIn = body(&asked)?;
    let name = given.name.trim().to_owned();
    let wanted = name.clone();
    let found = app.readers.read(move |read| Ok(read.login_named(&wanted)?)).await?;
    let now = app.now();
    if let Some((login, _)) = &found
        && login.locked_until > now
    {
        return Err(Fault::Locked { until: login.locked_until.clone() });
    }
    let hash = found.as_ref().map(|(_, secrets)| secrets.password.clone());
    let checked = tokio::task::spawn_blocking(move || verify_password(&given.password, hash.as_deref())).await;
    let fits = checked.map_err(|error| Fault::Internal { why: error.to_string() })?;
    let Some((login, secrets)) = found else {
        note_stranger(&app, &name, from).await?;
        return Err(Fault::WrongCredentials);
    };
    if !fits || login.state != LoginState::Active {
        failed(&app, login, from, "password").await?;
        return Err(Fault::WrongCredentials);
    }
    let next = next_of(&app, &login, &secrets, false);
    let agent = asked.headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    open(&app, login, from, agent, next, None).await
}

/// A name that nobody has is kept in the log as well, without what was typed as the password.
async fn note_stranger(app: &Arc<App>, name: &str, from: IpAddr) -> Result<(), Fault> {
    let shown: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
    let detail = json!({ "outcome": "unknown-name", "name": shown, "address": from }).to_string();
    let event = app.event("nobody", What::SignIn).detail(detail);
    app.writer
        .write(event, |writing| {
            writing.note();
            Ok(())
        })
        .await
}

/// Counts a failure; after several in a row the account is closed for a while.
async fn failed(app: &Arc<App>, login: Login, from: IpAddr, what: &'static str) -> Result<(), Fault> {
    let detail = json!({ "outcome": format!("wrong-{what}"), "address": from }).to_string();
    let event = app.event(&login.id, What::SignIn).about(&login.name).detail(detail);
    let until = jiff::Timestamp::now()
        .checked_add(jiff::SignedDuration::from_mins(LOCKED_MINUTES))
        .map(|t| t.to_string())
        .unwrap_or_default();
    app.sessions.forget_login(&login.id);
    app.writer
        .write(event, move |writing| {
            let Some((mut login, _)) = writing.read().login_by_id(&login.id)? else { return Ok(()) };
            login.failures += 1;
            if login.failures >= FAILURES {
                login.failures = 0;
                login.locked_until = until;
            }
            writing.login_failures(&login)?;
            Ok(())
        })
        .await
}

/// Opens a session under a new token; the one before ends, so that a token known before signing in is worth nothing.
async fn open(
    app: &Arc<App>,
    mut login: Login,
    from: IpAddr,
    agent: &str,
    next: &'static str,
    before: Option<String>,
) -> Result<Response, Fault> {
    let token = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, crate::seal::random::<32>());
    let now = app.now();
    let ends = jiff::SignedDuration::try_from(app.settings.session).unwrap_or(jiff::SignedDuration::from_hours(12));
    let expires = jiff::Timestamp::now().checked_add(ends).map(|t| t.to_string()).unwrap_or_else(|_| now.clone());
    let document = Open { address: from.to_string(), agent: agent.chars().take(200).collect(), must: next.to_owned() };
    let session = Session {
        id: hash_token(&token),
        login: login.id.clone(),
        created: now.clone(),
        expires,
        document: serde_json::to_string(&document).map_err(|e| Fault::Internal { why: e.to_string() })?,
    };
    let detail = json!({ "outcome": next, "address": from }).to_string();
    let event = app.event(&login.id, What::SignIn).about(&login.name).detail(detail);
    if let Some(old) = &before {
        app.sessions.forget(old);
    }
    app.writer
        .write(event, move |writing| {
            writing.sweep_sessions(&now)?;
            if let Some(old) = &before {
                writing.end_session(&login.id, old)?;
            }
            if next == "done" && (login.failures > 0 || !login.locked_until.is_empty()) {
                login.failures = 0;
                login.locked_until.clear();
                writing.login_failures(&login)?;
            }
            writing.open_session(&session)?;
            Ok(())
        })
        .await?;
    let headers = [(header::SET_COOKIE, cookie(app.settings.secure, &token))];
    let answer = SignedIn { next: next.to_owned(), csrf: csrf_of(&token) };
    Ok((StatusCode::OK, headers, axum::Json(answer)).into_response())
}

fn own(call: &Call, read: &mut store::Read<'_>) -> Result<(Login, Secrets), Fault> {
    read.login_by_id(call.person())?.ok_or(Fault::Unauthenticated)
}

async fn second(call: Arc<Call>, _: Nothing, asked: Asked) -> Result<Response, Fault> {
    let given: Code = body(&asked)?;
    if call.who.must != "second_factor" {
        return Err(Fault::refused("second-factor-not-asked", json!({})));
    }
    with_code(&call, given.code, |secrets| secrets.second.clone(), false).await
}

async fn confirm_second(call: Arc<Call>, _: Nothing, asked: Asked) -> Result<Response, Fault> {
    let given: Code = body(&asked)?;
    with_code(&call, given.code, |secrets| secrets.second_begun.clone(), true).await
}

/// Checks a code and goes on under a new token.
async fn with_code(
    call: &Arc<Call>,
    code: String,
    of: fn(&Secrets) -> String,
    confirms: bool,
) -> Result<Response, Fault> {
    let app = &call.app;
    app.limits.address(call.address)?;
    let inner = Arc::clone(call);
    let (login, mut secrets) = app.readers.read(move |read| own(&inner, read)).await?;
    if login.locked_until > call.now {
        return Err(Fault::Locked { until: login.locked_until });
    }
    let now = u64::try_from(jiff::Timestamp::now().as_second()).unwrap_or_default();
    let sealed = of(&secrets);
    let Some(step) = check_second(app, &sealed, &secrets, &code, now) else {
        failed(app, login, call.address, "code").await?;
        return Err(Fault::WrongCredentials);
    };
    secrets.last_step = step;
    if confirms {
        secrets.second = std::mem::take(&mut secrets.second_begun);
    }
    let next = next_of(app, &login, &secrets, true);
    let id = login.id.clone();
    let what = if confirms { "second-factor-enrolled" } else { "second-factor-shown" };
    let event = app.event(&id, What::SignIn).about(&login.name).detail(json!({ "outcome": what }).to_string());
    app.writer
        .write(event, move |writing| {
            // Asked again where nobody else writes: the same code sent twice at the same moment counts once.
            let Some((_, now_kept)) = writing.read().login_by_id(&id)? else { return Err(Fault::Unauthenticated) };
            if now_kept.last_step >= step {
                return Err(Fault::WrongCredentials);
            }
            writing.secrets(&id, &secrets)?;
            Ok(())
        })
        .await?;
    app.sessions.forget_login(&login.id);
    open(app, login, call.address, &call.agent, next, Some(call.who.session.clone())).await
}

async fn change_password(call: Arc<Call>, _: Nothing, asked: Asked) -> Result<Response, Fault> {
    let given: NewPassword = body(&asked)?;
    let app = &call.app;
    app.limits.address(call.address)?;
    let inner = Arc::clone(&call);
    let (mut login, mut secrets) = app.readers.read(move |read| own(&inner, read)).await?;
    if login.locked_until > call.now {
        return Err(Fault::Locked { until: login.locked_until });
    }
    let (name, kept) = (login.name.clone(), secrets.clone());
    let work = tokio::task::spawn_blocking(move || -> Result<Option<String>, Fault> {
        if !verify_password(&given.old, Some(&kept.password)) {
            return Ok(None);
        }
        let before: Vec<String> = std::iter::once(kept.password.clone()).chain(kept.before.clone()).collect();
        check_rules(&given.new, &name, &before)?;
        hash_password(&given.new).map(Some)
    });
    let Some(hash) = work.await.map_err(|error| Fault::Internal { why: error.to_string() })?? else {
        failed(app, login, call.address, "password").await?;
        return Err(Fault::WrongCredentials);
    };
    let old = std::mem::replace(&mut secrets.password, hash);
    secrets.before.insert(0, old);
    secrets.before.truncate(REMEMBERED);
    login.must_change = false;
    let next = next_of(app, &login, &secrets, true);
    let changed = login.clone();
    let session = call.who.session.clone();
    let detail = json!({ "outcome": "password-changed", "address": call.address }).to_string();
    let event = app.event(&login.id, What::SignIn).about(&login.name).detail(detail);
    app.writer
        .write(event, move |writing| {
            writing.login(&changed, "password")?;
            writing.secrets(&changed.id, &secrets)?;
            // Whoever else knew the old password is out.
            writing.end_sessions(&changed.id, &session)?;
            Ok(())
        })
        .await?;
    app.sessions.forget_login(&login.id);
    open(app, login, call.address, &call.agent, next, Some(call.who.session.clone())).await
}

async fn sign_out(call: Arc<Call>, _: Nothing, _: Asked) -> Result<Response, Fault> {
    let (login, session) = (call.person().to_owned(), call.who.session.clone());
    call.app.sessions.forget(&session);
    let event = call.app.event(&login, What::SignIn).detail(json!({ "outcome": "signed-out" }).to_string());
    call.app
        .writer
        .write(event, move |writing| {
            writing.end_session(&login, &session)?;
            Ok(())
        })
        .await?;
    let headers = [(header::SET_COOKIE, gone_cookie(call.app.settings.secure))];
    Ok((StatusCode::OK, headers, axum::Json(Done {})).into_response())
}

/// The person, the census, and what may be done.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Me {
    id: String,
    name: String,
    person: String,
    role: String,
    area: String,
    area_name: String,
    /// The unit of a respondent or manager; else empty.
    unit: String,
    verbs: Vec<&'static str>,
    csrf: String,
    must: String,
    census: CensusShown,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct CensusShown {
    office: String,
    area: String,
    area_name: String,
    period: u16,
    simulated: bool,
    instrument: String,
    version: String,
    title: String,
}

fn me(call: &Call, _: &mut store::Read<'_>, _: Nothing) -> Result<Me, Fault> {
    let (app, login) = (&call.app, &call.who.login);
    let census = &app.census;
    let name = |code: &str| code.parse().map(|area| app.areas.path_name(area)).unwrap_or_default();
    let done = call.who.must == "done";
    Ok(Me {
        id: login.id.clone(),
        name: login.name.clone(),
        person: login.person.clone(),
        role: login.role.name().to_owned(),
        area: login.area.clone(),
        area_name: name(&login.area),
        unit: login.unit.clone(),
        verbs: Verb::ALL.iter().filter(|v| done && may_ever(login.role, **v)).map(|v| v.name()).collect(),
        csrf: call.who.csrf.clone(),
        must: call.who.must.clone(),
        census: CensusShown {
            office: census.office.clone(),
            area: census.area.clone(),
            area_name: name(&census.area),
            period: census.period,
            simulated: census.simulated,
            instrument: census.instrument.clone(),
            version: census.version.clone(),
            title: app.instrument.title.clone(),
        },
    })
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct SessionRow {
    id: String,
    created: String,
    expires: String,
    /// Seconds since the last call; `null`: none since the server started.
    quiet: Option<u64>,
    address: String,
    agent: String,
    current: bool,
}

fn sessions(call: &Call, read: &mut store::Read<'_>, _: Nothing) -> Result<Page<SessionRow>, Fault> {
    let rows = read.sessions_of(call.person())?.into_iter().filter(|s| s.expires > call.now).map(|session| {
        let open: Option<Open> = serde_json::from_str(&session.document).ok();
        SessionRow {
            current: session.id == call.who.session,
            quiet: call.app.sessions.quiet(&session.id),
            id: session.id,
            created: session.created,
            expires: session.expires,
            address: open.as_ref().map(|o| o.address.clone()).unwrap_or_default(),
            agent: open.map(|o| o.agent).unwrap_or_default(),
        }
    });
    Ok(Page { rows: rows.collect(), next: None })
}
