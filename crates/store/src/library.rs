//! Frozen versions of the directory (定库): of this office, and of those below that sent theirs up.

use census::area::AreaCode;

use crate::db::{bind, values};
use crate::frame::chunks;
use crate::read::Read;
use crate::write::Writing;
use crate::{Error, Result, schema};

/// A frozen version of an office's directory (名录库).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Library {
    pub area: AreaCode,
    /// From 1.
    pub number: u64,
    /// SHA-256 over its units.
    pub hash: String,
    pub units: u64,
    /// What belongs to it: counts of the funnel, time, who. JSON.
    pub document: String,
}

/// A unit of a frozen version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibraryUnit {
    pub unit: String,
    /// SHA-256 of the document.
    pub hash: String,
    /// JSON.
    pub document: String,
}

impl Writing<'_> {
    /// Keeps a version; its number must be new for its area.
    pub fn keep_library(&mut self, library: &Library, units: &[LibraryUnit]) -> Result<()> {
        let area = library.area.to_string();
        let head = values![&area, library.number, &library.hash, library.units, &library.document];
        self.append(&schema::LIBRARY, vec![head])?;
        let rows = units.iter().map(|u| values![&area, library.number, &u.unit, &u.hash, &u.document]).collect();
        for chunk in chunks(rows) {
            self.append(&schema::LIBRARY_UNIT, chunk)?;
        }
        Ok(())
    }
}

impl Read<'_> {
    /// All versions, by area and number.
    pub fn libraries(&mut self) -> Result<Vec<Library>> {
        let sql = "SELECT area, number, hash, units, document FROM library ORDER BY area, number";
        let mut found = Vec::new();
        self.db.each(sql, &[], |row| {
            found.push(Library {
                area: row.str(0)?.parse().map_err(|e: census::area::AreaProblem| Error::Unfit {
                    what: "area of a library".into(),
                    why: e.to_string(),
                })?,
                number: row.int(1)? as u64,
                hash: row.text(2)?,
                units: row.int(3)? as u64,
                document: row.text(4)?,
            });
            Ok::<(), Error>(())
        })?;
        Ok(found)
    }

    /// The units of a version, by id.
    pub fn library_units(&mut self, area: AreaCode, number: u64) -> Result<Vec<LibraryUnit>> {
        let sql = "SELECT unit, hash, document FROM library_unit WHERE area = $1 AND number = $2 ORDER BY unit";
        let mut found = Vec::new();
        self.db.each(sql, &bind![area.to_string(), number as i64], |row| {
            found.push(LibraryUnit { unit: row.text(0)?, hash: row.text(1)?, document: row.text(2)? });
            Ok::<(), Error>(())
        })?;
        Ok(found)
    }
}
