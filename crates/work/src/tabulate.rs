//! Adding up (汇总): the tables of an area from the units that have passed at a level.

use std::collections::BTreeMap;

use census::area::Tree;
use census::frame::Unit;
use census::line::Figure;
use census::review::{AreaLevelName, Case, passed_at};
use census::sheet::{UnitSheets, Version};
use census::tabulate::{Entry, Proof, Scope as TableScope, TableResult, tabulate as add_up};
use instrument::model::AreaLevel;
use store::{Kept, Read, Store, What};

use crate::error::words;
use crate::{Desk, Error, Result, Watch, Words, review};

/// What adding up came to.
#[derive(Debug)]
pub struct Outcome {
    /// Units that have passed and are in the tables.
    pub passed: u64,
    /// Units that have not, and are left out.
    pub held: u64,
    pub tables: Vec<Tabled>,
}

/// A table with its proof (总分核对).
#[derive(Debug)]
pub struct Tabled {
    pub result: TableResult,
    pub proof: Proof,
    /// Whether it says something else than the one before.
    pub new: bool,
}

impl Outcome {
    /// Totals that are not the sum of their parts: none, or something is broken.
    pub fn wrong(&self) -> Vec<String> {
        let of = |table: &Tabled| {
            let code = table.result.code.clone();
            table.proof.wrong.iter().map(|w| format!("{code}: {w}")).collect::<Vec<_>>()
        };
        self.tables.iter().flat_map(of).collect()
    }
}

/// A unit with all a table reads of it.
struct Whole {
    unit: Unit,
    sheets: UnitSheets,
    version: Version,
}

/// What of the census goes into the tables, of one state.
struct Passed {
    wholes: Vec<Whole>,
    reviews: BTreeMap<String, Kept>,
    figures: BTreeMap<String, Vec<Figure>>,
    held: u64,
}

/// The level a text names.
pub fn level(text: &str) -> Result<AreaLevelName> {
    match text {
        "county" => Ok(AreaLevelName::County),
        "city" => Ok(AreaLevelName::City),
        "province" => Ok(AreaLevelName::Province),
        other => Err(Error::BadInput(words!(
            "unknown_level",
            "没有级别 {}：county city province",
            "no level {}: county city province",
            other
        ))),
    }
}

/// So often is added up again when a unit was moved in the meantime.
const TRIES: u32 = 3;

/// Adds up all tables of the desk's area from units that have passed at a level, and keeps them. Stages: `reading`,
/// `adding`.
///
/// A passed unit that is not accounted as it stands refuses all: totals that miss it would be wrong.
pub fn area(desk: &mut Desk<'_>, store: &mut Store, level: AreaLevelName, watch: &mut Watch<'_>) -> Result<Outcome> {
    for _ in 0..TRIES {
        let passed = store.view(|read| read_passed(desk, read, level, watch))?;
        let results = tables(desk, &passed, watch)?;
        if let Some(outcome) = keep(desk, store, level, &passed, results)? {
            return Ok(outcome);
        }
    }
    Err(Error::Refused(words!(
        "units_moved",
        "汇总期间普查对象的评审状态一直在变；请稍后再汇总",
        "units kept moving while they were added up; try again later"
    )))
}

fn read_passed(desk: &Desk<'_>, read: &mut Read<'_>, level: AreaLevelName, watch: &mut Watch<'_>) -> Result<Passed> {
    let scope = desk.scope();
    let reviews = read.reviews(&scope)?;
    let figures = read.figures(&scope)?;
    let accounted = read.accounted(&scope)?;
    let accounting = desk.instrument.factors.method.as_ref().map(|m| m.form.clone()).unwrap_or_default();
    let (mut wholes, mut held, mut not_accounted, mut seen) = (Vec::new(), 0, 0u64, 0);
    read.each_chunk::<Error>(&scope, desk.census.period, 2000, |chunk| {
        seen += chunk.len() as u64;
        for collected in chunk {
            let case = Case {
                chain: &desk.instrument.review,
                areas: desk.areas,
                unit: &collected.unit.id,
                unit_area: review::area_of(&collected)?,
                version: &collected.version,
                findings: &[],
                now: desk.now,
            };
            if !reviews.get(&collected.unit.id).is_some_and(|k| passed_at(&k.review.state, &case, level)) {
                held += 1;
                continue;
            }
            let has_lines = collected.sheets.sheets.contains_key(&accounting);
            not_accounted += u64::from(has_lines && accounted.get(&collected.unit.id) != Some(&collected.version.hash));
            wholes.push(Whole { unit: collected.unit, sheets: collected.sheets, version: collected.version });
        }
        watch.at("reading", seen, reviews.len() as u64)
    })?;
    if not_accounted > 0 {
        return Err(Error::Refused(words!(
            "not_accounted",
            "{} 个已通过的单位还没有按现有版本核算：先 wupu account",
            "{} passed units are not accounted as they stand: wupu account first",
            not_accounted
        )));
    }
    Ok(Passed { wholes, reviews, figures, held })
}

fn tables(desk: &Desk<'_>, passed: &Passed, watch: &mut Watch<'_>) -> Result<Vec<(TableResult, Proof)>> {
    let none: Vec<Figure> = Vec::new();
    let entries: Vec<Entry<'_>> = passed
        .wholes
        .iter()
        .map(|w| Entry {
            unit: &w.unit,
            state: passed.reviews[&w.unit.id].review.state.kind(),
            passed: true,
            version: &w.version,
            sheets: &w.sheets,
            figures: passed.figures.get(&w.unit.id).unwrap_or(&none),
        })
        .collect();
    let scope = TableScope { area: desk.area, tree: Tree::Code, down_to: AreaLevel::Town };
    let definitions = &desk.instrument.tables;
    let mut results = Vec::with_capacity(definitions.len());
    for (at, definition) in definitions.iter().enumerate() {
        watch.at("adding", at as u64, definitions.len() as u64)?;
        let result = add_up(desk.instrument, desk.areas, definition, scope, &entries)
            .map_err(|e| Error::Refused(Words::plain("table", e.to_string())))?;
        let proof = result.proof();
        results.push((result, proof));
    }
    Ok(results)
}

/// Keeps the tables; `None`: a unit that is in them was moved since they were made.
fn keep(
    desk: &mut Desk<'_>,
    store: &mut Store,
    level: AreaLevelName,
    passed: &Passed,
    results: Vec<(TableResult, Proof)>,
) -> Result<Option<Outcome>> {
    let ids: Vec<String> = results.iter().map(|_| desk.ids.make()).collect();
    let event = desk.event(What::Tabulate);
    let scope = desk.scope();
    store.write(&event, |w| {
        let now = w.read().reviews(&scope)?;
        let moved =
            |whole: &Whole| now.get(&whole.unit.id).map(|k| k.counter) != Some(passed.reviews[&whole.unit.id].counter);
        if passed.wholes.iter().any(moved) {
            return Ok(None);
        }
        let mut tables = Vec::with_capacity(results.len());
        for (id, (result, proof)) in ids.iter().zip(results) {
            let new = w.table(id, level, &result)?;
            tables.push(Tabled { result, proof, new });
        }
        Ok(Some(Outcome { passed: passed.wholes.len() as u64, held: passed.held, tables }))
    })
}
