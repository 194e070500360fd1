//! Running a program: block by block, column by column.
//!
//! A block holds whole units, about a thousand home rows. Each node of the
//! graph has one buffer, used again for every block. Numbers run in 64 bits
//! where the block's largest values prove that nothing can overflow, else in
//! 128 bits with checks; an overflow is *not computable*, never a wrong value.

mod block;
mod buffer;
mod kernel;
mod node;

use std::ops::Range;

use crate::batch::Batch;
use crate::compile::{Compiled, Home, Program, ValueShape};
use crate::exact::{Decimal, Ratio};
use crate::outcome::{Counts, Place, Reason, RuleOutcomes};

use block::Frames;
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
        self.run_range(batch, context, 0..batch.units)
    }

    /// The outcomes over some units of a batch. Running the parts of a batch and joining the results
    /// gives what one run gives: set rules always look at the whole batch.
    pub fn run_range(&self, batch: &Batch, context: &Context, units: Range<usize>) -> Vec<RuleOutcomes> {
        let mut results: Vec<Vec<RuleOutcomes>> = Vec::with_capacity(self.homes.len());
        for home in &self.homes {
            let mut outcomes = vec![RuleOutcomes::default(); home.rules.len()];
            each_block(home, batch, context, units.clone(), |work, frames| {
                for (rule, result) in home.rules.iter().zip(&mut outcomes) {
                    judge(home, rule, work, frames, result);
                }
            });
            results.push(outcomes);
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

fn judge(home: &Home, rule: &Compiled, work: &Workspace, frames: &Frames, result: &mut RuleOutcomes) {
    let condition = work.truth(rule.condition);
    let guard = rule.guard.map(|g| work.truth(g));
    let len = frames.home.len;
    let mut counts = Counts::default();
    for word in 0..len.div_ceil(64) {
        let here = if (word + 1) * 64 <= len { u64::MAX } else { (1u64 << (len % 64)) - 1 };
        let absent = rule.speaks_of.iter().fold(0, |a, t| a | frames.absent(*t, word)) & here;
        let (guard_true, guard_false) = guard.map_or((here, 0), |g| (g.yes[word], g.no[word]));
        let not_applicable = absent | guard_false;
        let asked = here & !not_applicable;
        let fail = asked & guard_true & condition.no[word];
        let pass = asked & guard_true & condition.yes[word];
        let unknown = asked & !fail & !pass;
        counts.pass += u64::from(pass.count_ones());
        counts.fail += u64::from(fail.count_ones());
        counts.not_applicable += u64::from(not_applicable.count_ones());
        counts.not_computable += u64::from(unknown.count_ones());
        each_bit(fail, |bit| result.failed.push(frames.place(word * 64 + bit)));
        each_bit(unknown, |bit| {
            let row = word * 64 + bit;
            result.not_computable.push((frames.place(row), reason(home, rule, work, row)));
        });
    }
    result.counts.add(&counts);
}

fn each_bit(mut word: u64, mut f: impl FnMut(usize)) {
    while word != 0 {
        f(word.trailing_zeros() as usize);
        word &= word - 1;
    }
}

fn reason(home: &Home, rule: &Compiled, work: &Workspace, row: usize) -> Reason {
    let missing: Vec<String> =
        rule.reads.iter().filter(|(_, node)| !work.has_value(*node, row)).map(|(text, _)| text.clone()).collect();
    if !missing.is_empty() {
        return Reason::Missing(missing);
    }
    if work.overflowed(home, row) { Reason::Overflow } else { Reason::DivisionByZero }
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

/// For [`Frames::place`]: a row of the home as unit and row within the unit.
pub(crate) fn place(unit: u32, row: u32) -> Place {
    Place { unit, row }
}
