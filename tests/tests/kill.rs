//! A process that writes sheets is killed at fifty random instants; nothing it acknowledged is lost.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use store::Store;
use stories::{Database, create, ids};

/// Steele and Vigna's SplitMix64, so that the instants are the same in every run.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[test]
fn fifty_kills_lose_nothing_that_was_acknowledged() {
    let database = Database::new("kill");
    if !database.is_file() {
        // Killing a client says nothing about a server's disk.
        return;
    }
    drop(create(&database, &mut ids()));
    let mut chance = 2017;
    let mut acknowledged = 0;
    for round in 0..50 {
        let mut writer = Command::new(env!("CARGO_BIN_EXE_writer"))
            .args([&database.url, &round.to_string()])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the writer starts");
        let lines = BufReader::new(writer.stdout.take().expect("its output"));
        // Counted from the first acknowledged sheet, so that the kill falls among writes, not before them.
        let after = Duration::from_micros(next(&mut chance) % 150_000);
        let mut safe = Vec::new();
        let mut since = None;
        for line in lines.lines() {
            safe.push(line.expect("text"));
            let begun = *since.get_or_insert_with(Instant::now);
            if begun.elapsed() >= after {
                writer.kill().expect("killed");
            }
        }
        writer.wait().expect("ended");

        let mut store = Store::open(&database.url).expect("the file opens");
        for id in &safe {
            // The last line may have been cut in the middle of being said; then it was not acknowledged.
            if id.len() == 36 {
                acknowledged += 1;
                assert!(store.read().revision(id).expect("readable").is_some(), "round {round}: {id} is lost");
            }
        }
        let verified = store.verify().expect("verifies");
        assert!(verified.problems.is_empty(), "round {round}: {:?}", verified.problems);
        // Two revisions and a unit belong together: none without the others.
        assert_eq!(verified.rows["revision"], 2 * verified.rows["unit"], "round {round}");
        assert_eq!(verified.rows["sheet"], verified.rows["unit"], "round {round}");
    }
    assert!(acknowledged >= 50, "only {acknowledged} sheets were written in fifty rounds");
}
