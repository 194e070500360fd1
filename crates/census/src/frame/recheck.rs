//! Re-check (名录比对核实): what the rows of another list turned out to be, against the directory, and that they add up.
//!
//! A re-checked list is kept and screened like any other; this reads its verdicts as the three counts of the
//! re-check: matched + added + rejected = list, once nothing is open.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Verdict;

/// Where a row was first heard of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// 底册.
    Base,
    /// A list the directory is re-checked against (比对名单).
    Recheck,
    /// Found in the field (补录).
    Field,
}

/// What a row of a re-checked list turned out to be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// 相符: its unit was listed before.
    Matched,
    /// 补充: a unit that no list before had.
    Added,
    /// 不纳入, and why.
    Rejected(String),
    /// 待定: no verdict yet, or held.
    Open,
}

/// The counts of a re-checked list, or of a part of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recheck {
    pub listed: u64,
    pub matched: u64,
    pub added: u64,
    pub rejected: u64,
    pub open: u64,
    /// Why rows are rejected: reason → count.
    pub reasons: BTreeMap<String, u64>,
}

/// How the units of the directory came into it: 普查对象 = 底册 + 名录比对 + 补录.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sources {
    pub units: u64,
    pub base: u64,
    pub recheck: u64,
    pub field: u64,
}

/// The unit each row stands for, and the row by which a unit was heard of first. Every unit has one such row, so that
/// what lists added is what the directory gained.
#[derive(Debug)]
pub struct Heard<'r> {
    verdicts: &'r BTreeMap<&'r str, &'r Verdict>,
    /// Unit → its first row.
    first: BTreeMap<&'r str, &'r str>,
}

