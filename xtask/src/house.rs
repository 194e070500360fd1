//! Tests of the house itself: edges between crates, words in the wrong room, files grown too long.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::shell;

/// Which crates of the house a crate may name in its manifest. The drawing is in ARCHITECTURE.md.
const EDGES: [(&str, &[&str]); 10] = [
    ("expr", &[]),
    ("instrument", &["expr"]),
    ("census", &["expr", "instrument"]),
    ("store", &["expr", "instrument", "census"]),
    ("report", &["expr", "instrument", "census"]),
    ("engine", &["expr", "instrument", "census"]),
    ("work", &["expr", "instrument", "census", "store", "report"]),
    ("server", &["expr", "instrument", "census", "store", "report", "work"]),
    ("wupu", &["expr", "instrument", "census", "store", "report", "work", "server"]),
    ("stories", &["expr", "instrument", "census", "store", "report", "work", "server"]),
];

/// Files longer than 600 lines, each with its reason.
const LONG: [(&str, &str); 1] =
    [("crates/census/src/review/step.rs", "one state machine: every event beside the others it excludes")];

fn manifests() -> Vec<PathBuf> {
    let root = shell::root();
    let mut found: Vec<PathBuf> = ["tests/Cargo.toml", "web/engine/Cargo.toml"].iter().map(|p| root.join(p)).collect();
    for entry in std::fs::read_dir(root.join("crates")).expect("crates/ is there") {
        found.push(entry.expect("readable").path().join("Cargo.toml"));
    }
    found.retain(|p| p.exists());
    found.sort();
    found
}

#[test]
fn manifests_have_only_the_allowed_edges() {
    let allowed: BTreeMap<&str, BTreeSet<&str>> =
        EDGES.iter().map(|(name, to)| (*name, to.iter().copied().collect())).collect();
    for path in manifests() {
        let text = std::fs::read_to_string(&path).expect("readable manifest");
        let manifest: toml::Table = text.parse().unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let name = manifest["package"]["name"].as_str().expect("a package has a name").to_owned();
        let may = allowed.get(name.as_str()).unwrap_or_else(|| panic!("{name} is not in the house's drawing"));
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(table) = manifest.get(section).and_then(toml::Value::as_table) else { continue };
            for used in table.keys().filter(|k| allowed.contains_key(k.as_str())) {
                assert!(may.contains(used.as_str()), "{}: {name} must not use {used}", path.display());
            }
        }
    }
}

/// Rust sources of the product, tests included, as (path from the root, text).
fn sources(under: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                if path.file_name().is_some_and(|n| n != "target") {
                    walk(&path, found);
                }
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    let root = shell::root();
    let mut found = Vec::new();
    walk(&root.join(under), &mut found);
    found.sort();
    found
        .into_iter()
        .map(|p| {
            let name = p.strip_prefix(&root).expect("under the root").display().to_string();
            (name, std::fs::read_to_string(&p).expect("readable source"))
        })
        .collect()
}

#[test]
fn only_the_store_speaks_sql() {
    // Tests of the program may look into a census from outside.
    let outside = |name: &str| name.starts_with("crates/store/") || name.contains("/tests/");
    for (name, text) in sources("crates").into_iter().filter(|(n, _)| !outside(n)) {
        for (at, line) in text.lines().enumerate() {
            let sql = ["\"SELECT ", "\"INSERT INTO ", "\"UPDATE ", "\"DELETE FROM "].iter().any(|w| line.contains(w));
            assert!(!sql, "{name}:{}: SQL belongs to crates/store", at + 1);
        }
    }
}

#[test]
fn the_exact_core_has_no_binary_floats() {
    for room in ["crates/expr/src", "crates/instrument/src", "crates/census/src"] {
        // Chances of two rows being one unit are learned in binary floats; they leave as whole thousandths of a bit.
        for (name, text) in sources(room).into_iter().filter(|(n, _)| n != "crates/census/src/matching/learn.rs") {
            for (at, line) in text.lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                let float = code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|w| w == "f64" || w == "f32");
                assert!(!float, "{name}:{}: no binary floats on the path of a rule or a figure", at + 1);
            }
        }
    }
}

#[test]
fn the_pure_crates_read_no_clock_and_no_chance() {
    for room in ["crates/expr/src", "crates/instrument/src", "crates/census/src"] {
        for (name, text) in sources(room) {
            for (at, line) in text.lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                let impure = ["SystemTime", "Instant::now", "rand::", "thread_rng"].iter().any(|w| code.contains(w));
                assert!(!impure, "{name}:{}: clock and chance are arguments", at + 1);
            }
        }
    }
}

#[test]
fn a_source_file_is_a_page() {
    for under in ["crates", "xtask", "web/engine", "tests"] {
        for (name, text) in sources(under) {
            let lines = text.lines().count();
            let excused = LONG.iter().any(|(n, reason)| *n == name && !reason.is_empty());
            assert!(lines <= 600 || excused, "{name} has {lines} lines: cut it, or give a reason in LONG");
        }
    }
}
