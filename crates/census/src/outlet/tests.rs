use std::fmt::Write as _;

use instrument::model::Mark;

use super::*;
use crate::mistake::Mistake;

fn protocol() -> Protocol {
    let indicator = |item: &str, names: &str, method: &str, detection: &str, decimals| Indicator {
        item: item.to_owned(),
        names: names.split(' ').map(str::to_owned).collect(),
        method: method.to_owned(),
        detection: detection.parse().expect("a number"),
        decimals,
        mark: Mark::Recalled,
    };
    let months = (1..=12).map(|m| (m, if (6..=10).contains(&m) { Season::Wet } else { Season::Dry })).collect();
    Protocol {
        indicators: vec![
            indicator("03", "化学需氧量 COD", "HJ 828-2017", "4", 3),
            indicator("05", "氨氮 NH3-N", "HJ 535-2009", "0.025", 3),
        ],
        months,
        period: 2017,
        method: LoadMethod::Seasonal,
        below: BelowAs::Half,
        dry: DryAs::NoFlow,
        failed: FailedAs::LeftOut,
        duplicate: "20".parse().expect("a number"),
        blank: "1".parse().expect("a number"),
        custody_hours: 24,
        sizes: ["1".to_owned()].into(),
        except: ["1".to_owned()].into(),
    }
}

/// Rows of a small table, cells parted by `|`, headings first.
fn rows(table: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut lines = table.lines();
    let cut = |line: &str| line.split('|').map(|c| c.trim().to_owned()).collect::<Vec<_>>();
    let headings = cut(lines.next().expect("headings"));
    let row =
        |(at, line): (usize, &str)| (format!("文件 第{}行", at + 2), headings.iter().cloned().zip(cut(line)).collect());
    lines.enumerate().map(row).collect()
}

const HEAD: &str = "采样编号|排污口编码|季节|采样日期|状态|说明|流量(m3/h)|采样人|实验室|资质证书编号|流转|样品|化学需氧量(mg/L)|氨氮（mg/L）";

fn visits(body: &str) -> Result<Vec<Sampling>, Vec<Mistake>> {
    gather(&rows(&format!("{HEAD}\n{body}")), &protocol())
}

fn outlet() -> Outlet {
    Outlet {
        unit: "u1".to_owned(),
        code: "410182001".to_owned(),
        name: "索河路口".to_owned(),
        size: "1".to_owned(),
        kind: "2".to_owned(),
    }
}

/// Loads with their traces, as text.
fn told(body: &str, protocol: &Protocol) -> String {
    let mut out = String::new();
    for load in loads(&outlet(), &visits(body).expect("well-formed"), protocol) {
        let _ = match &load.result {
            LoadResult::Complete { load: t } => writeln!(out, "{}: {t} t", load.pollutant),
            LoadResult::Incomplete { reason } => writeln!(out, "{}: 不完整：{reason}", load.pollutant),
        };
        for step in &load.trace {
            let source = if step.source.is_empty() { String::new() } else { format!(" [{}]", step.source) };
            let _ = writeln!(out, "  {}: {}{source}", step.what, step.how);
        }
    }
    out
}

const CHAIN: &str = "采样 张三 2018-04-20 09:10；移交 李四 2018-04-20 11:00；接样 王五 2018-04-20 16:00";
const CHAIN_WET: &str = "采样 张三 2018-08-05 09:10；接样 王五 2018-08-05 16:00";

fn both() -> String {
    format!(
        "S1|410182001|枯水期|2018-04-20|||100|张三|某实验室|1601|{CHAIN}||24|0.025L\n\
         S1|||||||||||空白|<4|ND\n\
         S1|||||||||||平行|26|<0.025\n\
         S2|410182001||2018/8/5|已采样||150|张三|某实验室|1601|{CHAIN_WET}||20|0.31"
    )
}

