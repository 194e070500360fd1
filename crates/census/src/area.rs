//! Areas (行政区划): twelve-digit codes, and the two trees over them.
//!
//! The tree of codes and the tree of reporting differ: a directly administered
//! county keeps a code under its old city and reports straight to the province.
//! So every question that goes down or up a tree names the [`Tree`] it means.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use instrument::model::{AreaChange, AreaLevel, AreaRow, Instrument};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::text;

/// A twelve-digit area code (区划代码): province 2, city 2, county 2, town 3, village 3 digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AreaCode(u64);

/// Which tree a question or a total means. A city's total by code contains its
/// directly administered counties; its total by reporting does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tree {
    /// 按代码.
    Code,
    /// 按上报关系.
    Reporting,
}

/// Why a text names no area.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "problem", rename_all = "kebab-case")]
pub enum AreaProblem {
    #[error("area is blank; give a 12-digit code")]
    Blank,
    #[error("area code {text}: {digits} digits; give 2, 4, 6, 9 or 12 digits")]
    Length { text: String, digits: usize },
    #[error("area code {text}: character {position} is not a digit")]
    NotDigit { text: String, position: usize },
    #[error("area code {code} is not in the area table{}", .nearest.as_ref().map(|n| format!("; {n} exists")).unwrap_or_default())]
    Unknown { code: String, nearest: Option<String> },
    #[error("no area is named {name}")]
    UnknownName { name: String },
    #[error("{name} names several areas: {}; write the path from the province", .codes.join(", "))]
    Ambiguous { name: String, codes: Vec<String> },
    #[error("enumeration area {text}: {rest} after the 12 digits; at most one letter A-Z is allowed")]
    Part { text: String, rest: String },
    #[error("area {code} is listed twice; keep one row")]
    Twice { code: String },
    #[error("area {code}: its parent {parent} is not in the area table; {}", .placed.as_ref().map_or("it is left out".to_owned(), |up| format!("placed under {up}")))]
    NoParent { code: String, parent: String, placed: Option<String> },
    #[error("area {code}: its parents lead back to itself")]
    Cycle { code: String },
}

impl AreaProblem {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            AreaProblem::Blank => "行政区划为空；请填 12 位代码".into(),
            AreaProblem::Length { text, digits } => {
                format!("行政区划代码 {text} 有 {digits} 位；应为 2、4、6、9 或 12 位")
            }
            AreaProblem::NotDigit { text, position } => format!("行政区划代码 {text} 的第 {position} 个字不是数字"),
            AreaProblem::Unknown { code, nearest } => {
                let near = nearest.as_ref().map_or_else(String::new, |n| format!("；有 {n}"));
                format!("区划表中没有行政区划代码 {code}{near}")
            }
            AreaProblem::UnknownName { name } => format!("没有名为 {name} 的行政区划"),
            AreaProblem::Ambiguous { name, codes } => {
                format!("名为 {name} 的行政区划不止一个：{}；请从省级写起", codes.join("、"))
            }
            AreaProblem::Part { text, rest } => format!("普查小区 {text}：12 位之后的 {rest} 不对；最多一个字母 A-Z"),
            AreaProblem::Twice { code } => format!("行政区划 {code} 列了两次；请只留一行"),
            AreaProblem::NoParent { code, parent, placed } => {
                let placed = placed.as_ref().map_or_else(|| "已略去".to_owned(), |up| format!("已放在 {up} 之下"));
                format!("行政区划 {code} 的上级 {parent} 不在区划表中；{placed}")
            }
            AreaProblem::Cycle { code } => format!("行政区划 {code} 的上级又回到它自己"),
        }
    }
}

/// One area of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    pub code: AreaCode,
    pub name: String,
    pub level: AreaLevel,
    /// Urban-rural class (城乡分类代码) of a village, or empty.
    pub urban_rural: String,
    code_parent: Option<AreaCode>,
    reporting_parent: Option<AreaCode>,
    /// Has no office of its own: everything below it by code reports elsewhere (省直辖县级行政区划).
    pub container: bool,
}

