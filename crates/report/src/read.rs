//! Files in: lists of any office, and folders of filled sheets.

mod folder;
mod workbook;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use encoding_rs::{Encoding, GB18030, UTF_8};
use encoding_rs_io::{DecodeReaderBytes, DecodeReaderBytesBuilder};

pub use folder::{SheetFolder, sheets_folder};

/// Why a file cannot be read: where, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("{}: cannot be opened: {why}", .file.display())]
    Open { file: PathBuf, why: String },
    #[error("{}: the file is empty", .file.display())]
    Empty { file: PathBuf },
    #[error("{}: no row of headings found in the first {looked} rows; the headings must name the unit (单位名称 …)", .file.display())]
    NoHeadings { file: PathBuf, looked: usize },
    #[error("{}: neither UTF-8 nor GB18030 text; save it as \"CSV UTF-8\"", .file.display())]
    Encoding { file: PathBuf },
    #[error("{}: not a whole workbook ({why}); open it in a spreadsheet program and save it again", .file.display())]
    Workbook { file: PathBuf, why: String },
    #[error("{}: files of this kind are not read; csv, xlsx, xls or ods are", .file.display())]
    Kind { file: PathBuf },
    #[error("{}, line {line}: {why}", .file.display())]
    Line { file: PathBuf, line: u64, why: String },
    #[error("{}: no form {form}{}", .file.display(), hint(.near))]
    UnknownForm { file: PathBuf, form: String, near: Option<String> },
    #[error("{}: form {form} of version {version} does not exist; the instrument in use is {known}", .file.display())]
    UnknownVersion { file: PathBuf, form: String, version: String, known: String },
    #[error("{}: form {form} has no item {column}{}", .file.display(), hint(.near))]
    UnknownColumn { file: PathBuf, form: String, column: String, near: Option<String> },
    #[error("{}: the first column must be `unit` (普查对象代码)", .file.display())]
    NoUnit { file: PathBuf },
    #[error("{}, line {line}: unit {unit} comes after {before}; sort the rows of every file by the first column", .file.display())]
    NotSorted { file: PathBuf, line: u64, unit: String, before: String },
    #[error("{}: no file of a form in this folder (G102.csv, G102.facility.csv …)", .folder.display())]
    NoForms { folder: PathBuf },
}

fn hint(near: &Option<String>) -> String {
    near.as_ref().map_or_else(String::new, |n| format!("; did you mean {n}?"))
}

impl ReadError {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        let near_zh = |near: &Option<String>| near.as_ref().map_or_else(String::new, |n| format!("，是否为 {n}？"));
        match self {
            ReadError::Open { file, why } => format!("{}：打不开（{why}）", file.display()),
            ReadError::Empty { file } => format!("{}：文件是空的", file.display()),
            ReadError::NoHeadings { file, looked } => {
                format!("{}：前 {looked} 行中没有找到表头行；表头须有单位名称等列名", file.display())
            }
            ReadError::Encoding { file } => {
                format!("{}：既不是 UTF-8 也不是 GB18030 文本；请另存为“CSV UTF-8”", file.display())
            }
            ReadError::Workbook { file, why } => {
                format!("{}：工作簿不完整或已损坏（{why}）；请用表格软件打开后重新保存", file.display())
            }
            ReadError::Kind { file } => format!("{}：不支持这种文件；请用 csv、xlsx、xls 或 ods", file.display()),
            ReadError::Line { file, line, why } => format!("{} 第 {line} 行：{why}", file.display()),
            ReadError::UnknownForm { file, form, near } => {
                format!("{}：没有表 {form}{}", file.display(), near_zh(near))
            }
            ReadError::UnknownVersion { file, form, version, known } => {
                format!("{}：没有 {version} 版的表 {form}；现用制度为 {known}", file.display())
            }
            ReadError::UnknownColumn { file, form, column, near } => {
                format!("{}：表 {form} 没有指标 {column}{}", file.display(), near_zh(near))
            }
            ReadError::NoUnit { file } => format!("{}：第一列应为 unit（普查对象代码）", file.display()),
            ReadError::NotSorted { file, line, unit, before } => {
                format!("{} 第 {line} 行：单位 {unit} 排在 {before} 之后；请把每个文件按第一列排序", file.display())
            }
            ReadError::NoForms { folder } => {
                format!("{}：文件夹中没有普查表文件（G102.csv、G102.facility.csv 等）", folder.display())
            }
        }
    }
}

