//! The rules as loops written by hand for this workload: how fast the machine could be. Counts only.

use expr::batch::{Batch, Bits, ColumnData};

use crate::workload::{Rule, Shape};

type Column<'a> = (&'a [i64], &'a [u64]);

pub fn violations(batch: &Batch, rules: &[Rule]) -> Vec<u64> {
    let column = |table: usize, at: usize| -> Column {
        match batch.tables[table].as_ref().and_then(|t| t.columns[at].as_ref()) {
            Some(ColumnData::Number { values, present }) => (values, Bits::words(present)),
            _ => unreachable!("the workload has numbers only"),
        }
    };
    let own = |at: usize| column(0, at);
    rules
        .iter()
        .map(|rule| match rule.shape {
            Shape::Sum(of) => failing(of.map(own), |[a, b, c]| a + b > c + 900_000),
            Shape::Equal(of) => failing(of.map(own), |[a, b, c, d]| a != b + c + d),
            Shape::Guarded(of) => failing(of.map(own), |[a, b, c]| a > 500_000 && b > c + 700_000),
            Shape::Ratio(of) => failing(of.map(own), |[a, b]| 10 * a > 12 * b + 6_000_000),
            Shape::Children { column: at, code, a } => {
                let offsets = &batch.tables[1].as_ref().expect("children are there").offsets;
                children(column(1, at), column(1, 4), offsets, code, own(a))
            }
        })
        .collect()
}

/// Rows whose values are all there and fail.
fn failing<const N: usize>(columns: [Column; N], fails: impl Fn([i64; N]) -> bool) -> u64 {
    let mut count = 0;
    for word in 0..columns[0].1.len() {
        let mut bits = 0u64;
        let to = (word * 64 + 64).min(columns[0].0.len());
        let slices = columns.map(|(values, _)| &values[word * 64..to]);
        for bit in 0..slices[0].len() {
            bits |= u64::from(fails(slices.map(|s| s[bit]))) << bit;
        }
        let present = columns.iter().fold(u64::MAX, |all, (_, present)| all & present[word]);
        count += u64::from((bits & present).count_ones());
    }
    count
}

fn children(values: Column, codes: Column, offsets: &[u32], code: Option<u8>, a: Column) -> u64 {
    let code = code.map(|c| i64::from(c) * 1000);
    let mut count = 0;
    for unit in 0..offsets.len() - 1 {
        let (mut rows, mut filled, mut sum) = (0, 0, 0);
        for row in offsets[unit] as usize..offsets[unit + 1] as usize {
            if code.is_none_or(|c| codes.0[row] == c) {
                rows += 1;
                let present = values.1[row / 64] >> (row % 64) & 1;
                filled += present;
                sum += values.0[row] * present as i64;
            }
        }
        let limit_there = a.1[unit / 64] >> (unit % 64) & 1 == 1;
        count += u64::from(limit_there && (rows == 0 || filled > 0) && sum > a.0[unit] + 800_000);
    }
    count
}
