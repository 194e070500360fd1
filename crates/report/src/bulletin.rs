//! The bulletin (公报) as one HTML page: prints on A4, asks nothing from outside, the same bytes for the same figures.

mod chart;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use census::tabulate::{Cell, TableResult, TableRow};
use expr::exact::Decimal;

use crate::write::{Heading, cell_text, grouped};

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

/// A section: number, title, the tables it speaks of.
const SECTIONS: [(&str, &str, &[&str]); 6] = [
    ("一", "普查对象", &["T01"]),
    ("二", "工业源", &["T02", "T03", "T04", "T05", "T06", "T07"]),
    ("三", "农业源", &["N01"]),
    ("四", "生活源", &["T08", "T10"]),
    ("五", "集中式污染治理设施", &["T09"]),
    ("六", "移动源", &["Y01"]),
];

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
        out += "<section><h2>清查</h2><div class=\"funnel\">";
        for line in &bulletin.funnel {
            let _ = write!(out, "<p>{}</p>", escaped(line));
        }
        out += "</div></section>\n";
    }
    for (number, name, codes) in SECTIONS {
        let _ = writeln!(out, "<section><h2>{number}、{name}</h2>");
        let tables: Vec<&TableResult> = codes
            .iter()
            .filter_map(|c| bulletin.tables.iter().find(|t| t.code == *c))
            .filter(|t| has_figures(t))
            .collect();
        if tables.is_empty() {
            out += "<p class=\"none\">本期未汇总。</p>";
        }
        for table in tables {
            section_table(&mut out, table);
        }
        out += "</section>\n";
    }
    notes(&mut out, bulletin);
    out += "</body>\n</html>\n";
    out
}

/// Whether any cell of a table says something.
fn has_figures(table: &TableResult) -> bool {
    table.rows.iter().flat_map(|r| &r.cells).any(|c| !matches!(c, Cell::Absent))
}

fn section_table(out: &mut String, table: &TableResult) {
    if let Some(sentence) = sentence(table) {
        let _ = writeln!(out, "<p>{}<sup>{}</sup></p>", escaped(&sentence), escaped(&table.code));
    }
    if let Some(chart) = chart(table) {
        *out += &chart;
    }
    let rows = printed_rows(table);
    let _ = write!(
        out,
        "<table><caption>{} {}<span>{}</span></caption><thead><tr>",
        escaped(&table.code),
        escaped(&table.title),
        escaped(&table.calibre)
    );
    for key in &table.key_heads {
        let _ = write!(out, "<th scope=\"col\">{}</th>", escaped(key));
    }
    for column in &table.columns {
        let unit = if column.unit.is_empty() {
            String::new()
        } else {
            format!("<small>（{}）</small>", escaped(&column.unit))
        };
        let _ = write!(out, "<th scope=\"col\">{}{unit}</th>", escaped(&column.title));
    }
    *out += "</tr></thead><tbody>";
    for row in rows {
        let _ = write!(out, "<tr class=\"d{}\">", row.depth);
        for key in &row.keys {
            let _ = write!(out, "<th scope=\"row\">{}</th>", escaped(&key.name));
        }
        for cell in &row.cells {
            let class = match cell {
                Cell::Part { .. } => " class=\"part\"",
                _ => "",
            };
            let _ = write!(out, "<td{class}>{}</td>", escaped(&cell_text(cell)));
        }
        *out += "</tr>";
    }
    *out += "</tbody></table>\n";
    if !table.note.is_empty() {
        let _ = writeln!(out, "<p class=\"note\">{}</p>", escaped(&table.note));
    }
}

/// Rows worth paper: those in which something stands, down to the first parts.
fn printed_rows(table: &TableResult) -> Vec<&TableRow> {
    table.rows.iter().filter(|r| r.depth <= 1 && r.cells.iter().any(|c| !matches!(c, Cell::Absent))).collect()
}

