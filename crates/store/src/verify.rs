//! Whether a census is whole: pages, audit chain, digests, chains of revisions, references, counts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use census::sheet::hash;

use crate::audit::Digests;
use crate::db::{Db, Purpose, bind};
use crate::migrate::{self, Migration};
use crate::read::Read;
use crate::{Error, Result, Store, schema, sheet};

/// Something that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem {
    /// The database's own check.
    Pages { what: String },
    /// A row of the audit log that was changed, removed or put in between.
    Audit { seq: i64, what: String },
    /// Rows that an event wrote were changed, removed or added afterwards.
    Rows { seq: i64, what: String },
    /// A sheet that is not what its revisions say.
    Sheet { what: String },
    /// A unit whose index words differ from its document.
    Unit { what: String },
    /// A row that refers to nothing.
    Orphan { what: String },
    /// Two counts that must be equal and are not.
    Count { what: String },
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Rows of each table.
    pub rows: BTreeMap<String, u64>,
    /// Hash of the newest row of the audit chain: write it down elsewhere, and a chain that was cut
    /// at its end shows too.
    pub audit_head: String,
    /// In the order found; none when all is well.
    pub problems: Vec<Problem>,
}

/// Events looked at in one go.
const WINDOW: i64 = 20_000;

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Pages { what } => write!(f, "pages: {what}"),
            Problem::Audit { seq, what } => write!(f, "audit row {seq}: {what}"),
            Problem::Rows { seq, what } => write!(f, "rows of event {seq}: {what}"),
            Problem::Sheet { what } => write!(f, "sheet: {what}"),
            Problem::Unit { what } => write!(f, "unit: {what}"),
            Problem::Orphan { what } => write!(f, "orphan: {what}"),
            Problem::Count { what } => write!(f, "count: {what}"),
        }
    }
}

impl Store {
    /// Verifies the whole census, as one moment's state.
    pub fn verify(&mut self) -> Result<Verified> {
        self.db.begin(Purpose::Read)?;
        let found = verify(&mut self.db, migrate::ALL);
        self.db.rollback();
        found
    }
}

pub(crate) fn verify(db: &mut Db, known: &[Migration]) -> Result<Verified> {
    migrate::standing(db, known)?;
    let mut problems: Vec<Problem> = db.check_pages()?.into_iter().map(|what| Problem::Pages { what }).collect();
    let mut rows = BTreeMap::new();
    for table in schema::ALL {
        let count = db.int(&format!("SELECT COUNT(*) FROM {}", table.name), &[])?;
        rows.insert(table.name.to_owned(), count as u64);
    }
    let audit_head = chain(db, &mut problems)?;
    revisions(db, &mut problems)?;
    units(db, &mut problems)?;
    references(db, &mut problems)?;
    counts(db, &mut problems)?;
    Ok(Verified { rows, audit_head, problems })
}

/// The audit chain, and the digests of what each event wrote.
fn chain(db: &mut Db, problems: &mut Vec<Problem>) -> Result<String> {
    let mut previous = String::new();
    let mut last = 0;
    loop {
        let rows = Read { db }.audit(last, WINDOW as u32)?;
        let Some(end) = rows.last() else { break };
        let written = digests(db, last, end.seq)?;
        let mut written: BTreeMap<i64, (u64, String)> =
            written.into_iter().map(|(seq, digests)| (seq, digests.finish())).collect();
        for row in &rows {
            let mut wrong = |what: &str| problems.push(Problem::Audit { seq: row.seq, what: what.to_owned() });
            if row.seq != last + 1 {
                wrong("rows before it are missing");
            }
            if row.previous != previous {
                wrong("it does not hold the hash of the row before");
            }
            if row.computed() != row.hash {
                wrong("its hash is not that of its content");
            }
            let (count, digest) = written.remove(&row.seq).unwrap_or_default();
            if count != row.rows as u64 {
                let what = format!("{count} are there, {} were written", row.rows);
                problems.push(Problem::Rows { seq: row.seq, what });
            } else if digest != row.digest {
                problems.push(Problem::Rows { seq: row.seq, what: "their content was changed".into() });
            }
            last = row.seq;
            previous.clone_from(&row.hash);
        }
        // What is left was written under numbers that the chain does not have.
        problems
            .extend(written.into_keys().map(|seq| Problem::Rows { seq, what: "the chain has no such event".into() }));
    }
    for (seq, _) in digests(db, last, i64::MAX)? {
        problems.push(Problem::Rows { seq, what: "the chain has no such event".into() });
    }
    Ok(previous)
}

/// Digests of the rows written by the events after one number up to another.
fn digests(db: &mut Db, after: i64, up_to: i64) -> Result<BTreeMap<i64, Digests>> {
    let mut found: BTreeMap<i64, Digests> = BTreeMap::new();
    for table in schema::ALL.into_iter().filter(|table| table.append_only) {
        let sql = format!(
            "SELECT {} FROM {} WHERE event > $1 AND event <= $2 ORDER BY event, place",
            table.columns.join(", "),
            table.name
        );
        db.each(&sql, &bind![after, up_to], |row| {
            found.entry(row.int(0)?).or_default().add(table.name, row.values());
            Ok::<(), Error>(())
        })?;
    }
    Ok(found)
}

