//! Whether linear comparisons can hold together: elimination of one unknown after the other, in ratios.

use std::collections::BTreeMap;

use crate::exact::Ratio;

/// More comparisons than this are not looked at: taken as possible.
const MOST: usize = 400;
/// More unknowns than this are not looked at.
const UNKNOWNS: usize = 24;

/// `terms + constant`, compared with zero.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Linear {
    pub terms: BTreeMap<String, Ratio>,
    pub constant: Option<Ratio>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sign {
    /// `< 0`.
    Below,
    /// `<= 0`.
    AtMost,
    /// `= 0`.
    Zero,
}

impl Linear {
    pub fn constant(value: Ratio) -> Linear {
        Linear { terms: BTreeMap::new(), constant: Some(value) }
    }

    pub fn unknown(name: String) -> Linear {
        Linear { terms: [(name, Ratio::one())].into(), constant: None }
    }

    pub fn value(&self) -> Ratio {
        self.constant.clone().unwrap_or_else(Ratio::zero)
    }

    /// `self + factor * other`.
    pub fn plus(&self, other: &Linear, factor: &Ratio) -> Linear {
        let mut sum = self.clone();
        for (name, each) in &other.terms {
            let new = &sum.terms.get(name).cloned().unwrap_or_else(Ratio::zero) + &(each * factor);
            if new.is_zero() {
                sum.terms.remove(name);
            } else {
                sum.terms.insert(name.clone(), new);
            }
        }
        sum.constant = Some(&self.value() + &(&other.value() * factor));
        sum
    }

    pub fn times(&self, factor: &Ratio) -> Linear {
        Linear::default().plus(self, factor)
    }
}

/// Whether some values satisfy all; `true` also where the question is too large.
pub fn possible(facts: &[(Linear, Sign)]) -> bool {
    let mut facts = facts.to_vec();
    loop {
        // What has no unknown left is true, or the end.
        let mut open = Vec::new();
        for (linear, sign) in facts {
            if !linear.terms.is_empty() {
                open.push((tidy(linear, sign), sign));
                continue;
            }
            let value = linear.value();
            let holds = match sign {
                Sign::Below => value.is_negative(),
                Sign::AtMost => value.is_negative() || value.is_zero(),
                Sign::Zero => value.is_zero(),
            };
            if !holds {
                return false;
            }
        }
        open.sort();
        open.dedup();
        if open.is_empty() || open.len() > MOST {
            return true;
        }
        facts = match open.iter().position(|(_, sign)| *sign == Sign::Zero) {
            Some(at) => replaced(&open, at),
            None => match eliminated(&open) {
                Some(fewer) => fewer,
                None => return true,
            },
        };
    }
}

/// Divided so that the first coefficient is 1 or -1; equal comparisons become the same.
fn tidy(linear: Linear, sign: Sign) -> Linear {
    let Some(first) = linear.terms.values().next() else { return linear };
    let size = if first.is_negative() && sign != Sign::Zero { -first } else { first.clone() };
    match Ratio::one().divided_by(&size) {
        Some(factor) => linear.times(&factor),
        None => linear,
    }
}

/// An equation solved for one unknown, put into the others.
fn replaced(open: &[(Linear, Sign)], at: usize) -> Vec<(Linear, Sign)> {
    let equation = &open[at].0;
    let Some((name, own)) = equation.terms.iter().next() else { return Vec::new() };
    open.iter()
        .enumerate()
        .filter(|(other, _)| *other != at)
        .map(|(_, (linear, sign))| match linear.terms.get(name).and_then(|c| c.divided_by(own)) {
            Some(factor) => (linear.plus(equation, &-&factor), *sign),
            None => (linear.clone(), *sign),
        })
        .collect()
}

/// The unknown that makes the fewest new comparisons is eliminated: each lower bound against each upper.
fn eliminated(open: &[(Linear, Sign)]) -> Option<Vec<(Linear, Sign)>> {
    let mut counts: BTreeMap<&String, (usize, usize)> = BTreeMap::new();
    for (linear, _) in open {
        for (name, factor) in &linear.terms {
            let count = counts.entry(name).or_default();
            if factor.is_negative() { count.0 += 1 } else { count.1 += 1 }
        }
    }
    if counts.len() > UNKNOWNS {
        return None;
    }
    let (name, _) = counts.iter().min_by_key(|(name, (low, high))| (low * high, **name))?;
    let mut next: Vec<(Linear, Sign)> = open.iter().filter(|(l, _)| !l.terms.contains_key(*name)).cloned().collect();
    for (low, low_sign) in open {
        let Some(down) = low.terms.get(*name).filter(|c| c.is_negative()) else { continue };
        for (high, high_sign) in open {
            let Some(up) = high.terms.get(*name).filter(|c| !c.is_negative()) else { continue };
            let factor = (-down).divided_by(up)?;
            let sign = if *low_sign == Sign::Below || *high_sign == Sign::Below { Sign::Below } else { Sign::AtMost };
            next.push((low.plus(high, &factor), sign));
        }
    }
    (next.len() <= MOST).then_some(next)
}
