//! Totals (汇总) of passed units, and the standard tables.

mod behind;
mod cell;
mod entry;
mod proof;
pub mod signals;
mod table;
mod value;

pub use behind::Behind;
pub use cell::{Cell, ColumnHead, Key, TableResult, TableRow};
pub use entry::{BuiltFrom, Entry, Refused};
pub use proof::Proof;
pub use table::{Scope, tabulate};

#[cfg(test)]
mod tests;
