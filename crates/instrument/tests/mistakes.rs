//! One wrong cell, word or line in a package, and the error that names file, line, column and remedy.

use std::path::Path;
use std::sync::OnceLock;

use expr::Severity;
use instrument::files::{Bundle, Files, Folder};
use instrument::read::read;

/// The shipped package without what takes long to read: villages, coefficients, most rules.
fn base() -> &'static Bundle {
    static BASE: OnceLock<Bundle> = OnceLock::new();
    BASE.get_or_init(|| {
        let folder = Folder::new(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../instruments/cn-2017"));
        let mut bundle = Bundle::default();
        for path in folder.list() {
            let wanted = match path.split_once('/') {
                Some(("factors" | "practice" | "cases" | "methods" | "tables", _)) => false,
                Some(("rules", file)) => file == "C-G101-G102.md",
                _ => path != "areas/villages.csv",
            };
            if let Some(bytes) = folder.read(&path).filter(|_| wanted) {
                bundle.insert(&path, bytes);
            }
        }
        bundle.insert("areas/villages.csv", "code,name,urban_rural\n410182001001,索河社区居委会,111\n");
        bundle.insert(
            "tables/own.toml",
            "[[table]]\ncode = \"T01\"\ntitle = \"取水\"\nrows = [\"area\"]\ncolumns = [\n  { title = \"取水量\", unit = \"立方米\", value = \"sum(G102[01])\" },\n]\n",
        );
        bundle
    })
}

fn errors(bundle: &Bundle) -> Vec<String> {
    let reading = read(bundle, true);
    reading.problems.iter().filter(|p| p.severity == Severity::Error).map(ToString::to_string).collect()
}

/// Replaces the first `from` of a file by `to`; the package must then have exactly these errors.
#[track_caller]
fn check(file: &str, from: &str, to: &str, expect: &[&str]) {
    let mut bundle = base().clone();
    let text = String::from_utf8(bundle.read(file).unwrap_or_default()).unwrap_or_default();
    assert!(text.contains(from), "{file} has no {from:?}");
    bundle.insert(file, text.replacen(from, to, 1));
    assert_eq!(errors(&bundle), expect);
}

#[test]
fn cells_of_a_form() {
    let g102 = "forms/G102.csv";
    check(
        g102,
        "水利工程供水,water-project supply,m3,I",
        "水利工程供水,water-project supply,m4m,I",
        &[
            "forms/G102.csv:5 [unit]: `m4m` is not a unit of measure; write it as t, kg, 10^4 m3, mg/L, m3/d …, or `per unit` when each row says its own",
        ],
    );
    check(
        g102,
        "m3,I,,,Y,01=02+03+04+05",
        "m3,II,,,Y,01=02+03+04+05",
        &[
            "forms/G102.csv:2 [type]: `II` is not a type; write I, D1..D6, S(n), C:list, CODES:list:n, DATE, YM or ANGLE",
        ],
    );
    check(
        g102,
        "C:wastewater_type",
        "C:wastewater_typ",
        &["forms/G102.csv:8 [type]: unknown code list `wastewater_typ`; did you mean `wastewater_type`?"],
    );
    check(
        g102,
        "02,其中：城市自来水",
        "01,其中：城市自来水",
        &["forms/G102.csv:3 [item]: item `01` is there twice; give it its own number, or a part of one: `05.lon`"],
    );
    check(
        g102,
        "02,其中：城市自来水",
        ",其中：城市自来水",
        &["forms/G102.csv:3 [item]: the cell is empty; fill it, or delete the row"],
    );
    check(
        g102,
        ",S,S:VUE S:XLS #R",
        ",T,S:VUE S:XLS #R",
        &["forms/G102.csv:2 [mark]: unknown mark `T`; known: D, R, S"],
    );
    check(
        g102,
        "m3,I,,,Y,01=02+03+04+05",
        "m3,I,,,X,01=02+03+04+05",
        &["forms/G102.csv:2 [required]: unknown mark of duty `X`; known: C, N, O, Y"],
    );
    check(
        g102,
        "04,水利工程供水",
        "04,水利,工程供水",
        &["forms/G102.csv:5: 12 cells where the heading has 11; put text with commas in double quotes"],
    );
    check(
        g102,
        "item,name_zh",
        "item,name",
        &[
            "forms/G102.csv:1 [name]: unknown column `name`; did you mean `name_zh`?",
            "forms/G102.csv:1 [name_zh]: the column `name_zh` is missing",
        ],
    );
}

