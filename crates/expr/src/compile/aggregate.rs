//! Aggregates: over the rows of a table of the same unit, or over several items of one row.

use super::names::Value;
use super::number::{Number, Slack};
use super::{Lower, Scope};
use crate::ast::{Kind, Logic, Node, Owner, walk};
use crate::diagnostic::Diagnostic;
use crate::graph::{Domain, Fold, NodeId, Op};
use crate::schema::{ColumnId, Rows, TableId};

impl Lower<'_> {
    pub(super) fn aggregate(&mut self, node: &Node, name: &str, args: &[Node], filter: Option<&Node>) -> Option<Value> {
        let Some(first) = args.first() else {
            return self.error("arguments", node, format!("{name}() needs something to work on"));
        };
        if let Kind::Form { form, block } = &first.kind {
            return self.over_form(node, name, form, block, filter);
        }
        match self.rows_of(first, filter.is_some()) {
            Some(table) => {
                if args.len() > 1 {
                    return self.error("arguments", node, format!("{name}() over rows takes one expression"));
                }
                self.over_rows(node, name, table, Some(first), filter)
            }
            None if filter.is_some() => {
                self.error("where", node, "`where` needs rows: name a row block, as in sum(G102/outlet[22] where …)")
            }
            None => self.over_items(node, name, args),
        }
    }

    /// `exists(G102)`, `count(G102/facility where …)`.
    fn over_form(&mut self, node: &Node, name: &str, form: &str, block: &str, filter: Option<&Node>) -> Option<Value> {
        let Some(table) = self.schema.table(form, block) else {
            let code = if block.is_empty() { form.to_owned() } else { format!("{form}/{block}") };
            let known: Vec<String> = self.schema.tables.iter().map(crate::schema::Table::code).collect();
            let mut problem = Diagnostic::error("unknown-form", node.span, format!("no form or block `{code}`"));
            if let Some(near) = crate::diagnostic::nearest(&code, known.iter().map(String::as_str)) {
                problem = problem.hint(format!("did you mean `{near}`?"));
            }
            self.problems.push(problem);
            return None;
        };
        if block.is_empty() && filter.is_none() {
            return match name {
                "exists" => Some(Value::Truth(self.sheet(node, form)?)),
                _ => self.error("arguments", node, format!("{name}() needs a row block of {form}, or an item")),
            };
        }
        self.over_rows(node, name, table, None, filter)
    }

    /// The table whose rows an argument runs over: the row block outside the present row that it names,
    /// or, with a `where`, the flat part of another form: one row, or none.
    fn rows_of(&mut self, arg: &Node, filtered: bool) -> Option<TableId> {
        let mut items = Vec::new();
        walk(arg, &mut |n| {
            if let Kind::Item(item) = &n.kind {
                items.push((n, item));
            }
        });
        let mut found = None;
        for (place, item) in items {
            if item.owner == Owner::This {
                continue;
            }
            let before = self.problems.len();
            let columns = self.columns_of(place, item);
            // Unknown names are told where the expression is compiled.
            self.problems.truncate(before);
            let Some(ColumnId { table, .. }) = columns.and_then(|c| c.first().copied()) else { continue };
            let named = matches!(item.owner, Owner::Form(_));
            let elsewhere = table != self.home;
            let runs = match self.schema.at(table).rows {
                Rows::Many => elsewhere || named,
                Rows::One => elsewhere && named && filtered,
            };
            if runs {
                found = found.or(Some(table));
            }
        }
        found
    }

    fn over_rows(
        &mut self,
        node: &Node,
        name: &str,
        table: TableId,
        arg: Option<&Node>,
        filter: Option<&Node>,
    ) -> Option<Value> {
        if self.scope != Scope::Home {
            return self.error("nested", node, "an aggregate cannot stand inside another");
        }
        let paired = arg.into_iter().chain(filter).any(|n| self.speaks_of_home(n, table));
        self.scope = Scope::Rows(table, paired);
        self.silent += 1;
        let inner = self.inner(name, arg, filter);
        self.silent -= 1;
        self.scope = Scope::Home;
        let (value, condition, filter) = inner?;
        let domain = if paired { Domain::Pair(table) } else { Domain::Child(table) };
        let truth = |id| Some(Value::Truth(id));
        match name {
            "exists" | "any" => {
                let filter = match (condition, filter) {
                    (Some(c), Some(f)) => Some(self.graph.add(domain, Op::And(c, f))),
                    (one, other) => one.or(other),
                };
                let id = self.graph.add(Domain::Home, Op::Exists { domain, filter });
                self.note_fold(node, id);
                truth(id)
            }
            "every" => {
                let Some(condition) = condition else {
                    return self.error("arguments", node, "every() needs a condition");
                };
                let id = self.graph.add(Domain::Home, Op::Every { domain, filter, condition });
                self.note_fold(node, id);
                truth(id)
            }
            "count" if condition.is_some() => {
                self.error("type", node, "count() counts rows and values; write the condition after `where`")
            }
            _ => self.fold(node, name, domain, value, filter),
        }
    }

    /// The parts of an aggregate, compiled in the domain of its rows.
    fn inner(
        &mut self,
        name: &str,
        arg: Option<&Node>,
        filter: Option<&Node>,
    ) -> Option<(Option<Number>, Option<NodeId>, Option<NodeId>)> {
        let (mut value, mut condition) = (None, None);
        if let Some(arg) = arg {
            match self.any(arg)? {
                Value::Truth(id) => condition = Some(id),
                Value::Number(number) if !matches!(name, "any" | "every") => value = Some(number),
                Value::Text(id) if name == "count" => {
                    value = Some(Number::of(id, super::number::Flavour::Plain));
                }
                Value::Text(id) if name == "exists" => condition = Some(self.add(Op::Filled(id))),
                _ => return self.error("type", arg, format!("{name}() cannot work on this")),
            }
            if name == "exists"
                && let Some(number) = value.take()
            {
                condition = Some(self.add(Op::Filled(number.num)));
            }
        }
        let filter = match filter {
            Some(filter) => Some(self.truth(filter)?),
            None => None,
        };
        Some((value, condition, filter))
    }

    fn fold(
        &mut self,
        node: &Node,
        name: &str,
        domain: Domain,
        value: Option<Number>,
        filter: Option<NodeId>,
    ) -> Option<Value> {
        if name == "count" {
            let value = value.map(|v| v.num);
            let id = self.graph.add(Domain::Home, Op::Fold { domain, fold: Fold::Count, value, filter });
            return Some(Value::Number(Number { measure: None, ..Number::of(id, super::number::Flavour::Plain) }));
        }
        let Some(number) = value else {
            return self.error("type", node, format!("{name}() needs numbers"));
        };
        let number = match number.den {
            None => number,
            // A sum of quotients has no common denominator: a constant one is divided out at the end.
            Some((den, scale)) if matches!(self.graph.op(den), Op::Constant(n) if *n > 0) => {
                let Op::Constant(n) = *self.graph.op(den) else { return None };
                let outside = self.graph.add(Domain::Home, Op::Constant(n));
                Number { den: Some((outside, scale)), ..number }
            }
            Some(_) => {
                return self.error("quotient", node, format!("round the quotient inside {name}()"));
            }
        };
        let fold = match name {
            "min" => Fold::Min,
            "max" => Fold::Max,
            _ => Fold::Sum,
        };
        let id = self.graph.add(Domain::Home, Op::Fold { domain, fold, value: Some(number.num), filter });
        self.note_fold(node, id);
        let slack = if fold == Fold::Sum && !number.slack.constant.is_zero() {
            let count =
                self.graph.add(Domain::Home, Op::Fold { domain, fold: Fold::Count, value: Some(number.num), filter });
            Slack { constant: crate::exact::Ratio::zero(), per_row: vec![(count, number.slack.constant.clone())] }
        } else {
            number.slack.clone()
        };
        Some(Value::Number(Number { num: id, slack, literal: None, ..number }))
    }

    fn note_fold(&mut self, node: &Node, id: NodeId) {
        self.note_read(node, id);
    }

    /// Whether an expression inside an aggregate over `table` reads the home row's own columns.
    fn speaks_of_home(&mut self, node: &Node, table: TableId) -> bool {
        let mut items = Vec::new();
        walk(node, &mut |n| {
            if let Kind::Item(item) = &n.kind {
                items.push((n, item));
            }
        });
        let (home, before, scope) = (self.home, self.problems.len(), self.scope);
        let mut found = false;
        for (place, item) in items {
            if item.owner == Owner::This {
                found = true;
                continue;
            }
            if !matches!(item.owner, Owner::Form(_)) {
                continue;
            }
            self.scope = Scope::Rows(table, true);
            let columns = self.columns_of(place, item);
            let many = columns.is_some_and(|c| {
                c.first().is_some_and(|id| id.table == home && home != table && self.schema.at(home).rows == Rows::Many)
            });
            found |= many;
        }
        self.scope = scope;
        self.problems.truncate(before);
        found
    }

    /// Runs of items written out one by one.
    pub(super) fn expanded(&mut self, args: &[Node]) -> Vec<Node> {
        let mut found = Vec::new();
        for arg in args {
            if let Kind::Item(item) = &arg.kind
                && item.to.is_some()
                && let Some(columns) = self.columns_of(arg, item)
            {
                for id in columns {
                    let mut one = item.clone();
                    one.to = None;
                    one.item.clone_from(&self.schema.column(id).code);
                    found.push(Node { kind: Kind::Item(one), span: arg.span });
                }
            } else {
                found.push(arg.clone());
            }
        }
        found
    }

    /// `sum([02..05])`, `max([08], [14])`, `every([16..31] in {1, 2})`.
    fn over_items(&mut self, node: &Node, name: &str, args: &[Node]) -> Option<Value> {
        match name {
            "any" | "every" | "exists" => {
                let conditions = self.each_condition(args);
                let start = self.add(Op::Truth(name == "every"));
                let mut all = start;
                for condition in conditions {
                    let id = match name {
                        "exists" => self.exists_one(&condition)?,
                        _ => self.truth(&condition)?,
                    };
                    all = self.logic(if name == "every" { Logic::And } else { Logic::Or }, all, id);
                }
                Some(Value::Truth(all))
            }
            "count" => {
                self.silent += 1;
                let nodes: Option<Vec<NodeId>> = self
                    .expanded(args)
                    .iter()
                    .map(|arg| {
                        Some(match self.any(arg)? {
                            Value::Number(n) => n.num,
                            Value::Text(id) => id,
                            Value::Truth(_) => {
                                return self.error(
                                    "type",
                                    arg,
                                    "count() counts values; of conditions, use any or every",
                                );
                            }
                        })
                    })
                    .collect();
                self.silent -= 1;
                let id = self.add(Op::CountOf(nodes?));
                Some(Value::Number(Number { measure: None, ..Number::of(id, super::number::Flavour::Plain) }))
            }
            _ => self.fold_items(node, name, args),
        }
    }

    fn exists_one(&mut self, node: &Node) -> Option<NodeId> {
        self.silent += 1;
        let value = self.any(node);
        self.silent -= 1;
        let id = match value? {
            Value::Number(n) => n.num,
            Value::Text(id) => id,
            Value::Truth(id) => return Some(id),
        };
        Some(self.add(Op::Filled(id)))
    }

    /// `[16..31] in {1, 2}` as one condition an item.
    fn each_condition(&mut self, args: &[Node]) -> Vec<Node> {
        let mut found = Vec::new();
        for arg in args {
            let run = match &arg.kind {
                Kind::In { value, .. } | Kind::Compare(_, value, _) | Kind::HasAny { value, .. } => Some(value),
                Kind::Between { value, .. } => Some(value),
                Kind::Item(_) => {
                    found.extend(self.expanded(std::slice::from_ref(arg)));
                    continue;
                }
                _ => None,
            };
            let Some(value) = run else {
                found.push(arg.clone());
                continue;
            };
            for one in self.expanded(std::slice::from_ref(value)) {
                let mut kind = arg.kind.clone();
                match &mut kind {
                    Kind::In { value, .. }
                    | Kind::Compare(_, value, _)
                    | Kind::HasAny { value, .. }
                    | Kind::Between { value, .. } => **value = one,
                    _ => {}
                }
                found.push(Node { kind, span: arg.span });
            }
        }
        found
    }

    fn fold_items(&mut self, node: &Node, name: &str, args: &[Node]) -> Option<Value> {
        let args = self.expanded(args);
        self.silent += 1;
        let numbers: Option<Vec<Number>> = args.iter().map(|a| self.number(a)).collect();
        self.silent -= 1;
        let numbers = numbers?;
        let mut shared = numbers.first()?.clone();
        for other in &numbers[1..] {
            let measure = self.same_measure(node, &shared, other, name)?;
            shared.measure = measure;
        }
        if numbers.iter().any(|n| n.den.is_some()) {
            return self.error("quotient", node, format!("round quotients inside {name}()"));
        }
        let scale = numbers.iter().map(|n| n.scale).max().unwrap_or(0);
        let mut slack = Slack::none();
        let mut nodes = Vec::new();
        for number in &numbers {
            nodes.push(self.aligned(number, scale));
            // The largest of several is one of them: one rounding, not one each.
            slack = if name == "sum" { slack.plus(number.slack.clone()) } else { slack.larger(number.slack.clone()) };
        }
        let op = match name {
            "min" => Op::MinOf(nodes),
            "max" => Op::MaxOf(nodes),
            _ => Op::SumOf(nodes),
        };
        let num = self.add(op);
        self.note_read(node, num);
        Some(Value::Number(Number { num, scale, slack, literal: None, ..shared }))
    }
}
