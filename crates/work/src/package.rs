//! Sealed files between offices (数据包): what the workflows that send and receive them share.

use std::collections::BTreeMap;

use census::area::AreaCode;
use census::package::{Key, Kind, Manifest, PackageProblem};
use census::split::RowSet;
use census::text::hex;
use sha2::{Digest, Sha256};
use store::{Direction, PackageRow};

use crate::error::both;
use crate::{Desk, Error, Result};

/// What a workflow that seals a package needs from outside.
pub struct Sealing<'s> {
    /// The office's own key: asked for when there is something to seal.
    pub key: &'s mut dyn FnMut() -> Result<Key>,
    /// Takes each file with the name it should have. An error changes nothing.
    pub put: &'s mut dyn FnMut(&str, &[u8]) -> Result<()>,
}

impl std::fmt::Debug for Sealing<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealing").finish_non_exhaustive()
    }
}

impl From<PackageProblem> for Error {
    fn from(problem: PackageProblem) -> Error {
        Error::BadInput(both!("package", problem))
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Error {
        Error::Fault(error.to_string())
    }
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

impl Desk<'_> {
    /// The manifest of the next package of a kind to another office; `last` is the one before it.
    pub(crate) fn manifest(&mut self, kind: Kind, to: AreaCode, last: Option<&PackageRow>, key: &Key) -> Manifest {
        Manifest {
            id: self.ids.make(),
            kind,
            from: self.area,
            to,
            office: self.census.office.clone(),
            who: self.who.to_owned(),
            at: self.now.to_owned(),
            sequence: last.map_or(1, |p| p.sequence + 1),
            previous: last.map(|p| p.hash.clone()).unwrap_or_default(),
            instrument: self.census.instrument.clone(),
            version: self.census.version.clone(),
            simulated: self.census.simulated,
            holds: RowSet::of([]),
            parts: Vec::new(),
            counts: BTreeMap::new(),
            key: key.public(),
        }
    }
}

/// The last package of a kind sent to an office.
pub(crate) fn last<'p>(sent: &'p [PackageRow], to: AreaCode, kind: &str) -> Option<&'p PackageRow> {
    sent.iter().rev().find(|p| p.peer == to && p.kind == kind)
}

/// Values as lines of a part.
pub(crate) fn lines<T: serde::Serialize>(values: impl Iterator<Item = T>) -> Result<Vec<String>> {
    values.map(|value| Ok(serde_json::to_string(&value)?)).collect()
}