#[test]
fn lists_and_areas() {
    check(
        "lists/index.csv",
        "\nyes_no,",
        "\nyes_or_no,",
        &[
            "lists/yes_no.csv: the list is not in lists/index.csv; add a line for it",
            "lists/yes_or_no.csv: the file is missing; put it back, or take it out of the index",
        ],
    );
    check(
        "areas/towns.csv",
        "410102001000",
        "41010200100",
        &[
            "areas/towns.csv:2 [code]: `41010200100` is not a 12-digit area code; keep the column as text, with all its zeros",
        ],
    );
    check(
        "areas/towns.csv",
        "410102002000,",
        "410102001000,",
        &["areas/towns.csv:3 [code]: area `410102001000` is there twice; keep one of the rows"],
    );
    check(
        "areas/divisions.csv",
        "郑州市,city,省辖市,410000000000,410000000000",
        "郑州市,city,省辖市,410000000000,420000000000",
        &[
            "areas/divisions.csv:3 [reports_to]: `420000000000`, above 郑州市, is not in the area table; write the 12-digit code of a province, city or county",
        ],
    );
    check(
        "areas/divisions.csv",
        ",city,",
        ",ctiy,",
        &["areas/divisions.csv:3 [level]: unknown level `ctiy`; did you mean `city`?"],
    );
    check(
        "areas/extent.csv",
        "410100000000,郑州市,113.63,34.75,112.72",
        "410100000000,郑州市,113.63,34.75,112°72",
        &["areas/extent.csv:3 [lon_min]: `112°72` is not a number of degrees; write decimal degrees: 113.25"],
    );
}

#[test]
fn rules() {
    let rules = "rules/C-G101-G102.md";
    check(rules, "强制性", "强制", &["rules/C-G101-G102.md:45 [grade]: unknown grade `强制`; did you mean `强制性`?"]);
    check(
        rules,
        "## C005",
        "## C5",
        &[
            "rules/C-G101-G102.md:124 [C5]: `C5` is not a code of a rule; write a letter and three digits, `C005`, or `C005.2` for a part of a check",
        ],
    );
    check(
        rules,
        "## C002",
        "## C001",
        &["rules/C-G101-G102.md:23 [C001]: rule `C001` is already at rules/C-G101-G102.md:3"],
    );
    check(
        rules,
        "scope = \"G101-2/product\"",
        "scope = \"G101-2/produce\"",
        &["rules/C-G101-G102.md:3 [C001]: unknown scope `G101-2/produce`; did you mean `G101-2/product`?"],
    );
    check(
        rules,
        "provenance = \"S:SQL\"",
        "provenance = \"X\"",
        &["rules/C-G101-G102.md:6 [provenance]: unknown mark `X`; known: D, R, R?, S:…"],
    );
    check(
        rules,
        "[06] >= [07]",
        "[06] >= [77]",
        &["rules/C-G101-G102.md:13 [C001 column 9]: form `G101-2` has no item `77`; did you mean `H7`?"],
    );
    check(
        rules,
        "[06] >= [07]",
        "[06] >= ",
        &["rules/C-G101-G102.md:13 [C001 column 9]: a value was expected before the end"],
    );
    check(
        rules,
        "生产能力{[06]}",
        "生产能力{[66]}",
        &["rules/C-G101-G102.md:3 [C001 message]: form `G101-2` has no item `66` in `{[66]}`; did you mean `H6`?"],
    );
    check(
        rules,
        "生产能力{[06]}",
        "生产能力{[06]",
        &["rules/C-G101-G102.md:3 [C001 message]: `{` without `}`; write {[01]} where the value belongs"],
    );
    check(
        rules,
        "| 100 | 90 | ok |",
        "| 100 | 90 | fail |",
        &["rules/C-G101-G102.md:18 [C001]: the case gives ok where fail is expected (`[06] >= [07]`)"],
    );
    check(
        rules,
        "| 100 | 90 | ok |",
        "| 100 | ok |",
        &["rules/C-G101-G102.md:18 [C001]: 2 cells where the heading has 3"],
    );
    check(rules, "| 0 | fail |\n", "", &["rules/C-G101-G102.md:23 [C002]: the rule has no case that must give `fail`"]);
    check(
        rules,
        "[06] > 0\n```",
        "[06] > 0\n",
        &["rules/C-G101-G102.md:23 [C002]: the ```rule block is not closed; end it with a line of ```"],
    );
    check(
        rules,
        "[01] = [02] + [03] + [04] + [05]",
        "[01] = [02] + [03] + [04] + G101-1[15]",
        &["rules/C-G101-G102.md:134 [C005 column 8]: cannot add `m3` and `10^3 yuan`"],
    );
    check(
        rules,
        "param(\"treatment_overload\")",
        "param(\"treatment_overlode\")",
        &[
            "rules/C-G101-G102.md:176 [C007 column 32]: no parameter `treatment_overlode`; did you mean `treatment_overload`?",
        ],
    );
}

