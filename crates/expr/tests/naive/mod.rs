//! The meaning of the language once more, one row at a time, with ratios of any size and `Option` for missing:
//! slow and plain, to be compared with the engine that works by column.

use std::collections::BTreeMap;

use expr::ast::{Arithmetic, Comparison, ItemRef, Kind, Logic, Node, Owner, Set};
use expr::exact::{Decimal, Ratio};
use expr::outcome::Outcome;
use expr::schema::{ColumnType, Period, Rows, Schema, TableId};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};

/// One row: column → value as text; a column that is not there is missing.
pub type Row = BTreeMap<String, String>;
/// One unit: its rows, a list a table of the schema.
pub type Unit = Vec<Vec<Row>>;

/// A number that may be missing, and the tolerance `=` grants it.
#[derive(Debug, Clone)]
struct Number {
    value: Option<BigRational>,
    slack: BigRational,
    literal: Option<BigRational>,
}

#[derive(Debug, Clone)]
enum Value {
    Number(Number),
    Text(Option<String>),
    Truth(Option<bool>),
}

/// One home row, and inside an aggregate the row it is at.
#[derive(Clone, Copy)]
struct At<'a> {
    schema: &'a Schema,
    unit: &'a Unit,
    home: TableId,
    row: &'a Row,
    inner: Option<(TableId, &'a Row)>,
}

/// The outcome of a rule on one home row of a unit.
pub fn outcome(schema: &Schema, rule: &Node, home: TableId, unit: &Unit, row: usize) -> Outcome {
    let at = At { schema, unit, home, row: &unit[home.0 as usize][row], inner: None };
    if at.speaks_of(rule).iter().any(|t| unit[t.0 as usize].is_empty()) {
        return Outcome::NotApplicable;
    }
    let (guard, condition) = match &rule.kind {
        Kind::If { guard, then } => (at.truth(guard), &**then),
        _ => (Some(true), rule),
    };
    match (guard, at.truth(condition)) {
        (Some(false), _) => Outcome::NotApplicable,
        (None, _) | (_, None) => Outcome::NotComputable,
        (_, Some(true)) => Outcome::Pass,
        (_, Some(false)) => Outcome::Fail,
    }
}

fn ratio(decimal: Decimal) -> BigRational {
    decimal.to_ratio().0
}

fn half(scale: u8) -> BigRational {
    if scale == 0 { BigRational::zero() } else { ratio(Decimal { units: 5, scale: scale + 1 }) }
}

