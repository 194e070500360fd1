//! What people type and what their programs save: read as meant, or a finding or a refusal that says where; never
//! another value.

use crate::common::{AREA, County, Room, number};

#[test]
fn gb18030_is_read_as_utf_8_is() {
    let utf8 = County::new("utf8");
    let room = &utf8.room;
    let again = Room::new("gb18030");
    let text = room.text("practice/base-list.csv");
    again.write("base-list.csv", encoding_rs::GB18030.encode(&text).0);
    again.done(&["init", "--area", AREA, "--simulated"]);
    let listed = &again.done(&["import", "list", "base-list.csv"])["files"][0];
    assert_eq!((number(listed, "rows"), number(listed, "rejected")), (30, 0));
    let (one, other) = (room.done(&["screen"]), again.done(&["screen"]));
    assert_eq!(one["in_scope"], other["in_scope"]);
    for entry in std::fs::read_dir(room.path().join("practice/sheets")).expect("sheets").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let text = room.text(&format!("practice/sheets/{name}"));
        again.write(&format!("sheets/{name}"), encoding_rs::GB18030.encode(&text).0);
    }
    let first = room.done(&["import", "sheets", "practice/sheets"]);
    let second = again.done(&["import", "sheets", "sheets"]);
    assert_eq!((&first["new"], &first["refused"]), (&second["new"], &second["refused"]));
    // The same sheets in UTF-8 on top: nothing differs, to the last character.
    std::fs::rename(again.path().join("sheets"), again.path().join("gb")).expect("moved");
    for entry in std::fs::read_dir(room.path().join("practice/sheets")).expect("sheets").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        again.write(&format!("sheets/{name}"), room.text(&format!("practice/sheets/{name}")));
    }
    let third = again.done(&["import", "sheets", "sheets"]);
    assert_eq!((number(&third, "new"), &third["unchanged"]), (0, &second["new"]));
}

#[test]
fn numbers_as_people_type_them() {
    let county = County::new("numbers");
    let room = &county.room;
    room.done(&["import", "sheets", "practice/sheets"]);
    let clean = room.done(&["check"]);
    let text = room.text("practice/sheets/G102.csv");
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let column = lines[0].split(',').position(|h| h == "01").expect("item 01");
    let row =
        lines.iter().position(|l| l.split(',').nth(column).is_some_and(|c| c.parse::<u64>().is_ok_and(|n| n > 1000)));
    let row = row.expect("a unit that takes more than 1000 m³ of water");
    let plain = lines[row].split(',').nth(column).expect("a cell").to_owned();
    // The unit's sheet with this text in that place.
    let sheet = |typed: &str| {
        let mut cells: Vec<&str> = lines[row].split(',').collect();
        cells[column] = typed;
        let mut all = lines.clone();
        all[row] = cells.join(",");
        all.join("\n")
    };
    let with = |typed: &str| {
        room.write("typed/G102.csv", sheet(&format!("\"{typed}\"")));
        assert_eq!(number(&room.done(&["import", "sheets", "typed/G102.csv"]), "new"), 1, "{typed}");
    };
    let wide: String = plain.chars().map(|c| char::from_u32(c as u32 + 0xfee0).expect("full width")).collect();
    let (thousands, rest) = plain.split_at(plain.len() - 3);
    // The same number: every rule says the same of it.
    for typed in [format!("{wide}．０"), format!("{thousands},{rest}.0"), format!(" {plain} ")] {
        with(&typed);
        assert_eq!(room.done(&["check"]), clean, "{typed}");
    }
    // A comma that is not quoted, which would move every cell behind it: refused.
    room.write("moved/G102.csv", sheet(&format!("{thousands},{rest}.5")));
    let at = format!("G102.csv, line {}", row + 1);
    county.refused(&["import", "sheets", "moved"], 3, &[&at, "headings", "quotation marks"]);
    // No number: a finding that shows the text, never another value.
    with("12,34");
    let found = room.ended(&["check", "--findings", "findings.csv"], 1);
    assert!(number(&found, "errors") > number(&clean, "errors"), "{found}");
    assert!(room.text("findings.csv").lines().any(|l| l.contains("12,34")), "the finding shows what was typed");
}

#[test]
fn a_row_of_a_list_that_does_not_fit_is_kept_with_the_reason() {
    let county = County::new("wide");
    let room = &county.room;
    room.write("list.csv", "单位名称,区划代码,产值\n甲厂,410182001001,1,234.5\n乙厂,410182001001,\"1,234.5\"\n");
    let listed = &room.done(&["import", "list", "list.csv", "--rejected", "back.xlsx"])["files"][0];
    assert_eq!((number(listed, "rows"), number(listed, "rejected")), (2, 1));
    let census = rusqlite::Connection::open(room.path().join("wupu.db")).expect("opens");
    let kept = "SELECT cells, rejected FROM listing WHERE rejected IS NOT NULL ORDER BY event DESC";
    let [cells, why]: [String; 2] =
        census.query_row(kept, [], |row| Ok([row.get(0)?, row.get(1)?])).expect("the row is kept");
    assert!(cells.contains("234.5"), "not a cell is lost: {cells}");
    assert!(why.contains("有 4 格，表头只有 3 列"), "{why}");
}
