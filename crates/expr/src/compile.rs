//! From texts to a program: names, types and units of measure are checked, equal parts are shared.

mod aggregate;
mod calls;
mod logic;
mod names;
mod number;

use std::collections::BTreeMap;

use crate::ast::{Kind, Node};
use crate::diagnostic::Diagnostic;
use crate::graph::{Domain, Graph, NodeId, Op};
use crate::parse::parse;
use crate::print;
use crate::schema::{ColumnId, Schema, TableId};

pub use crate::run::Context;
pub use calls::FUNCTIONS;

/// A rule to be compiled.
#[derive(Debug, Clone, Copy)]
pub struct RuleText<'a> {
    /// Stable code, for messages.
    pub code: &'a str,
    /// Evaluated once a row of this table.
    pub home: TableId,
    pub text: &'a str,
}

/// Named limits: name → a literal of the language (`8784 h`, `0.2`, `2018-08-01`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameters(pub BTreeMap<String, String>);

/// A compiled rule set. Compile once, run on any batch of the same schema.
#[derive(Debug)]
pub struct Program {
    pub(crate) homes: Vec<Home>,
    /// Where each rule went: home, position; `None` when it had errors.
    pub(crate) rules: Vec<Option<(usize, usize)>>,
}

/// All rules of one home.
#[derive(Debug)]
pub(crate) struct Home {
    pub table: TableId,
    pub graph: Graph,
    pub rules: Vec<Compiled>,
}

#[derive(Debug)]
pub(crate) struct Compiled {
    pub guard: Option<NodeId>,
    /// The condition; of a value program, the value.
    pub condition: NodeId,
    /// Denominator and scale of a value.
    pub value: Option<ValueShape>,
    /// Flat tables the rule speaks of: absent → not applicable.
    pub speaks_of: Vec<TableId>,
    /// What may be missing: as written, and its node.
    pub reads: Vec<(String, NodeId)>,
    pub columns: Vec<(String, ColumnId)>,
}

