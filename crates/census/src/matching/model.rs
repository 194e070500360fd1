//! What is compared, in which blocks, and what is never merged: data.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A matching model: `matching/model.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    #[serde(rename = "comparison")]
    pub comparisons: Vec<Comparison>,
    #[serde(rename = "block")]
    pub blocks: Vec<Block>,
    #[serde(rename = "never", default)]
    pub never: Vec<Never>,
    /// Pairs a person decides, whatever their weight.
    #[serde(default)]
    pub doubt: Vec<Never>,
    /// Kinds of respondent whose rows are never compared: a village is known by its area.
    #[serde(default)]
    pub leave_out: Vec<String>,
    /// The facet by which a list is known to have no doubles of its own (登记名录): every row has it, and none twice.
    /// Empty: no list is.
    #[serde(default)]
    pub register: String,
    /// Rows a block may have before it is left out (a phone number of an agent, a word everybody uses).
    #[serde(default = "default_limit")]
    pub limit: usize,
}

fn default_limit() -> usize {
    200
}

/// One line of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// As blocks and refusals name it.
    pub name: String,
    /// As persons read it.
    pub title: String,
    pub kind: Kind,
    /// The columns of the rows, in the order the kind asks for.
    pub columns: Vec<String>,
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Name of an enterprise (企业名称): one column.
    Enterprise,
    /// Unified social credit code, with or without suffix (统一社会信用代码): one column.
    CreditCode,
    /// One column.
    Phone,
    /// Name of a person: one column.
    Person,
    /// Area code, address, longitude and latitude in decimal degrees: four columns.
    Place,
    /// Any text: one column.
    Text,
    /// Two texts that are sometimes exchanged (given name and surname): two columns.
    TextPair,
    /// A date of eight digits, or any number that is typed: one column.
    Digits,
}

/// Rows that share all these facets are compared: `name.brand`, `place.county`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    pub keys: Vec<String>,
}

/// A pair for which all of `when` hold (`comparison=level`; level `missing`: a value is missing) is never one
/// unit, or is for a person to decide.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Never {
    pub when: Vec<String>,
    pub why: String,
}

/// What is wrong with a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    #[error("matching model: {0}")]
    Toml(String),
    #[error("matching model: comparison `{name}` needs {expected} columns, it has {given}")]
    Columns { name: String, expected: usize, given: usize },
    #[error("matching model: `{text}` names no {what}; known: {known}")]
    Unknown { text: String, what: &'static str, known: String },
    #[error("matching model: at most {max} comparisons")]
    TooMany { max: usize },
    #[error("matching words, line {line}: {problem}")]
    Words { line: usize, problem: String },
}

/// Comparisons a pattern has room for.
pub(super) const MOST: usize = 16;

impl Model {
    /// Reads `matching/model.toml`.
    pub fn read(text: &str) -> Result<Model, ModelError> {
        toml::from_str::<Model>(text).map_err(|e| ModelError::Toml(e.to_string()))?.checked()
    }

    /// Looks up names and counts columns, so that a run cannot meet an unknown one.
    pub fn checked(self) -> Result<Model, ModelError> {
        if self.comparisons.len() > MOST {
            return Err(ModelError::TooMany { max: MOST });
        }
        for comparison in &self.comparisons {
            let expected = comparison.kind.columns();
            if comparison.columns.len() != expected {
                let (name, given) = (comparison.name.clone(), comparison.columns.len());
                return Err(ModelError::Columns { name, expected, given });
            }
        }
        for key in self.blocks.iter().flat_map(|b| &b.keys) {
            self.facet(key)?;
        }
        if !self.register.is_empty() {
            self.facet(&self.register)?;
        }
        for when in self.never.iter().chain(&self.doubt).flat_map(|n| &n.when) {
            self.level(when)?;
        }
        Ok(self)
    }

    /// The comparison and the facet that `comparison.facet` names.
    pub(super) fn facet(&self, text: &str) -> Result<(usize, usize), ModelError> {
        let (name, facet) = text.split_once('.').unwrap_or((text, ""));
        let at = self.named(name)?;
        let known = self.comparisons[at].kind.facets();
        let facet = known.iter().position(|f| *f == facet).ok_or_else(|| ModelError::Unknown {
            text: text.to_owned(),
            what: "facet",
            known: known.join(", "),
        })?;
        Ok((at, facet))
    }

    /// The comparison and the level that `comparison=level` names.
    pub(super) fn level(&self, text: &str) -> Result<(usize, u8), ModelError> {
        let (name, level) = text.split_once('=').unwrap_or((text, ""));
        let at = self.named(name)?;
        let known = self.comparisons[at].kind.levels();
        if level == "missing" {
            return Ok((at, 0));
        }
        let level = known.iter().position(|l| l.name == level).ok_or_else(|| ModelError::Unknown {
            text: text.to_owned(),
            what: "level",
            known: known.iter().map(|l| l.name).collect::<Vec<_>>().join(", "),
        })?;
        Ok((at, level as u8 + 1))
    }

    fn named(&self, name: &str) -> Result<usize, ModelError> {
        let at: BTreeMap<&str, usize> =
            self.comparisons.iter().enumerate().map(|(i, c)| (c.name.as_str(), i)).collect();
        at.get(name).copied().ok_or_else(|| ModelError::Unknown {
            text: name.to_owned(),
            what: "comparison",
            known: at.keys().copied().collect::<Vec<_>>().join(", "),
        })
    }
}

impl Kind {
    /// Columns it needs.
    pub fn columns(self) -> usize {
        match self {
            Kind::Place => 4,
            Kind::TextPair => 2,
            _ => 1,
        }
    }
}
