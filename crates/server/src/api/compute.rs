//! Checking, accounting and adding up of an area: long work that is asked for.

use std::sync::Arc;

use axum::http::Method;
use axum::response::Response;
use census::access::Verb;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::call::Call;
use crate::fault::Fault;
use crate::jobs::Kind;
use crate::route::{Asked, JobStarted, Nothing, Routes, body, started};

pub fn add(routes: &mut Routes) {
    routes
        .raw::<Nothing, OfArea, JobStarted, _>(
            (Method::POST, "/api/account"),
            Verb::Compute,
            "account all units of an area; a job",
            |call, _, asked| of_area(call, asked, Kind::Account),
        )
        .raw::<Nothing, OfArea, JobStarted, _>(
            (Method::POST, "/api/check"),
            Verb::Compute,
            "run all rules over an area; a job",
            |call, _, asked| of_area(call, asked, Kind::Check),
        )
        .raw::<Nothing, OfLevel, JobStarted, _>(
            (Method::POST, "/api/tabulate"),
            Verb::Compute,
            "add up all tables of an area from the units that have passed at a level; a job",
            tabulate,
        );
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OfArea {
    /// 12 digits; none: one's own.
    #[serde(default)]
    area: String,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OfLevel {
    /// `county`, `city`, `province`.
    level: String,
    #[serde(default)]
    area: String,
}

async fn of_area(call: Arc<Call>, asked: Asked, kind: Kind) -> Result<Response, Fault> {
    let wanted: OfArea = body(&asked)?;
    let area = call.area_of(&wanted.area)?;
    call.within(area)?;
    Ok(started(call.start(kind, area.to_string(), json!({ "area": area.to_string() })).await?))
}

async fn tabulate(call: Arc<Call>, _: Nothing, asked: Asked) -> Result<Response, Fault> {
    let wanted: OfLevel = body(&asked)?;
    let area = call.area_of(&wanted.area)?;
    call.within(area)?;
    work::tabulate::level(&wanted.level).map_err(|_| Fault::invalid("level", "county, city or province"))?;
    let document = json!({ "area": area.to_string(), "level": wanted.level });
    Ok(started(call.start(Kind::Tabulate, area.to_string(), document).await?))
}
