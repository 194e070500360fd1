//! Screening (清查): a verdict for every listing, automatic where the data decide, held where a person must.

use std::collections::BTreeMap;

use expr::exact::Decimal;
use instrument::model::AreaLevel;

use super::{Listing, OutOfScope, PairSays, Placing, ScopeRules, Settled, Unit, Verdict, normalised};
use crate::area::{AreaCode, AreaTree, Tree};
use crate::ids::UnitCode;
use crate::sheet::sha256;

/// Where the listings lie, and the office that screens them.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'g> {
    pub areas: &'g AreaTree,
    /// The area that screens, by code.
    pub area: AreaCode,
    /// Where each listing was placed, by its id.
    pub placings: &'g BTreeMap<String, Placing>,
}

/// What screening decided, and why in words for the person who looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screened {
    /// Id of the listing.
    pub listing: String,
    pub verdict: Verdict,
    pub why: String,
}

/// Gives every listing exactly one verdict, in the order given. `decided` are the verdicts of
/// persons, by listing: they stand. `pairs` is what matching and persons said of pairs of listings.
pub fn screen(
    listings: &[Listing],
    decided: &BTreeMap<String, Verdict>,
    pairs: &Settled,
    rules: &ScopeRules,
    ground: &Ground,
) -> Vec<Screened> {
    let mut screened: Vec<Screened> = listings
        .iter()
        .map(|listing| {
            let (verdict, why) = match decided.get(&listing.id) {
                Some(verdict) => (verdict.clone(), "人工判定".to_owned()),
                None => alone(listing, rules, ground),
            };
            Screened { listing: listing.id.clone(), verdict, why }
        })
        .collect();
    find_duplicates(listings, decided, pairs, ground, &mut screened);
    screened
}

/// The units of the directory that in-scope listings make, in the order of their ids. Duplicates
/// are remembered with the unit they are duplicates of.
pub fn units(listings: &[Listing], screened: &[Screened], ground: &Ground, simulated: bool) -> Vec<Unit> {
    let mut units: BTreeMap<&str, Unit> = BTreeMap::new();
    let mut of_listing: BTreeMap<&str, &str> = BTreeMap::new();
    for (listing, found) in listings.iter().zip(screened) {
        let Verdict::InScope { unit } = &found.verdict else { continue };
        of_listing.insert(&listing.id, unit);
        let read = &listing.read;
        // Two listings that persons found to be one unit share its id: the first one describes it.
        let entry = units.entry(unit).or_insert_with(|| Unit {
            id: unit.clone(),
            respondent: read.respondent.clone(),
            name: read.name.clone(),
            code: read.code().to_owned(),
            area: ground.area_of(listing).to_string(),
            address: read.address.clone(),
            industries: read.industries.clone(),
            status: read.status.clone(),
            listings: Vec::new(),
            simulated,
        });
        entry.listings.push(listing.id.clone());
    }
    for (listing, found) in listings.iter().zip(screened) {
        let Verdict::DuplicateOf { listing: first, .. } = &found.verdict else { continue };
        if let Some(unit) = of_listing.get(first.as_str()).and_then(|unit| units.get_mut(unit)) {
            unit.listings.push(listing.id.clone());
        }
    }
    units.into_values().collect()
}

/// Id of the unit a listing makes: the same listing gives the same id on every run and machine.
pub fn unit_id(listing: &Listing) -> String {
    let read = &listing.read;
    let key = if read.code().is_empty() { format!("listing {}", listing.id) } else { read.code().to_owned() };
    format!("u{}", &sha256(&format!("{}\n{key}", read.respondent))[..20])
}

impl Ground<'_> {
    /// The area of a unit a listing makes: where it was placed; the screening area when a person took a listing
    /// in whose place is not certain.
    pub fn area_of(&self, listing: &Listing) -> AreaCode {
        let placed = match self.placings.get(&listing.id) {
            Some(Placing::At { area, .. }) => Some(*area),
            _ => self.areas.resolve(&listing.read.area).ok(),
        };
        placed.filter(|code| self.areas.within(Tree::Code, *code, self.area)).unwrap_or(self.area)
    }
}

/// The verdict a listing gets by itself, before it is compared with others.
fn alone(listing: &Listing, rules: &ScopeRules, ground: &Ground) -> (Verdict, String) {
    let read = &listing.read;
    if let Some(why) = &listing.rejected {
        if listing.is_no_unit() {
            return out(OutOfScope::NotAUnit, why);
        }
        return held(why.clone());
    }
    if read.status == "关闭" {
        let evidence = format!("{}：状态为关闭", place_of(listing));
        return (Verdict::Closed { evidence: evidence.clone() }, evidence);
    }
    if let Some(decision) = by_area(listing, ground) {
        return decision;
    }
    if read.status == "无生产活动" {
        return out(OutOfScope::NoActivity, "状态为无生产活动");
    }
    if let Some(decision) = by_scope(listing, rules) {
        return decision;
    }
    if let Some(why) = bad_code(listing) {
        return held(why);
    }
    (Verdict::InScope { unit: unit_id(listing) }, "在普查范围内".to_owned())
}

