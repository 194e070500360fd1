//! Joint reviews (联合会审): append-only records; the newest of an id counts.

use census::area::AreaCode;

use crate::db::{Row, bind, values};
use crate::read::{Read, Scope};
use crate::write::Writing;
use crate::{Result, schema};

/// A meeting of a joint review (会审会议).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    pub id: String,
    /// The area whose office held it.
    pub area: AreaCode,
    /// `2018-12-03`.
    pub held_on: String,
    /// Members, opinions, decision and minutes, as JSON text.
    pub document: String,
    /// Ids of the units discussed.
    pub units: Vec<String>,
}

/// A meeting as it was recorded at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetingVersion {
    /// Number in the audit log.
    pub event: i64,
    pub at: String,
    pub who: String,
    pub meeting: Meeting,
}

const MEETING: &str =
    "m.event, a.at, a.who, m.id, m.area, m.held_on, m.document FROM meeting m JOIN audit a ON a.seq = m.event";

impl Writing<'_> {
    /// Records a meeting, or completes the record of one: what was recorded before stays beside it.
    pub fn meeting(&mut self, meeting: &Meeting) -> Result<()> {
        let row = values![&meeting.id, meeting.area.to_string(), &meeting.held_on, &meeting.document];
        self.append(&schema::MEETING, vec![row])?;
        let units = meeting.units.iter().map(|unit| values![&meeting.id, unit]).collect();
        self.append(&schema::MEETING_UNIT, units)
    }
}

impl Read<'_> {
    /// The newest record of each meeting held at or below some areas, newest first, before an event.
    pub fn meetings(&mut self, areas: &[AreaCode], before: i64, limit: u32) -> Result<Vec<MeetingVersion>> {
        // Offices have areas as units do: the scope's own condition, over the meeting's area.
        let Some((condition, mut places)) = Scope::Areas(areas.to_vec()).parts().pop() else { return Ok(Vec::new()) };
        let condition = condition.replace("u.withdrawn = 0 AND ", "").replace("u.area", "m.area");
        let n = places.len();
        places.extend(values![before, i64::from(limit)]);
        let sql = format!(
            "SELECT {MEETING} WHERE {condition} AND m.event < ${} \
             AND NOT EXISTS (SELECT 1 FROM meeting l WHERE l.id = m.id AND l.event > m.event) \
             ORDER BY m.event DESC LIMIT ${}",
            n + 1,
            n + 2
        );
        let rows = self.db.query(&sql, &places)?;
        rows.iter().map(|row| self.meeting_version(row)).collect()
    }

    /// All records of a meeting, oldest first.
    pub fn meeting(&mut self, id: &str) -> Result<Vec<MeetingVersion>> {
        let sql = format!("SELECT {MEETING} WHERE m.id = $1 ORDER BY m.event, m.place");
        let rows = self.db.query(&sql, &bind![id])?;
        rows.iter().map(|row| self.meeting_version(row)).collect()
    }

    /// The newest records of the meetings that spoke of a unit, newest first.
    pub fn meetings_of(&mut self, unit: &str) -> Result<Vec<MeetingVersion>> {
        let sql = format!(
            "SELECT {MEETING} WHERE EXISTS (SELECT 1 FROM meeting_unit d WHERE d.unit = $1 AND d.event = m.event AND d.meeting = m.id) \
             AND NOT EXISTS (SELECT 1 FROM meeting l WHERE l.id = m.id AND l.event > m.event) ORDER BY m.event DESC"
        );
        let rows = self.db.query(&sql, &bind![unit])?;
        rows.iter().map(|row| self.meeting_version(row)).collect()
    }

    fn meeting_version(&mut self, row: &Row) -> Result<MeetingVersion> {
        let (event, id) = (row.int(0)?, row.text(3)?);
        let sql = "SELECT unit FROM meeting_unit WHERE event = $1 AND meeting = $2 ORDER BY place";
        let units = self.db.query(sql, &bind![event, &id])?.iter().map(|row| row.text(0)).collect::<Result<_>>()?;
        let area = row.text(4)?;
        let area = area.parse().map_err(|_| crate::Error::unreadable("meeting", &area))?;
        let meeting = Meeting { id, area, held_on: row.text(5)?, document: row.text(6)?, units };
        Ok(MeetingVersion { event, at: row.text(1)?, who: row.text(2)?, meeting })
    }
}
