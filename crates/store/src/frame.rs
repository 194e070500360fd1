//! The frame: files as received, their rows, verdicts, and the directory of units.

use std::collections::{BTreeMap, BTreeSet};

use census::frame::{Listing, Origin, Screened, Unit, Verdict};

use crate::db::{Row, Value, bind, values};
use crate::read::{Cursor, Read, Scope, places};
use crate::write::Writing;
use crate::{Error, Result, schema};

/// A file that is imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportFile {
    /// Made by the writer.
    pub id: String,
    pub kind: ImportKind,
    /// As the user names it.
    pub name: String,
    /// SHA-256 of its bytes: the same file imported twice changes nothing.
    pub hash: String,
    pub size: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportKind {
    /// 底册.
    List,
    /// 普查表.
    Sheets,
    /// Rows of lists from the office above (下发包).
    Package,
    /// A list the directory is re-checked against (比对名单).
    Recheck,
    /// A unit found in the field (补录).
    Addition,
}

/// What became of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Imported {
    New {
        rows: u64,
        rejected: u64,
    },
    /// The same bytes were imported before, under this name.
    Known {
        name: String,
        rows: u64,
        rejected: u64,
    },
}

/// Who gave a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DecidedBy {
    /// The scope rules.
    Rule,
    /// A person who looked.
    Person,
}

/// The latest verdict on a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub verdict: Verdict,
    pub why: String,
    pub by: DecidedBy,
}

/// A page of listings, and where the next one begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub listings: Vec<Listing>,
    /// `None`: there are no more.
    pub next: Option<Cursor>,
}

/// Rows written in one go.
const CHUNK: usize = 2000;

impl ImportKind {
    fn name(self) -> &'static str {
        match self {
            ImportKind::List => "list",
            ImportKind::Sheets => "sheets",
            ImportKind::Package => "package",
            ImportKind::Recheck => "recheck",
            ImportKind::Addition => "addition",
        }
    }
}

impl DecidedBy {
    fn name(self) -> &'static str {
        match self {
            DecidedBy::Rule => "rule",
            DecidedBy::Person => "person",
        }
    }
}

impl Writing<'_> {
    /// Keeps every row of a base list (底册), the rejected ones too, in the order given. Rows may be
    /// made while they are read; memory stays small. An error among them undoes the whole import.
    pub fn import_list<E: From<Error>>(
        &mut self,
        file: &ImportFile,
        rows: impl IntoIterator<Item = std::result::Result<Listing, E>>,
    ) -> std::result::Result<Imported, E> {
        if let Some(known) = self.known_file(file)? {
            return Ok(known);
        }
        let (mut count, mut rejected) = (0, 0);
        let mut chunk = Vec::with_capacity(CHUNK);
        for row in rows {
            let row = row?;
            count += 1;
            rejected += u64::from(row.rejected.is_some());
            chunk.push(listing_row(file, &row)?);
            if chunk.len() == CHUNK {
                self.append(&schema::LISTING, std::mem::take(&mut chunk))?;
            }
        }
        self.append(&schema::LISTING, chunk)?;
        self.keep_file(file, count, rejected)?;
        Ok(Imported::New { rows: count, rejected })
    }

    /// The import this file was before, if it was.
    pub fn known_file(&mut self, file: &ImportFile) -> Result<Option<Imported>> {
        // The same list is not a base list today and another list tomorrow.
        let other = match file.kind {
            ImportKind::List => ImportKind::Recheck,
            ImportKind::Recheck => ImportKind::List,
            kind => kind,
        };
        let sql = "SELECT name, rows_read, rejected FROM import_file WHERE kind IN ($1, $2) AND hash = $3";
        let row = self.db.first(sql, &bind![file.kind.name(), other.name(), &file.hash])?;
        row.map(|row| {
            Ok(Imported::Known { name: row.text(0)?, rows: row.int(1)? as u64, rejected: row.int(2)? as u64 })
        })
        .transpose()
    }

    /// Remembers a file whose rows went elsewhere: filled sheets become revisions.
    pub fn keep_file(&mut self, file: &ImportFile, rows: u64, rejected: u64) -> Result<()> {
        let row = values![&file.id, file.kind.name(), &file.name, &file.hash, file.size, rows, rejected];
        self.append(&schema::IMPORT_FILE, vec![row])
    }

    /// Adds verdicts (清查结论). The latest wins; those that say what is known already are left out.
    /// Gives the number added.
    pub fn decide(&mut self, screened: &[Screened], by: DecidedBy) -> Result<u64> {
        let known = self.read().decisions()?;
        let mut rows = Vec::new();
        for screened in screened {
            let decision = Decision { verdict: screened.verdict.clone(), why: screened.why.clone(), by };
            // What a person said stays theirs when a rule repeats it.
            let repeats = known.get(&screened.listing).is_some_and(|old| {
                old.verdict == decision.verdict
                    && (*old == decision || (old.by, by) == (DecidedBy::Person, DecidedBy::Rule))
            });
            if !repeats {
                let document = text(&screened.verdict)?;
                rows.push(values![&screened.listing, name(&screened.verdict), document, &screened.why, by.name()]);
            }
        }
        let added = rows.len() as u64;
        for chunk in chunks(rows) {
            self.append(&schema::VERDICT, chunk)?;
        }
        Ok(added)
    }

    /// Puts units into the directory (名录库), or changes them. Gives the number that is new or differs.
    pub fn directory(&mut self, units: &[Unit]) -> Result<u64> {
        let mut changed = 0;
        for part in units.chunks(CHUNK) {
            let ids: Vec<String> = part.iter().map(|unit| unit.id.clone()).collect();
            let old: BTreeMap<String, Unit> =
                self.read().units(&Scope::Units(ids))?.into_iter().map(|unit| (unit.id.clone(), unit)).collect();
            let back = self.withdrawn()?;
            let news: Vec<&Unit> =
                part.iter().filter(|unit| old.get(&unit.id) != Some(*unit) || back.contains(&unit.id)).collect();
            changed += news.len() as u64;
            let mut rows = Vec::new();
            let mut history = Vec::new();
            for unit in news {
                let document = text(unit)?;
                history.push(values![&unit.id, &document]);
                if old.contains_key(&unit.id) {
                    self.execute(
                        "UPDATE unit SET event = $2, respondent = $3, name = $4, code = $5, area = $6, simulated = $7, \
                         withdrawn = $8, document = $9 WHERE id = $1",
                        &unit_row(self.seq, unit, document),
                    )?;
                } else {
                    rows.push(unit_row(self.seq, unit, document));
                }
            }
            self.insert(&schema::UNIT, &rows)?;
            self.append(&schema::UNIT_HISTORY, history)?;
        }
        Ok(changed)
    }
}

