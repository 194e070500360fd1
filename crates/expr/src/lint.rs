//! Looking at rules without data: what can never fail, pass or apply, what contradicts, what stands there twice.
//!
//! A rule is taken apart into alternatives; each alternative is a list of *facts*: linear comparisons,
//! codes allowed, and everything else as a named yes or no. A claim is made only when no alternative can
//! hold, decided exactly over ratios ([`linear`]). What a fact leaves open is taken as possible, so a
//! finding is a proof, and silence is none.
//!
//! Limits: products and quotients of items, functions and aggregates are unknown values, alike where they
//! are written alike; whole numbers count as ratios; `blank`, `has any`, `matches` and relative `~=` are
//! opaque, and guards with other opaque facts than their partner's are not compared; rules with more than [`ALTERNATIVES`] alternatives, and linear blocks that grow beyond the
//! bounds of [`linear`], are left out; contradictions are looked for in pairs with and without guards,
//! and among more than two rules only where these have no guard and no `or`.

mod facts;
mod linear;

use std::collections::{BTreeMap, BTreeSet};

use crate::ast::{Kind, Logic, Node};
use crate::compile::{Parameters, RuleText, compile};
use crate::exact::Ratio;
use crate::parse::parse;
use crate::print::print;
use crate::schema::{ColumnId, Schema, TableId};

use facts::{Case, Reader};

/// Most alternatives a rule, or two rules together, may have.
pub const ALTERNATIVES: usize = 256;
/// Most rules that are looked at together.
const TOGETHER: usize = 24;

/// What is wrong with a rule, or with several together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LintKind {
    /// No row can fail it (永真).
    NeverFails,
    /// No row to which it applies can pass it (永假).
    NeverPasses,
    /// Its guard is never true (永不适用).
    NeverApplies,
    /// No row to which all of them apply can pass all (矛盾).
    Contradiction,
    /// The same home and the same text, spelling apart (重复).
    Duplicate,
}

/// One finding about rules.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lint {
    /// Positions of the rules, ascending.
    pub rules: Vec<usize>,
    pub kind: LintKind,
    pub message: String,
}

/// Smallest and largest value of number columns, both included. Columns not named here hold zero or more;
/// dates and angles have no bounds.
pub type Ranges = BTreeMap<ColumnId, (Option<Ratio>, Option<Ratio>)>;

/// A rule taken apart.
struct Taken {
    at: usize,
    home: TableId,
    guard: Vec<Case>,
    /// Ways to pass where it applies, the guard included.
    pass: Vec<Case>,
    fail: Vec<Case>,
    keys: BTreeSet<String>,
    guarded: bool,
}

/// Everything found about the rules, in the order of their positions. Rules that do not compile are left out.
pub fn lint(schema: &Schema, parameters: &Parameters, rules: &[RuleText], ranges: &Ranges) -> Vec<Lint> {
    let (program, _) = compile(schema, parameters, rules);
    let mut found = Vec::new();
    let mut written: BTreeMap<(TableId, String), Vec<usize>> = BTreeMap::new();
    let mut taken = Vec::new();
    for (at, rule) in rules.iter().enumerate().filter(|(at, _)| program.has(*at)) {
        let tree = parse(rule.text).tree;
        written.entry((rule.home, print(&tree))).or_default().push(at);
        let reader = Reader { schema, parameters, ranges, reads: program.reads(at) };
        let Some(one) = take(&reader, at, rule.home, &tree) else { continue };
        if let Some((kind, message)) = alone(&one) {
            found.push(Lint { rules: vec![at], kind, message: message.to_owned() });
        } else {
            taken.push(one);
        }
    }
    for (_, at) in written {
        if at.len() > 1 {
            let message = format!("the same rule stands {} times", at.len());
            taken.retain(|one| one.at == at[0] || !at.contains(&one.at));
            found.push(Lint { rules: at, kind: LintKind::Duplicate, message });
        }
    }
    let pairs = pairs(&taken);
    found.extend(blocks(&taken, &pairs));
    found.extend(pairs);
    found.sort();
    found
}

