//! Rows cut into facets: what two rows may have in common, as numbers that are equal when the facets are.

use std::hash::Hasher as _;

use expr::check_digit;

use super::name::{NameParts, sound};
use super::{Kind, Vocabulary};
use crate::text;

/// A facet's number; 0: the row does not have it. Unequal facets have equal numbers once in four thousand million.
pub type Facet = u32;

impl Kind {
    /// The facets of this kind, in order.
    pub fn facets(self) -> &'static [&'static str] {
        match self {
            Kind::Enterprise => &["full", "core", "brand", "sound", "shape", "trade", "branch"],
            Kind::CreditCode => &["exact", "organisation", "valid"],
            Kind::Phone => &["exact"],
            Kind::Person => &["exact", "sound"],
            Kind::Place => &["city", "county", "town", "village", "address"],
            Kind::Text => &["exact", "head", "skeleton"],
            Kind::TextPair => {
                &["first", "second", "both", "first-head", "second-head", "first-skeleton", "second-skeleton"]
            }
            Kind::Digits => &["exact", "head", "tail"],
        }
    }
}

/// Facets a kind has at most.
const MOST: usize = 7;

fn facets<const N: usize>(of: [Facet; N]) -> [Facet; MOST] {
    std::array::from_fn(|at| of.get(at).copied().unwrap_or(0))
}

/// What is kept of one row for one comparison, besides its facets.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// As many as the kind has; the rest is zero.
    pub facets: [Facet; MOST],
    /// For comparisons that look at characters.
    pub text: Vec<char>,
    /// The second text of a pair.
    pub second: Vec<char>,
    /// Longitude and latitude in millionths of a degree.
    pub position: Option<[i32; 2]>,
}

/// Cuts the cells of one comparison.
pub fn cut(kind: Kind, cells: &[&str], vocabulary: &Vocabulary) -> Kept {
    match kind {
        Kind::Enterprise => enterprise(cells[0], vocabulary),
        Kind::CreditCode => credit_code(cells[0]),
        Kind::Phone => phone(cells[0]),
        Kind::Person => person(cells[0], vocabulary),
        Kind::Place => place(cells, vocabulary),
        Kind::Text => {
            let text = plain(cells[0]);
            Kept { facets: facets(text_facets(&text)), text, ..Kept::default() }
        }
        Kind::TextPair => {
            let (first, second) = (plain(cells[0]), plain(cells[1]));
            let ([a, a_head, a_bones], [b, b_head, b_bones]) = (text_facets(&first), text_facets(&second));
            // The same number whichever stands first.
            let both = if a == 0 || b == 0 { 0 } else { number(&[a.min(b), a.max(b)]) };
            Kept { facets: [a, b, both, a_head, b_head, a_bones, b_bones], text: first, second, position: None }
        }
        Kind::Digits => {
            let text: Vec<char> = text::narrow(cells[0]).chars().filter(char::is_ascii_digit).collect();
            let (head, tail) = (text.get(..4).unwrap_or_default(), text.get(4..).unwrap_or_default());
            Kept { facets: facets([of(&text), of(head), of(tail)]), text, ..Kept::default() }
        }
    }
}

fn enterprise(cell: &str, vocabulary: &Vocabulary) -> Kept {
    let parts = NameParts::of(cell, vocabulary);
    let shape: Vec<char> = parts.brand.iter().map(|c| vocabulary.alike.get(c).copied().unwrap_or(*c)).collect();
    let heard: Vec<char> = parts.sound().chars().collect();
    // One bit a trade, so that two names share a trade when a bit is common.
    let trade = parts.trade.iter().fold(0, |mask, trade| mask | 1u32 << (trade % 32));
    let facets = [of(&parts.full), of(&parts.core), of(&parts.brand), of(&heard), of(&shape), trade, of(&parts.branch)];
    Kept { facets, text: parts.core, ..Kept::default() }
}

fn credit_code(cell: &str) -> Kept {
    let narrow = text::narrow(cell);
    // 9.14E+17 is what a spreadsheet left of a code.
    let broken = narrow.contains('.') || narrow.contains("E+");
    let text: Vec<char> = narrow.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    let filler = text.len() < 9 || text.iter().all(|c| *c == text[0]);
    if broken || filler {
        return Kept { facets: facets([0, 0]), ..Kept::default() };
    }
    let organisation = match text.len() {
        9 => &text[..],
        18.. => &text[8..17],
        _ => &[],
    };
    let legal = if text.len() > 18 { &text[..18] } else { &text[..] };
    let typed: String = legal.iter().collect();
    let valid = check_digit::credit_code_valid(&typed) || check_digit::organisation_code_valid(&typed);
    let facets = facets([of(legal), of(organisation), if valid { of(legal) } else { 0 }]);
    Kept { facets, text: legal.to_vec(), ..Kept::default() }
}

