//! The second census's package, as the middle reads it: areas, scope, rules, review chain, tables.

use std::collections::BTreeMap;
use std::path::Path;

use census::area::{AreaCode, AreaTree, Tree};
use census::check::{Checker, Context, run};
use census::frame::ScopeRules;
use census::review::{Actor, Case, Event, Refusal, UnitReview, step};
use census::sheet::{UnitSheets, Values, Version};
use census::tabulate::{Scope, tabulate};
use instrument::files::Folder;
use instrument::model::{AreaLevel, Instrument};

fn package() -> Instrument {
    let files = Folder::new(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../instruments/cn-2017"));
    Instrument::read_trusted(&files).unwrap_or_else(|errors| panic!("{errors:?}"))
}

#[test]
fn the_middle_reads_the_whole_package() {
    let instrument = package();
    areas_have_two_trees(&instrument);
    scope_is_complete(&instrument);
    every_rule_runs_or_is_named(&instrument);
    the_chain_has_a_way(&instrument);
    every_table_can_be_made(&instrument);
}

fn areas_have_two_trees(instrument: &Instrument) {
    let (areas, problems) = AreaTree::of(instrument);
    // Villages of 2016 under towns of 2018: what has lost its town is placed under its county, none is lost.
    assert_eq!(areas.len(), instrument.areas.len());
    assert!(problems.iter().all(|p| p.to_string().contains("placed under")), "{:?}", problems.first());
    let province: AreaCode = "41".parse().expect("a code");
    let offices = areas.children(Tree::Reporting, province);
    assert_eq!(offices.len(), 29, "reporting units of the province");
    for direct in ["410181", "410225", "411381", "410173", "419001"] {
        let code: AreaCode = direct.parse().expect("a code");
        assert!(offices.contains(&code), "{direct} reports to the province");
        assert!(!areas.children(Tree::Code, province).contains(&code), "{direct} keeps its code under a city");
    }
    assert_eq!(areas.resolve("河南省郑州市荥阳市"), "410182".parse());
    assert_eq!(areas.path_name("419001".parse().expect("a code")), "河南省济源市");
}

fn scope_is_complete(instrument: &Instrument) {
    let rules = ScopeRules::from_parameters(&instrument.parameters).expect("the limits are there");
    assert_eq!((rules.divisions, rules.elsewhere.as_slice()), ((6, 46), ["4620".to_owned()].as_slice()));
    for respondent in ["farm", "boiler-owner"] {
        assert!(instrument.respondents.iter().any(|r| r.code == respondent), "no respondent {respondent}");
        assert!(rules.limits(respondent).is_some(), "no limit for {respondent}");
    }
    assert_eq!((rules.thresholds["farm"].len(), rules.thresholds["facility-rural"].len()), (5, 3));
    assert!(rules.limits("village").is_none() && rules.limits("industrial").is_none());
}

fn every_rule_runs_or_is_named(instrument: &Instrument) {
    let checker = Checker::new(instrument);
    let problems: Vec<String> = checker.problems().iter().map(|(rule, p)| format!("{rule}: {p}")).collect();
    assert_eq!(problems, Vec::<String>::new());
    // One empty sheet of each form: every rule is counted, or named as not checked.
    let mut unit = UnitSheets { unit: "u1".into(), respondent: "industrial".into(), ..UnitSheets::default() };
    for form in &instrument.forms {
        unit.sheets.insert(form.code.clone(), Values::default());
    }
    let checked = run(&checker, &[unit], &Context::on(2018, 8, 1).expect("a day"));
    let unchecked: BTreeMap<&String, &String> = checker.unchecked().iter().map(|(rule, why)| (rule, why)).collect();
    let silent: Vec<&str> = instrument
        .rules
        .iter()
        .filter(|r| !checked.counts.contains_key(&r.code) && !unchecked.contains_key(&r.code))
        .map(|r| r.code.as_str())
        .collect();
    assert_eq!(silent, [""; 0]);
    assert!(checked.counts.len() > 900, "{}", checked.counts.len());
    for (rule, why) in unchecked {
        assert!(why.starts_with("census::") || why.starts_with("needs an external list"), "{rule}: {why}");
    }
}

fn the_chain_has_a_way(instrument: &Instrument) {
    let (areas, _) = AreaTree::of(instrument);
    let version = Version { hash: "v".into(), revisions: vec![("G101-1".into(), "1".into())] };
    let case = Case {
        chain: &instrument.review,
        areas: &areas,
        unit: "u1",
        unit_area: "410182".parse().expect("a code"),
        version: &version,
        findings: &[],
        now: "2018-11-01T08:00:00+08:00",
    };
    let actor = |role: &str, area: &str| Actor {
        person: role.into(),
        role: role.into(),
        area: area.parse().expect("a code"),
        unit: matches!(role, "respondent" | "manager").then(|| "u1".to_owned()),
    };
    let pass = |step: &str| Event::Pass { step: step.into() };
    let visit = Event::Visit { persons: vec!["a".into(), "b".into()], met: census::review::Met::Met };
    let road = [
        ("enumerator", "410182", visit, "draft"),
        ("respondent", "410182", Event::Fill, "draft"),
        ("respondent", "410182", Event::SelfCheck, "self-checked"),
        ("manager", "410182", Event::Sign { sole_person: false }, "signed"),
        ("enumerator", "410182", pass("pre-check"), "signed"),
        ("instructor", "410182", pass("pre-check-2"), "pre-checked"),
        ("county", "410182", pass("county"), "county-passed"),
        ("city", "4101", pass("city"), "city-passed"),
        ("province", "41", pass("province"), "province-passed"),
        ("state", "000000000000", Event::Freeze, "frozen"),
    ];
    let mut review = UnitReview::begin();
    for (role, area, event, state) in road {
        let moved = step(&review, &event, &actor(role, area), &case).unwrap_or_else(|r| panic!("{role}: {r}"));
        review = moved.review;
        assert_eq!(review.state.kind().name(), state);
    }
    // Two persons at a visit are the chain's own rule.
    let alone = Event::Visit { persons: vec!["a".into()], met: census::review::Met::Met };
    let refused = step(&UnitReview::begin(), &alone, &actor("enumerator", "410182"), &case);
    assert_eq!(refused, Err(Refusal::TooFewPersons { needed: 2, given: 1 }));
}

fn every_table_can_be_made(instrument: &Instrument) {
    let (areas, _) = AreaTree::of(instrument);
    assert!(!instrument.tables.is_empty());
    for definition in &instrument.tables {
        let scope = Scope { area: "4101".parse().expect("a code"), tree: Tree::Reporting, down_to: AreaLevel::County };
        let table = tabulate(instrument, &areas, definition, scope, &[]).unwrap_or_else(|r| panic!("{r}"));
        assert_eq!(table.columns.len(), definition.columns.len());
        assert_eq!(table.proof().wrong, Vec::<String>::new());
    }
}
