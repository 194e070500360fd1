//! Enumeration areas: split, teams, who has what, and the proof that the ground is covered.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Result;
use census::area::{AreaCode, EnumerationArea};
use census::frame::Unit;
use census::ground::{Change, Plan, Ratios, Refusal, Resident, suggest};
use instrument::model::AreaLevel;
use report::ground::{Datum, Position, Shapes};
use store::{Scope, What};

use super::print_json;
use crate::arguments::{Arguments, Ground};
use crate::ending::{BadInput, Ending, Refused};
use crate::office::Office;
use crate::{said, say, told};

/// The county's plan, and its units.
struct County {
    office: Office,
    plan: Plan,
    residents: Vec<Resident>,
    units: Vec<Unit>,
}

pub fn run(arguments: &Arguments, asked: &Ground) -> Result<Ending> {
    let mut county = County::open(arguments)?;
    match asked {
        Ground::Show => show(arguments, &county),
        Ground::Split { village, parts } => {
            let village = county.office.resolve(village)?;
            change(arguments, &mut county, &[Change::Split { village, parts: *parts }])
        }
        Ground::Team { team, members, instructor, device } => {
            let set_up = Change::Team {
                team: team.clone(),
                members: members.clone(),
                instructor: instructor.clone(),
                device: device.clone(),
            };
            change(arguments, &mut county, &[set_up])
        }
        Ground::Dissolve { team } => change(arguments, &mut county, &[Change::Dissolve { team: team.clone() }]),
        Ground::Assign { area, team } => {
            let area = parse(area)?;
            change(arguments, &mut county, &[Change::Assign { area, team: team.clone() }])
        }
        Ground::Place { unit, area } => {
            let found = county.office.store.read().find_units(unit)?;
            let [unit] = found.as_slice() else {
                let text =
                    told!("“{}”对应 {} 个普查对象；请用编号", "{} means {} units; give the id", unit, found.len());
                return Err(BadInput(text).into());
            };
            let (unit, area) = (unit.id.clone(), parse(area)?);
            change(arguments, &mut county, &[Change::Place { unit, area }])
        }
        Ground::Suggest { apply } => suggested(arguments, &mut county, *apply),
        Ground::Prove => prove(arguments, &county),
        Ground::Polygons { file, datum } => polygons(arguments, &mut county, file, datum),
        Ground::History => history(arguments, &mut county),
    }
}

fn parse(area: &str) -> Result<EnumerationArea> {
    let found = area.parse::<EnumerationArea>();
    found.map_err(|e| BadInput(said!(e)).into())
}

impl County {
    fn open(arguments: &Arguments) -> Result<County> {
        let mut office = Office::open(arguments)?;
        let own = office.area()?;
        if office.areas.get(own).is_none_or(|a| a.level != AreaLevel::County) {
            let text = say::pick("普查小区由县级机构划分", "enumeration areas are drawn by a county");
            return Err(Refused(text.to_owned()).into());
        }
        let changes: Vec<Change> = office.store.read().ground()?.into_iter().map(|c| c.change).collect();
        let units = office.store.read().units(&Scope::All)?;
        let plan = Plan::new(&office.areas, own).after(&changes);
        let residents =
            units.iter().map(|u| Resident { unit: u.id.clone(), name: u.name.clone(), area: u.area.clone() }).collect();
        Ok(County { office, plan, residents, units })
    }

    fn name(&self, area: EnumerationArea) -> String {
        let office = &self.office;
        let name = |code: AreaCode| office.areas.get(code).map_or("", |a| a.name.as_str());
        let part = area.part.map(String::from).unwrap_or_default();
        format!("{}{}{part}", name(area.village.cut(9)), name(area.village))
    }
}

fn change(arguments: &Arguments, county: &mut County, changes: &[Change]) -> Result<Ending> {
    for change in changes {
        let refused = |e: Refusal| Refused(said!(e));
        county.plan.apply(change).map_err(refused)?;
    }
    let event = county.office.event(What::Ground);
    county.office.store.write::<_, anyhow::Error>(&event, |w| Ok(w.keep_ground(changes)?))?;
    let open = county.plan.prove(&county.residents).gaps.len();
    if arguments.json {
        print_json(&serde_json::json!({ "changes": changes.len(), "gaps": open }));
    } else {
        say!(
            "已记录 {} 项变更；尚有 {} 处不全（wupu ground prove）",
            "{} changes kept; {} gaps left (wupu ground prove)",
            changes.len(),
            open
        );
    }
    Ok(Ending::Done)
}

