//! Items that others add up to (合计项): a mandatory rule `[01] = [02] + [03]` or `[06] = count(G102/facility)` says how.

use expr::ast::{Arithmetic, Comparison, ItemRef, Kind, Node, Owner};
use expr::compile::{Program, RuleText, compile_values};
use expr::run::Shown;
use expr::schema::TableId;
use instrument::model::{Grade, Instrument, ItemType};

use super::batch::Needs;
use super::checker::Checker;
use super::run::Context;
use crate::sheet::UnitSheets;

/// An item that is known from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// `G102`, `G102/facility`.
    pub table: String,
    pub item: String,
    /// The rule that says so.
    pub rule: String,
    /// What it is: `[02] + [03]`.
    pub text: String,
    scale: u8,
    home: TableId,
}

/// The value of a sum on one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Position in [`Sums::all`].
    pub sum: usize,
    pub row: u32,
    /// In the item's decimals; `None` while a part is missing.
    pub value: Option<String>,
}

/// All sums of an instrument, compiled once.
#[derive(Debug)]
pub struct Sums {
    all: Vec<Sum>,
    program: Program,
    needs: Needs,
}

impl Sums {
    pub fn new(checker: &Checker<'_>) -> Sums {
        let instrument = checker.instrument();
        let all = find(instrument);
        let texts: Vec<RuleText<'_>> =
            all.iter().map(|sum| RuleText { code: &sum.rule, home: sum.home, text: &sum.text }).collect();
        let (program, _) = compile_values(&instrument.schema, &checker.parameters, &texts);
        let needs = Needs { columns: program.needs() };
        Sums { all, program, needs }
    }

    pub fn all(&self) -> &[Sum] {
        &self.all
    }

    /// The sums of one unit's sheets, row by row.
    pub fn of(&self, checker: &Checker<'_>, unit: &UnitSheets, context: &Context) -> Vec<Known> {
        let batch = checker.layout.batch(&self.needs, std::slice::from_ref(unit), None);
        let values = self.program.values(&batch, &context.inner());
        let mut known = Vec::new();
        for (at, (sum, rows)) in self.all.iter().zip(values).enumerate() {
            for (row, shown) in rows.into_iter().enumerate() {
                let value = match shown {
                    Some(Shown::Number(number)) => number.to_decimal(sum.scale).map(|d| d.to_string()),
                    _ => None,
                };
                known.push(Known { sum: at, row: row as u32, value });
            }
        }
        known
    }
}

fn find(instrument: &Instrument) -> Vec<Sum> {
    let mut found: Vec<Sum> = Vec::new();
    for rule in instrument.rules.iter().filter(|r| r.grade == Grade::Error && r.native.is_none()) {
        let Some((item, parts)) = sum(&expr::parse::parse(&rule.text).tree) else { continue };
        for home in instrument.homes(rule) {
            let table = instrument.schema.at(home);
            let form = instrument.form(&table.form);
            let Some(scale) = form.and_then(|f| f.item_of(&table.block, &item)).and_then(|i| match i.ty {
                ItemType::Number { scale } => Some(scale),
                _ => None,
            }) else {
                continue;
            };
            let table = table.code();
            if found.iter().any(|s| s.table == table && s.item == item) {
                continue;
            }
            let text = rule.text[parts.clone()].trim().to_owned();
            found.push(Sum { table, item: item.clone(), rule: rule.code.clone(), text, scale, home });
        }
    }
    found
}

/// The item and the place of its parts in the text.
fn sum(tree: &Node) -> Option<(String, std::ops::Range<usize>)> {
    let Kind::Compare(Comparison::Equal | Comparison::Exact, left, right) = &tree.kind else { return None };
    let (item, parts) = match (plain(left), plain(right)) {
        (Some(item), None) => (item, right),
        (None, Some(item)) => (item, left),
        _ => return None,
    };
    let own = |node: &Node| {
        let mut own = false;
        expr::ast::walk(node, &mut |n| own |= plain(n).is_some_and(|other| other == item));
        own
    };
    (adds_up(parts) && !own(parts)).then(|| (item.to_owned(), parts.span.start as usize..parts.span.end as usize))
}

fn plain(node: &Node) -> Option<&str> {
    match &node.kind {
        Kind::Item(ItemRef { owner: Owner::Bare, block, item, to: None }) if block.is_empty() => Some(item),
        _ => None,
    }
}

fn adds_up(node: &Node) -> bool {
    fn term(node: &Node) -> bool {
        plain(node).is_some() || adds_up(node)
    }
    match &node.kind {
        Kind::Arithmetic(Arithmetic::Add, a, b) => term(a) && term(b),
        Kind::Call { name, .. } => matches!(name.as_str(), "sum" | "count"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_adds_up_is_a_sum() {
        let of =
            |text: &str| sum(&expr::parse::parse(text).tree).map(|(item, parts)| format!("{item}: {}", &text[parts]));
        assert_eq!(of("[01] = [02] + [03] + [04]"), Some("01: [02] + [03] + [04]".into()));
        assert_eq!(of("[21] + [22] = [09]"), Some("09: [21] + [22]".into()));
        assert_eq!(of("[06] = count(G102/facility)"), Some("06: count(G102/facility)".into()));
        for text in ["[01] = [02]", "[11] = 0", "[01] >= [02] + [03]", "[01] = [01] + [02]", "[01] = [02] * 2"] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
