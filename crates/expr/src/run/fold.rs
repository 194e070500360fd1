//! Several values into one: the items of a row, or the rows of an owner.

use std::borrow::Cow;

use crate::graph::{Domain, Fold, NodeId};

use super::buffer::{Buffer, Numbers, full};
use super::kernel;
use super::node::Inputs;

/// The sum of several values of one row; blanks are skipped.
pub fn sum_of(out: &mut Numbers, of: &[NodeId], inputs: &Inputs) {
    let bound = of.iter().try_fold(0u128, |sum, id| sum.checked_add(inputs.numbers(*id).largest));
    let Some(bound) = bound.filter(|b| *b <= i64::MAX as u128 && of.iter().all(|id| !inputs.numbers(*id).is_wide))
    else {
        return several(out, of, inputs, i128::checked_add);
    };
    out.begin(inputs.frame.len);
    for numbers in of.iter().map(|id| inputs.numbers(*id)) {
        kernel::add_present(&mut out.narrow, numbers);
        out.present.iter_mut().zip(&numbers.present).for_each(|(o, p)| *o |= p);
    }
    out.largest = bound;
}

/// Several values of one row; blanks are skipped.
pub fn several(out: &mut Numbers, of: &[NodeId], inputs: &Inputs, join: impl Fn(i128, i128) -> Option<i128>) {
    let len = inputs.frame.len;
    out.begin_wide(len);
    for row in 0..len {
        let mut joined: Option<Option<i128>> = None;
        for numbers in of.iter().map(|id| inputs.numbers(*id)).filter(|n| n.has(row)) {
            let value = numbers.get(row);
            joined = Some(match joined {
                None => Some(value),
                Some(so_far) => so_far.and_then(|s| join(s, value)),
            });
        }
        if let Some(value) = joined {
            out.put_wide(row, value);
        }
    }
}

/// The owner of each home row in a domain: its unit, or itself.
pub fn owner(domain: Domain, inputs: &Inputs, row: usize) -> usize {
    match domain {
        Domain::Pair(_) => row,
        _ => inputs.frame.unit[row] as usize - inputs.frames.units.start,
    }
}

pub fn fold_rows(
    out: &mut Numbers,
    domain: Domain,
    fold: Fold,
    value: Option<NodeId>,
    filter: Option<NodeId>,
    inputs: &Inputs,
) {
    let rows = inputs.frames.frame(domain);
    let filter = filter.map(|f| inputs.truths(f));
    if fold == Fold::Sum
        && let Some(Buffer::Numbers(numbers)) = value.map(|v| &inputs.buffers[v as usize])
        && !numbers.is_wide
        && let Some(bound) = numbers.largest.checked_mul(rows.len as u128).filter(|b| *b <= i64::MAX as u128)
    {
        let owner = |at| owner(domain, inputs, at);
        return sum_rows(
            out,
            numbers,
            filter.map(|f| f.yes.as_slice()),
            &rows.segments,
            inputs.frame.len,
            bound,
            owner,
        );
    }
    let wanted = |row: usize| filter.is_none_or(|f| f.yes[row / 64] >> (row % 64) & 1 == 1);
    let len = inputs.frame.len;
    let numbers = match value.map(|v| &inputs.buffers[v as usize]) {
        Some(Buffer::Numbers(n)) => Some(n),
        _ => None,
    };
    let has = |row: usize| value.is_none_or(|v| inputs.has(v, row));
    out.begin_wide(len);
    // One owner's result serves all its home rows, which follow each other.
    let mut last: Option<(usize, Option<Option<i128>>)> = None;
    for at in 0..len {
        let owner = owner(domain, inputs, at);
        let result = match last {
            Some((known, result)) if known == owner => result,
            _ => {
                let range = rows.segments[owner] as usize..rows.segments[owner + 1] as usize;
                fold_one(fold, range, numbers, &wanted, &has)
            }
        };
        last = Some((owner, result));
        if let Some(value) = result {
            out.put_wide(at, value);
        }
    }
    narrowed(out);
}

/// Sums of runs of rows by differences of running totals; `bound`: no running total is larger.
fn sum_rows(
    out: &mut Numbers,
    numbers: &Numbers,
    filter: Option<&[u64]>,
    segments: &[u32],
    len: usize,
    bound: u128,
    owner: impl Fn(usize) -> usize,
) {
    let wanted: Cow<[u64]> = match filter {
        Some(filter) => Cow::Borrowed(filter),
        None => {
            let mut all = Vec::new();
            full(numbers.narrow.len(), &mut all);
            Cow::Owned(all)
        }
    };
    let filled: Vec<u64> = numbers.present.iter().zip(wanted.iter()).map(|(p, w)| p & w).collect();
    let mut totals = Vec::with_capacity(numbers.narrow.len() + 1);
    let mut total = 0;
    totals.push(0);
    totals.extend(numbers.narrow.iter().enumerate().map(|(row, value)| {
        total += value & (filled[row / 64] >> (row % 64) & 1).wrapping_neg() as i64;
        total
    }));
    out.begin(len);
    for at in 0..len {
        let owner = owner(at);
        let (from, to) = (segments[owner] as usize, segments[owner + 1] as usize);
        out.narrow[at] = totals[to] - totals[from];
        // No row gives 0; rows that are all blank give no value.
        if any_bit(&filled, from, to) || !any_bit(&wanted, from, to) {
            out.mark(at);
        }
    }
    out.largest = bound;
}

/// Whether one of the bits `from..to` is set.
fn any_bit(words: &[u64], from: usize, to: usize) -> bool {
    if from == to {
        return false;
    }
    let (first, last) = (from / 64, (to - 1) / 64);
    let low = u64::MAX << (from % 64);
    let high = u64::MAX >> (63 - (to - 1) % 64);
    if first == last {
        return words[first] & low & high != 0;
    }
    words[first] & low != 0 || words[last] & high != 0 || words[first + 1..last].iter().any(|w| *w != 0)
}

/// `None`: no value; `Some(None)`: an overflow.
#[expect(clippy::option_option, reason = "no value and an overflow are told apart")]
fn fold_one(
    fold: Fold,
    range: std::ops::Range<usize>,
    numbers: Option<&Numbers>,
    wanted: &impl Fn(usize) -> bool,
    has: &impl Fn(usize) -> bool,
) -> Option<Option<i128>> {
    let (mut rows, mut filled, mut total, mut best) = (0u32, 0u32, Some(0i128), None::<i128>);
    for row in range {
        if !wanted(row) {
            continue;
        }
        rows += 1;
        if !has(row) {
            continue;
        }
        filled += 1;
        let Some(numbers) = numbers else { continue };
        let value = numbers.get(row);
        match fold {
            Fold::Sum => total = total.and_then(|t| t.checked_add(value)),
            Fold::Min => best = Some(best.map_or(value, |b| b.min(value))),
            Fold::Max => best = Some(best.map_or(value, |b| b.max(value))),
            Fold::Count => {}
        }
    }
    match fold {
        Fold::Count => Some(Some(i128::from(filled))),
        Fold::Sum if rows == 0 => Some(Some(0)),
        Fold::Sum if filled == 0 => None,
        Fold::Sum => Some(total),
        Fold::Min | Fold::Max => best.map(Some),
    }
}

/// Back to 64 bits when all values fit.
fn narrowed(out: &mut Numbers) {
    if out.is_wide && out.largest <= i64::MAX as u128 {
        out.narrow.clear();
        out.narrow.extend(out.wide.iter().map(|v| *v as i64));
        out.is_wide = false;
    }
}
