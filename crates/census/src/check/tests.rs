use instrument::model::Instrument;

use super::*;
use crate::check::{message, messages};
use crate::sample::{instrument, unit};

const RULES: &str = "C005 error G102: [01] = [02] + [03]
    C006 verify G102/facility: [11] <= [08] / 24 h/d * [10]
    B001 error G101-1: [16] = 1 <=> exists(G102)
    C018 verify G101-1: if [13] = 1 then [14] > 0 and [14] <= param(\"hours\")
    X001 verify G102: sum(G102/outlet[22]) <= [01]
    D001 error G102: unique(H[2])
    A019 verify *: native census::check::codes
    M001 error area: native census::tabulate::additive";

fn day() -> Context {
    Context::on(2018, 8, 1).expect("a day")
}

fn text(checker: &Checker<'_>, checked: &Checked, units: &[UnitSheets]) -> String {
    let line = |f: &Finding| {
        let unit = units.iter().find(|u| u.unit == f.unit);
        let values: Vec<String> = f.values.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let words = message(checker, f, unit, &day());
        format!("{} {} {} {} | {} | {words}\n", f.unit, f.rule, f.table, f.row, values.join(" "))
    };
    checked.findings.iter().map(line).collect()
}

fn worded() -> Instrument {
    let mut instrument = instrument(RULES);
    instrument.rules[0].message = "取水量({[01]})应等于各项之和({[02]+[03]})，相差{[01]-[02]-[03]}立方米".into();
    instrument
}

/// Sheets of one unit in; findings out.
#[track_caller]
fn check(sheets: &str, expect: &str) {
    let instrument = worded();
    let checker = Checker::new(&instrument);
    assert_eq!(checker.problems(), []);
    let units = [unit("u1", sheets)];
    let checked = run(&checker, &units, &day());
    assert_eq!(text(&checker, &checked, &units), expect);
    // All at once say what each says alone.
    let each = |f: &Finding| message(&checker, f, Some(&units[0]), &day());
    let alone: Vec<String> = checked.findings.iter().map(each).collect();
    assert_eq!(messages(&checker, &checked.findings, &units[0], &day()), alone);
}

#[test]
fn a_clean_unit_has_no_finding() {
    check(
        "G101-1 01=甲 03.1.code=3011 13=1 14=8000 16=1
         G102 01=100 02=60 03=40 H2=91130200699229617X facility.08=24 facility.09=1100;1200 facility.10=10 facility.11=10 outlet.16=DW001 outlet.22=90",
        "",
    );
}

#[test]
fn rules_find_what_is_wrong_and_say_where() {
    check(
        "G101-1 01=甲 13=1 14=9000 16=2
         G102 01=1,000 02=60 03=40 H2=1 facility.08=24 facility.10=10 facility.11=10 facility#2.08=24 facility#2.10=10 facility#2.11=11",
        "\
u1 B001 G101-1 0 | [16]=2 | B001
u1 C018 G101-1 0 | [13]=1 [14]=9000 | C018
u1 R-FORM G102 0 |  | 不应填G102表《G102》，已填
u1 C005 G102 0 | [01]=1,000 [02]=60 [03]=40 | 取水量(1000)应等于各项之和(100)，相差900立方米
u1 C006 G102/facility 1 | [11]=11 [08]=24 [10]=10 | C006
u1 R-FORM G103-1 0 |  | 应填G103-1表《G103-1》，未填
",
    );
}

#[test]
fn reading_finds_what_no_rule_can_see() {
    check(
        "G101-1 01=甲 13=9 14=很久 16=2 99=x
         G109 01=5
         G102 01=5 02=-5 21=河边 facility.09=1100;7777 pool.01=3 F4=去年",
        "\
u1 R-READ G101-1 0 | [14]=很久 | G101-1[14]指标14“很久”：不是数字
u1 A019 G101-1 0 | [13]=9 | G101-1[13]指标13“9”不在代码表《op_status》内
u1 R-NAME G101-1 0 | [99]=x | 制度中没有G101-1[99]
u1 B001 G101-1 0 | [16]=2 | B001
u1 R-READ G102 0 | [02]=-5 | G102[02]指标02“-5”：不得为负
u1 R-READ G102 0 | [21]=河边 | G102[21]指标21“河边”：不是经纬度，应写作113°23′45.67″
u1 R-READ G102 0 | [F4]=去年 | G102[F4]指标F4“去年”：不是日期，应写作2017-12-31
u1 R-FORM G102 0 |  | 不应填G102表《G102》，已填
u1 R-NAME G102 0 |  | 制度中没有G102/pool
u1 C005 G102 0 | [01]=5 [02]=-5 [03]= | 取水量(5)应等于各项之和(空)，相差空立方米（无法核对：缺[02]、[03]）
u1 D001 G102 0 | H[2]= | D001（无法核对：缺H[2]）
u1 A019 G102/facility 0 | [09]=1100;7777 | G102/facility[09]指标09“1100;7777”不在代码表《method》内
u1 C006 G102/facility 0 | [11]= [08]= [10]= | C006（无法核对：缺[11]、[08]、[10]）
u1 R-NAME G109 0 |  | 制度中没有G109
",
    );
}

#[test]
fn blank_required_items_are_hints() {
    let instrument = instrument("");
    let checker = Checker::new(&instrument);
    let checked = run(&checker, &[unit("u1", "G101-1 01=甲")], &day());
    let found: Vec<String> =
        checked.findings.iter().map(|f| format!("{} {:?} {:?}", f.rule, f.grade, f.kind)).collect();
    assert_eq!(found, ["R-FILL Hint Blank { item: \"16\" }"]);
    let counts = |rule: &str| checked.counts[rule];
    assert_eq!((counts("R-FILL").pass, counts("R-FILL").fail), (1, 1));
    assert_eq!((counts("R-READ").pass, counts("R-READ").fail), (1, 0));
    // G101-1 is due and there; whether G102 and G103-1 are due cannot be said.
    assert_eq!((counts("R-FORM").pass, counts("R-FORM").not_computable), (1, 2));
}

#[test]
fn what_cannot_be_computed_is_counted_listed_or_not() {
    let instrument = instrument(RULES);
    let checker = Checker::new(&instrument);
    let mut units = many(600);
    for sheet in units.iter_mut().step_by(3).filter_map(|u| u.sheets.get_mut("G102")) {
        sheet.flat.remove("02");
    }
    let (all, failures) = (run(&checker, &units, &day()), run(&checker, &units, &day().failures_only()));
    assert_eq!(all.counts, failures.counts);
    let kept: Vec<Finding> = all.findings.iter().filter(|f| f.is_failure()).cloned().collect();
    assert!(kept.len() < all.findings.len());
    assert_eq!(kept, failures.findings);
}

#[test]
fn due_forms_follow_the_answers() {
    let instrument = instrument("");
    let checker = Checker::new(&instrument);
    let due = |sheets: &str| {
        let due = due_forms(&checker, &unit("u1", sheets), &day());
        due.iter().map(|d| format!("{} {:?}", d.form, d.due)).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(due(""), "G101-1 Some(true), G102 None, G103-1 None");
    assert_eq!(due("G101-1 16=1 14=100"), "G101-1 Some(true), G102 Some(true), G103-1 Some(false)");
    assert_eq!(due("G101-1 16=2 14=8760"), "G101-1 Some(true), G102 Some(false), G103-1 Some(true)");
}

/// Many units, some wrong in ways that depend on their number.
fn many(count: usize) -> Vec<UnitSheets> {
    let one = |n: usize| {
        let mut sheets = format!("G101-1 01=甲 13=1 14={} 16={}", n % 9000, 1 + usize::from(n.is_multiple_of(7)));
        if !n.is_multiple_of(5) {
            let rows: Vec<String> = (1..=n % 4)
                .map(|r| format!("facility#{r}.08={} facility#{r}.10=10 facility#{r}.11=10", 20 + n % 9))
                .collect();
            sheets +=
                &format!("\nG102 01={n} 02={} 03=1 H2=code{} {}", n.saturating_sub(1 + n % 3), n % 700, rows.join(" "));
        }
        unit(&format!("u{n:05}"), &sheets)
    };
    (0..count).map(one).collect()
}

#[test]
fn one_unit_alone_is_the_same_as_in_a_batch() {
    let rules: String = RULES.lines().filter(|l| !l.contains("unique")).collect::<Vec<_>>().join("\n");
    let instrument = instrument(&rules);
    let checker = Checker::new(&instrument);
    let units = many(1500);
    let together = run(&checker, &units, &day());
    assert!(together.findings.len() > 1000, "{}", together.findings.len());
    let mut alone = Checked::default();
    for unit in &units {
        let one = run(&checker, std::slice::from_ref(unit), &day());
        alone.findings.extend(one.findings);
        for (rule, counts) in one.counts {
            alone.counts.entry(rule).or_default().add(&counts);
        }
    }
    assert_eq!(together, alone);
}

#[test]
fn rules_that_compare_units_see_all_of_them() {
    let instrument = instrument(RULES);
    let checker = Checker::new(&instrument);
    let mut units = many(1500);
    for unit in &mut units {
        unit.sheets.remove("G101-1");
    }
    units[3]
        .sheets
        .insert("G102".into(), unit("x", "G102 01=1 02=1 03=0 H2=code7").sheets.remove("G102").expect("it is there"));
    let checked = run(&checker, &units, &day());
    let twice = checked.findings.iter().filter(|f| f.rule == "D001").count() as u64;
    assert_eq!(checked.counts["D001"].fail, twice);
    // Codes repeat every 700 units, far beyond one chunk.
    assert!(twice > 500, "{twice}");
}

#[cfg(feature = "parallel")]
#[test]
fn any_number_of_threads_gives_the_same() {
    let instrument = instrument(RULES);
    let checker = Checker::new(&instrument);
    let units = many(3000);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| run(&checker, &units, &day()))
    };
    let one = with(1);
    assert_eq!(one, with(2));
    assert_eq!(one, with(7));
}

