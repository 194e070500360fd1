//! Areas (行政区划): province to county with the reporting tree, towns, villages.

use crate::files::Files;
use crate::model::{AreaLevel, AreaRow};
use crate::problem::Problems;
use crate::rows::{CsvRow, Sheet};

pub fn read(files: &dyn Files, problems: &mut Problems) -> Vec<AreaRow> {
    let mut areas = Vec::new();
    let headings = ["code", "name", "level", "kind", "parent", "reports_to", "note", "mark"];
    if let Some(sheet) = Sheet::read(files, "areas/divisions.csv", &headings, problems) {
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
    if let Some(sheet) = Sheet::read(files, "areas/towns.csv", &["code", "name", "parent"], problems) {
        areas.extend(sheet.rows().map(|row| AreaRow {
            code: code(&row, "code", problems),
            name: row.get("name").to_owned(),
            level: AreaLevel::Town,
            parent: row.get("parent").to_owned(),
            reports_to: String::new(),
            urban_rural: String::new(),
        }));
    }
    if let Some(sheet) = Sheet::read(files, "areas/villages.csv", &["code", "name", "urban_rural"], problems) {
        areas.extend(sheet.rows().map(|row| {
            let code = code(&row, "code", problems);
            AreaRow {
                name: row.get("name").to_owned(),
                level: AreaLevel::Village,
                parent: code.get(..9).map(|town| format!("{town}000")).unwrap_or_default(),
                reports_to: String::new(),
                urban_rural: row.get("urban_rural").to_owned(),
                code,
            }
        }));
    }
    areas
}

fn code(row: &CsvRow, heading: &str, problems: &mut Problems) -> String {
    let text = row.need(heading, problems);
    if text.len() != 12 || !text.bytes().all(|b| b.is_ascii_digit()) {
        let error = row.problem(heading, format!("`{text}` is not a 12-digit area code"));
        problems.add(error.hint("keep the column as text, with all its zeros"));
    }
    text.to_owned()
}
