//! The instrument on the command line: check, show, explain, diff.

use std::path::Path;

use anyhow::Result;
use census::account::{CaseVerdict, run_cases};
use census::area::AreaTree;
use instrument::check::CheckReport;
use instrument::difference::diff;
use instrument::factors::accounting_cases;
use instrument::files::{Files, Folder};
use instrument::model::Instrument;
use instrument::problem::{PackageError, Problems};
use instrument::read::read;

use super::print_json;
use crate::arguments::{Arguments, InstrumentPackage};
use crate::ending::{BadInput, Ending};
use crate::{office, say, told};

pub fn run(arguments: &Arguments, command: &InstrumentPackage) -> Result<Ending> {
    match command {
        InstrumentPackage::Check { folder } => check(arguments, folder.as_deref()),
        InstrumentPackage::Show { form } => {
            let instrument = office::instrument(arguments)?;
            let Some(found) = instrument.form(form) else {
                let near = expr::diagnostic::nearest(form, instrument.forms.iter().map(|f| f.code.as_str()));
                return Err(unknown("表", "form", form, near));
            };
            print!("{}", instrument::show::show(&instrument, found));
            Ok(Ending::Done)
        }
        InstrumentPackage::Explain { rule } => {
            let instrument = office::instrument(arguments)?;
            let Some(text) = instrument::explain::explain(&instrument, rule) else {
                let near = expr::diagnostic::nearest(rule, instrument.rules.iter().map(|r| r.code.as_str()));
                return Err(unknown("规则", "rule", rule, near));
            };
            print!("{text}");
            Ok(Ending::Done)
        }
        InstrumentPackage::Diff { old, new } => {
            let (old, new) = (opened(old)?, opened(new)?);
            let difference = diff(&old, &new);
            if arguments.json {
                print_json(&serde_json::to_value(&difference)?);
            } else {
                print!("{difference}");
            }
            Ok(if difference.is_empty() { Ending::Done } else { Ending::Attention })
        }
    }
}

fn unknown(zh: &str, en: &str, word: &str, near: Option<&str>) -> anyhow::Error {
    let hint = near.map_or_else(String::new, |n| told!("，是否为 {}？", "; did you mean {}?", n));
    BadInput(told!("没有{} {}{}", "no {} {}{}", say::pick(zh, en), word, hint)).into()
}

fn opened(folder: &Path) -> Result<Instrument> {
    if !folder.is_dir() {
        return Err(BadInput(told!("没有这个文件夹：{}", "no such folder: {}", folder.display())).into());
    }
    Instrument::read_trusted(&Folder::new(folder)).map_err(|p| BadInput(office::package_problems(&p)).into())
}

fn check(arguments: &Arguments, folder: Option<&Path>) -> Result<Ending> {
    let files: Box<dyn Files> = match folder {
        Some(folder) if !folder.is_dir() => {
            return Err(BadInput(told!("没有这个文件夹：{}", "no such folder: {}", folder.display())).into());
        }
        Some(folder) => Box::new(Folder::new(folder)),
        None => office::package(arguments)?,
    };
    let reading = read(files.as_ref(), true);
    let mut report = CheckReport::of(&reading);
    let mut problems = Problems::default();
    let examples = run_cases(&reading.instrument.factors, &accounting_cases(files.as_ref(), &mut problems));
    // A package may do without matching; one that has it must have it whole.
    if files.read("matching/model.toml").is_some() {
        let (areas, _) = AreaTree::of(&reading.instrument);
        if let Err(problem) = work::matching::read(files.as_ref(), &areas) {
            problems.add(PackageError::new("matching/", 0, "", crate::said!(problem)));
        }
    }
    // The same holds for reading lists.
    let mut intake = census::frame::Intake::default();
    if files.list().iter().any(|path| path.starts_with("frame/")) {
        intake = census::frame::Intake::read(files.as_ref(), true, &mut problems);
    }
    // And for the special lists.
    if reading.is_sound() && files.read("frame/carry.csv").is_some() {
        census::frame::Carrying::read(files.as_ref(), &reading.instrument, &mut problems);
    }
    if reading.is_sound() && files.read("outlet/indicators.csv").is_some() {
        census::outlet::Protocol::read(files.as_ref(), &reading.instrument, &mut problems);
    }
    if reading.is_sound() && files.read("minerals/items.csv").is_some() {
        census::minerals::Minerals::read(files.as_ref(), &reading.instrument, &mut problems);
    }
    report.sound &= problems.errors() == 0;
    report.problems.extend(problems.0.iter().cloned());
    let mut failed = Vec::new();
    let mut pending = Vec::new();
    let mut recalled = 0;
    for outcome in &examples {
        match &outcome.verdict {
            CaseVerdict::Passed => {
                report.cases.passed += 1;
                recalled += usize::from(outcome.mark == "R");
            }
            CaseVerdict::Failed(why) => {
                report.cases.failed += 1;
                failed.push(format!("{}: {}", outcome.code, why.join("; ")));
            }
            CaseVerdict::Pending(method) => pending.push(format!("{}: {method}", outcome.code)),
        }
    }
    let sound = report.sound && failed.is_empty();
    if arguments.json {
        let mut value = serde_json::to_value(&report)?;
        if let Some(object) = value.as_object_mut() {
            object.insert(
                "worked_examples".to_owned(),
                serde_json::json!({ "failed": failed, "pending": pending, "resting_on_recalled": recalled }),
            );
            let (headings, rules) = (intake.headings.len(), intake.cleaning.rules().len());
            object.insert("lists_in".to_owned(), serde_json::json!({ "headings": headings, "cleaning_rules": rules }));
        }
        print_json(&value);
    } else {
        println!("{report}");
        let passed = examples.iter().filter(|e| e.verdict == CaseVerdict::Passed).count();
        say!(
            "核算算例：{} 个重现到印出的位数（其中 {} 个依据凭回忆的系数），{} 个不符，{} 个待其他方法",
            "worked examples: {} reproduced to the printed digits ({} of them rest on recalled factors), {} differ, {} wait for other methods",
            passed,
            recalled,
            failed.len(),
            pending.len()
        );
        for line in failed.iter().chain(&pending) {
            println!("  {line}");
        }
        say!(
            "底册的读法：{} 个列名，{} 条清洗规则",
            "lists: {} headings, {} cleaning rules",
            intake.headings.len(),
            intake.cleaning.rules().len()
        );
    }
    Ok(if sound { Ending::Done } else { Ending::Attention })
}
