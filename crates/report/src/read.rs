//! Files in: lists of any office, and folders of filled sheets.

pub(crate) mod folder;
#[cfg(feature = "parquet")]
mod parquet;
mod text;
mod workbook;

use std::path::{Path, PathBuf};

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
    /// Heading → text; cells beyond the headings stand under `第7列`.
    pub cells: Vec<(String, String)>,
    /// Set when the cells may stand under the wrong headings.
    pub misfit: Option<Misfit>,
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

/// Rows looked at for the headings.
const LOOKED: usize = 30;

/// The rows of a list, one by one; a text file is never held whole. `is_heading` recognises the row of headings.
pub fn rows<'f>(path: &Path, is_heading: &'f dyn Fn(&[String]) -> bool) -> Result<RowFile<'f>, ReadError> {
    let rows: Box<dyn Iterator<Item = Result<FileRow, ReadError>> + 'f> = match kind(path) {
        Kind::Text => Box::new(text_rows(path, is_heading)?),
        Kind::Workbook => Box::new(workbook::rows(path, is_heading)?.into_iter().map(Ok)),
        Kind::Parquet | Kind::Other => return Err(ReadError::Kind { file: path.to_owned() }),
    };
    Ok(RowFile { rows, skipped: 0, failed: false })
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
pub struct RowFile<'f> {
    rows: Box<dyn Iterator<Item = Result<FileRow, ReadError>> + 'f>,
    skipped: u32,
    failed: bool,
}

impl std::fmt::Debug for RowFile<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RowFile").field("skipped", &self.skipped).finish_non_exhaustive()
    }
}

impl RowFile<'_> {
    /// Rows of totals (合计) passed over so far; empty rows are not counted.
    pub fn skipped(&self) -> u32 {
        self.skipped
    }
}

impl Iterator for RowFile<'_> {
    type Item = Result<FileRow, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.failed {
            let row = self.rows.next()?;
            self.failed = row.is_err();
            match row.as_ref().ok().and_then(|r| beside(r.cells.iter().map(|(_, c)| c.as_str()))) {
                Some(Beside::Empty) => {}
                Some(Beside::Total) => self.skipped += 1,
                None => return Some(row),
            }
        }
        None
    }
}

fn text_rows(
    path: &Path,
    is_heading: &dyn Fn(&[String]) -> bool,
) -> Result<impl Iterator<Item = Result<FileRow, ReadError>> + 'static, ReadError> {
    let mut records = text::Records::open(path)?;
    let mut looked = 0;
    let headings = loop {
        let next = if looked == LOOKED { None } else { records.next()? };
        let Some((_, record)) = next else {
            return Err(ReadError::NoHeadings { file: path.to_owned(), looked });
        };
        looked += 1;
        let cells: Vec<String> = record.iter().map(|c| c.trim().to_owned()).collect();
        if is_heading(&cells) {
            break cells;
        }
    };
    Ok(std::iter::from_fn(move || {
        let (line, mut texts) = match records.next() {
            Err(error) => return Some(Err(error)),
            Ok(None) => return None,
            Ok(Some((line, record))) => (line, record.iter().map(str::to_owned).collect::<Vec<_>>()),
        };
        let (cells, width) = (texts.len(), headings.len());
        let misfit = if cells > width {
            Some(Misfit::Wide { cells, headings: width })
        } else if records.cut_off(width) {
            Some(Misfit::CutOff { cells, headings: width })
        } else {
            None
        };
        texts.resize(cells.max(width), String::new());
        let beyond = (width + 1..).map(|n| format!("第{n}列"));
        let cells = headings.iter().cloned().chain(beyond).zip(texts).collect();
        Some(Ok(FileRow { sheet: String::new(), number: line as u32, cells, misfit }))
    }))
}

/// A row that is no unit.
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
mod tests {
    use encoding_rs::GB18030;

    use super::*;

    /// Bytes of a file in; rows as `line:heading=text` out.
    #[track_caller]
    fn check(name: &str, bytes: &[u8], expect: &str) {
        assert_eq!(told(name, bytes), expect, "{name}");
    }

    fn told(name: &str, bytes: &[u8]) -> String {
        let path = std::env::temp_dir().join(format!("wupu-read-{}-{name}", std::process::id()));
        std::fs::write(&path, bytes).expect("written");
        let is_heading = |cells: &[String]| cells.iter().any(|c| c == "单位名称");
        let got = match rows(&path, &is_heading) {
            Err(error) => error.to_string().replace(&path.display().to_string(), "FILE"),
            Ok(rows) => rows
                .map(|r| match r {
                    Ok(r) => format!(
                        "{}:{}{}",
                        r.number,
                        r.cells.iter().map(|(h, c)| format!("{h}={c}")).collect::<Vec<_>>().join(" "),
                        r.misfit.map_or_else(String::new, |m| format!(" !{m}"))
                    ),
                    Err(e) => e.to_string().replace(&path.display().to_string(), "FILE"),
                })
                .collect::<Vec<_>>()
                .join(" | "),
        };
        std::fs::remove_file(&path).ok();
        got
    }

