//! One figure's whole derivation: from an area's total to units, lines, coefficients, items, revisions and people.

use std::collections::BTreeMap;

use anyhow::Result;
use census::line::{Figure, Line, LineResult};
use expr::exact::Decimal;
use store::Scope;

use super::print_json;
use crate::arguments::{Arguments, Explain};
use crate::ending::{BadInput, Ending};
use crate::office::Office;
use crate::{said, say, told};

/// Units shown under a total.
const SHOWN: usize = 10;

pub fn run(arguments: &Arguments, options: &Explain) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    match &options.unit {
        Some(unit) => {
            let id = super::review::named(&mut office, unit)?;
            unit_figures(arguments, &mut office, &id, options.pollutant.as_deref())
        }
        None => total(arguments, &mut office, options),
    }
}

fn total(arguments: &Arguments, office: &mut Office, options: &Explain) -> Result<Ending> {
    let area = match &options.area {
        Some(text) => office.areas.resolve(text).map_err(|e| BadInput(said!(e)))?,
        None => office.area()?,
    };
    let scope = Scope::area(area);
    let figures = office.store.read().figures(&scope)?;
    let Some(pollutant) = &options.pollutant else {
        let mut known: BTreeMap<&str, u64> = BTreeMap::new();
        for figure in figures.values().flatten() {
            *known.entry(&figure.pollutant).or_insert(0) += 1;
        }
        let list: Vec<String> = known.iter().map(|(p, n)| format!("{p}（{n}）")).collect();
        return Err(BadInput(told!(
            "说明哪个污染物？--pollutant：{}",
            "which pollutant? --pollutant: {}",
            list.join(" ")
        ))
        .into());
    };
    let of: Vec<&Figure> = figures.values().flatten().filter(|f| &f.pollutant == pollutant).collect();
    if of.is_empty() {
        return Err(BadInput(told!(
            "{} 没有 {} 的核算结果",
            "{} has no figure of {}",
            office.areas.path_name(area),
            pollutant
        ))
        .into());
    }
    let reviews = office.store.read().states(&scope)?;
    let mut emitted = Decimal::ZERO;
    let mut generated = Decimal::ZERO;
    let mut parts = 0u64;
    for figure in &of {
        emitted = emitted.checked_add(figure.emitted).ok_or_else(|| anyhow::anyhow!("a sum is too large"))?;
        generated = generated.checked_add(figure.generated).ok_or_else(|| anyhow::anyhow!("a sum is too large"))?;
        parts += u64::from(figure.incomplete > 0);
    }
    let names: BTreeMap<String, String> =
        office.store.read().units(&scope)?.into_iter().map(|u| (u.id, u.name)).collect();
    let mut largest = of.clone();
    largest.sort_by(|a, b| b.emitted.cmp(&a.emitted).then_with(|| a.unit.cmp(&b.unit)));
    let measure = of[0].measure.clone();
    if arguments.json {
        let units: Vec<serde_json::Value> = largest
            .iter()
            .map(|f| serde_json::json!({ "unit": f.unit, "name": names.get(&f.unit), "generated": f.generated.to_string(), "emitted": f.emitted.to_string(), "lines": f.lines, "incomplete": f.incomplete }))
            .collect();
        print_json(&serde_json::json!({
            "area": area.to_string(), "pollutant": pollutant, "measure": measure, "generated": generated.to_string(),
            "emitted": emitted.to_string(), "units": units, "states": reviews.iter().map(|(s, n)| (s.name().to_owned(), *n)).collect::<BTreeMap<_, _>>(),
        }));
        return Ok(Ending::Done);
    }
    say!(
        "{} {}：产生 {} {}，排放 {} {}，{} 个单位之和",
        "{} {}: {} {} generated, {} {} emitted, the sum of {} units",
        office.areas.path_name(area),
        pollutant,
        generated,
        measure,
        emitted,
        measure,
        of.len()
    );
    if office.census.simulated {
        say!("（模拟数据）", "(simulated)");
    }
    if parts > 0 {
        say!(
            "其中 {} 个单位有未能核算的行，其数只是一部分",
            "{} of them have lines that could not be computed: their figures are parts",
            parts
        );
    }
    for figure in largest.iter().take(SHOWN) {
        println!(
            "  {:>16} {measure}  {}  {}",
            figure.emitted.to_string(),
            figure.unit,
            names.get(&figure.unit).map_or("", String::as_str)
        );
    }
    if of.len() > SHOWN {
        say!("  ……另有 {} 个单位", "  … and {} more", of.len() - SHOWN);
    }
    let first = largest[0].unit.clone();
    println!();
    unit_figures(arguments, office, &first, Some(pollutant))
}

