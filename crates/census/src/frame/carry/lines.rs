//! The data of carrying, read and checked against the forms they name.

use std::collections::BTreeSet;

use expr::exact::Decimal;
use instrument::files::Files;
use instrument::model::{Instrument, Item, ItemType, Mark};
use instrument::problem::Problems;
use instrument::rows::{CsvRow, Sheet};

use super::{Carrying, InScope};

/// An item of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub form: String,
    pub block: String,
    pub item: String,
}

/// One item and where it goes.
#[derive(Debug, Clone)]
pub(super) struct CarryLine {
    pub from: Place,
    pub to: Place,
    pub how: How,
    /// Item of the same row and the code it must have.
    pub when: Option<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum How {
    /// As typed.
    Copy,
    /// The village of an enumeration area: its first twelve digits.
    Area,
    /// The number of rows that are carried.
    Rows,
    /// As typed, when the fuel of this item is counted in the unit of the target.
    Unit { fuel: String },
    /// As typed when it is a code of the county that this item names, else the next one.
    Serial { area: String },
}

/// A test that leaves a row behind.
#[derive(Debug, Clone)]
pub(super) struct ScopeLine {
    pub place: Place,
    pub test: Test,
    pub says: InScope,
    pub why: String,
}

#[derive(Debug, Clone)]
pub(super) enum Test {
    Blank,
    Is(BTreeSet<String>),
    Below(Decimal),
}

const CARRY: &str = "frame/carry.csv";
const SCOPE: &str = "frame/carry-scope.csv";

impl CarryLine {
    pub fn is_of(&self, from: &str, to: &str) -> bool {
        self.from.form == from && self.to.form == to
    }
}

/// The item at a place.
pub(super) fn item<'i>(instrument: &'i Instrument, place: &Place) -> Option<&'i Item> {
    instrument.form(&place.form)?.item_of(&place.block, &place.item)
}

pub(super) fn list_of(item: &Item) -> Option<&str> {
    match &item.ty {
        ItemType::Code { list } | ItemType::Codes { list, .. } => Some(list),
        _ => None,
    }
}

impl Carrying {
    /// Reads what an instrument carries; every item named exists, and fits where it goes.
    pub fn read(files: &dyn Files, instrument: &Instrument, problems: &mut Problems) -> Carrying {
        let mut carrying = Carrying::default();
        let headings =
            ["from_form", "from_block", "from_item", "to_form", "to_block", "to_item", "how", "when", "mark"];
        if let Some(sheet) = Sheet::read(files, CARRY, &headings, problems) {
            for row in sheet.rows() {
                mark(&row, problems);
                let from = place(&row, "from_", instrument, problems);
                let to = place(&row, "to_", instrument, problems);
                let (Some(from), Some(to)) = (from, to) else { continue };
                if carrying.lines.iter().any(|l| l.to == to && l.from.form == from.form && l.when.is_none()) {
                    problems.add(row.problem("to_item", format!("`{}` is carried twice", to.item)));
                }
                let other = |item: &str| Place { item: item.to_owned(), ..from.clone() };
                let how = match row.get("how").split_once(':') {
                    None => match row.get("how") {
                        "copy" => Some(How::Copy),
                        "area" => Some(How::Area),
                        "rows" => Some(How::Rows),
                        _ => None,
                    },
                    Some(("unit", fuel)) if item(instrument, &other(fuel)).and_then(list_of).is_some() => {
                        Some(How::Unit { fuel: fuel.to_owned() })
                    }
                    Some(("serial", area)) if item(instrument, &other(area)).is_some() => {
                        Some(How::Serial { area: area.to_owned() })
                    }
                    Some(_) => None,
                };
                let Some(how) = how else {
                    let known = ["copy", "area", "rows", "unit:<fuel item>", "serial:<area item>"];
                    problems.unknown(row.place("how"), "way of carrying", row.get("how"), known);
                    continue;
                };
                if how == How::Copy && !fits(instrument, &from, &to) {
                    let message = format!("{}[{}] does not fit {}[{}]", from.form, from.item, to.form, to.item);
                    problems.add(row.problem("to_item", message).hint("both must be of one type, list and unit"));
                }
                let when = match row.get("when") {
                    "" => None,
                    text => text.split_once('=').map(|(i, c)| (i.trim().to_owned(), c.trim().to_owned())),
                };
                let known = when.as_ref().is_none_or(|(i, c)| has(instrument, &other(i), c));
                if !known || (when.is_none() && !row.get("when").is_empty()) {
                    let message = format!("`{}` names no item of the row and code of its list", row.get("when"));
                    problems.add(row.problem("when", message).hint("write 11=R1"));
                }
                carrying.lines.push(CarryLine { from, to, how, when });
            }
        }
        let headings = ["form", "block", "item", "test", "than", "says", "why", "mark"];
        if let Some(sheet) = Sheet::read(files, SCOPE, &headings, problems) {
            for row in sheet.rows() {
                mark(&row, problems);
                let Some(place) = place(&row, "", instrument, problems) else { continue };
                let says = match row.get("says") {
                    "out" => InScope::Out,
                    "ask" => InScope::Ask,
                    other => {
                        problems.unknown(row.place("says"), "outcome", other, ["out", "ask"]);
                        continue;
                    }
                };
                let why = row.need("why", problems).to_owned();
                if let Some(test) = test(&row, &place, instrument, problems) {
                    carrying.scope.push(ScopeLine { place, test, says, why });
                }
            }
        }
        carrying
    }
}

