//! The directory as frozen versions (名录库定库): made, compared, sent up, certified.

use std::collections::{BTreeMap, BTreeSet};

use census::area::{AreaCode, Tree};
use census::frame::{Frozen, Funnel, Part, Unit, UnitChange, UnitMark, Verdict, difference};
use census::package::{Kind, Opened, seal};
use census::split::RowSet;
use instrument::model::AreaLevel;
use report::certificate::{self, Certificate};
use store::{Direction, Library, LibraryUnit, PackageRow, Read, Scope, Store, What};

use crate::error::words;
use crate::package::{Sealing, kept, last, lines};
use crate::verdict::REASONS;
use crate::{Desk, Error, Result};

/// What freezing came to.
#[derive(Debug)]
pub enum Outcome {
    /// A new version.
    New(Box<Frozen>),
    /// The directory is as it was: this is the version that holds.
    Same(Box<Frozen>),
}

/// A directory that came up from an office below.
#[derive(Debug)]
pub struct In {
    pub frozen: Frozen,
    /// Units, counted again.
    pub units: u64,
}

/// What changed from one version to another.
#[derive(Debug)]
pub struct Difference {
    pub old: u64,
    pub new: u64,
    pub changes: Vec<UnitChange>,
    /// Row → its latest verdict and why: for the reasons of changes.
    verdicts: BTreeMap<String, (Verdict, String)>,
}

impl Difference {
    /// Why a unit is as it is, in the words of the verdicts on its rows.
    pub fn why(&self, unit: &Unit) -> String {
        let of = unit.listings.iter().filter_map(|l| self.verdicts.get(l));
        of.map(|(_, why)| why.as_str()).collect::<BTreeSet<&str>>().into_iter().collect::<Vec<_>>().join("；")
    }

    /// The verdict on the unit's first row.
    pub fn verdict(&self, unit: &Unit) -> Option<&Verdict> {
        unit.listings.first().and_then(|l| self.verdicts.get(l)).map(|(verdict, _)| verdict)
    }
}

/// A version as it is read back.
fn head(library: &Library) -> Result<Frozen> {
    serde_json::from_str(&library.document)
        .map_err(|e| Error::Fault(format!("library {} of {}: {e}", library.number, library.area)))
}

/// The newest version of each area.
pub fn newest(read: &mut Read<'_>) -> Result<BTreeMap<AreaCode, Frozen>> {
    read.libraries()?.iter().map(|library| Ok((library.area, head(library)?))).collect()
}

/// Freezes the directory: a county its own units, an office above the directories sent up from below. With `sealing`
/// the version is also sealed for the parent, under the name `名录库-…`.
pub fn freeze(desk: &mut Desk<'_>, store: &mut Store, sealing: Option<Sealing<'_>>) -> Result<Outcome> {
    let own = desk.area;
    let mut versions = newest(&mut store.read())?;
    let county = desk.areas.get(own).is_some_and(|a| a.level == AreaLevel::County);
    let mut frozen = Frozen {
        area: own,
        office: desk.census.office.clone(),
        number: versions.get(&own).map_or(1, |f| f.number + 1),
        units: RowSet::of([]),
        funnel: Funnel::default(),
        parts: Vec::new(),
        missing: Vec::new(),
        twice: Vec::new(),
        at: desk.now.to_owned(),
        who: desk.who.to_owned(),
        simulated: desk.census.simulated,
    };
    let marks = if county {
        own_units(&mut store.read(), &mut frozen)?
    } else {
        united(desk, &mut store.read(), &mut frozen, &versions)?
    };
    frozen.units = UnitMark::set(&marks);
    if let Some(last) = versions.remove(&own)
        && (&last.units, &last.funnel, &last.parts) == (&frozen.units, &frozen.funnel, &frozen.parts)
    {
        return Ok(Outcome::Same(Box::new(last)));
    }
    let sealed = match sealing {
        Some(sealing) => {
            let made = sealed_for_parent(desk, store, &frozen, &marks, sealing.key)?;
            Some((sealing.put, made))
        }
        None => None,
    };
    let event = desk.event(What::Freeze).about(own.to_string()).detail(frozen.units.digest.clone());
    store.write::<_, Error>(&event, |w| {
        w.keep_library(&library(&frozen)?, &units(&marks)?)?;
        if let Some((put, (package, bytes))) = sealed {
            w.keep_package(&package)?;
            put(&format!("名录库-{}-{:03}.wupu", own.short(), package.sequence), &bytes)?;
        }
        Ok(())
    })?;
    Ok(Outcome::New(Box::new(frozen)))
}

