//! Findings: the present set of each unit, and the sets that stood before.

use std::collections::BTreeMap;

use census::finding::{Finding, FindingGrade, FindingKind};

use crate::db::{Value, bind, values};
use crate::frame::text;
use crate::read::{Read, Scope, places};
use crate::write::Writing;
use crate::{Error, Result, schema};

/// What a check found on one unit.
#[derive(Debug, Clone, Copy)]
pub struct CheckedUnit<'a> {
    pub unit: &'a str,
    /// Hash of the version that was checked.
    pub version: &'a str,
    /// All of this unit, in the order found.
    pub findings: &'a [Finding],
}

/// A check of many units, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunSummary<'a> {
    pub units: u64,
    pub findings: u64,
    /// Rule → outcome → count, as a JSON document.
    pub counts: &'a str,
}

/// Units written in one go.
const CHUNK: usize = 500;

impl Writing<'_> {
    /// Replaces the findings of units. Where the set or the version differs from what stood, the
    /// whole new set is kept as history.
    pub fn findings(&mut self, units: &[CheckedUnit<'_>]) -> Result<()> {
        units.chunks(CHUNK).try_for_each(|chunk| self.findings_chunk(chunk))
    }

    fn findings_chunk(&mut self, units: &[CheckedUnit<'_>]) -> Result<()> {
        let ids: Vec<String> = units.iter().map(|u| u.unit.to_owned()).collect();
        let scope = Scope::Units(ids);
        let versions = self.read().checked(&scope)?;
        let old = self.read().findings(&scope)?;
        let (mut replaced, mut renewed) = (Vec::new(), Vec::new());
        for unit in units {
            let stood = old.get(unit.unit).map_or(&[][..], Vec::as_slice);
            let version = versions.get(unit.unit);
            if stood != unit.findings {
                replaced.push(*unit);
            }
            if stood != unit.findings || version.map(String::as_str) != Some(unit.version) {
                renewed.push(*unit);
            }
        }
        self.delete_of("finding", replaced.iter().map(|u| u.unit))?;
        self.delete_of("checked", renewed.iter().map(|u| u.unit))?;
        let mut rows = Vec::new();
        for unit in &replaced {
            for (at, finding) in unit.findings.iter().enumerate() {
                rows.push(finding_row(unit.unit, at, finding)?);
            }
        }
        self.insert(&schema::FINDING, &rows)?;
        let rows: Vec<_> = renewed.iter().map(|u| values![u.unit, self.seq, u.version, u.findings.len()]).collect();
        self.insert(&schema::CHECKED, &rows)?;
        let history: Vec<_> =
            renewed.iter().map(|u| Ok(values![u.unit, u.version, text(&u.findings)?])).collect::<Result<_>>()?;
        self.append(&schema::FINDING_HISTORY, history)
    }

    /// Remembers a run of the rules in numbers.
    pub fn check_run(&mut self, run: &RunSummary<'_>) -> Result<()> {
        self.append(&schema::CHECK_RUN, vec![values![run.units, run.findings, run.counts]])
    }

    /// Removes the rows of some units from a table of the present state.
    pub(crate) fn delete_of<'u>(&mut self, table: &str, units: impl Iterator<Item = &'u str>) -> Result<()> {
        let ids: Vec<Value> = units.map(Value::from).collect();
        for chunk in ids.chunks(CHUNK) {
            self.execute(&format!("DELETE FROM {table} WHERE unit IN ({})", places(0, chunk.len())), chunk)?;
        }
        Ok(())
    }
}

impl Read<'_> {
    /// Unit → the findings that stand, in the order found. Units without any are left out.
    pub fn findings(&mut self, scope: &Scope) -> Result<BTreeMap<String, Vec<Finding>>> {
        let mut found: BTreeMap<String, Vec<Finding>> = BTreeMap::new();
        for (condition, values) in scope.parts() {
            let sql = format!(
                "SELECT f.unit, f.document FROM finding f JOIN unit u ON u.id = f.unit \
                 WHERE {condition} ORDER BY f.unit, f.place"
            );
            self.db.each(&sql, &values, |row| {
                let unit = row.text(0)?;
                let finding = row.document(1, &format!("finding of unit {unit}"))?;
                found.entry(unit).or_default().push(finding);
                Ok::<(), Error>(())
            })?;
        }
        Ok(found)
    }

    /// Unit → hash of the version that was checked last.
    pub fn checked(&mut self, scope: &Scope) -> Result<BTreeMap<String, String>> {
        let mut found = BTreeMap::new();
        for (condition, values) in scope.parts() {
            let sql = format!(
                "SELECT c.unit, c.version FROM checked c JOIN unit u ON u.id = c.unit WHERE {condition} ORDER BY c.unit"
            );
            for row in self.db.query(&sql, &values)? {
                found.insert(row.text(0)?, row.text(1)?);
            }
        }
        Ok(found)
    }

    /// The sets of findings that stood on a unit, oldest first: (audit number, version, findings).
    pub fn finding_history(&mut self, unit: &str) -> Result<Vec<(i64, String, Vec<Finding>)>> {
        let sql = "SELECT event, version, document FROM finding_history WHERE unit = $1 ORDER BY event, place";
        let what = format!("findings of unit {unit}");
        let rows = self.db.query(sql, &bind![unit])?;
        rows.iter().map(|row| Ok((row.int(0)?, row.text(1)?, row.document(2, &what)?))).collect()
    }

    /// Rule → number of findings that stand, not computable ones left out.
    pub fn finding_counts(&mut self) -> Result<BTreeMap<String, u64>> {
        let sql = "SELECT rule, COUNT(*) FROM finding WHERE kind <> 'not-computable' GROUP BY rule ORDER BY rule";
        let rows = self.db.query(sql, &[])?;
        rows.iter().map(|row| Ok((row.text(0)?, row.int(1)? as u64))).collect()
    }
}

fn finding_row(unit: &str, at: usize, finding: &Finding) -> Result<Vec<Value>> {
    let grade = match finding.grade {
        FindingGrade::Error => "error",
        FindingGrade::Verify => "verify",
        FindingGrade::Hint => "hint",
    };
    let kind = match finding.kind {
        FindingKind::Failed => "failed",
        FindingKind::NotComputable { .. } => "not-computable",
        FindingKind::Unreadable { .. } => "unreadable",
        FindingKind::NotInList { .. } => "not-in-list",
        FindingKind::Blank { .. } => "blank",
        FindingKind::FormMissing { .. } => "form-missing",
        FindingKind::FormNotDue { .. } => "form-not-due",
        FindingKind::Unknown { .. } => "unknown",
    };
    Ok(values![unit, at, &finding.rule, grade, kind, &finding.table, finding.row, finding.item(), text(finding)?])
}
