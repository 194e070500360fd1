//! The disputed pool: offices claim or refuse, the parent decides; each with reason and name.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};
use census::area::{AreaCode, Tree};
use census::frame::{Listing, PlacedBy, Placing};
use census::package::{Kind, seal};
use census::split::{Claim, ClaimSays, child_toward};
use report::write::{FlatTable, Heading, xlsx_bytes};
use store::{DecidedBy, Direction, What};

use super::split::{kept, standing};
use super::{key, print_json, receive};
use crate::arguments::{Arguments, Disputed};
use crate::ending::{BadInput, Ending, Refused};
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
        Disputed::Claim { row, why } => say_of(arguments, &[(row.clone(), ClaimSays::Claims, why.clone())]),
        Disputed::Refuse { row, why } => say_of(arguments, &[(row.clone(), ClaimSays::Refuses, why.clone())]),
        Disputed::Settle { row, to, why } => settle(arguments, &[(row.clone(), to.clone(), why.clone())]),
        Disputed::SettleClaimed { why } => settle_claimed(arguments, why),
        Disputed::Send { out } => send(arguments, out),
    }
}

/// A row that is open, where it came from, and what offices said of it.
struct Open {
    listing: Listing,
    placing: Placing,
    /// Shown by the parent; not in a list of this office.
    shown: bool,
    said: Vec<Claim>,
}

fn open(office: &mut Office) -> Result<Vec<Open>> {
    let standing = standing(office)?;
    let mut said: BTreeMap<String, Vec<Claim>> = BTreeMap::new();
    for (claim, _) in office.store.read().claims()?.into_values() {
        said.entry(claim.listing.clone()).or_default().push(claim);
    }
    let own = standing.disputed().map(|(l, p)| (l.clone(), p.clone(), false)).collect::<Vec<_>>();
    let shown = office.store.read().offered()?.into_values().map(|o| (o.listing, o.placing, true));
    Ok(own
        .into_iter()
        .chain(shown)
        .map(|(listing, placing, shown)| {
            let said = said.get(&listing.id).cloned().unwrap_or_default();
            Open { listing, placing, shown, said }
        })
        .collect())
}

