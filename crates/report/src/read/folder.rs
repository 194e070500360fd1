//! A folder of filled sheets: one file a form or row block, merged unit by unit.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use census::sheet::{Row, UnitSheets, Values};
use expr::diagnostic::nearest;
use instrument::model::Instrument;

use super::{Beside, Kind, ReadError, beside, kind, text};

/// The units of a folder in the order of their codes; memory holds one unit.
pub struct SheetFolder {
    files: Vec<Source>,
    respondents: BTreeMap<String, String>,
    failed: bool,
}

impl SheetFolder {
    /// Rows of totals (合计) passed over so far, in all files.
    pub fn skipped(&self) -> u32 {
        self.files.iter().map(|f| f.skipped).sum()
    }

    /// Whether a file of this form and block is there; the flat part is the block without a name.
    pub fn holds(&self, form: &str, block: &str) -> bool {
        self.files.iter().any(|f| f.form == form && f.block == block)
    }

    /// The next units, at most so many; empty at the end.
    pub fn chunk(&mut self, most: usize) -> Result<Vec<UnitSheets>, ReadError> {
        self.by_ref().take(most).collect()
    }
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
    rows: Rows,
    next: Option<(u64, Vec<String>)>,
    skipped: u32,
}

/// Opens a folder of `FORM.csv` and `FORM.block.csv` files (xlsx and parquet alike). Every heading is checked before
/// the first row; the files are merged by unit, so each must be sorted by its first column. One file of a form may
/// stand for a folder that holds nothing else.
pub fn sheets_folder(instrument: &Instrument, folder: &Path) -> Result<SheetFolder, ReadError> {
    let open = |e: std::io::Error| ReadError::Open { file: folder.to_owned(), why: e.to_string() };
    let mut paths: Vec<PathBuf> = if folder.is_file() {
        vec![folder.to_owned()]
    } else {
        std::fs::read_dir(folder).map_err(open)?.flatten().map(|e| e.path()).collect()
    };
    // A spreadsheet program leaves `~$G102.xlsx` beside an open file.
    let locked = |p: &Path| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with(['~', '.']));
    paths.retain(|p| !matches!(kind(p), Kind::Other) && !locked(p));
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        files.push(source(instrument, path)?);
    }
    if files.is_empty() && folder.is_file() {
        return Err(ReadError::Kind { file: folder.to_owned() });
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
    let mut columns: Vec<Option<String>> = Vec::new();
    for (n, heading) in head.iter().enumerate() {
        let code = heading.trim().trim_start_matches('\u{feff}').split_whitespace().next().unwrap_or_default();
        if n == 0 {
            if !UNIT_HEADINGS.contains(&code) {
                return Err(ReadError::NoUnit { file: path });
            }
            columns.push(None);
        } else if matches!(code, "row" | "name" | "行" | "单位名称" | "") {
            columns.push(None);
        } else if known.contains(&code) {
            if columns.iter().flatten().any(|c| c == code) {
                return Err(ReadError::ColumnTwice { file: path, column: code.to_owned() });
            }
            columns.push(Some(code.to_owned()));
        } else {
            let near = nearest(code, known.iter().copied()).map(str::to_owned);
            return Err(ReadError::UnknownColumn { form, column: code.to_owned(), near, file: path });
        }
    }
    let mut source = Source { path, form, block, columns, rows, next: None, skipped: 0 };
    source.advance()?;
    // A second row of headings holds the names.
    if source.unit().is_some_and(|unit| UNIT_HEADINGS.contains(&unit)) {
        source.advance()?;
    }
    Ok(source)
}

const UNIT_HEADINGS: [&str; 5] = ["unit", "普查对象", "普查对象代码", "统一社会信用代码", "区划代码"];

/// Rows of one unit in one block: a unit is held whole, and no unit has so many.
const MOST_ROWS: usize = 20_000;

type Rows = Box<dyn Iterator<Item = Result<(u64, Vec<String>), ReadError>>>;

