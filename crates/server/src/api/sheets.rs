//! Sheets: what is filled, saved, typed again, cited.

use axum::http::Method;
use census::access::{Role, Verb};
use census::review::StateKind;
use census::sheet::{Conflict, SheetKey, Values};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Citation, Draft, Ids, Kept, Read, Scope, SecondEntry, What, Writing};
use work::Desk;
use work::fill::{Filled, save};

use crate::call::{Call, Met};
use crate::fault::Fault;
use crate::route::{Done, Nothing, Routes};

pub fn add(routes: &mut Routes) {
    routes
        .read("/api/units/{id}/sheets", Verb::ReadUnits, "all newest sheets of a unit: rules look across forms", all)
        .read(
            "/api/units/{id}/sheets/{form}",
            Verb::ReadUnits,
            "a sheet with its findings and what stands beside it",
            one,
        )
        .write(
            (Method::POST, "/api/units/{id}/sheets/{form}"),
            (Verb::FillSheets, What::Fill),
            "save a sheet: a new revision, checked at once",
            keep,
        )
        .write(
            (Method::PUT, "/api/units/{id}/sheets/{form}/draft"),
            (Verb::FillSheets, What::Draft),
            "keep what is typed and not saved",
            |call, writing, at: SheetPath, draft: DraftBody| {
                let sheet = at.own(call, &mut writing.read())?.0;
                writing.keep_draft(&Draft {
                    sheet,
                    login: call.person().to_owned(),
                    base: draft.base,
                    at: call.now.clone(),
                    values: values_of(draft.values)?,
                })?;
                Ok(Done {})
            },
        )
        .write(
            (Method::DELETE, "/api/units/{id}/sheets/{form}/draft"),
            (Verb::FillSheets, What::Draft),
            "throw away what is typed and not saved",
            |call, writing, at: SheetPath, _: Nothing| {
                let sheet = at.own(call, &mut writing.read())?.0;
                writing.drop_draft(&sheet, call.person())?;
                Ok(Done {})
            },
        )
        .write(
            (Method::PUT, "/api/units/{id}/sheets/{form}/citations"),
            (Verb::FillSheets, What::Attach),
            "say which paper a figure was read from",
            |call, writing, at: SheetPath, cited: Cited| {
                let sheet = at.own(call, &mut writing.read())?.0;
                if cited.place.is_empty() || cited.place.len() > 80 || !cited.place.contains('/') {
                    return Err(Fault::invalid("place", "flat/05 or facility/2/08"));
                }
                let document = json!({
                    "document": cited.document, "page": cited.page, "note": cited.note,
                    "attachment": cited.attachment, "by": call.person(), "at": call.now,
                });
                writing.cite(&Citation { sheet, spot: cited.place, document: document.to_string() })?;
                Ok(Done {})
            },
        )
        .write(
            (Method::POST, "/api/units/{id}/sheets/{form}/second-entry"),
            (Verb::EnterAgain, What::Fill),
            "type the same paper again, by another person; tells what differs",
            enter_again,
        );
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct SheetPath {
    id: String,
    form: String,
    /// Without the figures: for whoever types the paper a second time.
    blind: Option<bool>,
}

impl SheetPath {
    /// The sheet of a unit that exists for this person.
    fn own(&self, call: &Call, read: &mut Read<'_>) -> Result<(SheetKey, Met), Fault> {
        let met = call.unit(read, &self.id)?;
        if call.app.instrument.form(&self.form).is_none() {
            return Err(Fault::NotFound);
        }
        let sheet = SheetKey { unit: self.id.clone(), form: self.form.clone(), period: call.app.census.period };
        Ok((sheet, met))
    }
}

/// What is typed and not saved.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct DraftBody {
    base: Option<String>,
    /// `{common, flat, blocks}`, texts as typed.
    values: Value,
}

