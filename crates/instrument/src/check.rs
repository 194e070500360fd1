//! Checking a package (制度包检查): what is in it, what was set aside and why, and every mistake.

mod text;

use std::collections::{BTreeMap, BTreeSet};

use expr::Severity;
use serde::Serialize;

use crate::cases::CaseCounts;
use crate::files::Files;
use crate::model::{Item, Mark};
use crate::problem::PackageError;
use crate::read::{Reading, read};

pub use text::text;

/// What a check of a package found. One JSON object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    pub id: String,
    pub title: String,
    pub version: String,
    pub period: u16,
    pub fingerprint: String,
    /// Whether the package loads; `ok` for machines.
    #[serde(rename = "ok")]
    pub sound: bool,
    pub forms: usize,
    /// Printed items: of the forms, of the common header and footer, and of the forms kept for reference.
    pub items: usize,
    /// Boxes to fill on the forms: a composite item has several.
    pub fields: usize,
    pub items_of: ItemCounts,
    /// The boxes that rest on memory.
    pub provisional: Provisional,
    pub lists: usize,
    pub members: usize,
    /// Checks; the parts of a check (`B035.2`) count once.
    pub rules: usize,
    pub rule_parts: usize,
    /// Rules that are no condition over rows, in the package's order.
    pub natives: Vec<NativeRule>,
    pub factors: FactorReport,
    pub factor_details: FactorDetails,
    /// Rules' cases.
    pub cases: CaseCounts,
    /// Worked examples of the accounting (核算算例); `None` until whoever can account has run them.
    pub worked_examples: Option<WorkedExamples>,
    pub respondents: usize,
    pub parameters: usize,
    pub tables: usize,
    pub milestones: usize,
    /// Level → number of areas.
    pub areas: BTreeMap<&'static str, usize>,
    pub errors: usize,
    pub warnings: usize,
    /// By file and line.
    pub problems: Vec<PackageError>,
}

/// Items by where they stand and boxes by their mark.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ItemCounts {
    pub forms: usize,
    pub common: usize,
    pub reference: usize,
    /// Boxes by mark.
    pub seen: usize,
    pub recalled: usize,
    pub decided: usize,
    /// Seen, with a number that was inferred from their order.
    pub number_inferred: usize,
}

/// The share of recalled boxes (暂定).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Provisional {
    pub recalled: usize,
    pub of: usize,
    /// Cut, not rounded, to one decimal: `49.1`.
    pub per_cent: String,
}

/// A rule that is not a condition over rows (归程序承担的规则).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NativeRule {
    pub code: String,
    pub title: String,
    /// What the package says implements it: `census::frame::area_coverage`.
    pub function: Option<String>,
    /// The outside list without which nobody can check it: `县（区）行政边界`.
    pub needs: Option<String>,
}

/// The coefficient library: rows = accepted + quarantined + refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FactorReport {
    pub accepted: usize,
    pub quarantined: usize,
    pub refused: usize,
}

/// What lies behind the three numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FactorDetails {
    pub rows: usize,
    /// Reason → rows.
    pub quarantined_by_reason: BTreeMap<String, usize>,
    pub refused_by_reason: BTreeMap<String, usize>,
    /// Accepted rows by family of k.
    pub k_families: BTreeMap<&'static str, usize>,
    pub formula_coefficients: usize,
    pub formula_efficiencies: usize,
    /// Odd places between neighbouring scale classes, all and by kind (`overlap`, `gap` …).
    pub scale_remarks: usize,
    pub scale_remarks_by_kind: BTreeMap<&'static str, usize>,
}

/// What the accounting gave for the package's worked examples.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct WorkedExamples {
    pub passed: usize,
    pub failed: usize,
    /// Code of the example and the method that is not there yet.
    pub pending: Vec<(String, String)>,
    /// Code of a failed example and what differs.
    pub differing: Vec<(String, String)>,
    /// Passed ones that rest on recalled coefficients.
    pub resting_on_recalled: usize,
}

/// Reads a package with everything it proves, and reports.
pub fn check(files: &dyn Files) -> CheckReport {
    CheckReport::of(&read(files, true))
}

