//! The base list of the practice county: units in scope, and the rows that must fall out.

use std::collections::{BTreeMap, BTreeSet};

use instrument::practice::{IndustryProfile, Practice};

use super::dice::Dice;
use super::people::{self, Place};

/// One row of the base list, as a county would receive it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRow {
    pub name: String,
    pub credit_code: String,
    pub area: String,
    pub address: String,
    /// GB/T 4754-2017 class, or empty.
    pub industry: String,
    pub contact: String,
    pub phone: String,
    /// 运行 / 停产 / 关闭.
    pub status: String,
    /// 工业企业, 规模化畜禽养殖场, …
    pub kind: String,
    /// Number of heads, for farms.
    pub heads: String,
    pub remark: String,
    /// What must become of the row; for training and tests, not on the list handed out.
    pub fate: String,
}

/// A unit in scope, with what its sheets are filled from.
#[derive(Debug, Clone)]
pub struct PracticeUnit {
    /// Position on the list.
    pub row: usize,
    pub respondent: String,
    pub name: String,
    pub code: String,
    pub area: String,
    pub address: String,
    pub person: String,
    pub phone: String,
    pub industry: String,
    pub profile: Option<IndustryProfile>,
    pub stopped: bool,
    /// Hundredths of arc seconds.
    pub lon: i64,
    pub lat: i64,
    pub dice: Dice,
    pub heads: i64,
}

/// The county a practice is drawn for.
#[derive(Debug, Clone)]
pub struct County {
    /// 6 digits.
    pub code: String,
    pub name: String,
    pub places: Vec<Place>,
    /// 6-digit code of a neighbouring county, for rows that belong elsewhere.
    pub neighbour: String,
    pub neighbour_name: String,
    /// Bounding box in hundredths of arc seconds: lon low, lon high, lat low, lat high.
    pub extent: [i64; 4],
}

/// Draws the base list of a county: `units` rows, and the units of those that are in scope.
pub fn base_list(practice: &Practice, county: &County, units: usize, seed: u64) -> (Vec<ListedRow>, Vec<PracticeUnit>) {
    let dice = Dice::new(seed).of("list");
    let population = &practice.population;
    let kinds: Vec<(usize, u64)> = population.kind.iter().enumerate().map(|(at, k)| (at, k.share)).collect();
    let industries: Vec<(usize, u64)> = population.industry.iter().enumerate().map(|(at, i)| (at, i.weight)).collect();
    let mut fates: Vec<(&str, u64)> = population.fate.iter().map(|(f, w)| (f.as_str(), *w)).collect();
    fates.sort_unstable();
    let mut rows: Vec<ListedRow> = Vec::with_capacity(units);
    let mut found: Vec<PracticeUnit> = Vec::new();
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let mut villages = county.places.iter();
    let mut codes = BTreeSet::new();
    for at in 0..units {
        let dice = dice.nth(at as u64);
        let kind = &population.kind[*dice.of("kind").weighted(&kinds).unwrap_or(&0)];
        let industrial = kind.respondent == "industrial";
        let fate =
            if industrial { dice.of("fate").weighted(&fates).copied().unwrap_or("in_scope") } else { "in_scope" };
        let profile =
            industrial.then(|| population.industry[*dice.of("industry").weighted(&industries).unwrap_or(&0)].clone());
        let mut row = draw(practice, county, &kind.respondent, &kind.label, profile.as_ref(), dice);
        // Two units never have one code by chance.
        let again = (0..).map(|n| people::credit_code(&county.code, dice.of("code").nth(n)));
        row.credit_code =
            std::iter::once(row.credit_code).chain(again).find(|c| codes.insert(c.clone())).unwrap_or_default();
        if kind.respondent == "village" {
            // A village is its own area; once each is listed, the row is another industrial unit's neighbour.
            let Some(place) = villages.next() else { continue };
            row.name = format!("{}{}", place.town, place.name);
            row.area.clone_from(&place.code);
            row.credit_code.clear();
        }
        // Two spellings of one name would be taken for one unit.
        let core = core_of(&row.name, &county.name);
        let serial = taken.entry(core).or_insert(0);
        *serial += 1;
        if *serial > 1 {
            row.name = format!("{}{}", row.name, ordinal(*serial));
        }
        fate.clone_into(&mut row.fate);
        spoil(practice, county, &mut row, fate, &found, dice);
        if fate == "in_scope" {
            let stopped = dice.of("stopped").percent(kind.stopped);
            if stopped { "停产" } else { "运行" }.clone_into(&mut row.status);
            let [west, east, south, north] = county.extent;
            // The middle half of the box: the box is coarse and the county is not a rectangle.
            let inner = |low: i64, high: i64, d: Dice| d.between(low + (high - low) / 4, high - (high - low) / 4);
            found.push(PracticeUnit {
                row: rows.len(),
                respondent: kind.respondent.clone(),
                name: row.name.clone(),
                code: row.credit_code.clone(),
                area: row.area.clone(),
                address: row.address.clone(),
                person: row.contact.clone(),
                phone: row.phone.clone(),
                industry: row.industry.clone(),
                profile,
                stopped,
                lon: inner(west, east, dice.of("lon")),
                lat: inner(south, north, dice.of("lat")),
                dice: dice.of("sheets"),
                heads: row.heads.parse().unwrap_or(0),
            });
        }
        rows.push(row);
    }
    (rows, found)
}

