//! Where the rows of the lists stand: in this office, in one below, or disputed (落区).

use std::collections::{BTreeMap, BTreeSet};

use census::area::AreaCode;
use census::frame::{Candidate, Gazetteer, Listing, Placing};
use census::split::{self, Claim, ClaimSays, RowMark, Said, Share};
use store::{DecidedBy, Offered, Read};

use crate::{Desk, Result};

/// The rows this office has, and where each goes from here.
#[derive(Debug)]
pub struct Standing {
    /// In the order they were imported; without rows that the office above took back.
    pub listings: Vec<Listing>,
    /// Rows that the office above took back.
    pub gone: Vec<Listing>,
    pub placings: BTreeMap<String, Placing>,
    pub shares: BTreeMap<String, Share>,
    /// What rules found, to be kept.
    pub found: Vec<(String, Placing)>,
}

/// How a row is known across offices.
pub fn mark(listing: &Listing) -> RowMark<'_> {
    RowMark { id: &listing.id, hash: &listing.hash }
}

impl Standing {
    /// Places the rows by rules, keeps what persons decided, and opens again what was refused since.
    pub fn of(desk: &Desk<'_>, read: &mut Read<'_>) -> Result<Standing> {
        let root = desk.area;
        let listings = read.all_listings()?;
        let (above, held) = (read.from_above(root)?, read.held(root)?);
        let known = read.placings()?;
        let claims = read.claims()?;
        // The newest refusal of each row by each office, with its event.
        let mut refusals: BTreeMap<&str, Vec<(&Claim, i64)>> = BTreeMap::new();
        for (claim, event) in claims.values().filter(|(claim, _)| claim.says == ClaimSays::Refuses) {
            refusals.entry(claim.listing.as_str()).or_default().push((claim, *event));
        }
        let gazetteer = Gazetteer::new(desk.areas, &desk.instrument.area_changes, &desk.instrument.area_names);
        let (listings, gone): (Vec<Listing>, Vec<Listing>) =
            listings.into_iter().partition(|l| !above.contains(&l.id) || held.contains(&l.id));
        let (mut placings, mut shares, mut found) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        for listing in &listings {
            let said = known.get(&listing.id).map(|row| Said {
                placing: &row.placing,
                by_person: row.by == DecidedBy::Person,
                event: row.event,
            });
            let against = refusals.get(listing.id.as_str()).map_or(&[][..], Vec::as_slice);
            let stand = split::stand(desk.areas, root, said, || by_rule(&gazetteer, listing, root), against);
            found.extend(stand.found.map(|placing| (listing.id.clone(), placing)));
            placings.insert(listing.id.clone(), stand.placing);
            shares.insert(listing.id.clone(), stand.share);
        }
        Ok(Standing { listings, gone, placings, shares, found })
    }

    /// Rows disputed here, in the order they were imported.
    pub fn disputed(&self) -> impl Iterator<Item = (&Listing, &Placing)> {
        let open = self.listings.iter().filter(|l| self.shares[&l.id] == Share::Disputed);
        open.map(|l| (l, &self.placings[&l.id]))
    }

    /// Disputed rows shown to each office below that may claim them: those of this office, and those the parent shows.
    pub fn offered(&self, desk: &Desk<'_>, read: &mut Read<'_>) -> Result<BTreeMap<AreaCode, Vec<Offered>>> {
        let above = read.offered()?;
        let own = self.disputed().map(|(l, p)| Offered { listing: l.clone(), placing: p.clone() });
        let mut shown: BTreeMap<AreaCode, Vec<Offered>> = BTreeMap::new();
        for row in own.chain(above.into_values()) {
            let Placing::Disputed { candidates, .. } = &row.placing else { continue };
            let to: BTreeSet<AreaCode> = candidates
                .iter()
                .filter_map(|c: &Candidate| split::child_toward(desk.areas, desk.area, c.area))
                .collect();
            for child in to {
                shown.entry(child).or_default().push(row.clone());
            }
        }
        Ok(shown)
    }
}

fn by_rule(gazetteer: &Gazetteer<'_>, listing: &Listing, root: AreaCode) -> Placing {
    match &listing.rejected {
        Some(why) => Placing::Disputed { pool: root, candidates: Vec::new(), why: why.clone() },
        None => gazetteer.place(&listing.read, root),
    }
}
