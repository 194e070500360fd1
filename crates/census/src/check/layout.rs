//! Where each typed item goes: from the rows of sheets to the columns of the schema, in one pass.

use std::collections::{BTreeMap, HashSet};

use expr::batch::{Batch, Bits, ColumnData, TableData, Texts};
use expr::outcome::Counts;
use expr::schema::{ColumnId, ColumnType, Period, TableId};
use instrument::model::{Instrument, Item, ItemType, Required};

use super::batch::Needs;
use super::native::NativeRules;
use crate::finding::{Finding, FindingKind};
use crate::sheet::{Parsed, Row, UnitSheets, Values, parse_as};

/// The plan of reading for one instrument: made once.
#[derive(Debug)]
pub(super) struct Layout {
    tables: Vec<TablePlan>,
    lists: Vec<HashSet<String>>,
    /// Form → its blocks, to know a name nobody reads.
    forms: BTreeMap<String, Vec<String>>,
}

/// How the rows of one table of the schema are read.
#[derive(Debug)]
struct TablePlan {
    form: String,
    block: String,
    code: String,
    period: Option<Period>,
    /// In the order of item codes, as rows are.
    cells: Vec<CellPlan>,
    /// Header and footer, read from [`Values::common`]; only in flat parts.
    common: Vec<CellPlan>,
    columns: Vec<ColumnType>,
}

#[derive(Debug)]
struct CellPlan {
    item: String,
    column: usize,
    ty: ItemType,
    unit: String,
    required: bool,
    /// Position in [`Layout::lists`] and the list's name.
    list: Option<(usize, String)>,
}

/// What reading noticed.
#[derive(Debug)]
pub(super) struct Noticed<'r> {
    pub rules: &'r NativeRules,
    pub findings: Vec<Finding>,
    pub readable: Counts,
    pub codes: Counts,
    pub required: Counts,
    pub names: Counts,
}

impl<'r> Noticed<'r> {
    pub fn new(rules: &'r NativeRules) -> Noticed<'r> {
        Noticed {
            rules,
            findings: Vec::new(),
            readable: Counts::default(),
            codes: Counts::default(),
            required: Counts::default(),
            names: Counts::default(),
        }
    }
}

impl Layout {
    pub fn new(instrument: &Instrument) -> Layout {
        let lists = instrument.lists.iter().map(|l| l.members.iter().map(|m| m.code.clone()).collect()).collect();
        let tables = instrument.schema.tables.iter().map(|table| plan(instrument, table)).collect();
        let forms = instrument
            .forms
            .iter()
            .map(|f| (f.code.clone(), f.blocks.iter().map(|b| b.name.clone()).collect()))
            .collect();
        Layout { tables, lists, forms }
    }

    /// Lays units out by column. Columns that are not needed are not filled; all cells are read,
    /// when `noticed` wants to hear of what is wrong with them.
    pub fn batch(&self, needs: &Needs, units: &[UnitSheets], mut noticed: Option<&mut Noticed<'_>>) -> Batch {
        let mut batch = Batch { units: units.len(), tables: Vec::new(), texts: Texts::default() };
        let wanted = needs.by_table(self.tables.len());
        for (at, plan) in self.tables.iter().enumerate() {
            let notice = if plan.period.is_none() { noticed.as_deref_mut() } else { None };
            if wanted[at].is_none() && notice.is_none() {
                batch.tables.push(None);
                continue;
            }
            let columns = wanted[at].as_deref().unwrap_or_default();
            let data = self.table(plan, columns, units, &mut batch.texts, notice);
            batch.tables.push(wanted[at].as_ref().and(data));
        }
        if let Some(noticed) = noticed {
            units.iter().for_each(|unit| self.unknown_names(unit, noticed));
        }
        batch
    }

    fn table(
        &self,
        plan: &TablePlan,
        needed: &[u32],
        units: &[UnitSheets],
        texts: &mut Texts,
        mut noticed: Option<&mut Noticed<'_>>,
    ) -> Option<TableData> {
        let mut columns = Columns::new(&plan.columns, needed);
        let mut offsets = Vec::with_capacity(units.len() + 1);
        let mut rows = 0u32;
        offsets.push(0);
        for unit in units {
            if let Some(values) = plan.values(unit) {
                for (at, row) in values.rows(&plan.block).iter().enumerate() {
                    columns.begin_row();
                    let place = Place { unit: &unit.unit, row: at as u32, plan };
                    self.row(&plan.cells, row, place, &mut columns, texts, noticed.as_deref_mut());
                    if plan.block.is_empty() {
                        self.row(&plan.common, &values.common, place, &mut columns, texts, noticed.as_deref_mut());
                    }
                    rows += 1;
                }
            }
            offsets.push(rows);
        }
        (rows > 0).then(|| TableData { offsets, columns: columns.done() })
    }

