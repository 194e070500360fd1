//! A pair of rows, comparison by comparison: which level holds.

use super::Kind;
use super::facet::{Facet, Kept};

/// A level of agreement, strongest first within its comparison. Level numbers begin at 1; 0: a value is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    pub name: &'static str,
    /// As persons read it.
    pub title: &'static str,
    /// Facet whose frequency weighs: agreement on a rare value says more.
    pub frequency: Option<usize>,
    /// Disagreement, or agreement that says little: never taken for evidence beyond what was learned.
    pub agrees: bool,
}

const fn level(name: &'static str, title: &'static str, frequency: Option<usize>) -> Level {
    Level { name, title, frequency, agrees: true }
}

const fn other(name: &'static str, title: &'static str) -> Level {
    Level { name, title, frequency: None, agrees: false }
}

impl Kind {
    /// The levels of this kind, in the order in which they are tried.
    pub fn levels(self) -> &'static [Level] {
        match self {
            Kind::Enterprise => {
                const {
                    &[
                        other("branch", "一方是分支，或分支不同"),
                        level("full", "全称相同", Some(0)),
                        level("core", "字号与行业相同，地名或组织形式不同", Some(1)),
                        level("brand", "字号相同，行业相近", Some(2)),
                        level("sound", "字号同音或形近，行业相近", Some(3)),
                        level("near", "名称相近", None),
                        level("brand-only", "字号相同，行业不同", Some(2)),
                        other("other", "不同"),
                    ]
                }
            }
            Kind::CreditCode => {
                const {
                    &[
                        level("same", "代码相同", Some(0)),
                        level("organisation", "组织机构代码相同", Some(1)),
                        level("near", "差一位或两位互换", None),
                        other("other", "不同，至少一个校验不符"),
                        other("differs", "两个有效代码不同"),
                    ]
                }
            }
            Kind::Phone => {
                const {
                    &[level("same", "相同", Some(0)), level("near", "差一位或两位互换", None), other("other", "不同")]
                }
            }
            Kind::Person => {
                const {
                    &[
                        level("same", "相同", Some(0)),
                        level("sound", "同音", Some(1)),
                        level("near", "差一字", None),
                        other("other", "不同"),
                    ]
                }
            }
            Kind::Place => {
                const {
                    &[
                        level("address", "地址相同", Some(4)),
                        level("spot", "相距 50 米内", None),
                        level("street", "地址很像", None),
                        level("near", "相距 300 米内", None),
                        level("like", "地址相像", None),
                        level("village", "同村", Some(3)),
                        level("town", "同乡镇", Some(2)),
                        level("county", "同县", None),
                        other("other", "不同"),
                    ]
                }
            }
            Kind::Text => {
                const {
                    &[
                        level("same", "相同", Some(0)),
                        level("near", "很像", None),
                        level("like", "相像", None),
                        other("other", "不同"),
                    ]
                }
            }
            Kind::TextPair => {
                const {
                    &[
                        level("same", "两项相同", Some(2)),
                        level("exchanged", "两项互换", Some(2)),
                        level("one-near", "一项相同，一项很像", None),
                        level("near", "两项都像", None),
                        level("second", "只有后项相同", Some(1)),
                        level("first", "只有前项相同", Some(0)),
                        other("other", "不同"),
                    ]
                }
            }
            Kind::Digits => {
                const {
                    &[
                        level("same", "相同", Some(0)),
                        level("near", "差一位或两位互换", None),
                        level("part", "前四位或其余相同", None),
                        other("other", "不同"),
                    ]
                }
            }
        }
    }
}

/// One side of a pair: facets at hand, characters and position looked up only where a level asks for them.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    pub facets: &'a [Facet],
    pub texts: &'a Texts,
    pub row: usize,
}

/// Characters and positions of one comparison, all rows.
#[derive(Debug, Default)]
pub struct Texts {
    chars: Vec<char>,
    /// End of the first and of the second text of each row.
    ends: Vec<[u32; 2]>,
    positions: Vec<Option<[i32; 2]>>,
}

impl Texts {
    pub fn push(&mut self, kept: &Kept) {
        self.chars.extend(&kept.text);
        let first = self.chars.len() as u32;
        self.chars.extend(&kept.second);
        self.ends.push([first, self.chars.len() as u32]);
        self.positions.push(kept.position);
    }
}

impl<'a> Side<'a> {
    fn text(&self) -> &'a [char] {
        let start = if self.row == 0 { 0 } else { self.texts.ends[self.row - 1][1] };
        &self.texts.chars[start as usize..self.texts.ends[self.row][0] as usize]
    }

    fn second(&self) -> &'a [char] {
        let [first, second] = self.texts.ends[self.row];
        &self.texts.chars[first as usize..second as usize]
    }

    fn position(&self) -> Option<[i32; 2]> {
        self.texts.positions[self.row]
    }
}

