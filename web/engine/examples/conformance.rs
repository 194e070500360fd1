//! Writes the requests and native answers that the module is compared with.
//!
//! usage: conformance INSTRUMENT FOLDER
//! Units of a practice county, clean and with planted mistakes: every answer is made by the native engine.

use std::fmt::Write as _;
use std::path::PathBuf;

use census::check::{Checker, Context};
use census::practice::{County, Place, base_list, fill, plant};
use engine::{Engine, Session};
use instrument::files::{Bundle, Folder};
use instrument::model::{AreaLevel, Instrument};

fn main() {
    let mut words = std::env::args().skip(1).map(PathBuf::from);
    let (from, folder) = (words.next().expect("INSTRUMENT"), words.next().expect("FOLDER"));
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let files = Folder::new(&from);
    // The page loads the slim bundle of the county; the answers it is compared with come from the whole package.
    std::fs::write(folder.join("instrument.bundle"), engine::browser_bundle(&files, "410182")).expect("written");
    let bytes = Bundle::of(&files).to_bytes();

    let instrument = Instrument::read_trusted(&files).expect("the shipped instrument loads");
    let practice = instrument::practice::load(&files).expect("the recipes load");
    let checker = Checker::new(&instrument);
    let today = Context::on(2018, 11, 30).expect("a day");
    let places = instrument
        .areas
        .iter()
        .filter(|a| a.level == AreaLevel::Village && a.code.starts_with("410182"))
        .map(|a| Place { code: a.code.clone(), town: "荥阳市".into(), name: a.name.clone() })
        .collect();
    let county = County {
        code: "410182".into(),
        name: "荥阳市".into(),
        places,
        neighbour: "410122".into(),
        neighbour_name: "中牟县".into(),
        extent: [40_700_000, 40_950_000, 12_480_000, 12_580_000],
    };
    let (_, units) = base_list(&practice, &county, 150, 11);
    let (mut filled, _) = fill(&instrument, &practice, &checker, &units, &today).expect("filled");
    let clean: Vec<_> = filled.iter().map(|f| f.sheets.clone()).collect();
    plant(&instrument, &practice, &mut filled, 2, 11, &today).expect("planted");

    let engine = Engine::load(&bytes).expect("the bundle loads");
    let session = Session::new(&engine);
    let mut asked = vec![
        serde_json::json!({ "ask": "instrument" }),
        serde_json::json!({ "ask": "list", "list": "fuel_type" }),
        serde_json::json!({ "ask": "form", "form": "G999" }),
        serde_json::json!({ "ask": "nothing" }),
    ];
    asked.extend(instrument.forms.iter().map(|f| serde_json::json!({ "ask": "form", "form": f.code })));
    for text in ["wjs", "2611", "无机", "26", ""] {
        let list = "industry_gbt4754_2017";
        asked.push(serde_json::json!({ "ask": "search", "list": list, "text": text, "limit": 20 }));
    }
    for sheets in clean.iter().chain(filled.iter().map(|f| &f.sheets)) {
        asked.push(serde_json::json!({
            "unit": sheets.unit, "respondent": sheets.respondent, "sheets": sheets.sheets, "today": [2018, 11, 30],
        }));
    }
    let (mut requests, mut answers) = (String::new(), String::new());
    for request in asked {
        let request = request.to_string();
        let answer = String::from_utf8(session.answer(request.as_bytes())).expect("text");
        let _ = writeln!(requests, "{request}");
        let _ = writeln!(answers, "{answer}");
    }
    std::fs::write(folder.join("requests.jsonl"), requests).expect("written");
    std::fs::write(folder.join("answers.jsonl"), answers).expect("written");
}
