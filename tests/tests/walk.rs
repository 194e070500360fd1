//! No sequence of import, repeated import, merge, unmerge, verdict, split and screening makes a count fail to add up or
//! loses a row: a walk through a real census, on whichever database the environment names.

use std::collections::{BTreeMap, BTreeSet};

use census::area::{AreaCode, AreaTree};
use census::frame::{
    Funnel, Gazetteer, Ground, ListedUnit, Listing, Pair, PairSays, Placing, ScopeRules, Screened, Settled, Verdict,
    screen, unit_id, units,
};
use census::practice::dice::Dice;
use census::split::{Proof, RowMark, Share, share};
use instrument::model::{AreaLevel, AreaRow, Mark, Parameter, Provenance};
use store::{DecidedBy, Error, Ids, ImportFile, ImportKind, Imported, Scope, Store, What};
use stories::{Database, create, event, ids, listing};

const COUNTY: &str = "410182000000";

fn areas() -> AreaTree {
    let row = |code: &str, name: &str, level, parent: &str| AreaRow {
        code: format!("{code:0<12}"),
        name: name.to_owned(),
        level,
        parent: if parent.is_empty() { String::new() } else { format!("{parent:0<12}") },
        reports_to: String::new(),
        urban_rural: String::new(),
    };
    let (tree, problems) = AreaTree::build(&[
        row("41", "河南省", AreaLevel::Province, ""),
        row("4101", "郑州市", AreaLevel::City, "41"),
        row("410182", "荥阳市", AreaLevel::County, "4101"),
        row("410182001", "索河街道", AreaLevel::Town, "410182"),
        row("410182001001", "演武路社区", AreaLevel::Village, "410182001"),
        row("410182001002", "棋源路社区", AreaLevel::Village, "410182001"),
        row("410183", "新密市", AreaLevel::County, "4101"),
    ]);
    assert_eq!(problems, []);
    tree
}

fn rules() -> ScopeRules {
    let parameters =
        [("scope.industrial.divisions", "06..46"), ("scope.industrial.elsewhere", "4620")].map(|(name, value)| {
            let provenance = Provenance { mark: Mark::Recalled, text: "R".into() };
            (name.to_owned(), Parameter { value: value.into(), title: String::new(), provenance })
        });
    ScopeRules::from_parameters(&parameters.into()).expect("the parameters are complete")
}

/// A census, and what it must hold.
struct Walk {
    store: Store,
    ids: Ids,
    areas: AreaTree,
    rules: ScopeRules,
    county: AreaCode,
    /// Files that were imported, and their rows.
    files: Vec<(ImportFile, Vec<Listing>)>,
    /// The last word of a person on each row and each pair.
    verdicts: BTreeMap<String, Verdict>,
    pairs: BTreeMap<(String, String), PairSays>,
}

