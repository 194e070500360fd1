//! The frame (名录): listed rows as received, their verdicts, and the units of the directory.

mod carry;
mod clean;
mod doubles;
mod field;
mod funnel;
mod heading;
mod intake;
mod library;
mod name;
mod place;
#[cfg(test)]
mod place_tests;
mod profile;
mod propose;
mod quality;
mod recheck;
mod scope;
mod screen;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use carry::{Carried, Carrying, Fate, InScope, OpenItem, Serials};
pub use clean::{Cleaned, Cleaning, CleaningRule, Fault};
pub use doubles::{Evidence, Matching, Pair, PairSays, Pairs, Settled};
pub use field::{AnglePart, Field};
pub use funnel::{Funnel, FunnelCount};
pub use heading::{HeadingMap, Likeness, Meaning};
pub use intake::{Change, Common, Intake, Reading};
pub use library::{Frozen, Part, UnitChange, UnitMark, difference};
pub use name::normalised;
pub use place::{Candidate, Gazetteer, PlacedBy, Placing};
pub use profile::{Profile, ProfileError};
pub use propose::{Column, SURE, Why, mapping, proposal};
pub use quality::{QualityRates, area_coverage, deleted_sample, quality_rates};
pub use recheck::{Heard, Origin, Outcome, Recheck, Sources};
pub use scope::{ScopeRules, Threshold};
pub use screen::{Ground, Screened, screen, unit_id, units};

use crate::text;

/// One row of a base list (底册) as received; kept for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    pub id: String,
    /// File, sheet and row it came from.
    pub file: String,
    pub sheet: String,
    pub row: u32,
    /// SHA-256 of the row's cells.
    pub hash: String,
    /// Column heading → cell text, as received.
    pub cells: Vec<(String, String)>,
    /// What was read from the cells.
    pub read: ListedUnit,
    /// Why the row was rejected at import, if it was. A rejected row is kept all the same.
    pub rejected: Option<String>,
}

/// What a listing says about a unit, after cleaning.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedUnit {
    pub name: String,
    /// Unified social credit code (统一社会信用代码), with suffix after `-` when given.
    pub credit_code: String,
    pub organisation_code: String,
    /// 12-digit area code, or shorter as received.
    pub area: String,
    pub address: String,
    /// GB/T 4754-2017 class codes.
    pub industries: Vec<String>,
    pub phone: String,
    pub legal_person: String,
    /// 运行 / 停产 / 关闭 / 其他.
    pub status: String,
    /// Kind of respondent the list is about: `industrial`, `farm` …
    pub respondent: String,
    /// 排污许可证编号.
    #[serde(default)]
    pub permit: String,
    /// 曾用名.
    #[serde(default)]
    pub former_name: String,
    /// 普查对象识别码, for units with neither of the two codes.
    #[serde(default)]
    pub object_code: String,
    /// Sizes that decide scope, by the names the scope rules use: `pigs` → `620`.
    #[serde(default)]
    pub sizes: BTreeMap<String, String>,
    /// Which list the row came from, for the order of trust: 市场监管, 税务 …
    #[serde(default)]
    pub source: String,
    /// Longitude (经度) and latitude (纬度) in decimal degrees with six decimals; empty: not given or not readable.
    #[serde(default)]
    pub lon: String,
    #[serde(default)]
    pub lat: String,
    /// Days as `2018-05-01`: `founded`, `filled`.
    #[serde(default)]
    pub dates: BTreeMap<String, String>,
}

/// What became of a listed row (清查结论). Every row has exactly one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    InScope {
        unit: String,
    },
    OutOfScope {
        reason: OutOfScope,
    },
    DuplicateOf {
        listing: String,
        why: String,
    },
    Closed {
        evidence: String,
    },
    NotFound {
        evidence: String,
    },
    MovedTo {
        area: String,
    },
    /// Not yet decided by a person or a rule.
    Held {
        why: String,
    },
}

/// Why a listed row is out of scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutOfScope {
    /// Industry not in GB/T 4754-2017 sections B, C, D.
    Industry,
    /// 4620: counted as a centralised facility.
    SewageTreatment,
    /// Below the size limit.
    BelowThreshold,
    /// No production activity at the site.
    NoActivity,
    /// Lies outside the area.
    OtherArea,
    /// A total, a signature or a heading among the rows.
    NotAUnit,
}

/// An entry of the directory (普查对象).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    pub id: String,
    /// Kind of respondent: `industrial`, `farm`, `facility-sewage` …
    pub respondent: String,
    pub name: String,
    /// Credit code + suffix, else organisation code + suffix, else census object code.
    pub code: String,
    /// 12-digit area code under which it was signed.
    pub area: String,
    pub address: String,
    /// Main activity first.
    pub industries: Vec<String>,
    pub status: String,
    /// The listings it came from.
    pub listings: Vec<String>,
    /// True for a practice county: shown wherever the unit is shown.
    pub simulated: bool,
}

impl OutOfScope {
    /// `below-threshold`: as stored and counted.
    pub fn name(self) -> &'static str {
        match self {
            OutOfScope::Industry => "industry",
            OutOfScope::SewageTreatment => "sewage-treatment",
            OutOfScope::BelowThreshold => "below-threshold",
            OutOfScope::NoActivity => "no-activity",
            OutOfScope::OtherArea => "other-area",
            OutOfScope::NotAUnit => "not-a-unit",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            OutOfScope::Industry => "行业不在普查范围",
            OutOfScope::SewageTreatment => "污水处理，按集中式设施普查",
            OutOfScope::BelowThreshold => "规模以下",
            OutOfScope::NoActivity => "无生产活动",
            OutOfScope::OtherArea => "不在本行政区",
            OutOfScope::NotAUnit => "不是单位",
        }
    }
}

/// How the reason of a row begins that is no unit: a total, a signature.
const NOT_A_UNIT: &str = "不是单位：";

impl Listing {
    /// SHA-256 of a row's cells, each with a zero byte after it.
    pub fn hash_of(cells: &[(String, String)]) -> String {
        let mut hash = Sha256::new();
        for (_, cell) in cells {
            hash.update(cell);
            hash.update([0]);
        }
        text::hex(&hash.finalize())
    }

    /// Whether the row was kept as one that is no unit (合计行, 表尾的落款): nobody needs to mend it.
    pub fn is_no_unit(&self) -> bool {
        self.rejected.as_ref().is_some_and(|why| why.starts_with(NOT_A_UNIT))
    }
}

impl ListedUnit {
    /// Key of a unit (单位主键): credit code + suffix, else organisation code + suffix, else the
    /// census object code; empty when the listing gives none.
    pub fn code(&self) -> &str {
        [&self.credit_code, &self.organisation_code, &self.object_code]
            .into_iter()
            .find(|code| !code.is_empty())
            .map_or("", String::as_str)
    }
}
