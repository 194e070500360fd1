//! The part of a package that a browser needs: forms, lists, rules and obligations, without the coefficients.

use crate::files::{Bundle, Files};

/// Folders no page of a form reads: coefficients, tables over many units, practice, lists from outside.
const LEFT_OUT: [&str; 9] =
    ["cases/", "factors/", "frame/", "matching/", "methods/", "minerals/", "outlet/", "practice/", "reference/"];

const VILLAGES: &str = "areas/villages.csv";

/// The package as a page loads it. `within`: the first digits of the areas whose villages are kept (a county's six);
/// empty keeps them all. A village outside is unknown to the page, so a page is given the county of its unit.
/// Rules are there without their cases, each on its own line still; the program has run these before it serves.
pub fn bundle(files: &dyn Files, within: &str) -> Bundle {
    let mut slim = Bundle::default();
    for path in files.list() {
        // Tables name indicators of the coefficients.
        if path.starts_with("tables/") || LEFT_OUT.iter().any(|folder| path.starts_with(folder)) {
            continue;
        }
        let Some(bytes) = files.read(&path) else { continue };
        let bytes = match String::from_utf8(bytes) {
            Ok(text) if path == VILLAGES && !within.is_empty() => villages(&text, within).into_bytes(),
            Ok(text) if path.starts_with("rules/") => without_cases(&text).into_bytes(),
            Ok(text) => text.into_bytes(),
            Err(other) => other.into_bytes(),
        };
        slim.insert(&path, bytes);
    }
    slim
}

fn villages(text: &str, within: &str) -> String {
    let kept = text.lines().enumerate().filter(|(at, line)| *at == 0 || line.starts_with(within));
    kept.map(|(_, line)| format!("{line}\n")).collect()
}

fn without_cases(text: &str) -> String {
    let mut fenced = false;
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        fenced ^= line.starts_with("```");
        if fenced || !line.starts_with('|') {
            out += line;
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_gets_rules_without_cases_and_the_villages_of_its_county() {
        let mut whole = Bundle::default();
        whole.insert("factors/industrial/26.csv", "a\n");
        whole.insert("forms/G102.csv", "item\n");
        whole.insert("rules/C.md", "## C1\n```rule\n[01]\n```\n| [01] |\n|---|\n| 1 |\n");
        whole.insert(VILLAGES, "code,name\n410182001001,甲\n410183001001,乙\n");
        let slim = bundle(&whole, "410182");
        assert_eq!(slim.list(), ["areas/villages.csv", "forms/G102.csv", "rules/C.md"]);
        let text = |path: &str| String::from_utf8(slim.read(path).unwrap_or_default()).unwrap_or_default();
        assert_eq!(text("rules/C.md"), "## C1\n```rule\n[01]\n```\n\n\n\n");
        assert_eq!(text(VILLAGES), "code,name\n410182001001,甲\n");
        assert_eq!(bundle(&whole, "").read(VILLAGES), whole.read(VILLAGES));
    }
}
