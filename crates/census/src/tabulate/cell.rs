//! What a table holds.

use expr::exact::Decimal;
use serde::{Deserialize, Serialize};

use super::entry::BuiltFrom;
use crate::area::{AreaCode, Tree};

/// One cell. A blank, a zero and a withheld figure are different things.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "cell", rename_all = "kebab-case")]
pub enum Cell {
    /// No unit of this row has the item (空): printed as a blank.
    Absent,
    /// Units have it and it adds up to nothing: printed as 0.
    Zero,
    Value {
        #[serde(with = "crate::decimal_text")]
        value: Decimal,
    },
    /// A part of the whole: so many lines of the units could not be computed.
    Part {
        #[serde(with = "crate::decimal_text")]
        value: Decimal,
        incomplete: u32,
    },
    /// Not shown, so that no single unit can be inferred.
    Withheld { why: String },
}

/// A column's heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnHead {
    pub title: String,
    /// Unit of measure as printed; empty for a pure number.
    pub unit: String,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableRow {
    /// One per key column: code and name of the area, of the industry …
    pub keys: Vec<Key>,
    /// 0 for the total, 1 for its direct parts …
    pub depth: u8,
    /// Units added up in this row.
    pub units: u32,
    pub cells: Vec<Cell>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Key {
    pub code: String,
    pub name: String,
    /// Code of the key it is a part of: the area above, the total of all divisions. Rows whose
    /// other keys are equal add up to that row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_of: Option<String>,
}

/// Code of the key that is the total over all parts of a list.
pub const TOTAL: &str = "*";

/// A tabulation (汇总表), ready to print.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableResult {
    pub code: String,
    pub title: String,
    /// The area it is of, and by which tree areas were added.
    pub area: AreaCode,
    pub area_name: String,
    pub tree: Tree,
    /// `按代码` or `按上报关系`: printed with the title.
    pub calibre: String,
    /// Headings of the key columns.
    pub key_heads: Vec<String>,
    pub columns: Vec<ColumnHead>,
    pub rows: Vec<TableRow>,
    pub note: String,
    /// True when any unit in it is simulated: printed wherever the table is.
    pub simulated: bool,
    pub built_from: BuiltFrom,
}
