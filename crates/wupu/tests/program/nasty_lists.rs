//! Lists as they really arrive: each file with what must be read from it, or with the words by which it is refused.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::common::{AREA, County, Room, number};
use crate::nasty_files::{Cell, compound, ods, xls, xlsx_1904, zip};

/// What was read of the first rows of a list, a line each: `3 甲厂 91130200699229617X area=410182001001`.
fn told(file: &Value) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("+"),
        Value::Object(all) => {
            all.iter().map(|(k, v)| format!("{k}:{}", v.as_str().unwrap_or_default())).collect::<Vec<_>>().join("+")
        }
        _ => String::new(),
    };
    let rows = file["first"].as_array().expect("rows").iter();
    rows.map(|row| {
        let mut line = vec![format!("{}{}", text(&row["sheet"]), row["row"])];
        for key in [
            "name",
            "credit_code",
            "area",
            "address",
            "industries",
            "phone",
            "legal_person",
            "status",
            "lon",
            "lat",
            "dates",
        ] {
            let value = text(&row["read"][key]);
            if !value.is_empty() {
                line.push(if matches!(key, "name" | "credit_code") { value } else { format!("{key}={value}") });
            }
        }
        if let Some(why) = row["rejected"].as_str() {
            line.push(format!("!{why}"));
        }
        line.join(" ")
    })
    .collect()
}

/// Previews all files at once, and compares what was read of each.
#[track_caller]
fn read_as(files: Vec<(&str, Vec<u8>, &[&str])>) {
    let room = Room::new("nasty");
    let mut args = vec!["import", "list", "--preview"];
    for (name, bytes, _) in &files {
        room.write(name, bytes);
        args.push(name);
    }
    let seen = room.done(&args);
    for (at, (name, _, expect)) in files.iter().enumerate() {
        assert_eq!(told(&seen["files"][at]), *expect, "{name}");
    }
    // What is looked at can be imported; a second time it changes nothing.
    room.done(&["init", "--area", AREA, "--simulated"]);
    args.retain(|arg| *arg != "--preview");
    let imported = room.done(&args);
    for (at, (name, _, expect)) in files.iter().enumerate() {
        let rejected = expect.iter().filter(|line| line.contains('!')).count();
        let file = &imported["files"][at];
        assert_eq!(number(file, "rows"), expect.len() as u64, "{name}");
        assert_eq!(number(file, "rejected"), rejected as u64, "{name}");
    }
    let again = room.done(&args);
    assert!(again["files"].as_array().expect("files").iter().all(|file| file["new"] == false));
    assert_eq!(room.done(&["doctor"])["problems"], serde_json::json!([]));
}

#[test]
fn texts() {
    let gb = |text: &str| encoding_rs::GB18030.encode(text).0.into_owned();
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    read_as(vec![
        ("comma.csv", "单位名称,联系电话\n甲厂,0371-64600000\n".into(), &["2 甲厂 phone=0371-64600000"]),
        ("bom.csv", "\u{feff}单位名称;联系电话\r\n\"甲;厂\";1\r\n\r\n".into(), &["2 甲;厂 phone=1"]),
        // 㛃 and 𬭚 take four bytes in GB18030.
        ("tab.txt", gb("某县名录\n单位名称\t负责人\n甲㛃厂\t张𬭚\n"), &["3 甲㛃厂 legal_person=张𬭚"]),
        ("unicode.txt", utf16("\u{feff}单位名称\t联系电话\r\n甲厂\t1\r\n"), &["2 甲厂 phone=1"]),
        (
            "breaks.csv",
            "单位名称,地址\r\n\"甲\r\n厂\",\"索河路\"\"5\"\"号\"\r\n乙厂,无\r\n".into(),
            &["2 甲厂 address=索河路\"5\"号", "4 乙厂"],
        ),
        ("sep.csv", "sep=;\r\n单位名称;地址\r\n甲厂;索河路5号，6号\r\n".into(), &["3 甲厂 address=索河路5号,6号"]),
        (
            "twice.csv",
            "单位名称,,代码,代码,地址,,\n甲厂,,01,02,索河路,,\n乙厂,多,,,,,,\n".into(),
            &["2 甲厂 address=索河路", "3 乙厂"],
        ),
        (
            "fit.csv",
            "单位名称,地址,备注\n甲厂,索河路,1,2\n乙厂,索".into(),
            &[
                "2 甲厂 address=索河路 !有 4 格，表头只有 3 列；内容中有分隔符的格须加引号",
                "3 乙厂 address=索 !文件到这一行中间就断了（应有 3 格，只有 2 格）；请取得完整的文件",
            ],
        ),
    ]);
}

