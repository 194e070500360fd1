//! One small county on its way: list → screen → fill → check → query → correct → pass → account →
//! total → reopen → stale, through the census's own functions, on whichever database the
//! environment names. What happened is one text, compared with what must have happened.

use std::collections::BTreeMap;

use census::account::{account, figures, inputs};
use census::area::{AreaCode, AreaTree, Tree};
use census::check::{Checker, Context, run};
use census::frame::{Common, Funnel, Gazetteer, Ground, Listing, ScopeRules, Settled, Unit, screen, units};
use census::review::{Actor, Answer, AreaLevelName, Case, Event as Step, Met, Refusal, passed_at, step};
use census::sheet::{Revision, SheetKey, Values};
use census::tabulate::{Cell, Entry, Scope as TableScope, TableResult, tabulate};
use instrument::model::{AreaLevel, Instrument};
use store::{
    Accounted, CheckedUnit, DecidedBy, Error, ImportFile, ImportKind, Imported, RunSummary, Saved, Scope, Store, What,
};
use stories::{Database, NOW, create, event, ids};

/// Either the store or the chain says no; both undo the whole change.
#[derive(Debug)]
enum No {
    Store(Error),
    Refused(Refusal),
    Conflict(String),
}

impl From<Error> for No {
    fn from(error: Error) -> No {
        No::Store(error)
    }
}

impl std::fmt::Display for No {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            No::Store(error) => write!(f, "{error}"),
            No::Refused(refusal) => write!(f, "refused: {refusal}"),
            No::Conflict(what) => write!(f, "conflict: {what}"),
        }
    }
}

struct World<'i> {
    store: Store,
    ids: store::Ids,
    instrument: &'i Instrument,
    checker: &'i Checker<'i>,
    areas: &'i AreaTree,
    county: AreaCode,
    /// What happened, line by line.
    told: String,
}

const PERIOD: u16 = 2017;

