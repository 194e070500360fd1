//! The bulletin (公报) as one HTML page: prints on A4, asks nothing from outside, the same bytes for the same figures.

mod chart;
mod words;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use census::tabulate::{Cell, TableResult, TableRow};
use expr::exact::Decimal;

use crate::unit;
use crate::write::{Heading, grouped};
use words::{Asked, fixed, rounded, spoken, value};

/// What a bulletin is printed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bulletin {
    pub heading: Heading,
    /// Lines of the screening funnel.
    pub funnel: Vec<String>,
    pub tables: Vec<TableResult>,
    pub notes: Vec<String>,
    /// Table → hash of the versions it was built from.
    pub versions: BTreeMap<String, String>,
}

/// The page.
pub fn html(bulletin: &Bulletin) -> String {
    let head = &bulletin.heading;
    let title = format!("{}{}公报", head.area, head.census);
    let mut out = String::new();
    let _ = write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
        escaped(&title)
    );
    let banner = head.banner();
    if !banner.is_empty() {
        let _ = writeln!(out, "<p class=\"banner\" role=\"note\">{}</p>", escaped(&banner));
    }
    let _ = writeln!(
        out,
        "<header><h1>{}<br>{}公报</h1><p>{}</p></header>",
        escaped(&head.area),
        escaped(&head.census),
        escaped(&head.office)
    );
    if !bulletin.funnel.is_empty() {
        out += "<section><h2>清查</h2>";
        funnel(&mut out, &bulletin.funnel);
        out += "</section>\n";
    }
    let of = Tables(&bulletin.tables);
    for (number, name, write) in SECTIONS {
        let _ = writeln!(out, "<section><h2>{number}、{name}</h2>");
        let before = out.len();
        write(&mut out, &of);
        if out.len() == before {
            out += NOT_YET;
        }
        out += "</section>\n";
    }
    notes(&mut out, bulletin);
    out += "</body>\n</html>\n";
    out
}

/// Lines of the proof as a table; as they stand when one is of another shape.
fn funnel(out: &mut String, lines: &[String]) {
    /// `合计: 底册 400 = 纳入 237 + 重复 163` → 合计, [(底册, 400), (纳入, 237), (重复, 163)].
    fn counts(line: &str) -> Option<(&str, Vec<(&str, &str)>)> {
        let (name, proof) = line.split_once(": ")?;
        let (listed, parts) = proof.split_once(" = ")?;
        let counts: Option<Vec<_>> =
            std::iter::once(listed).chain(parts.split(" + ")).map(|p| p.trim().rsplit_once(' ')).collect();
        counts.filter(|c| c.iter().all(|(_, n)| n.bytes().all(|b| b.is_ascii_digit()))).map(|c| (name, c))
    }
    let read: Option<Vec<_>> = lines.iter().map(|line| counts(line)).collect();
    let same = |rows: &Vec<(&str, Vec<(&str, &str)>)>| {
        let labels = |at: usize| rows[at].1.iter().map(|c| c.0).collect::<Vec<_>>();
        (1..rows.len()).all(|at| labels(at) == labels(0))
    };
    let Some(rows) = read.filter(same) else {
        for line in lines {
            let _ = writeln!(out, "<p>{}</p>", escaped(line));
        }
        return;
    };
    *out += "<table class=\"whole\"><caption>清查结果（底册一行有且只有一个结论）<span>单位：行</span></caption><thead><tr><th scope=\"col\">对象类别</th>";
    for (label, _) in rows.first().map(|r| r.1.as_slice()).unwrap_or_default() {
        let _ = write!(out, "<th scope=\"col\">{}</th>", escaped(label));
    }
    *out += "</tr></thead><tbody>";
    for (name, counts) in rows {
        let class = if name == "合计" { " class=\"d0\"" } else { "" };
        let _ = write!(out, "<tr{class}><th scope=\"row\">{}</th>", escaped(name));
        for (_, count) in counts {
            let _ = write!(out, "<td>{}</td>", grouped(count));
        }
        *out += "</tr>";
    }
    *out += "</tbody></table>\n";
}

const NOT_YET: &str = "<p class=\"none\">本期未汇总。</p>\n";

/// A section writes nothing when none of its tables has figures.
type Section = fn(&mut String, &Tables<'_>);

const SECTIONS: [(&str, &str, Section); 6] = [
    ("一", "总体情况", general),
    ("二", "工业源", industry),
    ("三", "农业源", agriculture),
    ("四", "生活源", domestic),
    ("五", "集中式污染治理设施", centralised),
    ("六", "移动源", mobile),
];

/// Tables by code; one without figures is none.
struct Tables<'t>(&'t [TableResult]);