/// Where the listing lies: another area, or not to be said.
fn by_area(listing: &Listing, ground: &Ground) -> Option<(Verdict, String)> {
    let areas = ground.areas;
    match ground.placings.get(&listing.id) {
        None => Some(held("还没有落区".to_owned())),
        Some(Placing::Disputed { why, .. }) => Some(held(why.clone())),
        Some(Placing::At { area, why, .. }) if areas.at_level(Tree::Code, *area, AreaLevel::County).is_none() => {
            Some(held(format!("{why}，不到县级")))
        }
        Some(Placing::At { area, .. }) if areas.within(Tree::Code, *area, ground.area) => None,
        Some(Placing::At { area, .. }) => Some(out(OutOfScope::OtherArea, &format!("在{}", areas.path_name(*area)))),
    }
}

/// Industry of industrial units; size of all others.
fn by_scope(listing: &Listing, rules: &ScopeRules) -> Option<(Verdict, String)> {
    let read = &listing.read;
    if read.respondent == "industrial" {
        let Some(main) = read.industries.first() else { return Some(held("没有行业代码".to_owned())) };
        if let Some(short) = read.industries.iter().find(|code| code.len() != 4) {
            return Some(held(format!("行业代码{short}不是四位小类")));
        }
        if rules.elsewhere.contains(main) {
            return Some(out(OutOfScope::SewageTreatment, &format!("行业{main}按集中式污染治理设施普查")));
        }
        let inside = |code: &String| {
            code[..2].parse::<u8>().is_ok_and(|division| (rules.divisions.0..=rules.divisions.1).contains(&division))
        };
        return match (inside(main), read.industries[1..].iter().find(|code| inside(code))) {
            (true, _) => None,
            (false, Some(other)) => Some(held(format!("主要行业{main}不在范围，次要行业{other}在范围"))),
            (false, None) => Some(out(OutOfScope::Industry, &format!("行业{main}不在B、C、D门类"))),
        };
    }
    let limits = rules.limits(&read.respondent)?;
    let mut below = Vec::new();
    for limit in limits {
        let Some(typed) = read.sizes.get(&limit.size).filter(|text| !text.is_empty()) else { continue };
        let Some(size) = size(typed) else {
            return Some(held(format!("规模“{typed}”无法识别")));
        };
        if size >= limit.at_least {
            return None;
        }
        below.push(format!("{typed}<{}", limit.at_least));
    }
    if below.is_empty() {
        return Some(held("没有规模指标".to_owned()));
    }
    Some(out(OutOfScope::BelowThreshold, &format!("规模以下：{}", below.join("，"))))
}

fn size(typed: &str) -> Option<Decimal> {
    let digits: String = typed.chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ',')).collect();
    digits.replace(',', "").parse().ok()
}

/// A code whose check character is wrong names no unit or another one: a person compares the licence.
fn bad_code(listing: &Listing) -> Option<String> {
    let read = &listing.read;
    let problem = if read.credit_code.is_empty() {
        let bare = read.organisation_code.as_str();
        if bare.is_empty() { None } else { bare.parse::<UnitCode>().err() }
    } else {
        read.credit_code.parse::<UnitCode>().err()
    };
    problem.map(|p| format!("代码有误：{p}"))
}