/// The level that holds; 0 when a value is missing.
pub fn compare(kind: Kind, a: &Side, b: &Side) -> u8 {
    let found = match kind {
        Kind::Enterprise => enterprise(a, b),
        Kind::CreditCode => code(a, b),
        Kind::Phone => typed(a, b).map(|level| level.min(2)),
        Kind::Person => person(a, b),
        Kind::Place => place(a, b),
        Kind::Text => text(a, b),
        Kind::TextPair => pair(a, b),
        Kind::Digits => digits(a, b),
    };
    found.map_or(0, |level| level + 1)
}

fn same(a: &Side, b: &Side, facet: usize) -> bool {
    a.facets[facet] != 0 && a.facets[facet] == b.facets[facet]
}

fn enterprise(a: &Side, b: &Side) -> Option<u8> {
    if a.facets[0] == 0 || b.facets[0] == 0 {
        return None;
    }
    let brand = same(a, b, 2);
    let heard = same(a, b, 3) || same(a, b, 4);
    let slip = || a.text().len().max(b.text().len()) >= 4 && one_slip(a.text(), b.text());
    let near = || dice(a.text(), b.text()) >= 60 || within(a.text(), b.text()) || slip();
    if a.facets[6] != b.facets[6] && (brand || heard || near()) {
        return Some(0);
    }
    if same(a, b, 0) {
        return Some(1);
    }
    if same(a, b, 1) {
        return Some(2);
    }
    // A name without trade words leaves the trade open.
    let trade = a.facets[5] & b.facets[5] != 0 || a.facets[5] == 0 || b.facets[5] == 0;
    Some(match () {
        () if brand && trade => 3,
        () if heard && trade => 4,
        () if near() => 5,
        () if brand => 6,
        () => 7,
    })
}

fn code(a: &Side, b: &Side) -> Option<u8> {
    if a.facets[0] == 0 || b.facets[0] == 0 {
        return None;
    }
    Some(match () {
        () if same(a, b, 0) => 0,
        () if same(a, b, 1) => 1,
        // Two codes that both pass their checks are two codes, however alike: neighbours in a register are.
        () if a.facets[2] != 0 && b.facets[2] != 0 => 4,
        () if one_slip(a.text(), b.text()) => 2,
        () => 3,
    })
}

/// 0 same, 1 a slip of the typist, 2 other.
fn typed(a: &Side, b: &Side) -> Option<u8> {
    if a.facets[0] == 0 || b.facets[0] == 0 {
        return None;
    }
    Some(if same(a, b, 0) { 0 } else { 2 - u8::from(one_slip(a.text(), b.text())) })
}

fn person(a: &Side, b: &Side) -> Option<u8> {
    if a.facets[0] == 0 || b.facets[0] == 0 {
        return None;
    }
    let differing = a.text().iter().zip(b.text()).filter(|(x, y)| x != y).count();
    Some(match () {
        () if same(a, b, 0) => 0,
        () if same(a, b, 1) => 1,
        () if a.text().len() == b.text().len() && a.text().len() >= 3 && differing == 1 => 2,
        () => 3,
    })
}

fn place(a: &Side, b: &Side) -> Option<u8> {
    let known = |s: &Side| s.facets[1] != 0 || s.facets[4] != 0;
    let metres = a.position().zip(b.position()).map(|(p, q)| metres(p, q));
    if !(known(a) && known(b)) && metres.is_none() {
        return None;
    }
    // The same house number in two counties is not one place.
    let county = a.facets[1] == b.facets[1] || a.facets[1] == 0 || b.facets[1] == 0;
    let alike = if county && a.facets[4] != 0 && b.facets[4] != 0 { dice(a.text(), b.text()) } else { 0 };
    Some(match () {
        () if county && same(a, b, 4) => 0,
        () if metres.is_some_and(|m| m <= 50) => 1,
        () if alike >= 75 => 2,
        () if metres.is_some_and(|m| m <= 300) => 3,
        () if alike >= 50 => 4,
        () if same(a, b, 3) => 5,
        () if same(a, b, 2) => 6,
        () if same(a, b, 1) => 7,
        () => 8,
    })
}

fn text(a: &Side, b: &Side) -> Option<u8> {
    if a.facets[0] == 0 || b.facets[0] == 0 {
        return None;
    }
    Some(if same(a, b, 0) { 0 } else { likeness(a.text(), b.text()) })
}

/// 1 very like, 2 like, 3 unlike.
fn likeness(a: &[char], b: &[char]) -> u8 {
    if one_slip(a, b) && a.len().max(b.len()) > 2 {
        return 1;
    }
    match jaro_winkler(a, b) {
        92.. => 1,
        85.. => 2,
        _ => 3,
    }
}