impl<'t> Tables<'t> {
    fn get(&self, code: &str) -> Option<Asked<'t>> {
        let has_figures = |t: &TableResult| t.rows.iter().flat_map(|r| &r.cells).any(|c| !matches!(c, Cell::Absent));
        self.0.iter().find(|t| t.code == code && has_figures(t)).map(Asked)
    }
}

fn say(out: &mut String, words: &str, code: &str) {
    let _ = writeln!(out, "<p class=\"say\">{}<span>。<sup>{}</sup></span></p>", escaped(words), escaped(code));
}

fn general(out: &mut String, of: &Tables<'_>) {
    if let Some(table) = of.get("T01") {
        let classes: Vec<(String, Decimal)> = table
            .0
            .columns
            .iter()
            .filter(|c| c.title != "合计")
            .filter_map(|c| Some((c.title.clone(), table.total(&c.title)?)))
            .filter(|(_, v)| !v.is_zero())
            .collect();
        let named: Vec<String> = classes.iter().map(|(name, v)| format!("{name} {}", spoken(*v, "个"))).collect();
        if let Some(total) = table.total("合计") {
            let words = format!("普查对象 {}（不含移动源），其中{}", spoken(total, "个"), named.join("，"));
            say(out, &words, "T01");
        }
        if let Some(words) = table.leading("合计", "普查对象数量") {
            say(out, &words, "T01");
        }
        if classes.len() > 1 {
            *out += &chart::shares("普查对象构成", "T01", &classes).unwrap_or_default();
        }
        print(out, table);
    }
    if let Some(table) = of.get("T11") {
        print(out, table);
    }
}

/// Emissions of the pollutants of one medium in words: `化学需氧量 12.30 吨，氨氮 …`.
fn pollutants(table: Asked<'_>, water: bool) -> Option<String> {
    // One that is in neither, or in both media, is in the table only.
    const AIR: &[&str] = &["二氧化硫", "氮氧化物", "颗粒物", "挥发性有机物"];
    const WATER: &[&str] = &[
        "化学需氧量",
        "五日生化需氧量",
        "氨氮",
        "总氮",
        "总磷",
        "动植物油",
        "石油类",
        "挥发酚",
        "总砷",
        "总铅",
        "总镉",
        "总铬",
        "六价铬",
        "总汞",
    ];
    let medium = if water { WATER } else { AIR };
    let at = table.column("排放量")?;
    let said: Vec<String> = table
        .0
        .rows
        .iter()
        .filter_map(|row| {
            let key = row.keys.last()?;
            // The key's name holds the unit: 化学需氧量（t）.
            let (name, unit) = key.name.trim_end_matches('）').rsplit_once('（')?;
            let thousandth = match unit {
                "t" => 0,
                "kg" => 3,
                // Amounts of waste gas and water are not pollutants.
                _ => return None,
            };
            medium.contains(&name).then_some(())?;
            let cell = row.cells.get(at)?;
            let partly = if matches!(cell, Cell::Part { .. }) { "（不完整）" } else { "" };
            let emitted = value(cell)?;
            let tonnes = Decimal { scale: emitted.scale.checked_add(thousandth)?, ..emitted };
            Some(format!("{name} {}{partly}", spoken(tonnes, "吨")))
        })
        .collect();
    (!said.is_empty()).then(|| said.join("，"))
}

