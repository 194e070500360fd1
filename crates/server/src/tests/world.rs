//! A census of two counties with people of every role, and calls to its server.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode};
use census::access::{Role, Task, TaskWork};
use census::frame::Unit;
use instrument::files::{Bundle, Folder};
use instrument::model::Instrument;
use serde_json::Value;
use store::{Census, Event, Ids, Login, LoginState, Secrets, Session, Store, What};
use tower::ServiceExt as _;

use crate::app::{App, Settings};
use crate::sign_in::{Open, csrf_of, hash_password, hash_token};
use crate::{api, dispatch};

/// 荥阳市, and 新密市 beside it.
pub const HERE: &str = "410182000000";
pub const THERE: &str = "410183000000";
pub const PASSWORD: &str = "Wuran-Yuan-2018";

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A server with its census; gone when dropped.
pub struct World {
    pub app: Arc<App>,
    router: Router,
    runtime: tokio::runtime::Runtime,
    folder: PathBuf,
}

/// Somebody with an open session.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: String,
    pub token: String,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: StatusCode,
    pub body: Vec<u8>,
    pub cookie: String,
    pub headers: axum::http::HeaderMap,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// The shipped instrument, read once.
fn instrument() -> &'static Instrument {
    static READ: OnceLock<Instrument> = OnceLock::new();
    READ.get_or_init(|| {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../instruments/cn-2017");
        Instrument::read_trusted(&Folder::new(&folder)).expect("the shipped instrument loads")
    })
}

fn unit(id: &str, area: &str, name: &str) -> Unit {
    Unit {
        id: id.into(),
        respondent: "industrial".into(),
        name: name.into(),
        code: "91410182MA00000000".into(),
        area: area.into(),
        simulated: true,
        ..Unit::default()
    }
}

impl World {
    pub fn new(test: &str) -> World {
        World::with(test, |_| {})
    }

    pub fn with(test: &str, change: impl FnOnce(&mut Settings)) -> World {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("wupu_server_{test}_{}_{number}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        let url = folder.join("census.db").display().to_string();
        let instrument = instrument().clone();
        let census = Census {
            id: "c".into(),
            area: "410000000000".into(),
            office: "河南省第二次全国污染源普查办公室".into(),
            instrument: instrument.id.clone(),
            version: instrument.version.clone(),
            fingerprint: instrument.fingerprint.clone(),
            period: 2017,
            simulated: true,
            created: "2018-08-01T08:00:00Z".into(),
        };
        let event = |what| Event::new(Ids::fresh().make(), "test", "2018-08-01T08:00:00Z", what);
        let mut store = Store::create(&url, &census, &event(What::Create)).expect("a census");
        let units = [unit("unit-here", "410182001001", "荥阳一厂"), unit("unit-there", "410183001001", "新密一厂")];
        store.write::<_, store::Error>(&event(What::Directory), |w| w.directory(&units)).expect("units");
        drop(store);
        let mut settings = Settings::new(url, folder.join("secrets"));
        settings.session_calls = 1_000_000;
        settings.sign_in_calls = 1_000_000;
        change(&mut settings);
        let (app, _writer) = App::start(settings, instrument, Bundle::default()).expect("the server starts");
        let router = dispatch::router(&app, &api::routes());
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        World { app, router, runtime, folder }
    }

    /// An account; of a unit for respondents and managers, with tasks where a role needs them.
    #[expect(clippy::unused_self, reason = "people belong to a world")]
    pub fn login(&self, name: &str, role: Role) -> Login {
        let own = matches!(role, Role::Respondent | Role::Manager);
        let area = match role {
            Role::City => "410100000000",
            Role::Province | Role::SystemAdmin | Role::SecurityAdmin | Role::AuditAdmin => "410000000000",
            Role::State => "000000000000",
            _ => HERE,
        };
        let work = match role {
            Role::ThirdParty => Some(TaskWork::Enter),
            Role::Inspector => Some(TaskWork::Inspect),
            _ => None,
        };
        Login {
            id: format!("login-{name}"),
            name: name.to_owned(),
            person: name.to_owned(),
            role,
            area: area.to_owned(),
            unit: if own { "unit-here".to_owned() } else { String::new() },
            state: LoginState::Active,
            tasks: work
                .map(|work| Task { contract: "甲".into(), area: HERE.parse().expect("a code"), work })
                .into_iter()
                .collect(),
            must_change: false,
            locked_until: String::new(),
            failures: 0,
            undertaking: String::new(),
        }
    }

    /// Grants an account with the usual password.
    pub fn grant(&self, login: &Login) {
        let login = login.clone();
        let secrets = Secrets { password: hash_password(PASSWORD).expect("a hash"), ..Secrets::default() };
        let event = self.app.event("test", What::Grant);
        let done = self.app.writer.write(event, move |w| {
            w.login(&login, "granted")?;
            w.secrets(&login.id, &secrets)?;
            Ok(())
        });
        self.runtime.block_on(done).expect("granted");
    }

    /// Somebody of a role, signed in with everything done.
    pub fn person(&self, name: &str, role: Role) -> Person {
        let login = self.login(name, role);
        self.person_of(&login)
    }

    pub fn person_of(&self, login: &Login) -> Person {
        let (login, token) = (login.clone(), format!("token-{}-{}", login.name, COUNT.fetch_add(1, Ordering::Relaxed)));
        let open = Open { address: String::new(), agent: String::new(), must: "done".into() };
        let session = Session {
            id: hash_token(&token),
            login: login.id.clone(),
            created: self.app.now(),
            expires: "2999-01-01T00:00:00Z".into(),
            document: serde_json::to_string(&open).expect("json"),
        };
        let id = login.id.clone();
        let event = self.app.event("test", What::Grant);
        let done = self.app.writer.write(event, move |w| {
            w.login(&login, "granted")?;
            w.open_session(&session)?;
            Ok(())
        });
        self.runtime.block_on(done).expect("signed in");
        Person { id, token }
    }

    /// A call as the pages make it.
    pub fn call(&self, who: Option<&Person>, method: &Method, path: &str, body: &str) -> Reply {
        self.call_with(who, method, path, body, &[])
    }

    pub fn call_with(
        &self,
        who: Option<&Person>,
        method: &Method,
        path: &str,
        body: &str,
        headers: &[(&str, &str)],
    ) -> Reply {
        let mut request =
            Request::builder().method(method.clone()).uri(path).header("content-type", "application/json");
        if let Some(who) = who {
            request = request.header("cookie", format!("wupu={}", who.token)).header("x-csrf", csrf_of(&who.token));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.to_owned())).expect("a request"))
    }

    /// A call exactly as given.
    pub fn send(&self, mut request: Request<Body>) -> Reply {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 40000))));
        self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.expect("an answer");
            let (parts, body) = response.into_parts();
            // A stream that goes on is not read to its end.
            let stream = parts.headers.get("content-type").is_some_and(|t| t == "text/event-stream");
            let body =
                if stream { Vec::new() } else { axum::body::to_bytes(body, 64 << 20).await.expect("a body").to_vec() };
            let cookie = parts.headers.get("set-cookie").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
            Reply { status: parts.status, body, cookie, headers: parts.headers }
        })
    }

    pub fn read<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut store::Read<'_>) -> Result<T, crate::Fault> + Send + 'static,
    ) -> T {
        self.runtime.block_on(self.app.readers.read(ask)).expect("read")
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
