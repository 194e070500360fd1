use instrument::model::{AreaLevel, AreaRow, ReviewChain, ReviewStep};

use super::table::targets;
use super::*;
use crate::area::{AreaCode, AreaTree};
use crate::finding::{Finding, FindingGrade, FindingKey, FindingKind};
use crate::sheet::Version;

fn chain() -> ReviewChain {
    let step = |code: &str, role: &str, totals, persons| ReviewStep {
        code: code.into(),
        title: code.into(),
        role: role.into(),
        totals,
        persons,
    };
    ReviewChain {
        steps: vec![
            step("self-check", "respondent", None, 1),
            step("sign", "manager", None, 1),
            step("pre-check", "enumerator", None, 2),
            step("pre-check-2", "instructor", None, 1),
            step("county", "county", Some(AreaLevel::County), 1),
            step("city", "city", Some(AreaLevel::City), 1),
            step("province", "province", Some(AreaLevel::Province), 1),
            step("freeze", "state", None, 1),
        ],
    }
}

fn areas() -> AreaTree {
    let row = |code: &str, level, parent: &str, reports_to: &str| AreaRow {
        code: format!("{code:0<12}"),
        name: code.into(),
        level,
        parent: if parent.is_empty() { String::new() } else { format!("{parent:0<12}") },
        reports_to: if reports_to.is_empty() { String::new() } else { format!("{reports_to:0<12}") },
        urban_rural: String::new(),
    };
    AreaTree::build(&[
        row("41", AreaLevel::Province, "", ""),
        row("4101", AreaLevel::City, "41", ""),
        row("4102", AreaLevel::City, "41", ""),
        row("410182", AreaLevel::County, "4101", ""),
        row("410181", AreaLevel::County, "4101", "41"),
    ])
    .0
}

/// A unit on its way, driven by lines of text.
struct World {
    chain: ReviewChain,
    areas: AreaTree,
    unit_area: AreaCode,
    version: Version,
    findings: Vec<Finding>,
    review: UnitReview,
}

fn version(name: &str) -> Version {
    Version { hash: name.into(), revisions: vec![("G101-1".into(), name.into())] }
}

fn finding(rule: &str, grade: FindingGrade, value: &str) -> Finding {
    Finding {
        unit: "u1".into(),
        rule: rule.into(),
        grade,
        table: "G102".into(),
        row: 0,
        kind: FindingKind::Failed,
        values: vec![("[01]".into(), value.into())],
    }
}

impl World {
    fn new(unit_area: &str) -> World {
        World {
            chain: chain(),
            areas: areas(),
            unit_area: unit_area.parse().expect("an area"),
            version: version("v1"),
            findings: Vec::new(),
            review: UnitReview::begin(),
        }
    }

    /// `who: what` → the state it leads to, with stale levels, or the refusal.
    fn tell(&mut self, line: &str) -> String {
        let (who, what) = line.split_once(": ").expect("who: what");
        let (actor, event) = (self.actor(who), event(what));
        match self.step(&actor, &event) {
            Err(refusal) => refusal.to_string(),
            Ok(moved) => {
                self.review = moved.review;
                let stale: Vec<String> = moved.stale.iter().map(|l| format!("{l:?}").to_lowercase()).collect();
                let stale = if stale.is_empty() { String::new() } else { format!(", stale {}", stale.join(" ")) };
                format!("{}{stale}", self.review.state.kind().name())
            }
        }
    }

    fn step(&self, actor: &Actor, event: &Event) -> Result<Moved, Refusal> {
        let case = Case {
            chain: &self.chain,
            areas: &self.areas,
            unit: "u1",
            unit_area: self.unit_area,
            version: &self.version,
            findings: &self.findings,
            now: "2018-11-01T08:00:00+08:00",
        };
        step(&self.review, event, actor, &case)
    }

    /// `respondent`, `county`, or with a person `county/wang`, or with an area `county/wang@410181`.
    fn actor(&self, who: &str) -> Actor {
        let (who, area) = who.split_once('@').map_or((who, None), |(who, area)| (who, Some(area)));
        let (role, person) = who.split_once('/').unwrap_or((who, who));
        let own = self.unit_area.to_string();
        let area = area.unwrap_or(match role {
            "city" => "4101",
            "province" => "41",
            "state" => "000000000000",
            _ => &own,
        });
        let unit = match role {
            "respondent" | "manager" => Some(if person == "stranger" { "u2".to_owned() } else { "u1".to_owned() }),
            _ => None,
        };
        Actor { person: person.into(), role: role.into(), area: area.parse().expect("an area"), unit }
    }

