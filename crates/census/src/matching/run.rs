//! A whole run: rows in, scored pairs out.

use std::collections::BTreeMap;

#[cfg(feature = "parallel")]
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::block::{Blocks, LeftOut};
use super::compare::{Side, Texts, compare};
use super::facet::{Facet, Kept, cut};
use super::learn::{Learned, Pattern, Tally, chance, frequency_weight, learn, level};
use super::{Model, ModelError, Vocabulary};

/// Texts of many rows, column by column within a row.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    columns: Vec<String>,
    text: String,
    ends: Vec<usize>,
    /// The list each row came from.
    lists: Vec<u16>,
}

impl Rows {
    pub fn new(columns: &[&str]) -> Rows {
        Rows { columns: columns.iter().map(|c| (*c).to_owned()).collect(), ..Rows::default() }
    }

    /// Adds a row with one cell a column.
    pub fn push<'c>(&mut self, list: u16, cells: impl IntoIterator<Item = &'c str>) {
        let before = self.ends.len();
        for cell in cells {
            self.text.push_str(cell);
            self.ends.push(self.text.len());
        }
        assert_eq!(self.ends.len() - before, self.columns.len(), "one cell a column");
        self.lists.push(list);
    }

    pub fn len(&self) -> usize {
        self.lists.len()
    }

    pub fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    pub fn list(&self, row: usize) -> u16 {
        self.lists[row]
    }

    pub fn cell(&self, row: usize, column: usize) -> &str {
        let at = row * self.columns.len() + column;
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.text[start..self.ends[at]]
    }
}

/// A candidate pair and what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    pub a: u32,
    pub b: u32,
    /// Level of each comparison, four bits each, the first lowest; 0: missing.
    pub pattern: Pattern,
    /// Thousandths of a bit, prior included: above 0 it is likelier one unit than two.
    pub weight: i32,
    pub ruling: Ruling,
}

/// What the model's rules say of a pair, whatever its weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ruling {
    /// The weight decides.
    Free,
    /// A person decides.
    Doubt,
    /// Never one unit.
    Never,
}

impl Match {
    /// The chance that both rows are one unit, in millionths.
    pub fn chance(&self) -> u32 {
        if self.ruling == Ruling::Never { 0 } else { chance(self.weight) }
    }

    /// Joined without a person.
    pub fn certain(&self, threshold: i32) -> bool {
        self.ruling == Ruling::Free && self.weight >= threshold
    }
}

/// What a run found.
#[derive(Debug)]
pub struct Matched {
    /// Candidates with at least the weight asked for, by rows.
    pub matches: Vec<Match>,
    pub learned: Learned,
    /// Pairs that were compared.
    pub compared: u64,
    pub left_out: Vec<LeftOut>,
}

/// Random pairs drawn to learn how strangers agree.
const DRAWN: u64 = 1_000_000;

