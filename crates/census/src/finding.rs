//! A finding (审核问题): what a rule, or the reading of a sheet, found on a place. Words live in the instrument.

use serde::{Deserialize, Serialize};

/// Grade of a finding, as in the instrument's rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingGrade {
    /// 强制性: corrected, or the unit does not move on.
    Error,
    /// 核实性: corrected, or explained by a named person.
    Verify,
    /// 提示性: shown only.
    Hint,
}

impl From<instrument::model::Grade> for FindingGrade {
    fn from(grade: instrument::model::Grade) -> FindingGrade {
        match grade {
            instrument::model::Grade::Error => FindingGrade::Error,
            instrument::model::Grade::Verify => FindingGrade::Verify,
            instrument::model::Grade::Hint => FindingGrade::Hint,
        }
    }
}

/// One thing found on one row of one unit.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    pub unit: String,
    /// `C005`; for the reading of sheets see [`crate::check::NATIVE`].
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
    /// The rule's condition does not hold.
    Failed,
    /// The rule could not be computed; names what is missing. Counted apart: blocks nothing by itself.
    NotComputable { reason: String },
    /// The typed text cannot be read as a value of the item.
    Unreadable { item: String, why: crate::sheet::Unread },
    /// The typed code is not in the item's list.
    NotInList { item: String, list: String },
    /// A required item is blank.
    Blank { item: String },
    /// The form is due and the unit has no sheet of it.
    FormMissing { form: String },
    /// The unit has a sheet of a form that is not due.
    FormNotDue { form: String },
    /// The instrument has no such form, block or item.
    Unknown { name: String },
}

/// Names a finding across checks: the same rule on the same place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FindingKey {
    pub rule: String,
    pub table: String,
    pub row: u32,
    /// The item, for findings about a single one; else empty.
    pub item: String,
}

impl Finding {
    pub fn key(&self) -> FindingKey {
        FindingKey { rule: self.rule.clone(), table: self.table.clone(), row: self.row, item: self.item().to_owned() }
    }

    /// The single item the finding is about, or empty.
    pub fn item(&self) -> &str {
        match &self.kind {
            FindingKind::Unreadable { item, .. }
            | FindingKind::NotInList { item, .. }
            | FindingKind::Blank { item } => item,
            FindingKind::FormMissing { form } | FindingKind::FormNotDue { form } => form,
            FindingKind::Unknown { name } => name,
            FindingKind::Failed | FindingKind::NotComputable { .. } => "",
        }
    }

    /// Whether something is wrong, as opposed to not knowable.
    pub fn is_failure(&self) -> bool {
        !matches!(self.kind, FindingKind::NotComputable { .. })
    }
}