#[test]
fn rules_done_elsewhere_are_named_never_passed() {
    let instrument = instrument(RULES);
    let checker = Checker::new(&instrument);
    assert_eq!(checker.unchecked(), [("M001".to_owned(), "census::tabulate::additive".to_owned())]);
    assert!(!run(&checker, &[unit("u1", "G101-1 01=甲 16=2")], &day()).counts.contains_key("M001"));
}

#[test]
fn a_rule_that_does_not_compile_is_named() {
    let instrument = instrument("C001 error G102: [01] = [99]");
    let checker = Checker::new(&instrument);
    assert_eq!(checker.problems()[0].0, "C001");
}

#[test]
fn units_that_are_compared_are_found_in_parts_too() {
    let instrument = worded();
    let checker = Checker::new(&instrument);
    let sheet = "G101-1 01=甲 16=1
         G102 01=1 02=1 03=0 H2=91130200699229617X facility.08=24";
    let units = [unit("u1", sheet), unit("u2", "G101-1 01=乙"), unit("u3", sheet)];
    let whole = run(&checker, &units, &day());
    let twice = whole.findings.iter().filter(|f| f.rule == "D001" && f.is_failure()).count();
    assert_eq!(twice, 2, "one code on two sheets");
    let mut running = Running::new(&checker, day());
    for unit in &units {
        running.add(std::slice::from_ref(unit));
    }
    assert_eq!(running.finish(), whole);
}

