//! The kinds of long work, and what each does.

use serde_json::Value;

use super::Work;
use crate::fault::Fault;

/// A kind of job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Accounting of units that changed (核算).
    Account,
    /// All rules over an area (审核).
    Check,
}

impl Kind {
    pub const ALL: [Kind; 2] = [Kind::Account, Kind::Check];

    pub fn name(self) -> &'static str {
        match self {
            Kind::Account => "account",
            Kind::Check => "check",
        }
    }
}

/// Does a job. What it gives is told to whoever watches.
pub(super) fn run(work: &mut Work<'_>) -> Result<Value, Fault> {
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == work.job.kind);
    match kind {
        Some(Kind::Account | Kind::Check) | None => {
            Err(Fault::Internal { why: format!("no such kind of job: {}", work.job.kind) })
        }
    }
}
