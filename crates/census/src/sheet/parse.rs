//! From typed text to a value, item by item.
//!
//! What is accepted besides the plain form: full-width characters, blanks around the text,
//! commas between groups of three digits, the item's own unit of measure after a number,
//! `code|name` for a code, the usual spellings of dates and angles. Everything else is
//! *unreadable*, with the reason; the typed text stays as it is.

use std::borrow::Cow;

use instrument::model::{Item, ItemType};
use serde::{Deserialize, Serialize};

use super::{angle, number};
use crate::text;

/// What a typed text means for an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parsed<'a> {
    /// Not filled.
    Blank,
    /// Scaled by the item's decimals: `12.5` in an item with 3 decimals is 12500.
    Number(i64),
    Text(Cow<'a, str>),
    Code(Cow<'a, str>),
    /// In the order typed.
    Codes(Vec<Cow<'a, str>>),
    /// Days since 1970-01-01.
    Date(i64),
    /// `year * 12 + (month - 1)`.
    YearMonth(i64),
    Angle {
        /// Arc seconds × 10 000.
        value: i64,
        /// Decimals of the seconds as typed; `None` when typed in decimal degrees.
        decimals: Option<u8>,
    },
    Unreadable(Unread),
}

/// Why a typed text is not a value of its item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum Unread {
    #[error("{text} is not a number")]
    NotNumber { text: String },
    #[error("{text}: at most {allowed} decimals are allowed, {given} were typed")]
    Decimals { text: String, allowed: u8, given: usize },
    #[error("{text}: commas must stand between groups of three digits")]
    Commas { text: String },
    #[error("{text}: a spreadsheet shortened this number; type all digits")]
    Shortened { text: String },
    #[error("{text}: unit {unit} is not the item's unit {expected}; convert the number and leave the unit out")]
    OtherUnit { text: String, unit: String, expected: String },
    #[error("{text} is negative")]
    Negative { text: String },
    #[error("{text} is too large")]
    TooLarge { text: String },
    #[error("{given} characters, at most {max} are allowed")]
    TooLong { max: u16, given: usize },
    #[error("{given} codes, at most {max} are allowed")]
    TooMany { max: u8, given: usize },
    #[error("{text}: one code is expected; several belong in an item for several")]
    SeveralCodes { text: String },
    #[error("{text} is not a date; write 2017-12-31")]
    NotDate { text: String },
    #[error("{text} is not a year and month; write 2017-12")]
    NotYearMonth { text: String },
    #[error("{text} is not an angle; write 113°23′45.67″ or 113.396019")]
    NotAngle { text: String },
    #[error("{text}: {part} is out of range")]
    AngleRange { text: String, part: String },
}

impl Unread {
    /// The reason in Chinese, for the person at the form.
    pub fn zh(&self) -> String {
        match self {
            Unread::NotNumber { .. } => "不是数字".into(),
            Unread::Decimals { allowed, given, .. } => format!("小数最多{allowed}位，填了{given}位"),
            Unread::Commas { .. } => "千分位逗号的位置不对".into(),
            Unread::Shortened { .. } => "被电子表格改成了科学计数，请填写完整数字".into(),
            Unread::OtherUnit { unit, expected, .. } => format!("计量单位应为{expected}，不是{unit}，请换算后只填数字"),
            Unread::Negative { .. } => "不得为负".into(),
            Unread::TooLarge { .. } => "数值过大".into(),
            Unread::TooLong { max, given } => format!("最多{max}个字，填了{given}个"),
            Unread::TooMany { max, given } => format!("最多{max}个代码，填了{given}个"),
            Unread::SeveralCodes { .. } => "只能填一个代码".into(),
            Unread::NotDate { .. } => "不是日期，应写作2017-12-31".into(),
            Unread::NotYearMonth { .. } => "不是年月，应写作2017-12".into(),
            Unread::NotAngle { .. } => "不是经纬度，应写作113°23′45.67″".into(),
            Unread::AngleRange { .. } => "经纬度的度、分、秒超出范围".into(),
        }
    }
}

/// Reads a typed text against its item.
pub fn parse<'a>(item: &Item, typed: &'a str) -> Parsed<'a> {
    parse_as(&item.ty, &item.measure.text, typed)
}

/// Reads a typed text as a type; `unit` is the unit of measure a number may carry. Only a
/// temperature may be negative.
pub fn parse_as<'a>(ty: &ItemType, unit: &str, typed: &'a str) -> Parsed<'a> {
    let text = narrow(typed);
    if text.is_empty() {
        return Parsed::Blank;
    }
    let read = match ty {
        ItemType::Number { scale } => signed(number::parse(&text, *scale, unit), unit, &text),
        ItemType::Text { max } => free_text(typed, *max),
        ItemType::Code { .. } => one_code(text),
        ItemType::Codes { max, .. } => several_codes(text, *max),
        ItemType::Date => date(&text).map(Parsed::Date).ok_or_else(|| Unread::NotDate { text: text.into() }),
        ItemType::YearMonth => {
            year_month(&text).map(Parsed::YearMonth).ok_or_else(|| Unread::NotYearMonth { text: text.into() })
        }
        ItemType::Angle => angle::parse(&text).map(|(value, decimals)| Parsed::Angle { value, decimals }),
    };
    read.unwrap_or_else(Parsed::Unreadable)
}

