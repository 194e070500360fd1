//! Work lists of the review (待办): who waits for a step, queries by deadline, findings by rule, and what happened to a unit.

use std::collections::BTreeMap;

use census::area::AreaCode;
use census::review::{Actor, Event, StateKind, UnitReview};

use crate::db::{Value, bind, values};
use crate::read::{Read, Scope, places};
use crate::review::QueryRow;
use crate::{Error, Kept, Result};

/// Where units stand that wait for something; several of them: any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingPlace {
    pub state: StateKind,
    /// A step that must be stamped, and one that must not be; empty: whatever.
    pub stamped: String,
    pub not_stamped: String,
    /// Only in these areas, by their digits; `None`: anywhere.
    pub only: Option<Vec<AreaCode>>,
    /// In none of these.
    pub but: Vec<AreaCode>,
}

/// A unit that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingRow {
    /// Number of the event that moved it last: with the id the key of the list.
    pub event: i64,
    /// When that was.
    pub at: String,
    pub id: String,
    pub name: String,
    pub code: String,
    pub area: String,
    pub respondent: String,
    pub kept: Kept,
}

/// What a rule found in a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleCount {
    pub rule: String,
    pub grade: String,
    pub units: u64,
    pub findings: u64,
}

/// Something that happened to a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitEvent {
    pub event: i64,
    pub at: String,
    pub who: String,
    /// Name of a [`crate::What`].
    pub what: String,
    /// Forms that were filled with it.
    pub forms: Vec<String>,
}

/// A step of a unit's review as it was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewStepRow {
    pub event: i64,
    pub at: String,
    /// State it led to.
    pub state: StateKind,
    pub step: Event,
    pub actor: Actor,
    /// All that was known of the unit after it.
    pub review: UnitReview,
}

