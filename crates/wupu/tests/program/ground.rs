//! Enumeration areas from the command line: teams, a split village, a balanced assignment, the proof.

use serde_json::json;

use crate::common::{AREA, County, Room, Schema, command, finish, number};

/// What the office says, and how the proof goes from full of gaps to none. Runs each command through `run`.
fn story(run: &dyn Fn(&[&str], i32) -> serde_json::Value) {
    let first = run(&["ground", "prove"], 1);
    let (villages, areas) = (number(&first, "villages"), number(&first, "areas"));
    assert!(villages > 300 && areas == villages, "{first}");
    for (team, members, device) in [("one", "a,b", "D1"), ("two", "c,d", "D2"), ("three", "e,f,g", "D3")] {
        run(&["ground", "team", team, "--members", members, "--instructor", "i", "--device", device], 0);
    }
    for refused in [
        &["ground", "team", "four", "--members", "a,h"][..],
        &["ground", "team", "four", "--members", "h"],
        &["ground", "team", "four", "--members", "h,k", "--device", "D1"],
        &["ground", "assign", "410182999001", "one"],
        &["ground", "assign", "410182", "one"],
    ] {
        run(refused, if refused[2] == "410182" { 3 } else { 4 });
    }
    let plan = run(&["ground", "suggest"], 0);
    let of_teams: u64 = plan["teams"].as_array().expect("teams").iter().map(|t| number(t, "areas")).sum();
    assert_eq!(of_teams, areas);
    assert!(number(&plan["needed"], "enumerators") > 10, "{plan}");
    run(&["ground", "suggest", "--apply"], 0);
    let well = run(&["ground", "prove"], 0);
    assert_eq!((well["gaps"].clone(), number(&well, "located")), (json!([]), number(&well, "units")));

    // A village with a unit is split: its parts have no team, and nobody knows in which part the unit lies.
    let shown = run(&["ground", "show"], 0);
    let with_unit =
        shown["areas"].as_array().expect("areas").iter().find(|a| a["units"] == 1).expect("a unit somewhere");
    let village = with_unit["area"].as_str().expect("a code").to_owned();
    run(&["ground", "split", &village, "--parts", "2"], 0);
    let gaps = run(&["ground", "prove"], 1)["gaps"].clone();
    let kinds: Vec<&str> = gaps.as_array().expect("gaps").iter().filter_map(|g| g["gap"].as_str()).collect();
    assert_eq!(kinds, ["no-team", "no-team", "no-part"]);
    let unit = gaps[2]["unit"].as_str().expect("an id").to_owned();
    run(&["ground", "place", &unit, &format!("{village}B")], 0);
    run(&["ground", "assign", &format!("{village}A"), "two"], 0);
    run(&["ground", "assign", &format!("{village}B"), "two"], 0);
    assert_eq!(number(&run(&["ground", "prove"], 0), "areas"), areas + 1);
    let history = run(&["ground", "history"], 0);
    assert_eq!(history["changes"].as_array().expect("changes").len() as u64, 3 + areas + 4);
    assert_eq!(run(&["doctor"], 0)["problems"], json!([]));
}

#[test]
fn the_ground_is_covered_and_proved() {
    let county = County::new("ground");
    story(&|args, code| county.room.ended(args, code));
}

/// Runs where `WUPU_TEST_DATABASE` names a server, as `cargo xtask test` does.
#[test]
fn the_ground_is_covered_and_proved_on_postgresql() {
    let Some(schema) = Schema::new("ground") else { return };
    let room = Room::new("ground-pg");
    let run = |args: &[&str], code: i32| {
        let run = finish(command(room.path()).arg("--json").args(args).env("WUPU_DB", &schema.url));
        assert_eq!(run.code, code, "wupu {}\n{}{}", args.join(" "), run.out, run.err);
        run.json()
    };
    run(&["simulate", "--area", AREA, "--units", "30", "--seed", "5"], 0);
    run(&["init", "--area", AREA, "--simulated"], 0);
    run(&["import", "list", "practice/base-list.csv"], 0);
    run(&["screen"], 0);
    story(&run);
}
