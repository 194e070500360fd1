//! Tasks of a third party or an inspector (委托任务): areas and what is done there.

use serde::{Deserialize, Serialize};

use crate::area::AreaCode;

/// What is done under a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskWork {
    /// 入户.
    Enumerate,
    /// 录入.
    Enter,
    /// 审核.
    Audit,
    /// 质量核查.
    Inspect,
}

/// One task (任务): under which contract, where, what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Number of the contract or the order (合同或任务书编号).
    pub contract: String,
    pub area: AreaCode,
    pub work: TaskWork,
}

/// Doing and checking the same area.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{area} is both done under {does} and checked under {checks}")]
pub struct Conflict {
    pub area: AreaCode,
    pub does: String,
    pub checks: String,
}

impl TaskWork {
    pub fn checks(self) -> bool {
        matches!(self, TaskWork::Audit | TaskWork::Inspect)
    }
}

/// The first area that the same hands would both do and check: never allowed.
pub fn conflict(tasks: &[Task]) -> Option<Conflict> {
    let (checks, does): (Vec<&Task>, Vec<&Task>) = tasks.iter().partition(|task| task.work.checks());
    does.iter().find_map(|done| {
        let meets = |check: &&&Task| check.area.under(done.area) || done.area.under(check.area);
        checks.iter().find(meets).map(|check| Conflict {
            area: if check.area.under(done.area) { check.area } else { done.area },
            does: done.contract.clone(),
            checks: check.contract.clone(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(contract: &str, area: &str, work: TaskWork) -> Task {
        Task { contract: contract.into(), area: area.parse().unwrap(), work }
    }

    #[test]
    fn nobody_does_and_checks_the_same_area() {
        let does = task("甲", "410182", TaskWork::Enter);
        assert_eq!(conflict(&[does.clone(), task("乙", "410183", TaskWork::Audit)]), None);
        let found = conflict(&[does.clone(), task("乙", "410100", TaskWork::Inspect)]).unwrap();
        assert_eq!(found.to_string(), "410182000000 is both done under 甲 and checked under 乙");
        assert!(conflict(&[does, task("丙", "410182101", TaskWork::Audit)]).is_some());
    }
}