impl Read<'_> {
    /// Units of a scope that stand in any of some places, longest first, after a key `event/id`.
    pub fn waiting(
        &mut self,
        scope: &Scope,
        at: &[WaitingPlace],
        after: &str,
        limit: usize,
    ) -> Result<Vec<WaitingRow>> {
        let mut found = Vec::new();
        for (condition, mut values) in scope.parts() {
            let mut condition = format!("{condition} AND {}", standing(at, &mut values));
            if let Some((event, id)) = after.split_once('/') {
                let event: i64 = event.parse().unwrap_or(i64::MAX);
                let n = values.len();
                condition += &format!(" AND (t.event > ${} OR (t.event = ${} AND t.unit > ${}))", n + 1, n + 1, n + 2);
                values.extend(values![event, id]);
            }
            values.push(Value::from(limit));
            let sql = format!(
                "SELECT t.event, a.at, u.id, u.name, u.code, u.area, u.respondent, t.counter, t.document \
                 FROM unit_state t JOIN unit u ON u.id = t.unit JOIN audit a ON a.seq = t.event \
                 WHERE {condition} ORDER BY t.event, t.unit LIMIT ${}",
                values.len()
            );
            for row in self.db.query(&sql, &values)? {
                let id = row.text(2)?;
                found.push(WaitingRow {
                    event: row.int(0)?,
                    at: row.text(1)?,
                    name: row.text(3)?,
                    code: row.text(4)?,
                    area: row.text(5)?,
                    respondent: row.text(6)?,
                    kept: Kept { review: row.document(8, &format!("review of unit {id}"))?, counter: row.int(7)? },
                    id,
                });
            }
        }
        found.sort_by(|a, b| (a.event, &a.id).cmp(&(b.event, &b.id)));
        found.truncate(limit);
        Ok(found)
    }

    /// How many stand there.
    pub fn waiting_count(&mut self, scope: &Scope, at: &[WaitingPlace]) -> Result<u64> {
        let mut count = 0;
        for (condition, mut values) in scope.parts() {
            let condition = format!("{condition} AND {}", standing(at, &mut values));
            let sql = format!("SELECT COUNT(*) FROM unit_state t JOIN unit u ON u.id = t.unit WHERE {condition}");
            count += self.db.int(&sql, &values)? as u64;
        }
        Ok(count)
    }

    /// What each rule found on the units of a scope, not computable findings left out; by rule and grade.
    pub fn rule_counts(&mut self, scope: &Scope) -> Result<Vec<RuleCount>> {
        let mut found: BTreeMap<(String, String), (u64, u64)> = BTreeMap::new();
        for (condition, values) in scope.parts() {
            let sql = format!(
                "SELECT f.rule, f.grade, COUNT(DISTINCT f.unit), COUNT(*) FROM finding f JOIN unit u ON u.id = f.unit \
                 WHERE {condition} AND f.kind <> 'not-computable' GROUP BY f.rule, f.grade"
            );
            for row in self.db.query(&sql, &values)? {
                // Parts of a scope share no units.
                let count = found.entry((row.text(0)?, row.text(1)?)).or_default();
                count.0 += row.int(2)? as u64;
                count.1 += row.int(3)? as u64;
            }
        }
        let row = |((rule, grade), (units, findings))| RuleCount { rule, grade, units, findings };
        Ok(found.into_iter().map(row).collect())
    }

    /// Queries of a scope in some states, by deadline, after a key `deadline/unit/id`.
    pub fn queries(&mut self, scope: &Scope, states: &[&str], after: &str, limit: usize) -> Result<Vec<QueryRow>> {
        let mut found: Vec<QueryRow> = Vec::new();
        for (condition, mut values) in scope.parts() {
            let mut condition = format!("{condition} AND q.state IN ({})", places(values.len(), states.len()));
            values.extend(states.iter().map(|state| Value::from(*state)));
            let mut key = after.splitn(3, '/');
            if let (Some(deadline), Some(unit), Some(id)) = (key.next(), key.next(), key.next()) {
                let n = values.len();
                condition += &format!(
                    " AND (q.deadline > ${d} OR (q.deadline = ${d} AND (q.unit > ${u} OR (q.unit = ${u} AND q.id > ${i}))))",
                    d = n + 1,
                    u = n + 2,
                    i = n + 3
                );
                values.extend(values![deadline, unit, id]);
            }
            values.push(Value::from(limit));
            let sql = format!(
                "SELECT q.unit, q.document FROM query q JOIN unit u ON u.id = q.unit WHERE {condition} \
                 ORDER BY q.deadline, q.unit, q.id LIMIT ${}",
                values.len()
            );
            for row in self.db.query(&sql, &values)? {
                let unit = row.text(0)?;
                found.push(QueryRow { query: row.document(1, &format!("query to unit {unit}"))?, unit });
            }
        }
        found.sort_by(|a, b| (&a.query.deadline, &a.unit, &a.query.id).cmp(&(&b.query.deadline, &b.unit, &b.query.id)));
        found.truncate(limit);
        Ok(found)
    }

    /// Everything that changed a unit: its entry in the directory, its sheets, its review, its papers; oldest first.
    pub fn unit_events(&mut self, unit: &str) -> Result<Vec<UnitEvent>> {
        let sql = "SELECT seq, at, who, what FROM audit WHERE seq IN (\
                   SELECT event FROM unit_history WHERE unit = $1 UNION SELECT event FROM revision WHERE unit = $1 \
                   UNION SELECT event FROM review_step WHERE unit = $1 UNION SELECT event FROM attachment WHERE unit = $1) \
                   ORDER BY seq";
        let rows = self.db.query(sql, &bind![unit])?;
        let mut forms: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        let sql = "SELECT event, form FROM revision WHERE unit = $1 ORDER BY event, place";
        for row in self.db.query(sql, &bind![unit])? {
            forms.entry(row.int(0)?).or_default().push(row.text(1)?);
        }
        rows.iter()
            .map(|row| {
                let event = row.int(0)?;
                Ok(UnitEvent {
                    event,
                    at: row.text(1)?,
                    who: row.text(2)?,
                    what: row.text(3)?,
                    forms: forms.remove(&event).unwrap_or_default(),
                })
            })
            .collect()
    }

    /// The steps of a unit's review with what was known after each, oldest first.
    pub fn review_steps(&mut self, unit: &str) -> Result<Vec<ReviewStepRow>> {
        let sql = "SELECT s.event, a.at, s.state, s.step, s.actor, s.document FROM review_step s \
                   JOIN audit a ON a.seq = s.event WHERE s.unit = $1 ORDER BY s.event, s.place";
        let what = format!("step of unit {unit}");
        let rows = self.db.query(sql, &bind![unit])?;
        rows.iter()
            .map(|row| {
                let state = row.text(2)?;
                Ok(ReviewStepRow {
                    event: row.int(0)?,
                    at: row.text(1)?,
                    state: StateKind::from_name(&state).ok_or_else(|| Error::unreadable("review_step", &state))?,
                    step: row.document(3, &what)?,
                    actor: row.document(4, &what)?,
                    review: row.document(5, &what)?,
                })
            })
            .collect()
    }
}

/// The places as a condition over `unit_state t` and `unit u`.
fn standing(at: &[WaitingPlace], values: &mut Vec<Value>) -> String {
    let mut place = |value: Value| {
        values.push(value);
        format!("${}", values.len())
    };
    let mut any = Vec::new();
    for waiting in at {
        let mut all = format!("t.state = {}", place(Value::from(waiting.state.name())));
        // A stamp in the stored document; no text typed by a person can look like it, quotes are escaped in those.
        let mut stamp = |step: &str| place(Value::from(format!("%\"step\":\"{step}\",\"person\":%")));
        if !waiting.stamped.is_empty() {
            all += &format!(" AND t.document LIKE {}", stamp(&waiting.stamped));
        }
        if !waiting.not_stamped.is_empty() {
            all += &format!(" AND t.document NOT LIKE {}", stamp(&waiting.not_stamped));
        }
        let mut inside = |codes: &[AreaCode]| {
            let ranges: Vec<String> = codes
                .iter()
                .map(|code| {
                    let low = code.short();
                    format!(
                        "(u.area >= {} AND u.area < {})",
                        place(Value::from(&low)),
                        place(Value::from(format!("{low}:")))
                    )
                })
                .collect();
            ranges.join(" OR ")
        };
        match &waiting.only {
            Some(codes) if codes.is_empty() => all += " AND 1 = 0",
            Some(codes) => all += &format!(" AND ({})", inside(codes)),
            None => {}
        }
        if !waiting.but.is_empty() {
            all += &format!(" AND NOT ({})", inside(&waiting.but));
        }
        any.push(format!("({all})"));
    }
    if any.is_empty() { "1 = 0".to_owned() } else { format!("({})", any.join(" OR ")) }
}
