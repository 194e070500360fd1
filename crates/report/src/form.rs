//! A form as a page (普查表): blank to be filled by hand, or filled, in printed order.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use census::finding::Finding;
use census::sheet::{Row, Values};
use instrument::model::{Block, Form, FormKind, Instrument, Item, ItemType, Required};

use crate::bulletin::escaped;
use crate::unit;
use crate::write::Heading;

/// Columns for rows of a block beside each other, as many as an A4 page bears.
const BESIDE: usize = 4;

/// The page of a form; `None` when the instrument has no such form. `findings` are those of the sheet, with their
/// words: each item one of them reads is marked.
pub fn html(
    instrument: &Instrument,
    form: &str,
    values: Option<&Values>,
    findings: &[(Finding, String)],
    heading: &Heading,
) -> Option<String> {
    let form = instrument.form(form)?;
    let blank = Values::default();
    let page = Page { instrument, form, values: values.unwrap_or(&blank), filled: values.is_some(), findings };
    let title = format!("{} {}", form.code, form.title);
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
        escaped(&title)
    );
    if heading.simulated {
        out += "<p class=\"banner\">模拟数据，仅供练习</p>\n";
    }
    let _ = writeln!(
        out,
        "<header><div class=\"no\">表号：{}<br>{}<br>{} 年</div><h1>{}</h1></header>",
        escaped(&form.code),
        escaped(kind(form.kind)),
        instrument.period,
        escaped(&form.title)
    );
    page.common(&mut out, 'H');
    for (at, block) in form.blocks.iter().enumerate() {
        page.block(&mut out, at, block);
    }
    page.common(&mut out, 'F');
    page.findings(&mut out);
    page.notes(&mut out, heading);
    out += "</body>\n</html>\n";
    Some(out)
}

fn kind(kind: FormKind) -> &'static str {
    match kind {
        FormKind::Base => "基表",
        FormKind::Comprehensive => "综合表",
        FormKind::Accounting => "核算表",
        FormKind::Computed => "计算表",
        FormKind::Directory => "清查表",
    }
}

struct Page<'a> {
    instrument: &'a Instrument,
    form: &'a Form,
    values: &'a Values,
    filled: bool,
    findings: &'a [(Finding, String)],
}

