//! Screening (清查): a verdict for every listing.

use std::collections::BTreeMap;

use super::{Listing, ScopeRules, Unit, Verdict};
use crate::area::{AreaCode, AreaTree};

/// What screening decided, and why in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screened {
    pub listing: String,
    pub verdict: Verdict,
    /// Why, for the person who looks at it.
    pub why: String,
}

/// Gives every listing exactly one verdict, in the order given. `decided` are verdicts of persons
/// on earlier looks: they stand. `area` is the county (or other area) that screens.
pub fn screen(
    listings: &[Listing],
    decided: &BTreeMap<String, Verdict>,
    rules: &ScopeRules,
    areas: &AreaTree,
    area: AreaCode,
) -> Vec<Screened> {
    let _ = (listings, decided, rules, areas, area);
    Vec::new()
}

/// The units of the directory that in-scope listings make, in the order of their ids.
pub fn units(listings: &[Listing], screened: &[Screened], simulated: bool) -> Vec<Unit> {
    let _ = (listings, screened, simulated);
    Vec::new()
}
