//! Receiving a package (接收数据包): verified, recounted, kept, and answered with a signed receipt.

use std::collections::BTreeMap;

use census::area::Tree;
use census::frame::{Listing, Screened, Verdict};
use census::package::{Kind, Manifest, Opened, PublicKey, Receipt, open, seal};
use census::split::{Claim, RowMark, RowSet, take_in};
use store::{DecidedBy, Direction, ImportFile, ImportKind, Offered, PackageRow, Store, What};

use crate::error::words;
use crate::library;
use crate::package::{Sealing, kept, last};
use crate::split::Taken;
use crate::{Desk, Error, Result};

/// What came of a package.
#[derive(Debug)]
pub enum Outcome {
    /// It was received before; nothing changed.
    Known { package: String },
    /// Rows from the office above (下发包).
    Listings(Box<ListingsIn>),
    /// The answer of an office to what was handed down (回执).
    Receipt(Box<ReceiptIn>),
    /// Claims and refusals of an office below (认领与退回).
    Claims { office: String, claims: u64, new: u64 },
    /// The directory of an office below (名录库).
    Library(Box<library::In>),
}

/// Rows that came down.
#[derive(Debug)]
pub struct ListingsIn {
    pub manifest: Manifest,
    /// Rows that were never here.
    pub fresh: u64,
    /// Rows that were taken back once and come again.
    pub again: u64,
    pub taken: u64,
    /// Disputed rows shown to be claimed.
    pub offered: u64,
    /// What the office holds now, counted again.
    pub holds: RowSet,
    /// Name of the receipt's file.
    pub receipt: String,
}

/// An answer to a package handed down.
#[derive(Debug)]
pub struct ReceiptIn {
    /// Who answers.
    pub office: String,
    pub receipt: Receipt,
    /// Number of the package it answers, and what that said the office should hold.
    pub sequence: u64,
    pub expected: RowSet,
    pub agrees: bool,
}

/// Receives a package. `name`: of its file; a receipt is sealed and put out inside the change.
pub fn receive(
    desk: &mut Desk<'_>,
    store: &mut Store,
    name: &str,
    bytes: &[u8],
    sealing: Sealing<'_>,
) -> Result<Outcome> {
    let keys = store.read().trusted()?;
    let package = open(bytes, |manifest| {
        let known = keys.get(&manifest.from).into_iter().flatten();
        known.map(|(algorithm, key)| PublicKey { algorithm: algorithm.clone(), key: key.clone() }).collect()
    })?;
    let manifest = &package.manifest;
    addressed(desk, manifest)?;
    let row = kept(manifest, Direction::In, bytes)?;
    let before = store.read().packages(Direction::In)?;
    let of_kind: Vec<&PackageRow> = before.iter().filter(|p| p.kind == row.kind && p.peer == row.peer).collect();
    if of_kind.iter().any(|p| p.hash == row.hash) {
        return Ok(Outcome::Known { package: manifest.id.clone() });
    }
    in_order(manifest, of_kind.last().copied())?;
    match manifest.kind {
        Kind::Listings => listings(desk, store, &package, &row, name, sealing),
        Kind::Receipt => receipt(desk, store, &package, &row),
        Kind::Claims => claims(desk, store, &package, &row),
        Kind::Library => {
            library::receive(desk, store, &package, &row).map(|received| Outcome::Library(Box::new(received)))
        }
    }
}

