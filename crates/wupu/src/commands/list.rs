//! Importing base lists row by row. Nothing received is lost; what cleaning changed is told.

mod preview;
mod profile;

use std::collections::BTreeMap;

use anyhow::Result;
use census::frame::{Intake, SURE};
use instrument::model::Instrument;
use instrument::problem::Problems;
use report::read::SheetSeen;
use serde_json::{Value, json};
use store::{ImportKind, Imported};
use work::import_list::{Done, ListFile, Plan, Tally, columns_of, import as keep_lists, unread};
use work::{Progress, Watch};

use super::print_json;
use crate::arguments::{Arguments, ImportList};
use crate::ending::{BadInput, Ending};
use crate::office::Office;
use crate::{office, output, progress, say, stop, told};

pub fn run(arguments: &Arguments, list: &ImportList) -> Result<Ending> {
    if list.files.is_empty() {
        return Err(BadInput(say::pick("没有指定底册文件", "no list file given").to_owned()).into());
    }
    if list.preview { preview::run(arguments, list) } else { import(arguments, list) }
}

/// How lists are read under the instrument in use; the built-in one was proven when it was tested.
fn intake(arguments: &Arguments) -> Result<Intake> {
    let mut problems = Problems::default();
    let files = office::package(arguments)?;
    let intake = Intake::read(files.as_ref(), arguments.instrument.is_some(), &mut problems);
    if problems.errors() > 0 { Err(BadInput(office::package_problems(&problems.0)).into()) } else { Ok(intake) }
}

/// How the lists of one command are read.
fn plan<'i>(arguments: &Arguments, list: &ImportList, instrument: &Instrument, intake: &'i Intake) -> Result<Plan<'i>> {
    let profile = list.profile.as_deref().map(|name| profile::read(arguments, name, instrument)).transpose()?;
    Ok(Plan::new(instrument, intake, profile))
}

fn import(arguments: &Arguments, list: &ImportList) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let intake = intake(arguments)?;
    let plan = plan(arguments, list, &office.instrument, &intake)?;
    let files: Vec<ListFile> = list.files.iter().map(|path| ListFile::of(path)).collect();
    let kind = if list.recheck { ImportKind::Recheck } else { ImportKind::List };
    stop::watch();
    let mut bar: Option<(usize, indicatif::ProgressBar)> = None;
    let mut tell = |at: Progress| {
        let name = &files[at.part].name;
        if bar.as_ref().is_none_or(|(part, _)| *part != at.part) {
            if let Some((_, old)) = bar.take() {
                old.finish_and_clear();
            }
            bar = Some((at.part, progress::file(at.of, name, arguments.json)));
        }
        if let Some((_, bar)) = bar.as_ref().filter(|_| at.rows > 0) {
            bar.set_position(at.done);
            bar.set_message(told!("{} {} 行", "{}: {} rows", name, at.rows));
        }
    };
    let mut watch = Watch::new(&mut tell, &stop::wanted);
    let mut take = list.rejected.as_deref().map(output::take);
    let rejected = take.as_mut().map(|take| take as work::Take<'_>);
    let (mut desk, store) = office.desk()?;
    let done = keep_lists(&mut desk, store, &plan, &files, kind, rejected, &mut watch);
    if let Some((_, bar)) = bar {
        bar.finish_and_clear();
    }
    let work::import_list::Outcome { files: results, left_out } = done?;
    let saved = list.save_profile.as_deref().map(|name| {
        let columns = columns_of(results.iter().map(|done| done.columns.as_slice()));
        profile::save(arguments, name, &columns)
    });
    if arguments.json {
        let files: Vec<Value> = results.iter().map(|done| done_json(done, &intake)).collect();
        print_json(&json!({ "files": files }));
    } else {
        for done in &results {
            say_done(done, &intake);
        }
        if left_out > 0 {
            say!(
                "退回的行过多，另有 {} 行未写入工作簿（普查库中都已保留）",
                "too many rejected rows: {} more are not in the workbook (all are kept in the census)",
                left_out
            );
        }
    }
    if let Some(path) = saved.transpose()?.filter(|_| !arguments.json) {
        say!("导入方案：{}", "profile: {}", path.display());
    }
    Ok(Ending::Done)
}

