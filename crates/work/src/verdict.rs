//! Persons' verdicts (结论): on rows the rules leave open, on rows they got wrong, and on units found in the field.

use std::collections::BTreeMap;
use std::path::Path;

use census::area::{AreaCode, Tree};
use census::frame::{self, ListedUnit, Listing, OutOfScope, Placing, Screened, Verdict};
use report::write::{FlatTable, Heading, xlsx_bytes};
use serde::{Deserialize, Serialize};
use store::{DecidedBy, Decision, ImportFile, ImportKind, Imported, PlacingRow, Read, Store, What};

use crate::error::words;
use crate::{Desk, Error, Result};

const VERDICT: &str = "结论（纳入、不在范围、重复、关闭、未找到、移交）";
const MORE: &str = "不在范围的原因、重复于哪个编号、移交到哪个区划";
const EVIDENCE: &str = "依据";
const ROW: &str = "编号";

/// Reasons a person may give, as they are written in a work list and on the command line.
pub const REASONS: [OutOfScope; 5] = [
    OutOfScope::Industry,
    OutOfScope::SewageTreatment,
    OutOfScope::BelowThreshold,
    OutOfScope::NoActivity,
    OutOfScope::OtherArea,
];

/// A verdict in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// 纳入.
    In,
    /// 不在范围.
    Out,
    /// 重复.
    Duplicate,
    /// 关闭.
    Closed,
    /// 未找到.
    NotFound,
    /// 移交.
    Moved,
}

/// What a person says of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// Id of the row.
    pub row: String,
    pub word: Word,
    /// Reason out of scope, the row it repeats, the area it moves to.
    #[serde(default)]
    pub more: String,
    /// 依据.
    pub evidence: String,
}

/// A unit found in the field (补录).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addition {
    pub name: String,
    /// Unified social credit code; may be empty.
    #[serde(default)]
    pub code: String,
    pub area: AreaCode,
    #[serde(default)]
    pub address: String,
    /// Industry class.
    pub industry: Option<String>,
    #[serde(default)]
    pub phone: String,
    /// Kind of respondent.
    pub kind: String,
    /// Where it was learned of.
    pub source: String,
    pub evidence: String,
}

/// What came of an addition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Added {
    /// False: the same addition was there already.
    pub new: bool,
    pub row: String,
    pub unit: String,
}

/// Rows that wait for a person, with why.
pub fn open(desk: &Desk<'_>, read: &mut Read<'_>) -> Result<Vec<(Listing, String)>> {
    let decisions = read.decisions()?;
    let unseen = words!("not_screened", "还没有清查", "not screened yet").of(desk.language);
    let why = |listing: &Listing| match decisions.get(&listing.id) {
        None => Some(unseen.clone()),
        Some(Decision { verdict: Verdict::Held { why }, .. }) => Some(why.clone()),
        Some(_) => None,
    };
    Ok(read.all_listings()?.into_iter().filter_map(|l| why(&l).map(|why| (l, why))).collect())
}

/// Whether a row was placed in an area.
pub fn lies_in(desk: &Desk<'_>, placing: Option<&PlacingRow>, area: AreaCode) -> bool {
    match placing.map(|row| &row.placing) {
        Some(Placing::At { area: at, .. }) => desk.areas.within(Tree::Code, *at, area),
        _ => false,
    }
}

/// The rows that wait for a person as a workbook, by the area they lie in.
pub fn worklist(
    desk: &Desk<'_>,
    rows: &[(Listing, String)],
    placings: &BTreeMap<String, PlacingRow>,
) -> Result<Vec<u8>> {
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
                Some(Placing::At { area, .. }) => format!("{area} {}", desk.areas.path_name(*area)),
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
    Ok(xlsx_bytes(&table, &Heading { simulated: desk.census.simulated, ..Heading::default() })?)
}

/// Reads a filled work list; rows without a verdict are passed over.
pub fn answers(file: &Path) -> Result<Vec<Given>> {
    let is_heading = |cells: &[String]| cells.iter().any(|c| c == ROW);
    let mut given = Vec::new();
    for row in report::read::rows(file, &is_heading)? {
        let row = row?;
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
                return Err(Error::BadInput(words!(
                    "no_verdict",
                    "第 {} 行：“{}”不是结论之一",
                    "row {}: {} is no verdict",
                    row.number,
                    other
                )));
            }
        };
        let text = |name: &str| cell(name).to_owned();
        given.push(Given { row: text(ROW), word, more: text(MORE), evidence: text(EVIDENCE) });
    }
    if given.is_empty() {
        return Err(Error::BadInput(words!("nothing_given", "没有填写任何结论", "no verdict is filled in")));
    }
    Ok(given)
}

