//! From typed sheets to columns.

use expr::batch::Batch;
use expr::schema::ColumnId;
use instrument::model::Instrument;

use crate::sheet::UnitSheets;

/// The columns a set of rules reads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// In the schema's order.
    pub columns: Vec<ColumnId>,
}

/// Lays the sheets of many units out by column; only needed columns are filled.
pub fn batch(instrument: &Instrument, needs: &Needs, units: &[UnitSheets]) -> Batch {
    let _ = (instrument, needs, units);
    Batch::default()
}
