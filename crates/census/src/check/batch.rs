//! From typed sheets to columns.

use expr::batch::Batch;
use expr::schema::{ColumnId, TableId};
use instrument::model::Instrument;

use super::layout::Layout;
use crate::sheet::UnitSheets;

/// The columns a set of rules reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// In the schema's order.
    pub columns: Vec<ColumnId>,
}

impl Needs {
    /// Every column of the schema, for exports.
    pub fn all(instrument: &Instrument) -> Needs {
        let tables = instrument.schema.tables.iter().zip(0..);
        let columns = tables.flat_map(|(table, id)| {
            (0..table.columns.len() as u32).map(move |column| ColumnId { table: TableId(id), column })
        });
        Needs { columns: columns.collect() }
    }

    /// Both together.
    pub fn with(&self, other: &Needs) -> Needs {
        let mut columns = [self.columns.as_slice(), &other.columns].concat();
        columns.sort_unstable();
        columns.dedup();
        Needs { columns }
    }
}

/// Lays the sheets of many units out by column; only needed columns are filled.
pub fn batch(instrument: &Instrument, needs: &Needs, units: &[UnitSheets]) -> Batch {
    Layout::new(instrument).batch(needs, units, None)
}
