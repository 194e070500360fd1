//! A profile (导入方案): which column of an office's list means what. A small file a person can read and change.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;

use super::heading::plain;
use super::{Column, Field, HeadingMap, SURE};

/// A saved mapping of columns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Kind of respondent of rows that do not say: `industrial`.
    #[serde(default)]
    pub respondent: String,
    /// Which list it is: 市场监管, 税务 …
    #[serde(default)]
    pub source: String,
    /// Heading → name of a field; `-`: not read.
    pub columns: BTreeMap<String, String>,
}

/// What is wrong with a profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    #[error("{0}")]
    Toml(String),
    #[error("column `{column}`: no field `{field}`{}; known: {known}", near.as_ref().map_or_else(String::new, |n| format!("; did you mean `{n}`?")))]
    Field { column: String, field: String, near: Option<String>, known: String },
    #[error("no column is a name or a code of the unit; give one of them `name` or `credit-code`")]
    NoName,
}

impl ProfileError {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            ProfileError::Toml(why) => why.clone(),
            ProfileError::Field { column, field, near, known } => {
                let near = near.as_ref().map_or_else(String::new, |n| format!("，是否为 {n}？"));
                format!("列“{column}”：没有指标 {field}{near}；可用的有 {known}")
            }
            ProfileError::NoName => "没有一列是单位名称或代码；请把其中一列写为 name 或 credit-code".to_owned(),
        }
    }
}

/// Of a column that is not read.
const NOT_READ: &str = "-";

impl Profile {
    /// Reads a profile and looks up its fields.
    pub fn read(text: &str) -> Result<Profile, ProfileError> {
        let profile: Profile = toml::from_str(text).map_err(|e| ProfileError::Toml(e.to_string()))?;
        profile.map()?;
        Ok(profile)
    }

    /// The headings it reads.
    pub fn map(&self) -> Result<HeadingMap, ProfileError> {
        let mut pairs = Vec::new();
        for (column, name) in self.columns.iter().filter(|(_, name)| *name != NOT_READ) {
            let field = Field::from_name(name).ok_or_else(|| {
                let known: Vec<&str> = Field::known().map(|(name, _)| name).collect();
                ProfileError::Field {
                    column: column.clone(),
                    field: name.clone(),
                    near: expr::diagnostic::nearest(name, known.iter().copied()).map(str::to_owned),
                    known: known.join(" "),
                }
            })?;
            // Of several columns of one field the first filled one of the list stands.
            pairs.push((column.as_str(), field, 0));
        }
        let names = [Field::Name, Field::CreditCode, Field::OrganisationCode, Field::ObjectCode];
        if !pairs.iter().any(|(_, field, _)| names.contains(field)) {
            return Err(ProfileError::NoName);
        }
        Ok(HeadingMap::of(pairs))
    }

    /// Whether a row of cells can be the row of headings: two of its cells are columns of the profile, or the upper part
    /// of one (`经度` of `经度/度`).
    pub fn is_heading_row(&self, cells: &[String]) -> bool {
        let columns: Vec<String> = self.columns.keys().map(|column| plain(column)).collect();
        let known = |cell: &String| {
            let cell = plain(cell);
            !cell.is_empty()
                && columns.iter().any(|column| {
                    let bare = column.rsplit_once('#').map_or(column.as_str(), |(front, _)| front);
                    bare == cell || bare.split('/').any(|part| part == cell)
                })
        };
        cells.iter().filter(|cell| known(cell)).count() >= 2.min(columns.len())
    }

    /// A profile as text, from a proposal; what is less than sure is marked for a person to look at.
    pub fn write(columns: &[Column], respondent: &str, source: &str) -> String {
        let mut text = String::from(
            "# 导入方案：[columns] 左边是名单的列名，右边是读作什么；“-”表示不读这一列。可以用文本编辑器修改。\n# 可用的指标：\n",
        );
        for chunk in Field::known().collect::<Vec<_>>().chunks(5) {
            let line: Vec<String> = chunk.iter().map(|(name, title)| format!("{name} {title}")).collect();
            let _ = writeln!(text, "#   {}", line.join("，"));
        }
        text += "#   size:pigs 等规模指标，date:founded 等日期\n\n";
        text += "# 名单没有“对象类别”列时，各行属于哪一类普查对象；名单的来源，如 市场监管、税务\n";
        let _ = writeln!(text, "respondent = {}\nsource = {}\n\n[columns]", quoted(respondent), quoted(source));
        for column in columns {
            let name = column.field.as_ref().map_or_else(|| NOT_READ.to_owned(), Field::name);
            let _ = write!(text, "{} = {}", quoted(&column.heading), quoted(&name));
            if column.field.is_some() && column.sure < SURE {
                let _ = write!(text, "  # {}%，{}：请核对", column.sure, column.why.zh());
            } else if column.doubt {
                text += "  # 内容不大像：请核对";
            }
            text.push('\n');
        }
        text
    }
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", c as u32);
            }
            c => out.push(c),
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use super::super::Why;
    use super::*;

    #[test]
    fn a_profile_is_read_as_it_was_written() {
        let column = |heading: &str, field: Option<Field>, sure| Column {
            heading: heading.to_owned(),
            field,
            sure,
            why: Why::Content,
            doubt: false,
            filled: 0,
            samples: Vec::new(),
        };
        let columns = [
            column("厂\"家\\", Some(Field::Name), 60),
            column("经度/度", Some(Field::from_name("lon.degrees").expect("known")), 100),
            column("备注\n", None, 0),
        ];
        let text = Profile::write(&columns, "industrial", "税务");
        let profile = Profile::read(&text).expect("reads");
        assert_eq!((profile.respondent.as_str(), profile.source.as_str()), ("industrial", "税务"));
        let map = profile.map().expect("fields");
        assert_eq!(map.field("厂\"家\\").map(|(f, _)| f.name()), Some("name".to_owned()));
        assert_eq!(map.field("备注\n"), None);
        assert!(profile.is_heading_row(&["厂\"家\\".to_owned(), "经度".to_owned()]));
        assert!(!profile.is_heading_row(&["甲".to_owned(), "经度".to_owned()]));
    }

    #[test]
    fn mistakes_are_named() {
        for (text, expect) in [
            ("[columns]\n\"名\" = \"nome\"", "列“名”：没有指标 nome，是否为 name？"),
            ("[columns]\n\"名\" = \"phone\"", "没有一列是单位名称或代码"),
            ("colums = 1", "unknown field `colums`"),
        ] {
            let got = Profile::read(text).expect_err("refused").zh();
            assert!(got.contains(expect), "{got}");
        }
    }
}
