//! A small county from its base list to its bulletin, through the program's own commands.

use crate::common::{AREA, Room, number};
use serde_json::Value;

/// What must be true of a census that has been reported: files, proofs, derivation, health.
#[test]
fn a_county_from_list_to_bulletin() {
    let room = Room::new("county");
    let made = room.done(&["simulate", "--area", AREA, "--units", "120", "--seed", "7"]);
    assert_eq!((number(&made, "listed"), number(&made, "planted")), (120, 0));
    assert_eq!(made["not_clean"], serde_json::json!([]), "units that could not be filled without grave findings");
    assert!(!room.path().join("practice/answers.csv").exists(), "nothing was planted, so there are no answers");

    let census = room.done(&["init", "--area", AREA, "--simulated"]);
    assert_eq!(census["area"], "410182000000");
    let listed = &room.done(&["import", "list", "practice/base-list.csv"])["files"][0];
    assert_eq!((number(listed, "rows"), &listed["new"]), (120, &Value::Bool(true)));
    let again = &room.done(&["import", "list", "practice/base-list.csv"])["files"][0];
    assert_eq!(again["new"], false, "the same bytes a second time change nothing");

    // In = out + held.
    let funnel = room.done(&["screen"]);
    let ends = ["in_scope", "out_of_scope", "duplicate", "closed", "not_found", "moved", "held"];
    assert_eq!(number(&funnel, "listed"), ends.iter().map(|k| number(&funnel, k)).sum::<u64>(), "{funnel}");
    assert_eq!((number(&funnel, "listed"), &funnel["adds_up"]), (120, &Value::Bool(true)));
    assert!(number(&funnel, "held") > 0, "a list of 120 rows has some that nobody can decide by rule: {funnel}");
    let units = number(&funnel, "in_scope");
    assert_eq!((number(&funnel, "new_units"), number(&made, "units")), (units, units));

    let sheets = room.done(&["import", "sheets", "practice/sheets"]);
    assert_eq!((number(&sheets, "new"), number(&sheets, "sheets")), (number(&made, "sheets"), number(&made, "sheets")));
    assert_eq!((&sheets["refused"], &sheets["unknown_units"]), (&serde_json::json!([]), &serde_json::json!([])));
    let again = room.done(&["import", "sheets", "practice/sheets"]);
    assert_eq!((number(&again, "new"), number(&again, "unchanged")), (0, number(&made, "sheets")));

    // A sheet that has not been checked goes nowhere.
    let early = room.run(&["review", "pass", "--to", "county"]);
    assert_eq!(early.code, 4, "{early:?}");
    assert!(early.err.contains("wupu check first"), "{early:?}");

    let checked = room.done(&["check"]);
    assert_eq!((number(&checked, "errors"), number(&checked, "units")), (0, units), "a clean county");
    assert!(number(&checked, "pass") > 10 * units, "the rules were run: {checked}");

    let passed = room.done(&["review", "pass", "--to", "county", "--explain", "与单位核实"]);
    assert_eq!((number(&passed, "reached"), number(&passed, "units")), (units, units), "{passed}");

    let accounted = room.done(&["account"]);
    assert!(number(&accounted, "units") > 0 && number(&accounted, "lines") >= number(&accounted, "units"));

    let tables = room.done(&["tabulate"]);
    assert_eq!((number(&tables, "passed"), number(&tables, "held")), (units, 0));
    proven(&tables);

    let written = room.done(&["report", "--out", "out"]);
    let count = |folder: &str| std::fs::read_dir(room.path().join(folder)).expect(folder).count() as u64;
    assert_eq!(count("out/tables"), tables["tables"].as_array().expect("tables").len() as u64);
    assert_eq!(count("out/flat"), 2 * number(&written, "exports"), "csv and xlsx of each");
    let bulletin = room.text("out/公报.html");
    assert!(bulletin.contains("模拟") && bulletin.contains("荥阳市"), "simulated data says so");

    explained(&room);

    let health = room.done(&["doctor"]);
    assert_eq!(health["problems"], serde_json::json!([]));
    assert_eq!((number(&health["rows"], "listing"), number(&health["rows"], "verdict")), (120, 120));
    room.done(&["backup", "copy.db"]);
    let copy = room.done(&["--db", "copy.db", "doctor"]);
    assert_eq!(copy["audit_head"], health["audit_head"], "the copy is the census");

    reopened(&room, units);
}

/// Every table compared its totals with their parts where it has any, and all were equal.
fn proven(tables: &Value) {
    assert_eq!(tables["wrong"], serde_json::json!([]));
    let all = tables["tables"].as_array().expect("tables");
    let compared: u64 = all.iter().map(|t| number(t, "compared")).sum();
    assert!(all.len() >= 10 && compared >= all.len() as u64, "{compared} totals of {} tables compared", all.len());
}

/// The area's figure is the sum of its units' figures, and one unit's figure leads to lines, coefficients and people.
fn explained(room: &Room) {
    let total = room.done(&["explain", "--pollutant", "化学需氧量"]);
    let units = total["units"].as_array().expect("units");
    assert!(units.len() > 1, "{total}");
    let thousandths = |v: &Value| -> i64 {
        let text = v["emitted"].as_str().expect("a number as text");
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        format!("{whole}{part:0<3}").parse().unwrap_or_else(|_| panic!("{text} has more than three decimals"))
    };
    assert_eq!(thousandths(&total), units.iter().map(thousandths).sum::<i64>(), "{total}");
    let unit = units[0]["unit"].as_str().expect("an id");
    let one = room.done(&["explain", unit, "--pollutant", "化学需氧量"]);
    assert_eq!(one["figures"][0]["emitted"], units[0]["emitted"]);
    let trace = one["lines"][0]["trace"].as_array().expect("steps of the derivation");
    assert!(trace.iter().any(|s| !s["source"].as_str().unwrap_or_default().is_empty()), "a coefficient names its page");
    assert!(one["revisions"].as_array().is_some_and(|r| !r.is_empty()), "{one}");
    let unknown = room.run(&["explain", "--pollutant", "仙气"]);
    assert_eq!(unknown.code, 3, "{unknown:?}");
}

/// A unit opened again makes the tables stale; until they are made again there is no report.
fn reopened(room: &Room, units: u64) {
    let total = room.done(&["explain", "--pollutant", "化学需氧量"]);
    let unit = total["units"][0]["unit"].as_str().expect("an id").to_owned();
    let without_reason = room.run(&["review", "reopen", &unit, "--reason", ""]);
    assert_eq!(without_reason.code, 4, "{without_reason:?}");
    let opened = room.run(&["review", "reopen", &unit, "--reason", "补报一条生产线"]);
    assert_eq!(opened.code, 0, "{opened:?}");
    let refused = room.run(&["report", "--out", "late"]);
    assert_eq!(refused.code, 4, "{refused:?}");
    assert!(refused.err.contains("stale") && refused.err.contains("wupu tabulate"), "{refused:?}");
    assert!(!room.path().join("late").exists(), "a refused report writes nothing");
    let tables = room.done(&["tabulate"]);
    assert_eq!((number(&tables, "passed"), number(&tables, "held")), (units - 1, 1));
    proven(&tables);
    room.done(&["report", "--out", "late"]);
    assert!(room.path().join("late/公报.html").exists());
    assert_eq!(room.done(&["doctor"])["problems"], serde_json::json!([]));
}
