//! The kinds of long work, and what each does.

use serde_json::Value;

use super::{Work, computing};
use crate::fault::Fault;

/// A kind of job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Accounting of units that changed (核算).
    Account,
    /// All rules over an area (审核).
    Check,
    /// All tables of an area (汇总).
    Tabulate,
    /// A verified copy of the census (备份).
    Backup,
    /// Whether the audit chain and all that hangs on it is whole (校验).
    Verify,
}

impl Kind {
    pub const ALL: [Kind; 5] = [Kind::Account, Kind::Check, Kind::Tabulate, Kind::Backup, Kind::Verify];

    pub fn name(self) -> &'static str {
        match self {
            Kind::Account => "account",
            Kind::Check => "check",
            Kind::Tabulate => "tabulate",
            Kind::Backup => "backup",
            Kind::Verify => "verify",
        }
    }
}

/// Does a job. What it gives is told to whoever watches.
pub(super) fn run(work: &mut Work<'_>) -> Result<Value, Fault> {
    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == work.job.kind);
    match kind {
        Some(Kind::Account) => computing::account(work),
        Some(Kind::Check) => computing::check(work),
        Some(Kind::Tabulate) => computing::tabulate(work),
        Some(Kind::Backup) => computing::backup(work),
        Some(Kind::Verify) => computing::verify(work),
        None => Err(Fault::Internal { why: format!("no such kind of job: {}", work.job.kind) }),
    }
}