/// Where the chain of a row that repeats another ends.
enum End<'r> {
    Unit(&'r str),
    /// A row that is no unit in scope.
    Row(&'r str),
    /// Rows that repeat each other: none of them says what they are.
    Ring,
}

impl<'r> Heard<'r> {
    /// `rows` in the order they came, `verdicts` the latest on each.
    pub fn of(rows: impl IntoIterator<Item = &'r str>, verdicts: &'r BTreeMap<&'r str, &'r Verdict>) -> Heard<'r> {
        let mut heard = Heard { verdicts, first: BTreeMap::new() };
        for row in rows {
            if let End::Unit(unit) = heard.end(row) {
                heard.first.entry(unit).or_insert(row);
            }
        }
        heard
    }

    fn end(&self, row: &'r str) -> End<'r> {
        let (mut at, mut seen) = (row, BTreeSet::new());
        loop {
            match self.verdicts.get(at) {
                Some(Verdict::InScope { unit }) => return End::Unit(unit),
                Some(Verdict::DuplicateOf { listing, .. }) if seen.insert(at) => at = listing,
                Some(Verdict::DuplicateOf { .. }) => return End::Ring,
                _ => return End::Row(at),
            }
        }
    }

    /// What a row of a re-checked list turned out to be; `list` are the ids of all rows of that list.
    pub fn outcome(&self, row: &'r str, list: &BTreeSet<&str>) -> Outcome {
        let doubled = || Outcome::Rejected("本名单内重复".to_owned());
        let Some(verdict) = self.verdicts.get(row) else { return Outcome::Open };
        match verdict {
            Verdict::Held { .. } => Outcome::Open,
            Verdict::InScope { .. } | Verdict::DuplicateOf { .. } => match self.end(row) {
                End::Unit(unit) => match self.first.get(unit) {
                    Some(first) if *first == row => Outcome::Added,
                    Some(first) if list.contains(first) => doubled(),
                    _ => Outcome::Matched,
                },
                End::Row(end) if list.contains(end) => doubled(),
                End::Row(_) => Outcome::Matched,
                End::Ring => Outcome::Open,
            },
            Verdict::OutOfScope { reason } => Outcome::Rejected(reason.title().to_owned()),
            Verdict::Closed { .. } => Outcome::Rejected("关闭".to_owned()),
            Verdict::NotFound { .. } => Outcome::Rejected("未找到".to_owned()),
            Verdict::MovedTo { .. } => Outcome::Rejected("移交其他地区".to_owned()),
        }
    }

    /// Counts units by the kind of list they were heard of first. A row that is not in `later` is of the base list.
    pub fn sources(&self, later: &BTreeMap<String, Origin>) -> Sources {
        self.sources_by(later, |_| ()).remove(&()).unwrap_or_default()
    }

    /// The same for parts, by a key of the first row: a town, a list.
    pub fn sources_by<K: Ord>(
        &self,
        later: &BTreeMap<String, Origin>,
        key: impl Fn(&str) -> K,
    ) -> BTreeMap<K, Sources> {
        let mut parts: BTreeMap<K, Sources> = BTreeMap::new();
        for row in self.first.values() {
            let counts = parts.entry(key(row)).or_default();
            counts.units += 1;
            match later.get(*row) {
                None | Some(Origin::Base) => counts.base += 1,
                Some(Origin::Recheck) => counts.recheck += 1,
                Some(Origin::Field) => counts.field += 1,
            }
        }
        parts
    }
}

impl Recheck {
    /// Counts rows as received and, apart from that, what they turned out to be.
    pub fn of(outcomes: impl IntoIterator<Item = Outcome>) -> Recheck {
        let mut counts = Recheck::default();
        for outcome in outcomes {
            counts.listed += 1;
            match outcome {
                Outcome::Matched => counts.matched += 1,
                Outcome::Added => counts.added += 1,
                Outcome::Open => counts.open += 1,
                Outcome::Rejected(why) => {
                    counts.rejected += 1;
                    *counts.reasons.entry(why).or_default() += 1;
                }
            }
        }
        counts
    }

    /// Listed = matched + added + rejected + open, and the reasons make the rejected.
    pub fn adds_up(&self) -> bool {
        self.listed == self.matched + self.added + self.rejected + self.open
            && self.reasons.values().sum::<u64>() == self.rejected
    }

    /// `名单 7 = 相符 3 + 补充 1 + 不纳入 2 + 待定 1`.
    pub fn proof(&self) -> String {
        let sign = if self.adds_up() { "=" } else { "≠" };
        let Recheck { listed, matched, added, rejected, open, .. } = self;
        format!("名单 {listed} {sign} 相符 {matched} + 补充 {added} + 不纳入 {rejected} + 待定 {open}")
    }
}

impl Sources {
    /// Units = base list + added by re-check + found in the field.
    pub fn adds_up(&self) -> bool {
        self.units == self.base + self.recheck + self.field
    }
}

#[cfg(test)]
mod tests {
    use super::super::OutOfScope;
    use super::*;

    fn duplicate(of: &str) -> Verdict {
        Verdict::DuplicateOf { listing: of.into(), why: String::new() }
    }

    fn scope(unit: &str) -> Verdict {
        Verdict::InScope { unit: unit.into() }
    }

    #[test]
    fn every_row_is_in_one_of_the_counts() {
        let said = [
            ("base", scope("u1")),
            ("gone", Verdict::Closed { evidence: String::new() }),
            ("a", duplicate("base")),
            ("b", scope("u1")),
            ("c", scope("u2")),
            ("d", duplicate("c")),
            ("e", Verdict::OutOfScope { reason: OutOfScope::Industry }),
            ("f", Verdict::Held { why: String::new() }),
            ("h", duplicate("a")),
            ("i", duplicate("j")),
            ("j", duplicate("i")),
            ("k", scope("u2")),
            ("l", duplicate("gone")),
            ("m", duplicate("e")),
        ];
        let verdicts: BTreeMap<&str, &Verdict> = said.iter().map(|(id, v)| (*id, v)).collect();
        let list = BTreeSet::from(["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m"]);
        let heard = Heard::of(["base", "gone"].into_iter().chain(list.iter().copied()), &verdicts);
        let told: Vec<String> = list
            .iter()
            .map(|row| match heard.outcome(row, &list) {
                Outcome::Rejected(why) => format!("{row} {why}"),
                other => format!("{row} {other:?}"),
            })
            .collect();
        assert_eq!(
            told.join("，"),
            "a Matched，b Matched，c Added，d 本名单内重复，e 行业不在普查范围，f Open，g Open，h Matched，i Open，j Open，\
             k 本名单内重复，l Matched，m 本名单内重复"
        );
        let counts = Recheck::of(list.iter().map(|row| heard.outcome(row, &list)));
        assert!(counts.adds_up());
        assert_eq!(counts.proof(), "名单 13 = 相符 4 + 补充 1 + 不纳入 4 + 待定 4");
    }

    #[test]
    fn a_unit_counts_where_it_was_heard_of_first() {
        // r2 was kept although r1 of an earlier list is the same unit: r1 is what added it.
        let said = [("b", scope("u1")), ("r1", duplicate("r2")), ("f", scope("u3")), ("r2", scope("u2"))];
        let said: Vec<(&str, Verdict)> = said.into_iter().chain([("r3", scope("u3"))]).collect();
        let verdicts: BTreeMap<&str, &Verdict> = said.iter().map(|(id, v)| (*id, v)).collect();
        let heard = Heard::of(said.iter().map(|(id, _)| *id), &verdicts);
        let later = [("r1", Origin::Recheck), ("r2", Origin::Recheck), ("f", Origin::Field), ("r3", Origin::Recheck)];
        let later: BTreeMap<String, Origin> = later.map(|(id, origin)| (id.to_owned(), origin)).into();
        assert_eq!(heard.sources(&later), Sources { units: 3, base: 1, recheck: 1, field: 1 });
        assert_eq!(heard.outcome("r1", &BTreeSet::from(["r1"])), Outcome::Added);
        assert_eq!(heard.outcome("r2", &BTreeSet::from(["r2", "r3"])), Outcome::Matched);
        assert_eq!(heard.outcome("r3", &BTreeSet::from(["r2", "r3"])), Outcome::Matched);
    }
}
