//! Opening what is not as it should be, and a disk that fills: each has its own error, and the
//! census is left as it was. On SQLite, where such files exist.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use census::frame::Unit;

use crate::migrate::{self, Migration};
use crate::{Census, Error, Event, Options, Result, Scope, Store, What};

/// A folder of one test; gone when dropped.
struct Folder(PathBuf);

static COUNT: AtomicU32 = AtomicU32::new(0);

impl Folder {
    fn new() -> Folder {
        let name = format!("wupu-store-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn event(id: &str) -> Event {
    Event::new(id, "tester", "2018-08-01T08:00:00Z", What::Directory)
}

fn create(url: &str) -> Result<Store> {
    let census = Census {
        id: "c".into(),
        area: "410182000000".into(),
        office: String::new(),
        instrument: "cn-2017".into(),
        version: "1".into(),
        fingerprint: "f".into(),
        period: 2017,
        simulated: true,
        created: "2018-08-01T08:00:00Z".into(),
    };
    Store::create(url, &census, &event("created"))
}

fn units(from: u32, count: u32) -> Vec<Unit> {
    (from..from + count)
        .map(|n| Unit {
            id: format!("u{n:06}"),
            respondent: "industrial".into(),
            name: "荥阳市第一水泥厂".repeat(20),
            code: String::new(),
            area: "410182001000".into(),
            address: String::new(),
            industries: Vec::new(),
            status: String::new(),
            listings: Vec::new(),
            simulated: true,
        })
        .collect()
}

/// What opening says, with the folder's name taken out.
#[track_caller]
fn check(folder: &Folder, url: &str, expect: &str) {
    let error = Store::open(url).expect_err("it must not open");
    let shown = error.to_string().replace(&format!("{}/", folder.0.display()), "");
    assert_eq!(shown, expect);
}

#[test]
fn what_is_no_census_is_named() {
    let folder = Folder::new();
    let missing = "nothing.db: there is no census here; create one with `wupu init`, or name another with --db";
    check(&folder, &folder.file("nothing.db"), missing);
    std::fs::write(folder.file("text.db"), "单位详细名称,行业代码\n").unwrap();
    let foreign = "text.db: this is not a wupu census (it is no SQLite file); name another place with --db";
    check(&folder, &folder.file("text.db"), foreign);
    rusqlite::Connection::open(folder.file("other.db")).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    let other = "other.db: this is not a wupu census (it has other tables); name another place with --db";
    check(&folder, &folder.file("other.db"), other);
    std::fs::write(folder.file("empty.db"), "").unwrap();
    let empty = "empty.db: there is no census here; create one with `wupu init`, or name another with --db";
    check(&folder, &folder.file("empty.db"), empty);

    let lost = create(&folder.file("no/such/census.db")).unwrap_err();
    assert!(matches!(&lost, Error::MissingFolder { folder } if folder.ends_with("no/such")), "{lost}");
    for name in ["text.db", "other.db"] {
        let before = std::fs::read(folder.file(name)).unwrap();
        assert!(matches!(create(&folder.file(name)), Err(Error::NotWupu { .. })));
        assert!(std::fs::read(folder.file(name)).unwrap().starts_with(&before[..16]), "{name} is as it was");
    }
}

#[test]
fn a_file_that_is_cut_off_is_named_and_left_alone() {
    let folder = Folder::new();
    let url = folder.file("census.db");
    drop(create(&url).unwrap());
    let whole = std::fs::read(&url).unwrap();
    for keep in [whole.len() - 1, whole.len() / 2, 4096, 512, 60] {
        std::fs::write(&url, &whole[..keep]).unwrap();
        let expected = if keep == 60 { 512 } else { whole.len() };
        let text = format!(
            "census.db: the file is cut off: {keep} of {expected} bytes are there; keep it as it is and restore the last backup"
        );
        check(&folder, &url, &text);
        assert_eq!(std::fs::read(&url).unwrap(), whole[..keep]);
    }
    std::fs::write(&url, &whole).unwrap();
    assert_eq!(Store::open(&url).unwrap().verify().unwrap().problems, []);
}

#[test]
fn damaged_pages_are_found_by_verify() {
    let folder = Folder::new();
    let url = folder.file("census.db");
    let mut store = create(&url).unwrap();
    store.write(&event("a"), |w| w.directory(&units(0, 200))).unwrap();
    drop(store);
    let whole = std::fs::read(&url).unwrap();
    let pages = whole.len() / 4096;
    assert!(pages > 60, "{pages}");
    for page in 1..pages {
        let mut bytes = whole.clone();
        bytes[page * 4096..(page + 1) * 4096].fill(0);
        std::fs::write(&url, &bytes).unwrap();
        let found = Store::open(&url).and_then(|mut store| store.verify()).map(|verified| verified.problems);
        assert!(found.as_ref().is_ok_and(|p| !p.is_empty()) || found.is_err(), "page {page}: {found:?}");
    }
}

#[test]
fn a_locked_census_names_the_wait_and_is_free_afterwards() {
    let folder = Folder::new();
    let url = folder.file("census.db");
    drop(create(&url).unwrap());
    let holder = rusqlite::Connection::open(&url).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut store = Store::open_with(&url, &Options { wait: Duration::from_millis(20) }).unwrap();
    let error = store.write(&event("a"), |w| w.directory(&units(0, 1))).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "{url}: in use by another program (a wupu that still runs, a database viewer); waited 0.02 s; \
             close that program, or try again when it is done"
        )
    );
    assert_eq!(store.read().units(&Scope::All).unwrap(), [], "reading goes on");
    holder.execute_batch("ROLLBACK").unwrap();
    assert_eq!(store.write(&event("a"), |w| w.directory(&units(0, 1))), Ok(1));
}

