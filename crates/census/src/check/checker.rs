//! The compiled rules of an instrument.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use expr::ast::{Kind, walk};
use expr::compile::{Parameters, Program, RuleText, compile, compile_values};
use expr::diagnostic::Diagnostic;
use expr::schema::TableId;
use instrument::model::{Instrument, Respondent, Rule};

use super::batch::Needs;
use super::layout::Layout;
use super::message::Template;
use super::native::{NATIVE, NativeRules};

/// A rule set, compiled once and kept.
#[derive(Debug)]
pub struct Checker<'i> {
    pub(super) instrument: &'i Instrument,
    pub(super) layout: Layout,
    pub(super) natives: NativeRules,
    /// Rules over the rows of one unit.
    pub(super) rows: Part,
    /// Rules that compare units with each other (`unique`, `lookup` …): run over all units at once.
    pub(super) sets: Part,
    /// When each form is due, as a truth over the respondent's hub form.
    pub(super) due: DuePart,
    /// What the rules over rows and the obligations read together.
    pub(super) alone: Needs,
    pub(super) parameters: Parameters,
    /// Message templates by rule and home, compiled when first wanted.
    pub(super) templates: BTreeMap<(usize, TableId), OnceLock<Template>>,
    problems: Vec<(String, Diagnostic)>,
    unchecked: Vec<(String, String)>,
}

/// Rules compiled together.
#[derive(Debug)]
pub(super) struct Part {
    pub program: Program,
    /// Position in the instrument's rules, and home, of each rule of the program.
    pub rules: Vec<(usize, TableId)>,
    pub needs: Needs,
}

/// The conditions of obligations, compiled together.
#[derive(Debug)]
pub(super) struct DuePart {
    pub program: Program,
    /// Respondent → its obligations.
    pub respondents: BTreeMap<String, Vec<Duty>>,
    /// Table of each condition's hub form.
    pub homes: Vec<TableId>,
    pub needs: Needs,
}

/// A form a respondent owes.
#[derive(Debug, Clone)]
pub(super) struct Duty {
    pub form: String,
    pub exact: bool,
    /// Value in the due program; `None`: always due.
    pub when: Option<usize>,
}

/// A form of a unit's kind and whether it is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueForm {
    pub form: String,
    /// `None`: cannot be said yet, an answer it depends on is missing.
    pub due: Option<bool>,
    /// The form must be absent when it is not due.
    pub exact: bool,
}

impl<'i> Checker<'i> {
    /// Compiles the instrument's rules. Rules that do not compile are left out and named by
    /// [`Checker::problems`]; a package that was loaded has none.
    pub fn new(instrument: &'i Instrument) -> Checker<'i> {
        let parameters = instrument.limits();
        let mut problems = Vec::new();
        let mut unchecked = Vec::new();
        let (mut over_rows, mut over_sets) = (Vec::new(), Vec::new());
        for (at, rule) in instrument.rules.iter().enumerate() {
            if let Some(native) = &rule.native {
                if !NATIVE.iter().any(|n| n.name == native) {
                    unchecked.push((rule.code.clone(), native.clone()));
                }
                continue;
            }
            let homes = instrument.homes(rule);
            if homes.is_empty() {
                unchecked.push((rule.code.clone(), format!("no form or block {}", rule.scope)));
            }
            let part = if compares_units(&rule.text) { &mut over_sets } else { &mut over_rows };
            part.extend(homes.into_iter().map(|home| (at, home)));
        }
        let rows = part(instrument, &parameters, over_rows, &mut problems);
        let sets = part(instrument, &parameters, over_sets, &mut problems);
        let due = due_part(instrument, &parameters, &mut problems);
        let templates = rows.rules.iter().chain(&sets.rules).map(|place| (*place, OnceLock::new())).collect();
        Checker {
            instrument,
            layout: Layout::new(instrument),
            alone: rows.needs.with(&due.needs),
            natives: NativeRules::of(instrument),
            rows,
            sets,
            due,
            parameters,
            templates,
            problems,
            unchecked,
        }
    }

    pub fn instrument(&self) -> &'i Instrument {
        self.instrument
    }

