//! The directory as frozen versions: made, compared, sent up, certified.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, Result};
use census::area::{AreaCode, Tree};
use census::frame::{Frozen, Funnel, Part, Unit, UnitChange, UnitMark, Verdict, difference};
use census::package::{Kind, Opened, seal};
use census::split::RowSet;
use instrument::model::AreaLevel;
use report::certificate::{self, Certificate};
use store::{Direction, Library, LibraryUnit, PackageRow, Scope, What};

use super::split::kept;
use super::{key, print_json, receive};
use crate::arguments::{Arguments, LibraryCommand};
use crate::ending::{BadInput, Ending, Refused};
use crate::office::Office;
use crate::{output, say, told};

pub fn run(arguments: &Arguments, asked: &LibraryCommand) -> Result<Ending> {
    match asked {
        LibraryCommand::Freeze { out } => freeze(arguments, out.as_deref()),
        LibraryCommand::List => list(arguments),
        LibraryCommand::Diff { old, new } => diff(arguments, *old, *new),
        LibraryCommand::Certificate { out } => certify(arguments, out),
    }
}

/// A version as it is read back.
fn head(library: &Library) -> Result<Frozen> {
    serde_json::from_str(&library.document).with_context(|| format!("library {} of {}", library.number, library.area))
}

/// The newest version of each area.
fn newest(office: &mut Office) -> Result<BTreeMap<AreaCode, Frozen>> {
    let all = office.store.read().libraries()?;
    all.iter().map(|library| Ok((library.area, head(library)?))).collect()
}

fn freeze(arguments: &Arguments, out: Option<&Path>) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let own = office.area()?;
    let versions = newest(&mut office)?;
    let county = office.areas.get(own).is_some_and(|a| a.level == AreaLevel::County);
    let mut frozen = Frozen {
        area: own,
        office: office.census.office.clone(),
        number: versions.get(&own).map_or(1, |f| f.number + 1),
        units: RowSet::of([]),
        funnel: Funnel::default(),
        parts: Vec::new(),
        missing: Vec::new(),
        twice: Vec::new(),
        at: office.now.clone(),
        who: office.actor().to_owned(),
        simulated: office.census.simulated,
    };
    let marks =
        if county { own_units(&mut office, &mut frozen)? } else { united(&mut office, &mut frozen, &versions)? };
    frozen.units = UnitMark::set(&marks);
    if let Some(last) = versions.get(&own)
        && (&last.units, &last.funnel, &last.parts) == (&frozen.units, &frozen.funnel, &frozen.parts)
    {
        say!(
            "名录库与第 {} 版相同（{}…），没有新建版本",
            "the directory is the same as version {} ({}…); no new version",
            last.number,
            &last.units.digest[..16]
        );
        return Ok(Ending::Done);
    }
    let sealed = match out {
        Some(out) => Some((out, sealed_for_parent(arguments, &mut office, &frozen, &marks)?)),
        None => None,
    };
    let event = office.event(What::Freeze).about(own.to_string()).detail(frozen.units.digest.clone());
    office.store.write::<_, anyhow::Error>(&event, |w| {
        w.keep_library(&library(&frozen)?, &units(&marks)?)?;
        if let Some((out, (package, bytes))) = &sealed {
            w.keep_package(package)?;
            output::write(out, bytes)?;
        }
        Ok(())
    })?;
    tell(arguments, &office, &frozen);
    Ok(if frozen.twice.is_empty() && frozen.funnel.adds_up() { Ending::Done } else { Ending::Attention })
}

/// The directory of a county, with the funnel of its lists.
fn own_units(office: &mut Office, frozen: &mut Frozen) -> Result<Vec<UnitMark>> {
    let mut read = office.store.read();
    let listings = read.all_listings()?;
    let decisions = read.decisions()?;
    frozen.funnel = Funnel::of(listings.iter().map(|l| (&l.read, decisions.get(&l.id).map(|d| &d.verdict))));
    if frozen.funnel.total.accounted() == 0 {
        let text = say::pick("还没有清查：先 wupu screen", "nothing is screened yet: wupu screen first");
        return Err(BadInput(text.to_owned()).into());
    }
    Ok(read.units(&Scope::All)?.into_iter().map(UnitMark::of).collect())
}

/// The directories of the offices below, as they sent them up.
fn united(office: &mut Office, frozen: &mut Frozen, versions: &BTreeMap<AreaCode, Frozen>) -> Result<Vec<UnitMark>> {
    let below = office.areas.children(Tree::Reporting, frozen.area).to_vec();
    let mut marks: Vec<UnitMark> = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for area in below {
        let Some(part) = versions.get(&area) else {
            frozen.missing.push(area);
            continue;
        };
        frozen.funnel.plus(&part.funnel);
        frozen.parts.push(Part { area, number: part.number, units: part.units.clone() });
        for unit in office.store.read().library_units(area, part.number)? {
            if !seen.insert(unit.unit.clone()) {
                frozen.twice.push(unit.unit.clone());
            }
            marks.push(UnitMark { hash: unit.hash, unit: serde_json::from_str(&unit.document)? });
        }
    }
    if frozen.parts.is_empty() {
        let text = say::pick("下级还没有报送名录库", "no office below has sent its directory yet");
        return Err(BadInput(text.to_owned()).into());
    }
    Ok(marks)
}

