//! Weights of levels, learned from the lists (Fellegi-Sunter by EM).
//!
//! Every pair of rows is either one unit or two. Of two, random pairs tell how often each level occurs
//! (*u*); of one, the candidate pairs tell (*m*), those which are better explained by being one unit.
//! Levels that random pairs practically never reach (equal codes) take their *u* from the candidates.
#![expect(clippy::float_arithmetic, reason = "probabilities; they leave as whole thousandths of a bit")]

use super::model::MOST;
use super::{Model, ModelError};

/// Levels a comparison has room for, missing included.
pub const LEVELS: usize = 16;

/// What was learned of one level.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LevelWeight {
    /// Thousandths of a bit: log2 of how much likelier the level is when both rows are one unit.
    pub weight: i32,
    /// Of a million pairs of one unit, and of a thousand million pairs of two.
    pub m: u32,
    pub u: u64,
}

/// All weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Learned {
    /// By comparison and level.
    pub levels: Vec<[LevelWeight; LEVELS]>,
    /// Thousandths of a bit: how likely two rows are one unit before anything is compared.
    pub prior: i32,
    pub rounds: u32,
}

impl Learned {
    /// The same weights for a list of another size, `possible` pairs: one row in ten is expected to be written twice.
    pub fn for_list(&self, rows: usize, possible: u64) -> Learned {
        let share = (rows as f64 / 10.0 / possible.max(1) as f64).clamp(1e-15, 0.5);
        Learned { prior: thousandths((share / (1.0 - share)).log2()), ..self.clone() }
    }

    /// Weights as `comparison,level,weight,m,u`, for a model.
    pub fn to_csv(&self, model: &Model) -> String {
        let mut text = String::from("comparison,level,weight,m,u\n");
        for (comparison, levels) in model.comparisons.iter().zip(&self.levels) {
            for (level, found) in comparison.kind.levels().iter().zip(&levels[1..]) {
                let LevelWeight { weight, m, u } = found;
                text += &format!("{},{},{weight},{m},{u}\n", comparison.name, level.name);
            }
        }
        text
    }

    /// Reads what [`to_csv`](Self::to_csv) wrote; every level of the model must be there.
    pub fn from_csv(text: &str, model: &Model) -> Result<Learned, ModelError> {
        let mut levels = vec![[LevelWeight::default(); LEVELS]; model.comparisons.len()];
        let mut seen = 0;
        let lines = text.lines().enumerate().filter(|(_, l)| !l.starts_with('#') && !l.trim().is_empty());
        for (at, line) in lines.skip(1) {
            let problem = |problem: String| ModelError::Words { line: at + 1, problem };
            let cells: Vec<&str> = line.trim_end().split(',').collect();
            let [comparison, level, weight, m, u] = cells[..] else {
                return Err(problem("five cells were expected: comparison,level,weight,m,u".to_owned()));
            };
            let (c, l) = model.level(&format!("{comparison}={level}"))?;
            let number = |text: &str| text.parse::<i64>().map_err(|_| problem(format!("`{text}` is no whole number")));
            levels[c][usize::from(l)] =
                LevelWeight { weight: number(weight)? as i32, m: number(m)? as u32, u: number(u)? as u64 };
            seen += 1;
        }
        let wanted: usize = model.comparisons.iter().map(|c| c.kind.levels().len()).sum();
        if seen != wanted {
            return Err(ModelError::Words { line: 0, problem: format!("{seen} levels where the model has {wanted}") });
        }
        Ok(Learned { levels, prior: 0, rounds: 0 })
    }
}

/// Levels of all comparisons of a pair, four bits each.
pub type Pattern = u64;

pub fn level(pattern: Pattern, comparison: usize) -> usize {
    (pattern >> (4 * comparison) & 15) as usize
}

/// How often each pattern occurs, ascending by pattern.
pub type Tally = Vec<(Pattern, u64)>;