impl CheckReport {
    pub fn of(reading: &Reading) -> CheckReport {
        let instrument = &reading.instrument;
        let items_of = items(reading);
        let boxes = instrument.forms.iter().map(|f| f.items.len()).sum();
        let checks: BTreeSet<&str> = instrument.rules.iter().map(|r| r.check()).collect();
        let mut areas = BTreeMap::new();
        for area in &instrument.areas {
            *areas.entry(area.level.name()).or_default() += 1;
        }
        let errors = reading.problems.iter().filter(|p| p.severity == Severity::Error).count();
        let (factors, factor_details) = factors(reading);
        CheckReport {
            id: instrument.id.clone(),
            title: instrument.title.clone(),
            version: instrument.version.clone(),
            period: instrument.period,
            fingerprint: instrument.fingerprint.clone(),
            sound: errors == 0,
            forms: instrument.forms.len(),
            items: items_of.forms + items_of.common + items_of.reference,
            fields: boxes,
            provisional: Provisional::of(items_of.recalled, boxes),
            items_of,
            lists: instrument.lists.len(),
            members: instrument.lists.iter().map(|l| l.members.len()).sum(),
            rules: checks.len(),
            rule_parts: instrument.rules.len(),
            natives: natives(reading),
            factors,
            factor_details,
            cases: reading.cases,
            worked_examples: None,
            respondents: instrument.respondents.len(),
            parameters: instrument.parameters.len(),
            tables: instrument.tables.len(),
            milestones: instrument.schedule.len(),
            areas,
            errors,
            warnings: reading.problems.len() - errors,
            problems: reading.problems.clone(),
        }
    }
}

impl Provisional {
    fn of(recalled: usize, boxes: usize) -> Provisional {
        let tenths = (recalled * 1000).checked_div(boxes).unwrap_or_default();
        Provisional { recalled, of: boxes, per_cent: format!("{}.{}", tenths / 10, tenths % 10) }
    }
}

/// Items as printed: the parts of a composite item (`05.lon`, `05.lat`) and the same number in two
/// blocks of a form count once, keys of ours that no form prints (`species`) not at all.
fn items(reading: &Reading) -> ItemCounts {
    let instrument = &reading.instrument;
    let printed = |items: &[Item]| -> usize {
        let heads: BTreeSet<&str> = items.iter().filter_map(Item::printed).collect();
        heads.len()
    };
    let mut counts = ItemCounts {
        forms: instrument.forms.iter().map(|f| printed(&f.items)).sum(),
        common: instrument.common.len(),
        reference: reading.reference_items,
        ..ItemCounts::default()
    };
    for item in instrument.forms.iter().flat_map(|f| &f.items) {
        match item.provenance.mark {
            Mark::Seen => counts.seen += 1,
            Mark::Recalled => counts.recalled += 1,
            Mark::Decided => counts.decided += 1,
        }
        counts.number_inferred += usize::from(item.provenance.number_inferred());
    }
    counts
}

fn natives(reading: &Reading) -> Vec<NativeRule> {
    let rules = reading.instrument.rules.iter();
    let named = rules.filter_map(|rule| {
        let native = rule.native.as_deref()?;
        let needs = native.strip_prefix("needs an external list:").map(|list| list.trim().to_owned());
        Some(NativeRule {
            code: rule.code.clone(),
            title: rule.title.clone(),
            function: needs.is_none().then(|| native.to_owned()),
            needs,
        })
    });
    named.collect()
}

fn factors(reading: &Reading) -> (FactorReport, FactorDetails) {
    let library = &reading.instrument.factors;
    let counts = library.counts();
    let report = FactorReport {
        accepted: counts.accepted,
        quarantined: counts.quarantined.values().sum(),
        refused: counts.refused.values().sum(),
    };
    let mut by_kind = BTreeMap::new();
    for remark in library.scale_remarks() {
        *by_kind.entry(remark.kind.name()).or_default() += 1;
    }
    let details = FactorDetails {
        rows: counts.rows,
        quarantined_by_reason: counts.quarantined,
        refused_by_reason: counts.refused,
        k_families: counts.k_families,
        formula_coefficients: counts.formula_coefficients,
        formula_efficiencies: counts.formula_efficiencies,
        scale_remarks: by_kind.values().sum(),
        scale_remarks_by_kind: by_kind,
    };
    (report, details)
}
