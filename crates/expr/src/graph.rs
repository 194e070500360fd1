//! What a set of rules of one home computes: one graph of typed nodes, equal parts shared.
//!
//! Nodes stand in the order of computing: a node's operands come before it.
//! Each node lives in a *domain*: the home's rows, the rows of a child table of
//! the same unit, or all pairs of a home row and a child row of its unit.

use std::collections::HashMap;

use crate::schema::{ColumnId, TableId};

pub type NodeId = u32;

/// Over which rows a node has values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Domain {
    /// The rows of the rule's home.
    Home,
    /// The rows of a table, all units of the block together.
    Child(TableId),
    /// For each home row, the rows of a table of the same unit.
    Pair(TableId),
}

/// How a domain reaches a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Access {
    /// The domain's own rows.
    Own,
    /// The one row of the unit in another table.
    Unit,
    /// The home row of a pair.
    Outer,
}

/// How the rows of a domain become one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fold {
    /// Blanks are skipped; all blank: no value; no row: 0.
    Sum,
    Min,
    Max,
    /// Rows with a value.
    Count,
}

/// Texts and runs of codes (`06..46`), laid out for looking up.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Members {
    /// Ascending.
    pub single: Vec<String>,
    pub runs: Vec<(String, String)>,
}

impl Members {
    pub fn new(members: Vec<(String, Option<String>)>) -> Members {
        let (mut single, mut runs) = (Vec::new(), Vec::new());
        for (from, to) in members {
            match to {
                None => single.push(from),
                Some(to) => runs.push((from, to)),
            }
        }
        single.sort_unstable();
        single.dedup();
        Members { single, runs }
    }
}

/// A function of one text, computed once a distinct text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TextTest {
    /// One of these texts or runs of codes.
    In(Members),
    /// A chain of codes that holds one of these.
    HasAny(Members),
    /// The whole text matches a pattern.
    Matches(String),
    CreditCode,
    OrganisationCode,
    /// CAS number with a right check digit.
    Cas,
}

/// A text made from a text, computed once a distinct text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TextMap {
    /// The first characters.
    Prefix(u32),
    /// The name of a code: pairs of code and name.
    NameOf(String, Vec<(String, String)>),
}

/// A question about all units of the batch, answered before the rows are looked at.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SetTest {
    /// No other row of the home has the same values here; of a text, only so many first characters count.
    Unique(Vec<(ColumnId, Option<u32>)>),
    /// All rows of the home with the same `by` have the same values.
    Same { values: Vec<ColumnId>, by: Vec<ColumnId> },
    /// Some row of `of` has this row's value.
    Lookup { of: ColumnId, value: ColumnId },
    /// The rows of the unit are numbered 1..n without gap or double.
    Numbers(ColumnId),
    /// Every combination of the columns' values occurs.
    Complete(Vec<ColumnId>),
    /// The row's value is the sum over the rows whose `parent` is this row's `key`.
    TreeSum { value: ColumnId, key: ColumnId, parent: ColumnId },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Order {
    Less,
    LessEqual,
    Equal,
    NotEqual,
}

/// What a node computes. Numbers are whole numbers scaled by a power of ten known to the compiler.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Op {
    // numbers
    Number(ColumnId, Access),
    Constant(i128),
    Today,
    Add(NodeId, NodeId),
    Subtract(NodeId, NodeId),
    Multiply(NodeId, NodeId),
    /// Times a positive constant: alignment of scales.
    Scale(NodeId, i128),
    Negate(NodeId),
    Abs(NodeId),
    /// `num * up / den`, rounded half away from zero.
    Round {
        num: NodeId,
        den: Option<NodeId>,
        up: i128,
        down: i128,
    },
    /// Of several; blanks are skipped, all blank: no value.
    SumOf(Vec<NodeId>),
    MinOf(Vec<NodeId>),
    MaxOf(Vec<NodeId>),
    /// How many have a value.
    CountOf(Vec<NodeId>),
    /// The value, or 0.
    OrZero(NodeId),
    /// Characters of a text.
    Length(NodeId),
    /// Of a day count: 1..12, or the year; of a year-month alike.
    Month(NodeId, bool),
    Year(NodeId, bool),
    /// Metres between two points given as longitude and latitude in arc seconds × 10 000.
    Distance([NodeId; 4]),
    Fold {
        domain: Domain,
        fold: Fold,
        value: Option<NodeId>,
        filter: Option<NodeId>,
    },
    // truth
    Truth(bool),
    Compare(Order, NodeId, NodeId),
    /// `n1/d1 ? n2/d2` by cross-multiplication; a denominator of zero gives no value.
    CompareQuotients(Order, [NodeId; 4]),
    NumberIn(NodeId, Vec<(i128, i128)>),
    TextTest(NodeId, TextTest),
    SameText(NodeId, NodeId),
    And(NodeId, NodeId),
    Or(NodeId, NodeId),
    Not(NodeId),
    /// Whether a node has a value.
    Filled(NodeId),
    /// Whether the unit has a row in a table.
    Sheet(TableId),
    /// Whether any row of a domain holds.
    Exists {
        domain: Domain,
        filter: Option<NodeId>,
    },
    /// Whether every row of a domain holds (true on none).
    Every {
        domain: Domain,
        filter: Option<NodeId>,
        condition: NodeId,
    },
    Set(SetTest),
    // texts
    Text(ColumnId, Access),
    TextConstant(String),
    TextMap(NodeId, TextMap),
}

