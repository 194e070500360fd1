//! Canonical indicators (指标) and the texts of the handbook that mean them.

use std::collections::BTreeMap;

use expr::measure::Measure;

use crate::files::Files;
use crate::problem::Problems;
use crate::rows::Sheet;

/// What is accounted: a pollutant, or an amount of waste water or gas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indicator {
    pub name: String,
    /// `废水` or `废气`.
    pub medium: String,
    /// The unit figures of it are printed in.
    pub measure: Measure,
    /// Decimals a figure is printed with.
    pub decimals: u8,
    /// Code in the list of pollutants, or empty.
    pub code: String,
    pub mark: String,
}

/// One text of the handbook for an indicator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollutantText {
    /// Canonical name; empty when the text is damaged.
    pub indicator: String,
    /// The condition the text carries: `无炉内脱硫`.
    pub variant: String,
    pub note: String,
}

/// Reads `factors/indicators.csv`.
pub fn indicators(files: &dyn Files, problems: &mut Problems) -> BTreeMap<String, Indicator> {
    let mut found = BTreeMap::new();
    let headings = ["indicator", "medium", "measure", "decimals", "code", "mark", "note"];
    let Some(sheet) = Sheet::read(files, "factors/indicators.csv", &headings, problems) else { return found };
    for row in sheet.rows() {
        let name = row.need("indicator", problems).to_owned();
        let Some(measure) = Measure::parse(row.get("measure")).filter(|m| m.known) else {
            problems
                .add(row.problem("measure", format!("`{}` is not a unit", row.get("measure"))).hint("t, kg, 10^4 m3"));
            continue;
        };
        let Ok(decimals) = row.get("decimals").parse() else {
            problems.add(row.problem("decimals", "expected a number of decimals"));
            continue;
        };
        let medium = row.get("medium").to_owned();
        if !matches!(medium.as_str(), "废水" | "废气") {
            problems.unknown(row.place("medium"), "medium", &medium, ["废水", "废气"]);
        }
        let (code, mark) = (row.get("code").to_owned(), row.get("mark").to_owned());
        let indicator = Indicator { name: name.clone(), medium, measure, decimals, code, mark };
        if found.insert(name.clone(), indicator).is_some() {
            problems.add(row.problem("indicator", format!("`{name}` is there twice")));
        }
    }
    found
}

/// Reads `factors/pollutant_texts.csv`: (medium, text) → indicator.
pub fn pollutant_texts(
    files: &dyn Files,
    indicators: &BTreeMap<String, Indicator>,
    problems: &mut Problems,
) -> BTreeMap<(String, String), PollutantText> {
    let mut found = BTreeMap::new();
    let headings = ["medium", "text", "indicator", "variant", "note"];
    let Some(sheet) = Sheet::read(files, "factors/pollutant_texts.csv", &headings, problems) else { return found };
    for row in sheet.rows() {
        let indicator = row.get("indicator").to_owned();
        if !indicator.is_empty() && !indicators.contains_key(&indicator) {
            let known = indicators.keys().map(String::as_str);
            problems.unknown(row.place("indicator"), "indicator", &indicator, known);
        }
        let key = (row.get("medium").to_owned(), row.get("text").to_owned());
        let text =
            PollutantText { indicator, variant: row.get("variant").to_owned(), note: row.get("note").to_owned() };
        if found.insert(key, text).is_some() {
            problems.add(row.problem("text", format!("`{}` is there twice", row.get("text"))));
        }
    }
    found
}