impl World<'_> {
    fn tell(&mut self, line: impl AsRef<str>) {
        self.told.push_str(line.as_ref());
        self.told.push('\n');
    }

    /// list: every row is kept, and the funnel adds up.
    fn list(&mut self, rows: &[[&str; 5]]) {
        let headings = ["单位详细名称", "统一社会信用代码", "行政区划代码", "行业代码", "运行状态"];
        let intake = stories::instrument::intake();
        let file = ImportFile {
            id: self.ids.make(),
            kind: ImportKind::List,
            name: "底册.csv".into(),
            hash: "h".into(),
            size: 1,
        };
        let mut listings = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            let cells: Vec<(String, String)> =
                headings.iter().zip(row).map(|(h, c)| ((*h).to_owned(), (*c).to_owned())).collect();
            let common = Common { respondent: "industrial", ..Common::default() };
            let reading = intake.row(&intake.headings, &cells, common);
            listings.push(Listing {
                id: self.ids.make(),
                file: "底册.csv".into(),
                sheet: String::new(),
                row: at as u32 + 2,
                hash: format!("h{at}"),
                cells,
                read: reading.unit,
                rejected: reading.rejected,
            });
        }
        for _ in 0..2 {
            let import = event(&mut self.ids, What::ImportList);
            let rows = listings.iter().cloned().map(Ok::<_, Error>);
            let imported = self.store.write(&import, |w| w.import_list(&file, rows)).unwrap();
            self.tell(match imported {
                Imported::New { rows, rejected } => format!("list: {rows} rows, {rejected} rejected"),
                Imported::Known { name, rows, .. } => format!("list: known as {name}, {rows} rows"),
            });
        }
    }

    fn screen(&mut self) {
        let listings = self.store.read().all_listings().unwrap();
        let rules = ScopeRules::from_parameters(&self.instrument.parameters).unwrap();
        let gazetteer = Gazetteer::new(self.areas, &self.instrument.area_changes, &self.instrument.area_names);
        let placings = listings.iter().map(|l| (l.id.clone(), gazetteer.place(&l.read, self.county))).collect();
        let ground = Ground { areas: self.areas, area: self.county, placings: &placings };
        let screened = screen(&listings, &BTreeMap::new(), &Settled::default(), &rules, &ground);
        let found = units(&listings, &screened, &ground, true);
        let screen = event(&mut self.ids, What::Screen);
        self.store
            .write(&screen, |w| {
                w.directory(&found)?;
                w.decide(&screened, DecidedBy::Rule)
            })
            .unwrap();
        let decisions = self.store.read().decisions().unwrap();
        let funnel = Funnel::of(listings.iter().map(|l| (&l.read, decisions.get(&l.id).map(|d| &d.verdict))));
        assert!(funnel.adds_up());
        let total = funnel.proof().pop().unwrap();
        self.tell(format!("screen: {total}"));
    }

    fn unit(&mut self, name: &str) -> Unit {
        let found = self.store.read().find_units(name).unwrap();
        assert_eq!(found.len(), 1, "{name}");
        found.into_iter().next().unwrap()
    }

    /// fill: a sheet `[01]=5 line.08=7`, by the respondent, together with the state it leads to.
    fn fill(&mut self, name: &str, form: &str, text: &str) {
        let unit = self.unit(name);
        let actor = self.actor(&unit, "respondent");
        let key = SheetKey { unit: unit.id.clone(), form: form.into(), period: PERIOD };
        let base = self.store.read().revisions(&key).unwrap().pop().map(|r| r.id);
        let revision = Revision {
            id: self.ids.make(),
            sheet: key,
            base,
            instrument: self.instrument.version.clone(),
            values: values(text),
            author: actor.person.clone(),
            at: NOW.into(),
        };
        let fill = event(&mut self.ids, What::Fill).about(&unit.id);
        let (instrument, areas) = (self.instrument, self.areas);
        let done = self.store.write(&fill, |w| {
            match w.revise(std::slice::from_ref(&revision))?.remove(0) {
                Saved::New | Saved::Known => {}
                Saved::Refused(conflict) => return Err(No::Conflict(conflict.to_string())),
            }
            moved(w, instrument, areas, &unit, &actor, &Step::Fill)
        });
        let done = done.unwrap_or_else(|no| no.to_string());
        self.tell(format!("fill {form} of {name}: {done}"));
    }

    /// check: the rules over every unit, from the store and back.
    fn check(&mut self) {
        let mut all = Vec::new();
        let context = Context::on(2018, 8, 1).unwrap();
        let collected = self.store.read().collected(&Scope::All, PERIOD, None, 1000).unwrap();
        let sheets: Vec<_> = collected.iter().map(|c| c.sheets.clone()).collect();
        let checked = run(self.checker, &sheets, &context);
        for one in &collected {
            let findings: Vec<_> = checked.findings.iter().filter(|f| f.unit == one.unit.id).cloned().collect();
            all.push((one.unit.id.clone(), one.version.hash.clone(), findings));
        }
        let check = event(&mut self.ids, What::Check);
        self.store
            .write(&check, |w| {
                let units: Vec<_> =
                    all.iter().map(|(unit, version, findings)| CheckedUnit { unit, version, findings }).collect();
                w.findings(&units)?;
                let counts = format!("{{\"rules\":{}}}", checked.counts.len());
                w.check_run(&RunSummary { units: 2, findings: checked.findings.len() as u64, counts: &counts })
            })
            .unwrap();
        let mut lines = Vec::new();
        for (unit, findings) in self.store.read().findings(&Scope::All).unwrap() {
            let name = self.unit(&unit).name;
            // The sheets are filled only as far as the story needs; hints about the rest are not told.
            for finding in findings.iter().filter(|f| f.rule.starts_with('S')) {
                let values: Vec<String> =
                    finding.values.iter().map(|(item, value)| format!("{item}={value}")).collect();
                lines.push(format!("check: {name} {} {:?} {}", finding.rule, finding.grade, values.join(" ")));
            }
        }
        lines.sort();
        if lines.is_empty() {
            lines.push("check: nothing".into());
        }
        self.tell(lines.join("\n"));
    }

    /// A step of the chain by a person of a role.
    fn act(&mut self, name: &str, role: &str, event_of: impl Fn(&mut World<'_>, &Unit) -> Step) {
        let unit = self.unit(name);
        let actor = self.actor(&unit, role);
        let step = event_of(self, &unit);
        let review = event(&mut self.ids, What::Review).about(&unit.id);
        let (instrument, areas) = (self.instrument, self.areas);
        let done = self.store.write(&review, |w| moved(w, instrument, areas, &unit, &actor, &step));
        let what = serde_json::to_value(&step).unwrap()["event"].as_str().unwrap().to_owned();
        let done = done.unwrap_or_else(|no| no.to_string());
        self.tell(format!("{role} {what} {name}: {done}"));
    }

    fn actor(&self, unit: &Unit, role: &str) -> Actor {
        let of_unit = ["respondent", "manager"].contains(&role);
        Actor {
            person: if of_unit { format!("p-{role}-{}", unit.id) } else { format!("p-{role}") },
            role: role.into(),
            area: if of_unit { unit.area.parse().unwrap() } else { self.county },
            unit: of_unit.then(|| unit.id.clone()),
        }
    }

    fn sign(&mut self, name: &str) {
        self.act(name, "manager", |_, _| Step::Sign { sole_person: false });
    }

    fn pre_check(&mut self, name: &str) {
        let persons = vec!["p-enumerator".to_owned(), "p-second".to_owned()];
        self.act(name, "enumerator", move |_, _| Step::Visit { persons: persons.clone(), met: Met::Met });
        self.act(name, "enumerator", |_, _| Step::Pass { step: "pre-check".into() });
        self.act(name, "instructor", |_, _| Step::Pass { step: "pre-check-2".into() });
    }

    fn account(&mut self) {
        let library = &self.instrument.factors;
        let method = library.method.as_ref().expect("the method of coefficients");
        let collected = self.store.read().collected(&Scope::All, PERIOD, None, 1000).unwrap();
        let mut made = Vec::new();
        for one in &collected {
            let input = inputs(method, &one.sheets);
            let lines = account(library, &one.unit.id, &input.classes, &input.rows).lines;
            let figures = figures(library, &lines).unwrap();
            made.push((one.unit.id.clone(), one.version.hash.clone(), lines, figures));
        }
        let account = event(&mut self.ids, What::Account);
        self.store
            .write(&account, |w| {
                let units: Vec<_> = made
                    .iter()
                    .map(|(unit, version, lines, figures)| Accounted { unit, version, lines, figures })
                    .collect();
                w.account(&units)
            })
            .unwrap();
        let mut told = Vec::new();
        for (unit, figures) in self.store.read().figures(&Scope::All).unwrap() {
            let name = self.unit(&unit).name;
            for f in figures {
                told.push(format!(
                    "account: {name} {} generated {} emitted {} {}, {} incomplete",
                    f.pollutant, f.generated, f.emitted, f.measure, f.incomplete
                ));
            }
        }
        told.sort();
        self.tell(told.join("\n"));
    }

    /// total: only what has passed at the county is added.
    fn total(&mut self) {
        let county = self.county;
        let (instrument, areas) = (self.instrument, self.areas);
        let (collected, reviews, figures) = self
            .store
            .view(|r| {
                let collected = r.collected(&Scope::area(county), PERIOD, None, 1000)?;
                Ok::<_, Error>((collected, r.reviews(&Scope::All)?, r.figures(&Scope::All)?))
            })
            .unwrap();
        let mut entries = Vec::new();
        for one in &collected {
            let review = &reviews[&one.unit.id].review;
            let case = Case {
                chain: &instrument.review,
                areas,
                unit: &one.unit.id,
                unit_area: one.unit.area.parse().unwrap(),
                version: &one.version,
                findings: &[],
                now: NOW,
            };
            if passed_at(&review.state, &case, AreaLevelName::County) {
                entries.push(Entry {
                    unit: &one.unit,
                    state: review.state.kind(),
                    passed: true,
                    version: &one.version,
                    sheets: &one.sheets,
                    figures: figures.get(&one.unit.id).map_or(&[], Vec::as_slice),
                });
            }
        }
        let scope = TableScope { area: county, tree: Tree::Code, down_to: AreaLevel::County };
        let result = tabulate(instrument, areas, &instrument.tables[0], scope, &entries).unwrap();
        let id = self.ids.make();
        let total = event(&mut self.ids, What::Tabulate);
        let new = self.store.write(&total, |w| w.table(&id, AreaLevelName::County, &result)).unwrap();
        self.tell(format!("total: {}", if new { "new" } else { "the same again" }));
        self.tables();
    }

    fn tables(&mut self) {
        for table in self.store.read().tables().unwrap() {
            let held = table.stale.map_or("holds".to_owned(), |why| format!("stale: {why}"));
            let sources = table.result.built_from.versions.len();
            self.tell(format!("table {} of {} units: {} - {held}", table.key.code, sources, shown(&table.result)));
        }
    }
}

