//! Running all rules over many units.

use std::collections::BTreeMap;

use expr::outcome::Counts;

use super::checker::Checker;
use crate::finding::Finding;
use crate::sheet::{UnitSheets, days};

/// What a run depends on besides the sheets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context {
    /// Days since 1970-01-01.
    pub today: i64,
}

/// What came out of a run.
#[must_use]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// By unit as given, then by table and row, then by rule as in the instrument.
    pub findings: Vec<Finding>,
    /// Rule → how often each outcome occurred, the readings of [`super::NATIVE`] included.
    pub counts: BTreeMap<String, Counts>,
}

impl Context {
    /// The context of a civil day; `None` when there is no such day.
    pub fn on(year: i64, month: i64, day: i64) -> Option<Context> {
        days(year, month, day).map(|today| Context { today })
    }
}

/// Checks the sheets of many units.
pub fn run(checker: &Checker<'_>, units: &[UnitSheets], context: &Context) -> Checked {
    let _ = (checker, units, context);
    Checked::default()
}
