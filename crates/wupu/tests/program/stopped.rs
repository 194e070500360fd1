//! A long import that is stopped or killed leaves nothing behind.

use std::fmt::Write as _;
use std::process::{Command, Stdio};

use crate::common::{AREA, Room, number};

/// Starts the import of a list and sends a signal once rows have reached the disk; the exit code and the words.
#[track_caller]
fn signalled(room: &Room, signal: &str) -> (Option<i32>, String) {
    let mut import = room.command(&["import", "list", "long.csv"]);
    let mut child = import.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("starts");
    let log = room.path().join("wupu.db-wal");
    while std::fs::metadata(&log).map_or(0, |m| m.len()) < 4 << 20 {
        assert_eq!(child.try_wait().expect("asked"), None, "the import ended before it could be stopped");
        std::thread::yield_now();
    }
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill runs");
    assert!(sent.success());
    let ended = child.wait_with_output().expect("ended");
    (ended.status.code(), String::from_utf8_lossy(&ended.stderr).into_owned())
}

#[cfg(unix)]
#[test]
fn a_stopped_or_killed_import_leaves_nothing_behind() {
    let room = Room::new("stopped");
    room.done(&["init", "--area", AREA, "--simulated"]);
    // Long rows, so that they reach the disk long before the end.
    let (mut list, remark) = ("单位名称,普查小区代码,备注\n".to_owned(), "说".repeat(800));
    for at in 0..40_000 {
        let _ = writeln!(list, "荥阳市第{at}机械厂,410182001001,{remark}");
    }
    room.write("long.csv", list);
    let before = room.done(&["doctor"]);
    let (code, words) = signalled(&room, "-INT");
    assert_eq!(code, Some(130), "{words}");
    assert!(words.contains("stopped; nothing was changed"), "{words}");
    assert_eq!(room.done(&["doctor"]), before);
    let (code, _) = signalled(&room, "-KILL");
    assert_eq!(code, None, "a killed program has no exit code");
    assert_eq!(room.done(&["doctor"]), before);
    // Begun again, it goes through.
    let imported = room.done(&["import", "list", "long.csv"]);
    assert_eq!(number(&imported["files"][0], "rows"), 40_000);
}
