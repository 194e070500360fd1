//! Where each typed item goes: from the rows of sheets to the columns of the schema, in one pass.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};

use expr::batch::{Batch, Bits, ColumnData, TableData, Texts};
use expr::outcome::Counts;
use expr::schema::{ColumnId, ColumnType, Period, Table, TableId};
use instrument::model::{Instrument, Item, ItemType, Required};

use super::batch::Needs;
use super::native::{NativeRule, NativeRules};
use crate::finding::{Finding, FindingKind};
use crate::sheet::{Parsed, Row, UnitSheets, Values, parse_as};

/// The plan of reading for one instrument: made once.
#[derive(Debug)]
pub(super) struct Layout {
    tables: Vec<TablePlan>,
    lists: Vec<HashSet<String>>,
    /// For this period, last year and the last census: form → its tables, the flat part first.
    of_form: [BTreeMap<String, Vec<usize>>; 3],
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
    /// Per column, which cell it is read from.
    sources: Vec<Source>,
}

#[derive(Debug, Clone, Copy)]
enum Source {
    /// Position in [`TablePlan::cells`].
    Own(usize),
    /// Position in [`TablePlan::common`].
    Common(usize),
    /// A column no item of the form fills.
    Nowhere,
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
    /// Column for the decimals of an angle's seconds as typed.
    decimals: Option<usize>,
}

