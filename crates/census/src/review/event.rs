//! What may happen to a unit, and who makes it happen.

use serde::{Deserialize, Serialize};

use crate::area::AreaCode;
use crate::finding::FindingKey;

/// The person behind an event: who, as what, and for which area.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Id of the person.
    pub person: String,
    /// `respondent`, `manager`, `enumerator`, `instructor`, `county`, `city`, `province`, `state` …
    pub role: String,
    /// The area the person may act in, by reporting. For a respondent the unit's own area.
    pub area: AreaCode,
    /// The unit a respondent or manager belongs to; `None` for the staff of offices.
    pub unit: Option<String>,
}

/// How a visit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Met {
    /// 见到.
    Met,
    /// 无人.
    Absent,
    /// 拒绝.
    Refused,
}

/// One thing that happens to a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A sheet was filled or changed (填报); the new version is in the [`Case`](super::Case).
    Fill,
    /// 填报员自审.
    SelfCheck,
    /// 企业主管初审, signed and sealed. `sole_person`: the unit declares that one person is both.
    Sign { sole_person: bool },
    /// 入户: by at least two persons.
    Visit { persons: Vec<String>, met: Met },
    /// The next step of the chain is passed: 预审, 县级评审, 市级复审, 省级联合会审.
    Pass { step: String },
    /// 退回: one step back, by whoever would do the next step.
    Return { why: String },
    /// 提出疑问.
    RaiseQuery { query: String, finding: Option<FindingKey>, question: String, deadline: String },
    /// 答复疑问, by the unit.
    Answer { query: String, answer: Answer },
    /// 关闭疑问, by the office that raised it.
    CloseQuery { query: String },
    /// 说明: a named person of the unit explains a finding without being asked.
    Explain { finding: FindingKey, text: String },
    /// 定库.
    Freeze,
    /// 重新打开: falls back to a draft of a new version.
    Reopen { why: String },
}

/// How a query is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "kebab-case")]
pub enum Answer {
    /// The unit corrects and signs again.
    Correct,
    /// The figure stands; here is why, and what proves it.
    Explain { text: String, evidence: String },
}

/// An event without what it carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    Fill,
    SelfCheck,
    Sign,
    Visit,
    PreCheck,
    PassCounty,
    PassCity,
    PassProvince,
    Return,
    RaiseQuery,
    AnswerCorrect,
    AnswerExplain,
    CloseQuery,
    Explain,
    Freeze,
    Reopen,
}

impl EventKind {
    pub const ALL: [EventKind; 16] = [
        EventKind::Fill,
        EventKind::SelfCheck,
        EventKind::Sign,
        EventKind::Visit,
        EventKind::PreCheck,
        EventKind::PassCounty,
        EventKind::PassCity,
        EventKind::PassProvince,
        EventKind::Return,
        EventKind::RaiseQuery,
        EventKind::AnswerCorrect,
        EventKind::AnswerExplain,
        EventKind::CloseQuery,
        EventKind::Explain,
        EventKind::Freeze,
        EventKind::Reopen,
    ];

    pub fn title(self) -> &'static str {
        match self {
            EventKind::Fill => "填报",
            EventKind::SelfCheck => "自审",
            EventKind::Sign => "初审签章",
            EventKind::Visit => "入户",
            EventKind::PreCheck => "预审",
            EventKind::PassCounty => "县级评审通过",
            EventKind::PassCity => "市级复审通过",
            EventKind::PassProvince => "省级会审通过",
            EventKind::Return => "退回",
            EventKind::RaiseQuery => "提出疑问",
            EventKind::AnswerCorrect => "答复：更正",
            EventKind::AnswerExplain => "答复：说明",
            EventKind::CloseQuery => "关闭疑问",
            EventKind::Explain => "说明",
            EventKind::Freeze => "定库",
            EventKind::Reopen => "重新打开",
        }
    }

    /// `pass-county`: as written in pages and logs.
    pub fn name(self) -> &'static str {
        match self {
            EventKind::Fill => "fill",
            EventKind::SelfCheck => "self-check",
            EventKind::Sign => "sign",
            EventKind::Visit => "visit",
            EventKind::PreCheck => "pre-check",
            EventKind::PassCounty => "pass-county",
            EventKind::PassCity => "pass-city",
            EventKind::PassProvince => "pass-province",
            EventKind::Return => "return",
            EventKind::RaiseQuery => "raise-query",
            EventKind::AnswerCorrect => "answer-correct",
            EventKind::AnswerExplain => "answer-explain",
            EventKind::CloseQuery => "close-query",
            EventKind::Explain => "explain",
            EventKind::Freeze => "freeze",
            EventKind::Reopen => "reopen",
        }
    }
}