#[test]
fn a_full_disk_leaves_the_census_as_it_was() {
    let folder = Folder::new();
    let mut store = create(&folder.file("census.db")).unwrap();
    store.write(&event("a"), |w| w.directory(&units(0, 10))).unwrap();
    let before = store.verify().unwrap();
    store.db.limit_pages(3).unwrap();
    let error = store.write(&event("b"), |w| w.directory(&units(10, 1000))).unwrap_err();
    assert!(matches!(error, Error::Full { .. }), "{error}");
    assert_eq!(store.verify().unwrap(), before);
    store.db.limit_pages(10_000).unwrap();
    assert_eq!(store.write(&event("b"), |w| w.directory(&units(10, 1000))), Ok(1000));
    assert_eq!(store.verify().unwrap().problems, []);
}

#[test]
fn a_census_opened_for_reading_refuses_to_write() {
    let folder = Folder::new();
    let url = folder.file("census.db");
    let keep = create(&url).unwrap();
    let mut store = Store::open(&format!("sqlite:{url}?mode=ro")).unwrap();
    assert_eq!(store.read().census().unwrap().id, "c");
    let error = store.write(&event("a"), |w| w.directory(&units(0, 1))).unwrap_err();
    assert!(matches!(error, Error::ReadOnly { .. }), "{error}");
    drop(keep);
}

/// Without its lock another program that closes the census would take it for the last one, and delete the log that
/// this one still writes to.
#[cfg(target_os = "linux")]
#[test]
fn a_second_connection_leaves_the_first_its_lock() {
    use std::os::unix::fs::MetadataExt;
    let folder = Folder::new();
    let url = folder.file("census.db");
    let store = create(&url).unwrap();
    let held = || {
        let file = format!(":{} ", std::fs::metadata(&url).unwrap().ino());
        std::fs::read_to_string("/proc/locks").unwrap().lines().filter(|line| line.contains(&file)).count()
    };
    assert_eq!(held(), 1);
    let second = Store::open(&url).unwrap();
    assert_eq!(held(), 1, "a second one came");
    drop(second);
    assert_eq!(held(), 1, "and went");
    drop(store);
    assert_eq!(held(), 0);
}

fn with(last: Migration) -> Vec<Migration> {
    migrate::ALL.iter().copied().chain([last]).collect()
}

/// The number after the last one there is.
const NUMBER: i64 = migrate::ALL[migrate::ALL.len() - 1].number + 1;
const NEXT: Migration = Migration {
    number: NUMBER,
    name: "next",
    sql: "CREATE TABLE next (id TEXT NOT NULL PRIMARY KEY);\n--! append-only next\n",
};

