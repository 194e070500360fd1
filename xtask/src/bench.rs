//! `cargo xtask bench …`: measurements side by side in one run; never part of the tests.
#![expect(clippy::float_arithmetic, reason = "ratios of measured seconds")]

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell;

pub fn run(words: &[&str]) -> Result<()> {
    match words {
        ["rules"] => rules(),
        [] => bail!("which bench? rules"),
        [other, ..] => bail!("no such bench: {other} (known: rules)"),
    }
}

/// Where measurements keep their files, outside the checkout.
fn cache() -> PathBuf {
    std::env::var_os("WUPU_CACHE").map_or_else(
        || std::env::var_os("HOME").map_or_else(|| PathBuf::from("/tmp"), PathBuf::from).join(".cache/wupu"),
        PathBuf::from,
    )
}

/// 100 rules over 2 million units: this language, DuckDB 2.0.0 and Polars 2.1, on the same data, in turn.
fn rules() -> Result<()> {
    const ROUNDS: usize = 3;
    let python = rivals()?;
    let folder = std::env::temp_dir().join(format!("wupu-bench-rules-{}", std::process::id()));
    shell::run(
        "build the rules bench",
        shell::cargo().args(["build", "--release", "--package", "expr", "--example", "rules_bench"]),
    )?;
    let ours = shell::target().join("release/examples/rules_bench");
    let rival = shell::root().join("xtask/bench/rules_rivals.py");
    let mut results: Vec<Measured> = Vec::new();
    for round in 1..=ROUNDS {
        println!("== round {round} of {ROUNDS}");
        let mut lines = shell::capture("wupu", Command::new(&ours).arg(&folder))?;
        for engine in ["duckdb-decimal", "duckdb-double", "polars"] {
            let mut other = Command::new(&python);
            lines += &shell::capture(engine, other.arg(&rival).arg(&folder).arg(engine))?;
        }
        for line in lines.lines().filter(|l| l.starts_with('{')) {
            let measured = Measured::read(line).with_context(|| format!("not a result: {line}"))?;
            println!("{:<18} CPU {:>7.3} s   wall {:>7.3} s", measured.engine, measured.cpu, measured.wall);
            results.push(measured);
        }
    }
    std::fs::remove_dir_all(&folder).ok();
    summary(&results)
}

struct Measured {
    engine: String,
    cpu: f64,
    wall: f64,
    violations: Vec<u64>,
}

impl Measured {
    /// Reads one line that a bench printed.
    fn read(line: &str) -> Option<Measured> {
        let field = |name: &str| {
            let rest = line.split_once(&format!("\"{name}\": "))?.1;
            Some(rest.split([',', '}']).next()?.trim().trim_matches('"').to_owned())
        };
        let list = line.split_once('[')?.1.split_once(']')?.0;
        Some(Measured {
            engine: field("engine")?,
            cpu: field("cpu")?.parse().ok()?,
            wall: field("wall")?.parse().ok()?,
            violations: list.split(", ").map(str::parse).collect::<Result<_, _>>().ok()?,
        })
    }
}

fn summary(results: &[Measured]) -> Result<()> {
    let median = |engine: &str, figure: fn(&Measured) -> f64| {
        let mut values: Vec<f64> = results.iter().filter(|r| r.engine == engine).map(figure).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
    };
    let exact = results.iter().find(|r| r.engine == "duckdb-decimal").context("DuckDB gave no result")?;
    println!("\nmedians, and ratios to wupu on one thread (CPU)");
    let base = median("wupu-1-threads", |m| m.cpu);
    for engine in ["wupu-1-threads", "wupu-2-threads", "duckdb-decimal", "duckdb-double", "polars"] {
        let (cpu, wall) = (median(engine, |m| m.cpu), median(engine, |m| m.wall));
        let sample = results.iter().find(|r| r.engine == engine).context("an engine gave no result")?;
        let differ = sample.violations.iter().zip(&exact.violations).filter(|(a, b)| a != b).count();
        let total: u64 = sample.violations.iter().sum();
        println!(
            "{engine:<18} CPU {cpu:>7.3} s ({:>6.2}x)   wall {wall:>7.3} s   {total} violations, {differ} rules differ from exact",
            cpu / base
        );
    }
    let ours = results.iter().find(|r| r.engine == "wupu-1-threads").context("wupu gave no result")?;
    if ours.violations != exact.violations {
        bail!("violations differ from DuckDB's DECIMAL run");
    }
    println!("violations equal DuckDB's DECIMAL run in all {} rules", ours.violations.len());
    Ok(())
}

/// A Python with the rivals, made once.
fn rivals() -> Result<PathBuf> {
    let folder = cache().join("bench-venv");
    let python = folder.join("bin/python");
    let probe = "import duckdb, polars; assert duckdb.__version__ == '2.0.0' and polars.__version__.startswith('2.1')";
    let ready = || Command::new(&python).args(["-c", probe]).status().is_ok_and(|s| s.success());
    if !ready() {
        shell::run("a Python for the rivals", Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        let packages = ["install", "--quiet", "duckdb==2.0.0", "polars==2.1.*", "pyarrow", "numpy"];
        shell::run("DuckDB and Polars", Command::new(folder.join("bin/pip")).args(packages))?;
        if !ready() {
            bail!("DuckDB 2.0.0 and Polars 2.1 are needed for this bench");
        }
    }
    Ok(python)
}
