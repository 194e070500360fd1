//! Sealing a package and opening it.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use sha2::{Digest, Sha256};

use super::{Key, Manifest, PackageProblem, Part, PublicKey};
use crate::text::hex;

const MAGIC: &[u8] = b"WUPU-PACKAGE-1\n";
const MAGIC_ANY: &[u8] = b"WUPU-PACKAGE-";
/// No manifest comes near this; a larger length is a damaged one.
const LARGEST_MANIFEST: u64 = 16 << 20;

/// An opened package: the signature fits, the parts are what the manifest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    pub manifest: Manifest,
    /// SHA-256 of the whole file.
    pub hash: String,
    parts: Vec<(String, Vec<u8>)>,
}

impl Opened {
    /// The lines of a part; none when the package has no such part.
    pub fn lines(&self, part: &str) -> impl Iterator<Item = &str> {
        let bytes = self.parts.iter().find(|(name, _)| name == part).map_or(&[][..], |(_, bytes)| bytes);
        std::str::from_utf8(bytes).unwrap_or_default().lines()
    }

    /// The lines of a part as values. A line that is none is an error that names it.
    pub fn values<T: serde::de::DeserializeOwned>(&self, part: &str) -> Result<Vec<T>, PackageProblem> {
        let wrong = |at: usize, why: String| PackageProblem::Part {
            part: part.to_owned(),
            why: format!("line {}: {why}", at + 1),
        };
        self.lines(part)
            .enumerate()
            .map(|(at, line)| serde_json::from_str(line).map_err(|e| wrong(at, e.to_string())))
            .collect()
    }
}

/// Seals parts (name, lines) under a manifest; fills in the manifest's parts and key.
pub fn seal(mut manifest: Manifest, parts: &[(&str, Vec<String>)], key: &Key) -> Result<Vec<u8>, PackageProblem> {
    let mut packed = Vec::new();
    manifest.key = key.public();
    manifest.parts.clear();
    for (name, lines) in parts {
        let mut bytes = lines.join("\n").into_bytes();
        if !bytes.is_empty() {
            bytes.push(b'\n');
        }
        let deflated = deflate(&bytes).map_err(|e| wrong(name, &e.to_string()))?;
        manifest.parts.push(Part {
            name: (*name).to_owned(),
            lines: lines.len() as u64,
            size: bytes.len() as u64,
            packed: deflated.len() as u64,
            hash: hex(&Sha256::digest(&bytes)),
        });
        packed.extend(deflated);
    }
    let text = serde_json::to_vec(&manifest).map_err(|e| PackageProblem::Manifest { why: e.to_string() })?;
    let mut file = MAGIC.to_vec();
    file.extend((text.len() as u64).to_be_bytes());
    file.extend(text);
    file.extend(packed);
    let signature = key.sign(&Sha256::digest(&file))?;
    let length = u16::try_from(signature.len()).map_err(|e| PackageProblem::Key { why: e.to_string() })?;
    file.extend(length.to_be_bytes());
    file.extend(signature);
    Ok(file)
}

/// The manifest of a package as it says of itself, nothing verified: to ask which key must be trusted.
pub fn peek(file: &[u8]) -> Result<Manifest, PackageProblem> {
    head(file).map(|(manifest, _)| manifest)
}

/// Verifies and unpacks. `trusted` are the keys known for the sender.
pub fn open(file: &[u8], trusted: impl FnOnce(&Manifest) -> Vec<PublicKey>) -> Result<Opened, PackageProblem> {
    let (manifest, begin) = head(file)?;
    let have = file.len() as u64;
    let packed = manifest.parts.iter().try_fold(begin as u64, |sum, part| sum.checked_add(part.packed));
    // The signature's length follows the parts.
    let end = packed.filter(|end| *end < u64::MAX - 2).ok_or(PackageProblem::Manifest { why: "sizes".into() })?;
    if have < end + 2 {
        return Err(PackageProblem::Cut { have, need: end + 2 });
    }
    let end = end as usize;
    let length = u16::from_be_bytes([file[end], file[end + 1]]);
    let need = end as u64 + 2 + u64::from(length);
    if have < need {
        return Err(PackageProblem::Cut { have, need });
    }
    if have > need {
        return Err(PackageProblem::Trailing { bytes: have - need });
    }
    manifest.key.verify(&Sha256::digest(&file[..end]), &file[end + 2..])?;
    if !trusted(&manifest).contains(&manifest.key) {
        return Err(PackageProblem::Untrusted { from: manifest.from, fingerprint: manifest.key.fingerprint() });
    }
    let mut at = begin;
    let mut parts = Vec::new();
    for part in &manifest.parts {
        let packed = &file[at..at + part.packed as usize];
        at += part.packed as usize;
        parts.push((part.name.clone(), unpack(part, packed)?));
    }
    Ok(Opened { hash: hex(&Sha256::digest(file)), manifest, parts })
}

fn head(file: &[u8]) -> Result<(Manifest, usize), PackageProblem> {
    if !file.starts_with(MAGIC) {
        let newer = file.starts_with(MAGIC_ANY) && file.get(MAGIC_ANY.len()).is_some_and(|b| (b'2'..=b'9').contains(b));
        return Err(if newer { PackageProblem::Newer } else { PackageProblem::NotPackage });
    }
    let have = file.len() as u64;
    let begin = MAGIC.len() + 8;
    let length = file.get(MAGIC.len()..begin).and_then(|b| b.try_into().ok()).map(u64::from_be_bytes);
    let length = length.ok_or(PackageProblem::Cut { have, need: begin as u64 })?;
    if length > LARGEST_MANIFEST {
        return Err(PackageProblem::Manifest { why: format!("{length} bytes long") });
    }
    let end = begin + length as usize;
    let text = file.get(begin..end).ok_or(PackageProblem::Cut { have, need: end as u64 })?;
    let manifest = serde_json::from_slice(text).map_err(|e| PackageProblem::Manifest { why: e.to_string() })?;
    Ok((manifest, end))
}

fn unpack(part: &Part, packed: &[u8]) -> Result<Vec<u8>, PackageProblem> {
    let mut bytes = Vec::new();
    // One byte more than it may have, and not the whole of what it might unfold to.
    let mut reader = DeflateDecoder::new(packed).take(part.size.saturating_add(1));
    reader.read_to_end(&mut bytes).map_err(|e| wrong(&part.name, &e.to_string()))?;
    if bytes.len() as u64 != part.size {
        return Err(wrong(&part.name, &format!("{} bytes, not {}", bytes.len(), part.size)));
    }
    if hex(&Sha256::digest(&bytes)) != part.hash {
        return Err(wrong(&part.name, "another hash"));
    }
    let text = std::str::from_utf8(&bytes).map_err(|e| wrong(&part.name, &e.to_string()))?;
    let lines = text.lines().count() as u64;
    if lines != part.lines {
        return Err(wrong(&part.name, &format!("{lines} lines, not {}", part.lines)));
    }
    Ok(bytes)
}

fn deflate(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn wrong(part: &str, why: &str) -> PackageProblem {
    PackageProblem::Part { part: part.to_owned(), why: why.to_owned() }
}
