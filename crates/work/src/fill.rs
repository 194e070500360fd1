//! Filling (填报): the one way by which a sheet of a unit changes.

use census::check::Checker;
use census::finding::Finding;
use census::review::{Actor, Event, Refusal, StateKind};
use census::sheet::{Revision, SheetKey, Values, Version};
use store::{Job, Saved, Writing};

use crate::error::words;
use crate::{Desk, Error, Result, check, review};

/// Kind of the job that accounts a unit again after its sheets changed.
pub const ACCOUNT: &str = "account";

/// A filled sheet as it is handed in (一张填报的表).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// Id of the revision, made by whoever typed; the same twice changes nothing.
    pub id: String,
    pub form: String,
    /// The revision it was made from; `None` for the first.
    pub base: Option<String>,
    pub values: Values,
    /// When it was typed, RFC 3339; `None`: now.
    pub at: Option<String>,
}

/// What came of handing in sheets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Whether any sheet is new; false when all were stored before.
    pub changed: bool,
    /// Version of the unit as it stands now.
    pub version: Version,
    /// All findings of the unit as they stand now.
    pub findings: Vec<Finding>,
    pub state: StateKind,
    /// Counter of the unit's review.
    pub counter: i64,
}

/// Saves sheets of one unit, by one person: all of them or none.
///
/// In the open change the review is asked whether this person may fill now, the revisions are put on their chains, the
/// unit is checked, the step is stored, and a job to account the unit is left. A table or figure made from the older
/// version is known as not accounted from then on. A sheet that moved on meanwhile is an [`Error::Conflict`]: undo the
/// change, and let the person join both.
pub fn save(
    w: &mut Writing<'_>,
    desk: &mut Desk<'_>,
    checker: &Checker<'_>,
    actor: &Actor,
    unit: &str,
    sheets: &[Filled],
) -> Result<Outcome> {
    let before = check::load(w, desk, unit)?;
    let kept = w.read().review(unit)?;
    // Filling is judged by state, person and area, not by what the rules find.
    let judged = review::judge(desk, &kept, &before, &[], &Event::Fill, actor);
    // The same sheets handed in again after the unit moved on are no new filling: they are looked at first.
    if let Err(refusal) = &judged
        && !matches!(refusal, Error::Review(Refusal::WrongOrder { .. }))
    {
        return Err(refusal.clone());
    }
    let revisions = sheets.iter().map(|sheet| revision(w, desk, actor, unit, sheet)).collect::<Result<Vec<_>>>()?;
    let saved = w.revise(&revisions)?;
    let conflicts: Vec<_> = saved
        .iter()
        .filter_map(|s| match s {
            Saved::Refused(conflict) => Some(conflict.clone()),
            Saved::New | Saved::Known => None,
        })
        .collect();
    if !conflicts.is_empty() {
        return Err(Error::Conflict(conflicts));
    }
    let scope = store::Scope::unit(unit);
    if !saved.contains(&Saved::New) {
        let findings = w.read().findings(&scope)?.remove(unit).unwrap_or_default();
        let state = kept.review.state.kind();
        return Ok(Outcome { changed: false, version: before.version, findings, state, counter: kept.counter });
    }
    let moved = judged?;
    let checked = check::unit(w, desk, checker, unit)?;
    let counter = w.step(unit, kept.counter, &moved, actor, &Event::Fill)?;
    if accounts(desk, &checked.collected) {
        w.enqueue(&Job {
            id: desk.ids.make(),
            kind: ACCOUNT.to_owned(),
            about: unit.to_owned(),
            due: desk.now.to_owned(),
            document: serde_json::json!({ "version": checked.collected.version.hash }).to_string(),
            asked_by: String::new(),
        })?;
    }
    Ok(Outcome {
        changed: true,
        version: checked.collected.version,
        findings: checked.findings,
        state: moved.review.state.kind(),
        counter,
    })
}

/// Whether the unit has sheets that accounting reads.
fn accounts(desk: &Desk<'_>, collected: &store::Collected) -> bool {
    let method = desk.instrument.factors.method.as_ref();
    method.is_some_and(|method| collected.sheets.sheets.contains_key(&method.form))
}

fn revision(w: &mut Writing<'_>, desk: &Desk<'_>, actor: &Actor, unit: &str, sheet: &Filled) -> Result<Revision> {
    if desk.instrument.form(&sheet.form).is_none() {
        return Err(Error::bad(words!(
            "unknown_form",
            "制度中没有普查表 {}",
            "the instrument has no form {}",
            sheet.form
        )));
    }
    // What was stored under this id before says when it was typed, so that a repeated request is the same revision.
    let known = w.read().revision(&sheet.id)?;
    let (at, instrument) = match known {
        Some(known) => (known.at, known.instrument),
        None => (desk.now.to_owned(), desk.instrument.version.clone()),
    };
    Ok(Revision {
        id: sheet.id.clone(),
        sheet: SheetKey { unit: unit.to_owned(), form: sheet.form.clone(), period: desk.census.period },
        base: sheet.base.clone(),
        instrument,
        values: sheet.values.clone(),
        author: actor.person.clone(),
        at: sheet.at.clone().unwrap_or(at),
    })
}
