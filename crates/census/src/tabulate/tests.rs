use std::collections::BTreeMap;

use expr::exact::Decimal;
use instrument::model::{AreaLevel, AreaRow, TableColumn, TableDefinition};

use super::*;
use crate::area::{AreaTree, Tree};
use crate::frame::Unit;
use crate::line::Figure;
use crate::review::StateKind;
use crate::sample;
use crate::sheet::{UnitSheets, Version};

fn areas() -> AreaTree {
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim().split(',').collect();
        let pad = |s: &str| if s.is_empty() { String::new() } else { format!("{s:0<12}") };
        AreaRow {
            code: pad(cells[0]),
            name: cells[1].into(),
            level: match cells[0].len() {
                2 => AreaLevel::Province,
                4 => AreaLevel::City,
                6 => AreaLevel::County,
                _ => AreaLevel::Town,
            },
            parent: pad(cells[2]),
            reports_to: pad(cells[3]),
            urban_rural: String::new(),
        }
    };
    let rows = "41,河南省,,
        4101,郑州市,41,
        410182,荥阳市,4101,
        410182001,索河街道,410182,
        410183,新密市,4101,
        410181,巩义市,4101,41";
    AreaTree::build(&rows.lines().map(row).collect::<Vec<_>>()).0
}

/// A unit with its sheets and figures, from one line:
/// `id area industry | G102 01=5 | 化学需氧量 t 10 4 [incomplete]`.
struct Given {
    unit: Unit,
    sheets: UnitSheets,
    version: Version,
    figures: Vec<Figure>,
    state: StateKind,
    passed: bool,
}

fn given(line: &str) -> Given {
    let mut parts = line.trim().split(" | ");
    let head: Vec<&str> = parts.next().unwrap_or_default().split(' ').collect();
    let mut sheets = Vec::new();
    let mut figures = Vec::new();
    for part in parts {
        let words: Vec<&str> = part.split(' ').collect();
        if part.starts_with('G') {
            sheets.push(part);
            continue;
        }
        let decimal = |text: &str| text.parse::<Decimal>().expect("a decimal");
        figures.push(Figure {
            unit: head[0].into(),
            pollutant: words[0].into(),
            measure: words[1].into(),
            generated: decimal(words[2]),
            emitted: decimal(words[3]),
            lines: 1,
            incomplete: words.get(4).map_or(0, |n| n.parse().expect("a number")),
        });
    }
    Given {
        unit: Unit {
            id: head[0].into(),
            respondent: "industrial".into(),
            name: head[0].into(),
            code: String::new(),
            area: format!("{:0<12}", head[1]),
            address: String::new(),
            industries: vec![head[2].into()],
            status: "运行".into(),
            listings: Vec::new(),
            simulated: true,
        },
        sheets: sample::unit(head[0], &sheets.join("\n")),
        version: Version { hash: format!("hash of {}", head[0]), revisions: Vec::new() },
        figures,
        state: StateKind::CountyPassed,
        passed: true,
    }
}

const UNITS: &str =
    "a 410182001 3011 | G102 01=100 facility.08=5 facility#2.08=6 | 化学需氧量 t 10 4.125 | 氨氮 kg 500 20
    b 410182 3021 | G102 01=23 | 化学需氧量 t 2.5 0.001 1
    c 410183 4430 | G101-1 14=10
    d 410181 4430 | G102 01=0 | 化学需氧量 kg 300 300";

fn definition(rows: &str, columns: &str) -> TableDefinition {
    TableDefinition {
        code: "T1".into(),
        title: "汇总".into(),
        rows: rows.split(' ').map(str::to_owned).collect(),
        columns: columns
            .split("; ")
            .map(|column| {
                let (value, unit) = column.split_once(" in ").unwrap_or((column, ""));
                TableColumn { title: value.into(), unit: unit.into(), value: value.into() }
            })
            .collect(),
        note: String::new(),
    }
}

fn make(
    definition: &TableDefinition,
    area: &str,
    tree: Tree,
    down_to: AreaLevel,
    units: &[Given],
) -> Result<TableResult, Refused> {
    let entries: Vec<Entry<'_>> = units.iter().map(entry).collect();
    let scope = Scope { area: area.parse().expect("an area"), tree, down_to };
    tabulate(&sample::instrument(""), &areas(), definition, scope, &entries)
}

fn print(table: &TableResult) -> String {
    let cell = |cell: &Cell| match cell {
        Cell::Absent => ".".to_owned(),
        Cell::Zero => "0".to_owned(),
        Cell::Value { value } => value.to_string(),
        Cell::Part { value, incomplete } => format!("{value} (-{incomplete})"),
        Cell::Withheld { .. } => "×".to_owned(),
    };
    let line = |row: &TableRow| {
        let keys: Vec<&str> = row.keys.iter().map(|k| k.name.as_str()).collect();
        let cells: Vec<String> = row.cells.iter().map(cell).collect();
        format!("{}{} = {}\n", "  ".repeat(row.depth.into()), keys.join(" "), cells.join(", "))
    };
    table.rows.iter().map(line).collect()
}

