//! Workbooks: numbers, days and merged cells as a person sees them. What a file is, its first bytes say.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use calamine::{Data, Dimensions, Ods, Reader, Sheets, Xls, Xlsb, Xlsx};

use super::ReadError;
use super::list::RawRow;

/// Megabytes of a workbook: it is held whole, in some 35 times its size.
const MOST: u64 = 64;

/// A worksheet, held whole.
pub(super) struct Sheet {
    pub name: String,
    pub rows: Vec<RawRow>,
    pub merged: Merged,
    pub since_1904: bool,
}

/// Cells that are one over several rows: for each row below the first, by its number, where it begins, the column, the
/// text.
#[derive(Default)]
pub(super) struct Merged(BTreeMap<u32, Vec<(u32, usize, Rc<str>)>>);

impl Merged {
    /// A cell merged over several rows says the same in each; above `after` are the headings.
    pub fn fill(&self, row: &mut RawRow, after: u32) {
        for (top, column, text) in self.0.get(&row.number).into_iter().flatten() {
            if *top > after
                && let Some(cell) = row.cells.get_mut(*column)
            {
                text.as_ref().clone_into(cell);
            }
        }
    }
}

/// The worksheets of a workbook, in its order.
pub(super) fn sheets(path: &Path) -> Result<Vec<Sheet>, ReadError> {
    let damaged = |why: String| ReadError::Workbook { file: path.to_owned(), why };
    let mut book = open(path)?;
    let since_1904 = match &book {
        Sheets::Xlsx(book) => book.has_1904_epoch(),
        Sheets::Xls(book) => book.has_1904_epoch(),
        Sheets::Xlsb(book) => book.has_1904_epoch(),
        Sheets::Ods(_) => false,
    };
    let mut found = Vec::new();
    for name in book.sheet_names() {
        let range = book.worksheet_range(&name).map_err(|e| damaged(e.to_string()))?;
        let (top, left) = range.start().unwrap_or_default();
        let rows = range.rows().zip(top + 1..).map(|(row, number)| RawRow {
            number,
            cells: row.iter().map(shown).collect(),
            last: false,
        });
        let rows: Vec<RawRow> = rows.collect();
        let regions: Vec<Dimensions> = match &mut book {
            Sheets::Xlsx(book) => book.merge_cells_by_sheet_name(&name).unwrap_or_default(),
            Sheets::Xls(book) => book.merge_cells_by_sheet_name(&name).unwrap_or_default(),
            Sheets::Xlsb(_) | Sheets::Ods(_) => Vec::new(),
        };
        let mut merged = Merged::default();
        for region in regions.iter().filter(|r| r.start.0 >= top && r.start.1 >= left) {
            let (row, column) = ((region.start.0 - top) as usize, (region.start.1 - left) as usize);
            let Some(text) = rows.get(row).and_then(|r| r.cells.get(column)).filter(|text| !text.is_empty()) else {
                continue;
            };
            let text: Rc<str> = Rc::from(text.as_str());
            // A region may reach far below the last filled row.
            for number in region.start.0 + 2..=(region.end.0 + 1).min(top + rows.len() as u32) {
                merged.0.entry(number).or_default().push((region.start.0 + 1, column, Rc::clone(&text)));
            }
        }
        found.push(Sheet { name, rows, merged, since_1904 });
    }
    Ok(found)
}

/// Opens a workbook by what it is, whatever its name says.
fn open(path: &Path) -> Result<Sheets<BufReader<File>>, ReadError> {
    let file = || path.to_owned();
    let cannot = |e: std::io::Error| ReadError::Open { file: path.to_owned(), why: e.to_string() };
    let damaged = |why: String| ReadError::Workbook { file: path.to_owned(), why };
    let mut head = Vec::new();
    let mut opened = File::open(path).map_err(cannot)?;
    let size = opened.metadata().map_or(0, |m| m.len());
    if size >> 20 > MOST {
        return Err(ReadError::LargeWorkbook { file: file(), megabytes: size >> 20, most: MOST });
    }
    opened.by_ref().take(512).read_to_end(&mut head).map_err(cannot)?;
    if head.is_empty() {
        return Err(ReadError::Empty { file: file() });
    }
    let reader = || File::open(path).map(BufReader::new).map_err(cannot);
    if head.starts_with(b"\xd0\xcf\x11\xe0") {
        return Xls::new(reader()?).map(Sheets::Xls).map_err(|error| {
            let locked = matches!(error, calamine::XlsError::Password) || holds(path, "EncryptedPackage");
            if locked { ReadError::Locked { file: file() } } else { damaged(error.to_string()) }
        });
    }
    if head.starts_with(b"PK\x03\x04") {
        if holds_bytes(&head, b"opendocument.spreadsheet") {
            return Ods::new(reader()?).map(Sheets::Ods).map_err(|error| match error {
                calamine::OdsError::Password => ReadError::Locked { file: file() },
                other => damaged(other.to_string()),
            });
        }
        return match Xlsx::new(reader()?) {
            Ok(book) => Ok(Sheets::Xlsx(book)),
            Err(error) => Xlsb::new(reader()?).map(Sheets::Xlsb).map_err(|_| damaged(error.to_string())),
        };
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head).trim_ascii_start();
    if text.starts_with(b"<") {
        return Err(ReadError::WebPage { file: file() });
    }
    if !head.contains(&0) {
        return Err(ReadError::Plain { file: file() });
    }
    Err(damaged("it begins like no workbook".to_owned()))
}

/// Whether a file holds a name as a compound file writes it.
fn holds(path: &Path, name: &str) -> bool {
    let wanted: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::read(path).is_ok_and(|bytes| holds_bytes(&bytes, &wanted))
}

fn holds_bytes(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|w| w == wanted)
}

/// A cell as text: whole numbers without a point, long ones as the spreadsheet shows them, days as dates.
fn shown(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::DateTime(time) => {
            let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
            let clock = format!("{hour:02}:{minute:02}:{second:02}");
            let date = format!("{year}-{month:02}-{day:02}");
            match (time.as_f64() < 1.0, clock.as_str()) {
                // A time of day without a day.
                (true, _) => clock,
                (false, "00:00:00") => date,
                (false, _) => format!("{date} {clock}"),
            }
        }
        Data::DateTimeIso(text) => text.trim_end_matches("T00:00:00").replace('T', " "),
        Data::Float(number) => {
            // Fifteen digits are all a spreadsheet keeps: beyond, the code that was typed is gone.
            if number.abs() >= 1e15 { shortened(*number) } else { fifteen(*number) }
        }
        Data::Bool(truth) => if *truth { "TRUE" } else { "FALSE" }.to_owned(),
        other => other.to_string(),
    }
}

/// The number to fifteen digits, as a spreadsheet shows it: 0.30000000000000004 is 0.3.
fn fifteen(number: f64) -> String {
    let rounded = format!("{number:.14e}");
    rounded.parse::<f64>().map_or(rounded, |n| n.to_string())
}

/// `9.14E+17`, always with a point: the form by which the frame knows it.
fn shortened(number: f64) -> String {
    let text = format!("{number:E}").replace('E', "E+");
    if text.contains('.') { text } else { text.replace('E', ".0E") }
}
