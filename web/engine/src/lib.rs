//! The rule engine for the browser: a bundled instrument in, requests in, answers out, all as bytes.
//!
//! It is the same `census::check` that the program runs; this crate only speaks JSON.
//! [`boundary`] is the door of the WebAssembly module.

pub mod boundary;

use std::collections::BTreeMap;

use census::check::{Checker, Context, due_forms, message, run};
use census::sheet::{UnitSheets, Values};
use instrument::files::Bundle;
use instrument::model::Instrument;
use serde::Deserialize;
use serde_json::{Value, json};

/// A loaded instrument.
#[derive(Debug)]
pub struct Engine {
    instrument: Instrument,
}

/// One unit to be checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    unit: String,
    respondent: String,
    /// Form → values.
    sheets: BTreeMap<String, Values>,
    /// Year, month, day.
    today: (i64, i64, i64),
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

/// A checker that is kept between requests.
#[derive(Debug)]
pub struct Session<'e> {
    checker: Checker<'e>,
}

impl<'e> Session<'e> {
    pub fn new(engine: &'e Engine) -> Session<'e> {
        Session { checker: Checker::new(&engine.instrument) }
    }

    /// The findings of one unit, with their messages, and the forms it owes.
    pub fn answer(&self, request: &[u8]) -> Vec<u8> {
        let request: Request = match serde_json::from_slice(request) {
            Ok(request) => request,
            Err(error) => return problem(&format!("not a request: {error}")),
        };
        let (year, month, day) = request.today;
        let Some(context) = Context::on(year, month, day) else { return problem("no such day") };
        let unit = UnitSheets {
            unit: request.unit,
            respondent: request.respondent,
            sheets: request.sheets,
            ..UnitSheets::default()
        };
        let checked = run(&self.checker, std::slice::from_ref(&unit), &context);
        let findings: Vec<Value> = checked
            .findings
            .iter()
            .map(|f| json!({ "finding": f, "message": message(&self.checker, f, Some(&unit), &context) }))
            .collect();
        let due: Vec<Value> = due_forms(&self.checker, &unit, &context)
            .into_iter()
            .map(|d| json!({ "form": d.form, "due": d.due }))
            .collect();
        json!({ "findings": findings, "due": due }).to_string().into_bytes()
    }
}

/// An answer that says what went wrong.
pub fn problem(text: &str) -> Vec<u8> {
    json!({ "problem": text }).to_string().into_bytes()
}
