//! How the lists of one import are read: synonyms and rules of the instrument, and a profile where one is named.

use std::collections::BTreeMap;
use std::path::Path;

use census::frame::{Column, Common, Field, HeadingMap, Intake, Profile, Reading, SURE, Why, mapping, proposal};
use instrument::model::Instrument;
use report::read::{FileRow, ReadError, RowFile};

use crate::error::{both, words};
use crate::{Error, Result, Words};

/// Rows from which a mapping is proposed.
const FIRST: usize = 200;

/// What is needed to read lists.
#[derive(Debug)]
pub struct Plan<'p> {
    pub intake: &'p Intake,
    profile: Option<Profile>,
    /// Words for kinds of respondent → their codes.
    kinds: BTreeMap<String, String>,
}

/// An opened list: the first rows are held, the others are still in the file.
pub struct Opened {
    pub rows: RowFile,
    pub first: Vec<FileRow>,
    pub columns: Vec<Column>,
    pub map: HeadingMap,
    /// Columns of the profile that the list does not have.
    pub absent: Vec<String>,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened").field("columns", &self.columns).finish_non_exhaustive()
    }
}

/// Words for kinds of respondent → their codes.
pub fn kinds(instrument: &Instrument) -> BTreeMap<String, String> {
    let respondents = instrument.respondents.iter();
    respondents.flat_map(|r| [(r.title.clone(), r.code.clone()), (r.code.clone(), r.code.clone())]).collect()
}

/// Reads a profile (导入方案); `name` is how mistakes name it.
pub fn profile(instrument: &Instrument, name: &str, text: &str) -> Result<Profile> {
    let profile = Profile::read(text).map_err(|e| {
        let why = both!("profile", e);
        Error::BadInput(Words {
            code: "profile",
            zh: format!("导入方案 {name}：{}", why.zh),
            en: format!("profile {name}: {}", why.en),
        })
    })?;
    let kinds = kinds(instrument);
    if !profile.respondent.is_empty() && !kinds.values().any(|code| *code == profile.respondent) {
        let near = expr::diagnostic::nearest(&profile.respondent, kinds.values().map(String::as_str));
        return Err(Error::BadInput(words!(
            "profile",
            "导入方案 {}：没有普查对象类别 {}，是否为 {}？",
            "profile {}: no kind of respondent {}; did you mean {}?",
            name,
            profile.respondent,
            near.unwrap_or("industrial")
        )));
    }
    Ok(profile)
}

impl<'p> Plan<'p> {
    pub fn new(instrument: &Instrument, intake: &'p Intake, profile: Option<Profile>) -> Plan<'p> {
        Plan { intake, profile, kinds: kinds(instrument) }
    }

    /// Opens a list and looks at its first rows. `any`: where no row of headings is recognised, the first row that could
    /// be one is taken, so that a profile can be made.
    pub fn open(&self, path: &Path, any: bool) -> Result<Opened> {
        let known = |cells: &[String]| match &self.profile {
            Some(profile) => profile.is_heading_row(cells),
            None => self.intake.headings.is_heading_row(cells.iter().map(String::as_str)),
        };
        let opened = match report::read::rows(path, &known) {
            Err(ReadError::NoHeadings { .. }) if any => report::read::rows(path, &could_be_headings),
            opened => opened,
        };
        let mut rows = opened.map_err(|e| match &e {
            ReadError::NoHeadings { .. } => Error::BadInput(Words {
                code: "no_headings",
                zh: e.zh() + "；也可以先预览并存为导入方案：wupu import list 文件 --preview --save-profile 名称",
                en: e.to_string()
                    + "; or save a profile from a preview: wupu import list FILE --preview --save-profile NAME",
            }),
            _ => e.into(),
        })?;
        let mut first = Vec::new();
        for row in rows.by_ref().take(FIRST) {
            first.push(row?);
        }
        let mut headings: Vec<String> = Vec::new();
        for heading in rows.sheets().iter().flat_map(|sheet| &sheet.headings) {
            if !headings.contains(heading) {
                headings.push(heading.clone());
            }
        }
        let cells: Vec<Vec<(String, String)>> = first.iter().map(|row| row.cells.clone()).collect();
        let mut columns = proposal(&self.intake.headings, &headings, &cells);
        let (mut map, mut absent) = (mapping(&self.intake.headings, &columns), Vec::new());
        if let Some(profile) = &self.profile {
            map = profile.map().map_err(|e| Error::BadInput(Words::plain("profile", e.to_string())))?;
            for column in &mut columns {
                column.field = map.field(&column.heading).map(|(field, _)| field.clone());
                (column.sure, column.why) = (100, Why::Profile);
            }
            let known = profile.columns.keys().filter(|heading| map.field(heading).is_some());
            absent = known.filter(|heading| !headings.contains(heading)).cloned().collect();
        }
        Ok(Opened { rows, first, columns, map, absent })
    }

    /// All columns that were recognised, the doubtful ones too: how a profile that is saved now would read.
    pub fn whole(&self, columns: &[Column]) -> HeadingMap {
        let all: Vec<Column> = columns.iter().map(|c| Column { sure: c.sure.max(SURE), ..c.clone() }).collect();
        mapping(&self.intake.headings, &all)
    }

    /// Reads one row. A misfit is told before what was read from cells under wrong headings.
    pub fn read(&self, map: &HeadingMap, row: &FileRow) -> Reading {
        let named = row.cells.iter().find(|(heading, _)| map.field(heading).is_some_and(|(f, _)| *f == Field::Kind));
        let named = named.and_then(|(_, cell)| self.kinds.get(cell.trim())).map(String::as_str);
        let profile = self.profile.as_ref();
        let general = profile.map_or("", |p| p.respondent.as_str());
        let general = if general.is_empty() { "industrial" } else { general };
        let common = Common {
            respondent: named.unwrap_or(general),
            source: profile.map_or("", |p| p.source.as_str()),
            since_1904: row.since_1904,
        };
        let mut reading = self.intake.row(map, &row.cells, common);
        if let Some(misfit) = row.misfit.filter(|_| !reading.not_a_unit) {
            reading.rejected = Some(misfit.to_string());
        }
        reading
    }
}

/// Several texts, none a number, no two alike, and hardly a blank between them.
fn could_be_headings(cells: &[String]) -> bool {
    let filled: Vec<&str> = cells.iter().map(|c| c.trim()).filter(|c| !c.is_empty()).collect();
    let number = |c: &&str| c.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | ',' | '/'));
    let alike = filled.iter().enumerate().any(|(at, c)| filled[..at].contains(c));
    filled.len() >= 2 && filled.len() * 2 > cells.len() && !alike && !filled.iter().any(number)
}
