//! What is said about rules without data: rules in, findings out.

use expr::compile::{Parameters, RuleText};
use expr::exact::Ratio;
use expr::lint::{LintKind, Ranges, lint};
use expr::measure::Measure;
use expr::schema::{Column, ColumnId, ColumnType, List, ListId, Rows, Schema, Table, TableId};

/// A101: 01-05 whole numbers, 06 two decimals, 07 a code of 1, 2, A, 08 text, 09 from -50 to 50; A101/row: 21.
fn schema() -> Schema {
    let column =
        |code: &str, ty: ColumnType| Column { code: code.into(), name: code.into(), ty, measure: Measure::none() };
    let n = |scale| ColumnType::Number { scale };
    let mut columns: Vec<Column> = (1..=5).map(|i| column(&format!("0{i}"), n(0))).collect();
    columns.push(column("06", n(2)));
    columns.push(column("07", ColumnType::Code { list: ListId(0) }));
    columns.push(column("08", ColumnType::Text));
    columns.push(column("09", n(0)));
    let table = |block: &str, rows, columns| Table {
        form: "A101".into(),
        block: block.into(),
        block_aliases: Vec::new(),
        rows,
        columns,
        prior_of: None,
    };
    let codes: Vec<String> = ["1", "2", "A"].map(String::from).to_vec();
    Schema {
        tables: vec![table("", Rows::One, columns), table("row", Rows::Many, vec![column("21", n(0))])],
        lists: vec![List { name: "kinds".into(), names: codes.clone(), codes }],
    }
}

/// Rules one a line; findings as `fails 1`, `passes 1`, `applies 1`, `against 1 2`, `twice 1 2`.
#[track_caller]
fn check(rules: &str, expect: &str) {
    let texts: Vec<RuleText> =
        rules.lines().map(|text| RuleText { code: "X", home: TableId(0), text: text.trim() }).collect();
    let parameters = Parameters([("most".to_owned(), "8784".to_owned())].into());
    let bound = |n| Some(Ratio::whole(n));
    let ranges: Ranges = [(ColumnId { table: TableId(0), column: 8 }, (bound(-50), bound(50)))].into();
    let (_, problems) = expr::compile::compile(&schema(), &parameters, &texts);
    assert!(problems.is_empty(), "{problems:?}");
    let found: Vec<String> = lint(&schema(), &parameters, &texts, &ranges)
        .iter()
        .map(|one| {
            let kind = match one.kind {
                LintKind::NeverFails => "fails",
                LintKind::NeverPasses => "passes",
                LintKind::NeverApplies => "applies",
                LintKind::Contradiction => "against",
                LintKind::Duplicate => "twice",
            };
            let rules: Vec<String> = one.rules.iter().map(|at| (at + 1).to_string()).collect();
            format!("{kind} {}", rules.join(" "))
        })
        .collect();
    assert_eq!(found.join("; "), expect, "{rules}");
}

#[test]
fn what_can_never_fail() {
    check("[01] >= 0", "fails 1");
    check("[01] > 0", "");
    check("[01] + [02] >= [01]", "fails 1");
    check("[01] - [02] >= 0", "");
    check("[09] >= 0", "");
    check("[09] <= 50 and [09] * 2 >= -100", "fails 1");
    check("[07] in {1, 2, A}", "fails 1");
    check("[07] in list(kinds) or [01] = 1", "fails 1");
    check("if [01] > 5 then [01] > 3", "fails 1");
    check("if [01] > 3 then [01] > 5", "");
    check("[01] = 1 => [01] <> 2", "fails 1");
    check("[08] = \"x\" or [08] <> \"x\"", "fails 1");
    check("blank([01]) or filled([02])", "");
    check("[01] in {0..5} or [01] > 5", "fails 1");
    check("[01] in {0..5} or [01] > 6", "");
    check("[01] <= param(\"most\") or [01] > 8000", "fails 1");
}

#[test]
fn what_can_never_pass_or_apply() {
    check("[01] < 0", "passes 1");
    check("[01] > 5 and [01] < 3", "passes 1");
    check("[01] between 5 and 3", "passes 1");
    check("if [07] = 1 then [07] = 2", "passes 1");
    check("if [07] = 1 and [07] = 2 then [01] > 0", "applies 1");
    check("if [01] < 0 then [02] > 0", "applies 1");
    check("sum(A101/row[21]) > 5 and sum(A101/row[21]) < 3", "passes 1");
    check("[01] * [02] > 5 and [01] * [02] <= 5", "passes 1");
    check("[01] ~= [02] within 2 and [01] > [02] + 3", "passes 1");
    check("[01] ~= [02] within 3 and [01] >= [02] + 3", "");
    check("exists(A101/row) and not exists(A101/row)", "passes 1");
}

#[test]
fn texts_are_not_numbers() {
    check("code_prefix([08], 2) = 06 and code_prefix([08], 2) <> 6", "");
    check("code_prefix([08], 2) = 6 and code_prefix([08], 2) <> 6", "passes 1");
    check("[07] <> [08] and [08] == [07]", "passes 1");
}

#[test]
fn equality_allows_its_tolerance() {
    check("[06] = [01] and [06] > [01]", "");
    check("[06] == [01] and [06] > [01]", "passes 1");
    check("[06] = [01] and [06] > [01] + 0.005", "passes 1");
    check("[01] = [02] and [01] > [02]", "passes 1");
}

#[test]
fn rules_against_each_other() {
    check("[01] > 5\n[01] < 3", "against 1 2");
    check("[01] > 5\n[02] < 3", "");
    check("[01] == [02] + [03]\n[01] < [02]", "against 1 2");
    check("[01] == [02] + [09]\n[01] < [02]", "");
    check("if [07] = 1 then [01] > 5\nif [07] = 1 then [01] < 3", "against 1 2");
    check("if [07] = 1 then [01] > 5\nif [07] = 2 then [01] < 3", "");
    check("[07] = 1 => [01] > 5\nif [07] in {1, A} then [01] <= 5", "against 1 2");
    check("if filled([08]) then [01] > 5\nif blank([08]) then [01] < 3", "");
    check("if filled([08]) then [01] > 5\nif filled([08]) and [07] = 1 then [01] < 3", "against 1 2");
    check("if [07] in {1..2} then [01] > 5\nif [07] in {A} then [01] < 3", "");
    check("if [07] in {1..2} then [01] > 5\nif [07] = 2 then [01] < 3", "against 1 2");
    check("[01] > [02]\n[02] > [03]\n[03] > [01]\n[04] > [01]", "against 1 2 3");
    check("[01] > [02]\n[02] > [03]\n[03] < [01]", "");
    check("[07] = 1\n[07] <> 1\n[07] = 1", "against 1 2; twice 1 3");
}

#[test]
fn the_same_rule_twice() {
    check("[01] = [02]\n如果 [01] > 1 则 [02] > 1\n([01]) = ([02])\nif [01] > 1 then [02] > 1", "twice 1 3; twice 2 4");
}

#[test]
fn too_many_alternatives_are_left_alone() {
    let many: Vec<String> = (0..12).map(|n| format!("([01] = {n} or [02] = {n})")).collect();
    check(&many.join(" and "), "");
}
