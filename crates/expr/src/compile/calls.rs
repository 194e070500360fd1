//! The functions that are not aggregates over rows.

use super::names::Value;
use super::number::{Flavour, Number, Slack};
use super::{Lower, Scope};
use crate::ast::{Kind, Node, Owner};
use crate::diagnostic::{Diagnostic, nearest};
use crate::exact::Decimal;
use crate::graph::{Members, NodeId, Op, SetTest, TextTest};
use crate::measure::Measure;
use crate::schema::{ColumnId, Period, Rows};

/// Every function, for suggestions and the documentation's test.
pub const FUNCTIONS: [&str; 38] = [
    "sum",
    "count",
    "min",
    "max",
    "any",
    "every",
    "all",
    "exists",
    "prior",
    "prior_census",
    "abs",
    "round",
    "convert",
    "len",
    "matches",
    "code_prefix",
    "contains",
    "filled",
    "blank",
    "or_zero",
    "param",
    "uscc_valid",
    "orgcode_valid",
    "cas_valid",
    "decimals",
    "distance",
    "month",
    "year",
    "today",
    "name",
    "distinct",
    "unique",
    "same",
    "lookup",
    "numbers",
    "complete",
    "tree_sum",
    "degrees",
];

impl Lower<'_> {
    pub(super) fn call(
        &mut self,
        node: &Node,
        name: &str,
        args: &[Node],
        filter: Option<&Node>,
        by: &[Node],
    ) -> Option<Value> {
        let name = if name == "all" { "every" } else { name };
        let aggregate = matches!(name, "sum" | "count" | "min" | "max" | "any" | "every" | "exists");
        if !aggregate && filter.is_some() {
            return self.error("where", node, format!("`where` belongs to an aggregate, not to {name}()"));
        }
        let truth = |id: Option<NodeId>| id.map(Value::Truth);
        match (name, args) {
            ("sum" | "count" | "min" | "max" | "any" | "every" | "exists", _) => {
                self.aggregate(node, name, args, filter)
            }
            ("prior", [item, rest @ ..]) => self.prior(node, item, rest),
            ("prior_census", [item]) => self.prior_period(node, item, Period::LastCensus),
            ("abs", [value]) => {
                let value = self.number(value)?;
                Some(Value::Number(self.size(value)))
            }
            ("round", [value, decimals]) => {
                let value = self.number(value)?;
                let decimals = self.whole(decimals, 9)?;
                Some(Value::Number(self.rounded(&value, decimals)))
            }
            ("convert", [value, unit]) => self.convert(value, unit),
            ("or_zero", [value]) => {
                self.silent += 1;
                let value = self.number(value);
                self.silent -= 1;
                let value = value?;
                if value.den.is_some() {
                    return self.error(
                        "quotient",
                        node,
                        "or_zero takes a value that is not a quotient; round it first",
                    );
                }
                Some(Value::Number(Number { num: self.add(Op::OrZero(value.num)), literal: None, ..value }))
            }
            ("param", [name]) => self.param(node, name),
            ("filled", [value]) => truth(self.filled(value)),
            ("blank", [value]) => {
                let filled = self.filled(value)?;
                truth(Some(self.add(Op::Not(filled))))
            }
            ("len", [value]) => {
                let text = self.text(value)?;
                Some(Value::Number(Number::of(self.add(Op::Length(text)), Flavour::Plain)))
            }
            ("matches", [value, pattern]) => {
                let Kind::Text(pattern_text) = &pattern.kind else {
                    return self.error("pattern", pattern, "a pattern in quotes was expected");
                };
                if let Err(error) = crate::texts::pattern(pattern_text) {
                    return self.error("pattern", pattern, error);
                }
                let text = self.text(value)?;
                truth(Some(self.add(Op::TextTest(text, TextTest::Matches(pattern_text.clone())))))
            }
            ("uscc_valid" | "orgcode_valid" | "cas_valid", [value]) => {
                let text = self.text(value)?;
                let test = match name {
                    "uscc_valid" => TextTest::CreditCode,
                    "orgcode_valid" => TextTest::OrganisationCode,
                    _ => TextTest::Cas,
                };
                truth(Some(self.add(Op::TextTest(text, test))))
            }
            ("contains", [value, code]) => {
                let text = self.text(value)?;
                let (Kind::Text(code) | Kind::Code(code) | Kind::Number { text: code, .. }) = &code.kind else {
                    return self.error("type", code, "a code was expected");
                };
                truth(Some(self.add(Op::TextTest(text, TextTest::HasAny(Members::new(vec![(code.clone(), None)]))))))
            }
            ("code_prefix", [value, length]) => {
                let text = self.text(value)?;
                let length = self.whole(length, 32)?;
                Some(Value::Text(self.add(Op::TextMap(text, crate::graph::TextMap::Prefix(u32::from(length))))))
            }
            ("name", [list, value]) => self.name_of(list, value),
            ("month" | "year", [value]) => {
                let date = self.number(value)?;
                let of_months = match date.flavour {
                    Flavour::Date => false,
                    Flavour::YearMonth => true,
                    _ => return self.error("type", value, "a date or a year and month was expected"),
                };
                let op = if name == "month" { Op::Month(date.num, of_months) } else { Op::Year(date.num, of_months) };
                let num = self.add(op);
                Some(Value::Number(Number { measure: None, ..Number::of(num, Flavour::Plain) }))
            }
            ("today", []) => Some(Value::Number(Number::of(self.add(Op::Today), Flavour::Date))),
            ("decimals", [value]) => self.decimals(node, value),
            ("degrees", [value]) => {
                let angle = self.number(value)?;
                Some(Value::Number(Number { flavour: Flavour::Plain, ..angle }))
            }
            ("distance", [a, b, c, d]) => {
                let mut points = [0; 4];
                for (slot, arg) in points.iter_mut().zip([a, b, c, d]) {
                    let angle = self.number(arg)?;
                    if angle.flavour != Flavour::Angle {
                        return self.error("type", arg, "a longitude or latitude was expected");
                    }
                    *slot = angle.num;
                }
                let num = self.add(Op::Distance(points));
                Some(Value::Number(Number { measure: Measure::parse("m"), ..Number::of(num, Flavour::Plain) }))
            }
            ("distinct", values) => truth(self.distinct(node, values)),
            ("unique" | "same" | "lookup" | "numbers" | "complete" | "tree_sum", _) => {
                truth(self.set_rule(node, name, args, by))
            }
            _ => {
                let mut problem = if FUNCTIONS.contains(&name) {
                    Diagnostic::error(
                        "arguments",
                        node.span,
                        format!("{name}() does not take {} arguments", args.len()),
                    )
                } else {
                    Diagnostic::error("unknown-function", node.span, format!("no function `{name}`"))
                };
                if let Some(near) = nearest(name, FUNCTIONS).filter(|n| *n != name) {
                    problem = problem.hint(format!("did you mean `{near}`?"));
                }
                self.problems.push(problem);
                None
            }
        }
    }

    fn whole(&mut self, node: &Node, most: u8) -> Option<u8> {
        match &node.kind {
            Kind::Number { text, unit } if unit.is_empty() => match text.parse::<u8>().ok().filter(|n| *n <= most) {
                Some(n) => Some(n),
                None => self.error("number", node, format!("a whole number up to {most} was expected")),
            },
            _ => self.error("number", node, format!("a whole number up to {most} was expected")),
        }
    }

    /// An expression that must give a text or a code.
    pub(super) fn text(&mut self, node: &Node) -> Option<NodeId> {
        match self.any(node)? {
            Value::Text(id) => Some(id),
            _ => self.error("type", node, "a text or a code was expected"),
        }
    }

    fn convert(&mut self, value: &Node, unit: &Node) -> Option<Value> {
        let from = self.number(value)?;
        let text = match &unit.kind {
            Kind::Text(text) | Kind::Code(text) => text.clone(),
            _ => return self.error("measure", unit, "a unit of measure in quotes was expected"),
        };
        let Some(to) = Measure::parse(&text).filter(|m| m.known) else {
            return self.error("measure", unit, format!("`{text}` is not a unit of measure"));
        };
        let own = from.measure.clone().unwrap_or_else(Measure::none);
        if !own.known {
            // Said row by row: taken as it is, under the writer's word.
            return Some(Value::Number(Number { measure: Some(to), ..from }));
        }
        let Some(factor) = own.conversion(&to) else {
            return self.error(
                "measure",
                value,
                format!("`{}` cannot be converted to `{text}`: other quantities", own.text),
            );
        };
        let (up, down) = (factor.0.numer().clone(), factor.0.denom().clone());
        let as_number = |lower: &mut Self, n: num_bigint::BigInt| -> Option<Number> {
            let units = i128::try_from(n).ok()?;
            Some(lower.constant(Decimal { units, scale: 0 }))
        };
        let slack = from.slack.clone();
        let (Some(up), Some(down)) = (as_number(self, up), as_number(self, down)) else {
            return self.error("measure", value, "the conversion factor is out of range");
        };
        let bare = Number { measure: Some(Measure::none()), ..from };
        let product = self.product(value, &bare, &up)?;
        let quotient = if down.literal == Some(Decimal { units: 1, scale: 0 }) {
            product
        } else {
            self.quotient(value, &product, &down)?
        };
        let slack = Slack {
            constant: &slack.constant * &factor,
            per_row: slack.per_row.into_iter().map(|(n, r)| (n, &r * &factor)).collect(),
        };
        Some(Value::Number(Number { measure: Some(to), slack, literal: None, ..quotient }))
    }

    fn param(&mut self, node: &Node, name: &Node) -> Option<Value> {
        let Kind::Text(name) = &name.kind else {
            return self.error("parameter", node, "the name of a parameter in quotes was expected");
        };
        let Some(text) = self.parameters.0.get(name).cloned() else {
            let mut problem = Diagnostic::error("unknown-parameter", node.span, format!("no parameter `{name}`"));
            if let Some(near) = nearest(name, self.parameters.0.keys().map(String::as_str)) {
                problem = problem.hint(format!("did you mean `{near}`?"));
            }
            self.problems.push(problem);
            return None;
        };
        self.literal_text(node, &text)
    }

    /// Whether a value is there. An item of a form without a sheet is not.
    fn filled(&mut self, value: &Node) -> Option<NodeId> {
        if let Kind::Form { .. } = &value.kind {
            return match self.aggregate(value, "exists", std::slice::from_ref(value), None)? {
                Value::Truth(id) => Some(id),
                _ => None,
            };
        }
        self.silent += 1;
        let found = self.any(value);
        self.silent -= 1;
        let node = match found? {
            Value::Number(number) if self.is_quotient(&number) => {
                return self.error("quotient", value, "ask for the parts of a quotient, or round it");
            }
            Value::Number(number) => number.num,
            Value::Text(id) => id,
            Value::Truth(_) => return self.error("type", value, "an item was expected"),
        };
        Some(self.add(Op::Filled(node)))
    }

    fn name_of(&mut self, list: &Node, value: &Node) -> Option<Value> {
        let (Kind::Text(name) | Kind::Code(name)) = &list.kind else {
            return self.error("unknown-list", list, "the name of a code list was expected");
        };
        let Some(id) = self.schema.list(name) else {
            return self.error("unknown-list", list, format!("no code list `{name}`"));
        };
        let of = &self.schema.lists[id.0 as usize];
        let pairs = of.codes.iter().cloned().zip(of.names.iter().cloned()).collect();
        let map = crate::graph::TextMap::NameOf(name.clone(), pairs);
        let text = self.text(value)?;
        Some(Value::Text(self.add(Op::TextMap(text, map))))
    }

    /// `decimals([21.lon])`: how many decimals the seconds were typed with; kept in a column beside the angle.
    fn decimals(&mut self, node: &Node, value: &Node) -> Option<Value> {
        let Kind::Item(item) = &value.kind else {
            return self.error("decimals", node, "a longitude or latitude was expected");
        };
        let mut beside = item.clone();
        beside.item.push_str(".decimals");
        let place = Node { kind: Kind::Item(beside), span: value.span };
        match self.any(&place)? {
            Value::Number(number) => Some(Value::Number(Number { measure: None, ..number })),
            _ => None,
        }
    }

    fn prior(&mut self, node: &Node, item: &Node, rest: &[Node]) -> Option<Value> {
        let period = match rest {
            [] => Period::LastYear,
            [Node { kind: Kind::Text(t) | Kind::Code(t), .. }] if t == "census" => Period::LastCensus,
            _ => return self.error("prior", node, "prior([item]) or prior([item], \"census\") was expected"),
        };
        self.prior_period(node, item, period)
    }

    fn prior_period(&mut self, node: &Node, item: &Node, period: Period) -> Option<Value> {
        let Kind::Item(of) = &item.kind else {
            return self.error("prior", node, "prior takes one item");
        };
        let columns = self.columns_of(item, of)?;
        let [id] = columns.as_slice() else {
            return self.error("prior", node, "prior takes one item, not a run");
        };
        if self.schema.at(id.table).rows == Rows::Many {
            return self.error(
                "prior",
                node,
                "prior takes an item of a flat part: rows have no partner in another period",
            );
        }
        let Some(twin) = self.schema.prior(id.table, period) else {
            return self.error("prior", node, "this form has no earlier period");
        };
        let mut of = of.clone();
        of.to = None;
        self.column(node, &of, ColumnId { table: twin, column: id.column })
    }

    /// No value twice; blanks are left out.
    fn distinct(&mut self, node: &Node, values: &[Node]) -> Option<NodeId> {
        self.silent += 1;
        let texts: Option<Vec<NodeId>> = self.expanded(values).iter().map(|v| self.text(v)).collect();
        self.silent -= 1;
        let texts = texts?;
        let mut all = self.add(Op::Truth(true));
        for (at, a) in texts.iter().enumerate() {
            for b in &texts[at + 1..] {
                let same = self.add(Op::SameText(*a, *b));
                let different = self.add(Op::Not(same));
                let (fa, fb) = (self.add(Op::Filled(*a)), self.add(Op::Filled(*b)));
                let both = self.add(Op::And(fa, fb));
                let one_blank = self.add(Op::Not(both));
                let fine = self.add(Op::Or(one_blank, different));
                all = self.add(Op::And(all, fine));
            }
        }
        if texts.len() < 2 {
            return self.error("distinct", node, "distinct takes two or more items");
        }
        Some(all)
    }

    /// Rules over all units of the batch: they need the home's own columns.
    fn set_rule(&mut self, node: &Node, name: &str, args: &[Node], by: &[Node]) -> Option<NodeId> {
        if self.scope != Scope::Home {
            return self.error("set-rule", node, format!("{name}() cannot stand inside an aggregate"));
        }
        let own = |lower: &mut Self, arg: &Node| -> Option<ColumnId> {
            let Kind::Item(item) = &arg.kind else {
                return lower.error("set-rule", arg, format!("{name}() takes items"));
            };
            let columns = lower.columns_of(arg, item)?;
            match columns.as_slice() {
                [id] if id.table == lower.home => {
                    lower.item(arg, item)?;
                    Some(*id)
                }
                _ => lower.error("set-rule", arg, format!("{name}() takes items of the rule's own rows")),
            }
        };
        let test = match (name, args) {
            ("unique", items) if !items.is_empty() => {
                let mut keys = Vec::new();
                for item in items {
                    // `code_prefix([04.area], 6)` as a key: the county.
                    keys.push(match &item.kind {
                        Kind::Call { name, args, .. } if name == "code_prefix" && args.len() == 2 => {
                            self.text(&args[0])?;
                            (own(self, &args[0])?, Some(u32::from(self.whole(&args[1], 32)?)))
                        }
                        _ => (own(self, item)?, None),
                    });
                }
                SetTest::Unique(keys)
            }
            ("same", items) if !items.is_empty() && !by.is_empty() => SetTest::Same {
                values: items.iter().map(|a| own(self, a)).collect::<Option<_>>()?,
                by: by.iter().map(|a| own(self, a)).collect::<Option<_>>()?,
            },
            ("complete", items) if items.len() > 1 => {
                SetTest::Complete(items.iter().map(|a| own(self, a)).collect::<Option<_>>()?)
            }
            ("numbers", [item]) => SetTest::Numbers(own(self, item)?),
            ("tree_sum", [value, key, parent]) => {
                SetTest::TreeSum { value: own(self, value)?, key: own(self, key)?, parent: own(self, parent)? }
            }
            ("lookup", [of, value]) => {
                let Kind::Item(target) = &of.kind else {
                    return self.error("set-rule", of, "lookup([item of any unit], [item of this row]) was expected");
                };
                let Owner::Form(_) = &target.owner else {
                    return self.error("set-rule", of, "write the form in front of the item that is looked up");
                };
                let columns = self.columns_of(of, target)?;
                SetTest::Lookup { of: *columns.first()?, value: own(self, value)? }
            }
            _ => return self.error("arguments", node, format!("{name}() does not take these arguments")),
        };
        Some(self.add(Op::Set(test)))
    }

    pub(super) fn product(&mut self, node: &Node, a: &Number, b: &Number) -> Option<Number> {
        self.multiply_numbers(node, a, b)
    }

    pub(super) fn quotient(&mut self, node: &Node, a: &Number, b: &Number) -> Option<Number> {
        self.divide_numbers(node, a, b)
    }

    /// Reaches a unit's table from inside any domain.
    pub(super) fn sheet(&mut self, node: &Node, form: &str) -> Option<NodeId> {
        match self.schema.table(form, "") {
            Some(table) => Some(self.add(Op::Sheet(table))),
            None => {
                let known = self.schema.tables.iter().map(|t| t.form.as_str());
                let mut problem = Diagnostic::error("unknown-form", node.span, format!("no form `{form}`"));
                if let Some(near) = nearest(form, known) {
                    problem = problem.hint(format!("did you mean `{near}`?"));
                }
                self.problems.push(problem);
                None
            }
        }
    }
}
