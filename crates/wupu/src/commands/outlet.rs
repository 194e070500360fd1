//! Outlets: visits in, what is wrong with them, the annual load with its trace.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use census::finding::FindingGrade;
use census::mistake::Mistake;
use census::outlet::{
    Due, FORM, LoadMethod, LoadResult, Outlet, OutletRemark, Protocol, Sampling, Season, State, gather, loads, remarks,
};
use instrument::problem::Problems;
use store::{Scope, What};

use super::import::bad;
use super::print_json;
use crate::arguments::{Arguments, OutletCommand};
use crate::ending::{BadInput, Ending};
use crate::office::{self, Office};
use crate::{say, told};

/// Units that are read together.
const PART: usize = 2000;

/// The outlets of the census with their visits, corrected ones left out.
struct Water {
    office: Office,
    protocol: Protocol,
    outlets: Vec<Outlet>,
    /// Code of an outlet → its visits, by day and number.
    visits: BTreeMap<String, Vec<Sampling>>,
}

pub fn run(arguments: &Arguments, asked: &OutletCommand) -> Result<Ending> {
    let mut water = Water::open(arguments)?;
    match asked {
        OutletCommand::List => list(arguments, &water),
        OutletCommand::Sample { file } => sample(arguments, &mut water, file),
        OutletCommand::Check => check(arguments, &water),
        OutletCommand::Load { outlet, method, explain } => {
            if let Some(name) = method {
                let Some(known) = LoadMethod::named(name) else {
                    let names = LoadMethod::NAMES.join(" ");
                    return Err(BadInput(told!("没有算法 {}；可用：{}", "no method {}; known: {}", name, names)).into());
                };
                water.protocol.method = known;
            }
            load(arguments, &water, outlet.as_deref(), *explain)
        }
        OutletCommand::History { number } => history(arguments, &mut water, number),
    }
}

/// A part of the package, or its mistakes in words.
pub(super) fn part<T>(
    arguments: &Arguments,
    office: &Office,
    read: impl Fn(&dyn instrument::files::Files, &instrument::model::Instrument, &mut Problems) -> T,
) -> Result<T> {
    let files = office::package(arguments)?;
    let mut problems = Problems::default();
    let found = read(files.as_ref(), &office.instrument, &mut problems);
    if problems.errors() > 0 { Err(BadInput(office::package_problems(&problems.0)).into()) } else { Ok(found) }
}

/// The rows of a file under the first row that holds `heading`, each with its place: `visits.csv:3`.
pub(super) fn field_rows(path: &Path, heading: &str) -> Result<Vec<(String, Vec<(String, String)>)>> {
    let is_heading = |cells: &[String]| cells.iter().any(|c| c.trim() == heading);
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut rows = Vec::new();
    for row in report::read::rows(path, &is_heading).map_err(|e| bad(&e))? {
        let row = row.map_err(|e| bad(&e))?;
        let sheet = if row.sheet.is_empty() { String::new() } else { format!("[{}]", row.sheet) };
        let place = format!("{name}{sheet}:{}", row.number);
        if let Some(misfit) = row.misfit {
            return Err(BadInput(told!("{}：{}", "{}: {}", place, misfit)).into());
        }
        rows.push((place, row.cells));
    }
    Ok(rows)
}

/// All mistakes of a file as one refusal.
pub(super) fn refused(mistakes: &[Mistake]) -> BadInput {
    const SHOWN: usize = 20;
    let word = |m: &Mistake| if say::chinese() { m.zh() } else { m.to_string() };
    let mut lines: Vec<String> = mistakes.iter().take(SHOWN).map(word).collect();
    if mistakes.len() > SHOWN {
        lines.push(told!("……另有 {} 处", "… and {} more", mistakes.len() - SHOWN));
    }
    BadInput(lines.join("\n"))
}

impl Water {
    fn open(arguments: &Arguments) -> Result<Water> {
        let mut office = Office::open(arguments)?;
        let Some(protocol) = part(arguments, &office, Protocol::read)? else {
            return Err(
                BadInput(say::pick("制度没有排污口监测规定", "the instrument has none on outlets").into()).into()
            );
        };
        let (scope, period) = (Scope::area(office.area()?), office.census.period);
        let mut outlets = Vec::new();
        let Office { store, instrument, .. } = &mut office;
        store.read().each_chunk::<anyhow::Error>(&scope, period, PART, |chunk| {
            for collected in chunk {
                let sheet = collected.sheets.sheets.get(FORM);
                outlets.extend(sheet.and_then(|s| Outlet::read(instrument, &collected.unit.id, s)));
            }
            Ok(())
        })?;
        outlets.sort_by(|a, b| (&a.code, &a.unit).cmp(&(&b.code, &b.unit)));
        let mut newest: BTreeMap<String, Sampling> = BTreeMap::new();
        for kept in office.store.read().samplings()? {
            newest.insert(kept.record.number.clone(), kept.record);
        }
        let mut visits: BTreeMap<String, Vec<Sampling>> = BTreeMap::new();
        for sampling in newest.into_values() {
            visits.entry(sampling.outlet.clone()).or_default().push(sampling);
        }
        for of in visits.values_mut() {
            of.sort_by(|a, b| (&a.date, &a.number).cmp(&(&b.date, &b.number)));
        }
        Ok(Water { office, protocol, outlets, visits })
    }

