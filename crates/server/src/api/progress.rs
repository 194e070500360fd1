//! Progress (进度): an area and the areas below it by step of the chain; month-end snapshots.

use std::collections::BTreeMap;

use axum::http::Method;
use census::access::Verb;
use census::area::{AreaCode, Tree};
use census::review::StateKind;
use instrument::model::AreaLevel;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Read, Scope, Snapshot, What};

use crate::api::Page;
use crate::call::Call;
use crate::fault::Fault;
use crate::route::{Nothing, Routes};

pub fn add(routes: &mut Routes) {
    routes
        .read("/api/progress", Verb::ReadProgress, "counts and rates of an area and the areas below it", progress)
        .read("/api/progress/snapshots", Verb::ReadProgress, "month-end snapshots of an area, newest first", snapshots)
        .read("/api/progress/map", Verb::ReadProgress, "shapes of the areas below one, as far as they are known", map)
        .write(
            (Method::POST, "/api/progress/snapshots"),
            (Verb::TakeSnapshot, What::Snapshot),
            "take the snapshot of a month; taken once",
            take,
        );
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct Wanted {
    /// 12 digits; none: one's own.
    area: Option<String>,
}

/// Units by how far they have come: each count includes those that have come further.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
struct Counts {
    /// In scope: the directory (在册).
    units: u64,
    /// With at least one sheet (已填报).
    filled: u64,
    self_checked: u64,
    signed: u64,
    pre_checked: u64,
    county: u64,
    city: u64,
    province: u64,
    frozen: u64,
    /// Not closed.
    queries: u64,
    overdue: u64,
}

impl Counts {
    fn add(&mut self, other: &Counts) {
        let Counts {
            units,
            filled,
            self_checked,
            signed,
            pre_checked,
            county,
            city,
            province,
            frozen,
            queries,
            overdue,
        } = other;
        self.units += units;
        self.filled += filled;
        self.self_checked += self_checked;
        self.signed += signed;
        self.pre_checked += pre_checked;
        self.county += county;
        self.city += city;
        self.province += province;
        self.frozen += frozen;
        self.queries += queries;
        self.overdue += overdue;
    }

    /// Units in one state, counted at every step they have behind them.
    fn come(&mut self, state: StateKind, units: u64, filled: u64) {
        self.units += units;
        self.filled += filled;
        let steps = [
            (StateKind::SelfChecked, &mut self.self_checked),
            (StateKind::Signed, &mut self.signed),
            (StateKind::PreChecked, &mut self.pre_checked),
            (StateKind::CountyPassed, &mut self.county),
            (StateKind::CityPassed, &mut self.city),
            (StateKind::ProvincePassed, &mut self.province),
            (StateKind::Frozen, &mut self.frozen),
        ];
        for (step, count) in steps {
            if state >= step {
                *count += units;
            }
        }
    }

    fn rates(&self) -> Rates {
        let of = |part: u64| (self.units > 0).then(|| tenths(part * 1000 / self.units));
        Rates {
            filled: of(self.filled),
            signed: of(self.signed),
            pre_checked: of(self.pre_checked),
            county: of(self.county),
            city: of(self.city),
            province: of(self.province),
        }
    }
}

fn tenths(permille: u64) -> String {
    format!("{}.{}", permille / 10, permille % 10)
}

/// Per cent of the units in scope, one decimal, rounded down so that 100 means all; `null`: there are no units.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Rates {
    filled: Option<String>,
    signed: Option<String>,
    pre_checked: Option<String>,
    county: Option<String>,
    city: Option<String>,
    province: Option<String>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Part {
    area: String,
    name: String,
    /// Has areas below it.
    children: bool,
    /// Units of the area itself that lie in none of the areas below it.
    own: bool,
    counts: Counts,
    rates: Rates,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Progress {
    area: String,
    name: String,
    level: String,
    at: String,
    /// The sum of the parts.
    counts: Counts,
    rates: Rates,
    /// Rows of base lists; known for the whole census only.
    listed: Option<u64>,
    rejected: Option<u64>,
    parts: Vec<Part>,
    /// Month by month, oldest first.
    trend: Vec<Taken>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Taken {
    id: String,
    /// `2018-05`.
    month: String,
    at: String,
    by: String,
    counts: Counts,
    rates: Rates,
}

/// The area asked for, else one's own, else that of the first task.
fn area(call: &Call, asked: Option<&str>) -> Result<AreaCode, Fault> {
    if let Some(text) = asked.filter(|text| !text.is_empty()) {
        return call.area_of(text);
    }
    let own = call.area()?;
    match (call.within(own), call.who.login.tasks.first()) {
        (Ok(()), _) => Ok(own),
        (Err(_), Some(task)) => call.within(task.area).map(|()| task.area),
        (Err(fault), None) => Err(fault),
    }
}

/// Counts by the areas below, and what lies in none of them.
fn counted(call: &Call, read: &mut Read<'_>, area: AreaCode) -> Result<(Vec<(AreaCode, Counts)>, Counts), Fault> {
    let app = &call.app;
    let below = app.areas.children(Tree::Reporting, area);
    let digits = match app.areas.get(area).map(|a| a.level) {
        None | Some(AreaLevel::Province | AreaLevel::City) => 6,
        Some(AreaLevel::County) => 9,
        Some(AreaLevel::Town | AreaLevel::Village) => 12,
    };
    let scope = Scope::Areas(call.codes(area));
    let mut groups: BTreeMap<String, Counts> = BTreeMap::new();
    for count in read.state_counts(&scope, digits, app.census.period)? {
        groups.entry(count.area).or_default().come(count.state, count.units, count.filled);
    }
    for count in read.query_counts(&scope, digits, call.now.get(..10).unwrap_or_default())? {
        let group = groups.entry(count.area).or_default();
        group.queries += count.open;
        group.overdue += count.overdue;
    }
    let mut parts: BTreeMap<AreaCode, Counts> = below.iter().map(|code| (*code, Counts::default())).collect();
    let mut own = Counts::default();
    for (text, counts) in groups {
        let code = format!("{text:0<12}").parse::<AreaCode>().ok();
        let part = code.and_then(|code| {
            below.iter().find(|child| **child == code || app.areas.within(Tree::Reporting, code, **child))
        });
        match part.and_then(|child| parts.get_mut(child)) {
            Some(part) => part.add(&counts),
            None => own.add(&counts),
        }
    }
    Ok((parts.into_iter().collect(), own))
}

fn progress(call: &Call, read: &mut Read<'_>, asked: Wanted) -> Result<Progress, Fault> {
    let area = area(call, asked.area.as_deref())?;
    let app = &call.app;
    let (below, own) = counted(call, read, area)?;
    let mut counts = own;
    let mut parts = Vec::new();
    let name = |code: AreaCode| app.areas.get(code).map_or_else(|| code.to_string(), |a| a.name.clone());
    for (code, of) in below {
        counts.add(&of);
        // Towns and villages without any unit are no news.
        let small = app.areas.get(code).is_some_and(|a| a.level >= AreaLevel::Town);
        if small && of.units == 0 {
            continue;
        }
        parts.push(Part {
            area: code.to_string(),
            name: name(code),
            children: !app.areas.children(Tree::Reporting, code).is_empty(),
            own: false,
            counts: of,
            rates: of.rates(),
        });
    }
    if own.units > 0 {
        let part = Part {
            area: area.to_string(),
            name: name(area),
            children: false,
            own: true,
            counts: own,
            rates: own.rates(),
        };
        parts.push(part);
    }
    let whole = app.census.area == area.to_string();
    let listed = if whole { Some(read.listed_count()?) } else { None };
    let mut trend = read.snapshots(&area.to_string())?.into_iter().map(taken).collect::<Result<Vec<_>, _>>()?;
    trend.reverse();
    Ok(Progress {
        area: area.to_string(),
        name: app.areas.path_name(area),
        level: app.areas.get(area).map_or("country", |a| a.level.name()).to_owned(),
        at: call.now.clone(),
        rates: counts.rates(),
        counts,
        listed: listed.map(|l| l.rows),
        rejected: listed.map(|l| l.rejected),
        parts,
        trend,
    })
}

fn taken(snapshot: Snapshot) -> Result<Taken, Fault> {
    let counts: Counts = serde_json::from_str(&snapshot.document)
        .map_err(|error| Fault::Internal { why: format!("snapshot {}: {error}", snapshot.id) })?;
    Ok(Taken {
        id: snapshot.id,
        month: snapshot.month,
        at: snapshot.taken_at,
        by: snapshot.taken_by,
        rates: counts.rates(),
        counts,
    })
}

fn snapshots(call: &Call, read: &mut Read<'_>, asked: Wanted) -> Result<Page<Taken>, Fault> {
    let area = area(call, asked.area.as_deref())?;
    let rows = read.snapshots(&area.to_string())?.into_iter().map(taken).collect::<Result<Vec<_>, _>>()?;
    Ok(Page { rows, next: None })
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Take {
    #[serde(default)]
    area: String,
    /// `2018-05`; none: the present month. Until the fifth also the month before.
    #[serde(default)]
    month: String,
}

/// The present month, and the one before while it may still be taken, in the time of the census.
fn months(now: &str) -> Option<(String, Option<String>)> {
    let zone = jiff::tz::Offset::constant(8);
    let day = zone.to_datetime(now.parse::<jiff::Timestamp>().ok()?).date();
    let text = |date: jiff::civil::Date| date.strftime("%Y-%m").to_string();
    let before = day.first_of_month().yesterday().ok()?;
    Some((text(day), (day.day() <= 5).then(|| text(before))))
}

fn take(call: &Call, writing: &mut store::Writing<'_>, _: Nothing, asked: Take) -> Result<Taken, Fault> {
    let area = area(call, Some(asked.area.as_str()))?;
    let (present, before) = months(&call.now).ok_or_else(|| Fault::Internal { why: "no time".to_owned() })?;
    let month = if asked.month.is_empty() { present.clone() } else { asked.month };
    if month != present && before.as_ref() != Some(&month) {
        return Err(Fault::invalid("month", "the present month, until the fifth also the one before"));
    }
    let (below, own) = counted(call, &mut writing.read(), area)?;
    let mut counts = own;
    for (_, part) in &below {
        counts.add(part);
    }
    let snapshot = Snapshot {
        id: call.app.id(),
        area: area.to_string(),
        month: month.clone(),
        taken_at: call.now.clone(),
        taken_by: call.person().to_owned(),
        document: json!(counts).to_string(),
    };
    if !writing.keep_snapshot(&snapshot)? {
        return Err(Fault::refused("snapshot-taken", json!({ "month": month })));
    }
    taken(snapshot)
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Map {
    /// Code → GeoJSON geometry; empty: none were imported.
    shapes: BTreeMap<String, serde_json::Value>,
}

fn map(call: &Call, read: &mut Read<'_>, asked: Wanted) -> Result<Map, Fault> {
    let area = area(call, asked.area.as_deref())?;
    let mut known = read.shapes()?;
    let mut shapes = BTreeMap::new();
    for code in call.app.areas.children(Tree::Reporting, area) {
        if let Some(text) = known.remove(&code.to_string()) {
            let shape = serde_json::from_str(&text)
                .map_err(|error| Fault::Internal { why: format!("shape of {code}: {error}") })?;
            shapes.insert(code.to_string(), shape);
        }
    }
    Ok(Map { shapes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_counts_at_every_step_behind_it() {
        let mut counts = Counts::default();
        counts.come(StateKind::Draft, 3, 1);
        counts.come(StateKind::CountyPassed, 2, 2);
        assert_eq!((counts.units, counts.filled, counts.signed, counts.county, counts.city), (5, 3, 2, 2, 0));
        assert_eq!(counts.rates().county.as_deref(), Some("40.0"));
        assert_eq!(Counts::default().rates().county, None, "no units: no rate, not zero");
    }

    #[test]
    fn a_month_is_taken_in_its_own_time() {
        let months = |now| months(now).unwrap();
        assert_eq!(months("2018-05-31T15:59:00Z"), ("2018-05".to_owned(), None));
        assert_eq!(months("2018-05-31T16:00:00Z"), ("2018-06".to_owned(), Some("2018-05".to_owned())));
        assert_eq!(months("2018-01-06T00:00:00Z"), ("2018-01".to_owned(), None));
    }
}
