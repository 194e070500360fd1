//! Screening: one verdict for each listed row, and the proof that none is lost.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use census::area::Tree;
use census::frame::{self, Funnel, Ground, Heard, Listing, Origin, Placing, ScopeRules, Sources, Verdict};
use instrument::model::AreaLevel;
use store::{DecidedBy, Scope, What};

use super::print_json;
use super::split::Standing;
use crate::arguments::{Arguments, By, Screen};
use crate::ending::{BadInput, Ending};
use crate::office::Office;
use crate::{say, told};

pub fn run(arguments: &Arguments, options: &Screen) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let rules = ScopeRules::from_parameters(&office.instrument.parameters)
        .map_err(|problems| BadInput(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))?;
    let Standing { mut listings, gone, placings, found, .. } = Standing::of(&mut office)?;
    // A row that was taken back keeps its verdict, as moved.
    listings.extend(gone);
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
    let ground = Ground { areas: &office.areas, area: office.area()?, placings: &placings };
    let screened = frame::screen(&listings, &decided, &settled, &rules, &ground);
    let units = frame::units(&listings, &screened, &ground, office.census.simulated);
    // A unit all of whose rows were found to be something else since is in the directory no longer.
    let now: BTreeSet<&str> = units.iter().map(|u| u.id.as_str()).collect();
    let known = office.store.read().units(&Scope::All)?;
    let names: BTreeSet<&str> = known.iter().map(|u| u.id.as_str()).collect();
    let new = now.difference(&names).count() as u64;
    let leaving: Vec<String> =
        known.iter().filter(|u| !u.listings.is_empty() && !now.contains(u.id.as_str())).map(|u| u.id.clone()).collect();
    let event = office.event(What::Screen);
    let (verdicts, kept, left) = office.store.write::<_, anyhow::Error>(&event, |w| {
        w.place_listings(&found, DecidedBy::Rule)?;
        let kept = w.directory(&units)?;
        let left = w.withdraw(&leaving, say::pick("重新清查后不再纳入", "no longer in scope when screened again"))?;
        Ok((w.decide(&screened, DecidedBy::Rule)?, kept, left))
    })?;
    let by_id: BTreeMap<&str, &Verdict> = screened.iter().map(|s| (s.listing.as_str(), &s.verdict)).collect();
    let funnel = Funnel::of(listings.iter().map(|l| (&l.read, by_id.get(l.id.as_str()).copied())));
    let later = office.store.read().later_listings()?;
    let sources = Heard::of(listings.iter().map(|l| l.id.as_str()), &by_id).sources(&later);
    let by = parts(&office, options, (&listings, &placings), (&by_id, &later));
    // Counted from the verdicts and, apart from that, in the directory.
    let adds_up = funnel.adds_up() && sources.adds_up() && sources.units == units.len() as u64;
    if arguments.json {
        print_json(&serde_json::json!({
            "listed": funnel.total.listed, "in_scope": funnel.total.in_scope, "out_of_scope": funnel.total.out_of_scope,
            "duplicate": funnel.total.duplicate, "closed": funnel.total.closed, "not_found": funnel.total.not_found,
            "moved": funnel.total.moved, "held": funnel.total.held, "adds_up": adds_up,
            "units": sources, "new_verdicts": verdicts, "new_units": new, "changed_units": kept - new.min(kept), "left_units": left,
            "by": by.iter().map(|(key, (funnel, units))| (key.clone(), part_json(funnel, units)))
                .collect::<BTreeMap<_, _>>(),
        }));
    } else {
        for line in office.funnel_lines(&funnel) {
            println!("{line}");
        }
        for (name, (funnel, sources)) in &by {
            let lines = funnel.proof();
            println!("{name}  {}", lines.last().map_or("", |l| l.trim_start_matches("合计: ")));
            if sources.units > sources.base {
                println!("    {}", sources_line(sources));
            }
        }
        println!("{}", sources_line(&sources));
        say!(
            "新结论 {} 条，名录新增 {} 个普查对象，更新 {} 个，移出 {} 个",
            "{} new verdicts, {} units added to the directory, {} changed, {} taken out",
            verdicts,
            new,
            kept - new.min(kept),
            left
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
pub fn area_above(office: &Office, placing: Option<&Placing>, level: AreaLevel) -> String {
    let above = match placing {
        Some(Placing::At { area, .. }) => office.areas.at_level(Tree::Code, *area, level),
        _ => None,
    };
    above.map_or_else(
        || say::pick("（区划不明）", "(area unknown)").to_owned(),
        |a| format!("{a} {}", office.areas.path_name(a)),
    )
}

/// The counts of a part's funnel, and how its units came into the directory.
fn part_json(funnel: &Funnel, units: &Sources) -> serde_json::Value {
    let mut told = serde_json::json!(funnel.total);
    told["units"] = serde_json::json!(units);
    told
}

/// The funnel of each part asked for and where its units were heard of, by its name; the parts make the total.
fn parts(
    office: &Office,
    options: &Screen,
    (listings, placings): (&[Listing], &BTreeMap<String, Placing>),
    (verdicts, later): (&BTreeMap<&str, &Verdict>, &BTreeMap<String, Origin>),
) -> BTreeMap<String, (Funnel, Sources)> {
    let key = |listing: &Listing| -> String {
        let level = match options.by {
            None => return String::new(),
            Some(By::List) => return listing.file.clone(),
            Some(By::County) => AreaLevel::County,
            Some(By::Town) => AreaLevel::Town,
        };
        area_above(office, placings.get(&listing.id), level)
    };
    if options.by.is_none() {
        return BTreeMap::new();
    }
    let of: BTreeMap<&str, &Listing> = listings.iter().map(|l| (l.id.as_str(), l)).collect();
    let heard = Heard::of(listings.iter().map(|l| l.id.as_str()), verdicts);
    let mut sources = heard.sources_by(later, |row| of.get(row).map(|l| key(l)).unwrap_or_default());
    let funnels = Funnel::by(listings.iter().map(|l| (key(l), &l.read, verdicts.get(l.id.as_str()).copied())));
    funnels
        .into_iter()
        .map(|(key, funnel)| {
            let sources = sources.remove(&key).unwrap_or_default();
            (key, (funnel, sources))
        })
        .collect()
}