/// All areas of a census, with both trees.
#[derive(Debug, Clone, Default)]
pub struct AreaTree {
    areas: BTreeMap<AreaCode, Area>,
    by_code: BTreeMap<AreaCode, Vec<AreaCode>>,
    by_reporting: BTreeMap<AreaCode, Vec<AreaCode>>,
    by_name: BTreeMap<String, Vec<AreaCode>>,
}

/// An enumeration area (普查小区): a village code, and a letter when the village is split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnumerationArea {
    pub village: AreaCode,
    pub part: Option<char>,
}

impl AreaCode {
    /// The code of the first so many digits, the rest zero: `410182001003` cut to 6 is `410182000000`.
    pub fn cut(self, digits: u32) -> AreaCode {
        let unit = 10u64.pow(12 - digits.min(12));
        AreaCode(self.0 / unit * unit)
    }

    /// How many digits say something: 2, 4, 6, 9 or 12.
    pub fn significant(self) -> u32 {
        [2, 4, 6, 9].into_iter().find(|&d| self.cut(d) == self).unwrap_or(12)
    }

    /// The code without trailing zeros of lower levels: `410182`.
    pub fn short(self) -> String {
        self.to_string()[..self.significant() as usize].to_owned()
    }

    /// Whether this code lies at or below `other` by its digits alone.
    pub fn under(self, other: AreaCode) -> bool {
        self.cut(other.significant()) == other
    }

    /// The county's six digits, as most joins need them: `410182`.
    pub fn county(self) -> AreaCode {
        self.cut(6)
    }
}

impl fmt::Display for AreaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012}", self.0)
    }
}

impl fmt::Debug for AreaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for AreaCode {
    type Err = AreaProblem;

    /// Accepts 2, 4, 6, 9 or 12 digits, full-width digits and surrounding blanks.
    fn from_str(given: &str) -> Result<AreaCode, AreaProblem> {
        let text = text::narrow(given);
        if text.is_empty() {
            return Err(AreaProblem::Blank);
        }
        if let Some(position) = text.chars().position(|c| !c.is_ascii_digit()) {
            return Err(AreaProblem::NotDigit { text, position: position + 1 });
        }
        let digits = text.len();
        if ![2, 4, 6, 9, 12].contains(&digits) {
            return Err(AreaProblem::Length { text, digits });
        }
        let number: u64 = text.parse().map_err(|_| AreaProblem::Length { text: text.clone(), digits })?;
        Ok(AreaCode(number * 10u64.pow(12 - digits as u32)))
    }
}

impl Serialize for AreaCode {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AreaCode {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<AreaCode, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for EnumerationArea {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.village)?;
        self.part.map_or(Ok(()), |letter| write!(f, "{letter}"))
    }
}

impl Serialize for EnumerationArea {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EnumerationArea {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<EnumerationArea, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

impl FromStr for EnumerationArea {
    type Err = AreaProblem;

