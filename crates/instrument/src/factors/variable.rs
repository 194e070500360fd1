//! The variables of formula coefficients (系数公式中的参数): meaning, unit, allowed range.

use expr::exact::Ratio;

use super::lookup::covers_any;
use crate::files::Files;
use crate::problem::Problems;
use crate::rows::Sheet;

/// One meaning of a variable's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// `Sar`, `CM,S`.
    pub name: String,
    /// Industries it is for (code text); empty: any.
    pub industry: String,
    /// For coefficients per such a unit: `t`, `m3`; empty: any.
    pub per: String,
    pub title: String,
    pub unit: String,
    pub low: Option<Ratio>,
    pub high: Option<Ratio>,
    pub mark: String,
}

impl Variable {
    /// Whether it is meant in a coefficient of this industry and unit (`kg/万m3`).
    pub fn fits(&self, industry: &str, unit: &str) -> bool {
        let per = unit.split_once('/').map_or("", |(_, per)| per);
        (self.industry.is_empty() || covers_any(&self.industry, industry)) && per.ends_with(&self.per)
    }

    pub fn allows(&self, value: &Ratio) -> bool {
        self.low.as_ref().is_none_or(|low| value >= low) && self.high.as_ref().is_none_or(|high| value <= high)
    }

    /// `0.01..10 %`.
    pub fn range_text(&self) -> String {
        let bound = |b: &Option<Ratio>| b.as_ref().map_or(String::new(), ToString::to_string);
        format!("{}..{} {}", bound(&self.low), bound(&self.high), self.unit).trim_end().to_owned()
    }
}

/// Reads `factors/variables.csv`.
pub fn variables(files: &dyn Files, problems: &mut Problems) -> Vec<Variable> {
    let headings = ["name", "industry", "per", "title", "unit", "low", "high", "mark", "source"];
    let Some(sheet) = Sheet::read(files, "factors/variables.csv", &headings, problems) else { return Vec::new() };
    let mut found = Vec::new();
    for row in sheet.rows() {
        let mut bound = |heading: &str| match row.get(heading) {
            "" => None,
            text => match text.parse::<Ratio>() {
                Ok(value) => Some(value),
                Err(_) => {
                    problems.add(row.problem(heading, format!("`{text}` is not a number")));
                    None
                }
            },
        };
        let (low, high) = (bound("low"), bound("high"));
        found.push(Variable {
            name: expr::formula::variable_name(row.get("name")),
            industry: row.get("industry").to_owned(),
            per: row.get("per").to_owned(),
            title: row.get("title").to_owned(),
            unit: row.get("unit").to_owned(),
            low,
            high,
            mark: row.get("mark").to_owned(),
        });
    }
    found
}
