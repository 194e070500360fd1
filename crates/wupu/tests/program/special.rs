//! The special lists from the command line: boilers and outlets from screening sheets to drafts, visits in two
//! seasons to annual loads, minerals with radioactivity from trigger to scope.

use serde_json::{Value, json};

use crate::common::{AREA, Room, Schema, command, finish, number};

type Runs<'r> = &'r dyn Fn(&[&str], i32) -> Value;

/// Adds a unit by a person's verdict; its id.
fn add(run: Runs, name: &str, more: &[&str]) -> String {
    let words = [&["verdict", "add", name, "--source", "清查", "--evidence", "清查表"], more].concat();
    run(&words, 0)["unit"].as_str().expect("an id").to_owned()
}

const VISITS: &str =
    "采样编号,排污口编码,季节,采样日期,状态,说明,流量(m3/h),采样人,实验室,资质证书编号,流转,样品,COD（mg/L）,氨氮";
const CHAIN: &str = "采样 张三 2018-04-20 09:10；接样 王五 2018-04-20 15:30";

fn story(room: &Room, run: Runs) {
    run(&["init", "--area", AREA, "--simulated"], 0);
    let boiler = ["--kind", "boiler-owner", "--area", "410182001001"];
    add(run, "索河宾馆", &[&boiler[..], &["--code", "91410182MA40A1B2C1"]].concat());
    add(run, "街口小店", &[&boiler[..], &["--code", "91410182MA40A1B2C2"]].concat());
    let outlets = [
        add(run, "索河路排污口", &["--kind", "outfall", "--area", "410182001001"]),
        add(run, "京城路排污口", &["--kind", "outfall", "--area", "410182001002"]),
    ];
    for (name, code, class) in [("锆业", "C3", "2613"), ("磷肥厂", "C4", "2622"), ("稀有金属厂", "C5", "3239")]
    {
        let code = format!("91410182MA40A1B2{code}");
        add(run, name, &["--area", "410182001003", "--code", &code, "--industry", class]);
    }
    assert_eq!(number(&run(&["screen"], 0), "in_scope"), 7);

    room.write(
        "sheets/QC4.csv",
        "unit,01,03,06.name,07,08\n\
         91410182MA40A1B2C1,410182001001,索河宾馆,李四,3,3\n\
         91410182MA40A1B2C2,410182001002,街口小店,王五,3,1\n",
    );
    room.write(
        "sheets/QC4.boiler.csv",
        "unit,row,09,11,12,13,14,15.fuel,15.amount,16\n\
         91410182MA40A1B2C1,1,1,R3,2,RQ01,6,15,30.5,2\n\
         91410182MA40A1B2C1,2,2,R4,1,RS01,3,31,40,1\n\
         91410182MA40A1B2C1,3,3,R6,4,,,28,,1\n\
         91410182MA40A1B2C2,1,1,R3,0.7,RQ01,6,15,3,2\n",
    );
    let mut lines = [
        format!("{},410182001001,410182007,索河路排污口,1,1,2,2,索河,1\n", outlets[0]),
        format!("{},410182001002,,京城路排污口,1,2,3,1,索河,1\n", outlets[1]),
    ];
    lines.sort();
    room.write("sheets/QC5.csv", format!("unit,01,02,03,04,07,08,09,10,12\n{}", lines.concat()));
    room.write("sheets/QC1.csv", "unit,16,17\n91410182MA40A1B2C3,1,3\n");
    room.write("sheets/QC6.csv", "unit,02,04,08\n91410182MA40A1B2C3,3,80,1\n91410182MA40A1B2C4,8,75,2\n");
    room.write(
        "sheets/QC6.point.csv",
        "unit,row,06.name,07\n91410182MA40A1B2C3,1,原矿堆,141.2\n91410182MA40A1B2C4,1,磷石膏堆场,110\n",
    );
    room.write("sheets/QC6.sample.csv", "unit,row,09,10,11\n91410182MA40A1B2C3,1,废渣,2.31,0.8\n");
    assert_eq!(number(&run(&["import", "sheets", "sheets"], 0), "new"), 7);

    drafts(room, run);
    visits(room, run);
    minerals(room, run);
    assert_eq!(run(&["doctor"], 0)["problems"], json!([]));
}

