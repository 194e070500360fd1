//! Lists: where the headings stand, in one row or in several, and the rows under them.

use std::collections::BTreeMap;
use std::path::Path;

use super::{FileRow, LOOKED, Meter, Misfit, ReadError, RowFile, SheetSeen, text, workbook};

/// A row as the file has it.
pub(super) struct RawRow {
    pub number: u32,
    pub cells: Vec<String>,
    /// The file ends here, without the end of a line.
    pub last: bool,
}

/// The rows of a text file, read while they are asked for.
pub(super) fn text(path: &Path, is_heading: &dyn Fn(&[String]) -> bool) -> Result<RowFile, ReadError> {
    let mut records = text::Records::open(path)?;
    let meter = records.meter();
    let mut next = move || {
        let Some((line, record)) = records.next()? else { return Ok(None) };
        let cells = record.iter().map(str::to_owned).collect();
        Ok(Some(RawRow { number: line as u32, cells, last: records.ends_open() }))
    };
    let mut looked = 0;
    let Some(found) = find(&mut next, is_heading, &mut looked)? else {
        return Err(ReadError::NoHeadings { file: path.to_owned(), looked });
    };
    let seen =
        SheetSeen { name: String::new(), headings_at: Some(found.at), headings: found.headings.clone(), rows: 0 };
    let Found { headings, mut ahead, .. } = found;
    let rows = std::iter::from_fn(move || {
        let row = match ahead.take() {
            Some(row) => row,
            None => match next() {
                Err(error) => return Some(Err(error)),
                Ok(None) => return None,
                Ok(Some(row)) => row,
            },
        };
        Some(Ok(under(&headings, row)))
    });
    Ok(RowFile { rows: Box::new(rows), sheets: vec![seen], meter, failed: false })
}

/// The rows of a workbook, sheet by sheet.
pub(super) fn workbook(path: &Path, is_heading: &dyn Fn(&[String]) -> bool) -> Result<RowFile, ReadError> {
    let mut sheets = Vec::new();
    let mut rows: Vec<FileRow> = Vec::new();
    let mut looked = 0;
    for mut sheet in workbook::sheets(path)? {
        let filled = sheet.rows.iter().filter(|row| row.cells.iter().any(|c| !c.trim().is_empty())).count() as u64;
        let mut seen = SheetSeen { name: sheet.name, headings_at: None, headings: Vec::new(), rows: filled };
        let mut raw = std::mem::take(&mut sheet.rows).into_iter();
        let found = find(&mut || Ok(raw.next()), is_heading, &mut looked)?;
        if let Some(found) = found {
            // What was passed over and the headings themselves are not rows.
            seen.rows = 0;
            for mut row in found.ahead.into_iter().chain(raw) {
                sheet.merged.fill(&mut row, found.last);
                let mut row = under(&found.headings, row);
                row.sheet.clone_from(&seen.name);
                row.since_1904 = sheet.since_1904;
                row.misfit = None;
                seen.rows += u64::from(row.cells.iter().any(|(_, c)| !c.trim().is_empty()));
                rows.push(row);
            }
            seen.headings_at = Some(found.at);
            seen.headings = found.headings;
        }
        sheets.push(seen);
    }
    if sheets.iter().all(|s| s.headings_at.is_none()) {
        return Err(ReadError::NoHeadings { file: path.to_owned(), looked });
    }
    let meter = Meter { of: rows.len() as u64, ..Meter::default() };
    let counted = meter.clone();
    let rows = rows.into_iter().map(move |row| {
        counted.add(1);
        Ok(row)
    });
    Ok(RowFile { rows: Box::new(rows), sheets, meter, failed: false })
}

struct Found {
    /// Row of the headings, and the last one when there are several.
    at: u32,
    last: u32,
    headings: Vec<String>,
    /// A row that was read to see whether it still belongs to the headings.
    ahead: Option<RawRow>,
}

fn find(
    next: &mut dyn FnMut() -> Result<Option<RawRow>, ReadError>,
    is_heading: &dyn Fn(&[String]) -> bool,
    looked: &mut usize,
) -> Result<Option<Found>, ReadError> {
    let mut above: Vec<String> = Vec::new();
    for _ in 0..LOOKED {
        let Some(row) = next()? else { return Ok(None) };
        *looked += 1;
        let (at, mut last) = (row.number, row.number);
        let cells: Vec<String> = row.cells.into_iter().map(|c| c.trim().to_owned()).collect();
        if !is_heading(&cells) {
            above = cells;
            continue;
        }
        let mut ahead = next()?;
        let width = ahead.as_ref().map_or(0, |row| row.cells.len()).max(cells.len());
        let mut tower = Tower::new(cells, width);
        while let Some(row) = &ahead
            && tower.takes(&row.cells)
        {
            last = row.number;
            ahead = next()?;
        }
        return Ok(Some(Found { at, last, headings: tower.headings(&above), ahead }));
    }
    Ok(None)
}

