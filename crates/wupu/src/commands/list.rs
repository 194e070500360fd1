//! Importing base lists row by row. Nothing received is lost; what cleaning changed is told.

mod plan;
mod preview;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use census::frame::{Column, Intake, Listing, Reading, SURE, Why};
use report::read::{FileRow, ReadError, SheetSeen};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::{ImportFile, ImportKind, Imported, What};

use self::plan::{Opened, Plan};
use super::import::bad;
use super::print_json;
use crate::arguments::{Arguments, ImportList};
use crate::ending::{BadInput, Ending};
use crate::office::Office;
use crate::{output, progress, say, stop, told};

pub fn run(arguments: &Arguments, list: &ImportList) -> Result<Ending> {
    if list.files.is_empty() {
        return Err(BadInput(say::pick("没有指定底册文件", "no list file given").to_owned()).into());
    }
    if list.preview { preview::run(arguments, list) } else { import(arguments, list) }
}

fn import(arguments: &Arguments, list: &ImportList) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let plan = Plan::new(arguments, &office.instrument, list.profile.as_deref())?;
    let names: Vec<String> = list.files.iter().map(|path| name_of(path)).collect();
    let event = office.event(What::ImportList).about(names.join(" "));
    let Office { store, ids, census, .. } = &mut office;
    let simulated = census.simulated;
    let mut back = SentBack { wanted: list.rejected.is_some(), rows: Vec::new(), bytes: 0, left_out: 0 };
    stop::watch();
    // One change: when a later file or the workbook of rejected rows fails, nothing of the earlier files is there.
    let results = store.write::<_, anyhow::Error>(&event, |w| {
        let mut results: Vec<Done> = Vec::new();
        for (path, name) in list.files.iter().zip(&names) {
            let Opened { rows, first, columns, map, absent } = plan.open(path, false)?;
            let (hash, size) = hash_of(path)?;
            let kind = if list.recheck { ImportKind::Recheck } else { ImportKind::List };
            let file = ImportFile { id: ids.make(), kind, name: name.clone(), hash, size };
            let (meter, sheets) = (rows.meter(), rows.sheets().to_vec());
            let bar = progress::file(meter.of(), name, arguments.json);
            let (mut tally, mut read) = (Tally::default(), 0_u64);
            let rows = first.into_iter().map(Ok).chain(rows).map(|row| -> Result<Listing> {
                let row = row.map_err(|e| bad(&e))?;
                read += 1;
                if read.is_multiple_of(1000) {
                    stop::asked()?;
                    bar.set_position(meter.read());
                    bar.set_message(told!("{} {} 行", "{}: {} rows", name, read));
                }
                let reading = plan.read(&map, &row);
                tally.add(&row, &reading);
                if let Some(reason) = &reading.rejected {
                    back.add(name, &row, reason);
                }
                Ok(Listing {
                    id: ids.make(),
                    file: name.clone(),
                    sheet: row.sheet,
                    row: row.number,
                    hash: Listing::hash_of(&row.cells),
                    cells: row.cells,
                    read: reading.unit,
                    rejected: reading.rejected,
                })
            });
            let imported = w.import_list::<anyhow::Error>(&file, rows);
            bar.finish_and_clear();
            results.push(Done { name: name.clone(), imported: imported?, tally, columns, absent, sheets });
        }
        if let Some(path) = list.rejected.as_deref().filter(|_| !back.rows.is_empty()) {
            let heading = report::write::Heading { simulated, ..report::write::Heading::default() };
            output::write(path, report::write::rejected_workbook(&back.rows, &heading)?)?;
        }
        stop::asked()?;
        Ok(results)
    })?;
    let saved = list.save_profile.as_deref().map(|name| {
        let columns = columns_of(results.iter().map(|done| done.columns.as_slice()));
        plan::save_profile(arguments, name, &columns)
    });
    if arguments.json {
        let files: Vec<Value> = results.iter().map(|done| done.json(&plan.intake)).collect();
        print_json(&json!({ "files": files }));
    } else {
        for done in &results {
            done.say(&plan.intake);
        }
        if back.left_out > 0 {
            say!(
                "退回的行过多，另有 {} 行未写入工作簿（普查库中都已保留）",
                "too many rejected rows: {} more are not in the workbook (all are kept in the census)",
                back.left_out
            );
        }
    }
    if let Some(path) = saved.transpose()?.filter(|_| !arguments.json) {
        say!("导入方案：{}", "profile: {}", path.display());
    }
    Ok(Ending::Done)
}

/// The columns of several files, each once.
fn columns_of<'c>(files: impl Iterator<Item = &'c [Column]>) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for column in files.flatten() {
        if !columns.iter().any(|known| known.heading == column.heading) {
            columns.push(column.clone());
        }
    }
    columns
}

/// What came of one file.
struct Done {
    name: String,
    imported: Imported,
    tally: Tally,
    columns: Vec<Column>,
    absent: Vec<String>,
    sheets: Vec<SheetSeen>,
}

/// Counts over the rows of a file.
#[derive(Default)]
struct Tally {
    not_units: u64,
    /// By position of the rule: cells it changed.
    cleaned: BTreeMap<usize, u64>,
    left_out: u64,
    /// The first cell that was left out.
    example: Option<String>,
}

impl Tally {
    fn add(&mut self, row: &FileRow, reading: &Reading) {
        self.not_units += u64::from(reading.not_a_unit);
        for rule in reading.changes.iter().flat_map(|change| &change.by) {
            *self.cleaned.entry(*rule).or_default() += 1;
        }
        self.left_out += reading.remarks.len() as u64;
        if let (None, Some(remark)) = (&self.example, reading.remarks.first()) {
            self.example = Some(told!("第 {} 行 {}", "row {}: {}", row.number, remark));
        }
    }

