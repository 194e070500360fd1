//! From typed sheets to columns.

use expr::batch::Batch;
use expr::schema::{ColumnId, TableId};
use instrument::model::Instrument;

use super::layout::Layout;
use crate::sheet::UnitSheets;

/// The tables and columns a set of rules reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// In the schema's order. A table may be needed for its rows alone.
    pub tables: Vec<TableId>,
    /// In the schema's order.
    pub columns: Vec<ColumnId>,
}

impl Needs {
    /// Every column of the schema, for exports.
    pub fn all(instrument: &Instrument) -> Needs {
        let tables = &instrument.schema.tables;
        let ids = (0..tables.len() as u32).map(TableId);
        Needs {
            tables: ids.clone().collect(),
            columns: ids
                .flat_map(|table| {
                    let columns = tables[table.0 as usize].columns.len() as u32;
                    (0..columns).map(move |column| ColumnId { table, column })
                })
                .collect(),
        }
    }
}

/// Lays the sheets of many units out by column; only needed columns are filled.
pub fn batch(instrument: &Instrument, needs: &Needs, units: &[UnitSheets]) -> Batch {
    Layout::new(instrument).batch(needs, units, None)
}
