//! Checking (审核): one unit after a change, or all of an area, and keeping what was found.

use std::collections::BTreeMap;

use census::check::{self, Checked, Checker};
use census::finding::Finding;
use census::frame::Unit;
use census::sheet::UnitSheets;
use expr::Counts;
use store::{CheckedUnit, Collected, RunSummary, Scope, Store, What, Writing};

use crate::{Desk, Error, Result, Watch};

/// What was found on one unit, and the unit as it was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitChecked {
    pub collected: Collected,
    /// All that stand now, in the order of tables, rows and rules.
    pub findings: Vec<Finding>,
}

/// Checks one unit as it stands inside the change, and keeps what was found.
///
/// Rules that compare units with each other need all of them: what they found on this unit before stands while the
/// values it was found on do, see [`check::again`].
pub fn unit(w: &mut Writing<'_>, desk: &Desk<'_>, checker: &Checker<'_>, unit: &str) -> Result<UnitChecked> {
    let collected = load(w, desk, unit)?;
    let stood = w.read().findings(&Scope::unit(unit))?.remove(unit).unwrap_or_default();
    let checked = check::again(checker, &collected.sheets, &stood, &desk.today());
    let findings = checked.findings;
    w.findings(&[CheckedUnit { unit, version: &collected.version.hash, findings: &findings }])?;
    Ok(UnitChecked { collected, findings })
}

/// What was collected of one unit.
pub(crate) fn load(w: &mut Writing<'_>, desk: &Desk<'_>, unit: &str) -> Result<Collected> {
    let found = w.read().collected(&Scope::unit(unit), desk.census.period, None, 1)?.pop();
    found.ok_or_else(|| Error::Store(store::Error::Unknown { what: store::Thing::Unit, id: unit.to_owned() }))
}

/// Units that are read and checked together.
pub const PART: usize = 4096;

/// A check of all units of an area, not yet kept.
#[derive(Debug)]
pub struct Run {
    pub units: Vec<UnitSeen>,
    pub checked: Checked,
    /// The sheets as they were checked, when they were asked for.
    pub sheets: Vec<UnitSheets>,
    /// Unit → version it had been checked as before.
    before: BTreeMap<String, String>,
}

/// A unit as a check saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitSeen {
    pub id: String,
    /// Hash of the version.
    pub version: String,
    pub name: String,
}

/// Checks all units of the desk's area; `sheets`: their sheets are wanted afterwards, for the words of findings.
///
/// Units without any sheet owe their forms as well: they are checked like the others. Stages: `reading`, `checking`.
pub fn area(
    desk: &Desk<'_>,
    store: &mut Store,
    checker: &Checker<'_>,
    sheets: bool,
    watch: &mut Watch<'_>,
) -> Result<Run> {
    let scope = desk.scope();
    let of: u64 = store.read().states(&scope)?.values().sum();
    let before = store.read().checked(&scope)?;
    let mut run = Run { units: Vec::new(), checked: Checked::default(), sheets: Vec::new(), before };
    let mut running = check::Running::new(checker, desk.today());
    store.read().each_chunk::<Error>(&scope, desk.census.period, PART, |chunk| {
        watch.at("reading", run.units.len() as u64, of)?;
        let mut part = Vec::with_capacity(chunk.len());
        for collected in chunk {
            let Unit { id, name, .. } = collected.unit;
            run.units.push(UnitSeen { id, version: collected.version.hash, name });
            part.push(collected.sheets);
        }
        running.add(&part);
        if sheets {
            run.sheets.append(&mut part);
        }
        drop(part);
        watch.at("checking", run.units.len() as u64, of)
    })?;
    watch.at("reading", of, of)?;
    run.checked = running.finish();
    watch.at("checking", of, of)?;
    Ok(run)
}

/// Keeps what a check found. A unit that was changed and checked by itself meanwhile keeps the newer findings.
pub fn keep(desk: &mut Desk<'_>, store: &mut Store, run: &Run) -> Result<()> {
    let mut by_unit: BTreeMap<&str, Vec<Finding>> = BTreeMap::new();
    for finding in &run.checked.findings {
        by_unit.entry(&finding.unit).or_default().push(finding.clone());
    }
    let counts = counts_json(&run.checked.counts).to_string();
    let none = Vec::new();
    let event = desk.event(What::Check);
    let scope = desk.scope();
    store.write(&event, |w| {
        let now = w.read().checked(&scope)?;
        let kept: Vec<CheckedUnit<'_>> = run
            .units
            .iter()
            .filter(|unit| now.get(&unit.id) == run.before.get(&unit.id))
            .map(|unit| CheckedUnit {
                unit: &unit.id,
                version: &unit.version,
                findings: by_unit.get(unit.id.as_str()).unwrap_or(&none),
            })
            .collect();
        w.findings(&kept)?;
        let findings = run.checked.findings.len() as u64;
        Ok(w.check_run(&RunSummary { units: run.units.len() as u64, findings, counts: &counts })?)
    })
}

/// Rule → outcome → count.
pub fn counts_json(counts: &BTreeMap<String, Counts>) -> serde_json::Value {
    let told = |c: &Counts| {
        serde_json::json!({
            "pass": c.pass, "fail": c.fail, "not_applicable": c.not_applicable, "not_computable": c.not_computable,
        })
    };
    counts.iter().map(|(rule, c)| (rule.clone(), told(c))).collect::<serde_json::Map<_, _>>().into()
}
