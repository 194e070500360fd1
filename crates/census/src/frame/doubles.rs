//! Rows of the base lists that may be one unit (疑似同一单位): found by matching, settled by persons.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Listing;
use crate::area::AreaTree;
use crate::matching::{self, Learned, LeftOut, Match, Model, ModelError, Rows, Ruling, Vocabulary, clusters, explain};

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
    /// Lists that have no doubles of their own, by file.
    pub registers: Vec<String>,
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

    /// Compares all listings. Pairs of different kinds of respondent are not one unit and are left out. Where a list has
    /// no doubles of its own, one unit is at most one of its rows: the strongest pair stands, the others are for a
    /// person.
    pub fn pairs(&self, listings: &[Listing]) -> Result<Pairs, ModelError> {
        let columns: Vec<&str> = self.model.comparisons.iter().flat_map(|c| &c.columns).map(String::as_str).collect();
        let (mut rows, mut lists) = (Rows::new(&columns), Lists::default());
        for listing in listings {
            rows.push(lists.number(listing), columns.iter().map(|column| field(listing, column)));
        }
        let learned = listings.len() >= ENOUGH;
        let weights = (!learned).then_some(&self.shipped);
        let mut found = matching::matched(&self.model, &self.vocabulary, &rows, false, WORTH_A_LOOK, weights)?;
        found.matches.retain(|pair| {
            let (a, b) = (&listings[pair.a as usize].read, &listings[pair.b as usize].read);
            let left_out = self.model.leave_out.contains(&a.respondent);
            pair.ruling != Ruling::Never && !left_out && a.respondent == b.respondent
        });
        let mut registers = matching::registers(&self.model, &self.vocabulary, &rows)?;
        registers.retain(|list| *list != Lists::NONE);
        let cluster = leaders(&rows, &found.matches, &registers);
        let mut pairs = Vec::new();
        for pair in &found.matches {
            let (a, b) = (&listings[pair.a as usize], &listings[pair.b as usize]);
            let apart = cluster(pair.a) != cluster(pair.b);
            let certain = pair.certain(CERTAIN);
            let evidence = explain(&self.model, &found.learned, pair.pattern);
            let mut why = matching::why(&self.model, pair.pattern).unwrap_or_default().to_owned();
            if certain && apart {
                let one_list = a.file == b.file && registers.contains(&rows.list(pair.a as usize));
                why = if one_list {
                    format!("{}中没有重复的代码，这两行应是两个单位", a.file)
                } else {
                    "其中一行与一份没有重复的名单里的另一行更相符".to_owned()
                };
            }
            pairs.push(Pair {
                first: a.id.clone(),
                second: b.id.clone(),
                says: if certain && !apart { PairSays::Same } else { PairSays::Open },
                weight: pair.weight,
                evidence: evidence
                    .into_iter()
                    .map(|(title, level, weight)| Evidence { title: title.to_owned(), level: level.to_owned(), weight })
                    .collect(),
                why,
            });
        }
        let registers = registers.into_iter().map(|list| lists.file(list)).collect();
        Ok(Pairs { pairs, compared: found.compared, left_out: found.left_out, learned, registers })
    }
}

/// Lists by their file. Rejected rows are of none: a total at the end makes no list less of a register.
#[derive(Default)]
struct Lists<'l>(BTreeMap<&'l str, u16>);

impl<'l> Lists<'l> {
    const NONE: u16 = u16::MAX;

    fn number(&mut self, listing: &'l Listing) -> u16 {
        if listing.rejected.is_some() {
            return Lists::NONE;
        }
        let next = u16::try_from(self.0.len()).unwrap_or(Lists::NONE);
        *self.0.entry(&listing.file).or_insert(next)
    }

    fn file(&self, number: u16) -> String {
        self.0.iter().find(|(_, n)| **n == number).map(|(file, _)| (*file).to_owned()).unwrap_or_default()
    }
}

/// The cluster of each row by its number. Without registers nothing that is certain is kept apart.
fn leaders(rows: &Rows, matches: &[Match], registers: &[u16]) -> impl Fn(u32) -> u32 + use<> {
    let mut leader: BTreeMap<u32, u32> = BTreeMap::new();
    let bound = !registers.is_empty();
    if bound {
        let list = |row: u32| rows.list(row as usize);
        for cluster in clusters(rows.len(), matches, CERTAIN, list, registers, &[], &[]) {
            leader.extend(cluster.iter().map(|row| (*row, cluster[0])));
        }
    }
    move |row| if bound { leader.get(&row).copied().unwrap_or(row) } else { 0 }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::ListedUnit;

    fn matching() -> Matching {
        Matching::read(
            include_str!("../../../../instruments/cn-2017/matching/model.toml"),
            include_str!("../../../../instruments/cn-2017/matching/words.csv"),
            include_str!("../../../../instruments/cn-2017/matching/weights.csv"),
            &AreaTree::default(),
        )
        .expect("the shipped model")
    }

    /// `file|name|code|phone|person|address`.
    fn listing(line: &str) -> Listing {
        let cells: Vec<&str> = line.split('|').collect();
        let read = ListedUnit {
            name: cells[1].into(),
            credit_code: cells[2].into(),
            phone: cells[3].into(),
            legal_person: cells[4].into(),
            area: "410182100201".into(),
            address: cells[5].into(),
            respondent: "industrial".into(),
            ..ListedUnit::default()
        };
        let (file, id) = cells[0].split_once(' ').expect("file and id");
        Listing {
            id: id.into(),
            file: file.into(),
            sheet: String::new(),
            row: 2,
            hash: String::new(),
            cells: Vec::new(),
            read,
            rejected: None,
        }
    }

    fn said(lines: &[&str]) -> (Vec<String>, String) {
        let listings: Vec<Listing> = lines.iter().map(|line| listing(line)).collect();
        let found = matching().pairs(&listings).expect("a run");
        let told: Vec<String> =
            found.pairs.iter().map(|p| format!("{}{} {:?} {}", p.first, p.second, p.says, p.why)).collect();
        (found.registers, told.join("; "))
    }

    const ONE: &str = "登记.csv a|荥阳市万通轴承有限公司|9144030071526726XG|13800000001|赵一|豫龙镇槐西村3组";
    const OLD: &str = "登记.csv b|荥阳市万通轴承有限公司|91130200699229617X|13800000001|赵一|豫龙镇槐西村3组";
    const TAX: &str = "税务.csv c|荥阳市万通轴承有限公司||13800000001|赵一|豫龙镇槐西村3组";

    #[test]
    fn a_row_is_one_unit_with_at_most_one_row_of_a_list_without_doubles() {
        let (registers, told) = said(&[ONE, OLD, TAX]);
        assert_eq!(registers, ["登记.csv"]);
        assert_eq!(
            told,
            "ab Open 登记.csv中没有重复的代码，这两行应是两个单位; ac Same ; bc Open 其中一行与一份没有重复的名单里的另一行更相符"
        );
    }

    #[test]
    fn a_list_with_a_row_without_a_code_promises_nothing() {
        let loose = ONE.replace("9144030071526726XG", "");
        let (registers, told) = said(&[&loose, OLD, TAX]);
        assert_eq!((registers.len(), told.as_str()), (0, "ab Same ; ac Same ; bc Same "));
        // Nor does a list in which a code stands twice.
        let (registers, told) = said(&[ONE, &ONE.replace(" a|", " d|"), TAX]);
        assert_eq!((registers.len(), told.as_str()), (0, "ad Same ; ac Same ; dc Same "));
    }
}
