//! Accounted lines and figures of each unit, with the version they were made from.

use std::collections::BTreeMap;

use census::line::{Figure, Line, LineResult, Method};

use crate::db::{Value, values};
use crate::frame::text;
use crate::read::{Read, Scope};
use crate::write::Writing;
use crate::{Error, Result, schema};

/// The accounting of one unit.
#[derive(Debug, Clone, Copy)]
pub struct Accounted<'a> {
    pub unit: &'a str,
    /// Hash of the version it was made from.
    pub version: &'a str,
    pub lines: &'a [Line],
    pub figures: &'a [Figure],
}

const CHUNK: usize = 500;

impl Writing<'_> {
    /// Replaces the lines and figures of units.
    pub fn account(&mut self, units: &[Accounted<'_>]) -> Result<()> {
        units.chunks(CHUNK).try_for_each(|chunk| self.account_chunk(chunk))
    }

    fn account_chunk(&mut self, units: &[Accounted<'_>]) -> Result<()> {
        for table in ["accounted", "accounted_line", "figure"] {
            self.delete_of(table, units.iter().map(|u| u.unit))?;
        }
        let (mut heads, mut lines, mut figures) = (Vec::new(), Vec::new(), Vec::new());
        for unit in units {
            let incomplete = unit.lines.iter().filter(|l| matches!(l.result, LineResult::Incomplete { .. })).count();
            heads.push(values![unit.unit, self.seq, unit.version, unit.lines.len(), incomplete]);
            for (at, line) in unit.lines.iter().enumerate() {
                lines.push(line_row(unit.unit, at, line)?);
            }
            for figure in unit.figures {
                figures.push(values![
                    unit.unit,
                    &figure.pollutant,
                    &figure.measure,
                    figure.generated.to_string(),
                    figure.emitted.to_string(),
                    figure.incomplete,
                    text(figure)?
                ]);
            }
        }
        self.insert(&schema::ACCOUNTED, &heads)?;
        self.insert(&schema::LINE, &lines)?;
        self.insert(&schema::FIGURE, &figures)
    }
}

impl Read<'_> {
    /// Unit → hash of the version its lines were made from.
    pub fn accounted(&mut self, scope: &Scope) -> Result<BTreeMap<String, String>> {
        let mut found = BTreeMap::new();
        for (condition, values) in scope.parts() {
            let sql = format!(
                "SELECT a.unit, a.version FROM accounted a JOIN unit u ON u.id = a.unit WHERE {condition} ORDER BY a.unit"
            );
            for row in self.db.query(&sql, &values)? {
                found.insert(row.text(0)?, row.text(1)?);
            }
        }
        Ok(found)
    }

    /// Unit → its lines, in the order accounted.
    pub fn lines(&mut self, scope: &Scope) -> Result<BTreeMap<String, Vec<Line>>> {
        self.documents(scope, "accounted_line", "place")
    }

    /// Unit → its figures, by pollutant.
    pub fn figures(&mut self, scope: &Scope) -> Result<BTreeMap<String, Vec<Figure>>> {
        self.documents(scope, "figure", "pollutant")
    }

    fn documents<T: serde::de::DeserializeOwned>(
        &mut self,
        scope: &Scope,
        table: &str,
        order: &str,
    ) -> Result<BTreeMap<String, Vec<T>>> {
        let mut found: BTreeMap<String, Vec<T>> = BTreeMap::new();
        for (condition, values) in scope.parts() {
            let sql = format!(
                "SELECT d.unit, d.document FROM {table} d JOIN unit u ON u.id = d.unit \
                 WHERE {condition} ORDER BY d.unit, d.{order}"
            );
            self.db.each(&sql, &values, |row| {
                let unit = row.text(0)?;
                let document = row.document(1, &format!("{table} of unit {unit}"))?;
                found.entry(unit).or_default().push(document);
                Ok::<(), Error>(())
            })?;
        }
        Ok(found)
    }
}

fn line_row(unit: &str, at: usize, line: &Line) -> Result<Vec<Value>> {
    let method = match line.method {
        Method::Coefficient => "coefficient",
        Method::Monitoring => "monitoring",
        Method::MaterialBalance => "material-balance",
    };
    let result = match line.result {
        LineResult::Computed { .. } => "computed",
        LineResult::Incomplete { .. } => "incomplete",
    };
    Ok(values![unit, at, &line.form, &line.outlet, line.row, &line.pollutant, method, result, text(line)?])
}
