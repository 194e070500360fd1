//! Numbers: scales are aligned, units of measure are checked, quotients stay quotients.

use super::Lower;
use super::names::Value;
use crate::ast::{Arithmetic, Kind, Node};
use crate::diagnostic::Diagnostic;
use crate::exact::{Decimal, Ratio};
use crate::graph::{NodeId, Op, Order};
use crate::measure::Measure;

/// What kind of number it is; only equal kinds compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavour {
    Plain,
    Date,
    YearMonth,
    /// In degrees, as a quotient.
    Angle,
}

/// A number in the making: `num / 10^scale`, over `den / 10^den_scale` when there is one.
#[derive(Debug, Clone)]
pub(super) struct Number {
    pub num: NodeId,
    pub scale: u8,
    pub den: Option<(NodeId, u8)>,
    /// `None`: a bare literal, which takes the unit of the other side.
    pub measure: Option<Measure>,
    pub flavour: Flavour,
    /// Half a unit of the last place for each addend with decimals.
    pub slack: Slack,
    pub literal: Option<Decimal>,
}

/// The tolerance of `=`: a constant, and for sums over rows a constant a row.
#[derive(Debug, Clone)]
pub(super) struct Slack {
    pub constant: Ratio,
    /// Count node of the home's domain → tolerance a row.
    pub per_row: Vec<(NodeId, Ratio)>,
}

impl Slack {
    pub fn none() -> Slack {
        Slack { constant: Ratio::zero(), per_row: Vec::new() }
    }

    /// Half a unit of the last of `scale` decimals; whole numbers are exact.
    pub fn half(scale: u8) -> Slack {
        if scale == 0 {
            return Slack::none();
        }
        let half = Decimal { units: 5, scale: scale + 1 };
        Slack { constant: half.to_ratio(), per_row: Vec::new() }
    }

    pub fn plus(mut self, other: Slack) -> Slack {
        self.constant = &self.constant + &other.constant;
        self.per_row.extend(other.per_row);
        self
    }

    /// Of one number or the other.
    pub fn larger(self, other: Slack) -> Slack {
        if !self.per_row.is_empty() || !other.per_row.is_empty() {
            return self.plus(other);
        }
        if self.constant < other.constant { other } else { self }
    }

    fn times(mut self, factor: &Ratio) -> Slack {
        let factor = if factor.is_negative() { -factor } else { factor.clone() };
        self.constant = &self.constant * &factor;
        for (_, each) in &mut self.per_row {
            *each = &*each * &factor;
        }
        self
    }

    pub fn is_none(&self) -> bool {
        self.constant.is_zero() && self.per_row.iter().all(|(_, r)| r.is_zero())
    }
}

impl Number {
    pub fn of(num: NodeId, flavour: Flavour) -> Number {
        Number {
            num,
            scale: 0,
            den: None,
            measure: Some(Measure::none()),
            flavour,
            slack: Slack::none(),
            literal: None,
        }
    }

    pub fn item(num: NodeId, scale: u8, measure: Measure) -> Number {
        Number { scale, measure: Some(measure), slack: Slack::half(scale), ..Number::of(num, Flavour::Plain) }
    }
}

