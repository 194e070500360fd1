//! Same inputs, same bytes: whatever the number of threads, whatever the database.

use std::collections::BTreeMap;
use std::path::Path;

use crate::common::{AREA, Room, Schema, command, finish};

/// Name below the folder → bytes.
type Tree = BTreeMap<String, Vec<u8>>;

/// The practice folder and all that is written from it, with so many threads, in the database named.
#[track_caller]
fn pipeline(room: &Room, threads: &str, database: &str) -> Tree {
    let steps: [&[&str]; 11] = [
        &["simulate", "--area", AREA, "--units", "200", "--seed", "3", "--errors"],
        &["init", "--area", AREA, "--simulated"],
        &["import", "list", "practice/base-list.csv", "--rejected", "rejected.xlsx"],
        &["match", "--worklist", "out-pairs.xlsx"],
        &["screen"],
        &["import", "sheets", "practice/sheets"],
        &["check", "--findings", "findings.csv"],
        &["review", "pass", "--to", "county", "--explain", "与单位核实"],
        &["account"],
        &["tabulate"],
        &["report", "--out", "out"],
    ];
    let mut said = String::new();
    for step in steps {
        let run = finish(command(room.path()).args(step).env("RAYON_NUM_THREADS", threads).env("WUPU_DB", database));
        // 1: the planted mistakes were found.
        let expected = i32::from(step[0] == "check");
        assert_eq!(run.code, expected, "wupu {}\n{}{}", step.join(" "), run.out, run.err);
        // Only the place of the census may differ.
        said += &run
            .out
            .lines()
            .map(|line| if line.starts_with("new census ") { "new census\n".to_owned() } else { format!("{line}\n") })
            .collect::<String>();
    }
    // The ids in the census are made from seed, time and command: the derivation must tell the same ones.
    let told = finish(command(room.path()).args(["explain", "--pollutant", "化学需氧量"]).env("WUPU_DB", database));
    assert_eq!(told.code, 0, "{told:?}");
    let mut tree = Tree::from([("what was said".to_owned(), (said + &told.out).into_bytes())]);
    for folder in ["practice", "out"] {
        collect(room.path(), &room.path().join(folder), &mut tree);
    }
    for file in ["findings.csv", "out-pairs.xlsx"] {
        tree.insert(file.to_owned(), std::fs::read(room.path().join(file)).expect(file));
    }
    for folder in ["out/tables", "out/flat", "practice/sheets"] {
        assert!(tree.keys().filter(|name| name.starts_with(folder)).count() > 5, "{folder} is written");
    }
    tree
}

fn collect(root: &Path, folder: &Path, into: &mut Tree) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(root, &path, into);
        } else {
            let name = path.strip_prefix(root).expect("below").display().to_string();
            into.insert(name, std::fs::read(&path).expect("read"));
        }
    }
}

/// Both trees hold the same names and bytes; the first difference is shown.
#[track_caller]
fn check(one: &Tree, other: &Tree) {
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (name, bytes) in one {
        if bytes == &other[name] {
            continue;
        }
        let at = bytes.iter().zip(&other[name]).take_while(|(a, b)| a == b).count();
        let near = |b: &[u8]| String::from_utf8_lossy(&b[at.saturating_sub(80)..b.len().min(at + 80)]).into_owned();
        panic!("{name} differs at byte {at}:\n{}\n{}", near(bytes), near(&other[name]));
    }
}

/// The census is made twice side by side; what each wrote.
#[track_caller]
fn twice(one: (&str, &str), other: (&str, &str)) -> [Tree; 2] {
    let run = |(threads, database): (&str, &str)| pipeline(&Room::new("same-bytes"), threads, database);
    std::thread::scope(|scope| {
        [one, other].map(|how| scope.spawn(move || run(how))).map(|made| made.join().expect("the census is made"))
    })
}

#[test]
fn one_thread_or_two() {
    let [one, two] = twice(("1", "wupu.db"), ("2", "wupu.db"));
    check(&one, &two);
}

/// Runs where `WUPU_TEST_DATABASE` names a server, as `cargo xtask test` does.
#[test]
fn sqlite_or_postgresql() {
    let Some(schema) = Schema::new("same_bytes") else { return };
    let [file, server] = twice(("2", "wupu.db"), ("2", &schema.url));
    check(&file, &server);
}
