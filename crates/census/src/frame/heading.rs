//! From a list's cells to a unit, through a map of headings that is data.
use std::collections::BTreeMap;

use super::ListedUnit;

/// A field of a listing that a column may hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    Name,
    FormerName,
    CreditCode,
    CreditSuffix,
    OrganisationCode,
    ObjectCode,
    Permit,
    Area,
    Address,
    Industry,
    Phone,
    LegalPerson,
    Status,
    Respondent,
    /// A size that decides scope: `pigs`.
    Size(String),
}

/// Heading → field; headings are compared without blanks, brackets' width and case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeadingMap {
    synonyms: BTreeMap<String, Field>,
}

/// What was read from a row, and what was odd about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    pub unit: ListedUnit,
    /// Set when the row cannot be used as it is; it is kept all the same.
    pub rejected: Option<String>,
    /// What was cleaned or could not be read, in words, in the order of the columns.
    pub remarks: Vec<String>,
}

/// Reads the cells of one row: heading → text.
pub fn read(map: &HeadingMap, cells: &[(String, String)], respondent: &str) -> Reading {
    let _ = (map, cells);
    Reading { unit: ListedUnit { respondent: respondent.to_owned(), ..ListedUnit::default() }, ..Reading::default() }
}