/// The headings, then the rows, each with its line.
fn raw_rows(path: &Path) -> Result<Rows, ReadError> {
    match kind(path) {
        Kind::Text => {
            let mut records = text::Records::open(path)?;
            let (mut headings, file) = (None, path.to_owned());
            Ok(Box::new(std::iter::from_fn(move || {
                let (line, row) = match records.next() {
                    Err(error) => return Some(Err(error)),
                    Ok(None) => return None,
                    Ok(Some((line, record))) => (line, record.iter().map(str::to_owned).collect::<Vec<_>>()),
                };
                let cells = row.len();
                let headings = *headings.get_or_insert(cells);
                let file = || file.clone();
                Some(if cells > headings {
                    Err(ReadError::Wide { file: file(), line, cells, headings })
                } else if records.cut_off(headings) {
                    Err(ReadError::CutOff { file: file(), line, cells, headings })
                } else {
                    Ok((line, row))
                })
            })))
        }
        Kind::Workbook => {
            let is_heading = |cells: &[String]| {
                cells.first().is_some_and(|c| UNIT_HEADINGS.contains(&c.split_whitespace().next().unwrap_or_default()))
            };
            let mut head: Option<Vec<String>> = None;
            let mut body = Vec::new();
            for sheet in super::workbook::sheets(path)? {
                let mut rows = sheet.rows.into_iter();
                // Sheets without the headings hold explanations.
                let Some(headings) = rows.by_ref().take(super::LOOKED).find(|row| is_heading(&row.cells)) else {
                    continue;
                };
                head.get_or_insert_with(|| headings.cells.iter().map(|c| c.trim().to_owned()).collect());
                body.extend(rows.map(|row| Ok((u64::from(row.number), row.cells))));
            }
            let Some(head) = head else { return Err(ReadError::NoUnit { file: path.to_owned() }) };
            Ok(Box::new(std::iter::once(Ok((1, head))).chain(body)))
        }
        #[cfg(feature = "parquet")]
        Kind::Parquet => Ok(Box::new(super::parquet::rows(path)?)),
        _ => Err(ReadError::Kind { file: path.to_owned() }),
    }
}

impl Source {
    /// Goes to the next row that is of a unit.
    fn advance(&mut self) -> Result<(), ReadError> {
        loop {
            self.next = self.rows.next().transpose()?;
            let Some((line, cells)) = &self.next else { return Ok(()) };
            match beside(cells.iter().map(String::as_str)) {
                Some(Beside::Empty) => {}
                Some(Beside::Total) => self.skipped += 1,
                None if cells[0].trim().is_empty() => {
                    return Err(ReadError::NoCode { file: self.path.clone(), line: *line });
                }
                None => return Ok(()),
            }
        }
    }

    fn unit(&self) -> Option<&str> {
        self.next.as_ref().and_then(|(_, cells)| cells.first()).map(|c| c.trim())
    }

