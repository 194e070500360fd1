//! Running the package's worked examples (核算算例) and comparing digit by digit.

use std::collections::BTreeMap;

use expr::exact::{Decimal, Ratio};
use expr::formula::{Formula, variable_name};
use expr::measure::Measure;
use instrument::factors::{AccountingCase, CaseFormula, CaseRow, FactorLibrary};

use super::{AccountRow, Accounted, Amount, Run, account};
use crate::line::LineResult;

/// How a worked example came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseOutcome {
    pub code: String,
    /// `S`, `R`, `D`.
    pub mark: String,
    pub verdict: CaseVerdict,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseVerdict {
    Passed,
    /// Everything that differs: `row 2 emitted: 810.0881 t expected, 810.09 t found`.
    Failed(Vec<String>),
    /// The method that is not there yet.
    Pending(String),
}

/// Runs all cases, in their order.
pub fn run_cases(library: &FactorLibrary, cases: &[AccountingCase]) -> Vec<CaseOutcome> {
    let run = |case: &AccountingCase| {
        let verdict = if let Some(method) = &case.pending {
            CaseVerdict::Pending(method.clone())
        } else {
            let mut wrong = Vec::new();
            for (at, formula) in case.formula.iter().enumerate() {
                if let Err(why) = formula_case(formula) {
                    wrong.push(format!("formula {}: {why}", at + 1));
                }
            }
            if !case.row.is_empty() {
                rows_case(library, case, &mut wrong);
            }
            if wrong.is_empty() { CaseVerdict::Passed } else { CaseVerdict::Failed(wrong) }
        };
        CaseOutcome { code: case.code.clone(), mark: case.mark.clone(), verdict }
    };
    cases.iter().map(run).collect()
}

fn formula_case(case: &CaseFormula) -> Result<(), String> {
    let formula = Formula::parse(&case.text).map_err(|d| d.to_string())?;
    let mut given = BTreeMap::new();
    for (name, value) in &case.values {
        given.insert(variable_name(name), number(value)?);
    }
    let value = formula.eval(&|name| given.get(name).cloned()).map_err(|u| u.to_string())?;
    same(&value, &case.expect, false)
}

fn rows_case(library: &FactorLibrary, case: &AccountingCase, wrong: &mut Vec<String>) {
    let mut rows = Vec::new();
    for (at, row) in case.row.iter().enumerate() {
        match read(at as u32, row) {
            Ok(row) => rows.push(row),
            Err(why) => return wrong.push(format!("row {}: {why}", at + 1)),
        }
    }
    let accounted = account(library, &case.code, &case.classes, &rows);
    for (at, row) in case.row.iter().enumerate() {
        let mut check = |what: &str, result: Result<(), String>| {
            if let Err(why) = result {
                wrong.push(format!("row {} {what}: {why}", at + 1));
            }
        };
        row_case(case, row, &accounted, at, &mut check);
    }
    for (pollutant, expect) in &case.sum {
        // Sums are compared before they are rounded for print: the vectors have more digits.
        for (what, expect, emitted) in [("generated", &expect.generated, false), ("emitted", &expect.emitted, true)] {
            if let Err(why) = sum(&accounted, pollutant, emitted).and_then(|s| same_amount(&s, expect, case.truncated))
            {
                wrong.push(format!("sum of {pollutant} {what}: {why}"));
            }
        }
    }
}

fn row_case(
    case: &AccountingCase,
    row: &CaseRow,
    accounted: &Accounted,
    at: usize,
    check: &mut dyn FnMut(&str, Result<(), String>),
) {
    let expect = &row.expect;
    let Some((line, values)) = accounted.lines.get(at).zip(accounted.values.get(at)) else {
        return check("line", Err("missing".to_owned()));
    };
    if let Some(kind) = &expect.remark {
        let made = accounted.remarks.iter().any(|r| r.row == at as u32 && r.kind.name() == kind);
        check("remark", if made { Ok(()) } else { Err(format!("{kind} expected, not made")) });
    }
    match (&line.result, &expect.incomplete) {
        (LineResult::Incomplete { reason }, Some(words)) => {
            check(
                "reason",
                if reason.contains(words) { Ok(()) } else { Err(format!("`{words}` expected, `{reason}` found")) },
            );
        }
        (LineResult::Incomplete { reason }, None) => check("line", Err(format!("incomplete: {reason}"))),
        (LineResult::Computed { .. }, Some(words)) => {
            check("line", Err(format!("incomplete expected ({words}), computed")));
        }
        (LineResult::Computed { generated, removed, emitted, measure }, None) => {
            for (what, value, expected) in
                [("generated", generated, &expect.generated), ("emitted", emitted, &expect.emitted)]
            {
                if let Some(expected) = expected {
                    check(what, same_amount(&(value.to_ratio(), measure.clone()), expected, case.truncated));
                }
            }
            let adds_up = emitted.checked_add(*removed) == Some(*generated);
            check("balance", if adds_up { Ok(()) } else { Err("generated is not removed plus emitted".to_owned()) });
            let numbers = [
                ("coefficient", &values.coefficient, &expect.coefficient),
                ("efficiency", &values.efficiency, &expect.efficiency),
                ("k", &values.k, &expect.k),
            ];
            for (what, value, expected) in numbers {
                if let Some(expected) = expected {
                    check(
                        what,
                        match value {
                            Some(value) => same(value, expected, case.truncated),
                            None => Err("not computed".to_owned()),
                        },
                    );
                }
            }
        }
    }
}

