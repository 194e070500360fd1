//! Cleaning (清洗): a small closed set of operations; which field gets which, in what order, is data of the instrument.
//!
//! The cell as received is kept beside what was read; every rule that changed something is named.

use expr::check_digit;
use instrument::files::Files;
use instrument::problem::{PackageError, Problems};
use instrument::rows::{CsvRow, Sheet};

use super::Field;
use crate::sheet::{angle, date, is_shortened};
use crate::text;

/// The cleaning rules of an instrument, in their order: `frame/cleaning.csv`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cleaning {
    rules: Vec<CleaningRule>,
}

/// A cleaning rule (清洗规则).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CleaningRule {
    /// `K05`; never used for another rule.
    pub code: String,
    /// As people read it.
    pub title: String,
    /// Names of fields; `*`: all.
    fields: Vec<String>,
    operation: Operation,
}

/// What a cell became.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cleaned {
    pub text: String,
    /// Positions of the rules that changed something.
    pub by: Vec<usize>,
    /// The cell cannot be used; `text` is empty then.
    pub fault: Option<Fault>,
}

/// Why a cell cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The row goes back, with the remedy.
    Refuse(String),
    /// The row stays, without this cell.
    LeaveOut(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Operation {
    Narrow,
    Squeeze,
    /// Blanks stay between Latin words only.
    Spaces,
    Upper,
    Blank(Vec<String>),
    StripStart(Vec<char>),
    Unwrap(String, String),
    Replace(Vec<(String, String)>),
    /// A word that stands twice in a row stands once.
    Collapse(Vec<String>),
    CompleteEnd(Vec<(String, String)>),
    BeforeName,
    AfterNumber,
    Codes,
    Class(Vec<(String, Vec<String>)>),
    /// A code that a spreadsheet shortened: `true` sends the row back.
    Whole(bool),
    LostDigits,
    Date,
    Angle([i64; 2]),
}

/// Names of the operations, for messages.
const OPERATIONS: [&str; 18] = [
    "narrow",
    "squeeze",
    "spaces",
    "upper",
    "blank",
    "strip-start",
    "unwrap",
    "replace",
    "collapse",
    "complete-end",
    "before-name",
    "after-number",
    "codes",
    "class",
    "whole",
    "lost-digits",
    "date",
    "angle",
];

const FILE: &str = "frame/cleaning.csv";
const CASES: &str = "frame/cleaning-cases.csv";

impl Cleaning {
    /// Reads the rules and, with `prove`, runs their cases; every rule has one in which it changes something.
    pub fn read(files: &dyn Files, prove: bool, problems: &mut Problems) -> Cleaning {
        let mut cleaning = Cleaning::default();
        let columns = ["rule", "fields", "operation", "with", "title", "mark"];
        let Some(sheet) = Sheet::read(files, FILE, &columns, problems) else { return cleaning };
        for row in sheet.rows() {
            let code = row.need("rule", problems);
            if cleaning.rules.iter().any(|r| r.code == code) {
                problems.add(row.problem("rule", format!("rule `{code}` is there twice")));
            }
            let fields: Vec<String> = row.need("fields", problems).split(' ').map(str::to_owned).collect();
            for field in fields.iter().filter(|f| !family_known(f)) {
                let known = Field::known().map(|(name, _)| name).chain(["date", "size", "*"]);
                problems.unknown(row.place("fields"), "field", field, known);
            }
            if let Some(operation) = Operation::read(&row, problems) {
                let title = row.need("title", problems).to_owned();
                cleaning.rules.push(CleaningRule { code: code.to_owned(), title, fields, operation });
            }
        }
        if prove {
            cleaning.prove(files, problems);
        }
        cleaning
    }

    pub fn rules(&self) -> &[CleaningRule] {
        &self.rules
    }

    /// Cleans the cell of a field. `since_1904`: the workbook counts its days from 1904.
    pub fn clean(&self, field: &Field, cell: &str, since_1904: bool) -> Cleaned {
        let family = field.family();
        let mut cleaned = Cleaned { text: cell.to_owned(), ..Cleaned::default() };
        for (at, rule) in self.rules.iter().enumerate() {
            if cleaned.text.is_empty() {
                break;
            }
            if !rule.fields.iter().any(|f| f == "*" || f == family) {
                continue;
            }
            match rule.operation.apply(&cleaned.text, since_1904) {
                Ok(text) if text == cleaned.text => {}
                Ok(text) => {
                    cleaned.text = text;
                    cleaned.by.push(at);
                }
                Err(fault) => {
                    cleaned.by.push(at);
                    return Cleaned { text: String::new(), fault: Some(fault), ..cleaned };
                }
            }
        }
        cleaned
    }

    fn prove(&self, files: &dyn Files, problems: &mut Problems) {
        let Some(sheet) = Sheet::read(files, CASES, &["rule", "field", "given", "expect"], problems) else { return };
        let mut proven: Vec<&str> = Vec::new();
        for row in sheet.rows() {
            let (code, name) = (row.get("rule"), row.need("field", problems));
            let Some(field) = Field::from_name(name) else {
                problems.unknown(row.place("field"), "field", name, Field::known().map(|(name, _)| name));
                continue;
            };
            let cleaned = self.clean(&field, row.get("given"), false);
            let got = match &cleaned.fault {
                Some(Fault::Refuse(_)) => "!退回",
                Some(Fault::LeaveOut(_)) => "!不采用",
                None => &cleaned.text,
            };
            if got != row.get("expect") {
                problems.add(row.problem("expect", format!("the rules make `{got}` of it")));
            }
            let by: Vec<&str> = cleaned.by.iter().map(|at| self.rules[*at].code.as_str()).collect();
            if code.is_empty() && !by.is_empty() {
                problems.add(row.problem("rule", format!("nothing should change; {} did", by.join(", "))));
            } else if !code.is_empty() && !by.contains(&code) {
                problems.add(row.problem("rule", format!("rule `{code}` changed nothing here")));
            }
            proven.push(code);
        }
        for rule in self.rules.iter().filter(|r| !proven.contains(&r.code.as_str())) {
            let error = PackageError::new(CASES, 0, "rule", format!("rule `{}` has no case", rule.code));
            problems.add(error.hint("add a cell it changes, and what it becomes"));
        }
    }
}

fn family_known(name: &str) -> bool {
    matches!(name, "*" | "date" | "size") || Field::from_name(name).is_some_and(|field| field.family() == name)
}

impl Operation {
    fn read(row: &CsvRow<'_>, problems: &mut Problems) -> Option<Operation> {
        let (name, with) = (row.need("operation", problems), row.get("with"));
        let words = || with.split('|').filter(|w| !w.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        let pairs = || {
            let pair = |w: String| w.split_once('=').map(|(a, b)| (a.to_owned(), b.to_owned()));
            words().into_iter().map(pair).collect::<Option<Vec<_>>>()
        };
        let needs_words = ["blank", "strip-start", "unwrap", "replace", "collapse", "complete-end", "class"];
        let read = match name {
            _ if needs_words.contains(&name) && words().is_empty() => None,
            "narrow" => Some(Operation::Narrow),
            "squeeze" => Some(Operation::Squeeze),
            "spaces" => Some(Operation::Spaces),
            "upper" => Some(Operation::Upper),
            "blank" => Some(Operation::Blank(words())),
            // Blanks around it count: a cell of the package is trimmed.
            "strip-start" => Some(Operation::StripStart(with.chars().chain([' ']).collect())),
            "unwrap" => with.split_once('|').map(|(a, b)| Operation::Unwrap(a.to_owned(), b.to_owned())),
            "replace" => pairs().map(Operation::Replace),
            "collapse" => Some(Operation::Collapse(words())),
            "complete-end" => pairs().map(Operation::CompleteEnd),
            "before-name" => Some(Operation::BeforeName),
            "after-number" => Some(Operation::AfterNumber),
            "codes" => Some(Operation::Codes),
            "class" => {
                let class = |w: String| {
                    w.split_once(':').map(|(a, b)| (a.to_owned(), b.split(',').map(str::to_owned).collect()))
                };
                words().into_iter().map(class).collect::<Option<Vec<_>>>().map(Operation::Class)
            }
            "whole" if matches!(with, "refuse" | "leave") => Some(Operation::Whole(with == "refuse")),
            "lost-digits" => Some(Operation::LostDigits),
            "date" => Some(Operation::Date),
            "angle" => {
                let range = with.split_once("..").and_then(|(a, b)| Some([a.parse().ok()?, b.parse().ok()?]));
                range.map(Operation::Angle)
            }
            _ if OPERATIONS.contains(&name) => None,
            _ => {
                problems.unknown(row.place("operation"), "operation", name, OPERATIONS);
                return None;
            }
        };
        if read.is_none() {
            let hint =
                "words: a|b; pairs: a=b|c=d; classes: 运行:正常,在业|其他:*; whole: refuse or leave; angle: 73..136";
            problems.add(row.problem("with", format!("`{with}` does not fit `{name}`")).hint(hint));
        }
        read
    }

    fn apply(&self, cell: &str, since_1904: bool) -> Result<String, Fault> {
        Ok(match self {
            Operation::Narrow => text::narrow(cell),
            Operation::Squeeze => text::squeeze(cell),
            Operation::Spaces => spaces(cell),
            Operation::Upper => cell.to_uppercase(),
            Operation::Blank(words) if words.iter().any(|w| w == cell) => String::new(),
            Operation::Blank(_) => cell.to_owned(),
            Operation::StripStart(signs) => cell.trim_start_matches(signs.as_slice()).to_owned(),
            Operation::Unwrap(before, after) => {
                let inner = cell.strip_prefix(before.as_str()).and_then(|rest| rest.strip_suffix(after.as_str()));
                inner.unwrap_or(cell).to_owned()
            }
            Operation::Replace(pairs) => {
                pairs.iter().fold(cell.to_owned(), |text, (from, to)| text.replace(from.as_str(), to))
            }
            Operation::Collapse(words) => words.iter().fold(cell.to_owned(), |mut text, word| {
                let twice = word.repeat(2);
                while text.contains(&twice) {
                    text = text.replace(&twice, word);
                }
                text
            }),
            Operation::CompleteEnd(pairs) => {
                let found = pairs.iter().find_map(|(end, whole)| cell.strip_suffix(end.as_str()).map(|a| (a, whole)));
                found.map_or_else(|| cell.to_owned(), |(front, whole)| format!("{front}{whole}"))
            }
            Operation::BeforeName => before_name(cell).to_owned(),
            Operation::AfterNumber => after_number(cell).to_owned(),
            Operation::Codes => codes(cell).join(";"),
            Operation::Class(classes) => class(classes, cell).to_owned(),
            Operation::Whole(refuse) if is_shortened(cell) => {
                let why = format!(
                    "{cell} 是被表格软件改成科学计数的编码，原来的数字已经丢失；请把该列设为文本格式后重新导出"
                );
                return Err(if *refuse { Fault::Refuse(why) } else { Fault::LeaveOut(why) });
            }
            Operation::LostDigits if lost_digits(cell) => {
                let why = format!("{cell} 只剩前十五位数字，后面被表格软件改成了零；请把该列设为文本格式后重新导出");
                return Err(Fault::Refuse(why));
            }
            Operation::Whole(_) | Operation::LostDigits => cell.to_owned(),
            Operation::Date => {
                day(cell, since_1904).ok_or_else(|| Fault::LeaveOut(format!("{cell} 不是日期，应写作 2017-12-31")))?
            }
            Operation::Angle(range) => degrees(cell, *range)?,
        })
    }
}

fn spaces(cell: &str) -> String {
    let mut out = String::with_capacity(cell.len());
    let mut chars = cell.chars().peekable();
    while let Some(c) = chars.next() {
        let latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        if !c.is_whitespace() {
            out.push(c);
        } else if latin(out.chars().last()) && latin(chars.peek().copied()) {
            out.push(' ');
        }
    }
    out
}

/// `410182|荥阳市`, `410182-荥阳市` → `410182`; a name alone stays.
fn before_name(cell: &str) -> &str {
    let digits = cell.len() - cell.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let rest = &cell[digits..];
    let named = rest.starts_with(['|', '-', ' ']) && !rest.contains(|c: char| c.is_ascii_digit());
    if digits > 0 && named { &cell[..digits] } else { cell }
}

/// `41018203-张三` → `张三`.
fn after_number(cell: &str) -> &str {
    match cell.split_once('-') {
        Some((number, person)) if !person.is_empty() && number.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            person.trim()
        }
        _ => cell,
    }
}

/// Class codes in a cell: `C3011 水泥制造；3021`, `3011|水泥制造`, `[{"code":"3011","title":"…"}]`.
fn codes(cell: &str) -> Vec<&str> {
    let mut codes = Vec::new();
    for part in cell.split([';', ',', '、', '{', '}', '[', ']']) {
        let part = part.trim().trim_start_matches("\"code\"").trim_start_matches([':', '"', ' ']);
        let bare = part.strip_prefix(|c: char| c.is_ascii_uppercase()).unwrap_or(part);
        let digits = &bare[..bare.len() - bare.trim_start_matches(|c: char| c.is_ascii_digit()).len()];
        if !digits.is_empty() && !codes.contains(&digits) {
            codes.push(digits);
        }
    }
    codes
}

/// The first class of which a word is in the cell; `=3` is the cell itself or what stands before a bar; `*` is any.
fn class<'c>(classes: &'c [(String, Vec<String>)], cell: &'c str) -> &'c str {
    let head = cell.split('|').next().unwrap_or_default();
    let fits = |word: &String| match word.strip_prefix('=') {
        Some(whole) => head == whole,
        None => word == "*" || cell.contains(word.as_str()),
    };
    classes.iter().find(|(_, words)| words.iter().any(fits)).map_or(cell, |(name, _)| name)
}

/// Sixteen digits or more of which all beyond the fifteenth are zeros, and the check digit is wrong.
fn lost_digits(cell: &str) -> bool {
    cell.len() >= 16
        && cell.bytes().all(|b| b.is_ascii_digit())
        && cell.bytes().skip(15).all(|b| b == b'0')
        && !check_digit::credit_code_valid(cell)
}

/// `2018-05-01` of a date in any usual spelling, of seconds or milliseconds since 1970, of the days a spreadsheet
/// counts. Seconds are told in the time of Beijing.
fn day(cell: &str, since_1904: bool) -> Option<String> {
    let whole = cell.split('.').next().unwrap_or_default();
    let digits = !whole.is_empty() && cell.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let number = || whole.parse::<i64>().ok();
    let days = match (digits, whole.len()) {
        (true, 13) => (number()? / 1000 + 8 * 3600).div_euclid(86_400),
        (true, 10) if !cell.contains('.') => (number()? + 8 * 3600).div_euclid(86_400),
        (true, 5) => number()? - 25_569 + if since_1904 { 1_462 } else { 0 },
        _ => date(cell)?,
    };
    let (year, month, day) = expr::calendar::civil(days);
    (1900..=2100).contains(&year).then(|| format!("{year}-{month:02}-{day:02}"))
}

/// Decimal degrees with six decimals, a tenth of a metre.
fn degrees(cell: &str, [low, high]: [i64; 2]) -> Result<String, Fault> {
    let (value, _) = angle::parse(cell)
        .map_err(|_| Fault::LeaveOut(format!("{cell} 不是经纬度，应写作 113°23′45.67″ 或 113.396019")))?;
    let millionths = (value + 18) / 36;
    if !(low * 1_000_000..=high * 1_000_000).contains(&millionths) {
        return Err(Fault::LeaveOut(format!("{cell} 不在 {low} 至 {high} 度之间，可能经纬度颠倒")));
    }
    Ok(format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000))
}
