//! Splitting: every row of the lists to an office below, with the proof, and packages for what changed.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use census::area::AreaCode;
use census::frame::{Listing, PlacedBy, Placing};
use census::package::{Kind, Manifest, seal};
use census::split::{self, Delta, Proof, RowMark, RowSet, Share};
use census::text::hex;
use sha2::{Digest, Sha256};
use store::{DecidedBy, Direction, PackageRow, What};
use work::Standing;
use work::standing::mark;

use super::{key, print_json};
use crate::arguments::{Arguments, Split};
use crate::ending::{BadInput, Ending};
use crate::office::Office;
use crate::{output, say, told};

/// A row taken back, as a package names it.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct Taken {
    pub id: String,
    /// Where it went, if it went anywhere.
    pub to: Option<AreaCode>,
}

/// Where the rows of this office stand.
pub fn standing(office: &mut Office) -> Result<Standing> {
    let (desk, store) = office.desk()?;
    Ok(Standing::of(&desk, &mut store.read())?)
}

pub fn run(arguments: &Arguments, options: &Split) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let root = office.area()?;
    let standing = standing(&mut office)?;
    if standing.listings.is_empty() {
        let text = say::pick(
            "底册还是空的：先 wupu import list 或 wupu receive",
            "no rows yet: wupu import list or wupu receive first",
        );
        return Err(BadInput(text.to_owned()).into());
    }
    let whole: Vec<RowMark<'_>> = standing.listings.iter().map(mark).collect();
    let shares: Vec<(RowMark<'_>, Share)> = whole.iter().map(|row| (*row, standing.shares[row.id])).collect();
    let proof = Proof::of(root, &whole, &shares);
    let broken = proof.broken();
    let mut sealed = Vec::new();
    if broken.is_empty() {
        let event = office.event(What::Split).about(root.to_string()).detail(serde_json::to_string(&proof)?);
        sealed = match &options.out {
            Some(out) => hand_down(arguments, &mut office, &standing, &event, out)?,
            None => {
                office.store.write::<_, anyhow::Error>(&event, |w| {
                    w.place_listings(&standing.found, DecidedBy::Rule)?;
                    Ok(())
                })?;
                Vec::new()
            }
        };
    }
    tell(arguments, &office, &proof, &standing, &sealed);
    Ok(if broken.is_empty() { Ending::Done } else { Ending::Attention })
}

/// Seals a package for every office below whose rows changed. Files come first: a package that is not written is not
/// remembered as handed down.
fn hand_down(
    arguments: &Arguments,
    office: &mut Office,
    standing: &Standing,
    event: &store::Event,
    out: &Path,
) -> Result<Vec<(AreaCode, String, Delta)>> {
    let root = office.area()?;
    if office.areas.get(root).is_some_and(|a| a.level == instrument::model::AreaLevel::County) {
        let text = say::pick(
            "县以下不封装数据包：普查小区用 wupu ground 划分；去掉 --out 只看证明",
            "there are no packages below a county; leave out --out to see the proof",
        );
        return Err(BadInput(text.to_owned()).into());
    }
    let secret = key::own(arguments)?;
    output::folder(out)?;
    let held = office.store.read().handed(root)?;
    let sent = office.store.read().packages(Direction::Out)?;
    let mut deltas = split::deltas(&held, &standing.shares);
    let (desk, store) = office.desk()?;
    let offered = standing.offered(&desk, &mut store.read())?;
    for area in offered.keys() {
        deltas.entry(*area).or_default();
    }
    let by_id: BTreeMap<&str, &Listing> = standing.listings.iter().map(|l| (l.id.as_str(), l)).collect();
    let mut files = Vec::new();
    for (area, delta) in deltas {
        let holds = standing.listings.iter().filter(|l| standing.shares[&l.id] == Share::To(area)).map(mark);
        let holds = RowSet::of(holds);
        let rows = lines(delta.given.iter().filter_map(|id| by_id.get(id.as_str())))?;
        let taken = delta.taken.iter().map(|(id, share)| Taken {
            id: id.clone(),
            to: if let Share::To(area) = share { Some(*area) } else { None },
        });
        let taken = lines(taken)?;
        let shown = lines(offered.get(&area).into_iter().flatten())?;
        let last = sent.iter().rev().find(|p| p.peer == area && p.kind == "listings");
        let nothing_new =
            rows.is_empty() && taken.is_empty() && last.map_or(shown.is_empty(), |p| shows_the_same(p, &shown));
        if nothing_new {
            continue;
        }
        let mut manifest = office.manifest(Kind::Listings, area, last, &secret)?;
        manifest.holds = holds;
        manifest.counts = BTreeMap::from([
            ("下发".to_owned(), rows.len() as u64),
            ("收回".to_owned(), taken.len() as u64),
            ("待认领".to_owned(), shown.len() as u64),
        ]);
        let parts = [("rows", rows), ("taken", taken), ("offered", shown)];
        let bytes = seal(manifest.clone(), &parts, &secret)
            .map_err(|e| BadInput(say::pick(&e.zh(), &e.to_string()).to_owned()))?;
        let name = office.areas.get(area).map_or_else(String::new, |a| a.name.clone());
        let file = format!("下发-{}-{name}-{:03}.wupu", area.short(), manifest.sequence);
        files.push((area, file, delta, manifest, bytes));
    }
    for (_, file, _, _, bytes) in &files {
        output::write(&out.join(file), bytes)?;
    }
    office.store.write::<_, anyhow::Error>(event, |w| {
        w.place_listings(&standing.found, DecidedBy::Rule)?;
        for (area, _, delta, manifest, bytes) in &files {
            w.keep_package(&kept(manifest, Direction::Out, bytes)?)?;
            let taken: Vec<String> = delta.taken.iter().map(|(id, _)| id.clone()).collect();
            w.keep_handed(*area, &manifest.id, &delta.given, &taken)?;
        }
        Ok(())
    })?;
    Ok(files.into_iter().map(|(area, file, delta, ..)| (area, file, delta)).collect())
}

