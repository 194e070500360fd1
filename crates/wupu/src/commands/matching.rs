//! Matching: which rows of the lists are one unit. What is certain is said; what is not goes to persons as a work list,
//! and comes back as one.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use census::area::AreaTree;
use census::frame::{Listing, Matching, Pair, PairSays};
use instrument::files::Files;
use report::write::{FlatTable, Heading, xlsx_bytes};
use store::{DecidedBy, PairDecision, What};

use super::print_json;
use crate::arguments::{Arguments, Match, Matter};
use crate::ending::{BadInput, Ending};
use crate::office::{Office, package};
use crate::{output, said, say, told};

/// Columns of the work list: name in the file, heading, and what it shows of a pair.
const VERDICT: &str = "结论（填 同 或 不同）";
const REASON: &str = "理由";
const FIRST: &str = "编号甲";
const SECOND: &str = "编号乙";

pub fn run(arguments: &Arguments, asked: &Match) -> Result<Ending> {
    match &asked.matter {
        None => find(arguments, asked.worklist.as_deref()),
        Some(Matter::Answers { file }) => answers(arguments, file),
        Some(Matter::Decide { first, second, same, why }) => decide(arguments, first, second, *same, why),
        Some(Matter::Show { first, second }) => show(arguments, first, second),
    }
}

/// The matching part of a package. Mistakes name the part.
pub fn read(files: &dyn Files, areas: &AreaTree) -> Result<Matching> {
    let text = |path: &str| -> Result<String> {
        let bytes =
            files.read(path).ok_or_else(|| BadInput(told!("普查制度里没有 {}", "the instrument has no {}", path)))?;
        String::from_utf8(bytes).with_context(|| path.to_owned())
    };
    let (model, words) = (text("matching/model.toml")?, text("matching/words.csv")?);
    let read = Matching::read(&model, &words, &text("matching/weights.csv")?, areas);
    read.map_err(|problem| BadInput(problem.to_string()).into())
}

fn find(arguments: &Arguments, worklist: Option<&Path>) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let listings = office.store.read().all_listings()?;
    if listings.is_empty() {
        let text = say::pick("底册还是空的：先 wupu import list 文件", "no list yet: wupu import list FILE first");
        return Err(BadInput(text.to_owned()).into());
    }
    let found = read(package(arguments)?.as_ref(), &office.areas)?
        .pairs(&listings)
        .map_err(|problem| BadInput(problem.to_string()))?;
    let known = office.store.read().pairs()?;
    let repeated = asked_before(&listings, &known, &found.pairs);
    let event = office.event(What::Match);
    let simulated = office.census.simulated;
    let (kept, standing) = office.store.write::<_, anyhow::Error>(&event, |w| {
        let by_rule = w.say_of_pairs(&found.pairs, DecidedBy::Rule)?;
        let kept = by_rule + w.say_of_pairs(&repeated, DecidedBy::Person)?;
        let standing = w.read().pairs()?;
        // Within the change: a work list that cannot be written leaves the census as it was.
        if let Some(path) = worklist {
            write_worklist(path, simulated, &listings, open_pairs(&standing))?;
        }
        Ok((kept, standing))
    })?;
    let count = |says: PairSays, by: DecidedBy| standing.values().filter(|d| d.pair.says == says && d.by == by).count();
    let open = open_pairs(&standing);
    let by_persons = count(PairSays::Same, DecidedBy::Person) + count(PairSays::Different, DecidedBy::Person);
    let certain = count(PairSays::Same, DecidedBy::Rule);
    if arguments.json {
        let left_out: Vec<serde_json::Value> = found
            .left_out
            .iter()
            .map(|l| serde_json::json!({ "rule": l.rule, "blocks": l.blocks, "largest": l.largest }))
            .collect();
        print_json(&serde_json::json!({
            "rows": listings.len(), "compared": found.compared, "certain": certain, "open": open.len(),
            "by_persons": by_persons, "changed": kept, "weights": if found.learned { "learned" } else { "shipped" },
            "left_out": left_out,
        }));
        return Ok(Ending::Done);
    }
    say!("{} 行底册，比较了 {} 对", "{} listed rows, {} pairs compared", listings.len(), found.compared);
    say!("  同一单位（自动）  {} 对", "  one unit (certain)    {} pairs", certain);
    say!("  待人判定          {} 对", "  for a person          {} pairs", open.len());
    say!("  已由人判定        {} 对", "  decided by persons    {} pairs", by_persons);
    if !found.learned {
        say!(
            "权重：名单不足 5000 行，用制度附带的权重（在模拟名单上学出）",
            "weights: a list of fewer than 5000 rows uses those shipped with the instrument (learned on simulated lists)"
        );
    }
    for left in &found.left_out {
        say!(
            "未比较：{} 相同的 {} 组过大（最大 {} 行）",
            "not compared: {1} blocks of equal {0} are too large (the largest has {2} rows)",
            left.rule,
            left.blocks,
            left.largest
        );
    }
    if let Some(path) = worklist {
        say!("工作单：{}", "work list: {}", path.display());
    }
    say!("下一步：wupu screen", "next: wupu screen");
    Ok(Ending::Done)
}