fn and(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn not(a: Option<bool>) -> Option<bool> {
    a.map(|a| !a)
}

fn or(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    not(and(not(a), not(b)))
}

/// Kleene over many: false as soon as one is false, unknown when one is unknown and none is false.
fn all(each: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut so_far = Some(true);
    for one in each {
        so_far = and(so_far, one);
    }
    so_far
}

fn plain(value: Option<BigRational>) -> Value {
    Value::Number(Number { value, slack: BigRational::zero(), literal: None })
}

fn is_aggregate(name: &str) -> bool {
    matches!(name, "sum" | "count" | "min" | "max" | "any" | "every" | "exists")
}

fn items(node: &Node) -> Vec<&ItemRef> {
    let mut found = Vec::new();
    expr::ast::walk(node, &mut |n| {
        if let Kind::Item(item) = &n.kind {
            found.push(item);
        }
    });
    found
}

impl<'a> At<'a> {
    /// The table and column an item names: the row's own table first, then the home, then the rest of the form.
    fn column(&self, item: &ItemRef, code: &str) -> (TableId, u32) {
        let own = match (&item.owner, self.inner) {
            (Owner::This, _) | (_, None) => self.home,
            (_, Some((table, _))) => table,
        };
        let form = match &item.owner {
            Owner::Form(form) => form.clone(),
            Owner::This => self.schema.at(self.home).form.clone(),
            Owner::Bare => self.schema.at(own).form.clone(),
        };
        let all = (0..self.schema.tables.len() as u32).map(TableId);
        let mut tables: Vec<TableId> = all
            .filter(|t| {
                let table = self.schema.at(*t);
                table.prior_of.is_none() && table.form == form && (item.block.is_empty() || table.block == item.block)
            })
            .collect();
        tables.sort_by_key(|t| {
            if *t == own {
                0
            } else if *t == self.home {
                1
            } else {
                2
            }
        });
        tables.into_iter().find_map(|t| Some((t, self.schema.at(t).column(code)?))).expect("the rule compiled")
    }

    /// The row of a table that is seen from here.
    fn row_of(&self, item: &ItemRef, table: TableId) -> Option<&'a Row> {
        match self.inner {
            Some((inner, row)) if inner == table && item.owner != Owner::This => Some(row),
            _ if table == self.home => Some(self.row),
            _ => self.unit[table.0 as usize].first(),
        }
    }

    fn read(&self, item: &ItemRef, table: TableId, column: u32) -> Value {
        let column = &self.schema.at(table).columns[column as usize];
        let text = self.row_of(item, table).and_then(|row| row.get(&column.code));
        match column.ty {
            ColumnType::Number { scale } => Value::Number(Number {
                value: text.map(|t| ratio(t.parse().expect("a number"))),
                slack: half(scale),
                literal: None,
            }),
            _ => Value::Text(text.cloned()),
        }
    }

    /// A run of items written out.
    fn run(&self, item: &ItemRef) -> Vec<(TableId, u32)> {
        let (table, first) = self.column(item, &item.item);
        let last = item.to.as_ref().map_or(first, |to| self.column(item, to).1);
        (first..=last).map(|c| (table, c)).collect()
    }

    /// The flat tables of other forms (or periods) that a rule needs a sheet of.
    fn speaks_of(&self, node: &Node) -> Vec<TableId> {
        let mut found = Vec::new();
        match &node.kind {
            Kind::Item(item) => {
                let (table, _) = self.column(item, &item.item);
                if self.schema.at(table).form != self.schema.at(self.home).form {
                    found.push(table);
                }
            }
            Kind::Call { name, args, .. } if name == "prior" => {
                let Kind::Item(item) = &args[0].kind else { panic!("prior of an item") };
                found.push(self.twin(item));
            }
            Kind::Call { name, args, filter, .. }
                if is_aggregate(name) && args.first().is_some_and(|a| self.rows(a, filter.is_some()).is_some()) => {}
            Kind::Call { args, .. } => found.extend(args.iter().flat_map(|a| self.speaks_of(a))),
            Kind::Negate(a) | Kind::Not(a) | Kind::In { value: a, .. } | Kind::HasAny { value: a, .. } => {
                found.extend(self.speaks_of(a));
            }
            Kind::Arithmetic(_, a, b)
            | Kind::Compare(_, a, b)
            | Kind::Logic(_, a, b)
            | Kind::If { guard: a, then: b } => {
                found.extend(self.speaks_of(a));
                found.extend(self.speaks_of(b));
            }
            Kind::Near { left: a, right: b, within: c } | Kind::Between { value: a, low: b, high: c } => {
                for part in [a, b, c] {
                    found.extend(self.speaks_of(part));
                }
            }
            _ => {}
        }
        found
    }

    fn twin(&self, item: &ItemRef) -> TableId {
        let (table, _) = self.column(item, &item.item);
        self.schema.prior(table, Period::LastYear).expect("the rule compiled")
    }

    /// The table an aggregate runs over; `None`: over items of one row.
    fn rows(&self, arg: &Node, filtered: bool) -> Option<TableId> {
        if let Kind::Form { form, block } = &arg.kind {
            return self.schema.table(form, block);
        }
        items(arg).into_iter().filter(|i| i.owner != Owner::This).find_map(|item| {
            let (table, _) = self.column(item, &item.item);
            let named = matches!(item.owner, Owner::Form(_));
            let runs = match self.schema.at(table).rows {
                Rows::Many => table != self.home || named,
                Rows::One => table != self.home && named && filtered,
            };
            runs.then_some(table)
        })
    }

    fn number(&self, node: &Node) -> Number {
        match self.value(node) {
            Value::Number(number) => number,
            other => panic!("a number was expected: {other:?}"),
        }
    }

    fn truth(&self, node: &Node) -> Option<bool> {
        match self.value(node) {
            Value::Truth(truth) => truth,
            other => panic!("a condition was expected: {other:?}"),
        }
    }

    fn is_there(&self, node: &Node) -> bool {
        match self.value(node) {
            Value::Number(number) => number.value.is_some(),
            Value::Text(text) => text.is_some(),
            Value::Truth(truth) => truth == Some(true),
        }
    }

    fn value(&self, node: &Node) -> Value {
        match &node.kind {
            Kind::Number { text, unit } => {
                let hundredth = BigRational::new(1.into(), if unit == "%" { 100 } else { 1 }.into());
                let value = ratio(text.parse().expect("a number")) * hundredth;
                let literal = (unit != "%").then(|| value.clone());
                Value::Number(Number {
                    literal: literal.or(Some(value.clone())),
                    value: Some(value),
                    slack: BigRational::zero(),
                })
            }
            Kind::Text(text) | Kind::Code(text) => Value::Text(Some(text.clone())),
            Kind::Item(item) => {
                let (table, column) = self.column(item, &item.item);
                self.read(item, table, column)
            }
            Kind::Negate(inner) => {
                let n = self.number(inner);
                Value::Number(Number { value: n.value.map(|v| -v), slack: n.slack, literal: n.literal.map(|v| -v) })
            }
            Kind::Arithmetic(op, a, b) => Value::Number(arithmetic(*op, self.number(a), self.number(b))),
            Kind::Compare(comparison, a, b) => Value::Truth(self.compare(*comparison, a, b)),
            Kind::Near { left, right, within } => {
                let relative = matches!(&within.kind, Kind::Number { unit, .. } if unit == "%");
                let (a, b, w) = (self.number(left).value, self.number(right).value, self.number(within).value);
                Value::Truth(match (a, b, w) {
                    (Some(a), Some(b), Some(w)) => {
                        let most = if relative { b.abs() * w } else { w };
                        Some((a - b).abs() <= most)
                    }
                    _ => None,
                })
            }
            Kind::In { value, set, negated } => {
                let Set::Members(members) = set else { panic!("sets are written out here") };
                let found = match self.value(value) {
                    Value::Number(n) => n.value.map(|v| {
                        let bound = |t: &String| ratio(t.parse().expect("a number"));
                        members.iter().any(|(low, high)| bound(low) <= v && v <= bound(high.as_ref().unwrap_or(low)))
                    }),
                    Value::Text(text) => text.map(|t| members.iter().any(|(m, _)| *m == t)),
                    Value::Truth(_) => panic!("a condition is not in a set"),
                };
                Value::Truth(if *negated { not(found) } else { found })
            }
            Kind::Between { value, low, high } => {
                let (v, l, h) = (self.number(value).value, self.number(low).value, self.number(high).value);
                let ordered = |a: &Option<BigRational>, b: &Option<BigRational>| Some(a.as_ref()? <= b.as_ref()?);
                Value::Truth(and(ordered(&l, &v), ordered(&v, &h)))
            }
            Kind::Not(inner) => Value::Truth(not(self.truth(inner))),
            Kind::Logic(logic, a, b) => {
                let (a, b) = (self.truth(a), self.truth(b));
                Value::Truth(match logic {
                    Logic::And => and(a, b),
                    Logic::Or => or(a, b),
                    Logic::Implies => or(not(a), b),
                    Logic::Same => and(or(not(a), b), or(not(b), a)),
                })
            }
            Kind::Call { name, args, filter, .. } => self.call(name, args, filter.as_deref()),
            other => panic!("not in these tests: {other:?}"),
        }
    }

    fn compare(&self, comparison: Comparison, left: &Node, right: &Node) -> Option<bool> {
        let text = |value: Value, node: &Node| match (value, &node.kind) {
            (Value::Text(text), _) => text,
            (_, Kind::Number { text, .. }) => Some(text.clone()),
            (other, _) => panic!("a text was expected: {other:?}"),
        };
        let (a, b) = match (self.value(left), self.value(right)) {
            (Value::Number(a), Value::Number(b)) => (a, b),
            (a, b) => {
                let same = text(a, left)? == text(b, right)?;
                return Some(if comparison == Comparison::NotEqual { !same } else { same });
            }
        };
        let exact = a.literal.is_some() || b.literal.is_some();
        let (x, y) = (a.value?, b.value?);
        Some(match comparison {
            Comparison::Equal if exact => x == y,
            Comparison::Equal => (x - y).abs() <= a.slack + b.slack,
            Comparison::Exact => x == y,
            Comparison::NotEqual => x != y,
            Comparison::Less => x < y,
            Comparison::LessEqual => x <= y,
            Comparison::Greater => x > y,
            Comparison::GreaterEqual => x >= y,
        })
    }

    fn call(&self, name: &str, args: &[Node], filter: Option<&Node>) -> Value {
        match (name, args) {
            (_, [first, ..]) if is_aggregate(name) => match self.rows(first, filter.is_some()) {
                Some(table) => self.over_rows(name, table, first, filter),
                None => self.over_items(name, args),
            },
            ("filled", [value]) => Value::Truth(Some(self.is_there(value))),
            ("blank", [value]) => Value::Truth(Some(!self.is_there(value))),
            ("or_zero", [value]) => {
                let n = self.number(value);
                Value::Number(Number {
                    value: Some(n.value.unwrap_or_else(BigRational::zero)),
                    slack: n.slack,
                    literal: None,
                })
            }
            ("abs", [value]) => {
                let n = self.number(value);
                Value::Number(Number { value: n.value.map(|v| v.abs()), slack: n.slack, literal: None })
            }
            ("round", [value, decimals]) => {
                let Kind::Number { text, .. } = &decimals.kind else { panic!("decimals are written") };
                let scale: u8 = text.parse().expect("a number");
                let shift = BigRational::from_integer(BigInt::from(10).pow(u32::from(scale)));
                let value = self.number(value).value.map(|v| (v * &shift).round() / &shift);
                Value::Number(Number { value, slack: half(scale), literal: None })
            }
            ("prior", [Node { kind: Kind::Item(item), .. }]) => {
                let (_, column) = self.column(item, &item.item);
                let twin = self.twin(item);
                self.read(&ItemRef { owner: Owner::Bare, ..item.clone() }, twin, column)
            }
            _ => panic!("not in these tests: {name}"),
        }
    }

    /// Runs written out; of conditions, the run is what is compared.
    fn each(&self, args: &[Node]) -> Vec<Node> {
        let one = |node: &Node| -> Option<Vec<Node>> {
            let Kind::Item(item) = &node.kind else { return None };
            item.to.as_ref()?;
            let written = |(table, column): (TableId, u32)| {
                let code = self.schema.at(table).columns[column as usize].code.clone();
                Node { kind: Kind::Item(ItemRef { item: code, to: None, ..item.clone() }), span: node.span }
            };
            Some(self.run(item).into_iter().map(written).collect())
        };
        args.iter()
            .flat_map(|arg| match &arg.kind {
                Kind::Compare(c, left, right) => match one(left) {
                    Some(run) => run
                        .into_iter()
                        .map(|n| Node { kind: Kind::Compare(*c, Box::new(n), right.clone()), span: arg.span })
                        .collect(),
                    None => vec![arg.clone()],
                },
                _ => one(arg).unwrap_or_else(|| vec![arg.clone()]),
            })
            .collect()
    }

    fn over_items(&self, name: &str, args: &[Node]) -> Value {
        let args = self.each(args);
        match name {
            "any" => Value::Truth(not(all(args.iter().map(|a| not(self.truth(a)))))),
            "every" => Value::Truth(all(args.iter().map(|a| self.truth(a)))),
            "exists" => Value::Truth(Some(args.iter().any(|a| self.is_there(a)))),
            "count" => {
                let count = args.iter().filter(|a| self.is_there(a)).count();
                plain(Some(BigRational::from_integer(count.into())))
            }
            _ => {
                let numbers: Vec<Number> = args.iter().map(|a| self.number(a)).collect();
                let sum = |a: BigRational, b: BigRational| a + b;
                let slacks = numbers.iter().map(|n| n.slack.clone());
                let slack = if name == "sum" { slacks.reduce(sum) } else { slacks.max() }.expect("some item");
                let values = numbers.into_iter().filter_map(|n| n.value);
                let value = match name {
                    "sum" => values.reduce(sum),
                    "min" => values.min(),
                    _ => values.max(),
                };
                Value::Number(Number { value, slack, literal: None })
            }
        }
    }

    fn over_rows(&self, name: &str, table: TableId, arg: &Node, filter: Option<&Node>) -> Value {
        let rows: Vec<At> = self.unit[table.0 as usize]
            .iter()
            .map(|row| At { inner: Some((table, row)), ..*self })
            .filter(|at| filter.is_none_or(|f| at.truth(f) == Some(true)))
            .collect();
        let form = matches!(arg.kind, Kind::Form { .. });
        match name {
            "exists" | "any" => Value::Truth(Some(rows.iter().any(|at| form || at.is_there(arg)))),
            "every" => Value::Truth(all(rows.iter().map(|at| at.truth(arg)))),
            "count" => {
                let count = rows.iter().filter(|at| form || at.is_there(arg)).count();
                plain(Some(BigRational::from_integer(count.into())))
            }
            _ => {
                let numbers: Vec<Number> = rows.iter().map(|at| at.number(arg)).collect();
                let each = numbers.first().map_or_else(BigRational::zero, |n| n.slack.clone());
                let values: Vec<BigRational> = numbers.into_iter().filter_map(|n| n.value).collect();
                let filled = BigRational::from_integer(values.len().into());
                let (value, slack) = match name {
                    "sum" if rows.is_empty() => (Some(BigRational::zero()), each),
                    "sum" => (values.into_iter().reduce(|a, b| a + b), each * filled),
                    "min" => (values.into_iter().min(), each),
                    _ => (values.into_iter().max(), each),
                };
                Value::Number(Number { value, slack, literal: None })
            }
        }
    }
}