/// What reading noticed.
#[derive(Debug)]
pub(super) struct Noticed<'r> {
    pub rules: &'r NativeRules,
    pub findings: Vec<(Order, Finding)>,
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
        let tables: Vec<TablePlan> = instrument.schema.tables.iter().map(|table| plan(instrument, table)).collect();
        let mut of_form: [BTreeMap<String, Vec<usize>>; 3] = Default::default();
        for (at, table) in tables.iter().enumerate() {
            let period = match table.period {
                None => 0,
                Some(Period::LastYear) => 1,
                Some(Period::LastCensus) => 2,
            };
            of_form[period].entry(table.form.clone()).or_default().push(at);
        }
        Layout { tables, lists, of_form }
    }

    /// Lays units out by column. Tables of this period are all laid out, so that rules can ask
    /// whether a form is there; columns that are not needed are not filled. All cells are read
    /// when `noticed` wants to hear of what is wrong with them.
    pub fn batch(&self, needs: &Needs, units: &[UnitSheets], mut noticed: Option<&mut Noticed<'_>>) -> Batch {
        let mut texts = Texts::default();
        let mut growing: Vec<Growing> = self.tables.iter().map(|_| Growing::default()).collect();
        for ColumnId { table, column } in &needs.columns {
            growing[table.0 as usize].columns.need(*column as usize, &self.tables[table.0 as usize].columns);
        }
        for (at, unit) in units.iter().enumerate() {
            for (period, sheets) in [&unit.sheets, &unit.last_year, &unit.last_census].into_iter().enumerate() {
                for (form, values) in sheets {
                    let notice = if period == 0 { noticed.as_deref_mut() } else { None };
                    let place = Place { unit: at as u32, id: &unit.unit, table: 0, row: 0 };
                    match self.of_form[period].get(form) {
                        Some(tables) => self.sheet(tables, values, place, &mut growing, &mut texts, notice),
                        None => {
                            if let Some(noticed) = notice {
                                noticed.unknown(Place { table: u32::MAX, ..place }, form, form.clone(), Vec::new());
                            }
                        }
                    }
                }
            }
        }
        let all = growing.into_iter().zip(&self.tables);
        let tables = all.map(|(table, plan)| table.done(units.len(), plan.columns.len())).collect();
        Batch { units: units.len(), tables, texts }
    }

    fn sheet(
        &self,
        tables: &[usize],
        values: &Values,
        unit: Place<'_>,
        growing: &mut [Growing],
        texts: &mut Texts,
        mut noticed: Option<&mut Noticed<'_>>,
    ) {
        for &table in tables {
            let plan = &self.tables[table];
            let growing = &mut growing[table];
            let rows = values.rows(&plan.block);
            if rows.is_empty() {
                continue;
            }
            growing.begin_unit(unit.unit);
            for (at, row) in rows.iter().enumerate() {
                growing.rows += 1;
                growing.columns.begin_row();
                let place = Place { table: table as u32, row: at as u32, ..unit };
                self.row(plan, &plan.cells, row, place, &mut growing.columns, texts, noticed.as_deref_mut());
                if plan.block.is_empty() {
                    let columns = &mut growing.columns;
                    self.row(plan, &plan.common, &values.common, place, columns, texts, noticed.as_deref_mut());
                }
            }
        }
        let Some(noticed) = noticed else { return };
        let form = &self.tables[tables[0]].form;
        noticed.names.pass += 1;
        for block in values.blocks.keys().filter(|b| !tables.iter().any(|&t| self.tables[t].block == **b)) {
            let place = Place { table: tables[0] as u32, ..unit };
            noticed.unknown(place, form, format!("{form}/{block}"), Vec::new());
        }
    }

    /// Reads one row. Both the plan and the row are in the order of item codes, so one walk does.
    #[expect(clippy::too_many_arguments, reason = "one walk over a row touches all of these")]
    fn row(
        &self,
        plan: &TablePlan,
        cells: &[CellPlan],
        row: &Row,
        place: Place<'_>,
        columns: &mut Columns,
        texts: &mut Texts,
        mut noticed: Option<&mut Noticed<'_>>,
    ) {
        let mut typed = row.iter().peekable();
        for cell in cells {
            let text = loop {
                let Some((item, text)) = typed.peek() else { break "" };
                match item.as_str().cmp(&cell.item) {
                    Ordering::Equal => {
                        let text = text.as_str();
                        typed.next();
                        break text;
                    }
                    Ordering::Greater => break "",
                    Ordering::Less => {
                        if let Some(noticed) = noticed.as_deref_mut() {
                            noticed.unknown_item(plan, item, text, place);
                        }
                        typed.next();
                    }
                }
            };
            let wanted = columns.wants(cell.column) || cell.decimals.is_some_and(|at| columns.wants(at));
            if !wanted && noticed.is_none() {
                continue;
            }
            let parsed = parse_as(&cell.ty, &cell.unit, text);
            if wanted {
                columns.set(cell.column, &parsed, texts);
                if let (Some(at), Parsed::Angle { decimals: Some(decimals), .. }) = (cell.decimals, &parsed) {
                    columns.set(at, &Parsed::Number(i64::from(*decimals)), texts);
                }
            }
            if let Some(noticed) = noticed.as_deref_mut() {
                self.notice(plan, cell, text, &parsed, place, noticed);
            }
        }
        if let Some(noticed) = noticed {
            typed.for_each(|(item, text)| noticed.unknown_item(plan, item, text, place));
        }
    }

    fn notice(
        &self,
        plan: &TablePlan,
        cell: &CellPlan,
        text: &str,
        parsed: &Parsed<'_>,
        place: Place<'_>,
        noticed: &mut Noticed<'_>,
    ) {
        let rules = noticed.rules;
        let item = || cell.item.clone();
        let mut found = |rule: &NativeRule, kind| {
            let values = vec![(format!("[{}]", cell.item), text.to_owned())];
            noticed.add(place, rule.finding(place.id, &plan.code, place.row, kind, values), rule.order);
        };
        match parsed {
            Parsed::Blank => {
                if cell.required {
                    found(&rules.required, FindingKind::Blank { item: item() });
                    noticed.required.fail += 1;
                }
                return;
            }
            Parsed::Unreadable(why) => {
                found(&rules.readable, FindingKind::Unreadable { item: item(), why: why.clone() });
                noticed.readable.fail += 1;
                return;
            }
            _ => {}
        }
        let listed = match (&cell.list, parsed) {
            (Some((list, _)), Parsed::Code(code)) => Some(self.lists[*list].contains(code.as_ref())),
            (Some((list, _)), Parsed::Codes(codes)) => {
                Some(codes.iter().all(|code| self.lists[*list].contains(code.as_ref())))
            }
            _ => None,
        };
        if let (Some(false), Some((_, list))) = (listed, &cell.list) {
            found(&rules.codes, FindingKind::NotInList { item: item(), list: list.clone() });
        }
        noticed.readable.pass += 1;
        noticed.required.pass += u64::from(cell.required);
        noticed.codes.pass += u64::from(listed == Some(true));
        noticed.codes.fail += u64::from(listed == Some(false));
    }

    /// The text typed for a column on a row of the home table; for a column of another table the
    /// unit's one row there.
    /// The unit with the same sheets and rows, but only the texts of some columns: what rules that compare units
    /// keep of each unit while a province goes by.
    pub fn reduced(&self, needs: &Needs, unit: &UnitSheets) -> UnitSheets {
        let bare = |sheets: &BTreeMap<String, Values>| -> BTreeMap<String, Values> {
            let values = |old: &Values| Values {
                blocks: old.blocks.iter().map(|(name, rows)| (name.clone(), vec![Row::new(); rows.len()])).collect(),
                ..Values::default()
            };
            sheets.iter().map(|(form, old)| (form.clone(), values(old))).collect()
        };
        let mut kept = UnitSheets {
            unit: unit.unit.clone(),
            respondent: unit.respondent.clone(),
            sheets: bare(&unit.sheets),
            last_year: bare(&unit.last_year),
            last_census: bare(&unit.last_census),
        };
        for column in &needs.columns {
            let plan = &self.tables[column.table.0 as usize];
            let (Some(old), Some(new)) = (plan.values(unit), plan.values_mut(&mut kept)) else { continue };
            let copy = |item: &String, old: &Row, new: &mut Row| {
                if let Some(text) = old.get(item) {
                    new.insert(item.clone(), text.clone());
                }
            };
            match plan.sources[column.column as usize] {
                Source::Common(cell) => copy(&plan.common[cell].item, &old.common, &mut new.common),
                Source::Own(cell) if plan.block.is_empty() => copy(&plan.cells[cell].item, &old.flat, &mut new.flat),
                Source::Own(cell) => {
                    let rows = new.blocks.get_mut(&plan.block).into_iter().flatten();
                    old.rows(&plan.block)
                        .iter()
                        .zip(rows)
                        .for_each(|(old, new)| copy(&plan.cells[cell].item, old, new));
                }
                Source::Nowhere => {}
            }
        }
        kept
    }

    /// Whether a unit has this row of a form or block.
    pub fn has_row(&self, home: TableId, row: u32, unit: &UnitSheets) -> bool {
        let plan = &self.tables[home.0 as usize];
        plan.values(unit).is_some_and(|values| values.rows(&plan.block).len() > row as usize)
    }

    pub fn typed<'u>(&self, column: ColumnId, home: TableId, row: u32, unit: &'u UnitSheets) -> &'u str {
        let plan = &self.tables[column.table.0 as usize];
        let Some(values) = plan.values(unit) else { return "" };
        let row = if column.table == home { row as usize } else { 0 };
        match plan.sources[column.column as usize] {
            Source::Own(cell) => {
                let row = values.rows(&plan.block).get(row);
                row.and_then(|row| row.get(&plan.cells[cell].item)).map_or("", |text| text.trim())
            }
            Source::Common(cell) => values.common.get(&plan.common[cell].item).map_or("", |text| text.trim()),
            Source::Nowhere => "",
        }
    }
}

