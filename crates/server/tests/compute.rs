//! From accounting to a table that became stale, over HTTP; and what administrators see and do not see.

mod compute_world;

use compute_world::{COUNTY, Client, World};
use serde_json::{Value, json};

fn own_job(client: &Client, id: &str) -> Value {
    client.read(&format!("/api/jobs/{id}"))["standing"].clone()
}

/// All cells of a workbook's first sheet; a formula is told as such.
fn texts(bytes: Vec<u8>) -> Vec<String> {
    use calamine::Reader;
    let mut book: calamine::Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(bytes)).unwrap();
    let name = book.sheet_names()[0].clone();
    let formulas = book.worksheet_formula(&name).unwrap();
    assert!(formulas.rows().flatten().all(String::is_empty), "a formula in a workbook");
    book.worksheet_range(&name).unwrap().rows().flatten().map(ToString::to_string).collect()
}

#[test]
fn a_figure_travels_into_a_table_and_the_table_becomes_stale() {
    let world = World::new("chain");
    let county = world.sign_in("county1");

    let done = county.job("/api/account", &json!({}), own_job);
    assert_eq!(done["units"], 4, "{done}");
    let unit = &world.units[0];
    let lines = county.read(&format!("/api/units/{unit}/lines"));
    assert_eq!(lines["accounted"]["current"], true);
    let computed = lines["lines"].as_array().unwrap().iter().find(|l| l["emitted"].is_string()).expect("a line");
    let trace = county.read(&format!("/api/units/{unit}/lines/{}", computed["n"]));
    let tops: Vec<&str> = trace["tree"].as_array().unwrap().iter().filter_map(|n| n["what"].as_str()).collect();
    assert!(tops.contains(&"排放量"), "{trace}");
    assert_eq!(county.get(&format!("/api/units/{unit}/lines/9999")).0, 404);

    world.units.iter().take(3).for_each(|unit| world.pass(unit));
    let done = county.job("/api/tabulate", &json!({ "level": "county" }), own_job);
    assert_eq!((&done["passed"], &done["held"], &done["wrong"]), (&json!(3), &json!(1), &json!([])), "{done}");

    let tables = county.read("/api/tables?level=county");
    let first = tables["rows"].as_array().unwrap().iter().find(|t| t["code"] == "T01").expect("T01").clone();
    assert_eq!((&first["stale"], first["area"].as_str()), (&Value::Null, Some(COUNTY)));
    let id = first["id"].as_str().unwrap();
    let table = county.read(&format!("/api/tables/{id}"));
    assert_eq!(table["rows"][0]["cells"][0]["value"], "3", "{}", table["rows"][0]);
    assert!(table["proof"]["compared"].as_u64().unwrap() > 0 && table["proof"]["wrong"] == json!([]));

    // Behind the cell are exactly the units that were added up, page by page.
    let cell = format!("/api/tables/{id}/cell?row=0&column=0");
    let page = county.read(&format!("{cell}&limit=2"));
    assert_eq!(page["rows"].as_array().unwrap().len(), 2);
    let rest = county.read(&format!("{cell}&limit=2&after={}", page["next"].as_str().unwrap()));
    let mut behind: Vec<&str> =
        [&page, &rest].iter().flat_map(|p| p["rows"].as_array().unwrap()).filter_map(|r| r["unit"].as_str()).collect();
    behind.sort_unstable();
    let mut passed: Vec<&str> = world.units[..3].iter().map(String::as_str).collect();
    passed.sort_unstable();
    assert_eq!(behind, passed);

    world.reopen(unit);
    let stale = county.read("/api/tables?stale=true");
    let mark = stale["rows"].as_array().unwrap().iter().find(|t| t["id"] == first["id"]).expect("stale");
    assert!(mark["stale"].as_str().unwrap().contains(unit.as_str()), "{mark}");
    let desk = county.read("/api/desk");
    let count = desk["counts"].as_array().unwrap().iter().find(|c| c["kind"] == "stale_tables").unwrap();
    assert_eq!(count["count"].as_u64().unwrap() as usize, stale["rows"].as_array().unwrap().len());

    // Who works elsewhere: the table is not there.
    let elsewhere = world.sign_in("elsewhere");
    for path in ["", "/cell?row=0", "/xlsx"] {
        assert_eq!(elsewhere.get(&format!("/api/tables/{id}{path}")).0, 404, "{path}");
    }
    assert_eq!(elsewhere.read("/api/tables")["rows"], json!([]));
    assert_eq!(elsewhere.post("/api/account", &json!({ "area": COUNTY })).0, 404);
}

#[test]
fn what_is_taken_away_is_marked_logged_and_holds_no_formula() {
    let world = World::new("export");
    let county = world.sign_in("county1");
    world.units.iter().for_each(|unit| world.pass(unit));
    county.job("/api/account", &json!({}), own_job);
    county.job("/api/tabulate", &json!({ "level": "county" }), own_job);
    let id = county.read("/api/tables")["rows"][0]["id"].as_str().unwrap().to_owned();
    let (status, bytes) = county.file(&format!("/api/tables/{id}/xlsx"), "");
    assert_eq!(status, 200);
    assert!(texts(bytes).iter().any(|t| t.contains("导出：王强（county1）")), "the mark");

    let units = "/api/export/units/xlsx?form=G101-1";
    assert_eq!(county.file(units, "").0, 428, "a reason is asked for");
    let (status, bytes) = county.file(units, "xunjian-2018");
    assert_eq!(status, 200);
    let cells = texts(bytes);
    assert!(cells.iter().any(|t| t.starts_with("=1+1 ")), "the name as typed, as a text");
    assert!(cells.iter().any(|t| t.contains("导出：王强（county1）")), "the mark");

    let audit = world.sign_in("auditadmin");
    let log = audit.read("/api/audit?what=export");
    let abouts: Vec<&str> = log["rows"].as_array().unwrap().iter().filter_map(|r| r["about"].as_str()).collect();
    assert_eq!(abouts, ["units G101-1 410182000000 4", &format!("table T01 {COUNTY} {id}")], "{log}");
    let (status, bytes) = audit.file("/api/audit/export?what=export", "");
    let text = String::from_utf8(bytes).unwrap();
    assert!(status == 200 && text.starts_with('\u{feff}') && text.contains("xunjian-2018"), "{text}");
}

