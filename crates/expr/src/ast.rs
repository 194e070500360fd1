//! The tree of a rule as written.

use crate::diagnostic::Span;

/// A part of a rule, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    pub kind: Kind,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Could not be read; an error has been told.
    Broken,
    Number {
        text: String,
        unit: String,
    },
    Date(String),
    Text(String),
    /// A bare word: a code (`R1`), or a name.
    Code(String),
    Item(ItemRef),
    Negate(Box<Node>),
    Arithmetic(Arithmetic, Box<Node>, Box<Node>),
    Compare(Comparison, Box<Node>, Box<Node>),
    /// `a ~= b within 5%`.
    Near {
        left: Box<Node>,
        right: Box<Node>,
        within: Box<Node>,
    },
    In {
        value: Box<Node>,
        set: Set,
        negated: bool,
    },
    /// `[38] has any {S03, S04}`: a chain of codes holds one of them.
    HasAny {
        value: Box<Node>,
        set: Set,
    },
    Between {
        value: Box<Node>,
        low: Box<Node>,
        high: Box<Node>,
    },
    Not(Box<Node>),
    Logic(Logic, Box<Node>, Box<Node>),
    /// `if guard then condition`.
    If {
        guard: Box<Node>,
        then: Box<Node>,
    },
    Call {
        name: String,
        args: Vec<Node>,
        filter: Option<Box<Node>>,
        by: Vec<Node>,
    },
    /// A form or block as an argument: `exists(G102)`, `count(G102/facility)`.
    Form {
        form: String,
        block: String,
    },
}

/// `[05]`, `G101-1[14]`, `G102/facility[10]`, `[02..05]`, `H[1]`, `this[16]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemRef {
    pub owner: Owner,
    pub block: String,
    pub item: String,
    /// Last item of a run.
    pub to: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// Nothing in front of the bracket.
    Bare,
    /// `this[16]`: the row the rule is evaluated for.
    This,
    Form(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Comparison {
    /// `=`: equal within the declared rounding.
    Equal,
    /// `==`.
    Exact,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Logic {
    And,
    Or,
    /// `=>`.
    Implies,
    /// `<=>`.
    Same,
}

/// What a value may be in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Set {
    /// `{1, 2, 30..33, "水"}`: single values and runs.
    Members(Vec<(String, Option<String>)>),
    /// `list(fuel_type)`: its codes.
    List(String),
    /// `names(fuel_type)`: its names.
    Names(String),
}

/// Calls `f` for this node and all below it.
pub fn walk<'a>(node: &'a Node, f: &mut dyn FnMut(&'a Node)) {
    f(node);
    match &node.kind {
        Kind::Negate(a) | Kind::Not(a) | Kind::In { value: a, .. } | Kind::HasAny { value: a, .. } => walk(a, f),
        Kind::Arithmetic(_, a, b) | Kind::Compare(_, a, b) | Kind::Logic(_, a, b) | Kind::If { guard: a, then: b } => {
            walk(a, f);
            walk(b, f);
        }
        Kind::Near { left: a, right: b, within: c } | Kind::Between { value: a, low: b, high: c } => {
            walk(a, f);
            walk(b, f);
            walk(c, f);
        }
        Kind::Call { args, filter, by, .. } => {
            args.iter().chain(filter.as_deref()).chain(by).for_each(|n| walk(n, f));
        }
        Kind::Broken
        | Kind::Number { .. }
        | Kind::Date(_)
        | Kind::Text(_)
        | Kind::Code(_)
        | Kind::Item(_)
        | Kind::Form { .. } => {}
    }
}
