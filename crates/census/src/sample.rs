//! A small instrument for the tests of this crate, from a few lines of text.

use expr::measure::Measure;
use expr::schema::{Column, ColumnId, ColumnType, List, ListId, Period, Rows, Schema, Table, TableId};
use instrument::factors::FactorLibrary;
use instrument::model::*;

use crate::sheet::{UnitSheets, Values};

const LISTS: &str = "yes_no: 1 是, 2 否
op_status: 1 运行, 2 全年停产
industry_gbt4754_2017: 30 非金属矿物制品业, 3011 水泥制造, 3021 水泥制品制造, 44 电力、热力生产和供应业, 4430 热力生产和供应
method: 1100 沉淀, 1200 过滤, 1300 生化
pollutant: 化学需氧量 化学需氧量, 氨氮 氨氮, 二氧化硫 二氧化硫";

const FORMS: &str = "G101-1: 01 S(20) - Y, 03.1.code C:industry_gbt4754_2017 - N, 13 C:op_status - N, 14 I h N, 15 D1 10^3yuan N, 16 C:yes_no - Y
G102: 01 I m3 Y, 02 I m3 N, 03 I m3 N, 21 ANGLE - N
G102/facility: 08 I m3/d N, 09 CODES:method - N, 10 I h N, 11 I m3 N
G102/outlet: 16 S(6) - N, 22 I m3 N
G103-1/boiler: 01 S(20) - N, 27 D2 t N";

const COMMON: &str = "H1 S(16) - N, H2 S(18) - N, F4 DATE - N";

/// The instrument with rules given as `code grade home: text` lines.
pub fn instrument(rules: &str) -> Instrument {
    let lists: Vec<CodeList> = LISTS.lines().map(list).collect();
    let mut schema = Schema {
        tables: Vec::new(),
        lists: lists
            .iter()
            .map(|l| List {
                name: l.name.clone(),
                codes: l.members.iter().map(|m| m.code.clone()).collect(),
                names: l.members.iter().map(|m| m.name.clone()).collect(),
            })
            .collect(),
    };
    let mut forms: Vec<Form> = Vec::new();
    let mut common = Vec::new();
    for line in FORMS.lines() {
        let (table, items) = line.split_once(": ").expect("table: items");
        let (code, block) = table.split_once('/').unwrap_or((table, ""));
        if forms.last().is_none_or(|f| f.code != code) {
            forms.push(form(code));
            let flat = add_table(&mut schema, forms.last_mut().expect("just pushed"), "");
            if !block.is_empty() {
                common = add_items(&mut schema, None, flat, COMMON, &lists);
            }
        }
        let form = forms.last_mut().expect("there is one");
        let id = form.blocks.iter().find(|b| b.name == block).map(|b| b.table);
        let id = id.unwrap_or_else(|| add_table(&mut schema, form, block));
        let items = add_items(&mut schema, Some(form.blocks.len() - 1), id, items, &lists);
        form.items.extend(items);
        if block.is_empty() {
            common = add_items(&mut schema, None, id, COMMON, &lists);
        }
    }
    let own = schema.tables.len() as u32;
    for at in 0..own {
        let twin = schema.tables[at as usize].clone();
        schema.tables.push(Table { prior_of: Some((TableId(at), Period::LastYear)), ..twin });
    }
    Instrument {
        id: "sample".into(),
        title: "样例".into(),
        version: "1".into(),
        period: 2017,
        forms,
        common,
        lists,
        respondents: vec![Respondent {
            code: "industrial".into(),
            title: "工业".into(),
            forms: [("G101-1", "", false), ("G102", "[16] = 1", true), ("G103-1", "[14] > 8000 h", false)]
                .map(|(form, when, exact)| Obligation { form: form.into(), when: when.into(), exact })
                .into(),
        }],
        rules: rules.lines().map(str::trim).filter(|l| !l.is_empty()).map(rule).collect(),
        factors: FactorLibrary::default(),
        areas: Vec::new(),
        area_changes: Vec::new(),
        area_names: Vec::new(),
        review: ReviewChain::default(),
        schedule: Vec::new(),
        tables: Vec::new(),
        parameters: [(
            "hours".to_owned(),
            Parameter { value: "8760 h".into(), title: String::new(), provenance: seen() },
        )]
        .into(),
        schema,
        fingerprint: "f".into(),
    }
}