impl Lower<'_> {
    /// An expression that must give a number.
    pub(super) fn number(&mut self, node: &Node) -> Option<Number> {
        match self.any(node)? {
            Value::Number(number) => Some(number),
            Value::Text(_) => self.error("type", node, "a number was expected, this is a text or a code"),
            Value::Truth(_) => self.error("type", node, "a number was expected, this is a condition"),
        }
    }

    pub(super) fn constant(&mut self, value: Decimal) -> Number {
        let value = value.shortest();
        let num = self.add(Op::Constant(value.units));
        Number { scale: value.scale, measure: None, literal: Some(value), ..Number::of(num, Flavour::Plain) }
    }

    pub(super) fn literal(&mut self, node: &Node, text: &str, unit: &str) -> Option<Number> {
        let Ok(value) = text.parse::<Decimal>() else {
            return self.error("number", node, format!("`{text}` is not a number"));
        };
        if unit == "%" {
            // 50% is 0.5 as a factor; beside a per-cent item it is 50. Only `within` and products use it so.
            let mut number = self.constant(Decimal { units: value.units, scale: value.scale + 2 });
            number.measure = Some(Measure::none());
            return Some(number);
        }
        let mut number = self.constant(value);
        if !unit.is_empty() {
            number.measure = Measure::parse(unit);
        }
        Some(number)
    }

    /// A literal that stands in a parameter or set.
    pub(super) fn literal_text(&mut self, node: &Node, text: &str) -> Option<Value> {
        let parsed = crate::parse::parse(text);
        match (&parsed.tree.kind, parsed.problems.is_empty()) {
            (Kind::Number { .. } | Kind::Date(_) | Kind::Text(_) | Kind::Code(_) | Kind::Negate(_), true) => {
                let tree = Node { kind: parsed.tree.kind, span: node.span };
                self.any(&tree)
            }
            _ => self.error("parameter", node, format!("`{text}` is not a number with a unit, a date or a code")),
        }
    }

    pub(super) fn date(&mut self, node: &Node, text: &str) -> Option<Number> {
        let mut parts = text.split('-').map(|p| p.parse::<i64>().ok());
        let (year, month, day) = (parts.next().flatten()?, parts.next().flatten()?, parts.next().flatten());
        let real = |d| crate::calendar::civil(crate::calendar::days(year, month, d)) == (year, month, d);
        if !(1..=12).contains(&month) || !day.is_none_or(real) {
            return self.error("date", node, format!("`{text}` is not a date"));
        }
        let (value, flavour) = match day {
            Some(day) => (crate::calendar::days(year, month, day), Flavour::Date),
            None => (year * 12 + month - 1, Flavour::YearMonth),
        };
        Some(Number::of(self.add(Op::Constant(value.into())), flavour))
    }

    pub(super) fn arithmetic(&mut self, node: &Node, op: Arithmetic, left: &Node, right: &Node) -> Option<Number> {
        let (a, b) = (self.number(left)?, self.number(right)?);
        for (side, number) in [(left, &a), (right, &b)] {
            if !matches!(number.flavour, Flavour::Plain) {
                return self.error("type", side, "dates and angles are compared, not calculated with");
            }
        }
        match op {
            Arithmetic::Add | Arithmetic::Subtract => {
                let measure = self.same_measure(node, &a, &b, "add")?;
                Some(self.add_numbers(op, a, b, measure))
            }
            Arithmetic::Multiply => self.multiply_numbers(node, &a, &b),
            Arithmetic::Divide => self.divide_numbers(node, &a, &b),
        }
    }

    /// Both sides over one denominator, at one scale, added or subtracted.
    fn add_numbers(&mut self, op: Arithmetic, a: Number, b: Number, measure: Option<Measure>) -> Number {
        let (left, right, scale, den) = self.common(&a, &b);
        let num = match op {
            Arithmetic::Subtract => self.add(Op::Subtract(left, right)),
            _ => self.add(Op::Add(left, right)),
        };
        Number { num, scale, den, measure, flavour: a.flavour, slack: a.slack.plus(b.slack), literal: None }
    }

    /// Both numerators over a common denominator and at one scale.
    fn common(&mut self, a: &Number, b: &Number) -> (NodeId, NodeId, u8, Option<(NodeId, u8)>) {
        let (mut left, mut left_scale) = (a.num, a.scale);
        let (mut right, mut right_scale) = (b.num, b.scale);
        let den = match (a.den, b.den) {
            (None, None) => None,
            (Some(d), Some(e)) if d == e => Some(d),
            (d, e) => {
                if let Some((e, scale)) = e {
                    left = self.add(Op::Multiply(left, e));
                    left_scale += scale;
                }
                if let Some((d, scale)) = d {
                    right = self.add(Op::Multiply(right, d));
                    right_scale += scale;
                }
                match (d, e) {
                    (Some((d, s)), Some((e, t))) => Some((self.add(Op::Multiply(d, e)), s + t)),
                    (one, other) => one.or(other),
                }
            }
        };
        let scale = left_scale.max(right_scale);
        (self.rescaled(left, left_scale, scale), self.rescaled(right, right_scale, scale), scale, den)
    }

    /// A number without denominator at a larger scale.
    pub(super) fn aligned(&mut self, number: &Number, scale: u8) -> NodeId {
        self.rescaled(number.num, number.scale, scale)
    }

    pub(super) fn difference(&mut self, a: Number, b: Number) -> Number {
        self.add_numbers(Arithmetic::Subtract, a, b, None)
    }

    fn rescaled(&mut self, node: NodeId, from: u8, to: u8) -> NodeId {
        if from == to {
            return node;
        }
        let factor = 10i128.checked_pow(u32::from(to - from)).unwrap_or(i128::MAX);
        if let Op::Constant(value) = self.graph.op(node)
            && let Some(value) = value.checked_mul(factor)
        {
            return self.add(Op::Constant(value));
        }
        self.add(Op::Scale(node, factor))
    }

    pub(super) fn multiply_numbers(&mut self, node: &Node, a: &Number, b: &Number) -> Option<Number> {
        let measure = self.combined(node, a, b, false)?;
        let num = self.add(Op::Multiply(a.num, b.num));
        let scale = self.scale_sum(node, a.scale, b.scale)?;
        let den = match (a.den, b.den) {
            (Some((d, s)), Some((e, t))) => Some((self.add(Op::Multiply(d, e)), self.scale_sum(node, s, t)?)),
            (one, other) => one.or(other),
        };
        let slack = match (&a.literal, &b.literal) {
            (Some(l), _) => b.slack.clone().times(&l.to_ratio()),
            (_, Some(l)) => a.slack.clone().times(&l.to_ratio()),
            // The rounding of a product is counted at the side it is compared with.
            _ => Slack::none(),
        };
        let literal = match (&a.literal, &b.literal, den) {
            (Some(l), Some(m), None) => l.checked_mul(*m),
            _ => None,
        };
        Some(Number { num, scale, den, measure, flavour: Flavour::Plain, slack, literal })
    }

    pub(super) fn divide_numbers(&mut self, node: &Node, a: &Number, b: &Number) -> Option<Number> {
        if b.literal.is_some_and(Decimal::is_zero) {
            return self.error("zero", node, "division by zero");
        }
        let measure = self.combined(node, a, b, true)?;
        // (n/d) / (m/e) = n·e / (d·m)
        let (mut num, mut scale) = match b.den {
            Some((e, t)) => (self.add(Op::Multiply(a.num, e)), self.scale_sum(node, a.scale, t)?),
            None => (a.num, a.scale),
        };
        let mut den = match a.den {
            Some((d, s)) => (self.add(Op::Multiply(d, b.num)), self.scale_sum(node, s, b.scale)?),
            None => (b.num, b.scale),
        };
        if let Some((e, t)) = b.den.filter(|_| !self.positive(b.den)) {
            // m/e has no value where e is zero: e stays among the denominators.
            (num, scale) = (self.add(Op::Multiply(num, e)), self.scale_sum(node, scale, t)?);
            den = (self.add(Op::Multiply(den.0, e)), self.scale_sum(node, den.1, t)?);
        }
        let slack = match &b.literal {
            Some(l) => Ratio::one().divided_by(&l.to_ratio()).map_or_else(Slack::none, |f| a.slack.clone().times(&f)),
            None => Slack::none(),
        };
        Some(Number { num, scale, den: Some(den), measure, flavour: Flavour::Plain, slack, literal: None })
    }

    fn scale_sum(&mut self, node: &Node, a: u8, b: u8) -> Option<u8> {
        match a.checked_add(b).filter(|s| *s <= 30) {
            Some(scale) => Some(scale),
            None => self.error("scale", node, "more than 30 decimals in one product; round a part first"),
        }
    }

    #[expect(clippy::option_option, reason = "an error, or a unit that only a bare literal lacks")]
    fn combined(&mut self, node: &Node, a: &Number, b: &Number, quotient: bool) -> Option<Option<Measure>> {
        let (left, right) = match (&a.measure, &b.measure) {
            (None, None) => return Some(None),
            (l, r) => (l.clone().unwrap_or_else(Measure::none), r.clone().unwrap_or_else(Measure::none)),
        };
        match if quotient { left.over(&right) } else { left.times(&right) } {
            Some(measure) => Some(Some(measure)),
            None => self.error("measure", node, "the unit of measure of this product is out of range"),
        }
    }

    /// The unit both sides share; an error with a way out when they do not.
    #[expect(clippy::option_option, reason = "an error, or a unit that only a bare literal lacks")]
    pub(super) fn same_measure(&mut self, node: &Node, a: &Number, b: &Number, what: &str) -> Option<Option<Measure>> {
        if a.flavour != b.flavour && !(angle_and_literal(a, b)) {
            return self.error("type", node, "a date compares with a date, a year and month with a year and month");
        }
        let (Some(left), Some(right)) = (&a.measure, &b.measure) else {
            return Some(a.measure.clone().or_else(|| b.measure.clone()));
        };
        if left.same(right) {
            return Some(Some(if left.known { left.clone() } else { right.clone() }));
        }
        let shown = |m: &Measure| if m.text.is_empty() { "a pure number".to_owned() } else { format!("`{}`", m.text) };
        let message = format!("cannot {what} {} and {}", shown(left), shown(right));
        let mut problem = Diagnostic::error("measure", node.span, message);
        if let Some(factor) = right.conversion(left) {
            problem = problem.hint(format!(
                "they differ by the factor {factor} (缺少换算); write convert(…, \"{}\") around the second, or \"{}\" around the first",
                left.text, right.text
            ));
        }
        self.problems.push(problem);
        None
    }

    /// `left ? right` by order; quotients are cross-multiplied.
    pub(super) fn ordered(&mut self, order: Order, a: &Number, b: &Number) -> NodeId {
        if a.den.is_none() && b.den.is_none() || self.positive(a.den) && self.positive(b.den) {
            let (left, right, ..) = self.common(a, b);
            return self.add(Op::Compare(order, left, right));
        }
        let one = |lower: &mut Self, den: Option<(NodeId, u8)>| den.unwrap_or_else(|| (lower.add(Op::Constant(1)), 0));
        let ((d, s), (e, t)) = (one(self, a.den), one(self, b.den));
        // The scales of n·e and m·d are made equal in the numerators.
        let (left, right) = (u16::from(a.scale) + u16::from(t), u16::from(b.scale) + u16::from(s));
        let scale = left.max(right);
        let up = |from: u16| (scale - from) as u8;
        let n = self.rescaled(a.num, 0, up(left));
        let m = self.rescaled(b.num, 0, up(right));
        self.add(Op::CompareQuotients(order, [n, d, m, e]))
    }

    /// Whether a value has a denominator that may be missing or zero.
    pub(super) fn is_quotient(&self, number: &Number) -> bool {
        !self.positive(number.den)
    }

    /// Whether a denominator is a positive constant (or there is none).
    fn positive(&self, den: Option<(NodeId, u8)>) -> bool {
        den.is_none_or(|(d, _)| matches!(self.graph.op(d), Op::Constant(n) if *n > 0))
    }

    /// `|a - b| <= slack` at a common scale.
    pub(super) fn within(&mut self, node: &Node, a: Number, b: Number, slack: &Slack) -> Option<NodeId> {
        let difference = self.add_numbers(Arithmetic::Subtract, a, b, None);
        let distance = self.size(difference);
        let tolerance = self.slack_number(node, slack)?;
        Some(self.ordered(Order::LessEqual, &distance, &tolerance))
    }

    /// The value without its sign, a quotient's denominator included.
    pub(super) fn size(&mut self, value: Number) -> Number {
        let den = value.den.map(|(d, s)| (if self.positive(Some((d, s))) { d } else { self.add(Op::Abs(d)) }, s));
        Number { num: self.add(Op::Abs(value.num)), den, literal: None, ..value }
    }

    fn slack_number(&mut self, node: &Node, slack: &Slack) -> Option<Number> {
        let Some(constant) = slack.constant.exact_decimal() else {
            return self.error("tolerance", node, "the tolerance has no finite decimals; use ~= … within");
        };
        let mut total = self.constant(constant);
        for (count, each) in &slack.per_row {
            let Some(each) = each.exact_decimal() else { continue };
            let factor = self.constant(each);
            let part = Number { num: self.add(Op::Multiply(*count, factor.num)), scale: factor.scale, ..factor };
            total = self.add_numbers(Arithmetic::Add, total, part, None);
        }
        Some(total)
    }

    /// `num / den` rounded half away from zero to so many decimals.
    pub(super) fn rounded(&mut self, number: &Number, decimals: u8) -> Number {
        // n·10^-s / (d·10^-t), to decimals q: round(n · 10^(q + t - s) / d)
        let den_scale = number.den.map_or(0, |(_, t)| t);
        let shift = i32::from(decimals) + i32::from(den_scale) - i32::from(number.scale);
        let power = |n: i32| 10i128.checked_pow(n.max(0).unsigned_abs()).unwrap_or(i128::MAX);
        let num = self.add(Op::Round {
            num: number.num,
            den: number.den.map(|(d, _)| d),
            up: power(shift),
            down: power(-shift),
        });
        Number { num, scale: decimals, den: None, slack: Slack::half(decimals), literal: None, ..number.clone() }
    }
}

/// Angles compare with bare literals, which are degrees.
fn angle_and_literal(a: &Number, b: &Number) -> bool {
    let angle = |n: &Number| n.flavour == Flavour::Angle;
    angle(a) && b.literal.is_some() || angle(b) && a.literal.is_some()
}
