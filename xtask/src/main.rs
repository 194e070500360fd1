//! Chores of the house: `cargo xtask test`, `demo`, `bench`, `wasm`.
//!
//! Each command does its own set-up on a machine that has only Rust and Node:
//! it installs what it needs through the system's package manager when it
//! may, and otherwise says exactly what to install.

mod bench;
mod bench_audit;
mod bench_frame;
mod bench_match;
mod demo;
mod pages;
mod postgres;
mod setup;
mod shell;
mod test;
mod wasm;
mod web;

#[cfg(test)]
mod house;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask test              formatting, lints, unit tests, instrument cases, stories on SQLite and PostgreSQL,
                              the engine in WebAssembly, the office pages in Chromium
cargo xtask demo [--no-serve] the pilot county (荥阳市 410182), simulated, from base list to bulletin, into out/,
                              then its pages, with one account a role
cargo xtask wasm              build the engine for the browser
cargo xtask web               build the office pages, engine included, for the next build of the program
cargo xtask bench rules       100 rules over 2 million units against DuckDB and Polars
cargo xtask bench audit       a simulated province, checked with all rules from the store and from files
cargo xtask bench frame       a province's list handed down to its counties and frozen there, on both databases
cargo xtask bench match       finding rows of one unit, against splink on public and generated lists
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["test"] => test::run(),
        ["demo", rest @ ..] => demo::run(rest),
        ["web"] => web::build(),
        ["wasm"] => wasm::build().map(|path| println!("{}", path.display())),
        ["bench", rest @ ..] => bench::run(rest),
        ["help" | "--help" | "-h"] | [] => {
            print!("{HELP}");
            Ok(())
        }
        other => Err(anyhow::anyhow!("no such chore: {}\n\n{HELP}", other.join(" "))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
