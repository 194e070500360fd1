//! Progress (进度) in counts: units by area and state, sheets, queries; and the counts kept at a month's end.

use census::review::StateKind;

use crate::db::{Row, bind, values};
use crate::read::{Read, Scope};
use crate::write::Writing;
use crate::{Error, Result, schema};

/// Units of one group of areas in one state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateCount {
    /// The first digits of the areas.
    pub area: String,
    pub state: StateKind,
    pub units: u64,
    /// Of these, with at least one sheet of the period.
    pub filled: u64,
}

/// Queries of one group of areas that are not closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryCount {
    pub area: String,
    pub open: u64,
    /// Of these, past their deadline while the unit owes the answer.
    pub overdue: u64,
}

/// Rows of base lists as they came in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ListedCount {
    pub rows: u64,
    /// Sent back because they could not be read.
    pub rejected: u64,
}

/// Progress as it stood at a month's end (月末快照).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub id: String,
    /// 12 digits.
    pub area: String,
    /// `2018-05`.
    pub month: String,
    pub taken_at: String,
    /// Id of the account.
    pub taken_by: String,
    /// The counts, as JSON text.
    pub document: String,
}

const SNAPSHOT: &str = "id, area, month, taken_at, taken_by, document";

impl Read<'_> {
    /// Units by the first `digits` of their area and by state.
    pub fn state_counts(&mut self, scope: &Scope, digits: u32, period: u16) -> Result<Vec<StateCount>> {
        let mut found = Vec::new();
        for (condition, mut places) in scope.parts() {
            places.extend(values![i64::from(period)]);
            let period = places.len();
            let sql = format!(
                "SELECT substr(u.area, 1, {digits}) AS part, COALESCE(t.state, 'draft') AS stands, COUNT(*), \
                 SUM(CASE WHEN EXISTS (SELECT 1 FROM sheet s WHERE s.unit = u.id AND s.period = ${period}) \
                 THEN 1 ELSE 0 END) \
                 FROM unit u LEFT JOIN unit_state t ON t.unit = u.id WHERE {condition} GROUP BY 1, 2 ORDER BY 1, 2"
            );
            for row in self.db.query(&sql, &places)? {
                let name = row.text(1)?;
                found.push(StateCount {
                    area: row.text(0)?,
                    state: StateKind::from_name(&name).ok_or_else(|| Error::unreadable("unit_state", &name))?,
                    units: row.int(2)? as u64,
                    filled: row.int(3)? as u64,
                });
            }
        }
        Ok(found)
    }

    /// Queries that are not closed, by the first `digits` of the unit's area; `today` is a date.
    pub fn query_counts(&mut self, scope: &Scope, digits: u32, today: &str) -> Result<Vec<QueryCount>> {
        let mut found = Vec::new();
        for (condition, mut places) in scope.parts() {
            places.extend(values![today]);
            let today = places.len();
            let sql = format!(
                "SELECT substr(u.area, 1, {digits}) AS part, COUNT(*), SUM(CASE WHEN q.deadline < ${today} \
                 AND q.state IN ('open', 'correcting') THEN 1 ELSE 0 END) \
                 FROM query q JOIN unit u ON u.id = q.unit WHERE {condition} AND q.state <> 'closed' \
                 GROUP BY 1 ORDER BY 1"
            );
            for row in self.db.query(&sql, &places)? {
                found.push(QueryCount { area: row.text(0)?, open: row.int(1)? as u64, overdue: row.int(2)? as u64 });
            }
        }
        Ok(found)
    }

    /// Rows of base lists of the whole census.
    pub fn listed_count(&mut self) -> Result<ListedCount> {
        let sql = "SELECT COUNT(*), SUM(CASE WHEN rejected IS NULL THEN 0 ELSE 1 END) FROM listing";
        let Some(row) = self.db.first(sql, &[])? else { return Ok(ListedCount::default()) };
        let rows = row.int(0)? as u64;
        // A sum over nothing is no number.
        let rejected = if rows == 0 { 0 } else { row.int(1)? as u64 };
        Ok(ListedCount { rows, rejected })
    }

    /// Open queries by deadline, at most so many: unit, its name, id of the query, deadline, whether the unit owes the
    /// answer.
    pub fn next_queries(&mut self, scope: &Scope, limit: u32) -> Result<Vec<DueQuery>> {
        let mut found = Vec::new();
        for (condition, mut places) in scope.parts() {
            places.extend(values![i64::from(limit)]);
            let limit = places.len();
            let sql = format!(
                "SELECT q.unit, u.name, q.id, q.deadline, q.state FROM query q JOIN unit u ON u.id = q.unit \
                 WHERE {condition} AND q.state <> 'closed' ORDER BY q.deadline, q.unit, q.id LIMIT ${limit}"
            );
            for row in self.db.query(&sql, &places)? {
                found.push(DueQuery {
                    unit: row.text(0)?,
                    name: row.text(1)?,
                    query: row.text(2)?,
                    deadline: row.text(3)?,
                    owed: matches!(row.str(4)?, "open" | "correcting"),
                });
            }
        }
        found.sort_by(|a, b| (&a.deadline, &a.unit, &a.query).cmp(&(&b.deadline, &b.unit, &b.query)));
        found.truncate(limit as usize);
        Ok(found)
    }

    /// Snapshots of an area, newest first.
    pub fn snapshots(&mut self, area: &str) -> Result<Vec<Snapshot>> {
        let sql = format!("SELECT {SNAPSHOT} FROM progress_snapshot WHERE area = $1 ORDER BY month DESC");
        self.db.query(&sql, &bind![area])?.iter().map(snapshot).collect()
    }
}

/// A query with its deadline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueQuery {
    pub unit: String,
    pub name: String,
    pub query: String,
    /// `2018-11-15`.
    pub deadline: String,
    /// The unit owes the answer; else the office its judgement.
    pub owed: bool,
}

impl Writing<'_> {
    /// Keeps the snapshot of a month. `false`: that month of the area was taken before, and stays as it is.
    pub fn keep_snapshot(&mut self, snapshot: &Snapshot) -> Result<bool> {
        let sql = "SELECT COUNT(*) FROM progress_snapshot WHERE area = $1 AND month = $2";
        if self.db.int(sql, &bind![&snapshot.area, &snapshot.month])? > 0 {
            return Ok(false);
        }
        let row = values![
            &snapshot.id,
            &snapshot.area,
            &snapshot.month,
            &snapshot.taken_at,
            &snapshot.taken_by,
            &snapshot.document
        ];
        self.append(&schema::PROGRESS_SNAPSHOT, vec![row])?;
        Ok(true)
    }
}

fn snapshot(row: &Row) -> Result<Snapshot> {
    Ok(Snapshot {
        id: row.text(0)?,
        area: row.text(1)?,
        month: row.text(2)?,
        taken_at: row.text(3)?,
        taken_by: row.text(4)?,
        document: row.text(5)?,
    })
}
