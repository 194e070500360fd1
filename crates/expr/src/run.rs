//! Running a program: block by block, column by column.
//!
//! A block holds whole units, about a thousand home rows. Each node of the
//! graph has one buffer, used again for every block. Numbers run in 64 bits
//! where the block's largest values prove that nothing can overflow, else in
//! 128 bits with checks; an overflow is *not computable*, never a wrong value.

mod block;
mod buffer;
mod fold;
mod judge;
mod kernel;
mod node;

use std::ops::Range;

use crate::batch::Batch;
use crate::compile::{Compiled, Home, Program, ValueShape};
use crate::exact::{Decimal, Ratio};
use crate::outcome::{Keep, RuleOutcomes};

use block::Frames;
use judge::Judge;
use node::Workspace;

/// What a run depends on besides the data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Context {
    /// Days since 1970-01-01; `None`: rules that ask for today cannot be computed.
    pub today: Option<i64>,
}

/// The value of an expression on one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    Number(Ratio),
    Text(String),
    Truth(bool),
}

/// Home rows a block aims at.
const BLOCK: u32 = 1024;

impl Program {
    /// The outcomes of all rules over a batch, in the order the rules were given.
    pub fn run(&self, batch: &Batch, context: &Context) -> Vec<RuleOutcomes> {
        self.run_range(batch, context, 0..batch.units, Keep::All)
    }

    /// The outcomes over some units of a batch. Running the parts of a batch and joining the results
    /// gives what one run gives: set rules always look at the whole batch.
    pub fn run_range(&self, batch: &Batch, context: &Context, units: Range<usize>, keep: Keep) -> Vec<RuleOutcomes> {
        let mut results: Vec<Vec<RuleOutcomes>> = Vec::with_capacity(self.homes.len());
        for home in &self.homes {
            let mut judges: Vec<Judge> = home.rules.iter().map(|rule| Judge::new(rule, keep)).collect();
            each_block(home, batch, context, units.clone(), |work, frames| {
                for judge in &mut judges {
                    judge.block(work, frames);
                }
            });
            results.push(judges.into_iter().map(|judge| judge.result).collect());
        }
        self.rules
            .iter()
            .map(|place| place.map_or_else(RuleOutcomes::default, |(home, at)| std::mem::take(&mut results[home][at])))
            .collect()
    }

    /// The values of all expressions (of [`compile_values`](crate::compile::compile_values)): one list an
    /// expression, one entry a home row in order; `None` where it cannot be computed.
    pub fn values(&self, batch: &Batch, context: &Context) -> Vec<Vec<Option<Shown>>> {
        let mut results: Vec<Vec<Vec<Option<Shown>>>> = Vec::with_capacity(self.homes.len());
        for home in &self.homes {
            let mut shown = vec![Vec::new(); home.rules.len()];
            each_block(home, batch, context, 0..batch.units, |work, frames| {
                for (rule, list) in home.rules.iter().zip(&mut shown) {
                    list.extend((0..frames.home.len).map(|row| show(rule, work, row)));
                }
            });
            results.push(shown);
        }
        self.rules
            .iter()
            .map(|place| place.map_or_else(Vec::new, |(home, at)| std::mem::take(&mut results[home][at])))
            .collect()
    }
}

/// Calls `f` for every block of units that has home rows, all nodes computed.
fn each_block(
    home: &Home,
    batch: &Batch,
    context: &Context,
    units: Range<usize>,
    mut f: impl FnMut(&mut Workspace, &Frames),
) {
    let Some(Some(table)) = batch.tables.get(home.table.0 as usize) else { return };
    // Most homes have no row of a single unit: nothing is made ready for them.
    if table.offsets[units.start] == table.offsets[units.end] {
        return;
    }
    let mut work = Workspace::new(home, batch, context);
    let mut frames = Frames::new(home);
    let mut first = units.start;
    while first < units.end {
        // A block ends where it has enough home rows, or enough units without any.
        let start = table.offsets[first];
        let mut last = first;
        while last < units.end && table.offsets[last + 1] - start <= BLOCK && last - first < BLOCK as usize {
            last += 1;
        }
        let last = last.max(first + 1);
        frames.build(home, batch, first..last);
        if frames.home.len > 0 {
            work.compute(home, batch, &frames);
            f(&mut work, &frames);
        }
        first = last;
    }
}

fn show(rule: &Compiled, work: &Workspace, row: usize) -> Option<Shown> {
    if !work.has_value(rule.condition, row) {
        return None;
    }
    match rule.value? {
        ValueShape::Text => Some(Shown::Text(work.text(rule.condition, row)?.to_owned())),
        ValueShape::Truth => Some(Shown::Truth(work.truth(rule.condition).get(row)?)),
        ValueShape::Number { den, scale } => {
            let num = Decimal { units: work.number(rule.condition, row)?, scale: 0 }.to_ratio();
            let ten = Ratio::whole(10).power(-i32::from(scale))?;
            let value = &num * &ten;
            match den {
                None => Some(Shown::Number(value)),
                Some(den) => {
                    let den = Decimal { units: work.number(den, row)?, scale: 0 }.to_ratio();
                    value.divided_by(&den).map(Shown::Number)
                }
            }
        }
    }
}
