//! A list looked at before it is imported: what each column is read as, and what cleaning makes of the first rows.

use anyhow::Result;
use census::frame::{Change, Column, Field, Intake, SURE};
use serde_json::{Value, json};
use work::import_list::{ListFile, Preview, columns_of, preview};

use super::{profile, say_tally, say_unread, tally_json};
use crate::arguments::{Arguments, ImportList};
use crate::commands::print_json;
use crate::ending::Ending;
use crate::{office, say, told};

/// Reasons and changes that are shown.
const SHOWN: usize = 5;

pub fn run(arguments: &Arguments, list: &ImportList) -> Result<Ending> {
    let instrument = office::instrument(arguments)?;
    let intake = super::intake(arguments)?;
    let plan = super::plan(arguments, list, &instrument, &intake)?;
    let mut files = Vec::new();
    let mut seen = Vec::new();
    for path in &list.files {
        let found = preview(&plan, path, list.save_profile.is_some())?;
        files.push(one(arguments, &intake, &ListFile::of(path).name, &found));
        seen.push(found.columns);
    }
    let saved = list
        .save_profile
        .as_deref()
        .map(|name| profile::save(arguments, name, &columns_of(seen.iter().map(Vec::as_slice))));
    let saved = saved.transpose()?;
    if arguments.json {
        print_json(&json!({ "files": files, "profile": saved.map(|path| path.display().to_string()) }));
        return Ok(Ending::Done);
    }
    match saved {
        Some(path) => say!(
            "导入方案：{}（可以修改）\n下一步：wupu import list 文件 --profile {}",
            "profile: {} (you may change it)\nnext: wupu import list FILE --profile {}",
            path.display(),
            list.save_profile.as_deref().unwrap_or_default()
        ),
        None => say!(
            "没有导入。把握不足 {}% 的列不读；存为方案后可以改：--save-profile 名称",
            "nothing was imported. Columns of less than {}% are not read; save a profile to change that: --save-profile NAME",
            SURE
        ),
    }
    Ok(Ending::Done)
}

/// Shows one file, or gives what there is to show.
fn one(arguments: &Arguments, intake: &Intake, name: &str, seen: &Preview) -> Value {
    let rules = intake.cleaning.rules();
    let by = |change: &Change| change.by.iter().map(|at| rules[*at].code.as_str()).collect::<Vec<_>>();
    let reasons: Vec<String> =
        seen.rejected.iter().map(|(row, why)| told!("第 {} 行：{}", "row {}: {}", row, why)).collect();
    if arguments.json {
        let shown: Vec<Value> = seen
            .first
            .iter()
            .map(|row| {
                let changes: Vec<Value> = row
                    .changes
                    .iter()
                    .map(|c| json!({ "column": c.heading, "before": c.before, "after": c.after, "rules": by(c) }))
                    .collect();
                json!({
                    "sheet": row.sheet, "row": row.row, "read": row.read, "rejected": row.rejected,
                    "changes": changes, "remarks": row.remarks,
                })
            })
            .collect();
        let sheets: Vec<Value> = seen
            .sheets
            .iter()
            .map(|s| json!({ "name": s.name, "headings_at": s.headings_at, "rows": s.rows }))
            .collect();
        let mut value = json!({
            "file": name, "sheets": sheets, "columns": columns_json(&seen.columns), "absent": seen.absent,
            "rows_looked_at": seen.looked_at, "rejected": reasons.len(),
            "reasons": reasons.iter().take(20).collect::<Vec<_>>(), "first": shown,
        });
        if let (Some(object), Value::Object(tally)) = (value.as_object_mut(), tally_json(&seen.tally, intake)) {
            object.extend(tally);
        }
        return value;
    }
    println!("{name}");
    for sheet in &seen.sheets {
        if let Some(at) = sheet.headings_at {
            let named = if sheet.name.is_empty() {
                String::new()
            } else {
                told!("工作表“{}”：", "worksheet {}: ", sheet.name)
            };
            say!("  {}表头在第 {} 行", "  {}headings in row {}", named, at);
        }
    }
    say_unread(&seen.sheets);
    for column in &seen.columns {
        println!("    {}", line(column));
    }
    if !seen.absent.is_empty() {
        let absent = seen.absent.join(" ");
        say!("  方案里有而文件里没有的列：{}", "  columns of the profile the file does not have: {}", absent);
    }
    say!("  前 {} 行：不能读的 {} 行", "  the first {} rows: {} unreadable", seen.looked_at, reasons.len());
    for text in reasons.iter().take(SHOWN) {
        println!("    {text}");
    }
    for seen in &seen.changes {
        let (change, rules) = (&seen.change, by(&seen.change).join(" "));
        println!(
            "    {}",
            told!(
                "第 {} 行 {}：“{}”读作“{}”（{}）",
                "row {}, {}: “{}” is read as “{}” ({})",
                seen.row,
                change.heading,
                change.before,
                change.after,
                rules
            )
        );
    }
    say_tally(&seen.tally, intake);
    Value::Null
}

/// A field for people.
pub fn named(field: &Field) -> String {
    if say::chinese() { field.title() } else { field.name() }
}

/// `企业名称 → 单位名称  100%，列名相同  例：…`
fn line(column: &Column) -> String {
    let samples = column.samples.join(say::pick("、", ", "));
    let why = if say::chinese() { column.why.zh() } else { column.why.en() };
    let doubt = if column.doubt { say::pick("，内容不大像", ", the content hardly") } else { "" };
    let meaning = match &column.field {
        Some(field) => format!("{}  {}%{}{why}{doubt}", named(field), column.sure, say::pick("，", ", ")),
        None => say::pick("不读", "not read").to_owned(),
    };
    let samples = if samples.is_empty() { String::new() } else { told!("  例：{}", "  such as: {}", samples) };
    format!("{} → {meaning}{samples}", column.heading)
}

pub fn columns_json(columns: &[Column]) -> Vec<Value> {
    let column = |c: &Column| {
        json!({
            "heading": c.heading, "field": c.field.as_ref().map(Field::name), "sure": c.sure, "why": c.why.en(),
            "doubt": c.doubt, "read": c.field.is_some() && c.sure >= SURE, "samples": c.samples,
        })
    };
    columns.iter().map(column).collect()
}
