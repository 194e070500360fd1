//! Sheets: chains of revisions in, the newest values out, in one pass ordered by unit.

use std::collections::BTreeMap;

use census::frame::Unit;
use census::sheet::{Conflict, Head, Revision, SheetKey, UnitSheets, Values, Version, apply, hash};
use rayon::prelude::*;

use crate::db::{Row, Value, bind, values};
use crate::frame::{text, unit};
use crate::read::{Read, Scope, places};
use crate::write::Writing;
use crate::{Error, Result, Thing, schema};

/// What became of a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    /// It is the newest of its sheet now.
    New,
    /// It was stored before; nothing changed.
    Known,
    /// It does not continue the chain; nothing changed, both versions are named.
    Refused(Conflict),
}

/// What was collected of a unit: all that check, account and tabulate read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collected {
    pub unit: Unit,
    pub sheets: UnitSheets,
    /// Version made by the newest revisions of the period.
    pub version: Version,
}

/// Sheets of the year before, and of the census before (十年一次).
const YEAR: i64 = 1;
const CENSUS: i64 = 10;

/// Revisions looked up in one go.
const CHUNK: usize = 500;

impl Writing<'_> {
    /// Adds revisions to their chains, each after those before it in the list. One that conflicts is
    /// refused by name; the others stand. A unit that is not in the directory refuses all.
    pub fn revise(&mut self, revisions: &[Revision]) -> Result<Vec<Saved>> {
        let mut saved = Vec::with_capacity(revisions.len());
        for chunk in revisions.chunks(CHUNK) {
            saved.extend(self.revise_chunk(chunk)?);
        }
        Ok(saved)
    }

    fn revise_chunk(&mut self, revisions: &[Revision]) -> Result<Vec<Saved>> {
        let units: Vec<String> = revisions.iter().map(|r| r.sheet.unit.clone()).collect();
        let known_units: Vec<String> =
            self.read().units(&Scope::Units(units.clone()))?.into_iter().map(|unit| unit.id).collect();
        if let Some(lost) = units.iter().find(|id| known_units.binary_search(id).is_err()) {
            return Err(Error::Unknown { what: Thing::Unit, id: lost.clone() });
        }
        let mut newest: BTreeMap<SheetKey, Revision> = BTreeMap::new();
        for revision in self.newest(&known_units)? {
            newest.insert(revision.sheet.clone(), revision);
        }
        let mut by_id: BTreeMap<String, Revision> = BTreeMap::new();
        for revision in self.by_id(revisions)? {
            by_id.insert(revision.id.clone(), revision);
        }
        let before = newest.clone();
        let mut saved = Vec::with_capacity(revisions.len());
        let mut rows = Vec::new();
        // Sheet → hash of its newest revision in this change.
        let mut heads: BTreeMap<SheetKey, String> = BTreeMap::new();
        for revision in revisions {
            match apply(newest.get(&revision.sheet), by_id.get(&revision.id), revision) {
                Ok(Head::Known) => saved.push(Saved::Known),
                Err(conflict) => saved.push(Saved::Refused(conflict)),
                Ok(Head::New) => {
                    let sum = hash(revision);
                    rows.push(revision_row(revision, &sum)?);
                    heads.insert(revision.sheet.clone(), sum);
                    newest.insert(revision.sheet.clone(), revision.clone());
                    by_id.insert(revision.id.clone(), revision.clone());
                    saved.push(Saved::New);
                }
            }
        }
        self.append(&schema::REVISION, rows)?;
        let mut sheets = Vec::new();
        for (key, sum) in heads {
            let period = i64::from(key.period);
            if before.contains_key(&key) {
                self.execute(
                    "DELETE FROM sheet WHERE unit = $1 AND form = $2 AND period = $3",
                    &bind![&key.unit, &key.form, period],
                )?;
            }
            let revision = &newest[&key];
            sheets.push(values![&key.unit, &key.form, period, self.seq, &revision.id, sum, text(&revision.values)?]);
        }
        self.insert(&schema::SHEET, &sheets)?;
        Ok(saved)
    }

    /// The newest revisions of all sheets of some units.
    fn newest(&mut self, units: &[String]) -> Result<Vec<Revision>> {
        let sql = format!(
            "SELECT {REVISION} FROM sheet s JOIN revision r ON r.id = s.revision WHERE s.unit IN ({})",
            places(0, units.len())
        );
        let ids: Vec<Value> = units.iter().map(Value::from).collect();
        self.db.query(&sql, &ids)?.iter().map(revision).collect()
    }

    fn by_id(&mut self, revisions: &[Revision]) -> Result<Vec<Revision>> {
        let sql = format!("SELECT {REVISION} FROM revision r WHERE r.id IN ({})", places(0, revisions.len()));
        let ids: Vec<Value> = revisions.iter().map(|r| Value::from(&r.id)).collect();
        self.db.query(&sql, &ids)?.iter().map(revision).collect()
    }
}

