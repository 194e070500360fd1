use super::*;

#[track_caller]
fn check(ty: ItemType, unit: &str, typed: &str, expect: &str) {
    let got = match parse_as(&ty, unit, typed) {
        Parsed::Unreadable(why) => why.to_string(),
        other => format!("{other:?}"),
    };
    assert_eq!(got, expect, "{typed}");
}

#[track_caller]
fn number(typed: &str, expect: &str) {
    check(ItemType::Number { scale: 3 }, "10^4 m3", typed, expect);
}

#[test]
fn numbers() {
    number("12.5", "Number(12500)");
    number("", "Blank");
    number("　 ", "Blank");
    number("0", "Number(0)");
    number("-3", "-3 is negative");
    check(ItemType::Number { scale: 1 }, "C", "-3", "Number(-30)");
    number("+3", "Number(3000)");
    number(".5", "Number(500)");
    number("5.", "Number(5000)");
    number("１２．５", "Number(12500)");
    number("1,234.5", "Number(1234500)");
    number("1，234，567", "Number(1234567000)");
    number("1,23", "1,23: commas must stand between groups of three digits");
    number("1234,567", "1234,567: commas must stand between groups of three digits");
    number("12.3456", "12.3456: at most 3 decimals are allowed, 4 were typed");
    number("12.3450000", "Number(12345)");
    number("12.5万m³", "Number(12500)");
    number("12.5 万立方米", "Number(12500)");
    number("12.5吨", "12.5吨: unit 吨 is not the item's unit 10^4 m3; convert the number and leave the unit out");
    number("1.5E+17", "1.5E+17: a spreadsheet shortened this number; type all digits");
    number("无", "无 is not a number");
    number("12 5", "12 5 is not a number");
    number("1.2.3", "1.2.3 is not a number");
    number("-", "- is not a number");
    number("1-2", "1-2 is not a number");
    number("99999999999999999999", "99999999999999999999 is too large");
    check(ItemType::Number { scale: 0 }, "t", "5.0", "Number(5)");
    check(ItemType::Number { scale: 0 }, "t", "5.5", "5.5: at most 0 decimals are allowed, 1 were typed");
    check(ItemType::Number { scale: 0 }, "m3", "5m3", "Number(5)");
}

#[test]
fn codes_and_texts() {
    let code = || ItemType::Code { list: "l".into() };
    check(code(), "", "4430|热力生产和供应", "Code(\"4430\")");
    check(code(), "", "Ｓ１２｜其他", "Code(\"S12\")");
    check(code(), "", "1;2", "1;2: one code is expected; several belong in an item for several");
    let codes = || ItemType::Codes { list: "l".into(), max: 3 };
    check(codes(), "", "1100；1200|沉淀、 1300;", "Codes([\"1100\", \"1200\", \"1300\"])");
    check(codes(), "", "1;2;3;4", "4 codes, at most 3 are allowed");
    check(ItemType::Text { max: 4 }, "", " 甲（乙） ", "Text(\"甲（乙）\")");
    check(ItemType::Text { max: 4 }, "", "一二三四五", "5 characters, at most 4 are allowed");
}

#[test]
fn dates() {
    for same in
        ["2017-12-31", "2017/12/31", "2017年12月31日", "20171231", "2017-12-31 00:00:00", "２０１７．１２．３１"]
    {
        check(ItemType::Date, "", same, "Date(17531)");
    }
    check(ItemType::Date, "", "1970-01-01", "Date(0)");
    check(ItemType::Date, "", "2016-2-29", "Date(16860)");
    check(ItemType::Date, "", "2017-02-29", "2017-02-29 is not a date; write 2017-12-31");
    check(ItemType::Date, "", "17-02-28", "17-02-28 is not a date; write 2017-12-31");
    for same in ["2017-12", "2017年12月", "201712"] {
        check(ItemType::YearMonth, "", same, "YearMonth(24215)");
    }
    check(ItemType::YearMonth, "", "2017-13", "2017-13 is not a year and month; write 2017-12");
}

#[test]
fn angles() {
    for same in
        ["113°23′45.67″", "113 23 45.67", "113度23分45.67秒", "113°23'45.67\"", "东经113°23′45.67″", "113:23:45.67E"]
    {
        check(ItemType::Angle, "", same, "Angle { value: 4082256700, decimals: Some(2) }");
    }
    check(ItemType::Angle, "", "113.3960194", "Angle { value: 4082256698, decimals: None }");
    check(ItemType::Angle, "", "34 45", "Angle { value: 1251000000, decimals: Some(0) }");
    check(ItemType::Angle, "", "113°60′00″", "113°60′00″: minutes is out of range");
    check(ItemType::Angle, "", "113°23′61″", "113°23′61″: seconds is out of range");
    check(ItemType::Angle, "", "181", "181: degrees is out of range");
    check(ItemType::Angle, "", "113°23′45.67891″", "113°23′45.67891″: at most 4 decimals are allowed, 5 were typed");
    check(ItemType::Angle, "", "河边", "河边 is not an angle; write 113°23′45.67″ or 113.396019");
}
