//! Checking (审核): one unit after a change, or all of an area, and keeping what was found.

use census::check::{self, Checker};
use census::finding::Finding;
use store::{CheckedUnit, Collected, Scope, Writing};

use crate::{Desk, Error, Result};

/// What was found on one unit, and the unit as it was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitChecked {
    pub collected: Collected,
    /// All that stand now, in the order of tables, rows and rules.
    pub findings: Vec<Finding>,
}

/// Checks one unit as it stands inside the change, and keeps what was found.
///
/// Rules that compare units with each other need all of them: what they found on this unit before stands while the
/// values it was found on do, see [`check::again`].
pub fn unit(w: &mut Writing<'_>, desk: &Desk<'_>, checker: &Checker<'_>, unit: &str) -> Result<UnitChecked> {
    let collected = load(w, desk, unit)?;
    let stood = w.read().findings(&Scope::unit(unit))?.remove(unit).unwrap_or_default();
    let checked = check::again(checker, &collected.sheets, &stood, &desk.today());
    let findings = checked.findings;
    w.findings(&[CheckedUnit { unit, version: &collected.version.hash, findings: &findings }])?;
    Ok(UnitChecked { collected, findings })
}

/// What was collected of one unit.
pub(crate) fn load(w: &mut Writing<'_>, desk: &Desk<'_>, unit: &str) -> Result<Collected> {
    let found = w.read().collected(&Scope::unit(unit), desk.census.period, None, 1)?.pop();
    found.ok_or_else(|| Error::Store(store::Error::Unknown { what: store::Thing::Unit, id: unit.to_owned() }))
}
