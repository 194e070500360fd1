//! Accounting (核算) by the coefficient method (产污系数法): rows of the accounting form in, lines with their trace out.
//!
//! `G = A·g`, `R = G·η·k`, `E = G − R`, exactly. What is missing is named and the line is incomplete:
//! k is never 1 in silence, an unlisted treatment chain never gets an efficiency by multiplication.
//! Start with [`account`]; [`inputs`] takes its rows off the sheets; [`figures`] adds the lines up.

mod activity;
mod case;
mod figure;
mod find;
mod input;
mod k;
mod remark;
mod row;

use std::collections::BTreeMap;

use expr::exact::Ratio;
use expr::formula::{Formula, Unvalued};
use expr::measure::Measure;
use instrument::factors::{Factor, FactorLibrary};

use crate::line::{Line, LineResult, Method, Step};

pub use case::{CaseOutcome, CaseVerdict, run_cases};
pub use figure::{Overflow, figures};
pub use input::{Inputs, inputs};
pub use remark::{AccountRemark, RemarkKind};
pub use row::{AccountRow, Amount, Run};

use activity::activity;
use find::{Found, find};
use k::{K, KGroup};

/// What the accounting of a unit gives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accounted {
    /// One line a row, in the order of the rows.
    pub lines: Vec<Line>,
    /// The numbers behind each line, in the same order.
    pub values: Vec<LineValues>,
    /// What a reviewer should look at, in the order of the rows.
    pub remarks: Vec<AccountRemark>,
}

/// The numbers a line was computed with, as far as it came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineValues {
    /// In the coefficient's unit.
    pub coefficient: Option<Ratio>,
    /// Per cent.
    pub efficiency: Option<Ratio>,
    /// In [0, 1]; `None` where nothing is treated.
    pub k: Option<Ratio>,
}

/// Accounts the rows of one unit with these industry classes (GB/T 4754).
pub fn account(library: &FactorLibrary, unit: &str, classes: &[String], rows: &[AccountRow]) -> Accounted {
    let mut drafts: Vec<Draft<'_>> = rows.iter().map(|row| Draft::begin(library, classes, row)).collect();
    // The least k of a unit's dust, sulphur and nitrogen treatments needs theirs first.
    let mut group = KGroup::default();
    for draft in &drafts {
        if let (Some(found), Some(k)) = (&draft.found, &draft.k) {
            group.learn(draft.row, found.factor, &k.value);
        }
    }
    for draft in &mut drafts {
        draft.finish(library, &group);
    }
    let mut accounted = Accounted::default();
    for draft in drafts {
        accounted.remarks.extend(draft.remarks);
        accounted.values.push(draft.values);
        let result = match draft.outcome {
            Ok(result) => result,
            Err(reason) => LineResult::Incomplete { reason },
        };
        accounted.lines.push(Line {
            unit: unit.to_owned(),
            form: draft.row.form.clone(),
            outlet: draft.row.outlet.clone(),
            row: draft.row.row,
            segment: draft.row.segment.clone(),
            pollutant: draft.pollutant,
            method: Method::Coefficient,
            result,
            trace: draft.trace,
        });
    }
    accounted.remarks.extend(group.different());
    accounted.remarks.sort_by_key(|r| r.row);
    accounted
}

/// A line in the making.
struct Draft<'a> {
    row: &'a AccountRow,
    pollutant: String,
    found: Option<Found<'a>>,
    generated: Option<Ratio>,
    values: LineValues,
    k: Option<K>,
    trace: Vec<Step>,
    remarks: Vec<AccountRemark>,
    outcome: Result<LineResult, String>,
}

