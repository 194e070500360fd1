//! From a list's cells to a unit: headings, cleaning rules and the words of rows that are no unit are the instrument's
//! (`frame/`). The cells as received are kept beside what was read.

use std::collections::BTreeMap;

use instrument::files::Files;
use instrument::problem::Problems;
use instrument::rows::Sheet;

use super::{AnglePart, Cleaning, Fault, Field, HeadingMap, ListedUnit, NOT_A_UNIT};
use crate::text;

/// How lists are read (底册的读法): the instrument's folder `frame/`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Intake {
    pub headings: HeadingMap,
    pub cleaning: Cleaning,
    /// Words of rows that are no unit, and what such a row is: 合计 → 合计行.
    not_units: Vec<(String, String)>,
}

/// What a list says of all its rows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Common<'c> {
    /// Kind of respondent.
    pub respondent: &'c str,
    pub source: &'c str,
    /// The workbook counts its days from 1904.
    pub since_1904: bool,
}

/// What was read from a row, and what was odd about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    pub unit: ListedUnit,
    /// Set when the row cannot be used as it is, with the remedy; it is kept all the same.
    pub rejected: Option<String>,
    /// Nothing is wrong with the row: it is a total, a signature or a heading that stands again.
    pub not_a_unit: bool,
    /// Cells that were left out, with the reason, by column.
    pub remarks: Vec<String>,
    /// What the rules changed, by column.
    pub changes: Vec<Change>,
}

/// A cell that cleaning changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub heading: String,
    /// Positions of the rules, see [`Cleaning::rules`].
    pub by: Vec<usize>,
    pub before: String,
    pub after: String,
}

/// Texts of a row that are put together from several cells.
#[derive(Default)]
struct Pieces {
    suffix: String,
    address: Vec<String>,
    angles: BTreeMap<(bool, AnglePart), String>,
}

impl Intake {
    /// Reads `frame/` of a package; with `prove`, the cleaning rules run on their cases.
    pub fn read(files: &dyn Files, prove: bool, problems: &mut Problems) -> Intake {
        let headings = HeadingMap::read(files, problems);
        let cleaning = Cleaning::read(files, prove, problems);
        let mut not_units = Vec::new();
        if let Some(sheet) = Sheet::read(files, "frame/not-units.csv", &["word", "title", "mark"], problems) {
            for row in sheet.rows() {
                let word = text::squeeze(&text::narrow(row.need("word", problems)));
                not_units.push((word, row.need("title", problems).to_owned()));
            }
        }
        Intake { headings, cleaning, not_units }
    }

    /// Reads the cells of one row, heading → text, by a map of its headings.
    pub fn row(&self, map: &HeadingMap, cells: &[(String, String)], common: Common<'_>) -> Reading {
        let (respondent, source) = (common.respondent.to_owned(), common.source.to_owned());
        let mut reading =
            Reading { unit: ListedUnit { respondent, source, ..ListedUnit::default() }, ..Reading::default() };
        if let Some(why) = self.not_a_unit(cells) {
            reading.rejected = Some(format!("{NOT_A_UNIT}{why}"));
            reading.not_a_unit = true;
            return reading;
        }
        let mut columns: Vec<(usize, &Field, &str, &str)> = cells
            .iter()
            .filter(|(_, cell)| !cell.is_empty())
            .filter_map(|(heading, cell)| {
                map.field(heading).map(|(field, rank)| (rank, field, heading.as_str(), cell.as_str()))
            })
            .collect();
        columns.sort_by_key(|(rank, ..)| *rank);
        let mut pieces = Pieces::default();
        for (_, field, heading, cell) in columns {
            self.take(&mut reading, &mut pieces, field, heading, cell, common.since_1904);
        }
        self.put_together(&mut reading, pieces, common.since_1904);
        let unit = &reading.unit;
        if unit.name.is_empty() && unit.code().is_empty() && reading.rejected.is_none() {
            reading.rejected = Some("没有单位名称，也没有任何代码；请补全后重新导入".to_owned());
        }
        reading
    }