/// All verdicts or none: one that cannot be leaves the others unsaid too, so that the list can be corrected and read
/// again. Gives how many are new.
pub fn give(desk: &mut Desk<'_>, store: &mut Store, given: &[Given]) -> Result<u64> {
    let listings: BTreeMap<String, Listing> =
        store.read().all_listings()?.into_iter().map(|l| (l.id.clone(), l)).collect();
    let before = store.read().decisions()?;
    let screened: Vec<Screened> = given.iter().map(|g| verdict(desk, &listings, &before, g)).collect::<Result<_>>()?;
    let event = desk.event(What::Screen);
    store.write(&event, |w| Ok(w.decide(&screened, DecidedBy::Person)?))
}

fn verdict(
    desk: &Desk<'_>,
    listings: &BTreeMap<String, Listing>,
    before: &BTreeMap<String, Decision>,
    given: &Given,
) -> Result<Screened> {
    let row = &given.row;
    let Some(listing) = listings.get(row) else {
        return Err(Error::BadInput(words!("no_row", "没有编号为 {} 的底册记录", "there is no listed row {}", row)));
    };
    if given.evidence.is_empty() {
        return Err(Error::BadInput(words!(
            "no_evidence",
            "{}（{}）没有写依据",
            "{} ({}): no evidence is given",
            row,
            listing.read.name
        )));
    }
    let evidence = given.evidence.clone();
    let more = given.more.trim();
    let verdict = match given.word {
        Word::In => Verdict::InScope { unit: frame::unit_id(listing) },
        Word::Closed => Verdict::Closed { evidence: evidence.clone() },
        Word::NotFound => Verdict::NotFound { evidence: evidence.clone() },
        Word::Moved => Verdict::MovedTo { area: desk.resolve(more)?.to_string() },
        Word::Out => {
            let known = REASONS.iter().find(|r| r.name() == more || r.title() == more);
            let Some(reason) = known else {
                let all: Vec<String> = REASONS.iter().map(|r| format!("{}（{}）", r.title(), r.name())).collect();
                return Err(Error::BadInput(words!(
                    "no_reason",
                    "{}：不在范围的原因应为：{}",
                    "{}: the reason is one of: {}",
                    row,
                    all.join("、")
                )));
            };
            Verdict::OutOfScope { reason: *reason }
        }
        Word::Duplicate => {
            let first = listings.get(more).filter(|l| l.id != listing.id);
            let Some(first) = first else {
                return Err(Error::BadInput(words!(
                    "no_other_row",
                    "{}：没有编号为“{}”的另一条记录",
                    "{}: there is no other row {}",
                    row,
                    more
                )));
            };
            if let Some(Decision { verdict: Verdict::DuplicateOf { listing: of, .. }, .. }) = before.get(&first.id) {
                return Err(Error::Refused(words!(
                    "duplicate_of_duplicate",
                    "{} 本身重复于 {}；请直接指到后者",
                    "{} is itself a duplicate of {}; name that one",
                    more,
                    of
                )));
            }
            Verdict::DuplicateOf { listing: first.id.clone(), why: evidence.clone() }
        }
    };
    Ok(Screened { listing: listing.id.clone(), verdict, why: evidence })
}

/// A unit found in the field (补录): a row like any other, with its source, and a person's verdict on it.
pub fn add(desk: &mut Desk<'_>, store: &mut Store, addition: &Addition) -> Result<Added> {
    if !desk.instrument.respondents.iter().any(|r| r.code == addition.kind) {
        return Err(Error::BadInput(words!(
            "unknown_kind",
            "没有这一类普查对象：{}",
            "there is no kind of respondent {}",
            addition.kind
        )));
    }
    let read = ListedUnit {
        name: addition.name.clone(),
        credit_code: addition.code.clone(),
        area: addition.area.to_string(),
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
        id: desk.ids.make(),
        file: "补录".to_owned(),
        sheet: String::new(),
        row: 1,
        hash: hash.clone(),
        cells,
        read,
        rejected: None,
    };
    let row = listing.id.clone();
    let unit = frame::unit_id(&listing);
    let file = ImportFile { id: desk.ids.make(), kind: ImportKind::Addition, name: "补录".to_owned(), hash, size: 0 };
    let said = Screened {
        listing: row.clone(),
        verdict: Verdict::InScope { unit: unit.clone() },
        why: addition.evidence.clone(),
    };
    let event = desk.event(What::Screen).about(addition.name.clone()).detail(addition.source.clone());
    let new = store.write::<_, Error>(&event, |w| {
        let imported = w.import_list::<Error>(&file, [Ok(listing)])?;
        if matches!(imported, Imported::Known { .. }) {
            return Ok(false);
        }
        w.decide(&[said], DecidedBy::Person)?;
        Ok(true)
    })?;
    Ok(Added { new, row, unit })
}
