//! Matching (比对): which rows of the lists are one unit. What is certain is said; what is not goes to persons as a work
//! list, and comes back as one.

use std::collections::BTreeMap;
use std::path::Path;

use census::area::AreaTree;
use census::frame::{Listing, Matching, Pair, PairSays};
use instrument::files::Files;
use report::write::{FlatTable, Heading, xlsx_bytes};
use store::{DecidedBy, PairDecision, Read, Store, What};

use crate::error::words;
use crate::{Desk, Error, Result, Take, Words};

/// Columns of the work list: name in the file, heading, and what it shows of a pair.
const VERDICT: &str = "结论（填 同 或 不同）";
const REASON: &str = "理由";
const FIRST: &str = "编号甲";
const SECOND: &str = "编号乙";

/// The two listings of a pair, the smaller id first, → the latest word on it.
pub type Pairs = BTreeMap<(String, String), PairDecision>;

/// What matching came to.
#[derive(Debug)]
pub struct Outcome {
    /// Listed rows.
    pub rows: u64,
    pub compared: u64,
    /// Pairs that are one unit, by rule.
    pub certain: u64,
    /// Pairs a person decides.
    pub open: u64,
    pub by_persons: u64,
    /// New or changed words on pairs.
    pub changed: u64,
    /// Whether the weights were learned on these lists; else those shipped with the instrument.
    pub learned: bool,
    /// Blocks too large to be compared.
    pub left_out: Vec<LeftOut>,
}

/// A rule some of whose blocks were not compared.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct LeftOut {
    pub rule: String,
    pub blocks: u64,
    pub largest: u64,
}

/// A person's word on a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    pub first: String,
    pub second: String,
    /// One unit, or two.
    pub says: PairSays,
    pub why: String,
}

/// A filled work list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    pub judgements: Vec<Judgement>,
    /// Rows without a verdict: they stay open.
    pub blank: u64,
}

/// A pair that waits for a person, with both rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenPair {
    pub pair: Pair,
    pub first: Listing,
    pub second: Listing,
}

/// The matching part of a package. Mistakes name the part.
pub fn read(files: &dyn Files, areas: &AreaTree) -> Result<Matching> {
    let text = |path: &str| -> Result<String> {
        let missing = || words!("no_matching", "普查制度里没有 {}", "the instrument has no {}", path);
        let bytes = files.read(path).ok_or_else(|| Error::BadInput(missing()))?;
        String::from_utf8(bytes).map_err(|e| Error::Fault(format!("{path}: {e}")))
    };
    let (model, vocabulary) = (text("matching/model.toml")?, text("matching/words.csv")?);
    let read = Matching::read(&model, &vocabulary, &text("matching/weights.csv")?, areas);
    read.map_err(|problem| Error::BadInput(Words::plain("matching", problem.to_string())))
}

/// Finds the pairs of all rows; `worklist` takes the open ones as a workbook, inside the change.
pub fn find(
    desk: &mut Desk<'_>,
    store: &mut Store,
    matching: &Matching,
    worklist: Option<Take<'_>>,
) -> Result<Outcome> {
    let listings = store.read().all_listings()?;
    if listings.is_empty() {
        return Err(Error::BadInput(words!(
            "no_list",
            "底册还是空的：先 wupu import list 文件",
            "no list yet: wupu import list FILE first"
        )));
    }
    let found =
        matching.pairs(&listings).map_err(|problem| Error::BadInput(Words::plain("matching", problem.to_string())))?;
    let known = store.read().pairs()?;
    let repeated = asked_before(&listings, &known, &found.pairs);
    let event = desk.event(What::Match);
    let simulated = desk.census.simulated;
    let (changed, standing) = store.write::<_, Error>(&event, |w| {
        let by_rule = w.say_of_pairs(&found.pairs, DecidedBy::Rule)?;
        let kept = by_rule + w.say_of_pairs(&repeated, DecidedBy::Person)?;
        let standing = w.read().pairs()?;
        // Within the change: a work list that cannot be written leaves the census as it was.
        if let Some(take) = worklist {
            take(worklist_bytes(simulated, &listings, open_pairs(&standing))?)?;
        }
        Ok((kept, standing))
    })?;
    let count =
        |says: PairSays, by: DecidedBy| standing.values().filter(|d| d.pair.says == says && d.by == by).count() as u64;
    Ok(Outcome {
        rows: listings.len() as u64,
        compared: found.compared,
        certain: count(PairSays::Same, DecidedBy::Rule),
        open: open_pairs(&standing).len() as u64,
        by_persons: count(PairSays::Same, DecidedBy::Person) + count(PairSays::Different, DecidedBy::Person),
        changed,
        learned: found.learned,
        left_out: found
            .left_out
            .iter()
            .map(|l| LeftOut { rule: l.rule.clone(), blocks: l.blocks as u64, largest: l.largest as u64 })
            .collect(),
    })
}