    /// Twelve digits and at most one letter; a small letter is taken as its capital.
    fn from_str(given: &str) -> Result<EnumerationArea, AreaProblem> {
        let text = text::narrow(given);
        if text.is_empty() {
            return Err(AreaProblem::Blank);
        }
        let split = text.char_indices().nth(12).map_or(text.len(), |(at, _)| at);
        let (digits, rest) = text.split_at(split);
        if let Some(position) = digits.chars().position(|c| !c.is_ascii_digit()) {
            return Err(AreaProblem::NotDigit { position: position + 1, text });
        }
        if digits.len() != 12 {
            return Err(AreaProblem::Length { digits: digits.len(), text });
        }
        let village = digits.parse()?;
        let mut letters = rest.chars();
        match (letters.next(), letters.next()) {
            (None, _) => Ok(EnumerationArea { village, part: None }),
            (Some(letter), None) if letter.is_ascii_alphabetic() => {
                Ok(EnumerationArea { village, part: Some(letter.to_ascii_uppercase()) })
            }
            _ => Err(AreaProblem::Part { rest: rest.to_owned(), text }),
        }
    }
}

impl Area {
    /// The area above it in a tree; `None` for the root, and for a container in the reporting tree.
    pub fn parent(&self, tree: Tree) -> Option<AreaCode> {
        match tree {
            Tree::Code => self.code_parent,
            Tree::Reporting if self.container => None,
            Tree::Reporting => self.reporting_parent,
        }
    }
}

impl AreaTree {
    /// Builds both trees from the instrument's area table. Every row that cannot be placed where it
    /// says is named: it goes under the nearest area above by its digits, or is left out.
    pub fn build(rows: &[AreaRow]) -> (AreaTree, Vec<AreaProblem>) {
        AreaTree::build_with(rows, &[])
    }

    /// The areas of an instrument: what still has the code of an abolished county goes under the one it became.
    pub fn of(instrument: &Instrument) -> (AreaTree, Vec<AreaProblem>) {
        AreaTree::build_with(&instrument.areas, &instrument.area_changes)
    }

    fn build_with(rows: &[AreaRow], changes: &[AreaChange]) -> (AreaTree, Vec<AreaProblem>) {
        let mut tree = AreaTree::default();
        let pairs = changes.iter().filter_map(|c| Some((c.old.parse().ok()?, c.new.parse().ok()?)));
        let became: BTreeMap<AreaCode, AreaCode> = pairs.collect();
        let mut problems = Vec::new();
        for row in rows {
            match place(row) {
                Err(problem) => problems.push(problem),
                Ok(area) if tree.areas.contains_key(&area.code) => {
                    problems.push(AreaProblem::Twice { code: area.code.to_string() });
                }
                Ok(area) => {
                    tree.areas.insert(area.code, area);
                }
            }
        }
        problems.extend(tree.drop_unplaced(&became));
        tree.link();
        (tree, problems)
    }

    pub fn get(&self, code: AreaCode) -> Option<&Area> {
        self.areas.get(&code)
    }

    pub fn len(&self) -> usize {
        self.areas.len()
    }

    pub fn is_empty(&self) -> bool {
        self.areas.is_empty()
    }

    /// All areas in the order of their codes.
    pub fn iter(&self) -> impl Iterator<Item = &Area> {
        self.areas.values()
    }

    /// The areas that have none above them: the province.
    pub fn roots(&self, tree: Tree) -> impl Iterator<Item = &Area> {
        self.areas.values().filter(move |a| a.parent(tree).is_none() && !(tree == Tree::Reporting && a.container))
    }

    /// The areas directly below, in the order of their codes.
    pub fn children(&self, tree: Tree, code: AreaCode) -> &[AreaCode] {
        let lists = match tree {
            Tree::Code => &self.by_code,
            Tree::Reporting => &self.by_reporting,
        };
        lists.get(&code).map_or(&[], Vec::as_slice)
    }

    /// The areas above, nearest first.
    pub fn ancestors(&self, tree: Tree, code: AreaCode) -> Vec<AreaCode> {
        std::iter::successors(self.parent(tree, code), |&up| self.parent(tree, up)).collect()
    }

    /// The area itself and everything below it, parents before children.
    pub fn subtree(&self, tree: Tree, code: AreaCode) -> Vec<AreaCode> {
        let mut found = Vec::new();
        let mut open = vec![code];
        while let Some(next) = open.pop() {
            found.push(next);
            open.extend(self.children(tree, next).iter().rev());
        }
        found
    }

    /// Whether `code` is `above` or lies below it in the tree.
    pub fn within(&self, tree: Tree, code: AreaCode, above: AreaCode) -> bool {
        let mut at = Some(code);
        while let Some(here) = at {
            if here == above {
                return true;
            }
            at = self.parent(tree, here);
        }
        false
    }

