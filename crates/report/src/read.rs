//! Files in: lists of any office, and folders of filled sheets.

pub(crate) mod folder;
mod list;
#[cfg(feature = "parquet")]
mod parquet;
mod text;
mod workbook;

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

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
    #[error("{}{}: neither UTF-8 nor GB18030 text; save it as \"CSV UTF-8\"", .file.display(), line_en(*.line))]
    Encoding { file: PathBuf, line: Option<u64> },
    #[error("{}: a workbook under the name of a text file; rename it to .{ending}", .file.display())]
    Disguised { file: PathBuf, ending: &'static str },
    #[error("{}: a web page or XML under the name of a workbook; open it in a spreadsheet program and save it as xlsx", .file.display())]
    WebPage { file: PathBuf },
    #[error("{}: text under the name of a workbook; rename it to .csv", .file.display())]
    Plain { file: PathBuf },
    #[error("{}: the workbook is locked with a password; open it, take the password away and save it again", .file.display())]
    Locked { file: PathBuf },
    #[error("{}: not a whole workbook ({why}); open it in a spreadsheet program and save it again", .file.display())]
    Workbook { file: PathBuf, why: String },
    #[error("{}: files of this kind are not read; csv, xlsx, xls or ods are", .file.display())]
    Kind { file: PathBuf },
    #[error("{}, line {line}: {why}", .file.display())]
    Line { file: PathBuf, line: u64, why: String },
    #[error("{}, line {line}: a cell of {length} characters, more than a spreadsheet holds; a quotation mark or a line break is missing there", .file.display())]
    LongCell { file: PathBuf, line: u64, length: usize },
    #[error("{}: no form {form}{}", .file.display(), hint(.near.as_ref()))]
    UnknownForm { file: PathBuf, form: String, near: Option<String> },
    #[error("{}: form {form} of version {version} does not exist; the instrument in use is {known}", .file.display())]
    UnknownVersion { file: PathBuf, form: String, version: String, known: String },
    #[error("{}: form {form} has no item {column}{}", .file.display(), hint(.near.as_ref()))]
    UnknownColumn { file: PathBuf, form: String, column: String, near: Option<String> },
    #[error("{}, line {line}: no unit code in the first column; fill it or delete the row", .file.display())]
    NoCode { file: PathBuf, line: u64 },
    #[error("{}, line {line}: unit {unit} is there a second time; a form has one row a unit, its row blocks have files of their own", .file.display())]
    Twice { file: PathBuf, line: u64, unit: String },
    #[error("{}, line {line}: {cells} cells under {headings} headings; put a text or number that holds the separator into quotation marks", .file.display())]
    Wide { file: PathBuf, line: u64, cells: usize, headings: usize },
    #[error("{}, line {line}: the file ends in the middle of this row ({cells} of {headings} cells); get the whole file", .file.display())]
    CutOff { file: PathBuf, line: u64, cells: usize, headings: usize },
    #[error("{}, line {line}: unit {unit} has more than {most} rows in one table; the first column must name the unit of each row", .file.display())]
    ManyRows { file: PathBuf, line: u64, unit: String, most: usize },
    #[error("{}: a workbook of {megabytes} MB is not read (the most are {most} MB); save it as \"CSV UTF-8\", which is read row by row", .file.display())]
    LargeWorkbook { file: PathBuf, megabytes: u64, most: u64 },
    #[error("{}: the column {column} is there twice", .file.display())]
    ColumnTwice { file: PathBuf, column: String },
    #[error("{}: not a whole Parquet file ({why}); write it again", .file.display())]
    Parquet { file: PathBuf, why: String },
    #[error("{}, line {line}: column {column} holds {value}, a binary fraction; write the column as text or decimal", .file.display())]
    Fraction { file: PathBuf, line: u64, column: String, value: String },
    #[error("{}: the first column must be `unit` (普查对象代码)", .file.display())]
    NoUnit { file: PathBuf },
    #[error("{}, line {line}: unit {unit} comes after {before}; sort the rows of every file by the first column", .file.display())]
    NotSorted { file: PathBuf, line: u64, unit: String, before: String },
    #[error("{}: no file of a form in this folder (G102.csv, G102.facility.csv …)", .folder.display())]
    NoForms { folder: PathBuf },
}