/// One step inside a change: load, census function, store.
fn moved(
    w: &mut store::Writing<'_>,
    instrument: &Instrument,
    areas: &AreaTree,
    unit: &Unit,
    actor: &Actor,
    event: &Step,
) -> Result<String, No> {
    let scope = Scope::unit(&unit.id);
    let version = w.read().collected(&scope, PERIOD, None, 1)?.remove(0).version;
    let findings = w.read().findings(&scope)?.remove(&unit.id).unwrap_or_default();
    let kept = w.read().review(&unit.id)?;
    let case = Case {
        chain: &instrument.review,
        areas,
        unit: &unit.id,
        unit_area: unit.area.parse().expect("an area code"),
        version: &version,
        findings: &findings,
        now: NOW,
    };
    let moved = step(&kept.review, event, actor, &case).map_err(No::Refused)?;
    w.step(&unit.id, kept.counter, &moved, actor, event)?;
    Ok(moved.review.state.kind().name().to_owned())
}

fn values(text: &str) -> Values {
    let mut values = Values::default();
    for word in text.split(' ') {
        let (place, value) = word.split_once('=').expect("place=value");
        match place.split_once(':') {
            Some((block, item)) => {
                let rows = values.blocks.entry(block.to_owned()).or_default();
                if rows.is_empty() {
                    rows.push(BTreeMap::new());
                }
                rows[0].insert(item.to_owned(), value.to_owned());
            }
            None => drop(values.flat.insert(place.to_owned(), value.to_owned())),
        }
    }
    values
}

