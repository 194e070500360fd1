//! Receiving a package: verified, recounted, kept, and answered with a signed receipt.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use census::area::Tree;
use census::frame::{Listing, Screened, Verdict};
use census::package::{Kind, Manifest, Opened, PackageProblem, PublicKey, Receipt, open, seal};
use census::split::{Claim, RowMark, RowSet, take_in};
use store::{DecidedBy, Direction, ImportFile, ImportKind, Offered, PackageRow, What};

use super::split::{Taken, kept};
use super::{key, library, print_json};
use crate::arguments::{Arguments, Receive};
use crate::ending::{BadInput, Ending, Refused};
use crate::office::Office;
use crate::{output, say, told};

pub fn problem(error: &PackageProblem) -> BadInput {
    BadInput(say::pick(&error.zh(), &error.to_string()).to_owned())
}

pub fn run(arguments: &Arguments, options: &Receive) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let bytes = std::fs::read(&options.file)
        .map_err(|e| BadInput(told!("{}：打不开（{}）", "{}: cannot be opened ({})", options.file.display(), e)))?;
    let keys = office.store.read().trusted()?;
    let package = open(&bytes, |manifest| {
        let known = keys.get(&manifest.from).into_iter().flatten();
        known.map(|(algorithm, key)| PublicKey { algorithm: algorithm.clone(), key: key.clone() }).collect()
    })
    .map_err(|e| problem(&e))?;
    let manifest = &package.manifest;
    addressed(&office, manifest)?;
    let kind = kept(manifest, Direction::In, &bytes)?;
    let before = office.store.read().packages(Direction::In)?;
    let of_kind: Vec<&PackageRow> = before.iter().filter(|p| p.kind == kind.kind && p.peer == kind.peer).collect();
    if of_kind.iter().any(|p| p.hash == kind.hash) {
        if arguments.json {
            print_json(&serde_json::json!({ "package": manifest.id, "new": false }));
        } else {
            say!("这个数据包已经接收过，没有任何改变", "this package was received before; nothing changed");
        }
        return Ok(Ending::Done);
    }
    in_order(manifest, of_kind.last().copied())?;
    match manifest.kind {
        Kind::Listings => listings(arguments, &mut office, &package, &kind, options),
        Kind::Receipt => receipt(arguments, &mut office, &package, &kind),
        Kind::Claims => claims(arguments, &mut office, &package, &kind),
        Kind::Library => library::receive(arguments, &mut office, &package, &kind),
    }
}

/// The package is for this office, from a neighbour in the reporting tree, of the same census.
fn addressed(office: &Office, manifest: &Manifest) -> Result<()> {
    let own = office.area()?;
    let name = |area| office.areas.path_name(area);
    if manifest.to != own {
        let text = told!(
            "这个数据包是给 {} 的，本机构是 {}",
            "the package is for {}, this office is {}",
            name(manifest.to),
            name(own)
        );
        return Err(Refused(text).into());
    }
    let parent = |area| office.areas.get(area).and_then(|a| a.parent(Tree::Reporting));
    let (upper, lower) = match manifest.kind {
        Kind::Listings => (manifest.from, own),
        _ => (own, manifest.from),
    };
    let receipt_from_above = manifest.kind == Kind::Receipt && parent(own) == Some(manifest.from);
    if parent(lower) != Some(upper) && !receipt_from_above {
        let text = told!(
            "{} 与 {} 之间没有上报关系，不能这样传送",
            "{} and {} are not parent and child in reporting",
            name(manifest.from),
            name(own)
        );
        return Err(Refused(text).into());
    }
    if manifest.simulated != office.census.simulated {
        let text = say::pick("模拟数据与正式普查库不能混用", "simulated packages and a real census do not mix");
        return Err(Refused(text.to_owned()).into());
    }
    if (&manifest.instrument, &manifest.version) != (&office.census.instrument, &office.census.version) {
        let text = told!(
            "对方的普查制度是 {} {}，本机构是 {} {}",
            "the sender works under {} {}, this office under {} {}",
            manifest.instrument,
            manifest.version,
            office.census.instrument,
            office.census.version
        );
        return Err(Refused(text).into());
    }
    Ok(())
}

/// Packages of a kind from one sender are taken in their order, none left out.
fn in_order(manifest: &Manifest, last: Option<&PackageRow>) -> Result<()> {
    let expected = last.map_or(1, |p| p.sequence + 1);
    if manifest.sequence != expected {
        let text = told!(
            "这是第 {} 个数据包，应先接收第 {} 个",
            "this is package {}; package {} comes first",
            manifest.sequence,
            expected
        );
        return Err(Refused(text).into());
    }
    if manifest.previous != last.map(|p| p.hash.as_str()).unwrap_or_default() {
        let text = say::pick(
            "数据包前后不连：它前面的一个不是已接收的那一个；请与发送单位核实",
            "the chain of packages is broken: the one before it is not the one received here; ask the sender",
        );
        return Err(Refused(text.to_owned()).into());
    }
    Ok(())
}