/// A landline without its area code, a mobile number as it is.
fn phone(cell: &str) -> Kept {
    let narrow = text::narrow(cell);
    let first = narrow.split(['/', ',', ';', '、', '，', '；', ' ']).find(|p| !p.is_empty()).unwrap_or("");
    let digits: Vec<char> = first.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.strip_prefix(&['8', '6']).filter(|d| d.len() == 11).unwrap_or(&digits);
    let own = if digits.first() == Some(&'0') && digits.len() > 8 { &digits[digits.len() - 8..] } else { digits };
    let filler = own.len() < 7 || own.iter().all(|c| *c == own[0]);
    let own = if filler { &[] } else { own };
    Kept { facets: facets([of(own)]), text: own.to_vec(), ..Kept::default() }
}

fn person(cell: &str, vocabulary: &Vocabulary) -> Kept {
    let text: Vec<char> = plain(cell).into_iter().map(|c| vocabulary.simple.get(&c).copied().unwrap_or(c)).collect();
    let heard: Vec<char> = sound(&text).chars().collect();
    Kept { facets: facets([of(&text), of(&heard)]), text, ..Kept::default() }
}

fn place(cells: &[&str], vocabulary: &Vocabulary) -> Kept {
    let mut area: Vec<char> = text::narrow(cells[0]).chars().filter(char::is_ascii_digit).collect();
    if area.len() < 6 {
        // No county in the code: the one the address names.
        area = vocabulary.counties.named(&plain(cells[1])).map_or(area, <[char]>::to_vec);
    }
    // A level that is not given, or padded with zeros, is missing.
    let level = |from: usize, to: usize| match area.get(..to) {
        Some(code) if code[from..].iter().any(|c| *c != '0') => of(code),
        _ => 0,
    };
    let address = address(cells[1], vocabulary);
    let degrees = |cell: &str| -> Option<i32> {
        let value = text::narrow(cell);
        let (whole, part) = value.split_once('.').unwrap_or((&value, ""));
        let part: String = part.chars().chain("000000".chars()).take(6).collect();
        let found: i32 = format!("{whole}{part}").parse().ok()?;
        (found != 0).then_some(found)
    };
    let position = degrees(cells[2]).zip(degrees(cells[3])).map(|(lon, lat)| [lon, lat]);
    let facets = facets([level(2, 4), level(4, 6), level(6, 9), level(9, 12), of(&address)]);
    Kept { facets, text: address, second: Vec::new(), position }
}

/// An address without what the area code says already: from the village or street on.
fn address(cell: &str, vocabulary: &Vocabulary) -> Vec<char> {
    let text: Vec<char> = plain(cell).into_iter().map(|c| vocabulary.simple.get(&c).copied().unwrap_or(c)).collect();
    let mut rest = &text[..];
    // Province, city, county, town: each at most eight characters, in this order.
    for ends in [&['省'][..], &['市'], &['市', '县', '区'], &['镇', '乡', '道']] {
        if let Some(end) = rest.iter().take(8).position(|c| ends.contains(c)).filter(|e| *e >= 1 && e + 2 < rest.len())
        {
            // 街道办事处 is one town; 人民大道 is a street.
            if ends.contains(&'道') && rest[end] == '道' && rest[end - 1] != '街' {
                continue;
            }
            rest = &rest[end + 1..];
            rest = rest.strip_prefix(&['办', '事', '处']).or(rest.strip_prefix(&['办'])).unwrap_or(rest);
        }
    }
    rest.to_vec()
}

fn plain(cell: &str) -> Vec<char> {
    let kept = |c: &char| c.is_alphanumeric();
    text::narrow(cell).chars().filter(kept).flat_map(char::to_lowercase).collect()
}

/// Exact, the first three characters, and the consonants in order (a sound of a kind for Latin names).
fn text_facets(text: &[char]) -> [Facet; 3] {
    let mut bones: Vec<char> = Vec::new();
    for c in text {
        let class = match c {
            'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'h' | 'w' => continue,
            'b' | 'p' | 'f' | 'v' => 'b',
            'c' | 'k' | 'q' | 'g' | 'j' | 's' | 'x' | 'z' => 'c',
            'd' | 't' => 'd',
            'm' | 'n' => 'm',
            other => *other,
        };
        if bones.last() != Some(&class) {
            bones.push(class);
        }
    }
    [of(text), of(text.get(..3).unwrap_or(text)), of(&bones)]
}

fn of(text: &[char]) -> Facet {
    if text.is_empty() {
        return 0;
    }
    let mut hasher = rustc_hash::FxHasher::default();
    for c in text {
        hasher.write_u32(*c as u32);
    }
    fold(hasher.finish())
}

/// One number for several.
pub fn number(of: &[u32]) -> Facet {
    let mut hasher = rustc_hash::FxHasher::default();
    for n in of {
        hasher.write_u32(*n);
    }
    fold(hasher.finish())
}

fn fold(hash: u64) -> Facet {
    // The multiplier of SplitMix64: the upper half depends on every bit below.
    let mixed = (hash ^ (hash >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ((mixed >> 32) as u32).max(1)
}
