//! Areas (行政区划): province to county with the reporting tree, towns, villages.

use std::collections::{BTreeMap, HashSet};

use expr::exact::Decimal;

use crate::files::Files;
use crate::model::{AreaChange, AreaLevel, AreaName, AreaRow};
use crate::problem::{PackageError, Problems};
use crate::rows::{CsvRow, Sheet};

const DIVISIONS: &str = "areas/divisions.csv";
const TOWNS: &str = "areas/towns.csv";
const VILLAGES: &str = "areas/villages.csv";

pub fn read(files: &dyn Files, problems: &mut Problems) -> Vec<AreaRow> {
    let before = problems.errors();
    let mut areas = Vec::new();
    // Where each area was read, to name the line of a doubled code or a missing parent.
    let mut places: Vec<(&str, u32)> = Vec::new();
    let headings = ["code", "name", "level", "kind", "parent", "reports_to", "note", "mark"];
    if let Some(sheet) = Sheet::read(files, DIVISIONS, &headings, problems) {
        for row in sheet.rows() {
            let level = match row.get("level") {
                "province" => AreaLevel::Province,
                "city" => AreaLevel::City,
                "county" => AreaLevel::County,
                other => {
                    problems.unknown(row.place("level"), "level", other, ["province", "city", "county"]);
                    continue;
                }
            };
            places.push((DIVISIONS, row.line));
            areas.push(AreaRow {
                code: code(&row, "code", problems),
                name: row.need("name", problems).to_owned(),
                level,
                parent: row.get("parent").to_owned(),
                reports_to: row.get("reports_to").to_owned(),
                urban_rural: String::new(),
            });
        }
    }
    if let Some(sheet) = Sheet::read(files, TOWNS, &["code", "name", "parent"], problems) {
        for row in sheet.rows() {
            places.push((TOWNS, row.line));
            areas.push(AreaRow {
                code: code(&row, "code", problems),
                name: row.need("name", problems).to_owned(),
                level: AreaLevel::Town,
                parent: row.need("parent", problems).to_owned(),
                reports_to: String::new(),
                urban_rural: String::new(),
            });
        }
    }
    if let Some(sheet) = Sheet::read(files, VILLAGES, &["code", "name", "urban_rural"], problems) {
        for row in sheet.rows() {
            places.push((VILLAGES, row.line));
            let code = code(&row, "code", problems);
            areas.push(AreaRow {
                name: row.need("name", problems).to_owned(),
                level: AreaLevel::Village,
                parent: code.get(..9).map(|town| format!("{town}000")).unwrap_or_default(),
                reports_to: String::new(),
                urban_rural: row.get("urban_rural").to_owned(),
                code,
            });
        }
    }
    // A row that could not be read is missing above its children: that would say it again for each.
    if problems.errors() == before {
        check_tree(&areas, &places, problems);
    }
    areas
}

/// Every code once, every parent known. Villages are of another year than towns: a village whose
/// town is gone stays under its county, and is only counted here.
fn check_tree(areas: &[AreaRow], places: &[(&str, u32)], problems: &mut Problems) {
    let above: HashSet<&str> =
        areas.iter().filter(|a| a.level != AreaLevel::Village).map(|a| a.code.as_str()).collect();
    let mut seen = HashSet::with_capacity(areas.len());
    let mut homeless = 0;
    for (area, (file, line)) in areas.iter().zip(places) {
        if !seen.insert(area.code.as_str()) {
            let error = PackageError::new(file, *line, "code", format!("area `{}` is there twice", area.code));
            problems.add(error.hint("keep one of the rows"));
        }
        for (heading, parent) in [("parent", &area.parent), ("reports_to", &area.reports_to)] {
            let given = !parent.is_empty() && (heading == "parent" || area.level != AreaLevel::Village);
            if !given || above.contains(parent.as_str()) {
                continue;
            }
            if area.level == AreaLevel::Village {
                homeless += 1;
            } else {
                let message = format!("`{parent}`, above {}, is not in the area table", area.name);
                let error = PackageError::new(file, *line, heading, message);
                problems.add(error.hint("write the 12-digit code of a province, city or county"));
            }
        }
        if area.parent.is_empty() && area.level != AreaLevel::Province {
            let error = PackageError::new(file, *line, "parent", format!("{} has no parent", area.name));
            problems.add(error.hint("write the 12-digit code of the area above"));
        }
    }
    if homeless > 0 {
        let message =
            format!("{homeless} villages lie in towns that are not in {TOWNS}; they are kept under their county");
        problems.add(PackageError::new(VILLAGES, 0, "code", message).warning());
    }
}

