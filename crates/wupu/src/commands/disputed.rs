//! The disputed pool: offices claim or refuse, the parent decides; each with reason and name.

use std::path::Path;

use anyhow::Result;
use census::area::AreaTree;
use census::frame::Placing;
use census::split::{Claim, ClaimSays};
use report::write::{FlatTable, Heading, xlsx_bytes};
use work::disputed::{self, Saying, Settlement};
use work::package::Sealing;

use super::{key, print_json};
use crate::arguments::{Arguments, Disputed};
use crate::ending::{BadInput, Ending};
use crate::office::Office;
use crate::{output, said, say, told};

const ROW: &str = "编号";
const SETTLED: &str = "裁定区划（填代码或名称）";
const CLAIM: &str = "本区意见（填 认领 或 退回）";
const WHY: &str = "理由";

pub fn run(arguments: &Arguments, asked: &Disputed) -> Result<Ending> {
    match asked {
        Disputed::List { worklist } => list(arguments, worklist.as_deref()),
        Disputed::Answers { file } => answers(arguments, file),
        Disputed::Claim { row, why } => say_of(arguments, &[saying(row, ClaimSays::Claims, why)]),
        Disputed::Refuse { row, why } => say_of(arguments, &[saying(row, ClaimSays::Refuses, why)]),
        Disputed::Settle { row, to, why } => settle(arguments, &[(row.clone(), to.clone(), why.clone())]),
        Disputed::SettleClaimed { why } => settle_claimed(arguments, why),
        Disputed::Send { out } => send(arguments, out),
    }
}

fn saying(row: &str, says: ClaimSays, why: &str) -> Saying {
    Saying { row: row.to_owned(), says, why: why.to_owned() }
}

fn list(arguments: &Arguments, worklist: Option<&Path>) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let (desk, store) = office.desk()?;
    let rows = disputed::open(&desk, &mut store.read())?;
    if let Some(path) = worklist {
        let headings =
            ["单位名称", "地址", "区划代码", "争议原因", "可能的区划", "各方意见", SETTLED, CLAIM, WHY, ROW, "来源"];
        let mut table = FlatTable {
            title: "争议记录".to_owned(),
            headings: headings.iter().map(|h| [String::new(), (*h).to_owned()]).collect(),
            rows: Vec::new(),
        };
        for row in &rows {
            let read = &row.listing.read;
            table.rows.push(vec![
                read.name.clone(),
                read.address.clone(),
                read.area.clone(),
                why(&row.placing).to_owned(),
                candidates(desk.areas, &row.placing),
                opinions(desk.areas, &row.said),
                String::new(),
                String::new(),
                String::new(),
                row.listing.id.clone(),
                if row.shown { "上级交来认领".to_owned() } else { "本级".to_owned() },
            ]);
        }
        let heading = Heading { simulated: desk.census.simulated, ..Heading::default() };
        output::write(path, xlsx_bytes(&table, &heading)?)?;
    }
    let shown = rows.iter().filter(|r| r.shown).count();
    if arguments.json {
        let told: Vec<serde_json::Value> = rows
            .iter()
            .map(|row| {
                serde_json::json!({
                    "id": row.listing.id, "name": row.listing.read.name, "address": row.listing.read.address,
                    "shown": row.shown, "placing": row.placing, "said": row.said,
                })
            })
            .collect();
        print_json(&serde_json::json!({ "own": rows.len() - shown, "shown": shown, "rows": told }));
        return Ok(Ending::Done);
    }
    const SHOWN: usize = 20;
    for row in rows.iter().take(SHOWN) {
        println!("{}  {}  {}", row.listing.id, row.listing.read.name, row.listing.read.address);
        println!("    {}；{}", why(&row.placing), candidates(desk.areas, &row.placing));
        if !row.said.is_empty() {
            println!("    {}", opinions(desk.areas, &row.said));
        }
    }
    if rows.len() > SHOWN {
        say!(
            "……另有 {} 条，用 --worklist 写成工作簿",
            "… and {} more: --worklist writes a workbook",
            rows.len() - SHOWN
        );
    }
    say!("本级争议 {} 条，上级交来认领 {} 条", "{} disputed here, {} shown by the parent", rows.len() - shown, shown);
    Ok(Ending::Done)
}

fn why(placing: &Placing) -> &str {
    match placing {
        Placing::At { why, .. } | Placing::Disputed { why, .. } => why,
    }
}

fn candidates(areas: &AreaTree, placing: &Placing) -> String {
    let Placing::Disputed { candidates, .. } = placing else { return String::new() };
    let told: Vec<String> = candidates
        .iter()
        .map(|c| format!("{} {}（{}分，{}）", c.area.short(), areas.path_name(c.area), c.score, c.by))
        .collect();
    told.join("；")
}