/// The total row: `2 个, 1000 m3`.
fn shown(result: &TableResult) -> String {
    let cells = result.rows[0].cells.iter().zip(&result.columns).map(|(cell, column)| match cell {
        Cell::Absent => format!("- {}", column.unit),
        Cell::Zero => format!("0 {}", column.unit),
        Cell::Value { value } => format!("{value} {}", column.unit),
        Cell::Part { value, incomplete } => format!("{value} {} ({incomplete} incomplete)", column.unit),
        Cell::Withheld { why } => why.clone(),
    });
    cells.collect::<Vec<_>>().join(", ")
}

/// A credit code with its check character.
fn code(serial: u32) -> String {
    let front = format!("91410182{serial:09}");
    let check = ('0'..='9').chain('A'..='Z').map(|c| format!("{front}{c}"));
    check.into_iter().find(|code| expr::check_digit::credit_code_valid(code)).expect("one fits")
}

const CEMENT: &str = "line:01=G103-1 line:02=DA001 line:04=熟料、混合材 line:05=水泥 line:06=粉磨站 \
    line:07=大于等于60（万吨-水泥/年） line:08=1000000 line:08.unit=吨 line:10=a34000 line:14=袋式除尘 \
    line:16.name=除尘设施运行时间 line:16.value=7200 line:16.unit=小时 \
    line:17.name=生产装置生产时间 line:17.value=7200 line:17.unit=小时";

