//! Tables out: workbooks and flat files. The same input gives the same bytes: no timestamp, no chance.

use std::fmt::Write as _;

use census::frame::Unit;
use census::sheet::UnitSheets;
use census::tabulate::{Cell, TableResult};
use expr::exact::Decimal;
use instrument::model::Instrument;
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

/// What stands at the head of everything printed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heading {
    /// 第二次全国污染源普查.
    pub census: String,
    pub office: String,
    pub area: String,
    /// Said wherever a figure shows.
    pub simulated: bool,
    /// Rests on recalled items or coefficients of the trial edition.
    pub provisional: bool,
    /// `cn-2017 2017.1`.
    pub instrument: String,
    /// Who took it away and when (水印): on every sheet and at the foot of every printed page; empty: nobody did.
    pub mark: String,
}

impl Heading {
    /// 模拟数据 / 暂定 / who took it away, or nothing.
    pub fn banner(&self) -> String {
        let mut words = Vec::new();
        if self.simulated {
            words.push("模拟数据，仅供练习");
        }
        if self.provisional {
            words.push("暂定：含凭回忆的指标和试用版系数");
        }
        if !self.mark.is_empty() {
            words.push(&self.mark);
        }
        words.join("；")
    }
}

/// A workbook that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the workbook cannot be written: {0}")]
pub struct WriteError(#[from] XlsxError);

/// Sheets of a form, one row a unit (or a row of a block), as texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlatTable {
    pub title: String,
    /// Code and name of each column.
    pub headings: Vec<[String; 2]>,
    pub rows: Vec<Vec<String>>,
}

/// A row of a list that goes back to its sender.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    pub file: String,
    pub sheet: String,
    pub row: u32,
    pub cells: Vec<(String, String)>,
    pub reason: String,
}

/// A finding in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingRow {
    pub unit_name: String,
    pub unit_code: String,
    pub area: String,
    pub rule: String,
    pub grade: String,
    pub form: String,
    pub row: u32,
    pub message: String,
    pub values: String,
}

/// The text of a cell: blank, 0 and a part are three different things.
pub fn cell_text(cell: &Cell) -> String {
    match cell {
        Cell::Absent => String::new(),
        Cell::Zero => "0".to_owned(),
        Cell::Value { value } => grouped(&value.to_string()),
        Cell::Part { value, incomplete } => format!("{}（缺{incomplete}行）", grouped(&value.to_string())),
        Cell::Withheld { .. } => "＊".to_owned(),
    }
}

/// Thousands separators.
pub fn grouped(number: &str) -> String {
    let (sign, bare) = number.strip_prefix('-').map_or(("", number), |b| ("-", b));
    let (whole, part) = bare.split_once('.').map_or((bare, None), |(w, p)| (w, Some(p)));
    let mut text = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    part.map_or_else(|| format!("{sign}{text}"), |p| format!("{sign}{text}.{p}"))
}

/// The mark at the foot of every printed page. `&` begins a command there and is doubled.
fn foot(sheet: &mut Worksheet, heading: &Heading) {
    if !heading.mark.is_empty() {
        let mark: String = heading.mark.replace('&', "&&").chars().take(200).collect();
        sheet.set_footer(format!("&L{mark}&R&P / &N"));
    }
}

fn workbook(title: &str) -> Result<Workbook, WriteError> {
    let mut book = Workbook::new();
    // A fixed day: the bytes depend on the figures alone.
    let day = ExcelDateTime::from_ymd(2018, 1, 1)?;
    book.set_properties(&DocProperties::new().set_title(title).set_creation_datetime(&day));
    Ok(book)
}

