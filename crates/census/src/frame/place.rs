//! Placing (落区): the area a listed row belongs to, by its code, through the history of codes, else by its address.
//!
//! What stays unclear is *disputed* (争议): no row is put anywhere by a guess.

use std::collections::{BTreeMap, BTreeSet};

use instrument::model::{AreaChange, AreaLevel, AreaName};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::ListedUnit;
use crate::area::{AreaCode, AreaTree, Tree};
use crate::text;

/// What speaks for the area of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlacedBy {
    /// The code, and the address does not speak against it.
    Code,
    /// A code that is no longer or not yet in use, and what became of it.
    History,
    /// The names in the address.
    Address,
    /// A person of the office decided (上级裁定).
    Person,
}

/// An area a row may belong to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    pub area: AreaCode,
    /// 0-100; see [`Gazetteer::read_address`].
    pub score: u8,
    /// The names it was recognised by: 郑州市 荥阳市 广武镇.
    pub by: String,
}

/// Where a row belongs (落区结果).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "placed", rename_all = "kebab-case")]
pub enum Placing {
    At {
        area: AreaCode,
        by: PlacedBy,
        why: String,
    },
    /// For the lowest common parent of the candidates, by reporting.
    Disputed {
        pool: AreaCode,
        candidates: Vec<Candidate>,
        why: String,
    },
}

/// The names and codes of areas as lists use them.
#[derive(Debug)]
pub struct Gazetteer<'t> {
    tree: &'t AreaTree,
    /// Asked by name, never walked: its order is seen nowhere.
    names: FxHashMap<String, Vec<(AreaCode, Spelling)>>,
    /// Codes not in the tree → areas of the tree they became or came from.
    became: BTreeMap<AreaCode, BTreeSet<AreaCode>>,
    zones: BTreeSet<AreaCode>,
    longest: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Spelling {
    Full,
    Short,
}

/// From this score an address names an area by itself, when no other comes near.
const NAMES_IT: u8 = 60;
/// The most that the name of a unit says of its area.
const HINT: u8 = 30;
/// How far ahead of the next candidate of another county.
const AHEAD: u8 = 20;

