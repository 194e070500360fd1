//! A sheet (一张普查表): one respondent's filled form for one period, as a chain of immutable revisions.

pub(crate) mod angle;
mod chain;
mod number;
mod parse;
mod version;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use chain::{BaseMoved, Conflict, Head, apply, differing};
pub(crate) use number::is_shortened;
pub use parse::{Parsed, Unread, parse, parse_as};
pub(crate) use parse::{date, days, iso};
pub(crate) use version::sha256;
pub use version::{Version, hash};

/// A value as typed; parsing is done against the item each time, so nothing typed is ever lost.
pub type Typed = String;

/// One row of a block: item code → text as typed. A missing key and an empty text are both *not filled*.
pub type Row = BTreeMap<String, Typed>;

/// The values of one filled form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Values {
    /// Header and footer (H1-H7, F1-F5).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub common: Row,
    /// The flat part.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub flat: Row,
    /// Row blocks by name, rows in the order typed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub blocks: BTreeMap<String, Vec<Row>>,
}

/// Names a sheet: whose, which form, which period.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SheetKey {
    /// Id of the unit in the directory.
    pub unit: String,
    pub form: String,
    pub period: u16,
}

/// One immutable version of a sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// Time-ordered, made by the writer; the same id twice changes nothing.
    pub id: String,
    pub sheet: SheetKey,
    /// The revision it was made from; `None` for the first.
    pub base: Option<String>,
    /// Version of the instrument it was filled under.
    pub instrument: String,
    pub values: Values,
    /// Who typed it.
    pub author: String,
    /// RFC 3339, given by the caller.
    pub at: String,
}

/// The newest sheets of one unit, as every step after collecting reads them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnitSheets {
    /// Id of the unit in the directory.
    pub unit: String,
    /// Kind of respondent: `industrial`, `farm` …
    pub respondent: String,
    /// Form code → values of the newest revision.
    pub sheets: BTreeMap<String, Values>,
    /// The same of an earlier period, where it is known.
    pub last_year: BTreeMap<String, Values>,
    pub last_census: BTreeMap<String, Values>,
}

impl Values {
    /// Takes from the sheet as it was the parts that were not handed in at all: a file that is absent does not
    /// say that its rows are gone. `handed_in` names the blocks that were; the flat part is the one without a name.
    pub fn keep_absent(&mut self, old: &Values, handed_in: impl Fn(&str) -> bool) {
        if !handed_in("") {
            self.common.clone_from(&old.common);
            self.flat.clone_from(&old.flat);
        }
        for (block, rows) in old.blocks.iter().filter(|(block, _)| !handed_in(block)) {
            self.blocks.insert(block.clone(), rows.clone());
        }
    }

    /// The rows of a block; the flat part is one row.
    pub fn rows(&self, block: &str) -> &[Row] {
        if block.is_empty() {
            std::slice::from_ref(&self.flat)
        } else {
            self.blocks.get(block).map_or(&[], Vec::as_slice)
        }
    }
}
