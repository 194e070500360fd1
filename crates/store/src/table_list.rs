//! Tables as a list: the heads alone, one result, and the units a result was built from page by page.

use census::area::AreaCode;
use census::tabulate::{BuiltFrom, TableResult};

use crate::db::{Row, bind, values};
use crate::read::{Read, Scope};
use crate::{Error, Result};

/// The head of a table (汇总表): which, when, and whether it still holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableHead {
    /// Id of the result.
    pub id: String,
    pub code: String,
    /// `county`, `city`, `province`.
    pub level: String,
    /// 12 digits.
    pub area: String,
    /// `code` or `reporting`.
    pub tree: String,
    /// Why it no longer holds; `None`: it holds.
    pub stale: Option<String>,
    /// When the result was made, and by whom.
    pub at: String,
    pub who: String,
}

/// One result with its head; without the versions it was built from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneTable {
    pub head: TableHead,
    pub result: TableResult,
    /// Whether it is the newest of its table.
    pub newest: bool,
}

/// A unit that a result was built from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub unit: String,
    /// Hash of the version that was added up.
    pub version: String,
}

const HEAD: &str = "r.id, r.code, r.level, r.area, r.tree, h.stale, h.stale_why, a.at, a.who";
const FROM: &str = "table_result r JOIN audit a ON a.seq = r.event";

impl Read<'_> {
    /// Newest results by code, level and area; of a level when one is given.
    pub fn table_heads(&mut self, areas: &[AreaCode], level: &str) -> Result<Vec<TableHead>> {
        let mut found = Vec::new();
        for (condition, mut places) in Scope::Areas(areas.to_vec()).parts() {
            // The same ranges of codes as for units, over the area of the table.
            let condition = condition.replace("u.withdrawn = 0 AND ", "").replace("u.area", "h.area");
            places.extend(values![level]);
            let level = places.len();
            let sql = format!(
                "SELECT {HEAD} FROM {FROM} JOIN table_head h ON h.result = r.id \
                 WHERE {condition} AND (${level} = '' OR h.level = ${level}) ORDER BY h.code, h.level, h.area, h.tree"
            );
            for row in self.db.query(&sql, &places)? {
                found.push(head(&row)?);
            }
        }
        Ok(found)
    }

    /// One result, also one that was replaced.
    pub fn table_result(&mut self, id: &str) -> Result<Option<OneTable>> {
        let sql = format!(
            "SELECT {HEAD}, r.document, h.result FROM {FROM} LEFT JOIN table_head h ON h.result = r.id WHERE r.id = $1"
        );
        let Some(row) = self.db.first(&sql, &bind![id])? else { return Ok(None) };
        let result = row.document(9, &format!("table result {id}"))?;
        Ok(Some(OneTable { head: head(&row)?, result, newest: row.maybe(10)?.is_some() }))
    }

    /// Units a result was built from, after one, at most so many. `built_from` is the hash the result names.
    pub fn sources_page(&mut self, built_from: &str, after: &str, limit: u32) -> Result<Vec<Source>> {
        let sql = "SELECT unit, version FROM source_version WHERE built_from = $1 AND unit > $2 ORDER BY unit LIMIT $3";
        let rows = self.db.query(sql, &bind![built_from, after, i64::from(limit)])?;
        rows.iter().map(|row| Ok(Source { unit: row.text(0)?, version: row.text(1)? })).collect()
    }

    /// The same result with all its versions: for a workbook that proves where it comes from.
    pub fn with_versions(&mut self, result: TableResult) -> Result<TableResult> {
        let hash = result.built_from.hash.clone();
        let versions = self.sources(&hash)?;
        Ok(TableResult { built_from: BuiltFrom { hash, versions }, ..result })
    }
}

fn head(row: &Row) -> Result<TableHead> {
    // A result that was replaced has no head: it does not hold.
    let stale = match row.maybe_int(5)? {
        None => Some(String::new()),
        Some(0) => None,
        Some(_) => Some(row.text(6)?),
    };
    Ok::<_, Error>(TableHead {
        id: row.text(0)?,
        code: row.text(1)?,
        level: row.text(2)?,
        area: row.text(3)?,
        tree: row.text(4)?,
        stale,
        at: row.text(7)?,
        who: row.text(8)?,
    })
}