/// Pairs that wait for a person, the likeliest first.
pub fn open(read: &mut Read<'_>) -> Result<Vec<OpenPair>> {
    let standing = read.pairs()?;
    let row: BTreeMap<String, Listing> = read.all_listings()?.into_iter().map(|l| (l.id.clone(), l)).collect();
    let with_rows = |pair: &Pair| {
        Some(OpenPair {
            first: row.get(&pair.first)?.clone(),
            second: row.get(&pair.second)?.clone(),
            pair: pair.clone(),
        })
    };
    Ok(sorted(open_pairs(&standing)).into_iter().filter_map(with_rows).collect())
}

/// The pairs that wait for a person as a workbook, to be filled and read by [`answers`].
pub fn worklist(desk: &Desk<'_>, read: &mut Read<'_>) -> Result<Vec<u8>> {
    let standing = read.pairs()?;
    worklist_bytes(desk.census.simulated, &read.all_listings()?, open_pairs(&standing))
}

/// Reads a filled work list.
pub fn answers(file: &Path) -> Result<Answers> {
    let is_heading = |cells: &[String]| cells.iter().any(|c| c == FIRST) && cells.iter().any(|c| c == SECOND);
    let mut read = Answers { judgements: Vec::new(), blank: 0 };
    for row in report::read::rows(file, &is_heading)? {
        let row = row?;
        let cell = |name: &str| row.cells.iter().find(|(h, _)| h == name).map_or("", |(_, c)| c.trim());
        let says = match cell(VERDICT) {
            "" => {
                read.blank += 1;
                continue;
            }
            "同" | "是" | "same" => PairSays::Same,
            "不同" | "否" | "different" => PairSays::Different,
            other => {
                return Err(Error::BadInput(words!(
                    "no_verdict",
                    "{} 第{}行：“{}”不是结论；填 同 或 不同",
                    "{}, row {}: `{}` is no verdict; write 同 or 不同",
                    file.display(),
                    row.number,
                    other
                )));
            }
        };
        let text = |name: &str| cell(name).to_owned();
        read.judgements.push(Judgement { first: text(FIRST), second: text(SECOND), says, why: text(REASON) });
    }
    Ok(read)
}

/// Keeps persons' words on pairs: all or none. Takes effect with the next screening. Gives how many are new or changed.
pub fn decide(desk: &mut Desk<'_>, store: &mut Store, about: &str, said: &[Judgement]) -> Result<u64> {
    let known = store.read().pairs()?;
    let said = said.iter().map(|s| judged(&mut store.read(), &known, s)).collect::<Result<Vec<Pair>>>()?;
    let event = desk.event(What::Match).about(about);
    store.write(&event, |w| Ok(w.say_of_pairs(&said, DecidedBy::Person)?))
}