impl<'a> Draft<'a> {
    /// Everything but a k that depends on other lines.
    fn begin(library: &'a FactorLibrary, classes: &[String], row: &'a AccountRow) -> Draft<'a> {
        let mut draft = Draft {
            row,
            pollutant: find::canonical(library, row),
            found: None,
            generated: None,
            values: LineValues::default(),
            k: None,
            trace: Vec::new(),
            remarks: Vec::new(),
            outcome: Err(String::new()),
        };
        if let Err(reason) = draft.prepare(library, classes) {
            draft.outcome = Err(reason);
        }
        draft
    }

    fn step(&mut self, what: &str, how: String, source: String) {
        self.trace.push(Step { what: what.to_owned(), how, source });
    }

    fn remark(&mut self, kind: RemarkKind, text: String) {
        self.remarks.push(AccountRemark { row: self.row.row, kind, text });
    }

    fn prepare(&mut self, library: &'a FactorLibrary, classes: &[String]) -> Result<(), String> {
        let row = self.row;
        if let Some(unread) = &row.unreadable {
            return Err(unread.clone());
        }
        let found = find(library, classes, row)?;
        let factor = found.factor;
        self.pollutant.clone_from(&factor.pollutant);
        let indicator = library.indicators.get(&factor.pollutant).ok_or("指标未登记")?;
        for (kind, text) in &found.remarks {
            self.remark(*kind, text.clone());
        }

        let activity = activity(row, factor)?;
        self.step("活动量", activity.how.clone(), row.place(activity.item));
        if let Some(remark) = activity.remark {
            self.remark(RemarkKind::UnitAssumed, remark);
        }

        let (coefficient, how) = valued(library, factor, &factor.coefficient, row, "产污系数")?;
        let condition = if factor.variant.is_empty() { String::new() } else { format!("（{}）", factor.variant) };
        let note = if factor.note.is_empty() { String::new() } else { format!("；注：{}", factor.note) };
        let source = source(library, factor);
        self.step("产污系数", format!("{how} {}{condition}{note}", factor.unit), source.clone());
        if let Some(by) = &found.borrowed {
            self.step("借用系数", by.clone(), source.clone());
        }

        self.values.coefficient = Some(coefficient.clone());

        // The amount in the unit the indicator is printed in; waste water: 1 t is 1 m3.
        let measure = &indicator.measure;
        let to_measure = factor
            .amount
            .conversion(measure)
            .or_else(|| {
                let (mass, volume) = (Measure::parse("t")?, Measure::parse("m3")?);
                Some(&factor.amount.conversion(&volume)? * &mass.conversion(measure)?)
            })
            .ok_or_else(|| format!("系数单位 {} 不能换算为 {measure}", factor.unit))?;
        let generated = &(&activity.value * &coefficient) * &to_measure;
        if generated.is_negative() {
            self.remark(RemarkKind::Negative, format!("产生量为负：{}", shown(&generated)));
            return Err(format!("产生量为负（{} {measure}）：核对产污系数中的参数", shown(&generated)));
        }
        self.step("产生量", format!("活动量 × 产污系数 = {} {measure}", shown(&generated)), String::new());
        self.generated = Some(generated);

        if found.untreated {
            self.step("治理", format!("{}：去除率 0", named(&row.treatment)), source);
            self.values.efficiency = Some(Ratio::zero());
        } else {
            let (mut efficiency, how) = self.efficiency(library, &found)?;
            if efficiency > Ratio::whole(100) {
                self.remark(RemarkKind::EfficiencyCut, format!("去除效率 {} 大于 100，按 100 计", shown(&efficiency)));
                efficiency = Ratio::whole(100);
            }
            if efficiency.is_negative() {
                return Err(format!("去除效率为负（{}）：核对参数", shown(&efficiency)));
            }
            self.step("治理", format!("{}：去除效率 {how} %", factor.treatment), source);
            let zero = efficiency.is_zero();
            self.values.efficiency = Some(efficiency);
            if !zero && !k::depends_on_others(factor, row) {
                self.k = Some(k::evaluate(factor, row)?);
            }
        }
        self.found = Some(found);
        Ok(())
    }

    /// The efficiency of the named treatment in per cent; a co-removal may stand on the sheet.
    fn efficiency(&self, library: &FactorLibrary, found: &Found<'_>) -> Result<(Ratio, String), String> {
        let factor = found.factor;
        if factor.efficiency.is_given() {
            return valued(library, factor, &factor.efficiency, self.row, "去除效率");
        }
        match k::co_removal(factor, self.row) {
            Some(given) => Ok((given.clone(), format!("{}（填报的协同脱除效率）", shown(&given)))),
            None => Err(format!("手册未给出 {} 对 {} 的去除效率", factor.treatment, factor.pollutant)),
        }
    }

    fn finish(&mut self, library: &FactorLibrary, group: &KGroup) {
        let (Some(found), Some(generated), Some(efficiency)) = (&self.found, &self.generated, &self.values.efficiency)
        else {
            return;
        };
        let (factor, generated, efficiency) = (found.factor, generated.clone(), efficiency.clone());
        self.outcome = self.reduce(library, group, factor, &generated, &efficiency);
    }

    fn reduce(
        &mut self,
        library: &FactorLibrary,
        group: &KGroup,
        factor: &Factor,
        generated: &Ratio,
        efficiency: &Ratio,
    ) -> Result<LineResult, String> {
        let measure = library.indicators.get(&factor.pollutant).map_or("", |i| i.measure.text.as_str());
        let share = if efficiency.is_zero() {
            Ratio::zero()
        } else {
            let k = match self.k.take() {
                Some(k) => k,
                None => group.least(self.row)?,
            };
            self.values.k = Some(k.value.clone());
            self.step("实际运行率", k.how.clone(), self.row.place("run"));
            if let Some(uncut) = &k.cut {
                self.remark(RemarkKind::KCut, format!("k = {} 大于 1，按 1 计", shown(uncut)));
            }
            if let Some(odd) = &k.odd {
                self.remark(RemarkKind::RunImplausible, odd.clone());
            }
            let hundredth = Ratio::of(1, 100).unwrap_or_else(Ratio::zero);
            let share = &(efficiency * &hundredth) * &k.value;
            if efficiency > &Ratio::whole(99) {
                let thousandth = Ratio::of(1, 1000).unwrap_or_else(Ratio::zero);
                let change = &(generated * &(efficiency * &hundredth)) * &thousandth;
                let how = format!("∂E/∂k：k 每降低 0.001，排放量增加 {} {measure}", shown(&change));
                self.step("灵敏度", how, String::new());
            }
            share
        };
        let places = |value: &Ratio| value.to_decimal(12).ok_or("数值过大，超出可表示的范围");
        let generated_places = places(generated)?;
        let removed = places(&(generated * &share))?;
        let emitted = generated_places.checked_sub(removed).ok_or("数值过大，超出可表示的范围")?;
        if emitted.units < 0 || removed.units < 0 {
            self.remark(RemarkKind::Negative, format!("排放量 {} 不在 0 与产生量之间", emitted.shortest()));
            return Err(format!("排放量 {} 不在 0 与产生量之间：核对去除效率和运行参数", emitted.shortest()));
        }
        self.step("去除量", format!("产生量 × η × k = {} {measure}", shown(&removed.to_ratio())), String::new());
        self.step("排放量", format!("产生量 − 去除量 = {} {measure}", shown(&emitted.to_ratio())), String::new());
        if let Some(text) = permit(self.row, &emitted.to_ratio(), measure) {
            self.remark(RemarkKind::PermitReport, text);
        }
        Ok(LineResult::Computed { generated: generated_places, removed, emitted, measure: measure.to_owned() })
    }
}

