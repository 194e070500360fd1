//! Rows of the base lists that may be one unit (疑似同一单位): found by matching, settled by persons.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Listing;
use crate::area::AreaTree;
use crate::matching::{self, Learned, LeftOut, Model, ModelError, Rows, Ruling, Vocabulary, explain};

/// What is said of a pair of listings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PairSays {
    /// 同一单位.
    Same,
    /// 不同单位.
    Different,
    /// 待人判定.
    Open,
}

/// One comparison of a pair, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub title: String,
    pub level: String,
    /// Thousandths of a bit; positive speaks for one unit.
    pub weight: i32,
}

/// A pair of listings, the earlier one first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    pub first: String,
    pub second: String,
    pub says: PairSays,
    /// Thousandths of a bit, all evidence together; above 0 one unit is likelier than two.
    pub weight: i32,
    pub evidence: Vec<Evidence>,
    /// Why a person decides, or what the person said.
    pub why: String,
}

/// The model, the words and the weights of an instrument: `matching/`.
#[derive(Debug)]
pub struct Matching {
    model: Model,
    vocabulary: Vocabulary,
    shipped: Learned,
}

/// What a run over all listings found.
#[derive(Debug)]
pub struct Pairs {
    /// Same and open pairs, by position of their rows.
    pub pairs: Vec<Pair>,
    pub compared: u64,
    pub left_out: Vec<LeftOut>,
    /// Whether the weights were learned on these rows; else they are the shipped ones.
    pub learned: bool,
}

/// Chances from which a pair is one unit without a person, and from which a person looks: 99 % and 10 %.
const CERTAIN: i32 = 6_629;
const WORTH_A_LOOK: i32 = -3_170;

/// Rows from which a list can teach its own weights.
const ENOUGH: usize = 5_000;

impl Matching {
    /// From the texts of `matching/model.toml`, `words.csv` and `weights.csv`.
    pub fn read(model: &str, words: &str, weights: &str, areas: &AreaTree) -> Result<Matching, ModelError> {
        let model = Model::read(model)?;
        let named: Vec<(String, &str)> = areas
            .iter()
            .filter(|a| a.code.to_string().ends_with("000000"))
            .map(|a| (a.code.to_string(), a.name.as_str()))
            .collect();
        let vocabulary = Vocabulary::read(words, named.iter().map(|(code, name)| (code.as_str(), *name)))?;
        let shipped = Learned::from_csv(weights, &model)?;
        Ok(Matching { model, vocabulary, shipped })
    }

    /// Compares all listings. Pairs of different kinds of respondent are not one unit and are left out.
    pub fn pairs(&self, listings: &[Listing]) -> Result<Pairs, ModelError> {
        let columns: Vec<&str> = self.model.comparisons.iter().flat_map(|c| &c.columns).map(String::as_str).collect();
        let mut rows = Rows::new(&columns);
        for listing in listings {
            rows.push(0, columns.iter().map(|column| field(listing, column)));
        }
        let learned = listings.len() >= ENOUGH;
        let weights = (!learned).then_some(&self.shipped);
        let found = matching::matched(&self.model, &self.vocabulary, &rows, false, WORTH_A_LOOK, weights)?;
        let mut pairs = Vec::new();
        for pair in &found.matches {
            let (a, b) = (&listings[pair.a as usize], &listings[pair.b as usize]);
            let left_out = self.model.leave_out.contains(&a.read.respondent);
            if pair.ruling == Ruling::Never || left_out || a.read.respondent != b.read.respondent {
                continue;
            }
            let certain = pair.certain(CERTAIN);
            let evidence = explain(&self.model, &found.learned, pair.pattern);
            let why = matching::why(&self.model, pair.pattern).unwrap_or_default();
            pairs.push(Pair {
                first: a.id.clone(),
                second: b.id.clone(),
                says: if certain { PairSays::Same } else { PairSays::Open },
                weight: pair.weight,
                evidence: evidence
                    .into_iter()
                    .map(|(title, level, weight)| Evidence { title: title.to_owned(), level: level.to_owned(), weight })
                    .collect(),
                why: why.to_owned(),
            });
        }
        Ok(Pairs { pairs, compared: found.compared, left_out: found.left_out, learned })
    }
}

/// A column of the model, from what was read of a row.
fn field<'l>(listing: &'l Listing, column: &str) -> &'l str {
    let read = &listing.read;
    match column {
        "name" => &read.name,
        "code" => read.code(),
        "phone" => &read.phone,
        "person" => &read.legal_person,
        "area" => &read.area,
        "address" => &read.address,
        "lon" => &read.lon,
        "lat" => &read.lat,
        _ => "",
    }
}

impl Pair {
    /// The evidence that speaks loudest, in words: 名称：字号相同；电话：相同.
    pub fn words(&self) -> String {
        let told: Vec<String> =
            self.evidence.iter().filter(|e| e.weight > 0).map(|e| format!("{}{}", e.title, e.level)).collect();
        if told.is_empty() { self.why.clone() } else { told.join("，") }
    }
}

/// Pairs as screening asks for them.
#[derive(Debug, Default)]
pub struct Settled<'p> {
    of: BTreeMap<(&'p str, &'p str), &'p Pair>,
    joined: BTreeMap<&'p str, BTreeSet<&'p str>>,
}

impl<'p> Settled<'p> {
    pub fn new(pairs: &'p [Pair]) -> Settled<'p> {
        let mut settled = Settled::default();
        for pair in pairs {
            let (a, b) = (pair.first.as_str(), pair.second.as_str());
            settled.of.insert((a.min(b), a.max(b)), pair);
            if pair.says != PairSays::Different {
                settled.joined.entry(a).or_default().insert(b);
                settled.joined.entry(b).or_default().insert(a);
            }
        }
        settled
    }

    /// What is said of two listings.
    pub fn says(&self, a: &str, b: &str) -> Option<&'p Pair> {
        self.of.get(&(a.min(b), a.max(b))).copied()
    }

    /// Listings that are the same unit as this one, or may be.
    pub fn of(&self, listing: &str) -> impl Iterator<Item = &'p Pair> {
        let others = self.joined.get(listing).into_iter().flatten();
        others.filter_map(move |other| self.says(listing, other)).collect::<Vec<_>>().into_iter()
    }
}