fn line_en(line: Option<u64>) -> String {
    line.map_or_else(String::new, |l| format!(", line {l}"))
}

fn hint(near: Option<&String>) -> String {
    near.map_or_else(String::new, |n| format!("; did you mean {n}?"))
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
            ReadError::Encoding { file, line } => {
                let line = line.map_or_else(String::new, |l| format!(" 第 {l} 行"));
                format!("{}{line}：既不是 UTF-8 也不是 GB18030 文本；请另存为“CSV UTF-8”", file.display())
            }
            ReadError::Workbook { file, why } => {
                format!("{}：工作簿不完整或已损坏（{why}）；请用表格软件打开后重新保存", file.display())
            }
            ReadError::WebPage { file } => {
                format!("{}：内容是网页或 XML，却用了工作簿的扩展名；请用表格软件打开后另存为 xlsx", file.display())
            }
            ReadError::Plain { file } => {
                format!("{}：内容是文本，却用了工作簿的扩展名；请改名为 .csv", file.display())
            }
            ReadError::Locked { file } => {
                format!("{}：工作簿有打开密码；请打开后取消密码，重新保存", file.display())
            }
            ReadError::Kind { file } => {
                format!("{}：不支持这种文件；请用 csv、xlsx、xls 或 ods", file.display())
            }
            ReadError::Disguised { file, ending } => {
                format!("{}：内容是工作簿，却用了文本文件的扩展名；请改名为 .{ending}", file.display())
            }
            ReadError::Line { file, line, why } => format!("{} 第 {line} 行：{why}", file.display()),
            ReadError::LongCell { file, line, length } => format!(
                "{} 第 {line} 行：一格有 {length} 个字符，超过表格软件的上限；此处可能缺少引号或换行",
                file.display()
            ),
            ReadError::UnknownForm { file, form, near } => {
                format!("{}：没有表 {form}{}", file.display(), near_zh(near))
            }
            ReadError::UnknownVersion { file, form, version, known } => {
                format!("{}：没有 {version} 版的表 {form}；现用制度为 {known}", file.display())
            }
            ReadError::UnknownColumn { file, form, column, near } => {
                format!("{}：表 {form} 没有指标 {column}{}", file.display(), near_zh(near))
            }
            ReadError::NoCode { file, line } => {
                format!("{} 第 {line} 行：第一列没有普查对象代码；请补填或删去该行", file.display())
            }
            ReadError::Twice { file, line, unit } => {
                format!(
                    "{} 第 {line} 行：单位 {unit} 重复；每张表一个单位只有一行，多行的部分另放一个文件",
                    file.display()
                )
            }
            ReadError::Wide { file, line, cells, headings } => {
                format!("{} 第 {line} 行：{}", file.display(), Misfit::Wide { cells: *cells, headings: *headings })
            }
            ReadError::CutOff { file, line, cells, headings } => {
                format!("{} 第 {line} 行：{}", file.display(), Misfit::CutOff { cells: *cells, headings: *headings })
            }
            ReadError::ManyRows { file, line, unit, most } => format!(
                "{} 第 {line} 行：单位 {unit} 在一张表中超过 {most} 行；第一列应为每行所属单位的代码",
                file.display()
            ),
            ReadError::LargeWorkbook { file, megabytes, most } => format!(
                "{}：工作簿有 {megabytes} MB，超过 {most} MB 的不读；请另存为“CSV UTF-8”，那样可以逐行读入",
                file.display()
            ),
            ReadError::ColumnTwice { file, column } => format!("{}：列 {column} 出现两次；请删去一列", file.display()),
            ReadError::Parquet { file, why } => {
                format!("{}：Parquet 文件不完整或已损坏（{why}）；请重新生成", file.display())
            }
            ReadError::Fraction { file, line, column, value } => format!(
                "{} 第 {line} 行：列 {column} 的 {value} 是二进制浮点数，写不成精确的小数；请把该列存为文本或定点小数",
                file.display()
            ),
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
    /// Heading → text; headings are different from each other, cells beyond them stand under `第7列`.
    pub cells: Vec<(String, String)>,
    /// Set when the cells may stand under the wrong headings.
    pub misfit: Option<Misfit>,
    /// The workbook counts its days from 1904, so that 43221 is another day than elsewhere.
    pub since_1904: bool,
}

