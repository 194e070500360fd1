//! The way of every call, always in this order: limits → who → what must be done first → origin → may they → handler.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, RawPathParams, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use census::access::{Verb, may_ever};

use crate::app::App;
use crate::call::{Call, Caller};
use crate::fault::Fault;
use crate::route::{Asked, Door, Route, Routes};
use crate::sign_in;
use crate::ui;

/// Headers of every answer. Pages run our own scripts alone; nothing is loaded from elsewhere.
const HEADERS: [(HeaderName, &str); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; manifest-src 'self'; form-action 'self'; \
         frame-ancestors 'none'; base-uri 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(self), geolocation=(self), microphone=()"),
];

/// The server's routes as axum takes them, with the pages behind them.
pub fn router(app: &Arc<App>, routes: &Routes) -> Router {
    let mut router: Router = Router::new();
    let mut paths: std::collections::BTreeMap<&'static str, MethodRouter> = std::collections::BTreeMap::new();
    for route in &routes.all {
        let (app, route) = (Arc::clone(app), Arc::new(route.clone()));
        let filter = MethodFilter::try_from(route.method.clone()).unwrap_or(MethodFilter::GET);
        let path = route.path;
        let service =
            on(filter, move |ConnectInfo(from): ConnectInfo<SocketAddr>, inner: RawPathParams, request: Request| {
                let (app, route) = (Arc::clone(&app), Arc::clone(&route));
                let inner = form(&inner);
                async move { answer(app, route, from.ip(), inner, request).await }
            });
        let merged = match paths.remove(path) {
            Some(before) => before.merge(service),
            None => service,
        };
        paths.insert(path, merged);
    }
    for (path, service) in paths {
        router = router.route(path, service);
    }
    router
        .fallback(|request: Request| async move {
            if request.uri().path().starts_with("/api/") {
                return Fault::NotFound.into_response();
            }
            ui::page(&request)
        })
        .layer(axum::middleware::map_response(with_headers))
        .layer(tower_http::compression::CompressionLayer::new())
}

async fn with_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

async fn answer(app: Arc<App>, route: Arc<Route>, from: IpAddr, inner: String, request: Request) -> Response {
    let answer = handle(&app, &route, from, inner, request).await.unwrap_or_else(IntoResponse::into_response);
    app.count(route.path, answer.status().as_u16());
    answer
}

async fn handle(
    app: &Arc<App>,
    route: &Arc<Route>,
    from: IpAddr,
    inner: String,
    request: Request,
) -> Result<Response, Fault> {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let (parts, body) = request.into_parts();
    let parameters = [inner, query].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("&");
    match &route.door {
        Door::Open(handler) => {
            if route.method != Method::GET {
                app.limits.address(from)?;
                own_origin(&parts.headers)?;
            }
            let body = read_body(app, route, body).await?;
            handler(Arc::clone(app), Asked { parameters, headers: parts.headers, body }, from).await
        }
        Door::Verb(verb, handler) => {
            let who = sign_in::caller(app, &parts.headers).await?;
            app.limits.session(&who.session)?;
            first_things(&who, *verb, route.path)?;
            if route.method != Method::GET {
                own_origin(&parts.headers)?;
                own_token(&parts.headers, &who)?;
            }
            if !may_ever(who.login.role, *verb) {
                return Err(Fault::Forbidden);
            }
            let body = read_body(app, route, body).await?;
            let agent = text(&parts.headers, &header::USER_AGENT).chars().take(200).collect();
            let reason = reason(&parts.headers)?;
            let call = Arc::new(Call::new(Arc::clone(app), who, *verb, from, agent, reason));
            handler(call, Asked { parameters, headers: parts.headers, body }).await
        }
    }
}

/// A password given by somebody else is changed, a second factor shown, before anything else.
fn first_things(who: &Caller, verb: Verb, path: &str) -> Result<(), Fault> {
    let what = match who.must.as_str() {
        "done" => return Ok(()),
        "change_password" => "change_password",
        "enrol" => "enrol",
        _ => "second_factor",
    };
    let always = matches!(path, "/api/me" | "/api/sign-out" | "/api/sign-in/second");
    let enrols = what == "enrol" && path.starts_with("/api/me/second-factor");
    let changes = what == "change_password" && path == "/api/me/password";
    if verb == Verb::OwnAccount && (always || enrols || changes) {
        return Ok(());
    }
    Err(Fault::First { what })
}

/// A page of another origin cannot make our pages' calls: browsers say where a call comes from.
fn own_origin(headers: &HeaderMap) -> Result<(), Fault> {
    let site = text(headers, &HeaderName::from_static("sec-fetch-site"));
    if !site.is_empty() && site != "same-origin" && site != "none" {
        return Err(Fault::ForeignOrigin);
    }
    let (origin, host) = (text(headers, &header::ORIGIN), text(headers, &header::HOST));
    let same = origin.split_once("://").is_some_and(|(_, from)| from == host);
    if !origin.is_empty() && !same {
        return Err(Fault::ForeignOrigin);
    }
    Ok(())
}

fn own_token(headers: &HeaderMap, who: &Caller) -> Result<(), Fault> {
    let given = text(headers, &HeaderName::from_static("x-csrf"));
    if sign_in::same(given.as_bytes(), who.csrf.as_bytes()) { Ok(()) } else { Err(Fault::ForeignOrigin) }
}

/// Why the person looks: percent-encoded, since headers are ASCII.
fn reason(headers: &HeaderMap) -> Result<Option<String>, Fault> {
    let given = text(headers, &HeaderName::from_static("x-reason"));
    let decoded = percent_encoding::percent_decode_str(given)
        .decode_utf8()
        .map_err(|error| Fault::invalid("x-reason", error.to_string()))?;
    let reason = decoded.trim();
    match reason.chars().count() {
        0 => Ok(None),
        1..4 => Err(Fault::invalid("x-reason", "too short to be a reason")),
        4..=500 => Ok(Some(reason.to_owned())),
        _ => Err(Fault::invalid("x-reason", "too long")),
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> &'h str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

async fn read_body(app: &App, route: &Route, body: Body) -> Result<Bytes, Fault> {
    let most = if route.upload { app.settings.upload } else { app.settings.body };
    axum::body::to_bytes(body, most as usize).await.map_err(|_| Fault::TooLarge { most })
}

/// The parameters of the path in the form of a query.
fn form(parameters: &RawPathParams) -> String {
    let mut out = form_urlencoded::Serializer::new(String::new());
    for (name, value) in parameters {
        out.append_pair(name, value);
    }
    out.finish()
}

/// An answer that is a file to keep.
pub fn download(bytes: Vec<u8>, media: &'static str, name: &str) -> Response {
    // RFC 6266: the name in UTF-8, percent-encoded, so that no letter of it can end the header.
    let name = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
    let headers = [
        (header::CONTENT_TYPE, media.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename*=UTF-8''{name}")),
    ];
    (StatusCode::OK, headers, bytes).into_response()
}