    /// Reads one row. Both the plan and the row are in the order of item codes, so one walk does.
    fn row(
        &self,
        cells: &[CellPlan],
        row: &Row,
        place: Place<'_>,
        columns: &mut Columns,
        texts: &mut Texts,
        mut noticed: Option<&mut Noticed<'_>>,
    ) {
        let mut typed = row.iter().peekable();
        for cell in cells {
            while let Some((item, text)) = typed.next_if(|(item, _)| item.as_str() < cell.item.as_str()) {
                if let Some(noticed) = noticed.as_deref_mut() {
                    place.unknown(item, text, noticed);
                }
            }
            let text = typed.next_if(|(item, _)| **item == cell.item).map_or("", |(_, text)| text.as_str());
            let wanted = columns.wants(cell.column);
            if !wanted && noticed.is_none() {
                continue;
            }
            let parsed = parse_as(&cell.ty, &cell.unit, text);
            if wanted {
                columns.set(cell.column, &parsed, texts);
            }
            if let Some(noticed) = noticed.as_deref_mut() {
                self.notice(cell, text, &parsed, place, noticed);
            }
        }
        if let Some(noticed) = noticed {
            typed.for_each(|(item, text)| place.unknown(item, text, noticed));
        }
    }

    fn notice(&self, cell: &CellPlan, text: &str, parsed: &Parsed<'_>, place: Place<'_>, noticed: &mut Noticed<'_>) {
        let rules = noticed.rules;
        let item = || cell.item.clone();
        let mut found = |rule: &super::native::NativeRule, kind| {
            let values = vec![(format!("[{}]", cell.item), text.to_owned())];
            noticed.findings.push(rule.finding(place.unit, &place.plan.code, place.row, kind, values));
        };
        match parsed {
            Parsed::Blank => {
                if cell.required {
                    noticed.required.fail += 1;
                    found(&rules.required, FindingKind::Blank { item: item() });
                }
                return;
            }
            Parsed::Unreadable(why) => {
                noticed.readable.fail += 1;
                found(&rules.readable, FindingKind::Unreadable { item: item(), why: why.clone() });
                return;
            }
            _ => noticed.readable.pass += 1,
        }
        noticed.required.pass += u64::from(cell.required);
        let Some((list, name)) = &cell.list else { return };
        let known = |code: &str| self.lists[*list].contains(code);
        let listed = match parsed {
            Parsed::Code(code) => known(code),
            Parsed::Codes(codes) => codes.iter().all(|code| known(code)),
            _ => true,
        };
        if listed {
            noticed.codes.pass += 1;
        } else {
            noticed.codes.fail += 1;
            found(&rules.codes, FindingKind::NotInList { item: item(), list: name.clone() });
        }
    }

    /// Sheets and blocks that the instrument does not have.
    fn unknown_names(&self, unit: &UnitSheets, noticed: &mut Noticed<'_>) {
        for (form, values) in &unit.sheets {
            let Some(blocks) = self.forms.get(form) else {
                noticed.unknown_name(&unit.unit, form, form.clone());
                continue;
            };
            noticed.names.pass += 1;
            for block in values.blocks.keys().filter(|b| !blocks.contains(b)) {
                noticed.unknown_name(&unit.unit, form, format!("{form}/{block}"));
            }
        }
    }
}

impl Noticed<'_> {
    fn unknown_name(&mut self, unit: &str, form: &str, name: String) {
        self.names.fail += 1;
        self.findings.push(self.rules.names.finding(unit, form, 0, FindingKind::Unknown { name }, Vec::new()));
    }
}

/// A row being read.
#[derive(Clone, Copy)]
struct Place<'a> {
    unit: &'a str,
    row: u32,
    plan: &'a TablePlan,
}

impl Place<'_> {
    fn unknown(self, item: &str, text: &str, noticed: &mut Noticed<'_>) {
        if text.trim().is_empty() {
            return;
        }
        noticed.names.fail += 1;
        let name = format!("{}[{item}]", self.plan.code);
        let values = vec![(format!("[{item}]"), text.to_owned())];
        let finding =
            noticed.rules.names.finding(self.unit, &self.plan.code, self.row, FindingKind::Unknown { name }, values);
        noticed.findings.push(finding);
    }
}

impl TablePlan {
    fn values<'u>(&self, unit: &'u UnitSheets) -> Option<&'u Values> {
        match self.period {
            None => unit.sheets.get(&self.form),
            Some(Period::LastYear) => unit.last_year.get(&self.form),
            Some(Period::LastCensus) => unit.last_census.get(&self.form),
        }
    }
}

