//! Bad input: each is refused with words that say where and what to do (or read correctly), ends with the exit code
//! the manual gives, and leaves the census as it was.

mod common;

use std::io::Write as _;
use std::process::{Command, Stdio};

use common::{AREA, Room, Run, command, finish, number, settle};
use serde_json::Value;

/// A small census with its list and directory; `census` is what must not change.
struct County {
    room: Room,
}

impl County {
    fn new(name: &str) -> County {
        let room = Room::new(name);
        room.done(&["simulate", "--area", AREA, "--units", "30", "--seed", "5"]);
        room.done(&["init", "--area", AREA, "--simulated"]);
        room.done(&["import", "list", "practice/base-list.csv"]);
        room.done(&["screen"]);
        County { room }
    }

    /// Everything that can be seen of the census: its health, its counts, the head of its chain.
    fn census(&self) -> Value {
        let health = self.room.done(&["doctor"]);
        assert_eq!(health["problems"], serde_json::json!([]));
        health
    }

    /// Runs a command that must be refused: exit code, every word asked for in the error, the census as it was.
    #[track_caller]
    fn refused(&self, args: &[&str], code: i32, words: &[&str]) {
        let before = self.census();
        let run = self.room.run(args);
        said(&run, code, words);
        assert_eq!(self.census(), before, "wupu {} changed the census", args.join(" "));
    }
}

#[track_caller]
fn said(run: &Run, code: i32, words: &[&str]) {
    assert_eq!(run.code, code, "{run:?}");
    for word in words {
        assert!(run.err.contains(word), "`{word}` is not said:\n{}", run.err);
    }
}

#[test]
fn files_that_cannot_be_read_are_refused() {
    let county = County::new("unreadable");
    let room = &county.room;
    // A workbook cut off in the middle, as a list and as a sheet.
    room.done(&["import", "sheets", "practice/sheets"]);
    room.done(&["check", "--findings", "whole.xlsx"]);
    let whole = std::fs::read(room.path().join("whole.xlsx")).expect("written");
    let half = &whole[..whole.len() / 2];
    room.write("list.xlsx", half);
    county.refused(&["import", "list", "list.xlsx"], 3, &["list.xlsx", "not a whole workbook", "save it again"]);
    room.write("cut/G102.xlsx", half);
    county.refused(&["import", "sheets", "cut"], 3, &["G102.xlsx", "not a whole workbook"]);
    // Forms and versions that do not exist, items that do not, a folder without forms, no folder.
    let head = "unit,H1\n91410182MA9XULD745,x\n";
    room.write("unknown/G120.csv", head);
    county.refused(&["import", "sheets", "unknown"], 3, &["G120.csv", "no form G120", "did you mean G10"]);
    room.write("version/G102@2007.csv", head);
    county.refused(&["import", "sheets", "version"], 3, &["G102@2007.csv", "version 2007 does not exist", "cn-2017"]);
    room.write("item/G102.csv", "unit,0l\n91410182MA9XULD745,1\n");
    county.refused(&["import", "sheets", "item"], 3, &["G102.csv", "no item 0l"]);
    room.write("empty/notes.md", "x");
    county.refused(&["import", "sheets", "empty"], 3, &["no file of a form"]);
    county.refused(&["import", "sheets", "nowhere"], 3, &["nowhere", "cannot be opened"]);
    county.refused(&["import", "sheets", "empty/notes.md"], 3, &["notes.md", "files of this kind are not read"]);
    county.refused(&["check", "--data", "unknown"], 3, &["no form G120"]);
    // A list without headings, an empty one, neither UTF-8 nor GB18030.
    room.write("bare.csv", "1,2,3\n4,5,6\n");
    county.refused(&["import", "list", "bare.csv"], 3, &["bare.csv", "no row of headings"]);
    room.write("nothing.csv", "");
    county.refused(&["import", "list", "nothing.csv"], 3, &["nothing.csv"]);
    room.write("noise.csv", b"\x80\x00\xff\xfe\x81\x20\xff\x00\n\xff\xff\n".repeat(20));
    county.refused(&["import", "list", "noise.csv"], 3, &["noise.csv"]);
    // A census that is not there, and one that is something else.
    said(&room.run(&["--db", "missing.db", "doctor"]), 5, &["missing.db", "wupu init"]);
    room.write("not.db", "this is no database at all, just words of some length".repeat(9));
    said(&room.run(&["--db", "not.db", "doctor"]), 5, &["not.db"]);
    assert!(!room.path().join("missing.db").exists(), "asking for a census does not make one");
}

#[test]
fn gb18030_is_read_as_utf_8_is() {
    let utf8 = County::new("utf8");
    let room = &utf8.room;
    let again = Room::new("gb18030");
    let text = room.text("practice/base-list.csv");
    again.write("base-list.csv", encoding_rs::GB18030.encode(&text).0);
    again.done(&["init", "--area", AREA, "--simulated"]);
    let listed = &again.done(&["import", "list", "base-list.csv"])["files"][0];
    assert_eq!((number(listed, "rows"), number(listed, "rejected")), (30, 0));
    let (one, other) = (room.done(&["screen"]), again.done(&["screen"]));
    assert_eq!(one["in_scope"], other["in_scope"]);
    for entry in std::fs::read_dir(room.path().join("practice/sheets")).expect("sheets").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let text = room.text(&format!("practice/sheets/{name}"));
        again.write(&format!("sheets/{name}"), encoding_rs::GB18030.encode(&text).0);
    }
    let first = room.done(&["import", "sheets", "practice/sheets"]);
    let second = again.done(&["import", "sheets", "sheets"]);
    assert_eq!((&first["new"], &first["refused"]), (&second["new"], &second["refused"]));
    // The same sheets in UTF-8 on top: nothing differs, to the last character.
    std::fs::rename(again.path().join("sheets"), again.path().join("gb")).expect("moved");
    for entry in std::fs::read_dir(room.path().join("practice/sheets")).expect("sheets").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        again.write(&format!("sheets/{name}"), room.text(&format!("practice/sheets/{name}")));
    }
    let third = again.done(&["import", "sheets", "sheets"]);
    assert_eq!((number(&third, "new"), &third["unchanged"]), (0, &second["new"]));
}

