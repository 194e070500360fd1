//! From conditions to alternatives of facts.

use std::collections::{BTreeMap, BTreeSet};

use super::linear::{self, Linear, Sign};
use super::{ALTERNATIVES, Ranges};
use crate::ast::{Arithmetic, Comparison, Kind, Logic, Node, Set};
use crate::compile::Parameters;
use crate::exact::{Decimal, Ratio};
use crate::print::{item, print};
use crate::schema::{ColumnId, ColumnType, Schema};

/// The texts a value may still have.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Allowed {
    Only(BTreeSet<String>),
    AllBut(BTreeSet<String>),
}

/// Facts that hold together.
#[derive(Debug, Clone, Default)]
pub struct Case {
    linear: Vec<(Linear, Sign)>,
    texts: BTreeMap<String, Allowed>,
    named: BTreeMap<String, bool>,
    /// Two facts exclude each other.
    broken: bool,
}

impl Case {
    fn linear(linear: Linear, sign: Sign) -> Case {
        Case { linear: vec![(linear, sign)], ..Case::default() }
    }

    pub fn and(&self, other: &Case) -> Case {
        let mut all = self.clone();
        all.broken |= other.broken;
        all.linear.extend(other.linear.iter().cloned());
        for (name, allowed) in &other.texts {
            let both = match (all.texts.get(name), allowed) {
                (None, one) => one.clone(),
                (Some(Allowed::Only(a)), Allowed::Only(b)) => Allowed::Only(a & b),
                (Some(Allowed::AllBut(a)), Allowed::AllBut(b)) => Allowed::AllBut(a | b),
                (Some(Allowed::Only(a)), Allowed::AllBut(b)) => Allowed::Only(a - b),
                (Some(Allowed::AllBut(a)), Allowed::Only(b)) => Allowed::Only(b - a),
            };
            all.broken |= both == Allowed::Only(BTreeSet::new());
            all.texts.insert(name.clone(), both);
        }
        for (name, value) in &other.named {
            all.broken |= all.named.insert(name.clone(), *value).is_some_and(|before| before != *value);
        }
        all
    }

    pub fn possible(&self) -> bool {
        !self.broken && linear::possible(&self.linear)
    }

    /// Whether it can hold for all that is known: nothing in it is opaque but what both of two sides state.
    pub fn shown_with(&self, a: &[Case], b: &[Case]) -> bool {
        let stated = |cases: &[Case], name: &String| cases.iter().all(|c| c.named.contains_key(name));
        self.possible() && self.named.keys().all(|name| stated(a, name) && stated(b, name))
    }

    /// What it speaks of.
    pub fn keys(&self) -> Vec<String> {
        let unknowns = self.linear.iter().flat_map(|(l, _)| l.terms.keys());
        unknowns.chain(self.texts.keys()).chain(self.named.keys()).cloned().collect()
    }
}

/// Both hold; `None` when there are too many alternatives.
pub fn both(a: &[Case], b: &[Case]) -> Option<Vec<Case>> {
    (a.len() * b.len() <= ALTERNATIVES)
        .then(|| a.iter().flat_map(|x| b.iter().map(|y| x.and(y))).filter(|c| !c.broken).collect())
}

fn either(mut a: Vec<Case>, b: Vec<Case>) -> Option<Vec<Case>> {
    a.extend(b);
    (a.len() <= ALTERNATIVES).then_some(a)
}

/// A number that is linear in unknowns, and what `=` grants it; `slack` `None`: not known.
struct Sum {
    linear: Linear,
    slack: Option<Ratio>,
    literal: bool,
}

/// Reads the conditions of one rule.
pub struct Reader<'a> {
    pub schema: &'a Schema,
    pub parameters: &'a Parameters,
    pub ranges: &'a Ranges,
    pub reads: &'a [(String, ColumnId)],
}

