//! From a list's cells to a unit, through a map of headings that is data.
//!
//! Cleaning takes what real lists hold: full-width characters, stray blanks, a doubled 号, a
//! leading dash, number and name in one cell, codes that a spreadsheet has shortened. The
//! cells as received are kept beside what was read.

use std::collections::BTreeMap;

use super::ListedUnit;
use crate::sheet::is_shortened;
use crate::text;

/// A field of a listing that a column may hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    Name,
    FormerName,
    CreditCode,
    CreditSuffix,
    OrganisationCode,
    ObjectCode,
    Permit,
    Area,
    Address,
    Industry,
    Phone,
    LegalPerson,
    Status,
    Source,
    /// A size that decides scope: `pigs`.
    Size(String),
}

/// Heading → field; headings are compared in half-width form, without blanks and case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeadingMap {
    synonyms: BTreeMap<String, Field>,
}

/// What was read from a row, and what was odd about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reading {
    pub unit: ListedUnit,
    /// Set when the row cannot be used as it is, with the remedy; it is kept all the same.
    pub rejected: Option<String>,
    /// What was cleaned or could not be read, in the order of the columns.
    pub remarks: Vec<String>,
}

impl Field {
    /// The field by its name in heading files: `credit-code`, `size:pigs`.
    pub fn from_name(name: &str) -> Option<Field> {
        Some(match name {
            "name" => Field::Name,
            "former-name" => Field::FormerName,
            "credit-code" => Field::CreditCode,
            "credit-suffix" => Field::CreditSuffix,
            "organisation-code" => Field::OrganisationCode,
            "object-code" => Field::ObjectCode,
            "permit" => Field::Permit,
            "area" => Field::Area,
            "address" => Field::Address,
            "industry" => Field::Industry,
            "phone" => Field::Phone,
            "legal-person" => Field::LegalPerson,
            "status" => Field::Status,
            "source" => Field::Source,
            _ => Field::Size(name.strip_prefix("size:").filter(|s| !s.is_empty())?.to_owned()),
        })
    }
}

/// The headings seen in lists of 2017-2018, for instruments that bring none of their own.
const USUAL: &str = "\
name: 单位详细名称 单位名称 企业名称 名称 养殖场名称 设施名称 机构名称
former-name: 曾用名
credit-code: 统一社会信用代码 社会信用代码 信用代码 统一信用代码
credit-suffix: 统一社会信用代码后缀 信用代码后缀 统一社会信用代码顺序码 顺序码
organisation-code: 组织机构代码 机构代码 原组织机构代码
object-code: 普查对象识别码 识别码
permit: 排污许可证编号 排污许可证号 许可证编号
area: 普查小区代码 区划代码 行政区划代码 行政区划 所在区划 区划 所属区县 统计用区划代码
address: 生产地址 单位所在地 详细地址 地址 门牌号 经营地址 所在地址
industry: 行业类别 行业代码 行业 行业类别代码 国民经济行业代码 行业类别(代码)
phone: 移动电话 联系电话 电话 固定电话 手机
legal-person: 法定代表人 法人代表 单位负责人 负责人 联系人
status: 运行状态 营业状态 状态 登记状态 经营状态
source: 来源 名单来源 数据来源
size:pigs: 生猪 生猪出栏量 生猪年出栏量 生猪(头)
size:dairy: 奶牛 奶牛存栏量 奶牛年存栏量 奶牛(头)
size:beef: 肉牛 肉牛出栏量 肉牛年出栏量 肉牛(头)
size:layers: 蛋鸡 蛋鸡存栏量 蛋鸡年存栏量 蛋鸡(羽)
size:broilers: 肉鸡 肉鸡出栏量 肉鸡年出栏量 肉鸡(羽)
size:capacity: 设计处理能力 处理能力 额定出力 锅炉额定出力 锅炉额定出力(吨/小时)
size:persons: 服务人口 覆盖人口
size:households: 服务户数 服务家庭数";

impl HeadingMap {
    /// The map of `heading → field name` pairs; names of no field are given back.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> (HeadingMap, Vec<String>) {
        let mut map = HeadingMap::default();
        let mut unknown = Vec::new();
        for (heading, field) in pairs {
            match Field::from_name(field) {
                Some(field) => drop(map.synonyms.insert(plain(heading), field)),
                None => unknown.push(field.to_owned()),
            }
        }
        (map, unknown)
    }

    /// The usual headings.
    pub fn usual() -> HeadingMap {
        let pairs = USUAL
            .lines()
            .filter_map(|line| line.rsplit_once(": "))
            .flat_map(|(field, headings)| headings.split(' ').map(move |heading| (heading, field)));
        HeadingMap::from_pairs(pairs).0
    }

    pub fn field(&self, heading: &str) -> Option<&Field> {
        self.synonyms.get(&plain(heading))
    }

    /// Whether a row of cells can be the row of headings: it names the unit.
    pub fn is_heading_row<'a>(&self, cells: impl IntoIterator<Item = &'a str>) -> bool {
        let fields: Vec<&Field> = cells.into_iter().filter_map(|cell| self.field(cell)).collect();
        fields.len() >= 2 && fields.contains(&&Field::Name)
    }
}

