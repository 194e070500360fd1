//! The directory as frozen versions: made, compared, sent up, certified.

use std::path::Path;

use anyhow::Result;
use census::frame::{Frozen, UnitChange, Verdict};
use work::library::{self, In, Outcome};
use work::package::Sealing;

use super::{key, print_json};
use crate::arguments::{Arguments, LibraryCommand};
use crate::ending::Ending;
use crate::office::Office;
use crate::{output, say};

pub fn run(arguments: &Arguments, asked: &LibraryCommand) -> Result<Ending> {
    match asked {
        LibraryCommand::Freeze { out } => freeze(arguments, out.as_deref()),
        LibraryCommand::List => list(arguments),
        LibraryCommand::Diff { old, new } => diff(arguments, *old, *new),
        LibraryCommand::Certificate { out } => certify(arguments, out),
    }
}

fn freeze(arguments: &Arguments, out: Option<&Path>) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let mut key = || key::own(arguments);
    let (mut desk, store) = office.desk()?;
    let done = match out {
        None => library::freeze(&mut desk, store, None)?,
        Some(out) => {
            let mut put = |_: &str, bytes: &[u8]| output::write(out, bytes).map_err(|e| output::failed(&e));
            library::freeze(&mut desk, store, Some(Sealing { key: &mut key, put: &mut put }))?
        }
    };
    match done {
        Outcome::Same(last) => {
            say!(
                "名录库与第 {} 版相同（{}…），没有新建版本",
                "the directory is the same as version {} ({}…); no new version",
                last.number,
                &last.units.digest[..16]
            );
            Ok(Ending::Done)
        }
        Outcome::New(frozen) => {
            tell(arguments, &office, &frozen);
            let well = frozen.twice.is_empty() && frozen.funnel.adds_up();
            Ok(if well { Ending::Done } else { Ending::Attention })
        }
    }
}

/// What came up from an office below.
pub fn received(arguments: &Arguments, done: &In) {
    let frozen = &done.frozen;
    if arguments.json {
        print_json(
            &serde_json::json!({ "kind": "library", "area": frozen.area, "number": frozen.number, "units": done.units }),
        );
    } else {
        say!(
            "{} 的名录库第 {} 版：{} 个普查对象，重新计算的校验码一致",
            "directory of {}, version {}: {} units, the hash computed again is the same",
            frozen.office,
            frozen.number,
            done.units
        );
    }
}

fn tell(arguments: &Arguments, office: &Office, frozen: &Frozen) {
    if arguments.json {
        print_json(&serde_json::json!({
            "number": frozen.number, "units": frozen.units.rows, "hash": frozen.units.digest, "funnel": frozen.funnel,
            "parts": frozen.parts.len(), "missing": frozen.missing, "twice": frozen.twice, "open": frozen.open(),
        }));
        return;
    }
    for line in office.funnel_lines(&frozen.funnel) {
        println!("{line}");
    }
    say!(
        "{} 名录库第 {} 版：{} 个普查对象，校验码 {}",
        "{}, version {} of the directory: {} units, hash {}",
        office.areas.path_name(frozen.area),
        frozen.number,
        frozen.units.rows,
        frozen.units.digest
    );
    if !frozen.parts.is_empty() {
        let sum: u64 = frozen.parts.iter().map(|p| p.units.rows).sum();
        say!(
            "由 {} 个下级的名录库合成：{} 个，一个不多，一个不少",
            "made of the directories of {} offices below: {} units",
            frozen.parts.len(),
            sum
        );
    }
    for open in frozen.open() {
        println!("! {open}");
    }
}

fn list(arguments: &Arguments) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let all = office.store.read().libraries()?;
    if arguments.json {
        let told: Vec<serde_json::Value> = all
            .iter()
            .map(|l| serde_json::json!({ "area": l.area, "number": l.number, "units": l.units, "hash": l.hash }))
            .collect();
        print_json(&serde_json::json!({ "libraries": told }));
        return Ok(Ending::Done);
    }
    for l in &all {
        println!("{}  {:>3}  {:>8}  {}…  {}", l.area, l.number, l.units, &l.hash[..16], office.areas.path_name(l.area));
    }
    Ok(Ending::Done)
}

fn diff(arguments: &Arguments, old: Option<u64>, new: Option<u64>) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let (desk, store) = office.desk()?;
    let done = library::diff(&desk, &mut store.read(), old, new)?;
    let word = |verdict: Option<&Verdict>| match verdict {
        Some(Verdict::MovedTo { .. }) => "移交",
        Some(Verdict::Closed { .. }) => "关闭",
        Some(Verdict::DuplicateOf { .. }) => "重复",
        Some(Verdict::OutOfScope { .. }) => "不在范围",
        Some(Verdict::NotFound { .. }) => "未找到",
        Some(Verdict::Held { .. }) => "待定",
        Some(Verdict::InScope { .. }) | None => "",
    };
    let count = |f: fn(&UnitChange) -> bool| done.changes.iter().filter(|c| f(c)).count();
    let (added, removed) =
        (count(|c| matches!(c, UnitChange::Added { .. })), count(|c| matches!(c, UnitChange::Removed { .. })));
    let changed = done.changes.len() - added - removed;
    if arguments.json {
        print_json(&serde_json::json!({
            "old": done.old, "new": done.new, "added": added, "removed": removed, "changed": changed, "changes": done.changes,
        }));
        return Ok(Ending::Done);
    }
    for change in &done.changes {
        match change {
            UnitChange::Added { unit } => println!("+ {}  {}  {}", unit.code, unit.name, done.why(unit)),
            UnitChange::Removed { unit } => {
                println!("- {}  {}  {} {}", unit.code, unit.name, word(done.verdict(unit)), done.why(unit));
            }
            UnitChange::Changed { unit, fields } => {
                let told: Vec<String> = fields.iter().map(|(f, a, b)| format!("{f} {a}→{b}")).collect();
                println!("~ {}  {}  {}", unit.code, unit.name, told.join("；"));
            }
        }
    }
    say!(
        "第 {} 版到第 {} 版：新增 {}，移出 {}，变更 {}",
        "version {} to {}: {} added, {} removed, {} changed",
        done.old,
        done.new,
        added,
        removed,
        changed
    );
    Ok(Ending::Done)
}

fn certify(arguments: &Arguments, out: &Path) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let (desk, store) = office.desk()?;
    let (page, open) = library::certify(&desk, &mut store.read())?;
    output::write(out, page)?;
    if arguments.json {
        print_json(&serde_json::json!({ "certificate": out.display().to_string(), "open": open }));
    } else {
        println!("{}", out.display());
        for open in &open {
            println!("! {open}");
        }
    }
    Ok(if open.is_empty() { Ending::Done } else { Ending::Attention })
}
