//! The coefficient library (产排污系数库).

use expr::formula::Formula;
use expr::exact::Ratio;

/// All coefficients of an edition, loaded by the rules of the package.
#[derive(Debug, Default)]
pub struct FactorLibrary {
    /// `NESPS2-trial-2019`.
    pub edition: String,
    pub factors: Vec<Factor>,
    /// Rows kept out until a person confirms them, with the reason.
    pub quarantined: Vec<SetAside>,
    /// Rows that cannot be used, with the reason.
    pub refused: Vec<SetAside>,
}

/// One accepted row: one pollutant under one treatment of one combination.
#[derive(Debug, Clone)]
pub struct Factor {
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
    /// What the coefficient counts per what: `kg/t`.
    pub unit: String,
    pub coefficient: Formula,
    /// Named treatment chain; `无` when none.
    pub treatment: String,
    /// Removal efficiency in per cent.
    pub efficiency: Formula,
    pub k: KFormula,
    /// What the activity counts.
    pub basis: Basis,
    pub activity: String,
    pub variant: String,
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

/// A scale class: a half-open interval with its unit, or all scales.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scale {
    /// As written.
    pub text: String,
    pub range: Option<ScaleRange>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScaleRange {
    pub low: Option<(Ratio, bool)>,
    /// Bound and whether it is included.
    pub high: Option<(Ratio, bool)>,
    pub unit: String,
}

/// The families of k, the actual operating rate of a treatment (实际运行率).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KFormula {
    /// Facility hours ÷ production hours (or days ÷ days).
    Hours { text: String },
    /// Facility kWh ÷ (rated kW × running hours).
    Electricity { text: String },
    /// Facility kWh ÷ design kWh.
    DesignElectricity { text: String },
    Constant { value: Ratio, text: String },
    /// Mass treated ÷ mass that should be treated.
    Mass { text: String },
    /// The least of the unit's other k.
    Minimum { text: String },
    Special { text: String },
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
    pub detail: String,
}
