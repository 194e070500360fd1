//! Importing: base lists row by row, filled sheets form by form. Nothing received is lost.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Result;
use census::frame::{self, HeadingMap, Listing};
use census::sheet::{Revision, SheetKey};
use report::read::ReadError;
use sha2::{Digest, Sha256};
use store::{ImportFile, ImportKind, Imported, Saved, Scope, What};

use super::print_json;
use crate::arguments::{Arguments, Import};
use crate::ending::{BadInput, Ending};
use crate::office::Office;
use crate::{output, progress, say, told};

pub fn run(arguments: &Arguments, import: &Import) -> Result<Ending> {
    match import {
        Import::List { files, rejected } => lists(arguments, files, rejected.as_deref()),
        Import::Sheets { folder } => sheets(arguments, folder),
    }
}

fn bad(error: &ReadError) -> BadInput {
    BadInput(if say::chinese() { error.zh() } else { error.to_string() })
}

fn lists(arguments: &Arguments, files: &[PathBuf], rejected: Option<&Path>) -> Result<Ending> {
    if files.is_empty() {
        return Err(BadInput(say::pick("没有指定底册文件", "no list file given").to_owned()).into());
    }
    let mut office = Office::open(arguments)?;
    let headings = HeadingMap::usual();
    // The kind of respondent may stand in a column; its words are the instrument's.
    let kinds: BTreeMap<String, String> = office
        .instrument
        .respondents
        .iter()
        .flat_map(|r| [(r.title.clone(), r.code.clone()), (r.code.clone(), r.code.clone())])
        .collect();
    let names: Vec<String> = files.iter().map(|path| name_of(path)).collect();
    let event = office.event(What::ImportList).about(names.join(" "));
    let Office { store, ids, census, .. } = &mut office;
    let simulated = census.simulated;
    let mut back = SentBack { wanted: rejected.is_some(), rows: Vec::new(), bytes: 0, left_out: 0 };
    // One change: when a later file or the workbook of rejected rows fails, nothing of the earlier files is there.
    let results = store.write::<_, anyhow::Error>(&event, |w| {
        let mut results = Vec::new();
        for (path, name) in files.iter().zip(&names) {
            let is_heading = |cells: &[String]| headings.is_heading_row(cells.iter().map(String::as_str));
            let opened = report::read::rows(path, &is_heading).map_err(|e| bad(&e))?;
            let (hash, size) = hash_of(path)?;
            let file = ImportFile { id: ids.make(), kind: ImportKind::List, name: name.clone(), hash, size };
            let bar = progress::bar(0, name, arguments.json);
            let rows = opened.map(|row| -> Result<Listing> {
                let row = row.map_err(|e| bad(&e))?;
                bar.inc(1);
                let kind = row.cells.iter().find(|(h, _)| h == "对象类别").map_or("", |(_, c)| c.as_str());
                let respondent = kinds.get(kind.trim()).map_or("industrial", String::as_str);
                let reading = frame::read(&headings, &row.cells, respondent);
                let reason = row.misfit.map(|m| m.to_string()).or(reading.rejected);
                if let Some(reason) = &reason {
                    back.add(name, &row, reason);
                }
                let mut hash = Sha256::new();
                for (_, cell) in &row.cells {
                    hash.update(cell);
                    hash.update([0]);
                }
                Ok(Listing {
                    id: ids.make(),
                    file: name.clone(),
                    sheet: row.sheet,
                    row: row.number,
                    hash: hex(&hash.finalize()),
                    cells: row.cells,
                    read: reading.unit,
                    rejected: reason,
                })
            });
            let done = w.import_list::<anyhow::Error>(&file, rows);
            bar.finish_and_clear();
            results.push((name.clone(), done?));
        }
        if let Some(path) = rejected.filter(|_| !back.rows.is_empty()) {
            let heading = report::write::Heading { simulated, ..report::write::Heading::default() };
            output::write(path, report::write::rejected_workbook(&back.rows, &heading)?)?;
        }
        Ok(results)
    })?;
    if arguments.json {
        let files: Vec<serde_json::Value> = results
            .iter()
            .map(|(name, done)| match done {
                Imported::New { rows, rejected } => {
                    serde_json::json!({ "file": name, "rows": rows, "rejected": rejected, "new": true })
                }
                Imported::Known { rows, rejected, .. } => {
                    serde_json::json!({ "file": name, "rows": rows, "rejected": rejected, "new": false })
                }
            })
            .collect();
        print_json(&serde_json::json!({ "files": files }));
    } else {
        for (name, done) in &results {
            match done {
                Imported::New { rows, rejected } => say!(
                    "{}：收到 {} 行，其中不能读的 {} 行（已保留，注明原因）",
                    "{}: {} rows received, {} of them unreadable (kept, with the reason)",
                    name,
                    rows,
                    rejected
                ),
                Imported::Known { name: first, rows, .. } => say!(
                    "{}：与已导入的 {} 相同（{} 行），没有改变",
                    "{}: the same as {} ({} rows), nothing changed",
                    name,
                    first,
                    rows
                ),
            }
        }
        if back.left_out > 0 {
            say!(
                "退回的行过多，另有 {} 行未写入工作簿（普查库中都已保留）",
                "too many rejected rows: {} more are not in the workbook (all are kept in the census)",
                back.left_out
            );
        }
    }
    Ok(Ending::Done)
}

/// Rejected rows for the workbook that goes back to the sender.
struct SentBack {
    wanted: bool,
    rows: Vec<report::write::RejectedRow>,
    bytes: usize,
    left_out: u64,
}

/// Bytes of text in that workbook: it is made in memory, and nobody mends more by hand.
const MOST_SENT_BACK: usize = 16 << 20;

impl SentBack {
    fn add(&mut self, file: &str, row: &report::read::FileRow, reason: &str) {
        if self.wanted && self.bytes > MOST_SENT_BACK {
            self.left_out += 1;
        } else if self.wanted {
            self.bytes += row.cells.iter().map(|(heading, cell)| heading.len() + cell.len()).sum::<usize>();
            self.rows.push(report::write::RejectedRow {
                file: file.to_owned(),
                sheet: row.sheet.clone(),
                row: row.number,
                cells: row.cells.clone(),
                reason: reason.to_owned(),
            });
        }
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned())
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

/// Hash and size of a file.
fn hash_of(path: &Path) -> Result<(String, u64)> {
    let open = |e: std::io::Error| bad(&ReadError::Open { file: path.to_owned(), why: e.to_string() });
    let mut file = std::fs::File::open(path).map_err(open)?;
    let (mut hash, mut size) = (Sha256::new(), 0);
    let mut buffer = vec![0u8; 1 << 20];
    loop {
        let read = std::io::Read::read(&mut file, &mut buffer).map_err(open)?;
        if read == 0 {
            return Ok((hex(&hash.finalize()), size));
        }
        size += read as u64;
        hash.update(&buffer[..read]);
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
