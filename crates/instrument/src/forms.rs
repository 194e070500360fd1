//! Forms and their items: `forms/index.csv`, `forms/<CODE>.csv`, `forms/_common.csv`.

use expr::measure::Measure;
use expr::schema::{Column, ColumnId, ColumnType, List, ListId, Period, Rows, Schema, Table, TableId};

use crate::files::Files;
use crate::model::{Block, CodeList, Form, FormKind, Item, ItemType, Mark, Provenance, Required};
use crate::problem::{PackageError, Problems};
use crate::rows::{CsvRow, Sheet};

const INDEX: [&str; 14] = [
    "form",
    "title",
    "title_en",
    "family",
    "kind",
    "respondent",
    "filled_by",
    "due",
    "rows",
    "items",
    "seen",
    "confidence",
    "sources",
    "basis",
];
const ITEM: [&str; 11] =
    ["item", "name_zh", "name_en", "unit", "type", "block", "alias", "required", "notes", "mark", "provenance"];

/// All forms, with the schema that rules are checked against.
pub fn read(files: &dyn Files, lists: &[CodeList], problems: &mut Problems) -> (Vec<Form>, Vec<Item>, Schema) {
    let mut schema = Schema { tables: Vec::new(), lists: lists.iter().map(schema_list).collect() };
    // When the lists have errors, that a form names an unknown one says nothing more.
    let lists = (problems.errors() == 0).then_some(lists);
    let common_rows = Sheet::read(files, "forms/_common.csv", &ITEM, problems);
    let mut forms = Vec::new();
    let Some(index) = Sheet::read(files, "forms/index.csv", &INDEX, problems) else {
        return (forms, Vec::new(), schema);
    };
    let mut common = Vec::new();
    for row in index.rows() {
        let code = row.need("form", problems).to_owned();
        if forms.iter().any(|f: &Form| f.code == code) {
            problems.add(row.problem("form", format!("form `{code}` is listed twice")));
            continue;
        }
        let file = format!("forms/{code}.csv");
        let Some(sheet) = Sheet::read(files, &file, &ITEM, problems) else { continue };
        let mut form = Form {
            title: row.need("title", problems).to_owned(),
            title_en: row.get("title_en").to_owned(),
            family: row.need("family", problems).to_owned(),
            kind: kind(&row, problems),
            respondent: row.need("respondent", problems).to_owned(),
            due: row.get("due").to_owned(),
            confidence: row.get("confidence").to_owned(),
            items: Vec::new(),
            blocks: Vec::new(),
            code,
        };
        open_block(&mut form, &mut schema, "", "");
        for line in sheet.rows() {
            add_item(&mut form, &line, lists, &mut schema, problems);
        }
        // Header and footer are columns of every flat part.
        let mut shared = Vec::new();
        for line in common_rows.iter().flat_map(Sheet::rows) {
            if let Some(item) = item(&line, lists, problems) {
                shared.push(add_column(item, 0, form.blocks[0].table, &mut schema));
            }
        }
        if common.is_empty() {
            common = shared;
        } else {
            // The same mistakes would be told once a form.
            problems.0.dedup();
        }
        forms.push(form);
    }
    for path in files.under("forms/", ".csv") {
        let name = path.trim_start_matches("forms/").trim_end_matches(".csv");
        if !["index", "_common"].contains(&name) && !index.rows().any(|row| row.get("form") == name) {
            let error = PackageError::new(&path, 0, "", "the form is not in forms/index.csv");
            problems.add(error.hint("add a line for it, or delete the file"));
        }
    }
    add_prior_tables(&mut schema);
    (forms, common, schema)
}

/// Forms kept for reference only (`reference/*.csv`): read for their mistakes, counted, not surveyed.
pub fn reference(files: &dyn Files, problems: &mut Problems) -> usize {
    let mut items = 0;
    for path in files.under("reference/", ".csv") {
        let Some(sheet) = Sheet::read(files, &path, &ITEM, problems) else { continue };
        for row in sheet.rows() {
            row.need("item", problems);
            row.need("name_zh", problems);
            provenance(&row, problems);
            items += 1;
        }
    }
    items
}

fn schema_list(list: &CodeList) -> List {
    List {
        name: list.name.clone(),
        codes: list.members.iter().map(|m| m.code.clone()).collect(),
        names: list.members.iter().map(|m| m.name.clone()).collect(),
    }
}

/// Each table has a twin for last year's values and one for the census before.
fn add_prior_tables(schema: &mut Schema) {
    let own = schema.tables.len();
    for period in [Period::LastYear, Period::LastCensus] {
        for at in 0..own {
            let twin = Table { prior_of: Some((TableId(at as u32), period)), ..schema.tables[at].clone() };
            schema.tables.push(twin);
        }
    }
}

fn kind(row: &CsvRow, problems: &mut Problems) -> FormKind {
    match row.get("kind") {
        "base" => FormKind::Base,
        "comprehensive" => FormKind::Comprehensive,
        "accounting" => FormKind::Accounting,
        "computed" => FormKind::Computed,
        "directory" => FormKind::Directory,
        other => {
            let known = ["base", "comprehensive", "accounting", "computed", "directory"];
            problems.unknown(row.place("kind"), "kind of form", other, known);
            FormKind::Base
        }
    }
}

fn open_block(form: &mut Form, schema: &mut Schema, name: &str, alias: &str) -> usize {
    if let Some(at) = form.blocks.iter().position(|b| b.name == name) {
        return at;
    }
    let many = !name.is_empty();
    let table = TableId(schema.tables.len() as u32);
    schema.tables.push(Table {
        form: form.code.clone(),
        block: name.to_owned(),
        block_aliases: if alias.is_empty() { Vec::new() } else { vec![alias.to_owned()] },
        rows: if many { Rows::Many } else { Rows::One },
        columns: Vec::new(),
        prior_of: None,
    });
    form.blocks.push(Block { name: name.to_owned(), title: alias.to_owned(), many, table });
    form.blocks.len() - 1
}

