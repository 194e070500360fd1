//! `cargo xtask bench audit`: a simulated province, checked with all rules from the store and from files.
#![expect(clippy::float_arithmetic, reason = "rates of measured seconds")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::shell;

/// Units a county: 200,000 in the 157 counties. An industrial unit has seven sheets on average, so these are the
/// 1.4 million sheets of 140,000 units with ten.
const LISTED: &str = "1274";
const ROUNDS: usize = 2;

pub fn run() -> Result<()> {
    shell::run("build wupu", shell::cargo().args(["build", "--release", "--package", "wupu"]))?;
    let wupu = shell::target().join("release/wupu");
    let folder = std::env::temp_dir().join(format!("wupu-bench-audit-{}", std::process::id()));
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    instrument(&folder)?;
    let counties = counties()?;
    let begun = Instant::now();
    simulate(&wupu, &folder, &counties)?;
    merge(&folder, &counties)?;
    println!("== simulated {} counties: {:.0} s", counties.len(), begun.elapsed().as_secs_f64());
    println!("{}", machine());

    let lists: Vec<String> = counties.iter().map(|c| format!("{c}/base-list.csv")).collect();
    let mut import = vec!["import", "list"];
    import.extend(lists.iter().map(String::as_str));
    for step in
        [&["init", "--area", "410000", "--simulated"][..], &import, &["screen"], &["import", "sheets", "sheets"]]
    {
        let begun = Instant::now();
        let done = wupu_json(&wupu, &folder, step)?.0;
        let short = done.to_string().chars().take(200).collect::<String>();
        println!("{:<14} {:>7.1} s  {short}", step[..2.min(step.len())].join(" "), begun.elapsed().as_secs_f64());
    }
    let mut outcomes: Vec<Value> = Vec::new();
    for round in 1..=ROUNDS {
        for (name, step) in [("store", &["check", "--times"][..]), ("files", &["check", "--times", "--data", "sheets"])]
        {
            let begun = Instant::now();
            let (found, times) = wupu_json(&wupu, &folder, step)?;
            let wall = begun.elapsed().as_secs_f64();
            let evaluations: u64 =
                ["pass", "fail", "not_applicable", "not_computable"].iter().filter_map(|k| found[*k].as_u64()).sum();
            let ms = |what: &str| times[what].as_f64().unwrap_or(0.0);
            println!(
                "round {round} {name}: {wall:.1} s wall (reading {:.1}, checking {:.1}, keeping {:.1}), CPU {:.1} s, peak {} MB, \
                 {} units, {evaluations} evaluations, {:.2} million a second of checking, {:.2} million a CPU second in all",
                ms("reading") / 1e3,
                ms("checking") / 1e3,
                ms("keeping") / 1e3,
                ms("cpu") / 1e3,
                times["peak_mb"],
                found["units"],
                evaluations as f64 / ms("checking").max(1.0) / 1e3,
                evaluations as f64 / ms("cpu").max(1.0) / 1e3,
            );
            outcomes.push(found);
        }
    }
    compare(&outcomes[0], &outcomes[1])?;
    if outcomes[0] != outcomes[2] || outcomes[1] != outcomes[3] {
        bail!("two rounds differ");
    }
    let one = counties.first().context("no county")?;
    let sheets = format!("{one}/sheets");
    let times = wupu_json(&wupu, &folder, &["check", "--times", "--data", &sheets])?.1;
    println!("one county from files, rule set loaded: {times}");
    std::fs::remove_dir_all(&folder).ok();
    Ok(())
}

/// The shipped instrument, with a practice population of industrial units in scope alone.
fn instrument(folder: &Path) -> Result<()> {
    let to = folder.join("instrument");
    let copy = Command::new("cp").arg("-r").arg(shell::root().join("instruments/cn-2017")).arg(&to).status()?;
    if !copy.success() {
        bail!("the instrument was not copied");
    }
    let path = to.join("practice/population.toml");
    let (mut part, mut lines) = (String::new(), Vec::new());
    for line in std::fs::read_to_string(&path)?.lines() {
        if line.starts_with('[') {
            part = line.split_inclusive(']').take_while(|t| t.ends_with(']')).collect();
        }
        let key = line.split('=').next().unwrap_or_default().trim();
        match (part.as_str(), key) {
            ("[fate]", key) if !key.is_empty() && !key.starts_with(['[', '#']) => {
                lines.push(format!("{key} = {}", if key == "in_scope" { 100 } else { 0 }));
            }
            ("[[kind]]", "respondent") => {
                let word = if line.contains("\"industrial\"") { "industrial" } else { "other" };
                word.clone_into(&mut part);
                lines.push(line.to_owned());
            }
            ("industrial", "share") => lines.push("share = 100".to_owned()),
            ("other", "share") => lines.push("share = 0".to_owned()),
            _ => lines.push(line.to_owned()),
        }
    }
    std::fs::write(&path, lines.join("\n")).with_context(|| path.display().to_string())
}

