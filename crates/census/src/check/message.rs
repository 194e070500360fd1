//! A finding in words: the rule's template with its values, in Chinese as the instrument has it.

use std::collections::BTreeMap;

use expr::compile::{Program, RuleText, compile_values};
use expr::exact::Ratio;
use expr::run::Shown;
use expr::schema::TableId;
use instrument::model::{Item, Rule};

use super::batch::Needs;
use super::checker::{Checker, home};
use super::run::Context;
use crate::finding::{Finding, FindingKind};
use crate::sheet::UnitSheets;

/// A compiled template: `取水量({[01]})应等于…`.
#[derive(Debug)]
pub(super) struct Template {
    pieces: Vec<Piece>,
    program: Program,
    needs: Needs,
}

#[derive(Debug)]
enum Piece {
    Text(String),
    /// Position in the program.
    Value(usize),
}

/// What stands where a value is missing.
const BLANK: &str = "空";

/// The finding in words. With the unit's sheets every `{…}` of the template is computed; without,
/// items stand as the finding kept them.
pub fn message(checker: &Checker<'_>, finding: &Finding, unit: Option<&UnitSheets>, context: &Context) -> String {
    let rule = checker.instrument.rules.iter().position(|r| r.code == finding.rule);
    let text = match (&finding.kind, rule) {
        (FindingKind::Failed | FindingKind::NotComputable { .. }, Some(at)) => {
            let rule = checker.rule(at);
            if rule.message.is_empty() {
                rule.title.clone()
            } else if let Some(unit) = unit {
                computed(checker, at, finding, unit, context)
            } else {
                substituted(rule, finding)
            }
        }
        _ => native(checker, finding),
    };
    finish(finding, text)
}

/// The findings of one unit in words, as [`message`] says each: the sheets are laid out once for all of them, and a
/// rule that fails on a hundred rows is worded once for all its rows.
pub fn messages(checker: &Checker<'_>, findings: &[Finding], unit: &UnitSheets, context: &Context) -> Vec<String> {
    let place = |finding: &Finding| {
        let told = matches!(finding.kind, FindingKind::Failed | FindingKind::NotComputable { .. });
        let at = checker.instrument.rules.iter().position(|r| told && r.code == finding.rule)?;
        let home = home(checker.instrument, &finding.table)?;
        let template = checker.templates.get(&(at, home)).filter(|_| !checker.rule(at).message.is_empty())?;
        Some(((at, home), template.get_or_init(|| compile(checker, checker.rule(at), home))))
    };
    let places: Vec<_> = findings.iter().map(place).collect();
    let needs = places.iter().flatten().fold(Needs::default(), |needs, (_, template)| needs.with(&template.needs));
    let batch = checker.layout.batch(&needs, std::slice::from_ref(unit), None);
    let mut worded: BTreeMap<(usize, TableId), Vec<Vec<Option<Shown>>>> = BTreeMap::new();
    let mut told = Vec::with_capacity(findings.len());
    for (finding, place) in findings.iter().zip(places) {
        told.push(match place {
            Some((key, template)) => {
                let values = worded.entry(key).or_insert_with(|| template.program.values(&batch, &context.inner()));
                finish(finding, fill(template, values, finding.row))
            }
            None => message(checker, finding, Some(unit), context),
        });
    }
    told
}

fn finish(finding: &Finding, text: String) -> String {
    match &finding.kind {
        FindingKind::NotComputable { reason } => format!("{text}（无法核对：{reason}）"),
        _ => text,
    }
}

fn computed(checker: &Checker<'_>, at: usize, finding: &Finding, unit: &UnitSheets, context: &Context) -> String {
    let place =
        home(checker.instrument, &finding.table).and_then(|home| Some((home, checker.templates.get(&(at, home))?)));
    let Some((home, template)) = place else { return substituted(checker.rule(at), finding) };
    let template = template.get_or_init(|| compile(checker, checker.rule(at), home));
    let batch = checker.layout.batch(&template.needs, std::slice::from_ref(unit), None);
    fill(template, &template.program.values(&batch, &context.inner()), finding.row)
}

