//! Reading a whole package: every part, linked, compiled, its own cases run.

use expr::compile::Parameters;
use expr::schema::{List, TableId};
use expr::{Schema, Severity};
use sha2::{Digest, Sha256};

use crate::factors::FactorLibrary;
use crate::files::Files;
use crate::model::{Instrument, Rule};
use crate::problem::{PackageError, Problems};
use crate::{areas, cases, forms, lists, office, rule_text, tables};

/// What came out of reading a package.
#[derive(Debug)]
pub struct Reading {
    /// As far as it could be read; use it only when `problems` holds no error.
    pub instrument: Instrument,
    /// By file and line.
    pub problems: Vec<PackageError>,
    pub cases: cases::CaseCounts,
    /// Items of the forms kept for reference only (`reference/*.csv`).
    pub reference_items: usize,
}

impl Instrument {
    /// Reads a package. A package with mistakes, or one that does not pass its own cases, does not load.
    pub fn read(files: &dyn Files) -> Result<Instrument, Vec<PackageError>> {
        read(files, true).loaded()
    }

    /// Reads a package that is known to pass its cases: the one built into the program, tested when it was built.
    pub fn read_trusted(files: &dyn Files) -> Result<Instrument, Vec<PackageError>> {
        read(files, false).loaded()
    }
}

impl Reading {
    /// Whether the package may be used.
    pub fn is_sound(&self) -> bool {
        !self.problems.iter().any(|p| p.severity == Severity::Error)
    }

    fn loaded(self) -> Result<Instrument, Vec<PackageError>> {
        if self.is_sound() { Ok(self.instrument) } else { Err(self.problems) }
    }
}

/// Reads everything and tells every mistake. With `prove`, rules are compiled and run on their cases.
pub fn read(files: &dyn Files, prove: bool) -> Reading {
    let mut problems = Problems::default();
    if files.list().is_empty() {
        let error = PackageError::new("instrument.toml", 0, "", "there is no package here");
        problems.add(error.hint("name a folder that holds instrument.toml, forms/, lists/, rules/ …"));
        return Reading {
            instrument: Instrument::empty(),
            problems: problems.0,
            cases: cases::CaseCounts::default(),
            reference_items: 0,
        };
    }
    let lists = lists::read(files, &mut problems);
    let (forms, common, mut schema) = forms::read(files, &lists, &mut problems);
    let parameters = office::parameters(files, &mut problems);
    // What names forms, lists and parameters is linked only when these are right: one wrong cell
    // would otherwise be told again by every rule that reads it.
    let linked = problems.errors() == 0;
    let head = office::head(files, &mut problems);
    let areas = areas::read(files, &mut problems);
    if files.list().iter().any(|p| p == "areas/extent.csv") {
        areas::extents(files, &mut problems);
    }
    let area_changes = areas::changes(files, &mut problems);
    let area_names = areas::names(files, &areas, &mut problems);
    schema.lists.push(area_list(&areas));
    let form_codes: Vec<String> = forms.iter().map(|f| f.code.clone()).collect();
    let mut rules: Vec<Rule> = Vec::new();
    for path in files.under("rules/", ".md") {
        let text = files.read(&path).and_then(|b| String::from_utf8(b).ok());
        match text {
            Some(text) => {
                rules.extend(rule_text::read(&path, text.trim_start_matches('\u{feff}'), &mut problems));
            }
            None => problems.add(PackageError::new(&path, 0, "", "not UTF-8 text").hint("save it as UTF-8")),
        }
    }
    check_codes(&rules, &mut problems);
    let mut links = Problems::default();
    let respondents = office::respondents(files, &form_codes, &schema, &office::limits(&parameters), &mut links);
    if links.errors() == 0 {
        office::check_respondents(&forms, &respondents, &mut links);
    }
    let factors = FactorLibrary::load(files, &mut problems);
    let known = tables::Known { forms: &forms, common: &common, respondents: &respondents, factors: &factors };
    let tables = tables::read(files, known, &mut links);
    let reference_items = forms::reference(files, &mut problems);
    let instrument = Instrument {
        review: office::review(files, &mut problems),
        schedule: office::schedule(files, &mut problems),
        id: head.id,
        title: head.title,
        version: head.version,
        period: head.period,
        forms,
        common,
        lists,
        respondents,
        rules,
        factors,
        areas,
        area_changes,
        area_names,
        tables,
        parameters,
        schema,
        fingerprint: fingerprint(files),
    };
    let mut counts = cases::CaseCounts::default();
    if linked {
        problems.0.append(&mut links.0);
        if prove {
            counts = cases::check_rules(&instrument, &mut problems);
        }
    } else {
        let message = "rules, obligations and tables were not checked";
        let told = PackageError::new("instrument.toml", 0, "", message).warning();
        problems.add(told.hint("correct the errors in forms, lists and parameters first"));
    }
    let mut found = problems.0;
    found.sort_by(|a, b| (&a.file, a.line, &a.column, &a.message).cmp(&(&b.file, b.line, &b.column, &b.message)));
    found.dedup();
    Reading { instrument, problems: found, cases: counts, reference_items }
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
    hash.finalize().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

fn check_codes(rules: &[Rule], problems: &mut Problems) {
    for (at, rule) in rules.iter().enumerate() {
        if let Some(first) = rules[..at].iter().find(|r| r.code == rule.code) {
            let message = format!("rule `{}` is already at {}:{}", rule.code, first.file, first.line);
            problems.add(PackageError::new(&rule.file, rule.line, &rule.code, message));
        }
    }
}

impl Instrument {
    /// The parameters as the language takes them.
    pub fn limits(&self) -> Parameters {
        office::limits(&self.parameters)
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
