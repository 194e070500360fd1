//! Questions about one text, answered once a distinct text and remembered.

use regex_lite::Regex;

use crate::batch::{TextId, Texts};
use crate::check_digit;
use crate::graph::{Members, TextMap, TextTest};

/// The texts of a batch and those made while running.
#[derive(Debug)]
pub struct Words<'b> {
    base: &'b Texts,
    made: Texts,
}

impl<'b> Words<'b> {
    pub fn new(base: &'b Texts) -> Words<'b> {
        Words { base, made: Texts::default() }
    }

    pub fn get(&self, id: u32) -> &str {
        let own = self.base.len() as u32;
        if id < own { self.base.get(TextId(id)) } else { self.made.get(TextId(id - own)) }
    }

    pub fn intern(&mut self, text: &str) -> u32 {
        match self.base.find(text) {
            Some(id) => id.0,
            None => self.base.len() as u32 + self.made.intern(text).0,
        }
    }
}

/// Compiles a pattern that the whole text must match.
pub fn pattern(text: &str) -> Result<Regex, String> {
    Regex::new(&format!("^(?:{text})$")).map_err(|e| format!("`{text}` is not a pattern: {e}"))
}

/// A question with the answers found so far.
#[derive(Debug)]
pub struct Asked<'g> {
    test: &'g TextTest,
    regex: Option<Regex>,
    /// 0 not asked yet, 1 no, 2 yes; by text id.
    answers: Vec<u8>,
}

impl<'g> Asked<'g> {
    pub fn new(test: &'g TextTest) -> Asked<'g> {
        let regex = match test {
            TextTest::Matches(text) => pattern(text).ok(),
            _ => None,
        };
        Asked { test, regex, answers: Vec::new() }
    }

    pub fn answer(&mut self, words: &Words, id: u32) -> bool {
        let at = id as usize;
        if self.answers.len() <= at {
            self.answers.resize(at + 1, 0);
        }
        if self.answers[at] == 0 {
            self.answers[at] = 1 + u8::from(self.ask(words.get(id)));
        }
        self.answers[at] == 2
    }

    fn ask(&self, text: &str) -> bool {
        match self.test {
            TextTest::In(members) => holds(text, members),
            TextTest::HasAny(members) => text.split([';', '；']).any(|code| holds(code.trim(), members)),
            TextTest::Matches(_) => self.regex.as_ref().is_some_and(|r| r.is_match(text)),
            TextTest::CreditCode => check_digit::credit_code_valid(text),
            TextTest::OrganisationCode => {
                check_digit::organisation_code_valid(text) || check_digit::organisation_code_derived(text)
            }
            TextTest::Cas => cas_valid(text),
        }
    }
}

/// A text made from a text, with what was made so far.
#[derive(Debug)]
pub struct Mapped<'g> {
    map: &'g TextMap,
    /// Text id → id of what it becomes; `u32::MAX - 1`: nothing; `u32::MAX`: not asked yet.
    made: Vec<u32>,
}

impl<'g> Mapped<'g> {
    pub fn new(map: &'g TextMap) -> Mapped<'g> {
        Mapped { map, made: Vec::new() }
    }

    /// `None`: a code without a name.
    pub fn map(&mut self, words: &mut Words, id: u32) -> Option<u32> {
        let at = id as usize;
        if self.made.len() <= at {
            self.made.resize(at + 1, u32::MAX);
        }
        if self.made[at] == u32::MAX {
            let text = words.get(id);
            let becomes = match self.map {
                TextMap::Prefix(n) => Some(text.chars().take(*n as usize).collect::<String>()),
                TextMap::NameOf(_, pairs) => pairs.iter().find(|(c, _)| c == text).map(|(_, n)| n.clone()),
            };
            self.made[at] = becomes.map_or(u32::MAX - 1, |text| words.intern(&text));
        }
        Some(self.made[at]).filter(|id| *id != u32::MAX - 1)
    }
}

/// Whether a text is one of the members, or lies in one of their runs (`06..46` by number, `A..K` by letter).
pub fn member(text: &str, members: &[(String, Option<String>)]) -> bool {
    members.iter().any(|(from, to)| match to {
        None => text == from,
        Some(to) => in_run(text, from, to),
    })
}

/// The same of members laid out for looking up.
pub fn holds(text: &str, members: &Members) -> bool {
    members.single.binary_search_by(|single| single.as_str().cmp(text)).is_ok()
        || members.runs.iter().any(|(from, to)| in_run(text, from, to))
}

fn in_run(text: &str, from: &str, to: &str) -> bool {
    match (text.parse::<u64>(), from.parse::<u64>(), to.parse::<u64>()) {
        (Ok(n), Ok(low), Ok(high)) => text.len() >= from.len().min(to.len()) && (low..=high).contains(&n),
        _ => text.len() == from.len() && from <= text && text <= to,
    }
}

/// CAS registry number: `7664-93-9`; the last digit is the weighted sum of the others.
fn cas_valid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [a, b, c] = parts.as_slice() else { return false };
    let digits = |t: &str| t.bytes().all(|x| x.is_ascii_digit());
    if !(2..=7).contains(&a.len()) || b.len() != 2 || c.len() != 1 || ![a, b, c].iter().all(|t| digits(t)) {
        return false;
    }
    let sum: u32 =
        format!("{a}{b}").bytes().rev().zip(1..).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    sum % 10 == u32::from(c.as_bytes()[0] - b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_runs() {
        let set = |items: &[(&str, &str)]| -> Vec<(String, Option<String>)> {
            items.iter().map(|(a, b)| ((*a).to_owned(), (!b.is_empty()).then(|| (*b).to_owned()))).collect()
        };
        assert!(member("07", &set(&[("06", "46")])));
        assert!(!member("47", &set(&[("06", "46")])));
        assert!(member("C", &set(&[("A", "K")])));
        assert!(!member("CC", &set(&[("A", "K")])));
        assert!(member("SW06", &set(&[("SW02", ""), ("SW06", "")])));
        let mixed = set(&[("B", ""), ("06", "46"), ("A", ""), ("X1", "X3")]);
        for text in ["A", "B", "C", "", "05", "06", "46", "47", "X2", "X4", "6"] {
            assert_eq!(holds(text, &Members::new(mixed.clone())), member(text, &mixed), "{text}");
        }
    }

    #[test]
    fn cas_numbers() {
        assert!(cas_valid("7664-93-9"));
        assert!(cas_valid("7732-18-5"));
        assert!(!cas_valid("7664-93-8"));
        assert!(!cas_valid("766493-9"));
    }
}
