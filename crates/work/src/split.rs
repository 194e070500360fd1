//! Splitting (拆分): every row of the lists to an office below, with the proof, and packages for what changed.

use std::collections::BTreeMap;

use census::area::AreaCode;
use census::frame::{Listing, PlacedBy, Placing};
use census::package::{Kind, Manifest, seal};
use census::split::{self, Delta, Proof, RowMark, RowSet, Share};
use census::text::hex;
use instrument::model::AreaLevel;
use sha2::{Digest, Sha256};
use store::{DecidedBy, Direction, Event, PackageRow, Store, What};

use crate::error::words;
use crate::package::{Sealing, kept, last, lines};
use crate::standing::mark;
use crate::{Desk, Error, Result, Standing};

/// What splitting came to.
#[derive(Debug)]
pub struct Outcome {
    pub proof: Proof,
    /// How rows were placed: `code`, `history`, `address`, `person`, `disputed` → rows.
    pub placed: BTreeMap<&'static str, u64>,
    /// Packages handed down; none when the proof does not hold.
    pub sealed: Vec<Sealed>,
}

/// A package handed down.
#[derive(Debug)]
pub struct Sealed {
    pub to: AreaCode,
    /// Name of the file.
    pub file: String,
    pub delta: Delta,
}

/// A row taken back, as a package names it.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct Taken {
    pub id: String,
    /// Where it went, if it went anywhere.
    pub to: Option<AreaCode>,
}

/// Splits the rows of the office; with `sealing` it also hands down what changed, else it only keeps the places and
/// shows the proof. A proof that does not hold keeps nothing.
pub fn split(desk: &mut Desk<'_>, store: &mut Store, sealing: Option<Sealing<'_>>) -> Result<Outcome> {
    let standing = Standing::of(desk, &mut store.read())?;
    if standing.listings.is_empty() {
        return Err(Error::BadInput(words!(
            "no_list",
            "底册还是空的：先 wupu import list 或 wupu receive",
            "no rows yet: wupu import list or wupu receive first"
        )));
    }
    let whole: Vec<RowMark<'_>> = standing.listings.iter().map(mark).collect();
    let shares: Vec<(RowMark<'_>, Share)> = whole.iter().map(|row| (*row, standing.shares[row.id])).collect();
    let proof = Proof::of(desk.area, &whole, &shares);
    let mut sealed = Vec::new();
    if proof.broken().is_empty() {
        let event = desk.event(What::Split).about(desk.area.to_string()).detail(serde_json::to_string(&proof)?);
        match sealing {
            Some(sealing) => sealed = hand_down(desk, store, &standing, &event, sealing)?,
            None => {
                store.write::<_, Error>(&event, |w| {
                    w.place_listings(&standing.found, DecidedBy::Rule)?;
                    Ok(())
                })?;
            }
        }
    }
    Ok(Outcome { proof, placed: placed(&standing), sealed })
}

fn placed(standing: &Standing) -> BTreeMap<&'static str, u64> {
    let mut by: BTreeMap<&'static str, u64> = BTreeMap::new();
    for placing in standing.placings.values() {
        let word = match placing {
            Placing::At { by: PlacedBy::Code, .. } => "code",
            Placing::At { by: PlacedBy::History, .. } => "history",
            Placing::At { by: PlacedBy::Address, .. } => "address",
            Placing::At { by: PlacedBy::Person, .. } => "person",
            Placing::Disputed { .. } => "disputed",
        };
        *by.entry(word).or_default() += 1;
    }
    by
}

/// A package that is made and not yet remembered.
struct Made {
    to: AreaCode,
    file: String,
    delta: Delta,
    manifest: Manifest,
    bytes: Vec<u8>,
}

/// Seals a package for every office below whose rows changed. Files come first: a package that is not written is not
/// remembered as handed down.
fn hand_down(
    desk: &mut Desk<'_>,
    store: &mut Store,
    standing: &Standing,
    event: &Event,
    sealing: Sealing<'_>,
) -> Result<Vec<Sealed>> {
    let root = desk.area;
    if desk.areas.get(root).is_some_and(|a| a.level == AreaLevel::County) {
        return Err(Error::BadInput(words!(
            "county",
            "县以下不封装数据包：普查小区用 wupu ground 划分；去掉 --out 只看证明",
            "there are no packages below a county; leave out --out to see the proof"
        )));
    }
    let secret = (sealing.key)()?;
    let held = store.read().handed(root)?;
    let sent = store.read().packages(Direction::Out)?;
    let mut deltas = split::deltas(&held, &standing.shares);
    let offered = standing.offered(desk, &mut store.read())?;
    for area in offered.keys() {
        deltas.entry(*area).or_default();
    }
    let by_id: BTreeMap<&str, &Listing> = standing.listings.iter().map(|l| (l.id.as_str(), l)).collect();
    let mut made = Vec::new();
    for (to, delta) in deltas {
        let holds = standing.listings.iter().filter(|l| standing.shares[&l.id] == Share::To(to)).map(mark);
        let holds = RowSet::of(holds);
        let rows = lines(delta.given.iter().filter_map(|id| by_id.get(id.as_str())))?;
        let taken = delta.taken.iter().map(|(id, share)| Taken {
            id: id.clone(),
            to: if let Share::To(area) = share { Some(*area) } else { None },
        });
        let taken = lines(taken)?;
        let shown = lines(offered.get(&to).into_iter().flatten())?;
        let before = last(&sent, to, "listings");
        let nothing_new =
            rows.is_empty() && taken.is_empty() && before.map_or(shown.is_empty(), |p| shows_the_same(p, &shown));
        if nothing_new {
            continue;
        }
        let mut manifest = desk.manifest(Kind::Listings, to, before, &secret);
        manifest.holds = holds;
        manifest.counts = BTreeMap::from([
            ("下发".to_owned(), rows.len() as u64),
            ("收回".to_owned(), taken.len() as u64),
            ("待认领".to_owned(), shown.len() as u64),
        ]);
        let parts = [("rows", rows), ("taken", taken), ("offered", shown)];
        let bytes = seal(manifest.clone(), &parts, &secret)?;
        let name = desk.areas.get(to).map_or_else(String::new, |a| a.name.clone());
        let file = format!("下发-{}-{name}-{:03}.wupu", to.short(), manifest.sequence);
        made.push(Made { to, file, delta, manifest, bytes });
    }
    for package in &made {
        (sealing.put)(&package.file, &package.bytes)?;
    }
    store.write::<_, Error>(event, |w| {
        w.place_listings(&standing.found, DecidedBy::Rule)?;
        for Made { to, delta, manifest, bytes, .. } in &made {
            w.keep_package(&kept(manifest, Direction::Out, bytes)?)?;
            let taken: Vec<String> = delta.taken.iter().map(|(id, _)| id.clone()).collect();
            w.keep_handed(*to, &manifest.id, &delta.given, &taken)?;
        }
        Ok(())
    })?;
    Ok(made.into_iter().map(|m| Sealed { to: m.to, file: m.file, delta: m.delta }).collect())
}

/// Whether the last package to an office showed it the same disputed rows.
fn shows_the_same(last: &PackageRow, shown: &[String]) -> bool {
    let Ok(manifest) = serde_json::from_str::<Manifest>(&last.document) else { return false };
    let text: String = shown.iter().map(|line| format!("{line}\n")).collect();
    let hash = hex(&Sha256::digest(text.as_bytes()));
    manifest.parts.iter().any(|part| part.name == "offered" && part.hash == hash)
}
