//! What is behind a cell (下钻): the part that one unit gives to it.

use instrument::model::{AreaLevel, Instrument, TableDefinition};

use super::cell::{Cell, Key, TOTAL};
use super::entry::{Entry, Refused};
use super::table::{RowKey, row_key};
use super::value::Value;
use crate::area::{AreaCode, AreaTree, Tree};

/// One cell of a table, ready to be asked unit by unit.
#[derive(Debug)]
pub struct Behind<'b> {
    areas: &'b AreaTree,
    tree: Tree,
    keys: Vec<(RowKey, Key)>,
    /// `None`: the count of units itself.
    value: Option<Value>,
    pollutant: Option<String>,
}

impl<'b> Behind<'b> {
    /// The cell in a column (`None`: the count of units) of the row that has these keys.
    pub fn of(
        instrument: &Instrument,
        areas: &'b AreaTree,
        definition: &TableDefinition,
        tree: Tree,
        keys: &[Key],
        column: Option<usize>,
    ) -> Result<Behind<'b>, Refused> {
        let bad = |why: String| Refused::Definition { table: definition.code.clone(), why };
        let kinds = definition.rows.iter().map(|k| row_key(k).map_err(bad)).collect::<Result<Vec<_>, _>>()?;
        let column = match column {
            None => None,
            Some(at) => Some(definition.columns.get(at).ok_or_else(|| bad(format!("no column {at}")))?),
        };
        let value = column.map(|c| Value::compile(c, instrument)).transpose().map_err(bad)?;
        let keys: Vec<(RowKey, Key)> = kinds.into_iter().zip(keys.iter().cloned()).collect();
        let pollutant = keys.iter().find(|(kind, _)| *kind == RowKey::Pollutant).map(|(_, key)| key.code.clone());
        Ok(Behind { areas, tree, keys, value, pollutant })
    }

    /// What the unit gives to the cell; `None`: it is not behind it.
    pub fn part(&self, entry: &Entry<'_>) -> Result<Option<Cell>, Refused> {
        if !self.keys.iter().all(|(kind, key)| self.fits(*kind, &key.code, entry)) {
            return Ok(None);
        }
        let Some(value) = &self.value else {
            return Ok(Some(Cell::Value { value: expr::exact::Decimal::new(1, 0) }));
        };
        let cell = value.cell(&[entry], self.pollutant.as_deref())?;
        // A count of nothing is not behind the cell; a figure of zero is.
        let behind = match cell {
            Cell::Absent => false,
            Cell::Zero => !value.counts(),
            _ => true,
        };
        Ok(behind.then_some(cell))
    }

    fn fits(&self, kind: RowKey, code: &str, entry: &Entry<'_>) -> bool {
        match kind {
            RowKey::Pollutant => true,
            RowKey::Area => self.lies(code, entry),
            RowKey::Respondent => code == TOTAL || entry.unit.respondent == code,
            RowKey::Industry => {
                let own = entry.unit.industries.first().and_then(|c| c.get(..2)).unwrap_or_default();
                code == TOTAL || own == code
            }
        }
    }

    /// Whether the unit lies in the area; `code*` is what lies in none of the areas below it.
    fn lies(&self, code: &str, entry: &Entry<'_>) -> bool {
        let Ok(unit) = entry.unit.area.parse::<AreaCode>() else { return false };
        let (bare, rest) = code.strip_suffix('*').map_or((code, false), |bare| (bare, true));
        let Ok(area) = bare.parse::<AreaCode>() else { return false };
        if !self.areas.within(self.tree, unit, area) {
            return false;
        }
        let shown = |child: &&AreaCode| self.areas.get(**child).is_some_and(|a| a.level <= AreaLevel::Town);
        let below = self.areas.children(self.tree, area);
        !rest || !below.iter().filter(shown).any(|child| self.areas.within(self.tree, unit, *child))
    }
}
