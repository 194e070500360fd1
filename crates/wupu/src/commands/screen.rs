//! Screening: one verdict for each listed row, and the proof that none is lost.

use std::collections::BTreeMap;

use anyhow::Result;
use census::area::{AreaTree, Tree};
use census::frame::{Funnel, Listing, Placing, Sources};
use instrument::model::AreaLevel;

use super::print_json;
use crate::arguments::{Arguments, By, Screen};
use crate::ending::Ending;
use crate::office::Office;
use crate::{say, told};

pub fn run(arguments: &Arguments, options: &Screen) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let (mut desk, store) = office.desk()?;
    let done = work::screen::screen(&mut desk, store)?;
    let by = parts(&office, options, &done);
    let (funnel, sources, adds_up) = (&done.funnel, &done.sources, done.adds_up());
    if arguments.json {
        print_json(&serde_json::json!({
            "listed": funnel.total.listed, "in_scope": funnel.total.in_scope, "out_of_scope": funnel.total.out_of_scope,
            "duplicate": funnel.total.duplicate, "closed": funnel.total.closed, "not_found": funnel.total.not_found,
            "moved": funnel.total.moved, "held": funnel.total.held, "adds_up": adds_up,
            "units": sources, "new_verdicts": done.new_verdicts, "new_units": done.new_units,
            "changed_units": done.changed_units, "left_units": done.left_units,
            "by": by.iter().map(|(key, (funnel, units))| (key.clone(), part_json(funnel, units)))
                .collect::<BTreeMap<_, _>>(),
        }));
    } else {
        for line in office.funnel_lines(funnel) {
            println!("{line}");
        }
        for (name, (funnel, sources)) in &by {
            let lines = funnel.proof();
            println!("{name}  {}", lines.last().map_or("", |l| l.trim_start_matches("合计: ")));
            if sources.units > sources.base {
                println!("    {}", sources_line(sources));
            }
        }
        println!("{}", sources_line(sources));
        say!(
            "新结论 {} 条，名录新增 {} 个普查对象，更新 {} 个，移出 {} 个",
            "{} new verdicts, {} units added to the directory, {} changed, {} taken out",
            done.new_verdicts,
            done.new_units,
            done.changed_units,
            done.left_units
        );
    }
    Ok(if adds_up { Ending::Done } else { Ending::Attention })
}

/// `普查对象 1783 = 底册 1770 + 名录比对补充 11 + 现场补录 2`.
pub fn sources_line(sources: &Sources) -> String {
    let Sources { units, base, recheck, field } = sources;
    told!(
        "普查对象 {} {} 底册 {} + 名录比对补充 {} + 现场补录 {}",
        "units {} {} base list {} + added by re-check {} + found in the field {}",
        units,
        if sources.adds_up() { "=" } else { "≠" },
        base,
        recheck,
        field
    )
}

/// The area of a level in which a row was placed, by code and name.
pub fn area_above(areas: &AreaTree, placing: Option<&Placing>, level: AreaLevel) -> String {
    let above = match placing {
        Some(Placing::At { area, .. }) => areas.at_level(Tree::Code, *area, level),
        _ => None,
    };
    above.map_or_else(
        || say::pick("（区划不明）", "(area unknown)").to_owned(),
        |a| format!("{a} {}", areas.path_name(a)),
    )
}

/// The counts of a part's funnel, and how its units came into the directory.
fn part_json(funnel: &Funnel, units: &Sources) -> serde_json::Value {
    let mut told = serde_json::json!(funnel.total);
    told["units"] = serde_json::json!(units);
    told
}

/// The funnel of each part asked for and where its units were heard of, by its name; the parts make the total.
fn parts(office: &Office, options: &Screen, done: &work::screen::Outcome) -> BTreeMap<String, (Funnel, Sources)> {
    let Some(by) = options.by else { return BTreeMap::new() };
    done.by(|listing: &Listing| {
        let level = match by {
            By::List => return listing.file.clone(),
            By::County => AreaLevel::County,
            By::Town => AreaLevel::Town,
        };
        area_above(&office.areas, done.placings.get(&listing.id), level)
    })
}
