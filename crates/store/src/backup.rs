//! Backup while running: a SQLite file of one moment's state, whichever database the census is in.

use std::path::{Path, PathBuf};

use crate::db::{Db, Purpose};
use crate::place::Place;
use crate::{Error, Result, Store, migrate, schema, verify};

/// Rows carried over in one go.
const CHUNK: usize = 2000;

impl Store {
    /// Writes a backup to a new file: pages from SQLite, rows from PostgreSQL. Others may go on
    /// writing. `seen` hears of the progress (done, of). The file appears under its name only when
    /// it is complete and has been verified.
    pub fn backup(&mut self, to: &Path, seen: &mut dyn FnMut(u64, u64)) -> Result<()> {
        if to.exists() {
            return Err(Error::AlreadyThere { place: to.display().to_string() });
        }
        let folder = to.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !folder.is_dir() {
            return Err(Error::MissingFolder { folder: folder.to_owned() });
        }
        let part = ending(to, ".part");
        remove(&part);
        let done = self.copy_to(&part, seen).and_then(|()| {
            // One file, not three: fold the log in before the file gets its name.
            std::fs::rename(&part, to).map_err(|why| Error::File { path: to.to_owned(), why: why.to_string() })
        });
        remove(&part);
        // The census is only read: what is full or closed to writing is the place of the copy.
        done.map_err(|error| match error {
            Error::Full { .. } => Error::Full { place: to.display().to_string() },
            Error::ReadOnly { .. } => Error::ReadOnly { place: to.display().to_string() },
            Error::Denied { why, .. } => Error::Denied { place: to.display().to_string(), why },
            Error::Disk { place, why } => Error::Disk { place: format!("{place} → {}", to.display()), why },
            other => other,
        })
    }

    fn copy_to(&mut self, part: &Path, seen: &mut dyn FnMut(u64, u64)) -> Result<()> {
        let target = || {
            Db::connect(Place::File { path: part.to_owned(), read_only: false }, crate::Options::default().wait, true)
        };
        let copy = match self.db.copy_pages(part, seen) {
            Some(done) => {
                done?;
                target()?
            }
            None => {
                let mut copy = target()?;
                self.copy_rows(&mut copy, seen)?;
                copy
            }
        };
        let mut copy = copy;
        let problems = verify::verify(&mut copy, migrate::ALL)?.problems;
        if let Some(first) = problems.first() {
            return Err(Error::Damaged { place: self.place(), why: format!("the copy does not verify: {first}") });
        }
        copy.query("PRAGMA wal_checkpoint(TRUNCATE)", &[]).map(|_| ())
    }

    /// Carries the rows of all tables over into an empty census of the same schema.
    fn copy_rows(&mut self, copy: &mut Db, seen: &mut dyn FnMut(u64, u64)) -> Result<()> {
        let source = &mut self.db;
        source.begin(Purpose::Read)?;
        let done = (|| {
            let standing = migrate::standing(source, migrate::ALL)?.unwrap_or(0);
            copy.begin(Purpose::Write)?;
            migrate::lay_out(copy, migrate::ALL, standing)?;
            for (at, table) in schema::ALL.iter().enumerate() {
                seen(at as u64, schema::ALL.len() as u64);
                let columns = table.columns.join(", ");
                let sql = format!("SELECT {columns} FROM {} ORDER BY {}", table.name, table.order);
                let mut rows = Vec::with_capacity(CHUNK);
                source.each(&sql, &[], |row| {
                    rows.push(row.into_values());
                    if rows.len() == CHUNK {
                        copy.insert(table.name, table.columns, &std::mem::take(&mut rows))?;
                    }
                    Ok::<(), Error>(())
                })?;
                copy.insert(table.name, table.columns, &rows)?;
            }
            copy.commit()
        })();
        source.rollback();
        if done.is_err() {
            copy.rollback();
        }
        done
    }
}

fn ending(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// Removes what an interrupted backup may have left.
fn remove(part: &Path) {
    for end in ["", "-wal", "-shm", "-journal"] {
        let _ = std::fs::remove_file(ending(part, end));
    }
}
