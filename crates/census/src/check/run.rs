//! Running all rules over many units.

use std::collections::BTreeMap;

use expr::batch::Batch;
use expr::outcome::{Counts, Keep, Reason};
use expr::run::Shown;
use expr::schema::TableId;

use super::checker::{Checker, DueForm, Part};
use super::layout::{Noticed, Order, Place};
use crate::finding::{Finding, FindingKind};
use crate::sheet::{UnitSheets, days};

/// Units that are laid out and checked together: large enough for columns to pay, small enough
/// to stay in the cache.
const CHUNK: usize = 512;

/// What a run depends on besides the sheets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context {
    /// Days since 1970-01-01.
    pub today: i64,
    /// Whether rules that could not be computed are listed as findings. They are counted either way.
    pub list_unknown: bool,
}

/// What came out of a run.
#[must_use]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// By unit as given, then by table and row as in the instrument, then by rule.
    pub findings: Vec<Finding>,
    /// Rule → how often each outcome occurred, the native checks included.
    pub counts: BTreeMap<String, Counts>,
}

impl Context {
    /// The context of a civil day; `None` when there is no such day.
    pub fn on(year: i64, month: i64, day: i64) -> Option<Context> {
        days(year, month, day).map(|today| Context { today, list_unknown: true })
    }

    /// The same without a finding for each rule that could not be computed: for large runs, whose
    /// half-filled sheets have more of these than anybody reads.
    pub fn failures_only(self) -> Context {
        Context { list_unknown: false, ..self }
    }

    pub(super) fn inner(self) -> expr::run::Context {
        expr::run::Context { today: Some(self.today) }
    }
}

/// Checks the sheets of many units. The result is the same for any number of threads, and each
/// unit's findings are the same as when it is checked alone, but for the rules that compare units
/// with each other: these see the units given.
pub fn run(checker: &Checker<'_>, units: &[UnitSheets], context: &Context) -> Checked {
    let mut running = Running::new(checker, *context);
    running.chunks(units);
    let sets = sets(checker, units, context);
    running.end(sets)
}

/// A check of more units than memory should hold: part after part, then the rules that compare units. What it finds
/// is what [`run`] finds on all units at once; of the units gone by it keeps what these rules read.
#[derive(Debug)]
pub struct Running<'c, 'i> {
    checker: &'c Checker<'i>,
    context: Context,
    units: usize,
    kept: Vec<UnitSheets>,
    found: Vec<(Order, Finding)>,
    counts: BTreeMap<String, Counts>,
}

impl<'c, 'i> Running<'c, 'i> {
    pub fn new(checker: &'c Checker<'i>, context: Context) -> Running<'c, 'i> {
        let counts = checker.natives.all().iter().map(|rule| (rule.code.clone(), Counts::default())).collect();
        Running { checker, context, units: 0, kept: Vec::new(), found: Vec::new(), counts }
    }

    /// The next units.
    pub fn add(&mut self, units: &[UnitSheets]) {
        self.chunks(units);
        if !self.checker.sets.rules.is_empty() {
            let reduced = |unit| self.checker.layout.reduced(&self.checker.sets.needs, unit);
            self.kept.extend(units.iter().map(reduced));
        }
    }

    /// No more units.
    pub fn finish(self) -> Checked {
        let sets = sets(self.checker, &self.kept, &self.context);
        self.end(sets)
    }

    fn chunks(&mut self, units: &[UnitSheets]) {
        for outcome in chunks(self.checker, self.units, units, &self.context) {
            self.take(outcome);
        }
        self.units += units.len();
    }

    fn take(&mut self, outcome: Outcome) {
        self.found.extend(outcome.findings);
        for (rule, counts) in outcome.counts {
            self.counts.entry(rule).or_default().add(&counts);
        }
    }

    fn end(mut self, sets: Option<Outcome>) -> Checked {
        if let Some(outcome) = sets {
            self.take(outcome);
        }
        self.found.sort_by_key(|(order, _)| *order);
        Checked { findings: self.found.into_iter().map(|(_, finding)| finding).collect(), counts: self.counts }
    }
}

/// Checks one unit after a change of its sheets. What its rows say by themselves is checked anew. Rules that compare
/// units cannot be judged on one: what such a rule found before, `stood`, stands while the values it was found on do;
/// where these changed it becomes *not computable*, until all units are checked again. The counts are of the rules over
/// the unit's own rows.
pub fn again(checker: &Checker<'_>, unit: &UnitSheets, stood: &[Finding], context: &Context) -> Checked {
    let mut running = Running::new(checker, *context);
    running.chunks(std::slice::from_ref(unit));
    let sets = Outcome { findings: compared(checker, unit, stood, context), counts: Vec::new() };
    running.end(Some(sets))
}

