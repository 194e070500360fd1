//! Charts as SVG text: whole coordinates, so that the bytes depend on the figures alone.

use std::fmt::Write as _;

use expr::exact::Decimal;

use super::escaped;
use crate::write::grouped;

const WIDTH: i128 = 760;
const LABEL: i128 = 150;
const VALUE: i128 = 130;
const ROW: usize = 26;

/// Horizontal bars, one a row.
pub fn bars(title: &str, of: &[(String, Decimal)]) -> String {
    let most = of.iter().map(|(_, v)| v.units * 10i128.pow(12 - u32::from(v.scale.min(12)))).max().unwrap_or(1).max(1);
    let height = of.len() * ROW + 6;
    let mut out = format!(
        "<figure><figcaption>{}</figcaption><svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}\" font-family=\"'Noto Sans CJK SC','Microsoft YaHei',sans-serif\" font-size=\"13\">",
        escaped(title),
        escaped(title)
    );
    for (at, (name, value)) in of.iter().enumerate() {
        let y = at * ROW + 4;
        let scaled = value.units * 10i128.pow(12 - u32::from(value.scale.min(12)));
        let width = ((WIDTH - LABEL - VALUE) * scaled / most).max(1);
        let middle = y + 14;
        let shown: String = name.chars().take(11).collect();
        let _ = write!(
            out,
            "<text x=\"{}\" y=\"{middle}\" text-anchor=\"end\">{}</text><rect x=\"{LABEL}\" y=\"{y}\" width=\"{width}\" height=\"18\" fill=\"#3b6ea5\"/><text x=\"{}\" y=\"{middle}\">{}</text>",
            LABEL - 8,
            escaped(&shown),
            LABEL + width + 6,
            grouped(&value.to_string())
        );
    }
    out += "</svg></figure>\n";
    out
}
