//! The directory and the file of a unit (一源一档).

use census::access::Verb;
use census::review::StateKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{DirectoryFilter, DirectoryRow};

use crate::api::{Page, limit};
use crate::call::Call;
use crate::fault::Fault;
use crate::route::Routes;

pub fn add(routes: &mut Routes) {
    routes.read("/api/units", Verb::ReadUnits, "the directory, by area and id", list);
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct Asked {
    /// Part of the name, or the beginning of the code.
    text: Option<String>,
    area: Option<String>,
    respondent: Option<String>,
    state: Option<String>,
    rule: Option<String>,
    /// `error`, `verify`, `hint`.
    grade: Option<String>,
    queried: Option<bool>,
    /// Also tell how many there are.
    count: Option<bool>,
    after: Option<String>,
    limit: Option<u32>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct UnitRow {
    id: String,
    name: String,
    code: String,
    area: String,
    area_name: String,
    respondent: String,
    state: &'static str,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct UnitPage {
    rows: Vec<UnitRow>,
    next: Option<String>,
    /// Only when asked for.
    count: Option<u64>,
}

fn list(call: &Call, read: &mut store::Read<'_>, asked: Asked) -> Result<UnitPage, Fault> {
    let area = asked.area.as_deref().filter(|a| !a.is_empty()).map(|a| call.area_of(a)).transpose()?;
    let scope = call.scope(area)?;
    let state = match asked.state.as_deref().filter(|s| !s.is_empty()) {
        Some(name) => Some(StateKind::from_name(name).ok_or_else(|| Fault::invalid("state", "no such state"))?),
        None => None,
    };
    let filter = DirectoryFilter {
        text: asked.text.unwrap_or_default().trim().to_owned(),
        respondent: asked.respondent.unwrap_or_default(),
        state,
        rule: asked.rule.unwrap_or_default(),
        grade: asked.grade.unwrap_or_default(),
        queried: asked.queried.unwrap_or_default(),
        area: None,
    };
    let limit = limit(asked.limit);
    let rows = read.directory(&scope, &filter, asked.after.as_deref().unwrap_or_default(), limit as usize + 1)?;
    let count = asked.count.unwrap_or_default().then(|| read.directory_count(&scope, &filter)).transpose()?;
    let page = Page::of(rows, limit, |row: &DirectoryRow| format!("{}/{}", row.area, row.id));
    let shown = |row: DirectoryRow| UnitRow {
        area_name: row.area.parse().map(|area| call.app.areas.path_name(area)).unwrap_or_default(),
        id: row.id,
        name: row.name,
        code: row.code,
        area: row.area,
        respondent: row.respondent,
        state: row.state.name(),
    };
    Ok(UnitPage { rows: page.rows.into_iter().map(shown).collect(), next: page.next, count })
}
