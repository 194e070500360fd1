//! Long work (后台任务): kept in the census, done by workers, watched while it runs.
//!
//! A job outlives the server: what a worker had taken when the server ended is taken again after the start.
//! Each kind is a function that can be run twice.

mod computing;
mod kinds;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use store::{Claimed, Job, Options, Store, What, Writing};
use tokio::sync::watch;

pub use kinds::Kind;

use crate::app::App;
use crate::call::Call;
use crate::fault::Fault;

/// How long a worker waits before it looks again by itself.
const PAUSE: Duration = Duration::from_millis(500);
/// How often a job is tried.
const TRIES: u32 = 3;

/// Where a job stands, as it is watched.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Standing {
    /// `waiting`, `running`, `done`, `failed`, `cancelled`.
    pub state: String,
    pub stage: String,
    pub done: u64,
    /// 0: not known.
    pub of: u64,
    /// Of a job that failed: the error as a call would have told it.
    pub failure: Option<Value>,
    /// What came of it.
    pub result: Option<Value>,
}

/// Jobs that are being worked on.
#[derive(Debug, Default)]
pub struct Jobs {
    running: Mutex<BTreeMap<String, Running>>,
    stopping: AtomicBool,
}

#[derive(Debug)]
struct Running {
    stop: Arc<AtomicBool>,
    told: watch::Sender<Standing>,
}

/// What a job works with.
pub struct Work<'a> {
    pub app: &'a Arc<App>,
    /// A connection of its own.
    pub store: Store,
    pub job: &'a Job,
    /// Id of the account that asked.
    pub who: &'a str,
    stop: &'a AtomicBool,
    told: &'a watch::Sender<Standing>,
}

impl std::fmt::Debug for Work<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "work on {}", self.job.id)
    }
}

impl Work<'_> {
    /// Tells how far the work is.
    pub fn tell(&self, stage: &str, done: u64, of: u64) {
        self.told.send_modify(|standing| {
            stage.clone_into(&mut standing.stage);
            (standing.done, standing.of) = (done, of);
        });
    }

    /// Whether somebody wants it to end.
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.app.jobs.stopping.load(Ordering::Relaxed)
    }
}

impl Jobs {
    pub fn running(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where a running job stands, and whatever comes.
    pub fn watch(&self, id: &str) -> Option<watch::Receiver<Standing>> {
        self.lock().get(id).map(|running| running.told.subscribe())
    }

    /// Asks a running job to end.
    pub fn stop(&self, id: &str) {
        if let Some(running) = self.lock().get(id) {
            running.stop.store(true, Ordering::Relaxed);
        }
    }

    /// Asks all to end: the server closes. They are taken again after the next start.
    pub fn stop_all(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }
}

impl Call {
    /// Asks for a job, inside a change. Gives its id.
    pub fn ask(&self, writing: &mut Writing<'_>, kind: Kind, about: &str, document: &Value) -> Result<String, Fault> {
        let id = self.app.id();
        writing.enqueue(&Job {
            id: id.clone(),
            kind: kind.name().to_owned(),
            about: about.to_owned(),
            due: self.now.clone(),
            document: document.to_string(),
            asked_by: self.person().to_owned(),
        })?;
        Ok(id)
    }

