//! Checking a package (制度包检查): what is in it, what was set aside and why, and every mistake.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use expr::Severity;
use serde::Serialize;

use crate::cases::CaseCounts;
use crate::files::Files;
use crate::model::{Item, Mark};
use crate::problem::PackageError;
use crate::read::{Reading, read};

/// What a check of a package found. One JSON object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckReport {
    pub id: String,
    pub title: String,
    pub version: String,
    pub period: u16,
    pub fingerprint: String,
    /// Whether the package loads.
    pub sound: bool,
    pub forms: usize,
    /// Printed items: of the forms, of the common header and footer, and of the forms kept for reference.
    pub items: usize,
    pub items_of: ItemCounts,
    pub lists: usize,
    pub members: usize,
    /// Checks; the parts of a check (`B035.2`) count once.
    pub rules: usize,
    pub rule_parts: usize,
    /// Rules that are no condition over rows, with what implements them.
    pub native: BTreeMap<String, String>,
    pub factors: FactorReport,
    /// Rules' cases; the worked examples of the accounting are added by whoever runs them.
    pub cases: CaseCounts,
    pub respondents: usize,
    pub parameters: usize,
    pub tables: usize,
    pub milestones: usize,
    /// Level → number of areas.
    pub areas: BTreeMap<&'static str, usize>,
    pub errors: usize,
    pub warnings: usize,
    pub problems: Vec<ProblemLine>,
}

/// Items by where they stand and by their mark.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ItemCounts {
    pub forms: usize,
    pub common: usize,
    pub reference: usize,
    /// Boxes to fill on the forms: a composite item has several.
    pub boxes: usize,
    /// Boxes by mark.
    pub seen: usize,
    pub recalled: usize,
    pub decided: usize,
    /// Seen, with a number that was inferred from their order.
    pub number_inferred: usize,
}

/// The coefficient library: rows = accepted + quarantined + refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FactorReport {
    pub rows: usize,
    pub accepted: usize,
    pub quarantined: usize,
    pub refused: usize,
    /// Reason → rows.
    pub quarantined_by: BTreeMap<String, usize>,
    pub refused_by: BTreeMap<String, usize>,
    pub k_families: BTreeMap<&'static str, usize>,
    pub formula_coefficients: usize,
    pub formula_efficiencies: usize,
}

/// A mistake, for machines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProblemLine {
    pub severity: &'static str,
    pub file: String,
    pub line: u32,
    pub column: String,
    pub message: String,
    pub hint: Option<String>,
}

/// Reads a package with everything it proves, and reports.
pub fn check(files: &dyn Files) -> CheckReport {
    CheckReport::of(&read(files, true))
}

impl CheckReport {
    pub fn of(reading: &Reading) -> CheckReport {
        let instrument = &reading.instrument;
        let counts = instrument.factors.counts();
        let items_of = items(reading);
        let checks: BTreeSet<&str> = instrument.rules.iter().map(|r| r.check()).collect();
        let mut areas = BTreeMap::new();
        for area in &instrument.areas {
            *areas.entry(area.level.name()).or_default() += 1;
        }
        let errors = reading.problems.iter().filter(|p| p.severity == Severity::Error).count();
        CheckReport {
            id: instrument.id.clone(),
            title: instrument.title.clone(),
            version: instrument.version.clone(),
            period: instrument.period,
            fingerprint: instrument.fingerprint.clone(),
            sound: errors == 0,
            forms: instrument.forms.len(),
            items: items_of.forms + items_of.common + items_of.reference,
            items_of,
            lists: instrument.lists.len(),
            members: instrument.lists.iter().map(|l| l.members.len()).sum(),
            rules: checks.len(),
            rule_parts: instrument.rules.len(),
            native: instrument.rules.iter().filter_map(|r| Some((r.code.clone(), r.native.clone()?))).collect(),
            factors: FactorReport {
                rows: counts.rows,
                accepted: counts.accepted,
                quarantined: counts.quarantined.values().sum(),
                refused: counts.refused.values().sum(),
                quarantined_by: counts.quarantined,
                refused_by: counts.refused,
                k_families: counts.k_families,
                formula_coefficients: counts.formula_coefficients,
                formula_efficiencies: counts.formula_efficiencies,
            },
            cases: reading.cases,
            respondents: instrument.respondents.len(),
            parameters: instrument.parameters.len(),
            tables: instrument.tables.len(),
            milestones: instrument.schedule.len(),
            areas,
            errors,
            warnings: reading.problems.len() - errors,
            problems: reading.problems.iter().map(ProblemLine::of).collect(),
        }
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
        counts.boxes += 1;
        match item.provenance.mark {
            Mark::Seen => counts.seen += 1,
            Mark::Recalled => counts.recalled += 1,
            Mark::Decided => counts.decided += 1,
        }
        counts.number_inferred += usize::from(item.provenance.number_inferred());
    }
    counts
}