/// The directory of a county, with the funnel of its lists.
fn own_units(read: &mut Read<'_>, frozen: &mut Frozen) -> Result<Vec<UnitMark>> {
    let listings = read.all_listings()?;
    let decisions = read.decisions()?;
    frozen.funnel = Funnel::of(listings.iter().map(|l| (&l.read, decisions.get(&l.id).map(|d| &d.verdict))));
    if frozen.funnel.total.accounted() == 0 {
        return Err(Error::BadInput(words!(
            "not_screened",
            "还没有清查：先 wupu screen",
            "nothing is screened yet: wupu screen first"
        )));
    }
    Ok(read.units(&Scope::All)?.into_iter().map(UnitMark::of).collect())
}

/// The directories of the offices below, as they sent them up.
fn united(
    desk: &Desk<'_>,
    read: &mut Read<'_>,
    frozen: &mut Frozen,
    versions: &BTreeMap<AreaCode, Frozen>,
) -> Result<Vec<UnitMark>> {
    let below = desk.areas.children(Tree::Reporting, frozen.area).to_vec();
    let mut marks: Vec<UnitMark> = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for area in below {
        let Some(part) = versions.get(&area) else {
            frozen.missing.push(area);
            continue;
        };
        frozen.funnel.plus(&part.funnel);
        frozen.parts.push(Part { area, number: part.number, units: part.units.clone() });
        for unit in read.library_units(area, part.number)? {
            if !seen.insert(unit.unit.clone()) {
                frozen.twice.push(unit.unit.clone());
            }
            marks.push(UnitMark { hash: unit.hash, unit: serde_json::from_str(&unit.document)? });
        }
    }
    if frozen.parts.is_empty() {
        return Err(Error::BadInput(words!(
            "no_parts",
            "下级还没有报送名录库",
            "no office below has sent its directory yet"
        )));
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
    desk: &mut Desk<'_>,
    store: &mut Store,
    frozen: &Frozen,
    marks: &[UnitMark],
    key: &mut dyn FnMut() -> Result<census::package::Key>,
) -> Result<(PackageRow, Vec<u8>)> {
    let parent = desk.areas.get(frozen.area).and_then(|a| a.parent(Tree::Reporting));
    let Some(parent) = parent else {
        return Err(Error::Refused(words!(
            "no_parent",
            "本机构没有上级，不用 --out",
            "this office has no parent; leave out --out"
        )));
    };
    let secret = key()?;
    let sent = store.read().packages(Direction::Out)?;
    let mut manifest = desk.manifest(Kind::Library, parent, last(&sent, parent, "library"), &secret);
    manifest.holds = frozen.units.clone();
    manifest.counts = BTreeMap::from([
        ("普查对象".to_owned(), frozen.units.rows),
        ("底册记录".to_owned(), frozen.funnel.total.listed),
    ]);
    let parts = [("library", vec![serde_json::to_string(frozen)?]), ("units", lines(marks.iter())?)];
    let bytes = seal(manifest.clone(), &parts, &secret)?;
    Ok((kept(&manifest, Direction::Out, &bytes)?, bytes))
}

/// A directory from an office below: counted and hashed again before it is kept.
pub(crate) fn receive(desk: &mut Desk<'_>, store: &mut Store, package: &Opened, row: &PackageRow) -> Result<In> {
    let frozen: Vec<Frozen> = package.values("library")?;
    let Some(frozen) = frozen.into_iter().next() else {
        return Err(Error::Fault("a package without its library".to_owned()));
    };
    let marks: Vec<UnitMark> = package.values("units")?;
    let again: Vec<UnitMark> = marks.iter().map(|m| UnitMark::of(m.unit.clone())).collect();
    let set = UnitMark::set(&again);
    let from = package.manifest.from;
    let inside = |u: &Unit| desk.areas.resolve(&u.area).is_ok_and(|a| desk.areas.within(Tree::Reporting, a, from));
    let outside: Vec<&Unit> = again.iter().map(|m| &m.unit).filter(|u| !inside(u)).collect();
    if frozen.area != from {
        return Err(Error::BadInput(words!(
            "other_area",
            "没有接收：名录库是 {} 的，发送单位是 {}",
            "nothing was taken in: the directory is of {}, the sender is {}",
            frozen.area,
            from
        )));
    }
    if set != frozen.units || set != package.manifest.holds || again != marks {
        return Err(Error::BadInput(words!(
            "recount",
            "没有接收：重新计算的校验码与报送的不一致（{} 个与 {} 个）",
            "nothing was taken in: the hash computed again differs from the one sent ({} and {} units)",
            set.rows,
            frozen.units.rows
        )));
    }
    if !frozen.funnel.adds_up() {
        return Err(Error::BadInput(words!(
            "funnel",
            "没有接收：清查漏斗不平衡",
            "nothing was taken in: the funnel does not add up"
        )));
    }
    if let Some(first) = outside.first() {
        return Err(Error::BadInput(words!(
            "outside",
            "没有接收：{} 个单位不在报送单位的辖区内，如“{}”（{}）",
            "nothing was taken in: {} units lie outside the sender's area, such as {} ({})",
            outside.len(),
            first.name,
            first.area
        )));
    }
    let event = desk.event(What::Receive).about(frozen.area.to_string()).detail(frozen.units.digest.clone());
    store.write::<_, Error>(&event, |w| {
        w.keep_library(&library(&frozen)?, &units(&marks)?)?;
        Ok(w.keep_package(row)?)
    })?;
    Ok(In { units: set.rows, frozen })
}

/// What changed between two versions of the office's directory; by default the newest and the one before it.
pub fn diff(desk: &Desk<'_>, read: &mut Read<'_>, old: Option<u64>, new: Option<u64>) -> Result<Difference> {
    let own = desk.area;
    let numbers: Vec<u64> = read.libraries()?.iter().filter(|l| l.area == own).map(|l| l.number).collect();
    let new = new.or_else(|| numbers.last().copied());
    let old = old.or_else(|| new.and_then(|n| numbers.iter().rev().copied().find(|o| *o < n)));
    let (Some(old), Some(new)) = (old, new) else {
        return Err(Error::BadInput(words!("no_versions", "还没有两个版本", "there are no two versions yet")));
    };
    if let Some(unknown) = [old, new].into_iter().find(|n| !numbers.contains(n)) {
        return Err(Error::BadInput(words!("no_version", "没有第 {} 版", "there is no version {}", unknown)));
    }
    let mut load = |number: u64| -> Result<Vec<Unit>> {
        let units = read.library_units(own, number)?;
        units.iter().map(|u| Ok(serde_json::from_str(&u.document)?)).collect()
    };
    let changes = difference(&load(old)?, &load(new)?);
    let verdicts = read.decisions()?.into_iter().map(|(row, d)| (row, (d.verdict, d.why))).collect();
    Ok(Difference { old, new, changes, verdicts })
}

/// The certificate (定库证明) of the newest version, as a page, and what is still open.
pub fn certify(desk: &Desk<'_>, read: &mut Read<'_>) -> Result<(String, Vec<String>)> {
    let own = desk.area;
    let Some(frozen) = newest(read)?.remove(&own) else {
        return Err(Error::BadInput(words!(
            "not_frozen",
            "还没有定库：先 wupu library freeze",
            "nothing is frozen yet: wupu library freeze first"
        )));
    };
    let certificate = Certificate {
        frozen: &frozen,
        area: desk.areas.path_name(own),
        census: desk.instrument.title.clone(),
        classes: desk.instrument.respondents.iter().map(|r| (r.code.clone(), r.title.clone())).collect(),
        parts: frozen.parts.iter().map(|p| (desk.areas.path_name(p.area), p.units.rows)).collect(),
        reasons: REASONS
            .into_iter()
            .filter_map(|r| Some((r.title().to_owned(), *frozen.funnel.reasons.get(r.name())?)))
            .collect(),
    };
    Ok((certificate::html(&certificate), frozen.open()))
}
