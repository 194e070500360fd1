//! A rule as text: what it says, what it reads, what its limits are, what its cases show (规则说明).

use std::collections::BTreeSet;
use std::fmt::Write;

use expr::Outcome;
use expr::compile::{RuleText, compile};
use expr::schema::ColumnId;

use crate::model::{Instrument, Item, Rule};
use crate::show;

/// A rule, or all parts of a check (`B035` for `B035.1`, `B035.2` …), as a page of text; `None` when there is none.
pub fn explain(instrument: &Instrument, code: &str) -> Option<String> {
    let rules: Vec<&Rule> = instrument.rules.iter().filter(|r| r.code == code || r.check() == code).collect();
    if rules.is_empty() {
        return None;
    }
    Some(rules.iter().map(|rule| page(instrument, rule)).collect::<Vec<_>>().join("\n"))
}

fn page(instrument: &Instrument, rule: &Rule) -> String {
    let mut page = String::new();
    let mut line = |text: &str| {
        let _ = writeln!(page, "{}", text.trim_end());
    };
    line(&format!("{}　{}　（{}）", rule.code, rule.title, rule.grade.title()));
    line(&format!("适用：{}", scope(instrument, rule)));
    line(&format!("依据：{}", show::mark(&rule.provenance)));
    line(&format!("位置：{}:{}", rule.file, rule.line));
    line(&format!("提示：{}", rule.message));
    match &rule.native {
        Some(native) if native.starts_with("needs") => line(&format!("暂不能检查：{native}")),
        Some(native) => line(&format!("归程序承担：{native}")),
        None => {}
    }
    if !rule.text.is_empty() {
        line("条件：");
        for text in rule.text.lines() {
            line(&format!("    {text}"));
        }
    }
    let items = items(instrument, rule);
    if !items.is_empty() {
        line("涉及指标：");
        for (name, item) in items {
            let unit = show::unit(instrument, &item.measure.text);
            let unit = if unit.is_empty() { unit } else { format!("（{unit}）") };
            line(&format!(
                "    {name} {}{unit}　{}　{}",
                item.name,
                show::kind(instrument, &item.ty),
                show::mark(&item.provenance)
            ));
        }
    }
    for (at, name) in parameters(&rule.text).into_iter().enumerate() {
        if at == 0 {
            line("参数：");
        }
        match instrument.parameters.get(name) {
            Some(p) => line(&format!("    {name} = {}　{}　{}", p.value, p.title, show::mark(&p.provenance))),
            None => line(&format!("    {name}　（未定义）")),
        }
    }
    if !rule.cases.is_empty() {
        line(&format!("用例（{} 个）：", rule.cases.len()));
        for case in &rule.cases {
            let shown = |cell: &str| if cell.is_empty() { "空".to_owned() } else { cell.to_owned() };
            let given: Vec<String> = case.given.iter().map(|(h, cell)| format!("{h} {}", shown(cell))).collect();
            let expect = match case.expect {
                Outcome::Pass => "通过",
                Outcome::Fail => "不通过",
                Outcome::NotApplicable => "不适用",
                Outcome::NotComputable => "无法计算（缺数）",
            };
            line(&format!("    {} → {expect}", given.join("，")));
        }
    }
    page
}

fn scope(instrument: &Instrument, rule: &Rule) -> String {
    let (code, block) = rule.scope.split_once('/').unwrap_or((&rule.scope, ""));
    match (code, instrument.form(code)) {
        ("*", _) => "每张普查表".to_owned(),
        ("directory", _) => "普查名录".to_owned(),
        ("area", _) => "地区汇总".to_owned(),
        (_, Some(form)) => {
            let block = form.blocks.iter().find(|b| b.many && b.name == block);
            let rows = block.map(|b| format!("，{}（{}）每行", b.title, b.name)).unwrap_or_default();
            format!("{} {}{rows}", form.code, form.title)
        }
        (other, None) => other.to_owned(),
    }
}

/// What the rule reads, with the name it has in the package.
fn items<'a>(instrument: &'a Instrument, rule: &Rule) -> Vec<(String, &'a Item)> {
    let Some(home) = instrument.homes(rule).first().copied() else { return Vec::new() };
    let text = RuleText { code: &rule.code, home, text: &rule.text };
    let (program, _) = compile(&instrument.schema, &instrument.limits(), &[text]);
    let own = instrument.schema.at(home).form.clone();
    let mut found = Vec::new();
    for column in program.needs() {
        let table = instrument.schema.at(column.table);
        let (now, prior) = match table.prior_of {
            Some((of, _)) => (ColumnId { table: of, ..column }, true),
            None => (column, false),
        };
        let common = instrument.common.iter().find(|i| i.code == table.columns[column.column as usize].code);
        let item = instrument.form(&table.form).and_then(|f| f.items.iter().find(|i| i.column == now));
        let Some(item) = item.or(common) else { continue };
        let owner = if table.form == own && table.block.is_empty() { String::new() } else { table.code() };
        // Header and footer are written `H[1]`, `F[4]`.
        let name = match item.code.strip_prefix(['H', 'F']) {
            Some(number) => format!("{}[{number}]", &item.code[..1]),
            None => format!("{owner}[{}]", item.code),
        };
        found.push((if prior { format!("prior({name})") } else { name }, item));
    }
    found
}

/// Names in `param("…")`, in order of first appearance.
fn parameters(text: &str) -> Vec<&str> {
    let mut seen = BTreeSet::new();
    text.split("param(\"").skip(1).filter_map(|rest| rest.split('"').next()).filter(|name| seen.insert(*name)).collect()
}