#[test]
fn counts_of_progress_add_up_and_a_month_is_taken_once() {
    let world = World::new("progress");
    let county = world.sign_in("county1");
    world.pass(&world.units[0]);
    let progress = county.read("/api/progress");
    assert_eq!((&progress["counts"]["units"], &progress["counts"]["county"]), (&json!(4), &json!(1)));
    assert_eq!(progress["rates"]["county"], "25.0");
    for key in ["units", "filled", "signed", "county"] {
        let parts: u64 = progress["parts"].as_array().unwrap().iter().map(|p| p["counts"][key].as_u64().unwrap()).sum();
        assert_eq!(json!(parts), progress["counts"][key], "{key}");
    }
    let (status, taken) = county.post("/api/progress/snapshots", &json!({}));
    assert_eq!(status, 200, "{taken}");
    world.pass(&world.units[1]);
    let (status, again) = county.post("/api/progress/snapshots", &json!({}));
    assert_eq!((status, again["refusal"]["refusal"].as_str()), (422, Some("snapshot-taken")), "{again}");
    let list = county.read("/api/progress/snapshots");
    assert_eq!(list["rows"][0]["counts"]["county"], 1, "as it stood then");
    assert_eq!(county.read("/api/progress")["counts"]["county"], 2);
    assert_eq!(county.post("/api/progress/snapshots", &json!({ "month": "2018-01" })).0, 400);
    // The whole city is not the county's to see, and the city sees its county.
    assert_eq!(county.get("/api/progress?area=410100000000").0, 404);
    assert_eq!(world.sign_in("city1").read(&format!("/api/progress?area={COUNTY}"))["counts"]["units"], 4);
}

#[test]
fn the_feed_goes_on_where_it_ended() {
    let world = World::new("feed");
    let county = world.sign_in("county1");
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = county.read(&format!("/api/changes?limit=3&after={after}"));
        seen.extend(page["rows"].as_array().unwrap().iter().map(|r| r["key"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => next.clone_into(&mut after),
            None => break,
        }
    }
    assert_eq!(seen.len(), 8, "each unit entered the directory and was filled: {seen:?}");
    world.pass(&world.units[2]);
    let news = county.read(&format!("/api/changes?after={}", seen.last().unwrap()));
    let news: Vec<_> = news["rows"].as_array().unwrap().iter().map(|r| (&r["unit"], &r["kind"])).collect();
    assert_eq!(news, [(&json!(world.units[2]), &json!("step"))]);
    assert_eq!(world.sign_in("elsewhere").read("/api/changes")["rows"], json!([]));
}

#[test]
fn administrators_do_their_work_and_read_no_business() {
    let world = World::new("admin");
    let (system, security, audit) = (world.sign_in("sysadmin"), world.sign_in("secadmin"), world.sign_in("auditadmin"));
    let unit = &world.units[0];
    for path in [
        "/api/units".to_owned(),
        format!("/api/units/{unit}/lines"),
        "/api/tables".to_owned(),
        "/api/tables/x/xlsx".to_owned(),
        "/api/progress".to_owned(),
        "/api/changes".to_owned(),
        "/api/desk".to_owned(),
        "/api/export/units/xlsx?form=G102".to_owned(),
    ] {
        for (name, client) in [("system", &system), ("security", &security), ("audit", &audit)] {
            assert_eq!(client.get(&path).0, 403, "{name} {path}");
        }
    }
    for (client, path) in [(&security, "/api/server"), (&audit, "/api/accounts"), (&system, "/api/audit")] {
        assert_eq!(client.get(path).0, 403, "{path}");
    }

    let look = |client: &Client, id: &str| -> Value {
        let jobs = client.read("/api/server/jobs");
        let job = jobs["rows"].as_array().unwrap().iter().find(|j| j["id"] == *id).expect("the job").clone();
        job["standing"].clone()
    };
    let made = system.job("/api/server/backup", &json!({}), look);
    let list = system.read("/api/server/backups");
    assert_eq!(list["rows"][0]["name"], made["name"]);
    let copy = world.folder.join("backups").join(made["name"].as_str().unwrap());
    let mut copy = store::Store::open(&copy.display().to_string()).unwrap();
    assert_eq!(copy.read().units(&store::Scope::All).unwrap().len(), 4, "the copy is a census");
    assert!(system.read("/api/server")["size"].as_u64().unwrap() > 0);

    let verified = audit.job("/api/audit/verify", &json!({}), |client, id| {
        let last = client.read("/api/audit/verify")["job"].clone();
        if last["id"] == *id { last["standing"].clone() } else { json!({ "state": "waiting" }) }
    });
    assert_eq!(verified["problem_count"], 0, "{verified}");
    // What others' jobs were about is not shown to the system administrator.
    world.sign_in("county1").job("/api/check", &json!({}), own_job);
    let jobs = system.read("/api/server/jobs");
    let check = jobs["rows"].as_array().unwrap().iter().find(|j| j["kind"] == "check").unwrap().clone();
    assert_eq!((&check["about"], &check["standing"]["result"]), (&json!(""), &Value::Null), "{check}");
}