fn opinions(areas: &AreaTree, said: &[Claim]) -> String {
    let told: Vec<String> = said
        .iter()
        .map(|c| {
            let word = if c.says == ClaimSays::Claims { "认领" } else { "退回" };
            format!("{}{word}（{}，{}）", areas.path_name(c.area), c.why, c.who)
        })
        .collect();
    told.join("；")
}

/// Claims and refusals of this office.
fn say_of(arguments: &Arguments, said: &[Saying]) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let (mut desk, store) = office.desk()?;
    let new = disputed::say(&mut desk, store, said)?;
    if arguments.json {
        print_json(&serde_json::json!({ "claims": said.len(), "new": new }));
    } else {
        say!(
            "已记录 {} 条；用 wupu disputed send --out 文件 上报",
            "{} kept; wupu disputed send --out FILE seals them for the parent",
            new
        );
    }
    Ok(Ending::Done)
}

/// The decisions of this office on rows that are its own.
fn settle(arguments: &Arguments, settled: &[(String, String, String)]) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let resolved: Vec<Settlement> = settled
        .iter()
        .map(|(row, to, why)| Ok(Settlement { row: row.clone(), to: office.resolve(to)?, why: why.clone() }))
        .collect::<Result<_>>()?;
    let (mut desk, store) = office.desk()?;
    let new = disputed::settle(&mut desk, store, &resolved)?;
    tell_settled(arguments, new);
    Ok(Ending::Done)
}

/// What one office alone claims and nobody refuses.
fn settle_claimed(arguments: &Arguments, why: &str) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let (mut desk, store) = office.desk()?;
    let new = disputed::settle_claimed(&mut desk, store, why)?;
    tell_settled(arguments, new);
    Ok(Ending::Done)
}

fn tell_settled(arguments: &Arguments, new: u64) {
    if arguments.json {
        print_json(&serde_json::json!({ "settled": new }));
    } else {
        say!(
            "裁定 {} 条；再次 wupu split 只下发有变化的行",
            "{} settled; the next wupu split hands down what changed",
            new
        );
    }
}

fn answers(arguments: &Arguments, file: &Path) -> Result<Ending> {
    let is_heading = |cells: &[String]| cells.iter().any(|c| c == ROW);
    let rows = report::read::rows(file, &is_heading).map_err(|e| BadInput(said!(e)))?;
    let (mut settled, mut claims) = (Vec::new(), Vec::new());
    for row in rows {
        let row = row.map_err(|e| BadInput(said!(e)))?;
        let cell = |name: &str| row.cells.iter().find(|(h, _)| h == name).map_or("", |(_, c)| c.trim());
        let (id, to, claim, why) = (cell(ROW), cell(SETTLED), cell(CLAIM), cell(WHY));
        if to.is_empty() && claim.is_empty() {
            continue;
        }
        if why.is_empty() {
            let text =
                told!("第 {} 行没有填理由；没有读入任何一行", "row {} gives no reason; nothing was read", row.number);
            return Err(BadInput(text).into());
        }
        match claim {
            "" => {}
            "认领" => claims.push(saying(id, ClaimSays::Claims, why)),
            "退回" => claims.push(saying(id, ClaimSays::Refuses, why)),
            other => {
                let text =
                    told!("第 {} 行：“{}”不是 认领 或 退回", "row {}: {} is neither 认领 nor 退回", row.number, other);
                return Err(BadInput(text).into());
            }
        }
        if !to.is_empty() {
            settled.push((id.to_owned(), to.to_owned(), why.to_owned()));
        }
    }
    if settled.is_empty() && claims.is_empty() {
        return Err(BadInput(say::pick("没有填写任何结论", "nothing is filled in").to_owned()).into());
    }
    if !claims.is_empty() {
        say_of(arguments, &claims)?;
    }
    if settled.is_empty() { Ok(Ending::Done) } else { settle(arguments, &settled) }
}

/// Claims and refusals since the last sending, sealed for the parent.
fn send(arguments: &Arguments, out: &Path) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let mut key = || key::own(arguments);
    let mut put = |_: &str, bytes: &[u8]| output::write(out, bytes).map_err(|e| output::failed(&e));
    let (mut desk, store) = office.desk()?;
    let claims = disputed::send(&mut desk, store, Sealing { key: &mut key, put: &mut put })?;
    if arguments.json {
        print_json(&serde_json::json!({ "claims": claims, "file": out.display().to_string() }));
    } else {
        say!("{}：{} 条认领与退回", "{}: {} claims and refusals", out.display(), claims);
    }
    Ok(Ending::Done)
}
