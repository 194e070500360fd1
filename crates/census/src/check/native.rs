//! Checks that are no condition over rows: they happen while a sheet is read.
//!
//! An instrument names them in rules of its own (`native = "census::check::readable"`), which
//! give them code, grade and message; what it does not name keeps the code given here.

use instrument::model::{Grade, Instrument};

use crate::finding::{Finding, FindingGrade, FindingKind};

/// A native check: its name, and its code, grade and title where the instrument has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Native {
    pub name: &'static str,
    pub code: &'static str,
    pub grade: Grade,
    pub title: &'static str,
}

/// All native checks of this module, in the order of [`NativeRules`].
pub const NATIVE: [Native; 5] = [
    Native {
        name: "census::check::readable", code: "R-READ", grade: Grade::Error, title: "数值、日期、坐标须能识别"
    },
    Native { name: "census::check::codes", code: "R-LIST", grade: Grade::Error, title: "代码须在代码表内" },
    // A hint as long as the marks of duty are recalled, not seen.
    Native { name: "census::check::required", code: "R-FILL", grade: Grade::Hint, title: "必填指标未填" },
    Native {
        name: "census::check::forms", code: "R-FORM", grade: Grade::Error, title: "应填普查表与已填普查表须一致"
    },
    Native {
        name: "census::check::names", code: "R-NAME", grade: Grade::Error, title: "制度中没有的普查表或指标"
    },
];

/// Codes and grades of the native checks in one instrument.
#[derive(Debug, Clone)]
pub(super) struct NativeRules {
    pub readable: NativeRule,
    pub codes: NativeRule,
    pub required: NativeRule,
    pub forms: NativeRule,
    pub names: NativeRule,
}

#[derive(Debug, Clone)]
pub(super) struct NativeRule {
    pub code: String,
    pub grade: FindingGrade,
    /// Its place among the findings of a row: before all rules of the instrument.
    pub order: u32,
}

impl NativeRules {
    pub fn of(instrument: &Instrument) -> NativeRules {
        let [readable, codes, required, forms, names] = NATIVE.map(|native| {
            let named = instrument.rules.iter().find(|r| r.native.as_deref() == Some(native.name));
            NativeRule {
                code: named.map_or(native.code, |r| &r.code).to_owned(),
                grade: named.map_or(native.grade, |r| r.grade).into(),
                order: NATIVE.iter().position(|n| n.name == native.name).unwrap_or_default() as u32,
            }
        });
        NativeRules { readable, codes, required, forms, names }
    }

    pub fn all(&self) -> [&NativeRule; 5] {
        [&self.readable, &self.codes, &self.required, &self.forms, &self.names]
    }
}

impl NativeRule {
    pub fn finding(
        &self,
        unit: &str,
        table: &str,
        row: u32,
        kind: FindingKind,
        values: Vec<(String, String)>,
    ) -> Finding {
        Finding {
            unit: unit.to_owned(),
            rule: self.code.clone(),
            grade: self.grade,
            table: table.to_owned(),
            row,
            kind,
            values,
        }
    }
}
