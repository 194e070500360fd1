//! The frame (名录): listed rows as received, their verdicts, and the units of the directory.

use serde::{Deserialize, Serialize};

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
}

/// What became of a listed row (清查结论). Every row ends with exactly one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    InScope { unit: String },
    OutOfScope { reason: OutOfScope },
    DuplicateOf { listing: String, why: String },
    Closed { evidence: String },
    NotFound { evidence: String },
    MovedTo { area: String },
    /// Not yet decided by a person or a rule.
    Held { why: String },
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
}

/// An entry of the directory (普查对象).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
