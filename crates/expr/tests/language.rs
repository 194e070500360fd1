//! What rules mean: a rule and a small table of units in, outcomes out.

use std::collections::BTreeMap;

use expr::batch::{Batch, Bits, ColumnData, TableData, Texts};
use expr::compile::{Context, Parameters, RuleText, compile};
use expr::measure::Measure;
use expr::schema::{Column, ColumnType, List, ListId, Period, Rows, Schema, Table, TableId};

/// Form A: flat 01-05 (m3, whole), 06 (t, 2 decimals), 07 code, 08 text, 09 date, 10.lon/10.lat, 11 codes;
/// block A/row: 21 (m3), 22 code, 23 (t, 2 decimals), 24 h, 25 m3/d. Form B: flat 01 (h), 02 kg 3 decimals.
fn schema() -> Schema {
    let column = |code: &str, ty: ColumnType, unit: &str| Column {
        code: code.into(),
        name: code.into(),
        ty,
        measure: Measure::parse(unit).expect("a unit"),
    };
    let n = |scale| ColumnType::Number { scale };
    let code = ColumnType::Code { list: ListId(0) };
    let table = |form: &str, block: &str, rows, columns| Table {
        form: form.into(),
        block: block.into(),
        block_aliases: if block.is_empty() { Vec::new() } else { vec!["行".into()] },
        rows,
        columns,
        prior_of: None,
    };
    let mut flat: Vec<Column> = (1..=5).map(|i| column(&format!("0{i}"), n(0), "m3")).collect();
    flat.extend([
        column("06", n(2), "t"),
        column("07", code.clone(), ""),
        column("08", ColumnType::Text, ""),
        column("09", ColumnType::Date, ""),
        column("10.lon", ColumnType::Angle, ""),
        column("10.lat", ColumnType::Angle, ""),
        column("10.lon.decimals", n(0), ""),
        column("11", ColumnType::Codes { list: ListId(0) }, ""),
        column("H2", ColumnType::Text, ""),
    ]);
    let rows = vec![
        column("21", n(0), "m3"),
        column("22", code, ""),
        column("23", n(2), "t"),
        column("24", n(0), "h"),
        column("25", n(0), "m3/d"),
    ];
    let other = vec![column("01", n(0), "h"), column("02", n(3), "kg")];
    let mut tables = vec![
        table("A101", "", Rows::One, flat),
        table("A101", "row", Rows::Many, rows),
        table("B101", "", Rows::One, other),
    ];
    let twin = Table { prior_of: Some((TableId(0), Period::LastYear)), ..tables[0].clone() };
    tables.push(twin);
    Schema {
        tables,
        lists: vec![List {
            name: "kinds".into(),
            codes: ["1", "2", "A", "B", "S03"].map(String::from).to_vec(),
            names: ["一", "二", "甲", "乙", "湿法"].map(String::from).to_vec(),
        }],
    }
}

/// One unit: table → rows → column → value as text.
type Unit = BTreeMap<usize, Vec<BTreeMap<String, String>>>;

