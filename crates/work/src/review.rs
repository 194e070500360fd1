//! The review chain (评审): one event of one unit, from where it stands to where it stands next.

use census::review::{Actor, Answer, Case, Event, Moved, StateKind, step};
use store::{Collected, Kept, Scope, Writing};

use crate::error::words;
use crate::{Desk, Error, Result, check};

/// Where a unit stands after an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewed {
    pub moved: Moved,
    /// To be named with the next event.
    pub counter: i64,
}

impl Reviewed {
    pub fn state(&self) -> StateKind {
        self.moved.review.state.kind()
    }
}

/// Lets one thing happen to a unit: load, judge, store.
///
/// `seen` is the counter of the review the person looked at; when it has moved on since, nothing happens
/// ([`store::Error::Moved`]). A refusal has written nothing, so that a batch may go on with the next unit in the same
/// change. Figures are filled by [`crate::fill::save`].
pub fn event(
    w: &mut Writing<'_>,
    desk: &Desk<'_>,
    unit: &str,
    seen: Option<i64>,
    event: &Event,
    actor: &Actor,
) -> Result<Reviewed> {
    let kept = w.read().review(unit)?;
    if let Some(seen) = seen.filter(|seen| *seen != kept.counter) {
        return Err(store::Error::Moved { unit: unit.to_owned(), seen, now: kept.counter }.into());
    }
    let collected = check::load(w, desk, unit)?;
    if needs_findings(event) {
        let checked = w.read().checked(&Scope::unit(unit))?.remove(unit);
        if checked.as_deref() != Some(collected.version.hash.as_str()) {
            return Err(not_checked(1));
        }
    }
    let findings = w.read().findings(&Scope::unit(unit))?.remove(unit).unwrap_or_default();
    let moved = judge(desk, &kept, &collected, &findings, event, actor)?;
    let counter = w.step(unit, kept.counter, &moved, actor, event)?;
    Ok(Reviewed { moved, counter })
}

/// Where an event leads, or why it may not be.
pub(crate) fn judge(
    desk: &Desk<'_>,
    kept: &Kept,
    collected: &Collected,
    findings: &[census::finding::Finding],
    event: &Event,
    actor: &Actor,
) -> Result<Moved> {
    let case = Case {
        chain: &desk.instrument.review,
        areas: desk.areas,
        unit: &collected.unit.id,
        unit_area: area_of(collected)?,
        version: &collected.version,
        findings,
        now: desk.now,
    };
    Ok(step(&kept.review, event, actor, &case)?)
}

pub(crate) fn area_of(collected: &Collected) -> Result<census::area::AreaCode> {
    let unit = &collected.unit;
    unit.area.parse().map_err(|_| Error::Fault(format!("{}: area {}", unit.name, unit.area)))
}

/// Units whose findings are not those of the sheets as they stand.
pub fn not_checked(units: u64) -> Error {
    Error::Refused(words!(
        "not_checked",
        "{} 个单位的现有版本还没有审核：先 wupu check",
        "{} units have not been checked as they stand: wupu check first",
        units
    ))
}

/// Whether an event is judged by what the rules found.
fn needs_findings(event: &Event) -> bool {
    match event {
        Event::SelfCheck
        | Event::Sign { .. }
        | Event::Pass { .. }
        | Event::Freeze
        | Event::Explain { .. }
        | Event::RaiseQuery { finding: Some(_), .. }
        | Event::Answer { answer: Answer::Explain { .. }, .. } => true,
        Event::Fill
        | Event::Visit { .. }
        | Event::Return { .. }
        | Event::RaiseQuery { finding: None, .. }
        | Event::Answer { answer: Answer::Correct, .. }
        | Event::CloseQuery { .. }
        | Event::Reopen { .. } => false,
    }
}
