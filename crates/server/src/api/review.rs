//! Work lists of the review (评审): who waits for which step, and passing or returning many at once.

use axum::http::Method;
use census::access::{Role, Verb};
use census::area::{AreaCode, Tree};
use census::review::{Event, StateKind, UnitState, awaiting};
use instrument::model::AreaLevel;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Read, Scope, WaitingPlace, WaitingRow, What, Writing};

use crate::api::unit::{event_of, review_event};
use crate::api::{Page, limit};
use crate::call::Call;
use crate::fault::Fault;
use crate::route::Routes;

pub fn add(routes: &mut Routes) {
    routes
        .read("/api/review/steps", Verb::ReviewUnits, "the steps of the chain with the units that wait for each", steps)
        .read("/api/review/worklist", Verb::ReviewUnits, "units that wait for a step, longest first", worklist)
        .write(
            (Method::POST, "/api/review/batch"),
            (Verb::ReviewBatches, What::Review),
            "pass or return up to 500 units, each judged by itself",
            batch,
        );
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct OfArea {
    area: Option<String>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Steps {
    steps: Vec<StepRow>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct StepRow {
    step: String,
    title: String,
    role: String,
    /// The caller's own role does it.
    mine: bool,
    /// Units that wait for it.
    count: u64,
}

fn asked_scope(call: &Call, area: Option<&str>) -> Result<Scope, Fault> {
    let area = area.filter(|a| !a.is_empty()).map(|a| call.area_of(a)).transpose()?;
    call.scope(area)
}

fn steps(call: &Call, read: &mut Read<'_>, asked: OfArea) -> Result<Steps, Fault> {
    let scope = asked_scope(call, asked.area.as_deref())?;
    let states = read.states(&scope)?;
    let direct = direct_counties(call);
    let mut rows = Vec::new();
    for step in &call.app.instrument.review.steps {
        let mut count = 0;
        for place in places(call, &step.code, &direct) {
            let whole = place.stamped.is_empty()
                && place.not_stamped.is_empty()
                && place.only.is_none()
                && place.but.is_empty();
            // A state that is waited in as a whole has been counted already.
            count += if whole {
                states.get(&place.state).copied().unwrap_or_default()
            } else {
                read.waiting_count(&scope, &[place])?
            };
        }
        rows.push(StepRow {
            step: step.code.clone(),
            title: step.title.clone(),
            role: step.role.clone(),
            mine: step.role == own_role(call),
            count,
        });
    }
    Ok(Steps { steps: rows })
}

/// The role in the chain: a third party does what an enumerator does.
fn own_role(call: &Call) -> &'static str {
    if call.role() == Role::ThirdParty { Role::Enumerator.name() } else { call.role().name() }
}

/// Counties without a city above them by reporting (省直管县).
fn direct_counties(call: &Call) -> Vec<AreaCode> {
    let tree = call.app.areas;
    let county = |code: AreaCode| tree.get(code).is_some_and(|a| a.level == AreaLevel::County);
    let codes = tree.iter().map(|a| a.code).filter(|code| county(*code));
    codes.filter(|code| tree.at_level(Tree::Reporting, *code, AreaLevel::City).is_none()).collect()
}

/// Where the store finds the units that wait for a step.
fn places(call: &Call, step: &str, direct: &[AreaCode]) -> Vec<WaitingPlace> {
    awaiting(&call.app.instrument.review, step)
        .into_iter()
        .map(|a| WaitingPlace {
            state: a.state,
            stamped: a.stamped.unwrap_or_default().to_owned(),
            not_stamped: a.not_stamped.unwrap_or_default().to_owned(),
            only: (a.direct == Some(true)).then(|| direct.to_vec()),
            but: if a.direct == Some(false) { direct.to_vec() } else { Vec::new() },
        })
        .collect()
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct Asked {
    /// Left out: the step of the caller's role.
    step: Option<String>,
    area: Option<String>,
    after: Option<String>,
    limit: Option<u32>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Row {
    /// `event/unit`.
    key: String,
    id: String,
    name: String,
    code: String,
    area: String,
    area_name: String,
    respondent: String,
    state: &'static str,
    counter: i64,
    round: u32,
    /// Since when it waits.
    since: String,
    days: i64,
    /// Open 强制性 findings.
    errors: usize,
    /// 核实性 findings that nobody has explained.
    unexplained: usize,
    /// Queries that are not closed, and those of them that the unit has answered.
    queries: usize,
    answered: usize,
    /// Whether the findings are those of the version as it stands.
    checked: bool,
}

fn asked_step(call: &Call, asked: Option<&str>) -> Result<String, Fault> {
    let steps = &call.app.instrument.review.steps;
    let found = match asked.filter(|step| !step.is_empty()) {
        Some(code) => steps.iter().find(|s| s.code == code),
        None => steps.iter().find(|s| s.role == own_role(call)),
    };
    let found = found.ok_or_else(|| Fault::invalid("step", "no such step"))?;
    if awaiting(&call.app.instrument.review, &found.code).iter().any(|a| a.state == StateKind::Draft) {
        return Err(Fault::invalid("step", "drafts are in the directory: state=draft"));
    }
    Ok(found.code.clone())
}

fn worklist(call: &Call, read: &mut Read<'_>, asked: Asked) -> Result<Page<Row>, Fault> {
    let scope = asked_scope(call, asked.area.as_deref())?;
    let step = asked_step(call, asked.step.as_deref())?;
    let at = places(call, &step, &direct_counties(call));
    let limit = limit(asked.limit);
    let rows = read.waiting(&scope, &at, asked.after.as_deref().unwrap_or_default(), limit as usize + 1)?;
    let page = Page::of(rows, limit, |row| format!("{}/{}", row.event, row.id));
    let ids = Scope::Units(page.rows.iter().map(|row| row.id.clone()).collect());
    let mut findings = read.findings(&ids)?;
    let checked = read.checked(&ids)?;
    let shown = |row: WaitingRow| {
        let review = &row.kept.review;
        let found = findings.remove(&row.id).unwrap_or_default();
        let signed = review.state.signed();
        let since = match &review.state {
            UnitState::SelfChecked(checked) => checked.by.at.clone(),
            state => state.signed().and_then(|s| s.stamps.last()).map_or_else(|| row.at.clone(), |s| s.at.clone()),
        };
        let answered = |q: &&census::review::Query| {
            use census::review::QueryState as S;
            matches!(q.state, S::Corrected { .. } | S::Explained { .. })
        };
        let version = match &review.state {
            UnitState::SelfChecked(checked) => Some(&checked.version.hash),
            _ => signed.map(|s| &s.version.hash),
        };
        Row {
            key: format!("{}/{}", row.event, row.id),
            area_name: row.area.parse().map(|area| call.app.areas.path_name(area)).unwrap_or_default(),
            state: review.state.kind().name(),
            round: signed.map_or(1, |s| s.round),
            days: days_between(&since, &call.now),
            since,
            errors: review.open_errors(&found).len(),
            unexplained: review.unexplained(&found).len(),
            queries: review.queries.iter().filter(|q| q.is_open()).count(),
            answered: review.queries.iter().filter(answered).count(),
            checked: checked.get(&row.id) == version,
            counter: row.kept.counter,
            id: row.id,
            name: row.name,
            code: row.code,
            area: row.area,
            respondent: row.respondent,
        }
    };
    Ok(Page { rows: page.rows.into_iter().map(shown).collect(), next: page.next })
}

/// Whole days from one time to another; 0 when they cannot be read.
fn days_between(from: &str, to: &str) -> i64 {
    let time = |text: &str| text.parse::<jiff::Timestamp>().ok();
    time(from).zip(time(to)).map_or(0, |(from, to)| to.duration_since(from).as_hours() / 24)
}

/// Units of a batch.
const MOST: usize = 500;

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Batch {
    /// These units; left out: those that wait longest.
    units: Option<Vec<String>>,
    /// Which step they wait for, when no units are named; left out: that of the caller's role.
    step: Option<String>,
    area: Option<String>,
    /// `{"event": "pass", "step": …}` or `{"event": "return", "why": …}`.
    event: Value,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Judged {
    done: Vec<Moved>,
    refused: Vec<Held>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Moved {
    unit: String,
    state: &'static str,
    counter: i64,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Held {
    unit: String,
    name: String,
    /// `{code, refusal …}` as a single call would have answered.
    problem: Value,
}

fn batch(call: &Call, writing: &mut Writing<'_>, _: crate::route::Nothing, asked: Batch) -> Result<Judged, Fault> {
    let event = event_of(call, asked.event)?;
    if !matches!(event, Event::Pass { .. } | Event::Return { .. } | Event::Freeze) {
        return Err(Fault::invalid("event", "pass, return or freeze"));
    }
    let units = if let Some(units) = asked.units {
        units
    } else {
        let scope = asked_scope(call, asked.area.as_deref())?;
        let at = places(call, &asked_step(call, asked.step.as_deref())?, &direct_counties(call));
        writing.read().waiting(&scope, &at, "", MOST)?.into_iter().map(|row| row.id).collect()
    };
    if units.is_empty() || units.len() > MOST {
        return Err(Fault::invalid("units", "1 to 500 units"));
    }
    let mut judged = Judged { done: Vec::new(), refused: Vec::new() };
    for id in units {
        let met = match call.unit(&mut writing.read(), &id) {
            Ok(met) => met,
            // Whatever is not there for this person has no name here either.
            Err(fault @ (Fault::NotFound | Fault::Forbidden | Fault::ReasonRequired)) => {
                judged.refused.push(Held { unit: id, name: String::new(), problem: fault.body() });
                continue;
            }
            Err(fault) => return Err(fault),
        };
        match review_event(call, writing, &met.unit, None, &event) {
            Ok(reviewed) => {
                judged.done.push(Moved { unit: id, state: reviewed.state().name(), counter: reviewed.counter });
            }
            // A refusal has written nothing: the others go on.
            Err(fault @ (Fault::Refused(_) | Fault::Conflict(_))) => {
                judged.refused.push(Held { unit: id, name: met.unit.name, problem: fault.body() });
            }
            Err(fault) => return Err(fault),
        }
    }
    Ok(judged)
}
