//! Names of enterprises cut into their lawful parts: 行政区划 + 字号 + 行业 + 组织形式.

use pinyin::ToPinyin as _;

use super::Vocabulary;
use crate::text;

/// The parts of a name, each in the form in which it is compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameParts {
    /// The whole name: half-width, simplified, without blanks and brackets.
    pub full: Vec<char>,
    /// Brand and trade words, as written.
    pub core: Vec<char>,
    /// 字号.
    pub brand: Vec<char>,
    /// Trade words, as classes, ascending; a word of no class stays with the brand.
    pub trade: Vec<u16>,
    /// 分公司, 二分厂 …: what sets a branch apart from its parent, with its place.
    pub branch: Vec<char>,
}

impl NameParts {
    /// Cuts a name. A name of nothing but place and form keeps them as its brand: nothing is lost.
    pub fn of(name: &str, vocabulary: &Vocabulary) -> NameParts {
        let mut plain = Vec::new();
        let mut inside: Vec<char> = Vec::new();
        let mut depth = 0;
        let mut full = Vec::new();
        for c in text::narrow(name).chars().filter(|c| !c.is_whitespace()) {
            match c {
                '(' | '【' | '[' | '〔' | '{' | '<' | '《' => depth += 1,
                ')' | '】' | ']' | '〕' | '}' | '>' | '》' => {
                    depth = 0;
                    // (荥阳) says the same as 荥阳 in front; (普通合伙) and the like say nothing of who it is.
                    if !vocabulary.places.has(&inside) && !inside.ends_with(&['伙']) {
                        plain.append(&mut inside);
                    }
                    inside.clear();
                }
                '-' | '·' | '.' | ',' | '、' | '"' | '\'' => {}
                c => {
                    let c = vocabulary.simple.get(&c).copied().unwrap_or(c.to_ascii_uppercase());
                    full.push(c);
                    if depth > 0 { inside.push(c) } else { plain.push(c) }
                }
            }
        }
        plain.append(&mut inside);
        let mut rest = &plain[..];
        while let Some(n) = vocabulary.places.at_start(rest).filter(|n| rest.len() > n + 1) {
            rest = &rest[n..];
        }
        // A town or village in front: 豫龙镇宏达建材厂, 经八路街道兴山制造部.
        let street = rest.windows(2).take(8).position(|w| w == ['街', '道']).map(|at| at + 1);
        let town = rest.iter().take(6).position(|c| matches!(c, '镇' | '乡' | '村'));
        if let Some(end) = street.or(town).filter(|e| *e >= 2 && rest.len() >= e + 4) {
            rest = &rest[end + 1..];
        }
        let mut branch = Vec::new();
        if let Some((n, _)) = vocabulary.branches.at_end(rest).filter(|(n, _)| rest.len() > *n) {
            // What stands between the parent's form and the branch word says which branch.
            let parent = &rest[..rest.len() - n];
            let cut =
                (2..=parent.len()).rev().find(|end| ends_in_form(&parent[..*end], vocabulary)).unwrap_or(parent.len());
            branch = rest[cut..].to_vec();
            rest = &parent[..cut];
        }
        while let Some((n, _)) = vocabulary.forms.at_end(rest).filter(|(n, _)| rest.len() > *n) {
            rest = &rest[..rest.len() - n];
        }
        let core = rest.to_vec();
        let mut trade = Vec::new();
        while let Some((n, class)) = vocabulary.trades.at_end(rest).filter(|(n, _)| rest.len() > *n + 1) {
            trade.push(class);
            rest = &rest[..rest.len() - n];
        }
        trade.sort_unstable();
        trade.dedup();
        NameParts { full, core, brand: rest.to_vec(), trade, branch }
    }

    /// The brand by its sound: toneless syllables; a character without one stands for itself.
    pub fn sound(&self) -> String {
        sound(&self.brand)
    }
}

/// Toneless syllables.
pub(super) fn sound(of: &[char]) -> String {
    let mut syllables = String::with_capacity(of.len() * 4);
    for c in of {
        match c.to_pinyin() {
            Some(syllable) => syllables.push_str(syllable.plain()),
            None => syllables.push(*c),
        }
        syllables.push(' ');
    }
    syllables
}

fn ends_in_form(text: &[char], vocabulary: &Vocabulary) -> bool {
    vocabulary.forms.at_end(text).is_some_and(|(n, _)| n >= 2)
}
