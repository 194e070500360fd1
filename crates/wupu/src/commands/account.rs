//! Accounting of all units whose version has changed since they were last accounted.

use std::collections::BTreeMap;

use anyhow::Result;
use census::account::{self, figures, inputs};
use census::line::{Figure, Line, LineResult};
use store::{Accounted, Scope, What};

use super::print_json;
use crate::arguments::Arguments;
use crate::ending::{BadInput, Ending};
use crate::office::Office;
use crate::say;

pub fn run(arguments: &Arguments) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let library = &office.instrument.factors;
    let Some(method) = library.method.as_ref() else {
        return Err(BadInput("the instrument has no coefficient method".to_owned()).into());
    };
    let scope = Scope::area(office.area()?);
    let period = office.census.period;
    let mut made: Vec<(String, String, Vec<Line>, Vec<Figure>)> = Vec::new();
    let mut remarks: BTreeMap<String, u64> = BTreeMap::new();
    office.store.read().each_chunk::<anyhow::Error>(&scope, period, 1000, |chunk| {
        for collected in chunk {
            if !collected.sheets.sheets.contains_key(&method.form) {
                continue;
            }
            let given = inputs(method, &collected.sheets);
            let done = account::account(library, &collected.unit.id, &given.classes, &given.rows);
            for remark in &done.remarks {
                *remarks.entry(remark.kind.name().to_owned()).or_insert(0) += 1;
            }
            let sums = figures(library, &done.lines).map_err(|e| anyhow::anyhow!("{}: {e:?}", collected.unit.name))?;
            made.push((collected.unit.id, collected.version.hash, done.lines, sums));
        }
        Ok(())
    })?;
    let accounted: Vec<Accounted> =
        made.iter().map(|(unit, version, lines, figures)| Accounted { unit, version, lines, figures }).collect();
    let event = office.event(What::Account);
    office.store.write::<_, anyhow::Error>(&event, |w| Ok(w.account(&accounted)?))?;
    let lines: usize = made.iter().map(|(_, _, lines, _)| lines.len()).sum();
    let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
    for line in made.iter().flat_map(|(_, _, lines, _)| lines) {
        if let LineResult::Incomplete { reason } = &line.result {
            *reasons.entry(reason.clone()).or_insert(0) += 1;
        }
    }
    let incomplete: u64 = reasons.values().sum();
    if arguments.json {
        print_json(&serde_json::json!({
            "units": made.len(), "lines": lines, "incomplete": incomplete, "reasons": reasons, "remarks": remarks,
        }));
    } else {
        say!(
            "核算 {} 个单位、{} 行：算出 {}，未能核算 {}",
            "{} units, {} lines: {} computed, {} incomplete",
            made.len(),
            lines,
            lines as u64 - incomplete,
            incomplete
        );
        for (reason, count) in &reasons {
            println!("  {count:>6}  {reason}");
        }
        for (remark, count) in &remarks {
            println!("  {count:>6}  {remark}");
        }
    }
    Ok(Ending::Done)
}