/// Matches rows. With `across_only`, rows of one list are never compared with each other. Pairs lighter than
/// `lightest` (thousandths of a bit) are not kept.
/// `weights` are used instead of learning where they are given: a short list has nothing to learn from.
pub fn matched(
    model: &Model,
    vocabulary: &Vocabulary,
    rows: &Rows,
    across_only: bool,
    lightest: i32,
    weights: Option<&Learned>,
) -> Result<Matched, ModelError> {
    let prepared = Prepared::new(model, vocabulary, rows)?;
    let blocks = Blocks::new(model, rows.len(), |row, comparison| prepared.facets(row, comparison))?;
    let rulings = Rulings::new(model)?;
    let ruling = |pattern: Pattern| rulings.of(pattern);
    let may = |a: u32, b: u32| !across_only || rows.list(a as usize) != rows.list(b as usize);
    let mut pairs: Vec<(u32, u32, Pattern)> = Vec::new();
    for rule in 0..blocks.rules() {
        let part = |part: std::ops::Range<usize>| {
            let mut found = Vec::new();
            blocks.pairs(rule, part, |a, b| {
                if may(a, b) {
                    found.push((a, b, prepared.pattern(model, a as usize, b as usize)));
                }
            });
            found
        };
        let parts = blocks.parts(rule, 16_384);
        #[cfg(feature = "parallel")]
        let found: Vec<Vec<_>> = parts.into_par_iter().map(part).collect();
        #[cfg(not(feature = "parallel"))]
        let found: Vec<Vec<_>> = parts.into_iter().map(part).collect();
        pairs.extend(found.into_iter().flatten());
    }
    let frequencies = Frequencies::new(model, &prepared);
    let possible = possible(rows, across_only);
    let learned = match weights {
        Some(weights) => weights.for_list(rows.len(), possible),
        None => {
            let candidates = tally(pairs.iter().map(|(_, _, pattern)| *pattern));
            let drawn = strangers(rows.len()).filter(|(a, b)| may(*a, *b));
            let random = tally(drawn.map(|(a, b)| prepared.pattern(model, a as usize, b as usize)));
            learn(
                model.comparisons.len(),
                &candidates,
                &random,
                possible,
                |pattern| ruling(pattern) != Ruling::Free,
                |c, l| frequencies.of[c].get(l.wrapping_sub(1))?.as_ref().map(|f| f.agree),
                |c, l| model.comparisons[c].kind.levels().get(l - 1).is_some_and(|level| level.agrees),
            )
        }
    };
    let weigh = |(a, b, pattern): &(u32, u32, Pattern)| Match {
        a: *a.min(b),
        b: *a.max(b),
        pattern: *pattern,
        weight: frequencies.weight(&prepared, &learned, *a as usize, *pattern),
        ruling: ruling(*pattern),
    };
    #[cfg(feature = "parallel")]
    let mut matches: Vec<Match> = pairs.par_iter().map(weigh).filter(|m| m.weight >= lightest).collect();
    #[cfg(not(feature = "parallel"))]
    let mut matches: Vec<Match> = pairs.iter().map(weigh).filter(|m| m.weight >= lightest).collect();
    matches.sort_unstable_by_key(|m| (m.a, m.b));
    Ok(Matched { matches, learned, compared: pairs.len() as u64, left_out: blocks.left_out })
}

/// Lists without doubles of their own, ascending: two rows or more, each with the model's `register` facet, none of them
/// the same. A cluster takes at most one row of such a list.
pub fn registers(model: &Model, vocabulary: &Vocabulary, rows: &Rows) -> Result<Vec<u16>, ModelError> {
    if model.register.is_empty() {
        return Ok(Vec::new());
    }
    let (comparison, facet) = model.facet(&model.register)?;
    let kind = model.comparisons[comparison].kind;
    let columns = &model.comparisons[comparison].columns;
    let at: Vec<Option<usize>> = columns.iter().map(|name| rows.columns.iter().position(|c| c == name)).collect();
    let mut seen: BTreeMap<u16, Vec<Facet>> = BTreeMap::new();
    for row in 0..rows.len() {
        let cells: Vec<&str> = at.iter().map(|column| column.map_or("", |c| rows.cell(row, c))).collect();
        seen.entry(rows.list(row)).or_default().push(cut(kind, &cells, vocabulary).facets[facet]);
    }
    let without_doubles = |facets: &mut Vec<Facet>| {
        facets.sort_unstable();
        facets.len() > 1 && facets[0] != 0 && facets.windows(2).all(|w| w[0] != w[1])
    };
    Ok(seen.into_iter().filter_map(|(list, mut facets)| without_doubles(&mut facets).then_some(list)).collect())
}

/// The pattern of two rows.
#[cfg(test)]
pub(super) fn pattern_of(
    model: &Model,
    vocabulary: &Vocabulary,
    rows: &Rows,
    a: usize,
    b: usize,
) -> Result<Pattern, ModelError> {
    Ok(Prepared::new(model, vocabulary, rows)?.pattern(model, a, b))
}

/// Why a pattern is never one unit, or is for a person; `None`: its weight decides.
pub fn why(model: &Model, pattern: Pattern) -> Option<&str> {
    let holds = |when: &String| model.level(when).is_ok_and(|(c, l)| level(pattern, c) == usize::from(l));
    let rule = model.never.iter().chain(&model.doubt).find(|rule| rule.when.iter().all(holds))?;
    Some(&rule.why)
}