impl Page<'_> {
    /// Header items before, footer items after the form.
    fn common(&self, out: &mut String, first: char) {
        let items: Vec<&Item> = self.instrument.common.iter().filter(|i| i.code.starts_with(first)).collect();
        if items.is_empty() {
            return;
        }
        *out += "<dl class=\"common\">";
        for item in items {
            let value = self.values.common.get(&item.code).map_or("", String::as_str);
            let _ = write!(
                out,
                "<div><dt>{} {}</dt><dd>{}</dd></div>",
                escaped(&item.code),
                escaped(&item.name),
                escaped(&self.shown(item, value))
            );
        }
        *out += "</dl>\n";
    }

    fn block(&self, out: &mut String, at: usize, block: &Block) {
        let items: Vec<&Item> = self.form.items.iter().filter(|i| i.block == at).collect();
        if items.is_empty() {
            return;
        }
        let empty = Row::new();
        let rows: Vec<&Row> = self.values.rows(&block.name).iter().collect();
        let least = if !block.many || self.filled { 1 } else { BESIDE - 1 };
        let wanted = rows.len().max(least);
        let rows: Vec<&Row> = rows.into_iter().chain(std::iter::repeat(&empty)).take(wanted).collect();
        for (piece, beside) in rows.chunks(BESIDE).enumerate() {
            *out += "<table>";
            if block.many {
                let _ = write!(out, "<caption>{}</caption>", escaped(&block.title));
            }
            *out += "<thead><tr><th class=\"name\">指标名称</th><th>计量单位</th><th>代码</th>";
            for n in 0..beside.len() {
                let head = if block.many { (piece * BESIDE + n + 1).to_string() } else { "指标值".to_owned() };
                let _ = write!(out, "<th class=\"value\">{head}</th>");
            }
            *out += "</tr></thead><tbody>";
            for item in &items {
                self.line(out, item, block, piece * BESIDE, beside);
            }
            *out += "</tbody></table>\n";
        }
    }

    fn line(&self, out: &mut String, item: &Item, block: &Block, first: usize, rows: &[&Row]) {
        let mut marks = String::new();
        match item.required {
            Required::Yes => marks += "<b title=\"必填\">●</b>",
            Required::Conditional | Required::ByIndustry => marks += "<b title=\"视情况必填\">○</b>",
            Required::No => {}
        }
        if item.provenance.provisional() {
            marks += "<i>暂定</i>";
        } else if item.provenance.number_inferred() {
            marks += "<i>编号推定</i>";
        }
        // A part of a composite item stands under it.
        let part = item.code.contains('.');
        let _ = write!(
            out,
            "<tr><td class=\"name{}\">{}{marks}</td><td class=\"unit\">{}</td><td class=\"code\">{}</td>",
            if part { " part" } else { "" },
            escaped(&item.name),
            escaped(&unit::chinese(&item.measure.to_string())),
            escaped(&item.code)
        );
        for (n, row) in rows.iter().enumerate() {
            let value = row.get(&item.code).map_or("", String::as_str);
            let found = self.numbers_on(&block.name, (first + n) as u32, &item.code);
            let number = if matches!(item.ty, ItemType::Number { .. }) { " n" } else { "" };
            let class = if found.is_empty() { String::new() } else { " found".to_owned() };
            let list = found.iter().map(|n| format!("<sup>{n}</sup>")).collect::<Vec<_>>().concat();
            let _ = write!(out, "<td class=\"value{number}{class}\">{}{list}</td>", escaped(&self.shown(item, value)));
        }
        *out += "</tr>";
    }

    /// A code with its name, everything else as typed.
    fn shown(&self, item: &Item, value: &str) -> String {
        let (ItemType::Code { list } | ItemType::Codes { list, .. }) = &item.ty else { return value.to_owned() };
        let Some(list) = self.instrument.list(list) else { return value.to_owned() };
        let named = |code: &str| {
            let code = code.trim();
            list.members
                .iter()
                .find(|m| m.code == code)
                .map_or_else(|| code.to_owned(), |m| format!("{code} {}", m.name))
        };
        value.split(';').map(named).collect::<Vec<_>>().join("；")
    }

    /// Numbers of the findings that read this place, from 1.
    fn numbers_on(&self, block: &str, row: u32, item: &str) -> Vec<usize> {
        let table = if block.is_empty() { self.form.code.clone() } else { format!("{}/{block}", self.form.code) };
        let bracketed = format!("[{item}]");
        self.findings
            .iter()
            .enumerate()
            .filter(|(_, (f, _))| f.table == table && f.row == row)
            .filter(|(_, (f, _))| f.item() == item || f.values.iter().any(|(text, _)| *text == bracketed))
            .map(|(n, _)| n + 1)
            .collect()
    }

    fn findings(&self, out: &mut String) {
        if self.findings.is_empty() {
            return;
        }
        *out += "<section class=\"findings\"><h2>审核问题</h2><ol>";
        for (finding, words) in self.findings {
            let grade = match finding.grade {
                census::finding::FindingGrade::Error => "强制性",
                census::finding::FindingGrade::Verify => "核实性",
                census::finding::FindingGrade::Hint => "提示性",
            };
            let row = if finding.table.contains('/') { format!("第 {} 行 ", finding.row + 1) } else { String::new() };
            let _ = write!(out, "<li><b>{} {grade}</b> {row}{}</li>", escaped(&finding.rule), escaped(words));
        }
        *out += "</ol></section>\n";
    }

    /// What a filler must know: codes of short lists, the items' remarks, what is provisional.
    fn notes(&self, out: &mut String, heading: &Heading) {
        *out += "<section class=\"notes\"><h2>说明</h2><ul>";
        let mut said = BTreeSet::new();
        // Items that share a remark are named before it.
        let mut remarks: Vec<(&str, Vec<&str>)> = Vec::new();
        for item in self.form.items.iter().filter(|i| !i.notes.is_empty()) {
            match remarks.iter_mut().find(|(words, _)| *words == item.notes) {
                Some((_, codes)) => codes.push(&item.code),
                None => remarks.push((&item.notes, vec![&item.code])),
            }
        }
        for (words, codes) in remarks {
            let _ = write!(out, "<li>{}：{}</li>", escaped(&codes.join("、")), escaped(words));
        }
        for item in &self.form.items {
            let (ItemType::Code { list } | ItemType::Codes { list, .. }) = &item.ty else { continue };
            if !said.insert(list) {
                continue;
            }
            let Some(list) = self.instrument.list(list).filter(|l| l.members.len() <= 24) else { continue };
            let codes: Vec<String> = list.members.iter().map(|m| format!("{} {}", m.code, m.name)).collect();
            let _ = write!(
                out,
                "<li>{}（{}）：{}</li>",
                escaped(&item.code),
                escaped(&list.title),
                escaped(&codes.join("；"))
            );
        }
        *out += "<li>● 必填，○ 视情况或行业必填。</li>";
        if self.form.items.iter().any(|i| i.provenance.provisional() || i.provenance.number_inferred()) {
            *out += "<li>标“暂定”的指标凭回忆整理，标“编号推定”的指标名称见于来源、编号由次序推定；均待与正式文本核对。</li>";
        }
        let _ = writeln!(out, "</ul><p>{}　{}</p></section>", escaped(&heading.office), escaped(&heading.instrument));
    }
}

