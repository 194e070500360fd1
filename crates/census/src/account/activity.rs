//! The activity level (活动量): product output or material use, whichever the coefficient counts, in its unit.

use expr::exact::Ratio;
use expr::measure::Measure;
use instrument::factors::{Basis, Factor};

use super::row::AccountRow;
use super::shown;

/// An activity in the coefficient's unit.
pub(super) struct Activity {
    pub value: Ratio,
    pub how: String,
    /// `output` or `used`.
    pub item: &'static str,
    pub remark: Option<String>,
}

pub(super) fn activity(row: &AccountRow, factor: &Factor) -> Result<Activity, String> {
    let (amount, item, title) = match factor.basis {
        Basis::Product => (&row.output, "output", "产品产量"),
        Basis::Material => (&row.used, "used", "原料/燃料用量"),
    };
    let Some(amount) = amount else {
        return Err(format!("缺少{title}：系数按{title}计（单位 {}）", factor.unit));
    };
    if amount.value.is_negative() {
        return Err(format!("{title}为负：{}", shown(&amount.value)));
    }
    let unit = bare(&amount.unit);
    if unit.is_empty() {
        return Ok(Activity {
            value: amount.value.clone(),
            how: format!("{title} {} {}", shown(&amount.value), factor.per),
            item,
            remark: Some(format!("{title}未填计量单位，按系数的单位 {} 计", factor.per)),
        });
    }
    let measure = if plain_unit(unit) == plain_unit(&factor.per.text) {
        factor.per.clone()
    } else {
        Measure::parse(unit)
            .filter(|m| m.known)
            .ok_or_else(|| format!("{title}的计量单位 `{}` 不认识：系数单位为 {}", amount.unit, factor.unit))?
    };
    let conversion = measure
        .conversion(&factor.per)
        .ok_or_else(|| format!("{title}的计量单位 {} 与系数单位 {} 不符", amount.unit, factor.unit))?;
    let value = &amount.value * &conversion;
    let converted =
        if conversion == Ratio::one() { String::new() } else { format!(" = {} {}", shown(&value), factor.per) };
    let how = format!("{title} {} {}{converted}", shown(&amount.value), amount.unit);
    Ok(Activity { value, how, item, remark: None })
}

/// `吨-熟料` → `吨`: what is counted is named behind the unit.
fn bare(unit: &str) -> &str {
    unit.trim().split('-').next().unwrap_or_default().trim()
}

fn plain_unit(unit: &str) -> String {
    unit.replace('³', "3").replace('²', "2").replace(' ', "").to_lowercase()
}