#[test]
fn a_load_tells_every_number() {
    let expect = "\
化学需氧量: 23.227 t
  枯水期 S1: 化学需氧量 24 mg/L，流量 100 m³/h [2018-04-20，文件 第2行，某实验室]
  枯水期时数: 2017 年 1、2、3、4、5、11、12 月共 212 天 × 24 = 5088 h [lists/dry_season_months.csv]
  枯水期负荷: 平均浓度 24 mg/L × 平均流量 100 m³/h × 5088 h × 0.000001 = 12.2112 t
  丰水期 S2: 化学需氧量 20 mg/L，流量 150 m³/h [2018-08-05，文件 第5行，某实验室]
  丰水期时数: 2017 年 6、7、8、9、10 月共 153 天 × 24 = 3672 h [lists/wet_season_months.csv]
  丰水期负荷: 平均浓度 20 mg/L × 平均流量 150 m³/h × 3672 h × 0.000001 = 11.016 t
  年负荷: 枯水期 12.2112 t + 丰水期 11.016 t = 23.2272 t，修约到 3 位小数：23.227 t
氨氮: 0.177 t
  枯水期 S1: 氨氮 <0.025 mg/L（低于检出限，按检出限的一半计为 0.0125 mg/L），流量 100 m³/h [2018-04-20，文件 第2行，某实验室]
  枯水期时数: 2017 年 1、2、3、4、5、11、12 月共 212 天 × 24 = 5088 h [lists/dry_season_months.csv]
  枯水期负荷: 平均浓度 0.0125 mg/L × 平均流量 100 m³/h × 5088 h × 0.000001 = 0.00636 t
  丰水期 S2: 氨氮 0.31 mg/L，流量 150 m³/h [2018-08-05，文件 第5行，某实验室]
  丰水期时数: 2017 年 6、7、8、9、10 月共 153 天 × 24 = 3672 h [lists/wet_season_months.csv]
  丰水期负荷: 平均浓度 0.31 mg/L × 平均流量 150 m³/h × 3672 h × 0.000001 = 0.170748 t
  年负荷: 枯水期 0.00636 t + 丰水期 0.170748 t = 0.177108 t，修约到 3 位小数：0.177 t
";
    assert_eq!(told(&both(), &protocol()), expect);
}

#[test]
fn methods_and_what_counts_are_chosen() {
    // Two visits in the dry season, the second dry.
    let more = format!("{}\nS3|410182001|枯水期|2018-05-10|断流|有照片|||||||", both());
    let cod = |protocol: &Protocol| {
        let told = told(&more, protocol);
        told.lines().next().unwrap_or_default().to_owned()
    };
    let seasonal = protocol();
    assert_eq!(cod(&seasonal), "化学需氧量: 17.122 t", "half the flow of the dry season");
    assert_eq!(cod(&Protocol { dry: DryAs::LeftOut, ..protocol() }), "化学需氧量: 23.227 t");
    assert_eq!(cod(&Protocol { method: LoadMethod::Flux, ..protocol() }), "化学需氧量: 17.122 t");
    // The two methods part where concentration and flow move together.
    let two = format!("{}\nS4|410182001|枯水期|2018-05-11|||300|张三|某实验室|1601|||40|1", both());
    let first = |p: &Protocol| told(&two, p).lines().next().unwrap_or_default().to_owned();
    assert_eq!(first(&protocol()), "化学需氧量: 43.579 t");
    assert_eq!(first(&Protocol { method: LoadMethod::Flux, ..protocol() }), "化学需氧量: 47.650 t");
    let ammonia = |below| {
        let told = told(&both(), &Protocol { below, ..protocol() });
        told.lines().find(|l| l.starts_with("氨氮:")).unwrap_or_default().to_owned()
    };
    assert_eq!(ammonia(BelowAs::Zero), "氨氮: 0.171 t");
    assert_eq!(ammonia(BelowAs::Limit), "氨氮: 0.183 t");
}