#[test]
fn rows_that_are_no_units() {
    read_as(vec![
        (
            "totals.csv",
            "序号,单位名称,行业代码\n1,甲厂,3011\n小计,1,\n序号,单位名称,行业代码\n合 计：,1,\n".into(),
            &["2 甲厂 industries=3011", "3 !不是单位：合计行", "4 !不是单位：又一次出现的表头", "5 !不是单位：合计行"],
        ),
        (
            "signed.csv",
            "单位名称,地址\n合计铸造厂,无\n单位负责人：李四,制表人：张三\n说明：以上为初稿,\n,\n".into(),
            &["2 合计铸造厂", "3 !不是单位：表尾的落款", "4 !不是单位：表尾的说明"],
        ),
        (
            "nameless.csv",
            "单位名称,地址\n,索河路5号\n".into(),
            &["2 address=索河路5号 !没有单位名称，也没有任何代码；请补全后重新导入"],
        ),
    ]);
}

#[test]
fn cells() {
    let lost = "是被表格软件改成科学计数的编码，原来的数字已经丢失；请把该列设为文本格式后重新导出";
    let short = [
        "2 甲厂 !统一社会信用代码 9.14E+17 ".to_owned() + lost,
        "3 乙厂 !统一社会信用代码 914101820699229000 只剩前十五位数字，后面被表格软件改成了零；请把该列设为文本格式后重新导出".to_owned(),
        "4 丙厂 91130200699229617X".to_owned(),
    ];
    let short: Vec<&str> = short.iter().map(String::as_str).collect();
    read_as(vec![
        (
            "shortened.csv",
            "单位名称,统一社会信用代码,联系电话\n甲厂,9.14E+17,\n乙厂,914101820699229000,\n丙厂,91130200699229617X,1.38E+10\n"
                .into(),
            &short,
        ),
        (
            "dirt.csv",
            "*企业名称（必填）,统一信用代码,普查小区编号,门牌号,法定代表人,行业,营业状态\n\
             荥阳市 宏达(集团)有限公,９１１３０２００６９９２２９６１７x,410182001001|索河街道,-索河路5号号,4101-张 三,C3011 水泥；3021,存续\n\
             恒远砖厂厂,\"=\"\"91330100799655058B\"\"\",'410182001002,#N/A,NULL,\"[{\"\"code\"\":\"\"3031\"\"}]\",2|停产\n\
             恒远有限公司有限公司,9144 0300 7152 6726 XG,410182-荥阳市,—,　,,吊销\n"
                .into(),
            &[
                "2 荥阳市宏达（集团）有限公司 91130200699229617X area=410182001001 address=索河路5号 industries=3011+3021 legal_person=张三 status=运行",
                "3 恒远砖厂 91330100799655058B area=410182001002 industries=3031 status=停产",
                "4 恒远有限公司 9144030071526726XG area=410182 status=关闭",
            ],
        ),
        (
            "days.csv",
            "单位名称,成立日期,填表时间\n甲厂,43221,1525104000000\n乙厂,2018年5月1日,1525104000\n丙厂,2018/5/1 8:00,去年\n".into(),
            &[
                "2 甲厂 dates=filled:2018-05-01+founded:2018-05-01",
                "3 乙厂 dates=filled:2018-05-01+founded:2018-05-01",
                "4 丙厂 dates=founded:2018-05-01",
            ],
        ),
        (
            "places.csv",
            "名录,,,,,,,,\n单位名称,经度,,,纬度,,,生产地址,\n,度,分,秒,度,分,秒,县（区、市、旗）,街（村）、门牌号\n\
             甲厂,113,23,45.67,34,47,,荥阳市,索河路5号\n乙厂,113.396019,,,34度,47分,0秒,,\n"
                .into(),
            &[
                "4 甲厂 address=荥阳市索河路5号 lon=113.396019 lat=34.783333",
                "5 乙厂 lon=113.396019 lat=34.783333",
            ],
        ),
        (
            "spots.csv",
            "单位名称,经度,纬度,经纬度\n甲厂,113°23′45.67″,34 47 0,\n乙厂,34.78,113.39,\n丙厂,,,\"113.396019,34.783333\"\n".into(),
            &["2 甲厂 lon=113.396019 lat=34.783333", "3 乙厂", "4 丙厂 lon=113.396019 lat=34.783333"],
        ),
    ]);
}

