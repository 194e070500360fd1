//! The re-check of the directory (名录比对核实): other lists against it, in counts that add up, with work lists by area.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use census::frame::{Heard, Listing, Origin, Outcome, Placing, Verdict};
use instrument::model::AreaLevel;

use super::print_json;
use super::screen::{area_above, sources_line};
use super::verdict;
use crate::arguments::{Arguments, By, Recheck};
use crate::ending::{BadInput, Ending};
use crate::office::Office;
use crate::{output, say};

pub fn run(arguments: &Arguments, options: &Recheck) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let mut read = office.store.read();
    let later = read.later_listings()?;
    let listings = read.all_listings()?;
    let decisions = read.decisions()?;
    let placings = read.placings()?;
    let mut lists: BTreeMap<&str, Vec<&Listing>> = BTreeMap::new();
    for listing in listings.iter().filter(|l| later.get(&l.id) == Some(&Origin::Recheck)) {
        lists.entry(listing.file.as_str()).or_default().push(listing);
    }
    if lists.is_empty() {
        let text = say::pick(
            "还没有比对名单：wupu import list 文件 --recheck，再 wupu match、wupu screen",
            "no list to re-check against: wupu import list FILE --recheck, then wupu match and wupu screen",
        );
        return Err(BadInput(text.to_owned()).into());
    }
    let verdicts: BTreeMap<&str, &Verdict> = decisions.iter().map(|(id, d)| (id.as_str(), &d.verdict)).collect();
    let heard = Heard::of(listings.iter().map(|l| l.id.as_str()), &verdicts);
    let sources = heard.sources(&later);
    let (mut told, mut open, mut adds_up) = (Vec::new(), BTreeSet::new(), sources.adds_up());
    for (name, rows) in &lists {
        let list: BTreeSet<&str> = rows.iter().map(|l| l.id.as_str()).collect();
        let mut parts: BTreeMap<String, Vec<Outcome>> = BTreeMap::new();
        for row in rows {
            let found = heard.outcome(&row.id, &list);
            if found == Outcome::Open {
                open.insert(row.id.as_str());
            }
            let key = part(&office, options.by, placings.get(&row.id).map(|p| &p.placing));
            parts.entry(key).or_default().push(found);
        }
        let whole = census::frame::Recheck::of(parts.values().flatten().cloned());
        let parts: BTreeMap<String, census::frame::Recheck> =
            parts.into_iter().map(|(key, found)| (key, census::frame::Recheck::of(found))).collect();
        adds_up &= whole.adds_up() && parts.values().all(census::frame::Recheck::adds_up);
        told.push(((*name).to_owned(), whole, parts));
    }
    if let Some(path) = &options.worklist {
        let (desk, store) = office.desk()?;
        let mut rows = work::verdict::open(&desk, &mut store.read())?;
        rows.retain(|(l, _)| open.contains(l.id.as_str()));
        verdict::within_area(&desk, &mut rows, &placings, options.within.as_deref())?;
        output::write(path, work::verdict::worklist(&desk, &rows, &placings)?)?;
    }
    // Every unit that a list added is one the directory gained.
    adds_up &= told.iter().map(|(_, whole, _)| whole.added).sum::<u64>() == sources.recheck;
    if arguments.json {
        let lists: Vec<serde_json::Value> = told
            .iter()
            .map(|(list, whole, parts)| serde_json::json!({ "list": list, "counts": whole, "by": parts }))
            .collect();
        print_json(&serde_json::json!({
            "lists": lists, "adds_up": adds_up, "open": open.len(), "units": sources,
        }));
    } else {
        for (name, whole, parts) in &told {
            println!("{name}: {}", whole.proof());
            for (reason, count) in &whole.reasons {
                println!("  {count:>6}  {reason}");
            }
            for (area, counts) in parts.iter().filter(|_| options.by.is_some()) {
                println!("  {area}  {}", counts.proof());
            }
        }
        println!("{}", sources_line(&sources));
        if !open.is_empty() {
            say!(
                "尚有 {} 条待定，比对没有完成：--worklist 写成工作簿，填好后 wupu verdict answers",
                "{} rows are open, the re-check is not finished: --worklist, then wupu verdict answers",
                open.len()
            );
        }
    }
    Ok(if adds_up && open.is_empty() { Ending::Done } else { Ending::Attention })
}

/// The part of the counts a row belongs to; nothing is asked for: all in one.
fn part(office: &Office, by: Option<By>, placing: Option<&Placing>) -> String {
    match by {
        None | Some(By::List) => String::new(),
        Some(By::County) => area_above(office, placing, AreaLevel::County),
        Some(By::Town) => area_above(office, placing, AreaLevel::Town),
    }
}