/// One row of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    /// Name of the worksheet; empty for a text file.
    pub sheet: String,
    /// Row in the file, from 1.
    pub number: u32,
    /// Heading → text.
    pub cells: Vec<(String, String)>,
}

/// Rows looked at for the headings.
const LOOKED: usize = 30;

/// The rows of a list, one by one; a text file is never held whole. `is_heading` recognises the row of headings.
pub fn rows<'f>(
    path: &Path,
    is_heading: &'f dyn Fn(&[String]) -> bool,
) -> Result<Box<dyn Iterator<Item = Result<FileRow, ReadError>> + 'f>, ReadError> {
    match kind(path) {
        Kind::Text => Ok(Box::new(text_rows(path, is_heading)?)),
        Kind::Workbook => Ok(Box::new(workbook::rows(path, is_heading)?.into_iter().map(Ok))),
        Kind::Other => Err(ReadError::Kind { file: path.to_owned() }),
    }
}

pub(crate) enum Kind {
    Text,
    Workbook,
    Other,
}

pub(crate) fn kind(path: &Path) -> Kind {
    match path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase).as_deref() {
        Some("csv" | "txt" | "tsv") => Kind::Text,
        Some("xlsx" | "xls" | "xlsb" | "ods" | "xlsm") => Kind::Workbook,
        _ => Kind::Other,
    }
}

/// A CSV reader over any of the encodings offices use; constant memory.
pub(crate) fn csv_reader(path: &Path) -> Result<csv::Reader<DecodeReaderBytes<File, Vec<u8>>>, ReadError> {
    let open = |e: std::io::Error| ReadError::Open { file: path.to_owned(), why: e.to_string() };
    let mut head = vec![0; 1 << 16];
    let mut file = File::open(path).map_err(open)?;
    let mut read = 0;
    while read < head.len() {
        match file.read(&mut head[read..]).map_err(open)? {
            0 => break,
            n => read += n,
        }
    }
    head.truncate(read);
    if head.is_empty() {
        return Err(ReadError::Empty { file: path.to_owned() });
    }
    let encoding = encoding(&head).ok_or_else(|| ReadError::Encoding { file: path.to_owned() })?;
    let (decoded, _, _) = encoding.decode(&head);
    let delimiter = delimiter(decoded.lines().next().unwrap_or_default());
    let file = File::open(path).map_err(open)?;
    let decoder = DecodeReaderBytesBuilder::new().encoding(Some(encoding)).bom_override(true).build(file);
    Ok(csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(decoder))
}

/// UTF-8 when the beginning is UTF-8 (a character cut off at the end of it apart), else GB18030 when it is that.
fn encoding(head: &[u8]) -> Option<&'static Encoding> {
    if head.contains(&0) {
        return None;
    }
    match std::str::from_utf8(head) {
        Ok(_) => return Some(UTF_8),
        Err(error) if error.error_len().is_none() => return Some(UTF_8),
        Err(_) => {}
    }
    // A double-byte character may be cut off at the end.
    (0..4).any(|cut| !GB18030.decode(&head[..head.len().saturating_sub(cut)]).2).then_some(GB18030)
}

fn delimiter(line: &str) -> u8 {
    let count = |c: char| line.matches(c).count();
    [(b'\t', count('\t')), (b';', count(';')), (b',', count(','))]
        .into_iter()
        .max_by_key(|(_, n)| *n)
        .map_or(b',', |(d, _)| d)
}