/// The same code and suffix is the same unit; the same name in the same county may be.
fn find_duplicates(
    listings: &[Listing],
    decided: &BTreeMap<String, Verdict>,
    pairs: &Settled,
    ground: &Ground,
    screened: &mut [Screened],
) {
    let prefixes = prefixes(ground.areas, ground.area);
    let prefixes: Vec<&str> = prefixes.iter().map(String::as_str).collect();
    // Where each kept row stands, and for a row that was found to be a duplicate, of which.
    let mut kept: BTreeMap<&str, usize> = BTreeMap::new();
    let mut by_code: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut by_name: BTreeMap<(String, String, AreaCode), Vec<usize>> = BTreeMap::new();
    let settled_elsewhere = Elsewhere::of(listings, screened);
    // What persons kept comes first, so that a later automatic row never pushes it out.
    let (by_persons, by_rules): (Vec<usize>, Vec<usize>) = (0..listings.len())
        .filter(|&at| matches!(screened[at].verdict, Verdict::InScope { .. }))
        .partition(|&at| decided.contains_key(&listings[at].id));
    for at in by_persons.iter().chain(&by_rules).copied() {
        let read = &listings[at].read;
        let automatic = !decided.contains_key(&listings[at].id);
        let mut code = None;
        if !read.code().is_empty() {
            let key = (read.respondent.clone(), plain_code(read.code()));
            match by_code.get(&key) {
                Some(&first) if automatic => {
                    let why = format!("代码{}相同", read.code());
                    let verdict = Verdict::DuplicateOf { listing: listings[first].id.clone(), why: why.clone() };
                    screened[at] = Screened { listing: listings[at].id.clone(), verdict, why };
                    continue;
                }
                Some(_) => {}
                None => code = Some(key),
            }
        }
        if let Some(why) = settled_elsewhere.against(at, listings, pairs).filter(|_| automatic) {
            screened[at] =
                Screened { listing: listings[at].id.clone(), verdict: Verdict::Held { why: why.clone() }, why };
            continue;
        }
        // A row that is one unit with a kept one is its duplicate; one that may be is for a person.
        let mut others: Vec<(usize, &super::Pair)> = pairs
            .of(&listings[at].id)
            .filter_map(|pair| {
                let other = if pair.first == listings[at].id { &pair.second } else { &pair.first };
                Some((*kept.get(other.as_str())?, pair))
            })
            .collect();
        others.sort_by_key(|(first, pair)| (pair.says, -pair.weight, *first));
        if let Some((first, pair)) = others.first().filter(|_| automatic) {
            let (first, said) = (&listings[*first], pair.words());
            let why = match pair.says {
                PairSays::Same => format!("与{}“{}”是同一单位：{said}", place_of(first), first.read.name),
                _ => format!("与{}“{}”可能是同一单位：{said}", place_of(first), first.read.name),
            };
            let verdict = match pair.says {
                PairSays::Same => Verdict::DuplicateOf { listing: first.id.clone(), why: why.clone() },
                _ => Verdict::Held { why: why.clone() },
            };
            screened[at] = Screened { listing: listings[at].id.clone(), verdict, why };
            continue;
        }
        kept.insert(&listings[at].id, at);
        if let Some(key) = code {
            by_code.insert(key, at);
        }
        let name = normalised(&read.name, &prefixes);
        if name.is_empty() {
            continue;
        }
        let county = ground.area_of(&listings[at]).county();
        let alike = by_name.entry((read.respondent.clone(), name, county)).or_default();
        let apart = |other: usize| {
            let said = pairs.says(&listings[other].id, &listings[at].id);
            said.is_some_and(|pair| pair.says == PairSays::Different) || other_sites(&listings[other], &listings[at])
        };
        let doubtful = alike.iter().find(|&&other| !apart(other)).copied();
        match doubtful {
            Some(other) if automatic => {
                let first = &listings[other];
                let why = format!("与{}“{}”同名同县，请核对是否同一单位", place_of(first), first.read.name);
                screened[at] =
                    Screened { listing: listings[at].id.clone(), verdict: Verdict::Held { why: why.clone() }, why };
            }
            _ => alike.push(at),
        }
    }
    for (at, verdict) in settled_elsewhere.known_before(listings, pairs, &by_code, &kept) {
        if decided.contains_key(&listings[at].id) {
            continue;
        }
        let (Verdict::Held { why } | Verdict::DuplicateOf { why, .. }) = &verdict else { continue };
        screened[at] = Screened { listing: listings[at].id.clone(), why: why.clone(), verdict };
    }
}

/// Rows that say of a unit that it is not in scope. A list that has it in scope contradicts them, and no rule knows
/// which of the two is right: the earlier one stands, the later one is for a person.
struct Elsewhere {
    /// Row → the word for its verdict, and whether it says that the unit does not run.
    words: BTreeMap<usize, (&'static str, bool)>,
    by_code: BTreeMap<(String, String), usize>,
    by_id: BTreeMap<String, usize>,
}

impl Elsewhere {
    fn of(listings: &[Listing], screened: &[Screened]) -> Elsewhere {
        let mut found = Elsewhere { words: BTreeMap::new(), by_code: BTreeMap::new(), by_id: BTreeMap::new() };
        for (at, (listing, screened)) in listings.iter().zip(screened).enumerate() {
            let word = match &screened.verdict {
                Verdict::Closed { .. } => ("关闭", true),
                Verdict::NotFound { .. } => ("未找到", true),
                // The same legal unit may have another site in another area.
                Verdict::OutOfScope { reason: OutOfScope::NotAUnit | OutOfScope::OtherArea } => continue,
                Verdict::OutOfScope { reason } => (reason.title(), *reason == OutOfScope::NoActivity),
                _ => continue,
            };
            found.words.insert(at, word);
            found.by_id.insert(listing.id.clone(), at);
            if !listing.read.code().is_empty() {
                let key = (listing.read.respondent.clone(), plain_code(listing.read.code()));
                found.by_code.entry(key).or_insert(at);
            }
        }
        found
    }

