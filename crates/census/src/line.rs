//! A line (核算结果): one accounted figure of a unit, or the reason why there is none; with its trace.

use expr::exact::Decimal;
use serde::{Deserialize, Serialize};

/// One row of the accounting: a combination (环节 × 产品 × 原料 × 工艺 × 规模) and one pollutant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub unit: String,
    /// Form, outlet and row the figure belongs to: `G102`, `DW001`, 0.
    pub form: String,
    pub outlet: String,
    /// Row of G106-1 it was accounted from, from 0.
    pub row: u32,
    pub segment: String,
    /// Canonical indicator.
    pub pollutant: String,
    pub method: Method,
    pub result: LineResult,
    /// How it came about, step by step.
    pub trace: Vec<Step>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// 系数法.
    Coefficient,
    /// 监测数据法.
    Monitoring,
    /// 物料衡算法.
    MaterialBalance,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "kebab-case")]
pub enum LineResult {
    /// Unrounded beyond 12 decimals; rounded for print once, at the figure.
    Computed {
        #[serde(with = "crate::decimal_text")]
        generated: Decimal,
        #[serde(with = "crate::decimal_text")]
        removed: Decimal,
        #[serde(with = "crate::decimal_text")]
        emitted: Decimal,
        /// The indicator's: `t`, `kg`, `10^4 m3`.
        measure: String,
    },
    /// Never zero, never a guess: what is missing.
    Incomplete { reason: String },
}

/// One step of a derivation, readable as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// 活动量 / 产污系数 / 治理 / 实际运行率 / 产生量 / 去除量 / 排放量.
    pub what: String,
    /// `16S × S=0.6 = 9.6 kg/t`.
    pub how: String,
    /// Where it comes from: `G103-1[18] row 0, revision …` or `NESPS2-trial-2019 p5422`.
    pub source: String,
}

/// What is published of a unit for one pollutant: the sum of its lines, rounded once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    pub unit: String,
    pub pollutant: String,
    pub measure: String,
    #[serde(with = "crate::decimal_text")]
    pub generated: Decimal,
    #[serde(with = "crate::decimal_text")]
    pub emitted: Decimal,
    /// Lines that went in.
    pub lines: u32,
    /// Lines that could not be computed: the figure is then a part, and says so.
    pub incomplete: u32,
}
