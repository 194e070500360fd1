//! Screening: one verdict for each listed row, and the proof that none is lost.

use std::collections::BTreeMap;

use anyhow::Result;
use census::frame::{self, Funnel, ScopeRules, Verdict};
use store::{DecidedBy, What};

use super::print_json;
use crate::arguments::Arguments;
use crate::ending::{BadInput, Ending};
use crate::office::Office;
use crate::say;

pub fn run(arguments: &Arguments) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let rules = ScopeRules::from_parameters(&office.instrument.parameters)
        .map_err(|problems| BadInput(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))?;
    let listings = office.store.read().all_listings()?;
    if listings.is_empty() {
        return Err(BadInput(
            say::pick("底册还是空的：先 wupu import list 文件", "no list yet: wupu import list FILE first").to_owned(),
        )
        .into());
    }
    let decided: BTreeMap<String, Verdict> = office
        .store
        .read()
        .decisions()?
        .into_iter()
        .filter(|(_, d)| d.by == DecidedBy::Person)
        .map(|(id, d)| (id, d.verdict))
        .collect();
    let pairs: Vec<frame::Pair> = office.store.read().pairs()?.into_values().map(|d| d.pair).collect();
    let settled = frame::Settled::new(&pairs);
    let screened = frame::screen(&listings, &decided, &settled, &rules, &office.areas, office.area()?);
    let units = frame::units(&listings, &screened, &office.areas, office.census.simulated);
    let event = office.event(What::Screen);
    let (verdicts, added) = office.store.write::<_, anyhow::Error>(&event, |w| {
        let added = w.directory(&units)?;
        Ok((w.decide(&screened, DecidedBy::Rule)?, added))
    })?;
    let by_id: BTreeMap<&str, &Verdict> = screened.iter().map(|s| (s.listing.as_str(), &s.verdict)).collect();
    let funnel = Funnel::of(listings.iter().map(|l| (&l.read, by_id.get(l.id.as_str()).copied())));
    if arguments.json {
        print_json(&serde_json::json!({
            "listed": funnel.total.listed, "in_scope": funnel.total.in_scope, "out_of_scope": funnel.total.out_of_scope,
            "duplicate": funnel.total.duplicate, "closed": funnel.total.closed, "not_found": funnel.total.not_found,
            "moved": funnel.total.moved, "held": funnel.total.held, "adds_up": funnel.adds_up(),
            "new_verdicts": verdicts, "new_units": added,
        }));
    } else {
        for line in office.funnel_lines(&funnel) {
            println!("{line}");
        }
        say!(
            "新结论 {} 条，名录新增 {} 个普查对象",
            "{} new verdicts, {} units added to the directory",
            verdicts,
            added
        );
    }
    Ok(if funnel.adds_up() { Ending::Done } else { Ending::Attention })
}