fn library(frozen: &Frozen) -> Result<Library> {
    Ok(Library {
        area: frozen.area,
        number: frozen.number,
        hash: frozen.units.digest.clone(),
        units: frozen.units.rows,
        document: serde_json::to_string(frozen)?,
    })
}

fn units(marks: &[UnitMark]) -> Result<Vec<LibraryUnit>> {
    let unit = |m: &UnitMark| -> Result<LibraryUnit> {
        Ok(LibraryUnit { unit: m.unit.id.clone(), hash: m.hash.clone(), document: serde_json::to_string(&m.unit)? })
    };
    marks.iter().map(unit).collect()
}

fn sealed_for_parent(
    arguments: &Arguments,
    office: &mut Office,
    frozen: &Frozen,
    marks: &[UnitMark],
) -> Result<(PackageRow, Vec<u8>)> {
    let parent = office.areas.get(frozen.area).and_then(|a| a.parent(Tree::Reporting));
    let Some(parent) = parent else {
        return Err(Refused(
            say::pick("本机构没有上级，不用 --out", "this office has no parent; leave out --out").to_owned(),
        )
        .into());
    };
    let secret = key::own(arguments)?;
    let sent = office.store.read().packages(Direction::Out)?;
    let last = sent.iter().rev().find(|p| p.peer == parent && p.kind == "library");
    let mut manifest = office.manifest(Kind::Library, parent, last, &secret)?;
    manifest.holds = frozen.units.clone();
    manifest.counts = BTreeMap::from([
        ("普查对象".to_owned(), frozen.units.rows),
        ("底册记录".to_owned(), frozen.funnel.total.listed),
    ]);
    let lines = marks.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
    let parts = [("library", vec![serde_json::to_string(frozen)?]), ("units", lines)];
    let bytes = seal(manifest.clone(), &parts, &secret).map_err(|e| receive::problem(&e))?;
    Ok((kept(&manifest, Direction::Out, &bytes)?, bytes))
}