fn sum(accounted: &Accounted, pollutant: &str, of_emitted: bool) -> Result<(Ratio, String), String> {
    let mut total = (Ratio::zero(), String::new());
    for line in accounted.lines.iter().filter(|l| l.pollutant == pollutant) {
        let LineResult::Computed { generated, emitted, measure, .. } = &line.result else {
            return Err("a line is incomplete".to_owned());
        };
        let value = if of_emitted { emitted } else { generated };
        total = (&total.0 + &value.to_ratio(), measure.clone());
    }
    Ok(total)
}

fn read(at: u32, row: &CaseRow) -> Result<AccountRow, String> {
    let amount = |text: &str| match text.trim() {
        "" => Ok(None),
        text => {
            let (value, unit) = text.split_once(' ').unwrap_or((text, ""));
            Ok::<_, String>(Some(Amount { value: number(value)?, unit: unit.to_owned() }))
        }
    };
    let mut runs = Vec::new();
    for text in &row.runs {
        let mut words = text.rsplitn(3, ' ');
        let (unit, value, name) = (words.next(), words.next(), words.next());
        let (Some(unit), Some(value), Some(name)) = (unit, value, name) else {
            return Err(format!("`{text}`: expected a name, a value and a unit"));
        };
        runs.push(Run { name: name.to_owned(), value: number(value)?, unit: unit.to_owned() });
    }
    let mut parameters = BTreeMap::new();
    for (name, value) in &row.parameters {
        parameters.insert(variable_name(name), number(value)?);
    }
    Ok(AccountRow {
        row: at,
        outlet: row.outlet.clone(),
        segment: row.segment.clone(),
        material: row.material.clone(),
        product: row.product.clone(),
        process: row.process.clone(),
        scale: row.scale.clone(),
        output: amount(&row.output)?,
        used: amount(&row.used)?,
        pollutant: row.pollutant.clone(),
        parameter: if row.parameter.is_empty() { None } else { Some(number(&row.parameter)?) },
        parameters,
        treatment: row.treatment.clone(),
        runs,
        ..AccountRow::default()
    })
}

fn number(text: &str) -> Result<Ratio, String> {
    text.trim().parse::<Ratio>().map_err(|e| format!("`{text}`: {e}"))
}

/// Equal to as many decimals as are printed; a truncated source may differ by one of its last digit.
fn same(value: &Ratio, printed: &str, truncated: bool) -> Result<(), String> {
    let printed: Decimal = printed.trim().parse().map_err(|e| format!("`{printed}`: {e}"))?;
    let found = value.to_decimal(printed.scale).ok_or("too large")?;
    let off = found.checked_sub(printed).ok_or("too large")?.units.abs();
    if off <= i128::from(truncated) { Ok(()) } else { Err(format!("{printed} expected, {found} found")) }
}

/// The same with units: `183228.6 t`.
fn same_amount((value, unit): &(Ratio, String), printed: &str, truncated: bool) -> Result<(), String> {
    let (digits, wanted) = printed.split_once(' ').ok_or_else(|| format!("`{printed}` has no unit"))?;
    let measure = |text: &str| Measure::parse(text).ok_or_else(|| format!("`{text}` is not a unit"));
    let factor = measure(unit)?.conversion(&measure(wanted)?).ok_or_else(|| format!("found in {unit}"))?;
    same(&(value * &factor), digits, truncated)
}
