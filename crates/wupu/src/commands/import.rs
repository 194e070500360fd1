//! Importing filled sheets, form by form. Nothing received is lost.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Result;
use census::sheet::{Revision, SheetKey};
use report::read::ReadError;
use store::{Saved, Scope, What};

use super::print_json;
use crate::arguments::{Arguments, Import};
use crate::ending::{BadInput, Ending};
use crate::office::Office;
use crate::{progress, said, say, told};

pub fn run(arguments: &Arguments, import: &Import) -> Result<Ending> {
    match import {
        Import::List(list) => super::list::run(arguments, list),
        Import::Sheets { folder } => sheets(arguments, folder),
    }
}

pub(super) fn bad(error: &ReadError) -> BadInput {
    BadInput(said!(error))
}

fn sheets(arguments: &Arguments, folder: &Path) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let mut opened = report::read::sheets_folder(&office.instrument, folder).map_err(|e| bad(&e))?;
    let scope = Scope::area(office.area()?);
    let mut by_code: BTreeMap<String, String> = BTreeMap::new();
    for unit in office.store.read().units(&scope)? {
        // A unit without a code (a village) is named by its area.
        let code = if unit.code.is_empty() { unit.area.clone() } else { unit.code.clone() };
        by_code.insert(code, unit.id.clone());
        by_code.insert(unit.id.clone(), unit.id);
    }
    let bar = progress::bar(0, say::pick("导入普查表", "import sheets"), arguments.json);
    let event = office.event(What::ImportSheets).about(folder.display().to_string());
    let (period, version) = (office.census.period, office.instrument.version.clone());
    let Office { store, ids, now, .. } = &mut office;
    let mut strangers: Vec<String> = Vec::new();
    let mut received = 0;
    // One change, so that a mistake in the last file leaves nothing of the first; read and written in parts, so that
    // a province needs no more memory than a county.
    let saved = store.write::<_, anyhow::Error>(&event, |w| {
        let mut saved = Vec::new();
        loop {
            let part = opened.chunk(PART).map_err(|e| bad(&e))?;
            if part.is_empty() {
                return Ok(saved);
            }
            bar.inc(part.len() as u64);
            let mut revisions: Vec<Revision> = Vec::new();
            for sheets in part {
                let Some(unit) = by_code.get(&sheets.unit) else {
                    strangers.push(sheets.unit);
                    continue;
                };
                for (form, values) in sheets.sheets {
                    revisions.push(Revision {
                        id: ids.make(),
                        sheet: SheetKey { unit: unit.clone(), form, period },
                        base: None,
                        instrument: version.clone(),
                        values,
                        author: arguments.actor.clone(),
                        at: now.clone(),
                    });
                }
            }
            received += revisions.len();
            continued(w, &mut revisions, |form, block| opened.holds(form, block))?;
            saved.extend(w.revise(&revisions)?);
        }
    })?;
    bar.finish_and_clear();
    let unchanged = received - saved.len();
    let new = saved.iter().filter(|s| **s == Saved::New).count();
    let refused: Vec<String> = saved
        .iter()
        .filter_map(|s| match s {
            Saved::Refused(conflict) => Some(conflict.to_string()),
            _ => None,
        })
        .collect();
    if arguments.json {
        print_json(&serde_json::json!({
            "sheets": received, "new": new, "unchanged": unchanged, "refused": refused, "unknown_units": strangers,
        }));
    } else {
        say!(
            "收到 {} 张表：新版本 {}，未变 {}，拒收 {}",
            "{} sheets received: {} new versions, {} unchanged, {} refused",
            received,
            new,
            unchanged,
            refused.len()
        );
        for line in refused.iter().take(10) {
            println!("! {line}");
        }
        if !strangers.is_empty() {
            let shown = strangers.iter().take(5).cloned().collect::<Vec<_>>().join(" ");
            println!(
                "! {}",
                told!(
                    "{} 个单位不在名录中，其表未导入：{}…",
                    "{} units are not in the directory, their sheets were left: {}…",
                    strangers.len(),
                    shown
                )
            );
        }
    }
    Ok(if strangers.is_empty() && refused.is_empty() { Ending::Done } else { Ending::Attention })
}

/// Units that are read and written together.
const PART: usize = 2000;

/// A sheet that is there already is continued from its newest revision, with the parts that were not handed in, or
/// left out when nothing differs.
fn continued(
    w: &mut store::Writing,
    revisions: &mut Vec<Revision>,
    handed_in: impl Fn(&str, &str) -> bool,
) -> Result<()> {
    let units: BTreeSet<String> = revisions.iter().map(|r| r.sheet.unit.clone()).collect();
    let Some(period) = revisions.first().map(|r| r.sheet.period) else { return Ok(()) };
    let mut kept: BTreeMap<(String, String), (String, census::sheet::Values)> = BTreeMap::new();
    let scope = Scope::Units(units.into_iter().collect());
    w.read().each_chunk::<anyhow::Error>(&scope, period, PART, |chunk| {
        for mut collected in chunk {
            for (form, revision) in collected.version.revisions {
                if let Some(values) = collected.sheets.sheets.remove(&form) {
                    kept.insert((collected.unit.id.clone(), form), (revision, values));
                }
            }
        }
        Ok(())
    })?;
    revisions.retain_mut(|revision| {
        let key = (revision.sheet.unit.clone(), revision.sheet.form.clone());
        let Some((base, old)) = kept.get(&key) else { return true };
        revision.values.keep_absent(old, |block| handed_in(&key.1, block));
        revision.base = Some(base.clone());
        *old != revision.values
    });
    Ok(())
}
