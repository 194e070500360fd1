//! Rules as Markdown: a heading, a TOML block, a rule block, a table of cases.

use expr::Outcome;
use serde::Deserialize;

use crate::model::{Grade, Mark, Provenance, Rule, RuleCase};
use crate::problem::{PackageError, Problems};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    scope: String,
    grade: String,
    provenance: String,
    message: String,
    #[serde(default)]
    native: Option<String>,
}

/// All rules of one file, in its order.
pub fn read(file: &str, text: &str, problems: &mut Problems) -> Vec<Rule> {
    let lines: Vec<&str> = text.lines().collect();
    let starts: Vec<usize> = lines.iter().enumerate().filter(|(_, l)| l.starts_with("## ")).map(|(at, _)| at).collect();
    let mut rules = Vec::new();
    for (n, &start) in starts.iter().enumerate() {
        let end = starts.get(n + 1).copied().unwrap_or(lines.len());
        if let Some(rule) = rule(file, &lines[start..end], start as u32 + 1, problems) {
            rules.push(rule);
        }
    }
    rules
}

fn rule(file: &str, lines: &[&str], first: u32, problems: &mut Problems) -> Option<Rule> {
    let heading = lines[0].trim_start_matches("## ").trim();
    let (code, title) = heading.split_once(' ').unwrap_or((heading, ""));
    if !is_code(code) {
        let error = PackageError::new(file, first, code, format!("`{code}` is not a code of a rule"));
        problems.add(error.hint("write a letter and three digits, `C005`, or `C005.2` for a part of a check"));
        return None;
    }
    for kind in ["toml", "rule"] {
        if lines.iter().any(|l| l.trim() == format!("```{kind}")) && fenced(lines, kind).is_none() {
            let error = PackageError::new(file, first, code, format!("the ```{kind} block is not closed"));
            problems.add(error.hint("end it with a line of ```"));
            return None;
        }
    }
    let Some((head_at, head_text)) = fenced(lines, "toml") else {
        problems.add(
            PackageError::new(file, first, code, "the rule has no ```toml block")
                .hint("write scope, grade, provenance and message"),
        );
        return None;
    };
    let head: Head = match toml::from_str(&head_text) {
        Ok(head) => head,
        Err(error) => {
            let line = error.span().map_or(0, |s| head_text[..s.start].matches('\n').count() as u32);
            problems.add(PackageError::new(file, first + head_at + line, code, error.message().to_owned()));
            return None;
        }
    };
    let grade = match head.grade.as_str() {
        "强制性" => Grade::Error,
        "核实性" => Grade::Verify,
        "提示性" => Grade::Hint,
        other => {
            problems.unknown((file, first + head_at, "grade"), "grade", other, ["强制性", "核实性", "提示性"]);
            return None;
        }
    };
    let body = fenced(lines, "rule");
    if body.is_none() && head.native.is_none() {
        problems.add(
            PackageError::new(file, first, code, "the rule has no ```rule block")
                .hint("write the condition, or name its implementation with native = \"…\""),
        );
        return None;
    }
    let Some(mark) = head.provenance.get(..1).and_then(Mark::read) else {
        let place = (file, first + head_at, "provenance");
        problems.unknown(place, "mark", &head.provenance, ["S:…", "R", "R?", "D"]);
        return None;
    };
    Some(Rule {
        code: code.to_owned(),
        title: title.to_owned(),
        grade,
        scope: head.scope,
        text: body.as_ref().map(|(_, t)| t.clone()).unwrap_or_default(),
        text_line: body.as_ref().map_or(0, |(at, _)| first + at),
        message: head.message,
        provenance: Provenance { mark, text: head.provenance },
        file: file.to_owned(),
        line: first,
        cases: cases(file, lines, first, code, problems),
        native: head.native,
    })
}

/// `C005`, or `C005.2`.
fn is_code(code: &str) -> bool {
    let (check, part) = code.split_once('.').map_or((code, None), |(c, p)| (c, Some(p)));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let letter = check.bytes().next().is_some_and(|b| b.is_ascii_uppercase());
    letter && check.len() == 4 && digits(&check[1..]) && part.is_none_or(digits)
}