impl Writing<'_> {
    /// Takes units out of the directory that a later look found out of scope: questions about all
    /// units or an area pass them over from now on, what was collected of them is kept. Putting a
    /// unit into the directory again brings it back. Gives the number taken out.
    pub fn withdraw(&mut self, units: &[String], why: &str) -> Result<u64> {
        let gone = self.withdrawn()?;
        let known = self.read().units(&Scope::Units(units.to_vec()))?;
        let leaving: Vec<&Unit> = known.iter().filter(|unit| !gone.contains(&unit.id)).collect();
        let history = leaving
            .iter()
            .map(|unit| Ok(values![&unit.id, text(&BTreeMap::from([("withdrawn", why)]))?]))
            .collect::<Result<Vec<_>>>()?;
        for unit in &leaving {
            self.execute("UPDATE unit SET withdrawn = 1, event = $2 WHERE id = $1", &bind![&unit.id, self.seq])?;
        }
        for chunk in chunks(history) {
            self.append(&schema::UNIT_HISTORY, chunk)?;
        }
        Ok(leaving.len() as u64)
    }

    fn withdrawn(&mut self) -> Result<BTreeSet<String>> {
        self.db.query("SELECT id FROM unit WHERE withdrawn = 1", &[])?.iter().map(|row| row.text(0)).collect()
    }
}

