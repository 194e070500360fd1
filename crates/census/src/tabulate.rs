//! Totals (汇总) of passed units, and the standard tables.

mod cell;
mod entry;
mod table;

pub use cell::{Cell, ColumnHead, Key, TableResult, TableRow};
pub use entry::{BuiltFrom, Entry, Refused};
pub use table::{Scope, tabulate};
