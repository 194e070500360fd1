//! Importing filled sheets (导入普查表), form by form. Nothing received is lost.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use census::sheet::{Conflict, Revision, SheetKey, Values};
use store::{Saved, Scope, Store, What, Writing};

use crate::{Desk, Error, Result, Watch};

/// What came of an import of sheets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Sheets of units of the directory.
    pub received: u64,
    /// Sheets that are new versions; their units wait to be checked and accounted.
    pub new: u64,
    /// Sheets in which nothing differs from what is there.
    pub unchanged: u64,
    pub refused: Vec<Conflict>,
    /// Units that are not in the directory: their sheets were left.
    pub strangers: Vec<String>,
}

/// Units that are read and written together.
const PART: usize = 2000;

/// Imports a folder with one file per form, or one file, in one change. Stage: `importing`, in units.
pub fn import(desk: &mut Desk<'_>, store: &mut Store, folder: &Path, watch: &mut Watch<'_>) -> Result<Outcome> {
    let mut opened = report::read::sheets_folder(desk.instrument, folder)?;
    let mut by_code: BTreeMap<String, String> = BTreeMap::new();
    for unit in store.read().units(&desk.scope())? {
        // A unit without a code (a village) is named by its area.
        let code = if unit.code.is_empty() { unit.area.clone() } else { unit.code.clone() };
        by_code.insert(code, unit.id.clone());
        by_code.insert(unit.id.clone(), unit.id);
    }
    let event = desk.event(What::ImportSheets).about(folder.display().to_string());
    // One change, so that a mistake in the last file leaves nothing of the first; read and written in parts, so that
    // a province needs no more memory than a county.
    store.write(&event, |w| {
        let (mut outcome, mut units) = (Outcome::default(), 0);
        loop {
            let part = opened.chunk(PART)?;
            if part.is_empty() {
                return Ok(outcome);
            }
            units += part.len() as u64;
            watch.at("importing", units, 0)?;
            let mut revisions: Vec<Revision> = Vec::new();
            for sheets in part {
                let Some(unit) = by_code.get(&sheets.unit) else {
                    outcome.strangers.push(sheets.unit);
                    continue;
                };
                for (form, values) in sheets.sheets {
                    revisions.push(Revision {
                        id: desk.ids.make(),
                        sheet: SheetKey { unit: unit.clone(), form, period: desk.census.period },
                        base: None,
                        instrument: desk.instrument.version.clone(),
                        values,
                        author: desk.who.to_owned(),
                        at: desk.now.to_owned(),
                    });
                }
            }
            let received = revisions.len() as u64;
            continued(w, &mut revisions, |form, block| opened.holds(form, block))?;
            outcome.received += received;
            outcome.unchanged += received - revisions.len() as u64;
            for saved in w.revise(&revisions)? {
                match saved {
                    Saved::New => outcome.new += 1,
                    Saved::Known => {}
                    Saved::Refused(conflict) => outcome.refused.push(conflict),
                }
            }
        }
    })
}

/// A sheet that is there already is continued from its newest revision, with the parts that were not handed in, or
/// left out when nothing differs.
fn continued(w: &mut Writing<'_>, revisions: &mut Vec<Revision>, handed_in: impl Fn(&str, &str) -> bool) -> Result<()> {
    let units: BTreeSet<String> = revisions.iter().map(|r| r.sheet.unit.clone()).collect();
    let Some(period) = revisions.first().map(|r| r.sheet.period) else { return Ok(()) };
    let mut kept: BTreeMap<(String, String), (String, Values)> = BTreeMap::new();
    let scope = Scope::Units(units.into_iter().collect());
    w.read().each_chunk::<Error>(&scope, period, PART, |chunk| {
        for mut collected in chunk {
            for (form, revision) in collected.version.revisions {
                if let Some(values) = collected.sheets.sheets.remove(&form) {
                    kept.insert((collected.unit.id.clone(), form), (revision, values));
                }
            }
        }
        Ok(())
    })?;
    revisions.retain_mut(|revision| {
        let key = (revision.sheet.unit.clone(), revision.sheet.form.clone());
        let Some((base, old)) = kept.get(&key) else { return true };
        revision.values.keep_absent(old, |block| handed_in(&key.1, block));
        revision.base = Some(base.clone());
        *old != revision.values
    });
    Ok(())
}
