//! The special lists of the shipped instrument: what screening forms carry, how outlets are sampled, minerals.

use std::path::Path;
use std::sync::OnceLock;

use census::frame::{Carrying, InScope, Serials};
use census::minerals::{Minerals, reading_remarks, readings};
use census::outlet::{Protocol, Season};
use census::sheet::{Row, UnitSheets, Values};
use instrument::files::{Bundle, Files, Folder};
use instrument::model::Instrument;
use instrument::problem::Problems;

fn shipped() -> Folder {
    Folder::new(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../instruments/cn-2017"))
}

fn instrument() -> &'static Instrument {
    static READ: OnceLock<Instrument> = OnceLock::new();
    READ.get_or_init(|| Instrument::read_trusted(&shipped()).expect("the shipped package is sound"))
}

/// What a part of the package gives, and the mistakes in it, one a line.
fn told<T>(files: &dyn Files, read: impl Fn(&dyn Files, &Instrument, &mut Problems) -> T) -> (T, String) {
    let mut problems = Problems::default();
    let found = read(files, instrument(), &mut problems);
    (found, problems.0.iter().map(|p| format!("{p}\n")).collect())
}

/// The shipped files with one text in place of another.
fn changed(file: &str, old: &str, new: &str) -> Bundle {
    let shipped = shipped();
    let folders = ["frame/", "outlet/", "minerals/"];
    let paths: Vec<String> = shipped.list().into_iter().filter(|p| folders.iter().any(|f| p.starts_with(f))).collect();
    let mut files = Bundle::default();
    for path in paths {
        let mut text = String::from_utf8(shipped.read(&path).expect("there")).expect("UTF-8");
        if path == file {
            assert!(text.contains(old), "{file} holds `{old}`");
            text = text.replacen(old, new, 1);
        }
        files.insert(&path, text);
    }
    files
}

/// `01=410182001001 03=某单位` as a row.
fn row(text: &str) -> Row {
    text.split_whitespace().map(|p| p.split_once('=').expect("item=text")).map(|(k, v)| (k.into(), v.into())).collect()
}

/// The draft, the fates and what is open, as text.
fn carried(from: &str, to: &str, sheet: &Values, serials: &mut Serials) -> String {
    let (carrying, mistakes) = told(&shipped(), Carrying::read);
    assert_eq!(mistakes, "");
    let found = carrying.carry(instrument(), from, to, sheet, serials);
    let shown = |row: &Row| row.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(" ");
    let mut out = String::new();
    for fate in &found.fates {
        let scope = match fate.scope {
            InScope::In => "in",
            InScope::Out => "out",
            InScope::Ask => "ask",
        };
        out += &format!("{} {} {scope} {}\n", fate.block, fate.row, fate.why);
    }
    if let Some(draft) = &found.draft {
        out += &format!("{}\n", shown(&draft.flat));
        for (block, rows) in &draft.blocks {
            for row in rows {
                out += &format!("{block}: {}\n", shown(row));
            }
        }
    }
    for item in &found.open {
        out += &format!("? {}[{}] {}\n", item.block, item.item, item.why);
    }
    out
}

