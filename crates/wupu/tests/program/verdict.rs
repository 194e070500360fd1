//! Persons' verdicts from the command line: held rows settled one by one and by work list, and a unit added.

use serde_json::Value;

use crate::common::{County, number};

/// Ids of the held rows.
fn held(county: &County) -> Vec<String> {
    let listed = county.room.done(&["verdict", "list"]);
    listed["rows"].as_array().expect("rows").iter().map(|r| r["id"].as_str().expect("an id").to_owned()).collect()
}

fn funnel(county: &County) -> Value {
    let funnel = county.room.done(&["screen"]);
    assert_eq!(funnel["adds_up"], true);
    funnel
}

#[test]
fn every_held_row_can_be_settled() {
    let county = County::new("verdicts");
    let room = &county.room;
    room.write(
        "more.csv",
        "单位名称,统一社会信用代码,区划代码,行业代码\n甲厂,91130200699229617X,,3011\n乙厂,91330100799655058B,410182001001,\n丙厂,,,3011\n丁厂,,,\n戊厂,,,\n己厂,,,\n",
    );
    room.done(&["import", "list", "more.csv"]);
    let before = funnel(&county);
    let rows = held(&county);
    assert!(rows.len() >= 6 && number(&before, "held") == rows.len() as u64, "{before}");
    let more: Vec<&str> = rows.iter().rev().take(6).rev().map(String::as_str).collect();

    // Refused: no evidence, no such row, a reason nobody knows, a duplicate of itself.
    let evidence = ["--evidence", "现场核实，有照片"];
    let give = |row: &str, words: &[&str]| -> Vec<String> {
        ["verdict", "give", row].iter().chain(words).chain(&evidence).map(|w| (*w).to_owned()).collect()
    };
    for (words, said) in [
        (give("nobody", &["in"]), "nobody"),
        (give(more[0], &["out", "no-reason"]), "below-threshold"),
        (give(more[0], &["duplicate", more[0]]), more[0]),
        (give(more[0], &["moved", "999999"]), "999999"),
    ] {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        county.refused(&words, 3, &[said]);
    }

    for (row, words) in [
        (more[0], &["in"][..]),
        (more[1], &["closed"]),
        (more[2], &["out", "no-activity"]),
        (more[3], &["duplicate", more[0]]),
        (more[4], &["not-found"]),
        (more[5], &["moved", "410181"]),
    ] {
        let words = give(row, words);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        assert_eq!(number(&room.done(&words), "new"), 1);
        assert_eq!(number(&room.done(&words), "new"), 0, "said twice, kept once");
    }
    let after = funnel(&county);
    let more_by = |key: &str| number(&after, key) - number(&before, key);
    assert_eq!(
        ["in_scope", "out_of_scope", "duplicate", "closed", "not_found", "moved"].map(more_by),
        [1, 1, 1, 1, 1, 1],
        "{after}"
    );
    assert_eq!(number(&before, "held") - number(&after, "held"), 6);

    // A unit found in the field, once.
    let add = [
        "verdict",
        "add",
        "新发现砖厂",
        "--area",
        "410182001001",
        "--industry",
        "3031",
        "--source",
        "巡查",
        "--evidence",
        "照片",
    ];
    assert_eq!(room.done(&add)["new"], true);
    assert_eq!(room.done(&add)["new"], false);
    let added = funnel(&county);
    assert_eq!(
        (number(&added, "listed"), number(&added, "in_scope")),
        (number(&after, "listed") + 1, number(&after, "in_scope") + 1)
    );
    county.census();
}
