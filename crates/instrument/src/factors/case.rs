//! Worked examples of the accounting (核算算例): `cases/accounting.toml`. The census runs them (`census::account::run_cases`).

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::files::Files;
use crate::problem::{PackageError, Problems};
use crate::toml_text::TomlText;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseFile {
    case: Vec<AccountingCase>,
}

/// One worked example. Exactly one of `row`, `formula` and `pending` is given.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountingCase {
    /// `E01`.
    pub code: String,
    pub title: String,
    /// `S` seen, `R` rests on recalled numbers, `D` decided.
    pub mark: String,
    pub source: String,
    /// Industry classes of the unit.
    #[serde(default)]
    pub classes: Vec<String>,
    /// The source cuts digits off instead of rounding: one unit of the last printed digit is allowed.
    #[serde(default)]
    pub truncated: bool,
    /// Rows of the accounting form with what must come out.
    #[serde(default)]
    pub row: Vec<CaseRow>,
    /// Sums of the unit: pollutant → what must come out.
    #[serde(default)]
    pub sum: BTreeMap<String, CaseSum>,
    /// Formulas alone.
    #[serde(default)]
    pub formula: Vec<CaseFormula>,
    /// The method that is not there yet.
    pub pending: Option<String>,
}

/// A row of the accounting form.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseRow {
    #[serde(default)]
    pub outlet: String,
    #[serde(default)]
    pub segment: String,
    #[serde(default)]
    pub product: String,
    #[serde(default)]
    pub material: String,
    #[serde(default)]
    pub process: String,
    pub scale: String,
    /// `1550000 t`.
    #[serde(default)]
    pub output: String,
    #[serde(default)]
    pub used: String,
    pub pollutant: String,
    /// The single value of item 12.
    #[serde(default)]
    pub parameter: String,
    /// Named values.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    pub treatment: String,
    /// `治理设施运行时间 7180 h`.
    #[serde(default)]
    pub runs: Vec<String>,
    pub expect: CaseExpect,
}

/// What must come out, as printed: digits decide how far it is compared.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseExpect {
    /// `183228.6 t`.
    pub generated: Option<String>,
    pub emitted: Option<String>,
    pub coefficient: Option<String>,
    pub efficiency: Option<String>,
    pub k: Option<String>,
    /// Words of the reason why the line is incomplete.
    pub incomplete: Option<String>,
    /// A kind of remark that must be made: `k-cut`.
    pub remark: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseSum {
    pub generated: String,
    pub emitted: String,
}

/// A formula with its values.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseFormula {
    pub text: String,
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    pub expect: String,
}

/// Reads `cases/accounting.toml`; none when the package has no such file.
pub fn accounting_cases(files: &dyn Files, problems: &mut Problems) -> Vec<AccountingCase> {
    const FILE: &str = "cases/accounting.toml";
    let read = files.read(FILE).and_then(|_| TomlText::read::<CaseFile>(files, FILE, problems));
    let cases = read.map(|(file, _)| file.case).unwrap_or_default();
    for case in &cases {
        let kinds = [!case.row.is_empty(), !case.formula.is_empty(), case.pending.is_some()];
        if kinds.iter().filter(|k| **k).count() != 1 {
            let message = format!("case {} needs exactly one of `row`, `formula`, `pending`", case.code);
            problems.add(PackageError::new(FILE, 0, &case.code, message));
        }
    }
    cases
}
