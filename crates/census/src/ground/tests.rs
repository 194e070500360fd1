use std::collections::BTreeMap;

use instrument::model::{AreaLevel, AreaRow, Mark, Parameter, Provenance};

use super::{Change, Gap, Plan, Ratios, Refusal, Resident, Staff, Work, suggest};
use crate::area::{AreaCode, AreaTree, EnumerationArea};
use crate::practice::dice::Dice;

fn areas() -> AreaTree {
    let row = |code: String, level, parent: &str| AreaRow {
        name: code.clone(),
        code,
        level,
        parent: parent.to_owned(),
        reports_to: String::new(),
        urban_rural: String::new(),
    };
    let mut rows = vec![
        row("410000000000".into(), AreaLevel::Province, ""),
        row("410100000000".into(), AreaLevel::City, "410000000000"),
        row("410182000000".into(), AreaLevel::County, "410100000000"),
        row("410182001000".into(), AreaLevel::Town, "410182000000"),
        row("410182102000".into(), AreaLevel::Town, "410182000000"),
    ];
    rows.extend((1..=6).map(|n| row(format!("41018200100{n}"), AreaLevel::Village, "410182001000")));
    rows.extend((201..=206).map(|n| row(format!("410182102{n}"), AreaLevel::Village, "410182102000")));
    AreaTree::build(&rows).0
}

fn plan() -> Plan {
    Plan::new(&areas(), code("410182"))
}

fn code(text: &str) -> AreaCode {
    text.parse().expect("a code")
}

fn area(text: &str) -> EnumerationArea {
    text.parse().expect("an area")
}

fn team(name: &str, members: &[&str], device: &str) -> Change {
    Change::Team {
        team: name.into(),
        members: members.iter().map(|m| (*m).to_owned()).collect(),
        instructor: "指导员".into(),
        device: device.into(),
    }
}

fn resident(unit: &str, area: &str) -> Resident {
    Resident { unit: unit.into(), name: format!("{unit}厂"), area: area.into() }
}

#[test]
fn a_village_is_an_area_until_it_is_split() {
    let mut plan = plan();
    assert_eq!(plan.areas().count(), 12);
    plan.apply(&Change::Split { village: code("410182102201"), parts: 3 }).expect("split");
    let parts: Vec<String> = plan.areas().map(|a| a.to_string()).filter(|a| a.starts_with("410182102201")).collect();
    assert_eq!(parts, ["410182102201A", "410182102201B", "410182102201C"]);
    assert_eq!(plan.areas().count(), 14);
    for (change, refusal) in [
        (Change::Split { village: code("410182102299"), parts: 2 }, Refusal::Village { village: code("410182102299") }),
        (Change::Split { village: code("410182102201"), parts: 27 }, Refusal::Parts { parts: 27 }),
        (Change::Assign { area: area("410182102202"), team: "一组".into() }, Refusal::Team { team: "一组".into() }),
        (team("一组", &["张三"], "D1"), Refusal::Small),
        (team("一组", &["张三", "张三"], "D1"), Refusal::Small),
    ] {
        let before = plan.clone();
        assert_eq!(plan.apply(&change), Err(refusal));
        assert_eq!(plan, before, "a refused change changes nothing");
    }
}