/// The evidence of a pattern: per comparison its title, the level in words, and its weight.
pub fn explain<'m>(model: &'m Model, learned: &Learned, pattern: Pattern) -> Vec<(&'m str, &'static str, i32)> {
    let lines = model.comparisons.iter().enumerate();
    lines
        .map(|(c, comparison)| match level(pattern, c) {
            0 => (comparison.title.as_str(), "缺", 0),
            l => (comparison.title.as_str(), comparison.kind.levels()[l - 1].title, learned.levels[c][l].weight),
        })
        .collect()
}

/// Facets and texts of all rows.
struct Prepared {
    rows: usize,
    /// First facet of each comparison within a row, and the width of a row.
    offsets: Vec<usize>,
    stride: usize,
    facets: Vec<Facet>,
    texts: Vec<Texts>,
}

impl Prepared {
    fn new(model: &Model, vocabulary: &Vocabulary, rows: &Rows) -> Result<Prepared, ModelError> {
        let columns: Vec<Vec<usize>> = model
            .comparisons
            .iter()
            .map(|comparison| {
                let named = |name: &String| {
                    rows.columns.iter().position(|c| c == name).ok_or_else(|| ModelError::Unknown {
                        text: name.clone(),
                        what: "column",
                        known: rows.columns.join(", "),
                    })
                };
                comparison.columns.iter().map(named).collect()
            })
            .collect::<Result<_, _>>()?;
        let mut offsets = Vec::new();
        let mut stride = 0;
        for comparison in &model.comparisons {
            offsets.push(stride);
            stride += comparison.kind.facets().len();
        }
        let mut prepared = Prepared {
            rows: rows.len(),
            offsets,
            stride,
            facets: Vec::with_capacity(rows.len() * stride),
            texts: model.comparisons.iter().map(|_| Texts::default()).collect(),
        };
        let row = |row: usize| -> Vec<Kept> {
            let comparisons = model.comparisons.iter().zip(&columns);
            comparisons
                .map(|(comparison, columns)| {
                    let cells: Vec<&str> = columns.iter().map(|c| rows.cell(row, *c)).collect();
                    cut(comparison.kind, &cells, vocabulary)
                })
                .collect()
        };
        // Piece by piece, so that a million rows are never held twice.
        let all: Vec<usize> = (0..rows.len()).collect();
        for piece in all.chunks(65_536) {
            #[cfg(feature = "parallel")]
            let cut: Vec<Vec<Kept>> = piece.par_iter().map(|r| row(*r)).collect();
            #[cfg(not(feature = "parallel"))]
            let cut: Vec<Vec<Kept>> = piece.iter().map(|r| row(*r)).collect();
            for kept in cut {
                for ((texts, kept), comparison) in prepared.texts.iter_mut().zip(kept).zip(&model.comparisons) {
                    prepared.facets.extend(&kept.facets[..comparison.kind.facets().len()]);
                    texts.push(&kept);
                }
            }
        }
        Ok(prepared)
    }

    fn facets(&self, row: usize, comparison: usize) -> &[Facet] {
        let from = row * self.stride + self.offsets[comparison];
        let to = self.offsets.get(comparison + 1).map_or((row + 1) * self.stride, |next| row * self.stride + next);
        &self.facets[from..to]
    }

    fn side(&self, row: usize, comparison: usize) -> Side<'_> {
        Side { facets: self.facets(row, comparison), texts: &self.texts[comparison], row }
    }

    fn pattern(&self, model: &Model, a: usize, b: usize) -> Pattern {
        let comparisons = model.comparisons.iter().enumerate();
        comparisons.fold(0, |pattern, (c, comparison)| {
            let level = compare(comparison.kind, &self.side(a, c), &self.side(b, c));
            pattern | u64::from(level) << (4 * c)
        })
    }
}

/// The rules of the model, by comparison and level.
struct Rulings(Vec<(Ruling, Vec<(usize, u8)>)>);

