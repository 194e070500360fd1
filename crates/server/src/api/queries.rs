//! Findings by rule (审核问题) and queries by deadline (疑问单), over an area.

use std::collections::BTreeMap;

use census::access::Verb;
use census::check::NATIVE;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{QueryRow, Read, Scope};

use crate::api::limit;
use crate::api::people::people;
use crate::call::Call;
use crate::fault::Fault;
use crate::route::Routes;

pub fn add(routes: &mut Routes) {
    routes.read("/api/findings/rules", Verb::ReadUnits, "what each rule found, most units first", rules).read(
        "/api/queries",
        Verb::ReadUnits,
        "queries by deadline",
        queries,
    );
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct OfArea {
    area: Option<String>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Rules {
    rows: Vec<RuleRow>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct RuleRow {
    rule: String,
    /// `error`, `verify`, `hint`.
    grade: String,
    title: String,
    /// Form, block or set it looks at.
    home: String,
    units: u64,
    findings: u64,
}

fn scope(call: &Call, area: Option<&str>) -> Result<Scope, Fault> {
    let area = area.filter(|a| !a.is_empty()).map(|a| call.area_of(a)).transpose()?;
    call.scope(area)
}

fn rules(call: &Call, read: &mut Read<'_>, asked: OfArea) -> Result<Rules, Fault> {
    let scope = scope(call, asked.area.as_deref())?;
    let mut rows: Vec<RuleRow> = read
        .rule_counts(&scope)?
        .into_iter()
        .map(|count| {
            let rule = call.app.instrument.rule(&count.rule);
            let native = NATIVE.iter().find(|n| n.code == count.rule).map(|n| n.title);
            RuleRow {
                title: rule.map(|r| r.title.as_str()).or(native).unwrap_or_default().to_owned(),
                home: rule.map(|r| r.scope.clone()).unwrap_or_default(),
                rule: count.rule,
                grade: count.grade,
                units: count.units,
                findings: count.findings,
            }
        })
        .collect();
    rows.sort_by(|a, b| b.units.cmp(&a.units).then_with(|| a.rule.cmp(&b.rule)));
    Ok(Rules { rows })
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct Asked {
    /// `unit`: the unit owes an answer; `office`: answered, to be judged; `open`: both; `closed`.
    state: Option<String>,
    area: Option<String>,
    after: Option<String>,
    limit: Option<u32>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Queries {
    rows: Vec<Shown>,
    next: Option<String>,
    people: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Shown {
    unit: String,
    unit_name: String,
    area_name: String,
    query: Value,
    /// Days to the deadline, below 0: overdue; `null`: no readable deadline.
    days_left: Option<i64>,
}

fn queries(call: &Call, read: &mut Read<'_>, asked: Asked) -> Result<Queries, Fault> {
    let states: &[&str] = match asked.state.as_deref().unwrap_or_default() {
        "" | "open" => &["open", "correcting", "corrected", "explained"],
        "unit" => &["open", "correcting"],
        "office" => &["corrected", "explained"],
        "closed" => &["closed"],
        _ => return Err(Fault::invalid("state", "open, unit, office or closed")),
    };
    let scope = scope(call, asked.area.as_deref())?;
    let limit = limit(asked.limit);
    let rows = read.queries(&scope, states, asked.after.as_deref().unwrap_or_default(), limit as usize + 1)?;
    let key = |row: &QueryRow| format!("{}/{}/{}", row.query.deadline, row.unit, row.query.id);
    let page = crate::api::Page::of(rows, limit, key);
    let units = read.units(&Scope::Units(page.rows.iter().map(|row| row.unit.clone()).collect()))?;
    let people = people(read, page.rows.iter().map(|row| row.query.raised_by.as_str()))?;
    let rows = page.rows.into_iter().map(|row| {
        let unit = units.iter().find(|unit| unit.id == row.unit);
        Shown {
            unit_name: unit.map(|u| u.name.clone()).unwrap_or_default(),
            area_name: unit
                .and_then(|u| u.area.parse().ok())
                .map(|area| call.app.areas.path_name(area))
                .unwrap_or_default(),
            days_left: days_left(&call.now, &row.query.deadline),
            query: serde_json::to_value(&row.query).unwrap_or_default(),
            unit: row.unit,
        }
    });
    Ok(Queries { rows: rows.collect(), next: page.next, people })
}

fn days_left(now: &str, deadline: &str) -> Option<i64> {
    let today: jiff::civil::Date = now.get(..10)?.parse().ok()?;
    let day: jiff::civil::Date = deadline.parse().ok()?;
    today.until(day).ok().map(|span| i64::from(span.get_days()))
}
