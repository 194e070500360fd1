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
mod stop;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    // A reader that has seen enough (`wupu … | head`) is no fault: end quietly. What was written is kept by then.
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let said = panic.payload().downcast_ref::<String>();
        if said.is_some_and(|text| text.starts_with("failed printing to stdout")) {
            std::process::exit(0);
        }
        usual(panic);
    }));
    let arguments = arguments::Arguments::parse();
    say::choose(arguments.language);
    let json = arguments.json;
    match commands::run(arguments) {
        Ok(ending) => ending.code(),
        Err(error) => ending::failed(&error, json),
    }
}
