//! Finding the one row of the handbook that a row of the accounting form means, or saying why there is none.

use std::collections::BTreeSet;

use expr::diagnostic::nearest;
use expr::exact::Ratio;
use instrument::factors::{Combination, Factor, FactorLibrary, Reference, covers, plain, scale_amount};

use super::remark::RemarkKind;
use super::row::AccountRow;

/// The handbook's row for a row of the form.
pub(super) struct Found<'a> {
    pub factor: &'a Factor,
    /// Nothing is treated: the factor gives only the generation.
    pub untreated: bool,
    /// `4430：各行业锅炉按 …` when another industry's table is used.
    pub borrowed: Option<String>,
    pub remarks: Vec<(RemarkKind, String)>,
}

/// The canonical indicators a pollutant given by code, name, or text of the handbook may be: `汞` is one in
/// waste water and another in waste gas. Empty when unknown.
fn meanings(library: &FactorLibrary, given: &str, medium: &str) -> Vec<String> {
    let given = given.trim();
    // `code|name`, as pick lists write it.
    let (front, behind) = given.split_once('|').unwrap_or((given, ""));
    let named = |text: &str| {
        let mut all = library.indicators.values();
        all.find(|i| i.name == text || !i.code.is_empty() && i.code == text).map(|i| i.name.clone())
    };
    if let Some(name) = [front, behind, given].into_iter().find_map(named) {
        // 总铅 is of waste water, but a table of waste gas may write so; 氟化物 the other way round.
        let other = library.indicators.get(&name).is_some_and(|i| !medium.is_empty() && i.medium != medium);
        let meant = if other { handbook_text(library, given, medium) } else { None };
        return vec![meant.unwrap_or(name)];
    }
    let media = ["废气", "废水"].into_iter().filter(|m| medium.is_empty() || *m == medium);
    let mut found: Vec<String> = media.filter_map(|m| handbook_text(library, given, m)).collect();
    found.dedup();
    if found.is_empty() {
        // The text of the other medium, or a name with a condition that the handbook writes otherwise.
        found.extend(["废气", "废水"].into_iter().find_map(|m| handbook_text(library, given, m)));
    }
    if found.is_empty() {
        found.extend(named(given.split(['（', '(']).next().unwrap_or(given)));
    }
    found
}

/// The canonical name of a row's pollutant; as given when unknown.
pub(super) fn canonical(library: &FactorLibrary, row: &AccountRow) -> String {
    meanings(library, &row.pollutant, &row.medium).into_iter().next().unwrap_or_else(|| row.pollutant.trim().to_owned())
}

/// The indicator of a text of the handbook.
fn handbook_text(library: &FactorLibrary, given: &str, medium: &str) -> Option<String> {
    let text = library.pollutant_texts.get(&(medium.to_owned(), given.to_owned()))?;
    (!text.indicator.is_empty()).then(|| text.indicator.clone())
}

pub(super) fn find<'a>(library: &'a FactorLibrary, classes: &[String], row: &AccountRow) -> Result<Found<'a>, String> {
    let pollutants = meanings(library, &row.pollutant, &row.medium);
    if pollutants.is_empty() {
        let known = library.indicators.keys().map(String::as_str);
        let hint = nearest(&row.pollutant, known).map_or(String::new(), |n| format!("，是否为 {n}"));
        return Err(format!("污染物 `{}` 不在指标表中{hint}", row.pollutant));
    }
    let tables = library.tables_for(classes);
    if !tables.iter().any(|t| t.by.is_none()) && tables.is_empty() {
        return Err(format!("系数手册没有行业 {} 的系数", classes.join("、")));
    }
    let combination = Combination::of(&row.segment, &row.product, &row.material, &row.process);
    let mut candidates: Vec<&Factor> = Vec::new();
    let mut by: Option<&Reference> = None;
    for table in &tables {
        let lent = |f: &&Factor| table.by.is_none_or(|r| fits(r, row, f));
        candidates = library.of_combination(table.industry, &combination).into_iter().filter(lent).collect();
        by = table.by;
        if !candidates.is_empty() {
            break;
        }
    }
    if candidates.is_empty() {
        return Err(no_combination(library, classes, row, &combination));
    }

    let of_pollutant: Vec<&Factor> = candidates.iter().copied().filter(|f| pollutants.contains(&f.pollutant)).collect();
    let pollutant = pollutants.join("、");
    if of_pollutant.is_empty() {
        if let Some(reason) = quarantined(library, classes, &combination, row) {
            return Err(reason);
        }
        let others: BTreeSet<&str> = candidates.iter().map(|f| f.pollutant.as_str()).collect();
        let others: Vec<&str> = others.into_iter().collect();
        return Err(format!("该组合没有 {pollutant} 的系数（有：{}）", others.join("、")));
    }
    if let Some(other) = of_pollutant.iter().find(|f| f.pollutant != of_pollutant[0].pollutant) {
        let both = format!("{} 或 {}", of_pollutant[0].pollutant, other.pollutant);
        return Err(format!("污染物 `{}` 在废气和废水中都有：写明 {both}", row.pollutant));
    }
    let of_scale = in_scale(&of_pollutant, row)?;
    let (of_variant, mut remarks) = of_variant(of_scale, row)?;
    let (factor, untreated) = of_treatment(library, &of_variant, row, &mut remarks)?;
    let borrowed = by.map(|r| format!("借用 {}：{}（{}）", factor.industry, r.title, r.mark));
    Ok(Found { factor, untreated, borrowed, remarks })
}