/// Plays the story in one database; gives what happened, and the head of the audit chain.
fn play(database: &Database, instrument: &Instrument) -> (String, String) {
    let mut ids = ids();
    let checker = Checker::new(instrument);
    assert!(checker.problems().is_empty(), "{:?}", checker.problems());
    let (areas, problems) = AreaTree::of(instrument);
    assert!(problems.is_empty(), "{problems:?}");
    let store = create(database, &mut ids);
    let county = "410182000000".parse().unwrap();
    let mut world = World { store, ids, instrument, checker: &checker, areas: &areas, county, told: String::new() };

    let (first, second, third) = (code(1), code(2), code(3));
    world.list(&[
        ["甲水泥厂", &first, "410182001001", "3011", "运行"],
        ["乙水泥厂", &second, "410182001002", "3011", "运行"],
        ["甲水泥厂", &first, "410182001001", "3011", "运行"],
        ["丙商店", &third, "410182001001", "5211", "运行"],
        ["丁石料厂", &code(4), "410182001001", "3039", "关闭"],
        ["", "", "410182001001", "3011", "运行"],
    ]);
    world.screen();

    for name in ["甲水泥厂", "乙水泥厂"] {
        world.fill(name, "G101-1", "03.1.code=3011 16=1");
        world.fill(name, "G106-1", CEMENT);
    }
    world.fill("甲水泥厂", "G102", "01=1100 02=400 03=600 04=0 05=0");
    world.fill("乙水泥厂", "G102", "01=200000 02=0 03=200000 04=0 05=0");
    world.check();

    // 强制性: corrected before the unit moves on.
    world.act("甲水泥厂", "respondent", |_, _| Step::SelfCheck);
    world.fill("甲水泥厂", "G102", "01=1000 02=400 03=600 04=0 05=0");
    world.check();
    world.act("甲水泥厂", "respondent", |_, _| Step::SelfCheck);
    world.sign("甲水泥厂");
    world.pre_check("甲水泥厂");
    // 核实性: a named person explains before the signature.
    world.act("乙水泥厂", "respondent", |_, _| Step::SelfCheck);
    world.sign("乙水泥厂");
    world.act("乙水泥厂", "respondent", |world, unit| {
        let findings = world.store.read().findings(&Scope::unit(&unit.id)).unwrap();
        let finding = findings[&unit.id].iter().find(|f| f.rule == "S002").unwrap().key();
        Step::Explain { finding, text: "自备井供全厂及家属区".into() }
    });
    world.sign("乙水泥厂");
    world.pre_check("乙水泥厂");

    // A query: the unit corrects, signs again, and the office closes it.
    let query = |question: &str| Step::RaiseQuery {
        query: "q1".into(),
        finding: None,
        question: question.into(),
        deadline: "2018-09-01".into(),
    };
    world.act("甲水泥厂", "county", |_, _| query("取水量与上年相差大"));
    world.act("甲水泥厂", "county", |_, _| Step::Pass { step: "county".into() });
    let open = world.store.read().open_queries(&Scope::All).unwrap();
    let due: Vec<&str> = open.iter().map(|row| row.query.deadline.as_str()).collect();
    world.tell(format!("open queries, by deadline: {}", due.join(" ")));
    world.act("甲水泥厂", "respondent", |_, _| Step::Answer { query: "q1".into(), answer: Answer::Correct });
    world.fill("甲水泥厂", "G102", "01=1500 02=900 03=600 04=0 05=0");
    world.check();
    world.act("甲水泥厂", "respondent", |_, _| Step::SelfCheck);
    world.sign("甲水泥厂");
    world.act("甲水泥厂", "county", |_, _| Step::CloseQuery { query: "q1".into() });
    world.pre_check("甲水泥厂");
    for name in ["甲水泥厂", "乙水泥厂"] {
        world.act(name, "county", |_, _| Step::Pass { step: "county".into() });
    }
    world.act("甲水泥厂", "county", |_, _| Step::Fill);

    world.account();
    world.total();
    world.total();
    world.act("甲水泥厂", "county", |_, _| Step::Reopen { why: "漏报一口井".into() });
    world.tables();
    world.total();

    let verified = world.store.verify().unwrap();
    assert!(verified.problems.is_empty(), "{:?}", verified.problems);
    let states = world.store.read().states(&Scope::All).unwrap();
    let states: Vec<String> =
        states.iter().filter(|(_, n)| **n > 0).map(|(kind, n)| format!("{n} {}", kind.name())).collect();
    world.tell(format!("states: {}", states.join(", ")));
    let copy = database.folder.join("copy.db");
    world.store.backup(&copy, &mut |_, _| {}).unwrap();
    let copied = Store::open(copy.to_str().unwrap()).unwrap().verify().unwrap();
    assert_eq!(copied, verified);
    (world.told, verified.audit_head)
}