/// Open pairs that persons decided before on rows of the same content: the question is not asked again.
fn asked_before(listings: &[Listing], known: &BTreeMap<(String, String), PairDecision>, found: &[Pair]) -> Vec<Pair> {
    let hash: BTreeMap<&str, &str> = listings.iter().map(|l| (l.id.as_str(), l.hash.as_str())).collect();
    let of = |pair: &Pair| -> Option<(String, String)> {
        let (a, b) = (hash.get(pair.first.as_str())?, hash.get(pair.second.as_str())?);
        Some(((*a.min(b)).to_owned(), (*a.max(b)).to_owned()))
    };
    let persons = known.values().filter(|d| d.by == DecidedBy::Person);
    let said: BTreeMap<(String, String), &Pair> = persons.filter_map(|d| Some((of(&d.pair)?, &d.pair))).collect();
    found
        .iter()
        .filter(|pair| {
            let key = (pair.first.clone().min(pair.second.clone()), pair.first.clone().max(pair.second.clone()));
            known.get(&key).is_none_or(|d| d.by != DecidedBy::Person)
        })
        .filter_map(|pair| {
            let before = said.get(&of(pair)?)?;
            Some(Pair { says: before.says, why: before.why.clone(), ..pair.clone() })
        })
        .collect()
}

fn open_pairs(standing: &BTreeMap<(String, String), PairDecision>) -> Vec<&Pair> {
    standing.values().map(|d| &d.pair).filter(|p| p.says == PairSays::Open).collect()
}

fn write_worklist(path: &Path, simulated: bool, listings: &[Listing], mut open: Vec<&Pair>) -> Result<()> {
    let row: BTreeMap<&str, &Listing> = listings.iter().map(|l| (l.id.as_str(), l)).collect();
    open.sort_by_key(|p| (std::cmp::Reverse(p.weight), p.first.clone(), p.second.clone()));
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
    for pair in open {
        let (Some(a), Some(b)) = (row.get(pair.first.as_str()), row.get(pair.second.as_str())) else { continue };
        let mut line = vec![String::new(), pair.why.clone(), pair.words()];
        line.extend(shown.iter().flat_map(|(_, show)| [show(a), show(b)]));
        line.extend([pair.first.clone(), pair.second.clone()]);
        table.rows.push(line);
    }
    let heading = Heading { simulated, ..Heading::default() };
    output::write(path, xlsx_bytes(&table, &heading)?)
}

