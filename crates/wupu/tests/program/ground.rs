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
fn polygons_say_what_they_are_measured_on() {
    let county = County::new("ground-polygons");
    let ring = "[[113.1,34.7],[113.2,34.7],[113.2,34.8],[113.1,34.8],[113.1,34.7]]";
    let feature = |code: &str| {
        format!(
            r#"{{"type":"Feature","properties":{{"code":"{code}"}},"geometry":{{"type":"Polygon","coordinates":[{ring}]}}}}"#
        )
    };
    let features = [feature("410182001001"), feature("410182999001")].join(",");
    let text = format!(r#"{{"type":"FeatureCollection","features":[{features}]}}"#);
    county.room.write("areas.geojson", text);
    county.refused(&["ground", "polygons", "areas.geojson", "--datum", "beijing54"], 3, &["beijing54", "cgcs2000"]);
    assert_eq!(county.room.run(&["ground", "polygons", "areas.geojson"]).code, 2, "the datum must be named");
    let found = county.room.ended(&["ground", "polygons", "areas.geojson", "--datum", "wgs84"], 1);
    assert_eq!((number(&found, "polygons"), number(&found, "new")), (2, 2));
    let kinds: Vec<&str> =
        found["problems"].as_array().expect("problems").iter().filter_map(|p| p["problem"].as_str()).collect();
    assert!(kinds.contains(&"unknown") && kinds.contains(&"missing") && kinds.contains(&"overlap"), "{kinds:?}");
    let again = county.room.ended(&["ground", "polygons", "areas.geojson", "--datum", "gcj02"], 1);
    assert_eq!(number(&again, "new"), 2, "another datum is another place");
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
