//! Bad input: each is refused with words that say where and what to do (or read correctly), ends with the exit code
//! the manual gives, and leaves the census as it was.

use std::io::Write as _;

use crate::common::{County, finish, number, said};

#[test]
fn files_that_cannot_be_read_are_refused() {
    let county = County::new("unreadable");
    let room = &county.room;
    // A workbook cut off in the middle or at its end, as a list and as a sheet.
    room.done(&["import", "sheets", "practice/sheets"]);
    room.ended(&["check", "--findings", "whole.xlsx"], 0);
    let whole = std::fs::read(room.path().join("whole.xlsx")).expect("written");
    assert!(whole.starts_with(b"PK"), "findings by the name of a workbook are a workbook");
    for keep in [whole.len() / 2, whole.len() - 10] {
        let cut = &whole[..keep];
        room.write("list.xlsx", cut);
        county.refused(&["import", "list", "list.xlsx"], 3, &["list.xlsx", "not a whole workbook", "save it again"]);
        room.write("cut/G102.xlsx", cut);
        county.refused(&["import", "sheets", "cut"], 3, &["G102.xlsx", "not a whole workbook", "save it again"]);
    }
    let chinese = ["--lang", "zh", "import", "list", "list.xlsx"];
    county.refused(&chinese, 3, &["list.xlsx：工作簿不完整或已损坏", "重新保存"]);
    // A good list beside a bad one: both or none.
    room.write("good.csv", "单位名称,区划代码\n甲厂,410182001001\n");
    county.refused(&["import", "list", "good.csv", "list.xlsx"], 3, &["list.xlsx"]);
    // A text file that ends in the middle of a row, its last number perhaps too.
    room.write("short/G102.csv", "unit,01,02\n91410182MA9XULD745,1,2\n91410182MA9XULD999,12");
    county.refused(&["import", "sheets", "short"], 3, &["G102.csv, line 3", "ends in the middle of this row"]);
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
    said(
        &room.run(&["--lang", "zh", "--db", "not.db", "doctor"]),
        5,
        &["not.db：不是污普的普查库（它不是 SQLite 文件）"],
    );
    said(&room.run(&["--lang", "zh", "--db", "new.db", "init", "--area", "999999"]), 3, &["区划表中没有"]);
}

/// Less than the file and what the program needs without it.
const LIMIT: &str = "ulimit -v 420000";

#[test]
fn a_file_of_200_megabytes() {
    let county = County::new("large");
    let path = county.room.path().join("large.csv");
    let head = "单位名称,统一社会信用代码,区划代码,行业代码,备注\n";
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).expect("created"));
    // One row of 200 MB, as a file without line ends is; reading it must not take the machine with it.
    write!(file, "{head}荥阳市某厂,,410182001001,3011,").expect("written");
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..200 {
        file.write_all(&piece).expect("written");
    }
    file.write_all(b"\n").expect("written");
    drop(file);
    county.refused(&["import", "list", "large.csv"], 3, &["large.csv", "line 2", "characters"]);
    // As many bytes in rows of the usual size, half of which go back, are read in little memory.
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).expect("created"));
    file.write_all(head.as_bytes()).expect("written");
    let remark = "说".repeat(6000);
    for n in 0..6_000 {
        writeln!(file, "荥阳市第{n}砖厂,,410182001001,3031,{remark}\n,,410182001001,3031,{remark}").expect("written");
    }
    drop(file);
    assert!(std::fs::metadata(&path).expect("there").len() > 190 << 20);
    let import = ["--json", "import", "list", "large.csv", "--rejected", "back.xlsx"];
    let run = finish(&mut county.room.limited(LIMIT, &import));
    assert_eq!(run.code, 0, "{run:?}");
    let listed = &run.json()["files"][0];
    assert_eq!((number(listed, "rows"), number(listed, "rejected")), (12_000, 6_000));
    assert!(county.room.path().join("back.xlsx").exists());
}

#[test]
fn what_must_be_held_whole_is_not_read_when_it_is_too_large() {
    let county = County::new("whole");
    let room = &county.room;
    // A workbook of 200 MB, of which not a byte is looked at.
    let book = std::fs::File::create(room.path().join("large.xlsx")).expect("created");
    book.set_len(200 << 20).expect("sparse");
    let list = ["import", "list", "large.xlsx"];
    county.refused_under(LIMIT, &list, 3, &["large.xlsx", "200 MB", "CSV UTF-8", "row by row"]);
    room.write("book/G102.xlsx", "");
    std::fs::rename(room.path().join("large.xlsx"), room.path().join("book/G102.xlsx")).expect("moved");
    county.refused_under(LIMIT, &["import", "sheets", "book"], 3, &["G102.xlsx", "200 MB", "row by row"]);
    // All rows of a file under one unit.
    let path = room.path().join("rows/G102.facility.csv");
    room.write("rows/G102.facility.csv", "unit,row\n");
    let mut file = std::io::BufWriter::new(std::fs::File::options().append(true).open(path).expect("opened"));
    let piece = "91410182MA9XULD745,1\n".repeat(50_000);
    for _ in 0..200 {
        file.write_all(piece.as_bytes()).expect("written");
    }
    drop(file);
    let sheets = ["import", "sheets", "rows"];
    county.refused_under(LIMIT, &sheets, 3, &["G102.facility.csv", "more than 20000 rows", "first column"]);
}
