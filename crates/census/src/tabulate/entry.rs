//! What may enter a total, and what a total was built from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::frame::Unit;
use crate::line::Figure;
use crate::review::{AreaLevelName, StateKind};
use crate::sheet::{UnitSheets, Version, sha256};

/// One unit on its way into a total.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    pub unit: &'a Unit,
    pub state: StateKind,
    /// Whether it has passed at the level of the total ([`crate::review::passed_at`]).
    pub passed: bool,
    pub version: &'a Version,
    pub sheets: &'a UnitSheets,
    pub figures: &'a [Figure],
}

/// Why a total is refused as a whole: a wrong total is worse than none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "refused", rename_all = "kebab-case")]
pub enum Refused {
    #[error("unit {unit} is {} and has not passed at level {level:?}; leave it out or pass it first", .state.name())]
    NotPassed { unit: String, state: StateKind, level: AreaLevelName },
    #[error("unit {unit} is given twice")]
    Twice { unit: String },
    #[error("area {area} of unit {unit} is not in the area table")]
    UnknownArea { unit: String, area: String },
    #[error("area {area} is not in the area table")]
    NoArea { area: String },
    #[error("table {table}: {why}")]
    Definition { table: String, why: String },
    #[error("unit {unit}: {pollutant} is given in {given} and in {other}")]
    MixedMeasures { unit: String, pollutant: String, given: String, other: String },
    #[error("a sum is too large")]
    Overflow,
}

/// The versions a result was made from: its proof of origin.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuiltFrom {
    /// SHA-256 over the list.
    pub hash: String,
    /// Unit → hash of its version, in the order of units.
    pub versions: BTreeMap<String, String>,
}

impl BuiltFrom {
    pub fn of(versions: BTreeMap<String, String>) -> BuiltFrom {
        let lines: Vec<String> = versions.iter().map(|(unit, version)| format!("{unit}\t{version}\n")).collect();
        BuiltFrom { hash: sha256(&lines.concat()), versions }
    }

    /// The units whose newest passed version is no longer the one that was added up; units that
    /// have come or gone since included. Empty: the result is up to date.
    pub fn stale(&self, now: &BTreeMap<String, String>) -> Vec<String> {
        let units: std::collections::BTreeSet<&String> = self.versions.keys().chain(now.keys()).collect();
        units.into_iter().filter(|u| self.versions.get(*u) != now.get(*u)).cloned().collect()
    }
}