fn industry(out: &mut String, of: &Tables<'_>) {
    if let Some(table) = of.get("T01").filter(|t| t.total("工业源").is_some_and(|v| !v.is_zero())) {
        let mut words = table.said("工业源").unwrap_or_default();
        if let Some(leading) = table.leading("工业源", "按地区，") {
            words = format!("{words}。{leading}");
        }
        say(out, &words, "T01");
    }
    if let Some(table) = of.get("T02") {
        if let Some(words) = table.leading("单位数", "按行业，") {
            say(out, &words, "T02");
        }
        bars(out, table, "单位数", "工业源单位数居前的行业");
        totals(out, table, &["工业总产值", "取水量", "废水排放量"]);
    }
    if let Some(table) = of.get("T14") {
        totals(out, table, &["废水治理设施数", "废水实际处理量", "废水总排放口数", "锅炉、燃气轮机数", "炉窑数"]);
    }
    if let Some(table) = of.get("T03") {
        for (medium, water) in [("水污染物", true), ("大气污染物", false)] {
            if let Some(said) = pollutants(table, water) {
                say(out, &format!("{medium}排放量：{said}"), "T03");
            }
        }
        print(out, table);
    }
    if let Some(table) = of.get("T05") {
        bars(out, table, "化学需氧量", "化学需氧量排放量居前的行业（吨）");
        bars(out, table, "颗粒物", "颗粒物排放量居前的行业（吨）");
    }
    for (code, name) in [("T06", "一般工业固体废物"), ("T07", "危险废物")] {
        if let Some(table) = of.get(code) {
            let said: Vec<String> = table.0.columns.iter().filter_map(|c| table.said(&c.title)).collect();
            if !said.is_empty() {
                say(out, &format!("{name}：{}", said.join("，")), code);
            }
        }
    }
    for code in ["T02", "T05", "T04", "T14", "T06", "T07"] {
        if let Some(table) = of.get(code) {
            print(out, table);
        }
    }
}

fn agriculture(out: &mut String, of: &Tables<'_>) {
    let Some(table) = of.get("T01").filter(|t| t.total("规模畜禽养殖场").is_some_and(|v| !v.is_zero())) else {
        return;
    };
    let mut words = table.said("规模畜禽养殖场").unwrap_or_default();
    if let Some(leading) = table.leading("规模畜禽养殖场", "按地区，") {
        words = format!("{words}。{leading}");
    }
    say(out, &words, "T01");
    *out += "<p class=\"none\">种植业、水产养殖业及农业源污染物产生排放量本期未汇总。</p>\n";
}

fn domestic(out: &mut String, of: &Tables<'_>) {
    for (code, name) in [("T08", "行政村生活污染"), ("T10", "加油站")] {
        let Some(table) = of.get(code) else { continue };
        let said: Vec<String> = table.0.columns.iter().filter_map(|c| table.said(&c.title)).collect();
        say(out, &format!("{name}：{}", said.join("，")), code);
        print(out, table);
    }
}

fn centralised(out: &mut String, of: &Tables<'_>) {
    let Some(table) = of.get("T09") else { return };
    let said: Vec<String> = table.0.columns.iter().filter_map(|c| table.said(&c.title)).collect();
    say(out, &format!("集中式污水处理：{}", said.join("，")), "T09");
    print(out, table);
}

