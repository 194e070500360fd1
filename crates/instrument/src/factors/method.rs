//! Where the coefficient method (产污系数法) finds its inputs on the sheets: `methods/coefficient.toml`.

use serde::Deserialize;

use crate::files::Files;
use crate::problem::Problems;
use crate::toml_text::TomlText;

/// The accounting form and what its items mean to the method.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoefficientMethod {
    pub title: String,
    /// `G106-1`.
    pub form: String,
    /// Its row block: `line`.
    pub block: String,
    /// Items with the unit's industry classes: `G101-1[03.1.code]`.
    pub industries: Vec<String>,
    /// Forms whose rows are of waste water; rows of all others are of waste gas.
    pub water_forms: Vec<String>,
    pub items: MethodItems,
    #[serde(default)]
    pub parameter: Vec<ParameterItem>,
}

/// Item codes of the accounting block.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MethodItems {
    pub form: String,
    pub outlet: String,
    pub segment: String,
    pub material: String,
    pub product: String,
    pub process: String,
    pub scale: String,
    pub output: String,
    pub output_unit: String,
    pub used: String,
    pub used_unit: String,
    pub pollutant: String,
    pub coefficient: String,
    pub parameter: String,
    pub treatment: String,
    pub permit_report: String,
    pub permit_report_unit: String,
    pub runs: Vec<RunItem>,
}

/// Items of one run parameter (治理设施实际运行参数).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunItem {
    pub name: String,
    pub value: String,
    pub unit: String,
}

/// An item of another form that gives a variable of formulas.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParameterItem {
    pub form: String,
    pub block: String,
    /// Item with the outlet's number.
    pub outlet: String,
    pub item: String,
    pub variables: Vec<String>,
}

impl CoefficientMethod {
    /// Reads `methods/coefficient.toml`; `None` when the package does not account so, or the file is broken.
    pub fn read(files: &dyn Files, problems: &mut Problems) -> Option<CoefficientMethod> {
        const FILE: &str = "methods/coefficient.toml";
        files.read(FILE)?;
        TomlText::read(files, FILE, problems).map(|(method, _)| method)
    }

    /// An item reference `G101-1[03.1.code]` as form and item.
    pub fn reference(text: &str) -> Option<(&str, &str)> {
        text.strip_suffix(']')?.split_once('[')
    }
}