#[test]
fn the_proof_names_every_gap() {
    let changes = [
        team("一组", &["张三", "李四"], "D1"),
        team("二组", &["王五", "赵六"], ""),
        Change::Split { village: code("410182102201"), parts: 2 },
    ];
    let mut plan = plan().after(&changes);
    assert_eq!(
        plan.apply(&team("三组", &["张三", "钱七"], "D3")),
        Err(Refusal::Elsewhere { member: "张三".into(), team: "一组".into() })
    );
    assert_eq!(
        plan.apply(&team("三组", &["孙八", "钱七"], "D1")),
        Err(Refusal::Device { device: "D1".into(), team: "一组".into() })
    );
    for (at, area) in plan.areas().collect::<Vec<_>>().into_iter().enumerate() {
        if at != 3 {
            let team = if at < 6 { "一组" } else { "二组" };
            plan.apply(&Change::Assign { area, team: team.into() }).expect("assigned");
        }
    }
    plan.apply(&Change::Place { unit: "u3".into(), area: area("410182102201B") }).expect("placed");
    let residents = [
        resident("u1", "410182001001"),
        resident("u2", "410182102201"),
        resident("u3", "410182102201"),
        resident("u4", "410182102201A"),
        resident("u5", "410182"),
    ];
    let proof = plan.prove(&residents);
    let name = |unit: &str| format!("{unit}厂");
    assert_eq!(
        proof.gaps,
        [
            Gap::NoTeam { area: "410182001004".into() },
            Gap::Team { team: "二组".into(), lacks: "终端".into() },
            Gap::NoPart { unit: "u2".into(), name: name("u2"), village: code("410182102201") },
            Gap::NoVillage { unit: "u5".into(), name: name("u5") },
        ]
    );
    assert_eq!((proof.villages, proof.areas, proof.units, proof.located), (12, 13, 5, 3));
    // The village is one again: the unit is in it, and its parts have no team any more.
    plan.apply(&Change::Split { village: code("410182102201"), parts: 1 }).expect("one");
    assert_eq!(plan.area_of(&residents[2]), Ok(area("410182102201")));
    assert!(!plan.assigned.contains_key(&area("410182102201B")));
}

#[test]
fn staff_by_the_rule_of_the_first_census() {
    let given = [
        ("staff.key", "10"),
        ("staff.general", "40"),
        ("staff.farms", "60"),
        ("staff.villages", "10"),
        ("staff.domestic", "80"),
        ("staff.instructor", "10"),
        ("class.farm", "farms"),
        ("class.village", "none"),
    ];
    let parameters: BTreeMap<String, Parameter> = given
        .map(|(name, value)| {
            let provenance = Provenance { mark: Mark::Seen, text: String::new() };
            (format!("ground.{name}"), Parameter { value: value.into(), title: String::new(), provenance })
        })
        .into();
    let ratios = Ratios::from_parameters(&parameters).expect("complete");
    let work = Work { key: 25, general: 130, farms: 70, villages: 44, domestic: 90 };
    // The worked case of the source: 2 × (3 + 4 + 5 + 2).
    assert_eq!(ratios.needed(work), Staff { enumerators: 28, instructors: 3 });
    let kinds = ["industrial", "farm", "village", "sewage-plant"];
    assert_eq!(ratios.work(kinds, 2), Work { general: 2, farms: 1, villages: 2, ..Work::default() });
    let lost = Ratios::from_parameters(&BTreeMap::new()).expect_err("nothing");
    assert!(lost.contains("ground.staff.key"), "{lost}");
}

#[test]
fn suggestions_give_every_area_once_and_balance() {
    for seed in 0..200 {
        let dice = Dice::new(seed);
        let mut plan = plan();
        for n in 0..3 {
            let village = *dice.nth(n).of("village").pick(&plan.villages.keys().copied().collect::<Vec<_>>());
            let parts = 1 + dice.nth(n).of("parts").below(4) as u8;
            plan.apply(&Change::Split { village, parts }).expect("split");
        }
        let load: BTreeMap<EnumerationArea, u64> =
            plan.areas().enumerate().map(|(at, a)| (a, dice.nth(at as u64).of("units").below(40))).collect();
        let teams = 1 + dice.of("teams").below(8) as usize;
        let found = suggest(&load, teams);
        assert_eq!(found.len(), teams);
        let all: Vec<EnumerationArea> = found.iter().flatten().copied().collect();
        assert_eq!(all, load.keys().copied().collect::<Vec<_>>(), "every area once, in the order of the ground");
        assert!(found.iter().all(|run| !run.is_empty()), "no team without work while there are areas");
        let cost = |run: &Vec<EnumerationArea>| run.iter().map(|a| load[a] + 1).sum::<u64>();
        let total: u64 = found.iter().map(cost).sum();
        let largest = load.values().max().map_or(0, |l| l + 1);
        let fullest = found.iter().map(cost).max().unwrap_or(0);
        assert!(fullest <= total / teams as u64 + largest + 1, "seed {seed}: {fullest} of {total} for {teams}");
    }
}