/// A table as a workbook: the table, and the versions it was built from.
pub fn table_workbook(table: &TableResult, heading: &Heading) -> Result<Vec<u8>, WriteError> {
    let mut book = workbook(&table.title)?;
    let (title, note) = (
        Format::new().set_bold().set_font_size(16).set_align(FormatAlign::Center),
        Format::new().set_font_size(9).set_text_wrap().set_align(FormatAlign::Left),
    );
    let warn = Format::new().set_bold().set_font_color("#B00020").set_align(FormatAlign::Center);
    let head = Format::new()
        .set_bold()
        .set_border(FormatBorder::Thin)
        .set_background_color("#DDE7F0")
        .set_align(FormatAlign::Center)
        .set_align(FormatAlign::VerticalCenter)
        .set_text_wrap();
    let text = Format::new().set_border(FormatBorder::Thin).set_num_format("@");
    let right = Format::new().set_border(FormatBorder::Thin).set_align(FormatAlign::Right);
    let bold = |f: &Format, total: bool| if total { f.clone().set_bold() } else { f.clone() };
    let sheet = book.add_worksheet();
    foot(sheet, heading);
    sheet.set_name(&table.code)?;
    let keys = table.key_heads.len() as u16;
    let width = keys * 2 + 1 + table.columns.len() as u16;
    sheet.merge_range(0, 0, 0, width - 1, &format!("{} {}", table.code, table.title), &title)?;
    sheet.merge_range(
        1,
        0,
        1,
        width - 1,
        &format!("{}　{}（{}）", heading.census, heading.area, table.calibre),
        &note,
    )?;
    sheet.merge_range(2, 0, 2, width - 1, &heading.banner(), &warn)?;
    let mut column = 0;
    for key in &table.key_heads {
        sheet.write_with_format(3, column, format!("{key}代码"), &head)?;
        sheet.write_with_format(3, column + 1, key, &head)?;
        sheet.set_column_width(column, 15)?;
        sheet.set_column_width(column + 1, 24)?;
        column += 2;
    }
    sheet.write_with_format(3, column, "单位数", &head)?;
    for (at, of) in table.columns.iter().enumerate() {
        let words = if of.unit.is_empty() { of.title.clone() } else { format!("{}\n（{}）", of.title, of.unit) };
        let place = column + 1 + at as u16;
        sheet.write_with_format(3, place, words, &head)?;
        sheet.set_column_width(place, 18)?;
    }
    sheet.set_row_height(3, 32)?;
    sheet.set_freeze_panes(4, keys * 2)?;
    for (at, row) in table.rows.iter().enumerate() {
        let line = 4 + at as u32;
        let total = row.depth == 0;
        for (n, key) in row.keys.iter().enumerate() {
            let indent = "　".repeat(usize::from(row.depth));
            sheet.write_string_with_format(line, n as u16 * 2, key.code.trim_matches('*'), &bold(&text, total))?;
            sheet.write_string_with_format(
                line,
                n as u16 * 2 + 1,
                format!("{indent}{}", key.name),
                &bold(&text, total),
            )?;
        }
        let place = bold(&right, total).set_num_format("#,##0");
        sheet.write_number_with_format(line, column, row.units, &place)?;
        for (n, cell) in row.cells.iter().enumerate() {
            write_cell(sheet, line, column + 1 + n as u16, cell, &bold(&right, total))?;
        }
    }
    let last = 4 + table.rows.len() as u32;
    sheet.merge_range(
        last,
        0,
        last,
        width - 1,
        &format!("空格为无此项，0 为合计为零，“缺n行”为有未能核算的行。{}", table.note),
        &note,
    )?;
    sheet.merge_range(
        last + 1,
        0,
        last + 1,
        width - 1,
        &format!("{}　{}", heading.office, heading.instrument),
        &note,
    )?;
    versions(book.add_worksheet(), table)?;
    Ok(book.save_to_buffer()?)
}

/// A figure as a number with all its decimals, so that it can be added up; one with more digits than a spreadsheet
/// keeps stands as text.
fn write_cell(sheet: &mut Worksheet, row: u32, column: u16, cell: &Cell, format: &Format) -> Result<(), WriteError> {
    let (value, behind) = match cell {
        Cell::Absent => {
            sheet.write_blank(row, column, format)?;
            return Ok(());
        }
        Cell::Withheld { .. } => {
            sheet.write_string_with_format(row, column, cell_text(cell), format)?;
            return Ok(());
        }
        Cell::Zero => (Decimal::ZERO, String::new()),
        Cell::Value { value } => (*value, String::new()),
        Cell::Part { value, incomplete } => (*value, format!("\"（缺{incomplete}行）\"")),
    };
    let text = value.to_string();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    match text.parse::<f64>() {
        Ok(number) if digits <= 15 => {
            let places = if value.scale == 0 { String::new() } else { format!(".{}", "0".repeat(value.scale.into())) };
            let shown = format.clone().set_num_format(format!("#,##0{places}{behind}"));
            sheet.write_number_with_format(row, column, number, &shown)?;
        }
        _ => {
            sheet.write_string_with_format(row, column, cell_text(cell), format)?;
        }
    }
    Ok(())
}

