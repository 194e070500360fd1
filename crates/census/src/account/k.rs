//! k, the actual operating rate (实际运行率), from up to three run parameters, by its family.

use std::collections::BTreeMap;

use expr::exact::Ratio;
use expr::measure::Measure;
use instrument::factors::{Factor, KFormula, plain};

use super::remark::{AccountRemark, RemarkKind};
use super::row::{AccountRow, Run};
use super::shown;

/// A k with its derivation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct K {
    /// In [0, 1].
    pub value: Ratio,
    pub how: String,
    /// The value before it was cut to 1.
    pub cut: Option<Ratio>,
    /// What is hard to believe about the parameters.
    pub odd: Option<String>,
}

/// What a run parameter means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Running time of the treatment.
    Facility,
    /// Time of production, boiler or unit.
    Total,
    /// Time out of order.
    Fault,
    Energy,
    DesignEnergy,
    Power,
    Treated,
    Due,
    Used,
    Standard,
    /// Share of synchronous running.
    Rate,
    CoRemoval,
    /// A k given for dust, sulphur or nitrogen.
    Given,
}

impl Role {
    fn title(self) -> &'static str {
        match self {
            Role::Facility => "治理设施运行时间",
            Role::Total => "正常生产（锅炉、机组）时间",
            Role::Fault => "非正常运行时间",
            Role::Energy => "治理设施耗电量",
            Role::DesignEnergy => "设计耗电量",
            Role::Power => "治理设施额定功率",
            Role::Treated => "实际处理污染物总量",
            Role::Due => "应该处理污染物总量",
            Role::Used => "实际用量",
            Role::Standard => "标准用量",
            Role::Rate => "窑磨同步运转率",
            Role::CoRemoval => "协同脱除效率",
            Role::Given => "除尘、脱硫、脱硝的 k",
        }
    }
}

fn measure(run: &Run) -> Option<Measure> {
    Measure::parse(&run.unit).filter(|m| m.known && !m.is_number())
}

fn like(run: &Run, unit: &str) -> bool {
    measure(run).is_some_and(|m| Measure::parse(unit).is_some_and(|u| m.compatible(&u)))
}

/// The role of a run parameter, by its unit and the words of its name.
fn role(run: &Run) -> Option<Role> {
    let name = plain(&run.name);
    let has = |words: &[&str]| words.iter().any(|w| name.contains(w));
    if has(&["协同脱除"]) {
        return Some(Role::CoRemoval);
    }
    if has(&["运转率", "同步率"]) {
        return Some(Role::Rate);
    }
    if has(&["k", "K"]) && has(&["除尘", "脱硫", "脱硝"]) && measure(run).is_none() {
        return Some(Role::Given);
    }
    if like(run, "kWh") || has(&["耗电", "用电", "电量"]) {
        return Some(if has(&["设计"]) { Role::DesignEnergy } else { Role::Energy });
    }
    if like(run, "kW") || has(&["功率"]) {
        return Some(Role::Power);
    }
    if has(&["污染物总量", "污染物量"]) {
        return Some(if has(&["应"]) { Role::Due } else { Role::Treated });
    }
    if like(run, "h") || has(&["时间", "小时", "时数", "天数"]) {
        return Some(if has(&["非正常", "故障", "事故"]) {
            Role::Fault
        } else if has(&["应运行", "应该"]) {
            Role::Total
        } else if has(&["治理", "处理", "除尘", "脱硫", "脱硝", "净化", "喷淋", "环保", "设施", "吸附", "燃烧装置"])
        {
            Role::Facility
        } else if has(&["生产", "机组", "锅炉", "热风炉", "企业", "系统", "开榨", "窑", "正常运转", "发电", "总时间"])
        {
            Role::Total
        } else {
            Role::Facility
        });
    }
    if has(&["用量", "绝干污泥"]) {
        return Some(if has(&["标准"]) { Role::Standard } else { Role::Used });
    }
    None
}

struct Runs<'a>(Vec<(Role, &'a Run)>);

impl<'a> Runs<'a> {
    fn of(row: &'a AccountRow) -> Runs<'a> {
        Runs(row.runs.iter().filter_map(|run| role(run).map(|role| (role, run))).collect())
    }

    /// The one parameter of a role; the reason when it is missing or there twice.
    fn one(&self, role: Role) -> Result<&'a Run, String> {
        let mut found = self.0.iter().filter(|(r, _)| *r == role).map(|(_, run)| *run);
        match (found.next(), found.next()) {
            (Some(run), None) if run.value.is_negative() => Err(format!("运行参数 {} 为负", run.name)),
            (Some(run), None) => Ok(run),
            (Some(first), Some(second)) => {
                Err(format!("运行参数 `{}` 与 `{}` 都像是{}：写明名称", first.name, second.name, role.title()))
            }
            (None, _) => Err(format!("缺少运行参数 {}", role.title())),
        }
    }
}

