use instrument::model::{AreaRow, Mark, Parameter, Provenance};

use super::super::intake::tests::read;
use super::super::{Funnel, Gazetteer};
use super::*;

fn areas() -> AreaTree {
    let row = |code: &str, name: &str, level, parent: &str| AreaRow {
        code: format!("{code:0<12}"),
        name: name.to_owned(),
        level,
        parent: if parent.is_empty() { String::new() } else { format!("{parent:0<12}") },
        reports_to: String::new(),
        urban_rural: String::new(),
    };
    AreaTree::build(&[
        row("41", "河南省", AreaLevel::Province, ""),
        row("4101", "郑州市", AreaLevel::City, "41"),
        row("410182", "荥阳市", AreaLevel::County, "4101"),
        row("410181", "巩义市", AreaLevel::County, "4101"),
        row("410182001", "索河街道", AreaLevel::Town, "410182"),
        row("410182001001", "演武路社区", AreaLevel::Village, "410182001"),
    ])
    .0
}

fn rules() -> ScopeRules {
    let parameters = [
        ("scope.industrial.divisions", "06..46"),
        ("scope.industrial.elsewhere", "4620"),
        ("scope.farm.pigs", "500 head"),
        ("scope.farm.dairy", "100"),
        ("scope.boiler.capacity", "1"),
    ]
    .map(|(name, value)| {
        let provenance = Provenance { mark: Mark::Recalled, text: "R".into() };
        (name.to_owned(), Parameter { value: value.into(), title: String::new(), provenance })
    });
    ScopeRules::from_parameters(&parameters.into()).expect("the parameters are complete")
}

fn listing(at: usize, line: &str) -> Listing {
    let (respondent, cells) = line.split_once(": ").expect("respondent: cells");
    let cells: Vec<(String, String)> =
        cells.split(' ').filter_map(|c| c.split_once('=')).map(|(h, t)| (h.to_owned(), t.to_owned())).collect();
    let reading = read(&cells, respondent);
    Listing {
        id: format!("l{at}"),
        file: "底册.csv".into(),
        sheet: String::new(),
        row: at as u32,
        hash: String::new(),
        cells,
        read: reading.unit,
        rejected: reading.rejected,
    }
}

/// Where the rows belong, by the rules, seen from the county.
fn placed(listings: &[Listing], areas: &AreaTree) -> BTreeMap<String, Placing> {
    let gazetteer = Gazetteer::new(areas, &[], &[]);
    listings.iter().map(|l| (l.id.clone(), gazetteer.place(&l.read, county()))).collect()
}

fn county() -> AreaCode {
    "410182".parse().expect("a code")
}

/// Lines of `respondent: cells → verdict (why)`.
#[track_caller]
fn check(lines: &str, decided: &[(&str, Verdict)]) -> (Vec<Listing>, Vec<Screened>) {
    check_pairs(lines, decided, &[])
}

/// The same, with what is said of pairs of rows: `(1, 2, says)`.
#[track_caller]
fn check_pairs(
    lines: &str,
    decided: &[(&str, Verdict)],
    pairs: &[(usize, usize, PairSays)],
) -> (Vec<Listing>, Vec<Screened>) {
    let pairs: Vec<super::super::Pair> = pairs
        .iter()
        .map(|(a, b, says)| super::super::Pair {
            first: format!("l{a}"),
            second: format!("l{b}"),
            says: *says,
            weight: 0,
            evidence: Vec::new(),
            why: "相符".into(),
        })
        .collect();
    let rows: Vec<(&str, &str)> = lines.lines().filter_map(|l| l.trim().split_once(" → ")).collect();
    let listings: Vec<Listing> = rows.iter().enumerate().map(|(at, (cells, _))| listing(at + 1, cells)).collect();
    let decided = decided.iter().map(|(id, v)| ((*id).to_owned(), v.clone())).collect();
    let areas = areas();
    let placings = placed(&listings, &areas);
    let ground = Ground { areas: &areas, area: county(), placings: &placings };
    let screened = screen(&listings, &decided, &Settled::new(&pairs), &rules(), &ground);
    for ((cells, expect), found) in rows.iter().zip(&screened) {
        let verdict = match &found.verdict {
            Verdict::InScope { .. } => "in".to_owned(),
            Verdict::OutOfScope { reason } => reason.name().to_owned(),
            Verdict::DuplicateOf { listing, .. } => format!("duplicate of {listing}"),
            Verdict::Closed { .. } => "closed".to_owned(),
            Verdict::NotFound { .. } => "not found".to_owned(),
            Verdict::MovedTo { area } => format!("moved to {area}"),
            Verdict::Held { .. } => "held".to_owned(),
        };
        assert_eq!(format!("{verdict} ({})", found.why), *expect, "{cells}");
    }
    let funnel = Funnel::of(listings.iter().zip(&screened).map(|(l, s)| (&l.read, Some(&s.verdict))));
    assert!(funnel.adds_up(), "{:?}", funnel.proof());
    assert_eq!(funnel.total.listed as usize, listings.len());
    (listings, screened)
}

