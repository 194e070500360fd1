use std::path::Path;

use super::super::ScaleRemarkKind;
use super::*;
use crate::files::{Bundle, Folder};

fn real() -> (FactorLibrary, Problems) {
    let mut problems = Problems::default();
    let folder = Folder::new(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../instruments/cn-2017"));
    let library = FactorLibrary::load(&folder, &mut problems);
    (library, problems)
}

#[test]
fn every_row_of_the_second_census_is_accounted_for() {
    let (library, problems) = real();
    assert_eq!(problems.0.iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::<String>::new());
    let counts = library.counts();
    assert!(library.method.is_some());
    assert_eq!(counts.rows, 24_391);
    assert!(counts.adds_up());
    let show = |by: &BTreeMap<String, usize>| by.iter().map(|(r, n)| format!("{r} {n}")).collect::<Vec<_>>().join(", ");
    assert_eq!(show(&counts.refused), "gen_unresolved 192");
    assert_eq!(
        show(&counts.quarantined),
        "activity_unit_check 328, damaged-pollutant 4, dragfill_suspect 16, formula-unit 83, inconsistent_backcalc 438, \
         scale-damaged 27, scale-filldown 14, suspect_unit_g 8, suspect_unit_high 85, unit-mismatch 1, \
         unknown-variable 4, unparsed-basis 11, unparsed-coefficient 1, unparsed-unit 111"
    );
    let families: Vec<String> = counts.k_families.iter().map(|(family, n)| format!("{family} {n}")).collect();
    println!("{}", families.join(", "));
    assert_eq!(counts.k_families.values().sum::<usize>(), counts.accepted);
    assert_eq!(counts.k_families.get("special"), Some(&1));
}

#[test]
fn scale_classes_of_the_second_census() {
    let (library, _) = real();
    let remarks = library.scale_remarks();
    let count = |kind| remarks.iter().filter(|r| r.kind == kind).count();
    assert_eq!(count(ScaleRemarkKind::Overlap), 0);
    assert_eq!(count(ScaleRemarkKind::WholeNumberBand), 21);
    let gaps: Vec<&str> =
        remarks.iter().filter(|r| r.kind == ScaleRemarkKind::Gap).map(|r| r.detail.as_str()).collect();
    // 60 000 birds a day belong to no class; a class of 4610 is quarantined.
    assert_eq!(gaps, ["(-, 60000) 只/日 | (60000, -) 只/日", "(-, 50000] 吨/日 | [300000, -) 吨/日"]);
}

#[test]
fn tables_of_a_unit() {
    let (library, _) = real();
    let tables = |classes: &[&str]| {
        let classes: Vec<String> = classes.iter().map(|c| (*c).to_owned()).collect();
        let found = library.tables_for(&classes);
        let show = |t: &super::super::Table<'_>| format!("{}{}", if t.by.is_some() { "→" } else { "" }, t.industry);
        found.iter().map(show).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(tables(&["3011"]), "3011 →4430 →4411、4412");
    assert_eq!(tables(&["3484"]), "33-37 33-37、431-434 →4430 →4411、4412 →2926");
    assert_eq!(tables(&["2110"]), "211 →4430 →4411、4412");
    assert_eq!(tables(&["4430", "4412"]), "4411、4412 4430");
    let kiln = Combination::of("", "熟料", "钙、硅铝、铁质原料", "新型干法（窑尾）");
    let found = library.of_combination("3011", &kiln);
    assert!(
        found.iter().any(|f| f.pollutant == "颗粒物" && f.treatment == "袋式除尘" && f.coefficient.text == "118.212")
    );
    assert_eq!(library.of_combination("3012", &kiln).len(), 0);
}

/// A package with one coefficient row; the cells given replace those of a good row.
fn one_row(cells: &str) -> String {
    let mut good: Vec<(&str, &str)> = HEADINGS.iter().map(|h| (*h, "")).collect();
    let mut set = |name: &str, value: &'static str| {
        for cell in good.iter_mut().filter(|(heading, _)| *heading == name) {
            cell.1 = value;
        }
    };
    for (name, value) in [
        ("industry_code", "3011"),
        ("scale", "所有规模"),
        ("pollutant", "颗粒物"),
        ("unit", "kg/t"),
        ("generation_coefficient", "1.5"),
        ("treatment_name", "袋式除尘"),
        ("removal_efficiency", "99"),
        ("k_formula", "k=1"),
        ("medium", "废气"),
        ("basis", "产品"),
    ] {
        set(name, value);
    }
    let cells: Vec<(String, String)> = cells
        .split(';')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let row: Vec<String> = good
        .iter()
        .map(|(heading, value)| {
            cells.iter().find(|(name, _)| name == heading).map_or((*value).to_owned(), |(_, value)| value.clone())
        })
        .collect();
    let (real, mut problems) =
        (Folder::new(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../instruments/cn-2017")), Problems::default());
    let mut files = Bundle::default();
    for path in [
        "edition.toml",
        "indicators.csv",
        "pollutant_texts.csv",
        "variables.csv",
        "references.csv",
        "untreated.csv",
        "odd_scales.csv",
        "k_texts.csv",
    ] {
        let path = format!("factors/{path}");
        files.insert(&path, crate::files::Files::read(&real, &path).expect("the file is there"));
    }
    files.insert("factors/industrial/30.csv", format!("{}\r\n{}\r\n", HEADINGS.join(","), row.join(",")));
    let library = FactorLibrary::load(&files, &mut problems);
    let aside = |kind: &str, row: &SetAside| format!("{kind} {} {} {}:{}", row.reason, row.detail, row.file, row.line);
    match (library.factors.first(), library.quarantined.first(), library.refused.first()) {
        (Some(f), None, None) => format!(
            "{} {} {} | {} {} | {} {}{}",
            f.pollutant,
            f.coefficient,
            f.unit,
            f.treatment,
            f.efficiency,
            f.k.family(),
            f.variant,
            if f.note.is_empty() { String::new() } else { format!(" // {}", f.note) }
        ),
        (None, Some(row), None) => aside("quarantined", row),
        (None, None, Some(row)) => aside("refused", row),
        _ => "not exactly one".to_owned(),
    }
}

#[test]
fn one_row_at_a_time() {
    let check = |cells: &str, expect: &str| assert_eq!(one_row(cells), expect, "{cells}");
    check("", "颗粒物 1.5 kg/t | 袋式除尘 99 | constant ");
    check("pollutant=颗粒物（烟煤）;variant=锅炉", "颗粒物 1.5 kg/t | 袋式除尘 99 | constant 锅炉，烟煤");
    check("treatment_name=直排;removal_efficiency=", "颗粒物 1.5 kg/t | 直排 0 | not-given ");
    check("removal_efficiency=", "颗粒物 1.5 kg/t | 袋式除尘  | constant ");
    check("removal_efficiency=70，③高效", "颗粒物 1.5 kg/t | 袋式除尘 70 | constant  // ③高效");
    check("generation_coefficient=1.25A", "颗粒物 1.25A kg/t | 袋式除尘 99 | constant ");
    check("flags=gen_unresolved|x", "refused gen_unresolved gen_unresolved|x factors/industrial/30.csv:2");
    check(
        "flags=orig_text|suspect_unit_g",
        "quarantined suspect_unit_g orig_text|suspect_unit_g factors/industrial/30.csv:2",
    );
    check("flags=unit_uncertain;unit=kg?/t", "quarantined unparsed-unit `kg?/t` factors/industrial/30.csv:2");
    check("unit=m3/t", "quarantined unit-mismatch `m3/t` for 颗粒物 in t factors/industrial/30.csv:2");
    check("pollutant=氦", "quarantined unmapped-pollutant `氦` (废气) factors/industrial/30.csv:2");
    check(
        "generation_coefficient=未检出",
        "quarantined unknown-variable `未检出` in `未检出` factors/industrial/30.csv:2",
    );
    check("generation_coefficient=-1", "quarantined negative-coefficient -1 factors/industrial/30.csv:2");
    check(
        "generation_coefficient=1.25A;unit=kg/GJ",
        "quarantined formula-unit `1.25A` per GJ factors/industrial/30.csv:2",
    );
    check("removal_efficiency=101", "quarantined efficiency-out-of-range 101 factors/industrial/30.csv:2");
    check("scale=很大", "quarantined unparsed-scale `很大` factors/industrial/30.csv:2");
    check("basis=", "quarantined unparsed-basis `` factors/industrial/30.csv:2");
}

#[test]
fn mistakes_in_the_small_tables_have_a_place() {
    let real = Folder::new(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../instruments/cn-2017"));
    let check = |path: &str, from: &str, to: &str, expect: &str| {
        let mut files = Bundle::default();
        for known in crate::files::Files::under(&real, "factors/", "") {
            if !known.contains("/industrial/") || known.ends_with("/16.csv") {
                files.insert(&known, crate::files::Files::read(&real, &known).expect("the file is there"));
            }
        }
        let text =
            String::from_utf8(crate::files::Files::read(&files, path).expect("the file is there")).expect("text");
        assert!(text.contains(from), "{path} has {from}");
        files.insert(path, text.replacen(from, to, 1));
        let mut problems = Problems::default();
        FactorLibrary::load(&files, &mut problems);
        // Only the tobacco table is there: what borrows from others says so.
        problems.0.retain(|p| p.file != "factors/references.csv" || p.line > 0);
        assert_eq!(problems.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | "), expect);
    };
    check(
        "factors/indicators.csv",
        "五日生化需氧量,废水,t,",
        "五日生化需氧量,废水,筐,",
        "factors/indicators.csv:9 [measure]: `筐` is not a unit; t, kg, 10^4 m3",
    );
    check(
        "factors/k_texts.csv",
        ",synchronous,",
        ",synchron,",
        "factors/k_texts.csv:26 [family]: unknown family of k `synchron`; did you mean `synchronous`?",
    );
    check(
        "factors/odd_scales.csv",
        ",named,",
        ",name,",
        "factors/odd_scales.csv:22 [use]: unknown use `name`; did you mean `named`?",
    );
    check(
        "factors/variables.csv",
        "0.01,10,R",
        "0.01,zehn,R",
        "factors/variables.csv:2 [high]: `zehn` is not a number",
    );
    check(
        "factors/edition.toml",
        "refuse =",
        "refuses =",
        "factors/edition.toml:7: unknown field `refuses`, expected one of `edition`, `title`, `source`, `refuse`, `quarantine`",
    );
}
