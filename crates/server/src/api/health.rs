//! Whether the server works, and how much it does.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::Arc;

use axum::http::{Method, header};
use axum::response::{IntoResponse, Response};
use census::access::Verb;
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::App;
use crate::call::Call;
use crate::fault::Fault;
use crate::route::{Asked, Nothing, Routes};

pub fn add(routes: &mut Routes) {
    routes
        .open::<Nothing, Health, _>((Method::GET, "/api/health"), "whether the server and its census answer", health)
        .raw::<Nothing, Nothing, String, _>(
            (Method::GET, "/api/metrics"),
            Verb::RunServer,
            "counts of calls and work, as text for a collector",
            metrics,
        )
        .media("text/plain");
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Health {
    /// `ok`.
    state: &'static str,
    version: &'static str,
}

async fn health(app: Arc<App>, _: Asked, _: IpAddr) -> Result<Response, Fault> {
    app.readers.read(|read| Ok(read.newest_event()?)).await?;
    Ok(axum::Json(Health { state: "ok", version: env!("CARGO_PKG_VERSION") }).into_response())
}

async fn metrics(call: Arc<Call>, _: Nothing, _: Asked) -> Result<Response, Fault> {
    let events = call.app.readers.read(|read| Ok(read.newest_event()?)).await?;
    let mut text = String::new();
    for ((route, status), count) in call.app.counted() {
        let _ = writeln!(text, "wupu_calls_total{{route=\"{route}\",status=\"{status}\"}} {count}");
    }
    let _ = writeln!(text, "wupu_events_total {events}");
    let _ = writeln!(text, "wupu_jobs_running {}", call.app.jobs.running());
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}
