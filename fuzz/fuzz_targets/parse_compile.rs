//! Any text: reading, compiling, running and linting never panic, and what is read prints to what reads the same.
#![no_main]

use expr::batch::{Batch, Bits, ColumnData, TableData, Texts};
use expr::compile::{Context, Parameters, RuleText, compile, compile_values};
use expr::measure::Measure;
use expr::schema::{Column, ColumnType, List, ListId, Rows, Schema, Table, TableId};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let parsed = expr::parse::parse(text);
    if parsed.problems.is_empty() {
        let printed = expr::print::print(&parsed.tree);
        let again = expr::parse::parse(&printed);
        assert!(again.problems.is_empty(), "{printed}: {:?}", again.problems);
        assert_eq!(expr::print::print(&again.tree), printed);
    }
    let (schema, parameters) = (schema(), Parameters::default());
    let (batch, context) = (batch(), Context { today: Some(20_000) });
    for home in [TableId(0), TableId(1)] {
        let rule = [RuleText { code: "X", home, text }];
        let (program, _) = compile(&schema, &parameters, &rule);
        let whole = program.run(&batch, &context);
        let total = if program.has(0) { u64::from(home.0 + 1) * 2 } else { 0 };
        assert_eq!(whole[0].counts.total(), total);
        let _ = compile_values(&schema, &parameters, &rule).0.values(&batch, &context);
        let _ = expr::lint::lint(&schema, &parameters, &rule, &Default::default());
    }
});

/// A101 with one column of each kind, and a row block.
fn schema() -> Schema {
    let column = |(code, ty): (&str, ColumnType)| Column {
        code: code.to_owned(),
        name: code.to_owned(),
        ty,
        measure: Measure::none(),
    };
    let list = ListId(0);
    let flat = vec![
        ("01", ColumnType::Number { scale: 0 }),
        ("02", ColumnType::Number { scale: 2 }),
        ("03", ColumnType::Text),
        ("04", ColumnType::Code { list }),
        ("05", ColumnType::Codes { list }),
        ("06", ColumnType::Date),
        ("07", ColumnType::YearMonth),
        ("08.lon", ColumnType::Angle),
        ("08.lon.decimals", ColumnType::Number { scale: 0 }),
    ];
    let rows = vec![("11", ColumnType::Number { scale: 1 }), ("12", ColumnType::Code { list })];
    let table = |block: &str, rows: Rows, columns: Vec<(&str, ColumnType)>| Table {
        form: "A101".to_owned(),
        block: block.to_owned(),
        block_aliases: Vec::new(),
        rows,
        columns: columns.into_iter().map(column).collect(),
        prior_of: None,
    };
    let codes: Vec<String> = ["1", "S03"].map(str::to_owned).to_vec();
    Schema {
        tables: vec![table("", Rows::One, flat), table("row", Rows::Many, rows)],
        lists: vec![List { name: "kinds".to_owned(), names: codes.clone(), codes }],
    }
}

/// Two units: one filled with the largest numbers and two rows, one blank with two rows.
fn batch() -> Batch {
    let mut texts = Texts::default();
    let text = texts.intern("S03").0;
    let tables = schema()
        .tables
        .iter()
        .map(|table| {
            let each = if table.rows == Rows::One { 1 } else { 2 };
            let mut present = Bits::filled(each, true);
            (0..each).for_each(|_| present.push(false));
            let columns = table
                .columns
                .iter()
                .map(|column| {
                    let present = present.clone();
                    Some(match column.ty {
                        ColumnType::Text | ColumnType::Code { .. } | ColumnType::Codes { .. } => {
                            ColumnData::Text { ids: vec![text; each * 2], present }
                        }
                        _ => ColumnData::Number {
                            values: (0..each * 2).map(|row| if row < each { i64::MAX } else { 0 }).collect(),
                            present,
                        },
                    })
                })
                .collect();
            Some(TableData { offsets: vec![0, each as u32, 2 * each as u32], columns })
        })
        .collect();
    Batch { units: 2, tables, texts }
}
