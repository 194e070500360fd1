//! Accounting of all units of the office.

use anyhow::Result;
use work::Watch;

use super::print_json;
use crate::arguments::Arguments;
use crate::ending::Ending;
use crate::office::Office;
use crate::{say, stop};

pub fn run(arguments: &Arguments) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let (mut desk, store) = office.desk()?;
    let done = work::account::area(&mut desk, store, &mut Watch::new(&mut |_| {}, &stop::wanted))?;
    if arguments.json {
        print_json(&serde_json::to_value(&done)?);
    } else {
        say!(
            "核算 {} 个单位、{} 行：算出 {}，未能核算 {}",
            "{} units, {} lines: {} computed, {} incomplete",
            done.units,
            done.lines,
            done.lines - done.incomplete,
            done.incomplete
        );
        for (words, count) in done.reasons.iter().chain(&done.remarks) {
            println!("  {count:>6}  {words}");
        }
    }
    Ok(Ending::Done)
}
