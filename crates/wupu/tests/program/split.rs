//! A list on its way down: province, city, county; a disputed row claimed and settled; the frozen directory on its way up.

use std::path::Path;

use serde_json::Value;

use crate::common::{Room, Schema, command, finish, number};

/// Offices of the story: area and name.
const PROVINCE: (&str, &str) = ("410000", "prov");
const CITY: (&str, &str) = ("410100", "city");
const COUNTIES: [(&str, &str); 2] = [("410182", "xingyang"), ("410108", "huiji")];

/// The offices, each with its census and key.
struct Offices {
    room: Room,
    databases: Vec<(&'static str, String)>,
}

impl Offices {
    fn new(name: &str, database: impl Fn(&str) -> String) -> Offices {
        let room = Room::new(name);
        let all = [PROVINCE, CITY, COUNTIES[0], COUNTIES[1]];
        let databases = all.iter().map(|(_, office)| (*office, database(office))).collect();
        let offices = Offices { room, databases };
        let mut keys = Vec::new();
        for (area, office) in all {
            offices.done(office, &["init", "--area", area, "--simulated"]);
            let key = offices.done(office, &["key", "new"]);
            keys.push((area, key["key"].as_str().expect("a key").to_owned()));
        }
        // Who speaks with whom.
        for (office, peers) in [
            ("prov", &["410100"][..]),
            ("city", &["410000", "410182", "410108"]),
            ("xingyang", &["410100"]),
            ("huiji", &["410100"]),
        ] {
            for peer in peers {
                let key = &keys.iter().find(|(area, _)| area == peer).expect("an office").1;
                offices.done(office, &["key", "trust", peer, key]);
            }
        }
        offices
    }

    fn run(&self, office: &str, args: &[&str]) -> crate::common::Run {
        let database = &self.databases.iter().find(|(name, _)| *name == office).expect("an office").1;
        let mut command = command(self.room.path());
        finish(command.args(["--json", "--key", &format!("{office}.key")]).args(args).env("WUPU_DB", database))
    }

    #[track_caller]
    fn ended(&self, office: &str, args: &[&str], code: i32) -> Value {
        let run = self.run(office, args);
        assert_eq!(run.code, code, "{office}: wupu {}\n{}{}", args.join(" "), run.out, run.err);
        run.json()
    }

    #[track_caller]
    fn done(&self, office: &str, args: &[&str]) -> Value {
        self.ended(office, args, 0)
    }

    /// The only file of a folder whose name begins so.
    #[track_caller]
    fn file(&self, folder: &str, begin: &str) -> String {
        let names: Vec<String> = std::fs::read_dir(self.room.path().join(folder))
            .expect("a folder")
            .flatten()
            .map(|e| e.file_name().to_string_lossy().into_owned())
            .filter(|n| n.starts_with(begin))
            .collect();
        assert_eq!(names.len(), 1, "{begin} in {names:?}");
        format!("{folder}/{}", names[0])
    }

