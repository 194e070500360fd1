//! The re-check of the directory (名录比对核实): other lists against it, in counts that add up, with work lists by area.

use anyhow::Result;
use census::area::AreaTree;
use census::frame::Placing;
use instrument::model::AreaLevel;
use work::recheck::List;

use super::print_json;
use super::screen::{area_above, sources_line};
use super::verdict;
use crate::arguments::{Arguments, By, Recheck};
use crate::ending::Ending;
use crate::office::Office;
use crate::{output, say};

pub fn run(arguments: &Arguments, options: &Recheck) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let Office { store, areas, .. } = &mut office;
    let done = work::recheck::stand(&mut store.read(), |placing| part(areas, options.by, placing))?;
    if let Some(path) = &options.worklist {
        let (desk, store) = office.desk()?;
        let mut rows = work::verdict::open(&desk, &mut store.read())?;
        rows.retain(|(l, _)| done.open.contains(&l.id));
        let placings = store.read().placings()?;
        verdict::within_area(&desk, &mut rows, &placings, options.within.as_deref())?;
        output::write(path, work::verdict::worklist(&desk, &rows, &placings)?)?;
    }
    if arguments.json {
        let lists: Vec<serde_json::Value> = done
            .lists
            .iter()
            .map(|list| serde_json::json!({ "list": list.name, "counts": list.whole, "by": list.parts }))
            .collect();
        print_json(&serde_json::json!({
            "lists": lists, "adds_up": done.adds_up, "open": done.open.len(), "units": done.sources,
        }));
    } else {
        for List { name, whole, parts } in &done.lists {
            println!("{name}: {}", whole.proof());
            for (reason, count) in &whole.reasons {
                println!("  {count:>6}  {reason}");
            }
            for (area, counts) in parts.iter().filter(|_| options.by.is_some()) {
                println!("  {area}  {}", counts.proof());
            }
        }
        println!("{}", sources_line(&done.sources));
        if !done.open.is_empty() {
            say!(
                "尚有 {} 条待定，比对没有完成：--worklist 写成工作簿，填好后 wupu verdict answers",
                "{} rows are open, the re-check is not finished: --worklist, then wupu verdict answers",
                done.open.len()
            );
        }
    }
    Ok(if done.adds_up && done.open.is_empty() { Ending::Done } else { Ending::Attention })
}

/// The part of the counts a row belongs to; nothing is asked for: all in one.
fn part(areas: &AreaTree, by: Option<By>, placing: Option<&Placing>) -> String {
    match by {
        None | Some(By::List) => String::new(),
        Some(By::County) => area_above(areas, placing, AreaLevel::County),
        Some(By::Town) => area_above(areas, placing, AreaLevel::Town),
    }
}