    /// Why a row that is in scope by itself is for a person all the same.
    fn against(&self, at: usize, listings: &[Listing], pairs: &Settled) -> Option<String> {
        let listing = &listings[at];
        let key = (listing.read.respondent.clone(), plain_code(listing.read.code()));
        let by_pair = || {
            let same = pairs.of(&listing.id).filter(|pair| pair.says == PairSays::Same);
            same.filter_map(|p| self.by_id.get(if p.first == listing.id { &p.second } else { &p.first })).min()
        };
        let coded = if listing.read.code().is_empty() { None } else { self.by_code.get(&key) };
        let first = *coded.or_else(by_pair).filter(|first| **first < at)?;
        let (other, (word, _)) = (&listings[first], self.words[&first]);
        Some(format!("与{}“{}”是同一单位，而那一条的结论是{word}；请核实", place_of(other), other.read.name))
    }

    /// What becomes of these rows when an earlier row of the same unit is in scope: the unit is known, so they repeat
    /// it; one that says it does not run is for a person.
    fn known_before(
        &self,
        listings: &[Listing],
        pairs: &Settled,
        by_code: &BTreeMap<(String, String), usize>,
        kept: &BTreeMap<&str, usize>,
    ) -> Vec<(usize, Verdict)> {
        let mut found = Vec::new();
        for (&at, &(word, stopped)) in &self.words {
            let listing = &listings[at];
            let key = (listing.read.respondent.clone(), plain_code(listing.read.code()));
            let coded = if listing.read.code().is_empty() { None } else { by_code.get(&key) };
            let by_pair = || {
                let same = pairs.of(&listing.id).filter(|pair| pair.says == PairSays::Same);
                same.filter_map(|p| kept.get(if p.first == listing.id { &*p.second } else { &*p.first })).min()
            };
            let Some(&first) = coded.or_else(by_pair).filter(|first| **first < at) else { continue };
            let (id, name) = (listings[first].id.clone(), &listings[first].read.name);
            let place = place_of(&listings[first]);
            let verdict = if stopped {
                Verdict::Held {
                    why: format!("{word}，而{place}“{name}”是同一单位，已经纳入；请核实")
                }
            } else {
                Verdict::DuplicateOf {
                    listing: id, why: format!("{word}，而{place}“{name}”是同一单位，已经纳入")
                }
            };
            found.push((at, verdict));
        }
        found
    }
}

/// Two sites of one legal unit: the same code with different suffixes.
fn other_sites(a: &Listing, b: &Listing) -> bool {
    let legal = |l: &Listing| l.read.code().parse::<UnitCode>().map(|code| (code.legal_unit(), code.suffix));
    match (legal(a), legal(b)) {
        (Ok((a, first)), Ok((b, second))) => a == b && first != second,
        _ => false,
    }
}

/// A code in its one spelling; a credit code and the organisation code inside it stay different.
fn plain_code(code: &str) -> String {
    code.parse::<UnitCode>().map_or_else(|_| code.to_owned(), |code| code.to_string())
}

fn held(why: String) -> (Verdict, String) {
    (Verdict::Held { why: why.clone() }, why)
}

fn out(reason: OutOfScope, why: &str) -> (Verdict, String) {
    (Verdict::OutOfScope { reason }, why.to_owned())
}

/// `底册.xlsx 第12行`.
fn place_of(listing: &Listing) -> String {
    format!("{}第{}行", listing.file, listing.row)
}

/// Names of an area and of what lies above it, with and without their kind, as names of units begin with them.
fn prefixes(areas: &AreaTree, area: AreaCode) -> Vec<String> {
    let above = std::iter::once(area).chain(areas.ancestors(Tree::Code, area));
    let mut names: Vec<String> = above.filter_map(|code| areas.get(code)).map(|a| a.name.clone()).collect();
    let short: Vec<String> =
        names.iter().filter_map(|n| n.strip_suffix(['省', '市', '县', '区'])).map(str::to_owned).collect();
    names.extend(short.into_iter().filter(|n| n.chars().count() >= 2));
    // Longest first, so that 荥阳市 is taken off before 荥阳.
    names.sort_by_key(|n| std::cmp::Reverse(n.chars().count()));
    names
}

#[cfg(test)]
#[path = "screen_tests.rs"]
mod tests;