#[test]
fn a_boiler_owner_is_carried_with_the_boilers_in_scope() {
    let sheet = Values {
        flat: row("01=410182001001A01 03=某宾馆 05.lon=113.4 06.name=李四 07=3 08=5"),
        blocks: [(
            "boiler".to_owned(),
            vec![
                row("09=1 11=R3 12=2 13=RQ01 14=6 15.fuel=15 15.amount=30.5 16=2"),
                row("09=2 11=R1 12=0.5 15.fuel=4 15.amount=100"),
                row("09=3 11=R4 12=1 15.fuel=31 15.amount=40 16=2 17.dust=P1"),
                row("09=4 11=R6 12=4 15.fuel=28"),
                row("09=5 11=R1 15.fuel=4"),
            ],
        )]
        .into(),
        ..Values::default()
    };
    let expect = " 0 in \n\
        boiler 1 in \n\
        boiler 2 out 额定出力低于普查下限（0.50 < 1 t/h）\n\
        boiler 3 in \n\
        boiler 4 out 电锅炉不在普查范围（燃料类型及消耗量（燃料类型） 28）\n\
        boiler 5 ask 额定出力没有填，须核实（自制锅炉或铭牌不清的仍须普查）\n\
        02=某宾馆 03=410182001001 04.lon=113.4 05.name=李四 06=3 07=2\n\
        boiler: 08=2 10=1 12=R3 13=2 14=RQ01 15=6 24=15 25=30.5\n\
        boiler: 08=2 10=3 12=R4 13=1 26=31 29=P1\n\
        ? [04.lat] 清查表没有填\n\
        ? [05.phone] 清查表没有填\n\
        ? boiler[09] 清查表没有这一项\n\
        ? boiler[14] 清查表没有填（2 行中 1 行）\n\
        ? boiler[15] 清查表没有填（2 行中 1 行）\n\
        ? boiler[27] 清查表以 tce 计（生物质燃料（用于燃料）），此处以 t 计，不换算\n\
        ? boiler[34] 清查表没有这一项\n\
        ? boiler[35] 清查表没有这一项\n\
        ? boiler[36] 清查表没有这一项\n";
    assert_eq!(carried("QC4", "S103", &sheet, &mut Serials::default()), expect);
    let small = Values {
        flat: row("03=某店"),
        blocks: [("boiler".to_owned(), vec![row("11=R3 12=0.7")])].into(),
        ..Values::default()
    };
    let expect = " 0 out 没有一行在普查范围内\nboiler 1 out 额定出力低于普查下限（0.70 < 1 t/h）\n";
    assert_eq!(carried("QC4", "S103", &small, &mut Serials::default()), expect);
    let none = Values { flat: row("03=某店"), ..Values::default() };
    assert_eq!(carried("QC4", "S103", &none, &mut Serials::default()), " 0 ask 清查表没有填一行\n");
}

#[test]
fn an_outlet_without_a_code_gets_the_next_of_its_county() {
    let mut serials = Serials::of(["410182007".to_owned(), "410181900".to_owned()]);
    let sheet =
        |more: &str| Values { flat: row(&format!("01=410182001001 03=索河路口 04=1 {more}")), ..Values::default() };
    let mut code = |more: &str| {
        let told = carried("QC5", "S104", &sheet(more), &mut serials);
        told.split_whitespace().find_map(|w| w.strip_prefix("02=")).map_or(told.clone(), str::to_owned)
    };
    assert_eq!(code("12=1"), "410182008");
    assert_eq!(code("12=1 02=410182020"), "410182020");
    assert_eq!(code("12=1 02=PW-3"), "410182021", "a code of another form does not stay");
    assert_eq!(code("12=2"), " 0 out 清查结论为不纳入普查范围（是否纳入普查范围 2）\n");
    assert_eq!(code(""), " 0 ask 没有清查结论\n");
}

#[test]
fn seasons_cover_the_year() {
    let (protocol, mistakes) = told(&shipped(), Protocol::read);
    assert_eq!(mistakes, "");
    let protocol = protocol.expect("whole");
    assert_eq!(Season::ALL.map(|s| protocol.days(s)), [212, 153]);
    assert_eq!(protocol.season("2018-04-20"), Some(Season::Dry));
}

/// The state of a unit with these sheets: `QC6 04=80`, `QC6/point 07=90`, one row a line.
fn state(industries: &str, sheets: &str) -> String {
    let (minerals, mistakes) = told(&shipped(), Minerals::read);
    assert_eq!(mistakes, "");
    let mut unit = UnitSheets { unit: "u1".to_owned(), ..UnitSheets::default() };
    for line in sheets.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let (table, cells) = line.split_once(' ').expect("a table and a row");
        let (form, block) = table.split_once('/').unwrap_or((table, ""));
        let values = unit.sheets.entry(form.to_owned()).or_default();
        match block {
            "" => values.flat = row(cells),
            block => values.blocks.entry(block.to_owned()).or_default().push(row(cells)),
        }
    }
    let industries: Vec<String> = industries.split_whitespace().map(str::to_owned).collect();
    let fate = minerals.state(instrument(), &unit, &industries);
    let remarks = fate.remarks.iter().map(|r| format!(" ! {r}")).collect::<String>();
    format!("{}: {}{remarks}", fate.state.title(), fate.why.join("；"))
}