#[test]
fn the_index_of_forms() {
    let index = "forms/index.csv";
    check(
        index,
        "\nG102,",
        "\nG1O2,",
        &[
            "forms/G102.csv: the form is not in forms/index.csv; add a line for it, or delete the file",
            "forms/G1O2.csv: the file is missing; put it back, or take it out of the index",
        ],
    );
    check(
        index,
        ",G,base,industrial,",
        ",G,bas,industrial,",
        &["forms/index.csv:2 [kind]: unknown kind of form `bas`; did you mean `base`?"],
    );
    check(
        index,
        ",G,base,industrial,",
        ",G,base,industry,",
        &["forms/index.csv:2 [respondent]: unknown respondent `industry`; did you mean `industrial`?"],
    );
}

#[test]
fn toml_parts() {
    check(
        "respondents.toml",
        "form = \"G103-2\"",
        "form = \"G103-22\"",
        &["respondents.toml:13 [form]: unknown form `G103-22`; did you mean `G103-2`?"],
    );
    check(
        "respondents.toml",
        "[17] = 1\", exact",
        "[177] = 1\", exact",
        &["respondents.toml:12 [when]: form `G101-1` has no item `177` in `[177] = 1`; did you mean `17`?"],
    );
    check(
        "respondents.toml",
        "exact = true",
        "exakt = true",
        &["respondents.toml:11: unknown field `exakt`, expected one of `form`, `when`, `exact`"],
    );
    check(
        "review.toml",
        "role = \"enumerator\"",
        "role = \"enumerater\"",
        &["review.toml:19 [role]: unknown role `enumerater`; did you mean `enumerator`?"],
    );
    check(
        "review.toml",
        "totals = \"city\"",
        "totals = \"county\"",
        &[
            "review.toml:36 [totals]: step `city` enters a level that is not above the one before; county, then city, then province",
        ],
    );
    check(
        "schedule.toml",
        "due = \"2018-06-30\"",
        "due = \"2018-06-31\"",
        &["schedule.toml:70 [due]: `2018-06-31` is not a date; write it as 2018-05-31"],
    );
    check(
        "parameters.toml",
        "mark = \"R\"",
        "mark = \"X\"",
        &["parameters.toml:6 [mark]: unknown mark `X`; known: D, R, S"],
    );
    check(
        "instrument.toml",
        "period = 2017",
        "period = \"2017\"",
        &["instrument.toml:5: invalid type: string \"2017\", expected u16"],
    );
    check(
        "tables/own.toml",
        "G102[01]",
        "G102[001]",
        &["tables/own.toml:6 [value]: unknown item `001`; did you mean `01`?"],
    );
    check(
        "tables/own.toml",
        "unit = \"立方米\"",
        "unit = \"吨\"",
        &[
            "tables/own.toml:6 [unit]: `取水量` is counted in m3 and cannot be printed in 吨; name a unit of the same kind",
        ],
    );
    check(
        "tables/own.toml",
        "G102[01]",
        "G102/outlets[22]",
        &["tables/own.toml:6 [value]: unknown block `outlets`; did you mean `outlet`?"],
    );
    check(
        "tables/own.toml",
        "G102[01]",
        "G102/outlet[17]",
        &["tables/own.toml:6 [value]: `G102/outlet[17]` (废水总排放口名称) is not a number and cannot be added"],
    );
    check(
        "tables/own.toml",
        "\"area\"",
        "\"aera\"",
        &["tables/own.toml:4 [rows]: unknown key of rows `aera`; did you mean `area`?"],
    );
}

#[test]
fn untouched_it_has_no_error() {
    assert_eq!(errors(base()), Vec::<String>::new());
}