#[track_caller]
fn check(rows: &str, columns: &str, area: &str, tree: Tree, down_to: AreaLevel, expect: &str) {
    let units: Vec<Given> = UNITS.lines().map(given).collect();
    let table = make(&definition(rows, columns), area, tree, down_to, &units).map_err(|r| r.to_string());
    let table = table.expect("it is added up");
    assert_eq!(print(&table), expect);
    assert_eq!(table.proof().wrong, Vec::<String>::new());
    // The order in which units come changes nothing.
    let turned: Vec<Given> = UNITS.lines().rev().map(given).collect();
    assert_eq!(make(&definition(rows, columns), area, tree, down_to, &turned).as_ref(), Ok(&table));
}

const COLUMNS: &str = "count(units); sum(G102[01]) in m3; count(G102/facility); sum(emitted[化学需氧量]) in t";

#[test]
fn a_citys_total_has_two_meanings() {
    check(
        "area",
        COLUMNS,
        "4101",
        Tree::Code,
        AreaLevel::County,
        "\
郑州市 = 4, 123, 2, 4.426 (-1)
  巩义市 = 1, 0, 0, 0.3
  荥阳市 = 2, 123, 2, 4.126 (-1)
  新密市 = 1, ., ., .
",
    );
    check(
        "area",
        COLUMNS,
        "4101",
        Tree::Reporting,
        AreaLevel::County,
        "\
郑州市 = 3, 123, 2, 4.126 (-1)
  荥阳市 = 2, 123, 2, 4.126 (-1)
  新密市 = 1, ., ., .
",
    );
}

#[test]
fn what_lies_in_no_part_is_shown_so_that_parts_make_the_whole() {
    check(
        "area",
        "count(units); sum(G102[01]) in 10^4 m3",
        "410182",
        Tree::Code,
        AreaLevel::Town,
        "\
荥阳市 = 2, 0.0123
  索河街道 = 1, 0.01
  未分到下级 = 1, 0.0023
",
    );
}

#[test]
fn rows_by_pollutant_industry_and_both() {
    check(
        "pollutant",
        "sum(generated); sum(removed); sum(emitted)",
        "4101",
        Tree::Reporting,
        AreaLevel::County,
        "\
化学需氧量（t） = 12.5 (-1), 8.374 (-1), 4.126 (-1)
氨氮（kg） = 500, 480, 20
",
    );
    check(
        "industry",
        "count(units); sum(G101-1[14]) in h",
        "4101",
        Tree::Code,
        AreaLevel::County,
        "\
合计 = 4, 10
  非金属矿物制品业 = 2, .
  电力、热力生产和供应业 = 2, 10
",
    );
    check(
        "area industry pollutant",
        "count(units); sum(emitted)",
        "410182",
        Tree::Code,
        AreaLevel::County,
        "\
荥阳市 合计 化学需氧量（t） = 2, 4.126 (-1)
荥阳市 合计 氨氮（kg） = 2, 20
  荥阳市 非金属矿物制品业 化学需氧量（t） = 2, 4.126 (-1)
  荥阳市 非金属矿物制品业 氨氮（kg） = 2, 20
",
    );
}

#[test]
fn proof_finds_a_wrong_sum() {
    let units: Vec<Given> = UNITS.lines().map(given).collect();
    let made = make(&definition("area industry", "count(units)"), "41", Tree::Code, AreaLevel::County, &units);
    let mut table = made.expect("it is added up");
    // Six parents by area (province and city, each for total and two divisions), five by industry.
    let proof = table.proof();
    assert_eq!((proof.compared, proof.wrong), (11, Vec::new()));
    table.rows[3].cells[0] = Cell::Zero;
    assert_eq!(
        table.proof().wrong,
        ["河南省 合计 / count(units): 4 ≠ 0", "郑州市 合计 / count(units): 0 ≠ 4", "郑州市 合计 / count(units): 0 ≠ 4"]
    );
    table.rows.remove(0);
    assert!(table.proof().wrong.contains(&"410000000000 *: the row is missing".to_owned()));
}

#[track_caller]
fn refused(rows: &str, columns: &str, change: impl Fn(&mut Vec<Given>), expect: &str) {
    let mut units: Vec<Given> = UNITS.lines().map(given).collect();
    change(&mut units);
    let made = make(&definition(rows, columns), "4101", Tree::Code, AreaLevel::County, &units);
    assert_eq!(made.map(|t| print(&t)).map_err(|r| r.to_string()), Err(expect.to_owned()));
}

