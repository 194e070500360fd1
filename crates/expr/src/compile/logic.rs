//! Conditions: comparisons, membership, and the connectives of three-valued logic.

use super::Lower;
use super::names::Value;
use super::number::{Flavour, Number, Slack};
use crate::ast::{Comparison, Kind, Logic, Node, Set};
use crate::diagnostic::{Diagnostic, nearest};
use crate::exact::Decimal;
use crate::graph::{Members, NodeId, Op, Order, TextTest};

impl Lower<'_> {
    /// An expression that must give a condition.
    pub(super) fn truth(&mut self, node: &Node) -> Option<NodeId> {
        match self.any(node)? {
            Value::Truth(id) => Some(id),
            Value::Number(_) | Value::Text(_) => {
                self.error("type", node, "a condition was expected, this is a value; compare it with something")
            }
        }
    }

    /// Any expression.
    pub(super) fn any(&mut self, node: &Node) -> Option<Value> {
        let truth = |id: Option<NodeId>| id.map(Value::Truth);
        let number = |n: Option<Number>| n.map(Value::Number);
        match &node.kind {
            Kind::Broken => None,
            Kind::Number { text, unit } => number(self.literal(node, text, unit)),
            Kind::Date(text) => number(self.date(node, text)),
            Kind::Text(text) | Kind::Code(text) => Some(Value::Text(self.add(Op::TextConstant(text.clone())))),
            Kind::Item(item) => self.item(node, item),
            Kind::Negate(inner) => {
                let value = self.number(inner)?;
                let num = self.add(Op::Negate(value.num));
                let literal = value.literal.map(|l| Decimal { units: -l.units, scale: l.scale });
                Some(Value::Number(Number { num, literal, ..value }))
            }
            Kind::Arithmetic(op, left, right) => number(self.arithmetic(node, *op, left, right)),
            Kind::Compare(comparison, left, right) => truth(self.compare(node, *comparison, left, right)),
            Kind::Near { left, right, within } => truth(self.near(node, left, right, within)),
            Kind::In { value, set, negated } => {
                let id = self.membership(node, value, set)?;
                Some(Value::Truth(if *negated { self.add(Op::Not(id)) } else { id }))
            }
            Kind::HasAny { value, set } => truth(self.has_any(node, value, set)),
            Kind::Between { value, low, high } => {
                let (v, l, h) = (self.number(value)?, self.number(low)?, self.number(high)?);
                self.same_measure(node, &v, &l, "compare")?;
                self.same_measure(node, &v, &h, "compare")?;
                let (above, below) = (self.ordered(Order::LessEqual, &l, &v), self.ordered(Order::LessEqual, &v, &h));
                Some(Value::Truth(self.add(Op::And(above, below))))
            }
            Kind::Not(inner) => {
                let id = self.truth(inner)?;
                Some(Value::Truth(self.add(Op::Not(id))))
            }
            Kind::Logic(logic, left, right) => {
                let (a, b) = (self.truth(left)?, self.truth(right)?);
                Some(Value::Truth(self.logic(*logic, a, b)))
            }
            Kind::If { .. } => {
                self.error("nested-if", node, "`if … then` stands at the beginning of a rule only; use =>")
            }
            Kind::Call { name, args, filter, by } => self.call(node, name, args, filter.as_deref(), by),
            Kind::Form { form, .. } => self.error(
                "form",
                node,
                format!("`{form}` is a form, not a value; write exists({form}) or {form}[item]"),
            ),
        }
    }

    pub(super) fn logic(&mut self, logic: Logic, a: NodeId, b: NodeId) -> NodeId {
        match logic {
            Logic::And => self.add(Op::And(a, b)),
            Logic::Or => self.add(Op::Or(a, b)),
            Logic::Implies => {
                let not = self.add(Op::Not(a));
                self.add(Op::Or(not, b))
            }
            Logic::Same => {
                let forth = self.logic(Logic::Implies, a, b);
                let back = self.logic(Logic::Implies, b, a);
                self.add(Op::And(forth, back))
            }
        }
    }

    fn compare(&mut self, node: &Node, comparison: Comparison, left: &Node, right: &Node) -> Option<NodeId> {
        let (a, b) = (self.any(left)?, self.any(right)?);
        match (a, b) {
            (Value::Number(a), Value::Number(b)) => self.compare_numbers(node, comparison, a, b),
            (Value::Text(a), Value::Text(b)) => {
                self.check_code(left, right);
                self.check_code(right, left);
                self.compare_texts(node, comparison, a, b)
            }
            // `[16] = 1`: a code compared with a number written bare.
            (Value::Text(a), Value::Number(n)) if n.literal.is_some() => {
                let Kind::Number { text, .. } = &right.kind else {
                    return self.error("type", node, "a code compares with a code, not with a calculated number");
                };
                self.check_member(right, left, text);
                let b = self.add(Op::TextConstant(text.clone()));
                self.compare_texts(node, comparison, a, b)
            }
            (Value::Number(n), Value::Text(b)) if n.literal.is_some() => {
                let Kind::Number { text, .. } = &left.kind else {
                    return self.error("type", node, "a code compares with a code, not with a calculated number");
                };
                let a = self.add(Op::TextConstant(text.clone()));
                self.compare_texts(node, comparison, a, b)
            }
            _ => {
                self.error("type", node, "the two sides are of different kinds: a number, a text or code, a condition")
            }
        }
    }

    fn compare_numbers(&mut self, node: &Node, comparison: Comparison, a: Number, b: Number) -> Option<NodeId> {
        self.same_measure(node, &a, &b, "compare")?;
        Some(match comparison {
            Comparison::Less => self.ordered(Order::Less, &a, &b),
            Comparison::LessEqual => self.ordered(Order::LessEqual, &a, &b),
            Comparison::Greater => self.ordered(Order::Less, &b, &a),
            Comparison::GreaterEqual => self.ordered(Order::LessEqual, &b, &a),
            Comparison::Exact => self.ordered(Order::Equal, &a, &b),
            Comparison::NotEqual => self.ordered(Order::NotEqual, &a, &b),
            Comparison::Equal => {
                let slack = a.slack.clone().plus(b.slack.clone());
                let literal = a.literal.is_some() || b.literal.is_some();
                // An item that is asked to be a written number is that number.
                if slack.is_none() || literal || a.flavour != Flavour::Plain {
                    self.ordered(Order::Equal, &a, &b)
                } else {
                    self.within(node, a, b, &slack)?
                }
            }
        })
    }

    fn compare_texts(&mut self, node: &Node, comparison: Comparison, a: NodeId, b: NodeId) -> Option<NodeId> {
        // A constant on one side: asked once a distinct text.
        let (value, constant) = match (self.graph.op(a).clone(), self.graph.op(b).clone()) {
            (_, Op::TextConstant(text)) => (a, Some(text)),
            (Op::TextConstant(text), _) => (b, Some(text)),
            _ => (a, None),
        };
        let same = match constant {
            Some(text) => self.add(Op::TextTest(value, TextTest::In(Members::new(vec![(text, None)])))),
            None => self.add(Op::SameText(a, b)),
        };
        match comparison {
            Comparison::Equal | Comparison::Exact => Some(same),
            Comparison::NotEqual => Some(self.add(Op::Not(same))),
            _ => self.error("type", node, "texts and codes are equal or not; they have no order"),
        }
    }

    fn near(&mut self, node: &Node, left: &Node, right: &Node, within: &Node) -> Option<NodeId> {
        let (a, b) = (self.number(left)?, self.number(right)?);
        self.same_measure(node, &a, &b, "compare")?;
        let relative = matches!(&within.kind, Kind::Number { unit, .. } if unit == "%");
        let tolerance = self.number(within)?;
        let tolerance = if relative {
            let size = self.size(b.clone());
            self.product(node, &size, &tolerance)?
        } else {
            self.same_measure(node, &a, &tolerance, "compare")?;
            tolerance
        };
        let difference = self.difference(a, b);
        let distance = Number { slack: Slack::none(), ..self.size(difference) };
        Some(self.ordered(Order::LessEqual, &distance, &tolerance))
    }

    fn membership(&mut self, node: &Node, value: &Node, set: &Set) -> Option<NodeId> {
        match self.any(value)? {
            Value::Text(id) => {
                let members = self.members(node, set)?;
                if matches!(set, Set::Members(_)) {
                    for (from, to) in &members {
                        if to.is_none() {
                            self.check_member(node, value, from);
                        }
                    }
                }
                Some(self.add(Op::TextTest(id, TextTest::In(Members::new(members)))))
            }
            Value::Number(number) => {
                let members = self.members(node, set)?;
                let mut ranges = Vec::new();
                for (from, to) in &members {
                    let (Ok(low), Ok(high)) = (from.parse::<Decimal>(), to.as_ref().unwrap_or(from).parse::<Decimal>())
                    else {
                        return self.error("type", node, format!("`{from}` is not a number, but the value is one"));
                    };
                    // Inwards: a value with fewer decimals than the bound is never rounded onto it.
                    let scaled = |d: Decimal, up: bool| {
                        let all = d.rescale(number.scale.max(d.scale))?;
                        let step = 10i128.checked_pow(u32::from(all.scale - number.scale))?;
                        let floor = all.units.div_euclid(step);
                        Some(floor + i128::from(up && all.units.rem_euclid(step) != 0))
                    };
                    let (Some(low), Some(high)) = (scaled(low, true), scaled(high, false)) else {
                        return self.error("number", node, format!("`{from}` is out of range"));
                    };
                    ranges.push((low, high));
                }
                if number.den.is_some() {
                    return self.error("quotient", node, "round a quotient before asking whether it is in a set");
                }
                Some(self.add(Op::NumberIn(number.num, ranges)))
            }
            Value::Truth(_) => self.error("type", node, "a condition is not in a set"),
        }
    }

    fn has_any(&mut self, node: &Node, value: &Node, set: &Set) -> Option<NodeId> {
        let Value::Text(id) = self.any(value)? else {
            return self.error("type", node, "`has any` asks a chain of codes");
        };
        let members = self.members(node, set)?;
        for (from, _) in members.iter().filter(|(_, to)| to.is_none()) {
            self.check_member(node, value, from);
        }
        Some(self.add(Op::TextTest(id, TextTest::HasAny(Members::new(members)))))
    }

    /// The values of a set, lists written out.
    fn members(&mut self, node: &Node, set: &Set) -> Option<Vec<(String, Option<String>)>> {
        let (name, names) = match set {
            Set::Members(members) => return Some(members.clone()),
            Set::List(name) => (name, false),
            Set::Names(name) => (name, true),
        };
        let Some(list) = self.schema.list(name) else {
            let known = self.schema.lists.iter().map(|l| l.name.as_str());
            let mut problem = Diagnostic::error("unknown-list", node.span, format!("no code list `{name}`"));
            if let Some(near) = nearest(name, known) {
                problem = problem.hint(format!("did you mean `{near}`?"));
            }
            self.problems.push(problem);
            return None;
        };
        let list = &self.schema.lists[list.0 as usize];
        Some((if names { &list.names } else { &list.codes }).iter().map(|c| (c.clone(), None)).collect())
    }

    /// A literal beside a code item must be a code of its list.
    fn check_code(&mut self, literal: &Node, of: &Node) {
        if let Kind::Text(text) | Kind::Code(text) | Kind::Number { text, .. } = &literal.kind {
            self.check_member(literal, of, text);
        }
    }

    fn check_member(&mut self, place: &Node, of: &Node, code: &str) {
        let Some(list) = self.list_of(of) else { return };
        let list = &self.schema.lists[list];
        if list.codes.iter().any(|c| c == code) {
            return;
        }
        let mut problem =
            Diagnostic::error("unknown-code", place.span, format!("`{code}` is not a code of list `{}`", list.name));
        let by_name = list.names.iter().position(|n| n == code).map(|at| list.codes[at].as_str());
        if let Some(near) = by_name.or_else(|| nearest(code, list.codes.iter().map(String::as_str))) {
            problem = problem.hint(format!("did you mean `{near}`?"));
        }
        self.problems.push(problem);
    }
}