/// Every revision continues the one before, hashes to its hash, and the last one is the sheet.
fn revisions(db: &mut Db, problems: &mut Vec<Problem>) -> Result<()> {
    let sql = format!(
        "SELECT {}, r.hash, s.revision, s.hash, s.document, r.document FROM revision r \
         LEFT JOIN sheet s ON s.unit = r.unit AND s.form = r.form AND s.period = r.period \
         ORDER BY r.unit, r.form, r.period, r.event, r.place",
        sheet::REVISION
    );
    let mut before: Option<(census::sheet::Revision, bool)> = None;
    let mut wrong = |what: String| problems.push(Problem::Sheet { what });
    db.each(&sql, &[], |row| {
        let revision = sheet::revision(&row)?;
        let key = &revision.sheet;
        let name = format!("{} of unit {}, {}", key.form, key.unit, key.period);
        if row.str(9)? != hash(&revision) {
            wrong(format!("{name}: revision {} does not hash to its hash", revision.id));
        }
        let same_sheet = before.as_ref().filter(|(old, _)| old.sheet == *key);
        if revision.base.as_deref() != same_sheet.map(|(old, _)| old.id.as_str()) {
            wrong(format!("{name}: revision {} does not continue the one before", revision.id));
        }
        if let Some((old, false)) = before.as_ref().filter(|(old, _)| old.sheet != *key) {
            wrong(format!(
                "{} of unit {}: its newest revision {} is not the one shown",
                old.sheet.form, old.sheet.unit, old.id
            ));
        }
        let shown = row.maybe(10)?.as_deref() == Some(revision.id.as_str())
            && row.maybe(11)?.as_deref() == Some(row.str(9)?)
            && row.maybe(12)?.as_deref() == Some(row.str(13)?);
        before = Some((revision, shown));
        Ok::<(), Error>(())
    })?;
    if let Some((old, false)) = before {
        wrong(format!(
            "{} of unit {}: its newest revision {} is not the one shown",
            old.sheet.form, old.sheet.unit, old.id
        ));
    }
    Ok(())
}

/// What units are found by is what their documents say.
fn units(db: &mut Db, problems: &mut Vec<Problem>) -> Result<()> {
    let sql = "SELECT id, document, respondent, name, code, area, simulated FROM unit ORDER BY id";
    db.each(sql, &[], |row| {
        let unit = crate::frame::unit(&row)?;
        let found = [&unit.id, &unit.respondent, &unit.name, &unit.code, &unit.area];
        let same = found.into_iter().zip([0, 2, 3, 4, 5]).all(|(text, at)| row.str(at) == Ok(text.as_str()));
        if !same || row.int(6)? != i64::from(unit.simulated) {
            problems
                .push(Problem::Unit { what: format!("{} is listed with other words than its document has", unit.id) });
        }
        Ok::<(), Error>(())
    })
}

/// References that no foreign key guards, and documents that must agree with their history.
fn references(db: &mut Db, problems: &mut Vec<Problem>) -> Result<()> {
    let questions = [
        (
            "listings without their file",
            "SELECT COUNT(*) FROM listing l WHERE NOT EXISTS (SELECT 1 FROM import_file f WHERE f.id = l.import)",
        ),
        (
            "units without history",
            "SELECT COUNT(*) FROM unit u WHERE NOT EXISTS (SELECT 1 FROM unit_history h WHERE h.unit = u.id AND h.document = u.document)",
        ),
        (
            "unit states without their last step",
            "SELECT COUNT(*) FROM unit_state t WHERE NOT EXISTS (SELECT 1 FROM review_step p WHERE p.unit = t.unit AND p.counter = t.counter AND p.document = t.document)",
        ),
        (
            "findings of units never checked",
            "SELECT COUNT(*) FROM finding f WHERE NOT EXISTS (SELECT 1 FROM checked c WHERE c.unit = f.unit)",
        ),
        (
            "lines of units never accounted",
            "SELECT COUNT(*) FROM accounted_line l WHERE NOT EXISTS (SELECT 1 FROM accounted a WHERE a.unit = l.unit)",
        ),
        (
            "figures of units never accounted",
            "SELECT COUNT(*) FROM figure f WHERE NOT EXISTS (SELECT 1 FROM accounted a WHERE a.unit = f.unit)",
        ),
    ];
    for (what, sql) in questions {
        let count = db.int(sql, &[])?;
        if count > 0 {
            problems.push(Problem::Orphan { what: format!("{count} {what}") });
        }
    }
    Ok(())
}

/// In = out + held: rows of a file, and verdicts against listings and units.
fn counts(db: &mut Db, problems: &mut Vec<Problem>) -> Result<()> {
    let sql = "SELECT f.name, f.rows_read, f.rejected, COUNT(l.id), COUNT(l.rejected) FROM import_file f \
               LEFT JOIN listing l ON l.import = f.id WHERE f.kind IN ('list', 'package', 'recheck', 'addition') \
               GROUP BY f.id, f.name, f.rows_read, f.rejected ORDER BY f.id";
    for row in db.query(sql, &[])? {
        let (name, read, rejected, kept, kept_rejected) =
            (row.text(0)?, row.int(1)?, row.int(2)?, row.int(3)?, row.int(4)?);
        if (read, rejected) != (kept, kept_rejected) {
            let what =
                format!("{name}: {read} rows read ({rejected} rejected), {kept} kept ({kept_rejected} rejected)");
            problems.push(Problem::Count { what });
        }
    }
    let units: BTreeSet<String> = db
        .query("SELECT id FROM unit WHERE withdrawn = 0", &[])?
        .iter()
        .map(|row| row.text(0))
        .collect::<Result<_>>()?;
    let mut lost = 0;
    let decisions = Read { db }.decisions()?;
    for decision in decisions.into_values() {
        if let census::frame::Verdict::InScope { unit } = decision.verdict {
            lost += u64::from(!units.contains(&unit));
        }
    }
    if lost > 0 {
        problems.push(Problem::Count {
            what: format!("{lost} listings are in scope as units that are not in the directory"),
        });
    }
    Ok(())
}
