//! The re-check of the directory (名录比对核实): other lists against it, in counts that add up.

use std::collections::{BTreeMap, BTreeSet};

use census::frame::{Heard, Listing, Origin, Outcome as Found, Placing, Recheck, Sources, Verdict};
use store::Read;

use crate::error::words;
use crate::{Error, Result};

/// How the re-check stands.
#[derive(Debug)]
pub struct Outcome {
    pub lists: Vec<List>,
    /// Ids of rows that wait for a person: the re-check is not finished.
    pub open: BTreeSet<String>,
    /// How the units came into the directory.
    pub sources: Sources,
    pub adds_up: bool,
}

/// One list, as a whole and by part.
#[derive(Debug)]
pub struct List {
    pub name: String,
    pub whole: Recheck,
    pub parts: BTreeMap<String, Recheck>,
}

/// Reads how the lists stand against the directory; `part` names the part a row counts in, by its place.
pub fn stand(read: &mut Read<'_>, part: impl Fn(Option<&Placing>) -> String) -> Result<Outcome> {
    let later = read.later_listings()?;
    let listings = read.all_listings()?;
    let decisions = read.decisions()?;
    let placings = read.placings()?;
    let mut lists: BTreeMap<&str, Vec<&Listing>> = BTreeMap::new();
    for listing in listings.iter().filter(|l| later.get(&l.id) == Some(&Origin::Recheck)) {
        lists.entry(listing.file.as_str()).or_default().push(listing);
    }
    if lists.is_empty() {
        return Err(Error::BadInput(words!(
            "no_list",
            "还没有比对名单：wupu import list 文件 --recheck，再 wupu match、wupu screen",
            "no list to re-check against: wupu import list FILE --recheck, then wupu match and wupu screen"
        )));
    }
    let verdicts: BTreeMap<&str, &Verdict> = decisions.iter().map(|(id, d)| (id.as_str(), &d.verdict)).collect();
    let heard = Heard::of(listings.iter().map(|l| l.id.as_str()), &verdicts);
    let sources = heard.sources(&later);
    let (mut told, mut open, mut adds_up) = (Vec::new(), BTreeSet::new(), sources.adds_up());
    for (name, rows) in &lists {
        let list: BTreeSet<&str> = rows.iter().map(|l| l.id.as_str()).collect();
        let mut parts: BTreeMap<String, Vec<Found>> = BTreeMap::new();
        for row in rows {
            let found = heard.outcome(&row.id, &list);
            if found == Found::Open {
                open.insert(row.id.clone());
            }
            parts.entry(part(placings.get(&row.id).map(|p| &p.placing))).or_default().push(found);
        }
        let whole = Recheck::of(parts.values().flatten().cloned());
        let parts: BTreeMap<String, Recheck> =
            parts.into_iter().map(|(key, found)| (key, Recheck::of(found))).collect();
        adds_up &= whole.adds_up() && parts.values().all(Recheck::adds_up);
        told.push(List { name: (*name).to_owned(), whole, parts });
    }
    // Every unit that a list added is one the directory gained.
    adds_up &= told.iter().map(|list| list.whole.added).sum::<u64>() == sources.recheck;
    Ok(Outcome { lists: told, open, sources, adds_up })
}
