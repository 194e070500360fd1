//! `cargo xtask bench …`: measurements side by side in one run; never part of the tests.
#![expect(clippy::float_arithmetic, reason = "ratios of measured seconds")]

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell;

pub fn run(words: &[&str]) -> Result<()> {
    match words {
        ["rules"] => rules(),
        ["frame"] => crate::bench_frame::run(),
        ["audit"] => crate::bench_audit::run(),
        ["match"] => crate::bench_match::run(),
        [] => bail!("which bench? rules, match, audit, frame"),
        [other, ..] => bail!("no such bench: {other} (known: rules, match, audit, frame)"),
    }
}

/// Where measurements keep their files, outside the checkout.
fn cache() -> PathBuf {
    std::env::var_os("WUPU_CACHE").map_or_else(
        || std::env::var_os("HOME").map_or_else(|| PathBuf::from("/tmp"), PathBuf::from).join(".cache/wupu"),
        PathBuf::from,
    )
}

/// `wupu-1` and `wupu-2` count violations on one and two threads, as the rivals do; `wupu-2-places` also keeps the
/// place of each and the reason of each row that cannot be computed; `compiled-loop` is written by hand for this workload.
const OURS: [&str; 4] = ["wupu-1", "wupu-2", "wupu-2-places", "compiled-loop"];
const ENGINES: [&str; 7] =
    ["wupu-1", "wupu-2", "wupu-2-places", "compiled-loop", "duckdb-decimal", "duckdb-double", "polars"];

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
    shell::run("write the workload", Command::new(&ours).arg(&folder).arg("write"))?;
    let mut results: Vec<Measured> = Vec::new();
    for round in 1..=ROUNDS {
        println!("== round {round} of {ROUNDS}");
        let mut lines = String::new();
        // Each engine in a process of its own, every round beginning with another: none is always first or last.
        let mut order = ENGINES;
        order.rotate_left(round * 3 % ENGINES.len());
        for engine in order {
            let mut command = if OURS.contains(&engine) { Command::new(&ours) } else { Command::new(&python) };
            if !OURS.contains(&engine) {
                command.arg(&rival);
            }
            lines += &shell::capture(engine, command.arg(&folder).arg(engine))?;
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
    println!("\nmedians of CPU seconds and their ratio to DuckDB's DECIMAL run (lowest and highest in brackets)");
    let base = median("duckdb-decimal", |m| m.cpu);
    for engine in ENGINES {
        let (cpu, wall) = (median(engine, |m| m.cpu), median(engine, |m| m.wall));
        let all = results.iter().filter(|r| r.engine == engine).map(|r| r.cpu);
        let (low, high) = all.fold((f64::INFINITY, 0.0f64), |(l, h), c| (l.min(c), h.max(c)));
        let sample = results.iter().find(|r| r.engine == engine).context("an engine gave no result")?;
        let differ = sample.violations.iter().zip(&exact.violations).filter(|(a, b)| a != b).count();
        let total: u64 = sample.violations.iter().sum();
        println!(
            "{engine:<15} CPU {cpu:>7.3} s ({low:.2}-{high:.2}) {:>6.3}x   wall {wall:>7.3} s   {total} violations, {differ} rules differ",
            cpu / base
        );
    }
    for ours in results.iter().filter(|r| OURS.contains(&r.engine.as_str())) {
        if ours.violations != exact.violations {
            bail!("violations of {} differ from DuckDB's DECIMAL run", ours.engine);
        }
    }
    let ours = results.iter().find(|r| r.engine == "wupu-1").context("wupu gave no result")?;
    println!("violations equal DuckDB's DECIMAL run in all {} rules", ours.violations.len());
    Ok(())
}

/// A Python with the rivals, made once.
fn rivals() -> Result<PathBuf> {
    let probe = "import duckdb, polars; assert duckdb.__version__ == '2.0.0' and polars.__version__.startswith('2.1')";
    python(Path::new("bench-venv"), probe, &["duckdb==2.0.0", "polars==2.1.*", "pyarrow", "numpy"])
}

/// A Python with some packages in a folder of its own, made when `probe` does not run there.
pub fn python(name: &Path, probe: &str, packages: &[&str]) -> Result<PathBuf> {
    let folder = cache().join(name);
    let python = folder.join("bin/python");
    let ready = || Command::new(&python).args(["-c", probe]).status().is_ok_and(|s| s.success());
    if !ready() {
        shell::run("a Python for the rivals", Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        let mut pip = Command::new(folder.join("bin/pip"));
        shell::run("the rivals' packages", pip.args(["install", "--quiet"]).args(packages))?;
        if !ready() {
            bail!("this bench needs {}", packages.join(", "));
        }
    }
    Ok(python)
}