    /// 合计行, 表尾的落款, a heading that stands again: what the first filled cell says.
    fn not_a_unit(&self, cells: &[(String, String)]) -> Option<&str> {
        let (heading, first) = cells.iter().find(|(_, cell)| !cell.trim().is_empty())?;
        let first = text::squeeze(&text::narrow(first));
        let found = self.not_units.iter().find(|(word, _)| {
            first.strip_prefix(word.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        });
        if let Some((_, title)) = found {
            return Some(title);
        }
        let again = |(heading, cell): &(String, String)| cell.trim() == heading.rsplit('/').next().unwrap_or_default();
        let filled = cells.iter().filter(|(_, cell)| !cell.trim().is_empty());
        let repeated = first == text::squeeze(&text::narrow(heading)) && filled.clone().count() > 1;
        (repeated && filled.into_iter().all(again)).then_some("又一次出现的表头")
    }

    /// Two columns may mean one field (固定电话 and 移动电话): the first filled one stands.
    fn take(&self, reading: &mut Reading, pieces: &mut Pieces, field: &Field, heading: &str, cell: &str, old: bool) {
        // The parts of an angle are cleaned together.
        if let Field::Lon(part) | Field::Lat(part) = field
            && *part != AnglePart::Whole
        {
            let key = (matches!(field, Field::Lon(_)), *part);
            pieces.angles.entry(key).or_insert_with(|| text::narrow(cell));
            return;
        }
        if *field == Field::Position {
            let narrow = text::narrow(cell);
            let split = narrow.split_once([',', ';', '、', '/']).or_else(|| narrow.split_once(' '));
            let Some((lon, lat)) = split else {
                reading.remarks.push(format!("{heading}“{cell}”：不是经度和纬度，未采用"));
                return;
            };
            for (field, part) in [(Field::Lon(AnglePart::Whole), lon), (Field::Lat(AnglePart::Whole), lat)] {
                self.take(reading, pieces, &field, heading, part, old);
            }
            return;
        }
        let cleaned = self.cleaning.clean(field, cell, old);
        match cleaned.fault {
            Some(Fault::Refuse(why)) => {
                reading.rejected.get_or_insert(format!("{heading} {why}"));
            }
            Some(Fault::LeaveOut(why)) => reading.remarks.push(format!("{heading} {why}；未采用")),
            None => {}
        }
        if !cleaned.by.is_empty() {
            reading.changes.push(Change {
                heading: heading.to_owned(),
                by: cleaned.by,
                before: cell.to_owned(),
                after: cleaned.text.clone(),
            });
        }
        if !cleaned.text.is_empty() {
            reading.unit.fill(pieces, field, cleaned.text);
        }
    }

    fn put_together(&self, reading: &mut Reading, pieces: Pieces, old: bool) {
        for (is_lon, sign) in [(true, "经度"), (false, "纬度")] {
            let part = |part| {
                let text = pieces.angles.get(&(is_lon, part)).map_or("", String::as_str);
                text.trim_end_matches(['°', '度', '′', '\'', '分', '″', '"', '秒', ' ']).to_owned()
            };
            let [degrees, minutes, seconds] = [AnglePart::Degrees, AnglePart::Minutes, AnglePart::Seconds].map(part);
            let field = if is_lon { Field::Lon(AnglePart::Whole) } else { Field::Lat(AnglePart::Whole) };
            let zero = |text: String| if text.is_empty() { "0".to_owned() } else { text };
            if !degrees.is_empty() {
                let whole = if degrees.contains('.') && minutes.is_empty() && seconds.is_empty() {
                    degrees
                } else {
                    format!("{degrees}°{}′{}″", zero(minutes), zero(seconds))
                };
                self.take(reading, &mut Pieces::default(), &field, sign, &whole, old);
            }
        }
        let unit = &mut reading.unit;
        let (suffix, joined) = (pieces.suffix, pieces.address.concat());
        if !pieces.address.first().is_some_and(|first| unit.address.starts_with(first.as_str())) {
            unit.address.insert_str(0, &joined);
        }
        if !suffix.is_empty() && !unit.credit_code.is_empty() && !unit.credit_code.contains('-') {
            unit.credit_code = format!("{}-{suffix}", unit.credit_code);
        } else if !suffix.is_empty() && !unit.organisation_code.is_empty() {
            unit.organisation_code = format!("{}-{suffix}", unit.organisation_code.replace('-', ""));
        }
    }
}

impl ListedUnit {
    /// Puts a cleaned text where it belongs, unless there is one.
    fn fill(&mut self, pieces: &mut Pieces, field: &Field, text: String) {
        let slot = match field {
            Field::Name => &mut self.name,
            Field::FormerName => &mut self.former_name,
            Field::CreditCode => &mut self.credit_code,
            Field::CreditSuffix => &mut pieces.suffix,
            Field::OrganisationCode => &mut self.organisation_code,
            Field::ObjectCode => &mut self.object_code,
            Field::Permit => &mut self.permit,
            Field::Area => &mut self.area,
            Field::Address => &mut self.address,
            Field::Phone => &mut self.phone,
            Field::LegalPerson => &mut self.legal_person,
            Field::Status => &mut self.status,
            Field::Source => {
                // What the row says counts more than what is said of the list.
                self.source = text;
                return;
            }
            Field::Lon(_) => &mut self.lon,
            Field::Lat(_) => &mut self.lat,
            Field::Date(what) => self.dates.entry(what.clone()).or_default(),
            Field::Size(what) => self.sizes.entry(what.clone()).or_default(),
            Field::AddressPart => {
                if !pieces.address.contains(&text) {
                    pieces.address.push(text);
                }
                return;
            }
            Field::Industry => {
                for code in text.split(';').filter(|code| !code.is_empty()) {
                    if !self.industries.iter().any(|known| known == code) {
                        self.industries.push(code.to_owned());
                    }
                }
                return;
            }
            // Whoever knows the kinds of respondent looks at the cell.
            Field::Kind | Field::Position => return,
        };
        if slot.is_empty() {
            *slot = text;
        }
    }
}

#[cfg(test)]
#[path = "intake_tests.rs"]
pub(crate) mod tests;
