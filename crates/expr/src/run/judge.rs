//! From the truth of conditions to outcomes: counted, and where asked for, row by row.

use std::collections::HashMap;

use crate::compile::Compiled;
use crate::outcome::{Keep, Reason, RuleOutcomes};

use super::block::Frames;
use super::buffer;
use super::node::Workspace;

/// One rule's outcomes so far.
#[derive(Debug)]
pub struct Judge<'h> {
    rule: &'h Compiled,
    keep: Keep,
    /// The items a row lacks, one bit each in the order of the rule's reads → the reason's number.
    lacks: HashMap<u64, u32>,
    pub result: RuleOutcomes,
}

impl<'h> Judge<'h> {
    pub fn new(rule: &'h Compiled, keep: Keep) -> Judge<'h> {
        Judge { rule, keep, lacks: HashMap::new(), result: RuleOutcomes::default() }
    }

    /// Adds the outcomes of a block.
    pub fn block(&mut self, work: &Workspace, frames: &Frames) {
        let condition = work.truth(self.rule.condition);
        let guard = self.rule.guard.map(|g| work.truth(g));
        let len = frames.home.len;
        for word in 0..len.div_ceil(64) {
            let here = if (word + 1) * 64 <= len { u64::MAX } else { (1u64 << (len % 64)) - 1 };
            let absent = self.rule.speaks_of.iter().fold(0, |a, t| a | frames.absent(*t, word)) & here;
            let (guard_true, guard_false) = guard.map_or((here, 0), |g| (g.yes[word], g.no[word]));
            let not_applicable = absent | guard_false;
            let asked = here & !not_applicable;
            let fail = asked & guard_true & condition.no[word];
            let pass = asked & guard_true & condition.yes[word];
            let unknown = asked & !fail & !pass;
            let counts = &mut self.result.counts;
            counts.pass += u64::from(pass.count_ones());
            counts.fail += u64::from(fail.count_ones());
            counts.not_applicable += u64::from(not_applicable.count_ones());
            counts.not_computable += u64::from(unknown.count_ones());
            if self.keep >= Keep::Failed {
                each_bit(fail, |bit| self.result.failed.push(frames.place(word * 64 + bit)));
            }
            if self.keep == Keep::All && unknown != 0 {
                self.unknown(unknown, word, work, frames);
            }
        }
    }

    /// Lists rows of one word that could not be computed.
    fn unknown(&mut self, rows: u64, word: usize, work: &Workspace, frames: &Frames) {
        let reads = &self.rule.reads;
        let absent: Vec<u64> = reads.iter().map(|(_, node)| !work.present(*node, word)).collect();
        each_bit(rows, |bit| {
            let lacking = || absent.iter().enumerate().filter(|(_, words)| *words >> bit & 1 == 1).map(|(at, _)| at);
            let list = &mut self.result.not_computable;
            let missing = || Reason::Missing(lacking().map(|at| reads[at].0.clone()).collect());
            let reason = if lacking().next().is_none() {
                let nodes = [Some(self.rule.condition), self.rule.guard];
                let overflow = nodes.iter().flatten().any(|n| buffer::bit(&work.truth(*n).overflow, word * 64 + bit));
                list.number(if overflow { Reason::Overflow } else { Reason::DivisionByZero })
            } else if reads.len() > 64 {
                list.number(missing())
            } else {
                let mask = lacking().fold(0, |mask, at| mask | 1 << at);
                *self.lacks.entry(mask).or_insert_with(|| list.number(missing()))
            };
            list.push(frames.place(word * 64 + bit), reason);
        });
    }
}

fn each_bit(mut word: u64, mut f: impl FnMut(usize)) {
    while word != 0 {
        f(word.trailing_zeros() as usize);
        word &= word - 1;
    }
}