fn arithmetic(op: Arithmetic, a: Number, b: Number) -> Number {
    let both = a.value.clone().zip(b.value.clone());
    let zero = BigRational::zero();
    match op {
        Arithmetic::Add => Number { value: both.map(|(x, y)| x + y), slack: a.slack + b.slack, literal: None },
        Arithmetic::Subtract => Number { value: both.map(|(x, y)| x - y), slack: a.slack + b.slack, literal: None },
        Arithmetic::Multiply => {
            let slack = match (&a.literal, &b.literal) {
                (Some(l), _) => b.slack * l.abs(),
                (_, Some(l)) => a.slack * l.abs(),
                _ => zero,
            };
            let literal = a.literal.zip(b.literal).map(|(x, y)| x * y);
            Number { value: both.map(|(x, y)| x * y), slack, literal }
        }
        Arithmetic::Divide => {
            let slack = b.literal.as_ref().filter(|l| !l.is_zero()).map_or(zero, |l| a.slack / l.abs());
            let value = both.and_then(|(x, y)| (!y.is_zero()).then(|| x / y));
            Number { value, slack, literal: None }
        }
    }
}

/// The columns of a batch from the units' rows.
pub fn batch(schema: &Schema, units: &[Unit]) -> expr::batch::Batch {
    use expr::batch::{Batch, Bits, ColumnData, TableData, Texts};
    let mut texts = Texts::default();
    let mut tables = Vec::new();
    for (at, table) in schema.tables.iter().enumerate() {
        let rows: Vec<&Row> = units.iter().flat_map(|u| &u[at]).collect();
        if rows.is_empty() {
            tables.push(None);
            continue;
        }
        let mut offsets = vec![0u32];
        for unit in units {
            offsets.push(offsets[offsets.len() - 1] + unit[at].len() as u32);
        }
        let mut columns = Vec::new();
        for column in &table.columns {
            let given: Vec<Option<&String>> = rows.iter().map(|r| r.get(&column.code)).collect();
            let mut present = Bits::default();
            for value in &given {
                present.push(value.is_some());
            }
            columns.push(Some(match column.ty {
                ColumnType::Number { scale } => {
                    let units = |t: &String| Some(t.parse::<Ratio>().ok()?.to_decimal(scale)?.units as i64);
                    ColumnData::Number {
                        values: given.iter().map(|v| v.and_then(units).unwrap_or(0)).collect(),
                        present,
                    }
                }
                _ => ColumnData::Text {
                    ids: given.iter().map(|v| v.map_or(0, |t| texts.intern(t).0)).collect(),
                    present,
                },
            }));
        }
        tables.push(Some(TableData { offsets, columns }));
    }
    Batch { units: units.len(), tables, texts }
}
