//! Cutting a text into words. Every byte of the text belongs to a token or to blank space; nothing is refused here.

use crate::diagnostic::Span;
use crate::measure::Measure;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// Digits with at most one point, and the unit written behind it: `8784 h`, `5%`.
    Number { text: String, unit: String },
    /// `2018-08-01` or `2017-12`.
    Date(String),
    /// `"…"`.
    Text(String),
    /// A keyword, a function or a code: `and`, `sum`, `R1`, `G102`, `水`.
    Word(String),
    /// What stands between brackets, blanks taken out: `05`, `02..05`, `05.lon`.
    Item(String),
    /// An operator or a bracket.
    Sign(&'static str),
    /// A character that belongs nowhere.
    Stray(char),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned {
    pub token: Token,
    pub span: Span,
}

const SIGNS: [&str; 25] = [
    "<=>", "=>", "<=", ">=", "<>", "==", "~=", "..", "=", "<", ">", "+", "-", "*", "/", "(", ")", "{", "}", ",", "≤",
    "≥", "≠", "×", "÷",
];

/// The tokens of a text, comments (`-- …`) left out.
pub fn tokens(text: &str) -> Vec<Spanned> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let first = rest.chars().next().unwrap_or(' ');
        let (token, length) = if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        } else if rest.starts_with("--") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        } else if first.is_ascii_digit() {
            number(rest)
        } else if matches!(first, '"' | '“') {
            quoted(rest)
        } else if first == '[' || first == '［' {
            item(rest)
        } else if let Some((sign, length)) = sign(rest) {
            (Token::Sign(sign), length)
        } else if is_word(first) {
            let length = word_length(rest);
            (Token::Word(rest[..length].to_owned()), length)
        } else {
            (Token::Stray(first), first.len_utf8())
        };
        found.push(Spanned { token, span: Span { start: at as u32, end: (at + length) as u32 } });
        at += length;
    }
    found
}

/// Full-width punctuation means the same as ASCII.
fn sign(rest: &str) -> Option<(&'static str, usize)> {
    let wide = match rest.chars().next()? {
        '（' => Some("("),
        '）' => Some(")"),
        '｛' => Some("{"),
        '｝' => Some("}"),
        '，' | '、' => Some(","),
        '＋' => Some("+"),
        '－' | '−' => Some("-"),
        '＊' => Some("*"),
        '／' => Some("/"),
        '＝' => Some("="),
        '＜' => Some("<"),
        '＞' => Some(">"),
        _ => None,
    };
    if let Some(sign) = wide {
        return Some((sign, 3));
    }
    let sign = SIGNS.iter().find(|s| rest.starts_with(**s))?;
    let plain = match *sign {
        "≤" => "<=",
        "≥" => ">=",
        "≠" => "<>",
        "×" => "*",
        "÷" => "/",
        other => other,
    };
    Some((plain, sign.len()))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// A word may hold hyphens, as forms do (`G101-1`), but only between a letter or digit and a digit.
fn word_length(rest: &str) -> usize {
    let mut end = 0;
    let mut before = ' ';
    let mut chars = rest.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map_or(' ', |(_, n)| *n);
        let hyphen = c == '-'
            && before.is_ascii_alphanumeric()
            && next.is_ascii_digit()
            && rest.starts_with(|f: char| f.is_ascii_uppercase());
        // A block name follows its form after a slash: `G102/facility`, `G102/设施`.
        if !is_word(c) && !hyphen {
            break;
        }
        before = c;
        end = at + c.len_utf8();
    }
    end
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

fn number(rest: &str) -> (Token, usize) {
    if let Some(length) = date_length(rest) {
        return (Token::Date(rest[..length].to_owned()), length);
    }
    let mut end = digits(rest);
    // A digit followed by letters is a code: `4430A002`.
    if rest[end..].starts_with(|c: char| c.is_ascii_alphabetic()) && unit(&rest[end..]).is_none() {
        let length = word_length(rest);
        return (Token::Word(rest[..length].to_owned()), length);
    }
    let after = &rest[end..];
    if after.starts_with('.') && !after.starts_with("..") && after[1..].starts_with(|c: char| c.is_ascii_digit()) {
        end += 1 + digits(&after[1..]);
    }
    let text = rest[..end].to_owned();
    if let Some((unit, length)) = unit(&rest[end..]) {
        return (Token::Number { text, unit }, end + length);
    }
    (Token::Number { text, unit: String::new() }, end)
}

fn date_length(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let pair = |at: usize| bytes.get(at) == Some(&b'-') && digits(rest.get(at + 1..).unwrap_or("")) == 2;
    if digits(rest) != 4 || !pair(4) {
        return None;
    }
    Some(if pair(7) { 10 } else { 7 })
}

/// The longest unit of measure at the beginning, after at most one blank: the text and the bytes taken.
fn unit(rest: &str) -> Option<(String, usize)> {
    let blank = usize::from(rest.starts_with(' '));
    let body = &rest[blank..];
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, '/' | '^' | '%' | '(' | ')' | ' ' | '㎡' | '㎥' | '℃');
    let ends: Vec<usize> =
        body.char_indices().take_while(|(_, c)| allowed(*c)).map(|(at, c)| at + c.len_utf8()).take(24).collect();
    ends.iter().rev().find_map(|&end| {
        let text = &body[..end];
        let next = body[end..].chars().next().unwrap_or(' ');
        let cut =
            text.ends_with([' ', '/', '^', '(']) || next.is_alphanumeric() && text.ends_with(char::is_alphanumeric);
        // `(5 t/h)`: the bracket is the rule's; `1 t / 1 h` is a division, `1 t/h` is a unit.
        let open = text.matches('(').count() != text.matches(')').count();
        let whole = !cut && !open && !text.contains(" /") && !text.contains("/ ");
        let begins = text.starts_with("10^")
            || text.starts_with(|c: char| c.is_alphabetic() || matches!(c, '%' | '㎡' | '㎥' | '℃'));
        let known = whole && begins && Measure::parse(text).is_some_and(|m| m.known);
        known.then(|| (text.to_owned(), blank + end))
    })
}