/// Open pairs that persons decided before on rows of the same content: the question is not asked again.
fn asked_before(listings: &[Listing], known: &Pairs, found: &[Pair]) -> Vec<Pair> {
    let hash: BTreeMap<&str, &str> = listings.iter().map(|l| (l.id.as_str(), l.hash.as_str())).collect();
    let of = |pair: &Pair| -> Option<(String, String)> {
        let (a, b) = (hash.get(pair.first.as_str())?, hash.get(pair.second.as_str())?);
        Some(((*a.min(b)).to_owned(), (*a.max(b)).to_owned()))
    };
    let persons = known.values().filter(|d| d.by == DecidedBy::Person);
    let said: BTreeMap<(String, String), &Pair> = persons.filter_map(|d| Some((of(&d.pair)?, &d.pair))).collect();
    found
        .iter()
        .filter(|pair| known.get(&key(&pair.first, &pair.second)).is_none_or(|d| d.by != DecidedBy::Person))
        .filter_map(|pair| {
            let before = said.get(&of(pair)?)?;
            Some(Pair { says: before.says, why: before.why.clone(), ..pair.clone() })
        })
        .collect()
}

fn open_pairs(standing: &Pairs) -> Vec<&Pair> {
    standing.values().map(|d| &d.pair).filter(|p| p.says == PairSays::Open).collect()
}

fn sorted(mut open: Vec<&Pair>) -> Vec<&Pair> {
    open.sort_by_key(|p| (std::cmp::Reverse(p.weight), p.first.clone(), p.second.clone()));
    open
}

fn worklist_bytes(simulated: bool, listings: &[Listing], open: Vec<&Pair>) -> Result<Vec<u8>> {
    let row: BTreeMap<&str, &Listing> = listings.iter().map(|l| (l.id.as_str(), l)).collect();
    let shown: [(&str, fn(&Listing) -> String); 6] = [
        ("名称", |l| l.read.name.clone()),
        ("代码", |l| l.read.code().to_owned()),
        ("电话", |l| l.read.phone.clone()),
        ("法定代表人", |l| l.read.legal_person.clone()),
        ("地址", |l| l.read.address.clone()),
        ("来源", |l| format!("{} 第{}行", l.file, l.row)),
    ];
    let mut headings = vec![VERDICT.to_owned(), REASON.to_owned(), "相符之处".to_owned()];
    headings.extend(shown.iter().flat_map(|(name, _)| [format!("{name}甲"), format!("{name}乙")]));
    headings.extend([FIRST.to_owned(), SECOND.to_owned()]);
    let mut table = FlatTable {
        title: "疑似同一单位".to_owned(),
        headings: headings.into_iter().map(|h| [String::new(), h]).collect(),
        rows: Vec::new(),
    };
    for pair in sorted(open) {
        let (Some(a), Some(b)) = (row.get(pair.first.as_str()), row.get(pair.second.as_str())) else { continue };
        let mut line = vec![String::new(), pair.why.clone(), pair.words()];
        line.extend(shown.iter().flat_map(|(_, show)| [show(a), show(b)]));
        line.extend([pair.first.clone(), pair.second.clone()]);
        table.rows.push(line);
    }
    Ok(xlsx_bytes(&table, &Heading { simulated, ..Heading::default() })?)
}

/// A pair with a person's word on it; both listings must be there.
fn judged(read: &mut Read<'_>, known: &Pairs, said: &Judgement) -> Result<Pair> {
    let (first, second) = (said.first.as_str(), said.second.as_str());
    for id in [first, second] {
        if !read.has_listing(id)? {
            let words = words!("no_row", "底册里没有编号 {}", "no listed row has the id {}", id);
            return Err(Error::BadInput(words));
        }
    }
    if first == second {
        return Err(Error::BadInput(words!("one_row", "{} 与自身不成对", "{} is no pair with itself", first)));
    }
    let key = key(first, second);
    let found = known.get(&key).map(|d| d.pair.clone());
    let bare = || Pair {
        first: key.0.clone(),
        second: key.1.clone(),
        says: said.says,
        weight: 0,
        evidence: Vec::new(),
        why: String::new(),
    };
    Ok(Pair { says: said.says, why: said.why.clone(), ..found.unwrap_or_else(bare) })
}

/// A pair is the same whichever of its rows is named first.
pub fn key(first: &str, second: &str) -> (String, String) {
    (first.min(second).to_owned(), first.max(second).to_owned())
}
