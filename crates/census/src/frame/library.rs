//! Frozen versions of the directory (定库): a hash over all units, what changed since, and a union of the areas below.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Funnel, Unit};
use crate::area::AreaCode;
use crate::sheet::sha256;
use crate::split::{RowMark, RowSet};

/// A version of an office's directory (名录库版本): what is kept of it besides its units, and printed on its certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frozen {
    pub area: AreaCode,
    /// Name of the office.
    pub office: String,
    /// From 1.
    pub number: u64,
    /// Over the ids and hashes of the units, in any order.
    pub units: RowSet,
    /// All lists of the office and those below, with what became of each row.
    pub funnel: Funnel,
    /// The versions it is made of, when it is that of an office with others below.
    pub parts: Vec<Part>,
    /// Offices below that have sent none yet.
    pub missing: Vec<AreaCode>,
    /// Units that more than one office below has.
    pub twice: Vec<String>,
    /// RFC 3339.
    pub at: String,
    pub who: String,
    pub simulated: bool,
}

/// The version of an office below.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub area: AreaCode,
    pub number: u64,
    pub units: RowSet,
}

/// A unit with its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitMark {
    pub hash: String,
    pub unit: Unit,
}

/// What became of a unit between two versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum UnitChange {
    Added {
        unit: Unit,
    },
    Removed {
        unit: Unit,
    },
    /// Field, before, after.
    Changed {
        unit: Unit,
        fields: Vec<(String, String, String)>,
    },
}

impl UnitMark {
    pub fn of(unit: Unit) -> UnitMark {
        // Fields in their order of declaration: the same unit is the same text everywhere.
        let text = serde_json::to_string(&unit).unwrap_or_default();
        UnitMark { hash: sha256(&text), unit }
    }

    pub fn set<'u>(units: impl IntoIterator<Item = &'u UnitMark>) -> RowSet {
        RowSet::of(units.into_iter().map(|u| RowMark { id: &u.unit.id, hash: &u.hash }))
    }
}

impl Frozen {
    /// What a certificate of coverage (全覆盖证书) has to leave open; nothing when every row has its verdict.
    pub fn open(&self) -> Vec<String> {
        let mut open = Vec::new();
        if !self.funnel.adds_up() {
            open.push("底册与结论不平衡".to_owned());
        }
        if self.funnel.total.held > 0 {
            open.push(format!("尚有 {} 条底册记录没有结论", self.funnel.total.held));
        }
        if !self.missing.is_empty() {
            let codes: Vec<String> = self.missing.iter().map(|a| a.short()).collect();
            open.push(format!("{} 个下级尚未报送名录库：{}", codes.len(), codes.join("、")));
        }
        if !self.twice.is_empty() {
            open.push(format!("{} 个单位在不止一个下级的名录库中", self.twice.len()));
        }
        open
    }
}

/// What changed between two versions, in the order of units.
pub fn difference(old: &[Unit], new: &[Unit]) -> Vec<UnitChange> {
    let by_id =
        |units: &[Unit]| -> BTreeMap<String, Unit> { units.iter().map(|u| (u.id.clone(), u.clone())).collect() };
    let (mut before, after) = (by_id(old), by_id(new));
    let mut changes: BTreeMap<String, UnitChange> = BTreeMap::new();
    for (id, unit) in after {
        match before.remove(&id) {
            None => drop(changes.insert(id, UnitChange::Added { unit })),
            Some(was) if was != unit => {
                let fields = fields(&was, &unit);
                changes.insert(id, UnitChange::Changed { unit, fields });
            }
            Some(_) => {}
        }
    }
    changes.extend(before.into_iter().map(|(id, unit)| (id, UnitChange::Removed { unit })));
    changes.into_values().collect()
}

fn fields(was: &Unit, is: &Unit) -> Vec<(String, String, String)> {
    let told = |unit: &Unit| {
        [
            ("对象类别", unit.respondent.clone()),
            ("名称", unit.name.clone()),
            ("代码", unit.code.clone()),
            ("区划", unit.area.clone()),
            ("地址", unit.address.clone()),
            ("行业", unit.industries.join("、")),
            ("运行状态", unit.status.clone()),
            ("底册记录", unit.listings.len().to_string()),
        ]
    };
    told(was)
        .into_iter()
        .zip(told(is))
        .filter(|((_, a), (_, b))| a != b)
        .map(|((name, a), (_, b))| (name.to_owned(), a, b))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(id: &str, name: &str) -> Unit {
        Unit {
            id: id.into(),
            respondent: "industrial".into(),
            name: name.into(),
            code: String::new(),
            area: "410182102201".into(),
            address: String::new(),
            industries: vec!["3011".into()],
            status: "运行".into(),
            listings: vec!["l".into()],
            simulated: true,
        }
    }

    #[test]
    fn a_version_has_one_hash_whatever_the_order() {
        let (a, b) = (UnitMark::of(unit("a", "甲")), UnitMark::of(unit("b", "乙")));
        assert_eq!(UnitMark::set([&a, &b]), UnitMark::set([&b, &a]));
        assert_ne!(UnitMark::set([&a]), UnitMark::set([&UnitMark::of(unit("a", "丙"))]));
    }

    #[test]
    fn two_versions_show_what_changed() {
        let old = [unit("a", "甲"), unit("b", "乙"), unit("c", "丙")];
        let new = [unit("a", "甲"), unit("b", "乙厂"), unit("d", "丁")];
        let found = difference(&old, &new);
        let told: Vec<String> = found
            .iter()
            .map(|c| match c {
                UnitChange::Added { unit } => format!("+{}", unit.id),
                UnitChange::Removed { unit } => format!("-{}", unit.id),
                UnitChange::Changed { unit, fields } => {
                    format!("{} {} {}→{}", unit.id, fields[0].0, fields[0].1, fields[0].2)
                }
            })
            .collect();
        assert_eq!(told, ["b 名称 乙→乙厂", "-c", "+d"]);
    }
}