#[test]
fn what_is_missing_is_said() {
    let check = |body: &str, protocol: &Protocol, expect: &str| {
        let told = told(body, protocol);
        assert_eq!(told.lines().next(), Some(expect), "{told}");
    };
    let wet = format!("S2|410182001||2018-08-05|||150|张三|某实验室|1601|{CHAIN_WET}||20|0.31");
    check(&wet, &protocol(), "化学需氧量: 不完整：枯水期没有监测");
    check(
        &format!("{wet}\nS1|410182001|枯水期|2018-04-20|未到达|道路中断|||||||"),
        &protocol(),
        "化学需氧量: 不完整：枯水期没有可用的监测：S1 未到达（道路中断）",
    );
    check(
        &format!("{wet}\nS1|410182001|枯水期|2018-04-20|||80|张三|甲|1|||未测|0.5"),
        &protocol(),
        "化学需氧量: 不完整：枯水期没有可用的监测：S1 化学需氧量未测",
    );
    check(
        &format!("{wet}\nS1|410182001|枯水期|2018-04-20||||张三|甲|1|||30|0.5"),
        &protocol(),
        "化学需氧量: 不完整：枯水期没有可用的监测：S1 流量未测",
    );
    // Dry the whole season: no water went in, which is known.
    let dry = format!("{wet}\nS1|410182001|枯水期|2018-04-20|断流|有照片|||||||");
    check(&dry, &protocol(), "化学需氧量: 11.016 t");
    check(
        &dry,
        &Protocol { dry: DryAs::LeftOut, ..protocol() },
        "化学需氧量: 不完整：枯水期没有可用的监测：S1 断流，按规定不计",
    );
    // A failed blank takes its value out, unless the instrument keeps it.
    let failed = format!("{}\nS1|||||||||||空白|9|<0.025", both());
    let why = "化学需氧量: 不完整：枯水期没有可用的监测：S1 化学需氧量空白 9 mg/L，超过上限 4 mg/L（HJ 828-2017 检出限的 1 倍）";
    check(&failed, &protocol(), why);
    check(&failed, &Protocol { failed: FailedAs::Kept, ..protocol() }, "化学需氧量: 23.227 t");
}

#[test]
fn remarks_name_seasons_controls_and_custody() {
    let check = |body: &str, expect: &[&str]| {
        let found = remarks(&outlet(), &visits(body).expect("well-formed"), &protocol());
        let told: Vec<String> =
            found.iter().map(|r| format!("{:?} {:?} {} {}", r.grade, r.kind, r.number, r.text)).collect();
        assert_eq!(told, expect);
    };
    check("", &["Error SeasonMissing  枯水期没有监测", "Error SeasonMissing  丰水期没有监测"]);
    check(&both(), &["Hint NoControl S2 没有空白样", "Hint NoControl S2 没有平行样"]);
    check(
        &format!(
            "{}\n\
             S1|||||||||||平行|40|<0.025\n\
             S3|410182001|丰水期|2018-04-21|断流|||||||\n\
             S4|410182001|枯水期|2018-04-22|||90|赵六||1601|采样 张三 2018-04-22 18:00；移交 2018-04-22 10:00；接样 王五 2018-04-24||30|1",
            both()
        ),
        &[
            "Verify DuplicateFailed S1 化学需氧量平行样 24 与 40 mg/L，相对偏差 25.0%，超过 20%",
            "Hint NoControl S2 没有空白样",
            "Hint NoControl S2 没有平行样",
            "Verify OtherSeason S3 填报为丰水期，2018-04-21 按月份属枯水期",
            "Verify RecordIncomplete S3 断流，没有填说明（照片等依据）",
            "Verify RecordIncomplete S4 已采样，没有填实验室",
            "Verify CustodyGap S4 流转第 2 步“移交”没有人员",
            "Verify CustodyGap S4 流转第 3 步“接样”没有时间",
            "Verify CustodyGap S4 流转中的采样人 张三 不在采样人（赵六）之列",
            "Verify CustodyGap S4 “移交”（2018-04-22 10:00）早于“采样”（2018-04-22 18:00）",
            "Hint NoControl S4 没有空白样",
            "Hint NoControl S4 没有平行样",
        ],
    );
    let late = both().replace("接样 王五 2018-08-05 16:00", "接样 王五 2018-08-07 09:40");
    let found = remarks(&outlet(), &visits(&late).expect("well-formed"), &protocol());
    assert!(found.iter().any(|r| r.text == "采样到接样 48 小时 30 分，超过 24 小时"), "{found:?}");
}

