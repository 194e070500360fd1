//! Standard tables from the instrument's definitions.

use std::collections::{BTreeMap, BTreeSet};

use instrument::model::{AreaLevel, Instrument, TableDefinition};

use super::cell::{ColumnHead, Key, TOTAL, TableResult, TableRow};
use super::entry::{BuiltFrom, Entry, Refused};
use super::value::Value;
use crate::area::{AreaCode, AreaTree, Tree};
use crate::review::AreaLevelName;

/// What a table is made of and how deep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    pub area: AreaCode,
    /// Which tree a total of the area means: every table says it.
    pub tree: Tree,
    /// Rows of areas go down to this level.
    pub down_to: AreaLevel,
}

/// The keys a table's rows may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowKey {
    Area,
    Industry,
    Pollutant,
    Respondent,
}

/// Makes one table of the units within the scope. Only what has passed at the level of the scope's
/// area is added (先审核、后汇总): one unit that has not, or that is there twice, refuses the whole.
pub fn tabulate(
    instrument: &Instrument,
    areas: &AreaTree,
    definition: &TableDefinition,
    scope: Scope,
    entries: &[Entry<'_>],
) -> Result<TableResult, Refused> {
    let area = areas.get(scope.area).ok_or_else(|| Refused::NoArea { area: scope.area.to_string() })?;
    let bad = |why: String| Refused::Definition { table: definition.code.clone(), why };
    let keys = definition.rows.iter().map(|k| row_key(k).map_err(bad)).collect::<Result<Vec<_>, _>>()?;
    let columns = definition
        .columns
        .iter()
        .map(|c| Value::compile(c, instrument).map_err(|why| bad(format!("column {}: {why}", c.title))))
        .collect::<Result<Vec<_>, _>>()?;
    if columns.iter().any(Value::wants_pollutant_row) && !keys.contains(&RowKey::Pollutant) {
        return Err(bad("a column adds up the row's pollutant, but no row key is `pollutant`".into()));
    }
    let inside = choose(areas, scope, entries)?;
    let maker = Maker { instrument, areas, scope, pollutants: pollutants(instrument, &inside), columns: &columns };
    let whole: Vec<&Entry<'_>> = inside.iter().map(|(entry, _)| *entry).collect();
    let mut rows = Vec::new();
    maker.rows(&keys, &[], 0, &whole, None, &mut rows).map_err(|refused| match refused {
        Refused::Definition { why, .. } => bad(why),
        other => other,
    })?;
    Ok(TableResult {
        code: definition.code.clone(),
        title: definition.title.clone(),
        area: scope.area,
        area_name: area.name.clone(),
        tree: scope.tree,
        calibre: match scope.tree {
            Tree::Code => "按行政区划代码",
            Tree::Reporting => "按上报关系",
        }
        .to_owned(),
        key_heads: keys.iter().map(|k| k.title().to_owned()).collect(),
        columns: definition
            .columns
            .iter()
            .map(|c| ColumnHead { title: c.title.clone(), unit: c.unit.clone() })
            .collect(),
        rows,
        note: definition.note.clone(),
        simulated: whole.iter().any(|e| e.unit.simulated),
        built_from: BuiltFrom::of(whole.iter().map(|e| (e.unit.id.clone(), e.version.hash.clone())).collect()),
    })
}

/// The entries within the scope, with their areas; in the order of unit ids.
fn choose<'e, 'd>(
    areas: &AreaTree,
    scope: Scope,
    entries: &'e [Entry<'d>],
) -> Result<Vec<(&'e Entry<'d>, AreaCode)>, Refused> {
    let mut seen = BTreeSet::new();
    let mut inside = Vec::new();
    for entry in entries {
        let unit = &entry.unit.id;
        if !seen.insert(unit.as_str()) {
            return Err(Refused::Twice { unit: unit.clone() });
        }
        let unknown = || Refused::UnknownArea { unit: unit.clone(), area: entry.unit.area.clone() };
        let code: AreaCode = entry.unit.area.parse().map_err(|_| unknown())?;
        areas.get(code).ok_or_else(unknown)?;
        if !areas.within(scope.tree, code, scope.area) {
            continue;
        }
        if !entry.passed {
            let level = areas.get(scope.area).map_or(AreaLevel::County, |a| a.level);
            return Err(Refused::NotPassed {
                unit: unit.clone(),
                state: entry.state,
                level: AreaLevelName::from(level),
            });
        }
        inside.push((entry, code));
    }
    inside.sort_by(|(a, _), (b, _)| a.unit.id.cmp(&b.unit.id));
    Ok(inside)
}

pub(super) fn row_key(name: &str) -> Result<RowKey, String> {
    match name {
        "area" => Ok(RowKey::Area),
        "industry" => Ok(RowKey::Industry),
        "pollutant" => Ok(RowKey::Pollutant),
        "respondent" => Ok(RowKey::Respondent),
        other => Err(format!("no row key `{other}`; area, industry, pollutant and respondent exist")),
    }
}

impl RowKey {
    fn title(self) -> &'static str {
        match self {
            RowKey::Area => "地区",
            RowKey::Industry => "行业大类",
            RowKey::Pollutant => "污染物",
            RowKey::Respondent => "普查对象类别",
        }
    }
}

