//! Cells as `heading=text` in; the fields that were read out.

use instrument::files::{Files as _, Folder};

use super::*;

/// How the shipped instrument reads lists; its cleaning cases pass.
pub(crate) fn intake() -> Intake {
    let folder = Folder::new(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../instruments/cn-2017"));
    let mut problems = Problems::default();
    let intake = Intake::read(&folder, true, &mut problems);
    assert!(problems.0.is_empty(), "{}", problems.0.iter().map(|p| format!("{p}\n")).collect::<String>());
    intake
}

/// What the shipped synonyms and rules read from cells.
pub(crate) fn read(cells: &[(String, String)], respondent: &str) -> Reading {
    let intake = intake();
    intake.row(&intake.headings, cells, Common { respondent, ..Common::default() })
}

#[track_caller]
fn check(cells: &str, expect: &str) {
    let cells: Vec<(String, String)> =
        cells.split(" / ").filter_map(|c| c.split_once('=')).map(|(h, t)| (h.to_owned(), t.to_owned())).collect();
    let reading = read(&cells, "industrial");
    let u = &reading.unit;
    let mut got = Vec::new();
    let joined =
        |map: &BTreeMap<String, String>| map.iter().map(|(k, v)| format!("{k}:{v}")).collect::<Vec<_>>().join("+");
    for (label, value) in [
        ("name", &u.name),
        ("code", &u.code().to_owned()),
        ("area", &u.area),
        ("address", &u.address),
        ("industry", &u.industries.join("+")),
        ("phone", &u.phone),
        ("person", &u.legal_person),
        ("status", &u.status),
        ("at", &[u.lon.as_str(), &u.lat].join(" ").trim().to_owned()),
        ("dates", &joined(&u.dates)),
        ("sizes", &joined(&u.sizes)),
        ("rejected", &reading.rejected.clone().unwrap_or_default()),
        ("remarks", &reading.remarks.join("+")),
    ] {
        if !value.is_empty() {
            got.push(format!("{label}={value}"));
        }
    }
    assert_eq!(got.join(" / "), expect);
}

#[test]
fn cells_are_cleaned() {
    check(
        "单位详细名称= 荥阳市宏达 机械(集团)有限公司 / 统一社会信用代码=９１１３０２００６９９２２９６１７x / 行业代码=Ｃ3011",
        "name=荥阳市宏达机械（集团）有限公司 / code=91130200699229617X / industry=3011",
    );
    check("企业名称=甲 / 门牌号=-索河路5号号", "name=甲 / address=索河路5号");
    check("企业名称=甲 / 法定代表人=410182003-张三", "name=甲 / person=张三");
    check("企业名称=甲 / 联系人=李四 / 法定代表人=张三", "name=甲 / person=张三");
    check("企业名称=甲 / 区划代码=410182|荥阳市", "name=甲 / area=410182");
    check("企业名称=甲 / 行政区划=郑州市荥阳市", "name=甲 / area=郑州市荥阳市");
    check("企业名称=甲 / 移动电话=138 0000 0000 / 固定电话=0371-6", "name=甲 / phone=13800000000");
    check("企业名称=甲 / 状态=存续（在营、开业、在册）", "name=甲 / status=运行");
    check("企业名称=甲 / 状态=4", "name=甲 / status=其他");
    check("养殖场名称=乙 / 生猪（头）=1,200", "name=乙 / sizes=pigs:1,200");
    check("企业名称=甲 / 统一社会信用代码=91130200699229617X / 顺序码=02", "name=甲 / code=91130200699229617X-02");
    check(
        r#"企业名称=甲 / 行业类别=[{"code":"3011","title":"水泥制造"},{"code":"3021","title":"水泥制品制造"}]"#,
        "name=甲 / industry=3011+3021",
    );
    check("企业名称=甲 / 行业类别=3011|水泥制造；C3021 水泥制品", "name=甲 / industry=3011+3021");
    check(
        "企业名称=甲 / 成立日期=43221 / 填表时间=1525104000000",
        "name=甲 / dates=filled:2018-05-01+founded:2018-05-01",
    );
}

#[test]
fn cells_are_put_together() {
    check(
        "企业名称=甲 / 经度/度=113 / 经度/分=23 / 经度/秒=45.67 / 纬度/度=34度 / 纬度/分=47分 / 纬度/秒=",
        "name=甲 / at=113.396019 34.783333",
    );
    check("企业名称=甲 / 经度=113°23′45.67″ / 纬度=34.783333", "name=甲 / at=113.396019 34.783333");
    check("企业名称=甲 / 经纬度=113.396019，34.783333", "name=甲 / at=113.396019 34.783333");
    check(
        "企业名称=甲 / 经度=34.78 / 纬度=113.39",
        "name=甲 / remarks=经度 34.78 不在 73 至 136 度之间，可能经纬度颠倒；未采用+纬度 113.39 不在 3 至 54 度之间，可能经纬度颠倒；未采用",
    );
    check(
        "企业名称=甲 / 省=河南省 / 市=郑州市 / 县=荥阳市 / 门牌号=索河路5号",
        "name=甲 / address=河南省郑州市荥阳市索河路5号",
    );
    check("企业名称=甲 / 省=河南省 / 地址=河南省荥阳市索河路5号", "name=甲 / address=河南省荥阳市索河路5号");
}

#[test]
fn rows_that_cannot_be_used_say_why() {
    check(
        "企业名称=甲 / 统一社会信用代码=9.14E+17",
        "name=甲 / rejected=统一社会信用代码 9.14E+17 是被表格软件改成科学计数的编码，原来的数字已经丢失；请把该列设为文本格式后重新导出",
    );
    check("备注=无", "rejected=没有单位名称，也没有任何代码；请补全后重新导入");
    check("序号=合 计： / 企业名称=12", "rejected=不是单位：合计行");
    check("企业名称=制表人：张三", "rejected=不是单位：表尾的落款");
    check("企业名称=企业名称 / 地址=地址", "rejected=不是单位：又一次出现的表头");
    check("企业名称=合计铸造厂 / 地址=荥阳", "name=合计铸造厂 / address=荥阳");
}

#[test]
fn days_are_counted_from_either_epoch() {
    let intake = intake();
    let cells = [("单位名称".to_owned(), "甲".to_owned()), ("成立日期".to_owned(), "41759".to_owned())];
    for (since_1904, expect) in [(false, "2014-04-30"), (true, "2018-05-01")] {
        let common = Common { respondent: "industrial", since_1904, ..Common::default() };
        assert_eq!(intake.row(&intake.headings, &cells, common).unit.dates["founded"], expect);
    }
}

#[test]
fn what_a_rule_changed_is_named() {
    let cells = [("单位名称".to_owned(), " 甲 厂(东)".to_owned()), ("地址".to_owned(), "-5号号".to_owned())];
    let intake = intake();
    let reading = intake.row(&intake.headings, &cells, Common::default());
    let rules = intake.cleaning.rules();
    let told: Vec<String> = reading
        .changes
        .iter()
        .map(|c| {
            let by: Vec<&str> = c.by.iter().map(|at| rules[*at].code.as_str()).collect();
            format!("{} {}→{} {}", c.heading, c.before, c.after, by.join(" "))
        })
        .collect();
    assert_eq!(told, ["单位名称  甲 厂(东)→甲厂（东） K01 K11 K12", "地址 -5号号→5号 K10 K16"]);
}

#[test]
fn mistakes_in_the_data_are_named() {
    let folder = Folder::new(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../instruments/cn-2017"));
    let told = |path: &str, from: &str, to: &str| {
        let mut bundle = instrument::files::Bundle::of(&folder);
        let text = String::from_utf8(bundle.read(path).expect("there")).expect("text");
        assert!(text.contains(from), "{path} has no {from}");
        bundle.insert(path, text.replacen(from, to, 1));
        let mut problems = Problems::default();
        Intake::read(&bundle, true, &mut problems);
        problems.0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    for (path, from, to, expect) in [
        ("frame/headings.csv", "name,单位名称,", "nome,单位名称,", "`nome`"),
        ("frame/headings.csv", "name,企业名称,", "name,单位名称,", "`单位名称` is already a heading of `name`"),
        ("frame/cleaning.csv", ",collapse,", ",colapse,", "collapse"),
        ("frame/cleaning.csv", ",angle,73..136", ",angle,73-136", "`73-136` does not fit `angle`"),
        ("frame/cleaning.csv", "K10,", "K12,", "rule `K12` is there twice"),
        ("frame/cleaning-cases.csv", "K10,address,-索河路5号,索河路5号", "", "rule `K10` has no case"),
        (
            "frame/cleaning-cases.csv",
            "-索河路5号,索河路5号",
            "-索河路5号,-索河路5号",
            "the rules make `索河路5号` of it",
        ),
        (
            "frame/cleaning-cases.csv",
            "K20,legal-person,张 三",
            "K20,legal-person,张三",
            "rule `K20` changed nothing here",
        ),
    ] {
        let got = told(path, from, to);
        assert!(got.contains(expect), "{to}: {got}");
    }
}