impl Reader<'_> {
    /// The alternatives under which a condition is true (or false).
    pub fn cases(&self, node: &Node, holds: bool) -> Option<Vec<Case>> {
        match &node.kind {
            Kind::Not(inner) => self.cases(inner, !holds),
            Kind::Logic(logic, a, b) => self.logic(*logic, a, b, holds),
            Kind::Between { value, low, high } => {
                let above = self.comparison(low, Comparison::LessEqual, value, holds)?;
                let below = self.comparison(value, Comparison::LessEqual, high, holds)?;
                if holds { both(&above, &below) } else { either(above, below) }
            }
            Kind::In { value, set, negated } => {
                self.membership(value, set, holds != *negated).or_else(|| Some(opaque(node, holds)))
            }
            Kind::Compare(comparison, a, b) => {
                self.text_comparison(*comparison, a, b, holds).or_else(|| self.comparison(a, *comparison, b, holds))
            }
            Kind::Near { left, right, within } if !matches!(&within.kind, Kind::Number { unit, .. } if unit == "%") => {
                let (a, b, w) = (self.sum(left), self.sum(right), self.sum(within));
                let minus = -&Ratio::one();
                let difference = a.linear.plus(&b.linear, &minus);
                Some(self.with_ranges(apart(&difference, &w.linear, holds)))
            }
            _ => Some(opaque(node, holds)),
        }
    }

    fn logic(&self, logic: Logic, a: &Node, b: &Node, holds: bool) -> Option<Vec<Case>> {
        let cases = |node: &Node, holds: bool| self.cases(node, holds);
        match (logic, holds) {
            (Logic::And, true) => both(&cases(a, true)?, &cases(b, true)?),
            (Logic::And, false) => either(cases(a, false)?, cases(b, false)?),
            (Logic::Or, true) => either(cases(a, true)?, cases(b, true)?),
            (Logic::Or, false) => both(&cases(a, false)?, &cases(b, false)?),
            (Logic::Implies, true) => either(cases(a, false)?, cases(b, true)?),
            (Logic::Implies, false) => both(&cases(a, true)?, &cases(b, false)?),
            (Logic::Same, same) => {
                let one = both(&cases(a, true)?, &cases(b, same)?)?;
                either(one, both(&cases(a, false)?, &cases(b, !same)?)?)
            }
        }
    }

    /// `a ? b` of numbers.
    fn comparison(&self, a: &Node, comparison: Comparison, b: &Node, holds: bool) -> Option<Vec<Case>> {
        let minus = -&Ratio::one();
        let written = format!("{} {comparison:?} {}", print(a), print(b));
        if spelling(a) || spelling(b) {
            return Some(named(written, holds));
        }
        let (a, b) = (self.sum(a), self.sum(b));
        let (up, down) = (a.linear.plus(&b.linear, &minus), b.linear.plus(&a.linear, &minus));
        let cases = match (comparison, holds) {
            (Comparison::Less, true) | (Comparison::GreaterEqual, false) => vec![Case::linear(up, Sign::Below)],
            (Comparison::LessEqual, true) | (Comparison::Greater, false) => vec![Case::linear(up, Sign::AtMost)],
            (Comparison::Greater, true) | (Comparison::LessEqual, false) => vec![Case::linear(down, Sign::Below)],
            (Comparison::GreaterEqual, true) | (Comparison::Less, false) => vec![Case::linear(down, Sign::AtMost)],
            (Comparison::Exact, same) => equal(up, same),
            (Comparison::NotEqual, different) => equal(up, !different),
            (Comparison::Equal, same) if a.literal || b.literal => equal(up, same),
            (Comparison::Equal, same) => match (a.slack, b.slack) {
                (Some(x), Some(y)) => match &x + &y {
                    slack if slack.is_zero() => equal(up, same),
                    slack => apart(&up, &Linear::constant(slack), same),
                },
                _ => return Some(named(written, holds)),
            },
        };
        Some(self.with_ranges(cases))
    }

    /// The bounds of every column a case speaks of.
    fn with_ranges(&self, mut cases: Vec<Case>) -> Vec<Case> {
        for case in &mut cases {
            let names: BTreeSet<String> = case.linear.iter().flat_map(|(l, _)| l.terms.keys().cloned()).collect();
            for name in names {
                let Some(id) = column_of(&name) else { continue };
                let zero = (Some(Ratio::zero()), None);
                let (low, high) = match self.schema.column(id).ty {
                    ColumnType::Number { .. } => self.ranges.get(&id).cloned().unwrap_or(zero),
                    _ => continue,
                };
                let (unknown, minus) = (Linear::unknown(name), -&Ratio::one());
                if let Some(low) = low {
                    case.linear.push((Linear::constant(low).plus(&unknown, &minus), Sign::AtMost));
                }
                if let Some(high) = high {
                    case.linear.push((unknown.plus(&Linear::constant(high), &minus), Sign::AtMost));
                }
            }
        }
        cases
    }

    fn column(&self, node: &Node) -> Option<(String, &ColumnType)> {
        let Kind::Item(of) = &node.kind else { return None };
        let written = item(of);
        let (_, id) = self.reads.iter().find(|(text, _)| *text == written)?;
        Some((key(*id), &self.schema.column(*id).ty))
    }

    fn sum(&self, node: &Node) -> Sum {
        let known = |linear: Linear, literal: bool| Sum { linear, slack: Some(Ratio::zero()), literal };
        let unknown = || Sum { linear: Linear::unknown(print(node)), slack: None, literal: false };
        match &node.kind {
            Kind::Number { text, unit } => match text.parse::<Decimal>() {
                Ok(value) if unit == "%" => {
                    known(Linear::constant(Decimal { scale: value.scale + 2, ..value }.to_ratio()), true)
                }
                Ok(value) => known(Linear::constant(value.to_ratio()), true),
                Err(_) => unknown(),
            },
            Kind::Item(_) => match self.column(node) {
                Some((name, ColumnType::Number { scale })) => {
                    let half =
                        if *scale == 0 { Ratio::zero() } else { Decimal { units: 5, scale: scale + 1 }.to_ratio() };
                    Sum { linear: Linear::unknown(name), slack: Some(half), literal: false }
                }
                _ => unknown(),
            },
            Kind::Negate(inner) => {
                let inner = self.sum(inner);
                Sum { linear: inner.linear.times(&-&Ratio::one()), ..inner }
            }
            Kind::Arithmetic(op, a, b) => {
                let (x, y) = (self.sum(a), self.sum(b));
                let added = |factor: Ratio| Sum {
                    linear: x.linear.plus(&y.linear, &factor),
                    slack: x.slack.as_ref().zip(y.slack.as_ref()).map(|(s, t)| s + t),
                    literal: false,
                };
                let scaled = |of: &Sum, factor: &Ratio, literal: bool| {
                    let size = if factor.is_negative() { -factor } else { factor.clone() };
                    Sum { linear: of.linear.times(factor), slack: of.slack.as_ref().map(|s| s * &size), literal }
                };
                match op {
                    Arithmetic::Add => added(Ratio::one()),
                    Arithmetic::Subtract => added(-&Ratio::one()),
                    Arithmetic::Multiply if x.literal => scaled(&y, &x.linear.value(), y.literal),
                    Arithmetic::Multiply if y.literal => scaled(&x, &y.linear.value(), false),
                    Arithmetic::Divide if y.literal => match Ratio::one().divided_by(&y.linear.value()) {
                        Some(factor) => scaled(&x, &factor, false),
                        None => unknown(),
                    },
                    _ => unknown(),
                }
            }
            Kind::Call { name, args, .. } if name == "param" => match args.first().map(|a| &a.kind) {
                Some(Kind::Text(name)) => {
                    match self.parameters.0.get(name).map(|text| crate::parse::parse(text).tree) {
                        Some(tree) if matches!(tree.kind, Kind::Number { .. } | Kind::Negate(_)) => self.sum(&tree),
                        _ => unknown(),
                    }
                }
                _ => unknown(),
            },
            _ => unknown(),
        }
    }

    /// A code or text of a column beside a written one.
    fn text_comparison(&self, comparison: Comparison, a: &Node, b: &Node, holds: bool) -> Option<Vec<Case>> {
        let written = |node: &Node| match &node.kind {
            Kind::Text(t) | Kind::Code(t) | Kind::Number { text: t, .. } => Some(t.clone()),
            _ => None,
        };
        let ((name, ty), text) = match (self.column(a), self.column(b)) {
            (Some(column), None) => (column, written(b)?),
            (None, Some(column)) => (column, written(a)?),
            _ => return None,
        };
        let same = (comparison != Comparison::NotEqual) == holds;
        self.texts(name, ty, [text].into(), same)
    }

    fn membership(&self, value: &Node, set: &Set, holds: bool) -> Option<Vec<Case>> {
        let members: Vec<(String, Option<String>)> = match set {
            Set::Members(members) => members.clone(),
            Set::List(name) => {
                let list = &self.schema.lists[self.schema.list(name)?.0 as usize];
                list.codes.iter().map(|c| (c.clone(), None)).collect()
            }
            Set::Names(_) => return None,
        };
        let (name, ty) = self.column(value)?;
        if !matches!(ty, ColumnType::Number { .. }) {
            let texts: Option<BTreeSet<String>> = match ty {
                // Of a list, the codes that the engine would find in the set: runs included.
                ColumnType::Code { list } => {
                    let codes = &self.schema.lists[list.0 as usize].codes;
                    Some(codes.iter().filter(|c| crate::texts::member(c, &members)).cloned().collect())
                }
                _ => members.iter().map(|(from, to)| to.is_none().then(|| from.clone())).collect(),
            };
            return self.texts(name, ty, texts?, holds);
        }
        let (of, minus) = (Linear::unknown(name), -&Ratio::one());
        let mut all = if holds { Vec::new() } else { vec![Case::default()] };
        for (from, to) in &members {
            let low = Linear::constant(from.parse::<Ratio>().ok()?);
            let high = Linear::constant(to.as_ref().unwrap_or(from).parse::<Ratio>().ok()?);
            let (below, above) = (low.plus(&of, &minus), of.plus(&high, &minus));
            if holds {
                let inside = Case::linear(below, Sign::AtMost).and(&Case::linear(above, Sign::AtMost));
                all = either(all, vec![inside])?;
            } else {
                // Below the low bound, or above the high one.
                let (under, over) = (below.times(&minus), above.times(&minus));
                all = both(&all, &[Case::linear(under, Sign::Below), Case::linear(over, Sign::Below)])?;
            }
        }
        Some(self.with_ranges(all))
    }

    fn texts(&self, name: String, ty: &ColumnType, texts: BTreeSet<String>, holds: bool) -> Option<Vec<Case>> {
        let allowed = match ty {
            ColumnType::Text if holds => Allowed::Only(texts),
            ColumnType::Text => Allowed::AllBut(texts),
            ColumnType::Code { list } => {
                let codes: BTreeSet<String> = self.schema.lists[list.0 as usize].codes.iter().cloned().collect();
                Allowed::Only(if holds { &codes & &texts } else { &codes - &texts })
            }
            _ => return None,
        };
        let broken = allowed == Allowed::Only(BTreeSet::new());
        Some(vec![Case { texts: [(name, allowed)].into(), broken, ..Case::default() }])
    }
}

