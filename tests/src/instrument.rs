//! The stories' instrument: the shipped forms, lists, areas and coefficients, with a few rules and
//! tables of its own, so that a story stays readable when the shipped rules grow.

use std::path::Path;

use instrument::files::Folder;
use instrument::model::{
    AreaLevel, Instrument, Mark, Obligation, Parameter, Provenance, Respondent, ReviewChain, ReviewStep, TableColumn,
    TableDefinition,
};
use instrument::problem::Problems;

const RULES: &str = r#"
## S001 取水量等于各水源之和

```toml
scope = "G102"
grade = "强制性"
provenance = "D"
message = "取水量{[01]}不等于各水源之和"
```

```rule
[01] = [02] + [03] + [04] + [05]
```

| [01] | [02] | [03] | [04] | [05] | → |
|---|---|---|---|---|---|
| 10 | 4 | 6 | 0 | 0 | ok |
| 11 | 4 | 6 | 0 | 0 | fail |

## S002 取水量偏大

```toml
scope = "G102"
grade = "核实性"
provenance = "D"
message = "取水量{[01]}偏大，请核实"
```

```rule
[01] <= 100000
```

| [01] | → |
|---|---|
| 5 | ok |
| 100001 | fail |
"#;

/// How the shipped package reads lists.
pub fn intake() -> census::frame::Intake {
    let folder = Folder::new(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../instruments/cn-2017"));
    let mut problems = Problems::default();
    let intake = census::frame::Intake::read(&folder, false, &mut problems);
    assert_eq!(problems.errors(), 0, "{:?}", problems.0);
    intake
}

/// Reads the shipped package, and puts the story's own parts in.
pub fn instrument() -> Instrument {
    let folder = Folder::new(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../instruments/cn-2017"));
    let mut instrument = Instrument::read_trusted(&folder).unwrap_or_else(|problems| panic!("{problems:?}"));
    let mut problems = Problems::default();
    instrument.rules = instrument::rule_text::read("story.md", RULES, &mut problems);
    assert_eq!(problems.errors(), 0, "{:?}", problems.0);
    // One county and what is above it is enough.
    instrument
        .areas
        .retain(|a| !matches!(a.level, AreaLevel::Town | AreaLevel::Village) || a.code.starts_with("410182"));
    let due = |form: &str, when: &str| Obligation { form: form.into(), when: when.into(), exact: false };
    instrument.respondents = vec![Respondent {
        code: "industrial".into(),
        title: "工业企业".into(),
        forms: vec![due("G101-1", ""), due("G102", "[16] = 1")],
    }];
    instrument.review = chain();
    instrument.tables = tables();
    let scope = [("scope.industrial.divisions", "06..46"), ("scope.industrial.elsewhere", "4620")];
    instrument.parameters = scope.map(|(name, value)| (name.to_owned(), parameter(value))).into();
    instrument.version = "1".into();
    instrument
}

fn parameter(value: &str) -> Parameter {
    let provenance = Provenance { mark: Mark::Decided, text: "D".into() };
    Parameter { value: value.into(), title: String::new(), provenance }
}

fn chain() -> ReviewChain {
    let step = |code: &str, role: &str, totals, persons| ReviewStep {
        code: code.into(),
        title: code.into(),
        role: role.into(),
        totals,
        persons,
    };
    ReviewChain {
        steps: vec![
            step("self-check", "respondent", None, 1),
            step("sign", "manager", None, 1),
            step("pre-check", "enumerator", None, 2),
            step("pre-check-2", "instructor", None, 1),
            step("county", "county", Some(AreaLevel::County), 1),
            step("city", "city", Some(AreaLevel::City), 1),
            step("province", "province", Some(AreaLevel::Province), 1),
        ],
    }
}

fn tables() -> Vec<TableDefinition> {
    let column = |title: &str, unit: &str, value: &str| TableColumn {
        title: title.into(),
        unit: unit.into(),
        value: value.into(),
    };
    vec![TableDefinition {
        code: "T01".into(),
        title: "各地区普查对象与污染物".into(),
        rows: vec!["area".into()],
        columns: vec![
            column("普查对象", "个", "count(units)"),
            column("取水量", "m3", "sum(G102[01])"),
            column("颗粒物排放量", "t", "sum(emitted[颗粒物])"),
        ],
        note: String::new(),
    }]
}