/// The findings of rules that compare units that still have their row.
fn compared(checker: &Checker<'_>, unit: &UnitSheets, stood: &[Finding], context: &Context) -> Vec<(Order, Finding)> {
    let mut kept = Vec::new();
    for finding in stood {
        let place = checker.sets.rules.iter().enumerate().find(|(_, (at, home))| {
            checker.rule(*at).code == finding.rule && checker.instrument.schema.at(*home).code() == finding.table
        });
        let Some((position, &(at, home))) = place else { continue };
        if !checker.layout.has_row(home, finding.row, unit) {
            continue;
        }
        let mut finding = finding.clone();
        let now = values(checker, &checker.sets, position, home, finding.row, unit);
        if now != finding.values {
            finding.kind =
                FindingKind::NotComputable { reason: "须与其他单位比较，待全面审核".to_owned() };
            finding.values = now;
        }
        if finding.is_failure() || context.list_unknown {
            kept.push(((0, home.0, finding.row, (super::NATIVE.len() + at) as u32), finding));
        }
    }
    kept
}

/// Which forms a unit owes.
pub fn due_forms(checker: &Checker<'_>, unit: &UnitSheets, context: &Context) -> Vec<DueForm> {
    let units = std::slice::from_ref(unit);
    let batch = checker.layout.batch(&checker.due.needs, units, None);
    let values = truths(checker, &batch, context);
    due_of(checker, &unit.respondent, |when| values.get(when).and_then(|rows| rows.first().copied().flatten()))
}

/// Findings and counts of a part of the units.
#[derive(Debug, Default)]
struct Outcome {
    findings: Vec<(Order, Finding)>,
    counts: Vec<(String, Counts)>,
}

#[cfg(feature = "parallel")]
fn chunks(checker: &Checker<'_>, first: usize, units: &[UnitSheets], context: &Context) -> Vec<Outcome> {
    use rayon::prelude::*;
    let numbered: Vec<(usize, &[UnitSheets])> = units.chunks(CHUNK).enumerate().collect();
    numbered.into_par_iter().map(|(at, part)| chunk(checker, first + at * CHUNK, part, context)).collect()
}

#[cfg(not(feature = "parallel"))]
fn chunks(checker: &Checker<'_>, first: usize, units: &[UnitSheets], context: &Context) -> Vec<Outcome> {
    units.chunks(CHUNK).enumerate().map(|(at, part)| chunk(checker, first + at * CHUNK, part, context)).collect()
}

/// Everything that looks at one unit at a time.
fn chunk(checker: &Checker<'_>, first: usize, units: &[UnitSheets], context: &Context) -> Outcome {
    let mut noticed = Noticed::new(&checker.natives);
    let batch = checker.layout.batch(&checker.alone, units, Some(&mut noticed));
    let mut outcome = Outcome::default();
    run_part(checker, &checker.rows, &batch, units, context, &mut outcome);
    let forms = check_forms(checker, &batch, units, context, &mut noticed);
    let natives = &checker.natives;
    for (rule, counts) in [
        (&natives.readable, noticed.readable),
        (&natives.codes, noticed.codes),
        (&natives.required, noticed.required),
        (&natives.names, noticed.names),
        (&natives.forms, forms),
    ] {
        outcome.counts.push((rule.code.clone(), counts));
    }
    outcome.findings.append(&mut noticed.findings);
    for (order, _) in &mut outcome.findings {
        order.0 += first as u32;
    }
    outcome
}

/// The rules that compare units: over all of them at once.
fn sets(checker: &Checker<'_>, units: &[UnitSheets], context: &Context) -> Option<Outcome> {
    if checker.sets.rules.is_empty() {
        return None;
    }
    let batch = checker.layout.batch(&checker.sets.needs, units, None);
    let mut outcome = Outcome::default();
    run_part(checker, &checker.sets, &batch, units, context, &mut outcome);
    Some(outcome)
}

