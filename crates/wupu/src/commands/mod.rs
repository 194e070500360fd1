//! One file a command; each reads, calls the other rooms, writes, and says what came of it.

mod account;
mod carry;
mod check;
mod disputed;
mod explain;
mod ground;
mod import;
mod keep;
mod key;
mod library;
mod list;
mod matching;
mod minerals;
mod outlet;
mod package;
mod publish;
mod receive;
mod recheck;
mod review;
mod screen;
mod serve;
mod simulate;
mod split;
mod verdict;

use anyhow::Result;

use crate::arguments::{Arguments, Command};
use crate::ending::Ending;

pub fn run(arguments: Arguments) -> Result<Ending> {
    match &arguments.command {
        Command::Init(init) => keep::init(&arguments, init),
        Command::Import(import) => import::run(&arguments, import),
        Command::Match(asked) => matching::run(&arguments, asked),
        Command::Split(split) => split::run(&arguments, split),
        Command::Receive(receive) => receive::run(&arguments, receive),
        Command::Disputed(asked) => disputed::run(&arguments, asked),
        Command::Key(asked) => key::run(&arguments, asked),
        Command::Library(asked) => library::run(&arguments, asked),
        Command::Ground(asked) => ground::run(&arguments, asked),
        Command::Verdict(asked) => verdict::run(&arguments, asked),
        Command::Recheck(recheck) => recheck::run(&arguments, recheck),
        Command::Carry { out } => carry::run(&arguments, out),
        Command::Outlet(asked) => outlet::run(&arguments, asked),
        Command::Minerals(asked) => minerals::run(&arguments, asked),
        Command::Screen(screen) => screen::run(&arguments, screen),
        Command::Check(check) => check::run(&arguments, check),
        Command::Review(review) => review::run(&arguments, review),
        Command::Account => account::run(&arguments),
        Command::Tabulate(tabulate) => publish::tabulate(&arguments, tabulate),
        Command::Report(report) => publish::report(&arguments, report),
        Command::Explain(explain) => explain::run(&arguments, explain),
        Command::Simulate(simulate) => simulate::run(&arguments, simulate),
        Command::Backup { to } => keep::backup(&arguments, to),
        Command::Serve(asked) => serve::serve(&arguments, asked),
        Command::Grant(asked) => serve::account(&arguments, asked),
        Command::Doctor => keep::doctor(&arguments),
        Command::InstrumentPackage(command) => package::run(&arguments, command),
    }
}

/// Prints a JSON object for machines.
pub fn print_json(value: &serde_json::Value) {
    println!("{value}");
}