impl<'t> Gazetteer<'t> {
    pub fn new(tree: &'t AreaTree, changes: &[AreaChange], names: &[AreaName]) -> Gazetteer<'t> {
        let mut found = Gazetteer {
            tree,
            names: FxHashMap::default(),
            became: BTreeMap::new(),
            zones: BTreeSet::new(),
            longest: 0,
        };
        for area in tree.iter().filter(|a| !a.container) {
            found.name(&area.name, area.code, Spelling::Full);
            for short in short_forms(&area.name, area.level) {
                found.name(&short, area.code, Spelling::Short);
            }
            // Zones of the statistics bureau have the fifth and sixth digit 71-79 and lie on the ground of districts.
            let (county, digits) = (area.level == AreaLevel::County, area.code.to_string());
            if county && ("71"..="79").contains(&&digits[4..6]) {
                found.zones.insert(area.code);
            }
        }
        for other in names {
            if let Ok(code) = other.code.parse() {
                found.name(&other.name, code, Spelling::Full);
            }
        }
        let pairs: Vec<(AreaCode, AreaCode)> =
            changes.iter().filter_map(|c| Some((c.old.parse().ok()?, c.new.parse().ok()?))).collect();
        for change in changes {
            let Ok(old) = change.old.parse::<AreaCode>() else { continue };
            for code in found.follow(old, &pairs) {
                found.name(&change.old_name, code, Spelling::Full);
            }
        }
        for code in pairs.iter().flat_map(|(old, new)| [*old, *new]).filter(|c| tree.get(*c).is_none()) {
            let all = found.follow(code, &pairs);
            found.became.insert(code, all);
        }
        found
    }

    /// Areas of the tree a code became, or came from when the tree is older than the code.
    fn follow(&self, code: AreaCode, pairs: &[(AreaCode, AreaCode)]) -> BTreeSet<AreaCode> {
        if self.tree.get(code).is_some() {
            return BTreeSet::from([code]);
        }
        let walk = |forward: bool| {
            let (mut open, mut seen, mut ends) = (vec![code], BTreeSet::new(), BTreeSet::new());
            while let Some(at) = open.pop() {
                if !seen.insert(at) {
                    continue;
                }
                if self.tree.get(at).is_some() {
                    ends.insert(at);
                    continue;
                }
                let steps = pairs.iter().map(|&(old, new)| if forward { (old, new) } else { (new, old) });
                open.extend(steps.filter(|(from, _)| *from == at).map(|(_, to)| to));
            }
            ends
        };
        let later = walk(true);
        if later.is_empty() { walk(false) } else { later }
    }

    fn name(&mut self, name: &str, code: AreaCode, spelling: Spelling) {
        let name = text::squeeze(&text::narrow(name));
        self.longest = self.longest.max(name.chars().count());
        let entry = self.names.entry(name).or_default();
        if !entry.iter().any(|(c, _)| *c == code) {
            entry.push((code, spelling));
        }
    }

    /// Where a row belongs, seen from the office of `root`.
    pub fn place(&self, read: &ListedUnit, root: AreaCode) -> Placing {
        let code = text::narrow(&read.area);
        let code = code.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let mut spoken = self.read_address(&read.address);
        if spoken.is_empty() {
            // The place a unit is named after is where to ask, never where to put it.
            let hints = self.read_address(&read.name).into_iter();
            spoken =
                hints.map(|c| Candidate { score: c.score.min(HINT), by: format!("单位名称 {}", c.by), ..c }).collect();
        }
        let (codes, by, told) = self.read_code(code);
        let context: Vec<AreaCode> = codes.iter().copied().collect();
        match context.as_slice() {
            [one] if self.county(*one).is_some() => self.with_code(*one, by, &told, &spoken, root),
            [] => self.by_address(&spoken, root, &told, |_| true),
            some => {
                // A code above the county, or one that became several: the address decides within it.
                let within = |area: AreaCode| some.iter().any(|&c| self.tree.within(Tree::Code, area, c));
                if spoken.iter().any(|c| within(c.area) && self.county(c.area).is_some()) {
                    return self.by_address(&spoken, root, &told, within);
                }
                let candidates: Vec<Candidate> =
                    some.iter().map(|&area| Candidate { area, score: 50, by: told.clone() }).collect();
                let why = if spoken.is_empty() {
                    format!("{told}，地址中没有可以认出的地名")
                } else {
                    format!("{told}，与地址不一致")
                };
                self.disputed(candidates.into_iter().chain(spoken.clone()).collect(), root, why)
            }
        }
    }

    /// The areas a code stands for, what it was read through, and words for it.
    fn read_code(&self, code: &str) -> (BTreeSet<AreaCode>, PlacedBy, String) {
        if code.is_empty() {
            return (BTreeSet::new(), PlacedBy::Address, "没有区划代码".to_owned());
        }
        let parsed = match code.parse::<AreaCode>() {
            Ok(parsed) => parsed,
            // Some lists write the name of the area where the code belongs.
            Err(problem) => match self.tree.resolve(code) {
                Ok(area) => return (BTreeSet::from([area]), PlacedBy::Code, format!("区划{code}")),
                Err(_) => return (BTreeSet::new(), PlacedBy::Address, problem.zh()),
            },
        };
        // Down to the deepest area that exists; a village of another year still says its town and county.
        for digits in [12, 9, 6] {
            let at = parsed.cut(digits);
            if at.significant() < digits {
                continue;
            }
            if self.tree.get(at).is_some() {
                return (BTreeSet::from([at]), PlacedBy::Code, format!("区划代码{code}"));
            }
            if let Some(became) = self.became.get(&at) {
                let names: Vec<&str> =
                    became.iter().filter_map(|c| self.tree.get(*c)).map(|a| a.name.as_str()).collect();
                return (became.clone(), PlacedBy::History, format!("区划代码{code}已变更为{}", names.join("、")));
            }
        }
        let above = [4, 2].into_iter().map(|d| parsed.cut(d)).find(|c| self.tree.get(*c).is_some_and(|a| !a.container));
        match above {
            Some(at) if parsed.significant() <= 4 => {
                (BTreeSet::from([at]), PlacedBy::Code, format!("区划代码{code}不到县级"))
            }
            Some(at) => (BTreeSet::from([at]), PlacedBy::Code, format!("区划代码{code}不存在")),
            None => (BTreeSet::new(), PlacedBy::Address, format!("区划代码{code}不在区划表中")),
        }
    }

    fn with_code(&self, code: AreaCode, by: PlacedBy, told: &str, spoken: &[Candidate], root: AreaCode) -> Placing {
        let own = self.county(code);
        let agrees = spoken.iter().filter(|c| c.score > HINT);
        let agrees = agrees.clone().find(|c| self.county(c.area) == own || self.tree.within(Tree::Code, code, c.area));
        if let Some(agreed) = agrees {
            // The deeper of the two, when one lies in the other.
            let area = if self.tree.within(Tree::Code, agreed.area, code) { agreed.area } else { code };
            return Placing::At { area, by, why: format!("{told}，地址相符（{}）", agreed.by) };
        }
        let other = spoken.first().filter(|c| c.score >= NAMES_IT && !self.same_ground(code, c.area));
        match other {
            None if spoken.iter().all(|c| c.score <= HINT) => Placing::At { area: code, by, why: told.to_owned() },
            None => Placing::At { area: code, by, why: format!("{told}，地址不足以否定") },
            Some(other) => {
                let why = format!("{told}与地址（{}）不一致", other.by);
                let own = Candidate { area: code, score: 50, by: told.to_owned() };
                self.disputed(std::iter::once(own).chain(spoken.iter().cloned()).collect(), root, why)
            }
        }
    }

    /// A zone and the districts of its city lie on the same ground: an address naming one does not deny the other.
    fn same_ground(&self, a: AreaCode, b: AreaCode) -> bool {
        let zone = |c: AreaCode| self.county(c).is_some_and(|c| self.zones.contains(&c));
        a.cut(4) == b.cut(4) && (zone(a) || zone(b))
    }

    fn by_address(
        &self,
        spoken: &[Candidate],
        root: AreaCode,
        told: &str,
        within: impl Fn(AreaCode) -> bool,
    ) -> Placing {
        let inside: Vec<&Candidate> =
            spoken.iter().filter(|c| within(c.area) && self.county(c.area).is_some()).collect();
        let Some(best) = inside.first() else {
            let why = if spoken.is_empty() {
                format!("{told}，地址中没有可以认出的地名")
            } else {
                format!("{told}，地址不到县级")
            };
            return self.disputed(spoken.to_vec(), root, why);
        };
        let rival = inside.iter().find(|c| self.county(c.area) != self.county(best.area));
        let ahead = rival.is_none_or(|r| best.score >= r.score.saturating_add(AHEAD));
        if best.score >= NAMES_IT && ahead {
            return Placing::At {
                area: best.area,
                by: PlacedBy::Address,
                why: format!("{told}，按地址（{}）", best.by),
            };
        }
        let why = match rival {
            Some(_) if !ahead => format!("{told}，地址可指多处"),
            _ => format!("{told}，地址（{}）不足以确定", best.by),
        };
        self.disputed(inside.into_iter().cloned().collect(), root, why)
    }

    fn disputed(&self, mut candidates: Vec<Candidate>, root: AreaCode, why: String) -> Placing {
        const KEPT: usize = 8;
        candidates.sort_by_key(|c| (std::cmp::Reverse(c.score), c.area));
        candidates.dedup_by_key(|c| c.area);
        let pool = self.common(candidates.iter().map(|c| c.area), root);
        candidates.truncate(KEPT);
        Placing::Disputed { pool, candidates, why }
    }

    /// The lowest area above all, by reporting, not above `root` when all lie in it; `root` when there are none.
    pub fn common(&self, areas: impl Iterator<Item = AreaCode>, root: AreaCode) -> AreaCode {
        let up = |area: AreaCode| {
            let mut chain = vec![area];
            chain.extend(self.tree.ancestors(Tree::Reporting, area));
            chain.reverse();
            chain
        };
        let mut shared: Option<Vec<AreaCode>> = None;
        for area in areas {
            let chain = up(area);
            shared = Some(match shared {
                None => chain,
                Some(old) => old.into_iter().zip(chain).take_while(|(a, b)| a == b).map(|(a, _)| a).collect(),
            });
        }
        let pool = shared.and_then(|chain| chain.last().copied()).unwrap_or(root);
        // A single county is no common parent: its city decides.
        let pool = match self.tree.get(pool).map(|a| a.level) {
            Some(AreaLevel::County | AreaLevel::Town | AreaLevel::Village) => {
                let county = self.county(pool).unwrap_or(pool);
                if county == root || self.tree.within(Tree::Reporting, root, county) {
                    root
                } else {
                    self.tree.ancestors(Tree::Reporting, county).first().copied().unwrap_or(root)
                }
            }
            _ => pool,
        };
        if self.tree.within(Tree::Reporting, pool, root) { pool } else { root }
    }

    fn county(&self, area: AreaCode) -> Option<AreaCode> {
        self.tree.at_level(Tree::Code, area, AreaLevel::County)
    }

    /// The areas an address names at its beginning, best first: province to village, each level may be left out.
    ///
    /// The score counts what is named: a county by its full name 80, by its short name or through a town alone 50,
    /// a named city above it +10, a town inside it +10 (a village +5); a city alone 30.
    pub fn read_address(&self, address: &str) -> Vec<Candidate> {
        let text: Vec<char> = text::squeeze(&text::narrow(address)).chars().collect();
        let mut found: BTreeMap<AreaCode, Candidate> = BTreeMap::new();
        self.walk(&text, None, Named::default(), &mut found);
        let mut candidates: Vec<Candidate> = found.into_values().collect();
        candidates.sort_by_key(|c| (std::cmp::Reverse(c.score), std::cmp::Reverse(c.area.significant()), c.area));
        candidates
    }

    fn walk(&self, rest: &[char], context: Option<AreaCode>, named: Named, found: &mut BTreeMap<AreaCode, Candidate>) {
        let mut deeper = false;
        for length in (2..=self.longest.min(rest.len())).rev() {
            let name: String = rest[..length].iter().collect();
            let Some(areas) = self.names.get(&name) else { continue };
            let after = &rest[length..];
            for &(area, spelling) in areas {
                let Some(level) = self.tree.get(area).map(|a| a.level) else { continue };
                let inside = context.is_none_or(|c| c != area && self.tree.within(Tree::Code, area, c));
                // 中原路 is not 中原区, and a village alone names nothing.
                let street = spelling == Spelling::Short && begins_street(after);
                if !inside || street || (context.is_none() && level == AreaLevel::Village) {
                    continue;
                }
                deeper = true;
                self.walk(after, Some(area), named.and(level, spelling, &name), found);
            }
            // The longest name that is one is the one meant; at the same place shorter ones are parts of it.
            if deeper {
                break;
            }
        }
        let Some(area) = context.filter(|_| !deeper) else { return };
        if self.tree.get(area).is_some_and(|a| a.level == AreaLevel::Province) {
            return;
        }
        let candidate = Candidate { area, score: named.score(), by: named.words };
        let entry = found.entry(area).or_insert_with(|| candidate.clone());
        if candidate.score > entry.score {
            *entry = candidate;
        }
    }
}

/// What an address has named so far.
#[derive(Debug, Clone, Default)]
struct Named {
    words: String,
    city: bool,
    county: Option<Spelling>,
    town: bool,
    village: bool,
}

impl Named {
    fn and(&self, level: AreaLevel, spelling: Spelling, word: &str) -> Named {
        let mut next = self.clone();
        if !next.words.is_empty() {
            next.words.push(' ');
        }
        next.words.push_str(word);
        match level {
            AreaLevel::Province => {}
            AreaLevel::City => next.city = true,
            AreaLevel::County => next.county = Some(spelling),
            AreaLevel::Town => next.town = true,
            AreaLevel::Village => next.village = true,
        }
        next
    }

