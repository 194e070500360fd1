//! What a reviewer should look at, besides the figures.

use serde::{Deserialize, Serialize};

/// A remark (提示) on one row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AccountRemark {
    /// Row of the accounting form, from 0.
    pub row: u32,
    pub kind: RemarkKind,
    /// Chinese, complete as it stands.
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RemarkKind {
    /// k above 1 was cut to 1.
    KCut,
    /// The same treatment of an outlet has different k in several rows.
    DifferentK,
    /// The treatment was replaced by the handbook's 其他, as the sheet says.
    Substituted,
    /// The sheet gives no unit; the coefficient's was taken.
    UnitAssumed,
    /// An efficiency above 100 was cut to 100.
    EfficiencyCut,
    /// The coefficient on the sheet is not the handbook's.
    OtherCoefficient,
    /// More hours than a year has, or more electricity than rated power allows.
    RunImplausible,
    /// More than 20 % from the permit's execution report.
    PermitReport,
    /// A negative amount: an error.
    Negative,
}

impl RemarkKind {
    /// `k-cut`.
    pub fn name(self) -> &'static str {
        match self {
            RemarkKind::KCut => "k-cut",
            RemarkKind::DifferentK => "different-k",
            RemarkKind::Substituted => "substituted",
            RemarkKind::UnitAssumed => "unit-assumed",
            RemarkKind::EfficiencyCut => "efficiency-cut",
            RemarkKind::OtherCoefficient => "other-coefficient",
            RemarkKind::RunImplausible => "run-implausible",
            RemarkKind::PermitReport => "permit-report",
            RemarkKind::Negative => "negative",
        }
    }
}
