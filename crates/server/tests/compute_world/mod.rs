//! A county of a few simulated units that have been filled, with a running server, and a client of few words.

use std::path::{Path, PathBuf};

use census::access::Role;
use census::check::{Checker, Context};
use census::frame::Unit;
use census::practice::{County, Place, base_list, fill};
use census::review::{Actor, AreaLevelName, Event as Step, Moved, Passed, Signed, Stamp, UnitReview, UnitState};
use census::sheet::{Revision, SheetKey, UnitSheets};
use instrument::files::Folder;
use instrument::model::{AreaLevel, Instrument};
use serde_json::{Value, json};
use server::{Address, Running, Settings};
use store::{Census, Event, Ids, Login, LoginState, Scope, Store, What};

const NOW: &str = "2018-11-30T08:00:00Z";
const PASSWORD: &str = "Pilot-2018-xy";
pub const COUNTY: &str = "410182000000";
const PERIOD: u16 = 2017;

pub struct World {
    pub units: Vec<String>,
    pub database: String,
    pub folder: PathBuf,
    running: Option<Running>,
}

pub struct Client {
    base: String,
    cookie: String,
    csrf: String,
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.close();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn package() -> Folder {
    Folder::new(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../instruments/cn-2017"))
}

fn read_instrument() -> Instrument {
    Instrument::read_trusted(&package()).unwrap_or_else(|e| panic!("{e:?}"))
}

/// Industrial units with the form that is accounted.
fn filled(instrument: &Instrument) -> Vec<(Unit, UnitSheets)> {
    let practice = instrument::practice::load(&package()).unwrap_or_else(|e| panic!("{e}"));
    let name =
        |code: &str| instrument.areas.iter().find(|a| a.code == code).map(|a| a.name.clone()).unwrap_or_default();
    let county = County {
        code: "410182".into(),
        name: "荥阳市".into(),
        places: instrument
            .areas
            .iter()
            .filter(|a| a.level == AreaLevel::Village && a.code.starts_with("410182"))
            .map(|a| Place {
                code: a.code.clone(), town: format!("荥阳市{}", name(&a.parent)), name: a.name.clone()
            })
            .collect(),
        neighbour: "410122".into(),
        neighbour_name: "中牟县".into(),
        extent: [40_700_000, 40_950_000, 12_480_000, 12_580_000],
    };
    let checker = Checker::new(instrument);
    let (_, units) = base_list(&practice, &county, 40, 7);
    let today = Context::on(2018, 11, 30).unwrap();
    let (filled, _) = fill(instrument, &practice, &checker, &units, &today).unwrap_or_else(|e| panic!("{e}"));
    let mut found: Vec<(Unit, UnitSheets)> = filled
        .into_iter()
        .filter(|f| f.sheets.sheets.contains_key("G106-1"))
        .map(|f| {
            let unit = Unit {
                id: f.sheets.unit.clone(),
                respondent: f.sheets.respondent.clone(),
                // As somebody would type it who wants a spreadsheet to do something.
                name: format!("=1+1 {}", f.unit.name),
                code: f.unit.code,
                area: format!("{:0<12}", f.unit.area),
                address: f.unit.address,
                industries: vec![f.unit.industry],
                status: String::new(),
                listings: Vec::new(),
                simulated: true,
            };
            (unit, f.sheets)
        })
        .collect();
    found.truncate(4);
    assert_eq!(found.len(), 4, "units with the accounting form");
    found
}

impl World {
    pub fn new(kind: &str) -> World {
        let instrument = read_instrument();
        let folder = std::env::temp_dir().join(format!("wupu-compute-{kind}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let database = folder.join("census.db").display().to_string();
        let units = lay_out(&instrument, &database);
        let mut settings = Settings::new(database.clone(), folder.join("secrets"));
        settings.second_factor = false;
        let address = Address { socket: ([127, 0, 0, 1], 0).into(), names: Vec::new(), tls: false };
        let running = server::start(settings, &address, instrument, instrument::files::Bundle::default())
            .unwrap_or_else(|f| panic!("{f:?}"));
        World { units, database, folder, running: Some(running) }
    }

    pub fn sign_in(&self, name: &str) -> Client {
        let base = format!("http://{}", self.running.as_ref().unwrap().address);
        let mut client = Client { base, cookie: String::new(), csrf: String::new() };
        let body = json!({ "name": name, "password": PASSWORD });
        let (status, bytes, cookie) = client.send("POST", "/api/sign-in", Some(&body), "");
        let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        assert_eq!((status, body["next"].as_str()), (200, Some("done")), "{name}: {body}");
        cookie.split(';').next().unwrap_or_default().clone_into(&mut client.cookie);
        body["csrf"].as_str().unwrap_or_default().clone_into(&mut client.csrf);
        client
    }

    /// The unit has passed the county, as it stands now.
    pub fn pass(&self, unit: &str) {
        let mut store = Store::open(&self.database).unwrap();
        let version = store.read().collected(&Scope::unit(unit), PERIOD, None, 1).unwrap().pop().unwrap().version;
        let stamp = |step: &str| Stamp { step: step.into(), person: "p".into(), role: step.into(), at: NOW.into() };
        let signed = Signed { round: 1, version, filled_by: Vec::new(), stamps: vec![stamp("sign"), stamp("county")] };
        let state = UnitState::Passed(Passed { level: AreaLevelName::County, signed });
        self.moves(unit, UnitReview { state, ..UnitReview::begin() }, &[], &Step::Pass { step: "county".into() });
    }

    /// The county opens the unit again.
    pub fn reopen(&self, unit: &str) {
        let step = Step::Reopen { why: "数据有误".into() };
        self.moves(unit, UnitReview::begin(), &[AreaLevelName::County], &step);
    }

    fn moves(&self, unit: &str, review: UnitReview, stale: &[AreaLevelName], step: &Step) {
        let mut store = Store::open(&self.database).unwrap();
        let seen = store.read().review(unit).unwrap().counter;
        let by = Actor { person: "p".into(), role: "county".into(), area: COUNTY.parse().unwrap(), unit: None };
        let moved = Moved { review, stale: stale.to_vec() };
        let event = Event::new(Ids::fresh().make(), "p", NOW, What::Review).about(unit);
        store.write::<_, store::Error>(&event, |w| w.step(unit, seen, &moved, &by, step)).unwrap();
    }
}

fn lay_out(instrument: &Instrument, database: &str) -> Vec<String> {
    let mut ids = Ids::fresh();
    let mut event = |what| Event::new(ids.make(), "tests", NOW, what);
    let census = Census {
        id: "c".into(),
        area: COUNTY.into(),
        office: "荥阳市普查办".into(),
        instrument: instrument.id.clone(),
        version: instrument.version.clone(),
        fingerprint: instrument.fingerprint.clone(),
        period: PERIOD,
        simulated: true,
        created: NOW.into(),
    };
    let mut store = Store::create(database, &census, &event(What::Create)).unwrap();
    let units = filled(instrument);
    let revisions: Vec<Revision> = units
        .iter()
        .flat_map(|(unit, sheets)| {
            sheets.sheets.iter().map(|(form, values)| Revision {
                id: format!("{}-{form}", unit.id),
                sheet: SheetKey { unit: unit.id.clone(), form: form.clone(), period: PERIOD },
                base: None,
                instrument: instrument.version.clone(),
                values: values.clone(),
                author: "import".into(),
                at: NOW.into(),
            })
        })
        .collect();
    let directory: Vec<Unit> = units.iter().map(|(unit, _)| unit.clone()).collect();
    store.write(&event(What::Directory), |w| w.directory(&directory)).unwrap();
    store.write(&event(What::ImportSheets), |w| w.revise(&revisions)).unwrap();
    for (name, role, area) in [
        ("county1", Role::County, COUNTY),
        ("city1", Role::City, "410100000000"),
        ("elsewhere", Role::County, "410122000000"),
        ("sysadmin", Role::SystemAdmin, COUNTY),
        ("secadmin", Role::SecurityAdmin, COUNTY),
        ("auditadmin", Role::AuditAdmin, COUNTY),
    ] {
        let login = Login {
            id: Ids::fresh().make(),
            name: name.into(),
            person: "王强".into(),
            role,
            area: area.into(),
            unit: String::new(),
            state: LoginState::Active,
            tasks: Vec::new(),
            must_change: false,
            locked_until: String::new(),
            failures: 0,
            undertaking: String::new(),
        };
        server::grant(&mut store, &event(What::Grant), &login, Some(PASSWORD)).unwrap_or_else(|f| panic!("{f:?}"));
    }
    directory.into_iter().map(|unit| unit.id).collect()
}

impl Client {
    pub fn get(&self, path: &str) -> (u16, Value) {
        let (status, bytes, _) = self.send("GET", path, None, "");
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    /// What must be answered.
    #[track_caller]
    pub fn read(&self, path: &str) -> Value {
        let (status, body) = self.get(path);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let (status, bytes, _) = self.send("POST", path, Some(body), "");
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    pub fn file(&self, path: &str, reason: &str) -> (u16, Vec<u8>) {
        let (status, bytes, _) = self.send("GET", path, None, reason);
        (status, bytes)
    }

    /// Asks for a job and waits for its end, where `look` says how it stands.
    #[track_caller]
    pub fn job(&self, path: &str, body: &Value, look: impl Fn(&Client, &str) -> Value) -> Value {
        let (status, started) = self.post(path, body);
        assert_eq!(status, 202, "{path}: {started}");
        let id = started["job"].as_str().unwrap().to_owned();
        for _ in 0..600 {
            let standing = look(self, &id);
            match standing["state"].as_str() {
                Some("done") => return standing["result"].clone(),
                Some("failed" | "cancelled") => panic!("{path}: {standing}"),
                _ => std::thread::sleep(std::time::Duration::from_millis(100)),
            }
        }
        panic!("{path}: not done in a minute");
    }

    fn send(&self, method: &str, path: &str, body: Option<&Value>, reason: &str) -> (u16, Vec<u8>, String) {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("cookie", &self.cookie)
            .header("x-csrf", &self.csrf)
            .header("content-type", "application/json");
        if !reason.is_empty() {
            request = request.header("x-reason", reason);
        }
        let request = request.body(body.map(Value::to_string).unwrap_or_default()).unwrap();
        let mut answer = agent.run(request).unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        let cookie = answer.headers().get("set-cookie").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        (answer.status().as_u16(), answer.body_mut().read_to_vec().unwrap(), cookie)
    }
}
