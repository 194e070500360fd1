//! Filling the forms of the practice county by the recipes of the instrument.
//!
//! Item by item for all units at once: draws are pure functions of seed, unit,
//! form, item and row; formulas run through the language over all rows filled
//! so far. A unit whose sheets break a rule of grade 强制性 is drawn again.

use std::collections::{BTreeMap, BTreeSet};

use expr::calendar;
use expr::compile::{RuleText, compile, compile_values};
use expr::run::{Context, Shown};
use instrument::model::{Instrument, ItemType};
use instrument::practice::{Practice, Recipe};

use super::combination::{self, Attributes, Works};
use super::dice::Dice;
use super::list::PracticeUnit;
use super::people;
use super::spec::{self, Conditional, Spec};
use crate::account;
use crate::check::{self, Checker, Needs};
use crate::finding::FindingGrade;
use crate::line::LineResult;
use crate::sheet::{Row, UnitSheets, Values};

/// A unit with its filled sheets.
#[derive(Debug, Clone)]
pub struct Filled {
    pub unit: PracticeUnit,
    pub sheets: UnitSheets,
}

/// How often a unit is drawn anew before it is given up.
const ATTEMPTS: u64 = 12;

/// Fills the sheets of all units. The second value names units that broke a rule in every attempt;
/// they are kept as last drawn.
pub fn fill(
    instrument: &Instrument,
    practice: &Practice,
    checker: &Checker<'_>,
    units: &[PracticeUnit],
    today: &check::Context,
) -> Result<(Vec<Filled>, Vec<String>), String> {
    // Plants that others discharge to: the same in every attempt.
    let plants: Vec<String> = units.iter().filter(|u| u.respondent == "sewage-plant").map(|u| u.name.clone()).collect();
    let mut done: Vec<Option<Filled>> = vec![None; units.len()];
    let mut open: Vec<usize> = (0..units.len()).collect();
    for attempt in 0..ATTEMPTS {
        let drawn: Vec<PracticeUnit> = open
            .iter()
            .map(|at| PracticeUnit { dice: units[*at].dice.of("attempt").nth(attempt), ..units[*at].clone() })
            .collect();
        let sheets = draw_all(instrument, practice, &drawn, &plants, today)?;
        let settled: Vec<UnitSheets> = done.iter().flatten().map(|f| f.sheets.clone()).collect();
        let count = settled.len();
        // Rules that compare units see those already settled as well.
        let together: Vec<UnitSheets> = settled.into_iter().chain(sheets.iter().cloned()).collect();
        let checked = check::run(checker, &together, today);
        let broken: BTreeSet<&str> =
            checked.findings.iter().filter(|f| f.grade == FindingGrade::Error).map(|f| f.unit.as_str()).collect();
        debug_assert!(count <= together.len());
        let last = attempt + 1 == ATTEMPTS;
        let mut still = Vec::new();
        for (at, (unit, sheets)) in open.iter().zip(drawn.into_iter().zip(sheets)) {
            if broken.contains(sheets.unit.as_str()) {
                still.push(*at);
                if !last {
                    continue;
                }
            }
            done[*at] = Some(Filled { unit, sheets });
        }
        open = still;
        if open.is_empty() {
            break;
        }
    }
    let given_up = open.iter().map(|at| units[*at].name.clone()).collect();
    Ok((done.into_iter().flatten().collect(), given_up))
}

/// A unit in the making.
struct Draft<'a> {
    unit: &'a PracticeUnit,
    works: Works,
    attributes: Attributes,
}

fn draw_all(
    instrument: &Instrument,
    practice: &Practice,
    units: &[PracticeUnit],
    plants: &[String],
    today: &check::Context,
) -> Result<Vec<UnitSheets>, String> {
    let drafts: Vec<Draft> = units.iter().map(|unit| draft(instrument, unit, plants)).collect();
    let mut sheets: Vec<UnitSheets> = units
        .iter()
        .map(|unit| UnitSheets {
            unit: super::list::practice_id(unit),
            respondent: unit.respondent.clone(),
            ..UnitSheets::default()
        })
        .collect();
    for recipe in &practice.recipes {
        fill_form(instrument, recipe, &drafts, &mut sheets, today)
            .map_err(|e| format!("practice/recipes/{}.toml: {e}", recipe.form))?;
    }
    Ok(sheets)
}

