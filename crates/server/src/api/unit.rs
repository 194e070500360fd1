//! The file of a unit (一源一档) as it stands, and the events of its review.

use std::collections::BTreeMap;

use axum::http::Method;
use census::access::Verb;
use census::check;
use census::finding::{Finding, FindingKind};
use census::review::{Actor, Case, Event, Refusal, UnitState, next_step, step};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Collected, Kept, Read, Scope, What, Writing};

use crate::api::people::people;
use crate::call::{Call, Met};
use crate::fault::Fault;
use crate::route::Routes;

pub fn add(routes: &mut Routes) {
    routes.read("/api/units/{id}", Verb::ReadUnits, "the file of a unit as it stands", file).write(
        (Method::POST, "/api/units/{id}/events"),
        (Verb::ReviewUnits, What::Review),
        "one event of the review chain; `seen` is the counter of the file that was looked at",
        happen,
    );
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub(super) struct At {
    id: String,
}

/// The file of a unit.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct UnitFile {
    id: String,
    name: String,
    code: String,
    area: String,
    area_name: String,
    address: String,
    industries: Vec<String>,
    status: String,
    respondent: String,
    respondent_title: String,
    /// Listed rows it came from.
    listings: Vec<String>,
    simulated: bool,
    state: &'static str,
    /// How often it has been filled anew; 1 at first.
    round: u32,
    /// To be sent back with the next event.
    counter: i64,
    /// Hash of the sheets as they stand.
    version: String,
    /// Whether the findings are those of this version.
    checked: bool,
    /// `null`: nothing follows.
    next: Option<Next>,
    sheets: Vec<SheetRow>,
    /// Sheets of the year before and of the census before: their forms.
    earlier: Vec<String>,
    findings: Vec<FindingRow>,
    explanations: Vec<Value>,
    queries: Vec<Value>,
    visits: Vec<Value>,
    stamps: Vec<Value>,
    attachments: Vec<Paper>,
    /// What this person may do now, and what stands against it.
    actions: Vec<Action>,
    /// Id of an account → name of the person.
    people: BTreeMap<String, String>,
}