fn mobile(_: &mut String, _: &Tables<'_>) {}

fn totals(out: &mut String, table: Asked<'_>, titles: &[&str]) {
    let said: Vec<String> = titles.iter().filter_map(|t| table.said(t)).collect();
    if !said.is_empty() {
        say(out, &said.join("，"), &table.0.code);
    }
}

fn bars(out: &mut String, table: Asked<'_>, column: &str, title: &str) {
    let mut parts = table.column(column).map(|at| table.parts(at)).unwrap_or_default();
    parts.truncate(10);
    if parts.len() > 1 {
        *out += &chart::bars(title, &table.0.code, &parts);
    }
}

/// Columns an A4 page bears; of a wider table only the totals are printed, one a line.
const WIDEST: usize = 8;

fn print(out: &mut String, table: Asked<'_>) {
    let of = table.0;
    let rows = printed_rows(of);
    // A table that fits on a page is not broken over two.
    let whole = if rows.len() <= 24 { " class=\"whole\"" } else { "" };
    let _ = write!(
        out,
        "<table{whole}><caption>{} {}<span>{}</span></caption><thead><tr>",
        escaped(&of.code),
        escaped(&of.title),
        escaped(&of.calibre)
    );
    if of.columns.len() > WIDEST {
        *out += "<th scope=\"col\">项目</th><th scope=\"col\">合计</th></tr></thead><tbody>";
        for (column, cell) in of.columns.iter().zip(table.whole().map(|r| r.cells.as_slice()).unwrap_or_default()) {
            let Some(value) = value(cell).filter(|v| !v.is_zero()) else { continue };
            let _ = write!(
                out,
                "<tr><th scope=\"row\">{}</th><td>{} {}</td></tr>",
                escaped(&column.title),
                escaped(&rounded(value, 2)),
                escaped(&column.unit)
            );
        }
        *out += "</tbody></table>\n";
        return;
    }
    for key in &of.key_heads {
        let _ = write!(out, "<th scope=\"col\">{}</th>", escaped(key));
    }
    for column in &of.columns {
        let unit = if column.unit.is_empty() {
            String::new()
        } else {
            format!("<small>（{}）</small>", escaped(&column.unit))
        };
        let _ = write!(out, "<th scope=\"col\">{}{unit}</th>", escaped(&column.title));
    }
    *out += "</tr></thead><tbody>";
    // One number of decimals a column, so that the points stand below each other.
    let scales: Vec<u8> = (0..of.columns.len())
        .map(|at| {
            let values = rows.iter().filter_map(|r| value(r.cells.get(at)?));
            values.map(|v| v.shortest().scale).max().unwrap_or(0).min(2)
        })
        .collect();
    // A table without parts has no total to set off.
    let parted = rows.iter().any(|r| r.depth > 0);
    for row in rows {
        let _ = write!(out, "<tr class=\"d{}\">", if parted { row.depth } else { 1 });
        for key in &row.keys {
            let _ = write!(out, "<th scope=\"row\">{}</th>", escaped(&with_unit(&key.name)));
        }
        for (cell, scale) in row.cells.iter().zip(&scales) {
            *out += &printed_cell(cell, *scale);
        }
        *out += "</tr>";
    }
    *out += "</tbody></table>\n";
    if !of.note.is_empty() {
        let _ = writeln!(out, "<p class=\"note\">注：{}</p>", escaped(&of.note));
    }
}

/// The name of a pollutant ends in its unit: 化学需氧量（t） is printed 化学需氧量（吨）.
fn with_unit(name: &str) -> String {
    let read = name.strip_suffix('）').and_then(|n| n.rsplit_once('（'));
    match read.filter(|(_, unit)| unit.is_ascii()) {
        Some((bare, unit)) => format!("{bare}（{}）", unit::chinese(unit)),
        None => name.to_owned(),
    }
}

fn printed_cell(cell: &Cell, scale: u8) -> String {
    match cell {
        Cell::Absent => "<td></td>".to_owned(),
        Cell::Zero => "<td>0</td>".to_owned(),
        Cell::Value { value } => format!("<td>{}</td>", escaped(&fixed(*value, scale))),
        Cell::Part { value, incomplete } => {
            format!("<td class=\"part\">{}<small>缺{incomplete}行</small></td>", escaped(&fixed(*value, scale)))
        }
        Cell::Withheld { .. } => "<td>＊</td>".to_owned(),
    }
}

/// Rows worth paper: those in which something stands, down to the first parts.
fn printed_rows(table: &TableResult) -> Vec<&TableRow> {
    let says = |c: &Cell| !matches!(c, Cell::Absent | Cell::Zero);
    table.rows.iter().filter(|r| r.depth == 0 || (r.depth == 1 && r.cells.iter().any(says))).collect()
}

fn notes(out: &mut String, bulletin: &Bulletin) {
    *out += "<section class=\"notes\"><h2>七、附注</h2><ol>";
    *out += "<li>普查对象：有污染源的单位和个体经营户，包括工业源、农业源、生活源、集中式污染治理设施和移动源；移动源不计入普查对象数量。</li>";
    *out +=
        "<li>空格为无此项，0 为合计为零；“缺n行”或“不完整”为有未能核算的行，其数只是一部分。没有数字的行不印。</li>";
    *out += "<li>数字四舍五入至两位小数，小于末位的记作“&lt;0.01”，分项之和与合计可能有末位之差；精确数见同时生成的汇总表工作簿。</li>";
    *out += "<li>挥发性有机物为部分行业和领域的尝试性统计。数字右上角为所据汇总表的编号。</li>";
    for note in &bulletin.notes {
        let _ = write!(out, "<li>{}</li>", escaped(note));
    }
    let other: Vec<String> = bulletin
        .tables
        .iter()
        .filter(|t| !PRINTED.contains(&t.code.as_str()))
        .map(|t| format!("{} {}", t.code, t.title))
        .collect();
    if !other.is_empty() {
        let _ = write!(out, "<li>只见于工作簿的汇总表：{}。</li>", escaped(&other.join("；")));
    }
    let _ = write!(
        out,
        "<li>制度：{}。各表所据数据版本的校验值（前 16 位）：<ul class=\"versions\">",
        escaped(&bulletin.heading.instrument)
    );
    for (table, hash) in &bulletin.versions {
        let short: String = hash.chars().take(16).collect();
        let _ = write!(out, "<li>{} <code>{}</code></li>", escaped(table), escaped(&short));
    }
    *out += "</ul></li></ol></section>\n";
}

/// Tables that the sections print.
const PRINTED: [&str; 12] = ["T01", "T02", "T03", "T04", "T05", "T06", "T07", "T08", "T09", "T10", "T11", "T14"];

/// Text for a page.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

const STYLE: &str = "
@page{size:A4;margin:22mm 18mm;@bottom-center{content:'— ' counter(page) ' —';font-size:10pt}}
@media print{body{max-width:none;padding:0;font-size:11pt}}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
body{font:16px/1.75 'Noto Serif CJK SC','Source Han Serif SC','SimSun','Songti SC',serif;color:#1b1b1b;max-width:52em;margin:0 auto;padding:1.5em}
header{text-align:center;border-bottom:3px double #a01;padding-bottom:1em;margin-bottom:1.5em}
h1{font:700 27px/1.5 'Noto Sans CJK SC','SimHei','Heiti SC',sans-serif;letter-spacing:.06em;margin:.3em 0}
h2{font:700 19px/1.5 'Noto Sans CJK SC','SimHei','Heiti SC',sans-serif;margin:1.6em 0 .6em}
section{break-inside:auto}
.banner{background:#fff3d6;border:1px solid #d9a400;color:#6b4e00;text-align:center;padding:.3em;font-weight:700}
.say{text-indent:2em;margin:.35em 0;text-align:justify}.say span{white-space:nowrap}
.none{color:#666}
table{border-collapse:collapse;width:100%;margin:.6em 0 1.2em;font:13px/1.5 'Noto Sans CJK SC','Microsoft YaHei','PingFang SC',sans-serif}
caption{font-weight:700;text-align:left;padding:.3em 0}
caption span{float:right;font-weight:400;color:#555}
th,td{border-bottom:1px solid #ccc;padding:.25em .5em}
thead th{border-top:2px solid #333;border-bottom:1px solid #333;text-align:right;vertical-align:bottom}
thead th:first-child,tbody th{text-align:left;font-weight:400}
thead small{display:block;font-weight:400;color:#555}
td{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
tr.d0 th,tr.d0 td{font-weight:700;background:#f3f6f9}
td.part{color:#a04000}td.part small{display:block}
tbody tr:last-child th,tbody tr:last-child td{border-bottom:2px solid #333}
table.whole{break-inside:avoid}.note{break-before:avoid}tr{break-inside:avoid}thead{display:table-header-group}
figure{margin:.8em 0;break-inside:avoid}h2,caption,figcaption{break-after:avoid}figcaption{font-size:14px;font-weight:700}
svg{width:100%;height:auto}
.note,.notes{font-size:14px;color:#333}.versions{columns:2;font-size:12px;list-style:none;padding:0}
sup{font-size:11px;color:#777;margin-left:.2em}
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::tests::table;

    #[test]
    fn a_bulletin_says_what_its_tables_hold() {
        let industry = table(
            "T02",
            &["单位数", "废水排放量"],
            "*|合计|0|10|123456.5\n17|纺织业|1|5|100000\n30|非金属矿物制品业|1|3|0.004\n31|钢铁|1|1|~7\n22|造纸|1|1|-",
        );
        let page = html(&Bulletin {
            heading: Heading { area: "某县".into(), census: "普查".into(), simulated: true, ..Heading::default() },
            funnel: vec!["合计: 底册 1400 = 纳入 10 + 重复 1390".into()],
            tables: vec![industry],
            notes: vec!["a<b".into()],
            versions: BTreeMap::from([("T02".into(), "0123456789abcdef01".into())]),
        });
        for expect in [
            "模拟数据",
            "<th scope=\"row\">合计</th><td>1,400</td><td>10</td><td>1,390</td>",
            "按行业，居前三位的是纺织业（5 个）、非金属矿物制品业（3 个）、造纸（1 个），合计占 90.0%<span>。<sup>T02</sup>",
            "废水排放量 12.35 万立方米",
            "<th scope=\"row\">合计</th><td>10</td><td>123,456.50</td>",
            "<td>3</td><td>&lt;0.01</td>",
            "<td class=\"part\">7.00<small>缺1行</small></td>",
            "<td>1</td><td></td>",
            "<h2>六、移动源</h2>\n<p class=\"none\">本期未汇总。</p>",
            "<li>a&lt;b</li>",
            "<code>0123456789abcdef</code>",
        ] {
            assert!(page.contains(expect), "no {expect} in\n{page}");
        }
        for outside in ["http:", "https:", "src=", "url(", "@import", "<script"] {
            assert!(!page.contains(outside), "{outside}");
        }
    }
}