#[test]
fn scope_is_decided_from_industry_and_size() {
    check(
        "industrial: 名称=甲 区划=410182 行业=3011 → in (在普查范围内)
         industrial: 名称=乙 区划=410182 行业=4620 → sewage-treatment (行业4620按集中式污染治理设施普查)
         industrial: 名称=丙 区划=410182 行业=5211 → industry (行业5211不在B、C、D门类)
         industrial: 名称=丁 区划=410182 行业=5211;3011 → held (主要行业5211不在范围，次要行业3011在范围)
         industrial: 名称=戊 区划=410182 行业=0610 → in (在普查范围内)
         industrial: 名称=己 区划=410182 行业=301 → held (行业代码301不是四位小类)
         industrial: 名称=庚 区划=410182 → held (没有行业代码)
         industrial: 名称=辛 区划=410182 行业=3011 状态=注销 → closed (底册.csv第8行：状态为关闭)
         industrial: 名称=壬 区划=410182 行业=3011 状态=停产 → in (在普查范围内)
         industrial: 名称=癸 区划=410182 行业=3011 状态=空壳 → no-activity (状态为无生产活动)
         farm: 名称=猪一 区划=410182001001 生猪=500 → in (在普查范围内)
         farm: 名称=猪二 区划=410182001001A 生猪=499 → below-threshold (规模以下：499<500)
         farm: 名称=牛 区划=410182001001 生猪=10 奶牛=120 → in (在普查范围内)
         farm: 名称=猪三 区划=410182001001 生猪=很多 → held (规模“很多”无法识别)
         farm: 名称=猪四 区划=410182001001 → held (没有规模指标)
         boiler-owner: 名称=浴池 区划=410182 额定出力=0.5 → below-threshold (规模以下：0.5<1)
         boiler-owner: 名称=医院 区划=410182 锅炉额定出力=2t/h → in (在普查范围内)
         village: 名称=村 区划=410182001001 → in (在普查范围内)",
        &[],
    );
}

#[test]
fn a_row_lies_where_it_was_placed_or_waits_for_a_person() {
    check(
        "village: 名称=甲 → held (没有区划代码，地址中没有可以认出的地名)
         village: 名称=乙 区划=410199 → held (区划代码410199不存在，地址中没有可以认出的地名)
         village: 名称=丙 区划=410181 地址=巩义市新华路1号 → other-area (在河南省郑州市巩义市)
         village: 名称=丁 区划=410181 地址=郑州市荥阳市索河路 → held (区划代码410181与地址（郑州市 荥阳市）不一致)
         village: 名称=戊 区划=410182 地址=郑州市巩义市 → held (区划代码410182与地址（郑州市 巩义市）不一致)
         village: 名称=己 区划=4101 地址=郑州市 → held (区划代码4101不到县级，与地址不一致)
         village: 名称=庚 区划=荥阳市 地址=索河路 → in (在普查范围内)
         village: 名称=辛 地址=荥阳市索河街道 → in (在普查范围内)
         village: 名称=壬 地址=巩义市新华路1号 → other-area (在河南省郑州市巩义市)",
        &[],
    );
}