fn list(arguments: &Arguments, worklist: Option<&Path>) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let rows = open(&mut office)?;
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
                candidates(&office, &row.placing),
                opinions(&office, &row.said),
                String::new(),
                String::new(),
                String::new(),
                row.listing.id.clone(),
                if row.shown { "上级交来认领".to_owned() } else { "本级".to_owned() },
            ]);
        }
        let heading = Heading { simulated: office.census.simulated, ..Heading::default() };
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
        println!("    {}；{}", why(&row.placing), candidates(&office, &row.placing));
        if !row.said.is_empty() {
            println!("    {}", opinions(&office, &row.said));
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

fn candidates(office: &Office, placing: &Placing) -> String {
    let Placing::Disputed { candidates, .. } = placing else { return String::new() };
    let told: Vec<String> = candidates
        .iter()
        .map(|c| format!("{} {}（{}分，{}）", c.area.short(), office.areas.path_name(c.area), c.score, c.by))
        .collect();
    told.join("；")
}

fn opinions(office: &Office, said: &[Claim]) -> String {
    let told: Vec<String> = said
        .iter()
        .map(|c| {
            let word = if c.says == ClaimSays::Claims { "认领" } else { "退回" };
            format!("{}{word}（{}，{}）", office.areas.path_name(c.area), c.why, c.who)
        })
        .collect();
    told.join("；")
}

/// Claims and refusals of this office.
fn say_of(arguments: &Arguments, said: &[(String, ClaimSays, String)]) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let own = office.area()?;
    let held = office.store.read().held(own)?;
    let shown = office.store.read().offered()?;
    let mut claims = Vec::new();
    for (row, says, why) in said {
        let may = match says {
            ClaimSays::Claims => shown.contains_key(row) || held.contains(row),
            ClaimSays::Refuses => held.contains(row) || shown.contains_key(row),
        };
        if !may {
            let text = told!(
                "{} 既不是上级下发的行，也不是上级交来认领的行",
                "{} was neither handed down nor shown by the parent",
                row
            );
            return Err(BadInput(text).into());
        }
        claims.push(Claim {
            listing: row.clone(),
            area: own,
            says: *says,
            why: why.clone(),
            who: office.actor().to_owned(),
            at: office.now.clone(),
        });
    }
    let event = office.event(What::Claim).about(own.to_string());
    let new = office.store.write::<_, anyhow::Error>(&event, |w| Ok(w.keep_claims(&claims)?))?;
    if arguments.json {
        print_json(&serde_json::json!({ "claims": claims.len(), "new": new }));
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
    let resolved: Vec<(String, AreaCode, String)> = settled
        .iter()
        .map(|(row, to, why)| Ok((row.clone(), office.resolve(to)?, why.clone())))
        .collect::<Result<_>>()?;
    keep_settled(arguments, &mut office, resolved)
}

fn keep_settled(
    arguments: &Arguments,
    office: &mut Office,
    settled: Vec<(String, AreaCode, String)>,
) -> Result<Ending> {
    let own = office.area()?;
    let standing = standing(office)?;
    let mut placings = Vec::new();
    for (row, to, why) in settled {
        if !standing.shares.contains_key(&row) {
            return Err(BadInput(told!("本机构没有编号为 {} 的行", "this office has no row {}", row)).into());
        }
        if child_toward(&office.areas, own, to).is_none() {
            let text = told!(
                "{} 不在本机构之下；不属本级的行请用 refuse 退回上级",
                "{} is not below this office; refuse a row that is not its own",
                office.areas.path_name(to)
            );
            return Err(Refused(text).into());
        }
        let why = told!("{} 裁定：{}", "decided by {}: {}", office.actor(), why);
        placings.push((row, Placing::At { area: to, by: PlacedBy::Person, why }));
    }
    let event = office.event(What::Claim).about(own.to_string());
    let new =
        office.store.write::<_, anyhow::Error>(&event, |w| Ok(w.place_listings(&placings, DecidedBy::Person)?))?;
    if arguments.json {
        print_json(&serde_json::json!({ "settled": new }));
    } else {
        say!(
            "裁定 {} 条；再次 wupu split 只下发有变化的行",
            "{} settled; the next wupu split hands down what changed",
            new
        );
    }
    Ok(Ending::Done)
}

/// What one office alone claims and nobody refuses.
fn settle_claimed(arguments: &Arguments, why: &str) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let mut settled = Vec::new();
    for row in open(&mut office)?.into_iter().filter(|r| !r.shown) {
        let claims: Vec<&Claim> = row.said.iter().filter(|c| c.says == ClaimSays::Claims).collect();
        // A city that speaks beside its own county says the same: the lower one is taken.
        let lowest = claims.iter().max_by_key(|c| c.area.significant());
        let Some(lowest) = lowest else { continue };
        let alone = claims.iter().all(|c| office.areas.within(Tree::Reporting, lowest.area, c.area));
        let refused = row.said.iter().any(|c| c.says == ClaimSays::Refuses && c.area == lowest.area);
        if alone && !refused {
            settled.push((row.listing.id.clone(), lowest.area, why.to_owned()));
        }
    }
    keep_settled(arguments, &mut office, settled)
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
            "认领" => claims.push((id.to_owned(), ClaimSays::Claims, why.to_owned())),
            "退回" => claims.push((id.to_owned(), ClaimSays::Refuses, why.to_owned())),
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

/// Claims and refusals since the last sending, sealed for the parent: this office's own, and those of offices below on
/// rows the parent shows.
fn send(arguments: &Arguments, out: &Path) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let own = office.area()?;
    let parent = office.areas.get(own).and_then(|a| a.parent(Tree::Reporting));
    let Some(parent) = parent else {
        return Err(Refused(say::pick("本机构没有上级", "this office has no parent").to_owned()).into());
    };
    let secret = key::own(arguments)?;
    let from_above = office.store.read().from_above(own)?;
    let shown = office.store.read().offered()?;
    let claims: Vec<Claim> = office
        .store
        .read()
        .claims()?
        .into_values()
        .map(|(claim, _)| claim)
        .filter(|c| (c.area == own && from_above.contains(&c.listing)) || shown.contains_key(&c.listing))
        .collect();
    let sent = office.store.read().packages(Direction::Out)?;
    let last = sent.iter().rev().find(|p| p.peer == parent && p.kind == "claims");
    let mut manifest = office.manifest(Kind::Claims, parent, last, &secret)?;
    manifest.counts = BTreeMap::from([("认领与退回".to_owned(), claims.len() as u64)]);
    let lines = claims.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>().context("claims")?;
    let bytes = seal(manifest.clone(), &[("claims", lines)], &secret).map_err(|e| receive::problem(&e))?;
    let event = office.event(What::Claim).about(parent.to_string()).detail(manifest.id.clone());
    office.store.write::<_, anyhow::Error>(&event, |w| {
        w.keep_package(&kept(&manifest, Direction::Out, &bytes)?)?;
        output::write(out, &bytes)
    })?;
    if arguments.json {
        print_json(&serde_json::json!({ "claims": claims.len(), "file": out.display().to_string() }));
    } else {
        say!("{}：{} 条认领与退回", "{}: {} claims and refusals", out.display(), claims.len());
    }
    Ok(Ending::Done)
}