/// The text of the first block fenced with ```` ```kind ````, and the line it begins on, counted from the heading's.
fn fenced(lines: &[&str], kind: &str) -> Option<(u32, String)> {
    let open = lines.iter().position(|l| l.trim() == format!("```{kind}"))?;
    let length = lines[open + 1..].iter().position(|l| l.trim() == "```")?;
    Some((open as u32 + 1, lines[open + 1..open + 1 + length].join("\n")))
}

fn cases(file: &str, lines: &[&str], first: u32, code: &str, problems: &mut Problems) -> Vec<RuleCase> {
    let mut found = Vec::new();
    let mut headings: Vec<String> = Vec::new();
    let mut fence = false;
    for (at, line) in lines.iter().enumerate() {
        let place = first + at as u32;
        if line.trim_start().starts_with("```") {
            fence = !fence;
        }
        if fence || !line.starts_with('|') {
            if line.trim().is_empty() {
                headings.clear();
            }
            continue;
        }
        let cells: Vec<String> =
            line.trim().trim_start_matches('|').trim_end_matches('|').split('|').map(|c| c.trim().to_owned()).collect();
        if cells.iter().all(|c| !c.is_empty() && c.chars().all(|ch| matches!(ch, '-' | ':'))) {
            continue;
        }
        if headings.is_empty() {
            if cells.last().is_none_or(|c| c != "→") {
                problems.add(
                    PackageError::new(file, place, code, "the last column of a case table is the outcome")
                        .hint("end the heading with | → |"),
                );
            }
            headings = cells;
            continue;
        }
        if cells.len() != headings.len() {
            let message = format!("{} cells where the heading has {}", cells.len(), headings.len());
            problems.add(PackageError::new(file, place, code, message));
            continue;
        }
        let expect = match cells[cells.len() - 1].as_str() {
            "ok" => Outcome::Pass,
            "fail" => Outcome::Fail,
            "-" => Outcome::NotApplicable,
            "?" => Outcome::NotComputable,
            other => {
                problems.unknown((file, place, "→"), "outcome", other, ["ok", "fail", "?", "-"]);
                continue;
            }
        };
        let given = headings.iter().cloned().zip(cells).filter(|(h, _)| h != "→").collect();
        found.push(RuleCase { line: place, given, expect });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = "# C\n\n## C005 取水量\n\n```toml\nscope = \"G102\"\ngrade = \"强制性\"\nprovenance = \"R\"\nmessage = \"m\"\n```\n\n```rule\n[01] = [02]\n```\n\n| [01] | [02] | → |\n|---|---|---|\n| 1 | 1 | ok |\n| 1 |  | ? |\n";

    #[test]
    fn a_rule_is_read_with_its_places() {
        let mut problems = Problems::default();
        let rules = read("rules/C.md", SAMPLE, &mut problems);
        assert!(problems.0.is_empty(), "{:?}", problems.0);
        let rule = &rules[0];
        assert_eq!((rule.code.as_str(), rule.text.as_str(), rule.line, rule.text_line), ("C005", "[01] = [02]", 3, 13));
        assert_eq!(rule.cases.len(), 2);
        assert_eq!(rule.cases[1].line, 19);
        assert_eq!(rule.cases[1].expect, Outcome::NotComputable);
    }

    #[test]
    fn mistakes_have_places() {
        for (from, to, expect) in [
            ("强制性", "强制", "rules/C.md:6 [grade]: unknown grade `强制`; did you mean `强制性`?"),
            ("| ok |", "| yes |", "rules/C.md:18 [→]: unknown outcome `yes`; known: -, ?, fail, ok"),
            ("| 1 |  | ? |", "| 1 | ? |", "rules/C.md:19 [C005]: 2 cells where the heading has 3"),
            ("scope = ", "scop = ", "rules/C.md:6 [C005]: unknown field `scop`"),
        ] {
            let mut problems = Problems::default();
            read("rules/C.md", &SAMPLE.replace(from, to), &mut problems);
            let got = problems.0.first().map(ToString::to_string).unwrap_or_default();
            assert!(got.starts_with(expect), "{got}\n{expect}");
        }
    }
}
