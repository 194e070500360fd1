//! The coefficient library (产排污系数库): every row of the handbook, accepted, quarantined or refused with its reason.
//!
//! Start with [`FactorLibrary::load`]; look a combination up with [`FactorLibrary::tables_for`] and
//! [`FactorLibrary::of_combination`].

mod case;
mod indicator;
mod k;
mod load;
mod lookup;
mod method;
mod remark;
mod scale;
mod variable;

use std::collections::{BTreeMap, BTreeSet};

use expr::exact::Ratio;
use expr::formula::Formula;
use expr::measure::Measure;

pub use case::{AccountingCase, CaseExpect, CaseFormula, CaseRow, CaseSum, accounting_cases};
pub use indicator::{Indicator, PollutantText};
pub use lookup::{Combination, Table, covers, plain};
pub use method::{CoefficientMethod, MethodItems, ParameterItem, RunItem};
pub use remark::{ScaleRemark, ScaleRemarkKind};
pub use scale::{Bound, Scale, ScaleRange, amount as scale_amount};
pub use variable::Variable;

/// All coefficients of an edition, loaded by the rules of the package.
#[derive(Debug, Clone, Default)]
pub struct FactorLibrary {
    /// `NESPS2-trial-2019`.
    pub edition: String,
    pub title: String,
    /// Who transcribed it, under which licence.
    pub source: String,
    pub factors: Vec<Factor>,
    /// Rows kept out until a person confirms them, with the reason.
    pub quarantined: Vec<SetAside>,
    /// Rows that cannot be used, with the reason.
    pub refused: Vec<SetAside>,
    /// Canonical indicators by name.
    pub indicators: BTreeMap<String, Indicator>,
    /// Pollutant texts of the handbook, by medium and text.
    pub pollutant_texts: BTreeMap<(String, String), PollutantText>,
    /// What the formulas' variables mean and may be, in the order of the file.
    pub variables: Vec<Variable>,
    /// Which industries borrow from which tables.
    pub references: Vec<Reference>,
    /// Where the method finds its inputs on the sheets.
    pub method: Option<CoefficientMethod>,
    /// Names that mean that nothing is treated (无、直排 …).
    pub untreated: BTreeSet<String>,
    /// Industry code text → combination → positions in [`FactorLibrary::factors`].
    index: BTreeMap<String, BTreeMap<Combination, Vec<u32>>>,
}

/// One accepted row: one pollutant under one treatment of one combination.
#[derive(Debug, Clone)]
pub struct Factor {
    /// As the handbook writes it: `3011`, `211`, `33-37`, `4411、4412`.
    pub industry: String,
    /// 核算环节.
    pub segment: String,
    pub product: String,
    pub material: String,
    pub process: String,
    pub scale: Scale,
    /// Canonical indicator: `化学需氧量`, `颗粒物`, `工业废水量` …
    pub pollutant: String,
    /// As written in the handbook.
    pub pollutant_text: String,
    /// `废水` or `废气`, of the indicator.
    pub medium: String,
    /// What the coefficient counts per what: `kg/t`.
    pub unit: String,
    /// The unit before the stroke: `kg`.
    pub amount: Measure,
    /// The unit after it: `t`, `万件`.
    pub per: Measure,
    pub coefficient: Formula,
    /// Named treatment chain; `无` when none.
    pub treatment: String,
    /// Removal efficiency in per cent; 0 for an untreated row, not given where the handbook leaves it blank.
    pub efficiency: Formula,
    pub k: KFormula,
    /// What the activity counts.
    pub basis: Basis,
    pub activity: String,
    /// The condition under which it holds, from its own column and from the pollutant's text: `炉内脱硫`.
    pub variant: String,
    /// Footnotes and remarks of the handbook on this row.
    pub note: String,
    /// `S:TG e5bfa029 p159`.
    pub source: String,
    pub flags: Vec<String>,
    /// File and line in the package.
    pub file: String,
    pub line: u32,
}

/// What the activity level counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    Product,
    Material,
}

