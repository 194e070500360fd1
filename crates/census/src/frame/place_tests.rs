//! Rows as lists have them, and where they belong.

use instrument::model::{AreaChange, AreaLevel, AreaName, AreaRow};

use super::{Gazetteer, Placing};
use crate::area::{AreaCode, AreaTree};
use crate::frame::ListedUnit;

fn rows() -> Vec<AreaRow> {
    let table = [
        ("410000000000", "河南省", AreaLevel::Province, "", ""),
        ("410100000000", "郑州市", AreaLevel::City, "410000000000", "410000000000"),
        ("410102000000", "中原区", AreaLevel::County, "410100000000", "410100000000"),
        ("410102001000", "林山寨街道办事处", AreaLevel::Town, "410102000000", ""),
        ("410172000000", "郑州高新技术产业开发区", AreaLevel::County, "410100000000", "410100000000"),
        ("410181000000", "巩义市", AreaLevel::County, "410100000000", "410000000000"),
        ("410182000000", "荥阳市", AreaLevel::County, "410100000000", "410100000000"),
        ("410182102000", "广武镇", AreaLevel::Town, "410182000000", ""),
        ("410182102201", "张庄村村委会", AreaLevel::Village, "410182102000", ""),
        ("410182103000", "城关镇", AreaLevel::Town, "410182000000", ""),
        ("410300000000", "洛阳市", AreaLevel::City, "410000000000", "410000000000"),
        ("410306000000", "吉利区", AreaLevel::County, "410300000000", "410300000000"),
        ("410322000000", "孟津县", AreaLevel::County, "410300000000", "410300000000"),
        ("410322100000", "城关镇", AreaLevel::Town, "410322000000", ""),
        ("411003000000", "建安区", AreaLevel::County, "410300000000", "410300000000"),
    ];
    let row = |(code, name, level, parent, reports): &(&str, &str, AreaLevel, &str, &str)| AreaRow {
        code: (*code).to_owned(),
        name: (*name).to_owned(),
        level: *level,
        parent: (*parent).to_owned(),
        reports_to: (*reports).to_owned(),
        urban_rural: String::new(),
    };
    table.iter().map(row).collect()
}

fn change(old: &str, name: &str, new: &str) -> AreaChange {
    let text = |t: &str| t.to_owned();
    AreaChange {
        old: text(old),
        old_name: text(name),
        new: text(new),
        since: text("2016-11-24"),
        kind: String::new(),
        mark: text("R"),
    }
}

/// `area | by` or `? pool | candidates`.
fn placed(code: &str, address: &str) -> String {
    let (tree, problems) = AreaTree::build(&rows());
    assert_eq!(problems, []);
    let changes = [
        change("411023000000", "许昌县", "411003000000"),
        change("410322000000", "孟津县", "410308000000"),
        change("410306000000", "吉利区", "410308000000"),
    ];
    let names = [AreaName { code: "410172000000".into(), name: "高新区".into() }];
    let gazetteer = Gazetteer::new(&tree, &changes, &names);
    let (address, name) = address.split_once(" 名称 ").unwrap_or((address, ""));
    let read = ListedUnit { area: code.into(), address: address.into(), name: name.into(), ..ListedUnit::default() };
    let root: AreaCode = "41".parse().expect("a code");
    match gazetteer.place(&read, root) {
        Placing::At { area, by, .. } => format!("{} {by:?}", area.short()),
        Placing::Disputed { pool, candidates, .. } => {
            let codes: Vec<String> = candidates.iter().map(|c| c.area.short()).collect();
            format!("? {} of {}", pool.short(), codes.join(" "))
        }
    }
}

#[test]
fn rows_find_their_area() {
    for (code, address, expect) in [
        // By code, and deeper by the address.
        ("410182", "河南省郑州市荥阳市广武镇张庄村3号", "410182102201 Code"),
        ("410182102201", "", "410182102201 Code"),
        ("410182102201A", "工业路6号", "410182102201 Code"),
        ("410182102999", "", "410182102 Code"),
        ("４１０１８２", "荥阳广武", "410182102 Code"),
        // 中原路 names no 中原区.
        ("410182", "中原路12号", "410182 Code"),
        // A city alone does not deny a county in it; nor does a district a zone.
        ("410182", "郑州市工业路1号", "410182 Code"),
        ("410172", "郑州市中原区科学大道1号", "410172 Code"),
        ("410102", "郑州市高新区科学大道1号", "410102 Code"),
        // Codes that changed, forwards and backwards.
        ("411023", "", "411003 History"),
        ("411023", "许昌县工业路", "411003 History"),
        ("410308", "孟津县城关镇", "410322100 Address"),
        ("410308", "", "? 4103 of 410306 410322"),
        // No code: the address.
        ("", "河南省荥阳市广武镇张庄村", "410182102201 Address"),
        ("", "荥阳市", "410182 Address"),
        ("", "郑州市林山寨办事处建设路", "410102001 Address"),
        ("4101", "荥阳市广武镇", "410182102 Address"),
        ("410199", "荥阳市广武镇", "410182102 Address"),
        ("410182x5", "荥阳市广武镇", "410182102 Address"),
        // A town of several counties; nothing known; not as far as a county.
        ("", "城关镇西街", "? 41 of 410182103 410322100"),
        ("4101", "城关镇西街", "? 4101 of 410182103"),
        ("", "工业路3号", "? 41 of "),
        ("4101", "", "? 4101 of 4101"),
        // The name of a unit says whom to ask.
        ("", "工业路3号 名称 河南荥阳市宏远阀门厂", "? 4101 of 410182"),
        ("410182", "工业路3号 名称 巩义市宏远阀门厂", "410182 Code"),
        ("110105", "北京市朝阳区", "? 41 of "),
        // Code and address contradict: the lowest common parent by reporting decides.
        ("410182", "郑州市中原区林山寨街道", "? 4101 of 410102001 410182"),
        ("410182", "巩义市站街镇", "? 41 of 410181 410182"),
        ("410102", "洛阳市孟津县城关镇", "? 41 of 410322100 410102"),
    ] {
        assert_eq!(placed(code, address), expect, "{code} {address}");
    }
}
