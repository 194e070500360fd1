//! Packages (下发包, 上报包): sealed files between offices, and the keys they are sealed with.
//!
//! | bytes | what |
//! |---|---|
//! | 15 | `WUPU-PACKAGE-1\n` |
//! | 8 | length of the manifest, big-endian |
//! | … | the [`Manifest`] as JSON |
//! | … | the parts, deflated, in the manifest's order |
//! | 2 | length of the signature, big-endian |
//! | … | the signature over SHA-256 of all bytes before its length |
//!
//! Nothing lies outside the signature, so that a change to any byte is found. The signature is
//! verified before anything is unpacked.

mod key;
mod seal;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use key::{Algorithm, Key, PublicKey, fingerprint};
pub use seal::{Opened, open, peek, seal};

use crate::area::AreaCode;
use crate::split::RowSet;

/// What a package carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Rows of lists to the office below (下发底册), all of them or what changed.
    Listings,
    /// What an office received, back to the sender (回执).
    Receipt,
    /// Rows an office claims or refuses, up to the parent (认领与退回).
    Claims,
    /// The frozen directory of an office, up to the parent (名录库上报).
    Library,
}

/// What a package says of itself (清单).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Made by the sender.
    pub id: String,
    pub kind: Kind,
    /// Area of the sending and the receiving office.
    pub from: AreaCode,
    pub to: AreaCode,
    /// Name of the sending office, and who sealed it.
    pub office: String,
    pub who: String,
    /// RFC 3339.
    pub at: String,
    /// From 1, one for each package of a kind from this sender to this receiver.
    pub sequence: u64,
    /// SHA-256 of the package before it in that order; empty for the first.
    pub previous: String,
    /// Instrument (普查制度) and version the sender works under.
    pub instrument: String,
    pub version: String,
    /// A practice census: a real one refuses it.
    pub simulated: bool,
    /// The rows the receiver holds from the sender once it has taken this in.
    pub holds: RowSet,
    pub parts: Vec<Part>,
    /// Figures for the reader of the manifest: 下发, 收回, 争议.
    pub counts: BTreeMap<String, u64>,
    pub key: PublicKey,
}

/// One part of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// `rows`, `taken`, `offered` …
    pub name: String,
    /// Lines: one JSON object each.
    pub lines: u64,
    /// Bytes unpacked, bytes in the file.
    pub size: u64,
    pub packed: u64,
    /// SHA-256 of the unpacked bytes.
    pub hash: String,
}

/// What the receiver says of a package (回执).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub package: String,
    /// SHA-256 of the file that was received.
    pub hash: String,
    /// Recounted by the receiver: the rows it now holds from the sender.
    pub holds: RowSet,
    /// What the sender said it would hold.
    pub expected: RowSet,
    /// RFC 3339.
    pub received: String,
    pub who: String,
}

/// Why a package is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackageProblem {
    #[error("this is not a wupu package")]
    NotPackage,
    #[error("the package is of a newer kind; take a newer version of the program")]
    Newer,
    #[error("the package is cut off: {have} bytes of {need}; copy it again")]
    Cut { have: u64, need: u64 },
    #[error("{bytes} bytes follow the end of the package; copy it again")]
    Trailing { bytes: u64 },
    #[error("the manifest cannot be read: {why}; copy the package again")]
    Manifest { why: String },
    #[error("signed with {algorithm}, which this program does not know")]
    Algorithm { algorithm: String },
    #[error(
        "the package was changed after it was sealed: the signature does not fit; copy it again, or ask the sender"
    )]
    Signature,
    #[error(
        "no key of {from} is trusted here yet; compare the fingerprint {fingerprint} with the sender by telephone, then trust it"
    )]
    Untrusted { from: AreaCode, fingerprint: String },
    #[error("part {part} is not what the manifest says: {why}")]
    Part { part: String, why: String },
    #[error("the key cannot be read: {why}")]
    Key { why: String },
}

impl PackageProblem {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            PackageProblem::NotPackage => "这不是污普的数据包".into(),
            PackageProblem::Newer => "数据包的格式较新；请使用新版程序".into(),
            PackageProblem::Cut { have, need } => format!("数据包不完整：应有 {need} 字节，只有 {have}；请重新拷贝"),
            PackageProblem::Trailing { bytes } => format!("数据包末尾多出 {bytes} 字节；请重新拷贝"),
            PackageProblem::Manifest { why } => format!("数据包清单无法读出（{why}）；请重新拷贝"),
            PackageProblem::Algorithm { algorithm } => format!("签名算法 {algorithm} 不被本程序支持"),
            PackageProblem::Signature => "数据包封装后被改动：签名不符；请重新拷贝，或与发送单位核实".into(),
            PackageProblem::Untrusted { from, fingerprint } => {
                format!("尚未信任 {from} 的密钥；请用电话与对方核对指纹 {fingerprint}，然后登记为可信")
            }
            PackageProblem::Part { part, why } => format!("数据包的 {part} 与清单不符：{why}"),
            PackageProblem::Key { why } => format!("密钥无法读出：{why}"),
        }
    }
}
