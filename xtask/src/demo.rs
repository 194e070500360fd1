//! `cargo xtask demo`: the pilot county from base list to bulletin, into `out/`.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::{setup, shell};

/// The pilot county of the 2018 work plan: 荥阳市.
const AREA: &str = "410182";

pub fn run(options: &[&str]) -> Result<()> {
    for option in options {
        // Serving the pages comes with the office; scripts may already say that they do not want it.
        if *option != "--no-serve" {
            bail!("no such option of demo: {option} (known: --no-serve)");
        }
    }
    setup::c_compiler()?;
    shell::run("build wupu", shell::cargo().args(["build", "--release", "--package", "wupu"]))?;
    county(&shell::target().join("release/wupu"), &shell::root().join("out"), "3000")?;
    println!(
        "\nopen: out/公报.html (the bulletin)\n      out/tables/ (one workbook a table)\n      out/flat/ (every form as csv and xlsx)\n      out/practice/base-list.csv (the list it began with; all units are simulated)"
    );
    Ok(())
}

/// The steps of an office, each a command that a person would type.
pub fn county(wupu: &Path, out: &Path, units: &str) -> Result<()> {
    std::fs::remove_dir_all(out).ok();
    std::fs::create_dir_all(out)?;
    let steps: [&[&str]; 13] = [
        &["simulate", "--area", AREA, "--units", units, "--seed", "2017", "--out", "practice"],
        &["init", "--area", AREA, "--simulated"],
        &["import", "list", "practice/base-list.csv", "--rejected", "rejected.xlsx"],
        &["match", "--worklist", "疑似同一单位.xlsx"],
        &["screen"],
        &["import", "sheets", "practice/sheets"],
        &["check", "--findings", "findings.csv"],
        &["review", "pass", "--to", "county", "--explain", "练习：已与单位核实"],
        &["review", "status"],
        &["account"],
        &["tabulate"],
        &["report", "--out", "."],
        &["explain", "--pollutant", "化学需氧量"],
    ];
    for step in steps {
        println!("\n$ wupu {}", step.join(" "));
        let mut command = Command::new(wupu);
        // A fixed time and seed: two runs give the same bytes.
        command.current_dir(out).args(step).args(["--now", "2018-11-30T08:00:00Z", "--ids", "demo"]);
        let status = command.status()?;
        // 1 means: done, and a person must look at something.
        if !matches!(status.code(), Some(0 | 1)) {
            bail!("wupu {} ended with {status}", step.join(" "));
        }
    }
    Ok(())
}
