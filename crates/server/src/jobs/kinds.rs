//! The kinds of long work, and what each does: it calls the office's work and tells what came of it.

use census::area::AreaCode;
use serde_json::{Value, json};
use store::Ids;
use work::{Desk, Progress, Watch};

use super::Work;
use crate::fault::Fault;

/// A kind of job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Accounting of a unit that changed, or of an area (核算).
    Account,
    /// All rules over an area (审核).
    Check,
    /// Adding up what has passed (汇总).
    Tabulate,
}

impl Kind {
    pub const ALL: [Kind; 3] = [Kind::Account, Kind::Check, Kind::Tabulate];

    pub fn name(self) -> &'static str {
        match self {
            Kind::Account => "account",
            Kind::Check => "check",
            Kind::Tabulate => "tabulate",
        }
    }
}

/// Does a job. What it gives is told to whoever watches.
pub(super) fn run(work: &mut Work<'_>) -> Result<Value, Fault> {
    match Kind::ALL.into_iter().find(|kind| kind.name() == work.job.kind) {
        Some(Kind::Account) => account(work),
        Some(Kind::Check) => check(work),
        Some(Kind::Tabulate) => tabulate(work),
        None => Err(Fault::Internal { why: format!("no such kind of job: {}", work.job.kind) }),
    }
}

/// A desk for the job's person and area.
fn at_desk<T>(
    work: &mut Work<'_>,
    area: Option<AreaCode>,
    run: impl FnOnce(&mut Desk<'_>, &mut store::Store, &mut Watch<'_>) -> work::Result<T>,
) -> Result<T, Fault> {
    let app = std::sync::Arc::clone(work.app);
    let (now, who) = (app.now(), work.who.to_owned());
    let mut ids = Ids::fresh();
    let desk = Desk::of_office(app.instrument, app.areas, &app.census, &mut ids, &now, &who)?;
    let mut desk = match area {
        Some(area) => desk.for_area(area),
        None => desk,
    };
    let (stop, told) = (work.stop, work.told);
    let mut tell = |progress: Progress| {
        told.send_modify(|standing| {
            progress.stage.clone_into(&mut standing.stage);
            (standing.done, standing.of) = (progress.done, progress.of);
        });
    };
    let closing = &app.jobs.stopping;
    let order = std::sync::atomic::Ordering::Relaxed;
    let stopped = || stop.load(order) || closing.load(order);
    let mut watch = Watch::new(&mut tell, &stopped);
    Ok(run(&mut desk, &mut work.store, &mut watch)?)
}

/// The area a job is about.
fn area_of(work: &Work<'_>) -> Result<AreaCode, Fault> {
    work.job.about.parse().map_err(|_| Fault::invalid("area", "not an area code"))
}

fn account(work: &mut Work<'_>) -> Result<Value, Fault> {
    // Left by a saved sheet: one unit; asked for by a person: an area.
    let outcome = match area_of(work) {
        Ok(area) => at_desk(work, Some(area), work::account::area)?,
        Err(_) => {
            let unit = work.job.about.clone();
            at_desk(work, None, |desk, store, _| {
                let event = desk.event(store::What::Account).about(&unit);
                store.write(&event, |w| work::account::units(w, desk, std::slice::from_ref(&unit)))
            })?
        }
    };
    serde_json::to_value(&outcome).map_err(|error| Fault::Internal { why: error.to_string() })
}

fn check(work: &mut Work<'_>) -> Result<Value, Fault> {
    let area = area_of(work)?;
    let checker = work.app.checker;
    at_desk(work, Some(area), |desk, store, watch| {
        let run = work::check::area(desk, store, checker, false, watch)?;
        work::check::keep(desk, store, &run)?;
        Ok(json!({ "units": run.units.len(), "findings": run.checked.findings.len() }))
    })
}

fn tabulate(work: &mut Work<'_>) -> Result<Value, Fault> {
    let area = area_of(work)?;
    let asked: Value = serde_json::from_str(&work.job.document).unwrap_or_default();
    let level = work::tabulate::level(asked["level"].as_str().unwrap_or_default())?;
    at_desk(work, Some(area), |desk, store, watch| {
        let outcome = work::tabulate::area(desk, store, level, watch)?;
        Ok(json!({
            "passed": outcome.passed, "held": outcome.held, "tables": outcome.tables.len(), "wrong": outcome.wrong(),
        }))
    })
}
