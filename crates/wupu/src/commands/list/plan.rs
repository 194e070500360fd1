//! How the lists of one command are read: synonyms and rules of the instrument, and a profile where one is named.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;
use census::frame::{Column, Common, Field, HeadingMap, Intake, Profile, Reading, SURE, Why, mapping, proposal};
use instrument::files::Files;
use instrument::model::Instrument;
use instrument::problem::Problems;
use report::read::{FileRow, ReadError, RowFile};

use super::super::import::bad;
use crate::arguments::Arguments;
use crate::ending::BadInput;
use crate::{office, output, said, say, told};

/// Rows from which a mapping is proposed.
const FIRST: usize = 200;

/// What is needed to read lists.
pub struct Plan {
    pub intake: Intake,
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

/// How lists are read under an instrument; the built-in one was proven when it was tested.
fn intake(files: &dyn Files, prove: bool) -> Result<Intake> {
    let mut problems = Problems::default();
    let intake = Intake::read(files, prove, &mut problems);
    if problems.errors() > 0 { Err(BadInput(office::package_problems(&problems.0)).into()) } else { Ok(intake) }
}

impl Plan {
    pub fn new(arguments: &Arguments, instrument: &Instrument, profile: Option<&str>) -> Result<Plan> {
        let intake = intake(office::package(arguments)?.as_ref(), arguments.instrument.is_some())?;
        let respondents = instrument.respondents.iter();
        let kinds: BTreeMap<String, String> =
            respondents.flat_map(|r| [(r.title.clone(), r.code.clone()), (r.code.clone(), r.code.clone())]).collect();
        let profile = profile.map(|name| read_profile(&place_of(arguments, name), &kinds)).transpose()?;
        Ok(Plan { intake, profile, kinds })
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
            ReadError::NoHeadings { .. } => BadInput(
                bad(&e).0
                    + say::pick(
                        "；也可以先预览并存为导入方案：wupu import list 文件 --preview --save-profile 名称",
                        "; or save a profile from a preview: wupu import list FILE --preview --save-profile NAME",
                    ),
            ),
            _ => bad(&e),
        })?;
        let mut first = Vec::new();
        for row in rows.by_ref().take(FIRST) {
            first.push(row.map_err(|e| bad(&e))?);
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
            map = profile.map().map_err(|e| BadInput(e.to_string()))?;
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

/// `名称` lies in the folder `profiles` beside the census; a path is a path.
fn place_of(arguments: &Arguments, name: &str) -> PathBuf {
    if name.ends_with(".toml") || name.contains(['/', '\\']) {
        return PathBuf::from(name);
    }
    let census = Path::new(&arguments.db).parent().filter(|_| !arguments.db.contains("://"));
    census.unwrap_or(Path::new("")).join("profiles").join(format!("{name}.toml"))
}

fn read_profile(path: &Path, kinds: &BTreeMap<String, String>) -> Result<Profile> {
    let text = std::fs::read_to_string(path).map_err(|e| {
        BadInput(told!("{}：导入方案打不开（{}）", "{}: the profile cannot be opened: {}", path.display(), e))
    })?;
    let profile = Profile::read(&text).map_err(|e| {
        let why = said!(e);
        BadInput(told!("导入方案 {}：{}", "profile {}: {}", path.display(), why))
    })?;
    if !profile.respondent.is_empty() && !kinds.values().any(|code| *code == profile.respondent) {
        let near = expr::diagnostic::nearest(&profile.respondent, kinds.values().map(String::as_str));
        return Err(BadInput(told!(
            "导入方案 {}：没有普查对象类别 {}，是否为 {}？",
            "profile {}: no kind of respondent {}; did you mean {}?",
            path.display(),
            profile.respondent,
            near.unwrap_or("industrial")
        ))
        .into());
    }
    Ok(profile)
}

/// Saves a profile under a name; one that a person may have changed is never written over.
pub fn save_profile(arguments: &Arguments, name: &str, columns: &[Column]) -> Result<PathBuf> {
    let path = place_of(arguments, name);
    let text = Profile::write(columns, "industrial", "");
    match std::fs::read_to_string(&path) {
        Ok(there) if there == text => {}
        Ok(_) => {
            return Err(BadInput(told!(
                "{}：已有这个导入方案，内容不同；请换一个名称，或先删去它",
                "{}: there is a profile of this name with other content; take another name, or delete it first",
                path.display()
            ))
            .into());
        }
        Err(_) => {
            if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
                output::folder(folder)?;
            }
            output::write(&path, text)?;
        }
    }
    Ok(path)
}