/// Why the cells of a row of a text file are not what they seem. Its words are kept with the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// A number with a comma that is not quoted makes two cells of one, and all behind it stand one column on.
    #[error("有 {cells} 格，表头只有 {headings} 列；内容中有分隔符的格须加引号")]
    Wide { cells: usize, headings: usize },
    #[error("文件到这一行中间就断了（应有 {headings} 格，只有 {cells} 格）；请取得完整的文件")]
    CutOff { cells: usize, headings: usize },
}

/// A worksheet of a list, or the one table of a text file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetSeen {
    /// Empty for a text file.
    pub name: String,
    /// The row of headings, from 1; `None`: there is none, and nothing of the sheet is read.
    pub headings_at: Option<u32>,
    /// As the rows give them.
    pub headings: Vec<String>,
    /// Rows that are not blank, of a sheet without headings too; not counted for text files.
    pub rows: u64,
}

/// How much of a file was read: bytes of a text file, rows of a workbook.
#[derive(Debug, Clone, Default)]
pub struct Meter {
    read: Rc<Cell<u64>>,
    of: u64,
}

impl Meter {
    pub fn read(&self) -> u64 {
        self.read.get()
    }

    pub fn of(&self) -> u64 {
        self.of
    }

    pub(crate) fn add(&self, more: u64) {
        self.read.set(self.read.get() + more);
    }
}

/// Rows looked at for the headings.
const LOOKED: usize = 30;

/// The rows of a list, one by one; a text file is never held whole. `is_heading` recognises the row of headings.
/// Rows without any text are passed over, all others are given.
pub fn rows(path: &Path, is_heading: &dyn Fn(&[String]) -> bool) -> Result<RowFile, ReadError> {
    match kind(path) {
        Kind::Text => list::text(path, is_heading),
        Kind::Workbook => list::workbook(path, is_heading),
        Kind::Parquet | Kind::Other => Err(ReadError::Kind { file: path.to_owned() }),
    }
}

pub(crate) enum Kind {
    Text,
    Workbook,
    Parquet,
    Other,
}

pub(crate) fn kind(path: &Path) -> Kind {
    match path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase).as_deref() {
        Some("csv" | "txt" | "tsv") => Kind::Text,
        Some("xlsx" | "xls" | "xlsb" | "ods" | "xlsm") => Kind::Workbook,
        Some("parquet") if cfg!(feature = "parquet") => Kind::Parquet,
        _ => Kind::Other,
    }
}

/// The rows of a list, in the order of the file.
pub struct RowFile {
    rows: Box<dyn Iterator<Item = Result<FileRow, ReadError>>>,
    sheets: Vec<SheetSeen>,
    meter: Meter,
    failed: bool,
}

impl std::fmt::Debug for RowFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RowFile").field("sheets", &self.sheets).finish_non_exhaustive()
    }
}

impl RowFile {
    /// Its worksheets, those without headings too.
    pub fn sheets(&self) -> &[SheetSeen] {
        &self.sheets
    }

    /// Tells how far the reading is, while the rows are taken.
    pub fn meter(&self) -> Meter {
        self.meter.clone()
    }
}

impl Iterator for RowFile {
    type Item = Result<FileRow, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.failed {
            let row = self.rows.next()?;
            self.failed = row.is_err();
            let blank = row.as_ref().is_ok_and(|r| r.cells.iter().all(|(_, cell)| cell.trim().is_empty()));
            if !blank {
                return Some(row);
            }
        }
        None
    }
}

/// A row of a sheet's file that is no unit.
pub(crate) enum Beside {
    Empty,
    /// 合计 at the end of a list.
    Total,
}

pub(crate) fn beside<'c>(cells: impl IntoIterator<Item = &'c str>) -> Option<Beside> {
    match cells.into_iter().map(str::trim).find(|c| !c.is_empty()) {
        None => Some(Beside::Empty),
        Some(first) => {
            let bare: String = first.chars().filter(|c| !c.is_whitespace()).collect();
            let total = matches!(bare.trim_end_matches([':', '：']), "合计" | "总计" | "小计");
            total.then_some(Beside::Total)
        }
    }
}

#[cfg(test)]
#[path = "read/tests.rs"]
mod tests;