/// Six-digit codes of the shipped counties that have villages.
fn counties() -> Result<Vec<String>> {
    let areas = shell::root().join("instruments/cn-2017/areas");
    let villages = std::fs::read_to_string(areas.join("villages.csv"))?;
    let mut codes: Vec<String> =
        villages.lines().filter_map(|l| l.get(..6)).filter(|c| c.starts_with("41")).map(str::to_owned).collect();
    codes.sort_unstable();
    codes.dedup();
    let divisions = std::fs::read_to_string(areas.join("divisions.csv"))?;
    codes.retain(|c| divisions.lines().any(|l| l.starts_with(&format!("{c}000000,")) && l.contains(",county,")));
    Ok(codes)
}

/// Two counties at a time.
fn simulate(wupu: &Path, folder: &Path, counties: &[String]) -> Result<()> {
    let next = AtomicUsize::new(0);
    let work = || -> Result<()> {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(county) = counties.get(at) else { return Ok(()) };
            let seed = (2017 + at).to_string();
            wupu_json(
                wupu,
                folder,
                &["simulate", "--area", county, "--units", LISTED, "--seed", &seed, "--out", county],
            )?;
        }
    };
    std::thread::scope(|scope| {
        let hands = [scope.spawn(work), scope.spawn(work)];
        hands.into_iter().try_for_each(|h| h.join().unwrap_or_else(|_| bail!("a simulation panicked")))
    })
}

/// One folder of sheets for the province: the rows of every county, in the order of units.
fn merge(folder: &Path, counties: &[String]) -> Result<()> {
    let mut files: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for county in counties {
        for entry in std::fs::read_dir(folder.join(county).join("sheets"))?.flatten() {
            files.entry(entry.file_name().to_string_lossy().into_owned()).or_default().push(entry.path());
        }
    }
    std::fs::create_dir_all(folder.join("sheets"))?;
    for (name, paths) in files {
        let mut head = String::new();
        let mut rows: Vec<String> = Vec::new();
        for path in paths {
            let text = std::fs::read_to_string(&path)?;
            let mut lines = text.lines();
            head = lines.by_ref().take(2).collect::<Vec<_>>().join("\r\n");
            rows.extend(lines.map(str::to_owned));
        }
        rows.sort_by(|a, b| a.split(',').next().cmp(&b.split(',').next()));
        std::fs::write(folder.join("sheets").join(name), format!("{head}\r\n{}\r\n", rows.join("\r\n")))?;
    }
    Ok(())
}

/// Runs the program; what it printed, and its times.
fn wupu_json(wupu: &Path, folder: &Path, words: &[&str]) -> Result<(Value, Value)> {
    let mut command = Command::new(wupu);
    command
        .current_dir(folder)
        .args(["--json", "--lang", "en", "--now", "2018-11-30T08:00:00Z", "--instrument", "instrument"])
        .args(words);
    let Output { status, stdout, stderr } = command.output().context("wupu does not start")?;
    let told = String::from_utf8_lossy(&stderr).into_owned();
    // 1 means: done, and something was found.
    if !matches!(status.code(), Some(0 | 1)) {
        bail!("wupu {} ended with {status}: {}{told}", words[0], String::from_utf8_lossy(&stdout));
    }
    let times = told.lines().filter_map(|l| serde_json::from_str(l).ok()).next_back().unwrap_or(Value::Null);
    Ok((serde_json::from_slice(&stdout).context("no JSON object")?, times))
}

/// Rule by rule, what was found from the store and from the files.
fn compare(store: &Value, files: &Value) -> Result<()> {
    let rules = |v: &Value| v["rules"].as_object().cloned().unwrap_or_default();
    let (one, other) = (rules(store), rules(files));
    // Units of the directory that handed in nothing are known to the store alone: what is due of them is counted there.
    let due = "R-FORM";
    let differ: Vec<&String> = one.keys().filter(|r| *r != due && one.get(*r) != other.get(*r)).collect();
    if differ.is_empty() && one.len() == other.len() {
        println!("store and files agree on all {} rules; forms due: {} and {}", one.len(), one[due], other[due]);
        return Ok(());
    }
    for rule in differ.iter().take(20) {
        println!("{rule}: store {} files {}", one[*rule], other.get(*rule).unwrap_or(&Value::Null));
    }
    bail!("{} rules differ between store and files", differ.len())
}

/// What the figures were measured on.
fn machine() -> String {
    let line = |file: &str, key: &str| {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        text.lines()
            .find(|l| l.starts_with(key))
            .map_or_else(String::new, |l| l.split(':').nth(1).unwrap_or("").trim().to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    format!("machine: {}, {cores} cores, {}", line("/proc/cpuinfo", "model name"), line("/proc/meminfo", "MemTotal"))
}