    fn of(&self, outlet: &Outlet) -> &[Sampling] {
        self.visits.get(&outlet.code).map_or(&[], Vec::as_slice)
    }

    fn remarks(&self) -> Vec<OutletRemark> {
        self.outlets.iter().flat_map(|o| remarks(o, self.of(o), &self.protocol)).collect()
    }
}

fn list(arguments: &Arguments, water: &Water) -> Result<Ending> {
    let mut rows = Vec::new();
    for outlet in &water.outlets {
        let visits = water.of(outlet);
        let count = |season, state| visits.iter().filter(|s| s.season == season && s.state == state).count();
        let (due, why) = match outlet.due(&water.protocol) {
            Due::Yes => ("yes", String::new()),
            Due::No { why } => ("no", why),
            Due::Unknown { why } => ("unknown", why),
        };
        if arguments.json {
            let seasons: BTreeMap<&str, serde_json::Value> = Season::ALL
                .map(|season| {
                    let of = serde_json::json!({
                        "sampled": count(season, State::Sampled), "dry": count(season, State::Dry),
                        "not_reached": count(season, State::NotReached),
                    });
                    (if season == Season::Dry { "dry" } else { "wet" }, of)
                })
                .into();
            rows.push(serde_json::json!({
                "code": outlet.code, "name": outlet.name, "unit": outlet.unit, "due": due, "why": why, "seasons": seasons,
            }));
            continue;
        }
        let told: Vec<String> = Season::ALL
            .into_iter()
            .map(|season| {
                let states = [State::Sampled, State::Dry, State::NotReached];
                let parts: Vec<String> = states
                    .into_iter()
                    .map(|state| (state, count(season, state)))
                    .filter(|(_, n)| *n > 0)
                    .map(|(state, n)| format!("{} {n}", state.title()))
                    .collect();
                let parts = if parts.is_empty() { "没有监测".to_owned() } else { parts.join("、") };
                format!("{}：{parts}", season.title())
            })
            .collect();
        let due = match due {
            "yes" => "须监测".to_owned(),
            "no" => format!("不要求两季监测（{why}）"),
            _ => format!("是否须监测不明（{why}）"),
        };
        println!("{}  {}  {due}；{}", outlet.code, outlet.name, told.join("；"));
    }
    let strangers: Vec<&String> =
        water.visits.keys().filter(|code| !water.outlets.iter().any(|o| o.code == **code)).collect();
    if arguments.json {
        print_json(&serde_json::json!({ "outlets": rows, "visits_without_outlet": strangers }));
        return Ok(Ending::Done);
    }
    for code in strangers {
        say!("! {}：有监测记录，没有排污口表 S104", "! {}: has visits, and no sheet of S104", code);
    }
    let visits: usize = water.visits.values().map(Vec::len).sum();
    say!("{} 个排污口，{} 次监测", "{} outlets, {} visits", water.outlets.len(), visits);
    Ok(Ending::Done)
}

/// All visits of a file or none.
fn sample(arguments: &Arguments, water: &mut Water, file: &Path) -> Result<Ending> {
    let rows = field_rows(file, "采样编号")?;
    let visits = gather(&rows, &water.protocol).map_err(|m| refused(&m))?;
    let strange = |s: &&Sampling| !water.outlets.iter().any(|o| o.code == s.outlet);
    if let Some(sampling) = visits.iter().find(strange) {
        let text = told!(
            "{}：没有编码为 {} 的排污口；先导入它的 S104 表（wupu carry 可由清查表 QC5 生成草稿）",
            "{}: there is no outlet {}; import its sheet of S104 first (wupu carry drafts it from QC5)",
            sampling.source,
            sampling.outlet
        );
        return Err(BadInput(text).into());
    }
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let event = water.office.event(What::Sample).about(name);
    let kept = water.office.store.write::<_, anyhow::Error>(&event, |w| Ok(w.keep_samplings(&visits)?))?;
    if arguments.json {
        print_json(&serde_json::json!({
            "visits": visits.len(), "new": kept.new, "corrected": kept.corrected, "unchanged": kept.unchanged,
        }));
    } else {
        say!(
            "{} 次监测：新增 {}，更正 {}（原记录保留），未变 {}",
            "{} visits: {} new, {} corrected (the earlier records stay), {} unchanged",
            visits.len(),
            kept.new,
            kept.corrected,
            kept.unchanged
        );
    }
    Ok(Ending::Done)
}

