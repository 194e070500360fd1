//! Importing filled sheets, form by form. Nothing received is lost.

use std::path::Path;

use anyhow::Result;
use report::read::ReadError;
use work::{Progress, Watch};

use super::print_json;
use crate::arguments::{Arguments, Import};
use crate::ending::{BadInput, Ending};
use crate::office::Office;
use crate::{progress, said, say, stop, told};

pub fn run(arguments: &Arguments, import: &Import) -> Result<Ending> {
    match import {
        Import::List(list) => super::list::run(arguments, list),
        Import::Sheets { folder } => sheets(arguments, folder),
    }
}

/// A file that cannot be read.
pub(super) fn bad(error: &ReadError) -> BadInput {
    BadInput(said!(error))
}

fn sheets(arguments: &Arguments, folder: &Path) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let bar = progress::bar(0, say::pick("导入普查表", "import sheets"), arguments.json);
    let mut tell = |at: Progress| bar.set_position(at.done);
    let (mut desk, store) = office.desk()?;
    let done = work::import_sheets::import(&mut desk, store, folder, &mut Watch::new(&mut tell, &stop::wanted));
    bar.finish_and_clear();
    let done = done?;
    let refused: Vec<String> = done.refused.iter().map(ToString::to_string).collect();
    let strangers = &done.strangers;
    if arguments.json {
        print_json(&serde_json::json!({
            "sheets": done.received, "new": done.new, "unchanged": done.unchanged, "refused": refused,
            "unknown_units": strangers,
        }));
    } else {
        say!(
            "收到 {} 张表：新版本 {}，未变 {}，拒收 {}",
            "{} sheets received: {} new versions, {} unchanged, {} refused",
            done.received,
            done.new,
            done.unchanged,
            refused.len()
        );
        for line in refused.iter().take(10) {
            println!("! {line}");
        }
        if !strangers.is_empty() {
            let shown = strangers.iter().take(5).cloned().collect::<Vec<_>>().join(" ");
            println!(
                "! {}",
                told!(
                    "{} 个单位不在名录中，其表未导入：{}…",
                    "{} units are not in the directory, their sheets were left: {}…",
                    strangers.len(),
                    shown
                )
            );
        }
    }
    Ok(if strangers.is_empty() && refused.is_empty() { Ending::Done } else { Ending::Attention })
}
