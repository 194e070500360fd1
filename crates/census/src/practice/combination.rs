//! Which combinations of the coefficient library a practice unit runs, and the rows of its accounting form.

use std::collections::BTreeMap;

use instrument::factors::{Basis, Factor, FactorLibrary, KFormula};
use instrument::practice::IndustryProfile;

use super::dice::Dice;

/// The attributes of one row: name as recipes write it (`segment`, `run-1-value`) → text.
pub type Attributes = BTreeMap<String, String>;

/// What a unit makes, from what, and what it emits.
#[derive(Debug, Clone, Default)]
pub struct Works {
    /// Rows of the accounting form.
    pub lines: Vec<Attributes>,
    /// One a product and process.
    pub products: Vec<Attributes>,
    /// One a material.
    pub materials: Vec<Attributes>,
    /// Whether any line is of waste water, of waste gas.
    pub water: bool,
    pub gas: bool,
}

/// Whether a practice can use a coefficient: plain number, a treatment whose k can be told from hours
/// or electricity (or none at all), every scale.
fn usable(library: &FactorLibrary, factor: &Factor) -> bool {
    let untreated = library.is_untreated(&factor.treatment);
    let k = matches!(factor.k, KFormula::Hours { .. } | KFormula::Electricity { .. } | KFormula::Constant { .. });
    // The accounting form holds six decimals of a coefficient.
    factor.coefficient.number.as_ref().and_then(|n| n.exact_decimal()).is_some_and(|d| d.scale <= 6)
        && (untreated || factor.efficiency.number.is_some() && k)
        && factor.scale.is_all()
        && factor.variant.is_empty()
        && factor.flags.is_empty()
        && coded(library, factor).is_some()
        && plain_per(factor)
}

/// A coefficient per one unit of activity that a form can hold: `kg/t`, not `kg/10000kg`.
fn plain_per(factor: &Factor) -> bool {
    factor
        .unit
        .split_once('/')
        .is_some_and(|(_, per)| !per.contains('?') && !per.starts_with(|c: char| c.is_ascii_digit()))
}

/// Pollutants without a code have no line on the accounting form (waste water and gas volumes).
fn coded<'l>(library: &'l FactorLibrary, factor: &Factor) -> Option<&'l str> {
    library.indicators.get(&factor.pollutant).map(|i| i.code.as_str()).filter(|c| !c.is_empty())
}

/// The combinations of an industry that a practice can use: key → its factors.
pub fn combinations<'a>(library: &'a FactorLibrary, profile: &IndustryProfile) -> Vec<Vec<&'a Factor>> {
    let mut found: BTreeMap<[&str; 6], Vec<&Factor>> = BTreeMap::new();
    for factor in library.factors.iter().filter(|f| f.industry == profile.library && usable(library, f)) {
        if !profile.segments.is_empty() && !profile.segments.contains(&factor.segment) {
            continue;
        }
        let key = [
            factor.segment.as_str(),
            factor.product.as_str(),
            factor.material.as_str(),
            factor.process.as_str(),
            factor.unit.split_once('/').map_or("", |(_, per)| per),
            factor.activity.as_str(),
        ];
        found.entry(key).or_default().push(factor);
    }
    found.into_values().collect()
}

/// A coefficient (kg/t) above this makes the activity smaller in proportion.
const STRONG: i64 = 10;

/// Draws what a unit runs: one to four combinations, one treatment a pollutant.
pub fn draw(
    library: &FactorLibrary,
    combinations: &[Vec<&Factor>],
    profile: &IndustryProfile,
    hours: i64,
    dice: Dice,
) -> Works {
    let mut works = Works::default();
    let wanted = 1 + dice.of("combinations").below(3) as usize;
    let mut chosen: Vec<usize> = Vec::new();
    for n in 0..wanted {
        let at = dice.of("combination").nth(n as u64).below(combinations.len() as u64) as usize;
        if at < combinations.len() && !chosen.contains(&at) {
            chosen.push(at);
        }
    }
    chosen.sort_unstable();
    for (n, at) in chosen.into_iter().enumerate() {
        add(library, &mut works, &combinations[at], profile, hours, n, dice.of("run").nth(n as u64));
    }
    works
}