/// Whether a reference lends this factor to this row.
fn fits(reference: &Reference, row: &AccountRow, factor: &Factor) -> bool {
    (reference.segment.is_empty() || row.segment.contains(&reference.segment))
        && (reference.to_segment.is_empty() || factor.segment.contains(&reference.to_segment))
}

/// Why there is no combination: what the tables have instead.
fn no_combination(library: &FactorLibrary, classes: &[String], row: &AccountRow, wanted: &Combination) -> String {
    if let Some(reason) = quarantined(library, classes, wanted, row) {
        return reason;
    }
    let own: Vec<&str> = library.tables_for(classes).iter().filter(|t| t.by.is_none()).map(|t| t.industry).collect();
    if own.is_empty() {
        return format!("系数手册没有行业 {} 的系数，借用的表中也没有该组合", classes.join("、"));
    }
    // The longest common front: segment, product, material, process.
    let all = || own.iter().flat_map(|industry| library.combinations(industry)).map(|(c, _)| c);
    let parts: [(&str, fn(&Combination) -> &str); 4] =
        [("核算环节", |c| &c.segment), ("产品", |c| &c.product), ("原料", |c| &c.material), ("工艺", |c| &c.process)];
    let mut kept: Vec<&Combination> = all().collect();
    for (title, part) in parts {
        let same: Vec<&Combination> = kept.iter().copied().filter(|c| part(c) == part(wanted)).collect();
        if same.is_empty() {
            let names: BTreeSet<&str> = kept.iter().map(|c| part(c)).collect();
            let hint = nearest(part(wanted), names.iter().copied()).map_or_else(
                || format!("手册有：{}", names.iter().take(6).copied().collect::<Vec<_>>().join("、")),
                |near| format!("是否为 `{near}`"),
            );
            return format!("行业 {} 没有{title} `{}`；{hint}", own.join("、"), part(wanted));
        }
        kept = same;
    }
    format!("行业 {} 没有该组合", own.join("、"))
}

/// The reason when the handbook's row exists but waits for confirmation or has no number.
fn quarantined(library: &FactorLibrary, classes: &[String], wanted: &Combination, row: &AccountRow) -> Option<String> {
    let mine = |industry: &str| classes.iter().any(|class| covers(industry, class));
    let treatment = plain(&row.treatment);
    let pollutants = meanings(library, &row.pollutant, &row.medium);
    let same = |text: &str| meanings(library, text, "").iter().any(|p| pollutants.contains(p));
    let all = || library.quarantined.iter().map(|r| (r, "待确认")).chain(library.refused.iter().map(|r| (r, "无数值")));
    let found = all().find(|(r, _)| {
        mine(&r.industry)
            && r.combination == *wanted
            && same(&r.pollutant_text)
            && (plain(&r.treatment) == treatment || treatment.is_empty())
    });
    found.map(|(r, state)| format!("手册系数{state}（{} {}，{}:{}），不能使用", r.reason, r.detail, r.file, r.line))
}

fn in_scale<'a>(factors: &[&'a Factor], row: &AccountRow) -> Result<Vec<&'a Factor>, String> {
    let wanted = plain(&row.scale);
    let mut found: Vec<&Factor> = factors.iter().copied().filter(|f| plain(&f.scale.text) == wanted).collect();
    if found.is_empty()
        && let Some((value, unit)) = scale_amount(&row.scale)
    {
        let holds = |f: &&Factor| f.scale.range.as_ref().is_some_and(|r| r.unit == unit && r.contains(&value));
        found = factors.iter().copied().filter(holds).collect();
    }
    if found.is_empty() {
        found = factors.iter().copied().filter(|f| f.scale.is_all()).collect();
        // Every scale is meant: whatever the sheet says fits, except the name of another class.
        if !found.is_empty() && found.len() != factors.len() {
            found.clear();
        }
    }
    if found.is_empty() {
        let classes: BTreeSet<&str> = factors.iter().map(|f| f.scale.text.as_str()).collect();
        let classes: Vec<&str> = classes.into_iter().collect();
        return Err(format!("规模 `{}` 不在该组合的规模等级中（有：{}）", row.scale, classes.join("；")));
    }
    Ok(found)
}

