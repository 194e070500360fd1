//! Runs the built program as a person would: arguments in; exit code and the texts of both streams out.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use serde_json::Value;

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

    /// Names of the files and folders here, in order.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).expect("a folder").flatten();
        let mut names: Vec<String> = entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Runs the program here.
    #[track_caller]
    pub fn run(&self, args: &[&str]) -> Run {
        finish(&mut self.command(args))
    }

    /// The program, ready to run here.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = command(&self.0);
        command.args(args);
        command
    }

    /// The program, ready to run here with the limits of a shell: `ulimit -v 700000`. What would be written beyond
    /// `ulimit -f` fails, as on a full disk.
    pub fn limited(&self, limits: &str, args: &[&str]) -> Command {
        let mut command = Command::new("sh");
        settle(&mut command, &self.0);
        let line = format!("trap '' XFSZ; {limits} && exec \"$0\" \"$@\"");
        command.args(["-c", &line, env!("CARGO_BIN_EXE_wupu"), "--now", NOW]).args(args).stdin(Stdio::null());
        command
    }

    /// Runs the program here, which must end well; the JSON object it prints.
    #[track_caller]
    pub fn done(&self, args: &[&str]) -> Value {
        self.ended(args, 0)
    }

    /// Runs the program here, which must end with `code`; the JSON object it prints.
    #[track_caller]
    pub fn ended(&self, args: &[&str], code: i32) -> Value {
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

/// A small census with its list and directory, and the sheets of its units not yet imported.
#[derive(Debug)]
pub struct County {
    pub room: Room,
    _origin: Arc<Room>,
}

impl County {
    #[track_caller]
    pub fn new(name: &str) -> County {
        // Made once, copied for each test; gone with the last of them.
        static MADE: Mutex<Weak<Room>> = Mutex::new(Weak::new());
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        let origin = made.upgrade().unwrap_or_else(|| {
            let room = Room::new("county");
            room.done(&["simulate", "--area", AREA, "--units", "30", "--seed", "5"]);
            room.done(&["init", "--area", AREA, "--simulated"]);
            room.done(&["import", "list", "practice/base-list.csv"]);
            room.done(&["screen"]);
            Arc::new(room)
        });
        *made = Arc::downgrade(&origin);
        drop(made);
        let room = Room::new(name);
        copy(origin.path(), room.path());
        County { room, _origin: origin }
    }

    /// Everything that can be seen of the census: its health, its counts, the head of its chain.
    #[track_caller]
    pub fn census(&self) -> Value {
        let health = self.room.done(&["doctor"]);
        assert_eq!(health["problems"], serde_json::json!([]));
        health
    }

    /// Runs a command that must be refused: exit code, every word asked for in the error, the census as it was.
    #[track_caller]
    pub fn refused(&self, args: &[&str], code: i32, words: &[&str]) {
        self.ends(args, self.room.command(args), code, words);
    }

    /// The same with the limits of a shell: `ulimit -f 200`.
    #[track_caller]
    pub fn refused_under(&self, limits: &str, args: &[&str], code: i32, words: &[&str]) {
        self.ends(args, self.room.limited(limits, args), code, words);
    }

    #[track_caller]
    fn ends(&self, args: &[&str], mut command: Command, code: i32, words: &[&str]) {
        let before = self.census();
        said(&finish(&mut command), code, words);
        assert_eq!(self.census(), before, "wupu {} changed the census", args.join(" "));
    }
}

/// Copies a folder and what is below it.
#[track_caller]
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("made");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(&path, &to).expect("copied");
        }
    }
}

/// A run ended so, and every one of these words was said.
#[track_caller]
pub fn said(run: &Run, code: i32, words: &[&str]) {
    assert_eq!(run.code, code, "{run:?}");
    for word in words {
        assert!(run.err.contains(word), "`{word}` is not said:\n{}", run.err);
    }
}

/// A schema of its own on the PostgreSQL server that `WUPU_TEST_DATABASE` names; removed when the test ends.
#[derive(Debug)]
pub struct Schema {
    pub url: String,
    server: String,
    name: String,
}

impl Schema {
    /// `None`, with a word about it, where no server is named.
    #[track_caller]
    pub fn new(name: &str) -> Option<Schema> {
        let Some(server) = std::env::var("WUPU_TEST_DATABASE").ok().filter(|url| url.starts_with("postgres")) else {
            eprintln!("passed over: WUPU_TEST_DATABASE names no PostgreSQL server");
            return None;
        };
        let name = format!("wupu_program_{name}_{}", std::process::id());
        let mut client = postgres::Client::connect(&server, postgres::NoTls).expect("WUPU_TEST_DATABASE answers");
        client.batch_execute(&format!("CREATE SCHEMA {name}")).expect("a schema");
        let join = if server.contains('?') { '&' } else { '?' };
        Some(Schema { url: format!("{server}{join}options=-csearch_path%3D{name}"), server, name })
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        if let Ok(mut client) = postgres::Client::connect(&self.server, postgres::NoTls) {
            let _ = client.batch_execute(&format!("DROP SCHEMA {} CASCADE", self.name));
        }
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
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("no JSON object ({e}):\n{}{}", self.out, self.err))
    }
}

/// The program, ready to run in a folder: English words, a fixed time, ids from a fixed seed.
pub fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wupu"));
    settle(&mut command, folder);
    command.args(["--now", NOW]);
    command
}

/// Gives a command the folder and the environment of a test.
fn settle(command: &mut Command, folder: &Path) {
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
pub fn number(value: &Value, key: &str) -> u64 {
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
