//! A practice county is accounted in full, and what its sheets say agrees with the accounting.

use std::collections::BTreeMap;
use std::path::Path;

use census::account::{RemarkKind, account, figures, inputs};
use census::check::{Checker, Context};
use census::line::{Line, LineResult};
use census::practice::{County, Place, base_list, fill};
use expr::exact::Decimal;
use instrument::files::Folder;
use instrument::model::{AreaLevel, Instrument};

#[test]
fn a_practice_county_is_accounted_in_full() {
    let files = Folder::new(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../instruments/cn-2017"));
    let instrument = Instrument::read_trusted(&files).unwrap_or_else(|e| panic!("{e:?}"));
    let practice = instrument::practice::load(&files).unwrap_or_else(|e| panic!("{e}"));
    let places = instrument.areas.iter().filter(|a| a.level == AreaLevel::Village && a.code.starts_with("410182"));
    let county = County {
        code: "410182".into(),
        name: "荥阳市".into(),
        places: places.map(|a| Place { code: a.code.clone(), town: "荥阳市".into(), name: a.name.clone() }).collect(),
        neighbour: "410122".into(),
        neighbour_name: "中牟县".into(),
        extent: [40_700_000, 40_950_000, 12_480_000, 12_580_000],
    };
    let (_, units) = base_list(&practice, &county, 80, 11);
    let today = Context::on(2018, 11, 30).expect("a day");
    let (filled, _) =
        fill(&instrument, &practice, &Checker::new(&instrument), &units, &today).unwrap_or_else(|e| panic!("{e}"));

    let library = &instrument.factors;
    let method = library.method.as_ref().expect("the package accounts by coefficients");
    let mut lines: Vec<Line> = Vec::new();
    let mut wrong: Vec<String> = Vec::new();
    for unit in &filled {
        let inputs = inputs(method, &unit.sheets);
        let accounted = account(library, &unit.sheets.unit, &inputs.classes, &inputs.rows);
        // The practice draws the hours of each combination apart, at one outlet.
        let remarks = accounted.remarks.iter().filter(|r| r.kind != RemarkKind::DifferentK);
        wrong.extend(remarks.map(|r| format!("{}: {:?}", unit.sheets.unit, r)));
        let rows = unit.sheets.sheets.get(&method.form).map_or(&[][..], |v| v.rows(&method.block));
        for (line, row) in accounted.lines.iter().zip(rows) {
            match &line.result {
                LineResult::Incomplete { reason } => wrong.push(format!("{} row {}: {reason}", line.unit, line.row)),
                LineResult::Computed { generated, emitted, .. } => {
                    for (item, value) in [("13", generated), ("19", emitted)] {
                        let typed = row.get(item).and_then(|t| t.parse::<Decimal>().ok());
                        // The form holds four decimals.
                        if typed != value.round(4) {
                            wrong.push(format!(
                                "{} row {} [{item}]: {typed:?} on the sheet, {value}",
                                line.unit, line.row
                            ));
                        }
                    }
                }
            }
        }
        lines.extend(accounted.lines);
    }
    assert!(lines.len() > 20, "{} lines", lines.len());
    assert!(wrong.is_empty(), "{} of {} lines:\n{}", wrong.len(), lines.len(), wrong.join("\n"));

    let figures = figures(library, &lines).expect("they fit");
    let mut units: BTreeMap<&str, usize> = BTreeMap::new();
    for figure in &figures {
        assert!(figure.emitted <= figure.generated && figure.incomplete == 0);
        *units.entry(figure.unit.as_str()).or_default() += figure.lines as usize;
    }
    assert_eq!(units.values().sum::<usize>(), lines.len());
}
