//! Joint reviews (联合会审): members, opinions, decision and minutes of a meeting, and the units it spoke of.

use std::collections::BTreeMap;

use axum::http::Method;
use census::access::Verb;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Meeting, MeetingVersion, Read, Scope, What, Writing};

use crate::api::people::people;
use crate::api::{Page, limit};
use crate::call::Call;
use crate::fault::Fault;
use crate::route::{Nothing, Routes};

pub fn add(routes: &mut Routes) {
    routes
        .read("/api/meetings", Verb::ReviewBatches, "joint reviews of the area, newest first", list)
        .read("/api/meetings/{id}", Verb::ReviewBatches, "a joint review with its earlier records", one)
        .write(
            (Method::POST, "/api/meetings"),
            (Verb::ReviewBatches, What::Review),
            "record a joint review",
            |call, writing, _: Nothing, asked: Wanted| {
                let id = call.app.id();
                keep(call, writing, id, asked)
            },
        )
        .write(
            (Method::POST, "/api/meetings/{id}"),
            (Verb::ReviewBatches, What::Review),
            "complete the record; what was recorded before stays",
            |call, writing, at: At, asked: Wanted| {
                let newest = writing.read().meeting(&at.id)?.pop().ok_or(Fault::NotFound)?;
                // Only the office that held it.
                if newest.meeting.area != call.area()? {
                    return Err(Fault::NotFound);
                }
                if asked.seen.is_some_and(|seen| seen != newest.event) {
                    return Err(Fault::Conflict(json!({ "seen": asked.seen, "now": newest.event })));
                }
                keep(call, writing, at.id, asked)
            },
        );
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct At {
    id: String,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct After {
    after: Option<String>,
    limit: Option<u32>,
}

/// The record of a meeting as it is handed in.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// Number of the record that was looked at.
    #[serde(default, skip_serializing)]
    seen: Option<i64>,
    title: String,
    /// `2018-12-03`.
    held_on: String,
    #[serde(default)]
    held_at: String,
    /// 主持人.
    chair: String,
    members: Vec<Member>,
    #[serde(default)]
    opinions: Vec<Opinion>,
    /// `pass`, `pass-with-corrections`, `return`, `none`.
    decision: String,
    /// 纪要.
    #[serde(default)]
    minutes: String,
    #[serde(default)]
    units: Vec<String>,
}

#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Member {
    name: String,
    #[serde(default)]
    organisation: String,
    #[serde(default)]
    duty: String,
}

#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Opinion {
    member: String,
    /// The unit it is about; empty: the whole.
    #[serde(default)]
    unit: String,
    text: String,
}

const DECISIONS: [&str; 4] = ["pass", "pass-with-corrections", "return", "none"];
/// Units of one meeting.
const MOST: usize = 500;

impl Wanted {
    fn fits(&self) -> Result<(), Fault> {
        let filled = [("title", &self.title), ("chair", &self.chair)];
        if let Some((field, _)) = filled.iter().find(|(_, text)| text.trim().is_empty()) {
            return Err(Fault::invalid(field, "blank"));
        }
        if self.held_on.parse::<jiff::civil::Date>().is_err() {
            return Err(Fault::invalid("held_on", "not a day"));
        }
        if self.members.iter().filter(|m| !m.name.trim().is_empty()).count() < 2 {
            return Err(Fault::invalid("members", "a joint review has at least two members"));
        }
        if !DECISIONS.contains(&self.decision.as_str()) {
            return Err(Fault::invalid("decision", DECISIONS.join(", ")));
        }
        let told = |opinion: &Opinion| {
            self.members.iter().any(|m| m.name == opinion.member) && !opinion.text.trim().is_empty()
        };
        if !self.opinions.iter().all(told) {
            return Err(Fault::invalid("opinions", "each has a text and is given by a member"));
        }
        if self.units.len() > MOST {
            return Err(Fault::invalid("units", "at most 500"));
        }
        Ok(())
    }
}

/// A meeting as it is shown.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Shown {
    id: String,
    /// To be sent back with the next record.
    seen: i64,
    area: String,
    area_name: String,
    recorded_at: String,
    recorded_by: String,
    held_on: String,
    /// Title, members, opinions, decision, minutes.
    record: Value,
    units: Vec<UnitNamed>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct UnitNamed {
    id: String,
    name: String,
    state: &'static str,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Kept {
    id: String,
}

fn keep(call: &Call, writing: &mut Writing<'_>, id: String, mut asked: Wanted) -> Result<Kept, Fault> {
    asked.fits()?;
    let units = std::mem::take(&mut asked.units);
    for unit in &units {
        // A unit of another office is not discussed here, and is not known here.
        call.unit(&mut writing.read(), unit).map_err(|_| Fault::invalid("units", "a unit is not of this area"))?;
    }
    let document = serde_json::to_string(&asked).map_err(|error| Fault::Internal { why: error.to_string() })?;
    writing.meeting(&Meeting { id: id.clone(), area: call.area()?, held_on: asked.held_on, document, units })?;
    Ok(Kept { id })
}

fn shown(call: &Call, read: &mut Read<'_>, version: MeetingVersion) -> Result<Shown, Fault> {
    let MeetingVersion { event, at, who, meeting } = version;
    let reviews = read.reviews(&Scope::Units(meeting.units.clone()))?;
    let names: BTreeMap<String, String> =
        read.units(&Scope::Units(meeting.units.clone()))?.into_iter().map(|unit| (unit.id, unit.name)).collect();
    let units = meeting.units.iter().map(|id| UnitNamed {
        id: id.clone(),
        name: names.get(id).cloned().unwrap_or_default(),
        state: reviews.get(id).map_or("", |kept| kept.review.state.kind().name()),
    });
    Ok(Shown {
        seen: event,
        area_name: call.app.areas.path_name(meeting.area),
        area: meeting.area.to_string(),
        recorded_at: at,
        recorded_by: people(read, [who.as_str()])?.remove(&who).unwrap_or(who),
        held_on: meeting.held_on,
        record: serde_json::from_str(&meeting.document).unwrap_or_default(),
        units: units.collect(),
        id: meeting.id,
    })
}

fn list(call: &Call, read: &mut Read<'_>, asked: After) -> Result<Page<Shown>, Fault> {
    let limit = limit(asked.limit);
    let before = asked.after.as_deref().and_then(|after| after.parse().ok()).unwrap_or(i64::MAX);
    let rows = read.meetings(&call.codes(call.area()?), before, limit + 1)?;
    let page = Page::of(rows, limit, |row| row.event.to_string());
    let rows = page.rows.into_iter().map(|row| shown(call, read, row)).collect::<Result<_, _>>()?;
    Ok(Page { rows, next: page.next })
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct WithEarlier {
    meeting: Shown,
    /// Newest first.
    earlier: Vec<Shown>,
}

fn one(call: &Call, read: &mut Read<'_>, at: At) -> Result<WithEarlier, Fault> {
    let mut versions = read.meeting(&at.id)?;
    let newest = versions.pop().ok_or(Fault::NotFound)?;
    call.within(newest.meeting.area)?;
    let meeting = shown(call, read, newest)?;
    let earlier = versions.into_iter().rev().map(|v| shown(call, read, v)).collect::<Result<_, _>>()?;
    Ok(WithEarlier { meeting, earlier })
}
