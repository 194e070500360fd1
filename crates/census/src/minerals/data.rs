//! `minerals/` of an instrument, read and checked against its forms and lists.

use std::collections::BTreeMap;

use expr::exact::Decimal;
use instrument::files::Files;
use instrument::model::{Instrument, Mark};
use instrument::problem::{PackageError, Problems};
use instrument::rows::Sheet;

use super::Minerals;

/// An industry that works a mineral.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trigger {
    /// Code of `mineral15`.
    pub mineral: String,
    /// Class of GB/T 4754.
    pub industry: String,
    /// The class by itself is enough; else the mineral must be declared.
    pub alone: bool,
    pub note: String,
}

/// What an item says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    Declared,
    Mineral,
    Background,
    Point,
    Dose,
    Conclusion,
    Sample,
    Uranium,
    Thorium,
    Radium,
    Water,
    Survey,
}

/// An item of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub form: String,
    pub block: String,
    pub item: String,
}

const ROLES: [(&str, Role); 12] = [
    ("declared", Role::Declared),
    ("mineral", Role::Mineral),
    ("background", Role::Background),
    ("point", Role::Point),
    ("dose", Role::Dose),
    ("conclusion", Role::Conclusion),
    ("sample", Role::Sample),
    ("uranium", Role::Uranium),
    ("thorium", Role::Thorium),
    ("radium", Role::Radium),
    ("water", Role::Water),
    ("survey", Role::Survey),
];

const INDUSTRIES: &str = "minerals/industries.csv";
const ITEMS: &str = "minerals/items.csv";

impl Minerals {
    /// Reads `minerals/` and the parameters `minerals.*`.
    pub fn read(files: &dyn Files, instrument: &Instrument, problems: &mut Problems) -> Minerals {
        let triggers = triggers(files, instrument, problems);
        let roles = roles(files, instrument, problems);
        let mut number = |name: &str, want: &str| {
            let value = instrument.parameters.get(name).map(|p| p.value.as_str());
            let read = value.and_then(|v| v.split_whitespace().next()).and_then(|v| v.parse::<Decimal>().ok());
            read.filter(|d| d.units >= 0).unwrap_or_else(|| {
                let message = value.map_or_else(|| "is missing".to_owned(), |v| format!("= `{v}` cannot be read"));
                let error = PackageError::new("parameters.toml", 0, name, format!("parameter `{name}` {message}"));
                problems.add(error.hint(format!("write {want}")));
                Decimal::ZERO
            })
        };
        let whole = |d: Decimal| d.rescale(0).and_then(|d| i64::try_from(d.units).ok()).unwrap_or(0);
        Minerals {
            triggers,
            roles,
            excess: number("minerals.dose.excess", "50 nGy/h"),
            activity: number("minerals.activity", "1 Bq/g"),
            calibration_days: whole(number("minerals.calibration.days", "365")),
            repeats: usize::try_from(whole(number("minerals.repeats", "5"))).unwrap_or(0),
            spread: number("minerals.spread", "15"),
        }
    }
}

fn triggers(files: &dyn Files, instrument: &Instrument, problems: &mut Problems) -> Vec<Trigger> {
    let mut found: Vec<Trigger> = Vec::new();
    let Some(sheet) = Sheet::read(files, INDUSTRIES, &["mineral", "industry", "alone", "mark", "note"], problems)
    else {
        return found;
    };
    let codes = |list: &str| -> Vec<&str> {
        instrument.list(list).map_or_else(Vec::new, |l| l.members.iter().map(|m| m.code.as_str()).collect())
    };
    let (minerals, industries) = (codes("mineral15"), codes("industry_gbt4754_2017"));
    for row in sheet.rows() {
        let (mineral, industry) = (row.need("mineral", problems).to_owned(), row.need("industry", problems).to_owned());
        if !minerals.contains(&mineral.as_str()) {
            problems.unknown(row.place("mineral"), "mineral", &mineral, minerals.iter().copied());
        }
        if !industries.contains(&industry.as_str()) {
            problems.unknown(row.place("industry"), "industry", &industry, industries.iter().copied());
        }
        let alone = row.get("alone");
        if !["yes", "no"].contains(&alone) {
            problems.unknown(row.place("alone"), "answer", alone, ["yes", "no"]);
        }
        if Mark::read(row.get("mark")).is_none() {
            problems.unknown(row.place("mark"), "mark", row.get("mark"), ["S", "R", "D"]);
        }
        if found.iter().any(|t| t.mineral == mineral && t.industry == industry) {
            problems.add(row.problem("industry", format!("mineral `{mineral}` has `{industry}` twice")));
        }
        found.push(Trigger { mineral, industry, alone: alone == "yes", note: row.need("note", problems).to_owned() });
    }
    for lost in minerals.iter().filter(|m| !found.iter().any(|t| t.mineral == **m)) {
        problems.add(PackageError::new(INDUSTRIES, 0, "mineral", format!("mineral `{lost}` has no industry")));
    }
    found
}

fn roles(files: &dyn Files, instrument: &Instrument, problems: &mut Problems) -> BTreeMap<Role, Vec<Place>> {
    let mut found: BTreeMap<Role, Vec<Place>> = BTreeMap::new();
    let Some(sheet) = Sheet::read(files, ITEMS, &["role", "form", "block", "item", "mark"], problems) else {
        return found;
    };
    for row in sheet.rows() {
        let name = row.need("role", problems);
        let Some((_, role)) = ROLES.iter().find(|(known, _)| *known == name) else {
            problems.unknown(row.place("role"), "role", name, ROLES.iter().map(|(known, _)| *known));
            continue;
        };
        let cell = |heading: &str| row.get(heading).to_owned();
        let place = Place { form: cell("form"), block: cell("block"), item: cell("item") };
        if instrument.form(&place.form).and_then(|f| f.item_of(&place.block, &place.item)).is_none() {
            let message = format!("there is no item {} in {}/{}", place.item, place.form, place.block);
            problems.add(row.problem("item", message).hint("name form, block and item as forms/ has them"));
        }
        found.entry(*role).or_default().push(place);
    }
    for (name, role) in ROLES {
        if !found.contains_key(&role) {
            problems.add(PackageError::new(ITEMS, 0, "role", format!("role `{name}` has no item")));
        }
    }
    found
}
