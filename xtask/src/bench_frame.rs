//! `cargo xtask bench frame`: one list for a whole province, handed down to its counties and frozen there, on both
//! databases; every proof is read, and the counts of all offices must make the list.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{postgres, shell};

/// Rows asked for; a county with more rows of villages than villages leaves some out.
const ASKED: &str = "203000";

/// An office: its area, and the one it reports to.
struct Office {
    area: String,
    above: Option<String>,
}

struct Story<'s> {
    wupu: PathBuf,
    folder: PathBuf,
    server: Option<&'s postgres::Server>,
}

pub fn run() -> Result<()> {
    shell::run("build wupu", shell::cargo().args(["build", "--release", "--package", "wupu"]))?;
    let wupu = shell::target().join("release/wupu");
    let base = std::env::temp_dir().join(format!("wupu-bench-frame-{}", std::process::id()));
    let server = postgres::start()?;
    for (name, server) in [("SQLite", None), ("PostgreSQL", Some(&server))] {
        println!("\n== {name}");
        let story = Story { wupu: wupu.clone(), folder: base.join(name), server };
        std::fs::create_dir_all(&story.folder).with_context(|| story.folder.display().to_string())?;
        story.tell()?;
    }
    std::fs::remove_dir_all(&base).ok();
    Ok(())
}

