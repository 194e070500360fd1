//! Runs the built program as a person would: arguments in; exit code and the texts of both streams out.

// Each test file is a program of its own and uses a part of this.
#![allow(dead_code, reason = "every test file compiles this module and uses a part of it")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// When everything happens.
pub const NOW: &str = "2018-11-30T08:00:00Z";

/// The pilot county: 荥阳市.
pub const AREA: &str = "410182";

/// A folder of a test's own, removed with all it holds when the test ends.
#[derive(Debug)]
pub struct Room(PathBuf);

impl Room {
    #[track_caller]
    pub fn new(name: &str) -> Room {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let at = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("wupu-program-{name}-{}-{at}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Room(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file of the room, and its folders.
    #[track_caller]
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(path, bytes).expect("written");
    }

    /// A text file of the room, without the byte order mark.
    #[track_caller]
    pub fn text(&self, name: &str) -> String {
        let path = self.0.join(name);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        text.trim_start_matches('\u{feff}').to_owned()
    }

    /// Runs the program here.
    #[track_caller]
    pub fn run(&self, args: &[&str]) -> Run {
        run(args, &self.0)
    }

    /// Runs the program here, which must end well; the JSON object it prints.
    #[track_caller]
    pub fn done(&self, args: &[&str]) -> serde_json::Value {
        self.ended(args, 0)
    }

    /// Runs the program here, which must end with `code`; the JSON object it prints.
    #[track_caller]
    pub fn ended(&self, args: &[&str], code: i32) -> serde_json::Value {
        let run = self.run(&[&["--json"], args].concat());
        assert_eq!(run.code, code, "wupu {}\n{}{}", args.join(" "), run.out, run.err);
        run.json()
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// How a run of the program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The exit code; -1 when a signal ended it.
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Run {
    /// The JSON object printed.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("no JSON object ({e}):\n{}{}", self.out, self.err))
    }
}

/// Runs the program in a folder: English words, a fixed time, ids from a fixed seed.
#[track_caller]
pub fn run(args: &[&str], folder: &Path) -> Run {
    finish(command(folder).args(args))
}

/// The program, ready to run in a folder; arguments may be added.
pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wupu"));
    settle(&mut command, folder);
    command.args(["--now", NOW]);
    command
}

/// Gives a command the folder and the environment of a test.
pub fn settle(command: &mut Command, folder: &Path) {
    command.current_dir(folder);
    for name in ["LC_ALL", "LC_MESSAGES", "WUPU_DB", "WUPU_INSTRUMENT", "WUPU_ACTOR"] {
        command.env_remove(name);
    }
    command.env("LANG", "en_US.UTF-8").env("WUPU_IDS", "test");
}

/// Runs a command to its end.
#[track_caller]
pub fn finish(command: &mut Command) -> Run {
    let output = command.output().expect("the program starts");
    Run {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// The number under a key of a JSON object.
#[track_caller]
pub fn number(value: &serde_json::Value, key: &str) -> u64 {
    value[key].as_u64().unwrap_or_else(|| panic!("no number {key} in {value}"))
}

/// The rows of a text with quoted cells, headings first; no cell of these holds a break.
pub fn cells(text: &str) -> Vec<Vec<String>> {
    let row = |line: &str| {
        let mut cells = vec![String::new()];
        let mut quoted = false;
        let mut letters = line.chars().peekable();
        while let Some(letter) = letters.next() {
            let cell = cells.last_mut().expect("one at least");
            match letter {
                '"' if quoted && letters.peek() == Some(&'"') => cell.extend(letters.next()),
                '"' => quoted = !quoted,
                ',' if !quoted => cells.push(String::new()),
                other => cell.push(other),
            }
        }
        cells
    };
    text.lines().map(row).collect()
}
