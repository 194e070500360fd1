//! Stories of the pages: the real server with a simulated county, real Chromium.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::{setup, shell, web};

/// Password of the practice's accounts.
const PASSWORD: &str = "Pilot-2018-xy";

/// Accounts of the stories: name, role, area, person.
const PEOPLE: [(&str, &str, &str, &str); 8] = [
    ("county1", "county", "410182", "县级审核员"),
    ("city1", "city", "410100", "市级复审员"),
    ("province1", "province", "410000", "省级会审员"),
    ("enumerator1", "enumerator", "410182", "普查员"),
    ("instructor1", "instructor", "410182", "普查指导员"),
    ("sysadmin1", "system_admin", "410000", "系统管理员"),
    ("secadmin1", "security_admin", "410000", "安全管理员"),
    ("auditadmin1", "audit_admin", "410000", "审计管理员"),
];

/// Runs the stories against the program as it was built for the tests.
pub fn stories() -> Result<()> {
    setup::chromium()?;
    shell::run("the program with its pages", shell::cargo().args(["build", "--package", "wupu"]))?;
    let wupu = shell::target().join("debug/wupu");
    let folder = std::env::temp_dir().join(format!("wupu-pages-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let done = run(&wupu, &folder);
    std::fs::remove_dir_all(&folder).ok();
    done
}

fn run(wupu: &Path, folder: &Path) -> Result<()> {
    let steps: [&[&str]; 7] = [
        &["simulate", "--area", "410182", "--units", "120", "--seed", "3", "--out", "practice"],
        &["init", "--area", "410000", "--simulated"],
        &["import", "list", "practice/base-list.csv"],
        &["match"],
        &["screen"],
        &["import", "sheets", "practice/sheets"],
        &["check"],
    ];
    let census = |args: &[&str]| -> Result<()> {
        let status = Command::new(wupu).current_dir(folder).args(args).stdout(Stdio::null()).status()?;
        // 1 means: done, and a person must look at something.
        if matches!(status.code(), Some(0 | 1)) { Ok(()) } else { bail!("wupu {} ended with {status}", args.join(" ")) }
    };
    steps.iter().try_for_each(|step| census(step))?;
    for (name, role, area, person) in PEOPLE {
        census(&["grant", name, "--role", role, "--area", area, "--person", person, "--password", PASSWORD])?;
    }
    let mut server = Command::new(wupu)
        .current_dir(folder)
        .args(["--json", "serve", "--practice", "--address", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()?;
    let told = server.stdout.take().context("the server tells nothing")?;
    let mut line = String::new();
    BufReader::new(told).read_line(&mut line)?;
    let url = line.split('"').find(|part| part.starts_with("http")).context("the server tells no address")?.to_owned();
    let done = shell::run(
        "stories of the pages",
        web::npm().args(["run", "--silent", "e2e"]).env("WUPU_URL", url).env("WUPU_PASSWORD", PASSWORD),
    );
    server.kill().ok();
    server.wait().ok();
    done
}