impl Compiled {
    /// The nodes whose values are looked at.
    fn roots(&mut self) -> impl Iterator<Item = &mut NodeId> {
        let den = match &mut self.value {
            Some(ValueShape::Number { den, .. }) => den.as_mut(),
            _ => None,
        };
        let reads = self.reads.iter_mut().map(|(_, node)| node);
        [&mut self.condition].into_iter().chain(&mut self.guard).chain(den).chain(reads)
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum ValueShape {
    Number { den: Option<NodeId>, scale: i16 },
    Text,
    Truth,
}

/// Compiles rules. Problems name the rule by its position; a rule with errors is left out of the program.
pub fn compile(schema: &Schema, parameters: &Parameters, rules: &[RuleText]) -> (Program, Vec<(usize, Diagnostic)>) {
    build(schema, parameters, rules, false)
}

/// Compiles expressions that give a value a row: derived items, message parts, formulas.
pub fn compile_values(
    schema: &Schema,
    parameters: &Parameters,
    values: &[RuleText],
) -> (Program, Vec<(usize, Diagnostic)>) {
    build(schema, parameters, values, true)
}

fn build(
    schema: &Schema,
    parameters: &Parameters,
    texts: &[RuleText],
    values: bool,
) -> (Program, Vec<(usize, Diagnostic)>) {
    let mut program = Program { homes: Vec::new(), rules: Vec::new() };
    let mut problems = Vec::new();
    for (at, rule) in texts.iter().enumerate() {
        let parsed = parse(rule.text);
        if !parsed.problems.is_empty() {
            problems.extend(parsed.problems.into_iter().map(|p| (at, p)));
            program.rules.push(None);
            continue;
        }
        let home = program.homes.iter().position(|h| h.table == rule.home).unwrap_or_else(|| {
            program.homes.push(Home { table: rule.home, graph: Graph::default(), rules: Vec::new() });
            program.homes.len() - 1
        });
        let mut lower = Lower {
            schema,
            parameters,
            home: rule.home,
            graph: &mut program.homes[home].graph,
            problems: Vec::new(),
            speaks_of: Vec::new(),
            reads: Vec::new(),
            columns: Vec::new(),
            scope: Scope::Home,
            silent: 0,
        };
        let compiled = if values { lower.value(&parsed.tree) } else { lower.rule(&parsed.tree) };
        let failed = lower.problems.iter().any(|p| p.severity == crate::Severity::Error);
        problems.extend(lower.problems.into_iter().map(|p| (at, p)));
        match compiled {
            Some(compiled) if !failed => {
                program.homes[home].rules.push(compiled);
                program.rules.push(Some((home, program.homes[home].rules.len() - 1)));
            }
            _ => program.rules.push(None),
        }
    }
    for home in &mut program.homes {
        home.graph.prune(home.rules.iter_mut().flat_map(Compiled::roots));
    }
    (program, problems)
}

impl Program {
    /// Every column that any rule reads, ascending.
    pub fn needs(&self) -> Vec<ColumnId> {
        let mut found: Vec<ColumnId> = self
            .homes
            .iter()
            .flat_map(|h| &h.graph.nodes)
            .flat_map(|(_, op)| match op {
                Op::Number(c, _) | Op::Text(c, _) => vec![*c],
                Op::Set(set) => crate::sets::columns(set),
                _ => Vec::new(),
            })
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The items a rule reads on its own row and unit, as written in it, in order of first appearance.
    pub fn reads(&self, rule: usize) -> &[(String, ColumnId)] {
        self.compiled(rule).map_or(&[], |c| &c.columns)
    }

    /// Whether a rule was compiled without errors.
    pub fn has(&self, rule: usize) -> bool {
        self.rules.get(rule).is_some_and(Option::is_some)
    }

    fn compiled(&self, rule: usize) -> Option<&Compiled> {
        let (home, at) = (*self.rules.get(rule)?)?;
        self.homes[home].rules.get(at)
    }
}

/// What a bare item means here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Home,
    /// Inside an aggregate over this table; true: paired with the home row.
    Rows(TableId, bool),
}

/// Compiles one rule into the graph of its home.
struct Lower<'a> {
    schema: &'a Schema,
    parameters: &'a Parameters,
    home: TableId,
    graph: &'a mut Graph,
    problems: Vec<Diagnostic>,
    speaks_of: Vec<TableId>,
    reads: Vec<(String, NodeId)>,
    columns: Vec<(String, ColumnId)>,
    scope: Scope,
    /// Above zero: what is read may be missing without making the rule not computable.
    silent: u32,
}

impl Lower<'_> {
    fn rule(&mut self, tree: &Node) -> Option<Compiled> {
        let (guard, condition) = match &tree.kind {
            Kind::If { guard, then } => (Some(self.truth(guard)?), self.truth(then)?),
            _ => (None, self.truth(tree)?),
        };
        Some(self.finish(guard, condition, None))
    }

    fn value(&mut self, tree: &Node) -> Option<Compiled> {
        let (node, shape) = match self.any(tree)? {
            names::Value::Number(n) => {
                let scale = i16::from(n.scale) - n.den.map_or(0, |(_, s)| i16::from(s));
                (n.num, ValueShape::Number { den: n.den.map(|(d, _)| d), scale })
            }
            names::Value::Text(node) => (node, ValueShape::Text),
            names::Value::Truth(node) => (node, ValueShape::Truth),
        };
        Some(self.finish(None, node, Some(shape)))
    }

    fn finish(&mut self, guard: Option<NodeId>, condition: NodeId, value: Option<ValueShape>) -> Compiled {
        Compiled {
            guard,
            condition,
            value,
            speaks_of: std::mem::take(&mut self.speaks_of),
            reads: std::mem::take(&mut self.reads),
            columns: std::mem::take(&mut self.columns),
        }
    }

    fn domain(&self) -> Domain {
        match self.scope {
            Scope::Home => Domain::Home,
            Scope::Rows(table, false) => Domain::Child(table),
            Scope::Rows(table, true) => Domain::Pair(table),
        }
    }

    fn add(&mut self, op: Op) -> NodeId {
        let domain = self.domain();
        self.graph.add(domain, op)
    }

    /// Notes that a node of the home may be missing.
    fn note_read(&mut self, node: &Node, id: NodeId) {
        if self.scope == Scope::Home && self.silent == 0 && !self.reads.iter().any(|(_, n)| *n == id) {
            self.reads.push((print::print(node), id));
        }
    }

    fn error<T>(&mut self, code: &'static str, node: &Node, message: impl Into<String>) -> Option<T> {
        self.problems.push(Diagnostic::error(code, node.span, message));
        None
    }
}
