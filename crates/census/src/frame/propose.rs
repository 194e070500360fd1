//! A proposal which column means what: from the words of the headings, and from what stands below them.

use expr::check_digit;

use super::heading::Likeness;
use super::{AnglePart, Field, HeadingMap};
use crate::sheet::{angle, date};
use crate::text;

/// A column of a list and what it seems to mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// As the file has it.
    pub heading: String,
    /// `None`: nothing was recognised.
    pub field: Option<Field>,
    /// Per cent.
    pub sure: u8,
    pub why: Why,
    /// The content speaks against it.
    pub doubt: bool,
    /// Filled cells among those looked at.
    pub filled: usize,
    /// The first different ones.
    pub samples: Vec<String>,
}

/// Why a column means what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    Same,
    Bare,
    Part(String),
    /// A part of the heading and the content agree.
    PartAndContent(String),
    Content,
    Nothing,
    /// A profile says so.
    Profile,
}

impl Why {
    pub fn zh(&self) -> String {
        match self {
            Why::Same => "列名相同".to_owned(),
            Why::Bare => "列名相同（括号、星号不计）".to_owned(),
            Why::Part(part) => format!("列名含“{part}”"),
            Why::PartAndContent(part) => format!("列名含“{part}”，内容相符"),
            Why::Content => "列名不认识，内容像".to_owned(),
            Why::Nothing => "不认识".to_owned(),
            Why::Profile => "导入方案".to_owned(),
        }
    }

    pub fn en(&self) -> String {
        match self {
            Why::Same => "the heading is known".to_owned(),
            Why::Bare => "the heading is known but for brackets and stars".to_owned(),
            Why::Part(part) => format!("{part} is a part of the heading"),
            Why::PartAndContent(part) => format!("{part} is a part of the heading, and the content agrees"),
            Why::Content => "the content looks like it".to_owned(),
            Why::Nothing => "not recognised".to_owned(),
            Why::Profile => "the profile says so".to_owned(),
        }
    }
}

/// Per cent from which a column is read without a person's word.
pub const SURE: u8 = 80;

/// Sure when the heading is known but the content speaks against it; when a part of it is known and the content agrees;
/// when only the content speaks.
const DOUBTED: u8 = 85;
const AGREED: u8 = 90;
const CONTENT: u8 = 60;

/// Cells from which the content of a column says something, and samples that are shown.
const ENOUGH: usize = 5;
const SHOWN: usize = 3;

/// What each column of a list means, from the first rows: heading → text.
pub fn proposal(map: &HeadingMap, headings: &[String], rows: &[Vec<(String, String)>]) -> Vec<Column> {
    let mut columns: Vec<Column> = headings.iter().map(|heading| column(map, heading, rows)).collect();
    // What only the content says gives way to a column whose heading says it.
    let named: Vec<Field> = columns.iter().filter(|c| c.sure >= SURE).filter_map(|c| c.field.clone()).collect();
    for column in columns.iter_mut().filter(|c| c.why == Why::Content) {
        if column.field.as_ref().is_some_and(|field| named.contains(field)) {
            (column.field, column.sure, column.why) = (None, 0, Why::Nothing);
        }
    }
    columns
}

/// The columns that are sure enough, as a map to read by; of columns of one field the order of the instrument counts.
pub fn mapping(map: &HeadingMap, columns: &[Column]) -> HeadingMap {
    let sure = columns.iter().filter(|c| c.sure >= SURE);
    HeadingMap::of(sure.filter_map(|column| {
        let rank = map.meaning(&column.heading).map_or(usize::MAX, |meaning| meaning.rank);
        Some((column.heading.as_str(), column.field.clone()?, rank))
    }))
}

fn column(map: &HeadingMap, heading: &str, rows: &[Vec<(String, String)>]) -> Column {
    let texts =
        rows.iter().filter_map(|row| row.iter().find(|(h, _)| h == heading)).map(|(_, text)| text::narrow(text));
    let cells: Vec<String> = texts.filter(|text| !text.is_empty()).collect();
    let mut samples: Vec<String> = Vec::new();
    for cell in &cells {
        if samples.len() < SHOWN && !samples.contains(cell) {
            samples.push(cell.clone());
        }
    }
    // Per cent of the cells that look like a field; `None`: too few, or nothing to tell it by.
    let looks = |field: &Field| {
        let like = look(field)?;
        (cells.len() >= ENOUGH).then(|| cells.iter().filter(|cell| like(cell)).count() * 100 / cells.len())
    };
    let mut doubt = false;
    let (field, sure, why) = match map.meaning(heading) {
        Some(meaning) => {
            let agrees = looks(&meaning.field);
            doubt = agrees.is_some_and(|share| share < 20);
            let (sure, why) = match meaning.likeness {
                Likeness::Same => (meaning.sure, Why::Same),
                Likeness::Bare => (meaning.sure, Why::Bare),
                Likeness::Part(part) if agrees.is_some_and(|share| share >= 80) => (AGREED, Why::PartAndContent(part)),
                Likeness::Part(part) => (meaning.sure, Why::Part(part)),
            };
            (Some(meaning.field), if doubt { sure.min(DOUBTED) } else { sure }, why)
        }
        None => match TELLING.into_iter().find(|field| looks(field).is_some_and(|share| share >= 90)) {
            Some(field) => (Some(field), CONTENT, Why::Content),
            None => (None, 0, Why::Nothing),
        },
    };
    Column { heading: heading.to_owned(), field, sure, why, doubt, filled: cells.len(), samples }
}