impl Story<'_> {
    fn tell(&self) -> Result<()> {
        self.told("simulate", "410000", &["simulate", "--area", "410000", "--units", ASKED, "--out", "lists"])?;
        let offices = offices()?;
        let begun = Instant::now();
        self.set_up(&offices)?;
        println!("{} offices with keys: {:.0} s", offices.len(), begun.elapsed().as_secs_f64());

        let province = "410000000000";
        let imported = self.told("import list", province, &["import", "list", "lists/base-list.csv"])?;
        let rows = number(&imported["files"][0], "rows");
        println!("  {rows} rows");
        let split = self.told("split", province, &["split", "--out", "down"])?;
        let mut disputed = proof(&split)?;
        println!("  placed: {}; packages: {}; disputed: {disputed}", split["placed"], count(&split["packages"]));

        // Offices with others below them split again; the rest are counties.
        let below = |area: &str| offices.iter().any(|o| o.above.as_deref() == Some(area));
        let (cities, counties): (Vec<&Office>, Vec<&Office>) =
            offices.iter().filter(|o| o.area != province).partition(|o| below(&o.area));
        let begun = Instant::now();
        let city_disputed = each(&cities, |city| {
            self.receive(city, "down")?;
            let split = self.quiet(&city.area, &["split", "--out", "down"])?;
            proof(&split)
        })?;
        disputed += city_disputed.iter().sum::<u64>();
        println!("{} cities received, split and handed down: {:.0} s", cities.len(), begun.elapsed().as_secs_f64());

        let begun = Instant::now();
        let funnels = each(&counties, |county| {
            if !self.receive(county, "down")? {
                return Ok((0, 0, 0));
            }
            let placed = self.quiet(&county.area, &["split"])?;
            proof(&placed)?;
            self.quiet(&county.area, &["match"])?;
            self.quiet(&county.area, &["screen"])?;
            let out = format!("{}.library.wupu", county.area);
            let frozen = self.quiet(&county.area, &["library", "freeze", "--out", &out])?;
            let total = &frozen["funnel"]["total"];
            Ok((number(total, "listed"), number(&frozen, "units"), number(total, "held")))
        })?;
        println!(
            "{} counties received, placed by village, matched, screened and froze: {:.0} s",
            counties.len(),
            begun.elapsed().as_secs_f64()
        );
        let listed: u64 = funnels.iter().map(|f| f.0).sum();
        let units: u64 = funnels.iter().map(|f| f.1).sum();
        let held: u64 = funnels.iter().map(|f| f.2).sum();
        println!("  {rows} = {listed} in counties + {disputed} disputed; {units} units, {held} rows wait for a person");
        if listed + disputed != rows {
            bail!("{} rows are lost or twice", i128::from(rows) - i128::from(listed + disputed));
        }

        let begun = Instant::now();
        for office in &counties {
            let above = office.above.as_deref().context("an office above")?;
            let file = format!("{}.library.wupu", office.area);
            if self.folder.join(&file).exists() {
                self.quiet(above, &["receive", &file])?;
            }
        }
        each(&cities, |city| {
            let out = format!("{}.library.wupu", city.area);
            self.quiet(&city.area, &["library", "freeze", "--out", &out])
        })?;
        for city in &cities {
            self.quiet(province, &["receive", &format!("{}.library.wupu", city.area)])?;
        }
        let frozen = self.told("freeze", province, &["library", "freeze"])?;
        println!("directories up and frozen: {:.0} s", begun.elapsed().as_secs_f64());
        if number(&frozen, "units") != units {
            bail!("{} units in the counties, {} in the province", units, number(&frozen, "units"));
        }
        println!(
            "  province: {units} units of {} offices, hash {}, {} units in two directories",
            number(&frozen, "parts"),
            frozen["hash"].as_str().unwrap_or_default(),
            count(&frozen["twice"])
        );
        Ok(())
    }

    /// Every office with its census and key, and the keys of those it speaks with.
    fn set_up(&self, offices: &[Office]) -> Result<()> {
        let all: Vec<&Office> = offices.iter().collect();
        if let Some(server) = self.server {
            let schemas: Vec<String> = offices.iter().map(|o| format!("CREATE SCHEMA frame_{};", &o.area)).collect();
            server.execute(&schemas.join("\n"))?;
        }
        let keys = each(&all, |office| {
            self.quiet(&office.area, &["init", "--area", &office.area, "--simulated"])?;
            let key = self.quiet(&office.area, &["key", "new"])?;
            Ok((office.area.clone(), key["key"].as_str().unwrap_or_default().to_owned()))
        })?;
        let keys: BTreeMap<String, String> = keys.into_iter().collect();
        each(&all, |office| {
            if let Some(above) = &office.above {
                self.quiet(&office.area, &["key", "trust", above, &keys[above]])?;
            }
            Ok(())
        })?;
        for office in offices {
            if let Some(above) = &office.above {
                self.quiet(above, &["key", "trust", &office.area, &keys[&office.area]])?;
            }
        }
        Ok(())
    }

    /// The office takes the package that was handed down to it, and its receipt goes back. False: there was none.
    fn receive(&self, office: &Office, folder: &str) -> Result<bool> {
        let short = office.area.trim_end_matches("000000");
        let short = if short.len() == 6 && short.ends_with("00") { &short[..4] } else { short };
        let begin = format!("下发-{short}-");
        let found = std::fs::read_dir(self.folder.join(folder))?
            .flatten()
            .map(|e| e.file_name().to_string_lossy().into_owned())
            .find(|name| name.starts_with(&begin));
        let Some(name) = found else { return Ok(false) };
        let receipt = format!("{}.receipt.wupu", office.area);
        self.quiet(&office.area, &["receive", &format!("{folder}/{name}"), "--receipt", &receipt])?;
        let above = office.above.as_deref().context("an office above")?;
        let answer = self.quiet(above, &["receive", &receipt])?;
        if answer["agrees"] != true {
            bail!("the receipt of {} does not agree", office.area);
        }
        Ok(true)
    }

    fn database(&self, area: &str) -> String {
        match self.server {
            None => format!("{area}.db"),
            Some(server) => {
                let join = if server.url().contains('?') { '&' } else { '?' };
                format!("{}{join}options=-csearch_path%3Dframe_{area}", server.url())
            }
        }
    }

    fn command(&self, area: &str, words: &[&str]) -> Command {
        let mut command = Command::new(&self.wupu);
        command
            .current_dir(&self.folder)
            .args(["--json", "--lang", "en", "--now", "2018-02-10T08:00:00Z", "--db", &self.database(area)])
            .args(["--key", &format!("{area}.key")])
            .args(words)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn quiet(&self, area: &str, words: &[&str]) -> Result<Value> {
        let done = self.command(area, words).output().context("wupu does not start")?;
        read(area, words, done.status.code(), &done.stdout, &done.stderr)
    }

    /// Runs a step of its own, and prints its time and the most memory it had.
    fn told(&self, name: &str, area: &str, words: &[&str]) -> Result<Value> {
        let begun = Instant::now();
        let child = self.command(area, words).spawn().context("wupu does not start")?;
        let id = child.id();
        let waiting = std::thread::spawn(move || child.wait_with_output());
        let mut peak = 0;
        while !waiting.is_finished() {
            peak = peak.max(resident(id));
            std::thread::sleep(Duration::from_millis(20));
        }
        let done = waiting.join().map_err(|_| anyhow::anyhow!("the wait for {name} panicked"))??;
        println!("{name:<12} {:>6.1} s, {peak} MB", begun.elapsed().as_secs_f64());
        read(area, words, done.status.code(), &done.stdout, &done.stderr)
    }
}

