//! Why a step is refused.

use serde::{Deserialize, Serialize};

use super::state::StateKind;

/// A named reason; the words for people stand beside the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "refusal", rename_all = "kebab-case")]
pub enum Refusal {
    /// 顺序不对.
    #[error("{event} is not possible in state {}", .state.name())]
    WrongOrder { state: StateKind, event: String },
    #[error("the chain has no step {step}")]
    NoSuchStep { step: String },
    #[error("the next step is {expected}, not {given}")]
    NotNextStep { expected: String, given: String },
    /// 角色不符.
    #[error("{event} is done by {expected}, not by {given}")]
    WrongRole { event: String, expected: String, given: String },
    /// 审核人员不得改动数据 (统计法条例 43(5)).
    #[error("role {role} may not change a unit's figures; raise a query and let the unit correct and sign again")]
    ReviewerCannotEdit { role: String },
    /// 越区.
    #[error("area {unit} does not report to {actor}")]
    OtherArea { unit: String, actor: String },
    #[error("{person} belongs to another unit")]
    OtherUnit { person: String },
    /// 强制性问题未清.
    #[error("open 强制性 findings: {}; correct them first", .rules.join(", "))]
    OpenErrors { rules: Vec<String> },
    /// 核实性问题未说明.
    #[error("核实性 findings without explanation: {}; correct or explain them", .rules.join(", "))]
    Unexplained { rules: Vec<String> },
    #[error("open queries: {}; answer and close them first", .queries.join(", "))]
    OpenQueries { queries: Vec<String> },
    #[error("no query {query}")]
    NoSuchQuery { query: String },
    #[error("query {query} exists already")]
    QueryExists { query: String },
    #[error("query {query} is {state}; {event} is not possible")]
    QueryState { query: String, state: String, event: String },
    #[error("query {query} was raised at step {step}; only that office closes it")]
    OtherOffice { query: String, step: String },
    #[error("no finding {rule} stands at {place}")]
    NoSuchFinding { rule: String, place: String },
    /// 入户不少于两人 (条例 24).
    #[error("a visit needs {needed} different persons, {given} given")]
    TooFewPersons { needed: u8, given: usize },
    #[error("no visit that met the unit is recorded; record one before {event}")]
    NoVisit { event: String },
    /// 做与审不得同人.
    #[error("{person} has done {done} and may not do {event} too")]
    SamePerson { person: String, done: String, event: String },
    #[error("the figures changed after {after}; self-check again")]
    VersionMoved { after: String },
    #[error("nothing changed since version {version}; correct the figures or answer the query with an explanation")]
    NothingCorrected { version: String },
    #[error("{what} is blank")]
    Blank { what: String },
    #[error("no sheet is filled")]
    NothingFilled,
    #[error("area {area} is not in the area table")]
    UnknownArea { area: String },
}