#[test]
fn a_file_with_mistakes_says_all_of_them() {
    let told = |head: &str, body: &str| {
        let found = gather(&rows(&format!("{head}\n{body}")), &protocol()).expect_err("mistakes");
        found.iter().map(Mistake::zh).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(
        told(
            HEAD,
            "S1|410182001|春季|2018-04-20|||100||||||24|三\n\
             |410182001||4月20日|断了||-5||||||24|1\n\
             S2|410182001||2018-08-05|断流||||||||20|\n\
             S3|410182001||2018-08-05|未到达|||||||||\n\
             S9|||||||||||空白|<4|"
        ),
        "文件 第2行：“氨氮”填了“三”；写数值、<检出限、未检出或未测\n\
         文件 第2行：“季节”填了“春季”；应为 枯水期 丰水期 之一\n\
         文件 第3行：没有填“采样编号”\n\
         文件 第3行：“4月20日”不是日期；写作 2018-04-20\n\
         文件 第3行：“状态”填了“断了”；应为 已采样 断流 未到达 之一\n\
         文件 第3行：“流量”填了“-5”；写数值、<检出限、未检出或未测\n\
         文件 第4行：S2 的状态是断流，却有测得值；二者必有一误\n\
         文件 第5行：没有填“说明”\n\
         文件 第6行：S9 的空白样没有对应的样品；须与样品在同一文件"
    );
    assert_eq!(
        told("采样编号|排污口编码|采样日期|总磷|流量(m3/d)", "S1|410182001|2018-04-20|1|3"),
        "文件 第2行：不认识的列“总磷”；可用：采样编号 排污口编码 季节 采样日期 状态 说明 流量 采样人 实验室 资质证书编号 流转 样品 化学需氧量 氨氮\n\
         文件 第2行：“流量”的计量单位是 m3/d，应为 m3/h；请换算"
    );
    let twice = "S1|410182001||2018-04-20|||1||||||5|1\nS1|410182001||2018-04-21|||1||||||5|1";
    assert_eq!(told(HEAD, twice), "文件 第3行：编号 S1 已用于另一条记录（文件 第2行）；每条一个编号");
}

#[test]
fn values_are_read_as_laboratories_write_them() {
    let detection = "0.025".parse().expect("a number");
    for (typed, expect) in [
        ("12.5", "12.5"),
        (" １２．５ ", "12.5"),
        ("0", "0"),
        ("<0.025", "<0.025"),
        ("＜0.05", "<0.05"),
        ("0.025L", "<0.025"),
        ("未检出", "<0.025 by method"),
        ("ND", "<0.025 by method"),
        ("", "not measured"),
        ("未测", "not measured"),
        ("-", "not measured"),
        ("-1", "?"),
        ("<0", "?"),
        ("1,2", "?"),
        ("少量", "?"),
        ("9999999", "?"),
    ] {
        let told = match measured(typed, detection) {
            None => "?".to_owned(),
            Some(Measured::NotMeasured) => "not measured".to_owned(),
            Some(Measured::Number { value }) => value.to_string(),
            Some(Measured::Below { limit, given: true }) => format!("<{limit}"),
            Some(Measured::Below { limit, given: false }) => format!("<{limit} by method"),
        };
        assert_eq!(told, expect, "{typed}");
    }
}