    /// Rules and obligations that do not compile, with the reason.
    pub fn problems(&self) -> &[(String, Diagnostic)] {
        &self.problems
    }

    /// Rules that are not run here, with the reason: another part of the program does them, or an
    /// external list is missing. Never counted as passed.
    pub fn unchecked(&self) -> &[(String, String)] {
        &self.unchecked
    }

    /// What all rules together read.
    pub fn needs(&self) -> Needs {
        self.rows.needs.with(&self.sets.needs).with(&self.due.needs)
    }

    pub(super) fn rule(&self, at: usize) -> &'i Rule {
        &self.instrument.rules[at]
    }
}

/// The table of a form or block by its code.
pub(super) fn home(instrument: &Instrument, table: &str) -> Option<TableId> {
    let (form, block) = table.split_once('/').unwrap_or((table, ""));
    instrument.schema.table(form.trim(), block.trim())
}

/// Whether a rule asks about other units: its result depends on who else is checked.
fn compares_units(text: &str) -> bool {
    let mut found = false;
    walk(&expr::parse::parse(text).tree, &mut |node| {
        if let Kind::Call { name, .. } = &node.kind {
            found |= matches!(name.as_str(), "unique" | "same" | "lookup" | "complete" | "tree_sum");
        }
    });
    found
}

fn part(
    instrument: &Instrument,
    parameters: &Parameters,
    rules: Vec<(usize, TableId)>,
    problems: &mut Vec<(String, Diagnostic)>,
) -> Part {
    let texts: Vec<RuleText<'_>> = rules
        .iter()
        .map(|&(at, home)| {
            let rule = &instrument.rules[at];
            RuleText { code: &rule.code, home, text: &rule.text }
        })
        .collect();
    let (program, found) = compile(&instrument.schema, parameters, &texts);
    problems.extend(errors(found).map(|(at, problem)| (instrument.rules[rules[at].0].code.clone(), problem)));
    let needs = Needs { columns: program.needs() };
    Part { program, rules, needs }
}

fn due_part(instrument: &Instrument, parameters: &Parameters, problems: &mut Vec<(String, Diagnostic)>) -> DuePart {
    let mut texts = Vec::new();
    let mut names = Vec::new();
    let mut respondents = BTreeMap::new();
    for respondent in &instrument.respondents {
        let hub = hub(instrument, respondent);
        let mut duties = Vec::new();
        for owed in &respondent.forms {
            let when = match hub {
                Some(home) if !owed.when.trim().is_empty() => {
                    texts.push(RuleText { code: &owed.form, home, text: &owed.when });
                    names.push(format!("{} {}", respondent.code, owed.form));
                    Some(texts.len() - 1)
                }
                _ => None,
            };
            duties.push(Duty { form: owed.form.clone(), exact: owed.exact, when });
        }
        respondents.insert(respondent.code.clone(), duties);
    }
    let (program, found) = compile_values(&instrument.schema, parameters, &texts);
    problems.extend(errors(found).map(|(at, problem)| (names[at].clone(), problem)));
    let homes: Vec<TableId> = texts.iter().map(|t| t.home).collect();
    let needs = Needs { columns: program.needs() };
    DuePart { program, respondents, homes, needs }
}

/// The form whose answers decide which others are due: the respondent's first.
fn hub(instrument: &Instrument, respondent: &Respondent) -> Option<TableId> {
    respondent.forms.first().and_then(|owed| instrument.schema.table(&owed.form, ""))
}

fn errors(found: Vec<(usize, Diagnostic)>) -> impl Iterator<Item = (usize, Diagnostic)> {
    found.into_iter().filter(|(_, problem)| problem.severity == expr::Severity::Error)
}
