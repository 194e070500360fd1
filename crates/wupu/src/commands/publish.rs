//! Adding up what has passed, and printing it.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use census::frame::{Funnel, Unit};
use census::sheet::UnitSheets;
use report::bulletin::{self, Bulletin};
use report::write::{Heading, csv_bytes, flat_export, table_workbook, xlsx_bytes};
use store::{Scope, StoredTable};
use work::Watch;

use super::print_json;
use crate::arguments::{Arguments, Report, Tabulate};
use crate::ending::{BadInput, Ending};
use crate::office::Office;
use crate::output::{self, write};
use crate::{say, stop, told};

pub fn tabulate(arguments: &Arguments, options: &Tabulate) -> Result<Ending> {
    let level = work::tabulate::level(&options.level)?;
    let mut office = Office::open(arguments)?;
    let (mut desk, store) = office.desk()?;
    let done = work::tabulate::area(&mut desk, store, level, &mut Watch::new(&mut |_| {}, &stop::wanted))?;
    let wrong = done.wrong();
    if arguments.json {
        let tables: Vec<serde_json::Value> = done
            .tables
            .iter()
            .map(|t| {
                let (r, compared) = (&t.result, t.proof.compared);
                serde_json::json!({ "code": r.code, "title": r.title, "rows": r.rows.len(), "compared": compared, "built_from": r.built_from.hash })
            })
            .collect();
        print_json(&serde_json::json!({ "passed": done.passed, "held": done.held, "tables": tables, "wrong": wrong }));
    } else {
        say!(
            "已通过 {} 个单位进入汇总，{} 个未通过、不计入",
            "{} passed units added up, {} have not passed and are left out",
            done.passed,
            done.held
        );
        for table in &done.tables {
            let result = &table.result;
            say!(
                "  {}  {}：{} 行，{} 个合计与分项核对一致",
                "  {}  {}: {} rows, {} totals equal the sum of their parts",
                result.code,
                result.title,
                result.rows.len(),
                table.proof.compared
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
        mark: String::new(),
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