fn add_item(form: &mut Form, row: &CsvRow, lists: Option<&[CodeList]>, schema: &mut Schema, problems: &mut Problems) {
    let Some(item) = item(row, lists, problems) else { return };
    let block = open_block(form, schema, row.get("block"), row.get("alias"));
    // Two parts of a form may share their columns (G101-3); one part may not name an item twice.
    if form.items.iter().any(|i| i.code == item.code && i.block == block) {
        let error = row.problem("item", format!("item `{}` is there twice", item.code));
        problems.add(error.hint("give it its own number, or a part of one: `05.lon`"));
        return;
    }
    let table = form.blocks[block].table;
    form.items.push(add_column(item, block, table, schema));
}

fn add_column(mut item: Item, block: usize, table: TableId, schema: &mut Schema) -> Item {
    let list = |name: &str| schema.list(name).unwrap_or(ListId(0));
    let ty = match &item.ty {
        ItemType::Number { scale } => ColumnType::Number { scale: *scale },
        ItemType::Text { .. } => ColumnType::Text,
        ItemType::Code { list: name } => ColumnType::Code { list: list(name) },
        ItemType::Codes { list: name, .. } => ColumnType::Codes { list: list(name) },
        ItemType::Date => ColumnType::Date,
        ItemType::YearMonth => ColumnType::YearMonth,
        ItemType::Angle => ColumnType::Angle,
    };
    let columns = &mut schema.tables[table.0 as usize].columns;
    item.block = block;
    item.column = ColumnId { table, column: columns.len() as u32 };
    let angle = ty == ColumnType::Angle;
    columns.push(Column { code: item.code.clone(), name: item.name.clone(), ty, measure: item.measure.clone() });
    if angle {
        // How many decimals the seconds were typed with, for rules that ask.
        columns.push(Column {
            code: format!("{}.decimals", item.code),
            name: item.name.clone(),
            ty: ColumnType::Number { scale: 0 },
            measure: Measure::none(),
        });
    }
    item
}

fn item(row: &CsvRow, lists: Option<&[CodeList]>, problems: &mut Problems) -> Option<Item> {
    let code = row.need("item", problems);
    if code.is_empty() {
        return None;
    }
    let measure = Measure::parse(row.get("unit")).unwrap_or_else(|| {
        let error = row.problem("unit", format!("`{}` is not a unit of measure", row.get("unit")));
        problems.add(error.hint("write it as t, kg, 10^4 m3, mg/L, m3/d …, or `per unit` when each row says its own"));
        Measure::none()
    });
    Some(Item {
        code: code.to_owned(),
        name: row.need("name_zh", problems).to_owned(),
        name_en: row.get("name_en").to_owned(),
        block: 0,
        ty: item_type(row, lists, problems)?,
        measure,
        required: required(row, problems),
        notes: row.get("notes").to_owned(),
        provenance: provenance(row, problems),
        column: ColumnId { table: TableId(0), column: 0 },
    })
}

fn item_type(row: &CsvRow, lists: Option<&[CodeList]>, problems: &mut Problems) -> Option<ItemType> {
    let text = row.need("type", problems);
    let parts: Vec<&str> = text.split(':').collect();
    let number = |digits: &str| digits.parse::<u8>().ok().filter(|n| *n <= 9);
    let known = |list: &str, problems: &mut Problems| {
        if let Some(lists) = lists.filter(|lists| !lists.iter().any(|l| l.name == list)) {
            problems.unknown(row.place("type"), "code list", list, lists.iter().map(|l| l.name.as_str()));
        }
        list.to_owned()
    };
    let found = match parts.as_slice() {
        ["I"] => Some(ItemType::Number { scale: 0 }),
        ["DATE"] => Some(ItemType::Date),
        ["YM"] => Some(ItemType::YearMonth),
        ["ANGLE"] => Some(ItemType::Angle),
        ["C", list] => Some(ItemType::Code { list: known(list, problems) }),
        ["CODES", list, max] => number(max).map(|max| ItemType::Codes { list: known(list, problems), max }),
        [plain] => {
            let decimals = plain.strip_prefix('D').and_then(number).map(|scale| ItemType::Number { scale });
            let length = plain.strip_prefix("S(").and_then(|t| t.strip_suffix(')')).and_then(|n| n.parse().ok());
            decimals.or(length.map(|max| ItemType::Text { max }))
        }
        _ => None,
    };
    if found.is_none() && !text.is_empty() {
        let error = row.problem("type", format!("`{text}` is not a type"));
        problems.add(error.hint("write I, D1..D6, S(n), C:list, CODES:list:n, DATE, YM or ANGLE"));
    }
    found
}

fn required(row: &CsvRow, problems: &mut Problems) -> Required {
    match row.get("required") {
        "Y" => Required::Yes,
        "C" => Required::Conditional,
        "O" => Required::ByIndustry,
        "N" | "" => Required::No,
        other => {
            problems.unknown(row.place("required"), "mark of duty", other, ["Y", "C", "O", "N"]);
            Required::No
        }
    }
}

/// The mark and the words of a row.
pub fn provenance(row: &CsvRow, problems: &mut Problems) -> Provenance {
    let mark = Mark::read(row.get("mark")).unwrap_or_else(|| {
        if row.has("mark") {
            problems.unknown(row.place("mark"), "mark", row.get("mark"), ["S", "R", "D"]);
        }
        Mark::Recalled
    });
    Provenance { mark, text: row.get("provenance").to_owned() }
}