/// The totals of a table in words.
fn sentence(table: &TableResult) -> Option<String> {
    let total = table.rows.iter().find(|r| r.depth == 0)?;
    let parts: Vec<String> = table
        .columns
        .iter()
        .zip(&total.cells)
        .filter_map(|(column, cell)| {
            let value = value(cell)?;
            Some(format!("{} {}{}", column.title, grouped(&value.to_string()), column.unit))
        })
        .collect();
    if table.key_heads.iter().any(|k| k.contains("污染物")) || parts.is_empty() {
        return None;
    }
    Some(format!("{}：{}。", table.title, parts.join("，")))
}

fn value(cell: &Cell) -> Option<Decimal> {
    match cell {
        Cell::Zero => Some(Decimal::ZERO),
        Cell::Value { value } | Cell::Part { value, .. } => Some(*value),
        Cell::Absent | Cell::Withheld { .. } => None,
    }
}

/// Bars of the first column that has parts, largest first.
fn chart(table: &TableResult) -> Option<String> {
    let column = table.columns.iter().position(|_| true)?;
    let mut bars: Vec<(String, Decimal)> = table
        .rows
        .iter()
        .filter(|r| r.depth == 1)
        .filter_map(|r| {
            Some((r.keys.iter().map(|k| k.name.clone()).collect::<Vec<_>>().join(" "), value(r.cells.get(column)?)?))
        })
        .filter(|(_, v)| !v.is_zero())
        .collect();
    if bars.len() < 2 || table.key_heads.iter().any(|k| k.contains("污染物")) {
        return None;
    }
    bars.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    bars.truncate(12);
    let head = &table.columns[column];
    let unit = if head.unit.is_empty() { String::new() } else { format!("（{}）", head.unit) };
    Some(chart::bars(&format!("{}：{}{unit}", table.title, head.title), &bars))
}

fn notes(out: &mut String, bulletin: &Bulletin) {
    *out += "<section class=\"notes\"><h2>附注</h2><ol>";
    *out += "<li>空格为无此项，0 为合计为零，“缺n行”为有未能核算的行，其数只是一部分。</li>";
    *out += "<li>移动源不计入普查对象数量；挥发性有机物为部分行业和领域的尝试性统计。</li>";
    for note in &bulletin.notes {
        let _ = write!(out, "<li>{}</li>", escaped(note));
    }
    let _ = write!(
        out,
        "<li>制度：{}。每张表所据数据版本的校验值：<ul class=\"versions\">",
        escaped(&bulletin.heading.instrument)
    );
    for (table, hash) in &bulletin.versions {
        let _ = write!(out, "<li>{} <code>{}</code></li>", escaped(table), escaped(&hash[..hash.len().min(16)]));
    }
    *out += "</ul></li></ol></section>\n";
}

/// Text for a page.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

const STYLE: &str = "
@page{size:A4;margin:22mm 18mm}
body{font:16px/1.75 'Noto Serif CJK SC','Source Han Serif SC','SimSun','Songti SC',serif;color:#1b1b1b;max-width:52em;margin:0 auto;padding:1.5em}
header{text-align:center;border-bottom:3px double #a01;padding-bottom:1em;margin-bottom:1.5em}
h1{font:700 27px/1.5 'Noto Sans CJK SC','SimHei','Heiti SC',sans-serif;letter-spacing:.06em;margin:.3em 0}
h2{font:700 19px/1.5 'Noto Sans CJK SC','SimHei','Heiti SC',sans-serif;margin:1.6em 0 .6em}
section{break-inside:auto}
.banner{background:#fff3d6;border:1px solid #d9a400;color:#6b4e00;text-align:center;padding:.3em;font-weight:700}
.funnel p{margin:.1em 0;font-size:15px}
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
td.part{color:#a04000}
tbody tr:last-child th,tbody tr:last-child td{border-bottom:2px solid #333}
tr{break-inside:avoid}thead{display:table-header-group}
figure{margin:.8em 0}figcaption{font-size:14px;font-weight:700}
svg{width:100%;height:auto}
.note,.notes{font-size:14px;color:#333}.versions{columns:2;font-size:12px;list-style:none;padding:0}
sup{font-size:11px;color:#777;margin-left:.2em}
";
