//! Enumeration areas (普查小区): the whole ground of a county in areas, each with a team, each unit in one of them.
//!
//! One village or residents' committee is one area until somebody says otherwise; what is said is kept as a
//! list of [`Change`]s, and the [`Plan`] is what they come to.

mod staff;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use instrument::model::AreaLevel;
use serde::{Deserialize, Serialize};

use crate::area::{AreaCode, AreaTree, EnumerationArea, Tree};

pub use staff::{Ratios, Staff, Work, suggest};

/// What an office says of its ground, one after the other; nothing is ever taken out of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum Change {
    /// A village is split into so many areas with letters (拆分); 1 makes it one area again.
    Split { village: AreaCode, parts: u8 },
    /// A team (普查小组) is set up or changed.
    Team { team: String, members: Vec<String>, instructor: String, device: String },
    /// A team is dissolved.
    Dissolve { team: String },
    /// An area is given to a team.
    Assign { area: EnumerationArea, team: String },
    /// A unit of a split village lies in this part of it.
    Place { unit: String, area: EnumerationArea },
}

/// Two people or more with one device (普查小组).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// 普查员.
    pub members: Vec<String>,
    /// 普查指导员.
    pub instructor: String,
    /// 手持终端编号.
    pub device: String,
}

/// The enumeration areas of a county, their teams, and where units lie.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Every village with its areas; never empty.
    pub villages: BTreeMap<AreaCode, Vec<EnumerationArea>>,
    pub teams: BTreeMap<String, Team>,
    pub assigned: BTreeMap<EnumerationArea, String>,
    pub placed: BTreeMap<String, EnumerationArea>,
}

/// Why a change is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("{village} is no village of this county")]
    Village { village: AreaCode },
    #[error("a village has from 1 to 26 parts, not {parts}")]
    Parts { parts: u8 },
    #[error("there is no enumeration area {area}; the village has {}", .known.join(", "))]
    Area { area: EnumerationArea, known: Vec<String> },
    #[error("there is no team {team}")]
    Team { team: String },
    #[error("a team has two members or more")]
    Small,
    #[error("{member} is in team {team} already")]
    Elsewhere { member: String, team: String },
    #[error("device {device} is with team {team} already")]
    Device { device: String, team: String },
}

/// A place where the ground is not covered as it must be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "gap", rename_all = "kebab-case")]
pub enum Gap {
    /// No team has the area.
    NoTeam { area: String },
    /// The team is smaller than two, or has nobody to guide it, or no device.
    Team { team: String, lacks: String },
    /// The unit's address is not as far as a village.
    NoVillage { unit: String, name: String },
    /// The village is split, and nobody said in which part the unit lies.
    NoPart { unit: String, name: String, village: AreaCode },
    /// The part a unit was placed in is no longer there, or is in another village than the unit.
    LostPart { unit: String, name: String, area: String },
}

/// The proof (全面覆盖证明): every village in one or more areas of its own, every area with a team, every unit in one area.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Proof {
    pub villages: u64,
    pub areas: u64,
    pub teams: u64,
    pub units: u64,
    /// Units that lie in exactly one area.
    pub located: u64,
    pub gaps: Vec<Gap>,
}

/// A unit as the ground sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resident {
    pub unit: String,
    pub name: String,
    /// Area code as the directory has it.
    pub area: String,
}

impl Refusal {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Refusal::Village { village } => format!("{village} 不是本县的村（居）委会"),
            Refusal::Parts { parts } => format!("一个村可分为 1 至 26 个普查小区，不能是 {parts}"),
            Refusal::Area { area, known } => format!("没有普查小区 {area}；这个村有 {}", known.join("、")),
            Refusal::Team { team } => format!("没有普查小组 {team}"),
            Refusal::Small => "普查小组至少两人".into(),
            Refusal::Elsewhere { member, team } => format!("{member} 已在小组 {team}"),
            Refusal::Device { device, team } => format!("终端 {device} 已由小组 {team} 使用"),
        }
    }
}

impl Gap {
    /// In words, with what to do.
    pub fn zh(&self) -> String {
        match self {
            Gap::NoTeam { area } => format!("普查小区 {area} 没有小组；用 ground assign 指定"),
            Gap::Team { team, lacks } => format!("小组 {team} 缺{lacks}；用 ground team 补上"),
            Gap::NoVillage { unit, name } => format!("“{name}”（{unit}）的区划不到村；先补全区划代码"),
            Gap::NoPart { unit, name, village } => {
                format!("“{name}”（{unit}）所在的 {village} 已拆分，未定在哪个小区；用 ground place 指定")
            }
            Gap::LostPart { unit, name, area } => format!("“{name}”（{unit}）原定的小区 {area} 已不对；重新指定"),
        }
    }

    pub fn en(&self) -> String {
        match self {
            Gap::NoTeam { area } => format!("enumeration area {area} has no team; ground assign gives it one"),
            Gap::Team { team, lacks } => format!("team {team} lacks: {lacks}; ground team adds it"),
            Gap::NoVillage { unit, name } => format!("{name} ({unit}): its area is not as far as a village"),
            Gap::NoPart { unit, name, village } => {
                format!("{name} ({unit}): {village} is split; ground place says in which part it lies")
            }
            Gap::LostPart { unit, name, area } => format!("{name} ({unit}): its area {area} is gone; place it again"),
        }
    }
}

impl Plan {
    /// One area for each village of the county.
    pub fn new(areas: &AreaTree, county: AreaCode) -> Plan {
        let village = |code: &AreaCode| areas.get(*code).is_some_and(|a| a.level == AreaLevel::Village);
        let villages = areas.subtree(Tree::Code, county).into_iter().filter(village);
        Plan {
            villages: villages.map(|village| (village, vec![EnumerationArea { village, part: None }])).collect(),
            ..Plan::default()
        }
    }

