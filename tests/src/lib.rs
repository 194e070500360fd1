//! What the stories share: a database of their own, and small parts of a census.
//!
//! `WUPU_TEST_DATABASE` names the database the stories run on: a `postgres://…` URL, in which each
//! test gets a schema of its own; unset, each test gets a temporary SQLite file.

pub mod instrument;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use census::frame::{ListedUnit, Listing, Unit};
use census::sheet::{Revision, SheetKey, Values};
use store::{Census, Event, Ids, Store, What};

/// A place for one test's census; gone when dropped.
#[derive(Debug)]
pub struct Database {
    /// Where to create and open the census.
    pub url: String,
    /// A folder of the test's own.
    pub folder: PathBuf,
    schema: Option<(String, String)>,
}

/// When the stories take place.
pub const NOW: &str = "2018-08-01T08:00:00Z";

static COUNT: AtomicU32 = AtomicU32::new(0);

impl Database {
    /// A place in the database the environment names.
    pub fn new(test: &str) -> Database {
        let mut database = Database::file(test);
        if let Some(server) = std::env::var("WUPU_TEST_DATABASE").ok().filter(|url| url.starts_with("postgres")) {
            let name = database.folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let mut client = postgres::Client::connect(&server, postgres::NoTls).expect("WUPU_TEST_DATABASE answers");
            client.batch_execute(&format!("CREATE SCHEMA {name}")).expect("a schema");
            let join = if server.contains('?') { '&' } else { '?' };
            database.url = format!("{server}{join}options=-csearch_path%3D{name}");
            database.schema = Some((server, name));
        }
        database
    }

    /// A SQLite file, whatever the environment says.
    pub fn file(test: &str) -> Database {
        let name = format!("wupu_{test}_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        Database { url: folder.join("census.db").display().to_string(), folder, schema: None }
    }

    /// Whether this is a file.
    pub fn is_file(&self) -> bool {
        self.schema.is_none()
    }

    /// Changes the stored rows behind the store's back, as somebody with a database tool would.
    pub fn tamper(&self, sqlite: &str, postgres: &str) -> Result<(), String> {
        match &self.schema {
            None => rusqlite_batch(&self.url, sqlite),
            Some((server, name)) => {
                let mut client = postgres::Client::connect(server, postgres::NoTls).map_err(|e| e.to_string())?;
                client
                    .batch_execute(&format!("SET search_path = {name}; {postgres}"))
                    .map_err(|e| e.as_db_error().map_or_else(|| e.to_string(), |e| e.message().to_owned()))
            }
        }
    }
}

fn rusqlite_batch(path: &str, sql: &str) -> Result<(), String> {
    rusqlite::Connection::open(path).and_then(|c| c.execute_batch(sql)).map_err(|e| e.to_string())
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some((server, name)) = &self.schema
            && let Ok(mut client) = postgres::Client::connect(server, postgres::NoTls)
        {
            let _ = client.batch_execute(&format!("DROP SCHEMA {name} CASCADE"));
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Ids that are the same in every run.
pub fn ids() -> Ids {
    Ids::seeded("story", 1_533_110_400_000)
}

/// The pilot county's census, simulated.
pub fn census() -> Census {
    Census {
        id: "c-410182".into(),
        area: "410182000000".into(),
        office: "荥阳市普查办".into(),
        instrument: "cn-2017".into(),
        version: "1".into(),
        fingerprint: "f".into(),
        period: 2017,
        simulated: true,
        created: NOW.into(),
    }
}

pub fn event(ids: &mut Ids, what: What) -> Event {
    Event::new(ids.make(), "u-office", NOW, what)
}

/// A census in a database of its own.
pub fn create(database: &Database, ids: &mut Ids) -> Store {
    Store::create(&database.url, &census(), &event(ids, What::Create)).expect("a new census")
}

/// A unit of the directory.
pub fn unit(id: &str, area: &str) -> Unit {
    Unit {
        id: id.into(),
        respondent: "industrial".into(),
        name: format!("单位{id}"),
        code: String::new(),
        area: format!("{area:0<12}"),
        address: String::new(),
        industries: vec!["3011".into()],
        status: "运行".into(),
        listings: Vec::new(),
        simulated: true,
    }
}

/// A row of a base list.
pub fn listing(id: &str, row: u32, name: &str) -> Listing {
    Listing {
        id: id.into(),
        file: "底册.csv".into(),
        sheet: String::new(),
        row,
        hash: format!("h{row}"),
        cells: vec![("单位详细名称".into(), name.into()), ("备注".into(), "制表\t换行\n反斜\\杠".into())],
        read: ListedUnit { name: name.into(), respondent: "industrial".into(), ..ListedUnit::default() },
        rejected: name.is_empty().then(|| "单位详细名称为空".to_owned()),
    }
}

/// A revision of a form with one item.
pub fn revision(id: &str, unit: &str, form: &str, base: Option<&str>, value: &str) -> Revision {
    Revision {
        id: id.into(),
        sheet: SheetKey { unit: unit.into(), form: form.into(), period: 2017 },
        base: base.map(str::to_owned),
        instrument: "1".into(),
        values: Values { flat: [("01".to_owned(), value.to_owned())].into(), ..Values::default() },
        author: "p-zhang".into(),
        at: NOW.into(),
    }
}