/// 1 means: done, and something is open. Anything above is a failure.
fn read(area: &str, words: &[&str], code: Option<i32>, out: &[u8], err: &[u8]) -> Result<Value> {
    if !matches!(code, Some(0 | 1)) {
        bail!("{area}: wupu {}: {}{}", words.join(" "), String::from_utf8_lossy(out), String::from_utf8_lossy(err));
    }
    serde_json::from_slice(out).with_context(|| format!("{area}: wupu {}: no JSON object", words.join(" ")))
}

/// The most memory a process has had, in MB.
fn resident(id: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = text.lines().find(|l| l.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// The disputed rows of a split whose proof holds.
fn proof(split: &Value) -> Result<u64> {
    if split["holds"] != true {
        bail!("the proof does not hold: {split}");
    }
    Ok(number(&split["proof"]["disputed"], "rows"))
}

fn number(value: &Value, key: &str) -> u64 {
    value[key].as_u64().unwrap_or_default()
}

fn count(value: &Value) -> usize {
    value.as_array().map_or(0, Vec::len)
}

/// Does the same for every office, two at a time, and gives the answers in their order.
fn each<T: Send>(offices: &[&Office], work: impl Fn(&Office) -> Result<T> + Sync) -> Result<Vec<T>> {
    let next = AtomicUsize::new(0);
    let hand = || -> Result<Vec<(usize, T)>> {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(office) = offices.get(at) else { return Ok(done) };
            done.push((at, work(office)?));
        }
    };
    let mut all = std::thread::scope(|scope| -> Result<Vec<(usize, T)>> {
        let hands = [scope.spawn(hand), scope.spawn(hand)];
        let mut all = Vec::new();
        for hand in hands {
            all.extend(hand.join().unwrap_or_else(|_| bail!("an office panicked"))?);
        }
        Ok(all)
    })?;
    all.sort_by_key(|(at, _)| *at);
    Ok(all.into_iter().map(|(_, done)| done).collect())
}

/// The province, its cities and its counties, from the shipped area table.
fn offices() -> Result<Vec<Office>> {
    let table = shell::root().join("instruments/cn-2017/areas/divisions.csv");
    let text = std::fs::read_to_string(Path::new(&table))?;
    let mut found = Vec::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let (Some(code), Some(kind), Some(reports)) = (cells.first(), cells.get(3), cells.get(5)) else { continue };
        // The container of directly administered counties is no office.
        if *code == "419000000000" || *kind == "容器" {
            continue;
        }
        let above = (!reports.is_empty()).then(|| (*reports).to_owned());
        found.push(Office { area: (*code).to_owned(), above });
    }
    Ok(found)
}