/// What is settled about a unit before any form is filled.
fn draft<'a>(instrument: &Instrument, unit: &'a PracticeUnit, plants: &[String]) -> Draft<'a> {
    let dice = unit.dice;
    let hours = dice.of("hours").between(12, 79) * 100;
    let mut works = match &unit.profile {
        Some(profile) if !unit.stopped => {
            let combinations = combination::combinations(&instrument.factors, profile);
            combination::draw(&instrument.factors, &combinations, profile, hours, dice.of("works"))
        }
        _ => Works::default(),
    };
    // Fuels belong to the energy part of the materials form, under their list names.
    let fuel = |name: &str| {
        instrument.list("fuel_type").is_some_and(|l| l.members.iter().any(|m| name.contains(m.name.as_str())))
    };
    works.materials.retain(|m| !m.get("material").is_some_and(|name| fuel(name)));
    let yes = |b: bool| if b { "1" } else { "2" }.to_owned();
    let mut attributes = Attributes::new();
    let mut set = |name: &str, value: String| attributes.insert(name.to_owned(), value);
    let industry_name = instrument
        .list("industry_gbt4754_2017")
        .and_then(|l| l.members.iter().find(|m| m.code == unit.industry))
        .map(|m| m.name.clone())
        .unwrap_or_default();
    set("name", unit.name.clone());
    set("code", unit.code.clone());
    set("area", unit.area.clone());
    set("address", unit.address.clone());
    set("person", unit.person.clone());
    set("phone", unit.phone.clone());
    set("industry", unit.industry.clone());
    set("industry-name", industry_name);
    set("lon", people::angle(unit.lon));
    set("lat", people::angle(unit.lat));
    set("hours", hours.to_string());
    set("facility-hours", (hours * dice.of("facility").between(85, 100) / 100).to_string());
    set("status", if unit.stopped { "2" } else { "1" }.to_owned());
    let opened = dice.of("opened");
    set("opened", format!("{}-{:02}", opened.between(1992, 2016), opened.of("month").between(1, 12)));
    set("heads", unit.heads.to_string());
    set("sewage-plant", if plants.is_empty() { String::new() } else { dice.of("plant").pick(plants).clone() });
    set("flag-16", yes(works.water));
    set("flag-28", yes(works.gas));
    for flag in ["17", "25", "26", "29", "30"] {
        let chance = unit.profile.as_ref().and_then(|p| p.flags.get(flag).copied()).unwrap_or(match flag {
            "26" => 15,
            "29" => 55,
            "30" => 35,
            _ => 0,
        });
        let always = triggered(instrument, flag, &unit.industry);
        set(&format!("flag-{flag}"), yes(!unit.stopped && (always || dice.of("flag").of(flag).percent(chance))));
    }
    if unit.stopped && triggered(instrument, "26", &unit.industry) {
        set("flag-26", yes(true));
    }
    if let Some(first) = works.products.first() {
        for name in ["product", "output"] {
            set(name, first.get(name).cloned().unwrap_or_default());
        }
    }
    for name in ["material", "use"] {
        set(name, works.materials.first().and_then(|m| m.get(name)).cloned().unwrap_or_default());
    }
    Draft { unit, works, attributes }
}

/// Whether an industry must answer a flag of the hub form with yes (列入 industry_triggers).
fn triggered(instrument: &Instrument, flag: &str, industry: &str) -> bool {
    instrument.list("industry_triggers").is_some_and(|list| {
        list.members.iter().any(|m| {
            m.code.split_once(':').is_some_and(|(f, class)| {
                let class = class.trim_end_matches('*');
                f == flag && !class.is_empty() && industry.starts_with(class)
            })
        })
    })
}

