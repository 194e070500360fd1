//! `cargo xtask demo`: the pilot county from base list to bulletin, into `out/`.

use anyhow::{Result, bail};

use crate::{setup, shell};

pub fn run(options: &[&str]) -> Result<()> {
    for option in options {
        // Serving the pages comes with the office; scripts may already say that they do not want it.
        if *option != "--no-serve" {
            bail!("no such option of demo: {option} (known: --no-serve)");
        }
    }
    setup::c_compiler()?;
    shell::run("build wupu", shell::cargo().args(["build", "--release", "--package", "wupu"]))?;
    let mut demo = std::process::Command::new(shell::target().join("release/wupu"));
    demo.current_dir(shell::root()).args(["demo", "--out", "out"]);
    shell::run("the pilot county", &mut demo)
}
