//! Tables (汇总表): their heads, one of them, and the units behind a cell.

use std::collections::BTreeMap;

use census::access::Verb;
use census::tabulate::{Behind, Cell, Entry};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{OneTable, Read, Scope, TableHead};

use crate::api::{Page, limit};
use crate::call::Call;
use crate::fault::Fault;
use crate::route::Routes;

pub fn add(routes: &mut Routes) {
    routes
        .read("/api/tables", Verb::ReadTables, "newest tables of an area and those below, with stale marks", list)
        .read("/api/tables/{id}", Verb::ReadTables, "one table with its proof", one)
        .read("/api/tables/{id}/cell", Verb::ReadUnits, "the units behind a cell, page by page", cell);
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct Wanted {
    /// `county`, `city`, `province`; none: all.
    level: Option<String>,
    area: Option<String>,
    /// Only those that no longer hold.
    stale: Option<bool>,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct OfTable {
    id: String,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct HeadShown {
    id: String,
    code: String,
    title: String,
    level: String,
    area: String,
    area_name: String,
    /// `code` or `reporting`.
    tree: String,
    /// Why it no longer holds; `null`: it holds; empty: a newer one stands.
    stale: Option<String>,
    at: String,
}

fn head(call: &Call, head: TableHead) -> HeadShown {
    let title = call.app.instrument.tables.iter().find(|t| t.code == head.code).map(|t| t.title.clone());
    HeadShown {
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

fn list(call: &Call, read: &mut Read<'_>, asked: Wanted) -> Result<Page<HeadShown>, Fault> {
    let area = asked.area.as_deref().filter(|a| !a.is_empty()).map(|a| call.area_of(a)).transpose()?;
    let own = area.map_or_else(|| call.area(), Ok)?;
    let Scope::Areas(codes) = call.scope(area)? else { return Err(Fault::Forbidden) };
    let level = asked.level.unwrap_or_default();
    let mut heads = read.table_heads(&codes, &level)?;
    // A city without its directly administered counties is more than its codes: its own tables are of the whole city.
    if !codes.contains(&own) && call.within(own).is_ok() {
        heads.extend(read.table_heads(&[own], &level)?.into_iter().filter(|h| h.area == own.to_string()));
    }
    let stale = asked.stale.unwrap_or_default();
    let mut rows: Vec<HeadShown> =
        heads.into_iter().filter(|h| !stale || h.stale.is_some()).map(|h| head(call, h)).collect();
    rows.sort_by(|a, b| (&a.area, &a.level, &a.code).cmp(&(&b.area, &b.level, &b.code)));
    rows.dedup_by(|a, b| a.id == b.id);
    Ok(Page { rows, next: None })
}

/// The table when its area lies within the person's.
pub(super) fn met(call: &Call, read: &mut Read<'_>, id: &str) -> Result<OneTable, Fault> {
    let table = read.table_result(id)?.ok_or(Fault::NotFound)?;
    call.within(table.result.area)?;
    Ok(table)
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct TableShown {
    head: HeadShown,
    title: String,
    /// By which tree areas were added, in words of the printed table.
    calibre: String,
    note: String,
    simulated: bool,
    newest: bool,
    key_heads: Vec<String>,
    columns: Vec<ColumnShown>,
    rows: Vec<RowShown>,
    proof: ProofShown,
    /// SHA-256 over the versions it was built from.
    built_from: String,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct ColumnShown {
    title: String,
    unit: String,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct RowShown {
    keys: Vec<KeyShown>,
    depth: u8,
    units: u32,
    cells: Vec<CellShown>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct KeyShown {
    code: String,
    name: String,
}

/// Absent, zero, a value, a part and a withheld figure are different things.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct CellShown {
    /// `absent`, `zero`, `value`, `part`, `withheld`.
    kind: &'static str,
    /// Exact text.
    value: Option<String>,
    /// Lines that could not be computed, of a part.
    incomplete: u32,
    why: Option<String>,
}

/// Whether every total is the sum of its parts.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct ProofShown {
    compared: u64,
    /// None: it adds up.
    wrong: Vec<String>,
}

fn cell_shown(cell: &Cell) -> CellShown {
    let (kind, value, incomplete, why) = match cell {
        Cell::Absent => ("absent", None, 0, None),
        Cell::Zero => ("zero", Some("0".to_owned()), 0, None),
        Cell::Value { value } => ("value", Some(value.to_string()), 0, None),
        Cell::Part { value, incomplete } => ("part", Some(value.to_string()), *incomplete, None),
        Cell::Withheld { why } => ("withheld", None, 0, Some(why.clone())),
    };
    CellShown { kind, value, incomplete, why }
}

fn one(call: &Call, read: &mut Read<'_>, at: OfTable) -> Result<TableShown, Fault> {
    let OneTable { head: of, result, newest } = met(call, read, &at.id)?;
    let proof = result.proof();
    Ok(TableShown {
        head: head(call, of),
        title: result.title,
        calibre: result.calibre,
        note: result.note,
        simulated: result.simulated,
        newest,
        key_heads: result.key_heads,
        columns: result.columns.into_iter().map(|c| ColumnShown { title: c.title, unit: c.unit }).collect(),
        rows: result
            .rows
            .into_iter()
            .map(|row| RowShown {
                keys: row.keys.into_iter().map(|k| KeyShown { code: k.code, name: k.name }).collect(),
                depth: row.depth,
                units: row.units,
                cells: row.cells.iter().map(cell_shown).collect(),
            })
            .collect(),
        proof: ProofShown { compared: proof.compared, wrong: proof.wrong },
        built_from: result.built_from.hash,
    })
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct OfCell {
    id: String,
    /// From 0.
    row: u32,
    /// From 0; none: the count of units.
    column: Option<u32>,
    after: Option<String>,
    limit: Option<u32>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct BehindShown {
    unit: String,
    name: String,
    code: String,
    area_name: String,
    state: &'static str,
    /// What the unit gives to the cell as it stands now.
    part: CellShown,
    /// The unit was changed after the table was made: its part then may have been another.
    moved: bool,
}

/// Units looked at for one page at most: the next page goes on from there.
const LOOKED_AT: usize = 4000;
const CHUNK: u32 = 500;

fn cell(call: &Call, read: &mut Read<'_>, at: OfCell) -> Result<Page<BehindShown>, Fault> {
    let table = met(call, read, &at.id)?;
    let result = &table.result;
    let app = &call.app;
    let definition = app.instrument.tables.iter().find(|t| t.code == result.code);
    let definition = definition.ok_or_else(|| Fault::refused("no-definition", json!({ "table": result.code })))?;
    let row = result.rows.get(at.row as usize).ok_or(Fault::NotFound)?;
    let column = at.column.map(|c| c as usize);
    if column.is_some_and(|c| c >= result.columns.len()) {
        return Err(Fault::NotFound);
    }
    let refused = |error: census::tabulate::Refused| Fault::refused("table", json!({ "why": error.to_string() }));
    let behind = Behind::of(app.instrument, app.areas, definition, result.tree, &row.keys, column).map_err(refused)?;
    let most = limit(at.limit) as usize;
    let (mut rows, mut after, mut looked) = (Vec::new(), at.after.unwrap_or_default(), 0);
    loop {
        let sources = read.sources_page(&result.built_from.hash, &after, CHUNK)?;
        if sources.is_empty() {
            return Ok(Page { rows, next: None });
        }
        let versions: BTreeMap<String, String> = sources.iter().map(|s| (s.unit.clone(), s.version.clone())).collect();
        let scope = Scope::Units(versions.keys().cloned().collect());
        let collected = read.collected(&scope, app.census.period, None, CHUNK as usize)?;
        let mut figures = read.figures(&scope)?;
        let reviews = read.reviews(&scope)?;
        for one in &collected {
            after.clone_from(&one.unit.id);
            looked += 1;
            let state = reviews.get(&one.unit.id).map_or(census::review::StateKind::Draft, |k| k.review.state.kind());
            let own = figures.remove(&one.unit.id).unwrap_or_default();
            let entry = Entry {
                unit: &one.unit,
                state,
                passed: true,
                version: &one.version,
                sheets: &one.sheets,
                figures: &own,
            };
            let Some(part) = behind.part(&entry).map_err(refused)? else { continue };
            // What does not exist for this person is passed over; what needs a reason asks for it.
            match call.meets(&one.unit, state) {
                Ok(()) => {}
                Err(Fault::NotFound) => continue,
                Err(other) => return Err(other),
            }
            rows.push(BehindShown {
                unit: one.unit.id.clone(),
                name: one.unit.name.clone(),
                code: one.unit.code.clone(),
                area_name: one.unit.area.parse().map(|area| app.areas.path_name(area)).unwrap_or_default(),
                state: state.name(),
                part: cell_shown(&part),
                moved: versions.get(&one.unit.id) != Some(&one.version.hash),
            });
            if rows.len() == most {
                return Ok(Page { rows, next: Some(after) });
            }
        }
        if let Some(last) = sources.last() {
            after.clone_from(&last.unit);
        }
        if looked >= LOOKED_AT {
            return Ok(Page { rows, next: Some(after) });
        }
    }
}
