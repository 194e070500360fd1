//! Long work: listed, watched, cancelled.

use std::convert::Infallible;
use std::sync::Arc;

use axum::http::Method;
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use census::access::{Role, Verb};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{JobRow, What};
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::WatchStream;

use crate::api::{Page, limit};
use crate::call::Call;
use crate::fault::Fault;
use crate::jobs::Standing;
use crate::route::{Asked, Done, Nothing, Routes};

pub fn add(routes: &mut Routes) {
    routes
        .read("/api/jobs", Verb::ReadJobs, "one's own jobs, newest first", list)
        .read("/api/jobs/{id}", Verb::ReadJobs, "one job", |call, read, at: JobPath| {
            Ok(shown(own(call, read, &at.id)?))
        })
        .raw::<JobPath, Nothing, Standing, _>(
            (Method::GET, "/api/jobs/{id}/events"),
            Verb::ReadJobs,
            "how a job goes on, as server-sent events",
            events,
        )
        .media("text/event-stream")
        .write(
            (Method::POST, "/api/jobs/{id}/cancel"),
            (Verb::ReadJobs, What::Job),
            "end a job",
            |call, writing, at: JobPath, _: Nothing| {
                own(call, &mut writing.read(), &at.id)?;
                writing.cancel(&at.id)?;
                call.app.jobs.stop(&at.id);
                Ok(Done {})
            },
        );
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct JobPath {
    id: String,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct Before {
    after: Option<String>,
    limit: Option<u32>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct JobShown {
    pub id: String,
    pub kind: String,
    pub about: String,
    pub asked_at: String,
    pub standing: Standing,
}

/// A job of somebody else does not exist.
fn own(call: &Call, read: &mut store::Read<'_>, id: &str) -> Result<JobRow, Fault> {
    let row = read.job(id)?.ok_or(Fault::NotFound)?;
    if row.job.asked_by == call.person() || call.role() == Role::SystemAdmin { Ok(row) } else { Err(Fault::NotFound) }
}

fn standing(row: &JobRow) -> Standing {
    Standing {
        state: row.state.clone(),
        failure: (row.state == "failed").then(|| json_of(&row.failure)),
        result: (row.state == "done").then(|| json_of(&row.outcome)),
        ..Standing::default()
    }
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

pub fn shown(row: JobRow) -> JobShown {
    let standing = standing(&row);
    JobShown { id: row.job.id, kind: row.job.kind, about: row.job.about, asked_at: row.job.due, standing }
}

fn list(call: &Call, read: &mut store::Read<'_>, asked: Before) -> Result<Page<JobShown>, Fault> {
    let limit = limit(asked.limit);
    let rows = read.recent_jobs(Some(call.person()), asked.after.as_deref().unwrap_or_default(), limit + 1)?;
    Ok(Page::of(rows.into_iter().map(shown).collect(), limit, |row: &JobShown| row.id.clone()))
}

async fn events(call: Arc<Call>, at: JobPath, _: Asked) -> Result<Response, Fault> {
    let (inner, id) = (Arc::clone(&call), at.id.clone());
    let row = call.app.readers.read(move |read| own(&inner, read, &id)).await?;
    let now = standing(&row);
    let over = matches!(now.state.as_str(), "done" | "failed" | "cancelled");
    let app = Arc::clone(&call.app);
    let stream: std::pin::Pin<Box<dyn tokio_stream::Stream<Item = Standing> + Send>> = if over {
        Box::pin(tokio_stream::once(now))
    } else {
        // A job that waits is looked at now and then until a worker has it.
        let (sender, receiver) = tokio::sync::watch::channel(now);
        tokio::spawn(follow(app, at.id, sender));
        Box::pin(WatchStream::new(receiver))
    };
    let told = stream.map(|standing| {
        let text = serde_json::to_string(&standing).unwrap_or_default();
        Ok::<_, Infallible>(SseEvent::default().data(text))
    });
    Ok(Sse::new(told).keep_alive(KeepAlive::default()).into_response())
}

/// Passes on where a job stands, until it is over or nobody listens.
async fn follow(app: Arc<crate::app::App>, id: String, sender: tokio::sync::watch::Sender<Standing>) {
    let pause = std::time::Duration::from_millis(200);
    while !sender.is_closed() {
        if let Some(mut running) = app.jobs.watch(&id) {
            loop {
                sender.send_replace(running.borrow_and_update().clone());
                if running.changed().await.is_err() {
                    break;
                }
            }
        }
        let key = id.clone();
        let Ok(Some(row)) = app.readers.read(move |read| Ok(read.job(&key)?)).await else { return };
        let now = standing(&row);
        let over = matches!(now.state.as_str(), "done" | "failed" | "cancelled");
        sender.send_if_modified(|last| {
            let changed = *last != now && (over || now.state != last.state);
            if changed {
                *last = now.clone();
            }
            changed
        });
        if over {
            return;
        }
        tokio::time::sleep(pause).await;
    }
}
