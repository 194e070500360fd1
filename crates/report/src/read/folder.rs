//! A folder of filled sheets: one file a form or row block, merged unit by unit.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use census::sheet::{Row, UnitSheets, Values};
use expr::diagnostic::nearest;
use instrument::model::Instrument;

use super::{Kind, ReadError, csv_reader, kind};

/// The units of a folder in the order of their codes; memory holds one unit.
pub struct SheetFolder {
    files: Vec<Source>,
    respondents: BTreeMap<String, String>,
    failed: bool,
}

impl std::fmt::Debug for SheetFolder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SheetFolder").field("files", &self.files.len()).finish_non_exhaustive()
    }
}

/// One file with the row that comes next.
struct Source {
    path: PathBuf,
    form: String,
    block: String,
    /// Item of each column; `None`: not an item (unit, row, name).
    columns: Vec<Option<String>>,
    rows: Box<dyn Iterator<Item = Result<(u64, Vec<String>), ReadError>>>,
    next: Option<(u64, Vec<String>)>,
}

/// Opens a folder of `FORM.csv` and `FORM.block.csv` files (xlsx alike). Every heading is checked before the first row.
pub fn sheets_folder(instrument: &Instrument, folder: &Path) -> Result<SheetFolder, ReadError> {
    let open = |e: std::io::Error| ReadError::Open { file: folder.to_owned(), why: e.to_string() };
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).map_err(open)?.flatten().map(|e| e.path()).collect();
    paths.retain(|p| !matches!(kind(p), Kind::Other));
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        files.push(source(instrument, path)?);
    }
    if files.is_empty() {
        return Err(ReadError::NoForms { folder: folder.to_owned() });
    }
    // The kind of respondent is told by the first form it owes.
    let respondents = instrument
        .respondents
        .iter()
        .rev()
        .flat_map(|r| r.forms.iter().map(|o| (o.form.clone(), r.code.clone())))
        .collect();
    Ok(SheetFolder { files, respondents, failed: false })
}

fn source(instrument: &Instrument, path: PathBuf) -> Result<Source, ReadError> {
    let stem = path.file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned());
    let (name, version) = stem.split_once('@').map_or((stem.as_str(), None), |(n, v)| (n, Some(v)));
    let (form, block) = name.split_once('.').unwrap_or((name, ""));
    let Some(of) = instrument.form(form) else {
        let near = nearest(form, instrument.forms.iter().map(|f| f.code.as_str())).map(str::to_owned);
        return Err(ReadError::UnknownForm { form: form.to_owned(), near, file: path });
    };
    if let Some(version) = version.filter(|v| *v != instrument.version && *v != instrument.period.to_string()) {
        return Err(ReadError::UnknownVersion {
            form: form.to_owned(),
            version: version.to_owned(),
            known: format!("{} {}", instrument.id, instrument.version),
            file: path,
        });
    }
    let Some(at) = of.blocks.iter().position(|b| b.name == block || b.title == block) else {
        let near = nearest(block, of.blocks.iter().map(|b| b.name.as_str())).map(|b| format!("{form}.{b}"));
        return Err(ReadError::UnknownForm { form: name.to_owned(), near, file: path });
    };
    let (form, block) = (form.to_owned(), of.blocks[at].name.clone());
    let mut known: Vec<&str> = of.items.iter().filter(|i| i.block == at).map(|i| i.code.as_str()).collect();
    if block.is_empty() {
        known.extend(instrument.common.iter().map(|i| i.code.as_str()));
    }
    let mut rows = raw_rows(&path)?;
    let head = match rows.next() {
        None => return Err(ReadError::Empty { file: path }),
        Some(row) => row?.1,
    };
    let mut columns = Vec::new();
    for (n, heading) in head.iter().enumerate() {
        let code = heading.trim().split_whitespace().next().unwrap_or_default();
        if n == 0 {
            if !matches!(code, "unit" | "普查对象" | "普查对象代码" | "统一社会信用代码") {
                return Err(ReadError::NoUnit { file: path });
            }
            columns.push(None);
        } else if matches!(code, "row" | "name" | "行" | "单位名称" | "") {
            columns.push(None);
        } else if known.contains(&code) {
            columns.push(Some(code.to_owned()));
        } else {
            let near = nearest(code, known.iter().copied()).map(str::to_owned);
            return Err(ReadError::UnknownColumn { form, column: code.to_owned(), near, file: path });
        }
    }
    let mut source = Source { path, form, block, columns, rows, next: None };
    source.advance()?;
    // A second row of headings holds the names.
    if source.next.as_ref().is_some_and(|(_, cells)| cells.first().is_some_and(|c| c == "普查对象")) {
        source.advance()?;
    }
    Ok(source)
}

