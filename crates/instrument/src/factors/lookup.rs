//! Finding coefficients: by industry, then by the four names of a combination.

use super::{Factor, FactorLibrary, Reference};

/// The names that identify a combination (核算环节 × 产品 × 原料 × 工艺), compared by [`plain`].
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Combination {
    pub segment: String,
    pub product: String,
    pub material: String,
    pub process: String,
}

/// A table that applies to a unit: its own, or one it borrows.
#[derive(Debug, Clone, Copy)]
pub struct Table<'a> {
    /// Industry code text of the table.
    pub industry: &'a str,
    /// Why another industry's table is used; `None` for its own.
    pub by: Option<&'a Reference>,
}

/// A name without what typing changes: blanks, full-width brackets, commas, signs, and footnote marks.
pub fn plain(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            c if c.is_whitespace() => {}
            '①' | '②' | '③' | '④' | '⑤' => {}
            '（' => out.push('('),
            '）' => out.push(')'),
            '，' => out.push(','),
            '／' => out.push('/'),
            '＋' => out.push('+'),
            '；' => out.push(';'),
            '～' => out.push('~'),
            '％' => out.push('%'),
            '－' | '—' | '–' => out.push('-'),
            c => out.push(c),
        }
    }
    out
}

/// Whether an industry code text of the handbook covers a class: `33-37` covers `3484`, `211` covers `2110`,
/// `4411、4412` covers `4412`.
pub fn covers(text: &str, class: &str) -> bool {
    if class.is_empty() {
        return false;
    }
    text.split('、').any(|part| match part.split_once('-') {
        None => class.starts_with(part),
        Some((low, high)) => {
            let length = low.len();
            class.get(..length).is_some_and(|front| front >= low && front <= high)
        }
    })
}

/// Whether two code texts have a class in common, as far as their parts show.
pub fn covers_any(text: &str, other: &str) -> bool {
    other.split('、').any(|part| covers(text, part.split('-').next().unwrap_or(part)))
}

impl Combination {
    /// Of names as typed.
    pub fn of(segment: &str, product: &str, material: &str, process: &str) -> Combination {
        Combination {
            segment: plain(segment),
            product: plain(product),
            material: plain(material),
            process: plain(process),
        }
    }
}

impl FactorLibrary {
    /// Puts the factors into the index; called once after loading.
    pub(super) fn build_index(&mut self) {
        for (at, factor) in self.factors.iter().enumerate() {
            let combination = Combination::of(&factor.segment, &factor.product, &factor.material, &factor.process);
            let table = self.index.entry(factor.industry.clone()).or_default();
            table.entry(combination).or_default().push(at as u32);
        }
    }

    /// Industry code texts that have accepted rows, ascending.
    pub fn industries(&self) -> impl Iterator<Item = &str> {
        self.index.keys().map(String::as_str)
    }

    /// The tables a unit of these classes (GB/T 4754) uses: its own first, then the borrowed ones.
    pub fn tables_for(&self, classes: &[String]) -> Vec<Table<'_>> {
        let mut found: Vec<Table<'_>> = Vec::new();
        for industry in self.industries() {
            if classes.iter().any(|class| covers(industry, class)) {
                found.push(Table { industry, by: None });
            }
        }
        for reference in &self.references {
            let applies = reference.from == "*" || classes.iter().any(|class| covers(&reference.from, class));
            if !applies || found.iter().any(|t| t.industry == reference.to) {
                continue;
            }
            if let Some((industry, _)) = self.index.get_key_value(&reference.to) {
                found.push(Table { industry, by: Some(reference) });
            }
        }
        found
    }

    /// The combinations of a table, ascending.
    pub fn combinations(&self, industry: &str) -> impl Iterator<Item = (&Combination, usize)> {
        self.index.get(industry).into_iter().flatten().map(|(combination, rows)| (combination, rows.len()))
    }

    /// The factors of a combination of a table, in the order of the files.
    pub fn of_combination(&self, industry: &str, combination: &Combination) -> Vec<&Factor> {
        let rows = self.index.get(industry).and_then(|table| table.get(combination));
        rows.into_iter().flatten().filter_map(|at| self.factors.get(*at as usize)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_texts() {
        for (text, class, expect) in [
            ("3011", "3011", true),
            ("3011", "3012", false),
            ("211", "2110", true),
            ("07", "0711", true),
            ("4411、4412", "4412", true),
            ("4411、4412", "4413", false),
            ("33-37", "3311", true),
            ("33-37", "3799", true),
            ("33-37", "3812", false),
            ("33-37、431-434", "4320", true),
            ("33-37、431-434", "4350", false),
            ("33-37", "", false),
        ] {
            assert_eq!(covers(text, class), expect, "{text} {class}");
        }
        assert!(covers_any("07、111", "07") && covers_any("07、111", "111") && !covers_any("07、111", "4430"));
    }

    #[test]
    fn names_are_compared_without_typing_differences() {
        assert_eq!(plain(" 活性炭（焦）法② "), "活性炭(焦)法");
        assert_eq!(plain("化学混凝法＋厌氧"), "化学混凝法+厌氧");
    }
}