fn unit_figures(arguments: &Arguments, office: &mut Office, unit: &str, pollutant: Option<&str>) -> Result<Ending> {
    let scope = Scope::unit(unit);
    let collected = office.store.read().collected(&scope, office.census.period, None, 1)?.pop();
    let Some(collected) = collected else {
        return Err(BadInput(told!("没有普查对象 {}", "no unit {}", unit)).into());
    };
    let lines = office.store.read().lines(&scope)?.remove(unit).unwrap_or_default();
    let figures = office.store.read().figures(&scope)?.remove(unit).unwrap_or_default();
    let wanted = |p: &str| pollutant.is_none_or(|w| w == p);
    let lines: Vec<&Line> = lines.iter().filter(|l| wanted(&l.pollutant)).collect();
    let figures: Vec<&Figure> = figures.iter().filter(|f| wanted(&f.pollutant)).collect();
    let revisions: Vec<store_revision::Short> = store_revision::of(office, &collected.version.revisions)?;
    if arguments.json {
        print_json(
            &serde_json::json!({ "unit": collected.unit, "figures": figures, "lines": lines, "revisions": revisions.iter().map(|r| serde_json::json!({ "form": r.form, "revision": r.id, "author": r.author, "at": r.at })).collect::<Vec<_>>() }),
        );
        return Ok(Ending::Done);
    }
    println!(
        "{}  {}  {}",
        collected.unit.name,
        collected.unit.code,
        office.areas.path_name(collected.unit.area.parse().unwrap_or(office.area()?))
    );
    for figure in figures {
        say!(
            "{}：产生 {} {}，排放 {} {}（{} 行，{} 行未能核算）",
            "{}: {} {} generated, {} {} emitted ({} lines, {} incomplete)",
            figure.pollutant,
            figure.generated,
            figure.measure,
            figure.emitted,
            figure.measure,
            figure.lines,
            figure.incomplete
        );
    }
    for line in lines {
        let place = if line.outlet.is_empty() { line.form.clone() } else { format!("{} {}", line.form, line.outlet) };
        println!(
            "\n{} · {} · {} · {}",
            line.pollutant,
            line.segment,
            place,
            told!("G106-1 第{}行", "G106-1 row {}", line.row + 1)
        );
        for step in &line.trace {
            let source = if step.source.is_empty() { String::new() } else { format!("  [{}]", step.source) };
            println!("  {:<12}{}{source}", step.what, step.how);
        }
        match &line.result {
            LineResult::Computed { generated, removed, emitted, measure } => {
                say!(
                    "  = 产生 {} 去除 {} 排放 {} {}",
                    "  = generated {} removed {} emitted {} {}",
                    generated.shortest(),
                    removed.shortest(),
                    emitted.shortest(),
                    measure
                );
            }
            LineResult::Incomplete { reason } => say!("  = 未能核算：{}", "  = incomplete: {}", reason),
        }
    }
    println!();
    for revision in revisions {
        say!(
            "{} 由 {} 于 {} 填报，版本 {}",
            "{} filled by {} at {}, revision {}",
            revision.form,
            revision.author,
            revision.at,
            revision.id
        );
    }
    for (counter, actor, event) in office.store.read().steps(unit)? {
        println!("{counter:>4}  {:<12}{}  {}", actor.role, actor.person, event_name(&event));
    }
    Ok(Ending::Done)
}

fn event_name(event: &census::review::Event) -> String {
    use census::review::Event;
    match event {
        Event::Fill => "填报".to_owned(),
        Event::SelfCheck => "自审".to_owned(),
        Event::Sign { .. } => "签字".to_owned(),
        Event::Visit { persons, .. } => format!("入户（{}人）", persons.len()),
        Event::Pass { step } => format!("通过 {step}"),
        Event::Return { why } => format!("退回：{why}"),
        Event::RaiseQuery { question, .. } => format!("疑问：{question}"),
        Event::Answer { .. } => "答复疑问".to_owned(),
        Event::CloseQuery { .. } => "关闭疑问".to_owned(),
        Event::Explain { finding, text } => format!("说明 {}：{text}", finding.rule),
        Event::Freeze => "定库".to_owned(),
        Event::Reopen { why } => format!("重新打开：{why}"),
    }
}

/// Who typed each form of a version.
mod store_revision {
    use anyhow::Result;

    use crate::office::Office;

    pub struct Short {
        pub form: String,
        pub id: String,
        pub author: String,
        pub at: String,
    }

    pub fn of(office: &mut Office, revisions: &[(String, String)]) -> Result<Vec<Short>> {
        let mut found = Vec::new();
        for (form, id) in revisions {
            if let Some(revision) = office.store.read().revision(id)? {
                found.push(Short { form: form.clone(), id: id.clone(), author: revision.author, at: revision.at });
            }
        }
        Ok(found)
    }
}
