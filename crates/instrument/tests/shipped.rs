//! The shipped package loads, whole, and passes its own cases.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;

use instrument::areas::extents;
use instrument::check::{CheckReport, WorkedExamples, text};
use instrument::difference::diff;
use instrument::explain::explain;
use instrument::files::{Bundle, Files, Folder};
use instrument::model::{AreaLevel, Instrument};
use instrument::problem::Problems;
use instrument::read::{Reading, read};
use instrument::show::show;

fn package() -> Folder {
    Folder::new(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../instruments/cn-2017"))
}

fn shipped() -> &'static Reading {
    static READ: OnceLock<Reading> = OnceLock::new();
    READ.get_or_init(|| read(&package(), true))
}

fn instrument() -> &'static Instrument {
    &shipped().instrument
}

#[test]
fn the_second_census_loads_and_passes_its_cases() {
    let report = CheckReport::of(shipped());
    assert!(report.sound && report.errors == 0, "{report}");
    assert_eq!((report.forms, report.items, report.rules), (66, 1688, 270));
    let of = &report.items_of;
    assert_eq!((of.forms, of.common, of.reference), (1632, 12, 44));
    assert_eq!(report.fields, of.seen + of.recalled + of.decided);
    let provisional = &report.provisional;
    assert_eq!((provisional.recalled, provisional.of, provisional.per_cent.as_str()), (of.recalled, 1971, "49.1"));
    assert_eq!(report.cases.failed, 0);
    // Every part that is not implemented elsewhere has a line that passes and one that fails.
    assert!(report.cases.passed as usize >= 2 * (report.rule_parts - report.natives.len()));
    assert!(report.natives.iter().all(|n| n.function.is_some() != n.needs.is_some()), "{:?}", report.natives);
    let (factors, details) = (&report.factors, &report.factor_details);
    assert_eq!(details.rows, 24_391);
    assert_eq!(details.rows, factors.accepted + factors.quarantined + factors.refused);
    assert_eq!(factors.quarantined, details.quarantined_by_reason.values().sum::<usize>());
    assert_eq!(details.refused_by_reason.get("gen_unresolved"), Some(&factors.refused));
    assert_eq!(details.k_families.values().sum::<usize>(), factors.accepted);
    let json = serde_json::to_value(&report).unwrap_or_default();
    assert_eq!(json["ok"], true);
    assert!(json["worked_examples"].is_null());
    for key in ["forms", "items", "fields", "lists", "rules", "rule_parts"] {
        assert!(json[key].is_u64(), "{key}: {}", json[key]);
    }
    for (object, key) in [
        ("factors", "accepted"),
        ("factors", "quarantined"),
        ("factors", "refused"),
        ("cases", "passed"),
        ("cases", "failed"),
    ] {
        assert!(json[object][key].is_u64(), "{object}.{key}: {}", json[object][key]);
    }
}

#[test]
fn a_check_tells_everything_in_both_languages() {
    let mut report = CheckReport::of(shipped());
    report.worked_examples = Some(WorkedExamples {
        passed: 17,
        pending: vec![("EX-07".to_owned(), "monitoring".to_owned())],
        ..WorkedExamples::default()
    });
    let (zh, en) = (text(&report, true), text(&report, false));
    for page in [&zh, &en] {
        let details = &report.factor_details;
        for (reason, rows) in details.quarantined_by_reason.iter().chain(&details.refused_by_reason) {
            holds_end(page, &format!("{reason} {rows}"));
        }
        for rule in &report.natives {
            let what = rule.function.as_ref().or(rule.needs.as_ref());
            assert!(what.is_some_and(|w| page.lines().any(|l| l.contains(&rule.code) && l.contains(w))), "{rule:?}");
        }
        for problem in &report.problems {
            holds_end(page, &problem.to_string());
        }
    }
    holds(&zh, "核算算例 17 个重现到印出的位数（其中 0 个依据凭回忆的系数），0 个不符，1 个待其他方法");
    holds(&zh, "待 EX-07：monitoring");
    holds(&en, "checks 270 in 1074 parts; 30 parts are no condition over rows:");
    holds(&en, "waits EX-07: monitoring");
    let english_words = en.lines().filter(|l| l.starts_with(char::is_alphabetic) && !l.contains(&report.title));
    assert!(english_words.clone().all(|l| l.is_ascii()), "{:?}", english_words.collect::<Vec<_>>());
}

