//! Macroscopic audit (宏观审核): what only shows once many units stand side by side.
//!
//! Each function is named by a native rule of the instrument and says which unit, area or person
//! stands out and by how much; whether that is an error is for people to say.

use std::collections::BTreeMap;

use expr::exact::{Decimal, Ratio};
use instrument::model::Instrument;

use super::entry::Entry;
use super::value::item_sum;

/// One thing that stands out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signal {
    /// Unit, enumerator or area code.
    pub subject: String,
    /// Pollutant, industry or group it was compared in.
    pub group: String,
    /// The subject's value and what it was compared with, as text.
    pub value: String,
    pub against: String,
}

/// The units that emit most of a pollutant (M002): each of them is looked at one by one.
pub fn leading_units<'e>(entries: &'e [Entry<'_>], pollutant: &str, count: usize) -> Vec<(&'e str, Decimal)> {
    let mut found: Vec<(&str, Decimal)> = emitted(entries, pollutant).collect();
    found.sort_by(|(a, x), (b, y)| y.cmp(x).then(a.cmp(b)));
    found.truncate(count);
    found
}

/// Units whose part of the area's total of any pollutant is above a limit (M003): 1/2 is half.
pub fn unit_share(entries: &[Entry<'_>], limit: &Ratio) -> Vec<Signal> {
    let mut pollutants: Vec<&str> = entries.iter().flat_map(|e| e.figures).map(|f| f.pollutant.as_str()).collect();
    pollutants.sort_unstable();
    pollutants.dedup();
    let mut signals = Vec::new();
    for pollutant in pollutants {
        let total = emitted(entries, pollutant).fold(Ratio::zero(), |sum, (_, x)| &sum + &x.to_ratio());
        for (unit, own) in emitted(entries, pollutant).filter(|(_, own)| !own.is_zero()) {
            let share = own.to_ratio().divided_by(&total);
            if let Some(share) = share.filter(|share| share > limit) {
                signals.push(signal(unit, pollutant, percent(&share), percent(limit)));
            }
        }
    }
    signals
}

/// Units whose emission per unit of an activity item lies outside the median of their industry
/// class times `low` and `high` (M004). Classes of fewer than five units say nothing.
pub fn industry_intensity(
    instrument: &Instrument,
    entries: &[Entry<'_>],
    pollutant: &str,
    activity: (&str, &str, &str),
    (low, high): (&Ratio, &Ratio),
) -> Vec<Signal> {
    let mut classes: BTreeMap<&str, Vec<(Ratio, &str)>> = BTreeMap::new();
    for entry in entries {
        let Some(class) = entry.unit.industries.first() else { continue };
        let Some((_, own)) = emitted(std::slice::from_ref(entry), pollutant).next() else { continue };
        let done = item_sum(instrument, entry, activity).map(Decimal::to_ratio);
        if let Some(intensity) = done.and_then(|done| own.to_ratio().divided_by(&done)) {
            classes.entry(class).or_default().push((intensity, &entry.unit.id));
        }
    }
    let mut signals = Vec::new();
    for (class, mut members) in classes.into_iter().filter(|(_, members)| members.len() >= 5) {
        members.sort();
        let Some(median) = median(&members) else { continue };
        let (floor, ceiling) = (&median * low, &median * high);
        for (intensity, unit) in members.iter().filter(|(x, _)| *x < floor || *x > ceiling) {
            signals.push(signal(unit, class, short(intensity), short(&median)));
        }
    }
    signals
}

/// Persons whose share of blank cells lies more than `sigma` standard deviations above the mean of
/// all (M008); given person → (blank cells, cells).
pub fn blank_share(persons: &BTreeMap<String, (u64, u64)>, sigma: i64) -> Vec<Signal> {
    let share = |&(blank, cells): &(u64, u64)| Ratio::of(blank as i64, cells as i64);
    let shares: Vec<(&String, Ratio)> = persons.iter().filter_map(|(p, cells)| Some((p, share(cells)?))).collect();
    let Some(count) = Ratio::of(1, shares.len() as i64) else { return Vec::new() };
    let mean = &shares.iter().fold(Ratio::zero(), |sum, (_, x)| &sum + x) * &count;
    let square = |x: &Ratio| {
        let off = x - &mean;
        &off * &off
    };
    let variance = &shares.iter().fold(Ratio::zero(), |sum, (_, x)| &sum + &square(x)) * &count;
    // Squares are compared, so that no root need be taken.
    let limit = &variance * &Ratio::whole(sigma * sigma);
    let above = shares.iter().filter(|(_, x)| *x > mean && square(x) > limit);
    above.map(|(person, x)| signal(person, "", percent(x), percent(&mean))).collect()
}

/// Persons whose figures end in some digits too often (M009): chi-square of the last digits of at
/// least fifty whole numbers of two digits or more, against 9 degrees of freedom at 1 per mille.
pub fn last_digits(persons: &BTreeMap<String, Vec<u64>>) -> Vec<Signal> {
    let critical = Ratio::of(27_877, 1000).unwrap_or_else(Ratio::zero);
    let mut signals = Vec::new();
    for (person, numbers) in persons {
        let mut counts = [0i64; 10];
        numbers.iter().filter(|n| **n >= 10).for_each(|n| counts[(n % 10) as usize] += 1);
        let total: i64 = counts.iter().sum();
        if total < 50 {
            continue;
        }
        // Σ (o - n/10)² / (n/10) = Σ (10 o - n)² / (10 n)
        let squares: i64 = counts.iter().map(|o| (10 * o - total) * (10 * o - total)).sum();
        if let Some(chi) = Ratio::of(squares, 10 * total).filter(|chi| *chi > critical) {
            signals.push(signal(person, "", short(&chi), short(&critical)));
        }
    }
    signals
}

/// Whether what producers sent to licensed units and what these received differ by more than a
/// part of the larger (X015); `None` when both are blank.
pub fn hazardous_transfer(sent: Option<Decimal>, received: Option<Decimal>, tolerance: &Ratio) -> Option<bool> {
    if sent.is_none() && received.is_none() {
        return None;
    }
    let (a, b) = (sent.unwrap_or(Decimal::ZERO).to_ratio(), received.unwrap_or(Decimal::ZERO).to_ratio());
    let larger = if a > b { &a } else { &b };
    let off = if a > b { &a - &b } else { &b - &a };
    Some(off > larger * tolerance)
}

fn emitted<'e>(entries: &'e [Entry<'_>], pollutant: &str) -> impl Iterator<Item = (&'e str, Decimal)> {
    entries.iter().filter_map(move |entry| {
        let mine = entry.figures.iter().filter(|f| f.pollutant == pollutant).map(|f| f.emitted);
        let sum = mine.fold(None, |sum: Option<Decimal>, x| sum.unwrap_or(Decimal::ZERO).checked_add(x));
        Some((entry.unit.id.as_str(), sum?))
    })
}

/// The middle value of a sorted list, or the mean of the two middle ones.
fn median(sorted: &[(Ratio, &str)]) -> Option<Ratio> {
    let half = sorted.len() / 2;
    let upper = &sorted.get(half)?.0;
    if sorted.len() % 2 == 1 {
        return Some(upper.clone());
    }
    (&sorted.get(half.checked_sub(1)?)?.0 + upper).divided_by(&Ratio::whole(2))
}

fn signal(subject: &str, group: &str, value: String, against: String) -> Signal {
    Signal { subject: subject.to_owned(), group: group.to_owned(), value, against }
}

fn percent(ratio: &Ratio) -> String {
    format!("{}%", short(&(ratio * &Ratio::whole(100))))
}

/// Rounded to four decimals, for reading only.
fn short(ratio: &Ratio) -> String {
    ratio.to_decimal(4).map_or_else(|| ratio.to_string(), |d| d.shortest().to_string())
}