#[test]
fn workbooks() {
    let texts = |row: u16, texts: &[&'static str]| {
        let cells = texts.iter().enumerate().filter(|(_, t)| !t.is_empty());
        cells.map(|(at, text)| (row, at as u16, Cell::Text(text))).collect::<Vec<_>>()
    };
    let old = |since_1904| {
        let mut cells = texts(0, &["某县名录"]);
        cells.extend(texts(2, &["所属区县", "单位名称", "联系电话", "成立日期", "填表时间"]));
        cells.extend(texts(3, &["荥阳市", "甲厂"]));
        cells.extend([
            (3, 2, Cell::Number(13_800_000_000.0)),
            (3, 3, Cell::Day(41_759.0)),
            (3, 4, Cell::Number(41_759.0)),
        ]);
        cells.extend(texts(4, &["", "乙厂"]));
        cells.extend(texts(5, &["合计", "2"]));
        // 荥阳市 over two rows.
        xls(since_1904, &cells, &[[3, 4, 0]])
    };
    let cell = |text: &str| format!(r#"<c t="inlineStr"><is><t>{text}</t></is></c>"#);
    let new = format!(
        r#"<row r="1">{}{}{}</row><row r="2">{}<c s="1"><v>41759</v></c><c><v>41759</v></c></row>"#,
        cell("单位名称"),
        cell("成立日期"),
        cell("填表时间"),
        cell("甲厂")
    );
    let open_row = |cells: &[&str]| {
        let cell = |text: &&str| {
            format!(r#"<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>"#)
        };
        format!("<table:table-row>{}</table:table-row>", cells.iter().map(cell).collect::<String>())
    };
    let number = r#"<table:table-cell office:value-type="float" office:value="13800000000"/>"#;
    let day = r#"<table:table-cell office:value-type="date" office:date-value="2018-05-01"/>"#;
    let open = [
        open_row(&["某县名录"]),
        open_row(&["单位名称", "联系电话", "成立日期"]),
        format!(
            r#"<table:table-row><table:table-cell office:value-type="string"><text:p>甲厂</text:p></table:table-cell>{number}{day}</table:table-row>"#
        ),
    ];
    read_as(vec![
        (
            "old.xls",
            old(false),
            &[
                "名录4 甲厂 area=荥阳市 phone=13800000000 dates=filled:2014-04-30+founded:2014-04-30",
                "名录5 乙厂 area=荥阳市",
                "名录6 !不是单位：合计行",
            ],
        ),
        (
            "old-1904.xls",
            old(true),
            &[
                "名录4 甲厂 area=荥阳市 phone=13800000000 dates=filled:2018-05-01+founded:2018-05-01",
                "名录5 乙厂 area=荥阳市",
                "名录6 !不是单位：合计行",
            ],
        ),
        ("new-1904.xlsx", xlsx_1904(&new), &["名录2 甲厂 dates=filled:2018-05-01+founded:2018-05-01"]),
        // An xlsx under the name of the older kind.
        (
            "renamed.xls",
            xlsx_1904(&new.replace("甲厂", "乙厂")),
            &["名录2 乙厂 dates=filled:2018-05-01+founded:2018-05-01"],
        ),
        (
            "open.ods",
            ods(&[
                ("说明", &open_row(&["本表由各乡镇填报"])),
                ("城关", &open.concat()),
                ("城郊", &[open_row(&["地址", "企业名称"]), open_row(&["索河路", "乙厂"])].concat()),
            ]),
            &["城关3 甲厂 phone=13800000000 dates=founded:2018-05-01", "城郊2 乙厂 address=索河路"],
        ),
    ]);
}

#[test]
fn what_cannot_be_read_is_refused_with_the_remedy() {
    let county = County::new("nasty-refused");
    let files: [(&str, Vec<u8>, &[&str]); 9] = [
        (
            "web.xls",
            b"<html><table><tr><td>\xb5\xa5\xce\xbb</td></tr></table>".to_vec(),
            &["web page", "save it as xlsx"],
        ),
        ("xml.xls", b"\xef\xbb\xbf<?xml version=\"1.0\"?><Workbook/>".to_vec(), &["web page or XML"]),
        ("plain.xls", "单位名称\t代码\n甲厂\t1\n".into(), &["text under the name of a workbook", ".csv"]),
        ("book.csv", zip(&[("a", "b")]), &["a workbook under the name of a text file", ".xlsx"]),
        ("locked.xlsx", compound("EncryptedPackage", vec![0; 99]), &["locked with a password"]),
        ("else.xlsx", zip(&[("word/document.xml", "<w/>")]), &["not a whole workbook"]),
        ("picture.ods", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), &["not a whole workbook"]),
        ("nothing.csv", Vec::new(), &["the file is empty"]),
        ("strange.csv", "厂家,主体代码\n甲,1\n".into(), &["no row of headings"]),
    ];
    for (name, bytes, words) in files {
        county.room.write(name, bytes);
        county.refused(&["import", "list", name], 3, &[&[name], words].concat());
    }
}

#[test]
fn a_profile_reads_what_no_synonym_knows() {
    let room = Room::new("profile");
    room.done(&["init", "--area", AREA, "--simulated"]);
    let mut list = "用户,代码,联络,说明\n".to_owned();
    for at in 0..6 {
        list += &format!("荥阳市第{at}机械厂,91130200699229617X,1380000000{at},好\n");
    }
    room.write("power.csv", &list);
    // What only the content says is proposed, and not read without a person's word.
    let seen = room.done(&["import", "list", "power.csv", "--preview", "--save-profile", "供电"]);
    let sure: BTreeMap<&str, (Option<&str>, u64)> = seen["files"][0]["columns"]
        .as_array()
        .expect("columns")
        .iter()
        .map(|c| (c["heading"].as_str().expect("a text"), (c["field"].as_str(), number(c, "sure"))))
        .collect();
    let expect =
        [("代码", Some("credit-code"), 60), ("用户", Some("name"), 60), ("联络", Some("phone"), 60), ("说明", None, 0)];
    assert_eq!(sure, expect.map(|(heading, field, sure)| (heading, (field, sure))).into());
    let profile = room.text("profiles/供电.toml");
    assert!(profile.contains("\"用户\" = \"name\"  # 60%，列名不认识，内容像：请核对"), "{profile}");
    // A person's changes count, and are not written over.
    let changed =
        profile.replace("\"说明\" = \"-\"", "\"说明\" = \"address\"").replace("source = \"\"", "source = \"供电\"");
    room.write("profiles/供电.toml", &changed);
    let run = room.run(&["import", "list", "power.csv", "--preview", "--save-profile", "供电"]);
    crate::common::said(&run, 3, &["供电.toml", "take another name"]);
    let seen = room.done(&["import", "list", "power.csv", "--preview", "--profile", "供电"]);
    assert_eq!(told(&seen["files"][0])[0], "2 荥阳市第0机械厂 91130200699229617X address=好 phone=13800000000");
    assert_eq!(seen["files"][0]["first"][0]["read"]["source"], "供电");
    let imported = room.done(&["import", "list", "power.csv", "--profile", "供电"]);
    assert_eq!((number(&imported["files"][0], "rows"), number(&imported["files"][0], "rejected")), (6, 0));
    // A mistake in it is named.
    room.write("profiles/供电.toml", changed.replace("\"phone\"", "\"fone\""));
    let run = room.run(&["import", "list", "power.csv", "--profile", "供电"]);
    crate::common::said(&run, 3, &["供电.toml", "no field `fone`", "did you mean `phone`?"]);
}