/// The families of k, the actual operating rate of a treatment (实际运行率).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KFormula {
    /// Facility hours ÷ production hours (or days ÷ days).
    Hours {
        text: String,
    },
    /// Facility kWh ÷ (rated kW × running hours).
    Electricity {
        text: String,
    },
    /// Facility kWh ÷ design kWh; the handbook gives the design figure in some rows.
    DesignElectricity {
        text: String,
        design: Option<Ratio>,
    },
    Constant {
        value: Ratio,
        text: String,
    },
    /// Mass treated ÷ mass that should be treated.
    Mass {
        text: String,
    },
    /// The least of the unit's other k.
    Minimum {
        text: String,
    },
    /// 1 − hours out of order ÷ running hours.
    Downtime {
        text: String,
    },
    /// Efficiency is a co-removal, k the share of synchronous running (窑磨同步运转率).
    Synchronous {
        text: String,
    },
    /// Amount used ÷ standard amount (活性炭用量, 绝干污泥量).
    Amount {
        text: String,
    },
    /// None of the families: not computable.
    Special {
        text: String,
    },
    /// Not given: never 1 in silence.
    NotGiven,
}

/// A row that was not accepted.
#[derive(Debug, Clone)]
pub struct SetAside {
    pub file: String,
    pub line: u32,
    /// `gen_unresolved`, `suspect_unit_high`, `unparsed-scale` …
    pub reason: String,
    /// The cell or remark behind the reason.
    pub detail: String,
    pub industry: String,
    pub combination: Combination,
    pub scale: String,
    pub pollutant_text: String,
    pub treatment: String,
}

/// Tables that an industry borrows from another (借用系数).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Industry code text, `*` for all.
    pub from: String,
    /// Segment of the borrowing industry it is for; empty: any.
    pub segment: String,
    pub to: String,
    /// Segment in the lending table; empty: any.
    pub to_segment: String,
    pub title: String,
    /// `S`, `R`, `D`.
    pub mark: String,
    pub source: String,
}

/// How many rows came to what: the proof that none was dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FactorCounts {
    pub rows: usize,
    pub accepted: usize,
    /// By reason.
    pub quarantined: BTreeMap<String, usize>,
    pub refused: BTreeMap<String, usize>,
    /// Accepted rows by family of k.
    pub k_families: BTreeMap<&'static str, usize>,
    pub formula_coefficients: usize,
    pub formula_efficiencies: usize,
}

impl FactorCounts {
    /// Whether every row is accounted for.
    pub fn adds_up(&self) -> bool {
        let aside: usize = self.quarantined.values().chain(self.refused.values()).sum();
        self.rows == self.accepted + aside
    }
}

impl KFormula {
    /// Name of the family, as in `k_texts.csv`.
    pub fn family(&self) -> &'static str {
        match self {
            KFormula::Hours { .. } => "hours",
            KFormula::Electricity { .. } => "electricity",
            KFormula::DesignElectricity { .. } => "design-electricity",
            KFormula::Constant { .. } => "constant",
            KFormula::Mass { .. } => "mass",
            KFormula::Minimum { .. } => "minimum",
            KFormula::Downtime { .. } => "downtime",
            KFormula::Synchronous { .. } => "synchronous",
            KFormula::Amount { .. } => "amount",
            KFormula::Special { .. } => "special",
            KFormula::NotGiven => "not-given",
        }
    }

    /// As the handbook writes it, without footnotes.
    pub fn text(&self) -> &str {
        match self {
            KFormula::Hours { text }
            | KFormula::Electricity { text }
            | KFormula::DesignElectricity { text, .. }
            | KFormula::Constant { text, .. }
            | KFormula::Mass { text }
            | KFormula::Minimum { text }
            | KFormula::Downtime { text }
            | KFormula::Synchronous { text }
            | KFormula::Amount { text }
            | KFormula::Special { text } => text,
            KFormula::NotGiven => "",
        }
    }
}

impl FactorLibrary {
    /// Counts of the load; rows = accepted + quarantined + refused.
    pub fn counts(&self) -> FactorCounts {
        let mut counts = FactorCounts {
            rows: self.factors.len() + self.quarantined.len() + self.refused.len(),
            accepted: self.factors.len(),
            ..FactorCounts::default()
        };
        for (rows, by) in [(&self.quarantined, &mut counts.quarantined), (&self.refused, &mut counts.refused)] {
            for row in rows {
                *by.entry(row.reason.clone()).or_default() += 1;
            }
        }
        for factor in &self.factors {
            *counts.k_families.entry(factor.k.family()).or_default() += 1;
            counts.formula_coefficients += usize::from(factor.coefficient.number.is_none());
            counts.formula_efficiencies +=
                usize::from(factor.efficiency.is_given() && factor.efficiency.number.is_none());
        }
        counts
    }

    /// Whether a treatment's name means that nothing is treated.
    pub fn is_untreated(&self, treatment: &str) -> bool {
        self.untreated.contains(treatment.trim())
    }
}