impl Rulings {
    fn new(model: &Model) -> Result<Rulings, ModelError> {
        let never = model.never.iter().map(|rule| (Ruling::Never, rule));
        let doubt = model.doubt.iter().map(|rule| (Ruling::Doubt, rule));
        let levels = |(ruling, rule): (Ruling, &super::Never)| {
            Ok((ruling, rule.when.iter().map(|w| model.level(w)).collect::<Result<_, _>>()?))
        };
        never.chain(doubt).map(levels).collect::<Result<_, _>>().map(Rulings)
    }

    fn of(&self, pattern: Pattern) -> Ruling {
        let holds = |when: &[(usize, u8)]| when.iter().all(|(c, l)| level(pattern, *c) == usize::from(*l));
        self.0.iter().find(|(_, when)| holds(when)).map_or(Ruling::Free, |(ruling, _)| *ruling)
    }
}

/// How many rows share each facet that levels ask the frequency of.
struct Frequencies {
    /// By comparison and level.
    of: Vec<Vec<Option<Frequency>>>,
}

struct Frequency {
    facet: usize,
    /// Of a thousand million pairs with a value, how many share it.
    agree: u64,
    /// What a value that several rows share adds.
    weights: FxHashMap<Facet, i32>,
}

impl Frequencies {
    fn new(model: &Model, prepared: &Prepared) -> Frequencies {
        let of = model.comparisons.iter().enumerate().map(|(c, comparison)| {
            let frequency = |facet: usize| {
                let mut numbers: Vec<Facet> =
                    (0..prepared.rows).map(|row| prepared.facets(row, c)[facet]).filter(|f| *f != 0).collect();
                numbers.sort_unstable();
                let known = numbers.len() as u128;
                let groups = || numbers.chunk_by(|a, b| a == b).filter(|g| g.len() > 1);
                let agree: u128 = groups().map(|g| (g.len() as u128) * (g.len() as u128 - 1)).sum();
                let agree = (agree * 1_000_000_000 / (known * known.saturating_sub(1)).max(1)) as u64;
                let weigh = |g: &[Facet]| (g[0], frequency_weight(g.len() as u32, numbers.len(), agree.max(1)));
                Frequency { facet, agree, weights: groups().map(weigh).collect() }
            };
            comparison.kind.levels().iter().map(|level| level.frequency.map(frequency)).collect()
        });
        Frequencies { of: of.collect() }
    }

    fn weight(&self, prepared: &Prepared, learned: &Learned, a: usize, pattern: Pattern) -> i32 {
        let mut weight = learned.prior;
        for (c, levels) in self.of.iter().enumerate() {
            let l = level(pattern, c);
            if l == 0 {
                continue;
            }
            weight += learned.levels[c][l].weight;
            if let Some(frequency) = &levels[l - 1] {
                weight += frequency.weights.get(&prepared.facets(a, c)[frequency.facet]).copied().unwrap_or(0);
            }
        }
        weight
    }
}

/// Pairs of different rows, the same ones every time (SplitMix64).
fn strangers(rows: usize) -> impl Iterator<Item = (u32, u32)> {
    let mut state = 2017u64;
    let mut roll = move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    };
    let n = rows.max(1) as u64;
    let drawn = if rows < 2 { 0 } else { DRAWN.min(n * 50) };
    (0..drawn).map(move |_| ((roll() % n) as u32, (roll() % n) as u32)).filter(|(a, b)| a != b)
}

/// Pairs that could be one unit.
fn possible(rows: &Rows, across_only: bool) -> u64 {
    let n = rows.len() as u64;
    let pairs = |n: u64| n * n.saturating_sub(1) / 2;
    if !across_only {
        return pairs(n);
    }
    let mut lists: BTreeMap<u16, u64> = BTreeMap::new();
    rows.lists.iter().for_each(|list| *lists.entry(*list).or_default() += 1);
    pairs(n) - lists.values().map(|n| pairs(*n)).sum::<u64>()
}

fn tally(patterns: impl Iterator<Item = Pattern>) -> Tally {
    let mut counts: FxHashMap<Pattern, u64> = FxHashMap::default();
    patterns.for_each(|pattern| *counts.entry(pattern).or_default() += 1);
    let mut tally: Tally = counts.into_iter().collect();
    tally.sort_unstable();
    tally
}
