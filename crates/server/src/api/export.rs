//! Workbooks and files that are taken away: marked with who took them and when, and put on the log.

use std::sync::Arc;

use axum::http::Method;
use axum::response::Response;
use census::access::Verb;
use report::write::{Heading, flat_export, table_workbook, xlsx_bytes};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use store::Scope;

use crate::call::Call;
use crate::dispatch::download;
use crate::fault::Fault;
use crate::route::{Asked, Nothing, Routes};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// Units of one export at most: more is a package, not a workbook.
const MOST_UNITS: usize = 20_000;

pub fn add(routes: &mut Routes) {
    routes
        .raw::<OfTable, Nothing, String, _>(
            (Method::GET, "/api/tables/{id}/xlsx"),
            Verb::ExportTables,
            "a table as a workbook, marked and logged",
            table,
        )
        .media(XLSX)
        .raw::<OfForm, Nothing, String, _>(
            (Method::GET, "/api/export/units/xlsx"),
            Verb::ExportUnits,
            "sheets of a form of all units of an area; for a reason, marked and logged",
            units,
        )
        .media(XLSX);
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct OfTable {
    id: String,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct OfForm {
    area: Option<String>,
    form: String,
    /// Block of rows of the form; none: its single items.
    block: Option<String>,
}

/// `导出：王强（county1） 2018-05-03 10:20`, in the time of the census.
fn mark(call: &Call) -> String {
    let zone = jiff::tz::Offset::constant(8);
    let at = call.now.parse::<jiff::Timestamp>().map(|at| zone.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string());
    let login = &call.who.login;
    format!("导出：{}（{}） {}", login.person, login.name, at.unwrap_or_else(|_| call.now.clone()))
}

fn heading(call: &Call, area: census::area::AreaCode) -> Heading {
    let app = &call.app;
    Heading {
        census: app.instrument.title.clone(),
        office: app.census.office.clone(),
        area: app.areas.path_name(area),
        simulated: app.census.simulated,
        provisional: true,
        instrument: format!("{} {}", app.instrument.id, app.instrument.version),
        mark: mark(call),
    }
}

fn unwritable(error: &report::write::WriteError) -> Fault {
    Fault::Internal { why: error.to_string() }
}

async fn table(call: Arc<Call>, at: OfTable, _: Asked) -> Result<Response, Fault> {
    let inner = Arc::clone(&call);
    let (bytes, name) = call
        .app
        .readers
        .read(move |read| {
            let one = super::tables::met(&inner, read, &at.id)?;
            let stale = one.head.stale.is_some();
            let result = read.with_versions(one.result)?;
            let mut heading = heading(&inner, result.area);
            if stale {
                heading.mark = format!("本表已失效；{}", heading.mark);
            }
            inner.look(&format!("table {} {} {}", result.code, result.area, at.id));
            let bytes = table_workbook(&result, &heading).map_err(|error| unwritable(&error))?;
            Ok((bytes, format!("{}-{}-{}.xlsx", result.code, result.title, result.area)))
        })
        .await?;
    Ok(download(bytes, XLSX, &name))
}

async fn units(call: Arc<Call>, asked: OfForm, _: Asked) -> Result<Response, Fault> {
    let area = call.area_of(asked.area.as_deref().unwrap_or_default())?;
    call.within(area)?;
    let app = Arc::clone(&call.app);
    let form = app.instrument.form(&asked.form).ok_or_else(|| Fault::invalid("form", "no such form"))?;
    let block = asked.block.unwrap_or_default();
    if !block.is_empty() && !form.blocks.iter().any(|b| b.name == block) {
        return Err(Fault::invalid("block", "no such block"));
    }
    let name = format!("{}-{}-{area}.xlsx", form.code, form.title);
    let (inner, code) = (Arc::clone(&call), form.code.clone());
    let bytes = app
        .readers
        .read(move |read| {
            let mut units = Vec::new();
            let scope = Scope::Areas(inner.codes(area));
            read.each_chunk::<Fault>(&scope, inner.app.census.period, 1000, |chunk| {
                let with = chunk.into_iter().filter(|c| c.sheets.sheets.contains_key(&code));
                units.extend(with.map(|c| (c.unit, c.sheets)));
                if units.len() > MOST_UNITS {
                    return Err(Fault::refused("too-many-units", json!({ "most": MOST_UNITS })));
                }
                Ok(())
            })?;
            units.sort_by(|a, b| (&a.0.code, &a.0.id).cmp(&(&b.0.code, &b.0.id)));
            inner.look(&format!("units {code} {area} {}", units.len()));
            let flat = flat_export(inner.app.instrument, &code, &block, &units);
            xlsx_bytes(&flat, &heading(&inner, area)).map_err(|error| unwritable(&error))
        })
        .await?;
    Ok(download(bytes, XLSX, &name))
}