fn fill_form(
    instrument: &Instrument,
    recipe: &Recipe,
    drafts: &[Draft],
    sheets: &mut [UnitSheets],
    today: &check::Context,
) -> Result<(), String> {
    let form = instrument.form(&recipe.form).ok_or("no such form")?;
    let mut due: Vec<usize> = (0..drafts.len()).filter(|at| drafts[*at].unit.respondent == recipe.respondent).collect();
    if !recipe.when.is_empty() {
        let holds = holding(instrument, &recipe.when, sheets, today)?;
        due.retain(|at| holds.contains(&(*at as u32, 0)));
    }
    for at in &due {
        let mut values = Values { common: common(instrument, drafts[*at].unit), ..Values::default() };
        for block in &recipe.block {
            let rows = row_count(&block.rows, &drafts[*at], &recipe.form, &block.name)?;
            values.blocks.insert(block.name.clone(), vec![Row::new(); rows]);
        }
        sheets[*at].sheets.insert(form.code.clone(), values);
    }
    // Row blocks may look at the flat part, and the flat part may count them: flat first, then blocks.
    let blocks = std::iter::once(("", &recipe.flat)).chain(recipe.block.iter().map(|b| (b.name.as_str(), &b.items)));
    for (block, items) in blocks {
        for (item, text) in items {
            fill_item(instrument, recipe, block, item, text, &due, drafts, sheets, today)
                .map_err(|e| format!("{block} [{item}]: {e}"))?;
        }
    }
    if instrument.factors.method.as_ref().is_some_and(|m| m.form == recipe.form) {
        account_lines(instrument, &due, sheets);
    }
    Ok(())
}

fn common(instrument: &Instrument, unit: &PracticeUnit) -> Row {
    let mut row = Row::new();
    let mut set = |item: &str, value: &str| row.insert(item.to_owned(), value.to_owned());
    set("H1", &unit.area);
    if unit.code.is_empty() {
        set("H5", &format!("PC{}", unit.area));
    } else {
        set("H2", &unit.code);
    }
    set("H4", &unit.name);
    set("H6", &instrument.period.to_string());
    set("F1", &unit.person);
    set("F2", &unit.person);
    set("F3", &unit.person);
    let day = calendar::days(2018, 9, 1) + unit.dice.of("reported").between(0, 60);
    let (y, m, d) = calendar::civil(day);
    set("F4", &format!("{y}-{m:02}-{d:02}"));
    set("F5", &unit.phone);
    row
}

fn row_count(text: &str, draft: &Draft, form: &str, block: &str) -> Result<usize, String> {
    Ok(match text {
        "combinations" => draft.works.lines.len(),
        "products" => draft.works.products.len(),
        "materials" => draft.works.materials.len(),
        _ => match text.parse() {
            Ok(rows) => rows,
            Err(_) => {
                let dice = draft.unit.dice.of(form).of(block).of("rows");
                let drawn = spec::draw(&spec::parse(text)?.spec, 0, dice, &|_| None)?;
                drawn.and_then(|d| d.parse().ok()).ok_or_else(|| format!("`{text}` is not a number of rows"))?
            }
        },
    })
}