/// Whether a line ends like this.
#[track_caller]
fn holds_end(page: &str, expect: &str) {
    assert!(page.lines().any(|l| l.ends_with(expect)), "no line ends with {expect:?} in\n{page}");
}

#[test]
fn the_flags_of_the_hub_form_say_which_forms_are_due() {
    let industrial = instrument().respondents.iter().find(|r| r.code == "industrial");
    let owed = industrial.map(|r| r.forms.as_slice()).unwrap_or_default();
    let of = |form: &str| owed.iter().find(|o| o.form == form).map(|o| (o.when.as_str(), o.exact));
    assert_eq!(of("G101-1"), Some(("", false)));
    // Flag 16 to flag 31; 24 stands for two forms, 31 waits for the initial measurement.
    let pairs = [
        (16, "G102"),
        (17, "G103-1"),
        (18, "G103-2"),
        (19, "G103-3"),
        (20, "G103-4"),
        (21, "G103-5"),
        (22, "G103-6"),
        (23, "G103-7"),
        (25, "G103-10"),
        (26, "G103-11"),
        (27, "G103-12"),
        (28, "G103-13"),
        (29, "G104-1"),
        (30, "G104-2"),
    ];
    for (flag, form) in pairs {
        assert_eq!(of(form), Some((format!("[{flag}] = 1").as_str(), true)), "{form}");
    }
    assert_eq!(of("G103-8"), Some(("[24] = 1 and not exists(G103-9)", false)));
    assert_eq!(of("G103-9"), Some(("[24] = 1 and not exists(G103-8)", false)));
    assert_eq!(of("G107"), Some(("[31] = 1 and QC6[08] = 1", true)));
}

#[test]
fn twenty_nine_offices_report_to_the_province() {
    let province = "410000000000";
    let areas = &instrument().areas;
    // 省直辖县级行政区划 is a row of the code table without an office: all below it report elsewhere.
    let office = |code: &str| {
        let mut below = areas.iter().filter(|a| a.level == AreaLevel::County && a.parent == code).peekable();
        below.peek().is_none() || below.any(|a| a.reports_to == code)
    };
    let children: Vec<&str> =
        areas.iter().filter(|a| a.reports_to == province && office(&a.code)).map(|a| a.code.as_str()).collect();
    assert_eq!(children.len(), 29, "{children:?}");
    // Directly administered counties and the airport zone lie under a city by code.
    for code in ["410181000000", "410225000000", "411729000000", "410173000000"] {
        assert!(children.contains(&code), "{code}");
    }
    let villages = instrument().areas.iter().filter(|a| a.level == AreaLevel::Village).count();
    assert_eq!(villages, 50_757);
    let mut problems = Problems::default();
    let boxes = extents(&package(), &mut problems);
    assert!(problems.0.is_empty() && boxes.len() == 175, "{}", boxes.len());
    let xingyang = boxes["410182000000"];
    // 荥阳 lies near 113.4 E, 34.8 N.
    assert!(xingyang.west < 1134 * 3_600_000 && 1134 * 3_600_000 < xingyang.east, "{xingyang:?}");
    assert!(xingyang.south < 348 * 3_600_000 && 348 * 3_600_000 < xingyang.north, "{xingyang:?}");
}

#[test]
fn every_unit_of_measure_has_a_printed_name() {
    let named = instrument().list("unit").map(|l| l.members.as_slice()).unwrap_or_default();
    let items = instrument().forms.iter().flat_map(|f| &f.items);
    let bare: BTreeSet<&str> = items
        .map(|i| i.measure.text.as_str())
        .filter(|unit| !unit.is_empty() && !named.iter().any(|m| m.code == *unit))
        .collect();
    assert!(bare.is_empty(), "{bare:?}");
}

