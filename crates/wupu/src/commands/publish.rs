//! Adding up what has passed, and printing it.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use census::area::Tree;
use census::frame::{Funnel, Unit};
use census::line::Figure;
use census::review::{AreaLevelName, Case, passed_at};
use census::sheet::{UnitSheets, Version};
use census::tabulate::{Entry, Scope as TableScope, tabulate as add_up};
use instrument::model::AreaLevel;
use report::bulletin::{self, Bulletin};
use report::write::{Heading, csv_bytes, flat_export, table_workbook, xlsx_bytes};
use store::{Scope, StoredTable, What};

use super::print_json;
use crate::arguments::{Arguments, Report, Tabulate};
use crate::ending::{BadInput, Ending};
use crate::office::Office;
use crate::output::{self, write};
use crate::{say, told};

/// A unit with all a table reads of it.
struct Whole {
    unit: Unit,
    sheets: UnitSheets,
    version: Version,
}

pub fn tabulate(arguments: &Arguments, options: &Tabulate) -> Result<Ending> {
    let level = match options.level.as_str() {
        "county" => AreaLevelName::County,
        "city" => AreaLevelName::City,
        "province" => AreaLevelName::Province,
        other => {
            return Err(BadInput(told!(
                "没有级别 {}：county city province",
                "no level {}: county city province",
                other
            ))
            .into());
        }
    };
    let mut office = Office::open(arguments)?;
    let area = office.area()?;
    let scope = Scope::area(area);
    let reviews = office.store.read().reviews(&scope)?;
    let figures = office.store.read().figures(&scope)?;
    let accounted = office.store.read().accounted(&scope)?;
    let mut wholes: Vec<Whole> = Vec::new();
    let mut not_passed = 0u64;
    let mut not_accounted = 0u64;
    let period = office.census.period;
    let accounting = office.instrument.factors.method.as_ref().map(|m| m.form.clone()).unwrap_or_default();
    let (chain, areas, now) = (&office.instrument.review, &office.areas, &office.now);
    office.store.read().each_chunk::<anyhow::Error>(&scope, period, 2000, |chunk| {
        for collected in chunk {
            let case = Case {
                chain,
                areas,
                unit: &collected.unit.id,
                unit_area: collected.unit.area.parse().map_err(|_| anyhow::anyhow!("area {}", collected.unit.area))?,
                version: &collected.version,
                findings: &[],
                now,
            };
            if !reviews.get(&collected.unit.id).is_some_and(|k| passed_at(&k.review.state, &case, level)) {
                not_passed += 1;
                continue;
            }
            let has_lines = collected.sheets.sheets.contains_key(&accounting);
            not_accounted += u64::from(has_lines && accounted.get(&collected.unit.id) != Some(&collected.version.hash));
            wholes.push(Whole { unit: collected.unit, sheets: collected.sheets, version: collected.version });
        }
        Ok(())
    })?;
    if not_accounted > 0 {
        return Err(crate::ending::Refused(told!(
            "{} 个已通过的单位还没有按现有版本核算：先 wupu account",
            "{} passed units are not accounted as they stand: wupu account first",
            not_accounted
        ))
        .into());
    }
    let none: Vec<Figure> = Vec::new();
    let entries: Vec<Entry> = wholes
        .iter()
        .map(|w| Entry {
            unit: &w.unit,
            state: reviews[&w.unit.id].review.state.kind(),
            passed: true,
            version: &w.version,
            sheets: &w.sheets,
            figures: figures.get(&w.unit.id).unwrap_or(&none),
        })
        .collect();
    let table_scope = TableScope { area, tree: Tree::Code, down_to: AreaLevel::Town };
    let mut results = Vec::new();
    let mut wrong = Vec::new();
    for definition in &office.instrument.tables {
        let result = add_up(&office.instrument, &office.areas, definition, table_scope, &entries)
            .map_err(|e| crate::ending::Refused(e.to_string()))?;
        let proof = result.proof();
        wrong.extend(proof.wrong.iter().map(|w| format!("{}: {w}", definition.code)));
        results.push((result, proof.compared));
    }
    let ids: Vec<String> = results.iter().map(|_| office.ids.make()).collect();
    let event = office.event(What::Tabulate);
    office.store.write::<_, anyhow::Error>(&event, |w| {
        for (id, (result, _)) in ids.iter().zip(&results) {
            w.table(id, level, result)?;
        }
        Ok(())
    })?;
    if arguments.json {
        let tables: Vec<serde_json::Value> = results
            .iter()
            .map(|(r, compared)| serde_json::json!({ "code": r.code, "title": r.title, "rows": r.rows.len(), "compared": compared, "built_from": r.built_from.hash }))
            .collect();
        print_json(
            &serde_json::json!({ "passed": entries.len(), "held": not_passed, "tables": tables, "wrong": wrong }),
        );
    } else {
        say!(
            "已通过 {} 个单位进入汇总，{} 个未通过、不计入",
            "{} passed units added up, {} have not passed and are left out",
            entries.len(),
            not_passed
        );
        for (result, compared) in &results {
            say!(
                "  {}  {}：{} 行，{} 个合计与分项核对一致",
                "  {}  {}: {} rows, {} totals equal the sum of their parts",
                result.code,
                result.title,
                result.rows.len(),
                compared
            );
        }
        for line in &wrong {
            println!("! {line}");
        }
    }
    Ok(if wrong.is_empty() { Ending::Done } else { Ending::Attention })
}

