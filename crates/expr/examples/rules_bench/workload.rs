//! The workload of the rules bench: columns from a fixed seed, and each rule in three spellings.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use expr::batch::{Batch, Bits, ColumnData, TableData, Texts};
use expr::measure::Measure;
use expr::schema::{Column, ColumnType, Rows, Schema, Table};

pub const COLUMNS: usize = 40;
pub const CHILD_COLUMNS: usize = 5;

/// A rule as this language, DuckDB and Polars write it.
pub struct Rule {
    pub text: String,
    pub sql: String,
    pub polars: String,
    /// The same for the compiled loop.
    pub shape: Shape,
    /// The child sum it speaks of, if any: column, code it is restricted to.
    pub sum: Option<(usize, Option<u8>)>,
}

/// What a rule compares; columns counted from 0, limits in thousandths.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// `a + b <= c + 900`
    Sum([usize; 3]),
    /// `a == b + c + d`
    Equal([usize; 4]),
    /// `if a > 500 then b <= c + 700`
    Guarded([usize; 3]),
    /// `a <= 1.2 * b + 600`
    Ratio([usize; 2]),
    /// The sum of a child column, of all rows or of those with a code, `<= a + 800`
    Children { column: usize, code: Option<u8>, a: usize },
}

/// Deterministic numbers (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.roll() % n
    }
}

pub fn schema() -> Schema {
    let number = |code: String| Column {
        name: code.clone(),
        code,
        ty: ColumnType::Number { scale: 3 },
        measure: Measure::none(),
    };
    let table = |block: &str, rows, n: usize| Table {
        form: "U101".into(),
        block: block.into(),
        block_aliases: Vec::new(),
        rows,
        columns: (1..=n).map(|i| number(format!("{}{i:02}", if block.is_empty() { "" } else { "c" }))).collect(),
        prior_of: None,
    };
    Schema { tables: vec![table("", Rows::One, COLUMNS), table("child", Rows::Many, CHILD_COLUMNS)], lists: Vec::new() }
}

/// 80 rules on rows and 20 on sums of child rows.
pub fn rules() -> Vec<Rule> {
    let mut rules = Vec::new();
    let own = |i: usize| format!("[{:02}]", i % COLUMNS + 1);
    let sql = |i: usize| format!("a{:02}", i % COLUMNS + 1);
    let polars = |i: usize| format!("c('a{:02}')", i % COLUMNS + 1);
    let mut row = |shape: Shape, text: String, sql: String, polars: String| {
        rules.push(Rule { text, sql, polars, shape, sum: None });
    };
    for i in 0..50 {
        let (a, b, c) = (i, i * 3 + 1, i * 7 + 2);
        row(
            Shape::Sum([a, b, c].map(|i| i % COLUMNS)),
            format!("{} + {} <= {} + 900", own(a), own(b), own(c)),
            format!("{} + {} <= {} + 900", sql(a), sql(b), sql(c)),
            format!("{} + {} <= {} + 900", polars(a), polars(b), polars(c)),
        );
    }
    for i in 0..10 {
        // The equality holds in nine rows of ten: columns 1-10 are made as sums of three others.
        let (a, b, c, d) = (i, 10 + i, 20 + i, 30 + i);
        row(
            Shape::Equal([a, b, c, d]),
            format!("{} == {} + {} + {}", own(a), own(b), own(c), own(d)),
            format!("{} = {} + {} + {}", sql(a), sql(b), sql(c), sql(d)),
            format!("{} == {} + {} + {}", polars(a), polars(b), polars(c), polars(d)),
        );
    }
    for i in 0..10 {
        let (a, b, c) = (i + 3, i * 2 + 11, i * 5 + 4);
        row(
            Shape::Guarded([a, b, c].map(|i| i % COLUMNS)),
            format!("if {} > 500 then {} <= {} + 700", own(a), own(b), own(c)),
            format!("NOT ({} > 500) OR {} <= {} + 700", sql(a), sql(b), sql(c)),
            format!("~({} > 500) | ({} <= {} + 700)", polars(a), polars(b), polars(c)),
        );
    }
    for i in 0..10 {
        let (a, b) = (i + 13, i * 3 + 22);
        row(
            Shape::Ratio([a, b].map(|i| i % COLUMNS)),
            format!("{} <= 1.2 * {} + 600", own(a), own(b)),
            format!("{} <= 1.2 * {} + 600", sql(a), sql(b)),
            format!("{} <= 1.2 * {} + 600", polars(a), polars(b)),
        );
    }
    for i in 0..20 {
        let column = i % (CHILD_COLUMNS - 1);
        let code = (i % 2 == 1).then_some((i % 5) as u8);
        let limit = own(i + 8);
        let (aggregate, name) = match code {
            None => (format!("sum(U101/child[c{:02}])", column + 1), format!("s{i}")),
            Some(k) => (format!("sum(U101/child[c{:02}] where [c05] = {k})", column + 1), format!("s{i}")),
        };
        rules.push(Rule {
            text: format!("{aggregate} <= {limit} + 800"),
            sql: format!("{name} <= {} + 800", sql(i + 8)),
            polars: format!("c('{name}') <= {} + 800", polars(i + 8)),
            shape: Shape::Children { column, code, a: (i + 8) % COLUMNS },
            sum: Some((column, code)),
        });
    }
    rules
}

