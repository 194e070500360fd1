//! Long computations that a person asks for, and the lines of a unit.

use std::sync::Arc;

use axum::http::Method;
use axum::response::Response;
use census::access::Verb;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Read, Scope};

use crate::call::Call;
use crate::fault::Fault;
use crate::jobs::Kind;
use crate::route::{Asked, JobStarted, Nothing, Routes, body, started};

pub fn add(routes: &mut Routes) {
    routes
        .raw::<Nothing, AreaBody, JobStarted, _>(
            (Method::POST, "/api/check"),
            Verb::Compute,
            "check all units of an area",
            |call, _, asked| over(call, asked, Kind::Check),
        )
        .raw::<Nothing, AreaBody, JobStarted, _>(
            (Method::POST, "/api/account"),
            Verb::Compute,
            "account all units of an area",
            |call, _, asked| over(call, asked, Kind::Account),
        )
        .raw::<Nothing, AreaBody, JobStarted, _>(
            (Method::POST, "/api/tabulate"),
            Verb::Compute,
            "add up what has passed in an area",
            |call, _, asked| over(call, asked, Kind::Tabulate),
        )
        .read("/api/units/{id}/lines", Verb::ReadUnits, "accounted lines and figures of a unit", lines);
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct AreaBody {
    /// 12 digits; none: one's own.
    #[serde(default)]
    area: String,
    /// Of a table: `county`, `city`, `province`.
    #[serde(default)]
    level: String,
}

async fn over(call: Arc<Call>, asked: Asked, kind: Kind) -> Result<Response, Fault> {
    let given: AreaBody = body(&asked)?;
    let area = call.area_of(&given.area)?;
    if kind == Kind::Tabulate {
        work::tabulate::level(&given.level)?;
    }
    let job = call.start(kind, area.to_string(), json!({ "level": given.level })).await?;
    Ok(started(job))
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct UnitPath {
    id: String,
}

/// The accounting of a unit.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Accounting {
    /// Whether the lines were made from the sheets as they stand; `null`: the unit was never accounted.
    current: Option<bool>,
    lines: Vec<Value>,
    figures: Vec<Value>,
}

fn lines(call: &Call, read: &mut Read<'_>, at: UnitPath) -> Result<Accounting, Fault> {
    call.unit(read, &at.id)?;
    let scope = Scope::unit(&at.id);
    let made = read.accounted(&scope)?.remove(&at.id);
    let now = read.collected(&scope, call.app.census.period, None, 1)?.pop().map(|c| c.version.hash);
    let lines = read.lines(&scope)?.remove(&at.id).unwrap_or_default();
    let figures = read.figures(&scope)?.remove(&at.id).unwrap_or_default();
    let json_of = |value: serde_json::Result<Value>| value.unwrap_or_default();
    Ok(Accounting {
        current: made.map(|made| now.as_ref() == Some(&made)),
        lines: lines.iter().map(|line| json_of(serde_json::to_value(line))).collect(),
        figures: figures.iter().map(|figure| json_of(serde_json::to_value(figure))).collect(),
    })
}
