//! `cargo xtask demo`: the pilot county from base list to bulletin, into `out/`.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::{setup, shell, web};

/// The pilot county of the 2018 work plan: 荥阳市.
const AREA: &str = "410182";

pub fn run(options: &[&str]) -> Result<()> {
    for option in options {
        if *option != "--no-serve" {
            bail!("no such option of demo: {option} (known: --no-serve)");
        }
    }
    let serve = !options.contains(&"--no-serve");
    setup::c_compiler()?;
    if serve {
        web::build()?;
    }
    shell::run("build wupu", shell::cargo().args(["build", "--release", "--package", "wupu"]))?;
    let (wupu, out) = (shell::target().join("release/wupu"), shell::root().join("out"));
    county(&wupu, &out, "3000")?;
    println!(
        "\nopen: out/公报.html (the bulletin)\n      out/tables/ (one workbook a table)\n      out/flat/ (every form as csv and xlsx)\n      out/practice/base-list.csv (the list it began with; all units are simulated)"
    );
    if serve { pages(&wupu, &out) } else { Ok(()) }
}

/// One account a role, all with the same password: this census is simulated.
pub const PASSWORD: &str = "Xingyang-2018";
pub const PEOPLE: [(&str, &str, &str); 12] = [
    ("xingyang", "county", AREA),
    ("zhengzhou", "city", "410100"),
    ("henan", "province", "410000"),
    ("puchayuan", "enumerator", AREA),
    ("zhidaoyuan", "instructor", AREA),
    ("guojia", "state", "000000"),
    ("nongye", "agriculture", AREA),
    ("dudao", "supervisor", AREA),
    ("dangan", "archivist", AREA),
    ("xitong", "system_admin", AREA),
    ("anquan", "security_admin", AREA),
    ("shenji", "audit_admin", AREA),
];

/// Accounts for everybody, and the server until it is stopped.
fn pages(wupu: &Path, out: &Path) -> Result<()> {
    println!("\naccounts (password {PASSWORD}; a real census makes one-time passwords and asks for a second factor):");
    let census = |args: &[&str]| -> Result<std::process::Output> {
        Ok(Command::new(wupu).current_dir(out).args(args).stderr(Stdio::inherit()).output()?)
    };
    let grant = |name: &str, role: &str, more: &[&str]| -> Result<()> {
        let args = [&["grant", name, "--role", role, "--password", PASSWORD], more].concat();
        if !census(&args)?.status.success() {
            bail!("wupu {} failed", args.join(" "));
        }
        println!("  {name:<12}{role}");
        Ok(())
    };
    for (name, role, area) in PEOPLE {
        grant(name, role, &["--area", area])?;
    }
    // The people of one enterprise of the county.
    let enterprise = first_enterprise(&out.join("practice/sheets/G101-1.csv"))?;
    grant("tianbaoyuan", "respondent", &["--unit", &enterprise])?;
    grant("zhuguan", "manager", &["--unit", &enterprise])?;
    println!();
    let status = Command::new(wupu).current_dir(out).args(["serve", "--practice"]).status()?;
    if status.success() { Ok(()) } else { bail!("wupu serve ended with {status}") }
}

/// Code of the first unit of the sheets.
fn first_enterprise(sheets: &Path) -> Result<String> {
    let text = std::fs::read_to_string(sheets)?;
    let code = text.lines().skip(1).flat_map(|line| line.split(',')).map(|cell| cell.trim_matches('"'));
    let code =
        code.into_iter().find(|cell| cell.len() >= 18 && cell.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
    code.map(str::to_owned).ok_or_else(|| anyhow::anyhow!("{} names no enterprise", sheets.display()))
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