fn plan(instrument: &Instrument, table: &expr::schema::Table) -> TablePlan {
    let form = instrument.form(&table.form);
    let block = form.and_then(|f| f.blocks.iter().position(|b| b.name == table.block)).unwrap_or(0);
    let mut plan = TablePlan {
        form: table.form.clone(),
        block: table.block.clone(),
        code: table.code(),
        period: table.prior_of.map(|(_, period)| period),
        cells: Vec::new(),
        common: Vec::new(),
        columns: table.columns.iter().map(|c| c.ty.clone()).collect(),
    };
    for (at, column) in table.columns.iter().enumerate() {
        let own = form.and_then(|f| f.items.iter().find(|i| i.code == column.code && i.block == block));
        if let Some(item) = own {
            plan.cells.push(cell(instrument, item, at));
        } else if let Some(item) = instrument.common.iter().find(|i| i.code == column.code) {
            plan.common.push(cell(instrument, item, at));
        }
    }
    plan.cells.sort_by(|a, b| a.item.cmp(&b.item));
    plan.common.sort_by(|a, b| a.item.cmp(&b.item));
    plan
}

fn cell(instrument: &Instrument, item: &Item, column: usize) -> CellPlan {
    let list = match &item.ty {
        ItemType::Code { list } | ItemType::Codes { list, .. } => Some(list),
        _ => None,
    };
    let list = list.and_then(|name| instrument.lists.iter().position(|l| l.name == *name && !l.members.is_empty()));
    CellPlan {
        item: item.code.clone(),
        column,
        ty: item.ty.clone(),
        unit: item.measure.text.clone(),
        required: item.required == Required::Yes,
        list: list.map(|at| (at, instrument.lists[at].name.clone())),
    }
}

impl Needs {
    /// Positions of the needed columns, per table; `None`: the table is not needed.
    fn by_table(&self, tables: usize) -> Vec<Option<Vec<u32>>> {
        let mut found = vec![None; tables];
        for TableId(table) in &self.tables {
            found[*table as usize] = Some(Vec::new());
        }
        for ColumnId { table, column } in &self.columns {
            found[table.0 as usize].get_or_insert_with(Vec::new).push(*column);
        }
        found
    }
}

/// The columns of one table while they grow.
struct Columns {
    data: Vec<Option<ColumnData>>,
    needed: Vec<usize>,
}

impl Columns {
    fn new(types: &[ColumnType], needed: &[u32]) -> Columns {
        let mut data: Vec<Option<ColumnData>> = types.iter().map(|_| None).collect();
        for &at in needed {
            data[at as usize] = Some(match &types[at as usize] {
                ColumnType::Text | ColumnType::Code { .. } | ColumnType::Codes { .. } => {
                    ColumnData::Text { ids: Vec::new(), present: Bits::default() }
                }
                ColumnType::Number { .. } | ColumnType::Date | ColumnType::YearMonth | ColumnType::Angle => {
                    ColumnData::Number { values: Vec::new(), present: Bits::default() }
                }
            });
        }
        Columns { data, needed: needed.iter().map(|&at| at as usize).collect() }
    }

    fn wants(&self, column: usize) -> bool {
        self.data[column].is_some()
    }

    /// A row of missing values.
    fn begin_row(&mut self) {
        for &at in &self.needed {
            match &mut self.data[at] {
                Some(ColumnData::Number { values, present }) => {
                    values.push(0);
                    present.push(false);
                }
                Some(ColumnData::Text { ids, present }) => {
                    ids.push(0);
                    present.push(false);
                }
                None => {}
            }
        }
    }

    /// Sets a value of the last row; blank and unreadable ones stay missing.
    fn set(&mut self, column: usize, parsed: &Parsed<'_>, texts: &mut Texts) {
        match (&mut self.data[column], parsed) {
            (
                Some(ColumnData::Number { values, present }),
                Parsed::Number(value) | Parsed::Date(value) | Parsed::YearMonth(value) | Parsed::Angle { value, .. },
            ) => {
                let last = values.len() - 1;
                values[last] = *value;
                present.set(last, true);
            }
            (Some(ColumnData::Text { ids, present }), Parsed::Text(text) | Parsed::Code(text)) => {
                let last = ids.len() - 1;
                ids[last] = texts.intern(text).0;
                present.set(last, true);
            }
            (Some(ColumnData::Text { ids, present }), Parsed::Codes(codes)) if !codes.is_empty() => {
                let last = ids.len() - 1;
                ids[last] = texts.intern(&codes.join(";")).0;
                present.set(last, true);
            }
            _ => {}
        }
    }

    fn done(self) -> Vec<Option<ColumnData>> {
        self.data
    }
}
