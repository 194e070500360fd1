//! What changed in one's area, for programs that follow.

use census::access::Verb;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{Scope, Seen, UnitChange};

use crate::api::{Page, limit};
use crate::call::Call;
use crate::fault::Fault;
use crate::route::Routes;

pub fn add(routes: &mut Routes) {
    routes.read("/api/changes", Verb::ReadUnits, "units that changed after a point, in the order of the log", list);
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct After {
    /// The last key that was given, or the number of an event; none: from the beginning.
    after: Option<String>,
    limit: Option<u32>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct ChangeShown {
    /// Ask again after this one.
    key: String,
    event: i64,
    unit: String,
    /// `directory`, `sheet`, `step`.
    kind: String,
    area: String,
}

fn key(change: &UnitChange) -> String {
    format!("{}/{}/{}", change.event, change.unit, change.kind)
}

fn seen(text: &str) -> Result<Seen, Fault> {
    let mut parts = text.splitn(3, '/');
    let event = parts.next().unwrap_or_default();
    let event = if event.is_empty() { 0 } else { event.parse().map_err(|_| Fault::invalid("after", "no such key"))? };
    match (parts.next(), parts.next()) {
        (Some(unit), Some(kind)) => Ok(Seen { event, unit: unit.to_owned(), kind: kind.to_owned() }),
        // After the whole event.
        _ => Ok(Seen { event: event + 1, ..Seen::default() }),
    }
}

fn list(call: &Call, read: &mut store::Read<'_>, asked: After) -> Result<Page<ChangeShown>, Fault> {
    let after = asked.after.filter(|a| !a.is_empty()).map_or_else(|| Ok(Seen::default()), |a| seen(&a))?;
    let limit = limit(asked.limit);
    let scope = call.scope(None)?;
    let page = Page::of(read.changes(&scope, &after, limit + 1)?, limit, key);
    let of = Scope::Units(page.rows.iter().map(|c| c.unit.clone()).collect());
    let reviews = read.reviews(&of)?;
    let units = read.units(&of)?;
    let shown = |change: &UnitChange| {
        let state = reviews.get(&change.unit)?.review.state.kind();
        units.iter().find(|u| u.id == change.unit).filter(|unit| call.sees(unit, state))?;
        Some(ChangeShown {
            key: key(change),
            event: change.event,
            unit: change.unit.clone(),
            kind: change.kind.clone(),
            area: change.area.clone(),
        })
    };
    Ok(Page { rows: page.rows.iter().filter_map(shown).collect(), next: page.next })
}