    #[track_caller]
    fn check(&mut self, lines: &str) {
        for line in lines.lines().map(str::trim).filter(|l| !l.is_empty()) {
            let (told, expect) = line.split_once(" → ").expect("who: what → outcome");
            assert_eq!(self.tell(told), expect, "{told}");
        }
    }
}

fn event(what: &str) -> Event {
    let mut words = what.split(' ');
    let (verb, rest) = (words.next().unwrap_or_default(), words.collect::<Vec<_>>());
    let word = |at: usize| rest.get(at).map_or(String::new(), |w| (*w).to_owned());
    let key = |rule: &str| FindingKey { rule: rule.into(), table: "G102".into(), row: 0, item: String::new() };
    match verb {
        "fill" => Event::Fill,
        "self-check" => Event::SelfCheck,
        "sign" => Event::Sign { sole_person: word(0) == "sole" },
        "visit" => Event::Visit { persons: rest.iter().map(|p| (*p).to_owned()).collect(), met: Met::Met },
        "absent" => Event::Visit { persons: rest.iter().map(|p| (*p).to_owned()).collect(), met: Met::Absent },
        "pass" => Event::Pass { step: word(0) },
        "return" => Event::Return { why: word(0) },
        "raise" => Event::RaiseQuery {
            query: word(0),
            finding: rest.get(1).map(|rule| key(rule)),
            question: "为什么".into(),
            deadline: "2018-11-15".into(),
        },
        "correct" => Event::Answer { query: word(0), answer: Answer::Correct },
        "answer" => {
            Event::Answer { query: word(0), answer: Answer::Explain { text: word(1), evidence: "台账".into() } }
        }
        "close" => Event::CloseQuery { query: word(0) },
        "explain" => Event::Explain { finding: key(&word(0)), text: word(1) },
        "freeze" => Event::Freeze,
        "reopen" => Event::Reopen { why: word(0) },
        other => panic!("no event {other}"),
    }
}

/// The lines that bring a unit from the beginning to a state.
const ROAD: [(StateKind, &str); 8] = [
    (StateKind::Draft, "enumerator/li: visit li zhao → draft\nrespondent: fill → draft"),
    (StateKind::SelfChecked, "respondent: self-check → self-checked"),
    (StateKind::Signed, "manager: sign → signed"),
    (StateKind::PreChecked, "enumerator/li: pass pre-check → signed\ninstructor: pass pre-check-2 → pre-checked"),
    (StateKind::CountyPassed, "county: pass county → county-passed"),
    (StateKind::CityPassed, "city: pass city → city-passed"),
    (StateKind::ProvincePassed, "province: pass province → province-passed"),
    (StateKind::Frozen, "state: freeze → frozen"),
];

fn at(state: StateKind) -> World {
    let mut world = World::new("410182");
    for (reached, lines) in ROAD {
        world.check(lines);
        if reached == state {
            break;
        }
    }
    world
}

/// What is written here, not in the table of steps, is the law: rows are events, columns states.
/// `-` wrong order, `!` a reviewer may not edit, `=` stays, else the first letters of the next state.
const GRID: &str = "
                draft self sign pre  coun city prov froz
fill            =     draf -    -    -    -    -    -
self-check      self  -    -    -    -    -    -    -
sign            -     sign -    -    -    -    -    -
visit           =     =    =    =    -    -    -    -
pre-check       -     -    =    -    -    -    -    -
pass-county     -     -    -    coun -    -    -    -
pass-city       -     -    -    -    city -    -    -
pass-province   -     -    -    -    next prov -    -
return          -     draf draf sign pre  coun city -
raise-query     -     -    =    =    =    =    =    -
answer-correct  query query query query query query query -
answer-explain  query query query query query query query -
close-query     -     -    query query query query query -
explain         find  find find find find find find -
freeze          -     -    -    -    -    -    froz -
reopen          -     -    draf draf draf draf draf draf
";

