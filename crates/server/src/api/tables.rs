//! Tables of totals: listed with what no longer holds, shown, drilled into, given out as workbooks.

use std::sync::Arc;

use axum::http::Method;
use axum::response::Response;
use census::access::Verb;
use report::write::{Heading, table_workbook};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{OneTable, Read, Scope, TableHead};

use crate::api::{Page, limit};
use crate::call::Call;
use crate::dispatch::download;
use crate::fault::Fault;
use crate::route::{Asked, Nothing, Routes};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

pub fn add(routes: &mut Routes) {
    routes
        .read("/api/tables", Verb::ReadTables, "the newest result of each table", list)
        .read("/api/tables/{id}", Verb::ReadTables, "a table with its cells", one)
        .read("/api/tables/{id}/units", Verb::ReadUnits, "units a table was built from, with the versions", units)
        .raw::<TablePath, Nothing, String, _>(
            (Method::GET, "/api/tables/{id}/xlsx"),
            Verb::ExportTables,
            "a table as a workbook",
            workbook,
        )
        .media(XLSX);
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct TablesAsked {
    area: Option<String>,
    /// `county`, `city`, `province`.
    level: Option<String>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct TablePath {
    id: String,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Head {
    id: String,
    code: String,
    title: String,
    level: String,
    area: String,
    area_name: String,
    tree: String,
    /// Why it no longer holds; `null`: it holds.
    stale: Option<String>,
    at: String,
}

fn head(call: &Call, head: TableHead) -> Head {
    let title = call.app.instrument.tables.iter().find(|t| t.code == head.code).map(|t| t.title.clone());
    Head {
        title: title.unwrap_or_default(),
        area_name: head.area.parse().map(|area| call.app.areas.path_name(area)).unwrap_or_default(),
        id: head.id,
        code: head.code,
        level: head.level,
        area: head.area,
        tree: head.tree,
        stale: head.stale,
        at: head.at,
    }
}

fn list(call: &Call, read: &mut Read<'_>, asked: TablesAsked) -> Result<Page<Head>, Fault> {
    let area = call.area_of(asked.area.as_deref().unwrap_or_default())?;
    let heads = read.table_heads(&[area], asked.level.as_deref().unwrap_or_default())?;
    let inside = heads.into_iter().filter(|h| h.area.parse().is_ok_and(|area| call.within(area).is_ok()));
    Ok(Page { rows: inside.map(|h| head(call, h)).collect(), next: None })
}

/// A table of one's area; another does not exist.
fn own(call: &Call, read: &mut Read<'_>, id: &str) -> Result<OneTable, Fault> {
    let table = read.table_result(id)?.ok_or(Fault::NotFound)?;
    call.within(table.result.area)?;
    Ok(table)
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct TableShown {
    head: Head,
    newest: bool,
    /// `TableResult` of the census: heads, rows, note, versions it was built from by their hash.
    result: Value,
    /// Totals compared with the sum of their parts, and those that differ.
    compared: u64,
    wrong: Vec<String>,
}

fn one(call: &Call, read: &mut Read<'_>, at: TablePath) -> Result<TableShown, Fault> {
    let table = own(call, read, &at.id)?;
    let proof = table.result.proof();
    Ok(TableShown {
        newest: table.newest,
        result: serde_json::to_value(&table.result).map_err(|e| Fault::Internal { why: e.to_string() })?,
        compared: proof.compared as u64,
        wrong: proof.wrong.iter().map(ToString::to_string).collect(),
        head: head(call, table.head),
    })
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct UnitsPath {
    id: String,
    after: Option<String>,
    limit: Option<u32>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct SourceRow {
    unit: String,
    name: String,
    area: String,
    version: String,
}

fn units(call: &Call, read: &mut Read<'_>, at: UnitsPath) -> Result<Page<SourceRow>, Fault> {
    let table = own(call, read, &at.id)?;
    let limit = limit(at.limit);
    let after = at.after.unwrap_or_default();
    let sources = read.sources_page(&table.result.built_from.hash, &after, limit + 1)?;
    let page = Page::of(sources, limit, |source| source.unit.clone());
    let ids = page.rows.iter().map(|s| s.unit.clone()).collect();
    let names = read.units(&Scope::Units(ids))?;
    let rows = page.rows.into_iter().map(|source| {
        let unit = names.iter().find(|u| u.id == source.unit);
        SourceRow {
            name: unit.map(|u| u.name.clone()).unwrap_or_default(),
            area: unit.map(|u| u.area.clone()).unwrap_or_default(),
            unit: source.unit,
            version: source.version,
        }
    });
    Ok(Page { rows: rows.collect(), next: page.next })
}

async fn workbook(call: Arc<Call>, at: TablePath, _: Asked) -> Result<Response, Fault> {
    let inner = Arc::clone(&call);
    let found = call.app.readers.read(move |read| {
        let table = own(&inner, read, &at.id)?;
        read.with_versions(table.result).map_err(Fault::from)
    });
    let result = found.await?;
    let census = &call.app.census;
    let heading = Heading {
        census: call.app.instrument.title.clone(),
        office: census.office.clone(),
        // Who took it out, and when, stands on every sheet.
        mark: format!("{}（{}）{} 导出", call.who.login.person, call.who.login.name, call.now),
        area: call.app.areas.path_name(result.area),
        simulated: census.simulated,
        provisional: true,
        instrument: format!("{} {}", census.instrument, census.version),
    };
    let bytes = table_workbook(&result, &heading).map_err(|error| Fault::Internal { why: error.to_string() })?;
    call.look(&format!("{} {}", result.code, result.area));
    Ok(download(bytes, XLSX, &format!("{}-{}.xlsx", result.code, result.title)))
}
