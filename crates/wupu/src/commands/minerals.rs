//! Minerals with radioactivity: where each unit stands and why, and the quality records of its dose rates.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use census::minerals::{DoseReading, MineralFate, MineralState, Minerals, ReadingRemark, reading_remarks, readings};
use store::{Scope, What};

use super::outlet::{field_rows, part, refused};
use super::print_json;
use crate::arguments::{Arguments, MineralsCommand};
use crate::ending::{BadInput, Ending};
use crate::office::Office;
use crate::{say, told};

pub fn run(arguments: &Arguments, asked: &MineralsCommand) -> Result<Ending> {
    match asked {
        MineralsCommand::List { all } => list(arguments, *all),
        MineralsCommand::Quality { file } => quality(arguments, file),
    }
}

/// A unit with where it stands and what is wrong with its readings.
struct Stand {
    name: String,
    code: String,
    fate: MineralFate,
    quality: Vec<ReadingRemark>,
}

fn list(arguments: &Arguments, all: bool) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let minerals = part(arguments, &office, Minerals::read)?;
    let mut records: BTreeMap<String, BTreeMap<String, DoseReading>> = BTreeMap::new();
    for kept in office.store.read().dose_readings()? {
        let reading = kept.record;
        records.entry(reading.unit.clone()).or_default().insert(reading.point.clone(), reading);
    }
    let (scope, period) = (Scope::area(office.area()?), office.census.period);
    let mut counts: BTreeMap<MineralState, u64> = MineralState::ALL.map(|s| (s, 0)).into();
    let mut shown = Vec::new();
    let Office { store, instrument, .. } = &mut office;
    store.read().each_chunk::<anyhow::Error>(&scope, period, 2000, |chunk| {
        for collected in chunk {
            // Other kinds of respondent work no mineral.
            if collected.unit.respondent != "industrial" {
                continue;
            }
            let fate = minerals.state(instrument, &collected.sheets, &collected.unit.industries);
            *counts.entry(fate.state).or_default() += 1;
            if fate.state == MineralState::NotTriggered && fate.remarks.is_empty() && !all {
                continue;
            }
            let points = minerals.points(instrument, &collected.sheets);
            let kept: Vec<DoseReading> =
                records.get(&fate.unit).map_or_else(Vec::new, |r| r.values().cloned().collect());
            let quality = reading_remarks(&minerals, &points, &kept);
            shown.push(Stand { name: collected.unit.name, code: collected.unit.code, fate, quality });
        }
        Ok(())
    })?;
    shown.sort_by(|a, b| (a.fate.state, &a.code, &a.fate.unit).cmp(&(b.fate.state, &b.code, &b.fate.unit)));
    let total: u64 = counts.values().sum();
    if arguments.json {
        let units: Vec<serde_json::Value> = shown
            .iter()
            .map(|s| serde_json::json!({ "name": s.name, "code": s.code, "fate": s.fate, "quality": s.quality }))
            .collect();
        let counts: BTreeMap<&str, u64> = counts.iter().map(|(state, n)| (state.name(), *n)).collect();
        print_json(&serde_json::json!({ "industrial": total, "counts": counts, "units": units }));
        return Ok(Ending::Done);
    }
    for stand in &shown {
        println!("{}  {}  {}", stand.fate.state.title(), stand.code, stand.name);
        println!("    {}", stand.fate.why.join("；"));
        for remark in &stand.fate.remarks {
            println!("  ! {remark}");
        }
        for remark in &stand.quality {
            println!("  ! {}：{}", remark.point, remark.text);
        }
    }
    let parts: Vec<String> = counts.iter().map(|(state, n)| format!("{} {n}", state.title())).collect();
    say!("工业普查对象 {} 个 = {}", "{} industrial units = {}", total, parts.join(" + "));
    Ok(Ending::Done)
}

/// All records of a file or none.
fn quality(arguments: &Arguments, file: &Path) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let rows = field_rows(file, "点位")?;
    let mut found = readings(&rows).map_err(|m| refused(&m))?;
    let scope = Scope::area(office.area()?);
    let mut by_code: BTreeMap<String, String> = BTreeMap::new();
    for unit in office.store.read().units(&scope)? {
        if unit.respondent == "industrial" && !unit.code.is_empty() {
            by_code.insert(unit.code.clone(), unit.id.clone());
        }
        by_code.insert(unit.id.clone(), unit.id);
    }
    for reading in &mut found {
        let Some(unit) = by_code.get(&reading.unit) else {
            let text = told!(
                "{}：名录中没有代码为 {} 的工业普查对象",
                "{}: there is no industrial unit {} in the directory",
                reading.source,
                reading.unit
            );
            return Err(BadInput(text).into());
        };
        reading.unit.clone_from(unit);
    }
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let event = office.event(What::Measure).about(name);
    let kept = office.store.write::<_, anyhow::Error>(&event, |w| Ok(w.keep_readings(&found)?))?;
    if arguments.json {
        print_json(&serde_json::json!({
            "records": found.len(), "new": kept.new, "corrected": kept.corrected, "unchanged": kept.unchanged,
        }));
    } else {
        say!(
            "{} 条质量记录：新增 {}，更正 {}（原记录保留），未变 {}",
            "{} quality records: {} new, {} corrected (the earlier records stay), {} unchanged",
            found.len(),
            kept.new,
            kept.corrected,
            kept.unchanged
        );
    }
    Ok(Ending::Done)
}