    /// Asks for a job by a change of its own.
    pub async fn start(self: &Arc<Self>, kind: Kind, about: String, document: Value) -> Result<String, Fault> {
        let event = self
            .app
            .event(self.person(), What::Job)
            .about(about.clone())
            .detail(json!({ "kind": kind.name(), "reason": self.reason, "address": self.address }).to_string());
        let call = Arc::clone(self);
        self.app.writer.write(event, move |writing| call.ask(writing, kind, &about, &document)).await
    }
}

/// Starts the workers. They end after `stop_all`, each after its present job.
pub fn start(app: &Arc<App>) -> Result<Vec<std::thread::JoinHandle<()>>, Fault> {
    let mut store = open(app)?;
    let event = app.event("server", What::Job).detail(r#"{"outcome":"released"}"#);
    store.write::<_, store::Error>(&event, |w| w.release_all())?;
    (0..app.settings.workers)
        .map(|number| {
            let app = Arc::clone(app);
            let thread = std::thread::Builder::new().name(format!("worker-{number}"));
            thread.spawn(move || run(&app, number)).map_err(|error| Fault::Internal { why: error.to_string() })
        })
        .collect()
}

fn open(app: &App) -> Result<Store, Fault> {
    Ok(Store::open_with(&app.settings.database, &Options { wait: Duration::from_secs(120) })?)
}

fn run(app: &Arc<App>, number: usize) {
    let worker = format!("worker-{number}");
    let mut store = None;
    while !app.jobs.stopping.load(Ordering::Relaxed) {
        let taken = match store.take().map_or_else(|| open(app), Ok) {
            Ok(mut open) => {
                let taken = take(app, &mut open, &worker);
                store = Some(open);
                taken
            }
            Err(fault) => Err(fault),
        };
        match taken {
            Ok(Some(claimed)) => do_one(app, &mut store, &claimed),
            Ok(None) => std::thread::sleep(PAUSE),
            Err(_) => {
                store = None;
                std::thread::sleep(PAUSE);
            }
        }
    }
}

fn take(app: &Arc<App>, store: &mut Store, worker: &str) -> Result<Option<Claimed>, Fault> {
    // Looked at first without a change, so that an idle server writes nothing.
    if store.read().next_job(&app.now())?.is_none() {
        return Ok(None);
    }
    let event = app.event("server", What::Job).detail(r#"{"outcome":"taken"}"#);
    Ok(store.write::<_, store::Error>(&event, |w| w.claim(worker, &app.now()))?)
}

fn do_one(app: &Arc<App>, store: &mut Option<Store>, claimed: &Claimed) {
    let id = &claimed.job.id;
    let stop = Arc::new(AtomicBool::new(false));
    let (told, _) = watch::channel(Standing { state: "running".to_owned(), ..Standing::default() });
    app.jobs.lock().insert(id.clone(), Running { stop: Arc::clone(&stop), told: told.clone() });
    let outcome = open(app).and_then(|own| {
        let who = if claimed.job.asked_by.is_empty() { "server" } else { &claimed.job.asked_by };
        let mut work = Work { app, store: own, job: &claimed.job, who, stop: &stop, told: &told };
        let run = std::panic::AssertUnwindSafe(|| kinds::run(&mut work));
        std::panic::catch_unwind(run).unwrap_or_else(|_| Err(Fault::Internal { why: format!("job {id} panicked") }))
    });
    let closing = app.jobs.stopping.load(Ordering::Relaxed);
    let standing = settle(app, store, claimed, outcome, stop.load(Ordering::Relaxed), closing);
    told.send_replace(standing);
    app.jobs.lock().remove(id);
}

/// Writes what became of a job.
fn settle(
    app: &Arc<App>,
    store: &mut Option<Store>,
    claimed: &Claimed,
    outcome: Result<Value, Fault>,
    stopped: bool,
    closing: bool,
) -> Standing {
    let id = claimed.job.id.clone();
    let mut standing = Standing::default();
    let event = app.event("server", What::Job).about(&id);
    let again = matches!(&outcome, Err(Fault::Unavailable { .. })) && claimed.attempts < TRIES;
    let written = store.as_mut().map(|store| {
        store.write::<_, store::Error>(&event, |w| match &outcome {
            Ok(result) => w.finish_with(&id, &result.to_string()),
            Err(_) if stopped => w.cancel(&id).map(|_| ()),
            Err(_) if closing => w.fail(&id, "the server closed", Some(&app.now())),
            Err(fault) => w.fail(&id, &fault.body().to_string(), again.then(|| app.now()).as_deref()),
        })
    });
    if let Some(Err(error)) = written {
        eprintln!("wupu: job {id}: {error}");
    }
    match outcome {
        Ok(result) => {
            "done".clone_into(&mut standing.state);
            standing.result = Some(result);
        }
        Err(_) if stopped => "cancelled".clone_into(&mut standing.state),
        Err(fault) => {
            if again || closing { "waiting" } else { "failed" }.clone_into(&mut standing.state);
            standing.failure = Some(fault.body());
        }
    }
    standing
}