/// The quotient of two like quantities, in whatever units; blank units of both count as the same.
fn quotient(above: &Run, below: &Run) -> Result<Ratio, String> {
    let factor = match (measure(above), measure(below)) {
        (Some(a), Some(b)) => {
            a.conversion(&b).ok_or_else(|| format!("{} 与 {} 的单位不能相比", text(above), text(below)))?
        }
        (None, None) if plain(&above.unit) == plain(&below.unit) => Ratio::one(),
        _ => return Err(format!("{} 与 {} 的单位不能相比：写明单位", text(above), text(below))),
    };
    (&above.value * &factor).divided_by(&below.value).ok_or_else(|| format!("{} 为零", below.name))
}

fn text(run: &Run) -> String {
    format!(
        "{} {}{}",
        run.name,
        shown(&run.value),
        if run.unit.is_empty() { String::new() } else { format!(" {}", run.unit) }
    )
}

/// In a unit; the reason when the parameter's unit is another quantity or blank.
fn in_unit(run: &Run, unit: &str) -> Result<Ratio, String> {
    let wanted = Measure::parse(unit).unwrap_or_else(Measure::none);
    let factor = measure(run).and_then(|m| m.conversion(&wanted));
    factor.map(|f| &run.value * &f).ok_or_else(|| format!("运行参数 {} 的单位应为 {unit}", text(run)))
}

/// A share: per cent by its unit, or a number up to 1.
fn share(run: &Run) -> Ratio {
    let hundredth = Ratio::of(1, 100).unwrap_or_else(Ratio::one);
    if run.unit.contains(['%', '％']) || run.value > Ratio::one() {
        &run.value * &hundredth
    } else {
        run.value.clone()
    }
}

/// Whether k comes from other lines of the unit.
pub(super) fn depends_on_others(factor: &Factor, row: &AccountRow) -> bool {
    matches!(factor.k, KFormula::Minimum { .. }) && !row.runs.iter().any(|run| role(run) == Some(Role::Given))
}

/// The co-removal efficiency in per cent, where the family has one and the sheet gives it.
pub(super) fn co_removal(factor: &Factor, row: &AccountRow) -> Option<Ratio> {
    let synchronous = matches!(factor.k, KFormula::Synchronous { .. });
    let run = Runs::of(row).one(Role::CoRemoval).ok().filter(|_| synchronous)?;
    Some(&share(run) * &Ratio::whole(100))
}

/// k by its family; the reason names the parameter that is missing.
pub(super) fn evaluate(factor: &Factor, row: &AccountRow) -> Result<K, String> {
    let runs = Runs::of(row);
    let mut odd = None;
    let (value, how) = match &factor.k {
        KFormula::NotGiven => {
            return Err(format!("手册未给出 {} 的 k 公式：k 不取默认值 1", factor.treatment));
        }
        KFormula::Special { text } => return Err(format!("手册的 k 公式 `{text}` 不能计算")),
        KFormula::Constant { value, .. } => (value.clone(), "手册规定".to_owned()),
        KFormula::Hours { .. } => {
            let (facility, total) = (runs.one(Role::Facility)?, runs.one(Role::Total)?);
            for run in [facility, total] {
                if in_unit(run, "h").is_ok_and(|hours| hours > Ratio::whole(8784)) {
                    odd = Some(format!("{} 超过全年 8784 小时", text(run)));
                }
            }
            (quotient(facility, total)?, format!("{} ÷ {}", text(facility), text(total)))
        }
        KFormula::Electricity { text: formula } => {
            let (energy, power) = (runs.one(Role::Energy)?, runs.one(Role::Power)?);
            // A few tables count the hours of production below the stroke; they say so.
            let production = formula.contains("生产运行") || formula.contains("企业正常运转");
            let hours = match runs.one(Role::Facility) {
                Err(missing) if production => runs.one(Role::Total).map_err(|_| missing)?,
                found => found?,
            };
            let rated = &in_unit(power, "kW")? * &in_unit(hours, "h")?;
            let value = in_unit(energy, "kWh")?.divided_by(&rated).ok_or("额定功率或运行时间为零")?;
            if value > Ratio::of(11, 10).unwrap_or_else(Ratio::one) {
                odd = Some(format!("{} 超过额定功率 × 运行时间的 110 %", text(energy)));
            }
            (value, format!("{} ÷（{} × {}）", text(energy), text(power), text(hours)))
        }
        KFormula::DesignElectricity { design, .. } => {
            let energy = runs.one(Role::Energy)?;
            match design {
                Some(design) => {
                    let value = in_unit(energy, "kWh")?.divided_by(design).ok_or("设计耗电量为零")?;
                    (value, format!("{} ÷ 手册设计耗电量 {} kWh", text(energy), shown(design)))
                }
                None => {
                    let design = runs.one(Role::DesignEnergy)?;
                    (quotient(energy, design)?, format!("{} ÷ {}", text(energy), text(design)))
                }
            }
        }
        KFormula::Mass { .. } => {
            let (treated, due) = (runs.one(Role::Treated)?, runs.one(Role::Due)?);
            (quotient(treated, due)?, format!("{} ÷ {}", text(treated), text(due)))
        }
        KFormula::Amount { .. } => {
            let (used, standard) = (runs.one(Role::Used)?, runs.one(Role::Standard)?);
            (quotient(used, standard)?, format!("{} ÷ {}", text(used), text(standard)))
        }
        KFormula::Downtime { .. } => {
            let fault = runs.one(Role::Fault)?;
            let total = runs
                .one(Role::Total)
                .or_else(|_| runs.one(Role::Facility))
                .map_err(|_| format!("缺少运行参数 {}", Role::Total.title()))?;
            let value = &Ratio::one() - &quotient(fault, total)?;
            (value, format!("1 − {} ÷ {}", text(fault), text(total)))
        }
        KFormula::Synchronous { .. } => {
            let rate = runs.one(Role::Rate)?;
            (share(rate), text(rate))
        }
        KFormula::Minimum { .. } => {
            let given: Vec<&Run> = runs.0.iter().filter(|(r, _)| *r == Role::Given).map(|(_, run)| *run).collect();
            for word in ["除尘", "脱硫", "脱硝"] {
                if !given.iter().any(|run| run.name.contains(word)) {
                    return Err(format!("缺少运行参数 {word}的 k"));
                }
            }
            let least = given.iter().map(|run| &run.value).min().cloned().ok_or("缺少除尘、脱硫、脱硝的 k")?;
            let texts: Vec<String> = given.iter().map(|run| text(run)).collect();
            (least, format!("最小值（{}）", texts.join("，")))
        }
    };
    bounded(value, how, odd)
}

