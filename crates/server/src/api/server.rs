//! The server itself: what runs, how much there is, jobs of all, backups. No business of the census.

use std::path::PathBuf;
use std::sync::Arc;

use axum::http::Method;
use axum::response::Response;
use census::access::Verb;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Read, What};

use crate::api::jobs::{JobShown, shown};
use crate::api::{Page, limit};
use crate::app::App;
use crate::call::Call;
use crate::fault::Fault;
use crate::jobs::Kind;
use crate::route::{Asked, Done, JobStarted, Nothing, Routes, started};

pub fn add(routes: &mut Routes) {
    routes
        .read("/api/server", Verb::RunServer, "what runs here", about)
        .read("/api/server/jobs", Verb::RunServer, "jobs of all, newest first", jobs)
        .write(
            (Method::POST, "/api/server/jobs/{id}/cancel"),
            (Verb::RunServer, What::Job),
            "end a job of anybody",
            |call, writing, at: JobPath, _: Nothing| {
                writing.read().job(&at.id)?.ok_or(Fault::NotFound)?;
                writing.cancel(&at.id)?;
                call.app.jobs.stop(&at.id);
                Ok(Done {})
            },
        )
        .raw::<Nothing, Nothing, JobStarted, _>(
            (Method::POST, "/api/server/backup"),
            Verb::RunServer,
            "write a verified backup; a job",
            backup,
        )
        .read("/api/server/backups", Verb::RunServer, "backups beside the server, newest first", backups)
        .read(
            "/api/instrument/about",
            Verb::ReadInstrument,
            "which instrument, and how much of it is provisional",
            of_instrument,
        );
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct JobPath {
    id: String,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct After {
    after: Option<String>,
    limit: Option<u32>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct About {
    version: &'static str,
    /// `sqlite` or `postgres`.
    database: &'static str,
    /// Bytes.
    size: u64,
    office: String,
    area: String,
    area_name: String,
    period: u16,
    simulated: bool,
    instrument: String,
    instrument_version: String,
    fingerprint: String,
    created: String,
    /// Seconds since the start.
    uptime: u64,
    /// Number of the newest event.
    events: i64,
    running_jobs: usize,
    workers: usize,
    second_factor: bool,
}

fn about(call: &Call, read: &mut Read<'_>, _: Nothing) -> Result<About, Fault> {
    let app = &call.app;
    let census = app.census.clone();
    Ok(About {
        version: env!("CARGO_PKG_VERSION"),
        database: read.database_kind(),
        size: read.size()?,
        area_name: census.area.parse().map(|area| app.areas.path_name(area)).unwrap_or_default(),
        office: census.office,
        area: census.area,
        period: census.period,
        simulated: census.simulated,
        instrument: census.instrument,
        instrument_version: census.version,
        fingerprint: census.fingerprint,
        created: census.created,
        uptime: app.started.elapsed().as_secs(),
        events: read.newest_event()?,
        running_jobs: app.jobs.running(),
        workers: app.settings.workers,
        second_factor: app.settings.second_factor,
    })
}

/// Where a job stands this moment, when it is being worked on.
pub(super) fn live(call: &Call, mut job: JobShown) -> JobShown {
    if let Some(running) = call.app.jobs.watch(&job.id) {
        job.standing = running.borrow().clone();
    }
    job
}

fn jobs(call: &Call, read: &mut Read<'_>, asked: After) -> Result<Page<JobShown>, Fault> {
    let limit = limit(asked.limit);
    let rows = read.recent_jobs(None, asked.after.as_deref().unwrap_or_default(), limit + 1)?;
    let page = Page::of(rows, limit, |row| row.job.id.clone());
    let shown = page.rows.into_iter().map(|row| {
        let own = row.job.asked_by == call.person();
        let mut job = live(call, shown(row));
        // Whom a job was about and what came of it is the business of whoever asked.
        if !own {
            job.about.clear();
            job.standing.result = None;
            job.standing.failure = job.standing.failure.map(|f| json!({ "code": f.get("code") }));
        }
        job
    });
    Ok(Page { rows: shown.collect(), next: page.next })
}

/// Folder of backups: beside the server's secrets, not among them.
pub(crate) fn folder(app: &App) -> PathBuf {
    let beside = app.settings.secrets.parent().map(PathBuf::from).unwrap_or_default();
    beside.join("backups")
}

async fn backup(call: Arc<Call>, _: Nothing, _: Asked) -> Result<Response, Fault> {
    Ok(started(call.start(Kind::Backup, String::new(), json!({})).await?))
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Backup {
    name: String,
    /// Bytes.
    size: u64,
    at: String,
}

fn backups(call: &Call, _: &mut Read<'_>, _: Nothing) -> Result<Page<Backup>, Fault> {
    let folder = folder(&call.app);
    let unreadable = |error: std::io::Error| Fault::Unavailable { why: error.to_string() };
    let mut rows = Vec::new();
    if folder.is_dir() {
        for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if std::path::Path::new(&name).extension().is_none_or(|end| end != "db") {
                continue;
            }
            let about = entry.metadata().map_err(unreadable)?;
            let at = about.modified().ok().and_then(|at| jiff::Timestamp::try_from(at).ok());
            rows.push(Backup { name, size: about.len(), at: at.map(|at| at.to_string()).unwrap_or_default() });
        }
    }
    rows.sort_by(|a, b| b.name.cmp(&a.name));
    Ok(Page { rows, next: None })
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct OfInstrument {
    id: String,
    title: String,
    version: String,
    period: u16,
    fingerprint: String,
    /// `forms`, `items`, `rules`, `lists`, `coefficients`, `tables` …
    parts: Vec<PartCount>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct PartCount {
    part: &'static str,
    count: usize,
    /// Resting on recollection (暂定); `null`: this part carries no marks.
    provisional: Option<usize>,
    /// Per cent, one decimal.
    share: Option<String>,
}

fn of_instrument(call: &Call, _: &mut Read<'_>, _: Nothing) -> Result<OfInstrument, Fault> {
    let of = call.app.instrument;
    let marked = |part, marks: Vec<bool>| {
        let (count, provisional) = (marks.len(), marks.iter().filter(|p| **p).count());
        let share = (provisional * 1000).checked_div(count);
        PartCount {
            part,
            count,
            provisional: Some(provisional),
            share: share.map(|tenths| format!("{}.{}", tenths / 10, tenths % 10)),
        }
    };
    let plain = |part, count| PartCount { part, count, provisional: None, share: None };
    let items = of.forms.iter().flat_map(|form| &form.items).chain(&of.common);
    Ok(OfInstrument {
        id: of.id.clone(),
        title: of.title.clone(),
        version: of.version.clone(),
        period: of.period,
        fingerprint: of.fingerprint.clone(),
        parts: vec![
            plain("forms", of.forms.len()),
            marked("items", items.map(|item| item.provenance.provisional()).collect()),
            marked("rules", of.rules.iter().map(|rule| rule.provenance.provisional()).collect()),
            plain("lists", of.lists.len()),
            plain("coefficients", of.factors.factors.len()),
            plain("respondents", of.respondents.len()),
            plain("tables", of.tables.len()),
            marked("milestones", of.schedule.iter().map(|m| m.provenance.provisional()).collect()),
            plain("areas", of.areas.len()),
        ],
    })
}