fn versions(sheet: &mut Worksheet, table: &TableResult) -> Result<(), WriteError> {
    sheet.set_name("版本")?;
    sheet.set_column_width(0, 40)?.set_column_width(1, 70)?;
    sheet.write(0, 0, "本表所据版本（校验值）")?;
    sheet.write(0, 1, &table.built_from.hash)?;
    sheet.write(1, 0, "普查对象")?;
    sheet.write(1, 1, "版本")?;
    for (at, (unit, version)) in table.built_from.versions.iter().enumerate() {
        sheet.write_string(at as u32 + 2, 0, unit)?;
        sheet.write_string(at as u32 + 2, 1, version)?;
    }
    Ok(())
}

/// The sheets of a form's block as a flat table; units without the form are left out.
pub fn flat_export(instrument: &Instrument, form: &str, block: &str, units: &[(Unit, UnitSheets)]) -> FlatTable {
    let mut headings = vec![["unit".to_owned(), "普查对象".to_owned()]];
    let many = !block.is_empty();
    if many {
        headings.push(["row".to_owned(), "行".to_owned()]);
    } else {
        headings.push(["name".to_owned(), "单位名称".to_owned()]);
    }
    let Some(of) = instrument.form(form) else {
        return FlatTable { title: form.to_owned(), headings, rows: Vec::new() };
    };
    let items: Vec<&instrument::model::Item> = of.items.iter().filter(|i| of.blocks[i.block].name == block).collect();
    if !many {
        headings.extend(instrument.common.iter().map(|i| [i.code.clone(), i.name.clone()]));
    }
    headings.extend(items.iter().map(|i| [i.code.clone(), i.name.clone()]));
    let mut rows = Vec::new();
    for (unit, sheets) in units {
        let Some(values) = sheets.sheets.get(form) else { continue };
        let code = if unit.code.is_empty() { &unit.id } else { &unit.code };
        for (at, row) in values.rows(block).iter().enumerate() {
            let mut line = vec![code.clone(), if many { (at + 1).to_string() } else { unit.name.clone() }];
            if !many {
                line.extend(instrument.common.iter().map(|i| values.common.get(&i.code).cloned().unwrap_or_default()));
            }
            line.extend(items.iter().map(|i| row.get(&i.code).cloned().unwrap_or_default()));
            rows.push(line);
        }
    }
    FlatTable { title: format!("{form} {}", of.title), headings, rows }
}

