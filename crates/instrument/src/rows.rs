//! CSV files of a package, row by row, with the place of every cell.

use crate::files::Files;
use crate::problem::{PackageError, Problems, line_at};

/// A read CSV file.
#[derive(Debug)]
pub struct Sheet {
    pub file: String,
    headings: Vec<String>,
    rows: Vec<(u32, csv::StringRecord)>,
}

/// One row.
#[derive(Debug, Clone, Copy)]
pub struct CsvRow<'a> {
    sheet: &'a Sheet,
    pub line: u32,
    record: &'a csv::StringRecord,
}

impl Sheet {
    /// Reads a file with these headings, in any order; what is missing, doubled or unknown is a problem.
    pub fn read(files: &dyn Files, file: &str, headings: &[&str], problems: &mut Problems) -> Option<Sheet> {
        let Some(bytes) = files.read(file) else {
            problems.add(
                PackageError::new(file, 0, "", "the file is missing").hint("put it back, or take it out of the index"),
            );
            return None;
        };
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        if let Err(broken) = std::str::from_utf8(bytes) {
            let line = line_at(&String::from_utf8_lossy(&bytes[..broken.valid_up_to()]), broken.valid_up_to());
            problems.add(PackageError::new(file, line, "", "not UTF-8 text").hint("save it as \"CSV UTF-8\""));
            return None;
        }
        // The csv reader counts the line of a row one short after `\r\n`.
        let unix: Vec<u8>;
        let bytes = if bytes.contains(&b'\r') {
            unix = String::from_utf8_lossy(bytes).replace("\r\n", "\n").into_bytes();
            unix.as_slice()
        } else {
            bytes
        };
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
        let found: Vec<String> = match reader.headers() {
            Ok(head) => head.iter().map(|h| h.trim().to_owned()).collect(),
            Err(error) => {
                problems.add(PackageError::new(file, 1, "", error.to_string()));
                return None;
            }
        };
        for wanted in headings {
            if !found.iter().any(|h| h == wanted) {
                problems.add(PackageError::new(file, 1, wanted, format!("the column `{wanted}` is missing")));
            }
        }
        for (at, heading) in found.iter().enumerate() {
            if !headings.contains(&heading.as_str()) {
                problems.unknown((file, 1, heading), "column", heading, headings.iter().copied());
            } else if found[..at].contains(heading) {
                problems.add(PackageError::new(file, 1, heading, "the column is there twice"));
            }
        }
        let mut rows = Vec::new();
        for record in reader.records() {
            match record {
                Ok(record) => {
                    let line = record.position().map_or(0, |p| p.line() as u32);
                    if record.len() != found.len() {
                        // Its cells stand under wrong headings: nothing more can be said about them.
                        let message = format!("{} cells where the heading has {}", record.len(), found.len());
                        problems.add(
                            PackageError::new(file, line, "", message).hint("put text with commas in double quotes"),
                        );
                        continue;
                    }
                    rows.push((line, record));
                }
                Err(error) => {
                    let line = error.position().map_or(0, |p| p.line() as u32);
                    problems.add(PackageError::new(file, line, "", error.to_string()));
                }
            }
        }
        Some(Sheet { file: file.to_owned(), headings: found, rows })
    }

    pub fn rows(&self) -> impl Iterator<Item = CsvRow<'_>> {
        self.rows.iter().map(|(line, record)| CsvRow { sheet: self, line: *line, record })
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl<'a> CsvRow<'a> {
    /// The trimmed text of a cell; empty when there is no such column.
    pub fn get(&self, heading: &str) -> &'a str {
        let at = self.sheet.headings.iter().position(|h| h == heading);
        at.and_then(|at| self.record.get(at)).unwrap_or_default().trim()
    }

    /// Whether the file has such a column; when it has not, that was said once for the file.
    pub fn has(&self, heading: &str) -> bool {
        self.sheet.headings.iter().any(|h| h == heading)
    }

    /// A cell that must not be empty.
    pub fn need(&self, heading: &str, problems: &mut Problems) -> &'a str {
        let text = self.get(heading);
        if text.is_empty() && self.has(heading) {
            problems.add(self.problem(heading, "the cell is empty").hint("fill it, or delete the row"));
        }
        text
    }

    pub fn problem(&self, heading: &str, message: impl Into<String>) -> PackageError {
        PackageError::new(&self.sheet.file, self.line, heading, message)
    }

    pub fn place<'b>(&'b self, heading: &'b str) -> (&'b str, u32, &'b str) {
        (&self.sheet.file, self.line, heading)
    }
}
