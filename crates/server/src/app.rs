//! What all calls share: the instrument, the census, readers, the writer, sessions, jobs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use census::access::Role;
use census::area::AreaTree;
use census::check::Checker;
use instrument::files::Bundle;
use instrument::model::Instrument;
use store::{Census, Event, Ids, Options, Store, What};

use crate::bundle::Bundles;
use crate::fault::Fault;
use crate::jobs::Jobs;
use crate::limits::Limits;
use crate::readers::Readers;
use crate::seal::Sealer;
use crate::sign_in::Sessions;
use crate::writer::Writer;

/// How the server behaves; everything has a default that is right for an office.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `county.db`, `postgres://…`.
    pub database: String,
    /// Folder of the server's own secrets: certificate authority, sealing key. Not in the census, so not in its backups.
    pub secrets: PathBuf,
    /// Staff sign in with a second factor. Only a practice census may do without.
    pub second_factor: bool,
    /// A session ends after so long without a call, and after so long in all.
    pub idle: Duration,
    pub session: Duration,
    /// Largest body of a call, and of an uploaded file.
    pub body: u64,
    pub upload: u64,
    /// Calls a minute from one address before signing in, and in one session.
    pub sign_in_calls: u32,
    pub session_calls: u32,
    /// The cookie is sent over TLS only.
    pub secure: bool,
    /// Threads that do long work.
    pub workers: usize,
}

impl Settings {
    pub fn new(database: impl Into<String>, secrets: impl Into<PathBuf>) -> Settings {
        Settings {
            database: database.into(),
            secrets: secrets.into(),
            second_factor: true,
            idle: Duration::from_secs(30 * 60),
            session: Duration::from_secs(12 * 3600),
            body: 2 << 20,
            upload: 64 << 20,
            sign_in_calls: 30,
            session_calls: 1200,
            secure: false,
            workers: 1,
        }
    }
}

/// Shared by all calls.
#[derive(Debug)]
pub struct App {
    pub settings: Settings,
    /// One instrument for the life of the server.
    pub instrument: &'static Instrument,
    pub areas: &'static AreaTree,
    pub checker: &'static Checker<'static>,
    pub bundles: Bundles,
    pub census: Census,
    pub readers: Arc<Readers>,
    pub writer: Writer,
    pub sessions: Sessions,
    pub limits: Limits,
    pub jobs: Jobs,
    pub sealer: Sealer,
    pub started: std::time::Instant,
    ids: Mutex<Ids>,
    counts: Mutex<BTreeMap<(&'static str, u16), u64>>,
}

impl App {
    /// Opens the census and starts the writer. The handle ends when the app and all its doors are gone.
    pub fn start(
        settings: Settings,
        instrument: Instrument,
        package: Bundle,
    ) -> Result<(Arc<App>, std::thread::JoinHandle<()>), Fault> {
        let mut store = Store::open(&settings.database)?;
        let census = store.read().census()?;
        if census.fingerprint != instrument.fingerprint {
            return Err(Fault::refused("other-instrument", serde_json::json!({ "version": census.version })));
        }
        let instrument: &'static Instrument = Box::leak(Box::new(instrument));
        let areas: &'static AreaTree = Box::leak(Box::new(AreaTree::of(instrument).0));
        let checker: &'static Checker<'static> = Box::leak(Box::new(Checker::new(instrument)));
        let sealer = Sealer::open(&settings.secrets)?;
        let options = Options { wait: Duration::from_secs(60) };
        let (writer, thread) = Writer::start(Store::open_with(&settings.database, &options)?);
        let app = Arc::new(App {
            readers: Arc::new(Readers::new(settings.database.clone(), options)),
            writer,
            sessions: Sessions::new(&settings),
            limits: Limits::new(&settings),
            jobs: Jobs::default(),
            sealer,
            instrument,
            areas,
            checker,
            bundles: Bundles::new(package),
            census,
            settings,
            started: std::time::Instant::now(),
            ids: Mutex::new(Ids::fresh()),
            counts: Mutex::new(BTreeMap::new()),
        });
        Ok((app, thread))
    }

    /// Whether a role needs a second factor here.
    pub fn second_factor(&self, role: Role) -> bool {
        let practice = self.census.simulated && !self.settings.second_factor;
        !practice && census::access::second_factor(role)
    }

    /// A new id, greater than all before.
    pub fn id(&self) -> String {
        let mut ids = self.ids.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Long-lived: the clock of the ids follows the clock of the world.
        let fresh = Ids::fresh();
        if fresh.clone().make() > ids.clone().make() {
            *ids = fresh;
        }
        ids.make()
    }

    /// The event of a change made now.
    pub fn event(&self, who: &str, what: What) -> Event {
        Event::new(self.id(), who, self.now(), what)
    }

    /// RFC 3339, in UTC.
    pub fn now(&self) -> String {
        jiff::Timestamp::now().to_string()
    }

    /// Counts a finished call for the metrics.
    pub(crate) fn count(&self, route: &'static str, status: u16) {
        if let Ok(mut counts) = self.counts.lock() {
            *counts.entry((route, status)).or_default() += 1;
        }
    }

    pub(crate) fn counted(&self) -> BTreeMap<(&'static str, u16), u64> {
        self.counts.lock().map(|c| c.clone()).unwrap_or_default()
    }
}