#[test]
fn the_same_code_is_one_unit_and_the_same_name_is_a_question() {
    let (listings, screened) = check(
        "industrial: 名称=荥阳市宏达机械有限公司 代码=1 统一社会信用代码=91130200699229617X 区划=410182 行业=3011 → in (在普查范围内)
         industrial: 名称=宏达 统一社会信用代码=91130200699229617x 区划=410182 行业=3011 → duplicate of l1 (代码91130200699229617X相同)
         industrial: 名称=宏达机械有限责任公司 统一社会信用代码=91130200699229617X 顺序码=02 区划=410182 行业=3011 → in (在普查范围内)
         industrial: 名称=河南省荥阳市宏达机械有限责任公司 区划=410182001 行业=3011 → held (与底册.csv第1行“荥阳市宏达机械有限公司”同名同县，请核对是否同一单位)
         industrial: 名称=新星 统一社会信用代码=91130200699229617Y 区划=410182 行业=3011 → held (代码有误：unified social credit code 91130200699229617Y: check character 18 is Y, X is expected; compare with the licence)
         industrial: 名称=恒远 统一社会信用代码=9.14E+17 区划=410182 行业=3011 → held (统一社会信用代码 9.14E+17 是被表格软件改成科学计数的编码，原来的数字已经丢失；请把该列设为文本格式后重新导出)",
        &[],
    );
    let areas = areas();
    let placings = placed(&listings, &areas);
    let ground = Ground { areas: &areas, area: county(), placings: &placings };
    let units = units(&listings, &screened, &ground, true);
    let mut got: Vec<String> =
        units.iter().map(|u| format!("{} {} {} {:?}", u.name, u.code, u.area, u.listings)).collect();
    got.sort();
    assert_eq!(
        got,
        [
            "宏达机械有限责任公司 91130200699229617X-02 410182000000 [\"l3\"]",
            "荥阳市宏达机械有限公司 91130200699229617X 410182000000 [\"l1\", \"l2\"]",
        ]
    );
    assert!(units.iter().all(|u| u.simulated && u.id.len() == 21));
    assert_eq!(screen(&listings, &BTreeMap::new(), &Settled::default(), &rules(), &ground), screened);
}

#[test]
fn lists_that_contradict_each_other_are_for_a_person() {
    let lines = "industrial: 名称=甲厂 统一社会信用代码=91130200699229617X 区划=410182 行业=3011 状态=关闭 → closed (底册.csv第1行：状态为关闭)
         industrial: 名称=甲厂 统一社会信用代码=91130200699229617X 区划=410182 行业=3011 → held (与底册.csv第1行“甲厂”是同一单位，而那一条的结论是关闭；请核实)
         industrial: 名称=乙厂 区划=410182 行业=5211 → industry (行业5211不在B、C、D门类)
         industrial: 名称=乙厂一 区划=410182 行业=3011 → held (与底册.csv第3行“乙厂”是同一单位，而那一条的结论是行业不在普查范围；请核实)";
    check_pairs(lines, &[], &[(3, 4, PairSays::Same)]);
    // The earlier list stands; the later one is asked about when it says that the unit does not run.
    let lines = "industrial: 名称=甲厂 统一社会信用代码=91130200699229617X 区划=410182 行业=3011 → in (在普查范围内)
         industrial: 名称=甲厂 统一社会信用代码=91130200699229617X 区划=410182 行业=3011 状态=关闭 → held (关闭，而底册.csv第1行“甲厂”是同一单位，已经纳入；请核实)
         industrial: 名称=甲厂 统一社会信用代码=91130200699229617X 区划=410182 行业=5211 → duplicate of l1 (行业不在普查范围，而底册.csv第1行“甲厂”是同一单位，已经纳入)
         industrial: 名称=甲厂 统一社会信用代码=91130200699229617X 区划=410181 行业=3011 → other-area (在河南省郑州市巩义市)";
    check_pairs(lines, &[], &[]);
    // A person's word ends it, and what repeats the row then is a duplicate.
    let said = [("l2", Verdict::InScope { unit: "u".into() })];
    let lines = "industrial: 名称=甲厂 统一社会信用代码=91130200699229617X 区划=410182 行业=3011 状态=关闭 → closed (底册.csv第1行：状态为关闭)
         industrial: 名称=甲厂 统一社会信用代码=91130200699229617X 区划=410182 行业=3011 → in (人工判定)
         industrial: 名称=甲厂 统一社会信用代码=91130200699229617X 区划=410182 行业=3011 → duplicate of l2 (代码91130200699229617X相同)";
    check_pairs(lines, &said, &[]);
}

