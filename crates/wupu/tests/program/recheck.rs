//! Other lists against the directory: three counts that add up, a work list of what is open, units added.

use crate::common::{County, number};

/// Four rows of the base list in other words; a unit nobody had, twice; one out of scope, one nobody can decide.
fn write_list(county: &County) {
    let base = county.room.text("practice/base-list.csv");
    let mut lines = base.lines();
    let headings: Vec<&str> = lines.next().expect("headings").split(',').collect();
    let column = |name: &str| headings.iter().position(|h| *h == name).expect("a column");
    let (name, code, area) = (column("单位名称"), column("统一社会信用代码"), column("行政区划代码"));
    let (industry, status, kind) = (column("行业代码"), column("运行状态"), column("对象类别"));
    let mut seen = std::collections::BTreeSet::new();
    let known: Vec<String> = lines
        .map(|line| line.split(',').collect::<Vec<_>>())
        .filter(|c| c[kind].starts_with("工业") && c[status] != "关闭" && c[area].starts_with("410182"))
        .filter(|c| c[industry].starts_with('3') && seen.insert(c[code].to_owned()))
        .take(4)
        .map(|c| format!("{},{},{},{}", c[name], c[code], c[area], c[industry]))
        .collect();
    assert_eq!(known.len(), 4);
    let more = "荥阳市新发现砖厂,91130200699229617X,410182001001,3031\n新发现砖厂,91130200699229617X,410182001001,3031\n\
                荥阳市某商店,91330100799655058B,410182001001,5211\n荥阳市不明厂,,410182001001,\n";
    county
        .room
        .write("环统名单.csv", format!("单位名称,统一社会信用代码,区划代码,行业代码\n{}\n{more}", known.join("\n")));
}

#[test]
fn another_list_is_matched_added_or_rejected_row_by_row() {
    let county = County::new("recheck");
    let room = &county.room;
    room.done(&["screen"]);
    county.refused(&["recheck"], 3, &["--recheck"]);
    write_list(&county);
    room.done(&["import", "list", "环统名单.csv", "--recheck"]);
    // The same file is no base list afterwards.
    room.done(&["import", "list", "环统名单.csv"]);
    let unscreened = room.ended(&["recheck"], 1);
    let counts = |told: &serde_json::Value| {
        let counts = &told["lists"][0]["counts"];
        ["listed", "matched", "added", "rejected", "open"].map(|key| number(counts, key))
    };
    assert_eq!(counts(&unscreened), [8, 0, 0, 0, 8], "{unscreened}");

    room.done(&["match"]);
    room.done(&["screen"]);
    let screened = room.ended(&["recheck", "--by", "town", "--worklist", "待定.xlsx"], 1);
    assert_eq!(counts(&screened), [8, 4, 1, 2, 1], "{screened}");
    assert_eq!(screened["adds_up"], true);
    let towns = screened["lists"][0]["by"].as_object().expect("towns");
    assert_eq!(towns.values().map(|t| number(t, "listed")).sum::<u64>(), 8);
    assert_eq!(number(&screened["units"], "recheck"), 1, "{screened}");
    assert!(room.names().contains(&"待定.xlsx".to_owned()));

    let open = room.done(&["verdict", "list", "--list", "环统名单.csv"]);
    let row = open["rows"][0]["id"].as_str().expect("an id").to_owned();
    room.done(&["verdict", "give", &row, "not-found", "--evidence", "现场没有"]);
    let settled = room.done(&["recheck"]);
    assert_eq!(counts(&settled), [8, 4, 1, 3, 0], "{settled}");

    // A second list that has the added unit too finds it matched; the first list's counts stay.
    room.write(
        "税务名单.csv",
        "单位名称,统一社会信用代码,区划代码,行业代码\n新发现砖厂,91130200699229617X,410182001001,3031\n",
    );
    room.done(&["import", "list", "税务名单.csv", "--recheck"]);
    room.done(&["screen"]);
    let both = room.done(&["recheck"]);
    let lists = both["lists"].as_array().expect("lists");
    let of = |name: &str| lists.iter().find(|l| l["list"] == name).expect("the list")["counts"].clone();
    assert_eq!(number(&of("环统名单.csv"), "added"), 1);
    assert_eq!(number(&of("税务名单.csv"), "matched"), 1);
}
