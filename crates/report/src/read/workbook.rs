//! Workbooks: several sheets, headings anywhere near the top, numbers as a person sees them.

use std::path::Path;

use calamine::{Data, Reader, open_workbook_auto};

use super::{FileRow, LOOKED, ReadError};

/// Megabytes of a workbook: it is held whole, in some 35 times its size.
const MOST: u64 = 64;

pub fn rows(path: &Path, is_heading: &dyn Fn(&[String]) -> bool) -> Result<Vec<FileRow>, ReadError> {
    let damaged = |why: String| ReadError::Workbook { file: path.to_owned(), why };
    let size = std::fs::metadata(path).map_or(0, |m| m.len());
    if path.is_file() && size == 0 {
        return Err(ReadError::Empty { file: path.to_owned() });
    }
    if size >> 20 > MOST {
        return Err(ReadError::LargeWorkbook { file: path.to_owned(), megabytes: size >> 20, most: MOST });
    }
    if let Err(error) = std::fs::File::open(path) {
        return Err(ReadError::Open { file: path.to_owned(), why: error.to_string() });
    }
    let mut book = open_workbook_auto(path).map_err(|e| damaged(e.to_string()))?;
    let mut found = Vec::new();
    let mut looked = 0;
    let mut with_headings = false;
    for name in book.sheet_names() {
        let range = book.worksheet_range(&name).map_err(|e| damaged(e.to_string()))?;
        let first_row = range.start().map_or(0, |(row, _)| row);
        let mut headings: Option<Vec<String>> = None;
        for (at, row) in range.rows().enumerate() {
            let cells: Vec<String> = row.iter().map(shown).collect();
            let Some(headings) = &headings else {
                looked += 1;
                if at >= LOOKED {
                    break;
                }
                if is_heading(&cells) {
                    headings = Some(cells.iter().map(|c| c.trim().to_owned()).collect());
                    with_headings = true;
                }
                continue;
            };
            let cells: Vec<(String, String)> = headings.iter().cloned().zip(cells).collect();
            found.push(FileRow { sheet: name.clone(), number: first_row + at as u32 + 1, cells, misfit: None });
        }
    }
    if with_headings { Ok(found) } else { Err(ReadError::NoHeadings { file: path.to_owned(), looked }) }
}

/// A cell as text: whole numbers without a point, long ones as the spreadsheet shows them, days as dates.
fn shown(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::DateTime(time) => {
            let (year, month, day, ..) = time.to_ymd_hms_milli();
            format!("{year}-{month:02}-{day:02}")
        }
        Data::Float(number) => {
            // Fifteen digits are all a spreadsheet keeps: beyond, the code that was typed is gone.
            if number.abs() >= 1e15 { shortened(*number) } else { fifteen(*number) }
        }
        Data::Error(_) => String::new(),
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