/// Half-width form; nothing is copied when the text is in that form already, as nearly all are.
fn narrow(typed: &str) -> Cow<'_, str> {
    if typed.is_ascii() { Cow::Borrowed(typed.trim_ascii()) } else { Cow::Owned(text::narrow(typed)) }
}

fn signed<'a>(read: Result<i64, Unread>, unit: &str, text: &str) -> Result<Parsed<'a>, Unread> {
    let value = read?;
    if value < 0 && !matches!(unit, "C" | "℃" | "K") {
        return Err(Unread::Negative { text: text.to_owned() });
    }
    Ok(Parsed::Number(value))
}

/// Text is kept as typed but for the blanks around it: a name's full-width brackets are its own.
fn free_text(typed: &str, max: u16) -> Result<Parsed<'_>, Unread> {
    let text = typed.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    // A byte is at most a character, so that most texts need not be counted.
    if max > 0 && text.len() > usize::from(max) {
        let given = text.chars().count();
        if given > usize::from(max) {
            return Err(Unread::TooLong { max, given });
        }
    }
    Ok(Parsed::Text(Cow::Borrowed(text)))
}

/// `4430` or `4430|热力生产和供应`.
fn one_code(text: Cow<'_, str>) -> Result<Parsed<'_>, Unread> {
    if text.contains(';') {
        return Err(Unread::SeveralCodes { text: text.into() });
    }
    Ok(Parsed::Code(match text {
        Cow::Borrowed(text) => Cow::Borrowed(before_bar(text)),
        Cow::Owned(text) => Cow::Owned(before_bar(&text).to_owned()),
    }))
}

fn several_codes(text: Cow<'_, str>, max: u8) -> Result<Parsed<'_>, Unread> {
    fn split(text: &str) -> impl Iterator<Item = &str> {
        text.split([';', '、']).map(before_bar).filter(|code| !code.is_empty())
    }
    let codes: Vec<Cow<'_, str>> = match text {
        Cow::Borrowed(text) => split(text).map(Cow::Borrowed).collect(),
        Cow::Owned(text) => split(&text).map(|code| Cow::Owned(code.to_owned())).collect(),
    };
    if max > 0 && codes.len() > usize::from(max) {
        return Err(Unread::TooMany { max, given: codes.len() });
    }
    Ok(Parsed::Codes(codes))
}

fn before_bar(text: &str) -> &str {
    text.split('|').next().unwrap_or_default().trim()
}

/// Days since 1970-01-01 of `2017-12-31`, `2017/12/31`, `2017.12.31`, `2017年12月31日`, `20171231`;
/// a time of day after it is left out.
pub(crate) fn date(text: &str) -> Option<i64> {
    let text = text.split(['T', ' ']).next().unwrap_or_default();
    let (year, month, day) = match parts(text).as_slice() {
        [all] if all.len() == 8 => (all[..4].parse().ok()?, all[4..6].parse().ok()?, all[6..].parse().ok()?),
        [year, month, day] if year.len() == 4 => (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?),
        _ => return None,
    };
    days(year, month, day)
}

/// A day as typed in its plain form: `2018-04-20`.
pub(crate) fn iso(typed: &str) -> Option<String> {
    let (year, month, day) = expr::calendar::civil(date(&narrow(typed))?);
    Some(format!("{year:04}-{month:02}-{day:02}"))
}

/// `year * 12 + (month - 1)` of `2017-12`, `2017/12`, `2017年12月`, `201712`.
fn year_month(text: &str) -> Option<i64> {
    let (year, month): (i64, i64) = match parts(text).as_slice() {
        [all] if all.len() == 6 => (all[..4].parse().ok()?, all[4..].parse().ok()?),
        [year, month] if year.len() == 4 => (year.parse().ok()?, month.parse().ok()?),
        _ => return None,
    };
    (1..=12).contains(&month).then_some(year * 12 + month - 1)
}

/// The runs of digits of a date; nothing when anything but a date's own signs stands between.
fn parts(text: &str) -> Vec<&str> {
    let trimmed = text.trim_end_matches(['日', '月', '号']);
    let parts: Vec<&str> = trimmed.split(['-', '/', '.', '年', '月']).collect();
    let plain = parts.iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
    if plain { parts } else { Vec::new() }
}

/// Days since 1970-01-01 of a civil date, or nothing when there is no such day.
pub(crate) fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) || !(1..=9999).contains(&year) {
        return None;
    }
    // Years begin in March, so that the leap day is the last of its year.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, of_era) = (y.div_euclid(400), y.rem_euclid(400));
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * m + 2) / 5 + day - 1 - 719_468)
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