fn text_rows<'f>(
    path: &Path,
    is_heading: &'f dyn Fn(&[String]) -> bool,
) -> Result<impl Iterator<Item = Result<FileRow, ReadError>> + 'f, ReadError> {
    let mut reader = csv_reader(path)?;
    let file = path.to_owned();
    let mut headings: Option<Vec<String>> = None;
    let mut record = csv::StringRecord::new();
    let mut looked = 0;
    while headings.is_none() {
        if looked == LOOKED || !read_record(&mut reader, &mut record, &file)? {
            return Err(ReadError::NoHeadings { file, looked });
        }
        looked += 1;
        let cells: Vec<String> = record.iter().map(|c| c.trim().to_owned()).collect();
        if is_heading(&cells) {
            headings = Some(cells);
        }
    }
    let headings = headings.unwrap_or_default();
    let mut failed = false;
    Ok(std::iter::from_fn(move || {
        if failed {
            return None;
        }
        loop {
            match read_record(&mut reader, &mut record, &file) {
                Err(error) => {
                    failed = true;
                    return Some(Err(error));
                }
                Ok(false) => return None,
                Ok(true) => {}
            }
            let number = record.position().map_or(0, |p| p.line() as u32);
            let cells: Vec<(String, String)> = headings
                .iter()
                .cloned()
                .zip(record.iter().map(str::to_owned).chain(std::iter::repeat(String::new())))
                .collect();
            if is_blank_or_total(&cells) {
                continue;
            }
            return Some(Ok(FileRow { sheet: String::new(), number, cells }));
        }
    }))
}

/// An empty row, or the 合计 at the end: neither is a unit.
pub(crate) fn is_blank_or_total(cells: &[(String, String)]) -> bool {
    let mut filled = cells.iter().map(|(_, c)| c.trim()).filter(|c| !c.is_empty());
    match filled.next() {
        None => true,
        Some(first) => matches!(first, "合计" | "总计" | "小计"),
    }
}

fn read_record<R: Read>(
    reader: &mut csv::Reader<R>,
    record: &mut csv::StringRecord,
    file: &Path,
) -> Result<bool, ReadError> {
    reader.read_record(record).map_err(|e| ReadError::Line {
        file: file.to_owned(),
        line: e.position().map_or(0, csv::Position::line),
        why: e.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, bytes: &[u8], expect: &str) {
        let path = std::env::temp_dir().join(format!("wupu-read-{}-{name}", std::process::id()));
        std::fs::write(&path, bytes).expect("written");
        let is_heading = |cells: &[String]| cells.iter().any(|c| c == "单位名称");
        let got = match rows(&path, &is_heading) {
            Err(error) => error.to_string().replace(&path.display().to_string(), "FILE"),
            Ok(rows) => rows
                .map(|r| match r {
                    Ok(r) => format!(
                        "{}:{}",
                        r.number,
                        r.cells.iter().map(|(h, c)| format!("{h}={c}")).collect::<Vec<_>>().join(" ")
                    ),
                    Err(e) => e.to_string().replace(&path.display().to_string(), "FILE"),
                })
                .collect::<Vec<_>>()
                .join(" | "),
        };
        std::fs::remove_file(&path).ok();
        assert_eq!(got, expect, "{name}");
    }

    #[test]
    fn texts_of_all_kinds() {
        check("utf8.csv", "单位名称,代码\n甲厂,01\n合计,1\n".as_bytes(), "2:单位名称=甲厂 代码=01");
        check("bom.csv", "\u{feff}单位名称;代码\r\n甲厂;01\r\n".as_bytes(), "2:单位名称=甲厂 代码=01");
        let (gb, _, _) = GB18030.encode("名录\n单位名称\t代码\n甲厂\t01\n\n乙厂\n");
        check("gb.csv", &gb, "3:单位名称=甲厂 代码=01 | 5:单位名称=乙厂 代码=");
        check("empty.csv", b"", "FILE: the file is empty");
        check(
            "none.csv",
            b"a,b\n1,2\n",
            "FILE: no row of headings found in the first 2 rows; the headings must name the unit (单位名称 …)",
        );
        check("binary.csv", b"a\0b\xff\xfe", "FILE: neither UTF-8 nor GB18030 text; save it as \"CSV UTF-8\"");
        check("x.pdf", b"%PDF", "FILE: files of this kind are not read; csv, xlsx, xls or ods are");
        let broken = check_message(b"PK\x03\x04 not really a workbook");
        assert!(broken.contains("not a whole workbook"), "{broken}");
    }

    fn check_message(bytes: &[u8]) -> String {
        let path = std::env::temp_dir().join(format!("wupu-read-{}-broken.xlsx", std::process::id()));
        std::fs::write(&path, bytes).expect("written");
        let error = rows(&path, &|_| true).err().map(|e| e.to_string()).unwrap_or_default();
        std::fs::remove_file(&path).ok();
        error
    }
}
