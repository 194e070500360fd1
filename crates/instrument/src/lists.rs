//! Code lists (代码表): `lists/index.csv` and one file a list.

use std::collections::BTreeSet;

use crate::files::Files;
use crate::forms::provenance;
use crate::model::{CodeList, Member};
use crate::problem::{PackageError, Problems};
use crate::rows::Sheet;

const MEMBER: [&str; 7] = ["code", "name_zh", "name_en", "parent", "extra", "mark", "provenance"];

pub fn read(files: &dyn Files, problems: &mut Problems) -> Vec<CodeList> {
    let Some(index) = Sheet::read(files, "lists/index.csv", &["list", "title", "note"], problems) else {
        return Vec::new();
    };
    let mut lists = Vec::new();
    for entry in index.rows() {
        let name = entry.need("list", problems).to_owned();
        let file = format!("lists/{name}.csv");
        let Some(sheet) = Sheet::read(files, &file, &MEMBER, problems) else { continue };
        let mut members: Vec<Member> = Vec::with_capacity(sheet.len());
        let mut codes = BTreeSet::new();
        for row in sheet.rows() {
            let code = row.need("code", problems).to_owned();
            if !codes.insert(code.clone()) {
                let error = row.problem("code", format!("code `{code}` is there twice"));
                problems.add(error.hint("give it a code of its own, or delete the row"));
                continue;
            }
            members.push(Member {
                name: row.get("name_zh").to_owned(),
                name_en: row.get("name_en").to_owned(),
                parent: row.get("parent").to_owned(),
                extra: row.get("extra").to_owned(),
                provenance: provenance(&row, problems),
                code,
            });
        }
        if members.is_empty() {
            problems.add(PackageError::new(&file, 0, "", "the list has no member"));
        }
        lists.push(CodeList { name, title: entry.need("title", problems).to_owned(), members });
    }
    for path in files.under("lists/", ".csv") {
        let name = path.trim_start_matches("lists/").trim_end_matches(".csv");
        if name != "index" && !lists.iter().any(|l| l.name == name) {
            problems
                .add(PackageError::new(&path, 0, "", "the list is not in lists/index.csv").hint("add a line for it"));
        }
    }
    lists
}