#[test]
fn a_unit_goes_from_trigger_to_scope() {
    let check =
        |industries: &str, sheets: &str, expect: &str| assert_eq!(state(industries, sheets), expect, "{sheets}");
    check("3011", "", "不涉及: 行业不在表内，也没有申报");
    check(
        "0939",
        "",
        "待核实: 行业 0939（其他稀有金属矿采选）可能涉及铌/钽；行业 0939（锆英砂）可能涉及锆石和氧化锆；行业 0939（锗矿采选）可能涉及锗，没有申报",
    );
    check("2622 3011", "", "应测未测: 行业 2622（磷肥制造）；没有初测");
    check("2613", "QC1 16=2", "不涉及: 行业 2613（氧氯化锆等锆盐）可能涉及锆石和氧化锆，申报为不涉及");
    check("0932", "G101-1 31=2", "应测未测: 行业 0932（稀土金属矿采选）；没有初测 ! 申报为不涉及，与矿产或行业不符");
    check("3011", "QC1 16=1", "应测未测: 申报涉及 15 类矿产，没有填哪一类；没有初测");
    let zircon = "QC1 16=1 17=3";
    let begins = "申报涉及锆石和氧化锆；行业 2613（氧氯化锆等锆盐）；";
    let zirconium = |more: &str, expect: &str| {
        let (state, rest) = expect.split_once(": ").expect("state: why");
        check("2613", &format!("{zircon}\n{more}"), &format!("{state}: {begins}{rest}"));
    };
    zirconium("QC6 02=3", "应测未测: 本底剂量率没有填，不能判断");
    zirconium("QC6 04=80", "应测未测: 没有监测点位的读数");
    zirconium(
        "QC6 04=80 08=2\nQC6/point 06.name=原矿堆 07=130\nQC6/point 07=99.5",
        "初测排除: 2 个点位最高 130，不超过 本底 80 + 50 = 130 nGy/h",
    );
    zirconium(
        "QC6 04=80\nQC6/point 06.name=原矿堆 07=120\nQC6/point 06.name=渣场",
        "应测未测: 渣场没有读数，其余不超过 本底 80 + 50 = 130 nGy/h",
    );
    let above = "QC6 04=80 08=1\nQC6/point 06.name=原矿堆 07=130.1\nQC6/point 06.name=渣场";
    let first = "原矿堆 130.1 超过 本底 80 + 50 = 130 nGy/h；";
    let survey = |samples: &str, state: &str, rest: &str| {
        zirconium(&format!("{above}\n{samples}"), &format!("{state}: {first}{rest}"));
    };
    survey("", "待详查", "没有详查样品 ! 渣场没有读数");
    survey("QC6/sample 09=废水 13=0.4", "待详查", "没有详查样品 ! 渣场没有读数");
    survey("QC6/sample 09=尾矿 10=0.8", "待详查", "详查不全：尾矿 缺钍系 ! 渣场没有读数");
    survey("QC6/sample 09=尾矿 10=1 11=0.2 12=0.9", "详查后不纳入", "1 个样品铀系、钍系都不高于 1 Bq/g ! 渣场没有读数");
    survey(
        "QC6/sample 09=尾矿 10=0.8 11=1.0001",
        "纳入",
        "尾矿 钍系 1.0001 高于 1 Bq/g ! 渣场没有读数 ! 已纳入，还没有填 G107",
    );
    survey("QC6/sample 10=0.8 11=0.1 12=2\nG107/ore 01=3", "纳入", "样品 1 铀系 2 高于 1 Bq/g ! 渣场没有读数");
    zirconium(
        "QC6 04=80 08=1\nQC6/point 06.name=原矿堆 07=100\nG107/ore 01=3",
        "初测排除: 1 个点位最高 100，不超过 本底 80 + 50 = 130 nGy/h ! 填报的初测结论是 1，按读数应为 2 ! 不纳入，却填了 G107",
    );
}

