//! Splitting (拆分): rows to the areas below an office, and the proof that none is lost and none is twice.
//!
//! A row keeps its id and hash from the national list to the county, so that sets of rows can be
//! compared between offices by a digest.

use std::collections::{BTreeMap, BTreeSet};

use instrument::model::AreaLevel;
use serde::{Deserialize, Serialize};

use crate::area::{AreaCode, AreaTree, Tree};
use crate::frame::{Candidate, Placing};
use crate::sheet::sha256;

/// A row as splitting sees it: its id, and the hash of its cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowMark<'r> {
    pub id: &'r str,
    pub hash: &'r str,
}

/// Where a row goes from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Share {
    /// To the office below; from a county, to the village.
    To(AreaCode),
    /// Stays here until it is settled (争议).
    Disputed,
}

/// What an office says of a row (认领 / 退回).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    pub listing: String,
    /// The office that speaks.
    pub area: AreaCode,
    pub says: ClaimSays,
    pub why: String,
    pub who: String,
    /// RFC 3339.
    pub at: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimSays {
    /// 认领.
    Claims,
    /// 不属本区.
    Refuses,
}

/// A set of rows: how many, and a digest that is the same for the same rows in any order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowSet {
    pub rows: u64,
    /// SHA-256 over the sorted ids and hashes.
    pub digest: String,
}

/// The proof of a split (拆分证明): in = handed out + disputed, no row twice, the union is the whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The office that splits.
    pub of: AreaCode,
    pub whole: RowSet,
    pub parts: BTreeMap<AreaCode, RowSet>,
    pub disputed: RowSet,
    /// Of all parts and the disputed rows together.
    pub union: RowSet,
    /// Rows that are in more than one part.
    pub twice: u64,
}

/// Why a proof does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    #[error("{whole} rows in, {out} handed out and disputed")]
    Count { whole: u64, out: u64 },
    #[error("{rows} rows are in more than one part")]
    Twice { rows: u64 },
    #[error("the parts together are not the rows that came in")]
    Union,
}

/// What changes for one office below after a correction: a second split hands out only this.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delta {
    /// Ids of rows that are new for it.
    pub given: Vec<String>,
    /// Ids of rows taken back, and where they went, if anywhere.
    pub taken: Vec<(String, Share)>,
}

impl RowSet {
    /// Of rows in any order; a row that is there twice counts twice.
    pub fn of<'r>(rows: impl IntoIterator<Item = RowMark<'r>>) -> RowSet {
        let mut rows: Vec<RowMark<'r>> = rows.into_iter().collect();
        rows.sort_unstable();
        let mut text = String::with_capacity(rows.len() * 100);
        for row in &rows {
            text.push_str(row.id);
            text.push('\t');
            text.push_str(row.hash);
            text.push('\n');
        }
        RowSet { rows: rows.len() as u64, digest: sha256(&text) }
    }
}

/// Where a placed row goes from the office of `root`.
pub fn share(areas: &AreaTree, root: AreaCode, placing: &Placing) -> Share {
    let toward = match placing {
        Placing::At { area, .. } => *area,
        // What is disputed only within one office below is for that one to settle.
        Placing::Disputed { pool, .. } => *pool,
    };
    child_toward(areas, root, toward).map_or(Share::Disputed, Share::To)
}

/// What was said before of where a row belongs.
#[derive(Debug, Clone, Copy)]
pub struct Said<'s> {
    pub placing: &'s Placing,
    /// A person decided; else a rule found it.
    pub by_person: bool,
    /// Number of the event it was said in.
    pub event: i64,
}

/// Where a row stands in an office (落区现状).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stand {
    pub placing: Placing,
    pub share: Share,
    /// What the rules found, to be kept; none where a person's word stands.
    pub found: Option<Placing>,
}