/// `possible`: pairs that could be one unit at all. `refused`: patterns that never are.
/// `random`: patterns of pairs drawn at random. `agree(comparison, level)`: of a thousand million pairs of rows
/// with a value, how many share the facet whose frequency the level asks for. `agrees(comparison, level)`: the level is
/// agreement of some kind, weaker than the levels before it.
pub fn learn(
    comparisons: usize,
    candidates: &Tally,
    random: &Tally,
    possible: u64,
    refused: impl Fn(Pattern) -> bool,
    agree: impl Fn(usize, usize) -> Option<u64>,
    agrees: impl Fn(usize, usize) -> bool,
) -> Learned {
    assert!(comparisons <= MOST, "checked with the model");
    let possible = possible.max(1) as f64;
    let drawn = counts(comparisons, random, |_| 1.0);
    let shares = |counts: &[[f64; LEVELS]]| -> Vec<[f64; LEVELS]> {
        counts
            .iter()
            .map(|c| {
                let known: f64 = c[1..].iter().sum();
                let mut share = [1.0; LEVELS];
                for (s, c) in share.iter_mut().zip(c).skip(1) {
                    *s = (c + 1e-9) / (known + 1e-9 * LEVELS as f64);
                }
                share
            })
            .collect()
    };
    let mut u = shares(&drawn);
    // To begin with: of one unit, nine values in ten agree as well as can be, the rest at any level.
    let mut m: Vec<[f64; LEVELS]> = drawn
        .iter()
        .zip(&counts(comparisons, candidates, |_| 1.0))
        .map(|(_, seen)| {
            let mut share = [1.0; LEVELS];
            let top = (1..LEVELS).find(|l| seen[*l] > 0.0).unwrap_or(1);
            for (l, s) in share.iter_mut().enumerate().skip(1) {
                *s = if l <= top + 1 { 0.4 } else { 0.2 / f64::from(1 << (l - top).min(8)) };
            }
            share
        })
        .collect();
    let mut matches = 0.1 * candidates.iter().map(|(_, n)| *n as f64).sum::<f64>().min(possible / 2.0);
    let mut rounds = 0;
    for _ in 0..100 {
        rounds += 1;
        let prior = (matches / possible).clamp(1e-15, 0.5);
        let posterior = |pattern: Pattern| -> f64 {
            if refused(pattern) {
                return 0.0;
            }
            let mut odds = prior / (1.0 - prior);
            for c in 0..comparisons {
                let l = level(pattern, c);
                odds *= if l == 0 { 1.0 } else { m[c][l] / u[c][l] };
            }
            odds / (1.0 + odds)
        };
        let chances: Vec<f64> = candidates.iter().map(|(pattern, _)| posterior(*pattern)).collect();
        let found: f64 = candidates.iter().zip(&chances).map(|((_, n), p)| *n as f64 * p).sum();
        let mut at = chances.iter();
        let of_one = counts(comparisons, candidates, |_| *at.next().unwrap_or(&0.0));
        let mut at = chances.iter();
        let of_two = counts(comparisons, candidates, |_| 1.0 - *at.next().unwrap_or(&0.0));
        let mut fresh = shares(&of_one);
        for share in fresh.iter_mut().flatten() {
            *share = share.max(1e-5);
        }
        for c in 0..comparisons {
            let (all, known) = (drawn[c].iter().sum::<f64>(), drawn[c][1..].iter().sum::<f64>());
            let pairs = possible * if all > 0.0 { (known / all).max(1e-9) } else { 1.0 };
            let mut of_one_so_far = 0.0;
            for l in 1..LEVELS {
                of_one_so_far += of_one[c][l];
                let agreeing = agree(c, l).map_or(0.0, |a| a as f64 / 1e9 * pairs);
                // Fewer than fifty random pairs say little. What rows share is counted; the rest is seen among
                // the candidates, which hold nearly all pairs of a level as rare as this.
                if drawn[c][l] < 50.0 && known > 0.0 {
                    let seen = of_two[c][l].max(agreeing - of_one_so_far).max(0.5) / pairs;
                    u[c][l] = seen.min((drawn[c][l] + 3.0) / known).max(1e-12);
                }
            }
        }
        let moved = (found - matches).abs() / found.max(1.0)
            + m.iter().flatten().zip(fresh.iter().flatten()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        (m, matches) = (fresh, found);
        if moved < 1e-4 {
            break;
        }
    }
    let levels = m
        .iter()
        .zip(&u)
        .enumerate()
        .map(|(c, (m, u))| {
            // Agreement of a weaker kind never says more than that of a stronger one: levels nobody draws at random
            // are seen among candidates only, and would look rarer than they are.
            let mut most = i32::MAX;
            std::array::from_fn(|l| {
                if l == 0 {
                    return LevelWeight::default();
                }
                let mut weight = thousandths((m[l] / u[l]).log2());
                if agrees(c, l) {
                    weight = weight.min(most);
                    most = weight;
                }
                LevelWeight { weight, m: (m[l] * 1e6).round() as u32, u: (u[l] * 1e9).round() as u64 }
            })
        })
        .collect();
    let prior = (matches / possible).clamp(1e-15, 0.5);
    Learned { levels, prior: thousandths((prior / (1.0 - prior)).log2()), rounds }
}

fn thousandths(bits: f64) -> i32 {
    (bits * 1000.0).round() as i32
}

/// What a value that `rows` of `all` rows share adds to the weight of agreeing on it, where agreement on
/// any value has chance `u` (of a thousand million): thousandths of a bit, negative for frequent values.
pub fn frequency_weight(rows: u32, all: usize, u: u64) -> i32 {
    if u == 0 || all == 0 {
        return 0;
    }
    let chance = f64::from(rows.max(2)) / all as f64;
    // Never more than eight bits either way.
    thousandths(((u as f64 / 1e9) / chance).log2()).clamp(-8000, 8000)
}

/// The chance that belongs to a weight, in millionths.
pub fn chance(weight: i32) -> u32 {
    let odds = (f64::from(weight) / 1000.0).exp2();
    (1e6 * odds / (1.0 + odds)).round() as u32
}

fn counts(comparisons: usize, tally: &Tally, mut share: impl FnMut(Pattern) -> f64) -> Vec<[f64; LEVELS]> {
    let mut counts = vec![[0.0; LEVELS]; comparisons];
    for (pattern, n) in tally {
        let weight = *n as f64 * share(*pattern);
        for (c, counts) in counts.iter_mut().enumerate() {
            counts[level(*pattern, c)] += weight;
        }
    }
    counts
}
