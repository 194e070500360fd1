//! Where listings belong, what was handed down and received, who claims what, and the keys of offices.

use std::collections::{BTreeMap, BTreeSet};

use census::area::AreaCode;
use census::frame::{Listing, Placing};
use census::split::{Claim, ClaimSays};
use serde::{Deserialize, Serialize};

use crate::db::{bind, values};
use crate::frame::{chunks, text};
use crate::read::Read;
use crate::write::Writing;
use crate::{DecidedBy, Error, Result, schema};

/// The latest word on where a listing belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacingRow {
    pub placing: Placing,
    pub by: DecidedBy,
    /// Number of the event it was said in: a refusal after it opens the question again.
    pub event: i64,
}

/// A disputed row of the office above, shown to those who may claim it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offered {
    pub listing: Listing,
    pub placing: Placing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    Out,
    In,
}

/// A package sealed here or received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageRow {
    pub id: String,
    pub direction: Direction,
    /// `listings`, `receipt`, `claims`, `library`.
    pub kind: String,
    /// The office at the other end.
    pub peer: AreaCode,
    pub sequence: u64,
    /// SHA-256 of the file.
    pub hash: String,
    /// The manifest; of a receipt, the receipt. JSON.
    pub document: String,
}

impl Direction {
    fn name(self) -> &'static str {
        match self {
            Direction::Out => "out",
            Direction::In => "in",
        }
    }
}

impl Writing<'_> {
    /// Keeps where listings belong; what is known already is left out, and a rule's word never replaces a
    /// person's. Gives the number kept.
    pub fn place_listings(&mut self, placings: &[(String, Placing)], by: DecidedBy) -> Result<u64> {
        let known = self.read().placings()?;
        let word = if by == DecidedBy::Person { "person" } else { "rule" };
        let mut rows = Vec::new();
        for (listing, placing) in placings {
            let stands = known.get(listing).is_some_and(|old| {
                let persons = old.by == DecidedBy::Person && by == DecidedBy::Rule;
                persons || (old.placing == *placing && old.by == by)
            });
            if !stands {
                rows.push(values![listing, word, text(placing)?]);
            }
        }
        let kept = rows.len() as u64;
        for chunk in chunks(rows) {
            self.append(&schema::LISTING_PLACE, chunk)?;
        }
        Ok(kept)
    }

    /// Keeps claims and refusals; those known already are left out. Gives the number kept.
    pub fn keep_claims(&mut self, claims: &[Claim]) -> Result<u64> {
        let known = self.read().claims()?;
        let mut rows = Vec::new();
        for claim in claims {
            let says = match claim.says {
                ClaimSays::Claims => "claims",
                ClaimSays::Refuses => "refuses",
            };
            let old = known.get(&(claim.listing.clone(), claim.area));
            if old.is_none_or(|(old, _)| old != claim) {
                rows.push(values![&claim.listing, claim.area.to_string(), says, text(claim)?]);
            }
        }
        let kept = rows.len() as u64;
        for chunk in chunks(rows) {
            self.append(&schema::CLAIM, chunk)?;
        }
        Ok(kept)
    }

    /// Keeps the disputed rows the office above shows; all it showed before and does not now are no longer open.
    pub fn keep_offered(&mut self, offered: &[Offered]) -> Result<()> {
        let known = self.read().offered()?;
        let mut rows = Vec::new();
        for row in offered {
            if known.get(&row.listing.id) != Some(row) {
                rows.push(values![&row.listing.id, "offered", text(row)?]);
            }
        }
        let open: BTreeSet<&str> = offered.iter().map(|o| o.listing.id.as_str()).collect();
        for id in known.keys().filter(|id| !open.contains(id.as_str())) {
            rows.push(values![id, "settled", "null"]);
        }
        for chunk in chunks(rows) {
            self.append(&schema::OFFERED, chunk)?;
        }
        Ok(())
    }

    /// Remembers which rows an office below was given, and which were taken back, in a package.
    pub fn keep_handed(&mut self, area: AreaCode, package: &str, given: &[String], taken: &[String]) -> Result<()> {
        let area = area.to_string();
        let rows: Vec<_> = given.iter().map(|id| (id, "given")).chain(taken.iter().map(|id| (id, "taken"))).collect();
        let rows = rows.into_iter().map(|(id, says)| values![id, &area, package, says]).collect();
        for chunk in chunks(rows) {
            self.append(&schema::HANDED, chunk)?;
        }
        Ok(())
    }

    pub fn keep_package(&mut self, package: &PackageRow) -> Result<()> {
        let row = values![
            &package.id,
            package.direction.name(),
            &package.kind,
            package.peer.to_string(),
            package.sequence,
            &package.hash,
            &package.document
        ];
        self.append(&schema::PACKAGE, vec![row])
    }

    /// Trusts a key of an office, or no longer.
    pub fn trust(&mut self, area: AreaCode, algorithm: &str, key: &str, trusted: bool) -> Result<()> {
        let says = if trusted { "trusted" } else { "revoked" };
        self.append(&schema::TRUSTED_KEY, vec![values![area.to_string(), algorithm, key, says]])
    }
}

