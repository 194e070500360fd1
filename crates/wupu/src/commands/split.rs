//! Splitting: every row of the lists to an office below, with the proof, and packages for what changed.

use anyhow::Result;
use census::split::RowSet;
use work::package::Sealing;
use work::split::{Outcome, Sealed, split};

use super::{key, print_json};
use crate::arguments::{Arguments, Split};
use crate::ending::Ending;
use crate::office::Office;
use crate::{output, say, told};

pub fn run(arguments: &Arguments, options: &Split) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let mut key = || {
        let own = key::own(arguments)?;
        options.out.as_deref().map_or(Ok(()), output::folder).map_err(|e| output::failed(&e))?;
        Ok(own)
    };
    let (mut desk, store) = office.desk()?;
    let done = match &options.out {
        None => split(&mut desk, store, None)?,
        Some(out) => {
            let mut put =
                |name: &str, bytes: &[u8]| output::write(&out.join(name), bytes).map_err(|e| output::failed(&e));
            split(&mut desk, store, Some(Sealing { key: &mut key, put: &mut put }))?
        }
    };
    tell(arguments, &office, &done);
    Ok(if done.proof.broken().is_empty() { Ending::Done } else { Ending::Attention })
}

fn tell(arguments: &Arguments, office: &Office, done: &Outcome) {
    let Outcome { proof, placed, sealed } = done;
    let broken = proof.broken();
    if arguments.json {
        print_json(&serde_json::json!({
            "proof": proof,
            "holds": broken.is_empty(),
            "broken": broken.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "placed": placed,
            "packages": sealed.iter().map(|s| serde_json::json!({
                "to": s.to, "file": s.file, "given": s.delta.given.len(), "taken": s.delta.taken.len(),
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
    let count = |word: &str| placed.get(word).copied().unwrap_or(0);
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
    for Sealed { file, delta, .. } in sealed {
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