#[test]
fn numbers_as_people_type_them() {
    let county = County::new("numbers");
    let room = &county.room;
    room.done(&["import", "sheets", "practice/sheets"]);
    let clean = room.done(&["check"]);
    let text = room.text("practice/sheets/G102.csv");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let column = lines[0].split(',').position(|h| h == "01").expect("item 01");
    let row =
        lines.iter().position(|l| l.split(',').nth(column).is_some_and(|c| c.parse::<u64>().is_ok_and(|n| n > 1000)));
    let row = row.expect("a unit that takes more than 1000 m³ of water");
    let plain = lines[row].split(',').nth(column).expect("a cell").to_owned();
    let mut with = |typed: &str| {
        let mut cells: Vec<String> = lines[row].split(',').map(str::to_owned).collect();
        cells[column] = format!("\"{typed}\"");
        let old = std::mem::replace(&mut lines[row], cells.join(","));
        room.write("typed/G102.csv", lines.join("\n"));
        lines[row] = old;
        assert_eq!(number(&room.done(&["import", "sheets", "typed/G102.csv"]), "new"), 1, "{typed}");
    };
    let wide: String = plain.chars().map(|c| char::from_u32(c as u32 + 0xfee0).expect("full width")).collect();
    let (thousands, rest) = plain.split_at(plain.len() - 3);
    // The same number: every rule says the same of it.
    for typed in [wide, format!("{thousands},{rest}"), format!(" {plain} ")] {
        with(&typed);
        assert_eq!(room.done(&["check"]), clean, "{typed}");
    }
    // No number: a finding that shows the text, never another value.
    with("12,34");
    let found = room.ended(&["check", "--findings", "findings.csv"], 1);
    assert!(number(&found, "errors") > number(&clean, "errors"), "{found}");
    assert!(room.text("findings.csv").lines().any(|l| l.contains("12,34")), "the finding shows what was typed");
}

#[test]
fn a_file_of_200_megabytes() {
    let county = County::new("large");
    let path = county.room.path().join("large.csv");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).expect("created"));
    file.write_all("单位名称,统一社会信用代码,区划代码,行业代码,备注\n".as_bytes()).expect("written");
    // One row of 200 MB, as a file without line ends is; reading it must not take the machine with it.
    file.write_all("荥阳市某厂,,410182001001,3011,".as_bytes()).expect("written");
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..200 {
        file.write_all(&piece).expect("written");
    }
    file.write_all(b"\n").expect("written");
    drop(file);
    county.refused(&["import", "list", "large.csv"], 3, &["large.csv", "line 2", "characters"]);
    // As many bytes in rows of the usual size are read in little memory; stopped half way, they leave nothing.
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).expect("created"));
    file.write_all("单位名称,统一社会信用代码,区划代码,行业代码,备注\n".as_bytes()).expect("written");
    let remark = "说".repeat(6000);
    for n in 0..12_000 {
        writeln!(file, "荥阳市第{n}砖厂,,410182001001,3031,{remark}").expect("written");
    }
    drop(file);
    assert!(std::fs::metadata(&path).expect("there").len() > 190 << 20);
    let mut asked = Command::new("sh");
    settle(&mut asked, county.room.path());
    let program = env!("CARGO_BIN_EXE_wupu");
    // 700 MB of address space: three times the file would not fit beside the instrument.
    let line = format!("ulimit -v 700000 && exec '{program}' --now {} --json import list large.csv", common::NOW);
    let run = finish(asked.args(["-c", &line]));
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(number(&run.json()["files"][0], "rows"), 12_000);
}

#[test]
fn a_locked_census_names_who_has_it() {
    let county = County::new("locked");
    let before = county.census();
    // Another program holds the write lock: this one.
    let connection = rusqlite::Connection::open(county.room.path().join("wupu.db")).expect("opens");
    connection.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    let run = county.room.run(&["screen"]);
    said(&run, 5, &["wupu.db", "in use by", &format!("process {}", std::process::id()), "try again"]);
    let chinese = finish(command(county.room.path()).args(["--lang", "zh", "screen"]));
    said(&chinese, 5, &["正被", "请关闭该程序"]);
    connection.execute_batch("ROLLBACK").expect("let go");
    drop(connection);
    assert_eq!(county.census(), before);
    county.room.done(&["screen"]);
}

#[test]
fn a_full_disk_changes_nothing() {
    let county = County::new("full");
    let room = &county.room;
    let before = county.census();
    // No file may be written beyond a limit: that ends as it does on a full disk.
    let mut limited = Command::new("sh");
    settle(&mut limited, room.path());
    let program = env!("CARGO_BIN_EXE_wupu");
    // A journal of 100 kB: enough to begin, not to end.
    let blocks = 200;
    let line = format!(
        "trap '' XFSZ; ulimit -f {blocks} && exec '{program}' --now {} import sheets practice/sheets",
        common::NOW
    );
    let run = finish(limited.args(["-c", &line]).stdin(Stdio::null()));
    said(&run, 5, &["wupu.db", "free some space", "nothing was changed"]);
    assert_eq!(county.census(), before);
    assert!(number(&room.done(&["import", "sheets", "practice/sheets"]), "new") > 0, "with room again it goes on");
}
