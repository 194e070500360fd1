//! Disks and databases that do not take what is written: the words say where and what to do, the census is as it was.

use crate::common::{AREA, County, Room, Schema, finish, number, said};

#[test]
fn a_locked_census_names_who_has_it() {
    let county = County::new("locked");
    let before = county.census();
    // Another program holds the write lock: this one.
    let connection = rusqlite::Connection::open(county.room.path().join("wupu.db")).expect("opens");
    connection.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let holder = format!("process {}", std::process::id());
    // Both wait for the lock, so they wait together.
    let [english, chinese] = std::thread::scope(|scope| {
        ["en", "zh"]
            .map(|lang| scope.spawn(|| county.room.run(&["--lang", lang, "screen"])))
            .map(|run| run.join().expect("ran"))
    });
    said(&english, 5, &["wupu.db", "in use by", &holder, "try again"]);
    said(&chinese, 5, &["wupu.db：正被", &holder, "请关闭该程序"]);
    assert_eq!(county.census(), before, "reading goes on, and nothing was written");
    connection.execute_batch("ROLLBACK").expect("let go");
    drop(connection);
    county.room.done(&["screen"]);
}

/// Runs where `WUPU_TEST_DATABASE` names a server, as `cargo xtask test` does.
#[test]
fn a_locked_postgresql_census_names_who_has_it() {
    let Some(schema) = Schema::new("locked") else { return };
    let room = Room::new("locked-server");
    room.done(&["--db", &schema.url, "init", "--area", AREA, "--simulated"]);
    room.write("list.csv", "单位名称,区划代码\n甲厂,410182001001\n");
    let before = room.done(&["--db", &schema.url, "doctor"]);
    let mut client = postgres::Client::connect(&schema.url, postgres::NoTls).expect("the server answers");
    let lock = "BEGIN; SET application_name = 'viewer'; \
                SELECT pg_advisory_xact_lock(hashtext('wupu ' || current_schema()))";
    client.batch_execute(lock).expect("the lock");
    let run = room.run(&["--db", &schema.url, "import", "list", "list.csv"]);
    said(&run, 5, &["in use by viewer (server process", "try again"]);
    client.batch_execute("ROLLBACK").expect("let go");
    assert_eq!(room.done(&["--db", &schema.url, "doctor"]), before);
    room.done(&["--db", &schema.url, "import", "list", "list.csv"]);
}

/// No file may be written beyond a limit: that ends as it does on a full disk.
#[test]
fn a_full_disk_changes_nothing() {
    let county = County::new("full");
    let room = &county.room;
    let sheets = ["import", "sheets", "practice/sheets"];
    // Enough to begin, not to end.
    let limit = "ulimit -f 200";
    county.refused_under(limit, &sheets, 5, &["wupu.db", "free some space", "nothing was changed"]);
    assert!(number(&room.done(&sheets), "new") > 0, "with room again it goes on");
    // The copy is what does not fit, so the copy is named; nothing half written is left.
    county.refused_under(limit, &["backup", "copy.db"], 5, &["copy.db", "free some space"]);
    assert_eq!(room.names(), ["practice", "wupu.db"]);
    county.refused_under(limit, &["--lang", "zh", "backup", "copy.db"], 5, &["copy.db", "请腾出空间"]);
    // Findings that cannot be written are not kept either; the file of the last check stays whole.
    room.done(&["check", "--findings", "findings.csv"]);
    let whole = room.text("findings.csv");
    assert!(whole.len() > 45_000, "more than 80 blocks of 512 bytes: {}", whole.len());
    let check = ["--actor", "another", "check", "--findings", "findings.csv"];
    county.refused_under("ulimit -f 80", &check, 5, &["findings.csv", "not written, the disk is full", "free some"]);
    assert_eq!(room.text("findings.csv"), whole);
    assert_eq!(room.names(), ["findings.csv", "practice", "wupu.db"]);
    let chinese = finish(&mut room.limited("ulimit -f 80", &[&["--lang", "zh"], &check[..]].concat()));
    said(&chinese, 5, &["findings.csv：没有写成，磁盘已满", "请腾出空间"]);
}

/// A report that does not fit is not there in part under the name of a whole.
#[test]
fn a_file_that_cannot_be_written_undoes_the_step() {
    let county = County::new("unwritten");
    let room = &county.room;
    room.write("list.csv", "单位名称,统一社会信用代码,区划代码\n,,410182001001\n乙厂,,410182001001\n");
    let folder = ["not written", "no such folder", "create it first"];
    county.refused(&["import", "list", "list.csv", "--rejected", "no/back.xlsx"], 5, &folder);
    county.refused(&["match", "--worklist", "no/pairs.xlsx"], 5, &folder);
    county.refused(&["check", "--findings", "no/findings.csv"], 5, &folder);
    county.refused(&["backup", "no/copy.db"], 5, &["no: there is no such folder"]);
    let taken = room.path().join("taken");
    std::fs::write(&taken, "x").expect("written");
    said(&room.run(&["simulate", "--units", "1", "--out", "taken"]), 5, &["taken", "not written"]);
    let listed = &room.done(&["import", "list", "list.csv", "--rejected", "back.xlsx"])["files"][0];
    assert_eq!((number(listed, "rows"), number(listed, "rejected")), (2, 1));
    assert!(room.path().join("back.xlsx").exists());
}
