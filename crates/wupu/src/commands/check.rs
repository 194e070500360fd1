//! Checking: all rules over the census, or over a folder of files.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use census::check::{self, Checked, Checker};
use census::finding::FindingGrade;
use census::sheet::UnitSheets;
use expr::Counts;
use instrument::model::Instrument;
use report::write::{FlatTable, Heading, xlsx_bytes};
use work::check::{PART, counts_json};
use work::{Progress, Watch};

use super::print_json;
use crate::arguments::{Arguments, Check};
use crate::ending::{BadInput, Ending};
use crate::office::{self, Office};
use crate::{output, progress, said, say, stop};

/// Where the time of a run goes, told on the error stream when asked for.
struct Times {
    wanted: bool,
    since: std::time::Instant,
    spent: BTreeMap<&'static str, std::time::Duration>,
}

impl Times {
    fn new(wanted: bool) -> Times {
        Times { wanted, since: std::time::Instant::now(), spent: BTreeMap::new() }
    }

    /// What went by since the last lap was spent on this.
    fn lap(&mut self, what: &'static str) {
        let now = std::time::Instant::now();
        *self.spent.entry(what).or_default() += now - self.since;
        self.since = now;
    }

    fn tell(&self) {
        if self.wanted {
            let mut told: Vec<String> =
                self.spent.iter().map(|(what, t)| format!("\"{what}\": {}", t.as_millis())).collect();
            told.push(format!("\"cpu\": {}, \"peak_mb\": {}", cpu_milliseconds(), peak_memory() / 1024));
            eprintln!("{{{}}}", told.join(", "));
        }
    }
}

/// CPU time of the program so far; 0 where the system does not say.
fn cpu_milliseconds() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(") ").next().unwrap_or_default();
    let ticks: u64 = after.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<u64>().ok()).sum();
    ticks * 10
}

/// Kilobytes at most; 0 where the system does not say.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0)
}

pub fn run(arguments: &Arguments, options: &Check) -> Result<Ending> {
    match &options.data {
        Some(folder) => files(arguments, options, folder),
        None => census(arguments, options),
    }
}

fn census(arguments: &Arguments, options: &Check) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    select(&mut office.instrument, options)?;
    let simulated = office.census.simulated;
    let (mut desk, store) = office.desk()?;
    let checker = Checker::new(desk.instrument);
    let mut times = Times::new(options.times);
    let mut told_of = |progress: Progress| times.lap(progress.stage);
    let mut watch = Watch::new(&mut told_of, &stop::wanted);
    let run = work::check::area(&desk, store, &checker, options.findings.is_some(), &mut watch)?;
    // Before the findings are kept: a file that cannot be written leaves the census as it was.
    if let Some(path) = &options.findings {
        let names: BTreeMap<&str, &str> = run.units.iter().map(|u| (u.id.as_str(), u.name.as_str())).collect();
        let of: BTreeMap<&str, &UnitSheets> = run.sheets.iter().map(|s| (s.unit.as_str(), s)).collect();
        write_findings(path, &checker, &run.checked, &names, &of, &desk.today(), simulated)?;
    }
    if options.rules.is_empty() {
        work::check::keep(&mut desk, store, &run)?;
        times.lap("keeping");
    }
    times.tell();
    Ok(told(arguments, desk.instrument, &checker, &run.checked, run.units.len() as u64))
}

fn files(arguments: &Arguments, options: &Check, folder: &Path) -> Result<Ending> {
    let mut instrument = office::instrument(arguments)?;
    select(&mut instrument, options)?;
    let instrument = &instrument;
    let checker = Checker::new(instrument);
    let today = work::on(&office::now(arguments));
    let mut opened = report::read::sheets_folder(instrument, folder).map_err(|e| BadInput(said!(e)))?;
    let bar = progress::bar(0, say::pick("审核", "check"), arguments.json);
    let mut running = check::Running::new(&checker, today);
    let mut times = Times::new(options.times);
    let mut units = 0u64;
    loop {
        let part = opened.chunk(PART).map_err(|e| BadInput(said!(e)))?;
        times.lap("reading");
        if part.is_empty() {
            break;
        }
        running.add(&part);
        units += part.len() as u64;
        bar.inc(part.len() as u64);
        drop(part);
        times.lap("checking");
    }
    let total = running.finish();
    times.lap("checking");
    times.tell();
    bar.finish_and_clear();
    if let Some(path) = &options.findings {
        write_findings(path, &checker, &total, &BTreeMap::new(), &BTreeMap::new(), &today, false)?;
    }
    Ok(told(arguments, instrument, &checker, &total, units))
}