const STYLE: &str = "
@page{size:A4;margin:16mm 14mm}
body{font:13px/1.5 'Noto Sans CJK SC','Microsoft YaHei','PingFang SC','SimHei',sans-serif;color:#111;max-width:60em;margin:0 auto;padding:1em}
header{position:relative;text-align:center;min-height:4.5em}
h1{font-size:20px;letter-spacing:.05em;margin:0;padding-top:1.2em}
h2{font-size:14px;margin:1em 0 .3em}
.no{position:absolute;right:0;top:0;text-align:left;font-size:12px}
.banner{border:1px solid #d9a400;background:#fff3d6;color:#6b4e00;text-align:center;font-weight:700;margin:0 0 .6em}
.common{display:grid;grid-template-columns:1fr 1fr;gap:0 2em;margin:.6em 0}
.common div{display:flex;gap:.6em;border-bottom:1px solid #999;min-height:1.9em;align-items:end}
.common dt{color:#444;white-space:nowrap}.common dd{margin:0}
table{border-collapse:collapse;width:100%;margin:.5em 0 1em;table-layout:auto}
caption{text-align:left;font-weight:700;padding:.2em 0}
th,td{border:1px solid #555;padding:.2em .45em}
table{border:2px solid #111}thead th{background:#eef2f6;font-weight:700}thead{display:table-header-group}tr{break-inside:avoid}
.name{min-width:13em}.part{padding-left:1.6em}.unit,.code{text-align:center;white-space:nowrap}.value{min-width:6.5em}.n{text-align:right;font-variant-numeric:tabular-nums}
td b{font-size:9px;color:#555;vertical-align:super;margin-left:.2em}td i{font-style:normal;font-size:10px;color:#8a5a00;border:1px solid #d9a400;border-radius:2px;padding:0 .2em;margin-left:.4em}
.found{background:#fde8e6}.found sup{color:#b00020;font-weight:700;margin-left:.2em}
.notes,.findings{font-size:12px;color:#333}.notes ul,.findings ol{padding-left:1.6em;margin:.2em 0}
";

#[cfg(test)]
mod tests {
    use census::finding::{FindingGrade, FindingKind};

    use super::*;
    use crate::read::folder::tests::instrument;

    /// The text of a page, without its head and its marks.
    fn text(page: &str) -> String {
        let body = page.split_once("<body>").map_or(page, |(_, b)| b);
        let mut out = String::new();
        let mut inside = false;
        for c in body.chars() {
            match c {
                '<' => inside = true,
                '>' => {
                    inside = false;
                    out.push(' ');
                }
                c if !inside => out.push(c),
                _ => {}
            }
        }
        out.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn blank_and_filled() {
        let heading = Heading { office: "某县普查办".into(), instrument: "x-2017 1".into(), ..Heading::default() };
        let page = |values: Option<&Values>, findings: &[(Finding, String)]| {
            html(&instrument(), "G102", values, findings, &heading).map(|p| text(&p)).unwrap_or_default()
        };
        let blank = page(None, &[]);
        assert_eq!(
            blank,
            "表号：G102 基表 2017 年 废水 H1 指标H1 指标名称 计量单位 代码 指标值 指标01 01 指标02 02 \
             facility 指标名称 计量单位 代码 1 2 3 指标05 05 说明 ● 必填，○ 视情况或行业必填。 某县普查办 x-2017 1"
        );
        let row = |text: &str| Row::from([("05".to_owned(), text.to_owned())]);
        let values = Values {
            common: Row::from([("H1".into(), "41".into())]),
            flat: Row::from([("01".into(), "<100>".into())]),
            blocks: [("facility".to_owned(), ["a", "b", "c", "d", "e"].map(row).to_vec())].into(),
        };
        let finding = Finding {
            unit: "u".into(),
            rule: "C005".into(),
            grade: FindingGrade::Error,
            table: "G102/facility".into(),
            row: 4,
            kind: FindingKind::Failed,
            values: vec![("[05]".into(), "e".into())],
        };
        let filled = page(Some(&values), &[(finding, "不符".into())]);
        assert_eq!(
            filled,
            "表号：G102 基表 2017 年 废水 H1 指标H1 41 指标名称 计量单位 代码 指标值 指标01 01 &lt;100&gt; 指标02 02 \
             facility 指标名称 计量单位 代码 1 2 3 4 指标05 05 a b c d \
             facility 指标名称 计量单位 代码 5 指标05 05 e 1 审核问题 C005 强制性 第 5 行 不符 \
             说明 ● 必填，○ 视情况或行业必填。 某县普查办 x-2017 1"
        );
        assert_eq!(html(&instrument(), "G999", None, &[], &heading), None);
    }
}