/// A row being read: the unit's position and id, the table's position, the row within the unit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub unit: u32,
    pub id: &'a str,
    pub table: u32,
    pub row: u32,
}

/// Where a finding stands among the findings of a run: unit, table, row, rule.
pub(super) type Order = (u32, u32, u32, u32);

impl Noticed<'_> {
    pub fn add(&mut self, place: Place<'_>, finding: Finding, rule: u32) {
        self.findings.push(((place.unit, place.table, place.row, rule), finding));
    }

    fn unknown(&mut self, place: Place<'_>, table: &str, name: String, values: Vec<(String, String)>) {
        let rule = &self.rules.names;
        let finding = rule.finding(place.id, table, place.row, FindingKind::Unknown { name }, values);
        self.names.fail += 1;
        self.add(place, finding, rule.order);
    }

    fn unknown_item(&mut self, plan: &TablePlan, item: &str, text: &str, place: Place<'_>) {
        if !text.trim().is_empty() {
            let values = vec![(format!("[{item}]"), text.to_owned())];
            self.unknown(place, &plan.code, format!("{}[{item}]", plan.code), values);
        }
    }
}

/// A table while it grows.
#[derive(Default)]
struct Growing {
    columns: Columns,
    rows: u32,
    offsets: Vec<u32>,
}

