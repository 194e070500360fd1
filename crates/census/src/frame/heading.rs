//! Which column of a list means which field: synonyms are data, a likeness is a proposal.

use std::collections::BTreeMap;

use instrument::files::Files;
use instrument::problem::Problems;
use instrument::rows::Sheet;

use super::Field;
use crate::text;

/// Heading → field; headings are compared in half-width form, without blanks and case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeadingMap {
    /// The place in the data orders columns of one field: 法定代表人 before 联系人.
    synonyms: BTreeMap<String, (Field, usize)>,
}

/// A field that a heading means, and how sure that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meaning {
    pub field: Field,
    /// Of columns of one field the lowest is looked at first.
    pub rank: usize,
    /// Per cent.
    pub sure: u8,
    pub likeness: Likeness,
}

/// Why a heading means a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Likeness {
    /// The heading is a synonym.
    Same,
    /// It is one without its brackets, star or number: *单位名称（必填）.
    Bare,
    /// A synonym is a part of it.
    Part(String),
}

/// A heading that is a synonym; without its brackets; of which a synonym is a part.
const SAME: u8 = 100;
const BARE: u8 = 95;
const PART: u8 = 70;

const FILE: &str = "frame/headings.csv";

impl HeadingMap {
    /// Reads the synonyms of an instrument.
    pub fn read(files: &dyn Files, problems: &mut Problems) -> HeadingMap {
        let mut map = HeadingMap::default();
        let Some(sheet) = Sheet::read(files, FILE, &["field", "heading", "mark"], problems) else { return map };
        for row in sheet.rows() {
            let (name, heading) = (row.need("field", problems), row.need("heading", problems));
            let Some(field) = Field::from_name(name) else {
                problems.unknown(row.place("field"), "field", name, Field::known().map(|(name, _)| name));
                continue;
            };
            if let Some((other, _)) = map.add(heading, field) {
                let message = format!("`{heading}` is already a heading of `{}`", other.name());
                problems.add(row.problem("heading", message));
            }
        }
        map
    }

    /// A map of headings as a file has them, with their ranks.
    pub fn of<'h>(columns: impl IntoIterator<Item = (&'h str, Field, usize)>) -> HeadingMap {
        let columns = columns.into_iter();
        HeadingMap { synonyms: columns.map(|(heading, field, rank)| (plain(heading), (field, rank))).collect() }
    }

    /// Headings known.
    pub fn len(&self) -> usize {
        self.synonyms.len()
    }

    pub fn is_empty(&self) -> bool {
        self.synonyms.is_empty()
    }

    /// Gives back the field the heading had.
    fn add(&mut self, heading: &str, field: Field) -> Option<(Field, usize)> {
        let rank = self.synonyms.len();
        self.synonyms.insert(plain(heading), (field, rank))
    }

    /// The field of a heading, and its rank, when it is one of the map as it stands.
    pub fn field(&self, heading: &str) -> Option<(&Field, usize)> {
        self.synonyms.get(heading).or_else(|| self.synonyms.get(&plain(heading))).map(|(field, rank)| (field, *rank))
    }

    /// What a heading means, as far as words tell. Of headings above each other (`地理坐标/经度/度`) the lower ones
    /// count; a number for one that is there again (`代码#2`) does not.
    pub fn meaning(&self, heading: &str) -> Option<Meaning> {
        let heading = match heading.rsplit_once('#') {
            Some((front, number)) if number.bytes().all(|b| b.is_ascii_digit()) => front,
            _ => heading,
        };
        let mean = |(field, rank): (&Field, usize), sure, likeness| {
            Some(Meaning { field: field.clone(), rank, sure, likeness })
        };
        let mut path = heading;
        loop {
            if let Some(found) = self.field(path) {
                return mean(found, SAME, Likeness::Same);
            }
            if let Some(found) = self.field(bare(&text::narrow(path))) {
                return mean(found, BARE, Likeness::Bare);
            }
            match path.split_once('/') {
                Some((_, lower)) => path = lower,
                None => break,
            }
        }
        let whole = plain(path);
        // Of the longest synonyms the one that stands last: 负责人联系电话 is a phone.
        let parts = self.synonyms.iter().filter(|(synonym, _)| synonym.chars().count() > 1);
        let found = parts
            .filter_map(|(synonym, found)| whole.rfind(synonym.as_str()).map(|at| (at + synonym.len(), synonym, found)))
            .max_by_key(|(end, synonym, (_, rank))| (*end, synonym.len(), std::cmp::Reverse(*rank)));
        let (_, synonym, (field, rank)) = found?;
        mean((field, *rank), PART, Likeness::Part(synonym.clone()))
    }

    /// Whether a row of cells can be the row of headings: it names the unit and something else.
    pub fn is_heading_row<'a>(&self, cells: impl IntoIterator<Item = &'a str>) -> bool {
        let fields = cells.into_iter().filter_map(|cell| self.meaning(cell)).filter(|m| m.sure >= BARE);
        let fields: Vec<Field> = fields.map(|m| m.field).collect();
        fields.len() >= 2 && fields.contains(&Field::Name)
    }
}

pub(super) fn plain(heading: &str) -> String {
    text::squeeze(&text::narrow(heading)).to_lowercase()
}

/// Without what forms put around a heading: `*`, `3、`, `(必填)`, `:`.
fn bare(heading: &str) -> &str {
    let front = heading.trim_start_matches(|c: char| c == '*' || c.is_ascii_digit());
    let mut bare = front.trim_start_matches(['、', '.', ' ', '*']);
    loop {
        let next = bare.trim_end_matches([':', '*', ' ']);
        let next = if next.ends_with(')') { next.rfind('(').map_or(next, |at| &next[..at]) } else { next };
        if next == bare {
            return bare;
        }
        bare = next;
    }
}

#[cfg(test)]
mod tests {
    use super::super::intake::tests::intake;

    #[test]
    fn headings_are_found_by_likeness() {
        let map = &intake().headings;
        for (heading, expect) in [
            ("单位名称", "name 100"),
            ("单位 名称", "name 100"),
            ("*单位名称（必填）：", "name 95"),
            ("3、企业名称", "name 95"),
            ("基本情况/单位名称", "name 100"),
            ("地理坐标/经度/度", "lon.degrees 100"),
            ("代码#2", "-"),
            ("单位名称#2", "name 100"),
            ("负责人联系电话", "phone 70"),
            ("工商登记企业名称", "name 70"),
            ("备注", "-"),
            ("第7列", "-"),
        ] {
            let got = map.meaning(heading).map_or("-".to_owned(), |m| format!("{} {}", m.field.name(), m.sure));
            assert_eq!(got, expect, "{heading}");
        }
        assert!(map.is_heading_row(["序号", "单位名称", "行业代码（四位）", "地址"]));
        assert!(!map.is_heading_row(["单位清查底册", "", ""]));
    }
}
