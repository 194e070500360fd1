//! Matching: which rows of the lists are one unit. What is certain is said; what is not goes to persons as a work list,
//! and comes back as one.

use std::path::Path;

use anyhow::Result;
use census::frame::PairSays;
use work::matching::{self, Judgement};

use super::print_json;
use crate::arguments::{Arguments, Match, Matter};
use crate::ending::{BadInput, Ending};
use crate::office::{Office, package};
use crate::{output, say, told};

pub fn run(arguments: &Arguments, asked: &Match) -> Result<Ending> {
    match &asked.matter {
        None => find(arguments, asked.worklist.as_deref()),
        Some(Matter::Answers { file }) => answers(arguments, file),
        Some(Matter::Decide { first, second, same, why }) => decide(arguments, first, second, *same, why),
        Some(Matter::Show { first, second }) => show(arguments, first, second),
    }
}

fn find(arguments: &Arguments, worklist: Option<&Path>) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let matching = matching::read(package(arguments)?.as_ref(), &office.areas);
    let (mut desk, store) = office.desk()?;
    let mut take = worklist.map(output::take);
    let found = matching::find(&mut desk, store, &matching?, take.as_mut().map(|take| take as work::Take<'_>))?;
    if arguments.json {
        print_json(&serde_json::json!({
            "rows": found.rows, "compared": found.compared, "certain": found.certain, "open": found.open,
            "by_persons": found.by_persons, "changed": found.changed, "weights": if found.learned { "learned" } else { "shipped" },
            "left_out": found.left_out,
        }));
        return Ok(Ending::Done);
    }
    say!("{} 行底册，比较了 {} 对", "{} listed rows, {} pairs compared", found.rows, found.compared);
    say!("  同一单位（自动）  {} 对", "  one unit (certain)    {} pairs", found.certain);
    say!("  待人判定          {} 对", "  for a person          {} pairs", found.open);
    say!("  已由人判定        {} 对", "  decided by persons    {} pairs", found.by_persons);
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

/// Reads a filled work list.
fn answers(arguments: &Arguments, file: &Path) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let read = matching::answers(file)?;
    let (mut desk, store) = office.desk()?;
    let kept = matching::decide(&mut desk, store, &file.display().to_string(), &read.judgements)?;
    let (said, blank) = (read.judgements.len(), read.blank);
    if arguments.json {
        print_json(&serde_json::json!({ "answers": said, "changed": kept, "blank": blank }));
    } else {
        say!(
            "收到结论 {} 条，其中新的或改变的 {} 条；未填 {} 行仍待判定",
            "{} answers, {} of them new or changed; {} rows without one stay open",
            said,
            kept,
            blank
        );
    }
    Ok(Ending::Done)
}

fn decide(arguments: &Arguments, first: &str, second: &str, same: bool, why: &str) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let says = if same { PairSays::Same } else { PairSays::Different };
    let said = Judgement { first: first.to_owned(), second: second.to_owned(), says, why: why.to_owned() };
    let (mut desk, store) = office.desk()?;
    matching::decide(&mut desk, store, &format!("{first} {second}"), &[said])?;
    say!("已记录；重新清查后生效：wupu screen", "kept; it takes effect with the next wupu screen");
    Ok(Ending::Done)
}

fn show(arguments: &Arguments, first: &str, second: &str) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let Some(found) = office.store.read().pairs()?.remove(&matching::key(first, second)) else {
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
