//! The rule engine for the browser: a bundled instrument in, requests in, answers out, all as bytes.
//!
//! It is the same `census::check` that the program runs; this crate only speaks JSON. What is asked stands in the
//! request's `ask`: `check` (also when it is absent), `instrument`, `form`, `list`, `search`.
//! [`boundary`] is the door of the WebAssembly module.

pub mod boundary;
mod form;
mod list;

use std::collections::BTreeMap;

use census::check::{Checker, Context, Sums, due_forms, messages, run};
use census::sheet::{UnitSheets, Values};
use instrument::files::{Bundle, Files};
use instrument::model::Instrument;
use serde::Deserialize;
use serde_json::{Value, json};

use list::Lists;

/// A loaded instrument.
#[derive(Debug)]
pub struct Engine {
    instrument: Instrument,
}

/// The instrument's bytes for [`Engine::load`] in a browser; `within`: the digits of the county whose villages it
/// knows, or empty for all. See [`instrument::browser`].
pub fn browser_bundle(files: &dyn Files, within: &str) -> Vec<u8> {
    instrument::browser::bundle(files, within).to_bytes()
}

/// One unit to be checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Check {
    unit: String,
    respondent: String,
    /// Form → values.
    sheets: BTreeMap<String, Values>,
    /// The same of earlier periods, where they are known.
    #[serde(default)]
    last_year: BTreeMap<String, Values>,
    #[serde(default)]
    last_census: BTreeMap<String, Values>,
    /// Year, month, day.
    today: (i64, i64, i64),
}

/// A form whole.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfForm {
    form: String,
}

/// A code list whole.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfList {
    list: String,
}

/// Members of a code list by what was typed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Search {
    list: String,
    text: String,
    limit: usize,
}

impl Engine {
    /// Reads a bundled instrument; the error is told to the page as it is.
    pub fn load(bundle: &[u8]) -> Result<Engine, String> {
        let files = Bundle::from_bytes(bundle)?;
        let instrument = Instrument::read_trusted(&files)
            .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
        Ok(Engine { instrument })
    }

    /// What is loaded.
    pub fn about(&self) -> Vec<u8> {
        let about = json!({
            "instrument": self.instrument.id,
            "version": self.instrument.version,
            "forms": self.instrument.forms.len(),
            "rules": self.instrument.rules.len(),
        });
        about.to_string().into_bytes()
    }
}

/// What is kept between requests.
#[derive(Debug)]
pub struct Session<'e> {
    checker: Checker<'e>,
    sums: Sums,
    lists: Lists<'e>,
}

impl<'e> Session<'e> {
    pub fn new(engine: &'e Engine) -> Session<'e> {
        let checker = Checker::new(&engine.instrument);
        let sums = Sums::new(&checker);
        Session { checker, sums, lists: Lists::new(&engine.instrument) }
    }

    pub fn answer(&self, request: &[u8]) -> Vec<u8> {
        match self.asked(request) {
            Ok(answer) => answer.to_string().into_bytes(),
            Err(words) => problem(&words),
        }
    }

    fn asked(&self, request: &[u8]) -> Result<Value, String> {
        let mut request: Value = serde_json::from_slice(request).map_err(|e| format!("not a request: {e}"))?;
        let ask = request.as_object_mut().and_then(|fields| fields.remove("ask"));
        let instrument = self.checker.instrument();
        match ask.as_ref().map_or(Some("check"), Value::as_str) {
            Some("check") => self.check(read(request)?),
            Some("instrument") => Ok(form::overview(instrument)),
            Some("form") => {
                let of: OfForm = read(request)?;
                form::whole(instrument, &self.sums, &of.form).ok_or_else(|| format!("no form {}", of.form))
            }
            Some("list") => {
                let of: OfList = read(request)?;
                self.lists.whole(&of.list).ok_or_else(|| format!("no list {}", of.list))
            }
            Some("search") => {
                let of: Search = read(request)?;
                self.lists.search(&of.list, &of.text, of.limit).ok_or_else(|| format!("no list {}", of.list))
            }
            _ => Err("not a request: `ask` is check, instrument, form, list or search".to_owned()),
        }
    }

    /// The findings of one unit with their messages, the forms it owes and the items that others add up to.
    fn check(&self, request: Check) -> Result<Value, String> {
        let (year, month, day) = request.today;
        let context = Context::on(year, month, day).ok_or("no such day")?;
        let unit = UnitSheets {
            unit: request.unit,
            respondent: request.respondent,
            sheets: request.sheets,
            last_year: request.last_year,
            last_census: request.last_census,
        };
        let checked = run(&self.checker, std::slice::from_ref(&unit), &context);
        let told = messages(&self.checker, &checked.findings, &unit, &context);
        let findings: Vec<Value> = checked
            .findings
            .iter()
            .zip(told)
            .map(|(finding, message)| json!({ "finding": finding, "message": message }))
            .collect();
        let due: Vec<Value> = due_forms(&self.checker, &unit, &context)
            .into_iter()
            .map(|d| json!({ "form": d.form, "due": d.due, "exact": d.exact }))
            .collect();
        let sums: Vec<Value> = self
            .sums
            .of(&self.checker, &unit, &context)
            .into_iter()
            .map(|known| {
                let sum = &self.sums.all()[known.sum];
                json!({ "table": sum.table, "item": sum.item, "row": known.row, "value": known.value })
            })
            .collect();
        Ok(json!({ "findings": findings, "due": due, "sums": sums }))
    }
}

fn read<T: serde::de::DeserializeOwned>(request: Value) -> Result<T, String> {
    serde_json::from_value(request).map_err(|e| format!("not a request: {e}"))
}

/// An answer that says what went wrong.
pub fn problem(text: &str) -> Vec<u8> {
    json!({ "problem": text }).to_string().into_bytes()
}
