//! Re-check (名录比对核实): what the rows of another list turned out to be, against the directory, and that they add up.
//!
//! A re-checked list is kept and screened like any other; this reads its verdicts as the three counts of the
//! re-check: matched + added + rejected = list, once nothing is open.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Unit, Verdict};

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

/// What a row turned out to be. `list` are the ids of the rows of its list, `before` the units that earlier lists
/// had, `verdicts` the latest verdict on each row.
pub fn outcome(
    row: &str,
    list: &BTreeSet<&str>,
    before: &BTreeSet<&str>,
    verdicts: &BTreeMap<&str, &Verdict>,
) -> Outcome {
    match verdicts.get(row) {
        None | Some(Verdict::Held { .. }) => Outcome::Open,
        Some(Verdict::InScope { unit }) if before.contains(unit.as_str()) => Outcome::Matched,
        Some(Verdict::InScope { .. }) => Outcome::Added,
        Some(Verdict::DuplicateOf { listing, .. }) => {
            // The row it repeats may repeat another in turn; a ring ends where it began.
            let (mut at, mut seen) = (listing.as_str(), BTreeSet::from([row]));
            while let Some(Verdict::DuplicateOf { listing, .. }) = verdicts.get(at) {
                if !list.contains(at) || !seen.insert(at) {
                    break;
                }
                at = listing;
            }
            if list.contains(at) { Outcome::Rejected("本名单内重复".to_owned()) } else { Outcome::Matched }
        }
        Some(Verdict::OutOfScope { reason }) => Outcome::Rejected(reason.title().to_owned()),
        Some(Verdict::Closed { .. }) => Outcome::Rejected("关闭".to_owned()),
        Some(Verdict::NotFound { .. }) => Outcome::Rejected("未找到".to_owned()),
        Some(Verdict::MovedTo { .. }) => Outcome::Rejected("移交其他地区".to_owned()),
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
    /// Counts units by the earliest kind of list that has them: the base list, a re-checked list, the field.
    /// A row without origin is of the base list.
    pub fn of<'u>(units: impl IntoIterator<Item = &'u Unit>, later: &BTreeMap<String, Origin>) -> Sources {
        let mut counts = Sources::default();
        for unit in units {
            counts.units += 1;
            let origin = unit.listings.iter().map(|id| later.get(id).copied().unwrap_or(Origin::Base)).min();
            match origin {
                None | Some(Origin::Base) => counts.base += 1,
                Some(Origin::Recheck) => counts.recheck += 1,
                Some(Origin::Field) => counts.field += 1,
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::super::OutOfScope;
    use super::*;

    #[test]
    fn every_row_is_in_one_of_the_counts() {
        let duplicate = |of: &str| Verdict::DuplicateOf { listing: of.into(), why: String::new() };
        let scope = |unit: &str| Verdict::InScope { unit: unit.into() };
        let said = [
            ("base", scope("u1")),
            ("a", duplicate("base")),
            ("b", scope("u1")),
            ("c", scope("u2")),
            ("d", duplicate("c")),
            ("e", Verdict::OutOfScope { reason: OutOfScope::Industry }),
            ("f", Verdict::Held { why: String::new() }),
            ("h", duplicate("a")),
            ("i", duplicate("j")),
            ("j", duplicate("i")),
        ];
        let verdicts: BTreeMap<&str, &Verdict> = said.iter().map(|(id, v)| (*id, v)).collect();
        let list = BTreeSet::from(["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]);
        let before = BTreeSet::from(["u1"]);
        let outcomes: Vec<Outcome> = list.iter().map(|row| outcome(row, &list, &before, &verdicts)).collect();
        let doubled = || Outcome::Rejected("本名单内重复".into());
        assert_eq!(
            outcomes,
            [
                Outcome::Matched,
                Outcome::Matched,
                Outcome::Added,
                doubled(),
                Outcome::Rejected(OutOfScope::Industry.title().into()),
                Outcome::Open,
                Outcome::Open,
                Outcome::Matched,
                doubled(),
                doubled(),
            ]
        );
        let counts = Recheck::of(outcomes);
        assert!(counts.adds_up());
        assert_eq!(counts.proof(), "名单 10 = 相符 3 + 补充 1 + 不纳入 4 + 待定 2");
    }

    #[test]
    fn a_unit_counts_where_it_was_first_listed() {
        let unit = |listings: &[&str]| Unit {
            listings: listings.iter().map(|l| (*l).to_owned()).collect(),
            ..Unit::default()
        };
        let later = BTreeMap::from([("r".to_owned(), Origin::Recheck), ("f".to_owned(), Origin::Field)]);
        let counts = Sources::of(&[unit(&["b", "r"]), unit(&["r", "f"]), unit(&["f"])], &later);
        assert_eq!(counts, Sources { units: 3, base: 1, recheck: 1, field: 1 });
    }
}