/// k in [0, 1]: above 1 is cut and kept, below 0 is an error.
fn bounded(value: Ratio, how: String, odd: Option<String>) -> Result<K, String> {
    if value.is_negative() {
        return Err(format!("k = {} 为负：核对运行参数", shown(&value)));
    }
    if value > Ratio::one() {
        let how = format!("k = {how} = {}，大于 1，按 1 计", shown(&value));
        return Ok(K { value: Ratio::one(), how, cut: Some(value), odd });
    }
    let how = format!("k = {how} = {}", shown(&value));
    Ok(K { value, how, cut: None, odd })
}

/// The k of a unit's lines, by outlet: for the least of them, and for those that differ.
#[derive(Debug, Default)]
pub(super) struct KGroup {
    /// (form, outlet, pollutant) → the least k.
    by_pollutant: BTreeMap<(String, String, String), Ratio>,
    /// (form, outlet, treatment) → (first row, k).
    by_treatment: BTreeMap<(String, String, String), Vec<(u32, Ratio)>>,
}

impl KGroup {
    pub fn learn(&mut self, row: &AccountRow, factor: &Factor, k: &Ratio) {
        let key = |last: &str| (row.form.clone(), row.outlet.clone(), last.to_owned());
        let least = self.by_pollutant.entry(key(&factor.pollutant)).or_insert_with(|| k.clone());
        if k < least {
            least.clone_from(k);
        }
        // A constant of the handbook is not a running of the facility.
        if !matches!(factor.k, KFormula::Constant { .. } | KFormula::Synchronous { .. } | KFormula::Minimum { .. }) {
            self.by_treatment.entry(key(&plain(&row.treatment))).or_default().push((row.row, k.clone()));
        }
    }

    /// The least k of dust, sulphur and nitrogen treatment at the row's outlet.
    pub fn least(&self, row: &AccountRow) -> Result<K, String> {
        let mut found = Vec::new();
        for pollutant in ["颗粒物", "二氧化硫", "氮氧化物"] {
            let key = (row.form.clone(), row.outlet.clone(), pollutant.to_owned());
            match self.by_pollutant.get(&key) {
                Some(k) => found.push((pollutant, k)),
                None => return Err(format!("k 取除尘、脱硫、脱硝的最小值，但该排放口没有算出 {pollutant} 的 k")),
            }
        }
        let least = found.iter().map(|(_, k)| *k).min().cloned().ok_or("没有 k")?;
        let texts: Vec<String> = found.iter().map(|(pollutant, k)| format!("{pollutant} {}", shown(k))).collect();
        bounded(least, format!("最小值（{}）", texts.join("，")), None)
    }

    /// The same treatment at the same outlet with different k.
    pub fn different(&self) -> Vec<AccountRemark> {
        let mut remarks = Vec::new();
        for ((_, outlet, treatment), uses) in &self.by_treatment {
            let Some((first_row, first)) = uses.first() else { continue };
            for (row, k) in uses.iter().filter(|(_, k)| k != first) {
                let text = format!(
                    "排放口 {outlet} 的 `{treatment}` 在第{}行 k = {}，在第{}行 k = {}：同一设施应相同",
                    first_row + 1,
                    shown(first),
                    row + 1,
                    shown(k)
                );
                remarks.push(AccountRemark { row: *row, kind: RemarkKind::DifferentK, text });
            }
        }
        remarks
    }
}