/// A directory from an office below: counted and hashed again before it is kept.
pub fn receive(arguments: &Arguments, office: &mut Office, package: &Opened, row: &PackageRow) -> Result<Ending> {
    let frozen: Vec<Frozen> = package.values("library").map_err(|e| receive::problem(&e))?;
    let frozen = frozen.into_iter().next().context("a package without its library")?;
    let marks: Vec<UnitMark> = package.values("units").map_err(|e| receive::problem(&e))?;
    let again: Vec<UnitMark> = marks.iter().map(|m| UnitMark::of(m.unit.clone())).collect();
    let set = UnitMark::set(&again);
    let outside: Vec<&Unit> = again
        .iter()
        .map(|m| &m.unit)
        .filter(|u| {
            !office.areas.resolve(&u.area).is_ok_and(|a| office.areas.within(Tree::Reporting, a, package.manifest.from))
        })
        .collect();
    let wrong = if frozen.area != package.manifest.from {
        Some(told!(
            "名录库是 {} 的，发送单位是 {}",
            "the directory is of {}, the sender is {}",
            frozen.area,
            package.manifest.from
        ))
    } else if set != frozen.units || set != package.manifest.holds || again != marks {
        Some(told!(
            "重新计算的校验码与报送的不一致（{} 个与 {} 个）",
            "the hash computed again differs from the one sent ({} and {} units)",
            set.rows,
            frozen.units.rows
        ))
    } else if !frozen.funnel.adds_up() {
        Some(say::pick("清查漏斗不平衡", "the funnel does not add up").to_owned())
    } else {
        outside.first().map(|u| {
            told!(
                "{} 个单位不在报送单位的辖区内，如“{}”（{}）",
                "{} units lie outside the sender's area, such as {} ({})",
                outside.len(),
                u.name,
                u.area
            )
        })
    };
    if let Some(wrong) = wrong {
        return Err(BadInput(told!("没有接收：{}", "nothing was taken in: {}", wrong)).into());
    }
    let event = office.event(What::Receive).about(frozen.area.to_string()).detail(frozen.units.digest.clone());
    office.store.write::<_, anyhow::Error>(&event, |w| {
        w.keep_library(&library(&frozen)?, &units(&marks)?)?;
        Ok(w.keep_package(row)?)
    })?;
    if arguments.json {
        print_json(
            &serde_json::json!({ "kind": "library", "area": frozen.area, "number": frozen.number, "units": set.rows }),
        );
    } else {
        say!(
            "{} 的名录库第 {} 版：{} 个普查对象，重新计算的校验码一致",
            "directory of {}, version {}: {} units, the hash computed again is the same",
            frozen.office,
            frozen.number,
            set.rows
        );
    }
    Ok(Ending::Done)
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
    let own = office.area()?;
    let numbers: Vec<u64> =
        office.store.read().libraries()?.iter().filter(|l| l.area == own).map(|l| l.number).collect();
    let new = new.or_else(|| numbers.last().copied());
    let old = old.or_else(|| new.and_then(|n| numbers.iter().rev().copied().find(|o| *o < n)));
    let (Some(old), Some(new)) = (old, new) else {
        return Err(BadInput(say::pick("还没有两个版本", "there are no two versions yet").to_owned()).into());
    };
    if let Some(unknown) = [old, new].into_iter().find(|n| !numbers.contains(n)) {
        return Err(BadInput(told!("没有第 {} 版", "there is no version {}", unknown)).into());
    }
    let mut load = |number: u64| -> Result<Vec<Unit>> {
        let units = office.store.read().library_units(own, number)?;
        units.iter().map(|u| Ok(serde_json::from_str(&u.document)?)).collect()
    };
    let changes = difference(&load(old)?, &load(new)?);
    let decisions = office.store.read().decisions()?;
    let why = |unit: &Unit| -> String {
        let told: BTreeSet<&str> =
            unit.listings.iter().filter_map(|l| decisions.get(l)).map(|d| d.why.as_str()).collect();
        told.into_iter().collect::<Vec<_>>().join("；")
    };
    let word = |unit: &Unit| -> &str {
        let listed = unit.listings.first().and_then(|l| decisions.get(l)).map(|d| &d.verdict);
        match listed {
            Some(Verdict::MovedTo { .. }) => "移交",
            Some(Verdict::Closed { .. }) => "关闭",
            Some(Verdict::DuplicateOf { .. }) => "重复",
            Some(Verdict::OutOfScope { .. }) => "不在范围",
            Some(Verdict::NotFound { .. }) => "未找到",
            Some(Verdict::Held { .. }) => "待定",
            Some(Verdict::InScope { .. }) | None => "",
        }
    };
    let count = |f: fn(&UnitChange) -> bool| changes.iter().filter(|c| f(c)).count();
    let (added, removed) =
        (count(|c| matches!(c, UnitChange::Added { .. })), count(|c| matches!(c, UnitChange::Removed { .. })));
    let changed = changes.len() - added - removed;
    if arguments.json {
        print_json(&serde_json::json!({
            "old": old, "new": new, "added": added, "removed": removed, "changed": changed, "changes": changes,
        }));
        return Ok(Ending::Done);
    }
    for change in &changes {
        match change {
            UnitChange::Added { unit } => println!("+ {}  {}  {}", unit.code, unit.name, why(unit)),
            UnitChange::Removed { unit } => println!("- {}  {}  {} {}", unit.code, unit.name, word(unit), why(unit)),
            UnitChange::Changed { unit, fields } => {
                let told: Vec<String> = fields.iter().map(|(f, a, b)| format!("{f} {a}→{b}")).collect();
                println!("~ {}  {}  {}", unit.code, unit.name, told.join("；"));
            }
        }
    }
    say!(
        "第 {} 版到第 {} 版：新增 {}，移出 {}，变更 {}",
        "version {} to {}: {} added, {} removed, {} changed",
        old,
        new,
        added,
        removed,
        changed
    );
    Ok(Ending::Done)
}

fn certify(arguments: &Arguments, out: &Path) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let own = office.area()?;
    let Some(frozen) = newest(&mut office)?.remove(&own) else {
        return Err(BadInput(
            say::pick("还没有定库：先 wupu library freeze", "nothing is frozen yet: wupu library freeze first")
                .to_owned(),
        )
        .into());
    };
    let reasons = [
        census::frame::OutOfScope::Industry,
        census::frame::OutOfScope::SewageTreatment,
        census::frame::OutOfScope::BelowThreshold,
        census::frame::OutOfScope::NoActivity,
        census::frame::OutOfScope::OtherArea,
    ];
    let certificate = Certificate {
        frozen: &frozen,
        area: office.areas.path_name(own),
        census: office.instrument.title.clone(),
        classes: office.instrument.respondents.iter().map(|r| (r.code.clone(), r.title.clone())).collect(),
        parts: frozen.parts.iter().map(|p| (office.areas.path_name(p.area), p.units.rows)).collect(),
        reasons: reasons
            .into_iter()
            .filter_map(|r| Some((r.title().to_owned(), *frozen.funnel.reasons.get(r.name())?)))
            .collect(),
    };
    output::write(out, certificate::html(&certificate))?;
    let open = frozen.open();
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
