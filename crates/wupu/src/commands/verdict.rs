//! Persons' verdicts: on rows the rules leave open, on rows they got wrong, and on units found in the field.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use census::frame::Listing;
use store::PlacingRow;
use work::Desk;
use work::verdict::Given;

use super::print_json;
use crate::arguments::{Addition, Arguments, VerdictCommand, Word};
use crate::ending::Ending;
use crate::office::Office;
use crate::{output, say};

pub fn run(arguments: &Arguments, asked: &VerdictCommand) -> Result<Ending> {
    match asked {
        VerdictCommand::List { worklist, within, list: of } => {
            list(arguments, worklist.as_deref(), within.as_deref(), of.as_deref())
        }
        VerdictCommand::Answers { file } => answers(arguments, file),
        VerdictCommand::Give { row, verdict, more, evidence } => {
            let given =
                Given { row: row.clone(), word: word(*verdict), more: more.clone(), evidence: evidence.clone() };
            give(arguments, &[given])
        }
        VerdictCommand::Add(addition) => add(arguments, addition),
    }
}

fn list(arguments: &Arguments, to: Option<&Path>, within: Option<&str>, of: Option<&str>) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let (desk, store) = office.desk()?;
    let mut rows = work::verdict::open(&desk, &mut store.read())?;
    if let Some(name) = of {
        rows.retain(|(listing, _)| listing.file == name);
    }
    let placings = store.read().placings()?;
    within_area(&desk, &mut rows, &placings, within)?;
    if let Some(path) = to {
        output::write(path, work::verdict::worklist(&desk, &rows, &placings)?)?;
    }
    if arguments.json {
        let told: Vec<serde_json::Value> = rows
            .iter()
            .map(|(l, why)| serde_json::json!({ "id": l.id, "name": l.read.name, "file": l.file, "row": l.row, "why": why }))
            .collect();
        print_json(&serde_json::json!({ "held": rows.len(), "rows": told }));
        return Ok(Ending::Done);
    }
    const SHOWN: usize = 20;
    for (listing, why) in rows.iter().take(SHOWN) {
        println!("{}  {}  {}", listing.id, listing.read.name, why);
    }
    if rows.len() > SHOWN {
        say!(
            "……另有 {} 条，用 --worklist 写成工作簿",
            "… and {} more: --worklist writes a workbook",
            rows.len() - SHOWN
        );
    }
    let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
    for (_, why) in &rows {
        // The part before the particulars of the row.
        let kind =
            why.split(['：', '“', '（']).next().unwrap_or(why).trim_end_matches(|c: char| c.is_ascii_alphanumeric());
        *reasons.entry(kind).or_default() += 1;
    }
    say!("待定 {} 条", "{} rows wait for a person", rows.len());
    for (reason, count) in reasons {
        println!("  {count:>6}  {reason}");
    }
    Ok(Ending::Done)
}

/// Leaves the rows that were placed in an area; all when none is asked for.
pub fn within_area(
    desk: &Desk<'_>,
    rows: &mut Vec<(Listing, String)>,
    placings: &BTreeMap<String, PlacingRow>,
    within: Option<&str>,
) -> Result<()> {
    if let Some(area) = within {
        let area = desk.resolve(area)?;
        rows.retain(|(listing, _)| work::verdict::lies_in(desk, placings.get(&listing.id), area));
    }
    Ok(())
}

fn answers(arguments: &Arguments, file: &Path) -> Result<Ending> {
    give(arguments, &work::verdict::answers(file)?)
}

fn word(word: Word) -> work::verdict::Word {
    match word {
        Word::In => work::verdict::Word::In,
        Word::Out => work::verdict::Word::Out,
        Word::Duplicate => work::verdict::Word::Duplicate,
        Word::Closed => work::verdict::Word::Closed,
        Word::NotFound => work::verdict::Word::NotFound,
        Word::Moved => work::verdict::Word::Moved,
    }
}

fn give(arguments: &Arguments, given: &[Given]) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let (mut desk, store) = office.desk()?;
    let new = work::verdict::give(&mut desk, store, given)?;
    if arguments.json {
        print_json(&serde_json::json!({ "verdicts": given.len(), "new": new }));
    } else {
        say!(
            "已记录 {} 条结论；下一步 wupu screen，名录随之更新",
            "{} verdicts kept; wupu screen brings the directory up to date",
            new
        );
    }
    Ok(Ending::Done)
}

fn add(arguments: &Arguments, addition: &Addition) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let found = work::verdict::Addition {
        name: addition.name.clone(),
        code: addition.code.clone(),
        area: office.resolve(&addition.area)?,
        address: addition.address.clone(),
        industry: addition.industry.clone(),
        phone: addition.phone.clone(),
        kind: addition.kind.clone(),
        source: addition.source.clone(),
        evidence: addition.evidence.clone(),
    };
    let (mut desk, store) = office.desk()?;
    let done = work::verdict::add(&mut desk, store, &found)?;
    if arguments.json {
        print_json(&serde_json::json!({ "new": done.new, "row": done.row, "unit": done.unit }));
    } else if done.new {
        say!(
            "已补录“{}”，编号 {}；下一步 wupu screen",
            "{} is added as row {}; next: wupu screen",
            addition.name,
            done.row
        );
    } else {
        say!("同样内容的补录已经有了，没有任何改变", "the same addition is there already; nothing changed");
    }
    Ok(Ending::Done)
}
