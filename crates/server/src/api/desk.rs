//! The desk (工作台): one's own open work, what is due, and the milestones of the work plan.

use std::collections::BTreeMap;

use census::access::{Role, Verb};
use census::review::StateKind;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use store::Read;

use crate::api::jobs::{JobShown, shown};
use crate::call::Call;
use crate::fault::Fault;
use crate::route::{Nothing, Routes};

pub fn add(routes: &mut Routes) {
    routes.read("/api/desk", Verb::ReadDesk, "one's own open work", desk);
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Desk {
    counts: Vec<Count>,
    due: Vec<Due>,
    milestones: Vec<MilestoneShown>,
    jobs: Vec<JobShown>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Count {
    /// `to_fill`, `to_review`, `queries` …
    kind: &'static str,
    count: u64,
    /// Page where the work lies.
    link: Option<String>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Due {
    /// `query`, `fill` …: the page has the words.
    title_code: &'static str,
    params: BTreeMap<&'static str, Value>,
    deadline: Option<String>,
    /// `green`, `amber`, `red`.
    state: &'static str,
    link: Option<String>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct MilestoneShown {
    code: String,
    title: String,
    due: String,
    state: &'static str,
    done: bool,
}

/// Deadlines shown at most.
const DUE: u32 = 50;
/// Days before a deadline in which it is near.
const NEAR: i64 = 7;

/// Red after the day, amber in the week before.
fn light(now: &str, deadline: &str) -> &'static str {
    let day = |text: &str| text.get(..10).and_then(|t| t.parse::<jiff::civil::Date>().ok());
    let (Some(today), Some(last)) = (day(now), day(deadline)) else { return "green" };
    let near = today.checked_add(jiff::Span::new().days(NEAR)).unwrap_or(today);
    if today > last {
        "red"
    } else if near >= last {
        "amber"
    } else {
        "green"
    }
}

/// The state in which a unit waits for this role, and what the work is called.
fn waits_for(role: Role) -> &'static [(StateKind, &'static str)] {
    match role {
        Role::Respondent => &[(StateKind::Draft, "to_fill")],
        Role::Manager => &[(StateKind::SelfChecked, "to_sign")],
        Role::Enumerator | Role::ThirdParty => &[(StateKind::Draft, "to_visit"), (StateKind::Signed, "to_precheck")],
        Role::Instructor => &[(StateKind::Signed, "to_precheck")],
        Role::County => &[(StateKind::PreChecked, "to_review")],
        Role::City => &[(StateKind::CountyPassed, "to_review")],
        Role::Province => &[(StateKind::CityPassed, "to_review")],
        Role::State => &[(StateKind::ProvincePassed, "to_review")],
        _ => &[],
    }
}

fn desk(call: &Call, read: &mut Read<'_>, _: Nothing) -> Result<Desk, Fault> {
    let role = call.role();
    let (mut counts, mut due) = (Vec::new(), Vec::new());
    let scope = call.scope(None)?;
    let own = matches!(role, Role::Respondent | Role::Manager);
    let waits = waits_for(role);
    if !waits.is_empty() {
        let states = read.states(&scope)?;
        for (state, kind) in waits {
            let link =
                if own { format!("/units/{}", call.who.login.unit) } else { format!("/units?state={}", state.name()) };
            counts.push(Count { kind, count: states.get(state).copied().unwrap_or_default(), link: Some(link) });
        }
    }
    if call.can(Verb::ReviewUnits) {
        let today = call.now.get(..10).unwrap_or_default();
        let queries = read.query_counts(&scope, 12, today)?;
        let link = Some("/units?queried=true".to_owned());
        let open = queries.iter().map(|q| q.open).sum();
        counts.push(Count { kind: "queries", count: open, link: link.clone() });
        counts.push(Count { kind: "queries_overdue", count: queries.iter().map(|q| q.overdue).sum(), link });
        for query in read.next_queries(&scope, DUE)? {
            due.push(Due {
                title_code: if query.owed { "query" } else { "query_judge" },
                params: [("unit", json!(query.name))].into(),
                state: light(&call.now, &query.deadline),
                deadline: Some(query.deadline),
                link: Some(format!("/units/{}", query.unit)),
            });
        }
    }
    if call.can(Verb::Compute)
        && let store::Scope::Areas(codes) = &scope
    {
        let stale = read.table_heads(codes, "")?.iter().filter(|head| head.stale.is_some()).count();
        counts.push(Count { kind: "stale_tables", count: stale as u64, link: Some("/tables?stale=true".to_owned()) });
    }
    let jobs = if call.can(Verb::ReadJobs) { read.recent_jobs(Some(call.person()), "", 10)? } else { Vec::new() };
    Ok(Desk {
        counts,
        due,
        milestones: if own { Vec::new() } else { milestones(call)? },
        jobs: jobs.into_iter().map(|row| super::server::live(call, shown(row))).collect(),
    })
}

/// Those of the level the person works at.
fn milestones(call: &Call) -> Result<Vec<MilestoneShown>, Fault> {
    let level = call.app.areas.get(call.area()?).map(|area| area.level.name());
    let mine = |levels: &[String]| level.is_none_or(|own| levels.iter().any(|l| l == own));
    let shown = |m: &instrument::model::Milestone| MilestoneShown {
        code: m.code.clone(),
        title: m.title.clone(),
        due: m.due.clone(),
        state: light(&call.now, &m.due),
        done: false,
    };
    let mut found: Vec<_> = call.app.instrument.schedule.iter().filter(|m| mine(&m.levels)).map(shown).collect();
    found.sort_by(|a, b| (&a.due, &a.code).cmp(&(&b.due, &b.code)));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::light;

    #[test]
    fn a_deadline_is_kept_until_its_day_is_over() {
        for (deadline, expect) in [
            ("2018-05-02", "red"),
            ("2018-05-03", "amber"),
            ("2018-05-10", "amber"),
            ("2018-05-11", "green"),
            ("someday", "green"),
        ] {
            assert_eq!(light("2018-05-03T08:00:00Z", deadline), expect, "{deadline}");
        }
    }
}
