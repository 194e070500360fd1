//! A practice county: plausible, clean, reproducible; and every planted mistake is found.

use std::collections::BTreeSet;
use std::path::Path;

use census::check::{self, Checker};
use census::finding::FindingGrade;
use census::practice::{County, Filled, Place, base_list, fill, plant};
use census::sheet::UnitSheets;
use instrument::files::Folder;
use instrument::model::{AreaLevel, Instrument};

fn county(instrument: &Instrument) -> County {
    let name =
        |code: &str| instrument.areas.iter().find(|a| a.code == code).map(|a| a.name.clone()).unwrap_or_default();
    let places = instrument
        .areas
        .iter()
        .filter(|a| a.level == AreaLevel::Village && a.code.starts_with("410182"))
        .map(|a| Place { code: a.code.clone(), town: format!("荥阳市{}", name(&a.parent)), name: a.name.clone() })
        .collect();
    County {
        code: "410182".into(),
        name: "荥阳市".into(),
        places,
        neighbour: "410122".into(),
        neighbour_name: "中牟县".into(),
        extent: [40_700_000, 40_950_000, 12_480_000, 12_580_000],
    }
}

fn shown(findings: &[&census::finding::Finding]) -> String {
    let mut by_rule: std::collections::BTreeMap<String, (usize, String)> = std::collections::BTreeMap::new();
    for finding in findings {
        let entry = by_rule.entry(format!("{} {}", finding.rule, finding.table)).or_insert((0, format!("{finding:?}")));
        entry.0 += 1;
    }
    by_rule.into_iter().map(|(rule, (n, first))| format!("{n} × {rule}: {first}\n")).collect()
}

#[test]
fn a_practice_county_is_clean_and_its_planted_mistakes_are_found() {
    let files = Folder::new(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../instruments/cn-2017"));
    let instrument = Instrument::read_trusted(&files).unwrap_or_else(|e| panic!("{e:?}"));
    let practice = instrument::practice::load(&files).unwrap_or_else(|e| panic!("{e}"));
    let checker = Checker::new(&instrument);
    let today = check::Context::on(2018, 11, 30).expect("a day");
    let (rows, units) = base_list(&practice, &county(&instrument), 400, 7);
    assert_eq!((rows.clone(), units.len()), {
        let (again, more) = base_list(&practice, &county(&instrument), 400, 7);
        (again, more.len())
    });
    let (mut filled, given_up) =
        fill(&instrument, &practice, &checker, &units, &today).unwrap_or_else(|e| panic!("{e}"));
    let sheets: Vec<UnitSheets> = filled.iter().map(|f: &Filled| f.sheets.clone()).collect();
    let checked = check::run(&checker, &sheets, &today);
    let grave: Vec<_> = checked.findings.iter().filter(|f| f.grade == FindingGrade::Error).collect();
    assert!(grave.is_empty() && given_up.is_empty(), "{} given up\n{}", given_up.len(), shown(&grave));

    let planted = plant(&instrument, &practice, &mut filled, 2, 7, &today).unwrap_or_else(|e| panic!("{e}"));
    let sheets: Vec<UnitSheets> = filled.iter().map(|f| f.sheets.clone()).collect();
    let checked = check::run(&checker, &sheets, &today);
    // Part after part finds what all at once finds, rules that compare units included.
    let mut running = check::Running::new(&checker, today);
    sheets.chunks(37).for_each(|part| running.add(part));
    let parts = running.finish();
    assert!(parts == checked, "a run in parts differs from the whole");
    let found: BTreeSet<(String, String)> = checked
        .findings
        .iter()
        .map(|f| (f.unit.clone(), f.rule.split('.').next().unwrap_or_default().to_owned()))
        .collect();
    let missed: Vec<_> = planted.iter().filter(|p| !found.contains(&(p.unit.clone(), p.rule.clone()))).collect();
    assert!(missed.is_empty(), "{missed:#?}");
    let kinds: BTreeSet<&str> = planted.iter().map(|p| p.kind.as_str()).collect();
    let without: Vec<&str> = practice.errors.iter().map(|k| k.code.as_str()).filter(|k| !kinds.contains(k)).collect();
    assert!(without.is_empty(), "no place for {without:?}");
}