fn show(arguments: &Arguments, county: &County) -> Result<Ending> {
    let load = county.plan.load(&county.residents);
    if arguments.json {
        let areas: Vec<serde_json::Value> = load
            .iter()
            .map(|(area, units)| {
                serde_json::json!({ "area": area, "name": county.name(*area), "units": units, "team": county.plan.assigned.get(area) })
            })
            .collect();
        print_json(&serde_json::json!({ "areas": areas, "teams": county.plan.teams }));
        return Ok(Ending::Done);
    }
    for (area, units) in &load {
        let team = county.plan.assigned.get(area).map_or("—", String::as_str);
        println!("{:<14}{units:>5}  {team}  {}", area.to_string(), county.name(*area));
    }
    for (name, team) in &county.plan.teams {
        let areas = county.plan.assigned.values().filter(|t| *t == name).count();
        let units: u64 = county
            .plan
            .assigned
            .iter()
            .filter(|(_, t)| *t == name)
            .map(|(a, _)| load.get(a).copied().unwrap_or(0))
            .sum();
        say!(
            "{}：{}；指导员 {}；终端 {}；小区 {} 个，普查对象 {} 个",
            "{}: {}; instructor {}; device {}; {} areas, {} units",
            name,
            team.members.join("、"),
            team.instructor,
            team.device,
            areas,
            units
        );
    }
    Ok(Ending::Done)
}

fn suggested(arguments: &Arguments, county: &mut County, apply: bool) -> Result<Ending> {
    let ratios = Ratios::from_parameters(&county.office.instrument.parameters).map_err(BadInput)?;
    let villages = county.plan.villages.len() as u64;
    let work = ratios.work(county.units.iter().map(|u| u.respondent.as_str()), villages);
    let staff = ratios.needed(work);
    let names: Vec<String> = county.plan.teams.keys().cloned().collect();
    let load = county.plan.load(&county.residents);
    let runs = suggest(&load, names.len());
    let mut changes = Vec::new();
    let mut told = Vec::new();
    for (team, run) in names.iter().zip(&runs) {
        let units: u64 = run.iter().map(|a| load[a]).sum();
        let towns: BTreeSet<AreaCode> = run.iter().map(|a| a.village.cut(9)).collect();
        told.push((team.clone(), run.len(), units, towns.len()));
        for area in run.iter().filter(|a| county.plan.assigned.get(a) != Some(team)) {
            changes.push(Change::Assign { area: *area, team: team.clone() });
        }
    }
    if arguments.json {
        print_json(&serde_json::json!({
            "needed": staff, "have": county.plan.teams.values().map(|t| t.members.len()).sum::<usize>(),
            "teams": told.iter().map(|(team, areas, units, towns)| {
                serde_json::json!({ "team": team, "areas": areas, "units": units, "towns": towns })
            }).collect::<Vec<_>>(),
            "changes": changes.len(), "applied": apply,
        }));
    } else {
        say!(
            "按配备标准需普查员 {} 名、指导员 {} 名（重点 {}、一般和集中式 {}、农业 {}、村 {}、生活 {}）；现有普查员 {} 名",
            "by the ratios: {} enumerators, {} instructors (key {}, general {}, farms {}, villages {}, domestic {}); there are {}",
            staff.enumerators,
            staff.instructors,
            work.key,
            work.general,
            work.farms,
            work.villages,
            work.domestic,
            county.plan.teams.values().map(|t| t.members.len()).sum::<usize>()
        );
        for (team, areas, units, towns) in &told {
            say!(
                "{}：小区 {} 个，普查对象 {} 个，{} 个乡镇",
                "{}: {} areas, {} units, {} towns",
                team,
                areas,
                units,
                towns
            );
        }
        if names.is_empty() {
            say!("还没有小组：先 wupu ground team", "no teams yet: wupu ground team first");
        } else if !apply {
            say!("加 --apply 即按此分配（{} 项变更）", "--apply assigns so ({} changes)", changes.len());
        }
    }
    if apply && !changes.is_empty() {
        let event = county.office.event(What::Ground);
        county.office.store.write::<_, anyhow::Error>(&event, |w| Ok(w.keep_ground(&changes)?))?;
    }
    Ok(Ending::Done)
}

fn prove(arguments: &Arguments, county: &County) -> Result<Ending> {
    let proof = county.plan.prove(&county.residents);
    if arguments.json {
        print_json(&serde_json::to_value(&proof)?);
    } else {
        const SHOWN: usize = 40;
        for gap in proof.gaps.iter().take(SHOWN) {
            println!("! {}", if say::chinese() { gap.zh() } else { gap.en() });
        }
        if proof.gaps.len() > SHOWN {
            say!("……另有 {} 处", "… and {} more", proof.gaps.len() - SHOWN);
        }
        say!(
            "{} 个村（居）委会，{} 个普查小区，{} 个小组；{} 个普查对象中 {} 个各在一个小区",
            "{} villages, {} enumeration areas, {} teams; of {} units {} lie in one area each",
            proof.villages,
            proof.areas,
            proof.teams,
            proof.units,
            proof.located
        );
        if proof.gaps.is_empty() {
            say!("全面覆盖，不重不漏", "the ground is covered, without gap or overlap");
        } else {
            say!("尚有 {} 处不全", "{} gaps", proof.gaps.len());
        }
    }
    Ok(if proof.gaps.is_empty() { Ending::Done } else { Ending::Attention })
}