    fn json(&self, intake: &Intake) -> Value {
        let rules = intake.cleaning.rules();
        let cleaned: BTreeMap<&str, u64> = self.cleaned.iter().map(|(at, n)| (rules[*at].code.as_str(), *n)).collect();
        json!({ "not_units": self.not_units, "cleaned": cleaned, "left_out": self.left_out })
    }

    fn say(&self, intake: &Intake) {
        for (at, cells) in &self.cleaned {
            let rule = &intake.cleaning.rules()[*at];
            say!("  清洗 {} {}：{} 格", "  cleaned {} {}: {} cells", rule.code, rule.title, cells);
        }
        if let Some(example) = &self.example {
            say!("  未采用的格：{} 个，如 {}", "  cells left out: {}, such as {}", self.left_out, example);
        }
    }
}

impl Done {
    fn json(&self, intake: &Intake) -> Value {
        let (rows, rejected, new) = match &self.imported {
            Imported::New { rows, rejected } => (rows, rejected, true),
            Imported::Known { rows, rejected, .. } => (rows, rejected, false),
        };
        let mut value = json!({
            "file": self.name, "rows": rows, "rejected": rejected, "new": new,
            "columns": preview::columns_json(&self.columns), "absent": self.absent,
            "sheets_without_headings": unread(&self.sheets).map(|s| s.name.as_str()).collect::<Vec<_>>(),
        });
        if let (true, Some(object), Value::Object(tally)) = (new, value.as_object_mut(), self.tally.json(intake)) {
            object.extend(tally);
        }
        value
    }

    fn say(&self, intake: &Intake) {
        match &self.imported {
            Imported::New { rows, rejected } => {
                say!(
                    "{}：收到 {} 行，其中不能读的 {} 行（已保留，注明原因）",
                    "{}: {} rows received, {} of them unreadable (kept, with the reason)",
                    self.name,
                    rows,
                    rejected
                );
                if self.tally.not_units > 0 {
                    say!(
                        "  不能读的行中 {} 行不是单位（合计、落款等）",
                        "  {} of the unreadable rows are no units (totals, signatures)",
                        self.tally.not_units
                    );
                }
                self.say_columns();
                self.tally.say(intake);
                say_unread(&self.sheets);
            }
            Imported::Known { name: first, rows, .. } => {
                say!(
                    "{}：与已导入的 {} 相同（{} 行），没有改变",
                    "{}: the same as {} ({} rows), nothing changed",
                    self.name,
                    first,
                    rows
                );
                if self.columns.iter().any(|column| column.why == Why::Profile) {
                    say!(
                        "  已导入的行不会重新读，导入方案没有用上",
                        "  rows that are imported are not read again; the profile was not used"
                    );
                }
            }
        }
    }

    /// Columns that were not read although they say something.
    fn say_columns(&self) {
        let unread = self.columns.iter().filter(|c| (c.field.is_none() || c.sure < SURE) && c.filled > 0);
        let unread: Vec<String> = unread
            .map(|c| match &c.field {
                Some(field) => told!("{}（可能是{}）", "{} (perhaps {})", c.heading, preview::named(field)),
                None => c.heading.clone(),
            })
            .collect();
        if !unread.is_empty() {
            let unread = unread.join(say::pick("、", ", "));
            say!(
                "  未读的列：{}（wupu import list 文件 --preview）",
                "  columns not read: {} (wupu import list FILE --preview)",
                unread
            );
        }
        if !self.absent.is_empty() {
            let absent = self.absent.join(say::pick("、", ", "));
            say!("  导入方案里有而文件里没有的列：{}", "  columns of the profile the file does not have: {}", absent);
        }
    }
}

/// Worksheets of which nothing was read.
fn unread(sheets: &[SheetSeen]) -> impl Iterator<Item = &SheetSeen> {
    sheets.iter().filter(|sheet| sheet.headings_at.is_none() && sheet.rows > 0)
}

fn say_unread(sheets: &[SheetSeen]) {
    for sheet in unread(sheets) {
        say!(
            "  工作表“{}”没有表头，未读（{} 行）",
            "  the worksheet {} has no headings and was not read ({} rows)",
            sheet.name,
            sheet.rows
        );
    }
}

/// Rejected rows for the workbook that goes back to the sender.
struct SentBack {
    wanted: bool,
    rows: Vec<report::write::RejectedRow>,
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
            self.rows.push(report::write::RejectedRow {
                file: file.to_owned(),
                sheet: row.sheet.clone(),
                row: row.number,
                cells: row.cells.clone(),
                reason: reason.to_owned(),
            });
        }
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned())
}

/// Hash and size of a file.
fn hash_of(path: &Path) -> Result<(String, u64)> {
    let open = |e: std::io::Error| bad(&ReadError::Open { file: path.to_owned(), why: e.to_string() });
    let mut file = std::fs::File::open(path).map_err(open)?;
    let (mut hash, mut size) = (Sha256::new(), 0);
    let mut buffer = vec![0u8; 1 << 20];
    loop {
        let read = std::io::Read::read(&mut file, &mut buffer).map_err(open)?;
        if read == 0 {
            return Ok((census::text::hex(&hash.finalize()), size));
        }
        stop::asked()?;
        size += read as u64;
        hash.update(&buffer[..read]);
    }
}