fn run_part(
    checker: &Checker<'_>,
    part: &Part,
    batch: &Batch,
    units: &[UnitSheets],
    context: &Context,
    outcome: &mut Outcome,
) {
    let keep = if context.list_unknown { Keep::All } else { Keep::Failed };
    let outcomes = part.program.run_range(batch, &context.inner(), 0..batch.units, keep);
    for (position, (found, &(at, home))) in outcomes.iter().zip(&part.rules).enumerate() {
        if !part.program.has(position) {
            continue;
        }
        let rule = checker.rule(at);
        outcome.counts.push((rule.code.clone(), found.counts));
        let failed = found.failed.iter().map(|place| (*place, FindingKind::Failed));
        let unknown = found
            .not_computable
            .iter()
            .map(|(place, reason)| (place, FindingKind::NotComputable { reason: words(reason) }));
        for (place, kind) in failed.chain(unknown) {
            let unit = &units[place.unit as usize];
            let values = values(checker, part, position, home, place.row, unit);
            let finding = Finding {
                unit: unit.unit.clone(),
                rule: rule.code.clone(),
                grade: rule.grade.into(),
                table: checker.instrument.schema.at(home).code(),
                row: place.row,
                kind,
                values,
            };
            // Native checks come before all rules.
            let order = (place.unit, home.0, place.row, (super::NATIVE.len() + at) as u32);
            outcome.findings.push((order, finding));
        }
    }
}

/// The texts of the items a rule reads, as typed.
fn values(
    checker: &Checker<'_>,
    part: &Part,
    position: usize,
    home: TableId,
    row: u32,
    unit: &UnitSheets,
) -> Vec<(String, String)> {
    let reads = part.program.reads(position).iter();
    reads.map(|(name, column)| (name.clone(), checker.layout.typed(*column, home, row, unit).to_owned())).collect()
}

fn words(reason: &Reason) -> String {
    match reason {
        Reason::Missing(items) => format!("缺{}", items.join("、")),
        Reason::DivisionByZero => "除数为零".to_owned(),
        Reason::Overflow => "数值过大".to_owned(),
    }
}

/// Sheets that are due and missing, or there and not due.
fn check_forms(
    checker: &Checker<'_>,
    batch: &Batch,
    units: &[UnitSheets],
    context: &Context,
    noticed: &mut Noticed<'_>,
) -> Counts {
    let mut counts = Counts::default();
    let truths = truths(checker, batch, context);
    let rule = &checker.natives.forms;
    for (at, unit) in units.iter().enumerate() {
        for due in due_of(checker, &unit.respondent, |when| truths[when][at]) {
            let there = unit.sheets.contains_key(&due.form);
            let form = due.form.clone();
            let kind = match (due.due, there) {
                (Some(true), false) => FindingKind::FormMissing { form },
                (Some(false), true) if due.exact => FindingKind::FormNotDue { form },
                (None, _) => {
                    counts.not_computable += 1;
                    continue;
                }
                _ => {
                    counts.pass += 1;
                    continue;
                }
            };
            counts.fail += 1;
            let table = checker.instrument.schema.table(&due.form, "").map_or(u32::MAX, |t| t.0);
            let place = Place { unit: at as u32, id: &unit.unit, table, row: 0 };
            noticed.add(place, rule.finding(&unit.unit, &due.form, 0, kind, Vec::new()), rule.order);
        }
    }
    counts
}

fn due_of(checker: &Checker<'_>, respondent: &str, truth: impl Fn(usize) -> Option<bool>) -> Vec<DueForm> {
    let duties = checker.due.respondents.get(respondent).map(Vec::as_slice).unwrap_or_default();
    duties
        .iter()
        .map(|duty| DueForm { form: duty.form.clone(), due: duty.when.map_or(Some(true), &truth), exact: duty.exact })
        .collect()
}

/// Each condition of the due program, per unit; `None` where the hub form or an answer is missing.
fn truths(checker: &Checker<'_>, batch: &Batch, context: &Context) -> Vec<Vec<Option<bool>>> {
    let values = checker.due.program.values(batch, &context.inner());
    let per_unit = |(rows, home): (&Vec<Option<Shown>>, &TableId)| {
        let table = batch.tables.get(home.0 as usize).and_then(Option::as_ref);
        let row_of = |unit: usize| {
            let offsets = &table?.offsets;
            (offsets[unit] < offsets[unit + 1]).then(|| offsets[unit] as usize)
        };
        let truth = |unit: usize| match rows.get(row_of(unit)?)? {
            Some(Shown::Truth(truth)) => Some(*truth),
            _ => None,
        };
        (0..batch.units).map(truth).collect()
    };
    values.iter().zip(&checker.due.homes).map(per_unit).collect()
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
