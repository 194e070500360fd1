//! Where a unit stands.

use instrument::model::AreaLevel;
use serde::{Deserialize, Serialize};

use super::event::Met;
use crate::sheet::Version;

/// Who did a step, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Code of the step in the chain: `county`.
    pub step: String,
    /// Id of the person, never a name.
    pub person: String,
    pub role: String,
    /// RFC 3339, given by the caller.
    pub at: String,
}

/// A visit to the unit (入户).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// At least two, card shown (条例 24).
    pub persons: Vec<String>,
    pub at: String,
    pub met: Met,
}

/// State of a unit in the review chain (评审状态).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum UnitState {
    Draft(Draft),
    SelfChecked(SelfChecked),
    Signed(Signed),
    PreChecked(PreChecked),
    Passed(Passed),
    Frozen(Frozen),
}

/// 填报中: figures may change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// How often the unit has been filled anew; 1 at first.
    pub round: u32,
    /// Who typed figures in this round.
    pub filled_by: Vec<String>,
    /// The version that was signed before, when the unit fell back.
    pub signed_before: Option<Version>,
}

/// 已自审: the respondent found no blocking error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelfChecked {
    pub draft: Draft,
    /// What was self-checked; signing other content is refused.
    pub version: Version,
    pub by: Stamp,
}

/// 已签章: the manager answers for this version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    pub round: u32,
    /// Frozen: every later step is about this version.
    pub version: Version,
    pub filled_by: Vec<String>,
    /// Self-check and signature, then every step passed since, in order.
    pub stamps: Vec<Stamp>,
}

/// 已预审: enumerator and instructor found it fit for the office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreChecked {
    pub signed: Signed,
}

/// 已通过某级: may enter the totals of that level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passed {
    /// The highest level passed.
    pub level: AreaLevelName,
    pub signed: Signed,
}

/// 定库: nothing changes any more short of a reopening by the state office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frozen {
    pub signed: Signed,
    pub by: Stamp,
}

/// A level of offices, written as `county`, `city`, `province`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AreaLevelName {
    Village,
    Town,
    County,
    City,
    Province,
}

impl From<AreaLevel> for AreaLevelName {
    fn from(level: AreaLevel) -> AreaLevelName {
        match level {
            AreaLevel::Province => AreaLevelName::Province,
            AreaLevel::City => AreaLevelName::City,
            AreaLevel::County => AreaLevelName::County,
            AreaLevel::Town => AreaLevelName::Town,
            AreaLevel::Village => AreaLevelName::Village,
        }
    }
}

/// A state without what it carries: for tables, lists and pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StateKind {
    Draft,
    SelfChecked,
    Signed,
    PreChecked,
    CountyPassed,
    CityPassed,
    ProvincePassed,
    Frozen,
}

impl StateKind {
    pub const ALL: [StateKind; 8] = [
        StateKind::Draft,
        StateKind::SelfChecked,
        StateKind::Signed,
        StateKind::PreChecked,
        StateKind::CountyPassed,
        StateKind::CityPassed,
        StateKind::ProvincePassed,
        StateKind::Frozen,
    ];

    /// `county-passed`: as stored, listed and drawn.
    pub fn name(self) -> &'static str {
        match self {
            StateKind::Draft => "draft",
            StateKind::SelfChecked => "self-checked",
            StateKind::Signed => "signed",
            StateKind::PreChecked => "pre-checked",
            StateKind::CountyPassed => "county-passed",
            StateKind::CityPassed => "city-passed",
            StateKind::ProvincePassed => "province-passed",
            StateKind::Frozen => "frozen",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            StateKind::Draft => "填报中",
            StateKind::SelfChecked => "已自审",
            StateKind::Signed => "已签章",
            StateKind::PreChecked => "已预审",
            StateKind::CountyPassed => "县级通过",
            StateKind::CityPassed => "市级通过",
            StateKind::ProvincePassed => "省级通过",
            StateKind::Frozen => "定库",
        }
    }

    pub fn from_name(name: &str) -> Option<StateKind> {
        StateKind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl UnitState {
    /// Where every unit begins.
    pub fn begin() -> UnitState {
        UnitState::Draft(Draft { round: 1, ..Draft::default() })
    }

    pub fn kind(&self) -> StateKind {
        match self {
            UnitState::Draft(_) => StateKind::Draft,
            UnitState::SelfChecked(_) => StateKind::SelfChecked,
            UnitState::Signed(_) => StateKind::Signed,
            UnitState::PreChecked(_) => StateKind::PreChecked,
            UnitState::Passed(passed) => match passed.level {
                AreaLevelName::City => StateKind::CityPassed,
                AreaLevelName::Province => StateKind::ProvincePassed,
                // No chain passes below the county.
                AreaLevelName::County | AreaLevelName::Town | AreaLevelName::Village => StateKind::CountyPassed,
            },
            UnitState::Frozen(_) => StateKind::Frozen,
        }
    }

    /// The signed version and its stamps, from the signature on.
    pub fn signed(&self) -> Option<&Signed> {
        match self {
            UnitState::Draft(_) | UnitState::SelfChecked(_) => None,
            UnitState::Signed(signed) => Some(signed),
            UnitState::PreChecked(PreChecked { signed })
            | UnitState::Passed(Passed { signed, .. })
            | UnitState::Frozen(Frozen { signed, .. }) => Some(signed),
        }
    }
}
