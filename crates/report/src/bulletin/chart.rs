//! Charts as SVG text: whole coordinates, so that the bytes depend on the figures alone.

use std::fmt::Write as _;

use expr::exact::Decimal;

use super::escaped;
use super::words::{rounded, share, sum, thousandths};

const WIDTH: i128 = 760;
const LABEL: i128 = 210;
const VALUE: i128 = 130;
const ROW: usize = 25;
/// Told apart in print without colour as well: dark to light.
const SHADES: [&str; 7] = ["#1f4e79", "#3b7dae", "#7fb0d3", "#c9a227", "#8a6d3b", "#6b8e5a", "#b8c4b0"];

fn begin(title: &str, code: &str, height: usize) -> String {
    format!(
        "<figure><figcaption>{}<sup>{}</sup></figcaption><svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}\" font-family=\"'Noto Sans CJK SC','Microsoft YaHei','PingFang SC',sans-serif\" font-size=\"13\">",
        escaped(title),
        escaped(code),
        escaped(title)
    )
}

fn cut(name: &str, most: usize) -> String {
    if name.chars().count() <= most {
        return name.to_owned();
    }
    let head: String = name.chars().take(most - 1).collect();
    format!("{head}…")
}

/// Horizontal bars, one a row, the longest as long as the page is wide.
pub fn bars(title: &str, code: &str, of: &[(String, Decimal)]) -> String {
    let most = of.iter().map(|(_, v)| *v).max().unwrap_or(Decimal::ZERO);
    let mut out = begin(title, code, of.len() * ROW + 6);
    for (at, (name, value)) in of.iter().enumerate() {
        let y = at * ROW + 4;
        let width = ((WIDTH - LABEL - VALUE) * thousandths(*value, most).unwrap_or(0) / 1000).max(1);
        let middle = y + 14;
        let _ = write!(
            out,
            "<text x=\"{}\" y=\"{middle}\" text-anchor=\"end\">{}</text><rect x=\"{LABEL}\" y=\"{y}\" width=\"{width}\" height=\"18\" fill=\"{}\"/><text x=\"{}\" y=\"{middle}\">{}</text>",
            LABEL - 8,
            escaped(&cut(name, 15)),
            SHADES[1],
            LABEL + width + 6,
            escaped(&rounded(*value, 2))
        );
    }
    out += "</svg></figure>\n";
    out
}

/// One bar divided into shares, with a key below it.
pub fn shares(title: &str, code: &str, of: &[(String, Decimal)]) -> Option<String> {
    let whole = sum(of.iter().map(|p| p.1))?;
    let lines = of.len().div_ceil(3);
    let mut out = begin(title, code, 44 + lines * 22);
    let mut x = 0;
    for (at, (name, value)) in of.iter().enumerate() {
        let shade = SHADES[at % SHADES.len()];
        // The last one takes what rounding left, so that the bar is full.
        let width =
            if at + 1 == of.len() { WIDTH - x } else { (WIDTH * thousandths(*value, whole)? / 1000).min(WIDTH - x) };
        let _ =
            write!(out, "<rect x=\"{x}\" y=\"4\" width=\"{width}\" height=\"26\" fill=\"{shade}\" stroke=\"#fff\"/>");
        x += width;
        let (left, top) = ((at % 3) * 253, 40 + (at / 3) * 22);
        let _ = write!(
            out,
            "<rect x=\"{left}\" y=\"{top}\" width=\"12\" height=\"12\" fill=\"{shade}\"/><text x=\"{}\" y=\"{}\">{} {}（{}）</text>",
            left + 18,
            top + 11,
            escaped(&cut(name, 9)),
            escaped(&rounded(*value, 2)),
            share(*value, whole)?
        );
    }
    out += "</svg></figure>\n";
    Some(out)
}