/// The pollutants of all figures, in the order of the instrument's list, with their unit.
fn pollutants(instrument: &Instrument, inside: &[(&Entry<'_>, AreaCode)]) -> Vec<Key> {
    let mut found: BTreeMap<&str, &str> = BTreeMap::new();
    for figure in inside.iter().flat_map(|(entry, _)| entry.figures) {
        found.entry(&figure.pollutant).or_insert(&figure.measure);
    }
    let listed = instrument.list("pollutant").map(|l| l.members.as_slice()).unwrap_or_default();
    let place = |name: &str| listed.iter().position(|m| m.name == name || m.code == name).unwrap_or(listed.len());
    let mut keys: Vec<Key> = found
        .into_iter()
        .map(|(name, measure)| Key { code: name.to_owned(), name: format!("{name}（{measure}）"), part_of: None })
        .collect();
    keys.sort_by_key(|key| (place(&key.code), key.code.clone()));
    keys
}

struct Maker<'m> {
    instrument: &'m Instrument,
    areas: &'m AreaTree,
    scope: Scope,
    pollutants: Vec<Key>,
    columns: &'m [Value],
}

impl Maker<'_> {
    /// The rows of the keys still to come, under the keys already chosen.
    fn rows(
        &self,
        keys: &[RowKey],
        chosen: &[Key],
        depth: u8,
        entries: &[&Entry<'_>],
        pollutant: Option<&str>,
        rows: &mut Vec<TableRow>,
    ) -> Result<(), Refused> {
        let Some((key, rest)) = keys.split_first() else {
            let cells = self.columns.iter().map(|c| c.cell(entries, pollutant)).collect::<Result<_, _>>()?;
            rows.push(TableRow { keys: chosen.to_vec(), depth, units: entries.len() as u32, cells });
            return Ok(());
        };
        let with = |key: Key| [chosen, &[key]].concat();
        match key {
            RowKey::Area => self.area_rows(rest, chosen, depth, (self.scope.area, None), entries, rows)?,
            RowKey::Pollutant => {
                for key in &self.pollutants {
                    let mine = Some(key.code.as_str());
                    self.rows(rest, &with(key.clone()), depth, entries, mine, rows)?;
                }
            }
            RowKey::Industry | RowKey::Respondent => {
                let total = Key { code: TOTAL.to_owned(), name: "合计".to_owned(), part_of: None };
                self.rows(rest, &with(total), depth, entries, pollutant, rows)?;
                for (key, part) in self.parts(*key, entries) {
                    self.rows(rest, &with(key), depth + 1, &part, pollutant, rows)?;
                }
            }
        }
        Ok(())
    }

    /// An area, then the areas below it down to the scope's level; last what lies in none of them.
    fn area_rows(
        &self,
        rest: &[RowKey],
        chosen: &[Key],
        depth: u8,
        (area, above): (AreaCode, Option<AreaCode>),
        entries: &[&Entry<'_>],
        rows: &mut Vec<TableRow>,
    ) -> Result<(), Refused> {
        let name = self.areas.get(area).map_or(String::new(), |a| a.name.clone());
        let key = |code: String, name: String, above: Option<AreaCode>| {
            [chosen, &[Key { code, name, part_of: above.map(|a| a.to_string()) }]].concat()
        };
        self.rows(rest, &key(area.to_string(), name, above), depth, entries, None, rows)?;
        let level = self.areas.get(area).map(|a| a.level);
        if level >= Some(self.scope.down_to) {
            return Ok(());
        }
        let below = self.areas.children(self.scope.tree, area);
        let mut parts: BTreeMap<AreaCode, Vec<&Entry<'_>>> = BTreeMap::new();
        let mut left = Vec::new();
        for entry in entries {
            let code = entry.unit.area.parse().unwrap_or_default();
            let part =
                std::iter::once(code).chain(self.areas.ancestors(self.scope.tree, code)).find(|c| below.contains(c));
            match part {
                Some(part) => parts.entry(part).or_default().push(entry),
                None => left.push(*entry),
            }
        }
        for &child in below {
            let part = parts.remove(&child).unwrap_or_default();
            let deep = self.areas.get(child).is_some_and(|a| a.level > self.scope.down_to);
            // Villages and towns without any unit are left out; counties are shown with blanks.
            if deep || (part.is_empty() && self.areas.get(child).is_some_and(|a| a.level >= AreaLevel::Town)) {
                left.extend(part);
                continue;
            }
            self.area_rows(rest, chosen, depth + 1, (child, Some(area)), &part, rows)?;
        }
        if !left.is_empty() {
            let key = key(format!("{area}*"), "未分到下级".to_owned(), Some(area));
            self.rows(rest, &key, depth + 1, &left, None, rows)?;
        }
        Ok(())
    }

    fn parts<'e, 'd>(&self, key: RowKey, entries: &[&'e Entry<'d>]) -> Vec<(Key, Vec<&'e Entry<'d>>)> {
        let mut parts: BTreeMap<(usize, String), Vec<&'e Entry<'d>>> = BTreeMap::new();
        for entry in entries {
            let code = match key {
                RowKey::Respondent => entry.unit.respondent.clone(),
                _ => entry.unit.industries.first().and_then(|c| c.get(..2)).unwrap_or_default().to_owned(),
            };
            // Respondents in the instrument's order, divisions by code.
            let place = match key {
                RowKey::Respondent => self.instrument.respondents.iter().position(|r| r.code == code),
                _ => None,
            };
            parts.entry((place.unwrap_or(usize::MAX), code)).or_default().push(entry);
        }
        parts
            .into_iter()
            .map(|((_, code), part)| {
                (Key { name: self.name_of(key, &code), code, part_of: Some(TOTAL.to_owned()) }, part)
            })
            .collect()
    }

    fn name_of(&self, key: RowKey, code: &str) -> String {
        let found = match key {
            RowKey::Respondent => self.instrument.respondents.iter().find(|r| r.code == code).map(|r| r.title.clone()),
            _ => self
                .instrument
                .list("industry_gbt4754_2017")
                .and_then(|l| l.members.iter().find(|m| m.code == code))
                .map(|m| m.name.clone()),
        };
        found.unwrap_or_else(|| if code.is_empty() { "未填".to_owned() } else { code.to_owned() })
    }
}
