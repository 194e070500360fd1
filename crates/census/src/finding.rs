//! A finding (审核问题): the outcome of a rule on a place. Words live in the instrument.

use serde::{Deserialize, Serialize};

/// Grade of a finding, as in the instrument's rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingGrade {
    /// 强制性.
    Error,
    /// 核实性.
    Verify,
    /// 提示性.
    Hint,
}

/// One rule that did not pass on one row of one unit.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    pub unit: String,
    /// `C005`.
    pub rule: String,
    pub grade: FindingGrade,
    /// Home of the rule: `G102/facility`.
    pub table: String,
    /// Row within the unit's rows of that table, from 0.
    pub row: u32,
    pub kind: FindingKind,
    /// Items the rule reads and their values on this row, as written in the rule: `[01]` → `100`.
    pub values: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum FindingKind {
    Failed,
    /// The rule could not be computed; names what is missing.
    NotComputable { reason: String },
}
