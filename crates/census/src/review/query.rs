//! Queries (疑问单) and explanations (说明).

use serde::{Deserialize, Serialize};

use crate::finding::{Finding, FindingKey};

/// A reviewer's question to the unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// Made by the caller.
    pub id: String,
    /// Step of the chain at which it was raised.
    pub step: String,
    /// The finding it is about; `None` for a free question.
    pub finding: Option<FindingKey>,
    pub question: String,
    /// `2018-11-15`.
    pub deadline: String,
    pub raised_by: String,
    pub raised_at: String,
    pub state: QueryState,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum QueryState {
    Open,
    /// The unit is correcting; becomes answered with the next signature.
    Correcting {
        by: String,
        at: String,
    },
    Corrected {
        by: String,
        at: String,
        version: String,
    },
    Explained {
        by: String,
        at: String,
        text: String,
        evidence: String,
    },
    Closed {
        by: String,
        at: String,
    },
}

/// Why a finding stands although nothing is wrong, in the words of a named person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    pub finding: FindingKey,
    /// The values that were explained; when one changes the explanation lapses.
    pub values: Vec<(String, String)>,
    pub text: String,
    pub by: String,
    pub at: String,
}

impl Query {
    /// Whether the unit still owes an answer, or the office its judgement.
    pub fn is_open(&self) -> bool {
        !matches!(self.state, QueryState::Closed { .. })
    }
}

impl Explanation {
    /// Whether it still speaks of this finding: same rule, same place, same values.
    pub fn holds(&self, finding: &Finding) -> bool {
        self.finding == finding.key() && self.values == finding.values
    }
}

/// The queries that are not closed.
pub fn open_queries(queries: &[Query]) -> impl Iterator<Item = &Query> {
    queries.iter().filter(|q| q.is_open())
}