fn fill(template: &Template, values: &[Vec<Option<Shown>>], row: u32) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Value(at) => {
            let shown = values.get(*at).and_then(|rows| rows.get(row as usize)).cloned().flatten();
            shown.map_or_else(|| BLANK.to_owned(), |shown| show(&shown))
        }
    };
    template.pieces.iter().map(piece).collect()
}

fn compile(checker: &Checker<'_>, rule: &Rule, home: TableId) -> Template {
    let mut pieces = Vec::new();
    let mut inner = Vec::new();
    for (is_value, text) in split(&rule.message) {
        if is_value {
            pieces.push(Piece::Value(inner.len()));
            inner.push(text);
        } else {
            pieces.push(Piece::Text(text.to_owned()));
        }
    }
    let texts: Vec<RuleText<'_>> = inner.iter().map(|text| RuleText { code: &rule.code, home, text }).collect();
    let (program, _) = compile_values(&checker.instrument.schema, &checker.parameters, &texts);
    let needs = Needs { columns: program.needs() };
    Template { pieces, program, needs }
}

/// The pieces of a template; true: an expression between braces.
fn split(template: &str) -> Vec<(bool, &str)> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((text, after)) = rest.split_once('{') {
        let Some((inner, after)) = after.split_once('}') else { break };
        if !text.is_empty() {
            pieces.push((false, text));
        }
        pieces.push((true, inner));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push((false, rest));
    }
    pieces
}

fn substituted(rule: &Rule, finding: &Finding) -> String {
    let piece = |(is_value, text): (bool, &str)| {
        if !is_value {
            return text.to_owned();
        }
        match finding.values.iter().find(|(name, _)| name == text) {
            Some((_, value)) if !value.is_empty() => value.clone(),
            Some(_) => BLANK.to_owned(),
            None => "…".to_owned(),
        }
    };
    split(&rule.message).into_iter().map(piece).collect()
}

fn show(shown: &Shown) -> String {
    match shown {
        Shown::Number(number) => number_text(number),
        Shown::Text(text) => text.clone(),
        Shown::Truth(true) => "是".to_owned(),
        Shown::Truth(false) => "否".to_owned(),
    }
}

/// Exact where it is short, else rounded to four decimals, for reading only.
fn number_text(number: &Ratio) -> String {
    let exact = number.exact_decimal().map(|d| d.shortest()).filter(|d| d.scale <= 6);
    exact.or_else(|| number.to_decimal(4)).map_or_else(|| number.to_string(), |d| d.to_string())
}

fn native(checker: &Checker<'_>, finding: &Finding) -> String {
    let typed = finding.values.first().map_or("", |(_, text)| text.as_str());
    let place = |code: &str| match item(checker, finding, code) {
        Some(item) => format!("{}[{code}]{}", finding.table, item.name),
        None => format!("{}[{code}]", finding.table),
    };
    match &finding.kind {
        FindingKind::Unreadable { item, why } => format!("{}“{typed}”：{}", place(item), why.zh()),
        FindingKind::NotInList { item, list } => {
            let title = checker.instrument.list(list).map_or(list.as_str(), |l| l.title.as_str());
            format!("{}“{typed}”不在代码表《{title}》内", place(item))
        }
        FindingKind::Blank { item } => format!("{}必填未填", place(item)),
        FindingKind::FormMissing { form } => format!("应填{form}表《{}》，未填", title(checker, form)),
        FindingKind::FormNotDue { form } => format!("不应填{form}表《{}》，已填", title(checker, form)),
        FindingKind::Unknown { name } => format!("制度中没有{name}"),
        FindingKind::Failed | FindingKind::NotComputable { .. } => finding.rule.clone(),
    }
}

fn item<'c>(checker: &'c Checker<'_>, finding: &Finding, code: &str) -> Option<&'c Item> {
    let form = finding.table.split('/').next().and_then(|code| checker.instrument.form(code));
    form.and_then(|f| f.item(code)).or_else(|| checker.instrument.common.iter().find(|i| i.code == code))
}

fn title<'c>(checker: &'c Checker<'_>, form: &str) -> &'c str {
    checker.instrument.form(form).map_or("", |f| f.title.as_str())
}
