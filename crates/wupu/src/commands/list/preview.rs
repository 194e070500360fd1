//! A list looked at before it is imported: what each column is read as, and what cleaning makes of the first rows.

use anyhow::Result;
use census::frame::{Column, Field, SURE};
use serde_json::{Value, json};

use super::plan::{self, Opened, Plan};
use super::{Tally, columns_of, name_of, say_unread};
use crate::arguments::{Arguments, ImportList};
use crate::commands::import::bad;
use crate::commands::print_json;
use crate::ending::Ending;
use crate::{office, say, told};

/// Rows that are read, and rows that are shown.
const READ: usize = 1000;
const SHOWN: usize = 5;

pub fn run(arguments: &Arguments, list: &ImportList) -> Result<Ending> {
    let instrument = office::instrument(arguments)?;
    let plan = Plan::new(arguments, &instrument, list.profile.as_deref())?;
    let mut files = Vec::new();
    let mut seen = Vec::new();
    for path in &list.files {
        let mut opened = plan.open(path, true)?;
        if list.save_profile.is_some() {
            opened.map = plan.whole(&opened.columns);
        }
        seen.push(opened.columns.clone());
        files.push(one(arguments, &plan, &name_of(path), opened)?);
    }
    let saved = list
        .save_profile
        .as_deref()
        .map(|name| plan::save_profile(arguments, name, &columns_of(seen.iter().map(Vec::as_slice))));
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
fn one(arguments: &Arguments, plan: &Plan, name: &str, opened: Opened) -> Result<Value> {
    let Opened { rows, first, columns, map, absent } = opened;
    let sheets = rows.sheets().to_vec();
    let (mut tally, mut read, mut reasons) = (Tally::default(), 0_u64, Vec::new());
    let mut shown: Vec<Value> = Vec::new();
    let mut lines: Vec<String> = Vec::new();
    let rules = plan.intake.cleaning.rules();
    for row in first.into_iter().map(Ok).chain(rows).take(READ) {
        let row = row.map_err(|e| bad(&e))?;
        let reading = plan.read(&map, &row);
        read += 1;
        tally.add(&row, &reading);
        if let Some(why) = &reading.rejected {
            reasons.push(told!("第 {} 行：{}", "row {}: {}", row.number, why));
        }
        let by = |at: &Vec<usize>| at.iter().map(|at| rules[*at].code.as_str()).collect::<Vec<_>>();
        for change in &reading.changes {
            if lines.len() < SHOWN && change.before.trim() != change.after {
                let (before, after) = (&change.before, &change.after);
                let rules = by(&change.by).join(" ");
                lines.push(told!(
                    "第 {} 行 {}：“{}”读作“{}”（{}）",
                    "row {}, {}: “{}” is read as “{}” ({})",
                    row.number,
                    change.heading,
                    before,
                    after,
                    rules
                ));
            }
        }
        if shown.len() < SHOWN {
            let changes: Vec<Value> = reading
                .changes
                .iter()
                .map(|c| json!({ "column": c.heading, "before": c.before, "after": c.after, "rules": by(&c.by) }))
                .collect();
            shown.push(json!({
                "sheet": row.sheet, "row": row.number, "read": reading.unit, "rejected": reading.rejected,
                "changes": changes, "remarks": reading.remarks,
            }));
        }
    }
    if arguments.json {
        let sheets: Vec<Value> =
            sheets.iter().map(|s| json!({ "name": s.name, "headings_at": s.headings_at, "rows": s.rows })).collect();
        let mut value = json!({
            "file": name, "sheets": sheets, "columns": columns_json(&columns), "absent": absent, "rows_looked_at": read,
            "rejected": reasons.len(), "reasons": reasons.iter().take(20).collect::<Vec<_>>(), "first": shown,
        });
        if let (Some(object), Value::Object(tally)) = (value.as_object_mut(), tally.json(&plan.intake)) {
            object.extend(tally);
        }
        return Ok(value);
    }
    println!("{name}");
    for sheet in &sheets {
        if let Some(at) = sheet.headings_at {
            let named = if sheet.name.is_empty() {
                String::new()
            } else {
                told!("工作表“{}”：", "worksheet {}: ", sheet.name)
            };
            say!("  {}表头在第 {} 行", "  {}headings in row {}", named, at);
        }
    }
    say_unread(&sheets);
    for column in &columns {
        println!("    {}", line(column));
    }
    if !absent.is_empty() {
        say!("  方案里有而文件里没有的列：{}", "  columns of the profile the file does not have: {}", absent.join(" "));
    }
    say!("  前 {} 行：不能读的 {} 行", "  the first {} rows: {} unreadable", read, reasons.len());
    for text in reasons.iter().take(SHOWN).chain(&lines) {
        println!("    {text}");
    }
    tally.say(&plan.intake);
    Ok(Value::Null)
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