impl Read<'_> {
    /// What was collected of the units of a scope in a period, by unit id: the first so many after
    /// a unit. An empty page: there are no more.
    ///
    /// Sheets of the year before and of the census ten years before come with it.
    pub fn collected(
        &mut self,
        scope: &Scope,
        period: u16,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Collected>> {
        let mut found = Vec::new();
        for (condition, values) in scope.parts() {
            if found.len() < limit {
                found.extend(self.collected_part(&condition, values, period, after, limit - found.len())?);
            }
        }
        Ok(found)
    }

    /// Runs through all units of a scope in chunks; memory holds one chunk.
    pub fn each_chunk<E: From<Error>>(
        &mut self,
        scope: &Scope,
        period: u16,
        chunk: usize,
        mut take: impl FnMut(Vec<Collected>) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let mut after: Option<String> = None;
        loop {
            let page = self.collected(scope, period, after.as_deref(), chunk)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.unit.id.clone());
            take(page)?;
        }
    }

    fn collected_part(
        &mut self,
        condition: &str,
        mut values: Vec<Value>,
        period: u16,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Collected>> {
        let n = values.len();
        values.extend(values![after.unwrap_or(""), limit]);
        let sql = format!(
            "SELECT u.id, u.document FROM unit u WHERE {condition} AND u.id > ${} ORDER BY u.id LIMIT ${}",
            n + 1,
            n + 2
        );
        let units: Vec<Unit> = self.db.query(&sql, &values)?.par_iter().map(unit).collect::<Result<_>>()?;
        let Some(last) = units.last() else { return Ok(Vec::new()) };
        let period = i64::from(period);
        values.truncate(n + 1);
        values.extend(values![&last.id, period, period - YEAR, period - CENSUS]);
        let sql = format!(
            "SELECT s.unit, s.form, s.period, s.revision, s.hash, s.document FROM sheet s JOIN unit u ON u.id = s.unit \
             WHERE {condition} AND u.id > ${} AND u.id <= ${} AND s.unit > ${} AND s.unit <= ${} AND s.period IN (${}, ${}, ${}) \
             ORDER BY s.unit, s.form, s.period",
            n + 1,
            n + 2,
            n + 1,
            n + 2,
            n + 3,
            n + 4,
            n + 5
        );
        let rows = self.db.query(&sql, &values)?;
        // Both are in the order of units: each unit takes its run of rows.
        let mut runs = Vec::with_capacity(units.len());
        let mut at = 0;
        for unit in units {
            let from = at;
            while rows.get(at).is_some_and(|row| row.str(0) == Ok(unit.id.as_str())) {
                at += 1;
            }
            runs.push((unit, &rows[from..at]));
        }
        if at != rows.len() {
            return Err(Error::unreadable("sheets", "they are not in the order of their units"));
        }
        runs.into_par_iter().map(|(unit, rows)| collect(unit, rows, period)).collect()
    }

    /// All revisions of a sheet, oldest first.
    pub fn revisions(&mut self, sheet: &SheetKey) -> Result<Vec<Revision>> {
        let sql = format!(
            "SELECT {REVISION} FROM revision r WHERE r.unit = $1 AND r.form = $2 AND r.period = $3 ORDER BY r.event, r.place"
        );
        let places = values![&sheet.unit, &sheet.form, i64::from(sheet.period)];
        self.db.query(&sql, &places)?.iter().map(revision).collect()
    }

    /// Units with revisions newer than an event, ascending: what a derived copy has to look at again.
    pub fn revised_since(&mut self, event: i64) -> Result<Vec<String>> {
        let sql = "SELECT DISTINCT unit FROM revision WHERE event > $1 ORDER BY unit";
        self.db.query(sql, &bind![event])?.iter().map(|row| row.text(0)).collect()
    }

    /// One revision by its id.
    pub fn revision(&mut self, id: &str) -> Result<Option<Revision>> {
        let sql = format!("SELECT {REVISION} FROM revision r WHERE r.id = $1");
        self.db.first(&sql, &bind![id])?.as_ref().map(revision).transpose()
    }

    /// Form → number of sheets of a period.
    pub fn sheet_counts(&mut self, period: u16) -> Result<BTreeMap<String, u64>> {
        let sql = "SELECT form, COUNT(*) FROM sheet WHERE period = $1 GROUP BY form ORDER BY form";
        let rows = self.db.query(sql, &bind![period])?;
        rows.iter().map(|row| Ok((row.text(0)?, row.int(1)? as u64))).collect()
    }
}

pub(crate) const REVISION: &str = "r.id, r.unit, r.form, r.period, r.base, r.instrument, r.author, r.at, r.document";

fn revision_row(revision: &Revision, sum: &str) -> Result<Vec<Value>> {
    Ok(values![
        &revision.id,
        &revision.sheet.unit,
        &revision.sheet.form,
        revision.sheet.period,
        revision.base.as_ref(),
        &revision.instrument,
        &revision.author,
        &revision.at,
        sum,
        text(&revision.values)?
    ])
}

/// A revision from the columns [`REVISION`].
pub(crate) fn revision(row: &Row) -> Result<Revision> {
    let id = row.text(0)?;
    Ok(Revision {
        sheet: SheetKey { unit: row.text(1)?, form: row.text(2)?, period: row.int(3)? as u16 },
        base: row.maybe(4)?,
        instrument: row.text(5)?,
        author: row.text(6)?,
        at: row.text(7)?,
        values: row.document(8, &format!("revision {id}"))?,
        id,
    })
}

fn collect(unit: Unit, rows: &[Row], period: i64) -> Result<Collected> {
    let mut sheets = UnitSheets { unit: unit.id.clone(), respondent: unit.respondent.clone(), ..UnitSheets::default() };
    let mut heads = Vec::new();
    for row in rows {
        let form = row.text(1)?;
        let values: Values = row.document(5, &format!("sheet {form} of unit {}", unit.id))?;
        let at = row.int(2)?;
        if at == period {
            heads.push((form.clone(), row.text(3)?, row.text(4)?));
            sheets.sheets.insert(form, values);
        } else if at == period - YEAR {
            sheets.last_year.insert(form, values);
        } else {
            sheets.last_census.insert(form, values);
        }
    }
    Ok(Collected { unit, sheets, version: Version::from_hashes(heads) })
}