impl Walk {
    fn row(&mut self, number: u32, dice: Dice) -> Listing {
        let names = ["荥阳市甲厂", "荥阳市乙厂", "乙厂", "丙有限公司"];
        let mut row = listing(&self.ids.make(), number, dice.of("name").pick::<&str>(&names));
        row.hash = format!("h{}", row.id);
        let pick = |what: &str, of: &[&'static str]| -> String { String::from(*dice.of(what).pick(of)) };
        row.read = ListedUnit {
            credit_code: pick("code", &["", "91130200699229617X", "9144030071526726XG"]),
            area: pick("area", &["410182001001", "410182001002", "410182", "410183", "4101", ""]),
            industries: vec![pick("industry", &["3011", "3021", "5219", "4620"])],
            status: pick("status", &["运行", "运行", "关闭", "停产"]),
            ..row.read
        };
        row.rejected = dice.of("rejected").percent(8).then(|| "单位详细名称为空".to_owned());
        row
    }

    fn import(&mut self, dice: Dice) {
        let rows: Vec<Listing> = (0..=dice.of("rows").below(5)).map(|n| self.row(n as u32 + 2, dice.nth(n))).collect();
        let hash = format!("f{}", self.files.len());
        let file = ImportFile {
            id: self.ids.make(),
            kind: ImportKind::List,
            name: format!("底册{}.csv", self.files.len()),
            hash,
            size: 1,
        };
        let done = self.put(&file, &rows);
        assert!(matches!(done, Imported::New { rows: n, .. } if n == rows.len() as u64), "{done:?}");
        self.files.push((file, rows));
    }

    /// The same bytes under another name and with other ids: nothing changes.
    fn import_again(&mut self, dice: Dice) {
        if self.files.is_empty() {
            return;
        }
        let (file, rows) = dice.of("file").pick(&self.files).clone();
        let before = self.store.verify().expect("verify runs").rows;
        let again = ImportFile { id: self.ids.make(), name: "再来.csv".into(), ..file };
        let rows: Vec<Listing> = rows.into_iter().map(|row| Listing { id: self.ids.make(), ..row }).collect();
        let done = self.put(&again, &rows);
        assert!(matches!(done, Imported::Known { .. }), "{done:?}");
        assert_eq!(self.store.verify().expect("verify runs").rows, before);
    }

    fn put(&mut self, file: &ImportFile, rows: &[Listing]) -> Imported {
        let import = event(&mut self.ids, What::ImportList);
        let rows = rows.iter().cloned().map(Ok::<_, Error>);
        self.store.write(&import, |w| w.import_list(file, rows)).expect("an import")
    }

    fn some_row(&self, dice: Dice) -> Option<Listing> {
        let all: Vec<&Listing> = self.files.iter().flat_map(|(_, rows)| rows).collect();
        (!all.is_empty()).then(|| (*dice.pick(&all)).clone())
    }

    /// A person merges two rows, parts them, or opens the question again.
    fn judge(&mut self, dice: Dice) {
        let (Some(a), Some(b)) = (self.some_row(dice.of("a")), self.some_row(dice.of("b"))) else { return };
        if a.id >= b.id {
            return;
        }
        let says = *dice.of("says").pick(&[PairSays::Same, PairSays::Different, PairSays::Open]);
        let pair =
            Pair { first: a.id, second: b.id, says, weight: 0, evidence: Vec::new(), why: "电话核实".into() };
        let key = (pair.first.clone(), pair.second.clone());
        let matched = event(&mut self.ids, What::Match);
        self.store.write(&matched, |w| w.say_of_pairs(&[pair], DecidedBy::Person)).expect("kept");
        self.pairs.insert(key, says);
    }

    fn decide(&mut self, dice: Dice) {
        let Some(row) = self.some_row(dice.of("row")) else { return };
        let verdict = match dice.of("verdict").below(4) {
            0 => Verdict::Closed { evidence: "看过".into() },
            1 => Verdict::NotFound { evidence: "看过".into() },
            2 => Verdict::MovedTo { area: "410183000000".into() },
            _ => Verdict::InScope { unit: unit_id(&row) },
        };
        let said = Screened { listing: row.id.clone(), verdict: verdict.clone(), why: "看过".into() };
        let screened = event(&mut self.ids, What::Screen);
        self.store.write(&screened, |w| w.decide(&[said], DecidedBy::Person)).expect("kept");
        self.verdicts.insert(row.id, verdict);
    }

    /// Places what is there and proves the split.
    fn split(&mut self) {
        let rows = self.store.read().all_listings().expect("rows");
        let gazetteer = Gazetteer::new(&self.areas, &[], &[]);
        let placings: Vec<(String, Placing)> =
            rows.iter().map(|l| (l.id.clone(), gazetteer.place(&l.read, self.county))).collect();
        let place = event(&mut self.ids, What::Split);
        self.store.write(&place, |w| w.place_listings(&placings, DecidedBy::Rule)).expect("kept");
        let kept = self.store.read().placings().expect("placings");
        assert_eq!(kept.len(), rows.len(), "every row lies somewhere or is disputed");
        let whole: Vec<RowMark<'_>> = rows.iter().map(|l| RowMark { id: &l.id, hash: &l.hash }).collect();
        let shares: Vec<(RowMark<'_>, Share)> =
            whole.iter().map(|row| (*row, share(&self.areas, self.county, &kept[row.id].placing))).collect();
        assert_eq!(Proof::of(self.county, &whole, &shares).broken(), []);
    }

    /// Screens what is there into the directory, and counts.
    fn screen(&mut self) {
        self.split();
        let listings = self.store.read().all_listings().expect("rows");
        let decisions = self.store.read().decisions().expect("verdicts");
        let decided: BTreeMap<String, Verdict> =
            decisions.into_iter().filter(|(_, d)| d.by == DecidedBy::Person).map(|(id, d)| (id, d.verdict)).collect();
        assert_eq!(decided, self.verdicts, "persons' last words");
        let pairs: Vec<Pair> = self.store.read().pairs().expect("pairs").into_values().map(|d| d.pair).collect();
        let said: BTreeMap<(String, String), PairSays> =
            pairs.iter().map(|p| ((p.first.clone(), p.second.clone()), p.says)).collect();
        assert_eq!(said, self.pairs, "persons' last words on pairs");
        let placings = self.store.read().placings().expect("placings");
        let placings = placings.into_iter().map(|(id, row)| (id, row.placing)).collect();
        let ground = Ground { areas: &self.areas, area: self.county, placings: &placings };
        let screened = screen(&listings, &decided, &Settled::new(&pairs), &self.rules, &ground);
        let found = units(&listings, &screened, &ground, true);
        let now: BTreeSet<&str> = found.iter().map(|u| u.id.as_str()).collect();
        let known = self.store.read().units(&Scope::All).expect("units");
        let leaving: Vec<String> =
            known.iter().filter(|u| !now.contains(u.id.as_str())).map(|u| u.id.clone()).collect();
        let screening = event(&mut self.ids, What::Screen);
        self.store
            .write(&screening, |w| {
                w.directory(&found)?;
                w.withdraw(&leaving, "重新清查后不再纳入")?;
                w.decide(&screened, DecidedBy::Rule)
            })
            .expect("screened");
        self.counts();
    }

    /// What the census says after screening, read back.
    fn counts(&mut self) -> Funnel {
        let imported: BTreeSet<&str> =
            self.files.iter().flat_map(|(_, rows)| rows).map(|row| row.id.as_str()).collect();
        let listings = self.store.read().all_listings().expect("rows");
        let kept: BTreeSet<&str> = listings.iter().map(|row| row.id.as_str()).collect();
        assert_eq!((kept.len(), &kept), (listings.len(), &imported), "no row is lost or twice");
        let decisions = self.store.read().decisions().expect("verdicts");
        assert_eq!(decisions.len(), listings.len(), "one verdict a row");
        let funnel = Funnel::of(listings.iter().map(|l| (&l.read, decisions.get(&l.id).map(|d| &d.verdict))));
        assert!(funnel.adds_up(), "{funnel:?}");
        let directory = self.store.read().units(&Scope::All).expect("units");
        let mut of: BTreeMap<&str, &str> = BTreeMap::new();
        for unit in &directory {
            for row in &unit.listings {
                assert!(of.insert(row, &unit.id).is_none(), "{row} is of two units");
            }
        }
        for (row, decision) in &decisions {
            if let Verdict::InScope { unit } = &decision.verdict {
                assert_eq!(of.get(row.as_str()), Some(&unit.as_str()), "a unit for every row in scope");
            }
        }
        let problems = self.store.verify().expect("verify runs").problems;
        assert!(problems.is_empty(), "{problems:?}");
        funnel
    }
}

#[test]
fn a_walk_through_a_census_loses_nothing() {
    let mut met = [0; 6];
    for seed in 0..12 {
        let database = Database::new("walk");
        let mut ids = ids();
        let store = create(&database, &mut ids);
        let mut walk = Walk {
            store,
            ids,
            areas: areas(),
            rules: rules(),
            county: COUNTY.parse().expect("a code"),
            files: Vec::new(),
            verdicts: BTreeMap::new(),
            pairs: BTreeMap::new(),
        };
        for step in 0..30 {
            let dice = Dice::new(seed).of("walk").nth(step);
            match dice.of("what").below(10) {
                0..=2 => walk.import(dice),
                3 => walk.import_again(dice),
                4..=6 => walk.judge(dice),
                7 => walk.decide(dice),
                8 => walk.split(),
                _ => walk.screen(),
            }
        }
        walk.screen();
        // What was kept is there when the census is opened again.
        drop(std::mem::replace(&mut walk.store, Store::open(&database.url).expect("opens")));
        let total = walk.counts().total;
        let seen = [total.in_scope, total.out_of_scope, total.duplicate, total.closed, total.not_found, total.held];
        met.iter_mut().zip(seen).for_each(|(sum, n)| *sum += n);
    }
    assert!(met.iter().all(|n| *n > 0), "the walk never met some verdict: {met:?}");
}
