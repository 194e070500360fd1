//! What a unit was: its history, the revisions of its sheets, and what differs between two of them.

use std::collections::BTreeMap;

use census::access::Verb;
use census::sheet::{Revision, Row, SheetKey, Values, Version};
use instrument::model::{Form, Instrument};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Read, ReviewStepRow, Scope};

use crate::api::people::people;
use crate::call::Call;
use crate::fault::Fault;
use crate::route::Routes;

pub fn add(routes: &mut Routes) {
    routes
        .read("/api/units/{id}/history", Verb::ReadUnits, "everything that happened to a unit, oldest first", history)
        .read("/api/units/{id}/revisions", Verb::ReadUnits, "the revisions of a unit's sheets, oldest first", revisions)
        .read(
            "/api/units/{id}/diff",
            Verb::ReadUnits,
            "items that differ between two revisions of a form, or since the unit was signed or passed before",
            diff,
        );
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct At {
    id: String,
    form: Option<String>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct History {
    events: Vec<Happened>,
    people: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Happened {
    /// Number in the audit log.
    event: i64,
    at: String,
    who: String,
    /// `directory`, `fill`, `review` …
    what: String,
    /// Forms that were filled.
    forms: Vec<String>,
    /// Steps of the review: `{step, role, state}`.
    steps: Vec<StepShown>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct StepShown {
    step: Value,
    role: String,
    /// Where it led.
    state: &'static str,
}

fn history(call: &Call, read: &mut Read<'_>, at: At) -> Result<History, Fault> {
    let met = call.unit(read, &at.id)?;
    let mut events: BTreeMap<i64, Happened> = read
        .unit_events(&met.unit.id)?
        .into_iter()
        .map(|e| {
            let shown =
                Happened { event: e.event, at: e.at, who: e.who, what: e.what, forms: e.forms, steps: Vec::new() };
            (e.event, shown)
        })
        .collect();
    for row in read.review_steps(&met.unit.id)? {
        if let Some(event) = events.get_mut(&row.event) {
            event.steps.push(StepShown {
                step: serde_json::to_value(&row.step).unwrap_or_default(),
                role: row.actor.role,
                state: row.state.name(),
            });
        }
    }
    let events: Vec<Happened> = events.into_values().collect();
    let people = people(read, events.iter().map(|e| e.who.as_str()))?;
    Ok(History { events, people })
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Revisions {
    rows: Vec<RevisionRow>,
    people: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct RevisionRow {
    id: String,
    form: String,
    /// The revision it was made from.
    base: Option<String>,
    author: String,
    at: String,
    instrument: String,
    /// Items that differ from its base.
    changed: usize,
}

/// The forms of a unit that have sheets; only the one asked for, when one is.
fn forms_of(read: &mut Read<'_>, call: &Call, unit: &str, asked: Option<&str>) -> Result<Vec<SheetKey>, Fault> {
    let period = call.app.census.period;
    let collected = read.collected(&Scope::unit(unit), period, None, 1)?.pop().ok_or(Fault::NotFound)?;
    let forms = collected.version.revisions.into_iter().map(|(form, _)| form);
    let wanted = forms.filter(|form| asked.is_none_or(|asked| asked.is_empty() || asked == form));
    Ok(wanted.map(|form| SheetKey { unit: unit.to_owned(), form, period }).collect())
}

fn revisions(call: &Call, read: &mut Read<'_>, at: At) -> Result<Revisions, Fault> {
    let met = call.unit(read, &at.id)?;
    let mut rows = Vec::new();
    for sheet in forms_of(read, call, &met.unit.id, at.form.as_deref())? {
        let chain = read.revisions(&sheet)?;
        let nothing = Values::default();
        for (place, revision) in chain.iter().enumerate() {
            let before = place.checked_sub(1).map_or(&nothing, |before| &chain[before].values);
            rows.push(RevisionRow {
                id: revision.id.clone(),
                form: sheet.form.clone(),
                base: revision.base.clone(),
                author: revision.author.clone(),
                at: revision.at.clone(),
                instrument: revision.instrument.clone(),
                changed: census::sheet::differing(before, &revision.values).len(),
            });
        }
    }
    let people = people(read, rows.iter().map(|r| r.author.as_str()))?;
    Ok(Revisions { rows, people })
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct Between {
    id: String,
    form: Option<String>,
    /// A revision; left out: the version that was signed before, last passed by one's own office if it was.
    from: Option<String>,
    /// A revision; left out: the newest.
    to: Option<String>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Difference {
    /// The earlier signed version that was compared with; `null` when two revisions were named, or there is none.
    since: Option<Since>,
    forms: Vec<FormDifference>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Since {
    /// The last step that version had passed.
    step: String,
    at: String,
    person: String,
    name: Option<String>,
    round: u32,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct FormDifference {
    form: String,
    title: String,
    from: Option<String>,
    to: Option<String>,
    items: Vec<Changed>,
}

/// An item whose typed text differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
struct Changed {
    /// Empty: the flat part; `common`: header and footer.
    block: String,
    /// From 1 within a block; 0: no row.
    row: usize,
    item: String,
    name: String,
    old: String,
    new: String,
}

fn diff(call: &Call, read: &mut Read<'_>, asked: Between) -> Result<Difference, Fault> {
    let met = call.unit(read, &asked.id)?;
    let instrument = call.app.instrument;
    let own = |revision: Revision| {
        let fits = revision.sheet.unit == met.unit.id && asked.form.as_deref().is_none_or(|f| f == revision.sheet.form);
        if fits { Ok(revision) } else { Err(Fault::NotFound) }
    };
    if let Some(from) = asked.from.as_deref().filter(|from| !from.is_empty()) {
        let from = own(read.revision(from)?.ok_or(Fault::NotFound)?)?;
        let to = match asked.to.as_deref().filter(|to| !to.is_empty()) {
            Some(to) => own(read.revision(to)?.ok_or(Fault::NotFound)?)?,
            None => read.revisions(&from.sheet)?.pop().ok_or(Fault::NotFound)?,
        };
        if from.sheet != to.sheet {
            return Err(Fault::invalid("to", "a revision of another form"));
        }
        let form = from.sheet.form.clone();
        return Ok(Difference { since: None, forms: vec![difference(instrument, form, Some(&from), Some(&to))] });
    }
    let collected =
        read.collected(&Scope::unit(&met.unit.id), call.app.census.period, None, 1)?.pop().ok_or(Fault::NotFound)?;
    let step = instrument.review.steps.iter().find(|s| s.role == call.role().name()).map_or("", |s| s.code.as_str());
    let steps = read.review_steps(&met.unit.id)?;
    let Some((mut since, version)) = signed_before(&steps, &collected.version, step) else {
        return Ok(Difference { since: None, forms: Vec::new() });
    };
    since.name = people(read, [since.person.as_str()])?.remove(&since.person);
    let old: BTreeMap<&String, &String> = version.revisions.iter().map(|(form, id)| (form, id)).collect();
    let new: BTreeMap<&String, &String> = collected.version.revisions.iter().map(|(form, id)| (form, id)).collect();
    let all: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).copied().collect();
    let mut forms = Vec::new();
    for form in all {
        if old.get(form) == new.get(form) || asked.form.as_deref().is_some_and(|asked| asked != form) {
            continue;
        }
        let mut revision = |id: Option<&&String>| id.map_or(Ok(None), |id| read.revision(id));
        let (from, to) = (revision(old.get(form))?, revision(new.get(form))?);
        forms.push(difference(instrument, form.clone(), from.as_ref(), to.as_ref()));
    }
    Ok(Difference { since: Some(since), forms })
}

/// The newest signed version other than the present one: that which passed `step`, when one did.
fn signed_before(steps: &[ReviewStepRow], now: &Version, step: &str) -> Option<(Since, Version)> {
    let mut newest: Option<(Since, Version)> = None;
    for signed in steps.iter().rev().filter_map(|row| row.review.state.signed()) {
        if signed.version.hash == now.hash {
            continue;
        }
        let passed = signed.stamps.iter().find(|stamp| stamp.step == step);
        let Some(stamp) = passed.or(signed.stamps.last()) else { continue };
        let since = Since {
            step: stamp.step.clone(),
            at: stamp.at.clone(),
            person: stamp.person.clone(),
            name: None,
            round: signed.round,
        };
        if passed.is_some() {
            return Some((since, signed.version.clone()));
        }
        newest.get_or_insert((since, signed.version.clone()));
    }
    newest
}

fn difference(instrument: &Instrument, form: String, from: Option<&Revision>, to: Option<&Revision>) -> FormDifference {
    let nothing = Values::default();
    let (old, new) = (from.map_or(&nothing, |r| &r.values), to.map_or(&nothing, |r| &r.values));
    let known = instrument.form(&form);
    let mut items = Vec::new();
    row_difference(instrument, known, ("common", 0), &old.common, &new.common, &mut items);
    row_difference(instrument, known, ("", 0), &old.flat, &new.flat, &mut items);
    let printed = known.into_iter().flat_map(|f| f.blocks.iter().map(|b| b.name.as_str()));
    let mut blocks: Vec<&str> = printed.filter(|name| !name.is_empty()).collect();
    blocks.extend(old.blocks.keys().chain(new.blocks.keys()).map(String::as_str));
    let mut seen = std::collections::BTreeSet::new();
    blocks.retain(|block| seen.insert(*block));
    let none = Row::new();
    for block in blocks {
        let (before, after) = (old.rows(block), new.rows(block));
        for at in 0..before.len().max(after.len()) {
            let (before, after) = (before.get(at).unwrap_or(&none), after.get(at).unwrap_or(&none));
            row_difference(instrument, known, (block, at + 1), before, after, &mut items);
        }
    }
    FormDifference {
        title: known.map(|f| f.title.clone()).unwrap_or_default(),
        from: from.map(|r| r.id.clone()),
        to: to.map(|r| r.id.clone()),
        form,
        items,
    }
}

fn row_difference(
    instrument: &Instrument,
    form: Option<&Form>,
    (block, row): (&str, usize),
    old: &Row,
    new: &Row,
    found: &mut Vec<Changed>,
) {
    let items: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for item in items {
        let text = |row: &Row| row.get(item).cloned().unwrap_or_default();
        let (before, after) = (text(old), text(new));
        if before == after {
            continue;
        }
        let named = form.and_then(|f| f.item(item)).or_else(|| instrument.common.iter().find(|i| i.code == *item));
        found.push(Changed {
            block: block.to_owned(),
            row,
            item: item.clone(),
            name: named.map(|i| i.name.clone()).unwrap_or_default(),
            old: before,
            new: after,
        });
    }
}
