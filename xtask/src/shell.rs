//! Running other programs, with errors that say what was run.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// The root of the checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// Where cargo puts its results.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The cargo that runs this chore.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Runs to the end, output shown as it comes; an error names the step and the command.
pub fn run(step: &str, command: &mut Command) -> Result<()> {
    println!("\n== {step}");
    let started = Instant::now();
    let status = command.status().with_context(|| format!("{step}: cannot start {}", shown(command)))?;
    if !status.success() {
        bail!("{step} failed ({status}): {}", shown(command));
    }
    println!("== {step}: {} s", started.elapsed().as_secs());
    Ok(())
}

/// Runs to the end and gives back what it printed.
pub fn capture(step: &str, command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("{step}: cannot start {}", shown(command)))?;
    if !output.status.success() {
        bail!("{step} failed ({}): {}", output.status, shown(command));
    }
    String::from_utf8(output.stdout).with_context(|| format!("{step}: output is not text"))
}

/// Whether a program can be started at all.
pub fn present(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

fn shown(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    for arg in command.get_args() {
        text.push(' ');
        text.push_str(&arg.to_string_lossy());
    }
    text
}
