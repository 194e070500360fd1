//! What comes out of a rule: four outcomes, counted apart, and the rows that did not pass.

/// The outcome of one rule on one row of its home table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    Pass,
    Fail,
    /// The guard is false, or a form the rule speaks of is absent.
    NotApplicable,
    /// A value it needs is missing, a division by zero, or an overflow.
    NotComputable,
}

/// How often each outcome occurred.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub pass: u64,
    pub fail: u64,
    pub not_applicable: u64,
    pub not_computable: u64,
}

impl Counts {
    pub fn total(&self) -> u64 {
        self.pass + self.fail + self.not_applicable + self.not_computable
    }

    pub fn add(&mut self, other: &Counts) {
        self.pass += other.pass;
        self.fail += other.fail;
        self.not_applicable += other.not_applicable;
        self.not_computable += other.not_computable;
    }
}

/// A row of a rule's home table: the unit, and the row counted from the unit's first (0 in a flat form).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub unit: u32,
    pub row: u32,
}

/// Why a rule could not be computed on a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// These items are missing; written as in the rule (`[05]`, `G101-1[14]`).
    Missing(Vec<String>),
    DivisionByZero,
    Overflow,
}

/// All outcomes of one rule over one batch. Lists are sparse and in row order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleOutcomes {
    pub counts: Counts,
    pub failed: Vec<Place>,
    pub not_computable: Vec<(Place, Reason)>,
}
