//! A practice county into a folder: base list, filled sheets, and with --errors the answers.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use census::area::{AreaCode, AreaTree, Tree};
use census::check::Checker;
use census::frame::Unit;
use census::practice::{Above, County, ListedRow, Place, Planted, base_list, fill, national, plant};
use census::sheet::UnitSheets;
use instrument::areas::Extent;
use instrument::model::{AreaLevel, Instrument};
use report::write::{csv_bytes, flat_export};

use super::print_json;
use crate::arguments::{Arguments, Simulate};
use crate::ending::{BadInput, Ending};
use crate::output::{self, write};
use crate::{office, said, say, told};

pub fn run(arguments: &Arguments, options: &Simulate) -> Result<Ending> {
    let instrument = office::instrument(arguments)?;
    let files = office::package(arguments)?;
    let practice = instrument::practice::load(files.as_ref()).map_err(BadInput)?;
    let (tree, _) = AreaTree::of(&instrument);
    let code = tree.resolve(&options.area).map_err(|e| BadInput(said!(e)))?;
    if tree.get(code).is_some_and(|a| matches!(a.level, AreaLevel::Province | AreaLevel::City)) {
        return from_above(arguments, options, &instrument, files.as_ref(), &practice, &tree, code);
    }
    let extents = instrument::areas::extents(files.as_ref(), &mut instrument::problem::Problems::default());
    let county = county(&instrument, &extents, &tree, code)?;
    // The reference day of a practice: in the middle of the field work, so that dates are plausible.
    let today = census::check::Context::on(i64::from(instrument.period) + 1, 11, 30).context("a day")?;
    let (rows, units) = base_list(&practice, &county, options.units, options.seed);
    let checker = Checker::new(&instrument);
    let (mut filled, given_up) = fill(&instrument, &practice, &checker, &units, &today).map_err(BadInput)?;
    let planted = if options.errors {
        plant(&instrument, &practice, &mut filled, 5, options.seed, &today).map_err(BadInput)?
    } else {
        Vec::new()
    };
    let out = &options.out;
    let sheets = out.join("sheets");
    output::folder(&sheets)?;
    write(&out.join("base-list.csv"), list_csv(&instrument, &rows))?;
    write(&out.join("说明.txt"), NOTICE)?;
    let mut units: Vec<(Unit, UnitSheets)> =
        filled.into_iter().map(|f| (unit_of(&f.sheets, &f.unit.name), f.sheets)).collect();
    // Readers merge the files of a folder unit by unit: all are in the order of codes.
    units.sort_by(|a, b| a.0.code.cmp(&b.0.code));
    let mut count = 0u64;
    for form in &instrument.forms {
        let with: Vec<(Unit, UnitSheets)> =
            units.iter().filter(|(_, s)| s.sheets.contains_key(&form.code)).cloned().collect();
        if with.is_empty() {
            continue;
        }
        count += with.len() as u64;
        for block in &form.blocks {
            let name = if block.name.is_empty() { form.code.clone() } else { format!("{}.{}", form.code, block.name) };
            let bytes = csv_bytes(&flat_export(&instrument, &form.code, &block.name, &with));
            write(&sheets.join(format!("{name}.csv")), bytes)?;
        }
    }
    if options.errors {
        write(&out.join("answers.csv"), answers_csv(&planted))?;
    }
    if arguments.json {
        print_json(&serde_json::json!({
            "simulated": true, "listed": rows.len(), "units": units.len(), "sheets": count, "planted": planted.len(),
            "not_clean": given_up,
        }));
    } else {
        say!(
            "练习县 {}（模拟数据）：底册 {} 行，纳入普查的 {} 个单位，{} 张表",
            "practice county {} (simulated): {} listed rows, {} units in scope, {} sheets",
            county.name,
            rows.len(),
            units.len(),
            count
        );
        if options.errors {
            say!(
                "埋入错误 {} 处，答案在 {}",
                "{} mistakes planted, answers in {}",
                planted.len(),
                out.join("answers.csv").display()
            );
        }
        if !given_up.is_empty() {
            say!(
                "{} 个单位未能填得没有强制性问题",
                "{} units could not be filled without grave findings",
                given_up.len()
            );
        }
        say!("输出在 {}", "written to {}", out.display());
    }
    Ok(Ending::Done)
}