#[test]
fn only_what_passed_is_added_and_only_once() {
    let keep = |_: &mut Vec<Given>| {};
    refused(
        "area",
        "count(units)",
        |units| {
            units[1].passed = false;
            units[1].state = StateKind::Signed;
        },
        "unit b is signed and has not passed at level City; leave it out or pass it first",
    );
    refused("area", "count(units)", |units| units.push(given("a 410182 3011")), "unit a is given twice");
    refused(
        "area",
        "count(units)",
        |units| units[0].unit.area = "410199000000".into(),
        "area 410199000000 of unit a is not in the area table",
    );
    refused("pollutant", "sum(emitted) in m3", keep, "unit a: 化学需氧量 is given in t and in m3");
    refused(
        "area",
        "sum(emitted)",
        keep,
        "table T1: a column adds up the row's pollutant, but no row key is `pollutant`",
    );
    refused("area", "sum(G109[01])", keep, "table T1: column sum(G109[01]): no form G109; G102 exists");
    refused("area", "sum(G102[99])", keep, "table T1: column sum(G102[99]): G102 has no item [99]");
    refused("area", "sum(G101-1[01])", keep, "table T1: column sum(G101-1[01]): G101-1[01] is not a number");
    refused("area", "sum(G102[01]) in t", keep, "table T1: m3 cannot be printed in t");
    refused(
        "town",
        "count(units)",
        keep,
        "table T1: no row key `town`; area, industry, pollutant and respondent exist",
    );
}

#[test]
fn a_table_names_what_it_was_built_from_and_goes_stale() {
    let units: Vec<Given> = UNITS.lines().map(given).collect();
    let made = make(&definition("area", "count(units)"), "4101", Tree::Reporting, AreaLevel::County, &units);
    let table = made.expect("it is added up");
    let mut now = table.built_from.versions.clone();
    assert_eq!(now.keys().map(String::as_str).collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(table.built_from.stale(&now), Vec::<String>::new());
    now.insert("a".into(), "other".into());
    now.remove("c");
    now.insert("e".into(), "new".into());
    assert_eq!(table.built_from.stale(&now), ["a", "c", "e"]);
    assert!(table.simulated);
    assert_eq!(table.calibre, "按上报关系");
    let text = serde_json::to_string(&table).expect("it is plain");
    assert_eq!(serde_json::from_str::<TableResult>(&text).expect("it reads"), table);
}

fn entry(given: &Given) -> Entry<'_> {
    let Given { unit, sheets, version, figures, state, passed } = given;
    Entry { unit, state: *state, passed: *passed, version, sheets, figures }
}

#[test]
fn what_stands_out() {
    use super::signals::*;
    use expr::exact::Ratio;
    let ratio = |n, d| Ratio::of(n, d).expect("a ratio");
    let lines: Vec<String> = (1..=5)
        .map(|at| format!("u{at} 410182 3011 | G101-1 14=100 | 二氧化硫 t 9 {}", if at == 5 { 900 } else { at }))
        .collect();
    let units: Vec<Given> = lines.iter().map(|l| given(l)).collect();
    let entries: Vec<Entry<'_>> = units.iter().map(entry).collect();
    let leading: Vec<String> =
        leading_units(&entries, "二氧化硫", 2).iter().map(|(unit, x)| format!("{unit} {x}")).collect();
    assert_eq!(leading, ["u5 900", "u4 4"]);
    let say = |signals: Vec<Signal>| {
        let lines = signals.iter().map(|s| format!("{} {} {} / {}", s.subject, s.group, s.value, s.against));
        lines.collect::<Vec<_>>()
    };
    assert_eq!(say(unit_share(&entries, &ratio(1, 2))), ["u5 二氧化硫 98.9011% / 50%"]);
    let instrument = sample::instrument("");
    let outliers = |low, high| {
        let activity = ("G101-1", "", "14");
        say(industry_intensity(&instrument, &entries, "二氧化硫", activity, (&low, &high)))
    };
    // Intensities 0.01, 0.02, 0.03, 0.04, 9: the median is 0.03.
    assert_eq!(outliers(ratio(1, 5), ratio(5, 1)), ["u5 3011 9 / 0.03"]);
    assert_eq!(outliers(ratio(1, 2), ratio(400, 1)), ["u1 3011 0.01 / 0.03"]);
    let persons = |blank: &[u64]| {
        blank.iter().enumerate().map(|(at, b)| (format!("p{at:02}"), (*b, 100))).collect::<BTreeMap<_, _>>()
    };
    assert_eq!(say(blank_share(&persons(&[5, 6, 5, 4, 5, 6, 5, 4, 5, 90, 5, 5]), 3)), ["p09  90% / 12.0833%"]);
    assert_eq!(say(blank_share(&persons(&[5, 6, 5, 4]), 3)), [""; 0]);
    let digits: BTreeMap<String, Vec<u64>> = [
        ("round".to_owned(), (0..60).map(|n| 100 + n / 2 * 10).collect()),
        ("even".to_owned(), (0..60).map(|n| 100 + n).collect()),
        ("few".to_owned(), vec![100; 49]),
    ]
    .into();
    assert_eq!(say(last_digits(&digits)), ["round  540 / 27.877"]);
    let d = |text: &str| text.parse::<Decimal>().ok();
    assert_eq!(hazardous_transfer(d("100"), d("80"), &ratio(1, 5)), Some(false));
    assert_eq!(hazardous_transfer(d("100"), d("79.9"), &ratio(1, 5)), Some(true));
    assert_eq!(hazardous_transfer(None, None, &ratio(1, 5)), None);
}
