//! wupu (污普): a pollution source census on one machine.
//!
//! The program only calls the other rooms: it reads arguments, opens the
//! census, runs one step and says what came of it.

mod arguments;
mod commands;
mod ending;
mod office;
mod output;
mod progress;
mod say;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = arguments::Arguments::parse();
    say::choose(arguments.language);
    let json = arguments.json;
    match commands::run(arguments) {
        Ok(ending) => ending.code(),
        Err(error) => ending::failed(&error, json),
    }
}
