//! A sheet (一张普查表): one respondent's filled form for one period, as a chain of immutable revisions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

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