/// The step that is next.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Next {
    step: String,
    title: String,
    role: String,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct SheetRow {
    form: String,
    title: String,
    revision: String,
    at: String,
    author: String,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct FindingRow {
    rule: String,
    /// `error`, `verify`, `hint`.
    grade: Value,
    form: String,
    table: String,
    row: u32,
    item: String,
    /// `failed`, `not-computable`, …
    kind: String,
    message: String,
    /// Items and their values as the rule read them.
    values: Vec<(String, String)>,
    /// Why it stands, when somebody explained these very values.
    explained: bool,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Paper {
    id: String,
    form: String,
    name: String,
    kind: String,
    size: u64,
    hash: String,
    note: Value,
}

/// An event this person could cause.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Action {
    /// `self-check`, `sign`, `visit`, `pass`, `return`, `raise-query`, `freeze`, `reopen`.
    event: String,
    /// `null`: it may be done now.
    refusal: Option<Value>,
}

fn file(call: &Call, read: &mut Read<'_>, at: At) -> Result<UnitFile, Fault> {
    let Met { unit, kept } = call.unit(read, &at.id)?;
    let instrument = call.app.instrument;
    let scope = Scope::unit(&unit.id);
    let collected = read.collected(&scope, call.app.census.period, None, 1)?.pop().ok_or(Fault::NotFound)?;
    let findings = read.findings(&scope)?.remove(&unit.id).unwrap_or_default();
    let checked = read.checked(&scope)?.remove(&unit.id);
    let checked = checked.as_deref() == Some(collected.version.hash.as_str()) || collected.version.revisions.is_empty();
    let mut sheets = Vec::new();
    for (form, revision) in &collected.version.revisions {
        let revision = read.revision(revision)?.ok_or(Fault::NotFound)?;
        let title = instrument.form(form).map(|f| f.title.clone()).unwrap_or_default();
        sheets.push(SheetRow {
            form: form.clone(),
            title,
            revision: revision.id,
            at: revision.at,
            author: revision.author,
        });
    }
    let attachments: Vec<Paper> = read.attachments(&unit.id)?.into_iter().map(paper).collect();
    let review = &kept.review;
    let stamps = match &review.state {
        UnitState::SelfChecked(checked) => vec![checked.by.clone()],
        UnitState::Frozen(frozen) => {
            frozen.signed.stamps.iter().cloned().chain(std::iter::once(frozen.by.clone())).collect()
        }
        state => state.signed().map(|signed| signed.stamps.clone()).unwrap_or_default(),
    };
    let round = match &review.state {
        UnitState::Draft(draft) => draft.round,
        UnitState::SelfChecked(checked) => checked.draft.round,
        state => state.signed().map_or(1, |signed| signed.round),
    };
    let named: Vec<&str> = stamps
        .iter()
        .map(|s| s.person.as_str())
        .chain(sheets.iter().map(|s| s.author.as_str()))
        .chain(review.queries.iter().map(|q| q.raised_by.as_str()))
        .chain(review.explanations.iter().map(|e| e.by.as_str()))
        .chain(review.visits.iter().flat_map(|v| v.persons.iter().map(String::as_str)))
        .collect();
    let mut people = people(read, named)?;
    people.extend(answerers(read, &kept)?);
    let case = case(call, &collected, &findings)?;
    let actions =
        if call.can(Verb::ReviewUnits) { actions(&kept, &case, &call.actor(&unit)?, checked) } else { Vec::new() };
    let next = next_step(&review.state, &case).map(|s| Next {
        step: s.code.clone(),
        title: s.title.clone(),
        role: s.role.clone(),
    });
    let today = work::on(&call.now);
    let rows = findings.iter().map(|finding| FindingRow {
        message: check::message(call.app.checker, finding, Some(&collected.sheets), &today),
        explained: review.explanations.iter().any(|e| e.holds(finding)),
        ..finding_row(finding)
    });
    let respondent = instrument.respondents.iter().find(|r| r.code == unit.respondent);
    let earlier = collected.sheets.last_year.keys().chain(collected.sheets.last_census.keys()).cloned().collect();
    Ok(UnitFile {
        area_name: unit.area.parse().map(|area| call.app.areas.path_name(area)).unwrap_or_default(),
        respondent_title: respondent.map(|r| r.title.clone()).unwrap_or_default(),
        state: review.state.kind().name(),
        round,
        counter: kept.counter,
        checked,
        next,
        sheets,
        earlier,
        findings: rows.collect(),
        explanations: documents(&review.explanations),
        queries: documents(&review.queries),
        visits: documents(&review.visits),
        stamps: documents(&stamps),
        attachments,
        actions,
        people,
        version: collected.version.hash.clone(),
        id: unit.id,
        name: unit.name,
        code: unit.code,
        area: unit.area,
        address: unit.address,
        industries: unit.industries,
        status: unit.status,
        respondent: unit.respondent,
        listings: unit.listings,
        simulated: unit.simulated,
    })
}

/// Names of those who answered or closed queries: they stand inside the states of the queries.
fn answerers(read: &mut Read<'_>, kept: &Kept) -> Result<BTreeMap<String, String>, Fault> {
    let states = documents(&kept.review.queries);
    people(read, states.iter().filter_map(|query| query["state"]["by"].as_str()))
}

fn documents<T: Serialize>(all: &[T]) -> Vec<Value> {
    all.iter().filter_map(|one| serde_json::to_value(one).ok()).collect()
}

fn paper(a: store::Attachment) -> Paper {
    let note = serde_json::from_str(&a.document).unwrap_or(Value::Null);
    Paper { id: a.id, form: a.form, name: a.name, kind: a.kind, size: a.size, hash: a.hash, note }
}

fn finding_row(finding: &Finding) -> FindingRow {
    let kind = serde_json::to_value(&finding.kind).unwrap_or_default();
    // Whether a sheet is due is said of the unit; it is shown with the form it speaks of.
    let of_form = matches!(finding.kind, FindingKind::FormMissing { .. } | FindingKind::FormNotDue { .. });
    let form = if of_form { finding.item() } else { finding.table.split('/').next().unwrap_or_default() };
    FindingRow {
        rule: finding.rule.clone(),
        grade: serde_json::to_value(finding.grade).unwrap_or_default(),
        form: form.to_owned(),
        table: finding.table.clone(),
        row: finding.row,
        item: finding.item().to_owned(),
        kind: kind["kind"].as_str().unwrap_or_default().to_owned(),
        message: String::new(),
        values: finding.values.clone(),
        explained: false,
    }
}

fn case<'c>(call: &'c Call, collected: &'c Collected, findings: &'c [Finding]) -> Result<Case<'c>, Fault> {
    Ok(Case {
        chain: &call.app.instrument.review,
        areas: call.app.areas,
        unit: &collected.unit.id,
        unit_area: collected.unit.area.parse().map_err(|_| Fault::NotFound)?,
        version: &collected.version,
        findings,
        now: &call.now,
    })
}

