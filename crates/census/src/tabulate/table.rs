//! Standard tables from the instrument's definitions.

use instrument::model::{AreaLevel, Instrument, TableDefinition};

use super::cell::TableResult;
use super::entry::{Entry, Refused};
use crate::area::{AreaCode, AreaTree, Tree};

/// What a table is made of and how deep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    pub area: AreaCode,
    /// Which tree a total of the area means: every table says it.
    pub tree: Tree,
    /// Rows of areas go down to this level.
    pub down_to: AreaLevel,
}

/// Makes one table of units that have passed at the level of the scope's area.
pub fn tabulate(
    instrument: &Instrument,
    areas: &AreaTree,
    definition: &TableDefinition,
    scope: Scope,
    entries: &[Entry<'_>],
) -> Result<TableResult, Refused> {
    let _ = (instrument, areas, entries, scope);
    Err(Refused::Definition { table: definition.code.clone(), why: "not ready".into() })
}