fn fill_item(
    instrument: &Instrument,
    recipe: &Recipe,
    block: &str,
    item: &str,
    text: &str,
    due: &[usize],
    drafts: &[Draft],
    sheets: &mut [UnitSheets],
    today: &check::Context,
) -> Result<(), String> {
    // `row NAME`: an attribute of the row's combination.
    if let Some(name) = text.strip_prefix("row ") {
        for at in due {
            let works = &drafts[*at].works;
            let source = match recipe.block.iter().find(|b| b.name == block).map(|b| b.rows.as_str()) {
                Some("products") => &works.products,
                Some("materials") => &works.materials,
                _ => &works.lines,
            };
            for (row, attributes) in source.iter().enumerate() {
                if let Some(value) = attributes.get(name) {
                    put(&mut sheets[*at], &recipe.form, block, row, item, value.clone());
                }
            }
        }
        return Ok(());
    }
    let Conditional { when, spec } = spec::parse(text)?;
    let home = instrument.schema.table(&recipe.form, block).ok_or("no such block")?;
    let holds = match &when {
        None => None,
        Some(when) => Some(holding_at(instrument, home, when, sheets, today)?),
    };
    let formula = match &spec {
        Spec::Formula(formula) => Some(evaluated(instrument, home, formula, sheets, today)?),
        _ => None,
    };
    let decimals = instrument
        .form(&recipe.form)
        .and_then(|f| f.items.iter().find(|i| i.code == item && f.blocks[i.block].name == block))
        .and_then(|i| match i.ty {
            ItemType::Number { scale } => Some(scale),
            _ => None,
        });
    for at in due {
        let draft = &drafts[*at];
        let rows = sheets[*at].sheets[&recipe.form].rows(block).len();
        for row in 0..rows {
            if holds.as_ref().is_some_and(|h| !h.contains(&(*at as u32, row as u32))) {
                continue;
            }
            let dice: Dice = draft.unit.dice.of(&recipe.form).of(block).of(item).nth(row as u64);
            let value = match (&spec, &formula) {
                (Spec::Formula(_), Some(values)) => match values.get(&(*at as u32, row as u32)) {
                    Some(Shown::Number(n)) => {
                        n.to_decimal(decimals.unwrap_or(0)).map(|d| d.to_string()).unwrap_or_default()
                    }
                    Some(Shown::Text(text)) => text.clone(),
                    _ => continue,
                },
                (Spec::Accounted { form, pollutant, what }, _) => {
                    accounted(instrument, &sheets[*at], form, pollutant, what, decimals.unwrap_or(3))
                }
                _ => spec::draw(&spec, row, dice, &|name| draft.attributes.get(name).cloned())?.unwrap_or_default(),
            };
            put(&mut sheets[*at], &recipe.form, block, row, item, value);
        }
    }
    Ok(())
}

fn put(sheets: &mut UnitSheets, form: &str, block: &str, row: usize, item: &str, value: String) {
    let Some(values) = sheets.sheets.get_mut(form) else { return };
    let row = if block.is_empty() {
        Some(&mut values.flat)
    } else {
        values.blocks.get_mut(block).and_then(|rows| rows.get_mut(row))
    };
    if let Some(row) = row {
        row.insert(item.to_owned(), value);
    }
}

/// Sum of what the accounting form holds for a form and pollutant; empty when it holds nothing.
fn accounted(
    instrument: &Instrument,
    sheets: &UnitSheets,
    form: &str,
    pollutant: &str,
    what: &str,
    decimals: u8,
) -> String {
    let Some(method) = &instrument.factors.method else { return String::new() };
    let Some(code) = instrument.factors.indicators.get(pollutant).map(|i| i.code.as_str()) else {
        return String::new();
    };
    let item = if what == "generated" { "13" } else { "19" };
    let rows = sheets.sheets.get(&method.form).map_or(&[][..], |v| v.rows(&method.block));
    let parts: Vec<expr::exact::Decimal> = rows
        .iter()
        .filter(|r| r.get(&method.items.form).is_some_and(|f| f == form))
        .filter(|r| r.get(&method.items.pollutant).is_some_and(|p| p == code))
        .filter_map(|r| r.get(item)?.parse().ok())
        .collect();
    if parts.is_empty() {
        return String::new();
    }
    let total = parts.into_iter().try_fold(expr::exact::Decimal::ZERO, expr::exact::Decimal::checked_add);
    total.and_then(|t| t.round(decimals)).map(|t| t.to_string()).unwrap_or_default()
}

