//! The steps of the chain (评审环节): which one a unit has done, which is next, and where the units stand that wait for one.

use instrument::model::{ReviewChain, ReviewStep};

use super::state::{AreaLevelName, Signed, StateKind, UnitState};
use super::step::Case;
use crate::area::Tree;

/// Where units stand that wait for a step (待办).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Awaiting<'c> {
    pub state: StateKind,
    /// A step that is stamped, and one that is not: parts of a pre-check share one state.
    pub stamped: Option<&'c str>,
    pub not_stamped: Option<&'c str>,
    /// Whether a level of offices was left out on the way, as for directly administered counties; `None`: either.
    pub direct: Option<bool>,
}

/// Whether a unit may enter the totals of a level: it has passed there, or, where no office of
/// that level stands between (a directly administered county), at the level below.
pub fn passed_at(state: &UnitState, case: &Case<'_>, level: AreaLevelName) -> bool {
    let Some(signed) = state.signed() else { return false };
    let stamped = |step: &ReviewStep| signed.stamps.iter().any(|s| s.step == step.code);
    let levels: Vec<&ReviewStep> = case.chain.steps.iter().filter(|s| s.totals.is_some()).collect();
    let at = levels.iter().position(|s| s.totals.map(AreaLevelName::from) == Some(level));
    at.is_some_and(|at| levels[..=at].iter().rev().find(|s| !skipped(s, case)).is_some_and(|s| stamped(s)))
}

/// The step that is next for a unit (下一环节), and with it the role that does it; `None` after the last one.
pub fn next_step<'c>(state: &UnitState, case: &Case<'c>) -> Option<&'c ReviewStep> {
    let named = |code: &str| case.chain.steps.iter().find(|s| s.code == code);
    match state {
        UnitState::Draft(_) => named(SELF_CHECK),
        UnitState::SelfChecked(_) => named(SIGN),
        UnitState::Frozen(_) => None,
        other => after(other.signed()?, case),
    }
}

/// Where the units stand that wait for a step; nothing for a step the chain does not have.
pub fn awaiting<'c>(chain: &'c ReviewChain, step: &str) -> Vec<Awaiting<'c>> {
    let at = |state| Awaiting { state, stamped: None, not_stamped: None, direct: None };
    let Some(here) = chain.steps.iter().position(|s| s.code == step) else { return Vec::new() };
    let code = |s: &'c ReviewStep| s.code.as_str();
    let found = &chain.steps[here];
    if found.code == SELF_CHECK {
        return vec![at(StateKind::Draft)];
    }
    if found.code == SIGN {
        return vec![at(StateKind::SelfChecked)];
    }
    if found.code == FREEZE {
        return vec![at(StateKind::ProvincePassed)];
    }
    if is_pre_check(found) {
        let before = chain.steps[..here].iter().rev().find(|s| is_pre_check(s)).map(code);
        return vec![Awaiting { stamped: before, not_stamped: Some(code(found)), ..at(StateKind::Signed) }];
    }
    match found.totals.map(AreaLevelName::from) {
        Some(AreaLevelName::City) => vec![Awaiting { direct: Some(false), ..at(StateKind::CountyPassed) }],
        Some(AreaLevelName::Province) => {
            vec![at(StateKind::CityPassed), Awaiting { direct: Some(true), ..at(StateKind::CountyPassed) }]
        }
        _ => vec![at(StateKind::PreChecked)],
    }
}

pub(super) const SELF_CHECK: &str = "self-check";
pub(super) const SIGN: &str = "sign";
pub(super) const FREEZE: &str = "freeze";

/// Steps the unit does itself.
pub(super) fn is_unit_step(step: &ReviewStep) -> bool {
    step.code == SELF_CHECK || step.code == SIGN
}

/// Steps between the signature and the first office that adds up.
pub(super) fn is_pre_check(step: &ReviewStep) -> bool {
    !is_unit_step(step) && step.totals.is_none() && step.code != FREEZE
}

/// A step of a level that has no office over the unit: a directly administered county has no city.
pub(super) fn skipped(step: &ReviewStep, case: &Case<'_>) -> bool {
    step.totals.is_some_and(|level| case.areas.at_level(Tree::Reporting, case.unit_area, level).is_none())
}

/// The step after the last stamp that has an office over this unit.
pub(super) fn after<'c>(signed: &Signed, case: &Case<'c>) -> Option<&'c ReviewStep> {
    let steps = &case.chain.steps;
    let done = signed.stamps.iter().filter_map(|s| steps.iter().position(|c| c.code == s.step)).max();
    steps.iter().skip(done.map_or(0, |at| at + 1)).find(|s| !skipped(s, case))
}