fn check(arguments: &Arguments, water: &Water) -> Result<Ending> {
    let found = water.remarks();
    let grave = found.iter().filter(|r| r.grade == FindingGrade::Error).count();
    if arguments.json {
        print_json(&serde_json::json!({ "remarks": found, "grave": grave }));
    } else {
        for remark in &found {
            let grade = match remark.grade {
                FindingGrade::Error => "强制性",
                FindingGrade::Verify => "核实性",
                FindingGrade::Hint => "提示性",
            };
            println!("{}  {}  {grade}  {}", remark.outlet, remark.number, remark.text);
        }
        say!("{} 处问题，其中强制性 {} 处", "{} remarks, {} of them grave", found.len(), grave);
    }
    Ok(if grave == 0 { Ending::Done } else { Ending::Attention })
}

fn load(arguments: &Arguments, water: &Water, only: Option<&str>, explain: bool) -> Result<Ending> {
    let asked: Vec<&Outlet> = water.outlets.iter().filter(|o| only.is_none_or(|code| o.code == code)).collect();
    if let (Some(code), true) = (only, asked.is_empty()) {
        return Err(BadInput(told!("没有编码为 {} 的排污口", "there is no outlet {}", code)).into());
    }
    let mut all = Vec::new();
    // Nobody asked that an outlet below scale be sampled: without a visit there is nothing to reckon.
    for outlet in asked.iter().filter(|o| !water.of(o).is_empty() || o.due(&water.protocol) == Due::Yes) {
        all.push((*outlet, loads(outlet, water.of(outlet), &water.protocol)));
    }
    let complete = |r: &LoadResult| matches!(r, LoadResult::Complete { .. });
    let done: usize = all.iter().flat_map(|(_, loads)| loads).filter(|l| complete(&l.result)).count();
    let incomplete = all.iter().map(|(_, loads)| loads.len()).sum::<usize>() - done;
    if arguments.json {
        let loads: Vec<serde_json::Value> = all
            .iter()
            .flat_map(|(_, loads)| loads)
            .map(|l| {
                let mut value = serde_json::json!({
                    "outlet": l.outlet, "item": l.item, "pollutant": l.pollutant, "result": l.result,
                });
                if explain {
                    value["trace"] = serde_json::json!(l.trace);
                }
                value
            })
            .collect();
        print_json(&serde_json::json!({
            "method": water.protocol.method.name(), "loads": loads, "complete": done, "incomplete": incomplete,
        }));
        return Ok(Ending::Done);
    }
    for (outlet, loads) in &all {
        println!("{}  {}", outlet.code, outlet.name);
        for load in loads {
            match &load.result {
                LoadResult::Complete { load: t } => println!("  {}  {t} t", load.pollutant),
                LoadResult::Incomplete { reason } => println!("  {}  不完整：{reason}", load.pollutant),
            }
            for step in load.trace.iter().filter(|_| explain) {
                let source = if step.source.is_empty() { String::new() } else { format!("  [{}]", step.source) };
                println!("    {}：{}{source}", step.what, step.how);
            }
        }
    }
    let below = water.protocol.below.title();
    say!(
        "算法 {}，低于检出限按{}；完整 {} 项，不完整 {} 项",
        "method {}, below the limit counts as {}; {} complete, {} incomplete",
        water.protocol.method.name(),
        below,
        done,
        incomplete
    );
    Ok(Ending::Done)
}

fn history(arguments: &Arguments, water: &mut Water, number: &str) -> Result<Ending> {
    let kept = water.office.store.read().samplings()?;
    let mine: Vec<_> = kept.into_iter().filter(|k| k.record.number == number).collect();
    if mine.is_empty() {
        return Err(BadInput(told!("没有采样编号 {}", "there is no visit {}", number)).into());
    }
    if arguments.json {
        let records: Vec<serde_json::Value> =
            mine.iter().map(|k| serde_json::json!({ "record": k.record, "who": k.who, "at": k.at })).collect();
        print_json(&serde_json::json!({ "number": number, "records": records }));
        return Ok(Ending::Done);
    }
    for kept in &mine {
        let record = &kept.record;
        println!("{}  {}  {}", kept.at, kept.who, record.source);
        println!("  {}  {}  {}  {}", record.outlet, record.season.title(), record.date, record.state.title());
        for (item, value) in &record.values {
            let name = water.protocol.indicators.iter().find(|i| i.item == *item).map_or("", |i| i.names[0].as_str());
            println!("  {name}  {value}");
        }
        println!("  {}", census::outlet::joined(&record.custody));
    }
    Ok(Ending::Done)
}