/// Those under one condition: told by the pollutant's text, or by the coefficient on the sheet.
#[allow(clippy::type_complexity, reason = "the pair is taken apart at once")]
fn of_variant<'a>(
    mut factors: Vec<&'a Factor>,
    row: &AccountRow,
) -> Result<(Vec<&'a Factor>, Vec<(RemarkKind, String)>), String> {
    let mut remarks = Vec::new();
    let given = row.pollutant.trim();
    let inner = given.split_once(['（', '(']).map(|(_, rest)| rest.trim_end_matches(['）', ')']));
    if factors.iter().any(|f| f.pollutant_text == given) {
        factors.retain(|f| f.pollutant_text == given);
    } else if let Some(condition) = inner.filter(|c| factors.iter().any(|f| f.variant.contains(c))) {
        // `炉内脱硫` is part of `无炉内脱硫`: an equal condition goes before a containing one.
        let parts = |f: &Factor| f.variant.split(['，', '；']).any(|part| part == condition);
        let exact = factors.iter().any(|f| parts(f));
        factors.retain(|f| if exact { parts(f) } else { f.variant.contains(condition) });
    }
    if !row.coefficient.trim().is_empty() {
        let same: Vec<&Factor> = factors.iter().copied().filter(|f| repeats(f, row)).collect();
        if same.is_empty() {
            let texts: BTreeSet<&str> = factors.iter().map(|f| f.coefficient.text.as_str()).collect();
            let texts: Vec<&str> = texts.into_iter().collect();
            let text = format!("填报的产污系数 {} 与手册（{}）不一致", row.coefficient.trim(), texts.join("、"));
            remarks.push((RemarkKind::OtherCoefficient, text));
        } else {
            factors = same;
        }
    }
    let differing: BTreeSet<(&str, &str)> =
        factors.iter().map(|f| (f.variant.as_str(), f.coefficient.text.as_str())).collect();
    let coefficients: BTreeSet<&str> = differing.iter().map(|(_, c)| *c).collect();
    if coefficients.len() > 1 {
        let list: Vec<String> =
            differing.iter().map(|(v, c)| format!("{}：{c}", if v.is_empty() { "无条件" } else { v })).collect();
        return Err(format!("该组合有 {} 个条件不同的系数（{}）：在污染物名称中注明条件", list.len(), list.join("；")));
    }
    Ok((factors, remarks))
}

/// Whether the coefficient on the sheet is this factor's: as text, as number, or as the value of its formula.
fn repeats(factor: &Factor, row: &AccountRow) -> bool {
    let typed = row.coefficient.trim();
    if plain(typed) == plain(&factor.coefficient.text) {
        return true;
    }
    let Ok(number) = typed.parse::<expr::exact::Decimal>() else { return false };
    let given = super::parameters(factor, row);
    let value = factor.coefficient.eval(&|name| given.get(name).cloned());
    // The form holds so many decimals; the handbook may have more.
    value.is_ok_and(|value: Ratio| value.to_decimal(number.scale) == Some(number))
}

fn of_treatment<'a>(
    library: &FactorLibrary,
    factors: &[&'a Factor],
    row: &AccountRow,
    remarks: &mut Vec<(RemarkKind, String)>,
) -> Result<(&'a Factor, bool), String> {
    let treated = || factors.iter().copied().filter(|f| !library.is_untreated(&f.treatment));
    let typed = row.treatment.trim();
    if typed.is_empty() && treated().next().is_some() {
        return Err("未填治理工艺：没有治理时填 无".to_owned());
    }
    if library.is_untreated(typed) {
        let untreated = factors.iter().copied().find(|f| library.is_untreated(&f.treatment));
        let any = untreated.or_else(|| factors.first().copied());
        return any.map(|f| (f, true)).ok_or_else(|| "没有系数".to_owned());
    }
    let wanted = plain(typed);
    let mut found: Vec<&Factor> = treated().filter(|f| plain(&f.treatment) == wanted).collect();
    if found.is_empty() && wanted.starts_with("其他") {
        found = treated().filter(|f| f.treatment.contains("其他")).collect();
        let names: BTreeSet<&str> = found.iter().map(|f| f.treatment.as_str()).collect();
        if names.len() > 1 {
            found.retain(|f| plain(&f.treatment) == "其他" || f.treatment.ends_with("其他"));
        }
        if let Some(first) = found.first() {
            let text = format!("治理工艺 `{typed}` 不在手册中，按填报的替代 `{}` 核算", first.treatment);
            remarks.push((RemarkKind::Substituted, text));
        }
    }
    let Some(first) = found.first().copied() else {
        let names: BTreeSet<&str> = treated().map(|f| f.treatment.as_str()).collect();
        let hint = nearest(typed, names.iter().copied()).map_or_else(
            || format!("手册有：{}", names.iter().copied().collect::<Vec<_>>().join("、")),
            |near| format!("最接近的是 `{near}`"),
        );
        return Err(format!("治理工艺 `{typed}` 不在该组合的手册技术中（{hint}）；可改填手册名称或 其他"));
    };
    let differs = |f: &&&Factor| f.efficiency.text != first.efficiency.text || f.k.family() != first.k.family();
    if let Some(other) = found.iter().find(differs) {
        return Err(format!(
            "手册对 `{typed}` 有互相矛盾的行：{}:{} 去除效率 {}，{}:{} 去除效率 {}",
            first.file, first.line, first.efficiency, other.file, other.line, other.efficiency
        ));
    }
    Ok((first, false))
}