    /// The plan that a list of changes comes to. A change that was possible when it was made is possible again.
    pub fn after(mut self, changes: &[Change]) -> Plan {
        for change in changes {
            // What another version of the area table no longer knows is passed over; the proof shows the gap.
            let _ = self.apply(change);
        }
        self
    }

    /// All areas, in the order of their codes.
    pub fn areas(&self) -> impl Iterator<Item = EnumerationArea> {
        self.villages.values().flatten().copied()
    }

    /// Makes a change, or says why not.
    pub fn apply(&mut self, change: &Change) -> Result<(), Refusal> {
        match change {
            Change::Split { village, parts } => {
                if !self.villages.contains_key(village) {
                    return Err(Refusal::Village { village: *village });
                }
                let letters = match *parts {
                    1 => vec![None],
                    2..=26 => (0..*parts).map(|n| Some(char::from(b'A' + n))).collect(),
                    parts => return Err(Refusal::Parts { parts }),
                };
                let areas = letters.into_iter().map(|part| EnumerationArea { village: *village, part });
                self.villages.insert(*village, areas.collect());
                // A team keeps the parts that are still there.
                let there: BTreeSet<EnumerationArea> = self.areas().collect();
                self.assigned.retain(|area, _| there.contains(area));
            }
            Change::Team { team, members, instructor, device } => {
                let different: BTreeSet<&String> = members.iter().collect();
                if different.len() < 2 {
                    return Err(Refusal::Small);
                }
                for (name, other) in self.teams.iter().filter(|(name, _)| *name != team) {
                    if let Some(member) = members.iter().find(|m| other.members.contains(m)) {
                        return Err(Refusal::Elsewhere { member: member.clone(), team: name.clone() });
                    }
                    if !device.is_empty() && *device == other.device {
                        return Err(Refusal::Device { device: device.clone(), team: name.clone() });
                    }
                }
                let set_up = Team { members: members.clone(), instructor: instructor.clone(), device: device.clone() };
                self.teams.insert(team.clone(), set_up);
            }
            Change::Dissolve { team } => {
                if self.teams.remove(team).is_none() {
                    return Err(Refusal::Team { team: team.clone() });
                }
                self.assigned.retain(|_, of| of != team);
            }
            Change::Assign { area, team } => {
                self.known(*area)?;
                if !self.teams.contains_key(team) {
                    return Err(Refusal::Team { team: team.clone() });
                }
                self.assigned.insert(*area, team.clone());
            }
            Change::Place { unit, area } => {
                self.known(*area)?;
                self.placed.insert(unit.clone(), *area);
            }
        }
        Ok(())
    }

    fn known(&self, area: EnumerationArea) -> Result<(), Refusal> {
        let Some(parts) = self.villages.get(&area.village) else {
            return Err(Refusal::Village { village: area.village });
        };
        if parts.contains(&area) {
            return Ok(());
        }
        Err(Refusal::Area { area, known: parts.iter().map(ToString::to_string).collect() })
    }

    /// The area a unit lies in, or the gap.
    pub fn area_of(&self, resident: &Resident) -> Result<EnumerationArea, Gap> {
        let Resident { unit, name, area } = resident;
        let (unit, name) = (unit.clone(), name.clone());
        let given: Option<EnumerationArea> = area.parse().ok();
        let Some((given, parts)) = given.and_then(|g| Some((g, self.villages.get(&g.village)?))) else {
            return Err(Gap::NoVillage { unit, name });
        };
        match (self.placed.get(&unit), parts.as_slice()) {
            (Some(placed), parts) if parts.contains(placed) => Ok(*placed),
            (_, [one]) => Ok(*one),
            (Some(placed), _) => Err(Gap::LostPart { unit, name, area: placed.to_string() }),
            // A listed code may carry the letter.
            (None, parts) if parts.contains(&given) => Ok(given),
            (None, _) => Err(Gap::NoPart { unit, name, village: given.village }),
        }
    }

    /// Whether the ground is covered: everything that is not as it must be, by name.
    pub fn prove(&self, residents: &[Resident]) -> Proof {
        let mut proof = Proof {
            villages: self.villages.len() as u64,
            teams: self.teams.len() as u64,
            units: residents.len() as u64,
            ..Proof::default()
        };
        for area in self.areas() {
            proof.areas += 1;
            if !self.assigned.contains_key(&area) {
                proof.gaps.push(Gap::NoTeam { area: area.to_string() });
            }
        }
        let at_work: BTreeSet<&String> = self.assigned.values().collect();
        for (name, team) in self.teams.iter().filter(|(name, _)| at_work.contains(name)) {
            let lacks = [
                (team.members.len() < 2, "普查员"),
                (team.instructor.is_empty(), "指导员"),
                (team.device.is_empty(), "终端"),
            ];
            let lacks: Vec<&str> = lacks.into_iter().filter(|(lack, _)| *lack).map(|(_, word)| word).collect();
            if !lacks.is_empty() {
                proof.gaps.push(Gap::Team { team: name.clone(), lacks: lacks.join("、") });
            }
        }
        for resident in residents {
            match self.area_of(resident) {
                Ok(_) => proof.located += 1,
                Err(gap) => proof.gaps.push(gap),
            }
        }
        proof
    }

    /// Units of each area.
    pub fn load(&self, residents: &[Resident]) -> BTreeMap<EnumerationArea, u64> {
        let mut load: BTreeMap<EnumerationArea, u64> = self.areas().map(|area| (area, 0)).collect();
        for area in residents.iter().filter_map(|r| self.area_of(r).ok()) {
            *load.entry(area).or_default() += 1;
        }
        load
    }
}