/// `A 01=5 02=; row 21=3 | 21=4; B 01=7; prior 01=3` with `//` between units.
fn units(text: &str) -> Vec<Unit> {
    let row = |text: &str| -> BTreeMap<String, String> {
        text.split_whitespace().filter_map(|w| w.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
    };
    text.split("//")
        .map(|unit| {
            let mut tables = Unit::new();
            for part in unit.split(';').map(str::trim).filter(|p| !p.is_empty()) {
                let (name, rest) = part.split_once(' ').unwrap_or((part, ""));
                let at = match name {
                    "A" => 0,
                    "row" => 1,
                    "B" => 2,
                    "prior" => 3,
                    other => panic!("no table {other}"),
                };
                tables.insert(at, rest.split('|').map(row).collect());
            }
            tables
        })
        .collect()
}

fn batch(schema: &Schema, units: &[Unit]) -> Batch {
    let mut texts = Texts::default();
    let tables = schema
        .tables
        .iter()
        .enumerate()
        .map(|(at, table)| {
            let mut offsets = vec![0u32];
            let mut rows = Vec::new();
            for unit in units {
                rows.extend(unit.get(&at).into_iter().flatten());
                offsets.push(rows.len() as u32);
            }
            let columns = table
                .columns
                .iter()
                .map(|column| {
                    let text =
                        |row: &BTreeMap<String, String>| row.get(&column.code).filter(|t| !t.is_empty()).cloned();
                    let mut present = Bits::default();
                    let given: Vec<Option<String>> = rows.iter().map(|r| text(r)).collect();
                    for value in &given {
                        present.push(value.is_some());
                    }
                    Some(match column.ty {
                        ColumnType::Text | ColumnType::Code { .. } | ColumnType::Codes { .. } => ColumnData::Text {
                            ids: given.iter().map(|v| v.as_ref().map_or(0, |v| texts.intern(v).0)).collect(),
                            present,
                        },
                        ColumnType::Number { scale } => ColumnData::Number {
                            values: given.iter().map(|v| v.as_ref().map_or(0, |v| scaled(v, scale))).collect(),
                            present,
                        },
                        _ => ColumnData::Number {
                            values: given.iter().map(|v| v.as_ref().map_or(0, |v| v.parse().expect("whole"))).collect(),
                            present,
                        },
                    })
                })
                .collect();
            Some(TableData { offsets, columns })
        })
        .collect();
    Batch { units: units.len(), tables, texts }
}

fn scaled(text: &str, scale: u8) -> i64 {
    let decimal: expr::exact::Decimal = text.parse().expect("a decimal");
    decimal.rescale(scale).expect("fits").units.try_into().expect("fits")
}

/// `P` pass, `F` fail, `-` not applicable, `?` not computable; one letter a home row.
#[track_caller]
fn check_at(home: &str, rule: &str, data: &str, expect: &str) {
    let schema = schema();
    let home = schema.table("A101", home).expect("a block");
    let parameters = Parameters([("limit".to_owned(), "10 m3".to_owned())].into());
    let (program, problems) = compile(&schema, &parameters, &[RuleText { code: "X", home, text: rule }]);
    if let Some((_, problem)) = problems.first() {
        assert_eq!(problem.to_string(), expect, "{rule}");
        return;
    }
    let units = units(data);
    let batch = batch(&schema, &units);
    let context = Context { today: Some(20_000) };
    let whole = program.run(&batch, &context);
    let rows: usize = units.iter().map(|u| u.get(&(home.0 as usize)).map_or(0, Vec::len)).sum();
    let found = &whole[0];
    let mut letters = vec!['.'; rows];
    let offsets = &batch.tables[home.0 as usize].as_ref().expect("laid out").offsets;
    for place in &found.failed {
        letters[(offsets[place.unit as usize] + place.row) as usize] = 'F';
    }
    for (place, _) in found.not_computable.iter() {
        letters[(offsets[place.unit as usize] + place.row) as usize] = '?';
    }
    let rest = if found.counts.not_applicable == 0 {
        'P'
    } else if found.counts.pass == 0 {
        '-'
    } else {
        '*'
    };
    let got: String = letters.iter().map(|c| if *c == '.' { rest } else { *c }).collect();
    let reasons: Vec<String> = found.not_computable.iter().map(|(_, r)| format!("{r:?}")).collect();
    assert_eq!(got, expect, "{rule}\n{data}\n{reasons:?}");
    assert_eq!(found.counts.total(), rows as u64);

    // The parts of a batch give what the whole gives.
    let mut joined = expr::RuleOutcomes::default();
    for unit in 0..units.len() {
        let part = program.run_range(&batch, &context, unit..unit + 1, expr::Keep::All).remove(0);
        joined.append(part);
    }
    assert_eq!(&joined, found, "{rule} in parts");
}

#[track_caller]
fn check(rule: &str, data: &str, expect: &str) {
    check_at("", rule, data, expect);
}

#[test]
fn sums_and_missing() {
    check("[01] = [02] + [03]", "A 01=10 02=6 03=4 // A 01=10 02=6 03=3 // A 01=10 02=6", "PF?");
    check("[01] = sum([02..05])", "A 01=10 02=6 03=4 // A 01=10 02=6 // A 01=0", "PF?");
    check("[01] + 1 > [02]", "A 01=1 02=2", "F");
    check("-[01] < 0", "A 01=1 // A 01=0", "PF");
}

#[test]
fn rounding_of_equal() {
    check("[06] = sum(A101/row[23])", "A 06=1.00; row 23=0.33 | 23=0.33 | 23=0.33", "P");
    check("[06] = sum(A101/row[23])", "A 06=1.03; row 23=0.33 | 23=0.33 | 23=0.33", "F");
    check("[06] == sum(A101/row[23])", "A 06=1.00; row 23=0.33 | 23=0.33 | 23=0.33", "F");
    check("[01] = sum(A101/row[21])", "A 01=10; row 21=3 | 21=6", "F");
    check("[06] = 0.5", "A 06=0.50 // A 06=0.51", "PF");
}

#[test]
fn guards_and_logic() {
    check("if [07] = 1 then [01] > 0", "A 07=1 01=5 // A 07=1 01=0 // A 07=1 // A 01=1", "PF??");
    check("if [07] = 1 then [01] > 0", "A 07=2 01=0", "-");
    check("[07] = 1 <=> exists(B101)", "A 07=1; B 01=1 // A 07=2 // A 07=1 // A 07=2; B 01=1 // A 01=1", "PPFF?");
    check("[01] > 0 or [02] > 0", "A 01=1 // A 01=0 // A 01=0 02=0", "P?F");
    check("[01] > 0 and [02] > 0", "A 01=1 // A 01=0 // A 01=1 02=1", "?FP");
    check("not ([01] = 1)", "A 01=1 // A 01=2 // A 02=1", "FP?");
    check("filled([01]) and blank([02])", "A 01=1 // A 02=1", "PF");
}

#[test]
fn other_forms() {
    check("[01] * 1 h / 1 m3 <= B101[01]", "A 01=5; B 01=6 // A 01=7; B 01=6", "PF");
    check("[01] > 0 => B101[01] > 0", "A 01=5", "-");
    check("[01] >= prior([01])", "A 01=5; prior 01=4 // A 01=3; prior 01=4", "PF");
    check("[01] >= prior([01])", "A 01=5", "-");
    check("[01] ~= prior([01]) within 50%", "A 01=5; prior 01=4 // A 01=9; prior 01=4", "PF");
    check("[01] ~= [02] within 3 m3", "A 01=5 02=8 // A 01=5 02=9", "PF");
}

#[test]
fn rows() {
    check_at("row", "[21] <= [25] / 24 h/d * [24]", "A; row 21=24 24=24 25=24 | 21=25 24=24 25=24", "PF");
    check_at("row", "[21] <= [01]", "A 01=5; row 21=4 | 21=6 // A 01=1; row 21=1", "PFP");
    check("count(A101/row) = 2", "A; row 21=1 | 21= // A // A; row 21=1", "PFF");
    check("exists(A101/row where [22] = A)", "A; row 22=A // A; row 22=B // A", "PFF");
    check("sum([21] where [22] in {1, 2}) <= [01]", "A 01=5; row 21=5 22=1 | 21=9 22=A", "P");
    check("every(A101/row[21] > 0)", "A; row 21=1 | 21=2 // A; row 21=1 | 21=0 // A // A; row 21=1 | 22=A", "PFP?");
    check("max(A101/行[21]) <= [01]", "A 01=5; row 21=5 | 21=3 // A 01=4; row 21=5 // A 01=1", "PF?");
    check_at(
        "row",
        "[21] = sum(A101/row[23] where [22] = this[22]) * 1 m3 / 1 t",
        "A; row 21=3 22=A 23=1.00 | 21=3 22=A 23=2.00 | 21=4 22=B 23=5.00",
        "PPF",
    );
    check_at("row", "count(A101/row where [22] = this[22]) = 1", "A; row 22=A | 22=B | 22=A", "FPF");
}

#[test]
fn several_items() {
    check("count([01..05]) = 5", "A 01=1 02=1 03=1 04=1 05=1 // A 01=1", "PF");
    check("every([01..03] in {1, 2})", "A 01=1 02=2 03=1 // A 01=1 02=3 03=1 // A 01=1", "PF?");
    check("[01] <= max([02], [03])", "A 01=3 02=1 03=4 // A 01=3 02=1", "PF");
    check("or_zero([01]) + or_zero([02]) = 0", "A 03=1 // A 01=1", "PF");
}

#[test]
fn quotients_are_never_rounded() {
    check("[01] / [02] = 1 / 3", "A 01=1 02=3 // A 01=333 02=1000", "PF");
    check("[01] / [02] <= 0.5", "A 01=1 02=2 // A 01=2 02=3 // A 01=1 02=0 // A 01=-1 02=-2", "PF?P");
    check("round([01] / [02], 2) = 0.33", "A 01=1 02=3 // A 01=1 02=2", "PF");
    check("[06] / [01] between 0.1 t/m3 and 0.2 t/m3", "A 06=1.50 01=10 // A 06=1.50 01=100", "PF");
}

#[test]
fn quotients_keep_their_sign_and_their_zeros() {
    check("abs([01] / [02]) = 2", "A 01=4 02=-2", "P");
    check("[01] / [02] ~= [03] / [04] within 10%", "A 01=4 02=-2 03=8 04=4 // A 01=4 02=-2 03=8 04=-4", "FP");
    check("[01] / ([02] / [03]) = 0", "A 01=1 02=1 03=0 // A 01=0 02=1 03=1", "?P");
    check("filled([01] / [02])", "", "quotient: ask for the parts of a quotient, or round it");
}

#[test]
fn blanks_in_calculated_values() {
    check("or_zero([01] + [02]) = 0", "A 01=5 // A 01=5 02=1", "PF");
    check("or_zero(month([09])) = 0", "A 01=1 // A 09=20000", "PF");
}

#[test]
fn bounds_of_a_set_are_not_rounded() {
    check("[01] in {1.5, 2.5..3.5}", "A 01=2 // A 01=3 // A 01=4 // A 01=1", "FPFF");
    check("[01] in {-1.5..-0.5}", "A 01=-1 // A 01=-2 // A 01=0", "PFF");
}

#[test]
fn a_unit_ends_before_the_bracket_of_the_rule() {
    check_at("row", "([25] / 24 h/d) * [24] >= 1 m3", "A; row 25=24 24=1 | 25=1 24=1", "PF");
    check_at("row", "(2 m3/d) <= [25]", "A; row 25=2 | 25=1", "PF");
    check_at("row", "([24] >= [24] * 1 d/d)", "A; row 24=1", "P");
}

#[test]
fn texts_and_codes() {
    check("[08] in {\"水\", 气}", "A 08=水 // A 08=气 // A 08=土 // A 01=1", "PPF?");
    check("[11] has any {S03}", "A 11=S03 // A 11=A", "PF");
    check("matches([08], \"[0-9]{3}\")", "A 08=123 // A 08=1234", "PF");
    check("len([08]) = 2", "A 08=水气 // A 08=水", "PF");
    check("code_prefix([08], 2) in {06..46}", "A 08=3011 // A 08=4710 // A 08=0610", "PFP");
    check("[08] = name(kinds, [07])", "A 07=A 08=甲 // A 07=A 08=乙", "PF");
    check("[07] in list(kinds)", "A 07=A // A 07=Z", "PF");
    check("uscc_valid(H[2])", "A H2=91350100M000100Y43 // A H2=91350100M000100Y44", "PF");
    check("[07] <> A", "A 07=A // A 07=B", "FP");
}

#[test]
fn dates_and_places() {
    check("[09] >= 2024-10-04 and [09] <= today()", "A 09=20000 // A 09=20001 // A 09=19999", "PFF");
    check("month([09]) = 10", "A 09=20000", "P");
    check("[10.lon] between 73 and 136", "A 10.lon=4068000000 // A 10.lon=468000000", "PF");
    check("decimals([10.lon]) <= 2", "A 10.lon.decimals=2 // A 10.lon.decimals=3", "PF");
    let points = "A 10.lon=4068000000 10.lat=1252800000";
    check(
        "distance([10.lon], [10.lat], [10.lon], [10.lat]) <= 5 km",
        points,
        "measure: cannot compare `m` and `km`; they differ by the factor 1000 (缺少换算); write convert(…, \"m\") around the second, or \"km\" around the first",
    );
    check("distance([10.lon], [10.lat], [10.lon], [10.lat]) <= 5 m", points, "P");
}

#[test]
fn sets_of_units() {
    check("unique([08])", "A 08=x // A 08=y // A 08=x // A 01=1", "FPF?");
    check("same([01] by [08])", "A 01=1 08=x // A 01=1 08=x // A 01=2 08=y // A 01=3 08=y", "PPFF");
    check("complete([07], [08])", "A 07=1 08=x // A 07=2 08=x // A 07=1 08=y", "FFF");
    check("complete([07], [08])", "A 07=1 08=x // A 07=2 08=x // A 07=1", "PP?");
    check("lookup(A101/row[22], [07])", "A 07=A; row 22=B // A 07=B; row 22=B", "FP");
    check_at("row", "numbers([21])", "A; row 21=1 | 21=2 // A; row 21=1 | 21=3", "PPFF");
}

#[test]
fn limits_and_units() {
    check("[01] <= param(\"limit\")", "A 01=10 // A 01=11", "PF");
    check("convert([06], \"kg\") >= [01] * 1 kg/m3", "A 06=1.00 01=1000 // A 06=1.00 01=1001", "PF");
    check(
        "[06] = B101[02]",
        "",
        "measure: cannot compare `t` and `kg`; they differ by the factor 0.001 (缺少换算); write convert(…, \"t\") around the second, or \"kg\" around the first",
    );
    check("[01] + [06] > 0", "", "measure: cannot add `m3` and `t`");
    check("[07] = Q", "", "unknown-code: `Q` is not a code of list `kinds`; did you mean `1`?");
    check("[99] = 1", "", "unknown-item: form `A101` has no item `99`; did you mean `09`?");
    check("A102[01] = 1", "", "unknown-form: no form or block `A102`; did you mean `A101`?");
    check(
        "[21] > 1",
        "",
        "many-rows: `[21]` has many rows a unit; only an aggregate can read it from here; write sum(A101/row[21]), or another aggregate",
    );
    check("[01] + [02]", "", "type: a condition was expected, this is a value; compare it with something");
    check("summ([01..05]) = 1", "", "unknown-function: no function `summ`; did you mean `sum`?");
    check("[09] <= 2018-02-31", "", "date: `2018-02-31` is not a date");
    check("[07] + 1 = 2", "", "type: a number was expected, this is a text or a code");
}

#[test]
fn overflow_is_not_computable() {
    let big = i64::MAX;
    check("[01] * [02] * [03] * [04] > 0", &format!("A 01={big} 02={big} 03={big} 04={big}"), "?");
    check("[01] + [02] > 0", &format!("A 01={big} 02={big}"), "P");
    let four = format!("A 01={big} 02={big} 03={big} 04={big}");
    // An overflow is no blank: what skips, counts or fills blanks does not.
    check("sum([01] * [02] * [03] * [04], [02] * [03] * [04] * [05]) > 0", &four, "?");
    check("count([01] * [02] * [03] * [04], [02] * [03] * [04] * [05]) = 0", &four, "?");
    check("or_zero([01] * [02] * [03] * [04]) = 0", &four, "?");
    let cube = "A101/row[21] * A101/row[21] * A101/row[21]";
    let rows = format!("A 01=1; row 21=1 | 21={big}");
    check(&format!("sum({cube}) > 0"), &rows, "?");
    check(&format!("count({cube}) = 1"), &rows, "?");
    check(&format!("exists({cube} > 8)"), &rows, "?");
    check(&format!("sum({cube} where A101/row[21] < 2) > 0"), &rows, "P");
    // What is decided without it stays decided.
    check("[01] * [02] * [03] * [04] > 0 or [01] > 0", &four, "P");
}

const MANUAL: &str = include_str!("../../../docs/language.md");

#[test]
fn the_manual_names_every_function() {
    for function in expr::compile::FUNCTIONS {
        let named = MANUAL.contains(&format!("`{function}(")) || MANUAL.contains(&format!("`{function}`"));
        assert!(named, "docs/language.md does not name {function}()");
    }
}

/// The blocks ```` ```rule A101 ```` of the manual, each line a rule of that home.
#[test]
fn the_examples_of_the_manual_compile() {
    let schema = schema();
    let parameters = Parameters([("limit".to_owned(), "10 m3".to_owned())].into());
    let mut seen = 0;
    for block in MANUAL.split("```rule ").skip(1) {
        let (home, rest) = block.split_once('\n').expect("a home");
        let (form, block) = home.split_once('/').unwrap_or((home, ""));
        let home = schema.table(form, block).expect("a table");
        for text in rest.split("```").next().unwrap_or("").lines() {
            let (program, problems) = compile(&schema, &parameters, &[RuleText { code: "X", home, text }]);
            assert!(program.has(0) && problems.is_empty(), "{text}: {problems:?}");
            seen += 1;
        }
    }
    assert!(seen > 30, "{seen} examples");
}