fn add(
    library: &FactorLibrary,
    works: &mut Works,
    factors: &[&Factor],
    profile: &IndustryProfile,
    hours: i64,
    n: usize,
    dice: Dice,
) {
    let first = factors[0];
    let drawn = dice.of("activity").skewed(profile.activity.0, profile.activity.1);
    // Materials with a strong coefficient (paints, degreasers, acids) are used in small amounts.
    let strongest = factors
        .iter()
        .filter_map(|f| f.coefficient.number.as_ref()?.to_decimal(0))
        .map(|d| d.units)
        .max()
        .and_then(|units| i64::try_from(units).ok())
        .unwrap_or(0);
    let activity = (drawn * STRONG / strongest.max(STRONG)).max(1);
    // The other quantity of the combination is not what the coefficient counts: it only must not be zero.
    let other = activity + dice.of("other").below(activity.unsigned_abs() / 10 + 1) as i64 + 1;
    let (output, used) = if first.basis == Basis::Product { (activity, other) } else { (other, activity) };
    let unit = first.unit.split_once('/').map_or("t", |(_, per)| per);
    let mut common = Attributes::new();
    let mut set = |name: &str, text: &str| common.insert(name.to_owned(), text.to_owned());
    set("segment", &first.segment);
    set("material", &first.material);
    set("product", &first.product);
    set("process", &first.process);
    set("scale", &first.scale.text);
    set("output", &output.to_string());
    set("use", &used.to_string());
    set("unit", unit);
    set("product-code", &format!("{}A{:03}", profile.class, n + 1));
    set("process-code", &format!("{}C{:03}", profile.class, n + 1));
    set("material-code", &format!("{}B{:03}", profile.class, n + 1));
    works.products.push(common.clone());
    works.materials.push(common.clone());

    let mut pollutants: Vec<&str> = factors.iter().map(|f| f.pollutant.as_str()).collect();
    pollutants.sort_unstable();
    pollutants.dedup();
    // One treatment plant a medium: its hours and electricity are the same in every line.
    let running = hours * dice.of("running").between(90, 100) / 100;
    let power = dice.of("power").between(3, 75);
    let load = dice.of("load").between(80, 100);
    for pollutant in pollutants {
        let of: Vec<&&Factor> = factors.iter().filter(|f| f.pollutant == pollutant).collect();
        let treated: Vec<&&&Factor> = of.iter().filter(|f| !library.is_untreated(&f.treatment)).collect();
        let factor = if treated.is_empty() { *of[0] } else { **dice.of("treatment").pick(&treated) };
        let water = factor.medium == "废水";
        works.water |= water;
        works.gas |= !water;
        let mut line = common.clone();
        let mut set = |name: &str, text: String| line.insert(name.to_owned(), text);
        set("form", if water { "G102" } else { "G103-13" }.to_owned());
        set("outlet", if water { "DW001" } else { "DA001" }.to_owned());
        set("pollutant", coded(library, factor).unwrap_or_default().to_owned());
        set("coefficient", factor.coefficient.text.clone());
        set("coefficient-unit", factor.unit.clone());
        set("treatment", factor.treatment.clone());
        set("efficiency", factor.efficiency.text.clone());
        let runs: Vec<(&str, String, &str)> = match (&factor.k, library.is_untreated(&factor.treatment)) {
            (_, true) => Vec::new(),
            (KFormula::Hours { .. }, _) => {
                vec![("治理设施运行时间", running.to_string(), "h"), ("正常生产时间", hours.to_string(), "h")]
            }
            (KFormula::Electricity { .. }, _) => vec![
                ("治理设施耗电量", (power * running * load / 100).to_string(), "kWh"),
                ("治理设施额定功率", power.to_string(), "kW"),
                ("治理设施运行时间", running.to_string(), "h"),
            ],
            _ => Vec::new(),
        };
        for (n, (name, value, unit)) in runs.into_iter().enumerate() {
            set(&format!("run-{}-name", n + 1), name.to_owned());
            set(&format!("run-{}-value", n + 1), value);
            set(&format!("run-{}-unit", n + 1), unit.to_owned());
        }
        works.lines.push(line);
    }
}