/// Reads a filled work list.
fn answers(arguments: &Arguments, file: &Path) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let is_heading = |cells: &[String]| cells.iter().any(|c| c == FIRST) && cells.iter().any(|c| c == SECOND);
    let rows = report::read::rows(file, &is_heading).map_err(|e| BadInput(said!(e)))?;
    let known = office.store.read().pairs()?;
    let (mut said, mut blank) = (Vec::new(), 0);
    for row in rows {
        let row = row.map_err(|e| BadInput(said!(e)))?;
        let cell = |name: &str| row.cells.iter().find(|(h, _)| h == name).map_or("", |(_, c)| c.trim());
        let says = match cell(VERDICT) {
            "" => {
                blank += 1;
                continue;
            }
            "同" | "是" | "same" => PairSays::Same,
            "不同" | "否" | "different" => PairSays::Different,
            other => {
                return Err(BadInput(told!(
                    "{} 第{}行：“{}”不是结论；填 同 或 不同",
                    "{}, row {}: `{}` is no verdict; write 同 or 不同",
                    file.display(),
                    row.number,
                    other
                ))
                .into());
            }
        };
        said.push(judged(&mut office, &known, cell(FIRST), cell(SECOND), says, cell(REASON))?);
    }
    let event = office.event(What::Match).about(file.display().to_string());
    let kept = office.store.write::<_, anyhow::Error>(&event, |w| Ok(w.say_of_pairs(&said, DecidedBy::Person)?))?;
    if arguments.json {
        print_json(&serde_json::json!({ "answers": said.len(), "changed": kept, "blank": blank }));
    } else {
        say!(
            "收到结论 {} 条，其中新的或改变的 {} 条；未填 {} 行仍待判定",
            "{} answers, {} of them new or changed; {} rows without one stay open",
            said.len(),
            kept,
            blank
        );
    }
    Ok(Ending::Done)
}

fn decide(arguments: &Arguments, first: &str, second: &str, same: bool, why: &str) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let known = office.store.read().pairs()?;
    let says = if same { PairSays::Same } else { PairSays::Different };
    let pair = judged(&mut office, &known, first, second, says, why)?;
    let event = office.event(What::Match).about(format!("{first} {second}"));
    office.store.write::<_, anyhow::Error>(&event, |w| Ok(w.say_of_pairs(&[pair], DecidedBy::Person)?))?;
    say!("已记录；重新清查后生效：wupu screen", "kept; it takes effect with the next wupu screen");
    Ok(Ending::Done)
}

/// A pair with a person's word on it; both listings must be there.
fn judged(
    office: &mut Office,
    known: &BTreeMap<(String, String), PairDecision>,
    first: &str,
    second: &str,
    says: PairSays,
    why: &str,
) -> Result<Pair> {
    for id in [first, second] {
        if !office.store.read().has_listing(id)? {
            return Err(BadInput(told!("底册里没有编号 {}", "no listed row has the id {}", id)).into());
        }
    }
    if first == second {
        return Err(BadInput(told!("{} 与自身不成对", "{} is no pair with itself", first)).into());
    }
    let key = (first.min(second).to_owned(), first.max(second).to_owned());
    let found = known.get(&key).map(|d| d.pair.clone());
    let bare = || Pair {
        first: key.0.clone(),
        second: key.1.clone(),
        says,
        weight: 0,
        evidence: Vec::new(),
        why: String::new(),
    };
    Ok(Pair { says, why: why.to_owned(), ..found.unwrap_or_else(bare) })
}

fn show(arguments: &Arguments, first: &str, second: &str) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let key = (first.min(second).to_owned(), first.max(second).to_owned());
    let Some(found) = office.store.read().pairs()?.remove(&key) else {
        return Err(BadInput(told!(
            "{} 与 {} 没有可比之处，或还没有 wupu match",
            "{} and {} have nothing in common, or wupu match has not run",
            first,
            second
        ))
        .into());
    };
    if arguments.json {
        print_json(&serde_json::to_value(&found.pair)?);
        return Ok(Ending::Done);
    }
    for evidence in &found.pair.evidence {
        println!("{:>+8}  {}：{}", evidence.weight, evidence.title, evidence.level);
    }
    let says = match found.pair.says {
        PairSays::Same => say::pick("同一单位", "one unit"),
        PairSays::Different => say::pick("不同单位", "two units"),
        PairSays::Open => say::pick("待人判定", "for a person"),
    };
    println!("{:>+8}  {says} {}", found.pair.weight, found.pair.why);
    Ok(Ending::Done)
}
