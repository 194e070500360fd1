//! Tables with the versions they were built from; stale as soon as one of those no longer holds.

use std::collections::BTreeMap;

use census::area::Tree;
use census::review::AreaLevelName;
use census::tabulate::{BuiltFrom, TableResult};

use crate::db::{Row, Value, bind, values};
use crate::frame::{chunks, text};
use crate::read::{Read, places};
use crate::review::level_name;
use crate::write::Writing;
use crate::{Error, Result, schema};

/// Names a table: which, of which level and area, by which tree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableKey {
    pub code: String,
    pub level: AreaLevelName,
    /// 12 digits.
    pub area: String,
    pub tree: Tree,
}

/// The newest result of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTable {
    /// Id of the result; made by the writer.
    pub id: String,
    pub key: TableKey,
    pub result: TableResult,
    /// Why it no longer holds; `None`: it holds.
    pub stale: Option<String>,
}

impl Writing<'_> {
    /// Stores a table as the newest of its key; older results are kept. One that says the same from
    /// the same versions changes nothing but takes a stale mark away. Gives whether it is new.
    pub fn table(&mut self, id: &str, level: AreaLevelName, result: &TableResult) -> Result<bool> {
        let key =
            [&result.code, level_name(level), &result.area.to_string(), tree_name(result.tree)].map(str::to_owned);
        let key_values = || key.iter().map(Value::from).collect::<Vec<_>>();
        let hash = &result.built_from.hash;
        let document = text(&TableResult {
            built_from: BuiltFrom { hash: hash.clone(), versions: BTreeMap::new() },
            ..result.clone()
        })?;
        let head = self.db.first(
            "SELECT h.result, h.stale, r.document FROM table_head h JOIN table_result r ON r.id = h.result \
             WHERE h.code = $1 AND h.level = $2 AND h.area = $3 AND h.tree = $4",
            &key_values(),
        )?;
        if let Some(head) = &head
            && head.str(2)? == document
        {
            if head.int(1)? != 0 {
                self.execute(
                    "UPDATE table_head SET stale = 0, stale_why = '', event = $5 \
                     WHERE code = $1 AND level = $2 AND area = $3 AND tree = $4",
                    &[key_values(), values![self.seq]].concat(),
                )?;
            }
            return Ok(false);
        }
        if self.db.int("SELECT COUNT(*) FROM source_version WHERE built_from = $1", &bind![hash])? == 0 {
            let rows: Vec<_> =
                result.built_from.versions.iter().map(|(unit, version)| values![hash, unit, version]).collect();
            for chunk in chunks(rows) {
                self.append(&schema::SOURCE_VERSION, chunk)?;
            }
        }
        self.append(&schema::TABLE_RESULT, vec![[values![id], key_values(), values![hash, document]].concat()])?;
        self.execute(
            "DELETE FROM table_head WHERE code = $1 AND level = $2 AND area = $3 AND tree = $4",
            &key_values(),
        )?;
        self.insert(&schema::TABLE_HEAD, &[[key_values(), values![self.seq, id, hash, 0i64, ""]].concat()])?;
        Ok(true)
    }

    /// Marks results stale, whatever their key. Gives how many held until now.
    pub fn stale(&mut self, results: &[String], why: &str) -> Result<u64> {
        let mut marked = 0;
        for chunk in results.chunks(500) {
            let sql = format!(
                "UPDATE table_head SET stale = 1, stale_why = $1, event = $2 WHERE stale = 0 AND result IN ({})",
                places(2, chunk.len())
            );
            let ids = chunk.iter().map(Value::from).collect();
            marked += self.execute(&sql, &[values![why, self.seq], ids].concat())?;
        }
        Ok(marked)
    }

    /// Marks the tables of some levels stale that were built from this unit.
    pub(crate) fn stale_with(&mut self, unit: &str, levels: &[&str], why: &str) -> Result<u64> {
        let sql = format!(
            "UPDATE table_head SET stale = 1, stale_why = $1, event = $2 WHERE stale = 0 AND level IN ({}) \
             AND built_from IN (SELECT built_from FROM source_version WHERE unit = $3)",
            places(3, levels.len())
        );
        let levels = levels.iter().map(|level| Value::from(*level)).collect();
        self.execute(&sql, &[values![why, self.seq, unit], levels].concat())
    }
}

impl Read<'_> {
    /// The newest result of every table, by key.
    pub fn tables(&mut self) -> Result<Vec<StoredTable>> {
        let sql = "SELECT h.result, h.code, h.level, h.area, h.tree, h.stale, h.stale_why, r.document, r.built_from \
                   FROM table_head h JOIN table_result r ON r.id = h.result ORDER BY h.code, h.level, h.area, h.tree";
        let rows = self.db.query(sql, &[])?;
        let mut sources = BTreeMap::new();
        let mut tables = Vec::with_capacity(rows.len());
        for row in &rows {
            let hash = row.text(8)?;
            if !sources.contains_key(&hash) {
                let versions = self.sources(&hash)?;
                sources.insert(hash.clone(), versions);
            }
            tables.push(stored(row, &sources[&hash])?);
        }
        Ok(tables)
    }

    /// Unit → version of a set of versions.
    pub(crate) fn sources(&mut self, hash: &str) -> Result<BTreeMap<String, String>> {
        let sql = "SELECT unit, version FROM source_version WHERE built_from = $1 ORDER BY unit";
        let mut found = BTreeMap::new();
        self.db.each(sql, &bind![hash], |row| {
            found.insert(row.text(0)?, row.text(1)?);
            Ok::<(), Error>(())
        })?;
        Ok(found)
    }
}

fn stored(row: &Row, versions: &BTreeMap<String, String>) -> Result<StoredTable> {
    let id = row.text(0)?;
    let mut result: TableResult = row.document(7, &format!("table result {id}"))?;
    result.built_from.versions = versions.clone();
    let tree = if row.str(4)? == tree_name(Tree::Code) { Tree::Code } else { Tree::Reporting };
    let level = [
        AreaLevelName::Village,
        AreaLevelName::Town,
        AreaLevelName::County,
        AreaLevelName::City,
        AreaLevelName::Province,
    ]
    .into_iter()
    .find(|level| row.str(2) == Ok(level_name(*level)))
    .ok_or_else(|| Error::unreadable(format!("table result {id}"), "its level is unknown"))?;
    let key = TableKey { code: row.text(1)?, level, area: row.text(3)?, tree };
    let stale = if row.int(5)? == 0 { None } else { Some(row.text(6)?) };
    Ok(StoredTable { id, key, result, stale })
}

fn tree_name(tree: Tree) -> &'static str {
    match tree {
        Tree::Code => "code",
        Tree::Reporting => "reporting",
    }
}
