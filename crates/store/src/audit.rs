//! The audit chain (审计链): each row holds the hash of the row before, and a digest of the rows its
//! event wrote into the append-only tables. Changing any of them afterwards shows.

use std::collections::BTreeMap;

use census::text::hex;
use sha2::{Digest, Sha256};

use crate::db::{Db, Row, Value, bind, values};
use crate::read::Read;
use crate::schema;
use crate::{Error, Event, Result};

/// One row of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// From 1, without gaps.
    pub seq: i64,
    pub id: String,
    pub at: String,
    pub who: String,
    /// Name of a [`crate::What`].
    pub what: String,
    pub about: String,
    pub detail: String,
    /// Rows the event wrote into append-only tables.
    pub rows: i64,
    /// SHA-256 over those rows; empty when there are none.
    pub digest: String,
    /// Hash of the row before; empty for the first.
    pub previous: String,
    pub hash: String,
}

/// What to look for in the audit log; an empty text fits everything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AuditSearch<'a> {
    pub who: &'a str,
    /// Name of a [`crate::What`].
    pub what: &'a str,
    pub about: &'a str,
    /// RFC 3339: from this time on.
    pub since: &'a str,
    /// Before this time.
    pub until: &'a str,
}

/// Digest of the rows an event writes, table by table.
#[derive(Debug, Default)]
pub(crate) struct Digests(BTreeMap<&'static str, (u64, Sha256)>);

impl AuditRow {
    /// SHA-256 over all other fields, as a JSON array.
    pub(crate) fn computed(&self) -> String {
        let fields = (
            self.seq,
            &self.id,
            &self.at,
            &self.who,
            &self.what,
            &self.about,
            &self.detail,
            self.rows,
            &self.digest,
            &self.previous,
        );
        hex(&Sha256::digest(serde_json::to_string(&fields).unwrap_or_default().as_bytes()))
    }

    fn read(row: &Row) -> Result<AuditRow> {
        Ok(AuditRow {
            seq: row.int(0)?,
            id: row.text(1)?,
            at: row.text(2)?,
            who: row.text(3)?,
            what: row.text(4)?,
            about: row.text(5)?,
            detail: row.text(6)?,
            rows: row.int(7)?,
            digest: row.text(8)?,
            previous: row.text(9)?,
            hash: row.text(10)?,
        })
    }
}

impl Digests {
    /// Place of the next row of the table within the event.
    pub(crate) fn next_place(&self, table: &'static str) -> u64 {
        self.0.get(table).map_or(0, |(count, _)| *count)
    }

    pub(crate) fn add(&mut self, table: &'static str, row: &[Value]) {
        let (count, hasher) = self.0.entry(table).or_default();
        *count += 1;
        for value in row {
            match value {
                Value::Null => hasher.update([0]),
                Value::Int(number) => {
                    hasher.update([1]);
                    hasher.update(number.to_be_bytes());
                }
                Value::Text(text) => {
                    hasher.update([2]);
                    hasher.update((text.len() as u64).to_be_bytes());
                    hasher.update(text);
                }
            }
        }
    }

    /// Number of rows, and one digest over all tables.
    pub(crate) fn finish(self) -> (u64, String) {
        if self.0.is_empty() {
            return (0, String::new());
        }
        let mut rows = 0;
        let mut text = String::new();
        for (table, (count, hasher)) in self.0 {
            rows += count;
            text += &format!("{table}\t{count}\t{}\n", hex(&hasher.finalize()));
        }
        (rows, hex(&Sha256::digest(text.as_bytes())))
    }
}

/// Number and hash of the last row; 0 and empty when there is none.
pub(crate) fn head(db: &mut Db) -> Result<(i64, String)> {
    let row = db.first("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1", &[])?;
    row.map_or(Ok((0, String::new())), |row| Ok((row.int(0)?, row.text(1)?)))
}

/// Adds the event to the chain, inside the writer's transaction.
/// Gives the new head.
pub(crate) fn append(
    db: &mut Db,
    head: (i64, String),
    event: &Event,
    rows: u64,
    digest: String,
) -> Result<(i64, String)> {
    if db.int("SELECT COUNT(*) FROM audit WHERE id = $1", &bind![&event.id])? > 0 {
        return Err(Error::EventTwice { id: event.id.clone() });
    }
    let mut row = AuditRow {
        seq: head.0 + 1,
        id: event.id.clone(),
        at: event.at.clone(),
        who: event.who.clone(),
        what: event.what.name().to_owned(),
        about: event.about.clone(),
        detail: event.detail.clone(),
        rows: rows as i64,
        digest,
        previous: head.1,
        hash: String::new(),
    };
    row.hash = row.computed();
    let cells = values![
        row.seq,
        row.id,
        row.at,
        row.who,
        row.what,
        row.about,
        row.detail,
        row.rows,
        row.digest,
        row.previous,
        &row.hash
    ];
    db.insert(schema::AUDIT.name, schema::AUDIT.columns, &[cells])?;
    Ok((row.seq, row.hash))
}

impl Read<'_> {
    /// Rows of the audit log after a number, at most so many.
    pub fn audit(&mut self, after: i64, limit: u32) -> Result<Vec<AuditRow>> {
        let sql =
            format!("SELECT {} FROM audit WHERE seq > $1 ORDER BY seq LIMIT $2", schema::AUDIT.columns.join(", "));
        self.db.query(&sql, &bind![after, i64::from(limit)])?.iter().map(AuditRow::read).collect()
    }

    /// Rows of the audit log that fit a search, newest first, before a number. Empty texts fit everything.
    pub fn search_audit(&mut self, search: &AuditSearch<'_>, before: i64, limit: u32) -> Result<Vec<AuditRow>> {
        let sql = format!(
            "SELECT {} FROM audit WHERE seq < $1 AND ($2 = '' OR who = $2) AND ($3 = '' OR what = $3) \
             AND ($4 = '' OR about = $4) AND at >= $5 AND ($6 = '' OR at < $6) ORDER BY seq DESC LIMIT $7",
            schema::AUDIT.columns.join(", ")
        );
        let places = bind![before, search.who, search.what, search.about, search.since, search.until, i64::from(limit)];
        self.db.query(&sql, &places)?.iter().map(AuditRow::read).collect()
    }

    /// Number of the newest event: who has read up to here has seen everything.
    pub fn newest_event(&mut self) -> Result<i64> {
        Ok(head(self.db)?.0)
    }
}