/// What is known is carried once, and a draft completed by hand is not written over.
fn drafts(room: &Room, run: Runs) {
    let carried = run(&["carry", "--out", "drafts"], 0);
    let told = |pair: usize| {
        let keys = ["sheets", "drafted", "out", "ask", "there", "rows_in", "rows_out", "rows_ask"];
        keys.map(|key| number(&carried["pairs"][pair], key))
    };
    assert_eq!((told(0), told(1)), ([2, 1, 1, 0, 0, 2, 2, 0], [2, 2, 0, 0, 0, 0, 0, 0]), "{carried}");
    assert_eq!(carried["files"], json!(["S103.csv", "S103.boiler.csv", "S104.csv"]));
    let reasons = room.text("drafts-说明.csv");
    assert!(reasons.contains("boiler 1,不在范围,额定出力低于普查下限（0.70 < 1 t/h）"), "{reasons}");
    assert!(reasons.contains("S103/boiler[27] 生物质燃料消耗量,待填,清查表以 tce 计"), "{reasons}");

    let draft = room.text("drafts/S104.csv");
    room.write("drafts/S104.csv", draft.replace("索河路排污口,410182007", "索河路口排污口,410182007"));
    run(&["carry", "--out", "drafts"], 4);
    room.write("drafts/S104.csv", draft);
    assert_eq!(number(&run(&["import", "sheets", "drafts"], 0), "new"), 3);
    let again = run(&["carry", "--out", "more"], 0);
    assert_eq!((number(&again["pairs"][1], "there"), again["files"].clone()), (2, json!([])));
}

/// Visits are kept whole or not at all, corrected beside what they were, and give loads that say why they do not.
fn visits(room: &Room, run: Runs) {
    // The outlet without a code got the one after the highest named.
    let codes = |list: &Value| -> Vec<String> {
        let outlets = list["outlets"].as_array().expect("outlets");
        outlets
            .iter()
            .map(|o| format!("{} {}", o["code"].as_str().unwrap_or(""), o["due"].as_str().unwrap_or("")))
            .collect()
    };
    assert_eq!(codes(&run(&["outlet", "list"], 0)), ["410182007 yes", "410182008 no"]);
    let missing = run(&["outlet", "check"], 1);
    assert_eq!(number(&missing, "grave"), 2, "nobody has been there: {missing}");

    let body = format!(
        "{VISITS}\n\
         K1,410182007,,2018-04-20,,,96,张三,监测站,1612,{CHAIN},样品,42,0.025L\n\
         K1,,,,,,,,,,,空白,<4,ND\n\
         K1,,,,,,,,,,,平行,44,<0.025\n\
         F1,410182007,丰水期,2018-08-07,,,150,张三,监测站,1612,,样品,30,未测\n\
         K2,410182008,,2018-04-20,断流,照片 P012,,,,,,,,\n"
    );
    room.write("visits.csv", body.replace("410182008", "410182999"));
    run(&["outlet", "sample", "visits.csv"], 3);
    room.write("visits.csv", body.replace("断流,照片 P012,", "断流,照片 P012,12"));
    run(&["outlet", "sample", "visits.csv"], 3);
    room.write("visits.csv", &body);
    let kept = |new: u64, corrected: u64, unchanged: u64| {
        let kept = run(&["outlet", "sample", "visits.csv"], 0);
        assert_eq!(["new", "corrected", "unchanged"].map(|key| number(&kept, key)), [new, corrected, unchanged]);
    };
    kept(3, 0, 0);
    kept(0, 0, 3);

    let result = |args: &[&str], item: &str| -> String {
        let loads = run(&[&["outlet", "load", "410182007"], args].concat(), 0);
        let load =
            loads["loads"].as_array().expect("loads").iter().find(|l| l["item"] == item).expect("the item").clone();
        let told = [&load["result"]["load"], &load["result"]["reason"]].into_iter().find_map(Value::as_str);
        told.unwrap_or_default().to_owned()
    };
    assert_eq!(result(&[], "03"), "37.039");
    assert_eq!(result(&["--method", "flux"], "03"), "37.039");
    assert_eq!(result(&[], "05"), "丰水期没有可用的监测：F1 氨氮未测");
    run(&["outlet", "load", "--method", "guess"], 3);
    run(&["outlet", "load", "410182999"], 3);

    // The laboratory sends the missing value: both records stay.
    room.write("visits.csv", body.replace("30,未测", "30,1.2"));
    kept(0, 1, 2);
    assert_eq!(result(&[], "05"), "0.667");
    let explained = run(&["outlet", "load", "410182007", "--explain"], 0).to_string();
    assert!(explained.contains("<0.025 mg/L（低于检出限，按检出限的一半计为 0.0125 mg/L）"), "{explained}");
    let history = run(&["outlet", "history", "F1"], 0);
    let values: Vec<&Value> =
        history["records"].as_array().expect("records").iter().map(|r| &r["record"]["values"]["05"]).collect();
    assert_eq!(values, ["未测", "1.2"]);
    assert!(history["records"][1]["at"].is_string() && history["records"][1]["who"].is_string());

    let found = run(&["outlet", "check"], 0);
    let kinds: Vec<(&str, &str)> = found["remarks"]
        .as_array()
        .expect("remarks")
        .iter()
        .filter_map(|r| Some((r["number"].as_str()?, r["kind"].as_str()?)))
        .collect();
    let expect = [("F1", "custody-gap"), ("F1", "no-control"), ("F1", "no-control"), ("", "season-missing")];
    assert_eq!(kinds, expect);
}