pub fn report(arguments: &Arguments, options: &Report) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let stored: Vec<StoredTable> = office.store.read().tables()?;
    if stored.is_empty() {
        return Err(BadInput(
            say::pick("还没有汇总表：先 wupu tabulate", "no tables yet: wupu tabulate first").to_owned(),
        )
        .into());
    }
    if let Some(stale) = stored.iter().find(|t| t.stale.is_some()) {
        return Err(crate::ending::Refused(told!(
            "汇总表 {} 已失效（{}）：先重新 wupu tabulate",
            "table {} is stale ({}): wupu tabulate again first",
            stale.key.code,
            stale.stale.clone().unwrap_or_default()
        ))
        .into());
    }
    let heading = Heading {
        census: office.instrument.title.clone(),
        office: office.census.office.clone(),
        area: office.areas.path_name(office.area()?),
        simulated: office.census.simulated,
        provisional: true,
        instrument: format!("{} {}", office.instrument.id, office.instrument.version),
    };
    let out = &options.out;
    let folder = |name: &str| -> Result<std::path::PathBuf> {
        let path = out.join(name);
        output::folder(&path)?;
        Ok(path)
    };
    let tables = folder("tables")?;
    for table in &stored {
        let bytes = table_workbook(&table.result, &heading)?;
        write(&tables.join(format!("{}-{}.xlsx", table.result.code, table.result.title)), &bytes)?;
    }
    let flat = folder("flat")?;
    let mut units: Vec<(Unit, UnitSheets)> = Vec::new();
    let scope = Scope::area(office.area()?);
    office.store.read().each_chunk::<anyhow::Error>(&scope, office.census.period, 2000, |chunk| {
        units.extend(chunk.into_iter().map(|c| (c.unit, c.sheets)));
        Ok(())
    })?;
    // The order of codes, so that a folder of exports can be read in again.
    units.sort_by(|a, b| (&a.0.code, &a.0.id).cmp(&(&b.0.code, &b.0.id)));
    let mut exports = 0;
    for form in &office.instrument.forms {
        if !units.iter().any(|(_, s)| s.sheets.contains_key(&form.code)) {
            continue;
        }
        for block in &form.blocks {
            let name = if block.name.is_empty() { form.code.clone() } else { format!("{}.{}", form.code, block.name) };
            let table = flat_export(&office.instrument, &form.code, &block.name, &units);
            write(&flat.join(format!("{name}.csv")), csv_bytes(&table))?;
            write(&flat.join(format!("{name}.xlsx")), &xlsx_bytes(&table, &heading)?)?;
            exports += 1;
        }
    }
    let listings = office.store.read().all_listings()?;
    let decisions = office.store.read().decisions()?;
    let funnel = Funnel::of(listings.iter().map(|l| (&l.read, decisions.get(&l.id).map(|d| &d.verdict))));
    let versions: BTreeMap<String, String> =
        stored.iter().map(|t| (t.result.code.clone(), t.result.built_from.hash.clone())).collect();
    let page = bulletin::html(&Bulletin {
        heading,
        funnel: office.funnel_lines(&funnel),
        tables: stored.into_iter().map(|t| t.result).collect(),
        notes: vec![office.instrument.title.clone()],
        versions,
    });
    let bulletin = out.join("公报.html");
    write(&bulletin, page.as_bytes())?;
    if arguments.json {
        print_json(
            &serde_json::json!({ "out": out.display().to_string(), "tables": versions_len(&tables), "exports": exports, "bulletin": bulletin.display().to_string() }),
        );
    } else {
        say!("汇总表：{}", "tables: {}", tables.display());
        say!("平表（csv 和 xlsx，{} 组）：{}", "flat exports (csv and xlsx, {}): {}", exports, flat.display());
        say!("公报：{}", "bulletin: {}", bulletin.display());
    }
    Ok(Ending::Done)
}

fn versions_len(folder: &Path) -> usize {
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}