fn listings(
    arguments: &Arguments,
    office: &mut Office,
    package: &Opened,
    row: &PackageRow,
    options: &Receive,
) -> Result<Ending> {
    let own = office.area()?;
    let manifest = &package.manifest;
    let secret = key::own(arguments)?;
    let rows: Vec<Listing> = package.values("rows").map_err(|e| problem(&e))?;
    let taken: Vec<Taken> = package.values("taken").map_err(|e| problem(&e))?;
    let offered: Vec<Offered> = package.values("offered").map_err(|e| problem(&e))?;
    for listing in &rows {
        if Listing::hash_of(&listing.cells) != listing.hash {
            let why = told!("第 {} 行的摘要与内容不符", "row {}: its hash is not that of its cells", listing.row);
            return Err(BadInput(told!("{}：{}", "{}: {}", listing.file, why)).into());
        }
    }
    let held = office.store.read().held(own)?;
    let known: BTreeMap<String, String> =
        office.store.read().all_listings()?.into_iter().map(|l| (l.id, l.hash)).collect();
    let marks: Vec<(String, String)> = rows.iter().map(|l| (l.id.clone(), l.hash.clone())).collect();
    let back: Vec<String> = taken.iter().map(|t| t.id.clone()).collect();
    let after = take_in(&held, &known, &marks, &back)
        .map_err(|id| BadInput(told!("{} 与已有的行编号相同而内容不同", "{} has the id of another row", id)))?;
    let file = ImportFile {
        id: office.ids.make(),
        kind: ImportKind::Package,
        name: options.file.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned()),
        hash: row.hash.clone(),
        size: 0,
    };
    let (again, fresh): (Vec<Listing>, Vec<Listing>) = rows.into_iter().partition(|l| after.again.contains(&l.id));
    let given: Vec<String> = again.iter().chain(&fresh).map(|l| l.id.clone()).collect();
    let hashes: BTreeMap<&str, &str> = known
        .iter()
        .chain(marks.iter().map(|(id, hash)| (id, hash)))
        .map(|(id, hash)| (id.as_str(), hash.as_str()))
        .collect();
    let holds = RowSet::of(after.held.iter().filter_map(|id| Some(RowMark { id, hash: hashes.get(id.as_str())? })));
    if holds != manifest.holds {
        let text = told!(
            "接收后应有 {} 行，重新计数为 {} 行，不一致；没有接收。请与发送单位核实",
            "after this package there should be {} rows, recounted {}; nothing was taken in. Ask the sender",
            manifest.holds.rows,
            holds.rows
        );
        return Err(BadInput(text).into());
    }
    let mut verdicts: Vec<Screened> = Vec::new();
    for row in &taken {
        let to = row.to.unwrap_or(manifest.from);
        let why = told!("上级收回（转 {}）", "taken back by the office above (to {})", to.short());
        verdicts.push(Screened { listing: row.id.clone(), verdict: Verdict::MovedTo { area: to.to_string() }, why });
    }
    let back: Vec<Screened> = again
        .iter()
        .map(|l| {
            let why = say::pick("上级重新下发", "given again by the office above").to_owned();
            Screened { listing: l.id.clone(), verdict: Verdict::Held { why: why.clone() }, why }
        })
        .collect();
    let answer = Receipt {
        package: manifest.id.clone(),
        hash: row.hash.clone(),
        holds: holds.clone(),
        expected: manifest.holds.clone(),
        received: office.now.clone(),
        who: office.actor().to_owned(),
    };
    let sent = office.store.read().packages(Direction::Out)?;
    let last = sent.iter().rev().find(|p| p.peer == manifest.from && p.kind == "receipt");
    let head = office.manifest(Kind::Receipt, manifest.from, last, &secret)?;
    let sealed =
        seal(head.clone(), &[("receipt", vec![serde_json::to_string(&answer)?])], &secret).map_err(|e| problem(&e))?;
    let path = options.receipt.clone().unwrap_or_else(|| beside(&options.file, own.short().as_str(), head.sequence));
    let event = office.event(What::Receive).about(manifest.from.to_string()).detail(manifest.id.clone());
    let fresh_count = fresh.len() as u64;
    office.store.write::<_, anyhow::Error>(&event, |w| {
        if !fresh.is_empty() {
            w.import_list::<anyhow::Error>(&file, fresh.into_iter().map(Ok))?;
        }
        w.decide(&verdicts, DecidedBy::Person)?;
        w.decide(&back, DecidedBy::Rule)?;
        let taken: Vec<String> = taken.iter().map(|t| t.id.clone()).collect();
        w.keep_handed(own, &manifest.id, &given, &taken)?;
        w.keep_offered(&offered)?;
        w.keep_package(row)?;
        w.keep_package(&kept(&head, Direction::Out, &sealed)?)?;
        output::write(&path, &sealed)?;
        Ok(())
    })?;
    if arguments.json {
        print_json(&serde_json::json!({
            "package": manifest.id, "new": true, "kind": "listings", "sequence": manifest.sequence,
            "rows": fresh_count, "again": again.len(), "taken": taken.len(), "offered": offered.len(),
            "holds": holds.rows, "digest": holds.digest, "receipt": path.display().to_string(),
        }));
    } else {
        say!(
            "{} 的下发包（第 {} 个）：签名相符，新增 {} 行，收回 {} 行，待认领 {} 行",
            "package {1} of {0}: the signature fits, {2} new rows, {3} taken back, {4} to claim",
            manifest.office,
            manifest.sequence,
            fresh_count,
            taken.len(),
            offered.len()
        );
        say!(
            "重新计数：共 {} 行，摘要 {}，与发送单位一致",
            "recounted: {} rows, digest {}, as the sender says",
            holds.rows,
            &holds.digest[..16]
        );
        say!("回执：{}", "receipt: {}", path.display());
    }
    Ok(Ending::Done)
}

