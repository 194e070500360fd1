//! `cargo xtask bench match`: finding the rows of one unit, against splink on the same rows in the same run.
#![expect(clippy::float_arithmetic, reason = "intervals and ratios of measured figures")]

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::{bench, shell};

/// Rows and seed of the generated list. The seed is held out: weights, words and blocks were tried with seed 7.
const ROWS: &str = "1000000";
const SEED: &str = "20271231";
const SETS: [&str; 5] = ["febrl1", "febrl2", "febrl3", "febrl4", "chinese"];

pub fn run() -> Result<()> {
    let python = rivals()?;
    let folder = std::env::temp_dir().join(format!("wupu-bench-match-{}", std::process::id()));
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    shell::run(
        "build the match bench",
        shell::cargo().args(["build", "--release", "--package", "census", "--example", "match_bench"]),
    )?;
    let ours = shell::target().join("release/examples/match_bench");
    let rival = shell::root().join("xtask/bench/match_rivals.py");
    shell::run("the public sets", Command::new(&python).arg(&rival).arg("export").arg(&folder))?;
    let list = folder.join("chinese.csv");
    shell::run("the generated list", Command::new(&ours).arg("write").arg(&list).args([ROWS, SEED]))?;
    println!("\n{HEAD}");
    for set in SETS {
        let model =
            if set == "chinese" { "instruments/cn-2017/matching/model.toml" } else { "xtask/bench/match_febrl.toml" };
        let file = folder.join(format!("{set}.csv"));
        let mut command = Command::new(&ours);
        report(set, &shell::capture("wupu", command.arg("run").arg(&file).arg(shell::root().join(model)))?)?;
        let mut command = Command::new(&python);
        report(set, &shell::capture("splink", command.arg(&rival).arg(&folder).args([set, "splink"]))?)?;
    }
    std::fs::remove_dir_all(&folder).ok();
    Ok(())
}

const HEAD: &str = "set       engine          rows  true pairs  recall of blocks  precision  recall  F1 at 1/2 (95 %)         \
                    best F1   CPU s   wall s    MB";

/// Prints the line of one run.
fn report(set: &str, output: &str) -> Result<()> {
    let line = output.lines().find(|l| l.starts_with('{')).context("the engine printed no result")?;
    let found: Value = serde_json::from_str(line).with_context(|| format!("not a result: {line}"))?;
    let number = |pointer: &str| found.pointer(pointer).and_then(Value::as_f64).unwrap_or(f64::NAN);
    let first = |a: &str, b: &str| if number(a).is_nan() { number(b) } else { number(a) };
    let (precision, recall) = (first("/precision", "/at_half/precision"), first("/recall", "/at_half/recall"));
    let (f1, pairs) = (first("/f1", "/at_half/f1"), number("/true_pairs"));
    let [low, high] = interval(precision, recall, pairs);
    println!(
        "{set:<9} {:<12} {:>8}  {pairs:>10}  {:>16.4}  {precision:>9.4}  {recall:>6.4}  {f1:.4} ({low:.4}-{high:.4})  {:>9.4} {:>7.2} {:>8.2} {:>5.0}",
        found["engine"].as_str().unwrap_or("?"),
        number("/rows"),
        first("/blocking_recall", "/blocking_keeps"),
        first("/best_f1", "/best/f1"),
        number("/cpu"),
        number("/wall"),
        first("/memory_mb", "/peak_mb"),
    );
    Ok(())
}

/// 95 % interval of F1 from the counts it is made of: F1 = 2·right / (said + true), right being binomial in their mean.
fn interval(precision: f64, recall: f64, true_pairs: f64) -> [f64; 2] {
    let right = recall * true_pairs;
    let said = if precision > 0.0 { right / precision } else { 0.0 };
    let n = f64::midpoint(said, true_pairs).max(1.0);
    let (p, z) = (right / n, 1.959_964);
    // Wilson's interval: sound at shares near one.
    let middle = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).max(0.0).sqrt();
    [(middle - half).max(0.0), (middle + half).min(1.0)]
}

/// A Python with splink and the public sets, made once.
fn rivals() -> Result<PathBuf> {
    let probe = "import splink, recordlinkage; assert splink.__version__ == '5.0.0'";
    let packages = ["splink==5.0.0", "duckdb==2.0.0", "recordlinkage==0.16"];
    bench::python(Path::new("match-venv"), probe, &packages)
}
