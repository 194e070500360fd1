//! What a chore needs on the machine, installed when possible, else said.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::shell;

/// Makes sure that something is there: `found` looks, `packages` are Debian's names.
pub fn need(what: &str, found: impl Fn() -> bool, packages: &[&str]) -> Result<()> {
    if found() {
        return Ok(());
    }
    let advice = format!("{what} is needed: apt-get install {}", packages.join(" "));
    if !shell::present("apt-get") || !is_root() {
        bail!("{advice} (or your system's equivalent)");
    }
    println!("== installing {what}");
    apt(&["update", "-qq"])?;
    let mut args = vec!["install", "-y", "-qq", "--no-install-recommends"];
    args.extend(packages);
    apt(&args)?;
    if found() { Ok(()) } else { bail!("{advice}: installed, but still not found") }
}

/// PostgreSQL's server programs, for the stories.
pub fn postgres() -> Result<()> {
    need("PostgreSQL's server", || crate::postgres::binaries().is_some(), &["postgresql"])
}

/// Node, for the test of the browser engine.
pub fn node() -> Result<()> {
    need("Node", || shell::present("node"), &["nodejs"])
}

/// A browser, with Chinese letters, for the stories of the pages.
pub fn chromium() -> Result<()> {
    need("Chromium", || shell::present("/usr/bin/chromium"), &["chromium", "fonts-noto-cjk"])
}

/// Formatter and linter of the Rust tool chain.
pub fn rust_components() -> Result<()> {
    for (program, component) in [("cargo-fmt", "rustfmt"), ("cargo-clippy", "clippy")] {
        if !shell::present(program) {
            let added = shell::present("rustup")
                && Command::new("rustup").args(["component", "add", component]).status().is_ok_and(|s| s.success());
            if !added {
                bail!("{program} is needed: rustup component add {component}");
            }
        }
    }
    Ok(())
}

/// A C compiler: the bundled SQLite is built from source.
pub fn c_compiler() -> Result<()> {
    need("a C compiler", || shell::present("cc"), &["gcc", "libc6-dev"])
}

fn apt(args: &[&str]) -> Result<()> {
    let status =
        Command::new("apt-get").args(args).env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { bail!("apt-get {} failed", args.join(" ")) }
}

fn is_root() -> bool {
    // The owner of our own entry under /proc is the effective user.
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        std::fs::metadata(Path::new("/proc/self")).is_ok_and(|m| m.uid() == 0)
    }
    #[cfg(not(unix))]
    {
        let _ = Path::new("");
        false
    }
}