fn take(reader: &Reader, at: usize, home: TableId, tree: &Node) -> Option<Taken> {
    let (guard, condition) = match &tree.kind {
        Kind::If { guard, then } => (Some(&**guard), &**then),
        // `a => b` speaks of the rows with a.
        Kind::Logic(Logic::Implies, a, b) => (Some(&**a), &**b),
        _ => (None, tree),
    };
    let guard_cases = guard.map_or_else(|| Some(vec![Case::default()]), |g| reader.cases(g, true))?;
    let pass = facts::both(&guard_cases, &reader.cases(condition, true)?)?;
    let fail = facts::both(&guard_cases, &reader.cases(condition, false)?)?;
    let keys = pass.iter().chain(&fail).flat_map(Case::keys).collect();
    Some(Taken { at, home, guard: guard_cases, pass, fail, keys, guarded: guard.is_some() })
}

fn possible(cases: &[Case]) -> bool {
    cases.iter().any(Case::possible)
}

fn alone(one: &Taken) -> Option<(LintKind, &'static str)> {
    if one.guarded && !possible(&one.guard) {
        Some((LintKind::NeverApplies, "its guard is never true"))
    } else if !possible(&one.pass) {
        Some((LintKind::NeverPasses, "no row to which it applies can pass"))
    } else if !possible(&one.fail) {
        Some((LintKind::NeverFails, "no row can fail it"))
    } else {
        None
    }
}

fn pairs(taken: &[Taken]) -> Vec<Lint> {
    let mut found = Vec::new();
    for (at, a) in taken.iter().enumerate() {
        for b in taken[at + 1..].iter().filter(|b| b.home == a.home && !b.keys.is_disjoint(&a.keys)) {
            let (Some(guards), Some(pass)) = (facts::both(&a.guard, &b.guard), facts::both(&a.pass, &b.pass)) else {
                continue;
            };
            // Opaque guards may exclude each other; only what is known to meet can contradict.
            let meet = guards.iter().any(|g| g.shown_with(&a.guard, &b.guard));
            if meet && !possible(&pass) {
                let message = "no row to which both apply can pass both".to_owned();
                found.push(Lint { rules: vec![a.at, b.at], kind: LintKind::Contradiction, message });
            }
        }
    }
    found
}

/// Contradictions of three rules or more: the smallest list found by leaving out one after the other.
fn blocks(taken: &[Taken], pairs: &[Lint]) -> Vec<Lint> {
    let mut rest: Vec<&Taken> = taken
        .iter()
        .filter(|one| !one.guarded && one.pass.len() == 1 && !pairs.iter().any(|p| p.rules.contains(&one.at)))
        .collect();
    let mut found = Vec::new();
    while let Some(first) = rest.first().copied() {
        let (mut keys, home) = (first.keys.clone(), first.home);
        let mut block: Vec<&Taken> = Vec::new();
        loop {
            let (near, far): (Vec<_>, Vec<_>) =
                rest.into_iter().partition(|o| o.home == home && !o.keys.is_disjoint(&keys) || o.at == first.at);
            rest = far;
            if near.is_empty() {
                break;
            }
            keys.extend(near.iter().flat_map(|o| o.keys.clone()));
            block.extend(near);
        }
        let together = |of: &[&Taken]| of.iter().fold(Case::default(), |all, one| all.and(&one.pass[0]));
        if block.len() < 3 || block.len() > TOGETHER || together(&block).possible() {
            continue;
        }
        let mut at = 0;
        while at < block.len() {
            let mut fewer = block.clone();
            fewer.remove(at);
            if together(&fewer).possible() { at += 1 } else { block = fewer }
        }
        let mut rules: Vec<usize> = block.iter().map(|o| o.at).collect();
        rules.sort_unstable();
        let message = format!("no row can pass all {} of them", rules.len());
        found.push(Lint { rules, kind: LintKind::Contradiction, message });
    }
    found
}