/// The remark on an emission that is more than 20 % off the permit's execution report.
fn permit(row: &AccountRow, emitted: &Ratio, measure: &str) -> Option<String> {
    let report = row.permit_report.as_ref()?;
    let wanted = Measure::parse(measure)?;
    let given = if report.unit.trim().is_empty() { Some(wanted.clone()) } else { Measure::parse(&report.unit) };
    let Some(factor) = given.and_then(|m| m.conversion(&wanted)) else {
        return Some(format!("许可证执行报告排放量的计量单位 `{}` 不能换算为 {measure}，未比较", report.unit));
    };
    let reported = &report.value * &factor;
    let difference = emitted - &reported;
    let fifth = &Ratio::of(1, 5)? * &reported;
    let apart = difference > fifth || -&difference > fifth;
    apart.then(|| {
        format!("排放量 {} {measure} 与许可证执行报告 {} {measure} 相差超过 20 %", shown(emitted), shown(&reported))
    })
}

/// The value of a coefficient or an efficiency, with its derivation: `16S（S=0.6）= 9.6`.
fn valued(
    library: &FactorLibrary,
    factor: &Factor,
    formula: &Formula,
    row: &AccountRow,
    what: &str,
) -> Result<(Ratio, String), String> {
    if let Some(number) = &formula.number {
        return Ok((number.clone(), formula.text.clone()));
    }
    let given = parameters(factor, row);
    let mut shown_values = Vec::new();
    for name in formula.variables() {
        let Some(value) = given.get(&name) else { continue };
        let meaning = library.variables.iter().find(|v| v.name == name && v.fits(&factor.industry, &factor.unit));
        if let Some(meaning) = meaning.filter(|v| !v.allows(value)) {
            let text =
                format!("参数 {name}（{}）= {} 超出允许范围 {}", meaning.title, shown(value), meaning.range_text());
            return Err(text);
        }
        shown_values.push(format!("{name}={}", shown(value)));
    }
    match formula.eval(&|name| given.get(name).cloned()) {
        Ok(value) => {
            let how = format!("{}（{}）= {}", formula.text, shown_values.join("，"), shown(&value));
            Ok((value, how))
        }
        Err(Unvalued::Missing(names)) => {
            Err(format!("{what} {} 缺少参数 {}：填写参数取值", formula.text, names.join("、")))
        }
        Err(other) => Err(format!("{what} {} 不能计算：{other}", formula.text)),
    }
}

/// The variables' values: the named ones, and the sheet's single one when only one variable is asked for.
fn parameters(factor: &Factor, row: &AccountRow) -> BTreeMap<String, Ratio> {
    let mut given = row.parameters.clone();
    let mut wanted = factor.coefficient.variables();
    if wanted.is_empty() {
        wanted = factor.efficiency.variables();
    }
    if let (Some(value), [only]) = (&row.parameter, wanted.as_slice()) {
        given.insert(only.clone(), value.clone());
    }
    given
}

/// `NESPS2-trial-2019 p5422，factors/industrial/44.csv:1987`.
fn source(library: &FactorLibrary, factor: &Factor) -> String {
    let page = factor.source.rsplit(' ').next().filter(|word| word.starts_with('p')).unwrap_or(&factor.source);
    format!("{} {page}，{}:{}", library.edition, factor.file, factor.line)
}

/// A number for reading: exact where it has at most 9 decimals, else rounded to 9 and marked.
pub(crate) fn shown(value: &Ratio) -> String {
    match value.exact_decimal().filter(|d| d.scale <= 9) {
        Some(exact) => exact.shortest().to_string(),
        None => value.to_decimal(9).map_or_else(|| value.to_string(), |d| format!("≈{}", d.shortest())),
    }
}

fn named(treatment: &str) -> &str {
    if treatment.trim().is_empty() { "无治理" } else { treatment.trim() }
}

#[cfg(test)]
mod tests;
