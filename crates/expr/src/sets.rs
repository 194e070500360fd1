//! Questions about all rows of a batch together: answered once before the rows are looked at.

use std::collections::{BTreeMap, BTreeSet};

use crate::batch::{Batch, Bits, ColumnData, TableData};
use crate::graph::SetTest;
use crate::schema::{ColumnId, TableId};

/// The columns a question reads.
pub fn columns(test: &SetTest) -> Vec<ColumnId> {
    match test {
        SetTest::Unique(of) => of.iter().map(|(c, _)| *c).collect(),
        SetTest::Complete(of) => of.clone(),
        SetTest::Same { values, by } => values.iter().chain(by).copied().collect(),
        SetTest::Lookup { of, value } => vec![*of, *value],
        SetTest::Numbers(of) => vec![*of],
        SetTest::TreeSum { value, key, parent } => vec![*value, *key, *parent],
    }
}

/// The answer for every row of the home: yes, no, or neither when a value is missing.
#[derive(Debug, Clone)]
pub struct Answers {
    pub yes: Bits,
    pub no: Bits,
}

/// A value of any column, comparable.
fn value(table: &TableData, column: u32, row: usize) -> Option<i64> {
    match table.columns.get(column as usize)?.as_ref()? {
        ColumnData::Number { values, present } => present.get(row).then(|| values[row]),
        ColumnData::Text { ids, present } => present.get(row).then(|| i64::from(ids[row])),
    }
}

fn key(table: &TableData, columns: &[ColumnId], row: usize) -> Option<Vec<i64>> {
    columns.iter().map(|c| value(table, c.column, row)).collect()
}

/// The keys of `unique`: the first item must be there; a blank in the others is a value like any other.
fn unique_keys(table: &TableData, of: &[(ColumnId, Option<u32>)], batch: &Batch, rows: usize) -> Vec<Option<Vec<i64>>> {
    let mut prefixes: BTreeMap<String, i64> = BTreeMap::new();
    let mut one = |(column, prefix): &(ColumnId, Option<u32>), row: usize| -> Option<i64> {
        let whole = value(table, column.column, row)?;
        let Some(length) = prefix else { return Some(whole) };
        let text = batch.texts.get(crate::batch::TextId(u32::try_from(whole).ok()?));
        let next = prefixes.len() as i64;
        Some(*prefixes.entry(text.chars().take(*length as usize).collect()).or_insert(next))
    };
    (0..rows)
        .map(|row| {
            one(of.first()?, row)?;
            Some(of.iter().map(|key| one(key, row).unwrap_or(i64::MIN)).collect())
        })
        .collect()
}

/// Answers a question for all rows of `home`.
pub fn answer(test: &SetTest, batch: &Batch, home: TableId) -> Answers {
    let Some(table) = &batch.tables[home.0 as usize] else {
        return Answers { yes: Bits::default(), no: Bits::default() };
    };
    let rows = *table.offsets.last().unwrap_or(&0) as usize;
    let each: Vec<Option<bool>> = match test {
        SetTest::Unique(of) => {
            let keys = unique_keys(table, of, batch, rows);
            let mut seen: BTreeMap<&Vec<i64>, u32> = BTreeMap::new();
            for key in keys.iter().flatten() {
                *seen.entry(key).or_insert(0) += 1;
            }
            keys.iter().map(|k| k.as_ref().map(|k| seen[k] == 1)).collect()
        }
        SetTest::Same { values, by } => {
            let mut groups: BTreeMap<Vec<i64>, BTreeSet<Vec<i64>>> = BTreeMap::new();
            let pairs: Vec<_> = (0..rows).map(|r| Some((key(table, by, r)?, key(table, values, r)?))).collect();
            for (by, values) in pairs.iter().flatten() {
                groups.entry(by.clone()).or_default().insert(values.clone());
            }
            pairs.iter().map(|p| p.as_ref().map(|(by, _)| groups[by].len() == 1)).collect()
        }
        SetTest::Lookup { of, value: own } => {
            let known: BTreeSet<i64> = batch.tables[of.table.0 as usize].as_ref().map_or_else(BTreeSet::new, |t| {
                let rows = *t.offsets.last().unwrap_or(&0) as usize;
                (0..rows).filter_map(|r| value(t, of.column, r)).collect()
            });
            (0..rows).map(|r| value(table, own.column, r).map(|v| known.contains(&v))).collect()
        }
        SetTest::Numbers(of) => (0..batch.units)
            .flat_map(|u| {
                let range = table.offsets[u] as usize..table.offsets[u + 1] as usize;
                let count = range.len() as i64;
                let found: Vec<_> = range.clone().map(|r| value(table, of.column, r)).collect();
                let set: BTreeSet<i64> = found.iter().flatten().copied().collect();
                let complete = set.len() == range.len() && set.first() == Some(&1) && set.last() == Some(&count);
                found.into_iter().map(move |v| v.map(|_| complete)).collect::<Vec<_>>()
            })
            .collect(),
        SetTest::Complete(of) => {
            let keys: Vec<_> = (0..rows).map(|r| key(table, of, r)).collect();
            let mut members: Vec<BTreeSet<i64>> = vec![BTreeSet::new(); of.len()];
            for key in keys.iter().flatten() {
                for (set, v) in members.iter_mut().zip(key) {
                    set.insert(*v);
                }
            }
            let all: BTreeSet<&Vec<i64>> = keys.iter().flatten().collect();
            let combinations = members.iter().try_fold(1usize, |all, one| all.checked_mul(one.len()));
            let complete = combinations == Some(all.len());
            keys.iter().map(|k| k.as_ref().map(|_| complete)).collect()
        }
        SetTest::TreeSum { value: amount, key: own, parent } => {
            let mut sums: BTreeMap<i64, Option<i128>> = BTreeMap::new();
            for row in 0..rows {
                let Some(of) = value(table, parent.column, row) else { continue };
                let part = value(table, amount.column, row).map(i128::from);
                let sum = sums.entry(of).or_insert(Some(0));
                *sum = sum.zip(part).map(|(a, b)| a + b);
            }
            (0..rows)
                .map(|r| {
                    // A row without children is a leaf: nothing to add up.
                    match sums.get(&value(table, own.column, r)?) {
                        None => Some(true),
                        Some(sum) => Some(i128::from(value(table, amount.column, r)?) == (*sum)?),
                    }
                })
                .collect()
        }
    };
    let (mut yes, mut no) = (Bits::default(), Bits::default());
    for answer in each {
        yes.push(answer == Some(true));
        no.push(answer == Some(false));
    }
    Answers { yes, no }
}
