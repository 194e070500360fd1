//! Certificate of coverage (全覆盖证书): one page to print and sign, from a frozen version of the directory.

use std::fmt::Write as _;

use census::frame::{Frozen, FunnelCount};

use crate::bulletin::escaped;
use crate::write::grouped;

/// What a certificate is printed from; names are given, the page looks nothing up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate<'f> {
    pub frozen: &'f Frozen,
    /// 河南省郑州市荥阳市.
    pub area: String,
    /// 第二次全国污染源普查.
    pub census: String,
    /// Class of respondent → its name.
    pub classes: Vec<(String, String)>,
    /// Area → name, of the parts.
    pub parts: Vec<(String, u64)>,
    /// Reason out of scope → words.
    pub reasons: Vec<(String, u64)>,
}

const STYLE: &str = "@page{size:A4;margin:20mm}body{font-family:'Noto Serif CJK SC','Source Han Serif SC','SimSun',serif;max-width:46em;margin:2em auto;padding:0 1em;color:#111;line-height:1.7}h1{text-align:center;font-size:1.6em;margin:.2em 0}.sub{text-align:center;margin:0 0 1.5em}table{border-collapse:collapse;width:100%;margin:.8em 0;font-size:.92em}th,td{border:1px solid #555;padding:.25em .5em;text-align:right}th:first-child,td:first-child{text-align:left}thead th{background:#f0f0f0;text-align:center}.banner{background:#fff3d6;border:1px solid #d9a400;color:#6b4e00;text-align:center;padding:.3em;font-weight:700}.open{border:2px solid #b00020;padding:.4em 1em;color:#7a0016}.hash{font-family:monospace;word-break:break-all;font-size:.85em}.sign{display:flex;justify-content:space-between;margin-top:3em}.sign div{width:45%;border-top:1px solid #333;padding-top:.3em}";

/// The page; prints on A4, asks nothing from outside, the same bytes for the same version.
pub fn html(certificate: &Certificate<'_>) -> String {
    let frozen = certificate.frozen;
    let open = frozen.open();
    let title = format!("{}普查对象全覆盖证书", certificate.area);
    let mut out = String::new();
    let _ = write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
        escaped(&title)
    );
    if frozen.simulated {
        out += "<p class=\"banner\" role=\"note\">模拟数据，仅供练习</p>\n";
    }
    let _ = writeln!(
        out,
        "<h1>{}</h1><p class=\"sub\">{}　名录库第 {} 版</p>",
        escaped(&title),
        escaped(&certificate.census),
        frozen.number
    );
    if open.is_empty() {
        let total = &frozen.funnel.total;
        let _ = writeln!(
            out,
            "<p>本辖区收到底册记录 {} 条，每一条都有且只有一个清查结论；纳入普查的记录构成普查对象 {} 个。</p>",
            number(total.listed),
            number(frozen.units.rows)
        );
    } else {
        out += "<div class=\"open\"><p>尚未完成，本页不作为全覆盖的证明：</p><ul>";
        for what in &open {
            let _ = write!(out, "<li>{}</li>", escaped(what));
        }
        out += "</ul></div>\n";
    }
    out += "<table><thead><tr><th>对象类别</th><th>底册</th><th>纳入</th><th>不在范围</th><th>重复</th><th>关闭</th><th>未找到</th><th>移交</th><th>待定</th></tr></thead><tbody>";
    for (class, count) in &frozen.funnel.classes {
        let name = certificate.classes.iter().find(|(code, _)| code == class).map_or(class, |(_, name)| name);
        row(&mut out, name, count);
    }
    row(&mut out, "合计", &frozen.funnel.total);
    out += "</tbody></table>\n<p>底册 ＝ 纳入 ＋ 不在范围 ＋ 重复 ＋ 关闭 ＋ 未找到 ＋ 移交 ＋ 待定";
    out += if frozen.funnel.adds_up() {
        "：各类与合计都平衡。</p>\n"
    } else {
        "：<strong>不平衡</strong>。</p>\n"
    };
    if !certificate.reasons.is_empty() {
        let told: Vec<String> = certificate
            .reasons
            .iter()
            .map(|(reason, count)| format!("{} {}", escaped(reason), number(*count)))
            .collect();
        let _ = writeln!(out, "<p>不在范围的原因：{}。</p>", told.join("；"));
    }
    if !certificate.parts.is_empty() {
        out += "<table><thead><tr><th>下级</th><th>普查对象</th></tr></thead><tbody>";
        for (name, units) in &certificate.parts {
            let _ = write!(out, "<tr><td>{}</td><td>{}</td></tr>", escaped(name), number(*units));
        }
        let _ = writeln!(out, "<tr><td>合计</td><td>{}</td></tr></tbody></table>", number(frozen.units.rows));
    }
    let _ = writeln!(
        out,
        "<p>名录库校验码<br><span class=\"hash\">{}</span></p><p>定库时间 {}，经办 {}</p>",
        frozen.units.digest,
        escaped(&frozen.at),
        escaped(&frozen.who)
    );
    let _ = writeln!(
        out,
        "<div class=\"sign\"><div>{}（盖章）</div><div>负责人（签字）　　　　年　　月　　日</div></div>\n</body>\n</html>",
        escaped(&frozen.office)
    );
    out
}

fn row(out: &mut String, name: &str, count: &FunnelCount) {
    let _ = write!(out, "<tr><td>{}</td>", escaped(name));
    let cells = [
        count.listed,
        count.in_scope,
        count.out_of_scope,
        count.duplicate,
        count.closed,
        count.not_found,
        count.moved,
        count.held,
    ];
    for cell in cells {
        let _ = write!(out, "<td>{}</td>", number(cell));
    }
    *out += "</tr>";
}

fn number(count: u64) -> String {
    grouped(&count.to_string())
}
