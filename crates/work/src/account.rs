//! Accounting (核算): lines and figures of units from their sheets as they stand.

use std::collections::BTreeMap;

use census::account::{self, figures, inputs};
use census::line::{Figure, Line, LineResult};
use instrument::model::Instrument;
use serde::Serialize;
use store::{Accounted, Collected, Scope, Store, What, Writing};

use crate::{Desk, Error, Result, Watch, Words};

/// What accounting came to, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    pub units: u64,
    pub lines: u64,
    /// Lines that could not be computed (未能核算).
    pub incomplete: u64,
    /// Why they could not → how many.
    pub reasons: BTreeMap<String, u64>,
    /// Remarks on lines by kind → how many.
    pub remarks: BTreeMap<String, u64>,
}

/// One unit accounted.
#[derive(Debug)]
struct Made {
    unit: String,
    version: String,
    lines: Vec<Line>,
    figures: Vec<Figure>,
}

/// Accounts all units of the desk's area that have the accounting form. Stage: `accounting`.
pub fn area(desk: &mut Desk<'_>, store: &mut Store, watch: &mut Watch<'_>) -> Result<Outcome> {
    able(desk.instrument)?;
    let scope = desk.scope();
    let of: u64 = store.read().states(&scope)?.values().sum();
    let before = store.read().accounted(&scope)?;
    let (mut made, mut outcome, mut seen) = (Vec::new(), Outcome::default(), 0);
    store.read().each_chunk::<Error>(&scope, desk.census.period, 1000, |chunk| {
        seen += chunk.len() as u64;
        for collected in chunk {
            made.extend(one(desk.instrument, collected, &mut outcome)?);
        }
        watch.at("accounting", seen, of)
    })?;
    let event = desk.event(What::Account);
    store.write::<_, Error>(&event, |w| {
        // Units accounted by themselves meanwhile keep what is newer.
        let now = w.read().accounted(&scope)?;
        made.retain(|m: &Made| now.get(&m.unit) == before.get(&m.unit));
        keep(w, &made)
    })?;
    Ok(outcome)
}

/// Accounts some units inside an open change, for instance after their sheets were filled; the others among them that
/// have no accounting form are passed over.
pub fn units(w: &mut Writing<'_>, desk: &Desk<'_>, units: &[String]) -> Result<Outcome> {
    able(desk.instrument)?;
    let (mut made, mut outcome) = (Vec::new(), Outcome::default());
    let scope = Scope::Units(units.to_vec());
    w.read().each_chunk::<Error>(&scope, desk.census.period, 1000, |chunk| {
        for collected in chunk {
            made.extend(one(desk.instrument, collected, &mut outcome)?);
        }
        Ok(())
    })?;
    keep(w, &made)?;
    Ok(outcome)
}

fn able(instrument: &Instrument) -> Result<()> {
    match &instrument.factors.method {
        Some(_) => Ok(()),
        None => Err(Error::BadInput(Words::plain("no_method", "the instrument has no coefficient method"))),
    }
}

fn keep(w: &mut Writing<'_>, made: &[Made]) -> Result<()> {
    let accounted: Vec<Accounted<'_>> = made
        .iter()
        .map(|m| Accounted { unit: &m.unit, version: &m.version, lines: &m.lines, figures: &m.figures })
        .collect();
    Ok(w.account(&accounted)?)
}

/// The lines and figures of a unit; `None`: it has no accounting form.
fn one(instrument: &Instrument, collected: Collected, outcome: &mut Outcome) -> Result<Option<Made>> {
    let library = &instrument.factors;
    let Some(method) = library.method.as_ref().filter(|m| collected.sheets.sheets.contains_key(&m.form)) else {
        return Ok(None);
    };
    let given = inputs(method, &collected.sheets);
    let done = account::account(library, &collected.unit.id, &given.classes, &given.rows);
    for remark in &done.remarks {
        *outcome.remarks.entry(remark.kind.name().to_owned()).or_insert(0) += 1;
    }
    for line in &done.lines {
        if let LineResult::Incomplete { reason } = &line.result {
            *outcome.reasons.entry(reason.clone()).or_insert(0) += 1;
            outcome.incomplete += 1;
        }
    }
    outcome.units += 1;
    outcome.lines += done.lines.len() as u64;
    let sums = figures(library, &done.lines).map_err(|e| Error::Fault(format!("{}: {e:?}", collected.unit.name)))?;
    Ok(Some(Made { unit: collected.unit.id, version: collected.version.hash, lines: done.lines, figures: sums }))
}