/// Sheets of one unit, a line each: `G102 01=100 02=60 facility.08=5 facility#2.08=7 H2=…`.
pub fn unit(id: &str, sheets: &str) -> UnitSheets {
    let mut unit = UnitSheets { unit: id.into(), respondent: "industrial".into(), ..UnitSheets::default() };
    for line in sheets.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let mut words = line.split(' ');
        let form = words.next().unwrap_or_default().to_owned();
        let mut values = Values::default();
        for (place, text) in words.filter_map(|w| w.split_once('=')) {
            let text = text.replace('_', " ");
            match place.split_once('.').filter(|(block, _)| block.chars().next().is_some_and(char::is_alphabetic)) {
                Some((block, item)) => {
                    let (block, row) = block.split_once('#').unwrap_or((block, "1"));
                    let rows = values.blocks.entry(block.to_owned()).or_default();
                    let row: usize = row.parse().expect("a row number");
                    rows.resize_with(rows.len().max(row), Default::default);
                    rows[row - 1].insert(item.to_owned(), text);
                }
                None if place.starts_with(['H', 'F']) => drop(values.common.insert(place.to_owned(), text)),
                None => drop(values.flat.insert(place.to_owned(), text)),
            }
        }
        unit.sheets.insert(form, values);
    }
    unit
}

fn seen() -> Provenance {
    Provenance { mark: Mark::Seen, text: "S".into() }
}

fn list(line: &str) -> CodeList {
    let (name, members) = line.split_once(": ").expect("list: members");
    let members = members.split(", ").filter_map(|m| m.split_once(' ')).map(|(code, name)| Member {
        code: code.into(),
        name: name.into(),
        name_en: String::new(),
        parent: String::new(),
        extra: String::new(),
        provenance: seen(),
    });
    CodeList { name: name.into(), title: name.into(), members: members.collect() }
}

fn form(code: &str) -> Form {
    Form {
        code: code.into(),
        title: code.into(),
        title_en: String::new(),
        family: "G".into(),
        kind: FormKind::Base,
        respondent: "industrial".into(),
        due: String::new(),
        items: Vec::new(),
        blocks: Vec::new(),
        confidence: String::new(),
    }
}

fn add_table(schema: &mut Schema, form: &mut Form, block: &str) -> TableId {
    let id = TableId(schema.tables.len() as u32);
    schema.tables.push(Table {
        form: form.code.clone(),
        block: block.into(),
        block_aliases: Vec::new(),
        rows: if block.is_empty() { Rows::One } else { Rows::Many },
        columns: Vec::new(),
        prior_of: None,
    });
    form.blocks.push(Block { name: block.into(), title: String::new(), many: !block.is_empty(), table: id });
    id
}

fn add_items(schema: &mut Schema, block: Option<usize>, table: TableId, items: &str, lists: &[CodeList]) -> Vec<Item> {
    let mut made = Vec::new();
    for item in items.split(", ") {
        let words: Vec<&str> = item.split(' ').collect();
        let list_id = |name: &str| ListId(lists.iter().position(|l| l.name == name).expect("a list") as u32);
        let (ty, column) = match words[1].split_once(':').unwrap_or((words[1], "")) {
            ("I", _) => (ItemType::Number { scale: 0 }, ColumnType::Number { scale: 0 }),
            ("D1", _) => (ItemType::Number { scale: 1 }, ColumnType::Number { scale: 1 }),
            ("D2", _) => (ItemType::Number { scale: 2 }, ColumnType::Number { scale: 2 }),
            ("DATE", _) => (ItemType::Date, ColumnType::Date),
            ("ANGLE", _) => (ItemType::Angle, ColumnType::Angle),
            ("C", name) => (ItemType::Code { list: name.into() }, ColumnType::Code { list: list_id(name) }),
            ("CODES", name) => {
                (ItemType::Codes { list: name.into(), max: 5 }, ColumnType::Codes { list: list_id(name) })
            }
            _ => (ItemType::Text { max: 20 }, ColumnType::Text),
        };
        let measure = match words[2] {
            "-" => Measure::none(),
            "10^3yuan" => Measure::parse("10^3 yuan").expect("a unit"),
            unit => Measure::parse(unit).expect("a unit"),
        };
        let columns = &mut schema.tables[table.0 as usize].columns;
        let id = ColumnId { table, column: columns.len() as u32 };
        columns.push(Column { code: words[0].into(), name: words[0].into(), ty: column, measure: measure.clone() });
        made.push(Item {
            code: words[0].into(),
            name: format!("指标{}", words[0]),
            name_en: String::new(),
            block: block.unwrap_or(0),
            ty,
            measure,
            required: if words[3] == "Y" { Required::Yes } else { Required::No },
            notes: String::new(),
            provenance: seen(),
            column: id,
        });
    }
    made
}

fn rule(line: &str) -> Rule {
    let (head, text) = line.split_once(": ").expect("code grade home: text");
    let words: Vec<&str> = head.split(' ').collect();
    let native = text.strip_prefix("native ").map(str::to_owned);
    Rule {
        code: words[0].into(),
        title: words[0].into(),
        grade: match words[1] {
            "error" => Grade::Error,
            "verify" => Grade::Verify,
            _ => Grade::Hint,
        },
        scope: words[2].into(),
        text: if native.is_some() { String::new() } else { text.into() },
        text_line: 1,
        message: String::new(),
        provenance: seen(),
        file: "rules.md".into(),
        line: 1,
        cases: Vec::new(),
        native,
    }
}