/// The package is for this office, from a neighbour in the reporting tree, of the same census.
fn addressed(desk: &Desk<'_>, manifest: &Manifest) -> Result<()> {
    let own = desk.area;
    let name = |area| desk.areas.path_name(area);
    if manifest.to != own {
        return Err(Error::Refused(words!(
            "other_office",
            "这个数据包是给 {} 的，本机构是 {}",
            "the package is for {}, this office is {}",
            name(manifest.to),
            name(own)
        )));
    }
    let parent = |area| desk.areas.get(area).and_then(|a| a.parent(Tree::Reporting));
    let (upper, lower) = match manifest.kind {
        Kind::Listings => (manifest.from, own),
        _ => (own, manifest.from),
    };
    let receipt_from_above = manifest.kind == Kind::Receipt && parent(own) == Some(manifest.from);
    if parent(lower) != Some(upper) && !receipt_from_above {
        return Err(Error::Refused(words!(
            "no_relation",
            "{} 与 {} 之间没有上报关系，不能这样传送",
            "{} and {} are not parent and child in reporting",
            name(manifest.from),
            name(own)
        )));
    }
    if manifest.simulated != desk.census.simulated {
        return Err(Error::Refused(words!(
            "simulated",
            "模拟数据与正式普查库不能混用",
            "simulated packages and a real census do not mix"
        )));
    }
    if (&manifest.instrument, &manifest.version) != (&desk.census.instrument, &desk.census.version) {
        return Err(Error::Refused(words!(
            "other_instrument",
            "对方的普查制度是 {} {}，本机构是 {} {}",
            "the sender works under {} {}, this office under {} {}",
            manifest.instrument,
            manifest.version,
            desk.census.instrument,
            desk.census.version
        )));
    }
    Ok(())
}

/// Packages of a kind from one sender are taken in their order, none left out.
fn in_order(manifest: &Manifest, last: Option<&PackageRow>) -> Result<()> {
    let expected = last.map_or(1, |p| p.sequence + 1);
    if manifest.sequence != expected {
        return Err(Error::Refused(words!(
            "out_of_order",
            "这是第 {} 个数据包，应先接收第 {} 个",
            "this is package {}; package {} comes first",
            manifest.sequence,
            expected
        )));
    }
    if manifest.previous != last.map(|p| p.hash.as_str()).unwrap_or_default() {
        return Err(Error::Refused(words!(
            "broken_chain",
            "数据包前后不连：它前面的一个不是已接收的那一个；请与发送单位核实",
            "the chain of packages is broken: the one before it is not the one received here; ask the sender"
        )));
    }
    Ok(())
}

fn listings(
    desk: &mut Desk<'_>,
    store: &mut Store,
    package: &Opened,
    row: &PackageRow,
    name: &str,
    sealing: Sealing<'_>,
) -> Result<Outcome> {
    let own = desk.area;
    let manifest = &package.manifest;
    let secret = (sealing.key)()?;
    let rows: Vec<Listing> = package.values("rows")?;
    let taken: Vec<Taken> = package.values("taken")?;
    let offered: Vec<Offered> = package.values("offered")?;
    for listing in &rows {
        if Listing::hash_of(&listing.cells) != listing.hash {
            return Err(Error::BadInput(words!(
                "row_hash",
                "{}：第 {} 行的摘要与内容不符",
                "{}: row {}: its hash is not that of its cells",
                listing.file,
                listing.row
            )));
        }
    }
    let held = store.read().held(own)?;
    let known: BTreeMap<String, String> = store.read().all_listings()?.into_iter().map(|l| (l.id, l.hash)).collect();
    let marks: Vec<(String, String)> = rows.iter().map(|l| (l.id.clone(), l.hash.clone())).collect();
    let back: Vec<String> = taken.iter().map(|t| t.id.clone()).collect();
    let after = take_in(&held, &known, &marks, &back).map_err(|id| {
        Error::BadInput(words!("other_row", "{} 与已有的行编号相同而内容不同", "{} has the id of another row", id))
    })?;
    let file = ImportFile {
        id: desk.ids.make(),
        kind: ImportKind::Package,
        name: name.to_owned(),
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
        return Err(Error::BadInput(words!(
            "recount",
            "接收后应有 {} 行，重新计数为 {} 行，不一致；没有接收。请与发送单位核实",
            "after this package there should be {} rows, recounted {}; nothing was taken in. Ask the sender",
            manifest.holds.rows,
            holds.rows
        )));
    }
    let mut verdicts: Vec<Screened> = Vec::new();
    for row in &taken {
        let to = row.to.unwrap_or(manifest.from);
        let why = words!("taken", "上级收回（转 {}）", "taken back by the office above (to {})", to.short());
        let why = why.of(desk.language);
        verdicts.push(Screened { listing: row.id.clone(), verdict: Verdict::MovedTo { area: to.to_string() }, why });
    }
    let why = words!("again", "上级重新下发", "given again by the office above").of(desk.language);
    let back: Vec<Screened> = again
        .iter()
        .map(|l| Screened { listing: l.id.clone(), verdict: Verdict::Held { why: why.clone() }, why: why.clone() })
        .collect();
    let answer = Receipt {
        package: manifest.id.clone(),
        hash: row.hash.clone(),
        holds: holds.clone(),
        expected: manifest.holds.clone(),
        received: desk.now.to_owned(),
        who: desk.who.to_owned(),
    };
    let sent = store.read().packages(Direction::Out)?;
    let head = desk.manifest(Kind::Receipt, manifest.from, last(&sent, manifest.from, "receipt"), &secret);
    let sealed = seal(head.clone(), &[("receipt", vec![serde_json::to_string(&answer)?])], &secret)?;
    let receipt = format!("回执-{}-{:03}.wupu", own.short(), head.sequence);
    let event = desk.event(What::Receive).about(manifest.from.to_string()).detail(manifest.id.clone());
    let fresh_count = fresh.len() as u64;
    store.write::<_, Error>(&event, |w| {
        if !fresh.is_empty() {
            w.import_list::<Error>(&file, fresh.into_iter().map(Ok))?;
        }
        w.decide(&verdicts, DecidedBy::Person)?;
        w.decide(&back, DecidedBy::Rule)?;
        let taken: Vec<String> = taken.iter().map(|t| t.id.clone()).collect();
        w.keep_handed(own, &manifest.id, &given, &taken)?;
        w.keep_offered(&offered)?;
        w.keep_package(row)?;
        w.keep_package(&kept(&head, Direction::Out, &sealed)?)?;
        (sealing.put)(&receipt, &sealed)
    })?;
    Ok(Outcome::Listings(Box::new(ListingsIn {
        manifest: manifest.clone(),
        fresh: fresh_count,
        again: again.len() as u64,
        taken: taken.len() as u64,
        offered: offered.len() as u64,
        holds,
        receipt,
    })))
}