impl Read<'_> {
    /// Listings in the order they were imported, at most so many.
    pub fn listings(&mut self, after: Option<Cursor>, limit: u32) -> Result<Page> {
        let at = after.unwrap_or(Cursor { event: 0, place: -1 });
        let sql = "SELECT event, place, id, file, sheet, row_number, hash, cells, reading, rejected FROM listing \
                   WHERE event > $1 OR (event = $1 AND place > $2) ORDER BY event, place LIMIT $3";
        let mut page = Page { listings: Vec::new(), next: None };
        let mut last = at;
        self.db.each(sql, &bind![at.event, at.place, i64::from(limit)], |row| {
            last = Cursor { event: row.int(0)?, place: row.int(1)? };
            page.listings.push(listing(&row)?);
            Ok::<(), Error>(())
        })?;
        page.next = (page.listings.len() == limit as usize).then_some(last);
        Ok(page)
    }

    /// All listings, in the order they were imported.
    pub fn all_listings(&mut self) -> Result<Vec<Listing>> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = self.listings(after, 20_000)?;
            all.extend(page.listings);
            after = page.next;
            if after.is_none() {
                return Ok(all);
            }
        }
    }

    /// Listings that did not come with a base list, by id.
    pub fn later_listings(&mut self) -> Result<BTreeMap<String, Origin>> {
        let mut found = BTreeMap::new();
        let sql = "SELECT l.id, f.kind FROM listing l JOIN import_file f ON f.id = l.import \
                   WHERE f.kind IN ('recheck', 'addition')";
        self.db.each(sql, &[], |row| {
            let origin = if row.str(1)? == "recheck" { Origin::Recheck } else { Origin::Field };
            found.insert(row.text(0)?, origin);
            Ok::<(), Error>(())
        })?;
        Ok(found)
    }

    /// The latest verdict of each listing that has one.
    pub fn decisions(&mut self) -> Result<BTreeMap<String, Decision>> {
        let mut found = BTreeMap::new();
        // In the order written: what comes later replaces what came before.
        self.db.each("SELECT listing, document, why, decided_by FROM verdict ORDER BY event, place", &[], |row| {
            let by = if row.str(3)? == "person" { DecidedBy::Person } else { DecidedBy::Rule };
            let listing = row.text(0)?;
            let verdict = row.document(1, &format!("verdict on {listing}"))?;
            found.insert(listing, Decision { verdict, why: row.text(2)?, by });
            Ok::<(), Error>(())
        })?;
        Ok(found)
    }

    /// Units of the directory, by id.
    pub fn units(&mut self, scope: &Scope) -> Result<Vec<Unit>> {
        let mut units = Vec::new();
        for (condition, values) in scope.parts() {
            let sql = format!("SELECT u.id, u.document FROM unit u WHERE {condition} ORDER BY u.id");
            self.db.each(&sql, &values, |row| {
                units.push(unit(&row)?);
                Ok::<(), Error>(())
            })?;
        }
        Ok(units)
    }

    /// Units a text may mean, by id: the id itself, else the code, else the full name, else a part of the name.
    pub fn find_units(&mut self, text: &str) -> Result<Vec<Unit>> {
        let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let tries = [
            ("id = $1", text.to_owned()),
            ("code = $1", text.to_owned()),
            ("name = $1", text.to_owned()),
            ("name LIKE $1 ESCAPE '\\'", format!("%{escaped}%")),
        ];
        for (condition, value) in tries {
            let sql = format!("SELECT id, document FROM unit WHERE {condition} ORDER BY id");
            let found: Vec<Unit> = self.db.query(&sql, &bind![value])?.iter().map(unit).collect::<Result<_>>()?;
            if !found.is_empty() {
                return Ok(found);
            }
        }
        Ok(Vec::new())
    }

    /// The listings a unit came from, in the order they were imported.
    pub fn listings_of(&mut self, unit: &Unit) -> Result<Vec<Listing>> {
        if unit.listings.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT event, place, id, file, sheet, row_number, hash, cells, reading, rejected FROM listing \
             WHERE id IN ({}) ORDER BY event, place",
            places(0, unit.listings.len())
        );
        let ids: Vec<Value> = unit.listings.iter().map(Value::from).collect();
        self.db.query(&sql, &ids)?.iter().map(listing).collect()
    }
}

/// A document as canonical JSON.
pub(crate) fn text<T: serde::Serialize>(document: &T) -> Result<String> {
    serde_json::to_string(document).map_err(|error| Error::Unfit { what: "document".into(), why: error.to_string() })
}

pub(crate) fn chunks(rows: Vec<Vec<Value>>) -> impl Iterator<Item = Vec<Vec<Value>>> {
    let mut rows = rows.into_iter();
    std::iter::from_fn(move || {
        let chunk: Vec<_> = rows.by_ref().take(CHUNK).collect();
        (!chunk.is_empty()).then_some(chunk)
    })
}

fn listing_row(file: &ImportFile, row: &Listing) -> Result<Vec<Value>> {
    Ok(values![
        &row.id,
        &file.id,
        &row.file,
        &row.sheet,
        row.row,
        &row.hash,
        text(&row.cells)?,
        text(&row.read)?,
        row.rejected.as_ref()
    ])
}

fn listing(row: &Row) -> Result<Listing> {
    let id = row.text(2)?;
    let what = format!("listing {id}");
    Ok(Listing {
        file: row.text(3)?,
        sheet: row.text(4)?,
        row: row.int(5)? as u32,
        hash: row.text(6)?,
        cells: row.document(7, &what)?,
        read: row.document(8, &what)?,
        rejected: row.maybe(9)?,
        id,
    })
}

fn unit_row(seq: i64, unit: &Unit, document: String) -> Vec<Value> {
    values![&unit.id, seq, &unit.respondent, &unit.name, &unit.code, &unit.area, unit.simulated, false, document]
}

pub(crate) fn unit(row: &Row) -> Result<Unit> {
    row.document(1, &format!("unit {}", row.str(0)?))
}

/// `in-scope`: the kind of a verdict, as its document names it.
fn name(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::InScope { .. } => "in-scope",
        Verdict::OutOfScope { .. } => "out-of-scope",
        Verdict::DuplicateOf { .. } => "duplicate-of",
        Verdict::Closed { .. } => "closed",
        Verdict::NotFound { .. } => "not-found",
        Verdict::MovedTo { .. } => "moved-to",
        Verdict::Held { .. } => "held",
    }
}