/// The hash an import gives a row: over its cells.
fn beside(file: &Path, area: &str, sequence: u64) -> PathBuf {
    file.with_file_name(format!("回执-{area}-{sequence:03}.wupu"))
}

fn receipt(arguments: &Arguments, office: &mut Office, package: &Opened, row: &PackageRow) -> Result<Ending> {
    let answers: Vec<Receipt> = package.values("receipt").map_err(|e| problem(&e))?;
    let answer = answers.first().context("an empty receipt")?;
    let sent = office.store.read().packages(Direction::Out)?;
    let of = sent.iter().find(|p| p.id == answer.package && p.peer == package.manifest.from);
    let Some(of) = of else {
        let text = say::pick("本机构没有发出过它所回执的数据包", "this office did not send the package it answers");
        return Err(Refused(text.to_owned()).into());
    };
    let manifest: Manifest = serde_json::from_str(&of.document)?;
    let agrees = answer.hash == of.hash && answer.holds == manifest.holds;
    let event = office.event(What::Receive).about(package.manifest.from.to_string()).detail(answer.package.clone());
    office.store.write::<_, anyhow::Error>(&event, |w| Ok(w.keep_package(row)?))?;
    if arguments.json {
        print_json(&serde_json::json!({
            "kind": "receipt", "of": answer.package, "agrees": agrees, "holds": answer.holds.rows,
        }));
    } else if agrees {
        say!(
            "{} 的回执：第 {} 个下发包已收到，共 {} 行，与下发一致",
            "receipt of {}: package {} arrived, {} rows, as handed down",
            package.manifest.office,
            of.sequence,
            answer.holds.rows
        );
    } else {
        say!(
            "! {} 的回执与下发不一致：下发 {} 行，收到 {} 行",
            "! the receipt of {} differs: {} rows handed down, {} received",
            package.manifest.office,
            manifest.holds.rows,
            answer.holds.rows
        );
    }
    Ok(if agrees { Ending::Done } else { Ending::Attention })
}

fn claims(arguments: &Arguments, office: &mut Office, package: &Opened, row: &PackageRow) -> Result<Ending> {
    let claims: Vec<Claim> = package.values("claims").map_err(|e| problem(&e))?;
    let from = package.manifest.from;
    if let Some(foreign) = claims.iter().find(|c| !office.areas.within(Tree::Reporting, c.area, from)) {
        let text = told!(
            "{} 不能替 {} 认领",
            "{} cannot speak for {}",
            office.areas.path_name(from),
            office.areas.path_name(foreign.area)
        );
        return Err(Refused(text).into());
    }
    let event = office.event(What::Claim).about(from.to_string()).detail(package.manifest.id.clone());
    let new = office.store.write::<_, anyhow::Error>(&event, |w| {
        let new = w.keep_claims(&claims)?;
        w.keep_package(row)?;
        Ok(new)
    })?;
    if arguments.json {
        print_json(&serde_json::json!({ "kind": "claims", "claims": claims.len(), "new": new }));
    } else {
        say!(
            "{} 的认领与退回：{} 条，新的 {} 条",
            "{}: {} claims and refusals, {} new",
            package.manifest.office,
            claims.len(),
            new
        );
        say!("下一步：wupu disputed list", "next: wupu disputed list");
    }
    Ok(Ending::Done)
}