impl Read<'_> {
    /// The latest word on where each listing belongs.
    pub fn placings(&mut self) -> Result<BTreeMap<String, PlacingRow>> {
        let mut found = BTreeMap::new();
        self.db.each(
            "SELECT listing, decided_by, document, event FROM listing_place ORDER BY event, place",
            &[],
            |row| {
                let by = if row.str(1)? == "person" { DecidedBy::Person } else { DecidedBy::Rule };
                let listing = row.text(0)?;
                let placing = row.document(2, &format!("placing of {listing}"))?;
                found.insert(listing, PlacingRow { placing, by, event: row.int(3)? });
                Ok::<(), Error>(())
            },
        )?;
        Ok(found)
    }

    /// The latest word of each office on each listing, and the number of the event it came in.
    pub fn claims(&mut self) -> Result<BTreeMap<(String, AreaCode), (Claim, i64)>> {
        let mut found = BTreeMap::new();
        self.db.each("SELECT document, event FROM claim ORDER BY event, place", &[], |row| {
            let claim: Claim = row.document(0, "claim")?;
            found.insert((claim.listing.clone(), claim.area), (claim, row.int(1)?));
            Ok::<(), Error>(())
        })?;
        Ok(found)
    }

    /// Disputed rows of the office above that are still open, by id.
    pub fn offered(&mut self) -> Result<BTreeMap<String, Offered>> {
        let mut found = BTreeMap::new();
        self.db.each("SELECT listing, document FROM offered ORDER BY event, place", &[], |row| {
            let id = row.text(0)?;
            match row.document::<Option<Offered>>(1, &format!("offered {id}"))? {
                Some(offered) => found.insert(id, offered),
                None => found.remove(&id),
            };
            Ok::<(), Error>(())
        })?;
        Ok(found)
    }

    /// Which office below holds each listing that was handed down. `own` is the area of this office.
    pub fn handed(&mut self, own: AreaCode) -> Result<BTreeMap<String, AreaCode>> {
        self.hands("SELECT listing, area, says FROM handed WHERE area <> $1 ORDER BY event, place", own)
    }

    /// The listings this office holds from the one above.
    pub fn held(&mut self, own: AreaCode) -> Result<BTreeSet<String>> {
        let held = self.hands("SELECT listing, area, says FROM handed WHERE area = $1 ORDER BY event, place", own)?;
        Ok(held.into_keys().collect())
    }

    /// Listings that came from the office above, also those it took back.
    pub fn from_above(&mut self, own: AreaCode) -> Result<BTreeSet<String>> {
        let sql = "SELECT DISTINCT listing FROM handed WHERE area = $1";
        self.db.query(sql, &bind![own.to_string()])?.iter().map(|row| row.text(0)).collect()
    }

    fn hands(&mut self, sql: &str, own: AreaCode) -> Result<BTreeMap<String, AreaCode>> {
        let mut found = BTreeMap::new();
        self.db.each(sql, &bind![own.to_string()], |row| {
            let (listing, area) = (row.text(0)?, area(row.str(1)?)?);
            if row.str(2)? == "given" {
                found.insert(listing, area);
            } else if found.get(&listing) == Some(&area) {
                found.remove(&listing);
            }
            Ok::<(), Error>(())
        })?;
        Ok(found)
    }

    /// Packages of a direction, in the order they were kept.
    pub fn packages(&mut self, direction: Direction) -> Result<Vec<PackageRow>> {
        let sql =
            "SELECT id, kind, peer, sequence, hash, document FROM package WHERE direction = $1 ORDER BY event, place";
        let mut found = Vec::new();
        self.db.each(sql, &bind![direction.name()], |row| {
            found.push(PackageRow {
                id: row.text(0)?,
                direction,
                kind: row.text(1)?,
                peer: area(row.str(2)?)?,
                sequence: row.int(3)? as u64,
                hash: row.text(4)?,
                document: row.text(5)?,
            });
            Ok::<(), Error>(())
        })?;
        Ok(found)
    }

    /// Keys that are trusted: algorithm and key, by office.
    pub fn trusted(&mut self) -> Result<BTreeMap<AreaCode, Vec<(String, String)>>> {
        let mut found: BTreeMap<AreaCode, Vec<(String, String)>> = BTreeMap::new();
        let sql = "SELECT area, algorithm, public_key, says FROM trusted_key ORDER BY event, place";
        self.db.each(sql, &[], |row| {
            let keys = found.entry(area(row.str(0)?)?).or_default();
            let key = (row.text(1)?, row.text(2)?);
            keys.retain(|k| *k != key);
            if row.str(3)? == "trusted" {
                keys.push(key);
            }
            Ok::<(), Error>(())
        })?;
        Ok(found)
    }
}

fn area(text: &str) -> Result<AreaCode> {
    text.parse().map_err(|e: census::area::AreaProblem| Error::Unfit { what: "area".into(), why: e.to_string() })
}