fn receipt(desk: &mut Desk<'_>, store: &mut Store, package: &Opened, row: &PackageRow) -> Result<Outcome> {
    let answers: Vec<Receipt> = package.values("receipt")?;
    let Some(answer) = answers.into_iter().next() else {
        return Err(Error::Fault("an empty receipt".to_owned()));
    };
    let sent = store.read().packages(Direction::Out)?;
    let of = sent.iter().find(|p| p.id == answer.package && p.peer == package.manifest.from);
    let Some(of) = of else {
        return Err(Error::Refused(words!(
            "no_package",
            "本机构没有发出过它所回执的数据包",
            "this office did not send the package it answers"
        )));
    };
    let manifest: Manifest = serde_json::from_str(&of.document)?;
    let agrees = answer.hash == of.hash && answer.holds == manifest.holds;
    let event = desk.event(What::Receive).about(package.manifest.from.to_string()).detail(answer.package.clone());
    store.write::<_, Error>(&event, |w| Ok(w.keep_package(row)?))?;
    Ok(Outcome::Receipt(Box::new(ReceiptIn {
        office: package.manifest.office.clone(),
        receipt: answer,
        sequence: of.sequence,
        expected: manifest.holds,
        agrees,
    })))
}

fn claims(desk: &mut Desk<'_>, store: &mut Store, package: &Opened, row: &PackageRow) -> Result<Outcome> {
    let claims: Vec<Claim> = package.values("claims")?;
    let from = package.manifest.from;
    if let Some(foreign) = claims.iter().find(|c| !desk.areas.within(Tree::Reporting, c.area, from)) {
        return Err(Error::Refused(words!(
            "foreign_claim",
            "{} 不能替 {} 认领",
            "{} cannot speak for {}",
            desk.areas.path_name(from),
            desk.areas.path_name(foreign.area)
        )));
    }
    let event = desk.event(What::Claim).about(from.to_string()).detail(package.manifest.id.clone());
    let new = store.write::<_, Error>(&event, |w| {
        let new = w.keep_claims(&claims)?;
        w.keep_package(row)?;
        Ok(new)
    })?;
    Ok(Outcome::Claims { office: package.manifest.office.clone(), claims: claims.len() as u64, new })
}
