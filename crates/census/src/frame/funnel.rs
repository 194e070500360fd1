//! The funnel of verdicts (清查漏斗), and its proof.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ListedUnit, Verdict};

/// How many listings ended in each verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunnelCount {
    /// 底册.
    pub listed: u64,
    /// 纳入普查.
    pub in_scope: u64,
    /// 不在普查范围.
    pub out_of_scope: u64,
    /// 重复.
    pub duplicate: u64,
    /// 关闭.
    pub closed: u64,
    /// 未找到.
    pub not_found: u64,
    /// 移交其他地区.
    pub moved: u64,
    /// 待定.
    pub held: u64,
}

/// The funnel of a list, in total and per class of respondent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Funnel {
    pub total: FunnelCount,
    pub classes: BTreeMap<String, FunnelCount>,
    /// Why rows are out of scope: reason → count.
    pub reasons: BTreeMap<String, u64>,
}

impl FunnelCount {
    /// The sum of all outcomes.
    pub fn accounted(&self) -> u64 {
        self.in_scope + self.out_of_scope + self.duplicate + self.closed + self.not_found + self.moved + self.held
    }

    /// Listed = in scope + out + duplicate + closed + not found + moved + held.
    pub fn adds_up(&self) -> bool {
        self.listed == self.accounted()
    }

    fn count(&mut self, verdict: &Verdict) {
        let outcome = match verdict {
            Verdict::InScope { .. } => &mut self.in_scope,
            Verdict::OutOfScope { .. } => &mut self.out_of_scope,
            Verdict::DuplicateOf { .. } => &mut self.duplicate,
            Verdict::Closed { .. } => &mut self.closed,
            Verdict::NotFound { .. } => &mut self.not_found,
            Verdict::MovedTo { .. } => &mut self.moved,
            Verdict::Held { .. } => &mut self.held,
        };
        *outcome += 1;
    }

    fn add(&mut self, other: &FunnelCount) {
        self.listed += other.listed;
        self.in_scope += other.in_scope;
        self.out_of_scope += other.out_of_scope;
        self.duplicate += other.duplicate;
        self.closed += other.closed;
        self.not_found += other.not_found;
        self.moved += other.moved;
        self.held += other.held;
    }
}

impl Funnel {
    /// Counts listings as received and, apart from that, their verdicts: `listed` is the number of
    /// rows, so a row without a verdict shows as a hole in the proof.
    pub fn of<'a>(rows: impl IntoIterator<Item = (&'a ListedUnit, Option<&'a Verdict>)>) -> Funnel {
        let mut funnel = Funnel::default();
        for (listed, verdict) in rows {
            let class = funnel.classes.entry(listed.respondent.clone()).or_default();
            class.listed += 1;
            if let Some(verdict) = verdict {
                class.count(verdict);
            }
            if let Some(Verdict::OutOfScope { reason }) = verdict {
                *funnel.reasons.entry(reason.name().to_owned()).or_default() += 1;
            }
        }
        for class in funnel.classes.values() {
            funnel.total.add(class);
        }
        funnel
    }

    /// The same, one funnel for each key: a town, a list.
    pub fn by<'a, K: Ord>(
        rows: impl IntoIterator<Item = (K, &'a ListedUnit, Option<&'a Verdict>)>,
    ) -> BTreeMap<K, Funnel> {
        let mut parts: BTreeMap<K, Vec<(&'a ListedUnit, Option<&'a Verdict>)>> = BTreeMap::new();
        for (key, listed, verdict) in rows {
            parts.entry(key).or_default().push((listed, verdict));
        }
        parts.into_iter().map(|(key, rows)| (key, Funnel::of(rows))).collect()
    }

    /// Adds the funnel of another area.
    pub fn plus(&mut self, other: &Funnel) {
        self.total.add(&other.total);
        for (class, count) in &other.classes {
            self.classes.entry(class.clone()).or_default().add(count);
        }
        for (reason, count) in &other.reasons {
            *self.reasons.entry(reason.clone()).or_default() += count;
        }
    }

    /// Whether the total and every class add up, and the classes make the total.
    pub fn adds_up(&self) -> bool {
        self.total.adds_up()
            && self.classes.values().all(FunnelCount::adds_up)
            && self.reasons.values().sum::<u64>() == self.total.out_of_scope
    }

    /// The proof as lines: `3000 = 1012 + 1500 + …`.
    pub fn proof(&self) -> Vec<String> {
        let line = |class: &str, c: &FunnelCount| {
            let sign = if c.adds_up() { "=" } else { "≠" };
            format!(
                "{class}: 底册 {} {sign} 纳入 {} + 不在范围 {} + 重复 {} + 关闭 {} + 未找到 {} + 移交 {} + 待定 {}",
                c.listed, c.in_scope, c.out_of_scope, c.duplicate, c.closed, c.not_found, c.moved, c.held
            )
        };
        let mut lines: Vec<String> = self.classes.iter().map(|(class, count)| line(class, count)).collect();
        lines.push(line("合计", &self.total));
        lines
    }
}
