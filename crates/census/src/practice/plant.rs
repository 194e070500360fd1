//! Planting mistakes of known kinds, with the list of answers.

use expr::compile::{RuleText, compile, compile_values};
use expr::run::{Context, Shown};
use instrument::model::{Instrument, ItemType};
use instrument::practice::{PlantedKind, Practice};

use super::dice::Dice;
use super::fill::{Filled, needs};
use super::spec::{self, Spec};
use crate::check;
use crate::sheet::UnitSheets;

/// A planted mistake: what a check must find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planted {
    pub kind: String,
    pub title: String,
    /// Rule that must find it.
    pub rule: String,
    pub unit: String,
    pub name: String,
    pub form: String,
    pub item: String,
    pub before: String,
    pub after: String,
}

/// Plants up to `each` mistakes of every kind, no unit twice.
pub fn plant(
    instrument: &Instrument,
    practice: &Practice,
    units: &mut [Filled],
    each: usize,
    seed: u64,
    today: &check::Context,
) -> Result<Vec<Planted>, String> {
    let mut planted = Vec::new();
    let mut taken = vec![false; units.len()];
    for kind in &practice.errors {
        let places =
            places(instrument, kind, units, today).map_err(|e| format!("practice/errors.toml: {}: {e}", kind.code))?;
        let mut open: Vec<(u64, usize, usize)> = places
            .into_iter()
            .filter(|(unit, _)| !taken[*unit])
            .map(|(unit, row)| (Dice::new(seed).of(&kind.code).nth(unit as u64).below(u64::MAX), unit, row))
            .collect();
        open.sort_unstable();
        open.dedup_by_key(|(_, unit, _)| *unit);
        for (_, unit, row) in open.into_iter().take(each) {
            if let Some(done) = change(instrument, kind, &mut units[unit], row, today)? {
                taken[unit] = true;
                planted.push(done);
            }
        }
    }
    Ok(planted)
}

/// Unit and row of every place where a kind can be planted.
fn places(
    instrument: &Instrument,
    kind: &PlantedKind,
    units: &[Filled],
    today: &check::Context,
) -> Result<Vec<(usize, usize)>, String> {
    let (form, block) = kind.at.split_once('/').unwrap_or((&kind.at, ""));
    let home = instrument.schema.table(form, block).ok_or_else(|| format!("no block `{}`", kind.at))?;
    if kind.when.is_empty() {
        return Ok(units
            .iter()
            .enumerate()
            .filter(|(_, u)| u.sheets.sheets.get(form).is_some_and(|v| !v.rows(block).is_empty()))
            .map(|(at, _)| (at, 0))
            .collect());
    }
    let text = format!("if {} then 0 = 1", kind.when);
    let rule = RuleText { code: &kind.code, home, text: &text };
    let (program, problems) = compile(&instrument.schema, &instrument.limits(), &[rule]);
    if let Some((_, problem)) = problems.first() {
        return Err(format!("`{}`: {problem}", kind.when));
    }
    let sheets: Vec<UnitSheets> = units.iter().map(|u| u.sheets.clone()).collect();
    let batch = check::batch(instrument, &needs(home, program.needs()), &sheets);
    let found = program.run(&batch, &Context { today: Some(today.today) });
    Ok(found.iter().flat_map(|f| &f.failed).map(|p| (p.unit as usize, p.row as usize)).collect())
}

fn change(
    instrument: &Instrument,
    kind: &PlantedKind,
    filled: &mut Filled,
    row: usize,
    today: &check::Context,
) -> Result<Option<Planted>, String> {
    let (form, block) = kind.at.split_once('/').unwrap_or((&kind.at, ""));
    let mut done = Planted {
        kind: kind.code.clone(),
        title: kind.title.clone(),
        rule: kind.rule.clone(),
        unit: filled.sheets.unit.clone(),
        name: filled.unit.name.clone(),
        form: kind.at.clone(),
        item: kind.item.clone(),
        before: String::new(),
        after: String::new(),
    };
    if kind.change == "drop form" {
        "已填".clone_into(&mut done.before);
        "缺表".clone_into(&mut done.after);
        return Ok(filled.sheets.sheets.remove(form).map(|_| done));
    }
    let spec = spec::parse(&kind.change)?.spec;
    let value = match &spec {
        Spec::Formula(formula) => formula_value(instrument, kind, formula, &filled.sheets, row, today)?,
        other => spec::draw(other, row, filled.unit.dice.of(&kind.code), &|_| None)?,
    };
    let Some(value) = value else { return Ok(None) };
    let Some(values) = filled.sheets.sheets.get_mut(form) else { return Ok(None) };
    let shared = kind.item.starts_with(['H', 'F']) && kind.item.len() == 2;
    let target = if shared {
        Some(&mut values.common)
    } else if block.is_empty() {
        Some(&mut values.flat)
    } else {
        values.blocks.get_mut(block).and_then(|rows| rows.get_mut(row))
    };
    let Some(target) = target else { return Ok(None) };
    done.before = target.insert(kind.item.clone(), value.clone()).unwrap_or_default();
    done.after = value;
    Ok((done.before != done.after).then_some(done))
}

fn formula_value(
    instrument: &Instrument,
    kind: &PlantedKind,
    formula: &str,
    sheets: &UnitSheets,
    row: usize,
    today: &check::Context,
) -> Result<Option<String>, String> {
    let (form, block) = kind.at.split_once('/').unwrap_or((&kind.at, ""));
    let home = instrument.schema.table(form, block).ok_or_else(|| format!("no block `{}`", kind.at))?;
    let rule = RuleText { code: &kind.code, home, text: formula };
    let (program, problems) = compile_values(&instrument.schema, &instrument.limits(), &[rule]);
    if let Some((_, problem)) = problems.first() {
        return Err(format!("`{formula}`: {problem}"));
    }
    let batch = check::batch(instrument, &needs(home, program.needs()), std::slice::from_ref(sheets));
    let values = program.values(&batch, &Context { today: Some(today.today) }).remove(0);
    let scale = instrument
        .form(form)
        .and_then(|f| f.items.iter().find(|i| i.code == kind.item && f.blocks[i.block].name == block))
        .map_or(0, |i| match i.ty {
            ItemType::Number { scale } => scale,
            _ => 0,
        });
    Ok(match values.get(row) {
        Some(Some(Shown::Number(n))) => n.to_decimal(scale).map(|d| d.to_string()),
        Some(Some(Shown::Text(text))) => Some(text.clone()),
        _ => None,
    })
}
