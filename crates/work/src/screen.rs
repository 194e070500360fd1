//! Screening (清查): one verdict for each listed row, and the proof that none is lost.

use std::collections::{BTreeMap, BTreeSet};

use census::frame::{self, Funnel, Ground, Heard, Listing, Origin, Placing, ScopeRules, Screened, Sources, Verdict};
use store::{DecidedBy, Read, Scope, Store, What};

use crate::error::words;
use crate::{Desk, Error, Result, Standing, Words};

/// What screening came to.
#[derive(Debug)]
pub struct Outcome {
    /// All rows, with those the office above took back at the end.
    pub listings: Vec<Listing>,
    pub placings: BTreeMap<String, Placing>,
    pub screened: Vec<Screened>,
    /// Rows that did not come with a base list.
    pub later: BTreeMap<String, Origin>,
    /// The funnel (清查漏斗) of all rows.
    pub funnel: Funnel,
    /// How the units came into the directory.
    pub sources: Sources,
    /// Units in the directory now.
    pub units: u64,
    pub new_verdicts: u64,
    pub new_units: u64,
    pub changed_units: u64,
    /// Units that are in the directory no longer.
    pub left_units: u64,
}

impl Outcome {
    /// Counted from the verdicts and, apart from that, in the directory.
    pub fn adds_up(&self) -> bool {
        self.funnel.adds_up() && self.sources.adds_up() && self.sources.units == self.units
    }

    /// The funnel of each part and where its units were heard of; the parts make the total.
    pub fn by(&self, key: impl Fn(&Listing) -> String) -> BTreeMap<String, (Funnel, Sources)> {
        let verdicts: BTreeMap<&str, &Verdict> =
            self.screened.iter().map(|s| (s.listing.as_str(), &s.verdict)).collect();
        by(&self.listings, &verdicts, &self.later, key)
    }
}

/// The lists as they stand, without screening again.
#[derive(Debug)]
pub struct Stand {
    pub listings: Vec<Listing>,
    pub placings: BTreeMap<String, Placing>,
    pub verdicts: BTreeMap<String, Verdict>,
    pub later: BTreeMap<String, Origin>,
    pub funnel: Funnel,
    pub sources: Sources,
}

impl Stand {
    /// The same by part.
    pub fn by(&self, key: impl Fn(&Listing) -> String) -> BTreeMap<String, (Funnel, Sources)> {
        let verdicts: BTreeMap<&str, &Verdict> = self.verdicts.iter().map(|(id, v)| (id.as_str(), v)).collect();
        by(&self.listings, &verdicts, &self.later, key)
    }
}

/// Reads how the lists stand.
pub fn stand(read: &mut Read<'_>) -> Result<Stand> {
    let listings = read.all_listings()?;
    let placings = read.placings()?.into_iter().map(|(id, row)| (id, row.placing)).collect();
    let verdicts: BTreeMap<String, Verdict> = read.decisions()?.into_iter().map(|(id, d)| (id, d.verdict)).collect();
    let later = read.later_listings()?;
    let funnel = Funnel::of(listings.iter().map(|l| (&l.read, verdicts.get(&l.id))));
    let by_id: BTreeMap<&str, &Verdict> = verdicts.iter().map(|(id, v)| (id.as_str(), v)).collect();
    let sources = Heard::of(listings.iter().map(|l| l.id.as_str()), &by_id).sources(&later);
    Ok(Stand { listings, placings, verdicts, later, funnel, sources })
}

/// Screens all rows of the office and brings the directory up to date.
pub fn screen(desk: &mut Desk<'_>, store: &mut Store) -> Result<Outcome> {
    let rules = ScopeRules::from_parameters(&desk.instrument.parameters).map_err(|problems| {
        let text = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        Error::BadInput(Words::plain("scope_rules", text))
    })?;
    let Standing { mut listings, gone, placings, found, .. } = Standing::of(desk, &mut store.read())?;
    // A row that was taken back keeps its verdict, as moved.
    listings.extend(gone);
    if listings.is_empty() {
        return Err(Error::BadInput(words!(
            "no_list",
            "底册还是空的：先 wupu import list 文件",
            "no list yet: wupu import list FILE first"
        )));
    }
    let decided: BTreeMap<String, Verdict> = store
        .read()
        .decisions()?
        .into_iter()
        .filter(|(_, d)| d.by == DecidedBy::Person)
        .map(|(id, d)| (id, d.verdict))
        .collect();
    let pairs: Vec<frame::Pair> = store.read().pairs()?.into_values().map(|d| d.pair).collect();
    let settled = frame::Settled::new(&pairs);
    let ground = Ground { areas: desk.areas, area: desk.area, placings: &placings };
    let screened = frame::screen(&listings, &decided, &settled, &rules, &ground);
    let units = frame::units(&listings, &screened, &ground, desk.census.simulated);
    // A unit all of whose rows were found to be something else since is in the directory no longer.
    let now: BTreeSet<&str> = units.iter().map(|u| u.id.as_str()).collect();
    let known = store.read().units(&Scope::All)?;
    let names: BTreeSet<&str> = known.iter().map(|u| u.id.as_str()).collect();
    let new_units = now.difference(&names).count() as u64;
    let leaving: Vec<String> =
        known.iter().filter(|u| !u.listings.is_empty() && !now.contains(u.id.as_str())).map(|u| u.id.clone()).collect();
    let event = desk.event(What::Screen);
    let why = words!("left", "重新清查后不再纳入", "no longer in scope when screened again").of(desk.language);
    let (new_verdicts, kept, left_units) = store.write::<_, Error>(&event, |w| {
        w.place_listings(&found, DecidedBy::Rule)?;
        let kept = w.directory(&units)?;
        let left = w.withdraw(&leaving, &why)?;
        Ok((w.decide(&screened, DecidedBy::Rule)?, kept, left))
    })?;
    let later = store.read().later_listings()?;
    let verdicts: BTreeMap<&str, &Verdict> = screened.iter().map(|s| (s.listing.as_str(), &s.verdict)).collect();
    let funnel = Funnel::of(listings.iter().map(|l| (&l.read, verdicts.get(l.id.as_str()).copied())));
    let sources = Heard::of(listings.iter().map(|l| l.id.as_str()), &verdicts).sources(&later);
    Ok(Outcome {
        units: units.len() as u64,
        changed_units: kept - new_units.min(kept),
        listings,
        placings,
        screened,
        later,
        funnel,
        sources,
        new_verdicts,
        new_units,
        left_units,
    })
}

fn by(
    listings: &[Listing],
    verdicts: &BTreeMap<&str, &Verdict>,
    later: &BTreeMap<String, Origin>,
    key: impl Fn(&Listing) -> String,
) -> BTreeMap<String, (Funnel, Sources)> {
    let of: BTreeMap<&str, &Listing> = listings.iter().map(|l| (l.id.as_str(), l)).collect();
    let heard = Heard::of(listings.iter().map(|l| l.id.as_str()), verdicts);
    let mut sources = heard.sources_by(later, |row| of.get(row).map(|l| key(l)).unwrap_or_default());
    let funnels = Funnel::by(listings.iter().map(|l| (key(l), &l.read, verdicts.get(l.id.as_str()).copied())));
    funnels
        .into_iter()
        .map(|(key, funnel)| {
            let sources = sources.remove(&key).unwrap_or_default();
            (key, (funnel, sources))
        })
        .collect()
}