/// Who would do an event in a state, and what is said.
fn told(event: EventKind, state: StateKind) -> String {
    let next = match state {
        StateKind::SelfChecked => "manager/boss",
        StateKind::Draft | StateKind::Signed => "enumerator/sun",
        StateKind::PreChecked => "county/ma",
        StateKind::CountyPassed => "city/ma",
        StateKind::CityPassed => "province/ma",
        StateKind::ProvincePassed | StateKind::Frozen => "state/ma",
    };
    match event {
        EventKind::Fill => "respondent: fill".into(),
        EventKind::SelfCheck => "respondent: self-check".into(),
        EventKind::Sign => "manager: sign".into(),
        EventKind::Visit => "enumerator/li: visit li zhao".into(),
        EventKind::PreCheck => "enumerator/sun: pass pre-check".into(),
        EventKind::PassCounty => "county/ma: pass county".into(),
        EventKind::PassCity => "city/ma: pass city".into(),
        EventKind::PassProvince => "province/ma: pass province".into(),
        EventKind::Return => format!("{next}: return 不清"),
        EventKind::RaiseQuery => format!("{next}: raise q9"),
        EventKind::AnswerCorrect => "respondent: correct q1".into(),
        EventKind::AnswerExplain => "respondent: answer q1 属实".into(),
        EventKind::CloseQuery => "county: close q1".into(),
        EventKind::Explain => "respondent: explain C007 属实".into(),
        EventKind::Freeze => "state: freeze".into(),
        EventKind::Reopen => {
            if state == StateKind::Frozen { "state: reopen 抽查" } else { "county: reopen 抽查" }.into()
        }
    }
}

#[test]
fn every_state_meets_every_event() {
    let rows: Vec<Vec<&str>> =
        GRID.lines().filter(|l| !l.trim().is_empty()).skip(1).map(|l| l.split_whitespace().collect()).collect();
    assert_eq!(rows.len(), EventKind::ALL.len());
    for (event, row) in EventKind::ALL.into_iter().zip(&rows) {
        assert_eq!(row[0], event.name());
        for (state, expect) in StateKind::ALL.into_iter().zip(&row[1..]) {
            let mut world = at(state);
            let told = told(event, state);
            let got = world.tell(&told);
            let got = got.split(',').next().unwrap_or_default();
            let place = format!("{} in {}: {told} gave {got}", event.name(), state.name());
            match *expect {
                "-" => {
                    assert_eq!(got, format!("{} is not possible in state {}", event.name(), state.name()), "{place}");
                }
                "query" => assert_eq!(got, "no query q1", "{place}"),
                "find" => assert_eq!(got, "no finding C007 stands at G102 row 1", "{place}"),
                "next" => assert_eq!(got, "the next step is city", "{place}"),
                "=" => assert_eq!(got, state.name(), "{place}"),
                short => assert!(got.starts_with(short), "{place}"),
            }
            assert_eq!(targets(state, event).is_none(), *expect == "-", "{place}");
        }
    }
}

#[test]
fn the_whole_chain() {
    at(StateKind::ProvincePassed).check(
        "state: freeze → frozen
         county: reopen 抽查 → reopen is done by state, not by county
         state: reopen 抽查 → draft, stale county city province",
    );
}

#[test]
fn a_reviewer_never_edits() {
    for state in StateKind::ALL {
        for role in ["county", "city", "province", "state", "instructor"] {
            assert_eq!(
                at(state).tell(&format!("{role}: fill")),
                format!(
                    "role {role} may not change a unit's figures; raise a query and let the unit correct and sign again"
                )
            );
        }
    }
    // A respondent of another unit is a stranger too.
    assert!(at(StateKind::Draft).tell("respondent/stranger: fill").starts_with("role respondent may not change"));
}