#[test]
fn what_a_person_decided_stands() {
    let kept = Verdict::InScope { unit: "u1".into() };
    check(
        "industrial: 名称=甲 统一社会信用代码=91130200699229617X 区划=410182 行业=3011 → duplicate of l2 (代码91130200699229617X相同)
         industrial: 名称=乙 统一社会信用代码=91130200699229617X 区划=410182 行业=5211 → in (人工判定)
         industrial: 名称=丙 区划=410182 行业=3011 → not found (人工判定)",
        &[("l2", kept), ("l3", Verdict::NotFound { evidence: "照片3".into() })],
    );
}

#[test]
fn a_row_without_verdict_breaks_the_proof() {
    let unit = listing(1, "village: 名称=甲").read;
    let verdict = Verdict::MovedTo { area: "410181000000".into() };
    assert!(Funnel::of([(&unit, Some(&verdict))]).adds_up());
    let funnel = Funnel::of([(&unit, Some(&verdict)), (&unit, None)]);
    assert!(!funnel.adds_up());
    assert_eq!(funnel.proof()[1], "合计: 底册 2 ≠ 纳入 0 + 不在范围 0 + 重复 0 + 关闭 0 + 未找到 0 + 移交 1 + 待定 0");
}

#[test]
fn missing_scope_parameters_are_named() {
    let problems = ScopeRules::from_parameters(&BTreeMap::new()).expect_err("nothing is given");
    assert_eq!(
        problems[0].to_string(),
        "parameter scope.industrial.divisions is missing; give the divisions as 06..46"
    );
}

#[test]
fn what_is_said_of_pairs_decides() {
    let rows = "industrial: 单位名称=荥阳市宏达机械有限公司 行业代码=3599 区划代码=410182001001 → in (在普查范围内)
         industrial: 单位名称=鸿达机械厂 行业代码=3599 区划代码=410182001001 → {}";
    let name = "底册.csv第1行“荥阳市宏达机械有限公司”";
    let then = |text: &str| rows.replace("{}", text);
    check(&then("in (在普查范围内)"), &[]);
    check_pairs(&then(&format!("duplicate of l1 (与{name}是同一单位：相符)")), &[], &[(1, 2, PairSays::Same)]);
    check_pairs(&then(&format!("held (与{name}可能是同一单位：相符)")), &[], &[(2, 1, PairSays::Open)]);
    check_pairs(&then("in (在普查范围内)"), &[], &[(1, 2, PairSays::Different)]);
    // A person's verdict on a row stands against what is said of its pairs; the other row is asked about.
    let kept = [("l2", Verdict::InScope { unit: "u2".into() })];
    let asked = format!("held ({}可能是同一单位：相符)", "与底册.csv第2行“鸿达机械厂”");
    let turned = then("in (人工判定)").replacen("in (在普查范围内)", &asked, 1);
    check_pairs(&turned, &kept, &[(1, 2, PairSays::Open)]);
    // Of one name in one county, until a person says they are two.
    let rows = "industrial: 单位名称=荥阳市宏达机械有限公司 行业代码=3599 区划代码=410182001001 → in (在普查范围内)
         industrial: 单位名称=宏达机械有限公司 行业代码=3599 区划代码=410182001001 → {}";
    check(&rows.replace("{}", &format!("held (与{name}同名同县，请核对是否同一单位)")), &[]);
    check_pairs(&rows.replace("{}", "in (在普查范围内)"), &[], &[(1, 2, PairSays::Different)]);
}