#[test]
fn readings_have_a_calibrated_instrument_and_repeat() {
    let head = "普查对象代码|点位|仪器|检定证书编号|检定日期|测量日期|读数（nGy/h）|测量人";
    let rows = |body: &str| -> Vec<(String, Vec<(String, String)>)> {
        let cut = |line: &str| line.split('|').map(str::to_owned).collect::<Vec<_>>();
        let row = |(at, line)| (format!("文件 第{}行", at + 2), cut(head).into_iter().zip(cut(line)).collect());
        body.lines().enumerate().map(row).collect()
    };
    let (minerals, _) = told(&shipped(), Minerals::read);
    let points: Vec<(String, String)> =
        [("原矿堆", "130.1"), ("渣场", "99"), ("厂界", "80")].map(|(p, d)| (p.to_owned(), d.to_owned())).into();
    let records = readings(&rows(
        "C1|原矿堆|FH40G 123|JL1|2018-03-01|2018-07-12|130;129.5;130.6;130.2;130.2|张三\n\
         C1|渣场|FH40G 123|JL1|2017-03-01|2018-07-12|80；99；120|\n\
         C1|大门|FH40G 123|JL1||2018/7/12|90|张三",
    ))
    .expect("well-formed");
    let found = reading_remarks(&minerals, &points, &records);
    let shown: Vec<String> = found.iter().map(|r| format!("{} {}", r.point, r.text)).collect();
    assert_eq!(
        shown,
        [
            "渣场 没有填测量人",
            "渣场 检定于 2017-03-01，到测量日已 498 天，超过 365 天",
            "渣场 重复读数 3 次，少于 5 次",
            "渣场 读数 80 到 120，极差为平均值的 40.1%，超过 15%",
            "渣场 读数平均 100，表内为 99",
            "厂界 没有质量记录",
            "大门 表内没有这个点位",
        ]
    );
    let mistakes = readings(&rows("C1||x|y|昨天||9O|张三\nC1|甲|||2018-01-01|2018-07-12|90|\nC1|甲||||2018-07-13|91|"));
    let shown: Vec<String> = mistakes.expect_err("mistakes").iter().map(census::mistake::Mistake::zh).collect();
    assert_eq!(
        shown,
        [
            "文件 第2行：没有填“点位”",
            "文件 第2行：“昨天”不是日期；写作 2018-04-20",
            "文件 第2行：“”不是日期；写作 2018-04-20",
            "文件 第2行：“读数”填了“9O”；写数值、<检出限、未检出或未测",
            "文件 第4行：编号 C1 甲 已用于另一条记录（文件 第3行）；每条一个编号",
        ]
    );
}

#[test]
fn mistakes_in_the_data_are_named() {
    let carry = |file: &str, old: &str, new: &str, word: &str| {
        let mistakes = told(&changed(file, old, new), Carrying::read).1;
        assert!(mistakes.contains(word), "{word}\n{mistakes}");
    };
    let file = "frame/carry.csv";
    carry(file, "QC4,,03,S103,,02,copy", "QC4,,03,S103,,99,copy", "unknown item `99`");
    carry(file, "QC4,,03,S103,,02,copy", "QC9,,03,S103,,02,copy", "unknown form `QC9`");
    carry(file, "QC4,,03,S103,,02,copy", "QC4,,07,S103,,02,copy", "QC4[07] does not fit S103[02]");
    carry(file, "QC4,,03,S103,,02,copy", "QC4,,03,S103,,01,copy", "`01` is carried twice");
    carry(file, "copy,11=R1", "copy,11=Q1", "`11=Q1` names no item");
    carry(file, "unit:15.fuel", "unit:09", "unknown way of carrying `unit:09`");
    let file = "frame/carry-scope.csv";
    carry(file, "is,28,out", "is,99,out", "`99` is not a code of the item");
    carry(file, "scope.boiler.capacity", "scope.boiler.power", "neither a number nor a parameter");
    let file = "outlet/indicators.csv";
    for (old, new, word) in [
        ("05,氨氮", "15,氨氮", "unknown item of S105 `15`"),
        ("0.025", "-0.025", "not a detection limit"),
        ("NH3-N", "COD", "already the name of another indicator"),
    ] {
        let mistakes = told(&changed(file, old, new), Protocol::read).1;
        assert!(mistakes.contains(word), "{word}\n{mistakes}");
    }
    for (file, old, new, word) in [
        ("minerals/industries.csv", "4,0914,yes", "4,0999,yes", "unknown industry `0999`"),
        ("minerals/industries.csv", "4,0914,yes", "4,0914,maybe", "unknown answer `maybe`"),
        (
            "minerals/industries.csv",
            "15,0919,no,R,钛矿采选\n15,2643,no,R,钛白粉\n15,3219,no,R,钛冶炼\n",
            "",
            "mineral `15` has no industry",
        ),
        ("minerals/items.csv", "dose,QC6,point,07", "dose,QC6,point,77", "no item 77 in QC6/point"),
        ("minerals/items.csv", "survey,G107,ore,01,S\n", "", "role `survey` has no item"),
    ] {
        let mistakes = told(&changed(file, old, new), Minerals::read).1;
        assert!(mistakes.contains(word), "{word}\n{mistakes}");
    }
}