/// Values of all units and child rows; about 5 % missing.
pub fn batch(units: usize, dice: &mut Dice) -> Batch {
    let mut values: Vec<Vec<i64>> =
        (0..COLUMNS).map(|_| (0..units).map(|_| dice.below(1_000_000) as i64).collect()).collect();
    for i in 0..10 {
        let mut total = vec![0; units];
        for part in [10 + i, 20 + i, 30 + i] {
            for (t, v) in total.iter_mut().zip(&values[part]) {
                *t += v;
            }
        }
        for t in &mut total {
            if dice.below(10) == 0 {
                *t += 1;
            }
        }
        values[i] = total;
    }
    let mut column = |values: Vec<i64>| {
        let mut present = Bits::filled(values.len(), true);
        let mut values = values;
        for (at, value) in values.iter_mut().enumerate() {
            if dice.below(20) == 0 {
                present.set(at, false);
                *value = 0;
            }
        }
        Some(ColumnData::Number { values, present })
    };
    let parents = values.into_iter().map(&mut column).collect();
    let mut counts = Dice(7);
    let mut offsets = vec![0u32];
    for _ in 0..units {
        offsets.push(offsets[offsets.len() - 1] + counts.below(7) as u32);
    }
    let rows = offsets[units] as usize;
    let mut fill = Dice(11);
    let mut children: Vec<Option<ColumnData>> =
        (0..CHILD_COLUMNS - 1).map(|_| column((0..rows).map(|_| fill.below(500_000) as i64).collect())).collect();
    children.push(Some(ColumnData::Number {
        values: (0..rows).map(|_| fill.below(5) as i64 * 1000).collect(),
        present: Bits::filled(rows, true),
    }));
    Batch {
        units,
        tables: vec![
            Some(TableData { offsets: (0..=units as u32).collect(), columns: parents }),
            Some(TableData { offsets, columns: children }),
        ],
        texts: Texts::default(),
    }
}

/// Writes columns and rules for the rivals.
pub fn write(folder: &Path, batch: &Batch, rules: &[Rule]) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for (prefix, table) in [("a", &batch.tables[0]), ("b", &batch.tables[1])] {
        for (at, column) in table.iter().flat_map(|t| &t.columns).enumerate() {
            let Some(ColumnData::Number { values, present }) = column else { continue };
            let name = format!("{prefix}{:02}", at + 1);
            let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
            std::fs::write(folder.join(format!("{name}.i64")), bytes)?;
            let nulls: Vec<u8> = (0..values.len()).map(|r| u8::from(!present.get(r))).collect();
            std::fs::write(folder.join(format!("{name}.null")), nulls)?;
        }
    }
    let offsets = &batch.tables[1].as_ref().expect("children are there").offsets;
    let mut owners = std::io::BufWriter::new(std::fs::File::create(folder.join("owner.i64"))?);
    for unit in 0..batch.units {
        for _ in offsets[unit]..offsets[unit + 1] {
            owners.write_all(&(unit as i64).to_le_bytes())?;
        }
    }
    owners.flush()?;
    std::fs::write(folder.join("workload.json"), description(batch.units, rules))
}

fn description(units: usize, rules: &[Rule]) -> String {
    let names = |prefix: &str, n: usize| (1..=n).map(|i| format!("\"{prefix}{i:02}\"")).collect::<Vec<_>>().join(", ");
    let mut text = format!(
        "{{\"units\": {units}, \"columns\": [{}], \"child_columns\": [{}],\n\"rules\": [",
        names("a", COLUMNS),
        names("b", CHILD_COLUMNS)
    );
    for (at, rule) in rules.iter().enumerate() {
        let kind = if rule.sum.is_some() { "sum" } else { "row" };
        let comma = if at == 0 { "" } else { "," };
        let _ = write!(
            text,
            "{comma}\n {{\"kind\": \"{kind}\", \"sql\": \"{}\", \"polars\": \"{}\"}}",
            rule.sql, rule.polars
        );
    }
    text.push_str("],\n\"sums\": [");
    let sums = rules.iter().filter_map(|r| r.sum).enumerate();
    for (at, (column, code)) in sums {
        let comma = if at == 0 { "" } else { "," };
        let condition = code.map_or_else(String::new, |k| format!("b05 = {k}"));
        let polars = code.map_or_else(String::new, |k| format!("c('b05') == {k}"));
        let _ = write!(
            text,
            "{comma}\n {{\"name\": \"s{at}\", \"column\": \"b{:02}\", \"where\": \"{condition}\", \"polars_where\": \"{polars}\"}}",
            column + 1
        );
    }
    text.push_str("]}\n");
    text
}
