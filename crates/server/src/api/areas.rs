//! Areas by name and code, along either tree.

use census::access::Verb;
use census::area::{AreaCode, Tree};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::{Page, limit};
use crate::call::Call;
use crate::fault::Fault;
use crate::route::Routes;

pub fn add(routes: &mut Routes) {
    routes.read("/api/areas", Verb::ReadAreas, "areas below one, or by a part of their name or code", list);
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct Asked {
    /// 12 digits; none: the areas at the top.
    parent: Option<String>,
    search: Option<String>,
    /// `code`, or `reporting` (the usual one).
    tree: Option<String>,
    limit: Option<u32>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct AreaRow {
    code: String,
    name: String,
    /// With those above it.
    path: String,
    /// `province`, `city`, `county`, `town`, `village`.
    level: &'static str,
    /// Whether there are areas below it.
    children: bool,
}

fn list(call: &Call, _: &mut store::Read<'_>, asked: Asked) -> Result<Page<AreaRow>, Fault> {
    let areas = call.app.areas;
    let tree = if asked.tree.as_deref() == Some("code") { Tree::Code } else { Tree::Reporting };
    let row = |code: AreaCode| {
        areas.get(code).map(|area| AreaRow {
            code: code.to_string(),
            name: area.name.clone(),
            path: areas.path_name(code),
            level: area.level.name(),
            children: !areas.children(tree, code).is_empty(),
        })
    };
    let most = limit(asked.limit) as usize;
    let rows: Vec<AreaRow> = match (asked.search.as_deref().map(str::trim), asked.parent) {
        (Some(text), _) if !text.is_empty() => {
            let fits = |area: &&census::area::Area| area.name.contains(text) || area.code.to_string().starts_with(text);
            areas.iter().filter(fits).take(most).filter_map(|area| row(area.code)).collect()
        }
        (_, Some(parent)) => {
            let parent: AreaCode = parent.parse().map_err(|_| Fault::invalid("parent", "not an area code"))?;
            areas.children(tree, parent).iter().filter_map(|code| row(*code)).collect()
        }
        _ => areas.roots(tree).filter_map(|area| row(area.code)).collect(),
    };
    Ok(Page { rows, next: None })
}
