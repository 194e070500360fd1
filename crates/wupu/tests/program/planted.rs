//! Planted mistakes: the answers of a practice county are what the check finds, and without them it finds nothing grave.

use std::collections::{BTreeMap, BTreeSet};

use crate::common::{AREA, Room, cells, number};

/// A finding as (unit, rule without its part).
type Found = BTreeMap<(String, String), Vec<String>>;

#[test]
fn every_planted_mistake_is_found_by_its_rule() {
    let room = Room::new("planted");
    let simulate = ["simulate", "--area", AREA, "--units", "400", "--seed", "3", "--out"];
    let made = room.done(&[&simulate[..], &["planted", "--errors"]].concat());
    room.done(&[&simulate[..], &["clean"]].concat());

    let answers = cells(&room.text("planted/answers.csv"));
    let at = |heading: &str| answers[0].iter().position(|h| h == heading).unwrap_or_else(|| panic!("{heading}"));
    let (kind, rule, unit, form) = (at("类型"), at("应由规则发现"), at("单位"), at("表"));
    assert_eq!(number(&made, "planted"), answers.len() as u64 - 1);
    let planted: BTreeSet<&str> = answers[1..].iter().map(|a| a[kind].as_str()).collect();
    assert_eq!(planted, kinds(), "a county of 400 listed rows takes every kind of mistake the package knows");

    let clean = found(&room, "clean", 0);
    let found = found(&room, "planted", 1);
    for answer in &answers[1..] {
        let key = (answer[unit].clone(), answer[rule].clone());
        let tables = found.get(&key).unwrap_or_else(|| panic!("not found by {}: {}", answer[rule], answer.join(",")));
        assert!(
            tables.iter().any(|t| *t == answer[form] || t.starts_with(&format!("{}/", answer[form])))
                || rule_looks_elsewhere(&answer[rule]),
            "{} is found in {tables:?}",
            answer.join(",")
        );
        assert!(!clean.contains_key(&key), "{} was found before anything was planted: {key:?}", answer[kind]);
    }
}

/// Rules whose home is another form than the one whose figure is wrong.
fn rule_looks_elsewhere(rule: &str) -> bool {
    // 未选“是”而填了表: the flag is on G101-1, the sheet that should not be there is the home.
    // 选“是”而未填表: the sheet is not there, its flag is.
    ["B013", "B001"].contains(&rule)
}

/// The kinds of mistakes of the shipped package.
fn kinds() -> BTreeSet<&'static str> {
    let text = include_str!("../../../../instruments/cn-2017/practice/errors.toml");
    text.lines().filter_map(|line| line.strip_prefix("code = \"")?.strip_suffix('"')).collect()
}

/// The failures of the rules over a folder of sheets: clean counties end with 0, others with 1.
fn found(room: &Room, folder: &str, code: i32) -> Found {
    let file = format!("{folder}.csv");
    let checked = room.ended(&["check", "--data", &format!("{folder}/sheets"), "--findings", &file], code);
    assert_eq!(number(&checked, "errors") > 0, code == 1, "{folder}");
    let mut found = Found::new();
    for row in &cells(&room.text(&file))[1..] {
        let check = row[2].split('.').next().unwrap_or_default().to_owned();
        found.entry((row[0].clone(), check)).or_default().push(row[4].clone());
    }
    found
}