fn tally_json(tally: &Tally, intake: &Intake) -> Value {
    let rules = intake.cleaning.rules();
    let cleaned: BTreeMap<&str, u64> = tally.cleaned.iter().map(|(at, n)| (rules[*at].code.as_str(), *n)).collect();
    json!({ "not_units": tally.not_units, "cleaned": cleaned, "left_out": tally.left_out })
}

fn say_tally(tally: &Tally, intake: &Intake) {
    for (at, cells) in &tally.cleaned {
        let rule = &intake.cleaning.rules()[*at];
        say!("  清洗 {} {}：{} 格", "  cleaned {} {}: {} cells", rule.code, rule.title, cells);
    }
    if let Some((row, remark)) = &tally.example {
        let example = told!("第 {} 行 {}", "row {}: {}", row, remark);
        say!("  未采用的格：{} 个，如 {}", "  cells left out: {}, such as {}", tally.left_out, example);
    }
}

fn done_json(done: &Done, intake: &Intake) -> Value {
    let (rows, rejected, new) = match &done.imported {
        Imported::New { rows, rejected } => (rows, rejected, true),
        Imported::Known { rows, rejected, .. } => (rows, rejected, false),
    };
    let mut value = json!({
        "file": done.name, "rows": rows, "rejected": rejected, "new": new,
        "columns": preview::columns_json(&done.columns), "absent": done.absent,
        "sheets_without_headings": done.unread().map(|s| s.name.as_str()).collect::<Vec<_>>(),
    });
    if let (true, Some(object), Value::Object(tally)) = (new, value.as_object_mut(), tally_json(&done.tally, intake)) {
        object.extend(tally);
    }
    value
}

fn say_done(done: &Done, intake: &Intake) {
    match &done.imported {
        Imported::New { rows, rejected } => {
            say!(
                "{}：收到 {} 行，其中不能读的 {} 行（已保留，注明原因）",
                "{}: {} rows received, {} of them unreadable (kept, with the reason)",
                done.name,
                rows,
                rejected
            );
            if done.tally.not_units > 0 {
                say!(
                    "  不能读的行中 {} 行不是单位（合计、落款等）",
                    "  {} of the unreadable rows are no units (totals, signatures)",
                    done.tally.not_units
                );
            }
            say_columns(done);
            say_tally(&done.tally, intake);
            say_unread(&done.sheets);
        }
        Imported::Known { name: first, rows, .. } => {
            say!(
                "{}：与已导入的 {} 相同（{} 行），没有改变",
                "{}: the same as {} ({} rows), nothing changed",
                done.name,
                first,
                rows
            );
            if done.profile_unused() {
                say!(
                    "  已导入的行不会重新读，导入方案没有用上",
                    "  rows that are imported are not read again; the profile was not used"
                );
            }
        }
    }
}

/// Columns that were not read although they say something.
fn say_columns(done: &Done) {
    let unread = done.columns.iter().filter(|c| (c.field.is_none() || c.sure < SURE) && c.filled > 0);
    let unread: Vec<String> = unread
        .map(|c| match &c.field {
            Some(field) => told!("{}（可能是{}）", "{} (perhaps {})", c.heading, preview::named(field)),
            None => c.heading.clone(),
        })
        .collect();
    if !unread.is_empty() {
        let unread = unread.join(say::pick("、", ", "));
        say!(
            "  未读的列：{}（wupu import list 文件 --preview）",
            "  columns not read: {} (wupu import list FILE --preview)",
            unread
        );
    }
    if !done.absent.is_empty() {
        let absent = done.absent.join(say::pick("、", ", "));
        say!("  导入方案里有而文件里没有的列：{}", "  columns of the profile the file does not have: {}", absent);
    }
}

fn say_unread(sheets: &[SheetSeen]) {
    for sheet in unread(sheets) {
        say!(
            "  工作表“{}”没有表头，未读（{} 行）",
            "  the worksheet {} has no headings and was not read ({} rows)",
            sheet.name,
            sheet.rows
        );
    }
}
