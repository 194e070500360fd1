use super::*;

fn row(line: &str) -> AreaRow {
    let cells: Vec<&str> = line.split(',').map(str::trim).collect();
    let level = match cells[2] {
        "province" => AreaLevel::Province,
        "city" => AreaLevel::City,
        "county" => AreaLevel::County,
        "town" => AreaLevel::Town,
        _ => AreaLevel::Village,
    };
    let pad = |s: &str| if s.is_empty() { String::new() } else { format!("{s:0<12}") };
    AreaRow {
        code: pad(cells[0]),
        name: cells[1].to_owned(),
        level,
        parent: pad(cells[3]),
        reports_to: pad(cells[4]),
        urban_rural: String::new(),
    }
}

fn sample() -> AreaTree {
    let (tree, problems) = AreaTree::build(
        &"41,河南省,province,,
          4101,郑州市,city,41,
          410182,荥阳市,county,4101,
          410182001,索河街道,town,410182,
          410182001001,演武路社区,village,410182001,
          410181,巩义市,county,4101,41
          4190,省直辖县级行政区划,city,41,
          419001,济源市,county,4190,41
          4115,信阳市,city,41,
          411502,浉河区,county,4115,
          410103,新华区,county,4101,
          411503,新华区,county,4115,"
            .lines()
            .map(row)
            .collect::<Vec<_>>(),
    );
    assert_eq!(problems, []);
    tree
}

fn codes(list: &[AreaCode]) -> String {
    list.iter().map(|c| c.short()).collect::<Vec<_>>().join(" ")
}

fn code(text: &str) -> AreaCode {
    text.parse().unwrap()
}

#[test]
fn the_two_trees_differ_where_counties_report_to_the_province() {
    let tree = sample();
    let city = code("4101");
    assert_eq!(codes(tree.children(Tree::Code, city)), "410103 410181 410182");
    assert_eq!(codes(tree.children(Tree::Reporting, city)), "410103 410182");
    assert_eq!(codes(tree.children(Tree::Code, code("41"))), "4101 4115 4190");
    assert_eq!(codes(tree.children(Tree::Reporting, code("41"))), "4101 410181 4115 419001");
    assert!(tree.within(Tree::Code, code("410181"), city));
    assert!(!tree.within(Tree::Reporting, code("410181"), city));
    assert_eq!(codes(&tree.subtree(Tree::Reporting, code("410182"))), "410182 410182001 410182001001");
    assert_eq!(codes(&tree.ancestors(Tree::Reporting, code("410181"))), "41");
    assert_eq!(tree.at_level(Tree::Code, code("410182001001"), AreaLevel::County), Some(code("410182")));
    assert_eq!(tree.at_level(Tree::Reporting, code("419001"), AreaLevel::City), None);
    assert_eq!(codes(&tree.roots(Tree::Reporting).map(|a| a.code).collect::<Vec<_>>()), "41");
    // Every area is somewhere below the root by code; by reporting all but the container.
    assert_eq!(tree.subtree(Tree::Code, code("41")).len(), tree.len());
    assert_eq!(tree.subtree(Tree::Reporting, code("41")).len(), tree.len() - 1);
}

#[track_caller]
fn check_resolve(given: &str, expect: &str) {
    let got = match sample().resolve(given) {
        Ok(code) => code.to_string(),
        Err(problem) => problem.to_string(),
    };
    assert_eq!(got, expect, "{given}");
}

#[test]
fn areas_are_found_by_code_and_by_name() {
    check_resolve("410182", "410182000000");
    check_resolve("４１０１８２", "410182000000");
    check_resolve("410182001001", "410182001001");
    check_resolve("荥阳市", "410182000000");
    check_resolve("河南省郑州市荥阳市", "410182000000");
    check_resolve("河南省 荥阳市", "410182000000");
    check_resolve("信阳市荥阳市", "no area is named 信阳市荥阳市");
    check_resolve("新华区", "新华区 names several areas: 410103000000, 411503000000; write the path from the province");
    check_resolve("郑州市新华区", "410103000000");
    check_resolve("410199", "area code 410199000000 is not in the area table; 410100000000 郑州市 exists");
    check_resolve("4101823", "area code 4101823: 7 digits; give 2, 4, 6, 9 or 12 digits");
    check_resolve("41018A", "area code 41018A: character 6 is not a digit");
    check_resolve(" ", "area is blank; give a 12-digit code");
}

#[track_caller]
fn check_enumeration_area(given: &str, expect: &str) {
    let got = given.parse::<EnumerationArea>().map_or_else(|p| p.to_string(), |a| a.to_string());
    assert_eq!(got, expect);
}

#[test]
fn enumeration_areas_take_one_letter() {
    check_enumeration_area("410182001001", "410182001001");
    check_enumeration_area("410182001001b", "410182001001B");
    check_enumeration_area(
        "410182001001AB",
        "enumeration area 410182001001AB: AB after the 12 digits; at most one letter A-Z is allowed",
    );
    check_enumeration_area(
        "4101820010011",
        "enumeration area 4101820010011: 1 after the 12 digits; at most one letter A-Z is allowed",
    );
    check_enumeration_area("410182", "area code 410182: 6 digits; give 2, 4, 6, 9 or 12 digits");
}

#[test]
fn rows_that_cannot_be_placed_are_named() {
    let rows = [
        "41,河南省,province,,",
        "41,河南省,province,,",
        "410182,荥阳市,county,4101,",
        "410182001,索河街道,town,410182,",
        "52,贵州省,city,10,",
    ]
    .map(row);
    let (tree, problems) = AreaTree::build(&rows);
    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "area 410000000000 is listed twice; keep one row",
            "area 410182000000: its parent 410100000000 is not in the area table; placed under 410000000000",
            "area 520000000000: its parent 100000000000 is not in the area table; it is left out",
        ]
    );
    assert_eq!(codes(&tree.subtree(Tree::Code, code("41"))), "41 410182 410182001");
    let circle = ["4101,甲,city,4102,", "4102,乙,city,4101,"].map(row);
    assert_eq!(AreaTree::build(&circle).1.len(), 2);
}

#[test]
fn codes_are_cut_and_compared_by_digits() {
    assert_eq!(code("410182001003").cut(6), code("410182"));
    assert!(code("410182001003").under(code("4101")));
    assert!(!code("410182001003").under(code("4102")));
    assert_eq!(code("410182").short(), "410182");
    assert_eq!(serde_json::to_string(&code("410182")).unwrap(), "\"410182000000\"");
}
