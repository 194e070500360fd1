//! The instrument for the browser's engine, and what of it is official.

use std::sync::Arc;

use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use census::access::Verb;
use schemars::JsonSchema;
use serde::Serialize;

use crate::call::Call;
use crate::fault::Fault;
use crate::route::{Asked, Nothing, Routes};

pub fn add(routes: &mut Routes) {
    routes
        .read("/api/instrument", Verb::ReadInstrument, "the instrument in numbers", about)
        .raw::<Within, Nothing, String, _>(
            (Method::GET, "/api/instrument/bundle"),
            Verb::ReadInstrument,
            "the package as the browser's engine takes it, compressed",
            bundle,
        )
        .media("application/octet-stream");
}

/// The instrument in numbers.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct About {
    id: String,
    title: String,
    version: String,
    period: u16,
    fingerprint: String,
    forms: usize,
    items: usize,
    /// Items recalled and not compared with the printed forms yet.
    provisional: usize,
    rules: usize,
    unchecked_rules: usize,
    lists: usize,
    tables: usize,
    steps: Vec<Step>,
    respondents: Vec<Kind>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Step {
    code: String,
    title: String,
    role: String,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Kind {
    code: String,
    title: String,
}

fn about(call: &Call, _: &mut store::Read<'_>, _: Nothing) -> Result<About, Fault> {
    let instrument = call.app.instrument;
    let items = || instrument.forms.iter().flat_map(|form| &form.items);
    Ok(About {
        id: instrument.id.clone(),
        title: instrument.title.clone(),
        version: instrument.version.clone(),
        period: instrument.period,
        fingerprint: instrument.fingerprint.clone(),
        forms: instrument.forms.len(),
        items: items().count(),
        provisional: items().filter(|item| item.provenance.provisional()).count(),
        rules: instrument.rules.len(),
        unchecked_rules: call.app.checker.unchecked().len(),
        lists: instrument.lists.len(),
        tables: instrument.tables.len(),
        steps: instrument
            .review
            .steps
            .iter()
            .map(|s| Step { code: s.code.clone(), title: s.title.clone(), role: s.role.clone() })
            .collect(),
        respondents: instrument
            .respondents
            .iter()
            .map(|r| Kind { code: r.code.clone(), title: r.title.clone() })
            .collect(),
    })
}

#[derive(Debug, Clone, serde::Deserialize, JsonSchema)]
struct Within {
    /// Code of a county or of a unit's area: whose villages the page needs.
    area: Option<String>,
}

async fn bundle(call: Arc<Call>, within: Within, asked: Asked) -> Result<Response, Fault> {
    let area = within.area.unwrap_or_default();
    let tag = format!(
        "\"{}-{}\"",
        call.app.instrument.fingerprint,
        area.chars().filter(char::is_ascii_digit).take(6).collect::<String>()
    );
    let headers = [
        (header::ETAG, tag.clone()),
        // Asked for again each time, sent again only when the instrument changed.
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    if asked.headers.get(header::IF_NONE_MATCH).is_some_and(|given| given.as_bytes() == tag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    let app = Arc::clone(&call.app);
    let made = tokio::task::spawn_blocking(move || app.bundles.of(&area)).await;
    let bytes = made.map_err(|error| Fault::Internal { why: error.to_string() })??;
    let media = [(header::CONTENT_TYPE, "application/octet-stream"), (header::CONTENT_ENCODING, "gzip")];
    Ok((StatusCode::OK, headers, media, bytes.to_vec()).into_response())
}
