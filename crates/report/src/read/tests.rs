use encoding_rs::GB18030;

use super::*;

/// Bytes of a file in; rows as `line:heading=text` out.
#[track_caller]
fn check(name: &str, bytes: &[u8], expect: &str) {
    assert_eq!(told(name, bytes), expect, "{name}");
}

fn told(name: &str, bytes: &[u8]) -> String {
    let path = std::env::temp_dir().join(format!("wupu-read-{}-{name}", std::process::id()));
    std::fs::write(&path, bytes).expect("written");
    let is_heading = |cells: &[String]| cells.iter().any(|c| c == "单位名称");
    let got = match rows(&path, &is_heading) {
        Err(error) => error.to_string().replace(&path.display().to_string(), "FILE"),
        Ok(rows) => rows
            .map(|r| match r {
                Ok(r) => format!(
                    "{}:{}{}",
                    r.number,
                    r.cells.iter().map(|(h, c)| format!("{h}={c}")).collect::<Vec<_>>().join(" "),
                    r.misfit.map_or_else(String::new, |m| format!(" !{m}"))
                ),
                Err(e) => e.to_string().replace(&path.display().to_string(), "FILE"),
            })
            .collect::<Vec<_>>()
            .join(" | "),
    };
    std::fs::remove_file(&path).ok();
    got
}

#[test]
fn texts_of_all_kinds() {
    check(
        "utf8.csv",
        "单位名称,代码\n甲厂,01\n合计,1\n".as_bytes(),
        "2:单位名称=甲厂 代码=01 | 3:单位名称=合计 代码=1",
    );
    check("bom.csv", "\u{feff}单位名称;代码\r\n甲厂;01\r\n".as_bytes(), "2:单位名称=甲厂 代码=01");
    let (gb, _, _) = GB18030.encode("名录\n单位名称\t代码\n甲厂\t01\n\n乙厂\n");
    check("gb.csv", &gb, "3:单位名称=甲厂 代码=01 | 5:单位名称=乙厂 代码=");
    check(
        "wide.csv",
        "单位名称,代码\n甲厂,1,234.5\n乙厂,\"1,234.5\"\n".as_bytes(),
        "2:单位名称=甲厂 代码=1 第3列=234.5 !有 3 格，表头只有 2 列；内容中有分隔符的格须加引号 | 3:单位名称=乙厂 代码=1,234.5",
    );
    check(
        "cut.csv",
        "单位名称,代码\n甲厂\n乙".as_bytes(),
        "2:单位名称=甲厂 代码= | 3:单位名称=乙 代码= !文件到这一行中间就断了（应有 2 格，只有 1 格）；请取得完整的文件",
    );
    check("empty.csv", b"", "FILE: the file is empty");
    check(
        "none.csv",
        b"a,b\n1,2\n",
        "FILE: no row of headings found in the first 2 rows; the headings must name the unit (单位名称 …)",
    );
    check("binary.csv", b"a\0b\xff\xfe", "FILE: neither UTF-8 nor GB18030 text; save it as \"CSV UTF-8\"");
    check("x.pdf", b"%PDF", "FILE: files of this kind are not read; csv, xlsx, xls or ods are");
    let late = ["单位名称\n".as_bytes(), &vec![b'a'; 1 << 17][..], b"\n\xff\n"].concat();
    let got = told("late.csv", &late);
    assert!(got.ends_with("FILE, line 3: neither UTF-8 nor GB18030 text; save it as \"CSV UTF-8\""), "{got:.80}");
    check(
        "broken.csv",
        "单位名称,代码\r\n\"甲\r\n厂\",1\r\n乙厂,2".as_bytes(),
        "2:单位名称=甲\n厂 代码=1 | 4:单位名称=乙厂 代码=2",
    );
    let utf16: Vec<u8> =
        "\u{feff}单位名称\t代码\r\n甲厂\t01\r\n乙厂\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    check("unicode.txt", &utf16, "2:单位名称=甲厂 代码=01 | 3:单位名称=乙厂 代码=");
    check(
        "web.xls",
        b"<html><table><tr><td>",
        "FILE: a web page or XML under the name of a workbook; open it in a spreadsheet program and save it as xlsx",
    );
    check("plain.xls", "单位名称\t代码\n".as_bytes(), "FILE: text under the name of a workbook; rename it to .csv");
    check("book.csv", b"PK\x03\x04", "FILE: a workbook under the name of a text file; rename it to .xlsx");
    let broken = check_message(b"PK\x03\x04 not really a workbook");
    assert!(broken.contains("not a whole workbook"), "{broken}");
}

