//! What a rule may name: tables, columns and code lists, as the checker sees them.
//!
//! The language knows no forms. Whoever uses it describes its tables here:
//! a *table* holds one row or many rows per unit (the surveyed object), its
//! rows clustered by unit. In a census a table is one block of a form:
//! `G102` (one row a unit), `G102/facility` (many rows a unit).

use crate::measure::Measure;

/// Index of a table in [`Schema::tables`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableId(pub u32);

/// A column of a table: which table, which position in [`Table::columns`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnId {
    pub table: TableId,
    pub column: u32,
}

/// Index of a code list in [`Schema::lists`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListId(pub u32);

/// How many rows of a table one unit may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// None or one (the flat part of a form).
    One,
    /// Any number (a row block).
    Many,
}

/// The type of a column's values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnType {
    /// Exact number, stored as `i64` scaled by 10^`scale`.
    Number { scale: u8 },
    /// Free text.
    Text,
    /// One code of a list.
    Code { list: ListId },
    /// Several codes of a list, in order, joined by `;`.
    Codes { list: ListId },
    /// Civil date, stored as days since 1970-01-01.
    Date,
    /// Year and month, stored as `year * 12 + (month - 1)`.
    YearMonth,
    /// Angle (longitude or latitude) in arc seconds, scaled by 10^4; the text as typed is kept beside it.
    Angle,
}

/// One column (an item, 指标, or a part of one).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// As written between brackets: `05`, `03.1.code`, `05.lon`.
    pub code: String,
    /// For messages.
    pub name: String,
    pub ty: ColumnType,
    /// Unit of measure; [`Measure::unknown`] when another column says it row by row.
    pub measure: Measure,
}

/// One table (a form's flat part, or one of its row blocks).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The form it belongs to: `G102`.
    pub form: String,
    /// The row block: empty for the flat part, else `facility`.
    pub block: String,
    /// Other names of the block accepted in rules (`设施`).
    pub block_aliases: Vec<String>,
    pub rows: Rows,
    pub columns: Vec<Column>,
    /// When set, this table holds the rows of an earlier period of `prior_of`.
    pub prior_of: Option<(TableId, Period)>,
}

/// Which earlier period `prior(…)` means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// The year before (annual statistics).
    LastYear,
    /// The census before.
    LastCensus,
}

/// A code list (代码表).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// `wastewater_treatment`.
    pub name: String,
    /// Codes in the list's order.
    pub codes: Vec<String>,
    /// Chinese name per code, same length as `codes`.
    pub names: Vec<String>,
}

/// Everything a rule may name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schema {
    pub tables: Vec<Table>,
    pub lists: Vec<List>,
}

impl Table {
    /// `G102` or `G102/facility`.
    pub fn code(&self) -> String {
        if self.block.is_empty() { self.form.clone() } else { format!("{}/{}", self.form, self.block) }
    }

    /// Position of the column with this code.
    pub fn column(&self, code: &str) -> Option<u32> {
        self.columns.iter().position(|c| c.code == code).map(|p| p as u32)
    }
}

impl Schema {
    /// The table of a form's block (`""` for its flat part), by the block's name or alias.
    pub fn table(&self, form: &str, block: &str) -> Option<TableId> {
        self.tables
            .iter()
            .position(|t| {
                t.prior_of.is_none()
                    && t.form == form
                    && (t.block == block || t.block_aliases.iter().any(|a| a == block))
            })
            .map(|p| TableId(p as u32))
    }

    /// The earlier-period twin of a table, if the instrument has one.
    pub fn prior(&self, of: TableId, period: Period) -> Option<TableId> {
        self.tables.iter().position(|t| t.prior_of == Some((of, period))).map(|p| TableId(p as u32))
    }

    pub fn list(&self, name: &str) -> Option<ListId> {
        self.lists.iter().position(|l| l.name == name).map(|p| ListId(p as u32))
    }

    pub fn at(&self, id: TableId) -> &Table {
        &self.tables[id.0 as usize]
    }

    pub fn column(&self, id: ColumnId) -> &Column {
        &self.at(id.table).columns[id.column as usize]
    }
}
