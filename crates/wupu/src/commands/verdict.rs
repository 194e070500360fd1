//! Persons' verdicts: on rows the rules leave open, on rows they got wrong, and on units found in the field.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use census::area::Tree;
use census::frame::{self, ListedUnit, Listing, OutOfScope, Placing, Screened, Verdict};
use report::write::{FlatTable, Heading, xlsx_bytes};
use store::{DecidedBy, Decision, ImportFile, ImportKind, PlacingRow, What};

use super::print_json;
use crate::arguments::{Addition, Arguments, VerdictCommand, Word};
use crate::ending::{BadInput, Ending, Refused};
use crate::office::Office;
use crate::{output, said, say, told};

const VERDICT: &str = "结论（纳入、不在范围、重复、关闭、未找到、移交）";
const MORE: &str = "不在范围的原因、重复于哪个编号、移交到哪个区划";
const EVIDENCE: &str = "依据";
const ROW: &str = "编号";

/// Reasons a person may give, as they are written in a work list and on the command line.
const REASONS: [OutOfScope; 5] = [
    OutOfScope::Industry,
    OutOfScope::SewageTreatment,
    OutOfScope::BelowThreshold,
    OutOfScope::NoActivity,
    OutOfScope::OtherArea,
];

pub fn run(arguments: &Arguments, asked: &VerdictCommand) -> Result<Ending> {
    match asked {
        VerdictCommand::List { worklist, within, list: of } => {
            list(arguments, worklist.as_deref(), within.as_deref(), of.as_deref())
        }
        VerdictCommand::Answers { file } => answers(arguments, file),
        VerdictCommand::Give { row, verdict, more, evidence } => {
            let given = Given { row: row.clone(), word: *verdict, more: more.clone(), evidence: evidence.clone() };
            give(arguments, &[given])
        }
        VerdictCommand::Add(addition) => add(arguments, addition),
    }
}

/// What a person says of a row.
struct Given {
    row: String,
    word: Word,
    more: String,
    evidence: String,
}

/// Rows that wait for a person, with why.
pub fn open(office: &mut Office) -> Result<Vec<(Listing, String)>> {
    let mut read = office.store.read();
    let decisions = read.decisions()?;
    let why = |listing: &Listing| match decisions.get(&listing.id) {
        None => Some(say::pick("还没有清查", "not screened yet").to_owned()),
        Some(Decision { verdict: Verdict::Held { why }, .. }) => Some(why.clone()),
        Some(_) => None,
    };
    Ok(read.all_listings()?.into_iter().filter_map(|l| why(&l).map(|why| (l, why))).collect())
}

fn list(arguments: &Arguments, to: Option<&Path>, within: Option<&str>, of: Option<&str>) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let mut rows = open(&mut office)?;
    if let Some(name) = of {
        rows.retain(|(listing, _)| listing.file == name);
    }
    let placings = office.store.read().placings()?;
    let rows = within_area(&office, rows, &placings, within)?;
    if let Some(path) = to {
        worklist(&office, &rows, &placings, path)?;
    }
    if arguments.json {
        let told: Vec<serde_json::Value> = rows
            .iter()
            .map(|(l, why)| serde_json::json!({ "id": l.id, "name": l.read.name, "file": l.file, "row": l.row, "why": why }))
            .collect();
        print_json(&serde_json::json!({ "held": rows.len(), "rows": told }));
        return Ok(Ending::Done);
    }
    const SHOWN: usize = 20;
    for (listing, why) in rows.iter().take(SHOWN) {
        println!("{}  {}  {}", listing.id, listing.read.name, why);
    }
    if rows.len() > SHOWN {
        say!(
            "……另有 {} 条，用 --worklist 写成工作簿",
            "… and {} more: --worklist writes a workbook",
            rows.len() - SHOWN
        );
    }
    let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
    for (_, why) in &rows {
        // The part before the particulars of the row.
        let kind =
            why.split(['：', '“', '（']).next().unwrap_or(why).trim_end_matches(|c: char| c.is_ascii_alphanumeric());
        *reasons.entry(kind).or_default() += 1;
    }
    say!("待定 {} 条", "{} rows wait for a person", rows.len());
    for (reason, count) in reasons {
        println!("  {count:>6}  {reason}");
    }
    Ok(Ending::Done)
}

/// The rows that were placed in an area; all when none is asked for.
pub fn within_area(
    office: &Office,
    mut rows: Vec<(Listing, String)>,
    placings: &BTreeMap<String, PlacingRow>,
    within: Option<&str>,
) -> Result<Vec<(Listing, String)>> {
    let Some(area) = within else { return Ok(rows) };
    let area = office.resolve(area)?;
    rows.retain(|(listing, _)| match placings.get(&listing.id).map(|row| &row.placing) {
        Some(Placing::At { area: at, .. }) => office.areas.within(Tree::Code, *at, area),
        _ => false,
    });
    Ok(rows)
}

