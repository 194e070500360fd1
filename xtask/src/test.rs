//! `cargo xtask test`: everything that must hold before a change lands.

use anyhow::Result;

use crate::{pages, postgres, setup, shell, wasm, web};

pub fn run() -> Result<()> {
    setup::rust_components()?;
    setup::c_compiler()?;
    setup::node()?;
    setup::postgres()?;

    // Before the program is built: its pages are part of it.
    web::build()?;
    shell::run("types and lints of the pages", web::npm().args(["run", "--silent", "check"]))?;
    shell::run("unit tests of the pages", web::npm().args(["run", "--silent", "test"]))?;

    shell::run("formatting", shell::cargo().args(["fmt", "--all", "--check"]))?;
    shell::run(
        "lints",
        shell::cargo().args(["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]),
    )?;
    shell::run("unit tests, instrument cases and stories on SQLite", shell::cargo().args(["test", "--workspace"]))?;

    let server = postgres::start()?;
    shell::run(
        "stories on PostgreSQL",
        // The whole workspace is named, or crates would be built again for another set of features.
        shell::cargo()
            .args(["test", "--workspace", "--test", "kill", "--test", "store", "--test", "story"])
            .env("WUPU_TEST_DATABASE", server.url()),
    )?;
    shell::run(
        "the program on PostgreSQL",
        shell::cargo()
            .args(["test", "--workspace", "--test", "program", "postgresql"])
            .env("WUPU_TEST_DATABASE", server.url()),
    )?;
    drop(server);

    shell::run(
        "the shipped instrument",
        shell::cargo().args([
            "run",
            "--quiet",
            "--package",
            "wupu",
            "--",
            "instrument",
            "check",
            "instruments/cn-2017",
        ]),
    )?;

    let module = wasm::build()?;
    let mut node = std::process::Command::new("node");
    node.current_dir(shell::root()).arg("web/engine/test.mjs").arg(&module).arg(wasm::native_results()?);
    shell::run("the engine in Node gives the native results", &mut node)?;

    pages::stories()?;
    println!("\nall green");
    Ok(())
}