/// The list a province or city receives: rows of all its counties with the dirt of such lists, and beside it the truth.
fn from_above(
    arguments: &Arguments,
    options: &Simulate,
    instrument: &Instrument,
    files: &dyn instrument::files::Files,
    practice: &instrument::practice::Practice,
    tree: &AreaTree,
    code: AreaCode,
) -> Result<Ending> {
    let counties: Vec<AreaCode> = tree
        .subtree(Tree::Code, code)
        .into_iter()
        .filter(|c| tree.get(*c).is_some_and(|a| a.level == AreaLevel::County))
        // A county without villages in the area table has no places to draw.
        .filter(|c| tree.subtree(Tree::Code, *c).iter().any(|a| a.significant() == 12))
        .collect();
    let name = |code: AreaCode| tree.get(code).map_or_else(String::new, |a| a.name.clone());
    let extents = instrument::areas::extents(files, &mut instrument::problem::Problems::default());
    let (mut rows, mut truth) = (Vec::new(), String::from("\u{feff}序号,县,情形,结局\r\n"));
    for (at, &area) in counties.iter().enumerate() {
        let county = county(instrument, &extents, tree, area)?;
        let city =
            tree.at_level(Tree::Code, area, AreaLevel::City).filter(|c| tree.get(*c).is_some_and(|a| !a.container));
        let old = instrument.area_changes.iter().find(|c| c.new == area.to_string());
        let above = Above {
            province: tree.at_level(Tree::Code, area, AreaLevel::Province).map(name).unwrap_or_default(),
            city: city.map(name).unwrap_or_default(),
            old: old.map(|c| (c.old[..6].to_owned(), c.old_name.clone())),
        };
        // The remainder goes to the first counties, so that the list has just so many rows.
        let share = options.units / counties.len() + usize::from(at < options.units % counties.len());
        for (row, dirt) in national(practice, &county, &above, share, options.seed) {
            let own = if row.fate == "other_area" { county.neighbour.clone() } else { area.short() };
            truth += &format!("{},{own},{dirt},{}\r\n", rows.len() + 1, row.fate);
            rows.push(row);
        }
    }
    output::folder(&options.out)?;
    write(&options.out.join("base-list.csv"), list_csv(instrument, &rows))?;
    write(&options.out.join("truth.csv"), truth)?;
    write(&options.out.join("说明.txt"), NOTICE)?;
    if arguments.json {
        print_json(&serde_json::json!({ "simulated": true, "listed": rows.len(), "counties": counties.len() }));
    } else {
        say!(
            "{} 的底册（模拟数据）：{} 个县，{} 行；答案在 truth.csv",
            "list of {} (simulated): {} counties, {} rows; the truth is in truth.csv",
            tree.path_name(code),
            counties.len(),
            rows.len()
        );
    }
    Ok(Ending::Done)
}

const NOTICE: &str = "\u{feff}本文件夹中的单位、代码、数据全部为模拟，仅供培训和测试；行政区划、行业、表式和系数是真实的。\r\n\
All units, codes and figures in this folder are simulated, for training and tests only; areas, industries, forms and coefficients are real.\r\n";

/// The county a practice is drawn for, from the instrument's areas.
fn county(
    instrument: &Instrument,
    extents: &BTreeMap<String, Extent>,
    areas: &AreaTree,
    code: AreaCode,
) -> Result<County> {
    let found = areas.get(code).context("the area is there")?;
    if found.level != AreaLevel::County {
        return Err(BadInput(told!("{} 不是县级行政区划", "{} is not a county", code)).into());
    }
    let six = code.to_string()[..6].to_owned();
    let name_of = |code: AreaCode| areas.get(code).map_or("", |a| a.name.as_str());
    let places: Vec<Place> = areas
        .subtree(Tree::Code, code)
        .into_iter()
        .filter_map(|c| areas.get(c))
        .filter(|a| a.level == AreaLevel::Village)
        .map(|a| Place {
            code: a.code.to_string(),
            town: format!("{}{}", found.name, name_of(a.code.cut(9))),
            name: a.name.clone(),
        })
        .collect();
    let neighbour = instrument
        .areas
        .iter()
        .filter(|a| a.level == AreaLevel::County && a.code[..4] == six[..4] && a.code[..6] != six)
        .map(|a| (a.code[..6].to_owned(), a.name.clone()))
        .next()
        .unwrap_or_else(|| (six.clone(), found.name.clone()));
    // A new county may have none yet: then its city's is near enough for a practice.
    let found_extent = [code, code.cut(4)].into_iter().find_map(|c| extents.get(&c.to_string()));
    let Some(e) = found_extent else {
        return Err(BadInput(told!("{} 没有坐标范围", "{} has no extent", code)).into());
    };
    // Hundredths of a second are enough for a practice.
    let extent = [e.west, e.east, e.south, e.north].map(|side| side / 100);
    let (neighbour, neighbour_name) = neighbour;
    Ok(County { code: six, name: found.name.clone(), places, neighbour, neighbour_name, extent })
}

fn unit_of(sheets: &UnitSheets, name: &str) -> Unit {
    Unit {
        id: sheets.unit.clone(),
        respondent: sheets.respondent.clone(),
        name: name.to_owned(),
        code: sheets.unit.clone(),
        area: String::new(),
        address: String::new(),
        industries: Vec::new(),
        status: String::new(),
        listings: Vec::new(),
        simulated: true,
    }
}

fn list_csv(instrument: &Instrument, rows: &[ListedRow]) -> String {
    let mut out = String::from(
        "\u{feff}序号,单位名称,统一社会信用代码,行政区划代码,详细地址,行业代码,联系人,联系电话,运行状态,对象类别,生猪,备注\r\n",
    );
    let _ = instrument;
    for (at, row) in rows.iter().enumerate() {
        let number = (at + 1).to_string();
        let cells = [
            number.as_str(),
            &row.name,
            &row.credit_code,
            &row.area,
            &row.address,
            &row.industry,
            &row.contact,
            &row.phone,
            &row.status,
            &row.kind,
            &row.heads,
            &row.remark,
        ];
        let line: Vec<String> = cells.iter().map(|c| quoted(c)).collect();
        out += &line.join(",");
        out += "\r\n";
    }
    out
}

fn answers_csv(planted: &[Planted]) -> String {
    let mut out = String::from("\u{feff}类型,说明,应由规则发现,单位,单位名称,表,指标,原值,改为\r\n");
    for p in planted {
        let cells = [&p.kind, &p.title, &p.rule, &p.unit, &p.name, &p.form, &p.item, &p.before, &p.after];
        let line: Vec<String> = cells.iter().map(|c| quoted(c)).collect();
        out += &line.join(",");
        out += "\r\n";
    }
    out
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}
