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

/// What to keep of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Keep {
    /// Only how often each outcome occurred.
    Counts,
    /// And the rows that failed.
    Failed,
    /// And the rows that could not be computed, with the reasons.
    All,
}

/// All outcomes of one rule over one batch. Lists are sparse and in row order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RuleOutcomes {
    pub counts: Counts,
    pub failed: Vec<Place>,
    pub not_computable: Unknown,
}

impl RuleOutcomes {
    /// Appends the outcomes over the units that follow.
    pub fn append(&mut self, mut next: RuleOutcomes) {
        self.counts.add(&next.counts);
        self.failed.append(&mut next.failed);
        self.not_computable.append(&next.not_computable);
    }
}

/// Rows that could not be computed, in row order. Few reasons serve many rows: each is kept once.
#[derive(Debug, Clone, Default)]
pub struct Unknown {
    rows: Vec<(Place, u32)>,
    reasons: Vec<Reason>,
}

impl Unknown {
    /// The number of a reason, for [`push`](Self::push).
    pub(crate) fn number(&mut self, reason: Reason) -> u32 {
        let at = self.reasons.iter().position(|r| *r == reason).unwrap_or_else(|| {
            self.reasons.push(reason);
            self.reasons.len() - 1
        });
        at as u32
    }

    pub(crate) fn push(&mut self, place: Place, reason: u32) {
        self.rows.push((place, reason));
    }

    pub fn iter(&self) -> impl Iterator<Item = (Place, &Reason)> {
        self.rows.iter().map(|(place, reason)| (*place, &self.reasons[*reason as usize]))
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The same rows, of units numbered anew.
    pub fn map_units(&mut self, mut f: impl FnMut(u32) -> u32) {
        self.rows.iter_mut().for_each(|(place, _)| place.unit = f(place.unit));
    }

    fn append(&mut self, next: &Unknown) {
        let numbers: Vec<u32> = next.reasons.iter().map(|r| self.number(r.clone())).collect();
        self.rows.extend(next.rows.iter().map(|(place, reason)| (*place, numbers[*reason as usize])));
    }
}

impl PartialEq for Unknown {
    /// Equal rows with equal reasons, whatever the reasons are numbered.
    fn eq(&self, other: &Unknown) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl Eq for Unknown {}