impl Growing {
    /// Units without a row here get an empty span.
    fn begin_unit(&mut self, unit: u32) {
        self.offsets.resize(unit as usize + 1, self.rows);
    }

    fn done(mut self, units: usize, columns: usize) -> Option<TableData> {
        self.offsets.resize(units + 1, self.rows);
        self.columns.data.resize_with(columns, || None);
        (self.rows > 0).then_some(TableData { offsets: self.offsets, columns: self.columns.data })
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

    fn values_mut<'u>(&self, unit: &'u mut UnitSheets) -> Option<&'u mut Values> {
        match self.period {
            None => unit.sheets.get_mut(&self.form),
            Some(Period::LastYear) => unit.last_year.get_mut(&self.form),
            Some(Period::LastCensus) => unit.last_census.get_mut(&self.form),
        }
    }
}

fn plan(instrument: &Instrument, table: &Table) -> TablePlan {
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
        sources: vec![Source::Nowhere; table.columns.len()],
    };
    for (at, column) in table.columns.iter().enumerate() {
        let own = form.and_then(|f| f.items.iter().find(|i| i.code == column.code && i.block == block));
        if let Some(item) = own {
            plan.cells.push(cell(instrument, table, item, at));
        } else if let Some(item) = instrument.common.iter().find(|i| i.code == column.code) {
            plan.common.push(cell(instrument, table, item, at));
        }
    }
    plan.cells.sort_by(|a, b| a.item.cmp(&b.item));
    plan.common.sort_by(|a, b| a.item.cmp(&b.item));
    for (at, cell) in plan.cells.iter().enumerate() {
        plan.sources[cell.column] = Source::Own(at);
        if let Some(decimals) = cell.decimals {
            plan.sources[decimals] = Source::Own(at);
        }
    }
    for (at, cell) in plan.common.iter().enumerate() {
        plan.sources[cell.column] = Source::Common(at);
    }
    plan
}

fn cell(instrument: &Instrument, table: &Table, item: &Item, column: usize) -> CellPlan {
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
        decimals: table.column(&format!("{}.decimals", item.code)).map(|at| at as usize),
    }
}

/// The columns of one table while they grow.
#[derive(Default)]
struct Columns {
    data: Vec<Option<ColumnData>>,
    needed: Vec<usize>,
}

impl Columns {
    fn need(&mut self, column: usize, types: &[ColumnType]) {
        self.data.resize_with(types.len(), || None);
        if self.data[column].is_some() {
            return;
        }
        self.needed.push(column);
        self.data[column] = Some(match &types[column] {
            ColumnType::Text | ColumnType::Code { .. } | ColumnType::Codes { .. } => {
                ColumnData::Text { ids: Vec::new(), present: Bits::default() }
            }
            ColumnType::Number { .. } | ColumnType::Date | ColumnType::YearMonth | ColumnType::Angle => {
                ColumnData::Number { values: Vec::new(), present: Bits::default() }
            }
        });
    }

    fn wants(&self, column: usize) -> bool {
        self.data.get(column).is_some_and(Option::is_some)
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
        let Some(data) = self.data.get_mut(column) else { return };
        match (data, parsed) {
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
}