fn lines<T: serde::Serialize>(values: impl Iterator<Item = T>) -> Result<Vec<String>> {
    values.map(|value| Ok(serde_json::to_string(&value)?)).collect()
}

/// Whether the last package to an office showed it the same disputed rows.
fn shows_the_same(last: &PackageRow, shown: &[String]) -> bool {
    let Ok(manifest) = serde_json::from_str::<Manifest>(&last.document) else { return false };
    let text: String = shown.iter().map(|line| format!("{line}\n")).collect();
    let hash = hex(&Sha256::digest(text.as_bytes()));
    manifest.parts.iter().any(|part| part.name == "offered" && part.hash == hash)
}

/// A package as the store remembers it.
pub fn kept(manifest: &Manifest, direction: Direction, bytes: &[u8]) -> Result<PackageRow> {
    let kind = serde_json::to_value(manifest.kind)?.as_str().unwrap_or_default().to_owned();
    Ok(PackageRow {
        id: manifest.id.clone(),
        direction,
        kind,
        peer: if direction == Direction::Out { manifest.to } else { manifest.from },
        sequence: manifest.sequence,
        hash: hex(&Sha256::digest(bytes)),
        document: serde_json::to_string(manifest)?,
    })
}

impl Office {
    /// The manifest of the next package of a kind to another office; `last` is the one before it.
    pub fn manifest(
        &mut self,
        kind: Kind,
        to: AreaCode,
        last: Option<&PackageRow>,
        key: &census::package::Key,
    ) -> Result<Manifest> {
        Ok(Manifest {
            id: self.ids.make(),
            kind,
            from: self.area()?,
            to,
            office: self.census.office.clone(),
            who: self.actor().to_owned(),
            at: self.now.clone(),
            sequence: last.map_or(1, |p| p.sequence + 1),
            previous: last.map(|p| p.hash.clone()).unwrap_or_default(),
            instrument: self.census.instrument.clone(),
            version: self.census.version.clone(),
            simulated: self.census.simulated,
            holds: RowSet::of([]),
            parts: Vec::new(),
            counts: BTreeMap::new(),
            key: key.public(),
        })
    }
}

fn tell(
    arguments: &Arguments,
    office: &Office,
    proof: &Proof,
    standing: &Standing,
    sealed: &[(AreaCode, String, Delta)],
) {
    let broken = proof.broken();
    let mut by: BTreeMap<&str, u64> = BTreeMap::new();
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
    if arguments.json {
        print_json(&serde_json::json!({
            "proof": proof,
            "holds": broken.is_empty(),
            "broken": broken.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "placed": by,
            "packages": sealed.iter().map(|(area, file, delta)| serde_json::json!({
                "to": area, "file": file, "given": delta.given.len(), "taken": delta.taken.len(),
            })).collect::<Vec<_>>(),
        }));
        return;
    }
    say!("拆分证明：{}（{}）", "proof of the split: {} ({})", office.areas.path_name(proof.of), proof.of);
    let short = |set: &RowSet| set.digest[..16].to_owned();
    say!("收到    {:>9} 行  摘要 {}", "in      {:>9} rows digest {}", proof.whole.rows, short(&proof.whole));
    let villages = proof.parts.len() > 60;
    for (area, set) in &proof.parts {
        if !villages {
            let name = office.areas.get(*area).map_or("", |a| a.name.as_str());
            println!("        {:>9}    {}  {}  {name}", set.rows, short(set), area.short());
        }
    }
    if villages {
        let rows: u64 = proof.parts.values().map(|p| p.rows).sum();
        say!("        {:>9} 行  落到 {} 个村（社区）", "        {:>9} rows in {} villages", rows, proof.parts.len());
    }
    say!("争议    {:>9} 行  摘要 {}", "disputed{:>9} rows digest {}", proof.disputed.rows, short(&proof.disputed));
    if broken.is_empty() {
        say!(
            "合计    {:>9} 行  摘要 {}：与收到一致，无一行在两处",
            "union   {:>9} rows digest {}: equal to what came in, no row twice",
            proof.union.rows,
            short(&proof.union)
        );
    }
    let count = |word: &str| by.get(word).copied().unwrap_or(0);
    say!(
        "依据：代码 {}，变更代码 {}，地址 {}，裁定 {}；不能确定 {}",
        "placed by code {}, changed code {}, address {}, persons {}; not certain {}",
        count("code"),
        count("history"),
        count("address"),
        count("person"),
        count("disputed")
    );
    for broken in &broken {
        println!("! {broken}");
    }
    for (_, file, delta) in sealed {
        println!(
            "{}",
            told!(
                "{}：下发 {} 行，收回 {} 行",
                "{}: {} rows, {} taken back",
                file,
                delta.given.len(),
                delta.taken.len()
            )
        );
    }
}
