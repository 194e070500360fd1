//! No sequence of import, split, claim, refusal, settlement, merge, unmerge, verdict and repeated import makes a count
//! fail to add up or loses a row.

use std::collections::{BTreeMap, BTreeSet};

use census::area::{AreaCode, AreaTree, Tree};
use census::frame::{
    Candidate, Funnel, Gazetteer, Ground, Heard, ListedUnit, Listing, OutOfScope, Pair, PairSays, PlacedBy, Placing,
    ScopeRules, Settled, Verdict, screen, units,
};
use census::practice::dice::Dice;
use census::split::{Claim, ClaimSays, Proof, RowMark, Said, Share, child_toward, deltas, stand, take_in};
use instrument::model::{AreaLevel, AreaRow, Mark, Parameter, Provenance};

const COUNTIES: [&str; 5] = ["410182", "410183", "410322", "410323", "410181"];

fn areas() -> AreaTree {
    let row = |code: &str, name: &str, level, parent: &str, reports: &str| AreaRow {
        code: format!("{code:0<12}"),
        name: name.to_owned(),
        level,
        parent: if parent.is_empty() { String::new() } else { format!("{parent:0<12}") },
        reports_to: if reports.is_empty() { String::new() } else { format!("{reports:0<12}") },
        urban_rural: String::new(),
    };
    AreaTree::build(&[
        row("41", "河南省", AreaLevel::Province, "", ""),
        row("4101", "郑州市", AreaLevel::City, "41", "41"),
        row("4103", "洛阳市", AreaLevel::City, "41", "41"),
        row("410182", "荥阳市", AreaLevel::County, "4101", "4101"),
        row("410183", "新密市", AreaLevel::County, "4101", "4101"),
        row("410181", "巩义市", AreaLevel::County, "4101", "41"),
        row("410322", "孟津县", AreaLevel::County, "4103", "4103"),
        row("410323", "新安县", AreaLevel::County, "4103", "4103"),
    ])
    .0
}

fn rules() -> ScopeRules {
    let parameters =
        [("scope.industrial.divisions", "06..46"), ("scope.industrial.elsewhere", "4620")].map(|(name, value)| {
            let provenance = Provenance { mark: Mark::Recalled, text: "R".into() };
            (name.to_owned(), Parameter { value: value.into(), title: String::new(), provenance })
        });
    ScopeRules::from_parameters(&parameters.into()).expect("the parameters are complete")
}

fn code(text: &str) -> AreaCode {
    text.parse().expect("a code")
}

/// An office as its census would keep it.
#[derive(Default)]
struct Office {
    /// Every row it ever had.
    known: BTreeMap<String, String>,
    /// Rows imported here.
    own: BTreeSet<String>,
    /// Rows held from above.
    held: BTreeSet<String>,
    handed: BTreeMap<String, AreaCode>,
    placed: BTreeMap<String, (Placing, bool, i64)>,
    refusals: Vec<(Claim, i64)>,
}

struct World {
    areas: AreaTree,
    offices: BTreeMap<AreaCode, Office>,
    /// Where rules would place each row.
    rule: BTreeMap<String, Placing>,
    rows: u64,
    clock: i64,
}

impl Office {
    fn active(&self) -> BTreeSet<&String> {
        self.own.iter().chain(&self.held).collect()
    }
}

impl World {
    fn new() -> World {
        let areas = areas();
        let offices = areas.iter().map(|a| (a.code, Office::default())).collect();
        World { areas, offices, rule: BTreeMap::new(), rows: 0, clock: 0 }
    }

    fn tick(&mut self) -> i64 {
        self.clock += 1;
        self.clock
    }

    /// New rows at an office; the same file again changes nothing.
    fn import(&mut self, at: AreaCode, dice: Dice) {
        for n in 0..dice.of("rows").below(6) {
            let id = format!("r{}", self.rows);
            self.rows += 1;
            let county = code(dice.nth(n).of("county").pick::<&str>(&COUNTIES));
            let other = code(dice.nth(n).of("other").pick::<&str>(&COUNTIES));
            let candidate = |area| Candidate { area, score: 50, by: String::new() };
            let placing = if dice.nth(n).of("clear").percent(70) {
                Placing::At { area: county, by: PlacedBy::Code, why: String::new() }
            } else {
                let pool = code(dice.nth(n).of("pool").pick::<&str>(&["41", "4101", "4103"]));
                Placing::Disputed { pool, candidates: vec![candidate(county), candidate(other)], why: String::new() }
            };
            self.rule.insert(id.clone(), placing);
            let office = self.offices.get_mut(&at).expect("an office");
            office.known.insert(id.clone(), format!("h{id}"));
            office.own.insert(id);
        }
    }

    fn shares(&self, at: AreaCode) -> (BTreeMap<String, Share>, Vec<(String, Placing)>) {
        let office = &self.offices[&at];
        let (mut shares, mut found) = (BTreeMap::new(), Vec::new());
        for id in office.active() {
            let said = office.placed.get(id).map(|(placing, by_person, event)| Said {
                placing,
                by_person: *by_person,
                event: *event,
            });
            let against: Vec<(&Claim, i64)> =
                office.refusals.iter().filter(|(c, _)| c.listing == *id).map(|(c, e)| (c, *e)).collect();
            let stand = stand(&self.areas, at, said, || self.rule[id].clone(), &against);
            found.extend(stand.found.map(|p| (id.clone(), p)));
            shares.insert(id.clone(), stand.share);
        }
        (shares, found)
    }