fn plain(heading: &str) -> String {
    text::squeeze(&text::narrow(heading)).to_lowercase()
}

/// Reads the cells of one row: heading → text.
pub fn read(map: &HeadingMap, cells: &[(String, String)], respondent: &str) -> Reading {
    let mut reading = Reading {
        unit: ListedUnit { respondent: respondent.to_owned(), ..ListedUnit::default() },
        ..Reading::default()
    };
    if let Some(word) = beside(cells) {
        reading.rejected = Some(format!("不是单位：{word}行"));
        return reading;
    }
    let mut suffix = String::new();
    for (heading, given) in cells {
        let Some(field) = map.field(heading) else { continue };
        let cell = text::narrow(given);
        if cell.is_empty() {
            continue;
        }
        let code_like = matches!(
            field,
            Field::CreditCode
                | Field::OrganisationCode
                | Field::ObjectCode
                | Field::Permit
                | Field::Area
                | Field::Phone
        );
        if code_like && is_shortened(&cell) {
            let why = format!("{heading} {cell}：编码被电子表格改成了科学计数，请把该列设为文本格式后重新导出");
            if matches!(field, Field::Phone) {
                reading.remarks.push(why);
            } else {
                reading.rejected.get_or_insert(why);
            }
            continue;
        }
        reading.take(field, heading, &cell, &mut suffix);
    }
    let unit = &mut reading.unit;
    if !suffix.is_empty() && !unit.credit_code.is_empty() && !unit.credit_code.contains('-') {
        unit.credit_code = format!("{}-{suffix}", unit.credit_code);
    } else if !suffix.is_empty() && !unit.organisation_code.is_empty() {
        unit.organisation_code = format!("{}-{suffix}", unit.organisation_code.replace('-', ""));
    }
    if unit.name.is_empty() && unit.code().is_empty() && reading.rejected.is_none() {
        reading.rejected = Some("没有单位名称，也没有任何代码；请补全后重新导入".to_owned());
    }
    reading
}

/// 合计, 制表人 …: what the first filled cell of a row under a list begins with.
fn beside(cells: &[(String, String)]) -> Option<&'static str> {
    const WORDS: [&str; 8] = ["合计", "总计", "小计", "制表人", "填表人", "审核人", "填表日期", "制表日期"];
    let first = cells.iter().map(|(_, cell)| text::squeeze(&text::narrow(cell))).find(|cell| !cell.is_empty())?;
    WORDS.into_iter().find(|word| {
        let rest = first.strip_prefix(word);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
    })
}

impl Reading {
    /// Two columns may mean one field (固定电话 and 移动电话): the first filled one stands.
    fn take(&mut self, field: &Field, heading: &str, cell: &str, suffix: &mut String) {
        let unit = &mut self.unit;
        let (slot, value) = match field {
            Field::Name => (&mut unit.name, name(cell)),
            Field::FormerName => (&mut unit.former_name, name(cell)),
            Field::CreditCode => (&mut unit.credit_code, text::squeeze(cell).to_uppercase()),
            Field::CreditSuffix => (suffix, text::squeeze(cell)),
            Field::OrganisationCode => (&mut unit.organisation_code, text::squeeze(cell).to_uppercase()),
            Field::ObjectCode => (&mut unit.object_code, text::squeeze(cell).to_uppercase()),
            Field::Permit => (&mut unit.permit, text::squeeze(cell).to_uppercase()),
            Field::Area => (&mut unit.area, before_name(cell)),
            Field::Address => (&mut unit.address, address(cell)),
            Field::Phone => (&mut unit.phone, text::squeeze(cell)),
            Field::LegalPerson => (&mut unit.legal_person, after_number(cell)),
            Field::Status => (&mut unit.status, status(cell)),
            Field::Source => (&mut unit.source, cell.to_owned()),
            Field::Industry => {
                for code in industries(cell) {
                    if !unit.industries.contains(&code) {
                        unit.industries.push(code);
                    }
                }
                return;
            }
            Field::Size(size) => {
                unit.sizes.entry(size.clone()).or_insert_with(|| cell.to_owned());
                return;
            }
        };
        if !slot.is_empty() {
            return;
        }
        let cleaned = value != cell;
        *slot = value;
        if cleaned && matches!(field, Field::Address | Field::LegalPerson | Field::Area) {
            self.remarks.push(format!("{heading}“{cell}”读作“{slot}”"));
        }
    }
}