/// The name of a column among the unknowns; nothing a rule prints looks like it.
fn key(id: ColumnId) -> String {
    format!("#{}.{}", id.table.0, id.column)
}

fn column_of(key: &str) -> Option<ColumnId> {
    let (table, column) = key.strip_prefix('#')?.split_once('.')?;
    Some(ColumnId { table: crate::schema::TableId(table.parse().ok()?), column: column.parse().ok()? })
}

/// A written number such as `06`, which beside a code is another text than `6`.
fn spelling(node: &Node) -> bool {
    let Kind::Number { text, .. } = &node.kind else { return false };
    text.parse::<Decimal>().is_ok_and(|value| value.shortest().to_string() != *text)
}

fn opaque(node: &Node, holds: bool) -> Vec<Case> {
    named(print(node), holds)
}

fn named(name: String, holds: bool) -> Vec<Case> {
    vec![Case { named: [(name, holds)].into(), ..Case::default() }]
}

fn equal(difference: Linear, same: bool) -> Vec<Case> {
    if same {
        return vec![Case::linear(difference, Sign::Zero)];
    }
    let other = difference.times(&-&Ratio::one());
    vec![Case::linear(difference, Sign::Below), Case::linear(other, Sign::Below)]
}

/// `|difference| <= most`, or not.
fn apart(difference: &Linear, most: &Linear, within: bool) -> Vec<Case> {
    let minus = -&Ratio::one();
    let (up, down) = (difference.plus(most, &minus), difference.times(&minus).plus(most, &minus));
    if within {
        return vec![Case::linear(up, Sign::AtMost).and(&Case::linear(down, Sign::AtMost))];
    }
    vec![Case::linear(up.times(&minus), Sign::Below), Case::linear(down.times(&minus), Sign::Below)]
}