fn pair(a: &Side, b: &Side) -> Option<u8> {
    let there = |s: &Side| s.facets[0] != 0 || s.facets[1] != 0;
    if !there(a) || !there(b) {
        return None;
    }
    let (first, second) = (same(a, b, 0), same(a, b, 1));
    if first && second {
        return Some(0);
    }
    let crossed = |x: &[char], y: &[char]| !x.is_empty() && !y.is_empty() && likeness(x, y) <= 1;
    if same(a, b, 2) || (crossed(a.text(), b.second()) && crossed(a.second(), b.text())) {
        return Some(1);
    }
    let near = |x: &[char], y: &[char]| !x.is_empty() && !y.is_empty() && likeness(x, y) <= 2;
    let (first_near, second_near) = (first || near(a.text(), b.text()), second || near(a.second(), b.second()));
    Some(match () {
        () if (first && second_near) || (second && first_near) => 2,
        () if first_near && second_near => 3,
        () if second => 4,
        () if first => 5,
        () => 6,
    })
}

fn digits(a: &Side, b: &Side) -> Option<u8> {
    if a.facets[0] == 0 || b.facets[0] == 0 {
        return None;
    }
    Some(match () {
        () if same(a, b, 0) => 0,
        () if one_slip(a.text(), b.text()) => 1,
        () if same(a, b, 1) || same(a, b, 2) => 2,
        () => 3,
    })
}

/// One character replaced, left out or put in, or two neighbours exchanged.
pub fn one_slip(a: &[char], b: &[char]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if long.len() - short.len() > 1 {
        return false;
    }
    let head = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    let tail = |x: &[char], y: &[char]| x.iter().rev().zip(y.iter().rev()).all(|(x, y)| x == y);
    let (s, l) = (&short[head..], &long[head..]);
    if s.len() < l.len() {
        return tail(s, &l[1..]) && s.len() == l.len() - 1;
    }
    s.is_empty() || tail(&s[1..], &l[1..]) || (s.len() >= 2 && s[0] == l[1] && s[1] == l[0] && tail(&s[2..], &l[2..]))
}

/// The shorter name stands whole within the longer.
fn within(a: &[char], b: &[char]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    short.len() >= 3 && long.windows(short.len()).any(|w| w == short)
}

/// Shared pairs of neighbouring characters, in hundredths (Dice).
pub fn dice(a: &[char], b: &[char]) -> usize {
    if a.len() < 2 || b.len() < 2 {
        return if !a.is_empty() && a == b { 100 } else { 0 };
    }
    let mut used = 0u64;
    let mut shared = 0;
    for pair in a.windows(2) {
        let free = |at: &usize| *at >= 64 || used >> at & 1 == 0;
        if let Some(at) = b.windows(2).enumerate().position(|(at, other)| other == pair && free(&at)) {
            shared += 1;
            used |= 1u64.checked_shl(at as u32).unwrap_or(0);
        }
    }
    200 * shared / (a.len() + b.len() - 2)
}

/// Jaro-Winkler likeness in hundredths.
fn jaro_winkler(a: &[char], b: &[char]) -> u32 {
    if a.is_empty() || b.is_empty() {
        return 0;
    }
    let reach = (a.len().max(b.len()) / 2).saturating_sub(1);
    let mut used = vec![false; b.len()];
    let mut of_a = Vec::with_capacity(a.len());
    for (at, c) in a.iter().enumerate() {
        let range = at.saturating_sub(reach)..(at + reach + 1).min(b.len());
        if let Some(found) = range.into_iter().find(|j| !used[*j] && b[*j] == *c) {
            used[found] = true;
            of_a.push(*c);
        }
    }
    if of_a.is_empty() {
        return 0;
    }
    let of_b = b.iter().zip(&used).filter(|(_, used)| **used).map(|(c, _)| c);
    let moved = of_a.iter().zip(of_b).filter(|(x, y)| x != y).count() / 2;
    // In millionths, rounded down: the levels are far coarser.
    let share = |part: usize, of: usize| 1_000_000 * part / of;
    let shared = of_a.len();
    let jaro = (share(shared, a.len()) + share(shared, b.len()) + share(shared - moved, shared)) / 3;
    let head = a.iter().zip(b).take(4).take_while(|(x, y)| x == y).count();
    ((jaro + head * (1_000_000 - jaro) / 10) / 10_000) as u32
}

/// Metres between two points in millionths of a degree, good to a per cent within a county.
fn metres(p: [i32; 2], q: [i32; 2]) -> i64 {
    let (dx, dy) = (i64::from(p[0]) - i64::from(q[0]), i64::from(p[1]) - i64::from(q[1]));
    // A millionth of a degree is 11.1 cm north; east it is shorter by the cosine of the latitude
    // (a parabola through 1 at the equator and 1/2 at 60°).
    let lat = i64::from(p[1]) / 1_000_000;
    let east = 1000 - lat * lat * 1000 / 7200;
    let (x, y) = (dx * east / 1000, dy);
    (x.saturating_mul(x).saturating_add(y.saturating_mul(y))).isqrt() * 111 / 1000
}