/// Runs the accounting over the drawn rows and writes its results into them; rows that cannot be
/// computed are taken out again.
fn account_lines(instrument: &Instrument, due: &[usize], sheets: &mut [UnitSheets]) {
    let Some(method) = &instrument.factors.method else { return };
    for at in due {
        let inputs = account::inputs(method, &sheets[*at]);
        let done = account::account(&instrument.factors, &sheets[*at].unit, &inputs.classes, &inputs.rows);
        let Some(rows) = sheets[*at].sheets.get_mut(&method.form).and_then(|v| v.blocks.get_mut(&method.block)) else {
            continue;
        };
        let mut kept = Vec::new();
        for (mut row, line) in rows.drain(..).zip(&done.lines) {
            let LineResult::Computed { generated, emitted, measure, .. } = &line.result else { continue };
            let shown = |d: &expr::exact::Decimal| d.round(4).map(|d| d.to_string()).unwrap_or_default();
            row.insert("13".into(), shown(generated));
            row.insert("13.unit".into(), measure.clone());
            row.insert("19".into(), shown(emitted));
            row.insert("19.unit".into(), measure.clone());
            kept.push(row);
        }
        *rows = kept;
    }
}

/// Rows (unit, row) of the hub's flat part on which a condition holds.
fn holding(
    instrument: &Instrument,
    when: &str,
    sheets: &[UnitSheets],
    today: &check::Context,
) -> Result<BTreeSet<(u32, u32)>, String> {
    let form = when.split('[').next().unwrap_or_default().trim();
    let home = instrument.schema.table(form, "").ok_or_else(|| format!("`{when}`: begin with FORM[item]"))?;
    holding_at(instrument, home, when, sheets, today)
}

fn holding_at(
    instrument: &Instrument,
    home: expr::schema::TableId,
    when: &str,
    sheets: &[UnitSheets],
    today: &check::Context,
) -> Result<BTreeSet<(u32, u32)>, String> {
    // A rule that fails exactly where the condition holds.
    let text = format!("if {when} then 0 = 1");
    let rule = RuleText { code: "when", home, text: &text };
    let (program, problems) = compile(&instrument.schema, &instrument.limits(), &[rule]);
    if let Some((_, problem)) = problems.first() {
        return Err(format!("`{when}`: {problem}"));
    }
    let batch = check::batch(instrument, &needs(home, program.needs()), sheets);
    let found = program.run(&batch, &Context { today: Some(today.today) });
    Ok(found.iter().flat_map(|f| &f.failed).map(|p| (p.unit, p.row)).collect())
}

/// The columns a program reads; the home is laid out even when nothing of it is read.
pub(super) fn needs(home: expr::schema::TableId, mut columns: Vec<expr::schema::ColumnId>) -> Needs {
    columns.push(expr::schema::ColumnId { table: home, column: 0 });
    columns.sort_unstable();
    columns.dedup();
    Needs { columns }
}

/// The values of a formula by (unit, row).
fn evaluated(
    instrument: &Instrument,
    home: expr::schema::TableId,
    formula: &str,
    sheets: &[UnitSheets],
    today: &check::Context,
) -> Result<BTreeMap<(u32, u32), Shown>, String> {
    let rule = RuleText { code: "formula", home, text: formula };
    let (program, problems) = compile_values(&instrument.schema, &instrument.limits(), &[rule]);
    if let Some((_, problem)) = problems.first() {
        return Err(format!("`{formula}`: {problem}"));
    }
    let batch = check::batch(instrument, &needs(home, program.needs()), sheets);
    let values = program.values(&batch, &Context { today: Some(today.today) }).remove(0);
    let Some(Some(table)) = batch.tables.get(home.0 as usize) else { return Ok(BTreeMap::new()) };
    let mut found = BTreeMap::new();
    for unit in 0..batch.units {
        for row in table.offsets[unit]..table.offsets[unit + 1] {
            if let Some(Some(value)) = values.get(row as usize) {
                found.insert((unit as u32, row - table.offsets[unit]), value.clone());
            }
        }
    }
    Ok(found)
}
