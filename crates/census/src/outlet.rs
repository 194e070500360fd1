//! Outlets (入河排污口): visits in the dry and the wet season as they were, what they are worth, and the annual load.
//!
//! [`gather`] makes visits of rows of a file, one row a bottle; [`remarks`] says what is wrong with them, [`loads`]
//! what they give, with its trace. A dry outlet is dry, not zero and not absent; a value below the detection limit
//! stays one. What either counts as in a load is data: [`Protocol`].

mod gather;
mod load;
mod measured;
mod protocol;
mod quality;

use std::collections::BTreeMap;

use instrument::model::Instrument;
use serde::{Deserialize, Serialize};

use crate::sheet::{Parsed, Values, parse};

pub use gather::{gather, joined};
pub use load::{Load, LoadResult, loads};
pub use measured::{Measured, measured};
pub use protocol::{BelowAs, DryAs, FailedAs, Indicator, LoadMethod, Protocol};
pub use quality::{OutletRemark, OutletRemarkKind, remarks};

/// An outlet (排污口) as its form S104 says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outlet {
    /// Id of the unit in the directory.
    pub unit: String,
    /// 排污口编码: county code and serial, nine digits.
    pub code: String,
    pub name: String,
    /// Code of the list `outfall_size`; empty: not filled.
    pub size: String,
    /// Code of the list `outfall_type`; empty: not filled.
    pub kind: String,
}

/// Form of an outlet.
pub const FORM: &str = "S104";

/// Season of a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Season {
    /// 枯水期.
    Dry,
    /// 丰水期.
    Wet,
}

/// What was found at the outlet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// 已采样.
    Sampled,
    /// 断流: there was no water. Neither a zero nor a gap.
    Dry,
    /// 未到达: nobody could see, for the reason given.
    NotReached,
}

/// A step of the chain of custody (样品流转).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Custody {
    /// 采样, 移交, 接样 …
    pub what: String,
    pub who: String,
    /// `2018-04-20 09:10`, as typed.
    pub at: String,
}

/// A bottle that controls another (质控样).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    pub kind: ControlKind,
    /// Item of S105 → value as typed.
    pub values: BTreeMap<String, String>,
    /// File and row it came from.
    pub source: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ControlKind {
    /// 现场空白.
    Blank,
    /// 平行样.
    Duplicate,
}

/// A visit to an outlet (监测次): one sampling, or the record that there was none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sampling {
    /// 采样编号; a later record under the same number corrects the earlier one.
    pub number: String,
    /// Code of the outlet.
    pub outlet: String,
    pub season: Season,
    /// `2018-04-20`.
    pub date: String,
    pub state: State,
    /// Evidence that it was dry, or why nobody got there.
    pub why: String,
    /// m³/h as typed; empty: not measured.
    pub flow: String,
    pub samplers: Vec<String>,
    pub laboratory: String,
    /// Number of the laboratory's certificate (资质认定证书编号).
    pub certificate: String,
    pub custody: Vec<Custody>,
    /// Item of S105 → value as typed; a missing key and an empty text are *not measured*.
    pub values: BTreeMap<String, String>,
    pub controls: Vec<Control>,
    /// File and row it came from.
    pub source: String,
}

/// Whether an outlet must be sampled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    Yes,
    No { why: String },
    Unknown { why: String },
}

impl Season {
    pub const ALL: [Season; 2] = [Season::Dry, Season::Wet];

    pub fn title(self) -> &'static str {
        match self {
            Season::Dry => "枯水期",
            Season::Wet => "丰水期",
        }
    }

    /// The list of the instrument that names its months.
    pub fn list(self) -> &'static str {
        match self {
            Season::Dry => "dry_season_months",
            Season::Wet => "wet_season_months",
        }
    }
}

impl State {
    pub fn title(self) -> &'static str {
        match self {
            State::Sampled => "已采样",
            State::Dry => "断流",
            State::NotReached => "未到达",
        }
    }
}

impl ControlKind {
    pub fn title(self) -> &'static str {
        match self {
            ControlKind::Blank => "空白",
            ControlKind::Duplicate => "平行",
        }
    }
}

impl Sampling {
    /// The same record, wherever it was read from.
    pub fn says_the_same(&self, other: &Sampling) -> bool {
        let bare = |sampling: &Sampling| {
            let controls = sampling.controls.iter().map(|c| Control { source: String::new(), ..c.clone() }).collect();
            Sampling { source: String::new(), controls, ..sampling.clone() }
        };
        bare(self) == bare(other)
    }
}

impl Outlet {
    /// What a sheet of S104 says of an outlet; `None` where the instrument has no such form.
    pub fn read(instrument: &Instrument, unit: &str, sheet: &Values) -> Option<Outlet> {
        let form = instrument.form(FORM)?;
        let text = |item: &str| -> Option<String> {
            let typed = sheet.flat.get(item).map_or("", String::as_str);
            Some(match parse(form.item_of("", item)?, typed) {
                Parsed::Code(code) => code.into_owned(),
                _ => typed.trim().to_owned(),
            })
        };
        let unit = unit.to_owned();
        Some(Outlet { unit, name: text("01")?, code: text("02")?, size: text("07")?, kind: text("08")? })
    }

    /// Whether both seasons must be sampled here.
    pub fn due(&self, protocol: &Protocol) -> Due {
        if !self.kind.is_empty() && protocol.except.contains(&self.kind) {
            return Due::No { why: "此类排污口不在监测之列".to_owned() };
        }
        if self.size.is_empty() || self.kind.is_empty() {
            return Due::Unknown { why: "规模或类型没有填".to_owned() };
        }
        if protocol.sizes.contains(&self.size) {
            return Due::Yes;
        }
        Due::No { why: "规模以下，抽测".to_owned() }
    }
}

#[cfg(test)]
mod tests;
