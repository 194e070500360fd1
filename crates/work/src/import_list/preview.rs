//! A list looked at before it is imported: what each column is read as, and what cleaning makes of the first rows.

use std::path::Path;

use census::frame::{Change, Column, ListedUnit};
use report::read::SheetSeen;

use super::{Opened, Plan, Tally};
use crate::Result;

/// Rows that are read, and rows that are shown.
const READ: usize = 1000;
const SHOWN: usize = 5;

/// What there is to show of a list.
#[derive(Debug)]
pub struct Preview {
    pub sheets: Vec<SheetSeen>,
    pub columns: Vec<Column>,
    /// Columns of the profile that the file does not have.
    pub absent: Vec<String>,
    /// Rows that were read.
    pub looked_at: u64,
    /// Rows among them that cannot be used, with the reason.
    pub rejected: Vec<(u32, String)>,
    pub tally: Tally,
    /// The first rows as they were read.
    pub first: Vec<SeenRow>,
    /// The first cells that cleaning changed visibly.
    pub changes: Vec<SeenChange>,
}

/// A row as it was read.
#[derive(Debug)]
pub struct SeenRow {
    pub sheet: String,
    pub row: u32,
    pub read: ListedUnit,
    pub rejected: Option<String>,
    pub changes: Vec<Change>,
    pub remarks: Vec<String>,
}

/// A cell that cleaning changed.
#[derive(Debug)]
pub struct SeenChange {
    pub row: u32,
    pub change: Change,
}

/// Looks at a list; `whole`: as a profile saved now would read it, the doubtful columns too.
pub fn preview(plan: &Plan<'_>, path: &Path, whole: bool) -> Result<Preview> {
    let Opened { rows, first, columns, mut map, absent } = plan.open(path, true)?;
    if whole {
        map = plan.whole(&columns);
    }
    let mut seen = Preview {
        sheets: rows.sheets().to_vec(),
        columns,
        absent,
        looked_at: 0,
        rejected: Vec::new(),
        tally: Tally::default(),
        first: Vec::new(),
        changes: Vec::new(),
    };
    for row in first.into_iter().map(Ok).chain(rows).take(READ) {
        let row = row?;
        let reading = plan.read(&map, &row);
        seen.looked_at += 1;
        seen.tally.add(&row, &reading);
        if let Some(why) = &reading.rejected {
            seen.rejected.push((row.number, why.clone()));
        }
        let visible = reading.changes.iter().filter(|c| c.before.trim() != c.after);
        let room = SHOWN.saturating_sub(seen.changes.len());
        seen.changes.extend(visible.take(room).map(|c| SeenChange { row: row.number, change: c.clone() }));
        if seen.first.len() < SHOWN {
            seen.first.push(SeenRow {
                sheet: row.sheet,
                row: row.number,
                read: reading.unit,
                rejected: reading.rejected,
                changes: reading.changes,
                remarks: reading.remarks,
            });
        }
    }
    Ok(seen)
}
