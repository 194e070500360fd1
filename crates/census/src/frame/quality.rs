//! Quality of the frame: enumeration areas without any record, omission and duplication, samples of deletions.

use std::collections::{BTreeMap, BTreeSet};

use expr::exact::Ratio;
use instrument::model::AreaLevel;

use super::{Listing, Screened, Verdict};
use crate::area::{AreaCode, AreaTree, Tree};
use crate::sheet::sha256;

/// Omission and duplication of one county (遗漏率, 重复率).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QualityRates {
    /// Units that should be in the census but are not ÷ all units that should be.
    pub omission: Ratio,
    /// Surplus records ÷ all records.
    pub duplication: Ratio,
}

/// Villages of an area that have neither a listing nor a nil report (D004): the whole territory
/// is covered, without gap (全面覆盖、不重不漏).
pub fn area_coverage(
    areas: &AreaTree,
    area: AreaCode,
    listings: &[Listing],
    nil_reports: &BTreeSet<AreaCode>,
) -> Vec<AreaCode> {
    let seen: BTreeSet<AreaCode> = listings
        .iter()
        .filter_map(|l| areas.resolve(l.read.area.trim_end_matches(|c: char| c.is_ascii_alphabetic())).ok())
        .collect();
    let villages = areas.subtree(Tree::Code, area).into_iter();
    villages
        .filter(|code| areas.get(*code).is_some_and(|a| a.level == AreaLevel::Village))
        .filter(|code| !seen.contains(code) && !nil_reports.contains(code))
        .collect()
}

/// The listings out of scope or closed that are looked at in the field (D005): so many a county,
/// the same ones for the same seed on every machine.
pub fn deleted_sample<'l>(
    listings: &'l [Listing],
    screened: &[Screened],
    areas: &AreaTree,
    count: usize,
    seed: u64,
) -> BTreeMap<AreaCode, Vec<&'l Listing>> {
    let mut drawn: BTreeMap<AreaCode, Vec<(String, &Listing)>> = BTreeMap::new();
    for (listing, found) in listings.iter().zip(screened) {
        if !matches!(found.verdict, Verdict::OutOfScope { .. } | Verdict::Closed { .. }) {
            continue;
        }
        let county = areas.resolve(&listing.read.area).map_or(AreaCode::default(), AreaCode::county);
        // Algorithm `sha256-rank-1`: the smallest hashes of seed and listing are drawn.
        drawn.entry(county).or_default().push((sha256(&format!("{seed}\n{}", listing.id)), listing));
    }
    let first = |mut ranked: Vec<(String, &'l Listing)>| {
        ranked.sort_by(|(a, _), (b, _)| a.cmp(b));
        ranked.into_iter().take(count).map(|(_, listing)| listing).collect()
    };
    drawn.into_iter().map(|(county, ranked)| (county, first(ranked))).collect()
}

/// Rates of a check (D006): `known` units of the census in the sample, `found` units that should
/// have been in it but were not, `records` listed, `surplus` records among them. `None` when the
/// sample is empty.
pub fn quality_rates(known: u32, found: u32, records: u32, surplus: u32) -> Option<QualityRates> {
    Some(QualityRates {
        omission: Ratio::of(found.into(), i64::from(known) + i64::from(found))?,
        duplication: Ratio::of(surplus.into(), records.into())?,
    })
}

#[cfg(test)]
mod tests {
    use instrument::model::AreaRow;

    use super::super::{ListedUnit, OutOfScope};
    use super::*;

    fn areas() -> AreaTree {
        let row = |code: &str, level, parent: &str| AreaRow {
            code: format!("{code:0<12}"),
            name: code.into(),
            level,
            parent: if parent.is_empty() { String::new() } else { format!("{parent:0<12}") },
            reports_to: String::new(),
            urban_rural: String::new(),
        };
        let mut rows = vec![row("410182", AreaLevel::County, ""), row("410182001", AreaLevel::Town, "410182")];
        rows.extend((1..=4).map(|n| row(&format!("41018200100{n}"), AreaLevel::Village, "410182001")));
        AreaTree::build(&rows).0
    }

    fn listing(id: u32, area: &str) -> Listing {
        Listing {
            id: format!("l{id}"),
            file: String::new(),
            sheet: String::new(),
            row: id,
            hash: String::new(),
            cells: Vec::new(),
            read: ListedUnit { area: area.into(), ..ListedUnit::default() },
            rejected: None,
        }
    }

    #[test]
    fn villages_without_record_or_nil_report_are_named() {
        let listings = [listing(1, "410182001001A"), listing(2, "410182001003")];
        let nil = BTreeSet::from(["410182001004".parse().expect("a code")]);
        let missing = area_coverage(&areas(), "410182".parse().expect("a code"), &listings, &nil);
        assert_eq!(missing.iter().map(AreaCode::to_string).collect::<Vec<_>>(), ["410182001002"]);
    }

    #[test]
    fn the_same_seed_draws_the_same() {
        let listings: Vec<Listing> = (0..40).map(|n| listing(n, "410182001001")).collect();
        let verdict = |n: usize| match n % 3 {
            0 => Verdict::InScope { unit: "u".into() },
            1 => Verdict::OutOfScope { reason: OutOfScope::Industry },
            _ => Verdict::Closed { evidence: "e".into() },
        };
        let screened: Vec<Screened> = listings
            .iter()
            .enumerate()
            .map(|(n, l)| Screened { listing: l.id.clone(), verdict: verdict(n), why: String::new() })
            .collect();
        let draw = |seed| {
            let drawn = deleted_sample(&listings, &screened, &areas(), 3, seed);
            let (_, rows) = drawn.into_iter().next().expect("one county");
            rows.iter().map(|l| l.row).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        assert_eq!(draw(7).len(), 3);
        assert!(draw(7).iter().all(|row| row % 3 != 0));
    }

    #[test]
    fn rates_are_exact() {
        let rates = quality_rates(99, 1, 200, 3).expect("a sample");
        assert_eq!((rates.omission.to_string(), rates.duplication.to_string()), ("0.01".into(), "0.015".into()));
        assert_eq!(quality_rates(0, 0, 0, 0), None);
    }
}
