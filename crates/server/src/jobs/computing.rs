//! Long work of the census: checking, accounting, adding up; and of the server: backup, verification.

use serde_json::{Value, json};
use store::{Ids, What};
use work::{Desk, Watch};

use super::Work;
use crate::fault::Fault;

/// Runs a workflow at a desk of the job's area, on a connection of its own.
fn at_desk<T>(
    work: &Work<'_>,
    run: impl FnOnce(&mut Desk<'_>, &mut store::Store, &mut Watch<'_>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let app = work.app;
    let (mut ids, now) = (Ids::fresh(), app.now());
    let document = asked(work);
    let text = document["area"].as_str().unwrap_or(&app.census.area);
    let area = text.parse().map_err(|_| Fault::invalid("area", "not an area code"))?;
    let mut desk = Desk::of_office(app.instrument, app.areas, &app.census, &mut ids, &now, work.who)?.for_area(area);
    let mut own = work.store.again()?;
    let mut told = |progress: work::Progress| work.tell(progress.stage, progress.done, progress.of);
    let stop = || work.stopped();
    run(&mut desk, &mut own, &mut Watch::new(&mut told, &stop))
}

fn asked(work: &Work<'_>) -> Value {
    serde_json::from_str(&work.job.document).unwrap_or_default()
}

/// One unit after it was filled, or all of an area.
pub(super) fn account(work: &Work<'_>) -> Result<Value, Fault> {
    if asked(work)["area"].is_string() {
        let outcome = at_desk(work, |desk, store, watch| Ok(work::account::area(desk, store, watch)?))?;
        return Ok(json!(outcome));
    }
    let unit = work.job.about.clone();
    let outcome = at_desk(work, |desk, store, _| {
        let event = desk.event(What::Account).about(&unit);
        store.write::<_, Fault>(&event, |w| Ok(work::account::units(w, desk, std::slice::from_ref(&unit))?))
    })?;
    Ok(json!(outcome))
}

pub(super) fn check(work: &Work<'_>) -> Result<Value, Fault> {
    at_desk(work, |desk, store, watch| {
        let run = work::check::area(desk, store, work.app.checker, false, watch)?;
        work::check::keep(desk, store, &run)?;
        Ok(json!({ "units": run.units.len(), "findings": run.checked.findings.len() }))
    })
}

pub(super) fn tabulate(work: &Work<'_>) -> Result<Value, Fault> {
    let level = work::tabulate::level(asked(work)["level"].as_str().unwrap_or_default())?;
    at_desk(work, |desk, store, watch| {
        let outcome = work::tabulate::area(desk, store, level, watch)?;
        let renewed = outcome.tables.iter().filter(|table| table.new).count();
        Ok(json!({
            "passed": outcome.passed, "held": outcome.held, "tables": outcome.tables.len(), "new": renewed,
            "wrong": outcome.wrong(),
        }))
    })
}

/// A backup gets its name only when it is complete and verified.
pub(super) fn backup(work: &mut Work<'_>) -> Result<Value, Fault> {
    let folder = crate::api::backup_folder(work.app);
    std::fs::create_dir_all(&folder).map_err(|error| Fault::Unavailable { why: error.to_string() })?;
    // Named after the job, so that a job that runs a second time does not write a second file.
    let day: String = work.app.now().chars().filter(char::is_ascii_digit).take(14).collect();
    let name = format!("wupu-{day}-{}.db", &work.job.id[work.job.id.len().saturating_sub(6)..]);
    let path = folder.join(&name);
    let mut own = work.store.again()?;
    own.backup(&path, &mut |done, of| work.tell("copying", done, of))?;
    let size = std::fs::metadata(&path).map(|about| about.len()).unwrap_or_default();
    Ok(json!({ "name": name, "size": size, "verified": true }))
}

/// Problems told at most.
const TOLD: usize = 100;

pub(super) fn verify(work: &mut Work<'_>) -> Result<Value, Fault> {
    work.tell("verifying", 0, 0);
    let verified = work.store.verify()?;
    let problems: Vec<String> = verified.problems.iter().take(TOLD).map(ToString::to_string).collect();
    Ok(json!({
        "events": verified.rows.get("audit"), "head": verified.audit_head, "problems": problems,
        "problem_count": verified.problems.len(),
    }))
}
