//! The TOML parts of a package: head, respondents, review chain, schedule, parameters, tables.

use std::collections::BTreeMap;

use expr::Schema;
use expr::compile::{Parameters, RuleText, compile};
use serde::Deserialize;
use toml::Spanned;

use crate::files::Files;
use crate::model::{
    AreaLevel, Mark, Milestone, Obligation, Parameter, Provenance, Respondent, ReviewChain, ReviewStep,
};
use crate::problem::Problems;
use crate::toml_text::TomlText;

/// `instrument.toml`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    pub id: String,
    pub title: String,
    #[serde(default)]
    pub title_en: String,
    pub version: String,
    pub period: u16,
    #[serde(default)]
    pub province: String,
    #[serde(default)]
    pub note: String,
}

pub fn head(files: &dyn Files, problems: &mut Problems) -> Head {
    TomlText::read(files, "instrument.toml", problems).map(|(head, _)| head).unwrap_or_default()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RespondentFile {
    respondent: Vec<RespondentEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RespondentEntry {
    code: Spanned<String>,
    title: String,
    forms: Vec<ObligationEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ObligationEntry {
    form: Spanned<String>,
    when: Option<Spanned<String>>,
    #[serde(default)]
    exact: bool,
}

/// Kinds of respondent: their forms are known, their conditions compile over their first form.
pub fn respondents(
    files: &dyn Files,
    forms: &[String],
    schema: &Schema,
    limits: &Parameters,
    problems: &mut Problems,
) -> Vec<Respondent> {
    let Some((read, source)) = TomlText::read::<RespondentFile>(files, "respondents.toml", problems) else {
        return Vec::new();
    };
    let mut found: Vec<Respondent> = Vec::new();
    for entry in read.respondent {
        let code = entry.code.get_ref().clone();
        if found.iter().any(|r| r.code == code) {
            problems.add(source.problem(&entry.code, "code", format!("respondent `{code}` is there twice")));
        }
        if entry.forms.is_empty() {
            problems.add(source.problem(&entry.code, "forms", format!("respondent `{code}` owes no form")));
        }
        // The first form is the hub: its flat part is where conditions are asked.
        let hub = entry.forms.first().and_then(|o| schema.table(o.form.get_ref(), ""));
        let mut owed: Vec<Obligation> = Vec::new();
        for (at, due) in entry.forms.iter().enumerate() {
            let form = due.form.get_ref();
            if !forms.contains(form) {
                source.unknown(&due.form, "form", "form", forms.iter().map(String::as_str), problems);
            }
            if owed.iter().any(|o| o.form == *form) {
                problems.add(source.problem(&due.form, "form", format!("`{code}` owes form `{form}` twice")));
            }
            let when = due.when.as_ref().map(|w| w.get_ref().clone()).unwrap_or_default();
            match (&due.when, hub) {
                (Some(place), _) if at == 0 => {
                    let message = "the first form is the hub and is always due";
                    problems.add(source.problem(place, "when", message).hint("take the condition out"));
                }
                (Some(place), Some(home)) => {
                    let text = RuleText { code: form, home, text: &when };
                    for (_, wrong) in compile(schema, limits, &[text]).1 {
                        let mut error = source.problem(place, "when", format!("{} in `{when}`", wrong.message));
                        error.hint = wrong.hint;
                        error.severity = wrong.severity;
                        problems.add(error);
                    }
                }
                (None, _) if due.exact => {
                    let message = "`exact` says when the form must be absent, but there is no condition";
                    problems.add(source.problem(&due.form, "exact", message).hint("write when = \"…\""));
                }
                _ => {}
            }
            owed.push(Obligation { form: form.clone(), when, exact: due.exact });
        }
        found.push(Respondent { code, title: entry.title, forms: owed });
    }
    found
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReviewFile {
    step: Vec<StepEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepEntry {
    code: Spanned<String>,
    title: String,
    role: Spanned<String>,
    totals: Option<Spanned<String>>,
    persons: Option<Spanned<u8>>,
}

/// Roles that may do a step; what each may do is law, not data.
const ROLES: [&str; 8] = ["respondent", "manager", "enumerator", "instructor", "county", "city", "province", "state"];

pub fn review(files: &dyn Files, problems: &mut Problems) -> ReviewChain {
    let Some((read, source)) = TomlText::read::<ReviewFile>(files, "review.toml", problems) else {
        return ReviewChain::default();
    };
    let mut chain = ReviewChain::default();
    for step in read.step {
        let code = step.code.get_ref().clone();
        if !ROLES.contains(&step.role.get_ref().as_str()) {
            source.unknown(&step.role, "role", "role", ROLES, problems);
        }
        let totals = step.totals.as_ref().and_then(|level| match level.get_ref().as_str() {
            "county" => Some(AreaLevel::County),
            "city" => Some(AreaLevel::City),
            "province" => Some(AreaLevel::Province),
            _ => {
                source.unknown(level, "totals", "level", ["county", "city", "province"], problems);
                None
            }
        });
        if chain.steps.iter().any(|s| s.code == code) {
            problems.add(source.problem(&step.code, "code", format!("step `{code}` is there twice")));
        }
        // A unit enters the totals of a level only after those below it.
        if let (Some(now), Some(before)) = (totals, chain.steps.iter().filter_map(|s| s.totals).next_back())
            && now >= before
        {
            let message = format!("step `{code}` enters a level that is not above the one before");
            problems.add(source.problem(&step.code, "totals", message).hint("county, then city, then province"));
        }
        if let Some(none) = step.persons.as_ref().filter(|p| *p.get_ref() == 0) {
            problems.add(source.problem(none, "persons", "a step is done by at least one person"));
        }
        chain.steps.push(ReviewStep {
            code,
            title: step.title,
            role: step.role.into_inner(),
            totals,
            persons: step.persons.map_or(1, Spanned::into_inner),
        });
    }
    chain
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScheduleFile {
    milestone: Vec<MilestoneEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MilestoneEntry {
    code: Spanned<String>,
    title: String,
    levels: Vec<Spanned<String>>,
    due: Spanned<String>,
    #[serde(default)]
    note: String,
    mark: Spanned<String>,
    source: String,
}

pub fn schedule(files: &dyn Files, problems: &mut Problems) -> Vec<Milestone> {
    let Some((read, source)) = TomlText::read::<ScheduleFile>(files, "schedule.toml", problems) else {
        return Vec::new();
    };
    let mut found: Vec<Milestone> = Vec::new();
    for entry in read.milestone {
        let code = entry.code.get_ref().clone();
        if found.iter().any(|m| m.code == code) {
            problems.add(source.problem(&entry.code, "code", format!("milestone `{code}` is there twice")));
        }
        if !is_date(entry.due.get_ref()) {
            let error = source.problem(&entry.due, "due", format!("`{}` is not a date", entry.due.get_ref()));
            problems.add(error.hint("write it as 2018-05-31"));
        }
        for level in &entry.levels {
            if !["province", "city", "county"].contains(&level.get_ref().as_str()) {
                source.unknown(level, "levels", "level", ["province", "city", "county"], problems);
            }
        }
        found.push(Milestone {
            provenance: Provenance { mark: mark(&source, &entry.mark, problems), text: entry.source },
            code,
            title: entry.title,
            levels: entry.levels.into_iter().map(Spanned::into_inner).collect(),
            due: entry.due.into_inner(),
            note: entry.note,
        });
    }
    found
}

/// `2018-05-31`, a day that exists.
fn is_date(text: &str) -> bool {
    let parts: Vec<i64> = text.split('-').filter_map(|part| part.parse().ok()).collect();
    let [year, month @ 1..=12, day @ 1..=31] = parts[..] else { return false };
    let days = expr::calendar::days(year, month, day);
    expr::calendar::civil(days) == (year, month, day) && text == format!("{year:04}-{month:02}-{day:02}")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ParameterEntry {
    value: Spanned<String>,
    title: String,
    mark: Spanned<String>,
    #[serde(default)]
    source: String,
}

pub fn parameters(files: &dyn Files, problems: &mut Problems) -> BTreeMap<String, Parameter> {
    let read = TomlText::read::<BTreeMap<String, ParameterEntry>>(files, "parameters.toml", problems);
    let Some((read, source)) = read else { return BTreeMap::new() };
    let mut found = BTreeMap::new();
    for (name, entry) in read {
        if entry.value.get_ref().trim().is_empty() {
            problems.add(source.problem(&entry.value, &name, "the value is empty"));
        }
        let provenance = Provenance { mark: mark(&source, &entry.mark, problems), text: entry.source };
        found.insert(name, Parameter { value: entry.value.into_inner(), title: entry.title, provenance });
    }
    found
}

fn mark(source: &TomlText, text: &Spanned<String>, problems: &mut Problems) -> Mark {
    Mark::read(text.get_ref()).unwrap_or_else(|| {
        source.unknown(text, "mark", "mark", ["S", "R", "D"], problems);
        Mark::Recalled
    })
}

/// The parameters as the language takes them.
pub fn limits(parameters: &BTreeMap<String, Parameter>) -> Parameters {
    Parameters(parameters.iter().map(|(name, p)| (name.clone(), p.value.clone())).collect())
}

/// Every kind of respondent that a form names in `forms/index.csv` must be described.
pub fn check_respondents(forms: &[crate::model::Form], respondents: &[Respondent], problems: &mut Problems) {
    for (at, form) in forms.iter().enumerate() {
        if !respondents.iter().any(|r| r.code == form.respondent) {
            let known = respondents.iter().map(|r| r.code.as_str());
            problems.unknown(("forms/index.csv", at as u32 + 2, "respondent"), "respondent", &form.respondent, known);
        }
    }
}