    fn score(&self) -> u8 {
        let base = match self.county {
            Some(Spelling::Full) => 80,
            Some(Spelling::Short) => 50,
            None if self.town => 50,
            None if self.village => 40,
            None => 20,
        };
        let more = |named: bool, points: u8| if named { points } else { 0 };
        (base + more(self.city, 10) + more(self.town && self.county.is_some(), 10) + more(self.village, 5)).min(100)
    }
}

fn begins_street(after: &[char]) -> bool {
    matches!(after.first(), Some('路' | '街' | '道' | '巷' | '桥' | '村' | '镇' | '乡'))
}

/// 荥阳市 → 荥阳; 广武镇 → 广武; 邮电院社区居委会 → 邮电院社区, 邮电院. One character alone says nothing.
fn short_forms(name: &str, level: AreaLevel) -> Vec<String> {
    let ends: &[&str] = match level {
        AreaLevel::Province => &["省"],
        AreaLevel::City => &["市", "地区"],
        AreaLevel::County => &["回族区", "市", "县", "区"],
        AreaLevel::Town => &["街道办事处", "办事处", "回族镇", "回族乡", "镇", "乡"],
        AreaLevel::Village => &["社区居委会", "社区居民委员会", "居民委员会", "村民委员会", "居委会", "村委会"],
    };
    let mut found = Vec::new();
    if let Some(bare) = ends.iter().find_map(|end| name.strip_suffix(end)).filter(|b| b.chars().count() >= 2) {
        match level {
            AreaLevel::Town if name.ends_with("办事处") => {
                let bare = bare.trim_end_matches("街道");
                found.extend([
                    format!("{bare}街道"),
                    format!("{bare}办事处"),
                    format!("{bare}街道办事处"),
                    format!("{bare}办"),
                ]);
            }
            AreaLevel::Village => {
                found.extend([bare.to_owned(), format!("{}村", bare.trim_end_matches('村')), format!("{bare}社区")]);
            }
            _ => found.push(bare.to_owned()),
        }
    }
    found.retain(|n| n != name && n.chars().count() >= 2);
    found
}