type Rows = Box<dyn Iterator<Item = Result<(u64, Vec<String>), ReadError>>>;

fn raw_rows(path: &Path) -> Result<Rows, ReadError> {
    let file = path.to_owned();
    if matches!(kind(path), Kind::Workbook) {
        let is_heading =
            |cells: &[String]| cells.first().is_some_and(|c| c.trim() == "unit" || c.trim() == "普查对象代码");
        let rows = super::workbook::rows(path, &is_heading)?;
        let head = rows.first().map(|r| r.cells.iter().map(|(h, _)| h.clone()).collect::<Vec<_>>());
        let body = rows.into_iter().map(|r| Ok((u64::from(r.number), r.cells.into_iter().map(|(_, c)| c).collect())));
        return Ok(Box::new(head.map(|h| Ok((1, h))).into_iter().chain(body)));
    }
    let reader = csv_reader(path)?;
    Ok(Box::new(reader.into_records().map(move |record| match record {
        Ok(record) => {
            Ok((record.position().map_or(0, csv::Position::line), record.iter().map(str::to_owned).collect()))
        }
        Err(error) => Err(ReadError::Line {
            file: file.clone(),
            line: error.position().map_or(0, csv::Position::line),
            why: error.to_string(),
        }),
    })))
}

impl Source {
    fn advance(&mut self) -> Result<(), ReadError> {
        self.next = self.rows.next().transpose()?;
        Ok(())
    }

    fn unit(&self) -> Option<&str> {
        self.next.as_ref().and_then(|(_, cells)| cells.first()).map(|c| c.trim())
    }

    /// Takes the rows of one unit into its sheets.
    fn take(&mut self, unit: &str, sheets: &mut UnitSheets) -> Result<(), ReadError> {
        while self.unit() == Some(unit) {
            let (_, cells) = self.next.take().unwrap_or_default();
            let values: &mut Values = sheets.sheets.entry(self.form.clone()).or_default();
            let mut row = Row::new();
            for (column, cell) in self.columns.iter().zip(cells) {
                let Some(item) = column else { continue };
                if cell.is_empty() {
                    continue;
                }
                let shared = item.len() == 2 && item.starts_with(['H', 'F']);
                if shared {
                    values.common.insert(item.clone(), cell)
                } else {
                    row.insert(item.clone(), cell)
                };
            }
            if self.block.is_empty() {
                values.flat = row;
            } else {
                values.blocks.entry(self.block.clone()).or_default().push(row);
            }
            self.advance()?;
            if let Some((line, cells)) = &self.next
                && cells.first().is_some_and(|c| c.trim() < unit)
            {
                return Err(ReadError::NotSorted {
                    file: self.path.clone(),
                    line: *line,
                    unit: cells[0].clone(),
                    before: unit.to_owned(),
                });
            }
        }
        Ok(())
    }
}

impl Iterator for SheetFolder {
    type Item = Result<UnitSheets, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let unit = self.files.iter().filter_map(Source::unit).min()?.to_owned();
        let mut sheets = UnitSheets { unit: unit.clone(), ..UnitSheets::default() };
        for file in &mut self.files {
            if let Err(error) = file.take(&unit, &mut sheets) {
                self.failed = true;
                return Some(Err(error));
            }
        }
        let kinds: BTreeSet<&String> = sheets.sheets.keys().filter_map(|f| self.respondents.get(f)).collect();
        sheets.respondent = kinds.into_iter().next().cloned().unwrap_or_default();
        Some(Ok(sheets))
    }
}