#[test]
fn a_newer_program_migrates_and_the_older_one_refuses_afterwards() {
    let folder = Folder::new();
    let url = folder.file("census.db");
    drop(create(&url).unwrap());
    let known = with(NEXT);
    let rehearsal = Store::rehearse_knowing(&url, &known).unwrap();
    assert_eq!((rehearsal.would_run, rehearsal.problems), (vec![NUMBER], vec![]));
    assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 1, "the rehearsal's copy is gone");
    drop(Store::open(&url).expect("the rehearsal changed nothing"));

    let mut store = Store::open_knowing(&url, &Options::default(), &known).unwrap();
    let audit = store.read().audit(2, 9).unwrap();
    assert_eq!((audit[0].what.as_str(), audit[0].detail.as_str()), ("migrate", format!("{NUMBER:04}_next").as_str()));
    drop(store);
    let words = format!(
        "census.db: written by a newer program (schema {NUMBER}, this one knows {}); use the newer program",
        NUMBER - 1
    );
    check(&folder, &url, &words);
    drop(Store::open_knowing(&url, &Options::default(), &known).expect("the newer one opens it again"));
}

#[test]
fn a_migration_that_fails_is_undone() {
    let folder = Folder::new();
    let url = folder.file("census.db");
    let before = create(&url).unwrap().verify().unwrap();
    let broken = Migration { sql: "CREATE TABLE next (id TEXT); INSERT INTO nowhere VALUES (1);", ..NEXT };
    let error = Store::open_knowing(&url, &Options::default(), &with(broken)).unwrap_err();
    assert_eq!(error.to_string(), format!("{url}: migration {NUMBER} failed and was undone: no such table: nowhere"));
    assert!(Store::rehearse_knowing(&url, &with(broken)).is_err());
    assert_eq!(Store::open(&url).unwrap().verify().unwrap(), before);
}

#[test]
fn a_past_migration_that_differs_is_refused() {
    let folder = Folder::new();
    let url = folder.file("census.db");
    drop(create(&url).unwrap());
    let mut known = migrate::ALL.to_vec();
    known[1].sql = "CREATE TABLE other (id TEXT);";
    let error = Store::open_knowing(&url, &Options::default(), &known).unwrap_err();
    assert!(matches!(error, Error::MigrationChanged { number: 2, .. }), "{error}");
}

#[test]
fn line_ends_do_not_change_a_checksum() {
    assert_eq!(migrate::checksum("a\r\nb\r\n"), migrate::checksum("a\nb\n"));
    assert_ne!(migrate::checksum("a\nb\n"), migrate::checksum("a\nc\n"));
}

#[test]
fn the_schema_in_rust_is_what_the_migrations_make() {
    let folder = Folder::new();
    let mut store = create(&folder.file("census.db")).unwrap();
    let mut tables = Vec::new();
    for row in store.db.query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name", &[]).unwrap() {
        tables.push(row.text(0).unwrap());
    }
    let mut named: Vec<&str> = crate::schema::ALL.iter().map(|table| table.name).collect();
    named.sort_unstable();
    assert_eq!(tables, named);
    for table in crate::schema::ALL {
        let sql = format!("SELECT name FROM pragma_table_info('{}') ORDER BY cid", table.name);
        let mut columns = Vec::new();
        for row in store.db.query(&sql, &[]).unwrap() {
            columns.push(row.text(0).unwrap());
        }
        assert_eq!(columns, table.columns, "{}", table.name);
        let triggers = "SELECT COUNT(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = $1";
        let count = store.db.int(triggers, &crate::db::bind![table.name]).unwrap();
        let chained = ["audit", "migration"].contains(&table.name);
        assert_eq!(count > 0, table.append_only || chained, "{}", table.name);
        assert_eq!(table.append_only, table.columns.starts_with(&["event", "place"]), "{}", table.name);
    }
}

#[test]
fn a_text_with_nul_is_refused_on_both_databases_alike() {
    let folder = Folder::new();
    let mut store = create(&folder.file("census.db")).unwrap();
    let mut unit = units(0, 1);
    unit[0].code = "a\0b".into();
    let error = store.write(&event("a"), |w| w.directory(&unit)).unwrap_err();
    assert!(matches!(error, Error::Nul { .. }), "{error}");
}

#[test]
fn a_create_that_fails_leaves_no_file_behind() {
    let folder = Folder::new();
    let url = folder.file("census.db");
    let census = create(&folder.file("other.db")).unwrap().read().census().unwrap();
    let bad = Event { who: "a\0".into(), ..event("x") };
    assert!(Store::create(&url, &census, &bad).is_err());
    assert!(!Path::new(&url).exists());
}
