//! The disputed pool (争议池): offices claim or refuse, the parent decides; each with reason and name.

use std::collections::BTreeMap;

use census::area::{AreaCode, Tree};
use census::frame::{Listing, PlacedBy, Placing};
use census::package::{Kind, seal};
use census::split::{Claim, ClaimSays, child_toward};
use store::{DecidedBy, Direction, Read, Store, What};

use crate::error::words;
use crate::package::{Sealing, kept, last, lines};
use crate::{Desk, Error, Result, Standing};

/// A row that is open, where it came from, and what offices said of it.
#[derive(Debug)]
pub struct Open {
    pub listing: Listing,
    pub placing: Placing,
    /// Shown by the parent; not in a list of this office.
    pub shown: bool,
    pub said: Vec<Claim>,
}

/// A decision of this office on a row that is its own (裁定).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    pub row: String,
    pub to: AreaCode,
    pub why: String,
}

/// A claim or refusal of this office (认领, 退回).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saying {
    pub row: String,
    pub says: ClaimSays,
    pub why: String,
}

/// All rows that are open here.
pub fn open(desk: &Desk<'_>, read: &mut Read<'_>) -> Result<Vec<Open>> {
    let standing = Standing::of(desk, read)?;
    let mut said: BTreeMap<String, Vec<Claim>> = BTreeMap::new();
    for (claim, _) in read.claims()?.into_values() {
        said.entry(claim.listing.clone()).or_default().push(claim);
    }
    let own = standing.disputed().map(|(l, p)| (l.clone(), p.clone(), false)).collect::<Vec<_>>();
    let shown = read.offered()?.into_values().map(|o| (o.listing, o.placing, true));
    Ok(own
        .into_iter()
        .chain(shown)
        .map(|(listing, placing, shown)| {
            let said = said.get(&listing.id).cloned().unwrap_or_default();
            Open { listing, placing, shown, said }
        })
        .collect())
}

/// Claims and refusals of this office: all or none. Gives how many are new.
pub fn say(desk: &mut Desk<'_>, store: &mut Store, said: &[Saying]) -> Result<u64> {
    let own = desk.area;
    let held = store.read().held(own)?;
    let shown = store.read().offered()?;
    let mut claims = Vec::new();
    for Saying { row, says, why } in said {
        if !shown.contains_key(row) && !held.contains(row) {
            return Err(Error::BadInput(words!(
                "no_row",
                "{} 既不是上级下发的行，也不是上级交来认领的行",
                "{} was neither handed down nor shown by the parent",
                row
            )));
        }
        claims.push(Claim {
            listing: row.clone(),
            area: own,
            says: *says,
            why: why.clone(),
            who: desk.who.to_owned(),
            at: desk.now.to_owned(),
        });
    }
    let event = desk.event(What::Claim).about(own.to_string());
    store.write(&event, |w| Ok(w.keep_claims(&claims)?))
}

/// The decisions of this office on rows that are its own: all or none. Gives how many are new.
pub fn settle(desk: &mut Desk<'_>, store: &mut Store, settled: &[Settlement]) -> Result<u64> {
    let own = desk.area;
    let standing = Standing::of(desk, &mut store.read())?;
    let mut placings = Vec::new();
    for Settlement { row, to, why } in settled {
        if !standing.shares.contains_key(row) {
            return Err(Error::BadInput(words!(
                "no_row",
                "本机构没有编号为 {} 的行",
                "this office has no row {}",
                row
            )));
        }
        if child_toward(desk.areas, own, *to).is_none() {
            return Err(Error::Refused(words!(
                "not_below",
                "{} 不在本机构之下；不属本级的行请用 refuse 退回上级",
                "{} is not below this office; refuse a row that is not its own",
                desk.areas.path_name(*to)
            )));
        }
        let why = words!("settled", "{} 裁定：{}", "decided by {}: {}", desk.who, why).of(desk.language);
        placings.push((row.clone(), Placing::At { area: *to, by: PlacedBy::Person, why }));
    }
    let event = desk.event(What::Claim).about(own.to_string());
    store.write(&event, |w| Ok(w.place_listings(&placings, DecidedBy::Person)?))
}

/// Settles what one office alone claims and nobody refuses. Gives how many are new.
pub fn settle_claimed(desk: &mut Desk<'_>, store: &mut Store, why: &str) -> Result<u64> {
    let mut settled = Vec::new();
    for row in open(desk, &mut store.read())?.into_iter().filter(|r| !r.shown) {
        let claims: Vec<&Claim> = row.said.iter().filter(|c| c.says == ClaimSays::Claims).collect();
        // A city that speaks beside its own county says the same: the lower one is taken.
        let lowest = claims.iter().max_by_key(|c| c.area.significant());
        let Some(lowest) = lowest else { continue };
        let alone = claims.iter().all(|c| desk.areas.within(Tree::Reporting, lowest.area, c.area));
        let refused = row.said.iter().any(|c| c.says == ClaimSays::Refuses && c.area == lowest.area);
        if alone && !refused {
            settled.push(Settlement { row: row.listing.id.clone(), to: lowest.area, why: why.to_owned() });
        }
    }
    settle(desk, store, &settled)
}

/// Claims and refusals since the last sending, sealed for the parent: this office's own, and those of offices below on
/// rows the parent shows. Gives how many.
pub fn send(desk: &mut Desk<'_>, store: &mut Store, sealing: Sealing<'_>) -> Result<u64> {
    let own = desk.area;
    let parent = desk.areas.get(own).and_then(|a| a.parent(Tree::Reporting));
    let Some(parent) = parent else {
        return Err(Error::Refused(words!("no_parent", "本机构没有上级", "this office has no parent")));
    };
    let secret = (sealing.key)()?;
    let from_above = store.read().from_above(own)?;
    let shown = store.read().offered()?;
    let claims: Vec<Claim> = store
        .read()
        .claims()?
        .into_values()
        .map(|(claim, _)| claim)
        .filter(|c| (c.area == own && from_above.contains(&c.listing)) || shown.contains_key(&c.listing))
        .collect();
    let sent = store.read().packages(Direction::Out)?;
    let mut manifest = desk.manifest(Kind::Claims, parent, last(&sent, parent, "claims"), &secret);
    manifest.counts = BTreeMap::from([("认领与退回".to_owned(), claims.len() as u64)]);
    let bytes = seal(manifest.clone(), &[("claims", lines(claims.iter())?)], &secret)?;
    let event = desk.event(What::Claim).about(parent.to_string()).detail(manifest.id.clone());
    store.write::<_, Error>(&event, |w| {
        w.keep_package(&kept(&manifest, Direction::Out, &bytes)?)?;
        (sealing.put)(&format!("认领-{}-{:03}.wupu", own.short(), manifest.sequence), &bytes)
    })?;
    Ok(claims.len() as u64)
}