/// A sheet to be saved.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct SheetBody {
    /// Made by the page; the same id again changes nothing.
    id: String,
    /// The revision it was made from.
    base: Option<String>,
    values: Value,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct SecondBody {
    values: Value,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct Cited {
    /// `flat/05`, `facility/2/08`.
    place: String,
    document: String,
    #[serde(default)]
    page: String,
    #[serde(default)]
    note: String,
    /// Id of an attached file.
    #[serde(default)]
    attachment: String,
}

fn values_of(value: Value) -> Result<Values, Fault> {
    serde_json::from_value(value).map_err(|error| Fault::invalid("values", error.to_string()))
}

/// A sheet as the page draws it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct SheetShown {
    unit: UnitHead,
    form: String,
    period: u16,
    /// `null`: nobody has saved it yet.
    revision: Option<RevisionHead>,
    values: Value,
    last_year: Option<Value>,
    last_census: Option<Value>,
    findings: Vec<Value>,
    draft: Option<Value>,
    state: &'static str,
    counter: i64,
    may_edit: bool,
    may_enter_again: bool,
    citations: Vec<Value>,
    second_entry: Option<SecondHead>,
    /// The other sheets of the unit: rules look across forms.
    sheets: Value,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct UnitHead {
    id: String,
    name: String,
    code: String,
    area: String,
    respondent: String,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct RevisionHead {
    id: String,
    author: String,
    at: String,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct SecondHead {
    /// `differs`: it was compared and is not settled; `done`.
    state: &'static str,
    author: String,
    at: String,
    differs: Vec<Differing>,
}

/// A place where two entries of one paper differ.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Differing {
    /// `flat/05`, `common/H1`, `facility/2/08`; rows from 0.
    place: String,
    first: String,
    second: String,
}

/// All places whose typed text differs, in the order of the form's keys.
fn places(first: &Values, second: &Values) -> Vec<Differing> {
    let mut found = Vec::new();
    let none = census::sheet::Row::new();
    let mut compare = |at: &str, left: &census::sheet::Row, right: &census::sheet::Row| {
        let items: std::collections::BTreeSet<&String> = left.keys().chain(right.keys()).collect();
        for item in items {
            let text = |row: &census::sheet::Row| row.get(item).cloned().unwrap_or_default();
            if text(left) != text(right) {
                found.push(Differing { place: format!("{at}/{item}"), first: text(left), second: text(right) });
            }
        }
    };
    compare("common", &first.common, &second.common);
    compare("flat", &first.flat, &second.flat);
    let blocks: std::collections::BTreeSet<&String> = first.blocks.keys().chain(second.blocks.keys()).collect();
    for block in blocks {
        let (left, right) = (first.rows(block), second.rows(block));
        for row in 0..left.len().max(right.len()) {
            compare(&format!("{block}/{row}"), left.get(row).unwrap_or(&none), right.get(row).unwrap_or(&none));
        }
    }
    found
}

/// All sheets of a unit.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct AllSheets {
    #[serde(flatten)]
    unit: UnitHead,
    state: &'static str,
    /// Form → `{revision, at, author, values, draft_at}`.
    sheets: Value,
}

fn all(call: &Call, read: &mut Read<'_>, at: UnitPath) -> Result<AllSheets, Fault> {
    let met = call.unit(read, &at.id)?;
    let period = call.app.census.period;
    let collected = read.collected(&Scope::unit(&at.id), period, None, 1)?.pop().ok_or(Fault::NotFound)?;
    let mut sheets = serde_json::Map::new();
    for (form, values) in collected.sheets.sheets {
        let key = SheetKey { unit: at.id.clone(), form: form.clone(), period };
        let newest = read.revisions(&key)?.pop();
        let draft = read.draft(&key, call.person())?;
        let shown = json!({
            "revision": newest.as_ref().map(|r| &r.id), "at": newest.as_ref().map(|r| &r.at),
            "author": newest.as_ref().map(|r| &r.author), "values": values, "draft_at": draft.map(|d| d.at),
        });
        sheets.insert(form, shown);
    }
    let unit = met.unit;
    Ok(AllSheets {
        unit: UnitHead { id: unit.id, name: unit.name, code: unit.code, area: unit.area, respondent: unit.respondent },
        state: met.kept.review.state.kind().name(),
        sheets: Value::Object(sheets),
    })
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct UnitPath {
    id: String,
}

/// Whether figures may be typed now by this person.
fn may_edit(call: &Call, kept: &Kept) -> bool {
    let open = matches!(kept.review.state.kind(), StateKind::Draft | StateKind::SelfChecked);
    let mine = match call.role() {
        Role::Respondent | Role::Manager => true,
        Role::Enumerator | Role::ThirdParty => {
            kept.review.visits.iter().any(|visit| visit.met == census::review::Met::Met)
        }
        _ => false,
    };
    open && mine && call.can(Verb::FillSheets)
}

fn one(call: &Call, read: &mut Read<'_>, at: SheetPath) -> Result<SheetShown, Fault> {
    let (sheet, met) = at.own(call, read)?;
    let unit = &met.unit;
    let collected =
        read.collected(&Scope::unit(&unit.id), sheet.period, None, 1)?.into_iter().next().ok_or(Fault::NotFound)?;
    let newest = read.revisions(&sheet)?.pop();
    let values = collected.sheets.sheets.get(&at.form).cloned().unwrap_or_default();
    let today = work::on(&call.now);
    let findings = read.findings(&Scope::unit(&unit.id))?.remove(&unit.id).unwrap_or_default();
    let here = |table: &str| table.split('/').next() == Some(at.form.as_str());
    let findings = findings.iter().filter(|f| here(&f.table)).map(|finding| {
        let message = census::check::message(call.app.checker, finding, Some(&collected.sheets), &today);
        json!({ "finding": finding, "message": message })
    });
    let draft = read.draft(&sheet, call.person())?;
    let second = read.second_entry(&sheet)?;
    // Who types a second time does not see the first before.
    let blind = at.blind.unwrap_or_default();
    let json_of = |values: &Values| serde_json::to_value(values).unwrap_or_default();
    Ok(SheetShown {
        unit: UnitHead {
            id: unit.id.clone(),
            name: unit.name.clone(),
            code: unit.code.clone(),
            area: unit.area.clone(),
            respondent: unit.respondent.clone(),
        },
        form: at.form.clone(),
        period: sheet.period,
        revision: newest.as_ref().map(|r| RevisionHead {
            id: r.id.clone(),
            author: r.author.clone(),
            at: r.at.clone(),
        }),
        values: if blind { json!({}) } else { json_of(&values) },
        last_year: collected.sheets.last_year.get(&at.form).map(json_of),
        last_census: collected.sheets.last_census.get(&at.form).map(json_of),
        findings: if blind { Vec::new() } else { findings.collect() },
        draft: draft.filter(|_| !blind).map(|d| json!({ "base": d.base, "at": d.at, "values": d.values })),
        state: met.kept.review.state.kind().name(),
        counter: met.kept.counter,
        may_edit: may_edit(call, &met.kept),
        may_enter_again: call.can(Verb::EnterAgain) && newest.as_ref().is_some_and(|r| r.author != call.person()),
        citations: read
            .citations(&sheet)?
            .into_iter()
            .map(|c| {
                let mut says: Value = serde_json::from_str(&c.document).unwrap_or_default();
                says["place"] = json!(c.spot);
                says
            })
            .collect(),
        second_entry: second.map(|s| {
            let differs = places(&values, &s.values);
            let current = newest.as_ref().is_some_and(|r| r.id == s.revision);
            SecondHead {
                state: if current && !differs.is_empty() { "differs" } else { "done" },
                author: s.author,
                at: s.at,
                differs: if blind { Vec::new() } else { differs },
            }
        }),
        sheets: if blind { json!({}) } else { serde_json::to_value(&collected.sheets.sheets).unwrap_or_default() },
    })
}

/// What came of saving.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct SheetKept {
    revision: RevisionHead,
    /// False: this id was stored before.
    changed: bool,
    findings: Vec<Value>,
    state: &'static str,
    counter: i64,
}

fn keep(call: &Call, writing: &mut Writing<'_>, at: SheetPath, body: SheetBody) -> Result<SheetKept, Fault> {
    let (sheet, met) = at.own(call, &mut writing.read())?;
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    if !(16..=64).contains(&body.id.len()) || !body.id.bytes().all(fits) {
        return Err(Fault::invalid("id", "16 to 64 letters, digits and hyphens"));
    }
    let actor = call.actor(&met.unit)?;
    let app = &call.app;
    let mut ids = Ids::fresh();
    let mut desk = Desk::of_office(app.instrument, app.areas, &app.census, &mut ids, &call.now, call.person())?;
    let filled = Filled {
        id: body.id.clone(),
        form: at.form.clone(),
        base: body.base,
        values: values_of(body.values)?,
        at: None,
    };
    let outcome = match save(writing, &mut desk, app.checker, &actor, &at.id, &[filled]) {
        Ok(outcome) => outcome,
        Err(work::Error::Conflict(conflicts)) => return Err(both(writing, conflicts)),
        Err(other) => return Err(other.into()),
    };
    writing.drop_draft(&sheet, call.person())?;
    let findings = outcome.findings.iter().filter(|f| f.table.split('/').next() == Some(at.form.as_str()));
    Ok(SheetKept {
        revision: RevisionHead { id: body.id, author: call.person().to_owned(), at: call.now.clone() },
        changed: outcome.changed,
        findings: findings.map(|f| json!({ "finding": f })).collect(),
        state: outcome.state.name(),
        counter: outcome.counter,
    })
}

/// A conflict with the values that stand, for a person to join both.
fn both(writing: &mut Writing<'_>, conflicts: Vec<Conflict>) -> Fault {
    let Some(Conflict::BaseMoved(moved)) = conflicts.first() else {
        return Fault::Conflict(json!({ "conflicts": conflicts }));
    };
    let mut values = |id: Option<&str>| id.and_then(|id| writing.read().revision(id).ok().flatten()).map(|r| r.values);
    Fault::Conflict(json!({
        "base": values(moved.base.as_deref()), "ours": moved.ours, "theirs": values(Some(&moved.theirs)),
        "revision": moved.theirs, "author": moved.author, "at": moved.at, "differs": moved.differs,
    }))
}

/// Where two entries of one paper differ.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Compared {
    revision: String,
    differs: Vec<Differing>,
}

fn enter_again(call: &Call, writing: &mut Writing<'_>, at: SheetPath, body: SecondBody) -> Result<Compared, Fault> {
    let (sheet, _) = at.own(call, &mut writing.read())?;
    let first =
        writing.read().revisions(&sheet)?.pop().ok_or_else(|| Fault::refused("nothing-to-compare", json!({})))?;
    if first.author == call.person() {
        return Err(Fault::refused("same-person", json!({ "person": call.person(), "done": "first entry" })));
    }
    let values = values_of(body.values)?;
    writing.enter_again(&SecondEntry {
        sheet,
        revision: first.id.clone(),
        author: call.person().to_owned(),
        at: call.now.clone(),
        values: values.clone(),
    })?;
    Ok(Compared { revision: first.id, differs: places(&first.values, &values) })
}