    /// Everything that can be seen of an office's census.
    #[track_caller]
    fn health(&self, office: &str) -> Value {
        let health = self.done(office, &["doctor"]);
        assert_eq!(health["problems"], serde_json::json!([]), "{office}");
        health
    }
}

/// The proof holds, and says the same as its parts.
#[track_caller]
fn holds(split: &Value) {
    assert_eq!(split["holds"], true, "{split}");
    let proof = &split["proof"];
    let parts: u64 = proof["parts"].as_object().expect("parts").values().map(|p| number(p, "rows")).sum();
    assert_eq!(parts + number(&proof["disputed"], "rows"), number(&proof["whole"], "rows"));
    assert_eq!(proof["union"], proof["whole"]);
}

fn story(offices: &Offices) {
    offices.done("prov", &["simulate", "--area", "410100", "--units", "600", "--seed", "9", "--out", "lists"]);
    offices.done("prov", &["import", "list", "lists/base-list.csv"]);
    let first = offices.done("prov", &["split", "--out", "down"]);
    holds(&first);
    assert_eq!(number(&first["proof"]["whole"], "rows"), 600);
    let again = offices.done("prov", &["split", "--out", "down"]);
    assert_eq!(again["packages"], serde_json::json!([]), "a second split hands out nothing");

    // The city takes its package once; a changed byte, a second time and the wrong office change nothing.
    let package = offices.file("down", "下发-4101-");
    tampered(offices, &package);
    let wrong = offices.ended("xingyang", &["receive", &package], 3);
    assert!(wrong["error"].as_str().expect("words").contains("fingerprint"), "{wrong}");
    let taken = offices.done("city", &["receive", &package]);
    assert_eq!(taken["digest"], first["proof"]["parts"]["410100000000"]["digest"]);
    let before = offices.health("city");
    assert_eq!(offices.done("city", &["receive", &package])["new"], false);
    assert_eq!(offices.health("city"), before);
    let receipt = offices.done("prov", &["receive", taken["receipt"].as_str().expect("a file")]);
    assert_eq!(receipt["agrees"], true);

    // The city splits; a county claims a row that is disputed, and the city settles it.
    let split = offices.done("city", &["split", "--out", "city"]);
    holds(&split);
    assert_eq!(
        split["proof"]["whole"], first["proof"]["parts"]["410100000000"],
        "the children hold what the parent handed out"
    );
    for (area, office) in COUNTIES {
        let package = offices.file("city", &format!("下发-{area}-"));
        let taken = offices.done(office, &["receive", &package]);
        assert_eq!(taken["digest"], split["proof"]["parts"][format!("{area}000000")]["digest"]);
        offices.done("city", &["receive", taken["receipt"].as_str().expect("a file")]);
        holds(&offices.done(office, &["split"]));
    }
    let shown = offices.done("huiji", &["disputed", "list"]);
    let row = shown["rows"].as_array().expect("rows").iter().find(|r| r["shown"] == true).expect("a row to claim");
    let id = row["id"].as_str().expect("an id").to_owned();
    claimed_by_work_list(offices, &id);
    offices.done("huiji", &["disputed", "send", "--out", "claims.wupu"]);
    offices.done("city", &["receive", "claims.wupu"]);
    assert_eq!(number(&offices.done("city", &["disputed", "settle-claimed", "--why", "无异议"]), "settled"), 1);
    let second = offices.done("city", &["split", "--out", "city2"]);
    holds(&second);
    let given: Vec<(u64, u64)> = second["packages"]
        .as_array()
        .expect("packages")
        .iter()
        .filter(|p| p["to"] == "410108000000")
        .map(|p| (number(p, "given"), number(p, "taken")))
        .collect();
    assert_eq!(given, [(1, 0)], "only what changed is handed down");
    offices.done("huiji", &["receive", &offices.file("city2", "下发-410108-")]);

    // A county refuses a row it was given; the parent takes it back and gives it to another.
    let listed = offices.done("city", &["split"]);
    let huiji = number(&listed["proof"]["parts"]["410108000000"], "rows");
    offices.done("huiji", &["disputed", "refuse", &id, "--why", "企业已迁往荥阳"]);
    offices.done("huiji", &["disputed", "send", "--out", "claims2.wupu"]);
    offices.done("city", &["receive", "claims2.wupu"]);
    let open = offices.done("city", &["disputed", "list"]);
    assert!(open["rows"].as_array().expect("rows").iter().any(|r| r["id"] == id.as_str()), "it is open again");
    offices.done("city", &["disputed", "settle", &id, "--to", "410182", "--why", "按迁址"]);
    let third = offices.done("city", &["split", "--out", "city3"]);
    holds(&third);
    assert_eq!(number(&third["proof"]["parts"]["410108000000"], "rows"), huiji - 1);
    let moved = offices.done("huiji", &["receive", &offices.file("city3", "下发-410108-")]);
    assert_eq!((number(&moved, "taken"), number(&moved, "holds")), (1, huiji - 1));
    offices.done("xingyang", &["receive", &offices.file("city3", "下发-410182-")]);

    // Screening, and the directory on its way up.
    let mut units = 0;
    for (_, office) in COUNTIES {
        offices.done(office, &["match"]);
        let funnel = offices.done(office, &["screen", "--by", "town"]);
        assert_eq!(funnel["adds_up"], true);
        let by: u64 = funnel["by"].as_object().expect("towns").values().map(|f| number(f, "listed")).sum();
        assert_eq!(by, number(&funnel, "listed"), "the towns make the county");
        let frozen = offices.done(office, &["library", "freeze", "--out", &format!("{office}.lib.wupu")]);
        units += number(&frozen, "units");
        offices.done("city", &["receive", &format!("{office}.lib.wupu")]);
        assert_eq!(frozen["number"], 1);
    }
    assert_eq!(number(&offices.done("huiji", &["screen"]), "moved"), 1, "the row taken back stays, as moved");
    let city = offices.done("city", &["library", "freeze", "--out", "city.lib.wupu"]);
    assert_eq!((number(&city, "units"), number(&city, "parts")), (units, 2));
    assert!(city["missing"].as_array().expect("areas").len() > 5, "the other counties have not sent theirs");
    offices.done("prov", &["receive", "city.lib.wupu"]);
    offices.ended("city", &["library", "certificate", "--out", "certificate.html"], 1);
    let page = std::fs::read_to_string(offices.room.path().join("certificate.html")).expect("a page");
    for words in ["模拟数据", "尚未完成", "荥阳市", city["hash"].as_str().expect("a hash")] {
        assert!(page.contains(words), "{words}");
    }
    for (office, _) in &offices.databases {
        offices.health(office);
    }
}

/// The county fills the work list in: what is not understood leaves everything as it was, then one row is claimed.
fn claimed_by_work_list(offices: &Offices, id: &str) {
    offices.done("huiji", &["disputed", "list", "--worklist", "claims.xlsx"]);
    let blank = offices.ended("huiji", &["disputed", "answers", "claims.xlsx"], 3);
    assert!(blank["error"].as_str().expect("words").contains("nothing is filled in"), "{blank}");
    let filled = |opinion: &str, why: &str| {
        let text = format!("编号,本区意见（填 认领 或 退回）,理由\n{id},{opinion},{why}\n");
        offices.room.write("claims.csv", &text);
    };
    let before = offices.health("huiji");
    for (opinion, why) in [("也许", "现场核实"), ("认领", "")] {
        filled(opinion, why);
        let refused = offices.ended("huiji", &["disputed", "answers", "claims.csv"], 3);
        assert!(refused["error"].as_str().expect("words").contains("row 2"), "{refused}");
    }
    assert_eq!(offices.health("huiji"), before);
    filled("认领", "现场核实");
    assert_eq!(number(&offices.done("huiji", &["disputed", "answers", "claims.csv"]), "new"), 1);
    assert_eq!(number(&offices.done("huiji", &["disputed", "answers", "claims.csv"]), "claims"), 1);
    let said = offices.done("huiji", &["disputed", "list"]);
    let row = said["rows"].as_array().expect("rows").iter().find(|r| r["id"] == id).expect("the row");
    assert_eq!(row["said"].as_array().map(Vec::len), Some(1), "said twice, kept once: {row}");
}

/// A package with a changed byte is refused and nothing changes.
fn tampered(offices: &Offices, package: &str) {
    let bytes = std::fs::read(offices.room.path().join(package)).expect("a package");
    let before = offices.health("city");
    for at in [3, 20, bytes.len() / 2, bytes.len() - 1] {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        std::fs::write(offices.room.path().join("changed.wupu"), changed).expect("written");
        offices.ended("city", &["receive", "changed.wupu"], 3);
    }
    std::fs::write(offices.room.path().join("changed.wupu"), &bytes[..bytes.len() - 9]).expect("written");
    offices.ended("city", &["receive", "changed.wupu"], 3);
    assert_eq!(offices.health("city"), before);
    assert!(!Path::new("changed.wupu").exists());
}

#[test]
fn a_list_goes_down_and_a_directory_comes_up() {
    story(&Offices::new("split", |office| format!("{office}.db")));
}

/// Runs where `WUPU_TEST_DATABASE` names a server, as `cargo xtask test` does.
#[test]
fn a_list_goes_down_and_a_directory_comes_up_on_postgresql() {
    let names = ["prov", "city", "xingyang", "huiji"];
    let schemas: Vec<Schema> = names.iter().filter_map(|name| Schema::new(name)).collect();
    if schemas.len() < names.len() {
        return;
    }
    let url = |office: &str| schemas[names.iter().position(|n| *n == office).expect("an office")].url.clone();
    story(&Offices::new("split-pg", url));
}
