//! A practice county into a folder: base list, filled sheets, and with --errors the answers.

use anyhow::{Context as _, Result};
use census::area::AreaTree;
use census::check::Checker;
use census::frame::Unit;
use census::practice::{County, ListedRow, Place, Planted, base_list, fill, plant};
use census::sheet::UnitSheets;
use instrument::model::{AreaLevel, Instrument};
use report::write::{csv_bytes, flat_export};

use super::print_json;
use crate::arguments::{Arguments, Simulate};
use crate::ending::{BadInput, Ending};
use crate::output::{self, write};
use crate::{office, say, told};

pub fn run(arguments: &Arguments, options: &Simulate) -> Result<Ending> {
    let instrument = office::instrument(arguments)?;
    let files = office::package(arguments)?;
    let practice = instrument::practice::load(files.as_ref()).map_err(BadInput)?;
    let county = county(&instrument, files.as_ref(), &options.area)?;
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

const NOTICE: &str = "\u{feff}本文件夹中的单位、代码、数据全部为模拟，仅供培训和测试；行政区划、行业、表式和系数是真实的。\r\n\
All units, codes and figures in this folder are simulated, for training and tests only; areas, industries, forms and coefficients are real.\r\n";

/// The county a practice is drawn for, from the instrument's areas.
fn county(instrument: &Instrument, files: &dyn instrument::files::Files, area: &str) -> Result<County> {
    let (areas, _) = AreaTree::build(&instrument.areas);
    let code = areas.resolve(area).map_err(|e| BadInput(if say::chinese() { e.zh() } else { e.to_string() }))?;
    let found = areas.get(code).context("the area is there")?;
    if found.level != AreaLevel::County {
        return Err(BadInput(told!("{} 不是县级行政区划", "{} is not a county", area)).into());
    }
    let six = code.to_string()[..6].to_owned();
    let name_of = |code: &str| instrument.areas.iter().find(|a| a.code == code).map_or("", |a| a.name.as_str());
    let places: Vec<Place> = instrument
        .areas
        .iter()
        .filter(|a| a.level == AreaLevel::Village && a.code.starts_with(&six))
        .map(|a| Place {
            code: a.code.clone(),
            town: format!("{}{}", found.name, name_of(&a.parent)),
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
    let mut problems = instrument::problem::Problems::default();
    let extents = instrument::areas::extents(files, &mut problems);
    let found_extent = extents.get(&code.to_string());
    let Some(e) = found_extent else {
        return Err(BadInput(told!("{} 没有坐标范围", "{} has no extent", area)).into());
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