    /// Takes the rows of one unit into its sheets.
    fn take(&mut self, unit: &str, sheets: &mut UnitSheets) -> Result<(), ReadError> {
        let mut first = true;
        while self.unit() == Some(unit) {
            let (line, cells) = self.next.take().unwrap_or_default();
            if self.block.is_empty() && !std::mem::take(&mut first) {
                return Err(ReadError::Twice { file: self.path.clone(), line, unit: unit.to_owned() });
            }
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
                let rows = values.blocks.entry(self.block.clone()).or_default();
                if rows.len() == MOST_ROWS {
                    let (file, unit) = (self.path.clone(), unit.to_owned());
                    return Err(ReadError::ManyRows { file, line, unit, most: MOST_ROWS });
                }
                rows.push(row);
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

#[cfg(test)]
pub(crate) mod tests {
    use instrument::model::{Block, Form, FormKind, Item, ItemType, Mark, Provenance, Required};

    use super::*;

    /// A form `G102` with the flat items 01, 02 and a block `facility` of item 05; H1 in the header.
    pub fn instrument() -> Instrument {
        let item = |code: &str, block: usize| Item {
            code: code.to_owned(),
            name: format!("指标{code}"),
            name_en: String::new(),
            block,
            ty: ItemType::Text { max: 50 },
            measure: expr::measure::Measure::none(),
            required: Required::No,
            notes: String::new(),
            provenance: Provenance { mark: Mark::Seen, text: "S".to_owned() },
            column: expr::schema::ColumnId { table: expr::schema::TableId(0), column: 0 },
        };
        let block = |name: &str| Block {
            name: name.to_owned(),
            title: name.to_owned(),
            many: !name.is_empty(),
            table: expr::schema::TableId(0),
        };
        let mut instrument = Instrument::empty();
        "x-2017".clone_into(&mut instrument.id);
        "1".clone_into(&mut instrument.version);
        instrument.period = 2017;
        instrument.common = vec![item("H1", 0)];
        instrument.forms = vec![Form {
            code: "G102".to_owned(),
            title: "废水".to_owned(),
            title_en: String::new(),
            family: "G".to_owned(),
            kind: FormKind::Base,
            respondent: "industrial".to_owned(),
            due: String::new(),
            items: vec![item("01", 0), item("02", 0), item("05", 1)],
            blocks: vec![block(""), block("facility")],
            confidence: String::new(),
        }];
        instrument
    }

    /// Files as (name, bytes) in; units as one text out.
    fn check(files: &[(&str, &[u8])], expect: &str) {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let at = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("wupu-folder-{}-{at}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("made");
        for (name, bytes) in files {
            std::fs::write(folder.join(name), bytes).expect("written");
        }
        let shown = |e: ReadError| {
            assert!(!e.zh().is_empty());
            e.to_string().replace(&format!("{}/", folder.display()), "")
        };
        let got = match sheets_folder(&instrument(), &folder) {
            Err(error) => shown(error),
            Ok(mut opened) => {
                let mut parts: Vec<String> = Vec::new();
                for unit in opened.by_ref() {
                    parts.push(unit.map_or_else(shown, |u| {
                        let values = &u.sheets["G102"];
                        format!("{}: {:?} {:?} {:?}", u.unit, values.common, values.flat, values.blocks)
                    }));
                }
                if opened.skipped() > 0 {
                    parts.push(format!("skipped {}", opened.skipped()));
                }
                parts.join(" | ")
            }
        };
        std::fs::remove_dir_all(&folder).ok();
        assert_eq!(got.replace('"', ""), expect);
    }

    #[test]
    fn files_are_merged_by_unit() {
        check(
            &[
                (
                    "G102.csv",
                    "\u{feff}unit,name,H1,01,02\r\n普查对象,单位名称,a,b,c\r\nA,甲,41,1,\r\nB,乙,,2,3\r\n合计,,,3,3"
                        .as_bytes(),
                ),
                ("G102.facility.csv", "unit,row,05 名称\nA,1,x\nA,2,y\nC,1,z\n".as_bytes()),
            ],
            "A: {H1: 41} {01: 1} {facility: [{05: x}, {05: y}]} | B: {} {01: 2, 02: 3} {} | C: {} {} {facility: [{05: z}]} | skipped 1",
        );
    }

    #[test]
    fn what_is_exported_is_read_again() {
        let values = Values {
            common: Row::from([("H1".into(), "410182".into())]),
            flat: Row::from([("01".into(), "007".into())]),
            blocks: BTreeMap::from([("facility".into(), vec![Row::from([("05".into(), "x,\"y\"".into())])])]),
        };
        let unit = census::frame::Unit {
            id: "1".into(),
            respondent: "industrial".into(),
            name: "甲厂".into(),
            code: "91A".into(),
            area: "410182000000".into(),
            address: String::new(),
            industries: Vec::new(),
            status: String::new(),
            listings: Vec::new(),
            simulated: true,
        };
        let sheets = UnitSheets { sheets: BTreeMap::from([("G102".into(), values)]), ..UnitSheets::default() };
        let units = [(unit, sheets)];
        let [flat, block] = ["", "facility"].map(|b| crate::write::flat_export(&instrument(), "G102", b, &units));
        let expect = "91A: {H1: 410182} {01: 007} {facility: [{05: x,\\y\\}]}";
        check(
            &[("G102.csv", &crate::write::csv_bytes(&flat)), ("G102.facility.csv", &crate::write::csv_bytes(&block))],
            expect,
        );
        let head = crate::write::Heading { simulated: true, ..Default::default() };
        let [flat, block] = [flat, block].map(|t| crate::write::xlsx_bytes(&t, &head).expect("written"));
        check(&[("G102.xlsx", &flat), ("G102.facility.xlsx", &block)], expect);
    }

    #[cfg(feature = "parquet")]
    #[test]
    fn parquet_is_read_without_float_noise() {
        use std::sync::Arc;

        use ::parquet::data_type::{ByteArrayType, DoubleType, Int32Type};
        use ::parquet::file::properties::WriterProperties;
        use ::parquet::file::writer::SerializedFileWriter;

        let file = |number: f64| {
            let schema =
                "message m { required binary unit (UTF8); required double 01; required int32 02 (DECIMAL(9,2)); }";
            let schema = Arc::new(::parquet::schema::parser::parse_message_type(schema).expect("a schema"));
            let mut bytes = Vec::new();
            let properties = Arc::new(WriterProperties::builder().build());
            let mut writer = SerializedFileWriter::new(&mut bytes, schema, properties).expect("begun");
            let mut group = writer.next_row_group().expect("a group");
            let mut column = group.next_column().expect("read").expect("unit");
            column.typed::<ByteArrayType>().write_batch(&["A".into()], None, None).expect("written");
            column.close().expect("closed");
            let mut column = group.next_column().expect("read").expect("01");
            column.typed::<DoubleType>().write_batch(&[number], None, None).expect("written");
            column.close().expect("closed");
            let mut column = group.next_column().expect("read").expect("02");
            column.typed::<Int32Type>().write_batch(&[1250], None, None).expect("written");
            column.close().expect("closed");
            group.close().expect("closed");
            writer.close().expect("closed");
            bytes
        };
        let whole = file(20.0);
        check(&[("G102.parquet", &whole)], "A: {} {01: 20, 02: 12.50} {}");
        check(
            &[("G102.parquet", &file(0.1 + 0.2))],
            "G102.parquet, line 1: column 01 holds 0.30000000000000004, a binary fraction; write the column as text or decimal",
        );
        check(
            &[("G102.parquet", &whole[..whole.len() / 2])],
            "G102.parquet: not a whole Parquet file (Parquet error: Invalid Parquet file. Corrupt footer); write it again",
        );
    }

    #[test]
    fn mistakes_say_where_and_what_to_do() {
        for (name, text, expect) in [
            ("G12.csv", "unit\n", "G12.csv: no form G12; did you mean G102?"),
            ("G102.facilty.csv", "unit\n", "G102.facilty.csv: no form G102.facilty; did you mean G102.facility?"),
            (
                "G102@2016.csv",
                "unit\n",
                "G102@2016.csv: form G102 of version 2016 does not exist; the instrument in use is x-2017 1",
            ),
            ("G102.csv", "unit,1\n", "G102.csv: form G102 has no item 1; did you mean 01?"),
            ("G102.csv", "unit,01,01\n", "G102.csv: the column 01 is there twice"),
            ("G102.csv", "01,unit\n", "G102.csv: the first column must be `unit` (普查对象代码)"),
            ("G102.csv", "", "G102.csv: the file is empty"),
            (
                "G102.csv",
                "unit,01,02\nA,1,234.5,6\n",
                "G102.csv, line 2: 4 cells under 3 headings; put a text or number that holds the separator into quotation marks",
            ),
            (
                "G102.csv",
                "unit,01,02\nA,1,2\nB,12",
                "G102.csv, line 3: the file ends in the middle of this row (2 of 3 cells); get the whole file",
            ),
            (
                "G102.csv",
                "unit,01\nA,1\nA,2\n",
                "G102.csv, line 3: unit A is there a second time; a form has one row a unit, its row blocks have files of their own",
            ),
            (
                "G102.csv",
                "unit,01\n,1\n",
                "G102.csv, line 2: no unit code in the first column; fill it or delete the row",
            ),
        ] {
            check(&[(name, text.as_bytes())], expect);
        }
        let rows = format!("unit,05\n{}", "A,1\n".repeat(MOST_ROWS + 1));
        check(
            &[("G102.facility.csv", rows.as_bytes())],
            "G102.facility.csv, line 20002: unit A has more than 20000 rows in one table; the first column must name the unit of each row",
        );
        check(
            &[("G102.csv", b"unit,01\nB,1\nA,2\n")],
            "G102.csv, line 3: unit A comes after B; sort the rows of every file by the first column",
        );
    }
}