/// Where a row stands: a person's word before the rules', and disputed again when the office it goes to has refused
/// it since that was said. `refusals` are the newest of each office, with the number of their event.
pub fn stand(
    areas: &AreaTree,
    root: AreaCode,
    said: Option<Said<'_>>,
    by_rule: impl FnOnce() -> Placing,
    refusals: &[(&Claim, i64)],
) -> Stand {
    let (placing, found) = match said {
        Some(said) if said.by_person => (said.placing.clone(), None),
        _ => {
            let placing = by_rule();
            (placing.clone(), Some(placing))
        }
    };
    // What was not said before cannot have been refused yet.
    let since = said.filter(|s| *s.placing == placing).map_or(i64::MAX, |s| s.event);
    let share = share(areas, root, &placing);
    let against = refusals.iter().find(|(claim, event)| {
        *event > since
            && share != Share::Disputed
            && child_toward(areas, root, claim.area).map(Share::To) == Some(share)
    });
    match against {
        Some((claim, _)) => Stand { placing: refused(root, &placing, claim), share: Share::Disputed, found },
        None => Stand { placing, share, found },
    }
}

/// What a package with rows does to the rows an office holds from above.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TakenIn {
    /// Ids of rows seen for the first time.
    pub fresh: BTreeSet<String>,
    /// Ids of rows that were here before and come back: the same rows, not second ones.
    pub again: BTreeSet<String>,
    /// Ids the office holds afterwards.
    pub held: BTreeSet<String>,
}

/// Takes in rows given (id, hash) and taken back. `known` are all rows the office ever had, with their hashes.
/// A known id with another hash is another row under the same name: its id is the error.
pub fn take_in(
    held: &BTreeSet<String>,
    known: &BTreeMap<String, String>,
    given: &[(String, String)],
    taken: &[String],
) -> Result<TakenIn, String> {
    let mut after = TakenIn { held: held.clone(), ..TakenIn::default() };
    for (id, hash) in given {
        match known.get(id) {
            Some(other) if other != hash => return Err(id.clone()),
            Some(_) => after.again.insert(id.clone()),
            None => after.fresh.insert(id.clone()),
        };
        after.held.insert(id.clone());
    }
    for id in taken {
        after.held.remove(id);
    }
    Ok(after)
}

/// Where a row stands when the office it was meant for has refused it since: disputed here again.
fn refused(root: AreaCode, placing: &Placing, claim: &Claim) -> Placing {
    let mut candidates = match placing {
        Placing::At { area, why, .. } => vec![Candidate { area: *area, score: 50, by: why.clone() }],
        Placing::Disputed { candidates, .. } => candidates.clone(),
    };
    candidates.retain(|c| c.area != claim.area);
    Placing::Disputed { pool: root, candidates, why: format!("{}退回：{}", claim.area.short(), claim.why) }
}

/// The office below `root` that holds an area; below a county, the village itself.
pub fn child_toward(areas: &AreaTree, root: AreaCode, area: AreaCode) -> Option<AreaCode> {
    if areas.get(root).is_some_and(|a| a.level == AreaLevel::County) {
        let village = areas.get(area).is_some_and(|a| a.level == AreaLevel::Village);
        return (village && areas.within(Tree::Code, area, root)).then_some(area);
    }
    if area == root {
        return None;
    }
    let mut path = vec![area];
    path.extend(areas.ancestors(Tree::Reporting, area));
    let at = path.iter().position(|a| *a == root)?;
    path.get(at.checked_sub(1)?).copied()
}

impl Proof {
    /// Of the rows that came in, and where each went.
    pub fn of(root: AreaCode, whole: &[RowMark<'_>], shares: &[(RowMark<'_>, Share)]) -> Proof {
        let mut parts: BTreeMap<AreaCode, Vec<RowMark<'_>>> = BTreeMap::new();
        let mut disputed = Vec::new();
        let mut seen = BTreeSet::new();
        let mut twice = 0;
        for (row, share) in shares {
            twice += u64::from(!seen.insert(row.id));
            match share {
                Share::To(area) => parts.entry(*area).or_default().push(*row),
                Share::Disputed => disputed.push(*row),
            }
        }
        Proof {
            of: root,
            whole: RowSet::of(whole.iter().copied()),
            union: RowSet::of(shares.iter().map(|(row, _)| *row)),
            parts: parts.into_iter().map(|(area, rows)| (area, RowSet::of(rows))).collect(),
            disputed: RowSet::of(disputed),
            twice,
        }
    }

    /// Everything that is wrong with it; nothing when it holds.
    pub fn broken(&self) -> Vec<Broken> {
        let mut broken = Vec::new();
        let out = self.parts.values().map(|p| p.rows).sum::<u64>() + self.disputed.rows;
        if out != self.whole.rows {
            broken.push(Broken::Count { whole: self.whole.rows, out });
        }
        if self.twice > 0 {
            broken.push(Broken::Twice { rows: self.twice });
        }
        if self.union != self.whole {
            broken.push(Broken::Union);
        }
        broken
    }
}

