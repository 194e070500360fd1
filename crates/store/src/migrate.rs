//! Migrations: numbered texts with checksums, run at open in one transaction.

use sha2::{Digest, Sha256};

use crate::audit;
use crate::db::{Db, Purpose, values};
use crate::{Error, Event, Foreign, Result, What};

/// One numbered step of the schema. A step that was released is never edited; a new one is added.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Migration {
    pub number: i64,
    pub name: &'static str,
    pub sql: &'static str,
}

pub(crate) const ALL: &[Migration] = &[
    Migration { number: 1, name: "base", sql: include_str!("../migrations/0001_base.sql") },
    Migration { number: 2, name: "sheets", sql: include_str!("../migrations/0002_sheets.sql") },
    Migration { number: 3, name: "results", sql: include_str!("../migrations/0003_results.sql") },
    Migration { number: 4, name: "pairs", sql: include_str!("../migrations/0004_pairs.sql") },
    Migration { number: 5, name: "split", sql: include_str!("../migrations/0005_split.sql") },
    Migration { number: 6, name: "ground", sql: include_str!("../migrations/0006_ground.sql") },
    Migration { number: 7, name: "special", sql: include_str!("../migrations/0007_special.sql") },
    Migration { number: 8, name: "sign-in", sql: include_str!("../migrations/0008_sign_in.sql") },
    Migration { number: 9, name: "snapshot", sql: include_str!("../migrations/0009_snapshot.sql") },
    Migration { number: 10, name: "meetings", sql: include_str!("../migrations/0010_meetings.sql") },
];

/// What a rehearsal of the migrations on a copy found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rehearsal {
    /// Numbers of the migrations that would run.
    pub would_run: Vec<i64>,
    /// Problems of the migrated copy; none when all is well.
    pub problems: Vec<crate::Problem>,
}

/// Brings the schema up to date. `event` speaks for it: the creation of the census, or the migration.
/// Gives the numbers of the steps that ran.
pub(crate) fn run(db: &mut Db, known: &[Migration], event: &Event) -> Result<Vec<i64>> {
    db.begin(Purpose::Write)?;
    match run_inside(db, known, event) {
        Ok(done) => {
            db.commit()?;
            Ok(done)
        }
        Err(error) => {
            db.rollback();
            Err(error)
        }
    }
}

/// The same inside an open transaction, which a rehearsal undoes.
pub(crate) fn run_inside(db: &mut Db, known: &[Migration], event: &Event) -> Result<Vec<i64>> {
    // Asked again now that nobody else writes: another program may have been quicker.
    let done = standing(db, known)?;
    if done.is_none() {
        begin_list(db)?;
    }
    let pending: Vec<&Migration> = known.iter().filter(|m| m.number > done.unwrap_or(0)).collect();
    for migration in &pending {
        apply(db, migration, &event.at).map_err(|error| match error {
            Error::Database { place, why } => Error::MigrationFailed { place, number: migration.number, why },
            other => other,
        })?;
    }
    if !pending.is_empty() {
        let head = audit::head(db)?;
        let names: Vec<String> = pending.iter().map(|m| format!("{:04}_{}", m.number, m.name)).collect();
        let event = Event { what: What::Migrate, id: format!("{}/schema", event.id), ..event.clone() };
        audit::append(db, head, &event.detail(names.join(" ")), 0, String::new())?;
    }
    Ok(pending.iter().map(|m| m.number).collect())
}

/// Number of the last migration done; `None` where nothing is yet. Refuses a database that is not
/// ours, one from a newer program, and one whose past differs.
pub(crate) fn standing(db: &mut Db, known: &[Migration]) -> Result<Option<i64>> {
    let place = db.place.to_string();
    if !db.has_table("migration")? {
        if db.is_empty()? {
            return Ok(None);
        }
        return Err(Error::NotWupu { place, why: Foreign::OtherTables });
    }
    let newest = known.last().map_or(0, |m| m.number);
    let mut last = 0;
    for row in db.query("SELECT number, checksum FROM migration ORDER BY number", &[])? {
        last = row.int(0)?;
        if last > newest {
            continue;
        }
        let same = known.iter().find(|m| m.number == last).is_some_and(|m| row.str(1) == Ok(checksum(m.sql).as_str()));
        if !same {
            return Err(Error::MigrationChanged { place, number: last });
        }
    }
    if last > newest {
        return Err(Error::Newer { place, found: last, known: newest });
    }
    Ok(Some(last))
}

/// Makes the tables up to a migration in an empty database, and no rows: those come from another census.
pub(crate) fn lay_out(db: &mut Db, known: &[Migration], up_to: i64) -> Result<()> {
    begin_list(db)?;
    known.iter().filter(|m| m.number <= up_to).try_for_each(|migration| make_tables(db, migration))
}

fn begin_list(db: &mut Db) -> Result<()> {
    db.migrate(
        "CREATE TABLE migration (number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, \
         program TEXT NOT NULL, at TEXT NOT NULL);",
    )?;
    db.forbid_changes("migration")
}

fn make_tables(db: &mut Db, migration: &Migration) -> Result<()> {
    db.migrate(migration.sql)?;
    let lines = migration.sql.lines();
    lines.filter_map(|line| line.strip_prefix("--! append-only ")).try_for_each(|table| db.forbid_changes(table.trim()))
}

fn apply(db: &mut Db, migration: &Migration, at: &str) -> Result<()> {
    make_tables(db, migration)?;
    let row = values![migration.number, migration.name, checksum(migration.sql), env!("CARGO_PKG_VERSION"), at];
    db.insert("migration", crate::schema::MIGRATION.columns, &[row])
}

/// Line ends do not count: a checkout may have either.
pub(crate) fn checksum(sql: &str) -> String {
    census::text::hex(&Sha256::digest(sql.replace("\r\n", "\n").as_bytes()))
}
