//! Where each unit stands in the review chain, and how it came there.

use std::collections::BTreeMap;

use census::review::{Actor, AreaLevelName, Event, Moved, Query, QueryState, StateKind, UnitReview};

use crate::db::{Row, Value, bind, values};
use crate::frame::text;
use crate::read::{Read, Scope};
use crate::write::Writing;
use crate::{Error, Result, schema};

/// A unit's review as stored, with its counter: whoever moves the unit says which one was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub review: UnitReview,
    /// How often the unit was moved; 0 for one that nobody has touched.
    pub counter: i64,
}

/// A query (疑问单) with the unit it was put to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryRow {
    pub unit: String,
    pub query: Query,
}

impl Kept {
    fn begin() -> Kept {
        Kept { review: UnitReview::begin(), counter: 0 }
    }
}

impl Writing<'_> {
    /// Stores a step of the chain: the event, who did it, where the unit stands now. Tables that held
    /// the unit and no longer may become stale in the same moment. Gives the new counter.
    pub fn step(&mut self, unit: &str, seen: i64, moved: &Moved, by: &Actor, event: &Event) -> Result<i64> {
        let old = self.read().review(unit)?;
        if old.counter != seen {
            return Err(Error::Moved { unit: unit.to_owned(), seen, now: old.counter });
        }
        let counter = seen + 1;
        let review = &moved.review;
        let state = review.state.kind().name();
        let document = text(review)?;
        self.append(&schema::REVIEW_STEP, vec![values![unit, counter, state, text(event)?, text(by)?, &document]])?;
        if seen == 0 {
            self.insert(&schema::UNIT_STATE, &[values![unit, self.seq, counter, state, document]])?;
        } else {
            self.execute(
                "UPDATE unit_state SET event = $2, counter = $3, state = $4, document = $5 WHERE unit = $1",
                &bind![unit, self.seq, counter, state, document],
            )?;
        }
        self.list_parts(unit, &old.review, review)?;
        if !moved.stale.is_empty() {
            let levels: Vec<&str> = moved.stale.iter().map(|level| level_name(*level)).collect();
            let why = format!("unit {unit} was opened again by {} at {}", self.event.who, self.event.at);
            self.stale_with(unit, &levels, &why)?;
        }
        Ok(counter)
    }

    /// Keeps the lists of queries, explanations and visits in step with the review document.
    fn list_parts(&mut self, unit: &str, old: &UnitReview, new: &UnitReview) -> Result<()> {
        if old.queries != new.queries {
            self.execute("DELETE FROM query WHERE unit = $1", &bind![unit])?;
            let rows: Vec<Vec<Value>> = new
                .queries
                .iter()
                .map(|q| {
                    let rule = q.finding.as_ref().map_or("", |key| key.rule.as_str());
                    Ok(values![unit, &q.id, &q.step, rule, query_state(q), &q.deadline, text(q)?])
                })
                .collect::<Result<_>>()?;
            self.insert(&schema::QUERY, &rows)?;
        }
        if old.explanations != new.explanations {
            self.execute("DELETE FROM explanation WHERE unit = $1", &bind![unit])?;
            let rows: Vec<Vec<Value>> = new
                .explanations
                .iter()
                .enumerate()
                .map(|(at, e)| Ok(values![unit, at, &e.finding.rule, &e.by, text(e)?]))
                .collect::<Result<_>>()?;
            self.insert(&schema::EXPLANATION, &rows)?;
        }
        if old.visits != new.visits {
            self.execute("DELETE FROM visit WHERE unit = $1", &bind![unit])?;
            let rows: Vec<Vec<Value>> = new
                .visits
                .iter()
                .enumerate()
                .map(|(at, v)| Ok(values![unit, at, &v.at, format!("{:?}", v.met).to_lowercase(), text(v)?]))
                .collect::<Result<_>>()?;
            self.insert(&schema::VISIT, &rows)?;
        }
        Ok(())
    }
}

