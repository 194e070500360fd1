//! No sequence of lists, verdicts and second thoughts makes the counts of a re-check fail to add up, or puts a row in
//! two of them.

use std::collections::{BTreeMap, BTreeSet};

use census::frame::{Heard, Origin, OutOfScope, Outcome, Recheck, Sources, Verdict};
use census::practice::dice::Dice;

/// What an office has heard: rows in the order they came, each with its list, and the latest verdict on each.
#[derive(Default)]
struct Office {
    rows: Vec<(String, usize)>,
    lists: Vec<Origin>,
    verdicts: BTreeMap<String, Verdict>,
}

impl Office {
    fn step(&mut self, dice: Dice) {
        match dice.of("what").below(5) {
            0 => {
                let origin = *dice.of("origin").pick(&[Origin::Base, Origin::Recheck, Origin::Recheck, Origin::Field]);
                self.lists.push(origin);
                for _ in 0..dice.of("rows").below(6) {
                    self.rows.push((format!("r{}", self.rows.len()), self.lists.len() - 1));
                }
            }
            _ if self.rows.is_empty() => {}
            1 => drop(self.verdicts.remove(&dice.of("row").pick(&self.rows).0)),
            _ => {
                let row = dice.of("row").pick(&self.rows).0.clone();
                let verdict = match dice.of("verdict").below(9) {
                    0..=2 => Verdict::InScope { unit: format!("u{}", dice.of("unit").below(6)) },
                    // Whatever the row is: itself, a later one, one that repeats this one.
                    3..=4 => Verdict::DuplicateOf {
                        listing: dice.of("first").pick(&self.rows).0.clone(),
                        why: String::new(),
                    },
                    5 => Verdict::OutOfScope { reason: OutOfScope::Industry },
                    6 => Verdict::Closed { evidence: String::new() },
                    7 => Verdict::NotFound { evidence: String::new() },
                    _ => Verdict::Held { why: String::new() },
                };
                self.verdicts.insert(row, verdict);
            }
        }
    }

    /// The counts of each list and of the directory, held against each other.
    fn proved(&self) -> Sources {
        let verdicts: BTreeMap<&str, &Verdict> = self.verdicts.iter().map(|(id, v)| (id.as_str(), v)).collect();
        let heard = Heard::of(self.rows.iter().map(|(id, _)| id.as_str()), &verdicts);
        let (mut added, mut settled) = (BTreeMap::new(), 0);
        for (at, origin) in self.lists.iter().enumerate() {
            let of = self.rows.iter().filter(|(_, list)| *list == at);
            let list: BTreeSet<&str> = of.map(|(id, _)| id.as_str()).collect();
            let outcomes: Vec<Outcome> = list.iter().map(|row| heard.outcome(row, &list)).collect();
            let whole = Recheck::of(outcomes.clone());
            assert!(whole.adds_up(), "{}", whole.proof());
            assert_eq!(whole.listed, list.len() as u64, "no row is lost or counted twice");
            // Two parts make the whole.
            let middle = outcomes.len() / 2;
            let halves = [Recheck::of(outcomes[..middle].to_vec()), Recheck::of(outcomes[middle..].to_vec())];
            let sum = |of: fn(&Recheck) -> u64| halves.iter().map(of).sum::<u64>();
            assert_eq!([sum(|h| h.matched), sum(|h| h.rejected)], [whole.matched, whole.rejected]);
            assert_eq!([sum(|h| h.added), sum(|h| h.open)], [whole.added, whole.open]);
            for (row, outcome) in list.iter().zip(&outcomes) {
                let verdict = verdicts.get(row);
                let waits = matches!(verdict, None | Some(Verdict::Held { .. }));
                assert!(!waits || *outcome == Outcome::Open, "{row} has no verdict and counts as {outcome:?}");
                settled += u64::from(*outcome != Outcome::Open);
            }
            *added.entry(*origin).or_insert(0) += whole.added;
        }
        assert!(settled <= self.verdicts.len() as u64, "what nobody decided is not settled");
        let later: BTreeMap<String, Origin> =
            self.rows.iter().map(|(id, list)| (id.clone(), self.lists[*list])).collect();
        let sources = heard.sources(&later);
        assert!(sources.adds_up());
        let gained = |origin| added.get(&origin).copied().unwrap_or(0);
        assert_eq!(
            [sources.base, sources.recheck, sources.field],
            [gained(Origin::Base), gained(Origin::Recheck), gained(Origin::Field)],
            "what the lists added is what the directory gained"
        );
        let units: BTreeSet<&String> = self
            .verdicts
            .values()
            .filter_map(|v| if let Verdict::InScope { unit } = v { Some(unit) } else { None })
            .collect();
        assert_eq!(sources.units, units.len() as u64);
        sources
    }
}

#[test]
fn counts_add_up_whatever_is_said_in_whatever_order() {
    let mut seen = Sources::default();
    for seed in 0..300 {
        let mut office = Office::default();
        for step in 0..60 {
            office.step(Dice::new(seed).nth(step));
            let now = office.proved();
            seen.units += now.units;
            seen.base += now.base;
            seen.recheck += now.recheck;
            seen.field += now.field;
        }
    }
    // The walks went through every kind of list.
    assert!(seen.base > 100 && seen.recheck > 100 && seen.field > 100, "{seen:?}");
}
