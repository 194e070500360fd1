//! Keys: Ed25519, and SM2 for offices that must use it, behind one interface.

use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::PackageProblem;
use crate::text::hex;

/// How a package is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Algorithm {
    Ed25519,
    /// GB/T 32918 with SM3.
    #[cfg(feature = "sm2")]
    Sm2,
}

/// The key of an office: it never leaves it.
pub struct Key(Secret);

enum Secret {
    Ed25519(Box<SigningKey>),
    #[cfg(feature = "sm2")]
    Sm2(Box<sm2::dsa::SigningKey>),
}

/// What others verify with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PublicKey {
    pub algorithm: String,
    /// Hexadecimal.
    pub key: String,
}

/// The name SM2 binds into a signature when none is agreed (GM/T 0009).
#[cfg(feature = "sm2")]
const SM2_NAME: &str = "1234567812345678";

impl std::fmt::Debug for Key {
    /// The secret is never printed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.public().algorithm)
    }
}

impl Algorithm {
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Ed25519 => "ed25519",
            #[cfg(feature = "sm2")]
            Algorithm::Sm2 => "sm2",
        }
    }

    pub fn named(name: &str) -> Option<Algorithm> {
        match name {
            "ed25519" => Some(Algorithm::Ed25519),
            #[cfg(feature = "sm2")]
            "sm2" => Some(Algorithm::Sm2),
            _ => None,
        }
    }
}

impl Key {
    /// A key from 32 secret bytes, which must come from a source of chance.
    pub fn from_seed(algorithm: Algorithm, seed: &[u8; 32]) -> Result<Key, PackageProblem> {
        match algorithm {
            Algorithm::Ed25519 => Ok(Key(Secret::Ed25519(Box::new(SigningKey::from_bytes(seed))))),
            #[cfg(feature = "sm2")]
            Algorithm::Sm2 => {
                let unfit = || PackageProblem::Key { why: "not a number of the curve".into() };
                let secret = sm2::SecretKey::from_slice(seed).map_err(|_| unfit())?;
                let key = sm2::dsa::SigningKey::new(SM2_NAME, &secret).map_err(|_| unfit())?;
                Ok(Key(Secret::Sm2(Box::new(key))))
            }
        }
    }

    /// Reads `ed25519 <64 hexadecimal digits>`, as [`Key::to_text`] writes it.
    pub fn from_text(text: &str) -> Result<Key, PackageProblem> {
        let wrong = |why: &str| PackageProblem::Key { why: why.into() };
        let (algorithm, seed) = text.trim().split_once(' ').ok_or_else(|| wrong("no algorithm"))?;
        let algorithm =
            Algorithm::named(algorithm).ok_or_else(|| PackageProblem::Algorithm { algorithm: algorithm.to_owned() })?;
        let seed = unhex(seed.trim()).ok_or_else(|| wrong("not hexadecimal"))?;
        let seed: [u8; 32] = seed.try_into().map_err(|_| wrong("not 32 bytes"))?;
        Key::from_seed(algorithm, &seed)
    }

    /// The secret as text, for the office's own key file.
    pub fn to_text(&self) -> String {
        let secret = match &self.0 {
            Secret::Ed25519(key) => hex(key.as_bytes()),
            #[cfg(feature = "sm2")]
            Secret::Sm2(key) => hex(&key.as_nonzero_scalar().to_bytes()),
        };
        format!("{} {secret}\n", self.public().algorithm)
    }

    pub fn public(&self) -> PublicKey {
        match &self.0 {
            Secret::Ed25519(key) => {
                PublicKey { algorithm: Algorithm::Ed25519.name().to_owned(), key: hex(key.verifying_key().as_bytes()) }
            }
            #[cfg(feature = "sm2")]
            Secret::Sm2(key) => PublicKey {
                algorithm: Algorithm::Sm2.name().to_owned(),
                key: hex(&key.verifying_key().to_sec1_bytes()),
            },
        }
    }

    /// The same message and key give the same signature.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, PackageProblem> {
        match &self.0 {
            Secret::Ed25519(key) => Ok(key.sign(message).to_bytes().to_vec()),
            #[cfg(feature = "sm2")]
            Secret::Sm2(key) => {
                use sm2::dsa::signature::Signer as _;
                let signed: sm2::dsa::Signature =
                    key.try_sign(message).map_err(|e| PackageProblem::Key { why: e.to_string() })?;
                Ok(signed.to_bytes().to_vec())
            }
        }
    }
}

impl PublicKey {
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), PackageProblem> {
        let unreadable = || PackageProblem::Key { why: "not a public key".into() };
        let bytes = unhex(&self.key).ok_or_else(unreadable)?;
        match Algorithm::named(&self.algorithm) {
            None => Err(PackageProblem::Algorithm { algorithm: self.algorithm.clone() }),
            Some(Algorithm::Ed25519) => {
                let bytes: [u8; 32] = bytes.try_into().map_err(|_| unreadable())?;
                let key = VerifyingKey::from_bytes(&bytes).map_err(|_| unreadable())?;
                let signature =
                    ed25519_dalek::Signature::from_slice(signature).map_err(|_| PackageProblem::Signature)?;
                // Strict: a signature has one spelling, and weak keys are refused.
                key.verify_strict(message, &signature).map_err(|_| PackageProblem::Signature)
            }
            #[cfg(feature = "sm2")]
            Some(Algorithm::Sm2) => {
                use sm2::dsa::signature::Verifier as _;
                let key = sm2::dsa::VerifyingKey::from_sec1_bytes(SM2_NAME, &bytes).map_err(|_| unreadable())?;
                let signature = sm2::dsa::Signature::from_slice(signature).map_err(|_| PackageProblem::Signature)?;
                key.verify(message, &signature).map_err(|_| PackageProblem::Signature)
            }
        }
    }

    /// Short form of the key, to be compared by telephone (指纹): `3F2A 91C4 …`, eight groups.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.algorithm, &self.key)
    }
}

/// Eight groups of four hexadecimal digits of the hash of a key.
pub fn fingerprint(algorithm: &str, key: &str) -> String {
    let hash = hex(&Sha256::digest(format!("{algorithm} {key}").as_bytes())).to_uppercase();
    let groups: Vec<&str> = (0..8).filter_map(|at| hash.get(at * 4..at * 4 + 4)).collect();
    groups.join(" ")
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) || text.bytes().any(|b| b.is_ascii_uppercase()) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}