fn test(row: &CsvRow, place: &Place, instrument: &Instrument, problems: &mut Problems) -> Option<Test> {
    let than = row.get("than");
    match row.get("test") {
        "blank" => Some(Test::Blank),
        "is" => {
            let codes: BTreeSet<String> = than.split_whitespace().map(str::to_owned).collect();
            if let Some(lost) = codes.iter().find(|c| !has(instrument, place, c)) {
                problems.add(row.problem("than", format!("`{lost}` is not a code of the item")));
            }
            Some(Test::Is(codes))
        }
        "below" => {
            let text = instrument.parameters.get(than).map_or(than, |p| p.value.as_str());
            let number = text.split_whitespace().next().and_then(|n| n.parse().ok());
            if number.is_none() {
                let message = format!("`{than}` is neither a number nor a parameter with one");
                problems.add(row.problem("than", message));
            }
            number.map(Test::Below)
        }
        other => {
            problems.unknown(row.place("test"), "test", other, ["blank", "is", "below"]);
            None
        }
    }
}

fn mark(row: &CsvRow, problems: &mut Problems) {
    if Mark::read(row.get("mark")).is_none() {
        problems.unknown(row.place("mark"), "mark", row.get("mark"), ["S", "R", "D"]);
    }
}

/// The place that three cells name.
fn place(row: &CsvRow, prefix: &str, instrument: &Instrument, problems: &mut Problems) -> Option<Place> {
    let columns = ["form", "block", "item"].map(|c| format!("{prefix}{c}"));
    let [form, block, code] = [0, 1, 2].map(|at: usize| row.get(&columns[at]).to_owned());
    let place = Place { form, block, item: code };
    let Some(of) = instrument.form(&place.form) else {
        let known = instrument.forms.iter().map(|f| f.code.as_str());
        problems.unknown(row.place(&columns[0]), "form", &place.form, known);
        return None;
    };
    if !of.blocks.iter().any(|b| b.name == place.block) {
        let known = of.blocks.iter().map(|b| b.name.as_str());
        problems.unknown(row.place(&columns[1]), "block", &place.block, known);
        return None;
    }
    if item(instrument, &place).is_none() {
        let known = of.items.iter().filter(|i| of.blocks[i.block].name == place.block).map(|i| i.code.as_str());
        problems.unknown(row.place(&columns[2]), "item", &place.item, known);
        return None;
    }
    Some(place)
}

/// Whether the list of an item has a code.
fn has(instrument: &Instrument, place: &Place, code: &str) -> bool {
    let list = item(instrument, place).and_then(list_of).and_then(|name| instrument.list(name));
    list.is_some_and(|l| l.members.iter().any(|m| m.code == code))
}

/// Whether a text of one item can be one of the other.
fn fits(instrument: &Instrument, from: &Place, to: &Place) -> bool {
    let (Some(from), Some(to)) = (item(instrument, from), item(instrument, to)) else { return true };
    match (&from.ty, &to.ty) {
        (ItemType::Number { .. }, ItemType::Number { .. }) => from.measure.same(&to.measure),
        (ItemType::Text { .. }, ItemType::Text { .. }) => true,
        (ItemType::Code { list }, ItemType::Code { list: other } | ItemType::Codes { list: other, .. }) => {
            list == other
        }
        (a, b) => a == b,
    }
}