impl Read<'_> {
    /// Where a unit stands; a unit nobody has touched stands at the beginning.
    pub fn review(&mut self, unit: &str) -> Result<Kept> {
        let sql = "SELECT unit, counter, document FROM unit_state WHERE unit = $1";
        self.db.first(sql, &bind![unit])?.as_ref().map_or_else(|| Ok(Kept::begin()), kept)
    }

    /// Where the units of a scope stand, each of them.
    pub fn reviews(&mut self, scope: &Scope) -> Result<BTreeMap<String, Kept>> {
        let mut found = BTreeMap::new();
        for (condition, values) in scope.parts() {
            let sql = format!(
                "SELECT u.id, t.counter, t.document FROM unit u LEFT JOIN unit_state t ON t.unit = u.id \
                 WHERE {condition} ORDER BY u.id"
            );
            self.db.each(&sql, &values, |row| {
                let kept = if row.maybe(2)?.is_none() { Kept::begin() } else { kept(&row)? };
                found.insert(row.text(0)?, kept);
                Ok::<(), Error>(())
            })?;
        }
        Ok(found)
    }

    /// State → number of units of a scope, every state listed.
    pub fn states(&mut self, scope: &Scope) -> Result<BTreeMap<StateKind, u64>> {
        let mut found: BTreeMap<StateKind, u64> = StateKind::ALL.into_iter().map(|kind| (kind, 0)).collect();
        for (condition, values) in scope.parts() {
            let sql = format!(
                "SELECT t.state, COUNT(*) FROM unit u LEFT JOIN unit_state t ON t.unit = u.id \
                 WHERE {condition} GROUP BY t.state ORDER BY t.state"
            );
            for row in self.db.query(&sql, &values)? {
                let name = row.maybe(0)?.unwrap_or_else(|| StateKind::Draft.name().to_owned());
                let kind = StateKind::from_name(&name).ok_or_else(|| Error::unreadable("unit_state", &name))?;
                *found.entry(kind).or_default() += row.int(1)? as u64;
            }
        }
        Ok(found)
    }

    /// How a unit came where it stands: (audit number, actor, event), oldest first.
    pub fn steps(&mut self, unit: &str) -> Result<Vec<(i64, Actor, Event)>> {
        let sql = "SELECT event, actor, step FROM review_step WHERE unit = $1 ORDER BY event, place";
        let what = format!("step of unit {unit}");
        let rows = self.db.query(sql, &bind![unit])?;
        rows.iter().map(|row| Ok((row.int(0)?, row.document(1, &what)?, row.document(2, &what)?))).collect()
    }

    /// Queries of a scope that are not closed, by deadline.
    pub fn open_queries(&mut self, scope: &Scope) -> Result<Vec<QueryRow>> {
        let mut found = Vec::new();
        for (condition, values) in scope.parts() {
            let sql = format!(
                "SELECT q.unit, q.document FROM query q JOIN unit u ON u.id = q.unit \
                 WHERE {condition} AND q.state <> 'closed' ORDER BY q.deadline, q.unit, q.id"
            );
            for row in self.db.query(&sql, &values)? {
                let unit = row.text(0)?;
                found.push(QueryRow { query: row.document(1, &format!("query to unit {unit}"))?, unit });
            }
        }
        found.sort_by(|a, b| (&a.query.deadline, &a.unit, &a.query.id).cmp(&(&b.query.deadline, &b.unit, &b.query.id)));
        Ok(found)
    }
}

fn kept(row: &Row) -> Result<Kept> {
    Ok(Kept { review: row.document(2, &format!("review of unit {}", row.str(0)?))?, counter: row.int(1)? })
}

fn query_state(query: &Query) -> &'static str {
    match query.state {
        QueryState::Open => "open",
        QueryState::Correcting { .. } => "correcting",
        QueryState::Corrected { .. } => "corrected",
        QueryState::Explained { .. } => "explained",
        QueryState::Closed { .. } => "closed",
    }
}

/// `county`: as stored.
pub(crate) fn level_name(level: AreaLevelName) -> &'static str {
    match level {
        AreaLevelName::Village => "village",
        AreaLevelName::Town => "town",
        AreaLevelName::County => "county",
        AreaLevelName::City => "city",
        AreaLevelName::Province => "province",
    }
}
