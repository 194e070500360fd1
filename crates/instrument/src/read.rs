//! Reading a whole package: every part, linked, compiled, its own cases run.

use expr::compile::{Parameters, RuleText, compile};
use expr::schema::{List, TableId};
use expr::{Schema, Severity};
use sha2::{Digest, Sha256};

use crate::factors::FactorLibrary;
use crate::files::Files;
use crate::model::{Instrument, Rule};
use crate::problem::{PackageError, Problems};
use crate::{areas, cases, forms, lists, office, rule_text};

/// What came out of reading a package.
#[derive(Debug)]
pub struct Reading {
    /// As far as it could be read; use it only when `problems` holds no error.
    pub instrument: Instrument,
    pub problems: Vec<PackageError>,
    pub cases: cases::CaseCounts,
}

impl Instrument {
    /// Reads a package. A package with mistakes, or one that does not pass its own cases, does not load.
    pub fn read(files: &dyn Files) -> Result<Instrument, Vec<PackageError>> {
        let reading = read(files, true);
        if reading.problems.iter().any(|p| p.severity == Severity::Error) {
            return Err(reading.problems);
        }
        Ok(reading.instrument)
    }

    /// Reads a package that is known to pass its cases: the one built into the program, tested when it was built.
    pub fn read_trusted(files: &dyn Files) -> Result<Instrument, Vec<PackageError>> {
        let reading = read(files, false);
        if reading.problems.iter().any(|p| p.severity == Severity::Error) {
            return Err(reading.problems);
        }
        Ok(reading.instrument)
    }
}

/// Reads everything and tells every mistake.
pub fn read(files: &dyn Files, run_cases: bool) -> Reading {
    let mut problems = Problems::default();
    let head = office::head(files, &mut problems);
    let lists = lists::read(files, &mut problems);
    let (forms, common, mut schema) = forms::read(files, &lists, &mut problems);
    let areas = areas::read(files, &mut problems);
    schema.lists.push(area_list(&areas));
    let form_codes: Vec<String> = forms.iter().map(|f| f.code.clone()).collect();
    let mut rules: Vec<Rule> = Vec::new();
    for path in files.under("rules/", ".md") {
        let text = files.read(&path).and_then(|b| String::from_utf8(b).ok());
        match text {
            Some(text) => rules.extend(rule_text::read(&path, &text, &mut problems)),
            None => problems.add(PackageError::new(&path, 0, "", "not UTF-8 text")),
        }
    }
    check_codes(&rules, &mut problems);
    let instrument = Instrument {
        respondents: office::respondents(files, &form_codes, &mut problems),
        review: office::review(files, &mut problems),
        schedule: office::schedule(files, &mut problems),
        tables: office::tables(files, &mut problems),
        parameters: office::parameters(files, &mut problems),
        factors: FactorLibrary::load(files, &mut problems),
        id: head.id,
        title: head.title,
        version: head.version,
        period: head.period,
        forms,
        common,
        lists,
        rules,
        areas,
        schema,
        fingerprint: fingerprint(files),
    };
    check_obligations(&instrument, &mut problems);
    let counts = cases::check_rules(&instrument, run_cases, &mut problems);
    let mut found = problems.0;
    found.sort_by(|a, b| (&a.file, a.line, &a.column).cmp(&(&b.file, b.line, &b.column)));
    found.dedup();
    Reading { instrument, problems: found, cases: counts }
}

/// Area codes as a list, so that rules can ask `[04.area] in list(area)`.
fn area_list(areas: &[crate::model::AreaRow]) -> List {
    List {
        name: "area".to_owned(),
        codes: areas.iter().map(|a| a.code.clone()).collect(),
        names: areas.iter().map(|a| a.name.clone()).collect(),
    }
}

fn fingerprint(files: &dyn Files) -> String {
    let mut hash = Sha256::new();
    for path in files.list() {
        let bytes = files.read(&path).unwrap_or_default();
        hash.update(format!("{path} {}\n", bytes.len()));
        hash.update(&bytes);
    }
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

fn check_codes(rules: &[Rule], problems: &mut Problems) {
    for (at, rule) in rules.iter().enumerate() {
        if let Some(first) = rules[..at].iter().find(|r| r.code == rule.code) {
            let message = format!("rule `{}` is already at {}:{}", rule.code, first.file, first.line);
            problems.add(PackageError::new(&rule.file, rule.line, &rule.code, message));
        }
    }
}

/// Conditions of obligations must compile over the respondent's first form.
fn check_obligations(instrument: &Instrument, problems: &mut Problems) {
    for respondent in &instrument.respondents {
        let Some(hub) = respondent.forms.first().and_then(|o| instrument.schema.table(&o.form, "")) else { continue };
        for due in respondent.forms.iter().filter(|o| !o.when.is_empty()) {
            let rule = RuleText { code: &respondent.code, home: hub, text: &due.when };
            let (_, found) = compile(&instrument.schema, &instrument.limits(), &[rule]);
            for (_, problem) in found {
                let mut error = PackageError::new(
                    "respondents.toml",
                    0,
                    &format!("{} {}", respondent.code, due.form),
                    format!("{} in `{}`", problem.message, due.when),
                );
                error.hint = problem.hint;
                problems.add(error);
            }
        }
    }
}

impl Instrument {
    /// The parameters as the language takes them.
    pub fn limits(&self) -> Parameters {
        Parameters(self.parameters.iter().map(|(name, p)| (name.clone(), p.value.clone())).collect())
    }

    /// The tables a rule is evaluated on: one, or every form's flat part for scope `*`. Empty for sets
    /// that are not rows (`directory`, `area`).
    pub fn homes(&self, rule: &Rule) -> Vec<TableId> {
        homes(&self.schema, self, &rule.scope)
    }
}

fn homes(schema: &Schema, instrument: &Instrument, scope: &str) -> Vec<TableId> {
    if scope == "*" {
        return instrument.forms.iter().filter_map(|f| schema.table(&f.code, "")).collect();
    }
    let (form, block) = scope.split_once('/').unwrap_or((scope, ""));
    schema.table(form, block).into_iter().collect()
}