/// Writes the rows that wait for a person as a workbook, by the area they lie in.
pub fn worklist(
    office: &Office,
    rows: &[(Listing, String)],
    placings: &BTreeMap<String, PlacingRow>,
    path: &Path,
) -> Result<()> {
    let headings = [
        "落区",
        "名称",
        "代码",
        "区划",
        "地址",
        "行业",
        "运行状态",
        "待定的原因",
        VERDICT,
        MORE,
        EVIDENCE,
        ROW,
        "来源",
    ];
    let mut cells: Vec<Vec<String>> = rows
        .iter()
        .map(|(listing, why)| {
            let read = &listing.read;
            let place = match placings.get(&listing.id).map(|row| &row.placing) {
                Some(Placing::At { area, .. }) => format!("{area} {}", office.areas.path_name(*area)),
                _ => String::new(),
            };
            let source = format!("{} {}", listing.file, listing.row);
            let industries = read.industries.join(" ");
            let about = [&place, &read.name, read.code(), &read.area, &read.address, &industries, &read.status, why];
            about.into_iter().chain(["", "", "", &listing.id, &source]).map(str::to_owned).collect()
        })
        .collect();
    // Rows of one place together; the rest stays in the order of the lists.
    cells.sort_by(|a, b| a[0].cmp(&b[0]));
    let table = FlatTable {
        title: "待定记录".to_owned(),
        headings: headings.iter().map(|h| [String::new(), (*h).to_owned()]).collect(),
        rows: cells,
    };
    let heading = Heading { simulated: office.census.simulated, ..Heading::default() };
    output::write(path, xlsx_bytes(&table, &heading)?)
}

fn answers(arguments: &Arguments, file: &Path) -> Result<Ending> {
    let is_heading = |cells: &[String]| cells.iter().any(|c| c == ROW);
    let words = |e: report::read::ReadError| BadInput(said!(e));
    let mut given = Vec::new();
    for row in report::read::rows(file, &is_heading).map_err(words)? {
        let row = row.map_err(words)?;
        let cell = |name: &str| row.cells.iter().find(|(h, _)| h == name).map_or("", |(_, c)| c.trim());
        let word = match cell(VERDICT) {
            "" => continue,
            "纳入" => Word::In,
            "不在范围" => Word::Out,
            "重复" => Word::Duplicate,
            "关闭" => Word::Closed,
            "未找到" => Word::NotFound,
            "移交" => Word::Moved,
            other => {
                let text = told!("第 {} 行：“{}”不是结论之一", "row {}: {} is no verdict", row.number, other);
                return Err(BadInput(text).into());
            }
        };
        given.push(Given {
            row: cell(ROW).to_owned(),
            word,
            more: cell(MORE).to_owned(),
            evidence: cell(EVIDENCE).to_owned(),
        });
    }
    if given.is_empty() {
        return Err(BadInput(say::pick("没有填写任何结论", "no verdict is filled in").to_owned()).into());
    }
    give(arguments, &given)
}

/// All verdicts or none: one that cannot be leaves the others unsaid too, so that the list can be corrected and read again.
fn give(arguments: &Arguments, given: &[Given]) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let listings: BTreeMap<String, Listing> =
        office.store.read().all_listings()?.into_iter().map(|l| (l.id.clone(), l)).collect();
    let before = office.store.read().decisions()?;
    let screened: Vec<Screened> =
        given.iter().map(|g| verdict(&office, &listings, &before, g)).collect::<Result<_>>()?;
    let event = office.event(What::Screen);
    let new = office.store.write::<_, anyhow::Error>(&event, |w| Ok(w.decide(&screened, DecidedBy::Person)?))?;
    if arguments.json {
        print_json(&serde_json::json!({ "verdicts": screened.len(), "new": new }));
    } else {
        say!(
            "已记录 {} 条结论；下一步 wupu screen，名录随之更新",
            "{} verdicts kept; wupu screen brings the directory up to date",
            new
        );
    }
    Ok(Ending::Done)
}

