//! Pairs of listings: what matching found, and what persons said.

use std::collections::BTreeMap;

use census::frame::{Pair, PairSays};

use crate::db::{bind, values};
use crate::frame::{chunks, text};
use crate::read::Read;
use crate::write::Writing;
use crate::{DecidedBy, Error, Result, schema};

/// The latest word on a pair of listings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairDecision {
    pub pair: Pair,
    pub by: DecidedBy,
}

impl Writing<'_> {
    /// Keeps what was said of pairs. What is known already is left out, and a rule's word never replaces a
    /// person's; what a rule no longer says is taken back, unless a person decided. Gives the number kept.
    pub fn say_of_pairs(&mut self, pairs: &[Pair], by: DecidedBy) -> Result<u64> {
        let known = self.read().pairs()?;
        let mut rows = Vec::new();
        let mut said = std::collections::BTreeSet::new();
        for pair in pairs {
            let key = key(pair);
            let old = known.get(&key);
            said.insert(key);
            let persons = old.is_some_and(|old| old.by == DecidedBy::Person);
            let repeats = old.is_some_and(|old| old.pair == *pair && old.by == by);
            if repeats || (persons && by == DecidedBy::Rule) {
                continue;
            }
            rows.push(row(pair, by)?);
        }
        if by == DecidedBy::Rule {
            let gone = known.iter().filter(|(key, old)| {
                old.by == DecidedBy::Rule && old.pair.says != PairSays::Different && !said.contains(*key)
            });
            for (_, old) in gone {
                let says = Pair { says: PairSays::Different, why: "不再相似".to_owned(), ..old.pair.clone() };
                rows.push(row(&says, by)?);
            }
        }
        let kept = rows.len() as u64;
        for chunk in chunks(rows) {
            self.append(&schema::LISTING_PAIR, chunk)?;
        }
        Ok(kept)
    }
}

impl Read<'_> {
    /// The latest word on each pair, by the ids of its listings.
    pub fn pairs(&mut self) -> Result<BTreeMap<(String, String), PairDecision>> {
        let mut found = BTreeMap::new();
        self.db.each("SELECT decided_by, document FROM listing_pair ORDER BY event, place", &[], |row| {
            let by = if row.str(0)? == "person" { DecidedBy::Person } else { DecidedBy::Rule };
            let pair: Pair = row.document(1, "pair of listings")?;
            found.insert(key(&pair), PairDecision { pair, by });
            Ok::<(), Error>(())
        })?;
        Ok(found)
    }

    /// The listing of an id, if there is one.
    pub fn has_listing(&mut self, id: &str) -> Result<bool> {
        Ok(self.db.first("SELECT 1 FROM listing WHERE id = $1", &bind![id])?.is_some())
    }
}

/// A pair is the same whichever of its listings is named first.
fn key(pair: &Pair) -> (String, String) {
    let (a, b) = (&pair.first, &pair.second);
    (a.min(b).clone(), a.max(b).clone())
}

fn row(pair: &Pair, by: DecidedBy) -> Result<Vec<crate::db::Value>> {
    let says = match pair.says {
        PairSays::Same => "same",
        PairSays::Different => "different",
        PairSays::Open => "open",
    };
    let by = match by {
        DecidedBy::Rule => "rule",
        DecidedBy::Person => "person",
    };
    Ok(values![&pair.first, &pair.second, says, i64::from(pair.weight), by, text(pair)?])
}