    /// Splits, and every office below takes in what is for it.
    fn split(&mut self, at: AreaCode) {
        let (shares, found) = self.shares(at);
        let event = self.tick();
        let office = self.offices.get_mut(&at).expect("an office");
        let whole: Vec<RowMark<'_>> = shares.keys().map(|id| RowMark { id, hash: &office.known[id] }).collect();
        let to: Vec<(RowMark<'_>, Share)> = whole.iter().map(|row| (*row, shares[row.id])).collect();
        let proof = Proof::of(at, &whole, &to);
        assert_eq!(proof.broken(), [], "{at}");
        let changes = deltas(&office.handed, &shares);
        for (id, placing) in found {
            let stands = office.placed.get(&id).is_some_and(|(old, person, _)| *person || *old == placing);
            if !stands {
                office.placed.insert(id, (placing, false, event));
            }
        }
        for (area, delta) in &changes {
            office.handed.retain(|id, to| to != area || !delta.taken.iter().any(|(t, _)| t == id));
            office.handed.extend(delta.given.iter().map(|id| (id.clone(), *area)));
        }
        let hashes = office.known.clone();
        for (area, delta) in changes {
            let below = self.offices.get_mut(&area).expect("an office");
            let given: Vec<(String, String)> = delta.given.iter().map(|id| (id.clone(), hashes[id].clone())).collect();
            let taken: Vec<String> = delta.taken.iter().map(|(id, _)| id.clone()).collect();
            let after = take_in(&below.held, &below.known, &given, &taken).expect("no id is another row's");
            let before = below.known.len();
            below.held = after.held;
            below.known.extend(given);
            assert_eq!(below.known.len(), before + after.fresh.len(), "nothing is lost, nothing is twice");
            // The receiver counts the same rows as the proof says.
            let expected = proof.parts.get(&area).map_or(0, |p| p.rows);
            assert_eq!(below.held.len() as u64, expected, "{area}");
        }
    }

    fn some_row(of: &BTreeSet<String>, dice: Dice) -> Option<String> {
        let rows: Vec<&String> = of.iter().collect();
        (!rows.is_empty()).then(|| (*dice.of("row").pick(&rows)).clone())
    }

    /// An office refuses a row it holds; its parent hears of it.
    fn refuse(&mut self, at: AreaCode, dice: Dice) {
        let Some(above) = self.areas.get(at).and_then(|a| a.parent(Tree::Reporting)) else { return };
        let Some(row) = Self::some_row(&self.offices[&at].held, dice) else { return };
        let event = self.tick();
        let claim = Claim {
            listing: row,
            area: at,
            says: ClaimSays::Refuses,
            why: "不在本区".into(),
            who: "x".into(),
            at: String::new(),
        };
        self.offices.get_mut(&above).expect("an office").refusals.push((claim, event));
    }

    /// The office decides for a row of its own.
    fn settle(&mut self, at: AreaCode, dice: Dice) {
        let active: BTreeSet<String> = self.offices[&at].active().into_iter().cloned().collect();
        let Some(row) = Self::some_row(&active, dice) else { return };
        let to = code(dice.of("to").pick::<&str>(&COUNTIES));
        if child_toward(&self.areas, at, to).is_none() {
            return;
        }
        let event = self.tick();
        let placing = Placing::At { area: to, by: PlacedBy::Person, why: String::new() };
        self.offices.get_mut(&at).expect("an office").placed.insert(row, (placing, true, event));
    }

    /// After everybody has split from the top, each row is in one county or in one disputed pool.
    fn settled(&mut self) {
        for at in ["41", "4101", "4103"] {
            self.split(code(at));
        }
        let mut found: BTreeMap<String, u32> = BTreeMap::new();
        for county in COUNTIES {
            for id in self.offices[&code(county)].active() {
                *found.entry(id.clone()).or_default() += 1;
            }
        }
        for at in ["41", "4101", "4103"] {
            for (id, share) in self.shares(code(at)).0 {
                if share == Share::Disputed {
                    *found.entry(id).or_default() += 1;
                }
            }
        }
        assert!(found.values().all(|n| *n == 1), "{found:?}");
        assert_eq!(found.len() as u64, self.rows);
    }
}

#[test]
fn rows_on_their_way_down_are_never_lost_or_twice() {
    for seed in 0..150 {
        let mut world = World::new();
        let all: Vec<AreaCode> = world.offices.keys().copied().collect();
        for step in 0..40 {
            let dice = Dice::new(seed).nth(step);
            let at = *dice.of("office").pick(&all);
            match dice.of("what").below(10) {
                0..=2 => world.import(at, dice),
                3..=5 if world.areas.get(at).is_some_and(|a| a.level != AreaLevel::County) => world.split(at),
                6..=7 => world.refuse(at, dice),
                _ => world.settle(at, dice),
            }
            if step % 13 == 0 {
                world.settled();
            }
        }
        world.settled();
        world.settled();
    }
}

/// Rows of a county, persons' words on pairs and rows given and taken back in any order.
#[test]
fn every_row_has_one_verdict_whatever_persons_say() {
    let (areas, rules, county) = (areas(), rules(), code("410182"));
    let gazetteer = Gazetteer::new(&areas, &[], &[]);
    for seed in 0..150 {
        let dice = Dice::new(seed).of("screen");
        let mut listings: Vec<Listing> = Vec::new();
        let mut decided: BTreeMap<String, Verdict> = BTreeMap::new();
        let mut pairs: BTreeMap<(String, String), Pair> = BTreeMap::new();
        for step in 0..30 {
            let dice = dice.nth(step);
            let some =
                |what: &str| -> Option<&Listing> { (!listings.is_empty()).then(|| dice.of(what).pick(&listings)) };
            match dice.of("what").below(8) {
                0..=3 => {
                    let at = listings.len();
                    listings.push(listing(at, dice));
                }
                4 | 5 => {
                    if let (Some(a), Some(b)) = (some("a"), some("b"))
                        && a.id < b.id
                    {
                        let says = *dice.of("says").pick(&[PairSays::Same, PairSays::Different, PairSays::Open]);
                        let pair = Pair {
                            first: a.id.clone(),
                            second: b.id.clone(),
                            says,
                            weight: 0,
                            evidence: Vec::new(),
                            why: "x".into(),
                        };
                        pairs.insert((a.id.clone(), b.id.clone()), pair);
                    }
                }
                6 => {
                    if let Some(row) = some("row") {
                        let verdict = match dice.of("verdict").below(4) {
                            0 => Verdict::Closed { evidence: "x".into() },
                            1 => Verdict::OutOfScope { reason: OutOfScope::NoActivity },
                            2 => Verdict::InScope { unit: format!("u-{}", row.id) },
                            _ => Verdict::NotFound { evidence: "x".into() },
                        };
                        decided.insert(row.id.clone(), verdict);
                    }
                }
                _ => {
                    if let Some(id) = some("row").map(|l| l.id.clone()) {
                        decided.remove(&id);
                        pairs.retain(|(a, b), _| *a != id && *b != id);
                    }
                }
            }
            let said: Vec<Pair> = pairs.values().cloned().collect();
            let placings = listings.iter().map(|l| (l.id.clone(), gazetteer.place(&l.read, county))).collect();
            let ground = Ground { areas: &areas, area: county, placings: &placings };
            let screened = screen(&listings, &decided, &Settled::new(&said), &rules, &ground);
            let verdicts: BTreeMap<&str, &Verdict> =
                screened.iter().map(|s| (s.listing.as_str(), &s.verdict)).collect();
            assert_eq!((screened.len(), verdicts.len()), (listings.len(), listings.len()), "one verdict each");
            let funnel = Funnel::of(listings.iter().map(|l| (&l.read, verdicts.get(l.id.as_str()).copied())));
            assert!(funnel.adds_up(), "{funnel:?}");
            for (id, verdict) in &decided {
                assert_eq!(verdicts[id.as_str()], verdict, "a person's verdict stands");
            }
            let found = units(&listings, &screened, &ground, true);
            let mut seen = BTreeSet::new();
            for id in found.iter().flat_map(|u| &u.listings) {
                assert!(seen.insert(id), "{id} is of two units");
            }
            let in_scope = screened.iter().filter(|s| matches!(s.verdict, Verdict::InScope { .. }));
            assert!(in_scope.clone().all(|s| seen.contains(&s.listing)), "a unit for every row in scope");
            let sources = Heard::of(listings.iter().map(|l| l.id.as_str()), &verdicts).sources(&BTreeMap::new());
            assert_eq!((sources.units, sources.base), (found.len() as u64, found.len() as u64));
        }
    }
}

fn listing(at: usize, dice: Dice) -> Listing {
    let read = ListedUnit {
        name: (*dice.of("name").pick(&["荥阳市甲厂", "荥阳市乙厂", "乙厂", "丙有限公司"])).to_owned(),
        credit_code: (*dice.of("code").pick(&["", "91410182MA9BFKT717", "91130200699229617X", "123"])).to_owned(),
        area: (*dice.of("area").pick(&["410182", "410182", "410183", "", "4101"])).to_owned(),
        industries: vec![(*dice.of("industry").pick(&["3011", "3021", "5219", "4620", "30"])).to_owned()],
        status: (*dice.of("status").pick(&["运行", "关闭", "停产"])).to_owned(),
        respondent: "industrial".to_owned(),
        ..ListedUnit::default()
    };
    Listing {
        id: format!("l{at:03}"),
        file: "底册.csv".into(),
        sheet: String::new(),
        row: at as u32,
        hash: String::new(),
        cells: Vec::new(),
        rejected: dice.of("rejected").percent(5).then(|| "没有名称".to_owned()),
        read,
    }
}