#[test]
fn one_unit_checked_again_keeps_what_was_found_by_comparison_while_it_stands() {
    let instrument = worded();
    let checker = Checker::new(&instrument);
    let sheet = "G101-1 01=甲 16=1
         G102 01=1 02=1 03=0 H2=91130200699229617X facility.08=24";
    let units = [unit("u1", sheet), unit("u2", sheet)];
    let whole = run(&checker, &units, &day());
    let of_u1: Vec<Finding> = whole.findings.into_iter().filter(|f| f.unit == "u1").collect();
    let rule = |findings: &[Finding], code: &str| findings.iter().find(|f| f.rule == code).cloned();
    assert!(rule(&of_u1, "D001").is_some_and(|f| f.is_failure()), "one code on two sheets");
    // Nothing changed: all stands as it was, in the same order.
    assert_eq!(again(&checker, &units[0], &of_u1, &day()).findings, of_u1);
    // Another item changed: the comparison stands, the unit's own rule is judged anew.
    let wrong = unit("u1", &sheet.replace(" 02=1 ", " 02=9 "));
    let found = again(&checker, &wrong, &of_u1, &day()).findings;
    assert!(rule(&found, "C005").is_some());
    assert_eq!(rule(&found, "D001"), rule(&of_u1, "D001"));
    // The compared code itself changed: whether it is unique is not known until all are checked.
    let other = unit("u1", &sheet.replace("91130200699229617X", "D2143569X"));
    let found = rule(&again(&checker, &other, &of_u1, &day()).findings, "D001").expect("it is still named");
    assert!(!found.is_failure());
    assert_eq!(found.values, [("H[2]".to_owned(), "D2143569X".to_owned())]);
    // The sheet is gone: so is its row.
    let gone = unit("u1", "G101-1 01=甲 16=2");
    assert_eq!(rule(&again(&checker, &gone, &of_u1, &day()).findings, "D001"), None);
}