/// What each office below has to be given and what is taken back, from what it holds and what it is to hold.
pub fn deltas(held: &BTreeMap<String, AreaCode>, shares: &BTreeMap<String, Share>) -> BTreeMap<AreaCode, Delta> {
    let mut found: BTreeMap<AreaCode, Delta> = BTreeMap::new();
    for (id, share) in shares {
        let now = match share {
            Share::To(area) => Some(*area),
            Share::Disputed => None,
        };
        let before = held.get(id).copied();
        if now == before {
            continue;
        }
        if let Some(area) = now {
            found.entry(area).or_default().given.push(id.clone());
        }
        if let Some(area) = before {
            found.entry(area).or_default().taken.push((id.clone(), *share));
        }
    }
    // A row that this office itself no longer has is no longer below it either.
    for (id, area) in held.iter().filter(|(id, _)| !shares.contains_key(*id)) {
        found.entry(*area).or_default().taken.push((id.clone(), Share::Disputed));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: RowMark<'_> = RowMark { id: "a", hash: "1" };
    const TWO: RowMark<'_> = RowMark { id: "b", hash: "2" };

    fn code(text: &str) -> AreaCode {
        text.parse().expect("a code")
    }

    #[test]
    fn a_set_is_its_rows_in_any_order() {
        assert_eq!(RowSet::of([ONE, TWO]), RowSet::of([TWO, ONE]));
        assert_ne!(RowSet::of([ONE, TWO]), RowSet::of([ONE, RowMark { id: "b", hash: "3" }]));
        assert_ne!(RowSet::of([ONE, ONE]), RowSet::of([ONE]));
    }

    #[test]
    fn a_proof_finds_what_is_lost_twice_or_other() {
        let to = Share::To(code("4101"));
        let broken = |shares: &[(RowMark<'_>, Share)]| Proof::of(code("41"), &[ONE, TWO], shares).broken();
        assert_eq!(broken(&[(ONE, to), (TWO, Share::Disputed)]), []);
        assert_eq!(broken(&[(ONE, to)]), [Broken::Count { whole: 2, out: 1 }, Broken::Union]);
        assert_eq!(broken(&[(ONE, to), (ONE, Share::Disputed)]), [Broken::Twice { rows: 1 }, Broken::Union]);
        assert_eq!(broken(&[(ONE, to), (RowMark { id: "c", hash: "2" }, to)]), [Broken::Union]);
    }

    #[test]
    fn a_second_split_hands_out_only_what_changed() {
        let (here, there) = (code("4101"), code("4102"));
        let held = BTreeMap::from([("a".to_owned(), here), ("b".to_owned(), here), ("gone".to_owned(), there)]);
        let shares = BTreeMap::from([
            ("a".to_owned(), Share::To(here)),
            ("b".to_owned(), Share::To(there)),
            ("c".to_owned(), Share::To(there)),
            ("d".to_owned(), Share::Disputed),
        ]);
        let found = deltas(&held, &shares);
        assert_eq!(found[&here], Delta { given: vec![], taken: vec![("b".to_owned(), Share::To(there))] });
        let given = vec!["b".to_owned(), "c".to_owned()];
        assert_eq!(found[&there], Delta { given, taken: vec![("gone".to_owned(), Share::Disputed)] });
    }
}