    /// The area of a level that holds `code`: its county, its city. By reporting a directly
    /// administered county has no city above it.
    pub fn at_level(&self, tree: Tree, code: AreaCode, level: AreaLevel) -> Option<AreaCode> {
        std::iter::once(code)
            .chain(self.ancestors(tree, code))
            .find(|a| self.get(*a).is_some_and(|area| area.level == level))
    }

    /// Names from the province down: `河南省郑州市荥阳市`. Containers are not spoken.
    pub fn path_name(&self, code: AreaCode) -> String {
        let mut names: Vec<&str> = std::iter::once(code)
            .chain(self.ancestors(Tree::Code, code))
            .filter_map(|a| self.get(a))
            .filter(|a| !a.container)
            .map(|a| a.name.as_str())
            .collect();
        names.reverse();
        names.concat()
    }

    /// The area a text names: a code of 2, 4, 6, 9 or 12 digits, or a name, alone
    /// (`荥阳市`) or as a path with any of the upper names (`河南省荥阳市`, `郑州市荥阳市`).
    pub fn resolve(&self, given: &str) -> Result<AreaCode, AreaProblem> {
        let text = text::narrow(given);
        if text.chars().next().is_some_and(|c| c.is_ascii_digit()) {
            let code: AreaCode = text.parse()?;
            return if self.areas.contains_key(&code) {
                Ok(code)
            } else {
                Err(AreaProblem::Unknown { code: code.to_string(), nearest: self.nearest_above(code) })
            };
        }
        if text.is_empty() { Err(AreaProblem::Blank) } else { self.named(&text) }
    }

    fn parent(&self, tree: Tree, code: AreaCode) -> Option<AreaCode> {
        self.get(code).and_then(|a| a.parent(tree))
    }

    /// The lowest area that exists above a code by its digits.
    fn nearest_above(&self, code: AreaCode) -> Option<String> {
        [9, 6, 4, 2]
            .into_iter()
            .filter_map(|digits| self.get(code.cut(digits)))
            .find(|a| a.code != code)
            .map(|a| format!("{} {}", a.code, a.name))
    }

    fn named(&self, path: &str) -> Result<AreaCode, AreaProblem> {
        let path = text::squeeze(path);
        // The last name of a path is some suffix of it; the rest must be names of areas above it.
        let mut found: Vec<AreaCode> = path
            .char_indices()
            .filter_map(|(at, _)| self.by_name.get(&path[at..]).map(|codes| (&path[..at], codes)))
            .flat_map(|(front, codes)| codes.iter().filter(move |c| self.spoken_above(**c, front)))
            .copied()
            .collect();
        found.sort_unstable();
        found.dedup();
        // 郑州市 may be a city and a like-named zone below it: the higher one is meant.
        if found.len() > 1
            && let Some(top) = found.iter().copied().find(|&a| found.iter().all(|&b| self.within(Tree::Code, b, a)))
        {
            return Ok(top);
        }
        match found.as_slice() {
            [] => Err(AreaProblem::UnknownName { name: path }),
            [one] => Ok(*one),
            many => Err(AreaProblem::Ambiguous { name: path, codes: many.iter().map(AreaCode::to_string).collect() }),
        }
    }

    /// Whether `front` can be read as names of areas above `code`, from the top, some left out.
    fn spoken_above(&self, code: AreaCode, front: &str) -> bool {
        let mut above = self.ancestors(Tree::Code, code);
        above.reverse();
        let rest = above
            .iter()
            .filter_map(|a| self.get(*a))
            .fold(front, |rest, area| rest.strip_prefix(area.name.as_str()).unwrap_or(rest));
        rest.is_empty()
    }