/// A text that a spreadsheet takes as a text also when it comes from a CSV file: what would begin a formula is led by an
/// apostrophe. Workbooks need none of this, their cells say that they are texts.
pub fn plain_text(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

/// CSV for Excel: UTF-8 with a mark, a row of codes and a row of names.
pub fn csv_bytes(table: &FlatTable) -> Vec<u8> {
    let mut out = String::from("\u{feff}");
    let mut line = |cells: &mut dyn Iterator<Item = &str>| {
        for (at, cell) in cells.enumerate() {
            if at > 0 {
                out.push(',');
            }
            if cell.contains([',', '"', '\n', '\r']) {
                let _ = write!(out, "\"{}\"", cell.replace('"', "\"\""));
            } else {
                out.push_str(cell);
            }
        }
        out.push_str("\r\n");
    };
    line(&mut table.headings.iter().map(|h| h[0].as_str()));
    line(&mut table.headings.iter().map(|h| h[1].as_str()));
    for row in &table.rows {
        line(&mut row.iter().map(String::as_str));
    }
    out.into_bytes()
}

/// Rows a worksheet bears under its three lines of headings.
const SHEET_ROWS: usize = 1_048_576 - 3;

/// The same as a workbook; every cell is text, so that no code loses its zeros. Rows beyond what a worksheet bears
/// go on in the next one, under the same headings.
pub fn xlsx_bytes(table: &FlatTable, heading: &Heading) -> Result<Vec<u8>, WriteError> {
    let mut book = workbook(&table.title)?;
    let head = Format::new().set_bold().set_background_color("#DDE7F0").set_text_wrap();
    let warn = Format::new().set_bold().set_font_color("#B00020");
    let mut pieces = table.rows.chunks(SHEET_ROWS);
    let mut piece = pieces.next().unwrap_or_default();
    loop {
        let sheet = book.add_worksheet();
        foot(sheet, heading);
        sheet.write_with_format(0, 0, heading.banner(), &warn)?;
        for (at, [code, name]) in table.headings.iter().enumerate() {
            sheet.write_string_with_format(1, at as u16, code, &head)?;
            sheet.write_string_with_format(2, at as u16, name, &head)?;
            sheet.set_column_width(at as u16, if at < 2 { 24 } else { 14 })?;
        }
        sheet.set_freeze_panes(3, 2)?;
        for (at, row) in piece.iter().enumerate() {
            for (n, cell) in row.iter().enumerate().filter(|(_, c)| !c.is_empty()) {
                sheet.write_string(at as u32 + 3, n as u16, borne(cell).as_ref())?;
            }
        }
        match pieces.next() {
            Some(next) => piece = next,
            None => break,
        }
    }
    Ok(book.save_to_buffer()?)
}

/// A text as a cell bears it: what is longer is cut, and says so.
fn borne(cell: &str) -> std::borrow::Cow<'_, str> {
    const MOST: usize = 32_767;
    const CUT: &str = "……（过长，未全部显示）";
    if cell.len() <= MOST || cell.encode_utf16().count() <= MOST {
        return cell.into();
    }
    // No character takes more than two units.
    cell.chars().take((MOST - CUT.len()) / 2).chain(CUT.chars()).collect::<String>().into()
}

/// Rows of a list that could not be read, each with its reason, to be mended and sent again.
pub fn rejected_workbook(rows: &[RejectedRow], heading: &Heading) -> Result<Vec<u8>, WriteError> {
    let mut headings: Vec<String> = Vec::new();
    for (name, _) in rows.iter().flat_map(|r| &r.cells) {
        if !headings.contains(name) {
            headings.push(name.clone());
        }
    }
    let mut table = FlatTable {
        title: "退回的行".to_owned(),
        headings: ["reason", "file", "sheet", "row"]
            .iter()
            .zip(["原因", "文件", "工作表", "行号"])
            .map(|(c, n)| [(*c).to_owned(), n.to_owned()])
            .collect(),
        rows: Vec::new(),
    };
    table.headings.extend(headings.iter().map(|h| [h.clone(), h.clone()]));
    for row in rows {
        let mut line = vec![row.reason.clone(), row.file.clone(), row.sheet.clone(), row.row.to_string()];
        line.extend(
            headings
                .iter()
                .map(|h| row.cells.iter().find(|(n, _)| n == h).map_or_else(String::new, |(_, c)| c.clone())),
        );
        table.rows.push(line);
    }
    xlsx_bytes(&table, heading)
}

/// Findings as a workbook.
pub fn findings_workbook(rows: &[FindingRow], heading: &Heading) -> Result<Vec<u8>, WriteError> {
    let names = ["单位名称", "单位代码", "区划", "规则", "级别", "表", "行", "问题", "数值"];
    let codes = ["name", "code", "area", "rule", "grade", "form", "row", "message", "values"];
    let table = FlatTable {
        title: "审核问题".to_owned(),
        headings: codes.iter().zip(names).map(|(c, n)| [(*c).to_owned(), n.to_owned()]).collect(),
        rows: rows
            .iter()
            .map(|r| {
                vec![
                    r.unit_name.clone(),
                    r.unit_code.clone(),
                    r.area.clone(),
                    r.rule.clone(),
                    r.grade.clone(),
                    r.form.clone(),
                    r.row.to_string(),
                    r.message.clone(),
                    r.values.clone(),
                ]
            })
            .collect(),
    };
    xlsx_bytes(&table, heading)
}

#[cfg(test)]
pub(crate) mod tests {
    use census::tabulate::{BuiltFrom, ColumnHead, Key, TableRow};

    use super::*;