/// What the person may do: each event is tried, and nothing is kept. Events of other roles and other states are left
/// out; what stands against one of the person's own is named.
fn actions(kept: &Kept, case: &Case<'_>, actor: &Actor, checked: bool) -> Vec<Action> {
    let why = || "…".to_owned();
    let next = next_step(&kept.review.state, case).map(|s| s.code.clone()).unwrap_or_default();
    let pair = vec!["1".to_owned(), "2".to_owned()];
    let tried = [
        ("self-check", Event::SelfCheck, true),
        ("sign", Event::Sign { sole_person: false }, true),
        ("visit", Event::Visit { persons: pair, met: census::review::Met::Met }, false),
        ("pass", Event::Pass { step: next }, true),
        ("freeze", Event::Freeze, true),
        ("return", Event::Return { why: why() }, false),
        ("raise-query", Event::RaiseQuery { query: why(), finding: None, question: why(), deadline: why() }, false),
        ("reopen", Event::Reopen { why: why() }, false),
    ];
    let mut found = Vec::new();
    for (name, event, by_findings) in tried {
        let refusal = match step(&kept.review, &event, actor, case) {
            Ok(_) if by_findings && !checked => Some(json!({ "refusal": "not_checked" })),
            Ok(_) => None,
            Err(
                Refusal::WrongOrder { .. }
                | Refusal::WrongRole { .. }
                | Refusal::NoSuchStep { .. }
                | Refusal::OtherUnit { .. }
                | Refusal::OtherArea { .. },
            ) => continue,
            Err(refusal) => serde_json::to_value(&refusal).ok(),
        };
        found.push(Action { event: name.to_owned(), refusal });
    }
    found
}

/// An event of the review chain as it is asked for.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// Counter of the file that was looked at; left out: whatever stands.
    seen: Option<i64>,
    /// `{"event": "pass", "step": "county"}`; a raised query gets its id here when it has none.
    event: Value,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Happened {
    state: &'static str,
    counter: i64,
    /// Levels whose totals have become stale.
    stale: Vec<Value>,
    /// Of a raised query.
    query: Option<String>,
}

/// Characters of a text in an event.
const LONGEST: usize = 4000;

/// The event of a request. Figures are filled by sheets, never by an event.
pub(super) fn event_of(call: &Call, mut asked: Value) -> Result<Event, Fault> {
    if asked["event"] == "raise-query" && asked["query"].as_str().is_none_or(str::is_empty) {
        asked["query"] = json!(call.app.id());
    }
    let too_long = |value: &Value| value.as_str().is_some_and(|text| text.chars().count() > LONGEST);
    if asked.as_object().is_some_and(|fields| fields.values().any(too_long))
        || asked["answer"].as_object().is_some_and(|fields| fields.values().any(too_long))
    {
        return Err(Fault::invalid("event", "a text is too long"));
    }
    let event: Event = serde_json::from_value(asked).map_err(|error| Fault::invalid("event", error.to_string()))?;
    match &event {
        Event::Fill => Err(Fault::invalid("event", "sheets are filled by saving them")),
        Event::RaiseQuery { deadline, .. } if deadline.parse::<jiff::civil::Date>().is_err() => {
            Err(Fault::invalid("deadline", "not a day"))
        }
        _ => Ok(event),
    }
}

fn happen(call: &Call, writing: &mut Writing<'_>, at: At, asked: Asked) -> Result<Happened, Fault> {
    let Met { unit, .. } = call.unit(&mut writing.read(), &at.id)?;
    let event = event_of(call, asked.event)?;
    let reviewed = review_event(call, writing, &unit, asked.seen, &event)?;
    Ok(Happened {
        state: reviewed.state().name(),
        counter: reviewed.counter,
        stale: documents(&reviewed.moved.stale),
        query: if let Event::RaiseQuery { query, .. } = event { Some(query) } else { None },
    })
}

/// Lets an event happen at this call's desk.
pub(super) fn review_event(
    call: &Call,
    writing: &mut Writing<'_>,
    unit: &census::frame::Unit,
    seen: Option<i64>,
    event: &Event,
) -> Result<work::review::Reviewed, Fault> {
    let mut ids = store::Ids::fresh();
    let app = &call.app;
    let desk = work::Desk::of_office(app.instrument, app.areas, &app.census, &mut ids, &call.now, call.person())?;
    Ok(work::review::event(writing, &desk, &unit.id, seen, event, &call.actor(unit)?)?)
}