    #[test]
    fn texts_of_all_kinds() {
        check("utf8.csv", "单位名称,代码\n甲厂,01\n合计,1\n".as_bytes(), "2:单位名称=甲厂 代码=01");
        check("bom.csv", "\u{feff}单位名称;代码\r\n甲厂;01\r\n".as_bytes(), "2:单位名称=甲厂 代码=01");
        let (gb, _, _) = GB18030.encode("名录\n单位名称\t代码\n甲厂\t01\n\n乙厂\n");
        check("gb.csv", &gb, "3:单位名称=甲厂 代码=01 | 5:单位名称=乙厂 代码=");
        check(
            "wide.csv",
            "单位名称,代码\n甲厂,1,234.5\n乙厂,\"1,234.5\"\n".as_bytes(),
            "2:单位名称=甲厂 代码=1 第3列=234.5 !有 3 格，表头只有 2 列；内容中有分隔符的格须加引号 | 3:单位名称=乙厂 代码=1,234.5",
        );
        check(
            "cut.csv",
            "单位名称,代码\n甲厂\n乙".as_bytes(),
            "2:单位名称=甲厂 代码= | 3:单位名称=乙 代码= !文件到这一行中间就断了（应有 2 格，只有 1 格）；请取得完整的文件",
        );
        check("empty.csv", b"", "FILE: the file is empty");
        check(
            "none.csv",
            b"a,b\n1,2\n",
            "FILE: no row of headings found in the first 2 rows; the headings must name the unit (单位名称 …)",
        );
        check("binary.csv", b"a\0b\xff\xfe", "FILE: neither UTF-8 nor GB18030 text; save it as \"CSV UTF-8\"");
        check("x.pdf", b"%PDF", "FILE: files of this kind are not read; csv, xlsx, xls or ods are");
        let late = ["单位名称\n".as_bytes(), &vec![b'a'; 1 << 17][..], b"\n\xff\n"].concat();
        let got = told("late.csv", &late);
        assert!(got.ends_with("FILE, line 3: neither UTF-8 nor GB18030 text; save it as \"CSV UTF-8\""), "{got:.80}");
        check(
            "broken.csv",
            "单位名称,代码\r\n\"甲\r\n厂\",1\r\n乙厂,2".as_bytes(),
            "2:单位名称=甲\n厂 代码=1 | 4:单位名称=乙厂 代码=2",
        );
        check("book.csv", b"PK\x03\x04", "FILE: a workbook under the name of a text file; rename it to .xlsx");
        let broken = check_message(b"PK\x03\x04 not really a workbook");
        assert!(broken.contains("not a whole workbook"), "{broken}");
    }

    #[test]
    fn workbooks_as_a_person_sees_them() {
        use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

        let mut book = Workbook::new();
        book.add_worksheet().set_name("说明").expect("named").write(0, 0, "填表说明").expect("written");
        let sheet = book.add_worksheet();
        sheet.set_name("名录").expect("named");
        sheet.write(0, 0, "某县底册").expect("written");
        for (at, heading) in ["单位名称", "代码", "数量", "日期"].into_iter().enumerate() {
            sheet.write(2, at as u16, heading).expect("written");
        }
        let day = ExcelDateTime::from_ymd(2017, 3, 9).expect("a day");
        sheet.write(3, 0, "甲厂").expect("written");
        sheet.write(3, 1, 914101820000000000.0).expect("written");
        sheet.write(3, 2, 20.0).expect("written");
        sheet.write_with_format(3, 3, &day, &Format::new().set_num_format("yyyy/m/d")).expect("written");
        sheet.write(5, 0, "乙厂").expect("written");
        sheet.write(5, 1, "0371").expect("written");
        sheet.write(5, 2, 0.1 + 0.2).expect("written");
        sheet.write(6, 0, "合 计：").expect("written");
        let bytes = book.save_to_buffer().expect("saved");
        check(
            "list.xlsx",
            &bytes,
            "4:单位名称=甲厂 代码=9.1410182E+17 数量=20 日期=2017-03-09 | 6:单位名称=乙厂 代码=0371 数量=0.3 日期=",
        );
        let cut = told("cut.xlsx", &bytes[..bytes.len() / 2]);
        assert!(cut.contains("not a whole workbook"), "{cut}");
    }

    fn check_message(bytes: &[u8]) -> String {
        let path = std::env::temp_dir().join(format!("wupu-read-{}-broken.xlsx", std::process::id()));
        std::fs::write(&path, bytes).expect("written");
        let error = rows(&path, &|_| true).err().map(|e| e.to_string()).unwrap_or_default();
        std::fs::remove_file(&path).ok();
        error
    }
}