fn verdict(
    office: &Office,
    listings: &BTreeMap<String, Listing>,
    before: &BTreeMap<String, Decision>,
    given: &Given,
) -> Result<Screened> {
    let row = &given.row;
    let Some(listing) = listings.get(row) else {
        return Err(BadInput(told!("没有编号为 {} 的底册记录", "there is no listed row {}", row)).into());
    };
    if given.evidence.is_empty() {
        return Err(
            BadInput(told!("{}（{}）没有写依据", "{} ({}): no evidence is given", row, listing.read.name)).into()
        );
    }
    let evidence = given.evidence.clone();
    let more = given.more.trim();
    let verdict = match given.word {
        Word::In => Verdict::InScope { unit: frame::unit_id(listing) },
        Word::Closed => Verdict::Closed { evidence: evidence.clone() },
        Word::NotFound => Verdict::NotFound { evidence: evidence.clone() },
        Word::Moved => Verdict::MovedTo { area: office.resolve(more)?.to_string() },
        Word::Out => {
            let known = REASONS.iter().find(|r| r.name() == more || r.title() == more);
            let Some(reason) = known else {
                let all: Vec<String> = REASONS.iter().map(|r| format!("{}（{}）", r.title(), r.name())).collect();
                let text = told!("{}：不在范围的原因应为：{}", "{}: the reason is one of: {}", row, all.join("、"));
                return Err(BadInput(text).into());
            };
            Verdict::OutOfScope { reason: *reason }
        }
        Word::Duplicate => {
            let first = listings.get(more).filter(|l| l.id != listing.id);
            let Some(first) = first else {
                return Err(BadInput(told!(
                    "{}：没有编号为“{}”的另一条记录",
                    "{}: there is no other row {}",
                    row,
                    more
                ))
                .into());
            };
            if let Some(Decision { verdict: Verdict::DuplicateOf { listing: of, .. }, .. }) = before.get(&first.id) {
                let text = told!(
                    "{} 本身重复于 {}；请直接指到后者",
                    "{} is itself a duplicate of {}; name that one",
                    more,
                    of
                );
                return Err(Refused(text).into());
            }
            Verdict::DuplicateOf { listing: first.id.clone(), why: evidence.clone() }
        }
    };
    Ok(Screened { listing: listing.id.clone(), verdict, why: evidence })
}

/// A unit found in the field (补录): a row like any other, with its source, and a person's verdict on it.
fn add(arguments: &Arguments, addition: &Addition) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    let area = office.resolve(&addition.area)?;
    if !office.instrument.respondents.iter().any(|r| r.code == addition.kind) {
        return Err(
            BadInput(told!("没有这一类普查对象：{}", "there is no kind of respondent {}", addition.kind)).into()
        );
    }
    let read = ListedUnit {
        name: addition.name.clone(),
        credit_code: addition.code.clone(),
        area: area.to_string(),
        address: addition.address.clone(),
        industries: addition.industry.iter().cloned().collect(),
        phone: addition.phone.clone(),
        status: "运行".to_owned(),
        respondent: addition.kind.clone(),
        source: format!("补录：{}", addition.source),
        ..ListedUnit::default()
    };
    let cells: Vec<(String, String)> = [
        ("单位名称", &read.name),
        ("统一社会信用代码", &read.credit_code),
        ("区划", &read.area),
        ("地址", &read.address),
        ("行业代码", &addition.industry.clone().unwrap_or_default()),
        ("电话", &read.phone),
        ("来源", &read.source),
    ]
    .map(|(heading, cell)| (heading.to_owned(), cell.clone()))
    .to_vec();
    let hash = Listing::hash_of(&cells);
    let listing = Listing {
        id: office.ids.make(),
        file: "补录".to_owned(),
        sheet: String::new(),
        row: 1,
        hash: hash.clone(),
        cells,
        read,
        rejected: None,
    };
    let id = listing.id.clone();
    let unit = frame::unit_id(&listing);
    let file =
        ImportFile { id: office.ids.make(), kind: ImportKind::Addition, name: "补录".to_owned(), hash, size: 0 };
    let said = Screened {
        listing: id.clone(),
        verdict: Verdict::InScope { unit: unit.clone() },
        why: addition.evidence.clone(),
    };
    let event = office.event(What::Screen).about(addition.name.clone()).detail(addition.source.clone());
    let new = office.store.write::<_, anyhow::Error>(&event, |w| {
        let imported = w.import_list::<anyhow::Error>(&file, [Ok(listing)])?;
        if matches!(imported, store::Imported::Known { .. }) {
            return Ok(false);
        }
        w.decide(&[said], DecidedBy::Person)?;
        Ok(true)
    })?;
    if arguments.json {
        print_json(&serde_json::json!({ "new": new, "row": id, "unit": unit }));
    } else if new {
        say!("已补录“{}”，编号 {}；下一步 wupu screen", "{} is added as row {}; next: wupu screen", addition.name, id);
    } else {
        say!("同样内容的补录已经有了，没有任何改变", "the same addition is there already; nothing changed");
    }
    Ok(Ending::Done)
}