/// Keeps the polygons and says what is wrong with the ground they cover.
fn polygons(arguments: &Arguments, county: &mut County, file: &Path, datum: &str) -> Result<Ending> {
    let Some(known) = Datum::named(datum) else {
        let text =
            told!("不认识的坐标系 {}；请写 {} 之一", "unknown datum {}; name one of {}", datum, Datum::NAMES.join(" "));
        return Err(BadInput(text).into());
    };
    let text = std::fs::read_to_string(file)
        .map_err(|e| BadInput(told!("{}：打不开（{}）", "{}: cannot be opened ({})", file.display(), e)))?;
    let shapes = Shapes::read(&text, known).map_err(|e| {
        let why = said!(e);
        BadInput(told!("{}：{}", "{}: {}", file.display(), why))
    })?;
    let plan: BTreeSet<String> = county.plan.areas().map(|a| a.to_string()).collect();
    let listings = county.office.store.read().all_listings()?;
    let read: BTreeMap<&str, &census::frame::ListedUnit> = listings.iter().map(|l| (l.id.as_str(), &l.read)).collect();
    let mut positions = Vec::new();
    for (unit, resident) in county.units.iter().zip(&county.residents) {
        let at = unit
            .listings
            .iter()
            .filter_map(|l| read.get(l.as_str()))
            .find_map(|r| Some((r.lon.parse::<f64>().ok()?, r.lat.parse::<f64>().ok()?)));
        if let (Some((lon, lat)), Ok(area)) = (at, county.plan.area_of(resident)) {
            positions.push(Position {
                unit: unit.id.clone(),
                name: unit.name.clone(),
                area: area.to_string(),
                lon,
                lat,
            });
        }
    }
    let problems = shapes.examine(&plan, &positions);
    let kept: Vec<(String, String)> = shapes.geometries().map(|(area, shape)| (area.to_owned(), shape)).collect();
    let source = format!("{} {datum}", file.file_name().unwrap_or_default().to_string_lossy());
    let event = county.office.event(What::Ground).about(source.clone());
    let new = county.office.store.write::<_, anyhow::Error>(&event, |w| Ok(w.keep_shapes(&source, &kept)?))?;
    if arguments.json {
        print_json(&serde_json::json!({
            "polygons": shapes.len(), "new": new, "positions": positions.len(), "problems": problems,
        }));
    } else {
        for problem in &problems {
            println!("! {}", if say::chinese() { problem.zh() } else { problem.en() });
        }
        say!(
            "{} 个小区的边界（新增或变更 {} 个），核对了 {} 个有坐标的普查对象；问题 {} 处",
            "{} polygons ({} new or changed), {} units with a position compared; {} problems",
            shapes.len(),
            new,
            positions.len(),
            problems.len()
        );
    }
    Ok(if problems.is_empty() { Ending::Done } else { Ending::Attention })
}

fn history(arguments: &Arguments, county: &mut County) -> Result<Ending> {
    let changes = county.office.store.read().ground()?;
    if arguments.json {
        let told: Vec<serde_json::Value> =
            changes.iter().map(|c| serde_json::json!({ "at": c.at, "who": c.who, "change": c.change })).collect();
        print_json(&serde_json::json!({ "changes": told }));
        return Ok(Ending::Done);
    }
    let mut before: BTreeMap<EnumerationArea, String> = BTreeMap::new();
    for row in changes {
        let told = match row.change {
            Change::Split { village, parts } => told!("{} 分为 {} 个小区", "{} split into {} areas", village, parts),
            Change::Team { team, members, instructor, device } => told!(
                "小组 {}：{}；指导员 {}；终端 {}",
                "team {}: {}; instructor {}; device {}",
                team,
                members.join("、"),
                instructor,
                device
            ),
            Change::Dissolve { team } => told!("小组 {} 撤销", "team {} dissolved", team),
            Change::Assign { area, team } => {
                let old = before.insert(area, team.clone()).unwrap_or_else(|| "—".to_owned());
                told!("小区 {}：{} → {}", "area {}: {} → {}", area, old, team)
            }
            Change::Place { unit, area } => told!("普查对象 {} 在小区 {}", "unit {} lies in area {}", unit, area),
        };
        println!("{}  {}  {told}", row.at, row.who);
    }
    Ok(Ending::Done)
}