/// Names carry Chinese brackets and no blanks between Chinese characters.
fn name(cell: &str) -> String {
    let bare = cell.trim_start_matches(['-', ' ']);
    let mut out = String::new();
    let mut chars = bare.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '(' => out.push('（'),
            ')' => out.push('）'),
            // A blank stays only between two Latin words.
            c if c.is_whitespace() => {
                let latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
                if latin(out.chars().last()) && latin(chars.peek().copied()) {
                    out.push(' ');
                }
            }
            c => out.push(c),
        }
    }
    out
}

fn address(cell: &str) -> String {
    let mut plain = text::squeeze(cell.trim_start_matches(['-', ' ']));
    while plain.contains("号号") {
        plain = plain.replace("号号", "号");
    }
    plain
}

/// `410182|荥阳市`, `410182-荥阳市` → `410182`; a name alone stays.
fn before_name(cell: &str) -> String {
    let digits: String = cell.chars().take_while(char::is_ascii_digit).collect();
    let rest = &cell[digits.len()..];
    let named = rest.starts_with(['|', '-', ' ']) && !rest.contains(|c: char| c.is_ascii_digit());
    if !digits.is_empty() && named { digits } else { text::squeeze(cell) }
}

/// `41018203-张三` → `张三`.
fn after_number(cell: &str) -> String {
    match cell.split_once('-') {
        Some((number, person)) if !person.is_empty() && number.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            person.trim().to_owned()
        }
        _ => text::squeeze(cell),
    }
}

/// 运行 / 停产 / 关闭 / 无生产活动 / 其他, from the words and codes of the lists.
fn status(cell: &str) -> String {
    const WORDS: [(&str, &[&str]); 4] = [
        ("无生产活动", &["无生产", "未投产", "空壳", "仅办公"]),
        ("关闭", &["关闭", "注销", "吊销", "拆除", "关停", "3"]),
        ("停产", &["停产", "停业", "歇业", "2"]),
        ("运行", &["运行", "正常", "在业", "存续", "开业", "营业", "1"]),
    ];
    let cell = text::squeeze(cell);
    let found = WORDS.iter().find(|(_, words)| {
        words
            .iter()
            .any(|word| if word.is_ascii() { cell.split('|').next() == Some(*word) } else { cell.contains(word) })
    });
    found.map_or("其他", |(status, _)| status).to_owned()
}

/// Class codes in a cell: `C3011 水泥制造；3021`, `3011|水泥制造`, `[{"code":"3011","title":"…"}]`.
fn industries(cell: &str) -> Vec<String> {
    let mut codes = Vec::new();
    for part in cell.split([';', ',', '、', '{', '}', '[', ']']) {
        let part = part.trim().trim_start_matches("\"code\"").trim_start_matches([':', '"', ' ']);
        let bare = part.strip_prefix(|c: char| c.is_ascii_uppercase()).unwrap_or(part);
        let digits: String = bare.chars().take_while(char::is_ascii_digit).collect();
        if !digits.is_empty() && !codes.contains(&digits) {
            codes.push(digits);
        }
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cells as `heading=text` lines in; the fields that were read out.
    #[track_caller]
    fn check(cells: &str, expect: &str) {
        let cells: Vec<(String, String)> =
            cells.split(" / ").filter_map(|c| c.split_once('=')).map(|(h, t)| (h.to_owned(), t.to_owned())).collect();
        let reading = read(&HeadingMap::usual(), &cells, "industrial");
        let u = &reading.unit;
        let mut got = Vec::new();
        for (label, value) in [
            ("name", &u.name),
            ("code", &u.code().to_owned()),
            ("area", &u.area),
            ("address", &u.address),
            ("industry", &u.industries.join("+")),
            ("phone", &u.phone),
            ("person", &u.legal_person),
            ("status", &u.status),
            ("sizes", &u.sizes.iter().map(|(k, v)| format!("{k}:{v}")).collect::<Vec<_>>().join("+")),
            ("rejected", &reading.rejected.clone().unwrap_or_default()),
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
    }

    #[test]
    fn rows_that_cannot_be_used_say_why() {
        check(
            "企业名称=甲 / 统一社会信用代码=9.14E+17",
            "name=甲 / rejected=统一社会信用代码 9.14E+17：编码被电子表格改成了科学计数，请把该列设为文本格式后重新导出",
        );
        check("序号=合 计： / 企业名称=12", "rejected=不是单位：合计行");
        check("企业名称=制表人：张三", "rejected=不是单位：制表人行");
        check("备注=无", "rejected=没有单位名称，也没有任何代码；请补全后重新导入");
    }

    #[test]
    fn headings_are_data() {
        let (map, unknown) = HeadingMap::from_pairs([("厂名", "name"), ("头数", "size:pigs"), ("x", "sice")]);
        assert_eq!(unknown, ["sice"]);
        assert_eq!(map.field(" 厂 名"), Some(&Field::Name));
        assert!(HeadingMap::usual().is_heading_row(["序号", "单位名称", "行业代码（四位）", "地址"]));
        assert!(!HeadingMap::usual().is_heading_row(["单位清查底册", "", ""]));
    }
}