fn draw(
    practice: &Practice,
    county: &County,
    respondent: &str,
    label: &str,
    profile: Option<&IndustryProfile>,
    dice: Dice,
) -> ListedRow {
    let names = &practice.names;
    let place = dice.of("place").pick(&county.places);
    let own = |words: &[&str]| -> Vec<String> { words.iter().map(|w| (*w).to_owned()).collect() };
    let (trade, heads) = match respondent {
        "farm" => (own(&["养殖", "牧业", "农牧"]), dice.of("heads").skewed(520, 9000).to_string()),
        "station" => (own(&["加油站", "石油销售"]), String::new()),
        "sewage-plant" => (own(&["污水处理", "水务"]), String::new()),
        _ => (profile.map(|p| p.trade.clone()).unwrap_or_default(), String::new()),
    };
    ListedRow {
        name: people::enterprise(names, &county.name, &trade, dice.of("name")),
        credit_code: people::credit_code(&county.code, dice.of("code")),
        area: place.code.clone(),
        address: people::address(names, place, dice.of("address")),
        industry: profile.map(|p| p.class.clone()).unwrap_or_default(),
        contact: people::person(names, dice.of("person")),
        phone: people::phone(dice),
        status: "运行".to_owned(),
        kind: label.to_owned(),
        heads,
        remark: String::new(),
        fate: String::new(),
    }
}

/// Changes a row so that it must end as `fate` says.
fn spoil(practice: &Practice, county: &County, row: &mut ListedRow, fate: &str, found: &[PracticeUnit], dice: Dice) {
    match fate {
        "industry" => {
            let outside = dice.of("outside").pick(&practice.population.outside);
            row.industry.clone_from(&outside.industry);
            row.name = people::enterprise(
                &practice.names,
                &county.name,
                std::slice::from_ref(&outside.trade),
                dice.of("name"),
            );
        }
        "sewage" => "4620".clone_into(&mut row.industry),
        "closed" => "关闭".clone_into(&mut row.status),
        "duplicate" => {
            let industrial: Vec<&PracticeUnit> = found.iter().filter(|u| u.profile.is_some()).collect();
            if industrial.is_empty() {
                "closed".clone_into(&mut row.fate);
                "关闭".clone_into(&mut row.status);
                return;
            }
            let first = dice.of("of").pick(&industrial);
            row.credit_code.clone_from(&first.code);
            row.name = other_spelling(&first.name, &county.name, dice);
            row.industry.clone_from(&first.industry);
            row.area.clone_from(&first.area);
            row.address = first.address.replace('号', "号号");
            row.phone.clone_from(&first.phone);
        }
        "other_area" => {
            row.area = format!("{}{}", county.neighbour, &row.area[6..]);
            row.address = row.address.replace(&county.name, &county.neighbour_name);
        }
        "unclear" => {
            if dice.of("how").percent(50) {
                // Neither the code nor the address says where: a street and a number are in every town.
                row.area.clear();
                row.address = people::street(&practice.names, dice.of("address"));
            } else {
                row.industry.clear();
            }
        }
        _ => {}
    }
}

/// The same name as another list would write it.
fn other_spelling(name: &str, county: &str, dice: Dice) -> String {
    match dice.of("spelling").below(4) {
        0 => name.replace("有限公司", "有限责任公司").replace("有限责任有限责任公司", "有限责任公司"),
        1 => format!(" {name}"),
        2 => name.replace(county, county.trim_end_matches(['市', '县', '区'])),
        _ => name.to_owned(),
    }
}

/// The name without place and legal form.
fn core_of(name: &str, county: &str) -> String {
    let bare = name.trim_start_matches("河南").trim_start_matches(county);
    let suffixes = ["股份有限公司", "有限责任公司", "有限公司", "加工厂", "厂"];
    suffixes.iter().find_map(|s| bare.strip_suffix(s)).unwrap_or(bare).to_owned()
}

fn ordinal(n: usize) -> String {
    const WORDS: [&str; 9] = ["二", "三", "四", "五", "六", "七", "八", "九", "十"];
    WORDS.get(n - 2).map_or_else(|| format!("第{n}分厂"), |w| format!("第{w}分厂"))
}

/// Name of a practice unit before it has a place in a directory: its code, or its area when it has none.
pub fn practice_id(unit: &PracticeUnit) -> String {
    if unit.code.is_empty() { unit.area.clone() } else { unit.code.clone() }
}