#[test]
fn enumerators_visit_in_pairs_and_enter_figures_only_beside_the_unit() {
    World::new("410182").check(
        "enumerator/li: fill → no visit that met the unit is recorded; record one before fill
         enumerator/li: visit li → a visit needs 2 different persons, 1 given
         enumerator/li: visit li li → a visit needs 2 different persons, 1 given
         enumerator/li: absent li zhao → draft
         enumerator/li: fill → no visit that met the unit is recorded; record one before fill
         enumerator/li: visit li zhao → draft
         enumerator/li: fill → draft
         respondent: self-check → self-checked
         manager: sign → signed
         enumerator/li: pass pre-check → li has done fill and may not do pre-check too
         enumerator/zhao: pass pre-check → signed
         instructor/zhao: pass pre-check-2 → zhao has done pre-check and may not do pre-check too
         instructor: pass pre-check-2 → pre-checked
         county: pass city → pass-city is not possible in state pre-checked
         county/li: pass county → li has done fill and may not do pass-county too",
    );
    World::new("410182").check(
        "respondent: fill → draft
         respondent: self-check → self-checked
         respondent: sign → sign is done by manager, not by respondent
         manager/respondent: sign → respondent has done self-check and may not do sign too
         manager/respondent: sign sole → signed
         enumerator: pass pre-check → no visit that met the unit is recorded; record one before pre-check
         instructor: pass pre-check-2 → the next step is pre-check, not pre-check-2
         county: pass nothing → the chain has no step nothing",
    );
}

#[test]
fn offices_act_in_their_own_area_by_reporting() {
    at(StateKind::PreChecked).check(
        "county@410181: pass county → area 410182000000 does not report to 410181000000
         city@4101: pass county → pass-county is done by county, not by city
         county: pass county → county-passed
         city@4102: pass city → area 410182000000 does not report to 410200000000",
    );
    // A directly administered county has no city above it: the province follows, and its old city has no say.
    let mut direct = World::new("410181");
    for (_, lines) in &ROAD[..5] {
        direct.check(lines);
    }
    direct.check(
        "city@4101: raise q1 → area 410181000000 does not report to 410100000000
         province: pass province → province-passed
         state: return 不实 → county-passed, stale province
         province: return 不实 → pre-checked, stale county",
    );
}

#[test]
fn passed_at_a_level_counts_the_level_below_where_no_office_stands() {
    let at_level = |area: &str, steps: usize, level| {
        let mut world = World::new(area);
        for (_, lines) in ROAD[..steps].iter().filter(|(s, _)| area == "410182" || *s != StateKind::CityPassed) {
            world.check(lines);
        }
        let World { chain, areas, unit_area, version, .. } = &world;
        let case = Case { chain, areas, unit: "u1", unit_area: *unit_area, version, findings: &[], now: "" };
        passed_at(&world.review.state, &case, level)
    };
    assert!(!at_level("410182", 4, AreaLevelName::County));
    assert!(at_level("410182", 5, AreaLevelName::County));
    assert!(!at_level("410182", 5, AreaLevelName::City));
    assert!(at_level("410182", 6, AreaLevelName::City));
    assert!(at_level("410182", 8, AreaLevelName::Province));
    assert!(at_level("410181", 5, AreaLevelName::City));
    assert!(!at_level("410181", 5, AreaLevelName::Province));
}

#[test]
fn whoever_waits_for_a_step_stands_where_the_step_says() {
    for (area, city) in [("410182", true), ("410181", false)] {
        let mut world = World::new(area);
        for (_, lines) in ROAD.iter().filter(|(state, _)| city || *state != StateKind::CityPassed) {
            for line in lines.lines() {
                world.check(line);
                let World { chain, areas, unit_area, version, review, .. } = &world;
                let case = Case { chain, areas, unit: "u1", unit_area: *unit_area, version, findings: &[], now: "" };
                let next = next_step(&review.state, &case).map(|s| s.code.as_str());
                let stamped =
                    |code: &str| review.state.signed().is_some_and(|s| s.stamps.iter().any(|stamp| stamp.step == code));
                let waits: Vec<&str> = chain
                    .steps
                    .iter()
                    .map(|s| s.code.as_str())
                    .filter(|code| {
                        awaiting(chain, code).iter().any(|a| {
                            a.state == review.state.kind()
                                && a.stamped.is_none_or(stamped)
                                && !a.not_stamped.is_some_and(stamped)
                                && a.direct.is_none_or(|direct| direct != city)
                        })
                    })
                    .collect();
                assert_eq!(waits, next.into_iter().collect::<Vec<_>>(), "{area} after {line}");
            }
        }
    }
}

