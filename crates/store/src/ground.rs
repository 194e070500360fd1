//! The ground of the county: changes of enumeration areas and teams, in the order they were said.

use std::collections::BTreeMap;

use census::ground::Change;

use crate::db::values;
use crate::frame::text;
use crate::read::Read;
use crate::write::Writing;
use crate::{Error, Result, schema};

/// A change with who made it and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroundChange {
    pub change: Change,
    pub who: String,
    /// RFC 3339.
    pub at: String,
}

impl Writing<'_> {
    pub fn keep_ground(&mut self, changes: &[Change]) -> Result<()> {
        let rows = changes
            .iter()
            .map(|change| {
                let (kind, about) = match change {
                    Change::Split { village, .. } => ("split", village.to_string()),
                    Change::Team { team, .. } => ("team", team.clone()),
                    Change::Dissolve { team } => ("dissolve", team.clone()),
                    Change::Assign { area, .. } => ("assign", area.to_string()),
                    Change::Place { unit, .. } => ("place", unit.clone()),
                };
                Ok(values![kind, about, text(change)?])
            })
            .collect::<Result<Vec<_>>>()?;
        self.append(&schema::GROUND_CHANGE, rows)
    }
}

impl Writing<'_> {
    /// Keeps polygons: area and GeoJSON geometry in CGCS2000; `source` says what file and datum they came from.
    /// Those known already are left out. Gives the number kept.
    pub fn keep_shapes(&mut self, source: &str, shapes: &[(String, String)]) -> Result<u64> {
        let known = self.read().shapes()?;
        let news = shapes.iter().filter(|(area, shape)| known.get(area) != Some(shape));
        let rows: Vec<_> = news.map(|(area, shape)| values![area, source, shape]).collect();
        let kept = rows.len() as u64;
        self.append(&schema::GROUND_SHAPE, rows)?;
        Ok(kept)
    }
}

impl Read<'_> {
    /// The latest polygon of each area, as GeoJSON geometry.
    pub fn shapes(&mut self) -> Result<BTreeMap<String, String>> {
        let rows = self.db.query("SELECT area, document FROM ground_shape ORDER BY event, place", &[])?;
        rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
    }

    /// All changes in their order.
    pub fn ground(&mut self) -> Result<Vec<GroundChange>> {
        let sql = "SELECT g.document, a.who, a.at FROM ground_change g JOIN audit a ON a.seq = g.event \
                   ORDER BY g.event, g.place";
        let mut found = Vec::new();
        self.db.each(sql, &[], |row| {
            found.push(GroundChange {
                change: row.document(0, "change of the ground")?,
                who: row.text(1)?,
                at: row.text(2)?,
            });
            Ok::<(), Error>(())
        })?;
        Ok(found)
    }
}