/// Whether a page holds a line that reads like this when its blanks are pressed together.
#[track_caller]
fn holds(page: &str, expect: &str) {
    let pressed: Vec<String> = page.lines().map(|l| l.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert!(pressed.iter().any(|l| l == expect), "no line {expect:?} in\n{page}");
}

#[test]
fn a_form_is_shown_with_codes_units_and_marks() {
    let page = |code: &str| instrument().form(code).map(|f| show(instrument(), f)).unwrap_or_default();
    let g102 = page("G102");
    holds(&g102, "G102 工业企业废水治理与排放情况 （基表）");
    holds(&g102, "填报条件：G101-1 [16] = 1（不符合时不得填报）");
    holds(&g102, "01 取水量 立方米 整数 必填 编号推定 S:VUE S:XLS #R");
    holds(&g102, "设施（facility，每个一行）");
    holds(&g102, "16 废水总排放口编号 文字，至多6字 条件 S:SQL");
    holds(&g102, "24 化学需氧量排放量 吨 数，至多3位小数 条件 【暂定】R (order as in G106-2 S:VUE)");
    for form in &instrument().forms {
        let page = show(instrument(), form);
        let marked = page.matches("【暂定").count();
        let common = instrument().common.iter().filter(|i| i.provenance.provisional()).count();
        let recalled = form.items.iter().filter(|i| i.provenance.provisional()).count();
        // One more in the sentence that warns.
        assert_eq!(marked, recalled + common + usize::from(recalled > 0), "{}", form.code);
    }
}

#[test]
fn a_rule_is_explained_with_what_it_reads() {
    let page = explain(instrument(), "C007").unwrap_or_default();
    holds(&page, "适用：G102 工业企业废水治理与排放情况，设施（facility）每行");
    holds(&page, "[11] <= [08] / 24 h/d * [10] * param(\"treatment_overload\")");
    holds(&page, "G102/facility[08] 设施处理能力（立方米/日） 整数 编号推定 S:VUE #R");
    holds(&page, "treatment_overload = 1.2 年实际处理水量与设施处理能力之比上限 【暂定】");
    holds(&page, "[08] 空，[10] 7200，[11] 72000 → 无法计算（缺数）");
    // A check with parts is explained part by part.
    assert!(explain(instrument(), "B016").is_some_and(|p| p.contains("B016.1") && p.contains("B016.2")));
    assert_eq!(explain(instrument(), "C999"), None);
}

#[test]
fn two_packages_are_compared() {
    assert_eq!(diff(instrument(), instrument()).to_string(), "没有差别\n");
    let mut bundle = Bundle::of(&package());
    let mut edit = |file: &str, from: &str, to: &str| {
        let text = String::from_utf8(bundle.read(file).unwrap_or_default()).unwrap_or_default();
        assert!(text.contains(from), "{file} has no {from}");
        bundle.insert(file, text.replacen(from, to, 1));
    };
    edit("forms/G102.csv", "其他工业企业供水,supplied by other industrial enterprises,m3,I", "外购水,bought,m3,D1");
    edit("forms/G101-1.csv", "\n32,", "\n33,");
    edit("lists/yes_no.csv", ",否,", ",无,");
    edit("parameters.toml", "value = \"1.2\"", "value = \"1.3\"");
    let new = read(&bundle, false).instrument;
    let found = diff(instrument(), &new);
    assert_eq!(found.items.added, ["G101-1[33]"]);
    assert_eq!(found.items.removed, ["G101-1[32]"]);
    let text = found.to_string();
    for expect in [
        "指标：新增 1，删除 1，改动 1",
        "  ~ G102[05]",
        "      name: 其他工业企业供水 → 外购水",
        "      type: Number { scale: 0 } → Number { scale: 1 }",
        "  ~ yes_no:2",
        "      name: 否 → 无",
        "      value: 1.2 → 1.3",
    ] {
        assert!(text.lines().any(|l| l == expect), "no {expect:?} in\n{text}");
    }
    assert!(found.rules.is_empty() && found.factors.is_empty() && found.areas.is_empty());
}
