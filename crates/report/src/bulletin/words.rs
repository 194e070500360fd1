//! Figures in sentences, as a bulletin says them.

use census::tabulate::{Cell, TableResult, TableRow};
use expr::exact::Decimal;

use crate::write::grouped;

/// A table asked by the titles of its columns.
#[derive(Clone, Copy)]
pub struct Asked<'t>(pub &'t TableResult);

impl<'t> Asked<'t> {
    pub fn column(self, title: &str) -> Option<usize> {
        self.0.columns.iter().position(|c| c.title == title)
    }

    /// The row of the whole, when there is one.
    pub fn whole(self) -> Option<&'t TableRow> {
        self.0.rows.iter().find(|r| r.depth == 0 && r.keys.len() == self.0.key_heads.len())
    }

    /// The whole of a column.
    pub fn total(self, title: &str) -> Option<Decimal> {
        value(self.whole()?.cells.get(self.column(title)?)?)
    }

    /// `工业源 1,234 个`, when the column holds something.
    pub fn said(self, title: &str) -> Option<String> {
        let at = self.column(title)?;
        let cell = self.whole()?.cells.get(at)?;
        let partly = if matches!(cell, Cell::Part { .. }) { "（不完整）" } else { "" };
        Some(format!("{title} {}{partly}", spoken(value(cell)?, &self.0.columns[at].unit)))
    }

    /// The direct parts of the whole, largest first; those with nothing left out.
    pub fn parts(self, column: usize) -> Vec<(String, Decimal)> {
        let mut parts: Vec<(String, Decimal)> = self
            .0
            .rows
            .iter()
            .filter(|r| r.depth == 1)
            .filter_map(|r| {
                let name = r.keys.iter().map(|k| k.name.as_str()).collect::<Vec<_>>().join(" ");
                Some((name, value(r.cells.get(column)?)?))
            })
            .filter(|(_, v)| v.units > 0)
            .collect();
        parts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        parts
    }

    /// `居前三位的是甲（5 个）、乙（4 个）、丙（3 个），合计占 60.0%`: only where more than three parts make it a finding.
    pub fn leading(self, title: &str, whose: &str) -> Option<String> {
        let at = self.column(title)?;
        let parts = self.parts(at);
        let total = sum(parts.iter().map(|p| p.1))?;
        if parts.len() < 4 {
            return None;
        }
        let unit = &self.0.columns[at].unit;
        let named: Vec<String> = parts[..3].iter().map(|(n, v)| format!("{n}（{}）", spoken(*v, unit))).collect();
        let share = share(sum(parts[..3].iter().map(|p| p.1))?, total)?;
        Some(format!("{whose}居前三位的是{}，合计占 {share}", named.join("、")))
    }
}

pub fn value(cell: &Cell) -> Option<Decimal> {
    match cell {
        Cell::Zero => Some(Decimal::ZERO),
        Cell::Value { value } | Cell::Part { value, .. } => Some(*value),
        Cell::Absent | Cell::Withheld { .. } => None,
    }
}

pub fn sum(of: impl Iterator<Item = Decimal>) -> Option<Decimal> {
    of.into_iter().try_fold(Decimal::ZERO, Decimal::checked_add)
}

/// Thousandths, rounded half up; both as printed numbers. `None` for a share of nothing.
pub fn thousandths(part: Decimal, whole: Decimal) -> Option<i128> {
    let scale = part.scale.max(whole.scale);
    let (part, whole) = (part.rescale(scale)?.units, whole.rescale(scale)?.units);
    (whole > 0).then(|| part.checked_mul(2000)?.checked_add(whole)?.checked_div(whole.checked_mul(2)?)).flatten()
}

pub fn share(part: Decimal, whole: Decimal) -> Option<String> {
    thousandths(part, whole).map(|n| format!("{}.{}%", n / 10, n % 10))
}

/// A number with its unit as read aloud: large ones in 万 or 亿, two decimals, counts to the last one.
pub fn spoken(value: Decimal, unit: &str) -> String {
    let counted = matches!(unit, "个" | "座" | "套" | "台" | "张" | "户" | "人" | "");
    let scaled = !counted && !unit.starts_with(['万', '亿', '千', '百']);
    let whole = value.units / 10i128.pow(u32::from(value.scale.min(38)));
    let (power, word) = match whole.abs() {
        100_000_000.. if scaled => (8, "亿"),
        100_000.. if scaled => (4, "万"),
        _ => (0, ""),
    };
    let shifted = Decimal { units: value.units, scale: value.scale.saturating_add(power) };
    format!("{} {word}{unit}", rounded(shifted, 2))
}

/// At most so many decimals, grouped; what would vanish is said to be less than the last place.
pub fn rounded(value: Decimal, scale: u8) -> String {
    let short = value.shortest();
    if short.scale <= scale {
        return grouped(&short.to_string());
    }
    match short.round(scale) {
        Some(round) if round.is_zero() => format!("<{}", Decimal { units: 1, scale }),
        Some(round) => grouped(&round.to_string()),
        None => grouped(&short.to_string()),
    }
}

/// With exactly so many decimals; see [`rounded`].
pub fn fixed(value: Decimal, scale: u8) -> String {
    match value.round(scale) {
        Some(round) if !round.is_zero() || value.is_zero() => grouped(&round.to_string()),
        _ => rounded(value, scale),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_read_aloud() {
        for (given, unit, expect) in [
            ("12", "个", "12 个"),
            ("1234567", "个", "1,234,567 个"),
            ("99999.456", "吨", "99,999.46 吨"),
            ("123456.7", "立方米", "12.35 万立方米"),
            ("123456789012", "吨", "1,234.57 亿吨"),
            ("123456", "千元", "123,456 千元"),
            ("0.004", "吨", "<0.01 吨"),
            ("0", "吨", "0 吨"),
        ] {
            assert_eq!(spoken(given.parse().expect("a number"), unit), expect);
        }
    }

    #[test]
    fn shares_are_rounded_half_up() {
        let of = |a: &str, b: &str| share(a.parse().expect("a number"), b.parse().expect("a number"));
        assert_eq!(of("1", "3").as_deref(), Some("33.3%"));
        assert_eq!(of("0.5", "8").as_deref(), Some("6.3%"));
        assert_eq!(of("1", "0"), None);
    }
}