fn minerals(room: &Room, run: Runs) {
    let states = |list: &Value| -> Vec<String> {
        let word = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        let unit = |u: &Value| format!("{} {}", word(&u["name"]), word(&u["fate"]["state"]));
        list["units"].as_array().expect("units").iter().map(unit).collect()
    };
    let list = run(&["minerals", "list"], 0);
    assert_eq!(states(&list), ["稀有金属厂 unclear", "磷肥厂 screened-out", "锆业 in-scope"], "{list}");
    assert_eq!(
        number(&list, "industrial"),
        list["counts"].as_object().expect("counts").values().filter_map(Value::as_u64).sum::<u64>()
    );
    assert!(list.to_string().contains("没有质量记录"), "{list}");
    let head = "普查对象代码,点位,仪器,检定证书编号,检定日期,测量日期,读数(nGy/h),测量人";
    let good = "FH40G 010123,JL123,2018-03-12,2018-07-11,141;141.5;141;141.4;141.1,赵六";
    room.write("quality.csv", format!("{head}\n91410182MA40A1B2C9,原矿堆,{good}\n"));
    run(&["minerals", "quality", "quality.csv"], 3);
    room.write(
        "quality.csv",
        format!(
            "{head}\n91410182MA40A1B2C3,原矿堆,{good}\n91410182MA40A1B2C4,磷石膏堆场,{}\n",
            good.replace("2018-03", "2016-03")
        ),
    );
    let kept = run(&["minerals", "quality", "quality.csv"], 0);
    assert_eq!((number(&kept, "new"), number(&kept, "corrected")), (2, 0));
    assert_eq!(number(&run(&["minerals", "quality", "quality.csv"], 0), "unchanged"), 2);
    let list = run(&["minerals", "list"], 0);
    let quality: Vec<&Value> = list["units"].as_array().expect("units").iter().map(|u| &u["quality"]).collect();
    assert_eq!(quality[2], &json!([]), "141.2 is the mean");
    assert_eq!(quality[1][0]["text"], "检定于 2016-03-12，到测量日已 851 天，超过 365 天", "{list}");
}

#[test]
fn special_lists_go_from_screening_to_loads_and_scope() {
    let room = Room::new("special");
    story(&room, &|args, code| room.ended(args, code));
}

/// Runs where `WUPU_TEST_DATABASE` names a server, as `cargo xtask test` does.
#[test]
fn special_lists_go_from_screening_to_loads_and_scope_on_postgresql() {
    let Some(schema) = Schema::new("special") else { return };
    let room = Room::new("special-pg");
    let run = |args: &[&str], code: i32| {
        let run = finish(command(room.path()).arg("--json").args(args).env("WUPU_DB", &schema.url));
        assert_eq!(run.code, code, "wupu {}\n{}{}", args.join(" "), run.out, run.err);
        run.json()
    };
    story(&room, &run);
}
