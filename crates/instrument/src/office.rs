//! The TOML parts of a package: head, respondents, review chain, schedule, parameters, tables.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::files::Files;
use crate::model::{
    AreaLevel, Mark, Milestone, Obligation, Parameter, Provenance, Respondent, ReviewChain, ReviewStep, TableColumn,
    TableDefinition,
};
use crate::problem::{PackageError, Problems};

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
    toml_file(files, "instrument.toml", problems).unwrap_or_default()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RespondentFile {
    respondent: Vec<RespondentEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RespondentEntry {
    code: String,
    title: String,
    forms: Vec<ObligationEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ObligationEntry {
    form: String,
    #[serde(default)]
    when: String,
    #[serde(default)]
    exact: bool,
}

/// Kinds of respondent, their forms checked against `forms`.
pub fn respondents(files: &dyn Files, forms: &[String], problems: &mut Problems) -> Vec<Respondent> {
    let file = "respondents.toml";
    let Some(read) = toml_file::<RespondentFile>(files, file, problems) else { return Vec::new() };
    for entry in &read.respondent {
        for form in &entry.forms {
            if !forms.contains(&form.form) {
                problems.unknown((file, 0, &entry.code), "form", &form.form, forms.iter().map(String::as_str));
            }
        }
    }
    read.respondent
        .into_iter()
        .map(|r| Respondent {
            code: r.code,
            title: r.title,
            forms: r.forms.into_iter().map(|o| Obligation { form: o.form, when: o.when, exact: o.exact }).collect(),
        })
        .collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReviewFile {
    step: Vec<StepEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepEntry {
    code: String,
    title: String,
    role: String,
    #[serde(default)]
    totals: String,
    #[serde(default = "one")]
    persons: u8,
}

fn one() -> u8 {
    1
}

pub fn review(files: &dyn Files, problems: &mut Problems) -> ReviewChain {
    let file = "review.toml";
    let Some(read) = toml_file::<ReviewFile>(files, file, problems) else { return ReviewChain::default() };
    let mut chain = ReviewChain::default();
    for step in read.step {
        let totals = match step.totals.as_str() {
            "" => None,
            "county" => Some(AreaLevel::County),
            "city" => Some(AreaLevel::City),
            "province" => Some(AreaLevel::Province),
            other => {
                problems.unknown((file, 0, &step.code), "level", other, ["county", "city", "province"]);
                None
            }
        };
        if chain.steps.iter().any(|s: &ReviewStep| s.code == step.code) {
            problems.add(PackageError::new(file, 0, &step.code, "the step is there twice"));
        }
        chain.steps.push(ReviewStep {
            code: step.code,
            title: step.title,
            role: step.role,
            totals,
            persons: step.persons,
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
    code: String,
    title: String,
    levels: Vec<String>,
    due: String,
    #[serde(default)]
    note: String,
    mark: String,
    source: String,
}

pub fn schedule(files: &dyn Files, problems: &mut Problems) -> Vec<Milestone> {
    let file = "schedule.toml";
    let Some(read) = toml_file::<ScheduleFile>(files, file, problems) else { return Vec::new() };
    read.milestone
        .into_iter()
        .map(|m| {
            if !is_date(&m.due) {
                let error = PackageError::new(file, 0, &m.code, format!("`{}` is not a date", m.due));
                problems.add(error.hint("write it as 2018-05-31"));
            }
            Milestone {
                provenance: Provenance { mark: mark((file, 0, &m.code), &m.mark, problems), text: m.source },
                code: m.code,
                title: m.title,
                levels: m.levels,
                due: m.due,
                note: m.note,
            }
        })
        .collect()
}

fn is_date(text: &str) -> bool {
    let parts: Vec<Option<u32>> = text.split('-').map(|p| p.parse().ok()).collect();
    matches!(parts.as_slice(), [Some(y), Some(1..=12), Some(1..=31)] if (1990..2100).contains(y)) && text.len() == 10
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ParameterEntry {
    value: String,
    title: String,
    mark: String,
    #[serde(default)]
    source: String,
}

pub fn parameters(files: &dyn Files, problems: &mut Problems) -> BTreeMap<String, Parameter> {
    let file = "parameters.toml";
    let Some(read) = toml_file::<BTreeMap<String, ParameterEntry>>(files, file, problems) else {
        return BTreeMap::new();
    };
    read.into_iter()
        .map(|(name, p)| {
            let provenance = Provenance { mark: mark((file, 0, &name), &p.mark, problems), text: p.source };
            (name, Parameter { value: p.value, title: p.title, provenance })
        })
        .collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableFile {
    table: Vec<TableEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableEntry {
    code: String,
    title: String,
    rows: Vec<String>,
    columns: Vec<ColumnEntry>,
    #[serde(default)]
    note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnEntry {
    title: String,
    unit: String,
    value: String,
}

pub fn tables(files: &dyn Files, problems: &mut Problems) -> Vec<TableDefinition> {
    let mut found: Vec<TableDefinition> = Vec::new();
    for file in files.under("tables/", ".toml") {
        let Some(read) = toml_file::<TableFile>(files, &file, problems) else { continue };
        for table in read.table {
            if found.iter().any(|t| t.code == table.code) {
                problems.add(PackageError::new(&file, 0, &table.code, "the table is there twice"));
            }
            found.push(TableDefinition {
                code: table.code,
                title: table.title,
                rows: table.rows,
                columns: table
                    .columns
                    .into_iter()
                    .map(|c| TableColumn { title: c.title, unit: c.unit, value: c.value })
                    .collect(),
                note: table.note,
            });
        }
    }
    found
}

fn mark(place: (&str, u32, &str), text: &str, problems: &mut Problems) -> Mark {
    match text {
        "S" => Mark::Seen,
        "R" => Mark::Recalled,
        "D" => Mark::Decided,
        other => {
            problems.unknown(place, "mark", other, ["S", "R", "D"]);
            Mark::Recalled
        }
    }
}

/// Reads a TOML file; a mistake is told with its line.
pub fn toml_file<T: DeserializeOwned>(files: &dyn Files, file: &str, problems: &mut Problems) -> Option<T> {
    let Some(bytes) = files.read(file) else {
        problems.add(PackageError::new(file, 0, "", "the file is missing"));
        return None;
    };
    let Ok(text) = String::from_utf8(bytes) else {
        problems.add(PackageError::new(file, 0, "", "not UTF-8 text"));
        return None;
    };
    match toml::from_str(&text) {
        Ok(read) => Some(read),
        Err(error) => {
            let line = error.span().map_or(0, |s| text[..s.start].matches('\n').count() as u32 + 1);
            problems.add(PackageError::new(file, line, "", error.message().to_owned()));
            None
        }
    }
}
