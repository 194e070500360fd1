//! The input of the accounting: one row of G106-1 with its values read.

use std::collections::BTreeMap;

use expr::exact::Ratio;

/// One row of the accounting form (核算信息): a combination and one pollutant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountRow {
    /// Row of the accounting block, from 0.
    pub row: u32,
    /// Form and outlet the figure belongs to.
    pub form: String,
    pub outlet: String,
    /// `废水` or `废气` as the form says; empty: not said.
    pub medium: String,
    pub segment: String,
    pub material: String,
    pub product: String,
    pub process: String,
    /// A class as the handbook writes it, or an amount (`5500 吨-熟料/日`).
    pub scale: String,
    pub output: Option<Amount>,
    pub used: Option<Amount>,
    /// Code, name, or text of the handbook.
    pub pollutant: String,
    /// The coefficient as the sheet repeats it; tells variants apart.
    pub coefficient: String,
    /// The value of the formula's only variable.
    pub parameter: Option<Ratio>,
    /// Values of named variables (`Sar`, `CM,S`).
    pub parameters: BTreeMap<String, Ratio>,
    pub treatment: String,
    /// Up to three run parameters.
    pub runs: Vec<Run>,
    /// Emission of the permit's execution report; without a unit it is in the indicator's.
    pub permit_report: Option<Amount>,
    /// A number that cannot be read: the line is incomplete.
    pub unreadable: Option<String>,
    /// Item codes for the trace: `output` → `G106-1[08]`.
    pub places: BTreeMap<String, String>,
}

/// A quantity as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount {
    pub value: Ratio,
    /// As typed; empty when the sheet does not say.
    pub unit: String,
}

/// A run parameter (实际运行参数): 治理设施运行时间 7180 h.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub name: String,
    pub value: Ratio,
    pub unit: String,
}

impl AccountRow {
    /// Where a value stands: `G106-1[08] row 1`.
    pub(super) fn place(&self, what: &str) -> String {
        self.places.get(what).map_or_else(String::new, |item| format!("{item} 第{}行", self.row + 1))
    }
}
