//! Every form of the shipped package prints, and is exported and read in again.

use std::collections::BTreeMap;
use std::path::Path;

use census::sheet::{Row, UnitSheets, Values};
use instrument::files::Folder;
use instrument::model::Instrument;
use report::write::{Heading, csv_bytes, flat_export};

fn package() -> Instrument {
    let files = Folder::new(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../instruments/cn-2017"));
    Instrument::read_trusted(&files).unwrap_or_else(|errors| panic!("{errors:?}"))
}

#[test]
fn every_form_prints_and_comes_back() {
    let instrument = package();
    let mut sheets = UnitSheets { unit: "U".into(), respondent: "industrial".into(), ..UnitSheets::default() };
    for form in &instrument.forms {
        let page = report::form::html(&instrument, &form.code, None, &[], &Heading::default()).expect("a page");
        // One line an item, in the one table of its block.
        assert_eq!(page.matches("<td class=\"code\">").count(), form.items.len(), "{}", form.code);
        // Every item of every form with a text of its own, two rows in each row block.
        let mut values = Values::default();
        for (at, block) in form.blocks.iter().enumerate() {
            let row = |n: u32| -> Row {
                let items = form.items.iter().filter(|i| i.block == at);
                items.map(|i| (i.code.clone(), format!("{}-{}:{n}", form.code, i.code))).collect()
            };
            if block.many {
                values.blocks.insert(block.name.clone(), vec![row(1), row(2)]);
            } else {
                values.flat = row(0);
            }
        }
        values.common = instrument.common.iter().map(|i| (i.code.clone(), format!("共{}", i.code))).collect();
        sheets.sheets.insert(form.code.clone(), values);
    }
    let folder = std::env::temp_dir().join(format!("wupu-forms-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("made");
    let unit = census::frame::Unit {
        id: "U".into(),
        respondent: "industrial".into(),
        name: "甲厂".into(),
        code: "U".into(),
        area: String::new(),
        address: String::new(),
        industries: Vec::new(),
        status: String::new(),
        listings: Vec::new(),
        simulated: true,
    };
    let units = [(unit, sheets)];
    for form in &instrument.forms {
        for block in &form.blocks {
            let name = if block.name.is_empty() { form.code.clone() } else { format!("{}.{}", form.code, block.name) };
            let bytes = csv_bytes(&flat_export(&instrument, &form.code, &block.name, &units));
            std::fs::write(folder.join(format!("{name}.csv")), bytes).expect("written");
        }
    }
    let read: Vec<UnitSheets> = report::read::sheets_folder(&instrument, &folder)
        .expect("opened")
        .collect::<Result<_, _>>()
        .unwrap_or_else(|e| panic!("{e}"));
    std::fs::remove_dir_all(&folder).ok();
    assert_eq!(read.len(), 1);
    let sent: &BTreeMap<String, Values> = &units[0].1.sheets;
    for (form, values) in sent {
        assert_eq!(read[0].sheets.get(form), Some(values), "{form}");
    }
}
