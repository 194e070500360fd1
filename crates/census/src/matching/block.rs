//! Candidate pairs: rows that share a block.

use super::facet::{Facet, number};
use super::{Model, ModelError};

/// The keys of every row under every blocking rule; 0: none.
#[derive(Debug)]
pub struct Blocks {
    /// By row, then by rule: one row's keys lie together.
    keys: Vec<Facet>,
    /// Rows with a key, by rule: (key, row), ascending.
    sorted: Vec<Vec<(Facet, u32)>>,
    pub left_out: Vec<LeftOut>,
}

/// Blocks that were too large to compare all their pairs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The rule, as `name.brand + place.county`.
    pub rule: String,
    pub blocks: usize,
    /// Rows of the largest.
    pub largest: usize,
}

impl Blocks {
    /// `facets(row, comparison)`: the row's facets.
    pub fn new<'f>(
        model: &Model,
        rows: usize,
        facets: impl Fn(usize, usize) -> &'f [Facet],
    ) -> Result<Blocks, ModelError> {
        let rules = model.blocks.len();
        let mut blocks = Blocks { keys: vec![0; rows * rules], sorted: Vec::new(), left_out: Vec::new() };
        for (rule, block) in model.blocks.iter().enumerate() {
            let parts: Vec<(usize, usize)> = block.keys.iter().map(|k| model.facet(k)).collect::<Result<_, _>>()?;
            let mut numbers = Vec::with_capacity(parts.len());
            let mut keys: Vec<Facet> = (0..rows)
                .map(|row| {
                    numbers.clear();
                    numbers.extend(parts.iter().map(|(comparison, facet)| facets(row, *comparison)[*facet]));
                    if numbers.contains(&0) { 0 } else { number(&numbers) }
                })
                .collect();
            let mut sorted: Vec<(Facet, u32)> =
                keys.iter().zip(0..).filter(|(key, _)| **key != 0).map(|(key, row)| (*key, row)).collect();
            sorted.sort_unstable();
            let mut left_out = LeftOut { rule: block.keys.join(" + "), blocks: 0, largest: 0 };
            for group in sorted.chunk_by(|a, b| a.0 == b.0).filter(|g| g.len() > model.limit) {
                left_out.blocks += 1;
                left_out.largest = left_out.largest.max(group.len());
                for (_, row) in group {
                    keys[*row as usize] = 0;
                }
            }
            sorted.retain(|(_, row)| keys[*row as usize] != 0);
            if left_out.blocks > 0 {
                blocks.left_out.push(left_out);
            }
            for (row, key) in keys.into_iter().enumerate() {
                blocks.keys[row * rules + rule] = key;
            }
            blocks.sorted.push(sorted);
        }
        Ok(blocks)
    }

    /// Places in a rule's order where parts of about `size` rows begin; a block is never cut.
    pub fn parts(&self, rule: usize, size: usize) -> Vec<std::ops::Range<usize>> {
        let sorted = &self.sorted[rule];
        let mut parts = Vec::new();
        let mut start = 0;
        while start < sorted.len() {
            let mut end = (start + size).min(sorted.len());
            while end < sorted.len() && sorted[end].0 == sorted[end - 1].0 {
                end += 1;
            }
            parts.push(start..end);
            start = end;
        }
        parts
    }

    pub fn rules(&self) -> usize {
        self.sorted.len()
    }

    /// Each pair of a part, the lower row first, unless an earlier rule gives it too.
    pub fn pairs(&self, rule: usize, part: std::ops::Range<usize>, mut f: impl FnMut(u32, u32)) {
        for group in self.sorted[rule][part].chunk_by(|a, b| a.0 == b.0) {
            for (at, (_, a)) in group.iter().enumerate() {
                for (_, b) in &group[at + 1..] {
                    let earlier = |row: u32| &self.keys[row as usize * self.rules()..][..rule];
                    let given = |(a, b): (&Facet, &Facet)| *a != 0 && a == b;
                    if !earlier(*a).iter().zip(earlier(*b)).any(given) {
                        f(*a, *b);
                    }
                }
            }
        }
    }
}