#[test]
fn findings_block_by_their_grade() {
    let mut world = at(StateKind::Draft);
    world.findings = vec![finding("C005", FindingGrade::Error, "9"), finding("C001", FindingGrade::Hint, "9")];
    world.check("respondent: self-check → open 强制性 findings: C005; correct them first");
    world.findings[0].kind = FindingKind::NotComputable { reason: "[02]".into() };
    world.findings.push(finding("C007", FindingGrade::Verify, "100"));
    world.check(
        "respondent: self-check → self-checked
         manager: sign → 核实性 findings without explanation: C007; correct or explain them
         county: explain C007 属实 → explain is done by respondent / manager, not by county
         manager: explain C007  → text is blank
         manager: explain C007 检修 → self-checked
         manager: sign → signed",
    );
    // The explanation was given for 100; it lapses when the value changes.
    world.findings[2].values[0].1 = "900".into();
    world.check("enumerator: pass pre-check → 核实性 findings without explanation: C007; correct or explain them");
    world.findings[2].values[0].1 = "100".into();
    world.check("enumerator: pass pre-check → signed");
    world.findings.push(finding("C006", FindingGrade::Error, "1"));
    world.check("instructor: pass pre-check-2 → open 强制性 findings: C006; correct them first");
}

#[test]
fn a_query_is_answered_by_correction_and_a_new_signature() {
    let mut world = at(StateKind::CityPassed);
    world.check(
        "province: raise q1 → city-passed
         province: raise q1 → query q1 exists already
         province: pass province → open queries: q1; answer and close them first
         county: close q1 → query q1 was raised at step province; only that office closes it
         respondent/stranger: correct q1 → stranger belongs to another unit
         respondent: correct q1 → draft, stale county city
         province: close q1 → close-query is not possible in state draft
         respondent: self-check → self-checked
         manager: sign → nothing changed since version v1; correct the figures or answer the query with an explanation",
    );
    world.version = version("v2");
    world.check("manager: sign → the figures changed after self-check; self-check again");
    world.check(
        "respondent: fill → draft
         respondent: self-check → self-checked
         manager: sign → signed
         enumerator: pass pre-check → open queries: q1; answer and close them first
         province: close q1 → signed
         province: close q1 → query q1 is closed; close-query is not possible
         enumerator: pass pre-check → signed",
    );
    let signed = world.review.state.signed().expect("it is signed");
    assert_eq!((signed.round, signed.version.hash.as_str()), (2, "v2"));
    assert_eq!(signed.stamps.iter().map(|s| s.step.as_str()).collect::<Vec<_>>(), ["self-check", "sign", "pre-check"]);
}

#[test]
fn a_query_is_answered_by_explanation() {
    let mut world = at(StateKind::PreChecked);
    world.findings = vec![finding("C007", FindingGrade::Verify, "100")];
    world.check(
        "county: raise q1 C009 → no finding C009 stands at G102 row 1
         county: raise q1 C007 → pre-checked
         respondent: answer q1  → text is blank
         respondent: answer q1 检修 → pre-checked
         respondent: answer q1 再说 → query q1 is explained; answer-explain is not possible
         county: pass county → open queries: q1; answer and close them first
         county/wu: close q1 → pre-checked
         county: pass county → county-passed",
    );
    assert_eq!(world.review.explanations[0].by, "respondent");
}

#[test]
fn returning_goes_one_step_back_and_makes_that_level_stale() {
    at(StateKind::ProvincePassed).check(
        "county: return 不清 → return is done by state, not by county
         state: return  → why is blank
         state: return 不清 → city-passed, stale province
         province: return 不清 → county-passed, stale city
         city: return 不清 → pre-checked, stale county
         county: return 不清 → signed
         enumerator: return 不清 → draft",
    );
}

#[test]
fn a_unit_without_sheets_is_not_checked() {
    let mut world = at(StateKind::Draft);
    world.version = Version::default();
    world.check("respondent: self-check → no sheet is filled");
}

#[test]
fn the_state_survives_storing() {
    for state in StateKind::ALL {
        let review = at(state).review;
        let text = serde_json::to_string(&review).expect("it is plain");
        assert_eq!(serde_json::from_str::<UnitReview>(&text).expect("it reads"), review);
        assert_eq!(StateKind::from_name(state.name()), Some(state));
    }
}

#[test]
fn page_is_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/states/unit.md");
    if std::env::var_os("WUPU_WRITE_PAGES").is_some() {
        std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/states")).expect("a folder");
        std::fs::write(path, page()).expect("written");
    }
    let stored = std::fs::read_to_string(path).unwrap_or_default();
    assert!(stored == page(), "docs/states/unit.md is old; run WUPU_WRITE_PAGES=1 cargo test -p census page");
}
