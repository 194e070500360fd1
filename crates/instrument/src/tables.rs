//! The standard tabulations of a package: `tables/*.toml`. What a column's value means stands in the
//! tabulation itself; here every name it uses must exist.

use expr::measure::Measure;
use serde::Deserialize;
use toml::Spanned;

use crate::factors::FactorLibrary;
use crate::files::Files;
use crate::model::{Form, Item, ItemType, Respondent, TableColumn, TableDefinition};
use crate::problem::Problems;
use crate::toml_text::TomlText;

/// What tables may name.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    pub forms: &'a [Form],
    pub common: &'a [Item],
    pub respondents: &'a [Respondent],
    pub factors: &'a FactorLibrary,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableFile {
    table: Vec<TableEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableEntry {
    code: Spanned<String>,
    title: String,
    rows: Vec<Spanned<String>>,
    columns: Vec<ColumnEntry>,
    #[serde(default)]
    note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnEntry {
    title: String,
    unit: Spanned<String>,
    value: Spanned<String>,
}

const KEYS: [&str; 4] = ["area", "industry", "pollutant", "respondent"];

pub fn read(files: &dyn Files, known: Known<'_>, problems: &mut Problems) -> Vec<TableDefinition> {
    let mut found: Vec<TableDefinition> = Vec::new();
    for file in files.under("tables/", ".toml") {
        let Some((read, source)) = TomlText::read::<TableFile>(files, &file, problems) else { continue };
        for table in read.table {
            let code = table.code.get_ref().clone();
            if found.iter().any(|t| t.code == code) {
                problems.add(source.problem(&table.code, "code", format!("table `{code}` is there twice")));
            }
            for key in table.rows.iter().filter(|k| !KEYS.contains(&k.get_ref().as_str())) {
                source.unknown(key, "rows", "key of rows", KEYS, problems);
            }
            let by_pollutant = table.rows.iter().any(|k| k.get_ref() == "pollutant");
            let mut columns = Vec::new();
            for column in table.columns {
                check_column(&source, &column, by_pollutant, known, problems);
                columns.push(TableColumn {
                    title: column.title,
                    unit: column.unit.into_inner(),
                    value: column.value.into_inner(),
                });
            }
            found.push(TableDefinition {
                code,
                title: table.title,
                rows: table.rows.into_iter().map(Spanned::into_inner).collect(),
                columns,
                note: table.note,
            });
        }
    }
    found
}

fn check_column(
    source: &TomlText,
    column: &ColumnEntry,
    by_pollutant: bool,
    known: Known<'_>,
    problems: &mut Problems,
) {
    let value = &column.value;
    let place = (source.file.as_str(), source.line(value), "value");
    let (call, only) =
        value.get_ref().split_once(" where ").map_or((value.get_ref().as_str(), None), |(c, w)| (c, Some(w)));
    if let Some(respondent) = only.and_then(|w| w.split_once('=')).filter(|(field, _)| field.trim() == "respondent")
        && !known.respondents.iter().any(|r| r.code == respondent.1.trim())
    {
        let codes = known.respondents.iter().map(|r| r.code.as_str());
        problems.unknown(place, "respondent", respondent.1.trim(), codes);
    }
    let call = call.trim();
    let Some((function, inner)) = call.strip_suffix(')').and_then(|c| c.split_once('(')) else {
        let error = source.problem(value, "value", format!("`{call}` is not a value"));
        problems.add(error.hint("write count(units), count(G102/facility), sum(G102[01]) or sum(emitted)"));
        return;
    };
    let (name, item) = match inner.strip_suffix(']').and_then(|i| i.split_once('[')) {
        Some((name, item)) => (name.trim(), Some(item.trim())),
        None => (inner.trim(), None),
    };
    match (function.trim(), name, item) {
        ("count", "units", None) => {}
        ("sum", "generated" | "removed" | "emitted", None) => {
            if !by_pollutant {
                let error = source.problem(value, "value", format!("`{call}` needs the pollutant of its row"));
                problems.add(error.hint("name it, emitted[化学需氧量], or put `pollutant` among the rows"));
            }
        }
        ("sum", "generated" | "removed" | "emitted", Some(pollutant)) => {
            match known.factors.indicators.get(pollutant) {
                Some(indicator) => check_unit(source, column, &indicator.measure, problems),
                None => {
                    let names = known.factors.indicators.keys().map(String::as_str);
                    problems.unknown(place, "pollutant", pollutant, names);
                }
            }
        }
        ("count", table, None) => {
            home(table, place, known, problems);
        }
        ("sum", table, Some(code)) => {
            let Some((form, block)) = home(table, place, known, problems) else { return };
            let own = form.items.iter().filter(|i| i.block == block);
            let shared = known.common.iter().filter(|_| block == 0);
            match own.clone().chain(shared.clone()).find(|i| i.code == code) {
                None => problems.unknown(place, "item", code, own.chain(shared).map(|i| i.code.as_str())),
                Some(item) if !matches!(item.ty, ItemType::Number { .. }) => {
                    let message = format!("`{table}[{code}]` ({}) is not a number and cannot be added", item.name);
                    problems.add(source.problem(value, "value", message));
                }
                Some(item) => check_unit(source, column, &item.measure, problems),
            }
        }
        _ => {
            let error = source.problem(value, "value", format!("`{call}` is not understood"));
            problems.add(error.hint("write count(units), count(G102/facility), sum(G102[01]) or sum(emitted)"));
        }
    }
}

/// A sum can be printed only in a unit its items can be converted to.
fn check_unit(source: &TomlText, column: &ColumnEntry, measure: &Measure, problems: &mut Problems) {
    let unit = column.unit.get_ref();
    let wanted = Measure::parse(unit);
    let fits = unit.is_empty()
        || *unit == measure.text
        || !measure.known
        || wanted.as_ref().is_some_and(|wanted| measure.conversion(wanted).is_some());
    if !fits {
        let message = format!("`{}` is counted in {} and cannot be printed in {unit}", column.title, measure.text);
        problems.add(source.problem(&column.unit, "unit", message).hint("name a unit of the same kind"));
    }
}

/// The form of `G102/outlet` and the position of its block.
fn home<'a>(
    table: &str,
    place: (&str, u32, &str),
    known: Known<'a>,
    problems: &mut Problems,
) -> Option<(&'a Form, usize)> {
    let (code, block) = table.split_once('/').unwrap_or((table, ""));
    let Some(form) = known.forms.iter().find(|f| f.code == code) else {
        problems.unknown(place, "form", code, known.forms.iter().map(|f| f.code.as_str()));
        return None;
    };
    let at = form.blocks.iter().position(|b| b.name == block || (!block.is_empty() && b.title == block));
    if at.is_none() {
        problems.unknown(place, "block", block, form.blocks.iter().map(|b| b.name.as_str()));
    }
    at.map(|at| (form, at))
}
