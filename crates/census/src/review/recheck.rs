//! Quality re-check (质量抽查): a blind second measurement against what was filled (M010).

use expr::exact::{Decimal, Ratio};

/// One item of one re-checked unit, both values as numbers of the item's unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recheck {
    pub unit: String,
    pub item: String,
    pub original: Option<Decimal>,
    /// Written down before the inspector sees the original.
    pub check: Option<Decimal>,
    /// Key indicators (关键指标) also count by weight.
    pub key: bool,
}

/// How far apart two values may be: more than both makes the item wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tolerance {
    pub absolute: Decimal,
    /// Part of the checked value: 1/20 is 5 %.
    pub relative: Ratio,
}

/// The rates of a batch of re-checks; `None`: nothing to divide by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecheckRates {
    pub checked: u32,
    pub wrong: Vec<(String, String)>,
    /// 指标差错率: wrong items ÷ checked items.
    pub item_error: Option<Ratio>,
    /// Σ |original - check| ÷ Σ check over key indicators.
    pub key_difference: Option<Ratio>,
}

/// Compares a batch. A blank against a value is wrong; a blank against a blank is right.
pub fn recheck(batch: &[Recheck], tolerance: &Tolerance) -> RecheckRates {
    let wrong: Vec<(String, String)> =
        batch.iter().filter(|r| is_wrong(r, tolerance)).map(|r| (r.unit.clone(), r.item.clone())).collect();
    let value = |v: Option<Decimal>| v.map_or_else(Ratio::zero, Decimal::to_ratio);
    let keys = || batch.iter().filter(|r| r.key);
    let off = keys().fold(Ratio::zero(), |sum, r| &sum + &distance(&value(r.original), &value(r.check)));
    let checked = keys().fold(Ratio::zero(), |sum, r| &sum + &value(r.check));
    RecheckRates {
        checked: batch.len() as u32,
        item_error: Ratio::of(wrong.len() as i64, batch.len() as i64),
        key_difference: off.divided_by(&checked),
        wrong,
    }
}

fn is_wrong(r: &Recheck, tolerance: &Tolerance) -> bool {
    match (r.original, r.check) {
        (None, None) => false,
        (Some(original), Some(check)) => {
            let (original, check) = (original.to_ratio(), check.to_ratio());
            let allowed = &check * &tolerance.relative;
            let allowed = if allowed > tolerance.absolute.to_ratio() { allowed } else { tolerance.absolute.to_ratio() };
            distance(&original, &check) > allowed
        }
        _ => true,
    }
}

fn distance(a: &Ratio, b: &Ratio) -> Ratio {
    if a > b { a - b } else { b - a }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_of_a_batch() {
        let d = |text: &str| text.parse::<Decimal>().ok();
        let one = |item: &str, original, check, key| Recheck {
            unit: "u1".into(),
            item: item.into(),
            original: d(original),
            check: d(check),
            key,
        };
        let batch = [
            one("G102[01]", "105", "100", true),
            one("G102[02]", "106", "100", true),
            one("G102[03]", "0.4", "0", false),
            one("G102[04]", "", "7", false),
            one("G102[05]", "", "", false),
        ];
        let tolerance = Tolerance { absolute: Decimal::new(5, 1), relative: Ratio::of(1, 20).expect("a ratio") };
        let rates = recheck(&batch, &tolerance);
        assert_eq!(rates.wrong.iter().map(|(_, item)| item.as_str()).collect::<Vec<_>>(), ["G102[02]", "G102[04]"]);
        assert_eq!(rates.item_error.map(|r| r.to_string()).as_deref(), Some("0.4"));
        assert_eq!(rates.key_difference.map(|r| r.to_string()).as_deref(), Some("0.055"));
        assert_eq!(recheck(&[], &tolerance).item_error, None);
    }
}
