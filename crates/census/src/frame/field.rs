//! What a column of a list may hold.

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
    /// One of several columns that make up an address together: 省, 市, 县, 乡镇, 村.
    AddressPart,
    Industry,
    Phone,
    LegalPerson,
    Status,
    Source,
    /// Kind of respondent of the row (对象类别).
    Kind,
    /// Longitude (经度).
    Lon(AnglePart),
    /// Latitude (纬度).
    Lat(AnglePart),
    /// Longitude and latitude in one cell.
    Position,
    /// A day: `founded`, `filled`.
    Date(String),
    /// A size that decides scope: `pigs`.
    Size(String),
}

/// What a cell says of an angle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AnglePart {
    Whole,
    Degrees,
    Minutes,
    Seconds,
}

/// Fields without a parameter: name in the data, title for people.
const PLAIN: [(Field, &str, &str); 25] = [
    (Field::Name, "name", "单位名称"),
    (Field::FormerName, "former-name", "曾用名"),
    (Field::CreditCode, "credit-code", "统一社会信用代码"),
    (Field::CreditSuffix, "credit-suffix", "信用代码顺序码"),
    (Field::OrganisationCode, "organisation-code", "组织机构代码"),
    (Field::ObjectCode, "object-code", "普查对象识别码"),
    (Field::Permit, "permit", "排污许可证编号"),
    (Field::Area, "area", "区划"),
    (Field::Address, "address", "地址"),
    (Field::AddressPart, "address-part", "地址的一段"),
    (Field::Industry, "industry", "行业代码"),
    (Field::Phone, "phone", "电话"),
    (Field::LegalPerson, "legal-person", "法定代表人"),
    (Field::Status, "status", "运行状态"),
    (Field::Source, "source", "来源"),
    (Field::Kind, "kind", "对象类别"),
    (Field::Lon(AnglePart::Whole), "lon", "经度"),
    (Field::Lon(AnglePart::Degrees), "lon.degrees", "经度的度"),
    (Field::Lon(AnglePart::Minutes), "lon.minutes", "经度的分"),
    (Field::Lon(AnglePart::Seconds), "lon.seconds", "经度的秒"),
    (Field::Lat(AnglePart::Whole), "lat", "纬度"),
    (Field::Lat(AnglePart::Degrees), "lat.degrees", "纬度的度"),
    (Field::Lat(AnglePart::Minutes), "lat.minutes", "纬度的分"),
    (Field::Lat(AnglePart::Seconds), "lat.seconds", "纬度的秒"),
    (Field::Position, "position", "经纬度"),
];

impl Field {
    /// The field by its name in files: `credit-code`, `size:pigs`, `date:founded`, `lon.degrees`.
    pub fn from_name(name: &str) -> Option<Field> {
        let parameter = |kind: &str| name.strip_prefix(kind).filter(|rest| !rest.is_empty()).map(str::to_owned);
        PLAIN
            .iter()
            .find(|(_, known, _)| *known == name)
            .map(|(field, ..)| field.clone())
            .or_else(|| parameter("size:").map(Field::Size))
            .or_else(|| parameter("date:").map(Field::Date))
    }

    /// Its name in files.
    pub fn name(&self) -> String {
        match self {
            Field::Date(what) => format!("date:{what}"),
            Field::Size(what) => format!("size:{what}"),
            plain => PLAIN.iter().find(|(field, ..)| field == plain).map_or("", |(_, name, _)| name).to_owned(),
        }
    }

    /// Its name for people.
    pub fn title(&self) -> String {
        match self {
            Field::Date(what) => match what.as_str() {
                "founded" => "成立日期".to_owned(),
                "filled" => "填表日期".to_owned(),
                other => format!("日期（{other}）"),
            },
            Field::Size(what) => format!("规模（{what}）"),
            plain => PLAIN.iter().find(|(field, ..)| field == plain).map_or("", |(.., title)| title).to_owned(),
        }
    }

    /// The name its cleaning rules go by: `lon` for the three parts of a longitude, `date` for every day.
    pub(super) fn family(&self) -> &str {
        match self {
            Field::Lon(_) => "lon",
            Field::Lat(_) => "lat",
            Field::Date(_) => "date",
            Field::Size(_) => "size",
            plain => PLAIN.iter().find(|(field, ..)| field == plain).map_or("", |(_, name, _)| name),
        }
    }

    /// Names of the fields, for messages and the head of a profile.
    pub fn known() -> impl Iterator<Item = (&'static str, &'static str)> + Clone {
        PLAIN.iter().map(|(_, name, title)| (*name, *title))
    }
}