/// Headings in one row, or in several: 经度 over 度, 分, 秒.
struct Tower {
    rows: Vec<Vec<String>>,
    /// Columns whose heading may go on in the next row: those of a group, which has a blank beside its heading.
    open: Vec<bool>,
}

/// Characters of a heading of a lower row; a row with longer texts is a row of the list.
const SHORT: usize = 20;

fn filled(row: &[String], at: usize) -> bool {
    row.get(at).is_some_and(|c| !c.trim().is_empty())
}

impl Tower {
    fn new(row: Vec<String>, width: usize) -> Tower {
        let open = (0..width).map(|at| !filled(&row, at) || (at + 1 < width && !filled(&row, at + 1))).collect();
        Tower { rows: vec![row], open }
    }

    /// Takes a row that divides the headings above it: it says nothing under a heading that stands alone, and something
    /// under a blank one.
    fn takes(&mut self, row: &[String]) -> bool {
        let mut divides = false;
        for (at, cell) in row.iter().enumerate().filter(|(_, c)| !c.trim().is_empty()) {
            let plain = cell.trim().chars().count() <= SHORT && !cell.contains(|c: char| c.is_ascii_digit());
            if !plain || !self.open.get(at).is_none_or(|open| *open) {
                return false;
            }
            divides |= !self.rows.iter().any(|above| filled(above, at));
        }
        if divides {
            let width = self.open.len().max(row.len());
            self.open = (0..width)
                .map(|at| {
                    let open = |at: usize| self.open.get(at).is_none_or(|open| *open);
                    open(at) && (!filled(row, at) || (at + 1 < width && open(at + 1) && !filled(row, at + 1)))
                })
                .collect();
            self.rows.push(row.iter().map(|c| c.trim().to_owned()).collect());
        }
        divides
    }

    /// `经度/度`; unlike each other, none blank.
    fn headings(self, above: &[String]) -> Vec<String> {
        let width = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let mut texts: Vec<String> = Vec::with_capacity(width);
        for at in 0..width {
            let mut parts: Vec<&str> = Vec::new();
            for (level, row) in self.rows.iter().enumerate() {
                let own = row.get(at).map_or("", String::as_str);
                let lower = self.rows[level + 1..].iter().any(|r| r.get(at).is_some_and(|c| !c.is_empty()));
                let part = if own.is_empty() && lower { before(row, at) } else { own };
                if !part.is_empty() && parts.last() != Some(&part) {
                    parts.push(part);
                }
            }
            texts.push(parts.join("/"));
        }
        let mut count: BTreeMap<&str, usize> = BTreeMap::new();
        for text in &texts {
            *count.entry(text).or_default() += 1;
        }
        // 度, 分, 秒 twice, under a row that says 经度 and 纬度.
        let groups = above.iter().filter(|c| !c.is_empty()).count() > 1;
        let named = texts.iter().enumerate().map(|(at, text)| {
            let group = if groups && !text.is_empty() && count[text.as_str()] > 1 { before(above, at) } else { "" };
            if group.is_empty() { text.clone() } else { format!("{group}/{text}") }
        });
        different(named.collect())
    }
}

/// The cell, else the nearest filled one before it.
fn before(row: &[String], at: usize) -> &str {
    row.iter().take(at + 1).rev().find(|c| !c.is_empty()).map_or("", String::as_str)
}

/// A heading that is there again gets a number: 代码#2. One that is blank is named by its column.
fn different(texts: Vec<String>) -> Vec<String> {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    let number = |(at, text): (usize, String)| {
        let text = if text.is_empty() { format!("第{}列", at + 1) } else { text };
        let times = times.entry(text.clone()).or_default();
        *times += 1;
        if *times == 1 { text } else { format!("{text}#{times}") }
    };
    texts.into_iter().enumerate().map(number).collect()
}

fn under(headings: &[String], row: RawRow) -> FileRow {
    let (width, mut texts) = (headings.len(), row.cells);
    // A separator at the end of a line makes a blank cell.
    while texts.len() > width && texts.last().is_some_and(|c| c.trim().is_empty()) {
        texts.pop();
    }
    let cells = texts.len();
    let misfit = if cells > width {
        Some(Misfit::Wide { cells, headings: width })
    } else if row.last && cells < width {
        Some(Misfit::CutOff { cells, headings: width })
    } else {
        None
    };
    texts.resize(cells.max(width), String::new());
    let beyond = (width + 1..).map(|n| format!("第{n}列"));
    let cells = headings.iter().cloned().chain(beyond).zip(texts).collect();
    FileRow { sheet: String::new(), number: row.number, cells, misfit, since_1904: false }
}