fn quoted(rest: &str) -> (Token, usize) {
    let open = rest.chars().next().map_or(1, char::len_utf8);
    let close = rest[open..].find(['"', '”']);
    match close {
        Some(at) => {
            let quote = rest[open + at..].chars().next().map_or(1, char::len_utf8);
            (Token::Text(rest[open..open + at].to_owned()), open + at + quote)
        }
        None => (Token::Stray('"'), open),
    }
}

fn item(rest: &str) -> (Token, usize) {
    let open = rest.chars().next().map_or(1, char::len_utf8);
    match rest[open..].find([']', '］', '\n']) {
        Some(at) if !rest[open + at..].starts_with('\n') => {
            let close = rest[open + at..].chars().next().map_or(1, char::len_utf8);
            let text = rest[open..open + at].chars().filter(|c| !c.is_whitespace()).collect();
            (Token::Item(text), open + at + close)
        }
        _ => (Token::Stray('['), open),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let shown: Vec<String> = tokens(text)
            .into_iter()
            .map(|t| match t.token {
                Token::Number { text, unit } => format!("n:{text}:{unit}"),
                Token::Date(d) => format!("d:{d}"),
                Token::Text(t) => format!("t:{t}"),
                Token::Word(w) => format!("w:{w}"),
                Token::Item(i) => format!("i:{i}"),
                Token::Sign(s) => s.to_owned(),
                Token::Stray(c) => format!("?{c}"),
            })
            .collect();
        assert_eq!(shown.join(" "), expect, "{text}");
    }

    #[test]
    fn words_of_rules() {
        check("[01] = [02]+[03]", "i:01 = i:02 + i:03");
        check("G101-1[14] - 1", "w:G101-1 i:14 - n:1:");
        check("[08] / 24 h/d * [10]", "i:08 / n:24:h/d * i:10");
        check("[14] <= 8784 h and x", "i:14 <= n:8784:h w:and w:x");
        check("within 5% or 10 吨", "w:within n:5:% w:or n:10:吨");
        check("1.4 t/10^4 m3", "n:1.4:t/10^4 m3");
        check("{06..46, SW06, 4430A002}", "{ n:06: .. n:46: , w:SW06 , w:4430A002 }");
        check("[02 .. 05]", "i:02..05");
        check("2018-08-01 2017-12", "d:2018-08-01 d:2017-12");
        check("如果 [1] 则 “水”", "w:如果 i:1 w:则 t:水");
        check("G102/facility[10]", "w:G102 / w:facility i:10");
        check("a -- no\nb", "w:a w:b");
        check("1 d / 24 h", "n:1:d / n:24:h");
        check("300 m3/t and", "n:300:m3/t w:and");
        check("1 a * 1.2", "n:1:a * n:1.2:");
        check("[1", "?[ n:1:");
        check("（[1]，[2]）≤3", "( i:1 , i:2 ) <= n:3:");
    }
}
