//! What changed (变更流): units that were touched after a point of the log, and the size of the database.

use crate::db::values;
use crate::place::Place;
use crate::read::{Read, Scope};
use crate::{Error, Result};

/// Something that changed on a unit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnitChange {
    /// Number of the event.
    pub event: i64,
    pub unit: String,
    /// `directory`, `sheet`, `step`.
    pub kind: String,
    /// 12 digits.
    pub area: String,
}

/// Where a reader of the feed stands: the last change seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    pub event: i64,
    pub unit: String,
    pub kind: String,
}

impl Read<'_> {
    /// Changes after one, in the order of the log, at most so many.
    pub fn changes(&mut self, scope: &Scope, after: &Seen, limit: u32) -> Result<Vec<UnitChange>> {
        let mut found: Vec<UnitChange> = Vec::new();
        for (condition, mut places) in scope.parts() {
            let n = places.len();
            places.extend(values![after.event, &after.unit, &after.kind, i64::from(limit)]);
            let (event, unit, kind, most) = (n + 1, n + 2, n + 3, n + 4);
            // A withdrawn unit is a change too.
            let condition = condition.replace("u.withdrawn = 0 AND ", "").replace("u.withdrawn = 0", "1 = 1");
            let sql = format!(
                "SELECT c.event, c.unit, c.kind, u.area FROM (\
                 SELECT event, unit, 'directory' AS kind FROM unit_history WHERE event >= ${event} \
                 UNION SELECT event, unit, 'sheet' AS kind FROM revision WHERE event >= ${event} \
                 UNION SELECT event, unit, 'step' AS kind FROM review_step WHERE event >= ${event}) c \
                 JOIN unit u ON u.id = c.unit WHERE {condition} AND (c.event > ${event} OR (c.event = ${event} \
                 AND (c.unit > ${unit} OR (c.unit = ${unit} AND c.kind > ${kind})))) \
                 ORDER BY c.event, c.unit, c.kind LIMIT ${most}"
            );
            for row in self.db.query(&sql, &places)? {
                found.push(UnitChange {
                    event: row.int(0)?,
                    unit: row.text(1)?,
                    kind: row.text(2)?,
                    area: row.text(3)?,
                });
            }
        }
        found.sort();
        found.truncate(limit as usize);
        Ok(found)
    }

    /// Bytes the census takes in its database.
    pub fn size(&mut self) -> Result<u64> {
        let sql = match &self.db.place {
            Place::File { .. } => "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
            Place::Server { .. } => "SELECT pg_database_size(current_database())",
        };
        Ok::<_, Error>(self.db.int(sql, &[])? as u64)
    }

    /// `sqlite` or `postgres`.
    pub fn database_kind(&self) -> &'static str {
        match &self.db.place {
            Place::File { .. } => "sqlite",
            Place::Server { .. } => "postgres",
        }
    }
}
