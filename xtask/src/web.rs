//! The office pages: built with Node, embedded into the program by the next build.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::{setup, shell, wasm};

/// Folder of the pages.
pub fn folder() -> PathBuf {
    shell::root().join("web/office")
}

/// npm in the folder of the pages; it fetches no browser of its own.
pub fn npm() -> Command {
    let mut npm = Command::new("npm");
    npm.current_dir(folder()).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    npm
}

/// Installs what the pages are made of, when the lock file changed since.
pub fn install() -> Result<()> {
    setup::node()?;
    let (lock, stamp) = (folder().join("package-lock.json"), folder().join("node_modules/.installed"));
    let wanted = std::fs::read(&lock)?;
    if std::fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    shell::run("packages of the pages", npm().args(["ci", "--no-audit", "--no-fund"]))?;
    std::fs::write(stamp, wanted)?;
    Ok(())
}

/// Builds engine and pages into `web/office/dist`.
pub fn build() -> Result<()> {
    install()?;
    let module = wasm::build()?;
    shell::run("the engine beside the pages", npm().args(["run", "--silent", "engine", "--"]).arg(&module))?;
    shell::run("the pages", npm().args(["run", "--silent", "build"]))
}