/// Leaves only the rules asked for.
fn select(instrument: &mut Instrument, options: &Check) -> Result<()> {
    if options.rules.is_empty() {
        return Ok(());
    }
    let wanted = |code: &str| options.rules.iter().any(|r| code == r || code.split('.').next() == Some(r.as_str()));
    instrument.rules.retain(|r| wanted(&r.code));
    if instrument.rules.is_empty() {
        return Err(BadInput(crate::told!("没有这些规则：{}", "no such rules: {}", options.rules.join(", "))).into());
    }
    Ok(())
}

fn told(arguments: &Arguments, instrument: &Instrument, checker: &Checker, checked: &Checked, units: u64) -> Ending {
    let of = |grade| checked.findings.iter().filter(|f| f.grade == grade && f.is_failure()).count();
    let (errors, verify, hints) = (of(FindingGrade::Error), of(FindingGrade::Verify), of(FindingGrade::Hint));
    let uncomputed = checked.findings.iter().filter(|f| !f.is_failure()).count();
    let mut sum = Counts::default();
    checked.counts.values().for_each(|c| sum.add(c));
    if arguments.json {
        print_json(&serde_json::json!({
            "units": units, "errors": errors, "verify": verify, "hints": hints,
            "pass": sum.pass, "fail": sum.fail, "not_applicable": sum.not_applicable, "not_computable": sum.not_computable,
            "rules": counts_json(&checked.counts),
            "unchecked": checker.unchecked(),
        }));
    } else {
        say!(
            "审核 {} 个单位，{} 条规则：强制性 {}，核实性 {}，提示性 {}，不能计算 {}",
            "{} units, {} rules: {} errors, {} to verify, {} hints, {} not computable",
            units,
            checked.counts.len(),
            errors,
            verify,
            hints,
            uncomputed
        );
        say!(
            "结果：通过 {}，不通过 {}，不适用 {}，不能计算 {}",
            "outcomes: {} pass, {} fail, {} not applicable, {} not computable",
            sum.pass,
            sum.fail,
            sum.not_applicable,
            sum.not_computable
        );
        let mut worst: Vec<(&String, &Counts)> = checked.counts.iter().filter(|(_, c)| c.fail > 0).collect();
        worst.sort_by_key(|(rule, c)| (std::cmp::Reverse(c.fail), (*rule).clone()));
        for (rule, counts) in worst.iter().take(12) {
            let title = instrument.rule(rule).map_or("", |r| r.title.as_str());
            println!("  {:>7}  {rule}  {title}", counts.fail);
        }
        if !checker.unchecked().is_empty() {
            say!(
                "未检查的规则 {} 条（需要外部名单或汇总后才能检查），不计为通过",
                "{} rules are not checked here (they need an external list or totals) and do not count as passed",
                checker.unchecked().len()
            );
        }
    }
    if errors > 0 { Ending::Attention } else { Ending::Done }
}

/// The findings as CSV, or as a workbook when the name ends so.
fn write_findings(
    path: &Path,
    checker: &Checker,
    checked: &Checked,
    names: &BTreeMap<&str, &str>,
    sheets: &BTreeMap<&str, &UnitSheets>,
    today: &check::Context,
    simulated: bool,
) -> Result<()> {
    let headings = ["单位编号", "单位名称", "规则", "级别", "表", "行", "问题", "数值"];
    let rows = checked.findings.iter().map(|finding| {
        let message = check::message(checker, finding, sheets.get(finding.unit.as_str()).copied(), today);
        let values: Vec<String> = finding.values.iter().map(|(item, value)| format!("{item}={value}")).collect();
        let grade = match finding.grade {
            FindingGrade::Error => "强制性",
            FindingGrade::Verify => "核实性",
            FindingGrade::Hint => "提示性",
        };
        let name = names.get(finding.unit.as_str()).copied().unwrap_or_default();
        [
            finding.unit.clone(),
            name.to_owned(),
            finding.rule.clone(),
            grade.to_owned(),
            finding.table.clone(),
            (finding.row + 1).to_string(),
            message,
            values.join(" "),
        ]
    });
    if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("xlsx")) {
        let table = FlatTable {
            title: "审核问题".to_owned(),
            headings: headings.iter().map(|h| [String::new(), (*h).to_owned()]).collect(),
            rows: rows.map(Vec::from).collect(),
        };
        return output::write(path, xlsx_bytes(&table, &Heading { simulated, ..Heading::default() })?);
    }
    let mut out = format!("\u{feff}{}\r\n", headings.join(","));
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    for [unit, name, rule, grade, table, row, message, values] in rows {
        let cells = [quoted(&unit), quoted(&name), rule, grade, table, row, quoted(&message), quoted(&values)];
        out += &cells.join(",");
        out += "\r\n";
    }
    output::write(path, out)
}
