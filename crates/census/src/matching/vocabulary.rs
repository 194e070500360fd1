//! The words names are made of.

use std::collections::HashMap;

use rustc_hash::FxHashMap;

use super::ModelError;

/// Words of enterprise names: `matching/words.csv`, and the names of areas.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    /// Word → what it counts as. Longest words first when cut from a name.
    pub(super) forms: Words,
    pub(super) branches: Words,
    pub(super) trades: Words,
    /// 繁 → 简.
    pub(super) simple: FxHashMap<char, char>,
    /// Characters taken for each other by eye.
    pub(super) alike: FxHashMap<char, char>,
    pub(super) places: Words,
    /// Name of a county → its six digits, where no other county has the name.
    pub(super) counties: Counties,
}

/// Counties by name.
#[derive(Debug, Clone, Default)]
pub(super) struct Counties {
    codes: FxHashMap<Vec<char>, Option<Vec<char>>>,
}

impl Counties {
    fn add(&mut self, name: &str, code: &str) {
        let code = Some(code.chars().collect());
        // A second county of the same name: the name says nothing.
        self.codes.entry(name.chars().collect()).and_modify(|known| *known = None).or_insert(code);
    }

    /// The county an address names: the digits of its code.
    pub fn named(&self, address: &[char]) -> Option<&[char]> {
        let ends = address.iter().take(16).enumerate().filter(|(_, c)| matches!(c, '市' | '县' | '区'));
        let mut found = ends.filter_map(|(end, _)| {
            (2..=6).rev().filter(|n| *n <= end + 1).find_map(|n| self.codes.get(&address[end + 1 - n..=end]))
        });
        found.next_back().and_then(|code| code.as_deref())
    }
}

/// Words by their text, with the lengths that occur (in characters), longest first.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    words: FxHashMap<Vec<char>, u16>,
    lengths: Vec<usize>,
}

impl Words {
    fn add(&mut self, word: &str, class: u16) {
        let word: Vec<char> = word.chars().collect();
        if word.is_empty() {
            return;
        }
        if !self.lengths.contains(&word.len()) {
            self.lengths.push(word.len());
            self.lengths.sort_unstable_by(|a, b| b.cmp(a));
        }
        self.words.entry(word).or_insert(class);
    }

    /// The longest word at the end: its length and class.
    pub fn at_end(&self, text: &[char]) -> Option<(usize, u16)> {
        self.lengths.iter().filter(|n| **n <= text.len()).find_map(|n| {
            let class = self.words.get(&text[text.len() - n..])?;
            Some((*n, *class))
        })
    }

    /// The longest word at the beginning: its length.
    pub fn at_start(&self, text: &[char]) -> Option<usize> {
        self.lengths.iter().filter(|n| **n <= text.len()).find(|n| self.words.contains_key(&text[..**n])).copied()
    }

    pub fn has(&self, text: &[char]) -> bool {
        self.words.contains_key(text)
    }
}

impl Vocabulary {
    /// Reads `kind,word,class` lines; `#` begins a comment. `places` are codes and names of provinces, cities and
    /// counties as they stand before names (410100000000 郑州市); their short forms (郑州) are added.
    pub fn read<'p>(
        words: &str,
        places: impl IntoIterator<Item = (&'p str, &'p str)>,
    ) -> Result<Vocabulary, ModelError> {
        let mut vocabulary = Vocabulary::default();
        let mut classes: HashMap<&str, Vec<&str>> = HashMap::new();
        for (at, line) in words.lines().enumerate().filter(|(_, l)| !l.starts_with('#') && !l.trim().is_empty()) {
            let problem = |problem: &str| ModelError::Words { line: at + 1, problem: problem.to_owned() };
            let cells: Vec<&str> = line.trim_end().split(',').collect();
            let [kind, word, class] = cells[..] else {
                return Err(problem("three cells were expected: kind,word,class"));
            };
            if kind == "kind" {
                continue;
            }
            let known = classes.entry(kind).or_default();
            let number = known.iter().position(|c| *c == class).unwrap_or_else(|| {
                known.push(class);
                known.len() - 1
            }) as u16;
            let one = |text: &str| {
                let mut chars = text.chars();
                chars.next().filter(|_| chars.next().is_none()).ok_or_else(|| problem("one character was expected"))
            };
            match kind {
                "form" => vocabulary.forms.add(word, number),
                "branch" => vocabulary.branches.add(word, number),
                "trade" => vocabulary.trades.add(word, number),
                "traditional" => _ = vocabulary.simple.insert(one(word)?, one(class)?),
                "alike" => _ = vocabulary.alike.insert(one(word)?, one(class)?),
                _ => return Err(problem("unknown kind; form, branch, trade, traditional or alike")),
            }
        }
        for (code, place) in places {
            vocabulary.places.add(place, 0);
            if code.get(4..6).is_some_and(|county| county != "00") {
                vocabulary.counties.add(place, &code[..6]);
            }
            let chars: Vec<char> = place.chars().collect();
            if let [short @ .., '省' | '市' | '县' | '区' | '镇' | '乡'] = &chars[..]
                && short.len() >= 2
            {
                vocabulary.places.add(&short.iter().collect::<String>(), 0);
            }
        }
        Ok(vocabulary)
    }
}