#[test]
fn workbooks_as_a_person_sees_them() {
    use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

    let mut book = Workbook::new();
    book.add_worksheet().set_name("说明").expect("named").write(0, 0, "填表说明").expect("written");
    let sheet = book.add_worksheet();
    sheet.set_name("名录").expect("named");
    sheet.write(0, 0, "某县底册").expect("written");
    for (at, heading) in ["单位名称", "代码", "数量", "日期"].into_iter().enumerate() {
        sheet.write(2, at as u16, heading).expect("written");
    }
    let day = ExcelDateTime::from_ymd(2017, 3, 9).expect("a day");
    sheet.write(3, 0, "甲厂").expect("written");
    sheet.write(3, 1, 914101820000000000.0).expect("written");
    sheet.write(3, 2, 20.0).expect("written");
    sheet.write_with_format(3, 3, &day, &Format::new().set_num_format("yyyy/m/d")).expect("written");
    sheet.write(5, 0, "乙厂").expect("written");
    sheet.write(5, 1, "0371").expect("written");
    sheet.write(5, 2, 0.1 + 0.2).expect("written");
    sheet.write(6, 0, "合 计：").expect("written");
    let bytes = book.save_to_buffer().expect("saved");
    check(
        "list.xlsx",
        &bytes,
        "4:单位名称=甲厂 代码=9.1410182E+17 数量=20 日期=2017-03-09 | 6:单位名称=乙厂 代码=0371 数量=0.3 日期= | 7:单位名称=合 计： 代码= 数量= 日期=",
    );
    let cut = told("cut.xlsx", &bytes[..bytes.len() / 2]);
    assert!(cut.contains("not a whole workbook"), "{cut}");
}

fn check_message(bytes: &[u8]) -> String {
    let path = std::env::temp_dir().join(format!("wupu-read-{}-broken.xlsx", std::process::id()));
    std::fs::write(&path, bytes).expect("written");
    let error = rows(&path, &|_| true).err().map(|e| e.to_string()).unwrap_or_default();
    std::fs::remove_file(&path).ok();
    error
}

#[test]
fn headings_of_several_rows() {
    check(
        "tower.csv",
        "名录,,,,,,,\n单位名称,代码,经度,,,纬度,,\n,,度,分,秒,度,分,秒\n甲厂,01,113,23,45.6,34,47,1\n".as_bytes(),
        "4:单位名称=甲厂 代码=01 经度/度=113 经度/分=23 经度/秒=45.6 纬度/度=34 纬度/分=47 纬度/秒=1",
    );
    check(
        "groups.csv",
        "基本情况,,经度,,纬度,\n单位名称,代码,度,分,度,分\n甲厂,01,113,23,34,47\n".as_bytes(),
        "3:单位名称=甲厂 代码=01 经度/度=113 经度/分=23 纬度/度=34 纬度/分=47",
    );
    // A row without a name under headings that stand alone is a row.
    check(
        "row.csv",
        "单位名称,代码,,代码\n,01,,03\n,02,x,04,\n".as_bytes(),
        "2:单位名称= 代码=01 第3列= 代码#2=03 | 3:单位名称= 代码=02 第3列=x 代码#2=04",
    );
}

#[test]
fn merged_cells() {
    use rust_xlsxwriter::{Format, Workbook};

    let (mut book, plain) = (Workbook::new(), Format::new());
    let sheet = book.add_worksheet();
    sheet.merge_range(0, 0, 0, 4, "某县底册", &plain).expect("merged");
    sheet.merge_range(1, 0, 2, 0, "乡镇", &plain).expect("merged");
    sheet.merge_range(1, 1, 2, 1, "单位名称", &plain).expect("merged");
    sheet.merge_range(1, 2, 1, 4, "经度", &plain).expect("merged");
    for (at, part) in ["度", "分", "秒"].into_iter().enumerate() {
        sheet.write(2, at as u16 + 2, part).expect("written");
    }
    sheet.merge_range(3, 0, 4, 0, "索河街道", &plain).expect("merged");
    sheet.write(3, 1, "甲厂").expect("written");
    sheet.write(4, 1, "乙厂").expect("written");
    sheet.write(5, 1, "丙厂").expect("written");
    let bytes = book.save_to_buffer().expect("saved");
    check(
        "merged.xlsx",
        &bytes,
        "4:乡镇=索河街道 单位名称=甲厂 经度/度= 经度/分= 经度/秒= | \
         5:乡镇=索河街道 单位名称=乙厂 经度/度= 经度/分= 经度/秒= | \
         6:乡镇= 单位名称=丙厂 经度/度= 经度/分= 经度/秒=",
    );
}