    /// A table of rows `code|name|depth|cell|cell`: `-` blank, `0` zero, `~7` a part, anything else a value.
    pub fn table(code: &str, columns: &[&str], rows: &str) -> TableResult {
        let cell = |text: &str| match text {
            "-" => Cell::Absent,
            "0" => Cell::Zero,
            _ => match text.strip_prefix('~') {
                Some(part) => Cell::Part { value: part.parse().expect("a number"), incomplete: 1 },
                None => Cell::Value { value: text.parse().expect("a number") },
            },
        };
        let unit = |title: &str| if title.ends_with('数') { "个" } else { "立方米" }.to_owned();
        TableResult {
            code: code.to_owned(),
            title: "试验表".to_owned(),
            area: "410182000000".parse().expect("a code"),
            area_name: "某县".to_owned(),
            tree: census::area::Tree::Code,
            calibre: "按代码".to_owned(),
            key_heads: vec!["行业".to_owned()],
            columns: columns.iter().map(|t| ColumnHead { title: (*t).to_owned(), unit: unit(t) }).collect(),
            rows: rows
                .lines()
                .map(|line| {
                    let parts: Vec<&str> = line.split('|').collect();
                    TableRow {
                        keys: vec![Key { code: parts[0].into(), name: parts[1].into(), part_of: None }],
                        depth: parts[2].parse().expect("a depth"),
                        units: 1234,
                        cells: parts[3..].iter().map(|t| cell(t)).collect(),
                    }
                })
                .collect(),
            note: String::new(),
            simulated: true,
            built_from: BuiltFrom::of([("u1".to_owned(), "v1".to_owned())].into()),
        }
    }

    #[test]
    fn a_table_is_read_back_as_written() {
        use calamine::{Reader, Xlsx};

        let table = table(
            "T02",
            &["单位数", "废水排放量"],
            "*|合计|0|10|1234.50\n07|油气|1|0|-\n17|纺织业|1|~5|12345678901234567.5",
        );
        let head = Heading { census: "普查".into(), area: "某县".into(), simulated: true, ..Heading::default() };
        let bytes = table_workbook(&table, &head).expect("written");
        assert_eq!(bytes, table_workbook(&table, &head).expect("written"), "the same bytes twice");
        let mut book: Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(bytes)).expect("a workbook");
        let mut text = String::new();
        for name in book.sheet_names() {
            let range = book.worksheet_range(&name).expect("a sheet");
            for row in range.rows() {
                let cells: Vec<String> = row.iter().map(|c| c.to_string().replace('\n', "")).collect();
                let _ = writeln!(text, "{}", cells.join("|").trim_end_matches('|'));
            }
        }
        let hash = &table.built_from.hash;
        let expect = format!(
            "T02 试验表\n普查　某县（按代码）\n模拟数据，仅供练习\n\
             行业代码|行业|单位数|单位数（个）|废水排放量（立方米）\n\
             |合计|1234|10|1234.5\n\
             07|　油气|1234|0\n\
             17|　纺织业|1234|5|12,345,678,901,234,567.5\n\
             空格为无此项，0 为合计为零，“缺n行”为有未能核算的行。\n　\n\
             本表所据版本（校验值）|{hash}\n普查对象|版本\nu1|v1\n"
        );
        assert_eq!(text, expect);
    }

    #[test]
    fn numbers_are_grouped() {
        for (given, expect) in [("0", "0"), ("999", "999"), ("1000", "1,000"), ("-1234567.50", "-1,234,567.50")] {
            assert_eq!(grouped(given), expect);
        }
    }

    #[test]
    fn a_flat_table_is_the_same_twice() {
        let table = FlatTable {
            title: "t".into(),
            headings: vec![["unit".into(), "普查对象".into()], ["01".into(), "取水量".into()]],
            rows: vec![vec!["0123".into(), "1,5\"".into()]],
        };
        let head = Heading::default();
        assert_eq!(xlsx_bytes(&table, &head).expect("written"), xlsx_bytes(&table, &head).expect("written"));
        let text = String::from_utf8(csv_bytes(&table)).expect("text");
        assert_eq!(text, "\u{feff}unit,01\r\n普查对象,取水量\r\n0123,\"1,5\"\"\"\r\n");
    }
}