    /// Places areas whose parent is missing under the nearest area above by digits (village and town
    /// tables of different years), and removes those that have none or run in a circle.
    fn drop_unplaced(&mut self, became: &BTreeMap<AreaCode, AreaCode>) -> Vec<AreaProblem> {
        let mut problems = Vec::new();
        // What is left out can leave others without a parent.
        loop {
            let before = self.areas.len();
            self.place_orphans(became, &mut problems);
            if self.areas.len() == before {
                break;
            }
        }
        let looping: Vec<AreaCode> = self
            .areas
            .keys()
            .copied()
            .filter(|&code| [Tree::Code, Tree::Reporting].iter().any(|&tree| !self.reaches_root(tree, code)))
            .collect();
        for code in looping {
            self.areas.remove(&code);
            problems.push(AreaProblem::Cycle { code: code.to_string() });
        }
        problems
    }

    fn place_orphans(&mut self, became: &BTreeMap<AreaCode, AreaCode>, problems: &mut Vec<AreaProblem>) {
        // From the top, so that what is placed here can hold what comes below it.
        let codes: Vec<AreaCode> = self.areas.keys().copied().collect();
        for code in codes {
            let missing = |parent: Option<AreaCode>| parent.filter(|up| !self.areas.contains_key(up));
            let Some(area) = self.areas.get(&code) else { continue };
            let Some(parent) = missing(area.code_parent).or(missing(area.reporting_parent)) else { continue };
            let above = [9, 6, 4, 2].map(|digits| code.cut(digits)).map(|up| became.get(&up).copied().unwrap_or(up));
            let above = above.into_iter();
            let above = above.filter(|up| *up != code).find(|up| self.areas.contains_key(up));
            let (code_lost, reporting_lost) = (missing(area.code_parent), missing(area.reporting_parent));
            problems.push(AreaProblem::NoParent {
                code: code.to_string(),
                parent: parent.to_string(),
                placed: above.map(|up| up.to_string()),
            });
            match (above, self.areas.get_mut(&code)) {
                (Some(above), Some(area)) => {
                    area.code_parent = if code_lost.is_some() { Some(above) } else { area.code_parent };
                    area.reporting_parent = if reporting_lost.is_some() { Some(above) } else { area.reporting_parent };
                }
                _ => drop(self.areas.remove(&code)),
            }
        }
    }

    fn reaches_root(&self, tree: Tree, code: AreaCode) -> bool {
        // Five levels below the province; more steps than that is a circle.
        std::iter::successors(Some(code), |&up| self.parent(tree, up)).nth(16).is_none()
    }

    fn link(&mut self) {
        for area in self.areas.values() {
            if let Some(up) = area.code_parent {
                self.by_code.entry(up).or_default().push(area.code);
            }
            if let Some(up) = area.reporting_parent {
                self.by_reporting.entry(up).or_default().push(area.code);
            }
            self.by_name.entry(area.name.clone()).or_default().push(area.code);
        }
        let containers: Vec<AreaCode> =
            self.by_code.keys().copied().filter(|code| !self.by_reporting.contains_key(code)).collect();
        for code in containers {
            if let Some(area) = self.areas.get_mut(&code) {
                area.container = true;
            }
        }
        for below in self.by_reporting.values_mut() {
            below.retain(|code| !self.areas.get(code).is_some_and(|a| a.container));
        }
    }
}

fn place(row: &AreaRow) -> Result<Area, AreaProblem> {
    let code: AreaCode = row.code.parse()?;
    let code_parent = if row.parent.is_empty() { None } else { Some(row.parent.parse()?) };
    let reporting_parent = if row.reports_to.is_empty() { code_parent } else { Some(row.reports_to.parse()?) };
    Ok(Area {
        code,
        name: row.name.clone(),
        level: row.level,
        urban_rural: row.urban_rural.clone(),
        code_parent,
        reporting_parent,
        container: false,
    })
}

#[cfg(test)]
#[path = "area_tests.rs"]
mod tests;