impl ProblemLine {
    fn of(problem: &PackageError) -> ProblemLine {
        ProblemLine {
            severity: match problem.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            file: problem.file.clone(),
            line: problem.line,
            column: problem.column.clone(),
            message: problem.message.clone(),
            hint: problem.hint.clone(),
        }
    }
}

/// For people, in Chinese; mistakes first, the verdict last.
impl fmt::Display for CheckReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            let place = match (problem.line, problem.column.as_str()) {
                (0, "") => String::new(),
                (0, column) => format!(" [{column}]"),
                (line, "") => format!(":{line}"),
                (line, column) => format!(":{line} [{column}]"),
            };
            let word = if problem.severity == "error" { "错误" } else { "提醒" };
            write!(f, "{word} {}{place}: {}", problem.file, problem.message)?;
            if let Some(hint) = &problem.hint {
                write!(f, "; {hint}")?;
            }
            writeln!(f)?;
        }
        let of = &self.items_of;
        writeln!(
            f,
            "{} {}（{}），{} 年，指纹 {}",
            self.title,
            self.version,
            self.id,
            self.period,
            short(&self.fingerprint)
        )?;
        writeln!(f, "普查表      {:>7} 张", self.forms)?;
        writeln!(
            f,
            "指标        {:>7} 项：普查表 {}，表头表尾 {}，参考表 {}；填写格 {}（见过 {}，其中编号推定 {}；凭回忆、暂定 {}；自定 {}）",
            self.items,
            of.forms,
            of.common,
            of.reference,
            of.boxes,
            of.seen,
            of.number_inferred,
            of.recalled,
            of.decided
        )?;
        writeln!(f, "代码表      {:>7} 个，{} 个代码", self.lists, self.members)?;
        writeln!(
            f,
            "审核规则    {:>7} 条，分 {} 款；{} 款归程序承担或待外部数据",
            self.rules,
            self.rule_parts,
            self.native.len()
        )?;
        writeln!(f, "规则用例    {:>7} 个通过，{} 个不通过", self.cases.passed, self.cases.failed)?;
        let factors = &self.factors;
        writeln!(
            f,
            "产排污系数  {:>7} 行 = 接收 {} + 隔离 {} + 拒收 {}；公式系数 {}，公式去除率 {}",
            factors.rows,
            factors.accepted,
            factors.quarantined,
            factors.refused,
            factors.formula_coefficients,
            factors.formula_efficiencies
        )?;
        for (word, by) in [("隔离", &factors.quarantined_by), ("拒收", &factors.refused_by)] {
            for (reason, rows) in by {
                writeln!(f, "  {word} {reason} {rows}")?;
            }
        }
        let levels = [("province", "省"), ("city", "市"), ("county", "县"), ("town", "乡镇"), ("village", "村居")];
        let areas = levels.map(|(level, word)| format!("{word} {}", self.areas.get(level).unwrap_or(&0)));
        writeln!(f, "行政区划    {}", areas.join("，"))?;
        writeln!(
            f,
            "普查对象类别 {}，参数 {}，汇总表 {}，时间节点 {}",
            self.respondents, self.parameters, self.tables, self.milestones
        )?;
        match (self.errors, self.warnings) {
            (0, 0) => writeln!(f, "通过"),
            (0, n) => writeln!(f, "通过，{n} 处提醒"),
            (n, _) => writeln!(f, "不通过：{n} 处错误，制度包不能使用"),
        }
    }
}

fn short(fingerprint: &str) -> &str {
    fingerprint.get(..16).unwrap_or(fingerprint)
}
