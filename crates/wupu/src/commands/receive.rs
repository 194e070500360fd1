//! Receiving a package: verified, recounted, kept, and answered with a signed receipt.

use std::path::{Path, PathBuf};

use anyhow::Result;
use work::package::Sealing;
use work::receive::{ListingsIn, Outcome, ReceiptIn, receive};

use super::{key, library, print_json};
use crate::arguments::{Arguments, Receive};
use crate::ending::{BadInput, Ending};
use crate::office::Office;
use crate::{output, say, told};

pub fn run(arguments: &Arguments, options: &Receive) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let file = &options.file;
    let bytes = std::fs::read(file)
        .map_err(|e| BadInput(told!("{}：打不开（{}）", "{}: cannot be opened ({})", file.display(), e)))?;
    let name = file.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    let receipt = |name: &str| -> PathBuf { options.receipt.clone().unwrap_or_else(|| file.with_file_name(name)) };
    let mut key = || key::own(arguments);
    let mut put = |name: &str, bytes: &[u8]| output::write(&receipt(name), bytes).map_err(|e| output::failed(&e));
    let (mut desk, store) = office.desk()?;
    let done = receive(&mut desk, store, &name, &bytes, Sealing { key: &mut key, put: &mut put })?;
    match done {
        Outcome::Known { package } => {
            if arguments.json {
                print_json(&serde_json::json!({ "package": package, "new": false }));
            } else {
                say!("这个数据包已经接收过，没有任何改变", "this package was received before; nothing changed");
            }
        }
        Outcome::Listings(done) => listings(arguments, &done, &receipt(&done.receipt)),
        Outcome::Receipt(done) => return Ok(answered(arguments, &done)),
        Outcome::Claims { office, claims, new } => claimed(arguments, &office, claims, new),
        Outcome::Library(done) => library::received(arguments, &done),
    }
    Ok(Ending::Done)
}

fn listings(arguments: &Arguments, done: &ListingsIn, path: &Path) {
    let manifest = &done.manifest;
    if arguments.json {
        print_json(&serde_json::json!({
            "package": manifest.id, "new": true, "kind": "listings", "sequence": manifest.sequence,
            "rows": done.fresh, "again": done.again, "taken": done.taken, "offered": done.offered,
            "holds": done.holds.rows, "digest": done.holds.digest, "receipt": path.display().to_string(),
        }));
    } else {
        say!(
            "{} 的下发包（第 {} 个）：签名相符，新增 {} 行，收回 {} 行，待认领 {} 行",
            "package {1} of {0}: the signature fits, {2} new rows, {3} taken back, {4} to claim",
            manifest.office,
            manifest.sequence,
            done.fresh,
            done.taken,
            done.offered
        );
        say!(
            "重新计数：共 {} 行，摘要 {}，与发送单位一致",
            "recounted: {} rows, digest {}, as the sender says",
            done.holds.rows,
            &done.holds.digest[..16]
        );
        say!("回执：{}", "receipt: {}", path.display());
    }
}

fn answered(arguments: &Arguments, done: &ReceiptIn) -> Ending {
    if arguments.json {
        print_json(&serde_json::json!({
            "kind": "receipt", "of": done.receipt.package, "agrees": done.agrees, "holds": done.receipt.holds.rows,
        }));
    } else if done.agrees {
        say!(
            "{} 的回执：第 {} 个下发包已收到，共 {} 行，与下发一致",
            "receipt of {}: package {} arrived, {} rows, as handed down",
            done.office,
            done.sequence,
            done.receipt.holds.rows
        );
    } else {
        say!(
            "! {} 的回执与下发不一致：下发 {} 行，收到 {} 行",
            "! the receipt of {} differs: {} rows handed down, {} received",
            done.office,
            done.expected.rows,
            done.receipt.holds.rows
        );
    }
    if done.agrees { Ending::Done } else { Ending::Attention }
}

fn claimed(arguments: &Arguments, office: &str, claims: u64, new: u64) {
    if arguments.json {
        print_json(&serde_json::json!({ "kind": "claims", "claims": claims, "new": new }));
    } else {
        say!("{} 的认领与退回：{} 条，新的 {} 条", "{}: {} claims and refusals, {} new", office, claims, new);
        say!("下一步：wupu disputed list", "next: wupu disputed list");
    }
}