impl Op {
    /// The nodes it is computed from.
    pub fn operands(&self) -> Vec<NodeId> {
        let mut found = Vec::new();
        self.clone().each_operand(|operand| found.push(*operand));
        found
    }

    fn each_operand(&mut self, mut f: impl FnMut(&mut NodeId)) {
        match self {
            Op::Number(..)
            | Op::Constant(_)
            | Op::Today
            | Op::Truth(_)
            | Op::Sheet(_)
            | Op::Set(_)
            | Op::Text(..)
            | Op::TextConstant(_) => {}
            Op::Scale(a, _)
            | Op::Negate(a)
            | Op::Abs(a)
            | Op::OrZero(a)
            | Op::Length(a)
            | Op::Month(a, _)
            | Op::Year(a, _)
            | Op::NumberIn(a, _)
            | Op::TextTest(a, _)
            | Op::Not(a)
            | Op::Filled(a)
            | Op::TextMap(a, _) => f(a),
            Op::Add(a, b)
            | Op::Subtract(a, b)
            | Op::Multiply(a, b)
            | Op::Compare(_, a, b)
            | Op::SameText(a, b)
            | Op::And(a, b)
            | Op::Or(a, b) => [a, b].into_iter().for_each(f),
            Op::Round { num, den, .. } => [num].into_iter().chain(den).for_each(f),
            Op::SumOf(of) | Op::MinOf(of) | Op::MaxOf(of) | Op::CountOf(of) => of.iter_mut().for_each(f),
            Op::Distance(of) | Op::CompareQuotients(_, of) => of.iter_mut().for_each(f),
            Op::Fold { value, filter, .. } => value.iter_mut().chain(filter).for_each(f),
            Op::Exists { filter, .. } => filter.iter_mut().for_each(f),
            Op::Every { filter, condition, .. } => filter.iter_mut().chain([condition]).for_each(f),
        }
    }
}

/// The nodes of one home.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    pub nodes: Vec<(Domain, Op)>,
    known: HashMap<(Domain, Op), NodeId>,
}

impl Graph {
    /// The node that computes this, made once.
    pub fn add(&mut self, domain: Domain, op: Op) -> NodeId {
        let key = (domain, op);
        if let Some(&id) = self.known.get(&key) {
            return id;
        }
        let id = self.nodes.len() as NodeId;
        self.nodes.push(key.clone());
        self.known.insert(key, id);
        id
    }

    pub fn op(&self, id: NodeId) -> &Op {
        &self.nodes[id as usize].1
    }

    /// Leaves out what no root needs (parts of refused rules, counts of roundings nobody asked for).
    /// Roots are renumbered in place.
    pub fn prune<'r>(&mut self, roots: impl Iterator<Item = &'r mut NodeId>) {
        let roots: Vec<&mut NodeId> = roots.collect();
        let mut wanted = vec![false; self.nodes.len()];
        for root in &roots {
            wanted[**root as usize] = true;
        }
        for at in (0..self.nodes.len()).rev() {
            if wanted[at] {
                self.nodes[at].1.each_operand(|operand| wanted[*operand as usize] = true);
            }
        }
        let mut next = 0;
        let numbers: Vec<NodeId> = wanted
            .iter()
            .map(|wanted| {
                next += u32::from(*wanted);
                next.wrapping_sub(1)
            })
            .collect();
        let mut keep = wanted.iter();
        self.nodes.retain(|_| keep.next().is_some_and(|wanted| *wanted));
        for (_, op) in &mut self.nodes {
            op.each_operand(|operand| *operand = numbers[*operand as usize]);
        }
        for root in roots {
            *root = numbers[*root as usize];
        }
        self.known = self.nodes.iter().cloned().zip(0..).collect();
    }
}