/// Coarse bounding box of a county, in arc seconds × 10⁴ as angles are everywhere. Its datum is not
/// the census's: good for asking whether a point is anywhere near, never as a boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    pub west: i64,
    pub south: i64,
    pub east: i64,
    pub north: i64,
}

/// `areas/extent.csv`: area code → bounding box.
pub fn extents(files: &dyn Files, problems: &mut Problems) -> BTreeMap<String, Extent> {
    let headings = ["code", "name", "lon_center", "lat_center", "lon_min", "lat_min", "lon_max", "lat_max"];
    let mut found = BTreeMap::new();
    let Some(sheet) = Sheet::read(files, "areas/extent.csv", &headings, problems) else { return found };
    for row in sheet.rows() {
        let mut side = |heading: &str| -> i64 {
            let degrees: Option<Decimal> = row.get(heading).parse().ok();
            let seconds = degrees.and_then(|d| d.checked_mul(Decimal::new(3600, 0))).and_then(|s| s.rescale(4));
            seconds.and_then(|s| i64::try_from(s.units).ok()).unwrap_or_else(|| {
                let error = row.problem(heading, format!("`{}` is not a number of degrees", row.get(heading)));
                problems.add(error.hint("write decimal degrees: 113.25"));
                0
            })
        };
        let extent =
            Extent { west: side("lon_min"), south: side("lat_min"), east: side("lon_max"), north: side("lat_max") };
        if extent.west > extent.east || extent.south > extent.north {
            problems.add(row.problem("lon_min", "the box ends before it begins").hint("minimum before maximum"));
        }
        found.insert(code(&row, "code", problems), extent);
    }
    found
}

/// `areas/changes.csv`, when it is there: codes that were abolished, merged or upgraded (区划变更), before or after
/// the area table of this census.
pub fn changes(files: &dyn Files, problems: &mut Problems) -> Vec<AreaChange> {
    let headings = ["old", "old_name", "new", "since", "kind", "note", "mark"];
    let Some(sheet) = optional(files, "areas/changes.csv", &headings, problems) else { return Vec::new() };
    let mut found = Vec::new();
    for row in sheet.rows() {
        let since = row.need("since", problems).to_owned();
        let digits =
            |range: std::ops::Range<usize>| since.get(range).is_some_and(|t| t.bytes().all(|b| b.is_ascii_digit()));
        if since.len() != 10 || !(digits(0..4) && digits(5..7) && digits(8..10)) {
            let error = row.problem("since", format!("`{since}` is not a day"));
            problems.add(error.hint("write it as 2014-09-28"));
        }
        found.push(AreaChange {
            old: code(&row, "old", problems),
            old_name: row.need("old_name", problems).to_owned(),
            new: code(&row, "new", problems),
            since,
            kind: row.get("kind").to_owned(),
            mark: row.need("mark", problems).to_owned(),
        });
    }
    found
}

/// `areas/names.csv`, when it is there: other names of areas, as addresses still write them.
pub fn names(files: &dyn Files, areas: &[AreaRow], problems: &mut Problems) -> Vec<AreaName> {
    let headings = ["code", "name", "note", "mark"];
    let Some(sheet) = optional(files, "areas/names.csv", &headings, problems) else { return Vec::new() };
    let known: HashSet<&str> = areas.iter().map(|a| a.code.as_str()).collect();
    let mut found = Vec::new();
    for row in sheet.rows() {
        let code = code(&row, "code", problems);
        if !known.contains(code.as_str()) {
            let error = row.problem("code", format!("`{code}` is not in the area table"));
            problems
                .add(error.hint(
                    "other names are given to areas that exist; codes that are gone belong in areas/changes.csv",
                ));
        }
        found.push(AreaName { code, name: row.need("name", problems).to_owned() });
    }
    found
}

fn optional(files: &dyn Files, path: &str, headings: &[&str], problems: &mut Problems) -> Option<Sheet> {
    files.list().iter().any(|p| p == path).then(|| Sheet::read(files, path, headings, problems)).flatten()
}

fn code(row: &CsvRow, heading: &str, problems: &mut Problems) -> String {
    let text = row.need(heading, problems);
    if text.len() != 12 || !text.bytes().all(|b| b.is_ascii_digit()) {
        let error = row.problem(heading, format!("`{text}` is not a 12-digit area code"));
        problems.add(error.hint("keep the column as text, with all its zeros"));
    }
    text.to_owned()
}