/// Fields that a column can be known by without its heading, the most telling first.
const TELLING: [Field; 8] = [
    Field::Permit,
    Field::CreditCode,
    Field::OrganisationCode,
    Field::Area,
    Field::Phone,
    Field::Lon(AnglePart::Whole),
    Field::Lat(AnglePart::Whole),
    Field::Name,
];

/// What a cell of the field looks like, where that can be told.
fn look(field: &Field) -> Option<fn(&str) -> bool> {
    let like: fn(&str) -> bool = match field {
        Field::Permit => |cell| check_digit::permit(&text::squeeze(cell)).is_some(),
        Field::CreditCode => |cell| {
            let cell = text::squeeze(cell).to_uppercase();
            check_digit::credit_code_valid(cell.get(..18).unwrap_or_default()) && cell.len() <= 21
        },
        Field::OrganisationCode => |cell| check_digit::organisation_code_valid(&cell.replace('-', "")),
        Field::Area => |cell| {
            let digits = cell.trim_end_matches(|c: char| c.is_ascii_alphabetic());
            let coded = matches!(digits.len(), 6 | 9 | 12) && digits.bytes().all(|b| b.is_ascii_digit());
            let province = digits.get(..2).and_then(|p| p.parse::<u8>().ok());
            (coded && province.is_some_and(|p| (11..=65).contains(&p))) || cell.ends_with(['省', '市', '县', '区'])
        },
        Field::Phone => |cell| {
            let digits: String = cell.chars().filter(char::is_ascii_digit).collect();
            let mobile = digits.len() == 11 && digits.starts_with('1');
            let landline = cell.starts_with('0') && (10..=12).contains(&digits.len());
            (mobile || landline || cell.contains('-') && digits.len() >= 7) && digits.len() + 3 > cell.len()
        },
        Field::Industry => |cell| {
            let bare = cell.trim_start_matches(|c: char| !c.is_ascii_digit());
            bare.chars().take_while(char::is_ascii_digit).count() >= 2
        },
        Field::Lon(AnglePart::Whole) => |cell| within(cell, 73, 136),
        Field::Lat(AnglePart::Whole) => |cell| within(cell, 3, 54),
        Field::Date(_) => |cell| date(cell).is_some() || cell.bytes().all(|b| b.is_ascii_digit()),
        Field::Name => |cell| {
            const ENDS: [&str; 12] = ["公司", "厂", "店", "场", "站", "部", "社", "院", "所", "中心", "作坊", "个体"];
            cell.chars().count() >= 4 && ENDS.iter().any(|end| cell.trim_end_matches([')', '）']).ends_with(end))
        },
        _ => return None,
    };
    Some(like)
}

fn within(cell: &str, low: i64, high: i64) -> bool {
    let degree = 36_000_000;
    // A whole number is anything.
    let telling = cell.contains(|c: char| !c.is_ascii_digit());
    telling && angle::parse(cell).is_ok_and(|(value, _)| (low * degree..=high * degree).contains(&value))
}

#[cfg(test)]
mod tests {
    use super::super::intake::tests::intake;
    use super::*;

    #[test]
    fn columns_are_proposed_from_words_and_content() {
        let headings: Vec<String> =
            ["厂家", "主体代码", "负责人手机", "行业类别", "备注", "统一社会信用代码"].map(str::to_owned).to_vec();
        let row = |at: usize| {
            let cells = [
                format!("荥阳市第{at}机械厂"),
                "91130200699229617X".to_owned(),
                format!("1380000000{at}"),
                "C3011 水泥制造".to_owned(),
                "无".to_owned(),
                "9.14E+17".to_owned(),
            ];
            headings.iter().cloned().zip(cells).collect::<Vec<_>>()
        };
        let rows: Vec<_> = (0..6).map(row).collect();
        let told: Vec<String> = proposal(&intake().headings, &headings, &rows)
            .iter()
            .map(|c| {
                let field = c.field.as_ref().map_or("-".to_owned(), Field::name);
                format!("{} {field} {}{} {}", c.heading, c.sure, if c.doubt { "?" } else { "" }, c.why.zh())
            })
            .collect();
        assert_eq!(
            told,
            [
                "厂家 name 60 列名不认识，内容像",
                "主体代码 - 0 不认识",
                "负责人手机 phone 90 列名含“手机”，内容相符",
                "行业类别 industry 100 列名相同",
                "备注 - 0 不认识",
                "统一社会信用代码 credit-code 85? 列名相同",
            ]
        );
    }
}
