//! The stories' instrument: the shipped forms, lists, areas and coefficients, with a few rules and
//! tables of its own, so that a story stays readable when the shipped rules grow.

use std::path::Path;

use instrument::factors::FactorLibrary;
use instrument::files::{Files, Folder};
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

/// Reads the parts of the shipped package, and adds the story's own.
pub fn instrument() -> Instrument {
    let folder = Part(Folder::new(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../instruments/cn-2017")));
    let mut problems = Problems::default();
    let lists = instrument::lists::read(&folder, &mut problems);
    let (forms, common, schema) = instrument::forms::read(&folder, &lists, &mut problems);
    let mut areas = instrument::areas::read(&folder, &mut problems);
    // One county and what is above it is enough.
    areas.retain(|a| !matches!(a.level, AreaLevel::Town | AreaLevel::Village) || a.code.starts_with("410182"));
    let rules = instrument::rule_text::read("story.md", RULES, &mut problems);
    let factors = FactorLibrary::load(&folder, &mut problems);
    let due = |form: &str, when: &str| Obligation { form: form.into(), when: when.into(), exact: false };
    assert_eq!(problems.errors(), 0, "{:?}", problems.0);
    Instrument {
        id: "story".into(),
        title: "故事".into(),
        version: "1".into(),
        period: 2017,
        forms,
        common,
        lists,
        respondents: vec![Respondent {
            code: "industrial".into(),
            title: "工业企业".into(),
            forms: vec![due("G101-1", ""), due("G102", "[16] = 1")],
        }],
        rules,
        factors,
        areas,
        review: chain(),
        schedule: Vec::new(),
        tables: tables(),
        parameters: [("scope.industrial.divisions", "06..46"), ("scope.industrial.elsewhere", "4620")]
            .map(|(name, value)| (name.to_owned(), parameter(value)))
            .into(),
        schema,
        fingerprint: "story".into(),
    }
}

/// The forms and coefficients the story uses; the package has many more.
struct Part(Folder);

const FORMS: [&str; 4] = ["form", "G101-1", "G102", "G106-1"];

impl Files for Part {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        let bytes = self.0.read(path)?;
        if path != "forms/index.csv" {
            return Some(bytes);
        }
        let text = String::from_utf8(bytes).ok()?;
        let lines = text.lines().filter(|line| FORMS.iter().any(|form| line.split(',').next() == Some(form)));
        Some(lines.collect::<Vec<_>>().join("\n").into_bytes())
    }

    fn list(&self) -> Vec<String> {
        let mut paths = self.0.list();
        paths.retain(|path| !path.starts_with("factors/industrial/") || path.ends_with("/30.csv"));
        paths
    }
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