const EXPECT: &str = "\
list: 6 rows, 1 rejected
list: known as 底册.csv, 6 rows
screen: 合计: 底册 6 = 纳入 2 + 不在范围 1 + 重复 1 + 关闭 1 + 未找到 0 + 移交 0 + 待定 1
fill G101-1 of 甲水泥厂: draft
fill G106-1 of 甲水泥厂: draft
fill G101-1 of 乙水泥厂: draft
fill G106-1 of 乙水泥厂: draft
fill G102 of 甲水泥厂: draft
fill G102 of 乙水泥厂: draft
check: 乙水泥厂 S002 Verify [01]=200000
check: 甲水泥厂 S001 Error [01]=1100 [02]=400 [03]=600 [04]=0 [05]=0
respondent self-check 甲水泥厂: refused: open 强制性 findings: S001; correct them first
fill G102 of 甲水泥厂: draft
check: 乙水泥厂 S002 Verify [01]=200000
respondent self-check 甲水泥厂: self-checked
manager sign 甲水泥厂: signed
enumerator visit 甲水泥厂: signed
enumerator pass 甲水泥厂: signed
instructor pass 甲水泥厂: pre-checked
respondent self-check 乙水泥厂: self-checked
manager sign 乙水泥厂: refused: 核实性 findings without explanation: S002; correct or explain them
respondent explain 乙水泥厂: self-checked
manager sign 乙水泥厂: signed
enumerator visit 乙水泥厂: signed
enumerator pass 乙水泥厂: signed
instructor pass 乙水泥厂: pre-checked
county raise-query 甲水泥厂: pre-checked
county pass 甲水泥厂: refused: open queries: q1; answer and close them first
open queries, by deadline: 2018-09-01
respondent answer 甲水泥厂: draft
fill G102 of 甲水泥厂: draft
check: 乙水泥厂 S002 Verify [01]=200000
respondent self-check 甲水泥厂: self-checked
manager sign 甲水泥厂: signed
county close-query 甲水泥厂: signed
enumerator visit 甲水泥厂: signed
enumerator pass 甲水泥厂: signed
instructor pass 甲水泥厂: pre-checked
county pass 甲水泥厂: county-passed
county pass 乙水泥厂: county-passed
county fill 甲水泥厂: refused: role county may not change a unit's figures; raise a query and let the unit correct and sign again
account: 乙水泥厂 颗粒物 generated 15930.000 emitted 159.300 t, 0 incomplete
account: 甲水泥厂 颗粒物 generated 15930.000 emitted 159.300 t, 0 incomplete
total: new
table T01 of 2 units: 2 个, 201500 m3, 318.600 t - holds
total: the same again
table T01 of 2 units: 2 个, 201500 m3, 318.600 t - holds
county reopen 甲水泥厂: draft
table T01 of 2 units: 2 个, 201500 m3, 318.600 t - stale: unit ub8bd26ff78349945a07b was opened again by u-office at 2018-08-01T08:00:00Z
total: new
table T01 of 1 units: 1 个, 200000 m3, 159.300 t - holds
states: 1 draft, 1 county-passed
";

#[test]
fn a_county_from_base_list_to_totals_and_back() {
    let instrument = stories::instrument::instrument();
    let database = Database::new("story");
    let (told, head) = play(&database, &instrument);
    assert_eq!(told, EXPECT, "\n{told}");
    // The same inputs give the same chain, on another run and on the other database.
    let file = Database::file("story_again");
    assert_eq!(play(&file, &instrument), (told, head));
}
