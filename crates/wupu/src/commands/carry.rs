//! Drafts of survey sheets from screening sheets: files to be completed and imported.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use census::frame::{Carried, Carrying, InScope, Serials, Unit};
use census::outlet;
use census::sheet::UnitSheets;
use report::write::{FlatTable, csv_bytes, flat_export};
use store::Scope;

use super::outlet::part;
use super::print_json;
use crate::arguments::Arguments;
use crate::ending::{Ending, Refused};
use crate::office::Office;
use crate::{output, say, told};

/// What became of the sheets of one form.
#[derive(Default)]
struct Count {
    sheets: u64,
    drafted: u64,
    out: u64,
    ask: u64,
    /// Units that have the survey sheet already.
    there: u64,
    rows: [u64; 3],
}

pub fn run(arguments: &Arguments, out: &Path) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let carrying = part(arguments, &office, Carrying::read)?;
    let (scope, period) = (Scope::area(office.area()?), office.census.period);
    let pairs: Vec<(String, String)> =
        carrying.pairs().into_iter().map(|(from, to)| (from.to_owned(), to.to_owned())).collect();
    let mut held: Vec<(Unit, UnitSheets)> = Vec::new();
    let mut codes = Vec::new();
    let Office { store, instrument, .. } = &mut office;
    store.read().each_chunk::<anyhow::Error>(&scope, period, 2000, |chunk| {
        for collected in chunk {
            let sheets = &collected.sheets.sheets;
            let listed = sheets.get(outlet::FORM).and_then(|s| outlet::Outlet::read(instrument, "", s));
            codes.extend(listed.map(|o| o.code).filter(|code| !code.is_empty()));
            if pairs.iter().any(|(from, _)| sheets.contains_key(from)) {
                held.push((collected.unit, collected.sheets));
            }
        }
        Ok(())
    })?;
    // Codes that screening sheets name are taken before any is given.
    for (_, sheets) in &held {
        let named = sheets.sheets.iter().filter_map(|(form, sheet)| carrying.code(form, sheet)).map(str::to_owned);
        codes.extend(named.filter(|c| c.len() == 9 && c.bytes().all(|b| b.is_ascii_digit())));
    }
    let mut serials = Serials::of(codes);
    // Readers merge the files of a folder unit by unit: all are in the order of codes.
    held.sort_by(|a, b| key(&a.0).cmp(key(&b.0)));
    let mut counts: BTreeMap<(String, String), Count> = BTreeMap::new();
    let mut drafts: BTreeMap<String, Vec<(Unit, UnitSheets)>> = BTreeMap::new();
    let mut notes: Vec<Vec<String>> = Vec::new();
    for (unit, sheets) in &held {
        for (from, to) in pairs.iter().filter(|(from, _)| sheets.sheets.contains_key(from)) {
            let count = counts.entry((from.clone(), to.clone())).or_default();
            count.sheets += 1;
            let mut say = |place: String, outcome: &str, why: &str| {
                let cells = [key(unit), &unit.name, from, to, &place, outcome, why];
                notes.push(cells.map(str::to_owned).to_vec());
            };
            if sheets.sheets.contains_key(to) {
                count.there += 1;
                say(String::new(), "已有", "已有普查表，不另生成");
                continue;
            }
            let carried: Carried = carrying.carry(instrument, from, to, &sheets.sheets[from], &mut serials);
            for fate in &carried.fates {
                let (at, word) = match fate.scope {
                    InScope::In => (0, "纳入"),
                    InScope::Out => (1, "不在范围"),
                    InScope::Ask => (2, "待核实"),
                };
                if fate.row > 0 {
                    count.rows[at] += 1;
                } else {
                    *[&mut count.drafted, &mut count.out, &mut count.ask][at] += 1;
                }
                let place = if fate.row == 0 { String::new() } else { format!("{} {}", fate.block, fate.row) };
                if fate.scope != InScope::In {
                    say(place, word, &fate.why);
                }
            }
            for item in &carried.open {
                let block = if item.block.is_empty() { String::new() } else { format!("/{}", item.block) };
                say(format!("{to}{block}[{}] {}", item.item, item.name), "待填", &item.why);
            }
            if let Some(draft) = carried.draft {
                let made = UnitSheets { sheets: [(to.clone(), draft)].into(), ..UnitSheets::default() };
                drafts.entry(to.clone()).or_default().push((unit.clone(), made));
            }
        }
    }
    let mut made: Vec<(String, Vec<u8>)> = Vec::new();
    for (form, units) in &drafts {
        let Some(of) = instrument.form(form) else { continue };
        for block in &of.blocks {
            let name = if block.name.is_empty() { form.clone() } else { format!("{form}.{}", block.name) };
            let name = format!("{name}.csv");
            made.push((name, csv_bytes(&flat_export(instrument, form, &block.name, units))));
        }
    }
    // A draft may have been completed by hand since.
    let differs = |(name, bytes): &&(String, Vec<u8>)| std::fs::read(out.join(name)).is_ok_and(|old| old != *bytes);
    if let Some((name, _)) = made.iter().find(differs) {
        let path = out.join(name);
        let text = told!(
            "{}：已有内容不同的草稿，可能已经补填；请先导入，或用 --out 另选文件夹",
            "{}: a draft with other content is there, perhaps completed by hand; import it first, or name another folder with --out",
            path.display()
        );
        return Err(Refused(text).into());
    }
    output::folder(out)?;
    for (name, bytes) in &made {
        output::write(&out.join(name), bytes)?;
    }
    let files: Vec<&String> = made.iter().map(|(name, _)| name).collect();
    // Beside the folder's sheets: a reader of sheets would take it for a form.
    let notes_at = notes_path(out);
    output::write(&notes_at, csv_bytes(&notes_table(notes)))?;
    if arguments.json {
        let pairs: Vec<serde_json::Value> = counts
            .iter()
            .map(|((from, to), c)| {
                serde_json::json!({
                    "from": from, "to": to, "sheets": c.sheets, "drafted": c.drafted, "out": c.out, "ask": c.ask,
                    "there": c.there, "rows_in": c.rows[0], "rows_out": c.rows[1], "rows_ask": c.rows[2],
                })
            })
            .collect();
        print_json(&serde_json::json!({ "pairs": pairs, "files": files, "notes": notes_at.display().to_string() }));
        return Ok(Ending::Done);
    }
    for ((from, to), c) in &counts {
        say!(
            "{} → {}：清查表 {} 张 = 草稿 {} + 不在范围 {} + 待核实 {} + 已有 {}",
            "{} → {}: {} screening sheets = {} drafts + {} out of scope + {} to be verified + {} there already",
            from,
            to,
            c.sheets,
            c.drafted,
            c.out,
            c.ask,
            c.there
        );
        let [kept, left, ask] = c.rows;
        if kept + left + ask > 0 {
            say!(
                "  行 {} = 纳入 {} + 不在范围 {} + 待核实 {}",
                "  {} rows = {} in + {} out of scope + {} to be verified",
                kept + left + ask,
                kept,
                left,
                ask
            );
        }
    }
    if counts.is_empty() {
        say!("没有可以转出的清查表", "there is no screening sheet to carry");
        return Ok(Ending::Done);
    }
    if files.is_empty() {
        say!("没有新的草稿；说明在 {}", "no new draft; the reasons are in {}", notes_at.display());
        return Ok(Ending::Done);
    }
    say!(
        "草稿在 {}，每项说明在 {}；补填后 wupu import sheets {}",
        "drafts are in {}, what is open in {}; complete them, then wupu import sheets {}",
        out.display(),
        notes_at.display(),
        out.display()
    );
    Ok(Ending::Done)
}

/// What a file of sheets names a unit by.
fn key(unit: &Unit) -> &str {
    if unit.code.is_empty() { &unit.id } else { &unit.code }
}

fn notes_path(out: &Path) -> std::path::PathBuf {
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    out.with_file_name(format!("{name}-说明.csv"))
}

fn notes_table(rows: Vec<Vec<String>>) -> FlatTable {
    let headings = [
        ["unit", "普查对象"],
        ["name", "名称"],
        ["from", "清查表"],
        ["to", "普查表"],
        ["place", "位置"],
        ["outcome", "结果"],
        ["why", "原因"],
    ];
    FlatTable { title: String::new(), headings: headings.map(|h| h.map(str::to_owned)).to_vec(), rows }
}
