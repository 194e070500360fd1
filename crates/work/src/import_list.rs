//! Importing base lists (导入底册) row by row: looked at first, then kept. Nothing received is lost; what cleaning
//! changed is told.

mod plan;
mod preview;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use census::frame::{Column, Listing, Reading, Why};
use report::read::{FileRow, ReadError, SheetSeen};
use report::write::{Heading, RejectedRow, rejected_workbook};
use sha2::{Digest, Sha256};
use store::{ImportFile, ImportKind, Imported, Store, What};

pub use self::plan::{Opened, Plan, kinds, profile};
pub use self::preview::{Preview, SeenChange, SeenRow, preview};
use crate::{Desk, Error, Progress, Result, Take, Watch};

/// A list as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListFile {
    /// Where it lies.
    pub path: PathBuf,
    /// As the person names it, and rows remember it.
    pub name: String,
}

impl ListFile {
    /// A file under its own name.
    pub fn of(path: &Path) -> ListFile {
        let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        ListFile { path: path.to_owned(), name }
    }
}

/// What came of an import.
#[derive(Debug)]
pub struct Outcome {
    /// By file, in the order given.
    pub files: Vec<Done>,
    /// Rejected rows that did not fit into the workbook that goes back; all are kept in the census.
    pub left_out: u64,
}

/// What came of one file.
#[derive(Debug)]
pub struct Done {
    pub name: String,
    pub imported: Imported,
    pub tally: Tally,
    pub columns: Vec<Column>,
    /// Columns of the profile that the file does not have.
    pub absent: Vec<String>,
    pub sheets: Vec<SheetSeen>,
}

impl Done {
    /// Worksheets of which nothing was read.
    pub fn unread(&self) -> impl Iterator<Item = &SheetSeen> {
        unread(&self.sheets)
    }

    /// Whether a profile was given for rows that were imported before, and so are not read again.
    pub fn profile_unused(&self) -> bool {
        matches!(self.imported, Imported::Known { .. }) && self.columns.iter().any(|c| c.why == Why::Profile)
    }
}

/// Worksheets of which nothing was read.
pub fn unread(sheets: &[SheetSeen]) -> impl Iterator<Item = &SheetSeen> {
    sheets.iter().filter(|sheet| sheet.headings_at.is_none() && sheet.rows > 0)
}

/// The columns of several files, each once.
pub fn columns_of<'c>(files: impl Iterator<Item = &'c [Column]>) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for column in files.flatten() {
        if !columns.iter().any(|known| known.heading == column.heading) {
            columns.push(column.clone());
        }
    }
    columns
}

/// Counts over the rows of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Rows that are no units: totals, signatures.
    pub not_units: u64,
    /// By position of the rule: cells it changed.
    pub cleaned: BTreeMap<usize, u64>,
    /// Cells that were left out.
    pub left_out: u64,
    /// The first of them: row, and what of it.
    pub example: Option<(u32, String)>,
}

impl Tally {
    fn add(&mut self, row: &FileRow, reading: &Reading) {
        self.not_units += u64::from(reading.not_a_unit);
        for rule in reading.changes.iter().flat_map(|change| &change.by) {
            *self.cleaned.entry(*rule).or_default() += 1;
        }
        self.left_out += reading.remarks.len() as u64;
        if let (None, Some(remark)) = (&self.example, reading.remarks.first()) {
            self.example = Some((row.number, remark.clone()));
        }
    }
}

/// Imports lists in one change: when a later file fails, nothing of the earlier ones is there.
///
/// `rejected` takes the workbook of rows that go back to the sender, inside the change, when there are any. Stage:
/// `importing`, by file.
pub fn import(
    desk: &mut Desk<'_>,
    store: &mut Store,
    plan: &Plan<'_>,
    files: &[ListFile],
    kind: ImportKind,
    rejected: Option<Take<'_>>,
    watch: &mut Watch<'_>,
) -> Result<Outcome> {
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let event = desk.event(What::ImportList).about(names.join(" "));
    let mut back = SentBack { wanted: rejected.is_some(), rows: Vec::new(), bytes: 0, left_out: 0 };
    store.write(&event, |w| {
        let mut done: Vec<Done> = Vec::new();
        for (part, ListFile { path, name }) in files.iter().enumerate() {
            let Opened { rows, first, columns, map, absent } = plan.open(path, false)?;
            let (hash, size) = hash_of(path, watch)?;
            let file = ImportFile { id: desk.ids.make(), kind, name: name.clone(), hash, size };
            let (meter, sheets) = (rows.meter(), rows.sheets().to_vec());
            let at = |rows: u64| Progress { stage: "importing", part, rows, done: meter.read(), of: meter.of() };
            watch.tell(at(0))?;
            let (mut tally, mut read) = (Tally::default(), 0_u64);
            let rows = first.into_iter().map(Ok).chain(rows).map(|row| -> Result<Listing> {
                let row = row?;
                read += 1;
                if read.is_multiple_of(1000) {
                    watch.tell(at(read))?;
                }
                let reading = plan.read(&map, &row);
                tally.add(&row, &reading);
                if let Some(reason) = &reading.rejected {
                    back.add(name, &row, reason);
                }
                Ok(Listing {
                    id: desk.ids.make(),
                    file: name.clone(),
                    sheet: row.sheet,
                    row: row.number,
                    hash: Listing::hash_of(&row.cells),
                    cells: row.cells,
                    read: reading.unit,
                    rejected: reading.rejected,
                })
            });
            let imported = w.import_list::<Error>(&file, rows)?;
            done.push(Done { name: name.clone(), imported, tally, columns, absent, sheets });
        }
        if let Some(take) = rejected.filter(|_| !back.rows.is_empty()) {
            let heading = Heading { simulated: desk.census.simulated, ..Heading::default() };
            take(rejected_workbook(&back.rows, &heading)?)?;
        }
        watch.asked()?;
        Ok(Outcome { files: done, left_out: back.left_out })
    })
}

/// Rejected rows for the workbook that goes back to the sender.
struct SentBack {
    wanted: bool,
    rows: Vec<RejectedRow>,
    bytes: usize,
    left_out: u64,
}

/// Bytes of text in that workbook: it is made in memory, and nobody mends more by hand.
const MOST_SENT_BACK: usize = 16 << 20;

impl SentBack {
    fn add(&mut self, file: &str, row: &FileRow, reason: &str) {
        if self.wanted && self.bytes > MOST_SENT_BACK {
            self.left_out += 1;
        } else if self.wanted {
            self.bytes += row.cells.iter().map(|(heading, cell)| heading.len() + cell.len()).sum::<usize>();
            self.rows.push(RejectedRow {
                file: file.to_owned(),
                sheet: row.sheet.clone(),
                row: row.number,
                cells: row.cells.clone(),
                reason: reason.to_owned(),
            });
        }
    }
}

/// Hash and size of a file.
fn hash_of(path: &Path, watch: &Watch<'_>) -> Result<(String, u64)> {
    let open = |e: std::io::Error| Error::from(ReadError::Open { file: path.to_owned(), why: e.to_string() });
    let mut file = std::fs::File::open(path).map_err(open)?;
    let (mut hash, mut size) = (Sha256::new(), 0);
    let mut buffer = vec![0u8; 1 << 20];
    loop {
        let read = std::io::Read::read(&mut file, &mut buffer).map_err(open)?;
        if read == 0 {
            return Ok((census::text::hex(&hash.finalize()), size));
        }
        watch.asked()?;
        size += read as u64;
        hash.update(&buffer[..read]);
    }
}
