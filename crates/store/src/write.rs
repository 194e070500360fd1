//! A change of the census: one transaction, one event.

use crate::audit::{self, Digests};
use crate::db::{Db, Purpose, Value};
use crate::read::Read;
use crate::schema::Table;
use crate::{Error, Event, Result};

/// An open change. What it writes becomes true all at once, together with its audit row, or not at all.
#[derive(Debug)]
pub struct Writing<'s> {
    pub(crate) db: &'s mut Db,
    pub(crate) event: &'s Event,
    /// Number the event gets in the audit chain.
    pub(crate) seq: i64,
    digests: Digests,
    changed: bool,
}

/// Runs a change. Nothing changed: no audit row either, so that the same request twice leaves one trace.
pub(crate) fn write<T, E: From<Error>>(
    db: &mut Db,
    event: &Event,
    work: impl FnOnce(&mut Writing<'_>) -> std::result::Result<T, E>,
) -> std::result::Result<T, E> {
    db.begin(Purpose::Write)?;
    let outcome = inside(db, event, work);
    match outcome {
        Ok((value, true)) => {
            db.commit()?;
            Ok(value)
        }
        Ok((value, false)) => {
            db.rollback();
            Ok(value)
        }
        Err(error) => {
            db.rollback();
            Err(error)
        }
    }
}

/// The same inside an open transaction; tells whether anything changed.
pub(crate) fn inside<T, E: From<Error>>(
    db: &mut Db,
    event: &Event,
    work: impl FnOnce(&mut Writing<'_>) -> std::result::Result<T, E>,
) -> std::result::Result<(T, bool), E> {
    let mut head = audit::head(db)?;
    inside_at(db, &mut head, event, work)
}

/// The same when the head of the audit chain is known; it moves on with the change.
pub(crate) fn inside_at<T, E: From<Error>>(
    db: &mut Db,
    head: &mut (i64, String),
    event: &Event,
    work: impl FnOnce(&mut Writing<'_>) -> std::result::Result<T, E>,
) -> std::result::Result<(T, bool), E> {
    let mut writing = Writing { db, event, seq: head.0 + 1, digests: Digests::default(), changed: false };
    let value = work(&mut writing)?;
    let Writing { db, digests, changed, .. } = writing;
    if changed {
        let (rows, digest) = digests.finish();
        *head = audit::append(db, head.clone(), event, rows, digest)?;
    }
    Ok((value, changed))
}

impl Writing<'_> {
    /// Reads inside the change: sees what it has written so far, and nobody else can write meanwhile.
    pub fn read(&mut self) -> Read<'_> {
        Read { db: self.db }
    }

    /// The event this change is made under.
    pub fn event(&self) -> &Event {
        self.event
    }

    /// Keeps the event itself in the log, although it changes nothing else: a sign-in, a look at a unit.
    pub fn note(&mut self) {
        self.changed = true;
    }

    /// Adds rows to an append-only table; `rows` without the columns event and place.
    pub(crate) fn append(&mut self, table: &'static Table, rows: Vec<Vec<Value>>) -> Result<()> {
        debug_assert!(table.append_only);
        if rows.is_empty() {
            return Ok(());
        }
        let mut full = Vec::with_capacity(rows.len());
        for row in rows {
            let mut cells = Vec::with_capacity(row.len() + 2);
            cells.push(Value::Int(self.seq));
            cells.push(Value::from(self.digests.next_place(table.name)));
            cells.extend(row);
            self.digests.add(table.name, &cells);
            full.push(cells);
        }
        self.changed = true;
        self.db.insert(table.name, table.columns, &full)
    }

    /// Adds rows to a table of the present state.
    pub(crate) fn insert(&mut self, table: &'static Table, rows: &[Vec<Value>]) -> Result<()> {
        debug_assert!(!table.append_only);
        self.changed |= !rows.is_empty();
        self.db.insert(table.name, table.columns, rows)
    }

    /// Changes the present state.
    pub(crate) fn execute(&mut self, sql: &str, places: &[Value]) -> Result<u64> {
        let rows = self.db.execute(sql, places)?;
        self.changed |= rows > 0;
        Ok(rows)
    }
}
